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
    m_aside.setSingleShot(true);
    connect(&m_aside, &QTimer::timeout, this, &DeskSession::startNext);
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
    enqueue({Job::Kind::Scan, mode, row.scan.requestId, row.scan.requestId});
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
        enqueue({Job::Kind::Undo, mode, requestId, undoing.request.requestId});
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
    if (m_decision || !scans(mode)->counts().isSettled())
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

} // namespace Branchline
