// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/fencer.h"

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Drill {

namespace {

/// A fence that cannot be put up in so many tries of 2 s each is starved.
constexpr int mostTries = 4;
/// Servers that are down come back within this time.
constexpr auto patience = 90s;
constexpr auto pause = 100ms;

/// How much was ever written to a branch; it only grows, with every write.
constexpr auto stateSql =
    "SELECT (SELECT count(*) FROM op_result WHERE branch_id = '%1') || ' answers, ' || "
    "(SELECT count(*) FROM desk_event WHERE branch_id = '%1') || ' events, ' || "
    "(SELECT coalesce(sum(row_version), 0) FROM book_lending WHERE branch_id = '%1') || ' versions of loans, "
    "' || "
    "(SELECT coalesce(sum(row_version), 0) FROM physical_exemplars WHERE branch_id = '%1') || ' versions of copies'"_L1;

} // namespace

struct Fencer::Step
{
    int number = 0;
    QString branch;
    QString barcode;
    qint64 epoch = 0; ///< before
    PlainSql &sql;
};

Fencer::Fencer(Stage &stage, HistoryWriter &log)
    : m_stage(stage)
    , m_log(log)
    , m_main(stage.address(u"main"_s) + " connect_timeout=3"_L1)
{
    for (const QString &database : stage.databases())
        m_shards.emplace(database,
                         std::make_unique<PlainSql>(stage.address(database) +
                                                    " connect_timeout=3 options='-c lock_timeout=2000'"_L1));
}

bool Fencer::fence(const BranchEntry &branch, std::chrono::milliseconds locked,
                   std::chrono::milliseconds fenced)
{
    Step step{.number = ++m_number,
              .branch = branch.id.toString(QUuid::WithoutBraces),
              .barcode = m_stage.copyOf(branch),
              .sql = *m_shards.at(branch.shard + "_shard"_L1)};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto rows =
            step.sql.tryRun(u"SELECT epoch FROM branch_placement WHERE branch_id = '%1'"_s.arg(step.branch));
        if (rows) {
            step.epoch = rows->front().front().toLongLong();
            break;
        }
        if (std::chrono::steady_clock::now() > until)
            qFatal("The shard of a branch that is to be fenced does not come back: %s",
                   qPrintable(step.sql.errorText()));
        std::this_thread::sleep_for(pause);
    }
    if (!up(step, locked))
        return false;
    ++m_fences;
    probe(step, u"while the branch is fenced"_s, step.epoch + 1);
    std::this_thread::sleep_for(fenced);
    down(step);
    probe(step, u"with the epoch before"_s, step.epoch);
    publish(step);
    return true;
}

bool Fencer::up(const Step &step, std::chrono::milliseconds locked)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    int tries = 0;
    while (tries < mostTries) {
        QString error;
        if (tryUp(step, locked, error))
            return true;
        // A server that died or was stopped meanwhile is no sign of starvation.
        if (step.sql.sqlState() == "55P03"_L1)
            ++tries;
        else if (std::chrono::steady_clock::now() > until)
            qFatal("A branch cannot be fenced: %s", qPrintable(error));
        std::this_thread::sleep_for(pause);
        if (tries == mostTries)
            m_log.writeLine({{u"event"_s, u"fence_starved"_s},
                             {u"number"_s, step.number},
                             {u"branch"_s, step.branch},
                             {u"tries"_s, tries},
                             {u"error"_s, error}});
    }
    return false;
}

bool Fencer::tryUp(const Step &step, std::chrono::milliseconds locked, QString &error)
{
    const auto begin = steadyNow();
    const QString update = u"UPDATE branch_placement SET state = 'fenced', epoch = %2 WHERE branch_id = '%1' "
                           "AND state = 'active' AND epoch = %3"_s.arg(step.branch)
                               .arg(step.epoch + 1)
                               .arg(step.epoch);
    std::optional<QString> whenLocked;
    std::optional<QString> whenFenced;
    if (step.sql.tryRun(u"BEGIN"_s) &&
        step.sql.tryRun(u"SELECT pg_advisory_xact_lock(1, uuid_hash('%1'))"_s.arg(step.branch))) {
        m_longestWait = std::max<qint64>(m_longestWait, steadyNow() - begin);
        whenLocked = stateOf(step);
        std::this_thread::sleep_for(locked);
        if (whenLocked && step.sql.tryRun(update))
            whenFenced = stateOf(step);
    }
    if (whenFenced && step.sql.tryRun(u"COMMIT"_s)) {
        note(step, u"locked"_s, *whenLocked);
        note(step, u"fenced"_s, *whenFenced);
        return true;
    }
    error = step.sql.errorText();
    const bool mayHaveCommitted = whenFenced && step.sql.sqlState().isEmpty();
    if (!step.sql.sqlState().isEmpty())
        (void)step.sql.tryRun(u"ROLLBACK"_s);
    if (mayHaveCommitted && isAt(step, u"fenced"_s)) {
        note(step, u"locked"_s, *whenLocked);
        note(step, u"fenced"_s, *whenFenced);
        return true;
    }
    return false;
}

/// Asks until there is an answer.
bool Fencer::isAt(const Step &step, const QString &state)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (const auto rows = step.sql.tryRun(
                u"SELECT state, epoch FROM branch_placement WHERE branch_id = '%1'"_s.arg(step.branch)))
            return rows->front()[0] == state && rows->front()[1].toLongLong() == step.epoch + 1;
        std::this_thread::sleep_for(pause);
    }
    qFatal("A shard does not come back.");
    return false;
}

void Fencer::down(const Step &step)
{
    const QString update =
        u"UPDATE branch_placement SET state = 'active' WHERE branch_id = '%1'"_s.arg(step.branch);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        std::optional<QString> state;
        if (step.sql.tryRun(u"BEGIN"_s) &&
            step.sql.tryRun(u"SELECT pg_advisory_xact_lock(1, uuid_hash('%1'))"_s.arg(step.branch)))
            state = stateOf(step);
        const bool isDone = state && step.sql.tryRun(update) && step.sql.tryRun(u"COMMIT"_s);
        if (!isDone && !step.sql.sqlState().isEmpty())
            (void)step.sql.tryRun(u"ROLLBACK"_s);
        if (isDone || (state && isAt(step, u"active"_s))) {
            note(step, u"lifted"_s, *state);
            return;
        }
        std::this_thread::sleep_for(pause);
    }
    qFatal("A fence cannot be lifted: %s", qPrintable(step.sql.errorText()));
}

/// Main's directory comes last, so for a moment desks know an epoch that the shard refuses.
void Fencer::publish(const Step &step)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    const QString update =
        u"UPDATE branch_placement SET epoch = %2 WHERE branch_id = '%1' AND epoch <> %2"_s.arg(step.branch)
            .arg(step.epoch + 1);
    while (!m_main.tryRun(update)) {
        if (std::chrono::steady_clock::now() > until)
            qFatal("Main does not take the new epoch: %s", qPrintable(m_main.errorText()));
        std::this_thread::sleep_for(pause);
    }
}

std::optional<QString> Fencer::stateOf(const Step &step)
{
    const auto rows = step.sql.tryRun(QString(stateSql).arg(step.branch));
    return rows ? std::optional(rows->front().front()) : std::nullopt;
}

void Fencer::probe(const Step &step, const QString &kind, qint64 epoch)
{
    const auto rows = step.sql.tryRun(u"SELECT outcome FROM checkin('%1', '%2', %3, '%2', '%4')"_s
                                          .arg(newUuid().toString(QUuid::WithoutBraces), step.branch)
                                          .arg(epoch)
                                          .arg(step.barcode));
    if (!rows && step.sql.sqlState() != "LB001"_L1)
        return; // the server died, or was too late: that proves nothing
    m_log.writeLine({{u"event"_s, u"probe"_s},
                     {u"number"_s, step.number},
                     {u"branch"_s, step.branch},
                     {u"kind"_s, kind},
                     {u"refused"_s, !rows},
                     {u"answer"_s, rows ? rows->front().front() : step.sql.sqlState()}});
}

void Fencer::note(const Step &step, const QString &phase, const QString &state)
{
    m_log.writeLine({{u"event"_s, u"fence"_s},
                     {u"number"_s, step.number},
                     {u"branch"_s, step.branch},
                     {u"phase"_s, phase},
                     {u"state"_s, state}});
}

} // namespace Branchline::Drill
