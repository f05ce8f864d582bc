// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/resume.h"

#include "db/cluster/referencetable.h"
#include "db/cluster/replicationsource.h"
#include "db/cluster/snapshotslot.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

#include <chrono>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement subscriptionExists{
    "subscription_exists"_L1,
    "SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = ?::name "
    "AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS present"_L1};
constexpr Statement slotIsRead{
    "slot_is_read"_L1,
    "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ?::name AND active) AS active"_L1};

constexpr Statement sentUpTo{"sent_up_to"_L1, "SELECT pg_current_wal_lsn()::text AS position"_L1};
constexpr Statement slotPosition{"slot_position"_L1,
                                 "SELECT coalesce(confirmed_flush_lsn::text, '') AS position, "
                                 "coalesce(confirmed_flush_lsn >= ?::pg_lsn, false) AS has_arrived "
                                 "FROM pg_replication_slots WHERE slot_name = ?::name"_L1};

// Which rows, main's own log says; here it is one line, since it may be all of them.
constexpr Statement recordResync{
    "record_resync"_L1,
    "INSERT INTO public.audit_log (txid, actor, application, op, table_name, new) "
    "SELECT txid_current(), session_user, current_setting('application_name'), 'update', ?::text, "
    "jsonb_build_object('repaired', 'resync', 'inserted', ?::bigint, 'changed', ?::bigint)"_L1};

// Triggers stay silent and nothing is checked again, as in the apply worker: main has checked every row.
constexpr auto asApplyWorker =
    "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '60s'; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Resume", text);
}

/// Nothing of a stream may arrive any more before its tables are compared, or a row would come twice. The
/// slot is taken from the subscription first: it is on a server that may be gone. The address is that of the
/// new main, where half-made first copies are tidied up; empty: main has not changed.
void dropSubscription(Session &shard, const QString &stream, const QString &source)
{
    if (!shard.exec(subscriptionExists, {stream})->row(0).flag("present"))
        return;
    Transaction transaction(shard);
    if (!source.isEmpty())
        shard.execText(u"drop subscription"_s, u"ALTER SUBSCRIPTION %1 CONNECTION %2"_s.arg(stream, source));
    shard.execText(u"drop subscription"_s,
                   u"ALTER SUBSCRIPTION %1 DISABLE; ALTER SUBSCRIPTION %1 SET (slot_name = NONE); "
                   "DROP SUBSCRIPTION %1"_s.arg(stream));
    transaction.commit();
}

/// Fills staging tables on the shard from a snapshot of main; main is done with afterwards.
std::vector<qint64> fetchAll(Session &main, const QString &snapshot, Session &shard,
                             const std::vector<ReferenceTable> &tables)
{
    std::vector<qint64> rows;
    Transaction reading(main);
    main.execText(
        u"read the slot's snapshot"_s,
        u"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%1'; "
        "SET LOCAL idle_in_transaction_session_timeout = 0"_s.arg(snapshot));
    rows.reserve(tables.size());
    for (const ReferenceTable &table : tables)
        rows.push_back(table.fetch(main, shard));
    reading.commit();
    return rows;
}

void resumeStream(Session &main, const ReplicationTarget &target, const ReferenceStream &stream,
                  const QString &source, const std::function<void(const ResumedTable &)> &done)
{
    Session &shard = *target.session;
    dropSubscription(shard, stream.name, source);
    const QString slot = slotName(main, target.shard, stream.name);
    auto snapshot = std::make_unique<SnapshotSlot>(main, slot);
    std::vector<ReferenceTable> tables;
    for (const QString &table : stream.tables)
        tables.emplace_back(main, table);

    Transaction transaction(shard);
    shard.execText(u"write as replication does"_s, asApplyWorker);
    const std::vector<qint64> rows = fetchAll(main, snapshot->snapshot(), shard, tables);
    snapshot.reset();
    for (size_t i = 0; i < tables.size(); ++i) {
        ResumedTable result{.shard = target.shard,
                            .table = stream.tables.at(static_cast<qsizetype>(i)),
                            .compared = rows[i],
                            .examples = {}};
        tables[i].write(shard, result);
        tables[i].handleSurplus(shard, result);
        if (result.changed + result.inserted > 0)
            shard.exec(recordResync, {result.table, result.inserted, result.changed});
        if (done)
            done(result);
    }
    // Its own server asks main, which may hang; from here that looks like a server that is busy.
    shard.execText(u"subscription deadline"_s, u"SET LOCAL statement_timeout = 60000"_s);
    shard.execText(u"create subscription"_s,
                   u"CREATE SUBSCRIPTION %1 CONNECTION %2 PUBLICATION %1 WITH (create_slot = false, "
                   "slot_name = %3, copy_data = false, synchronous_commit = on)"_s.arg(stream.name, source,
                                                                                       quotedLiteral(slot)));
    shard.execText(u"subscription deadline"_s, u"SET LOCAL statement_timeout = 0"_s);
    transaction.commit();
}

/// Until the shard has everything up to this position of main's log.
void waitForArrival(Session &main, const ReplicationTarget &target, const ReferenceStream &stream,
                    const QString &position)
{
    const QString slot = slotName(main, target.shard, stream.name);
    QString before;
    auto deadline = std::chrono::steady_clock::now() + 60s;
    for (;;) {
        const Rows rows = main.exec(slotPosition, {position, slot});
        if (rows->rowCount() > 0 && rows->row(0).flag("has_arrived"))
            return;
        const QString now = rows->rowCount() > 0 ? rows->row(0).text("position") : QString();
        if (now != before)
            deadline = std::chrono::steady_clock::now() + 60s;
        before = now;
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException({.kind = DbErrorKind::Timeout,
                               .message = tr("What was written to main does not reach %1: the subscription "
                                             "%2 stands still.")
                                              .arg(target.session->database(), stream.name),
                               .hint = tr("“branchlinectl health” says why."),
                               .database = target.session->database()});
        }
        std::this_thread::sleep_for(20ms);
    }
}

/// The rows are there; now their changes must follow.
void waitForReader(Session &main, const ReplicationTarget &target, const ReferenceStream &stream)
{
    const QString slot = slotName(main, target.shard, stream.name);
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!main.exec(slotIsRead, {slot})->row(0).flag("active")) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message = tr("Every row is on %1, but its subscription %2 has not begun to read changes.")
                                .arg(target.session->database(), stream.name),
                 .hint = tr("Look into its server's log: it must be able to sign in to main as "
                            "branchline_replicator (pg_hba.conf). Then run init --resume again."),
                 .database = target.session->database()});
        }
        std::this_thread::sleep_for(20ms);
    }
}

} // namespace

void resumeReplication(Session &main, const std::vector<ReplicationTarget> &targets,
                       const std::function<void(const ResumedTable &)> &done,
                       const std::vector<ReplicationTarget> &others)
{
    const QString password = renewPassword(main);
    const QString source = replicationSource(main.settings().url, password);
    if (!password.isEmpty())
        renewAddresses(others, source);
    for (const ReplicationTarget &target : targets) {
        // A session whose program was killed holds it until its server has seen that, so that a transaction
        // under way there has ended either way.
        takeSetUpLock(*target.session, {}, 60s);
        target.session->execText(u"lock deadline"_s, u"SET lock_timeout = '60s'"_s);
        keepOutOfLog(*target.session);
        for (const ReferenceStream &stream : referenceStreams())
            resumeStream(main, target, stream, source, done);
        target.session->execText(u"lock deadline"_s, u"RESET lock_timeout"_s);
    }
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams())
            waitForReader(main, target, stream);
    }
}

void suspendReplication(Session &main, const std::vector<ReplicationTarget> &targets)
{
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams()) {
            dropSubscription(*target.session, stream.name, {});
            dropSlot(main, slotName(main, target.shard, stream.name));
        }
    }
}

bool hasReplication(const std::vector<ReplicationTarget> &targets)
{
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams()) {
            if (!target.session->exec(subscriptionExists, {stream.name})->row(0).flag("present"))
                return false;
        }
    }
    return true;
}

void waitForReplication(Session &main, const std::vector<ReplicationTarget> &targets)
{
    const QString position = main.exec(sentUpTo)->row(0).text("position");
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams())
            waitForArrival(main, target, stream, position);
    }
}

} // namespace Branchline
