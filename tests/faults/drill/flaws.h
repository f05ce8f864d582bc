// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/lane.h"

namespace Branchline::Drill {

/// Desks that do on purpose what must not be done, to see whether the checker notices.
///
///     (empty)             does everything right
///     settle-by-select    looks into op_result instead of repeating the call
///
/// Ends the program for another word.
[[nodiscard]] std::unique_ptr<DeskHabit> habitWithFlaw(const QString &flaw);

} // namespace Branchline::Drill
