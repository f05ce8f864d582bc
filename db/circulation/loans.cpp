// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/loans.h"

#include "db/patrons/recordedreading.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement ofBranch{
    "loans_of_branch"_L1,
    "SELECT id, branch_id, branch_code, barcode, title, card, lent_at, due_at, returned_at "
    "FROM public.newest_loans(?::uuid, ?::boolean, ?::int)"_L1};
constexpr Statement ofAll{
    "loans_of_all"_L1,
    "SELECT id, branch_id, branch_code, barcode, title, card, lent_at, due_at, returned_at "
    "FROM public.newest_loans(NULL, ?::boolean, ?::int)"_L1};
constexpr Statement ofPatron{
    "loans_of_patron"_L1,
    "SELECT id, branch_id, branch_code, barcode, title, card, lent_at, due_at, returned_at "
    "FROM public.patron_loans(?::text, ?::boolean)"_L1};
const Call listLoans{"list loans"_L1};

std::vector<Loan> loansIn(const Rows &rows)
{
    return rows->map([](const RowSet::Row &row) {
        return Loan{row.uuid("id"),      row.uuid("branch_id"), row.text("branch_code"),
                    row.text("barcode"), row.text("title"),     row.text("card"),
                    row.time("lent_at"), row.time("due_at"),    row.time("returned_at")};
    });
}

} // namespace

QFuture<Result<std::vector<Loan>>> loansOfBranch(Cluster &cluster, const QUuid &branch, bool onlyOpen,
                                                 int most)
{
    return cluster.onBranch(branch, listLoans, [onlyOpen, most](Session &session, const BranchEntry &entry) {
        return loansIn(session.exec(ofBranch, {entry.id, onlyOpen, most}));
    });
}

QFuture<Combined<std::vector<Loan>>> loansOfPatron(Cluster &cluster, const QString &card, bool onlyOpen)
{
    return fanOut(cluster, listLoans, [card, onlyOpen](Session &session) {
        return loansIn(recordedReading(session, ofPatron, {card, onlyOpen}));
    });
}

QFuture<Combined<std::vector<Loan>>> loansOfAll(Cluster &cluster, bool onlyOpen, int most)
{
    return fanOut(cluster, listLoans, [onlyOpen, most](Session &session) {
        return loansIn(session.exec(ofAll, {onlyOpen, most}));
    });
}

} // namespace Branchline
