// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"
#include "db/cluster/migration.h"

#include <QJsonArray>

namespace Branchline::Ctl {

/// The worst of all databases, as an exit status.
[[nodiscard]] int statusOf(const std::vector<DatabaseSchema> &schemas);
/// Everything about them, for scripts.
[[nodiscard]] QJsonArray arrayOf(const std::vector<DatabaseSchema> &schemas);
/// A few words: "up to date", "2 steps to apply".
[[nodiscard]] QString stateOf(const DatabaseSchema &schema);
/// What is wrong or to do, a line each with the name of its database; of each at most so many differences.
[[nodiscard]] QStringList detailsOf(const std::vector<DatabaseSchema> &schemas, qsizetype mostDifferences);
/// What "up" would do, as lines.
[[nodiscard]] QStringList planText(const DatabaseSchema &schema, const MigrationPlan &plan);

} // namespace Branchline::Ctl
