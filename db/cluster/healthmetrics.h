// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/health.h"
#include "db/cluster/metrics.h"

namespace Branchline {

/// The figures of `branchlinectl health --metrics`: what each server knows. A database that did not answer
/// has branchline_up 0 and nothing else.
void addHealthMetrics(const Health &health, MetricsText &metrics);

} // namespace Branchline
