// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/directory.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement listBranches{"directory_branches"_L1, "SELECT id, code, name, timezone, shard, epoch "
                                                          "FROM public.branch_list ORDER BY name, code"_L1};
constexpr Statement listShards{"directory_shards"_L1, "SELECT id, name, host, port, database, weight, state "
                                                      "FROM public.shard_list ORDER BY name"_L1};

template <typename List, typename Matches>
const typename List::value_type *find(const List &list, Matches matches)
{
    const auto at = std::find_if(list.begin(), list.end(), matches);
    return at == list.end() ? nullptr : &*at;
}

} // namespace

Directory::Directory(std::vector<BranchEntry> branches, std::vector<ShardEntry> shards)
    : m_branches(std::move(branches))
    , m_shards(std::move(shards))
{}

DirectoryPtr Directory::read(Session &main)
{
    auto branches = main.exec(listBranches)->map([](const RowSet::Row &row) {
        return BranchEntry{row.uuid("id"),       row.text("code"),  row.text("name"),
                           row.text("timezone"), row.text("shard"), row.number("epoch")};
    });
    auto shards = main.exec(listShards)->map([](const RowSet::Row &row) {
        return ShardEntry{row.uuid("id"),   row.text("name"),     row.text("host"),
                          row.text("port"), row.text("database"), static_cast<int>(row.number("weight")),
                          row.text("state")};
    });
    return std::make_shared<const Directory>(std::move(branches), std::move(shards));
}

const BranchEntry *Directory::branch(const QUuid &id) const
{
    return find(m_branches, [&](const BranchEntry &b) { return b.id == id; });
}

const BranchEntry *Directory::branchByCode(const QString &code) const
{
    return find(m_branches,
                [&](const BranchEntry &b) { return b.code.compare(code, Qt::CaseInsensitive) == 0; });
}

const ShardEntry *Directory::shard(const QString &name) const
{
    return find(m_shards, [&](const ShardEntry &s) { return s.name == name; });
}

std::vector<PlacementCandidate> Directory::candidates() const
{
    std::vector<PlacementCandidate> list;
    for (const ShardEntry &shard : m_shards) {
        const auto branches = std::count_if(m_branches.begin(), m_branches.end(),
                                            [&](const BranchEntry &b) { return b.shard == shard.name; });
        list.push_back({shard.id, shard.weight, static_cast<int>(branches), shard.state == "active"_L1});
    }
    return list;
}

QJsonObject Directory::toJson() const
{
    QJsonArray branches;
    for (const BranchEntry &b : m_branches) {
        branches.append(QJsonObject{{u"id"_s, b.id.toString(QUuid::WithoutBraces)},
                                    {u"code"_s, b.code},
                                    {u"name"_s, b.name},
                                    {u"timezone"_s, b.timezone},
                                    {u"shard"_s, b.shard},
                                    {u"epoch"_s, b.epoch}});
    }
    QJsonArray shards;
    for (const ShardEntry &s : m_shards) {
        shards.append(QJsonObject{{u"id"_s, s.id.toString(QUuid::WithoutBraces)},
                                  {u"name"_s, s.name},
                                  {u"host"_s, s.host},
                                  {u"port"_s, s.port},
                                  {u"database"_s, s.database},
                                  {u"weight"_s, s.weight},
                                  {u"state"_s, s.state}});
    }
    return {{u"branches"_s, branches}, {u"shards"_s, shards}};
}

DirectoryPtr Directory::fromJson(const QJsonObject &object)
{
    std::vector<BranchEntry> branches;
    for (const QJsonValue &value : object.value("branches"_L1).toArray()) {
        const QJsonObject b = value.toObject();
        branches.push_back({QUuid(b.value("id"_L1).toString()), b.value("code"_L1).toString(),
                            b.value("name"_L1).toString(), b.value("timezone"_L1).toString(),
                            b.value("shard"_L1).toString(), b.value("epoch"_L1).toInteger()});
    }
    std::vector<ShardEntry> shards;
    for (const QJsonValue &value : object.value("shards"_L1).toArray()) {
        const QJsonObject s = value.toObject();
        shards.push_back({QUuid(s.value("id"_L1).toString()), s.value("name"_L1).toString(),
                          s.value("host"_L1).toString(), s.value("port"_L1).toString(),
                          s.value("database"_L1).toString(), s.value("weight"_L1).toInt(100),
                          s.value("state"_L1).toString()});
    }
    return std::make_shared<const Directory>(std::move(branches), std::move(shards));
}

} // namespace Branchline
