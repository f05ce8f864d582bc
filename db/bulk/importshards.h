// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"
#include "db/cluster/replication.h"
#include "db/connection/session.h"
#include "db/routing/directory.h"

namespace Branchline::Internal {

/// A shard during an import. The session keeps others out; it lives in the thread that opened it.
struct ImportShard
{
    QString name; ///< bare
    ConnectionUrl url;
    std::unique_ptr<Session> session;
};
using ImportShards = std::vector<ImportShard>;

/// Opens every shard of main's list; see enterDatabase(). Throws DbException when one has no address, or when
/// another one is there.
[[nodiscard]] ImportShards enterShards(Session &main, const AdminAddresses &addresses,
                                       const LibraryImportOptions &options);
[[nodiscard]] std::vector<ReplicationTarget> targetsOf(const ImportShards &shards);
/// Tells each shard which branches live there.
void adoptBranches(const Directory &directory, const ImportShards &shards);
/// Main's is the last: who finds none there has none.
void dropAllStaging(Session &main, const ImportShards &shards);
/// Programs read everything of this database anew.
void tellPrograms(Session &session);
/// Marks copies that are called lent without a loan; returns how many there were.
qint64 settleCopies(Session &shard);

} // namespace Branchline::Internal
