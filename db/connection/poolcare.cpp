// SPDX-License-Identifier: GPL-3.0-or-later
// What the pool does by itself: time limits, cancelling, writing off, the end.
#include "db/connection/pool.h"
#include "db/connection/poolerrors.h"

#include <libpq-fe.h>

#include <algorithm>
#include <system_error>

#include <sys/socket.h>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr int mostCancels = 2;
/// While a server is frozen no request to cancel gets through, and there is no sense in keeping them all.
constexpr size_t mostCancelsToSend = 16;
/// So long after the request to cancel the socket is shut.
constexpr auto cutAfter = 500ms;
/// A connect that takes longer is written off even while calls would wait on. libpq itself gives up only
/// after connect_timeout for each host, and Qt's driver asks more of the server then, without any limit.
constexpr auto connectLimit = 4s;

} // namespace

void Pool::planTend(Clock::time_point at)
{
    if (at >= m_tendAt || !m_watchdog)
        return;
    m_watchdog->disarm(m_tendTicket);
    m_tendAt = at;
    m_tendTicket = m_watchdog->arm(at, [pool = weak_from_this()] {
        if (const auto self = pool.lock())
            self->tend();
    });
}

void Pool::tend()
{
    Answers answers;
    {
        const Lock lock(m_mutex);
        const auto now = Clock::now();
        m_tendAt = Clock::time_point::max();
        answerAbandoned(m_queue.takeAbandoned(), answers);
        for (const JobPtr &job : m_queue.takeDue(now)) {
            DbError error = leavingError(*job);
            m_counted.exhausted += error.kind == DbErrorKind::PoolExhausted ? 1 : 0;
            answer(job, std::move(error), answers);
        }
        const auto seats = m_seats; // writing off changes the list
        for (const auto &seat : seats) {
            if (seat->phase == Seat::Phase::Connecting)
                tendConnecting(*seat, now);
            else
                tendSeat(*seat, now, answers);
        }
        for (const auto &seat : m_writtenOff)
            tendSeat(*seat, now, answers);
        if (!hasHope() && m_breaker.state() == Breaker::State::Open)
            failWaiting(m_breaker.error(), answers);
        planTend(nextTend());
    }
    deliver(answers);
}

void Pool::tendSeat(Seat &seat, Clock::time_point now, Answers &answers)
{
    if (seat.job && !seat.job->isClaimed() && seat.job->expires() <= now) {
        const Job &job = *seat.job;
        const bool isRunning = seat.phase == Seat::Phase::Running;
        const bool wasSent = isRunning && seat.progress.wasSent();
        const DbError error = job.lost && !wasSent
                                  ? *job.lost
                                  : lateError(name(), job.call().operation, wasSent || job.lost.has_value());
        answer(seat.job, error, answers);
        if (isRunning) {
            ++m_counted.timeouts;
            m_suspectSince = now;
            if (m_answeredAt <= seat.began) // else only this call is slow
                note(error, {});
            sendCancel(seat);
            seat.limit = now + cutAfter;
        }
    }
    if (seat.limit <= now && seat.phase != Seat::Phase::Connecting)
        cut(seat);
}

void Pool::tendConnecting(Seat &seat, Clock::time_point now)
{
    const auto latest = seat.connectingSince + connectLimit;
    if (seat.limit > now)
        return;
    if (!seat.isProbe && !m_queue.isEmpty() && now < latest) { // others still wait for it
        seat.limit = std::min(latest, m_queue.firstExpires());
        return;
    }
    m_breaker.failed(hangingError(name()));
    note(m_breaker.error(), {});
    seat.limit = Clock::time_point::max();
    seat.isOverdue = true;
    if (m_writtenOff.size() >= mostWrittenOff)
        return; // it keeps its place, and no other one is begun
    seat.isWrittenOff = true;
    const auto at = std::find_if(m_seats.begin(), m_seats.end(),
                                 [&seat](const auto &other) { return other.get() == &seat; });
    m_writtenOff.push_back(std::move(*at));
    m_seats.erase(at);
}

Pool::Clock::time_point Pool::nextTend() const
{
    auto next = m_queue.nextLeave();
    for (const auto *list : {&m_seats, &m_writtenOff}) {
        for (const auto &seat : *list) {
            next = std::min(next, seat->limit);
            if (seat->job && !seat->job->isClaimed())
                next = std::min(next, seat->job->expires());
        }
    }
    return next;
}

void Pool::giveUp(const JobPtr &job)
{
    DbError error;
    {
        const Lock lock(m_mutex);
        if (!job->claim())
            return;
        bool wasSent = false;
        if (!m_queue.remove(job.get())) {
            for (const auto &seat : m_seats) {
                if (seat->job != job || seat->phase != Seat::Phase::Running)
                    continue;
                wasSent = seat->progress.wasSent();
                sendCancel(*seat);
                seat->limit = Clock::now() + cutAfter;
                planTend(seat->limit);
            }
        }
        ++m_counted.calls;
        ++m_counted.failed;
        ++m_counted.canceled;
        if (m_stopping)
            m_quiet.notify_all();
        error = canceledError(name(), job->call().operation, wasSent || job->lost.has_value());
    }
    job->finish(&error);
}

void Pool::sendCancel(Seat &seat)
{
    if (!seat.canceler || m_cancelsToSend.size() >= mostCancelsToSend)
        return;
    m_cancelsToSend.push_back(seat.canceler);
    seat.cancelUnderWay = true;
    if (m_cancels >= mostCancels)
        return; // one of the threads takes it over, be it after the socket was shut: its locks are freed
    try {
        // PQcancel() of libpq 15 waits for the server, which may be frozen.
        std::thread([pool = shared_from_this()]() mutable {
            while (auto canceler = pool->nextCancel()) {
                char text[256];
                PQcancel(canceler.get(), text, sizeof text);
                pool->cancelEnded(canceler);
            }
            pool.reset();
            Internal::countAbandoned(-1);
        }).detach();
    } catch (const std::system_error &) {
        m_cancelsToSend.pop_back(); // the system has no more threads: the socket is shut a moment later
        seat.cancelUnderWay = false;
        return;
    }
    Internal::countAbandoned(+1);
    ++m_cancels;
}

std::shared_ptr<pg_cancel> Pool::nextCancel()
{
    const Lock lock(m_mutex);
    if (m_cancelsToSend.empty()) {
        --m_cancels;
        return nullptr;
    }
    auto canceler = std::move(m_cancelsToSend.front());
    m_cancelsToSend.pop_front();
    return canceler;
}

void Pool::cancelEnded(const std::shared_ptr<pg_cancel> &canceler)
{
    const Lock lock(m_mutex);
    for (const auto &seat : m_seats) {
        if (seat->canceler != canceler)
            continue;
        seat->cancelUnderWay = false;
        seat->wake.notify_all();
    }
}

void Pool::cut(Seat &seat)
{
    seat.limit = Clock::time_point::max();
    if (seat.phase == Seat::Phase::Idle || seat.socket < 0 || seat.isCut)
        return;
    seat.isCut = true;
    ::shutdown(seat.socket, SHUT_RDWR);
}

void Pool::requestStop()
{
    Answers answers;
    {
        const Lock lock(m_mutex);
        if (m_stopping)
            return;
        m_stopping = true;
        m_stoppedAt = Clock::now();
        for (const JobPtr &job : m_queue.takeAll())
            answer(job, job->lost.value_or(endingError(name(), job->call().operation, false)), answers);
        for (const auto &seat : m_seats)
            seat->wake.notify_all();
    }
    deliver(answers);
}

bool Pool::isQuiet() const
{
    return std::none_of(m_seats.begin(), m_seats.end(),
                        [](const auto &seat) { return seat->job && !seat->job->isClaimed(); });
}

void Pool::stop(std::chrono::milliseconds grace)
{
    requestStop();
    Answers answers;
    std::vector<std::thread> threads;
    Watchdog *watchdog = nullptr;
    quint64 ticket = 0;
    {
        Lock lock(m_mutex);
        m_quiet.wait_until(lock, m_stoppedAt + grace, [this] { return isQuiet(); });
        for (const auto &seat : m_seats) {
            if (seat->job) {
                const bool wasSent = seat->phase == Seat::Phase::Running && seat->progress.wasSent();
                answer(
                    seat->job,
                    endingError(name(), seat->job->call().operation, wasSent || seat->job->lost.has_value()),
                    answers);
            }
            cut(*seat);
            seat->wake.notify_all();
        }
        for (const auto &seat : m_writtenOff)
            cut(*seat); // one that has connected late, and may hang in its check
        threads = takeThreads();
        watchdog = std::exchange(m_watchdog, nullptr);
        ticket = m_tendTicket;
    }
    deliver(answers);
    for (std::thread &thread : threads) {
        if (thread.get_id() == std::this_thread::get_id())
            thread.detach(); // its own callback ends the pool
        else
            thread.join();
    }
    if (!watchdog)
        return;
    watchdog->cancel(ticket);
    watchdog->waitForRunning(); // a tend() that has planned the next one already, and answers now
}

std::vector<std::thread> Pool::takeThreads()
{
    std::vector<std::thread> threads = std::exchange(m_ended, {});
    std::move(m_leaving.begin(), m_leaving.end(), std::back_inserter(threads));
    m_leaving.clear();
    for (const auto *list : {&m_seats, &m_writtenOff}) {
        for (const auto &seat : *list) {
            if (!seat->thread.joinable())
                continue;
            if (seat->phase != Seat::Phase::Connecting) {
                threads.push_back(std::move(seat->thread));
                continue;
            }
            // Nothing reaches it; it ends by itself, and touches nothing but what it shares.
            seat->isAbandoned = true;
            Internal::countAbandoned(+1);
            seat->thread.detach();
        }
    }
    return threads;
}

} // namespace Branchline
