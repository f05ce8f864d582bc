// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/manifest.h"
#include "db/connection/session.h"

namespace Branchline::Internal {

/// The logins and groups of one server that is restored to.
///
/// A role that exists is kept as it is, and no superuser is ever made. Where one owned something of the
/// library and this server lacks that login, a role without any right stands in for it while rows are
/// restored; then everything it owns goes to the superuser who restores.
class RoleRestore final
{
public:
    /// `isOneOfSeveral`: names are told with that of a database on the server. `localStaffLogin`: as in
    /// RestoreOptions; it is the person at this computer, whoever that was before.
    RoleRestore(const BackupManifest &manifest, QString folder, Session &server, QString localStaffLogin,
                bool isOneOfSeveral);

    /// This database comes to the server.
    void need(const BackedUpDatabase &database);
    /// Makes what is missing, with the passwords of the backup. Throws DbException; Conflict when a login
    /// here is that of another library's staff.
    void make();

    [[nodiscard]] const QStringList &made() const { return m_made; }
    [[nodiscard]] const QStringList &kept() const { return m_kept; }
    /// Those of kept() that are not known to be the same person.
    [[nodiscard]] const QStringList &strangers() const { return m_strangers; }
    /// Memberships that were not made, as "anna in clerks".
    [[nodiscard]] const QStringList &leftOut() const { return m_leftOut; }
    [[nodiscard]] const QStringList &standIns() const { return m_standIns; }

private:
    void standIn(const QString &role, const Rows &here);
    void makeStandIn(const QString &role);
    void keep(const QString &role, const QString &before, const QString &here);
    [[nodiscard]] bool mayJoin(const QString &group, const BackedUpServer &source) const;
    void makeFrom(const BackedUpServer &source);
    [[nodiscard]] QString told(const QString &role) const;

    const BackupManifest &m_manifest;
    QString m_folder;
    Session &m_server;
    QString m_localStaffLogin;
    bool m_isOneOfSeveral;
    QString m_database;    ///< the first that comes here
    QStringList m_sources; ///< servers that databases come from
    QStringList m_made;
    QStringList m_kept;
    QStringList m_strangers;
    QStringList m_leftOut;
    QStringList m_standIns;
    QStringList m_handled;
};

/// In a restored database: gives what stand-ins own to who is signed in.
void takeOver(Session &session, const QStringList &standIns);
/// Those that no database of the server needs any more: another restore, cut off, may have left one that
/// does.
void dropStandIns(Session &server, const QStringList &standIns);

} // namespace Branchline::Internal
