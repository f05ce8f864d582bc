// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"

#include "db/cluster/replication.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const Call healthCall{"health"_L1, std::chrono::milliseconds(5000)};

QString tr(const char *text)
{
    return QCoreApplication::translate("Health", text);
}

constexpr Statement loginFunctions{
    "login_functions"_L1,
    "SELECT to_regprocedure('public.make_staff_login(text, text, text)') IS NOT NULL AS present"_L1};

struct Findings
{
    ServerState state;
    QStringList problems; ///< sentences
};

/// A library that was set up by an older program lacks them, and no migration may make them.
void checkLoginFunctions(Session &session, Findings &findings)
{
    if (!session.exec(loginFunctions)->row(0).flag("present"))
        findings.problems
            << tr("%1 lacks the functions that make and end logins of the staff: let a superuser of "
                  "its server run “branchlinectl init” once; it changes nothing else.")
                   .arg(session.database());
}

Findings askMain(Session &session, const WallClock &clock)
{
    Findings findings{.state = readServerState(session, true, clock), .problems = {}};
    checkLoginFunctions(session, findings);
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

DatabaseHealth describe(const QString &name, bool isMain, const Result<Findings> &findings)
{
    DatabaseHealth health{.name = name, .isMain = isMain};
    if (!findings) {
        health.reachable = !findings.error().isUnavailable();
        health.problems << QStringList{findings.error().message, findings.error().hint}.join(u' ').trimmed();
        return health;
    }
    health.reachable = true;
    health.latencyMs = findings->state.latencyMs;
    health.problems = findings->problems;
    health.state = findings->state;
    return health;
}

void add(DatabaseHealth &database, const Verdict &verdict)
{
    database.problems << verdict.problems;
    database.warnings << verdict.warnings;
}

void checkServers(std::vector<DatabaseHealth> &databases, const HealthLimits &limits)
{
    const auto shards =
        std::count_if(databases.begin(), databases.end(), [](const auto &d) { return !d.isMain; });
    for (DatabaseHealth &database : databases) {
        if (!database.state)
            continue;
        const auto together = std::count_if(databases.begin(), databases.end(), [&](const DatabaseHealth &d) {
            return !d.isMain && d.state && d.state->identity == database.state->identity;
        });
        Verdict verdict;
        checkServer({database.name, database.isMain, *database.state, static_cast<int>(shards),
                     static_cast<int>(together)},
                    limits, verdict);
        add(database, verdict);
    }
}

/// How far a shard is behind, as main sees it. A slot that nobody reads has no lag that could be told.
void noteLag(const ServerState &main, DatabaseHealth &shard)
{
    bool isKnown = true;
    double lag = 0;
    qint64 behind = 0;
    int found = 0;
    for (const SubscriptionState &subscription : shard.state->subscriptions) {
        for (const ReplicationSlot &slot : main.replicationSlots) {
            if (slot.name != subscription.slotName)
                continue;
            ++found;
            isKnown = isKnown && slot.lagS;
            lag = std::max(lag, slot.lagS.value_or(0));
            behind = std::max(behind, slot.behind.value_or(0));
        }
    }
    if (found > 0)
        shard.replicationLagBytes = behind;
    if (found > 0 && isKnown)
        shard.replicationLagS = lag;
}

void checkReplication(std::vector<DatabaseHealth> &databases, const HealthLimits &limits)
{
    DatabaseHealth &main = databases.front();
    if (!main.state)
        return;
    std::vector<Verdict> verdicts(databases.size());
    std::vector<Subscriber> subscribers;
    bool isComplete = true;
    for (size_t i = 1; i < databases.size(); ++i) {
        isComplete = isComplete && databases[i].state;
        if (!databases[i].state)
            continue;
        noteLag(*main.state, databases[i]);
        subscribers.push_back({databases[i].name, *databases[i].state, verdicts[i]});
    }
    checkSlots(*main.state, isComplete, subscribers, limits, verdicts.front());
    for (size_t i = 0; i < databases.size(); ++i)
        add(databases[i], verdicts[i]);
}

/// What all desks together may open on each server. Databases on one server share what it allows.
void checkBudget(Health &health, const HealthOptions &options)
{
    QSet<QString> seen;
    const int perDatabase = options.deskPool.size + options.deskPool.maxOverflow;
    for (DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        const ServerState &state = *database.state;
        ConnectionBudget budget{.inUse = state.connectionsOnServer,
                                .allowed = state.number(u"max_connections"_s) -
                                           state.number(u"superuser_reserved_connections"_s)};
        QSet<QString> desks;
        QStringList names;
        int ofDesks = 0;
        for (const DatabaseHealth &other : health.databases) {
            if (!other.state || other.state->identity != state.identity)
                continue;
            names << other.name;
            for (const SessionGroup &group : other.state->sessions) {
                if (group.program != "branchline"_L1)
                    continue;
                desks.insert(group.desk);
                ofDesks += group.sessions;
            }
        }
        budget.desks = std::max(options.desks, static_cast<int>(desks.size()));
        budget.perDesk = perDatabase * static_cast<int>(names.size());
        // The databases of one server answer one after another, so their sums may differ by a few.
        budget.others = std::max(0, state.connectionsOnServer - ofDesks);
        database.budget = budget;
        if (budget.isEnough() || seen.contains(state.identity))
            continue;
        seen.insert(state.identity);
        database.warnings
            << tr("%1 may open up to %2 connections on the server of %3, and other programs hold %4 there; "
                  "it allows %5. Raise max_connections there, or lower DATABASE_POOL_SIZE and "
                  "DATABASE_MAX_OVERFLOW at the desks.")
                   .arg(budget.desks == 1 ? tr("1 desk") : tr("%1 desks").arg(budget.desks))
                   .arg(budget.desks * budget.perDesk)
                   .arg(names.join(", "_L1))
                   .arg(budget.others)
                   .arg(budget.allowed);
    }
}

} // namespace

bool Health::isHealthy() const
{
    return problems.isEmpty() && std::all_of(databases.begin(), databases.end(), [](const DatabaseHealth &d) {
               return d.reachable && d.problems.isEmpty();
           });
}

bool Health::hasUnreachable() const
{
    return std::any_of(databases.begin(), databases.end(),
                       [](const DatabaseHealth &d) { return !d.reachable; });
}

void compareClocks(Health &health, const HealthLimits &limits)
{
    const DatabaseHealth *reference = nullptr;
    const auto isOff = [&](double difference, const ServerState &state, double limit) {
        return std::abs(difference) - state.clockUncertaintyS > limit;
    };
    for (DatabaseHealth &database : health.databases) {
        if (!database.state)
            continue;
        const ServerState &state = *database.state;
        if (!reference) {
            reference = &database;
            if (!isOff(state.clockDifferenceS, state, limits.clockWarning))
                continue;
            QStringList &list =
                isOff(state.clockDifferenceS, state, limits.clockProblem) ? health.problems : health.warnings;
            const QString text = state.clockDifferenceS > 0
                                     ? tr("The clock of this workstation is %1 behind that of %2.")
                                     : tr("The clock of this workstation is %1 ahead of that of %2.");
            list << text.arg(durationText(std::abs(state.clockDifferenceS)), database.name) + u' ' +
                        tr("Due dates follow the servers. Let all computers take the time from the same "
                           "source (“timedatectl set-ntp true”).");
            continue;
        }
        const double apart = state.clockDifferenceS - reference->state->clockDifferenceS;
        if (!isOff(apart, state, limits.clockWarning + reference->state->clockUncertaintyS))
            continue;
        QStringList &list = isOff(apart, state, limits.clockProblem + reference->state->clockUncertaintyS)
                                ? database.problems
                                : database.warnings;
        const QString text = apart > 0 ? tr("The clock of the server of %1 is %2 ahead of that of %3.")
                                       : tr("The clock of the server of %1 is %2 behind that of %3.");
        list << text.arg(database.name, durationText(std::abs(apart)), reference->name) + u' ' +
                    tr("Loans get wrong due dates. Let all servers take the time from the same source "
                       "(“timedatectl set-ntp true”).");
    }
}

Health checkHealth(Cluster &cluster, const HealthOptions &options)
{
    Health health{.warnings = cluster.config().warnings};
    // Main is asked while its directory is read, so that a frozen one costs one deadline. Without it the
    // shards known from an earlier run are asked all the same.
    auto main = cluster.main().run(
        healthCall, [clock = options.clock](Session &session) { return askMain(session, clock); });
    const auto refreshed = await(cluster.refreshDirectory());
    const auto shards = await(fanOut(cluster, healthCall, [clock = options.clock](Session &session) {
        Findings findings{.state = readServerState(session, false, clock), .problems = {}};
        checkLoginFunctions(session, findings);
        return findings;
    }));
    health.databases.push_back(describe(u"main"_s, true, await(main)));
    for (const auto &answer : shards.shards)
        health.databases.push_back(describe(answer.shard + "_shard"_L1, false, answer.result));

    checkServers(health.databases, options.limits);
    checkReplication(health.databases, options.limits);
    compareClocks(health, options.limits);
    checkBudget(health, options);
    for (const DatabaseHealth &database : health.databases)
        health.warnings << database.warnings;
    if (!refreshed && cluster.shardNames().isEmpty())
        health.warnings << tr("The shards are not known, since main has not been reached yet.");
    return health;
}

} // namespace Branchline
