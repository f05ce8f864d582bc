// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <algorithm>
#include <chrono>
#include <stop_token>

namespace Branchline {

/// One call of the data layer: what it is, how long its caller waits, and whether it may be sent again.
struct Call
{
    QLatin1StringView operation; ///< named in errors and in the server's session list: "checkout"
    std::chrono::milliseconds deadline{6000}; ///< of the whole call, waiting for a connection included
    bool repeatable = true;                   ///< a read, or a function that a request id makes exactly-once
    /// A request to stop takes a waiting call out of the queue, cancels a running one on the server, and
    /// answers with DbErrorKind::Canceled.
    std::stop_token stop = {};

    /// The same for one step of something that was promised by `end`: with what is left until then, and never
    /// with more than its own deadline. At least a moment, in which nothing is answered, remains.
    [[nodiscard]] Call until(std::chrono::steady_clock::time_point end) const
    {
        using std::chrono::milliseconds;
        const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
        Call step = *this;
        step.deadline = std::max(milliseconds(1), std::min(deadline, left));
        return step;
    }
};

} // namespace Branchline
