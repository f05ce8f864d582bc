// SPDX-License-Identifier: GPL-3.0-or-later
// How workers get and lose their connections.
#include "db/connection/pool.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// After a connection fell silent, the next one shows within this time whether its server did.
constexpr auto probeLimit = 1500ms;
/// So long may the look at a database take that has just been connected to.
constexpr auto checkLimit = 3s;

} // namespace

bool Pool::opened(Seat &seat, int socket, std::shared_ptr<pg_cancel> canceler)
{
    const Lock lock(m_mutex);
    if (m_stopping)
        return false;
    ++m_counted.opened;
    seat.phase = Seat::Phase::Checking;
    seat.isOverdue = false;
    seat.socket = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    seat.canceler = std::move(canceler);
    seat.openedAt = seat.checkedAt = Clock::now();
    if (!std::exchange(seat.replaces, false)) // one that nobody uses closes, however often it was replaced
        seat.usedAt = seat.openedAt;
    const double jitter = 0.9 + 0.2 * Breaker::randomShare();
    seat.recycleAt = seat.openedAt + std::chrono::milliseconds(static_cast<qint64>(
                                         jitter * static_cast<double>(m_options.pool.recycle.count())));
    seat.limit = seat.openedAt + checkLimit;
    planTend(seat.limit);
    return true;
}

bool Pool::ready(Seat &seat)
{
    const Lock lock(m_mutex);
    seat.limit = Clock::time_point::max();
    seat.isProbe = false;
    m_breaker.succeeded();
    welcomeSuccessor(seat);
    if (!seat.isWrittenOff)
        return !m_stopping;
    if (m_stopping || m_seats.size() >= mostWorkers())
        return false;
    const auto at = std::find_if(m_writtenOff.begin(), m_writtenOff.end(),
                                 [&seat](const auto &other) { return other.get() == &seat; });
    seat.isWrittenOff = false;
    m_seats.push_back(std::move(*at));
    m_writtenOff.erase(at);
    return true;
}

void Pool::connectFailed(Seat &seat, const DbError &error)
{
    Answers answers;
    {
        const Lock lock(m_mutex);
        ++m_counted.connectFailures;
        const bool isNews = !seat.isWrittenOff;
        retire(seat);
        if (isNews) {
            m_breaker.failed(error);
            note(error, {});
            dispatch(answers);
            if (!hasHope())
                failWaiting(error, answers);
        }
    }
    deliver(answers);
}

bool Pool::beginConnect(Seat &seat)
{
    Answers answers;
    {
        const Lock lock(m_mutex);
        const bool isWanted = seat.replaces || m_queue.size() > connectingCount();
        if (!m_stopping && isWanted) {
            const auto refusal = admission();
            if (!refusal) {
                seat.phase = Seat::Phase::Connecting;
                seat.connectingSince = Clock::now();
                seat.limit = seat.isProbe        ? seat.connectingSince + probeLimit
                             : m_queue.isEmpty() ? seat.connectingSince + replacementLimit
                                                 : m_queue.firstExpires();
                seat.isCut = seat.cancelUnderWay = seat.mustValidate = false;
                planTend(seat.limit);
                return true;
            }
            retire(seat);
            dispatch(answers);
            if (!hasHope())
                failWaiting(*refusal, answers);
        } else {
            retire(seat);
        }
    }
    deliver(answers);
    return false;
}

void Pool::retire(Seat &seat)
{
    if (seat.thread.joinable())
        m_leaving.push_back(std::move(seat.thread));
    const auto isSeat = [&seat](const auto &other) { return other.get() == &seat; };
    std::erase_if(m_seats, isSeat);
    std::erase_if(m_writtenOff, isSeat);
}

void Pool::discard(Seat &seat)
{
    const Lock lock(m_mutex);
    retire(seat);
}

void Pool::left(const Seat &seat)
{
    if (seat.isAbandoned)
        return Internal::countAbandoned(-1);
    const Lock lock(m_mutex);
    const auto at = std::find_if(m_leaving.begin(), m_leaving.end(), [](const std::thread &thread) {
        return thread.get_id() == std::this_thread::get_id();
    });
    if (at == m_leaving.end()) // stop() waits for it, or left it behind
        return;
    m_ended.push_back(std::move(*at));
    m_leaving.erase(at);
}

} // namespace Branchline
