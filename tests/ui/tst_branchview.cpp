// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/roles.h"
#include "ui/branch/branchview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/counttabs.h"
#include "ui/widgets/filterchip.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QHeaderView>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Loans with a box to tick, as the branch's list of overdue loans has them.
void fillLoans(QStandardItemModel &model)
{
    const QStringList titles{QString(), u"Days"_s, u"Title"_s};
    model.setHorizontalHeaderLabels(titles);
    model.setHeaderData(0, Qt::Horizontal, Qt::Unchecked, Qt::CheckStateRole);
    model.setHeaderData(1, Qt::Horizontal, u"-due"_s, Roles::SortKey);
    model.setHeaderData(2, Qt::Horizontal, u"title"_s, Roles::SortKey);
    model.setHeaderData(2, Qt::Horizontal, true, Roles::IsStretched);
    for (const QString &title : {u"War and Peace"_s, u"The Trial"_s}) {
        auto *box = new QStandardItem;
        box->setCheckable(true);
        model.appendRow({box, new QStandardItem(u"41"_s), new QStandardItem(title)});
    }
}

struct Shown
{
    QStandardItemModel loans;
    QStandardItemModel copies;
    BranchView view;

    Shown()
    {
        fillLoans(loans);
        copies.setHorizontalHeaderLabels({u"Title"_s});
        view.setBranchName(u"Hillside"_s);
        view.addTab({u"overdue"_s,
                     BranchTab::Kind::Overdue,
                     u"Overdue"_s,
                     &loans,
                     {{u"user_type"_s,
                       u"User type"_s,
                       false,
                       {{u"adult"_s, u"Adult"_s}, {u"child"_s, u"Child"_s}}}}});
        view.addTab({u"copies"_s, BranchTab::Kind::Copies, u"Copies"_s, &copies, {}});
        view.resize(1200, 700);
        view.show();
        view.activateWindow();
        view.setFocus();
        static_cast<void>(QTest::qWaitForWindowActive(&view));
    }
    ListPane *pane()
    {
        for (ListPane *one : view.findChildren<ListPane *>()) {
            if (one->table()->model() == &loans)
                return one;
        }
        return nullptr;
    }
    TableView *table() { return pane()->table(); }
    SearchField *field() { return view.findChild<SearchField *>(); }
};

} // namespace

/// The lists of a branch as people use them, without a library.
class TestBranchView final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::install(*qApp); }
    void statesSayWhatTheyMean();
    void filterIsTypedAndTakenOff();
    void chipsTellTheirValues();
    void headingsSortBothWays();
    void spaceAndClicksTick();
    void tabsChangeTheList();
    void copiesAreEdited();
    void columnsAreRemembered();
    void everyControlHasAName();
};

void TestBranchView::statesSayWhatTheyMean()
{
    Shown shown;
    shown.view.setState(BranchView::State::Ready, {.count = 2, .asOf = u"10:42:07"_s});
    QVERIFY(!shown.pane()->isEmpty());
    shown.view.setState(BranchView::State::Empty, {.asOf = u"10:42:07"_s});
    QCOMPARE(shown.pane()->words(), u"Nothing is overdue at Hillside."_s);
    shown.view.setState(BranchView::State::Failed, {.shardName = u"north"_s});
    QCOMPARE(shown.pane()->words(), u"This list could not be loaded."_s);
    shown.view.setState(BranchView::State::Stale, {.count = 2, .asOf = u"10:38"_s, .shardName = u"north"_s});
    QVERIFY(!shown.pane()->isEmpty());
    QVERIFY(shown.view.messages()->isVisible());
    QVERIFY(shown.view.messages()->message().contains(u"north does not answer"_s));
    shown.view.setState(BranchView::State::Ready, {.count = 2, .asOf = u"10:43"_s});
    QVERIFY(!shown.view.messages()->isVisible());
}

void TestBranchView::filterIsTypedAndTakenOff()
{
    Shown shown;
    QSignalSpy edited(&shown.view, &BranchView::wordsEdited);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_F, Qt::ControlModifier);
    QTRY_VERIFY(shown.field()->hasFocus());
    QTest::keyClicks(shown.field(), u"eco"_s);
    QTRY_COMPARE(edited.size(), 1); // one question for three keys
    QCOMPARE(edited.first().first().toString(), u"eco"_s);
    shown.view.setState(BranchView::State::Empty, {.asOf = u"10:42"_s});
    QCOMPARE(shown.pane()->words(), u"No row matches “eco” with these filters."_s);
    QTest::keyClick(shown.field(), Qt::Key_Escape);
    QCOMPARE(edited.size(), 2); // at once
    QCOMPARE(edited.last().first().toString(), QString());
}

void TestBranchView::chipsTellTheirValues()
{
    Shown shown;
    QSignalSpy chosen(&shown.view, &BranchView::filterChosen);
    shown.view.setFilter({}, {{u"user_type"_s, {u"child"_s}}});
    auto *chip = shown.view.findChild<FilterChip *>();
    QVERIFY(chip->isOn());
    QCOMPARE(chip->text(), u"User type: Child"_s);
    QCOMPARE(chosen.size(), 0);
    // Backspace in the empty field takes the last filter off.
    shown.field()->setFocus();
    QTest::keyClick(shown.field(), Qt::Key_Backspace);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.first().at(0).toString(), u"user_type"_s);
    QCOMPARE(chosen.first().at(1).toStringList(), QStringList());
    QVERIFY(!chip->isOn());
}

void TestBranchView::headingsSortBothWays()
{
    Shown shown;
    shown.view.showOrder(u"overdue"_s, u"-due"_s, true);
    QSignalSpy sorted(&shown.view, &BranchView::sortRequested);
    const QHeaderView *header = shown.table()->horizontalHeader();
    QCOMPARE(header->sortIndicatorSection(), 1);
    const auto click = [&](int section) {
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                          QPoint(header->sectionViewportPosition(section) + 30, header->height() / 2));
    };
    click(2);
    QCOMPARE(sorted.size(), 1);
    QCOMPARE(sorted.last(), QVariantList({u"title"_s, false}));
    shown.view.showOrder(u"overdue"_s, u"title"_s, false);
    click(2);
    QCOMPARE(sorted.last(), QVariantList({u"title"_s, true}));
    QCOMPARE(header->sortIndicatorSection(), 2);
}

void TestBranchView::spaceAndClicksTick()
{
    Shown shown;
    TableView *table = shown.table();
    QSignalSpy opened(&shown.view, &BranchView::rowOpened);
    table->setFocus();
    table->setCurrentIndex(shown.loans.index(1, 2));
    QTest::keyClick(table, Qt::Key_Space);
    QCOMPARE(shown.loans.item(1, 0)->checkState(), Qt::Checked);
    const QPoint box = table->visualRect(shown.loans.index(0, 0)).center();
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, box);
    QCOMPARE(shown.loans.item(0, 0)->checkState(), Qt::Checked);
    QTest::mouseDClick(table->viewport(), Qt::LeftButton, {}, box);
    QCOMPARE(opened.size(), 0); // a quick tick opens nothing
    QTest::keyClick(table, Qt::Key_Return);
    QCOMPARE(opened.size(), 1);

    QSignalSpy renewed(&shown.view, &BranchView::renewRequested);
    QTest::keyClick(table, Qt::Key_F2, Qt::ControlModifier);
    QCOMPARE(renewed.size(), 0); // nothing is ticked, as far as the view was told
    shown.view.setMarked(2, u"1 patron"_s);
    QTest::keyClick(table, Qt::Key_F2, Qt::ControlModifier);
    QCOMPARE(renewed.size(), 1);
    QSignalSpy cleared(&shown.view, &BranchView::marksCleared);
    QTest::keyClick(table, Qt::Key_Escape);
    QCOMPARE(cleared.size(), 1);
}

void TestBranchView::tabsChangeTheList()
{
    Shown shown;
    QSignalSpy chosen(&shown.view, &BranchView::tabChosen);
    auto *tabs = shown.view.findChild<CountTabs *>();
    shown.view.setTabCount(u"overdue"_s, u"46"_s);
    QCOMPARE(tabs->count(0), u"46"_s);
    QCOMPARE(tabs->accessibleTabName(0), u"Overdue, 46"_s);
    tabs->setFocus();
    QTest::keyClick(tabs, Qt::Key_Right);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(shown.view.currentTab(), u"copies"_s);
    shown.view.showTab(u"overdue"_s);
    QCOMPARE(chosen.size(), 1); // what the program does is no choice
}

/// Ctrl+E and its button are there for copies, and do something only when there is a row.
void TestBranchView::copiesAreEdited()
{
    Shown shown;
    QSignalSpy edit(&shown.view, &BranchView::editCopyRequested);
    const auto button = [&]() -> Button * {
        for (auto *one : shown.view.findChildren<Button *>()) {
            if (one->text() == "Edit copy"_L1)
                return one;
        }
        return nullptr;
    };
    shown.view.setState(BranchView::State::Ready, {.count = 2});
    QVERIFY(button() && !button()->isVisible());
    shown.table()->setCurrentIndex(shown.loans.index(1, 1));
    QTest::keyClick(shown.table(), Qt::Key_E, Qt::ControlModifier);
    QCOMPARE(edit.size(), 0);

    shown.view.showTab(u"copies"_s);
    shown.view.setState(BranchView::State::Empty, {});
    QVERIFY(button()->isVisible() && !button()->isEnabled());
    shown.copies.appendRow(new QStandardItem(u"War and Peace"_s));
    shown.copies.appendRow(new QStandardItem(u"The Trial"_s));
    shown.view.setState(BranchView::State::Ready, {.count = 2});
    TableView *table = nullptr;
    for (ListPane *one : shown.view.findChildren<ListPane *>()) {
        if (one->table()->model() == &shown.copies)
            table = one->table();
    }
    table->setCurrentIndex(shown.copies.index(1, 0));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_E, Qt::ControlModifier);
    button()->click();
    QCOMPARE(edit.size(), 2);
    QCOMPARE(edit.last().first().toInt(), 1);
}

void TestBranchView::columnsAreRemembered()
{
    Shown shown;
    QSignalSpy changed(&shown.view, &BranchView::columnsChanged);
    shown.table()->setColumnShown(1, false);
    QVERIFY(!changed.isEmpty());
    const QByteArray state = changed.last().at(1).toByteArray();
    Shown again;
    again.view.restoreColumns(u"overdue"_s, state);
    QVERIFY(again.table()->isColumnHidden(1));
    QVERIFY(!again.table()->isColumnHidden(2));
    again.view.restoreColumns(u"overdue"_s, "1:90"); // of another version
    QVERIFY(again.table()->isColumnHidden(1));
}

void TestBranchView::everyControlHasAName()
{
    Shown shown;
    shown.view.setMarked(1, {});
    const auto widgets = shown.view.findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || widget->focusProxy() != nullptr)
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()) ||
                     widget->inherits("QScrollBar"),
                 widget->metaObject()->className());
    }
}

QTEST_MAIN(TestBranchView)
#include "tst_branchview.moc"
