// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/staff/rightswatch.h"
#include "ui/shell/mainwindow.h"

#include <QPointer>

#include <functional>
#include <memory>

namespace Branchline {

class NoRightsView;

/// Shows in the window what the person at it may do, as soon as that is known and whenever it changes: pages
/// that need a right come and go (pageRights()), and who has none at all is told so. What the pages
/// themselves do with it is theirs: see changed(). GUI thread only.
class WindowRights final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowRights)

public:
    /// The window outlives this object. With \a remembers the pages that are offered are kept for the next
    /// start, so that it does not begin with others.
    WindowRights(MainWindow &window, bool remembers, QObject *parent = nullptr);
    ~WindowRights() override;

    /// The library is open, \a login is signed in; cluster and feed outlive this object.
    void open(Cluster &cluster, ChangeFeed &feed, const QString &login);
    [[nodiscard]] const Permissions &permissions() const { return m_permissions; }
    /// Whether somebody else can sign in here.
    void setMaySignOut(bool may);
    /// Whether the desk has scans that wait for an answer: it stays, whatever is revoked.
    void setDeskBusy(bool busy);

Q_SIGNALS:
    /// permissions() have become known, or others.
    void changed();

private:
    void read();
    void showPages();
    void showNobody();
    void offerRemembered();
    void remember() const;

    MainWindow &m_window;
    const bool m_remembers;
    QString m_login;
    std::optional<MainWindow::Page> m_wished; ///< shown before what was remembered took it away
    bool m_maySignOut = false;
    bool m_isDeskBusy = false;
    Permissions m_permissions;
    std::unique_ptr<RightsWatch> m_watch;
    QPointer<NoRightsView> m_nobody; ///< while there is nothing that the person may do
};

} // namespace Branchline
