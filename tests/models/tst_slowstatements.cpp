// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/roles.h"
#include "models/shell/poolwords.h"
#include "models/shell/slowstatementmodel.h"

#include <QAbstractItemModelTester>
#include <QPersistentModelIndex>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What the list of databases says about this program's connections and slow statements.
class TestSlowStatements final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newestStandFirst();
    void rowsKeepTheirPlace();
    void oldOnesLeave();
    void cellsInWords();
    void textForAReport();
    void connectionsInWords();
    void breakerInWords();
    void holdersInWords();

private:
    static void take(StatementLog &log, int from, int to)
    {
        for (int i = from; i <= to; ++i)
            log.record({u"main", "search"_L1, "find"_L1, std::chrono::milliseconds(i)});
    }
    static QString cell(const SlowStatementModel &model, int row, int column)
    {
        return model.index(row, column).data().toString();
    }
};

void TestSlowStatements::newestStandFirst()
{
    StatementLog log(u"desk"_s, 1ms);
    SlowStatementModel model;
    const QAbstractItemModelTester tester(&model);
    model.refresh(log);
    QCOMPARE(model.rowCount(), 0);
    take(log, 1, 3);
    model.refresh(log);
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(cell(model, 0, SlowStatementModel::Milliseconds), u"3"_s);
    QCOMPARE(cell(model, 2, SlowStatementModel::Milliseconds), u"1"_s);
}

void TestSlowStatements::rowsKeepTheirPlace()
{
    StatementLog log(u"desk"_s, 1ms);
    SlowStatementModel model;
    const QAbstractItemModelTester tester(&model);
    take(log, 1, 5);
    model.refresh(log);
    const QPersistentModelIndex selected = model.index(1, 0); // the one of 4 ms
    take(log, 6, 7);
    model.refresh(log);
    QCOMPARE(selected.row(), 3);
    QCOMPARE(cell(model, 3, SlowStatementModel::Milliseconds), u"4"_s);
    model.refresh(log);
    QCOMPARE(model.rowCount(), 7);
}

void TestSlowStatements::oldOnesLeave()
{
    StatementLog log(u"desk"_s, 1ms);
    SlowStatementModel model;
    const QAbstractItemModelTester tester(&model);
    const int limit = static_cast<int>(StatementLog::slowLimit);
    take(log, 1, limit);
    model.refresh(log);
    const QPersistentModelIndex oldest = model.index(limit - 1, 0);
    const QPersistentModelIndex newest = model.index(0, 0);
    take(log, limit + 1, limit + 10);
    model.refresh(log);
    QCOMPARE(model.rowCount(), limit);
    QVERIFY(!oldest.isValid());
    QCOMPARE(newest.row(), 10);
    take(log, limit + 11, 3 * limit); // more than the list holds
    model.refresh(log);
    QCOMPARE(model.rowCount(), limit);
    QVERIFY(!newest.isValid());
    QCOMPARE(cell(model, 0, SlowStatementModel::Milliseconds), QString::number(3 * limit));
}

void TestSlowStatements::cellsInWords()
{
    SlowStatementModel model;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QDateTime before = now.addYears(-2);
    model.update({{now, u"north_shard"_s, u"desk"_s, u"checkout"_s, u"lend"_s, 1234ms, u"connection_lost"_s},
                  {before, u"main"_s, u"desk"_s, u"search"_s, u"find"_s, 200ms, u"ok"_s}},
                 2);
    QCOMPARE(cell(model, 0, SlowStatementModel::Time).size(), 8);
    QVERIFY(cell(model, 1, SlowStatementModel::Time)
                .contains(QString::number(before.toLocalTime().date().year())));
    QCOMPARE(cell(model, 0, SlowStatementModel::DatabaseName), u"shard north"_s);
    QCOMPARE(cell(model, 0, SlowStatementModel::Operation), u"checkout"_s);
    QCOMPARE(cell(model, 0, SlowStatementModel::Ended), u"connection lost"_s);
    QCOMPARE(cell(model, 1, SlowStatementModel::Ended), u"answered"_s);
    const QModelIndex number = model.index(0, SlowStatementModel::Milliseconds);
    QVERIFY(number.data(Roles::IsNumber).toBool());
    QVERIFY(number.data(Qt::AccessibleTextRole).toString().endsWith("milliseconds"_L1));
}

void TestSlowStatements::textForAReport()
{
    SlowStatementModel model;
    QCOMPARE(model.text(), QString());
    const QDateTime at = QDateTime::fromString(u"2024-02-03T04:05:06.007Z"_s, Qt::ISODateWithMs);
    model.update({{at, u"main"_s, u"desk"_s, u"search"_s, u"find"_s, 1200ms, u"ok"_s}}, 1);
    QCOMPARE(model.text(), u"2024-02-03T04:05:06.007Z  main  search  find  1200 ms  ok\n"_s);
}

void TestSlowStatements::connectionsInWords()
{
    PoolGauges pool{.size = 2, .maxOverflow = 2, .open = 3, .busy = 1};
    QCOMPARE(connectionWords(pool), u"3 of at most 4 connections open, 1 in use"_s);
    pool.waiting = 1;
    QCOMPARE(connectionWords(pool), u"3 of at most 4 connections open, 1 in use, 1 call waits"_s);
    pool.waiting = 7;
    QCOMPARE(connectionWords(pool), u"3 of at most 4 connections open, 1 in use, 7 calls wait"_s);
    pool = {.size = 2, .maxOverflow = 2, .open = 4, .busy = 3};
    QCOMPARE(connectionWords(pool), u"4 of at most 4 connections open, 3 in use: nearly all"_s);
    pool.busy = 4;
    QCOMPARE(connectionWords(pool), u"4 of at most 4 connections open, 4 in use: all of them"_s);
}

void TestSlowStatements::breakerInWords()
{
    PoolGauges pool;
    QCOMPARE(breakerWords(pool), QString());
    pool.breaker = PoolGauges::Breaker::Open;
    pool.retryIn = 1200ms;
    QCOMPARE(breakerWords(pool), u"Waiting 2 s before trying again."_s);
    pool.retryIn = 0ms;
    QCOMPARE(breakerWords(pool), u"Trying again now."_s);
    pool.breaker = PoolGauges::Breaker::HalfOpen;
    QCOMPARE(breakerWords(pool), u"Trying whether it is back."_s);
}

void TestSlowStatements::holdersInWords()
{
    PoolGauges pool;
    pool.holders = {{u"checkout"_s, u"lend"_s, 2100ms}, {u"search"_s, {}, 300ms}};
    QCOMPARE(holderWords(pool), QString()); // nobody waits for them
    pool.waiting = 1;
    QCOMPARE(holderWords(pool), u"In use: checkout for 2.1 s, search for 0.3 s."_s);
}

QTEST_GUILESS_MAIN(TestSlowStatements)
#include "tst_slowstatements.moc"
