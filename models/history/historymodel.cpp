// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historymodel.h"

#include "models/history/historywords.h"
#include "models/roles.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Said by the words for the whole entry, or of use to the program only.
bool isToldAlready(const HistoryChange &change)
{
    static const QStringList fields{u"action"_s,       u"read"_s,       u"exemplar_id"_s,
                                    u"copy_version"_s, u"request_id"_s, u"desk_branch_id"_s};
    return fields.contains(change.field);
}

} // namespace

HistoryModel::HistoryModel(QObject *parent, Shows shows)
    : QAbstractTableModel(parent)
    , m_first(shows == Shows::FieldsAlone ? Field : When)
{}

void HistoryModel::clear()
{
    beginResetModel();
    m_entries.clear();
    m_lines.clear();
    endResetModel();
}

void HistoryModel::append(const std::vector<HistoryEntry> &entries)
{
    std::vector<Line> lines;
    for (size_t i = 0; i < entries.size(); ++i) {
        const size_t entry = m_entries.size() + i;
        bool isFirst = true;
        for (size_t change = 0; change < entries[i].changes.size(); ++change) {
            if (isToldAlready(entries[i].changes[change]))
                continue;
            lines.push_back({entry, change, isFirst});
            isFirst = false;
        }
        if (isFirst)
            lines.push_back({entry, entries[i].changes.size(), true});
    }
    if (lines.empty())
        return;
    const int first = static_cast<int>(m_lines.size());
    beginInsertRows({}, first, first + static_cast<int>(lines.size()) - 1);
    m_entries.insert(m_entries.end(), entries.begin(), entries.end());
    m_lines.insert(m_lines.end(), lines.begin(), lines.end());
    endInsertRows();
}

void HistoryModel::showEntry(const HistoryEntry &entry)
{
    clear();
    append({entry});
}

int HistoryModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int HistoryModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount - m_first;
}

QVariant HistoryModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Line &line = m_lines[static_cast<size_t>(index.row())];
    const HistoryEntry &entry = m_entries[line.entry];
    const int column = index.column() + m_first;
    switch (role) {
    case Qt::DisplayRole:
        return text(line, column);
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole: {
        // What the eye takes from the rows above.
        const QString whole = text({line.entry, line.change, true}, column);
        return column == Desk ? entry.desk : whole;
    }
    case Roles::StatusKind:
        return column == What && line.isFirst && entry.operation == "refused"_L1 ? Roles::Refused
                                                                                 : Roles::None;
    case Roles::Id:
        return entry.key.id.toString(QUuid::WithoutBraces) + u'/' + QString::number(line.change);
    case Roles::IsStrong:
        return column == After;
    default:
        return {};
    }
}

QString HistoryModel::text(const Line &line, int column) const
{
    const HistoryEntry &entry = m_entries[line.entry];
    if (column >= Field) {
        return line.change < entry.changes.size() ? changeText(entry, entry.changes[line.change], column)
                                                  : QString();
    }
    if (!line.isFirst)
        return {};
    switch (column) {
    case When:
        return historyTimeText(entry);
    case Who:
        return entry.actorName;
    case Desk:
        return historyDeskText(entry.desk);
    default:
        // Lending here, a copy may be refused that is another branch's.
        return entry.operation == "refused"_L1 && !historyPlaceText(entry).isEmpty()
                   ? tr("%1 at %2").arg(historyActionText(entry), historyPlaceText(entry))
                   : historyActionText(entry);
    }
}

QString HistoryModel::changeText(const HistoryEntry &entry, const HistoryChange &change, int column) const
{
    if (column == Field)
        return historyFieldText(change.field);
    if (change.isHidden)
        return column == After ? tr("not shown to you") : QString();
    const bool hasBefore = entry.operation == "update"_L1 || entry.operation == "delete"_L1;
    if (column == Before)
        return hasBefore ? historyValueText(entry, change.field, change.before) : QString();
    return historyValueText(entry, change.field, change.after);
}

QVariant HistoryModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section + m_first) {
    case When:
        return tr("When");
    case Who:
        return tr("Who");
    case Desk:
        return tr("Desk");
    case What:
        return tr("What");
    case Field:
        return tr("Field");
    case Before:
        return tr("Before");
    case After:
        return tr("After");
    default:
        return {};
    }
}

} // namespace Branchline
