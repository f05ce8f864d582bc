// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanoutgate.h"

#include <algorithm>

namespace Branchline {

void FanOutGate::enter(const void *key, std::chrono::milliseconds deadline, std::function<void()> start)
{
    std::unique_lock lock(m_mutex);
    m_waiting.push_back({key, deadline > longFrom, std::move(start)});
    startNext(std::move(lock));
}

bool FanOutGate::withdraw(const void *key)
{
    std::function<void()> start; // what it holds goes without the lock
    const std::lock_guard lock(m_mutex);
    const auto at = std::find_if(m_waiting.begin(), m_waiting.end(),
                                 [key](const Waiting &waiting) { return waiting.key == key; });
    if (at == m_waiting.end())
        return false;
    start = std::move(at->start);
    m_waiting.erase(at);
    return true;
}

void FanOutGate::leave(std::chrono::milliseconds deadline)
{
    std::unique_lock lock(m_mutex);
    --m_running;
    m_runningLong -= deadline > longFrom ? 1 : 0;
    startNext(std::move(lock));
}

/// One after another and by one thread: a question that fails at once leaves while it starts, and with many
/// of them each would start the next inside itself.
void FanOutGate::startNext(std::unique_lock<std::mutex> lock)
{
    if (m_isStarting)
        return;
    m_isStarting = true;
    for (;;) {
        const auto next = std::find_if(m_waiting.begin(), m_waiting.end(),
                                       [this](const Waiting &w) { return hasRoom(w.isLong); });
        if (next == m_waiting.end())
            break;
        ++m_running;
        m_runningLong += next->isLong ? 1 : 0;
        auto start = std::move(next->start);
        m_waiting.erase(next);
        lock.unlock();
        start();
        start = nullptr;
        lock.lock();
    }
    m_isStarting = false;
}

void FanOutGate::share(QLatin1StringView name, const std::shared_ptr<void> &question)
{
    const std::lock_guard lock(m_mutex);
    m_shared[name] = question;
}

std::shared_ptr<void> FanOutGate::shared(QLatin1StringView name) const
{
    const std::lock_guard lock(m_mutex);
    const auto known = m_shared.find(name);
    return known == m_shared.end() ? nullptr : known->second.lock();
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
