// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/stafflogins.h"

namespace Branchline {

/// A right of a member of staff; a null branch means every branch.
struct StaffRight
{
    QString code;
    QUuid branch;

    friend bool operator==(const StaffRight &, const StaffRight &) = default;
};

/// A member of staff as main knows it.
struct StaffMember
{
    QString login;
    QString name;
    bool isActive = true;
    std::vector<StaffRight> rights; ///< by code, those at every branch first
};

/// The staff and what the servers have of it.
struct StaffList
{
    std::vector<StaffMember> members; ///< by login
    std::vector<ServerLogins> servers;

    /// What still differs from main on a server that answered: "may still sign in", "has no login". A
    /// sentence each; empty: all is done.
    [[nodiscard]] QStringList open(const StaffMember &member) const;
};

/// A member of staff to be added, or to be let in again.
struct NewStaff
{
    QString login;
    QString name;
    QString group = QStringLiteral("branchline_staff"); ///< decides which functions it may call at all
    QString password = {};                              ///< never leaves the program; a verifier of it does
    QString verifier = {}; ///< in place of a password: that of a report, to finish what it left open
    /// A login keeps the password that it has, and a server without that login says so.
    bool keepsPassword = false;
};

// None of these functions waits; the directory must have been read, and the cluster outlives their work. They
// need the right "library" at every branch unless they say otherwise.

/// Every member of staff with the rights, and the logins of every server that answers; needs the right
/// "library" at some branch, for logins at every one. Asks the servers for logins only when `withServers`.
[[nodiscard]] QFuture<Result<StaffList>> listStaff(Cluster &cluster, bool withServers = true);

/// The second part of that alone: what each server has of the staff.
[[nodiscard]] QFuture<std::vector<ServerLogins>> readStaffLogins(Cluster &cluster);

/// Writes the person down in main, then makes the login once on each server. Repeating it finishes what an
/// earlier call could not; somebody who was disabled may sign in again, with no rights. The error of main
/// fails the call; what a server could not do is in the report.
[[nodiscard]] QFuture<Result<StaffReport>> addStaff(Cluster &cluster, const NewStaff &staff);

/// Takes every right away and ends the login with its sessions on each server. Safe to repeat.
[[nodiscard]] QFuture<Result<StaffReport>> disableStaff(Cluster &cluster, const QString &login);

/// A new password on each server. Somebody's own needs no right, but every server: if one does not answer,
/// nothing is changed, since with two passwords nobody could sign in to all. For others (right "library")
/// what could not be done is in the report, and repeating it with any password makes them the same again.
[[nodiscard]] QFuture<Result<StaffReport>> changePassword(Cluster &cluster, const QString &login,
                                                          const QString &password);

/// Goes on with that where a report says that a server has not done it, with the same password.
[[nodiscard]] QFuture<Result<StaffReport>> finishPassword(Cluster &cluster, const StaffReport &report);

/// The login of whoever is signed in.
[[nodiscard]] QFuture<Result<QString>> ownLogin(Cluster &cluster);

/// Gives a right, "all" for every one of them, at a branch or with a null id at every branch. It travels to
/// the shards by itself. Needs the right "library" there.
[[nodiscard]] QFuture<Result<Done>> assignRight(Cluster &cluster, const QString &login,
                                                const StaffRight &right);
/// Takes it back; what is not held stays so.
[[nodiscard]] QFuture<Result<Done>> revokeRight(Cluster &cluster, const QString &login,
                                                const StaffRight &right);

} // namespace Branchline
