// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkdatabase.h"

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
constexpr Statement tryLock{"try_session_lock"_L1, "SELECT pg_try_advisory_lock(?::bigint) AS taken"_L1};
constexpr Statement hasStaging{"has_staging"_L1,
                               "SELECT to_regclass('import_staging.run') IS NOT NULL AS present"_L1};
constexpr Statement isSameRun{
    "is_same_run"_L1, "SELECT EXISTS (SELECT FROM import_staging.run WHERE identity = ?::text) AS same"_L1};
constexpr Statement beginRun{"begin_run"_L1, "INSERT INTO import_staging.run (identity) VALUES (?::text) "
                                             "ON CONFLICT DO NOTHING"_L1};

constexpr auto lockPatience = 10s;

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
        "SET gin_pending_list_limit = '32MB'"_s);
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
    const auto deadline = std::chrono::steady_clock::now() + lockPatience;
    while (!session.exec(tryLock, {setUpLock})->row(0).flag("taken")) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException(
                {.kind = DbErrorKind::Conflict,
                 .message = tr("Another import, init or migration is at work in %1.").arg(session.database()),
                 .hint = tr("Wait until it has ended, then run this command again."),
                 .database = session.database()});
        }
        std::this_thread::sleep_for(50ms);
    }
}

void prepareStaging(Session &session, DatabaseRole role, const QString &identity)
{
    Transaction transaction(session);
    if (session.exec(hasStaging)->row(0).flag("present") &&
        !session.exec(isSameRun, {identity})->row(0).flag("same"))
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

} // namespace Branchline::Internal
