// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/desk/desksession.h"
#include "ui/desk/deskview.h"

namespace Branchline {

/// Joins the desk's state with its view: what is scanned goes to the session, what became of it to the view.
class DeskPage final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DeskPage)

public:
    DeskPage(Cluster &cluster, DeskView *view, QObject *parent = nullptr);

    void setBranch(const BranchEntry &branch);
    /// Whether the shard of the desk's branch answers.
    void setOffline(bool offline) { m_view->setOffline(offline); }
    [[nodiscard]] DeskSession &session() { return m_session; }

private:
    void showPatron();
    void showResult();
    void showCounts();
    [[nodiscard]] DeskSession::Mode mode() const;

    Cluster &m_cluster;
    DeskView *m_view;
    DeskSession m_session;
};

} // namespace Branchline
