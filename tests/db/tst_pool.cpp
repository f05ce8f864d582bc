// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/poolfixture.h"
#include "tests/support/calm.h"

#include <QElapsedTimer>
#include <QTest>

#include <future>
#include <set>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Statement snooze{"sleep"_L1, "SELECT pg_sleep(?::float8)"_L1};

} // namespace

/// The calls of a pool, on a real server that is blocked, killed and frozen.
class TestPool final : public QObject, private PoolFixture
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void exhaustionNamesTheHolders();
    void callsAreServedInTheirOrder();
    void leakIsRolledBack();
    void cancelledWaitersLeave();
    void stopRequestCancelsOnTheServer();
    void deadlineCancelsOnTheServer();
    void tasksAreRepeatedWithinBounds();
    void whatStandsIsNotRunAgain();
    void unsentIsNeverUnknown();
    void firstAnswerWins();
    void callbacksMaySubmit();
    void callbacksOfFailedConnectsMaySubmit();
    void stoppingGivesGrace();
    void frozenServerDelaysNothing();
    void saysWhatAHandOverCosts();
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
    QVERIFY2(timer.elapsed() >= 1000 && timer.elapsed() < withRoom(2000),
             qPrintable(QString::number(timer.elapsed())));
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

void TestPool::leakIsRolledBack()
{
    const auto database = newDatabase(ofSize(1));
    QTest::ignoreMessage(QtWarningMsg, "“leaky” left a transaction open on alpha_shard; it is rolled back.");
    qint64 pid = 0;
    const auto left = await(database->run(Call{"leaky"_L1}, [&pid](Session &session) {
        session.execText(u"BEGIN"_s, u"BEGIN"_s);
        return pid = pidOf(session);
    }));
    QVERIFY(!left.isOk()); // what it wrote is gone, so it was not done
    QCOMPARE(left.error().kind, DbErrorKind::Internal);
    QVERIFY(!left.error().outcomeUnknown);
    const auto next = await(
        database->run(quick, [](Session &session) { return session.inTransaction() ? 0 : pidOf(session); }));
    QVERIFY(next.isOk());
    QCOMPARE(*next, pid); // the connection is good again
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
        QVERIFY2(timer.elapsed() < withRoom(2000), qPrintable(QString::number(timer.elapsed())));
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
    QVERIFY2(timer.elapsed() >= 295 && timer.elapsed() < withRoom(450),
             qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(late.error().kind, DbErrorKind::Timeout);
    QVERIFY(late.error().outcomeUnknown);
    const auto after = await(database->run(quick, pidOf));
    QVERIFY(after.isOk());
    QCOMPARE(*after, *before);
    QVERIFY(timer.elapsed() < withRoom(2000));
    QCOMPARE(database->gauges().timeouts, 1U);
    QCOMPARE(database->gauges().lostInUse, 0U);
    QCOMPARE(database->gauges().breaker, PoolGauges::Breaker::Closed);
}

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

/// A call that is not repeatable is not run again once a part of it stands.
void TestPool::whatStandsIsNotRunAgain()
{
    const auto database = newDatabase(ofSize(1));
    const auto runs = [&](bool isRepeatable) {
        int count = 0;
        const auto result =
            await(database->run(Call{"two steps"_L1, 4000ms, isRepeatable}, [&count](Session &session) {
                ++count;
                (void)session.exec({"first"_L1, "SELECT 1 AS one"_L1});
                session.execText(u"second"_s,
                                 u"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$"_s);
                return 0;
            }));
        return result.isOk() ? 0 : count;
    };
    QCOMPARE(runs(true), 3);
    QCOMPARE(runs(false), 1);
}

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
    QVERIFY2(timer.elapsed() < withRoom(1000), qPrintable(QString::number(timer.elapsed())));
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
