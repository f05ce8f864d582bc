// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/branch/branchsession.h"
#include "models/desk/renewals.h"
#include "ui/branch/branchview.h"

#include <memory>

namespace Branchline {

/// Joins the lists of a branch with their view, and remembers the columns that somebody chose.
class BranchPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchPage)

public:
    explicit BranchPage(QObject *parent = nullptr);
    ~BranchPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setPermissions(const Permissions &permissions) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;

    /// Shows one of the lists: "loans", "overdue", "due_soon", "lost", "copies", "today".
    void showList(const QString &key);
    /// Shows a list of another branch until the page is left; the desk stays where it is.
    void visit(const BranchEntry &branch, const QString &key);

Q_SIGNALS:
    /// The patron of a loan, or the book of an event or of a loan that does not tell its patron, was opened.
    void patronOpened(const QString &id);
    void bookOpened(const QString &id);
    /// A copy was opened in one of the lists of copies.
    void editCopyRequested(const QString &branchId, const QString &copyId);

private:
    void addLists();
    void setModels();
    void readChoices();
    void joinView();
    void filter(const QString &field, const QStringList &values);
    [[nodiscard]] QString listRefusal() const;
    void showRefusals();
    void showBranch(const BranchEntry &branch);
    void showState();
    void showCounts();
    void openRow(int row);
    void renewMarked();
    void showRenewals();

    Cluster *m_cluster = nullptr;
    BranchView *m_view; ///< the window owns it
    std::unique_ptr<BranchSession> m_session;
    std::unique_ptr<Renewals> m_renewals;
    BranchEntry m_desk; ///< whose rules and rights count; the branch shown unless another is visited
    Permissions m_permissions;
    QString m_wishedList; ///< asked for before the library was open
};

} // namespace Branchline
