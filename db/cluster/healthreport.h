// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/health.h"

#include <QJsonObject>

namespace Branchline {

/// The object of `branchlinectl health --json`. Keys stay as they are; new ones may come.
[[nodiscard]] QJsonObject healthObject(const Health &health);

} // namespace Branchline
