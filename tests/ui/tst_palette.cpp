// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/palettemodel.h"
#include "models/shell/wordmatch.h"
#include "ui/shell/mainwindow.h"
#include "ui/shell/palette.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QApplication>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

using Kind = PaletteEntry::Kind;

/// A page with a field, and an action of its own.
class Page final : public QWidget
{
public:
    Page()
        : field(new QLineEdit(this))
        , undo(new QAction(u"Undo last scan"_s, this))
    {
        auto *column = new QVBoxLayout(this);
        column->addWidget(field);
        setFocusProxy(field);
        undo->setShortcut(QKeySequence(u"Ctrl+Z"_s));
    }
    QLineEdit *field;
    QAction *undo;
};

PaletteEntry book(const QString &id, const QString &title, const QString &detail)
{
    return {.kind = Kind::Book, .id = id, .iconName = u"book"_s, .title = title, .detail = detail};
}

} // namespace

/// The command palette by keyboard only, with answers as databases would bring them.
class TestPalette final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::install(*qApp); }
    void init();
    void cleanup() { m_window.reset(); }
    void wordsMatchWithoutAccents();
    void groupsFollowTheQuery();
    void olderAnswersAreDropped();
    void signsNarrowTheSearch();
    void opensOverThePage();
    void enterRunsTheFirstAction();
    void actionsOfThePageAreOffered();
    void nothingTypedNothingDone();
    void wordsGoToTheCatalogue();
    void bookAndPatronAreChosen();
    void scannedBarcodeIsAwaited();
    void choiceStaysWhileAnswersComeIn();
    void escapeGivesTheFocusBack();
    void leavingTheFieldCloses();
    void branchAndAppearanceChange();
    void rowsAreSpoken();
    void nothingFoundIsSaid();
    void silenceIsNotNothing();
    void lendingIsFoundByItsOtherNames();
    void mirrored();

private:
    [[nodiscard]] Palette *palette() const { return m_window->findChild<Palette *>(); }
    [[nodiscard]] PaletteModel *model() const { return m_window->paletteModel(); }
    [[nodiscard]] SearchField *field() const { return m_window->findChild<SearchField *>(u"paletteField"_s); }
    void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(QApplication::focusWidget(), static_cast<Qt::Key>(key), modifiers);
    }
    void type(const QString &text) { QTest::keyClicks(QApplication::focusWidget(), text); }
    void openWith(const QString &text)
    {
        press(Qt::Key_K, Qt::ControlModifier);
        QVERIFY(palette()->isOpen());
        type(text);
    }
    [[nodiscard]] QStringList titles(Kind kind) const;
    [[nodiscard]] QString chosen() const;

    std::unique_ptr<MainWindow> m_window;
    Page *m_desk = nullptr;
    Page *m_catalogue = nullptr;
};

void TestPalette::init()
{
    QApplication::setLayoutDirection(Qt::LeftToRight);
    m_window = std::make_unique<MainWindow>();
    m_desk = new Page;
    m_catalogue = new Page;
    m_window->addPage(MainWindow::Page::Desk, m_desk);
    m_window->addPage(MainWindow::Page::Catalogue, m_catalogue);
    m_window->setBranches({{u"1"_s, u"HILL"_s, u"Hillside"_s, u"north"_s, StatusLight::State::Ok},
                           {u"2"_s, u"HARB"_s, u"Harbour"_s, u"south"_s, StatusLight::State::Ok}});
    m_window->setCurrentBranch(u"1"_s);
    m_window->show();
    QApplication::setActiveWindow(m_window.get());
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_desk->setFocus();
}

QStringList TestPalette::titles(Kind kind) const
{
    QStringList found;
    for (int row = 0; row < model()->rowCount(); ++row) {
        if (model()->entry(row).kind == kind)
            found << model()->entry(row).title;
    }
    return found;
}

QString TestPalette::chosen() const
{
    return palette()->findChild<QListView *>()->currentIndex().data().toString();
}

void TestPalette::wordsMatchWithoutAccents()
{
    const QString name = u"Gabriel García Márquez"_s;
    const auto ranges = matchWords(name, u"marq garcia"_s);
    QCOMPARE(ranges.size(), 2);
    QCOMPARE(name.mid(ranges.at(0).start, ranges.at(0).length), u"Márq"_s);
    QCOMPARE(name.mid(ranges.at(1).start, ranges.at(1).length), u"García"_s);
    QVERIFY(matchWords(name, u"arcia"_s).isEmpty()); // words are found by their beginning
    QVERIFY(matchWords(name, u"garcia lorca"_s).isEmpty());
    QVERIFY(matchWords(name, u"  "_s).isEmpty());
    // Decomposed letters and ligatures: the range is that of the original.
    QCOMPARE(matchWords(u"Pe\u0301rez"_s, u"pérez"_s).first().length, 6);
    QCOMPARE(matchWords(u"ﬁnale"_s, u"fin"_s).first().length, 2);
}

void TestPalette::groupsFollowTheQuery()
{
    PaletteModel list;
    const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
    list.setActions({{.id = u"0"_s, .title = u"Loans and returns per day"_s},
                     {.id = u"1"_s, .title = u"Return books"_s},
                     {.id = u"2"_s, .title = u"Quit"_s}});
    QCOMPARE(list.rowCount(), 4); // with the heading
    list.setQuery(u"retu"_s);
    list.setBooks(u"retu"_s, {book(u"b"_s, u"The Return of the King"_s, u"J.R.R. Tolkien"_s)});
    QStringList rows;
    for (int row = 0; row < list.rowCount(); ++row)
        rows << list.entry(row).title;
    QCOMPARE(rows, QStringList({u"Actions"_s, u"Return books"_s, u"Loans and returns per day"_s, u"Books"_s,
                                u"The Return of the King"_s, u"Search the catalogue for “retu”"_s}));
    QCOMPARE(list.choosableFrom(0), 1);
    QCOMPARE(list.choosableFrom(3, -1), 2);
    QVERIFY(!list.flags(list.index(0)).testFlag(Qt::ItemIsSelectable));
}

void TestPalette::olderAnswersAreDropped()
{
    PaletteModel list;
    list.setQuery(u"moby"_s);
    list.setBooks(u"moby"_s, {book(u"1"_s, u"Moby Dick"_s, u"Herman Melville"_s)});
    list.setQuery(u"moby d"_s);
    QCOMPARE(list.entry(1).title, u"Moby Dick"_s); // matches still
    list.setBooks(u"moby"_s, {book(u"2"_s, u"Another"_s, {})});
    QCOMPARE(list.entry(1).title, u"Moby Dick"_s);
    list.setQuery(u"moby x"_s);
    QCOMPARE(list.entry(1).kind, Kind::Search);
}

void TestPalette::signsNarrowTheSearch()
{
    PaletteModel list;
    list.setActions({{.id = u"0"_s, .title = u"Return books"_s}});
    list.setQuery(u"> ret"_s);
    QCOMPARE(list.scope(), PaletteModel::Scope::Actions);
    QCOMPARE(list.words(), u"ret"_s);
    QCOMPARE(list.rowCount(), 2);
    list.setBooks(u"ret"_s, {book(u"1"_s, u"Return"_s, {})});
    QCOMPARE(list.rowCount(), 2);
    list.setQuery(u"@ret"_s);
    QCOMPARE(list.rowCount(), 0);
    list.setPatrons(u"ret"_s, {{.kind = Kind::Patron, .id = u"p"_s, .title = u"Casimir Retunda"_s}});
    QCOMPARE(list.rowCount(), 2);
    list.setQuery(u"#40017"_s);
    QCOMPARE(list.scope(), PaletteModel::Scope::Barcode);
    QCOMPARE(list.rowCount(), 0);
    list.setCopies(u"40017"_s, {{.kind = Kind::Copy, .id = u"b"_s, .title = u"Emma"_s}});
    QCOMPARE(list.rowCount(), 2);
}

/// The field itself grows; the list is no window of its own and does not take the focus.
void TestPalette::opensOverThePage()
{
    const int before = field()->width();
    openWith({});
    QVERIFY(field()->width() > before);
    QCOMPARE(field()->width(), 640);
    QCOMPARE(QApplication::focusWidget(), field());
    QVERIFY(!palette()->isWindow());
    QVERIFY(!QApplication::activePopupWidget());
    const auto *list = palette()->findChild<QListView *>();
    QVERIFY(list->isVisible());
    QCOMPARE(list->focusPolicy(), Qt::NoFocus);
    QVERIFY(titles(Kind::Action).contains(u"Check in"_s));
    press(Qt::Key_Escape);
    QVERIFY(!palette()->isOpen());
    QCOMPARE(field()->width(), before);
}

void TestPalette::enterRunsTheFirstAction()
{
    QSignalSpy mode(m_window.get(), &MainWindow::deskModeRequested);
    openWith(u"check i"_s);
    QCOMPARE(chosen(), u"Check in"_s);
    press(Qt::Key_Return);
    QCOMPARE(mode.count(), 1);
    QVERIFY(mode.first().first().toBool());
    QVERIFY(!palette()->isOpen());
    QCOMPARE(QApplication::focusWidget(), m_desk->field);
    openWith(u"> go cat"_s);
    press(Qt::Key_Return);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    QCOMPARE(QApplication::focusWidget(), m_catalogue->field);
}

void TestPalette::actionsOfThePageAreOffered()
{
    QSignalSpy undone(m_desk->undo, &QAction::triggered);
    openWith(u"undo"_s);
    QCOMPARE(titles(Kind::Action), QStringList{u"Undo last scan"_s});
    press(Qt::Key_Return);
    QCOMPARE(undone.count(), 1);
    m_desk->undo->setEnabled(false);
    openWith(u"undo"_s);
    QVERIFY(titles(Kind::Action).isEmpty());
}

void TestPalette::nothingTypedNothingDone()
{
    QSignalSpy mode(m_window.get(), &MainWindow::deskModeRequested);
    QSignalSpy words(m_window.get(), &MainWindow::searchSubmitted);
    openWith({});
    press(Qt::Key_Return);
    QVERIFY(palette()->isOpen());
    QCOMPARE(mode.count() + words.count(), 0);
    press(Qt::Key_Down); // moving chooses
    press(Qt::Key_Return);
    QVERIFY(!palette()->isOpen());
}

void TestPalette::wordsGoToTheCatalogue()
{
    QSignalSpy words(m_window.get(), &MainWindow::searchSubmitted);
    openWith(u" umberto  eco "_s);
    press(Qt::Key_Return);
    QCOMPARE(words.count(), 1);
    QCOMPARE(words.first().first().toString(), u"umberto eco"_s);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);
    QVERIFY(field()->text().isEmpty());
}

void TestPalette::bookAndPatronAreChosen()
{
    QSignalSpy books(m_window.get(), &MainWindow::bookChosen);
    QSignalSpy patrons(m_window.get(), &MainWindow::patronChosen);
    openWith(u"kin"_s);
    model()->setBooks(u"kin"_s,
                      {book(u"b1"_s, u"The Return of the King"_s, {}), book(u"b2"_s, u"Kim"_s, {})});
    model()->setPatrons(u"kin"_s, {{.kind = Kind::Patron, .id = u"p1"_s, .title = u"Rosa King"_s}});
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    QCOMPARE(books.count(), 1);
    QCOMPARE(books.first().first().toString(), u"b2"_s);
    QCOMPARE(m_window->currentPage(), MainWindow::Page::Catalogue);

    openWith(u"@kin"_s);
    model()->setPatrons(u"kin"_s, {{.kind = Kind::Patron, .id = u"p1"_s, .title = u"Rosa King"_s}});
    press(Qt::Key_Return);
    QCOMPARE(patrons.count(), 1);
    QCOMPARE(patrons.first().first().toString(), u"p1"_s);
}

/// A scanner's Enter comes before the answer.
void TestPalette::scannedBarcodeIsAwaited()
{
    QSignalSpy books(m_window.get(), &MainWindow::bookChosen);
    QSignalSpy words(m_window.get(), &MainWindow::searchSubmitted);
    connect(model(), &PaletteModel::queryChanged, model(), [this] { model()->setPending(true); });
    openWith(u"4001702"_s);
    press(Qt::Key_Return);
    QCOMPARE(books.count() + words.count(), 0);
    model()->setCopies(u"4001702"_s, {{.kind = Kind::Copy, .id = u"b9"_s, .title = u"Emma"_s}});
    model()->setPending(false);
    m_window->notePaletteAnswered();
    QCOMPARE(books.count(), 1);
    QCOMPARE(books.first().first().toString(), u"b9"_s);

    openWith(u"4001703"_s);
    press(Qt::Key_Return);
    model()->setPending(false);
    m_window->notePaletteAnswered();
    QCOMPARE(words.count(), 1); // no copy has it: the catalogue may know the number
}

void TestPalette::choiceStaysWhileAnswersComeIn()
{
    openWith(u"ch"_s);
    press(Qt::Key_Down);
    const QString moved = chosen();
    QVERIFY(moved != titles(Kind::Action).first());
    model()->setCopies(u"ch"_s, {{.kind = Kind::Copy, .id = u"c"_s, .title = u"Cheops"_s}});
    QCOMPARE(chosen(), moved);
    type(u"e"_s); // typing on chooses the first row again
    QCOMPARE(chosen(), titles(Kind::Action).first());
}

void TestPalette::escapeGivesTheFocusBack()
{
    openWith(u"eco"_s);
    press(Qt::Key_Escape);
    QVERIFY(!palette()->isOpen());
    QVERIFY(field()->text().isEmpty());
    QCOMPARE(QApplication::focusWidget(), m_desk->field);
}

void TestPalette::leavingTheFieldCloses()
{
    openWith(u"eco"_s);
    m_desk->field->setFocus(Qt::MouseFocusReason);
    QVERIFY(!palette()->isOpen());
    QCOMPARE(QApplication::focusWidget(), m_desk->field);
    QVERIFY(field()->text().isEmpty());
}

void TestPalette::branchAndAppearanceChange()
{
    QSignalSpy branch(m_window.get(), &MainWindow::branchChosen);
    openWith(u"harb"_s);
    press(Qt::Key_Return);
    QCOMPARE(branch.count(), 1);
    QCOMPARE(m_window->currentBranch(), u"2"_s);
    openWith(u"dark"_s);
    press(Qt::Key_Return);
    QVERIFY(colors().dark);
    openWith(u"light app"_s);
    press(Qt::Key_Return);
    QVERIFY(!colors().dark);
}

/// The focus is in the field, so the field says which row Enter would choose.
void TestPalette::rowsAreSpoken()
{
    openWith(u"check in"_s);
    QCOMPARE(field()->accessibleDescription(), u"Action: Check in, F2"_s);
    QVERIFY(!field()->accessibleName().isEmpty());
    QVERIFY(!palette()->findChild<QListView *>()->accessibleName().isEmpty());
    press(Qt::Key_Down);
    QCOMPARE(field()->accessibleDescription(), u"Search the catalogue for “check in”"_s);
}

void TestPalette::nothingFoundIsSaid()
{
    openWith(u"@nobody"_s);
    QVERIFY(field()->accessibleDescription().contains(u"No patron was found for “nobody”."_s));
    press(Qt::Key_Return);
    QVERIFY(palette()->isOpen());
    openWith(u"zzyzx"_s);
    QCOMPARE(field()->accessibleDescription(), u"Nothing is called “zzyzx”. Enter searches the catalogue."_s);
}

void TestPalette::silenceIsNotNothing()
{
    const QString silence = u"The main database does not answer."_s;
    openWith(u"@nobody"_s);
    model()->setProblem(silence);
    m_window->notePaletteAnswered();
    QCOMPARE(field()->accessibleDescription(), silence);
    openWith(u"zzyzx"_s);
    QVERIFY(!field()->accessibleDescription().contains(silence));
    model()->setProblem(silence);
    m_window->notePaletteAnswered();
    QCOMPARE(field()->accessibleDescription(), silence);
}

void TestPalette::lendingIsFoundByItsOtherNames()
{
    const auto first = [this](const QString &words) {
        openWith(words);
        const int row = model()->choosableFrom(0);
        return row >= 0 ? model()->entry(row).title : QString();
    };
    QCOMPARE(first(u"lend"_s), u"Check out"_s);
    QCOMPARE(first(u"renew"_s), u"Check out"_s);
    QCOMPARE(first(u"return"_s), u"Check in"_s);
}

void TestPalette::mirrored()
{
    QApplication::setLayoutDirection(Qt::RightToLeft);
    openWith(u"check"_s);
    QVERIFY(!m_window->grab().isNull());
    QVERIFY(palette()->geometry().right() < m_window->width() - 50); // the rail stands at the right
    press(Qt::Key_Escape);
}

QTEST_MAIN(TestPalette)
#include "tst_palette.moc"
