// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patronediting.h"
#include "tests/support/ctl.h"
#include "tests/support/purgelibrary.h"

#include <QTest>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Taking a person out of the library: all of it or nothing, whatever happens in between.
class TestPurge final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void nothing_is_left_anywhere();
    void the_log_loses_values_only();
    void open_loan_is_refused();
    void open_charge_is_refused();
    void shard_down_changes_nothing();
    void dry_run_changes_nothing();
    void no_loan_after_the_check();
    void waits_for_a_loan_on_its_way();
    void killed_between_steps_data();
    void killed_between_steps();
    void shard_down_after_the_blanking();
    void purged_patron_cannot_be_restored();
    void command();
    void commandBesideAnEarlierOne();
    void earlier_card_of_a_patron();
    void cut_off_is_told_and_lifted();
    void error_lifts_the_block();

private:
    using Person = PurgeLibrary::Person;
    using Killed = PurgeLibrary::Killed;

    PurgeLibrary m_purges;
    PreparedLibrary &m_library = m_purges.library();
};

void TestPurge::initTestCase()
{
    QVERIFY(m_purges.start());
}

void TestPurge::nothing_is_left_anywhere()
{
    const Person person = m_purges.makePerson();
    const Person other = m_purges.makePerson();
    const QStringList before = m_purges.placesOf(person.word);
    for (const auto place :
         {"main users.family_name"_L1, "main users_ref.display_name"_L1, "main user_cards.card_number"_L1,
          "main user_blocks.reason"_L1, "main audit_log.new"_L1, "alpha_shard users_ref.family_name"_L1,
          "alpha_shard op_result.result"_L1, "beta_shard book_lending.override_reason"_L1,
          "beta_shard audit_log.new"_L1, "beta_shard payments.note"_L1})
        QVERIFY2(before.contains(place), qPrintable(place + u" is not in "_s + before.join(u", "_s)));
    const QStringList ofOther = m_purges.placesOf(other.word);

    const PurgeReport report = m_purges.done(person.card);
    QCOMPARE(report.refusal.code, QString());
    QCOMPARE(report.rows.loans, 2);
    QCOMPARE(report.rows.charges, 1);
    QCOMPARE(report.rows.isDone(), true);
    m_library.settle();
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
    // Whose a loan was is known nowhere: not in the loans, and not in what the log says of them.
    for (const QString &database : {u"alpha_shard"_s, u"beta_shard"_s}) {
        QCOMPARE(m_library.value(database, u"SELECT count(*) FROM book_lending WHERE user_id = '%1'"_s.arg(
                                               person.idText())),
                 u"0"_s);
        QCOMPARE(
            m_library.value(
                database, u"SELECT count(*) FROM audit_log WHERE strpos(concat(old::text, new::text), '%1') "
                          "> 0"_s.arg(person.idText())),
            u"0"_s);
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM op_result WHERE strpos(result::text, '%1') > 0"_s.arg(
                                     person.idText())),
                 u"0"_s);
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM book_lending WHERE user_id = anonymous_patron()"_s),
                 u"1"_s);
    }
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT phase FROM patron_purges WHERE id = '%1'"_s.arg(person.idText())),
        u"done"_s);
    QCOMPARE(m_purges.placesOf(other.word), ofOther);
}

/// The fact stays: who did what to which row, and when.
void TestPurge::the_log_loses_values_only()
{
    const Person person = m_purges.makePerson();
    const auto facts = [&](const QString &database) {
        return m_library.value(
            database,
            u"SELECT count(*) || md5(string_agg(concat(id, at, txid, actor, op, table_name, row_id, "
            "branch_id), '' ORDER BY id)) FROM audit_log WHERE txid <= %1"_s.arg(
                m_library.value(database, u"SELECT coalesce(current_setting('test.mark', true), "
                                          "'0')"_s)));
    };
    QStringList before;
    for (const QString &database : m_purges.databases()) {
        m_library.ddl(database, u"SELECT set_config('test.mark', txid_current()::text, false)"_s);
        before << facts(database);
    }
    QVERIFY(m_purges.purge(person.card).isOk());
    QStringList after;
    for (const QString &database : m_purges.databases())
        after << facts(database);
    QCOMPARE(after, before);
    // Only the owner of the table comes so far, and whoever it is: nothing but the person can be taken out.
    for (const auto change :
         {"new = NULL"_L1, "new = '{}'"_L1, "actor = 'x'"_L1, "new = new - 'family_name'"_L1,
          "new = jsonb_set(new, '{family_name}', '\"Another\"')"_L1, "at = now()"_L1,
          "old = without_person(old), row_id = NULL"_L1})
        QCOMPARE(
            m_library
                .trySql(u"main"_s,
                        u"UPDATE audit_log SET %1 WHERE table_name = 'users' AND op = 'insert' AND new ->> "
                        "'family_name' IS NOT NULL"_s.arg(change))
                .error()
                .sqlState,
            u"LB010"_s);
}

void TestPurge::open_loan_is_refused()
{
    const Person person = m_purges.makePerson();
    const QString copy = m_library.addCopy(m_purges.beta());
    COMPARE_OUTCOME(m_library.lend(m_purges.beta(), copy, person.card), Outcome::Lent);
    const QString before = m_purges.stateOf(person);
    const PurgeReport report = m_purges.done(person.card);
    QCOMPARE(report.refusal.code, u"open_loans"_s);
    QCOMPARE(report.refusal.subject, u"1"_s);
    QCOMPARE(m_purges.stateOf(person), before);
    m_library.settle();
    // The patron lends on.
    COMPARE_OUTCOME(m_library.lend(m_purges.alpha(), m_library.addCopy(m_purges.alpha()), person.card),
                    Outcome::Lent);
}

void TestPurge::open_charge_is_refused()
{
    const Person person = m_purges.makePerson();
    m_library.ddl(u"beta_shard"_s,
                  u"INSERT INTO payments (branch_id, charge_id, kind, amount) SELECT branch_id, id, "
                  "'refunded', 0.01 FROM charges WHERE user_id = '%1'"_s.arg(person.idText()));
    const QString before = m_purges.stateOf(person);
    const PurgeReport report = m_purges.done(person.card);
    QCOMPARE(report.refusal.code, u"open_charges"_s);
    QCOMPARE(m_purges.stateOf(person), before);
}

void TestPurge::shard_down_changes_nothing()
{
    const Person person = m_purges.makePerson();
    const QString before = m_purges.stateOf(person);
    QVERIFY(m_library.servers().stopServer(u"beta_shard"_s));
    const PurgeReport report = m_purges.done(person.card);
    QVERIFY(m_library.servers().startServer(u"beta_shard"_s));
    QCOMPARE(report.refusal.code, u"shards_missing"_s);
    QCOMPARE(report.refusal.subject, u"beta"_s);
    m_library.settle();
    m_library.reach();
    QCOMPARE(m_purges.stateOf(person), before);
    QCOMPARE(m_purges.done(person.card).refusal.code, QString());
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
}

void TestPurge::dry_run_changes_nothing()
{
    const Person person = m_purges.makePerson();
    const QString before = m_purges.stateOf(person);
    const QString blocks = u"SELECT count(*) FROM user_blocks"_s;
    const QString count = m_library.value(u"main"_s, blocks);
    QCOMPARE(purgePatron(m_library.cluster(), person.card, {.isDryRun = true})->refusal.code, QString());
    const QString copy = m_library.addCopy(m_purges.beta());
    COMPARE_OUTCOME(m_library.lend(m_purges.beta(), copy, person.card), Outcome::Lent);
    QCOMPARE(purgePatron(m_library.cluster(), person.card, {.isDryRun = true})->refusal.code,
             u"open_loans"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_purges.beta(), copy), Outcome::Returned);
    QCOMPARE(m_library.value(u"main"_s, blocks), count);
    QCOMPARE(m_purges.stateOf(person).section(u' ', 0, 0), before.section(u' ', 0, 0));
    QCOMPARE(purgePatron(m_library.cluster(), u"no such card"_s).error().kind, DbErrorKind::NotFound);
}

/// After the shards have said that nothing is open, nothing can be opened: not with the card, not by undoing
/// a return, not by SQL.
void TestPurge::no_loan_after_the_check()
{
    const Person person = m_purges.makePerson();
    const QString copy = m_library.addCopy(m_purges.alpha());
    COMPARE_OUTCOME(m_library.lend(m_purges.alpha(), copy, person.card), Outcome::Lent);
    const auto returned = m_library.takeBack(m_purges.alpha(), copy);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, u"checked"_s));
    COMPARE_OUTCOME(m_library.lend(m_purges.alpha(), copy, person.card), Outcome::Refused);
    QVERIFY(m_library.undo(m_purges.alpha(), returned).outcome != Outcome::Undone);
    QCOMPARE(m_library
                 .trySql(u"alpha_shard"_s,
                         u"UPDATE book_lending SET returned_at = NULL, returned_branch_id = NULL WHERE "
                         "user_id = '%1'"_s.arg(person.idText()))
                 .error()
                 .sqlState,
             u"LB007"_s);
    QCOMPARE(m_library
                 .trySql(u"beta_shard"_s,
                         u"INSERT INTO charges (branch_id, user_id, kind, amount) SELECT branch_id, "
                         "user_id, 'late', 1 FROM book_lending WHERE user_id = '%1'"_s.arg(person.idText()))
                 .error()
                 .sqlState,
             u"LB007"_s);
    QCOMPARE(m_purges.done(person.card).refusal.code, QString());
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
    QVERIFY(m_library.undo(m_purges.alpha(), returned).outcome != Outcome::Undone);
    QCOMPARE(m_library.value(u"alpha_shard"_s,
                             u"SELECT count(*) FROM book_lending WHERE user_id = anonymous_patron() AND "
                             "returned_at IS NULL"_s),
             u"0"_s);
}

/// A loan that was begun before the block and is not committed yet counts.
void TestPurge::waits_for_a_loan_on_its_way()
{
    const Person person = m_purges.makePerson();
    const QString copy = m_library.addCopy(m_purges.alpha());
    const auto desk = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    auto open = std::make_unique<Transaction>(*desk);
    desk->execText(
        u"lend"_s,
        u"INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, due_at) SELECT "
        "branch_id, id, '%1', branch_id, now() + interval '7 days' FROM physical_exemplars WHERE barcode "
        "= '%2'"_s.arg(person.idText(), copy));
    auto report = std::async(std::launch::async, [&] { return m_purges.purge(person.card); });
    const QString waiting = u"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"_s;
    QTRY_COMPARE(m_library.value(u"alpha_shard"_s, waiting), u"1"_s);
    open->commit();
    QCOMPARE(report.get()->refusal.code, u"open_loans"_s);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT count(*) FROM user_blocks WHERE user_id = '%1' AND deleted_at IS NULL"_s.arg(
                            person.idText())),
        u"0"_s);
}

void TestPurge::killed_between_steps_data()
{
    QTest::addColumn<QString>("step");
    for (const auto step : {"blocked", "checked", "blanked", "rows", "done"})
        QTest::newRow(step) << QString::fromLatin1(step);
}

void TestPurge::killed_between_steps()
{
    QFETCH(const QString, step);
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, step));
    const bool isGone = step != "blocked"_L1 && step != "checked"_L1;
    const auto again = m_purges.purge(person.card);
    if (step == "done"_L1) {
        QCOMPARE(again.error().kind, DbErrorKind::NotFound);
    } else {
        QVERIFY2(again.isOk(), qPrintable(again.isOk() ? QString() : again.error().message));
        QCOMPARE(again->name == "(purged)"_L1, isGone);
        QCOMPARE(again->refusal.code, QString());
        QVERIFY(again->rows.isDone());
        QCOMPARE(again->earlier.finished, 0);
    }
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT phase FROM patron_purges WHERE id = '%1'"_s.arg(person.idText())),
        u"done"_s);
    QVERIFY(m_purges.stateOf(person).endsWith(" 0 0"_L1));
}

void TestPurge::shard_down_after_the_blanking()
{
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(person.card, u"blanked"_s));
    QVERIFY(m_library.servers().stopServer(u"beta_shard"_s));
    const auto half = m_purges.purge(person.card);
    QVERIFY(m_library.servers().startServer(u"beta_shard"_s));
    QVERIFY(half.isOk());
    QCOMPARE(half->rows.missing, QStringList(u"beta"_s));
    QCOMPARE(half->rows.behind, QStringList());
    m_library.settle();
    m_library.reach();
    const auto rest = m_purges.purge(person.card);
    QVERIFY(rest.isOk());
    QVERIFY(rest->rows.isDone());
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
}

void TestPurge::purged_patron_cannot_be_restored()
{
    const Person person = m_purges.makePerson();
    QCOMPARE(m_purges.done(person.card).refusal.code, QString());
    QCOMPARE(await(restorePatron(m_library.cluster(), person.id)).error().sqlState, u"LB007"_s);
    QCOMPARE(m_library
                 .trySql(u"main"_s,
                         u"UPDATE users SET family_name = 'Back' WHERE id = '%1'"_s.arg(person.idText()))
                 .error()
                 .sqlState,
             u"LB007"_s);
    // The number may be given to somebody else.
    const auto added = await(addPatron(m_library.cluster(), {.card = person.card,
                                                             .familyName = u"New"_s,
                                                             .givenName = {},
                                                             .typeCode = u"adult"_s,
                                                             .homeBranch = m_purges.alpha().id}));
    QVERIFY(added.isOk() && added->isNew);
}

void TestPurge::command()
{
    const Person person = m_purges.makePerson();
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    const CtlRun dry = ctl.json({u"patron"_s, u"purge"_s, person.card, u"--dry-run"_s});
    QCOMPARE(dry.status, 0);
    QCOMPARE(dry.json.value("purged"_L1).toBool(true), false);
    // Who it is can be seen before, and nobody is purged by a mistyped number alone.
    QVERIFY(dry.json.value("name"_L1).toString().contains(person.word));
    QCOMPARE(dry.json.value("card"_L1).toString(), person.card);
    QCOMPARE(dry.json.value("branch"_L1).toString(), m_purges.alpha().name);
    QCOMPARE(ctl.json({u"patron"_s, u"purge"_s, person.card}).status, 2);
    QCOMPARE(ctl.json({u"patron"_s, u"purge"_s, u"--yes"_s}).status, 2);
    QVERIFY(!m_purges.placesOf(person.word).isEmpty());
    const CtlRun run = ctl.json({u"patron"_s, u"purge"_s, person.card, u"--yes"_s});
    QCOMPARE(run.status, 0);
    QCOMPARE(run.json.value("purged"_L1).toBool(), true);
    QCOMPARE(run.json.value("loans"_L1).toInt(), 2);
    QCOMPARE(m_purges.placesOf(person.word), QStringList());
    QCOMPARE(ctl.json({u"patron"_s, u"purge"_s, person.card, u"--yes"_s}).status, 1);
}

/// A card that was replaced is no way to a patron who is still here.
void TestPurge::earlier_card_of_a_patron()
{
    const Person person = m_purges.makePerson();
    m_library.ddl(u"main"_s,
                  u"UPDATE user_cards SET deleted_at = now() WHERE user_id = '%1'"_s.arg(person.idText()));
    QCOMPARE(m_purges.purge(person.card).error().kind, DbErrorKind::NotFound);
    m_library.ddl(u"main"_s, u"UPDATE users SET deleted_at = now() WHERE id = '%1'"_s.arg(person.idText()));
    QVERIFY(m_purges.done(person.card).rows.isDone());
}

/// A purge that stands for an hour is named by health, and one that blanked nobody lets the patron lend
/// again.
void TestPurge::cut_off_is_told_and_lifted()
{
    const Person blocked = m_purges.makePerson();
    const Person blanked = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(blocked.card, u"checked"_s));
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(blanked.card, u"blanked"_s));
    const QString state = u"SELECT purge_state()"_s;
    QCOMPARE(m_library.value(u"main"_s, state), uR"({"blanked": 0, "blocked": 0})"_s);
    const auto before = finishPurges(m_library.cluster());
    QVERIFY(before.isOk());
    QCOMPARE(before->finished, 1);
    QCOMPARE(before->lifted, 0); // it may be on its way
    QCOMPARE(m_purges.phaseOf(blanked), u"done"_s);
    m_library.ddl(u"main"_s, u"SET session_replication_role = replica; UPDATE patron_purges SET updated_at = "
                             "now() - interval '61 minutes' WHERE phase = 'blocked'; RESET "
                             "session_replication_role"_s);
    QCOMPARE(m_library.value(u"main"_s, state), uR"({"blanked": 0, "blocked": 1})"_s);
    const auto after = finishPurges(m_library.cluster());
    QVERIFY(after.isOk());
    QCOMPARE(after->lifted, 1);
    QCOMPARE(m_purges.phaseOf(blocked), u"refused"_s);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_purges.alpha(), m_library.addCopy(m_purges.alpha()), blocked.card),
                    Outcome::Lent);
}

void TestPurge::error_lifts_the_block()
{
    const Person person = m_purges.makePerson();
    const auto report =
        purgePatron(m_library.cluster(), person.card, {.progress = [](QLatin1StringView step) {
                        if (step == "checked"_L1)
                            throw DbException({.kind = DbErrorKind::NotAllowed});
                    }});
    QVERIFY(!report.isOk());
    QCOMPARE(m_purges.phaseOf(person), u"refused"_s);
}

/// What one purge says is about its patron alone, whatever became of another one.
void TestPurge::commandBesideAnEarlierOne()
{
    const Person earlier = m_purges.makePerson();
    const Person person = m_purges.makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)m_purges.purge(earlier.card, u"blanked"_s));
    m_library.settle();
    // A card of which the shard still has the number keeps it from doing its part.
    const auto setCard = [&](const QString &number) {
        m_library.ddl(u"beta_shard"_s,
                      u"SET session_replication_role = replica; UPDATE user_cards SET card_number = %1 WHERE "
                      "user_id = '%2'; RESET session_replication_role"_s.arg(number, earlier.idText()));
    };
    setCard(u"'stuck'"_s);
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    // Nobody has this card: that somebody else's purge is open says nothing about it.
    const CtlRun typo = ctl.json({u"patron"_s, u"purge"_s, u"no such card"_s, u"--yes"_s});
    QCOMPARE(typo.status, 1);
    QVERIFY(!typo.json.contains("purged"_L1));
    const CtlRun run = ctl.json({u"patron"_s, u"purge"_s, person.card, u"--yes"_s});
    QCOMPARE(run.status, 0);
    QCOMPARE(run.json.value("purged"_L1).toBool(), true);
    QCOMPARE(run.json.value("loans"_L1).toInt(), 2);
    const auto counts = [](const CtlRun &of) {
        const QJsonObject all = of.json.value("earlier"_L1).toObject();
        return std::pair(all.value("finished"_L1).toInt(), all.value("unfinished"_L1).toInt());
    };
    QCOMPARE(counts(run), std::pair(0, 1));
    setCard(u"id::text"_s);
    const CtlRun rest = ctl.json({u"patron"_s, u"purge"_s, u"--unfinished"_s});
    QCOMPARE(rest.status, 0);
    QCOMPARE(counts(rest), std::pair(1, 0));
    QCOMPARE(m_purges.placesOf(earlier.word), QStringList());
}

QTEST_GUILESS_MAIN(TestPurge)
#include "tst_purge.moc"
