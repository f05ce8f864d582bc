// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/privatememory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace Branchline {

void keepMemoryPrivate()
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // Too little for a file. A core_pattern that pipes into a program does not mind the limit, unless it is
    // exactly 1: with that the kernel breaks off there, too.
    const rlimit next{1, 1};
    ::setrlimit(RLIMIT_CORE, &next);
#endif
}

void closeMemoryToOthers()
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

} // namespace Branchline
