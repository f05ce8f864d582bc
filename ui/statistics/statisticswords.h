// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/statisticsfigures.h"

namespace Branchline {

/// What a message bar says: a short sentence and what to do.
struct FiguresWords
{
    QString first;
    QString rest;
};

/// Which shards the figures are from, and of when: the first sentence of the page.
[[nodiscard]] QString coverageSentence(const StatisticsFigures &figures);
/// What the bar says while shards are missing; empty otherwise. Without times that change every second, so
/// that it is told once.
[[nodiscard]] FiguresWords missingWords(const StatisticsFigures &figures);
/// "Last 30 days"
[[nodiscard]] QString rangeName(FiguresRange range);
/// "Loans and returns per day"
[[nodiscard]] QString chartTitle(FiguresRange range);
/// "3,204 loans, down 4.0 %; 14 today": the change is that on the equally long time before.
[[nodiscard]] QString activitySentence(const StatisticsFigures &figures);
/// "up 2.1 %", "down 4.0 %", "unchanged"; empty when there is nothing to compare with.
[[nodiscard]] QString changeWords(qint64 now, qint64 before);
/// "93.3 %"; empty for a part of nothing.
[[nodiscard]] QString share(qint64 part, qint64 whole);

} // namespace Branchline
