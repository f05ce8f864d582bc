// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/local/locallibrary.h"

#include <QFuture>

#include <atomic>
#include <memory>

namespace Branchline {

/// The library on this computer that somebody wants.
struct LibraryWish
{
    ClusterConfig config;    ///< the settings, which the address is filled into
    LocalOptions place = {}; ///< where, and of what
    bool withDemo = false;
};

/// Makes this workstation's private library where there is none, or goes on with making it, and fills it with
/// the demo library if that is wished for. A complete library that is there already is opened, and nothing of
/// it is ever removed. The future's progress text says in words what is being done. When `isCanceled` becomes
/// true, what was being made is removed, and the result is a DbError of kind Canceled. When it fails, what
/// this call has begun is removed, too, and a second try begins anew.
[[nodiscard]] QFuture<Result<ClusterConfig>> makeLibrary(const LibraryWish &wish,
                                                         std::shared_ptr<std::atomic<bool>> isCanceled);

/// Removes a library that was begun in `directory` and never finished. Conflict when it is complete.
[[nodiscard]] QFuture<Result<Done>> removeUnfinishedLibrary(const QString &directory);

/// Sentences about what a new library on this computer would need and have: PostgreSQL, and the folder; or
/// that there is one already.
[[nodiscard]] QFuture<QString> describeComputer(const QString &directory);

} // namespace Branchline
