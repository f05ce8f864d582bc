// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline {

/// Throws SchemaMismatch unless the database says of itself that it is this shard: a host name or an address
/// that leads to another one must be neither written to nor concluded from. With an `id`, that of main's list
/// of shards, the shard of the same name of another library is refused as well.
void requireIdentity(Session &session, const QString &shard, const QString &id = {});

} // namespace Branchline
