// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

#include <chrono>

namespace Branchline::Internal {

/// How main's list of barcodes is compared with the copies.
struct BarcodeOptions
{
    std::chrono::milliseconds pause{3'000}; ///< that calls under way get to end
    std::chrono::minutes claimAge{15};      ///< younger claims are of calls that go on
};

/// Compares main's list with the copies of every branch: hashes by branch and bucket of ids, computed by the
/// servers, then the rows of buckets that differ, then these once more after a pause. Since the list has each
/// barcode once, copies of the same barcode on any shards are among those that differ. Blocks, throws
/// DbException.
[[nodiscard]] std::vector<Finding> compareBarcodes(Databases &databases, const BarcodeOptions &options);

/// Settles or frees claims, lists copies, corrects what the list says of them, and frees barcodes without a
/// copy. A copy is locked on its shard while the list is written, so that a desk that edits it comes before
/// or after, and an entry that was written since it was looked at is left alone, as is one that somebody
/// holds for long. Barcodes that several copies have are left to a person, and those of branches with a
/// finding about their place until that is settled.
void repairBarcodes(Databases &databases, const std::vector<Finding> &findings, std::chrono::minutes claimAge,
                    const std::function<void(const QString &)> &say);

} // namespace Branchline::Internal
