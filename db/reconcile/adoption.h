// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

namespace Branchline::Internal {

/// Deals with rows that shards have and main does not, as after a restore of main from a backup that is older
/// than they are. What a loan or copy refers to, cards and blocks of such a patron, and what every shard has
/// is brought back to main as far as the columns of the copy go; then the subscriptions are made again, since
/// such a row would collide where it still stands. Rights are never brought back. The rest is removed from
/// the shard, unless a desk refers to it meanwhile. Nothing is brought back unless every shard answers.
/// Blocks, throws DbException; may be killed at any point and called again.
void repairExtraRows(Databases &databases, const std::vector<Finding> &findings,
                     const std::function<void(const QString &)> &say);

/// Those of the keys to which a loan, copy or other row of a branch refers on any shard.
[[nodiscard]] QStringList referredTo(Databases &databases, const QString &table, const QStringList &keys);
/// Removes rows from a shard's copy to which nothing there refers; returns how many.
qint64 removeExtra(Databases &databases, const ShardDatabase &shard, const QString &table,
                   const QStringList &keys);

} // namespace Branchline::Internal
