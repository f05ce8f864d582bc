// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanoutgate.h"

#include <algorithm>

namespace Branchline {

void FanOutGate::enter(std::chrono::milliseconds deadline, std::function<void()> start)
{
    const bool isLong = deadline > longFrom;
    {
        const std::lock_guard lock(m_mutex);
        if (!hasRoom(isLong)) {
            const auto until = Watchdog::Clock::now() + deadline;
            const auto place = std::upper_bound(m_waiting.begin(), m_waiting.end(), until,
                                                [](auto time, const Waiting &w) { return time < w.until; });
            m_waiting.insert(place, {until, isLong, std::move(start)});
            return;
        }
        ++m_running;
        m_runningLong += isLong ? 1 : 0;
    }
    start();
}

void FanOutGate::leave(std::chrono::milliseconds deadline)
{
    std::function<void()> start;
    {
        const std::lock_guard lock(m_mutex);
        --m_running;
        m_runningLong -= deadline > longFrom ? 1 : 0;
        const auto next = std::find_if(m_waiting.begin(), m_waiting.end(),
                                       [this](const Waiting &w) { return hasRoom(w.isLong); });
        if (next == m_waiting.end())
            return;
        ++m_running;
        m_runningLong += next->isLong ? 1 : 0;
        start = std::move(next->start);
        m_waiting.erase(next);
    }
    start();
}

bool FanOutGate::hasRoom(bool isLong) const
{
    return m_running < places && !(isLong && m_runningLong > 0);
}

int FanOutGate::running() const
{
    const std::lock_guard lock(m_mutex);
    return m_running;
}

int FanOutGate::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return static_cast<int>(m_waiting.size());
}

} // namespace Branchline
