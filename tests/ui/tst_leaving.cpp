// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/windowsettings.h"
#include "tests/ui/signinstage.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/scanbox.h"

#include <QApplication>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Out of the window and in again, before a real server: a lock that holds, work that waits, signing out, and
/// a main database that is away.
class TestLeaving final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void lockOutlivesTheProgram();
    void lockOpensThoughTheCertificateExpired();
    void lockTellsWhatWaits();
    void signOutWaitsForScans();
    void stayingIsNoSigningOut();
    void signOutThatCannotStartIsTold();
    void nextPersonGetsNobodysPatron();
    void typedDeskStartsWithoutMain();
    void pageFindsTheServerBack();

private:
    /// The programs that were started, and whether this one was to end.
    void watchLeaving();
    void scanWhileTheServerIsAway();
    [[nodiscard]] bool startServer();

    SignInStage m_stage;
    QList<QStringList> m_started;
    bool m_startsPrograms = true;
    int m_left = 0;
};

void TestLeaving::initTestCase()
{
    QVERIFY2(m_stage.start(), qPrintable(m_stage.errorText()));
}

void TestLeaving::init()
{
    m_stage.forgetEverything();
    m_stage.tls().useCertificate(u"right"_s);
    m_started.clear();
    m_startsPrograms = true;
    m_left = 0;
}

void TestLeaving::cleanup()
{
    m_stage.close();
    m_stage.keepInPgpass(false);
    QVERIFY(startServer());
}

void TestLeaving::watchLeaving()
{
    auto *leaving = m_stage.application()->findChild<Leaving *>();
    QVERIFY(leaving);
    leaving->setStart([this](const QStringList &arguments) {
        m_started << arguments;
        return m_startsPrograms;
    });
    connect(leaving, &Leaving::left, this, [this] { ++m_left; });
}

bool TestLeaving::startServer()
{
    return m_stage.tls().library().servers().startServer(u"library"_s);
}

void TestLeaving::scanWhileTheServerIsAway()
{
    QVERIFY(m_stage.tls().library().servers().stopServer(u"library"_s));
    m_stage.activate();
    auto *scan = m_stage.window()->findChild<ScanBox *>();
    QTest::keyClick(scan, Qt::Key_F2);
    scan = nullptr;
    const auto all = m_stage.window()->findChildren<ScanBox *>();
    for (ScanBox *one : all)
        scan = one->isVisible() ? one : scan;
    QVERIFY(scan);
    scan->setFocus();
    QTest::keyClicks(scan, u"31000002"_s);
    QTest::keyClick(scan, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(m_stage.says(u"1 scan kept on this desk"_s), SignInStage::longWait);
}

/// Neither ~/.pgpass nor an empty password gets past a lock by ending the program.
void TestLeaving::lockOutlivesTheProgram()
{
    m_stage.keepInPgpass(true);
    m_stage.useServer(m_stage.tls().url());
    m_stage.open();
    QVERIFY(m_stage.waitForWork());
    QTest::keyClick(m_stage.window(), Qt::Key_L, Qt::ControlModifier);
    QVERIFY(m_stage.window()->isCovered());
    m_stage.close();

    m_stage.open();
    SignInView *view = m_stage.waitForPage();
    QVERIFY2(view->messages()->message().contains("was locked"_L1), qPrintable(view->messages()->message()));
    m_stage.typePassword({});
    m_stage.typePassword(u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("does not accept"_L1),
                             SignInStage::longWait);
    m_stage.close();

    m_stage.open();
    m_stage.typePassword();
    QVERIFY(m_stage.waitForWork());
    m_stage.close();
    // Whoever has shown who it is finds everything as before.
    m_stage.open();
    QVERIFY(m_stage.waitForWork());
}

void TestLeaving::lockOpensThoughTheCertificateExpired()
{
    m_stage.signIn();
    QTest::keyClick(m_stage.window(), Qt::Key_L, Qt::ControlModifier);
    m_stage.tls().useCertificate(u"expired"_s);
    SignInView *view = m_stage.waitForPage();
    m_stage.typePassword(u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!view->messages()->message().isEmpty(), SignInStage::longWait);
    QVERIFY(m_stage.window()->isCovered());
    m_stage.typePassword();
    QTRY_VERIFY_WITH_TIMEOUT(!m_stage.window()->isCovered(), SignInStage::longWait);
}

void TestLeaving::lockTellsWhatWaits()
{
    m_stage.signIn();
    watchLeaving();
    scanWhileTheServerIsAway();
    QTest::keyClick(m_stage.window(), Qt::Key_L, Qt::ControlModifier);
    SignInView *view = m_stage.waitForPage();
    QTest::keyClick(view, Qt::Key_A, Qt::AltModifier);
    QVERIFY2(view->messages()->message().contains("1 scan waits"_L1),
             qPrintable(view->messages()->message()));
    QVERIFY(view->messages()->message().contains("when anna signs in here again"_L1));
    QCOMPARE(m_started.size(), 0);
    QVERIFY(!m_stage.window()->close());
    QTest::keyClick(view, Qt::Key_A, Qt::AltModifier);
    m_stage.press(u"Close all the same"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_started.size(), 1, SignInStage::longWait);
    QCOMPARE(m_left, 1);
    m_stage.close();
    QVERIFY(startServer());

    // Somebody else is asked for a name; the lock holds all the same.
    m_stage.open({.library = {}, .mustSignIn = true});
    view = m_stage.waitForPage();
    m_stage.activate();
    QCOMPARE(view->person(), QString());
    QVERIFY2(view->messages()->message().isEmpty(), qPrintable(view->messages()->message()));
    QLineEdit *name = SignInStage::field(view, u"Name"_s);
    QCOMPARE(QApplication::focusWidget(), name);
    QTest::keyClicks(name, u"anna"_s);
    QTest::keyClick(name, Qt::Key_Return);
    QVERIFY2(!view->isBusy(), "A locked window asks the server without a password.");
    QVERIFY(view->messages()->message().contains("without a password"_L1));
    QCOMPARE(QApplication::focusWidget(), SignInStage::field(view, u"Password"_s));
    m_stage.typePassword();
    QVERIFY(m_stage.waitForWork());
}

/// "Close" after the question still means signing out.
void TestLeaving::signOutWaitsForScans()
{
    m_stage.signIn();
    watchLeaving();
    scanWhileTheServerIsAway();
    Q_EMIT m_stage.window()->signOutRequested();
    QVERIFY(m_stage.says(u"1 scan waits."_s));
    QCOMPARE(m_started.size(), 0);
    m_stage.press(u"Close"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_started.size(), 1, SignInStage::longWait);
    QVERIFY(m_started.first().contains(u"--sign-in"_s));
    QCOMPARE(m_left, 1);
}

void TestLeaving::stayingIsNoSigningOut()
{
    m_stage.signIn();
    watchLeaving();
    scanWhileTheServerIsAway();
    Q_EMIT m_stage.window()->signOutRequested();
    m_stage.press(u"Stay"_s);
    QVERIFY(!m_stage.window()->close());
    m_stage.press(u"Close"_s);
    QVERIFY(!m_stage.window()->isVisible());
    QCOMPARE(m_started.size(), 0);
    QCOMPARE(m_left, 0);
}

void TestLeaving::signOutThatCannotStartIsTold()
{
    m_stage.signIn();
    watchLeaving();
    m_startsPrograms = false;
    Q_EMIT m_stage.window()->signOutRequested();
    QTRY_VERIFY_WITH_TIMEOUT(m_stage.says(u"could not be started"_s), SignInStage::longWait);
    QCOMPARE(m_left, 0);
    QVERIFY(m_stage.window()->isVisible());
    m_startsPrograms = true;
    Q_EMIT m_stage.window()->signOutRequested();
    QTRY_COMPARE_WITH_TIMEOUT(m_left, 1, SignInStage::longWait);
}

void TestLeaving::nextPersonGetsNobodysPatron()
{
    const QStringList arguments{u"--card"_s,   u"20410001"_s,     u"--search=secret"_s, u"--branch"_s,
                                u"MAIN"_s,     u"--render"_s,     u"x.png"_s,           u"--theme=dark"_s,
                                u"--dir"_s,    u"/srv/library"_s, u"--page"_s,          u"patrons"_s,
                                u"--sign-in"_s};
    QCOMPARE(Leaving::argumentsForNext(arguments, false),
             (QStringList{u"--branch"_s, u"MAIN"_s, u"--theme=dark"_s, u"--dir"_s, u"/srv/library"_s,
                          u"--sign-in"_s}));
    QCOMPARE(Leaving::argumentsForNext(arguments, true), (QStringList{u"--theme=dark"_s, u"--sign-in"_s}));
}

void TestLeaving::typedDeskStartsWithoutMain()
{
    m_stage.signIn();
    m_stage.close();
    QVERIFY(m_stage.tls().library().servers().stopServer(u"library"_s));
    m_stage.open();
    SignInView *view = m_stage.waitForPage();
    QCOMPARE(view->messages()->kind(), MessageBar::Kind::Offline);
    m_stage.typePassword();
    QTRY_VERIFY_WITH_TIMEOUT(!view->isBusy() && !view->messages()->message().isEmpty(),
                             SignInStage::longWait);
    QVERIFY(m_stage.window()->isCovered());
    m_stage.press(u"Work without the main database"_s);
    QVERIFY(!m_stage.window()->isCovered());
    // It can be locked and left as every session with a password.
    QVERIFY(m_stage.application()->findChild<WindowLock *>()->mayLock());
    QVERIFY(startServer());
    QVERIFY(m_stage.waitForWork());
}

void TestLeaving::pageFindsTheServerBack()
{
    m_stage.signIn();
    m_stage.close();
    QVERIFY(m_stage.tls().library().servers().stopServer(u"library"_s));
    m_stage.open();
    SignInView *view = m_stage.waitForPage();
    QCOMPARE(view->messages()->kind(), MessageBar::Kind::Offline);
    QVERIFY(startServer());
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("answers again"_L1), SignInStage::longWait);
    m_stage.typePassword();
    QVERIFY(m_stage.waitForWork());
}

QTEST_MAIN(TestLeaving)
#include "tst_leaving.moc"
