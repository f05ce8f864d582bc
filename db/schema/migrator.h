// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"
#include "db/schema/migrations.h"

#include <QDateTime>

namespace Branchline {

/// One step and what a database's history says about it.
struct MigrationStep
{
    int id = 0;
    QString name;
    bool applied = false;
    QDateTime appliedAt; ///< UTC; invalid when not applied
};

/// The steps of a role against the history of one database. Throws SchemaMismatch when the history is not a
/// beginning of the program's plan (a newer schema, or a step whose text differs).
[[nodiscard]] std::vector<MigrationStep> migrationSteps(Session &session, DatabaseRole role);

/// Applies what is missing, each step with its history row in one transaction, as branchline_owner. Two runs
/// at once wait for each other; a run killed in the middle is finished by the next. Needs a superuser's
/// session, or one that may SET ROLE branchline_owner. Returns the names of the steps applied.
QStringList migrateUp(Session &session, DatabaseRole role);

/// What migrateUp() does to a database, as a script for psql that leaves out steps that were applied.
[[nodiscard]] QString migrationScript(DatabaseRole role);

/// Throws SchemaMismatch, with the next step in its hint, unless the database has exactly the schema that
/// this program works with.
void requireSchema(Session &session, DatabaseRole role);

} // namespace Branchline
