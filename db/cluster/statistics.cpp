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
constexpr Call statisticsCall{"statistics"_L1, std::chrono::milliseconds(3000)};

BranchFigures figuresOf(const RowSet::Row &row)
{
    return {row.uuid("branch_id"),   row.text("code"),   row.number("copies"),
            row.number("available"), row.number("lent"), row.number("overdue")};
}

} // namespace

QFuture<Combined<std::vector<BranchFigures>>> libraryStatistics(Cluster &cluster)
{
    return fanOut(cluster, statisticsCall,
                  [](Session &session) { return session.exec(ofAll)->map(figuresOf); });
}

QFuture<Result<BranchFigures>> branchStatistics(Cluster &cluster, const QUuid &branch)
{
    return cluster.onBranch(branch, statisticsCall, [](Session &session, const BranchEntry &entry) {
        const Rows rows = session.exec(ofBranch, {entry.id});
        if (rows->rowCount() > 0)
            return figuresOf(rows->row(0));
        throw DbException(
            {.kind = DbErrorKind::StalePlacement,
             .message = QCoreApplication::translate("Statistics", "%1 does not hold the branch %2.")
                            .arg(session.database(), entry.name),
             .database = session.database()});
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
