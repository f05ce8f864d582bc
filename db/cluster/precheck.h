// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/migrationtargets.h"

namespace Branchline::Internal {

// What is looked at before the first change, by `migrate up` and by `init`.

/// What forbids migrating these databases, each sentence with the name of its database: steps of a newer
/// program, a branch on its way, and drift unless that is accepted.
[[nodiscard]] QStringList obstaclesOf(const std::vector<DatabaseSchema> &schemas,
                                      const MigrationOptions &options);

/// Runs what a database lacks and rolls it back; says when that does not try all. Returns why it failed with
/// the name of the database, or nothing. An empty database is not tried: nobody works with it yet, and trying
/// takes as long as doing.
[[nodiscard]] QString failureOfDryRun(Session &session, const Target &target, const DatabaseSchema &schema,
                                      const MigrationOptions &options);

/// Keeps other migrators from a database; waits for one that is at work, which may be what a killed one has
/// left in its server.
void keepMigratorsOut(Session &session, const std::function<void(const QString &)> &say);

/// How steps wait for locks: as the options say, and told as progress.
[[nodiscard]] MigrationPatience patienceOf(const MigrationOptions &options);

/// Whether the session is a superuser's.
[[nodiscard]] bool mayDoAll(Session &session);

/// Renews the functions for logins of the staff and writes the catalog down with them; false when they are
/// those of this program. `before`: how the schema differed.
bool renewStaffLoginFunctions(Session &session, const std::vector<SchemaDifference> &before);

} // namespace Branchline::Internal
