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
    QString mark;                        ///< another one after anything has changed at any of its branches
    QDateTime takenAt;                   ///< UTC
};

/// Copies and loans of every branch, and what happened on the last `days` days up to today: at every branch,
/// or at one of them when `branch` is not null. Undone loans and returns are not counted.
[[nodiscard]] QFuture<Combined<ShardFigures>> libraryFigures(Cluster &cluster, int days,
                                                             const QUuid &branch = {});

/// Only the marks: cheap enough to be asked every second.
[[nodiscard]] QFuture<Combined<QString>> activityMarks(Cluster &cluster);

/// Writes the sums of some days that are over, so that they need not be counted again; returns how many days
/// each shard did. Ask again until all say 0. It may be repeated and given up at any time.
[[nodiscard]] QFuture<Combined<int>> rollUpActivity(Cluster &cluster);

/// Adds figures up.
[[nodiscard]] BranchFigures totalOf(const Combined<std::vector<BranchFigures>> &answers);

} // namespace Branchline
