// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QTimeZone>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Lending and taking back: one test function for each case of the list of circulation cases, by its name.
class TestCirculation final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void checkout_ok_closes_day_data();
    void checkout_ok_closes_day();
    void checkout_across_clock_change();
    void hourly_loan_keeps_its_minute();
    void two_open_loans_impossible();
    void unknown_barcode();
    void inactive_or_unknown_card();
    void all_blocks_reported_together();
    void limit_zero_means_none();
    void no_rule_refuses();
    void limit_counts();
    void due_on_closed_day();
    void never_open_branch();
    void checkin_plain();
    void checkin_late();
    void checkin_keeps_damage();
    void most_specific_rule_wins();
    void changed_rule_counts_at_once();
    void psql_gives_the_same_answer();
    void rights_are_those_of_the_desk();
    void chosen_due_date();
    void removed_copy_is_unknown();

private:
    void close(const BranchEntry &branch, const QString &column, const QString &value, bool isOpen = false)
    {
        m_library.sql(
            u"main"_s,
            u"INSERT INTO branch_calendar (branch_id, %1, is_open) VALUES ('%2', %3, %4)"_s.arg(
                column, branch.id.toString(QUuid::WithoutBraces), value, isOpen ? u"true"_s : u"false"_s));
    }
    QString shardOf(const BranchEntry &branch) const { return branch.shard + "_shard"_L1; }

    PreparedLibrary m_library;
};

void TestCirculation::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestCirculation::checkout_ok_closes_day_data()
{
    QTest::addColumn<QString>("zone");
    QTest::newRow("UTC") << u"UTC"_s;
    QTest::newRow("behind") << u"America/Los_Angeles"_s;
    QTest::newRow("furthest behind") << u"Pacific/Pago_Pago"_s;
    QTest::newRow("furthest ahead") << u"Pacific/Kiritimati"_s;
    QTest::newRow("quarter of an hour") << u"Asia/Kathmandu"_s;
    QTest::newRow("half an hour of summer time") << u"Australia/Lord_Howe"_s;
}

/// Case 1: a loan of seven days is due at 23:59:59 in the zone of the lending branch.
void TestCirculation::checkout_ok_closes_day()
{
    QFETCH(const QString, zone);
    const BranchEntry branch = m_library.addBranch({}, zone);
    const QString rule = m_library.setRule(&branch, {}, {}, u"7 days"_s);
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer answer = m_library.lend(branch, barcode, m_library.addPatron(branch));
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.dueAt, endOfDay(answer.lentAt, 7, zone));
    QCOMPARE(answer.rule, rule);
    QVERIFY(answer.reasons.empty());
    QCOMPARE(answer.copyBranch, branch.id);
    QCOMPARE(m_library.value(shardOf(branch),
                             u"SELECT status FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode)),
             u"lent"_s);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM book_lending WHERE id = '%1' AND returned_at IS NULL"_s.arg(
                     answer.loanId.toString(QUuid::WithoutBraces))),
             1);
}

/// Case 1: the day ends at the same time by the clock on the wall, whatever the clock does in between.
void TestCirculation::checkout_across_clock_change()
{
    const QTimeZone berlin("Europe/Berlin");
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const auto change = berlin.nextTransition(now);
    const int toChange =
        static_cast<int>(now.toTimeZone(berlin).date().daysTo(change.atUtc.toTimeZone(berlin).date()));
    const BranchEntry branch = m_library.addBranch({}, u"Europe/Berlin"_s);
    const QString card = m_library.addPatron(branch);
    for (const int days : {toChange, toChange + 3}) { // on the day of the change, and after it
        m_library.setRule(&branch, {}, {}, u"%1 days"_s.arg(days));
        const CirculationAnswer answer = m_library.lend(branch, m_library.addCopy(branch), card);
        COMPARE_OUTCOME(answer, Outcome::Lent);
        const QDateTime due = answer.dueAt.toTimeZone(berlin);
        QCOMPARE(due.time(), QTime(23, 59, 59));
        QCOMPARE(due.date(), answer.lentAt.toTimeZone(berlin).date().addDays(days));
        QVERIFY(due.offsetFromUtc() != answer.lentAt.toTimeZone(berlin).offsetFromUtc());
    }
}

/// Case 1: loans of hours keep their minute.
void TestCirculation::hourly_loan_keeps_its_minute()
{
    const BranchEntry branch = m_library.addBranch({}, u"Asia/Tokyo"_s);
    m_library.setRule(&branch, {}, {}, u"90 minutes"_s);
    const CirculationAnswer answer =
        m_library.lend(branch, m_library.addCopy(branch), m_library.addPatron(branch));
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.dueAt, answer.lentAt.addSecs(90 * 60));
}

/// Case 2: a second open loan of a copy is refused by the database, whoever writes it.
void TestCirculation::two_open_loans_impossible()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer answer = m_library.lend(branch, barcode, m_library.addPatron(branch));
    COMPARE_OUTCOME(answer, Outcome::Lent);
    const QString second =
        u"INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, due_at) "
        "SELECT branch_id, exemplar_id, user_id, lending_branch_id, due_at FROM book_lending "
        "WHERE id = '%1'"_s.arg(answer.loanId.toString(QUuid::WithoutBraces));
    const auto refused = m_library.trySql(shardOf(branch), second);
    QVERIFY(!refused.isOk());
    QCOMPARE(refused.error().sqlState, u"23505"_s);
    QCOMPARE(refused.error().kind, DbErrorKind::Conflict);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    QVERIFY(m_library.trySql(shardOf(branch), second).isOk()); // it was the open loan that stood in the way
}

/// Case 7: an unknown barcode changes nothing anywhere.
void TestCirculation::unknown_barcode()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const int events = m_library.countOnShards(u"SELECT count(*) FROM desk_event"_s);
    const int claims = m_library.countOnShards(u"SELECT count(*) FROM op_result"_s);
    for (const QString &barcode : {u"no-such-copy"_s, u"'; DROP TABLE books; --"_s, u" "_s}) {
        const CirculationAnswer out = m_library.lend(branch, barcode, card);
        COMPARE_OUTCOME(out, Outcome::Refused);
        QCOMPARE(reasonCodes(out), QStringList{u"unknown_barcode"_s});
        QVERIFY(!out.reasons.front().text.isEmpty());
        QVERIFY(!out.reasons.front().overridable);
        const CirculationAnswer in = m_library.takeBack(branch, barcode);
        COMPARE_OUTCOME(in, Outcome::Refused);
        QCOMPARE(reasonCodes(in), QStringList{u"unknown_barcode"_s});
    }
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM desk_event"_s), events);
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM op_result"_s), claims);
}

/// Case 13: an inactive card, an inactive or an unknown patron: refused, and nobody may override it.
void TestCirculation::inactive_or_unknown_card()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const QString inactiveCard = m_library.addPatron(branch);
    const QString inactivePatron = m_library.addPatron(branch);
    const QString expired = m_library.addPatron(branch);
    m_library.sql(u"main"_s,
                  u"UPDATE user_cards SET active = false WHERE card_number = '%1'"_s.arg(inactiveCard));
    m_library.sql(u"main"_s,
                  u"UPDATE users SET active = false WHERE family_name = '%1'"_s.arg(inactivePatron));
    m_library.sql(u"main"_s,
                  u"UPDATE users SET expires_on = current_date - 2 WHERE family_name = '%1'"_s.arg(expired));
    m_library.settle();
    const std::pair<QString, QString> cases[] = {{u"no-such-card"_s, u"unknown_card"_s},
                                                 {inactiveCard, u"inactive_card"_s},
                                                 {inactivePatron, u"inactive_patron"_s},
                                                 {expired, u"expired_patron"_s}};
    for (const auto &[card, code] : cases) {
        const CirculationAnswer answer = m_library.lend(branch, barcode, card);
        COMPARE_OUTCOME(answer, Outcome::Refused);
        QCOMPARE(reasonCodes(answer), QStringList{code});
        QVERIFY(!answer.reasons.front().overridable);
        QVERIFY2(!answer.reasons.front().text.contains(card), "A reason names the patron.");
    }
    QCOMPARE(m_library.value(shardOf(branch),
                             u"SELECT status FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode)),
             u"available"_s);
}

/// Everything that stands in the way is said at once.
void TestCirculation::all_blocks_reported_together()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 0);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    m_library.sql(
        u"main"_s,
        u"INSERT INTO user_blocks (user_id, code, reason, until) SELECT user_id, 'manual', 'Lost keys.', "
        "'2999-01-02 12:00Z' FROM user_cards WHERE card_number = '%1'"_s.arg(card));
    m_library.sql(shardOf(branch),
                  u"UPDATE physical_exemplars SET status = 'missing' WHERE barcode = '%1'"_s.arg(barcode));
    m_library.settle();
    const CirculationAnswer answer = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(answer, Outcome::Refused);
    QCOMPARE(reasonCodes(answer), (QStringList{u"blocked"_s, u"status"_s, u"limit"_s}));
    QVERIFY(answer.reasons.at(0).text.contains("until 2999-01-02"_L1));
}

/// Case 16: a rule with the limit 0 lends nothing.
void TestCirculation::limit_zero_means_none()
{
    const BranchEntry branch = m_library.addBranch();
    const QString rule = m_library.setRule(&branch, {}, {}, u"7 days"_s, 0);
    const CirculationAnswer answer =
        m_library.lend(branch, m_library.addCopy(branch), m_library.addPatron(branch));
    COMPARE_OUTCOME(answer, Outcome::Refused);
    QCOMPARE(reasonCodes(answer), QStringList{u"limit"_s});
    QVERIFY2(answer.reasons.front().text.contains("0 of 0"_L1), qPrintable(answer.reasons.front().text));
    QVERIFY(answer.reasons.front().text.contains("rule "_L1 + rule));
}

/// Case 16: where no rule applies, nothing is lent, and the text says so.
void TestCirculation::no_rule_refuses()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const QString card = m_library.addPatron(branch);
    const QString general =
        u"UPDATE loan_rules SET active = %1 WHERE branch_id IS NULL AND user_type_id IS NULL "
        "AND material_type_id IS NULL"_s;
    m_library.sql(u"main"_s, general.arg(u"false"_s));
    m_library.settle();
    const CirculationAnswer refused = m_library.lend(branch, barcode, card);
    m_library.sql(u"main"_s, general.arg(u"true"_s));
    m_library.settle();
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QCOMPARE(reasonCodes(refused), QStringList{u"no_rule"_s});
    QVERIFY(refused.rule.isEmpty());
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
}

/// A limit counts open loans; a copy that came back makes room again.
void TestCirculation::limit_counts()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 1);
    const QString card = m_library.addPatron(branch);
    const QString first = m_library.addCopy(branch);
    const QString second = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, first, card), Outcome::Lent);
    const CirculationAnswer refused = m_library.lend(branch, second, card);
    COMPARE_OUTCOME(refused, Outcome::Refused);
    QVERIFY2(refused.reasons.front().text.contains("1 of 1"_L1), describe(refused).constData());
    COMPARE_OUTCOME(m_library.takeBack(branch, first), Outcome::Returned);
    COMPARE_OUTCOME(m_library.lend(branch, second, card), Outcome::Lent);
}

/// Case 40: a loan that would end on a closed day ends on the next open one of the branch that lends.
void TestCirculation::due_on_closed_day()
{
    const BranchEntry owner = m_library.addBranch();
    const BranchEntry desk = m_library.addBranch({}, u"Europe/Dublin"_s);
    m_library.setRule(&desk, {}, {}, u"10 days"_s);
    const QString card = m_library.addPatron(desk);
    const QString barcode = m_library.addCopy(owner);
    const QDate today = QDateTime::currentDateTimeUtc().toTimeZone(QTimeZone("Europe/Dublin")).date();
    const QDate due = today.addDays(10);
    close(desk, u"weekday"_s, QString::number(due.dayOfWeek()));
    close(desk, u"on_date"_s, u"'%1'"_s.arg(due.addDays(1).toString(Qt::ISODate)));
    // The third day's weekday is closed, but that one date is open: the date counts.
    close(desk, u"weekday"_s, QString::number(due.addDays(2).dayOfWeek()));
    close(desk, u"on_date"_s, u"'%1'"_s.arg(due.addDays(2).toString(Qt::ISODate)), true);
    for (int weekday = 1; weekday <= 7; ++weekday)
        close(owner, u"weekday"_s, QString::number(weekday));
    m_library.settle();
    const CirculationAnswer answer = m_library.lend(desk, barcode, card);
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.copyBranch, owner.id);
    QCOMPARE(answer.dueAt.toTimeZone(QTimeZone("Europe/Dublin")),
             QDateTime(due.addDays(2), QTime(23, 59, 59), QTimeZone("Europe/Dublin")));

    // A closure that was removed counts no more.
    m_library.sql(u"main"_s,
                  u"UPDATE branch_calendar SET deleted_at = now() WHERE branch_id = '%1' AND weekday = %2"_s
                      .arg(desk.id.toString(QUuid::WithoutBraces))
                      .arg(due.dayOfWeek()));
    m_library.settle();
    const CirculationAnswer later = m_library.lend(desk, m_library.addCopy(owner), card);
    QCOMPARE(later.dueAt, endOfDay(later.lentAt, 10, u"Europe/Dublin"_s));
}

/// Case 44: a branch without any opening day still lends.
void TestCirculation::never_open_branch()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"5 days"_s);
    for (int weekday = 1; weekday <= 7; ++weekday)
        close(branch, u"weekday"_s, QString::number(weekday));
    const CirculationAnswer answer =
        m_library.lend(branch, m_library.addCopy(branch), m_library.addPatron(branch));
    COMPARE_OUTCOME(answer, Outcome::Lent);
    QCOMPARE(answer.dueAt, endOfDay(answer.lentAt, 5, u"UTC"_s));
}

/// Case 55, the part about the status: what comes back can be lent again.
void TestCirculation::checkin_plain()
{
    const BranchEntry branch = m_library.addBranch();
    const BranchEntry other = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    const QString card = m_library.addPatron(branch);
    const CirculationAnswer lent = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const CirculationAnswer returned = m_library.takeBack(other, barcode);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    QCOMPARE(returned.loanId, lent.loanId);
    QCOMPARE(returned.dueAt, lent.dueAt);
    QCOMPARE(returned.lateDays, 0);
    const Rows loan =
        m_library.sql(shardOf(branch),
                      u"SELECT e.status, e.available, l.returned_branch_id::text AS desk FROM book_lending l "
                      "JOIN physical_exemplars e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id "
                      "WHERE l.id = '%1'"_s.arg(lent.loanId.toString(QUuid::WithoutBraces)));
    QCOMPARE(loan->row(0).text("status"), u"available"_s);
    QVERIFY(loan->row(0).flag("available"));
    QCOMPARE(loan->row(0).uuid("desk"), other.id);

    const CirculationAnswer again = m_library.takeBack(branch, barcode);
    COMPARE_OUTCOME(again, Outcome::Refused);
    QCOMPARE(reasonCodes(again), QStringList{u"not_on_loan"_s});
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
}

/// Late days are counted at the lending branch; the first counts as soon as it has begun.
void TestCirculation::checkin_late()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    for (const auto &[due, late] : {std::pair{u"now() - interval '3 days'"_s, 3},
                                    {u"now() - interval '1 second'"_s, 1},
                                    {u"now() + interval '1 hour'"_s, 0}}) {
        const QString barcode = m_library.addCopy(branch);
        const CirculationAnswer lent = m_library.lend(branch, barcode, card);
        m_library.sql(shardOf(branch),
                      u"UPDATE book_lending SET lent_at = now() - interval '9 days', due_at = %1 "
                      "WHERE id = '%2'"_s.arg(due, lent.loanId.toString(QUuid::WithoutBraces)));
        const CirculationAnswer answer = m_library.takeBack(branch, barcode);
        COMPARE_OUTCOME(answer, Outcome::Returned);
        QCOMPARE(answer.lateDays, late);
    }
}

void TestCirculation::checkin_keeps_damage()
{
    const BranchEntry branch = m_library.addBranch();
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, m_library.addPatron(branch)), Outcome::Lent);
    const QString status = u"SELECT status FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode);
    m_library.sql(shardOf(branch),
                  u"UPDATE physical_exemplars SET status = 'damaged' WHERE barcode = '%1'"_s.arg(barcode));
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    QCOMPARE(m_library.value(shardOf(branch), status), u"damaged"_s);
}

/// Branch before user type before material type, in all eight combinations.
void TestCirculation::most_specific_rule_wins()
{
    const BranchEntry desk = m_library.addBranch();
    m_library.sql(u"main"_s, u"SELECT add_user_type('reader', 'Reader'), add_material_type('map', 'Map')"_s);
    const QString card = m_library.addPatron(desk, u"reader"_s);
    QStringList ruleOfWeight;
    for (int weight = 1; weight < 8; ++weight) {
        const QString rule =
            m_library.setRule(weight & 4 ? &desk : nullptr, weight & 2 ? u"reader"_s : QString(),
                              weight & 1 ? u"map"_s : QString(), u"%1 days"_s.arg(30 + weight));
        const CirculationAnswer answer = m_library.lend(desk, m_library.addCopy(desk, u"map"_s), card);
        COMPARE_OUTCOME(answer, Outcome::Lent);
        QCOMPARE(answer.rule, rule);
        QCOMPARE(answer.dueAt, endOfDay(answer.lentAt, 30 + weight, u"UTC"_s));
        ruleOfWeight << rule;
    }
    QCOMPARE(ruleOfWeight.removeDuplicates(), 0);
    // Neither a rule for something else nor one that is switched off counts.
    const BranchEntry elsewhere = m_library.addBranch();
    const CirculationAnswer other = m_library.lend(elsewhere, m_library.addCopy(desk, u"map"_s), card);
    QCOMPARE(other.rule, ruleOfWeight.at(2));
    m_library.sql(u"main"_s,
                  u"UPDATE loan_rules SET active = false WHERE number = %1"_s.arg(ruleOfWeight.at(6)));
    m_library.settle();
    QCOMPARE(m_library.lend(desk, m_library.addCopy(desk, u"map"_s), card).rule, ruleOfWeight.at(5));
}

/// A rule that somebody changes in psql on main counts for the next answer of every desk.
void TestCirculation::changed_rule_counts_at_once()
{
    const BranchEntry branch = m_library.addBranch();
    const QString rule = m_library.setRule(&branch, {}, {}, u"7 days"_s);
    const QString card = m_library.addPatron(branch);
    QCOMPARE(m_library.lend(branch, m_library.addCopy(branch), card).rule, rule);
    m_library.sql(u"main"_s,
                  u"UPDATE loan_rules SET loan_days = 3, max_open_loans = 2 WHERE number = %1"_s.arg(rule));
    const QString arrived =
        u"SELECT count(*) FROM loan_rules WHERE number = %1 AND loan_days = 3"_s.arg(rule);
    QTRY_COMPARE_WITH_TIMEOUT(m_library.countOnShards(arrived), m_library.shards().size(), 2000);
    const CirculationAnswer answer = m_library.lend(branch, m_library.addCopy(branch), card);
    QCOMPARE(answer.dueAt, endOfDay(answer.lentAt, 3, u"UTC"_s));
    QCOMPARE(reasonCodes(m_library.lend(branch, m_library.addCopy(branch), card)), QStringList{u"limit"_s});
}

/// A staff login that types the call in psql is refused for the same reasons as at the desk.
void TestCirculation::psql_gives_the_same_answer()
{
    const BranchEntry branch = m_library.addBranch();
    m_library.setRule(&branch, {}, {}, u"7 days"_s, 1);
    const QString card = m_library.addPatron(branch);
    COMPARE_OUTCOME(m_library.lend(branch, m_library.addCopy(branch), card), Outcome::Lent);
    const QString barcode = m_library.addCopy(branch);
    const CirculationAnswer desk = m_library.lend(branch, barcode, card);
    const auto psql = m_library.newSession(shardOf(branch));
    const QByteArray call =
        u"SELECT outcome, reasons::text AS reasons FROM checkout(uuid '%1', '%2', %3, '%2', '%4', '%5')"_s
            .arg(newUuid().toString(QUuid::WithoutBraces), branch.id.toString(QUuid::WithoutBraces))
            .arg(branch.epoch)
            .arg(barcode, card)
            .toUtf8();
    const Rows rows = psql->exec({"psql"_L1, QLatin1StringView(call)});
    QCOMPARE(rows->row(0).text("outcome"), u"refused"_s);
    const QJsonArray reasons = QJsonDocument::fromJson(rows->row(0).text("reasons").toUtf8()).array();
    QCOMPARE(reasons.size(), 1);
    QCOMPARE(reasons.at(0).toObject().value("code"_L1).toString(), desk.reasons.front().code);
    QCOMPARE(reasons.at(0).toObject().value("text"_L1).toString(), desk.reasons.front().text);
}

/// Who may lend at a desk is asked of the desk's branch, not of the branch that owns the copy.
void TestCirculation::rights_are_those_of_the_desk()
{
    const BranchEntry owner = m_library.addBranch(u"secondary"_s);
    const BranchEntry desk = m_library.addBranch(u"main"_s);
    const QString card = m_library.addPatron(desk);
    const QString barcode = m_library.addCopy(owner);
    m_library.ddl(u"main"_s, u"CREATE ROLE clara LOGIN IN ROLE branchline_staff"_s);
    m_library.sql(u"main"_s, u"SELECT add_staff('clara', 'Clara'), assign_right('clara', 'desk', '%1')"_s.arg(
                                 desk.id.toString(QUuid::WithoutBraces)));
    m_library.settle();
    const auto session = m_library.newSession(shardOf(owner), LocalLibrary::superuserName());
    session->execText(u"sign in"_s, u"SET SESSION AUTHORIZATION clara"_s);
    constexpr Statement call{
        "call"_L1,
        "SELECT outcome FROM public.checkout(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text, ?::text)"_L1};
    try {
        session->exec(call, {newUuid(), owner.id, owner.epoch, owner.id, barcode, card});
        QFAIL("Lent without the right.");
    } catch (const DbException &e) {
        QCOMPARE(e.error().sqlState, u"LB004"_s);
        QCOMPARE(e.error().kind, DbErrorKind::NotAllowed);
        QVERIFY2(e.error().message.contains(owner.code), qPrintable(e.error().message));
    }
    QCOMPARE(session->exec(call, {newUuid(), owner.id, owner.epoch, desk.id, barcode, card})
                 ->row(0)
                 .text("outcome"),
             u"lent"_s);
    m_library.sql(u"main"_s, u"SELECT revoke_right('clara', 'desk', '%1')"_s.arg(
                                 desk.id.toString(QUuid::WithoutBraces)));
    m_library.settle();
    try {
        session->exec(call, {newUuid(), owner.id, owner.epoch, desk.id, barcode, card});
        QFAIL("A right that was taken away still counts.");
    } catch (const DbException &e) {
        QCOMPARE(e.error().sqlState, u"LB004"_s);
    }
}

/// A day that a person chose is not moved; one in the past is an error, and nothing is written.
void TestCirculation::chosen_due_date()
{
    const BranchEntry branch = m_library.addBranch({}, u"Pacific/Auckland"_s);
    const QString card = m_library.addPatron(branch);
    Scan scan{.deskBranch = branch.id, .barcode = m_library.addCopy(branch), .card = card};
    const QDate today = QDateTime::currentDateTimeUtc().toTimeZone(QTimeZone("Pacific/Auckland")).date();
    scan.dueOn = today.addDays(-2);
    const CirculationAnswer past = await(checkOut(m_library.cluster(), scan));
    COMPARE_OUTCOME(past, Outcome::Failed);
    QCOMPARE(past.error->kind, DbErrorKind::InvalidValue);
    close(branch, u"on_date"_s, u"'%1'"_s.arg(today.addDays(4).toString(Qt::ISODate)));
    m_library.settle();
    scan.dueOn = today.addDays(4); // the same request: the first call left nothing behind
    const CirculationAnswer lent = await(checkOut(m_library.cluster(), scan));
    COMPARE_OUTCOME(lent, Outcome::Lent);
    QCOMPARE(lent.dueAt,
             endOfDay(lent.lentAt, static_cast<int>(today.daysTo(scan.dueOn)), u"Pacific/Auckland"_s));
}

void TestCirculation::removed_copy_is_unknown()
{
    const BranchEntry branch = m_library.addBranch();
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const QString remove =
        u"UPDATE physical_exemplars SET deleted_at = now() WHERE barcode = '%1'"_s.arg(barcode);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    const auto refused = m_library.trySql(shardOf(branch), remove);
    QVERIFY(!refused.isOk());
    QCOMPARE(refused.error().sqlState, u"LB007"_s);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
    QVERIFY(m_library.trySql(shardOf(branch), remove).isOk());
    const CirculationAnswer answer = m_library.lend(branch, barcode, card);
    COMPARE_OUTCOME(answer, Outcome::Refused);
    QCOMPARE(reasonCodes(answer), QStringList{u"unknown_barcode"_s});
}

QTEST_GUILESS_MAIN(TestCirculation)
#include "tst_circulation.moc"
