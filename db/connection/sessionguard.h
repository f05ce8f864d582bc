// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

struct pg_conn;

namespace Branchline {

/// How a session waits that no pool watches.
struct Patience
{
    /// After so long without an answer the server is looked at. 0: never.
    std::chrono::milliseconds limit{0};
    /// Told a sentence each time that the server turned out to be alive and so is waited for. Called in
    /// another thread, while the statement runs.
    std::function<void(const QString &)> tell = {};

    /// For work that takes its time: nobody waits at a desk for it.
    static constexpr std::chrono::milliseconds usualLimit{60000};
};

/// Ends the wait of one session for a server that was frozen, which neither PostgreSQL's timeouts nor the
/// kernel's do. A statement may take as long as it wants while its server takes connections; when that does
/// not answer either, the socket is shut, and the statement fails. It looks in a thread of its own, eight
/// times in `limit`. Thread-safe.
class SessionGuard final
{
public:
    /// For an open connection; it must be gone before that is closed. `database` stands in what is told.
    SessionGuard(pg_conn *connection, const QString &database, Patience patience);
    /// May wait for a look at the server that is under way, some seconds.
    ~SessionGuard();
    Q_DISABLE_COPY_MOVE(SessionGuard)

    /// What runs from now on, or goes on after an answer has come.
    void begin(const QString &statement);
    void end();
    /// Whether it shut the socket.
    [[nodiscard]] bool hasCut() const;

private:
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token &stop);
    void look(std::unique_lock<std::mutex> &lock);
    [[nodiscard]] bool serverAnswers() const;

    const QString m_database;
    const Patience m_patience;
    const int m_socket;
    const QByteArray m_host; ///< of the server that it is connected to
    const QByteArray m_port;
    const QByteArray m_dbname;

    mutable std::mutex m_mutex;
    std::condition_variable_any m_ended;
    QString m_statement; ///< empty between statements
    quint64 m_number = 0;
    Clock::time_point m_since;
    Clock::time_point m_lookAt;
    bool m_hasCut = false;
    std::jthread m_thread; ///< last: it ends before the rest goes
};

/// A statement under a guard, which may be null.
class GuardedStatement final
{
public:
    template <typename Name>
    GuardedStatement(SessionGuard *guard, Name statement)
        : m_guard(guard)
    {
        if (m_guard)
            m_guard->begin(QString(statement));
    }
    ~GuardedStatement()
    {
        if (m_guard)
            m_guard->end();
    }
    Q_DISABLE_COPY_MOVE(GuardedStatement)

private:
    SessionGuard *m_guard;
};

} // namespace Branchline
