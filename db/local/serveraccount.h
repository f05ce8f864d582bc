// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <sys/types.h>
#include <vector>

namespace Branchline::Internal {

/// The account of the operating system that runs the servers and owns their files. PostgreSQL refuses to
/// run as root, so root lends the work to an unprivileged account; everybody else uses their own.
struct ServerAccount final
{
    uid_t uid = 0;
    gid_t gid = 0;
    QString name;
    QString home;
    std::vector<gid_t> groups;

    /// The account of this program. Throws a DbException when it has no name (a bare number in a container).
    [[nodiscard]] static ServerAccount own();
    /// The account with that number. Throws a DbException when there is none.
    [[nodiscard]] static ServerAccount ofUser(uid_t uid);
    /// For root: `branchline` if there is such an account, else `postgres`. Throws when there is neither.
    [[nodiscard]] static ServerAccount unprivileged();

    /// Whether this program runs as somebody else (root) and has to switch.
    [[nodiscard]] bool isOther() const;
    /// Turns the calling process into this account for good. Only for a child between fork and exec: it
    /// uses nothing but system calls. False when the system refused.
    [[nodiscard]] bool becomeInChild() const noexcept;
};

/// While it lives, the *calling thread* opens, makes and removes files as `account`. So root never follows
/// a link that the unprivileged account planted, and new files belong to the right account. Does nothing
/// when the account is our own.
class FileIdentity final
{
public:
    /// Throws a DbException when the system refuses.
    explicit FileIdentity(const ServerAccount &account);
    ~FileIdentity();
    Q_DISABLE_COPY_MOVE(FileIdentity)

private:
    void restore() noexcept;

    bool m_isActive = false;
    int m_previousUser = 0;
    int m_previousGroup = 0;
    std::vector<gid_t> m_previousGroups;
};

} // namespace Branchline::Internal
