// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"
#include "db/schema/catalog.h"
#include "db/schema/migrator.h"

namespace Branchline {

/// What is migrated, and how.
struct MigrationOptions
{
    MigrationPlan main = migrations(DatabaseRole::Main);
    MigrationPlan shard = migrations(DatabaseRole::Shard);
    /// "main" or "<name>_shard": only this one is looked at, or changed; empty: all.
    QString only = {};
    bool isDryRunWanted = true;   ///< before the first change
    bool isDriftAccepted = false; ///< go on although a schema is not as it should be
    bool echo = false;            ///< list statements on stderr, as SQL_ECHO does
    /// A sentence per step, in the calling thread; and one per `patience` that a statement takes, in another.
    std::function<void(const QString &)> progress = {};
    std::chrono::milliseconds patience = Patience::usualLimit; ///< as in InitOptions
    MigrationPatience locks = {};                              ///< its `tell` is `progress`
};

/// What one database is like.
struct DatabaseSchema
{
    QString database; ///< "main" or "<name>_shard"
    DatabaseRole role = DatabaseRole::Main;
    int latest = 0; ///< the plan's last version
    /// Why nothing else is known: it cannot be reached, or its history is not that of the plan.
    std::optional<DbError> error = {};
    SchemaState state = {};
    SchemaComparison comparison = {};
    /// What else has to be done, as sentences: tables that are not published or not subscribed to, functions
    /// of another version. `migrate up` does it as a superuser.
    QStringList further = {};
    /// What forbids migrating, beside drift, as sentences.
    QStringList obstacles = {};

    [[nodiscard]] bool isNewer() const { return state.version > latest; }
    [[nodiscard]] bool hasDrift() const { return !comparison.differences.empty(); }
    /// Nothing to do and nothing wrong.
    [[nodiscard]] bool isFit() const
    {
        return !error && state.pendingSteps() == 0 && !hasDrift() && further.isEmpty() &&
               (!isNewer() || worksWithNewer(latest, state.worksWith));
    }
};

/// Looks at every database, shards first, all at once; changes nothing. A database that cannot be looked at
/// is in the list with its error. Blocks, for at most some seconds.
[[nodiscard]] std::vector<DatabaseSchema> lookAtSchemas(const AdminAddresses &addresses,
                                                        const MigrationOptions &options = {});

/// What was done to one database.
struct MigratedDatabase
{
    QString database;
    int version = 0;
    QStringList applied; ///< names of steps
    QStringList further; ///< what else was done, as sentences
    QStringList left;    ///< what is still to be done and by whom, as sentences
};

/// What migrateLibrary() did.
struct MigrationReport
{
    /// Why nothing was changed, each with the name of its database; empty when all went well.
    QStringList obstacles;
    std::vector<MigratedDatabase> databases; ///< in the order of the changes
};

/// Brings every database to the plan. Before the first change all of them are reached and checked (history,
/// drift, no branch on its way), and what is missing is tried and rolled back. Then the shards are changed,
/// then main, since a column that is replicated must stand on the shards before main sends it; then
/// publications, subscriptions and the functions of superusers, by what they lack. May be killed at any time
/// and run again. Two calls at once wait for each other, as they do for initialise(). Blocks.
[[nodiscard]] Result<MigrationReport> migrateLibrary(const AdminAddresses &addresses,
                                                     const MigrationOptions &options = {});

/// Tries all pending steps in every database and rolls back; a sentence for each that fails.
[[nodiscard]] Result<QStringList> tryMigrations(const AdminAddresses &addresses,
                                                const MigrationOptions &options = {});

/// The pending steps of the databases as a script for psql.
[[nodiscard]] QString pendingScript(const AdminAddresses &addresses,
                                    const std::vector<DatabaseSchema> &schemas,
                                    const MigrationOptions &options = {});

} // namespace Branchline
