// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/batch.h"

#include <QCoreApplication>
#include <QRandomGenerator>

#include <algorithm>
#include <condition_variable>
#include <mutex>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Ctl {

namespace {

/// As long as one call may take.
constexpr auto longestWait = 6000ms;
/// For a single scan that certainly was not done, somebody at a terminal rather has the error soon.
constexpr auto singleWait = 2000ms;
/// For scans of a database that has used up the patience: it is tried, but not waited for.
constexpr auto shortDeadline = 1500ms;
/// A try with less time than this would end as “not known” where the truth is near.
constexpr auto leastDeadline = 1000ms;
constexpr auto leastPause = 150ms;
constexpr int pauseSpreadMs = 150;
/// How soon an interruption is noticed.
constexpr auto attention = 50ms;
/// What is under way when the command is interrupted may still be answered for so long; then it is cancelled,
/// and after the same time again its outcome counts as unknown.
constexpr auto interruptGrace = 1000ms;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

/// Whether asking again may help: a server that is away may come back. One that said itself that a lock took
/// too long is there.
bool isWorthAsking(const CirculationAnswer &answer)
{
    if (!answer.error || answer.error->kind == DbErrorKind::Canceled)
        return false;
    if (answer.outcome == Outcome::Unknown)
        return true;
    const DbErrorKind kind = answer.error->kind;
    return kind == DbErrorKind::Unreachable || kind == DbErrorKind::ConnectionLost ||
           (kind == DbErrorKind::Timeout && answer.error->sqlState.isEmpty());
}

} // namespace

/// Answers on their way from the threads of the pools to that of run().
struct Batch::Arrivals
{
    std::mutex mutex;
    std::condition_variable some;
    std::vector<std::pair<size_t, CirculationAnswer>> list;
};

QUuid newBatchId()
{
    QUuid id = newUuid();
    id.data3 = static_cast<ushort>((id.data3 & 0x0fff) | 0x8000);
    return id;
}

bool isBatchId(const QUuid &id)
{
    return id.data3 >> 12 == 8;
}

QUuid scanIdIn(const QUuid &batch, const QString &barcode)
{
    return QUuid::createUuidV5(batch, barcode.trimmed());
}

Batch::Batch(Cluster &cluster, std::vector<Scan> scans, Send send)
    : m_cluster(cluster)
    , m_scans(std::move(scans))
    , m_send(send)
    , m_work(m_scans.size())
    , m_results(m_scans.size())
    , m_arrivals(std::make_shared<Arrivals>())
    , m_patience(longestWait)
{
    for (size_t i = 0; i < m_scans.size(); ++i) {
        m_scans[i].stop = m_stop.get_token();
        m_results[i].answer = {.requestId = m_scans[i].requestId, .barcode = m_scans[i].barcode};
    }
}

void Batch::run(size_t jobs, const Interrupt &interrupt, const std::function<void(size_t)> &told)
{
    m_told = told;
    while (m_done < m_scans.size()) {
        decltype(Arrivals::list) arrived;
        {
            std::unique_lock lock(m_arrivals->mutex);
            arrived.swap(m_arrivals->list);
        }
        for (auto &[i, answer] : arrived)
            settle(i, std::move(answer), Clock::now());
        const auto now = Clock::now();
        if (!m_interruptedAt && interrupt.isAsked())
            m_interruptedAt = now;
        if (m_interruptedAt)
            wind(now);
        else
            startMore(jobs, now);
        std::unique_lock lock(m_arrivals->mutex);
        if (m_done < m_scans.size())
            m_arrivals->some.wait_until(lock, nextTurn(now), [this] { return !m_arrivals->list.empty(); });
    }
}

Batch::Clock::time_point Batch::nextTurn(Clock::time_point now) const
{
    auto next = now + attention;
    for (size_t i = 0; i < m_next; ++i) {
        if (m_work[i].state == Work::State::Pausing)
            next = std::min(next, m_work[i].again);
    }
    return next;
}

void Batch::startMore(size_t jobs, Clock::time_point now)
{
    for (size_t i = 0; i < m_next; ++i) {
        if (m_work[i].state == Work::State::Pausing && m_work[i].again <= now)
            dispatch(i, now);
    }
    while (m_underWay < jobs && m_next < m_scans.size()) {
        const size_t i = m_next++;
        ++m_underWay;
        m_work[i].firstSent = now;
        m_scans[i].deadline = m_patience.isSpent(databaseOf(m_scans[i].deskBranch), now)
                                  ? std::chrono::milliseconds(shortDeadline)
                                  : std::chrono::milliseconds(longestWait);
        dispatch(i, now);
    }
}

void Batch::dispatch(size_t i, Clock::time_point now)
{
    m_work[i].state = Work::State::Sent;
    m_work[i].sent = now;
    m_send(m_cluster, m_scans[i]).then([i, arrivals = m_arrivals](const CirculationAnswer &answer) {
        const std::lock_guard lock(arrivals->mutex);
        arrivals->list.emplace_back(i, answer);
        arrivals->some.notify_one();
    });
}

void Batch::settle(size_t i, CirculationAnswer answer, Clock::time_point now)
{
    Work &work = m_work[i];
    if (work.state != Work::State::Sent)
        return; // it was given up, and answered after all
    m_results[i].answer = std::move(answer);
    CirculationAnswer &last = m_results[i].answer;
    if (!last.error) {
        succeed(i, now);
        return finish(i, now);
    }
    // Whatever a later try says, the first may have been done.
    work.mayBeDone = work.mayBeDone || last.outcome == Outcome::Unknown;
    if (work.mayBeDone)
        last.outcome = Outcome::Unknown;
    if (!isWorthAsking(last))
        return finish(i, now);
    work.failedAt << last.error->database;
    const auto until = lastTry(work, last);
    const auto again =
        now + leastPause + std::chrono::milliseconds(QRandomGenerator::system()->bounded(pauseSpreadMs));
    if (m_interruptedAt || again >= until)
        return finish(i, now);
    work.state = Work::State::Pausing;
    work.again = again;
    m_scans[i].deadline = std::max(std::chrono::milliseconds(leastDeadline),
                                   std::chrono::duration_cast<std::chrono::milliseconds>(until - again));
}

void Batch::succeed(size_t i, Clock::time_point now)
{
    const CirculationAnswer &answer = m_results[i].answer;
    const QUuid &branch = answer.copyBranch.isNull() ? m_scans[i].deskBranch : answer.copyBranch;
    for (const QString &database : m_work[i].failedAt + QStringList{databaseOf(branch)})
        m_patience.answered(database, now);
}

Batch::Clock::time_point Batch::lastTry(const Work &work, const CirculationAnswer &answer)
{
    const bool isSoon = m_scans.size() == 1 && answer.outcome != Outcome::Unknown;
    const auto most = isSoon ? std::chrono::milliseconds(singleWait) : std::chrono::milliseconds(longestWait);
    return std::min(work.firstSent + most, m_patience.failed(answer.error->database, work.sent));
}

void Batch::finish(size_t i, Clock::time_point now)
{
    m_work[i].state = Work::State::Done;
    m_results[i].taken = std::chrono::duration_cast<std::chrono::milliseconds>(now - m_work[i].firstSent);
    --m_underWay;
    ++m_done;
    m_told(i);
}

/// Brings everything to an end after an interruption.
void Batch::wind(Clock::time_point now)
{
    for (size_t i = m_next; i < m_scans.size(); ++i) {
        m_work[i].state = Work::State::Done;
        m_results[i].isSent = false;
        ++m_done;
    }
    const size_t sent = std::exchange(m_next, m_scans.size());
    const auto waited = now - *m_interruptedAt;
    if (waited >= interruptGrace)
        m_stop.request_stop();
    for (size_t i = 0; i < sent; ++i) {
        if (m_work[i].state == Work::State::Pausing)
            finish(i, now);
        else if (m_work[i].state == Work::State::Sent && waited >= 2 * interruptGrace)
            giveUp(i, now);
    }
}

void Batch::giveUp(size_t i, Clock::time_point now)
{
    CirculationAnswer &answer = m_results[i].answer;
    answer.outcome = Outcome::Unknown;
    answer.error = DbError{.kind = DbErrorKind::Canceled,
                           .message = tr("The command was interrupted before the answer came."),
                           .hint = tr("Repeat it with the same request id."),
                           .database = databaseOf(m_scans[i].deskBranch),
                           .outcomeUnknown = true};
    finish(i, now);
}

QString Batch::databaseOf(const QUuid &branch) const
{
    const BranchEntry *entry = m_cluster.directory()->branch(branch);
    return entry ? entry->shard + "_shard"_L1 : QString();
}

} // namespace Branchline::Ctl
