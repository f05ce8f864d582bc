// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/serverstate.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement serverClock{"server_clock"_L1,
                                "SELECT EXTRACT(EPOCH FROM clock_timestamp())::double precision AS now"_L1};
constexpr Statement mainState{
    "server_state"_L1,
    "SELECT public.server_state() || jsonb_build_object('audit', public.audit_state(), 'purges', "
    "public.purge_state()) AS state"_L1};
constexpr Statement shardState{
    "shard_server_state"_L1,
    "SELECT public.server_state() || jsonb_build_object('subscriptions', (SELECT coalesce("
    "jsonb_agg(to_jsonb(s) ORDER BY s.subscription), '[]') FROM public.subscription_state() AS s), 'audit', public.audit_state()) AS state"_L1};

template <typename Make>
auto listOf(const QJsonObject &object, QLatin1StringView key, Make make)
{
    std::vector<decltype(make(QJsonObject()))> list;
    const QJsonArray array = object.value(key).toArray();
    for (const QJsonValue &value : array)
        list.push_back(make(value.toObject()));
    return list;
}

QString text(const QJsonObject &object, QLatin1StringView key)
{
    return object.value(key).toString();
}

template <typename Number>
std::optional<Number> numberOrNone(const QJsonObject &object, QLatin1StringView key)
{
    const QJsonValue value = object.value(key);
    return value.isDouble() ? std::optional(static_cast<Number>(value.toDouble())) : std::nullopt;
}

SessionGroup sessionGroup(const QJsonObject &o)
{
    return {.program = text(o, "program"_L1),
            .desk = text(o, "desk"_L1),
            .state = text(o, "state"_L1),
            .waitType = text(o, "wait_type"_L1),
            .waitEvent = text(o, "wait_event"_L1),
            .sessions = o.value("sessions"_L1).toInt()};
}

LockHolder lockHolder(const QJsonObject &o)
{
    return {.processId = o.value("pid"_L1).toInteger(),
            .program = text(o, "program"_L1),
            .desk = text(o, "desk"_L1),
            .state = text(o, "state"_L1),
            .ageS = numberOrNone<double>(o, "age_s"_L1),
            .waiting = o.value("waiting"_L1).toInt()};
}

OldTransaction oldTransaction(const QJsonObject &o)
{
    return {.processId = o.value("pid"_L1).toInteger(),
            .application = text(o, "application"_L1),
            .state = text(o, "state"_L1),
            .ageS = o.value("age_s"_L1).toDouble()};
}

ReplicationSlot replicationSlot(const QJsonObject &o)
{
    return {.name = text(o, "name"_L1),
            .isLogical = text(o, "type"_L1) == "logical"_L1,
            .isActive = o.value("active"_L1).toBool(),
            .walStatus = text(o, "wal_status"_L1),
            .retained = numberOrNone<qint64>(o, "retained_bytes"_L1),
            .behind = numberOrNone<qint64>(o, "behind_bytes"_L1),
            .lagS = numberOrNone<double>(o, "lag_s"_L1)};
}

Standby standby(const QJsonObject &o)
{
    return {.name = text(o, "name"_L1),
            .state = text(o, "state"_L1),
            .syncState = text(o, "sync_state"_L1),
            .lagS = numberOrNone<double>(o, "lag_s"_L1)};
}

SubscriptionState subscriptionState(const QJsonObject &o)
{
    return {.name = text(o, "subscription"_L1),
            .slotName = text(o, "slot_name"_L1),
            .isEnabled = o.value("enabled"_L1).toBool(),
            .isRunning = o.value("running"_L1).toBool(),
            .applyErrors = o.value("apply_errors"_L1).toInteger(),
            .syncErrors = o.value("sync_errors"_L1).toInteger(),
            .tablesOpen = o.value("tables_open"_L1).toInteger(),
            .runningS = numberOrNone<double>(o, "running_s"_L1)};
}

UnsafeCommit unsafeCommit(const QJsonObject &o)
{
    return {.role = text(o, "role"_L1), .database = text(o, "database"_L1), .value = text(o, "value"_L1)};
}

void readServer(const QJsonObject &o, ServerState &state)
{
    state.identity = text(o, "identity"_L1);
    state.version = text(o, "version"_L1);
    state.versionNumber = o.value("version_number"_L1).toInt();
    state.startedAt = o.value("started_at"_L1).toDouble();
    state.isInRecovery = o.value("in_recovery"_L1).toBool();
    const QJsonObject settings = o.value("settings"_L1).toObject();
    for (auto it = settings.constBegin(); it != settings.constEnd(); ++it)
        state.settings.insert(it.key(), it.value().toString());
    const QJsonArray waiting = o.value("waiting_for_restart"_L1).toArray();
    for (const QJsonValue &name : waiting)
        state.waitingForRestart << name.toString();
    state.unsafeCommits = listOf(o, "unsafe_for"_L1, unsafeCommit);
}

void readActivity(const QJsonObject &o, ServerState &state)
{
    const QJsonObject connections = o.value("connections"_L1).toObject();
    state.connectionsOnServer = connections.value("server"_L1).toInt();
    state.connectionsHere = connections.value("here"_L1).toInt();
    state.connectionLimit = o.value("connection_limit"_L1).toInt(-1);
    state.sessions = listOf(o, "sessions"_L1, sessionGroup);
    const QJsonObject waits = o.value("lock_waits"_L1).toObject();
    state.lockWaits = {.sessions = waits.value("sessions"_L1).toInt(),
                       .longestS = waits.value("longest_s"_L1).toDouble(),
                       .holders = listOf(waits, "holders"_L1, lockHolder)};
    state.oldTransactions = listOf(o, "old_transactions"_L1, oldTransaction);
    const QJsonObject prepared = o.value("prepared_transactions"_L1).toObject();
    state.preparedTransactions = prepared.value("count"_L1).toInt();
    state.oldestPreparedS = prepared.value("age_s"_L1).toDouble();
    const QJsonObject statistics = o.value("statistics"_L1).toObject();
    state.commits = statistics.value("commits"_L1).toInteger();
    state.rollbacks = statistics.value("rollbacks"_L1).toInteger();
    state.deadlocks = statistics.value("deadlocks"_L1).toInteger();
}

/// The server's clock was read at some moment between sending and answer: the middle is wrong by at most half
/// of the round trip, so the quickest of three counts.
void measureClock(Session &session, const WallClock &clock, ServerState &state)
{
    session.exec(serverClock); // connects and prepares; the next ones are the measure
    std::array<double, 3> trips{};
    for (size_t i = 0; i < trips.size(); ++i) {
        const auto start = std::chrono::steady_clock::now();
        const double before = clock();
        const double now = session.exec(serverClock)->row(0).value("now").toDouble();
        const double after = clock();
        trips[i] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (i == 0 || trips[i] / 2 < state.clockUncertaintyS) {
            state.clockUncertaintyS = trips[i] / 2;
            state.clockDifferenceS = now - (before + after) / 2;
        }
    }
    std::sort(trips.begin(), trips.end());
    state.latencyMs = trips[1] * 1000;
}

} // namespace

double systemSeconds()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ServerState readServerState(Session &session, bool isMain, const WallClock &clock)
{
    ServerState state;
    measureClock(session, clock, state);
    const QByteArray json = session.exec(isMain ? mainState : shardState)->row(0).text("state").toUtf8();
    const QJsonObject object = QJsonDocument::fromJson(json).object();
    readServer(object, state);
    readActivity(object, state);
    state.replicationSlots = listOf(object, "slots"_L1, replicationSlot);
    state.standbys = listOf(object, "standbys"_L1, standby);
    state.subscriptions = listOf(object, "subscriptions"_L1, subscriptionState);
    const QJsonObject audit = object.value("audit"_L1).toObject();
    state.auditMonthsAhead = audit.value("months_ahead"_L1).toInt();
    state.hasStrayAuditRows = audit.value("has_stray_rows"_L1).toBool();
    const QJsonObject purges = object.value("purges"_L1).toObject();
    state.blockedPurges = purges.value("blocked"_L1).toInt();
    state.blankedPurges = purges.value("blanked"_L1).toInt();
    return state;
}

} // namespace Branchline
