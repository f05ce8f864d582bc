// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/patrons/patronrecord.h"
#include "models/patrons/patronssession.h"
#include "ui/patrons/patronsview.h"

#include <memory>

namespace Branchline {

/// Joins the list of patrons and the record of one of them with their view.
class PatronsPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronsPage)

public:
    /// \a card is that of the patron to open first; empty: none.
    explicit PatronsPage(const QString &card, QObject *parent = nullptr);
    ~PatronsPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;

    /// Opens the record of a patron.
    void openPatron(const QString &id);

Q_SIGNALS:
    void bookOpened(const QString &id);
    void lendRequested(const QString &card);
    void registerPatronRequested();
    void editPatronRequested(const QString &id);

private:
    void joinList();
    void joinRecord();
    void openCard();
    void showRefusals();
    void showList();
    void showRecord();
    void showMarks();
    void showRenewals();
    [[nodiscard]] RecordFacts facts() const;
    [[nodiscard]] QString loansLine() const;

    QString m_card;      ///< to be opened once the library is open
    PatronsView *m_view; ///< the window owns it
    Cluster *m_cluster = nullptr;
    BranchEntry m_branch;
    Permissions m_permissions;
    std::unique_ptr<PatronsSession> m_list;
    std::unique_ptr<PatronRecordSession> m_record;
};

} // namespace Branchline
