// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulktask.h"
#include "db/bulk/libraryfolder.h"

namespace Branchline::Internal {

/// Tasks that are done one after another.
using BulkTasks = std::vector<BulkTask>;

/// What has to be done with the files of a folder, in which order and what at once. Branches and shelves come
/// before all of it.
class BulkPlan final
{
public:
    BulkPlan() = default;
    BulkPlan(const LibraryFolder &folder, size_t shards);

    /// Stages one after another; the lanes of a stage at once, each in a session of its own.
    [[nodiscard]] const std::vector<std::vector<BulkTasks>> &mainStages() const { return m_mainStages; }
    /// The tasks of a shard for the branches that the filter accepts.
    [[nodiscard]] BulkTasks shardTasks(const RowFilter &filter) const;

private:
    [[nodiscard]] BulkTasks tasks(std::initializer_list<QString> files) const;
    [[nodiscard]] BulkTask task(const QString &name, const QString &file, const QString &function) const;

    LibraryFolder m_folder;
    size_t m_shards = 1;
    std::vector<std::vector<BulkTasks>> m_mainStages;
};

} // namespace Branchline::Internal
