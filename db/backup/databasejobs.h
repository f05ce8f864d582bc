// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <semaphore>
#include <vector>

namespace Branchline::Internal {

/// More programs at once only fight for the disk and the network.
inline constexpr int databasesAtOnce = 4;

/// Jobs of one command, one for each database, in threads of their own. When one fails, the others end.
class DatabaseJobs final
{
public:
    explicit DatabaseJobs(std::function<bool()> isCancelled)
        : m_isCancelled(std::move(isCancelled))
    {}
    ~DatabaseJobs()
    {
        m_isStopped = true;
        waitForAll();
    }
    Q_DISABLE_COPY_MOVE(DatabaseJobs)

    /// For the jobs: whether they are to end.
    [[nodiscard]] bool isStopped() const { return m_isStopped || (m_isCancelled && m_isCancelled()); }

    /// Starts a job; it throws what went wrong.
    template <typename Work>
    void add(Work work)
    {
        m_jobs.push_back(std::async(std::launch::async, [this, work = std::move(work)] {
            m_places.acquire();
            try {
                if (!isStopped())
                    work();
            } catch (...) {
                const std::scoped_lock lock(m_mutex);
                if (!m_failure)
                    m_failure = std::current_exception();
                m_isStopped = true;
            }
            m_places.release();
        }));
    }

    /// Waits for all of them, then throws what the first one that failed threw.
    void finish()
    {
        waitForAll();
        if (m_failure)
            std::rethrow_exception(m_failure);
    }

private:
    void waitForAll()
    {
        for (std::future<void> &job : m_jobs)
            job.wait();
    }

    std::function<bool()> m_isCancelled;
    std::atomic<bool> m_isStopped = false;
    std::counting_semaphore<databasesAtOnce> m_places{databasesAtOnce};
    std::mutex m_mutex;
    std::exception_ptr m_failure; ///< of the first that failed
    std::vector<std::future<void>> m_jobs;
};

} // namespace Branchline::Internal
