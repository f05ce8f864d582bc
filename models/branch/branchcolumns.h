// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/branch/branchlistmodel.h"

// What BranchListModel knows about its columns; nobody else needs it.
namespace Branchline {

/// The rows are copies, not loans or events.
[[nodiscard]] bool isOfCopies(BranchList list);
[[nodiscard]] QList<BranchListModel::Column> branchColumns(BranchList list);
/// How a list is sorted unless somebody chooses another order.
[[nodiscard]] BranchOrder usualOrder(BranchList list);
[[nodiscard]] QString heading(BranchListModel::Column column);
/// As the functions of the shard call the order by this column; empty when there is none.
[[nodiscard]] QString sortKey(BranchList list, BranchListModel::Column column);
[[nodiscard]] bool isOptional(BranchList list, BranchListModel::Column column);
[[nodiscard]] bool isNumber(BranchListModel::Column column);
[[nodiscard]] bool isStrong(BranchListModel::Column column);
[[nodiscard]] QString sampleText(BranchListModel::Column column);

/// "Due in 2 days", or "Overdue 11 days" when lateDays is not 0. dueIn counts days from today.
[[nodiscard]] QString dueText(int dueIn, int lateDays);

} // namespace Branchline
