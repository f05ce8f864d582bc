// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/rightsmodel.h"

#include "models/staff/permissions.h"
#include "models/staff/staffwords.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr auto library = "library"_L1;
}

void RightsModel::setMember(const StaffMember *member, const DirectoryPtr &directory, const Rights &mine,
                            const QUuid &here)
{
    const QString before = m_member ? m_member->login : QString();
    const bool isSame = member && member->login == before;
    const auto branches = directory->branches().size();
    QStringList codes = rightCodes();
    if (member) {
        for (const StaffRight &right : member->rights) {
            if (!codes.contains(right.code))
                codes << right.code;
        }
    }
    if (isSame && codes == m_codes && m_all.size() == static_cast<qsizetype>(branches) + 1) {
        m_member = *member;
        m_mine = mine;
        if (rowCount() > 0)
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        return;
    }
    beginResetModel();
    if (!isSame)
        m_waiting.clear();
    m_member = member ? std::optional(*member) : std::nullopt;
    m_mine = mine;
    m_codes = codes;
    arrange(*directory, here);
    filter();
    endResetModel();
}

void RightsModel::arrange(const Directory &directory, const QUuid &here)
{
    const auto rank = [&](const BranchEntry &branch) {
        const bool isHeld = std::any_of(m_member->rights.begin(), m_member->rights.end(),
                                        [&](const StaffRight &right) { return right.branch == branch.id; });
        return isHeld ? 0 : branch.id == here ? 1 : 2;
    };
    m_all = {{QUuid(), tr("Every branch"), QString()}};
    if (!m_member)
        return;
    std::vector<BranchEntry> branches = directory.branches();
    std::stable_sort(branches.begin(), branches.end(),
                     [&](const BranchEntry &a, const BranchEntry &b) { return rank(a) < rank(b); });
    for (const BranchEntry &branch : branches)
        m_all.append({branch.id, branch.name, branch.code});
}

void RightsModel::setBranchFilter(const QString &words)
{
    if (words == m_words)
        return;
    beginResetModel();
    m_words = words;
    filter();
    endResetModel();
}

void RightsModel::filter()
{
    m_columns.clear();
    for (const Column &column : std::as_const(m_all)) {
        if (m_words.isEmpty() || column.branch.isNull() ||
            column.name.contains(m_words, Qt::CaseInsensitive) ||
            column.code.startsWith(m_words, Qt::CaseInsensitive))
            m_columns.append(column);
    }
}

void RightsModel::setWaiting(const StaffRight &right, bool waiting)
{
    m_waiting.removeAll(right);
    if (waiting)
        m_waiting.append(right);
    const auto row = static_cast<int>(m_codes.indexOf(right.code));
    if (row >= 0 && !m_columns.isEmpty())
        Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
}

StaffRight RightsModel::right(const QModelIndex &index) const
{
    return {m_codes.value(index.row()), m_columns.value(index.column()).branch};
}

int RightsModel::branchCount() const
{
    return std::max(0, static_cast<int>(m_columns.size()) - 1);
}

int RightsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_member ? 0 : static_cast<int>(m_codes.size());
}

int RightsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_member ? 0 : static_cast<int>(m_columns.size());
}

bool RightsModel::holds(const StaffRight &right) const
{
    return std::find(m_member->rights.begin(), m_member->rights.end(), right) != m_member->rights.end();
}

RightsModel::Cell RightsModel::cell(const StaffRight &right) const
{
    if (m_waiting.contains(right))
        return Waiting;
    if (holds(right))
        return Held;
    return !right.branch.isNull() && holds({right.code, {}}) ? Implied : NotHeld;
}

bool RightsModel::mayChange(const StaffRight &right) const
{
    const bool isMine =
        right.branch.isNull() ? m_mine.mayEverywhere(library) : m_mine.may(library, right.branch);
    const Cell now = cell(right);
    return isMine && m_member->isActive && (now == NotHeld || now == Held);
}

/// What a cell says to a screen reader and as a tool tip.
QString RightsModel::sentence(const QModelIndex &index) const
{
    const QString name = rightWords(m_codes.at(index.row())).name;
    const QString where = m_columns.at(index.column()).name;
    switch (cell(right(index))) {
    case Held:
        return tr("%1, %2: may").arg(name, where);
    case Implied:
        return tr("%1, %2: may, as at every branch").arg(name, where);
    case Waiting:
        return tr("%1, %2: being changed").arg(name, where);
    case NotHeld:
        break;
    }
    return tr("%1, %2: may not").arg(name, where);
}

QVariant RightsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || !m_member)
        return {};
    const StaffRight right = this->right(index);
    switch (role) {
    case Qt::CheckStateRole: {
        const Cell now = cell(right);
        return now == Held || now == Implied || (now == Waiting && holds(right)) ? Qt::Checked
                                                                                 : Qt::Unchecked;
    }
    case CellRole:
        return cell(right);
    case CanChangeRole:
        return mayChange(right);
    case Qt::AccessibleTextRole:
        return sentence(index);
    case Qt::ToolTipRole: {
        const QString words = sentence(index);
        const bool isMine =
            right.branch.isNull() ? m_mine.mayEverywhere(library) : m_mine.may(library, right.branch);
        const QString where = right.branch.isNull() ? tr("every branch") : m_columns[index.column()].name;
        return isMine ? words : u"%1\n%2"_s.arg(words, noRightText(tr("change rights"), where));
    }
    default:
        return {};
    }
}

QVariant RightsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation == Qt::Horizontal) {
        if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
            return m_columns.value(section).name;
        return {};
    }
    const RightWords words = rightWords(m_codes.value(section));
    if (role == Qt::DisplayRole)
        return words.name;
    if (role == ExplanationRole || role == Qt::ToolTipRole)
        return words.explanation;
    return {};
}

Qt::ItemFlags RightsModel::flags(const QModelIndex &index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && m_member && mayChange(right(index)))
        flags |= Qt::ItemIsUserCheckable;
    return flags;
}

bool RightsModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::CheckStateRole || !index.isValid() || !mayChange(right(index)))
        return false;
    Q_EMIT changeRequested(right(index), value.toInt() == Qt::Checked);
    return true;
}

} // namespace Branchline
