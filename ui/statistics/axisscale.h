// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <algorithm>

namespace Branchline {

/// The scale of a value axis that begins at 0: grid lines at round numbers.
struct AxisScale
{
    qint64 step = 1; ///< from one line to the next
    int steps = 1;   ///< lines above 0

    [[nodiscard]] qint64 top() const { return step * steps; }
};

/// The scale with at most `mostSteps` lines above 0 that reaches `value`; whole numbers only.
[[nodiscard]] inline AxisScale axisScale(qint64 value, int mostSteps = 5)
{
    const qint64 highest = std::max<qint64>(value, 1);
    for (qint64 power = 1;; power *= 10) {
        for (const qint64 digit : {1, 2, 5}) {
            const qint64 step = power * digit;
            const qint64 steps = (highest + step - 1) / step;
            if (steps <= mostSteps)
                return {step, static_cast<int>(steps)};
        }
    }
}

} // namespace Branchline
