// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/desk/desksession.h"
#include "models/desk/scanjournal.h"
#include "ui/desk/deskview.h"

namespace Branchline {

/// Joins the desk's state with its view: what is scanned goes to the session, what became of it to the view.
class DeskPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskPage)

public:
    /// \a card is the patron to open the desk with; empty: nobody. With \a keepsScans they are written to
    /// the journal of this workstation.
    explicit DeskPage(const QString &card, bool keepsScans, QObject *parent = nullptr);
    ~DeskPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;
    /// False while scans wait, until the person has said that the window may close all the same; asks that
    /// in the desk's message bar.
    [[nodiscard]] bool mayClose(const std::function<void()> &then) override;
    [[nodiscard]] QString waiting() const override;

    /// Whether scans wait for an answer.
    [[nodiscard]] bool isBusy() const { return m_session && m_session->kept() > 0; }
    /// Whether the shard of the desk's branch answers.
    void setOffline(bool offline);
    void setCheckIn(bool checkIn);
    /// A scan that was made beside the scan box.
    void takeScan(const QString &text) { m_view->takeScan(text); }
    /// Opens the desk with a patron, as if the card had been scanned at check-out.
    void lendTo(const QString &card);

Q_SIGNALS:
    /// What the status bar says of the scans: "All scans saved".
    void keptTextChanged(const QString &text);

private:
    void joinSession();
    void showRefusal();
    void showPatron();
    void showResult();
    void showDecision();
    [[nodiscard]] OverrideLine lineOf(const Reason &reason, const QString &rule, const QUuid &desk) const;
    void showCounts();
    void showKept();
    void showRestored(int scans);
    void sending(const QString &afterwards, int scans);
    [[nodiscard]] int toDecide() const;
    [[nodiscard]] QString whereScansGo() const;
    void showSent();
    [[nodiscard]] DeskSession::Mode mode() const;

    QString m_card; ///< to be scanned once the branch is known
    DeskView *m_view;
    Cluster *m_cluster = nullptr;
    const bool m_keepsScans;
    Permissions m_permissions;
    bool m_isOffline = false;                                     ///< the branch's shard does not answer
    int m_leftBehind = 0;                                         ///< so many scans may wait at the end
    QString m_afterSending;                                       ///< begins the message once all are sent
    int m_sending = 0;                                            ///< scans that m_afterSending is about
    int m_decidedBefore = 0;                                      ///< toDecide() when they began to be sent
    std::unique_ptr<ScanJournal> m_journal;                       ///< outlives the session
    std::unique_ptr<DeskSession> m_session;                       ///< none before the library is open
    std::vector<std::pair<DeskView::Mode, QString>> m_earlyScans; ///< made before the branch was known
};

} // namespace Branchline
