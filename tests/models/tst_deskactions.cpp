// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/desksession.h"
#include "tests/support/preparedlibrary.h"

#include <QAbstractItemModelTester>
#include <QTest>
#include <QTimeZone>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15000;

using Mode = DeskSession::Mode;

} // namespace

/// What a desk does beside lending and taking back: renew, undo, and look at what was scanned before.
class TestDeskActions final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void rescanRenews();
    void renewMode();
    void renewalLimitIsSaid();
    void lendIsUndone();
    void returnIsUndone();
    void renewalIsUndone();
    void undoLastGoesBackStepByStep();
    void refusedUndoSaysWhy();
    void undoWaitsForTheScansBefore();
    void lastScansForgetThePatron();
    void datesAreThoseOfTheLendingBranch();

private:
    [[nodiscard]] const ScanRow *row(Mode mode, int position = 0)
    {
        ScanModel *model = m_desk->scans(mode);
        return position < model->rowCount()
                   ? model->find(QUuid(model->index(position).data(Roles::Id).toString()))
                   : nullptr;
    }
    [[nodiscard]] bool isSettled() const { return m_desk->kept() == 0; }
    void scan(Mode mode, const QString &text)
    {
        m_desk->scan(mode, text);
        QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    }
    QString status(const QString &barcode)
    {
        return m_library.value(m_branch.shard + "_shard"_L1,
                               u"SELECT status FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode));
    }

    PreparedLibrary m_library;
    std::unique_ptr<ChangeFeed> m_feed;
    std::unique_ptr<DeskSession> m_desk;
    BranchEntry m_branch;
    QString m_card;
    QString m_copy;
};

void TestDeskActions::initTestCase()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_feed = std::make_unique<ChangeFeed>(m_library.cluster());
    m_branch = m_library.addBranch(u"main"_s);
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s, -1, 2);
    m_card = m_library.addPatron(m_branch);
}

void TestDeskActions::init()
{
    m_desk = std::make_unique<DeskSession>(m_library.cluster(), *m_feed);
    m_desk->setBranch(m_branch);
    m_copy = m_library.addCopy(m_branch);
}

/// Case 5 at the desk.
void TestDeskActions::rescanRenews()
{
    const QAbstractItemModelTester tester(m_desk->scans(Mode::CheckOut));
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    scan(Mode::CheckOut, m_copy);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 2);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Renewed);
    QVERIFY(row(Mode::CheckOut)->statusWord.startsWith("Renewed to "_L1));
    QCOMPARE(row(Mode::CheckOut)->statusDetail, QStringList{u"Was already on loan to this patron"_s});
    QVERIFY(row(Mode::CheckOut)->canUndo);
    const ScanCounts counts = m_desk->scans(Mode::CheckOut)->counts();
    QCOMPARE(counts.lent, 1);
    QCOMPARE(counts.renewed, 1);
}

/// No card is needed.
void TestDeskActions::renewMode()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_card), Outcome::Lent);
    scan(Mode::Renew, m_copy);
    QCOMPARE(row(Mode::Renew)->state, ScanState::Renewed);
    QVERIFY(row(Mode::Renew)->statusDetail.first().startsWith("7 days, rule "_L1));
    QVERIFY(!m_desk->patron());
    scan(Mode::Renew, u"no such label"_s);
    QCOMPARE(row(Mode::Renew)->state, ScanState::Refused);
    QVERIFY(row(Mode::Renew)->statusDetail.first().contains("No copy has this barcode"_L1));
    m_desk->finish(Mode::Renew);
    QCOMPARE(m_desk->scans(Mode::Renew)->rowCount(), 0);
    QCOMPARE(m_desk->lastScans()->rowCount(), 2);
}

void TestDeskActions::renewalLimitIsSaid()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_card), Outcome::Lent);
    for (int i = 0; i < 3; ++i)
        scan(Mode::Renew, m_copy);
    QCOMPARE(row(Mode::Renew)->state, ScanState::Refused);
    QVERIFY(!row(Mode::Renew)->canUndo);
    QVERIFY(row(Mode::Renew)->statusDetail.first().contains("2 of 2 renewals"_L1));
}

void TestDeskActions::lendIsUndone()
{
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    QVERIFY(row(Mode::CheckOut)->canUndo);
    m_desk->undo(row(Mode::CheckOut)->scan.requestId);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Pending); // at once
    QVERIFY(!row(Mode::CheckOut)->canUndo);
    m_desk->undo(row(Mode::CheckOut)->scan.requestId); // pressed twice
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Undone);
    QVERIFY(row(Mode::CheckOut)->statusWord.startsWith("Undone "_L1));
    QCOMPARE(row(Mode::CheckOut)->statusDetail, QStringList{u"Back on the shelf as before"_s});
    QCOMPARE(m_desk->scans(Mode::CheckOut)->counts().undone, 1);
    QCOMPARE(status(m_copy), u"available"_s);
    QVERIFY(m_desk->patron()); // the visit goes on
    scan(Mode::CheckOut, m_copy);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Lent);
    // Scanned again before the undo is answered: a scan of its own.
    QVERIFY(m_desk->undoLast(Mode::CheckOut));
    m_desk->scan(Mode::CheckOut, m_copy);
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->rowCount(), 3);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Lent);
    QCOMPARE(row(Mode::CheckOut, 1)->state, ScanState::Undone);
}

void TestDeskActions::returnIsUndone()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_card), Outcome::Lent);
    scan(Mode::CheckIn, m_copy);
    QVERIFY(m_desk->lastReturn());
    QVERIFY(m_desk->undoLast(Mode::CheckIn));
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(row(Mode::CheckIn)->state, ScanState::Undone);
    QVERIFY(row(Mode::CheckIn)->statusDetail.first().startsWith("On loan again, due "_L1));
    QVERIFY(!m_desk->lastReturn()); // the book in the hand is not to be shelved
    QCOMPARE(status(m_copy), u"lent"_s);
    QVERIFY(!m_desk->undoLast(Mode::CheckIn));
}

void TestDeskActions::renewalIsUndone()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_card), Outcome::Lent);
    scan(Mode::Renew, m_copy);
    m_desk->undo(row(Mode::Renew)->scan.requestId);
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(row(Mode::Renew)->state, ScanState::Undone);
    QVERIFY(row(Mode::Renew)->statusDetail.first().endsWith(" as before"_L1));
    QCOMPARE(status(m_copy), u"lent"_s);
}

/// Ctrl+Z pressed several times without waiting.
void TestDeskActions::undoLastGoesBackStepByStep()
{
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    scan(Mode::CheckOut, m_copy);
    QVERIFY(m_desk->undoLast(Mode::CheckOut));
    QVERIFY(m_desk->undoLast(Mode::CheckOut));
    QVERIFY(!m_desk->undoLast(Mode::CheckOut));
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(m_desk->scans(Mode::CheckOut)->counts().undone, 2);
    QCOMPARE(status(m_copy), u"available"_s);
}

/// The row says what stands, and why.
void TestDeskActions::refusedUndoSaysWhy()
{
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_copy), Outcome::Returned); // at another desk
    m_desk->undo(row(Mode::CheckOut)->scan.requestId);
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Lent);
    QVERIFY(row(Mode::CheckOut)->statusWord.startsWith("Lent to "_L1));
    QCOMPARE(row(Mode::CheckOut)->statusDetail,
             QStringList{u"Not undone. The copy has been returned since."_s});
    QVERIFY(!row(Mode::CheckOut)->canUndo);
}

void TestDeskActions::undoWaitsForTheScansBefore()
{
    const QString second = m_library.addCopy(m_branch);
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    m_desk->scan(Mode::CheckIn, m_copy); // it comes back before the undo is asked for
    m_desk->scan(Mode::CheckOut, second);
    m_desk->undo(row(Mode::CheckOut, 1)->scan.requestId);
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(row(Mode::CheckIn)->state, ScanState::Returned);
    QCOMPARE(row(Mode::CheckOut)->state, ScanState::Lent);
    QVERIFY(row(Mode::CheckOut, 1)->statusDetail.first().contains("returned since"_L1));
}

/// After the visit: time, copy and what happened, and nobody's card; still to be undone.
void TestDeskActions::lastScansForgetThePatron()
{
    const QAbstractItemModelTester tester(m_desk->lastScans());
    scan(Mode::CheckOut, m_card);
    scan(Mode::CheckOut, m_copy);
    const QString second = m_library.addCopy(m_branch);
    scan(Mode::CheckOut, second);
    m_desk->finish(Mode::CheckOut);
    QCOMPARE(m_desk->lastScans()->rowCount(), 2);
    for (const ScanRow &last : m_desk->lastScans()->rows()) {
        QVERIFY(last.scan.card.isEmpty());
        QVERIFY(last.canUndo);
        QVERIFY(last.statusDetail.first().contains(u" · "_s));
    }
    QCOMPARE(m_desk->lastScans()->index(0).data(Roles::Barcode).toString(), second);
    m_desk->undo(QUuid(m_desk->lastScans()->index(1).data(Roles::Id).toString()));
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    QCOMPARE(m_desk->lastScans()->index(1).data(Roles::State).toInt(), int(ScanState::Undone));
    QCOMPARE(status(m_copy), u"available"_s);
    QCOMPARE(status(second), u"lent"_s);

    for (int i = 0; i < 60; ++i) {
        scan(Mode::CheckIn, u"nothing %1"_s.arg(i));
        if (i % 20 == 19)
            m_desk->finish(Mode::CheckIn);
    }
    QCOMPARE(m_desk->lastScans()->rowCount(), 50);
}

/// A row keeps the day of the branch where it was scanned when the desk moves on to another branch.
void TestDeskActions::datesAreThoseOfTheLendingBranch()
{
    const BranchEntry early = m_library.addBranch(u"main"_s, u"Pacific/Kiritimati"_s);
    const BranchEntry late = m_library.addBranch(u"main"_s, u"Pacific/Pago_Pago"_s);
    m_library.setRule(&early, {}, {}, u"7 days"_s);
    m_desk->setBranch(early);
    scan(Mode::CheckOut, m_card);
    m_desk->scan(Mode::CheckOut, m_copy);
    m_desk->setBranch(late); // before the answer comes
    QTRY_VERIFY_WITH_TIMEOUT(isSettled(), patience);
    const QDate due =
        QDateTime::currentDateTimeUtc().toTimeZone(QTimeZone("Pacific/Kiritimati")).date().addDays(7);
    QCOMPARE(row(Mode::CheckOut)->statusWord, u"Lent to "_s + QLocale().toString(due, u"d MMM"_s));
    QVERIFY(row(Mode::CheckOut)->statusDetail.first().startsWith("7 days, rule "_L1));
}

QTEST_GUILESS_MAIN(TestDeskActions)
#include "tst_deskactions.moc"
