// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/roles.h"
#include "ui/patrons/patronrecordview.h"
#include "ui/patrons/patronsview.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

RecordFacts tobias()
{
    RecordFacts facts;
    facts.name = u"Tobias Quillfeather"_s;
    facts.initials = u"TQ"_s;
    facts.type = u"Young adult"_s;
    facts.state = u"Blocked until 30 Nov"_s;
    facts.stateKind = Roles::Refused;
    facts.cardLine = u"Card 2041 7718 4410 · Riverside"_s;
    facts.onLoan = 2;
    facts.overdue = 1;
    facts.coverage = u"3 of 3 shards, live"_s;
    facts.answered = 3;
    facts.total = 3;
    facts.blocks = {
        {u"block-1"_s, u"Blocked until Mon 30 Nov"_s, u"Lost a borrowed atlas."_s, u"Set by R. Ashdown"_s}};
    facts.contact = {{u"Phone"_s, u"555 0148"_s}};
    facts.cards = {{u"2041 7718 4410"_s, u"In use"_s}};
    return facts;
}

struct Shown
{
    QStandardItemModel patrons{0, 6};
    QStandardItemModel loans{0, 3};
    QStandardItemModel returned{0, 2};
    PatronsView view;

    Shown()
    {
        for (const QString &name : {u"Quillfeather, Tobias"_s, u"Wymondley, Jocasta"_s})
            patrons.appendRow(new QStandardItem(name));
        for (const QString &title : {u"The Shadow of the Wind"_s, u"Persepolis"_s}) {
            auto *box = new QStandardItem;
            box->setCheckable(true);
            loans.appendRow({box, new QStandardItem(title)});
        }
        view.setListModel(&patrons);
        view.setLoanModels(&loans, &returned);
        view.resize(1200, 700);
        view.show();
        view.activateWindow();
        view.setFocus();
        static_cast<void>(QTest::qWaitForWindowActive(&view));
    }
    ListPane *list()
    {
        for (ListPane *one : view.findChildren<ListPane *>()) {
            if (one->table()->model() == &patrons)
                return one;
        }
        return nullptr;
    }
    SearchField *field() { return view.findChild<SearchField *>(); }
    void ready(int count = 2)
    {
        view.setListState(PatronListState::Ready, {.words = {}, .count = count, .asOf = u"10:42:07"_s});
    }
    void open()
    {
        view.openRecord();
        view.setFacts(tobias());
    }
};

} // namespace

/// Patrons as people look for them, without a library.
class TestPatronsView final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::install(*qApp); }
    void searchesOnceAfterTheLastKey();
    void scannedCardOpensItsPatron();
    void keysLeadThroughTheView();
    void statesSayWhatTheyMean();
    void missingShardIsNamed();
    void everyControlHasAName();
};

void TestPatronsView::searchesOnceAfterTheLastKey()
{
    Shown shown;
    QSignalSpy edited(&shown.view, &PatronsView::wordsEdited);
    QTest::keyClicks(shown.field(), u"quil"_s);
    QTRY_COMPARE(edited.size(), 1);
    QCOMPARE(edited.first().first().toString(), u"quil"_s);
    QTest::keyClick(shown.field(), Qt::Key_Escape);
    QCOMPARE(edited.last().first().toString(), QString());
    QCOMPARE(shown.field()->text(), QString());
}

void TestPatronsView::scannedCardOpensItsPatron()
{
    Shown shown;
    QSignalSpy opened(&shown.view, &PatronsView::rowOpened);
    QTest::keyClicks(shown.field(), u"204177184410"_s);
    QTest::keyClick(shown.field(), Qt::Key_Return);
    QCOMPARE(opened.size(), 0); // the answer is on its way
    shown.ready(1);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(opened.first().first().toInt(), 0);
    shown.ready(1);
    QCOMPARE(opened.size(), 1); // only once
}

void TestPatronsView::keysLeadThroughTheView()
{
    Shown shown;
    shown.ready();
    QSignalSpy opened(&shown.view, &PatronsView::rowOpened);
    QSignalSpy registered(&shown.view, &PatronsView::registerRequested);
    QTest::keyClick(shown.field(), Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(registered.size(), 1);
    QTest::keyClick(shown.field(), Qt::Key_Down);
    auto *table = qobject_cast<TableView *>(QApplication::focusWidget());
    QVERIFY(table != nullptr);
    QTest::keyClick(table, Qt::Key_Return);
    QCOMPARE(opened.size(), 1);

    shown.open();
    QSignalSpy edited(&shown.view, &PatronsView::editRequested);
    QSignalSpy lend(&shown.view, &PatronsView::lendRequested);
    QSignalSpy all(&shown.view, &PatronsView::renewAllRequested);
    QSignalSpy closed(&shown.view, &PatronsView::recordClosed);
    QSignalSpy cleared(&shown.view, &PatronsView::marksCleared);
    const auto press = [](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    };
    press(Qt::Key_E, Qt::ControlModifier);
    QCOMPARE(edited.size(), 1);
    press(Qt::Key_F1);
    QCOMPARE(lend.size(), 1);
    press(Qt::Key_F2, Qt::ControlModifier);
    QCOMPARE(all.size(), 1);
    shown.view.record()->setMarked(1, {}, true);
    press(Qt::Key_Escape); // first the ticks
    QCOMPARE(cleared.size(), 1);
    QVERIFY(shown.view.isRecordOpen());
    shown.view.record()->setMarked(0, {}, false);
    press(Qt::Key_Escape);
    QCOMPARE(closed.size(), 1);
    QVERIFY(!shown.view.isRecordOpen());
}

void TestPatronsView::statesSayWhatTheyMean()
{
    Shown shown;
    ListPane *pane = shown.list();
    shown.view.setListState(PatronListState::Empty, {.words = u"zzz"_s, .asOf = u"10:42"_s});
    QCOMPARE(pane->words(), u"No patron matches “zzz”"_s);
    shown.view.setListState(PatronListState::Empty, {.asOf = u"10:42"_s});
    QCOMPARE(pane->words(), u"No patrons yet"_s);
    shown.view.setListState(PatronListState::Failed, {.error = u"main does not answer."_s});
    QCOMPARE(pane->words(), u"This list could not be loaded."_s);
    shown.view.setListState(PatronListState::Stale, {.count = 2, .asOf = u"10:38"_s});
    QVERIFY(!pane->isEmpty());
    QVERIFY(shown.view.messages()->isVisible());
    shown.ready();
    QVERIFY(!shown.view.messages()->isVisible());
}

void TestPatronsView::missingShardIsNamed()
{
    Shown shown;
    shown.open();
    QVERIFY(!shown.view.messages()->isVisible());
    RecordFacts facts = tobias();
    facts.missing = {u"tertiary"_s};
    facts.answered = 2;
    facts.loansComplete = false;
    shown.view.setFacts(facts);
    QVERIFY(shown.view.messages()->isVisible());
    QVERIFY(shown.view.messages()->message().contains(u"2 of 3 shards answered, missing: tertiary."_s));
    shown.view.setFacts(tobias());
    QVERIFY(!shown.view.messages()->isVisible());
}

void TestPatronsView::everyControlHasAName()
{
    Shown shown;
    shown.open();
    const auto widgets = shown.view.findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || widget->focusProxy() != nullptr ||
            widget->inherits("QScrollBar"))
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
                 widget->metaObject()->className());
    }
}

QTEST_MAIN(TestPatronsView)
#include "tst_patronsview.moc"
