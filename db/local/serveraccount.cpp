// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/serveraccount.h"

#include "db/local/localsupport.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// glibc's wrappers change every thread of the process, and take locks that are not safe after a fork. The
// bare calls change the calling thread only. 32-bit systems have their own numbers for them.
#ifdef SYS_setgroups32
constexpr long setGroupsCall = SYS_setgroups32;
constexpr long setUserCall = SYS_setresuid32;
constexpr long setGroupCall = SYS_setresgid32;
#else
constexpr long setGroupsCall = SYS_setgroups;
constexpr long setUserCall = SYS_setresuid;
constexpr long setGroupCall = SYS_setresgid;
#endif

ServerAccount fromEntry(const passwd &entry)
{
    ServerAccount account{.uid = entry.pw_uid,
                          .gid = entry.pw_gid,
                          .name = QString::fromLocal8Bit(entry.pw_name),
                          .home = QString::fromLocal8Bit(entry.pw_dir),
                          .groups = {}};
    int count = 64;
    account.groups.resize(static_cast<size_t>(count));
    while (::getgrouplist(entry.pw_name, entry.pw_gid, account.groups.data(), &count) < 0)
        account.groups.resize(static_cast<size_t>(count));
    account.groups.resize(static_cast<size_t>(count));
    return account;
}

bool findByName(const char *name, ServerAccount &account)
{
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) != 0 || !found || entry.pw_uid == 0)
        return false;
    account = fromEntry(entry);
    return true;
}

} // namespace

ServerAccount ServerAccount::own()
{
    return ofUser(::geteuid());
}

ServerAccount ServerAccount::ofUser(uid_t uid)
{
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found)
        return fromEntry(entry);
    failLocal(
        DbErrorKind::Configuration,
        Local::tr("The account with the number %1 has no name on this computer, so PostgreSQL cannot run "
                  "for it.")
            .arg(uid),
        Local::tr("Add the account to the system (in a container: to /etc/passwd) and try again."));
}

ServerAccount ServerAccount::unprivileged()
{
    ServerAccount account;
    if (findByName("branchline", account) || findByName("postgres", account))
        return account;
    failLocal(DbErrorKind::Configuration,
              Local::tr("PostgreSQL does not run as root, and there is no account “postgres” to run it."),
              Local::tr("Install the package postgresql-15, which makes the account: "
                        "sudo apt install postgresql-15"));
}

bool ServerAccount::isOther() const
{
    return ::geteuid() != uid;
}

bool ServerAccount::becomeInChild() const noexcept
{
    if (!isOther())
        return true;
    return ::syscall(setGroupsCall, groups.size(), groups.data()) == 0 &&
           ::syscall(setGroupCall, gid, gid, gid) == 0 && ::syscall(setUserCall, uid, uid, uid) == 0;
}

FileIdentity::FileIdentity(const ServerAccount &account)
{
    if (!account.isOther())
        return;
    const int count = ::getgroups(0, nullptr);
    m_previousGroups.resize(static_cast<size_t>(std::max(0, count)));
    if (count < 0 || ::getgroups(count, m_previousGroups.data()) != count)
        failSystem(Local::tr("Files cannot be made for the account “%1”.").arg(account.name), errno);
    if (::syscall(setGroupsCall, account.groups.size(), account.groups.data()) != 0)
        failSystem(Local::tr("Files cannot be made for the account “%1”.").arg(account.name), errno);
    m_isActive = true;
    m_previousGroup = ::setfsgid(account.gid);
    m_previousUser = ::setfsuid(account.uid);
    // These calls report nothing; a second call with a number that cannot be tells what is set now.
    if (static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))) != account.uid) {
        restore();
        failSystem(Local::tr("Files cannot be made for the account “%1”.").arg(account.name), EPERM);
    }
}

FileIdentity::~FileIdentity()
{
    if (m_isActive)
        restore();
}

void FileIdentity::restore() noexcept
{
    ::setfsuid(static_cast<uid_t>(m_previousUser));
    ::setfsgid(static_cast<gid_t>(m_previousGroup));
    ::syscall(setGroupsCall, m_previousGroups.size(), m_previousGroups.data());
}

} // namespace Branchline::Internal
