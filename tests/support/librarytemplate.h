// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/locallibrary.h"

namespace Branchline {

/// Fills the empty folder of `options` with a copy of a stopped library that is made once per build and
/// PostgreSQL version, in test-template in the build folder. When that does not work out (a build folder that
/// may not be written to) the folder stays empty, and starting the library takes a little longer.
void copyLibraryTemplate(const LocalOptions &options);

} // namespace Branchline
