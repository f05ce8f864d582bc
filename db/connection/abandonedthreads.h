// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace Branchline {

/// Threads that were left behind in a wait that nothing ends: connecting to a server that does not answer, or
/// asking one to cancel. They end by themselves when the server answers or its machine is given up.
/// Process-wide and thread-safe.
[[nodiscard]] int abandonedThreads();

/// The last that main() does, after everything it made has gone: returns `status`. While threads are left
/// behind it writes out what is in the standard streams and ends the program at once with `status`, since
/// those threads would meet destroyed objects.
int leaveProgram(int status);

namespace Internal {
/// What abandonedThreads() counts changes.
void countAbandoned(int change);
} // namespace Internal

} // namespace Branchline
