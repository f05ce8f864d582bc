// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/staffmodel.h"

#include "models/roles.h"
#include "models/staff/staffwords.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

void StaffModel::setStaff(StaffList staff, DirectoryPtr directory)
{
    const auto isSame = [](const StaffMember &a, const StaffMember &b) {
        return a.login == b.login && a.name == b.name && a.isActive == b.isActive;
    };
    const bool keepsRows = std::equal(m_staff.members.begin(), m_staff.members.end(), staff.members.begin(),
                                      staff.members.end(), isSame);
    if (!keepsRows)
        beginResetModel();
    m_staff = std::move(staff);
    m_directory = std::move(directory);
    if (!keepsRows) {
        arrange();
        endResetModel();
    } else if (rowCount() > 0) { // whoever is selected stays so
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    }
}

void StaffModel::setFilter(const QString &words)
{
    beginResetModel();
    m_words = words.simplified();
    arrange();
    endResetModel();
}

void StaffModel::arrange()
{
    m_rows.clear();
    for (size_t i = 0; i < m_staff.members.size(); ++i) {
        const StaffMember &member = m_staff.members[i];
        if (m_words.isEmpty() || member.name.contains(m_words, Qt::CaseInsensitive) ||
            member.login.contains(m_words, Qt::CaseInsensitive))
            m_rows.push_back(i);
    }
    std::stable_sort(m_rows.begin(), m_rows.end(), [this](size_t a, size_t b) {
        const StaffMember &one = m_staff.members[a];
        const StaffMember &other = m_staff.members[b];
        if (one.isActive != other.isActive)
            return one.isActive;
        return one.name.localeAwareCompare(other.name) < 0;
    });
}

int StaffModel::rowOf(const QString &login) const
{
    for (size_t row = 0; row < m_rows.size(); ++row) {
        if (m_staff.members[m_rows[row]].login == login)
            return static_cast<int>(row);
    }
    return -1;
}

const StaffMember *StaffModel::member(const QString &login) const
{
    const auto found = std::find_if(m_staff.members.begin(), m_staff.members.end(),
                                    [&](const StaffMember &one) { return one.login == login; });
    return found == m_staff.members.end() ? nullptr : &*found;
}

const StaffMember *StaffModel::member(int row) const
{
    return row >= 0 && row < rowCount() ? &m_staff.members[m_rows[static_cast<size_t>(row)]] : nullptr;
}

int StaffModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
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
        words << tr("%1 at %2").arg(rightWords(right.code).name, where);
    }
    return words.join(", "_L1);
}

/// Where somebody has rights, in a few words.
QString StaffModel::summary(const StaffMember &member) const
{
    if (member.rights.empty())
        return tr("no rights");
    QSet<QUuid> branches;
    QSet<QString> codes;
    for (const StaffRight &right : member.rights) {
        branches << right.branch;
        codes << right.code;
    }
    const QString count = codes.size() == 1 ? tr("1 right") : tr("%1 rights").arg(codes.size());
    if (branches.contains(QUuid()))
        return branches.size() == 1 ? tr("%1 at every branch").arg(count)
                                    : tr("%1, some at every branch").arg(count);
    if (branches.size() > 1)
        return tr("%1 at %2 branches").arg(count, QLocale().toString(branches.size()));
    const BranchEntry *branch = m_directory ? m_directory->branch(*branches.cbegin()) : nullptr;
    return branch ? tr("%1 at %2").arg(count, branch->name) : tr("%1 at 1 branch").arg(count);
}

int StaffModel::sessions(const StaffMember &member) const
{
    int sessions = -1;
    for (const ServerLogins &server : m_staff.servers) {
        if (!server.error)
            sessions = std::max(sessions, 0) + server.logins.value(member.login).sessions;
    }
    return sessions;
}

QString StaffModel::sessionsText(const StaffMember &member) const
{
    const int count = sessions(member);
    return count <= 0 ? QString() : tr("signed in");
}

QString StaffModel::group(const StaffMember &member) const
{
    for (const ServerLogins &server : m_staff.servers) {
        if (!server.error && !server.logins.value(member.login).group.isEmpty())
            return groupWords(server.logins.value(member.login).group).name;
    }
    return {};
}

int StaffModel::stateKind(const StaffMember &member) const
{
    if (!m_staff.open(member).isEmpty())
        return Roles::Overdue;
    return member.isActive ? Roles::Available : Roles::Offline;
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
    case Group:
        return group(member);
    case Summary:
        return summary(member);
    case Sessions:
        return sessionsText(member);
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
        return index.column() == State ? stateKind(*member) : static_cast<int>(Roles::None);
    case Qt::AccessibleTextRole:
        return QStringList{member->name,   member->login,    stateText(*member),
                           group(*member), summary(*member), sessionsText(*member)}
            .join(", "_L1);
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
    case Group:
        return tr("Group");
    case Summary:
        return tr("Rights in short");
    case Sessions:
        return tr("Sessions");
    default:
        return {};
    }
}

} // namespace Branchline
