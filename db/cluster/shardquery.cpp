// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/shardquery.h"

#include <QCoreApplication>

#include <libpq-fe.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr auto fetchSql = "FETCH %1 FROM branchline_query"_L1;
constexpr Statement setTimeout{"query_timeout"_L1,
                               "SELECT set_config('statement_timeout', ?::text, true)"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("ShardQuery", text);
}

QString field(const PGresult *result, int code)
{
    return QString::fromUtf8(PQresultErrorField(result, code));
}

/// What is wrong with the text of a query is for the person who typed it, with the server's own words.
DbError errorOf(const Session &session, const PGresult *result)
{
    DbError error{
        .database = session.database(), .statement = u"query"_s, .sqlState = field(result, PG_DIAG_SQLSTATE)};
    error.kind = DbError::kindOfSqlState(error.sqlState);
    error.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    error.hint = field(result, PG_DIAG_MESSAGE_HINT);
    if (error.sqlState == "08P01"_L1) { // a parameter without a value counts as a breach of the protocol
        error.kind = DbErrorKind::InvalidValue;
        error.message = tr("The query has a parameter, but nothing gives it a value.");
        error.hint = tr("Write the value where the parameter stands.");
    } else if (error.kind == DbErrorKind::ConnectionLost) {
        error.message = tr("The connection to %1 was lost.").arg(session.database());
    } else if (error.sqlState == "57014"_L1) {
        error.kind = DbErrorKind::Timeout;
        error.message = tr("%1 did not finish the query in time.").arg(session.database());
        error.hint = tr("Give it more seconds with --timeout, or ask for less.");
    } else if (error.sqlState.startsWith("25"_L1)) { // no way out of the read-only transaction
        error.kind = DbErrorKind::NotAllowed;
        error.message = tr("The query would change data; shard query only reads.");
        error.hint = tr("Changes are made by the commands for books, patrons, copies and loans.");
    } else if (error.sqlState == "42501"_L1) {
        error.kind = DbErrorKind::NotAllowed;
        error.message = tr("Your login may not read that: %1.").arg(error.message);
        error.hint =
            tr("The views copy_list and placement_here are for every staff member; loans are read by "
               "the function newest_loans.");
    } else if (error.kind == DbErrorKind::Internal || error.kind == DbErrorKind::InvalidValue) {
        error.kind = DbErrorKind::InvalidValue;
        error.message = error.message.contains("multiple commands"_L1)
                            ? tr("Only one statement can be asked at a time.")
                            : tr("The query cannot be run: %1.").arg(error.message);
        if (error.hint.isEmpty())
            error.hint =
                tr("Give one SELECT without parameters, such as 'SELECT status, count(*) FROM copy_list "
                   "GROUP BY 1'.");
    }
    return error;
}

/// Runs one statement. The extended protocol takes no second one behind a semicolon.
PgResult run(Session &session, const QString &sql)
{
    PgResult result(
        PQexecParams(session.handle(), sql.toUtf8().constData(), 0, nullptr, nullptr, nullptr, nullptr, 0));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw DbException(errorOf(session, result.get()));
    return result;
}

QVariant valueOf(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return {};
    const QByteArray text(PQgetvalue(result, row, column), PQgetlength(result, row, column));
    switch (PQftype(result, column)) { // the types that JSON knows; their numbers never change
    case 16:
        return text == "t"; // boolean
    case 20:                // bigint
    case 21:                // smallint
    case 23:
        return text.toLongLong(); // integer
    case 700:                     // real
    case 701:                     // double precision
    case 1700: {                  // numeric
        bool isNumber = false;
        const double number = text.toDouble(&isNumber);
        return isNumber && qIsFinite(number) ? QVariant(number) : QVariant(QString::fromUtf8(text));
    }
    default:
        return QString::fromUtf8(text);
    }
}

QueryRows rowsOf(const PGresult *result, int most)
{
    QueryRows answer;
    const int columns = PQnfields(result);
    for (int column = 0; column < columns; ++column) {
        const QString name = QString::fromUtf8(PQfname(result, column));
        QString unique = name;
        // "shard" is the column that says where a row comes from.
        for (int number = 2; unique == "shard"_L1 || answer.columns.contains(unique); ++number)
            unique = name + u'_' + QString::number(number);
        answer.columns << unique;
    }
    const int rows = PQntuples(result);
    answer.isCut = rows > most;
    for (int row = 0; row < std::min(rows, most); ++row) {
        std::vector<QVariant> cells;
        for (int column = 0; column < columns; ++column)
            cells.push_back(valueOf(result, row, column));
        answer.rows.push_back(std::move(cells));
    }
    return answer;
}

} // namespace

QFuture<Combined<QueryRows>> queryShards(Cluster &cluster, const QString &sql, const QueryLimits &limits)
{
    // A little longer than the server's own limit, so that its answer is waited for.
    const Call call{"shard query"_L1, limits.time + std::chrono::milliseconds(1000)};
    return fanOut(cluster, call, [sql, limits](Session &session) {
        session.execText(u"begin"_s, u"BEGIN TRANSACTION READ ONLY"_s);
        try {
            session.exec(setTimeout, {QString::number(limits.time.count())});
            // A cursor takes queries only, and no more rows come than are asked for.
            run(session, "DECLARE branchline_query NO SCROLL CURSOR FOR "_L1 + sql);
            const PgResult rows = run(session, QString(fetchSql).arg(limits.rows + 1));
            QueryRows answer = rowsOf(rows.get(), limits.rows);
            session.execText(u"rollback"_s, u"ROLLBACK"_s);
            return answer;
        } catch (const DbException &) {
            if (session.isUsable() && session.inTransaction())
                session.execText(u"rollback"_s, u"ROLLBACK"_s);
            throw;
        }
    });
}

} // namespace Branchline
