// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/loans.h"
#include "db/cluster/statistics.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Branches on several shards, each a server of its own, of which some stop or move.
class TestSharding final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void one_open_loan_across_shards();
    void rows_stay_on_their_shard();
    void stale_epoch_is_refused();
    void stale_epoch_is_rerouted();
    void moved_branch_is_followed();
    void stats_say_what_they_cover();
    void figures_of_all_are_those_of_each();
    void main_down();

private:
    QString id(const BranchEntry &branch) const { return branch.id.toString(QUuid::WithoutBraces); }

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
};

void TestSharding::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// Case S1: a copy of a branch on one shard, lent at a desk of a branch on another: the loan stands on the
/// copy's shard, names the desk's branch, and is the only one.
void TestSharding::one_open_loan_across_shards()
{
    const BranchEntry desk = m_library.addBranch(u"main"_s);
    const BranchEntry owner = m_library.addBranch(u"secondary"_s);
    const QString anna = m_library.addPatron(desk);
    const QString ben = m_library.addPatron(owner);
    const QString barcode = m_library.addCopy(owner);
    const CirculationAnswer answer = m_library.lend(desk, barcode, anna);
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.copyBranch, owner.id);
    const QString where =
        u"FROM book_lending WHERE id = '%1'"_s.arg(answer.loanId.toString(QUuid::WithoutBraces));
    const Rows loan = m_library.sql(
        u"secondary_shard"_s, u"SELECT branch_id::text AS owner, lending_branch_id::text AS desk "_s + where);
    QCOMPARE(loan->rowCount(), 1);
    QCOMPARE(loan->row(0).uuid("owner"), owner.id);
    QCOMPARE(loan->row(0).uuid("desk"), desk.id);
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) "_s + where), 1);

    // Wherever somebody else tries, it is on loan.
    for (const BranchEntry &place : {desk, owner}) {
        const CirculationAnswer second = m_library.lend(place, barcode, ben);
        COMPARE_OUTCOME(second, Outcome::Refused);
        QCOMPARE(reasonCodes(second), QStringList{u"on_loan"_s});
    }
    const CirculationAnswer renewed = m_library.lend(desk, barcode, anna);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(renewed.loanId, answer.loanId);

    const auto loans = await(loansOfPatron(m_library.cluster(), anna, true));
    QVERIFY(loans.isComplete());
    size_t open = 0;
    for (const auto &shard : loans.shards)
        open += shard.result->size();
    QCOMPARE(open, 1U);
    const CirculationAnswer returned = m_library.takeBack(desk, barcode);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    QCOMPARE(returned.loanId, answer.loanId);
}

/// Each shard holds rows of its own branches only, and main holds none.
void TestSharding::rows_stay_on_their_shard()
{
    for (const QString &shard : m_library.shards()) {
        const BranchEntry branch = m_library.addBranch(shard);
        COMPARE_OUTCOME(m_library.lend(branch, m_library.addCopy(branch), m_library.addPatron(branch)),
                        Outcome::Lent);
        for (const QString &other : m_library.shards()) {
            const QString rows = m_library.value(
                other + "_shard"_L1,
                u"SELECT (SELECT count(*) FROM physical_exemplars WHERE branch_id = '%1') "
                "+ (SELECT count(*) FROM book_lending WHERE branch_id = '%1') "
                "+ (SELECT count(*) FROM branch_placement WHERE branch_id = '%1')"_s.arg(id(branch)));
            QCOMPARE(rows, other == shard ? u"3"_s : u"0"_s);
        }
    }
    QCOMPARE(
        m_library.value(
            u"main"_s,
            u"SELECT to_regclass('book_lending') IS NULL AND to_regclass('physical_exemplars') IS NULL"_s),
        u"true"_s);
}

/// LB001: the shard decides. Whoever comes with another epoch is sent away, and nothing is written.
void TestSharding::stale_epoch_is_refused()
{
    const BranchEntry branch = m_library.addBranch(u"main"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const auto session = m_library.newSession(u"main_shard"_s);
    constexpr Statement call{
        "call"_L1,
        "SELECT outcome FROM public.checkout(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text, ?::text)"_L1};
    const auto refused = [&](const QUuid &branchId, qint64 epoch) {
        try {
            session->exec(call, {newUuid(), branchId, epoch, branch.id, barcode, card});
        } catch (const DbException &e) {
            return e.error();
        }
        return DbError{.message = u"It was accepted."_s};
    };
    const BranchEntry elsewhere = m_library.addBranch(u"tertiary"_s);
    QCOMPARE(refused(branch.id, branch.epoch + 1).sqlState, u"LB001"_s);
    QCOMPARE(refused(branch.id, 0).kind, DbErrorKind::StalePlacement);
    QCOMPARE(refused(elsewhere.id, elsewhere.epoch).sqlState, u"LB001"_s);
    QCOMPARE(refused(newUuid(), 1).sqlState, u"LB001"_s);
    for (const QString &state : {u"incoming"_s, u"fenced"_s, u"retired"_s}) {
        m_library.sql(
            u"main_shard"_s,
            u"UPDATE branch_placement SET state = '%1' WHERE branch_id = '%2'"_s.arg(state, id(branch)));
        const DbError error = refused(branch.id, branch.epoch);
        QCOMPARE(error.sqlState, u"LB001"_s);
        QVERIFY2(error.message.contains(state), qPrintable(error.message));
    }
    QCOMPARE(m_library.value(u"main_shard"_s,
                             u"SELECT count(*) FROM book_lending WHERE branch_id = '%1'"_s.arg(id(branch))),
             u"0"_s);
    m_library.sql(u"main_shard"_s,
                  u"UPDATE branch_placement SET state = 'active' WHERE branch_id = '%1'"_s.arg(id(branch)));
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
}

/// A desk that knows an old epoch reads the directory again and lends, with the same request id.
void TestSharding::stale_epoch_is_rerouted()
{
    const BranchEntry branch = m_library.addBranch(u"main"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    for (const QString &database : {u"main"_s, u"main_shard"_s})
        m_library.sql(database,
                      u"UPDATE branch_placement SET epoch = 7 WHERE branch_id = '%1'"_s.arg(id(branch)));
    QCOMPARE(m_library.cluster().directory()->branch(branch.id)->epoch, 1);
    const QUuid request = newUuid();
    const CirculationAnswer answer = m_library.lend(branch, barcode, card, request);
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.requestId, request);
    QCOMPARE(m_library.cluster().directory()->branch(branch.id)->epoch, 7);
    QCOMPARE(m_library.value(u"main_shard"_s, u"SELECT count(*) FROM op_result WHERE request_id = '%1'"_s.arg(
                                                  request.toString(QUuid::WithoutBraces))),
             u"1"_s);

    // When main itself is behind, the refusal reaches the desk after one more try.
    m_library.sql(u"main_shard"_s,
                  u"UPDATE branch_placement SET epoch = 8 WHERE branch_id = '%1'"_s.arg(id(branch)));
    const CirculationAnswer refused = m_library.takeBack(branch, barcode);
    COMPARE_OUTCOME(refused, Outcome::Failed);
    QCOMPARE(refused.error->kind, DbErrorKind::StalePlacement);
}

/// A branch that moved to another shard is found there, lent once, by a desk that did not know.
void TestSharding::moved_branch_is_followed()
{
    const BranchEntry branch = m_library.addBranch(u"main"_s);
    const QString card = m_library.addPatron(branch);
    const QUuid book = m_library.addBook();
    QTRY_COMPARE(
        m_library.value(u"secondary_shard"_s, u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(
                                                  book.toString(QUuid::WithoutBraces))),
        u"1"_s);
    m_library.sql(u"secondary_shard"_s,
                  u"INSERT INTO branch_placement (branch_id, epoch, state) VALUES ('%1', 2, 'active')"_s.arg(
                      id(branch)));
    m_library.sql(u"secondary_shard"_s,
                  u"INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id) "
                  "SELECT '%1', 'moved-copy', '%2', id FROM material_types WHERE code = 'book'"_s.arg(
                      id(branch), book.toString(QUuid::WithoutBraces)));
    m_library.sql(
        u"main_shard"_s,
        u"UPDATE branch_placement SET state = 'retired', moved_to = 'secondary' WHERE branch_id = '%1'"_s.arg(
            id(branch)));
    m_library.sql(
        u"main"_s,
        u"UPDATE branch_placement SET epoch = 2, shard_id = (SELECT id FROM shards WHERE name = 'secondary') WHERE branch_id = '%1'"_s
            .arg(id(branch)));
    const CirculationAnswer answer = m_library.lend(branch, u"moved-copy"_s, card);
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(m_library.cluster().directory()->branch(branch.id)->shard, u"secondary"_s);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM book_lending WHERE branch_id = '%1'"_s.arg(id(branch))),
             1);
}

/// Case S8: with one shard stopped every figure says that it covers two of three, and which is missing;
/// desks of the other shards go on, and all is complete when the shard is back.
void TestSharding::stats_say_what_they_cover()
{
    const BranchEntry up = m_library.addBranch(u"main"_s);
    const BranchEntry down = m_library.addBranch(u"tertiary"_s);
    const QString card = m_library.addPatron(up);
    const QString here = m_library.addCopy(up);
    const QString there = m_library.addCopy(down);
    const auto before = await(libraryStatistics(m_library.cluster()));
    QVERIFY(before.isComplete());
    QCOMPARE(before.total(), 3);

    QVERIFY2(m_library.servers().stopServer(u"tertiary_shard"_s),
             qPrintable(m_library.servers().errorText()));
    const auto during = await(libraryStatistics(m_library.cluster()));
    QCOMPARE(during.answered(), 2);
    QCOMPARE(during.total(), 3);
    QCOMPARE(during.missing(), QStringList{u"tertiary"_s});
    QVERIFY(!during.isComplete());
    QVERIFY(qAbs(during.asOf.secsTo(QDateTime::currentDateTimeUtc())) < 5);
    QVERIFY(totalOf(during).copies < totalOf(before).copies);
    QCOMPARE(during.shards.at(2).result.error().kind, DbErrorKind::Unreachable);

    COMPARE_OUTCOME(m_library.lend(up, here, card), Outcome::Lent);
    const CirculationAnswer foreign = m_library.lend(up, there, card);
    COMPARE_OUTCOME(foreign, Outcome::Failed);
    QCOMPARE(foreign.error->kind, DbErrorKind::Unreachable);
    QCOMPARE(foreign.error->database, u"tertiary_shard"_s);
    // A desk of the stopped shard still lends what lives elsewhere.
    COMPARE_OUTCOME(m_library.takeBack(down, here), Outcome::Returned);

    QVERIFY2(m_library.servers().startServer(u"tertiary_shard"_s),
             qPrintable(m_library.servers().errorText()));
    QTRY_VERIFY_WITH_TIMEOUT(await(libraryStatistics(m_library.cluster())).isComplete(), 3000);
    COMPARE_OUTCOME(m_library.lend(up, there, card), Outcome::Lent);
}

/// The figures of all branches are made by statements of their own.
void TestSharding::figures_of_all_are_those_of_each()
{
    const BranchEntry busy = m_library.addBranch(u"main"_s);
    const BranchEntry empty = m_library.addBranch(u"main"_s);
    const QString card = m_library.addPatron(busy);
    COMPARE_OUTCOME(m_library.lend(busy, m_library.addCopy(busy), card), Outcome::Lent);
    const QString late = m_library.addCopy(busy);
    COMPARE_OUTCOME(m_library.lend(busy, late, card), Outcome::Lent);
    m_library.sql(
        u"main_shard"_s,
        u"UPDATE book_lending SET lent_at = now() - interval '9 days', due_at = now() - interval '1 day' "
        "WHERE returned_at IS NULL AND exemplar_id = "
        "(SELECT id FROM physical_exemplars WHERE barcode = '%1')"_s.arg(late));
    (void)m_library.addCopy(busy);

    qsizetype branches = 0;
    const auto answers = await(libraryStatistics(m_library.cluster()));
    QVERIFY(answers.isComplete());
    for (const auto &shard : answers.shards) {
        for (const BranchFigures &all : *shard.result) {
            const BranchFigures one = await(branchStatistics(m_library.cluster(), all.branch)).valueOrThrow();
            QCOMPARE(all.code, one.code);
            const auto numbers = [](const BranchFigures &f) {
                return QList<qint64>{f.copies, f.available, f.lent, f.overdue};
            };
            QCOMPARE(numbers(all), numbers(one));
            if (all.branch == busy.id)
                QCOMPARE(numbers(all), (QList<qint64>{3, 1, 2, 1}));
            if (all.branch == empty.id)
                QCOMPARE(numbers(all), (QList<qint64>{0, 0, 0, 0}));
            ++branches;
        }
    }
    QCOMPARE(branches, static_cast<qsizetype>(m_library.cluster().directory()->branches().size()));
}

/// With main stopped a desk lends and takes back what its shard holds, also one that starts only then.
void TestSharding::main_down()
{
    const BranchEntry branch = m_library.addBranch(u"secondary"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_library.cluster().refreshDirectory()).isOk());
    QVERIFY2(m_library.servers().stopServer(u"main"_s), qPrintable(m_library.servers().errorText()));
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    const CirculationAnswer unknown = m_library.lend(branch, u"no-such-copy"_s, card);
    COMPARE_OUTCOME(unknown, Outcome::Failed); // whether it exists elsewhere cannot be said
    QCOMPARE(unknown.error->database, u"main"_s);

    const auto late = m_library.newCluster(u"late desk"_s);
    const CirculationAnswer lent =
        await(checkOut(*late, {.deskBranch = branch.id, .barcode = barcode, .card = card}));
    COMPARE_OUTCOME(lent, Outcome::Lent);

    QVERIFY2(m_library.servers().startServer(u"main"_s), qPrintable(m_library.servers().errorText()));
    QTRY_VERIFY_WITH_TIMEOUT(await(m_library.cluster().refreshDirectory()).isOk(), 3000);
}

QTEST_GUILESS_MAIN(TestSharding)
#include "tst_sharding.moc"
