// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patronediting.h"
#include "db/patrons/purge.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

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

private:
    struct Person
    {
        QString word; ///< in every text about the person
        QString card;
        QUuid id;
        QString lentCopy; ///< lent and returned at alpha's branch
    };
    /// A patron with everything that there can be, and a loan at each branch that was returned.
    Person makePerson();
    /// "main users.family_name" and so on: every text and JSON column of every database that holds the word.
    [[nodiscard]] QStringList placesOf(const QString &word);
    [[nodiscard]] Result<PurgeReport> purge(const QString &card, const QString &killAfter = {});
    /// A purge that is no error.
    [[nodiscard]] PurgeReport done(const QString &card)
    {
        auto report = purge(card);
        if (!report.isOk())
            qFatal("%s", qPrintable(report.error().message));
        return *report;
    }
    /// What main and the shards know of a patron, in one text.
    [[nodiscard]] QString stateOf(const Person &person);
    [[nodiscard]] QString idText(const Person &person) const
    {
        return person.id.toString(QUuid::WithoutBraces);
    }

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s, u"beta"_s}};
    const QStringList m_databases{u"main"_s, u"alpha_shard"_s, u"beta_shard"_s};
    BranchEntry m_alpha;
    BranchEntry m_beta;
    int m_people = 0;
};

namespace {

struct Killed
{};

/// A test that cannot be set up says nothing.
void mustBe(bool isSo)
{
    if (!isSo)
        qFatal("The patron could not be furnished.");
}

} // namespace

void TestPurge::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_alpha = m_library.addBranch(u"alpha"_s);
    m_beta = m_library.addBranch(u"beta"_s);
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
}

TestPurge::Person TestPurge::makePerson()
{
    Person person;
    person.word = u"Xqz%1wv"_s.arg(++m_people);
    person.card = u"card-"_s + person.word;
    person.id = newUuid();
    const PatronRecord record{.id = person.id,
                              .familyName = u"Family"_s + person.word,
                              .givenName = u"Given"_s + person.word,
                              .typeCode = u"adult"_s,
                              .homeBranch = m_alpha.id,
                              .email = person.word + u"@example.org"_s,
                              .phone = u"+1 "_s + person.word,
                              .address = u"1 Street, "_s + person.word,
                              .bornOn = QDate(1990, 1, 2),
                              .expiresOn = {},
                              .cards = {{person.card, true}}};
    const auto saved = await(registerPatron(m_library.cluster(), record));
    mustBe(saved.isOk() && saved->isSaved());
    // A block that has ended, whose reason names the person and was told at the desk while it lasted.
    m_library.ddl(
        u"main"_s,
        u"INSERT INTO user_blocks (user_id, code, reason) VALUES ('%1', 'manual', 'Owes us %2')"_s.arg(
            idText(person), person.word));
    m_library.settle();
    person.lentCopy = m_library.addCopy(m_alpha);
    const auto refused = m_library.lend(m_alpha, person.lentCopy, person.card);
    mustBe(refused.outcome == Outcome::Refused);
    m_library.ddl(u"main"_s,
                  u"UPDATE user_blocks SET deleted_at = now() WHERE user_id = '%1'"_s.arg(idText(person)));
    m_library.settle();
    for (const BranchEntry &branch : {m_alpha, m_beta}) {
        const QString copy = branch.id == m_alpha.id ? person.lentCopy : m_library.addCopy(branch);
        mustBe(m_library.lend(branch, copy, person.card).outcome == Outcome::Lent);
        mustBe(m_library.takeBack(branch, copy).outcome == Outcome::Returned);
    }
    m_library.ddl(u"beta_shard"_s, uR"(
        UPDATE book_lending SET override_codes = '{limit}', override_reason = 'Friend of %2' WHERE user_id = '%1';
        INSERT INTO charges (branch_id, user_id, kind, amount, note)
        SELECT branch_id, user_id, 'late', 2.50, 'Letter to %2' FROM book_lending WHERE user_id = '%1';
        INSERT INTO payments (branch_id, charge_id, kind, amount, note)
        SELECT branch_id, id, 'paid', 2.50, 'Paid by %2' FROM charges WHERE user_id = '%1')"_s.arg(
                                       idText(person), person.word));
    return person;
}

QStringList TestPurge::placesOf(const QString &word)
{
    QStringList places;
    for (const QString &database : m_databases) {
        const Rows columns = m_library.sql(
            database,
            u"SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
            u"WHERE "
            "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND "
            "a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype, "
            "'text[]'::regtype, 'tsvector'::regtype, 'json'::regtype, 'varchar'::regtype)"_s);
        for (int i = 0; i < columns->rowCount(); ++i) {
            const QString table = columns->at(i, 0).toString();
            const QString column = columns->at(i, 1).toString();
            if (m_library.value(
                    database,
                    u"SELECT count(*) FROM public.%1 WHERE strpos(lower(%2::text), lower('%3')) > 0"_s.arg(
                        table, column, word)) != "0"_L1)
                places << u"%1 %2.%3"_s.arg(database, table, column);
        }
    }
    return places;
}

Result<PurgeReport> TestPurge::purge(const QString &card, const QString &killAfter)
{
    return purgePatron(m_library.cluster(), card, {.progress = [&](QLatin1StringView step) {
                           if (step == killAfter)
                               throw Killed();
                       }});
}

QString TestPurge::stateOf(const Person &person)
{
    QString state = m_library.value(u"main"_s, u"SELECT concat_ws('|', u.family_name, u.active, "
                                               u"u.deleted_at, u.purged_at, (SELECT string_agg(c.card_number "
                                               "|| c.active, ',') FROM user_cards AS c WHERE c.user_id = "
                                               "u.id AND c.deleted_at IS NULL), (SELECT count(*) "
                                               "FROM user_blocks AS b WHERE b.user_id = u.id AND "
                                               "b.deleted_at IS NULL)) FROM users AS u WHERE u.id = "
                                               "'%1'"_s.arg(idText(person)));
    for (const QString &database : {u"alpha_shard"_s, u"beta_shard"_s})
        state += u' ' + m_library.value(
                            database,
                            u"SELECT count(*) FROM book_lending WHERE user_id = '%1'"_s.arg(idText(person)));
    return state;
}

void TestPurge::nothing_is_left_anywhere()
{
    const Person person = makePerson();
    const Person other = makePerson();
    const QStringList before = placesOf(person.word);
    for (const auto place :
         {"main users.family_name"_L1, "main users_ref.display_name"_L1, "main user_cards.card_number"_L1,
          "main user_blocks.reason"_L1, "main audit_log.new"_L1, "alpha_shard users_ref.family_name"_L1,
          "alpha_shard op_result.result"_L1, "beta_shard book_lending.override_reason"_L1,
          "beta_shard audit_log.new"_L1, "beta_shard payments.note"_L1})
        QVERIFY2(before.contains(place), qPrintable(place + u" is not in "_s + before.join(u", "_s)));
    const QStringList ofOther = placesOf(other.word);

    const PurgeReport report = done(person.card);
    QCOMPARE(report.refusal.code, QString());
    QCOMPARE(report.loans, 2);
    QCOMPARE(report.charges, 1);
    QCOMPARE(report.left, QStringList());
    m_library.settle();
    QCOMPARE(placesOf(person.word), QStringList());
    // Whose a loan was is known nowhere: not in the loans, and not in what the log says of them.
    for (const QString &database : {u"alpha_shard"_s, u"beta_shard"_s}) {
        QCOMPARE(m_library.value(database, u"SELECT count(*) FROM book_lending WHERE user_id = '%1'"_s.arg(
                                               idText(person))),
                 u"0"_s);
        QCOMPARE(
            m_library.value(
                database, u"SELECT count(*) FROM audit_log WHERE strpos(concat(old::text, new::text), '%1') "
                          "> 0"_s.arg(idText(person))),
            u"0"_s);
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM op_result WHERE strpos(result::text, '%1') > 0"_s.arg(
                                     idText(person))),
                 u"0"_s);
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM book_lending WHERE user_id = anonymous_patron()"_s),
                 u"1"_s);
    }
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT phase FROM patron_purges WHERE id = '%1'"_s.arg(idText(person))),
        u"done"_s);
    QCOMPARE(placesOf(other.word), ofOther);
}

/// The fact stays: who did what to which row, and when.
void TestPurge::the_log_loses_values_only()
{
    const Person person = makePerson();
    const auto facts = [&](const QString &database) {
        return m_library.value(
            database,
            u"SELECT count(*) || md5(string_agg(concat(id, at, txid, actor, op, table_name, row_id, "
            "branch_id), '' ORDER BY id)) FROM audit_log WHERE txid <= %1"_s.arg(
                m_library.value(database, u"SELECT coalesce(current_setting('test.mark', true), "
                                          "'0')"_s)));
    };
    QStringList before;
    for (const QString &database : m_databases) {
        m_library.ddl(database, u"SELECT set_config('test.mark', txid_current()::text, false)"_s);
        before << facts(database);
    }
    QVERIFY(purge(person.card).isOk());
    QStringList after;
    for (const QString &database : m_databases)
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
    const Person person = makePerson();
    const QString copy = m_library.addCopy(m_beta);
    COMPARE_OUTCOME(m_library.lend(m_beta, copy, person.card), Outcome::Lent);
    const QString before = stateOf(person);
    const PurgeReport report = done(person.card);
    QCOMPARE(report.refusal.code, u"open_loans"_s);
    QCOMPARE(report.refusal.subject, u"1"_s);
    QCOMPARE(stateOf(person), before);
    m_library.settle();
    // The patron lends on.
    COMPARE_OUTCOME(m_library.lend(m_alpha, m_library.addCopy(m_alpha), person.card), Outcome::Lent);
}

void TestPurge::open_charge_is_refused()
{
    const Person person = makePerson();
    m_library.ddl(u"beta_shard"_s,
                  u"INSERT INTO payments (branch_id, charge_id, kind, amount) SELECT branch_id, id, "
                  "'refunded', 0.01 FROM charges WHERE user_id = '%1'"_s.arg(idText(person)));
    const QString before = stateOf(person);
    const PurgeReport report = done(person.card);
    QCOMPARE(report.refusal.code, u"open_charges"_s);
    QCOMPARE(stateOf(person), before);
}

void TestPurge::shard_down_changes_nothing()
{
    const Person person = makePerson();
    const QString before = stateOf(person);
    QVERIFY(m_library.servers().stopServer(u"beta_shard"_s));
    const PurgeReport report = done(person.card);
    QVERIFY(m_library.servers().startServer(u"beta_shard"_s));
    QCOMPARE(report.refusal.code, u"shards_missing"_s);
    QCOMPARE(report.refusal.subject, u"beta"_s);
    m_library.settle();
    QCOMPARE(stateOf(person), before);
    QCOMPARE(done(person.card).refusal.code, QString());
    QCOMPARE(placesOf(person.word), QStringList());
}

void TestPurge::dry_run_changes_nothing()
{
    const Person person = makePerson();
    const QString before = stateOf(person);
    const QString blocks = u"SELECT count(*) FROM user_blocks"_s;
    const QString count = m_library.value(u"main"_s, blocks);
    QCOMPARE(purgePatron(m_library.cluster(), person.card, {.isDryRun = true})->refusal.code, QString());
    const QString copy = m_library.addCopy(m_beta);
    COMPARE_OUTCOME(m_library.lend(m_beta, copy, person.card), Outcome::Lent);
    QCOMPARE(purgePatron(m_library.cluster(), person.card, {.isDryRun = true})->refusal.code,
             u"open_loans"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_beta, copy), Outcome::Returned);
    QCOMPARE(m_library.value(u"main"_s, blocks), count);
    QCOMPARE(stateOf(person).section(u' ', 0, 0), before.section(u' ', 0, 0));
    QCOMPARE(purgePatron(m_library.cluster(), u"no such card"_s).error().kind, DbErrorKind::NotFound);
}

/// After the shards have said that nothing is open, nothing can be opened: not with the card, not by undoing
/// a return, not by SQL.
void TestPurge::no_loan_after_the_check()
{
    const Person person = makePerson();
    const QString copy = m_library.addCopy(m_alpha);
    COMPARE_OUTCOME(m_library.lend(m_alpha, copy, person.card), Outcome::Lent);
    const auto returned = m_library.takeBack(m_alpha, copy);
    COMPARE_OUTCOME(returned, Outcome::Returned);
    QVERIFY_THROWS_EXCEPTION(Killed, (void)purge(person.card, u"checked"_s));
    COMPARE_OUTCOME(m_library.lend(m_alpha, copy, person.card), Outcome::Refused);
    QVERIFY(m_library.undo(m_alpha, returned).outcome != Outcome::Undone);
    QCOMPARE(m_library
                 .trySql(u"alpha_shard"_s,
                         u"UPDATE book_lending SET returned_at = NULL, returned_branch_id = NULL WHERE "
                         "user_id = '%1'"_s.arg(idText(person)))
                 .error()
                 .sqlState,
             u"LB007"_s);
    QCOMPARE(m_library
                 .trySql(u"beta_shard"_s,
                         u"INSERT INTO charges (branch_id, user_id, kind, amount) SELECT branch_id, "
                         "user_id, 'late', 1 FROM book_lending WHERE user_id = '%1'"_s.arg(idText(person)))
                 .error()
                 .sqlState,
             u"LB007"_s);
    QCOMPARE(done(person.card).refusal.code, QString());
    QCOMPARE(placesOf(person.word), QStringList());
    QVERIFY(m_library.undo(m_alpha, returned).outcome != Outcome::Undone);
    QCOMPARE(m_library.value(u"alpha_shard"_s,
                             u"SELECT count(*) FROM book_lending WHERE user_id = anonymous_patron() AND "
                             "returned_at IS NULL"_s),
             u"0"_s);
}

/// A loan that was begun before the block and is not committed yet counts.
void TestPurge::waits_for_a_loan_on_its_way()
{
    const Person person = makePerson();
    const QString copy = m_library.addCopy(m_alpha);
    const auto desk = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    auto open = std::make_unique<Transaction>(*desk);
    desk->execText(
        u"lend"_s,
        u"INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, due_at) SELECT "
        "branch_id, id, '%1', branch_id, now() + interval '7 days' FROM physical_exemplars WHERE barcode "
        "= '%2'"_s.arg(idText(person), copy));
    auto report = std::async(std::launch::async, [&] { return purge(person.card); });
    const QString waiting = u"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"_s;
    QTRY_COMPARE(m_library.value(u"alpha_shard"_s, waiting), u"1"_s);
    open->commit();
    QCOMPARE(report.get()->refusal.code, u"open_loans"_s);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT count(*) FROM user_blocks WHERE user_id = '%1' AND deleted_at IS NULL"_s.arg(
                            idText(person))),
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
    const Person person = makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)purge(person.card, step));
    const bool isGone = step != "blocked"_L1 && step != "checked"_L1;
    const auto again = purge(person.card);
    if (step == "done"_L1) {
        QCOMPARE(again.error().kind, DbErrorKind::NotFound);
    } else {
        QVERIFY2(again.isOk(), qPrintable(again.isOk() ? QString() : again.error().message));
        QCOMPARE(again->finished, isGone ? 1 : 0);
        QCOMPARE(again->refusal.code, QString());
        QCOMPARE(again->left, QStringList());
    }
    QCOMPARE(placesOf(person.word), QStringList());
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT phase FROM patron_purges WHERE id = '%1'"_s.arg(idText(person))),
        u"done"_s);
    QVERIFY(stateOf(person).endsWith(" 0 0"_L1));
}

void TestPurge::shard_down_after_the_blanking()
{
    const Person person = makePerson();
    QVERIFY_THROWS_EXCEPTION(Killed, (void)purge(person.card, u"blanked"_s));
    QVERIFY(m_library.servers().stopServer(u"beta_shard"_s));
    const auto half = purge(person.card);
    QVERIFY(m_library.servers().startServer(u"beta_shard"_s));
    QVERIFY(half.isOk());
    QCOMPARE(half->finished, 0);
    QCOMPARE(half->left, QStringList(u"beta"_s));
    m_library.settle();
    const auto rest = purge(person.card);
    QVERIFY(rest.isOk());
    QCOMPARE(rest->finished, 1);
    QCOMPARE(placesOf(person.word), QStringList());
}

void TestPurge::purged_patron_cannot_be_restored()
{
    const Person person = makePerson();
    QCOMPARE(done(person.card).refusal.code, QString());
    QCOMPARE(await(restorePatron(m_library.cluster(), person.id)).error().sqlState, u"LB007"_s);
    QCOMPARE(
        m_library
            .trySql(u"main"_s, u"UPDATE users SET family_name = 'Back' WHERE id = '%1'"_s.arg(idText(person)))
            .error()
            .sqlState,
        u"LB007"_s);
    // The number may be given to somebody else.
    const auto added = await(addPatron(m_library.cluster(), {.card = person.card,
                                                             .familyName = u"New"_s,
                                                             .givenName = {},
                                                             .typeCode = u"adult"_s,
                                                             .homeBranch = m_alpha.id}));
    QVERIFY(added.isOk() && added->isNew);
}

void TestPurge::command()
{
    const Person person = makePerson();
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    const CtlRun dry = ctl.json({u"patron"_s, u"purge"_s, person.card, u"--dry-run"_s});
    QCOMPARE(dry.status, 0);
    QCOMPARE(dry.json.value("purged"_L1).toBool(true), false);
    QVERIFY(!placesOf(person.word).isEmpty());
    const CtlRun run = ctl.json({u"patron"_s, u"purge"_s, person.card});
    QCOMPARE(run.status, 0);
    QCOMPARE(run.json.value("purged"_L1).toBool(), true);
    QCOMPARE(run.json.value("loans"_L1).toInt(), 2);
    QCOMPARE(placesOf(person.word), QStringList());
    QCOMPARE(ctl.json({u"patron"_s, u"purge"_s, person.card}).status, 1);
}

QTEST_GUILESS_MAIN(TestPurge)
#include "tst_purge.moc"
