// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restoreroles.h"

#include "db/backup/backupsupport.h"
#include "db/backup/rolescript.h"
#include "db/cluster/replicationsource.h"

#include <QFile>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr auto standInMark = "Branchline: stands in during a restore"_L1;

constexpr Statement existingRole{
    "restore_role"_L1,
    "SELECT r.rolsuper, coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '') AS comment "
    "  FROM pg_catalog.pg_roles AS r WHERE r.rolname = ?::name"_L1};

QString contentOf(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly)) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("The file %1 cannot be read: %2.").arg(name, file.errorString()),
                   BackupText::tr("Check that you may read it."));
    }
    return QString::fromUtf8(file.readAll());
}

} // namespace

RoleRestore::RoleRestore(const BackupManifest &manifest, QString folder, Session &server, bool isOneOfSeveral)
    : m_manifest(manifest)
    , m_folder(std::move(folder))
    , m_server(server)
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
    QStringList missing;
    for (const QString &role : source.roles) {
        if (m_handled.contains(role)) // of another server that comes here, too
            continue;
        m_handled << role;
        const Rows rows = m_server.exec(existingRole, {role});
        const bool exists = rows->rowCount() > 0;
        if (source.superusers.contains(role)) {
            if (!exists)
                makeStandIn(role);
            else if (rows->row(0).text("comment") == standInMark) // of a restore that was cut off
                m_standIns << role;
            else if (!rows->row(0).flag("rolsuper"))
                failBackup(DbErrorKind::Conflict,
                           BackupText::tr(
                               "The login “%1” was a superuser of the library's server, and is none here.")
                               .arg(role),
                           BackupText::tr("Rename it here, or restore to another server."),
                           m_server.database());
        } else if (exists) {
            m_kept << told(role);
        } else {
            missing << role;
        }
    }
    const auto statements = roleStatements(contentOf(m_folder + u'/' + source.file));
    const QStringList sql = statementsFor(statements, missing);
    for (const QString &statement : sql)
        m_server.execText(u"make roles"_s, statement);
    for (const QString &role : std::as_const(missing))
        m_made << told(role);
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
    for (const QString &role : standIns)
        server.execText(u"drop a stand-in"_s, "DROP ROLE "_L1 + quotedName(role));
}

} // namespace Branchline::Internal
