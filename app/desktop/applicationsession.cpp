// SPDX-License-Identifier: GPL-3.0-or-later
//
// How Application comes to a session and ends it: opening the library, signing in, what the person may do,
// the lock, leaving.
#include "app/desktop/application.h"

#include "app/desktop/windowsettings.h"
#include "ui/widgets/messagebar.h"

#include <QAction>
#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

void Application::open()
{
    if (std::exchange(m_opening, true)) // every page offers to try again
        return;
    m_desk->messages()->showMessage(MessageBar::Kind::Info, tr("The library is being opened."),
                                    tr("The first start of a library on this computer takes a few seconds."));
    m_signIn->start();
}

void Application::joinSignIn()
{
    connect(m_signIn.get(), &SignIn::opened, this,
            [this](const Result<ClusterConfig> &config, const Diagnosis &found) {
                opened(config);
                if (!config)
                    return;
                m_lock->arm(*config, found);
                // Also a session that was opened while the server was away.
                m_window->setMaySignOut(m_lock->mayLock());
                m_window->setMayChooseLibrary(!m_lock->mayLock());
                m_rights->setMaySignOut(m_lock->mayLock());
            });
    connect(m_signIn.get(), &SignIn::passwordNotKept, this, [this] {
        m_desk->messages()->showMessage(MessageBar::Kind::Warning,
                                        tr("The keychain of this computer did not keep your password."),
                                        tr("The next start asks for it."));
    });
    connect(m_desk, &DeskPage::keptTextChanged, m_lock, &WindowLock::setRemark);
    connect(m_lock, &WindowLock::passwordChanged, this, [this] {
        auto *now = new QAction(tr("Sign out"), m_desk->messages());
        connect(now, &QAction::triggered, m_window.get(), &MainWindow::signOutRequested);
        m_desk->messages()->showMessage(
            MessageBar::Kind::Warning, tr("Your password has changed while this window was open."),
            tr("The window goes on with its open connections, but cannot make new ones. Sign out and in "
               "again when you have a moment."),
            {now});
    });
    connect(m_window.get(), &MainWindow::lockMinutesChosen, this, [this](int minutes) {
        windowSettings().setValue(u"lock/minutes"_s, minutes);
        m_lock->setMinutes(minutes);
    });
    const int minutes = windowSettings().value(u"lock/minutes"_s, WindowLock::usualMinutes).toInt();
    m_window->setLockMinutes(minutes);
    m_lock->setMinutes(minutes);
}

void Application::opened(const Result<ClusterConfig> &config)
{
    m_opening = false;
    for (const auto &[id, controller] : m_pages) {
        MessageBar *bar = controller->messages();
        bar->clear();
        if (!config) {
            auto *again = new QAction(tr("Try again"), bar);
            connect(again, &QAction::triggered, this, &Application::open);
            bar->showMessage(MessageBar::Kind::Error, config.error().message, config.error().hint, {again});
        }
    }
    if (config)
        makeSession(*config);
}

void Application::makeSession(const ClusterConfig &config)
{
    const QString application = u"branchline "_s + QSysInfo::machineHostName();
    m_reports.reset(); // it knows the cluster that goes
    m_cluster = std::make_unique<Cluster>(config, application);
    m_reports = std::make_unique<ReportServer>(
        [this, since = QDateTime::currentDateTimeUtc()] { return reportOf(*m_cluster, since); });
    m_feed = std::make_unique<ChangeFeed>(*m_cluster);
    m_directoryWatch = std::make_unique<DirectoryWatch>(*m_cluster, *m_feed);
    m_monitor = std::make_unique<ClusterMonitor>(*m_cluster);
    m_paletteSearch = std::make_unique<PaletteSearch>(*m_cluster, *m_window->paletteModel());
    connect(m_paletteSearch.get(), &PaletteSearch::answered, m_window.get(),
            &MainWindow::notePaletteAnswered);
    for (const auto &[id, controller] : m_pages)
        controller->open(*m_cluster, *m_feed);
    m_editing->open(*m_cluster);
    m_files->open(*m_cluster);
    m_rights->open(*m_cluster, *m_feed, config.main.user());
    showRights();
    showPageOnScreen(m_window->currentPage());
    joinMonitor();
    m_monitor->start();
}

void Application::showRights()
{
    for (const auto &[id, controller] : m_pages)
        controller->setPermissions(m_rights->permissions());
    m_editing->setPermissions(m_rights->permissions());
    m_files->setPermissions(m_rights->permissions());
    if (m_paletteSearch)
        m_paletteSearch->setPermissions(m_rights->permissions());
    offerToAddStaff();
}

void Application::offerToAddStaff()
{
    const bool may = m_rights->permissions().rights().mayEverywhere("library"_L1);
    m_window->offer(m_addStaff, may && m_window->currentPage() != MainWindow::Page::Staff);
}

void Application::joinLeaving()
{
    m_leaving = new Leaving(*m_window, *m_lock, m_signIn->keptPassword(),
                            {.mayClose = [this](const std::function<void()> &then) { return mayClose(then); },
                             .waiting = [this] { return waiting(); },
                             .messages = [this] { return m_pages.at(m_window->currentPage())->messages(); }},
                            this);
    connect(m_leaving, &Leaving::left, qApp, &QCoreApplication::quit);
}

bool Application::mayClose(const std::function<void()> &then)
{
    for (const auto &[page, controller] : m_pages) {
        if (!controller->mayClose(then)) {
            m_window->showPage(page);
            return false;
        }
    }
    return m_editing->mayClose(then);
}

QString Application::waiting() const
{
    QStringList sentences;
    for (const auto &[page, controller] : m_pages)
        sentences << controller->waiting();
    if (const int forms = m_editing->unsaved(); forms > 0)
        sentences << (forms == 1
                          ? tr("1 form has changes that are not saved; they would be lost.")
                          : tr("%1 forms have changes that are not saved; they would be lost.").arg(forms));
    sentences.removeAll(QString());
    return sentences.join(u' ');
}

} // namespace Branchline
