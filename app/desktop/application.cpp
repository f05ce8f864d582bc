// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"

#include "app/desktop/auditpage.h"
#include "app/desktop/staffpage.h"
#include "app/desktop/statisticspage.h"
#include "app/desktop/windowsettings.h"
#include "models/shell/poolwords.h"
#include "models/watch.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QCoreApplication>

#include <chrono>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr auto renderInterval = 100ms;
constexpr int renderTicks = 200; ///< 20 seconds, then the picture shows what there is

StatusLight::State lightOf(DatabaseState::Light light)
{
    switch (light) {
    case DatabaseState::Light::Ok:
        return StatusLight::State::Ok;
    case DatabaseState::Light::Slow:
        return StatusLight::State::Slow;
    case DatabaseState::Light::Down:
        return StatusLight::State::Down;
    case DatabaseState::Light::Idle:
        break;
    }
    return StatusLight::State::Idle;
}

/// A shard may itself be called main.
QString wordsOf(const DatabaseState &state)
{
    return state.isMain ? state.label : Application::tr("shard %1").arg(state.label);
}

/// What is done about a database, and who has the connections to it.
QString remarkOn(const DatabaseState &state)
{
    QStringList sentences{breakerWords(state.pool), holderWords(state.pool)};
    if (state.light != DatabaseState::Light::Down)
        sentences << state.problem;
    sentences.removeAll(QString());
    return sentences.join(u' ');
}

} // namespace

Application::Application(StartOptions options)
    : m_options(std::move(options))
    , m_window(std::make_unique<MainWindow>())
{
    auto desk = std::make_unique<DeskPage>(m_options.card, m_options.renderFile.isEmpty());
    auto catalogue = std::make_unique<CataloguePage>(m_options.search);
    m_desk = desk.get();
    m_catalogue = catalogue.get();
    addPage(MainWindow::Page::Desk, std::move(desk));
    addPage(MainWindow::Page::Catalogue, std::move(catalogue));
    auto patrons = std::make_unique<PatronsPage>(m_options.page == MainWindow::Page::Patrons ? m_options.card
                                                                                             : QString());
    m_patrons = patrons.get();
    addPage(MainWindow::Page::Patrons, std::move(patrons));
    auto branch = std::make_unique<BranchPage>();
    m_branch = branch.get();
    addPage(MainWindow::Page::Branch, std::move(branch));
    auto statistics = std::make_unique<StatisticsPage>();
    connect(statistics.get(), &StatisticsPage::branchOpened, this,
            [this](const QString &id, const QString &list) {
                // Looking at another branch is no move of the desk: what is scanned stays at its own.
                m_window->showPage(MainWindow::Page::Branch);
                if (const BranchEntry *other = m_cluster->directory()->branch(QUuid(id)))
                    m_branch->visit(*other, list);
            });
    addPage(MainWindow::Page::Statistics, std::move(statistics));
    addStaffPage();
    auto audit = std::make_unique<AuditPage>();
    m_audit = audit.get();
    addPage(MainWindow::Page::Audit, std::move(audit));
    m_editing = std::make_unique<Editing>(*m_window);
    m_files = std::make_unique<CatalogueFiles>(*m_window, *m_catalogue);
    m_signIn = std::make_unique<SignIn>(*m_window, SignIn::Options{.library = m_options.library,
                                                                   .mayAsk = m_options.renderFile.isEmpty(),
                                                                   .mustAsk = m_options.mustSignIn});
    m_lock = new WindowLock(*m_window, this);
    m_rights = std::make_unique<WindowRights>(*m_window, m_options.renderFile.isEmpty());
    connect(m_rights.get(), &WindowRights::changed, this, &Application::showRights);
    m_window->showPage(m_options.page);
    joinWindow();
    joinSignIn();
    joinLeaving();
}

void Application::addPage(MainWindow::Page page, std::unique_ptr<PageController> controller)
{
    m_window->addPage(page, controller->view());
    m_pages.emplace(page, std::move(controller));
}

/// From any page the palette offers to add somebody; on the page of the staff it has that from the page.
void Application::addStaffPage()
{
    auto staff = std::make_unique<StaffPage>();
    m_addStaff = new QAction(tr("Add a member of staff"), m_window.get());
    m_addStaff->setProperty("iconName", u"person-add"_s);
    m_window->addAction(m_addStaff);
    m_window->offer(m_addStaff, false);
    connect(m_addStaff, &QAction::triggered, staff.get(), [this, page = staff.get()] {
        m_window->showPage(MainWindow::Page::Staff);
        page->addStaff();
    });
    addPage(MainWindow::Page::Staff, std::move(staff));
}

void Application::joinWindow()
{
    m_window->installEventFilter(this);
    connect(m_window.get(), &MainWindow::quitRequested, qApp, &QCoreApplication::quit);
    connect(m_window.get(), &MainWindow::deskModeRequested, m_desk, &DeskPage::setCheckIn);
    connect(m_window.get(), &MainWindow::deskScanned, m_desk, &DeskPage::takeScan);
    connect(m_desk, &DeskPage::keptTextChanged, m_window.get(), &MainWindow::setMiddleText);
    connect(m_desk, &DeskPage::keptTextChanged, this, [this] { m_rights->setDeskBusy(m_desk->isBusy()); });
    connect(m_window.get(), &MainWindow::searchSubmitted, m_catalogue, &CataloguePage::search);
    connect(m_patrons, &PatronsPage::lendRequested, this, [this](const QString &card) {
        m_window->showPage(MainWindow::Page::Desk);
        m_desk->setCheckIn(false);
        m_desk->lendTo(card);
    });
    const auto openPatron = [this](const QString &id) {
        m_patrons->openPatron(id);
        m_window->showPage(MainWindow::Page::Patrons);
    };
    const auto openBook = [this](const QString &id) {
        m_window->showPage(MainWindow::Page::Catalogue);
        m_catalogue->showBook(QUuid(id));
    };
    connect(m_branch, &BranchPage::patronOpened, this, openPatron);
    connect(m_window.get(), &MainWindow::patronChosen, this, openPatron);
    connect(m_branch, &BranchPage::bookOpened, this, openBook);
    connect(m_patrons, &PatronsPage::bookOpened, this, openBook);
    connect(m_audit, &AuditPage::patronOpened, this, openPatron);
    connect(m_audit, &AuditPage::bookOpened, this, openBook);
    joinForms();
    connect(m_window.get(), &MainWindow::bookChosen, m_catalogue,
            [this](const QString &id) { m_catalogue->showBook(QUuid(id)); });
    connect(m_files.get(), &CatalogueFiles::booksChanged, m_catalogue, &CataloguePage::recovered);
    connect(m_catalogue, &CataloguePage::importRequested, m_files.get(), &CatalogueFiles::importBooks);
    connect(m_catalogue, &CataloguePage::exportRequested, m_files.get(), &CatalogueFiles::exportBooks);
    connect(m_window.get(), &MainWindow::branchChosen, this, &Application::chooseBranch);
    connect(m_window.get(), &MainWindow::pageChanged, this, &Application::showPageOnScreen);
    connect(m_window.get(), &MainWindow::appearanceChosen, this, [](Theme::Mode mode) {
        windowSettings().setValue(u"window/appearance"_s, static_cast<int>(mode));
    });
}

/// Forms open on what the views ask for, and the lists behind them follow at once.
void Application::joinForms()
{
    Editing *editing = m_editing.get();
    connect(m_catalogue, &CataloguePage::addBookRequested, editing, &Editing::addBook);
    connect(m_catalogue, &CataloguePage::editBookRequested, editing, &Editing::editBook);
    connect(m_catalogue, &CataloguePage::addCopyRequested, editing, &Editing::addCopy);
    connect(m_branch, &BranchPage::editCopyRequested, editing, &Editing::editCopy);
    connect(m_audit, &AuditPage::copyOpened, editing, &Editing::editCopy);
    connect(m_patrons, &PatronsPage::registerPatronRequested, editing, &Editing::registerPatron);
    connect(m_patrons, &PatronsPage::editPatronRequested, editing, &Editing::editPatron);
    const auto renew = [this](MainWindow::Page page) {
        if (const auto found = m_pages.find(page); found != m_pages.end())
            found->second->recovered();
    };
    for (const auto change : {&Editing::booksChanged, &Editing::copiesChanged}) {
        connect(editing, change, this, [renew] {
            renew(MainWindow::Page::Catalogue);
            renew(MainWindow::Page::Branch);
        });
    }
    connect(editing, &Editing::patronsChanged, this, [renew] {
        renew(MainWindow::Page::Patrons);
        renew(MainWindow::Page::Branch);
    });
}

void Application::showPageOnScreen(MainWindow::Page page)
{
    for (const auto &[id, controller] : m_pages) {
        if (m_cluster)
            controller->setOnScreen(id == page);
    }
    offerToAddStaff();
}

Application::~Application()
{
    windowSettings().flush();
}

/// A window that nobody sees need not be up to date.
bool Application::eventFilter(QObject *watched, QEvent *event)
{
    const auto type = event->type();
    if (watched == m_window.get() && m_feed &&
        (type == QEvent::WindowStateChange || type == QEvent::Show || type == QEvent::Hide))
        m_feed->setSeen(m_window->isVisible() && !m_window->isMinimized());
    return QObject::eventFilter(watched, event);
}

void Application::start()
{
    const QStringList size = m_options.size.split(u'x');
    m_window->resize(size.value(0).toInt() > 0 ? size.value(0).toInt() : 1366,
                     size.value(1).toInt() > 0 ? size.value(1).toInt() : 768);
    m_window->show();
    m_pages.at(m_window->currentPage())->view()->setFocus();
    if (!m_options.renderFile.isEmpty()) {
        m_renderTimer.setInterval(renderInterval);
        connect(&m_renderTimer, &QTimer::timeout, this, &Application::render);
        m_renderTimer.start();
    }
    open();
}

void Application::joinMonitor()
{
    connect(m_monitor.get(), &ClusterMonitor::changed, this, &Application::showLights);
    m_window->setSlowStatements(m_monitor->slowStatements(), m_cluster->config().slowQuery);
    connect(m_monitor.get(), &ClusterMonitor::directoryChanged, this, &Application::showDirectory);
    connect(m_monitor.get(), &ClusterMonitor::directoryChanged, m_feed.get(), &ChangeFeed::directoryChanged);
    connect(m_directoryWatch.get(), &DirectoryWatch::directoryChanged, this, &Application::showDirectory);
    connect(m_monitor.get(), &ClusterMonitor::loginKnown, this,
            [this] { m_window->setPerson(m_monitor->login()); });
    connect(m_monitor.get(), &ClusterMonitor::recovered, this, [this](const QString &label) {
        m_desk->messages()->showMessage(MessageBar::Kind::Info, tr("The %1 is back.").arg(label), {}, {},
                                        true);
        for (const auto &[id, controller] : m_pages)
            controller->recovered();
    });
}

void Application::showDirectory()
{
    const DirectoryPtr directory = m_cluster->directory();
    QList<BranchItem> items;
    for (const BranchEntry &branch : directory->branches()) {
        auto light = StatusLight::State::Idle;
        for (const DatabaseState &state : m_monitor->databases()) {
            if (!state.isMain && state.label == branch.shard)
                light = lightOf(state.light);
        }
        items.append(
            {branch.id.toString(QUuid::WithoutBraces), branch.code, branch.name, branch.shard, light});
    }
    m_window->setBranches(items);

    if (m_branchId.isEmpty() && !items.isEmpty()) {
        const QString code = m_options.branchCode.isEmpty()
                                 ? windowSettings().value(u"desk/branch"_s).toString()
                                 : m_options.branchCode;
        const BranchEntry *remembered = directory->branchByCode(code);
        chooseBranch(remembered ? remembered->id.toString(QUuid::WithoutBraces) : items.first().id);
    } else if (!m_branchId.isEmpty()) {
        m_window->setCurrentBranch(m_branchId);
    } else {
        m_catalogue->search(m_options.search);
        m_desk->messages()->showMessage(MessageBar::Kind::Warning, tr("This library has no branches yet."),
                                        tr("Add one with “branchlinectl branch add CODE NAME”."));
    }
}

void Application::chooseBranch(const QString &id)
{
    const BranchEntry *branch = m_cluster->directory()->branch(QUuid(id));
    if (!branch)
        return;
    m_branchId = id;
    m_window->setCurrentBranch(id);
    for (const auto &[page, controller] : m_pages)
        controller->setBranch(*branch);
    m_editing->setBranch(*branch);
    m_lock->setBranch(branch->name);
    rememberBranch(branch->code);
    showLights();
}

void Application::rememberBranch(const QString &code) const
{
    // A picture is no session: it leaves no trace.
    if (m_options.renderFile.isEmpty())
        windowSettings().setValue(u"desk/branch"_s, code);
}

void Application::showLights()
{
    const BranchEntry *branch = m_cluster->directory()->branch(QUuid(m_branchId));
    QList<DatabaseLight> lights;
    bool offline = false;
    for (const DatabaseState &state : m_monitor->databases()) {
        const bool isOwn = branch && !state.isMain && state.label == branch->shard;
        offline = offline || (isOwn && state.light == DatabaseState::Light::Down);
        QString tip = state.light == DatabaseState::Light::Down ? state.problem : QString();
        if (tip.isEmpty() && state.light != DatabaseState::Light::Idle)
            tip = tr("%1 answers in %2 ms.").arg(wordsOf(state)).arg(state.milliseconds);
        lights.append({.name = state.name,
                       .label = wordsOf(state),
                       .state = lightOf(state.light),
                       .tooltip = tip,
                       .isMain = state.isMain,
                       .isOwn = isOwn,
                       .milliseconds = state.milliseconds,
                       .connections = connectionWords(state.pool),
                       .isTight = isNearlyFull(state.pool),
                       .since = QLocale().toString(state.since.time(), u"HH:mm"_s),
                       .remark = remarkOn(state)});
    }
    m_window->setLights(lights, m_monitor->summary());
    showWaitingForMain();
    m_desk->setOffline(offline);
}

/// Without a branch the desk can do nothing: it says what it waits for.
void Application::showWaitingForMain()
{
    const auto &databases = m_monitor->databases();
    const bool isWaiting = m_branchId.isEmpty() && m_cluster->directory()->branches().empty() &&
                           !databases.empty() && databases.front().isMain &&
                           databases.front().light == DatabaseState::Light::Down;
    if (isWaiting == m_isWaitingForMain)
        return;
    m_isWaitingForMain = isWaiting;
    for (const auto &[page, controller] : m_pages) {
        if (!isWaiting) {
            controller->messages()->clear();
            continue;
        }
        const QString since = QLocale().toString(databases.front().since.time(), u"HH:mm"_s);
        controller->messages()->showMessage(
            MessageBar::Kind::Offline, tr("The main database does not answer since %1.").arg(since),
            page == MainWindow::Page::Desk
                ? tr("This workstation does not know the branches yet. Scans wait in this window, and it "
                     "goes "
                     "on by itself as soon as main answers. Ask an administrator to look at the server.")
                : tr("This workstation does not know the branches yet. The page fills by itself as soon as "
                     "main answers. Ask an administrator to look at the server."));
    }
}

bool Application::isReadyToRender() const
{
    if (!m_cluster || m_branchId.isEmpty() ||
        m_monitor->databases().size() <= static_cast<size_t>(m_cluster->shardNames().size()))
        return false;
    for (const DatabaseState &state : m_monitor->databases()) {
        if (state.light == DatabaseState::Light::Idle)
            return false;
    }
    return m_pages.at(m_window->currentPage())->isReady();
}

void Application::render()
{
    ++m_renderTicks;
    if (!isReadyToRender() && m_renderTicks < renderTicks)
        return;
    // One more turn of the event loop lets the last change be laid out and painted.
    m_renderTimer.stop();
    QTimer::singleShot(renderInterval, this, [this] {
        const bool saved = m_window->grab().save(m_options.renderFile);
        QCoreApplication::exit(saved && m_renderTicks < renderTicks ? 0 : 3);
    });
}

} // namespace Branchline
