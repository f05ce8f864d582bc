// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/statistics.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement ofAll{
    "statistics"_L1,
    "SELECT branch_id, code, copies, available, lent, overdue FROM public.statistics() ORDER BY code"_L1};
constexpr Statement ofBranch{
    "statistics_of_branch"_L1,
    "SELECT branch_id, code, copies, available, lent, overdue FROM public.statistics(?::uuid)"_L1};
constexpr Statement activityOfDays{
    "activity"_L1,
    "SELECT day, loans, returns, renewals FROM public.activity(?::integer, ?::uuid) ORDER BY day"_L1};
// A slice is short, since scans of this desk may wait behind it.
constexpr Statement rollUp{"roll_up_activity"_L1, "SELECT public.roll_up_activity(7) AS days"_L1};
const Call statisticsCall{"statistics"_L1, std::chrono::milliseconds(3000)};
const Call rollUpCall{"roll_up_activity"_L1, std::chrono::milliseconds(5000)};

BranchFigures figuresOf(const RowSet::Row &row)
{
    return {row.uuid("branch_id"),   row.text("code"),   row.number("copies"),
            row.number("available"), row.number("lent"), row.number("overdue")};
}

ActivityDay activityOf(const RowSet::Row &row)
{
    return {row.value("day").toDate(), row.number("loans"), row.number("returns"), row.number("renewals")};
}

DbError movedAway(const QString &database, const QString &branch)
{
    return {.kind = DbErrorKind::StalePlacement,
            .message = QCoreApplication::translate("Statistics", "%1 does not hold the branch %2.")
                           .arg(database, branch),
            .hint = QCoreApplication::translate("Statistics", "Ask again: it is being moved."),
            .database = database};
}

/// A sum without a branch that is on its way to another shard would look complete and be too small.
void requireBranches(const Directory &directory, const QString &database,
                     const std::vector<BranchFigures> &figures)
{
    for (const BranchEntry &branch : directory.branches()) {
        const bool isHere = branch.shard + "_shard"_L1 != database ||
                            std::any_of(figures.begin(), figures.end(),
                                        [&branch](const BranchFigures &f) { return f.branch == branch.id; });
        if (!isHere)
            throw DbException(movedAway(database, branch.name));
    }
}

template <typename Task>
auto onShard(Cluster &cluster, const QString &shard, const Call &call, Task task)
    -> QFuture<Result<std::invoke_result_t<Task, Session &>>>
{
    using Value = std::invoke_result_t<Task, Session &>;
    if (Database *database = cluster.shard(shard))
        return database->run(call, task);
    QPromise<Result<Value>> promise;
    promise.start();
    DbError error{.kind = DbErrorKind::NotConfigured, .database = shard + "_shard"_L1};
    error.message = QCoreApplication::translate("FanOut", "%1 is not configured.").arg(error.database);
    promise.addResult(Result<Value>(error));
    promise.finish();
    return promise.future();
}

} // namespace

QFuture<Combined<std::vector<BranchFigures>>> libraryStatistics(Cluster &cluster)
{
    return fanOutShared(cluster, statisticsCall, [directory = cluster.directory()](Session &session) {
        auto figures = session.exec(ofAll)->map(figuresOf);
        requireBranches(*directory, session.database(), figures);
        return figures;
    });
}

QFuture<Result<BranchFigures>> branchStatistics(Cluster &cluster, const QUuid &branch)
{
    return cluster.onBranch(branch, statisticsCall, [](Session &session, const BranchEntry &entry) {
        const Rows rows = session.exec(ofBranch, {entry.id});
        if (rows->rowCount() > 0)
            return figuresOf(rows->row(0));
        throw DbException(movedAway(session.database(), entry.name));
    });
}

QFuture<Result<ShardFigures>> shardFigures(Cluster &cluster, const QString &shard, int days,
                                           const QUuid &branch)
{
    return onShard(cluster, shard, statisticsCall, [days, branch](Session &session) {
        ShardFigures figures;
        figures.branches = session.exec(ofAll)->map(figuresOf);
        figures.days = session.exec(activityOfDays, {days, orNull(branch)})->map(activityOf);
        figures.takenAt = QDateTime::currentDateTimeUtc();
        return figures;
    });
}

QFuture<Result<int>> rollUpActivity(Cluster &cluster, const QString &shard)
{
    return onShard(cluster, shard, rollUpCall, [](Session &session) {
        return static_cast<int>(session.exec(rollUp)->row(0).number("days"));
    });
}

BranchFigures totalOf(const Combined<std::vector<BranchFigures>> &answers)
{
    BranchFigures total;
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk())
            continue;
        for (const BranchFigures &branch : *answer.result) {
            total.copies += branch.copies;
            total.available += branch.available;
            total.lent += branch.lent;
            total.overdue += branch.overdue;
        }
    }
    return total;
}

} // namespace Branchline
