// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/branch/branchlistmodel.h"

#include "db/patrons/patronlists.h"
#include "models/branch/branchcolumns.h"
#include "models/catalogue/copymodel.h"
#include "models/roles.h"
#include "models/texts.h"
#include "models/watch.h"

#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

BranchListModel::BranchListModel(Cluster &cluster, BranchList list, QObject *parent)
    : PagedModel(parent)
    , m_cluster(cluster)
    , m_list(list)
    , m_columns(branchColumns(list))
    , m_order(usualOrder(list))
{
    if (m_columns.contains(Column::Phone))
        connect(this, &PagedModel::rowsLoaded, this, &BranchListModel::readPhones);
}

void BranchListModel::setBranch(const BranchEntry &branch)
{
    m_branch = branch;
    m_filter = {};
    m_phones.clear();
    m_isShown = false;
    clearMarks();
}

void BranchListModel::setFilter(const BranchFilter &filter)
{
    if (std::exchange(m_filter, filter) == filter)
        return;
    // What is no longer in the list must not be acted upon.
    clearMarks();
    showRows();
}

void BranchListModel::setOrder(const BranchOrder &order)
{
    if (std::exchange(m_order, order) != order)
        showRows();
}

void BranchListModel::sortBy(const QString &key, bool descending)
{
    const bool isReverse = key.startsWith(u'-');
    setOrder({isReverse ? key.mid(1) : key, descending != isReverse});
}

void BranchListModel::refresh()
{
    if (m_isShown)
        reload();
    else
        showRows();
}

void BranchListModel::showRows()
{
    if (m_branch.id.isNull())
        return;
    m_isShown = true;
    setSource([this, branch = m_branch.id, filter = m_filter, order = m_order](
                  const QVariantList &after,
                  int rows) { return branchListPage(m_cluster, branch, m_list, filter, order, after, rows); },
              [this, branch = m_branch.id, filter = m_filter, order = m_order](int pageRows) {
                  return branchListKeys(m_cluster, branch, m_list, filter, order, pageRows);
              });
}

/// The numbers are in main, which may be silent while the list is not.
void BranchListModel::readPhones(int first, int last)
{
    QList<QUuid> unknown;
    for (int row = first; row <= last; ++row) {
        const QUuid patron = value(row, "patron_id").toUuid();
        if (!patron.isNull() && !m_phones.contains(patron) && !unknown.contains(patron))
            unknown << patron;
    }
    if (unknown.isEmpty())
        return;
    watch(patronPhones(m_cluster, unknown), this,
          [this, unknown](const Result<QHash<QUuid, QString>> &phones) {
              if (!phones)
                  return;
              for (const QUuid &patron : unknown)
                  m_phones.insert(patron, phones->value(patron));
              const auto column = static_cast<int>(m_columns.indexOf(Column::Phone));
              if (rowCount() > 0)
                  Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column), {Qt::DisplayRole});
          });
}

QString BranchListModel::phone(const RowSet::Row &row) const
{
    const auto found = m_phones.constFind(row.uuid("patron_id"));
    if (found == m_phones.constEnd())
        return {};
    return found->isEmpty() ? tr("no phone") : *found;
}

QString BranchListModel::eventText(const QString &kind) const
{
    return kind == "lent"_L1             ? tr("Lent")
           : kind == "returned"_L1       ? tr("Returned")
           : kind == "renewed"_L1        ? tr("Renewed")
           : kind == "copy_added"_L1     ? tr("Copy added")
           : kind == "lend_undone"_L1    ? tr("Loan undone")
           : kind == "return_undone"_L1  ? tr("Return undone")
           : kind == "renewal_undone"_L1 ? tr("Renewal undone")
                                         : kind;
}

QString BranchListModel::text(const RowSet::Row &row, Column column) const
{
    const QLocale locale;
    switch (column) {
    case Column::Mark:
        return {};
    case Column::Days:
        return locale.toString(row.number("late_days"));
    case Column::Patron:
        return row.text("patron");
    case Column::Phone:
        return phone(row);
    case Column::Card:
        return row.text("card");
    case Column::UserType:
        return row.text("user_type");
    case Column::Title:
        return row.text("title");
    case Column::Author:
        return row.text("author_line");
    case Column::Barcode:
        return row.text("barcode");
    case Column::Material:
        return row.text("material");
    case Column::Due:
        return shortDay(row.value("due_on").toDate());
    case Column::State:
        return isOfCopies(m_list) ? statusText(row.text("status"))
                                  : dueText(static_cast<int>(row.number("due_in")),
                                            static_cast<int>(row.number("late_days")));
    case Column::Renewals:
        return locale.toString(row.number("renewals"));
    case Column::Place: {
        ShelfPlace place{.room = static_cast<int>(row.number("room")),
                         .bookshelf = static_cast<int>(row.number("bookshelf"))};
        if (!row.isNull("floor"))
            place.floor = static_cast<int>(row.number("floor"));
        return shortPlaceText(place);
    }
    case Column::Lent:
    case Column::Since:
    case Column::Time:
        break;
    case Column::Event:
        return eventText(row.text("kind"));
    case Column::Desk: {
        const BranchEntry *desk = m_cluster.directory()->branch(row.uuid("desk_branch_id"));
        return desk ? desk->name : QString();
    }
    }
    const QTimeZone zone(m_branch.timezone.toUtf8());
    const char *name = column == Column::Lent ? "lent_at" : column == Column::Since ? "since" : "at";
    const QDateTime time = row.time(name).toTimeZone(zone.isValid() ? zone : QTimeZone::utc());
    return column == Column::Time ? locale.toString(time.time(), u"HH:mm"_s) : shortDay(time.date());
}

int BranchListModel::kindOf(const RowSet::Row &row, Column column) const
{
    if (column != Column::State)
        return Roles::None;
    if (!isOfCopies(m_list))
        return row.number("late_days") > 0 ? Roles::Overdue : Roles::Lent;
    const QString status = row.text("status");
    return status == "available"_L1                           ? Roles::Available
           : status == "lent"_L1 || status == "in_transit"_L1 ? Roles::Lent
           : status == "lost"_L1 || status == "missing"_L1    ? Roles::Refused
                                                              : Roles::Offline;
}

QVariant BranchListModel::rowData(const RowSet &page, int row, int column, int role) const
{
    const RowSet::Row cells = page.row(row);
    const Column what = columnAt(column);
    switch (role) {
    case Qt::DisplayRole:
        return text(cells, what);
    case Qt::CheckStateRole:
        return what == Column::Mark
                   ? QVariant(m_marked.contains(cells.text("id")) ? Qt::Checked : Qt::Unchecked)
                   : QVariant();
    case Qt::AccessibleTextRole:
        return what == Column::Mark   ? tr("Select %1").arg(cells.text("title"))
               : what == Column::Days ? dueText(-1, static_cast<int>(cells.number("late_days")))
                                      : text(cells, what);
    case Roles::Id:
        return cells.text("id");
    case Roles::IsMarked:
        return !m_marked.isEmpty() && m_marked.contains(cells.text("id"));
    case Roles::IsNumber:
        return isNumber(what);
    case Roles::IsStrong:
        return isStrong(what);
    case Roles::StatusKind:
        return kindOf(cells, what);
    case Roles::InkKind:
        return what == Column::Days ? int{Roles::Overdue} : int{Roles::None};
    default:
        return {};
    }
}

int BranchListModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QVariant BranchListModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= m_columns.size())
        return {};
    const Column column = columnAt(section);
    switch (role) {
    case Qt::DisplayRole:
        return heading(column);
    case Qt::CheckStateRole:
        if (column != Column::Mark)
            return {};
        return m_marked.isEmpty()                                ? Qt::Unchecked
               : isCountKnown() && m_marked.size() >= rowCount() ? Qt::Checked
                                                                 : Qt::PartiallyChecked;
    case Qt::AccessibleTextRole:
        return column == Column::Mark ? tr("Select all") : heading(column);
    case Roles::IsNumber:
        return isNumber(column);
    case Roles::SortKey:
        return sortKey(m_list, column);
    case Roles::IsOptional:
        return isOptional(m_list, column);
    case Roles::SampleText:
        return sampleText(column);
    case Roles::IsStretched:
        return column == Column::Title;
    default:
        return {};
    }
}

bool BranchListModel::setHeaderData(int section, Qt::Orientation orientation, const QVariant &value, int role)
{
    if (orientation != Qt::Horizontal || role != Qt::CheckStateRole || columnAt(section) != Column::Mark)
        return false;
    markAll(value.toInt() == Qt::Checked);
    return true;
}

bool BranchListModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::CheckStateRole || !index.isValid() || columnAt(index.column()) != Column::Mark ||
        !isLoaded(index.row()))
        return false;
    mark(index.row(), value.toInt() == Qt::Checked);
    Q_EMIT dataChanged(this->index(index.row(), 0), this->index(index.row(), columnCount() - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 0);
    Q_EMIT marksChanged();
    return true;
}

Qt::ItemFlags BranchListModel::flags(const QModelIndex &index) const
{
    const Qt::ItemFlags flags = PagedModel::flags(index);
    return index.isValid() && columnAt(index.column()) == Column::Mark ? flags | Qt::ItemIsUserCheckable
                                                                       : flags;
}

void BranchListModel::mark(int row, bool marked)
{
    const QString id = value(row, "id").toString();
    if (marked)
        m_marked.insert(id, {value(row, "barcode").toString(), value(row, "title").toString(),
                             value(row, "patron").toString()});
    else
        m_marked.remove(id);
}

void BranchListModel::markAll(bool marked)
{
    if (!marked)
        return clearMarks();
    for (int row = 0; row < rowCount(); ++row) {
        if (isLoaded(row))
            mark(row, true);
    }
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 0);
    Q_EMIT marksChanged();
}

void BranchListModel::clearMarks()
{
    if (m_marked.isEmpty())
        return;
    m_marked.clear();
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 0);
    Q_EMIT marksChanged();
}

} // namespace Branchline
