// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/watchdog.h"

#include <deque>

namespace Branchline {

/// Lets at most two questions to all shards run at once, so that a program never takes more than two
/// connections of each shard for them. At most one of the two may be a long one: a report on the way leaves
/// room for the card that is scanned meanwhile. Those that wait start in the order of their deadlines. All
/// functions are thread-safe and wait for nothing.
class FanOutGate final
{
public:
    /// A question with a deadline over this is a long one.
    static constexpr std::chrono::milliseconds longFrom{3000};
    static constexpr int places = 2;

    /// Calls `start` as soon as there is room: now, or later in the thread of a leave(). A question whose
    /// time is up while it waits is let in all the same and has to leave at once.
    void enter(std::chrono::milliseconds deadline, std::function<void()> start);
    /// Whoever was let in leaves once, with the same deadline.
    void leave(std::chrono::milliseconds deadline);

    /// How many run, and how many wait.
    [[nodiscard]] int running() const;
    [[nodiscard]] int waiting() const;

private:
    struct Waiting
    {
        Watchdog::Clock::time_point until;
        bool isLong = false;
        std::function<void()> start;
    };
    [[nodiscard]] bool hasRoom(bool isLong) const;

    mutable std::mutex m_mutex;
    std::deque<Waiting> m_waiting; ///< by deadline
    int m_running = 0;
    int m_runningLong = 0;
};

} // namespace Branchline
