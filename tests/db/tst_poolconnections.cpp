// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/poolfixture.h"
#include "tests/support/freezing.h"

#include <QElapsedTimer>
#include <QTest>

#include <csignal>
#include <set>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Statement snooze{"sleep"_L1, "SELECT pg_sleep(?::float8)"_L1};

} // namespace

/// How a pool gets, keeps and loses its connections, on a real server that kills and freezes them.
class TestPoolConnections final : public QObject, private PoolFixture
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void overflowClosesAfterTheLoad();
    void idleConnectionsClose();
    void recyclesWhileIdle();
    void deadConnectionsAreNotHandedOut();
    void silentConnectionDropsOlderOnes();
    void hangingConnectsAreWrittenOff();
    void lateConnectIsTakenUp();
    void limitOfTheServer();
    void waitingCallFindsIdleConnection();
    void silentConnectionIsReplaced();
    void hangingConnectsCostNoFurtherWaits();
    void recyclingKeepsWhatCannotBeReplaced();
    void everyLateCallIsCancelled();
};

void TestPoolConnections::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestPoolConnections::overflowClosesAfterTheLoad()
{
    PoolSettings settings = ofSize(3, 2);
    settings.idleClose = 1500ms;
    const auto database = newDatabase(settings);
    QTRY_COMPARE(sessions(), 0);
    QList<QFuture<Result<qint64>>> calls;
    for (int i = 0; i < 12; ++i)
        calls << database->run(quick, sleeping(0.25));
    int most = 0;
    while (std::any_of(calls.cbegin(), calls.cend(), [](const auto &call) { return !call.isFinished(); }))
        most = std::max(most, sessions());
    for (const auto &call : calls)
        QVERIFY(await(call).isOk());
    QCOMPARE(most, 5);
    QTRY_COMPARE_WITH_TIMEOUT(sessions(), 3, 1200);
    QCOMPARE(database->gauges().closedIdle, 2U);
    QTRY_COMPARE_WITH_TIMEOUT(sessions(), 0, 5000);
    QCOMPARE(database->gauges().closedIdle, 5U);
    QCOMPARE(database->gauges().deadBeforeUse, 0U);
}

void TestPoolConnections::idleConnectionsClose()
{
    PoolSettings settings = ofSize(2);
    settings.idleClose = 300ms;
    const auto database = newDatabase(settings);
    open(*database, 2);
    // The one that is used keeps being used; the other one goes.
    QElapsedTimer timer;
    timer.start();
    std::set<qint64> used;
    while (timer.elapsed() < 900) {
        const auto pid = await(database->run(quick, pidOf));
        QVERIFY(pid.isOk());
        used.insert(*pid);
    }
    QCOMPARE(used.size(), 1U);
    QCOMPARE(database->gauges().open, 1);
    QTRY_COMPARE(database->gauges().open, 0);
    QVERIFY(await(database->run(quick, pidOf)).isOk());
}

void TestPoolConnections::recyclesWhileIdle()
{
    PoolSettings settings = ofSize(1);
    settings.recycle = 300ms;
    const auto database = newDatabase(settings);
    // Never in use, however old.
    const auto same = await(database->run(quick, [](Session &session) {
        const qint64 before = pidOf(session);
        (void)session.exec(snooze, {0.5});
        return before == pidOf(session);
    }));
    QVERIFY(same.isOk() && *same);
    QTRY_VERIFY(database->gauges().recycled >= 1);
    QTRY_COMPARE(database->gauges().open, 1); // replaced without a call that asks
    const auto first = await(database->run(quick, pidOf));
    QVERIFY(first.isOk());
    QTRY_VERIFY(*await(database->run(quick, pidOf)) != *first);
    QCOMPARE(database->gauges().lostInUse, 0U);
    QCOMPARE(database->gauges().deadBeforeUse, 0U);
}

void TestPoolConnections::deadConnectionsAreNotHandedOut()
{
    const auto database = newDatabase(ofSize(3));
    for (int round = 0; round < 5; ++round) {
        open(*database, 3);
        m_library.sql(shardName, u"SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity "
                                 "WHERE application_name LIKE 'pool test%'"_s);
        for (int i = 0; i < 6; ++i)
            QVERIFY(await(database->run(Call{"once"_L1, 4000ms, false}, pidOf)).isOk());
    }
    QVERIFY(database->gauges().deadBeforeUse >= 5);
    QCOMPARE(database->gauges().lostInUse, 0U);
    QCOMPARE(database->gauges().failed, 0U);
}

void TestPoolConnections::silentConnectionDropsOlderOnes()
{
    PoolSettings settings = ofSize(3);
    settings.validateAfter = 0ms;
    const auto database = newDatabase(settings);
    open(*database, 3);
    QVERIFY(m_library.servers().freeze(shardName));
    const auto result = await(database->run(quick, pidOf));
    QElapsedTimer timer;
    timer.start();
    const auto next = await(database->run(quick, pidOf));
    const qint64 waited = timer.elapsed();
    const PoolGauges gauges = database->gauges();
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY(!result.isOk() && !next.isOk());
    QCOMPARE(result.error().kind, DbErrorKind::Unreachable);
    QVERIFY(!result.error().outcomeUnknown); // it was never sent
    QVERIFY2(waited < 100, qPrintable(QString::number(waited)));
    QCOMPARE(gauges.breaker, PoolGauges::Breaker::Open);
    QTRY_VERIFY_WITH_TIMEOUT(await(database->run(quick, pidOf)).isOk(), 8000);
    QCOMPARE(database->gauges().breaker, PoolGauges::Breaker::Closed);
    QCOMPARE(database->gauges().lostInUse, 0U);
    QVERIFY(database->gauges().opened >= 4);
}

void TestPoolConnections::hangingConnectsAreWrittenOff()
{
    auto database = newDatabase(ofSize(2));
    QVERIFY(m_library.servers().freeze(shardName));
    const Call hasty{"ask"_L1, 150ms};
    QElapsedTimer timer;
    timer.start();
    std::vector<DbError> errors;
    // Each probe that the breaker lets through hangs; after two of them nothing is tried any more.
    while (database->gauges().writtenOff < 2 && timer.elapsed() < 2500)
        errors.push_back(await(database->run(hasty, pidOf)).error());
    const PoolGauges gauges = database->gauges();
    timer.restart();
    for (int i = 0; i < 20; ++i)
        errors.push_back(await(database->run(quick, pidOf)).error());
    const qint64 refused = timer.restart();
    database.reset();
    const qint64 stopped = timer.elapsed();
    const int left = abandonedThreads();
    QVERIFY(m_library.servers().thaw(shardName));
    QCOMPARE(gauges.writtenOff, 2);
    for (const DbError &error : errors) {
        QVERIFY(error.isUnavailable());
        QVERIFY(!error.outcomeUnknown);
    }
    QCOMPARE(errors.back().kind, DbErrorKind::Unreachable);
    QVERIFY2(refused < 200, qPrintable(QString::number(refused)));
    QVERIFY2(stopped < 200, qPrintable(QString::number(stopped)));
    QCOMPARE(left, 2);
    QTRY_COMPARE_WITH_TIMEOUT(abandonedThreads(), 0, 10000);
}

void TestPoolConnections::lateConnectIsTakenUp()
{
    const auto database = newDatabase(ofSize(1));
    QVERIFY(m_library.servers().freeze(shardName));
    const auto late = await(database->run(Call{"ask"_L1, 200ms}, pidOf));
    const int writtenOff = database->gauges().writtenOff;
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY(!late.isOk());
    QCOMPARE(writtenOff, 1);
    QTRY_COMPARE(database->gauges().writtenOff, 0);
    QTRY_COMPARE(database->gauges().open, 1);
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    QCOMPARE(database->gauges().opened, 1U);
    QCOMPARE(database->gauges().connectFailures, 0U);
}

void TestPoolConnections::limitOfTheServer()
{
    QTRY_COMPARE(sessions(), 0);
    const int others = m_library
                           .value(shardName, u"SELECT count(*) FROM pg_stat_activity WHERE usename = "
                                             "'librarian'"_s)
                           .toInt();
    m_library.ddl(shardName, u"ALTER ROLE librarian CONNECTION LIMIT %1"_s.arg(others + 1));
    auto database = newDatabase(ofSize(4));
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    QList<QFuture<Result<qint64>>> calls;
    for (int i = 0; i < 4; ++i)
        calls << database->run(quick, sleeping(0.2));
    for (const auto &call : calls) {
        const auto result = await(call);
        QVERIFY2(result.isOk(), qPrintable(result.isOk() ? QString() : result.error().message));
    }
    QVERIFY(database->gauges().connectFailures >= 1);

    const auto other = newDatabase(ofSize(1));
    const auto refused = await(other->run(quick, pidOf));
    QVERIFY(!refused.isOk());
    QCOMPARE(refused.error().kind, DbErrorKind::Unreachable);
    QCOMPARE(refused.error().sqlState, u"53300"_s);
    QVERIFY(refused.error().message.contains("no connection left"_L1));
    database.reset();
    QTRY_VERIFY(await(other->run(quick, pidOf)).isOk());
    m_library.ddl(shardName, u"ALTER ROLE librarian CONNECTION LIMIT -1"_s);
}

/// The call goes to an idle connection that lives when the first one turns out to be dead, even if no other
/// one can be had.
void TestPoolConnections::waitingCallFindsIdleConnection()
{
    QTRY_COMPARE(sessions(), 0);
    const auto database = newDatabase(ofSize(2));
    open(*database, 2);
    const auto last = await(database->run(quick, pidOf));
    QVERIFY(last.isOk());
    m_library.ddl(shardName, u"ALTER ROLE librarian CONNECTION LIMIT 1"_s);
    m_library.sql(shardName, u"SELECT pg_terminate_backend(%1, 2000)"_s.arg(*last));
    QElapsedTimer timer;
    timer.start();
    const auto next = await(database->run(quick, pidOf));
    const qint64 waited = timer.elapsed();
    m_library.ddl(shardName, u"ALTER ROLE librarian CONNECTION LIMIT -1"_s);
    QVERIFY2(next.isOk(), qPrintable(next.isOk() ? QString() : next.error().message));
    QVERIFY(*next != *last);
    QVERIFY2(waited < 1000, qPrintable(QString::number(waited)));
}

/// One connection has fallen silent, not its server: the call is served by a new one.
void TestPoolConnections::silentConnectionIsReplaced()
{
    PoolSettings settings = ofSize(1);
    settings.validateAfter = 0ms;
    const auto database = newDatabase(settings);
    const auto pid = await(database->run(quick, pidOf));
    QVERIFY(pid.isOk());
    QVERIFY(freezeProcess(*pid));
    QElapsedTimer timer;
    timer.start();
    const auto next = await(database->run(quick, pidOf));
    const qint64 waited = timer.elapsed();
    QCOMPARE(::kill(static_cast<pid_t>(*pid), SIGCONT), 0);
    QVERIFY2(next.isOk(), qPrintable(next.isOk() ? QString() : next.error().message));
    QVERIFY(*next != *pid);
    QVERIFY2(waited < 2000, qPrintable(QString::number(waited)));
    QCOMPARE(database->gauges().breaker, PoolGauges::Breaker::Closed);
}

/// With two attempts to connect written off and a third one hanging, every further call is refused at once.
void TestPoolConnections::hangingConnectsCostNoFurtherWaits()
{
    auto database = newDatabase(ofSize(4));
    QVERIFY(m_library.servers().freeze(shardName));
    QList<QFuture<Result<qint64>>> burst;
    for (int i = 0; i < 4; ++i)
        burst << database->run(Call{"ask"_L1, 300ms}, pidOf);
    bool failed = true;
    for (const auto &call : burst)
        failed = failed && !await(call).isOk();
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 10; ++i)
        failed = failed && !await(database->run(quick, pidOf)).isOk();
    const qint64 refused = timer.elapsed();
    database.reset();
    QVERIFY(m_library.servers().thaw(shardName));
    QVERIFY(failed);
    QVERIFY2(refused < 200, qPrintable(QString::number(refused)));
    QTRY_COMPARE_WITH_TIMEOUT(abandonedThreads(), 0, 10000);
}

/// The login may not connect any more: what is open goes on, however old.
void TestPoolConnections::recyclingKeepsWhatCannotBeReplaced()
{
    PoolSettings settings = ofSize(1, 1);
    settings.recycle = 300ms;
    const auto database = newDatabase(settings);
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    m_library.ddl(shardName, u"ALTER ROLE librarian NOLOGIN"_s);
    QTRY_VERIFY(database->gauges().connectFailures >= 1);
    const auto next = await(database->run(quick, pidOf));
    m_library.ddl(shardName, u"ALTER ROLE librarian LOGIN"_s);
    QVERIFY2(next.isOk(), qPrintable(next.isOk() ? QString() : next.error().message));
}

/// More calls reach their deadline in one moment than are cancelled at once: none of them goes on.
void TestPoolConnections::everyLateCallIsCancelled()
{
    const auto database = newDatabase(ofSize(6));
    open(*database, 6);
    QList<QFuture<Result<qint64>>> calls;
    for (int i = 0; i < 6; ++i)
        calls << database->run(Call{"ask"_L1, 300ms}, sleeping(4));
    for (const auto &call : calls)
        QCOMPARE(await(call).error().kind, DbErrorKind::Timeout);
    QTRY_COMPARE_WITH_TIMEOUT(m_library.value(shardName,
                                              u"SELECT count(*) FROM pg_stat_activity WHERE state = "
                                              "'active' AND wait_event = 'PgSleep'"_s),
                              u"0"_s, 2000);
}

QTEST_GUILESS_MAIN(TestPoolConnections)
#include "tst_poolconnections.moc"
