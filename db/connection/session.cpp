// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/session.h"

#include "db/connection/openerror.h"
#include "db/connection/statementlog.h"

#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlDriver>
#include <QSqlError>

#include <libpq-fe.h>

#include <atomic>
#include <cstdio>
#include <utility>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement begin{"BEGIN"_L1, "BEGIN"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Session", text);
}

/// Server settings are start-up options: they cost no round trip and hold from the first statement on.
/// What the address and PGOPTIONS ask for comes last and so wins.
QString startupOptions(const SessionSettings &settings)
{
    QString options = u"-c timezone=UTC -c datestyle=ISO -c default_transaction_isolation=read\\ committed "
                      "-c statement_timeout=%1 -c lock_timeout=%2 "
                      "-c idle_in_transaction_session_timeout=10000"_s.arg(settings.statementTimeout.count())
                          .arg(settings.lockTimeout.count());
    for (const QString &more :
         {settings.url.value(u"options"_s), qEnvironmentVariable("PGOPTIONS").replace(u';', u' ')}) {
        if (!more.isEmpty())
            options += u' ' + more;
    }
    return options;
}

ConnectionUrl completed(const SessionSettings &settings)
{
    ConnectionUrl url = settings.url.forWriting()
                            .with(u"options"_s, startupOptions(settings))
                            .with(u"application_name"_s, settings.application)
                            .with(u"client_encoding"_s, u"UTF8"_s);
    // A dead network is noticed by the kernel; a frozen server only by the watchdog.
    // Each host may take that long to connect to, and the least that libpq waits is 2 s.
    const QString connectTimeout = url.hasSeveralHosts() ? u"2"_s : u"3"_s;
    const std::pair<QString, QString> defaults[] = {{u"connect_timeout"_s, connectTimeout},
                                                    {u"keepalives_idle"_s, u"10"_s},
                                                    {u"keepalives_interval"_s, u"3"_s},
                                                    {u"keepalives_count"_s, u"3"_s},
                                                    {u"tcp_user_timeout"_s, u"8000"_s}};
    for (const auto &[keyword, value] : defaults) {
        if (url.value(keyword).isEmpty())
            url = url.with(keyword, value);
    }
    return url;
}

QString field(const PGresult *result, int code)
{
    return QString::fromUtf8(PQresultErrorField(result, code));
}

/// The pointer inside a handle() variant; its metatype is known to the driver plugin only.
PGconn *connectionIn(const QVariant &handle)
{
    if (!handle.isValid() || qstrcmp(handle.typeName(), "pg_conn*") != 0)
        return nullptr;
    return *static_cast<PGconn *const *>(handle.constData());
}

bool isAnswer(const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

Rows rowsOf(const PGresult *result, const QSqlRecord &columns)
{
    const int height = PQntuples(result);
    const int width = PQnfields(result);
    std::vector<QVariant> cells;
    cells.reserve(static_cast<size_t>(height) * static_cast<size_t>(width));
    for (int row = 0; row < height; ++row) {
        for (int i = 0; i < width; ++i) {
            if (PQgetisnull(result, row, i))
                cells.emplace_back();
            else
                cells.push_back(decodeValue(PQftype(result, i),
                                            {PQgetvalue(result, row, i), PQgetlength(result, row, i)}));
        }
    }
    return std::make_shared<const RowSet>(columns, std::move(cells));
}

void fillFrom(DbError &error, const PGresult *result)
{
    error.sqlState = field(result, PG_DIAG_SQLSTATE);
    error.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    error.hint = field(result, PG_DIAG_MESSAGE_HINT);
    error.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    error.kind = DbError::kindOfSqlState(error.sqlState);
}

QString connectionName()
{
    static std::atomic<quint64> counter{0};
    return u"branchline-%1"_s.arg(++counter);
}

} // namespace

Session::Session(SessionSettings settings)
    : m_settings(std::move(settings))
    , m_connection(connectionName())
{}

Session::~Session()
{
    close();
}

void Session::open()
{
    close();
    const auto start = Clock::now();
    const ConnectionUrl url = completed(m_settings);
    QSqlDatabase db = QSqlDatabase::addDatabase(u"QPSQL"_s, m_connection);
    if (!db.isValid()) {
        throw DbException({.kind = DbErrorKind::Configuration,
                           .message = tr("Qt's PostgreSQL driver is not installed."),
                           .hint = tr("Install the package libqt6sql6-psql."),
                           .database = m_settings.database});
    }
    // The driver quotes these three itself; in its options a ';' would become a blank.
    db.setDatabaseName(url.database());
    db.setUserName(url.user());
    db.setPassword(url.value(u"password"_s));
    db.setConnectOptions(url.with(u"dbname"_s, {}).with(u"user"_s, {}).with(u"password"_s, {}).toConnInfo());
    if (!db.open()) {
        const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
        const DbError error = openError(m_settings.database, url, db.lastError().text(), taken);
        db = {};
        QSqlDatabase::removeDatabase(m_connection);
        throw DbException(error);
    }
    m_handle = connectionIn(db.driver()->handle());
    PQsetNoticeReceiver(m_handle, &Session::noticed, this);
    if (m_settings.patience.limit > std::chrono::milliseconds(0))
        m_guard = std::make_unique<SessionGuard>(m_handle, m_settings.database, m_settings.patience);
    echo("(connect)"_L1, {}, start, false);
}

/// Notices would go to stderr otherwise, where nobody looks and names may stand. One of them matters: a
/// commit that stopped waiting for its synchronous standby is answered as done. The server names the function
/// that gave up the wait, in whatever language it speaks.
void Session::noticed(void *session, const pg_result *notice)
{
    const char *function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (function && qstrcmp(function, "SyncRepWaitForLSN") == 0)
        static_cast<Session *>(session)->m_isUnconfirmed = true;
}

/// Such a commit stands on one server only: whether it stays is as unknown as after a lost connection.
void Session::requireConfirmation()
{
    if (!std::exchange(m_isUnconfirmed, false))
        return;
    throw DbException(
        {.kind = DbErrorKind::ConnectionLost,
         .message = tr("The standby server of %1 has not confirmed the change.").arg(m_settings.database)});
}

void Session::close()
{
    m_guard.reset();
    m_handle = nullptr;
    m_statements.clear();
    if (QSqlDatabase::contains(m_connection)) {
        QSqlDatabase::database(m_connection, false).close();
        QSqlDatabase::removeDatabase(m_connection);
    }
}

bool Session::isUsable() const
{
    const int fd = socket();
    if (fd < 0 || PQpipelineStatus(m_handle) != PQ_PIPELINE_OFF)
        return false;
    // Nothing is under way, so anything but "would block" is the end of the connection or its announcement.
    char byte = 0;
    const ssize_t seen = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Rows Session::exec(const Statement &statement, const QVariantList &values)
{
    const auto start = Clock::now();
    const StatementScope scope(m_progress, statement.name);
    const GuardedStatement guard(m_guard.get(), statement.name);
    try {
        const ParameterValues parameters(values);
        if (!handle())
            throw DbException(errorOf(nullptr));
        const PreparedStatements::Answer answer = m_statements.run(m_handle, statement, parameters);
        if (!isAnswer(answer.result.get()))
            throw DbException(errorOf(answer.result.get()));
        requireConfirmation();
        Rows rows = rowsOf(answer.result.get(), answer.columns);
        note(statement.name, statement.sql, start);
        noteSettled();
        return rows;
    } catch (const DbException &e) {
        DbError error = e.error();
        error.database = m_settings.database;
        error.statement = QString(statement.name);
        nameSilentServer(error);
        note(statement.name, statement.sql, start, error.kind);
        throw DbException(error);
    }
}

void Session::setOperation(QLatin1StringView operation)
{
    if (operation == m_operation)
        return;
    m_operation = operation;
    m_statements.setApplicationName(operation.isEmpty() ? m_settings.application
                                                        : m_settings.application + u' ' + operation);
}

void Session::execText(const QString &name, const QString &sql)
{
    const auto start = Clock::now();
    const QByteArray latin1 = name.toLatin1();
    const QLatin1StringView shortName(latin1);
    const StatementScope scope(m_progress, shortName);
    const GuardedStatement guard(m_guard.get(), name);
    m_statements.sendApplicationName(m_handle);
    const PgResult result(PQexec(m_handle, sql.toUtf8().constData()));
    if (isAnswer(result.get()) && !m_isUnconfirmed) {
        if (qstrcmp(PQcmdStatus(result.get()), "ROLLBACK") != 0)
            noteSettled();
        return note(shortName, {}, start);
    }
    DbError error = errorOf(isAnswer(result.get()) ? nullptr : result.get());
    m_isUnconfirmed = false;
    error.statement = name;
    nameSilentServer(error);
    note(shortName, {}, start, error.kind);
    throw DbException(error);
}

void Session::noteSettled()
{
    if (m_progress && !inTransaction())
        m_progress->settle();
}

pg_conn *Session::handle() const
{
    return PQstatus(m_handle) == CONNECTION_OK ? m_handle : nullptr;
}

int Session::socket() const
{
    PGconn *connection = handle();
    return connection ? PQsocket(connection) : -1;
}

bool Session::inTransaction() const
{
    PGconn *connection = handle();
    return connection && PQtransactionStatus(connection) != PQTRANS_IDLE;
}

DbError Session::errorOf(const pg_result *result) const
{
    DbError error{.kind = DbErrorKind::ConnectionLost, .database = m_settings.database};
    const bool isConnected = handle() != nullptr;
    if (result)
        fillFrom(error, result);
    if (!result || !isConnected)
        error.kind = DbErrorKind::ConnectionLost;
    else if (error.sqlState.isEmpty()) // libpq itself refused
        error.kind = DbErrorKind::Internal;

    if (error.kind == DbErrorKind::ConnectionLost)
        error.message = tr("The connection to %1 was lost.").arg(m_settings.database);
    else if (error.kind == DbErrorKind::Timeout)
        error.message = tr("%1 did not answer in time.").arg(m_settings.database);
    else if (error.sqlState.startsWith("22"_L1)) // PostgreSQL quotes the value here
        error.message = tr("A value has a form that %1 does not accept.").arg(m_settings.database);
    else if (error.message.isEmpty())
        error.message = tr("%1 did not understand the program.").arg(m_settings.database);
    nameReadOnlyServer(error);
    if (error.kind == DbErrorKind::Unreachable && error.sqlState != "25006"_L1)
        nameFullServer(error);
    return error;
}

/// What the server said itself goes into the detail: it may name files.
void Session::nameFullServer(DbError &error) const
{
    error.detail = error.message;
    if (error.sqlState == "53100"_L1)
        error.message =
            tr("The disk of the server of %1 is full: it takes no changes.").arg(m_settings.database);
    else if (error.sqlState == "53200"_L1)
        error.message = tr("The server of %1 has run out of memory.").arg(m_settings.database);
    else if (error.sqlState == "58030"_L1)
        error.message = tr("The disk of the server of %1 reports errors.").arg(m_settings.database);
    error.hint = tr("Nothing was saved. Tell an administrator, and try again when that is mended.");
}

/// A standby, or a server that was closed to changes before another took over. Both settings are told by the
/// server unasked, so this holds for the moment of the error; a transaction that is read-only by its own wish
/// is another matter.
void Session::nameReadOnlyServer(DbError &error) const
{
    const auto isOn = [this](const char *name) {
        const char *value = handle() ? PQparameterStatus(handle(), name) : nullptr;
        return value && qstrcmp(value, "on") == 0;
    };
    if (error.sqlState != "25006"_L1 || (!isOn("in_hot_standby") && !isOn("default_transaction_read_only")))
        return;
    error.kind = DbErrorKind::Unreachable;
    error.message = tr("The server of %1 takes no changes: it is a standby, or was made read-only (%2).")
                        .arg(m_settings.database, m_settings.url.display());
    error.hint =
        tr("Name the primary, or all servers separated by commas, in the address; see that one of them "
           "has been promoted.");
}

/// What the guard has cut looks like a connection that broke.
void Session::nameSilentServer(DbError &error) const
{
    if (error.kind != DbErrorKind::ConnectionLost || !m_guard || !m_guard->hasCut())
        return;
    const auto limit = std::chrono::ceil<std::chrono::seconds>(m_settings.patience.limit).count();
    error.kind = DbErrorKind::Timeout;
    error.outcomeUnknown = true;
    error.message = tr("%1 has not answered for %2 s, and its server answers nobody else either (%3).")
                        .arg(m_settings.database)
                        .arg(limit)
                        .arg(m_settings.url.display());
    error.hint = tr("See why the server hangs. The step under way may be done or not: the same command, run "
                    "again, goes on from there.");
}

void Session::note(QLatin1StringView statement, QLatin1StringView sql, Clock::time_point since,
                   std::optional<DbErrorKind> failure)
{
    if (m_settings.statementLog) {
        const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - since);
        m_settings.statementLog->record({m_settings.database, m_operation, statement, taken, failure});
    }
    echo(statement, sql, since, failure.has_value());
}

void Session::echo(QLatin1StringView statement, QLatin1StringView sql, Clock::time_point since,
                   bool hasFailed) const
{
    if (!m_settings.echo)
        return;
    const std::chrono::duration<double, std::milli> taken = Clock::now() - since;
    QString what = statement;
    if (hasFailed)
        what += " (failed)"_L1;
    if (!sql.isEmpty())
        what += ": "_L1 + QString(sql).simplified();
    const QString line =
        u"[%1] %2 ms %3\n"_s.arg(m_settings.database, QString::number(taken.count(), 'f', 2), what);
    std::fputs(line.toUtf8().constData(), stderr);
}

Transaction::Transaction(Session &session)
    : m_session(session)
{
    m_session.exec(begin);
}

Transaction::~Transaction()
{
    if (!m_open)
        return;
    try {
        m_session.execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    } catch (const DbException &) {
        // The server rolls back what it cannot be told about; the owner of the session closes it, since the
        // socket's number may be known elsewhere.
    }
}

void Transaction::commit()
{
    // COMMIT of a failed transaction answers ROLLBACK without an error.
    if (m_session.handle() && PQtransactionStatus(m_session.handle()) == PQTRANS_INERROR)
        throw DbException({.kind = DbErrorKind::Internal,
                           .message = tr("A failed transaction was to be committed."),
                           .database = m_session.database()});
    m_open = false;
    m_session.execText(u"COMMIT"_s, u"COMMIT"_s);
}

} // namespace Branchline
