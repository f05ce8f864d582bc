// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/pool.h"

namespace Branchline {

/// A thread of a pool and the connection that it owns. It opens the connection, runs the calls that the pool
/// gives it, and ends with the connection when the pool wants no other one.
class Worker final
{
public:
    /// Starts the thread that sits in `seat`.
    static void start(std::shared_ptr<Pool> pool, const std::shared_ptr<Seat> &seat);

private:
    Worker(std::shared_ptr<Pool> pool, std::shared_ptr<Seat> seat);

    using Start = Pool::Start;
    enum class Next {
        Served, ///< the connection waits for the next call
        Again,
        Close
    };

    /// An answer on its way: delivered after the worker can be given another call, so that a caller who asks
    /// again at once finds it idle.
    struct Finished
    {
        JobPtr job;
        std::optional<DbError> error;
        void deliver();
    };

    void run();
    [[nodiscard]] bool connect();
    void close();
    void serve();
    /// What to do with the call; none: the connection is dead.
    [[nodiscard]] std::optional<Start> prepare();
    [[nodiscard]] bool validate();
    [[nodiscard]] Next perform(const JobPtr &job, Finished &finished);
    [[nodiscard]] std::optional<DbError> attempt(Job &job);
    [[nodiscard]] bool rollBack(const Job &job);

    const std::shared_ptr<Pool> m_pool;
    const std::shared_ptr<Seat> m_seat;
    std::unique_ptr<Session> m_session;
};

} // namespace Branchline
