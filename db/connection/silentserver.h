// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"

namespace Branchline {

/// After an attempt to connect ran out of time: whether the system of the only host takes connections at
/// once, so that it is the server which says nothing and not the network. Only for socket folders, localhost
/// and numeric addresses, since looking up a name may take long; false for others. Blocks for 300 ms at most.
[[nodiscard]] bool takesConnections(const ConnectionUrl &url);

} // namespace Branchline
