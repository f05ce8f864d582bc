// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Renewing loans, at the desk by the copy or by scanning for the patron who has it already.
class TestRenewal final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void on_loan_to_same_patron();
    void rescan_is_refused_like_a_renewal();
    void renewed_by_the_rule_of_the_desk();
    void renewed_from_a_desk_of_another_shard();
    void limit_of_renewals();
    void no_renewals_at_all();
    void never_earlier_than_before();
    void all_reasons_together();
    void not_on_loan();
    void renew_lost_or_claimed_data();
    void renew_lost_or_claimed();
    void repeated_call_renews_once();
    void two_desks_at_once_keep_the_limit();
    void renewal_and_return_at_once();
    void rights_are_those_of_the_desk();

private:
    QString shardOf(const BranchEntry &branch) const { return branch.shard + "_shard"_L1; }
    QString loan(const BranchEntry &branch, const CirculationAnswer &answer, const QString &column)
    {
        return m_library.value(shardOf(branch), u"SELECT %1 FROM book_lending WHERE id = '%2'"_s.arg(
                                                    column, answer.loanId.toString(QUuid::WithoutBraces)));
    }
    /// Events of the copy, such as "lent,renewed".
    QString events(const BranchEntry &branch, const QString &barcode)
    {
        return m_library.value(
            shardOf(branch),
            u"SELECT string_agg(kind, ',' ORDER BY d.id) FROM desk_event d "
            "JOIN physical_exemplars e ON e.branch_id = d.branch_id AND e.id = d.exemplar_id "
            "WHERE e.barcode = '%1' AND kind <> 'copy_added'"_s.arg(barcode));
    }
    /// Moves a loan into the past, as if its days had gone by.
    void age(const BranchEntry &branch, const CirculationAnswer &answer, int days)
    {
        m_library.sql(shardOf(branch), u"UPDATE book_lending SET lent_at = lent_at - interval '%1 days', "
                                       "due_at = due_at - interval '%1 days' WHERE id = '%2'"_s.arg(days)
                                           .arg(answer.loanId.toString(QUuid::WithoutBraces)));
    }

    PreparedLibrary m_library;
    std::unique_ptr<Cluster> m_other; ///< the desk beside
};

void TestRenewal::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_other = m_library.newCluster(u"other desk"_s);
}

/// Case 5: the patron has it, and it is scanned again for this patron: renewed, not lent a second time.
void TestRenewal::on_loan_to_same_patron()
{
    const BranchEntry branch = m_library.addBranch({}, u"Asia/Kathmandu"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 1); // one loan at a time: the rescan is none more
    const CirculationAnswer lent = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    age(branch, lent, 5);
    const QString rule = m_library.setRule(&branch, {}, {}, u"9 days"_s, 1);

    const CirculationAnswer renewed = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(renewed.loanId, lent.loanId);
    QCOMPARE(renewed.lentAt, lent.lentAt.addDays(-5));
    QCOMPARE(renewed.dueAt, endOfDay(QDateTime::currentDateTimeUtc(), 9, u"Asia/Kathmandu"_s));
    QCOMPARE(renewed.rule, rule);
    QVERIFY(renewed.reasons.empty());
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"1"_s);
    QCOMPARE(loan(branch, lent,
                  u"returned_at IS NULL AND due_at = '%1'"_s.arg(renewed.dueAt.toString(Qt::ISODate))),
             u"true"_s);
    QCOMPARE(events(branch, barcode), u"lent,renewed"_s);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM book_lending l JOIN physical_exemplars e ON e.id = l.exemplar_id "
                 "WHERE e.barcode = '%1'"_s.arg(barcode)),
             1);
    // On the day itself the date stays; it is a renewal all the same.
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Renewed);
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"2"_s);
}

void TestRenewal::rescan_is_refused_like_a_renewal()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, -1, 1);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Renewed);
    const CirculationAnswer refused = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), QStringList{u"renewal_limit"_s});
    // The rescan shows a card: one that is no longer valid counts, as it does when lending.
    m_library.sql(u"main"_s, u"UPDATE user_cards SET active = false WHERE card_number = '%1'"_s.arg(card));
    m_library.settle();
    QCOMPARE(reasonCodes(m_library.lend(branch, barcode, card)),
             (QStringList{u"inactive_card"_s, u"renewal_limit"_s}));
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
}

/// The desk's branch decides: its rule, its zone and its calendar.
void TestRenewal::renewed_by_the_rule_of_the_desk()
{
    const BranchEntry home = m_library.addBranch(u"main"_s);
    const BranchEntry desk = m_library.addBranch(u"main"_s, u"Pacific/Kiritimati"_s);
    m_library.setRule(&home, {}, {}, u"7 days"_s);
    const QString rule = m_library.setRule(&desk, {}, {}, u"30 days"_s);
    const QString barcode = m_library.addCopy(home);
    const CirculationAnswer lent = m_library.lend(home, barcode, m_library.addPatron(home));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const CirculationAnswer renewed = m_library.renew(desk, barcode);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(renewed.loanId, lent.loanId);
    QCOMPARE(renewed.copyBranch, home.id);
    QCOMPARE(renewed.rule, rule);
    QCOMPARE(renewed.dueAt, endOfDay(QDateTime::currentDateTimeUtc(), 30, u"Pacific/Kiritimati"_s));
    QCOMPARE(events(home, barcode), u"lent,renewed"_s);
}

void TestRenewal::renewed_from_a_desk_of_another_shard()
{
    const BranchEntry home = m_library.addBranch(u"secondary"_s);
    const BranchEntry desk = m_library.addBranch(u"tertiary"_s);
    const QString barcode = m_library.addCopy(home);
    const CirculationAnswer lent = m_library.lend(desk, barcode, m_library.addPatron(home));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const QUuid request = newUuid();
    const CirculationAnswer renewed = m_library.renew(desk, barcode, request);
    COMPARE_OUTCOME(renewed, Outcome::Renewed);
    QCOMPARE(renewed.requestId, request);
    QCOMPARE(loan(home, lent, u"renewals"_s), u"1"_s);
    QCOMPARE(reasonCodes(m_library.renew(desk, u"no-such-copy"_s)), QStringList{u"unknown_barcode"_s});
}

/// Case 50, as far as there are no holds: the answer says "2 of 2".
void TestRenewal::limit_of_renewals()
{
    const BranchEntry branch = m_library.addBranch();
    const QString rule = m_library.setRule(&branch, {}, {}, u"7 days"_s, -1, 2);
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer lent = m_library.lend(branch, barcode, m_library.addPatron(branch));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    COMPARE_OUTCOME(m_library.renew(branch, barcode), Outcome::Renewed);
    COMPARE_OUTCOME(m_library.renew(branch, barcode), Outcome::Renewed);
    const CirculationAnswer third = m_library.renew(branch, barcode);
    COMPARE_OUTCOME(third, Outcome::Refused);
    QCOMPARE(reasonCodes(third), QStringList{u"renewal_limit"_s});
    QVERIFY2(third.reasons.front().text.contains("2 of 2 renewals"_L1), describe(third).constData());
    QVERIFY(third.reasons.front().overridable);
    QCOMPARE(third.rule, rule);
    QCOMPARE(third.dueAt, lent.dueAt); // as it stands
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"2"_s);
    QCOMPARE(events(branch, barcode), u"lent,renewed,renewed"_s);

    // Another loan begins anew; a rule without a limit allows any number.
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, m_library.addPatron(branch)), Outcome::Lent);
    COMPARE_OUTCOME(m_library.renew(branch, barcode), Outcome::Renewed);
    m_library.setRule(&branch, {}, {}, u"7 days"_s);
    for (int round = 0; round < 3; ++round)
        COMPARE_OUTCOME(m_library.renew(branch, barcode), Outcome::Renewed);
}

void TestRenewal::no_renewals_at_all()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, -1, 0);
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, m_library.addPatron(branch)), Outcome::Lent);
    QCOMPARE(reasonCodes(m_library.renew(branch, barcode)), QStringList{u"renewal_limit"_s});
    // The rule that every new library has allows two.
    QCOMPARE(m_library.value(u"main"_s, u"SELECT max_renewals FROM loan_rules WHERE number = 1"_s), u"2"_s);
}

/// A date that was chosen further away is not taken from the patron by a renewal.
void TestRenewal::never_earlier_than_before()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer lent = await(
        checkOut(m_library.cluster(),
                 {.deskBranch = branch.id, .barcode = barcode, .card = card, .dueOn = QDate(2999, 1, 1)}));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    for (const CirculationAnswer &refused :
         {m_library.renew(branch, barcode), m_library.lend(branch, barcode, card)}) {
        COMPARE_OUTCOME(refused, Outcome::Refused);
        QCOMPARE(reasonCodes(refused), QStringList{u"no_later_due"_s});
        QVERIFY2(refused.reasons.front().text.contains("2999-01-01"_L1), describe(refused).constData());
    }
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"0"_s);
}

/// Case 26 for a renewal: everything that is against it at once. An expired patron gets none.
void TestRenewal::all_reasons_together()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, -1, 0);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    const QString patron = u"(SELECT user_id FROM user_cards WHERE card_number = '%1')"_s.arg(card);
    m_library.sql(u"main"_s,
                  u"UPDATE users SET active = false, expires_on = '2020-01-01' WHERE id = "_s + patron);
    m_library.sql(
        u"main"_s,
        u"INSERT INTO user_blocks (user_id, code, reason) VALUES (%1, 'manual', 'owes money')"_s.arg(patron));
    m_library.settle();
    m_library.sql(shardOf(branch),
                  u"UPDATE physical_exemplars SET status = 'damaged' WHERE barcode = '%1'"_s.arg(barcode));
    const CirculationAnswer refused = m_library.renew(branch, barcode);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), (QStringList{u"inactive_patron"_s, u"expired_patron"_s, u"blocked"_s,
                                                u"status"_s, u"renewal_limit"_s}));
    m_library.sql(u"main"_s, u"UPDATE loan_rules SET active = false WHERE branch_id = '%1' OR "
                             "number = 1"_s.arg(branch.id.toString(QUuid::WithoutBraces)));
    m_library.settle();
    QVERIFY(reasonCodes(m_library.renew(branch, barcode)).contains(u"no_rule"_s));
    m_library.sql(u"main"_s, u"UPDATE loan_rules SET active = true WHERE number = 1"_s);
    m_library.settle();
}

void TestRenewal::not_on_loan()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer refused = m_library.renew(branch, barcode);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), QStringList{u"not_on_loan"_s});
    QCOMPARE(events(branch, barcode), QString());
}

void TestRenewal::renew_lost_or_claimed_data()
{
    QTest::addColumn<QString>("status");
    for (const char *status : {"lost", "missing", "damaged", "withdrawn", "in_transit"})
        QTest::newRow(status) << QString::fromLatin1(status);
}

/// Case 53: refused, and the loan keeps its date.
void TestRenewal::renew_lost_or_claimed()
{
    QFETCH(const QString, status);
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer lent = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    m_library.sql(shardOf(branch),
                  u"UPDATE physical_exemplars SET status = '%1' WHERE barcode = '%2'"_s.arg(status, barcode));
    for (const CirculationAnswer &refused :
         {m_library.renew(branch, barcode), m_library.lend(branch, barcode, card)}) {
        COMPARE_OUTCOME(refused, Outcome::Refused);
        QCOMPARE(reasonCodes(refused), QStringList{u"status"_s});
        QCOMPARE(refused.reasons.front().overridable, status != "withdrawn"_L1);
    }
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"0"_s);
    QCOMPARE(events(branch, barcode), u"lent"_s);
}

void TestRenewal::repeated_call_renews_once()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer lent = m_library.lend(branch, barcode, m_library.addPatron(branch));
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    const Scan scan{.deskBranch = branch.id, .barcode = barcode};
    auto here = renew(m_library.cluster(), scan);
    auto there = renew(*m_other, scan);
    COMPARE_OUTCOME(await(here), Outcome::Renewed);
    COMPARE_OUTCOME(await(there), Outcome::Renewed);
    COMPARE_OUTCOME(await(renew(m_library.cluster(), scan)), Outcome::Renewed);
    QCOMPARE(loan(branch, lent, u"renewals"_s), u"1"_s);
    QCOMPARE(events(branch, barcode), u"lent,renewed"_s);
    // The id belongs to this renewal for ever.
    const CirculationAnswer misused = m_library.takeBack(branch, barcode, scan.requestId);
    COMPARE_OUTCOME(misused, Outcome::Failed);
    QCOMPARE(misused.error->sqlState, u"LB003"_s);
}

/// Of two desks that renew at once with one renewal left, one is refused.
void TestRenewal::two_desks_at_once_keep_the_limit()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, -1, 1);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    for (int round = 0; round < 50; ++round) {
        const CirculationAnswer lent = m_library.lend(branch, barcode, card);
        COMPARE_OUTCOME(lent, Outcome::Lent);
        auto here = renew(m_library.cluster(), {.deskBranch = branch.id, .barcode = barcode});
        // Every other time it is a rescan for the patron.
        auto there = round % 2 == 0
                         ? renew(*m_other, {.deskBranch = branch.id, .barcode = barcode})
                         : checkOut(*m_other, {.deskBranch = branch.id, .barcode = barcode, .card = card});
        const CirculationAnswer first = await(here);
        const CirculationAnswer second = await(there);
        const bool isMine = first.outcome == Outcome::Renewed;
        COMPARE_OUTCOME(isMine ? first : second, Outcome::Renewed);
        QCOMPARE(reasonCodes(isMine ? second : first), QStringList{u"renewal_limit"_s});
        QCOMPARE(loan(branch, lent, u"renewals"_s), u"1"_s);
        COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    }
}

/// Whichever comes first: a copy that came back is not renewed.
void TestRenewal::renewal_and_return_at_once()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    QVERIFY(await(m_other->refreshDirectory()).isOk());
    int renewed = 0;
    for (int round = 0; round < 50; ++round) {
        const CirculationAnswer lent = m_library.lend(branch, barcode, card);
        COMPARE_OUTCOME(lent, Outcome::Lent);
        auto there = checkIn(*m_other, {.deskBranch = branch.id, .barcode = barcode});
        auto here = renew(m_library.cluster(), {.deskBranch = branch.id, .barcode = barcode});
        COMPARE_OUTCOME(await(there), Outcome::Returned);
        const CirculationAnswer renewal = await(here);
        if (renewal.outcome == Outcome::Renewed)
            ++renewed;
        else
            QCOMPARE(reasonCodes(renewal), QStringList{u"not_on_loan"_s});
        QCOMPARE(loan(branch, lent,
                      u"returned_at IS NOT NULL AND renewals = %1"_s.arg(
                          renewal.outcome == Outcome::Renewed ? 1 : 0)),
                 u"true"_s);
    }
    qInfo("%d of 50 were renewed before they came back.", renewed);
}

void TestRenewal::rights_are_those_of_the_desk()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, m_library.addPatron(branch)), Outcome::Lent);
    const auto session = m_library.newSession(shardOf(branch));
    constexpr Statement call{
        "renew"_L1, "SELECT outcome FROM public.renew(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text)"_L1};
    m_library.sql(u"main"_s, u"UPDATE staff_assignments SET revoked_at = now() WHERE login = 'librarian' "
                             "AND right_code = 'desk'"_s);
    m_library.settle();
    QString state;
    try {
        session->exec(call, {newUuid(), branch.id, branch.epoch, branch.id, barcode});
    } catch (const DbException &e) {
        state = e.error().sqlState;
    }
    m_library.sql(u"main"_s, u"UPDATE staff_assignments SET revoked_at = NULL WHERE login = 'librarian' "
                             "AND right_code = 'desk'"_s);
    m_library.settle();
    QCOMPARE(state, u"LB004"_s);
    COMPARE_OUTCOME(m_library.renew(branch, barcode), Outcome::Renewed);
}

QTEST_GUILESS_MAIN(TestRenewal)
#include "tst_renewal.moc"
