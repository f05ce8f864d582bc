// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// What is in all tables that an import fills, as one hash for each table of each database: without the
/// times of the writing, and without ids that are made by chance.
[[nodiscard]] QStringList importedContent(PreparedLibrary &library);

/// What must hold in every library, as sentences about what does not.
[[nodiscard]] QStringList brokenRules(PreparedLibrary &library);

} // namespace Branchline
