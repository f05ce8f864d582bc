// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/local/locallibrary.h"

namespace Branchline {

/// Starts the local library and does what `init` does, so that a desk can use it. Quick when both were done
/// before. Blocks for seconds the first time: not for the GUI thread.
[[nodiscard]] Result<LocalStatus> prepareLocalLibrary(const LocalLibrary &library, bool echo,
                                                      const LocalProgress &progress);

/// The settings with the address of a running local library filled in, signed in as its ordinary staff login.
[[nodiscard]] ClusterConfig withLocalLibrary(ClusterConfig config, const LocalStatus &status);

} // namespace Branchline
