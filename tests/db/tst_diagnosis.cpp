// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/connectionsecurity.h"
#include "db/connection/abandonedthreads.h"
#include "db/local/locallayout.h"
#include "db/signin/diagnosis.h"
#include "tests/support/standby.h"
#include "tests/support/tcpproxy.h"
#include "tests/support/tlslibrary.h"

#include <QTcpServer>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

using Finding = Diagnosis::Finding;

/// Everything that can be wrong with an address and a sign-in, each told in its own words, against real
/// servers with real certificates.
class TestDiagnosis final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void ready();
    void localSocket();
    void addresses_data();
    void addresses();
    void silentServer();
    void persons_data();
    void persons();
    void databases_data();
    void databases();
    void schemaVersions_data();
    void schemaVersions();
    void noTls_data();
    void noTls();
    void certificates_data();
    void certificates();
    void weakerModesSayWhatTheyAre();
    void channelBinding();
    void tlsRequiredByServer();
    void severalHosts();
    void tlsThatDoesNotComeAbout();
    void socketOfSomebodyElse();
    void fullServer();
    void endingServer();
    void onlyStandbys();
    void answersInItsTime();
    void oneSignInIsEnough();
    void silenceAfterSigningIn();
    void socketThatIsNone_data();
    void socketThatIsNone();
    void plainServerThatAsks();
    void namedRootCertificateIsUsed();

private:
    Diagnosis test(const ConnectionUrl &url);

    TlsLibrary m_tls;
};

Diagnosis TestDiagnosis::test(const ConnectionUrl &url)
{
    const Diagnosis found = await(diagnose(url));
    const QString all = found.message + found.hint + found.detail + found.host + found.login;
    if (all.contains(TlsLibrary::password()) || all.contains("wrong-secret"_L1))
        qFatal("A password stands in a diagnosis.");
    if (found.message.isEmpty() || (!found.isReady() && found.hint.isEmpty()))
        qFatal("A diagnosis has no words.");
    return found;
}

void TestDiagnosis::initTestCase()
{
    QVERIFY2(m_tls.start(), qPrintable(m_tls.errorText()));
}

void TestDiagnosis::cleanup()
{
    m_tls.useCertificate(u"right"_s);
    m_tls.setTls(true);
}

/// verify-full, SCRAM and channel binding together, and what is told about them.
void TestDiagnosis::ready()
{
    for (const QString &binding : {u"require"_s, u"prefer"_s, u"disable"_s}) {
        const Diagnosis found = test(m_tls.url().with(u"channel_binding"_s, binding));
        QVERIFY2(found.isReady(), qPrintable(found.code() + found.detail));
        QCOMPARE(found.login, u"anna"_s);
        QVERIFY(found.usedPassword);
        QVERIFY(found.tls.isEncrypted);
        QVERIFY(found.tls.isSafe());
        QCOMPARE(found.tls.protocol, u"TLSv1.3"_s);
        QCOMPARE(found.tls.check, TlsState::Check::HostToo);
        QCOMPARE(found.tls.channelBinding, binding != "disable"_L1);
        QVERIFY(found.tls.words().contains("TLSv1.3"_L1));
    }
}

void TestDiagnosis::localSocket()
{
    const Diagnosis found = test(m_tls.library().servers().url(u"main"_s, u"librarian"_s));
    QVERIFY2(found.isReady(), qPrintable(found.code() + found.detail));
    QVERIFY(found.tls.isLocal);
    QVERIFY(found.tls.isSafe());
    QVERIFY(!found.tls.isEncrypted);
    QVERIFY(!found.usedPassword);
}

void TestDiagnosis::addresses_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("hostaddr");
    QTest::addColumn<int>("finding");
    QTest::newRow("name") << u"no-such-host.invalid"_s << QString() << int(Finding::HostNotFound);
    QTest::newRow("port") << u"library.test"_s << u"127.99.99.99"_s << int(Finding::PortRefused);
    QTest::newRow("socket") << u"/nowhere"_s << QString() << int(Finding::SocketMissing);
}

void TestDiagnosis::addresses()
{
    QFETCH(const QString, host);
    QFETCH(const QString, hostaddr);
    QFETCH(const int, finding);
    const Diagnosis found = test(m_tls.url().with(u"host"_s, host).with(u"hostaddr"_s, hostaddr));
    QCOMPARE(found.finding, Finding(finding));
    QVERIFY2(found.message.contains(host), qPrintable(found.message));
    QVERIFY(found.isUnreachable());
    QVERIFY(!found.concernsPerson());
}

/// Something takes the connection and says nothing; something else talks another language.
void TestDiagnosis::silentServer()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    ConnectionUrl url =
        m_tls.url().with(u"hostaddr"_s, u"127.0.0.1"_s).with(u"port"_s, QString::number(silent.serverPort()));
    const auto late = await(diagnose(url, 1500ms));
    QCOMPARE(late.finding, Finding::NoAnswer);

    // Answers before it was asked, as a mail server does.
    QThread thread;
    QObject inThread;
    std::atomic<quint16> port = 0;
    thread.start();
    inThread.moveToThread(&thread);
    QMetaObject::invokeMethod(
        &inThread,
        [&port, &thread] {
            auto *server = new QTcpServer;
            QObject::connect(&thread, &QThread::finished, server, &QObject::deleteLater);
            QObject::connect(server, &QTcpServer::newConnection, server, [server] {
                QTcpSocket *client = server->nextPendingConnection();
                client->write("220 mail.test ESMTP\r\n");
                client->disconnectFromHost();
            });
            server->listen(QHostAddress::LocalHost);
            port = server->serverPort();
        },
        Qt::BlockingQueuedConnection);
    const Diagnosis found = test(url.with(u"port"_s, QString::number(port)));
    thread.quit();
    thread.wait();
    QCOMPARE(found.finding, Finding::NotPostgres);
}

void TestDiagnosis::persons_data()
{
    QTest::addColumn<QString>("login");
    QTest::addColumn<QString>("password");
    QTest::addColumn<int>("finding");
    const QString right = TlsLibrary::password();
    QTest::newRow("wrong password") << u"anna"_s << u"wrong-secret"_s << int(Finding::PasswordRefused);
    QTest::newRow("no password") << u"anna"_s << QString() << int(Finding::PasswordMissing);
    QTest::newRow("nobody") << u"nobody"_s << u"wrong-secret"_s << int(Finding::PasswordRefused);
    QTest::newRow("closed") << u"closed"_s << right << int(Finding::LoginNotAllowed);
    QTest::newRow("not from here") << u"elsewhere"_s << right << int(Finding::ComputerNotAllowed);
    QTest::newRow("no rights") << u"stranger"_s << right << int(Finding::NotStaff);
}

void TestDiagnosis::persons()
{
    QFETCH(const QString, login);
    QFETCH(const QString, password);
    QFETCH(const int, finding);
    const Diagnosis found = test(m_tls.url(login).with(u"password"_s, password));
    QVERIFY2(found.finding == Finding(finding), qPrintable(found.code() + u' ' + found.detail));
    QVERIFY(found.concernsPerson());
    QVERIFY(!found.isUnreachable());
    QVERIFY((found.message + found.hint).contains(login));
}

void TestDiagnosis::databases_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<int>("finding");
    QTest::newRow("missing") << u"no_such_database"_s << int(Finding::DatabaseMissing);
    QTest::newRow("another program's") << u"template1"_s << int(Finding::NotBranchline);
    QTest::newRow("closed") << u"private"_s << int(Finding::DatabaseNotAllowed);
    QTest::newRow("shard") << QString() << int(Finding::ShardInstead);
}

void TestDiagnosis::databases()
{
    QFETCH(const QString, database);
    QFETCH(const int, finding);
    if (database == "private"_L1) {
        m_tls.library().ddl(u"main"_s, u"CREATE DATABASE private TEMPLATE template0"_s);
        m_tls.library().ddl(u"main"_s, u"REVOKE CONNECT ON DATABASE private FROM PUBLIC"_s);
    }
    const QString name = database.isEmpty() ? m_tls.shardUrl(u"alpha"_s).database() : database;
    const Diagnosis found = test(m_tls.url().with(u"dbname"_s, name));
    QCOMPARE(found.finding, Finding(finding));
    QVERIFY2(found.message.contains(name), qPrintable(found.message));
}

void TestDiagnosis::schemaVersions_data()
{
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("undo");
    QTest::addColumn<int>("finding");
    QTest::newRow("newer") << u"INSERT INTO schema_history (id, name, sha256, milliseconds, app_version) "
                              "SELECT max(id) + 1, 'future', repeat('0', 64), 1, '9.9' FROM schema_history"_s
                           << u"DELETE FROM schema_history WHERE name = 'future'"_s
                           << int(Finding::SchemaNewer);
    QTest::newRow("older") << u"CREATE TABLE kept_history AS SELECT * FROM schema_history "
                              "ORDER BY id DESC LIMIT 1; DELETE FROM schema_history "
                              "WHERE id = (SELECT max(id) FROM schema_history)"_s
                           << u"INSERT INTO schema_history SELECT * FROM kept_history; "
                              "DROP TABLE kept_history"_s
                           << int(Finding::SchemaOlder);
}

void TestDiagnosis::schemaVersions()
{
    QFETCH(const QString, change);
    QFETCH(const QString, undo);
    QFETCH(const int, finding);
    m_tls.library().ddl(u"main"_s, change);
    const Diagnosis found = test(m_tls.url());
    m_tls.library().ddl(u"main"_s, undo);
    QCOMPARE(found.finding, Finding(finding));
    QVERIFY(!found.concernsPerson());
}

void TestDiagnosis::noTls_data()
{
    QTest::addColumn<QString>("mode");
    QTest::addColumn<int>("finding");
    QTest::newRow("verify-full") << u"verify-full"_s << int(Finding::TlsNotOffered);
    QTest::newRow("require") << u"require"_s << int(Finding::TlsNotOffered);
    QTest::newRow("prefer") << u"prefer"_s << int(Finding::Ready);
}

/// A server without TLS: refused before a password is sent, and where it is let pass, it is said.
void TestDiagnosis::noTls()
{
    QFETCH(const QString, mode);
    QFETCH(const int, finding);
    m_tls.setTls(false);
    const Diagnosis found = test(m_tls.url().with(u"sslmode"_s, mode));
    QCOMPARE(found.finding, Finding(finding));
    QVERIFY(!found.tls.isSafe());
    QVERIFY(!found.tls.isEncrypted);
}

void TestDiagnosis::certificates_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("root");
    QTest::addColumn<int>("finding");
    QTest::addColumn<QString>("word");
    QTest::newRow("expired") << u"expired"_s << u"ca"_s << int(Finding::CertificateExpired) << u"2020"_s;
    QTest::newRow("not yet valid") << u"future"_s << u"ca"_s << int(Finding::CertificateNotYetValid)
                                   << u"2098"_s;
    QTest::newRow("wrong host") << u"otherhost"_s << u"ca"_s << int(Finding::CertificateWrongHost)
                                << u"shop.test"_s;
    QTest::newRow("unknown issuer") << u"right"_s << u"other"_s << int(Finding::CertificateUnknownIssuer)
                                    << u"Authority ca"_s;
    QTest::newRow("no root file") << u"right"_s << u"absent"_s << int(Finding::RootCertificateMissing)
                                  << u"absent.crt"_s;
}

void TestDiagnosis::certificates()
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, root);
    QFETCH(const int, finding);
    QFETCH(const QString, word);
    m_tls.useCertificate(certificate);
    const Diagnosis found = test(m_tls.url().with(u"sslrootcert"_s, m_tls.rootCertificate(root)));
    QCOMPARE(found.finding, Finding(finding));
    QVERIFY2(found.message.contains(word), qPrintable(found.message));
    QVERIFY(!found.concernsPerson());
    QVERIFY2(!found.tls.isEncrypted && !found.tls.isSafe(), qPrintable(found.tls.words()));
}

void TestDiagnosis::weakerModesSayWhatTheyAre()
{
    m_tls.useCertificate(u"otherhost"_s);
    const Diagnosis issuer = test(m_tls.url().with(u"sslmode"_s, u"verify-ca"_s));
    QVERIFY2(issuer.isReady(), qPrintable(issuer.message));
    QCOMPARE(issuer.tls.check, TlsState::Check::Issuer);
    QVERIFY(!issuer.tls.isSafe());
    const Diagnosis none = test(m_tls.url()
                                    .with(u"sslmode"_s, u"prefer"_s)
                                    .with(u"sslrootcert"_s, m_tls.rootCertificate(u"absent"_s)));
    QVERIFY2(none.isReady(), qPrintable(none.message));
    QCOMPARE(none.tls.check, TlsState::Check::None);
    QVERIFY(none.tls.isEncrypted);
    QVERIFY(!none.tls.isSafe());
}

/// A password that the server keeps as MD5 cannot be bound to the connection.
void TestDiagnosis::channelBinding()
{
    const Diagnosis refused = test(m_tls.url(u"oldstyle"_s).with(u"channel_binding"_s, u"require"_s));
    QCOMPARE(refused.finding, Finding::ChannelBindingMissing);
    const Diagnosis let = test(m_tls.url(u"oldstyle"_s));
    QVERIFY2(let.isReady(), qPrintable(let.message));
    QVERIFY(!let.tls.channelBinding);
}

void TestDiagnosis::tlsRequiredByServer()
{
    const Diagnosis found = test(m_tls.url(u"onlytls"_s).with(u"sslmode"_s, u"disable"_s));
    QCOMPARE(found.finding, Finding::TlsRequired);
    QVERIFY(test(m_tls.url(u"onlytls"_s)).isReady());
}

void TestDiagnosis::severalHosts()
{
    const QString port = m_tls.url().port();
    const auto pair = [&](const QString &first, const QString &second) {
        return m_tls.url()
            .with(u"host"_s, u"library.test,library.test"_s)
            .with(u"hostaddr"_s, first + u',' + second)
            .with(u"port"_s, port + u',' + port);
    };
    QVERIFY(test(pair(u"127.99.99.99"_s, m_tls.address())).isReady());
    QCOMPARE(test(pair(u"127.99.99.99"_s, u"127.99.99.98"_s)).finding, Finding::PortRefused);
}

/// Both sides have TLS and agree on no version of it.
void TestDiagnosis::tlsThatDoesNotComeAbout()
{
    m_tls.setServer(u"ssl_min_protocol_version"_s, u"TLSv1.3"_s);
    const Diagnosis found = test(m_tls.url().with(u"ssl_max_protocol_version"_s, u"TLSv1.2"_s));
    m_tls.setServer(u"ssl_min_protocol_version"_s, u"TLSv1.2"_s);
    QCOMPARE(found.finding, Finding::TlsFailed);
    QVERIFY2(found.message.contains("library.test"_L1), qPrintable(found.message));
    QVERIFY(!found.tls.isEncrypted);
}

void TestDiagnosis::socketOfSomebodyElse()
{
    const ConnectionUrl open = m_tls.library().servers().url(u"main"_s, u"librarian"_s);
    QTemporaryDir closed;
    const QString link = closed.filePath(u"sockets"_s);
    QVERIFY(QFile::link(open.host(), link));
    // As root nothing is closed to us; the test's thread hands its identity on to the threads that it begins.
    const Internal::FileIdentity identity(
        Internal::LocalLayout(m_tls.library().servers().directory()).owner());
    if (::geteuid() != 0)
        QVERIFY(QFile::setPermissions(closed.path(), {}));
    const Diagnosis found = test(open.with(u"host"_s, link));
    if (::geteuid() != 0)
        QFile::setPermissions(closed.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QCOMPARE(found.finding, Finding::SocketForbidden);
    QVERIFY(found.isUnreachable());
}

/// All connections that are not kept for superusers are taken; and those of one login.
void TestDiagnosis::fullServer()
{
    std::vector<std::unique_ptr<Session>> holders;
    const int most = m_tls.library().value(u"main"_s, u"SHOW max_connections"_s).toInt();
    // Somebody else's connection may end meanwhile: then that place is taken, too.
    const auto isFull = [&] {
        try {
            while (static_cast<int>(holders.size()) < most)
                holders.push_back(m_tls.library().newSession(u"main"_s));
        } catch (const DbException &e) {
            return e.error().sqlState == "53300"_L1 && test(m_tls.url()).finding == Finding::ServerFull;
        }
        return false;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isFull(), 15'000);
    holders.clear();
    QTRY_VERIFY_WITH_TIMEOUT(test(m_tls.url()).isReady(), 15'000);

    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna CONNECTION LIMIT 0"_s);
    const Diagnosis found = test(m_tls.url());
    m_tls.library().ddl(u"main"_s, u"ALTER ROLE anna CONNECTION LIMIT -1"_s);
    QCOMPARE(found.finding, Finding::ServerFull);
    QVERIFY(found.isUnreachable());
}

/// A server that waits for its last session takes no other; one that starts says the same by the same code.
void TestDiagnosis::endingServer()
{
    TestLibrary &servers = m_tls.library().servers();
    auto last = m_tls.library().newSession(u"main"_s);
    QCOMPARE(::kill(static_cast<pid_t>(servers.processId(u"library"_s)), SIGTERM), 0);
    QTRY_COMPARE_WITH_TIMEOUT(test(m_tls.url()).finding, Finding::ServerStarting, 15'000);
    // A pool says so, too.
    Session late(
        {.database = u"main"_s, .url = servers.url(u"main"_s, u"librarian"_s), .application = u"test"_s});
    try {
        late.open();
        QFAIL("A session was opened.");
    } catch (const DbException &e) {
        QVERIFY2(e.error().message.contains("starting or stopping"_L1), qPrintable(e.error().message));
    }
    last.reset();
    QTRY_VERIFY_WITH_TIMEOUT(servers.stopServer(u"library"_s), 15'000);
    QVERIFY2(servers.startServer(u"library"_s), qPrintable(servers.errorText()));
    QVERIFY(test(m_tls.url()).isReady());
}

void TestDiagnosis::onlyStandbys()
{
    StandbyServer standby(m_tls.library().servers(), u"library"_s, StandbyServer::Kind::Asynchronous);
    QVERIFY2(standby.start(), qPrintable(standby.errorText()));
    const ConnectionUrl one = standby.url(u"librarian"_s);
    const ConnectionUrl twice =
        one.with(u"host"_s, one.host() + u',' + one.host()).with(u"port"_s, one.port() + u',' + one.port());
    const Diagnosis found = test(twice);
    QVERIFY2(found.finding == Finding::OnlyStandbys, qPrintable(found.code() + found.detail));
    QVERIFY(found.isUnreachable());
    QVERIFY(test(standby.both(u"librarian"_s)).isReady());
}

/// Nothing passes from a server to us once the connection stands: the answer comes at the deadline.
void TestDiagnosis::answersInItsTime()
{
    TcpProxy proxy({.host = m_tls.address(), .port = m_tls.url().port().toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    proxy.setBlackHole(false, true);
    QElapsedTimer clock;
    clock.start();
    const auto late = await(diagnose(
        m_tls.url().with(u"hostaddr"_s, u"127.0.0.1"_s).with(u"port"_s, QString::number(proxy.port())),
        1500ms));
    QCOMPARE(late.finding, Finding::NoAnswer);
    QVERIFY(clock.elapsed() < 10'000);
}

/// A login that is shut after some wrong passwords is not shut twice as fast, and the lock asks often.
void TestDiagnosis::oneSignInIsEnough()
{
    TcpProxy proxy({.host = m_tls.address(), .port = m_tls.url().port().toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    const ConnectionUrl url =
        m_tls.url().with(u"hostaddr"_s, u"127.0.0.1"_s).with(u"port"_s, QString::number(proxy.port()));
    const Diagnosis found = test(url);
    QVERIFY2(found.isReady(), qPrintable(found.code() + found.detail));
    QVERIFY(found.tls.channelBinding);
    QCOMPARE(proxy.counters().connections, 1);
    QCOMPARE(test(url.with(u"password"_s, u"wrong-secret"_s)).finding, Finding::PasswordRefused);
    QCOMPARE(proxy.counters().connections, 2);
}

/// The server takes the sign-in and then says nothing more: the thread of the test ends in its time, too.
void TestDiagnosis::silenceAfterSigningIn()
{
    TcpProxy proxy({.host = m_tls.address(), .port = m_tls.url().port().toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    m_tls.setTls(false); // the proxy reads what is asked
    proxy.cutCall({.call = "statement_timeout", .point = TcpProxy::CutPoint::LoseAnswer});
    const ConnectionUrl url = m_tls.url()
                                  .with(u"hostaddr"_s, u"127.0.0.1"_s)
                                  .with(u"port"_s, QString::number(proxy.port()))
                                  .with(u"sslmode"_s, u"disable"_s);
    QElapsedTimer clock;
    clock.start();
    const auto late = await(diagnose(url, 1500ms));
    QCOMPARE(late.finding, Finding::NoAnswer);
    QCOMPARE(proxy.counters().cuts, 1);
    QVERIFY(clock.elapsed() < 10'000);
    QTRY_COMPARE_WITH_TIMEOUT(abandonedThreads(), 0, 10'000);
}

void TestDiagnosis::socketThatIsNone_data()
{
    QTest::addColumn<bool>("byVariable");
    QTest::newRow("hostaddr") << false;
    QTest::newRow("PGHOSTADDR") << true;
}

/// The address names a folder of sockets, and libpq goes by TCP all the same.
void TestDiagnosis::socketThatIsNone()
{
    QFETCH(const bool, byVariable);
    const ConnectionUrl socket = m_tls.library().servers().url(u"main"_s, u"anna"_s);
    ConnectionUrl url = m_tls.url().with(u"host"_s, socket.host()).with(u"sslmode"_s, {});
    if (byVariable) {
        qputenv("PGHOSTADDR", url.value(u"hostaddr"_s).toUtf8());
        url = url.with(u"hostaddr"_s, {});
    }
    const Diagnosis plain = test(url.with(u"sslmode"_s, u"disable"_s));
    SecurityPolicy policy;
    policy.required.sslMode = u"verify-full"_s;
    policy.required.rootCertificate = m_tls.rootCertificate();
    const Diagnosis bound = test(secured(url, {}, policy));
    qunsetenv("PGHOSTADDR");
    QVERIFY2(plain.isReady(), qPrintable(plain.code() + plain.detail));
    QVERIFY(!plain.tls.isLocal);
    QVERIFY(!plain.tls.isSafe());
    QVERIFY2(plain.tls.words().contains("Not encrypted"_L1), qPrintable(plain.tls.words()));
    // No certificate is for a folder.
    QCOMPARE(bound.finding, Finding::CertificateWrongHost);
}

/// It is known that nothing is encrypted before a password is typed; and of a server that is silent nothing
/// is.
void TestDiagnosis::plainServerThatAsks()
{
    m_tls.setTls(false);
    const ConnectionUrl url = m_tls.url().with(u"sslmode"_s, u"prefer"_s).with(u"password"_s, {});
    const Diagnosis asks = test(url);
    QCOMPARE(asks.finding, Finding::PasswordMissing);
    QVERIFY(asks.hasAnswered);
    QVERIFY(!asks.tls.isSafe());
    const Diagnosis nobody = test(url.with(u"hostaddr"_s, u"127.99.99.99"_s));
    QCOMPARE(nobody.finding, Finding::PortRefused);
    QVERIFY(!nobody.hasAnswered);
}

/// "require" with a root certificate verifies with it, also when the file is gone.
void TestDiagnosis::namedRootCertificateIsUsed()
{
    const ConnectionUrl url = m_tls.url().with(u"sslmode"_s, u"require"_s).with(u"sslrootcert"_s, {});
    SecurityPolicy policy;
    policy.required.rootCertificate = m_tls.rootCertificate(u"absent"_s);
    QCOMPARE(test(secured(url, {}, policy)).finding, Finding::RootCertificateMissing);
    policy.required.rootCertificate = m_tls.rootCertificate(u"other"_s);
    QCOMPARE(test(secured(url, {}, policy)).finding, Finding::CertificateUnknownIssuer);
    policy.required.rootCertificate = m_tls.rootCertificate();
    const Diagnosis found = test(secured(url, {}, policy));
    QVERIFY2(found.isReady(), qPrintable(found.code()));
    QCOMPARE(found.tls.check, TlsState::Check::Issuer);
}

QTEST_GUILESS_MAIN(TestDiagnosis)
#include "tst_diagnosis.moc"
