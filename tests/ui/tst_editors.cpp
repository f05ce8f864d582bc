// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"
#include "ui/catalogue/bookeditor.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tokenfield.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Forms as a person fills them in, by keys, with a library behind them.
class TestEditors final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void newBookByKeys();
    void isbnMistakeAndItsFix();
    void nothingIsSaidAtTheFirstKey();
    void enterMovesOnAndNeverSaves();
    void saveGoesToTheFirstMistake();
    void savingKeepsTheFocus();
    void undoFieldByField();
    void leavingAsksInThePage();
    void conflictSideBySide();
    void keepMine();
    void takeTheirs();
    void hearsOfOthersBeforeSaving();
    void sameBookIsTold();
    void removeAndRestore();
    void translationsByKeys();
    void everythingHasAName();

private:
    QUuid addBook(const QString &isbn = {});
    void change(const QUuid &id, const std::function<void(BookRecord &)> &how);
    BookRecord read(const QUuid &id) { return await(readBookRecord(m_library.cluster(), id)).valueOrThrow(); }

    PreparedLibrary m_library;
    int m_count = 0;
};

namespace {

/// A form on screen.
struct Shown
{
    BookSession *session;
    BookEditor sheet;

    Shown(Cluster &cluster, const QUuid &id)
        : session(new BookSession(cluster, id))
        , sheet(session)
    {
        sheet.resize(1270, 692);
        sheet.show();
        QVERIFY(QTest::qWaitForWindowActive(&sheet));
        if (!id.isNull()) {
            session->read();
            QTRY_COMPARE(session->state(), EditSession::State::Ready);
        }
        sheet.setFocus();
    }
    QLineEdit *line(const QString &key) { return qobject_cast<QLineEdit *>(sheet.field(key)); }
    QString problem(const QString &key) { return sheet.field(key)->accessibleDescription(); }
    void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key(key), modifiers);
    }
    void retype(const QString &key, const QString &text)
    {
        line(key)->setFocus();
        line(key)->selectAll();
        QTest::keyClicks(line(key), text);
    }
    Button *button(const QString &text)
    {
        for (auto *candidate : sheet.findChildren<Button *>()) {
            if (candidate->text() == text && candidate->isVisible())
                return candidate;
        }
        return nullptr;
    }
};

} // namespace

void TestEditors::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

QUuid TestEditors::addBook(const QString &isbn)
{
    const BookRecord record{.id = newUuid(),
                            .title = u"A Book %1"_s.arg(++m_count),
                            .isbn13 = isbn,
                            .language = u"en"_s,
                            .year = 1990,
                            .publisher = u"House"_s,
                            .authors = {{u"Sample Writer"_s, u"author"_s}},
                            .categories = {u"Novels"_s}};
    return await(createBook(m_library.cluster(), record)).valueOrThrow().record.id;
}

/// What another desk does meanwhile.
void TestEditors::change(const QUuid &id, const std::function<void(BookRecord &)> &how)
{
    BookRecord record = read(id);
    how(record);
    QVERIFY(await(updateBook(m_library.cluster(), record, record.revision.version)).valueOrThrow().isSaved());
}

void TestEditors::newBookByKeys()
{
    Shown form(m_library.cluster(), {});
    QVERIFY(form.line(u"title"_s)->hasFocus());
    QSignalSpy saved(form.session, &EditSession::saved);
    QTest::keyClicks(QApplication::focusWidget(), u"Typed by keys"_s);
    form.press(Qt::Key_Return); // subtitle
    form.press(Qt::Key_Return); // ISBN
    QVERIFY(form.line(u"isbn"_s)->hasFocus());
    QTest::keyClicks(QApplication::focusWidget(), u"0-15-144647-4"_s);
    form.press(Qt::Key_Return); // authors
    QTest::keyClicks(QApplication::focusWidget(), u"Ada Example"_s);
    form.press(Qt::Key_Return);
    QTest::keyClicks(QApplication::focusWidget(), u"Bo Beispiel"_s);
    form.press(Qt::Key_Return);
    form.press(Qt::Key_Return); // with nothing typed it goes on
    QVERIFY(form.sheet.field(u"language"_s)->hasFocus());
    form.press(Qt::Key_Tab);
    QTest::keyClicks(QApplication::focusWidget(), u"1983"_s);
    form.press(Qt::Key_Return);
    form.press(Qt::Key_Return);
    QTest::keyClicks(QApplication::focusWidget(), u"Crime,Abbeys,"_s);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    const BookRecord book = read(form.session->record().id);
    QCOMPARE(book.title, u"Typed by keys"_s);
    QCOMPARE(book.isbn13, u"9780151446476"_s);
    QCOMPARE(book.authors.size(), 2);
    QCOMPARE(book.authors.at(1).name, u"Bo Beispiel"_s);
    QCOMPARE(book.year, 1983);
    QCOMPARE(book.categories, QStringList({u"Abbeys"_s, u"Crime"_s}));
    QVERIFY(!form.session->isNew() && !form.session->hasChanges());
}

void TestEditors::isbnMistakeAndItsFix()
{
    Shown form(m_library.cluster(), {});
    form.line(u"isbn"_s)->setFocus();
    QTest::keyClicks(form.line(u"isbn"_s), u"978-1-4028-9462-"_s);
    QVERIFY(form.problem(u"isbn"_s).isEmpty());
    QTest::keyClicks(form.line(u"isbn"_s), u"5"_s); // full length: now it is checked
    QVERIFY(form.problem(u"isbn"_s).startsWith(u"The last digit does not fit: 5 should be 6."_s));
    QVERIFY(form.button(u"Use 978-1-4028-9462-6"_s));
    form.press(Qt::Key_U, Qt::AltModifier);
    QCOMPARE(form.line(u"isbn"_s)->text(), u"978-1-4028-9462-6"_s);
    QVERIFY(form.problem(u"isbn"_s).isEmpty());
    QVERIFY(!form.button(u"Use 978-1-4028-9462-6"_s));
    form.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(form.line(u"isbn"_s)->text(), u"978-1-4028-9462-5"_s);
}

void TestEditors::nothingIsSaidAtTheFirstKey()
{
    Shown form(m_library.cluster(), addBook());
    form.retype(u"year"_s, u"19x"_s);
    QVERIFY(form.problem(u"year"_s).isEmpty());
    form.press(Qt::Key_Tab);
    QVERIFY(form.problem(u"year"_s).contains(u"such as 1983"_s));
    form.retype(u"year"_s, u"1991"_s);
    QVERIFY(form.problem(u"year"_s).isEmpty());
}

void TestEditors::enterMovesOnAndNeverSaves()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.retype(u"publisher"_s, u"Somewhere else"_s);
    form.press(Qt::Key_Return);
    QVERIFY(!form.line(u"publisher"_s)->hasFocus());
    QCOMPARE(form.session->state(), EditSession::State::Ready);
    QVERIFY(form.session->hasChanges());
    QCOMPARE(read(id).publisher, u"House"_s);
}

void TestEditors::saveGoesToTheFirstMistake()
{
    Shown form(m_library.cluster(), addBook());
    form.retype(u"year"_s, u"30000"_s);
    form.line(u"title"_s)->setFocus();
    form.line(u"title"_s)->selectAll();
    form.press(Qt::Key_Delete);
    form.line(u"publisher"_s)->setFocus();
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(form.line(u"title"_s)->hasFocus());
    QVERIFY(form.problem(u"title"_s).startsWith(u"A book needs a title."_s));
    QVERIFY(!form.problem(u"year"_s).isEmpty());
    const auto labels = form.sheet.findChildren<QLabel *>();
    QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel *label) {
        return label->isVisible() && label->text() == u"2 to correct"_s;
    }));
}

void TestEditors::savingKeepsTheFocus()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.retype(u"publisher"_s, u"Focus House"_s);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(form.session->state(), EditSession::State::Saving);
    QVERIFY(form.sheet.isAncestorOf(QApplication::focusWidget()));
    QTRY_COMPARE(form.session->state(), EditSession::State::Ready);
    QCOMPARE(read(id).publisher, u"Focus House"_s);
    QVERIFY(form.line(u"publisher"_s)->hasFocus());
}

void TestEditors::undoFieldByField()
{
    Shown form(m_library.cluster(), addBook());
    const QString title = form.line(u"title"_s)->text();
    form.retype(u"title"_s, u"Another title"_s);
    form.retype(u"publisher"_s, u"Another house"_s);
    auto *authors = qobject_cast<TokenField *>(form.sheet.field(u"authors"_s));
    authors->setFocus();
    form.press(Qt::Key_Backspace);
    QVERIFY(authors->tokens().isEmpty());
    QCOMPARE(form.session->changedKeys(), QStringList({u"title"_s, u"authors"_s, u"publisher"_s}));

    form.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(authors->tokens().size(), 1);
    form.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(form.line(u"publisher"_s)->text(), u"House"_s);
    QVERIFY(form.line(u"publisher"_s)->hasFocus());
    form.press(Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(form.line(u"title"_s)->text(), title);
    QVERIFY(!form.session->hasChanges());
    form.press(Qt::Key_Z, Qt::ControlModifier); // nothing is left
    QCOMPARE(form.line(u"title"_s)->text(), title);
}

void TestEditors::leavingAsksInThePage()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    QSignalSpy closed(&form.sheet, &EditorSheet::closeRequested);
    form.press(Qt::Key_Escape);
    QCOMPARE(closed.count(), 1); // nothing was changed
    form.retype(u"publisher"_s, u"Kept"_s);
    form.press(Qt::Key_Escape);
    QCOMPARE(closed.count(), 1);
    QVERIFY(form.button(u"Go on editing"_s));
    QVERIFY(!QApplication::activeModalWidget());
    form.button(u"Go on editing"_s)->click();
    QVERIFY(form.session->hasChanges());
    form.press(Qt::Key_Escape);
    for (Button *button : form.sheet.findChildren<Button *>()) {
        if (button->text() == u"Save"_s && button->hasFocus())
            form.press(Qt::Key_Space);
    }
    QTRY_COMPARE(closed.count(), 2);
    QCOMPARE(read(id).publisher, u"Kept"_s);
}

void TestEditors::conflictSideBySide()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.retype(u"publisher"_s, u"Mine"_s);
    form.retype(u"year"_s, u"1985"_s);
    change(id, [](BookRecord &book) {
        book.publisher = u"Theirs"_s;
        book.subtitle = u"Their subtitle"_s;
    });
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(form.session->hasConflict());
    QVERIFY(form.sheet.conflictBar()->message().startsWith(u"Librarian changed this book at "_s));
    form.button(u"Compare"_s)->click();
    const auto differences = form.session->differences();
    QCOMPARE(differences.size(), 3);
    const auto radios = form.sheet.findChildren<QRadioButton *>();
    QCOMPARE(radios.size(), 6);
    for (QRadioButton *radio : radios) {
        if (radio->accessibleName() == u"Publisher, theirs: Theirs"_s) {
            QVERIFY(!radio->isChecked()); // mine at first, since I changed it
            radio->setFocus();
            form.press(Qt::Key_Space);
        } else if (radio->accessibleName() == u"Subtitle, theirs: Their subtitle"_s) {
            QVERIFY(radio->isChecked()); // only they changed it
        }
    }
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(!form.session->hasChanges() && !form.session->hasConflict());
    QTRY_COMPARE(form.session->state(), EditSession::State::Ready);
    const BookRecord book = read(id);
    QCOMPARE(book.publisher, u"Theirs"_s);
    QCOMPARE(book.subtitle, u"Their subtitle"_s);
    QCOMPARE(book.year, 1985);
}

/// Only what I changed is mine; the rest of their change is kept.
void TestEditors::keepMine()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.retype(u"publisher"_s, u"Mine"_s);
    change(id, [](BookRecord &book) {
        book.publisher = u"Theirs"_s;
        book.subtitle = u"Their subtitle"_s;
    });
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(form.session->hasConflict());
    QSignalSpy saved(form.session, &EditSession::saved);
    form.button(u"Keep mine"_s)->click();
    QVERIFY(saved.wait());
    QCOMPARE(read(id).publisher, u"Mine"_s);
    QCOMPARE(read(id).subtitle, u"Their subtitle"_s);
}

void TestEditors::takeTheirs()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.retype(u"publisher"_s, u"Mine"_s);
    change(id, [](BookRecord &book) { book.publisher = u"Theirs"_s; });
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(form.session->hasConflict());
    form.button(u"Take theirs"_s)->click();
    QVERIFY(!form.session->hasChanges() && !form.session->hasConflict());
    QCOMPARE(form.line(u"publisher"_s)->text(), u"Theirs"_s);
    form.retype(u"publisher"_s, u"After theirs"_s);
    QSignalSpy saved(form.session, &EditSession::saved);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    QCOMPARE(read(id).publisher, u"After theirs"_s);
}

void TestEditors::hearsOfOthersBeforeSaving()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    change(id, [](BookRecord &book) { book.publisher = u"First"_s; });
    QTRY_COMPARE_WITH_TIMEOUT(form.line(u"publisher"_s)->text(), u"First"_s,
                              10000); // nothing was changed here
    form.retype(u"year"_s, u"1985"_s);
    change(id, [](BookRecord &book) { book.publisher = u"Second"_s; });
    QTRY_VERIFY_WITH_TIMEOUT(form.session->hasConflict(), 10000);
    QCOMPARE(form.line(u"year"_s)->text(), u"1985"_s);
}

void TestEditors::sameBookIsTold()
{
    const QUuid id = addBook(u"9781402894626"_s);
    const BookRecord there = read(id);
    Shown form(m_library.cluster(), {});
    form.retype(u"title"_s, there.title);
    form.retype(u"year"_s, u"1990"_s);
    form.press(Qt::Key_Tab);
    QTRY_COMPARE(form.session->twins().size(), size_t(1));
    QVERIFY(!form.session->twins().front().sameIsbn);
    form.retype(u"isbn"_s, u"978-1-4028-9462-6"_s);
    form.press(Qt::Key_Tab);
    QTRY_VERIFY(form.problem(u"isbn"_s).contains(u"has this ISBN already"_s));
    QSignalSpy opened(&form.sheet, &EditorSheet::openRequested);
    form.session->discard();
    const auto told = [&form]() -> QLabel * {
        for (auto *label : form.sheet.findChildren<QLabel *>()) {
            if (label->isVisible() && label->accessibleName().contains(u"has the same ISBN"_s))
                return label;
        }
        return nullptr;
    };
    QTRY_VERIFY(told());
    Q_EMIT told()->linkActivated(id.toString(QUuid::WithoutBraces));
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.first().first().toUuid(), id);
}

void TestEditors::removeAndRestore()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    QSignalSpy removed(form.session, &EditSession::removed);
    form.button(u"Remove"_s)->click();
    QVERIFY(removed.wait());
    QVERIFY(!form.line(u"title"_s)->isEnabled());
    QVERIFY(form.sheet.messages()->message().startsWith(u"This book has been removed"_s));
    QVERIFY(!form.button(u"Remove"_s));
    form.button(u"Restore"_s)->click();
    QTRY_VERIFY(!form.session->isRemoved());
    QVERIFY(form.line(u"title"_s)->isEnabled());
    QCOMPARE(read(id).authors.size(), 1);
}

void TestEditors::translationsByKeys()
{
    const QUuid id = addBook();
    Shown form(m_library.cluster(), id);
    form.press(Qt::Key_T, Qt::ControlModifier);
    QTRY_VERIFY(QApplication::focusWidget() &&
                QApplication::focusWidget()->accessibleName() == u"Language of the translation"_s);
    QTest::keyClicks(QApplication::focusWidget(), u"German"_s);
    form.press(Qt::Key_Tab);
    QTRY_COMPARE(QApplication::focusWidget()->accessibleName(), u"Title of the translation"_s);
    QTest::keyClicks(QApplication::focusWidget(), u"Ein Buch"_s);
    form.press(Qt::Key_Return);
    QSignalSpy saved(form.session, &EditSession::saved);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    const BookRecord book = read(id);
    QCOMPARE(book.translations.size(), 1);
    QCOMPARE(book.translations.first().language, u"de"_s);
    QCOMPARE(book.translations.first().title, u"Ein Buch"_s);
}

void TestEditors::everythingHasAName()
{
    Shown form(m_library.cluster(), addBook());
    form.press(Qt::Key_T, Qt::ControlModifier);
    for (const QWidget *widget : form.sheet.findChildren<QWidget *>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || widget->focusProxy())
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        const auto *label = qobject_cast<const QLabel *>(widget);
        const bool inside = widget->parentWidget() && !widget->parentWidget()->accessibleName().isEmpty();
        QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()) ||
                     (label && !label->text().isEmpty()) || inside,
                 widget->metaObject()->className());
    }
}

QTEST_MAIN(TestEditors)
#include "tst_editors.moc"
