// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/demolibrarydata.h"
#include "db/cluster/demolibraryrandom.h"

namespace Branchline {

/// 400 patrons with names put together from two invented lists, so that nobody is meant.
[[nodiscard]] std::vector<DemoPatron> demoPatrons(DemoRandom &random, const std::vector<DemoBranch> &branches,
                                                  QDate day);

} // namespace Branchline
