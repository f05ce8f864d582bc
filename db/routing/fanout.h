// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QDateTime>

#include <algorithm>

namespace Branchline {

/// What became of one shard in a fan-out.
enum class ShardState {
    Answered,
    Late, ///< no answer by the deadline
    Down, ///< cannot be reached, or refused; the error says which
    Moved ///< its branches live elsewhere since: ask again
};

/// The stable word for a state: answered, late, down, moved.
[[nodiscard]] QString shardStateName(ShardState state);
/// The state that an error means.
[[nodiscard]] ShardState shardStateOf(const DbError &error);

/// What one shard said in a fan-out.
template <typename Value>
struct ShardAnswer
{
    QString shard; ///< bare name
    Result<Value> result;
    std::chrono::microseconds taken{0}; ///< the shard's own time for the task; 0 without an answer

    [[nodiscard]] ShardState state() const
    {
        return result.isOk() ? ShardState::Answered : shardStateOf(result.error());
    }
};

/// The answers of all shards. A figure made of them is only ever shown with `answered` of `total` and
/// `missing`.
template <typename Value>
struct Combined
{
    std::vector<ShardAnswer<Value>> shards; ///< by name; every shard of the library is here
    QDateTime asOf;                         ///< UTC, when the last answer came or the deadline passed

    [[nodiscard]] int total() const { return static_cast<int>(shards.size()); }
    [[nodiscard]] int answered() const { return total() - static_cast<int>(missing().size()); }
    [[nodiscard]] bool isComplete() const { return missing().isEmpty(); }
    [[nodiscard]] QStringList missing() const
    {
        QStringList names;
        for (const auto &answer : shards) {
            if (!answer.result.isOk())
                names << answer.shard;
        }
        return names;
    }
};

namespace Internal {

/// "north_shard did not answer in time.", "… is not configured here.", "The question to … was given up."
[[nodiscard]] DbError lateShard(const QString &shard);
[[nodiscard]] DbError unconfiguredShard(const QString &shard);
[[nodiscard]] DbError givenUpShard(const QString &shard);

/// One question to all shards on its way: collects answers until all are there, the deadline passes or the
/// caller gives up. What still waits or runs then is stopped, and what comes later is dropped. It lives as
/// long as a callback holds it.
template <typename Value>
class FanOut final : public std::enable_shared_from_this<FanOut<Value>>
{
public:
    using Clock = Watchdog::Clock;
    using Task = std::function<Value(Session &)>;
    using Done = std::function<void(Combined<Value>)>;

    FanOut(Cluster &cluster, const Call &call, Task task, Done done)
        : m_cluster(cluster)
        , m_call(call)
        , m_until(Clock::now() + call.deadline)
        , m_names(cluster.shardNames())
        , m_task(std::move(task))
        , m_joinableUntil(m_until - call.deadline * 9 / 10)
        , m_done{std::move(done)}
        , m_open(static_cast<size_t>(m_names.size()))
        , m_isOpen(m_open, true)
    {
        for (const QString &name : m_names)
            m_combined.shards.push_back({name, lateShard(name)});
    }

    void start()
    {
        auto self = this->shared_from_this();
        if (m_open == 0)
            return end(lateShard);
        m_ticket = m_cluster.watchdog().arm(m_until, [self] { self->end(lateShard, true); });
        if (m_call.stop.stop_possible()) {
            m_onStop.emplace(m_call.stop, [weak = this->weak_from_this()] {
                if (const auto alive = weak.lock())
                    alive->end(givenUpShard);
            });
        }
        m_cluster.fanOutGate().enter(this, m_call.deadline, [self] { self->ask(); });
        if (isFinished()) // before it stood in the queue
            m_cluster.fanOutGate().withdraw(this);
    }

    /// Somebody who asks the same: gets this answer, too, unless a shard may have been asked already or the
    /// caller would give up a tenth of the time that the call grants.
    [[nodiscard]] bool join(const Done &done)
    {
        const std::lock_guard lock(m_mutex);
        if (m_isInside || m_isFinished || Clock::now() > m_joinableUntil)
            return false;
        m_done.push_back(done);
        return true;
    }

private:
    struct Timed
    {
        Value value;
        std::chrono::microseconds taken;
    };

    /// Let in by the gate: one task per shard, all at once.
    void ask()
    {
        if (!goInside())
            return m_cluster.fanOutGate().leave(m_call.deadline);
        Call call = m_call.until(m_until); // what the gate took is gone
        call.stop = m_stop.get_token();
        for (qsizetype i = 0; i < m_names.size(); ++i)
            askShard(static_cast<size_t>(i), m_names.at(i), call);
    }

    /// False when it ended while it waited; then finish() reads m_isInside, and nobody writes it any more.
    [[nodiscard]] bool goInside()
    {
        const std::lock_guard lock(m_mutex);
        if (m_isFinished)
            return false;
        m_isInside = true;
        return true;
    }

    [[nodiscard]] bool isFinished()
    {
        const std::lock_guard lock(m_mutex);
        return m_isFinished;
    }

    void askShard(size_t index, const QString &name, const Call &call)
    {
        Database *database = m_cluster.shard(name);
        if (!database)
            return answer(index, unconfiguredShard(name));
        database->submit<Timed>(
            call,
            [task = m_task](Session &session) {
                const auto start = Clock::now();
                Value value = task(session);
                return Timed{std::move(value),
                             std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start)};
            },
            [self = this->shared_from_this(), index](Result<Timed> result) {
                if (result)
                    self->answer(index, std::move(result->value), result->taken);
                else
                    self->refused(index, result.error());
            });
    }

    void refused(size_t index, const DbError &error)
    {
        // The next question shall go to where the branches are now.
        if (error.kind == DbErrorKind::StalePlacement)
            m_cluster.submitRefresh([](const Result<DirectoryPtr> &) {});
        answer(index, error);
    }

    void answer(size_t index, Result<Value> result, std::chrono::microseconds taken = {})
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_isFinished || !m_isOpen[index])
                return;
            m_isOpen[index] = false;
            m_combined.shards[index].result = std::move(result);
            m_combined.shards[index].taken = taken;
            if (--m_open > 0)
                return;
            m_isFinished = true;
        }
        finish();
    }

    /// Ends it with what is there; `why` makes the error of a shard that has not answered.
    void end(DbError (*why)(const QString &), bool byDeadline = false)
    {
        {
            const std::lock_guard lock(m_mutex);
            if (m_isFinished)
                return;
            m_isFinished = true;
            for (size_t i = 0; i < m_isOpen.size(); ++i) {
                if (m_isOpen[i])
                    m_combined.shards[i].result = why(m_combined.shards[i].shard);
            }
        }
        finish(byDeadline);
    }

    /// Runs once, in the thread that ended it and outside the lock: it starts other people's work. Its own
    /// callers are told last, since a program may end its cluster as soon as it has the answer.
    void finish(bool byDeadline = false)
    {
        m_combined.asOf = QDateTime::currentDateTimeUtc();
        if (!byDeadline)
            m_cluster.watchdog().cancel(m_ticket);
        if (m_open > 0)
            m_stop.request_stop();
        if (m_isInside)
            m_cluster.fanOutGate().leave(m_call.deadline);
        else
            m_cluster.fanOutGate().withdraw(this);
        for (const Done &done : m_done)
            done(m_combined);
    }

    Cluster &m_cluster;
    const Call m_call;
    const Clock::time_point m_until;
    const QStringList m_names;
    const Task m_task;
    const Clock::time_point m_joinableUntil;
    std::stop_source m_stop; ///< of the calls to the shards
    std::atomic<quint64> m_ticket{0};
    std::optional<std::stop_callback<std::function<void()>>> m_onStop;

    std::mutex m_mutex;
    Combined<Value> m_combined; ///< under m_mutex until finished, then finish() owns it
    // As m_combined: written under m_mutex until finished, then only read.
    std::vector<Done> m_done; ///< whom to tell
    size_t m_open;
    std::vector<bool> m_isOpen;
    bool m_isInside = false; ///< holds a place of the gate
    bool m_isFinished = false;
};

} // namespace Internal

/// Runs `task(Session &)` on every shard at once and calls `done` with what came by `call.deadline`, waiting
/// for the two others that may run before it included (see FanOutGate). `done` runs in the thread that ended
/// it, usually a worker's, and must not block. The directory must have been read. Never blocks.
template <typename Value>
void fanOutTo(Cluster &cluster, const Call &call, std::function<Value(Session &)> task,
              std::function<void(Combined<Value>)> done)
{
    std::make_shared<Internal::FanOut<Value>>(cluster, call, std::move(task), std::move(done))->start();
}

namespace Internal {

/// What `ask(done)` says, as a future.
template <typename Value, typename Ask>
QFuture<Combined<Value>> futureOf(Ask ask)
{
    auto promise = std::make_shared<QPromise<Combined<Value>>>();
    promise->start();
    auto future = promise->future();
    ask([promise](Combined<Value> combined) {
        promise->addResult(std::move(combined));
        promise->finish();
    });
    return future;
}

} // namespace Internal

/// The same with a future. Cancelling the future stops nothing: whoever may want to stop gives a
/// `call.stop`.
template <typename Task>
auto fanOut(Cluster &cluster, const Call &call, Task task)
    -> QFuture<Combined<std::invoke_result_t<Task, Session &>>>
{
    using Value = std::invoke_result_t<Task, Session &>;
    return Internal::futureOf<Value>(
        [&](auto done) { fanOutTo<Value>(cluster, call, std::move(task), std::move(done)); });
}

/// The same for a question without values, which `call.operation` names alone: whoever asks while another one
/// waits for its turn gets the answer of that one. So each answer begins after it was asked for, and many who
/// ask at once cost as much as two. The call has no `stop`.
template <typename Task>
auto fanOutShared(Cluster &cluster, const Call &call, Task task)
    -> QFuture<Combined<std::invoke_result_t<Task, Session &>>>
{
    using Value = std::invoke_result_t<Task, Session &>;
    return Internal::futureOf<Value>([&](const std::function<void(Combined<Value>)> &done) {
        const auto waiting =
            std::static_pointer_cast<Internal::FanOut<Value>>(cluster.fanOutGate().shared(call.operation));
        if (waiting && waiting->join(done))
            return;
        const auto own = std::make_shared<Internal::FanOut<Value>>(cluster, call, std::move(task), done);
        cluster.fanOutGate().share(call.operation, own);
        own->start();
    });
}

} // namespace Branchline
