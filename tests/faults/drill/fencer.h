// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/history.h"
#include "tests/faults/drill/plainsql.h"
#include "tests/faults/drill/stage.h"

#include <atomic>
#include <chrono>

namespace Branchline::Drill {

/// Takes a branch out of service and puts it back with a new epoch, as a move will, by plain SQL and while
/// desks are at work; any server may die meanwhile. What the branch is like when it is locked, when the fence
/// stands and just before it is lifted goes into the conductor's file, for the checker: it must be the same.
/// So do the answers to calls that must be refused. One thread at a time.
class Fencer final
{
public:
    Fencer(Stage &stage, HistoryWriter &log);

    /// Fences the branch, `locked` after having locked it, keeps the fence for `fenced` and lifts it. False
    /// when it did not go up in a few tries: then nothing has changed.
    bool fence(const BranchEntry &branch, std::chrono::milliseconds locked, std::chrono::milliseconds fenced);

    [[nodiscard]] int fences() const { return m_fences; }
    /// The longest wait for the lock on a branch that succeeded.
    [[nodiscard]] qint64 longestWaitMs() const { return m_longestWait / 1'000'000; }

private:
    struct Step; ///< one fence on its way

    [[nodiscard]] bool up(const Step &step, std::chrono::milliseconds locked);
    [[nodiscard]] bool tryUp(const Step &step, std::chrono::milliseconds locked, QString &error);
    void down(const Step &step);
    void publish(const Step &step);
    [[nodiscard]] bool isAt(const Step &step, const QString &state);
    [[nodiscard]] std::optional<QString> stateOf(const Step &step);
    void probe(const Step &step, const QString &kind, qint64 epoch);
    void note(const Step &step, const QString &phase, const QString &state);

    Stage &m_stage;
    HistoryWriter &m_log;
    PlainSql m_main;
    std::map<QString, std::unique_ptr<PlainSql>> m_shards;
    std::atomic<int> m_fences = 0;
    std::atomic<qint64> m_longestWait = 0;
    int m_number = 0;
};

} // namespace Branchline::Drill
