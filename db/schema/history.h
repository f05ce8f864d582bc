// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"
#include "db/schema/migrations.h"

#include <QDateTime>

namespace Branchline {

/// One step and what a database's history says about it.
struct MigrationStep
{
    enum class State {
        Pending,
        Started, ///< a step outside a transaction was cut off, and will be repeated
        Applied
    };

    int id = 0;
    QString name;
    State state = State::Pending;
    QDateTime appliedAt; ///< UTC; invalid unless done

    [[nodiscard]] bool isDone() const { return state == State::Applied; }
    /// "0010_views"
    [[nodiscard]] QString fullName() const { return stepName(id, name); }
};

/// The steps of a plan against the history of one database.
struct SchemaState
{
    std::vector<MigrationStep> steps; ///< those of the plan
    int version = 0;                  ///< the last step that is done, of a newer program maybe
    int worksWith = 0;                ///< programs made for this version or a later one may use the database

    [[nodiscard]] bool isNewerThan(const MigrationPlan &plan) const { return version > schemaVersion(plan); }
    [[nodiscard]] size_t pendingSteps() const;
};

/// Reads the history. Throws SchemaMismatch when it is no beginning of the plan, nor the plan a beginning of
/// it: a step with another text, another order, or a hole.
[[nodiscard]] SchemaState schemaState(Session &session, const MigrationPlan &plan);

/// Throws SchemaMismatch, with the next step in its hint, unless this program may use the database: it has
/// the program's schema version, or a newer one whose further steps all work with that.
void requireSchema(Session &session, DatabaseRole role);

/// Whether a program may use a database with a newer schema.
[[nodiscard]] constexpr bool worksWithNewer(int programVersion, int worksWith)
{
    return worksWith > 0 && worksWith <= programVersion;
}

namespace Internal {

/// The table of the history, for a database that has none.
[[nodiscard]] QString historyTableSql();
[[nodiscard]] bool hasHistory(Session &session);
/// "started" or "done"; in whatever transaction is open, as the owner.
void writeHistory(Session &session, const Migration &step, const QString &state, qint64 milliseconds);
/// The error for a database that is newer than a program.
[[nodiscard]] DbError newerSchema(const Session &session, int found, int known);

} // namespace Internal

} // namespace Branchline
