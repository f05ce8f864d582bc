// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/branches.h"

#include <QCoreApplication>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement add{"add_branch"_L1,
                        "SELECT public.add_branch(?::uuid, ?::text, ?::text, ?::text) AS id"_L1};
constexpr Statement place{"place_branch"_L1,
                          "SELECT public.place_branch(?::uuid, ?::uuid, ?::boolean) AS epoch"_L1};
constexpr Statement branchIsHere{"branch_is_here"_L1,
                                 "SELECT EXISTS (SELECT FROM public.branches WHERE id = ?::uuid) AS here"_L1};
constexpr Statement adopt{"adopt_branch"_L1, "SELECT public.adopt_branch(?::uuid, ?::bigint)"_L1};

const Call addCall{"add a branch"_L1};
const Call adoptCall{"adopt a branch"_L1, std::chrono::milliseconds(8000)};
constexpr auto replicationWait = 5s;

QString tr(const char *text)
{
    return QCoreApplication::translate("Branches", text);
}

Done adoptOnShard(Session &shard, const BranchEntry &branch)
{
    const auto deadline = std::chrono::steady_clock::now() + replicationWait;
    while (!shard.exec(branchIsHere, {branch.id})->row(0).flag("here")) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message = tr("The new branch has not reached %1 yet.").arg(shard.database()),
                 .hint = tr("Check the replication with “branchlinectl health”, then add the branch "
                            "again: what was begun is finished."),
                 .database = shard.database()});
        }
        std::this_thread::sleep_for(20ms);
    }
    shard.exec(adopt, {branch.id, branch.epoch});
    return {};
}

Result<QUuid> shardIdFor(const Directory &directory, const NewBranch &branch, const QUuid &branchId)
{
    QString name = branch.shard;
    if (name.isEmpty()) {
        const auto proposal = proposedShard(directory, branchId);
        if (!proposal)
            return proposal.error();
        name = *proposal;
    }
    const ShardEntry *shard = directory.shard(name);
    if (!shard) {
        return DbError{.kind = DbErrorKind::NotFound,
                       .message = tr("There is no shard named “%1”.").arg(name),
                       .hint = tr("The shards are listed by “branchlinectl health”.")};
    }
    return shard->id;
}

} // namespace

Result<QString> proposedShard(const Directory &directory, const QUuid &branch)
{
    const auto candidates = directory.candidates();
    const auto chosen = proposeShard(branch, candidates);
    if (!chosen) {
        return DbError{.kind = DbErrorKind::Conflict,
                       .message = tr("No shard takes new branches."),
                       .hint = tr("Prepare the databases with “branchlinectl init”, or add a shard.")};
    }
    return directory.shards()[*chosen].name;
}

Result<BranchEntry> addBranch(Cluster &cluster, const NewBranch &branch)
{
    const auto before = await(cluster.refreshDirectory());
    if (!before)
        return before.error();
    const auto id = await(cluster.main().run(addCall, [branch](Session &main) {
        return main.exec(add, {branch.id, branch.code, branch.name, branch.timezone})->row(0).uuid("id");
    }));
    if (!id)
        return id.error();

    const BranchEntry *known = (*before)->branch(*id);
    if (!known || known->shard.isEmpty()) {
        const auto shardId = shardIdFor(**before, branch, *id);
        if (!shardId)
            return shardId.error();
        const bool pinned = !branch.shard.isEmpty();
        const auto placed =
            await(cluster.main().run(addCall, [branchId = *id, shard = *shardId, pinned](Session &main) {
                return main.exec(place, {branchId, shard, pinned})->row(0).number("epoch");
            }));
        if (!placed)
            return placed.error();
    }

    const auto after = await(cluster.refreshDirectory());
    if (!after)
        return after.error();
    const auto adopted = await(cluster.onBranch(*id, adoptCall, adoptOnShard));
    if (!adopted)
        return adopted.error();
    return *(*after)->branch(*id);
}

Result<Done> finishPlacements(Cluster &cluster)
{
    const auto directory = await(cluster.refreshDirectory());
    if (!directory)
        return directory.error();
    for (const BranchEntry &branch : (*directory)->branches()) {
        if (branch.shard.isEmpty())
            continue;
        const auto adopted = await(cluster.onBranch(branch.id, adoptCall, adoptOnShard));
        if (!adopted)
            return adopted.error();
    }
    return Done{};
}

} // namespace Branchline
