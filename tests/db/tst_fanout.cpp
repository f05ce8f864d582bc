// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/statistics.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

#include <atomic>
#include <future>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Questions to all shards: what is said about each, when they end, and that what nobody waits for stops.
class TestFanOut final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyShardTellsItsTime();
    void lateShardIsMarkedAndStopped();
    void stoppedQuestionEndsAtOnce();
    void thirdQuestionWaits();
    void sameQuestionIsAskedOnce();
    void begunQuestionIsNotJoined();
    void lateWaiterLeavesTheQueue();
    void stoppedDatabaseHasNoCallbackUnderWay();
    void endedClusterHasNoCallbackUnderWay();
    void gateOpensAtTheDeadline();
    void branchOnItsWayIsMarked();

private:
    /// Sleeps on `slow` (or everywhere) and answers with the shard's name.
    [[nodiscard]] QFuture<Combined<QString>> ask(const QString &slow, std::chrono::milliseconds sleep,
                                                 Call call);
    [[nodiscard]] int sleepers();

    PreparedLibrary m_library;
};

namespace {

constexpr Statement sleepFor{"sleep_for"_L1, "SELECT pg_catalog.pg_sleep(?::float8)"_L1};

template <typename T>
ShardState stateOf(const Combined<T> &answers, const QString &shard)
{
    for (const auto &answer : answers.shards) {
        if (answer.shard == shard)
            return answer.state();
    }
    return ShardState::Down;
}

} // namespace

void TestFanOut::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

QFuture<Combined<QString>> TestFanOut::ask(const QString &slow, std::chrono::milliseconds sleep, Call call)
{
    return fanOut(m_library.cluster(), call, [slow, sleep](Session &session) {
        if (slow.isEmpty() || session.database() == slow + "_shard"_L1)
            session.exec(sleepFor, {static_cast<double>(sleep.count()) / 1000});
        return session.database();
    });
}

int TestFanOut::sleepers()
{
    return m_library.value(u"main"_s, u"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"_s)
        .toInt();
}

void TestFanOut::everyShardTellsItsTime()
{
    const auto answers = await(ask(u"tertiary"_s, 80ms, {"ask"_L1, 5000ms}));
    QVERIFY(answers.isComplete());
    QCOMPARE(answers.total(), 3);
    for (const auto &answer : answers.shards) {
        QCOMPARE(*answer.result, answer.shard + u"_shard"_s);
        if (answer.shard == u"tertiary"_s)
            QVERIFY(answer.taken >= 80ms);
        else
            QVERIFY(answer.taken < 80ms);
    }
}

void TestFanOut::lateShardIsMarkedAndStopped()
{
    const auto start = std::chrono::steady_clock::now();
    const auto answers = await(ask(u"secondary"_s, 20000ms, {"ask"_L1, 400ms}));
    const auto taken = std::chrono::steady_clock::now() - start;
    QVERIFY2(taken >= 400ms && taken < 550ms,
             QByteArray::number(std::chrono::duration<double, std::milli>(taken).count()).constData());
    QCOMPARE(answers.answered(), 2);
    QCOMPARE(answers.missing(), QStringList{u"secondary"_s});
    QCOMPARE(stateOf(answers, u"secondary"_s), ShardState::Late);
    QCOMPARE(stateOf(answers, u"main"_s), ShardState::Answered);
    // The server does not go on with what nobody waits for.
    QTRY_COMPARE_WITH_TIMEOUT(sleepers(), 0, 2000);
    // And the shard is there for the next question.
    QVERIFY(await(ask(u"secondary"_s, 1ms, {"ask"_L1, 5000ms})).isComplete());
}

void TestFanOut::stoppedQuestionEndsAtOnce()
{
    std::stop_source source;
    const auto start = std::chrono::steady_clock::now();
    auto future = ask({}, 20000ms, {"ask"_L1, 30000ms, true, source.get_token()});
    QTRY_COMPARE_WITH_TIMEOUT(sleepers(), 3, 5000);
    source.request_stop();
    const auto answers = await(future);
    QVERIFY(std::chrono::steady_clock::now() - start < 10s);
    QCOMPARE(answers.answered(), 0);
    for (const auto &answer : answers.shards)
        QCOMPARE(answer.result.error().kind, DbErrorKind::Canceled);
    QTRY_COMPARE_WITH_TIMEOUT(sleepers(), 0, 2000);
}

void TestFanOut::thirdQuestionWaits()
{
    auto first = ask({}, 600ms, {"first"_L1, 3000ms});
    auto second = ask({}, 600ms, {"second"_L1, 3000ms});
    auto third = ask({}, 1ms, {"third"_L1, 3000ms});
    QCOMPARE(m_library.cluster().fanOutGate().running(), 2);
    QCOMPARE(m_library.cluster().fanOutGate().waiting(), 1);
    QVERIFY(await(third).isComplete());
    QVERIFY(first.isFinished() || second.isFinished());
    QVERIFY(await(first).isComplete());
    QVERIFY(await(second).isComplete());
    QTRY_COMPARE(m_library.cluster().fanOutGate().running(), 0);

    // One whose time is up while it waits says so in time.
    auto longer = ask({}, 1500ms, {"first"_L1, 3000ms});
    auto another = ask({}, 1500ms, {"second"_L1, 3000ms});
    const auto start = std::chrono::steady_clock::now();
    const auto late = await(ask({}, 1ms, {"third"_L1, 200ms}));
    QVERIFY(std::chrono::steady_clock::now() - start < 350ms);
    QCOMPARE(late.answered(), 0);
    QCOMPARE(stateOf(late, u"main"_s), ShardState::Late);
    QVERIFY(await(longer).isComplete());
    QVERIFY(await(another).isComplete());
    QTRY_COMPARE(m_library.cluster().fanOutGate().running(), 0);
}

/// One whose time is up, or that is given up, while it waits is out of the queue at once.
/// Whoever asks while the same question waits gets its answer.
void TestFanOut::sameQuestionIsAskedOnce()
{
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const auto question = [&](QLatin1StringView name) {
        return fanOutShared(m_library.cluster(), {name, 5000ms}, [asked](Session &session) {
            ++*asked;
            return session.database();
        });
    };
    auto first = ask({}, 400ms, {"first"_L1, 3000ms});
    auto second = ask({}, 400ms, {"second"_L1, 3000ms});
    std::vector<QFuture<Combined<QString>>> answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(question("shared"_L1));
    answers.push_back(question("another"_L1));
    QCOMPARE(m_library.cluster().fanOutGate().waiting(), 2);
    for (const auto &answer : answers) {
        const auto said = await(answer);
        QVERIFY(said.isComplete());
        for (const auto &shard : said.shards)
            QCOMPARE(*shard.result, shard.shard + u"_shard"_s);
    }
    QCOMPARE(asked->load(), 6);
    QVERIFY(await(first).isComplete());
    QVERIFY(await(second).isComplete());
}

/// A shard may have looked already, before the second one asked.
void TestFanOut::begunQuestionIsNotJoined()
{
    const auto asked = std::make_shared<std::atomic<int>>(0);
    const auto question = [&] {
        return fanOutShared(m_library.cluster(), {"shared"_L1, 5000ms}, [asked](Session &session) {
            ++*asked;
            session.exec(sleepFor, {0.3});
            return session.database();
        });
    };
    auto first = question();
    QCOMPARE(m_library.cluster().fanOutGate().waiting(), 0);
    auto second = question();
    QVERIFY(await(first).isComplete());
    QVERIFY(await(second).isComplete());
    QCOMPARE(asked->load(), 6);
}

void TestFanOut::lateWaiterLeavesTheQueue()
{
    FanOutGate &gate = m_library.cluster().fanOutGate();
    std::stop_source running;
    auto first = ask({}, 20000ms, {"first"_L1, 3000ms, true, running.get_token()});
    auto second = ask({}, 20000ms, {"second"_L1, 3000ms, true, running.get_token()});
    std::stop_source source;
    auto stopped = ask({}, 1ms, {"third"_L1, 3000ms, true, source.get_token()});
    QCOMPARE(gate.waiting(), 1);
    source.request_stop();
    QCOMPARE(gate.waiting(), 0);
    QCOMPARE(await(stopped).answered(), 0);
    auto late = ask({}, 1ms, {"fourth"_L1, 100ms});
    QCOMPARE(gate.waiting(), 1);
    QCOMPARE(stateOf(await(late), u"main"_s), ShardState::Late);
    QCOMPARE(gate.waiting(), 0);
    QCOMPARE(gate.running(), 2);
    running.request_stop();
    (void)await(first);
    (void)await(second);
    QCOMPARE(gate.running(), 0);
}

/// The watchdog answers a call that is late, and its answer still runs when the database is stopped.
void TestFanOut::stoppedDatabaseHasNoCallbackUnderWay()
{
    const auto cluster = m_library.newCluster(u"ends"_s);
    const auto database = cluster->newMain();
    std::promise<void> begun;
    std::atomic<bool> ended = false;
    database->submit<int>(
        {"late"_L1, 100ms},
        [](Session &session) {
            session.exec(sleepFor, {5.0});
            return 0;
        },
        [&](const Result<int> &) {
            begun.set_value();
            std::this_thread::sleep_for(1500ms);
            ended = true;
        });
    begun.get_future().wait();
    database->stop();
    QVERIFY(ended);
}

/// The same with a question to all shards, whose deadline is no call's: whatever its answer uses of the
/// cluster is still there.
void TestFanOut::endedClusterHasNoCallbackUnderWay()
{
    auto cluster = m_library.newCluster(u"ends"_s);
    std::promise<void> begun;
    std::atomic<bool> found = false;
    fanOutTo<int>(
        *cluster, {"late"_L1, 100ms},
        [](Session &session) {
            session.exec(sleepFor, {5.0});
            return 0;
        },
        [&, raw = cluster.get()](const Combined<int> &) {
            begun.set_value();
            std::this_thread::sleep_for(1500ms);
            const auto databases = raw->databasesInUse();
            found = databases.size() == 4 &&
                    std::none_of(databases.begin(), databases.end(),
                                 [](const Database *database) { return database == nullptr; });
        });
    begun.get_future().wait();
    cluster.reset();
    QVERIFY(found);
}

/// The third question is let in at the moment at which its time is up: whichever comes first, it is answered
/// and leaves its place. Here the thread sanitizer finds it when the two are not ordered.
void TestFanOut::gateOpensAtTheDeadline()
{
    for (int i = 0; i < 100; ++i) {
        auto first = ask({}, 4ms, {"first"_L1, 3000ms});
        auto second = ask({}, 4ms, {"second"_L1, 3000ms});
        const auto third = await(ask({}, 0ms, {"third"_L1, std::chrono::milliseconds(3 + i % 5)}));
        QCOMPARE(third.total(), 3);
        QVERIFY(await(first).isComplete());
        QVERIFY(await(second).isComplete());
    }
    QTRY_COMPARE(m_library.cluster().fanOutGate().running(), 0);
    QCOMPARE(m_library.cluster().fanOutGate().waiting(), 0);
}

void TestFanOut::branchOnItsWayIsMarked()
{
    const BranchEntry branch = m_library.addBranch(u"secondary"_s);
    QVERIFY(await(libraryStatistics(m_library.cluster())).isComplete());
    const QString set = u"UPDATE branch_placement SET state = '%1' WHERE branch_id = '%2'"_s;
    const QString id = branch.id.toString(QUuid::WithoutBraces);
    m_library.ddl(u"secondary_shard"_s, set.arg(u"fenced"_s, id));
    const auto answers = await(libraryStatistics(m_library.cluster()));
    QCOMPARE(answers.missing(), QStringList{u"secondary"_s});
    QCOMPARE(stateOf(answers, u"secondary"_s), ShardState::Moved);
    m_library.ddl(u"secondary_shard"_s, set.arg(u"active"_s, id));
    QVERIFY(await(libraryStatistics(m_library.cluster())).isComplete());
}

QTEST_GUILESS_MAIN(TestFanOut)
#include "tst_fanout.moc"
