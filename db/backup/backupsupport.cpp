// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backupsupport.h"

#include <QSysInfo>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Copies of a server have its number; no two of them were started in the same microsecond.
constexpr Statement signedIn{
    "backup_signed_in"_L1,
    "SELECT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS is_superuser, "
    "       (SELECT system_identifier FROM pg_catalog.pg_control_system())::text || '-' || "
    "       (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint AS server, "
    "       current_setting('server_version_num')::int / 10000 AS major"_L1};

} // namespace

DbError cancelled()
{
    return {.kind = DbErrorKind::Canceled,
            .message = BackupText::tr("Broken off."),
            .hint = BackupText::tr("Run the same command again to do it as a whole.")};
}

void failBackup(DbErrorKind kind, const QString &message, const QString &hint, const QString &database)
{
    throw DbException({.kind = kind, .message = message, .hint = hint, .database = database});
}

QByteArray contentOf(const QString &name)
{
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        failUnreadable(file);
    return file.readAll();
}

void failUnreadable(const QFile &file)
{
    failBackup(DbErrorKind::Conflict,
               BackupText::tr("The file %1 cannot be read: %2.").arg(file.fileName(), file.errorString()),
               BackupText::tr("Check that it is there and that you may read it."));
}

std::unique_ptr<Session> openAsSuperuser(const QString &database, const ConnectionUrl &url,
                                         const QString &what)
{
    auto session = std::make_unique<Session>(
        SessionSettings{.database = database,
                        .url = url,
                        .application = u"branchline %1 %2"_s.arg(QSysInfo::machineHostName(), what),
                        .statementTimeout = std::chrono::milliseconds(0),
                        .lockTimeout = std::chrono::milliseconds(0),
                        .patience = {Patience::usualLimit, {}}});
    session->open();
    session->execText(u"wait for programs"_s, u"SET idle_in_transaction_session_timeout = 0"_s);
    if (!session->exec(signedIn)->row(0).flag("is_superuser")) {
        failBackup(
            DbErrorKind::NotAllowed,
            BackupText::tr("%1 needs a superuser of %2: nobody else reads the passwords' verifiers and every "
                           "row.")
                .arg(what, database),
            BackupText::tr("Name a superuser in the database's address, or with --admin-url."), database);
    }
    return session;
}

ServerFacts factsOf(Session &session)
{
    const Rows rows = session.exec(signedIn);
    const auto row = rows->row(0);
    return {.identifier = row.text("server"), .major = static_cast<int>(row.number("major"))};
}

qint64 countRows(Session &session, const QString &table)
{
    return query(session, "count_"_L1 + table, "SELECT count(*) AS number FROM "_L1 + table)
        ->row(0)
        .number("number");
}

Rows query(Session &session, const QString &name, const QString &sql, const QVariantList &values)
{
    const QByteArray nameBytes = name.toUtf8();
    const QByteArray sqlBytes = sql.toUtf8();
    return session.exec({QLatin1StringView(nameBytes), QLatin1StringView(sqlBytes)}, values);
}

} // namespace Branchline::Internal
