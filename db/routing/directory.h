// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"
#include "db/routing/placement.h"

#include <QJsonObject>
#include <QUuid>

#include <memory>
#include <vector>

namespace Branchline {

/// A branch and where it lives, as main's directory says.
struct BranchEntry
{
    QUuid id;
    QString code;
    QString name;
    QString timezone; ///< IANA name; due dates end at midnight there
    QString shard;    ///< bare name; empty while the branch has no placement
    qint64 epoch = 0; ///< grows with each move; a shard refuses calls with another one
};

/// A shard and how to reach it. There is never a password in it.
struct ShardEntry
{
    QUuid id;
    QString name;
    QString host;
    QString port;
    QString database;
    int weight = 100;
    QString state; ///< active or draining
};

/// An immutable snapshot of main's placement directory; read in any thread.
class Directory final
{
public:
    Directory() = default;
    Directory(std::vector<BranchEntry> branches, std::vector<ShardEntry> shards);

    /// Reads it from main; throws DbException.
    [[nodiscard]] static std::shared_ptr<const Directory> read(Session &main);

    [[nodiscard]] const std::vector<BranchEntry> &branches() const { return m_branches; } ///< by name
    [[nodiscard]] const std::vector<ShardEntry> &shards() const { return m_shards; }      ///< by name
    [[nodiscard]] const BranchEntry *branch(const QUuid &id) const;
    /// Codes are compared without regard to case.
    [[nodiscard]] const BranchEntry *branchByCode(const QString &code) const;
    [[nodiscard]] const ShardEntry *shard(const QString &name) const;
    /// What the placement function needs to know; `accepts` is false for draining shards.
    [[nodiscard]] std::vector<PlacementCandidate> candidates() const;

    /// For the copy on the workstation's disk, with which a desk starts while main is down.
    [[nodiscard]] QJsonObject toJson() const;
    [[nodiscard]] static std::shared_ptr<const Directory> fromJson(const QJsonObject &object);

private:
    std::vector<BranchEntry> m_branches;
    std::vector<ShardEntry> m_shards;
};

using DirectoryPtr = std::shared_ptr<const Directory>;

} // namespace Branchline
