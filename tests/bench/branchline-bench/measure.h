// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>
#include <vector>

namespace Branchline::Bench {

/// How long operations took, of all clients together.
struct Measured
{
    std::vector<double> milliseconds; ///< of each operation, sorted
    double seconds = 0;               ///< from the first client's beginning to the last one's end

    [[nodiscard]] double quantile(double part) const;
};

/// Makes the operation that client `number` (from 0) repeats. Runs in that client's thread; whatever it needs
/// is made here, before the clock starts.
using MakeOperation = std::function<std::function<void()>(int number)>;

/// Lets clients, a thread each, repeat their operations for some time, each one's next after its last, 0.3 s
/// to warm up before it. What an operation throws ends the measurement and is thrown here.
[[nodiscard]] Measured measure(int clients, double seconds, const MakeOperation &make);

/// The line that the peer's runner reads. `operations`: 0 for as many as were measured, otherwise what one of
/// them counts for.
void print(const QString &workload, const QString &system, int clients, const Measured &measured,
           double operationsEach = 1);

} // namespace Branchline::Bench
