// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/calm.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace Branchline {

bool isMachineCalm()
{
    double load = 0;
    return getloadavg(&load, 1) == 1 && load < std::max(1U, std::thread::hardware_concurrency() / 2);
}

qint64 withRoom(qint64 promisedMs)
{
    return isMachineCalm() ? promisedMs : 5 * promisedMs;
}

} // namespace Branchline
