// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/sessionlock.h"
#include "tests/db/importedrows.h"
#include "tests/db/importing.h"
#include "tests/support/ctl.h"

#include <QFile>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

qint64 sum(const LibraryImportReport &report, qint64 ImportedFile::*of)
{
    qint64 all = 0;
    for (const ImportedFile &file : report.files)
        all += file.*of;
    return all;
}

} // namespace

/// “import library”: what goes in, what does not and why, and that rows are as if they had been entered.
class TestBulk final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void whole_library();
    void same_files_again();
    void one_audit_line_for_each_batch();
    void as_if_entered();
    void every_kind_of_refusal();
    void library_that_has_rows();
    void parts_of_an_older_book();
    void replication_goes_on_after_a_copy();
    void two_at_once();
    void cancelled();
    void no_folder_and_no_column();
    void statistics_are_counted_anew();
    void a_hundredth_of_a_large_library();

private:
    [[nodiscard]] LibraryImportReport import(const LibraryCsv &csv, qint64 copyAbove = 8 << 20);

    PreparedLibrary m_library;
    std::unique_ptr<ImportFolder> m_folder;
    LibraryCsv m_first;
    LibraryImportReport m_firstReport;
};

LibraryImportReport TestBulk::import(const LibraryCsv &csv, qint64 copyAbove)
{
    m_folder = std::make_unique<ImportFolder>(csv);
    return m_folder->import(m_library, copyAbove);
}

void TestBulk::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_first = LibraryCsv(LibraryCsv::Size());
    m_firstReport = import(m_first);
    QVERIFY(await(m_library.cluster().refreshDirectory()));
}

/// Whatever a test has brought in, the library is in order.
void TestBulk::cleanup()
{
    QCOMPARE(brokenRules(m_library), QStringList());
}

void TestBulk::whole_library()
{
    QVERIFY(!m_firstReport.wasThere);
    for (const ImportedFile &file : m_firstReport.files) {
        QCOMPARE(file.refused, 0);
        QCOMPARE(file.present, 0);
        QCOMPARE(file.written, m_first.rows(file.name));
    }
    QCOMPARE(m_firstReport.refusedFile, QString());
    QVERIFY(!QFile::exists(m_folder->options().refusedFile));
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM physical_exemplars"_s), 90);
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL"_s), 15);
    QCOMPARE(
        m_library.countOnShards(u"SELECT count(*) FROM charges WHERE amount = 1.25 AND kind = 'overdue'"_s),
        20);
    const QString book = m_first.idText(u"book"_s, 0);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT concat_ws('|', title, sort_title, language, year, publisher, isbn13) "
                             "FROM books WHERE id = '%1'"_s.arg(book)),
             u"The Ender’s Gäme, part \"0\"|The Ender’s Gäme, part \"0\"|de|1950|Press & Söhne"_s);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM books WHERE search @@ search_query('enders game')"_s),
             u"60"_s);
    // Copies stand where their shelf stands; those for use in the library are not lent.
    const QString copy = m_first.idText(u"copy"_s, 5);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM physical_exemplars WHERE id = '%1' AND room = 101 AND floor = 0 "
                 "AND bookshelf = 1"_s.arg(copy)),
             1);
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM physical_exemplars AS e JOIN material_types AS m "
                                     "ON m.id = e.material_type_id WHERE m.code = 'reference'"_s),
             15);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT to_regclass('import_staging.progress')"_s), QString());
    Ctl ctl;
    const CtlRun health = ctl.json({u"--dir"_s, m_library.servers().directory(), u"health"_s});
    QVERIFY2(health.status == 0, health.text().constData());
}

void TestBulk::same_files_again()
{
    const QStringList before = importedContent(m_library);
    const LibraryImportReport again = import(m_first);
    QVERIFY(again.wasThere);
    QCOMPARE(again.written(), m_firstReport.written());
    QCOMPARE(importedContent(m_library), before);
    // The same rows from other files are there already, and nothing is written.
    LibraryCsv other = m_first;
    other.add(u"authors"_s, {m_first.idText(u"author"_s, 9999), u"Somebody New"_s, {}, {}, {}});
    const LibraryImportReport report = import(other);
    QVERIFY(!report.wasThere);
    QCOMPARE(sum(report, &ImportedFile::refused), 0);
    QCOMPARE(fileOf(report, u"authors"_s).written, 1);
    QCOMPARE(fileOf(report, u"lendings"_s).present, 200);
    QCOMPARE(fileOf(report, u"lendings"_s).written, 0);
    QCOMPARE(m_library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 200);
}

void TestBulk::one_audit_line_for_each_batch()
{
    QCOMPARE(m_library.value(
                 u"main"_s, u"SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM audit_log WHERE "
                            "op = 'import' AND new ->> 'sha256' IN (SELECT a.new ->> 'sha256' FROM audit_log "
                            "AS a WHERE a.table_name = 'books' AND a.op = 'import') "
                            "OR op = 'import' AND table_name <> 'authors'"_s),
             u"author_book book_data books category_book exemplar_barcodes users"_s);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT sum((new ->> 'rows')::integer)::integer FROM audit_log WHERE op = 'import' "
                 "AND table_name = 'book_lending'"_s),
             200);
    QCOMPARE(m_library.value(
                 u"main"_s, u"SELECT count(*) FROM audit_log WHERE op = 'insert' AND table_name IN ('users', "
                            "'user_cards', 'books', 'exemplar_barcodes')"_s),
             u"0"_s);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT actor || ' ' || (new ->> 'file') || ' ' || (new ->> 'rows') FROM audit_log "
                        "WHERE op = 'import' AND table_name = 'users'"_s),
        u"branchline_superuser users.csv 40"_s);
}

/// The same book, patron, copy and loan, entered by the functions that desks and forms call, differ in
/// nothing but ids, keys and times.
void TestBulk::as_if_entered()
{
    const BranchEntry branch = *m_library.cluster().directory()->branch(m_first.id(u"branch"_s, 1));
    const QString imported = m_first.idText(u"book"_s, 4); // a part in French would need 3, an ISBN not 5
    m_library.sql(
        u"main"_s,
        u"SELECT * FROM import_books((SELECT jsonb_build_array(jsonb_build_object('line', 1, 'isbn13', "
        u"'9780306406157', "
        "'title', b.title, 'subtitle', b.subtitle, 'year', b.year, 'language', b.language, 'publisher', "
        "b.publisher, "
        "'authors', (SELECT jsonb_agg(a.name) FROM author_book AS ab JOIN authors AS a ON a.id = "
        "ab.author_id "
        "            WHERE ab.book_id = b.id AND ab.role = 'author'), "
        "'categories', (SELECT jsonb_agg(c.name) FROM category_book AS cb JOIN book_categories AS c "
        "               ON c.id = cb.category_id WHERE cb.book_id = b.id))) FROM books AS b WHERE b.id = '%1'))"_s
            .arg(imported));
    // The imported one has a translator as well, whom import_books() does not know.
    m_library.sql(
        u"main"_s,
        u"INSERT INTO author_book (book_id, author_id, role, position) SELECT n.id, a.author_id, a.role, "
        "a.position FROM books AS n, author_book AS a WHERE n.isbn13 = '9780306406157' "
        "AND a.book_id = '%1' AND a.role <> 'author'"_s.arg(imported));
    const QString differing =
        u"SELECT string_agg(o.key || ': ' || o.value || ' / ' || n.value, '; ') "
        "FROM %1 AS a, %1 AS b, jsonb_each_text(to_jsonb(a)) AS o JOIN jsonb_each_text(to_jsonb(b)) AS n "
        "ON n.key = o.key WHERE o.value IS DISTINCT FROM n.value AND NOT o.key = ANY ('{%2}') "
        "AND (%3)"_s;
    const QString stamps = u"id,created_at,updated_at,"_s;
    const QString isTwin = u"a.id = '%1' AND b.isbn13 = '9780306406157'"_s.arg(imported);
    QCOMPARE(m_library.value(u"main"_s, differing.arg(u"books"_s, stamps + "isbn13,row_version"_L1, isTwin)),
             QString());
    QCOMPARE(
        m_library.value(u"main"_s, differing.arg(u"books_ref"_s, stamps + "isbn13,row_version"_L1, isTwin)),
        QString());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT row_version FROM books WHERE id = '%1'"_s.arg(imported)),
             u"1"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT row_version FROM books_ref WHERE id = '%1'"_s.arg(imported)),
             u"1"_s);

    m_library.sql(
        u"main"_s,
        u"SELECT a.* FROM users AS u, add_patron(NULL, 'NEW-CARD', u.family_name, '  ' || u.given_name, "
        "'T1', u.home_branch_id) AS a WHERE u.id = '%1'"_s.arg(m_first.idText(u"user"_s, 1)));
    m_library.sql(
        u"main"_s,
        u"UPDATE users SET email = 'a1@example.org', born_on = '1980-02-29', expires_on = '2030-05-31' "
        "WHERE id = (SELECT user_id FROM user_cards WHERE card_number = 'NEW-CARD')"_s);
    const QString isSame =
        u"a.id = '%1' AND b.id = (SELECT user_id FROM user_cards WHERE card_number = 'NEW-CARD')"_s.arg(
            m_first.idText(u"user"_s, 1));
    QCOMPARE(m_library.value(u"main"_s, differing.arg(u"users"_s, stamps + "row_version"_L1, isSame)),
             QString());
    QCOMPARE(m_library.value(u"main"_s, differing.arg(u"users_ref"_s, stamps + "row_version"_L1, isSame)),
             QString());
    QCOMPARE(
        m_library.value(u"main"_s, differing.arg(u"user_cards"_s, stamps + "user_id,card_number"_L1,
                                                 u"a.user_id = '%1' AND b.card_number = 'NEW-CARD'"_s.arg(
                                                     m_first.idText(u"user"_s, 1)))),
        QString());
    m_library.settle();

    // A copy that is lent now, beside one of the file.
    const QString shard = branch.shard + "_shard"_L1;
    const QString copy = m_first.idText(u"copy"_s, 1);
    const QString place =
        m_library.value(shard, u"SELECT concat_ws(', ', room, floor, bookshelf) FROM physical_exemplars "
                               "WHERE id = '%1'"_s.arg(copy));
    m_library.sql(shard, u"SELECT * FROM add_copy('%1', %2, NULL, 'NEW-COPY', '%3', 'book', %4)"_s
                             .arg(branch.id.toString(QUuid::WithoutBraces))
                             .arg(branch.epoch)
                             .arg(m_first.idText(u"book"_s, 1), place));
    const QString copies = u"a.id = '%1' AND b.barcode = 'NEW-COPY'"_s.arg(copy);
    QCOMPARE(m_library.value(shard, differing.arg(u"physical_exemplars"_s, stamps + "barcode"_L1, copies)),
             QString());
    QCOMPARE(
        m_library.value(
            shard,
            u"SELECT count(*) FROM desk_event WHERE exemplar_id = '%1' AND kind = 'copy_added'"_s.arg(copy)),
        u"1"_s);
}

void TestBulk::every_kind_of_refusal()
{
    LibraryCsv csv(LibraryCsv::Size{.branches = 2, .users = 4, .books = 4, .copies = 6, .loans = 6}, 2);
    const auto of = [&csv](const char *kind, int n) { return csv.idText(QString::fromLatin1(kind), n); };
    QMap<QString, QString> expected;
    const auto expect = [&](const QString &file, const QStringList &cells, const QString &reason) {
        expected.insert(u"%1.csv %2"_s.arg(file).arg(csv.add(file, cells)), reason);
    };
    expect(u"branches"_s, {of("branch", 8), u"bad code"_s, u"House"_s, {}, {}, {}, {}, {}, {}},
           u"code or the name"_s);
    expect(u"branches"_s, {of("branch", 9), u"S2-0"_s, u"Other"_s, {}, {}, {}, {}, {}, {}},
           u"already used"_s);
    expect(u"user_types"_s, {of("type", 1), u"a b"_s, u"X"_s, {}, {}, {}, {}}, u"The code needs"_s);
    expect(u"shelves"_s, {of("shelf", 0), of("branch", 0), u"1"_s, u"1"_s, u"1"_s, {}}, u"same id"_s);
    expect(u"shelves"_s, {of("shelf", 90), of("branch", 0), u"R12345"_s, u"1"_s, u"1"_s, {}}, u"The room"_s);

    const auto user = [&](const QString &id, const QString &type, const QString &home, const QString &card,
                          const QString &last, const QString &born, const QString &expires) {
        return QStringList{id, type, home, card, u"A"_s, last, {}, born, {}, expires, u"t"_s};
    };
    const QString expires = u"2030-01-01T00:00:00Z"_s;
    expect(u"users"_s, user(of("user", 50), of("type", 0), of("branch", 0), u"X50"_s, {}, {}, expires),
           u"last_name is empty"_s);
    expect(u"users"_s,
           user(of("user", 51), of("type", 0), of("branch", 0), u"X51"_s, u"L"_s, u"1980-02-30"_s, expires),
           u"birth_date is not a date"_s);
    expect(
        u"users"_s,
        user(of("user", 52), of("type", 0), of("branch", 0), u"X52"_s, u"L"_s, {}, u"2030-01-01T00:00:00"_s),
        u"expires_at is not a time"_s);
    expect(u"users"_s, user(of("user", 53), of("type", 7), of("branch", 0), u"X53"_s, u"L"_s, {}, expires),
           u"no user type"_s);
    expect(u"users"_s, user(of("user", 54), of("type", 0), of("branch", 9), u"X54"_s, u"L"_s, {}, expires),
           u"no branch"_s);
    expect(u"users"_s,
           user(of("user", 55), of("type", 0), of("branch", 0), u"220000001"_s, u"L"_s, {}, expires),
           u"card number"_s);
    expect(u"users"_s, user(of("user", 0), of("type", 0), of("branch", 0), u"X56"_s, u"L"_s, {}, expires),
           u"same id"_s);
    expect(u"users"_s, user(u"no-uuid"_s, of("type", 0), of("branch", 0), u"X57"_s, u"L"_s, {}, expires),
           u"user_id is not an id"_s);
    expect(u"users"_s,
           user(of("user", 58), of("type", 0), of("branch", 0), QString(70, u'9'), u"L"_s, {}, expires),
           u"longer than 64"_s);
    expect(u"users"_s,
           user(of("user", 59), of("type", 0), of("branch", 0), u"X59"_s, QString(201, u'L'), {}, expires),
           u"longer than 200"_s);

    expect(u"authors"_s, {of("author", 90), u"   "_s, {}, {}, {}}, u"The name is empty"_s);
    const auto book = [&](int n, const QString &isbn, const QString &title, const QString &language,
                          const QString &year) {
        return QStringList{of("book", n), isbn, {}, title, {}, language, year, {}, {}, {}};
    };
    expect(u"books"_s, book(50, u"9780306406158"_s, u"T"_s, u"en"_s, u"2000"_s), u"not a valid ISBN"_s);
    expect(u"books"_s, book(51, {}, {}, u"en"_s, u"2000"_s), u"title is empty"_s);
    expect(u"books"_s, book(52, {}, u"T"_s, u"english"_s, u"2000"_s), u"The language"_s);
    expect(u"books"_s, book(53, {}, u"T"_s, u"en"_s, u"3000"_s), u"The year"_s);
    expect(u"books"_s, book(54, {}, u"T"_s, u"en"_s, u"MM"_s), u"publication_year is not a whole number"_s);
    expect(u"books"_s, book(2, {}, u"T"_s, u"en"_s, u"2000"_s), u"same id"_s);
    const QString isbn =
        m_library.value(u"main"_s, u"SELECT isbn13 FROM books WHERE isbn13 IS NOT NULL AND id = '%1'"_s.arg(
                                       m_first.idText(u"book"_s, 1)));
    expect(u"books"_s, book(55, isbn, u"T"_s, u"en"_s, u"2000"_s), u"Another book has this ISBN"_s);
    expected.insert(u"books.csv %1"_s.arg(csv.addRaw(u"books"_s, u"a,b"_s)), u"2 cells"_s);
    expected.insert(u"books.csv %1"_s.arg(csv.addRaw(u"books"_s, of("book", 60) + ",,,\"T\"x,,,,,,"_L1)),
                    u"behind a closing"_s);
    expect(u"book_translations"_s, {of("book", 50), u"fr"_s, u"T"_s, {}}, u"no book"_s);
    expect(u"book_translations"_s, {of("book", 0), u"it"_s, {}, {}}, u"neither a title"_s);
    expect(u"book_authors"_s, {of("book", 0), of("author", 90), u"1"_s, u"author"_s}, u"no author"_s);
    expect(u"book_authors"_s, {of("book", 0), of("author", 0), u"0"_s, u"editor"_s}, u"The position"_s);
    expect(u"book_categories"_s, {of("book", 0), of("category", 90)}, u"no category"_s);

    const auto copy = [&](int n, const QString &bookId, const QString &branch, const QString &shelf,
                          const QString &barcode, const QString &status) {
        return QStringList{of("copy", n), bookId, branch,    shelf,
                           barcode,       status, u"good"_s, u"2020-01-01T00:00:00Z"_s,
                           u"1"_s};
    };
    expect(u"exemplars"_s, copy(50, of("book", 51), of("branch", 0), {}, u"C50"_s, u"available"_s),
           u"no book"_s);
    expect(u"exemplars"_s, copy(51, of("book", 0), of("branch", 9), {}, u"C51"_s, u"available"_s),
           u"no branch"_s);
    expect(u"exemplars"_s, copy(52, of("book", 0), of("branch", 0), of("shelf", 4), u"C52"_s, u"available"_s),
           u"another branch"_s);
    expect(u"exemplars"_s,
           copy(53, of("book", 0), of("branch", 0), of("shelf", 99), u"C53"_s, u"available"_s),
           u"no shelf"_s);
    expect(u"exemplars"_s, copy(54, of("book", 0), of("branch", 0), {}, u"C54"_s, u"gone"_s),
           u"status is not one of"_s);
    expect(u"exemplars"_s, copy(55, of("book", 0), of("branch", 0), {}, u"130000000"_s, u"available"_s),
           u"already used"_s);
    expect(u"exemplars"_s, copy(0, of("book", 0), of("branch", 0), {}, u"C56"_s, u"available"_s),
           u"same id"_s);
    expect(u"exemplars"_s, copy(57, of("book", 0), of("branch", 0), {}, u" C57"_s, u"available"_s),
           u"blanks at its ends"_s);
    csv.add(u"exemplars"_s, copy(60, of("book", 0), of("branch", 0), {}, u"C60"_s, u"lent"_s));
    expected.insert(u"exemplars.csv 0"_s, u"The copy C60 is called lent"_s);

    const auto loan = [&](int n, int copyId, const QString &bookId, const QString &branch,
                          const QString &userId, const QString &due, const QString &back) {
        return QStringList{of("loan", n), of("copy", copyId),
                           bookId,        branch,
                           userId,        u"2025-01-05T10:00:00Z"_s,
                           due,           back,
                           u"0"_s,        {},
                           u"0"_s};
    };
    const QString due = u"2025-02-05T10:00:00Z"_s;
    const QString back = u"2025-01-09T10:00:00Z"_s;
    expect(u"lendings"_s, loan(50, 90, of("book", 0), of("branch", 0), of("user", 0), due, back),
           u"no copy"_s);
    expect(u"lendings"_s, loan(51, 0, of("book", 1), of("branch", 0), of("user", 0), due, back),
           u"another book"_s);
    expect(u"lendings"_s, loan(52, 0, of("book", 0), of("branch", 1), of("user", 0), due, back),
           u"no copy"_s);
    expect(u"lendings"_s, loan(53, 0, of("book", 0), of("branch", 0), of("user", 50), due, back),
           u"no patron"_s);
    expect(u"lendings"_s,
           loan(54, 0, of("book", 0), of("branch", 0), of("user", 0), u"2025-01-04T10:00:00Z"_s, back),
           u"due_at lies"_s);
    expect(u"lendings"_s,
           loan(55, 0, of("book", 0), of("branch", 0), of("user", 0), due, u"2025-01-04T10:00:00Z"_s),
           u"returned_at lies"_s);
    expect(u"lendings"_s, loan(56, 0, of("book", 0), of("branch", 0), of("user", 0), due, {}),
           u"not marked as lent"_s);
    expect(u"lendings"_s, loan(57, 5, of("book", 1), of("branch", 1), of("user", 0), due, {}),
           u"lent to somebody"_s);
    expect(u"lendings"_s, loan(1, 1, of("book", 1), of("branch", 1), of("user", 0), due, back), u"same"_s);
    expect(u"lendings"_s, loan(58, 0, of("book", 0), of("branch", 9), of("user", 0), due, back),
           u"no copy"_s);
    expect(u"lendings"_s, loan(59, 0, of("book", 0), u"x"_s, of("user", 0), due, back),
           u"branch_id is not an id"_s);
    expected.insert(u"lendings.csv %1"_s.arg(csv.addRaw(u"lendings"_s, u"\"never closed"_s)),
                    u"not closed"_s);

    const LibraryImportReport report = import(csv);
    const QMap<QString, QString> refused = m_folder->refused();
    for (auto it = expected.cbegin(); it != expected.cend(); ++it)
        QVERIFY2(refused.value(it.key()).contains(it.value()),
                 qPrintable(it.key() + ": "_L1 + refused.value(it.key())));
    QCOMPARE(refused.keys(), expected.keys());
    QCOMPARE(fileOf(report, u"lendings"_s).written, 6);
    QCOMPARE(fileOf(report, u"exemplars"_s).written, 7);
    QCOMPARE(m_library.countOnShards(
                 u"SELECT count(*) FROM physical_exemplars WHERE barcode = 'C60' AND status = 'missing'"_s),
             1);
}

void TestBulk::library_that_has_rows()
{
    const QStringList before = importedContent(m_library);
    const BranchEntry branch = *m_library.cluster().directory()->branch(m_first.id(u"branch"_s, 0));
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    LibraryCsv csv(LibraryCsv::Size{.branches = 1, .users = 2, .books = 2, .copies = 2, .loans = 2}, 3);
    const int user = csv.add(u"users"_s, {csv.idText(u"user"_s, 9),
                                          csv.idText(u"type"_s, 0),
                                          csv.idText(u"branch"_s, 0),
                                          card,
                                          u"A"_s,
                                          u"B"_s,
                                          {},
                                          {},
                                          {},
                                          {},
                                          {}});
    const int copy = csv.add(u"exemplars"_s, {csv.idText(u"copy"_s, 9),
                                              csv.idText(u"book"_s, 0),
                                              csv.idText(u"branch"_s, 0),
                                              {},
                                              barcode,
                                              u"available"_s,
                                              {},
                                              {},
                                              {}});
    // A type and a category that are there under other ids.
    csv.add(u"user_types"_s,
            {csv.idText(u"type"_s, 5), u"adult"_s, u"Whatever"_s, u"1"_s, u"1"_s, u"1"_s, {}});
    csv.add(u"users"_s, {csv.idText(u"user"_s, 10),
                         csv.idText(u"type"_s, 5),
                         csv.idText(u"branch"_s, 0),
                         u"THREE"_s,
                         u"A"_s,
                         u"B"_s,
                         {},
                         {},
                         {},
                         {},
                         {}});
    csv.add(u"categories"_s, {csv.idText(u"category"_s, 9), {}, {}, u"KIND 1 of 1"_s});
    csv.add(u"book_categories"_s, {csv.idText(u"book"_s, 0), csv.idText(u"category"_s, 9)});

    const LibraryImportReport report = import(csv);
    const QMap<QString, QString> refused = m_folder->refused();
    QCOMPARE(refused.keys(), (QStringList{u"exemplars.csv %1"_s.arg(copy), u"users.csv %1"_s.arg(user)}));
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT t.code FROM users AS u JOIN user_types AS t ON t.id = u.user_type_id "
                             "JOIN user_cards AS c ON c.user_id = u.id WHERE c.card_number = 'THREE'"_s),
             u"adult"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT categories FROM books_ref WHERE id = '%1'"_s.arg(
                                            csv.idText(u"book"_s, 0))),
             u"Kind 0 of 3, Kind 1 of 1"_s);
    // A desk finds both, old and new.
    COMPARE_OUTCOME(m_library.lend(branch, barcode, u"THREE"_s), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
}

void TestBulk::parts_of_an_older_book()
{
    LibraryCsv csv;
    const QString book = m_first.idText(u"book"_s, 7);
    csv.add(u"branches"_s,
            {m_first.idText(u"branch"_s, 0), u"S1-0"_s, u"House 0 of 1"_s, {}, {}, {}, {}, {}, {}});
    csv.add(u"book_translations"_s, {book, u"tr"_s, u"Zürafa kitabı"_s, {}});
    const QString version =
        m_library.value(u"main"_s, u"SELECT row_version FROM books WHERE id = '%1'"_s.arg(book));
    (void)import(csv);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT row_version - %1 FROM books WHERE id = '%2'"_s.arg(version, book)),
             u"1"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT id FROM books WHERE search @@ search_query('zurafa')"_s),
             book);
}

/// The summaries go past the replication, which then goes on where they were taken.
void TestBulk::replication_goes_on_after_a_copy()
{
    const LibraryCsv csv(LibraryCsv::Size{.branches = 3, .users = 30, .books = 30, .copies = 40, .loans = 80},
                         4);
    const LibraryImportReport report = import(csv, 0);
    QCOMPARE(sum(report, &ImportedFile::refused), 0);
    const QString books =
        m_library.value(u"main"_s, u"SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM books_ref AS r"_s);
    for (const QString &shard : m_library.shards()) {
        QCOMPARE(m_library.value(shard + "_shard"_L1,
                                 u"SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM books_ref AS r"_s),
                 books);
    }
    const BranchEntry branch = *m_library.cluster().directory()->branch(m_first.id(u"branch"_s, 0));
    const QString card = m_library.addPatron(branch);
    m_library.settle();
    const QString barcode = m_library.addCopy(branch);
    COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
}

void TestBulk::two_at_once()
{
    auto other = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    takeSessionLock(*other, setUpLock);
    LibraryCsv csv(LibraryCsv::Size(), 5);
    QTemporaryDir folder;
    csv.write(folder.path());
    Ctl ctl;
    const CtlRun run =
        ctl.json({u"--dir"_s, m_library.servers().directory(), u"import"_s, u"library"_s, folder.path()});
    QVERIFY2(run.status == 1 && run.text().contains("Somebody else"), run.text().constData());
}

void TestBulk::cancelled()
{
    const LibraryCsv csv(
        LibraryCsv::Size{.branches = 3, .users = 3000, .books = 3000, .copies = 6000, .loans = 12000}, 6);
    QTemporaryDir folder;
    csv.write(folder.path());
    LibraryImport first(m_library.adminAddresses(),
                        {.directory = folder.path(), .refusedFile = folder.filePath(u"r"_s)});
    auto result = std::async(std::launch::async, [&] { return first.run(); });
    QTRY_VERIFY_WITH_TIMEOUT(first.progress().rows > 0, 60000);
    first.cancel();
    const auto cancelled = result.get();
    QVERIFY(!cancelled);
    QCOMPARE(cancelled.error().kind, DbErrorKind::Canceled);
    LibraryImport second(m_library.adminAddresses(),
                         {.directory = folder.path(), .refusedFile = folder.filePath(u"r"_s)});
    const auto report = second.run();
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    // Begun anew, it would have met its own rows.
    for (const ImportedFile &file : report->files) {
        QCOMPARE(file.written, csv.rows(file.name));
        QCOMPARE(file.present, 0);
    }
}

void TestBulk::no_folder_and_no_column()
{
    QTemporaryDir folder;
    Ctl ctl;
    const CtlRun nothing =
        ctl.json({u"--dir"_s, m_library.servers().directory(), u"import"_s, u"library"_s, folder.path()});
    QVERIFY2(nothing.status == 1 && nothing.text().contains("branches.csv"), nothing.text().constData());
    LibraryCsv(LibraryCsv::Size(), 7).write(folder.path());
    QFile file(folder.filePath(u"lendings.csv"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("lending_id,exemplar_id\n");
    file.close();
    const QStringList before = importedContent(m_library);
    const CtlRun column =
        ctl.json({u"--dir"_s, m_library.servers().directory(), u"import"_s, u"library"_s, folder.path()});
    QVERIFY2(column.status == 1 && column.text().contains("user_id"), column.text().constData());
    QCOMPARE(importedContent(m_library), before);
    const CtlRun unwritable = ctl.json({u"--dir"_s, m_library.servers().directory(), u"import"_s,
                                        u"library"_s, folder.path(), u"--refused"_s, u"/proc/no/file"_s});
    QVERIFY2(unwritable.status == 2 && unwritable.text().contains("--refused"),
             unwritable.text().constData());
}

/// Days that were rolled up before are counted again with the loans that came in.
void TestBulk::statistics_are_counted_anew()
{
    for (const QString &shard : m_library.shards())
        m_library.sql(shard + "_shard"_L1, u"SELECT roll_up_activity(3660)"_s);
    LibraryCsv csv;
    csv.add(u"branches"_s,
            {m_first.idText(u"branch"_s, 1), u"S1-1"_s, u"House 1 of 1"_s, {}, {}, {}, {}, {}, {}});
    csv.add(u"lendings"_s, {csv.idText(u"late"_s, 1),
                            m_first.idText(u"copy"_s, 1),
                            m_first.idText(u"book"_s, 1),
                            m_first.idText(u"branch"_s, 1),
                            m_first.idText(u"user"_s, 1),
                            u"2024-05-05T10:00:00Z"_s,
                            u"2024-06-05T10:00:00Z"_s,
                            u"2024-05-06T10:00:00Z"_s,
                            u"0"_s,
                            {},
                            u"0"_s});
    const LibraryImportReport report = import(csv);
    QCOMPARE(fileOf(report, u"lendings"_s).written, 1);
    // cleanup() compares the figures of the days with the loans.
}

void TestBulk::a_hundredth_of_a_large_library()
{
    const QString script = QFINDTESTDATA("../../../shared/data/make_library.py");
    if (script.isEmpty())
        QSKIP("skipped: no shared data");
    QTemporaryDir folder;
    QProcess python;
    python.start(u"python3"_s, {script, u"--out"_s, folder.path(), u"--books"_s, u"5000"_s, u"--copies"_s,
                                u"15000"_s, u"--users"_s, u"2500"_s, u"--lendings"_s, u"50000"_s,
                                u"--branches"_s, u"12"_s, u"--jobs"_s, u"1"_s});
    QVERIFY(python.waitForFinished(120000));
    QCOMPARE(python.exitCode(), 0);
    LibraryImport bulk(m_library.adminAddresses(),
                       {.directory = folder.path(), .refusedFile = folder.filePath(u"r"_s), .copyAbove = 0});
    const auto report = bulk.run();
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QCOMPARE(report->refused(), 0);
    QCOMPARE(fileOf(*report, u"lendings"_s).written, 50000);
}

QTEST_GUILESS_MAIN(TestBulk)
#include "tst_bulk.moc"
