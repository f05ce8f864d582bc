// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

namespace Branchline::Internal {

/// Copies that have more than one open loan, on whichever shards. The copies' ids are fetched in buckets of
/// at most `bucketRows`, so that the memory is bounded. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> findLoansTwice(Databases &databases, qint64 bucketRows = 200'000);

} // namespace Branchline::Internal
