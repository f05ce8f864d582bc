// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/plainsql.h"

#include <libpq-fe.h>

namespace Branchline::Drill {

PlainSql::PlainSql(QString address)
    : m_address(std::move(address))
{}

PlainSql::~PlainSql()
{
    close();
}

void PlainSql::close()
{
    PQfinish(m_connection);
    m_connection = nullptr;
}

bool PlainSql::connect()
{
    if (m_connection)
        return true;
    m_connection = PQconnectdb(m_address.toUtf8().constData());
    if (PQstatus(m_connection) == CONNECTION_OK) {
        PQsetNoticeReceiver(
            m_connection, [](void *, const PGresult *) {}, nullptr);
        return true;
    }
    m_sqlState.clear();
    m_errorText = QString::fromUtf8(PQerrorMessage(m_connection));
    close();
    return false;
}

std::optional<PlainSql::Rows> PlainSql::tryRun(const QString &sql)
{
    if (!connect())
        return std::nullopt;
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(m_connection, sql.toUtf8().constData()),
                                                               &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        m_sqlState = QString::fromUtf8(PQresultErrorField(result.get(), PG_DIAG_SQLSTATE));
        m_errorText = QString::fromUtf8(PQerrorMessage(m_connection));
        if (PQstatus(m_connection) != CONNECTION_OK)
            close();
        return std::nullopt;
    }
    Rows rows;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        QStringList &cells = rows.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column)
            cells << QString::fromUtf8(PQgetvalue(result.get(), row, column));
    }
    return rows;
}

PlainSql::Rows PlainSql::run(const QString &sql)
{
    auto rows = tryRun(sql);
    if (!rows)
        qFatal("%s\n%s", qPrintable(sql), qPrintable(m_errorText));
    return std::move(*rows);
}

} // namespace Branchline::Drill
