// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/seeded.h"

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Drill {

namespace {

const QString advisoryLock = u"PERFORM pg_advisory_xact_lock_shared(1, uuid_hash(fence.branch_id));"_s;
const QString rowLock =
    u"PERFORM FROM public.branch_placement AS p WHERE p.branch_id = fence.branch_id FOR SHARE;"_s;
// Loans and returns have the fence in the function that they begin with.
const QString scanLock =
    u"locked := pg_advisory_xact_lock_shared(1, uuid_hash(begin_scan.branch_id)) IS NOT NULL;"_s;
const QString scanRowLock =
    u"PERFORM FROM public.branch_placement AS p WHERE p.branch_id = begin_scan.branch_id FOR SHARE;"_s;

void changeFunction(PlainSql &sql, const SeededBug::Change &change)
{
    const QString before =
        sql.run(u"SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = '%1' AND pronamespace = "
                "'public'::regnamespace"_s.arg(change.function))
            .front()
            .front();
    QString after = before;
    after.replace(change.text, change.by);
    if (after == before)
        qFatal("The function %s no longer has the text that the seeded bug replaces.",
               qPrintable(change.function));
    sql.run(after);
}

/// Calls that wait for a locked copy lose their connection after they were sent, and again when the program
/// repeats them; they are done when the copy is free again.
void cutWaitingCalls(Stage &stage, const BranchEntry &branch)
{
    const QString database = branch.shard + "_shard"_L1;
    PlainSql sql(stage.address(database));
    sql.run(u"BEGIN"_s);
    sql.run(u"SELECT FROM physical_exemplars WHERE branch_id = '%1' FOR UPDATE"_s.arg(
        branch.id.toString(QUuid::WithoutBraces)));
    for (int i = 0; i < 3; ++i) {
        stage.faults().proxy(database).cutCall(
            {.call = "FROM public.check", .point = TcpProxy::CutPoint::AfterSend, .skip = 0, .times = 30});
        std::this_thread::sleep_for(250ms);
    }
    stage.faults().proxy(database).heal();
    std::this_thread::sleep_for(300ms);
    sql.run(u"ROLLBACK"_s);
    std::this_thread::sleep_for(500ms);
}

/// Calls that wait for a locked copy lose their connection while a fence already waits behind them: they are
/// done, then the fence goes up, and what repeats them meets the fence. Refused is not "not done".
void fenceBehindLostCalls(Stage &stage, Fencer &fencer, const BranchEntry &branch)
{
    const QString database = branch.shard + "_shard"_L1;
    PlainSql sql(stage.address(database));
    sql.run(u"BEGIN"_s);
    sql.run(u"SELECT FROM physical_exemplars WHERE branch_id = '%1' FOR UPDATE"_s.arg(
        branch.id.toString(QUuid::WithoutBraces)));
    std::this_thread::sleep_for(300ms);
    std::jthread fencing([&] { fencer.fence(branch, 50ms, 2500ms); });
    std::this_thread::sleep_for(200ms);
    stage.faults().proxy(database).resetAll();
    std::this_thread::sleep_for(300ms);
    sql.run(u"ROLLBACK"_s);
}

} // namespace

const std::vector<SeededBug> &seededBugs()
{
    static const std::vector<SeededBug> bugs{
        {.name = u"none"_s},
        {.name = u"settle-by-select"_s,
         .deskFlaw = u"settle-by-select"_s,
         .changes = {{{}, {}, u"GRANT SELECT ON op_result TO branchline_staff"_s},
                     {{},
                      {},
                      u"CREATE POLICY seeded ON op_result FOR SELECT TO branchline_staff USING (true)"_s}}},
        {.name = u"row-lock-fence"_s,
         .changes = {{u"fence"_s, advisoryLock, rowLock}, {u"begin_scan"_s, scanLock, scanRowLock}}},
        {.name = u"repeatable-read-fence"_s,
         .deskOptions = u"-c default_transaction_isolation=repeatable\\ read"_s,
         .changes = {{u"fence"_s, u"<> 'read committed'"_s, u"= 'no level at all'"_s},
                     {u"begin_scan"_s, u"<> 'read committed'"_s, u"= 'no level at all'"_s},
                     // Who may do what is not read from an old snapshot either; that net is cut, too.
                     {u"has_right"_s, u"<> 'read committed'"_s, u"= 'no level at all'"_s},
                     {u"has_right_everywhere"_s, u"<> 'read committed'"_s, u"= 'no level at all'"_s}}},
        {.name = u"no-unique-index"_s,
         .changes = {{{}, {}, u"DROP INDEX book_lending_one_open_loan"_s},
                     {u"lock_copy"_s, u"FOR UPDATE;"_s, u"; PERFORM pg_sleep(0.01);"_s},
                     {u"checkout"_s, u"FOR UPDATE;"_s, u"; PERFORM pg_sleep(0.01);"_s},
                     {u"checkin"_s, u"FOR UPDATE;"_s, u"; PERFORM pg_sleep(0.01);"_s}}}};
    return bugs;
}

void plant(const SeededBug &bug, Stage &stage)
{
    for (const QString &shard : stage.faults().shards()) {
        PlainSql sql(stage.address(shard + "_shard"_L1));
        for (const SeededBug::Change &change : bug.changes) {
            if (change.function.isEmpty())
                sql.run(change.by);
            else
                changeFunction(sql, change);
        }
    }
}

void runTargeted(Stage &stage, Fencer &fencer)
{
    std::this_thread::sleep_for(1s);
    for (const BranchEntry &branch : stage.branches()) {
        cutWaitingCalls(stage, branch);
        fencer.fence(branch, 300ms, 300ms);
    }
    fenceBehindLostCalls(stage, fencer, stage.branches()[1]);
    fenceBehindLostCalls(stage, fencer, stage.branches()[2]);
    stage.faults().heal();
}

} // namespace Branchline::Drill
