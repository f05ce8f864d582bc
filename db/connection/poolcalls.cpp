// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to a call that has a worker, and how calls are answered and counted.
#include "db/connection/pool.h"
#include "db/connection/poolerrors.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// A whole transaction is run so often in all when it ends with a deadlock or a serialisation failure.
constexpr int mostAttempts = 3;
/// A wait for a lock has taken seconds already: once more is enough.
constexpr int mostLockWaits = 2;
constexpr std::chrono::milliseconds retryPause{10};
constexpr auto validationLimit = 1s;
constexpr auto rollBackLimit = 1s;
/// A connection whose request to cancel takes longer is closed.
constexpr auto cancelWait = 500ms;

std::chrono::microseconds microseconds(Job::Clock::duration duration)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

} // namespace

Pool::Start Pool::begin(Seat &seat, bool isProven)
{
    Answers answers;
    const auto now = Clock::now();
    {
        const Lock lock(m_mutex);
        const JobPtr job = seat.job;
        const bool isLate = now >= job->expires();
        if (!isLate && !job->isClaimed() && !job->isAbandoned()) {
            if (!isProven && needsValidation(seat, now)) {
                seat.limit = now + validationLimit;
                planTend(seat.limit);
                return Start::Validate;
            }
            seat.progress.reset();
            seat.began = now;
            seat.phase = Seat::Phase::Running;
            return Start::Run;
        }
        if (isLate)
            answer(job, job->lost.value_or(lateError(name(), job->call().operation, false)), answers);
        else
            answerAbandoned({job}, answers);
        seat.job = nullptr;
        seat.phase = Seat::Phase::Settling;
    }
    deliver(answers);
    return Start::Answered;
}

void Pool::validated(Seat &seat, bool isAlive)
{
    const Lock lock(m_mutex);
    const auto now = Clock::now();
    seat.limit = Clock::time_point::max();
    if (isAlive && !seat.isCut) {
        seat.mustValidate = false;
        seat.checkedAt = seat.usedAt = now;
        return;
    }
    // What killed this one has killed those that are older than now, or will not let them answer.
    dropOlderThan(now);
    // Perhaps the server is silent, perhaps only this connection: connecting anew tells, and soon.
    seat.isProbe = seat.isCut;
}

void Pool::dropOlderThan(Clock::time_point moment)
{
    m_dropBefore = moment;
    for (Seat *seat : m_idle) {
        seat->phase = Seat::Phase::Closing;
        seat->wake.notify_one();
    }
    m_idle.clear();
}

void Pool::giveBack(Seat &seat, bool wasDead)
{
    Answers answers;
    {
        const Lock lock(m_mutex);
        m_counted.deadBeforeUse += wasDead ? 1 : 0;
        if (wasDead)
            m_suspectSince = Clock::now();
        const JobPtr job = std::exchange(seat.job, nullptr);
        seat.phase = Seat::Phase::Closing;
        if (!job || job->isClaimed())
            return;
        job->leaveAt = job->expires(); // it had its turn; what is left of its time is for another connection
        m_queue.giveBack(job);
        planTend(job->leaveAt);
        dispatch(answers);
    }
    deliver(answers);
}

Pool::Verdict Pool::judge(Seat &seat, std::optional<DbError> error)
{
    Answers answers;
    Verdict verdict = judge(seat, std::move(error), answers);
    deliver(answers);
    return verdict;
}

Pool::Verdict Pool::judge(Seat &seat, std::optional<DbError> error, Answers &answers)
{
    Lock lock(m_mutex);
    seat.phase = Seat::Phase::Settling;
    seat.limit = Clock::time_point::max();
    if (seat.cancelUnderWay) {
        seat.mustValidate = true;
        seat.wake.wait_for(lock, cancelWait, [&] { return !seat.cancelUnderWay || m_stopping; });
    }
    const auto now = Clock::now();
    Verdict verdict{.isFit = !seat.isCut && !seat.cancelUnderWay, .error = std::move(error)};
    seat.usedAt = now;
    const bool isLost = verdict.error && verdict.error->kind == DbErrorKind::ConnectionLost;
    if (verdict.error && verdict.error->needsNewConnection())
        verdict.isFit = false;
    else if (!seat.isCut)
        seat.checkedAt = now;
    m_counted.lostInUse += isLost && !seat.isCut ? 1 : 0;
    if (!seat.job->isClaimed() && verdict.error)
        judgeError(seat, verdict, now, answers);
    if (verdict.what == Verdict::What::Again)
        return verdict;
    if (verdict.what == Verdict::What::Answer && seat.job->claim()) {
        verdict.mayAnswer = true;
        ++m_counted.calls;
        m_counted.failed += verdict.error ? 1 : 0;
        note(verdict.error, microseconds(now - seat.began));
    }
    seat.job = nullptr;
    if (m_stopping)
        m_quiet.notify_all();
    return verdict;
}

void Pool::judgeError(Seat &seat, Verdict &verdict, Clock::time_point now, Answers &answers)
{
    Job &job = *seat.job;
    DbError &error = *verdict.error;
    const bool wasSent = seat.progress.wasSent();
    const bool hasTime = now < job.expires() && !m_stopping;
    if (hasTime && mayRunAgain(seat, error)) {
        ++job.attempts;
        verdict.what = Verdict::What::Again;
        return;
    }
    if (error.kind == DbErrorKind::ConnectionLost)
        error.outcomeUnknown = wasSent || job.lost;
    if (error.needsNewConnection()) {
        if ((job.call().repeatable || !wasSent) && !job.isRepeated && hasTime) {
            job.isRepeated = true;
            m_suspectSince = now; // the next connection proves itself first: it may be dying, too
            if (error.outcomeUnknown)
                job.lost = error;
            job.leaveAt = job.expires();
            m_queue.giveBack(seat.job);
            planTend(job.leaveAt);
            dispatch(answers);
            verdict.what = Verdict::What::Repeat;
            return;
        }
    }
    // Sent once: it may have been done, whether the second try met no server, a fence or a lock.
    if (job.lost && error.isUnavailable())
        error = *job.lost;
    else if (job.lost)
        error.outcomeUnknown = true;
}

bool Pool::mayRunAgain(const Seat &seat, const DbError &error)
{
    const Job &job = *seat.job;
    // A transaction of the call that stands must not be made twice.
    return error.kind == DbErrorKind::Retryable && (job.call().repeatable || !seat.progress.hasSettled()) &&
           job.attempts + 1 < (error.sqlState == QLatin1StringView("55P03") ? mostLockWaits : mostAttempts);
}

void Pool::pauseBeforeRetry(Seat &seat)
{
    Lock lock(m_mutex);
    const double share = 0.5 + Breaker::randomShare();
    const auto pause = std::chrono::duration<double, std::milli>(
        share * static_cast<double>(retryPause.count() * seat.job->attempts));
    seat.wake.wait_for(lock, pause, [&] { return m_stopping || seat.isCut || seat.job->isClaimed(); });
}

void Pool::noteLeak(Seat &seat)
{
    const Lock lock(m_mutex);
    ++m_counted.leaks;
    seat.limit = Clock::now() + rollBackLimit;
    planTend(seat.limit);
}

void Pool::closing(Seat &seat)
{
    std::shared_ptr<pg_cancel> canceler; // freed without the lock
    const Lock lock(m_mutex);
    seat.phase = Seat::Phase::Closing;
    if (seat.socket >= 0)
        ::close(std::exchange(seat.socket, -1));
    seat.limit = Clock::time_point::max();
    canceler = std::exchange(seat.canceler, nullptr);
}

void Pool::answer(const JobPtr &job, DbError error, Answers &answers)
{
    if (!job->claim())
        return;
    ++m_counted.calls;
    ++m_counted.failed;
    answers.push_back({job, std::move(error)});
    if (m_stopping)
        m_quiet.notify_all();
}

void Pool::answerAbandoned(const CallQueue::Jobs &jobs, Answers &answers)
{
    for (const JobPtr &job : jobs) {
        ++m_counted.canceled;
        answer(job, canceledError(name(), job->call().operation, job->lost.has_value()), answers);
    }
}

void Pool::failWaiting(const DbError &error, Answers &answers)
{
    for (const JobPtr &job : m_queue.takeAll())
        answer(job, job->lost.value_or(error), answers);
}

DbError Pool::leavingError(const Job &job) const
{
    if (job.lost)
        return *job.lost;
    if (auto all = holders(); all.size() >= mostWorkers())
        return exhaustedError(name(), job.call().operation, all);
    if (m_breaker.state() != Breaker::State::Closed)
        return m_breaker.error();
    return lateError(name(), job.call().operation, false);
}

std::vector<ConnectionHolder> Pool::holders() const
{
    std::vector<ConnectionHolder> list;
    const auto now = Clock::now();
    for (const auto &seat : m_seats) {
        if (!seat->job)
            continue;
        list.push_back({.operation = QString(seat->job->call().operation),
                        .statement = seat->progress.statement(),
                        .age = std::chrono::duration_cast<std::chrono::milliseconds>(now - seat->since)});
    }
    std::stable_sort(list.begin(), list.end(), [](const auto &a, const auto &b) { return a.age > b.age; });
    return list;
}

void Pool::note(const std::optional<DbError> &error, std::chrono::microseconds taken)
{
    const bool isAway = error && (error->kind == DbErrorKind::SchemaMismatch ||
                                  (error->isUnavailable() && error->kind != DbErrorKind::PoolExhausted &&
                                   (error->kind != DbErrorKind::Timeout || error->sqlState.isEmpty())));
    m_reachability.state = isAway ? Reachability::State::Unreachable : Reachability::State::Reachable;
    m_reachability.error = isAway ? error : std::nullopt;
    if (!isAway) {
        m_reachability.latency = taken;
        m_answeredAt = Clock::now();
    }
}

Reachability Pool::reachability() const
{
    const Lock lock(m_mutex);
    return m_reachability;
}

PoolGauges Pool::gauges() const
{
    const Lock lock(m_mutex);
    PoolGauges gauges = m_counted;
    for (const auto &seat : m_seats) {
        gauges.open += seat->isOpen() ? 1 : 0;
        gauges.busy += seat->isBusy() ? 1 : 0;
    }
    gauges.connecting = static_cast<int>(connectingCount());
    gauges.waiting = static_cast<int>(m_queue.size());
    gauges.writtenOff = static_cast<int>(m_writtenOff.size());
    gauges.breaker = m_breaker.state() == Breaker::State::Closed ? PoolGauges::Breaker::Closed
                     : m_breaker.state() == Breaker::State::Open ? PoolGauges::Breaker::Open
                                                                 : PoolGauges::Breaker::HalfOpen;
    gauges.retryIn = m_breaker.retryIn();
    gauges.holders = holders();
    return gauges;
}

} // namespace Branchline
