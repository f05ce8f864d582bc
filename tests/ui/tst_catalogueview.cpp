// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/viewdata.h"
#include "ui/catalogue/bookpane.h"
#include "ui/catalogue/catalogueview.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/widgets/button.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

class CatalogueViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void searchesAfterAPause();
    void searchesAtOnceOnReturn();
    void downGoesToTheTable();
    void selectionIsKeptById();
    void lateFactsAreNotShown();
    void countLine_data();
    void countLine();
    void statesSayWhatToDo();
    void staleRowsStay();
    void missingDatabasesAreNamed();
    void smallWindowsShowTheBookAsAPage();
    void everythingHasAName();

private:
    using State = CatalogueView::State;
    static bool shows(const QWidget &view, const QString &text);
};

bool CatalogueViewTest::shows(const QWidget &view, const QString &text)
{
    const auto labels = view.findChildren<QLabel *>();
    return std::any_of(labels.begin(), labels.end(),
                       [&](const QLabel *label) { return label->isVisible() && label->text() == text; });
}

void CatalogueViewTest::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
}

#define SHOW_CATALOGUE(view)                                                                                 \
    QStandardItemModel books;                                                                                \
    QStandardItemModel copies;                                                                               \
    ViewData::fillBooks(books);                                                                              \
    ViewData::fillCopies(copies);                                                                            \
    CatalogueView view;                                                                                      \
    QSignalSpy selected(&view, &CatalogueView::bookSelected);                                                \
    view.setBookModel(&books);                                                                               \
    view.setCopyModel(&copies);                                                                              \
    view.setState(State::Ready, {.words = u"eco"_s, .count = books.rowCount(), .asOf = u"10:42:07"_s});      \
    view.resize(1270, 692);                                                                                  \
    view.show();                                                                                             \
    QVERIFY(QTest::qWaitForWindowActive(&view));                                                             \
    auto *search = view.findChild<SearchField *>();                                                          \
    auto *table = view.findChild<TableView *>();                                                             \
    Q_UNUSED(table)                                                                                          \
    QVERIFY(search->hasFocus())

void CatalogueViewTest::searchesAfterAPause()
{
    SHOW_CATALOGUE(view);
    QSignalSpy edits(&view, &CatalogueView::searchEdited);
    QTest::keyClicks(search, u"eco"_s);
    QCOMPARE(edits.size(), 0);
    QTRY_COMPARE(edits.size(), 1);
    QCOMPARE(edits.at(0).at(0).toString(), u"eco"_s);
    view.setSearchText(u"rose"_s);
    QCOMPARE(view.searchText(), u"rose"_s);
    QCOMPARE(edits.size(), 1);
}

void CatalogueViewTest::searchesAtOnceOnReturn()
{
    SHOW_CATALOGUE(view);
    QSignalSpy edits(&view, &CatalogueView::searchEdited);
    QTest::keyClicks(search, u"9780151446476"_s);
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(edits.size(), 1);
    QTest::qWait(200); // longer than the pause: nothing more is asked
    QCOMPARE(edits.size(), 1);
}

void CatalogueViewTest::downGoesToTheTable()
{
    SHOW_CATALOGUE(view);
    QTest::keyClick(search, Qt::Key_Down);
    QVERIFY(table->hasFocus());
    QCOMPARE(table->currentIndex().row(), 0);
    QTest::keyClick(table, Qt::Key_Down);
    QCOMPARE(table->currentIndex().row(), 1);
    QCOMPARE(selected.last().at(0).toString(), u"Il nome della rosa"_s);
    QTest::keyClick(table, Qt::Key_Up);
    QTest::keyClick(table, Qt::Key_Up);
    QVERIFY(search->hasFocus());
    QTest::keyClick(search, Qt::Key_Down);
    QTest::keyClick(table, Qt::Key_Escape);
    QVERIFY(search->hasFocus());
}

void CatalogueViewTest::selectionIsKeptById()
{
    SHOW_CATALOGUE(view);
    QCOMPARE(view.selectedBook(), u"The Name of the Rose"_s);
    table->selectRow(4);
    QCOMPARE(view.selectedBook(), u"Baudolino"_s);
    QStandardItemModel other;
    ViewData::fillBooks(other);
    other.removeRows(0, 4);
    view.setBookModel(&other); // new rows: the book stands elsewhere
    QCOMPARE(view.selectedBook(), u"Baudolino"_s);
    QCOMPARE(table->currentIndex().row(), 0);
    other.clear();
    QCOMPARE(view.selectedBook(), QString());
    QCOMPARE(selected.last().at(0).toString(), QString());
    QVERIFY(shows(view, u"Nothing selected"_s));
}

void CatalogueViewTest::lateFactsAreNotShown()
{
    SHOW_CATALOGUE(view);
    view.setDetail(ViewData::theNameOfTheRose());
    QVERIFY(shows(view, u"6 of 11 available"_s));
    QVERIFY(shows(view, u"live, 10:42:07"_s));
    table->selectRow(4);
    QVERIFY2(shows(view, u"Baudolino"_s), "The title is there before its copies");
    QVERIFY(!shows(view, u"6 of 11 available"_s));
    view.setDetail(ViewData::theNameOfTheRose());
    QVERIFY(!shows(view, u"6 of 11 available"_s));
    BookFacts facts{.id = u"Baudolino"_s,
                    .title = u"Baudolino"_s,
                    .copiesLine = u"2 of 3 available"_s,
                    .asOf = u"10:38"_s};
    view.setDetail(facts);
    QVERIFY(shows(view, u"2 of 3 available"_s));
    QVERIFY(shows(view, u"as of 10:38"_s));
    QVERIFY(!shows(view, u"ISBN"_s));
}

void CatalogueViewTest::countLine_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("more");
    QTest::addColumn<QString>("words");
    QTest::newRow("none") << 0 << false << u"No titles"_s;
    QTest::newRow("one") << 1 << false << u"1 title"_s;
    QTest::newRow("some") << 42 << false << u"42 titles"_s;
    QTest::newRow("more") << 200 << true << u"200 titles or more"_s;
}

void CatalogueViewTest::countLine()
{
    QFETCH(int, count);
    QFETCH(bool, more);
    QTEST(countWords({.count = count, .more = more}), "words");
}

void CatalogueViewTest::statesSayWhatToDo()
{
    SHOW_CATALOGUE(view);
    const auto titleShown = [&] {
        const auto all = view.findChildren<EmptyState *>();
        for (const EmptyState *one : all) {
            if (one->isVisible())
                return one->title();
        }
        return QString();
    };
    view.setState(State::Start, {});
    QCOMPARE(titleShown(), u"Search the catalogue"_s);
    view.setState(State::NoMatch, {.words = u"tolkein"_s, .asOf = u"10:42:07"_s, .answered = 8, .total = 8});
    QCOMPARE(titleShown(), u"No title matches “tolkein”"_s);
    QVERIFY(shows(view, u"No titles"_s));
    QVERIFY(
        shows(view, u"All 8 databases of the branches and the main database were asked, as of 10:42:07."_s));
    view.setState(State::NoMatch, {});
    QCOMPARE(titleShown(), u"No books yet"_s);
    view.setState(State::Failed,
                  {.error = u"The main database does not answer."_s, .hint = u"Check that it runs."_s});
    QCOMPARE(titleShown(), u"This list could not be loaded."_s);
    QVERIFY(shows(view, u"The main database does not answer. Check that it runs."_s));
    QSignalSpy retries(&view, &CatalogueView::retryRequested);
    const auto tryNow = [&]() -> QAbstractButton * {
        const auto buttons = view.findChildren<QAbstractButton *>();
        const auto found = std::find_if(buttons.begin(), buttons.end(), [](const QAbstractButton *button) {
            return button->isVisible() && button->text() == u"Try now"_s;
        });
        return found == buttons.end() ? nullptr : *found;
    };
    QTRY_VERIFY(tryNow() != nullptr);
    QTest::mouseClick(tryNow(), Qt::LeftButton);
    QCOMPARE(retries.size(), 1);
    QTest::keyClick(search, Qt::Key_F5);
    QCOMPARE(retries.size(), 2);
}

void CatalogueViewTest::staleRowsStay()
{
    SHOW_CATALOGUE(view);
    view.setState(State::Stale,
                  {.words = u"eco"_s, .count = 14, .asOf = u"10:38"_s, .shardName = u"The main database"_s});
    QVERIFY(table->isVisible());
    QVERIFY(view.messages()->isVisible());
    QVERIFY(view.messages()->message().contains(u"Shown as of 10:38. The main database does not answer."_s));
    QVERIFY(shows(view, u"as of 10:38"_s));
    view.setState(State::Loading, {});
    QVERIFY2(shows(view, u"14 titles"_s), "The old rows and their number stay while new ones are loaded");
    view.setState(State::Ready, {.words = u"eco"_s, .count = 14, .asOf = u"10:42:07"_s});
    QVERIFY(!view.messages()->isVisible());
}

void CatalogueViewTest::missingDatabasesAreNamed()
{
    SHOW_CATALOGUE(view);
    view.setState(State::Ready,
                  {.count = 14, .asOf = u"10:42"_s, .missing = {u"tertiary"_s}, .answered = 7, .total = 8});
    QVERIFY(view.messages()->message().contains(u"7 of 8 databases answered, missing: tertiary."_s));
    view.setState(State::Ready, {.count = 14, .answered = 8, .total = 8});
    QVERIFY(!view.messages()->isVisible());
}

void CatalogueViewTest::smallWindowsShowTheBookAsAPage()
{
    SHOW_CATALOGUE(view);
    auto *pane = view.findChild<BookPane *>();
    QCOMPARE(pane->width(), 452);
    view.resize(1100, 600);
    QTRY_COMPARE(pane->width(), 380);
    view.resize(855, 436);
    QTRY_VERIFY(!pane->isVisible());
    view.setDetail(ViewData::theNameOfTheRose());
    QTest::keyClick(search, Qt::Key_Down);
    QTest::keyClick(table, Qt::Key_Return);
    QVERIFY(pane->isVisible());
    QVERIFY(!table->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!pane->isVisible());
    QVERIFY(table->hasFocus());
    view.resize(1270, 692);
    QTRY_VERIFY(pane->isVisible());
    QVERIFY(table->isVisible());
}

void CatalogueViewTest::everythingHasAName()
{
    SHOW_CATALOGUE(view);
    view.setDetail(ViewData::theNameOfTheRose());
    const auto widgets = view.findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        const auto *parent = widget->parentWidget();
        if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_"_L1) ||
            qobject_cast<const QAbstractScrollArea *>(parent) != nullptr)
            continue;
        if (qobject_cast<const QLabel *>(widget) != nullptr)
            continue; // its text is its name
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
                 widget->metaObject()->className());
    }
}

QTEST_MAIN(CatalogueViewTest)
#include "tst_catalogueview.moc"
