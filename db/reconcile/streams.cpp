// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/streams.h"

#include "db/cluster/replicationsource.h"
#include "db/cluster/resume.h"

#include <QCoreApplication>
#include <QDeadlineTimer>

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement subscriptionState{"verified_subscription"_L1,
                                      "SELECT enabled, running, apply_errors, tables_open, slot_name "
                                      "FROM public.subscription_state() WHERE subscription = ?::text"_L1};
// A message in the log is part of no table; its place is behind all that is committed.
constexpr Statement markPosition{
    "mark_position"_L1, "SELECT pg_logical_emit_message(true, 'branchline', 'verify')::text AS position"_L1};
constexpr Statement slotPosition{"slot_position"_L1,
                                 "SELECT wal_status IS DISTINCT FROM 'lost' AS is_usable, "
                                 "active AND coalesce(confirmed_flush_lsn >= ?::pg_lsn, false) AS arrived "
                                 "FROM pg_replication_slots WHERE slot_name = ?::name"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

enum class Arrival { Arrived, Late, Failing, NoSlot };

/// A subscription that meets the same failure twice will meet it again: nobody has to wait for the deadline.
Arrival follow(Session &main, Session &shard, const QString &stream, std::chrono::milliseconds wait)
{
    const Rows first = shard.exec(subscriptionState, {stream});
    if (first->rowCount() == 0)
        return Arrival::NoSlot;
    const QString slot = first->row(0).text("slot_name");
    const qint64 errors = first->row(0).number("apply_errors");
    const QString position = main.exec(markPosition)->row(0).text("position");
    const QDeadlineTimer deadline(wait);
    for (int round = 1;; ++round) {
        const Rows rows = main.exec(slotPosition, {position, slot});
        if (rows->rowCount() == 0 || !rows->row(0).flag("is_usable"))
            return Arrival::NoSlot;
        if (rows->row(0).flag("arrived"))
            return Arrival::Arrived;
        if (round % 50 == 0 || deadline.hasExpired()) {
            const Rows now = shard.exec(subscriptionState, {stream});
            const bool isGone = now->rowCount() == 0;
            const qint64 more = isGone ? 0 : now->row(0).number("apply_errors") - errors;
            if (isGone)
                return Arrival::NoSlot;
            if (more > 1)
                return Arrival::Failing;
            if (deadline.hasExpired())
                return more > 0 || !now->row(0).flag("running") ? Arrival::Failing : Arrival::Late;
        }
        std::this_thread::sleep_for(round < 20 ? 2ms : 20ms);
    }
}

QString codeOf(Arrival arrival)
{
    switch (arrival) {
    case Arrival::NoSlot:
        return u"slot_lost"_s;
    case Arrival::Failing:
        return u"apply_stopped"_s;
    case Arrival::Late:
        return u"apply_behind"_s;
    case Arrival::Arrived:
        break;
    }
    return {};
}

bool isMadeAgain(const QString &code)
{
    return code == "subscription_missing"_L1 || code == "slot_lost"_L1 || code == "apply_stopped"_L1;
}

/// The code of what is wrong with one stream of a shard; empty when it has arrived.
/// A subscription to the slot of another library or shard is none.
QString lookAtStream(Session &main, const ShardDatabase &database, const ReferenceStream &stream,
                     std::chrono::milliseconds wait)
{
    Session &shard = *database.session;
    const Rows rows = shard.exec(subscriptionState, {stream.name});
    if (rows->rowCount() == 0 || rows->row(0).text("slot_name") != slotName(main, database.name, stream.name))
        return u"subscription_missing"_s;
    if (!rows->row(0).flag("enabled"))
        return u"subscription_disabled"_s;
    if (!unsubscribedTables(shard, stream).isEmpty()) // their changes arrive and are left out
        return u"subscription_missing"_s;
    return codeOf(follow(main, shard, stream.name, wait));
}

} // namespace

std::vector<Finding> lookAtStreams(Databases &databases, std::chrono::milliseconds wait)
{
    std::vector<Finding> findings;
    QStringList wrong;
    for (const ReferenceStream &stream : referenceStreams()) {
        if (isPublicationRight(*databases.main, stream))
            continue;
        wrong << stream.name;
        findings.push_back({.code = u"publication_wrong"_s,
                            .database = databases.main->database(),
                            .table = stream.name,
                            .count = 1});
    }
    for (ShardDatabase &shard : databases.shards) {
        shard.comparable.clear();
        for (const ReferenceStream &stream : referenceStreams()) {
            if (wrong.contains(stream.name))
                continue; // neither what it sends nor what it does not is worth a comparison
            const QString code = lookAtStream(*databases.main, shard, stream, wait);
            if (code.isEmpty())
                shard.comparable.insert(stream.name);
            else
                findings.push_back(
                    {.code = code,
                     .database = shard.session->database(),
                     .table = stream.name,
                     .count = 1,
                     .note = isMadeAgain(code) && !mayRenewPassword(databases)
                                 ? tr("Not until every shard answers: the replicator gets a new password.")
                                 : QString()});
        }
    }
    return findings;
}

bool waitUntilArrived(Session &main, ShardDatabase &shard, const QString &stream,
                      std::chrono::milliseconds wait)
{
    return follow(main, *shard.session, stream, wait) == Arrival::Arrived;
}

bool mayRenewPassword(const Databases &databases)
{
    return databases.isComplete || isLocal(databases.main->settings().url);
}

void repairStreams(Databases &databases, const std::vector<Finding> &findings,
                   const std::function<void(const QString &)> &say)
{
    const auto isOfPublication = [](const Finding &one) { return one.code == "publication_wrong"_L1; };
    if (std::any_of(findings.begin(), findings.end(), isOfPublication)) {
        ensurePublications(*databases.main);
        say(tr("Made main's publications right."));
    }
    QStringList broken;
    for (const ShardDatabase &shard : databases.shards) {
        for (const Finding &finding : findings) {
            if (finding.database != shard.session->database())
                continue;
            if (finding.code == "subscription_disabled"_L1) {
                shard.session->execText(u"enable subscription"_s,
                                        u"ALTER SUBSCRIPTION %1 ENABLE"_s.arg(finding.table));
                say(tr("Switched on %1 of %2.").arg(finding.table, finding.database));
            } else if (isMadeAgain(finding.code)) {
                if (!broken.contains(shard.name))
                    broken << shard.name;
            }
        }
    }
    if (!broken.isEmpty() && mayRenewPassword(databases))
        resynchronise(databases, broken, say);
}

void resynchronise(Databases &databases, const QStringList &shards,
                   const std::function<void(const QString &)> &say)
{
    std::vector<ReplicationTarget> targets;
    std::vector<ReplicationTarget> others;
    for (const ShardDatabase &shard : databases.shards)
        (shards.contains(shard.name) ? targets : others).push_back({shard.name, shard.session.get()});
    resumeReplication(
        *databases.main, targets,
        [&](const ResumedTable &table) {
            if (table.inserted + table.changed + table.removed > 0)
                say(tr("%1 of %2_shard: %3 rows added, %4 changed, %5 removed.")
                        .arg(table.table, table.shard)
                        .arg(table.inserted)
                        .arg(table.changed)
                        .arg(table.removed));
        },
        others);
    say(tr("Made the subscriptions of %1 again.").arg(shards.join(", "_L1)));
}

} // namespace Branchline::Internal
