// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/importdata.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::ImportData {

ImportPreview preview()
{
    return {
        .file = u"/home/librarian/Documents/new-books.csv"_s,
        .size = 962'555,
        .encoding = u"UTF-8"_s,
        .separator = u"semicolon"_s,
        .usedColumns = {u"title"_s, u"author"_s, u"isbn13"_s, u"year"_s, u"language"_s},
        .remarks = {u"Columns that are not used: shelf, price."_s},
        .books = {{.title = u"The Name of the Rose"_s,
                   .authors = u"Umberto Eco, William Weaver"_s,
                   .year = u"1983"_s,
                   .language = u"eng"_s,
                   .isbn13 = u"9780151446476"_s},
                  {.title = u"Cien años de soledad"_s,
                   .authors = u"Gabriel García Márquez"_s,
                   .year = u"1967"_s,
                   .language = u"spa"_s,
                   .isbn13 = u"9788437604947"_s},
                  {.title = u"The Odyssey"_s, .authors = u"Homer"_s, .year = u"-700"_s, .language = u"eng"_s},
                  {.problem = u"The title is missing."_s}},
        .rejectsFile = u"/home/librarian/Documents/new-books.rejects.csv"_s};
}

ImportProgress progress()
{
    return {
        .counts = {.read = 3500, .added = 3390, .updated = 12, .unchanged = 86, .rejected = 12, .notes = 41},
        .bytes = 420'000,
        .size = 962'555,
        .elapsed = 2'900ms};
}

ImportReport report()
{
    ImportReport report{
        .counts = {.read = 8020, .added = 7901, .updated = 12, .unchanged = 95, .rejected = 12, .notes = 3},
        .firstRejects = {{8, {}, u"The title is missing."_s},
                         {113, {}, u"The row has 7 cells, the first line of the file has 5."_s},
                         {640, u"The Doubtful Guest"_s,
                          u"Line 12 is the same book and says something else about it."_s}},
        .firstNotes =
            {{622, u"Watchers"_s,
              u"ISBN left out: 9.7804251888e+12 has lost digits, and 10 ISBNs fit what is left."_s}},
        .rejectsFile = u"/home/librarian/Documents/new-books.rejects.csv"_s,
        .notesFile = u"/home/librarian/Documents/new-books.notes.csv"_s,
        .lastLine = 8021,
        .elapsed = 4'700ms};
    return report;
}

} // namespace Branchline::ImportData
