// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/preparedstatements.h"

#include "db/connection/dberror.h"
#include "db/connection/parametertext.h"

#include <QCoreApplication>
#include <QSqlField>

#include <libpq-fe.h>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr size_t mostKept = 64;
constexpr qsizetype longestName = 63; // NAMEDATALEN - 1
constexpr auto namingName = "branchline_naming";
constexpr auto namingSql = "SELECT pg_catalog.set_config('application_name', $1, false)";

bool isOk(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

/// The answer to one command of a pipeline; what it ends with is read as well.
PgResult readAnswer(PGconn *connection)
{
    PgResult first(PQgetResult(connection));
    while (first && PQstatus(connection) == CONNECTION_OK) {
        if (!PgResult(PQgetResult(connection)))
            break;
    }
    return first;
}

/// The end of a pipeline's part. Not reached when the connection is gone.
bool readSync(PGconn *connection)
{
    return PQresultStatus(PgResult(PQgetResult(connection)).get()) == PGRES_PIPELINE_SYNC;
}

bool isState(const PGresult *result, QLatin1StringView state)
{
    return result && QLatin1StringView(PQresultErrorField(result, PG_DIAG_SQLSTATE)) == state;
}

QSqlRecord columnsOf(const PGresult *result)
{
    QSqlRecord columns;
    for (int i = 0; i < PQnfields(result); ++i)
        columns.append(QSqlField(QString::fromUtf8(PQfname(result, i))));
    return columns;
}

} // namespace

void ResultDeleter::operator()(pg_result *result) const
{
    PQclear(result);
}

void PreparedStatements::setApplicationName(const QString &name)
{
    // The server would put a question mark for every byte that is not ASCII, and what it says then would
    // never be what was asked for.
    m_applicationName.clear();
    for (const QChar c : name.left(longestName))
        m_applicationName += c >= u' ' && c <= u'~' ? c.toLatin1() : '?';
}

void PreparedStatements::clear()
{
    m_kept.clear();
    m_dropped.clear();
    m_isNamingPrepared = false;
}

PreparedStatements::Kept &PreparedStatements::kept(const Statement &statement)
{
    const auto known = std::find_if(m_kept.begin(), m_kept.end(), [&](const Kept &k) {
        return QLatin1StringView(k.name) == statement.name && QLatin1StringView(k.text) == statement.sql;
    });
    if (known != m_kept.end()) {
        m_kept.splice(m_kept.begin(), m_kept, known);
        return m_kept.front();
    }
    if (m_kept.size() >= mostKept)
        drop(m_kept.back());
    ParameterText text = withNumberedParameters(statement.sql);
    m_kept.push_front({.name = {statement.name.data(), statement.name.size()},
                       .text = {statement.sql.data(), statement.sql.size()},
                       .serverName = "branchline_" + QByteArray::number(++m_count),
                       .sql = std::move(text.sql),
                       .parameters = text.parameters});
    return m_kept.front();
}

void PreparedStatements::drop(const Kept &kept)
{
    if (kept.isPrepared)
        m_dropped.push_back(kept.serverName);
    m_kept.remove_if([&kept](const Kept &k) { return &k == &kept; });
}

/// Only outside a transaction, whose rollback would give the old name back.
bool PreparedStatements::needsName(pg_conn *connection) const
{
    if (m_applicationName.isEmpty() || PQtransactionStatus(connection) != PQTRANS_IDLE)
        return false;
    // The server reports each change, also one that it takes back.
    const char *present = PQparameterStatus(connection, "application_name");
    return m_applicationName != QByteArrayView(present ? present : "");
}

PreparedStatements::Answer PreparedStatements::run(pg_conn *connection, const Statement &statement,
                                                   const ParameterValues &values)
{
    for (bool isSecondTry = false;; isSecondTry = true) {
        Kept &one = kept(statement);
        if (one.parameters != values.count()) {
            throw DbException(
                {.kind = DbErrorKind::Internal,
                 .message = QCoreApplication::translate("Session", "A statement for %1 values was given %2.")
                                .arg(one.parameters)
                                .arg(values.count())});
        }
        PgResult result = send(connection, one, values);
        if (result && isOk(result.get())) {
            if (one.columns.isEmpty() && PQnfields(result.get()) > 0)
                one.columns = columnsOf(result.get());
            return {std::move(result), one.columns};
        }
        // A table or function has changed under the plan, or somebody has dropped it: nothing ran yet.
        const bool isOutdated =
            one.isPrepared && (isState(result.get(), "0A000"_L1) || isState(result.get(), "26000"_L1));
        if (isOutdated || !one.isPrepared)
            drop(one);
        if (!isOutdated || isSecondTry || PQtransactionStatus(connection) != PQTRANS_IDLE)
            return {std::move(result), {}};
    }
}

PgResult PreparedStatements::send(pg_conn *connection, Kept &kept, const ParameterValues &values)
{
    if (!kept.isPrepared || needsName(connection))
        return pipeline(connection, kept, values);
    return PgResult(PQexecPrepared(connection, kept.serverName.constData(), values.count(), values.data(),
                                   nullptr, nullptr, 0));
}

/// All messages at once, then all answers. Old statements are dropped in a transaction of their own, and so
/// is the name set before BEGIN and whatever else is no query: it would end with their transaction, or stand
/// in its way. A query that fails takes the name back, as the server reports, and the next statement sets it
/// again.
PgResult PreparedStatements::pipeline(pg_conn *connection, Kept &kept, const ParameterValues &values,
                                      bool mayShare)
{
    const Extras extras = takeExtras(connection, mayShare && kept.sql.startsWith("SELECT "));
    const bool prepares = !kept.isPrepared;
    bool isSent = PQenterPipelineMode(connection) && sendExtras(connection, extras);
    if (isSent && prepares) {
        isSent = PQsendPrepare(connection, kept.serverName.constData(), kept.sql.constData(), 0, nullptr);
    }
    isSent = isSent &&
             PQsendQueryPrepared(connection, kept.serverName.constData(), values.count(), values.data(),
                                 nullptr, nullptr, 0) &&
             PQpipelineSync(connection);
    if (!isSent || !readExtras(connection, extras))
        return {};

    PgResult failure;
    if (prepares) {
        PgResult prepared = readAnswer(connection);
        kept.isPrepared = isOk(prepared.get());
        if (!kept.isPrepared)
            failure = std::move(prepared);
    }
    PgResult result = readAnswer(connection); // "aborted" when it could not be prepared
    if (failure)
        result = std::move(failure);
    if (PQstatus(connection) != CONNECTION_OK)
        return result;
    if (!readSync(connection) || !PQexitPipelineMode(connection))
        return {};
    // Somebody has dropped the naming's statement, and the query was skipped for that.
    if (extras.sharesTransaction && !m_isNamingPrepared)
        return pipeline(connection, kept, values, false);
    return result;
}

PreparedStatements::Extras PreparedStatements::takeExtras(pg_conn *connection, bool mayShare)
{
    Extras extras;
    if (PQtransactionStatus(connection) != PQTRANS_IDLE)
        return extras;
    extras.names = needsName(connection);
    extras.preparesNaming = extras.names && !m_isNamingPrepared;
    extras.dropped = std::exchange(m_dropped, {});
    extras.sharesTransaction = mayShare && extras.names && extras.dropped.empty();
    return extras;
}

bool PreparedStatements::sendExtras(pg_conn *connection, const Extras &extras) const
{
    if (extras.isEmpty())
        return true;
    if (extras.preparesNaming && !PQsendPrepare(connection, namingName, namingSql, 0, nullptr))
        return false;
    const char *name = m_applicationName.constData();
    if (extras.names && !PQsendQueryPrepared(connection, namingName, 1, &name, nullptr, nullptr, 0))
        return false;
    for (const QByteArray &one : extras.dropped) {
        const QByteArray sql = "DEALLOCATE " + one;
        if (!PQsendQueryParams(connection, sql.constData(), 0, nullptr, nullptr, nullptr, nullptr, 0))
            return false;
    }
    return extras.sharesTransaction || PQpipelineSync(connection);
}

/// That they failed is nobody's concern but the next call's, which tries the naming again.
bool PreparedStatements::readExtras(pg_conn *connection, const Extras &extras)
{
    if (extras.isEmpty())
        return true;
    if (extras.preparesNaming)
        m_isNamingPrepared = isOk(readAnswer(connection).get());
    if (extras.names && !isOk(readAnswer(connection).get()))
        m_isNamingPrepared = false;
    for (size_t i = 0; i < extras.dropped.size(); ++i)
        readAnswer(connection);
    return extras.sharesTransaction || readSync(connection);
}

void PreparedStatements::sendApplicationName(pg_conn *connection)
{
    if (!needsName(connection))
        return;
    const char *name = m_applicationName.constData();
    const PgResult ignored(PQexecParams(connection, namingSql, 1, nullptr, &name, nullptr, nullptr, 0));
}

} // namespace Branchline
