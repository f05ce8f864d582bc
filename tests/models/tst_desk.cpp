// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/loans.h"
#include "db/cluster/branches.h"
#include "db/cluster/locallibrarysetup.h"
#include "models/catalogue/cataloguesession.h"
#include "models/desk/desksession.h"
#include "models/shell/clustermonitor.h"
#include "tests/support/calm.h"
#include "tests/support/testlibrary.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QStandardPaths>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Waiting for a real server on a busy machine.
constexpr int patience = 15000;

using Mode = DeskSession::Mode;

} // namespace

/// The models against a real library with a server per database: what a desk shows for what it scans.
class TestDesk final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void init();

    void cardThenCopyLends();
    void sameBarcodeInFlight();
    void unknownBarcodeIsRefused();
    void copyWithoutPatronIsDescribed();
    void copyWithoutPatronWaitsForItsShard();
    void anotherCardChangesThePatron();
    void patronStaysUntilTheScansAreAnswered();
    void returnTellsWhereTheCopyBelongs();
    void scansAreAnsweredInOrder();
    void scanWaitsWhileTheShardIsDown();
    void lightTurnsWithinThreeSeconds();
    void newestSearchWins();
    void silentShardIsNotKnown();
    void booksAreKeptWhenMainIsDown();

private:
    void addCopy(const QString &barcode, const QUuid &branch);
    [[nodiscard]] const ScanRow *onlyRow(Mode mode) const;

    std::unique_ptr<TestLibrary> m_library;
    std::unique_ptr<Cluster> m_cluster;
    std::unique_ptr<ChangeFeed> m_feed;
    std::unique_ptr<DeskSession> m_desk;
    BranchEntry m_north;
    BranchEntry m_south;
    QUuid m_book;
    int m_next = 0;
};

void TestDesk::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    m_library = std::make_unique<TestLibrary>();
    QVERIFY2(m_library->start(), qPrintable(m_library->errorText()));
    const auto status = prepareLocalLibrary(m_library->library(), false, {});
    QVERIFY2(status.isOk(), status.isOk() ? "" : qPrintable(status.error().message));
    m_cluster = std::make_unique<Cluster>(withLocalLibrary({}, *status), u"branchline test desk"_s);
    m_feed = std::make_unique<ChangeFeed>(*m_cluster);

    const auto north = addBranch(
        *m_cluster,
        {.code = u"north"_s, .name = u"North"_s, .timezone = u"Europe/Dublin"_s, .shard = u"main"_s});
    QVERIFY2(north.isOk(), north.isOk() ? "" : qPrintable(north.error().message));
    m_north = *north;
    const auto south =
        addBranch(*m_cluster, {.code = u"south"_s, .name = u"South"_s, .shard = u"secondary"_s});
    QVERIFY(south.isOk());
    m_south = *south;
    const auto book =
        await(addBook(*m_cluster, {.title = u"Middlemarch"_s, .authors = {u"George Eliot"_s}, .year = 1871}));
    QVERIFY(book.isOk());
    m_book = book->id;
    for (const auto &[card, given] : {std::pair{u"700001"_s, u"Rosa"_s}, {u"700002"_s, u"Piet"_s}}) {
        const auto patron = await(addPatron(*m_cluster, {.card = card,
                                                         .familyName = u"Reader"_s,
                                                         .givenName = given,
                                                         .typeCode = u"adult"_s,
                                                         .homeBranch = m_north.id}));
        QVERIFY2(patron.isOk(), patron.isOk() ? "" : qPrintable(patron.error().message));
    }
    // The patrons reach the shards by replication.
    QTRY_VERIFY_WITH_TIMEOUT(combinedPatron(await(patronAtDesk(*m_cluster, u"700002"_s))).has_value(),
                             patience);
    addCopy(u"first"_s, m_north.id);
}

void TestDesk::cleanupTestCase()
{
    m_desk.reset();
    m_feed.reset();
    m_cluster.reset();
    QVERIFY(QSqlDatabase::connectionNames().isEmpty());
    m_library.reset();
}

void TestDesk::init()
{
    m_desk = std::make_unique<DeskSession>(*m_cluster, *m_feed);
    m_desk->setBranch(m_north);
}

void TestDesk::addCopy(const QString &barcode, const QUuid &branch)
{
    const auto added = await(Branchline::addCopy(
        *m_cluster,
        {.branch = branch, .book = m_book, .barcode = barcode, .material = u"book"_s, .place = {2, 3, 17}}));
    QVERIFY2(added.isOk(), added.isOk() ? "" : qPrintable(added.error().message));
}

const ScanRow *TestDesk::onlyRow(Mode mode) const
{
    ScanModel *model = m_desk->scans(mode);
    if (model->rowCount() != 1)
        return nullptr;
    return model->find(QUuid(model->index(0).data(Roles::Id).toString()));
}

void TestDesk::cardThenCopyLends()
{
    addCopy(u"800001"_s, m_north.id);
    const QAbstractItemModelTester tester(m_desk->scans(Mode::CheckOut));
    m_desk->scan(Mode::CheckOut, u" 700001 "_s);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 1); // a row at once, whatever it is
    m_desk->scan(Mode::CheckOut, u"800001"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_desk->patron().has_value(), patience);
    QCOMPARE(m_desk->patron()->displayName, u"Rosa Reader"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && onlyRow(Mode::CheckOut)->state == ScanState::Lent,
                             patience);
    QCOMPARE(onlyRow(Mode::CheckOut)->title, u"Middlemarch"_s);
    QCOMPARE(onlyRow(Mode::CheckOut)->subtitle, u"George Eliot"_s);
    QVERIFY(onlyRow(Mode::CheckOut)->statusWord.startsWith("Lent to "_L1));
    QVERIFY(!m_desk->dueDate().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(m_desk->patron()->openLoans >= 1, patience);

    m_desk->finish(Mode::CheckOut);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 0);
    QVERIFY(!m_desk->patron());
}

// Case 98
void TestDesk::sameBarcodeInFlight()
{
    addCopy(u"800002"_s, m_north.id);
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    m_desk->scan(Mode::CheckOut, u"800002"_s);
    m_desk->scan(Mode::CheckOut, u"800002"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && onlyRow(Mode::CheckOut)->state == ScanState::Lent,
                             patience);
    const auto loans = await(loansOfPatron(*m_cluster, u"700001"_s, true));
    int open = 0;
    for (const auto &answer : loans.shards) {
        for (const Loan &loan : answer.result.value())
            open += loan.barcode == "800002"_L1 ? 1 : 0;
    }
    QCOMPARE(open, 1);
}

void TestDesk::unknownBarcodeIsRefused()
{
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    m_desk->scan(Mode::CheckOut, u"no such label"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && onlyRow(Mode::CheckOut)->state == ScanState::Refused,
                             patience);
    QVERIFY(onlyRow(Mode::CheckOut)->statusDetail.first().contains("No copy has this barcode"_L1));
    QCOMPARE(m_desk->scans(Mode::CheckOut)->counts().refused, 1);
}

void TestDesk::copyWithoutPatronIsDescribed()
{
    addCopy(u"800003"_s, m_south.id);
    m_desk->scan(Mode::CheckOut, u"800003"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && onlyRow(Mode::CheckOut)->state == ScanState::Info,
                             patience);
    QCOMPARE(onlyRow(Mode::CheckOut)->statusWord, u"Available"_s);
    QVERIFY(onlyRow(Mode::CheckOut)->statusDetail.first().contains("South"_L1));
    QVERIFY(await(loansOfBranch(*m_cluster, m_south.id, true))->empty());
}

void TestDesk::copyWithoutPatronWaitsForItsShard()
{
    addCopy(u"800012"_s, m_north.id);
    QVERIFY2(m_library->stopServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    m_desk->scan(Mode::CheckOut, u"800012"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && !onlyRow(Mode::CheckOut)->statusDetail.isEmpty(),
                             patience);
    QCOMPARE(onlyRow(Mode::CheckOut)->state, ScanState::Pending);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->counts().refused, 0);
    QVERIFY2(m_library->startServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(onlyRow(Mode::CheckOut)->state, ScanState::Info, patience);
}

void TestDesk::anotherCardChangesThePatron()
{
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    m_desk->scan(Mode::CheckOut, u"700002"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_desk->patron() && m_desk->patron()->card == "700002"_L1, patience);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 0);
}

/// Closed while a copy still waits: it is lent to the patron that it was scanned for.
void TestDesk::patronStaysUntilTheScansAreAnswered()
{
    addCopy(u"800010"_s, m_north.id);
    addCopy(u"800011"_s, m_north.id);
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_desk->patron().has_value(), patience);
    m_desk->scan(Mode::CheckOut, u"800011"_s);
    m_desk->scan(Mode::CheckOut, u"800010"_s);
    m_desk->closePatron();
    QTRY_VERIFY_WITH_TIMEOUT(!m_desk->patron(), patience);
    const ScanCounts counts = m_desk->scans(Mode::CheckOut)->counts();
    QVERIFY(counts.isSettled());
    QCOMPARE(counts.lent, 2);
}

void TestDesk::returnTellsWhereTheCopyBelongs()
{
    addCopy(u"800004"_s, m_north.id);
    addCopy(u"800005"_s, m_south.id);
    m_desk->scan(Mode::CheckOut, u"700002"_s);
    m_desk->scan(Mode::CheckOut, u"800004"_s);
    m_desk->scan(Mode::CheckOut, u"800005"_s); // the other branch's copy, on the other shard
    QTRY_COMPARE_WITH_TIMEOUT(m_desk->scans(Mode::CheckOut)->counts().lent, 2, patience);

    m_desk->scan(Mode::CheckIn, u"800004"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckIn) && onlyRow(Mode::CheckIn)->state == ScanState::Returned,
                             patience);
    QCOMPARE(onlyRow(Mode::CheckIn)->statusWord, u"Shelve here"_s);
    QCOMPARE(onlyRow(Mode::CheckIn)->place, u"Floor 2, Room 3, Bookshelf 17"_s);
    m_desk->scan(Mode::CheckIn, u"800005"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_desk->scans(Mode::CheckIn)->counts().returned, 2, patience);
    QCOMPARE(m_desk->scans(Mode::CheckIn)->index(0).data(Roles::StatusWord).toString(), u"Send to South"_s);
}

void TestDesk::scansAreAnsweredInOrder()
{
    QStringList barcodes;
    for (int i = 0; i < 10; ++i) {
        barcodes << u"81%1"_s.arg(i, 4, 10, QLatin1Char('0'));
        addCopy(barcodes.last(), i % 2 == 0 ? m_north.id : m_south.id);
    }
    m_desk->scan(Mode::CheckOut, u"700002"_s);
    QStringList settled;
    connect(m_desk->scans(Mode::CheckOut), &QAbstractItemModel::dataChanged, this,
            [&](const QModelIndex &index) {
                if (index.data(Roles::State).toInt() == static_cast<int>(ScanState::Lent))
                    settled << index.data(Roles::Barcode).toString();
            });
    for (const QString &barcode : barcodes)
        m_desk->scan(Mode::CheckOut, barcode);
    QTRY_COMPARE_WITH_TIMEOUT(settled, barcodes, patience);
}

void TestDesk::scanWaitsWhileTheShardIsDown()
{
    addCopy(u"800006"_s, m_north.id);
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    QTRY_VERIFY_WITH_TIMEOUT(m_desk->patron().has_value(), patience);
    QVERIFY2(m_library->stopServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    m_desk->scan(Mode::CheckOut, u"800006"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && !onlyRow(Mode::CheckOut)->statusDetail.isEmpty(),
                             patience);
    QVERIFY(onlyRow(Mode::CheckOut)->state == ScanState::Pending ||
            onlyRow(Mode::CheckOut)->state == ScanState::Unknown);
    QVERIFY(!m_desk->scans(Mode::CheckOut)->counts().isSettled());
    m_desk->finish(Mode::CheckOut);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 1); // what waits is not thrown away
    QVERIFY2(m_library->startServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(onlyRow(Mode::CheckOut)->state, ScanState::Lent, patience);
}

void TestDesk::lightTurnsWithinThreeSeconds()
{
    ClusterMonitor monitor(*m_cluster);
    monitor.start();
    const auto light = [&](const QString &name) {
        for (const DatabaseState &state : monitor.databases()) {
            if (state.name == name)
                return state.light;
        }
        return DatabaseState::Light::Idle;
    };
    QTRY_COMPARE_WITH_TIMEOUT(light(u"tertiary_shard"_s), DatabaseState::Light::Ok, patience);
    QTRY_COMPARE_WITH_TIMEOUT(monitor.summary(), u"3 of 3 shards"_s, patience);
    QCOMPARE(monitor.login(), u"librarian"_s);

    // Frozen, not stopped: nothing but the deadline tells.
    QVERIFY2(m_library->freeze(u"tertiary_shard"_s), qPrintable(m_library->errorText()));
    QElapsedTimer timer;
    timer.start();
    QTRY_COMPARE_WITH_TIMEOUT(light(u"tertiary_shard"_s), DatabaseState::Light::Down, patience);
    QVERIFY2(timer.elapsed() <= withRoom(3000), qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(monitor.summary(), u"2 of 3 shards, missing: tertiary"_s);
    QCOMPARE(light(u"main_shard"_s), DatabaseState::Light::Ok);

    const QSignalSpy recovered(&monitor, &ClusterMonitor::recovered);
    QVERIFY2(m_library->thaw(u"tertiary_shard"_s), qPrintable(m_library->errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(recovered.size(), 1, patience);
    QCOMPARE(monitor.summary(), u"3 of 3 shards"_s);
}

void TestDesk::newestSearchWins()
{
    CatalogueSession catalogue(*m_cluster, *m_feed);
    const QAbstractItemModelTester tester(catalogue.books());
    for (const QString &words : {u"m"_s, u"mi"_s, u"mid"_s, u"middle"_s, u"zzz"_s, u"middlem"_s})
        catalogue.search(words);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.state(), CatalogueSession::State::Ready, patience);
    QCOMPARE(catalogue.words(), u"middlem"_s);
    QCOMPARE(catalogue.books()->rowCount(), 1);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.shardsTotal(), 3, patience);
    QCOMPARE(catalogue.books()->index(0, BookModel::State).data().toString(), u"Available"_s);

    catalogue.select(QUuid(catalogue.books()->index(0, 0).data(Roles::Id).toString()));
    QTRY_VERIFY_WITH_TIMEOUT(catalogue.detail().has_value() && catalogue.copiesAreComplete(), patience);
    QVERIFY(catalogue.copies()->rowCount() >= 2); // both branches
    catalogue.search(u"zzz"_s);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.state(), CatalogueSession::State::NoMatch, patience);
}

void TestDesk::silentShardIsNotKnown()
{
    QVERIFY2(m_library->stopServer(u"secondary_shard"_s), qPrintable(m_library->errorText()));
    CatalogueSession catalogue(*m_cluster, *m_feed);
    catalogue.search(u"middlemarch"_s);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.shardsMissing(), QStringList{u"secondary"_s}, patience);
    QVERIFY(catalogue.books()->index(0, BookModel::Copies).data().toString().contains("+ of "_L1));
    catalogue.select(m_book);
    QTRY_VERIFY_WITH_TIMEOUT(catalogue.copies()->rowCount() > 0, patience);
    bool southIsNotKnown = false;
    for (int row = 0; row < catalogue.copies()->rowCount(); ++row) {
        const auto text = [&](int column) {
            return catalogue.copies()->index(row, column).data().toString();
        };
        southIsNotKnown = southIsNotKnown ||
                          (text(CopyModel::Branch) == "South"_L1 && text(CopyModel::State) == "Not known"_L1);
    }
    QVERIFY(southIsNotKnown);
    QVERIFY2(m_library->startServer(u"secondary_shard"_s), qPrintable(m_library->errorText()));
}

void TestDesk::booksAreKeptWhenMainIsDown()
{
    CatalogueSession catalogue(*m_cluster, *m_feed);
    catalogue.search({});
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.state(), CatalogueSession::State::Ready, patience);
    QVERIFY2(m_library->stopServer(u"main"_s), qPrintable(m_library->errorText()));
    catalogue.search(u"middle"_s);
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.state(), CatalogueSession::State::Stale, patience);
    QVERIFY(catalogue.books()->rowCount() > 0);
    QVERIFY(catalogue.error().has_value());

    // Lending at home goes on without main.
    m_desk->scan(Mode::CheckOut, u"700001"_s);
    m_desk->scan(Mode::CheckOut, u"first"_s);
    QTRY_VERIFY_WITH_TIMEOUT(onlyRow(Mode::CheckOut) && onlyRow(Mode::CheckOut)->state == ScanState::Lent,
                             patience);

    QVERIFY2(m_library->startServer(u"main"_s), qPrintable(m_library->errorText()));
    // As the window does it: the search is repeated once main answers again.
    QTRY_VERIFY_WITH_TIMEOUT(await(m_cluster->refreshDirectory()).isOk(), patience);
    catalogue.repeatSearch();
    QTRY_COMPARE_WITH_TIMEOUT(catalogue.state(), CatalogueSession::State::Ready, patience);
}

QTEST_GUILESS_MAIN(TestDesk)
#include "tst_desk.moc"
