// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanoutgate.h"

#include <QTest>

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
    void nearestDeadlineFirst();
    void entersFromInsideLeave();
};

void TestFanOutGate::twoAtOnce()
{
    FanOutGate gate;
    int started = 0;
    for (int i = 0; i < 3; ++i)
        gate.enter(1s, [&] { ++started; });
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
    gate.enter(30s, [&] { started << u"report"_s; });
    gate.enter(30s, [&] { started << u"second report"_s; });
    gate.enter(2s, [&] { started << u"card"_s; });
    QCOMPARE(started, (QStringList{u"report"_s, u"card"_s}));
    gate.leave(2s);
    QCOMPARE(started.size(), 2); // the second report waits for the first, not for a card
    gate.leave(30s);
    QCOMPARE(started.last(), u"second report"_s);
}

void TestFanOutGate::nearestDeadlineFirst()
{
    FanOutGate gate;
    QStringList started;
    gate.enter(3s, [] {});
    gate.enter(3s, [] {});
    gate.enter(3s, [&] { started << u"later"_s; });
    gate.enter(1s, [&] { started << u"sooner"_s; });
    gate.leave(3s);
    QCOMPARE(started, QStringList{u"sooner"_s});
    gate.leave(3s);
    QCOMPARE(started, (QStringList{u"sooner"_s, u"later"_s}));
}

/// One that finds its time over leaves while it is being let in.
void TestFanOutGate::entersFromInsideLeave()
{
    FanOutGate gate;
    bool last = false;
    gate.enter(1s, [] {});
    gate.enter(1s, [] {});
    gate.enter(1s, [&] { gate.leave(1s); });
    gate.enter(2s, [&] { last = true; });
    gate.leave(1s);
    QVERIFY(last);
    QCOMPARE(gate.running(), 2);
}

QTEST_GUILESS_MAIN(TestFanOutGate)
#include "tst_fanoutgate.moc"
