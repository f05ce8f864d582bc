// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthmetrics.h"
#include "db/cluster/healthreport.h"
#include "db/monitor/reportserver.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"
#include "tests/support/prometheustext.h"

#include <QElapsedTimer>
#include <QJsonArray>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int waitMs = 15'000;

bool anyContains(const QStringList &texts, const QStringList &parts)
{
    return std::any_of(texts.begin(), texts.end(), [&](const QString &text) {
        return std::all_of(parts.begin(), parts.end(), [&](const QString &p) { return text.contains(p); });
    });
}

QStringList texts(const QJsonValue &array)
{
    QStringList list;
    const QJsonArray values = array.toArray();
    for (const QJsonValue &value : values)
        list << value.toString();
    return list;
}

} // namespace

/// What health says of servers on which something is really wrong: main and one shard, each a server.
class TestHealth final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void healthyLibrary();
    void unsafeSettings_data();
    void unsafeSettings();
    void missingStandby();
    void oldTransactions();
    void staffSeeNoQueries();
    void clocks();
    void disabledSubscription();
    void failingSubscription();
    void forgottenSlot();
    void waitingDesk();
    void programsOfThisWorkstation();
    void smallServer();
    void frozenShard();
    void stoppedShard();
    void slotRetention();
    void wrongUsage();

private:
    [[nodiscard]] Health look(const HealthOptions &options = {})
    {
        return checkHealth(m_library.cluster(), options);
    }
    [[nodiscard]] QStringList problems(const HealthOptions &options = {})
    {
        const Health health = look(options);
        QStringList all = health.problems;
        for (const DatabaseHealth &database : health.databases)
            all << database.problems;
        return all;
    }
    [[nodiscard]] PrometheusText metrics()
    {
        MetricsText text;
        addHealthMetrics(look(), text);
        return PrometheusText(QString::fromUtf8(text.text()));
    }
    void reload(const QString &database) { m_library.sql(database, u"SELECT pg_reload_conf()"_s); }
    void set(const QString &database, const QString &setting, const QString &value)
    {
        m_library.ddl(database, u"ALTER SYSTEM SET %1 = '%2'"_s.arg(setting, value));
        reload(database);
    }
    void reset(const QString &database, const QString &setting)
    {
        m_library.ddl(database, u"ALTER SYSTEM RESET "_s + setting);
        reload(database);
    }
    /// A subscription is disabled at once, but its worker looks only once a second and reads on until then.
    void disable(const QString &subscription)
    {
        m_library.ddl(u"north_shard"_s, u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(subscription));
        QTRY_COMPARE_WITH_TIMEOUT(
            m_library.value(
                u"north_shard"_s,
                u"SELECT count(*) FROM pg_stat_subscription WHERE subname = '%1' AND pid IS NOT NULL"_s.arg(
                    subscription)),
            u"0"_s, waitMs);
    }
    [[nodiscard]] bool restart(const QString &server)
    {
        return m_library.servers().stopServer(server) && m_library.servers().startServer(server);
    }

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"north"_s}};
    QTemporaryDir m_runtime;
    Ctl m_ctl;
};

void TestHealth::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    QVERIFY(m_runtime.isValid()); // where this test's programs publish, and no other's
    qputenv("XDG_RUNTIME_DIR", m_runtime.path().toLocal8Bit());
    m_ctl.set(u"XDG_RUNTIME_DIR"_s, m_runtime.path());
}

void TestHealth::healthyLibrary()
{
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
    const CtlRun run = m_ctl.json({u"health"_s});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    QCOMPARE(texts(run.json.value("warnings"_L1)), QStringList());
    const QJsonArray databases = run.json.value("databases"_L1).toArray();
    QCOMPARE(databases.size(), 2);
    for (const QJsonValue &value : databases) {
        const QJsonObject database = value.toObject();
        QCOMPARE(missingKeys(database, {u"name"_s, u"role"_s, u"reachable"_s, u"latency_ms"_s,
                                        u"replication_lag_s"_s, u"replication_lag_bytes"_s, u"problems"_s,
                                        u"warnings"_s, u"version"_s, u"settings"_s, u"connections"_s,
                                        u"slots"_s, u"subscriptions"_s, u"clock_difference_s"_s}),
                 QStringList());
        const QJsonObject settings = database.value("settings"_L1).toObject();
        QCOMPARE(settings.value("fsync"_L1).toString(), u"on"_s);
        QCOMPARE(settings.value("max_connections"_L1).toInt(), 300);
        QCOMPARE(database.value("connections"_L1).toObject().value("allowed"_L1).toInt(), 297);
        QVERIFY(qAbs(database.value("clock_difference_s"_L1).toDouble(99)) < 1);
    }
    QCOMPARE(databases.at(0).toObject().value("slots"_L1).toArray().size(), 2);
    QCOMPARE(databases.at(1).toObject().value("subscriptions"_L1).toArray().size(), 2);
    QTRY_COMPARE_WITH_TIMEOUT(look().databases.at(1).replicationLagS, std::optional(0.0), waitMs);

    const CtlRun text = m_ctl.run({u"health"_s, u"--metrics"_s});
    QVERIFY2(text.status == 0, text.text().constData());
    const PrometheusText metrics(text.output);
    QCOMPARE(metrics.complaints(), QStringList());
    QVERIFY(metrics.size() > 30);
    QCOMPARE(metrics.value(u"branchline_up"_s), std::optional(2.0));
    QCOMPARE(metrics.value(u"branchline_slot_active"_s), std::optional(2.0));
    QCOMPARE(metrics.value(u"branchline_healthy"_s), std::optional(1.0));
}

void TestHealth::unsafeSettings_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("undo");
    QTest::addColumn<QString>("word");
    for (const QString &database : {u"main"_s, u"north_shard"_s}) {
        for (const QString &name : {u"fsync"_s, u"full_page_writes"_s, u"synchronous_commit"_s}) {
            QTest::addRow("%s on %s", qPrintable(name), qPrintable(database))
                << database << u"ALTER SYSTEM SET %1 = off"_s.arg(name)
                << u"ALTER SYSTEM RESET %1"_s.arg(name) << name;
        }
    }
    QTest::addRow("read-only by default")
        << u"north_shard"_s << u"ALTER SYSTEM SET default_transaction_read_only = on"_s
        << u"ALTER SYSTEM RESET default_transaction_read_only"_s << u"default_transaction_read_only"_s;
    QTest::addRow("commits of another role")
        << u"main"_s << u"ALTER ROLE branchline_jobs SET synchronous_commit = off"_s
        << u"ALTER ROLE branchline_jobs RESET synchronous_commit"_s << u"for branchline_jobs"_s;
    QTest::addRow("commits in the database")
        << u"main"_s << u"ALTER DATABASE book_service SET synchronous_commit = off"_s
        << u"ALTER DATABASE book_service RESET synchronous_commit"_s << u"for everybody"_s;
}

/// Settings with which confirmed loans can be lost, or none can be made.
void TestHealth::unsafeSettings()
{
    QFETCH(const QString, database);
    QFETCH(const QString, change);
    QFETCH(const QString, undo);
    QFETCH(const QString, word);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
    m_library.ddl(database, change);
    reload(database);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(problems(), {word, database}), waitMs);
    QTRY_COMPARE_WITH_TIMEOUT(m_ctl.run({u"health"_s}).status, 1, waitMs);
    const CtlRun run = m_ctl.run({u"health"_s});
    QVERIFY2(run.status == 1 && run.output.contains(word), run.text().constData());
    const CtlRun json = m_ctl.json({u"health"_s});
    QVERIFY(json.status == 1 && !json.json.value("healthy"_L1).toBool(true));

    m_library.ddl(database, u"SET default_transaction_read_only = off"_s);
    m_library.ddl(database, undo);
    reload(database);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

/// A synchronous standby that is not there stops every commit; one that confirms nothing keeps nothing.
void TestHealth::missingStandby()
{
    set(u"north_shard"_s, u"synchronous_standby_names"_s, u"FIRST 2 (east, west)"_s);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(problems(), {u"2 needed, 0 connected"_s, u"north_shard"_s}), waitMs);
    set(u"north_shard"_s, u"synchronous_commit"_s, u"local"_s);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(problems(), {u"“local”"_s, u"north_shard"_s}), waitMs);
    reset(u"north_shard"_s, u"synchronous_standby_names"_s);
    reset(u"north_shard"_s, u"synchronous_commit"_s);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

void TestHealth::oldTransactions()
{
    HealthOptions options;
    options.limits.longTransaction = 0.3;
    const auto session = m_library.newSession(u"north_shard"_s);
    session->execText(u"begin"_s, u"BEGIN; SELECT 1"_s);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(look(options).warnings,
                                         {u"“test session”"_s, u"north_shard"_s, u"idle in transaction"_s}),
                             waitMs);
    QVERIFY(look(options).isHealthy());
    QVERIFY(metrics()
                .value(u"branchline_oldest_transaction_seconds"_s, {{u"database"_s, u"north_shard"_s}})
                .value_or(0) > 0);
    session->execText(u"end"_s, u"ROLLBACK"_s);
    QCOMPARE(look(options).warnings, QStringList());
}

/// The functions tell states and names, never what somebody asks for, and not to everybody.
void TestHealth::staffSeeNoQueries()
{
    const auto other = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    other->execText(u"begin"_s, u"BEGIN; SELECT 'Pevensie, Lucy'"_s);
    const auto staff = m_library.newSession(u"main"_s);
    const Rows rows = staff->exec({"state"_L1, "SELECT public.server_state()::text AS state"_L1});
    QVERIFY(rows->row(0).text("state").contains("idle in transaction"_L1));
    QVERIFY(!rows->row(0).text("state").contains("Pevensie"_L1));
    QVERIFY(!rows->row(0).text("state").contains("librarian"_L1));
    for (const QString &database : {u"main"_s, u"north_shard"_s}) {
        QCOMPARE(m_library.value(database, u"SELECT string_agg(p.proname, ',') FROM pg_proc AS p "
                                           "WHERE p.proname IN ('server_state', 'subscription_state', "
                                           "'sender_lag') AND has_function_privilege('branchline_jobs', "
                                           "p.oid, 'EXECUTE')"_s),
                 QString());
    }
}

void TestHealth::clocks()
{
    HealthOptions options;
    const auto shifted = [](double seconds) { return [seconds] { return systemSeconds() + seconds; }; };
    options.clock = shifted(-5);
    Health health = look(options);
    QVERIFY(health.isHealthy());
    QVERIFY(anyContains(health.warnings, {u"workstation is 5"_s, u"behind"_s, u"main"_s}));
    options.clock = shifted(60);
    health = look(options);
    QVERIFY(!health.isHealthy());
    QVERIFY(anyContains(health.problems, {u"workstation is 60 s ahead"_s}));
    QCOMPARE(health.problems.size(), 1); // the servers agree with each other
    const QJsonObject shard = healthObject(health).value("databases"_L1).toArray().at(1).toObject();
    QVERIFY(qAbs(shard.value("clock_difference_s"_L1).toDouble() + 60) < 1);

    // No clock of a server can be turned here: what was measured on the shard is.
    health = look();
    health.databases[1].state->clockDifferenceS += 3;
    compareClocks(health, {});
    QVERIFY(anyContains(health.databases[1].warnings, {u"north_shard is 3.0 s ahead of that of main"_s}));
    health.databases[1].state->clockDifferenceS -= 63;
    compareClocks(health, {});
    QVERIFY(anyContains(health.databases[1].problems, {u"north_shard is 60 s behind that of main"_s}));
}

void TestHealth::disabledSubscription()
{
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
    disable(u"branchline_desk"_s);
    QVERIFY(anyContains(problems(), {u"branchline_desk"_s, u"disabled"_s}));
    const QMap<QString, QString> shard{{u"database"_s, u"north_shard"_s}};
    const double before = metrics().value(u"branchline_replication_lag_bytes"_s, shard).value_or(-1);
    // Transactional, for only a commit writes the last page of the log at once.
    m_library.sql(u"main"_s, u"SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000000))"_s);
    QTRY_VERIFY_WITH_TIMEOUT(metrics().value(u"branchline_replication_lag_bytes"_s, shard).value_or(0) >=
                                 before + 1'000'000,
                             waitMs);
    const PrometheusText after = metrics();
    QCOMPARE(after.value(u"branchline_replication_lag_seconds"_s, shard), std::nullopt);
    QCOMPARE(after.value(u"branchline_subscription_running"_s, shard), std::optional(1.0));
    QTRY_COMPARE_WITH_TIMEOUT(metrics().value(u"branchline_slot_active"_s), std::optional(1.0), waitMs);
    m_library.ddl(u"north_shard"_s, u"ALTER SUBSCRIPTION branchline_desk ENABLE"_s);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(
        metrics().value(u"branchline_replication_lag_bytes"_s, shard).value_or(1e9) < 1'000'000, waitMs);
}

/// A row of the shard's own stands where one of main's belongs: the subscription fails again and again.
void TestHealth::failingSubscription()
{
    const QString stray = newUuid().toString(QUuid::WithoutBraces);
    const QString insert =
        u"INSERT INTO user_types (id, code, name) VALUES ('%1', 'stray', 'Stray')"_s.arg(stray);
    const auto asReplica = [this](const QString &statement) {
        m_library.ddl(u"north_shard"_s,
                      u"BEGIN; SET LOCAL session_replication_role = replica; "_s + statement + u"; COMMIT"_s);
    };
    asReplica(insert);
    m_library.sql(u"main"_s, insert);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(problems(), {u"branchline_desk"_s, u"not running"_s, u"Failures"_s}),
                             waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(metrics().value(u"branchline_subscription_errors_total"_s).value_or(0) > 0,
                             waitMs);
    asReplica(u"DELETE FROM user_types WHERE id = '%1'"_s.arg(stray));
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

void TestHealth::forgottenSlot()
{
    m_library.sql(u"main"_s, u"SELECT pg_create_physical_replication_slot('forgotten', true)"_s);
    const Health health = look();
    QVERIFY(health.isHealthy());
    QVERIFY(anyContains(health.warnings, {u"forgotten"_s, u"main"_s}));
    m_library.sql(u"main"_s, u"SELECT pg_drop_replication_slot('forgotten')"_s);
    QCOMPARE(look().warnings, QStringList());
}

/// The figures move: a desk waits for a row that somebody else has locked.
void TestHealth::waitingDesk()
{
    const BranchEntry branch = m_library.addBranch(u"north"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const auto desk = m_library.newCluster(u"branchline desk-7"_s);
    const auto locker = m_library.newSession(u"north_shard"_s, LocalLibrary::superuserName());
    const QMap<QString, QString> here{{u"database"_s, u"north_shard"_s}, {u"desk"_s, u"desk-7"_s}};
    const double commits =
        metrics().value(u"branchline_transactions_total"_s, {{u"database"_s, u"north_shard"_s}}).value_or(0);

    locker->execText(u"lock"_s, u"BEGIN; LOCK TABLE physical_exemplars"_s);
    auto answer = checkOut(*desk, {.deskBranch = branch.id, .barcode = barcode, .card = card});
    QTRY_COMPARE_WITH_TIMEOUT(metrics().value(u"branchline_sessions_waiting"_s,
                                              {{u"desk"_s, u"desk-7"_s}, {u"wait_type"_s, u"Lock"_s}}),
                              std::optional(1.0), waitMs);
    QVERIFY(metrics().value(u"branchline_sessions"_s, here).value_or(0) >= 1);
    locker->execText(u"unlock"_s, u"ROLLBACK"_s);
    (void)await(answer);
    QTRY_COMPARE_WITH_TIMEOUT(metrics().value(u"branchline_sessions_waiting"_s,
                                              {{u"desk"_s, u"desk-7"_s}, {u"wait_type"_s, u"Lock"_s}}),
                              std::nullopt, waitMs);
    QTRY_VERIFY_WITH_TIMEOUT(
        metrics().value(u"branchline_transactions_total"_s, {{u"database"_s, u"north_shard"_s}}).value_or(0) >
            commits,
        waitMs);

    // One desk is seen; what 100 would open is too much for the server.
    QCOMPARE(look().databases.at(1).budget->desks, 1);
    const CtlRun many = m_ctl.run({u"health"_s, u"--desks"_s, u"100"_s});
    QVERIFY2(many.status == 0 && many.output.contains("100 desks may open up to 400"_L1),
             many.text().constData());
}

/// What a program on this workstation knows of its pool and statements is printed by another one.
void TestHealth::programsOfThisWorkstation()
{
    const BranchEntry branch = m_library.addBranch(u"north"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const auto desk = m_library.newCluster(u"branchline desk-8"_s);
    const ReportServer server(
        [&desk, since = QDateTime::currentDateTimeUtc()] { return reportOf(*desk, since); });
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), waitMs);
    const auto printed = [this] { return PrometheusText(m_ctl.run({u"health"_s, u"--metrics"_s}).output); };
    const QMap<QString, QString> here{{u"database"_s, u"north_shard"_s},
                                      {u"desk"_s, u"desk-8"_s},
                                      {u"pid"_s, QString::number(QCoreApplication::applicationPid())}};
    auto busy = here;
    busy.insert(u"state"_s, u"busy"_s);
    auto lent = here;
    lent.insert(u"statement"_s, u"checkout"_s);

    const auto locker = m_library.newSession(u"north_shard"_s, LocalLibrary::superuserName());
    locker->execText(u"lock"_s, u"BEGIN; LOCK TABLE physical_exemplars"_s);
    const auto answer = checkOut(*desk, {.deskBranch = branch.id, .barcode = barcode, .card = card});
    QTRY_COMPARE_WITH_TIMEOUT(printed().value(u"branchline_pool_connections"_s, busy), std::optional(1.0),
                              waitMs);
    locker->execText(u"unlock"_s, u"ROLLBACK"_s);
    (void)await(answer);
    const PrometheusText after = printed();
    QCOMPARE(after.complaints(), QStringList());
    QVERIFY(after.value(u"branchline_statement_seconds_count"_s, lent).value_or(0) >= 1);
    QVERIFY(after.value(u"branchline_statement_seconds_sum"_s, lent).value_or(0) > 0);
    QCOMPARE(after.value(u"branchline_pool_connections"_s, busy), std::optional(0.0));
    (void)await(checkOut(*desk, {.deskBranch = branch.id, .barcode = barcode, .card = card}));
    QVERIFY(printed().value(u"branchline_statement_seconds_count"_s, lent).value_or(0) >
            after.value(u"branchline_statement_seconds_count"_s, lent).value_or(0));

    const QJsonArray programs = m_ctl.json({u"health"_s}).json.value("programs"_L1).toArray();
    QCOMPARE(programs.size(), 1);
    QCOMPARE(programs.at(0).toObject().value("pid"_L1).toInteger(), QCoreApplication::applicationPid());
}

/// A server with limits that are too small, and a transaction that somebody prepared and forgot.
void TestHealth::smallServer()
{
    const QMap<QString, QString> small{{u"wal_level"_s, u"replica"_s},
                                       {u"max_connections"_s, u"14"_s},
                                       {u"max_prepared_transactions"_s, u"2"_s},
                                       {u"max_logical_replication_workers"_s, u"3"_s},
                                       {u"max_worker_processes"_s, u"6"_s}};
    for (auto it = small.cbegin(); it != small.cend(); ++it)
        m_library.ddl(u"north_shard"_s, u"ALTER SYSTEM SET %1 = '%2'"_s.arg(it.key(), it.value()));
    reload(u"north_shard"_s);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(look().warnings, {u"restarted"_s, u"wal_level"_s}), waitMs);
    QVERIFY2(restart(u"north_shard"_s), qPrintable(m_library.servers().errorText()));
    QTRY_VERIFY_WITH_TIMEOUT(look().databases.at(1).reachable, waitMs);
    m_library.ddl(u"north_shard"_s, u"BEGIN; SELECT pg_current_xact_id()"_s);
    m_library.ddl(u"north_shard"_s, u"PREPARE TRANSACTION 'forgotten'"_s);

    HealthOptions options;
    options.desks = 3;
    const Health health = look(options);
    QVERIFY(anyContains(health.databases.at(1).problems,
                        {u"max_logical_replication_workers = 3"_s, u"north_shard"_s, u"need 4"_s}));
    QVERIFY(anyContains(health.databases.at(1).problems, {u"max_worker_processes = 6"_s, u"need 7"_s}));
    QVERIFY(anyContains(health.warnings, {u"wal_level"_s, u"no branch can be moved"_s, u"north_shard"_s}));
    QVERIFY(anyContains(health.warnings, {u"1 prepared"_s, u"north_shard"_s}));
    QVERIFY(anyContains(health.warnings, {u"3 desks may open up to 12"_s, u"it allows 11"_s}));

    // With nearly all connections in use the next desk would be turned away.
    std::vector<std::unique_ptr<Session>> sessions;
    const auto inUse = [this] {
        return m_library
            .value(u"north_shard"_s, u"SELECT count(*) FROM pg_stat_activity "
                                     "WHERE backend_type = 'client backend'"_s)
            .toInt();
    };
    while (inUse() < 10)
        sessions.push_back(m_library.newSession(u"north_shard"_s));
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(look().warnings, {u"of the 11 connections"_s, u"north_shard"_s}),
                             waitMs);
    sessions.clear();

    m_library.ddl(u"north_shard"_s, u"ROLLBACK PREPARED 'forgotten'"_s);
    m_library.ddl(u"north_shard"_s, u"ALTER SYSTEM RESET ALL"_s);
    QVERIFY2(restart(u"north_shard"_s), qPrintable(m_library.servers().errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
    QCOMPARE(look().warnings, QStringList());
}

/// A frozen server costs its deadline, and what the others know is printed.
void TestHealth::frozenShard()
{
    QVERIFY(m_library.servers().freeze(u"north_shard"_s));
    QElapsedTimer timer;
    timer.start();
    const CtlRun run = m_ctl.run({u"health"_s, u"--metrics"_s});
    const qint64 taken = timer.elapsed();
    QVERIFY(m_library.servers().thaw(u"north_shard"_s));
    QVERIFY2(run.status == 3, run.text().constData());
    const PrometheusText metrics(run.output);
    QCOMPARE(metrics.complaints(), QStringList());
    QCOMPARE(metrics.value(u"branchline_up"_s, {{u"database"_s, u"north_shard"_s}}), std::optional(0.0));
    QCOMPARE(metrics.value(u"branchline_up"_s, {{u"database"_s, u"main"_s}}), std::optional(1.0));
    QVERIFY2(taken < 10'000, qPrintable(QString::number(taken)));
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

void TestHealth::stoppedShard()
{
    QVERIFY(m_library.servers().stopServer(u"north_shard"_s));
    const CtlRun run = m_ctl.run({u"health"_s, u"--metrics"_s});
    QVERIFY2(run.status == 3, run.text().constData());
    const PrometheusText metrics(run.output);
    QCOMPARE(metrics.complaints(), QStringList());
    QCOMPARE(metrics.value(u"branchline_up"_s, {{u"database"_s, u"north_shard"_s}}), std::optional(0.0));
    QCOMPARE(metrics.value(u"branchline_healthy"_s), std::optional(0.0));
    QVERIFY(metrics.value(u"branchline_server_connections"_s, {{u"database"_s, u"main"_s}}));
    const CtlRun json = m_ctl.json({u"health"_s});
    QCOMPARE(json.status, 3);
    const QJsonObject shard = json.json.value("databases"_L1).toArray().at(1).toObject();
    QVERIFY(!shard.value("reachable"_L1).toBool(true));
    QVERIFY(shard.value("latency_ms"_L1).isNull());
    QVERIFY(m_library.servers().startServer(u"north_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

/// Log that is kept for a shard that does not read: first close to the limit, then beyond it and gone.
void TestHealth::slotRetention()
{
    const QString slot = m_library.value(u"north_shard"_s, u"SELECT slot_name FROM replication_health() "
                                                           "WHERE subscription = 'branchline_catalogue'"_s);
    set(u"main"_s, u"max_slot_wal_keep_size"_s, u"64MB"_s);
    disable(u"branchline_catalogue"_s);
    const auto writeLog = [this](int megabytes) {
        m_library.sql(u"main"_s, u"SELECT pg_logical_emit_message(false, 'test', repeat('x', 1048576)) "
                                 "FROM generate_series(1, %1)"_s.arg(megabytes));
    };
    writeLog(40);
    QTRY_VERIFY_WITH_TIMEOUT(anyContains(look().warnings, {slot, u"of the 64 MB"_s}), waitMs);
    QVERIFY(metrics().value(u"branchline_slot_retained_bytes"_s, {{u"slot"_s, slot}}).value_or(0) >
            40'000'000);

    // The other subscription follows, so that only the first one's slot is beyond the smaller limit.
    const QString other = QString(slot).replace("_catalogue"_L1, "_desk"_L1);
    m_library.ddl(u"main"_s, u"CHECKPOINT"_s);
    QTRY_VERIFY_WITH_TIMEOUT(
        metrics().value(u"branchline_slot_retained_bytes"_s, {{u"slot"_s, other}}).value_or(1e9) < 1'000'000,
        waitMs);
    set(u"main"_s, u"max_slot_wal_keep_size"_s, u"16MB"_s);
    // A checkpoint gives up the slot, and one that begins before its process has read the setting does not.
    const auto isLost = [&] {
        m_library.ddl(u"main"_s, u"CHECKPOINT"_s);
        return anyContains(problems(), {slot, u"north_shard"_s, u"will not arrive"_s});
    };
    QTRY_VERIFY_WITH_TIMEOUT(isLost(), waitMs);
    QCOMPARE(metrics().value(u"branchline_slot_lost"_s, {{u"slot"_s, slot}}), std::optional(1.0));
    const CtlRun run = m_ctl.run({u"health"_s});
    QVERIFY2(run.status == 1 && run.output.contains("max_slot_wal_keep_size"_L1), run.text().constData());

    reset(u"main"_s, u"max_slot_wal_keep_size"_s);
    m_library.sql(u"main"_s, u"SELECT pg_drop_replication_slot('%1')"_s.arg(slot));
    m_library.sql(u"main"_s, u"SELECT pg_create_logical_replication_slot('%1', 'pgoutput')"_s.arg(slot));
    m_library.ddl(u"north_shard"_s, u"ALTER SUBSCRIPTION branchline_catalogue ENABLE"_s);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), waitMs);
}

void TestHealth::wrongUsage()
{
    QCOMPARE(m_ctl.run({u"health"_s, u"--metrics"_s, u"--json"_s}).status, 2);
    QCOMPARE(m_ctl.run({u"health"_s, u"--desks"_s, u"none"_s}).status, 2);
}

QTEST_GUILESS_MAIN(TestHealth)
#include "tst_health.moc"
