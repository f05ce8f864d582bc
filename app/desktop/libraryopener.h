// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/connection/result.h"

#include <QFuture>

namespace Branchline {

/// Which library the window is asked to show.
struct LibraryChoice
{
    QString databaseUrl; ///< --database-url; empty: environment, settings files, local library
    QString directory; ///< --dir or BRANCHLINE_DIR: the local library in this folder; empty: the default one
    bool onlyLocal = false; ///< --dir was given: no other source counts
};

/// Reads the settings in a thread of its own and, when they name no server, starts this workstation's private
/// PostgreSQL and prepares it. The result says which databases to use. Never blocks.
[[nodiscard]] QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice);

} // namespace Branchline
