// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/roles.h"

#include "db/cluster/replicationsource.h"
#include "db/schema/migrations.h"

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

// Roles belong to the server, not to a database: databases that share one find them made already, and two
// set-ups at once are kept apart by the lock (its number is "LBro").
constexpr auto createRoles = R"(
    DO $roles$
    DECLARE
        wanted record;
    BEGIN
        PERFORM pg_catalog.pg_advisory_xact_lock(1279423087);
        FOR wanted IN
            SELECT * FROM (VALUES
                ('branchline_owner',        'NOLOGIN'),
                ('branchline_migrator',     'NOLOGIN BYPASSRLS'),
                ('branchline_backup',       'NOLOGIN BYPASSRLS'),
                ('branchline_replicator',   'LOGIN REPLICATION BYPASSRLS'),
                ('branchline_jobs',         'NOLOGIN BYPASSRLS'),
                ('branchline_staff',        'NOLOGIN'),
                ('branchline_branch_admin', 'NOLOGIN'),
                ('branchline_admin',        'NOLOGIN'),
                ('branchline_report',       'NOLOGIN')) AS r (name, attributes)
        LOOP
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
                EXECUTE pg_catalog.format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
            END IF;
        END LOOP;
        GRANT branchline_staff TO branchline_branch_admin;
        GRANT branchline_branch_admin TO branchline_admin;
        GRANT branchline_owner TO branchline_migrator;
        -- replication_state() runs as the owner and tells every desk how far a shard is behind
        GRANT pg_read_all_stats TO branchline_owner;
    END
    $roles$
)"_L1;

// Whoever owns the schema can replace what stands in it, and so what the superuser's own functions call
// (staff_logins.sql); by default that is the owner of the database, who need be no superuser.
//
// "Everybody" may not even connect: what a login may do follows from its group alone. PostgreSQL lets
// everybody take the advisory locks that every desk of a branch waits for, and fill the disk with large
// objects and messages in the log; here only our functions, which run as the owner, lock anything.
constexpr auto prepare = R"(
    CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public;
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
    ALTER SCHEMA public OWNER TO CURRENT_USER;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT CREATE, USAGE ON SCHEMA public TO branchline_owner;
    GRANT USAGE ON SCHEMA public TO branchline_staff, branchline_report, branchline_replicator,
        branchline_backup, branchline_jobs;
    DO $connect$
    BEGIN
        EXECUTE pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
        EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO branchline_owner, branchline_migrator, '
            'branchline_backup, branchline_replicator, branchline_jobs, branchline_staff, branchline_report',
            pg_catalog.current_database());
    END
    $connect$;
    DO $functions$
    DECLARE
        routine record;
    BEGIN
        FOR routine IN
            SELECT p.oid::pg_catalog.regprocedure AS signature, p.proname LIKE '%advisory%' AS is_lock
              FROM pg_catalog.pg_proc AS p
             WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
               AND (p.proname ~ '^pg_(try_)?advisory_'
                    OR p.proname IN ('lo_creat', 'lo_create', 'lo_from_bytea', 'pg_logical_emit_message'))
        LOOP
            EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine.signature);
            IF routine.is_lock THEN
                EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO branchline_owner', routine.signature);
            END IF;
        END LOOP;
    END
    $functions$
)"_L1;

constexpr Statement superuserFunctionsMark{
    "superuser_functions"_L1,
    "SELECT coalesce(pg_catalog.obj_description("
    "pg_catalog.to_regprocedure('public.make_staff_login(text,text,text)'), 'pg_proc'), '') AS mark"_L1};

} // namespace

void ensureRoles(Session &session)
{
    session.execText(u"create roles"_s, createRoles);
}

void ensureStaffLogin(Session &session, const QString &login)
{
    session.execText(u"create staff login"_s, uR"(
        DO $login$
        BEGIN
            PERFORM pg_catalog.pg_advisory_xact_lock(1279423087);
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %1) THEN
                CREATE ROLE %2 LOGIN;
            END IF;
            GRANT branchline_admin TO %2;
        END
        $login$
    )"_s.arg(quotedLiteral(login), quotedName(login)));
}

void markStaffLogin(Session &session, const QString &login, const QUuid &staff)
{
    session.execText(u"mark staff login"_s, u"COMMENT ON ROLE %1 IS 'Branchline staff %2'"_s.arg(
                                                quotedName(login), staff.toString(QUuid::WithoutBraces)));
}

void prepareDatabase(Session &session)
{
    session.execText(u"prepare database"_s, prepare);
}

QString rolesSql()
{
    return createRoles;
}

QString prepareDatabaseSql()
{
    return prepare;
}

bool hasStaffLoginFunctions(Session &session)
{
    return session.exec(superuserFunctionsMark)->row(0).text("mark") == superuserFunctionsHash();
}

bool makeStaffLoginFunctions(Session &session)
{
    if (hasStaffLoginFunctions(session))
        return false;
    Transaction transaction(session);
    session.execText(u"make functions for staff logins"_s, superuserFunctions());
    transaction.commit();
    return true;
}

} // namespace Branchline
