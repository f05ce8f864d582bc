// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"
#include "db/cluster/statistics.h"

namespace Branchline::Ctl {

/// The figures of all branches with what they cover: "complete", "shards", "as_of", "total", "branches".
[[nodiscard]] QJsonObject statisticsObject(const Combined<std::vector<BranchFigures>> &answers);
[[nodiscard]] QString statisticsText(const Combined<std::vector<BranchFigures>> &answers);

} // namespace Branchline::Ctl
