// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/calls.h"
#include "tests/faults/drill/snapshot.h"

namespace Branchline::Drill {

/// A rule that does not hold, and where.
struct Violation
{
    QString rule; ///< such as "I3"
    QString text;
};

using Violations = std::vector<Violation>;

// Each function checks one part and returns what is wrong.
//
//   U   every call has an end
//   I1  every acknowledged request has exactly one answer stored, the one that the desk got, and exactly one
//   effect I2  every effect belongs to one request; a request that failed or was refused has none I3  a copy
//   has at most one open loan over all shards, at every moment of its history I4  a branch is active on one
//   shard, the one that main names, with the same epoch I5  each live barcode is on exactly one shard, where
//   main says I6  a copy is marked as lent exactly while it has an open loan I7  row versions count 1, 2, 3 …
//   and the audit log has every one of them I8  every patron of a loan exists in main I10 no prepared
//   transaction and no advisory lock is left over F1  nothing is written to a branch while its fence goes up
//   and while it is up F2  a fence goes up within a bounded time F3  a call to a fenced branch, or with an
//   old epoch, is refused L   the answers about each copy are those of one copy: there is an order of all
//   calls that explains them
[[nodiscard]] Violations checkAnswers(const RecordedCalls &calls, const Snapshot &snapshot);
[[nodiscard]] Violations checkEffects(const Snapshot &snapshot);
[[nodiscard]] Violations checkLoans(const Snapshot &snapshot);
[[nodiscard]] Violations checkPlaces(const Snapshot &snapshot);
/// `folder` has conductor.jsonl.
[[nodiscard]] Violations checkFences(const QString &folder);
/// Linearizability of each copy as a register that holds no loan or one (see register.cpp).
[[nodiscard]] Violations checkRegisters(const RecordedCalls &calls);

} // namespace Branchline::Drill
