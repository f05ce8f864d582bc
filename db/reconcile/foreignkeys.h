// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/reconcile/databases.h"

namespace Branchline::Internal {

/// Rows of any database that refer to one that is not there, for each foreign key that the catalog names;
/// those of copies, loans, charges and payments have checks of their own (rowChecks()). One statement for
/// each key, which sees one moment. Blocks, throws DbException.
[[nodiscard]] std::vector<Finding> checkForeignKeys(Databases &databases);

} // namespace Branchline::Internal
