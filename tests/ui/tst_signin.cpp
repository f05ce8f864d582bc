// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "tests/support/tlslibrary.h"
#include "tests/ui/typing.h"
#include "ui/signin/firstrunview.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/scanbox.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDirIterator>
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
    void noRightYetIsLookedAtAgain();
    void serverIsTestedAndChosen();
    void unreachableServerIsTold();
    void lockAndReturn();
    void lockedByIdleness();
    void closedLoginDoesNotReturn();
    void lockWithoutServer();
    void peerSessionIsNotLocked();
    void policyLocksInTheEnd();
    void lockedWindowTakesNoScan();
    void passwordChangedMeanwhile();
    void nextPersonFindsNothing();

private:
    void scan(const QString &text);
    [[nodiscard]] QString whoLent(const QString &barcode);
    [[nodiscard]] bool isKept(const QString &barcode) const;
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
    QString m_card;
    QStringList m_barcodes; ///< of copies that nobody has
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

/// Everything that the window's visible parts say to eyes, to the pointer and to screen readers.
QString shownText(const QWidget *window)
{
    QStringList texts{window->windowTitle(), window->toolTip()};
    const auto all = window->findChildren<QWidget *>();
    for (const QWidget *one : all) {
        if (one->isVisible())
            texts << one->property("text").toString() << one->toolTip() << one->accessibleName()
                  << one->accessibleDescription() << one->windowTitle();
    }
    return texts.join(u'\n');
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
    const BranchEntry branch = m_tls.library().addBranch();
    m_card = m_tls.library().addPatron(branch);
    for (int i = 0; i < 3; ++i)
        m_barcodes << m_tls.library().addCopy(branch);
    m_tls.library().settle();
}

void TestSignIn::init()
{
    for (const char *key :
         {"server/address", "server/sslmode", "server/channel_binding", "server/sslrootcert", "signin/server",
          "signin/person", "signin/kept", "signin/toForget", "signin/asked", "signin/locked", "signin/others",
          "lock/minutes"})
        windowSettings().setValue(QString::fromLatin1(key), QVariant());
    for (const char *name : {"DATABASE_URL", "DATABASE_URL_ALPHA", "PGPASSFILE"})
        qunsetenv(name);
    m_tls.useCertificate(u"right"_s);
    m_tls.setTls(true);
}

void TestSignIn::cleanup()
{
    m_application.reset();
    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna LOGIN PASSWORD '%1'"_s.arg(TlsLibrary::password()));
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
    typeByHand(box, password);
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

void TestSignIn::noRightYetIsLookedAtAgain()
{
    useServer(m_tls.url(u"stranger"_s));
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    SignInView *view = page<SignInView>();
    const auto told = [view] { return view->messages()->message(); };
    const auto look = [view] {
        const auto buttons = view->messages()->findChildren<QAbstractButton *>();
        for (QAbstractButton *button : buttons) {
            if (button->isVisible() && button->text() == u"Look again"_s)
                return button->click();
        }
        qFatal("There is no button to look again.");
    };
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(told().contains("has no right in this library yet"_L1), longWait);
    QVERIFY(told().contains("Ask an administrator of the library"_L1));
    QVERIFY(view->password().isEmpty());
    look();
    QVERIFY(view->isBusy());
    QTRY_VERIFY_WITH_TIMEOUT(!view->isBusy() && told().contains("has no right"_L1), longWait);
    m_tls.library().sql(u"main"_s, u"SELECT public.add_staff('stranger', 'Stranger')"_s);
    m_tls.library().sql(u"main"_s, u"SELECT public.assign_right('stranger', 'desk')"_s);
    look();
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
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
    typePassword(view, u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!view->isBusy() && saysAboutPassword(view->messages()->message()), longWait);
    // What is typed next is a password again, and nobody reads it.
    QCOMPARE(QApplication::focusWidget(), field(view, u"Password"_s));
    QCOMPARE(view->person(), u"anna"_s);
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

void TestSignIn::scan(const QString &text)
{
    auto *box = window()->findChild<ScanBox *>();
    box->setFocus();
    QTest::keyClicks(box, text);
    QTest::keyClick(box, Qt::Key_Return);
}

QString TestSignIn::whoLent(const QString &barcode)
{
    return m_tls.library().value(
        u"alpha_shard"_s,
        u"SELECT string_agg(l.created_by::text, ',') FROM book_lending AS l "
        "JOIN physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id "
        "WHERE e.barcode = '%1'"_s.arg(barcode));
}

/// Whether a scan waits on this computer's disk.
bool TestSignIn::isKept(const QString &barcode) const
{
    QDirIterator files(m_home.path(), {u"*.journal"_s}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly) && file.readAll().contains(barcode.toUtf8()))
            return true;
    }
    return false;
}

/// What a scanner sends to a locked window goes nowhere, wherever the focus is; no patron's data is on the
/// screen, and all of it is back afterwards.
void TestSignIn::lockedWindowTakesNoScan()
{
    signIn();
    scan(m_card);
    QTRY_VERIFY_WITH_TIMEOUT(shownText(window()).contains(m_card), longWait);
    scan(m_barcodes[0]);
    QTRY_COMPARE_WITH_TIMEOUT(whoLent(m_barcodes[0]), u"anna"_s, longWait);
    auto *box = window()->findChild<ScanBox *>();
    QTest::keyClicks(box, u"3041"_s);
    QSignalSpy scanned(window(), &MainWindow::deskScanned);
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    SignInView *view = page<SignInView>();
    QVERIFY(view);
    QVERIFY2(!shownText(window()).contains(m_card), qPrintable(shownText(window())));
    QVERIFY2(!shownText(window()).contains(m_barcodes[0]), qPrintable(shownText(window())));

    const auto controls = view->findChildren<QWidget *>();
    int tried = 0;
    for (QWidget *one : controls) {
        if (one->focusPolicy() == Qt::NoFocus || !one->isVisible() || !one->isEnabled())
            continue;
        one->setFocus();
        if (QApplication::focusWidget() != one)
            continue;
        ++tried;
        QTest::keyClicks(one, m_barcodes[1]);
        QTest::keyClick(one, Qt::Key_Return);
        QVERIFY(view->password().isEmpty());
        QVERIFY2(!view->isBusy(), "A barcode was sent as a password.");
        QCOMPARE(view->messages()->message(),
                 u"The window is locked. The scan was not taken; unlock and scan again."_s);
        view->messages()->clear();
    }
    QVERIFY(tried >= 2);
    QCOMPARE(scanned.size(), 0);
    QVERIFY(window()->isCovered());
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QCOMPARE(box->text(), u"3041"_s);
    QVERIFY(shownText(window()).contains(m_card));
    QCOMPARE(scanned.size(), 0);
    QCOMPARE(whoLent(m_barcodes[1]), QString());
}

/// The old password does not return any more; the new one does, and the window says what follows.
void TestSignIn::passwordChangedMeanwhile()
{
    signIn();
    QTest::keyClick(window(), Qt::Key_L, Qt::ControlModifier);
    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna PASSWORD 'N3w-Lantern!'"_s);
    SignInView *view = page<SignInView>();
    QVERIFY(view);
    typePassword(view, TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(saysAboutPassword(view->messages()->message()), longWait);
    QVERIFY(window()->isCovered());
    typePassword(view, u"N3w-Lantern!"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QVERIFY(shownText(window()).contains("Your password has changed"_L1));
}

/// What anna scanned and nobody answered is sent when anna is back, in her name, and never in bert's.
void TestSignIn::nextPersonFindsNothing()
{
    TestLibrary &servers = m_tls.library().servers();
    signIn();
    scan(m_card);
    QTRY_VERIFY_WITH_TIMEOUT(shownText(window()).contains(m_card), longWait);
    QVERIFY2(servers.stopServer(u"library"_s), qPrintable(servers.errorText()));
    scan(m_barcodes[2]);
    QTRY_VERIFY_WITH_TIMEOUT(isKept(m_barcodes[2]), longWait);
    m_application.reset();
    QVERIFY2(servers.startServer(u"library"_s), qPrintable(servers.errorText()));

    useServer(m_tls.url(u"bert"_s));
    m_application = std::make_unique<Application>(StartOptions{.library = {}, .mustSignIn = true});
    m_application->start();
    QTRY_VERIFY_WITH_TIMEOUT(page<SignInView>() && !page<SignInView>()->isBusy(), longWait);
    typePassword(page<SignInView>(), TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered() && !window()->currentBranch().isEmpty(), longWait);
    // A scan of bert's own shows that whatever was kept would have been sent before it.
    scan(m_card);
    QTRY_VERIFY_WITH_TIMEOUT(shownText(window()).contains(m_card), longWait);
    scan(m_barcodes[1]);
    QTRY_COMPARE_WITH_TIMEOUT(whoLent(m_barcodes[1]), u"bert"_s, longWait);
    QVERIFY2(!shownText(window()).contains(m_barcodes[2]), qPrintable(shownText(window())));
    QCOMPARE(whoLent(m_barcodes[2]), QString());
    QVERIFY(isKept(m_barcodes[2]));
    m_application.reset();

    signIn();
    QTRY_COMPARE_WITH_TIMEOUT(whoLent(m_barcodes[2]), u"anna"_s, longWait);
    QTRY_VERIFY_WITH_TIMEOUT(!isKept(m_barcodes[2]), longWait);
}

QTEST_MAIN(TestSignIn)
#include "tst_signin.moc"
