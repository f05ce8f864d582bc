// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restoretarget.h"

#include "db/backup/backupsupport.h"
#include "db/cluster/replicationsource.h"

#include <QDeadlineTimer>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement targetState{
    "restore_target"_L1,
    "SELECT pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, d.datlocprovider::text AS "
    "provider, "
    "       d.datcollate::text AS collation, d.datctype::text AS ctype, "
    "       coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', '') AS icu " // 15, 17
    "  FROM pg_catalog.pg_database AS d WHERE d.datname = ?::name"_L1};
constexpr Statement content{
    "restore_content"_L1,
    "SELECT (SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "            ON n.oid = c.relnamespace WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_') "
    "+ "
    "       (SELECT count(*) FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n "
    "            ON n.oid = p.pronamespace WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_') "
    "+ "
    "       (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata) AS objects"_L1};
constexpr Statement subscriptions{
    "restore_subscriptions"_L1,
    "SELECT s.subname::text AS name FROM pg_catalog.pg_subscription AS s WHERE s.subdbid = "
    "(SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"_L1};
constexpr Statement targetSlots{
    "restore_slots"_L1,
    "SELECT slot_name::text AS name, coalesce(active_pid, 0) AS pid FROM pg_catalog.pg_replication_slots "
    " WHERE database = ?::name"_L1};
constexpr Statement endReader{"restore_end_reader"_L1, "SELECT pg_catalog.pg_terminate_backend(?::int)"_L1};
constexpr Statement dropSlot{"restore_drop_slot"_L1,
                             "SELECT pg_catalog.pg_drop_replication_slot(?::name)"_L1};
// In one transaction. What belongs to an extension goes with it; plpgsql is in every database.
constexpr auto emptyDatabase = R"(
    DO $empty$
    DECLARE
        name text;
    BEGIN
        FOR name IN SELECT pg_catalog.quote_ident(p.pubname) FROM pg_catalog.pg_publication AS p LOOP
            EXECUTE 'DROP PUBLICATION ' || name;
        END LOOP;
        FOR name IN SELECT pg_catalog.quote_ident(e.extname) FROM pg_catalog.pg_extension AS e
                     WHERE e.extname <> 'plpgsql' LOOP
            EXECUTE 'DROP EXTENSION IF EXISTS ' || name || ' CASCADE';
        END LOOP;
        FOR name IN SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace AS n
                     WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' LOOP
            EXECUTE 'DROP SCHEMA ' || name || ' CASCADE';
        END LOOP;
        PERFORM pg_catalog.lo_unlink(l.oid) FROM pg_catalog.pg_largeobject_metadata AS l;
        CREATE SCHEMA public AUTHORIZATION pg_database_owner;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
        COMMENT ON SCHEMA public IS 'standard public schema';
    END
    $empty$;
)"_L1;

QString createSql(const RestoreTarget &target)
{
    const BackedUpDatabase &source = target.source;
    QString sql = u"CREATE DATABASE %1 TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE %2 LC_CTYPE %3"_s.arg(
        quotedName(target.url.database()), quotedLiteral(source.collation),
        quotedLiteral(source.characterType));
    if (source.localeProvider == "i"_L1)
        return sql + " LOCALE_PROVIDER icu ICU_LOCALE "_L1 + quotedLiteral(source.icuLocale);
    return sql + " LOCALE_PROVIDER libc"_L1;
}

bool sortsLike(const RowSet::Row &database, const BackedUpDatabase &source)
{
    if (database.text("encoding") != "UTF8"_L1 || database.text("provider") != source.localeProvider)
        return false;
    if (source.localeProvider == "i"_L1)
        return database.text("icu") == source.icuLocale;
    return database.text("collation") == source.collation && database.text("ctype") == source.characterType;
}

bool holdsAnything(const RestoreTarget &target)
{
    const auto session = openAsSuperuser(target.source.name, target.url, u"restore"_s);
    return session->exec(content)->row(0).number("objects") > 0;
}

/// A database with a subscription cannot be dropped. The slot is on main, which may be gone.
void dropSubscriptions(const RestoreTarget &target)
{
    const auto session = openAsSuperuser(target.source.name, target.url, u"restore"_s);
    const Rows rows = session->exec(subscriptions);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const QString name = quotedName(rows->row(i).text("name"));
        session->execText(u"disable subscription"_s, u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(name));
        session->execText(u"leave the slot"_s, u"ALTER SUBSCRIPTION %1 SET (slot_name = NONE)"_s.arg(name));
        session->execText(u"drop subscription"_s, u"DROP SUBSCRIPTION "_s + name);
    }
}

void dropSlots(const RestoreTarget &target)
{
    const QDeadlineTimer deadline(30s);
    for (;;) {
        const Rows rows = target.server->exec(targetSlots, {target.url.database()});
        if (rows->rowCount() == 0)
            return;
        if (deadline.hasExpired()) {
            failBackup(
                DbErrorKind::Timeout,
                BackupText::tr("Slots of what an earlier restore left of %1 are still in use.")
                    .arg(target.source.name),
                BackupText::tr("Stop the servers of the shards that read them, and run restore again."),
                target.source.name);
        }
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            if (row.number("pid") == 0)
                target.server->exec(dropSlot, {row.text("name")});
            else
                target.server->exec(endReader, {static_cast<int>(row.number("pid"))});
        }
        std::this_thread::sleep_for(20ms);
    }
}

} // namespace

void refuseContent(const RestoreTarget &target)
{
    failBackup(DbErrorKind::Conflict,
               BackupText::tr("The database %1 for %2 is not empty: it holds a library or something else.")
                   .arg(target.url.database(), target.source.name),
               BackupText::tr("A restore never writes over anything. Name another database in the address "
                              "of %1, or drop that one if nobody needs what is in it.")
                   .arg(target.source.name),
               target.source.name);
}

void inspectTarget(RestoreTarget &target, const QString &backup)
{
    const QString name = target.url.database();
    const Rows rows = target.server->exec(targetState, {name});
    target.exists = rows->rowCount() > 0;
    if (!target.exists)
        return;
    target.mark = restoreMark(*target.server, name);
    if (target.mark.state == RestoreMark::State::Finished && !holdsAnything(target))
        target.mark = {}; // somebody has emptied it since
    if (target.mark.isBegun() || (target.isFilled() && target.mark.backup == backup))
        return;
    if (target.mark.state == RestoreMark::State::Filled) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("%1 was filled from another backup, and that restore was never finished.")
                       .arg(target.source.name),
                   BackupText::tr("Run restore with that backup again: it goes on. Or drop the database %1 "
                                  "if nobody has worked with it.")
                       .arg(name),
                   target.source.name);
    }
    if (target.mark.state == RestoreMark::State::Finished)
        refuseContent(target);
    if (!sortsLike(rows->row(0), target.source)) {
        failBackup(DbErrorKind::Configuration,
                   BackupText::tr(
                       "The database %1 for %2 is not in UTF-8, or sorts differently from the one that was "
                       "backed up.")
                       .arg(name, target.source.name),
                   BackupText::tr("Drop it; restore makes it."), target.source.name);
    }
    if (holdsAnything(target))
        refuseContent(target);
}

void makeTarget(const RestoreTarget &target, const QString &backup)
{
    using State = RestoreMark::State;
    Session &server = *target.server;
    const QString name = quotedName(target.url.database());
    if (target.mark.isBegun()) {
        dropSubscriptions(target);
        dropSlots(target);
    }
    if (target.mark.state == State::Begun)
        server.execText(u"drop database"_s, u"DROP DATABASE %1 WITH (FORCE)"_s.arg(name));
    const bool isInPlace = target.exists && target.mark.state != State::Begun;
    if (!isInPlace)
        server.execText(u"create database"_s, createSql(target));
    setRestoreMark(server, {target.url.database()}, {isInPlace ? State::BegunInPlace : State::Begun, backup});
    if (target.mark.state == State::BegunInPlace) {
        openAsSuperuser(target.source.name, target.url, u"restore"_s)
            ->execText(u"empty database"_s, emptyDatabase);
    } else if (isInPlace && holdsAnything(target)) { // since it was looked at
        setRestoreMark(server, {target.url.database()}, {});
        refuseContent(target);
    }
    server.execText(u"close database"_s, u"REVOKE ALL ON DATABASE %1 FROM PUBLIC"_s.arg(name));
}

} // namespace Branchline::Internal
