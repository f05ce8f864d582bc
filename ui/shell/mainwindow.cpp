// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/mainwindow.h"

#include "ui/shell/branchoverlay.h"
#include "ui/shell/databaseoverlay.h"
#include "ui/shell/helpoverlay.h"
#include "ui/shell/rail.h"
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
    case Page::Statistics:
        break;
    }
    return {u"statistics"_s, MainWindow::tr("Statistics"), MainWindow::tr("Go to the statistics"),
            Qt::Key_F7};
}

} // namespace

MainWindow::MainWindow(QWidget *parent)
    : QMainWindow(parent)
    , m_rail(new Rail)
    , m_top(new TopBar)
    , m_status(new StatusStrip)
    , m_stack(new QStackedWidget)
    , m_menu(new QMenu(this))
{
    setWindowTitle(tr("Branchline"));
    setMinimumSize(900, 500);
    resize(1366, 768);
    auto *frame = new Panel(Panel::Ground::Surface);
    auto *grid = new QGridLayout(frame);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(0);
    grid->addWidget(m_rail, 0, 0, 2, 1);
    grid->addWidget(m_top, 0, 1);
    grid->addWidget(m_stack, 1, 1);
    grid->addWidget(m_status, 2, 0, 1, 2);
    grid->setRowStretch(1, 1);
    grid->setColumnStretch(1, 1);
    setCentralWidget(frame);
    m_branchList = new BranchOverlay(frame);
    m_databases = new DatabaseOverlay(frame);
    m_help = new HelpOverlay(frame);
    m_top->search()->installEventFilter(this);
    connect(m_rail, &Rail::chosen, this, [this](int id) { showPage(static_cast<Page>(id)); });
    connect(m_top->search(), &QLineEdit::returnPressed, this, &MainWindow::submitSearch);
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
    connect(addKey(QKeyCombination(Qt::CTRL, Qt::Key_K), tr("Search the catalogue")), &QAction::triggered,
            this, &MainWindow::focusSearch);
    connect(addKey(QKeyCombination(Qt::CTRL, Qt::Key_B), tr("Change the branch")), &QAction::triggered, this,
            &MainWindow::openBranchList);
    connect(addKey(QKeyCombination(Qt::CTRL | Qt::SHIFT, Qt::Key_D), tr("Show the databases")),
            &QAction::triggered, this, &MainWindow::openDatabaseList);
    // On the desk its own keys of the same name are at work, so these rest there.
    for (const bool checkIn : {false, true}) {
        QAction *action =
            addKey(checkIn ? Qt::Key_F2 : Qt::Key_F1, checkIn ? tr("Check in") : tr("Check out"));
        action->setEnabled(false);
        m_deskKeys.append(action);
        connect(action, &QAction::triggered, this, [this, checkIn] {
            showPage(Page::Desk);
            Q_EMIT deskModeRequested(checkIn);
        });
    }
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
        connect(action, &QAction::triggered, this, [this, mode = mode] {
            Theme::instance()->setMode(mode);
            Q_EMIT appearanceChosen(mode);
        });
    }
    m_menu->addSeparator();
    QAction *keys = addKey(QKeyCombination(Qt::CTRL, Qt::Key_F1), tr("Keys"));
    keys->setIcon(icon(u"keyboard"_s));
    connect(keys, &QAction::triggered, m_help, &Overlay::open);
    m_menu->addAction(keys);
    QAction *quit = addKey(QKeyCombination(Qt::CTRL, Qt::Key_Q), tr("Quit"));
    connect(quit, &QAction::triggered, this, &MainWindow::quitRequested);
    m_menu->addAction(quit);
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
    m_stack->addWidget(widget);
    const PageItem item = itemOf(page);
    m_rail->addItem(static_cast<int>(page), item.iconName, item.label, QKeySequence(item.key).toString());
    if (page != Page::Desk) // makeKeys() made the desk's two
        connect(addKey(item.key, item.goTo), &QAction::triggered, this, [this, page] { showPage(page); });
    if (first) {
        m_page = page;
        m_rail->setCurrent(static_cast<int>(page));
        m_stack->setCurrentWidget(widget);
    }
    for (QAction *action : std::as_const(m_deskKeys))
        action->setEnabled(m_page != Page::Desk && m_pages.contains(Page::Desk));
}

void MainWindow::showPage(Page page)
{
    if (!m_pages.contains(page))
        return;
    const bool changed = page != m_page;
    m_page = page;
    m_rail->setCurrent(static_cast<int>(page));
    m_rail->update();
    showTop();
    for (QAction *action : std::as_const(m_deskKeys))
        action->setEnabled(page != Page::Desk && m_pages.contains(Page::Desk));
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
        if (wasShown && focusBefore && focusBefore->isVisible())
            focusBefore->setFocus(Qt::OtherFocusReason);
        else if (wasShown)
            giveFocusToPage();
        return;
    }
}

void MainWindow::giveFocusToPage()
{
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

void MainWindow::closeEvent(QCloseEvent *event)
{
    event->setAccepted(!m_mayClose || m_mayClose());
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
    m_branchList->setAnchor(QRect(switcher->mapTo(centralWidget(), QPoint()), switcher->size()));
    m_branchList->open();
}

void MainWindow::chooseBranch(const QString &id)
{
    if (id == m_branchId)
        return;
    setCurrentBranch(id);
    Q_EMIT branchChosen(id);
}

void MainWindow::focusSearch()
{
    SearchField *field = m_top->search();
    if (!field->hasFocus())
        m_focusBefore = QApplication::focusWidget();
    field->setFocus(Qt::ShortcutFocusReason);
    field->selectAll();
}

void MainWindow::leaveSearch()
{
    m_top->search()->clear();
    if (m_focusBefore && m_focusBefore->isVisible())
        m_focusBefore->setFocus(Qt::OtherFocusReason);
    else
        giveFocusToPage();
    m_focusBefore.clear();
}

void MainWindow::submitSearch()
{
    const QString words = m_top->search()->text().trimmed();
    if (words.isEmpty())
        return;
    m_top->search()->clear();
    m_focusBefore.clear();
    showPage(Page::Catalogue);
    Q_EMIT searchSubmitted(words);
}

bool MainWindow::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_top->search()) {
        const bool escape =
            (event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride) &&
            static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape;
        if (escape && event->type() == QEvent::ShortcutOverride) {
            event->accept();
            return true;
        }
        if (escape) {
            leaveSearch();
            return true;
        }
    }
    return QMainWindow::eventFilter(watched, event);
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
