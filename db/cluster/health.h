// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/healthchecks.h"
#include "db/connection/poolsettings.h"
#include "db/routing/fanout.h"

namespace Branchline {

/// What the desks may open on the server of a database, against what it allows.
struct ConnectionBudget
{
    int desks = 0; ///< seen on this server, or as many as are planned
    int perDesk =
        0; ///< most connections of one desk to this server: changes are asked for through its pool too
    int others = 0;  ///< in use by other programs now
    int inUse = 0;   ///< on the server now, all programs
    int allowed = 0; ///< max_connections without those that are kept for superusers
    [[nodiscard]] int needed() const { return desks * perDesk + others; }
    [[nodiscard]] bool isEnough() const { return needed() <= allowed; }
};

/// What was found out about one database.
struct DatabaseHealth
{
    QString name; ///< "main" or "<name>_shard"
    bool isMain = false;
    bool reachable = false;
    std::optional<double> latencyMs;           ///< of one round trip
    std::optional<double> replicationLagS;     ///< a shard's, behind main; not set when main cannot tell
    std::optional<qint64> replicationLagBytes; ///< of main's log that the shard has not confirmed
    QStringList problems;                      ///< sentences; empty when all is well
    QStringList warnings;                      ///< sentences; they do not make it unhealthy
    std::optional<ServerState> state;          ///< set when it answered
    std::optional<ConnectionBudget> budget;    ///< set when it answered
};

/// The state of the whole library.
struct Health
{
    QStringList problems; ///< that are of no single database
    QStringList warnings; ///< settings that do not count or are unwise, and those of all databases
    std::vector<DatabaseHealth> databases;

    /// Every database reachable and without problems. Warnings do not count.
    [[nodiscard]] bool isHealthy() const;
    /// Whether a database could not be reached at all.
    [[nodiscard]] bool hasUnreachable() const;
};

/// How to look.
struct HealthOptions
{
    HealthLimits limits = {};
    WallClock clock = systemSeconds;
    PoolSettings deskPool = PoolSettings::ofDesk(); ///< of the desktop program at each desk
    int desks = 0; ///< planned workstations; more than that are counted when they are seen
};

/// Asks every database about itself and its replication, at once, and waits for the answers or their
/// deadlines (a few seconds). Not for the GUI thread.
[[nodiscard]] Health checkHealth(Cluster &cluster, const HealthOptions &options = {});

/// Adds what the measured clocks say. Due dates are computed by the servers' clocks, so those have to agree
/// with main's (or with that of the first database that answered); a workstation's own clock is what staff
/// believe. Pure; checkHealth() calls it.
void compareClocks(Health &health, const HealthLimits &limits);

} // namespace Branchline
