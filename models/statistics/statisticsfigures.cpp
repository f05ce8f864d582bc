// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/statisticsfigures.h"

namespace Branchline {

namespace {

constexpr int dayCount = 30;
constexpr int weekCount = 12;
constexpr int monthCount = 12;
constexpr int daysOfWeek = 7;

} // namespace

std::vector<ActivityPeriod> periodsOf(FiguresRange range, const QDate &today)
{
    std::vector<ActivityPeriod> periods;
    switch (range) {
    case FiguresRange::Days30:
        for (int back = dayCount - 1; back >= 0; --back)
            periods.push_back({.first = today.addDays(-back), .last = today.addDays(-back)});
        break;
    case FiguresRange::Weeks12:
        for (int back = weekCount - 1; back >= 0; --back) {
            const QDate last = today.addDays(-back * daysOfWeek);
            periods.push_back({.first = last.addDays(1 - daysOfWeek), .last = last});
        }
        break;
    case FiguresRange::Months12:
        const QDate month(today.year(), today.month(), 1);
        for (int back = monthCount - 1; back >= 0; --back)
            periods.push_back(
                {.first = month.addMonths(-back), .last = month.addMonths(1 - back).addDays(-1)});
        break;
    }
    return periods;
}

int daysNeeded(FiguresRange range, const QDate &today)
{
    const qint64 days = periodsOf(range, today).front().first.daysTo(today) + 1;
    return static_cast<int>(2 * days);
}

} // namespace Branchline
