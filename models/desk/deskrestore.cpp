// SPDX-License-Identifier: GPL-3.0-or-later
//
// What DeskSession finds in its journal when the program starts.
#include "models/desk/desksession.h"

#include "models/watch.h"

using namespace Qt::StringLiterals;

namespace Branchline {

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
    const auto addJob = [this](const JournalEntry &entry, const QUuid &row) {
        m_queue.push_back({.kind = entry.kind == JournalEntry::Kind::Undo ? Job::Kind::Undo : Job::Kind::Scan,
                           .mode = entry.mode,
                           .row = row,
                           .id = entry.id,
                           .isSent = entry.isSent,
                           .mayBeDone = entry.isSent,
                           .isRestored = true});
    };
    const auto add = [this, addJob](const JournalEntry &entry, const ScanRow &row) {
        scans(entry.mode)->add(row);
        addJob(entry, row.scan.requestId);
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
        if (scans(entry.mode)->find(row.scan.requestId)) {
            addJob(entry, row.scan.requestId);
            continue;
        }
        if (entry.isSent) { // an answer is owed
            row.state = ScanState::Unknown;
            row.statusWord = tr("Being checked");
            row.statusDetail = {tr("Sent before the program ended. Asking again; nothing is done twice.")};
        }
        add(entry, row);
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
