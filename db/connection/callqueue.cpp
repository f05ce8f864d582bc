// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/callqueue.h"

#include <algorithm>

namespace Branchline {

void CallQueue::push(JobPtr job)
{
    m_jobs.push_back(std::move(job));
}

void CallQueue::giveBack(JobPtr job)
{
    m_jobs.push_front(std::move(job));
}

JobPtr CallQueue::pop(Jobs &abandoned)
{
    while (!m_jobs.empty()) {
        JobPtr job = std::move(m_jobs.front());
        m_jobs.pop_front();
        if (!job->isAbandoned())
            return job;
        abandoned.push_back(std::move(job));
    }
    return nullptr;
}

bool CallQueue::remove(const Job *job)
{
    const auto at = std::find_if(m_jobs.begin(), m_jobs.end(),
                                 [job](const JobPtr &waiting) { return waiting.get() == job; });
    if (at == m_jobs.end())
        return false;
    m_jobs.erase(at);
    return true;
}

template <typename Condition>
CallQueue::Jobs CallQueue::takeIf(Condition condition)
{
    const auto rest = std::stable_partition(m_jobs.begin(), m_jobs.end(),
                                            [&](const JobPtr &job) { return !condition(*job); });
    Jobs taken(std::make_move_iterator(rest), std::make_move_iterator(m_jobs.end()));
    m_jobs.erase(rest, m_jobs.end());
    return taken;
}

CallQueue::Jobs CallQueue::takeDue(Clock::time_point now)
{
    return takeIf([now](const Job &job) { return job.leaveAt <= now; });
}

CallQueue::Jobs CallQueue::takeAbandoned()
{
    return takeIf([](const Job &job) { return job.isAbandoned(); });
}

CallQueue::Jobs CallQueue::takeAll()
{
    return takeIf([](const Job &) { return true; });
}

CallQueue::Clock::time_point CallQueue::nextLeave() const
{
    auto earliest = Clock::time_point::max();
    for (const JobPtr &job : m_jobs)
        earliest = std::min(earliest, job->leaveAt);
    return earliest;
}

CallQueue::Clock::time_point CallQueue::firstExpires() const
{
    return m_jobs.empty() ? Clock::time_point::max() : m_jobs.front()->expires();
}

} // namespace Branchline
