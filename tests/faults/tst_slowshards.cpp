// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanout.h"
#include "tests/support/faultlibrary.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr Statement ask{"ask"_L1, "SELECT 1 AS one"_L1};

double milliseconds(std::chrono::nanoseconds time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

int askOne(Session &session)
{
    return static_cast<int>(session.exec(ask)->row(0).number("one"));
}

} // namespace

/// Questions to eight shards at once, each of them a network of its own away.
class TestSlowShards final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_library.heal(); }
    void fan_out_takes_as_long_as_the_slowest();
    void fan_out_ends_at_its_deadline();
    void fan_out_marks_shards_that_are_down();

private:
    [[nodiscard]] TcpProxy &proxy(qsizetype shard)
    {
        return m_library.proxy(m_library.shards().at(shard) + "_shard"_L1);
    }

    FaultLibrary m_library{TestLibrary::Servers::Shared,
                           {u"s1"_s, u"s2"_s, u"s3"_s, u"s4"_s, u"s5"_s, u"s6"_s, u"s7"_s, u"s8"_s}};
    std::unique_ptr<Cluster> m_cluster;
};

void TestSlowShards::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_cluster = m_library.newCluster();
    QCOMPARE(await(fanOut(*m_cluster, {"warm"_L1}, askOne)).answered(), 8);
}

void TestSlowShards::fan_out_takes_as_long_as_the_slowest()
{
    for (qsizetype i = 0; i < 8; ++i)
        proxy(i).setDelay(std::chrono::milliseconds(10 + 2 * i), std::chrono::milliseconds(10 + 2 * i));
    (void)await(fanOut(*m_cluster, {"warm"_L1}, askOne)); // the statement is prepared
    QList<double> ratios;
    QList<double> excess;
    for (int round = 0; round < 15; ++round) {
        const auto start = std::chrono::steady_clock::now();
        const auto answers = await(fanOut(*m_cluster, {"ask"_L1}, askOne));
        const auto whole = milliseconds(std::chrono::steady_clock::now() - start);
        QCOMPARE(answers.answered(), 8);
        double slowest = 0;
        for (const auto &answer : answers.shards)
            slowest = std::max(slowest, milliseconds(answer.taken));
        QVERIFY2(slowest >= 48, QByteArray::number(slowest).constData());
        QVERIFY2(whole <= 1.5 * slowest + 20, QByteArray::number(whole).constData());
        ratios << whole / slowest;
        excess << whole - 1.15 * slowest;
    }
    std::sort(ratios.begin(), ratios.end());
    std::sort(excess.begin(), excess.end());
    qInfo("whole / slowest: median %.3f, most %.3f; whole - 1.15 x slowest: median %.2f ms, most %.2f ms",
          ratios.at(ratios.size() / 2), ratios.last(), excess.at(excess.size() / 2), excess.last());
}

void TestSlowShards::fan_out_ends_at_its_deadline()
{
    constexpr auto deadline = 800ms;
    QList<double> over;
    for (int round = 0; round < 5; ++round) {
        proxy(3).setBlackHole(true, true);
        const auto start = std::chrono::steady_clock::now();
        const auto answers = await(fanOut(*m_cluster, {"ask"_L1, deadline}, askOne));
        const auto whole = std::chrono::steady_clock::now() - start;
        over << milliseconds(whole - deadline);
        QVERIFY2(whole >= deadline - 5ms && whole <= deadline + 150ms,
                 QByteArray::number(milliseconds(whole)).constData());
        QCOMPARE(answers.total(), 8);
        QCOMPARE(answers.answered(), 7);
        QCOMPARE(answers.missing(), QStringList{u"s4"_s});
        for (const auto &answer : answers.shards)
            QCOMPARE(answer.state(), answer.shard == "s4"_L1 ? ShardState::Late : ShardState::Answered);
        // The next question finds the shard again.
        proxy(3).heal();
        QTRY_COMPARE_WITH_TIMEOUT(await(fanOut(*m_cluster, {"ask"_L1}, askOne)).answered(), 8, 10'000);
    }
    std::sort(over.begin(), over.end());
    qInfo("over the deadline: median %.2f ms, most %.2f ms", over.at(over.size() / 2), over.last());
}

void TestSlowShards::fan_out_marks_shards_that_are_down()
{
    for (const qsizetype gone : {qsizetype(0), qsizetype(7)}) {
        proxy(gone).setRefusing(true);
        proxy(gone).resetAll();
    }
    const auto answers = await(fanOut(*m_cluster, {"ask"_L1}, askOne));
    QCOMPARE(answers.missing(), (QStringList{u"s1"_s, u"s8"_s}));
    QCOMPARE(answers.shards.front().state(), ShardState::Down);
    QCOMPARE(answers.shards.back().state(), ShardState::Down);
}

QTEST_GUILESS_MAIN(TestSlowShards)
#include "tst_slowshards.moc"
