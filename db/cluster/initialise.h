// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/resume.h"
#include "db/config/connectionurl.h"

#include <functional>
#include <map>

namespace Branchline {

/// The databases of a library with logins that may set them up.
struct AdminAddresses
{
    ConnectionUrl main;
    std::map<QString, ConnectionUrl> shards; ///< by bare name
};

/// How a library is set up.
struct InitOptions
{
    /// A staff login to make with every right at every branch, without a password (peer authentication);
    /// empty: none.
    QString localStaffLogin;
    /// Make every replication slot and subscription again and bring every reference row across: see
    /// resumeReplication().
    bool resume = false;
    QStringList resumeOnly =
        {};                 ///< with `resume`: these shards only, the others keep what they have; empty: all
    bool isRestore = false; ///< work on databases that a restore has not finished yet; else they are refused
    std::function<void(const ResumedTable &)> resumed = {}; ///< with `resume`, for each table of each shard
    bool echo = false;                                      ///< list statements on stderr, as SQL_ECHO does
    /// A sentence per step, in the calling thread; and one per `patience` that a statement takes, in another.
    std::function<void(const QString &)> progress = {};
    /// After so long without an answer a database whose server does not take connections either is given up.
    /// There is no limit for what takes long on a server that lives.
    std::chrono::milliseconds patience = Patience::usualLimit;
    /// How long somebody else who sets up, migrates, fills or backs up this library is waited for, whom
    /// `progress` names; 0: to the end.
    std::chrono::milliseconds waitForOthers = {};
};

/// Writes down in main where a shard lives. `shard` is a session of that address.
void writeShardAddress(Session &main, const QString &name, const ConnectionUrl &url, const Session &shard);

/// Makes empty databases a library, or finishes what an earlier, interrupted call began: roles, extensions,
/// migrations, shard identities, publications and two subscriptions per shard, the first user types, material
/// type and loan rule. Running it again changes nothing. Where databases lack steps it looks at all of them
/// and tries the steps before the first change, as migrateLibrary() does; drift is accepted of what a restore
/// brought back only. Needs superuser logins: CREATE SUBSCRIPTION asks for
/// them on PostgreSQL 15. Blocks, for seconds to minutes; two calls at once wait for each other.
[[nodiscard]] Result<Done> initialise(const AdminAddresses &addresses, const InitOptions &options);

} // namespace Branchline
