// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace Branchline {

/// Runs short callbacks when their time comes, one after another, in one thread of its own. It is what ends a
/// wait on a frozen server, where neither statement_timeout nor the kernel's timeouts help. All functions are
/// thread-safe and may be called from callbacks too.
class Watchdog final
{
public:
    using Clock = std::chrono::steady_clock;

    Watchdog();
    /// Stops.
    ~Watchdog();
    Q_DISABLE_COPY_MOVE(Watchdog)

    /// Calls `expired` once at `deadline` unless it is cancelled before, and returns the ticket to do so. The
    /// callback must not block: it would delay all others. No lock is held while it runs.
    quint64 arm(Clock::time_point deadline, std::function<void()> expired);
    /// After this returns, the callback is neither running nor will it run; called by the callback itself, it
    /// returns at once. The caller must hold no lock that the callback takes.
    void cancel(quint64 ticket);
    /// Takes a callback out without waiting: false when it has begun, or ended, already.
    bool disarm(quint64 ticket);
    /// Waits for the callback that runs now, whoever armed it; called by a callback, it returns at once. The
    /// caller must hold no lock that a callback takes.
    void waitForRunning();
    /// Ends the thread: waits for a callback that runs, and drops those that have not begun. What is armed
    /// later is dropped too. Not for callbacks.
    void stop();

private:
    using Key = std::pair<Clock::time_point, quint64>;

    void run(const std::stop_token &stop);
    [[nodiscard]] bool takeOut(quint64 ticket);

    std::mutex m_mutex; ///< never held while a callback runs
    std::condition_variable_any m_changed;
    std::condition_variable m_finished;
    std::map<Key, std::function<void()>> m_pending;
    std::unordered_map<quint64, Clock::time_point> m_deadlines;
    Clock::time_point m_wakesAt = Clock::time_point::max(); ///< of the thread, if nothing else wakes it
    quint64 m_lastTicket = 0;
    quint64 m_running = 0; ///< ticket of the callback that runs, or 0
    bool m_isStopped = false;
    std::jthread m_thread;
    const std::thread::id m_threadId; ///< also after m_thread has ended
};

} // namespace Branchline
