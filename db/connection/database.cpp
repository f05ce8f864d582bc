// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/database.h"

#include <QCoreApplication>

#include <sys/socket.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// After a failed connect, calls fail at once for so long: a dead database costs one probe, not one per
/// click.
constexpr auto connectPause = 300ms;
/// A whole transaction is repeated so often after a deadlock or serialisation failure.
constexpr int mostAttempts = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("Database", text);
}

DbError lateError(const QString &database, QLatin1StringView operation)
{
    return {.kind = DbErrorKind::Timeout,
            .message = tr("%1 did not answer in time.").arg(database),
            .hint = tr("Try again; if it lasts, check the server and the network."),
            .database = database,
            .statement = QString(operation)};
}

} // namespace

Database::Database(SessionSettings settings, Watchdog &watchdog, Check check)
    : m_settings(std::move(settings))
    , m_watchdog(watchdog)
    , m_check(std::move(check))
    , m_thread([this] { runWorker(); })
{}

Database::~Database()
{
    stop();
}

void Database::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    {
        const std::lock_guard lock(m_socketMutex);
        if (m_socket >= 0 && m_isBusy)
            ::shutdown(m_socket, SHUT_RDWR);
    }
    if (m_thread.joinable())
        m_thread.join();
}

Reachability Database::reachability() const
{
    const std::lock_guard lock(m_mutex);
    return m_reachability;
}

void Database::enqueue(Task task)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_stopping) {
            m_queue.push_back(std::move(task));
            m_changed.notify_one();
            return;
        }
    }
    task.finish(lateError(name(), task.call.operation));
}

void Database::runWorker()
{
    for (;;) {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_stopping || !m_queue.empty(); });
        if (m_queue.empty())
            break;
        const Task task = std::move(m_queue.front());
        m_queue.pop_front();
        const bool stopping = m_stopping;
        lock.unlock();

        if (stopping || (task.isCanceled && task.isCanceled()))
            task.finish(lateError(name(), task.call.operation));
        else
            task.finish(perform(task));
    }
    m_session.reset();
}

std::optional<DbError> Database::perform(const Task &task)
{
    std::optional<DbError> error;
    for (int i = 0; i < mostAttempts; ++i) {
        if (Watchdog::Clock::now() >= task.expires)
            return lateError(name(), task.call.operation);
        const auto start = Watchdog::Clock::now();
        error = attempt(task);
        note(error, std::chrono::duration_cast<std::chrono::microseconds>(Watchdog::Clock::now() - start));
        if (!error)
            return error;
        const bool lost = error->kind == DbErrorKind::ConnectionLost;
        const bool mayRepeat = error->kind == DbErrorKind::Retryable || (lost && task.call.repeatable);
        if (!mayRepeat)
            return error;
    }
    return error;
}

std::optional<DbError> Database::attempt(const Task &task)
{
    const quint64 ticket = m_watchdog.arm(task.expires, [this] {
        const std::lock_guard lock(m_socketMutex);
        m_cutOff = true;
        if (m_socket >= 0)
            ::shutdown(m_socket, SHUT_RDWR);
    });
    std::optional<DbError> error;
    {
        const std::lock_guard lock(m_socketMutex);
        m_isBusy = true;
    }
    try {
        ensureOpen();
        task.work(*m_session);
    } catch (const DbException &e) {
        error = e.error();
    }
    m_watchdog.cancel(ticket);

    if (m_session && m_session->inTransaction()) {
        // A task that left a transaction open must not hand it to the next one.
        m_session.reset();
    }
    if (error && error->kind == DbErrorKind::ConnectionLost)
        m_session.reset();

    const std::lock_guard lock(m_socketMutex);
    m_isBusy = false;
    if (!m_session)
        m_socket = -1;
    if (error && m_cutOff)
        error = lateError(name(), task.call.operation);
    m_cutOff = false;
    return error;
}

void Database::ensureOpen()
{
    if (m_session && m_session->isUsable())
        return;
    if (m_session) {
        const std::lock_guard lock(m_socketMutex);
        m_socket = -1;
        m_session.reset();
    }
    if (m_connectError && Watchdog::Clock::now() < m_connectAgain)
        throw DbException(*m_connectError);

    try {
        auto session = std::make_unique<Session>(m_settings);
        session->open();
        {
            const std::lock_guard lock(m_socketMutex);
            m_socket = session->socket();
        }
        m_session = std::move(session);
        if (m_check)
            m_check(*m_session);
        m_connectError.reset();
    } catch (const DbException &e) {
        const std::lock_guard lock(m_socketMutex);
        m_socket = -1;
        m_session.reset();
        m_connectError = e.error();
        m_connectAgain = Watchdog::Clock::now() + connectPause;
        throw;
    }
}

void Database::note(const std::optional<DbError> &error, std::chrono::microseconds taken)
{
    const std::lock_guard lock(m_mutex);
    if (error && error->isUnavailable()) {
        m_reachability.state = Reachability::State::Unreachable;
        m_reachability.error = error;
    } else if (error && error->kind == DbErrorKind::SchemaMismatch) {
        m_reachability.state = Reachability::State::Unreachable;
        m_reachability.error = error;
    } else {
        m_reachability.state = Reachability::State::Reachable;
        m_reachability.latency = taken;
        m_reachability.error.reset();
    }
}

} // namespace Branchline
