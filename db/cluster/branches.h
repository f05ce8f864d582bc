// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

namespace Branchline {

/// What is needed to open a branch.
struct NewBranch
{
    QUuid id = newUuid();
    QString code; ///< short and unique, such as "hillside"
    QString name;
    QString timezone = QStringLiteral("UTC"); ///< IANA name
    QString shard;                            ///< empty: the placement function proposes one
};

/// Adds a branch: its row and its place in main's directory, then the shard's own placement row once the
/// branch's row has reached the shard. Every step may be repeated: a call cut off anywhere is finished by
/// calling again with the same code and name. To be called outside the GUI thread: it waits.
[[nodiscard]] Result<BranchEntry> addBranch(Cluster &cluster, const NewBranch &branch);

/// The shard that the placement function proposes for a branch id, given today's directory.
[[nodiscard]] Result<QString> proposedShard(const Directory &directory, const QUuid &branch);

/// Gives every placed branch the row on its shard that an interrupted addBranch left out. Waits.
[[nodiscard]] Result<Done> finishPlacements(Cluster &cluster);

} // namespace Branchline
