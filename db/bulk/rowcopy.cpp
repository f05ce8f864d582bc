// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/rowcopy.h"

#include <QCoreApplication>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr qsizetype copyStep = 1024 * 1024;

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// What the server said, or the connection when there was no answer; of a value that it does not take it says
/// the value itself, which is nobody's business.
[[noreturn]] void fail(const Session &session, const PGresult *result)
{
    const QString state = QString::fromUtf8(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    QString message = QString::fromUtf8(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (message.isEmpty())
        message = QString::fromUtf8(PQerrorMessage(session.handle())).simplified();
    if (state.startsWith("22"_L1))
        message = QCoreApplication::translate("BulkImport", "a value is not of its column's form");
    throw DbException(
        {.kind = DbError::kindOfSqlState(state),
         .message = QCoreApplication::translate("BulkImport", "Rows could not be sent to %1: %2.")
                        .arg(session.database(), message),
         .database = session.database(),
         .statement = u"import rows"_s,
         .sqlState = state});
}

void require(const Session &session, const PGresult *result, ExecStatusType expected)
{
    if (PQresultStatus(result) != expected)
        fail(session, result);
}

void send(Session &session, QByteArrayView bytes)
{
    for (qsizetype at = 0; at < bytes.size(); at += copyStep) {
        const auto length = static_cast<int>(std::min(copyStep, bytes.size() - at));
        if (PQputCopyData(session.handle(), bytes.data() + at, length) != 1)
            fail(session, nullptr);
    }
}

} // namespace

void makeStagingTable(Session &session, const BulkFile &file)
{
    session.execText(u"make staging table"_s,
                     u"DROP TABLE IF EXISTS pg_temp.import_rows; "
                     "CREATE TEMP TABLE import_rows (%1) ON COMMIT DELETE ROWS"_s.arg(stagingColumns(file)));
}

void copyIn(Session &session, QByteArrayView rows)
{
    const auto watched = session.guarded(u"import rows"_s);
    const PgResult begun(PQexec(session.handle(), "COPY pg_temp.import_rows FROM STDIN (FORMAT binary)"),
                         &PQclear);
    require(session, begun.get(), PGRES_COPY_IN);
    static constexpr char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; // signature, flags, extension
    send(session, QByteArrayView(header, 19));
    send(session, rows);
    send(session, QByteArrayView("\377\377", 2));
    if (PQputCopyEnd(session.handle(), nullptr) != 1)
        fail(session, nullptr);
    const PgResult done(PQgetResult(session.handle()), &PQclear);
    require(session, done.get(), PGRES_COMMAND_OK);
    const PgResult end(PQgetResult(session.handle()), &PQclear);
}

} // namespace Branchline::Internal
