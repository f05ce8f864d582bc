// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/signin/diagnosis.h"
#include "db/signin/serverprobe.h"

namespace Branchline::Internal {

/// Puts message and hint to a finding. Neither holds a password; the probe tells what the certificate says,
/// or in `names` the file of root certificates that is missing.
void addWords(Diagnosis &diagnosis, const ConnectionUrl &url, const ServerProbe &probe);

} // namespace Branchline::Internal
