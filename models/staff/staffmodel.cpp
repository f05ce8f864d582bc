// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/staffmodel.h"

#include "models/roles.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void StaffModel::setStaff(StaffList staff, DirectoryPtr directory)
{
    beginResetModel();
    m_staff = std::move(staff);
    m_directory = std::move(directory);
    endResetModel();
}

const StaffMember *StaffModel::member(int row) const
{
    return row >= 0 && row < rowCount() ? &m_staff.members[static_cast<size_t>(row)] : nullptr;
}

int StaffModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_staff.members.size());
}

int StaffModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString StaffModel::stateText(const StaffMember &member) const
{
    if (!m_staff.open(member).isEmpty())
        return member.isActive ? tr("Not on every server") : tr("Not yet disabled everywhere");
    return member.isActive ? tr("Active") : tr("Disabled");
}

QString StaffModel::rightsText(const StaffMember &member) const
{
    QStringList words;
    for (const StaffRight &right : member.rights) {
        const BranchEntry *branch = m_directory ? m_directory->branch(right.branch) : nullptr;
        const QString where = right.branch.isNull() ? tr("every branch")
                              : branch              ? branch->name
                                                    : tr("a branch that is not known here");
        words << tr("%1 at %2").arg(right.code, where);
    }
    return words.join(", "_L1);
}

QString StaffModel::text(const StaffMember &member, int column) const
{
    switch (column) {
    case Login:
        return member.login;
    case Name:
        return member.name;
    case State:
        return stateText(member);
    default:
        return rightsText(member);
    }
}

QVariant StaffModel::data(const QModelIndex &index, int role) const
{
    const StaffMember *member = this->member(index.row());
    if (!member)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(*member, index.column());
    case Qt::ToolTipRole:
        return m_staff.open(*member).join(u'\n');
    case Roles::Id:
        return member->login;
    case Roles::StatusKind:
        if (index.column() != State)
            return Roles::None;
        if (!m_staff.open(*member).isEmpty())
            return Roles::Unknown;
        return member->isActive ? Roles::Available : Roles::None;
    default:
        return {};
    }
}

QVariant StaffModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Login:
        return tr("Login");
    case Name:
        return tr("Name");
    case State:
        return tr("State");
    case RightsHeld:
        return tr("Rights");
    default:
        return {};
    }
}

} // namespace Branchline
