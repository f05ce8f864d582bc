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

DbError defect(const QString &database, QLatin1StringView operation, const std::exception &exception)
{
    return {.kind = DbErrorKind::Internal,
            .message = tr("A call to %1 failed for a reason that the program does not know.").arg(database),
            .hint = tr("Try again; if it lasts, report it as a defect."),
            .database = database,
            .statement = QString(operation),
            .detail = QString::fromUtf8(exception.what())};
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
    cutOff();
    if (m_thread.joinable())
        m_thread.join();
}

void Database::cutOff()
{
    const std::lock_guard lock(m_socketMutex);
    if (!m_isBusy)
        return;
    m_cutOff = true;
    if (m_socket >= 0)
        ::shutdown(m_socket, SHUT_RDWR);
}

void Database::closeSession()
{
    const std::lock_guard lock(m_socketMutex);
    m_socket = -1;
    m_session.reset();
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
    std::optional<DbError> lost;
    for (int i = 0; i < mostAttempts; ++i) {
        if (Watchdog::Clock::now() >= task.expires)
            return lateError(name(), task.call.operation);
        const auto start = Watchdog::Clock::now();
        error = attempt(task);
        note(error, std::chrono::duration_cast<std::chrono::microseconds>(Watchdog::Clock::now() - start));
        if (!error)
            return error;
        const bool isLost = error->kind == DbErrorKind::ConnectionLost;
        if (isLost)
            lost = error;
        else if (lost && error->isUnavailable()) // sent once, then not to be reached: it may have been done
            return lost;
        const bool mayRepeat =
            error->kind == DbErrorKind::Retryable || (error->needsNewConnection() && task.call.repeatable);
        if (!mayRepeat)
            return error;
    }
    return error;
}

std::optional<DbError> Database::attempt(const Task &task)
{
    {
        const std::lock_guard lock(m_socketMutex);
        if (m_stopping) // from here on stop() sees that there is something to cut off
            return lateError(name(), task.call.operation);
        m_isBusy = true;
    }
    const quint64 ticket = m_watchdog.arm(task.expires, [this] { cutOff(); });
    std::optional<DbError> error;
    try {
        ensureOpen();
        m_session->setOperation(task.call.operation);
        task.work(*m_session);
    } catch (const DbException &e) {
        error = e.error();
    } catch (const std::exception &e) {
        error = defect(name(), task.call.operation, e);
    }
    m_watchdog.cancel(ticket);

    // A task that left a transaction open must not hand it to the next one.
    if (m_session && ((error && error->needsNewConnection()) || m_session->inTransaction()))
        closeSession();

    const std::lock_guard lock(m_socketMutex);
    m_isBusy = false;
    if (error && m_cutOff)
        error = lateError(name(), task.call.operation);
    m_cutOff = false;
    return error;
}

void Database::ensureOpen()
{
    if (m_session && m_session->isUsable())
        return;
    closeSession();
    if (m_connectError && Watchdog::Clock::now() < m_connectAgain)
        throw DbException(*m_connectError);

    try {
        auto session = std::make_unique<Session>(m_settings);
        session->open();
        {
            const std::lock_guard lock(m_socketMutex);
            m_socket = session->socket();
            if (m_cutOff) // while it connected there was no socket to shut
                ::shutdown(m_socket, SHUT_RDWR);
        }
        m_session = std::move(session);
        if (m_check)
            m_check(*m_session);
        m_connectError.reset();
    } catch (const DbException &e) {
        closeSession();
        m_connectError = e.error();
        if (m_connectError->kind == DbErrorKind::ConnectionLost) // but not under way: nothing was sent yet
            m_connectError->kind = DbErrorKind::Unreachable;
        m_connectAgain = Watchdog::Clock::now() + connectPause;
        throw DbException(*m_connectError);
    } catch (...) {
        closeSession(); // one that was not checked is not used
        throw;
    }
}

PoolGauges Database::gauges() const
{
    PoolGauges gauges;
    {
        const std::lock_guard lock(m_mutex);
        gauges = m_counts;
        gauges.waiting = static_cast<int>(m_queue.size());
    }
    gauges.database = name();
    gauges.size = 1;
    const std::lock_guard lock(m_socketMutex);
    gauges.open = m_socket >= 0 ? 1 : 0;
    gauges.busy = m_isBusy ? 1 : 0;
    return gauges;
}

void Database::note(const std::optional<DbError> &error, std::chrono::microseconds taken)
{
    const std::lock_guard lock(m_mutex);
    ++m_counts.calls;
    m_counts.failed += error ? 1 : 0;
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
