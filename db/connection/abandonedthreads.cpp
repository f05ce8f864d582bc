// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/abandonedthreads.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace Branchline {

namespace {

std::atomic<int> abandoned = 0;

} // namespace

int abandonedThreads()
{
    return abandoned;
}

int leaveProgram(int status)
{
    if (abandonedThreads() == 0)
        return status;
    std::fflush(nullptr);
    std::_Exit(status);
}

void Internal::countAbandoned(int change)
{
    abandoned += change;
}

} // namespace Branchline
