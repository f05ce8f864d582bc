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

/// Adds figures up.
[[nodiscard]] BranchFigures totalOf(const Combined<std::vector<BranchFigures>> &answers);

} // namespace Branchline
