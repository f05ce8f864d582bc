// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"

namespace Branchline::Ctl {

/// Starts the local library and does what `init` does, so that it can be used. Fast when both were done
/// before.
LocalStatus prepareLocalLibrary(Context &context, bool separateServers);

} // namespace Branchline::Ctl
