// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/demolibrarydata.h"
#include "db/connection/session.h"

namespace Branchline {

/// How far an earlier call came.
struct DemoMark
{
    bool isDone = false;
    QDate day;
};

/// The mark in the main database, which is written together with the books; nothing when there is none.
/// Throws Conflict when there is none and the library is not empty.
[[nodiscard]] std::optional<DemoMark> readDemoMark(Session &main);

/// Writes everything that belongs to the main database, and the mark, in one transaction.
void writeDemoMain(Session &main, const DemoLibrary &library);

/// Says that every shard has its part: the barcodes are live, the mark is done.
void finishDemo(Session &main, const DemoLibrary &library);

} // namespace Branchline
