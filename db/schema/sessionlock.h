// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <chrono>
#include <functional>

namespace Branchline {

// Any numbers will do as long as every Branchline uses the same.
/// Of main: whoever sets up, migrates, fills or repairs a library does so alone. Of a shard: so does whoever
/// brings its reference rows across. "LBin"
inline constexpr int setUpLock = 1279422830;
/// Of every database: only one at a time changes its schema. "LBmi"
inline constexpr int migrationLock = 1279422825;

/// Takes an advisory lock for the session, however long that takes; again when it has it already. It asks
/// again and again: a session that waits inside its server would keep CREATE INDEX CONCURRENTLY of the one
/// that has the lock from ending. `tell` is called once if somebody else has it.
void takeSessionLock(Session &session, int number, const std::function<void()> &tell = {});

/// Takes setUpLock as takeSessionLock() does. `say` is told once who has it and what to do if that hangs.
/// With a `limit` it throws Conflict with the same words when that has passed; 0: it waits for ever.
void takeSetUpLock(Session &session, const std::function<void(const QString &)> &say,
                   std::chrono::milliseconds limit = {});

} // namespace Branchline
