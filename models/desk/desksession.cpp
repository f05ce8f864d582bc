// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/desksession.h"

#include "models/desk/scantext.h"
#include "models/watch.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int mostLastScans = 50;

} // namespace

DeskSession::DeskSession(Cluster &cluster, ChangeFeed &feed, ScanJournal *journal, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_journal(journal)
    , m_watch(feed)
{
    m_watch.setAbout([this] { return m_patron ? QSet<QUuid>{m_patron->id} : QSet<QUuid>(); });
    connect(&m_watch, &ChangeWatch::heard, this, &DeskSession::heard);
    connect(&m_watch, &ChangeWatch::silent, this, [this](const QString &shard) {
        if (!m_patronMissing.contains(shard))
            refreshPatron();
    });
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

ScanModel *DeskSession::modelOf(const Job &job)
{
    // A visit may be over by the time one of its scans is undone.
    return m_lastScans.find(job.row) ? &m_lastScans : scans(job.mode);
}

int DeskSession::kept() const
{
    return static_cast<int>(std::count_if(m_queue.begin(), m_queue.end(),
                                          [](const Job &job) { return job.kind != Job::Kind::ClosePatron; }));
}

QString DeskSession::waitingText() const
{
    return isKept() ? tr("Saved on this desk") : tr("Waiting for its turn");
}

/// Whether a scan made now is for the patron at the desk, whatever the scans that wait turn out to be.
bool DeskSession::isCardKnown() const
{
    return m_patron && std::none_of(m_queue.begin(), m_queue.end(),
                                    [](const Job &job) { return job.mode == Mode::CheckOut; });
}

void DeskSession::scan(Mode mode, const QString &text)
{
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty() || scans(mode)->isOpen(trimmed))
        return;
    ScanRow row{.scan = {.deskBranch = m_branch.id, .barcode = trimmed},
                .subtitle = tr("Waiting for its turn"),
                .statusWord = tr("Waiting"),
                .time = QTime::currentTime()};
    if (mode == Mode::CheckOut && isCardKnown())
        row.scan.card = m_patron->card;
    scans(mode)->add(row);
    enqueue({Job::Kind::Scan, mode, row.scan.requestId, row.scan.requestId}, true);
    Q_EMIT countsChanged(mode);
}

void DeskSession::undo(const QUuid &requestId)
{
    for (ScanModel *model : {scans(Mode::CheckOut), scans(Mode::CheckIn), scans(Mode::Renew), &m_lastScans}) {
        const ScanRow *found = model->find(requestId);
        if (!found || !found->canUndo)
            continue;
        const auto mode = found->state == ScanState::Returned ? Mode::CheckIn
                          : model == scans(Mode::Renew)       ? Mode::Renew
                                                              : Mode::CheckOut;
        const Undoing undoing{.request = {.deskBranch = found->scan.deskBranch,
                                          .copyBranch = found->copyBranch,
                                          .undoneRequestId = requestId,
                                          .barcode = found->scan.barcode},
                              .before = *found};
        ScanRow row = *found;
        row.state = ScanState::Pending;
        row.statusWord = tr("Undoing");
        row.statusDetail = {tr("Waiting for its turn")};
        row.canUndo = false;
        row.isUndoing = true;
        model->update(row);
        m_undoing.insert(undoing.request.requestId, undoing);
        enqueue({Job::Kind::Undo, mode, requestId, undoing.request.requestId}, true);
        Q_EMIT countsChanged(mode);
        return;
    }
}

bool DeskSession::undoLast(Mode mode)
{
    const ScanRow *row = scans(mode)->newestToUndo();
    if (row)
        undo(QUuid(row->scan.requestId));
    return row != nullptr;
}

void DeskSession::finish(Mode mode)
{
    if (!scans(mode)->counts().isSettled())
        return;
    for (ScanRow row : scans(mode)->rows()) {
        if (row.state == ScanState::Info)
            continue;
        row.scan.card.clear(); // the visit is over: whose it was is nobody's business
        const QString time = QLocale().toString(row.time, QLocale::ShortFormat);
        row.statusDetail =
            row.statusDetail.isEmpty()
                ? QStringList{time}
                : QStringList{time + u" · "_s + row.statusDetail.first()} + row.statusDetail.mid(1);
        m_lastScans.add(row);
    }
    m_lastScans.keepNewest(mostLastScans);
    scans(mode)->clear();
    if (mode == Mode::CheckOut) {
        closePatron();
    } else if (mode == Mode::CheckIn) {
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
        enqueue({Job::Kind::ClosePatron, Mode::CheckOut, {}, newUuid()}, true);
    else
        usePatron({}, {});
}

void DeskSession::usePatron(const std::optional<PatronAtDesk> &patron, const QStringList &missing)
{
    m_patron = patron;
    m_patronMissing = missing;
    watchPatron();
    m_dueDate.clear();
    m_dueRule.clear();
    if (m_journal)
        m_journal->setPatron(patron ? patron->card : QString());
    Q_EMIT patronChanged();
    Q_EMIT dueChanged();
}

void DeskSession::enqueue(const Job &job, bool isNew)
{
    m_queue.push_back(job);
    if (m_journal && isNew) {
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

void DeskSession::restore()
{
    if (!m_journal)
        return;
    m_isRestoring = true; // what is scanned meanwhile waits for what was scanned before
    watch(m_journal->open(), this, [this](const KeptScans &kept) {
        m_isRestoring = false;
        replay(kept);
        Q_EMIT restored(static_cast<int>(kept.entries.size()));
        startNext();
    });
}

void DeskSession::replay(const KeptScans &kept)
{
    std::deque<Job> later = std::exchange(m_queue, {});
    const auto add = [this](const JournalEntry &entry, const ScanRow &row) {
        scans(entry.mode)->add(row);
        m_queue.push_back({entry.kind == JournalEntry::Kind::Undo ? Job::Kind::Undo : Job::Kind::Scan,
                           entry.mode, row.scan.requestId, entry.id});
    };
    const ScanRow waiting{.subtitle = tr("Kept from the last session"),
                          .statusWord = tr("Waiting"),
                          .statusDetail = {waitingText()}};
    if (!kept.entries.empty() && !kept.patronCard.isEmpty()) {
        // The patron who stood at the desk comes first, as if the card were scanned again.
        ScanRow row = waiting;
        row.scan = {.deskBranch = m_branch.id, .barcode = kept.patronCard};
        add({.id = row.scan.requestId, .scan = row.scan, .undo = {}, .at = {}}, row);
    }
    for (const JournalEntry &entry : kept.entries) {
        ScanRow row = waiting;
        row.time = entry.at.toLocalTime().time();
        if (entry.kind == JournalEntry::Kind::ClosePatron) {
            m_queue.push_back({Job::Kind::ClosePatron, entry.mode, {}, entry.id});
            continue;
        }
        row.scan = entry.scan;
        if (entry.kind == JournalEntry::Kind::Undo) {
            row.scan = {.requestId = entry.undo.undoneRequestId,
                        .deskBranch = entry.undo.deskBranch,
                        .barcode = entry.undo.barcode};
            row.copyBranch = entry.undo.copyBranch;
            row.statusWord = tr("Undoing");
            row.isUndoing = true;
            m_undoing.insert(entry.id, {entry.undo, row});
        }
        if (!scans(entry.mode)->find(row.scan.requestId))
            add(entry, row);
        else
            m_queue.push_back({Job::Kind::Undo, entry.mode, row.scan.requestId, entry.id});
    }
    // Nobody stands there any more.
    if (!kept.entries.empty())
        m_queue.push_back({Job::Kind::ClosePatron, Mode::CheckOut, {}, newUuid()});
    m_queue.insert(m_queue.end(), later.begin(), later.end());
    for (const Mode mode : {Mode::CheckOut, Mode::CheckIn, Mode::Renew})
        Q_EMIT countsChanged(mode);
    Q_EMIT keptChanged();
}

} // namespace Branchline
