// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/placement.h"

#include <QtEndian>

#include <algorithm>
#include <bit>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr quint64 mix(quint64 value)
{
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9ULL;
    value ^= value >> 27;
    value *= 0x94d049bb133111ebULL;
    value ^= value >> 31;
    return value;
}

struct Halves
{
    quint64 high;
    quint64 low;
};

Halves halves(const QUuid &id)
{
    const QByteArray bytes = id.toRfc4122();
    return {qFromBigEndian<quint64>(bytes.constData()), qFromBigEndian<quint64>(bytes.constData() + 8)};
}

} // namespace

quint64 placementScore(const QUuid &branchId, const QUuid &shardId)
{
    const Halves branch = halves(branchId);
    const Halves shard = halves(shardId);
    constexpr quint64 step = 0x9e3779b97f4a7c15ULL;
    quint64 hash = mix(shard.high + step);
    hash = mix((hash ^ shard.low) + step);
    hash = mix((hash ^ branch.high) + step);
    return mix((hash ^ branch.low) + step);
}

quint64 placementDistance(quint64 score)
{
    if (score == 0)
        score = 1;
    // log2 of a number is the place of its highest bit plus log2 of the rest in [1, 2); each squaring of the
    // rest yields one more binary digit.
    const int highest = 63 - std::countl_zero(score);
    quint64 rest = highest >= 31 ? score >> (highest - 31) : score << (31 - highest); // 1.31 fixed point
    quint64 log = static_cast<quint64>(highest) << 32;
    for (int digit = 31; digit >= 0; --digit) {
        rest = (rest * rest) >> 31;
        if (rest >= (1ULL << 32)) {
            rest >>= 1;
            log |= 1ULL << digit;
        }
    }
    return (64ULL << 32) - log;
}

std::vector<size_t> rankShards(const QUuid &branchId, std::span<const PlacementCandidate> shards)
{
    std::vector<size_t> order;
    std::vector<quint64> distance(shards.size());
    for (size_t i = 0; i < shards.size(); ++i) {
        if (!shards[i].accepts || shards[i].weight <= 0)
            continue;
        distance[i] = placementDistance(placementScore(branchId, shards[i].shardId));
        order.push_back(i);
    }
    // distance/weight compared crosswise: at most 2^39 * 2^20, which fits.
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        const quint64 left = distance[a] * static_cast<quint64>(shards[b].weight);
        const quint64 right = distance[b] * static_cast<quint64>(shards[a].weight);
        return left != right ? left < right : shards[a].shardId < shards[b].shardId;
    });
    return order;
}

std::optional<size_t> proposeShard(const QUuid &branchId, std::span<const PlacementCandidate> shards)
{
    const auto order = rankShards(branchId, shards);
    if (order.empty())
        return std::nullopt;
    if (order.size() == 1)
        return order[0];
    const PlacementCandidate &first = shards[order[0]];
    const PlacementCandidate &second = shards[order[1]];
    const bool secondIsEmptier =
        qint64{second.branches} * first.weight < qint64{first.branches} * second.weight;
    return secondIsEmptier ? order[1] : order[0];
}

QUuid shardIdForName(const QString &name)
{
    // The name space is ours: a random UUID, fixed for ever.
    static const QUuid space(u"5b1e6c2e-7d0f-4c55-9d7f-3b0a7f6a1c10"_s);
    return QUuid::createUuidV5(space, name);
}

} // namespace Branchline
