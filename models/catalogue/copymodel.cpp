// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/copymodel.h"

#include "models/roles.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

CopyModel::CopyModel(QObject *parent)
    : QAbstractTableModel(parent)
{}

void CopyModel::clear()
{
    beginResetModel();
    m_rows.clear();
    m_seen.clear();
    m_summary.clear();
    endResetModel();
}

void CopyModel::setCopies(const Combined<std::vector<Copy>> &copies, const Directory &directory,
                          const QHash<QString, QDateTime> &lastAnswers)
{
    std::vector<Row> rows;
    int total = 0;
    int available = 0;
    bool isCut = false;
    for (const auto &answer : copies.shards) {
        if (!answer.result.isOk()) {
            // Of branches that had no copy when it was seen last there is nothing to tell.
            const auto seen = m_seen.constFind(answer.shard);
            for (const BranchEntry &branch : directory.branches()) {
                if (branch.shard == answer.shard &&
                    (seen == m_seen.cend() || seen->copies.value(branch.id) > 0))
                    rows.push_back(unknownRow(branch, lastAnswers.value(answer.shard)));
            }
            continue;
        }
        Seen &seen = m_seen[answer.shard] = {copies.asOf, {}};
        isCut = isCut || answer.result->size() >= static_cast<size_t>(copiesOfBookLimit);
        for (const Copy &copy : *answer.result) {
            ++total;
            available += copy.available ? 1 : 0;
            ++seen.copies[copy.branch];
            const Row row = rowFor(copy, directory);
            const auto same = std::find_if(rows.begin(), rows.end(), [&](const Row &r) {
                return r.branch == row.branch && r.state == row.state && r.place == row.place;
            });
            if (same != rows.end())
                ++same->count;
            else
                rows.push_back(row);
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
        const int order = QString::localeAwareCompare(a.branch, b.branch);
        return order != 0 ? order < 0 : a.kind < b.kind;
    });

    beginResetModel();
    m_rows = std::move(rows);
    if (copies.isComplete())
        m_summary = total == 0 ? tr("No copies") : tr("%1 of %2 available").arg(available).arg(total);
    else
        m_summary =
            total == 0 ? tr("Not known") : tr("%1 or more of %2 or more available").arg(available).arg(total);
    if (isCut)
        m_summary += tr(", and more: only the first %1 of a database are counted")
                         .arg(QLocale().toString(copiesOfBookLimit));
    if (!copies.isComplete())
        m_summary += copies.missing().size() == 1 ? tr(", without shard %1").arg(copies.missing().first())
                                                  : tr(", without %1 shards").arg(copies.missing().size());
    endResetModel();
}

/// A branch of a silent shard: what was last seen of it, as figures of then.
CopyModel::Row CopyModel::unknownRow(const BranchEntry &branch, const QDateTime &lastAnswer) const
{
    const auto seen = m_seen.constFind(branch.shard);
    const bool isSeen = seen != m_seen.cend();
    const QDateTime at = (isSeen ? seen->at : lastAnswer).toLocalTime();
    QString place = tr("Shard %1 does not answer").arg(branch.shard);
    if (at.isValid()) {
        const QString time = QLocale().toString(at.time(), QLocale::ShortFormat);
        const bool isToday = at.date() == QDate::currentDate();
        place = isToday ? tr("Last seen %1").arg(time)
                        : tr("Last seen %1, %2").arg(QLocale().toString(at.date(), u"d MMM"_s), time);
    }
    return {branch.name, tr("Not known"), Roles::Unknown, place, isSeen ? seen->copies.value(branch.id) : -1};
}

CopyModel::Row CopyModel::rowFor(const Copy &copy, const Directory &directory) const
{
    const BranchEntry *branch = directory.branch(copy.branch);
    Row row{branch ? branch->name : copy.branchCode, statusText(copy.status), Roles::None,
            shortPlaceText(copy.place), 1};
    if (copy.available) {
        row.kind = Roles::Available;
    } else if (copy.status == "lent"_L1) {
        const QTimeZone zone(branch ? branch->timezone.toUtf8() : QByteArray());
        const QDateTime due = copy.dueAt.toTimeZone(zone.isValid() ? zone : QTimeZone::utc());
        const bool isLate = copy.dueAt.isValid() && copy.dueAt < QDateTime::currentDateTimeUtc();
        row.kind = isLate ? Roles::Overdue : Roles::Lent;
        row.state = isLate ? tr("Overdue") : tr("Lent");
        if (due.isValid())
            row.place = isLate ? tr("Was due %1").arg(QLocale().toString(due.date(), u"d MMM"_s))
                               : tr("Due %1").arg(QLocale().toString(due.date(), u"ddd d MMM"_s));
    } else {
        row.kind = Roles::Offline;
    }
    return row;
}

int CopyModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int CopyModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int{ColumnCount};
}

QVariant CopyModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[static_cast<size_t>(index.row())];
    if (role == Roles::StatusKind)
        return index.column() == State ? row.kind : 0;
    if (role == Roles::IsNumber)
        return index.column() == Count;
    if (role == Qt::TextAlignmentRole && index.column() == Count)
        return int{Qt::AlignTrailing | Qt::AlignVCenter};
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Branch:
        return row.branch;
    case State:
        return row.state;
    case Place:
        return row.place;
    case Count:
        return row.count >= 0 ? QString::number(row.count) : u"?"_s;
    default:
        return {};
    }
}

QVariant CopyModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Branch:
        return tr("Branch");
    case State:
        return tr("Status");
    case Place:
        return tr("Place");
    case Count:
        return tr("Copies");
    default:
        return {};
    }
}

namespace {

QString textOf(const ShelfPlace &place, const QString &shelf)
{
    QStringList parts;
    if (place.floor)
        parts << QCoreApplication::translate("CopyModel", "Floor %1").arg(*place.floor);
    if (place.room != 0)
        parts << QCoreApplication::translate("CopyModel", "Room %1").arg(place.room);
    if (place.bookshelf != 0)
        parts << shelf.arg(place.bookshelf);
    return parts.join(", "_L1);
}

} // namespace

QString placeText(const ShelfPlace &place)
{
    return textOf(place, QCoreApplication::translate("CopyModel", "Bookshelf %1"));
}

QString shortPlaceText(const ShelfPlace &place)
{
    return textOf(place, QCoreApplication::translate("CopyModel", "shelf %1"));
}

QString statusText(const QString &status)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("CopyModel", text); };
    if (status == "available"_L1)
        return tr("Available");
    if (status == "lent"_L1)
        return tr("Lent");
    if (status == "lost"_L1)
        return tr("Lost");
    if (status == "missing"_L1)
        return tr("Missing");
    if (status == "damaged"_L1)
        return tr("Damaged");
    if (status == "withdrawn"_L1)
        return tr("Withdrawn");
    if (status == "in_transit"_L1)
        return tr("On its way");
    return status;
}

} // namespace Branchline
