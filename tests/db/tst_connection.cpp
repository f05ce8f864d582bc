// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/cluster.h"
#include "tests/support/calm.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QTemporaryFile>
#include <QTest>

#include <stdexcept>
#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Statement myPid{"my_pid"_L1, "SELECT pg_backend_pid() AS pid"_L1};
constexpr Statement endMyself{"end_myself"_L1, "SELECT pg_terminate_backend(pg_backend_pid())"_L1};
const Call quick{"ask"_L1, 2000ms};

qint64 pidOf(Session &session)
{
    return session.exec(myPid)->row(0).number("pid");
}

/// What goes to stderr while it lives.
class StderrCapture final
{
public:
    StderrCapture()
        : m_saved(::dup(STDERR_FILENO))
    {
        if (!m_file.open())
            qFatal("No temporary file.");
        ::dup2(m_file.handle(), STDERR_FILENO);
    }
    ~StderrCapture() { restore(); }
    Q_DISABLE_COPY_MOVE(StderrCapture)

    QString text()
    {
        restore();
        m_file.seek(0);
        return QString::fromUtf8(m_file.readAll());
    }

private:
    void restore()
    {
        if (m_saved < 0)
            return;
        ::fflush(stderr);
        ::dup2(m_saved, STDERR_FILENO);
        ::close(std::exchange(m_saved, -1));
    }

    int m_saved;
    QTemporaryFile m_file;
};

} // namespace

/// Connections to servers that go away, freeze, refuse or are not what they should be.
class TestConnection final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void statementsStayPrepared();
    void preparedStatementsAreLimited();
    void oneConnectionPerDatabase();
    void killedConnectionIsRepaired();
    void killedUnderWayIsRepeated();
    void notRepeatableIsUnknown();
    void lostAndNotReachedAgainIsUnknown();
    void otherExceptionsEndTheCallOnly();
    void openTransactionIsNotHandedOn();
    void stoppedServer();
    void frozenServer_data();
    void frozenServer();
    void frozenWhileConnecting();
    void refusedSignIn_data();
    void refusedSignIn();
    void missingDatabase();
    void otherSchema_data();
    void otherSchema();
    void wrongShardBehindAddress();
    void echoHasNoValues();
    void waitingCallsEndWithTheirOwner();

private:
    static constexpr auto shardName = "alpha_shard"_L1;

    std::unique_ptr<Database> newDatabase(const ConnectionUrl &url,
                                          const QString &application = u"test database"_s)
    {
        return std::make_unique<Database>(
            SessionSettings{.database = shardName, .url = url, .application = application}, m_watchdog);
    }
    std::unique_ptr<Database> newDatabase()
    {
        return newDatabase(m_library.servers().url(shardName, u"librarian"_s));
    }
    Result<Done> openAs(const QString &user, const QString &password);

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s, u"beta"_s}};
    Watchdog m_watchdog;
};

void TestConnection::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestConnection::statementsStayPrepared()
{
    const auto session = m_library.newSession(shardName);
    constexpr Statement twice{"twice"_L1, "SELECT ?::int * 2 AS result"_L1};
    constexpr Statement kept{"kept"_L1,
                             "SELECT count(*) AS n, sum(generic_plans + custom_plans)::bigint AS runs "
                             "FROM pg_prepared_statements WHERE statement LIKE '%int * 2 AS result'"_L1};
    for (int i = 1; i <= 20; ++i)
        QCOMPARE(session->exec(twice, {i})->row(0).number("result"), 2 * i);
    const Rows rows = session->exec(kept);
    QCOMPARE(rows->row(0).number("n"), 1);
    QCOMPARE(rows->row(0).number("runs"), 20);
    // After an error it works again.
    try {
        session->exec(twice, {u"no number"_s});
        QFAIL("A word was multiplied.");
    } catch (const DbException &e) {
        QCOMPARE(e.error().kind, DbErrorKind::InvalidValue);
        QVERIFY(!e.error().message.contains("no number"_L1));
    }
    QCOMPARE(session->exec(twice, {21})->row(0).number("result"), 42);
}

void TestConnection::preparedStatementsAreLimited()
{
    const auto session = m_library.newSession(shardName);
    for (int i = 0; i < 200; ++i) {
        const QByteArray text =
            "SELECT " + QByteArray::number(i) + " AS result"; // gone at the end of the round
        QCOMPARE(session->exec({QLatin1StringView(text), QLatin1StringView(text)})->row(0).number("result"),
                 i);
    }
    constexpr Statement kept{"kept"_L1, "SELECT count(*) AS n FROM pg_prepared_statements"_L1};
    QVERIFY(session->exec(kept)->row(0).number("n") <= 65);
}

/// A desk that does one thing after another holds one connection to each database that it uses, as an
/// ordinary login.
void TestConnection::oneConnectionPerDatabase()
{
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    const BranchEntry other = m_library.addBranch(u"beta"_s);
    const QString card = m_library.addPatron(branch);
    const QStringList barcodes{m_library.addCopy(branch), m_library.addCopy(other)};
    const auto desk = m_library.newCluster(u"counted desk"_s);
    for (int i = 0; i < 20; ++i)
        QVERIFY(
            !await(checkOut(*desk, {.deskBranch = branch.id, .barcode = barcodes.at(i % 2), .card = card}))
                 .error);
    for (const QString &database : {u"main"_s, u"alpha_shard"_s, u"beta_shard"_s}) {
        const Rows rows = m_library.sql(
            database, u"SELECT count(*) AS n, bool_or(r.rolsuper) AS super, min(a.usename) AS login "
                      "FROM pg_stat_activity a JOIN pg_roles r ON r.rolname = a.usename "
                      "WHERE a.application_name LIKE 'counted desk%'"_s);
        QCOMPARE(rows->row(0).number("n"), 1);
        QVERIFY(!rows->row(0).flag("super"));
        QCOMPARE(rows->row(0).text("login"), u"librarian"_s);
    }
}

void TestConnection::killedConnectionIsRepaired()
{
    const auto database = newDatabase();
    const auto first = await(database->run(quick, pidOf));
    QVERIFY(first.isOk());
    m_library.sql(shardName, u"SELECT pg_terminate_backend(%1, 2000)"_s.arg(*first));
    const auto second = await(database->run(quick, pidOf));
    QVERIFY(second.isOk());
    QVERIFY(*second != *first);
    QCOMPARE(database->reachability().state, Reachability::State::Reachable);
}

/// The connection dies in the middle of a call: a repeatable one is sent again and succeeds.
void TestConnection::killedUnderWayIsRepeated()
{
    const auto database = newDatabase();
    std::atomic<int> runs = 0;
    const auto killItself = [&](Session &session) {
        if (++runs == 1)
            session.exec(endMyself);
        return pidOf(session);
    };
    QVERIFY(await(database->run(quick, killItself)).isOk());
    QCOMPARE(runs.load(), 2);
}

/// Another one is never sent twice: nobody knows whether it was done.
void TestConnection::notRepeatableIsUnknown()
{
    const auto database = newDatabase();
    std::atomic<int> runs = 0;
    const auto result = await(database->run(Call{"once"_L1, 2000ms, false}, [&](Session &session) {
        ++runs;
        session.exec(endMyself);
        return pidOf(session);
    }));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::ConnectionLost);
    QCOMPARE(result.error().database, QString(shardName));
    QCOMPARE(runs.load(), 1);
    QVERIFY(await(database->run(quick, pidOf)).isOk());
}

/// Lost while it was under way, then not to be reached: it may have been done and must not pass for "not
/// sent".
void TestConnection::lostAndNotReachedAgainIsUnknown()
{
    const auto database = newDatabase();
    const auto result = await(database->run(Call{"ask"_L1, 60000ms}, [this](Session &session) {
        if (!m_library.servers().stopServer(shardName))
            qWarning("The server could not be stopped.");
        return pidOf(session);
    }));
    QVERIFY2(m_library.servers().startServer(shardName), qPrintable(m_library.servers().errorText()));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::ConnectionLost);
}

void TestConnection::otherExceptionsEndTheCallOnly()
{
    const auto database = newDatabase();
    const auto result = await(
        database->run(quick, [](Session &) -> qint64 { throw std::out_of_range("a defect of a task"); }));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::Internal);
    QCOMPARE(result.error().statement, u"ask"_s);
    QVERIFY(await(database->run(quick, pidOf)).isOk());
}

void TestConnection::openTransactionIsNotHandedOn()
{
    const auto database = newDatabase();
    const auto left = await(database->run(quick, [](Session &session) {
        session.execText(u"BEGIN"_s, u"BEGIN"_s);
        return pidOf(session);
    }));
    QVERIFY(!left.isOk()); // what it may have written is rolled back
    QCOMPARE(left.error().kind, DbErrorKind::Internal);
    const auto next = await(database->run(quick, [](Session &session) { return session.inTransaction(); }));
    QVERIFY(next.isOk());
    QVERIFY(!*next);
}

void TestConnection::stoppedServer()
{
    const auto database = newDatabase();
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    QVERIFY2(m_library.servers().stopServer(shardName), qPrintable(m_library.servers().errorText()));
    QElapsedTimer timer;
    timer.start();
    const auto down = await(database->run(quick, pidOf));
    QVERIFY(!down.isOk());
    QCOMPARE(down.error().kind, DbErrorKind::Unreachable);
    QVERIFY(down.error().message.contains(shardName));
    QVERIFY(!down.error().hint.isEmpty());
    QVERIFY(timer.elapsed() < withRoom(1000));
    QCOMPARE(database->reachability().state, Reachability::State::Unreachable);

    // A dead database costs one probe, not one per click.
    timer.restart();
    for (int i = 0; i < 20; ++i)
        QVERIFY(!await(database->run(quick, pidOf)).isOk());
    QVERIFY(timer.elapsed() < withRoom(200));

    QVERIFY2(m_library.servers().startServer(shardName), qPrintable(m_library.servers().errorText()));
    QTRY_VERIFY_WITH_TIMEOUT(await(database->run(quick, pidOf)).isOk(), 2000);
    QCOMPARE(database->reachability().state, Reachability::State::Reachable);
}

void TestConnection::frozenServer_data()
{
    QTest::addColumn<int>("deadlineMs");
    QTest::newRow("short") << 300;
    QTest::newRow("longer") << 1200;
}

/// Neither the server's nor the kernel's timeouts end the wait on a frozen server; the watchdog does.
void TestConnection::frozenServer()
{
    QFETCH(const int, deadlineMs);
    const auto database = newDatabase();
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    QVERIFY(m_library.servers().freeze(shardName));
    QElapsedTimer timer;
    timer.start();
    const auto result = await(database->run(Call{"ask"_L1, std::chrono::milliseconds(deadlineMs)}, pidOf));
    const qint64 waited = timer.elapsed();
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::Timeout);
    QVERIFY2(waited >= deadlineMs - 5 && waited <= deadlineMs + 500, qPrintable(QString::number(waited)));
    QTRY_VERIFY_WITH_TIMEOUT(await(database->run(quick, pidOf)).isOk(), 5000);
}

/// A frozen server accepts connections, in the kernel, and says nothing: libpq gives up after three seconds.
void TestConnection::frozenWhileConnecting()
{
    const auto database = newDatabase();
    QVERIFY(m_library.servers().freeze(shardName));
    QElapsedTimer timer;
    timer.start();
    const auto result = await(database->run(Call{"ask"_L1, 3500ms}, pidOf));
    const qint64 waited = timer.elapsed();
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY(!result.isOk());
    QVERIFY(result.error().isUnavailable());
    QVERIFY2(waited <= 4000, qPrintable(QString::number(waited)));
    QTRY_VERIFY_WITH_TIMEOUT(await(database->run(quick, pidOf)).isOk(), 5000);
}

Result<Done> TestConnection::openAs(const QString &user, const QString &password)
{
    const ConnectionUrl url = m_library.servers().url(shardName, user).with(u"password"_s, password);
    return await(newDatabase(url)->run(quick, [](Session &) { return Done{}; }));
}

void TestConnection::refusedSignIn_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QString>("password");
    QTest::newRow("wrong password") << u"dora"_s << u"s3cret-wrong"_s;
    QTest::newRow("no password") << u"dora"_s << QString();
    QTest::newRow("unknown role") << u"dora_unknown"_s << u"s3cret-wrong"_s;
    QTest::newRow("not let in") << u"nobody_else"_s << u"s3cret-wrong"_s;
}

void TestConnection::refusedSignIn()
{
    QFETCH(const QString, user);
    QFETCH(const QString, password);
    if (m_library.value(shardName, u"SELECT count(*) FROM pg_roles WHERE rolname = 'dora'"_s) == "0"_L1) {
        m_library.ddl(shardName,
                      u"CREATE ROLE dora LOGIN PASSWORD 's3cret-right' IN ROLE branchline_staff"_s);
        QFile rules(m_library.value(shardName, u"SELECT current_setting('hba_file')"_s));
        QVERIFY(rules.open(QIODevice::ReadOnly));
        const QByteArray old = rules.readAll();
        rules.close();
        QVERIFY(rules.open(QIODevice::WriteOnly));
        rules.write("local all dora,dora_unknown scram-sha-256\n" + old);
        rules.close();
        m_library.sql(shardName, u"SELECT pg_reload_conf()"_s);
        QTRY_VERIFY(openAs(u"dora"_s, u"s3cret-right"_s).isOk());
    }
    const auto result = openAs(user, password);
    QVERIFY(!result.isOk());
    QVERIFY2(result.error().kind == DbErrorKind::Authentication, qPrintable(result.error().message));
    QVERIFY(result.error().message.contains(shardName));
    QVERIFY(!(result.error().message + result.error().hint + result.error().detail).contains("s3cret"_L1));
}

void TestConnection::missingDatabase()
{
    const ConnectionUrl url =
        m_library.servers().url(shardName, u"librarian"_s).with(u"dbname"_s, u"no_such"_s);
    const auto result = await(newDatabase(url)->run(quick, pidOf));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::Unreachable);
    QVERIFY(result.error().hint.contains("init"_L1));
}

void TestConnection::otherSchema_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("undo");
    const QString newer =
        u"INSERT INTO schema_history (id, name, sha256, applied_at, milliseconds, applied_by, app_version) "
        "SELECT max(id) + 1, 'future', repeat('0', 64), now(), 1, 'test', '9.9' FROM schema_history"_s;
    const QString undoNewer = u"DELETE FROM schema_history WHERE name = 'future'"_s;
    const QString older = u"CREATE TABLE kept_history AS SELECT * FROM schema_history WHERE id = (SELECT "
                          u"max(id) FROM schema_history); "
                          "DELETE FROM schema_history WHERE id = (SELECT max(id) FROM schema_history)"_s;
    const QString undoOlder =
        u"INSERT INTO schema_history SELECT * FROM kept_history; DROP TABLE kept_history"_s;
    QTest::newRow("newer main") << u"main"_s << newer << undoNewer;
    QTest::newRow("older main") << u"main"_s << older << undoOlder;
    QTest::newRow("newer shard") << u"alpha_shard"_s << newer << undoNewer;
    QTest::newRow("older shard") << u"alpha_shard"_s << older << undoOlder;
}

/// A schema that is newer or older than the program is refused before the first statement, with the next
/// step.
void TestConnection::otherSchema()
{
    QFETCH(const QString, database);
    QFETCH(const QString, change);
    QFETCH(const QString, undo);
    const bool isMain = database == "main"_L1;
    const auto desk = m_library.newCluster(u"desk of another version"_s);
    const auto ask = [isMain](Cluster &cluster) {
        Database &target = isMain ? cluster.main() : *cluster.shard(u"alpha"_s);
        return await(target.run(quick, pidOf));
    };
    m_library.ddl(database, change);
    ClusterConfig config;
    config.main = m_library.servers().desk().main;
    config.shardUrls = m_library.servers().desk().shards;
    Cluster fresh(config, u"desk of another version"_s);
    const auto result = ask(fresh);
    m_library.ddl(database, undo);
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::SchemaMismatch);
    QCOMPARE(result.error().database, database);
    QVERIFY(!result.error().hint.isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(ask(fresh).isOk(), 2000);
}

/// Two addresses that were swapped: nothing is ever written to the wrong shard.
void TestConnection::wrongShardBehindAddress()
{
    ClusterConfig config;
    config.main = m_library.servers().desk().main;
    config.shardUrls = m_library.servers().desk().shards;
    std::swap(config.shardUrls[u"alpha"_s], config.shardUrls[u"beta"_s]);
    Cluster swapped(config, u"swapped"_s);
    QVERIFY(await(swapped.refreshDirectory()).isOk());
    for (const QString &shard : {u"alpha"_s, u"beta"_s}) {
        const auto result = await(swapped.shard(shard)->run(quick, pidOf));
        QVERIFY(!result.isOk());
        QCOMPARE(result.error().kind, DbErrorKind::SchemaMismatch);
        QVERIFY2(result.error().message.contains(shard == "alpha"_L1 ? u"beta"_s : u"alpha"_s),
                 qPrintable(result.error().message));
    }
    // Nor is main a shard.
    config.shardUrls = {{u"alpha"_s, config.main}, {u"beta"_s, config.main}};
    Cluster lost(config, u"lost"_s);
    const auto result = await(lost.shard(u"alpha"_s)->run(quick, pidOf));
    QVERIFY(!result.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::SchemaMismatch);
}

/// SQL_ECHO names statement, database and milliseconds; cards, barcodes and names never stand there.
void TestConnection::echoHasNoValues()
{
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    StderrCapture capture;
    {
        const auto desk = m_library.newCluster(u"echo"_s, true);
        QVERIFY(!await(checkOut(*desk, {.deskBranch = branch.id, .barcode = barcode, .card = card})).error);
        QVERIFY(!await(checkIn(*desk, {.deskBranch = branch.id, .barcode = barcode, .card = {}})).error);
        (void)await(desk->main().run(quick, [](Session &session) {
            return session.exec({"fails"_L1, "SELECT ?::text::int"_L1}, {u"s3cret-value"_s});
        }));
    }
    const QString text = capture.text();
    QVERIFY2(text.contains("[alpha_shard]"_L1) && text.contains("[main]"_L1), qPrintable(text));
    QVERIFY(text.contains("public.checkout("_L1));
    QVERIFY(text.contains("fails (failed)"_L1));
    for (const QString &value : {card, barcode, u"s3cret-value"_s, branch.id.toString(QUuid::WithoutBraces)})
        QVERIFY2(!text.contains(value), qPrintable(text));
    static const QRegularExpression line(u"^\\[(main|\\w+_shard)\\] \\d+\\.\\d\\d ms \\S.*$"_s);
    const QStringList lines = text.split(u'\n', Qt::SkipEmptyParts);
    for (const QString &one : lines)
        QVERIFY2(line.match(one).hasMatch(), qPrintable(one));
}

/// A desk that is closed does not wait for a server that does not answer.
void TestConnection::waitingCallsEndWithTheirOwner()
{
    auto database = newDatabase();
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    QVERIFY(m_library.servers().freeze(shardName));
    auto underWay = database->run(Call{"ask"_L1, 20000ms}, pidOf);
    auto waiting = database->run(Call{"ask"_L1, 20000ms}, pidOf);
    QElapsedTimer timer;
    timer.start();
    database.reset();
    const qint64 waited = timer.elapsed();
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY2(waited < 1000, qPrintable(QString::number(waited)));
    QVERIFY(underWay.isFinished() && waiting.isFinished());
    QVERIFY(!underWay.result().isOk());
    QVERIFY(!waiting.result().isOk());
}

QTEST_GUILESS_MAIN(TestConnection)
#include "tst_connection.moc"
