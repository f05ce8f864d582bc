// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/statistics.h"

#include <QStringList>

namespace Branchline {

/// How far back the figures per day, week or month go.
enum class FiguresRange { Days30, Weeks12, Months12 };

/// A day, a week of seven days, or a month of a chart.
struct ActivityPeriod
{
    QDate first;
    QDate last;
    qint64 loans = 0;
    qint64 returns = 0;
    qint64 renewals = 0;
};

/// The periods of a range, oldest first, the last of them with `today` in it: weeks are the seven days up to
/// today and those before, months are those of the calendar.
[[nodiscard]] std::vector<ActivityPeriod> periodsOf(FiguresRange range, const QDate &today);

/// How many days up to `today` have to be known to fill the range and the equally long time before it.
[[nodiscard]] int daysNeeded(FiguresRange range, const QDate &today);

/// What the statistics page shows: sums over the shards that have answered, and which those are.
struct StatisticsFigures
{
    enum class State {
        Loading, ///< no shard has answered yet
        Ready,
        Partial, ///< some shards do not answer
        Stale,   ///< none answers; the figures are older ones
        Failed   ///< none answers and nothing is known
    };

    State state = State::Loading;
    FiguresRange range = FiguresRange::Days30;
    QString branchName; ///< of the branch that sums and periods are about; empty for all
    BranchFigures sums;
    qint64 lentBefore = -1; ///< on loan when the range began; -1 when that is not known
    std::vector<ActivityPeriod> periods;
    ActivityPeriod span;   ///< the periods together
    ActivityPeriod before; ///< the equally long time before them
    qint64 loansToday = 0;

    int answered = 0;
    int total = 0;
    QStringList waiting;        ///< shards that have not answered for the first time yet
    QStringList missing;        ///< shards that do not answer
    QStringList notCounted;     ///< names of the branches on missing shards, by name
    QString problem;            ///< why the first missing shard does not answer
    QDateTime asOf;             ///< local time at which the newest part was right
    QDateTime oldest;           ///< the same of the oldest part
    QDateTime lastKnown;        ///< of the missing shards' older figures; invalid when there are none
    bool usesLastKnown = false; ///< those are counted too
};

} // namespace Branchline
