// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

namespace Branchline {

/// The figures of one branch, counted on its shard.
struct BranchFigures
{
    QUuid branch;
    QString code;
    qint64 copies = 0; ///< all that have not been removed, lost and withdrawn ones included
    qint64 available = 0;
    qint64 lent = 0;
    qint64 overdue = 0;

    /// lent / copies, from 0 to 1; 0 for a branch without copies.
    [[nodiscard]] double utilisation() const
    {
        return copies > 0 ? static_cast<double>(lent) / static_cast<double>(copies) : 0.0;
    }
};

/// The figures of every branch, from every shard. A branch counts where its placement is active, so that one
/// that is being moved is never counted twice.
[[nodiscard]] QFuture<Combined<std::vector<BranchFigures>>> libraryStatistics(Cluster &cluster);

/// The figures of one branch: one statement on its shard.
[[nodiscard]] QFuture<Result<BranchFigures>> branchStatistics(Cluster &cluster, const QUuid &branch);

/// What happened on one day, or on several of them together.
struct ActivityDay
{
    QDate day; ///< each branch's own day
    qint64 loans = 0;
    qint64 returns = 0;
    qint64 renewals = 0;
};

/// What one shard has to say about its branches at one moment.
struct ShardFigures
{
    std::vector<BranchFigures> branches; ///< by code
    std::vector<ActivityDay> days;       ///< by day; days on which nothing happened are left out
    QDateTime takenAt;                   ///< UTC
};

/// Copies and loans of every branch of a shard, and what happened on the last `days` days up to today: at all
/// of them, or at one when `branch` is not null. Undone loans and returns are not counted. Everything here
/// may be added to what other shards say. Each shard is asked for itself, so that a silent one delays no
/// other.
[[nodiscard]] QFuture<Result<ShardFigures>> shardFigures(Cluster &cluster, const QString &shard, int days,
                                                         const QUuid &branch = {});

/// Writes the sums of some days that are over, so that they need not be counted again; returns how many days
/// it did. Ask again until it is 0. It may be repeated and given up at any time.
[[nodiscard]] QFuture<Result<int>> rollUpActivity(Cluster &cluster, const QString &shard);

/// Adds figures up.
[[nodiscard]] BranchFigures totalOf(const Combined<std::vector<BranchFigures>> &answers);

} // namespace Branchline
