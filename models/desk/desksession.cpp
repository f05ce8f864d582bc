// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/desksession.h"

#include "db/catalogue/copies.h"
#include "models/catalogue/copymodel.h"
#include "models/desk/reasontext.h"
#include "models/watch.h"

#include <QLocale>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// How long to wait before a lost answer is asked for again, and before a database is tried again.
constexpr auto askAgain = 500ms;
constexpr auto tryAgain = 2000ms;

} // namespace

DeskSession::DeskSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, [this] {
        m_busy = false;
        startNext();
    });
}

void DeskSession::setBranch(const BranchEntry &branch)
{
    m_branch = branch;
}

void DeskSession::scan(Mode mode, const QString &text)
{
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty() || scans(mode)->isOpen(trimmed))
        return;
    const ScanRow row{.scan = {.deskBranch = m_branch.id, .barcode = trimmed},
                      .title = trimmed,
                      .subtitle = tr("Waiting for its turn"),
                      .statusWord = tr("Waiting"),
                      .time = QTime::currentTime()};
    scans(mode)->add(row);
    m_queue.push_back({mode, row.scan.requestId});
    Q_EMIT countsChanged(mode);
    startNext();
}

void DeskSession::finish(Mode mode)
{
    if (!scans(mode)->counts().isSettled())
        return;
    scans(mode)->clear();
    if (mode == Mode::CheckOut) {
        closePatron();
    } else {
        m_lastReturn.reset();
        Q_EMIT returned();
    }
    Q_EMIT countsChanged(mode);
}

void DeskSession::closePatron()
{
    // Scans that still wait were made for this patron: they are lent first.
    const bool isWaiting = std::any_of(m_queue.begin(), m_queue.end(),
                                       [](const Job &job) { return job.mode == Mode::CheckOut; });
    if (isWaiting)
        m_queue.push_back({Mode::CheckOut, {}});
    else
        forgetPatron();
}

void DeskSession::forgetPatron()
{
    m_patron.reset();
    m_dueDate.clear();
    m_dueRule.clear();
    Q_EMIT patronChanged();
    Q_EMIT dueChanged();
}

void DeskSession::startNext()
{
    if (m_busy || m_queue.empty())
        return;
    const Job job = m_queue.front();
    if (job.requestId.isNull()) {
        m_queue.pop_front();
        forgetPatron();
        return startNext();
    }
    const ScanRow *row = scans(job.mode)->find(job.requestId);
    if (!row) {
        m_queue.pop_front();
        return startNext();
    }
    m_busy = true;
    // A row that was sent before keeps its card, whoever stands at the desk now.
    const bool needsCard = job.mode == Mode::CheckOut && row->scan.card.isEmpty();
    if (needsCard && !m_patron)
        return lookUp(job);
    ScanRow sent = *row;
    if (needsCard) {
        sent.scan.card = m_patron->card;
        scans(job.mode)->update(sent);
    }
    send(job, sent);
}

void DeskSession::finishJob()
{
    m_queue.pop_front();
    m_busy = false;
    if (m_queue.empty())
        refreshPatron();
    else
        startNext();
}

void DeskSession::retryLater(std::chrono::milliseconds pause)
{
    m_retry.start(pause); // still busy until then: later scans wait, in their order
}

void DeskSession::send(const Job &job, const ScanRow &row)
{
    const auto future =
        job.mode == Mode::CheckOut ? checkOut(m_cluster, row.scan) : checkIn(m_cluster, row.scan);
    watch(future, this, [this, job](const CirculationAnswer &answer) { answered(job, answer); });
}

void DeskSession::lookUp(const Job &job)
{
    const ScanRow *row = scans(job.mode)->find(job.requestId);
    watch(patronAtDesk(m_cluster, row->scan.barcode), this,
          [this, job](const Combined<std::optional<PatronAtDesk>> &answers) { lookedUp(job, answers); });
}

void DeskSession::lookedUp(const Job &job, const Combined<std::optional<PatronAtDesk>> &answers)
{
    if (const auto patron = combinedPatron(answers)) {
        m_patron = patron;
        m_patronComplete = answers.isComplete();
        m_dueDate.clear();
        m_dueRule.clear();
        scans(job.mode)->remove(job.requestId); // a card is no scan of the list
        Q_EMIT patronChanged();
        Q_EMIT dueChanged();
        Q_EMIT countsChanged(job.mode);
        return finishJob();
    }
    if (answers.answered() == 0) {
        ScanRow row = *scans(job.mode)->find(job.requestId);
        row.statusDetail = {tr("No database answers. Trying again …")};
        store(job, row);
        return retryLater(tryAgain);
    }
    describeCopy(job);
}

/// No patron stands at the desk: say what the copy is, and lend nothing.
void DeskSession::describeCopy(const Job &job)
{
    const QString barcode = scans(job.mode)->find(job.requestId)->scan.barcode;
    watch(copyByBarcode(m_cluster, barcode), this, [this, job](const Combined<std::vector<Copy>> &answers) {
        ScanRow row = *scans(job.mode)->find(job.requestId);
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

void DeskSession::answered(const Job &job, const CirculationAnswer &answer)
{
    ScanRow row = *scans(job.mode)->find(job.requestId);
    if (answer.outcome == Outcome::Unknown) {
        row.state = ScanState::Unknown;
        row.subtitle.clear();
        row.statusWord = tr("Being checked");
        row.statusDetail = {
            job.mode == Mode::CheckOut
                ? tr("Connection lost while saving. Asking again; nothing is lent twice.")
                : tr("Connection lost while saving. Asking again; nothing is returned twice.")};
        store(job, row);
        return retryLater(askAgain);
    }
    if (answer.outcome == Outcome::Failed && answer.error->isUnavailable() &&
        answer.error->kind != DbErrorKind::NotConfigured) {
        // Once sent and not answered, it may have been done: then it stays "being checked".
        row.statusDetail = {tr("%1 does not answer. Trying again …").arg(answer.error->database)};
        store(job, row);
        return retryLater(tryAgain);
    }
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
    if (!answer.title.isEmpty())
        row.title = answer.title;
    row.subtitle = answer.authorLine;
    switch (answer.outcome) {
    case Outcome::Lent:
        showLent(row, answer);
        break;
    case Outcome::Renewed:
        showLent(row, answer);
        break;
    case Outcome::Returned:
        showReturned(row, answer);
        break;
    case Outcome::Undone:
        break;
    case Outcome::Refused:
        row.state = ScanState::Refused;
        row.statusWord = tr("Refused");
        row.statusDetail.clear();
        for (const Reason &reason : answer.reasons)
            row.statusDetail << reasonText(reason);
        break;
    case Outcome::Unknown:
    case Outcome::Failed:
        row.state = ScanState::Failed;
        row.statusWord = tr("Not done");
        row.statusDetail = {errorLine(*answer.error)};
        break;
    }
    store(job, row);
    if (job.mode == Mode::CheckIn) {
        m_lastReturn = answer;
        Q_EMIT returned();
    }
    finishJob();
}

void DeskSession::showLent(ScanRow &row, const CirculationAnswer &answer)
{
    const QLocale locale;
    const QDate due = localDate(answer.dueAt);
    const auto days = static_cast<int>(localDate(answer.lentAt).daysTo(due));
    row.state = ScanState::Lent;
    row.statusWord = tr("Lent to %1").arg(locale.toString(due, u"d MMM"_s));
    row.statusDetail = {(days == 1 ? tr("1 day, rule %1").arg(answer.rule)
                                   : tr("%1 days, rule %2").arg(days).arg(answer.rule))};
    m_dueDate = locale.toString(due, u"ddd d MMM yyyy"_s);
    m_dueRule = row.statusDetail.first();
    Q_EMIT dueChanged();
}

void DeskSession::showReturned(ScanRow &row, const CirculationAnswer &answer) const
{
    row.state = ScanState::Returned;
    row.place = placeText(answer.place);
    if (answer.copyBranch == row.scan.deskBranch) {
        row.statusWord = tr("Shelve here");
    } else {
        const BranchEntry *owner = m_cluster.directory()->branch(answer.copyBranch);
        row.isAway = true;
        row.statusWord = tr("Send to %1").arg(owner ? owner->name : tr("its branch"));
        row.place.clear();
    }
    row.isLate = answer.lateDays > 0;
    row.statusDetail = {answer.lateDays == 0   ? tr("On time")
                        : answer.lateDays == 1 ? tr("1 day late")
                                               : tr("%1 days late").arg(answer.lateDays)};
}

void DeskSession::store(const Job &job, const ScanRow &row)
{
    scans(job.mode)->update(row);
    Q_EMIT countsChanged(job.mode);
}

void DeskSession::refreshPatron()
{
    if (!m_patron)
        return;
    watch(patronAtDesk(m_cluster, m_patron->card), this,
          [this, card = m_patron->card](const Combined<std::optional<PatronAtDesk>> &answers) {
              const auto patron = combinedPatron(answers);
              if (!patron || !m_patron || m_patron->card != card)
                  return;
              m_patron = patron;
              m_patronComplete = answers.isComplete();
              Q_EMIT patronChanged();
          });
}

QDate DeskSession::localDate(const QDateTime &time) const
{
    const QTimeZone zone(m_branch.timezone.toUtf8());
    return time.toTimeZone(zone.isValid() ? zone : QTimeZone::utc()).date();
}

} // namespace Branchline
