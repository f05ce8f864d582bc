// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace Branchline {

/// Keeps what this process has in its memory, passwords and patrons' data among it, from being written out or
/// read by others: no core dump, not to a crash reporter either, and no other process of the same account may
/// attach or read its environment. The first thing that main() does. Programs that are started from here get
/// no core dumps either, but can be looked at as usual. Does nothing in builds with sanitizers, which attach
/// to themselves.
void keepMemoryPrivate();

} // namespace Branchline
