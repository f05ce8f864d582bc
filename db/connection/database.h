// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/call.h"
#include "db/connection/poolgauges.h"
#include "db/connection/session.h"
#include "db/connection/watchdog.h"

#include <QFuture>
#include <QPromise>

#include <atomic>
#include <deque>
#include <functional>
#include <optional>

namespace Branchline {

/// What is known about the reachability of a database.
struct Reachability
{
    enum class State { Unknown, Reachable, Unreachable };
    State state = State::Unknown;
    std::chrono::microseconds latency{0}; ///< of the last call that was answered
    std::optional<DbError> error;         ///< of the last call that was not
};

/// One database: a worker thread that owns one connection and runs calls in the order of their arrival. The
/// connection opens at the first call, is looked at before every use and is repaired when it is gone.
/// All functions are thread-safe and none of them waits for the database.
class Database final
{
public:
    /// Runs after each connect, before any call; throws to refuse the database (wrong schema, wrong shard).
    using Check = std::function<void(Session &)>;

    Database(SessionSettings settings, Watchdog &watchdog, Check check = {});
    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// Ends the worker: the call under way is cut off, waiting and later ones fail at once. Waits for the
    /// thread.
    void stop();

    [[nodiscard]] const QString &name() const { return m_settings.database; }
    [[nodiscard]] const ConnectionUrl &url() const { return m_settings.url; }
    [[nodiscard]] Reachability reachability() const;
    [[nodiscard]] PoolGauges gauges() const;

    /// Runs `task(Session &)` in the worker and delivers its value, or the DbError that it threw. A
    /// connection lost under way is repaired and a repeatable task runs once more; otherwise its outcome is
    /// unknown.
    template <typename Task>
    auto run(const Call &call, Task task) -> QFuture<Result<std::invoke_result_t<Task, Session &>>>
    {
        using Value = std::invoke_result_t<Task, Session &>;
        auto promise = std::make_shared<QPromise<Result<Value>>>();
        promise->start();
        auto future = promise->future();
        submit<Value>(
            call, std::move(task),
            [promise](Result<Value> result) {
                promise->addResult(std::move(result));
                promise->finish();
            },
            [promise] { return promise->isCanceled(); });
        return future;
    }

    /// The same with a callback, which runs in the worker's thread and must not block.
    template <typename Value>
    void submit(const Call &call, std::function<Value(Session &)> task,
                std::function<void(Result<Value>)> done, std::function<bool()> isCanceled = {})
    {
        auto value = std::make_shared<std::optional<Value>>();
        enqueue({.call = call,
                 .work = [value, task = std::move(task)](Session &s) { value->emplace(task(s)); },
                 .finish =
                     [value, done = std::move(done)](const std::optional<DbError> &error) {
                         done(error ? Result<Value>(*error) : Result<Value>(std::move(**value)));
                     },
                 .isCanceled = std::move(isCanceled),
                 .expires = Watchdog::Clock::now() + call.deadline});
    }

private:
    struct Task
    {
        Call call;
        std::function<void(Session &)> work;
        std::function<void(const std::optional<DbError> &)> finish;
        std::function<bool()> isCanceled = {};
        Watchdog::Clock::time_point expires = {};
    };

    void enqueue(Task task);
    void runWorker();
    [[nodiscard]] std::optional<DbError> perform(const Task &task);
    [[nodiscard]] std::optional<DbError> attempt(const Task &task);
    void ensureOpen();
    void cutOff();
    void closeSession();
    void note(const std::optional<DbError> &error, std::chrono::microseconds taken);

    const SessionSettings m_settings;
    Watchdog &m_watchdog;
    const Check m_check;

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Task> m_queue;
    std::atomic<bool> m_stopping = false; ///< changed under m_mutex, read under either mutex
    Reachability m_reachability;
    PoolGauges m_counts; ///< the counters only

    mutable std::mutex
        m_socketMutex; ///< held to shut and to close: a closed descriptor's number is used again at once
    int m_socket = -1;
    bool m_isBusy = false; ///< a task runs; an idle connection is closed politely
    bool m_cutOff = false; ///< the watchdog or stop() ended the wait

    // Used by the worker thread only.
    std::unique_ptr<Session> m_session;
    std::optional<DbError> m_connectError;
    Watchdog::Clock::time_point m_connectAgain;

    std::thread m_thread;
};

/// Waits for a call from a command line or a test; never from the GUI thread.
template <typename T>
[[nodiscard]] T await(QFuture<T> future)
{
    future.waitForFinished();
    return future.result();
}

} // namespace Branchline
