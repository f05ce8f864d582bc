// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/pool.h"

#include "db/connection/poolerrors.h"
#include "db/connection/worker.h"

#include <algorithm>
#include <system_error>
#include <utility>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// Connections above the size close so soon after the load: a burst that comes back at once finds them.
constexpr auto overflowClose = 250ms;
/// An old connection that cannot be replaced now is looked at again so much later.
constexpr auto recyclePause = 10s;

} // namespace

Pool::Pool(PoolOptions options, Watchdog &watchdog)
    : m_options(std::move(options))
    , m_watchdog(&watchdog)
{
    m_counted.database = name();
    m_counted.size = m_options.pool.size;
    m_counted.maxOverflow = m_options.pool.maxOverflow;
}

void Pool::deliver(Answers &answers)
{
    for (const Answer &answer : answers)
        answer.job->finish(answer.error ? &*answer.error : nullptr);
    answers.clear();
}

void Pool::enqueue(JobPtr job)
{
    job->watchStop([pool = weak_from_this(), weak = std::weak_ptr<Job>(job)] {
        const auto self = pool.lock();
        const JobPtr stopped = weak.lock();
        if (self && stopped)
            self->giveUp(stopped);
    });
    std::optional<DbError> refusal;
    std::vector<std::thread> ended;
    {
        const Lock lock(m_mutex);
        if (job->isClaimed())
            return;
        job->queued = Clock::now();
        if (m_stopping) {
            refusal = endingError(name(), job->call().operation, false);
        } else if (!m_idle.empty()) {
            Seat &seat = *m_idle.back();
            m_idle.pop_back();
            assign(seat, std::move(job));
            seat.wake.notify_one();
            return;
        } else {
            refusal = waitInQueue(job);
            ended.swap(m_ended);
        }
        if (refusal && !job->claim())
            refusal.reset();
        if (refusal) {
            ++m_counted.calls;
            ++m_counted.failed;
        }
    }
    for (std::thread &thread : ended)
        thread.join();
    if (refusal)
        job->finish(&*refusal);
}

std::optional<DbError> Pool::waitInQueue(const JobPtr &job)
{
    job->leaveAt = std::min(job->expires(), job->queued + m_options.pool.acquireTimeout);
    m_queue.push(job);
    planTend(job->leaveAt);
    std::optional<DbError> refusal;
    if (m_seats.size() >= mostWorkers()) {
        if (m_breaker.state() != Breaker::State::Closed)
            refusal = m_breaker.error();
    } else if (m_queue.size() > connectingCount()) {
        refusal = admission();
        if (!refusal)
            refusal = startWorker(job->expires());
        if (!refusal)
            return refusal;
    }
    if (!refusal || hasHope())
        return std::nullopt;
    m_queue.remove(job.get());
    return refusal;
}

std::optional<DbError> Pool::admission()
{
    if (m_writtenOff.size() >= mostWrittenOff)
        return hangingError(name());
    if (!m_breaker.admit())
        return m_breaker.error();
    return std::nullopt;
}

std::optional<DbError> Pool::startWorker(Clock::time_point limit)
{
    auto seat = std::make_shared<Seat>();
    seat->limit = limit;
    try {
        Worker::start(shared_from_this(), seat);
    } catch (const std::system_error &e) { // the system has no more threads
        const DbError error = defectError(name(), {}, e);
        m_breaker.failed(error);
        return error;
    }
    m_seats.push_back(std::move(seat));
    planTend(limit);
    return std::nullopt;
}

void Pool::assign(Seat &seat, JobPtr job)
{
    seat.job = std::move(job);
    seat.phase = Seat::Phase::Preparing;
    seat.since = Clock::now();
    m_counted.waited += std::chrono::duration_cast<std::chrono::microseconds>(seat.since - seat.job->queued);
    planTend(seat.job->expires());
}

void Pool::dispatch(Answers &answers)
{
    while (!m_idle.empty()) {
        CallQueue::Jobs abandoned;
        JobPtr job = m_queue.pop(abandoned);
        answerAbandoned(abandoned, answers);
        if (!job)
            return;
        Seat &seat = *m_idle.back();
        m_idle.pop_back();
        assign(seat, std::move(job));
        seat.wake.notify_one();
    }
}

JobPtr Pool::release(Seat &seat)
{
    Answers answers;
    JobPtr job;
    {
        const Lock lock(m_mutex);
        const bool isReplaced = seat.hasSuccessor && m_successors > 0;
        if (isReplaced) {
            --m_successors;
            ++m_counted.recycled;
        }
        if (m_stopping || isReplaced || seat.isCut || isDropped(seat)) {
            seat.phase = Seat::Phase::Closing;
            return nullptr;
        }
        CallQueue::Jobs abandoned;
        job = m_queue.pop(abandoned);
        answerAbandoned(abandoned, answers);
        if (job) {
            assign(seat, job);
        } else {
            seat.phase = Seat::Phase::Idle;
            m_idle.push_back(&seat);
        }
    }
    deliver(answers);
    return job;
}

JobPtr Pool::waitIdle(Seat &seat)
{
    Lock lock(m_mutex);
    for (;;) {
        if (seat.job)
            return seat.job;
        if (seat.phase == Seat::Phase::Closing)
            return nullptr;
        const auto now = Clock::now();
        if (!m_stopping && now >= seat.recycleAt)
            recycle(seat, now);
        const auto at = closeAt(seat);
        if (m_stopping || now >= at) {
            seat.replaces = !m_stopping && now >= seat.recycleAt;
            m_counted.recycled += seat.replaces ? 1 : 0;
            m_counted.closedIdle += m_stopping || seat.replaces ? 0 : 1;
            seat.phase = Seat::Phase::Closing;
            std::erase(m_idle, &seat);
            return nullptr;
        }
        seat.wake.wait_until(lock, at);
    }
}

/// A connection that works is given up when its successor is there, or, in a pool that may not have one more,
/// when nothing is known to stand in a new one's way.
void Pool::recycle(Seat &seat, Clock::time_point now)
{
    const bool mayConnect = m_breaker.state() == Breaker::State::Closed && m_writtenOff.empty();
    if (mayConnect && m_seats.size() >= mostWorkers())
        return;
    seat.recycleAt = now + recyclePause;
    if (!mayConnect || startWorker(now + replacementLimit))
        return;
    Seat &successor = *m_seats.back();
    successor.isSuccessor = successor.replaces = true;
    successor.usedAt = seat.usedAt;
    seat.hasSuccessor = true;
}

void Pool::welcomeSuccessor(Seat &seat)
{
    if (!std::exchange(seat.isSuccessor, false))
        return;
    ++m_successors;
    const auto old =
        std::find_if(m_idle.begin(), m_idle.end(), [](const Seat *idle) { return idle->hasSuccessor; });
    if (old == m_idle.end())
        return; // it is in use, and closes after that
    --m_successors;
    ++m_counted.recycled;
    (*old)->phase = Seat::Phase::Closing;
    (*old)->wake.notify_one();
    m_idle.erase(old);
}

Pool::Clock::time_point Pool::closeAt(const Seat &seat) const
{
    const auto staying = std::count_if(m_seats.begin(), m_seats.end(), [](const auto &other) {
        return other->phase != Seat::Phase::Closing && !other->isSuccessor;
    });
    const bool isSurplus = staying > m_options.pool.size;
    const auto unused = seat.usedAt + (isSurplus ? overflowClose : m_options.pool.idleClose);
    return std::min(unused, seat.recycleAt);
}

bool Pool::needsValidation(const Seat &seat, Clock::time_point now) const
{
    return seat.mustValidate || seat.checkedAt <= m_suspectSince ||
           now - seat.checkedAt > m_options.pool.validateAfter;
}

bool Pool::isHopeful(const Seat &seat) const
{
    const bool isStuck = seat.job && seat.job->isClaimed();
    return seat.isOpen() && seat.phase != Seat::Phase::Checking && !seat.isCut && !isStuck &&
           !isDropped(seat);
}

bool Pool::hasHope() const
{
    return (m_breaker.state() == Breaker::State::Closed && connectingCount() > 0) ||
           std::any_of(m_seats.begin(), m_seats.end(), [this](const auto &seat) { return isHopeful(*seat); });
}

size_t Pool::mostWorkers() const
{
    return static_cast<size_t>(std::max(1, m_options.pool.size + m_options.pool.maxOverflow));
}

size_t Pool::connectingCount() const
{
    const auto count = std::count_if(m_seats.begin(), m_seats.end(), [](const auto &seat) {
        return !seat->isOverdue &&
               (seat->phase == Seat::Phase::Connecting || seat->phase == Seat::Phase::Checking);
    });
    return static_cast<size_t>(count);
}

} // namespace Branchline
