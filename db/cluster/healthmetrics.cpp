// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthmetrics.h"

#include <QCoreApplication>

#include <map>
#include <tuple>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Type = MetricsText::Type;

// Help texts are for whoever writes the queries, as the names are: English, and not translated.

/// One family with a sample for each database that answered.
template <typename Value>
void perDatabase(const Health &health, MetricsText &metrics, const char *name, Type type, const QString &help,
                 Value value)
{
    metrics.family(name, type, help);
    for (const DatabaseHealth &database : health.databases) {
        if (database.state)
            metrics.sample({{"database", database.name}}, static_cast<double>(value(database)));
    }
}

void addReachability(const Health &health, MetricsText &metrics)
{
    metrics.family("branchline_healthy", Type::Gauge, u"1 when health finds no problem."_s);
    metrics.sample({}, health.isHealthy() ? 1 : 0);
    metrics.family("branchline_up", Type::Gauge, u"1 when the database answered."_s);
    for (const DatabaseHealth &database : health.databases)
        metrics.sample({{"database", database.name}}, database.reachable && database.state ? 1 : 0);
    metrics.family("branchline_problems", Type::Gauge, u"Problems that health names."_s);
    for (const DatabaseHealth &database : health.databases)
        metrics.sample({{"database", database.name}}, static_cast<double>(database.problems.size()));
    metrics.family("branchline_warnings", Type::Gauge, u"Warnings that health gives."_s);
    for (const DatabaseHealth &database : health.databases)
        metrics.sample({{"database", database.name}}, static_cast<double>(database.warnings.size()));
    perDatabase(health, metrics, "branchline_round_trip_seconds", Type::Gauge,
                u"One round trip to the server."_s,
                [](const DatabaseHealth &d) { return d.latencyMs.value_or(0) / 1000; });
    perDatabase(health, metrics, "branchline_clock_difference_seconds", Type::Gauge,
                u"The server's clock minus this workstation's."_s,
                [](const DatabaseHealth &d) { return d.state->clockDifferenceS; });
}

void addServer(const Health &health, MetricsText &metrics)
{
    metrics.family("branchline_server_info", Type::Gauge, u"Version of PostgreSQL; always 1."_s);
    for (const DatabaseHealth &database : health.databases) {
        if (database.state)
            metrics.sample({{"database", database.name}, {"version", database.state->version}}, 1);
    }
    perDatabase(health, metrics, "branchline_server_start_time_seconds", Type::Gauge,
                u"When the server started, in seconds since 1970."_s,
                [](const DatabaseHealth &d) { return d.state->startedAt; });
    perDatabase(health, metrics, "branchline_server_in_recovery", Type::Gauge,
                u"1 when the server is a standby and only reads."_s,
                [](const DatabaseHealth &d) { return d.state->isInRecovery ? 1 : 0; });
    perDatabase(health, metrics, "branchline_server_connections", Type::Gauge,
                u"Connections in use on the whole server."_s,
                [](const DatabaseHealth &d) { return d.budget->inUse; });
    perDatabase(health, metrics, "branchline_server_connections_allowed", Type::Gauge,
                u"Connections that the server allows, without those kept for superusers."_s,
                [](const DatabaseHealth &d) { return d.budget->allowed; });
    perDatabase(health, metrics, "branchline_server_connections_needed", Type::Gauge,
                u"Connections that all desks may open on the server, and those of other programs."_s,
                [](const DatabaseHealth &d) { return d.budget->needed(); });
    metrics.family("branchline_transactions_total", Type::Counter,
                   u"Transactions since the server's statistics were reset."_s);
    for (const DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        metrics.sample({{"database", database.name}, {"outcome", u"committed"_s}},
                       static_cast<double>(database.state->commits));
        metrics.sample({{"database", database.name}, {"outcome", u"rolled_back"_s}},
                       static_cast<double>(database.state->rollbacks));
    }
    perDatabase(health, metrics, "branchline_deadlocks_total", Type::Counter,
                u"Deadlocks since the server's statistics were reset."_s,
                [](const DatabaseHealth &d) { return d.state->deadlocks; });
}

void addSessions(const Health &health, MetricsText &metrics)
{
    using Key = std::tuple<QString, QString, QString, QString>;
    std::map<Key, int> states;
    std::map<Key, int> waits;
    for (const DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        for (const SessionGroup &group : database.state->sessions) {
            states[{database.name, group.program, group.desk, group.state}] += group.sessions;
            if (!group.waitType.isEmpty() && group.waitType != "Client"_L1)
                waits[{database.name, group.desk, group.waitType, group.waitEvent}] += group.sessions;
        }
    }
    metrics.family("branchline_sessions", Type::Gauge,
                   u"Sessions by program, workstation and state, without the one that counts."_s);
    for (const auto &[key, sessions] : states) {
        const auto &[database, program, desk, state] = key;
        metrics.sample({{"database", database}, {"program", program}, {"desk", desk}, {"state", state}},
                       sessions);
    }
    metrics.family("branchline_sessions_waiting", Type::Gauge,
                   u"Sessions that wait for something else than their program, by what they wait for."_s);
    for (const auto &[key, sessions] : waits) {
        const auto &[database, desk, type, event] = key;
        metrics.sample({{"database", database}, {"desk", desk}, {"wait_type", type}, {"wait_event", event}},
                       sessions);
    }
    perDatabase(health, metrics, "branchline_oldest_transaction_seconds", Type::Gauge,
                u"Age of the oldest open transaction of a program; 0 when none is open."_s,
                [](const DatabaseHealth &d) {
                    const auto &old = d.state->oldTransactions;
                    return old.empty() ? 0 : old.front().ageS;
                });
    perDatabase(health, metrics, "branchline_prepared_transactions", Type::Gauge,
                u"Prepared transactions that wait for their end."_s,
                [](const DatabaseHealth &d) { return d.state->preparedTransactions; });
}

/// One family over main's slots; a value that is not known has no sample.
template <typename Value>
void perSlot(const Health &health, MetricsText &metrics, const char *name, const QString &help, Value value)
{
    metrics.family(name, Type::Gauge, help);
    for (const DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        for (const ReplicationSlot &slot : database.state->replicationSlots) {
            if (const std::optional<double> number = value(slot))
                metrics.sample({{"database", database.name}, {"slot", slot.name}}, *number);
        }
    }
}

std::optional<double> asDouble(const std::optional<qint64> &number)
{
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

void addSlots(const Health &health, MetricsText &metrics)
{
    perSlot(health, metrics, "branchline_slot_active", u"1 when the slot is being read."_s,
            [](const ReplicationSlot &s) { return std::optional(s.isActive ? 1.0 : 0.0); });
    perSlot(health, metrics, "branchline_slot_lost",
            u"1 when the server has dropped, or is about to drop, log that the slot's reader needs."_s,
            [](const ReplicationSlot &s) {
                return std::optional(s.walStatus == "lost"_L1 || s.walStatus == "unreserved"_L1 ? 1.0 : 0.0);
            });
    perSlot(health, metrics, "branchline_slot_retained_bytes", u"Log that is kept for the slot."_s,
            [](const ReplicationSlot &s) { return asDouble(s.retained); });
    perSlot(health, metrics, "branchline_slot_behind_bytes",
            u"Log that the slot's reader has not confirmed."_s,
            [](const ReplicationSlot &s) { return asDouble(s.behind); });
}

void addReplication(const Health &health, MetricsText &metrics)
{
    metrics.family("branchline_replication_lag_seconds", Type::Gauge,
                   u"How far the shard is behind main; not there while nobody reads its slots."_s);
    for (const DatabaseHealth &database : health.databases) {
        if (database.replicationLagS)
            metrics.sample({{"database", database.name}}, *database.replicationLagS);
    }
    metrics.family("branchline_replication_lag_bytes", Type::Gauge,
                   u"Log of main that the shard has not confirmed."_s);
    for (const DatabaseHealth &database : health.databases) {
        if (database.replicationLagBytes)
            metrics.sample({{"database", database.name}}, static_cast<double>(*database.replicationLagBytes));
    }
    const auto perSubscription = [&](const char *name, Type type, const QString &help, auto add) {
        metrics.family(name, type, help);
        for (const DatabaseHealth &database : health.databases) {
            if (!database.state)
                continue;
            for (const SubscriptionState &subscription : database.state->subscriptions)
                add(database.name, subscription);
        }
    };
    perSubscription("branchline_subscription_running", Type::Gauge, u"1 when the subscription runs."_s,
                    [&](const QString &database, const SubscriptionState &s) {
                        metrics.sample({{"database", database}, {"subscription", s.name}},
                                       s.isEnabled && s.isRunning ? 1 : 0);
                    });
    perSubscription(
        "branchline_subscription_errors_total", Type::Counter,
        u"Errors of the subscription since the server's statistics were reset."_s,
        [&](const QString &database, const SubscriptionState &s) {
            metrics.sample({{"database", database}, {"subscription", s.name}, {"phase", u"apply"_s}},
                           static_cast<double>(s.applyErrors));
            metrics.sample({{"database", database}, {"subscription", s.name}, {"phase", u"first_copy"_s}},
                           static_cast<double>(s.syncErrors));
        });
    metrics.family("branchline_standby_lag_seconds", Type::Gauge, u"How far a standby server is behind."_s);
    for (const DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        for (const Standby &standby : database.state->standbys) {
            if (standby.lagS)
                metrics.sample({{"database", database.name},
                                {"standby", standby.name},
                                {"sync_state", standby.syncState}},
                               *standby.lagS);
        }
    }
}

} // namespace

void addHealthMetrics(const Health &health, MetricsText &metrics)
{
    addReachability(health, metrics);
    addServer(health, metrics);
    addSessions(health, metrics);
    addSlots(health, metrics);
    addReplication(health, metrics);
}

} // namespace Branchline
