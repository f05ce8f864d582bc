// SPDX-License-Identifier: GPL-3.0-or-later
//
// The queue of DeskSession: which job is sent when, and what is on the disk before.
#include "models/desk/desksession.h"

#include "models/desk/scantext.h"
#include "models/watch.h"

#include <QRandomGenerator>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// The first pause of a job that stands aside; each is twice the one before.
constexpr auto firstAside = 2000ms;

/// Up to half of it less, so that the desks of a library do not come back all at once.
std::chrono::milliseconds jittered(std::chrono::milliseconds pause)
{
    return pause -
           std::chrono::milliseconds(QRandomGenerator::global()->bounded(qint64{pause.count() / 2 + 1}));
}

} // namespace

void DeskSession::enqueue(const Job &job)
{
    m_queue.push_back(job);
    Job &own = m_queue.back();
    if (m_journal) {
        JournalEntry entry{.mode = job.mode,
                           .id = job.id,
                           .scan = {},
                           .undo = m_undoing.value(job.id).request,
                           .at = QDateTime::currentDateTimeUtc()};
        if (job.kind == Job::Kind::Scan)
            entry.scan = scans(job.mode)->find(job.row)->scan;
        else
            entry.kind =
                job.kind == Job::Kind::Undo ? JournalEntry::Kind::Undo : JournalEntry::Kind::ClosePatron;
        // What is sent as soon as it is on the disk needs no second write.
        own.isSent = m_queue.size() == 1 && !m_isRestoring && job.kind != Job::Kind::ClosePatron &&
                     !needsCard(job, entry.scan);
        entry.isSent = own.isSent;
        keep(job.id, m_journal->add(entry));
    }
    Q_EMIT keptChanged();
    startNext();
}

/// Nothing is sent before it is on the disk; where the disk cannot be written, the desk goes on without.
void DeskSession::keep(const QUuid &id, const QFuture<bool> &written)
{
    m_unwritten.insert(id);
    watch(written, this, [this, id](bool isWritten) {
        m_unwritten.remove(id);
        m_journalWorks = isWritten;
        Q_EMIT keptChanged();
        for (const Job &job : m_queue) {
            const ScanRow *row = job.id == id ? modelOf(job)->find(job.row) : nullptr;
            if (!row || row->state != ScanState::Pending || !isWritten)
                continue;
            ScanRow saved = *row;
            saved.statusDetail = {waitingText()};
            modelOf(job)->update(saved);
        }
        startNext();
    });
}

/// Whether the scan is for whoever stands at the desk at its turn.
bool DeskSession::needsCard(const Job &job, const Scan &scan)
{
    return job.kind == Job::Kind::Scan && job.mode == Mode::CheckOut && scan.card.isEmpty();
}

/// Whether an earlier job of the same copy stands aside: lent and returned the other way round is another
/// story. A scan without a card is not held, since it must learn its patron before that changes.
bool DeskSession::isHeld(const Job &job)
{
    const ScanRow *row = modelOf(job)->find(job.row);
    if (!row || needsCard(job, row->scan))
        return false;
    for (const Job &earlier : m_queue) {
        if (earlier.id == job.id)
            break;
        const ScanRow *other = modelOf(earlier)->find(earlier.row);
        if (other && other->scan.barcode == row->scan.barcode)
            return true;
    }
    return false;
}

const DeskSession::Job *DeskSession::nextJob()
{
    const auto next = std::find_if(m_queue.begin(), m_queue.end(),
                                   [this](const Job &job) { return job.again.hasExpired() && !isHeld(job); });
    return next == m_queue.end() ? nullptr : &*next;
}

void DeskSession::startNext()
{
    if (m_busy || m_isRestoring)
        return;
    const Job *next = nextJob();
    if (!next)
        return waitForAside();
    if (m_unwritten.contains(next->id))
        return;
    const Job job = *next;
    m_current = job.id;
    m_busy = true;
    if (job.kind == Job::Kind::ClosePatron) {
        usePatron({}, {});
        return finishJob();
    }
    const ScanRow *row = modelOf(job)->find(job.row);
    if (!row)
        return finishJob();
    if (job.kind == Job::Kind::Scan)
        prepare(job, *row);
    else if (isMarked())
        sendUndo(job);
}

void DeskSession::waitForAside()
{
    qint64 pause = -1;
    for (const Job &job : m_queue) {
        if (!isHeld(job)) {
            pause = pause < 0 ? job.again.remainingTime() : std::min(pause, job.again.remainingTime());
            continue;
        }
        ScanRow row = *modelOf(job)->find(job.row);
        const QStringList why{tr("Waits for the scan of this copy before it.")};
        if (row.state != ScanState::Pending || row.statusDetail == why)
            continue;
        row.statusDetail = why;
        store(job, row);
    }
    if (pause >= 0)
        m_aside.start(std::chrono::milliseconds(pause + 1));
}

/// A row that was sent before keeps its card, whoever stands at the desk now.
void DeskSession::prepare(const Job &job, ScanRow row)
{
    if (needsCard(job, row.scan)) {
        if (!m_patron)
            return lookUp(job);
        row.scan.card = m_patron->card;
        scans(job.mode)->update(row);
        if (isHeld(job)) {
            m_busy = false;
            if (m_journal)
                return keep(job.id, m_journal->setCard(job.id, row.scan.card));
            return startNext();
        }
    }
    if (isMarked(row.scan.card))
        send(job, row);
}

/// False when it has to be written first that the current job may have been sent: sent again after a crash,
/// it must be for the same patron, and an error must not end it.
bool DeskSession::isMarked(const QString &card)
{
    Job &job = current();
    if (!m_journal || std::exchange(job.isSent, true))
        return true;
    m_busy = false;
    keep(job.id, m_journal->setSent(job.id, card));
    return false;
}

DeskSession::Job &DeskSession::current()
{
    return *std::find_if(m_queue.begin(), m_queue.end(),
                         [this](const Job &job) { return job.id == m_current; });
}

void DeskSession::finishJob(const QUuid &id)
{
    if (m_journal)
        m_journal->remove(id);
    std::erase_if(m_queue, [&id](const Job &job) { return job.id == id; });
    if (id == m_current)
        m_busy = false;
    Q_EMIT keptChanged();
    if (!nextJob())
        refreshPatron();
    startNext();
}

void DeskSession::retryLater(const Job &job, ScanRow row, const QString &why, std::chrono::milliseconds pause)
{
    if (job.obstacles > 0)
        return standAside(job, row, why, pause); // others have passed it already
    row.statusDetail = {why};
    store(job, row);
    m_retry.start(jittered(pause)); // still busy until then: later scans wait, in their order
}

void DeskSession::standAside(const Job &job, ScanRow row, const QString &why,
                             std::chrono::milliseconds longest)
{
    Job &own = current();
    own.again = QDeadlineTimer(jittered(std::min(longest, firstAside * (1 << std::min(own.obstacles, 5)))));
    ++own.obstacles;
    row.canEnd = true;
    row.statusDetail = {why};
    m_busy = false;
    store(job, row);
    startNext();
}

void DeskSession::end(const QUuid &requestId)
{
    const auto job = std::find_if(m_queue.begin(), m_queue.end(), [&](const Job &waiting) {
        return waiting.row == requestId && waiting.obstacles > 0;
    });
    if (job == m_queue.end())
        return;
    if (!m_busy || job->id != m_current)
        return endNow(Job(*job));
    job->isEnding = true; // its answer may come any moment
    ScanRow row = *modelOf(*job)->find(requestId);
    row.canEnd = false;
    store(*job, row);
}

void DeskSession::endNow(const Job &job)
{
    if (job.kind == Job::Kind::Undo) {
        describeNotUndone(job, tr("Stopped at this desk."));
    } else {
        ScanRow row = *modelOf(job)->find(job.row);
        describeEnded(row, job.mayBeDone);
        store(job, row);
    }
    finishJob(job.id);
}

} // namespace Branchline
