// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/catalogue/books.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

int add(Context &context)
{
    NewBook book{.title = context.required(u"title"_s),
                 .authors = context.values(u"author"_s),
                 .isbn = context.value(u"isbn"_s),
                 .language = context.value(u"language"_s),
                 .year = context.number(u"year"_s, -5000, 0),
                 .categories = context.values(u"category"_s)};
    if (book.authors.isEmpty())
        throw UsageError(tr("The option --author is missing."));
    const Added added = await(addBook(context.cluster(), book)).valueOrThrow();
    return context.finish({{u"id"_s, added.id.toString(QUuid::WithoutBraces)},
                           {u"title"_s, book.title},
                           {u"outcome"_s, added.isNew ? u"added"_s : u"exists"_s}},
                          (added.isNew ? tr("“%1” has been added; its id is %2.")
                                       : tr("“%1” is in the catalogue already; its id is %2."))
                              .arg(book.title, added.id.toString(QUuid::WithoutBraces)));
}

} // namespace

std::vector<Command> bookCommands()
{
    return {
        {.name = u"book add"_s,
         .summary = tr("Adds a book to the catalogue of all branches."),
         .options = {{u"title"_s, tr("Title as printed."), u"TITLE"_s},
                     {u"author"_s, tr("An author; repeat it for more."), u"NAME"_s},
                     {u"isbn"_s, tr("ISBN-10 or ISBN-13, hyphens allowed."), u"ISBN"_s},
                     {u"language"_s, tr("ISO 639 code."), u"CODE"_s},
                     {u"year"_s, tr("Year of publication."), u"YEAR"_s},
                     {u"category"_s, tr("A category; repeat it for more."), u"NAME"_s}},
         .example =
             u"branchlinectl book add --title \"The Hobbit\" --author \"J.R.R. Tolkien\" --isbn 978-0-261-10221-7"_s,
         .run = add}};
}

} // namespace Branchline::Ctl
