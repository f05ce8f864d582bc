// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/activitymodel.h"
#include "models/statistics/branchfiguresmodel.h"
#include "models/statistics/statisticsfigures.h"

/// The statistics page as the design shows it: eight shards, of which one may be silent.
namespace StatisticsData {

/// Figures of `state`; the branches go into `branches`, the days into `activity`.
Branchline::StatisticsFigures figures(Branchline::StatisticsFigures::State state,
                                      Branchline::BranchFiguresModel &branches,
                                      Branchline::ActivityModel &activity,
                                      Branchline::FiguresRange range = Branchline::FiguresRange::Days30);

} // namespace StatisticsData
