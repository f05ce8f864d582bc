// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>
#include <vector>

namespace Branchline {

/// A call that has a connection, as somebody who waits for one wants to know it.
struct ConnectionHolder
{
    QString operation; ///< of the call
    QString statement; ///< name of the statement that runs; empty between statements and while connecting
    std::chrono::milliseconds age{0}; ///< since the call got the connection
};

/// The state of the pool of one database at one moment, and what it has counted since the program started.
struct PoolGauges
{
    enum class Breaker {
        Closed,  ///< calls go to the database
        Open,    ///< calls fail at once until `retryIn` has passed
        HalfOpen ///< one call tries whether the database is back
    };

    QString database; ///< "main" or "<name>_shard"
    int size = 0;
    int maxOverflow = 0;

    int open = 0;       ///< connections, in use or idle
    int busy = 0;       ///< in use by a call
    int connecting = 0; ///< being opened
    int waiting = 0;    ///< calls that wait for a connection
    int writtenOff = 0; ///< threads that are stuck in connecting and were given up
    Breaker breaker = Breaker::Closed;
    std::chrono::milliseconds retryIn{0}; ///< while the breaker is open
    std::vector<ConnectionHolder> holders;

    quint64 calls = 0;         ///< answered, errors included
    quint64 failed = 0;        ///< of them with an error
    quint64 opened = 0;        ///< connections made
    quint64 closedIdle = 0;    ///< closed after idleClose, or since there were more than `size`
    quint64 recycled = 0;      ///< closed at their age
    quint64 deadBeforeUse = 0; ///< found dead by the look before a use, and not handed out
    quint64 lostInUse = 0;     ///< broke while a call was under way
    quint64 connectFailures = 0;
    quint64 timeouts = 0;                ///< calls whose deadline passed while they ran
    quint64 exhausted = 0;               ///< calls that got no connection in time
    quint64 canceled = 0;                ///< calls that were given up by their caller
    quint64 leaks = 0;                   ///< calls that left a transaction open
    std::chrono::microseconds waited{0}; ///< sum of the times that calls waited for a connection
};

} // namespace Branchline
