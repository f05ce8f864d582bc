// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/call.h"
#include "db/connection/result.h"
#include "db/connection/session.h"

#include <QFuture>
#include <QPromise>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace Branchline {

/// A call on its way through the pool: what to run, and who waits for it. It is answered exactly once, by
/// whoever claims it first: its worker, or the watchdog when its time is up.
class Job
{
public:
    using Clock = std::chrono::steady_clock;

    explicit Job(const Call &call)
        : m_call(call)
        , m_expires(Clock::now() + call.deadline)
    {}
    virtual ~Job() = default;
    Q_DISABLE_COPY_MOVE(Job)

    [[nodiscard]] const Call &call() const { return m_call; }
    [[nodiscard]] Clock::time_point expires() const { return m_expires; }

    /// Runs the task and keeps its value; throws what the task throws. May be run again.
    virtual void work(Session &session) = 0;
    /// Whether the caller has given the call up.
    [[nodiscard]] virtual bool isAbandoned() const = 0;
    /// Tells the caller: the error, or the value of the last work() when there is none. Only for the thread
    /// that claimed the job, and once.
    virtual void finish(const DbError *error) = 0;

    /// Whether the caller of this function is the one who answers. Thread-safe.
    [[nodiscard]] bool claim() { return !m_claimed.exchange(true); }
    [[nodiscard]] bool isClaimed() const { return m_claimed; }

    /// Calls `stopped` when the call's owner asks to stop: at once when that was before.
    void watchStop(std::function<void()> stopped)
    {
        if (m_call.stop.stop_possible())
            m_onStop.emplace(m_call.stop, std::move(stopped));
    }

    // The pool's notes, under its mutex.
    Clock::time_point queued = {};    ///< when it came
    Clock::time_point leaveAt = {};   ///< it waits for a connection no longer than this
    std::optional<DbError> lost = {}; ///< it was sent once, and the connection broke
    bool isRepeated = false;          ///< after a lost connection; that is done once
    int attempts = 0;                 ///< that ended with an error after which it may be repeated

private:
    const Call m_call;
    const Clock::time_point m_expires;
    std::atomic<bool> m_claimed = false;
    std::optional<std::stop_callback<std::function<void()>>> m_onStop;
};

using JobPtr = std::shared_ptr<Job>;

/// A job whose caller has a future.
template <typename Value, typename Task>
class FutureJob final : public Job
{
public:
    FutureJob(const Call &call, Task task)
        : Job(call)
        , m_task(std::move(task))
    {
        m_promise.start();
    }

    [[nodiscard]] QFuture<Result<Value>> future() const { return m_promise.future(); }
    void work(Session &session) override { m_value.emplace(m_task(session)); }
    [[nodiscard]] bool isAbandoned() const override { return m_promise.isCanceled(); }
    void finish(const DbError *error) override
    {
        m_promise.addResult(error ? Result<Value>(*error) : Result<Value>(std::move(*m_value)));
        m_promise.finish();
    }

private:
    Task m_task;
    QPromise<Result<Value>> m_promise;
    std::optional<Value> m_value;
};

/// A job whose caller has a callback.
template <typename Value>
class CallbackJob final : public Job
{
public:
    CallbackJob(const Call &call, std::function<Value(Session &)> task,
                std::function<void(Result<Value>)> done, std::function<bool()> isCanceled)
        : Job(call)
        , m_task(std::move(task))
        , m_done(std::move(done))
        , m_isCanceled(std::move(isCanceled))
    {}

    void work(Session &session) override { m_value.emplace(m_task(session)); }
    [[nodiscard]] bool isAbandoned() const override { return m_isCanceled && m_isCanceled(); }
    void finish(const DbError *error) override
    {
        m_done(error ? Result<Value>(*error) : Result<Value>(std::move(*m_value)));
    }

private:
    std::function<Value(Session &)> m_task;
    std::function<void(Result<Value>)> m_done;
    std::function<bool()> m_isCanceled;
    std::optional<Value> m_value;
};

} // namespace Branchline
