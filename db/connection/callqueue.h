// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/job.h"

#include <deque>
#include <vector>

namespace Branchline {

/// The calls that wait for a connection, first come first served. Not thread-safe: the pool's lock guards it.
class CallQueue final
{
public:
    using Clock = Job::Clock;
    using Jobs = std::vector<JobPtr>;

    [[nodiscard]] bool isEmpty() const { return m_jobs.empty(); }
    [[nodiscard]] size_t size() const { return m_jobs.size(); }

    /// To the end; it waits until job->leaveAt.
    void push(JobPtr job);
    /// One that was taken and could not be served keeps its place.
    void giveBack(JobPtr job);
    /// The next call whose caller still waits; null when there is none. Abandoned ones that stand before it
    /// are moved to `abandoned`.
    [[nodiscard]] JobPtr pop(Jobs &abandoned);
    /// Takes one call out; false when it does not wait here.
    bool remove(const Job *job);
    /// Those whose time is up, in their order.
    [[nodiscard]] Jobs takeDue(Clock::time_point now);
    /// Those whose callers have given them up.
    [[nodiscard]] Jobs takeAbandoned();
    [[nodiscard]] Jobs takeAll();
    /// Nobody leaves before this time.
    [[nodiscard]] Clock::time_point nextLeave() const;
    /// The time at which the first in the queue gives up; empty queue: the far future.
    [[nodiscard]] Clock::time_point firstExpires() const;

private:
    template <typename Condition>
    Jobs takeIf(Condition condition);

    std::deque<JobPtr> m_jobs;
};

} // namespace Branchline
