// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/history.h"

#include "db/schema/catalog.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement historyExists{"schema_history_exists"_L1,
                                  "SELECT to_regclass('public.schema_history') IS NOT NULL AS present"_L1};
constexpr Statement history{
    "schema_history"_L1, "SELECT id, name, sha256, chained_sha256, coalesce(works_with, id) AS works_with, "
                         "state, applied_at FROM public.schema_history ORDER BY id"_L1};
constexpr Statement addHistory{
    "schema_history_add"_L1,
    "INSERT INTO public.schema_history (id, name, sha256, chained_sha256, works_with, state, milliseconds, "
    "app_version) "
    "VALUES (?::int, ?::text, ?::text, ?::text, nullif(?::int, ?::int), ?::text, ?::int, ?::text) "
    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, milliseconds = excluded.milliseconds, "
    "applied_at = now(), applied_by = session_user, app_version = excluded.app_version"_L1};
constexpr Statement version{"schema_version"_L1, "SELECT version, works_with FROM public.schema_version"_L1};

constexpr auto createHistory = R"(
    CREATE TABLE IF NOT EXISTS public.schema_history (
        id             int         PRIMARY KEY,
        name           text        NOT NULL,
        sha256         text        NOT NULL,
        chained_sha256 text        NOT NULL DEFAULT '',
        works_with     int         CHECK (works_with BETWEEN 1 AND id),
        state          text        NOT NULL DEFAULT 'done' CHECK (state IN ('started', 'done')),
        applied_at     timestamptz NOT NULL DEFAULT pg_catalog.now(),
        applied_by     text        NOT NULL DEFAULT session_user,
        milliseconds   int         NOT NULL,
        app_version    text        NOT NULL
    );
    GRANT SELECT ON public.schema_history TO branchline_staff, branchline_report;
)"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Migrator", text);
}

DbError mismatch(const Session &session, const QString &message, const QString &hint)
{
    return {.kind = DbErrorKind::SchemaMismatch,
            .message = message,
            .hint = hint,
            .database = session.database()};
}

DbException otherStep(const Session &session, const QString &what)
{
    return DbException(
        mismatch(session, what,
                 tr("This database was made by another version of Branchline, or its history was "
                    "changed by hand; use that version, or make the library anew.")));
}

QString otherHistory(const Session &session)
{
    return tr("The history of %1 is not of the kind that this program knows.").arg(session.database());
}

/// A row of the history against the step of the plan at its place.
void requireSame(const Session &session, const RowSet::Row &row, const Migration &expected)
{
    const QString name = session.database();
    if (row.number("id") != expected.id) {
        throw otherStep(session, tr("The history of %1 has a hole: the step %2 was expected and %3 is there.")
                                     .arg(name, expected.fullName(), row.text("id")));
    }
    if (row.text("sha256") != expected.sha256 || row.text("name") != expected.name) {
        throw otherStep(
            session, tr("Step %1 of %2 is not the one that this program knows.").arg(row.text("id"), name));
    }
    if (row.text("chained_sha256") != expected.chained) {
        throw otherStep(session,
                        tr("Before step %1 the history of %2 is not the one that this program knows.")
                            .arg(row.text("id"), name));
    }
}

} // namespace

namespace Internal {

QString historyTableSql()
{
    return createHistory + catalogTableSql();
}

bool hasHistory(Session &session)
{
    return session.exec(historyExists)->row(0).flag("present");
}

void writeHistory(Session &session, const Migration &step, const QString &state, qint64 milliseconds)
{
    session.exec(addHistory, {step.id, step.name, step.sha256, step.chained, step.worksWith, step.id, state,
                              static_cast<int>(milliseconds), QStringLiteral(BRANCHLINE_VERSION)});
}

DbError newerSchema(const Session &session, int found, int known)
{
    return mismatch(session,
                    tr("%1 has schema version %2; this program works with version %3.")
                        .arg(session.database())
                        .arg(found)
                        .arg(known),
                    tr("Install the newer Branchline that was used to migrate this database."));
}

} // namespace Internal

size_t SchemaState::pendingSteps() const
{
    return static_cast<size_t>(
        std::count_if(steps.begin(), steps.end(), [](const MigrationStep &step) { return !step.isDone(); }));
}

SchemaState schemaState(Session &session, const MigrationPlan &plan)
{
    SchemaState state;
    for (const Migration &migration : plan)
        state.steps.push_back({migration.id, migration.name, MigrationStep::State::Pending, {}});
    if (!hasHistory(session))
        return state;

    Rows rows;
    try {
        rows = session.exec(history);
    } catch (const DbException &e) {
        if (e.error().sqlState != "42703"_L1)
            throw;
        throw otherStep(session, otherHistory(session));
    }
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        const auto place = static_cast<size_t>(i);
        const bool isDone = row.text("state") == "done"_L1;
        if (place < plan.size()) {
            requireSame(session, row, plan[place]);
            state.steps[place].state = isDone ? MigrationStep::State::Applied : MigrationStep::State::Started;
            if (isDone)
                state.steps[place].appliedAt = row.time("applied_at");
        }
        if (isDone) {
            state.version = static_cast<int>(row.number("id"));
            state.worksWith = std::max(state.worksWith, static_cast<int>(row.number("works_with")));
        }
    }
    return state;
}

void requireSchema(Session &session, DatabaseRole role)
{
    const int known = schemaVersion(role);
    int found = 0;
    int worksWith = 0;
    try {
        const Rows rows = session.exec(version);
        found = static_cast<int>(rows->row(0).number("version"));
        worksWith = static_cast<int>(rows->row(0).number("works_with"));
    } catch (const DbException &e) {
        if (e.error().sqlState == "42703"_L1)
            throw otherStep(session, otherHistory(session));
        if (e.error().sqlState != "42P01"_L1 && e.error().sqlState != "42501"_L1)
            throw;
    }
    if (found == 0) {
        throw DbException(
            mismatch(session, tr("%1 is not a Branchline database yet.").arg(session.database()),
                     tr("Check the address, or prepare the databases with “branchlinectl init”.")));
    }
    if (found > known && !worksWithNewer(known, worksWith))
        throw DbException(newerSchema(session, found, known));
    if (found < known) {
        throw DbException(mismatch(session,
                                   tr("%1 has schema version %2; this program works with version %3.")
                                       .arg(session.database())
                                       .arg(found)
                                       .arg(known),
                                   tr("Let an administrator run “branchlinectl migrate up”.")));
    }
}

} // namespace Branchline
