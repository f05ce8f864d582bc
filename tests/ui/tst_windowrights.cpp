// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "db/staff/staff.h"
#include "tests/support/preparedlibrary.h"
#include "ui/editing/editorsheet.h"
#include "ui/signin/norightsview.h"
#include "ui/staff/staffsheet.h"
#include "ui/widgets/button.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QStandardPaths>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

using Page = MainWindow::Page;

constexpr int patience = 15'000;
constexpr auto secret = "Gr33n-Lighthouse-1"_L1;

} // namespace

/// The whole window, with a library behind it, of somebody whose rights an administrator changes elsewhere.
class TestWindowRights final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void who_has_no_right_is_told_so();
    void pages_follow_the_rights();
    void staff_is_added_from_any_page();
    void what_may_not_be_done_says_why();
    void another_branch_is_another_matter();
    void revoked_right_keeps_what_was_typed();
    void contact_data_is_withheld_in_words();
    void nothing_is_saved_before_the_rights_are_known();

private:
    void open(const QString &card = {}, Page page = Page::Desk);
    void give(const QString &right, const QUuid &branch = {});
    void take(const QString &right, const QUuid &branch = {});
    [[nodiscard]] MainWindow *window() const;
    [[nodiscard]] Button *button(const QString &text) const;
    /// Whether a sentence can be read somewhere.
    [[nodiscard]] bool shows(const QString &text) const;
    [[nodiscard]] QString whyNot(const QString &button) const;
    [[nodiscard]] EditorSheet *form() const;

    PreparedLibrary m_library;
    BranchEntry m_here;
    BranchEntry m_there;
    QString m_card;
    QList<StaffRight> m_given;
    std::unique_ptr<Application> m_application;
};

void TestWindowRights::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    for (const char *name : {"DATABASE_URL", "SHARDING_BRANCHES", "BRANCHLINE_DIR"})
        qunsetenv(name);
    Theme::install(*qApp);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_here = m_library.addBranch();
    m_there = m_library.addBranch();
    m_card = m_library.addPatron(m_here);
    m_library.addCopy(m_here);
    m_library.ddl(u"main"_s, u"UPDATE users SET phone = '0123 456789'"_s);
    m_library.settle();
    const NewStaff clara{.login = u"clara"_s, .name = u"Clara"_s, .password = secret};
    QVERIFY(await(addStaff(m_library.cluster(), clara)).valueOrThrow().isComplete());
}

void TestWindowRights::init()
{
    QApplication::setLayoutDirection(Qt::LeftToRight);
}

void TestWindowRights::cleanup()
{
    m_application.reset();
    for (const StaffRight &right : std::exchange(m_given, {}))
        QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, right)).isOk());
}

void TestWindowRights::open(const QString &card, Page page)
{
    const ConnectionUrl address = m_library.servers().url(u"main"_s, u"clara"_s).with(u"password"_s, secret);
    qputenv("DATABASE_URL", address.toUri().toUtf8()); // on a command line no password is taken
    m_application =
        std::make_unique<Application>(StartOptions{.branchCode = m_here.code, .page = page, .card = card});
    m_application->start();
    QTRY_COMPARE_WITH_TIMEOUT(QUuid(window()->currentBranch()), m_here.id, patience);
}

void TestWindowRights::give(const QString &right, const QUuid &branch)
{
    m_given.append({right, branch});
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, m_given.last())).isOk());
}

void TestWindowRights::take(const QString &right, const QUuid &branch)
{
    m_given.removeIf([&](const StaffRight &one) { return one == StaffRight{right, branch}; });
    QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, {right, branch})).isOk());
}

MainWindow *TestWindowRights::window() const
{
    const QWidgetList all = QApplication::topLevelWidgets();
    for (QWidget *widget : all) {
        if (auto *main = qobject_cast<MainWindow *>(widget))
            return main;
    }
    return nullptr;
}

Button *TestWindowRights::button(const QString &text) const
{
    const auto all = window()->findChildren<Button *>();
    for (Button *one : all) {
        if (one->isVisible() && (one->text() == text || one->keyText() == text))
            return one;
    }
    return nullptr;
}

bool TestWindowRights::shows(const QString &text) const
{
    const auto all = window()->findChildren<QWidget *>();
    return std::any_of(all.begin(), all.end(), [&](const QWidget *widget) {
        return widget->isVisible() && widget->property("text").toString().contains(text);
    });
}

/// The tooltip of a button, named by its text or its key, that is off; "on" for one that can be pressed.
QString TestWindowRights::whyNot(const QString &text) const
{
    const Button *one = button(text);
    return !one ? u"not there"_s : one->isEnabled() ? u"on"_s : one->toolTip();
}

EditorSheet *TestWindowRights::form() const
{
    return qobject_cast<EditorSheet *>(window()->sheetOf(window()->currentPage()));
}

void TestWindowRights::who_has_no_right_is_told_so()
{
    give(u"desk"_s, m_here.id); // without any, the sign-in says so
    open();
    take(u"desk"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(window()->findChild<NoRightsView *>(), patience);
    QVERIFY(window()->isCovered());
    QVERIFY(shows(u"You have no right in this library yet"_s));
    QVERIFY(shows(u"You are signed in as clara."_s));
    QVERIFY(shows(u"Ask an administrator of the library to assign you"_s));
    QVERIFY(shows(u"branchlinectl staff assign clara desk --branch CODE"_s));
    QVERIFY(shows(u"Branchline looks again by itself"_s));

    give(u"desk"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), patience);
    QCOMPARE(window()->currentPage(), Page::Desk);
    QTRY_VERIFY(qobject_cast<ScanBox *>(QApplication::focusWidget()));
}

void TestWindowRights::pages_follow_the_rights()
{
    give(u"catalogue"_s, m_there.id);
    open();
    const auto offered = [this](const QList<Page> &pages) {
        for (const Page page : {Page::Desk, Page::Catalogue, Page::Patrons, Page::Branch, Page::Statistics}) {
            if (window()->isOffered(page) != pages.contains(page))
                return false;
        }
        return true;
    };
    QTRY_VERIFY_WITH_TIMEOUT(offered({Page::Catalogue, Page::Statistics}), patience);
    QCOMPARE(window()->currentPage(), Page::Catalogue);
    give(u"reports"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(offered({Page::Catalogue, Page::Branch, Page::Statistics}), patience);
    give(u"patrons"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(offered({Page::Catalogue, Page::Patrons, Page::Branch, Page::Statistics}),
                             patience);
    give(u"desk"_s);
    QTRY_VERIFY_WITH_TIMEOUT(
        offered({Page::Desk, Page::Catalogue, Page::Patrons, Page::Branch, Page::Statistics}), patience);
    QCOMPARE(window()->currentPage(), Page::Catalogue); // nobody is moved without need
    m_application.reset();

    // The next start begins with what was offered last.
    take(u"desk"_s);
    open();
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isOffered(Page::Desk), patience);
    m_application.reset();
    open();
    QVERIFY(!window()->isOffered(Page::Desk));
    m_application.reset();

    // What was remembered is no longer true: the page that was asked for comes back.
    give(u"desk"_s);
    open();
    QTRY_COMPARE_WITH_TIMEOUT(window()->currentPage(), Page::Desk, patience);
}

void TestWindowRights::staff_is_added_from_any_page()
{
    give(u"catalogue"_s);
    open({}, Page::Catalogue);
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Add book"_s), u"on"_s, patience);
    const QString title = u"Add a member of staff"_s;
    QAction *add = nullptr;
    const auto actions = window()->actions();
    for (QAction *action : actions) {
        if (action->text() == title)
            add = action;
    }
    QVERIFY(add && !add->isEnabled());
    give(u"library"_s, m_here.id); // logins need every branch
    QTRY_VERIFY_WITH_TIMEOUT(window()->isOffered(Page::Staff), patience);
    QVERIFY(!add->isEnabled());
    give(u"library"_s);
    QTRY_VERIFY_WITH_TIMEOUT(add->isEnabled(), patience);
    add->trigger();
    QCOMPARE(window()->currentPage(), Page::Staff);
    auto *form = window()->findChild<StaffSheet *>();
    QVERIFY(form && form->isVisible());
    QVERIFY(!add->isEnabled()); // the page offers it itself
}

void TestWindowRights::what_may_not_be_done_says_why()
{
    give(u"desk"_s, m_here.id);
    open({}, Page::Catalogue);
    const QString books = u"You may not edit books. A colleague with that right can sign in here."_s;
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Add book"_s), books, patience);
    QCOMPARE(whyNot(u"Import …"_s), books);
    QVERIFY(shows(books)); // beside the buttons
    QTest::keyClick(window()->focusWidget(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(!form());
    give(u"catalogue"_s);
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Add book"_s), u"on"_s, patience);
    QVERIFY(!shows(books));

    window()->showPage(Page::Patrons);
    const QString patrons = u"You may not register patrons. A colleague with that right can sign in here."_s;
    QCOMPARE(whyNot(u"Register patron"_s), patrons);
    QVERIFY(shows(patrons));
    QTest::keyClick(window()->focusWidget(), Qt::Key_N, Qt::ControlModifier);
    QVERIFY(!form());
    give(u"patrons"_s, m_there.id);
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Register patron"_s), u"on"_s, patience);

    // At this branch, though, nobody may be registered by whoever may do so at another.
    QTest::keyClick(window()->focusWidget(), Qt::Key_N, Qt::ControlModifier);
    QTRY_VERIFY(form());
    QCOMPARE(whyNot(u"Ctrl+S"_s),
             u"You may not register patrons at %1. A colleague with that right can sign in "
             "here."_s.arg(m_here.name));
    form()->session()->edit(u"branch"_s, m_there.id.toString(QUuid::WithoutBraces));
    QCOMPARE(whyNot(u"Ctrl+S"_s), u"on"_s);
}

void TestWindowRights::another_branch_is_another_matter()
{
    give(u"desk"_s, m_there.id);
    open();
    const QString lend = u"You may not lend or take back books at %1."_s.arg(m_here.name);
    QTRY_VERIFY_WITH_TIMEOUT(shows(lend), patience);
    auto *box = window()->findChild<ScanBox *>();
    QVERIFY(!box->isEnabled() && box->toolTip().startsWith(lend));
    QVERIFY(window()->isOffered(Page::Desk));
    window()->setCurrentBranch(m_there.id.toString(QUuid::WithoutBraces));
    Q_EMIT window()->branchChosen(window()->currentBranch());
    QVERIFY(!shows(lend) && box->isEnabled());
    window()->showPage(Page::Branch);
    QTRY_VERIFY_WITH_TIMEOUT(!shows(u"You may not see what is lent"_s), patience);
    window()->setCurrentBranch(m_here.id.toString(QUuid::WithoutBraces));
    Q_EMIT window()->branchChosen(window()->currentBranch());
    QVERIFY(shows(u"You may not see what is lent at %1."_s.arg(m_here.name)));
}

void TestWindowRights::revoked_right_keeps_what_was_typed()
{
    give(u"desk"_s, m_here.id);
    give(u"catalogue"_s);
    open({}, Page::Catalogue);
    QTRY_VERIFY_WITH_TIMEOUT(button(u"Add book"_s), patience);
    QTest::mouseClick(button(u"Add book"_s), Qt::LeftButton);
    QTRY_VERIFY(form());
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Ctrl+S"_s), u"on"_s, patience);
    auto *title = qobject_cast<QLineEdit *>(form()->field(u"title"_s));
    title->setFocus();
    QTest::keyClicks(title, u"Typed before it was revoked"_s);

    take(u"catalogue"_s);
    const QString books = u"You may not edit books. A colleague with that right can sign in here."_s;
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Ctrl+S"_s), books, patience);
    QVERIFY(shows(books));
    QCOMPARE(title->text(), u"Typed before it was revoked"_s);
    QTest::keyClick(title, Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(form()->session()->state(), EditSession::State::Ready);
    // The last right as well: the page stays for the form's sake.
    take(u"desk"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isOffered(Page::Desk), patience);
    QVERIFY(!window()->isCovered() && form());
    // Leaving offers no saving.
    QTest::keyClick(title, Qt::Key_Escape);
    QVERIFY(button(u"Go on editing"_s) && shows(u"What you typed is lost when you leave."_s));
    QTest::mouseClick(button(u"Go on editing"_s), Qt::LeftButton);

    give(u"catalogue"_s);
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Ctrl+S"_s), u"on"_s, patience);
    QTest::keyClick(title, Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!form() || !form()->session()->isNew(), patience);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM books WHERE title = 'Typed before it was revoked'"_s),
             u"1"_s);
}

void TestWindowRights::contact_data_is_withheld_in_words()
{
    give(u"desk"_s, m_here.id);
    open(m_card, Page::Patrons);
    const QString edit =
        u"You may not edit patrons at %1. A colleague with that right can sign in here."_s.arg(m_here.name);
    QTRY_VERIFY_WITH_TIMEOUT(shows(u"are shown to whoever may edit the patrons of %1"_s.arg(m_here.name)),
                             patience);
    QVERIFY(!shows(u"0123 456789"_s));
    QTRY_COMPARE_WITH_TIMEOUT(whyNot(u"Edit"_s), edit, patience);
    QCOMPARE(whyNot(u"Lend to this patron"_s), u"on"_s);
    give(u"patrons"_s, m_here.id);
    QTRY_VERIFY_WITH_TIMEOUT(shows(u"0123 456789"_s), patience);
    QVERIFY(!shows(u"are shown to whoever"_s));
    QCOMPARE(whyNot(u"Edit"_s), u"on"_s);
    take(u"desk"_s, m_here.id);
    QTRY_COMPARE_WITH_TIMEOUT(
        whyNot(u"Lend to this patron"_s),
        u"You may not lend books at %1. A colleague with that right can sign in here."_s.arg(m_here.name),
        patience);
}

/// What the sentences are while nothing is known: the desk works, since the database answers, and a form is
/// not saved.
void TestWindowRights::nothing_is_saved_before_the_rights_are_known()
{
    const Permissions before;
    QVERIFY(!before.unknown().isEmpty() && !before.hasNone());
    QVERIFY(before.refusal("desk"_L1, m_here, u"lend books"_s).isEmpty());
    const Permissions none{Rights()};
    QVERIFY(none.unknown().isEmpty() && none.hasNone());
    QCOMPARE(
        none.refusal("desk"_L1, m_here, u"lend books"_s),
        u"You may not lend books at %1. A colleague with that right can sign in here."_s.arg(m_here.name));
}

QTEST_MAIN(TestWindowRights)
#include "tst_windowrights.moc"
