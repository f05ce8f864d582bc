// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/mainwindow.h"
#include "ui/signin/choicecard.h"
#include "ui/signin/firstrunview.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/scanbox.h"

#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTest>
#include <QWindow>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

template <typename T>
T *named(QWidget *parent, const QString &name)
{
    const auto all = parent->findChildren<T *>();
    for (T *one : all) {
        if (one->accessibleName() == name)
            return one;
    }
    qFatal("There is no “%s”.", qPrintable(name));
}

Button *button(QWidget *parent, const QString &text)
{
    const auto all = parent->findChildren<Button *>();
    for (Button *one : all) {
        if (one->text() == text)
            return one;
    }
    qFatal("There is no button “%s”.", qPrintable(text));
}

} // namespace

/// The pages before the window, typed into as people do, and the window below them.
class TestSignInViews final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void firstRunByKeyboard();
    void openDropDownKeepsEnter();
    void addressChoosesTheServer();
    void progressReplacesTheButton();
    void policyTakesWeakerChoicesAway();
    void signInByKeyboard();
    void passwordIsHidden();
    void lockKeepsThePerson();
    void lockTellsScansFromHands();
    void everythingHasAName_data();
    void everythingHasAName();
    void coverRestsTheKeys();
    void coverGivesTheFocusBack();
    void coversLieOnEachOther();
};

void TestSignInViews::initTestCase()
{
    Theme::install(*qApp);
}

void TestSignInViews::firstRunByKeyboard()
{
    FirstRunView view;
    view.resize(1366, 768);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setFocus();
    QSignalSpy go(&view, &FirstRunView::goRequested);
    QCOMPARE(view.choice(), FirstRunView::Choice::Demo);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(go.size(), 1);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QCOMPARE(view.choice(), FirstRunView::Choice::NewLibrary);
    QVERIFY(button(&view, u"Start new library"_s)->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QCOMPARE(view.choice(), FirstRunView::Choice::Server);
    // What comes next is the address.
    QTRY_COMPARE(QApplication::focusWidget(), named<QLineEdit>(&view, u"Address of the server"_s));
    // Without an address there is nothing to go to, and the button says so.
    const Button *next = button(&view, u"Continue to sign-in"_s);
    QVERIFY(!next->isEnabled());
    QVERIFY(!next->toolTip().isEmpty());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(go.size(), 1);
}

void TestSignInViews::openDropDownKeepsEnter()
{
    FirstRunView view;
    view.resize(1366, 768);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setChoice(FirstRunView::Choice::Server);
    view.setAddress(u"postgresql://db/library"_s);
    QSignalSpy go(&view, &FirstRunView::goRequested);
    auto *modes = named<QComboBox>(view.protection(), u"Encryption"_s);
    modes->setFocus();
    modes->showPopup();
    QWidget *list = modes->view()->window();
    QVERIFY(QTest::qWaitForWindowExposed(list));
    QTest::keyClick(list->windowHandle(), Qt::Key_Down);
    QTest::keyClick(list->windowHandle(), Qt::Key_Return);
    QTRY_VERIFY(!list->isVisible());
    QCOMPARE(modes->currentIndex(), 1);
    QCOMPARE(go.size(), 0);
    QTest::keyClick(view.windowHandle(), Qt::Key_Return);
    QCOMPARE(go.size(), 1);
}

void TestSignInViews::addressChoosesTheServer()
{
    FirstRunView view;
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    QSignalSpy test(&view, &FirstRunView::testRequested);
    auto *address = named<QLineEdit>(&view, u"Address of the server"_s);
    QTest::keyClicks(address, u"postgresql://db/library"_s);
    QCOMPARE(view.choice(), FirstRunView::Choice::Server);
    QCOMPARE(view.address(), u"postgresql://db/library"_s);
    QVERIFY(view.protection()->isVisible());
    QCOMPARE(view.protection()->security().sslMode, u"verify-full"_s);
    QTest::keyClick(address, Qt::Key_T, Qt::AltModifier);
    QCOMPARE(test.size(), 1);
    view.setTesting(true);
    QVERIFY(!button(&view, u"Testing …"_s)->isEnabled());
    view.setTesting(false);
    QVERIFY(button(&view, u"Test connection"_s)->isEnabled());
}

void TestSignInViews::progressReplacesTheButton()
{
    FirstRunView view;
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    QSignalSpy go(&view, &FirstRunView::goRequested);
    QSignalSpy cancel(&view, &FirstRunView::cancelRequested);
    view.setProgress(u"Making the databases."_s);
    QVERIFY(!button(&view, u"Set up demo library"_s)->isVisible());
    QVERIFY(button(&view, u"Cancel"_s)->isVisible());
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(go.size(), 0);
    QTest::keyClick(&view, Qt::Key_Escape);
    QCOMPARE(cancel.size(), 1);
    view.setProgress({});
    QVERIFY(button(&view, u"Set up demo library"_s)->isVisible());
}

void TestSignInViews::policyTakesWeakerChoicesAway()
{
    ProtectionBox box;
    box.show();
    box.setSecurity({.sslMode = u"disable"_s, .channelBinding = {}, .rootCertificate = u"/mine.crt"_s});
    QCOMPARE(box.security().sslMode, u"disable"_s);
    SecurityPolicy policy;
    policy.file = u"/etc/branchline/policy.conf"_s;
    policy.required = {
        .sslMode = u"verify-ca"_s, .channelBinding = u"require"_s, .rootCertificate = u"/policy.crt"_s};
    box.setPolicy(policy);
    QCOMPARE(named<QComboBox>(&box, u"Encryption"_s)->count(), 2);
    QCOMPARE(box.security().sslMode, u"verify-full"_s);
    QCOMPARE(box.security().channelBinding, u"require"_s);
    QCOMPARE(box.security().rootCertificate, u"/policy.crt"_s);
    box.setSecurity({.sslMode = u"disable"_s, .channelBinding = {}, .rootCertificate = u"/mine.crt"_s});
    QCOMPARE(box.security().sslMode, u"verify-full"_s);
    QCOMPARE(box.security().channelBinding, u"require"_s);
    QCOMPARE(box.security().rootCertificate, u"/policy.crt"_s);
    bool isTold = false;
    const auto labels = box.findChildren<QLabel *>();
    for (const QLabel *label : labels)
        isTold = isTold || (label->isVisible() && label->text().contains(policy.file));
    QVERIFY(isTold);
}

void TestSignInViews::signInByKeyboard()
{
    SignInView view(SignInView::Kind::SignIn);
    view.resize(1366, 768);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setFocus();
    QSignalSpy go(&view, &SignInView::signInRequested);
    QCOMPARE(QApplication::focusWidget(), named<QLineEdit>(&view, u"Name"_s));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(go.size(), 0); // nobody
    QTest::keyClicks(QApplication::focusWidget(), u"anna"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    QTest::keyClicks(QApplication::focusWidget(), u"secret word"_s);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(go.size(), 1);
    QCOMPARE(view.person(), u"anna"_s);
    QCOMPARE(view.password(), u"secret word"_s);
    view.setBusy(true);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(go.size(), 1);
    view.setBusy(false);
    // Refused: the password is to be typed again, over the old one.
    QCOMPARE(QApplication::focusWidget(), named<QLineEdit>(&view, u"Password"_s));
    QTest::keyClicks(QApplication::focusWidget(), u"another"_s);
    QCOMPARE(view.password(), u"another"_s);
    QCOMPARE(view.person(), u"anna"_s);
    // Who is known types only the password.
    SignInView again(SignInView::Kind::SignIn);
    again.setPerson(u"anna"_s);
    again.show();
    QVERIFY(QTest::qWaitForWindowActive(&again));
    again.setFocus();
    QCOMPARE(QApplication::focusWidget(), named<QLineEdit>(&again, u"Password"_s));
}

void TestSignInViews::passwordIsHidden()
{
    SignInView view(SignInView::Kind::SignIn);
    view.show();
    auto *field = named<QLineEdit>(&view, u"Password"_s);
    QTest::keyClicks(field, u"secret word"_s);
    QCOMPARE(field->echoMode(), QLineEdit::Password);
    QVERIFY(!field->displayText().contains("secret"_L1));
    const QAccessibleInterface *spoken = QAccessible::queryAccessibleInterface(field);
    QVERIFY(spoken);
    QVERIFY(!spoken->text(QAccessible::Value).contains("secret"_L1));
    view.clearPassword();
    QVERIFY(field->text().isEmpty());
    field->undo();
    QVERIFY2(field->text().isEmpty(), "The password comes back by undo.");
}

void TestSignInViews::lockKeepsThePerson()
{
    SignInView view(SignInView::Kind::Lock);
    view.setPerson(u"anna"_s);
    view.setRemark(u"2 scans wait."_s);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setFocus();
    auto *person = named<QLineEdit>(&view, u"Name"_s);
    QTest::keyClicks(person, u"eve"_s);
    QCOMPARE(view.person(), u"anna"_s);
    QVERIFY(!button(&view, u"Unlock"_s)->isEnabled());
    QTest::keyClicks(named<QLineEdit>(&view, u"Password"_s), u"x"_s);
    QVERIFY(button(&view, u"Unlock"_s)->isEnabled());
    QSignalSpy other(&view, &SignInView::otherRequested);
    QTest::keyClick(&view, Qt::Key_A, Qt::AltModifier);
    QCOMPARE(other.size(), 1);
}

/// By the time between the keys, and the scanner's Enter may be late; whoever types is never taken for one.
void TestSignInViews::lockTellsScansFromHands()
{
    SignInView view(SignInView::Kind::Lock);
    view.setPerson(u"anna"_s);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    view.setFocus();
    auto *password = named<QLineEdit>(&view, u"Password"_s);
    const auto told = [&view] { return view.messages()->message(); };
    quint64 now = 5000;
    // Whether the page kept the Enter to itself.
    const auto type = [&](quint64 between, quint64 beforeEnter) {
        for (const QChar letter : u"31000002"_s) {
            QKeyEvent press(QEvent::KeyPress, Qt::Key_0, Qt::NoModifier, QString(letter));
            press.setTimestamp(now += between);
            QApplication::sendEvent(password, &press);
        }
        QKeyEvent first(QEvent::ShortcutOverride, Qt::Key_Return, Qt::NoModifier);
        first.setTimestamp(now += beforeEnter);
        first.ignore();
        QApplication::sendEvent(password, &first);
        if (!first.isAccepted())
            return false;
        QKeyEvent press(QEvent::KeyPress, Qt::Key_Return, Qt::NoModifier);
        press.setTimestamp(now);
        QApplication::sendEvent(password, &press);
        return true;
    };
    for (const quint64 beforeEnter : {2, 35, 150}) {
        QVERIFY(type(10, beforeEnter));
        QVERIFY(view.password().isEmpty());
        QCOMPARE(told(), u"The window is locked. The scan was not taken; unlock and scan again."_s);
        view.messages()->clear();
        now += 1000;
    }
    for (const auto &[between, beforeEnter] : {std::pair(60, 60), {60, 2}, {10, 400}}) {
        QVERIFY(!type(between, beforeEnter));
        QCOMPARE(view.password(), u"31000002"_s);
        QVERIFY(told().isEmpty());
        view.clearPassword();
        now += 1000;
    }
}

void TestSignInViews::everythingHasAName_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("first run") << 0;
    QTest::newRow("sign-in") << 1;
    QTest::newRow("lock") << 2;
}

void TestSignInViews::everythingHasAName()
{
    QFETCH(const int, kind);
    std::unique_ptr<CoverPage> view;
    if (kind == 0)
        view = std::make_unique<FirstRunView>();
    else
        view = std::make_unique<SignInView>(kind == 1 ? SignInView::Kind::SignIn : SignInView::Kind::Lock);
    view->show();
    QVERIFY(!view->accessibleName().isEmpty());
    const auto widgets = view->findChildren<QWidget *>();
    int reached = 0;
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_"_L1) ||
            widget->inherits("QAbstractItemView") || widget->inherits("QComboBoxPrivateContainer"))
            continue;
        const auto *control = qobject_cast<const QAbstractButton *>(widget);
        const QString name =
            control && !control->text().isEmpty() ? control->text() : widget->accessibleName();
        QVERIFY2(!name.isEmpty(), widget->metaObject()->className());
        ++reached;
    }
    QVERIFY(reached >= 3);
}

/// Below a cover no key does anything but quit.
void TestSignInViews::coverRestsTheKeys()
{
    MainWindow window;
    auto *desk = new QWidget;
    auto *catalogue = new QWidget;
    window.addPage(MainWindow::Page::Desk, desk);
    window.addPage(MainWindow::Page::Catalogue, catalogue);
    window.setMayLock(true);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    auto *cover = new SignInView(SignInView::Kind::Lock);
    window.cover(cover);
    QVERIFY(window.isCovered());
    QVERIFY(!desk->isVisible());
    QSignalSpy quit(&window, &MainWindow::quitRequested);
    QSignalSpy lock(&window, &MainWindow::lockRequested);
    QTest::keyClick(&window, Qt::Key_F3);
    QTest::keyClick(&window, Qt::Key_L, Qt::ControlModifier);
    QTest::keyClick(&window, Qt::Key_K, Qt::ControlModifier);
    QCOMPARE(window.currentPage(), MainWindow::Page::Desk);
    QCOMPARE(lock.size(), 0);
    window.showPage(MainWindow::Page::Catalogue); // what goes on below takes no focus and shows nothing
    QVERIFY(!catalogue->isVisible());
    QTest::keyClick(&window, Qt::Key_F1);
    QCOMPARE(window.currentPage(), MainWindow::Page::Catalogue);
    window.setMaySignOut(true);
    QTest::keyClick(&window, Qt::Key_Q, Qt::ControlModifier);
    QCOMPARE(quit.size(), 1);
    window.uncover(cover);
    QVERIFY(catalogue->isVisible());
    QTest::keyClick(&window, Qt::Key_F1);
    QCOMPARE(window.currentPage(), MainWindow::Page::Desk);
    QTest::keyClick(&window, Qt::Key_L, Qt::ControlModifier);
    QCOMPARE(lock.size(), 1);
}

void TestSignInViews::coverGivesTheFocusBack()
{
    MainWindow window;
    auto *page = new QWidget;
    auto *first = new ScanBox(page);
    auto *second = new QLineEdit(page);
    Q_UNUSED(first)
    window.addPage(MainWindow::Page::Desk, page);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    second->setFocus();
    second->setText(u"half a"_s);
    auto *cover = new SignInView(SignInView::Kind::Lock);
    cover->setPerson(u"anna"_s);
    window.cover(cover);
    QVERIFY(cover->isAncestorOf(QApplication::focusWidget()));
    QTest::keyClicks(QApplication::focusWidget(), u"pass"_s);
    window.uncover(cover);
    QCOMPARE(QApplication::focusWidget(), second);
    QTest::keyClicks(second, u" title"_s);
    QCOMPARE(second->text(), u"half a title"_s);
}

void TestSignInViews::coversLieOnEachOther()
{
    MainWindow window;
    window.addPage(MainWindow::Page::Desk, new QWidget);
    window.show();
    auto *below = new SignInView(SignInView::Kind::SignIn);
    auto *above = new FirstRunView;
    window.cover(below);
    window.cover(above);
    QVERIFY(above->isVisible() && !below->isVisible());
    window.uncover(above);
    QVERIFY(below->isVisible() && window.isCovered());
    window.uncover(below);
    QVERIFY(!window.isCovered());
}

QTEST_MAIN(TestSignInViews)
#include "tst_signinviews.moc"
