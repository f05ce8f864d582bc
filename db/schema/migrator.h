// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/schema/history.h"

#include <chrono>
#include <functional>

namespace Branchline {

/// How migrateUp() waits for locks. A step waits shortly each time, since desks queue behind it meanwhile,
/// and tries again after growing pauses.
struct MigrationPatience
{
    std::chrono::milliseconds lockTimeout{1000};    ///< of a step in a transaction; less than a desk waits
    std::chrono::milliseconds indexTimeout{60000};  ///< of one outside, which nobody queues behind
    std::chrono::milliseconds giveUp{60000};        ///< for each step
    std::function<void(const QString &)> tell = {}; ///< a sentence about what is waited for
};

/// Applies what is missing: each step with its history row in one transaction, as branchline_owner; one that
/// cannot run in a transaction between two rows of the history, so that it is known when it was cut off. Two
/// runs at once wait for each other; a run killed in the middle is finished by the next. Needs a superuser's
/// session, or one that may SET ROLE branchline_owner. Throws SchemaMismatch for a database that is newer
/// than the plan, Retryable with the names of who holds the locks. Returns the names of the steps applied.
QStringList migrateUp(Session &session, const MigrationPlan &plan, const MigrationPatience &patience = {});

/// Applies what is missing in one transaction and rolls it back, up to the first step that cannot be in one.
/// The tables that it changes are locked meanwhile. Returns the number of steps tried; throws what a step
/// throws.
int tryMigrations(Session &session, const MigrationPlan &plan, const MigrationPatience &patience = {});

/// What migrateUp() does to a database, as a script for psql that leaves out steps that were applied; from
/// the step with the number `first` on. psql's :changed tells at the end whether there was one.
[[nodiscard]] QString migrationScript(const MigrationPlan &plan, int first = 1);
/// What comes after all changes of such a script: it writes down the catalog if there were any.
[[nodiscard]] QString recordScript();

} // namespace Branchline
