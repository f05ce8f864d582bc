// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/statisticssession.h"

#include "models/desk/reasontext.h"
#include "models/watch.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// What becomes overdue changes no row, so a quiet shard is read now and then all the same.
constexpr std::chrono::seconds betweenReads{60};

} // namespace

StatisticsSession::StatisticsSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_watch(feed)
{
    connect(&m_watch, &ChangeWatch::heard, this, &StatisticsSession::heard);
    connect(&m_watch, &ChangeWatch::silent, this, &StatisticsSession::noteSilence);
    // Slices with pauses between them, since scans of this desk go over the same connections.
    m_rollUpTimer.setInterval(300ms);
    connect(&m_rollUpTimer, &QTimer::timeout, this, &StatisticsSession::rollUp);
}

void StatisticsSession::setOnScreen(bool onScreen)
{
    if (!onScreen) {
        m_watch.stop();
        m_rollUpTimer.stop();
        return;
    }
    m_watch.setInterest({.allShards = true});
    m_rollUpTimer.start();
    readOld();
}

void StatisticsSession::setRange(FiguresRange range)
{
    m_range = range;
    refresh();
}

void StatisticsSession::setBranch(const QUuid &branch)
{
    m_branch = branch;
    refresh();
}

void StatisticsSession::useLastKnown()
{
    m_usesLastKnown = true;
    recompute();
}

void StatisticsSession::refresh()
{
    for (auto &[name, shard] : m_shards)
        shard.readAt = {};
    readOld();
    recompute();
}

QString StatisticsSession::currentKey() const
{
    return QString::number(static_cast<int>(m_range)) + m_branch.toString() +
           QDate::currentDate().toString(Qt::ISODate);
}

void StatisticsSession::readOld()
{
    const QStringList names = m_cluster.shardNames();
    std::erase_if(m_shards, [&](const auto &entry) { return !names.contains(entry.first); });
    for (const QString &name : names) {
        if (isOld(m_shards[name]))
            read(name);
    }
}

bool StatisticsSession::isOld(const Shard &shard) const
{
    return !shard.known || shard.key != currentKey() || !shard.readAt ||
           std::chrono::steady_clock::now() - *shard.readAt > betweenReads;
}

void StatisticsSession::heard(const QString &name, const Changes &changes)
{
    Shard &shard = m_shards[name];
    if (isOld(shard) || changes.has(ChangeKind::Loans) || changes.has(ChangeKind::Copies) ||
        changes.has(ChangeKind::Settings))
        return read(name);
    if (shard.isAsked)
        return;
    shard.state = ShardState::Answered;
    shard.seenAt = QDateTime::currentDateTime();
    recompute();
}

void StatisticsSession::read(const QString &name)
{
    Shard &shard = m_shards[name];
    shard.again = shard.isAsked;
    if (std::exchange(shard.isAsked, true))
        return;
    // A day more, for branches where it is tomorrow already.
    const int days = daysNeeded(m_range, QDate::currentDate()) + 1;
    watch(shardFigures(m_cluster, name, days, m_branch), this,
          [this, name, key = currentKey()](const Result<ShardFigures> &result) {
              noteRead(name, key, result);
          });
}

void StatisticsSession::noteRead(const QString &name, const QString &key, const Result<ShardFigures> &result)
{
    Shard &shard = m_shards[name];
    shard.isAsked = false;
    if (!result.isOk())
        return noteSilence(name, result.error());
    shard.state = ShardState::Answered;
    shard.known = *result;
    shard.key = key;
    shard.seenAt = QDateTime::currentDateTime();
    shard.readAt = std::chrono::steady_clock::now();
    if (std::exchange(shard.again, false) || key != currentKey())
        read(name); // something changed, or something else was asked for meanwhile
    recompute();
}

void StatisticsSession::noteSilence(const QString &name, const DbError &error)
{
    Shard &shard = m_shards[name];
    shard.state = ShardState::Missing;
    // Who does not answer is told by its name, not by its address.
    shard.problem = isSilence(error) ? tr("%1 does not answer.").arg(name) : errorLine(error);
    recompute();
}

void StatisticsSession::rollUp()
{
    if (m_isRollingUp)
        return;
    const QDate day = QDate::currentDate();
    const auto open = std::find_if(m_shards.begin(), m_shards.end(), [&](const auto &entry) {
        return entry.second.state == ShardState::Answered && entry.second.rolledUpOn != day;
    });
    if (open == m_shards.end())
        return;
    m_isRollingUp = true;
    watch(rollUpActivity(m_cluster, open->first), this,
          [this, name = open->first, day](const Result<int> &days) {
              m_isRollingUp = false;
              // Who may only read leaves it to others; the figures are the same.
              if (!days.isOk() || *days == 0)
                  m_shards[name].rolledUpOn = day;
          });
}

QDate StatisticsSession::today() const
{
    QDate day = QDate::currentDate();
    for (const auto &[name, shard] : m_shards) {
        if (shard.known && !shard.known->days.empty())
            day = std::max(day, shard.known->days.back().day);
    }
    return day;
}

bool StatisticsSession::isCounted(const Shard &shard) const
{
    return shard.known && (shard.state == ShardState::Answered || m_figures.usesLastKnown ||
                           m_figures.state == StatisticsFigures::State::Stale);
}

void StatisticsSession::recompute()
{
    StatisticsFigures figures{.range = m_range};
    if (const BranchEntry *branch = m_cluster.directory()->branch(m_branch))
        figures.branchName = branch->name;
    addCoverage(figures);
    m_usesLastKnown = figures.usesLastKnown; // who answers again is asked again the next time
    m_figures = figures;                     // isCounted() looks at the state
    addSums(figures);
    addPeriods(figures);
    m_figures = std::move(figures);
    showBranches();
    m_activity.setPeriods(m_range, m_figures.periods, today());
    Q_EMIT changed();
}

void StatisticsSession::addCoverage(StatisticsFigures &figures) const
{
    using State = StatisticsFigures::State;
    bool anyKnown = false;
    for (const auto &[name, shard] : m_shards) {
        ++figures.total;
        anyKnown = anyKnown || shard.known;
        if (shard.state == ShardState::Answered) {
            ++figures.answered;
        } else if (shard.state == ShardState::Waiting) {
            figures.waiting << name;
        } else {
            figures.missing << name;
            if (figures.problem.isEmpty())
                figures.problem = shard.problem;
            if (shard.known && (!figures.lastKnown.isValid() || shard.seenAt < figures.lastKnown))
                figures.lastKnown = shard.seenAt;
        }
    }
    for (const BranchEntry &branch : m_cluster.directory()->branches()) {
        if (figures.missing.contains(branch.shard))
            figures.notCounted << branch.name;
    }
    if (figures.missing.isEmpty())
        figures.state = figures.answered > 0 ? State::Ready : State::Loading;
    else if (figures.answered > 0)
        figures.state = State::Partial;
    else if (anyKnown)
        figures.state = State::Stale;
    else
        figures.state = figures.waiting.isEmpty() ? State::Failed : State::Loading;
    figures.usesLastKnown = m_usesLastKnown && figures.lastKnown.isValid() && figures.state == State::Partial;
}

void StatisticsSession::addSums(StatisticsFigures &figures) const
{
    for (const auto &[name, shard] : m_shards) {
        if (!isCounted(shard))
            continue;
        if (!figures.asOf.isValid() || shard.seenAt > figures.asOf)
            figures.asOf = shard.seenAt;
        if (!figures.oldest.isValid() || shard.seenAt < figures.oldest)
            figures.oldest = shard.seenAt;
        for (const BranchFigures &branch : shard.known->branches) {
            if (!m_branch.isNull() && branch.branch != m_branch)
                continue;
            figures.sums.copies += branch.copies;
            figures.sums.available += branch.available;
            figures.sums.lent += branch.lent;
            figures.sums.overdue += branch.overdue;
        }
    }
}

void StatisticsSession::addPeriods(StatisticsFigures &figures) const
{
    const QDate last = today();
    figures.periods = periodsOf(m_range, last);
    figures.span = {.first = figures.periods.front().first, .last = last};
    const qint64 length = figures.span.first.daysTo(last) + 1;
    figures.before = {.first = figures.span.first.addDays(-length), .last = figures.span.first.addDays(-1)};
    const auto add = [](ActivityPeriod &period, const ActivityDay &day) {
        if (day.day < period.first || day.day > period.last)
            return;
        period.loans += day.loans;
        period.returns += day.returns;
        period.renewals += day.renewals;
    };
    for (const auto &[name, shard] : m_shards) {
        if (!isCounted(shard) || shard.key != currentKey())
            continue;
        for (const ActivityDay &day : shard.known->days) {
            for (ActivityPeriod &period : figures.periods)
                add(period, day);
            add(figures.span, day);
            add(figures.before, day);
            if (day.day == last)
                figures.loansToday += day.loans;
        }
    }
    // What is on loan now was on loan then, or was lent since and not returned.
    const qint64 before = figures.sums.lent - figures.span.loans + figures.span.returns;
    if (figures.span.loans > 0 && before > 0)
        figures.lentBefore = before;
}

void StatisticsSession::showBranches()
{
    const DirectoryPtr directory = m_cluster.directory();
    std::vector<BranchFiguresModel::Row> rows;
    QSet<QUuid> shown;
    for (const auto &[name, shard] : m_shards) {
        if (!shard.known)
            continue;
        for (const BranchFigures &figures : shard.known->branches) {
            const BranchEntry *entry = directory->branch(figures.branch);
            if (shown.contains(figures.branch))
                continue; // it moved: two shards' answers are of different times
            shown.insert(figures.branch);
            rows.push_back({.id = figures.branch,
                            .name = entry ? entry->name : figures.code,
                            .shard = name,
                            .figures = figures,
                            .seenAt = shard.seenAt,
                            .isCounted = isCounted(shard),
                            .isSilent = shard.state == ShardState::Missing});
        }
    }
    for (const BranchEntry &branch : directory->branches()) {
        if (!shown.contains(branch.id) && m_figures.missing.contains(branch.shard))
            rows.push_back({.id = branch.id,
                            .name = branch.name,
                            .shard = branch.shard,
                            .figures = std::nullopt,
                            .seenAt = {},
                            .isCounted = false,
                            .isSilent = true});
    }
    m_branches.setRows(std::move(rows));
}

} // namespace Branchline
