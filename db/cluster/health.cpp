// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement roundTrip{"round_trip"_L1, "SELECT 1 AS one"_L1};
constexpr Statement durability{
    "durability_settings"_L1,
    "SELECT name FROM pg_catalog.pg_settings "
    "WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off' "
    "ORDER BY name"_L1};
constexpr Statement subscriptions{
    "replication_health"_L1,
    "SELECT subscription, enabled, running, apply_errors, sync_errors FROM public.replication_health()"_L1};
constexpr Statement slots{"replication_state"_L1,
                          "SELECT slot_name, lag_seconds FROM public.replication_state()"_L1};

constexpr Call healthCall{"health"_L1, std::chrono::milliseconds(5000)};

QString tr(const char *text)
{
    return QCoreApplication::translate("Health", text);
}

struct Slot
{
    QString name;
    std::optional<double> lagSeconds;
};

struct Findings
{
    double latencyMs = 0;
    QStringList problems;
    std::vector<Slot> slotList;
};

void checkBasics(Session &session, Findings &findings)
{
    session.exec(roundTrip); // connects and prepares; the next one is the measure
    const auto start = std::chrono::steady_clock::now();
    session.exec(roundTrip);
    findings.latencyMs =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    const Rows unsafe = session.exec(durability);
    for (int i = 0; i < unsafe->rowCount(); ++i) {
        findings.problems << tr("%1 is off on %2: loans can be lost when the server stops.")
                                 .arg(unsafe->row(i).text("name"), session.database());
    }
}

Findings checkMain(Session &session)
{
    Findings findings;
    checkBasics(session, findings);
    const Rows rows = session.exec(slots);
    findings.slotList = rows->map([](const RowSet::Row &row) {
        return Slot{row.text("slot_name"), row.isNull("lag_seconds")
                                               ? std::nullopt
                                               : std::optional(row.value("lag_seconds").toDouble())};
    });
    return findings;
}

Findings checkShard(Session &session)
{
    Findings findings;
    checkBasics(session, findings);
    const Rows rows = session.exec(subscriptions);
    QStringList found;
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        const QString name = row.text("subscription");
        found << name;
        if (!row.flag("enabled")) {
            findings.problems << tr("The subscription %1 of %2 is disabled: changes in main do not arrive.")
                                     .arg(name, session.database());
        } else if (!row.flag("running")) {
            findings.problems
                << tr("The subscription %1 of %2 is not running: changes in main do not arrive.")
                       .arg(name, session.database());
        }
    }
    for (const QString &expected : {u"branchline_desk"_s, u"branchline_catalogue"_s}) {
        if (!found.contains(expected))
            findings.problems << tr("The subscription %1 is missing on %2; run “branchlinectl init”.")
                                     .arg(expected, session.database());
    }
    return findings;
}

DatabaseHealth describe(const QString &name, bool isMain, const Result<Findings> &findings)
{
    DatabaseHealth health{.name = name, .isMain = isMain};
    if (!findings) {
        health.reachable = !findings.error().isUnavailable();
        health.problems << findings.error().message;
        return health;
    }
    health.reachable = true;
    health.latencyMs = findings->latencyMs;
    health.problems = findings->problems;
    return health;
}

/// Slots are named branchline_<number>_<shard>_desk and …_catalogue.
std::optional<double> lagOf(const std::vector<Slot> &slotList, const QString &shard)
{
    std::optional<double> lag;
    for (const Slot &slot : slotList) {
        const QString rest = slot.name.section(u'_', 2); // "north" is not the end of "far_north"
        const bool isOurs = rest == shard + "_desk"_L1 || rest == shard + "_catalogue"_L1;
        if (isOurs && slot.lagSeconds)
            lag = std::max(lag.value_or(0), *slot.lagSeconds);
    }
    return lag;
}

} // namespace

bool Health::isHealthy() const
{
    return std::all_of(databases.begin(), databases.end(),
                       [](const DatabaseHealth &d) { return d.reachable && d.problems.isEmpty(); });
}

bool Health::hasUnreachable() const
{
    return std::any_of(databases.begin(), databases.end(),
                       [](const DatabaseHealth &d) { return !d.reachable; });
}

Health checkHealth(Cluster &cluster)
{
    Health health{.warnings = cluster.config().warnings, .databases = {}};
    // Without main the shards known from an earlier run are asked all the same.
    const auto refreshed = await(cluster.refreshDirectory());
    auto main = cluster.main().run(healthCall, checkMain);
    const auto shards = await(fanOut(cluster, healthCall, checkShard));
    const Result<Findings> mainFindings = await(main);
    health.databases.push_back(describe(u"main"_s, true, mainFindings));
    for (const auto &answer : shards.shards) {
        DatabaseHealth shard = describe(answer.shard + "_shard"_L1, false, answer.result);
        if (mainFindings.isOk() && shard.reachable)
            shard.replicationLagS = lagOf(mainFindings->slotList, answer.shard);
        health.databases.push_back(shard);
    }
    if (!refreshed && cluster.shardNames().isEmpty())
        health.warnings << tr("The shards are not known, since main has not been reached yet.");
    return health;
}

} // namespace Branchline
