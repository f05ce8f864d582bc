// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/history/auditexport.h"
#include "models/history/historysession.h"
#include "ui/history/auditview.h"

#include <memory>

namespace Branchline {

/// Joins the audit page with the history of the library.
class AuditPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AuditPage)

public:
    explicit AuditPage(QObject *parent = nullptr);
    ~AuditPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;

Q_SIGNALS:
    void bookOpened(const QString &id);
    void patronOpened(const QString &id);
    void copyOpened(const QString &branch, const QString &copy);

private:
    void readPeople();
    void showBranches();
    void openRecord(const HistoryEntry &entry);
    void askForFile();
    void save(const QString &file);

    Cluster *m_cluster = nullptr;
    AuditView *m_view; ///< the window owns it
    std::unique_ptr<HistorySession> m_session;
    std::unique_ptr<AuditExport> m_export; ///< while one runs
    BranchEntry m_branch;
    Permissions m_permissions;
    bool m_isOnScreen = false;
    bool m_hasPeople = false;
};

} // namespace Branchline
