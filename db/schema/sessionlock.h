// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <functional>

namespace Branchline {

// Any numbers will do as long as every Branchline uses the same.
/// Of main: whoever sets up, migrates or fills a library does so alone. "LBin"
inline constexpr int setUpLock = 1279422830;
/// Of every database: only one at a time changes its schema. "LBmi"
inline constexpr int migrationLock = 1279422825;

/// Takes an advisory lock for the session, however long that takes; again when it has it already. It asks
/// again and again: a session that waits inside its server would keep CREATE INDEX CONCURRENTLY of the one
/// that has the lock from ending. `tell` is called once if somebody else has it.
void takeSessionLock(Session &session, int number, const std::function<void()> &tell = {});

} // namespace Branchline
