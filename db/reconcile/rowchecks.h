// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

namespace Branchline::Internal {

/// A check that one statement in one database answers, and what puts it right.
struct RowCheck
{
    QLatin1StringView code;
    QLatin1StringView table;
    bool isOfMain = false;
    /// A query of `id` (text) with a row for each that is wrong. It sees one snapshot, so calls under way are
    /// no matter.
    QLatin1StringView find;
    /// Statements about the ids in the temporary table `wrong`, which look again at each after locking it;
    /// empty: a person decides. Triggers record what they do.
    QLatin1StringView repair = {};
};
[[nodiscard]] const std::vector<RowCheck> &rowChecks();

/// Runs the checks, those of one table or all. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> checkRows(Databases &databases, const QString &table);
/// Runs the repairs of the findings that have one.
void repairRows(Databases &databases, const std::vector<Finding> &findings,
                const std::function<void(const QString &)> &say);

} // namespace Branchline::Internal
