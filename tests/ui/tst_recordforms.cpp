// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/editing/datetext.h"
#include "tests/support/preparedlibrary.h"
#include "ui/catalogue/copyeditor.h"
#include "ui/patrons/patroneditor.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/tokenfield.h"

#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The forms of patrons and copies, by keys, with a library behind them.
class TestRecordForms final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void registerByKeys();
    void mistakesOfAPatron_data();
    void mistakesOfAPatron();
    void cardOfSomebodyElse();
    void mistakeEndsLeaving();
    void patronWithALoanStays();
    void removeAndRestorePatron();
    void patronConflict();
    void addCopyByScan();
    void barcodeInUse();
    void statusAndPlaceOfACopy();
    void lentCopyKeepsItsStatus();
    void removeAndRestoreCopy();
    void dates();
    void everythingHasAName();

private:
    QUuid patron(const QString &card);
    CopyRecord copy();

    PreparedLibrary m_library;
    BranchEntry m_branch;
    int m_count = 0;
};

namespace {

template <typename Sheet, typename Session>
struct Shown
{
    Session *session;
    Sheet &sheet;

    Shown(Session *s, Sheet *form)
        : session(s)
        , sheet(*form)
    {
        sheet.resize(1270, 692);
        sheet.show();
        QVERIFY(QTest::qWaitForWindowActive(&sheet));
        if (!session->isNew()) {
            session->read();
            QTRY_COMPARE(session->state(), EditSession::State::Ready);
        }
        sheet.setFocus();
    }
    ~Shown() { delete &sheet; }
    Q_DISABLE_COPY_MOVE(Shown)

    QLineEdit *line(const char *key)
    {
        return qobject_cast<QLineEdit *>(sheet.field(QString::fromLatin1(key)));
    }
    QString problem(const char *key)
    {
        return sheet.field(QString::fromLatin1(key))->accessibleDescription();
    }
    void press(int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier)
    {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key(key), modifiers);
    }
    void typeText(const QString &text) { QTest::keyClicks(QApplication::focusWidget(), text); }
    void retype(const char *key, const QString &text)
    {
        line(key)->setFocus();
        line(key)->selectAll();
        QTest::keyClicks(line(key), text);
    }
    Button *button(const QString &text)
    {
        for (auto *candidate : sheet.template findChildren<Button *>()) {
            if (candidate->text() == text && candidate->isVisible())
                return candidate;
        }
        return nullptr;
    }
};

using PatronForm = Shown<PatronEditor, PatronSession>;
using CopyForm = Shown<CopyEditor, CopySession>;

#define PATRON_FORM(form, whom)                                                                              \
    auto *form##Session = new PatronSession(m_library.cluster(), whom, m_branch.id);                         \
    PatronForm form(form##Session, new PatronEditor(form##Session))
#define COPY_FORM(form, session)                                                                             \
    auto *form##Session = session;                                                                           \
    CopyForm form(form##Session, new CopyEditor(form##Session, u"Catalogue"_s))

} // namespace

void TestRecordForms::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch();
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s);
}

QUuid TestRecordForms::patron(const QString &card)
{
    const PatronRecord record{.id = newUuid(),
                              .familyName = u"Exemplar"_s,
                              .givenName = u"Ada"_s,
                              .typeCode = u"adult"_s,
                              .homeBranch = m_branch.id,
                              .cards = {{card, true}}};
    return await(registerPatron(m_library.cluster(), record)).valueOrThrow().record.id;
}

CopyRecord TestRecordForms::copy()
{
    const QString barcode = m_library.addCopy(m_branch);
    const QUuid id(m_library.value(
        u"main"_s, u"SELECT exemplar_id FROM exemplar_barcodes WHERE barcode = '%1'"_s.arg(barcode)));
    return await(readCopyRecord(m_library.cluster(), m_branch.id, id)).valueOrThrow();
}

void TestRecordForms::registerByKeys()
{
    PATRON_FORM(form, QUuid());
    QSignalSpy saved(form.session, &EditSession::saved);
    form.typeText(u"Beispiel"_s);
    form.press(Qt::Key_Return);
    form.typeText(u"Bo"_s);
    form.press(Qt::Key_Return);
    form.typeText(u"scanned-1"_s); // a scanner ends with Enter
    form.press(Qt::Key_Return);
    QCOMPARE(form.session->state(), EditSession::State::Ready);
    form.retype("email", u"bo@example.org"_s);
    form.retype("born", u"28/02/1990"_s);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    const PatronRecord stored =
        await(readPatronRecord(m_library.cluster(), form.session->record().id)).valueOrThrow();
    QCOMPARE(stored.familyName, u"Beispiel"_s);
    QCOMPARE(stored.givenName, u"Bo"_s);
    QCOMPARE(stored.cards, QList<PatronCard>({{u"scanned-1"_s, true}}));
    QCOMPARE(stored.email, u"bo@example.org"_s);
    QCOMPARE(stored.bornOn, QDate(1990, 2, 28));
    QCOMPARE(stored.homeBranch, m_branch.id);
}

void TestRecordForms::mistakesOfAPatron_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("begins");
    QTest::newRow("e-mail") << QByteArray("email") << u"bo at example"_s << u"An e-mail address looks like"_s;
    QTest::newRow("no date") << QByteArray("born") << u"yesterday"_s
                             << u"Write the date such as 31/12/1990"_s;
    QTest::newRow("to come") << QByteArray("born") << QDate::currentDate().addDays(1).toString(Qt::ISODate)
                             << u"This day is still to come."_s;
    QTest::newRow("end") << QByteArray("expires") << u"never"_s << u"Write the date such as"_s;
    QTest::newRow("no name") << QByteArray("family") << u" "_s << u"A patron needs a family name."_s;
}

void TestRecordForms::mistakesOfAPatron()
{
    QFETCH(const QByteArray, field);
    const char *key = field.constData();
    QFETCH(const QString, text);
    QFETCH(const QString, begins);
    const QUuid id = patron(u"mistake-%1"_s.arg(++m_count));
    PATRON_FORM(form, id);
    form.retype(key, text);
    QVERIFY(form.problem(key).isEmpty());
    form.press(Qt::Key_Tab);
    QVERIFY2(form.problem(key).startsWith(begins), qPrintable(form.problem(key)));
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(form.line(key)->hasFocus());
    QCOMPARE(form.session->state(), EditSession::State::Ready);
    form.press(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(form.problem(key).isEmpty());
}

void TestRecordForms::cardOfSomebodyElse()
{
    patron(u"taken-card"_s);
    PATRON_FORM(form, QUuid());
    form.retype("family", u"Beispiel"_s);
    form.sheet.field(u"cards"_s)->setFocus();
    form.typeText(u"taken-card"_s);
    form.press(Qt::Key_Return);
    QTRY_VERIFY(form.problem("cards").startsWith(u"The card taken-card belongs to Ada Exemplar."_s));
    form.press(Qt::Key_Backspace); // takes it out
    QVERIFY(!form.problem("cards").contains(u"belongs to"_s));
}

/// Who wanted to leave, and stays for a mistake, goes on after it is mended.
void TestRecordForms::mistakeEndsLeaving()
{
    PATRON_FORM(form, patron(u"20410997"_s));
    QSignalSpy saved(form.session, &EditSession::saved);
    bool hasLeft = false;
    form.retype("email", u"nowhere"_s);
    form.sheet.leave([&hasLeft] { hasLeft = true; });
    form.press(Qt::Key_Space); // the question has the focus at "Save"
    QVERIFY(!form.problem("email").isEmpty());
    form.retype("email", u"ada@example.org"_s);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(saved.count(), 1);
    QVERIFY(!hasLeft);
    // Without a mistake it leaves when it is saved.
    form.retype("email", u"ada@example.net"_s);
    form.sheet.leave([&hasLeft] { hasLeft = true; });
    form.press(Qt::Key_Space);
    QTRY_VERIFY(hasLeft);
}

void TestRecordForms::patronWithALoanStays()
{
    const QUuid id = patron(u"has-a-loan"_s);
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, u"has-a-loan"_s), Outcome::Lent);
    PATRON_FORM(form, id);
    form.button(u"Remove"_s)->click();
    QTRY_COMPARE(form.sheet.messages()->message().section(u'.', 0, 0), u"This patron still has 1 loan"_s);
    QVERIFY(!form.session->isRemoved());
    QVERIFY(form.line("family")->isEnabled());
}

void TestRecordForms::removeAndRestorePatron()
{
    const QUuid id = patron(u"comes-back"_s);
    PATRON_FORM(form, id);
    form.button(u"Remove"_s)->click();
    QTRY_VERIFY(form.session->isRemoved());
    QVERIFY(!form.line("family")->isEnabled());
    form.button(u"Restore"_s)->click();
    QTRY_VERIFY(!form.session->isRemoved());
    const auto stored = await(readPatronRecord(m_library.cluster(), id)).valueOrThrow();
    QCOMPARE(stored.cards, QList<PatronCard>({{u"comes-back"_s, true}}));
}

void TestRecordForms::patronConflict()
{
    const QUuid id = patron(u"two-desks"_s);
    PATRON_FORM(form, id);
    form.retype("phone", u"123"_s);
    PatronRecord theirs = await(readPatronRecord(m_library.cluster(), id)).valueOrThrow();
    theirs.email = u"new@example.org"_s;
    QVERIFY(
        await(updatePatron(m_library.cluster(), theirs, theirs.revision.version)).valueOrThrow().isSaved());
    form.press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(form.session->hasConflict());
    QVERIFY(form.sheet.conflictBar()->message().startsWith(u"Librarian changed this patron at "_s));
    QSignalSpy saved(form.session, &EditSession::saved);
    form.button(u"Keep mine"_s)->click();
    QVERIFY(saved.wait());
    const auto stored = await(readPatronRecord(m_library.cluster(), id)).valueOrThrow();
    QCOMPARE(stored.phone, u"123"_s);
    QCOMPARE(stored.email, u"new@example.org"_s);
}

void TestRecordForms::addCopyByScan()
{
    const QUuid book = m_library.addBook();
    m_library.settle();
    COPY_FORM(form, CopySession::forNewCopy(m_library.cluster(), book, m_branch.id));
    QVERIFY(form.line("barcode")->hasFocus());
    form.typeText(u"scanned-copy"_s);
    form.press(Qt::Key_Return);
    QVERIFY(!form.line("barcode")->hasFocus());
    form.retype("floor", u"0"_s);
    form.retype("room", u"12"_s);
    form.retype("shelf", u"340"_s);
    QSignalSpy saved(form.session, &EditSession::saved);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    const CopyRecord stored =
        await(readCopyRecord(m_library.cluster(), m_branch.id, form.session->record().id)).valueOrThrow();
    QCOMPARE(stored.barcode, u"scanned-copy"_s);
    QCOMPARE(stored.book, book);
    QCOMPARE(stored.place.floor, std::optional(0));
    QCOMPARE(stored.place.room, 12);
    QCOMPARE(stored.place.bookshelf, 340);
    QVERIFY(!form.line("barcode")->isEnabled()); // it is printed on the copy now
}

void TestRecordForms::barcodeInUse()
{
    const CopyRecord there = copy();
    COPY_FORM(form, CopySession::forNewCopy(m_library.cluster(), there.book, m_branch.id));
    form.typeText(there.barcode);
    form.press(Qt::Key_Return);
    QTRY_COMPARE(
        form.problem("barcode"),
        u"A copy at %1 has this barcode already. Check the label, or use a new one."_s.arg(m_branch.name));
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(form.line("barcode")->hasFocus());
}

void TestRecordForms::statusAndPlaceOfACopy()
{
    const CopyRecord there = copy();
    COPY_FORM(form, new CopySession(m_library.cluster(), m_branch.id, there.id));
    form.retype("room", u"99999"_s);
    form.press(Qt::Key_Tab);
    QVERIFY(form.problem("room").startsWith(u"Enter a number from 1 to 9999"_s));
    form.retype("room", u"7"_s);
    auto *status = qobject_cast<QComboBox *>(form.sheet.field(u"status"_s));
    status->setFocus();
    form.typeText(u"Dam"_s); // a list that is not open takes the first letters
    QCOMPARE(status->currentData().toString(), u"damaged"_s);
    QSignalSpy saved(form.session, &EditSession::saved);
    form.press(Qt::Key_S, Qt::ControlModifier);
    QVERIFY(saved.wait());
    const CopyRecord stored =
        await(readCopyRecord(m_library.cluster(), m_branch.id, there.id)).valueOrThrow();
    QCOMPARE(stored.place.room, 7);
    QCOMPARE(stored.status, u"damaged"_s);
}

void TestRecordForms::lentCopyKeepsItsStatus()
{
    const CopyRecord there = copy();
    patron(u"borrower"_s);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, there.barcode, u"borrower"_s), Outcome::Lent);
    COPY_FORM(form, new CopySession(m_library.cluster(), m_branch.id, there.id));
    QVERIFY(!form.sheet.field(u"status"_s)->isEnabled());
    QCOMPARE(qobject_cast<QComboBox *>(form.sheet.field(u"status"_s))->currentText(), u"On loan"_s);
    form.button(u"Remove"_s)->click();
    QTRY_VERIFY(form.sheet.messages()->message().startsWith(u"A patron has this copy on loan."_s));
    QVERIFY(!form.session->isRemoved());
}

void TestRecordForms::removeAndRestoreCopy()
{
    const CopyRecord there = copy();
    COPY_FORM(form, new CopySession(m_library.cluster(), m_branch.id, there.id));
    form.button(u"Remove"_s)->click();
    QTRY_VERIFY(form.session->isRemoved());
    form.button(u"Restore"_s)->click();
    QTRY_VERIFY(!form.session->isRemoved());
    QVERIFY(!await(readCopyRecord(m_library.cluster(), m_branch.id, there.id))
                 .valueOrThrow()
                 .revision.isRemoved());
}

void TestRecordForms::dates()
{
    QCOMPARE(dateText(QDate(1926, 3, 4)), u"04/03/1926"_s);
    QCOMPARE(dateIn(u"04/03/1926"_s), QDate(1926, 3, 4));
    QCOMPARE(dateIn(u"4/3/1926"_s), QDate(1926, 3, 4));
    QCOMPARE(dateIn(u"1926-03-04"_s), QDate(1926, 3, 4));
    QVERIFY(!dateIn(u"04/03/26"_s).isValid()); // 1926 or 2026
    QVERIFY(!dateIn(u"31/02/1990"_s).isValid());
}

void TestRecordForms::everythingHasAName()
{
    const auto check = [](const QWidget &sheet) {
        for (const QWidget *widget : sheet.findChildren<QWidget *>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus || widget->focusProxy())
                continue;
            const auto *button = qobject_cast<const QAbstractButton *>(widget);
            const auto *label = qobject_cast<const QLabel *>(widget);
            const bool inside = widget->parentWidget() && !widget->parentWidget()->accessibleName().isEmpty();
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()) ||
                         (label && !label->text().isEmpty()) || inside,
                     widget->metaObject()->className());
        }
    };
    PATRON_FORM(patronForm, patron(u"named"_s));
    check(patronForm.sheet);
    COPY_FORM(copyForm, new CopySession(m_library.cluster(), m_branch.id, copy().id));
    check(copyForm.sheet);
}

QTEST_MAIN(TestRecordForms)
#include "tst_recordforms.moc"
