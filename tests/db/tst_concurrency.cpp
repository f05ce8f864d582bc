// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr Statement lendStatement{"lend"_L1,
                                  "SELECT outcome, loan_id FROM public.checkout(?::uuid, ?::uuid, ?::bigint, "
                                  "?::uuid, ?::text, ?::text)"_L1};

} // namespace

/// Several desks at the same moment, and the same call more than once.
class TestConcurrency final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void same_barcode_in_flight();
    void same_barcode_scanned_twice();
    void race_of_two_desks();
    void limit_race();
    void repeated_while_the_first_runs_data();
    void repeated_while_the_first_runs();
    void repeated_later();
    void request_id_used_for_something_else();
    void wrong_isolation_level();
    void return_that_began_before_the_loan();
    void two_patrons_and_two_copies_crosswise();

private:
    QVariantList callOf(const BranchEntry &branch, const QUuid &request, const QString &barcode,
                        const QString &card) const
    {
        return {request, branch.id, branch.epoch, branch.id, barcode, card};
    }
    int loansOf(const BranchEntry &branch, const QString &barcode)
    {
        return m_library
            .value(
                branch.shard + "_shard"_L1,
                u"SELECT count(*) FROM book_lending l JOIN physical_exemplars e "
                "ON e.branch_id = l.branch_id AND e.id = l.exemplar_id WHERE e.barcode = '%1'"_s.arg(barcode))
            .toInt();
    }

    PreparedLibrary m_library;
    std::unique_ptr<Cluster> m_other; ///< the desk beside
};

void TestConcurrency::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_other = m_library.newCluster(u"other desk"_s);
}

/// Case 98: one scan that is sent twice before the answer is one loan, and both senders hear of it.
void TestConcurrency::same_barcode_in_flight()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    for (int round = 1; round <= 50; ++round) {
        const Scan scan{.deskBranch = branch.id, .barcode = barcode, .card = card};
        auto here = checkOut(m_library.cluster(), scan);
        auto there = checkOut(*m_other, scan);
        const CirculationAnswer first = await(here);
        const CirculationAnswer second = await(there);
        COMPARE_OUTCOME(first, Outcome::Lent);
        COMPARE_OUTCOME(second, Outcome::Lent);
        QCOMPARE(first.loanId, second.loanId);
        QCOMPARE(first.dueAt, second.dueAt);
        QCOMPARE(loansOf(branch, barcode), round);

        const Scan back{.deskBranch = branch.id, .barcode = barcode, .card = {}};
        auto backHere = checkIn(m_library.cluster(), back);
        auto backThere = checkIn(*m_other, back);
        COMPARE_OUTCOME(await(backHere), Outcome::Returned);
        COMPARE_OUTCOME(await(backThere), Outcome::Returned);
    }
}

/// Case 98: two scans of the same copy for the same patron are one loan too; the second renews it.
void TestConcurrency::same_barcode_scanned_twice()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    for (int round = 1; round <= 50; ++round) {
        auto here =
            checkOut(m_library.cluster(), {.deskBranch = branch.id, .barcode = barcode, .card = card});
        auto there = checkOut(*m_other, {.deskBranch = branch.id, .barcode = barcode, .card = card});
        std::vector<CirculationAnswer> answers{await(here), await(there)};
        if (answers[0].outcome != Outcome::Lent)
            std::swap(answers[0], answers[1]);
        COMPARE_OUTCOME(answers[0], Outcome::Lent);
        COMPARE_OUTCOME(answers[1], Outcome::Renewed);
        QCOMPARE(answers[1].loanId, answers[0].loanId);
        QCOMPARE(loansOf(branch, barcode), round);
        COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    }
}

/// Two desks lend the same copy at once, 200 rounds: exactly one succeeds each time.
void TestConcurrency::race_of_two_desks()
{
    const BranchEntry branch = m_library.addBranch(u"main"_s);
    const BranchEntry foreign = m_library.addBranch(u"tertiary"_s);
    const QString anna = m_library.addPatron(branch);
    const QString ben = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    int wonHere = 0;
    for (int round = 1; round <= 200; ++round) {
        // Every other time the second desk is one of another branch on another shard.
        const QUuid deskThere = round % 2 == 0 ? foreign.id : branch.id;
        auto there = checkOut(*m_other, {.deskBranch = deskThere, .barcode = barcode, .card = ben});
        auto here =
            checkOut(m_library.cluster(), {.deskBranch = branch.id, .barcode = barcode, .card = anna});
        const CirculationAnswer first = await(here);
        const CirculationAnswer second = await(there);
        const bool isMine = first.outcome == Outcome::Lent;
        COMPARE_OUTCOME(isMine ? first : second, Outcome::Lent);
        COMPARE_OUTCOME(isMine ? second : first, Outcome::Refused);
        QCOMPARE(reasonCodes(isMine ? second : first), QStringList{u"on_loan"_s});
        wonHere += isMine ? 1 : 0;
        COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    }
    QCOMPARE(loansOf(branch, barcode), 200);
    qInfo("%d of 200 rounds were won by the first desk.", wonHere);
}

/// Two desks lend a patron's last allowed loan at once: one of them, and the limit is never passed.
void TestConcurrency::limit_race()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 1);
    const QString card = m_library.addPatron(branch);
    const QString one = m_library.addCopy(branch);
    const QString two = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    for (int round = 0; round < 50; ++round) {
        auto here = checkOut(m_library.cluster(), {.deskBranch = branch.id, .barcode = one, .card = card});
        auto there = checkOut(*m_other, {.deskBranch = branch.id, .barcode = two, .card = card});
        const CirculationAnswer first = await(here);
        const CirculationAnswer second = await(there);
        const bool isOne = first.outcome == Outcome::Lent;
        COMPARE_OUTCOME(isOne ? first : second, Outcome::Lent);
        QCOMPARE(reasonCodes(isOne ? second : first), QStringList{u"limit"_s});
        COMPARE_OUTCOME(m_library.takeBack(branch, isOne ? one : two), Outcome::Returned);
    }
}

void TestConcurrency::repeated_while_the_first_runs_data()
{
    QTest::addColumn<bool>("commits");
    QTest::newRow("the first call commits") << true;
    QTest::newRow("the first call fails") << false;
}

/// The second call waits for the first and gives its answer; when the first comes to nothing, it lends.
void TestConcurrency::repeated_while_the_first_runs()
{
    QFETCH(const bool, commits);
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const QUuid request = newUuid();
    const auto session = m_library.newSession(branch.shard + "_shard"_L1);
    session->execText(u"BEGIN"_s, u"BEGIN"_s);
    const Rows first = session->exec(lendStatement, callOf(branch, request, barcode, card));
    QCOMPARE(first->row(0).text("outcome"), u"lent"_s);

    auto repeated =
        checkOut(m_library.cluster(),
                 {.requestId = request, .deskBranch = branch.id, .barcode = barcode, .card = card});
    QTRY_COMPARE_WITH_TIMEOUT(
        m_library.value(u"main"_s, u"SELECT count(*) FROM pg_stat_activity WHERE "
                                   "application_name LIKE 'test desk%' AND wait_event_type = 'Lock'"_s),
        u"1"_s, 2000);
    QVERIFY(!repeated.isFinished());
    session->execText(u"end"_s, commits ? u"COMMIT"_s : u"ROLLBACK"_s);
    const CirculationAnswer answer = await(repeated);
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.loanId == first->row(0).uuid("loan_id"), commits);
    QCOMPARE(loansOf(branch, barcode), 1);
}

/// The first answer comes again whatever happened since: also a refusal, also after the copy came back.
void TestConcurrency::repeated_later()
{
    const BranchEntry branch = m_library.addBranch();
    const QString anna = m_library.addPatron(branch);
    const QString ben = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const QUuid lending = newUuid();
    const QUuid refusal = newUuid();
    const CirculationAnswer lent = m_library.lend(branch, barcode, anna, lending);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, ben, refusal), Outcome::Refused);
    const QUuid returning = newUuid();
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode, returning), Outcome::Returned);

    const CirculationAnswer again = m_library.lend(branch, barcode, anna, lending);
    COMPARE_OUTCOME(again, Outcome::Lent);
    QCOMPARE(again.loanId, lent.loanId);
    QCOMPARE(again.dueAt, lent.dueAt);
    QCOMPARE(again.title, lent.title);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, ben, refusal), Outcome::Refused);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode, returning), Outcome::Returned);
    QCOMPARE(loansOf(branch, barcode), 1);

    // The copy leaves the library; what was answered for it stands.
    m_library.sql(branch.shard + "_shard"_L1,
                  u"UPDATE physical_exemplars SET deleted_at = now() WHERE barcode = '%1'"_s.arg(barcode));
    QCOMPARE(m_library.lend(branch, barcode, anna, lending).loanId, lent.loanId);
}

/// LB003: a request id belongs to one action for ever.
void TestConcurrency::request_id_used_for_something_else()
{
    const BranchEntry branch = m_library.addBranch();
    const QString anna = m_library.addPatron(branch);
    const QString ben = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const QUuid request = newUuid();
    COMPARE_OUTCOME(m_library.lend(branch, barcode, anna, request), Outcome::Lent);
    for (const CirculationAnswer &answer :
         {m_library.lend(branch, barcode, ben, request), m_library.takeBack(branch, barcode, request),
          await(checkOut(m_library.cluster(), {.requestId = request,
                                              .deskBranch = branch.id,
                                              .barcode = barcode,
                                              .card = anna,
                                              .dueOn = QDate(2999, 1, 1)}))}) {
        COMPARE_OUTCOME(answer, Outcome::Failed);
        QCOMPARE(answer.error->sqlState, u"LB003"_s);
        QCOMPARE(answer.error->kind, DbErrorKind::Conflict);
        QVERIFY(!answer.error->hint.isEmpty());
    }
    QCOMPARE(loansOf(branch, barcode), 1);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
}

/// LB002: with an old snapshot the fence would see nothing of a move.
void TestConcurrency::wrong_isolation_level()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const auto session = m_library.newSession(branch.shard + "_shard"_L1);
    for (const QString &level : {u"REPEATABLE READ"_s, u"SERIALIZABLE"_s}) {
        session->execText(u"BEGIN"_s, u"BEGIN ISOLATION LEVEL "_s + level);
        try {
            session->exec(lendStatement, callOf(branch, newUuid(), barcode, card));
            QFAIL("It was accepted.");
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"LB002"_s);
            QVERIFY2(e.error().message.contains(level), qPrintable(e.error().message));
        }
        session->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    }
    QCOMPARE(session->exec(lendStatement, callOf(branch, newUuid(), barcode, card))->row(0).text("outcome"),
             u"lent"_s);
}

/// A return that waits for the call that lends may have begun before it; the loan still ends after its
/// beginning.
void TestConcurrency::return_that_began_before_the_loan()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const auto session = m_library.newSession(branch.shard + "_shard"_L1);
    constexpr Statement take{
        "take"_L1, "SELECT outcome FROM public.checkin(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text)"_L1};
    session->execText(u"BEGIN"_s, u"BEGIN; SELECT now()"_s);
    const CirculationAnswer lent = m_library.lend(branch, barcode, m_library.addPatron(branch));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const Rows rows = session->exec(take, {newUuid(), branch.id, branch.epoch, branch.id, barcode});
    QCOMPARE(rows->row(0).text("outcome"), u"returned"_s);
    session->execText(u"COMMIT"_s, u"COMMIT"_s);
    QCOMPARE(m_library.value(branch.shard + "_shard"_L1,
                             u"SELECT returned_at = lent_at FROM book_lending WHERE id = '%1'"_s.arg(
                                 lent.loanId.toString(QUuid::WithoutBraces))),
             u"true"_s);
}

/// Locks are taken in one order, so that desks that lend crosswise never block each other for ever.
void TestConcurrency::two_patrons_and_two_copies_crosswise()
{
    const BranchEntry branch = m_library.addBranch();
    const QStringList cards{m_library.addPatron(branch), m_library.addPatron(branch)};
    const QStringList barcodes{m_library.addCopy(branch), m_library.addCopy(branch)};
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    for (int round = 0; round < 50; ++round) {
        QList<QFuture<CirculationAnswer>> calls;
        for (int i = 0; i < 2; ++i) {
            calls << checkOut(m_library.cluster(),
                              {.deskBranch = branch.id, .barcode = barcodes.at(i), .card = cards.at(i)})
                  << checkOut(*m_other,
                              {.deskBranch = branch.id, .barcode = barcodes.at(i), .card = cards.at(1 - i)});
        }
        int lent = 0;
        for (const auto &call : calls) {
            const CirculationAnswer answer = await(call);
            QVERIFY2(!answer.error, describe(answer).constData());
            lent += answer.outcome == Outcome::Lent ? 1 : 0;
        }
        QCOMPARE(lent, 2);
        for (const QString &barcode : barcodes)
            COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    }
}

QTEST_GUILESS_MAIN(TestConcurrency)
#include "tst_concurrency.moc"
