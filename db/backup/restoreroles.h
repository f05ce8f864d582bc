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
    /// `isOneOfSeveral`: names are told with that of a database on the server.
    RoleRestore(const BackupManifest &manifest, QString folder, Session &server, bool isOneOfSeveral);

    /// This database comes to the server.
    void need(const BackedUpDatabase &database);
    /// Makes what is missing, with the passwords of the backup. Throws DbException.
    void make();

    [[nodiscard]] const QStringList &made() const { return m_made; }
    [[nodiscard]] const QStringList &kept() const { return m_kept; }
    [[nodiscard]] const QStringList &standIns() const { return m_standIns; }

private:
    void makeStandIn(const QString &role);
    void makeFrom(const BackedUpServer &source);
    [[nodiscard]] QString told(const QString &role) const;

    const BackupManifest &m_manifest;
    QString m_folder;
    Session &m_server;
    bool m_isOneOfSeveral;
    QString m_database;    ///< the first that comes here
    QStringList m_sources; ///< servers that databases come from
    QStringList m_made;
    QStringList m_kept;
    QStringList m_standIns;
    QStringList m_handled;
};

/// In a restored database: gives what stand-ins own to who is signed in.
void takeOver(Session &session, const QStringList &standIns);
/// When no database of the server needs them any more.
void dropStandIns(Session &server, const QStringList &standIns);

} // namespace Branchline::Internal
