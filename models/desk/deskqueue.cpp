// SPDX-License-Identifier: GPL-3.0-or-later
//
// The second half of DeskSession: one job after another is sent, and what was answered goes into its row.
#include "models/desk/desksession.h"

#include "db/catalogue/copies.h"
#include "models/catalogue/copymodel.h"
#include "models/desk/reasontext.h"
#include "models/desk/scantext.h"
#include "models/watch.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// How long to wait before a lost answer is asked for again, and before a database is tried again.
constexpr auto askAgain = 500ms;
constexpr auto tryAgain = 2000ms;

/// Whether the obstacle goes away by itself: a silent database, a branch on its way to another shard, a lock.
bool isPassing(const DbError &error)
{
    return error.kind != DbErrorKind::NotConfigured &&
           (error.isUnavailable() || error.kind == DbErrorKind::StalePlacement ||
            error.kind == DbErrorKind::Retryable);
}

} // namespace

void DeskSession::startNext()
{
    if (m_busy || m_isRestoring || m_queue.empty() || m_unwritten.contains(m_queue.front().id))
        return;
    const Job job = m_queue.front();
    m_busy = true;
    if (job.kind == Job::Kind::ClosePatron) {
        usePatron({}, {});
        return finishJob();
    }
    const ScanRow *row = modelOf(job)->find(job.row);
    if (!row)
        return finishJob();
    if (job.kind == Job::Kind::Undo)
        return sendUndo(job);
    prepare(job, *row);
}

/// A row that was sent before keeps its card, whoever stands at the desk now.
void DeskSession::prepare(const Job &job, ScanRow row)
{
    if (job.mode != Mode::CheckOut || !row.scan.card.isEmpty())
        return send(job, row);
    if (!m_patron)
        return lookUp(job);
    row.scan.card = m_patron->card;
    scans(job.mode)->update(row);
    if (!m_journal)
        return send(job, row);
    // Sent again after a crash, it must be for the same patron.
    m_busy = false;
    keep(job.id, m_journal->setCard(job.id, row.scan.card));
}

void DeskSession::finishJob()
{
    settleInJournal(m_queue.front().id);
    m_queue.pop_front();
    m_busy = false;
    Q_EMIT keptChanged();
    if (m_queue.empty())
        refreshPatron();
    else
        startNext();
}

void DeskSession::settleInJournal(const QUuid &id)
{
    if (m_journal)
        m_journal->remove(id);
}

void DeskSession::retryLater(const Job &job, ScanRow row, const QString &why, std::chrono::milliseconds pause)
{
    row.statusDetail = {why};
    store(job, row);
    m_retry.start(pause); // still busy until then: later scans wait, in their order
}

void DeskSession::send(const Job &job, const ScanRow &row)
{
    const auto future = job.mode == Mode::CheckOut  ? checkOut(m_cluster, row.scan)
                        : job.mode == Mode::CheckIn ? checkIn(m_cluster, row.scan)
                                                    : renew(m_cluster, row.scan);
    watch(future, this, [this, job](const CirculationAnswer &answer) { answered(job, answer); });
}

void DeskSession::sendUndo(const Job &job)
{
    watch(Branchline::undo(m_cluster, m_undoing.value(job.id).request), this,
          [this, job](const CirculationAnswer &answer) { undoAnswered(job, answer); });
}

void DeskSession::lookUp(const Job &job)
{
    const ScanRow *row = scans(job.mode)->find(job.row);
    watch(patronAtDesk(m_cluster, row->scan.barcode), this,
          [this, job](const Combined<std::optional<PatronAtDesk>> &answers) { lookedUp(job, answers); });
}

void DeskSession::lookedUp(const Job &job, const Combined<std::optional<PatronAtDesk>> &answers)
{
    if (const auto patron = combinedPatron(answers)) {
        usePatron(patron, answers.missing());
        scans(job.mode)->remove(job.row); // a card is no scan of the list
        Q_EMIT countsChanged(job.mode);
        return finishJob();
    }
    if (answers.answered() == 0)
        return retryLater(job, *scans(job.mode)->find(job.row), waitingText(tr("No database answers.")),
                          tryAgain);
    describeCopy(job);
}

QString DeskSession::waitingText(const QString &sentence) const
{
    return sentence + u' ' + (isKept() ? tr("Saved on this desk, trying again …") : tr("Trying again …"));
}

QString DeskSession::waitingText(const DbError &error) const
{
    switch (error.kind) {
    case DbErrorKind::Authentication:
        return waitingText(tr("%1 refuses this sign-in.").arg(error.database));
    case DbErrorKind::PoolExhausted:
        return waitingText(error.message); // it names who holds the connections
    case DbErrorKind::StalePlacement:
        return waitingText(tr("The copies of this branch are being moved to another server."));
    case DbErrorKind::Retryable:
        return waitingText(tr("This copy or this patron is in use at another desk."));
    default:
        return waitingText(tr("%1 does not answer.").arg(error.database));
    }
}

/// No patron stands at the desk: say what the copy is, and lend nothing.
void DeskSession::describeCopy(const Job &job)
{
    const QString barcode = scans(job.mode)->find(job.row)->scan.barcode;
    watch(copyByBarcode(m_cluster, barcode), this, [this, job](const Combined<std::vector<Copy>> &answers) {
        ScanRow row = *scans(job.mode)->find(job.row);
        const bool isFound =
            std::any_of(answers.shards.begin(), answers.shards.end(),
                        [](const auto &answer) { return answer.result.isOk() && !answer.result->empty(); });
        // While the desk's own shard is silent every scan waits; one that belongs to a distant branch must
        // not hold up the desk.
        if (!isFound && answers.missing().contains(m_branch.shard))
            return retryLater(job, row, waitingText(tr("%1 does not answer.").arg(m_branch.shard)), tryAgain);
        row.state = ScanState::Refused;
        row.subtitle.clear();
        row.statusWord = tr("Not known");
        row.statusDetail = {answers.isComplete()
                                ? tr("No patron card and no copy has this number. Check the label.")
                                : tr("Not found, but %1 did not answer. Scan it again later.")
                                      .arg(answers.missing().join(", "_L1))};
        for (const auto &answer : answers.shards) {
            if (!answer.result.isOk() || answer.result->empty())
                continue;
            const Copy &copy = answer.result->front();
            const BranchEntry *branch = m_cluster.directory()->branch(copy.branch);
            row.state = ScanState::Info;
            row.title = copy.title;
            row.subtitle = copy.authorLine;
            row.statusWord = statusText(copy.status);
            row.statusDetail = {tr("Belongs to %1. Scan a patron card first to lend it.")
                                    .arg(branch ? branch->name : copy.branchCode)};
        }
        store(job, row);
        finishJob();
    });
}

bool DeskSession::mustAskAgain(const Job &job, const CirculationAnswer &answer)
{
    ScanRow row = *modelOf(job)->find(job.row);
    if (answer.outcome == Outcome::Unknown) {
        row.state = ScanState::Unknown;
        row.subtitle.clear();
        row.statusWord = tr("Being checked");
        retryLater(job, row,
                   job.kind == Job::Kind::Undo
                       ? tr("Connection lost while undoing. Asking again; nothing is undone twice.")
                   : job.mode == Mode::CheckOut
                       ? tr("Connection lost while saving. Asking again; nothing is lent twice.")
                   : job.mode == Mode::CheckIn
                       ? tr("Connection lost while saving. Asking again; nothing is returned twice.")
                       : tr("Connection lost while saving. Asking again; nothing is renewed twice."),
                   askAgain);
        return true;
    }
    if (answer.outcome == Outcome::Failed && isPassing(*answer.error)) {
        // Once sent and not answered, it may have been done: then it stays "being checked".
        retryLater(job, row, waitingText(*answer.error), tryAgain);
        return true;
    }
    return false;
}

void DeskSession::answered(const Job &job, const CirculationAnswer &answer)
{
    if (mustAskAgain(job, answer))
        return;
    const ScanRow row = *scans(job.mode)->find(job.row);
    const bool mayBeCard = job.mode == Mode::CheckOut && answer.outcome == Outcome::Refused &&
                           answer.reasons.size() == 1 && answer.reasons.front().code == "unknown_barcode"_L1;
    if (!mayBeCard)
        return settle(job, row, answer);
    watch(patronAtDesk(m_cluster, row.scan.barcode), this,
          [this, job, row, answer](const Combined<std::optional<PatronAtDesk>> &answers) {
              if (combinedPatron(answers))
                  lookedUp(job, answers);
              else
                  settle(job, row, answer);
          });
}

void DeskSession::settle(const Job &job, ScanRow row, const CirculationAnswer &answer)
{
    const DirectoryPtr directory = m_cluster.directory();
    describeAnswer(row, job.mode, answer, *directory);
    store(job, row);
    if (answer.outcome == Outcome::Lent) {
        m_dueDate =
            QLocale().toString(dateAt(answer.dueAt, answer.lendingBranch, *directory), u"ddd d MMM yyyy"_s);
        m_dueRule = periodText(answer, *directory);
        Q_EMIT dueChanged();
    }
    if (job.mode == Mode::CheckIn) {
        m_lastReturn = answer;
        m_lastReturnDesk = row.scan.deskBranch;
        Q_EMIT returned();
    }
    finishJob();
}

void DeskSession::undoAnswered(const Job &job, const CirculationAnswer &answer)
{
    if (mustAskAgain(job, answer))
        return;
    const ScanRow before = m_undoing.take(job.id).before;
    ScanRow row = before;
    if (answer.outcome == Outcome::Undone) {
        describeUndone(row, before, answer, *m_cluster.directory());
    } else {
        // Refused: the row says what it did, and why that stands.
        const QString why = answer.error             ? errorLine(*answer.error)
                            : answer.reasons.empty() ? QString()
                                                     : reasonText(answer.reasons.front());
        row.canUndo = false;
        row.isUndoing = false;
        const bool mayBeDone = answer.error && modelOf(job)->find(job.row)->state == ScanState::Unknown;
        row.statusDetail = {mayBeDone ? tr("Perhaps undone: search for the copy to see. %1").arg(why)
                                      : tr("Not undone. %1").arg(why)};
        if (row.state == ScanState::Pending) {
            row.state = ScanState::Refused;
            row.statusWord = tr("Not undone");
            row.statusDetail = {why};
        }
    }
    store(job, row);
    if (m_lastReturn && m_lastReturn->requestId == job.row && answer.outcome == Outcome::Undone) {
        m_lastReturn.reset();
        Q_EMIT returned();
    }
    finishJob();
}

void DeskSession::store(const Job &job, const ScanRow &row)
{
    modelOf(job)->update(row);
    Q_EMIT countsChanged(job.mode);
}

void DeskSession::setOnScreen(bool onScreen)
{
    if (std::exchange(m_isOnScreen, onScreen) == onScreen)
        return;
    watchPatron();
    if (onScreen)
        refreshPatron();
}

void DeskSession::watchPatron()
{
    m_watch.setInterest({.allShards = m_isOnScreen && m_patron});
}

void DeskSession::heard(const QString &shard, const Changes &changes)
{
    if (!m_patron)
        return;
    const QSet<QUuid> patron{m_patron->id};
    if (changes.concerns(ChangeKind::Loans, patron) || changes.concerns(ChangeKind::Patrons, patron) ||
        m_patronMissing.contains(shard))
        refreshPatron();
}

void DeskSession::refreshPatron()
{
    m_isPatronAskedAgain = m_isPatronAsked;
    if (!m_patron || std::exchange(m_isPatronAsked, true))
        return;
    watch(patronAtDesk(m_cluster, m_patron->card), this,
          [this, card = m_patron->card](const Combined<std::optional<PatronAtDesk>> &answers) {
              m_isPatronAsked = false;
              const auto patron = combinedPatron(answers);
              if (patron && m_patron && m_patron->card == card) {
                  m_patron = patron;
                  m_patronMissing = answers.missing();
                  Q_EMIT patronChanged();
              }
              if (std::exchange(m_isPatronAskedAgain, false))
                  refreshPatron();
          });
}

} // namespace Branchline
