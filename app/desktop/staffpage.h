// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/staff/staffsession.h"
#include "ui/staff/staffview.h"

#include <functional>
#include <memory>

class QAction;

namespace Branchline {

/// Joins the staff and their rights with their view.
class StaffPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffPage)

public:
    explicit StaffPage(QObject *parent = nullptr);
    ~StaffPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool mayClose(const std::function<void()> &then) override;
    [[nodiscard]] QString waiting() const override;
    [[nodiscard]] bool isReady() const override;

    /// Opens the form of a new member of staff.
    void addStaff();
    [[nodiscard]] StaffView *staffView() const { return m_view; }

private:
    void joinView();
    void choose(int row);
    void submit(StaffSheetMode mode, const StaffForm &form);
    void disable();
    void showActed();
    void showStaff();
    void showChosen();
    [[nodiscard]] StaffFacts facts(const StaffMember &member) const;
    [[nodiscard]] QList<StaffServerFacts> servers(const StaffMember &member) const;

    StaffView *m_view; ///< the window owns it
    QAction *m_retry;
    std::unique_ptr<StaffSession> m_session;
    Permissions m_permissions;
    std::function<void()> m_then; ///< the window was to close while servers were asked
};

} // namespace Branchline
