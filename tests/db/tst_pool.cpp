// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/database.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
#include <QTest>

#include <future>
#include <set>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Statement myPid{"my_pid"_L1, "SELECT pg_backend_pid() AS pid"_L1};
constexpr Statement snooze{"sleep"_L1, "SELECT pg_sleep(?::float8), pg_backend_pid() AS pid"_L1};
constexpr Statement holdRow{"hold_row"_L1, "SELECT pg_advisory_xact_lock(7701), pg_backend_pid() AS pid"_L1};
const Call quick{"ask"_L1, 4000ms};

qint64 pidOf(Session &session)
{
    return session.exec(myPid)->row(0).number("pid");
}

auto sleeping(double seconds)
{
    return [seconds](Session &session) { return session.exec(snooze, {seconds})->row(0).number("pid"); };
}

qint64 held(Session &session)
{
    return session.exec(holdRow)->row(0).number("pid");
}

} // namespace

/// The pool of one database, on a real server that is blocked, killed and frozen.
class TestPool final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void exhaustionNamesTheHolders();
    void callsAreServedInTheirOrder();
    void overflowClosesAfterTheLoad();
    void idleConnectionsClose();
    void recyclesWhileIdle();
    void deadConnectionsAreNotHandedOut();
    void silentConnectionDropsOlderOnes();
    void leakIsRolledBack();
    void cancelledWaitersLeave();
    void stopRequestCancelsOnTheServer();
    void deadlineCancelsOnTheServer();
    void tasksAreRepeatedWithinBounds();
    void unsentIsNeverUnknown();
    void firstAnswerWins();
    void callbacksMaySubmit();
    void callbacksOfFailedConnectsMaySubmit();
    void stoppingGivesGrace();
    void frozenServerDelaysNothing();
    void hangingConnectsAreWrittenOff();
    void lateConnectIsTakenUp();
    void limitOfTheServer();
    void saysWhatAHandOverCosts();

private:
    static constexpr auto shardName = "alpha_shard"_L1;

    std::unique_ptr<Database> newDatabase(const PoolSettings &pool, const QString &user = u"librarian"_s)
    {
        return std::make_unique<Database>(SessionSettings{.database = shardName,
                                                          .url = m_library.servers().url(shardName, user),
                                                          .application = u"pool test"_s},
                                          m_watchdog, Database::Check(), pool);
    }
    static PoolSettings ofSize(int size, int maxOverflow = 0)
    {
        PoolSettings settings;
        settings.size = size;
        settings.maxOverflow = maxOverflow;
        return settings;
    }
    /// Sessions that the server knows of.
    int sessions()
    {
        return m_library
            .value(shardName,
                   u"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pool test%'"_s)
            .toInt();
    }
    /// Waits for the lock that keeps hold_row waiting, until it goes.
    std::unique_ptr<Session> blockRow()
    {
        auto blocker = m_library.newSession(shardName, LocalLibrary::superuserName());
        blocker->execText(u"block"_s, u"SELECT pg_advisory_lock(7701)"_s);
        return blocker;
    }
    /// Opens so many connections, by calls at the same time.
    void open(Database &database, int count)
    {
        QList<QFuture<Result<qint64>>> calls;
        for (int i = 0; i < count; ++i)
            calls << database.run(quick, sleeping(0.3));
        for (const auto &call : calls)
            QVERIFY(await(call).isOk());
        QCOMPARE(database.gauges().open, count);
    }

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s}};
    Watchdog m_watchdog;
};

void TestPool::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestPool::exhaustionNamesTheHolders()
{
    PoolSettings settings = ofSize(1);
    settings.acquireTimeout = 1s;
    const auto database = newDatabase(settings, LocalLibrary::superuserName());
    auto blocker = blockRow();
    QElapsedTimer timer;
    timer.start();
    auto holder = database->run(Call{"lend a copy"_L1, 20000ms}, held);
    QTRY_COMPARE(database->gauges().busy, 1);
    QList<QFuture<Result<qint64>>> others{database->run(quick, pidOf), database->run(quick, pidOf)};
    QCOMPARE(database->gauges().waiting, 2);
    for (const auto &other : others) {
        const auto result = await(other);
        QVERIFY(!result.isOk());
        QCOMPARE(result.error().kind, DbErrorKind::PoolExhausted);
        QVERIFY(result.error().isUnavailable() && !result.error().outcomeUnknown);
        QVERIFY2(result.error().message.contains(u"“lend a copy” (statement hold_row) for 1."_s),
                 qPrintable(result.error().message));
        QVERIFY(!result.error().hint.isEmpty());
    }
    QVERIFY2(timer.elapsed() >= 1000 && timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(database->gauges().exhausted, 2U);
    QCOMPARE(database->gauges().holders.size(), 1U);
    QCOMPARE(database->reachability().state, Reachability::State::Unknown); // it says nothing of the server
    blocker.reset();
    QVERIFY(await(holder).isOk());
    QVERIFY(await(database->run(quick, pidOf)).isOk());
}

void TestPool::callsAreServedInTheirOrder()
{
    const auto database = newDatabase(ofSize(1), LocalLibrary::superuserName());
    auto blocker = blockRow();
    auto holder = database->run(Call{"hold"_L1, 20000ms}, held);
    QTRY_COMPARE(database->gauges().busy, 1);
    std::vector<int> order; // written by one worker, one call after the other
    QList<QFuture<Result<int>>> calls;
    for (int i = 0; i < 20; ++i) {
        calls << database->run(quick, [i, &order](Session &) {
            order.push_back(i);
            return i;
        });
    }
    blocker.reset();
    for (const auto &call : calls)
        QVERIFY(await(call).isOk());
    for (int i = 0; i < 20; ++i)
        QCOMPARE(order.at(static_cast<size_t>(i)), i);
    QVERIFY(await(holder).isOk());
    QCOMPARE(database->gauges().opened, 1U);
}

void TestPool::overflowClosesAfterTheLoad()
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

void TestPool::idleConnectionsClose()
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

void TestPool::recyclesWhileIdle()
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

void TestPool::deadConnectionsAreNotHandedOut()
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

/// One connection that no longer answers ends all that are as old, and the calls fail at once meanwhile.
void TestPool::silentConnectionDropsOlderOnes()
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

void TestPool::leakIsRolledBack()
{
    const auto database = newDatabase(ofSize(1));
    QTest::ignoreMessage(QtWarningMsg, "“leaky” left a transaction open on alpha_shard; it is rolled back.");
    const auto left = await(database->run(Call{"leaky"_L1}, [](Session &session) {
        session.execText(u"BEGIN"_s, u"BEGIN"_s);
        return pidOf(session);
    }));
    QVERIFY(left.isOk());
    const auto next = await(
        database->run(quick, [](Session &session) { return session.inTransaction() ? 0 : pidOf(session); }));
    QVERIFY(next.isOk());
    QCOMPARE(*next, *left); // the connection is good again
    QCOMPARE(database->gauges().leaks, 1U);
}

void TestPool::cancelledWaitersLeave()
{
    const auto database = newDatabase(ofSize(1), LocalLibrary::superuserName());
    auto blocker = blockRow();
    auto holder = database->run(Call{"hold"_L1, 20000ms}, held);
    QTRY_COMPARE(database->gauges().busy, 1);
    std::atomic<int> runs = 0;
    const auto count = [&runs](Session &) { return ++runs; };
    auto dropped = database->run(quick, count);
    std::stop_source source;
    auto stopped = database->run(Call{"stopped"_L1, 20000ms, true, source.get_token()}, count);
    auto served = database->run(quick, count);
    dropped.cancel();
    source.request_stop();
    QVERIFY(stopped.isFinished()); // at once, by the one who asks
    QCOMPARE(stopped.result().error().kind, DbErrorKind::Canceled);
    QVERIFY(!stopped.result().error().outcomeUnknown);
    QCOMPARE(await(database->run(Call{"late"_L1, 20000ms, true, source.get_token()}, count)).error().kind,
             DbErrorKind::Canceled);
    blocker.reset();
    QVERIFY(await(holder).isOk());
    QVERIFY(await(served).isOk());
    QTRY_VERIFY(dropped.isFinished());
    QCOMPARE(runs.load(), 1);
    QCOMPARE(database->gauges().canceled, 3U);
}

void TestPool::stopRequestCancelsOnTheServer()
{
    const auto database = newDatabase(ofSize(1));
    const auto before = await(database->run(quick, pidOf));
    QVERIFY(before.isOk());
    for (int i = 0; i < 5; ++i) {
        std::stop_source source;
        auto running = database->run(Call{"long"_L1, 20000ms, true, source.get_token()}, sleeping(4));
        QTRY_COMPARE(m_library.value(shardName, u"SELECT count(*) FROM pg_stat_activity WHERE wait_event = "
                                                "'PgSleep'"_s),
                     u"1"_s);
        QElapsedTimer timer;
        timer.start();
        source.request_stop();
        QVERIFY(running.isFinished());
        QCOMPARE(running.result().error().kind, DbErrorKind::Canceled);
        QVERIFY(running.result().error().outcomeUnknown);
        const auto after = await(database->run(quick, pidOf));
        QVERIFY(after.isOk());
        QCOMPARE(*after, *before);
        QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    }
    QCOMPARE(database->gauges().opened, 1U);
    QTRY_COMPARE(abandonedThreads(), 0);
}

void TestPool::deadlineCancelsOnTheServer()
{
    const auto database = newDatabase(ofSize(1));
    const auto before = await(database->run(quick, pidOf));
    QVERIFY(before.isOk());
    QElapsedTimer timer;
    timer.start();
    const auto late = await(database->run(Call{"long"_L1, 300ms}, sleeping(4)));
    QVERIFY2(timer.elapsed() >= 295 && timer.elapsed() < 450, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(late.error().kind, DbErrorKind::Timeout);
    QVERIFY(late.error().outcomeUnknown);
    const auto after = await(database->run(quick, pidOf));
    QVERIFY(after.isOk());
    QCOMPARE(*after, *before);
    QVERIFY(timer.elapsed() < 2000);
    QCOMPARE(database->gauges().timeouts, 1U);
    QCOMPARE(database->gauges().lostInUse, 0U);
    QCOMPARE(database->gauges().breaker, PoolGauges::Breaker::Closed);
}

/// Deadlocks and serialisation failures repeat the whole task, at most twice.
void TestPool::tasksAreRepeatedWithinBounds()
{
    const auto database = newDatabase(ofSize(1));
    std::atomic<int> runs = 0;
    const auto failing = [&runs](int failures) {
        return [&runs, failures](Session &session) {
            Transaction transaction(session);
            if (++runs <= failures)
                session.execText(u"deadlock"_s, u"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; "
                                                "END $$"_s);
            transaction.commit();
            return runs.load();
        };
    };
    const Call once{"once"_L1, 4000ms, false};
    QCOMPARE(*await(database->run(once, failing(2))), 3);
    runs = 0;
    const auto busy = await(database->run(once, failing(100)));
    QCOMPARE(busy.error().kind, DbErrorKind::Retryable);
    QVERIFY(!busy.error().outcomeUnknown);
    QCOMPARE(runs.load(), 3);
    QCOMPARE(database->gauges().leaks, 0U);
}

/// A task that has sent nothing yet may run again on another connection, whatever it does.
void TestPool::unsentIsNeverUnknown()
{
    const auto database = newDatabase(ofSize(1));
    std::atomic<int> runs = 0;
    const auto lost = [&runs](Session &session) {
        if (++runs == 1)
            throw DbException({.kind = DbErrorKind::ConnectionLost, .database = session.database()});
        return pidOf(session);
    };
    QVERIFY(await(database->run(Call{"once"_L1, 4000ms, false}, lost)).isOk());
    QCOMPARE(runs.load(), 2);
    const auto late = await(database->run(Call{"slow"_L1, 100ms}, [](Session &) {
        std::this_thread::sleep_for(300ms);
        return 0;
    }));
    QCOMPARE(late.error().kind, DbErrorKind::Timeout);
    QVERIFY(!late.error().outcomeUnknown);
}

/// The deadline and the answer meet in one moment: each caller is told once.
void TestPool::firstAnswerWins()
{
    constexpr int count = 400;
    std::vector<std::atomic<int>> answers(count);
    {
        const auto database = newDatabase(ofSize(4));
        open(*database, 4);
        std::atomic<int> left = count;
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<size_t>(i);
            database->submit<int>(
                Call{"race"_L1, std::chrono::milliseconds(1 + i % 7)},
                [i](Session &) {
                    std::this_thread::sleep_for(std::chrono::microseconds(200 * (i % 11)));
                    return i;
                },
                [&, index](Result<int> result) {
                    if (result.isOk() && *result != static_cast<int>(index))
                        answers[index] += 100;
                    ++answers[index];
                    --left;
                });
            if (i % 4 == 3)
                std::this_thread::sleep_for(1ms);
        }
        QTRY_COMPARE_WITH_TIMEOUT(left.load(), 0, 10000);
        QCOMPARE(database->gauges().calls, quint64(count) + 4);
    }
    for (const auto &answer : answers)
        QCOMPARE(answer.load(), 1);
}

void TestPool::callbacksMaySubmit()
{
    const auto database = newDatabase(ofSize(2));
    std::promise<int> finished;
    std::function<void(int)> next = [&](int left) {
        database->submit<qint64>(quick, pidOf, [&, left](Result<qint64> result) {
            if (!result.isOk() || left == 0)
                finished.set_value(left);
            else
                next(left - 1);
        });
    };
    next(200);
    auto future = finished.get_future();
    QCOMPARE(future.wait_for(20s), std::future_status::ready);
    QCOMPARE(future.get(), 0);
    QCOMPARE(database->gauges().opened, 1U); // one after another needs one connection
}

/// A worker that could not connect ends, but first its thread tells the callers, who may try again at once.
void TestPool::callbacksOfFailedConnectsMaySubmit()
{
    Database database(
        {.database = shardName,
         .url = *ConnectionUrl::parse(u"postgresql://librarian@127.0.0.1:1/nowhere"_s, u"test"_s),
         .application = u"pool test"_s},
        m_watchdog, Database::Check(), ofSize(1));
    std::promise<int> ended;
    std::atomic<int> tries{0};
    std::function<void()> tryAgain = [&] {
        database.submit<int>(
            quick, [](Session &) { return 1; },
            [&](const Result<int> &result) {
                if (result.isOk() || ++tries >= 30)
                    return ended.set_value(tries);
                tryAgain();
            });
    };
    tryAgain();
    auto future = ended.get_future();
    QCOMPARE(future.wait_for(20s), std::future_status::ready);
    QCOMPARE(future.get(), 30);
}

void TestPool::stoppingGivesGrace()
{
    const auto database = newDatabase(ofSize(1));
    QVERIFY(await(database->run(quick, pidOf)).isOk());
    auto running = database->run(quick, sleeping(0.2));
    QTRY_COMPARE(database->gauges().busy, 1);
    auto waiting = database->run(quick, pidOf);
    database->requestStop();
    QVERIFY(waiting.isFinished());
    QVERIFY(!waiting.result().isOk() && !waiting.result().error().outcomeUnknown);
    QVERIFY(!running.isFinished());
    database->stop(3s);
    QVERIFY(running.isFinished());
    QVERIFY(running.result().isOk());
    QVERIFY(!await(database->run(quick, pidOf)).isOk());
    QTRY_COMPARE(sessions(), 0);

    const auto other = newDatabase(ofSize(1));
    QVERIFY(await(other->run(quick, pidOf)).isOk());
    auto cut = other->run(quick, sleeping(4));
    QTRY_COMPARE(other->gauges().busy, 1);
    QElapsedTimer timer;
    timer.start();
    other->stop(100ms);
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    QVERIFY(cut.isFinished());
    QVERIFY(cut.result().error().outcomeUnknown);
}

void TestPool::frozenServerDelaysNothing()
{
    auto database = newDatabase(ofSize(4));
    open(*database, 4);
    QVERIFY(m_library.servers().freeze(shardName));
    QElapsedTimer timer;
    timer.start();
    QList<QFuture<Result<qint64>>> calls;
    for (int i = 0; i < 4; ++i)
        calls << database->run(Call{"ask"_L1, 400ms}, pidOf);
    std::vector<Result<qint64>> results;
    for (const auto &call : calls)
        results.push_back(await(call));
    const qint64 answered = timer.restart();
    database.reset(); // its requests to cancel hang too
    const qint64 stopped = timer.elapsed();
    QVERIFY(m_library.servers().thaw(shardName));
    for (const auto &result : results) {
        QVERIFY(!result.isOk());
        QCOMPARE(result.error().kind, DbErrorKind::Timeout);
        QVERIFY(result.error().outcomeUnknown);
    }
    QVERIFY2(answered >= 395 && answered < 500, qPrintable(QString::number(answered)));
    QVERIFY2(stopped < 500, qPrintable(QString::number(stopped)));
    QTRY_COMPARE_WITH_TIMEOUT(abandonedThreads(), 0, 10000);
}

void TestPool::hangingConnectsAreWrittenOff()
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

/// A slow connect is of use after all: the next call finds the connection.
void TestPool::lateConnectIsTakenUp()
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

/// The server gives this login one connection: calls share it, and none fails since a second is refused.
void TestPool::limitOfTheServer()
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

/// Prints the figures; the benchmark of connections is what compares them.
void TestPool::saysWhatAHandOverCosts()
{
    const auto database = newDatabase(ofSize(1));
    const auto direct = m_library.newSession(shardName);
    const auto median = [](const auto &once) {
        std::vector<qint64> times;
        for (int i = 0; i < 3000; ++i) {
            QElapsedTimer timer;
            timer.start();
            once();
            times.push_back(timer.nsecsElapsed());
        }
        std::nth_element(times.begin(), times.begin() + 1500, times.end());
        return static_cast<double>(times[1500]) / 1000;
    };
    const double empty = median([&] { (void)await(database->run(quick, [](Session &) { return 0; })); });
    const double pooled = median([&] { (void)await(database->run(quick, pidOf)); });
    const double alone = median([&] { (void)pidOf(*direct); });
    qInfo("A call without a statement %.1f µs, with one %.1f µs, the statement alone %.1f µs", empty, pooled,
          alone);
    QCOMPARE(database->gauges().opened, 1U);
    QCOMPARE(database->gauges().failed, 0U);
}

QTEST_GUILESS_MAIN(TestPool)
#include "tst_pool.moc"
