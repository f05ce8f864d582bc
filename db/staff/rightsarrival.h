// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"
#include "db/staff/staff.h"

namespace Branchline {

/// What was given or taken in main travels to the shards, and a transaction that is kept open there can hold
/// it up. Waits up to `rightsArrival` on each shard until the right is held there, or is not, and ends the
/// sessions of staff that are in the way. A shard where it has not arrived has an error of the kind Timeout;
/// one that is down takes the change with it when it is back. Needs the right "library" as the change did.
/// Does not block.
[[nodiscard]] QFuture<Combined<Done>> awaitRight(Cluster &cluster, const QString &login,
                                                 const StaffRight &right, bool isHeld);

constexpr std::chrono::milliseconds rightsArrival{5000};

} // namespace Branchline
