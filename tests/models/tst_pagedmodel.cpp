// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/pagedmodel.h"
#include "models/roles.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QPromise>
#include <QSignalSpy>
#include <QSqlField>
#include <QTest>

#include <deque>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// A list of numbers, which answers when the test says so.
class Numbers final
{
public:
    std::vector<int> numbers;
    bool holdsBack = false; ///< answers wait for answer()
    bool fails = false;
    QList<int> asked; ///< the first numbers after which rows were asked for, -1: from the beginning
    int skeletons = 0;
    int canceled = 0;

    void fill(int count)
    {
        numbers.clear();
        for (int i = 0; i < count; ++i)
            numbers.push_back(10 * i);
    }
    void attachTo(PagedModel &model)
    {
        model.setSource([this](const QVariantList &after, int rows) { return fetch(after, rows); },
                        [this](int rows) { return skeleton(rows); });
    }
    /// Delivers what was held back, the newest last.
    void answer(int most = 1000)
    {
        for (; most > 0 && !m_waiting.empty(); --most) {
            m_waiting.front()();
            m_waiting.pop_front();
        }
    }
    [[nodiscard]] qsizetype waiting() const { return static_cast<qsizetype>(m_waiting.size()); }

private:
    using Promise = std::shared_ptr<QPromise<Result<Rows>>>;

    static DbError error() { return {.kind = DbErrorKind::Unreachable, .message = u"gone"_s}; }

    QFuture<Result<Rows>> fetch(const QVariantList &after, int rows)
    {
        asked << (after.isEmpty() ? -1 : after.first().toInt());
        return later([this, last = asked.last(), rows](const Promise &promise) {
            std::vector<QVariant> cells;
            for (const int number : numbers) {
                if (number > last && cells.size() < 2 * static_cast<size_t>(rows)) {
                    cells.emplace_back(QString::number(number));
                    cells.emplace_back(number);
                }
            }
            promise->addResult(set({u"id"_s, u"number"_s}, std::move(cells)));
        });
    }

    QFuture<Result<Rows>> skeleton(int rows)
    {
        ++skeletons;
        return later([this, rows](const Promise &promise) {
            // In two parts, as a long list comes.
            const size_t half = numbers.size() / 2;
            for (const auto &[from, to] : {std::pair(size_t{0}, half), std::pair(half, numbers.size())}) {
                std::vector<QVariant> cells;
                for (size_t i = from; i < to; ++i) {
                    if ((i + 1) % static_cast<size_t>(rows) == 0 || i + 1 == numbers.size()) {
                        cells.emplace_back(numbers[i]);
                        cells.emplace_back(static_cast<int>(i + 1));
                    }
                }
                promise->addResult(set({u"number"_s, u"n"_s}, std::move(cells)));
            }
        });
    }

    QFuture<Result<Rows>> later(std::function<void(const Promise &)> make)
    {
        auto promise = std::make_shared<QPromise<Result<Rows>>>();
        promise->start();
        const auto reply = [this, promise, make] {
            if (promise->isCanceled())
                ++canceled;
            else if (fails)
                promise->addResult(Result<Rows>(error()));
            else
                make(promise);
            promise->finish();
        };
        if (holdsBack)
            m_waiting.emplace_back(reply);
        else
            reply();
        return promise->future();
    }

    static Rows set(const QStringList &names, std::vector<QVariant> cells)
    {
        QSqlRecord columns;
        for (const QString &name : names)
            columns.append(QSqlField(name));
        return std::make_shared<const RowSet>(columns, std::move(cells));
    }

    std::deque<std::function<void()>> m_waiting;
};

class TestPagedModel final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void shortListIsThereAtOnce();
    void emptyList();
    void firstRowsComeBeforeTheLength();
    void everyRowIsWhereItBelongs_data();
    void everyRowIsWhereItBelongs();
    void jumpReadsOnlyThePageUnderTheEye();
    void pagesScrolledPastAreDropped();
    void droppedPageStillOnScreenIsReadAfterAll();
    void memoryIsBounded();
    void anotherListKeepsTheRowsUntilItIsThere();
    void answersToOlderListsAreDropped();
    void reloadKeepsRowsAndSelection();
    void reloadOfALongListFollowsTheSelectedRow();
    void reloadWhileReadingReadsOnceMore();
    void failureKeepsTheRows();
    void failureWithoutRows();

private:
    [[nodiscard]] QString cell(int row) const { return m_model->index(row, 0).data().toString(); }
    [[nodiscard]] bool isReady() const
    {
        return m_model->state() == PagedModel::State::Ready && m_model->isCountKnown();
    }

    Numbers m_list;
    std::unique_ptr<PagedModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

#define LIST_OF(count)                                                                                       \
    m_list.fill(count);                                                                                      \
    m_list.attachTo(*m_model);                                                                               \
    QTRY_VERIFY(isReady());                                                                                  \
    m_list.asked.clear()

void TestPagedModel::init()
{
    m_list = {};
    m_model = std::make_unique<PagedModel>();
    m_model->setPageRows(10);
    m_tester = std::make_unique<QAbstractItemModelTester>(
        m_model.get(), QAbstractItemModelTester::FailureReportingMode::QtTest);
}

void TestPagedModel::cleanup()
{
    m_tester.reset();
    m_model.reset();
}

void TestPagedModel::shortListIsThereAtOnce()
{
    QCOMPARE(m_model->state(), PagedModel::State::Empty);
    LIST_OF(9);
    QCOMPARE(m_model->rowCount(), 9);
    QCOMPARE(m_model->columnCount(), 2);
    QCOMPARE(cell(8), u"80"_s);
    QCOMPARE(m_list.skeletons, 0); // a page that is not full is the last
    QVERIFY(m_model->asOf().isValid());
    QCOMPARE(m_model->value(3, "number").toInt(), 30);
    QVERIFY(!m_model->value(9, "number").isValid());
}

void TestPagedModel::emptyList()
{
    LIST_OF(0);
    QCOMPARE(m_model->rowCount(), 0);
}

void TestPagedModel::firstRowsComeBeforeTheLength()
{
    m_list.fill(35);
    m_list.holdsBack = true;
    m_list.attachTo(*m_model);
    QCOMPARE(m_model->state(), PagedModel::State::Loading);
    m_list.answer();
    QTRY_COMPARE(m_model->rowCount(), 10);
    QCOMPARE(m_model->state(), PagedModel::State::Ready);
    QVERIFY(!m_model->isCountKnown());
    QCOMPARE(cell(0), u"0"_s);
    m_list.answer();
    QTRY_VERIFY(m_model->isCountKnown());
    QCOMPARE(m_model->rowCount(), 35);
}

void TestPagedModel::everyRowIsWhereItBelongs_data()
{
    QTest::addColumn<int>("count");
    for (const int count : {10, 11, 20, 99, 100, 101, 1234})
        QTest::addRow("%d", count) << count;
}

void TestPagedModel::everyRowIsWhereItBelongs()
{
    QFETCH(int, count);
    LIST_OF(count);
    QCOMPARE(m_model->rowCount(), count);
    for (int row = 0; row < count; ++row) {
        if (!m_model->isLoaded(row)) {
            QCOMPARE(cell(row), u"…"_s);
            QTRY_VERIFY(m_model->isLoaded(row));
        }
        QCOMPARE(cell(row), QString::number(10 * row));
        QCOMPARE(m_model->rowOf(QString::number(10 * row)), row);
    }
}

void TestPagedModel::jumpReadsOnlyThePageUnderTheEye()
{
    m_tester.reset(); // it looks at rows of its own choice
    LIST_OF(1000);
    QSignalSpy changes(m_model.get(), &QAbstractItemModel::dataChanged);
    QSignalSpy loaded(m_model.get(), &PagedModel::rowsLoaded);
    QCOMPARE(cell(995), u"…"_s);
    QTRY_COMPARE(cell(995), u"9950"_s);
    QCOMPARE(m_list.asked, QList<int>{9890});
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.at(0).at(0).toModelIndex().row(), 990);
    QCOMPARE(changes.at(0).at(1).toModelIndex().row(), 999);
    QCOMPARE(loaded.size(), 1);
}

void TestPagedModel::pagesScrolledPastAreDropped()
{
    LIST_OF(1000);
    m_list.holdsBack = true;
    for (int page = 1; page < 90; ++page)
        (void)cell(10 * page); // in one go, as a dragged scroll bar paints
    QTRY_VERIFY(!m_list.asked.isEmpty());
    QCOMPARE(m_list.asked.first(), 10 * 10 * 89 - 10); // the newest wish first
    QVERIFY(m_list.asked.size() <= 5);
    for (int page = 1; page < 20; ++page) {
        (void)cell(10 * page);
        QCoreApplication::processEvents();
    }
    m_list.answer(1000);
    QTRY_VERIFY(m_model->isLoaded(190));
    QVERIFY2(m_list.canceled > 10, QByteArray::number(m_list.canceled).constData());
}

void TestPagedModel::droppedPageStillOnScreenIsReadAfterAll()
{
    LIST_OF(1000);
    m_list.holdsBack = true;
    // A view that paints page 5 again whenever it is told that it changed.
    connect(m_model.get(), &QAbstractItemModel::dataChanged, this, [this](const QModelIndex &from) {
        if (from.row() == 50)
            (void)cell(50);
    });
    for (const int page : {5, 20, 21, 22, 23}) {
        (void)cell(10 * page);
        QCoreApplication::processEvents();
    }
    m_list.holdsBack = false;
    m_list.answer();
    QTRY_VERIFY(m_model->isLoaded(50));
}

void TestPagedModel::memoryIsBounded()
{
    m_tester.reset();
    m_model->setMostPages(5);
    LIST_OF(1000);
    for (int row = 0; row < 1000; row += 10) {
        (void)cell(row);
        QTRY_VERIFY(m_model->isLoaded(row));
    }
    QCOMPARE(m_model->pagesInMemory(), 5);
    QVERIFY(!m_model->isLoaded(0));
    QVERIFY(m_model->isLoaded(999));
}

void TestPagedModel::anotherListKeepsTheRowsUntilItIsThere()
{
    LIST_OF(50);
    QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
    Numbers other;
    other.fill(3);
    other.holdsBack = true;
    other.attachTo(*m_model);
    QCOMPARE(m_model->state(), PagedModel::State::Loading);
    QCOMPARE(m_model->rowCount(), 50);
    (void)cell(45); // of the list before: cannot be asked for any more
    QCoreApplication::processEvents();
    QCOMPARE(other.asked.size(), 1);
    QCOMPARE(resets.size(), 0);
    other.answer();
    QTRY_COMPARE(m_model->rowCount(), 3);
    QCOMPARE(resets.size(), 1);
}

void TestPagedModel::answersToOlderListsAreDropped()
{
    m_list.fill(50);
    m_list.holdsBack = true;
    m_list.attachTo(*m_model);
    Numbers other;
    other.fill(3);
    other.attachTo(*m_model);
    QTRY_VERIFY(isReady());
    m_list.answer();
    QCoreApplication::processEvents();
    QCOMPARE(m_model->rowCount(), 3);
    QCOMPARE(m_list.canceled, 1);
}

void TestPagedModel::reloadKeepsRowsAndSelection()
{
    LIST_OF(8);
    QItemSelectionModel selection(m_model.get());
    selection.setCurrentIndex(m_model->index(5, 0), QItemSelectionModel::SelectCurrent);
    QSignalSpy resets(m_model.get(), &QAbstractItemModel::modelReset);
    m_list.numbers.insert(m_list.numbers.begin(), {1, 2, 3, 4});
    std::sort(m_list.numbers.begin(), m_list.numbers.end());
    m_list.holdsBack = true;
    m_model->reload();
    QCOMPARE(m_model->rowCount(), 8);
    m_list.holdsBack = false;
    m_list.answer();
    QTRY_COMPARE(m_model->rowCount(), 12);
    QCOMPARE(resets.size(), 0);
    QCOMPARE(selection.currentIndex().data(Roles::Id).toString(), u"50"_s);
    QCOMPARE(selection.currentIndex().row(), 9);
    m_list.numbers.resize(2);
    m_model->reload();
    QTRY_COMPARE(m_model->rowCount(), 2);
    QVERIFY(!selection.currentIndex().isValid());
}

void TestPagedModel::reloadOfALongListFollowsTheSelectedRow()
{
    LIST_OF(500);
    (void)cell(249);
    QTRY_VERIFY(m_model->isLoaded(249));
    (void)cell(255);
    QTRY_VERIFY(m_model->isLoaded(255));
    QItemSelectionModel selection(m_model.get());
    selection.setCurrentIndex(m_model->index(249, 1), QItemSelectionModel::SelectCurrent);
    m_list.numbers.insert(m_list.numbers.begin() + 100, 995); // it goes to the next page
    m_model->reload();
    QTRY_VERIFY(isReady());
    QTRY_COMPARE(m_model->rowCount(), 501);
    QCOMPARE(selection.currentIndex().row(), 250);
    QCOMPARE(selection.currentIndex().data(Roles::Id).toString(), u"2490"_s);
    QTRY_COMPARE(cell(100), u"995"_s);
    QCOMPARE(cell(500), u"…"_s);
    QTRY_COMPARE(cell(500), u"4990"_s);
}

void TestPagedModel::reloadWhileReadingReadsOnceMore()
{
    m_list.fill(5);
    m_list.holdsBack = true;
    m_list.attachTo(*m_model);
    m_model->reload();
    m_model->reload();
    m_list.holdsBack = false;
    m_list.answer();
    QTRY_VERIFY(isReady());
    QTRY_COMPARE(m_list.asked.size(), 2);
    QTRY_VERIFY(isReady());
    QCOMPARE(m_list.asked.size(), 2);
}

void TestPagedModel::failureKeepsTheRows()
{
    LIST_OF(50);
    m_list.fails = true;
    m_model->reload();
    QTRY_COMPARE(m_model->state(), PagedModel::State::Stale);
    QCOMPARE(m_model->error()->message, u"gone"_s);
    QCOMPARE(m_model->rowCount(), 50);
    QCOMPARE(cell(3), u"30"_s);
    Numbers other;
    other.fill(3);
    other.fails = true;
    other.attachTo(*m_model);
    QTRY_COMPARE(m_model->state(), PagedModel::State::Stale);
    QCOMPARE(m_model->rowCount(), 50);
    other.fails = false;
    m_model->reload();
    QTRY_VERIFY(isReady());
    QCOMPARE(m_model->rowCount(), 3);
    QVERIFY(!m_model->error());
}

void TestPagedModel::failureWithoutRows()
{
    m_list.fails = true;
    m_list.attachTo(*m_model);
    QTRY_COMPARE(m_model->state(), PagedModel::State::Failed);
    m_list.fails = false;
    m_list.fill(30);
    m_model->reload();
    QTRY_VERIFY(isReady());
    QCOMPARE(m_model->rowCount(), 30);
}

QTEST_GUILESS_MAIN(TestPagedModel)
#include "tst_pagedmodel.moc"
