// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/cataloguesession.h"
#include "tests/faults/faultdesk.h"
#include "tests/support/calm.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

using Mode = FaultDesk::Mode;

constexpr int patience = 15'000;
const QRegularExpression lastSeen(u"^Last seen \\d{1,2}:\\d\\d"_s);

} // namespace

/// CASES S5: a shard is down. Its copies are “Not known, last seen hh:mm”; desks elsewhere notice nothing.
class TestShardDown final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_library.heal(); }
    void shard_down_data();
    void shard_down();

private:
    [[nodiscard]] static QString cell(CatalogueSession &catalogue, const QString &branch, int column);

    FaultLibrary m_library;
    BranchEntry m_here;
    BranchEntry m_there;
    QUuid m_book;
    QString m_card;
};

void TestShardDown::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    PreparedLibrary &library = m_library.library();
    m_here = library.addBranch(u"alpha"_s);
    m_there = library.addBranch(u"beta"_s);
    m_card = library.addPatron(m_here);
    m_book = library.addBook();
    const std::pair<BranchEntry, QString> copies[] = {
        {m_here, u"here"_s}, {m_there, u"one"_s}, {m_there, u"two"_s}};
    for (const auto &[branch, barcode] : copies) {
        const NewCopy copy{.branch = branch.id, .book = m_book, .barcode = barcode, .material = u"book"_s};
        QVERIFY(await(addCopy(library.cluster(), copy)).isOk());
    }
    library.settle();
}

QString TestShardDown::cell(CatalogueSession &catalogue, const QString &branch, int column)
{
    for (int row = 0; row < catalogue.copies()->rowCount(); ++row) {
        if (catalogue.copies()->index(row, CopyModel::Branch).data().toString() == branch)
            return catalogue.copies()->index(row, column).data().toString();
    }
    return {};
}

void TestShardDown::shard_down_data()
{
    QTest::addColumn<bool>("isFrozen");
    QTest::newRow("stopped") << false;
    QTest::newRow("frozen") << true;
}

void TestShardDown::shard_down()
{
    QFETCH(bool, isFrozen);
    FaultDesk desk(m_library, m_here);
    QVERIFY(desk.takeCard(m_card));
    CatalogueSession catalogue(desk.cluster(), desk.feed());
    catalogue.search({});
    catalogue.setOnScreen(true);
    catalogue.select(m_book);
    QTRY_COMPARE_WITH_TIMEOUT(cell(catalogue, m_there.name, CopyModel::State), u"Available"_s, patience);

    if (isFrozen)
        QVERIFY(m_library.servers().freeze(u"beta_shard"_s));
    else
        m_library.stopServer(u"beta_shard"_s);
    QElapsedTimer clock;
    clock.start();
    QTRY_COMPARE_WITH_TIMEOUT(cell(catalogue, m_there.name, CopyModel::State), u"Not known"_s, patience);
    qInfo() << "not known after" << clock.elapsed() << "ms";
    QVERIFY2(lastSeen.match(cell(catalogue, m_there.name, CopyModel::Place)).hasMatch(),
             qPrintable(cell(catalogue, m_there.name, CopyModel::Place)));
    QCOMPARE(cell(catalogue, m_there.name, CopyModel::Count), u"2"_s); // as many as were seen
    QCOMPARE(cell(catalogue, m_here.name, CopyModel::State), u"Available"_s);
    QVERIFY(catalogue.copies()->summary().contains("without shard beta"_L1));

    // A book that was not looked at before: the time of the shard's last answer, and no number.
    const QUuid fresh = m_library.library().addBook();
    catalogue.select(fresh);
    QTRY_COMPARE_WITH_TIMEOUT(cell(catalogue, m_there.name, CopyModel::State), u"Not known"_s, patience);
    QVERIFY(lastSeen.match(cell(catalogue, m_there.name, CopyModel::Place)).hasMatch());
    QCOMPARE(cell(catalogue, m_there.name, CopyModel::Count), u"?"_s);

    // The desk of another branch lends, returns and renews as ever.
    const QString barcode = m_library.library().addCopy(m_here);
    for (const auto &[mode, end] : {std::pair{Mode::CheckOut, ScanState::Lent},
                                    {Mode::Renew, ScanState::Renewed},
                                    {Mode::CheckIn, ScanState::Returned}}) {
        desk.scan(mode, barcode);
        QVERIFY2(desk.waitFor(mode, barcode, end), desk.text(barcode).constData());
        QVERIFY2(desk.settledAfter(barcode) < withRoom(1500), desk.text(barcode).constData());
    }

    catalogue.select(m_book);
    m_library.heal();
    QTRY_COMPARE_WITH_TIMEOUT(cell(catalogue, m_there.name, CopyModel::State), u"Available"_s, patience);
}

QTEST_GUILESS_MAIN(TestShardDown)
#include "tst_sharddown.moc"
