// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

namespace Branchline::Internal {

/// Compares where main has each branch with what the shards say, and finds rows of branches on shards where
/// they do not live. Branches that are being moved are left out. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> comparePlacements(Databases &databases);

/// Tells a shard of a branch that lives there, and main of a branch that is active on exactly one shard: what
/// a shard says decides.
void repairPlacements(Databases &databases, const std::vector<Finding> &findings,
                      const std::function<void(const QString &)> &say);

} // namespace Branchline::Internal
