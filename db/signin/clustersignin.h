// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"

namespace Branchline {

/// Shards with addresses of their own are signed in to as main is, unless they say otherwise.
void signInShards(ClusterConfig &config);

/// Whether main's server asks for a password that is nowhere at hand. Asks the server, a few seconds at most.
[[nodiscard]] bool asksForPassword(const ClusterConfig &config);

} // namespace Branchline
