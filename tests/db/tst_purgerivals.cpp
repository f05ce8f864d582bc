// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/reconcile.h"
#include "tests/support/purgelibrary.h"

#include <QTest>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// What others do while a patron is purged, and what may bring somebody back afterwards.
class TestPurgeRivals final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void what_is_being_saved_is_waited_for();
    void old_snapshot_lends_nothing();
    void blanks_by_its_own_block_only();
    void block_stays();
    void charges_stay_settled();
    void nothing_tells_whose_it_was();
    void purged_row_is_held();
    void old_answers_go();
    void restored_shard();

private:
    using Person = PurgeLibrary::Person;
    using Killed = PurgeLibrary::Killed;

    [[nodiscard]] QString stateOfSql(const QString &database, const QString &text)
    {
        const auto result = m_library.trySql(database, text);
        return result.isOk() ? QString() : result.error().sqlState;
    }
    /// As a superuser whom no trigger keeps from it.
    void force(const QString &database, const QString &text)
    {
        m_library.ddl(database, u"SET session_replication_role = replica; %1; RESET "
                                "session_replication_role"_s.arg(text));
    }
    [[nodiscard]] QString blockOf(const Person &person)
    {
        return m_library.value(u"main"_s,
                               u"SELECT block_id FROM patron_purges WHERE id = '%1'"_s.arg(person.idText()));
    }
    void refuse(const Person &person)
    {
        m_library.sql(u"main"_s, u"SELECT refuse_purge('%1', '%2')"_s.arg(person.idText(), blockOf(person)));
    }

    PurgeLibrary m_purges;
    PreparedLibrary &m_library = m_purges.library();
};

void TestPurgeRivals::initTestCase()
{
    QVERIFY(m_purges.start());
}

/// A form and a block that are being saved at other desks when the patron is blanked.
void TestPurgeRivals::what_is_being_saved_is_waited_for()
{
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, u"checked"_s));
    const auto form = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    const auto block = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    auto saving = std::make_unique<Transaction>(*form);
    form->execText(u"save"_s,
                   u"UPDATE users SET email = 'second@%2' WHERE id = '%1'; INSERT INTO user_cards "
                   "(user_id, card_number) VALUES ('%1', 'second-%2')"_s.arg(person.idText(), person.word));
    auto blocking = std::make_unique<Transaction>(*block);
    block->execText(u"block"_s, u"INSERT INTO user_blocks (user_id, code, reason) VALUES ('%1', 'manual', "
                                "'%2 shouted at staff')"_s.arg(person.idText(), person.word));
    auto blanked = std::async(std::launch::async, [&, own = blockOf(person)] {
        const auto session = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
        session->execText(u"blank"_s, u"SELECT blank_patron('%1', '%2')"_s.arg(person.idText(), own));
    });
    QTRY_COMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
                                            "'Lock' AND query LIKE '%blank_patron%'"_s),
                 u"1"_s);
    saving->commit();
    blocking->commit();
    blanked.get();
    // What comes now has missed it.
    QCOMPARE(stateOfSql(u"main"_s, u"INSERT INTO user_cards (user_id, card_number) VALUES ('%1', "
                                   "'third-%2')"_s.arg(person.idText(), person.word)),
             u"LB007"_s);
    QVERIFY(m_purges.done(person.card).rows.isDone());
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
}

void TestPurgeRivals::old_snapshot_lends_nothing()
{
    const Person person = m_purges.makePerson();
    const QString copy = m_library.addCopy(m_purges.alpha());
    const auto desk = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    desk->execText(u"begin"_s, u"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"_s);
    QVERIFY(m_purges.done(person.card).rows.isDone());
    QString state;
    try {
        desk->execText(u"lend"_s, u"INSERT INTO book_lending (branch_id, exemplar_id, user_id, "
                                  "lending_branch_id, due_at) SELECT branch_id, id, '%1', branch_id, now() + "
                                  "interval '7 days' FROM physical_exemplars WHERE barcode = '%2'"_s.arg(
                                      person.idText(), copy));
    } catch (const DbException &e) {
        state = e.error().sqlState;
    }
    QCOMPARE(state, u"LB002"_s);
}

/// Of two purges of the same patron one is refused, the copy is lent, and a third begins: the answers of the
/// other are about a block that is gone.
void TestPurgeRivals::blanks_by_its_own_block_only()
{
    const Person person = m_purges.makePerson();
    const QString copy = m_library.addCopy(m_purges.alpha());
    const auto others = [&](QLatin1StringView step) {
        if (step != "checked"_L1)
            return;
        refuse(person);
        m_library.settle();
        COMPARE_OUTCOME(m_library.lend(m_purges.alpha(), copy, person.card), Outcome::Lent);
        m_library.sql(u"main"_s, u"SELECT begin_purge('%1')"_s.arg(person.idText()));
    };
    const auto report = purgePatron(m_library.cluster(), person.card, {.progress = others});
    QVERIFY(report.isOk());
    QCOMPARE(report->refusal.code, u"block_ended"_s);
    QCOMPARE(m_purges.phaseOf(person), u"blocked"_s); // the third one's
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT count(*) FROM book_lending AS l JOIN users_ref AS u "
                                               "ON u.id = l.user_id WHERE u.id = '%1' AND l.returned_at IS "
                                               "NULL AND u.deleted_at IS NULL"_s.arg(person.idText())),
             u"1"_s);
    refuse(person);
}

void TestPurgeRivals::block_stays()
{
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, u"checked"_s));
    const QString end = u"SELECT end_block('%1')"_s.arg(blockOf(person));
    const QString remove =
        u"UPDATE user_blocks SET deleted_at = now() WHERE id = '%1'"_s.arg(blockOf(person));
    QCOMPARE(stateOfSql(u"main"_s, end), u"LB007"_s);
    QVERIFY(m_purges.done(person.card).rows.isDone());
    QCOMPARE(stateOfSql(u"main"_s, remove), u"LB007"_s);
    QCOMPARE(stateOfSql(u"main"_s, u"INSERT INTO user_blocks (user_id, code, reason) VALUES ('%1', 'manual', "
                                   "'Was %2')"_s.arg(person.idText(), person.word)),
             u"LB007"_s);
}

void TestPurgeRivals::charges_stay_settled()
{
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, u"checked"_s));
    const QString own = u"(SELECT id FROM charges WHERE user_id = '%1')"_s.arg(person.idText());
    const auto payment = [&](const QString &kind) {
        return u"INSERT INTO payments (branch_id, charge_id, kind, amount) SELECT branch_id, id, '%1', 0.5 "
               "FROM charges WHERE id = %2"_s.arg(kind, own);
    };
    for (const QString &change :
         {payment(u"refunded"_s), u"UPDATE charges SET amount = 50 WHERE id = "_s + own,
          u"UPDATE payments SET deleted_at = now() WHERE charge_id = "_s + own,
          u"UPDATE payments SET amount = 1 WHERE charge_id = "_s + own})
        QCOMPARE(stateOfSql(u"beta_shard"_s, change), u"LB007"_s);
    QCOMPARE(stateOfSql(u"beta_shard"_s, payment(u"paid"_s)), QString());
    QVERIFY(m_purges.done(person.card).rows.isDone());
}

/// The request of a loan has the hash of the card, which is short enough to be tried.
void TestPurgeRivals::nothing_tells_whose_it_was()
{
    const Person person = m_purges.makePerson();
    const auto hashes = [&](const QString &among) {
        return m_library.value(
            u"alpha_shard"_s,
            u"SELECT coalesce(string_agg(quote_literal(args_hash), ','), '') FROM op_result WHERE %1"_s.arg(
                among));
    };
    const QString before = hashes(u"result -> 'patron' ->> 'id' = '%1'"_s.arg(person.idText()));
    QVERIFY(before.count("'"_L1) >= 6); // refused, lent, returned
    QCOMPARE_NE(
        m_library.value(u"alpha_shard"_s, u"SELECT count(request_id) FROM book_lending WHERE user_id = "
                                          "'%1'"_s.arg(person.idText())),
        u"0"_s);
    QVERIFY(m_purges.done(person.card).rows.isDone());
    QCOMPARE(hashes(u"args_hash IN (%1)"_s.arg(before)), QString());
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT count(request_id) FROM book_lending WHERE user_id = "
                                               "anonymous_patron()"_s),
             u"0"_s);
}

void TestPurgeRivals::purged_row_is_held()
{
    const Person person = m_purges.makePerson();
    const QString row = u" WHERE id = '%1'"_s.arg(person.idText());
    // Nobody is purged by halves, and nobody is called so.
    QCOMPARE(stateOfSql(u"main"_s, u"UPDATE users SET purged_at = now()"_s + row), u"23514"_s);
    QCOMPARE(stateOfSql(u"main"_s, u"UPDATE users SET family_name = '(purged)'"_s + row), u"23514"_s);
    QVERIFY(m_purges.done(person.card).rows.isDone());
    QCOMPARE(stateOfSql(u"main"_s, u"UPDATE users_ref SET family_name = 'Miller again'"_s + row), u"LB007"_s);
}

/// What a desk was answered names patrons, and is of no use after a month.
void TestPurgeRivals::old_answers_go()
{
    const Person person = m_purges.makePerson();
    const auto answers = [&] {
        return m_library.value(
            u"alpha_shard"_s,
            u"SELECT count(*) FROM op_result WHERE result -> 'patron' ->> 'id' = '%1'"_s.arg(
                person.idText()));
    };
    const QString before = answers();
    const QString trim = u"SELECT trim_change_log()"_s;
    m_library.sql(u"alpha_shard"_s, trim);
    QCOMPARE(answers(), before);
    m_library.sql(u"alpha_shard"_s, u"UPDATE op_result SET at = at - interval '29 days' WHERE result -> "
                                    "'patron' ->> 'id' = '%1'"_s.arg(person.idText()));
    m_library.sql(u"alpha_shard"_s, trim);
    QCOMPARE(answers(), before);
    m_library.sql(u"alpha_shard"_s, u"UPDATE op_result SET at = at - interval '1 day' WHERE result -> "
                                    "'patron' ->> 'id' = '%1'"_s.arg(person.idText()));
    m_library.sql(u"alpha_shard"_s, trim);
    QCOMPARE(answers(), u"0"_s);
}

/// A shard from before the purge: its own rows still know the person, one loan is open again.
void TestPurgeRivals::restored_shard()
{
    const Person person = m_purges.makePerson();
    QVERIFY(m_purges.done(person.card).rows.isDone());
    force(
        u"beta_shard"_s,
        u"UPDATE book_lending SET user_id = '%1', override_reason = 'Friend of %2', returned_at = NULL, "
        "returned_branch_id = NULL WHERE id = (SELECT max(id::text)::uuid FROM book_lending WHERE user_id = "
        "anonymous_patron()); UPDATE physical_exemplars AS e SET status = 'lent' FROM book_lending AS l "
        "WHERE l.user_id = '%1' AND e.id = l.exemplar_id; INSERT INTO op_result (branch_id, request_id, "
        "function, args_hash, result) SELECT branch_id, gen_random_uuid(), 'checkout', '', "
        "jsonb_build_object('patron', jsonb_build_object('id', '%1', 'display_name', '%2'), 'loan_id', id) "
        "FROM book_lending WHERE user_id = '%1'"_s.arg(person.idText(), person.word));
    QVERIFY(!m_purges.placesOf(person.word).isEmpty());
    const auto result = reconcile(m_library.adminAddresses(), {.isRepairWanted = true});
    QVERIFY2(result.isOk(), qPrintable(result.isOk() ? QString() : result.error().message));
    const auto of = [&](const std::vector<Finding> &findings) {
        return std::any_of(findings.begin(), findings.end(), [&](const Finding &one) {
            return one.code == "purge_unfinished"_L1 && one.database == "beta_shard"_L1 &&
                   one.keys == QStringList(person.idText());
        });
    };
    QVERIFY(of(result->findings));
    QVERIFY(!of(result->left));
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT count(*) FROM book_lending WHERE user_id = "
                                              "anonymous_patron() AND returned_at IS NULL"_s),
             u"1"_s);
}

QTEST_GUILESS_MAIN(TestPurgeRivals)
#include "tst_purgerivals.moc"
