// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline {

/// The reference tables that main publishes, in the two streams that every shard subscribes to.
struct ReferenceStream
{
    QString name; ///< of the publication and the subscription
    QStringList tables;
};
[[nodiscard]] const std::vector<ReferenceStream> &referenceStreams();

[[nodiscard]] bool hasPublication(Session &main, const ReferenceStream &stream);
/// The tables of the stream that its publication on main lacks; their changes travel nowhere.
[[nodiscard]] QStringList unpublishedTables(Session &main, const ReferenceStream &stream);

/// Whether the publication sends each inserted and changed row of exactly the stream's tables, with every
/// column.
[[nodiscard]] bool isPublicationRight(Session &main, const ReferenceStream &stream);

/// The tables of the stream that the shard's subscription does not follow yet, since they were published
/// after it was made; none without a subscription.
[[nodiscard]] QStringList unsubscribedTables(Session &shard, const ReferenceStream &stream);
/// Those of the tables that hold rows.
[[nodiscard]] QStringList filledTables(Session &shard, const QStringList &tables);
/// Lets the subscription of a shard follow all that main publishes in the stream, and begins to copy what is
/// new to it. Throws Conflict when rows are there already. Superuser only.
void refreshSubscription(Session &shard, const ReferenceStream &stream);

/// The least value that a server's setting must have.
struct LeastSetting
{
    QString name;
    int value = 0;
};
/// What the replication of `shards` shards needs: of main's server for all of them, of a shard's server for
/// those on it.
[[nodiscard]] std::vector<LeastSetting> leastReplicationSettings(bool isMain, int shards);

/// Throws Configuration, naming the setting and the least value, when a server's settings would starve the
/// replication of `shards` shards (its defaults do so without a word).
void requireReplicationSettings(Session &session, bool isMain, int shards);

/// Makes the two publications on main, gives them back the tables that they lack, and lets the replicator
/// read their tables. One that sends less or more than it should is made anew.
void ensurePublications(Session &main);

/// A shard and the session to set it up with.
struct ReplicationTarget
{
    QString shard; ///< bare name
    Session *session = nullptr;
};

/// Makes what is missing of the slots on main and the subscriptions on the shards, and enables them. Where
/// main is reached over the network, the replicator gets a new random password, which stands in the
/// subscriptions only (PostgreSQL shows it to superusers).
void ensureSubscriptions(Session &main, const std::vector<ReplicationTarget> &targets);

/// Tells the subscriptions that exist how main is reached (replicationSource()), such as a new password.
void renewAddresses(const std::vector<ReplicationTarget> &targets, const QString &source);

/// Waits until the first copy of every reference table has arrived; throws Timeout after a minute without it.
void waitForFirstCopy(Session &shard);

} // namespace Branchline
