// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/tablecopy.h"

#include <QCoreApplication>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

QString tr(const char *text)
{
    return QCoreApplication::translate("TableCopy", text);
}

/// The server's words for an error of COPY may quote a row; the primary message does not.
[[noreturn]] void fail(const Session &session, const PGresult *result)
{
    const QString state = QString::fromUtf8(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    const QString message = QString::fromUtf8(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    throw DbException(
        {.kind = DbError::kindOfSqlState(state),
         .message = message.isEmpty() || state.startsWith("22"_L1)
                        ? tr("Rows could not be copied from or to %1.").arg(session.database())
                        : tr("Rows could not be copied from or to %1: %2.").arg(session.database(), message),
         .database = session.database(),
         .statement = u"copy rows"_s,
         .sqlState = state});
}

void begin(Session &session, const QString &command, ExecStatusType expected)
{
    const PgResult result(PQexec(session.handle(), command.toUtf8().constData()), &PQclear);
    if (PQresultStatus(result.get()) != expected)
        fail(session, result.get());
}

void finish(Session &session)
{
    const PgResult result(PQgetResult(session.handle()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        fail(session, result.get());
    const PgResult end(PQgetResult(session.handle()), &PQclear);
}

} // namespace

qint64 copyRows(Session &source, const QString &from, Session &target, const QString &to)
{
    const auto watchedTarget = target.guarded(u"copy rows"_s);
    const auto watchedSource = source.guarded(u"copy rows"_s);
    begin(target, u"COPY %1 FROM STDIN"_s.arg(to), PGRES_COPY_IN);
    begin(source, u"COPY (%1) TO STDOUT"_s.arg(from), PGRES_COPY_OUT);
    qint64 rows = 0;
    for (;;) {
        char *row = nullptr;
        const int length = PQgetCopyData(source.handle(), &row, 0);
        if (length < 0)
            break;
        const std::unique_ptr<char, decltype(&PQfreemem)> owner(row, PQfreemem);
        if (PQputCopyData(target.handle(), row, length) != 1)
            fail(target, nullptr);
        ++rows;
    }
    finish(source);
    if (PQputCopyEnd(target.handle(), nullptr) != 1)
        fail(target, nullptr);
    finish(target);
    return rows;
}

} // namespace Branchline::Internal
