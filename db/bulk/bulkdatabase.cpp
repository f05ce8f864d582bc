// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkdatabase.h"

#include "db/backup/restoretarget.h"
#include "db/schema/history.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>
#include <QFile>
#include <QSysInfo>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement isSuperuser{"is_superuser"_L1,
                                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"_L1};
// Every batch has it shared until its transaction ends; see enter_batch() of common.sql.
constexpr Statement awaitBatches{"await_batches"_L1,
                                 "SELECT pg_advisory_lock(1279420770), pg_advisory_unlock(1279420770)"_L1};
// A schema of somebody who is no superuser may hold triggers that would run as one.
constexpr Statement stagingOwner{
    "staging_owner"_L1,
    "SELECT r.rolsuper, r.rolname FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner "
    " WHERE n.nspname = 'import_staging'"_L1};
constexpr Statement hasRun{"has_run"_L1,
                           "SELECT to_regclass('import_staging.run') IS NOT NULL AS present"_L1};
constexpr Statement isSameRun{
    "is_same_run"_L1, "SELECT EXISTS (SELECT FROM import_staging.run WHERE identity = ?::text) AS same"_L1};
constexpr Statement beginRun{"begin_run"_L1, "INSERT INTO import_staging.run (identity) VALUES (?::text) "
                                             "ON CONFLICT DO NOTHING"_L1};

constexpr auto lockPatience = 10s;
constexpr int mostTries = 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

QString script(const QString &name)
{
    QFile file(u":/bulk/%1.sql"_s.arg(name));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("The program lacks %s.", qPrintable(file.fileName()));
    return QString::fromUtf8(file.readAll());
}

void requireTrustedStaging(Session &session)
{
    const Rows owner = session.exec(stagingOwner);
    if (owner->rowCount() == 0 || owner->row(0).flag("rolsuper"))
        return;
    throw DbException({.kind = DbErrorKind::NotAllowed,
                       .message = tr("The schema import_staging of %1 belongs to %2, who is no superuser.")
                                      .arg(session.database(), owner->row(0).text("rolname")),
                       .hint = tr("It is not this program's. Look what it is for, and drop it."),
                       .database = session.database()});
}

} // namespace

std::unique_ptr<Session> openImport(const QString &database, const ConnectionUrl &url,
                                    const LibraryImportOptions &options)
{
    auto session = std::make_unique<Session>(
        SessionSettings{.database = database,
                        .url = url,
                        .application = u"branchline %1 import"_s.arg(QSysInfo::machineHostName()),
                        .statementTimeout = 0ms,
                        .lockTimeout = 5s,
                        .echo = options.echo,
                        .patience = {options.patience, {}}});
    session->open();
    session->execText(
        u"import settings"_s,
        u"SET client_connection_check_interval = '500ms'; SET jit = off; SET work_mem = '64MB'; "
        "SET gin_pending_list_limit = '32MB'; "
        // A log that says the row which a constraint refuses says who the patron is.
        "SET log_error_verbosity = terse"_s);
    return session;
}

void enterDatabase(Session &session, DatabaseRole role)
{
    if (!session.exec(isSuperuser)->row(0).flag("rolsuper")) {
        throw DbException(
            {.kind = DbErrorKind::NotAllowed,
             .message = tr("The import needs a superuser of %1.").arg(session.database()),
             .hint = tr("Name a superuser in the database's address, as for “branchlinectl init”."),
             .database = session.database()});
    }
    requireSchema(session, role);
    if (isUnfinishedRestore(session)) {
        throw DbException(
            {.kind = DbErrorKind::Conflict,
             .message = tr("%1 is what a restore has left unfinished.").arg(session.database()),
             .hint = tr("Run “branchlinectl restore” again until it has ended, then this command."),
             .database = session.database()});
    }
    takeSetUpLock(session, {}, lockPatience);
    repeatedly([&session] { session.exec(awaitBatches); });
}

bool hasStaging(Session &session, const QString &identity)
{
    return session.exec(hasRun)->row(0).flag("present") &&
           (identity.isEmpty() || session.exec(isSameRun, {identity})->row(0).flag("same"));
}

void prepareStaging(Session &session, DatabaseRole role, const QString &identity)
{
    requireTrustedStaging(session);
    Transaction transaction(session);
    if (hasStaging(session) && !hasStaging(session, identity))
        session.execText(u"drop staging"_s, u"DROP SCHEMA import_staging CASCADE"_s);
    session.execText(u"make staging"_s, script(u"common"_s));
    session.execText(u"make staging"_s, script(role == DatabaseRole::Main ? u"main"_s : u"shard"_s));
    session.exec(beginRun, {identity});
    transaction.commit();
}

void dropStaging(Session &session)
{
    session.execText(u"drop staging"_s, u"DROP SCHEMA IF EXISTS import_staging CASCADE"_s);
}

void repeatedly(const std::function<void()> &act, const std::function<void()> &check)
{
    for (int tries = 1;; ++tries) {
        try {
            return act();
        } catch (const DbException &e) {
            if (e.error().kind != DbErrorKind::Retryable || tries == mostTries)
                throw;
        }
        if (check)
            check();
        std::this_thread::sleep_for(tries * 50ms);
    }
}

} // namespace Branchline::Internal
