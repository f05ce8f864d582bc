// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/branch/branchcolumns.h"
#include "models/branch/branchsession.h"
#include "models/patrons/patronrecord.h"
#include "models/patrons/patronssession.h"
#include "models/roles.h"
#include "tests/support/preparedlibrary.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15000;

} // namespace

/// The lists of a branch and the record of a patron against a real library, while other desks work.
class TestBranchAndPatrons final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void listFollowsAnotherDesk();
    void ticksStayWithTheirLoans();
    void marksAreRenewed();
    void undoneLoanIsAnEventOfToday();
    void silentShardMakesTheListStale();
    void recordHasLoansOfEveryShard();
    void newPatronAppears();

private:
    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    std::unique_ptr<ChangeFeed> m_feed;
    BranchEntry m_branch;
    BranchEntry m_other;
    QString m_card;
};

void TestBranchAndPatrons::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_feed = std::make_unique<ChangeFeed>(m_library.cluster());
    m_branch = m_library.addBranch(u"main"_s);
    m_other = m_library.addBranch(u"secondary"_s);
    m_card = m_library.addPatron(m_branch);
}

/// A list that is on screen shows what another desk lends and takes back, without anybody asking for it.
void TestBranchAndPatrons::listFollowsAnotherDesk()
{
    BranchSession session(m_library.cluster(), *m_feed);
    const QAbstractItemModelTester tester(session.model(BranchList::OnLoan),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    session.setList(BranchList::OnLoan);
    session.setBranch(m_branch);
    session.setOnScreen(true);
    QTRY_VERIFY_WITH_TIMEOUT(session.isReady(), patience);
    QCOMPARE(session.model()->rowCount(), 0);

    const QString barcode = m_library.addCopy(m_branch);
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, m_card), Outcome::Lent);
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->rowCount(), 1, patience);
    QCOMPARE(session.model()->value(0, "barcode").toString(), barcode);
    QTRY_COMPARE_WITH_TIMEOUT(session.counts()->onLoan, 1, patience);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, barcode), Outcome::Returned);
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->rowCount(), 0, patience);
    QCOMPARE(session.model()->state(), PagedModel::State::Ready);
}

void TestBranchAndPatrons::ticksStayWithTheirLoans()
{
    BranchSession session(m_library.cluster(), *m_feed);
    BranchListModel *model = session.model(BranchList::OnLoan);
    session.setList(BranchList::OnLoan);
    session.setBranch(m_branch);
    QStringList barcodes;
    for (int i = 0; i < 3; ++i) {
        barcodes << m_library.addCopy(m_branch);
        COMPARE_OUTCOME(m_library.lend(m_branch, barcodes.last(), m_card), Outcome::Lent);
    }
    session.refresh();
    QTRY_COMPARE_WITH_TIMEOUT(model->rowCount(), 3, patience);
    model->sortBy(u"barcode"_s, false);
    QTRY_VERIFY_WITH_TIMEOUT(model->state() == PagedModel::State::Ready && model->isCountKnown(), patience);
    const QString first = model->value(0, "barcode").toString();
    QVERIFY(model->setData(model->index(0, 0), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(model->headerData(0, Qt::Horizontal, Qt::CheckStateRole).toInt(), int{Qt::PartiallyChecked});
    model->sortBy(u"barcode"_s, true);
    QTRY_COMPARE_WITH_TIMEOUT(model->value(2, "barcode").toString(), first, patience);
    QCOMPARE(model->index(2, 0).data(Qt::CheckStateRole).toInt(), int{Qt::Checked});
    QCOMPARE(model->index(0, 0).data(Qt::CheckStateRole).toInt(), int{Qt::Unchecked});
    QCOMPARE(model->marked().size(), 1);
    // What a filter takes out of sight is not acted upon.
    model->setFilter({.words = barcodes.last()});
    QVERIFY(model->marked().isEmpty());
}

void TestBranchAndPatrons::marksAreRenewed()
{
    Renewals renewals(m_library.cluster());
    QSignalSpy finished(&renewals, &Renewals::finished);
    const QString idle = m_library.addCopy(m_branch);
    const QString lent = m_library.addCopy(m_branch);
    COMPARE_OUTCOME(m_library.lend(m_branch, lent, m_card), Outcome::Lent);
    renewals.start(m_branch, {lent, idle});
    QVERIFY(renewals.isRunning());
    QVERIFY(finished.wait(patience));
    QCOMPARE(renewals.renewed(), 1);
    QCOMPARE(renewals.summary(), u"1 of 2 loans renewed."_s);
    QCOMPARE(Renewals::problem(renewals.answers().at(0)), QString());
    QVERIFY(!Renewals::problem(renewals.answers().at(1)).isEmpty());
}

void TestBranchAndPatrons::undoneLoanIsAnEventOfToday()
{
    const QString barcode = m_library.addCopy(m_branch);
    const CirculationAnswer lent = m_library.lend(m_branch, barcode, m_card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    COMPARE_OUTCOME(m_library.undo(m_branch, lent), Outcome::Undone);
    BranchSession session(m_library.cluster(), *m_feed);
    session.setBranch(m_branch);
    session.setList(BranchList::Today);
    BranchListModel *model = session.model();
    model->setFilter({.words = barcode, .kinds = {u"lend_undone"_s}});
    QTRY_COMPARE_WITH_TIMEOUT(model->rowCount(), 1, patience);
    QCOMPARE(model
                 ->index(0, static_cast<int>(
                                branchColumns(BranchList::Today).indexOf(BranchListModel::Column::Event)))
                 .data()
                 .toString(),
             u"Loan undone"_s);
}

void TestBranchAndPatrons::silentShardMakesTheListStale()
{
    BranchSession session(m_library.cluster(), *m_feed);
    session.setList(BranchList::OnLoan);
    session.setBranch(m_branch);
    session.setOnScreen(true);
    QTRY_VERIFY_WITH_TIMEOUT(session.isReady() && session.model()->rowCount() > 0, patience);
    const int rows = session.model()->rowCount();
    QVERIFY(m_library.servers().stopServer(u"main_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->state(), PagedModel::State::Stale, patience);
    QCOMPARE(session.model()->rowCount(), rows); // what was known stays
    QVERIFY(m_library.servers().startServer(u"main_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->state(), PagedModel::State::Ready, patience);
}

void TestBranchAndPatrons::recordHasLoansOfEveryShard()
{
    const QString far = m_library.addCopy(m_other);
    COMPARE_OUTCOME(m_library.lend(m_other, far, m_card), Outcome::Lent);
    const auto patron = await(findPatron(m_library.cluster(), m_card));
    QVERIFY(patron.isOk() && patron->has_value());
    PatronRecordSession record(m_library.cluster(), *m_feed);
    const QAbstractItemModelTester tester(record.loans(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    record.setDesk(m_branch);
    record.open((*patron)->id);
    record.setOnScreen(true);
    QTRY_VERIFY_WITH_TIMEOUT(record.isReady(), patience);
    QVERIFY(record.shardsMissing().isEmpty());
    const int all = record.loans()->rowCount();
    QVERIFY(all >= 2);

    QVERIFY(m_library.servers().stopServer(u"secondary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(record.shardsMissing(), QStringList{u"secondary"_s}, patience);
    QTRY_COMPARE_WITH_TIMEOUT(record.loans()->rowCount(), all - 1, patience);
    QVERIFY(m_library.servers().startServer(u"secondary_shard"_s));
    QTRY_VERIFY_WITH_TIMEOUT(record.shardsMissing().isEmpty(), patience);
    QTRY_COMPARE_WITH_TIMEOUT(record.loans()->rowCount(), all, patience);

    record.close();
    QCOMPARE(record.loans()->rowCount(), 0);
    QCOMPARE(record.state(), PatronRecordSession::State::Closed);
}

void TestBranchAndPatrons::newPatronAppears()
{
    PatronsSession session(m_library.cluster(), *m_feed);
    const QAbstractItemModelTester tester(session.model(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    session.setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->state(), PagedModel::State::Ready, patience);
    const int before = session.model()->rowCount();
    const QString card = m_library.addPatron(m_branch);
    QTRY_COMPARE_WITH_TIMEOUT(session.model()->rowCount(), before + 1, patience);
    session.search(card);
    QTRY_VERIFY_WITH_TIMEOUT(
        session.model()->state() == PagedModel::State::Ready && session.model()->rowCount() == 1, patience);
    QCOMPARE(session.model()->index(0, PatronListModel::Card).data().toString(), card);
}

QTEST_GUILESS_MAIN(TestBranchAndPatrons)
#include "tst_branchandpatrons.moc"
