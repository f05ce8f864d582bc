// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/locallayout.h"
#include "db/local/locallibrary.h"
#include "db/local/localstate.h"

namespace Branchline::Internal {

/// What runs of an existing library. Asks all servers at once; blocks up to 2 s when one is frozen. Call
/// under a FileIdentity or as the owner.
[[nodiscard]] LocalStatus readStatus(const LocalState &state, const LocalLayout &layout,
                                     const ServerAccount &account);

} // namespace Branchline::Internal
