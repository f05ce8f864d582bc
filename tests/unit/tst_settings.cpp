// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/clusterconfig.h"
#include "db/config/serveraddress.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Where settings come from, and what is said about wrong ones.
class TestSettings final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void nothingMeansLocalLibrary();
    void firstSourceWins_data();
    void firstSourceWins();
    void addressesNeverMix();
    void tuningComesFromAnySource();
    void wrongValues_data();
    void wrongValues();
    void passwordsStaySecret_data();
    void passwordsStaySecret();
    void passwordInAddressIsAWarning();
    void passwordWhereOthersReadIt_data();
    void passwordWhereOthersReadIt();
    void protection_data();
    void protection();
    void weakerOnPurposeStaysWeaker();
    void protectionOfTheWindow_data();
    void protectionOfTheWindow();
    void libpqsEnvironmentComesLast();
    void socketsThatAreNone_data();
    void socketsThatAreNone();
    void serviceFiles();
    void rootCertificateOfThePolicyIsUsed_data();
    void rootCertificateOfThePolicyIsUsed();
    void serverKeyIsTheServersAlone();
    void protectionLeavesAnAddress();
    void policyThatCannotBeReliedOn();
    void policyWins_data();
    void policyWins();
    void wrongPolicyOpensNothing_data();
    void wrongPolicyOpensNothing();
    void rememberedServerComesLast();
    void damagedFiles_data();
    void damagedFiles();
    void fileForms();
    void limitsOfConnections();
    void shardingBranches();
    void shardOutsideTheListIsAWarning();
    void shardNames_data();
    void shardNames();

private:
    QString writeFile(const QString &name, const QByteArray &text) const;
    [[nodiscard]] Result<ClusterConfig> load() const { return ClusterConfig::load(m_sources); }
    void set(const QString &variable, const QString &value) { m_sources.environment.insert(variable, value); }

    QTemporaryDir m_folder;
    ConfigSources m_sources;
};

namespace {

QString allText(const DbError &error)
{
    return error.message + error.hint + error.detail + error.database + error.statement;
}

} // namespace

void TestSettings::init()
{
    for (const char *name :
         {"PGSSLMODE", "PGSSLROOTCERT", "PGCHANNELBINDING", "PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"})
        qunsetenv(name);
    m_sources = {.commandLineUrl = {},
                 .environment = QProcessEnvironment(),
                 .files = {},
                 .remembered = {},
                 .policyFile = {}};
}

QString TestSettings::writeFile(const QString &name, const QByteArray &text) const
{
    QFile file(m_folder.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("The test's settings file cannot be written.");
    return file.fileName();
}

void TestSettings::nothingMeansLocalLibrary()
{
    m_sources.files = {m_folder.filePath(u"absent.conf"_s)};
    const auto config = load();
    QVERIFY(config.isOk());
    QVERIFY(config->usesLocalLibrary());
    QVERIFY(!config->shardNames.has_value());
    QCOMPARE(config->statementTimeout, 5000ms);
    QVERIFY(!config->sqlEcho);
    QVERIFY(config->warnings.isEmpty());
}

void TestSettings::firstSourceWins_data()
{
    QTest::addColumn<QStringList>("given");
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("source");
    QTest::newRow("all") << QStringList{u"line"_s, u"env"_s, u"user"_s, u"system"_s} << u"line"_s
                         << u"--database-url"_s;
    QTest::newRow("environment") << QStringList{u"env"_s, u"user"_s, u"system"_s} << u"env"_s
                                 << u"the environment"_s;
    QTest::newRow("user's file") << QStringList{u"user"_s, u"system"_s} << u"user"_s << u"user.conf"_s;
    QTest::newRow("system's file") << QStringList{u"system"_s} << u"system"_s << u"system.conf"_s;
}

void TestSettings::firstSourceWins()
{
    QFETCH(const QStringList, given);
    QFETCH(const QString, host);
    QFETCH(const QString, source);
    if (given.contains(u"line"_s))
        m_sources.commandLineUrl = u"postgresql://line/library"_s;
    if (given.contains(u"env"_s))
        set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    m_sources.files = {writeFile(u"user.conf"_s, given.contains(u"user"_s)
                                                     ? "DATABASE_URL = postgresql://user/library\n"
                                                     : ""),
                       writeFile(u"system.conf"_s, "database_url=postgresql://system/library\n")};
    const auto config = load();
    QVERIFY(config.isOk());
    QCOMPARE(config->main.host(), host);
    QVERIFY2(config->source.endsWith(source), qPrintable(config->source));
}

/// Shards of one cluster with the main database of another would be two libraries in one.
void TestSettings::addressesNeverMix()
{
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    m_sources.files = {writeFile(u"mixed.conf"_s, "DATABASE_URL = postgresql://file/library\n"
                                                  "SHARDING_BRANCHES = north\n"
                                                  "DATABASE_URL_NORTH = postgresql://file/north\n")};
    const auto fromEnvironment = load();
    QVERIFY(fromEnvironment.isOk());
    QVERIFY(!fromEnvironment->shardNames.has_value());
    QVERIFY(fromEnvironment->shardUrls.isEmpty());

    m_sources.environment = QProcessEnvironment();
    set(u"SHARDING_BRANCHES"_s, u"east"_s);
    const auto fromFile = load();
    QVERIFY(fromFile.isOk());
    QCOMPARE(fromFile->shardNames, std::optional(QStringList{u"north"_s}));
    QCOMPARE(fromFile->shardUrls.value(u"north"_s).host(), u"file"_s);
    QCOMPARE(fromFile->warnings.size(), 1);
    QVERIFY(fromFile->warnings.first().contains("SHARDING_BRANCHES"_L1));
}

void TestSettings::tuningComesFromAnySource()
{
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    set(u"SQL_ECHO"_s, u"Yes"_s);
    m_sources.files = {
        writeFile(u"tuning.conf"_s, "SQL_ECHO = false\nDATABASE_STATEMENT_TIMEOUT_MS = 1234\n")};
    const auto config = load();
    QVERIFY(config.isOk());
    QVERIFY(config->sqlEcho);
    QCOMPARE(config->statementTimeout, 1234ms);
}

void TestSettings::wrongValues_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("accepted");
    QTest::newRow("timeout word") << u"DATABASE_STATEMENT_TIMEOUT_MS"_s << u"soon"_s << u"whole number"_s;
    QTest::newRow("timeout zero") << u"DATABASE_STATEMENT_TIMEOUT_MS"_s << u"0"_s << u"from 1 to"_s;
    QTest::newRow("timeout unit") << u"DATABASE_STATEMENT_TIMEOUT_MS"_s << u"5s"_s << u"whole number"_s;
    QTest::newRow("timeout fraction") << u"DATABASE_STATEMENT_TIMEOUT_MS"_s << u"1.5"_s << u"whole number"_s;
    QTest::newRow("echo") << u"SQL_ECHO"_s << u"maybe"_s << u"true or false"_s;
    QTest::newRow("pool size") << u"DATABASE_POOL_SIZE"_s << u"0"_s << u"from 1 to"_s;
    QTest::newRow("overflow") << u"DATABASE_MAX_OVERFLOW"_s << u"-1"_s << u"from 0 to"_s;
    QTest::newRow("recycle") << u"DATABASE_POOL_RECYCLE"_s << u"99999999999999999999"_s << u"whole number"_s;
    QTest::newRow("slow query") << u"DATABASE_SLOW_QUERY_MS"_s << u"x"_s << u"whole number"_s;
    QTest::newRow("shard name") << u"SHARDING_BRANCHES"_s << u"north,süd"_s << u"main,secondary"_s;
    QTest::newRow("shard twice") << u"SHARDING_BRANCHES"_s << u"north,North"_s << u"once"_s;
    QTest::newRow("no shard") << u"SHARDING_BRANCHES"_s << u" , "_s << u"main,secondary"_s;
    QTest::newRow("shard begins with a digit") << u"SHARDING_BRANCHES"_s << u"1st"_s << u"letters"_s;
    QTest::newRow("main address") << u"DATABASE_URL"_s << u"postgresql://host:port/x"_s << u"postgresql://"_s;
    QTest::newRow("empty address") << u"DATABASE_URL"_s << QString() << u"postgresql://"_s;
    QTest::newRow("address without database") << u"DATABASE_URL"_s << u"host=db"_s << u"postgresql://"_s;
    QTest::newRow("shard address") << u"DATABASE_URL_NORTH"_s << u"mysql://x/y"_s << u"postgresql://"_s;
}

/// The error names the variable and says what would be accepted.
void TestSettings::wrongValues()
{
    QFETCH(const QString, variable);
    QFETCH(const QString, value);
    QFETCH(const QString, accepted);
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    set(variable, value);
    const auto config = load();
    QVERIFY(!config.isOk());
    QCOMPARE(config.error().kind, DbErrorKind::Configuration);
    QVERIFY2(config.error().message.contains(variable), qPrintable(config.error().message));
    QVERIFY2(config.error().hint.contains(accepted), qPrintable(config.error().hint));
}

void TestSettings::passwordsStaySecret_data()
{
    QTest::addColumn<QString>("variable");
    QTest::addColumn<QString>("value");
    QTest::newRow("bad port") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret@db:notaport/library"_s;
    QTest::newRow("bad port number") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret@db:99999/library"_s;
    QTest::newRow("percent") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret%zz@db/library"_s;
    QTest::newRow("bracket") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret@[::1/library"_s;
    QTest::newRow("key list") << u"DATABASE_URL"_s << u"host=db password=s3cret dbname"_s;
    QTest::newRow("unknown key") << u"DATABASE_URL"_s << u"host=db passwrd=s3cret dbname=x"_s;
    QTest::newRow("no database") << u"DATABASE_URL"_s << u"host=db password=s3cret"_s;
    QTest::newRow("shard") << u"DATABASE_URL_NORTH"_s << u"postgresql://anna:s3cret@db:notaport/library"_s;
    QTest::newRow("semicolon") << u"DATABASE_URL"_s << u"postgresql://anna:s3cret@db/library;x"_s;
    QTest::newRow("address as shard list")
        << u"SHARDING_BRANCHES"_s << u"postgresql://anna:s3cret@db/north"_s;
    QTest::newRow("address as number") << u"DATABASE_POOL_SIZE"_s << u"postgresql://anna:s3cret@db/north"_s;
    QTest::newRow("key list as flag") << u"SQL_ECHO"_s << u"password=s3cret"_s;
}

void TestSettings::passwordsStaySecret()
{
    QFETCH(const QString, variable);
    QFETCH(const QString, value);
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    set(variable, value);
    const auto config = load();
    QVERIFY(!config.isOk());
    QVERIFY2(!allText(config.error()).contains("s3cret"_L1), qPrintable(allText(config.error())));
    QVERIFY(config.error().message.contains(variable));
}

void TestSettings::passwordInAddressIsAWarning()
{
    set(u"DATABASE_URL"_s, u"postgresql://anna:s3cret@db/library"_s);
    set(u"DATABASE_URL_NORTH"_s, u"host=db dbname=north password=s3cret"_s);
    const auto config = load();
    QVERIFY(config.isOk());
    QCOMPARE(config->warnings.size(), 2);
    QVERIFY(config->warnings.at(0).startsWith("DATABASE_URL "_L1));
    QVERIFY(config->warnings.at(1).startsWith("DATABASE_URL_NORTH "_L1));
    QVERIFY(!config->warnings.join(u' ').contains("s3cret"_L1));
    QVERIFY(!config->source.contains("s3cret"_L1));
    QVERIFY(!config->main.display().contains("s3cret"_L1));
    QCOMPARE(config->main.value(u"password"_s), u"s3cret"_s);
}

void TestSettings::passwordWhereOthersReadIt_data()
{
    QTest::addColumn<QString>("place");
    QTest::newRow("command line") << u"--database-url"_s;
    QTest::newRow("settings file") << u"DATABASE_URL"_s;
    QTest::newRow("shard in a settings file") << u"DATABASE_URL_NORTH"_s;
    QTest::newRow("key's password") << u"sslpassword"_s;
    QTest::newRow("window") << u"window"_s;
}

void TestSettings::passwordWhereOthersReadIt()
{
    QFETCH(const QString, place);
    const QString secret = u"postgresql://anna:s3cret@db/library"_s;
    QByteArray file = "DATABASE_URL = postgresql://anna@db/library\n";
    if (place == "--database-url"_L1)
        m_sources.commandLineUrl = secret;
    else if (place == "DATABASE_URL"_L1)
        file = "DATABASE_URL = " + secret.toUtf8() + '\n';
    else if (place == "sslpassword"_L1)
        file = "DATABASE_URL = postgresql://anna@db/library?sslpassword=s3cret\n";
    else if (place == "window"_L1)
        m_sources.remembered.insert(u"DATABASE_URL"_s, secret);
    else
        file += "DATABASE_URL_NORTH = " + secret.toUtf8() + '\n';
    if (place != "window"_L1)
        m_sources.files = {writeFile(u"secret.conf"_s, file)};
    const auto config = load();
    QVERIFY(!config.isOk());
    QCOMPARE(config.error().kind, DbErrorKind::Configuration);
    QVERIFY(config.error().hint.contains("pgpass"_L1));
    QVERIFY2(!allText(config.error()).contains("s3cret"_L1), qPrintable(allText(config.error())));
}

void TestSettings::protection_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("wish");
    QTest::addColumn<QString>("mode");
    const QString plain = u"postgresql://anna@db/library"_s;
    QTest::newRow("only a root certificate") << plain << QString() << u"verify-ca"_s;
    QTest::newRow("wish") << plain << u"verify-ca"_s << u"verify-ca"_s;
    QTest::newRow("address") << plain + "?sslmode=prefer"_L1 << u"verify-ca"_s << u"prefer"_s;
    QTest::newRow("require and a root certificate")
        << plain + "?sslmode=require"_L1 << QString() << u"verify-ca"_s;
    QTest::newRow("stronger address")
        << plain + "?sslmode=verify-full"_L1 << u"require"_s << u"verify-full"_s;
    QTest::newRow("socket") << u"postgresql:///library?host=/tmp"_s << u"verify-full"_s << QString();
}

void TestSettings::protection()
{
    QFETCH(const QString, url);
    QFETCH(const QString, wish);
    QFETCH(const QString, mode);
    set(u"DATABASE_URL"_s, url);
    set(u"DATABASE_URL_NORTH"_s, url);
    if (!wish.isEmpty())
        set(u"DATABASE_SSLMODE"_s, wish);
    set(u"DATABASE_SSLROOTCERT"_s, u"/ca.crt"_s);
    const auto config = load();
    QVERIFY(config.isOk());
    for (const ConnectionUrl &address : {config->main, config->shardUrls.value(u"north"_s)}) {
        QCOMPARE(address.value(u"sslmode"_s), mode);
        QCOMPARE(address.value(u"sslrootcert"_s), url.contains("/tmp"_L1) ? QString() : u"/ca.crt"_s);
    }
}

/// A root certificate in a settings file is not yet a demand on an address that says "disable".
void TestSettings::weakerOnPurposeStaysWeaker()
{
    set(u"DATABASE_URL"_s, u"postgresql://anna@db/library?sslmode=disable"_s);
    m_sources.files = {writeFile(u"root.conf"_s, "DATABASE_SSLROOTCERT = /ca.crt\n")};
    QCOMPARE(load()->main.value(u"sslmode"_s), u"disable"_s);
    m_sources.files.clear();
    QCOMPARE(load()->main.value(u"sslrootcert"_s), QString());
}

void TestSettings::protectionOfTheWindow_data()
{
    QTest::addColumn<QString>("weaker");
    QTest::newRow("environment") << u"DATABASE_SSLMODE"_s;
    QTest::newRow("libpq's environment") << u"PGSSLMODE"_s;
    QTest::newRow("settings file") << u"file"_s;
}

/// What was chosen in the window holds for the address chosen there, whatever else is set, and for no other.
void TestSettings::protectionOfTheWindow()
{
    QFETCH(const QString, weaker);
    m_sources.remembered = {{u"DATABASE_URL"_s, u"postgresql://window/library"_s},
                            {u"DATABASE_SSLMODE"_s, u"verify-full"_s},
                            {u"DATABASE_CHANNEL_BINDING"_s, u"require"_s},
                            {u"DATABASE_SSLROOTCERT"_s, u"/window.crt"_s}};
    if (weaker == "PGSSLMODE"_L1)
        qputenv("PGSSLMODE", "disable");
    else if (weaker == "file"_L1)
        m_sources.files = {writeFile(u"weak.conf"_s, "DATABASE_SSLMODE = disable\n")};
    else
        set(weaker, u"disable"_s);
    const auto chosen = load();
    QVERIFY(chosen.isOk());
    QCOMPARE(chosen->main.value(u"sslmode"_s), u"verify-full"_s);
    QCOMPARE(chosen->main.value(u"channel_binding"_s), u"require"_s);
    QCOMPARE(chosen->main.value(u"sslrootcert"_s), u"/window.crt"_s);

    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    const auto other = load();
    QVERIFY(other.isOk());
    QCOMPARE(other->main.value(u"sslmode"_s), u"disable"_s);
    QVERIFY(other->main.value(u"channel_binding"_s).isEmpty());
    QVERIFY(other->main.value(u"sslrootcert"_s).isEmpty());
}

void TestSettings::libpqsEnvironmentComesLast()
{
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    qputenv("PGSSLMODE", "prefer");
    QCOMPARE(load()->main.value(u"sslmode"_s), u"prefer"_s);
    m_sources.files = {writeFile(u"strong.conf"_s, "DATABASE_SSLMODE = verify-full\n")};
    QCOMPARE(load()->main.value(u"sslmode"_s), u"verify-full"_s);
    set(u"DATABASE_SSLMODE"_s, u"require"_s);
    QCOMPARE(load()->main.value(u"sslmode"_s), u"require"_s);
    set(u"DATABASE_URL"_s, u"postgresql://env/library?sslmode=verify-ca"_s);
    QCOMPARE(load()->main.value(u"sslmode"_s), u"verify-ca"_s);
}

void TestSettings::socketsThatAreNone_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QByteArray>("variable");
    QTest::addColumn<bool>("isSocket");
    const QString socket = u"postgresql:///library?host=/tmp"_s;
    QTest::newRow("socket") << socket << QByteArray() << true;
    QTest::newRow("usual socket") << u"postgresql:///library"_s << QByteArray() << true;
    QTest::newRow("two sockets") << u"postgresql:///library?host=/tmp,/run"_s << QByteArray() << true;
    QTest::newRow("socket and a host") << u"postgresql:///library?host=/tmp,db"_s << QByteArray() << false;
    QTest::newRow("numeric address") << socket + "&hostaddr=10.0.0.5"_L1 << QByteArray() << false;
    QTest::newRow("abstract socket and a numeric address")
        << u"postgresql:///library?host=@x&hostaddr=10.0.0.5"_s << QByteArray() << false;
    QTest::newRow("PGHOSTADDR") << socket << QByteArray("PGHOSTADDR=10.0.0.5") << false;
    QTest::newRow("PGHOST") << u"postgresql:///library"_s << QByteArray("PGHOST=db") << false;
    QTest::newRow("PGHOST is a socket") << u"postgresql:///library"_s << QByteArray("PGHOST=/tmp") << true;
    QTest::newRow("service") << socket + "&service=there"_L1 << QByteArray() << false;
    QTest::newRow("PGSERVICE") << socket << QByteArray("PGSERVICE=there") << false;
}

/// libpq goes by TCP with each of these that is no socket, so the policy has to hold.
void TestSettings::socketsThatAreNone()
{
    QFETCH(const QString, url);
    QFETCH(const QByteArray, variable);
    QFETCH(const bool, isSocket);
    if (!variable.isEmpty())
        qputenv(variable.split('=').first().constData(), variable.split('=').last());
    m_sources.policyFile = writeFile(u"policy.conf"_s, "REQUIRED_SSLMODE = verify-full\n"
                                                       "REQUIRED_CHANNEL_BINDING = require\n");
    set(u"DATABASE_URL"_s, url);
    const auto config = load();
    QVERIFY(config.isOk());
    QCOMPARE(isLocalSocket(config->main), isSocket);
    QCOMPARE(config->main.value(u"sslmode"_s), isSocket ? QString() : u"verify-full"_s);
    QCOMPARE(config->main.value(u"channel_binding"_s), isSocket ? QString() : u"require"_s);
}

/// The file goes before libpq's environment, and after what is said here; nothing is said here for it.
void TestSettings::serviceFiles()
{
    set(u"DATABASE_URL"_s, u"postgresql:///library?service=there"_s);
    qputenv("PGSSLMODE", "disable");
    QVERIFY(load()->main.value(u"sslmode"_s).isEmpty());
    set(u"DATABASE_SSLMODE"_s, u"verify-full"_s);
    QCOMPARE(load()->main.value(u"sslmode"_s), u"verify-full"_s);
    m_sources.environment.remove(u"DATABASE_SSLMODE"_s);
    // What libpq itself would take for no word at all must not be left to the file either.
    m_sources.policyFile = writeFile(u"policy.conf"_s, "REQUIRED_SSLMODE = prefer\n");
    QCOMPARE(load()->main.value(u"sslmode"_s), u"prefer"_s);
}

void TestSettings::rootCertificateOfThePolicyIsUsed_data()
{
    QTest::addColumn<QString>("chosen");
    QTest::addColumn<QString>("mode");
    QTest::newRow("nothing") << QString() << u"verify-ca"_s;
    QTest::newRow("disable") << u"?sslmode=disable"_s << u"verify-ca"_s;
    QTest::newRow("require") << u"?sslmode=require"_s << u"verify-ca"_s;
    QTest::newRow("verify-full") << u"?sslmode=verify-full"_s << u"verify-full"_s;
}

/// With "require" and the file missing, libpq would verify nothing.
void TestSettings::rootCertificateOfThePolicyIsUsed()
{
    QFETCH(const QString, chosen);
    QFETCH(const QString, mode);
    for (const QByteArray &policy : {QByteArray("SSLROOTCERT = /policy.crt\n"),
                                     QByteArray("SSLROOTCERT = /policy.crt\nREQUIRED_SSLMODE = require\n")}) {
        m_sources.policyFile = writeFile(u"policy.conf"_s, policy);
        set(u"DATABASE_URL"_s, "postgresql://db/library"_L1 + chosen);
        QCOMPARE(load()->main.value(u"sslmode"_s), mode);
        QCOMPARE(load()->main.value(u"sslrootcert"_s), u"/policy.crt"_s);
        QCOMPARE(load()->policy.leastSslMode(), u"verify-ca"_s);
    }
}

/// Files that are kept for a library are found again whatever becomes of its protection.
void TestSettings::serverKeyIsTheServersAlone()
{
    const auto keyOf = [](const QString &text) { return serverKey(*ConnectionUrl::parse(text, u"x"_s)); };
    const QString plain = keyOf(u"postgresql://anna@db:5432/library"_s);
    QCOMPARE(keyOf(u"postgresql://bert@db/library?sslmode=verify-full&sslrootcert=/ca.crt&"
                   "channel_binding=require&gssencmode=disable&password=x"_s),
             plain);
    QVERIFY(keyOf(u"postgresql://db2/library"_s) != plain);
    QVERIFY(keyOf(u"postgresql://db:5433/library"_s) != plain);
    QVERIFY(keyOf(u"postgresql://db/other"_s) != plain);
    QVERIFY(keyOf(u"postgresql:///library?hostaddr=10.0.0.5"_s) !=
            keyOf(u"postgresql:///library?hostaddr=10.0.0.6"_s));
}

void TestSettings::protectionLeavesAnAddress()
{
    const auto asked = ConnectionUrl::parse(u"postgresql://anna@db/library"_s, u"x"_s);
    const ConnectionSecurity wish{
        .sslMode = u"verify-full"_s, .channelBinding = u"require"_s, .rootCertificate = u"/ca.crt"_s};
    const ConnectionUrl full = secured(*asked, wish, {});
    QVERIFY(full != *asked);
    QCOMPARE(protectionOf(full), wish);
    QCOMPARE(withoutProtection(full), *asked);
    // Kerberos encryption that somebody has switched off for other reasons stays off.
    const auto own = ConnectionUrl::parse(u"postgresql://db/library?gssencmode=disable"_s, u"x"_s);
    QCOMPARE(withoutProtection(*own), *own);
}

/// Where a policy may be, nothing is opened without it.
void TestSettings::policyThatCannotBeReliedOn()
{
    const QString path = writeFile(u"policy.conf"_s, "REQUIRED_SSLMODE = require\n");
    m_sources.policyFile = path;
    QVERIFY(load());
    QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::WriteOther));
    QVERIFY(load().error().message.contains("Anybody can change"_L1));
    QVERIFY(QFile::remove(path));
    QVERIFY(load()); // no policy
    QVERIFY(QFile::link(u"/nowhere/policy.conf"_s, path));
    QVERIFY(load().error().message.contains("cannot be read"_L1));
    QVERIFY(QFile::remove(path));
}

void TestSettings::policyWins_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("mode");
    QTest::addColumn<QString>("binding");
    QTest::addColumn<QString>("root");
    const QByteArray full = "required_sslmode = verify-full\nREQUIRED_CHANNEL_BINDING = require\n"
                            "SSLROOTCERT = /policy.crt\n";
    const QString none = u"?sslmode=disable&channel_binding=disable&sslrootcert=/mine.crt"_s;
    QTest::newRow("weaker address") << full << none << u"verify-full"_s << u"require"_s << u"/policy.crt"_s;
    QTest::newRow("silent address") << full << QString() << u"verify-full"_s << u"require"_s
                                    << u"/policy.crt"_s;
    QTest::newRow("stronger address")
        << QByteArray("REQUIRED_SSLMODE = require\n") << u"?sslmode=verify-ca&sslrootcert=/mine.crt"_s
        << u"verify-ca"_s << QString() << u"/mine.crt"_s;
    QTest::newRow("weak policy") << QByteArray("REQUIRED_SSLMODE = allow\n") << QString() << QString()
                                 << QString() << QString();
}

void TestSettings::policyWins()
{
    QFETCH(const QByteArray, policy);
    QFETCH(const QString, address);
    QFETCH(const QString, mode);
    QFETCH(const QString, binding);
    QFETCH(const QString, root);
    m_sources.policyFile = writeFile(u"policy.conf"_s, policy);
    const QString url = "postgresql://anna@db/library"_L1 + address;
    set(u"DATABASE_URL_NORTH"_s, url);
    for (const bool onCommandLine : {true, false}) {
        m_sources.commandLineUrl = onCommandLine ? url : QString();
        set(u"DATABASE_URL"_s, url);
        const auto config = load();
        QVERIFY2(config.isOk(), qPrintable(config.isOk() ? QString() : config.error().message));
        QCOMPARE(config->main.value(u"sslmode"_s), mode);
        QCOMPARE(config->main.value(u"channel_binding"_s), binding);
        QCOMPARE(config->main.value(u"sslrootcert"_s), root);
        if (!onCommandLine)
            QCOMPARE(config->shardUrls.value(u"north"_s).value(u"sslmode"_s), mode);
    }
}

void TestSettings::wrongPolicyOpensNothing_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QString>("name");
    QTest::newRow("mode") << QByteArray("REQUIRED_SSLMODE = verify_full\n") << u"REQUIRED_SSLMODE"_s;
    QTest::newRow("name") << QByteArray("REQUIRE_SSLMODE = verify-full\n") << u"REQUIRE_SSLMODE"_s;
    QTest::newRow("binding") << QByteArray("REQUIRED_CHANNEL_BINDING = yes\n")
                             << u"REQUIRED_CHANNEL_BINDING"_s;
    QTest::newRow("path") << QByteArray("SSLROOTCERT = ca.crt\n") << u"SSLROOTCERT"_s;
    QTest::newRow("minutes") << QByteArray("LOCK_MINUTES = 0\n") << u"LOCK_MINUTES"_s;
    QTest::newRow("keep") << QByteArray("KEEP_PASSWORDS = never\n") << u"KEEP_PASSWORDS"_s;
    QTest::newRow("no setting") << QByteArray("verify-full\n") << u"line 1"_s;
}

void TestSettings::wrongPolicyOpensNothing()
{
    QFETCH(const QByteArray, policy);
    QFETCH(const QString, name);
    m_sources.policyFile = writeFile(u"policy.conf"_s, policy);
    const auto config = load();
    QVERIFY(!config.isOk());
    QVERIFY2(config.error().message.contains(name), qPrintable(config.error().message));
}

void TestSettings::rememberedServerComesLast()
{
    m_sources.remembered = {{u"DATABASE_URL"_s, u"postgresql://window/library"_s},
                            {u"DATABASE_SSLMODE"_s, u"require"_s}};
    const auto remembered = load();
    QVERIFY(remembered.isOk());
    QCOMPARE(remembered->main.host(), u"window"_s);
    QCOMPARE(remembered->main.value(u"sslmode"_s), u"require"_s);
    m_sources.files = {writeFile(u"server.conf"_s, "DATABASE_URL = postgresql://file/library\n")};
    QCOMPARE(load()->main.host(), u"file"_s);
}

void TestSettings::damagedFiles_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("where");
    QTest::newRow("no equals sign") << QByteArray("# mine\n\nDATABASE_URL s3cret\n") << u"line 3"_s;
    QTest::newRow("twice") << QByteArray("SQL_ECHO = true\nsql_echo = s3cret\n") << u"line 2"_s;
    QTest::newRow("strange name") << QByteArray("DATABASE-URL = s3cret\n") << u"line 1"_s;
    QTest::newRow("no UTF-8") << QByteArray("SQL_ECHO = \xff\xfe s3cret\n") << u"UTF-8"_s;
    QTest::newRow("zero bytes") << QByteArray("SQL_ECHO = true\0\0s3cret", 24) << u"UTF-8"_s;
    QTest::newRow("huge") << QByteArray(2 * 1024 * 1024, '#') << u"1 MB"_s;
}

void TestSettings::damagedFiles()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, where);
    const QString path = writeFile(u"damaged.conf"_s, text);
    m_sources.files = {path};
    const auto config = load();
    QVERIFY(!config.isOk());
    QCOMPARE(config.error().kind, DbErrorKind::Configuration);
    QVERIFY2(config.error().message.contains(path), qPrintable(config.error().message));
    QVERIFY2(config.error().message.contains(where), qPrintable(config.error().message));
    QVERIFY(!allText(config.error()).contains("s3cret"_L1));
    QVERIFY(!config.error().hint.isEmpty());
}

void TestSettings::fileForms()
{
    m_sources.files = {writeFile(u"forms.conf"_s, "\r\n  # remark = x\r\n"
                                                  "  database_url=host=db dbname='my library'  \r\n"
                                                  "Sql_Echo =on\r\n")};
    const auto config = load();
    QVERIFY(config.isOk());
    QCOMPARE(config->main.database(), u"my library"_s);
    QVERIFY(config->sqlEcho);
    // A folder where the file should be cannot be read.
    m_sources.files = {m_folder.path()};
    QVERIFY(!load().isOk());
}

void TestSettings::limitsOfConnections()
{
    const auto usual = ClusterConfig::load(m_sources, PoolSettings::ofDesk());
    QVERIFY(usual.isOk());
    QCOMPARE(usual->pool.size, 2);
    QCOMPARE(usual->pool.acquireTimeout, 5s);
    QCOMPARE(load()->pool.size, 20);
    QCOMPARE(load()->pool.maxOverflow, 30);
    QCOMPARE(load()->pool.recycle, 3600s);
    QCOMPARE(load()->slowQuery, 200ms);

    set(u"DATABASE_POOL_SIZE"_s, u"3"_s);
    set(u"DATABASE_MAX_OVERFLOW"_s, u"0"_s);
    set(u"DATABASE_POOL_TIMEOUT"_s, u"1"_s);
    set(u"DATABASE_POOL_RECYCLE"_s, u"60"_s);
    set(u"DATABASE_SLOW_QUERY_MS"_s, u"0"_s);
    const auto set = ClusterConfig::load(m_sources, PoolSettings::ofDesk());
    QVERIFY(set.isOk());
    QCOMPARE(set->pool.size, 3);
    QCOMPARE(set->pool.maxOverflow, 0);
    QCOMPARE(set->pool.acquireTimeout, 1s);
    QCOMPARE(set->pool.recycle, 60s);
    QCOMPARE(set->slowQuery, 0ms);
    QVERIFY(set->warnings.isEmpty());
}

void TestSettings::shardingBranches()
{
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    set(u"SHARDING_BRANCHES"_s, u" North , south_2,,"_s);
    set(u"DATABASE_URL_NORTH"_s, u"postgresql://n/north"_s);
    const auto config = load();
    QVERIFY(config.isOk());
    QCOMPARE(config->shardNames, std::optional(QStringList{u"north"_s, u"south_2"_s}));
    QCOMPARE(config->shardUrls.keys(), QStringList{u"north"_s}); // main knows where the other one is
    QVERIFY(config->warnings.isEmpty());
}

void TestSettings::shardOutsideTheListIsAWarning()
{
    set(u"DATABASE_URL"_s, u"postgresql://env/library"_s);
    set(u"SHARDING_BRANCHES"_s, u"north"_s);
    set(u"DATABASE_URL_EAST"_s, u"not even an address"_s);
    const auto config = load();
    QVERIFY(config.isOk());
    QVERIFY(config->shardUrls.isEmpty());
    QCOMPARE(config->warnings.size(), 1);
    QVERIFY(config->warnings.first().contains("DATABASE_URL_EAST"_L1));
}

void TestSettings::shardNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("valid");
    QTest::newRow("letter") << u"a"_s << true;
    QTest::newRow("31 characters") << QString(31, u'a') << true;
    QTest::newRow("digits and underscore") << u"north_2"_s << true;
    QTest::newRow("32 characters") << QString(32, u'a') << false;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("capital") << u"North"_s << false;
    QTest::newRow("digit first") << u"2north"_s << false;
    QTest::newRow("hyphen") << u"north-2"_s << false;
    QTest::newRow("line end") << u"north\n"_s << false;
}

void TestSettings::shardNames()
{
    QFETCH(const QString, name);
    QFETCH(const bool, valid);
    QCOMPARE(isShardName(name), valid);
}

QTEST_GUILESS_MAIN(TestSettings)
#include "tst_settings.moc"
