// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/reconcile.h"
#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// Whether a finding has this code, and this key if one is given.
[[nodiscard]] bool isFound(const std::vector<Finding> &findings, const QString &code,
                           const QString &key = {});
[[nodiscard]] QString describe(const std::vector<Finding> &findings);
/// A UUID as SQL text has it.
[[nodiscard]] QString newId();
/// SQL as the apply worker writes: without triggers and keys.
void damage(PreparedLibrary &library, const QString &database, const QString &text);
/// Verifies with short waits; ends the test program when that fails.
[[nodiscard]] Reconciliation verified(PreparedLibrary &library, ReconcileOptions options = {});

} // namespace Branchline
