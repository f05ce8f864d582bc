// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/statisticsdata.h"

#include <cmath>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace StatisticsData {

namespace {

using State = StatisticsFigures::State;

struct Sample
{
    const char *name;
    const char *shard;
    qint64 copies;
    qint64 lent;
    qint64 overdue;
};

constexpr std::array samples{
    Sample{"Central", "secondary", 62300, 4870, 231}, Sample{"Harbour", "coast", 39772, 3640, 170},
    Sample{"Northgate", "west", 36420, 3215, 204},    Sample{"Riverside", "east", 31850, 2890, 82},
    Sample{"Mill Lane", "north", 28700, 2410, 80},    Sample{"Lakeside", "north", 26110, 2120, 70},
    Sample{"Station Road", "south", 21400, 1760, 41}, Sample{"Fairmead", "west", 18230, 1490, 40},
    Sample{"Hillside", "north", 15900, 1284, 33},     Sample{"Old Town", "tertiary", 14020, 1104, 28}};

QUuid idOf(const QString &name)
{
    return QUuid::createUuidV5(QUuid(), name);
}

const QDateTime now(QDate(2026, 11, 22), QTime(10, 42, 7));
const QDateTime before(QDate(2026, 11, 22), QTime(10, 31, 0));

void fillBranches(StatisticsFigures &figures, BranchFiguresModel &branches)
{
    std::vector<BranchFiguresModel::Row> rows;
    for (const Sample &sample : samples) {
        BranchFiguresModel::Row row;
        row.name = QString::fromLatin1(sample.name);
        row.id = idOf(row.name);
        row.shard = QString::fromLatin1(sample.shard);
        const qint64 away = sample.lent + 300;
        row.figures = BranchFigures{.branch = row.id,
                                    .code = row.name.toLower(),
                                    .copies = sample.copies,
                                    .available = sample.copies - away,
                                    .lent = sample.lent,
                                    .overdue = sample.overdue};
        row.isSilent = figures.missing.contains(row.shard);
        row.isCounted = !row.isSilent || figures.state == State::Stale;
        row.seenAt = row.isSilent ? before : now;
        if (row.isCounted) {
            figures.sums.copies += row.figures->copies;
            figures.sums.available += row.figures->available;
            figures.sums.lent += row.figures->lent;
            figures.sums.overdue += row.figures->overdue;
        } else {
            figures.notCounted << row.name;
        }
        rows.push_back(row);
    }
    if (figures.state == State::Failed || figures.state == State::Loading)
        rows.clear();
    branches.setRows(std::move(rows));
}

void fillPeriods(StatisticsFigures &figures)
{
    const QDate today = now.date();
    figures.periods = periodsOf(figures.range, today);
    figures.span = {.first = figures.periods.front().first, .last = today};
    int number = 0;
    for (ActivityPeriod &period : figures.periods) {
        const bool weekend = figures.range == FiguresRange::Days30 && period.first.dayOfWeek() >= 6;
        const double wave = std::sin(0.7 * ++number);
        period.loans = static_cast<qint64>((weekend ? 900 : 3000) + 250 * wave);
        period.returns = static_cast<qint64>((weekend ? 700 : 2700) - 350 * wave);
        period.renewals = static_cast<qint64>(400 + 60 * wave);
        figures.span.loans += period.loans;
        figures.span.returns += period.returns;
        figures.span.renewals += period.renewals;
    }
    figures.loansToday = figures.periods.back().loans;
    figures.before.loans = figures.span.loans * 100 / 98;
    figures.lentBefore = figures.sums.lent * 1000 / 1021;
}

} // namespace

StatisticsFigures figures(State state, BranchFiguresModel &branches, ActivityModel &activity,
                          FiguresRange range)
{
    StatisticsFigures figures{.state = state, .range = range};
    figures.total = 8;
    if (state == State::Partial)
        figures.missing = {u"tertiary"_s};
    else if (state == State::Stale || state == State::Failed)
        figures.missing = {u"coast"_s,     u"east"_s,  u"main"_s,     u"north"_s,
                           u"secondary"_s, u"south"_s, u"tertiary"_s, u"west"_s};
    else if (state == State::Loading)
        figures.waiting = {u"coast"_s, u"tertiary"_s};
    figures.answered = figures.total - static_cast<int>(figures.missing.size() + figures.waiting.size());
    figures.problem = u"The server coast does not answer. Check that it runs."_s;
    if (state == State::Partial)
        figures.lastKnown = before;
    if (state != State::Failed && state != State::Loading) {
        figures.asOf = state == State::Stale ? before : now;
        figures.oldest = figures.asOf.addSecs(-2);
    }
    fillBranches(figures, branches);
    if (figures.asOf.isValid()) {
        fillPeriods(figures);
    } else {
        figures.periods = periodsOf(range, now.date());
        figures.span = {.first = figures.periods.front().first, .last = now.date()};
    }
    activity.setPeriods(range, figures.periods, now.date());
    return figures;
}

} // namespace StatisticsData
