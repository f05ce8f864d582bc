// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/scanmodel.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

ScanModel::ScanModel(QObject *parent)
    : QAbstractListModel(parent)
{}

void ScanModel::add(const ScanRow &row)
{
    beginInsertRows({}, 0, 0);
    m_rows.push_back(row);
    endInsertRows();
}

void ScanModel::update(const ScanRow &row)
{
    replace(row.scan.requestId, row);
}

void ScanModel::replace(const QUuid &requestId, const ScanRow &row)
{
    const int position = positionOf(requestId);
    if (position < 0)
        return;
    m_rows[static_cast<size_t>(position)] = row;
    const QModelIndex changed = index(static_cast<int>(m_rows.size()) - 1 - position);
    Q_EMIT dataChanged(changed, changed);
}

void ScanModel::remove(const QUuid &requestId)
{
    const int position = positionOf(requestId);
    if (position < 0)
        return;
    const int row = static_cast<int>(m_rows.size()) - 1 - position;
    beginRemoveRows({}, row, row);
    m_rows.erase(m_rows.begin() + position);
    endRemoveRows();
}

void ScanModel::keepNewest(int most)
{
    while (static_cast<int>(m_rows.size()) > most && m_rows.front().state != ScanState::Pending &&
           m_rows.front().state != ScanState::Unknown)
        remove(m_rows.front().scan.requestId);
}

const ScanRow *ScanModel::newestToUndo() const
{
    const auto newest =
        std::find_if(m_rows.rbegin(), m_rows.rend(), [](const ScanRow &row) { return row.canUndo; });
    return newest == m_rows.rend() ? nullptr : &*newest;
}

void ScanModel::clear()
{
    beginResetModel();
    m_rows.clear();
    endResetModel();
}

const ScanRow *ScanModel::find(const QUuid &requestId) const
{
    const int position = positionOf(requestId);
    return position < 0 ? nullptr : &m_rows[static_cast<size_t>(position)];
}

bool ScanModel::isOpen(const QString &barcode) const
{
    return std::any_of(m_rows.begin(), m_rows.end(), [&](const ScanRow &row) {
        return row.scan.barcode == barcode && !row.isUndoing &&
               (row.state == ScanState::Pending || row.state == ScanState::Unknown);
    });
}

ScanCounts ScanModel::counts() const
{
    ScanCounts counts{.scans = static_cast<int>(m_rows.size())};
    for (const ScanRow &row : m_rows) {
        switch (row.state) {
        case ScanState::Pending:
            ++counts.waiting;
            break;
        case ScanState::Lent:
            ++counts.lent;
            break;
        case ScanState::Returned:
            ++counts.returned;
            break;
        case ScanState::Refused:
            ++counts.refused;
            break;
        case ScanState::Unknown:
            ++counts.unknown;
            break;
        case ScanState::Failed:
            ++counts.failed;
            break;
        case ScanState::Renewed:
            ++counts.renewed;
            break;
        case ScanState::Undone:
            ++counts.undone;
            break;
        case ScanState::Info:
            break;
        }
    }
    return counts;
}

int ScanModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant ScanModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const size_t position = m_rows.size() - 1 - static_cast<size_t>(index.row());
    const ScanRow &row = m_rows[position];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return spokenText(row);
    case Roles::Id:
        return row.scan.requestId.toString(QUuid::WithoutBraces);
    case Roles::Number:
        return static_cast<int>(position) + 1;
    case Roles::State:
        return static_cast<int>(row.state);
    case Roles::Title:
        return row.title;
    case Roles::Subtitle:
        return row.subtitle;
    case Roles::Barcode:
        return row.scan.barcode;
    case Roles::StatusWord:
        return row.statusWord;
    case Roles::StatusDetail:
        return row.statusDetail;
    case Roles::Time:
        return QLocale().toString(row.time, u"HH:mm:ss"_s);
    case Roles::Place:
        return row.place;
    case Roles::Late:
        return row.isLate;
    case Roles::CanUndo:
        return row.canUndo;
    case Roles::CanEnd:
        return row.canEnd;
    case Roles::StatusKind:
        return row.isAway && row.state == ScanState::Returned ? int{Roles::Lent} : int{Roles::None};
    default:
        return {};
    }
}

int ScanModel::positionOf(const QUuid &requestId) const
{
    const auto at = std::find_if(m_rows.begin(), m_rows.end(),
                                 [&](const ScanRow &row) { return row.scan.requestId == requestId; });
    return at == m_rows.end() ? -1 : static_cast<int>(at - m_rows.begin());
}

QString ScanModel::spokenText(const ScanRow &row)
{
    QStringList parts{row.statusWord, row.title, row.subtitle};
    parts += row.statusDetail;
    parts.removeAll(QString());
    return parts.join(". "_L1);
}

} // namespace Branchline
