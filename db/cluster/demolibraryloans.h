// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/demolibrarydata.h"
#include "db/cluster/demolibraryrandom.h"

namespace Branchline {

/// Lends the copies of `library` for the two years before its day, as the branches' calendars, the rules and
/// the patrons' limits allow, and fills `library.loans`. `demand` says how often each copy is asked for.
void lendDemoCopies(DemoLibrary &library, DemoRandom &random, const std::vector<int> &demand);

} // namespace Branchline
