// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/sessionlock.h"

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement tryLock{"try_session_lock"_L1, "SELECT pg_try_advisory_lock(?::bigint) AS taken"_L1};

} // namespace

void takeSessionLock(Session &session, int number, const std::function<void()> &tell)
{
    bool isTold = false;
    for (auto pause = 10ms; !session.exec(tryLock, {number})->row(0).flag("taken");
         pause = std::min(pause * 2, 500ms)) {
        if (tell && !std::exchange(isTold, true))
            tell();
        std::this_thread::sleep_for(pause);
    }
}

} // namespace Branchline
