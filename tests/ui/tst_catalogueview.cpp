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

#include <QMenu>

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
    void searchesWithEachKey();
    void emptyingTheFieldSearchesToo();
    void noMatchOffersWaysOn();
    void filtersAreChosenAndTakenOff();
    void nothingDeadIsOnScreen();
    void columnsCanBeChosen();
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

void CatalogueViewTest::searchesWithEachKey()
{
    SHOW_CATALOGUE(view);
    QSignalSpy edits(&view, &CatalogueView::searchEdited);
    QTest::keyClicks(search, u"eco"_s);
    QCOMPARE(edits.size(), 3);
    QCOMPARE(edits.at(2).at(0).toString(), u"eco"_s);
    QTest::keyClick(search, Qt::Key_Return); // nothing more is asked
    view.setSearchText(u"rose"_s);
    QCOMPARE(view.searchText(), u"rose"_s);
    QCOMPARE(edits.size(), 3);
}

void CatalogueViewTest::emptyingTheFieldSearchesToo()
{
    SHOW_CATALOGUE(view);
    view.setSearchText(u"rose"_s);
    QSignalSpy edits(&view, &CatalogueView::searchEdited);
    QTest::mouseClick(search->findChild<QAbstractButton *>(), Qt::LeftButton);
    QCOMPARE(edits.size(), 1);
    QCOMPARE(edits.at(0).at(0).toString(), QString());
}

namespace {

QAbstractButton *shownButton(const QWidget &view, const QString &text)
{
    const auto buttons = view.findChildren<QAbstractButton *>();
    const auto found = std::find_if(buttons.begin(), buttons.end(), [&](const QAbstractButton *button) {
        return button->isVisible() && button->text() == text;
    });
    return found == buttons.end() ? nullptr : *found;
}

std::vector<FacetGroup> someFacets(bool french)
{
    FacetGroup languages{FacetGroup::Kind::Language, u"Language"_s, {}};
    for (const QString &name :
         {u"English"_s, u"French"_s, u"German"_s, u"Italian"_s, u"Polish"_s, u"Spanish"_s})
        languages.options.push_back({name.left(3).toLower(), name, 10, false, french && name == "French"_L1});
    FacetGroup decades{FacetGroup::Kind::Decade, u"Year"_s, {{u"1990"_s, u"1990 to 1999"_s, 7, true, false}}};
    return {languages, decades};
}

} // namespace

void CatalogueViewTest::noMatchOffersWaysOn()
{
    SHOW_CATALOGUE(view);
    QSignalSpy edits(&view, &CatalogueView::searchEdited);
    QSignalSpy removed(&view, &CatalogueView::filtersRemoved);
    QSignalSpy added(&view, &CatalogueView::addBookRequested);
    view.setActions(CatalogueView::AddBook);
    view.setSearchText(u"tolkein"_s);
    const ListNote note{.words = u"tolkein"_s, .filters = 2, .suggestion = u"tolkien"_s, .suggested = 38};
    view.setState(State::NoMatch, note);
    QVERIFY(shows(view, u"No title matches “tolkein” with these 2 filters"_s));
    QVERIFY(shows(view, u"Did you mean tolkien? It finds 38 titles without filters."_s));
    QTRY_VERIFY(shownButton(view, u"Remove the filters"_s) != nullptr);
    QTest::mouseClick(shownButton(view, u"Remove the filters"_s), Qt::LeftButton);
    QTest::keyClick(search, Qt::Key_X, Qt::AltModifier);
    QCOMPARE(removed.size(), 2);
    QTest::keyClick(search, Qt::Key_N, Qt::ControlModifier);
    QCOMPARE(added.size(), 1);
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(edits.size(), 1);
    QCOMPARE(edits.at(0).at(0).toString(), u"tolkien"_s);
    QCOMPARE(view.searchText(), u"tolkien"_s);
    view.setState(State::NoMatch, {.words = u"tolkein"_s, .suggestion = u"tolkien"_s, .suggested = 1});
    QVERIFY(shows(view, u"Did you mean tolkien? It finds 1 title."_s));
    QVERIFY(shownButton(view, u"Remove the filters"_s) == nullptr);
    QTRY_VERIFY(shownButton(view, u"Search “tolkien”"_s) != nullptr);
    QTest::mouseClick(shownButton(view, u"Search “tolkien”"_s), Qt::LeftButton);
    QCOMPARE(edits.size(), 2);
}

void CatalogueViewTest::filtersAreChosenAndTakenOff()
{
    SHOW_CATALOGUE(view);
    QSignalSpy narrowed(&view, &CatalogueView::narrowed);
    view.setFacets(someFacets(false));
    QVERIFY(shownButton(view, u"Polish"_s) != nullptr);
    QVERIFY2(shownButton(view, u"Spanish"_s) == nullptr, "Five, then more");
    QTest::mouseClick(shownButton(view, u"1 more"_s), Qt::LeftButton);
    QVERIFY(shownButton(view, u"Spanish"_s) != nullptr);
    QTest::mouseClick(shownButton(view, u"French"_s), Qt::LeftButton);
    QCOMPARE(narrowed.size(), 1);
    QCOMPARE(narrowed.last(),
             (QVariantList{QVariant::fromValue(FacetGroup::Kind::Language), u"fre"_s, true}));
    view.setFacets(someFacets(true));
    QAbstractButton *chip = shownButton(view, u"Language: French"_s);
    QVERIFY(chip != nullptr);
    QTest::mouseClick(chip, Qt::LeftButton);
    QCOMPARE(narrowed.size(), 2);
    QCOMPARE(narrowed.last().at(2).toBool(), false);
    QTest::keyClick(search, Qt::Key_Backspace); // the field is empty
    QCOMPARE(narrowed.size(), 3);
    QTest::keyClicks(search, u"x"_s);
    QTest::keyClick(search, Qt::Key_Backspace);
    QCOMPARE(narrowed.size(), 3);
    // In a narrow window the filters are behind a button.
    view.resize(1100, 600);
    QTRY_VERIFY(shownButton(view, u"Polish"_s) == nullptr);
    QTest::mouseClick(shownButton(view, u"Filters"_s), Qt::LeftButton);
    QVERIFY(shownButton(view, u"Polish"_s) != nullptr);
}

void CatalogueViewTest::nothingDeadIsOnScreen()
{
    SHOW_CATALOGUE(view);
    view.setDetail(ViewData::theNameOfTheRose());
    const QStringList names{u"Add book"_s, u"Import …"_s, u"Export"_s, u"Edit"_s, u"Add copy"_s};
    for (const QString &name : names)
        QVERIFY2(shownButton(view, name) == nullptr, qPrintable(name));
    view.setActions(CatalogueView::AddBook | CatalogueView::EditBook | CatalogueView::AddCopy |
                    CatalogueView::Import | CatalogueView::Export);
    QSignalSpy edit(&view, &CatalogueView::editBookRequested);
    QSignalSpy copy(&view, &CatalogueView::addCopyRequested);
    for (const QString &name : names) {
        QVERIFY2(shownButton(view, name) != nullptr, qPrintable(name));
        QTest::mouseClick(shownButton(view, name), Qt::LeftButton);
    }
    QTest::keyClick(search, Qt::Key_E, Qt::ControlModifier);
    QCOMPARE(edit.size(), 2);
    QCOMPARE(edit.last().at(0).toString(), view.selectedBook());
    QCOMPARE(copy.size(), 1);
}

void CatalogueViewTest::columnsCanBeChosen()
{
    SHOW_CATALOGUE(view);
    QSignalSpy hidden(&view, &CatalogueView::hiddenColumnsChanged);
    QTest::mouseClick(shownButton(view, u"Columns"_s), Qt::LeftButton);
    auto *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
    QVERIFY(menu != nullptr);
    const auto actions = menu->actions();
    const auto year = std::find_if(actions.begin(), actions.end(),
                                   [](const QAction *action) { return action->text() == u"Year"_s; });
    QVERIFY(year != actions.end());
    QVERIFY(!table->isColumnHidden(2));
    (*year)->trigger();
    menu->close();
    QVERIFY(table->isColumnHidden(2));
    QVERIFY(hidden.last().at(0).value<QList<int>>().contains(2));
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
    view.setState(State::Stale, {.words = u"dune"_s,
                                 .isOther = true,
                                 .shownWords = u"eco"_s,
                                 .count = 14,
                                 .asOf = u"10:38"_s,
                                 .shardName = u"The main database"_s});
    QVERIFY(view.messages()->message().contains(u"These titles were found for “eco”."_s));
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
    QVERIFY(view.messages()->message().contains(u"7 of 8 shards answered, missing: tertiary."_s));
    view.setState(State::Ready, {.count = 14, .answered = 8, .total = 8});
    QVERIFY(!view.messages()->isVisible());
}

void CatalogueViewTest::smallWindowsShowTheBookAsAPage()
{
    SHOW_CATALOGUE(view);
    auto *pane = view.findChild<BookPane *>();
    QCOMPARE(pane->width(), 420);
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
