// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/connection/result.h"

#include <QFuture>

#include <atomic>
#include <memory>

namespace Branchline {

/// Which library the window is asked to show.
struct LibraryChoice
{
    QString databaseUrl; ///< --database-url; empty: environment, settings files, local library
    QString directory; ///< --dir or BRANCHLINE_DIR: the local library in this folder; empty: the default one
    bool onlyLocal = false; ///< --dir was given: no other source counts
    /// What the window remembers of the server that was chosen in it, by names of settings.
    QMap<QString, QString> remembered = {};
};

/// What the settings say, before anything is opened.
struct LibraryPlan
{
    Result<ClusterConfig> config;
    bool isNew = false; ///< no server is named, and there is no library on this computer
};

/// Reads the settings in a thread of its own. Never blocks.
[[nodiscard]] QFuture<LibraryPlan> planLibrary(const LibraryChoice &choice);

/// Reads the settings in a thread of its own and, when they name no server, starts this workstation's private
/// PostgreSQL and prepares it. The result says which databases to use. Never blocks.
[[nodiscard]] QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice);

/// Makes this workstation's private library where there is none, and fills it with the demo library if that
/// is wished for. The future's progress text says in words what is being done. When `isCanceled` becomes
/// true, what was made is removed again, and the result is a DbError of kind Canceled.
[[nodiscard]] QFuture<Result<ClusterConfig>> makeLibrary(const ClusterConfig &config, bool withDemo,
                                                         std::shared_ptr<std::atomic<bool>> isCanceled);

/// Sentences about what a new library on this computer would need and have: PostgreSQL, and the folder.
[[nodiscard]] QFuture<QString> describeComputer();

} // namespace Branchline
