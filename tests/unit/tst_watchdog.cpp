// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/watchdog.h"

#include <QTest>

#include <atomic>
#include <future>
#include <vector>

using namespace Branchline;
using namespace std::chrono_literals;
using Clock = Watchdog::Clock;

namespace {

/// Longer than any machine is held up; only a test that fails waits for it.
constexpr auto longTime = 20s;

} // namespace

/// Callbacks come once, in time and in order, and never after they were cancelled.
class TestWatchdog final : public QObject
{
    Q_OBJECT

    // What callbacks use is declared before the watchdog, which waits for the one that runs when it goes.

private Q_SLOTS:
    void callsInOrderOfTime();
    void earlierOneWakesIt();
    void pastIsAtOnce();
    void cancelledIsNotCalled();
    void cancelWaitsForTheOneThatRuns();
    void disarmDoesNotWait();
    void callbackMayArmAndCancel();
    void callbackHoldsNoLock();
    void waitsForTheOneThatRuns();
    void stoppedOneDropsWhatComes();
    void destructorWaitsAndDrops();
    void manyThreads();
};

void TestWatchdog::callsInOrderOfTime()
{
    std::vector<int> order;
    std::promise<void> all;
    const auto now = Clock::now();
    std::vector<int> offsets{30, 10, 20, 10, 40};
    Watchdog watchdog;
    for (size_t i = 0; i < offsets.size(); ++i) {
        watchdog.arm(now + std::chrono::milliseconds(offsets[i]), [&order, &all, i, now, offsets] {
            if (Clock::now() >= now + std::chrono::milliseconds(offsets[i]))
                order.push_back(static_cast<int>(i));
            if (i == 4)
                all.set_value();
        });
    }
    QCOMPARE(all.get_future().wait_for(longTime), std::future_status::ready);
    QCOMPARE(order, (std::vector<int>{1, 3, 2, 0, 4}));
}

/// While the thread sleeps until a late deadline, an earlier one is not slept through.
void TestWatchdog::earlierOneWakesIt()
{
    std::promise<void> called;
    Watchdog watchdog;
    watchdog.arm(Clock::now() + 1h, [] {});
    const auto start = Clock::now();
    watchdog.arm(start + 20ms, [&called] { called.set_value(); });
    QCOMPARE(called.get_future().wait_for(longTime), std::future_status::ready);
    QVERIFY(Clock::now() >= start + 20ms);
}

void TestWatchdog::pastIsAtOnce()
{
    std::promise<void> called;
    Watchdog watchdog;
    watchdog.arm(Clock::time_point(), [&called] { called.set_value(); });
    QCOMPARE(called.get_future().wait_for(longTime), std::future_status::ready);
}

void TestWatchdog::cancelledIsNotCalled()
{
    std::atomic<int> calls = 0;
    std::promise<void> later;
    const auto now = Clock::now();
    Watchdog watchdog;
    const quint64 ticket = watchdog.arm(now + 100ms, [&calls] { ++calls; });
    const quint64 second = watchdog.arm(now + 100ms, [&calls] { ++calls; });
    watchdog.arm(now + 110ms, [&later] { later.set_value(); });
    watchdog.cancel(ticket);
    watchdog.cancel(ticket); // again does no harm
    watchdog.cancel(0);      // nor does what was never armed
    QVERIFY(watchdog.disarm(second));
    QVERIFY(!watchdog.disarm(second));
    QCOMPARE(later.get_future().wait_for(longTime), std::future_status::ready);
    QCOMPARE(calls.load(), 0);
}

void TestWatchdog::cancelWaitsForTheOneThatRuns()
{
    std::promise<void> begun;
    std::promise<void> mayEnd;
    std::atomic<bool> ended = false;
    Watchdog watchdog;
    const quint64 ticket = watchdog.arm(Clock::now(), [&] {
        begun.set_value();
        mayEnd.get_future().wait();
        ended = true;
    });
    begun.get_future().wait();
    auto cancelled = std::async(std::launch::async, [&] {
        watchdog.cancel(ticket);
        return ended.load();
    });
    QCOMPARE(cancelled.wait_for(30ms), std::future_status::timeout);
    mayEnd.set_value();
    QVERIFY(cancelled.get());
}

void TestWatchdog::disarmDoesNotWait()
{
    std::promise<void> begun;
    std::promise<void> mayEnd;
    Watchdog watchdog;
    const quint64 ticket = watchdog.arm(Clock::now(), [&] {
        begun.set_value();
        mayEnd.get_future().wait();
    });
    begun.get_future().wait();
    QVERIFY(!watchdog.disarm(ticket));
    mayEnd.set_value();
}

void TestWatchdog::callbackMayArmAndCancel()
{
    std::promise<void> second;
    std::atomic<quint64> own = 0;
    std::promise<void> known;
    auto isKnown = known.get_future();
    Watchdog watchdog;
    own = watchdog.arm(Clock::now(), [&] {
        isKnown.wait();
        watchdog.cancel(own); // itself: returns at once
        watchdog.arm(Clock::now(), [&second] { second.set_value(); });
    });
    known.set_value();
    QCOMPARE(second.get_future().wait_for(longTime), std::future_status::ready);
}

/// A callback that waits for a lock does not keep others from arming and cancelling with that lock held.
void TestWatchdog::callbackHoldsNoLock()
{
    std::mutex mutex;
    std::promise<void> begun;
    std::promise<void> done;
    Watchdog watchdog;
    std::unique_lock lock(mutex);
    watchdog.arm(Clock::now(), [&] {
        begun.set_value();
        const std::lock_guard inner(mutex);
        done.set_value();
    });
    begun.get_future().wait();
    const quint64 ticket = watchdog.arm(Clock::now() + 1h, [] {});
    QVERIFY(watchdog.disarm(ticket));
    lock.unlock();
    QCOMPARE(done.get_future().wait_for(longTime), std::future_status::ready);
}

/// Whoever armed it, and whatever was armed since.
void TestWatchdog::waitsForTheOneThatRuns()
{
    std::promise<void> begun;
    std::promise<void> mayEnd;
    std::atomic<bool> ended = false;
    Watchdog watchdog;
    watchdog.waitForRunning();
    watchdog.arm(Clock::now(), [&] {
        watchdog.waitForRunning(); // from inside: returns at once
        begun.set_value();
        mayEnd.get_future().wait();
        ended = true;
    });
    begun.get_future().wait();
    auto waited = std::async(std::launch::async, [&] {
        watchdog.waitForRunning();
        return ended.load();
    });
    QCOMPARE(waited.wait_for(30ms), std::future_status::timeout);
    mayEnd.set_value();
    QVERIFY(waited.get());
}

void TestWatchdog::stoppedOneDropsWhatComes()
{
    Watchdog watchdog;
    auto before = std::make_shared<int>(1);
    auto after = std::make_shared<int>(2);
    const std::weak_ptr<int> seen[] = {before, after};
    const quint64 ticket = watchdog.arm(Clock::now() + 1h, [held = std::move(before)] {});
    watchdog.stop();
    QVERIFY(seen[0].expired());
    QVERIFY(!watchdog.disarm(ticket));
    watchdog.cancel(watchdog.arm(Clock::now(), [held = std::move(after)] {}));
    QVERIFY(seen[1].expired());
    watchdog.waitForRunning();
    watchdog.stop();
}

void TestWatchdog::destructorWaitsAndDrops()
{
    std::atomic<int> calls = 0;
    std::promise<void> begun;
    {
        Watchdog watchdog;
        watchdog.arm(Clock::now() + 1h, [&calls] { calls += 100; });
        watchdog.arm(Clock::now(), [&] {
            begun.set_value();
            ++calls;
        });
        begun.get_future().wait();
    }
    QCOMPARE(calls.load(), 1);
}

void TestWatchdog::manyThreads()
{
    std::atomic<int> calls = 0;
    std::atomic<int> cancelled = 0;
    constexpr int each = 2000;
    {
        Watchdog watchdog;
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    const auto at = Clock::now() + std::chrono::microseconds((i * 7 + t) % 50);
                    const quint64 ticket = watchdog.arm(at, [&calls] { ++calls; });
                    if (i % 3 == 0 && watchdog.disarm(ticket))
                        ++cancelled;
                }
            });
        }
        threads.clear();
        QTRY_COMPARE_WITH_TIMEOUT(calls + cancelled, 4 * each, 20000);
    }
    QCOMPARE(calls + cancelled, 4 * each);
}

QTEST_GUILESS_MAIN(TestWatchdog)
#include "tst_watchdog.moc"
