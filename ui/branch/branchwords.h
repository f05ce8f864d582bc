// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/branch/branchtab.h"
#include "ui/widgets/listpane.h"

namespace Branchline {

/// "46 overdue · as of 10:42:07".
[[nodiscard]] QString summaryWords(BranchTab::Kind kind, const BranchNote &note);
/// What an empty list means; good news where it is.
[[nodiscard]] ListWords emptyWords(BranchTab::Kind kind, const QString &branch, const BranchNote &note);
/// No row is left by the filters.
[[nodiscard]] ListWords noMatchWords(const QString &words, const BranchNote &note);
[[nodiscard]] ListWords failedWords(const BranchNote &note);
/// The bar above old rows: first sentence and what it means.
[[nodiscard]] std::pair<QString, QString> staleWords(const BranchNote &note);

} // namespace Branchline
