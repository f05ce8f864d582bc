// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

namespace Branchline {

/// How many connections to one database a program keeps, and for how long.
struct PoolSettings
{
    int size = 20;                                   ///< most connections kept, DATABASE_POOL_SIZE
    int maxOverflow = 30;                            ///< more under load, DATABASE_MAX_OVERFLOW
    std::chrono::milliseconds acquireTimeout{30000}; ///< a call waits so long for one, DATABASE_POOL_TIMEOUT
    /// An idle connection that is older is replaced (+-10 %, so that not all go at once);
    /// DATABASE_POOL_RECYCLE.
    std::chrono::milliseconds recycle{3600000};
    std::chrono::milliseconds idleClose{300000};   ///< a connection that was not used for so long is closed
    std::chrono::milliseconds validateAfter{1000}; ///< idle for longer: a round trip before the next use

    /// What a desk needs: one connection for scans, one beside it, two more for reports.
    [[nodiscard]] static PoolSettings ofDesk()
    {
        PoolSettings settings;
        settings.size = 2;
        settings.maxOverflow = 2;
        settings.acquireTimeout = std::chrono::milliseconds(5000);
        return settings;
    }
};

} // namespace Branchline
