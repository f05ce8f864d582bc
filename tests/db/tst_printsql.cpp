// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/printsql.h"
#include "db/cluster/replication.h"
#include "tests/support/ctl.h"
#include "tests/support/testlibrary.h"

#include <QDirIterator>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Everything that setting up makes, but for what repeating it writes anew without a change.
constexpr auto made = R"(
    SELECT md5(string_agg(line, E'\n' ORDER BY line)) AS digest, count(*) AS lines FROM (
        SELECT p.oid || ' ' || p.xmin::text || p.oid::regprocedure AS line FROM pg_proc AS p
         WHERE p.pronamespace = 'public'::regnamespace
         UNION ALL SELECT p.oid || ' ' || coalesce(p.proacl::text, '') FROM pg_proc AS p
         UNION ALL SELECT c.oid || ' ' || c.relname || coalesce(c.relacl::text, '') FROM pg_class AS c
                    WHERE c.relkind IN ('r', 'p', 'v', 'S') AND c.relnamespace = 'public'::regnamespace
         UNION ALL SELECT 's' || s.oid || s.subname || s.subconninfo FROM pg_subscription AS s
         UNION ALL SELECT 'b' || p.oid || p.pubname FROM pg_publication AS p
         UNION ALL SELECT 't' || r.prrelid::regclass || r.oid FROM pg_publication_rel AS r
         UNION ALL SELECT 'r' || r.oid || r.rolname FROM pg_roles AS r
         UNION ALL SELECT 'd' || d.datname || coalesce(d.datacl::text, '') FROM pg_database AS d
         UNION ALL SELECT 'h' || h::text FROM public.schema_history AS h
         UNION ALL SELECT 'u' || u.xmin::text || u::text FROM public.user_types AS u
         UNION ALL SELECT 'l' || l.xmin::text || l::text FROM public.loan_rules AS l) AS everything)"_L1;

} // namespace

/// The script for database administrators: psql runs it on an empty server, and init has nothing to add.
class TestPrintSql final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void no_password_is_printed();
    void psql_makes_a_library_and_init_adds_nothing();
    void create_makes_the_databases();
    void over_the_network_the_password_stays_a_secret();

private:
    void listen();
    [[nodiscard]] QString logs() const;
    [[nodiscard]] QString passwordOf(const ConnectionUrl &shard, const QString &subscription) const;
    [[nodiscard]] AdminAddresses addresses(const QString &prefix = {}) const;
    [[nodiscard]] QStringList digests(const AdminAddresses &of) const;
    [[nodiscard]] CtlRun psql(const QString &script) const;
    [[nodiscard]] QString value(const ConnectionUrl &url, const QString &text) const;

    const QString m_address = QStringLiteral("127.60.%1.%2")
                                  .arg((QCoreApplication::applicationPid() >> 7) % 128)
                                  .arg(1 + QCoreApplication::applicationPid() % 127);
    TestLibrary m_library{{u"alpha"_s, u"beta"_s}, TestLibrary::Servers::Shared};
};

void TestPrintSql::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// Databases that do not exist yet, whose names need quoting.
AdminAddresses TestPrintSql::addresses(const QString &prefix) const
{
    const auto url = [&](const QString &name) {
        return m_library.url(u"main"_s).with(u"dbname"_s, prefix + name);
    };
    return {.main = url(u"Main library"_s),
            .shards = {{u"alpha"_s, url(u"alpha-1"_s)}, {u"beta"_s, url(u"beta"_s)}}};
}

QStringList TestPrintSql::digests(const AdminAddresses &of) const
{
    QStringList list;
    std::vector<ConnectionUrl> urls{of.main};
    for (const auto &[name, url] : of.shards)
        urls.push_back(url);
    for (const ConnectionUrl &url : urls) {
        Session session({.database = url.database(), .url = url, .application = u"test"_s});
        session.open();
        const Rows rows = session.exec({"made"_L1, made});
        list << rows->row(0).text("digest") + u' ' + rows->row(0).text("lines");
    }
    return list;
}

CtlRun TestPrintSql::psql(const QString &script) const
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PGPASSWORD"_s, u"Gr33n-Lighthouse"_s);
    process.setProcessEnvironment(environment);
    process.start(u"psql"_s, {u"-X"_s, u"-q"_s, u"-d"_s, m_library.url(u"main"_s).toUri(), u"-f"_s, u"-"_s});
    process.write(script.toUtf8());
    process.closeWriteChannel();
    if (!process.waitForFinished(120'000))
        qFatal("psql did not end.");
    return {.status = process.exitCode(),
            .output = QString::fromUtf8(process.readAllStandardOutput()),
            .errors = QString::fromUtf8(process.readAllStandardError())};
}

void TestPrintSql::no_password_is_printed()
{
    AdminAddresses secret = addresses();
    secret.main = secret.main.with(u"host"_s, u"db.example.org"_s).with(u"password"_s, u"Gr33n-Lighthouse"_s);
    const QString script = setUpScript(secret);
    QVERIFY(!script.contains("Lighthouse"_L1));
    QVERIFY(script.contains("replicator_password"_L1));
    QVERIFY(!setUpScript(addresses()).contains(":'replicator_password'"_L1));
}

void TestPrintSql::psql_makes_a_library_and_init_adds_nothing()
{
    if (QStandardPaths::findExecutable(u"psql"_s).isEmpty())
        QSKIP("There is no psql here.");
    const AdminAddresses library = addresses();
    const QString script = setUpScript(library);
    const CtlRun first = psql(script);
    QVERIFY2(first.status == 0, first.text().right(3000).constData());
    for (const auto &[name, url] : library.shards) { // rows are still on their way
        Session shard({.database = name + "_shard"_L1, .url = url, .application = u"test"_s});
        shard.open();
        waitForFirstCopy(shard);
    }
    // Whoever owns the schema could replace what functions of the superuser call.
    QCOMPARE(value(library.main, u"SELECT r.rolsuper::text AS value FROM pg_namespace AS n "
                                 "JOIN pg_roles AS r ON r.oid = n.nspowner WHERE n.nspname = 'public'"_s),
             u"true"_s);
    const QStringList before = digests(library);
    const Result<Done> done = initialise(library, {});
    QVERIFY2(done.isOk(), done ? "" : qPrintable(done.error().message));
    QCOMPARE(digests(library), before);
    const CtlRun again = psql(script);
    QVERIFY2(again.status == 0, again.text().right(3000).constData());
    Session main({.database = u"main"_s, .url = library.main, .application = u"test"_s});
    main.open();
    QCOMPARE(
        main.exec({"shards"_L1, "SELECT count(*) AS shards FROM public.shards"_L1})->row(0).number("shards"),
        2);
}

void TestPrintSql::create_makes_the_databases()
{
    const AdminAddresses library = addresses(u"new-"_s);
    QCOMPARE(createDatabases(library, u"postgres"_s).valueOrThrow().size(), 3);
    QVERIFY(createDatabases(library, u"postgres"_s).valueOrThrow().isEmpty());
    Ctl ctl;
    const QString admin = m_library.url(u"main"_s).with(u"dbname"_s, u"postgres"_s).toUri();
    const AdminAddresses other = addresses(u"other-"_s);
    // Logins of the settings that cannot do it, nor exist.
    ctl.set(u"DATABASE_URL"_s, other.main.with(u"user"_s, u"nobody"_s).toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"alpha,beta"_s);
    for (const auto &[name, url] : other.shards)
        ctl.set("DATABASE_URL_"_L1 + name.toUpper(), url.with(u"user"_s, u"nobody"_s).toUri());
    QCOMPARE(ctl.json({u"init"_s, u"--create"_s}).status, 2);
    const CtlRun run = ctl.json({u"init"_s, u"--create"_s, u"--admin-url"_s, admin});
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(digests(other).size(), 3);
    const CtlRun printed = ctl.run({u"init"_s, u"--print-sql"_s});
    QCOMPARE(printed.status, 0);
    QVERIFY(printed.output.contains("needs a superuser"_L1));
}

/// The server also listens on a loopback address, asks for passwords there and writes down all it is told.
void TestPrintSql::listen()
{
    const QString rules = m_library.directory() + "/rules.conf"_L1;
    QFile file(rules);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("local all all peer map=branchline\nhost all all all scram-sha-256\n");
    file.close();
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther));
    Session session({.database = u"main"_s, .url = m_library.url(u"main"_s), .application = u"test"_s});
    session.open();
    for (const QString &sql :
         {u"CREATE ROLE dba SUPERUSER LOGIN PASSWORD 'Gr33n-Lighthouse'"_s,
          u"ALTER SYSTEM SET listen_addresses = '%1'"_s.arg(m_address),
          u"ALTER SYSTEM SET hba_file = '%1'"_s.arg(rules), u"ALTER SYSTEM SET log_statement = 'all'"_s,
          u"ALTER SYSTEM SET log_min_duration_statement = 0"_s,
          u"ALTER SYSTEM SET log_min_error_statement = 'error'"_s})
        session.execText(u"set"_s, sql);
    QVERIFY(m_library.stopServer(u"library"_s) && m_library.startServer(u"library"_s));
}

QString TestPrintSql::logs() const
{
    QString text;
    QDirIterator files(m_library.directory(), {u"*.log"_s}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            text += QString::fromUtf8(file.readAll());
    }
    return text;
}

QString TestPrintSql::value(const ConnectionUrl &url, const QString &text) const
{
    Session session({.database = url.database(), .url = url, .application = u"test"_s});
    session.open();
    const QByteArray sql = text.toUtf8();
    return session.exec({"value"_L1, QLatin1StringView(sql)})->row(0).text("value");
}

QString TestPrintSql::passwordOf(const ConnectionUrl &shard, const QString &subscription) const
{
    return value(
        shard,
        u"SELECT substring(s.subconninfo FROM 'password=''?([^ '']+)') AS value FROM pg_subscription AS s "
        "JOIN pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database() "
        "WHERE s.subname = '%1'"_s.arg(subscription));
}

void TestPrintSql::over_the_network_the_password_stays_a_secret()
{
    listen();
    // The libraries made before would lose their password with that of this one, were they on the network.
    AdminAddresses library = addresses(u"net-"_s);
    const auto overNetwork = [this](const ConnectionUrl &url) {
        return url.with(u"host"_s, m_address).with(u"user"_s, u"dba"_s);
    };
    library.main = overNetwork(library.main);
    for (auto &[name, url] : library.shards)
        url = overNetwork(url);
    const QString script = setUpScript(library);
    const CtlRun refused = psql(script);
    QVERIFY(refused.status != 0 && refused.errors.contains("Another library"_L1));
    const auto signedIn = [&](const ConnectionUrl &url) {
        return url.with(u"password"_s, u"Gr33n-Lighthouse"_s);
    };
    for (const QString &name :
         {u"alpha-1"_s, u"beta"_s, u"new-alpha-1"_s, u"new-beta"_s, u"other-alpha-1"_s, u"other-beta"_s}) {
        for (const auto *stream : {"branchline_desk", "branchline_catalogue"}) {
            Session shard({.database = name,
                           .url = m_library.url(u"main"_s).with(u"dbname"_s, name),
                           .application = u"test"_s});
            try {
                shard.open();
                shard.execText(u"drop"_s, u"DROP SUBSCRIPTION IF EXISTS %1"_s.arg(QLatin1StringView(stream)));
            } catch (const DbException &e) {
                if (e.error().sqlState != "3D000"_L1)
                    QFAIL(qPrintable(e.error().message));
            }
        }
    }
    const CtlRun first = psql(script);
    QVERIFY2(first.status == 0, first.text().right(3000).constData());
    const ConnectionUrl alpha = signedIn(library.shards.at(u"alpha"_s));
    const ConnectionUrl beta = signedIn(library.shards.at(u"beta"_s));
    const QString password = passwordOf(alpha, u"branchline_desk"_s);
    QVERIFY(password.size() >= 32);
    QCOMPARE(passwordOf(beta, u"branchline_catalogue"_s), password);
    const auto arrives = [&](const QString &code) {
        (void)value(signedIn(library.main), u"SELECT add_user_type('%1', 'x')::text AS value"_s.arg(code));
        return QTest::qWaitFor(
            [&] {
                return value(beta, u"SELECT count(*)::text AS value FROM user_types WHERE code = '%1'"_s.arg(
                                       code)) == "1"_L1;
            },
            20'000);
    };
    QVERIFY(arrives(u"one"_s));

    // Once more: nothing changes, and all goes on.
    const CtlRun again = psql(script);
    QVERIFY2(again.status == 0, again.text().right(3000).constData());
    QCOMPARE(passwordOf(alpha, u"branchline_desk"_s), password);
    QVERIFY(arrives(u"two"_s));

    // One that is missing comes with a new password, which the others get as well.
    Session shard({.database = u"alpha"_s, .url = alpha, .application = u"test"_s});
    shard.open();
    shard.execText(u"drop"_s, u"DROP SUBSCRIPTION branchline_desk"_s);
    shard.execText(u"empty"_s,
                   u"SET session_replication_role = replica; DO $$ DECLARE t text; BEGIN FOR t IN SELECT "
                   "tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_history' "
                   "LOOP EXECUTE format('DELETE FROM %I', t); "
                   "END LOOP; END $$"_s);
    const CtlRun third = psql(script);
    QVERIFY2(third.status == 0, third.text().right(3000).constData());
    const QString renewed = passwordOf(alpha, u"branchline_desk"_s);
    QVERIFY(renewed != password);
    QCOMPARE(passwordOf(beta, u"branchline_desk"_s), renewed);
    QVERIFY(arrives(u"three"_s));

    const QString text = logs();
    QVERIFY(text.contains("pg_create_logical_replication_slot"_L1)); // statements are there
    QVERIFY(!text.contains(password) && !text.contains(renewed));
    for (const QString &output : {first.output + first.errors, third.output + third.errors})
        QVERIFY(!output.contains(password) && !output.contains(renewed));
}

QTEST_GUILESS_MAIN(TestPrintSql)
#include "tst_printsql.moc"
