// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/auditmodel.h"

#include "models/history/historywords.h"
#include "models/roles.h"

using namespace Qt::StringLiterals;

namespace Branchline {

AuditModel::AuditModel(const HistoryModel &entries, QObject *parent)
    : QAbstractTableModel(parent)
    , m_entries(entries)
    , m_count(entries.entryCount())
{
    connect(&entries, &QAbstractItemModel::modelAboutToBeReset, this, [this] { beginResetModel(); });
    connect(&entries, &QAbstractItemModel::modelReset, this, [this] {
        m_count = m_entries.entryCount();
        endResetModel();
    });
    connect(&entries, &QAbstractItemModel::rowsInserted, this, [this] {
        const int count = m_entries.entryCount();
        beginInsertRows({}, m_count, count - 1);
        m_count = count;
        endInsertRows();
    });
}

const HistoryEntry *AuditModel::entry(int row) const
{
    return row >= 0 && row < m_count ? &m_entries.entry(row) : nullptr;
}

int AuditModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_count;
}

int AuditModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant AuditModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const HistoryEntry &entry = m_entries.entry(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return text(entry, index.column());
    case Qt::ToolTipRole:
        return index.column() == Who ? entry.actor : text(entry, index.column());
    case Roles::StatusKind:
        return index.column() == What && entry.operation == "refused"_L1 ? Roles::Refused : Roles::None;
    case Roles::Id:
        return entry.key.id.toString(QUuid::WithoutBraces);
    case Roles::IsStrong:
        return index.column() == What || index.column() == Record;
    default:
        return {};
    }
}

QString AuditModel::text(const HistoryEntry &entry, int column)
{
    switch (column) {
    case When:
        return historyTimeText(entry);
    case What:
        return historyActionText(entry);
    case Record:
        return historyRecordText(entry);
    case Who:
        return entry.actorName;
    case Desk:
        return historyDeskText(entry.desk);
    case Branch:
        return historyPlaceText(entry);
    default:
        return {};
    }
}

QVariant AuditModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case When:
        return tr("When");
    case What:
        return tr("What");
    case Record:
        return tr("Record");
    case Who:
        return tr("Who");
    case Desk:
        return tr("Workstation");
    case Branch:
        return tr("Branch");
    default:
        return {};
    }
}

} // namespace Branchline
