// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace Branchline {

/// Runs short callbacks when their deadline passes, in one thread of its own. It is what ends a wait on a
/// frozen server, where neither statement_timeout nor the kernel's timeouts help.
class Watchdog final
{
public:
    using Clock = std::chrono::steady_clock;

    Watchdog();
    ~Watchdog();
    Watchdog(const Watchdog &) = delete;
    Watchdog &operator=(const Watchdog &) = delete;

    /// Calls `expired` once at `deadline` unless cancel() comes first. It must not block, nor call back into
    /// the watchdog. Thread-safe.
    quint64 arm(Clock::time_point deadline, std::function<void()> expired);
    /// After this returns, the callback is neither running nor will it run. Thread-safe.
    void cancel(quint64 ticket);

private:
    void run(std::stop_token stop);

    std::mutex m_mutex; ///< held while a callback runs: that is what cancel() promises
    std::condition_variable_any m_changed;
    std::multimap<Clock::time_point, std::pair<quint64, std::function<void()>>> m_pending;
    quint64 m_lastTicket = 0;
    std::jthread m_thread;
};

} // namespace Branchline
