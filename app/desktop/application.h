// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/branchpage.h"
#include "app/desktop/cataloguefiles.h"
#include "app/desktop/cataloguepage.h"
#include "app/desktop/deskpage.h"
#include "app/desktop/editing.h"
#include "app/desktop/leaving.h"
#include "app/desktop/libraryopener.h"
#include "app/desktop/patronspage.h"
#include "app/desktop/signin.h"
#include "app/desktop/windowlock.h"
#include "app/desktop/windowrights.h"
#include "db/monitor/reportserver.h"
#include "models/live/directorywatch.h"
#include "models/shell/clustermonitor.h"
#include "models/shell/palettesearch.h"
#include "ui/shell/mainwindow.h"

#include <map>
#include <memory>

namespace Branchline {

class AuditPage;

/// How the window is to open.
struct StartOptions
{
    LibraryChoice library;
    QString branchCode; ///< of the desk; empty: the one used last
    MainWindow::Page page = MainWindow::Page::Desk;
    QString search;          ///< words for the catalogue
    QString card;            ///< patron to open the desk with
    QString size;            ///< of the window, "1366x768"; empty: as the system gives it
    QString renderFile;      ///< draw the window into this PNG as soon as it shows everything, and end
    bool mustSignIn = false; ///< ask who works here even where the password is at hand
};

/// The one place that knows all parts: it opens the library, makes models and views and joins them.
class Application final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Application)

public:
    explicit Application(StartOptions options);
    ~Application() override;

    void start();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void addPage(MainWindow::Page page, std::unique_ptr<PageController> controller);
    void addStaffPage();
    void offerToAddStaff();
    void joinWindow();
    void joinForms();
    void open();
    void joinSignIn();
    void opened(const Result<ClusterConfig> &config);
    void makeSession(const ClusterConfig &config);
    void joinLeaving();
    [[nodiscard]] bool mayClose(const std::function<void()> &then);
    [[nodiscard]] QString waiting() const;
    void joinMonitor();
    void showRights();
    void showPageOnScreen(MainWindow::Page page);
    void showDirectory();
    void showLights();
    void showWaitingForMain();
    void chooseBranch(const QString &id);
    void rememberBranch(const QString &code) const;
    void render();
    [[nodiscard]] bool isReadyToRender() const;

    const StartOptions m_options;
    std::unique_ptr<Cluster> m_cluster; ///< outlives the pages, which hold calls to it
    std::unique_ptr<ReportServer> m_reports;
    std::unique_ptr<ChangeFeed> m_feed; ///< likewise
    std::unique_ptr<MainWindow> m_window;
    std::map<MainWindow::Page, std::unique_ptr<PageController>> m_pages;
    DeskPage *m_desk;              ///< one of the pages
    CataloguePage *m_catalogue;    ///< one of the pages
    PatronsPage *m_patrons;        ///< one of the pages
    BranchPage *m_branch;          ///< one of the pages
    AuditPage *m_audit;            ///< one of the pages
    QAction *m_addStaff = nullptr; ///< the window's
    std::unique_ptr<Editing> m_editing;
    std::unique_ptr<CatalogueFiles> m_files;
    std::unique_ptr<DirectoryWatch> m_directoryWatch;
    std::unique_ptr<ClusterMonitor> m_monitor;
    std::unique_ptr<PaletteSearch> m_paletteSearch;
    std::unique_ptr<SignIn> m_signIn;
    WindowLock *m_lock;
    Leaving *m_leaving = nullptr;
    std::unique_ptr<WindowRights> m_rights; ///< goes before the feed
    QString m_branchId;
    bool m_isWaitingForMain = false; ///< no branch is known and main does not answer
    bool m_opening = false;
    QTimer m_renderTimer;
    int m_renderTicks = 0;
};

} // namespace Branchline
