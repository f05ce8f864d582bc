// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/local/locallibrary.h"

#include <QFuture>

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
    /// No server is named, and making the library on this computer was begun and cut off.
    LocalMaking unfinished = LocalMaking::Nothing;
};

/// Reads the settings in a thread of its own. Never blocks.
[[nodiscard]] QFuture<LibraryPlan> planLibrary(const LibraryChoice &choice);

/// Reads the settings in a thread of its own and, when they name no server, starts this workstation's private
/// PostgreSQL and prepares it. The result says which databases to use. Never blocks.
[[nodiscard]] QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice);

} // namespace Branchline
