// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/replication.h"

#include "db/cluster/replicationsource.h"

#include <QCoreApplication>

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement setting{"setting"_L1, "SELECT current_setting(?::text) AS value"_L1};
constexpr Statement publicationExists{
    "publication_exists"_L1,
    "SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = ?::text) AS present"_L1};
constexpr Statement publishedTables{"published_tables"_L1,
                                    "SELECT tablename::text AS name FROM pg_publication_tables "
                                    "WHERE pubname = ?::name AND schemaname = 'public'"_L1};
// Deletions never travel: the apply worker checks no foreign keys and would leave orphans behind.
constexpr Statement changedPublication{
    "changed_publication"_L1,
    "SELECT EXISTS (SELECT FROM pg_publication AS p WHERE p.pubname = ?::name "
    "   AND (NOT p.pubinsert OR NOT p.pubupdate OR p.pubdelete OR p.pubtruncate OR p.puballtables "
    "        OR EXISTS (SELECT FROM pg_publication_namespace AS n WHERE n.pnpubid = p.oid) "
    "        OR EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid "
    "                      AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)) "
    "        OR EXISTS (SELECT FROM pg_publication_tables AS t WHERE t.pubname = p.pubname "
    "                      AND (t.schemaname <> 'public' OR t.tablename <> ALL (?::text[]))))) AS changed"_L1};
constexpr Statement subscription{
    "subscription"_L1,
    "SELECT subenabled, coalesce(subslotname::text, '') AS slot, subsynccommit AS commits FROM "
    "pg_subscription "
    "WHERE subname = ?::name AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"_L1};
// Superusers only may read it, and others look at subscriptions too.
constexpr Statement subscriptionAddress{
    "subscription_address"_L1,
    "SELECT subconninfo FROM pg_subscription "
    "WHERE subname = ?::name AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"_L1};
constexpr Statement subscribedTables{
    "subscribed_tables"_L1,
    "SELECT c.relname::text AS name FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid "
    "JOIN pg_class c ON c.oid = r.srrelid WHERE s.subname = ?::name "
    "AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"_L1};
constexpr Statement slotState{"slot_state"_L1,
                              "SELECT wal_status FROM pg_replication_slots WHERE slot_name = ?::name"_L1};
constexpr Statement makeSlot{"make_slot"_L1,
                             "SELECT pg_create_logical_replication_slot(?::name, 'pgoutput')"_L1};
constexpr Statement dropSlot{"drop_slot"_L1, "SELECT pg_drop_replication_slot(?::name)"_L1};
constexpr Statement copiesOpen{"first_copies_open"_L1,
                               "SELECT count(*) AS open FROM pg_subscription_rel r "
                               "JOIN pg_subscription s ON s.oid = r.srsubid "
                               "WHERE s.subname IN ('branchline_desk', 'branchline_catalogue') "
                               "  AND r.srsubstate <> 'r'"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Replication", text);
}

QString resumeHint()
{
    return tr(
        "Run “branchlinectl init --resume”: it makes the subscriptions again and brings every reference row "
        "across.");
}

void requireAtLeast(Session &session, const QString &name, int least)
{
    const int value = session.exec(setting, {name})->row(0).text("value").toInt();
    if (value >= least)
        return;
    throw DbException({.kind = DbErrorKind::Configuration,
                       .message = tr("The server of %1 has %2 = %3; the reference tables need at least %4.")
                                      .arg(session.database(), name)
                                      .arg(value)
                                      .arg(least),
                       .hint = tr("Set %1 = %2 in its postgresql.conf and restart it.").arg(name).arg(least),
                       .database = session.database()});
}

/// Making a slot waits for every transaction that is open on the server, so it gets a deadline and says who
/// is in the way. A slot that an interrupted call left behind is dropped first.
void makeFreshSlot(Session &main, const QString &name)
{
    const Rows old = main.exec(slotState, {name});
    if (old->rowCount() > 0)
        main.exec(dropSlot, {name});
    main.execText(u"slot deadline"_s, u"SET statement_timeout = 30000"_s);
    try {
        main.exec(makeSlot, {name});
    } catch (const DbException &e) {
        if (e.error().kind != DbErrorKind::Timeout)
            throw;
        throw DbException(slotDelayed(main));
    }
    main.execText(u"slot deadline"_s, u"SET statement_timeout = 0"_s);
}

struct Missing
{
    ReplicationTarget target;
    ReferenceStream stream;
};

/// Making the slot anew would hide that the changes since it was lost never reached the shard.
void requireSlot(Session &main, const ReplicationTarget &target, const ReferenceStream &stream,
                 const QString &slot)
{
    const Rows rows = main.exec(slotState, {slot});
    if (rows->rowCount() > 0 && rows->row(0).text("wal_status") != "lost"_L1)
        return;
    throw DbException(
        {.kind = DbErrorKind::Conflict,
         .message = tr("main has no usable replication slot for the subscription %1 of %2 (%3); "
                       "what has changed since it was lost is missing there.")
                        .arg(stream.name, target.session->database(), slot),
         .hint = tr("Run “branchlinectl init --resume”: it makes the slots again and brings "
                    "every reference row across."),
         .database = u"main"_s});
}

/// Without it a worker tells main that a change has arrived before the shard's standby has it, and main sends
/// it never again: after a failover of the shard it would be missing there.
void commitInEarnest(Session &shard, const ReferenceStream &stream, const RowSet::Row &subscribed)
{
    if (subscribed.text("commits") == "off"_L1)
        shard.execText(u"set synchronous commit"_s,
                       u"ALTER SUBSCRIPTION %1 SET (synchronous_commit = on)"_s.arg(stream.name));
}

/// A local library's folder may have been moved, and its sockets with it. Others have a password in it.
void correctLocalAddress(Session &main, Session &shard, const ReferenceStream &stream)
{
    if (!isLocal(main.settings().url))
        return;
    const QString source = replicationSource(main.settings().url, {});
    const Rows subscribed = shard.exec(subscriptionAddress, {stream.name});
    if (quotedLiteral(subscribed->row(0).text("subconninfo")) != source)
        shard.execText(u"correct the subscription's address"_s,
                       u"ALTER SUBSCRIPTION %1 CONNECTION %2"_s.arg(stream.name, source));
}

std::vector<Missing> missingSubscriptions(Session &main, const std::vector<ReplicationTarget> &targets)
{
    std::vector<Missing> list;
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams()) {
            const Rows rows = target.session->exec(subscription, {stream.name});
            if (rows->rowCount() == 0) {
                list.push_back({target, stream});
                continue;
            }
            requireSlot(main, target, stream, rows->row(0).text("slot"));
            commitInEarnest(*target.session, stream, rows->row(0));
            correctLocalAddress(main, *target.session, stream);
            if (!rows->row(0).flag("subenabled"))
                target.session->execText(u"enable subscription"_s,
                                         u"ALTER SUBSCRIPTION %1 ENABLE"_s.arg(stream.name));
            if (!unsubscribedTables(*target.session, stream).isEmpty())
                refreshSubscription(*target.session, stream);
        }
    }
    return list;
}

void requireEmpty(Session &shard, const ReferenceStream &stream)
{
    if (filledTables(shard, stream.tables).isEmpty())
        return;
    throw DbException({.kind = DbErrorKind::Conflict,
                       .message = tr("%1 has lost its subscription %2, but still holds rows of it.")
                                      .arg(shard.database(), stream.name),
                       .hint = resumeHint(),
                       .database = shard.database()});
}

/// Whether somebody has made it send more or less than init did, but for whole tables that it lacks.
bool isPublicationChanged(Session &main, const ReferenceStream &stream)
{
    return main.exec(changedPublication, {stream.name, arrayLiteral(stream.tables)})->row(0).flag("changed");
}

} // namespace

const std::vector<ReferenceStream> &referenceStreams()
{
    // A long change of the catalogue must not delay a blocked card: two streams.
    static const std::vector<ReferenceStream> streams{
        {u"branchline_desk"_s,
         {u"users_ref"_s, u"user_cards"_s, u"user_blocks"_s, u"branches"_s, u"user_types"_s,
          u"material_types"_s, u"loan_rules"_s, u"branch_calendar"_s, u"branch_settings"_s, u"staff"_s,
          u"staff_assignments"_s}},
        {u"branchline_catalogue"_s, {u"books_ref"_s}}};
    return streams;
}

QStringList unpublishedTables(Session &main, const ReferenceStream &stream)
{
    QStringList missing = stream.tables;
    const Rows rows = main.exec(publishedTables, {stream.name});
    for (int i = 0; i < rows->rowCount(); ++i)
        missing.removeAll(rows->row(i).text("name"));
    return missing;
}

bool hasPublication(Session &main, const ReferenceStream &stream)
{
    return main.exec(publicationExists, {stream.name})->row(0).flag("present");
}

bool isPublicationRight(Session &main, const ReferenceStream &stream)
{
    return hasPublication(main, stream) && !isPublicationChanged(main, stream) &&
           unpublishedTables(main, stream).isEmpty();
}

QStringList unsubscribedTables(Session &shard, const ReferenceStream &stream)
{
    if (shard.exec(subscription, {stream.name})->rowCount() == 0)
        return {};
    QStringList missing = stream.tables;
    const Rows rows = shard.exec(subscribedTables, {stream.name});
    for (int i = 0; i < rows->rowCount(); ++i)
        missing.removeAll(rows->row(i).text("name"));
    return missing;
}

QStringList filledTables(Session &shard, const QStringList &tables)
{
    QStringList filled;
    for (const QString &table : tables) {
        const QByteArray sql = "SELECT EXISTS (SELECT FROM public." + table.toLatin1() + ") AS filled";
        const QByteArray name = "is_filled_" + table.toLatin1();
        if (shard.exec({QLatin1StringView(name), QLatin1StringView(sql)})->row(0).flag("filled"))
            filled << table;
    }
    return filled;
}

void refreshSubscription(Session &shard, const ReferenceStream &stream)
{
    // The first copy would meet rows that are there already, and fail for ever.
    const QStringList filled = filledTables(shard, unsubscribedTables(shard, stream));
    if (!filled.isEmpty()) {
        throw DbException(
            {.kind = DbErrorKind::Conflict,
             .message = tr("The subscription %1 of %2 does not follow %3 yet, but rows are there.")
                            .arg(stream.name, shard.database(), filled.join(", "_L1)),
             .hint = resumeHint(),
             .database = shard.database()});
    }
    // Its own server asks main, which may hang; from here that looks like a server that is busy.
    shard.execText(u"subscription deadline"_s, u"SET statement_timeout = 60000"_s);
    shard.execText(u"refresh subscription"_s,
                   u"ALTER SUBSCRIPTION %1 REFRESH PUBLICATION"_s.arg(stream.name));
    shard.execText(u"subscription deadline"_s, u"SET statement_timeout = 0"_s);
}

std::vector<LeastSetting> leastReplicationSettings(bool isMain, int shards)
{
    if (isMain)
        return {{u"max_replication_slots"_s, 3 * shards + 4}, {u"max_wal_senders"_s, 3 * shards + 4}};
    return {{u"max_logical_replication_workers"_s, 3 * shards + 1},
            {u"max_worker_processes"_s, 3 * shards + 4}};
}

void requireReplicationSettings(Session &session, bool isMain, int shards)
{
    if (isMain) {
        if (session.exec(setting, {u"wal_level"_s})->row(0).text("value") != "logical"_L1) {
            throw DbException(
                {.kind = DbErrorKind::Configuration,
                 .message = tr("The server of main has no logical replication: wal_level is not “logical”."),
                 .hint = tr("Set wal_level = logical in its postgresql.conf and restart it."),
                 .database = session.database()});
        }
    }
    for (const LeastSetting &least : leastReplicationSettings(isMain, shards))
        requireAtLeast(session, least.name, least.value);
}

void ensurePublications(Session &main)
{
    Transaction transaction(main);
    for (const ReferenceStream &stream : referenceStreams()) {
        // In one transaction: whatever is sent is sent by the one or by the other.
        if (isPublicationChanged(main, stream))
            main.execText(u"drop publication"_s, u"DROP PUBLICATION "_s + stream.name);
        if (!hasPublication(main, stream)) {
            main.execText(
                u"create publication"_s,
                u"CREATE PUBLICATION %1 FOR TABLE public.%2 WITH (publish = 'insert, update')"_s.arg(
                    stream.name, stream.tables.join(", public."_L1)));
        }
        for (const QString &table : unpublishedTables(main, stream)) {
            main.execText(u"add to publication"_s,
                          u"ALTER PUBLICATION %1 ADD TABLE public.%2"_s.arg(stream.name, table));
        }
        main.execText(
            u"grant to the replicator"_s,
            u"GRANT SELECT ON public.%1 TO branchline_replicator"_s.arg(stream.tables.join(", public."_L1)));
    }
    transaction.commit();
}

void ensureSubscriptions(Session &main, const std::vector<ReplicationTarget> &targets)
{
    const auto missing = missingSubscriptions(main, targets);
    if (missing.empty())
        return;
    const QString password = renewPassword(main);
    const QString source = replicationSource(main.settings().url, password);
    // Those that exist come first: while one is missing, a call that was cut off is repeated as a whole.
    if (!password.isEmpty())
        renewAddresses(targets, source);
    for (const Missing &one : missing) {
        requireEmpty(*one.target.session, one.stream);
        const QString slot = slotName(main, one.target.shard, one.stream.name);
        // CREATE SUBSCRIPTION would wait for itself if it made the slot on its own server, so it never does.
        makeFreshSlot(main, slot);
        // Its own server asks main, which may hang; from here that looks like a server that is busy.
        one.target.session->execText(u"subscription deadline"_s, u"SET statement_timeout = 60000"_s);
        one.target.session->execText(
            u"create subscription"_s,
            u"CREATE SUBSCRIPTION %1 CONNECTION %2 PUBLICATION %1 WITH (create_slot = false, slot_name = %3, "
            "synchronous_commit = on)"_s.arg(one.stream.name, source, quotedLiteral(slot)));
        one.target.session->execText(u"subscription deadline"_s, u"SET statement_timeout = 0"_s);
    }
}

void renewAddresses(const std::vector<ReplicationTarget> &targets, const QString &source)
{
    for (const ReplicationTarget &target : targets) {
        keepOutOfLog(*target.session);
        for (const ReferenceStream &stream : referenceStreams()) {
            if (target.session->exec(subscription, {stream.name})->rowCount() > 0)
                target.session->execText(u"renew the subscription's address"_s,
                                         u"ALTER SUBSCRIPTION %1 CONNECTION %2"_s.arg(stream.name, source));
        }
    }
}

void waitForFirstCopy(Session &shard)
{
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (shard.exec(copiesOpen)->row(0).number("open") > 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message =
                     tr("The reference tables have not reached %1 within a minute.").arg(shard.database()),
                 .hint = tr("Look into its server's log: it must be able to sign in to main as "
                            "branchline_replicator (pg_hba.conf). Then run init again."),
                 .database = shard.database()});
        }
        std::this_thread::sleep_for(50ms);
    }
}

} // namespace Branchline
