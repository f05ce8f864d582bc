// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "tests/support/ctl.h"
#include "tests/support/tlslibrary.h"
#include "ui/signin/signinview.h"

#include <QJsonArray>
#include <QLineEdit>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Main and shards on servers of their own with TLS, the shards known from main's list alone: what protects
/// main protects them, and a shard that cannot prove itself is told apart from one that is switched off.
class TestShardTls final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void everythingIsEncrypted();
    void wrongShards_data();
    void wrongShards();
    void windowGoesOnWithoutTheShard_data();
    void windowGoesOnWithoutTheShard();
    void policyBindsShardsOfALocalMain();

private:
    void spoil(const QString &certificate);
    [[nodiscard]] ClusterConfig config() const;

    TlsLibrary m_tls{{u"alpha"_s, u"beta"_s}, TestLibrary::Servers::Separate};
    QTemporaryDir m_home;
};

namespace {

constexpr int longWait = 20'000;
const Call probe{"probe"_L1, 5000ms};

void addWrongCertificates()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<QString>("words");
    QTest::newRow("plain") << QString() << u"offers no encrypted connection"_s;
    QTest::newRow("expired") << u"expired"_s << u"expired on"_s;
    QTest::newRow("wrong host") << u"otherhost"_s << u"is for “shop.test”"_s;
}

/// What a tool tip of the window says, of whichever part.
bool hasTip(const QWidget *window, const QString &first, const QString &second = {})
{
    const auto all = window->findChildren<QWidget *>();
    return std::any_of(all.begin(), all.end(), [&](const QWidget *one) {
        return one->toolTip().contains(first) && one->toolTip().contains(second);
    });
}

QJsonObject databaseOf(const CtlRun &run, const QString &name)
{
    const auto all = run.json.value(u"databases"_s).toArray();
    for (const auto &one : all) {
        if (one.toObject().value(u"name"_s) == name)
            return one.toObject();
    }
    return {};
}

} // namespace

void TestShardTls::initTestCase()
{
    for (const auto &[name, folder] : {std::pair("HOME", QString()),
                                       {"XDG_CONFIG_HOME", u"/config"_s},
                                       {"XDG_DATA_HOME", u"/data"_s},
                                       {"XDG_STATE_HOME", u"/state"_s}})
        qputenv(name, (m_home.path() + folder).toLocal8Bit());
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    QFile passwords(m_home.filePath(u"pgpass"_s));
    QVERIFY(passwords.open(QIODevice::WriteOnly));
    passwords.write("*:*:*:anna:" + TlsLibrary::password().toUtf8() + '\n');
    passwords.close();
    passwords.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    Theme::install(*qApp);
    QVERIFY2(m_tls.start(), qPrintable(m_tls.errorText()));
    (void)m_tls.library().addBranch(u"alpha"_s);
    (void)m_tls.library().addBranch(u"beta"_s);
    m_tls.library().settle();
    m_tls.publishAddresses();
}

void TestShardTls::cleanup()
{
    m_tls.useCertificate(u"right"_s, u"alpha_shard"_s);
    m_tls.setTls(true, u"alpha_shard"_s);
}

void TestShardTls::spoil(const QString &certificate)
{
    if (certificate.isEmpty())
        m_tls.setTls(false, u"alpha_shard"_s);
    else
        m_tls.useCertificate(certificate, u"alpha_shard"_s);
}

ClusterConfig TestShardTls::config() const
{
    ClusterConfig config;
    config.main = m_tls.url().with(u"channel_binding"_s, u"require"_s);
    return config;
}

void TestShardTls::everythingIsEncrypted()
{
    static constexpr Statement mine{"my_tls"_L1,
                                    "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"_L1};
    Cluster cluster(config(), u"test"_s);
    await(cluster.refreshDirectory()).orThrow();
    QCOMPARE(cluster.shardNames(), QStringList({u"alpha"_s, u"beta"_s}));
    for (Database *database : {&cluster.main(), cluster.shard(u"alpha"_s), cluster.shard(u"beta"_s)}) {
        const auto seen = await(database->run(probe, [](Session &session) { return session.exec(mine); }));
        QVERIFY2(seen, seen ? "" : qPrintable(seen.error().message));
        QVERIFY(seen.value()->row(0).flag("ssl"));
        QCOMPARE(seen.value()->row(0).text("version"), u"TLSv1.3"_s);
    }
}

void TestShardTls::wrongShards_data()
{
    addWrongCertificates();
}

/// The pool's error and the words of the command line.
void TestShardTls::wrongShards()
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, words);
    spoil(certificate);
    Cluster cluster(config(), u"test"_s);
    await(cluster.refreshDirectory()).orThrow();
    const auto refused = await(cluster.shard(u"alpha"_s)->run(probe, [](Session &session) {
        return session.exec({"one"_L1, "SELECT 1"_L1});
    }));
    QVERIFY(!refused);
    QCOMPARE(refused.error().kind, DbErrorKind::Unreachable);
    QVERIFY2(refused.error().message.contains(words), qPrintable(refused.error().message));
    QVERIFY(refused.error().hint.contains("Nothing was sent"_L1));

    Ctl ctl;
    ctl.set(u"DATABASE_URL"_s, m_tls.url().display());
    ctl.set(u"PGPASSFILE"_s, m_home.filePath(u"pgpass"_s));
    const CtlRun run = ctl.json({u"health"_s});
    QVERIFY2(run.status == 3, run.text().constData());
    QVERIFY2(databaseOf(run, u"main"_s).value(u"reachable"_s).toBool(), run.text().constData());
    QVERIFY(databaseOf(run, u"beta_shard"_s).value(u"reachable"_s).toBool());
    const QJsonObject alpha = databaseOf(run, u"alpha_shard"_s);
    QVERIFY(!alpha.value(u"reachable"_s).toBool());
    const QString problem = alpha.value(u"problems"_s).toArray().first().toString();
    QVERIFY2(problem.contains(words) && problem.contains("Nothing was sent"_L1), qPrintable(problem));
}

void TestShardTls::windowGoesOnWithoutTheShard_data()
{
    addWrongCertificates();
}

/// The light says it, the rest works, and it comes back by itself.
void TestShardTls::windowGoesOnWithoutTheShard()
{
    QFETCH(const QString, certificate);
    QFETCH(const QString, words);
    spoil(certificate);
    qputenv("DATABASE_URL", m_tls.url().with(u"password"_s, {}).display().toUtf8());
    qputenv("PGPASSFILE", m_home.filePath(u"pgpass"_s).toUtf8());
    Application application({.library = {}});
    application.start();
    MainWindow *window = nullptr;
    const auto all = QApplication::topLevelWidgets();
    for (QWidget *one : all) {
        if (!window)
            window = qobject_cast<MainWindow *>(one);
    }
    QVERIFY(window);
    QTRY_VERIFY_WITH_TIMEOUT(!window->currentBranch().isEmpty(), longWait);
    QVERIFY(!window->isCovered());
    QTRY_VERIFY_WITH_TIMEOUT(hasTip(window, words), longWait);
    QTRY_VERIFY_WITH_TIMEOUT(hasTip(window, u"beta"_s, u"answers in"_s), longWait);
    QVERIFY(hasTip(window, u"main"_s, u"answers in"_s));
    cleanup();
    QTRY_VERIFY_WITH_TIMEOUT(hasTip(window, u"alpha"_s, u"answers in"_s), longWait);
    QVERIFY(!hasTip(window, words));
}

/// A socket needs no protection, but it must not hand that on to shards that are elsewhere.
void TestShardTls::policyBindsShardsOfALocalMain()
{
    m_tls.setTls(false, u"alpha_shard"_s);
    ClusterConfig config;
    config.main = m_tls.library().servers().url(u"main"_s, u"librarian"_s);
    config.policy.required = {
        .sslMode = u"verify-full"_s, .channelBinding = {}, .rootCertificate = m_tls.rootCertificate()};
    Cluster cluster(config, u"test"_s);
    await(cluster.refreshDirectory()).orThrow();
    const auto refused = await(cluster.shard(u"alpha"_s)->run(probe, [](Session &session) {
        return session.exec({"one"_L1, "SELECT 1"_L1});
    }));
    QVERIFY(!refused);
    QVERIFY2(refused.error().message.contains("offers no encrypted connection"_L1),
             qPrintable(refused.error().message));
}

QTEST_MAIN(TestShardTls)
#include "tst_shardtls.moc"
