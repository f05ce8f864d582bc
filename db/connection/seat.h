// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/job.h"
#include "db/connection/progress.h"

#include <condition_variable>
#include <thread>

struct pg_cancel;

namespace Branchline {

/// A worker as its pool and the watchdog see it. Guarded by the pool's mutex, but for `progress`, which has
/// its own.
struct Seat
{
    using Clock = Job::Clock;

    enum class Phase {
        Connecting, ///< in libpq, where nothing reaches it
        Checking,   ///< connected; the database is looked at before the first call
        Idle,       ///< waits for a call
        Preparing,  ///< has a call; looks whether the connection still lives
        Running,    ///< in the task of its call
        Settling,   ///< tidies up after a call
        Closing     ///< closes its connection, and then looks whether another one is wanted
    };

    Phase phase = Phase::Connecting;
    JobPtr job;                                         ///< from Preparing to Settling
    Clock::time_point since = {};                       ///< when it got the job
    Clock::time_point began = {};                       ///< when the task began
    Clock::time_point limit = Clock::time_point::max(); ///< of the phase: then the socket is shut, or it is
                                                        ///< written off
    Clock::time_point connectingSince = Clock::now();

    /// A descriptor of our own for the connection's socket, to shut it: libpq closes its own one by itself
    /// when the connection breaks, and the number is used again at once. -1: not connected.
    int socket = -1;
    std::shared_ptr<pg_cancel> canceler; ///< asks the server to end the statement that runs
    bool isCut = false;                  ///< the socket was shut
    bool cancelUnderWay = false;         ///< a request to cancel may still reach the server
    bool mustValidate = false;
    bool replaces = false;     ///< to be opened again without a call that waits for it
    bool isSuccessor = false;  ///< takes the place of an old connection once it is checked
    bool hasSuccessor = false; ///< closes as soon as a successor is there
    bool isProbe = false;   ///< the connection before fell silent: this connect has little time to show why
    bool isOverdue = false; ///< connecting takes too long, and it could not be written off
    bool isWrittenOff = false;
    bool isAbandoned = false; ///< its thread outlives the pool

    Clock::time_point openedAt = {};
    Clock::time_point usedAt = {};    ///< end of the last use
    Clock::time_point checkedAt = {}; ///< last time that the server is known to have answered
    Clock::time_point recycleAt = {};

    std::condition_variable wake;
    Progress progress;
    std::thread thread;

    /// Whether it has a connection, as far as is known.
    [[nodiscard]] bool isOpen() const { return phase != Phase::Connecting && phase != Phase::Closing; }
    /// Whether it is in a call.
    [[nodiscard]] bool isBusy() const { return job != nullptr; }
};

} // namespace Branchline
