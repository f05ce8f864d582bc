// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/referencetable.h"
#include "db/reconcile/databases.h"
#include "db/reconcile/reconcile.h"

namespace Branchline::Internal {

/// Tells apart what was found as ref_extra: rows that loans or copies need, with the cards and blocks of such
/// a patron, type and branch, and settings of such a branch (ref_extra); rights (right_extra); and the rest,
/// about which a person decides (ref_extra_unused). Of what differs, it takes out who was purged on the shard
/// and is not on main (purge_undone). A finding says which shard is in the way of a repair.
void classifyRows(Databases &databases, std::vector<Finding> &findings);

/// Which shard keeps anything from being concluded of rows that main does not have, as a sentence; empty:
/// none.
[[nodiscard]] QString obstacle(const Databases &databases);

/// Brings back to main what loans or copies need, as far as the columns of the copy go and what a row refers
/// to is there, and what a person said of the rest; then the subscriptions of the shards that have such rows
/// are made again, since the rows would collide where they stand. All of it is one transaction of main, and
/// nothing is paused before it has something to commit. Rights are removed and never brought back. Nothing
/// but that happens unless every shard answers and has arrived. Blocks, throws DbException; may be killed at
/// any point and called again.
void repairExtraRows(Databases &databases, const std::vector<Finding> &findings, ExtraRows extra,
                     const std::function<void(const QString &)> &say);

/// The rows of these keys as a condition; a key's first part is found in the index.
[[nodiscard]] QString rowsOf(const ReferenceTable &table, const QStringList &keys);
/// Those of the keys to which a loan, copy or other row of a branch refers on any shard.
[[nodiscard]] QStringList referredTo(Databases &databases, const QString &table, const QStringList &keys);
/// Removes rows from a shard's copy to which nothing there refers, and records them, persons without what
/// they are called; returns how many.
qint64 removeExtra(Databases &databases, const ShardDatabase &shard, const QString &table,
                   const QStringList &keys);

} // namespace Branchline::Internal
