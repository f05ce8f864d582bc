// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulkbatch.h"
#include "db/bulk/libraryfolder.h"
#include "db/cluster/initialise.h"
#include "db/connection/session.h"
#include "db/routing/directory.h"

#include <QJsonObject>

namespace Branchline::Internal {

/// Adds the branches of the file and places them, as “branch add” does; there are few. Those that cannot be
/// added are refused. Repeating it is harmless.
void addNewBranches(Session &main, const LibraryFolder &folder);

/// The places of all shelves; there are about a hundred times fewer of them than copies.
[[nodiscard]] Shelves readShelves(Session &main, const LibraryFolder &folder);

/// Throws unless every shard of the library is among the addresses.
void requireAllShards(const Directory &directory, const AdminAddresses &addresses);

/// The ids of the material types that copies get: "material", and "reference_material" for those that are not
/// lent.
[[nodiscard]] QJsonObject materialTypes(Session &main);

} // namespace Branchline::Internal
