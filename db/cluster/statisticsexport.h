// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/statistics.h"

namespace Branchline {

/// One line of an export: a branch that was counted, or one that could not be.
struct ExportedBranch
{
    QString branch; ///< code
    QString shard;
    std::optional<BranchFigures> figures; ///< nothing: its shard has not answered
};

/// The figures as they leave the program, with what they cover and since when.
struct StatisticsExport
{
    std::vector<ExportedBranch> branches; ///< by code; every branch of the directory
    BranchFigures total;                  ///< of the branches that were counted
    int answered = 0;
    int shards = 0;
    QStringList missing;
    QDateTime asOf; ///< UTC
};

/// The branches of the directory beside what the shards answered.
[[nodiscard]] StatisticsExport statisticsExport(const Combined<std::vector<BranchFigures>> &answers,
                                                const Directory &directory);

/// CSV in UTF-8 with a header. Each line says when and from how many shards; a branch that was not counted
/// has empty figures, never 0.
[[nodiscard]] QByteArray statisticsCsv(const StatisticsExport &figures);

/// Writes a text file, complete or not at all.
[[nodiscard]] Result<Done> writeStatisticsCsv(const StatisticsExport &figures, const QString &file);

/// The same as a spreadsheet (Office Open XML), with a line for time and coverage above the table.
[[nodiscard]] Result<Done> writeStatisticsXlsx(const StatisticsExport &figures, const QString &file);

} // namespace Branchline
