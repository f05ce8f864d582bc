// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QTest>
#include <QThread>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Runs a statement, takes it back whatever became of it, and says what refused it: "23514
/// users.users_email_check". An index of a partition goes by the name of the index of the table.
constexpr auto attemptFunction = R"(
CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; relation text; name text; field text; whole text; whole_name text;
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'ZZ000';
EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN
        RETURN 'nothing';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, relation = TABLE_NAME, name = CONSTRAINT_NAME,
                                field = COLUMN_NAME;
        SELECT p.conrelid::regclass, p.conname INTO whole, whole_name
          FROM pg_constraint AS c
          JOIN pg_constraint AS p
            ON p.oid = c.conparentid
            OR p.conname = c.conname AND p.conrelid IN (SELECT h.inhparent FROM pg_inherits AS h WHERE h.inhrelid = c.conrelid)
         WHERE c.conname = name AND c.conrelid = to_regclass('public.' || relation);
        IF FOUND THEN
            relation := whole;
            name := whole_name;
        END IF;
        RETURN concat(state, ' ', relation, '.', coalesce(nullif(name, ''), field));
END
$$)"_L1;

/// Every constraint and unique index of the tables, with the SQLSTATE of its violation.
constexpr auto constraintList = R"(
SELECT c.conrelid::regclass || '.' || c.conname,
       CASE c.contype WHEN 'c' THEN '23514' WHEN 'f' THEN '23503' WHEN 'x' THEN '23P01' ELSE '23505' END
  FROM pg_constraint AS c
  JOIN pg_class AS t ON t.oid = c.conrelid
 WHERE c.connamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
   AND c.contype <> 't'
UNION ALL
SELECT i.indrelid::regclass || '.' || x.relname, '23505'
  FROM pg_index AS i
  JOIN pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_class AS t ON t.oid = i.indrelid
 WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
   AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype <> 'f'))"_L1;

} // namespace

/// The databases stay right whatever a client writes: what is tried here is tried by a superuser, whom
/// neither grants nor policies nor functions keep from anything, so that only the constraint is in the way.
class TestConstraints final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void every_table_has_a_row_data() { databases(); }
    void every_table_has_a_row();
    void every_constraint_is_tried_data() { databases(); }
    void every_constraint_is_tried();
    void each_constraint_refuses_data();
    void each_constraint_refuses();
    void each_required_column_refuses_data() { databases(); }
    void each_required_column_refuses();
    void required_by_the_design_data();
    void required_by_the_design();
    void no_zoneless_time_no_float_data() { databases(); }
    void no_zoneless_time_no_float();
    void every_foreign_key_has_an_index_data() { databases(); }
    void every_foreign_key_has_an_index();
    void every_change_is_stamped_and_recorded_data() { databases(); }
    void every_change_is_stamped_and_recorded();
    void stamps_without_triggers();
    void rows_are_not_truncated_data() { databases(); }
    void rows_are_not_truncated();
    void each_rule_refuses_data();
    void each_rule_refuses();
    void what_goes_together();
    void a_loan_and_a_removal_do_not_pass();
    void a_book_with_copies_is_not_removed();
    void a_claim_and_a_removal_do_not_pass();

private:
    static void databases();
    [[nodiscard]] static QMultiMap<QString, QString> written(const QString &database);
    [[nodiscard]] QString attempt(const QString &database, const QString &statement, bool triggers = true);
    [[nodiscard]] QStringList list(const QString &database, const QString &text);
    /// Runs `second` while `first` is not committed, and says what became of it once that is.
    [[nodiscard]] QString atOnce(const QString &database, const QString &first, const QString &second);

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
};

void TestConstraints::databases()
{
    QTest::addColumn<QString>("database");
    QTest::newRow("main") << u"main"_s;
    QTest::newRow("shard") << u"alpha_shard"_s;
}

/// A row in every table, since a table without one refuses nothing.
void TestConstraints::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    m_library.setRule(&branch, u"adult"_s, u"book"_s, u"7 days"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    m_library.ddl(u"main"_s, uR"(
        INSERT INTO staff_assignments (login, branch_id, right_code)
        SELECT 'librarian', b.id, 'reports' FROM branches AS b;
        UPDATE books SET isbn13 = '9780306406157';
        INSERT INTO branch_settings (branch_id, key, value) SELECT b.id, 'colour', 'blue' FROM branches AS b;
        INSERT INTO branch_calendar (branch_id, weekday) SELECT b.id, 7 FROM branches AS b;
        INSERT INTO user_blocks (user_id, code, reason, until)
        SELECT u.id, 'lost', 'A test', now() - interval '1 day' FROM users AS u;
        INSERT INTO book_categories (name) VALUES ('Tests');
        INSERT INTO category_book (book_id, category_id) SELECT b.id, c.id FROM books AS b, book_categories AS c;
        INSERT INTO book_data (book_id, language, title) SELECT b.id, 'deu', 'Ein Buch' FROM books AS b;
        INSERT INTO book_records (book_id, format, record) SELECT b.id, 'csv', 'a' FROM books AS b;
        INSERT INTO patron_purges (id, phase, block_id) SELECT b.user_id, 'refused', b.id FROM user_blocks AS b;
        INSERT INTO jobs (kind) VALUES ('test');
        INSERT INTO summaries_later VALUES (1);
        INSERT INTO branch_moves (branch_id, from_shard_id, to_shard_id, new_epoch, phase)
        SELECT p.branch_id, p.shard_id, s.id, 2, 'test' FROM branch_placement AS p, shards AS s WHERE s.name = 'beta')"_s);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    m_library.ddl(u"alpha_shard"_s, uR"(
        INSERT INTO charges (branch_id, user_id, loan_id, kind, amount)
        SELECT l.branch_id, l.user_id, l.id, 'late', 1 FROM book_lending AS l;
        INSERT INTO payments (branch_id, charge_id, kind, amount) SELECT c.branch_id, c.id, 'paid', 1 FROM charges AS c;
        INSERT INTO branch_statistics (branch_id, day) SELECT p.branch_id, '2026-01-01' FROM branch_placement AS p)"_s);
    for (const QString &database : {u"main"_s, u"alpha_shard"_s}) {
        m_library.ddl(database, u"INSERT INTO change_log_start SELECT pg_current_xact_id() "
                                "WHERE NOT EXISTS (SELECT FROM change_log_start)"_s);
        m_library.ddl(database, attemptFunction);
    }
}

/// "table.constraint" and what it must refuse, for which there may be several lines.
QMultiMap<QString, QString> TestConstraints::written(const QString &database)
{
    QFile file(database == "main"_L1 ? u":/constraints_main.txt"_s : u":/constraints_shard.txt"_s);
    QMultiMap<QString, QString> rows;
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    const QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        if (!line.startsWith(u'#'))
            rows.insert(line.section(": "_L1, 0, 0), line.section(": "_L1, 1));
    }
    return rows;
}

QString TestConstraints::attempt(const QString &database, const QString &statement, bool triggers)
{
    m_library.ddl(database,
                  u"SET session_replication_role = %1"_s.arg(triggers ? u"origin"_s : u"replica"_s));
    const QString refusal =
        m_library.value(database, u"SELECT pg_temp.attempt($statement$%1$statement$)"_s.arg(statement));
    m_library.ddl(database, u"SET session_replication_role = origin"_s);
    return refusal;
}

QStringList TestConstraints::list(const QString &database, const QString &text)
{
    const Rows rows = m_library.sql(database, text);
    QStringList found;
    for (int i = 0; i < rows->rowCount(); ++i)
        found.append(rows->at(i, 0).toString());
    return found;
}

void TestConstraints::every_table_has_a_row()
{
    QFETCH(const QString, database);
    const QStringList tables = list(database, u"SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = "
                                              "'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT "
                                              "c.relispartition"_s);
    QVERIFY(tables.size() > 20);
    for (const QString &table : tables)
        QVERIFY2(table == "change_log"_L1 ||
                     m_library.value(database, u"SELECT count(*) FROM public.%1"_s.arg(table)).toInt() > 0,
                 qPrintable(table));
}

/// Whoever adds a constraint writes down beside it what it refuses, and who drops one takes that away.
void TestConstraints::every_constraint_is_tried()
{
    QFETCH(const QString, database);
    QStringList found = list(database, u"SELECT l.* FROM (%1) AS l"_s.arg(constraintList));
    found.sort();
    QCOMPARE(found, QStringList(written(database).uniqueKeys()));
}

void TestConstraints::each_constraint_refuses_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("constraint");
    QTest::addColumn<QString>("statement");
    for (const QString &database : {u"main"_s, u"alpha_shard"_s}) {
        const QMultiMap<QString, QString> rows = written(database);
        for (auto row = rows.begin(); row != rows.end(); ++row)
            QTest::addRow("%s %s: %s", qPrintable(database), qPrintable(row.key()), qPrintable(row.value()))
                << database << row.key() << row.value();
    }
}

void TestConstraints::each_constraint_refuses()
{
    QFETCH(const QString, database);
    QFETCH(const QString, constraint);
    QFETCH(const QString, statement);
    const QString expected =
        m_library.value(database, u"SELECT l.state FROM (%1) AS l (name, state) WHERE l.name = '%2'"_s.arg(
                                      constraintList, constraint)) +
        u' ' + constraint;
    const QString table = constraint.section(u'.', 0, 0);
    if (statement == "without stamps"_L1) {
        for (const auto change :
             {"created_at = NULL"_L1, "created_by = NULL"_L1, "updated_at = NULL"_L1, "updated_by = NULL"_L1,
              "row_version = NULL"_L1, "row_version = 0"_L1, "deleted_at = now(), deleted_by = NULL"_L1,
              "deleted_at = NULL, deleted_by = 'x'"_L1})
            QCOMPARE(attempt(database, u"UPDATE public.%1 SET %2"_s.arg(table, change), false), expected);
        return;
    }
    if (statement == "the same row again"_L1) {
        const QString columns = m_library.value(
            database,
            u"SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = "
            "'public.%1'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"_s.arg(table));
        QCOMPARE(attempt(database,
                         u"INSERT INTO public.%1 (%2) SELECT %2 FROM public.%1 LIMIT 1"_s.arg(table, columns),
                         false),
                 expected);
        return;
    }
    QCOMPARE(attempt(database, statement), expected);
}

/// Every column that must have a value, with the triggers silent that would give it one.
void TestConstraints::each_required_column_refuses()
{
    QFETCH(const QString, database);
    const Rows columns = m_library.sql(
        database,
        u"SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND a.attgenerated = '' "
        "AND c.relname NOT IN ('change_log', 'audit_log')"_s);
    QVERIFY(columns->rowCount() > 80);
    for (int i = 0; i < columns->rowCount(); ++i) {
        const QString table = columns->at(i, 0).toString();
        const QString column = columns->at(i, 1).toString();
        QCOMPARE(attempt(database, u"UPDATE public.%1 SET %2 = NULL"_s.arg(table, column), false),
                 u"23502 %1.%2"_s.arg(table, column));
    }
    for (const auto column :
         {"txid"_L1, "actor"_L1, "application"_L1, "op"_L1, "table_name"_L1, "at"_L1, "id"_L1})
        QVERIFY2(attempt(database,
                         u"INSERT INTO audit_log (txid, actor, application, op, table_name, at, id) SELECT "
                         "(r).txid, (r).actor, (r).application, (r).op, (r).table_name, (r).at, (r).id FROM "
                         "(SELECT jsonb_populate_record(a, '{\"%1\": null}') AS r FROM audit_log AS a LIMIT "
                         "1) AS x"_s.arg(column))
                     .startsWith("23502 "_L1),
                 column.data());
}

void TestConstraints::required_by_the_design_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("table");
    QTest::addColumn<QStringList>("columns");
    const auto row = [](const char *database, const char *table, const QStringList &columns) {
        QTest::addRow("%s %s", database, table)
            << QString::fromLatin1(database) << QString::fromLatin1(table) << columns;
    };
    row("main", "books", {u"id"_s, u"title"_s, u"sort_title"_s});
    row("main", "authors", {u"id"_s, u"name"_s});
    row("main", "users", {u"id"_s, u"family_name"_s, u"user_type_id"_s, u"home_branch_id"_s});
    row("main", "user_cards", {u"user_id"_s, u"card_number"_s});
    row("main", "exemplar_barcodes", {u"exemplar_id"_s, u"branch_id"_s, u"barcode"_s, u"state"_s});
    row("main", "branch_placement", {u"branch_id"_s, u"shard_id"_s, u"epoch"_s, u"state"_s});
    row("alpha_shard", "physical_exemplars",
        {u"branch_id"_s, u"id"_s, u"barcode"_s, u"book_id"_s, u"material_type_id"_s, u"status"_s});
    row("alpha_shard", "book_lending",
        {u"branch_id"_s, u"id"_s, u"exemplar_id"_s, u"user_id"_s, u"lending_branch_id"_s, u"lent_at"_s,
         u"due_at"_s});
    row("alpha_shard", "charges", {u"branch_id"_s, u"id"_s, u"user_id"_s, u"kind"_s, u"amount"_s});
    row("alpha_shard", "payments", {u"branch_id"_s, u"id"_s, u"charge_id"_s, u"kind"_s, u"amount"_s});
    row("alpha_shard", "desk_event", {u"branch_id"_s, u"id"_s, u"at"_s, u"kind"_s, u"exemplar_id"_s});
    row("alpha_shard", "op_result", {u"branch_id"_s, u"request_id"_s, u"args_hash"_s, u"at"_s});
}

void TestConstraints::required_by_the_design()
{
    QFETCH(const QString, database);
    QFETCH(const QString, table);
    QFETCH(const QStringList, columns);
    const QStringList required = list(
        database, u"SELECT attname FROM pg_attribute WHERE attrelid = 'public.%1'::regclass AND attnum > 0 "
                  "AND attnotnull"_s.arg(table));
    for (const QString &column : columns)
        QVERIFY2(required.contains(column), qPrintable(column));
}

void TestConstraints::no_zoneless_time_no_float()
{
    QFETCH(const QString, database);
    QCOMPARE(list(database, uR"(
        SELECT c.relname || '.' || a.attname || ': ' || format_type(a.atttypid, a.atttypmod)
          FROM pg_attribute AS a
          JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'c') AND a.attnum > 0
           AND NOT a.attisdropped
           AND (a.atttypid IN ('timestamp'::regtype, 'timestamp[]'::regtype, 'timetz'::regtype)
                OR a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'money'::regtype)
                   AND (a.attname ~ 'amount|price|fee|sum|balance' OR c.relkind IN ('r', 'p'))
                OR a.attname ~ 'amount|price|fee|balance' AND format_type(a.atttypid, a.atttypmod) <> 'numeric(12,2)'
                   AND c.relkind IN ('r', 'p')))"_s),
             QStringList());
}

/// An index begins with the columns of the key, in whatever order, and leaves no row out but those without a
/// value.
void TestConstraints::every_foreign_key_has_an_index()
{
    QFETCH(const QString, database);
    const auto without = [&] {
        return list(database, uR"(
        SELECT c.conrelid::regclass || '.' || c.conname
          FROM pg_constraint AS c
         WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
           AND NOT EXISTS (
               SELECT FROM pg_index AS i
                WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indisready
                  AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
                  AND (i.indpred IS NULL
                       OR cardinality(c.conkey) = 1
                          AND pg_get_expr(i.indpred, i.indrelid) = (SELECT format('(%I IS NOT NULL)', a.attname)
                                                                      FROM pg_attribute AS a
                                                                     WHERE a.attrelid = c.conrelid
                                                                       AND a.attnum = c.conkey[1])))
         ORDER BY 1)"_s);
    };
    QCOMPARE(without(), QStringList());
    const bool main = database == "main"_L1;
    m_library.ddl(database, main ? u"DROP INDEX loan_rules_branch"_s : u"DROP INDEX charges_user"_s);
    QCOMPARE(without(), QStringList(main ? u"loan_rules.loan_rules_branch_id_fkey"_s
                                         : u"charges.charges_user_id_fkey"_s));
    m_library.ddl(database, main ? u"CREATE INDEX loan_rules_branch ON loan_rules (branch_id)"_s
                                 : u"CREATE INDEX charges_user ON charges (user_id)"_s);
}

/// Which tables keep no history is written down here, each with the reason.
void TestConstraints::every_change_is_stamped_and_recorded()
{
    QFETCH(const QString, database);
    const bool main = database == "main"_L1;
    // Summaries of what is recorded, indexes of words, and the books of the programs themselves.
    const QStringList derived =
        main ? QStringList{u"book_words"_s, u"books_ref"_s, u"patron_purges"_s, u"summaries_later"_s,
                           u"users_ref"_s}
             : QStringList{u"branch_statistics"_s, u"op_result"_s, u"desk_event"_s, u"shard_identity"_s};
    // What the shards have of main, where it is recorded.
    const QStringList copies =
        main ? QStringList() : QStringList{u"books_ref"_s,  u"branch_calendar"_s,   u"branch_settings"_s,
                                           u"branches"_s,   u"loan_rules"_s,        u"material_types"_s,
                                           u"staff"_s,      u"staff_assignments"_s, u"user_blocks"_s,
                                           u"user_cards"_s, u"user_types"_s,        u"users_ref"_s};
    QStringList expected = derived + copies +
                           QStringList{u"audit_log"_s, u"change_log"_s, u"change_log_start"_s,
                                       u"schema_catalog"_s, u"schema_history"_s};
    expected.sort();
    QStringList silent = list(database, uR"(
        SELECT c.relname FROM pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND (SELECT sum(t.tgtype & (4 | 8 | 16)) FROM pg_trigger AS t
                 WHERE t.tgrelid = c.oid AND t.tgenabled = 'O'
                   AND (t.tgname = 'stamp' AND t.tgfoid = 'public.stamp_row'::regproc AND t.tgtype = 1 | 2 | 4 | 16
                        OR t.tgname = 'audit' AND t.tgtype & 3 = 1
                           AND t.tgfoid = ('public.' || CASE c.relname WHEN 'book_lending' THEN 'record_loan'
                                                             WHEN 'physical_exemplars' THEN 'record_copy'
                                                             ELSE 'record_change' END)::regproc
                        OR t.tgname = 'audit_added' AND t.tgfoid = to_regproc('public.record_added')
                           AND t.tgtype = 4)) IS DISTINCT FROM (4 | 16) + (4 | 8 | 16))"_s);
    silent.sort();
    QCOMPARE(silent, expected);
}

/// A bulk load with silent triggers that names no stamps gets them all the same.
void TestConstraints::stamps_without_triggers()
{
    m_library.ddl(u"main"_s, u"SET session_replication_role = replica; "
                             "INSERT INTO authors (name, sort_name) VALUES ('Loaded', 'Loaded'); "
                             "SET session_replication_role = origin"_s);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT row_version || ' ' || created_by || ' ' || (created_at = updated_at) "
                             "FROM authors WHERE name = 'Loaded'"_s),
             u"1 branchline_superuser true"_s);
}

/// TRUNCATE passes the triggers of rows, and so the audit log.
void TestConstraints::rows_are_not_truncated()
{
    QFETCH(const QString, database);
    const QStringList audited =
        list(database, u"SELECT t.tgrelid::regclass FROM pg_trigger AS t WHERE t.tgname = 'audit'"_s) +
        QStringList(u"audit_log"_s);
    QVERIFY(audited.size() >= 6);
    for (const QString &table : audited)
        QVERIFY2(attempt(database, u"TRUNCATE public.%1 CASCADE"_s.arg(table)).startsWith("LB010 "_L1),
                 qPrintable(table));
}

void TestConstraints::a_book_with_copies_is_not_removed()
{
    QVERIFY(attempt(u"main"_s, u"UPDATE books SET deleted_at = now()"_s).startsWith("LB007 "_L1));
    QVERIFY(attempt(u"alpha_shard"_s, u"UPDATE physical_exemplars SET deleted_at = now()"_s)
                .startsWith("LB007 "_L1));
    const QUuid book = m_library.addBook();
    const QString removal =
        u"UPDATE books SET deleted_at = now() WHERE id = '%1'"_s.arg(book.toString(QUuid::WithoutBraces));
    QCOMPARE(attempt(u"main"_s, removal), u"nothing"_s);
}

QString TestConstraints::atOnce(const QString &database, const QString &first, const QString &second)
{
    const auto one = m_library.newSession(database, LocalLibrary::superuserName());
    one->execText(u"first"_s, u"BEGIN; "_s + first);
    auto other = std::async(std::launch::async, [&]() -> QString {
        const auto session = m_library.newSession(database, LocalLibrary::superuserName());
        try {
            session->execText(u"second"_s, second);
            return u"nothing"_s;
        } catch (const DbException &e) {
            return e.error().sqlState;
        }
    });
    const auto isWaiting = [&] {
        return m_library.value(database, u"SELECT count(*) FROM pg_locks WHERE NOT granted"_s) == "1"_L1;
    };
    QDeadlineTimer deadline(5000);
    while (!isWaiting() && !deadline.hasExpired())
        QThread::msleep(5);
    const bool hasWaited = isWaiting();
    one->execText(u"commit"_s, u"COMMIT"_s);
    return hasWaited ? other.get() : u"it did not wait: "_s + other.get();
}

/// What no constraint can say, and triggers do.
void TestConstraints::each_rule_refuses_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("statement");
    QTest::addColumn<QString>("state");
    const auto row = [](const char *database, const char *state, const char *statement) {
        QTest::newRow(statement) << QString::fromLatin1(database) << QString::fromLatin1(statement)
                                 << QString::fromLatin1(state);
    };
    // What others rest on is not removed under them.
    row("main", "LB007", "UPDATE branches SET deleted_at = now()");
    row("main", "LB007",
        "UPDATE branches SET deleted_at = now() WHERE id IN (SELECT branch_id FROM exemplar_barcodes)");
    row("main", "LB007", "UPDATE user_types SET deleted_at = now() WHERE code = 'adult'");
    row("main", "LB007", "UPDATE material_types SET deleted_at = now()");
    row("main", "LB007", "UPDATE book_categories SET deleted_at = now()");
    row("main", "LB007",
        "UPDATE authors SET deleted_at = now() WHERE id IN (SELECT author_id FROM author_book)");
    row("main", "LB007", "UPDATE exemplar_barcodes SET book_id = NULL");
    // What happened stays so.
    row("alpha_shard", "LB010", "UPDATE desk_event SET at = now()");
    row("alpha_shard", "LB010", "DELETE FROM desk_event");
    row("alpha_shard", "LB010", "TRUNCATE desk_event");
    row("alpha_shard", "LB010", "TRUNCATE op_result");
    row("alpha_shard", "LB010", "DELETE FROM branch_placement");
    // Nor does a row become another branch's, copy's or patron's.
    row("alpha_shard", "LB010", "UPDATE physical_exemplars SET id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE physical_exemplars SET branch_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE book_lending SET id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE book_lending SET branch_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE book_lending SET exemplar_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE book_lending SET user_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE charges SET id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE charges SET branch_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE charges SET user_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE payments SET id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE payments SET branch_id = gen_random_uuid()");
    row("alpha_shard", "LB010", "UPDATE payments SET charge_id = gen_random_uuid()");
    // Of a copy that is not there, or a branch that has moved away.
    row("alpha_shard", "LB007",
        "UPDATE book_lending SET returned_at = now(), returned_branch_id = branch_id; "
        "UPDATE physical_exemplars SET deleted_at = now(); "
        "INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, due_at) "
        "SELECT branch_id, exemplar_id, user_id, lending_branch_id, now() FROM book_lending");
    row("alpha_shard", "LB007",
        "UPDATE book_lending SET returned_at = now(), returned_branch_id = branch_id; "
        "UPDATE physical_exemplars SET deleted_at = now(); "
        "UPDATE book_lending SET returned_at = NULL, returned_branch_id = NULL");
    row("alpha_shard", "LB001",
        "UPDATE branch_placement SET state = 'retired'; "
        "INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id) "
        "SELECT branch_id, 'late', book_id, material_type_id FROM physical_exemplars");
}

void TestConstraints::each_rule_refuses()
{
    QFETCH(const QString, database);
    QFETCH(const QString, statement);
    QFETCH(const QString, state);
    const QString refusal = attempt(database, statement);
    QVERIFY2(refusal.startsWith(state + u' '), qPrintable(refusal));
}

/// Cards go with their patron, and parts come back with their book, whoever writes the row.
void TestConstraints::what_goes_together()
{
    const auto admin = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    Transaction open(*admin); // never committed
    const auto count = [&](QLatin1StringView query) {
        const Statement statement{"count"_L1, query};
        return admin->exec(statement)->row(0).number("count");
    };
    constexpr auto liveCards = "SELECT count(*) AS count FROM user_cards WHERE deleted_at IS NULL"_L1;
    QVERIFY(count(liveCards) > 0);
    admin->execText(u"remove"_s, u"UPDATE users SET deleted_at = now()"_s);
    QCOMPARE(count(liveCards), 0);

    constexpr auto liveParts = "SELECT (SELECT count(*) FROM author_book WHERE deleted_at IS NULL) "
                               "+ (SELECT count(*) FROM category_book WHERE deleted_at IS NULL) "
                               "+ (SELECT count(*) FROM book_data WHERE deleted_at IS NULL) "
                               "+ (SELECT count(*) FROM book_records WHERE deleted_at IS NULL) AS count"_L1;
    const qint64 parts = count(liveParts);
    QVERIFY(parts >= 4);
    admin->execText(u"free"_s, u"UPDATE exemplar_barcodes SET deleted_at = now()"_s);
    admin->execText(u"remove"_s, u"UPDATE books SET deleted_at = now()"_s);
    QCOMPARE(count(liveParts), 0);
    admin->execText(u"restore"_s, u"UPDATE books SET deleted_at = NULL"_s);
    QCOMPARE(count(liveParts), parts);
}

/// By plain SQL too: of a loan and the removal of its copy at the same time one waits for the other.
void TestConstraints::a_loan_and_a_removal_do_not_pass()
{
    const QString shard = u"alpha_shard"_s;
    const QString copy = m_library.value(
        shard,
        u"INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id) SELECT branch_id, "
        "'one more', book_id, material_type_id FROM physical_exemplars LIMIT 1 RETURNING id"_s);
    const QString loan =
        u"INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, due_at) "
        "SELECT branch_id, '%1', user_id, lending_branch_id, now() FROM book_lending LIMIT 1"_s.arg(copy);
    const QString removal = u"UPDATE physical_exemplars SET deleted_at = now() WHERE id = '%1'"_s.arg(copy);
    QCOMPARE(atOnce(shard, loan, removal), u"LB007"_s);
    m_library.ddl(shard, u"UPDATE book_lending SET returned_at = now(), returned_branch_id = branch_id "
                         "WHERE exemplar_id = '%1'"_s.arg(copy));
    QCOMPARE(atOnce(shard, removal, loan), u"LB007"_s);
}

/// By plain SQL too: no barcode for a book that was removed, and of a claim and a removal at the same time
/// one waits for the other and is refused.
void TestConstraints::a_claim_and_a_removal_do_not_pass()
{
    const QString book = m_library.addBook().toString(QUuid::WithoutBraces);
    const QString claim = u"INSERT INTO exemplar_barcodes (exemplar_id, branch_id, barcode, book_id) "
                          "SELECT uuid_v7(), b.id, '%2', '%1' FROM branches AS b LIMIT 1"_s.arg(book);
    const QString removal = u"UPDATE books SET deleted_at = now() WHERE id = '%1'"_s.arg(book);
    QCOMPARE(atOnce(u"main"_s, claim.arg(u"claim-first"_s), removal), u"LB007"_s);
    m_library.ddl(u"main"_s,
                  u"UPDATE exemplar_barcodes SET deleted_at = now() WHERE barcode = 'claim-first'"_s);
    QCOMPARE(atOnce(u"main"_s, removal, claim.arg(u"removal-first"_s)), u"LB005"_s);
    QVERIFY(attempt(u"main"_s, claim.arg(u"too-late"_s)).startsWith("LB005 "_L1));
    QVERIFY(attempt(u"main"_s,
                    u"UPDATE exemplar_barcodes SET book_id = '%1' WHERE deleted_at IS NULL"_s.arg(book))
                .startsWith("LB005 "_L1));
}

QTEST_GUILESS_MAIN(TestConstraints)
#include "tst_constraints.moc"
