// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/replication.h"

#include <functional>

namespace Branchline {

/// What was done with one reference table of one shard.
struct ResumedTable
{
    QString shard; ///< bare name
    QString table;
    qint64 compared = 0;    ///< rows that main has
    qint64 inserted = 0;    ///< of these, what the shard lacked
    qint64 changed = 0;     ///< of these, what was different on the shard
    qint64 removed = 0;     ///< settings that main does not have; nothing refers to them
    qint64 onlyOnShard = 0; ///< other rows that main does not have; they stay, since loans may refer to them
    QStringList examples;   ///< keys of such rows, twenty at most
};

/// Makes every slot and subscription again and brings every reference row of main across: for shards whose
/// slots are gone, after a failover of main or because main no longer kept what a shard was waiting for. For
/// each stream of each shard a slot is made together with a snapshot of main, the tables are compared with
/// that snapshot in one transaction of the shard, and that transaction makes the subscription, which goes on
/// right after the snapshot: no change is missing and none comes twice. Desks lend meanwhile: nothing but
/// the rows that differ is locked.
///
/// The shards in `others` keep their subscriptions; where main is reached over the network they are told the
/// replicator's new password, so all shards of the library have to be in one of the two lists.
///
/// May be killed at any point and called again. Needs superusers. Throws DbException; calls `done` after each
/// table, in the calling thread, before the transaction ends.
void resumeReplication(Session &main, const std::vector<ReplicationTarget> &targets,
                       const std::function<void(const ResumedTable &)> &done,
                       const std::vector<ReplicationTarget> &others = {});

/// Takes every subscription and its slot away, for whoever is about to change millions of reference rows: the
/// shards stand still at what they have until resumeReplication() brings them the rest at once. Desks go on
/// lending; health calls it a problem meanwhile. May be killed and called again. Throws DbException.
void suspendReplication(Session &main, const std::vector<ReplicationTarget> &targets);

/// Whether every shard has its subscriptions.
[[nodiscard]] bool hasReplication(const std::vector<ReplicationTarget> &targets);

/// Waits until every shard has what main had when the call began; throws Timeout when nothing arrives for a
/// minute.
void waitForReplication(Session &main, const std::vector<ReplicationTarget> &targets);

} // namespace Branchline
