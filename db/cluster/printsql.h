// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"

namespace Branchline {

/// Everything that initialise() does on empty servers, as a script for psql that a database administrator can
/// read before running it, with the list of what needs a superuser and why. It makes the databases that are
/// missing, holds no password (psql asks for the replicator's where main is reached over the network), and
/// may be run again. Nothing is connected to.
[[nodiscard]] QString setUpScript(const AdminAddresses &addresses);

/// Makes the databases of the addresses that do not exist, empty and in UTF-8; `maintenance` is the database
/// to sign in to meanwhile. Needs CREATEDB or a superuser. Safe to repeat; blocks.
[[nodiscard]] Result<QStringList> createDatabases(const AdminAddresses &addresses,
                                                  const QString &maintenance);

} // namespace Branchline
