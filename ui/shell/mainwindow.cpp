// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/mainwindow.h"

#include "ui/shell/branchoverlay.h"
#include "ui/shell/databaseoverlay.h"
#include "ui/shell/helpoverlay.h"
#include "ui/shell/palette.h"
#include "ui/shell/rail.h"
#include "ui/shell/scancatcher.h"
#include "ui/shell/statusstrip.h"
#include "ui/shell/topbar.h"
#include "ui/widgets/button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/searchfield.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QGridLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QStackedWidget>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int widthForLabels = 1100;
/// Property of actions: where the command palette offers them.
constexpr const char *paletteOrder = "paletteOrder";
enum PaletteOrder { InTheMiddle, PagesFirst, Last, NotOffered };

using Page = MainWindow::Page;

/// The page's button in the rail. The desk has two keys; this is the first of them.
struct PageItem
{
    QString iconName;
    QString label;
    QString goTo;
    Qt::Key key;
};

PageItem itemOf(Page page)
{
    switch (page) {
    case Page::Desk:
        return {u"desk"_s, MainWindow::tr("Desk"), MainWindow::tr("Go to the desk"), Qt::Key_F1};
    case Page::Catalogue:
        return {u"catalogue"_s, MainWindow::tr("Catalogue"), MainWindow::tr("Go to the catalogue"),
                Qt::Key_F3};
    case Page::Patrons:
        return {u"patrons"_s, MainWindow::tr("Patrons"), MainWindow::tr("Go to the patrons"), Qt::Key_F4};
    case Page::Branch:
        return {u"branch"_s, MainWindow::tr("Branch"), MainWindow::tr("Go to the branch"), Qt::Key_F6};
    case Page::Audit:
        return {u"history"_s, MainWindow::tr("Audit"), MainWindow::tr("Go to the audit page"), Qt::Key_F10};
    case Page::Staff:
        return {u"card"_s, MainWindow::tr("Staff"), MainWindow::tr("Go to the staff"), Qt::Key_F9};
    case Page::Statistics:
        break;
    }
    return {u"statistics"_s, MainWindow::tr("Statistics"), MainWindow::tr("Go to the statistics"),
            Qt::Key_F7};
}

} // namespace

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent)
    , m_layers(new QStackedWidget)
    , m_frame(new Panel(Panel::Ground::Surface))
    , m_rail(new Rail)
    , m_top(new TopBar)
    , m_status(new StatusStrip)
    , m_stack(new QStackedWidget)
    , m_menu(new QMenu(this))
{
    setWindowTitle(tr("Branchline"));
    setMinimumSize(900, 500);
    resize(1366, 768);
    auto *grid = new QGridLayout(m_frame);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(0);
    grid->addWidget(m_rail, 0, 0, 2, 1);
    grid->addWidget(m_top, 0, 1);
    grid->addWidget(m_stack, 1, 1);
    grid->addWidget(m_status, 2, 0, 1, 2);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(1, 1);
    m_layers->addWidget(m_frame);
    setCentralWidget(m_layers);
    m_branchList = new BranchOverlay(m_frame);
    m_databases = new DatabaseOverlay(m_frame);
    m_help = new HelpOverlay(m_frame);
    makePalette();
    makeScanCatcher();
    connect(m_rail, &Rail::chosen, this, [this](int id) { showPage(static_cast<Page>(id)); });
    connect(m_top->switcher(), &Button::clicked, this, &MainWindow::openBranchList);
    connect(m_top->help(), &Button::clicked, m_help, &Overlay::open);
    connect(m_status, &StatusStrip::databasesRequested, this, &MainWindow::openDatabaseList);
    connect(m_branchList, &BranchOverlay::chosen, this, &MainWindow::chooseBranch);
    m_rail->setCompact(false);
    makeKeys();
    makeMenu();
}

QAction *MainWindow::addKey(const QKeySequence &keys, const QString &text)
{
    auto *action = new QAction(text, this);
    action->setShortcut(keys);
    addAction(action);
    return action;
}

void MainWindow::makeKeys()
{
    QAction *palette = addKey(QKeyCombination(Qt::CTRL, Qt::Key_K), tr("Search everything"));
    connect(palette, &QAction::triggered, m_palette, &Palette::open);
    palette->setProperty(paletteOrder, NotOffered);
    QAction *branches = addKey(QKeyCombination(Qt::CTRL, Qt::Key_B), tr("Change the branch"));
    connect(branches, &QAction::triggered, this, &MainWindow::openBranchList);
    branches->setProperty("iconName", u"branch"_s);
    QAction *databases = addKey(QKeyCombination(Qt::CTRL | Qt::SHIFT, Qt::Key_D), tr("Show the databases"));
    connect(databases, &QAction::triggered, this, &MainWindow::openDatabaseList);
    databases->setProperty("iconName", u"server"_s);
    // On the desk its own keys of the same name are at work, so these rest there.
    for (const bool checkIn : {false, true}) {
        QAction *action =
            addKey(checkIn ? Qt::Key_F2 : Qt::Key_F1, checkIn ? tr("Check in") : tr("Check out"));
        action->setEnabled(false);
        m_deskKeys.append(action);
        action->setProperty(paletteOrder, NotOffered); // the palette offers both on every page
        connect(action, &QAction::triggered, this, [this, checkIn] { goToDesk(checkIn); });
    }
}

void MainWindow::goToDesk(bool checkIn)
{
    showPage(Page::Desk);
    Q_EMIT deskModeRequested(checkIn);
}

void MainWindow::makePalette()
{
    m_palette = new Palette(m_top->search(), m_stack, m_frame);
    m_palette->setCommandSource([this] { return paletteCommands(); });
    connect(m_palette, &Palette::openChanged, m_top, &TopBar::setSearchOpen);
    connect(m_palette, &Palette::focusLost, this, &MainWindow::giveFocusToPage);
    connect(m_palette, &Palette::submitted, this, [this](const QString &words) {
        showPage(Page::Catalogue);
        Q_EMIT searchSubmitted(words);
    });
    connect(m_palette, &Palette::bookChosen, this, [this](const QString &id) {
        showPage(Page::Catalogue);
        Q_EMIT bookChosen(id);
    });
    connect(m_palette, &Palette::patronChosen, this, [this](const QString &id) {
        showPage(Page::Patrons);
        Q_EMIT patronChosen(id);
    });
}

std::vector<PaletteCommand> MainWindow::paletteCommands()
{
    std::vector<PaletteCommand> commands;
    if (const QWidget *shown = m_stack->currentWidget())
        commands = commandsOf(shown, itemOf(m_page).label);
    const auto add = [&](const QString &icon, const QString &title, const QString &key,
                         std::function<void()> run, bool isCurrent = false, const QString &alsoCalled = {}) {
        commands.push_back({.entry = {.id = {},
                                      .iconName = icon,
                                      .title = title,
                                      .detail = {},
                                      .keyText = key,
                                      .isCurrent = isCurrent,
                                      .alsoCalled = alsoCalled},
                            .run = std::move(run)});
    };
    if (isOffered(Page::Desk)) {
        add(
            u"lent"_s, tr("Check out"), u"F1"_s, [this] { goToDesk(false); }, false,
            tr("Lend Loan Issue Renew"));
        add(
            u"undo"_s, tr("Check in"), u"F2"_s, [this] { goToDesk(true); }, false, tr("Return Give back"));
    }
    const auto addOwn = [&](int order) {
        const auto own = actions();
        for (QAction *action : own) {
            if (action->isEnabled() && action->property(paletteOrder).toInt() == order)
                commands.push_back(commandOf(action));
        }
    };
    addOwn(PagesFirst);
    addOwn(InTheMiddle);
    for (const BranchItem &branch : std::as_const(m_branches)) {
        if (branch.id != m_branchId)
            add(u"branch"_s, tr("Change to the branch %1").arg(branch.name), {},
                [this, id = branch.id] { chooseBranch(id); });
    }
    for (const auto &[mode, title] : {std::pair{Theme::Mode::System, tr("Appearance as the system")},
                                      {Theme::Mode::Light, tr("Light appearance")},
                                      {Theme::Mode::Dark, tr("Dark appearance")}}) {
        add(
            u"computer"_s, title, {}, [this, mode = mode] { setAppearance(mode); },
            Theme::instance()->mode() == mode);
    }
    addOwn(Last);
    return commands;
}

PaletteModel *MainWindow::paletteModel()
{
    return m_palette->model();
}

void MainWindow::notePaletteAnswered()
{
    m_palette->noteAnswered();
}

QList<Overlay *> MainWindow::overlays() const
{
    return {m_branchList, m_databases, m_help};
}

void MainWindow::makeScanCatcher()
{
    const auto isWanted = [this] {
        if (isCovered() || !isOffered(Page::Desk))
            return false;
        const auto all = overlays();
        return std::any_of(all.begin(), all.end(), [](const Overlay *one) { return one->isVisible(); }) ||
               m_stack->currentWidget() == m_pages.value(Page::Desk);
    };
    auto *catcher = new ScanCatcher(isWanted, this);
    connect(catcher, &ScanCatcher::scanned, this, [this](const QString &text) {
        // What became of the scan must be seen.
        const auto all = overlays();
        for (Overlay *one : all)
            one->close();
        showPage(Page::Desk);
        Q_EMIT deskScanned(text);
    });
    const auto all = overlays();
    for (Overlay *one : all)
        connect(one, &Overlay::focusLost, this, &MainWindow::giveFocusToPage);
    // A click on a bar leaves the focus where scans go.
    for (QWidget *bar : {static_cast<QWidget *>(m_top), static_cast<QWidget *>(m_status)}) {
        const auto buttons = bar->findChildren<Button *>();
        for (Button *button : buttons)
            button->setFocusPolicy(Qt::TabFocus);
    }
}

void MainWindow::setAppearance(Theme::Mode mode)
{
    Theme::instance()->setMode(mode);
    Q_EMIT appearanceChosen(mode);
}

void MainWindow::makeMenu()
{
    m_menu->setAccessibleName(tr("Menu"));
    m_menu->addSection(tr("Appearance"));
    auto *group = new QActionGroup(this);
    const QList<std::pair<Theme::Mode, QString>> modes{{Theme::Mode::System, tr("As the system")},
                                                       {Theme::Mode::Light, tr("Light")},
                                                       {Theme::Mode::Dark, tr("Dark")}};
    for (const auto &[mode, text] : modes) {
        QAction *action = m_menu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        connect(action, &QAction::triggered, this, [this, mode = mode] { setAppearance(mode); });
    }
    m_menu->addSeparator();
    QAction *keys = addKey(QKeyCombination(Qt::CTRL, Qt::Key_F1), tr("Keys"));
    keys->setIcon(icon(u"keyboard"_s));
    keys->setProperty("iconName", u"keyboard"_s);
    keys->setProperty(paletteOrder, Last);
    connect(keys, &QAction::triggered, m_help, &Overlay::open);
    m_menu->addAction(keys);
    m_lock = addKey(QKeyCombination(Qt::CTRL, Qt::Key_L), tr("Lock the window"));
    m_lock->setProperty("iconName", u"lock"_s);
    connect(m_lock, &QAction::triggered, this, &MainWindow::lockRequested);
    m_signOut = addKey({}, tr("Sign out"));
    connect(m_signOut, &QAction::triggered, this, &MainWindow::signOutRequested);
    m_otherLibrary = addKey({}, tr("Another library …"));
    connect(m_otherLibrary, &QAction::triggered, this, &MainWindow::otherLibraryRequested);
    m_quit = addKey(QKeyCombination(Qt::CTRL, Qt::Key_Q), tr("Quit"));
    connect(m_quit, &QAction::triggered, this, &MainWindow::quitRequested);
    for (QAction *action : {m_lock, m_signOut, m_otherLibrary, m_quit}) {
        action->setProperty(paletteOrder, Last);
        m_menu->addAction(action);
    }
    makeLockMenu();
    setMayLock(false);
    setMaySignOut(false);
    setMayChooseLibrary(false);
    connect(m_menu, &QMenu::aboutToShow, group,
            [group] { group->actions().at(static_cast<int>(Theme::instance()->mode()))->setChecked(true); });
    connect(m_top->menu(), &Button::clicked, this, [this] {
        const QWidget *button = m_top->menu();
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        const int width = m_menu->sizeHint().width();
        const QPoint corner =
            button->mapToGlobal(QPoint(mirrored ? 0 : button->width() - width, button->height() + 4));
        m_menu->popup(corner);
    });
}

void MainWindow::addPage(Page page, QWidget *widget)
{
    const bool first = m_pages.isEmpty();
    m_pages.insert(page, widget);
    m_order.append(page);
    m_shownPages.insert(page);
    m_stack->addWidget(widget);
    const PageItem item = itemOf(page);
    m_rail->addItem(static_cast<int>(page), item.iconName, item.label, QKeySequence(item.key).toString());
    if (page != Page::Desk) { // makeKeys() made the desk's two
        QAction *action = addKey(item.key, item.goTo);
        action->setProperty("iconName", item.iconName);
        action->setProperty(paletteOrder, PagesFirst);
        connect(action, &QAction::triggered, this, [this, page] { showPage(page); });
        m_pageKeys.insert(page, action);
    }
    if (first) {
        m_page = page;
        m_rail->setCurrent(static_cast<int>(page));
        m_stack->setCurrentWidget(widget);
    }
    restDeskKeys();
}

void MainWindow::showPage(Page page)
{
    if (!isOffered(page))
        return;
    const bool changed = page != m_page;
    m_page = page;
    m_rail->setCurrent(static_cast<int>(page));
    m_rail->update();
    showTop();
    restDeskKeys();
    giveFocusToPage();
    if (changed)
        Q_EMIT pageChanged(page);
}

QWidget *MainWindow::sheetOf(Page page) const
{
    const QList<Sheet> sheets = m_sheets.value(page);
    return sheets.isEmpty() ? nullptr : sheets.last().widget;
}

void MainWindow::showTop()
{
    QWidget *sheet = sheetOf(m_page);
    m_stack->setCurrentWidget(sheet ? sheet : m_pages.value(m_page));
}

void MainWindow::openSheet(QWidget *sheet)
{
    m_sheets[m_page].append(Sheet{sheet, QApplication::focusWidget()});
    m_stack->addWidget(sheet);
    showTop();
    giveFocusToPage();
}

void MainWindow::closeSheet(QWidget *sheet)
{
    for (auto it = m_sheets.begin(); it != m_sheets.end(); ++it) {
        const auto same = [sheet](const Sheet &entry) { return entry.widget == sheet; };
        const auto found = std::find_if(it->begin(), it->end(), same);
        if (found == it->end())
            continue;
        const bool wasShown = m_stack->currentWidget() == sheet;
        const QPointer<QWidget> focusBefore = found->focusBefore;
        it->erase(found);
        showTop();
        m_stack->removeWidget(sheet);
        sheet->deleteLater();
        showOffers();
        if (wasShown && focusBefore && focusBefore->isVisible())
            focusBefore->setFocus(Qt::OtherFocusReason);
        else if (wasShown)
            giveFocusToPage();
        return;
    }
}

void MainWindow::giveFocusToPage()
{
    if (isCovered())
        return;
    if (QWidget *page = m_stack->currentWidget())
        page->setFocus(Qt::OtherFocusReason);
}

void MainWindow::setBranches(const QList<BranchItem> &branches)
{
    m_branches = branches;
    setCurrentBranch(m_branchId);
}

void MainWindow::setCurrentBranch(const QString &id)
{
    m_branchId = id;
    QString name;
    for (const BranchItem &branch : std::as_const(m_branches)) {
        if (branch.id == id)
            name = branch.name;
    }
    m_top->setBranchName(name);
    m_status->setBranchName(name);
    setWindowTitle(name.isEmpty() ? tr("Branchline") : tr("%1 – Branchline").arg(name));
    m_branchList->setBranches(m_branches, id);
}

void MainWindow::setLights(const QList<DatabaseLight> &lights, const QString &summary)
{
    m_status->setLights(lights, summary);
    m_databases->setLights(lights, summary);
}

void MainWindow::setSlowStatements(SlowStatementModel *model, std::chrono::milliseconds slowAfter)
{
    m_databases->setSlowStatements(model, slowAfter);
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    event->setAccepted(mayClose());
}

void MainWindow::setPerson(const QString &person)
{
    m_status->setPerson(person);
}

void MainWindow::setMiddleText(const QString &text)
{
    m_status->setMiddleText(text);
}

void MainWindow::openDatabaseList()
{
    m_databases->open();
}

void MainWindow::openBranchList()
{
    QWidget *switcher = m_top->switcher();
    m_branchList->setAnchor(QRect(switcher->mapTo(m_frame, QPoint()), switcher->size()));
    m_branchList->open();
}

void MainWindow::chooseBranch(const QString &id)
{
    if (id == m_branchId)
        return;
    setCurrentBranch(id);
    Q_EMIT branchChosen(id);
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    const bool compact = width() < widthForLabels;
    if (compact != m_rail->isCompact()) {
        m_rail->setCompact(compact);
        m_status->setCompact(compact);
    }
}

} // namespace Branchline
