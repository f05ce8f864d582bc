// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr Statement undoStatement{
    "undo"_L1, "SELECT outcome FROM public.undo(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::uuid)"_L1};

} // namespace

/// Taking back a lend, a return or a renewal: exactly once, and only while nothing else has happened.
class TestUndo final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void lend_is_taken_back();
    void return_is_taken_back();
    void return_keeps_what_the_copy_was();
    void renewal_is_taken_back();
    void from_the_last_to_the_first();
    void undone_from_another_shard();
    void refused_when_something_happened_data();
    void refused_when_something_happened();
    void nothing_to_undo();
    void a_second_undo_is_refused();
    void once_even_when_the_state_comes_again();
    void same_request_repeats_the_answer();
    void too_old();
    void rights_at_both_desks();
    void limit_counts_an_undone_return();
    void two_undos_at_once();
    void undo_and_a_return_at_once();
    void undo_of_a_return_and_a_loan_at_once();
    void lost_connections_undo_once();

private:
    QString shard() const { return m_branch.shard + "_shard"_L1; }
    QString value(const QString &text) { return m_library.value(shard(), text); }
    QString loan(const CirculationAnswer &answer, const QString &column)
    {
        return value(u"SELECT %1 FROM book_lending WHERE id = '%2'"_s.arg(
            column, answer.loanId.toString(QUuid::WithoutBraces)));
    }
    QString status(const QString &barcode)
    {
        return value(u"SELECT status FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode));
    }
    /// Events of the copy, such as "lent,lend_undone".
    QString events(const QString &barcode)
    {
        return value(u"SELECT string_agg(kind, ',' ORDER BY d.at, d.id) FROM desk_event d "
                     "JOIN physical_exemplars e ON e.branch_id = d.branch_id AND e.id = d.exemplar_id "
                     "WHERE e.barcode = '%1' AND kind <> 'copy_added'"_s.arg(barcode));
    }
    /// How many loans of the copy any list shows.
    QString listed(const QString &barcode)
    {
        return value(u"SELECT count(*) FROM loan_list WHERE barcode = '%1'"_s.arg(barcode));
    }

    PreparedLibrary m_library;
    std::unique_ptr<Cluster> m_other; ///< the desk beside
    BranchEntry m_branch;
    QString m_anna;
    QString m_ben;
    QString m_copy;
};

void TestUndo::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_other = m_library.newCluster(u"other desk"_s);
    m_branch = m_library.addBranch(u"secondary"_s);
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s);
    m_anna = m_library.addPatron(m_branch);
    m_ben = m_library.addPatron(m_branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
}

void TestUndo::init()
{
    m_copy = m_library.addCopy(m_branch);
}

/// The copy is as before; the loan stays in its table, and no list shows it.
void TestUndo::lend_is_taken_back()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const CirculationAnswer undone = m_library.undo(m_branch, lent);
    COMPARE_OUTCOME(undone, Outcome::Undone);
    QCOMPARE(undone.loanId, lent.loanId);
    QCOMPARE(undone.title, lent.title);
    QCOMPARE(status(m_copy), u"available"_s);
    QCOMPARE(loan(lent, u"undone_at IS NOT NULL AND returned_at IS NOT NULL"_s), u"true"_s);
    QCOMPARE(listed(m_copy), u"0"_s);
    QCOMPARE(events(m_copy), u"lent,lend_undone"_s);
    QCOMPARE(reasonCodes(m_library.takeBack(m_branch, m_copy)), QStringList{u"not_on_loan"_s});
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_ben), Outcome::Lent);
    QCOMPARE(listed(m_copy), u"1"_s);
}

void TestUndo::return_is_taken_back()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    const CirculationAnswer returned = m_library.takeBack(m_branch, m_copy);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    const CirculationAnswer undone = m_library.undo(m_branch, returned);
    COMPARE_OUTCOME(undone, Outcome::Undone);
    QCOMPARE(undone.loanId, lent.loanId);
    QCOMPARE(undone.dueAt, lent.dueAt);
    QCOMPARE(status(m_copy), u"lent"_s);
    QCOMPARE(loan(lent, u"returned_at IS NULL AND returned_branch_id IS NULL"_s), u"true"_s);
    QCOMPARE(events(m_copy), u"lent,returned,return_undone"_s);
    QCOMPARE(reasonCodes(m_library.lend(m_branch, m_copy, m_ben)), QStringList{u"on_loan"_s});
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_copy), Outcome::Returned);
}

/// A lost copy that came back by mistake is lost again.
void TestUndo::return_keeps_what_the_copy_was()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_anna), Outcome::Lent);
    m_library.sql(shard(),
                  u"UPDATE physical_exemplars SET status = 'lost' WHERE barcode = '%1'"_s.arg(m_copy));
    const CirculationAnswer returned = m_library.takeBack(m_branch, m_copy);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    QCOMPARE(status(m_copy), u"available"_s);
    COMPARE_OUTCOME(m_library.undo(m_branch, returned), Outcome::Undone);
    QCOMPARE(status(m_copy), u"lost"_s);
}

void TestUndo::renewal_is_taken_back()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    m_library.sql(shard(),
                  u"UPDATE book_lending SET lent_at = lent_at - interval '3 days', due_at = due_at - "
                  "interval '3 days', rule_number = 4711 WHERE id = '%1'"_s.arg(
                      lent.loanId.toString(QUuid::WithoutBraces)));
    for (const bool isRescan : {false, true}) {
        const CirculationAnswer renewed =
            isRescan ? m_library.lend(m_branch, m_copy, m_anna) : m_library.renew(m_branch, m_copy);
        COMPARE_OUTCOME(renewed, Outcome::Renewed);
        QCOMPARE(renewed.dueAt, lent.dueAt);
        const CirculationAnswer undone = m_library.undo(m_branch, renewed);
        COMPARE_OUTCOME(undone, Outcome::Undone);
        QCOMPARE(undone.dueAt, lent.dueAt.addDays(-3));
        QCOMPARE(loan(lent, u"renewals"_s), u"0"_s);
        QCOMPARE(loan(lent, u"rule_number"_s), u"4711"_s);
        QCOMPARE(status(m_copy), u"lent"_s);
    }
    QCOMPARE(events(m_copy), u"lent,renewed,renewal_undone,renewed,renewal_undone"_s);
}

/// Ctrl+Z again and again: each step finds the state it left.
void TestUndo::from_the_last_to_the_first()
{
    std::vector<CirculationAnswer> done;
    done.push_back(m_library.lend(m_branch, m_copy, m_anna));
    done.push_back(m_library.renew(m_branch, m_copy));
    done.push_back(m_library.takeBack(m_branch, m_copy));
    done.push_back(m_library.lend(m_branch, m_copy, m_ben));
    done.push_back(m_library.takeBack(m_branch, m_copy));
    for (size_t i = 0; i + 1 < done.size(); ++i)
        QCOMPARE(reasonCodes(m_library.undo(m_branch, done[i])), QStringList{u"changed_since"_s});
    for (auto step = done.rbegin(); step != done.rend(); ++step)
        COMPARE_OUTCOME(m_library.undo(m_branch, *step), Outcome::Undone);
    QCOMPARE(status(m_copy), u"available"_s);
    QCOMPARE(listed(m_copy), u"0"_s);
    for (const CirculationAnswer &step : done)
        QCOMPARE(reasonCodes(m_library.undo(m_branch, step)), QStringList{u"already_undone"_s});
}

void TestUndo::undone_from_another_shard()
{
    const BranchEntry desk = m_library.addBranch(u"tertiary"_s);
    const CirculationAnswer lent = m_library.lend(desk, m_copy, m_anna);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    QCOMPARE(lent.copyBranch, m_branch.id);
    COMPARE_OUTCOME(m_library.undo(desk, lent), Outcome::Undone);
    QCOMPARE(status(m_copy), u"available"_s);
    QCOMPARE(value(u"SELECT d.desk_branch_id = '%1' FROM desk_event d WHERE kind = 'lend_undone' "
                   "ORDER BY d.at DESC LIMIT 1"_s.arg(desk.id.toString(QUuid::WithoutBraces))),
             u"true"_s);
}

void TestUndo::refused_when_something_happened_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("then");
    QTest::addColumn<QString>("words");
    QTest::newRow("lent, then renewed") << u"lend"_s << u"renew"_s << u"renewed since"_s;
    QTest::newRow("lent, then returned") << u"lend"_s << u"return"_s << u"returned since"_s;
    QTest::newRow("lent, then lost") << u"lend"_s << u"lose"_s << u"marked as lost since"_s;
    QTest::newRow("lent, then due earlier") << u"lend"_s << u"recall"_s << u"due date has been changed"_s;
    QTest::newRow("renewed, then renewed") << u"renew"_s << u"renew"_s << u"renewed since"_s;
    QTest::newRow("renewed, then returned") << u"renew"_s << u"return"_s << u"returned since"_s;
    QTest::newRow("returned, then lent") << u"return"_s << u"lend"_s << u"lent again since"_s;
    QTest::newRow("returned, then lent and returned")
        << u"return"_s << u"lend and return"_s << u"lent again since"_s;
    QTest::newRow("returned, then missing") << u"return"_s << u"miss"_s << u"marked as missing since"_s;
    QTest::newRow("returned, then removed") << u"return"_s << u"remove"_s << u"removed"_s;
}

/// The refusal says what happened, and changes nothing.
void TestUndo::refused_when_something_happened()
{
    QFETCH(const QString, first);
    QFETCH(const QString, then);
    QFETCH(const QString, words);
    const auto act = [this](const QString &action) -> CirculationAnswer {
        const QString set = u"UPDATE physical_exemplars SET %1 WHERE barcode = '"_s + m_copy + u'\'';
        if (action == "lose"_L1)
            m_library.sql(shard(), set.arg(u"status = 'lost'"_s));
        else if (action == "miss"_L1)
            m_library.sql(shard(), set.arg(u"status = 'missing'"_s));
        else if (action == "remove"_L1)
            m_library.sql(shard(), set.arg(u"deleted_at = now()"_s));
        else if (action == "recall"_L1)
            m_library.sql(shard(), u"UPDATE book_lending SET due_at = due_at - interval '1 day' WHERE "
                                   "returned_at IS NULL"_s);
        else if (action == "renew"_L1)
            return m_library.renew(m_branch, m_copy);
        else if (action == "return"_L1)
            return m_library.takeBack(m_branch, m_copy);
        else if (action == "lend"_L1)
            return m_library.lend(m_branch, m_copy, m_ben);
        return {};
    };
    CirculationAnswer done = m_library.lend(m_branch, m_copy, m_anna);
    if (first != "lend"_L1)
        done = act(first);
    QVERIFY2(!done.error && done.outcome != Outcome::Refused, describe(done).constData());
    for (const QString &action : then.split(u" and "_s))
        act(action);
    const QString before = events(m_copy);
    const CirculationAnswer refused = m_library.undo(m_branch, done);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), QStringList{u"changed_since"_s});
    QVERIFY2(refused.reasons.front().text.contains(words), describe(refused).constData());
    QCOMPARE(events(m_copy), before);
}

void TestUndo::nothing_to_undo()
{
    const CirculationAnswer refused = m_library.takeBack(m_branch, m_copy);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(m_library.undo(m_branch, refused)), QStringList{u"nothing_to_undo"_s});
    CirculationAnswer never = refused;
    never.requestId = newUuid();
    QCOMPARE(reasonCodes(m_library.undo(m_branch, never)), QStringList{u"nothing_to_undo"_s});
    // An undo is not undone; what it took back is simply done again.
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    CirculationAnswer undone = m_library.undo(m_branch, lent);
    undone.copyBranch = m_branch.id;
    QCOMPARE(reasonCodes(m_library.undo(m_branch, undone)), QStringList{u"nothing_to_undo"_s});
}

void TestUndo::a_second_undo_is_refused()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    COMPARE_OUTCOME(m_library.undo(m_branch, lent), Outcome::Undone);
    QCOMPARE(reasonCodes(m_library.undo(m_branch, lent)), QStringList{u"already_undone"_s});
    QCOMPARE(events(m_copy), u"lent,lend_undone"_s);
}

/// A renewal is undone and made again: the loan looks as it did, but it is another renewal.
void TestUndo::once_even_when_the_state_comes_again()
{
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_anna), Outcome::Lent);
    const CirculationAnswer first = m_library.renew(m_branch, m_copy);
    COMPARE_OUTCOME(m_library.undo(m_branch, first), Outcome::Undone);
    const CirculationAnswer second = m_library.renew(m_branch, m_copy);
    COMPARE_OUTCOME(second, Outcome::Renewed);
    QCOMPARE(second.dueAt, first.dueAt);
    QCOMPARE(reasonCodes(m_library.undo(m_branch, first)), QStringList{u"already_undone"_s});
    QCOMPARE(loan(second, u"renewals"_s), u"1"_s);
}

/// The same id gives the first answer, also a refusal, whatever happened since; another use is LB003.
void TestUndo::same_request_repeats_the_answer()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    const QUuid undoing = newUuid();
    const QUuid refusal = newUuid();
    COMPARE_OUTCOME(m_library.undo(m_branch, lent, undoing), Outcome::Undone);
    COMPARE_OUTCOME(m_library.undo(m_branch, lent, refusal), Outcome::Refused);
    const CirculationAnswer later = m_library.lend(m_branch, m_copy, m_ben);
    COMPARE_OUTCOME(later, Outcome::Lent);
    COMPARE_OUTCOME(m_library.undo(m_branch, lent, undoing), Outcome::Undone);
    QCOMPARE(reasonCodes(m_library.undo(m_branch, lent, refusal)), QStringList{u"already_undone"_s});
    QCOMPARE(loan(later, u"returned_at IS NULL"_s), u"true"_s);
    const CirculationAnswer misused = m_library.undo(m_branch, later, undoing);
    COMPARE_OUTCOME(misused, Outcome::Failed);
    QCOMPARE(misused.error->sqlState, u"LB003"_s);
    // The scan that was undone still has its first answer.
    COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_anna, lent.requestId), Outcome::Lent);
}

void TestUndo::too_old()
{
    const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
    const QString made = u"UPDATE op_result SET at = now() - interval '%1' WHERE request_id = '"_s +
                         lent.requestId.toString(QUuid::WithoutBraces) + u'\'';
    m_library.sql(shard(), made.arg(u"24 hours 1 minute"_s));
    QCOMPARE(reasonCodes(m_library.undo(m_branch, lent)), QStringList{u"too_old"_s});
    m_library.sql(shard(), made.arg(u"23 hours 59 minutes"_s));
    COMPARE_OUTCOME(m_library.undo(m_branch, lent), Outcome::Undone);
}

/// Who may work at this desk only cannot take back what another branch's desk has done.
void TestUndo::rights_at_both_desks()
{
    const BranchEntry elsewhere = m_library.addBranch();
    const CirculationAnswer lent = m_library.lend(elsewhere, m_copy, m_anna);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const auto session = m_library.newSession(shard());
    const auto stateOf = [&] {
        try {
            session->exec(undoStatement,
                          {newUuid(), m_branch.id, m_branch.epoch, m_branch.id, lent.requestId});
        } catch (const DbException &e) {
            return e.error().sqlState;
        }
        return u"done"_s;
    };
    const QString desk = u" WHERE login = 'librarian' AND right_code = 'desk' AND branch_id IS NULL"_s;
    m_library.sql(u"main"_s, u"UPDATE staff_assignments SET revoked_at = now()"_s + desk);
    m_library.settle();
    const QString without = stateOf();
    m_library.sql(u"main"_s, u"INSERT INTO staff_assignments (login, right_code, branch_id) VALUES "
                             "('librarian', 'desk', '%1')"_s.arg(m_branch.id.toString(QUuid::WithoutBraces)));
    m_library.settle();
    const QString here = stateOf();
    m_library.sql(u"main"_s, u"UPDATE staff_assignments SET revoked_at = NULL"_s + desk);
    m_library.settle();
    QCOMPARE(without, u"LB004"_s);
    QCOMPARE(here, u"LB004"_s);
    QCOMPARE(stateOf(), u"done"_s);
    QCOMPARE(status(m_copy), u"available"_s);
}

/// The loan that is open again takes its place among the patron's loans.
void TestUndo::limit_counts_an_undone_return()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 1);
    const QString card = m_library.addPatron(branch);
    const QString one = m_library.addCopy(branch);
    const QString two = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, one, card), Outcome::Lent);
    const CirculationAnswer returned = m_library.takeBack(branch, one);
    COMPARE_OUTCOME(m_library.undo(branch, returned), Outcome::Undone);
    QCOMPARE(reasonCodes(m_library.lend(branch, two, card)), QStringList{u"limit"_s});
    // And a lend that was undone takes none.
    const CirculationAnswer again = m_library.takeBack(branch, one);
    COMPARE_OUTCOME(again, Outcome::Returned);
    const CirculationAnswer mistake = m_library.lend(branch, two, card);
    COMPARE_OUTCOME(m_library.undo(branch, mistake), Outcome::Undone);
    COMPARE_OUTCOME(m_library.lend(branch, one, card), Outcome::Lent);
}

/// Two desks undo the same scan: one of them, and the other hears that it is done.
void TestUndo::two_undos_at_once()
{
    for (int round = 0; round < 50; ++round) {
        const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
        COMPARE_OUTCOME(lent, Outcome::Lent);
        UndoRequest request{.deskBranch = m_branch.id,
                            .copyBranch = m_branch.id,
                            .undoneRequestId = lent.requestId,
                            .barcode = m_copy};
        auto here = undo(m_library.cluster(), request);
        request.requestId = newUuid();
        auto there = undo(*m_other, request);
        const CirculationAnswer first = await(here);
        const CirculationAnswer second = await(there);
        const bool isMine = first.outcome == Outcome::Undone;
        COMPARE_OUTCOME(isMine ? first : second, Outcome::Undone);
        QCOMPARE(reasonCodes(isMine ? second : first), QStringList{u"already_undone"_s});
    }
    QCOMPARE(value(u"SELECT count(*) FROM desk_event d JOIN physical_exemplars e ON e.id = d.exemplar_id "
                   "WHERE e.barcode = '%1' AND kind = 'lend_undone'"_s.arg(m_copy)),
             u"50"_s);
}

/// The copy comes back at one desk while the lend is undone at the other: one of both happens.
void TestUndo::undo_and_a_return_at_once()
{
    int undone = 0;
    for (int round = 0; round < 50; ++round) {
        const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
        COMPARE_OUTCOME(lent, Outcome::Lent);
        auto there = checkIn(*m_other, {.deskBranch = m_branch.id, .barcode = m_copy});
        auto here =
            undo(m_library.cluster(),
                 {.deskBranch = m_branch.id, .copyBranch = m_branch.id, .undoneRequestId = lent.requestId});
        const CirculationAnswer undoing = await(here);
        const CirculationAnswer returning = await(there);
        if (undoing.outcome == Outcome::Undone) {
            ++undone;
            QCOMPARE(reasonCodes(returning), QStringList{u"not_on_loan"_s});
        } else {
            QCOMPARE(reasonCodes(undoing), QStringList{u"changed_since"_s});
            COMPARE_OUTCOME(returning, Outcome::Returned);
        }
        QCOMPARE(status(m_copy), u"available"_s);
    }
    QCOMPARE(listed(m_copy).toInt(), 50 - undone);
    qInfo("%d of 50 were undone before they came back.", undone);
}

/// Ben borrows the copy while Anna's return is undone: never are both without a refusal.
void TestUndo::undo_of_a_return_and_a_loan_at_once()
{
    int undone = 0;
    for (int round = 0; round < 50; ++round) {
        COMPARE_OUTCOME(m_library.lend(m_branch, m_copy, m_anna), Outcome::Lent);
        const CirculationAnswer returned = m_library.takeBack(m_branch, m_copy);
        COMPARE_OUTCOME(returned, Outcome::Returned);
        auto there = checkOut(*m_other, {.deskBranch = m_branch.id, .barcode = m_copy, .card = m_ben});
        auto here = undo(
            m_library.cluster(),
            {.deskBranch = m_branch.id, .copyBranch = m_branch.id, .undoneRequestId = returned.requestId});
        const CirculationAnswer undoing = await(here);
        const CirculationAnswer lending = await(there);
        if (undoing.outcome == Outcome::Undone) {
            ++undone;
            QCOMPARE(reasonCodes(lending), QStringList{u"on_loan"_s});
        } else {
            QCOMPARE(reasonCodes(undoing), QStringList{u"changed_since"_s});
            COMPARE_OUTCOME(lending, Outcome::Lent);
        }
        COMPARE_OUTCOME(m_library.takeBack(m_branch, m_copy), Outcome::Returned);
    }
    qInfo("%d of 50 were undone before the copy was lent.", undone);
}

/// The connection breaks somewhere during the call; the desk asks again with the same id.
void TestUndo::lost_connections_undo_once()
{
    const auto session = m_library.newSession(shard(), LocalLibrary::superuserName());
    constexpr Statement cut{"cut"_L1, "SELECT count(pg_terminate_backend(pid)) AS cut FROM pg_stat_activity "
                                      "WHERE application_name LIKE 'other desk%' AND state <> 'idle'"_L1};
    constexpr int rounds = 60;
    qint64 cuts = 0;
    int repeated = 0;
    for (int round = 0; round < rounds; ++round) {
        const CirculationAnswer lent = m_library.lend(m_branch, m_copy, m_anna);
        COMPARE_OUTCOME(lent, Outcome::Lent);
        const UndoRequest request{.deskBranch = m_branch.id,
                                  .copyBranch = m_branch.id,
                                  .undoneRequestId = lent.requestId,
                                  .barcode = m_copy};
        auto asked = undo(*m_other, request);
        // The repetition that the data layer makes by itself is cut as well.
        for (const qint64 most = cuts + 2; !asked.isFinished() && cuts < most;)
            cuts += session->exec(cut)->row(0).number("cut");
        CirculationAnswer answer = await(asked);
        const auto isAnswered = [&] {
            if (answer.error) {
                ++repeated;
                answer = await(undo(*m_other, request));
            }
            return !answer.error;
        };
        QTRY_VERIFY_WITH_TIMEOUT(isAnswered(), 10000);
        COMPARE_OUTCOME(answer, Outcome::Undone);
    }
    QCOMPARE(value(u"SELECT count(*) FILTER (WHERE kind = 'lent') || ' ' || "
                   "count(*) FILTER (WHERE kind = 'lend_undone') FROM desk_event d "
                   "JOIN physical_exemplars e ON e.id = d.exemplar_id WHERE e.barcode = '%1'"_s.arg(m_copy)),
             u"%1 %1"_s.arg(rounds));
    QVERIFY(cuts > 0);
    qInfo("%d undos, %lld connections cut, asked again %d times.", rounds, cuts, repeated);
}

QTEST_GUILESS_MAIN(TestUndo)
#include "tst_undo.moc"
