// SPDX-License-Identifier: GPL-3.0-or-later
//
// A copy that was refused for reasons that somebody may override: DeskSession holds everything that was
// scanned after it until a person has decided.
#include "models/desk/desksession.h"

#include "models/desk/scantext.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

bool DeskSession::mustDecide(const Job &job, const CirculationAnswer &answer)
{
    const auto canBeOverridden = [](const Reason &reason) {
        return reason.overridable && reason.code == "limit"_L1; // those that checkOut() takes
    };
    return m_asksForDecisions && job.kind == Job::Kind::Scan && job.mode == Mode::CheckOut &&
           answer.outcome == Outcome::Refused && !answer.reasons.empty() && !current().isRestored &&
           std::all_of(answer.reasons.begin(), answer.reasons.end(), canBeOverridden);
}

/// Still busy until it is decided: later scans wait, in their order.
void DeskSession::decide(const Job &job, ScanRow row, const CirculationAnswer &answer)
{
    describeAnswer(row, job.mode, answer, *m_cluster.directory());
    row.statusWord = tr("To decide");
    m_decision = DeskDecision{.scan = row.scan, .answer = answer};
    store(job, row);
    Q_EMIT decisionChanged();
}

int DeskSession::waitingForDecision() const
{
    return m_decision ? std::max(0, kept() - 1) : 0;
}

/// A refusal stands, however often it is asked for, so the override is a request of its own. It is on the
/// disk before the refused one is taken out: after a crash it is sent, or its answer is asked for.
void DeskSession::overrideRefusal(const QStringList &codes, const QString &reason)
{
    if (!std::exchange(m_decision, {}))
        return;
    Job &job = current();
    const QUuid refused = job.id;
    ScanRow row = *scans(job.mode)->find(job.row);
    row.scan.requestId = newUuid();
    row.scan.overrides = codes;
    row.scan.overrideReason = reason;
    row.state = ScanState::Pending;
    row.statusWord = tr("Waiting");
    row.statusDetail = {waitingText()};
    scans(job.mode)->replace(refused, row);
    job.id = row.scan.requestId;
    job.row = job.id;
    job.isSent = true;
    job.mayBeDone = false;
    m_busy = false;
    const JournalEntry entry{.mode = job.mode,
                             .id = job.id,
                             .scan = row.scan,
                             .undo = {},
                             .at = QDateTime::currentDateTimeUtc(),
                             .isSent = true};
    Q_EMIT countsChanged(job.mode);
    Q_EMIT decisionChanged();
    if (!m_journal)
        return startNext();
    keep(entry.id, m_journal->add(entry));
    m_journal->remove(refused);
}

void DeskSession::declineOverride()
{
    if (!m_decision)
        return;
    const CirculationAnswer answer = std::exchange(m_decision, {})->answer;
    const Job job = current();
    Q_EMIT decisionChanged();
    settle(job, *scans(job.mode)->find(job.row), answer);
}

} // namespace Branchline
