// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/migrator.h"

#include "db/schema/lockwitness.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <libpq-fe.h>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement invalidIndex{"invalid_index"_L1, "SELECT EXISTS (SELECT FROM pg_catalog.pg_index AS i "
                                                     "WHERE i.indexrelid = to_regclass('public.' || ?::text) "
                                                     "AND NOT i.indisvalid) AS present"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Migrator", text);
}

void runText(Session &session, const Migration &step)
{
    try {
        session.execText("migration "_L1 + step.fullName(), step.sql);
    } catch (const DbException &e) {
        DbError error = e.error();
        error.message =
            tr("Migration %1 of %2 failed: %3").arg(step.fullName(), session.database(), error.message);
        throw DbException(error);
    }
}

void asOwner(Session &session)
{
    session.execText(u"SET ROLE"_s, u"SET LOCAL ROLE branchline_owner"_s);
}

void limitLocks(Session &session, std::chrono::milliseconds timeout)
{
    session.execText(u"lock deadline"_s, u"SET LOCAL lock_timeout = %1"_s.arg(timeout.count()));
}

bool isLockError(const DbError &error)
{
    return error.sqlState == "55P03"_L1 || error.sqlState == "40P01"_L1;
}

/// Runs `once` until it gets its locks or the patience is at an end. One that waits as long as the patience
/// lasts is watched from the start.
template <typename Once>
void withLocks(Session &session, const QString &what, const MigrationPatience &patience, bool waitsLong,
               const Once &once)
{
    const auto deadline = std::chrono::steady_clock::now() + patience.giveUp;
    std::optional<Internal::LockWitness> witness;
    if (waitsLong) {
        witness.emplace(session.settings(), PQbackendPID(session.handle()), [&](const QString &holders) {
            if (patience.tell)
                patience.tell(tr("%1 of %2 waits for %3 …").arg(what, session.database(), holders));
        });
    }
    for (auto pause = 200ms;; pause = std::min(pause * 2, 5000ms)) {
        try {
            return once();
        } catch (const DbException &e) {
            if (!isLockError(e.error()))
                throw;
            if (std::chrono::steady_clock::now() + pause > deadline) {
                const QString holders = witness ? witness->seen() : QString();
                DbError error = e.error();
                error.kind = DbErrorKind::Retryable;
                error.message = tr("%1 of %2 did not get its locks within %3 s.")
                                    .arg(what, session.database())
                                    .arg(std::chrono::ceil<std::chrono::seconds>(patience.giveUp).count());
                error.hint = holders.isEmpty()
                                 ? tr("Run “branchlinectl migrate up” again, which goes on from there.")
                                 : tr("They are held by %1. End that, and run “branchlinectl migrate up” "
                                      "again, which goes on from there.")
                                       .arg(holders);
                throw DbException(error);
            }
            if (patience.tell && !witness)
                patience.tell(tr("%1 of %2 waits for its locks …").arg(what, session.database()));
            if (!witness)
                witness.emplace(session.settings(), PQbackendPID(session.handle()));
        }
        std::this_thread::sleep_for(pause);
    }
}

/// What to write down about the schema after a step.
struct Record
{
    bool isWanted = false;
    const std::vector<SchemaDifference> &accepted;
};

void applyInTransaction(Session &session, const Migration &step, std::chrono::milliseconds lockTimeout,
                        const Record &record)
{
    QElapsedTimer timer;
    timer.start();
    Transaction transaction(session);
    asOwner(session);
    limitLocks(session, lockTimeout);
    runText(session, step);
    Internal::writeHistory(session, step, u"done"_s, timer.elapsed());
    if (record.isWanted)
        recordCatalog(session, record.accepted);
    transaction.commit();
}

/// A row of its own before the statement says that it was begun; what a crash leaves of it is an index that
/// is not valid.
void applyOutside(Session &session, const Migration &step, std::chrono::milliseconds lockTimeout,
                  const Record &record)
{
    QElapsedTimer timer;
    timer.start();
    const auto note = [&](const QString &state) {
        Transaction transaction(session);
        asOwner(session);
        Internal::writeHistory(session, step, state, timer.elapsed());
        if (record.isWanted && state == "done"_L1)
            recordCatalog(session, record.accepted);
        transaction.commit();
    };
    note(u"started"_s);
    session.execText(u"become the owner"_s,
                     u"SET lock_timeout = %1; SET ROLE branchline_owner"_s.arg(lockTimeout.count()));
    const QString index = step.index();
    if (!index.isEmpty() && session.exec(invalidIndex, {index})->row(0).flag("present"))
        session.execText(u"drop an index that is not valid"_s, "DROP INDEX CONCURRENTLY public."_L1 + index);
    runText(session, step);
    session.execText(u"become oneself"_s, u"RESET ROLE; RESET lock_timeout"_s);
    note(u"done"_s);
}

void apply(Session &session, const Migration &step, const MigrationPatience &patience, const Record &record)
{
    withLocks(session, tr("Step %1").arg(step.fullName()), patience, !step.inTransaction, [&] {
        if (step.inTransaction)
            applyInTransaction(session, step, patience.lockTimeout, record);
        else
            applyOutside(session, step, patience.indexTimeout, record);
    });
}

/// Waits for another migrator, which is right however long it takes.
class MigrationLock final
{
public:
    explicit MigrationLock(Session &session)
        : m_session(session)
    {
        session.execText(u"timeouts off"_s, u"SET statement_timeout = 0; SET lock_timeout = 0"_s);
        takeSessionLock(session, migrationLock);
    }
    ~MigrationLock()
    {
        try {
            if (m_session.handle())
                m_session.execText(u"migration unlock"_s,
                                   u"RESET ROLE; SELECT pg_advisory_unlock(%1)"_s.arg(migrationLock));
        } catch (const DbException &) {
            m_session.close(); // the lock ends with the connection
        }
    }
    Q_DISABLE_COPY_MOVE(MigrationLock)

private:
    Session &m_session;
};

} // namespace

QStringList migrateUp(Session &session, const MigrationPlan &plan, const MigrationPatience &patience,
                      const std::vector<SchemaDifference> &accepted)
{
    const MigrationLock lock(session);
    if (!Internal::hasHistory(session)) {
        Transaction transaction(session);
        asOwner(session);
        session.execText(u"create schema_history"_s, Internal::historyTableSql());
        transaction.commit();
    }

    QStringList applied;
    const SchemaState state = schemaState(session, plan);
    if (state.isNewerThan(plan))
        throw DbException(Internal::newerSchema(session, state.version, schemaVersion(plan)));
    // A new database is written down at its end only: until then there is nobody who could change anything.
    const bool isNew = state.version == 0;
    for (size_t i = 0; i < plan.size(); ++i) {
        if (state.steps[i].isDone())
            continue;
        apply(session, plan[i], patience, {!isNew || i + 1 == plan.size(), accepted});
        applied << plan[i].name;
    }
    return applied;
}

QString tryMigrations(Session &session, const MigrationPlan &plan, const MigrationPatience &patience,
                      const std::function<void()> &prepare)
{
    const MigrationLock lock(session);
    QString endedBefore;
    withLocks(session, tr("The dry run"), patience, false, [&] {
        const SchemaState state = schemaState(session, plan);
        const Transaction rolledBack(session);
        if (prepare)
            prepare();
        asOwner(session);
        limitLocks(session, patience.lockTimeout);
        if (!Internal::hasHistory(session))
            session.execText(u"create schema_history"_s, Internal::historyTableSql());
        for (size_t i = 0; i < plan.size(); ++i) {
            if (state.steps[i].isDone())
                continue;
            if (!plan[i].isTried) {
                endedBefore = plan[i].fullName();
                break;
            }
            runText(session, plan[i]);
            Internal::writeHistory(session, plan[i], u"done"_s, 0);
        }
    });
    return endedBefore;
}

QString migrationScript(const MigrationPlan &plan, int first)
{
    QString script = u"\\set changed false\nBEGIN;\nSET LOCAL ROLE branchline_owner;\n%1\nCOMMIT;\n"_s.arg(
        Internal::historyTableSql());
    for (const Migration &step : plan) {
        if (step.id < first)
            continue;
        script += u"\nSELECT NOT EXISTS (SELECT FROM public.schema_history WHERE id = %1 AND state = 'done') "
                  u"AS wanted "
                  "\\gset\n\\if :wanted\n"_s.arg(step.id);
        const QString begin = u"BEGIN;\nSET LOCAL ROLE branchline_owner;\n"_s;
        if (step.inTransaction) {
            script += begin +
                      u"SET LOCAL lock_timeout = %1;\n"_s.arg(MigrationPatience().lockTimeout.count()) +
                      step.sql;
        } else {
            const QString index = step.index();
            script += u"SET ROLE branchline_owner;\n"_s;
            if (!index.isEmpty()) {
                script +=
                    u"SELECT 'DROP INDEX CONCURRENTLY public.%1' FROM pg_catalog.pg_index WHERE indexrelid = "
                    "to_regclass('public.%1') AND NOT indisvalid \\gexec\n"_s.arg(index);
            }
            script += step.sql + u"\nRESET ROLE;\n"_s + begin;
        }
        script +=
            u"\nINSERT INTO public.schema_history (id, name, sha256, chained_sha256, works_with, "
            u"milliseconds, "
            "app_version) VALUES (%1, '%2', '%3', '%4', nullif(%5, %1), 0, '%6') "
            "ON CONFLICT (id) DO UPDATE SET state = 'done';\nCOMMIT;\n\\set changed true\n\\endif\n"_s.arg(
                QString::number(step.id), step.name, step.sha256, step.chained,
                QString::number(step.worksWith), QStringLiteral(BRANCHLINE_VERSION));
    }
    return script;
}

QString recordScript()
{
    return u"\\if :changed\nBEGIN;\nSET LOCAL ROLE branchline_owner;\n%1COMMIT;\n\\endif\n"_s.arg(
        recordCatalogSql());
}

} // namespace Branchline
