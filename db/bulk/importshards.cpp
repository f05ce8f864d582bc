// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/importshards.h"

#include "db/bulk/bulkdatabase.h"
#include "db/bulk/newbranches.h"
#include "db/routing/shardidentity.h"

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement adopt{"adopt_branch"_L1, "SELECT public.adopt_branch(?::uuid, ?::bigint)"_L1};
constexpr Statement settle{"settle_copies"_L1, "SELECT import_staging.settle_copies() AS number"_L1};
constexpr Statement tell{"tell_programs"_L1, "INSERT INTO public.change_log (kind) VALUES ('*')"_L1};

} // namespace

ImportShards enterShards(Session &main, const AdminAddresses &addresses, const LibraryImportOptions &options)
{
    const DirectoryPtr directory = Directory::read(main);
    requireAllShards(*directory, addresses);
    ImportShards shards;
    for (const ShardEntry &shard : directory->shards()) {
        const ConnectionUrl url = addresses.shards.at(shard.name);
        auto session = openImport(shard.name + "_shard"_L1, url, options);
        enterDatabase(*session, DatabaseRole::Shard);
        requireIdentity(*session, shard.name, shard.id.toString(QUuid::WithoutBraces));
        shards.push_back({shard.name, url, std::move(session)});
    }
    return shards;
}

std::vector<ReplicationTarget> targetsOf(const ImportShards &shards)
{
    std::vector<ReplicationTarget> list;
    for (const ImportShard &shard : shards)
        list.push_back({shard.name, shard.session.get()});
    return list;
}

void adoptBranches(const Directory &directory, const ImportShards &shards)
{
    for (const BranchEntry &branch : directory.branches()) {
        for (const ImportShard &shard : shards) {
            if (branch.shard == shard.name)
                shard.session->exec(adopt, {branch.id, branch.epoch});
        }
    }
}

void dropAllStaging(Session &main, const ImportShards &shards)
{
    for (const ImportShard &shard : shards)
        repeatedly([&shard] { dropStaging(*shard.session); });
    repeatedly([&main] { dropStaging(main); });
}

void tellPrograms(Session &session)
{
    session.exec(tell);
}

qint64 settleCopies(Session &shard)
{
    qint64 number = 0;
    repeatedly([&] { number = shard.exec(settle)->row(0).number("number"); });
    return number;
}

} // namespace Branchline::Internal
