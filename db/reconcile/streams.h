// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

#include <chrono>

namespace Branchline::Internal {

/// Looks at the subscriptions and slots of every shard and waits until what main has now has arrived, at most
/// `wait` for each; notes in the shards which streams can be compared. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> lookAtStreams(Databases &databases, std::chrono::milliseconds wait);

/// Waits until everything that main has committed when this is called has been applied on the shard; false
/// when that took too long.
[[nodiscard]] bool waitUntilArrived(Session &main, ShardDatabase &shard, const QString &stream,
                                    std::chrono::milliseconds wait);

/// Switches subscriptions on, or makes them and their slots again with all rows, as the findings ask for;
/// calls `say` with a sentence for each. Other findings are left alone. Desks lend meanwhile.
void repairStreams(Databases &databases, const std::vector<Finding> &findings,
                   const std::function<void(const QString &)> &say);

/// Whether subscriptions may be made again: main reached over the network gives the replicator a new password
/// then, and a shard that does not answer would be cut off.
[[nodiscard]] bool mayRenewPassword(const Databases &databases);

/// Makes slots and subscriptions of these shards again and brings every row across; see resumeReplication().
void resynchronise(Databases &databases, const QStringList &shards,
                   const std::function<void(const QString &)> &say);

} // namespace Branchline::Internal
