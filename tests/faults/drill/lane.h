// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/deskcall.h"
#include "tests/faults/drill/job.h"

#include <atomic>
#include <random>

namespace Branchline::Drill {

/// How a desk deals with one call; a flaw replaces it by something that is wrong.
class DeskHabit
{
public:
    virtual ~DeskHabit() = default;
    /// The answer to a call that is sent for the first time, or again because nobody knows.
    [[nodiscard]] virtual CirculationAnswer call(Cluster &cluster, const DeskCall &call, bool isAgain);
};

/// One pair of hands at a desk: it lends, takes back, renews and undoes at random, one call after the other,
/// in a thread of its own. A call whose outcome is unknown is sent again until there is an answer; meanwhile
/// a few others are done.
class Lane final
{
public:
    /// `calls`: those of an earlier run of this desk that have no end. Everything else outlives the lane.
    Lane(Cluster &cluster, HistoryWriter &history, DeskHabit &habit, const DeskJob &job, quint32 seed,
         std::vector<DeskCall> calls);

    /// Returns when `isDraining` is set and every call has its end.
    void run(const std::atomic<bool> &isDraining);

private:
    struct Waiting
    {
        DeskCall call;
        qint64 again = 0; ///< steadyNow() at which it is sent again
        int tries = 0;
    };

    bool settleOne();
    void begin(const DeskCall &call);
    void answered(const DeskCall &call, const CirculationAnswer &answer);
    [[nodiscard]] DeskCall nextCall();
    [[nodiscard]] int upTo(int most);
    [[nodiscard]] const QString &oneOf(const QStringList &list);

    Cluster &m_cluster;
    HistoryWriter &m_history;
    DeskHabit &m_habit;
    const DeskJob &m_job;
    std::mt19937 m_random;
    std::vector<Waiting> m_waiting;
    std::optional<DeskCall> m_undo; ///< would undo the last thing that was done here
};

} // namespace Branchline::Drill
