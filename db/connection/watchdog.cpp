// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/watchdog.h"

#include <algorithm>

namespace Branchline {

Watchdog::Watchdog()
    : m_thread([this](const std::stop_token &stop) { run(stop); })
{}

Watchdog::~Watchdog()
{
    m_thread.request_stop();
    m_changed.notify_all();
}

quint64 Watchdog::arm(Clock::time_point deadline, std::function<void()> expired)
{
    const std::lock_guard lock(m_mutex);
    const quint64 ticket = ++m_lastTicket;
    const auto at = m_pending.emplace(deadline, std::pair{ticket, std::move(expired)});
    if (at == m_pending.begin())
        m_changed.notify_all();
    return ticket;
}

void Watchdog::cancel(quint64 ticket)
{
    const std::lock_guard lock(m_mutex);
    const auto at = std::find_if(m_pending.begin(), m_pending.end(),
                                 [ticket](const auto &entry) { return entry.second.first == ticket; });
    if (at != m_pending.end())
        m_pending.erase(at);
}

void Watchdog::run(std::stop_token stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        if (m_pending.empty()) {
            m_changed.wait(lock, stop, [this] { return !m_pending.empty(); });
            continue;
        }
        const auto first = m_pending.begin();
        if (first->first > Clock::now()) {
            const auto until = first->first;
            m_changed.wait_until(lock, stop, until, [this, until] {
                return m_pending.empty() || m_pending.begin()->first < until;
            });
            continue;
        }
        auto expired = std::move(first->second.second);
        m_pending.erase(first);
        expired();
    }
}

} // namespace Branchline
