// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/patrons.h"
#include "models/desk/scanmodel.h"

#include <QObject>
#include <QTimer>

#include <deque>

namespace Branchline {

/// The state of one desk: whose visit it is and the scans of it. Every scan becomes a row at once and is
/// answered in the order of scanning, one at a time. A scan whose answer was lost is sent again with the same
/// request id until it is answered; a scan that found no database waits and is tried again. GUI thread only.
class DeskSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskSession)

public:
    enum class Mode { CheckOut, CheckIn };

    explicit DeskSession(Cluster &cluster, QObject *parent = nullptr);

    /// The branch of this desk: its rules and calendar count. Scans made before keep the branch they were
    /// made at.
    void setBranch(const BranchEntry &branch);
    [[nodiscard]] const BranchEntry &branch() const { return m_branch; }

    [[nodiscard]] ScanModel *scans(Mode mode) { return mode == Mode::CheckOut ? &m_checkOuts : &m_checkIns; }
    [[nodiscard]] const std::optional<PatronAtDesk> &patron() const { return m_patron; }
    /// Whether the patron's loans of all shards are in the figures.
    [[nodiscard]] bool patronIsComplete() const { return m_patronComplete; }
    /// The due date and rule of the last loan of this visit, as they are shown; empty before the first.
    [[nodiscard]] const QString &dueDate() const { return m_dueDate; }
    [[nodiscard]] const QString &dueRule() const { return m_dueRule; }
    /// The last answer of a check-in.
    [[nodiscard]] const std::optional<CirculationAnswer> &lastReturn() const { return m_lastReturn; }

    /// Takes what was scanned or typed: a card or a barcode at check-out, a barcode at check-in. Blanks
    /// around it are dropped. A barcode that is already waiting is not taken a second time.
    void scan(Mode mode, const QString &text);
    /// Ends the visit: no patron, an empty list. Only when everything is settled.
    void finish(Mode mode);
    /// Takes the patron away, after the scans that wait: they were made for this patron.
    void closePatron();

Q_SIGNALS:
    void patronChanged();
    void dueChanged();
    void returned();
    void countsChanged(Branchline::DeskSession::Mode mode);

private:
    struct Job
    {
        Mode mode;
        QUuid requestId; ///< null: no scan, the patron is taken away
    };

    void startNext();
    void finishJob();
    void forgetPatron();
    void retryLater(std::chrono::milliseconds pause);
    void send(const Job &job, const ScanRow &row);
    void lookUp(const Job &job);
    void lookedUp(const Job &job, const Combined<std::optional<PatronAtDesk>> &answers);
    void describeCopy(const Job &job);
    void answered(const Job &job, const CirculationAnswer &answer);
    void settle(const Job &job, ScanRow row, const CirculationAnswer &answer);
    void showLent(ScanRow &row, const CirculationAnswer &answer);
    void showReturned(ScanRow &row, const CirculationAnswer &answer) const;
    void store(const Job &job, const ScanRow &row);
    void refreshPatron();
    [[nodiscard]] QDate localDate(const QDateTime &time) const;

    Cluster &m_cluster;
    BranchEntry m_branch;
    ScanModel m_checkOuts;
    ScanModel m_checkIns;
    std::optional<PatronAtDesk> m_patron;
    bool m_patronComplete = true;
    QString m_dueDate;
    QString m_dueRule;
    std::optional<CirculationAnswer> m_lastReturn;
    std::deque<Job> m_queue;
    bool m_busy = false;
    QTimer m_retry;
};

} // namespace Branchline
