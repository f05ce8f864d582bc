// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanoutgate.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Who may ask all shards at the same time, and who goes first.
class TestFanOutGate final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void twoAtOnce();
    void oneLongOneLeavesRoom();
    void firstComeFirstServed();
    void shortOnesDoNotKeepALongOneOut();
    void withdrawnOneIsForgotten();
    void leavesFromInsideStart();
    void manyThatFailAtOnceDoNotNest();
    void manyThreads();
};

void TestFanOutGate::twoAtOnce()
{
    FanOutGate gate;
    int started = 0;
    for (int i = 0; i < 3; ++i)
        gate.enter(&gate, 1s, [&] { ++started; });
    QCOMPARE(started, 2);
    QCOMPARE(gate.running(), 2);
    QCOMPARE(gate.waiting(), 1);
    gate.leave(1s);
    QCOMPARE(started, 3);
    gate.leave(1s);
    gate.leave(1s);
    QCOMPARE(gate.running(), 0);
}

void TestFanOutGate::oneLongOneLeavesRoom()
{
    FanOutGate gate;
    QStringList started;
    gate.enter(&gate, 30s, [&] { started << u"report"_s; });
    gate.enter(&gate, 30s, [&] { started << u"second report"_s; });
    gate.enter(&gate, 2s, [&] { started << u"card"_s; });
    QCOMPARE(started, (QStringList{u"report"_s, u"card"_s}));
    gate.leave(2s);
    QCOMPARE(started.size(), 2); // the second report waits for the first, not for a card
    gate.leave(30s);
    QCOMPARE(started.last(), u"second report"_s);
}

void TestFanOutGate::firstComeFirstServed()
{
    FanOutGate gate;
    QStringList started;
    gate.enter(&gate, 3s, [] {});
    gate.enter(&gate, 3s, [] {});
    gate.enter(&gate, 3s, [&] { started << u"first"_s; });
    gate.enter(&gate, 1s, [&] { started << u"second"_s; });
    gate.leave(3s);
    QCOMPARE(started, QStringList{u"first"_s});
    gate.leave(3s);
    QCOMPARE(started, (QStringList{u"first"_s, u"second"_s}));
}

/// However many cards are scanned, the report has its turn.
void TestFanOutGate::shortOnesDoNotKeepALongOneOut()
{
    FanOutGate gate;
    QStringList started;
    const auto scan = [&] { gate.enter(&gate, 2s, [&] { started << u"card"_s; }); };
    scan();
    scan();
    gate.enter(&gate, 30s, [&] { started << u"report"_s; });
    scan();
    scan();
    gate.leave(2s);
    QCOMPARE(started, (QStringList{u"card"_s, u"card"_s, u"report"_s}));
    scan();
    gate.leave(2s);
    QCOMPARE(started.size(), 4);
    QCOMPARE(started.last(), u"card"_s);
}

/// Whose time is up while it waits goes at once, and what it holds with it.
void TestFanOutGate::withdrawnOneIsForgotten()
{
    FanOutGate gate;
    bool hasStarted = false;
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> seen = held;
    gate.enter(&gate, 1s, [] {});
    gate.enter(&gate, 1s, [] {});
    QVERIFY(!gate.withdraw(&gate)); // both run
    gate.enter(&hasStarted, 1s, [&hasStarted, held = std::move(held)] { hasStarted = true; });
    QCOMPARE(gate.waiting(), 1);
    QVERIFY(gate.withdraw(&hasStarted));
    QCOMPARE(gate.waiting(), 0);
    QVERIFY(seen.expired());
    gate.leave(1s);
    gate.leave(1s);
    QVERIFY(!hasStarted);
    QCOMPARE(gate.running(), 0);
}

/// One that finds its time over leaves while it is being let in.
void TestFanOutGate::leavesFromInsideStart()
{
    FanOutGate gate;
    bool last = false;
    gate.enter(&gate, 1s, [] {});
    gate.enter(&gate, 1s, [] {});
    gate.enter(&gate, 1s, [&] { gate.leave(1s); });
    gate.enter(&gate, 2s, [&] { last = true; });
    gate.leave(1s);
    QVERIFY(last);
    QCOMPARE(gate.running(), 2);
}

void TestFanOutGate::manyThatFailAtOnceDoNotNest()
{
    FanOutGate gate;
    int started = 0;
    int depth = 0;
    int deepest = 0;
    gate.enter(&gate, 1s, [] {});
    gate.enter(&gate, 1s, [] {});
    for (int i = 0; i < 10'000; ++i) {
        gate.enter(&gate, 1s, [&] {
            deepest = std::max(deepest, ++depth);
            ++started;
            gate.leave(1s);
            --depth;
        });
    }
    gate.leave(1s);
    QCOMPARE(started, 10'000);
    QCOMPARE(deepest, 1);
    QCOMPARE(gate.running(), 1);
    QCOMPARE(gate.waiting(), 0);
}

/// Nobody is left behind when one thread starts what another one's leaving makes room for.
void TestFanOutGate::manyThreads()
{
    FanOutGate gate;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    std::atomic<int> done = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            const auto deadline = i % 2 == 0 ? 2s : 30s;
            for (int round = 0; round < 2000; ++round) {
                std::promise<void> isIn;
                gate.enter(&isIn, deadline, [&isIn] { isIn.set_value(); });
                isIn.get_future().wait();
                const int now = ++inside;
                int before = most;
                while (now > before && !most.compare_exchange_weak(before, now))
                    ;
                --inside;
                ++done;
                gate.leave(deadline);
            }
        });
    }
    QTRY_COMPARE_WITH_TIMEOUT(done.load(), 8000, 30'000);
    threads.clear();
    QVERIFY(most <= FanOutGate::places);
    QCOMPARE(gate.running(), 0);
}

QTEST_GUILESS_MAIN(TestFanOutGate)
#include "tst_fanoutgate.moc"
