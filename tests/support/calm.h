// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

namespace Branchline {

/// Whether nobody else keeps the processors busy (the load of the last minute is below half their number):
/// only then does a time that was measured say something about the program.
[[nodiscard]] bool isMachineCalm();

/// What a test allows for something that is promised within so many milliseconds: just that on a calm
/// machine, and five times as long on a busy one, where it only shows that it comes to an end.
[[nodiscard]] qint64 withRoom(qint64 promisedMs);

} // namespace Branchline
