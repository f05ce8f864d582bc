// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/snapshotresult.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QSortFilterProxyModel>
#include <QSqlError>
#include <QSqlField>
#include <QSqlQuery>
#include <QSqlQueryModel>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Rows that a worker fetched, shown by an ordinary QSqlQueryModel.
class TestSnapshotResult final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void showsRows();
    void nullIsNull();
    void momentsAreLocal();
    void emptySetKeepsColumns();
    void inactiveWithoutRows();
    void replacedBySmallerAndLarger();
    void rowsOutliveTheirMaker();
    void queryMovesFreely();
    void manyRowsAreThereAtOnce();
    void sortsThroughAProxy();

private:
    void show(const Rows &rows) { m_model->setQuery(QSqlQuery(new SnapshotResult(m_driver.get(), rows))); }
    [[nodiscard]] QVariant cell(int row, int column) const
    {
        return m_model->data(m_model->index(row, column));
    }

    std::unique_ptr<SnapshotDriver> m_driver;
    std::unique_ptr<QSqlQueryModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

namespace {

Rows books(int count)
{
    QSqlRecord columns;
    columns.append(QSqlField(u"title"_s));
    columns.append(QSqlField(u"year"_s));
    std::vector<QVariant> cells;
    for (int i = 0; i < count; ++i) {
        cells.emplace_back(u"Book %1"_s.arg(i));
        cells.emplace_back(i % 3 == 2 ? QVariant() : QVariant(1900 + i));
    }
    return std::make_shared<const RowSet>(columns, std::move(cells));
}

} // namespace

void TestSnapshotResult::init()
{
    m_driver = std::make_unique<SnapshotDriver>();
    m_model = std::make_unique<QSqlQueryModel>();
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
}

/// The model goes before the driver, as in the program.
void TestSnapshotResult::cleanup()
{
    m_tester.reset();
    m_model.reset();
    m_driver.reset();
}

void TestSnapshotResult::showsRows()
{
    show(books(5));
    QVERIFY(m_model->query().isActive());
    QVERIFY(m_model->query().isSelect());
    QCOMPARE(m_model->rowCount(), 5);
    QCOMPARE(m_model->columnCount(), 2);
    QCOMPARE(m_model->headerData(0, Qt::Horizontal).toString(), u"title"_s);
    QCOMPARE(cell(0, 0).toString(), u"Book 0"_s);
    QCOMPARE(cell(4, 0).toString(), u"Book 4"_s);
    QCOMPARE(cell(1, 1).toInt(), 1901); // back again
    QCOMPARE(m_model->record(3).value(u"year"_s).toInt(), 1903);
    QVERIFY(!m_model->lastError().isValid());
    QVERIFY(!m_model->canFetchMore());
}

void TestSnapshotResult::nullIsNull()
{
    show(books(3));
    QVERIFY(cell(2, 1).isNull());
    QVERIFY(!cell(1, 1).isNull());
    QVERIFY(!cell(3, 0).isValid());
    QVERIFY(!cell(0, 2).isValid());
}

/// Rows hold moments in UTC; who looks at a cell reads the clock on the wall.
void TestSnapshotResult::momentsAreLocal()
{
    QSqlRecord columns;
    columns.append(QSqlField(u"at"_s));
    const QDateTime moment(QDate(2026, 7, 1), QTime(10, 0), Qt::UTC);
    show(std::make_shared<const RowSet>(columns, std::vector<QVariant>{moment}));
    QCOMPARE(cell(0, 0).toDateTime().timeSpec(), Qt::LocalTime);
    QCOMPARE(cell(0, 0).toDateTime(), moment);
}

void TestSnapshotResult::emptySetKeepsColumns()
{
    show(books(0));
    QCOMPARE(m_model->rowCount(), 0);
    QCOMPARE(m_model->columnCount(), 2);
    QCOMPARE(m_model->headerData(1, Qt::Horizontal).toString(), u"year"_s);
    QVERIFY(m_model->query().isActive());
}

void TestSnapshotResult::inactiveWithoutRows()
{
    show(books(2));
    show(nullptr);
    QVERIFY(!m_model->query().isActive());
    QCOMPARE(m_model->rowCount(), 0);
    QCOMPARE(m_model->columnCount(), 0);
    show(books(2));
    QCOMPARE(m_model->rowCount(), 2);
}

void TestSnapshotResult::replacedBySmallerAndLarger()
{
    const QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
    int shown = 0;
    for (const int count : {10, 3, 0, 7, 7, 1}) {
        show(books(count));
        QCOMPARE(m_model->rowCount(), count);
        QCOMPARE(resets.count(), ++shown);
        if (count > 0)
            QCOMPARE(cell(count - 1, 0).toString(), u"Book %1"_s.arg(count - 1));
    }
}

void TestSnapshotResult::rowsOutliveTheirMaker()
{
    Rows rows = books(4);
    const std::weak_ptr<const RowSet> watch = rows;
    show(rows);
    rows.reset();
    QVERIFY(!watch.expired());
    QCOMPARE(cell(3, 0).toString(), u"Book 3"_s);
    m_model->clear();
    QVERIFY(watch.expired());
}

void TestSnapshotResult::queryMovesFreely()
{
    QSqlQuery query(new SnapshotResult(m_driver.get(), books(4)));
    QCOMPARE(query.size(), 4);
    QVERIFY(!query.isForwardOnly());
    QVERIFY(query.last());
    QCOMPARE(query.value(u"title"_s).toString(), u"Book 3"_s);
    QVERIFY(!query.next());
    QVERIFY(query.first());
    QVERIFY(query.seek(2));
    QVERIFY(query.isNull(1));
    QVERIFY(query.previous());
    QCOMPARE(query.at(), 1);
    QVERIFY(!query.seek(4));
    QVERIFY(!query.exec(u"SELECT 1"_s)); // it has no server to ask
}

void TestSnapshotResult::manyRowsAreThereAtOnce()
{
    show(books(20000));
    QCOMPARE(m_model->rowCount(), 20000);
    QCOMPARE(cell(19999, 0).toString(), u"Book 19999"_s);
}

void TestSnapshotResult::sortsThroughAProxy()
{
    QSortFilterProxyModel proxy;
    const QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
    proxy.setSourceModel(m_model.get());
    proxy.sort(0, Qt::DescendingOrder);
    show(books(9));
    QCOMPARE(proxy.index(0, 0).data().toString(), u"Book 8"_s);
    show(books(2));
    QCOMPARE(proxy.rowCount(), 2);
    QCOMPARE(proxy.index(0, 0).data().toString(), u"Book 1"_s);
}

QTEST_GUILESS_MAIN(TestSnapshotResult)
#include "tst_snapshotresult.moc"
