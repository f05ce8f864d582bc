// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

#include <chrono>

namespace Branchline::Internal {

/// How the copies of main's tables are compared.
struct ReferenceOptions
{
    QString table = {};     ///< only this one; empty: all
    int rangeRows = 20'000; ///< rows that are compared at once, and the most that are kept in memory
    std::chrono::milliseconds wait{30'000}; ///< for changes to arrive, each time
};

/// Compares the copies on every shard whose stream has arrived (see lookAtStreams()) with main: hashes of the
/// published columns by ranges of the key, computed by the servers; where they differ the rows, and those
/// that still differ when all changes until then have arrived are found. What changes all the time meanwhile
/// is left out. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> compareReferences(Databases &databases, const ReferenceOptions &options);

/// Copies missing, changed and stale rows from main. Each piece is a transaction of the shard, in which rows
/// are locked first and read from main then, so that nothing older is written over what arrives. Returns what
/// was written, by table.
void repairReferences(Databases &databases, const std::vector<Finding> &findings,
                      const std::function<void(const QString &)> &say);

} // namespace Branchline::Internal
