// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthreport.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

template <typename Number>
QJsonValue orNull(const std::optional<Number> &number)
{
    return number ? QJsonValue(*number) : QJsonValue(QJsonValue::Null);
}

template <typename List, typename Make>
QJsonArray arrayOf(const List &list, Make make)
{
    QJsonArray array;
    for (const auto &one : list)
        array.append(make(one));
    return array;
}

QJsonObject settingsObject(const ServerState &state)
{
    QJsonObject object;
    for (auto it = state.settings.cbegin(); it != state.settings.cend(); ++it) {
        bool isNumber = false;
        const int number = it.value().toInt(&isNumber);
        object.insert(it.key(), isNumber ? QJsonValue(number) : QJsonValue(it.value()));
    }
    return object;
}

QJsonObject connectionsObject(const ConnectionBudget &budget, const ServerState &state)
{
    return {{u"allowed"_s, budget.allowed},
            {u"in_use"_s, budget.inUse},
            {u"in_database"_s, state.connectionsHere},
            {u"desks"_s, budget.desks},
            {u"per_desk"_s, budget.perDesk},
            {u"others"_s, budget.others},
            {u"needed"_s, budget.needed()}};
}

QJsonObject lockHolderObject(const LockHolder &holder)
{
    return {{u"pid"_s, holder.processId}, {u"program"_s, holder.program},    {u"desk"_s, holder.desk},
            {u"state"_s, holder.state},   {u"age_s"_s, orNull(holder.ageS)}, {u"waiting"_s, holder.waiting}};
}

QJsonObject lockWaitsObject(const LockWaits &waits)
{
    return {{u"sessions"_s, waits.sessions},
            {u"longest_s"_s, waits.longestS},
            {u"holders"_s, arrayOf(waits.holders, lockHolderObject)}};
}

QJsonObject slotObject(const ReplicationSlot &slot)
{
    return {{u"name"_s, slot.name},
            {u"active"_s, slot.isActive},
            {u"wal_status"_s, slot.walStatus},
            {u"retained_bytes"_s, orNull(slot.retained)},
            {u"behind_bytes"_s, orNull(slot.behind)},
            {u"lag_s"_s, orNull(slot.lagS)}};
}

QJsonObject standbyObject(const Standby &standby)
{
    return {{u"name"_s, standby.name},
            {u"state"_s, standby.state},
            {u"sync_state"_s, standby.syncState},
            {u"lag_s"_s, orNull(standby.lagS)}};
}

QJsonObject subscriptionObject(const SubscriptionState &subscription)
{
    return {{u"name"_s, subscription.name},
            {u"slot"_s, subscription.slotName},
            {u"enabled"_s, subscription.isEnabled},
            {u"running"_s, subscription.isRunning},
            {u"apply_errors"_s, subscription.applyErrors},
            {u"sync_errors"_s, subscription.syncErrors},
            {u"tables_open"_s, subscription.tablesOpen}};
}

QJsonObject databaseObject(const DatabaseHealth &database)
{
    QJsonObject object{{u"name"_s, database.name},
                       {u"role"_s, database.isMain ? u"main"_s : u"shard"_s},
                       {u"reachable"_s, database.reachable},
                       {u"latency_ms"_s, orNull(database.latencyMs)},
                       {u"replication_lag_s"_s, orNull(database.replicationLagS)},
                       {u"replication_lag_bytes"_s, orNull(database.replicationLagBytes)},
                       {u"problems"_s, QJsonArray::fromStringList(database.problems)},
                       {u"warnings"_s, QJsonArray::fromStringList(database.warnings)}};
    if (!database.state)
        return object;
    const ServerState &state = *database.state;
    object.insert(u"version"_s, state.version);
    object.insert(u"in_recovery"_s, state.isInRecovery);
    object.insert(u"clock_difference_s"_s, state.clockDifferenceS);
    object.insert(u"settings"_s, settingsObject(state));
    object.insert(u"slots"_s, arrayOf(state.replicationSlots, slotObject));
    object.insert(u"standbys"_s, arrayOf(state.standbys, standbyObject));
    object.insert(u"subscriptions"_s, arrayOf(state.subscriptions, subscriptionObject));
    object.insert(u"lock_waits"_s, lockWaitsObject(state.lockWaits));
    object.insert(u"deadlocks"_s, state.deadlocks);
    if (database.budget)
        object.insert(u"connections"_s, connectionsObject(*database.budget, state));
    return object;
}

} // namespace

QJsonObject healthObject(const Health &health)
{
    return {{u"healthy"_s, health.isHealthy()},
            {u"problems"_s, QJsonArray::fromStringList(health.problems)},
            {u"warnings"_s, QJsonArray::fromStringList(health.warnings)},
            {u"databases"_s, arrayOf(health.databases, databaseObject)}};
}

} // namespace Branchline
