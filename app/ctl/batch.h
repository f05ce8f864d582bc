// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/interrupt.h"
#include "app/ctl/patience.h"
#include "db/circulation/circulation.h"

#include <functional>
#include <vector>

namespace Branchline::Ctl {

/// A new id for a batch of scans: a UUID of version 8, which tells it from the id of one scan.
[[nodiscard]] QUuid newBatchId();
[[nodiscard]] bool isBatchId(const QUuid &id);
/// The id of one scan of a batch: the UUID of version 5 of the batch's id and the barcode. The same command
/// repeated with the same batch id so repeats every scan, and does nothing twice.
[[nodiscard]] QUuid scanIdIn(const QUuid &batch, const QString &barcode);

/// What became of one scan of a batch.
struct ScanResult
{
    CirculationAnswer answer;
    bool isSent = true;                 ///< false: the command was interrupted before its turn
    std::chrono::milliseconds taken{0}; ///< from the first send to the last answer, pauses included
};

/// Sends many scans and sees each of them to its end: one whose outcome is unknown, or whose database was
/// away, is sent again with the same request id, within limits that all scans share. Everything but the calls
/// themselves happens in the thread of run().
class Batch final
{
public:
    using Send = QFuture<CirculationAnswer> (*)(Cluster &, const Scan &);

    /// `directory` says where the desk's branch lives. The cluster outlives the batch.
    Batch(Cluster &cluster, std::vector<Scan> scans, Send send);

    /// Blocks until every scan has its result or the command is interrupted; at most `jobs` scans are under
    /// way at once, and with 1 they are done in their order. `told` hears the number of each scan whose
    /// result has come, at once, in the order in which they come; not of those that were never sent.
    void run(size_t jobs, const Interrupt &interrupt, const std::function<void(size_t)> &told);

    /// In the order of the scans; complete after run().
    [[nodiscard]] const std::vector<ScanResult> &results() const { return m_results; }
    [[nodiscard]] bool wasInterrupted() const { return m_interruptedAt.has_value(); }

private:
    using Clock = Patience::Clock;
    struct Work
    {
        enum class State { New, Sent, Pausing, Done };
        State state = State::New;
        Clock::time_point firstSent;
        Clock::time_point sent;
        Clock::time_point again;   ///< when it is sent again
        bool mayBeDone = false;    ///< an earlier try got no answer
        QStringList failedAt = {}; ///< databases
    };
    struct Arrivals;

    void dispatch(size_t i, Clock::time_point now);
    void startMore(size_t jobs, Clock::time_point now);
    void settle(size_t i, CirculationAnswer answer, Clock::time_point now);
    void succeed(size_t i, Clock::time_point now);
    /// Until when a scan with this answer is asked for again.
    [[nodiscard]] Clock::time_point lastTry(const Work &work, const CirculationAnswer &answer);
    void finish(size_t i, Clock::time_point now);
    void wind(Clock::time_point now);
    void giveUp(size_t i, Clock::time_point now);
    [[nodiscard]] Clock::time_point nextTurn(Clock::time_point now) const;
    [[nodiscard]] QString databaseOf(const QUuid &branch) const;

    Cluster &m_cluster;
    std::vector<Scan> m_scans;
    const Send m_send;
    std::vector<Work> m_work;
    std::vector<ScanResult> m_results;
    std::shared_ptr<Arrivals> m_arrivals;
    std::function<void(size_t)> m_told;
    Patience m_patience;
    std::stop_source m_stop;
    std::optional<Clock::time_point> m_interruptedAt;
    size_t m_next = 0; ///< the first that was not sent
    size_t m_underWay = 0;
    size_t m_done = 0;
};

} // namespace Branchline::Ctl
