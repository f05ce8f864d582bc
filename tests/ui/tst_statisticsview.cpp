// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/statisticsdata.h"
#include "ui/shell/mainwindow.h"
#include "ui/statistics/activitychart.h"
#include "ui/statistics/axisscale.h"
#include "ui/statistics/barlist.h"
#include "ui/statistics/chartcard.h"
#include "ui/statistics/statisticsview.h"
#include "ui/statistics/statisticswords.h"
#include "ui/statistics/stattile.h"
#include "ui/widgets/button.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QApplication>
#include <QChart>
#include <QChartView>
#include <QLineSeries>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using State = StatisticsFigures::State;

/// The statistics page as it is shown and used by keyboard, in each of its states.
class TestStatisticsView final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_window.reset(); }
    void axisEndsAtRoundNumbers_data();
    void axisEndsAtRoundNumbers();
    void periodsEndToday();
    void tilesSayWhatTheyCover();
    void barsAreTheLargestFirst();
    void barOpensTheBranch();
    void missingBranchesAreNamedNotDrawn();
    void sameWordsAreToldOnce();
    void staleAndFailed();
    void linesFollowTheTheme();
    void numbersAreATableToo();
    void rangeAndBranchAreChosen();
    void smallWindowScrolls();
    void everyControlHasAName();

private:
    void show(State state, FiguresRange range = FiguresRange::Days30)
    {
        m_view->setFigures(StatisticsData::figures(state, *m_branches, *m_activity, range));
    }
    [[nodiscard]] QString bar() const
    {
        return m_view->messages()->isVisible() ? m_view->messages()->message() : QString();
    }
    [[nodiscard]] StatTile *tile(const QString &start) const;

    std::unique_ptr<BranchFiguresModel> m_branches;
    std::unique_ptr<ActivityModel> m_activity;
    std::unique_ptr<MainWindow> m_window;
    StatisticsView *m_view = nullptr;
};

void TestStatisticsView::initTestCase()
{
    Theme::install(*qApp);
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
}

void TestStatisticsView::init()
{
    m_window.reset();
    m_branches = std::make_unique<BranchFiguresModel>();
    m_activity = std::make_unique<ActivityModel>();
    m_window = std::make_unique<MainWindow>();
    m_view = new StatisticsView;
    m_view->setBranchModel(m_branches.get());
    m_view->setActivityModel(m_activity.get());
    m_view->setBranches({{u"a"_s, u"Central"_s}, {u"b"_s, u"Hillside"_s}}, u"b"_s);
    m_window->addPage(MainWindow::Page::Statistics, m_view);
    m_window->resize(1366, 768);
    m_window->show();
    QApplication::setActiveWindow(m_window.get());
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_view->setFocus();
}

StatTile *TestStatisticsView::tile(const QString &start) const
{
    const auto tiles = m_view->findChildren<StatTile *>();
    for (StatTile *one : tiles) {
        if (one->accessibleName().startsWith(start))
            return one;
    }
    return nullptr;
}

void TestStatisticsView::axisEndsAtRoundNumbers_data()
{
    QTest::addColumn<qint64>("value");
    QTest::addColumn<qint64>("step");
    QTest::addColumn<qint64>("top");
    QTest::newRow("nothing") << qint64(0) << qint64(1) << qint64(1);
    QTest::newRow("few") << qint64(5) << qint64(1) << qint64(5);
    QTest::newRow("six") << qint64(6) << qint64(2) << qint64(6);
    QTest::newRow("exact") << qint64(5000) << qint64(1000) << qint64(5000);
    QTest::newRow("above") << qint64(5001) << qint64(2000) << qint64(6000);
    QTest::newRow("huge") << qint64(4'999'999'999) << qint64(1'000'000'000) << qint64(5'000'000'000);
}

void TestStatisticsView::axisEndsAtRoundNumbers()
{
    QFETCH(const qint64, value);
    const AxisScale scale = axisScale(value);
    QTEST(scale.step, "step");
    QTEST(scale.top(), "top");
}

void TestStatisticsView::periodsEndToday()
{
    const QDate today(2026, 3, 31);
    const auto days = periodsOf(FiguresRange::Days30, today);
    QCOMPARE(days.size(), 30U);
    QCOMPARE(days.front().first, QDate(2026, 3, 2));
    const auto weeks = periodsOf(FiguresRange::Weeks12, today);
    QCOMPARE(weeks.back().first, QDate(2026, 3, 25));
    QCOMPARE(weeks.back().last, today);
    QCOMPARE(weeks.front().first, today.addDays(-83));
    const auto months = periodsOf(FiguresRange::Months12, today);
    QCOMPARE(months.size(), 12U);
    QCOMPARE(months.front().first, QDate(2025, 4, 1));
    QCOMPARE(months.at(10).last, QDate(2026, 2, 28));
    for (size_t i = 1; i < months.size(); ++i)
        QCOMPARE(months[i].first, months[i - 1].last.addDays(1));
    QCOMPARE(daysNeeded(FiguresRange::Days30, today), 60);
    QCOMPARE(daysNeeded(FiguresRange::Months12, today), 730);
}

void TestStatisticsView::tilesSayWhatTheyCover()
{
    show(State::Loading);
    QCOMPARE(tile(u"Copies"_s)->accessibleName(), u"Copies: not known yet"_s);
    show(State::Partial);
    QCOMPARE(tile(u"Copies"_s)->accessibleDescription(), u"7 of 8 shards"_s);
    QCOMPARE(tile(u"Copies"_s)->value(), u"280,682"_s);
    QCOMPARE(tile(u"On loan"_s)->accessibleDescription(), u"up 2.1 % in 30 days"_s);
    QCOMPARE(tile(u"Overdue"_s)->accessibleDescription(), u"4.0 % of loans"_s);
    show(State::Ready);
    QCOMPARE(tile(u"Copies"_s)->accessibleDescription(), u"all branches"_s);
    QCOMPARE(changeWords(100, 0), QString());
    QCOMPARE(changeWords(100, 100), u"unchanged"_s);
    QCOMPARE(changeWords(50, 100), u"down 50.0 %"_s);
}

void TestStatisticsView::barsAreTheLargestFirst()
{
    show(State::Ready);
    const auto *bars = m_view->findChild<BarList *>();
    QCOMPARE(bars->model()->index(0, 0).data().toString(), u"Central"_s);
    QVERIFY(bars->shownBars() >= 5 && bars->shownBars() <= BarList::mostBars);
    QCOMPARE(bars->allBars(), 10);
    const int rowHeight = bars->visualRect(bars->model()->index(0, 0)).height();
    QVERIFY(bars->shownBars() * rowHeight <= bars->viewport()->height());
    // Another order of the table does not change the bars.
    m_branches->sort(BranchFiguresModel::Branch, Qt::AscendingOrder);
    QCOMPARE(m_branches->index(9, 0).data().toString(), u"Station Road"_s);
    QCOMPARE(bars->model()->index(0, 0).data().toString(), u"Central"_s);
    QCOMPARE(bars->model()->index(1, 0).data().toString(), u"Harbour"_s);
}

void TestStatisticsView::barOpensTheBranch()
{
    show(State::Ready);
    QSignalSpy opened(m_view, &StatisticsView::branchOpened);
    auto *bars = m_view->findChild<BarList *>();
    QCOMPARE(QApplication::focusWidget(), bars);
    QTest::keyClick(bars, Qt::Key_Down);
    QTest::keyClick(bars, Qt::Key_Return);
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.last().first().toString(), bars->model()->index(1, 0).data(Qt::UserRole + 1).toString());
    QCOMPARE(opened.last().at(1).toString(), u"loans"_s);
    const QPoint first = bars->visualRect(bars->model()->index(0, 0)).center();
    QTest::mouseClick(bars->viewport(), Qt::LeftButton, {}, first);
    QTest::mouseDClick(bars->viewport(), Qt::LeftButton, {}, first);
    QCOMPARE(opened.count(), 2);
    QVERIFY(opened.last().first() != opened.first().first());
}

void TestStatisticsView::missingBranchesAreNamedNotDrawn()
{
    const QAbstractItemModelTester tester(m_branches.get(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    show(State::Partial);
    QVERIFY2(
        bar().startsWith(u"7 of 8 shards answered, missing: tertiary. Old Town is not in these figures."_s),
        qPrintable(bar()));
    const auto *bars = m_view->findChild<BarList *>();
    for (int row = 0; row < bars->model()->rowCount(); ++row)
        QVERIFY(bars->model()->index(row, 0).data().toString() != u"Old Town"_s);
    QCOMPARE(m_view->findChildren<ChartCard *>().first()->footNote(), u"Not counted: Old Town."_s);
    const QModelIndex last = m_branches->index(9, BranchFiguresModel::Branch);
    QCOMPARE(last.data().toString(), u"Old Town"_s);
    QCOMPARE(last.siblingAtColumn(BranchFiguresModel::Copies).data().toString(),
             u"Not counted: tertiary has not answered. Last known 10:31: 1,104 on loan."_s);
    const auto *table = m_view->findChild<TableView *>();
    QCOMPARE(table->columnSpan(9, BranchFiguresModel::Copies), 5);
    // Whatever the order, what is not counted stands last.
    m_branches->sort(BranchFiguresModel::Lent, Qt::AscendingOrder);
    QCOMPARE(m_branches->index(9, 0).data().toString(), u"Old Town"_s);
    QSignalSpy lastKnown(m_view, &StatisticsView::lastKnownRequested);
    const auto buttons = m_view->messages()->findChildren<QAbstractButton *>();
    QCOMPARE(buttons.size(), 2);
    QCOMPARE(buttons.at(1)->text(), u"Use last known (10:31)"_s);
    buttons.at(1)->click();
    QCOMPARE(lastKnown.count(), 1);
    show(State::Ready);
    QCOMPARE(bar(), u"tertiary is back. All branches are counted."_s);
    QCOMPARE(table->columnSpan(9, BranchFiguresModel::Copies), 1);
}

/// Screen readers speak each telling, and figures come every second.
void TestStatisticsView::sameWordsAreToldOnce()
{
    show(State::Partial);
    const auto *button = m_view->messages()->findChild<QAbstractButton *>();
    const QPointer<const QAbstractButton> same(button);
    show(State::Partial);
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QVERIFY(same);
}

void TestStatisticsView::staleAndFailed()
{
    show(State::Stale);
    QVERIFY2(bar().startsWith(u"Shown as of 10:31. No shard answers."_s), qPrintable(bar()));
    QVERIFY(m_view->findChild<BarList *>()->isVisible());
    show(State::Failed);
    const auto *empty = m_view->findChild<EmptyState *>();
    QVERIFY(empty->isVisible());
    QCOMPARE(empty->title(), u"These figures could not be loaded."_s);
    QSignalSpy retry(m_view, &StatisticsView::retryRequested);
    QTest::keyClick(m_view, Qt::Key_F5);
    QCOMPARE(retry.count(), 1);
    show(State::Ready);
    QVERIFY(!empty->isVisible());
}

void TestStatisticsView::linesFollowTheTheme()
{
    show(State::Ready);
    const auto *view = m_view->findChild<QChartView *>();
    const auto series = view->chart()->series();
    QCOMPARE(series.size(), 2);
    const auto *loans = qobject_cast<QLineSeries *>(series.at(0));
    const auto *returns = qobject_cast<QLineSeries *>(series.at(1));
    QCOMPARE(loans->count(), 30);
    QCOMPARE(loans->pen().style(), Qt::SolidLine);
    QCOMPARE(returns->pen().dashPattern(), QList<qreal>({2.5, 2}));
    QCOMPARE(view->chart()->animationOptions(), QChart::NoAnimation);
    for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
        Theme::instance()->setMode(mode);
        QCOMPARE(view->chart()->backgroundBrush().color(), colors().surface);
        QCOMPARE(loans->pen().color(), colors().series[0]);
    }
    QVERIFY(m_view->findChild<ActivityChart *>()->accessibleDescription().contains(u"loans, down 2.0 %"_s));
}

void TestStatisticsView::numbersAreATableToo()
{
    const QAbstractItemModelTester tester(m_activity.get(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    show(State::Ready);
    const auto tables = m_view->findChildren<TableView *>();
    QCOMPARE(tables.size(), 2);
    QVERIFY(tables.at(0)->isVisible());
    QVERIFY(!tables.at(1)->isVisible());
    m_view->setTables(true);
    QVERIFY(tables.at(0)->isVisible());
    QVERIFY(tables.at(1)->isVisible());
    QVERIFY(!m_view->findChild<BarList *>()->isVisible());
    QCOMPARE(m_activity->rowCount(), 30);
    QCOMPARE(m_activity->index(0, 0).data().toString(), u"Sun 22 Nov so far"_s);
    QCOMPARE(m_activity->index(1, 0).data().toString(), u"Sat 21 Nov"_s);
    show(State::Ready, FiguresRange::Weeks12);
    QCOMPARE(m_activity->headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), u"Week"_s);
    QCOMPARE(m_activity->index(0, 0).data().toString(), u"16 Nov to 22 Nov"_s);
    show(State::Ready, FiguresRange::Months12);
    QCOMPARE(m_activity->index(0, 0).data().toString(), u"November 2026 so far"_s);
    QCOMPARE(m_activity->index(11, 0).data().toString(), u"December 2025"_s);
}

void TestStatisticsView::rangeAndBranchAreChosen()
{
    QList<FiguresRange> ranges;
    connect(m_view, &StatisticsView::rangeChosen, m_view, [&](FiguresRange range) { ranges << range; });
    QSignalSpy branch(m_view, &StatisticsView::branchChosen);
    const auto menus = m_view->findChildren<QMenu *>();
    QCOMPARE(menus.size(), 2);
    for (QMenu *menu : menus) {
        const auto actions = menu->actions();
        for (QAction *action : actions) {
            if (action->text() == u"Last 12 weeks"_s || action->text() == u"This branch, Hillside"_s)
                action->trigger();
        }
    }
    QCOMPARE(ranges, QList<FiguresRange>{FiguresRange::Weeks12});
    QCOMPARE(branch.count(), 1);
    QCOMPARE(branch.first().first().toString(), u"b"_s);
}

/// At 150 % on a small screen nothing is squeezed: the page scrolls, and the tiles keep their height.
void TestStatisticsView::smallWindowScrolls()
{
    m_window->resize(911, 512);
    show(State::Partial);
    QTRY_COMPARE(m_window->width(), 911);
    QVERIFY(tile(u"Copies"_s)->height() >= 86);
    QVERIFY(m_view->findChild<BarList *>()->shownBars() >= 4);
    QVERIFY(m_view->findChild<ActivityChart *>()->height() >= 140);
}

void TestStatisticsView::everyControlHasAName()
{
    show(State::Partial);
    m_view->setTables(true);
    const auto widgets = m_view->findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        const bool isControl =
            widget->focusPolicy() != Qt::NoFocus || qobject_cast<const QAbstractButton *>(widget);
        if (!isControl || !widget->isVisible() || widget->objectName().startsWith("qt_"_L1))
            continue;
        QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(const_cast<QWidget *>(widget));
        QVERIFY2(spoken && !spoken->text(QAccessible::Name).isEmpty(), widget->metaObject()->className());
    }
    QCOMPARE(m_branches->index(0, 0).data(Qt::AccessibleTextRole).toString(),
             u"Central: 4,870 on loan, 231 of these overdue, 62,300 copies"_s);
}

QTEST_MAIN(TestStatisticsView)
#include "tst_statisticsview.moc"
