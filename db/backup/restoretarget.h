// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/manifest.h"
#include "db/cluster/restoremark.h"
#include "db/config/connectionurl.h"
#include "db/connection/session.h"

namespace Branchline::Internal {

/// A database that is to be made from a backup.
struct RestoreTarget
{
    BackedUpDatabase source;
    ConnectionUrl url;
    std::shared_ptr<Session> server; ///< to the server's database "postgres"; shared by all on one server
    QString serverIdentifier;
    bool exists = false;
    RestoreMark mark = {}; ///< what an earlier restore left

    /// Its rows are there, and perhaps newer ones.
    [[nodiscard]] bool isFilled() const
    {
        return mark.state == RestoreMark::State::Filled || mark.state == RestoreMark::State::Finished;
    }
};

/// What the target holds; throws Conflict when that is anything but what an earlier restore left. What
/// another backup filled is never touched.
void inspectTarget(RestoreTarget &target, const QString &backup);
/// Throws Conflict: the database holds something.
[[noreturn]] void refuseContent(const RestoreTarget &target);

/// Makes the database, unless an empty one is there, with the sorting of the old one; marks it as unfinished
/// and closes it to everybody but superusers. What an earlier restore left there is removed, with its slots
/// and subscriptions; shards come before main, whose slots they read. A database that somebody else had made
/// stays, with its owner and settings; only what it holds is removed. Not for one that is filled.
void makeTarget(const RestoreTarget &target, const QString &backup);

} // namespace Branchline::Internal
