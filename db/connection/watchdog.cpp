// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/watchdog.h"

namespace Branchline {

Watchdog::Watchdog()
    : m_thread([this](const std::stop_token &stop) { run(stop); })
    , m_threadId(m_thread.get_id())
{}

Watchdog::~Watchdog()
{
    stop();
}

void Watchdog::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    m_thread.join();
    decltype(m_pending) dropped; // what they hold goes without the lock
    const std::lock_guard lock(m_mutex);
    m_isStopped = true;
    dropped.swap(m_pending);
    m_deadlines.clear();
}

void Watchdog::waitForRunning()
{
    std::unique_lock lock(m_mutex);
    if (std::this_thread::get_id() != m_threadId)
        m_finished.wait(lock, [this, running = m_running] { return m_running == 0 || m_running != running; });
}

quint64 Watchdog::arm(Clock::time_point deadline, std::function<void()> expired)
{
    quint64 ticket = 0;
    bool isEarlier = false;
    {
        const std::lock_guard lock(m_mutex);
        ticket = ++m_lastTicket;
        if (m_isStopped)
            return ticket;
        m_pending.emplace(Key(deadline, ticket), std::move(expired));
        m_deadlines.emplace(ticket, deadline);
        isEarlier = deadline < m_wakesAt;
        if (isEarlier)
            m_wakesAt = deadline;
    }
    // It wakes up by itself for all others.
    if (isEarlier)
        m_changed.notify_all();
    return ticket;
}

bool Watchdog::takeOut(quint64 ticket)
{
    const auto known = m_deadlines.find(ticket);
    if (known == m_deadlines.end())
        return false;
    m_pending.erase({known->second, ticket});
    m_deadlines.erase(known);
    return true;
}

bool Watchdog::disarm(quint64 ticket)
{
    const std::lock_guard lock(m_mutex);
    return takeOut(ticket);
}

void Watchdog::cancel(quint64 ticket)
{
    std::unique_lock lock(m_mutex);
    if (ticket == 0 || takeOut(ticket) || std::this_thread::get_id() == m_threadId)
        return;
    m_finished.wait(lock, [this, ticket] { return m_running != ticket; });
}

void Watchdog::run(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        if (m_pending.empty()) {
            m_wakesAt = Clock::time_point::max();
            m_changed.wait(lock, stop, [this] { return !m_pending.empty(); });
            continue;
        }
        const auto first = m_pending.begin();
        const auto at = first->first.first;
        if (at > Clock::now()) {
            m_wakesAt = at;
            m_changed.wait_until(lock, stop, at, [this, at] { return m_wakesAt < at; });
            continue;
        }
        auto expired = std::move(first->second);
        m_running = first->first.second;
        m_deadlines.erase(m_running);
        m_pending.erase(first);
        lock.unlock();
        expired();
        expired = nullptr; // what it holds may call back when it goes
        lock.lock();
        m_running = 0;
        m_finished.notify_all();
    }
}

} // namespace Branchline
