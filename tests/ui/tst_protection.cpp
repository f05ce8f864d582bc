// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "tests/support/tcpproxy.h"
#include "tests/support/tlslibrary.h"
#include "ui/signin/firstrunview.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"

#include <QApplication>
#include <QDirIterator>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QTest>

#include <sys/prctl.h>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// What the window sends to a server before it knows which one it is, what it says about the connection, and
/// where a password is left.
class TestProtection final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void memoryIsClosedForPasswords();
    void wrongServersSendNothing_data();
    void wrongServersSendNothing();
    void plainServerIsToldBeforeTyping();
    void boxCountsForAnotherServer();
    void typedProtectionMovesIntoTheBox();
    void nothingHoldsThePassword();

private:
    void open();
    void useServer(const ConnectionUrl &url) const;
    [[nodiscard]] static MainWindow *window();
    template <typename View>
    [[nodiscard]] static View *page()
    {
        const auto all = window()->findChildren<View *>();
        const auto shown = std::find_if(all.begin(), all.end(), [](View *one) { return one->isVisible(); });
        return shown == all.end() ? nullptr : *shown;
    }
    [[nodiscard]] static bool isAsking() { return page<SignInView>() && !page<SignInView>()->isBusy(); }
    void typePassword(const QString &password) const;
    void replaceAddress(FirstRunView *view, const QString &address) const;

    TlsLibrary m_tls;
    QTemporaryDir m_home;
    std::unique_ptr<Application> m_application;
};

namespace {

constexpr int longWait = 15'000;
const QByteArray sslRequest = QByteArray::fromHex("0000000804d2162f");

QLineEdit *field(QWidget *parent, const QString &name)
{
    const auto all = parent->findChildren<QLineEdit *>();
    for (QLineEdit *one : all) {
        if (one->accessibleName() == name)
            return one;
    }
    qFatal("There is no field “%s”.", qPrintable(name));
}

bool shows(const QWidget *parent, const QString &words)
{
    const auto all = parent->findChildren<QLabel *>();
    return std::any_of(all.begin(), all.end(),
                       [&](const QLabel *one) { return one->isVisible() && one->text().contains(words); });
}

void press(const QWidget *parent, const QString &text)
{
    const auto all = parent->findChildren<Button *>();
    for (Button *one : all) {
        if (one->text() == text)
            return one->click();
    }
    qFatal("There is no button “%s”.", qPrintable(text));
}

/// The kinds of TLS records that a client has sent after it asked for TLS: 20 to 22 make the connection and
/// end it, 23 is what goes through it. With TLS 1.2 the kinds can be seen from outside.
QSet<int> kindsOfRecords(const QByteArray &sent)
{
    QSet<int> kinds;
    for (qsizetype at = sslRequest.size(); at + 5 <= sent.size();) {
        kinds << static_cast<uchar>(sent[at]);
        at += 5 + (static_cast<uchar>(sent[at + 3]) << 8) + static_cast<uchar>(sent[at + 4]);
    }
    return kinds;
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A process and all below it.
QStringList family(const QString &pid)
{
    QStringList all{pid};
    QDirIterator tasks(u"/proc/%1/task"_s.arg(pid), QDir::Dirs | QDir::NoDotAndDotDot);
    while (tasks.hasNext()) {
        const auto children = contentOf(tasks.next() + "/children"_L1).split(' ');
        for (const QByteArray &child : children) {
            if (!child.trimmed().isEmpty())
                all += family(QString::fromLatin1(child.trimmed()));
        }
    }
    return all;
}

} // namespace

MainWindow *TestProtection::window()
{
    const auto all = QApplication::topLevelWidgets();
    for (QWidget *one : all) {
        if (auto *found = qobject_cast<MainWindow *>(one))
            return found;
    }
    qFatal("There is no window.");
}

void TestProtection::initTestCase()
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
    // The next certificate that is shown goes with it: the server reads all its settings at once.
    m_tls.library().ddl(u"main"_s, u"ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.2'"_s);
    m_tls.setTls(false);
}

void TestProtection::init()
{
    for (const char *key :
         {"server/address", "server/sslmode", "server/channel_binding", "server/sslrootcert", "signin/server",
          "signin/person", "signin/asked", "signin/locked"})
        windowSettings().setValue(QString::fromLatin1(key), QVariant());
    for (const char *name : {"DATABASE_URL", "DATABASE_URL_ALPHA", "PGPASSFILE"})
        qunsetenv(name);
    m_tls.useCertificate(u"right"_s);
    m_tls.setTls(true);
}

void TestProtection::cleanup()
{
    m_application.reset();
}

void TestProtection::open()
{
    m_application = std::make_unique<Application>(StartOptions{});
    m_application->start();
    window()->activateWindow();
    if (!QTest::qWaitForWindowActive(window()))
        qFatal("The window does not become the active one.");
}

void TestProtection::useServer(const ConnectionUrl &url) const
{
    qputenv("DATABASE_URL", url.with(u"password"_s, {}).display().toUtf8());
    qputenv("DATABASE_URL_ALPHA", m_tls.shardUrl(u"alpha"_s).with(u"password"_s, {}).display().toUtf8());
}

void TestProtection::typePassword(const QString &password) const
{
    window()->activateWindow(); // keys of a window that is not the active one press nothing
    if (!QTest::qWaitForWindowActive(window()))
        qFatal("The window does not become the active one.");
    QLineEdit *box = field(page<SignInView>(), u"Password"_s);
    box->setFocus();
    box->selectAll(); // what a wrong server was not sent stays there
    QTest::keyClicks(box, password);
    QTest::keyClick(box, Qt::Key_Return);
}

void TestProtection::replaceAddress(FirstRunView *view, const QString &address) const
{
    QLineEdit *box = field(view, u"Address of the server"_s);
    box->selectAll();
    QTest::keyClicks(box, address);
}

/// A window that holds no password still talks to the desktop's portals; one that asks for it is closed.
void TestProtection::memoryIsClosedForPasswords()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("Sanitizers attach to the process.");
#endif
    QCOMPARE(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<FirstRunView>(), longWait);
    QCOMPARE(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
    m_application.reset();
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(isAsking(), longWait);
    QCOMPARE(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

void TestProtection::wrongServersSendNothing_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("words");
    QTest::newRow("plain") << QString() << u"offers no encrypted connection"_s;
    QTest::newRow("expired") << u"expired"_s << u"expired on"_s;
    QTest::newRow("wrong host") << u"otherhost"_s << u"shop.test"_s;
}

/// On the wire there is nothing but the question for TLS and the making of it; not even a name.
void TestProtection::wrongServersSendNothing()
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, words);
    if (certificate.isEmpty())
        m_tls.setTls(false);
    else
        m_tls.useCertificate(certificate);
    TcpProxy proxy({.host = m_tls.address(), .port = m_tls.url().port().toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    proxy.recordClients();
    useServer(m_tls.url().with(u"hostaddr"_s, u"127.0.0.1"_s).with(u"port"_s, QString::number(proxy.port())));
    open();
    QTRY_VERIFY_WITH_TIMEOUT(isAsking(), longWait);
    const MessageBar *messages = page<SignInView>()->messages();
    QVERIFY2(messages->message().contains(words), qPrintable(messages->message()));
    const auto silently = proxy.recorded().size();
    typePassword(TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(isAsking() && !messages->message().isEmpty(), longWait);
    QVERIFY2(messages->message().contains(words), qPrintable(messages->message()));
    QVERIFY(window()->isCovered());
    const auto wire = proxy.recorded();
    QVERIFY2(silently > 0 && wire.size() > silently, "The server was not asked each time.");
    for (const QByteArray &sent : wire) {
        QVERIFY2(sent.startsWith(sslRequest), sent.toHex().constData());
        if (certificate.isEmpty())
            QCOMPARE(sent.size(), sslRequest.size());
        QVERIFY(!kindsOfRecords(sent).contains(23));
    }

    // The right server, through the same proxy, gets what the wrong ones did not.
    m_tls.useCertificate(u"right"_s);
    m_tls.setTls(true);
    typePassword(TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    const auto all = proxy.recorded();
    QVERIFY(std::any_of(all.begin(), all.end(),
                        [](const QByteArray &sent) { return kindsOfRecords(sent).contains(23); }));
}

/// Where encryption is only preferred, a server without it shows before anybody types a password.
void TestProtection::plainServerIsToldBeforeTyping()
{
    m_tls.setTls(false);
    useServer(m_tls.url().with(u"sslmode"_s, u"prefer"_s));
    open();
    QTRY_VERIFY_WITH_TIMEOUT(isAsking(), longWait);
    QVERIFY(shows(page<SignInView>(), u"Not encrypted"_s));
}

/// The address that is shown has no word of its own about protection, which would go before the box.
void TestProtection::boxCountsForAnotherServer()
{
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(isAsking(), longWait);
    press(page<SignInView>(), u"Another server"_s);
    QTRY_VERIFY_WITH_TIMEOUT(page<FirstRunView>(), longWait);
    FirstRunView *view = page<FirstRunView>();
    QVERIFY2(!view->address().contains("ssl"_L1), qPrintable(view->address()));
    QCOMPARE(view->protection()->security().sslMode, u"verify-full"_s);
    QCOMPARE(view->protection()->security().rootCertificate, m_tls.rootCertificate());
    ConnectionSecurity other = view->protection()->security();
    other.rootCertificate = m_tls.rootCertificate(u"other"_s);
    view->protection()->setSecurity(other);
    press(view, u"Test connection"_s);
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("which this computer does not know"_L1),
                             longWait);
}

void TestProtection::typedProtectionMovesIntoTheBox()
{
    open();
    QTRY_VERIFY_WITH_TIMEOUT(page<FirstRunView>(), longWait);
    FirstRunView *view = page<FirstRunView>();
    QCOMPARE(view->protection()->security().sslMode, u"verify-full"_s);
    replaceAddress(view, m_tls.url().with(u"password"_s, {}).with(u"sslmode"_s, u"verify-ca"_s).display());
    press(view, u"Test connection"_s);
    QTRY_VERIFY_WITH_TIMEOUT(view->messages()->message().contains("issuer verified"_L1), longWait);
    QCOMPARE(view->protection()->security().sslMode, u"verify-ca"_s);
    QCOMPARE(view->protection()->security().rootCertificate, m_tls.rootCertificate());
    QVERIFY2(!view->address().contains("ssl"_L1), qPrintable(view->address()));
}

/// After a wrong and a right password: no file of the person, no command line and no environment of the
/// program or of what it starts.
void TestProtection::nothingHoldsThePassword()
{
    useServer(m_tls.url());
    open();
    QTRY_VERIFY_WITH_TIMEOUT(isAsking(), longWait);
    typePassword(u"wrong"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAsking() && page<SignInView>()->password().isEmpty(), longWait);
    typePassword(TlsLibrary::password());
    QTRY_VERIFY_WITH_TIMEOUT(!window()->isCovered(), longWait);
    QTRY_VERIFY_WITH_TIMEOUT(!window()->currentBranch().isEmpty(), longWait);
    windowSettings().flush();

    const QByteArray secret = TlsLibrary::password().toUtf8();
    int looked = 0;
    QDirIterator files(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString path = files.next();
        QVERIFY2(!contentOf(path).contains(secret), qPrintable(path));
        ++looked;
    }
    QVERIFY2(looked > 0, "The session has left no file, so nothing was searched.");

    // What a program that is started now gets; and a word that was put there is found.
    QProcess child;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PLANTED"_s, u"planted-word"_s);
    child.setProcessEnvironment(environment);
    child.start(u"sleep"_s, {u"60"_s});
    QVERIFY(child.waitForStarted());
    QByteArray all;
    const QStringList pids = family(QString::number(QCoreApplication::applicationPid()));
    for (const QString &pid : pids)
        all += contentOf(u"/proc/%1/environ"_s.arg(pid)) + contentOf(u"/proc/%1/cmdline"_s.arg(pid));
    child.kill();
    QVERIFY(child.waitForFinished());
    QVERIFY(all.contains("planted-word"));
    QVERIFY(!all.contains(secret));
}

QTEST_MAIN(TestProtection)
#include "tst_protection.moc"
