// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "tests/support/tlslibrary.h"
#include "ui/signin/firstrunview.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/scanbox.h"

#include <QApplication>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The whole window before a real server with TLS: which page comes when, and what gets past it.
class TestSignIn final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void newComputerSeesFirstRun();
    void localLibraryNeedsNoPage();
    void serverWithPasswordAtHandNeedsNoPage();
    void passwordIsAsked();
    void serverIsTestedAndChosen();
    void unreachableServerIsTold();
    void lockAndReturn();
    void lockedByIdleness();
    void closedLoginDoesNotReturn();
    void lockWithoutServer();
    void peerSessionIsNotLocked();
    void policyLocksInTheEnd();

private:
    void open(const LibraryChoice &choice = {});
    void useServer(const ConnectionUrl &url);
    template <typename View>
    [[nodiscard]] View *page() const
    {
        const auto all = window()->findChildren<View *>();
        for (View *one : all) {
            if (one->isVisible())
                return one;
        }
        return nullptr;
    }
    [[nodiscard]] MainWindow *window() const;
    void typePassword(SignInView *view, const QString &password);
    void signIn();

    TlsLibrary m_tls;
    QTemporaryDir m_home;
    std::unique_ptr<Application> m_application;
};

namespace {

/// Everything that a test can wait for here is done in this time on a busy machine.
constexpr int longWait = 15'000;

QLineEdit *field(QWidget *parent, const QString &name)
{
    const auto all = parent->findChildren<QLineEdit *>();
    for (QLineEdit *one : all) {
        if (one->accessibleName() == name)
            return one;
    }
    qFatal("There is no field “%s”.", qPrintable(name));
}

bool saysAboutPassword(const QString &message)
{
    return message.contains("does not accept this name and password"_L1);
}

} // namespace

MainWindow *TestSignIn::window() const
{
    const auto all = QApplication::topLevelWidgets();
    for (QWidget *one : all) {
        if (auto *found = qobject_cast<MainWindow *>(one))
            return found;
    }
    qFatal("There is no window.");
}

void TestSignIn::initTestCase()
{
    for (const auto &[name, folder] : {std::pair("HOME", QString()),
                                       {"XDG_CONFIG_HOME", u"/config"_s},
                                       {"XDG_DATA_HOME", u"/data"_s},
                                       {"XDG_STATE_HOME", u"/state"_s}})
        qputenv(name, (m_home.path() + folder).toLocal8Bit());
    // Nobody's keychain is asked.
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    Theme::install(*qApp);
    QVERIFY2(m_tls.start(), qPrintable(m_tls.errorText()));
    (void)m_tls.library().addBranch();
    m_tls.library().settle();
}

void TestSignIn::init()
{
    for (const char *key :
         {"server/address", "server/sslmode", "server/channel_binding", "server/sslrootcert", "signin/server",
          "signin/person", "signin/kept", "signin/toForget", "signin/asked", "signin/locked", "lock/minutes"})
        windowSettings().setValue(QString::fromLatin1(key), QVariant());
    for (const char *name : {"DATABASE_URL", "DATABASE_URL_ALPHA", "PGPASSFILE"})
        qunsetenv(name);
    m_tls.useCertificate(u"right"_s);
    m_tls.setTls(true);
}

void TestSignIn::cleanup()
{
    m_application.reset();
    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna LOGIN"_s);
}

void TestSignIn::open(const LibraryChoice &choice)
{
    m_application = std::make_unique<Application>(StartOptions{.library = choice});
    m_application->start();
    window()->activateWindow();
    if (!QTest::qWaitForWindowActive(window()))
        qFatal("The window does not become the active one.");
}

void TestSignIn::useServer(const ConnectionUrl &url)
{
    qputenv("DATABASE_URL", url.with(u"password"_s, {}).display().toUtf8());
    qputenv(
        "DATABASE_URL_ALPHA",
        m_tls.shardUrl(u"alpha"_s).with(u"password"_s, {}).with(u"user"_s, url.user()).display().toUtf8());
}

void TestSignIn::typePassword(SignInView *view, const QString &password)
{
    window()->activateWindow(); // keys of a window that is not the active one press nothing
    if (!QTest::qWaitForWindowActive(window()))
        qFatal("The window does not become the active one.");
    QLineEdit *box = field(view, u"Password"_s);
    box->setFocus();
    QTest::keyClicks(box, password);
    QTest::keyClick(box, Qt::Key_Return);
}

void TestSignIn::signIn()
{
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    typePassword(page<SignInView>(), TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
}

void TestSignIn::newComputerSeesFirstRun()
{
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<FirstRunView>(), longWait);
    QVERIFY(window()->isCovered());
    QVERIFY2(!QFileInfo::exists(m_home.filePath(u"data/branchline/library"_s)),
             "Something was made unasked.");
}

void TestSignIn::localLibraryNeedsNoPage()
{
    open({.directory = m_tls.library().servers().directory(), .onlyLocal = true});
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
    QVERIFY(!window()->isCovered());
}

void TestSignIn::serverWithPasswordAtHandNeedsNoPage()
{
    QFile passwords(m_home.filePath(u"pgpass"_s));
    QVERIFY(passwords.open(QIODevice::WriteOnly));
    passwords.write("*:*:*:anna:" + TlsLibrary::password().toUtf8() + '\n');
    passwords.close();
    passwords.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    qputenv("PGPASSFILE", passwords.fileName().toUtf8());
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
    QVERIFY(!window()->isCovered());
    QVERIFY(passwords.remove());
}

void TestSignIn::passwordIsAsked()
{
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    SignInView *view = page<SignInView>();
    QCOMPARE(view->person(), u"anna"_s);
    QVERIFY2(view->messages()->message().isEmpty(), qPrintable(view->messages()->message()));
    typePassword(view, u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(saysAboutPassword(view->messages()->message()), longWait);
    QVERIFY(view->password().isEmpty());
    QVERIFY(window()->isCovered());
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
    QCOMPARE(windowSettings().value(u"signin/person"_s).toString(), u"anna"_s);
}

/// First run to work: address, test, sign-in, and next time only the password.
void TestSignIn::serverIsTestedAndChosen()
{
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<FirstRunView>(), longWait);
    FirstRunView *first = page<FirstRunView>();
    const ConnectionUrl url = m_tls.url().with(u"password"_s, {}).with(u"user"_s, {});
    QTest::keyClicks(field(first, u"Address of the server"_s),
                     url.with(u"sslrootcert"_s, {}).with(u"sslmode"_s, {}).display());
    first->protection()->setSecurity({.sslMode = u"verify-full"_s,
                                      .channelBinding = u"require"_s,
                                      .rootCertificate = m_tls.rootCertificate()});
    QTest::keyClick(first, Qt::Key_T, Qt::AltModifier);
    // Nobody was named, and this server's pg_hba.conf lets only its staff in.
    QTRY_VERIFY_WITH_TIMEOUT(first->messages()->message().contains("not let everybody in"_L1), longWait);
    QVERIFY2(first->messages()->message().contains("server verified"_L1),
             qPrintable(first->messages()->message()));
    QTest::keyClick(first, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    SignInView *view = page<SignInView>();
    QLineEdit *name = field(view, u"Name"_s);
    name->selectAll();
    QTest::keyClicks(name, u"anna"_s);
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QVERIFY(!windowSettings().value(u"server/address"_s).toString().contains("anna"_L1));

    m_application.reset();
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    QCOMPARE(page<SignInView>()->person(), u"anna"_s);
    typePassword(page<SignInView>(), TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
}

void TestSignIn::unreachableServerIsTold()
{
    windowSettings().setValue(u"signin/asked"_s, true);
    useServer(m_tls.url().with(u"hostaddr"_s, u"127.99.99.99"_s));
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    QCOMPARE(page<SignInView>()->messages()->kind(), MessageBar::Kind::Offline);
}

/// What was typed before the lock is there after it.
void TestSignIn::lockAndReturn()
{
    signIn();
    auto *scan = window()->findChild<ScanBox *>();
    QVERIFY(scan);
    scan->setFocus();
    QTest::keyClicks(scan, u"3041"_s);
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>(), longWait);
    SignInView *view = page<SignInView>();
    QCOMPARE(view->person(), u"anna"_s);
    QVERIFY(!scan->isVisible());
    typePassword(view, u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(saysAboutPassword(view->messages()->message()), longWait);
    QVERIFY(window()->isCovered());
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QCOMPARE(scan->text(), u"3041"_s);
    QVERIFY(scan->isVisible());
}

void TestSignIn::lockedByIdleness()
{
    signIn();
    auto *lock = m_application->findChild<WindowLock *>();
    QVERIFY(lock);
    lock->setLimit(50ms);
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>(), longWait);
    QVERIFY(lock->isLocked());
}

void TestSignIn::closedLoginDoesNotReturn()
{
    signIn();
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna NOLOGIN"_s);
    SignInView *view = page<SignInView>();
    QVERIFY(view);
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("may not sign in"_L1), longWait);
    QVERIFY(window()->isCovered());
}

/// Scans must go on while the server is away: then the password of this session counts, and no other.
void TestSignIn::lockWithoutServer()
{
    signIn();
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    SignInView *view = page<SignInView>();
    QVERIFY(view);
    QVERIFY2(m_tls.library().servers().stopServer(u"library"_s),
             qPrintable(m_tls.library().servers().errorText()));
    typePassword(view, u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("cannot be checked"_L1), longWait);
    QVERIFY(window()->isCovered());
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QVERIFY2(m_tls.library().servers().startServer(u"library"_s),
             qPrintable(m_tls.library().servers().errorText()));
}

void TestSignIn::peerSessionIsNotLocked()
{
    open({.directory = m_tls.library().servers().directory(), .onlyLocal = true});
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
    auto *lock = m_application->findChild<WindowLock *>();
    QVERIFY(lock && !lock->mayLock());
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    QVERIFY(!window()->isCovered());
}

/// "Never" does not outlast the policy of the computer.
void TestSignIn::policyLocksInTheEnd()
{
    MainWindow window;
    window.addPage(MainWindow::Page::Desk, new QWidget);
    WindowLock lock(window);
    ClusterConfig config;
    config.main = m_tls.url();
    Diagnosis found;
    found.finding = Diagnosis::Finding::Ready;
    found.usedPassword = true;
    lock.setMinutes(0);
    lock.arm(config, found);
    QCOMPARE(lock.limit(), std::chrono::milliseconds(0min));
    config.policy.lockMinutes = 5;
    lock.arm(config, found);
    QCOMPARE(lock.limit(), std::chrono::milliseconds(5min));
    lock.setMinutes(30);
    QCOMPARE(lock.limit(), std::chrono::milliseconds(5min));
    lock.setMinutes(2);
    QCOMPARE(lock.limit(), std::chrono::milliseconds(2min));
    found.usedPassword = false;
    lock.arm(config, found);
    QCOMPARE(lock.limit(), std::chrono::milliseconds(0min));
}

QTEST_MAIN(TestSignIn)
#include "tst_signin.moc"
