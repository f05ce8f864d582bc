// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localdatabases.h"

#include "db/config/connectionurl.h"
#include "db/local/localsupport.h"
#include "db/local/serverconfig.h"

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr qint64 creationLock = 0x6c6f63616c; // any number; held in the database "postgres" only

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

[[noreturn]] void failConnection(PGconn *connection)
{
    failLocal(
        DbErrorKind::Unreachable,
        Local::tr("The server of the local library refuses its superuser: %1")
            .arg(QString::fromUtf8(PQerrorMessage(connection)).trimmed()),
        Local::tr("Try again; if it stays, look into the server's log with: branchlinectl local status"));
}

Answer execute(const Connection &connection, const QString &sql)
{
    Answer answer(PQexec(connection.get(), sql.toUtf8().constData()), PQclear);
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        failConnection(connection.get());
    return answer;
}

QStringList existingDatabases(const Connection &connection)
{
    const Answer answer = execute(connection, u"SELECT datname FROM pg_catalog.pg_database"_s);
    QStringList names;
    for (int row = 0; row < PQntuples(answer.get()); ++row)
        names << QString::fromUtf8(PQgetvalue(answer.get(), row, 0));
    return names;
}

} // namespace

void ensureDatabases(const QString &socketDirectory, int port, const QStringList &databases,
                     const std::function<void(const QString &)> &progress)
{
    const QString address = ConnectionUrl()
                                .with(u"host"_s, socketDirectory)
                                .with(u"port"_s, QString::number(port))
                                .with(u"dbname"_s, u"postgres"_s)
                                .with(u"user"_s, superuserName())
                                .with(u"connect_timeout"_s, u"10"_s)
                                .with(u"options"_s, u"-c statement_timeout=60s -c lock_timeout=30s"_s)
                                .with(u"application_name"_s, u"branchline local"_s)
                                .toConnInfo();
    const Connection connection(PQconnectdb(address.toUtf8().constData()), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        failConnection(connection.get());

    // The session of a start that was killed may still be at it: wait for its end.
    execute(connection, u"SELECT pg_catalog.pg_advisory_lock(%1)"_s.arg(creationLock));
    const QStringList existing = existingDatabases(connection);
    for (const QString &database : databases) {
        if (existing.contains(database))
            continue;
        progress(Local::tr("Making the database “%1”.").arg(database));
        // The superuser's errors (replication works under that name) may be logged, see serverconfig.cpp.
        execute(connection, "ALTER ROLE %1 SET log_min_messages = 'warning'"_L1.arg(superuserName()));
        // The names are of the form [a-z][a-z0-9_]* (LocalState) and need no quoting.
        execute(connection, "CREATE DATABASE %1 TEMPLATE template0 ENCODING 'UTF8'"_L1.arg(database));
    }
}

} // namespace Branchline::Internal
