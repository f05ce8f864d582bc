// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/pool.h"

#include <semaphore>

namespace Branchline {

/// One database: a pool of threads that each own one connection. A call goes to the idle connection that was
/// used last; where there is none, another one is opened, up to size + maxOverflow; then calls wait in their
/// order. Connections are looked at before every use, replaced when they are gone, and closed when they are
/// not used. Two calls may run at the same time and in any order: whoever needs an order waits for the first
/// answer, or puts both into one task. All functions are thread-safe, and but for stop() none of them waits
/// for the database.
class Database final
{
public:
    /// Runs after each connect, before any call; throws to refuse the database (wrong schema, wrong shard).
    using Check = std::function<void(Session &)>;

    static constexpr std::chrono::milliseconds usualGrace{300};

    Database(SessionSettings settings, Watchdog &watchdog, Check check = {}, const PoolSettings &pool = {});
    /// Stops. The watchdog must outlive it.
    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    /// From now on calls fail at once, also those that wait. Those that run go on until stop().
    void requestStop();
    /// requestStop(), then lets the calls that run go on for `grace`, counted from that request, and cuts
    /// them off. Waits for the threads, but never for one that is connecting: see abandonedThreads().
    void stop(std::chrono::milliseconds grace = usualGrace);

    [[nodiscard]] const QString &name() const { return m_pool->name(); }
    [[nodiscard]] const ConnectionUrl &url() const { return m_pool->options().session.url; }
    [[nodiscard]] Reachability reachability() const;
    [[nodiscard]] PoolGauges gauges() const;

    /// Runs `task(Session &)` in a worker and delivers its value, or the DbError that it threw. At
    /// `call.deadline` the caller is answered whatever the task does, so the task may still run then: it
    /// must own what it uses. A connection lost under way is repaired and a repeatable task runs once more;
    /// otherwise its outcome is unknown. Deadlocks and serialisation failures repeat the whole task.
    /// A future that is cancelled takes a waiting call out of the queue.
    template <typename Task>
    auto run(const Call &call, Task task) -> QFuture<Result<std::invoke_result_t<Task, Session &>>>
    {
        using Value = std::invoke_result_t<Task, Session &>;
        auto job = std::make_shared<FutureJob<Value, Task>>(call, std::move(task));
        auto future = job->future();
        m_pool->enqueue(std::move(job));
        return future;
    }

    /// The same with a callback, which must not block. It runs in the worker's thread; in the watchdog's when
    /// the time is up; in this one when the call fails at once; or in the one that asks to stop.
    template <typename Value>
    void submit(const Call &call, std::function<Value(Session &)> task,
                std::function<void(Result<Value>)> done, std::function<bool()> isCanceled = {})
    {
        m_pool->enqueue(std::make_shared<CallbackJob<Value>>(call, std::move(task), std::move(done),
                                                             std::move(isCanceled)));
    }

private:
    const std::shared_ptr<Pool> m_pool; ///< shared with threads that may be left behind
};

/// Waits for a call from a command line or a test; never from the GUI thread. Nobody else may have given the
/// future a continuation. QFuture::waitForFinished() wakes up for the result and again for the end.
template <typename T>
[[nodiscard]] T await(QFuture<T> future)
{
    const auto isFinished = std::make_shared<std::binary_semaphore>(0);
    (void)future.then(QtFuture::Launch::Sync, [isFinished](const QFuture<T> &) { isFinished->release(); });
    isFinished->acquire();
    return future.result();
}

} // namespace Branchline
