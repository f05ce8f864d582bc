// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibrarydata.h"

#include "db/cluster/demolibraryrandom.h"

#include <QFile>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QStringList parts(const QString &text)
{
    QStringList list;
    for (const QString &part : text.split(u';', Qt::SkipEmptyParts))
        list << part.trimmed();
    return list;
}

/// The id of a book depends on its line alone, so that a changed list changes few ids.
QUuid bookId(const QString &line)
{
    quint64 seed = 0xcbf29ce484222325ULL; // FNV-1a
    for (const char byte : line.toUtf8())
        seed = (seed ^ static_cast<uchar>(byte)) * 0x100000001b3ULL;
    return DemoRandom(seed).id(QDateTime(QDate(2024, 1, 1), QTime(0, 0), Qt::UTC));
}

} // namespace

std::vector<DemoBook> demoBooks()
{
    std::vector<DemoBook> books;
    QFile file(u":/demo/books.tsv"_s);
    if (!file.open(QIODevice::ReadOnly))
        return books;
    const QString text = QString::fromUtf8(file.readAll());
    for (const QString &line : text.split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith(u'#'))
            continue;
        const QStringList cells = line.split(u'\t');
        DemoBook book{.id = bookId(cells.mid(0, 5).join(u'\t')),
                      .isbn13 = cells.value(0),
                      .title = cells.value(1),
                      .authors = parts(cells.value(2)),
                      .language = cells.value(4),
                      .categories = parts(cells.value(5)),
                      .originalLanguage = cells.value(6),
                      .originalTitle = cells.value(7),
                      .description = cells.value(8)};
        bool isNumber = false;
        const int year = cells.value(3).toInt(&isNumber);
        if (isNumber)
            book.year = year;
        books.push_back(std::move(book));
    }
    return books;
}

std::vector<DemoBranch> demoBranches()
{
    // The ids were chosen so that the placement function spreads the branches evenly over the usual three
    // shards.
    return {
        {QUuid(u"0192f0c4-1001-7000-8000-000000000002"_s), u"hillside"_s, u"Hillside"_s, u"Europe/Dublin"_s,
         820, 3, false},
        {QUuid(u"0192f0c4-1001-7000-8000-000000000005"_s), u"riverside"_s, u"Riverside"_s, u"Europe/Dublin"_s,
         640, 3, false},
        {QUuid(u"0192f0c4-1001-7000-8000-000000000006"_s), u"harbour"_s, u"Harbour"_s, u"Europe/Berlin"_s,
         560, 2, false},
        {QUuid(u"0192f0c4-1001-7000-8000-000000000016"_s), u"old-town"_s, u"Old Town"_s, u"Europe/Dublin"_s,
         420, 2, false},
        {QUuid(u"0192f0c4-1001-7000-8000-000000000019"_s), u"mill-lane"_s, u"Mill Lane"_s, u"Europe/Dublin"_s,
         340, 1, true},
        {QUuid(u"0192f0c4-1001-7000-8000-000000000020"_s), u"northgate"_s, u"Northgate"_s, u"Europe/Berlin"_s,
         220, 1, true},
    };
}

std::vector<std::pair<QDate, QString>> demoHolidays(QDate day)
{
    std::vector<std::pair<QDate, QString>> holidays;
    for (int year = day.year() - 2; year <= day.year() + 1; ++year) {
        holidays.emplace_back(QDate(year, 1, 1), u"New Year's Day"_s);
        holidays.emplace_back(QDate(year, 5, 1), u"May Day"_s);
        holidays.emplace_back(QDate(year, 12, 25), u"Christmas Day"_s);
        holidays.emplace_back(QDate(year, 12, 26), u"Second day of Christmas"_s);
    }
    return holidays;
}

bool isOpen(const DemoBranch &branch, QDate day)
{
    const int weekday = day.dayOfWeek();
    if (weekday == 7 || (weekday == 1 && branch.closedOnMonday))
        return false;
    const bool isHoliday = (day.month() == 1 && day.day() == 1) || (day.month() == 5 && day.day() == 1) ||
                           (day.month() == 12 && (day.day() == 25 || day.day() == 26));
    return !isHoliday;
}

} // namespace Branchline
