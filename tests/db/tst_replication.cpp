// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr const char *catalogueQueries[] = {
    R"(SELECT md5(string_agg(concat_ws(' ', oid, relname, relkind, relacl), ',' ORDER BY oid))
         FROM pg_class WHERE relnamespace = 'public'::regnamespace)",
    R"(SELECT md5(string_agg(concat_ws(' ', oid, proname, prosrc, proacl), ',' ORDER BY oid))
         FROM pg_proc WHERE pronamespace = 'public'::regnamespace)",
    R"(SELECT md5(string_agg(concat_ws(' ', oid, tgname, tgenabled), ',' ORDER BY oid)) FROM pg_trigger)",
    R"(SELECT md5(string_agg(concat_ws(' ', oid, conname, pg_get_constraintdef(oid)), ',' ORDER BY oid))
         FROM pg_constraint)",
    R"(SELECT string_agg(concat_ws(' ', oid, subname, subenabled, subconninfo, subslotname), ',' ORDER BY oid)
         FROM pg_subscription)",
    R"(SELECT string_agg(concat_ws(' ', pubname, tablename), ',' ORDER BY pubname, tablename)
         FROM pg_publication_tables)",
    R"(SELECT string_agg(slot_name::text, ',' ORDER BY slot_name) FROM pg_replication_slots)",
    R"(SELECT string_agg(concat_ws(' ', oid, rolname, rolsuper, rolcanlogin, rolreplication, rolbypassrls), ','
                         ORDER BY oid) FROM pg_roles)",
    R"(SELECT string_agg(concat_ws(' ', roleid, member), ',' ORDER BY roleid, member) FROM pg_auth_members)"};

constexpr auto tableNames = R"(SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1)";

constexpr auto rowsOfTable =
    R"(SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '')
      FROM public.%1 AS t)";

} // namespace

/// The reference tables on the shards, what `init` makes, and who may write where.
class TestReplication final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void typedBookArrives();
    void typedRowsTravel();
    void removalTravels();
    void deletionIsRefused_data();
    void deletionIsRefused();
    void shardsDoNotWriteReferenceTables_data();
    void shardsDoNotWriteReferenceTables();
    void staffDoNotWriteTables_data();
    void staffDoNotWriteTables();
    void disabledSubscriptionIsNamed();
    void unpublishedTableIsNamed();
    void lostSlotIsNamed();
    void initTwiceChangesNothing();
    void killedInitIsFinished();

private:
    [[nodiscard]] QString fingerprint(const QString &database);
    [[nodiscard]] QStringList problems();

    PreparedLibrary m_library;
};

void TestReplication::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// A book typed in psql is on every shard within two seconds, with sort title and author line.
void TestReplication::typedBookArrives()
{
    m_library.sql(u"main"_s, u"WITH b AS (INSERT INTO books (title, isbn13, language) "
                             "VALUES ('The  Typed Book', '0-306-40615-2', 'en') RETURNING id), "
                             "a AS (INSERT INTO authors (name) VALUES ('Ursula Typist') RETURNING id) "
                             "INSERT INTO author_book (book_id, author_id) SELECT b.id, a.id FROM b, a"_s);
    for (const QString &shard : m_library.shards()) {
        QTRY_COMPARE_WITH_TIMEOUT(
            m_library.value(shard + "_shard"_L1,
                            u"SELECT concat_ws('|', title, sort_title, author_line, isbn13) "
                            "FROM books_ref WHERE title = 'The Typed Book'"_s),
            u"The Typed Book|Typed Book|Ursula Typist|9780306406157"_s, 2000);
    }
    m_library.sql(u"main"_s, u"UPDATE books SET title = 'A Corrected Book' WHERE title = 'The Typed Book'"_s);
    for (const QString &shard : m_library.shards()) {
        QTRY_COMPARE_WITH_TIMEOUT(
            m_library.value(shard + "_shard"_L1,
                            u"SELECT sort_title FROM books_ref WHERE title = 'A Corrected Book'"_s),
            u"Corrected Book"_s, 2000);
    }
}

/// Rows that a superuser types into any of the tables, without an id or a stamp.
void TestReplication::typedRowsTravel()
{
    const QStringList typed{
        u"INSERT INTO branches (code, name, timezone) VALUES ('typed', 'Typed Branch', 'Europe/Rome')"_s,
        u"INSERT INTO user_types (code, name) VALUES ('typed', 'Typed')"_s,
        u"INSERT INTO material_types (code, name) VALUES ('typed', 'Typed')"_s,
        u"INSERT INTO users (family_name, given_name, user_type_id, home_branch_id, email) SELECT 'Typed', 'Tina', t.id, b.id, 'tina@example.org' FROM user_types t, branches b WHERE t.code = 'typed' AND b.code = 'typed'"_s,
        u"INSERT INTO user_cards (user_id, card_number) SELECT id, 'typed' FROM users WHERE family_name = 'Typed'"_s,
        u"INSERT INTO user_blocks (user_id, code, reason) SELECT id, 'typed', 'Typed' FROM users WHERE family_name = 'Typed'"_s,
        u"INSERT INTO loan_rules (branch_id, loan_minutes) SELECT id, 61 FROM branches WHERE code = 'typed'"_s,
        u"INSERT INTO branch_calendar (branch_id, on_date) SELECT id, '2030-05-01' FROM branches WHERE code = 'typed'"_s,
        u"INSERT INTO branch_settings (branch_id, key, value) SELECT id, 'typed', 'yes' FROM branches WHERE code = 'typed'"_s,
        u"INSERT INTO staff_assignments (login, branch_id, right_code) SELECT 'librarian', id, 'desk' FROM branches WHERE code = 'typed'"_s};
    for (const QString &statement : typed)
        m_library.sql(u"main"_s, statement);
    m_library.settle();
    const QStringList counts{
        u"branches WHERE code = 'typed' AND timezone = 'Europe/Rome' AND created_by IS NOT NULL"_s,
        u"user_types WHERE code = 'typed'"_s,
        u"material_types WHERE code = 'typed'"_s,
        u"users_ref WHERE display_name = 'Tina Typed'"_s,
        u"user_cards WHERE card_number = 'typed'"_s,
        u"user_blocks WHERE code = 'typed'"_s,
        u"loan_rules WHERE loan_minutes = 61"_s,
        u"branch_calendar WHERE on_date = '2030-05-01' AND NOT is_open"_s,
        u"branch_settings WHERE key = 'typed'"_s,
        u"staff_assignments a JOIN branches b ON b.id = a.branch_id WHERE b.code = 'typed'"_s};
    for (const QString &count : counts) {
        QVERIFY2(m_library.countOnShards(u"SELECT count(*) FROM "_s + count) == m_library.shards().size(),
                 qPrintable(count));
    }
    // No e-mail address leaves main.
    QCOMPARE(
        m_library.countOnShards(
            u"SELECT count(*) FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name IN ('email', 'phone', 'address', 'born_on')"_s),
        0);
}

void TestReplication::removalTravels()
{
    m_library.sql(u"main"_s, u"UPDATE user_blocks SET deleted_at = now() WHERE code = 'typed'"_s);
    m_library.sql(u"main"_s, u"UPDATE books SET deleted_at = now() WHERE title = 'A Corrected Book'"_s);
    m_library.settle();
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM user_blocks WHERE code = 'typed' AND deleted_at IS NOT NULL"_s),
             m_library.shards().size());
    QTRY_COMPARE_WITH_TIMEOUT(
        m_library.countOnShards(
            u"SELECT count(*) FROM books_ref WHERE title = 'A Corrected Book' AND deleted_at IS NOT NULL"_s),
        m_library.shards().size(), 2000);
}

void TestReplication::deletionIsRefused_data()
{
    QTest::addColumn<QString>("table");
    for (const auto *table : {"branches", "user_types", "material_types", "users", "users_ref", "user_cards",
                              "user_blocks", "books", "books_ref", "loan_rules", "branch_calendar",
                              "branch_settings", "staff", "staff_assignments"})
        QTest::newRow(table) << QString::fromLatin1(table);
}

/// Deletions do not travel, so that nobody, not even a superuser, deletes what does.
void TestReplication::deletionIsRefused()
{
    QFETCH(const QString, table);
    m_library.sql(
        u"main"_s,
        u"INSERT INTO books (title) SELECT 'To be kept' WHERE NOT EXISTS (SELECT FROM books WHERE title = 'To be kept')"_s);
    const auto session = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    for (const QString &form : {u"DELETE FROM public.%1"_s, u"TRUNCATE public.%1 CASCADE"_s}) {
        try {
            session->execText(form, form.arg(table));
            QFAIL(qPrintable(form.arg(table)));
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"LB010"_s);
            QVERIFY(e.error().hint.contains("deleted_at"_L1));
        }
    }
}

void TestReplication::shardsDoNotWriteReferenceTables_data()
{
    QTest::addColumn<QString>("table");
    for (const auto *table :
         {"branches", "user_types", "material_types", "users_ref", "user_cards", "user_blocks", "books_ref",
          "loan_rules", "branch_calendar", "branch_settings", "staff", "staff_assignments"})
        QTest::newRow(table) << QString::fromLatin1(table);
}

void TestReplication::shardsDoNotWriteReferenceTables()
{
    QFETCH(const QString, table);
    for (const QString &form :
         {u"DELETE FROM %1"_s, u"UPDATE %1 SET deleted_at = now()"_s, u"INSERT INTO %1 SELECT * FROM %1"_s}) {
        const auto result = m_library.trySql(u"secondary_shard"_s, form.arg(table));
        QVERIFY2(!result.isOk(), qPrintable(form));
        QCOMPARE(result.error().sqlState, u"LB010"_s);
    }
}

void TestReplication::staffDoNotWriteTables_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("table");
    for (const auto *table :
         {"branches", "users", "user_cards", "user_blocks", "books", "books_ref", "authors", "loan_rules",
          "branch_calendar", "branch_settings", "staff", "staff_assignments", "shards", "branch_placement",
          "exemplar_barcodes", "audit_log", "schema_history"})
        QTest::addRow("main %s", table) << u"main"_s << QString::fromLatin1(table);
    for (const auto *table : {"physical_exemplars", "book_lending", "charges", "payments", "op_result",
                              "desk_event", "branch_placement", "shard_identity", "users_ref", "loan_rules",
                              "staff", "staff_assignments", "audit_log", "schema_history"})
        QTest::addRow("shard %s", table) << u"main_shard"_s << QString::fromLatin1(table);
}

/// Staff change rows through functions only.
void TestReplication::staffDoNotWriteTables()
{
    QFETCH(const QString, database);
    QFETCH(const QString, table);
    const auto session = m_library.newSession(database);
    const QString column = m_library.value(
        database, u"SELECT attname FROM pg_attribute WHERE attrelid = 'public.%1'::regclass AND attnum > 0 "
                  "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum LIMIT 1"_s.arg(table));
    for (const QString &form : {u"INSERT INTO public.%1 DEFAULT VALUES"_s,
                                u"UPDATE public.%1 SET %2 = NULL"_s, u"DELETE FROM public.%1"_s}) {
        const QByteArray text = QString(form).replace("%1"_L1, table).replace("%2"_L1, column).toUtf8();
        try {
            session->exec({QLatin1StringView(text), QLatin1StringView(text)});
            QFAIL(text.constData());
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"42501"_s);
            QCOMPARE(e.error().kind, DbErrorKind::NotAllowed);
        }
    }
}

QStringList TestReplication::problems()
{
    QStringList all;
    for (const DatabaseHealth &database : checkHealth(m_library.cluster()).databases)
        all << database.problems;
    return all;
}

/// A subscription that somebody switched off is named by health, with its shard, within ten seconds.
void TestReplication::disabledSubscriptionIsNamed()
{
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
    for (const QString &name : {u"branchline_desk"_s, u"branchline_catalogue"_s}) {
        m_library.ddl(u"tertiary_shard"_s, u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(name));
        QTRY_COMPARE_WITH_TIMEOUT(problems().size(), 1, 10000);
        const QStringList found = problems();
        QVERIFY2(found.first().contains(name) && found.first().contains("tertiary_shard"_L1),
                 qPrintable(found.first()));
        // init puts it right.
        QVERIFY(initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s}).isOk());
        QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
    }
}

/// A table that left its publication stops travelling without an error anywhere.
void TestReplication::unpublishedTableIsNamed()
{
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
    m_library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk DROP TABLE public.user_blocks"_s);
    QStringList found = problems();
    QCOMPARE(found.size(), 1);
    QVERIFY2(found.first().contains("user_blocks"_L1), qPrintable(found.first()));
    QVERIFY(initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s}).isOk());
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
}

/// Without its slot a subscription tries for ever; init does not hide that changes are missing.
void TestReplication::lostSlotIsNamed()
{
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
    const QString slot = m_library.value(
        u"tertiary_shard"_s,
        u"SELECT slot_name FROM replication_health() WHERE subscription = 'branchline_catalogue'"_s);
    m_library.ddl(u"tertiary_shard"_s, u"ALTER SUBSCRIPTION branchline_catalogue DISABLE"_s);
    QTRY_COMPARE_WITH_TIMEOUT(
        m_library.value(u"main"_s,
                        u"SELECT active FROM pg_replication_slots WHERE slot_name = '%1'"_s.arg(slot)),
        u"false"_s, 10000);
    m_library.sql(u"main"_s, u"SELECT pg_drop_replication_slot('%1')"_s.arg(slot));
    m_library.ddl(u"tertiary_shard"_s, u"ALTER SUBSCRIPTION branchline_catalogue ENABLE"_s);
    const auto isNamed = [this] {
        const QStringList found = problems();
        return std::any_of(found.begin(), found.end(), [](const QString &problem) {
            return problem.contains("no replication slot"_L1) && problem.contains("tertiary_shard"_L1);
        });
    };
    for (int i = 0; i < 20; ++i)
        QVERIFY(isNamed());
    const auto again = initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s});
    QVERIFY(!again.isOk());
    QVERIFY2(again.error().message.contains(slot), qPrintable(again.error().message));
    QVERIFY2(again.error().hint.contains("init --resume"_L1), qPrintable(again.error().hint));

    m_library.addBook(); // does not travel
    int inserted = 0;
    const auto count = [&](const ResumedTable &table) {
        inserted += static_cast<int>(table.inserted);
        QVERIFY(table.changed == 0 && table.removed == 0 && table.onlyOnShard == 0);
    };
    const auto resumed = initialise(m_library.adminAddresses(),
                                    {.localStaffLogin = u"librarian"_s, .resume = true, .resumed = count});
    QVERIFY2(resumed.isOk(), resumed.isOk() ? "" : qPrintable(resumed.error().message));
    QCOMPARE(inserted, 1);
    QTRY_COMPARE_WITH_TIMEOUT(problems(), QStringList(), 10000);
    m_library.settle();
}

/// Objects with their definitions and rights, settings of replication, roles, and how many rows there are.
QString TestReplication::fingerprint(const QString &database)
{
    QStringList parts;
    for (const char *query : catalogueQueries)
        parts << m_library.value(database, QString::fromLatin1(query));
    const Rows tables = m_library.sql(database, QString::fromLatin1(tableNames));
    for (int i = 0; i < tables->rowCount(); ++i) {
        const QString name = tables->row(i).text("name");
        parts << name + u'=' + m_library.value(database, QString::fromLatin1(rowsOfTable).arg(name));
    }
    return parts.join(u'\n');
}

void TestReplication::initTwiceChangesNothing()
{
    QStringList databases{u"main"_s};
    for (const QString &shard : m_library.shards())
        databases << shard + "_shard"_L1;
    QMap<QString, QString> before;
    for (const QString &database : databases)
        before.insert(database, fingerprint(database));
    const auto again = initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s});
    QVERIFY2(again.isOk(), again.isOk() ? "" : qPrintable(again.error().message));
    for (const QString &database : databases)
        QCOMPARE(fingerprint(database), before.value(database));
}

/// init is killed at any moment, on fresh databases each time; the next run finishes what it began.
void TestReplication::killedInitIsFinished()
{
    QRandomGenerator random(15);
    qint64 fullRun = 0;
    for (int round = 0; round <= 8; ++round) {
        const QString main = u"killed_%1"_s.arg(round);
        const QString shard = main + "_one"_L1;
        m_library.ddl(u"main"_s, u"CREATE DATABASE "_s + main);
        m_library.ddl(u"main"_s, u"CREATE DATABASE "_s + shard);
        const ConnectionUrl server = m_library.servers().superuser().main;
        Ctl ctl;
        ctl.set(u"DATABASE_URL"_s, server.with(u"dbname"_s, main).toUri());
        ctl.set(u"SHARDING_BRANCHES"_s, u"one"_s);
        ctl.set(u"DATABASE_URL_ONE"_s, server.with(u"dbname"_s, shard).toUri());

        QElapsedTimer timer;
        timer.start();
        if (round > 0) { // the first round measures how long a whole run takes
            QProcess process;
            process.setProcessEnvironment(ctl.environment());
            process.start(Ctl::program(), {u"init"_s});
            QVERIFY(process.waitForStarted());
            process.waitForFinished(static_cast<int>(random.bounded(10, static_cast<int>(fullRun))));
            process.kill();
            process.waitForFinished();
        }
        const CtlRun finished = ctl.json({u"init"_s});
        QVERIFY2(finished.status == 0, finished.text().constData());
        if (round == 0)
            fullRun = timer.elapsed();
        const CtlRun health = ctl.json({u"health"_s});
        QVERIFY2(health.status == 0, health.text().constData());

        Session session({.database = main, .url = server.with(u"dbname"_s, shard), .application = u"test"_s});
        session.open();
        session.execText(u"drop"_s, u"DROP SUBSCRIPTION branchline_desk"_s);
        session.execText(u"drop"_s, u"DROP SUBSCRIPTION branchline_catalogue"_s);
        session.close();
        m_library.ddl(u"main"_s, u"DROP DATABASE %1 WITH (FORCE)"_s.arg(shard));
        m_library.ddl(u"main"_s, u"DROP DATABASE %1 WITH (FORCE)"_s.arg(main));
    }
}

QTEST_GUILESS_MAIN(TestReplication)
#include "tst_replication.moc"
