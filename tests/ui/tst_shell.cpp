// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/slowstatementmodel.h"
#include "ui/shell/mainwindow.h"
#include "ui/shell/overlay.h"
#include "ui/shell/statusstrip.h"
#include "ui/widgets/button.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/statuslight.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/typography.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include <algorithm>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// A page with one scan box, as the desk has.
class Page final : public QWidget
{
public:
    Page()
        : box(new ScanBox(this))
    {
        auto *column = new QVBoxLayout(this);
        column->addWidget(box);
        setFocusProxy(box);
    }
    ScanBox *box;
};

QList<BranchItem> someBranches()
{
    using State = StatusLight::State;
    return {{u"1"_s, u"HILL"_s, u"Hillside"_s, u"north"_s, State::Ok},
            {u"2"_s, u"HARB"_s, u"Harbour"_s, u"secondary"_s, State::Slow},
            {u"3"_s, u"OLD"_s, u"Old Town"_s, u"tertiary"_s, State::Down}};
}

/// Widgets that Qt makes for itself and that nobody reaches.
bool isInternal(const QWidget *widget)
{
    return widget->objectName().startsWith("qt_"_L1) || qobject_cast<const QHeaderView *>(widget);
}

} // namespace

class TestShell final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void controlKReachesTheSearch();
    void sheetsCoverTheirOwnPage();
    void enterSearchesInTheCatalogue();
    void escapeGivesTheFocusBack();
    void branchIsChosenByKeys();
    void branchListClosesWithEscape();
    void sameBranchTellsNothing();
    void helpOpensAndCloses();
    void databasesAreExplained();
    void clickOnTheLightsKeepsTheScanBox();
    void scansUnderAnOverlayReachTheDesk();
    void silentDatabasesAreAllInSight();
    void smallWindowsShowMain();
    void slowTypingIsNoScan();
    void slowStatementsAreListedAndCopied();
    void pagesChangeByKeys();
    void pagesThatAreNotThereHaveNoButton();
    void pagesThatAreNotOfferedGo();
    void sheetKeepsItsPageOffered();
    void railShrinksInSmallWindows();
    void lightsAreShown();
    void everyControlHasAName();
    void mirrors();
    void appearanceIsChosen();

private:
    QWidget *overlay(const char *className) const;

    std::unique_ptr<MainWindow> m_window;
    Page *m_desk = nullptr;
    Page *m_catalogue = nullptr;
};

void TestShell::init()
{
    QApplication::setLayoutDirection(Qt::LeftToRight);
    m_window = std::make_unique<MainWindow>();
    m_desk = new Page;
    m_catalogue = new Page;
    m_window->addPage(MainWindow::Page::Desk, m_desk);
    m_window->addPage(MainWindow::Page::Catalogue, m_catalogue);
    m_window->setBranches(someBranches());
    m_window->setCurrentBranch(u"1"_s);
    m_window->show();
    QApplication::setActiveWindow(m_window.get());
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_desk->setFocus();
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
}

void TestShell::cleanup()
{
    m_window.reset();
    Theme::instance()->setMode(Theme::Mode::Light);
}

QWidget *TestShell::overlay(const char *className) const
{
    const auto all = m_window->findChildren<Overlay *>();
    for (Overlay *one : all) {
        if (one->inherits(className))
            return one;
    }
    return nullptr;
}

void TestShell::controlKReachesTheSearch()
{
    QTest::keyClick(m_desk->box, Qt::Key_K, Qt::ControlModifier);
    QVERIFY(qobject_cast<SearchField *>(QApplication::focusWidget()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_K, Qt::ControlModifier);
    QVERIFY(qobject_cast<SearchField *>(QApplication::focusWidget()));
}

void TestShell::sheetsCoverTheirOwnPage()
{
    auto *form = new Page;
    auto *onTop = new Page;
    m_window->openSheet(form);
    QCOMPARE(QApplication::focusWidget(), form->box);
    m_window->openSheet(onTop);
    QCOMPARE(m_window->sheetOf(MainWindow::Page::Desk), onTop);

    // Another page is not covered, and the sheet is still there on the way back.
    QTest::keyClick(onTop->box, Qt::Key_F3);
    QCOMPARE(QApplication::focusWidget(), m_catalogue->box);
    QTest::keyClick(m_catalogue->box, Qt::Key_F1);
    QCOMPARE(QApplication::focusWidget(), onTop->box);

    QPointer<Page> gone(onTop);
    m_window->closeSheet(onTop);
    QCOMPARE(QApplication::focusWidget(), form->box);
    m_window->closeSheet(form);
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
    QCOMPARE(m_window->sheetOf(MainWindow::Page::Desk), nullptr);
    QTRY_VERIFY(!gone);
    m_window->closeSheet(m_catalogue); // no sheet: nothing happens
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);
}

void TestShell::enterSearchesInTheCatalogue()
{
    QSignalSpy submitted(m_window.get(), &MainWindow::searchSubmitted);
    QTest::keyClick(m_desk->box, Qt::Key_K, Qt::ControlModifier);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 0);
    QTest::keyClicks(QApplication::focusWidget(), u" eco "_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(submitted.count(), 1);
    QCOMPARE(submitted.first().first().toString(), u"eco"_s);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
}

void TestShell::escapeGivesTheFocusBack()
{
    QTest::keyClick(m_desk->box, Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), u"eco"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
}

void TestShell::branchIsChosenByKeys()
{
    QSignalSpy chosen(m_window.get(), &MainWindow::branchChosen);
    QTest::keyClick(m_desk->box, Qt::Key_B, Qt::ControlModifier);
    QVERIFY(overlay("Branchline::BranchOverlay")->isVisible());
    QTest::keyClicks(QApplication::focusWidget(), u"harb"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.first().first().toString(), u"2"_s);
    QCOMPARE(m_window->currentBranch(), u"2"_s);
    QVERIFY(m_window->windowTitle().contains(u"Harbour"_s));
    QVERIFY(m_window->windowTitle().contains(u"Branchline"_s));
    QCOMPARE(QApplication::focusWidget(), m_desk->box);

    QTest::keyClick(m_desk->box, Qt::Key_B, Qt::ControlModifier);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down); // from Harbour to Old Town
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(m_window->currentBranch(), u"3"_s);
}

void TestShell::branchListClosesWithEscape()
{
    QSignalSpy chosen(m_window.get(), &MainWindow::branchChosen);
    m_window->openBranchList();
    QTest::keyClicks(QApplication::focusWidget(), u"there is no such branch"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QVERIFY(overlay("Branchline::BranchOverlay")->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!overlay("Branchline::BranchOverlay")->isVisible());
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
    QCOMPARE(chosen.count(), 0);
}

void TestShell::sameBranchTellsNothing()
{
    QSignalSpy chosen(m_window.get(), &MainWindow::branchChosen);
    m_window->openBranchList();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(chosen.count(), 0);
}

void TestShell::helpOpensAndCloses()
{
    QTest::keyClick(m_desk->box, Qt::Key_F1, Qt::ControlModifier);
    QWidget *help = overlay("Branchline::HelpOverlay");
    QVERIFY(help->isVisible());
    QVERIFY(help->isAncestorOf(QApplication::focusWidget()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QVERIFY(help->isAncestorOf(QApplication::focusWidget()));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!help->isVisible());
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
}

void TestShell::databasesAreExplained()
{
    m_window->setLights({{.name = u"main"_s,
                          .label = u"main database"_s,
                          .state = StatusLight::State::Ok,
                          .isMain = true,
                          .milliseconds = 2,
                          .connections = u"1 of at most 4 connections open, 0 in use"_s},
                         {.name = u"north_shard"_s,
                          .label = u"north"_s,
                          .state = StatusLight::State::Down,
                          .tooltip = u"The server north does not answer. Start it."_s,
                          .isOwn = true,
                          .remark = u"Waiting 2 s before trying again."_s}},
                        u"0 of 1 shards, missing: north"_s);
    QTest::keyClick(m_desk->box, Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    const QWidget *list = overlay("Branchline::DatabaseOverlay");
    QVERIFY(list && list->isVisible());
    QStringList words;
    const auto labels = list->findChildren<QLabel *>();
    for (const QLabel *label : labels)
        words << label->text();
    QVERIFY(words.contains(u"answers, 2 ms"_s));
    QVERIFY(words.contains(u"1 of at most 4 connections open, 0 in use"_s));
    QVERIFY(
        words.contains(u"The server north does not answer. Start it. Waiting 2 s before trying again."_s));
    // It follows what changes while it is open.
    m_window->setLights({{.name = u"main"_s,
                          .label = u"main database"_s,
                          .state = StatusLight::State::Slow,
                          .isMain = true,
                          .milliseconds = 900}},
                        {});
    words.clear();
    const auto fewer = list->findChildren<QLabel *>();
    for (const QLabel *label : fewer)
        words << label->text();
    QVERIFY(words.contains(u"answers slowly, 900 ms"_s));
    QVERIFY(!words.contains(u"north, this desk’s branch"_s));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!list->isVisible());
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
}

void TestShell::clickOnTheLightsKeepsTheScanBox()
{
    m_window->setLights({{.name = u"main"_s, .label = u"main database"_s, .isMain = true},
                         {.name = u"north_shard"_s, .label = u"north"_s, .isOwn = true}},
                        u"1 of 1 shards"_s);
    auto *strip = m_window->findChild<StatusStrip *>();
    const QWidget *list = overlay("Branchline::DatabaseOverlay");
    const auto lights = strip->findChildren<StatusLight *>();
    for (QWidget *target :
         {static_cast<QWidget *>(strip->findChild<Button *>()), static_cast<QWidget *>(lights.last())}) {
        QTRY_VERIFY(target->isVisible());
        QTest::mouseClick(target, Qt::LeftButton);
        QVERIFY(list->isVisible());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QVERIFY(!list->isVisible());
        QCOMPARE(QApplication::focusWidget(), m_desk->box);
    }
}

void TestShell::scansUnderAnOverlayReachTheDesk()
{
    QSignalSpy scans(m_window.get(), &MainWindow::deskScanned);
    m_window->openDatabaseList();
    QWidget *list = overlay("Branchline::DatabaseOverlay");
    QTest::keyClicks(QApplication::focusWidget(), u"30012000456"_s);
    QCOMPARE(scans.count(), 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(scans.count(), 1);
    QCOMPARE(scans.first().first().toString(), u"30012000456"_s);
    QVERIFY(!list->isVisible());
    QCOMPARE(QApplication::focusWidget(), m_desk->box);

    // From another page too, and then its answer is seen.
    m_window->showPage(MainWindow::Page::Catalogue);
    QTest::keyClick(m_catalogue->box, Qt::Key_F1, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), u"C-1001"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(scans.count(), 2);
    QCOMPARE(scans.last().first().toString(), u"C-1001"_s);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);

    // On the desk a button that has the focus loses none; fields keep what is typed into them.
    m_window->setLights({{.name = u"main"_s, .label = u"main database"_s, .isMain = true}}, u"no shards"_s);
    auto *button = m_window->findChild<StatusStrip *>()->findChild<Button *>();
    QTRY_VERIFY(button->isVisible());
    button->setFocus();
    QCOMPARE(QApplication::focusWidget(), button);
    QTest::keyClicks(button, u"4711"_s);
    QTest::keyClick(button, Qt::Key_Return);
    QCOMPARE(scans.count(), 3);
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
    m_window->openBranchList();
    QTest::keyClicks(QApplication::focusWidget(), u"4712"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(scans.count(), 3);
}

void TestShell::silentDatabasesAreAllInSight()
{
    using State = StatusLight::State;
    m_window->resize(1366, 768);
    QList<DatabaseLight> lights;
    for (const QString &name : {u"main database"_s, u"shard main"_s, u"shard two"_s, u"shard three"_s})
        lights.append({.name = name,
                       .label = name,
                       .state = State::Ok,
                       .isMain = lights.isEmpty(),
                       .connections = u"2 of at most 4 connections open, 1 in use"_s});
    m_window->setLights(lights, u"3 of 3 shards"_s);
    m_window->openDatabaseList();
    // The servers go while it is open: the sentences about them take room that they had not.
    for (DatabaseLight &light : lights) {
        light.state = State::Down;
        light.since = u"10:31"_s;
        light.tooltip =
            u"main_shard cannot be reached at /var/lib/branchline/library/sockets, port 5433. Check "
            "that the server runs and that host, port and database name are right."_s;
        light.remark = u"Waiting 2 s before trying again."_s;
    }
    m_window->setLights(lights, u"Main database does not answer; 0 of 3 shards"_s);
    QWidget *list = overlay("Branchline::DatabaseOverlay");
    auto *scroll = list->findChild<QScrollArea *>();
    QTRY_COMPARE(scroll->verticalScrollBar()->maximum(), 0);
    const auto *next = list->findChild<SectionLine *>();
    QTRY_VERIFY(scroll->geometry().bottom() < next->geometry().top());
    QVERIFY(scroll->parentWidget()->height() >= next->geometry().bottom());
    const auto labels = list->findChildren<QLabel *>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel *label) {
        return label->text() == "does not answer since 10:31"_L1;
    }));

    // In a low window with more of them the keys reach what is below the edge.
    m_window->resize(911, 512);
    m_window->setLights(lights + lights, u"Main database does not answer; 0 of 7 shards"_s);
    QTRY_VERIFY(scroll->verticalScrollBar()->maximum() > 0);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_End);
    QCOMPARE(scroll->verticalScrollBar()->value(), scroll->verticalScrollBar()->maximum());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_PageUp);
    QVERIFY(scroll->verticalScrollBar()->value() < scroll->verticalScrollBar()->maximum());
    QCOMPARE(scroll->focusPolicy(), Qt::StrongFocus);
}

void TestShell::smallWindowsShowMain()
{
    using State = StatusLight::State;
    m_window->resize(911, 512);
    m_window->setLights({{u"main"_s, u"main database"_s, State::Down, {}, true, false, -1},
                         {u"north_shard"_s, u"shard north"_s, State::Ok, {}, false, true, 9}},
                        u"Main database does not answer; 1 of 1 shards"_s);
    const auto *strip = m_window->findChild<StatusStrip *>();
    const auto lights = strip->findChildren<StatusLight *>();
    const auto main = std::find_if(lights.begin(), lights.end(), [](const StatusLight *light) {
        return light->accessibleName() == "main database"_L1;
    });
    QVERIFY(main != lights.end());
    QTRY_VERIFY((*main)->isVisible());
    QVERIFY(strip->findChild<Button *>()->text().startsWith("Main database does not answer"_L1));
    QCOMPARE(m_window->width(), 911);
}

void TestShell::slowTypingIsNoScan()
{
    QSignalSpy scans(m_window.get(), &MainWindow::deskScanned);
    m_window->openDatabaseList();
    quint64 now = 1000;
    for (const QChar digit : u"30012000456"_s) {
        QKeyEvent press(QEvent::KeyPress, digit.unicode(), Qt::NoModifier, digit);
        press.setTimestamp(now += 120);
        QApplication::sendEvent(QApplication::focusWidget(), &press);
    }
    QKeyEvent enter(QEvent::KeyPress, Qt::Key_Return, Qt::NoModifier, u"\r"_s);
    enter.setTimestamp(now + 20);
    QApplication::sendEvent(QApplication::focusWidget(), &enter);
    QCOMPARE(scans.count(), 0);
}

void TestShell::slowStatementsAreListedAndCopied()
{
    SlowStatementModel slow;
    m_window->setSlowStatements(&slow, std::chrono::milliseconds(200));
    QTest::keyClick(m_desk->box, Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
    QWidget *list = overlay("Branchline::DatabaseOverlay");
    auto *table = list->findChild<TableView *>();
    const auto labelWith = [list](const QString &start) {
        const auto labels = list->findChildren<QLabel *>();
        return std::any_of(labels.begin(), labels.end(), [&](const QLabel *label) {
            return label->isVisible() && label->text().startsWith(start);
        });
    };
    const QString none = u"No statement of this program has taken 200 ms or longer"_s;
    QVERIFY(!table->isVisible());
    QVERIFY(labelWith(none));

    const QDateTime at = QDateTime::fromString(u"2024-02-03T04:05:06.007Z"_s, Qt::ISODateWithMs);
    slow.update({{at, u"north_shard"_s, u"desk"_s, u"checkout"_s, u"lend_copy"_s,
                  std::chrono::milliseconds(321), u"timeout"_s}},
                1);
    QVERIFY(table->isVisible());
    QVERIFY(!labelWith(none));
    QCOMPARE(table->model()->rowCount(), 1);
    // Tab reaches the table, and everything stays inside the card.
    bool reached = false;
    for (int i = 0; i < 6; ++i) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QVERIFY(list->isAncestorOf(QApplication::focusWidget()));
        reached = reached || QApplication::focusWidget() == table;
    }
    QVERIFY(reached);
    const auto buttons = list->findChildren<Button *>();
    const auto copy = std::find_if(buttons.begin(), buttons.end(),
                                   [](const Button *one) { return one->text() == "Copy as text"_L1; });
    QVERIFY(copy != buttons.end());
    QVERIFY((*copy)->width() > QFontMetrics((*copy)->font()).horizontalAdvance((*copy)->text()));
    QTest::mouseClick(*copy, Qt::LeftButton);
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY2(
        copied.contains("2024-02-03T04:05:06.007Z  north_shard  checkout  lend_copy  321 ms  timeout"_L1),
        qPrintable(copied));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!list->isVisible());
    m_window->setSlowStatements(nullptr, std::chrono::milliseconds(200));
}

void TestShell::pagesChangeByKeys()
{
    QSignalSpy changed(m_window.get(), &MainWindow::pageChanged);
    QSignalSpy mode(m_window.get(), &MainWindow::deskModeRequested);
    QTest::keyClick(m_desk->box, Qt::Key_F2);
    QCOMPARE(mode.count(), 0); // the desk has that key itself
    QTest::keyClick(m_desk->box, Qt::Key_F3);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    QCOMPARE(QApplication::focusWidget(), m_catalogue->box);
    QTest::keyClick(m_catalogue->box, Qt::Key_F2);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);
    QCOMPARE(mode.count(), 1);
    QCOMPARE(mode.first().first().toBool(), true);
    QCOMPARE(changed.count(), 2);
}

void TestShell::pagesThatAreNotThereHaveNoButton()
{
    MainWindow window;
    window.addPage(MainWindow::Page::Desk, new Page);
    int pages = 0;
    const auto buttons = window.findChildren<QAbstractButton *>();
    for (const QAbstractButton *button : buttons)
        pages += button->isCheckable() ? 1 : 0;
    QCOMPARE(pages, 1);
    window.showPage(MainWindow::Page::Catalogue);
    QCOMPARE(window.currentPage(), MainWindow::Page::Desk);
}

void TestShell::pagesThatAreNotOfferedGo()
{
    const auto button = [this](const QString &name) -> QWidget * {
        for (auto *one : m_window->findChildren<QAbstractButton *>()) {
            if (one->accessibleName() == name && one->inherits("QAbstractButton") && one->isCheckable())
                return one;
        }
        return nullptr;
    };
    QSignalSpy offered(m_window.get(), &MainWindow::offeredPagesChanged);
    m_window->offerPage(MainWindow::Page::Desk, false);
    QCOMPARE(offered.count(), 1);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    QVERIFY(!button(u"Desk"_s)->isVisible() && button(u"Catalogue"_s)->isVisible());
    m_window->showPage(MainWindow::Page::Desk);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    QTest::keyClick(m_catalogue->box, Qt::Key_F1);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);

    m_window->offerPage(MainWindow::Page::Desk, true);
    m_window->offerPage(MainWindow::Page::Catalogue, false);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);
    QTest::keyClick(m_desk->box, Qt::Key_F3);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);
    m_window->offerPage(MainWindow::Page::Catalogue, true);
    QTest::keyClick(m_desk->box, Qt::Key_F3);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
}

void TestShell::sheetKeepsItsPageOffered()
{
    m_window->showPage(MainWindow::Page::Catalogue);
    auto *sheet = new Page;
    m_window->openSheet(sheet);
    m_window->offerPage(MainWindow::Page::Catalogue, false);
    QVERIFY(m_window->isOffered(MainWindow::Page::Catalogue));
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    m_window->closeSheet(sheet);
    QVERIFY(!m_window->isOffered(MainWindow::Page::Catalogue));
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Desk);
    QCOMPARE(QApplication::focusWidget(), m_desk->box);
}

void TestShell::railShrinksInSmallWindows()
{
    QCOMPARE(m_window->minimumSize(), QSize(900, 500));
    m_window->resize(1366, 768);
    const int wide = m_desk->mapTo(m_window.get(), QPoint()).x();
    m_window->resize(911, 512);
    QTRY_VERIFY(m_desk->mapTo(m_window.get(), QPoint()).x() < wide);
    QCOMPARE(m_desk->mapTo(m_window.get(), QPoint()).x(), 56);
}

void TestShell::lightsAreShown()
{
    using State = StatusLight::State;
    m_window->setLights({{u"main"_s, u"main database"_s, State::Ok, {}, true, false, 4},
                         {u"north_shard"_s, u"north"_s, State::Ok, {}, false, true, 9},
                         {u"tertiary_shard"_s, u"tertiary"_s, State::Down, {}, false, false, -1}},
                        u"1 of 2 shards, missing: tertiary"_s);
    bool found = false;
    const auto *strip = m_window->findChild<StatusStrip *>();
    const auto lights = strip->findChildren<StatusLight *>();
    for (const StatusLight *light : lights) {
        if (light->accessibleName() == "tertiary"_L1)
            found = light->state() == State::Down && !light->toolTip().isEmpty();
    }
    QVERIFY(found);
    QCOMPARE(lights.size(), 4); // own, main and two shards
    const auto *summary = strip->findChild<Button *>();
    QVERIFY(summary->isVisible());
    QVERIFY(summary->width() > QFontMetrics(textFont(TextRole::Caption)).horizontalAdvance(summary->text()));
    m_window->setLights({{u"main"_s, u"main database"_s, State::Ok, {}, true, false, 4}}, {});
    QCOMPARE(strip->findChildren<StatusLight *>().size(), 2);
}

void TestShell::everyControlHasAName()
{
    const auto widgets = m_window->findChildren<QWidget *>();
    for (QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || isInternal(widget))
            continue;
        QAccessibleInterface *access = QAccessible::queryAccessibleInterface(widget);
        QVERIFY(access);
        QVERIFY2(!access->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
    }
}

void TestShell::mirrors()
{
    QApplication::setLayoutDirection(Qt::RightToLeft);
    MainWindow window;
    auto *page = new Page;
    window.addPage(MainWindow::Page::Desk, page);
    window.resize(1366, 768);
    window.show();
    QTRY_COMPARE(page->mapTo(&window, QPoint()).x(), 0);
    const auto *field = window.findChild<SearchField *>();
    QVERIFY(field);
    window.openBranchList();
    const auto buttons = window.findChildren<Button *>();
    QVERIFY(buttons.size() >= 3);
    const auto *switcher = buttons.first();
    QVERIFY(switcher->mapTo(&window, QPoint()).x() > field->mapTo(&window, QPoint()).x());
}

void TestShell::appearanceIsChosen()
{
    QSignalSpy chosen(m_window.get(), &MainWindow::appearanceChosen);
    const auto actions = m_window->findChildren<QAction *>();
    for (QAction *action : actions) {
        if (action->text() == "Dark"_L1)
            action->trigger();
    }
    QCOMPARE(chosen.count(), 1);
    QVERIFY(colors().dark);
}

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    Theme::install(application);
    TestShell test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_shell.moc"
