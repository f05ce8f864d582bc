// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/abandonedthreads.h"
#include "db/connection/breaker.h"
#include "db/connection/callqueue.h"
#include "db/connection/poolgauges.h"
#include "db/connection/poolsettings.h"
#include "db/connection/seat.h"
#include "db/connection/watchdog.h"

#include <deque>

namespace Branchline {

/// What is known about the reachability of a database.
struct Reachability
{
    enum class State { Unknown, Reachable, Unreachable };
    State state = State::Unknown;
    std::chrono::microseconds latency{0}; ///< of the last call that was answered
    std::optional<DbError> error;         ///< of the last call that was not
};

/// What a pool opens connections with.
struct PoolOptions
{
    SessionSettings session;
    PoolSettings pool;
    std::function<void(Session &)> check; ///< runs after each connect; throws to refuse the database
};

/// The state that the workers of one database share: who is idle, who waits, what is being tried. It makes
/// the decisions; the threads and their connections are in Worker. It lives as long as any of its threads, so
/// one that is stuck in connecting may be left behind. Thread-safe.
class Pool final : public std::enable_shared_from_this<Pool>
{
public:
    using Clock = Job::Clock;

    Pool(PoolOptions options, Watchdog &watchdog);
    ~Pool() = default;
    Q_DISABLE_COPY_MOVE(Pool)

    [[nodiscard]] const PoolOptions &options() const { return m_options; }
    [[nodiscard]] const QString &name() const { return m_options.session.database; }

    // For callers, by way of Database.

    /// Hands the job to an idle worker, or lets it wait, or answers it at once with the reason why not.
    void enqueue(JobPtr job);
    /// No new calls from now on; those that wait are answered.
    void requestStop();
    /// requestStop(), then gives the calls that run until `grace` after that request, cuts them off and waits
    /// for the threads, except those that are stuck in connecting.
    void stop(std::chrono::milliseconds grace);
    [[nodiscard]] PoolGauges gauges() const;
    [[nodiscard]] Reachability reachability() const;

    // For a worker, from its thread.

    /// Connected, not yet checked: the socket and what cancels are known. False: nobody wants it any more.
    [[nodiscard]] bool opened(Seat &seat, int socket, std::shared_ptr<pg_cancel> canceler);
    /// Checked: calls may come. False: there is no place for it any more.
    [[nodiscard]] bool ready(Seat &seat);
    /// There is no connection, and the worker ends.
    void connectFailed(Seat &seat, const DbError &error);
    /// The next call that waits. Null: the worker is among the idle from now on, or is to close. Since idle
    /// workers and waiting calls are brought together at once, never are there both.
    [[nodiscard]] JobPtr release(Seat &seat);
    /// Waits for a call. Null: close the connection.
    [[nodiscard]] JobPtr waitIdle(Seat &seat);
    /// What a worker does with the call that it was given.
    enum class Start {
        Run,
        Validate, ///< the connection must prove itself first; a time limit for that has begun
        Answered  ///< the call has been answered meanwhile
    };
    /// `isProven`: the connection has just been validated.
    [[nodiscard]] Start begin(Seat &seat, bool isProven);
    void validated(Seat &seat, bool isAlive);
    /// The call goes back to the head of the queue, since another connection must serve it; `wasDead`: this
    /// one was gone before the call.
    void giveBack(Seat &seat, bool wasDead);
    struct Verdict
    {
        enum class What {
            Answer, ///< the call is over
            Again,  ///< to be run once more on the same connection
            Repeat  ///< it waits for another connection
        } what = What::Answer;
        bool mayAnswer = false; ///< of Answer: nobody else has
        bool isFit = true;      ///< whether the connection may be used again
        std::optional<DbError> error;
    };
    /// The task ended; waits for a request to cancel that is still on its way to the server.
    [[nodiscard]] Verdict judge(Seat &seat, std::optional<DbError> error);
    /// Lets a little time pass at random before the call is run again, so that those which stood in one
    /// another's way do not meet again.
    void pauseBeforeRetry(Seat &seat);
    /// A call left a transaction open; a time limit for rolling it back begins.
    void noteLeak(Seat &seat);
    /// The connection is about to be closed.
    void closing(Seat &seat);
    /// Whether another connection is wanted after one was closed. False: the worker ends.
    [[nodiscard]] bool beginConnect(Seat &seat);
    /// The worker ends without having had a use for its connection.
    void discard(Seat &seat);
    /// The very last that a worker's thread does with its pool.
    void left(const Seat &seat);

private:
    /// With more attempts to connect hanging, no other one is begun.
    static constexpr size_t mostWrittenOff = 2;
    /// A connection that replaces an old one, for which nobody waits, may take so long.
    static constexpr std::chrono::seconds replacementLimit{3};

    struct Answer
    {
        JobPtr job;
        std::optional<DbError> error;
    };
    using Answers = std::vector<Answer>;
    using Lock = std::unique_lock<std::mutex>;

    static void deliver(Answers &answers);

    // With the mutex held.
    [[nodiscard]] std::optional<DbError> waitInQueue(const JobPtr &job);
    [[nodiscard]] std::optional<DbError> admission();
    [[nodiscard]] std::optional<DbError> startWorker(Clock::time_point limit);
    void assign(Seat &seat, JobPtr job);
    void dispatch(Answers &answers);
    void recycle(Seat &seat, Clock::time_point now);
    void welcomeSuccessor(Seat &seat);
    void retire(Seat &seat);
    void failWaiting(const DbError &error, Answers &answers);
    void answer(const JobPtr &job, DbError error, Answers &answers);
    void answerAbandoned(const CallQueue::Jobs &jobs, Answers &answers);
    [[nodiscard]] Verdict judge(Seat &seat, std::optional<DbError> error, Answers &answers);
    void judgeError(Seat &seat, Verdict &verdict, Clock::time_point now, Answers &answers);
    [[nodiscard]] static bool mayRunAgain(const Seat &seat, const DbError &error);
    void dropOlderThan(Clock::time_point moment);
    [[nodiscard]] bool isDropped(const Seat &seat) const { return seat.openedAt <= m_dropBefore; }
    [[nodiscard]] bool isHopeful(const Seat &seat) const;
    [[nodiscard]] bool hasHope() const;
    [[nodiscard]] size_t mostWorkers() const;
    [[nodiscard]] size_t connectingCount() const;
    [[nodiscard]] Clock::time_point closeAt(const Seat &seat) const;
    [[nodiscard]] bool needsValidation(const Seat &seat, Clock::time_point now) const;
    [[nodiscard]] DbError leavingError(const Job &job) const;
    [[nodiscard]] std::vector<ConnectionHolder> holders() const;
    void note(const std::optional<DbError> &error, std::chrono::microseconds taken);

    // Time limits, in poolcare.cpp.
    void planTend(Clock::time_point at);
    void tend();
    void tendSeat(Seat &seat, Clock::time_point now, Answers &answers);
    void tendConnecting(Seat &seat, Clock::time_point now);
    [[nodiscard]] Clock::time_point nextTend() const;
    void giveUp(const JobPtr &job);
    void cancelEnded(const std::shared_ptr<pg_cancel> &canceler);
    [[nodiscard]] std::shared_ptr<pg_cancel> nextCancel();
    void sendCancel(Seat &seat);
    void cut(Seat &seat);
    [[nodiscard]] bool isQuiet() const;
    [[nodiscard]] std::vector<std::thread> takeThreads();

    const PoolOptions m_options;

    mutable std::mutex m_mutex;
    Watchdog *m_watchdog; ///< null after stop()
    quint64 m_tendTicket = 0;
    Clock::time_point m_tendAt = Clock::time_point::max();

    CallQueue m_queue;
    std::vector<std::shared_ptr<Seat>> m_seats; ///< all workers but those written off
    std::vector<std::shared_ptr<Seat>> m_writtenOff;
    std::vector<Seat *> m_idle;         ///< the one used last is at the end, and taken first
    std::vector<std::thread> m_leaving; ///< without a seat, but they may still deliver answers
    std::vector<std::thread> m_ended;   ///< joined by whoever comes next: nothing of ours runs in them
    Breaker m_breaker;
    int m_successors = 0; ///< checked, the old connection still in use
    int m_cancels = 0;    ///< threads that cancel
    std::deque<std::shared_ptr<pg_cancel>> m_cancelsToSend;
    bool m_stopping = false;
    Clock::time_point m_stoppedAt;
    std::condition_variable m_quiet; ///< a call ended while stopping

    Clock::time_point m_dropBefore;   ///< connections opened until then are not used any more
    Clock::time_point m_suspectSince; ///< a dead end was met: those checked before prove themselves
    Clock::time_point m_answeredAt;   ///< last time that a call was answered by the server
    PoolGauges m_counted;
    Reachability m_reachability;
};

} // namespace Branchline
