// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/poolgauges.h"

#include <QString>

namespace Branchline {

/// "2 of at most 4 connections open, 1 in use" and how many calls wait.
[[nodiscard]] QString connectionWords(const PoolGauges &pool);
/// What the program does about a database that cannot be used: "Waiting 2 s before trying again."; empty
/// while calls go to it as usual.
[[nodiscard]] QString breakerWords(const PoolGauges &pool);
/// Who has the connections while calls wait for them: "In use: checkout for 2.1 s."; empty while none waits.
[[nodiscard]] QString holderWords(const PoolGauges &pool);

/// Whether calls wait for a connection, or three of four are in use.
[[nodiscard]] bool isNearlyFull(const PoolGauges &pool);

} // namespace Branchline
