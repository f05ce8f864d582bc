// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/flaws.h"

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

const Call lookUp{"look up"_L1};
constexpr Statement storedOutcome{
    "stored outcome"_L1, "SELECT result ->> 'outcome' AS outcome, (result ->> 'loan_id')::uuid AS loan_id, "
                         "       (result ->> 'copy_branch_id')::uuid AS copy_branch_id "
                         "  FROM public.op_result WHERE request_id = ?::uuid"_L1};

CirculationAnswer answerWith(const DeskCall &call, Outcome outcome)
{
    CirculationAnswer answer;
    answer.outcome = outcome;
    answer.requestId = call.request;
    answer.barcode = call.barcode;
    return answer;
}

Outcome outcomeOf(const QString &word)
{
    for (const Outcome outcome : {Outcome::Lent, Outcome::Returned, Outcome::Renewed, Outcome::Undone}) {
        if (word == outcomeName(outcome))
            return outcome;
    }
    return Outcome::Refused;
}

/// Wrong: the first call may still be under way, and will be done after the look.
class SettleBySelect final : public DeskHabit
{
public:
    CirculationAnswer call(Cluster &cluster, const DeskCall &call, bool isAgain) override;
};

CirculationAnswer SettleBySelect::call(Cluster &cluster, const DeskCall &call, bool isAgain)
{
    CirculationAnswer answer = isAgain ? answerWith(call, Outcome::Unknown) : await(send(cluster, call));
    if (answer.outcome != Outcome::Unknown)
        return answer;
    for (const QString &name : cluster.shardNames()) {
        const auto found = await(cluster.shard(name)->run(
            lookUp, [&call](Session &session) { return session.exec(storedOutcome, {call.request}); }));
        if (!found)
            return answerWith(call, Outcome::Unknown);
        if ((*found)->rowCount() == 0)
            continue;
        const RowSet::Row row = (*found)->row(0);
        answer = answerWith(call, outcomeOf(row.text("outcome")));
        answer.loanId = row.uuid("loan_id");
        answer.copyBranch = row.uuid("copy_branch_id");
        return answer;
    }
    return answerWith(call, Outcome::Failed);
}

} // namespace

std::unique_ptr<DeskHabit> habitWithFlaw(const QString &flaw)
{
    if (flaw.isEmpty())
        return std::make_unique<DeskHabit>();
    if (flaw == "settle-by-select"_L1)
        return std::make_unique<SettleBySelect>();
    qFatal("There is no flaw “%s”.", qPrintable(flaw));
    std::abort();
}

} // namespace Branchline::Drill
