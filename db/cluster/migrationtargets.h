// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/migration.h"

namespace Branchline::Internal {

/// A database that belongs to a library, as an administrator reaches it.
struct Target
{
    QString database;
    QString shard; ///< bare name; empty: main
    DatabaseRole role = DatabaseRole::Main;
    ConnectionUrl url;
};

/// Shards first, main last.
[[nodiscard]] std::vector<Target> targetsOf(const AdminAddresses &addresses);
[[nodiscard]] bool isWanted(const Target &target, const MigrationOptions &options);
[[nodiscard]] const MigrationPlan &planOf(const Target &target, const MigrationOptions &options);
/// A session. Without a limit a statement takes as long as it takes, as migrations do, and only a frozen
/// server ends it.
[[nodiscard]] std::unique_ptr<Session> open(const Target &target, const MigrationOptions &options,
                                            std::chrono::milliseconds statementTimeout = {});
/// What the database is like; throws SchemaMismatch.
[[nodiscard]] DatabaseSchema look(Session &session, const Target &target, const MigrationPlan &plan);

} // namespace Branchline::Internal
