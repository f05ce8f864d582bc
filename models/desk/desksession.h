// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/patrons.h"
#include "models/desk/scanmodel.h"
#include "models/live/changefeed.h"

#include <QDeadlineTimer>
#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

#include <array>
#include <deque>

namespace Branchline {

class ScanJournal;

/// A copy that was refused for reasons that somebody may override.
struct DeskDecision
{
    Scan scan;                ///< as it was refused
    CirculationAnswer answer; ///< with the reasons
};

/// The state of one desk: whose visit it is and the scans of it. Every scan becomes a row at once, is kept in
/// the journal before it is sent, and is answered in the order of scanning, one at a time. A scan whose
/// answer was lost is sent again with the same request id until a shard says what became of it: no error, and
/// no end of the program, makes "not done" of it. A scan that found no database waits and is tried again, and
/// those after it wait too. One that waits for a person (a schema that does not fit, a right that is missing)
/// stands aside: others pass it, except those of the same copy, and staff may end it. What a scan did can be
/// undone, also after its visit. GUI thread only.
class DeskSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskSession)

public:
    using Mode = DeskMode;

    /// Without a journal scans are kept in memory only. The journal outlives the session.
    DeskSession(Cluster &cluster, ChangeFeed &feed, ScanJournal *journal = nullptr,
                QObject *parent = nullptr);

    /// The branch of this desk: its rules and calendar count. Scans made before keep the branch they were
    /// made at.
    void setBranch(const BranchEntry &branch);
    [[nodiscard]] const BranchEntry &branch() const { return m_branch; }
    /// While the desk is on screen, the figures of the patron follow what other desks do.
    void setOnScreen(bool onScreen);
    /// Opens the journal and sends what an earlier run of the program has left, in its order; scans made from
    /// now on come after that. Call it once, when the branches are known. Emits restored().
    void restore();

    [[nodiscard]] ScanModel *scans(Mode mode) { return &m_models.at(static_cast<size_t>(mode)); }
    /// The scans of visits that are over, newest first, without anything of their patrons.
    [[nodiscard]] ScanModel *lastScans() { return &m_lastScans; }
    [[nodiscard]] const std::optional<PatronAtDesk> &patron() const { return m_patron; }
    /// Whether the patron's loans of all shards are in the figures.
    [[nodiscard]] bool patronIsComplete() const { return m_patronMissing.isEmpty(); }
    /// The due date and rule of the last loan of this visit, as they are shown; empty before the first.
    [[nodiscard]] const QString &dueDate() const { return m_dueDate; }
    [[nodiscard]] const QString &dueRule() const { return m_dueRule; }
    /// The last answer of a check-in, and the branch of the desk that asked.
    [[nodiscard]] const std::optional<CirculationAnswer> &lastReturn() const { return m_lastReturn; }
    [[nodiscard]] QUuid lastReturnDesk() const { return m_lastReturnDesk; }
    /// How many scans have no answer yet.
    [[nodiscard]] int kept() const;
    /// Whether what waits is on the disk of this workstation; false while it cannot be written.
    [[nodiscard]] bool isKept() const { return m_journal && m_journalWorks; }

    /// Whether a refusal that can be overridden waits for a person, and all that is scanned later with it;
    /// else it is a refusal like others. Off at first.
    void setAsksForDecisions(bool asks) { m_asksForDecisions = asks; }
    /// What a person has to decide now: overrideRefusal() or declineOverride().
    [[nodiscard]] const std::optional<DeskDecision> &decision() const { return m_decision; }
    /// How many scans wait for that.
    [[nodiscard]] int waitingForDecision() const;
    /// Lends all the same: sent anew with these codes and the reason, in the place of the refused scan. The
    /// shard decides whether this person may.
    void overrideRefusal(const QStringList &codes, const QString &reason);
    /// It stays refused, and the next scan has its turn.
    void declineOverride();

    /// Takes what was scanned or typed: a card or a barcode at check-out, a barcode otherwise. Blanks around
    /// it are dropped. A barcode that is already waiting is not taken a second time.
    void scan(Mode mode, const QString &text);
    /// Takes back what the scan with this request id did, when it is a row that can be undone. It waits for
    /// its turn like a scan.
    void undo(const QUuid &requestId);
    /// Waits no longer for the scan with this request id, or for undoing it, when its row can be ended. One
    /// that is just being asked for again still gets its answer, if there is one. Nothing is sent for it
    /// later.
    void end(const QUuid &requestId);
    /// Undoes the newest scan of the mode that can be undone; false when there is none.
    bool undoLast(Mode mode);
    /// Ends the visit: no patron, an empty list. Only when everything is settled.
    void finish(Mode mode);
    /// Takes the patron away, after the scans that wait: they were made for this patron.
    void closePatron();

Q_SIGNALS:
    /// decision() is another one, or none.
    void decisionChanged();
    void patronChanged();
    void dueChanged();
    void returned();
    void countsChanged(Branchline::DeskMode mode);
    /// kept() or isKept() may have changed.
    void keptChanged();
    /// So many scans of an earlier run are being sent; 0 for none.
    void restored(int scans);

private:
    struct Job
    {
        enum class Kind { Scan, Undo, ClosePatron };
        Kind kind;
        Mode mode;
        QUuid row;               ///< the request id of the scan; null for ClosePatron
        QUuid id;                ///< in the journal; for Scan the same
        bool isSent = false;     ///< the journal has it that this may have been sent
        bool mayBeDone = false;  ///< an answer is owed
        bool isRestored = false; ///< of an earlier run: nobody stands there to be asked
        bool isEnding = false;   ///< staff no longer wait for it
        int obstacles = 0;       ///< tries since it met one that a person has to put right: it stands aside
        QDeadlineTimer again;    ///< not to be tried before
    };
    struct Undoing
    {
        UndoRequest request;
        ScanRow before;
    };

    // deskqueue.cpp: what is sent when
    void enqueue(const Job &job);
    void keep(const QUuid &id, const QFuture<bool> &written);
    void startNext();
    [[nodiscard]] const Job *nextJob();
    [[nodiscard]] static bool needsCard(const Job &job, const Scan &scan);
    [[nodiscard]] bool isHeld(const Job &job);
    void waitForAside();
    void prepare(const Job &job, ScanRow row);
    [[nodiscard]] bool isMarked(const QString &card = {});
    [[nodiscard]] Job &current();
    void finishJob() { finishJob(QUuid(m_current)); }
    void finishJob(const QUuid &id);
    void retryLater(const Job &job, ScanRow row, const QString &why, std::chrono::milliseconds pause);
    void standAside(const Job &job, ScanRow row, const QString &why, std::chrono::milliseconds longest);
    void endNow(const Job &job);

    // deskrestore.cpp
    void replay(const KeptScans &kept);

    // deskdecision.cpp
    [[nodiscard]] bool mustDecide(const Job &job, const CirculationAnswer &answer);
    void decide(const Job &job, ScanRow row, const CirculationAnswer &answer);

    // deskpatron.cpp
    [[nodiscard]] bool isCardKnown() const;
    void usePatron(const std::optional<PatronAtDesk> &patron, const QStringList &missing);
    void watchPatron();
    void heard(const QString &shard, const Changes &changes);
    void refreshPatron();

    // deskanswers.cpp
    void send(const Job &job, const ScanRow &row);
    void sendUndo(const Job &job);
    void lookUp(const Job &job);
    void lookedUp(const Job &job, const Combined<std::optional<PatronAtDesk>> &answers);
    void describeCopy(const Job &job);
    /// Why a scan waits, and that it is tried again.
    [[nodiscard]] QString waitingText() const;
    [[nodiscard]] QString waitingText(const QString &sentence) const;
    [[nodiscard]] QString waitingText(const DbError &error) const;
    [[nodiscard]] static QString lostText(const Job &job);
    void answered(const Job &job, const CirculationAnswer &answer);
    void undoAnswered(const Job &job, const CirculationAnswer &answer);
    void describeNotUndone(const Job &job, const QString &why);
    /// True when the answer does not end the job, which waits to be sent again.
    [[nodiscard]] bool isElsewhere(const DbError &error) const;
    void lookUpOrWait(const Job &job, const CirculationAnswer &answer);
    [[nodiscard]] bool mustAskAgain(const Job &job, const CirculationAnswer &answer);
    void settle(const Job &job, ScanRow row, const CirculationAnswer &answer);
    void store(const Job &job, const ScanRow &row);
    [[nodiscard]] ScanModel *modelOf(const Job &job);

    Cluster &m_cluster;
    ScanJournal *m_journal;
    BranchEntry m_branch;
    std::array<ScanModel, 3> m_models;
    ScanModel m_lastScans;
    ChangeWatch m_watch;
    bool m_isOnScreen = true;
    std::optional<PatronAtDesk> m_patron;
    QStringList m_patronMissing; ///< shards whose loans are not in the patron's figures
    bool m_isPatronAsked = false;
    bool m_isPatronAskedAgain = false;
    std::optional<DeskDecision> m_decision; ///< about the current job
    bool m_asksForDecisions = false;
    QString m_dueDate;
    QString m_dueRule;
    std::optional<CirculationAnswer> m_lastReturn;
    QUuid m_lastReturnDesk;
    std::deque<Job> m_queue;         ///< in the order of scanning, whatever stands aside
    QUuid m_current;                 ///< the job that m_busy is about
    QHash<QUuid, Undoing> m_undoing; ///< by the id of the undo
    QSet<QUuid> m_unwritten;         ///< not on the disk yet, so not to be sent
    bool m_journalWorks = true;
    bool m_isRestoring = false;
    bool m_busy = false;
    QTimer m_retry; ///< busy until then
    QTimer m_aside; ///< for those that stand aside, while nothing else is to be done
};

} // namespace Branchline
