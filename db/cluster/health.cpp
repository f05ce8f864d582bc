// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"

#include "db/cluster/replication.h"

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
    "SELECT subscription, enabled, running, tables_open, slot_name FROM public.replication_health()"_L1};
constexpr Statement slots{"replication_state"_L1,
                          "SELECT slot_name, lag_seconds FROM public.replication_state()"_L1};

const Call healthCall{"health"_L1, std::chrono::milliseconds(5000)};

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
    std::vector<Slot> slotList;                               ///< main's
    std::vector<std::pair<QString, QString>> subscribedSlots; ///< a shard's: subscription and slot
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
    for (const ReferenceStream &stream : referenceStreams()) {
        const QStringList missing = unpublishedTables(session, stream);
        if (!missing.isEmpty()) {
            findings.problems
                << tr("The publication %1 of main lacks %2: changes do not reach the shards; run "
                      "“branchlinectl init”.")
                       .arg(stream.name, missing.join(", "_L1));
        }
    }
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
        findings.subscribedSlots.emplace_back(name, row.text("slot_name"));
        if (!row.flag("enabled")) {
            findings.problems << tr("The subscription %1 of %2 is disabled: changes in main do not arrive.")
                                     .arg(name, session.database());
        } else if (!row.flag("running")) {
            findings.problems
                << tr("The subscription %1 of %2 is not running: changes in main do not arrive.")
                       .arg(name, session.database());
        } else if (row.number("tables_open") > 0) {
            findings.problems
                << tr("%1 table(s) of the subscription %2 have not been copied to %3 yet; if this "
                      "lasts, look into its server's log.")
                       .arg(row.number("tables_open"))
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

/// How far the shard is behind, as far as main can tell, and the slots that main no longer has: a
/// subscription whose slot is gone tries again for ever, and seen at the wrong moment it looks like running.
void compareSlots(const std::vector<Slot> &slotList, const Findings &shardFindings, DatabaseHealth &shard)
{
    for (const auto &[subscription, name] : shardFindings.subscribedSlots) {
        const auto slot = std::find_if(slotList.begin(), slotList.end(),
                                       [&name = name](const Slot &s) { return s.name == name; });
        if (slot == slotList.end()) {
            shard.problems
                << tr("main has no replication slot for the subscription %1 of %2: changes do not arrive.")
                       .arg(subscription, shard.name);
        } else if (slot->lagSeconds) {
            shard.replicationLagS = std::max(shard.replicationLagS.value_or(0), *slot->lagSeconds);
        }
    }
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
        if (mainFindings.isOk() && answer.result.isOk())
            compareSlots(mainFindings->slotList, *answer.result, shard);
        health.databases.push_back(shard);
    }
    if (!refreshed && cluster.shardNames().isEmpty())
        health.warnings << tr("The shards are not known, since main has not been reached yet.");
    return health;
}

} // namespace Branchline
