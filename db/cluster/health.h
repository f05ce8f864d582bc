// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

namespace Branchline {

/// What was found out about one database.
struct DatabaseHealth
{
    QString name; ///< "main" or "<name>_shard"
    bool isMain = false;
    bool reachable = false;
    std::optional<double> latencyMs;       ///< of one round trip
    std::optional<double> replicationLagS; ///< a shard's, behind main; not set when main cannot tell
    QStringList problems;                  ///< sentences; empty when all is well
};

/// The state of the whole library.
struct Health
{
    QStringList warnings; ///< settings that do not count or are unwise
    std::vector<DatabaseHealth> databases;

    /// Every database reachable and without problems. Warnings do not count.
    [[nodiscard]] bool isHealthy() const;
    /// Whether a database could not be reached at all.
    [[nodiscard]] bool hasUnreachable() const;
};

/// Asks every database about itself and its replication, at once, and waits for the answers or their
/// deadlines (a few seconds). Not for the GUI thread.
[[nodiscard]] Health checkHealth(Cluster &cluster);

} // namespace Branchline
