// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/privatememory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace Branchline {

void keepMemoryPrivate()
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    // The limit alone does not stop a core_pattern that pipes into a program.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

} // namespace Branchline
