// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/branchline-bench/benchlibrary.h"

namespace Branchline::Bench {

/// Makes the databases, does what `init` does, opens the branches and brings in the data. Blocks for minutes;
/// throws DbException. Sentences go to stderr.
void setUp(const BenchLibrary &library);

} // namespace Branchline::Bench
