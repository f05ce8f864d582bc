// SPDX-License-Identifier: GPL-3.0-or-later
//
// The calls of DeskSession, and what was answered: it goes into the row, and ends the job or not.
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

/// How long to wait, at most, before a lost answer is asked for again, and before a database is tried again.
constexpr auto askAgain = 500ms;
constexpr auto tryAgain = 2000ms;
/// The longest pause of a job that stands aside: until a person has put something right, or until another
/// database than the desk's own answers again.
constexpr auto longestAside = 30'000ms;
constexpr auto longestElsewhere = 8000ms;

/// What an error of a call means for the next try.
enum class Obstacle {
    None,    ///< there is no next try: nothing was done, and nothing would be
    Passing, ///< it goes away by itself: a silent database, a branch on its way to another shard, a lock
    Standing ///< a person has to put something right first
};

/// Only an answer of the shard's rules says that nothing was done when an earlier try may have done it: an
/// error comes before the shard looks whether it knows the request.
Obstacle obstacleOf(const DbError &error, bool mayBeDone)
{
    switch (error.kind) {
    case DbErrorKind::SchemaMismatch:
    case DbErrorKind::NotConfigured:
        return Obstacle::Standing;
    case DbErrorKind::StalePlacement:
    case DbErrorKind::Retryable:
    case DbErrorKind::Canceled:
        return Obstacle::Passing;
    default:
        return error.isUnavailable() ? Obstacle::Passing : mayBeDone ? Obstacle::Standing : Obstacle::None;
    }
}

/// What a server says, as a sentence that another one can follow.
QString sentence(const QString &text)
{
    return text.endsWith(u'.') ? text : text + u'.';
}

/// Why the desk's own shard does not answer; its name when it is just silent, or not asked.
template <typename Value>
DbError errorAtHome(const Combined<Value> &answers, const QString &home)
{
    for (const auto &answer : answers.shards) {
        if (answer.shard == home && !answer.result.isOk())
            return answer.result.error();
    }
    return {.kind = DbErrorKind::Unreachable, .database = home + "_shard"_L1};
}

} // namespace

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
        return retryLater(job, *scans(job.mode)->find(job.row),
                          waitingText(errorAtHome(answers, m_branch.shard)), tryAgain);
    describeCopy(job);
}

QString DeskSession::waitingText() const
{
    return isKept() ? tr("Saved on this desk") : tr("Waiting for its turn");
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
    case DbErrorKind::SchemaMismatch:
    case DbErrorKind::NotConfigured:
        return waitingText(errorLine(error));
    case DbErrorKind::NotAllowed:
        return waitingText(sentence(error.message) + u' ' +
                           tr("Ask an administrator for the right, or sign in as somebody who has it."));
    default:
        if (error.sqlState == "25006"_L1)
            return waitingText(tr("%1 takes no changes just now.").arg(error.database));
        if (error.sqlState == "53100"_L1 || error.sqlState == "53200"_L1 || error.sqlState == "58030"_L1)
            return waitingText(error.message); // disk full, out of memory, a broken disk
        if (error.isUnavailable() || error.kind == DbErrorKind::Canceled)
            return waitingText(tr("%1 does not answer.").arg(error.database));
        return waitingText(sentence(errorLine(error)) + u' ' + tr("Tell an administrator."));
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
            return retryLater(job, row, waitingText(errorAtHome(answers, m_branch.shard)), tryAgain);
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

QString DeskSession::lostText(const Job &job)
{
    if (job.kind == Job::Kind::Undo)
        return tr("Connection lost while undoing. Asking again; nothing is undone twice.");
    switch (job.mode) {
    case Mode::CheckOut:
        return tr("Connection lost while saving. Asking again; nothing is lent twice.");
    case Mode::CheckIn:
        return tr("Connection lost while saving. Asking again; nothing is returned twice.");
    case Mode::Renew:
        break;
    }
    return tr("Connection lost while saving. Asking again; nothing is renewed twice.");
}

bool DeskSession::mustAskAgain(const Job &job, const CirculationAnswer &answer)
{
    if (answer.outcome != Outcome::Unknown && answer.outcome != Outcome::Failed)
        return false;
    Job &own = current();
    own.mayBeDone = own.mayBeDone || answer.outcome == Outcome::Unknown;
    const Obstacle obstacle = obstacleOf(*answer.error, own.mayBeDone);
    if (obstacle == Obstacle::None)
        return false;
    if (own.isEnding) {
        endNow(Job(own));
        return true;
    }
    ScanRow row = *modelOf(job)->find(job.row);
    if (own.mayBeDone) {
        row.state = ScanState::Unknown;
        row.subtitle.clear();
        row.statusWord = tr("Being checked");
    }
    if (obstacle == Obstacle::Standing)
        standAside(own, row, waitingText(*answer.error), longestAside);
    else if (isElsewhere(*answer.error)) // the copies of this branch pass it
        standAside(own, row, waitingText(*answer.error), longestElsewhere);
    else if (answer.outcome == Outcome::Unknown)
        retryLater(own, row, lostText(own), askAgain);
    else
        retryLater(own, row, waitingText(*answer.error), tryAgain);
    return true;
}

/// Whether another database than this desk's own is in the way.
bool DeskSession::isElsewhere(const DbError &error) const
{
    return !error.database.isEmpty() && error.database != m_branch.shard + "_shard"_L1;
}

void DeskSession::answered(const Job &job, const CirculationAnswer &answer)
{
    // Not a copy of this branch, and main cannot say of which: the desk's own shard knows every card.
    if (job.mode == Mode::CheckOut && answer.outcome == Outcome::Failed && isElsewhere(*answer.error) &&
        !current().mayBeDone && current().obstacles == 0)
        return lookUpOrWait(job, answer);
    if (mustAskAgain(job, answer))
        return;
    const ScanRow row = *scans(job.mode)->find(job.row);
    const bool mayBeCard = job.mode == Mode::CheckOut && answer.outcome == Outcome::Refused &&
                           answer.reasons.size() == 1 && answer.reasons.front().code == "unknown_barcode"_L1;
    if (mustDecide(job, answer))
        return decide(job, row, answer);
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

void DeskSession::lookUpOrWait(const Job &job, const CirculationAnswer &answer)
{
    watch(patronAtDesk(m_cluster, scans(job.mode)->find(job.row)->scan.barcode), this,
          [this, job, answer](const Combined<std::optional<PatronAtDesk>> &answers) {
              if (combinedPatron(answers))
                  lookedUp(job, answers);
              else if (!mustAskAgain(job, answer))
                  settle(job, *scans(job.mode)->find(job.row), answer);
          });
}

void DeskSession::settle(const Job &job, ScanRow row, const CirculationAnswer &answer)
{
    const DirectoryPtr directory = m_cluster.directory();
    describeAnswer(row, job.mode, answer, *directory);
    store(job, row);
    if (answer.outcome == Outcome::Lent && m_patron && m_patron->card == row.scan.card) {
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
    if (answer.outcome == Outcome::Undone) {
        const ScanRow before = m_undoing.take(job.id).before;
        ScanRow row = before;
        describeUndone(row, before, answer, *m_cluster.directory());
        store(job, row);
    } else {
        describeNotUndone(job, answer.error             ? errorLine(*answer.error)
                               : answer.reasons.empty() ? QString()
                                                        : reasonText(answer.reasons.front()));
    }
    if (m_lastReturn && m_lastReturn->requestId == job.row && answer.outcome == Outcome::Undone) {
        m_lastReturn.reset();
        Q_EMIT returned();
    }
    finishJob();
}

/// The row says what it did, and why that stands.
void DeskSession::describeNotUndone(const Job &job, const QString &why)
{
    ScanRow row = m_undoing.take(job.id).before;
    row.canUndo = false;
    row.isUndoing = false;
    if (row.state == ScanState::Pending) { // from an earlier run of the program
        row.state = ScanState::Refused;
        row.statusWord = job.mayBeDone ? tr("Perhaps undone") : tr("Not undone");
        row.statusDetail = {job.mayBeDone ? tr("Search for the copy to see. %1").arg(why) : why};
    } else {
        row.statusDetail = {job.mayBeDone ? tr("Perhaps undone: search for the copy to see. %1").arg(why)
                                          : tr("Not undone. %1").arg(why)};
    }
    store(job, row);
}

void DeskSession::store(const Job &job, const ScanRow &row)
{
    modelOf(job)->update(row);
    Q_EMIT countsChanged(job.mode);
}

} // namespace Branchline
