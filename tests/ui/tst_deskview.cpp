// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/viewdata.h"
#include "ui/desk/barcodetext.h"
#include "ui/desk/deskview.h"
#include "ui/desk/returnrowdelegate.h"
#include "ui/desk/rowaction.h"
#include "ui/desk/scanlist.h"
#include "ui/desk/scanrowdelegate.h"
#include "ui/widgets/button.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

class DeskViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void scansGoOutOnReturn();
    void keysSwitchTheMode();
    void escapeReturnsToTheScanBox();
    void doneClearsTheVisit();
    void doneWaitsForOpenScans();
    void doneIsThereForAPatronWithoutScans();
    void placeholdersNameTheNextStep();
    void stripShowsThePatron();
    void resultSaysWhatToDo();
    void dueDateIsShownWhenKnown();
    void emptyListsSayWhatToDo();
    void rowsGrowByTheirReasons();
    void smallWindowsKeepEverything();
    void barcodesAreGrouped();
    void everythingHasAName();
    void undoInTheRow();
    void undoByKeys();
    void stopAskingInTheRow();
    void lastScansTakeThePlaceOfTheList();
    void returnCanBeUndone();

private:
    static bool shows(const QWidget &view, const QString &text);
};

bool DeskViewTest::shows(const QWidget &view, const QString &text)
{
    const auto labels = view.findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel *label) { return label->isVisible() && label->text() == text; });
}

void DeskViewTest::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
    qRegisterMetaType<DeskView::Mode>();
}

// A view in a window that takes keys.
#define SHOW_DESK(view)                                                                                      \
    DeskView view;                                                                                           \
    view.resize(1270, 692);                                                                                  \
    view.show();                                                                                             \
    QVERIFY(QTest::qWaitForWindowActive(&view));                                                             \
    auto *scanBox = view.findChild<ScanBox *>();                                                             \
    auto *done = view.findChild<DeskFoot *>()->doneButton();                                                 \
    Q_UNUSED(done)                                                                                           \
    QVERIFY(scanBox->hasFocus())

void DeskViewTest::scansGoOutOnReturn()
{
    SHOW_DESK(desk);
    QSignalSpy scans(&desk, &DeskView::scanned);
    QTest::keyClicks(scanBox, u"310043803349"_s);
    QTest::keyClick(scanBox, Qt::Key_Return);
    QCOMPARE(scans.size(), 1);
    QCOMPARE(scans.at(0).at(0).value<DeskView::Mode>(), DeskView::Mode::CheckOut);
    QCOMPARE(scans.at(0).at(1).toString(), u"310043803349"_s);
    QVERIFY(scanBox->text().isEmpty());
    QTest::keyClick(scanBox, Qt::Key_Return);
    QCOMPARE(scans.size(), 1);
}

void DeskViewTest::keysSwitchTheMode()
{
    SHOW_DESK(desk);
    QSignalSpy changes(&desk, &DeskView::modeChanged);
    QTest::keyClick(scanBox, Qt::Key_F2);
    QCOMPARE(desk.mode(), DeskView::Mode::CheckIn);
    QVERIFY(scanBox->hasFocus());
    QTest::keyClick(scanBox, Qt::Key_F2);
    QCOMPARE(changes.size(), 1);
    QSignalSpy scans(&desk, &DeskView::scanned);
    QTest::keyClicks(scanBox, u"42"_s);
    QTest::keyClick(scanBox, Qt::Key_Enter);
    QCOMPARE(scans.at(0).at(0).value<DeskView::Mode>(), DeskView::Mode::CheckIn);
    QTest::keyClick(scanBox, Qt::Key_F1);
    QCOMPARE(desk.mode(), DeskView::Mode::CheckOut);
    QCOMPARE(changes.size(), 2);
    QTest::keyClick(scanBox, Qt::Key_F2, Qt::ControlModifier);
    QCOMPARE(desk.mode(), DeskView::Mode::Renew);
    QVERIFY(scanBox->hasFocus());
    QTest::keyClicks(scanBox, u"43"_s);
    QTest::keyClick(scanBox, Qt::Key_Enter);
    QCOMPARE(scans.at(1).at(0).value<DeskView::Mode>(), DeskView::Mode::Renew);
}

void DeskViewTest::escapeReturnsToTheScanBox()
{
    SHOW_DESK(desk);
    QTest::keyClick(&desk, Qt::Key_Tab);
    QVERIFY(!scanBox->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(scanBox->hasFocus());
    QStandardItemModel scans;
    ViewData::fillCheckOut(scans);
    desk.setScanModel(DeskView::Mode::CheckOut, &scans);
    auto *list = desk.findChild<ScanList *>(u"visit"_s);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, QPoint(200, 20));
    QVERIFY2(scanBox->hasFocus(), "A click into the list leaves the focus where scans arrive");
}

void DeskViewTest::doneClearsTheVisit()
{
    SHOW_DESK(desk);
    desk.setCounts({.scans = 2, .lent = 1, .refused = 1});
    QSignalSpy finished(&desk, &DeskView::doneRequested);
    QTest::keyClick(scanBox, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(finished.size(), 1);
    QTest::mouseClick(done, Qt::LeftButton);
    QCOMPARE(finished.size(), 2);
    QVERIFY(scanBox->hasFocus());
    QVERIFY(shows(desk, u"2 scans"_s));
    QVERIFY(shows(desk, u"1 lent"_s));
    QVERIFY(shows(desk, u"1 refused"_s));
}

void DeskViewTest::doneWaitsForOpenScans()
{
    SHOW_DESK(desk);
    QSignalSpy finished(&desk, &DeskView::doneRequested);
    desk.setCounts({.scans = 1, .waiting = 1});
    QVERIFY(!done->isEnabled());
    QCOMPARE(done->toolTip(), u"Done waits for 1 scan."_s);
    QVERIFY(shows(desk, done->toolTip()));
    QVERIFY(shows(desk, u"1 scan"_s));
    desk.setCounts({.scans = 2, .unknown = 1, .waiting = 1});
    QVERIFY(!done->isEnabled());
    QCOMPARE(done->toolTip(), u"Done waits for 2 scans."_s);
    QTest::keyClick(scanBox, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(finished.size(), 0);
}

void DeskViewTest::doneIsThereForAPatronWithoutScans()
{
    SHOW_DESK(desk);
    desk.setCounts({});
    QVERIFY(!done->isEnabled());
    QVERIFY(!done->toolTip().isEmpty());
    desk.setPatron(ViewData::patron());
    QVERIFY(done->isEnabled());
    desk.setMode(DeskView::Mode::CheckIn);
    QVERIFY(!done->isEnabled());
}

void DeskViewTest::placeholdersNameTheNextStep()
{
    SHOW_DESK(desk);
    QCOMPARE(scanBox->placeholderText(), u"Scan a patron card to begin, or a copy"_s);
    desk.setPatron(ViewData::patron());
    QCOMPARE(scanBox->placeholderText(), u"Scan a copy, or another patron card"_s);
    desk.setMode(DeskView::Mode::CheckIn);
    QCOMPARE(scanBox->placeholderText(), u"Scan returned copies"_s);
}

void DeskViewTest::stripShowsThePatron()
{
    SHOW_DESK(desk);
    auto *strip = desk.findChild<PatronStrip *>();
    QVERIFY(!strip->isVisible());
    desk.setPatron(ViewData::patron());
    QVERIFY(strip->isVisible());
    QCOMPARE(strip->height(), 80);
    QVERIFY(shows(desk, u"John Doe"_s));
    QVERIFY(shows(desk, u"8"_s));
    QVERIFY(shows(desk, u"of 10"_s));
    PatronFacts partly = ViewData::patron();
    partly.loansComplete = false;
    partly.limit = -1;
    partly.overdue = 0;
    partly.blocked = u"Blocked until 3 Mar"_s;
    desk.setPatron(partly);
    QVERIFY(shows(desk, u"8 or more"_s));
    QVERIFY(shows(desk, u"0 or more"_s));
    PatronFacts before = ViewData::patron();
    before.lastKnown = true;
    desk.setPatron(before);
    QVERIFY(shows(desk, u"8, last known"_s));
    desk.setPatron(partly);
    QVERIFY(!shows(desk, u"of 10"_s));
    QVERIFY(shows(desk, u"Blocked until 3 Mar"_s));
    QSignalSpy closed(&desk, &DeskView::patronClosed);
    QTest::mouseClick(strip->findChild<Button *>(), Qt::LeftButton);
    QCOMPARE(closed.size(), 1);
    QVERIFY(scanBox->hasFocus());
    desk.setMode(DeskView::Mode::CheckIn);
    QVERIFY(!strip->isVisible());
}

void DeskViewTest::resultSaysWhatToDo()
{
    SHOW_DESK(desk);
    auto *card = desk.findChild<CheckInResultCard *>();
    desk.setResult(ViewData::shelveHere());
    QVERIFY2(!card->isVisible(), "A result belongs to check-in");
    desk.setMode(DeskView::Mode::CheckIn);
    QVERIFY(card->isVisible());
    QVERIFY(card->height() >= 82);
    QVERIFY(shows(desk, u"Shelve here: Floor 2, Room 2, Bookshelf 17"_s));
    QCOMPARE(card->accessibleName(), u"Shelve here: Floor 2, Room 2, Bookshelf 17"_s);
    desk.setResult({});
    QVERIFY(!card->isVisible());
}

void DeskViewTest::dueDateIsShownWhenKnown()
{
    SHOW_DESK(desk);
    QVERIFY(!shows(desk, u"Due date for this visit"_s));
    desk.setDueDate(u"Mon 14 Dec 2026"_s, u"21 days, rule 12"_s);
    QVERIFY(shows(desk, u"Due date for this visit"_s));
    QVERIFY(shows(desk, u"Mon 14 Dec 2026"_s));
    desk.setMode(DeskView::Mode::CheckIn);
    QVERIFY(!shows(desk, u"Mon 14 Dec 2026"_s));
}

void DeskViewTest::emptyListsSayWhatToDo()
{
    SHOW_DESK(desk);
    QCOMPARE(desk.findChild<ScanList *>(u"visit"_s)->emptyText(),
             u"Scan a patron card to begin, or a copy to see what it is."_s);
    QCOMPARE(desk.findChild<ScanList *>(u"batch"_s)->emptyText(),
             u"Scan the copies that were brought back."_s);
}

void DeskViewTest::rowsGrowByTheirReasons()
{
    QStandardItemModel scans;
    ViewData::fillCheckOut(scans);
    const ScanRowDelegate rows;
    QStyleOptionViewItem option;
    option.rect = QRect(0, 0, 1270, 0);
    const auto heightOf = [&](int row) { return rows.sizeHint(option, scans.index(row, 0)).height(); };
    QCOMPARE(heightOf(0), 48); // waiting
    QCOMPARE(heightOf(6), 48); // lent
    const int twoReasons = heightOf(2);
    QVERIFY(twoReasons >= 72);
    scans.item(2)->setData(QStringList{u"One."_s, u"Two."_s, u"Three."_s, u"Four."_s}, Roles::StatusDetail);
    QVERIFY(heightOf(2) > twoReasons);
    scans.item(2)->setData(QStringList{u"Short."_s}, Roles::StatusDetail);
    const int oneLine = heightOf(2);
    scans.item(2)->setData(
        QStringList{u"Blocked here since the book with the barcode 30001 0004567 was returned wet and the "
                    u"patron did not answer three letters, until 31 December 2026."_s},
        Roles::StatusDetail);
    QVERIFY2(heightOf(2) > oneLine, "A long reason is broken into lines; its end is not lost");
    const ReturnRowDelegate returns;
    QCOMPARE(returns.sizeHint(option, scans.index(0, 0)).height(), 32);
}

void DeskViewTest::smallWindowsKeepEverything()
{
    SHOW_DESK(desk);
    desk.setPatron(ViewData::patron());
    desk.setCounts({.scans = 2, .lent = 2});
    desk.resize(855, 436);
    QTRY_COMPARE(desk.findChild<PatronStrip *>()->height(), 56);
    QVERIFY(shows(desk, u"John Doe"_s));
    QVERIFY(done->isVisible());
    QVERIFY(scanBox->width() >= 300);
    QVERIFY(!shows(desk, u"2 lent"_s));
    desk.resize(1270, 692);
    QTRY_COMPARE(desk.findChild<PatronStrip *>()->height(), 80);
    QVERIFY(shows(desk, u"2 lent"_s));
}

void DeskViewTest::barcodesAreGrouped()
{
    QCOMPARE(spacedBarcode(u"310044172063"_s), QString(QChar(0x2066) + u"3100 4417 2063"_s + QChar(0x2069)));
    QCOMPARE(spacedBarcode(u"1234"_s), QString(QChar(0x2066) + u"1234"_s + QChar(0x2069)));
    QCOMPARE(spacedBarcode(u"HILL-0042"_s), QString(QChar(0x2066) + u"HILL-0042"_s + QChar(0x2069)));
    QCOMPARE(spacedBarcode({}), QString());
}

void DeskViewTest::everythingHasAName()
{
    SHOW_DESK(desk);
    desk.setPatron(ViewData::patron());
    const auto widgets = desk.findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_"_L1))
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        const bool named =
            !widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty());
        if (!named && widget->parentWidget() != nullptr &&
            qobject_cast<const QAbstractItemView *>(widget->parentWidget()) != nullptr)
            continue; // the parts of a list
        QVERIFY2(named, widget->metaObject()->className());
    }
}

/// The painted action works by the mouse where it stands, and only where it stands.
void DeskViewTest::undoInTheRow()
{
    SHOW_DESK(desk);
    QStandardItemModel scans;
    ViewData::fillCheckOut(scans);
    desk.setScanModel(DeskView::Mode::CheckOut, &scans);
    auto *list = desk.findChild<ScanList *>(u"visit"_s);
    QSignalSpy undone(&desk, &DeskView::undoRequested);
    for (const auto direction : {Qt::LeftToRight, Qt::RightToLeft}) {
        desk.setLayoutDirection(direction);
        for (int row = 0; row < scans.rowCount(); ++row) {
            const QModelIndex index = scans.index(row, 0);
            const bool hasUndo = rowAction(index) == RowAction::Undo;
            // Where the oldest scan, which can be undone, would have it in this row.
            const QPoint there = actionBox(scans.index(6, 0), list->visualRect(index), direction).center();
            QTest::mouseMove(list->viewport(), there);
            QCOMPARE(QModelIndex(list->hoveredAction()) == index, hasUndo);
            QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, there);
            QCOMPARE(undone.size(), hasUndo ? 1 : 0);
            if (hasUndo)
                QCOMPARE(undone.takeFirst().first().toString(), index.data(Roles::Id).toString());
            QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(index).center());
            QCOMPARE(undone.size(), 0);
        }
    }
    QVERIFY(scanBox->hasFocus());
}

/// Ctrl+Z undoes the newest scan, but typing first; in the list it is the current row, also by Enter.
void DeskViewTest::undoByKeys()
{
    SHOW_DESK(desk);
    auto *button = desk.findChild<DeskFoot *>()->undoButton();
    QVERIFY(!button->isEnabled());
    QStandardItemModel scans;
    ViewData::fillCheckOut(scans);
    desk.setScanModel(DeskView::Mode::CheckOut, &scans);
    desk.setCounts({.scans = 7});
    QSignalSpy undone(&desk, &DeskView::undoRequested);
    QTest::keyClick(scanBox, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(undone.size(), 1);
    QCOMPARE(undone.takeFirst().first().toString(), u"4"_s);
    QTest::keyClicks(scanBox, u"12"_s);
    QTest::keyClick(scanBox, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(undone.size(), 0);
    QVERIFY(scanBox->text() != u"12"_s); // the field took its own typing back
    scanBox->clear();
    QVERIFY(button->isEnabled());
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(undone.takeFirst().first().toString(), u"4"_s);
    QVERIFY(scanBox->hasFocus());

    auto *list = desk.findChild<ScanList *>(u"visit"_s);
    list->setFocus(Qt::TabFocusReason);
    list->setCurrentIndex(scans.index(6, 0));
    QTest::keyClick(list, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(undone.takeFirst().first().toString(), u"1"_s);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(undone.takeFirst().first().toString(), u"1"_s);
    QVERIFY(list->actions().constFirst()->isEnabled());
    list->setCurrentIndex(scans.index(2, 0)); // refused: nothing to undo
    QTest::keyClick(list, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(undone.size(), 0);
    QVERIFY(!list->actions().constFirst()->isEnabled());
}

/// A scan that waits for a person: by the mouse and by Enter, but never by Ctrl+Z.
void DeskViewTest::stopAskingInTheRow()
{
    SHOW_DESK(desk);
    QStandardItemModel scans;
    ViewData::fillCheckOut(scans);
    QStandardItem *waiting = scans.item(0);
    waiting->setData(false, Roles::CanUndo);
    waiting->setData(true, Roles::CanEnd);
    desk.setScanModel(DeskView::Mode::CheckOut, &scans);
    auto *list = desk.findChild<ScanList *>(u"visit"_s);
    const QString id = waiting->data(Roles::Id).toString();
    QSignalSpy ended(&desk, &DeskView::endRequested);
    QSignalSpy undone(&desk, &DeskView::undoRequested);
    const QModelIndex index = scans.index(0, 0);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {},
                      actionBox(index, list->visualRect(index), Qt::LeftToRight).center());
    QCOMPARE(ended.size(), 1);
    QCOMPARE(ended.takeFirst().first().toString(), id);
    list->setFocus(Qt::TabFocusReason);
    list->setCurrentIndex(index);
    QVERIFY(list->actions().last()->isEnabled());
    QTest::keyClick(list, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(ended.size(), 0);
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(ended.takeFirst().first().toString(), id);
    QCOMPARE(undone.size(), 0);
    waiting->setData(false, Roles::CanEnd);
    QVERIFY(!list->actions().last()->isEnabled());
}

void DeskViewTest::lastScansTakeThePlaceOfTheList()
{
    SHOW_DESK(desk);
    QStandardItemModel last;
    ViewData::fillCheckOut(last);
    desk.setLastScansModel(&last);
    auto *list = desk.findChild<ScanList *>(u"lastScans"_s);
    QVERIFY(!list->isVisible());
    QTest::keyClick(scanBox, Qt::Key_F8);
    QVERIFY(list->isVisible() && desk.lastScansShown() && scanBox->hasFocus());
    QSignalSpy undone(&desk, &DeskView::undoRequested);
    QTest::keyClick(scanBox, Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(undone.takeFirst().first().toString(), u"4"_s);
    QTest::keyClick(scanBox, Qt::Key_Escape);
    QVERIFY(!list->isVisible());
    // A scan shows its own answer, a mode its own list.
    QTest::keyClick(scanBox, Qt::Key_F8);
    QTest::keyClicks(scanBox, u"1"_s);
    QTest::keyClick(scanBox, Qt::Key_Return);
    QVERIFY(!list->isVisible());
    QTest::keyClick(scanBox, Qt::Key_F8);
    QTest::keyClick(scanBox, Qt::Key_F1);
    QVERIFY(!list->isVisible());
}

void DeskViewTest::returnCanBeUndone()
{
    SHOW_DESK(desk);
    QStandardItemModel scans;
    ViewData::fillCheckIn(scans);
    desk.setScanModel(DeskView::Mode::CheckIn, &scans);
    desk.setMode(DeskView::Mode::CheckIn);
    CheckInResult result = ViewData::shelveHere();
    desk.setResult(result);
    const auto buttons = desk.findChild<CheckInResultCard *>()->findChildren<Button *>();
    QCOMPARE(buttons.size(), 1);
    QVERIFY(buttons.first()->isVisible());
    QSignalSpy undone(&desk, &DeskView::undoRequested);
    QTest::mouseClick(buttons.first(), Qt::LeftButton);
    QCOMPARE(undone.takeFirst().first().toString(), u"9"_s);
    QVERIFY(scanBox->hasFocus());
    result.canUndo = false;
    desk.setResult(result);
    QVERIFY(!buttons.first()->isVisible());
}

QTEST_MAIN(DeskViewTest)
#include "tst_deskview.moc"
