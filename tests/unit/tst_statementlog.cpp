// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/statementlog.h"

#include <QTest>

#include <numeric>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestStatementLog final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void countsByDatabaseAndStatement();
    void durationsFallIntoClasses_data();
    void durationsFallIntoClasses();
    void slowOnesAreListedNewestFirst();
    void theListOfSlowOnesIsBounded();
    void namesAreBounded();
    void threadsLoseNothing();
    void costOfARecord();
};

void TestStatementLog::countsByDatabaseAndStatement()
{
    StatementLog log(u"branchline desk-3"_s, 200ms);
    log.record({u"north_shard", "checkout"_L1, "checkout"_L1, 300us});
    log.record({u"north_shard", "checkout"_L1, "checkout"_L1, 500us, DbErrorKind::Timeout});
    log.record({u"main", "checkout"_L1, "checkout"_L1, 100us});
    log.record({u"main", "list"_L1, "another"_L1, 1us});

    const auto totals = log.totals();
    QCOMPARE(totals.size(), size_t(3));
    QCOMPARE(totals[0].database, u"main"_s);
    QCOMPARE(totals[0].statement, u"another"_s);
    QCOMPARE(totals[1].statement, u"checkout"_s);
    QCOMPARE(totals[1].calls, quint64(1));
    QCOMPARE(totals[2].database, u"north_shard"_s);
    QCOMPARE(totals[2].calls, quint64(2));
    QCOMPARE(totals[2].failures, quint64(1));
    QCOMPARE(totals[2].total.count(), 800);
    QCOMPARE(totals[2].longest.count(), 500);
    QVERIFY(log.slow().empty());
}

void TestStatementLog::durationsFallIntoClasses_data()
{
    QTest::addColumn<qint64>("microseconds");
    QTest::addColumn<size_t>("place");
    QTest::newRow("nothing") << qint64(0) << size_t(0);
    QTest::newRow("at the first bound") << qint64(1000) << size_t(0);
    QTest::newRow("just above it") << qint64(1001) << size_t(1);
    QTest::newRow("at a later bound") << qint64(200'000) << size_t(7);
    QTest::newRow("at the last bound") << qint64(5'000'000) << size_t(10);
    QTest::newRow("above all") << qint64(5'000'001) << size_t(11);
}

void TestStatementLog::durationsFallIntoClasses()
{
    QFETCH(qint64, microseconds);
    QFETCH(size_t, place);
    StatementLog log(u"desk"_s, 200ms);
    log.record({u"main", "a"_L1, "a"_L1, std::chrono::microseconds(microseconds)});
    const auto histogram = log.totals().at(0).histogram;
    QCOMPARE(histogram.at(place), quint64(1));
    QCOMPARE(std::accumulate(histogram.begin(), histogram.end(), quint64(0)), quint64(1));
}

void TestStatementLog::slowOnesAreListedNewestFirst()
{
    StatementLog log(u"branchline desk-3"_s, 200ms);
    const QDateTime before = QDateTime::currentDateTimeUtc();
    log.record({u"main", "search"_L1, "find_books"_L1, 200ms});
    log.record({u"main", "search"_L1, "find_books"_L1, 199'999us});
    log.record({u"north_shard", "checkout"_L1, "checkout"_L1, 2s, DbErrorKind::ConnectionLost});
    const auto slow = log.slow();
    QCOMPARE(slow.size(), size_t(2));
    QCOMPARE(slow[0].database, u"north_shard"_s);
    QCOMPARE(slow[0].desk, u"branchline desk-3"_s);
    QCOMPARE(slow[0].operation, u"checkout"_s);
    QCOMPARE(slow[0].statement, u"checkout"_s);
    QCOMPARE(slow[0].taken.count(), 2000);
    QCOMPARE(slow[0].ended, u"connection_lost"_s);
    QCOMPARE(slow[1].operation, u"search"_s);
    QCOMPARE(slow[1].ended, u"ok"_s);
    QCOMPARE(slow[1].at.timeSpec(), Qt::UTC);
    QVERIFY(slow[1].at >= before && slow[1].at <= slow[0].at);
    QCOMPARE(log.slowCount(), quint64(2));
}

void TestStatementLog::theListOfSlowOnesIsBounded()
{
    StatementLog log(u"desk"_s, 0ms);
    for (int i = 1; i <= 250; ++i)
        log.record({u"main", "a"_L1, "a"_L1, std::chrono::milliseconds(i)});
    const auto slow = log.slow();
    QCOMPARE(slow.size(), StatementLog::slowLimit);
    for (size_t i = 0; i < slow.size(); ++i)
        QCOMPARE(slow[i].taken.count(), 250 - qint64(i));
    QCOMPARE(log.slowCount(), quint64(250));
}

void TestStatementLog::namesAreBounded()
{
    StatementLog log(u"desk"_s, 200ms);
    for (int i = 0; i < 5000; ++i) {
        const QByteArray name = QByteArray::number(i);
        log.record({u"main", "a"_L1, QLatin1StringView(name), 1us});
    }
    const auto totals = log.totals();
    QVERIFY(totals.size() <= 16 * (StatementLog::namesPerShelf + 1));
    quint64 calls = 0;
    bool hasOthers = false;
    for (const StatementTotals &one : totals) {
        calls += one.calls;
        hasOthers = hasOthers || one.statement == "(other)"_L1;
    }
    QVERIFY(hasOthers);
    QCOMPARE(calls, quint64(5000)); // what has no line of its own is still counted
}

void TestStatementLog::threadsLoseNothing()
{
    constexpr int threads = 8;
    constexpr int each = 20'000;
    StatementLog log(u"desk"_s, 1ms);
    {
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t) {
            workers.emplace_back([&log, t] {
                const QString own = QString::number(t);
                for (int i = 0; i < each; ++i)
                    log.record({i % 2 ? QStringView(u"main") : QStringView(own), "a"_L1, "a"_L1,
                                i % 1000 ? 1us : 1000us});
            });
        }
        for (int i = 0; i < 100; ++i) { // readers disturb nobody
            QVERIFY(log.totals().size() <= threads + 1);
            QVERIFY(log.slow().size() <= StatementLog::slowLimit);
        }
    }
    quint64 calls = 0;
    for (const StatementTotals &one : log.totals())
        calls += one.calls;
    QCOMPARE(calls, quint64(threads * each));
    QCOMPARE(log.slowCount(), quint64(threads * each / 1000));
}

void TestStatementLog::costOfARecord()
{
    StatementLog log(u"desk"_s, 200ms);
    const QString database = u"north_shard"_s;
    for (int i = 0; i < 200; ++i)
        log.record({database, "a"_L1, QLatin1StringView(QByteArray::number(i)), 1us});
    QBENCHMARK
    {
        log.record({database, "checkout"_L1, "checkout"_L1, 300us});
    }
    QCOMPARE(log.slowCount(), quint64(0));
}

QTEST_APPLESS_MAIN(TestStatementLog)
#include "tst_statementlog.moc"
