// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/branch/branchcolumns.h"

#include <QCoreApplication>
#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Column = BranchListModel::Column;

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(BranchListModel)
};

} // namespace

bool isOfCopies(BranchList list)
{
    return list == BranchList::Copies || list == BranchList::Lost;
}

QList<Column> branchColumns(BranchList list)
{
    switch (list) {
    case BranchList::Overdue:
        return {Column::Mark,     Column::Days,    Column::Patron, Column::Phone,
                Column::Title,    Column::Author,  Column::Due,    Column::Card,
                Column::UserType, Column::Barcode, Column::Lent,   Column::Renewals};
    case BranchList::OnLoan:
    case BranchList::DueSoon:
        return {Column::Mark,     Column::Title,   Column::Author, Column::Patron,
                Column::Due,      Column::State,   Column::Card,   Column::Phone,
                Column::UserType, Column::Barcode, Column::Lent,   Column::Renewals};
    case BranchList::Lost:
        return {Column::Title, Column::Author, Column::Barcode, Column::State,
                Column::Since, Column::Place,  Column::Material};
    case BranchList::Copies:
        return {Column::Title, Column::Author, Column::Barcode, Column::Material,
                Column::State, Column::Place,  Column::Due};
    case BranchList::Today:
        break;
    }
    return {Column::Time,   Column::Event,   Column::Title, Column::Author,
            Column::Patron, Column::Barcode, Column::Desk};
}

BranchOrder usualOrder(BranchList list)
{
    switch (list) {
    case BranchList::OnLoan:
    case BranchList::Overdue:
    case BranchList::DueSoon:
        return {u"due"_s, false};
    case BranchList::Today:
        return {u"time"_s, true};
    case BranchList::Lost:
    case BranchList::Copies:
        break;
    }
    return {u"title"_s, false};
}

QString heading(Column column)
{
    switch (column) {
    case Column::Mark:
        return {};
    case Column::Days:
        return Words::tr("Days");
    case Column::Patron:
        return Words::tr("Patron");
    case Column::Phone:
        return Words::tr("Phone");
    case Column::Card:
        return Words::tr("Card");
    case Column::UserType:
        return Words::tr("User type");
    case Column::Title:
        return Words::tr("Title");
    case Column::Author:
        return Words::tr("Author");
    case Column::Barcode:
        return Words::tr("Barcode");
    case Column::Material:
        return Words::tr("Material");
    case Column::Lent:
        return Words::tr("Lent");
    case Column::Due:
        return Words::tr("Due");
    case Column::State:
        return Words::tr("Status");
    case Column::Renewals:
        return Words::tr("Renewed");
    case Column::Place:
        return Words::tr("Place");
    case Column::Since:
        return Words::tr("Changed");
    case Column::Time:
        return Words::tr("Time");
    case Column::Event:
        return Words::tr("What");
    case Column::Desk:
        break;
    }
    return Words::tr("Desk at");
}

QString sortKey(BranchList list, Column column)
{
    const bool ofCopies = isOfCopies(list);
    if (list == BranchList::Today)
        return column == Column::Time ? u"time"_s : QString();
    switch (column) {
    case Column::Title:
        return u"title"_s;
    case Column::Author:
        return u"author"_s;
    case Column::Barcode:
        return u"barcode"_s;
    case Column::Place:
        return u"place"_s;
    case Column::State:
        return ofCopies ? u"status"_s : QString();
    case Column::Patron:
        return u"patron"_s;
    case Column::Lent:
        return u"lent"_s;
    case Column::Due:
        return ofCopies ? QString() : u"due"_s;
    case Column::Days:
        return u"-due"_s; // the other way round: what was due first is late longest
    default:
        return {};
    }
}

bool isOptional(BranchList list, Column column)
{
    switch (column) {
    case Column::Card:
    case Column::UserType:
    case Column::Lent:
    case Column::Renewals:
        return true;
    case Column::Phone:
        return list != BranchList::Overdue;
    case Column::Barcode:
        return list == BranchList::OnLoan || list == BranchList::Overdue || list == BranchList::DueSoon;
    case Column::Due:
        return list == BranchList::Copies;
    case Column::Material:
        return list == BranchList::Lost;
    case Column::Desk:
        return true;
    default:
        return false;
    }
}

bool isNumber(Column column)
{
    return column == Column::Days || column == Column::Renewals;
}

bool isStrong(Column column)
{
    return column == Column::Title || column == Column::Patron || column == Column::Due;
}

QString sampleText(Column column)
{
    switch (column) {
    case Column::Mark:
        return {};
    case Column::Days:
        return u"88888"_s;
    case Column::Patron:
        return Words::tr("Rosamund Brackenbottom");
    case Column::Phone:
        return u"888 888 888"_s;
    case Column::Card:
        return u"8888 8888 8888"_s;
    case Column::UserType:
        return Words::tr("Young adult");
    case Column::Author:
        return Words::tr("Giuseppe Tomasi di L.");
    case Column::Barcode:
        return u"88888888888888"_s;
    case Column::Material:
        return Words::tr("Study copy");
    case Column::Lent:
    case Column::Due:
    case Column::Since:
        return u"88 MMM 88"_s;
    case Column::State:
        return u"MM"_s + Words::tr("Overdue 188 days");
    case Column::Renewals:
        return Words::tr("Renewed");
    case Column::Place:
        return Words::tr("Floor 88, Room 88, shelf 888");
    case Column::Time:
        return u"88:88M"_s;
    case Column::Event:
        return Words::tr("Renewal undone");
    case Column::Desk:
        return Words::tr("Riverside Library");
    case Column::Title:
        break;
    }
    return Words::tr("A title of some length");
}

QString dueText(int dueIn, int lateDays)
{
    if (lateDays > 0) {
        return lateDays == 1 ? Words::tr("Overdue 1 day")
                             : Words::tr("Overdue %1 days").arg(QLocale().toString(lateDays));
    }
    return dueIn <= 0   ? Words::tr("Due today")
           : dueIn == 1 ? Words::tr("Due tomorrow")
                        : Words::tr("Due in %1 days").arg(QLocale().toString(dueIn));
}

} // namespace Branchline
