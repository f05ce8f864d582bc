// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"

#include <chrono>
#include <functional>

namespace Branchline {

/// Decides whether a connection to a database is tried at all. After a failure everything fails at once for a
/// while, so that a dead database costs one probe and not one timeout per click; then exactly one attempt
/// probes it. The pauses double and are drawn at random, so that the desks of a library do not come back in
/// one moment when their server does. Not thread-safe: its owner's lock guards it.
class Breaker final
{
public:
    using Clock = std::chrono::steady_clock;
    enum class State {
        Closed,  ///< connections are tried
        Open,    ///< none is tried until the pause is over
        HalfOpen ///< one is being tried
    };

    static constexpr std::chrono::milliseconds firstPause{200};
    static constexpr std::chrono::milliseconds longestPause{4000};
    static constexpr std::chrono::milliseconds shortestPause{100};

    /// `now` tells the time, `random` a number from 0 to below 1.
    explicit Breaker(std::function<Clock::time_point()> now = Clock::now,
                     std::function<double()> random = randomShare);

    [[nodiscard]] State state() const { return m_state; }
    /// Whether a connection may be tried now. When a pause is over the one who asks has the probe, and must
    /// report how it ended.
    [[nodiscard]] bool admit();
    /// A connection was made.
    void succeeded();
    /// A connection could not be made, or did not answer. Failures of attempts that began before the first
    /// one was known do not lengthen the pause.
    void failed(DbError error);
    /// The last failure; of interest while it is not closed.
    [[nodiscard]] const DbError &error() const { return m_error; }
    /// How long until an attempt is let through; 0 unless open.
    [[nodiscard]] std::chrono::milliseconds retryIn() const;

    /// A number from 0 to below 1.
    [[nodiscard]] static double randomShare();

private:
    std::function<Clock::time_point()> m_now;
    std::function<double()> m_random;
    State m_state = State::Closed;
    DbError m_error;
    int m_failures = 0; ///< one after another
    Clock::time_point m_until;
};

} // namespace Branchline
