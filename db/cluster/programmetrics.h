// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/metrics.h"
#include "db/monitor/reportreader.h"

#include <QJsonArray>

namespace Branchline {

/// What the Branchline programs that run on this workstation know of their pools and statements. The program
/// that asks is left out: it has just begun and says nothing of a desk.
void addProgramMetrics(const ProgramReports &reports, MetricsText &metrics);

/// The same for `branchlinectl health --json`: the reports, and for a program without one the "problem".
[[nodiscard]] QJsonArray programsArray(const ProgramReports &reports);

} // namespace Branchline
