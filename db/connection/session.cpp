// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/session.h"

#include "db/connection/statementlog.h"

#include <QCoreApplication>
#include <QSqlDriver>
#include <QSqlError>
#include <QSqlField>
#include <QSqlResult>

#include <libpq-fe.h>

#include <atomic>
#include <cstdio>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr size_t preparedLimit = 64;

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

/// libpq's text without the localised severity word and without the lines that may quote a row.
QString primaryMessage(const QString &text)
{
    QString line = text.section(u'\n', 0, 0).trimmed();
    if (const auto colon = line.indexOf(u":  "_s); colon > 0)
        line = line.mid(colon + 3);
    return line;
}

DbErrorKind kindOfOpenError(const QString &text)
{
    // A failed open carries no SQLSTATE; libpq's text is all there is.
    if (text.contains("password"_L1) || text.contains("authentication"_L1) || text.contains("pg_hba"_L1) ||
        text.contains("permission denied for database"_L1) ||
        text.contains("is not permitted to log in"_L1) ||
        (text.contains("role \""_L1) && text.contains("does not exist"_L1)))
        return DbErrorKind::Authentication;
    return DbErrorKind::Unreachable;
}

/// The pointer inside a handle() variant; its metatype is known to the driver plugin only.
template <typename Pointer>
Pointer pointerIn(const QVariant &handle, const char *typeName)
{
    if (!handle.isValid() || qstrcmp(handle.typeName(), typeName) != 0)
        return nullptr;
    return *static_cast<Pointer const *>(handle.constData());
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
    const auto start = std::chrono::steady_clock::now();
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
        const DbError error = openError();
        db = {};
        QSqlDatabase::removeDatabase(m_connection);
        throw DbException(error);
    }
    // Notices go to stderr otherwise, where nobody looks and names may stand.
    PQsetNoticeReceiver(
        handle(), [](void *, const PGresult *) {}, nullptr);
    echo(u"(connect)", start);
}

void Session::close()
{
    // The driver goes first: a query that outlives it does not try to DEALLOCATE on a connection that may be
    // dead.
    if (QSqlDatabase::contains(m_connection)) {
        QSqlDatabase::database(m_connection, false).close();
        QSqlDatabase::removeDatabase(m_connection);
    }
    m_prepared.clear();
}

bool Session::isUsable() const
{
    const int fd = socket();
    if (fd < 0 || PQstatus(handle()) != CONNECTION_OK)
        return false;
    // Nothing is under way, so anything but "would block" is the end of the connection or its announcement.
    char byte = 0;
    const ssize_t seen = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

Rows Session::exec(const Statement &statement, const QVariantList &values)
{
    const auto start = std::chrono::steady_clock::now();
    const StatementScope scope(m_progress, statement.name);
    QSqlQuery &query = prepared(statement);
    for (int i = 0; i < values.size(); ++i)
        query.bindValue(i, values.at(i));
    if (!query.exec()) {
        const DbError error = errorOf(query, statement.name);
        // Dropping it sends DEALLOCATE, for which there must be a connection, and no failed transaction;
        // close() drops what is left.
        if (error.kind != DbErrorKind::ConnectionLost && PQtransactionStatus(handle()) != PQTRANS_INERROR)
            m_prepared.pop_front();
        record(statement.name, start, error.kind);
        echo(QString(statement.name) + " (failed): "_L1 + QString(statement.sql), start);
        throw DbException(error);
    }

    QSqlRecord columns;
    std::vector<QVariant> cells;
    // record() would ask pg_class once per table; the names are in the result.
    const auto *result = pointerIn<PGresult *>(query.result()->handle(), "pg_result*");
    const int width = result ? PQnfields(result) : 0;
    for (int i = 0; i < width; ++i)
        columns.append(QSqlField(QString::fromUtf8(PQfname(result, i))));
    if (query.size() > 0)
        cells.reserve(static_cast<size_t>(query.size()) * static_cast<size_t>(width));
    while (query.next()) {
        for (int i = 0; i < width; ++i)
            cells.push_back(query.isNull(i) ? QVariant() : query.value(i));
    }
    query.finish();
    record(statement.name, start);
    echo(QString(statement.name) + ": "_L1 + QString(statement.sql), start);
    return std::make_shared<const RowSet>(std::move(columns), std::move(cells));
}

void Session::execText(const QString &name, const QString &sql)
{
    const auto start = std::chrono::steady_clock::now();
    const StatementScope scope(m_progress, QStringView(name));
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle(), sql.toUtf8().constData()),
                                                               PQclear);
    echo(name, start);
    const ExecStatusType status = PQresultStatus(result.get());
    const QByteArray recorded = name.toLatin1();
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return record(QLatin1StringView(recorded), start);
    DbError error;
    fillFrom(error, result.get());
    error.database = m_settings.database;
    error.statement = name;
    nameReadOnlyServer(error);
    if (error.message.isEmpty())
        error.message = tr("The connection to %1 was lost.").arg(m_settings.database);
    record(QLatin1StringView(recorded), start, error.kind);
    throw DbException(error);
}

pg_conn *Session::handle() const
{
    const QSqlDatabase db = QSqlDatabase::database(m_connection, false);
    return db.isValid() && db.isOpen() ? pointerIn<PGconn *>(db.driver()->handle(), "pg_conn*") : nullptr;
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

QSqlQuery &Session::prepared(const Statement &statement)
{
    const auto known = std::find_if(m_prepared.begin(), m_prepared.end(), [&](const Prepared &p) {
        return QLatin1StringView(p.name) == statement.name;
    });
    if (known != m_prepared.end()) {
        m_prepared.splice(m_prepared.begin(), m_prepared, known);
        return *m_prepared.front().query;
    }

    auto query = std::make_unique<QSqlQuery>(QSqlDatabase::database(m_connection, false));
    if (!query->prepare(QString(statement.sql)))
        throw DbException(errorOf(*query, statement.name));
    m_prepared.push_front({{statement.name.data(), statement.name.size()}, std::move(query)});
    if (m_prepared.size() > preparedLimit)
        m_prepared.pop_back();
    return *m_prepared.front().query;
}

DbError Session::errorOf(const QSqlQuery &query, QLatin1StringView statement) const
{
    DbError error{.database = m_settings.database, .statement = QString(statement)};
    const auto *result = pointerIn<PGresult *>(query.result()->handle(), "pg_result*");
    const QString state = query.lastError().nativeErrorCode();
    if (result && PQresultStatus(result) == PGRES_FATAL_ERROR) {
        fillFrom(error, result);
    } else {
        error.sqlState = state;
        error.kind = DbError::kindOfSqlState(state);
        error.message = primaryMessage(query.lastError().databaseText());
    }
    if (error.kind == DbErrorKind::ConnectionLost)
        error.message = tr("The connection to %1 was lost.").arg(m_settings.database);
    else if (error.kind == DbErrorKind::Timeout)
        error.message = tr("%1 did not answer in time.").arg(m_settings.database);
    else if (error.sqlState.startsWith("22"_L1)) // PostgreSQL quotes the value here
        error.message = tr("A value has a form that %1 does not accept.").arg(m_settings.database);
    nameReadOnlyServer(error);
    return error;
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

DbError Session::openError() const
{
    const QString text = QSqlDatabase::database(m_connection, false).lastError().text();
    DbError error{.kind = kindOfOpenError(text), .database = m_settings.database};
    const QString where = m_settings.url.display();
    if (text.contains("permission denied for database"_L1)) {
        error.message = tr("The login may not use %1 (%2).").arg(m_settings.database, where);
        error.hint = tr("Ask an administrator to make it a member of branchline_staff on that server.");
    } else if (error.kind == DbErrorKind::Authentication) {
        error.message = tr("The server of %1 refused the sign-in (%2).").arg(m_settings.database, where);
        error.hint = tr("Check the user name and the password, and that the server's pg_hba.conf lets this "
                        "person and computer in.");
    } else if (text.contains("too many clients"_L1) || text.contains("too many connections"_L1) ||
               text.contains("remaining connection slots"_L1)) {
        error.sqlState = u"53300"_s;
        error.message = tr("The server of %1 has no connection left for this program (%2).")
                            .arg(m_settings.database, where);
        error.hint =
            tr("Close programs that nobody uses, or ask an administrator to raise max_connections or "
               "the limit of the login.");
    } else if (text.contains("database \""_L1) && text.contains("does not exist"_L1)) {
        error.message = tr("The server of %1 has no such database (%2).").arg(m_settings.database, where);
        error.hint = tr("Check the name, or create the databases with “branchlinectl init”.");
    } else {
        error.message = tr("%1 cannot be reached (%2).").arg(m_settings.database, where);
        error.hint = tr("Check that the server runs and that host, port and database name are right.");
    }
    return error;
}

void Session::record(QLatin1StringView statement, std::chrono::steady_clock::time_point since,
                     std::optional<DbErrorKind> failure) const
{
    if (!m_settings.statementLog)
        return;
    const auto taken =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - since);
    m_settings.statementLog->record({m_settings.database, m_operation, statement, taken, failure});
}

void Session::echo(QStringView what, std::chrono::steady_clock::time_point since) const
{
    if (!m_settings.echo)
        return;
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - since;
    const QString line = u"[%1] %2 ms %3\n"_s.arg(m_settings.database, QString::number(taken.count(), 'f', 2),
                                                  what.toString().simplified());
    std::fputs(line.toUtf8().constData(), stderr);
}

Transaction::Transaction(Session &session)
    : m_session(session)
{
    m_session.execText(u"BEGIN"_s, u"BEGIN"_s);
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
