// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restoreroles.h"

#include "db/backup/backupsupport.h"
#include "db/backup/rolescript.h"
#include "db/cluster/replicationsource.h"

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr auto standInMark = "Branchline: stands in during a restore"_L1;

constexpr Statement existingRole{
    "restore_role"_L1,
    "SELECT r.rolsuper, coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') AS comment "
    "  FROM pg_catalog.pg_roles AS r WHERE r.rolname = ?::name"_L1};

} // namespace

RoleRestore::RoleRestore(const BackupManifest &manifest, QString folder, Session &server,
                         QString localStaffLogin, bool isOneOfSeveral)
    : m_manifest(manifest)
    , m_folder(std::move(folder))
    , m_server(server)
    , m_localStaffLogin(std::move(localStaffLogin))
    , m_isOneOfSeveral(isOneOfSeveral)
{}

void RoleRestore::need(const BackedUpDatabase &database)
{
    if (m_database.isEmpty())
        m_database = database.name;
    if (!m_sources.contains(database.server))
        m_sources << database.server;
}

void RoleRestore::make()
{
    keepOutOfLog(m_server); // verifiers
    Transaction transaction(m_server);
    for (const BackedUpServer &source : m_manifest.servers) {
        if (m_sources.contains(source.identifier))
            makeFrom(source);
    }
    transaction.commit();
}

void RoleRestore::makeFrom(const BackedUpServer &source)
{
    const auto statements = roleStatements(QString::fromUtf8(contentOf(m_folder + u'/' + source.file)));
    QStringList missing;
    for (const QString &role : source.roles) {
        if (m_handled.contains(role)) // of another server that comes here, too
            continue;
        m_handled << role;
        const Rows rows = m_server.exec(existingRole, {role});
        if (source.superusers.contains(role))
            standIn(role, rows);
        else if (rows->rowCount() > 0)
            keep(role, commentOf(statements, role), rows->row(0).text("comment"));
        else
            missing << role;
    }
    const QStringList sql = statementsFor(statements, missing);
    for (const QString &statement : sql)
        m_server.execText(u"make roles"_s, statement);
    for (const QString &role : std::as_const(missing))
        m_made << told(role);
    for (const RoleStatement &statement : statements) {
        if (statement.kind != RoleStatement::Kind::Membership || !missing.contains(statement.role))
            continue;
        if (mayJoin(statement.group, source))
            m_server.execText(u"make roles"_s, statement.sql);
        else
            m_leftOut << BackupText::tr("%1 in %2").arg(told(statement.role), statement.group);
    }
}

/// A backup makes nobody a superuser, nor what amounts to one; and a group that is none of the library's may
/// be missing here, or may do anything.
bool RoleRestore::mayJoin(const QString &group, const BackedUpServer &source) const
{
    static const QStringList asStrong{u"pg_execute_server_program"_s, u"pg_read_server_files"_s,
                                      u"pg_write_server_files"_s};
    const Rows here = m_server.exec(existingRole, {group});
    if (here->rowCount() == 0 || here->row(0).flag("rolsuper") || asStrong.contains(group))
        return false;
    return group.startsWith("pg_"_L1) || (source.roles.contains(group) && !source.superusers.contains(group));
}

/// A login of the same name may be somebody else, who would be taken for a member of this library's staff.
void RoleRestore::keep(const QString &role, const QString &before, const QString &here)
{
    constexpr auto ofStaff = "Branchline staff "_L1;
    m_kept << told(role);
    if (role == m_localStaffLogin || before == here || !before.startsWith(ofStaff))
        return;
    if (here.startsWith(ofStaff)) {
        failBackup(
            DbErrorKind::Conflict,
            BackupText::tr("The login “%1” belongs to a member of the staff of another library here, who "
                           "would be taken for the one in the backup.")
                .arg(role),
            BackupText::tr("Rename the login here (ALTER ROLE … RENAME TO …), or restore to another "
                           "server."),
            m_server.database());
    }
    m_strangers << told(role);
}

/// For a role that was a superuser.
void RoleRestore::standIn(const QString &role, const Rows &here)
{
    if (here->rowCount() == 0) {
        makeStandIn(role);
    } else if (here->row(0).text("comment") == standInMark) { // of a restore that was cut off
        m_standIns << role;
    } else if (!here->row(0).flag("rolsuper")) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("The login “%1” was a superuser of the library's server, and is none here.")
                       .arg(role),
                   BackupText::tr("Rename it here, or restore to another server."), m_server.database());
    }
}

void RoleRestore::makeStandIn(const QString &role)
{
    m_server.execText(u"make a stand-in"_s, u"CREATE ROLE %1 NOLOGIN; COMMENT ON ROLE %1 IS %2"_s.arg(
                                                quotedName(role), quotedLiteral(standInMark)));
    m_standIns << role;
}

QString RoleRestore::told(const QString &role) const
{
    return m_isOneOfSeveral ? u"%1 (%2)"_s.arg(role, m_database) : role;
}

void takeOver(Session &session, const QStringList &standIns)
{
    for (const QString &role : standIns)
        session.execText(u"take over"_s,
                         u"REASSIGN OWNED BY %1 TO CURRENT_USER; DROP OWNED BY %1"_s.arg(quotedName(role)));
}

void dropStandIns(Session &server, const QStringList &standIns)
{
    constexpr auto othersNeedIt = "2BP01"_L1; // what another restore on this server has not finished
    for (const QString &role : standIns) {
        try {
            server.execText(u"drop a stand-in"_s, "DROP ROLE "_L1 + quotedName(role));
        } catch (const DbException &e) {
            if (e.error().sqlState != othersNeedIt)
                throw;
        }
    }
}

} // namespace Branchline::Internal
