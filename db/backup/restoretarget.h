// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/manifest.h"
#include "db/config/connectionurl.h"
#include "db/connection/session.h"

#include <functional>

namespace Branchline::Internal {

/// A database that is to be made from a backup.
struct RestoreTarget
{
    BackedUpDatabase source;
    ConnectionUrl url;
    std::shared_ptr<Session> server; ///< to the server's database "postgres"; shared by all on one server
    QString serverIdentifier;
    bool isUnfinished = false; ///< what an earlier restore left
    bool exists = false;
};

/// What the target holds; throws Conflict when that is anything but what an earlier restore left.
void inspectTarget(RestoreTarget &target);

/// Makes the database, unless an empty one is there, with the sorting of the old one; marks it as unfinished
/// and closes it to everybody but superusers. What an earlier restore left is removed, with its slots and
/// subscriptions; shards come before main, whose slots they read.
void makeTarget(const RestoreTarget &target);

/// Whether the database of a session is marked as unfinished.
[[nodiscard]] bool isUnfinishedRestore(Session &session);
/// Takes that mark away.
void markFinished(Session &session);

} // namespace Branchline::Internal
