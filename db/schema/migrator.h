// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/schema/catalog.h"
#include "db/schema/history.h"

#include <chrono>
#include <functional>

namespace Branchline {

/// How migrateUp() waits for locks. A step waits shortly for each, since desks queue behind it meanwhile, and
/// tries again after growing pauses.
struct MigrationPatience
{
    /// Of a step in a transaction: less than the 2 s of a desk, and more than the deadlock_timeout of 1 s,
    /// after which PostgreSQL ends an autovacuum that is in the way.
    std::chrono::milliseconds lockTimeout{1500};
    std::chrono::milliseconds indexTimeout{60000};  ///< of one outside, which nobody queues behind
    std::chrono::milliseconds giveUp{60000};        ///< for each step
    std::function<void(const QString &)> tell = {}; ///< a sentence about what is waited for
};

/// Applies what is missing: each step with its history row in one transaction, as branchline_owner; one that
/// cannot run in a transaction between two rows of the history, so that it is known when it was cut off. Two
/// runs at once wait for each other; a run killed in the middle is finished by the next. Needs a superuser's
/// session, or one that may SET ROLE branchline_owner. Throws SchemaMismatch for a database that is newer
/// than the plan, Retryable with the names of who holds the locks. Differences of the schema that were
/// `accepted` stay differences: see recordCatalog(). Returns the names of the steps applied.
QStringList migrateUp(Session &session, const MigrationPlan &plan, const MigrationPatience &patience = {},
                      const std::vector<SchemaDifference> &accepted = {});

/// Applies what is missing in one transaction and rolls it back, up to the first step that is not to be tried
/// or cannot be in a transaction. The tables that it changes are locked meanwhile. `prepare` does first in
/// that transaction what the steps need and only the session's own login may do. Returns the name of the step
/// before which it ended, or nothing; throws what a step throws.
QString tryMigrations(Session &session, const MigrationPlan &plan, const MigrationPatience &patience = {},
                      const std::function<void()> &prepare = {});

/// What migrateUp() does to a database, as a script for psql that leaves out steps that were applied; from
/// the step with the number `first` on. psql's :changed tells at the end whether there was one.
[[nodiscard]] QString migrationScript(const MigrationPlan &plan, int first = 1);
/// What comes after all changes of such a script: it writes down the catalog if there were any.
[[nodiscard]] QString recordScript();

} // namespace Branchline
