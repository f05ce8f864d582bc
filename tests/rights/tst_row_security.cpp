// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/rightslibrary.h"

#include <QFile>
#include <QTest>

#include <functional>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

/// Every function, procedure, table, view and sequence of our schema, with the roles that were granted
/// something and what. Objects of extensions are PostgreSQL's; partitions come and go, tst_auditmonths looks at them.
constexpr auto grants = R"(
    SELECT o.kind || ' ' || o.name || ': ' || coalesce((
               SELECT string_agg(g.who, ', ' ORDER BY g.who)
                 FROM (SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
                              || CASE WHEN o.kind = 'function' THEN ''
                                      ELSE ' ' || string_agg(a.privilege_type, '+' ORDER BY a.privilege_type) END AS who
                         FROM aclexplode(o.acl) AS a
                        WHERE a.grantee <> o.owner
                        GROUP BY a.grantee) AS g), '-') AS line
      FROM (SELECT 'function' AS kind, p.oid::regprocedure::text AS name, p.proowner AS owner,
                   coalesce(p.proacl, acldefault('f', p.proowner)) AS acl, p.oid, 'pg_proc'::regclass AS class
              FROM pg_proc AS p
             WHERE p.pronamespace = 'public'::regnamespace
             UNION ALL
            SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END, c.relname, c.relowner,
                   coalesce(c.relacl, acldefault('r', c.relowner)), c.oid, 'pg_class'::regclass
              FROM pg_class AS c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
               AND NOT c.relispartition) AS o
     WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
     ORDER BY o.kind, o.name COLLATE "C")"_L1;

/// Functions that do not say where they look for names, and so might find those of their caller.
constexpr auto unpinned = R"(
    SELECT p.oid::regprocedure::text
      FROM pg_proc AS p
     WHERE p.pronamespace = 'public'::regnamespace
       AND p.prosqlbody IS NULL
       AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, public, pg_temp', 'search_path=pg_catalog, pg_temp']
       AND NOT EXISTS (SELECT FROM pg_depend AS d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))"_L1;

/// Tables without forced row-level security, or without the owner's policy.
constexpr auto unsecured = R"(
    SELECT c.relname::text
      FROM pg_class AS c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                AND EXISTS (SELECT FROM pg_policy AS y
                             WHERE y.polrelid = c.oid AND y.polroles = ARRAY['branchline_owner'::regrole::oid]
                               AND y.polcmd = '*' AND pg_get_expr(y.polqual, c.oid) = 'true')))"_L1;

/// Policies that go by a setting, which whoever holds the connection can change.
constexpr auto bySetting = R"(
    SELECT y.polname || ' on ' || y.polrelid::regclass
      FROM pg_policy AS y
     WHERE pg_get_expr(y.polqual, y.polrelid) ~ 'current_setting|current_user')"_L1;

} // namespace

/// What the catalogs of the databases say about rights, so that no table and no function is forgotten.
class TestRowSecurity final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void every_grant_is_expected_data();
    void every_grant_is_expected();
    void every_function_pins_its_search_path();
    void every_table_is_secured();
    void views_read_with_the_rights_of_the_reader();
    void nobody_but_the_groups_may_connect();
    void the_owner_sees_every_row();
    void a_branch_is_read_by_an_index_data();
    void a_branch_is_read_by_an_index();
    void rights_are_asked_for_once();
    void reports_see_figures_only();

private:
    [[nodiscard]] QStringList column(const QString &database, QLatin1StringView sql);
    void withGrants(const std::function<void()> &look);
    [[nodiscard]] QString plan(const QString &database, const QString &sql);

    const QStringList m_databases{u"main"_s, u"main_shard"_s};
    RightsLibrary m_rights;
    Place m_here;
};

void TestRowSecurity::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
    m_rights.makeOrdinary();
    m_rights.setRights({u"desk"_s}, &m_rights.here());
    // Enough for the planner to see that an index pays: 20 branches, of which one is the reader's.
    m_rights.library().ddl(u"main_shard"_s, uR"(
        INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id)
        SELECT e.branch_id, 'many' || i, e.book_id, e.material_type_id
          FROM (SELECT * FROM physical_exemplars LIMIT 1) AS e, generate_series(1, 200) AS i;
        SET session_replication_role = replica;
        INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, returned_at,
                                  returned_branch_id)
        SELECT CASE WHEN i % 20 = 0 THEN e.branch_id ELSE md5((i % 20)::text)::uuid END, e.id, l.user_id, e.branch_id,
               now() - interval '1 minute' * i, now() + interval '20 days', now(), e.branch_id
          FROM (SELECT * FROM book_lending LIMIT 1) AS l,
               (SELECT e.*, row_number() OVER () AS place FROM physical_exemplars AS e WHERE barcode LIKE 'many%') AS e,
               generate_series(1, 60000) AS i
         WHERE e.place = 1 + i % 200;
        SET session_replication_role = origin;
        ANALYZE)"_s);
}

/// What a statement does for somebody to whom tables have been granted that staff read by functions only:
/// the policies stand behind the grants, and are as fast as these.
void TestRowSecurity::withGrants(const std::function<void()> &look)
{
    const QString tables = u"book_lending, users_ref, user_cards, loan_list"_s;
    m_rights.library().ddl(u"main_shard"_s, u"GRANT SELECT ON %1 TO librarian"_s.arg(tables));
    look();
    m_rights.library().ddl(u"main_shard"_s, u"REVOKE SELECT ON %1 FROM librarian"_s.arg(tables));
}

QStringList TestRowSecurity::column(const QString &database, QLatin1StringView sql)
{
    const Rows rows = m_rights.library().sql(database, sql);
    QStringList values;
    for (int i = 0; i < rows->rowCount(); ++i)
        values << rows->at(i, 0).toString();
    return values;
}

void TestRowSecurity::every_grant_is_expected_data()
{
    QTest::addColumn<QString>("database");
    for (const QString &database : m_databases)
        QTest::newRow(qPrintable(database)) << database;
}

/// Whoever adds a function or table writes into the list who may use it. A line is "kind name: roles"; "-"
/// says that it is internal.
void TestRowSecurity::every_grant_is_expected()
{
    QFETCH(const QString, database);
    const QString name = database == "main"_L1 ? u"grants_main.txt"_s : u"grants_shard.txt"_s;
    QFile file(QStringLiteral(BRANCHLINE_GRANTS "/") + name);
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
    QStringList expected;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts)) {
        if (!line.startsWith(u'#'))
            expected << line;
    }
    const QStringList found = column(database, grants);
    QStringList differences;
    for (const QString &line : found) {
        if (!expected.contains(line))
            differences << u"not in %1: %2"_s.arg(name, line);
    }
    for (const QString &line : expected) {
        if (!found.contains(line))
            differences << u"only in %1: %2"_s.arg(name, line);
    }
    QVERIFY2(differences.isEmpty(), qPrintable(u'\n' + differences.join(u'\n')));
    for (const QString &line : found)
        QVERIFY2(!line.contains("PUBLIC"_L1), qPrintable(line));
}

void TestRowSecurity::every_function_pins_its_search_path()
{
    for (const QString &database : m_databases)
        QCOMPARE(column(database, unpinned), QStringList());
}

void TestRowSecurity::every_table_is_secured()
{
    for (const QString &database : m_databases) {
        QCOMPARE(column(database, unsecured), QStringList());
        QCOMPARE(column(database, bySetting), QStringList());
    }
}

/// All but the list of copies, which shows nothing of a loan but when it is due.
void TestRowSecurity::views_read_with_the_rights_of_the_reader()
{
    constexpr auto owners =
        "SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace "
        "AND c.relkind = 'v' AND NOT coalesce(c.reloptions, '{}') @> '{security_invoker=true}'"_L1;
    QCOMPARE(column(u"main"_s, owners), QStringList());
    QCOMPARE(column(u"main_shard"_s, owners), QStringList{u"copy_list"_s});
    QCOMPARE(column(u"main_shard"_s,
                    "SELECT attname::text FROM pg_attribute WHERE attrelid = 'copy_list'::regclass "
                    "AND attnum > 0 ORDER BY attnum"_L1)
                 .join(u' '),
             u"branch_id branch_code id barcode book_id title author_line material_code status available "
             u"room floor "
             "bookshelf due_at"_s);
}

void TestRowSecurity::nobody_but_the_groups_may_connect()
{
    for (const QString &database : m_databases) {
        QCOMPARE(m_rights.library().value(database,
                                          u"SELECT count(*) FROM pg_database AS d, aclexplode(d.datacl) AS a "
                                          "WHERE d.datname = current_database() AND a.grantee = 0"_s),
                 u"0"_s);
        QCOMPARE(m_rights.library().value(
                     database, u"SELECT count(*) FROM pg_namespace AS n, aclexplode(n.nspacl) AS a "
                               "WHERE n.nspname = 'public' AND a.grantee = 0"_s),
                 u"0"_s);
    }
}

/// Functions and migrations run as the owner, and row-level security is forced on it: a policy that left out
/// a row would make a migration pass over it without a word.
void TestRowSecurity::the_owner_sees_every_row()
{
    for (const QString &database : m_databases) {
        const auto session = m_rights.library().newSession(database, LocalLibrary::superuserName());
        const Rows tables = m_rights.library().sql(
            database,
            u"SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"_s);
        for (int i = 0; i < tables->rowCount(); ++i) {
            const QByteArray count =
                ("SELECT count(*) FROM public."_L1 + tables->row(i).text("name")).toUtf8();
            const Statement rows{QLatin1StringView(count), QLatin1StringView(count)};
            // Both in one snapshot, since the change log is trimmed meanwhile.
            session->execText(u"begin"_s, u"BEGIN ISOLATION LEVEL REPEATABLE READ"_s);
            const auto all = session->exec(rows)->at(0, 0);
            session->execText(u"owner"_s, u"SET LOCAL ROLE branchline_owner"_s);
            const auto seen = session->exec(rows)->at(0, 0);
            session->execText(u"end"_s, u"ROLLBACK"_s);
            QVERIFY2(all == seen, count.constData());
        }
    }
    // A migration's UPDATE reaches every row.
    const auto session = m_rights.library().newSession(u"main"_s, LocalLibrary::superuserName());
    session->execText(u"as a migration"_s, u"BEGIN; SET LOCAL ROLE branchline_owner"_s);
    const QString users = m_rights.library().value(u"main"_s, u"SELECT count(*) FROM users"_s);
    QVERIFY(users.toInt() > 0);
    QCOMPARE(
        session
            ->exec({"touch"_L1,
                    "WITH t AS (UPDATE users SET born_on = born_on RETURNING 1) SELECT count(*) FROM t"_L1})
            ->at(0, 0)
            .toString(),
        users);
    session->execText(u"rollback"_s, u"ROLLBACK"_s);
}

QString TestRowSecurity::plan(const QString &database, const QString &sql)
{
    const auto session = m_rights.library().newSession(database);
    const QByteArray text = ("EXPLAIN "_L1 + sql).toUtf8();
    const Rows rows = session->exec({"plan"_L1, QLatin1StringView(text)});
    QStringList lines;
    for (int i = 0; i < rows->rowCount(); ++i)
        lines << rows->at(i, 0).toString();
    return lines.join(u'\n');
}

void TestRowSecurity::a_branch_is_read_by_an_index_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("index");
    QTest::newRow("newest loans") << u"SELECT barcode, lent_at FROM loan_list WHERE branch_id = '%1' "
                                     "ORDER BY lent_at DESC, id DESC LIMIT 100"_s
                                  << u"book_lending_branch"_s;
    QTest::newRow("overdue") << u"SELECT id FROM book_lending WHERE branch_id = '%1' AND returned_at IS NULL "
                                "AND due_at < now()"_s
                             << u"book_lending_open"_s;
    QTest::newRow("all overdue")
        << u"SELECT id FROM book_lending WHERE returned_at IS NULL AND due_at < now()"_s
        << u"book_lending_open"_s;
    QTest::newRow("all that I may see")
        << u"SELECT id FROM book_lending WHERE lent_at > now() - interval '1 hour'"_s << u"book_lending_"_s;
    QTest::newRow("a copy") << u"SELECT * FROM copy_list WHERE branch_id = '%1' AND barcode = 'many7'"_s
                            << u"physical_exemplars_"_s;
}

/// With the policies of an ordinary login, and without telling the planner anything.
void TestRowSecurity::a_branch_is_read_by_an_index()
{
    QFETCH(const QString, sql);
    QFETCH(const QString, index);
    QString text;
    withGrants(
        [&] { text = plan(u"main_shard"_s, sql.contains("%1"_L1) ? sql.arg(bare(m_here.branch.id)) : sql); });
    QVERIFY2(text.contains("using "_L1 + index) || text.contains("Bitmap Index Scan on "_L1 + index),
             qPrintable(text));
    QVERIFY2(!text.contains("Seq Scan on book_lending"_L1), qPrintable(text));
}

/// The policy asks for the caller's branches once for a statement, and no row takes part in it.
void TestRowSecurity::rights_are_asked_for_once()
{
    withGrants([&] {
        const QString text =
            plan(u"main_shard"_s, u"(ANALYZE, COSTS OFF, TIMING OFF) SELECT count(*) FROM book_lending"_s);
        QVERIFY2(text.contains("InitPlan"_L1) && !text.contains("SubPlan"_L1), qPrintable(text));
        // The server counts how often the function was called for the thousands of rows.
        const auto session = m_rights.library().newSession(u"main_shard"_s, LocalLibrary::superuserName());
        session->execText(u"count"_s,
                          u"SET track_functions = 'all'; SET SESSION AUTHORIZATION librarian; BEGIN"_s);
        QVERIFY(session->exec({"read"_L1, "SELECT count(*) FROM book_lending"_L1})->at(0, 0).toInt() > 1000);
        QCOMPARE(session
                     ->exec({"calls"_L1, "SELECT calls FROM pg_stat_xact_user_functions "
                                         "WHERE funcname = 'my_branches'"_L1})
                     ->at(0, 0)
                     .toInt(),
                 1);
    });
}

/// A login of the group for reports has no desk: it counts, and sees neither loans nor patrons.
void TestRowSecurity::reports_see_figures_only()
{
    m_rights.library().ddl(u"main"_s, u"CREATE ROLE rita LOGIN IN ROLE branchline_report"_s);
    const auto session = m_rights.library().newSession(u"main_shard"_s, LocalLibrary::superuserName());
    session->execText(u"sign in"_s, u"SET SESSION AUTHORIZATION rita"_s);
    QVERIFY(session->exec({"figures"_L1, "SELECT copies FROM statistics(NULL)"_L1})->rowCount() > 0);
    QVERIFY(session->exec({"books"_L1, "SELECT id FROM books_ref"_L1})->rowCount() > 0);
    for (const auto *sql :
         {"SELECT * FROM loan_list", "SELECT * FROM book_lending", "SELECT * FROM users_ref",
          "SELECT * FROM user_cards", "SELECT find_patron('x')", "SELECT my_branches('desk')"}) {
        try {
            session->execText(u"typed"_s, QString::fromLatin1(sql));
            QFAIL(sql);
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"42501"_s);
        }
    }
}

QTEST_GUILESS_MAIN(TestRowSecurity)
#include "tst_row_security.moc"
