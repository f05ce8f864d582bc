// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/printsql.h"

#include "db/cluster/replication.h"
#include "db/cluster/replicationsource.h"
#include "db/cluster/roles.h"
#include "db/routing/placement.h"
#include "db/schema/migrator.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement databaseExists{
    "database_exists"_L1,
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ?::name) AS present"_L1};
/// Stands for the replicator's password where psql puts it in; no address holds it otherwise.
constexpr auto passwordMark = "branchline-replicator-password"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Initialise", text);
}

QString createDatabaseSql(const QString &name)
{
    return u"CREATE DATABASE %1 TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'und'"_s
        .arg(quotedName(name));
}

/// The reader is a database administrator; so this and the script's comments are not translated.
constexpr auto header = R"(-- Sets up a Branchline library. For psql, signed in as a superuser of each server:
--     psql -X -f THIS_FILE
-- Passwords are not in here: give them by .pgpass or PGPASSWORD. It may be run again; what is there stays.
--
-- What needs a superuser, and why:
--   * CREATE SUBSCRIPTION: PostgreSQL 15 lets nobody else make one.
--   * roles with BYPASSRLS (branchline_migrator, branchline_backup, branchline_jobs, branchline_replicator) and with
--     REPLICATION: only who has these attributes gives them. Backups, migrations and the first copy of the
--     replication must read every row, and row-level security is forced on every table.
--   * GRANT pg_read_all_stats TO branchline_owner: a desk is told how far a shard is behind.
--   * REVOKE of pg_advisory_*, lo_creat*, lo_from_bytea and pg_logical_emit_message from PUBLIC: they belong to the
--     bootstrap superuser, and a login of staff could block every desk or fill the disk with them.
--   * the functions for logins of the staff (make_staff_login and its neighbours) belong to whoever runs this:
--     they make roles, set password verifiers and end sessions, of members of the staff only.
-- What does not: CREATE DATABASE (CREATEDB), the extensions unaccent and pg_trgm (trusted: CREATE on the database), all
-- tables, functions and publications (made as branchline_owner, which has no attribute at all).
-- Before: wal_level = logical on main's server. After: sign in as the superuser once more for the first
-- administrator: branchlinectl staff add --group admin LOGIN NAME; branchlinectl staff assign LOGIN all --everywhere
\set ON_ERROR_STOP on
SET client_min_messages = warning;
)"_L1;

QString connectTo(const ConnectionUrl &url)
{
    return u"\n\\connect '%1'\nSET client_min_messages = warning;\n"_s.arg(
        url.with(u"password"_s, {}).toUri());
}

/// The months of the audit log to come, as init makes them.
constexpr auto auditMonths = "\nSET ROLE branchline_owner;\n"
                             "DO $$ BEGIN WHILE public.make_audit_month() <> '' LOOP END LOOP; END $$;\n"
                             "RESET ROLE;\n"_L1;

QString database(const ConnectionUrl &url, DatabaseRole role)
{
    return u"\n-- ---- %1: the database, its roles, its tables and functions ----\n"_s.arg(url.database()) +
           connectTo(url.with(u"dbname"_s, u"postgres"_s)) +
           u"SELECT %1 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = %2) \\gexec\n"_s
               .arg(quotedLiteral(createDatabaseSql(url.database())), quotedLiteral(url.database())) +
           connectTo(url) + rolesSql().trimmed() + ";\n"_L1 + prepareDatabaseSql().trimmed() + ";\n"_L1 +
           migrationScript(migrations(role)) + auditMonths + "\nBEGIN;\n"_L1 + superuserFunctions() +
           "COMMIT;\n"_L1 + recordScript();
}

QString seed()
{
    return u"INSERT INTO public.loan_rules (loan_days, max_renewals) SELECT 21, 2 "
           "WHERE NOT EXISTS (SELECT FROM public.loan_rules);\n"
           "SELECT public.add_user_type(t.code, t.name) FROM (VALUES ('adult', %1), ('child', %2)) AS t "
           "(code, name) "
           "WHERE NOT EXISTS (SELECT FROM public.user_types);\n"
           "SELECT public.add_material_type('book', %3) WHERE NOT EXISTS (SELECT FROM public.material_types);\n"_s
               .arg(quotedLiteral(tr("Adult")), quotedLiteral(tr("Child")), quotedLiteral(tr("Book")));
}

/// The replicator's password stands in statements here: the server must not write them down. A new session
/// each time, so this comes after every \connect.
constexpr auto quiet =
    "SET log_statement = 'none'; SET log_duration = off; SET log_min_duration_statement = -1; "
    "SET log_min_duration_sample = -1; SET log_min_error_statement = 'panic'; "
    "SET pg_stat_statements.track_utility = off;\n"_L1;

/// psql's :wanted tells whether this database lacks the subscription.
QString lookForSubscription(const ReferenceStream &stream)
{
    return u"SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subname = '%1' AND subdbid = "
           "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) AS wanted \\gset\n"_s
               .arg(stream.name);
}

/// A random password that nobody has to know, and only where a subscription is to be made: the others sign in
/// with the one that they have. psql's :renewed tells whether it is new.
QString replicatorPassword(const AdminAddresses &addresses)
{
    QString script = u"\\set renewed false\n"_s;
    for (const auto &[name, url] : addresses.shards) {
        script += connectTo(url);
        for (const ReferenceStream &stream : referenceStreams())
            script += lookForSubscription(stream) +
                      "SELECT :'renewed'::boolean OR :'wanted'::boolean AS renewed \\gset\n"_L1;
    }
    return script + connectTo(addresses.main) + quiet +
           "\\if :renewed\n"
           "DO $$ BEGIN\n"
           "    IF EXISTS (SELECT FROM pg_catalog.pg_replication_slots\n"
           "                WHERE slot_name LIKE 'branchline\\_%' AND database <> current_database()) THEN\n"
           "        RAISE 'Another library on this server replicates by the login branchline_replicator, "
           "whose '\n"
           "              'password would change. Use another server for main of this library.';\n"
           "    END IF;\n"
           "END $$;\n"
           "SELECT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') AS "
           "replicator_password "
           "\\gset\n"
           "SET password_encryption = 'scram-sha-256';\n"
           "ALTER ROLE branchline_replicator PASSWORD :'replicator_password';\n"
           "\\endif\n"_L1;
}

QString publications()
{
    QString script;
    for (const ReferenceStream &stream : referenceStreams()) {
        const QString tables = "public."_L1 + stream.tables.join(", public."_L1);
        script +=
            u"SELECT %1 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = '%2') "
            u"\\gexec\n"
            "SELECT format('ALTER PUBLICATION %2 ADD TABLE public.%I', t) FROM unnest('{%4}'::text[]) AS t\n"
            " WHERE t NOT IN (SELECT tablename FROM pg_catalog.pg_publication_tables WHERE pubname = '%2') "
            u"\\gexec\n"
            "GRANT SELECT ON %3 TO branchline_replicator;\n"_s.arg(
                quotedLiteral(u"CREATE PUBLICATION %1 FOR TABLE %2 WITH (publish = 'insert, update')"_s.arg(
                    stream.name, tables)),
                stream.name, tables, stream.tables.join(u','));
    }
    return script;
}

/// A table that was published later comes to those that subscribed before.
QString refreshed(const ReferenceStream &stream)
{
    return u"SELECT count(*) < %1 AS lacks FROM pg_catalog.pg_subscription_rel AS r JOIN "
           u"pg_catalog.pg_subscription AS s "
           "ON s.oid = r.srsubid WHERE s.subname = '%2' AND s.subdbid = "
           "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \\gset\n"
           "\\if :lacks\nALTER SUBSCRIPTION %2 REFRESH PUBLICATION;\n\\endif\n"_s.arg(
               QString::number(stream.tables.size()), stream.name);
}

/// The address that the subscription goes by, as an argument of format().
QString sourceArgument(const ConnectionUrl &main)
{
    const QString source = replicationSource(main, isLocal(main) ? QString() : QString(passwordMark));
    return isLocal(main) ? source : u"replace(%1, '%2', :'replicator_password')"_s.arg(source, passwordMark);
}

QString subscription(const ConnectionUrl &main, const QString &shard, const ConnectionUrl &url,
                     const ReferenceStream &stream)
{
    QString script =
        connectTo(url) + lookForSubscription(stream) + "\\if :wanted\n"_L1 + connectTo(main) +
        u"SELECT 'branchline_' || oid || '_%1_%2' AS slot FROM pg_catalog.pg_database "
        "WHERE datname = current_database() \\gset\n"
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'slot';\n"
        "SELECT pg_create_logical_replication_slot(:'slot', 'pgoutput');\n"_s.arg(
            shard, stream.name.section(u'_', 1)) +
        connectTo(url) + quiet +
        u"SELECT format('CREATE SUBSCRIPTION %1 CONNECTION %L PUBLICATION %1 WITH (create_slot = false, "
        "slot_name = %L, synchronous_commit = on)', %2, :'slot') \\gexec\n"_s.arg(stream.name,
                                                                                  sourceArgument(main));
    script += "\\else\n"_L1;
    if (!isLocal(main)) {
        script += "\\if :renewed\n"_L1 + quiet +
                  u"SELECT format('ALTER SUBSCRIPTION %1 CONNECTION %L', %2) \\gexec\n\\endif\n"_s.arg(
                      stream.name, sourceArgument(main));
    }
    return script + refreshed(stream) + "\\endif\n"_L1;
}

/// Host and port as every workstation will use them.
QString registration(const QString &name, const ConnectionUrl &url)
{
    return u"SELECT public.register_shard('%1', '%2', %3, %4, %5, NULL);\n"_s.arg(
        shardIdForName(name).toString(QUuid::WithoutBraces), name,
        quotedLiteral(url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host()),
        quotedLiteral(url.port().isEmpty() ? u"5432"_s : url.port()), quotedLiteral(url.database()));
}

} // namespace

QString setUpScript(const AdminAddresses &addresses)
{
    const ConnectionUrl &main = addresses.main;
    QString script = header + database(main, DatabaseRole::Main);
    for (const auto &[name, url] : addresses.shards) {
        script += database(url, DatabaseRole::Shard) +
                  u"SELECT public.identify_shard('%1', '%2');\n"_s.arg(
                      shardIdForName(name).toString(QUuid::WithoutBraces), name);
    }
    script += "\n-- ---- what all branches share, and its way to the shards ----\n"_L1 + connectTo(main);
    for (const auto &[name, url] : addresses.shards)
        script += registration(name, url);
    script += publications() + seed();
    if (!isLocal(main))
        script += replicatorPassword(addresses);
    for (const auto &[name, url] : addresses.shards) {
        for (const ReferenceStream &stream : referenceStreams())
            script += subscription(main, name, url, stream);
    }
    return script;
}

Result<QStringList> createDatabases(const AdminAddresses &addresses, const QString &maintenance)
{
    std::vector<ConnectionUrl> urls{addresses.main};
    for (const auto &[name, url] : addresses.shards)
        urls.push_back(url);
    QStringList made;
    try {
        for (const ConnectionUrl &url : urls) {
            Session session({.database = maintenance,
                             .url = url.with(u"dbname"_s, maintenance),
                             .application = u"branchline %1 init"_s.arg(QSysInfo::machineHostName()),
                             .statementTimeout = std::chrono::milliseconds(60'000)});
            session.open();
            if (session.exec(databaseExists, {url.database()})->row(0).flag("present"))
                continue;
            session.execText(u"create database"_s, createDatabaseSql(url.database()));
            made << url.database();
        }
    } catch (const DbException &e) {
        return e.error();
    }
    return made;
}

} // namespace Branchline
