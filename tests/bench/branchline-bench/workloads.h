// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/branchline-bench/benchlibrary.h"

namespace Branchline::Bench {

/// Measures one workload of the peer's runner, or a list of a branch (on_loan, overdue, copies) for the
/// growth series, and prints a line for it; nothing for one that there is not. Throws DbException.
void runWorkload(const BenchLibrary &library, const QString &workload, int clients, double seconds);

} // namespace Branchline::Bench
