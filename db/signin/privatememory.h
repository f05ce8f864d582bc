// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace Branchline {

/// Keeps what this process has in its memory, passwords and patrons' data among it, out of core dumps: no
/// file, and nothing to a crash reporter either. The first thing that main() does. Programs that are started
/// from here get no core dumps either. Does nothing in builds with sanitizers, which attach to themselves.
void keepMemoryPrivate();

/// Also lets no other process of the same account attach or read the environment. For as soon as there is a
/// password: from then on the desktop's portals do not talk to this process, since they look at /proc to see
/// who asks; what they announce still arrives. Programs that are started from here can be looked at as usual.
/// Any thread; does nothing in builds with sanitizers.
void closeMemoryToOthers();

} // namespace Branchline
