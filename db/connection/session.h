// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"
#include "db/connection/preparedstatements.h"
#include "db/connection/progress.h"
#include "db/connection/rowset.h"
#include "db/connection/sessionguard.h"

#include <chrono>
#include <memory>
#include <optional>

namespace Branchline {

class StatementLog;

/// How a connection is made and what is written down about it.
struct SessionSettings
{
    QString database;    ///< "main" or "<name>_shard": how errors, logs and lights call it
    ConnectionUrl url;   ///< where it is
    QString application; ///< application_name, so that a server session can be tied to a desk
    std::chrono::milliseconds statementTimeout{5000};
    std::chrono::milliseconds lockTimeout{2000};
    bool echo =
        false; ///< list every statement with its database and milliseconds on stderr, never its values
    /// Takes down how long each statement took; null: nobody does. Shared, since a worker that hangs in
    /// connecting may outlive the cluster.
    std::shared_ptr<StatementLog> statementLog = {};
    /// For a session that no pool watches; see SessionGuard.
    Patience patience = {};
};

/// One PostgreSQL connection with its prepared statements. QPSQL opens and owns it; statements go through
/// libpq on the driver's handle. It lives and dies in one thread, the one that called open(); every function
/// blocks on the socket and throws DbException.
class Session final
{
public:
    explicit Session(SessionSettings settings);
    ~Session();
    Q_DISABLE_COPY_MOVE(Session)

    /// Connects. Sessions run in UTC, READ COMMITTED, with the timeouts of the settings.
    void open();
    void close();
    /// Whether the connection can be used, as far as a look at the socket tells (no round trip).
    [[nodiscard]] bool isUsable() const;

    /// Names what the next statements are for, such as "checkout"; a literal, since it must outlive the
    /// session. The server lists the session as "<application> <operation>", cut to 63 characters, from the
    /// next statement outside a transaction on. Costs no round trip.
    void setOperation(QLatin1StringView operation);
    [[nodiscard]] QLatin1StringView operation() const { return m_operation; }

    /// Where to note what runs, for other threads; it must outlive the session. None by default.
    void setProgress(Progress *progress) { m_progress = progress; }

    /// Runs a statement in one round trip, prepared once per connection, and copies its rows. Which values
    /// can be given, and what they come back as: db/connection/valuecodec.h.
    Rows exec(const Statement &statement, const QVariantList &values = {});
    /// Runs SQL text as it is: several statements, DDL. `name` stands for it in errors and in the echo, so
    /// that text with secrets in it is never written down.
    void execText(const QString &name, const QString &sql);

    /// For calls of libpq on handle(): what runs as long as the result lives, so that the guard sees it.
    [[nodiscard]] GuardedStatement guarded(const QString &statement)
    {
        return GuardedStatement(m_guard.get(), statement);
    }

    [[nodiscard]] const QString &database() const { return m_settings.database; }
    [[nodiscard]] const SessionSettings &settings() const { return m_settings; }
    /// libpq's handle, for what QPSQL lacks; null while closed.
    [[nodiscard]] pg_conn *handle() const;
    /// The socket, or -1.
    [[nodiscard]] int socket() const;
    /// Whether a transaction is open, failed ones included.
    [[nodiscard]] bool inTransaction() const;

private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] DbError errorOf(const pg_result *result) const;
    void nameReadOnlyServer(DbError &error) const;
    void nameSilentServer(DbError &error) const;
    void nameFullServer(DbError &error) const;
    void noteSettled();
    static void noticed(void *session, const pg_result *notice);
    void requireConfirmation();
    /// Takes down in the statement log what has ended, and echoes it.
    void note(QLatin1StringView statement, QLatin1StringView sql, Clock::time_point since,
              std::optional<DbErrorKind> failure = {});
    void echo(QLatin1StringView statement, QLatin1StringView sql, Clock::time_point since,
              bool hasFailed) const;

    SessionSettings m_settings;
    QLatin1StringView m_operation;
    Progress *m_progress = nullptr;
    QString m_connection;         ///< QSqlDatabase name, unique in the process
    pg_conn *m_handle = nullptr;  ///< the driver's; null while closed
    bool m_isUnconfirmed = false; ///< a commit gave up waiting for its standby
    PreparedStatements m_statements;
    std::unique_ptr<SessionGuard> m_guard; ///< null unless settings and connection ask for one
};

/// A transaction that rolls back unless commit() succeeded.
class Transaction final
{
public:
    explicit Transaction(Session &session);
    ~Transaction();
    Q_DISABLE_COPY_MOVE(Transaction)

    /// Throws when the server did not commit.
    void commit();

private:
    Session &m_session;
    bool m_open = true;
};

} // namespace Branchline
