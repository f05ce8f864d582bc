// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/restoretarget.h"

namespace Branchline::Internal {

// When a part of a library is restored, the rest runs: these compare the two, before the first change. All of
// them throw Conflict.

/// Main must say that the branches of the shard's backup live there still, or they would come back to life
/// with old loans, and the shard that main knows must not answer any more, or there would be two. Returns the
/// codes of branches that were opened on it since.
[[nodiscard]] QStringList compareWithMain(Session &main, const RestoreTarget &shard);

/// A running shard must be the one of the backup, with the branches it had. `source`: that shard in the
/// backup.
void compareWithShard(Session &shard, const BackedUpDatabase &source);
/// The main that the shard follows so far must not answer any more, or there would be two.
void requireMainGone(Session &shard, const RestoreTarget &main);

} // namespace Branchline::Internal
