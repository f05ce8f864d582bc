// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

namespace Branchline {

/// What one shard answered to a query that somebody typed.
struct QueryRows
{
    QStringList columns;                     ///< unique: a second "count" is called "count_2"
    std::vector<std::vector<QVariant>> rows; ///< bool, qlonglong, double or text; invalid where NULL
    bool isCut = false;                      ///< there were more rows than were asked for
};

/// Limits of a query over all shards.
struct QueryLimits
{
    int rows = 1000;                       ///< of each shard
    std::chrono::milliseconds time{10000}; ///< for the slowest shard
};

/// Runs one SELECT (or VALUES, TABLE, WITH) on every shard at once, with the rights of whoever is signed in,
/// in read-only transactions that are rolled back. Text that is no single query is an InvalidValue, one that
/// would write is NotAllowed. Never blocks; the directory must have been read.
[[nodiscard]] QFuture<Combined<QueryRows>> queryShards(Cluster &cluster, const QString &sql,
                                                       const QueryLimits &limits = {});

} // namespace Branchline
