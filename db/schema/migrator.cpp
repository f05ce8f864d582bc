// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/migrator.h"

#include <QCoreApplication>
#include <QElapsedTimer>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement historyExists{"schema_history_exists"_L1,
                                  "SELECT to_regclass('public.schema_history') IS NOT NULL AS present"_L1};
constexpr Statement history{"schema_history"_L1,
                            "SELECT id, name, sha256, applied_at FROM public.schema_history ORDER BY id"_L1};
constexpr Statement addHistory{
    "schema_history_add"_L1,
    "INSERT INTO public.schema_history (id, name, sha256, milliseconds, app_version) "
    "VALUES (?::int, ?::text, ?::text, ?::int, ?::text)"_L1};
constexpr Statement version{"schema_version"_L1, "SELECT version FROM public.schema_version"_L1};

// Any number will do as long as every Branchline uses the same: "LBmi".
constexpr auto migrationLock = "SELECT pg_advisory_lock(1279422825)"_L1;
constexpr auto migrationUnlock = "SELECT pg_advisory_unlock(1279422825)"_L1;

constexpr auto createHistory = R"(
    CREATE TABLE IF NOT EXISTS public.schema_history (
        id           int         PRIMARY KEY,
        name         text        NOT NULL,
        sha256       text        NOT NULL,
        applied_at   timestamptz NOT NULL DEFAULT pg_catalog.now(),
        applied_by   text        NOT NULL DEFAULT session_user,
        milliseconds int         NOT NULL,
        app_version  text        NOT NULL
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

DbError newer(const Session &session, int found, int known)
{
    return mismatch(session,
                    tr("%1 has schema version %2; this program works with version %3.")
                        .arg(session.database())
                        .arg(found)
                        .arg(known),
                    tr("Install the newer Branchline that was used to migrate this database."));
}

QString fullName(const Migration &step)
{
    return u"%1_%2"_s.arg(step.id, 4, 10, QLatin1Char('0')).arg(step.name);
}

void apply(Session &session, const Migration &step)
{
    QElapsedTimer timer;
    timer.start();
    Transaction transaction(session);
    session.execText(u"SET ROLE"_s, u"SET LOCAL ROLE branchline_owner"_s);
    try {
        session.execText("migration "_L1 + fullName(step), step.sql);
    } catch (const DbException &e) {
        DbError error = e.error();
        error.message = tr("Migration %1 failed: %2").arg(fullName(step), error.message);
        throw DbException(error);
    }
    session.exec(addHistory, {step.id, step.name, step.sha256, static_cast<int>(timer.elapsed()),
                              QStringLiteral(BRANCHLINE_VERSION)});
    transaction.commit();
}

} // namespace

std::vector<MigrationStep> migrationSteps(Session &session, DatabaseRole role)
{
    const auto &plan = migrations(role);
    std::vector<MigrationStep> steps;
    for (const Migration &migration : plan)
        steps.push_back({migration.id, migration.name, false, {}});
    if (!session.exec(historyExists)->row(0).flag("present"))
        return steps;

    const Rows rows = session.exec(history);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        if (static_cast<size_t>(i) >= plan.size()) {
            const auto last = rows->row(rows->rowCount() - 1).number("id");
            throw DbException(newer(session, static_cast<int>(last), schemaVersion(role)));
        }
        const Migration &expected = plan[static_cast<size_t>(i)];
        if (row.number("id") != expected.id || row.text("sha256") != expected.sha256) {
            throw DbException(mismatch(
                session,
                tr("Step %1 of %2 is not the one that this program knows.")
                    .arg(row.text("id"), session.database()),
                tr("This database was made by another version of Branchline; use that version, or make the "
                   "library anew.")));
        }
        steps[static_cast<size_t>(i)].applied = true;
        steps[static_cast<size_t>(i)].appliedAt = row.time("applied_at");
    }
    return steps;
}

QStringList migrateUp(Session &session, DatabaseRole role)
{
    // Waiting for another migrator is right, however long it takes.
    session.execText(u"timeouts off"_s, u"SET statement_timeout = 0; SET lock_timeout = 0"_s);
    session.execText(u"migration lock"_s, migrationLock);
    if (!session.exec(historyExists)->row(0).flag("present")) {
        Transaction transaction(session);
        session.execText(u"SET ROLE"_s, u"SET LOCAL ROLE branchline_owner"_s);
        session.execText(u"create schema_history"_s, createHistory);
        transaction.commit();
    }

    QStringList applied;
    const auto steps = migrationSteps(session, role);
    for (size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].applied)
            continue;
        apply(session, migrations(role)[i]);
        applied << steps[i].name;
    }
    session.execText(u"migration unlock"_s, migrationUnlock);
    return applied;
}

QString migrationScript(DatabaseRole role)
{
    QString script = u"BEGIN;\nSET LOCAL ROLE branchline_owner;\n%1\nCOMMIT;\n"_s.arg(createHistory);
    for (const Migration &step : migrations(role)) {
        script += u"\nSELECT NOT EXISTS (SELECT FROM public.schema_history WHERE id = %1) AS wanted \\gset\n"
                  "\\if :wanted\nBEGIN;\nSET LOCAL ROLE branchline_owner;\n"_s.arg(step.id);
        script += step.sql;
        script += u"\nINSERT INTO public.schema_history (id, name, sha256, milliseconds, app_version) "
                  "VALUES (%1, '%2', '%3', 0, '%4');\nCOMMIT;\n\\endif\n"_s.arg(
                      QString::number(step.id), step.name, step.sha256, QStringLiteral(BRANCHLINE_VERSION));
    }
    return script;
}

void requireSchema(Session &session, DatabaseRole role)
{
    const int known = schemaVersion(role);
    int found = 0;
    try {
        found = static_cast<int>(session.exec(version)->row(0).number("version"));
    } catch (const DbException &e) {
        if (e.error().sqlState != "42P01"_L1 && e.error().sqlState != "42501"_L1)
            throw;
    }
    if (found == 0) {
        throw DbException(
            mismatch(session, tr("%1 is not a Branchline database yet.").arg(session.database()),
                     tr("Check the address, or prepare the databases with “branchlinectl init”.")));
    }
    if (found > known)
        throw DbException(newer(session, found, known));
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
