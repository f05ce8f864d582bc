// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUuid>

#include <optional>
#include <span>
#include <vector>

namespace Branchline {

/// A shard as far as placement is concerned.
struct PlacementCandidate
{
    QUuid shardId;       ///< stable: scores depend on it, never on an index or a name
    int weight = 100;    ///< 0 takes no new branches; at most 1,000,000
    int branches = 0;    ///< branches that live there now
    bool accepts = true; ///< false while draining or unreachable
};

/// Version of the placement function, stored with each placement. Its test vectors are frozen: a change of
/// the function is a new version.
constexpr int placementAlgorithm = 1;

/// The 64-bit score of a branch on a shard: the four halves of the two ids, each folded in with the finaliser
/// of SplitMix64 (Steele, Lea, Flood 2014). Fixed integer arithmetic, equal on every platform and in every
/// release.
[[nodiscard]] quint64 placementScore(const QUuid &branchId, const QUuid &shardId);

/// -log2(score / 2^64) in units of 2^-32, by repeated squaring in integers (libm's log may differ between
/// platforms). The shard with the least distance / weight wins: weighted rendezvous hashing (Schindelhauer,
/// Schomaker 2005).
[[nodiscard]] quint64 placementDistance(quint64 score);

/// Indexes of the candidates that may take the branch, best first.
[[nodiscard]] std::vector<size_t> rankShards(const QUuid &branchId,
                                             std::span<const PlacementCandidate> shards);

/// Where a new branch should live: the less loaded (branches per weight) of the two best; the better one when
/// they are equal. Nothing when no shard takes branches. A proposal only: the directory in main is the truth.
[[nodiscard]] std::optional<size_t> proposeShard(const QUuid &branchId,
                                                 std::span<const PlacementCandidate> shards);

/// The stable id of a shard with this name in a new library: a version 5 UUID, so that libraries with the
/// same shard names propose the same placement.
[[nodiscard]] QUuid shardIdForName(const QString &name);

} // namespace Branchline
