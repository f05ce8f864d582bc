// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/reconcile.h"
#include "tests/db/importedrows.h"
#include "tests/db/importing.h"
#include "tests/support/ctl.h"

#include <QCryptographicHash>
#include <QFile>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What an import must not do, whatever its files say and whoever works beside it: take what the functions of
/// the desks would refuse, write into another library, lose to a repair, or leave behind what cannot be
/// mended.
class TestBulkGuards final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void swapped_addresses();
    void not_repaired_half_way();
    void claim_that_is_gone();
    void book_removed_meanwhile();
    void corrected_open_loan();
    void loans_in_a_later_folder();
    void reference_is_not_lent();
    void purged_patron();
    void loans_that_cannot_be();
    void branch_of_another_id();
    void value_too_large_for_an_index();
    void refused_file_is_renewed();
    void staging_of_a_finished_import();
    void staging_of_somebody_else();
    void another_program_went_on();
    void given_up();

private:
    /// Files with the first branch and nothing else; kinds of ids in them are those of m_first.
    [[nodiscard]] LibraryCsv files() const;
    [[nodiscard]] QString of(const char *kind, int n) const
    {
        return m_first.idText(QString::fromLatin1(kind), n);
    }
    int addCopy(LibraryCsv &csv, int n, const QString &status, const QString &book = {}) const;
    int addLoan(LibraryCsv &csv, int n, int copy, const QString &lent, const QString &due,
                const QString &returned, int user = 1, const QString &fine = {}) const;
    [[nodiscard]] QString shard() const { return m_branch.shard + "_shard"_L1; }
    [[nodiscard]] QString statusOf(int copy);
    /// Imports until a lock of somebody else stops it and `isReached` is so; then cancels it.
    template <typename Reached>
    void importUntil(const ImportFolder &folder, const QString &lockedTable, Reached isReached);

    PreparedLibrary m_library;
    LibraryCsv m_first;
    BranchEntry m_branch;
};

LibraryCsv TestBulkGuards::files() const
{
    LibraryCsv csv;
    csv.add(u"branches"_s, {of("branch", 0), u"S1-0"_s, u"House 0 of 1"_s, {}, {}, {}, {}, {}, {}});
    return csv;
}

/// Copies have numbers from 1000 on, so that they are not those of m_first; all are of the first book.
int TestBulkGuards::addCopy(LibraryCsv &csv, int n, const QString &status, const QString &book) const
{
    return csv.add(u"exemplars"_s, {of("copy", n),
                                    book.isEmpty() ? of("book", 0) : book,
                                    of("branch", 0),
                                    {},
                                    u"G%1"_s.arg(n),
                                    status,
                                    {},
                                    u"2020-01-01T00:00:00Z"_s,
                                    {}});
}

int TestBulkGuards::addLoan(LibraryCsv &csv, int n, int copy, const QString &lent, const QString &due,
                            const QString &returned, int user, const QString &fine) const
{
    const auto time = [](const QString &day) { return day.isEmpty() ? day : day + "T10:00:00Z"_L1; };
    return csv.add(u"lendings"_s, {of("loan", n),
                                   of("copy", copy),
                                   of("book", copy < 1000 ? copy : 0),
                                   of("branch", 0),
                                   of("user", user),
                                   time(lent),
                                   time(due),
                                   time(returned),
                                   {},
                                   {},
                                   fine});
}

QString TestBulkGuards::statusOf(int copy)
{
    return m_library.value(shard(),
                           u"SELECT status FROM physical_exemplars WHERE id = '%1'"_s.arg(of("copy", copy)));
}

template <typename Reached>
void TestBulkGuards::importUntil(const ImportFolder &folder, const QString &lockedTable, Reached isReached)
{
    const auto holder = m_library.newSession(shard(), LocalLibrary::superuserName());
    holder->execText(u"hold"_s, u"SET idle_in_transaction_session_timeout = 0; BEGIN; "
                                "LOCK TABLE %1 IN ROW EXCLUSIVE MODE"_s.arg(lockedTable));
    LibraryImport bulk(m_library.adminAddresses(), folder.options());
    auto result = std::async(std::launch::async, [&bulk] { return bulk.run(); });
    QTRY_VERIFY_WITH_TIMEOUT(isReached(), 60000);
    bulk.cancel();
    const auto report = result.get();
    QVERIFY(!report);
    QCOMPARE(report.error().kind, DbErrorKind::Canceled);
    holder->execText(u"let go"_s, u"ROLLBACK"_s);
}

void TestBulkGuards::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_first = LibraryCsv(LibraryCsv::Size());
    for (const int book : {900, 901}) // without copies
        m_first.add(u"books"_s, {of("book", book), {}, {}, u"Alone"_s, {}, {}, {}, {}, {}, {}});
    (void)ImportFolder(m_first).import(m_library);
    QVERIFY(await(m_library.cluster().refreshDirectory()));
    m_branch = *m_library.cluster().directory()->branch(m_first.id(u"branch"_s, 0));
}

/// Whatever was tried, the library is in order, and nothing of an import is left.
void TestBulkGuards::cleanup()
{
    QCOMPARE(brokenRules(m_library).join(u'\n'), QString());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT to_regnamespace('import_staging')"_s), QString());
    QCOMPARE(m_library.countOnShards(u"SELECT count(to_regnamespace('import_staging'))"_s), 0);
}

void TestBulkGuards::swapped_addresses()
{
    LibraryCsv csv;
    csv.add(u"branches"_s, {of("branch", 50), u"SWAP"_s, u"Swapped"_s, {}, {}, {}, {}, {}, {}});
    const ImportFolder folder(csv);
    AdminAddresses addresses = m_library.adminAddresses();
    std::swap(addresses.shards[m_library.shards().at(0)], addresses.shards[m_library.shards().at(1)]);
    LibraryImport bulk(addresses, folder.options());
    const auto report = bulk.run();
    QVERIFY(!report);
    QCOMPARE(report.error().kind, DbErrorKind::SchemaMismatch);
    QVERIFY2(report.error().message.contains("leads to the shard"_L1), qPrintable(report.error().message));
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM branches WHERE code = 'SWAP'"_s), u"0"_s);
}

/// Between copies and loans, every copy that is lent looks damaged.
void TestBulkGuards::not_repaired_half_way()
{
    LibraryCsv csv = files();
    addCopy(csv, 1000, u"lent"_s);
    addLoan(csv, 1000, 1000, u"2025-01-05"_s, u"2025-02-05"_s, {});
    const ImportFolder folder(csv);
    importUntil(folder, u"book_lending"_s, [this] { return statusOf(1000) == "lent"_L1; });
    const auto result = reconcile(m_library.adminAddresses(), {.isRepairWanted = true, .pause = 100ms});
    QVERIFY2(result.isOk(), qPrintable(result.isOk() ? QString() : result.error().message));
    for (const Finding &finding : result->left)
        QCOMPARE(finding.code, u"import_under_way"_s);
    QCOMPARE(result->left.size(), 1 + m_library.shards().size());
    QCOMPARE(result->repairs, QStringList());
    const LibraryImportReport report = folder.import(m_library);
    QCOMPARE(report.refused(), 0);
    QCOMPARE(statusOf(1000), u"lent"_s);
}

/// A barcode that was given free while the import stood still may be on another copy by now.
void TestBulkGuards::claim_that_is_gone()
{
    LibraryCsv csv = files();
    const int gone = addCopy(csv, 1010, u"available"_s);
    addCopy(csv, 1011, u"available"_s);
    const ImportFolder folder(csv);
    const QString claim = u"FROM exemplar_barcodes WHERE exemplar_id = '%1' AND deleted_at IS NULL"_s;
    importUntil(folder, u"physical_exemplars"_s, [&] {
        return m_library.value(u"main"_s, "SELECT count(*) "_L1 + claim.arg(of("copy", 1011))) == "1"_L1;
    });
    m_library.sql(
        u"main"_s,
        u"UPDATE exemplar_barcodes SET deleted_at = now() WHERE exemplar_id = '%1'"_s.arg(of("copy", 1010)));
    (void)folder.import(m_library);
    QCOMPARE(folder.refused().keys(), (QStringList{u"exemplars.csv %1"_s.arg(gone)}));
    QVERIFY2(folder.refused().first().contains("list of barcodes"_L1), qPrintable(folder.refused().first()));
    QCOMPARE(statusOf(1010), QString());
    QCOMPARE(statusOf(1011), u"available"_s);
}

/// Neither sees the other; the copy loses.
void TestBulkGuards::book_removed_meanwhile()
{
    LibraryCsv csv = files();
    const int line = addCopy(csv, 1020, u"available"_s, of("book", 900));
    const ImportFolder folder(csv);
    const auto remover = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    remover->execText(u"remove"_s,
                      u"BEGIN; SELECT outcome FROM remove_book('%1', (SELECT row_version FROM books "
                      "WHERE id = '%1'))"_s.arg(of("book", 900)));
    LibraryImport bulk(m_library.adminAddresses(), folder.options());
    auto result = std::async(std::launch::async, [&bulk] { return bulk.run(); });
    QTRY_VERIFY_WITH_TIMEOUT(
        m_library.value(u"main"_s, u"SELECT count(*) FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(
                                       of("copy", 1020))) == "1"_L1,
        60000);
    remover->execText(u"remove"_s, u"COMMIT"_s);
    const auto report = result.get();
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QCOMPARE(m_library.value(u"main"_s, u"SELECT deleted_at IS NOT NULL FROM books WHERE id = '%1'"_s.arg(
                                            of("book", 900))),
             u"true"_s);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT count(*) FROM exemplar_barcodes AS e JOIN books AS b ON b.id = "
                             "e.book_id WHERE e.deleted_at IS NULL AND b.deleted_at IS NOT NULL"_s),
             u"0"_s);
    QCOMPARE(folder.refused().keys(), (QStringList{u"exemplars.csv %1"_s.arg(line)}));
    QCOMPARE(statusOf(1020), QString());
}

void TestBulkGuards::corrected_open_loan()
{
    LibraryCsv csv = files();
    for (const int copy : {1030, 1031})
        addCopy(csv, copy, u"lent"_s);
    LibraryCsv wrong = csv;
    for (const int copy : {1030, 1031}) {
        addLoan(wrong, copy, copy, u"2025-01-05"_s, u"2024-02-05"_s, {});
        addLoan(csv, copy, copy, u"2025-01-05"_s, u"2025-02-05"_s, {});
    }
    QCOMPARE(ImportFolder(wrong).import(m_library).refused(), 2);
    QCOMPARE(statusOf(1030), u"missing"_s);
    // One of them turned up in the library.
    m_library.sql(shard(), u"UPDATE physical_exemplars SET status = 'available' WHERE id = '%1'"_s.arg(
                               of("copy", 1031)));
    const ImportFolder corrected(csv);
    QCOMPARE(fileOf(corrected.import(m_library), u"lendings"_s).written, 1);
    QCOMPARE(statusOf(1030), u"lent"_s);
    QCOMPARE(statusOf(1031), u"available"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, u"G1030"_s), Outcome::Returned);
}

void TestBulkGuards::loans_in_a_later_folder()
{
    LibraryCsv copies = files();
    addCopy(copies, 1040, u"lent"_s);
    addCopy(copies, 1041, u"missing"_s);
    (void)ImportFolder(copies).import(m_library);
    LibraryCsv loans = files();
    addLoan(loans, 1040, 1040, u"2025-01-05"_s, u"2025-02-05"_s, {});
    const int missing = addLoan(loans, 1041, 1041, u"2025-01-05"_s, u"2025-02-05"_s, {});
    const ImportFolder later(loans);
    QCOMPARE(fileOf(later.import(m_library), u"lendings"_s).written, 1);
    QCOMPARE(statusOf(1040), u"lent"_s);
    QCOMPARE(later.refused().keys(), (QStringList{u"lendings.csv %1"_s.arg(missing)}));
}

void TestBulkGuards::reference_is_not_lent()
{
    LibraryCsv csv = files();
    addCopy(csv, 1050, u"reference"_s);
    addCopy(csv, 1051, u"available"_s);
    // A type of a later import, and one that was there.
    csv.add(u"user_types"_s, {of("type", 50), u"LATE"_s, u"Late"_s, u"5"_s, u"14"_s, u"1"_s, {}});
    csv.add(
        u"users"_s,
        {of("user", 50), of("type", 50), of("branch", 0), u"LATE-1"_s, {}, u"Late"_s, {}, {}, {}, {}, {}});
    QCOMPARE(ImportFolder(csv).import(m_library).refused(), 0);
    for (const QString &card : {u"120000001"_s, u"LATE-1"_s}) {
        COMPARE_OUTCOME(m_library.lend(m_branch, u"G1050"_s, card), Outcome::Refused);
        COMPARE_OUTCOME(m_library.lend(m_branch, u"G1051"_s, card), Outcome::Lent);
        COMPARE_OUTCOME(m_library.takeBack(m_branch, u"G1051"_s), Outcome::Returned);
    }
}

void TestBulkGuards::purged_patron()
{
    // One was purged, one is about to be.
    LibraryCsv people = files();
    for (const int user : {60, 61}) {
        people.add(u"users"_s, {of("user", user),
                                of("type", 0),
                                of("branch", 0),
                                u"PURGE-%1"_s.arg(user),
                                {},
                                u"Gone"_s,
                                {},
                                {},
                                {},
                                {},
                                {}});
    }
    LibraryCsv withLoans = people;
    (void)ImportFolder(people).import(m_library);
    Ctl ctl;
    const CtlRun purge = ctl.json(
        {u"--dir"_s, m_library.servers().directory(), u"patron"_s, u"purge"_s, u"PURGE-60"_s, u"--yes"_s});
    QVERIFY2(purge.status == 0, purge.text().constData());
    m_library.sql(u"main"_s,
                  u"INSERT INTO user_blocks (user_id, code, reason) VALUES ('%1', 'purge', 'test')"_s.arg(
                      of("user", 61)));
    m_library.settle();
    for (const int copy : {1060, 1061})
        addCopy(withLoans, copy, u"lent"_s);
    const QString lent = u"2025-01-05"_s;
    const QString due = u"2025-02-05"_s;
    const QString back = u"2025-01-09"_s;
    const QStringList expected{
        u"exemplars.csv 0"_s,
        u"lendings.csv %1"_s.arg(addLoan(withLoans, 1060, 1060, lent, due, {}, 60)),
        u"lendings.csv %1"_s.arg(addLoan(withLoans, 1061, 0, lent, due, back, 60)),
        u"lendings.csv %1"_s.arg(addLoan(withLoans, 1062, 1061, lent, due, {}, 61)),
        u"lendings.csv %1"_s.arg(addLoan(withLoans, 1063, 3, lent, due, back, 61, u"125"_s)),
        u"users.csv 2"_s};
    addLoan(withLoans, 1064, 6, lent, due, back, 61);
    const ImportFolder folder(withLoans);
    QCOMPARE(fileOf(folder.import(m_library), u"lendings"_s).written, 1);
    QCOMPARE(folder.refused().keys(), expected);
    QVERIFY(folder.refused().value(u"users.csv 2"_s).contains("purged"_L1));
    m_library.sql(u"main"_s,
                  u"UPDATE user_blocks SET deleted_at = now() WHERE user_id = '%1'"_s.arg(of("user", 61)));
}

void TestBulkGuards::loans_that_cannot_be()
{
    LibraryCsv csv = files();
    QMap<QString, QString> expected;
    const auto expect = [&expected](const QString &file, int line, const QString &reason) {
        expected.insert(u"%1.csv %2"_s.arg(file).arg(line), reason);
    };
    for (const int copy : {1070, 1071, 1072})
        addCopy(csv, copy, u"available"_s);
    addCopy(csv, 1073, u"lent"_s);
    expect(u"exemplars"_s,
           csv.add(u"exemplars"_s, {of("copy", 1074),
                                    of("book", 0),
                                    of("branch", 0),
                                    {},
                                    u"G1074"_s,
                                    u"available"_s,
                                    {},
                                    u"2205-01-01T00:00:00Z"_s,
                                    {}}),
           u"acquired_at"_s);
    expect(u"lendings"_s, addLoan(csv, 1070, 1070, u"2205-01-05"_s, u"2205-02-05"_s, u"2205-01-09"_s),
           u"future"_s);
    expect(u"lendings"_s, addLoan(csv, 1071, 1070, u"2024-01-05"_s, u"2024-02-05"_s, u"2204-01-09"_s),
           u"future"_s);
    addLoan(csv, 1072, 1071, u"2024-01-01"_s, u"2024-02-01"_s, u"2024-03-01"_s);
    addLoan(csv, 1073, 1071, u"2024-03-01"_s, u"2024-04-01"_s, u"2024-04-01"_s); // at once after it
    expect(u"lendings"_s, addLoan(csv, 1074, 1071, u"2024-02-01"_s, u"2024-03-01"_s, u"2024-03-01"_s),
           u"in that time"_s);
    addLoan(csv, 1075, 1073, u"2024-05-01"_s, u"2024-06-01"_s, {});
    expect(u"lendings"_s, addLoan(csv, 1076, 1073, u"2024-07-01"_s, u"2024-08-01"_s, u"2024-07-09"_s),
           u"in that time"_s);
    addLoan(csv, 1077, 1073, u"2023-07-01"_s, u"2023-08-01"_s, u"2023-07-09"_s);
    ImportFolder first(csv);
    (void)first.import(m_library);
    for (auto it = expected.cbegin(); it != expected.cend(); ++it)
        QVERIFY2(first.refused().value(it.key()).contains(it.value()), qPrintable(it.key()));
    QCOMPARE(first.refused().keys(), expected.keys());

    // The same against what is in the table, and a copy that was removed.
    m_library.sql(
        shard(), u"UPDATE physical_exemplars SET deleted_at = now() WHERE id = '%1'"_s.arg(of("copy", 1072)));
    m_library.sql(
        u"main"_s,
        u"UPDATE exemplar_barcodes SET deleted_at = now() WHERE exemplar_id = '%1'"_s.arg(of("copy", 1072)));
    LibraryCsv more = files();
    expected.clear();
    expect(u"lendings"_s, addLoan(more, 1080, 1071, u"2024-02-20"_s, u"2024-03-20"_s, u"2024-03-20"_s),
           u"in that time"_s);
    expect(u"lendings"_s, addLoan(more, 1081, 1073, u"2025-01-01"_s, u"2025-02-01"_s, u"2025-01-09"_s),
           u"in that time"_s);
    expect(u"lendings"_s, addLoan(more, 1082, 1072, u"2024-01-01"_s, u"2024-02-01"_s, u"2024-01-09"_s),
           u"removed"_s);
    addLoan(more, 1083, 1070, u"2024-01-01"_s, u"2024-02-01"_s, u"2024-01-09"_s);
    const ImportFolder second(more);
    (void)second.import(m_library);
    for (auto it = expected.cbegin(); it != expected.cend(); ++it)
        QVERIFY2(second.refused().value(it.key()).contains(it.value()), qPrintable(it.key()));
    QCOMPARE(second.refused().keys(), expected.keys());
    COMPARE_OUTCOME(m_library.lend(m_branch, u"G1070"_s, u"120000001"_s), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, u"G1070"_s), Outcome::Returned);
}

void TestBulkGuards::branch_of_another_id()
{
    LibraryCsv csv;
    const int known =
        csv.add(u"branches"_s, {of("branch", 70), u"S1-1"_s, u"House 1 of 1"_s, {}, {}, {}, {}, {}, {}});
    csv.add(u"branches"_s, {of("branch", 71), u"NEW-71"_s, u"New"_s, {}, {}, {}, {}, {}, {}});
    const int twice =
        csv.add(u"branches"_s, {of("branch", 72), u"NEW-71"_s, u"New"_s, {}, {}, {}, {}, {}, {}});
    const ImportFolder folder(csv);
    const LibraryImportReport report = folder.import(m_library);
    QCOMPARE(fileOf(report, u"branches"_s).written, 1);
    QCOMPARE(folder.refused().keys(),
             (QStringList{u"branches.csv %1"_s.arg(known), u"branches.csv %1"_s.arg(twice)}));
    QVERIFY2(folder.refused().first().contains(of("branch", 1)), qPrintable(folder.refused().first()));
}

void TestBulkGuards::value_too_large_for_an_index()
{
    LibraryCsv csv = files();
    // Of this length a column takes it, and an index does not: it cannot be made smaller.
    QString noise;
    for (int i = 0; noise.size() < 1900; ++i)
        noise += QString::fromLatin1(
            QCryptographicHash::hash(QByteArray::number(i), QCryptographicHash::Sha512).toBase64());
    QString wide;
    for (const QChar c : noise)
        wide += QChar(c.unicode() + 0x4E00);
    const int book = csv.add(u"books"_s, {of("book", 80), {}, {}, wide.left(1900), {}, {}, {}, {}, {}, {}});
    csv.add(u"books"_s, {of("book", 81), {}, {}, u"Good"_s, {}, {}, {}, {}, {}, {}});
    const int user = csv.add(u"users"_s, {of("user", 80),
                                          of("type", 0),
                                          of("branch", 0),
                                          u"MAIL-80"_s,
                                          {},
                                          u"Long"_s,
                                          QString(321, u'x'),
                                          {},
                                          {},
                                          {},
                                          {}});
    const ImportFolder folder(csv);
    const LibraryImportReport report = folder.import(m_library);
    QVERIFY(folder.refused().contains(u"users.csv %1"_s.arg(user)));
    // Whether there is such an index is not this test's matter; that the import ends is.
    QCOMPARE(fileOf(report, u"books"_s).written +
                 (folder.refused().contains(u"books.csv %1"_s.arg(book)) ? 1 : 0),
             2);
}

void TestBulkGuards::refused_file_is_renewed()
{
    LibraryCsv csv = files();
    csv.add(u"books"_s, {of("book", 90), {}, {}, {}, {}, {}, {}, {}, {}, {}});
    const ImportFolder folder(csv);
    QCOMPARE(folder.import(m_library).refused(), 1);
    QVERIFY(QFile::exists(folder.options().refusedFile));
    LibraryCsv corrected = files();
    corrected.add(u"books"_s, {of("book", 90), {}, {}, u"Now"_s, {}, {}, {}, {}, {}, {}});
    corrected.write(folder.path());
    QCOMPARE(folder.import(m_library).refused(), 0);
    QVERIFY(!QFile::exists(folder.options().refusedFile));
}

/// Killed between its last two steps.
void TestBulkGuards::staging_of_a_finished_import()
{
    LibraryCsv csv = files();
    csv.add(u"authors"_s, {of("author", 9100), u"Some One"_s, {}, {}, {}});
    const ImportFolder folder(csv);
    (void)folder.import(m_library);
    const QString identity = m_library.value(
        u"main"_s,
        u"SELECT payload ->> 'identity' FROM jobs WHERE kind = 'library import' ORDER BY updated_at DESC"_s);
    QStringList databases{u"main"_s};
    for (const QString &name : m_library.shards())
        databases << name + "_shard"_L1;
    for (const QString &database : databases) {
        m_library.ddl(
            database,
            u"CREATE SCHEMA import_staging; CREATE TABLE import_staging.run (identity text, started_at "
            "timestamptz); INSERT INTO import_staging.run VALUES ('%1', now())"_s.arg(identity));
    }
    QVERIFY(folder.import(m_library).wasThere);
    // cleanup() looks whether it has gone.
}

/// Triggers of a person who is no superuser would run as one.
void TestBulkGuards::staging_of_somebody_else()
{
    m_library.ddl(u"main"_s, u"CREATE SCHEMA import_staging AUTHORIZATION librarian"_s);
    LibraryCsv csv = files();
    csv.add(u"authors"_s, {of("author", 9200), u"Some One"_s, {}, {}, {}});
    const ImportFolder folder(csv);
    LibraryImport bulk(m_library.adminAddresses(), folder.options());
    const auto report = bulk.run();
    QVERIFY(!report);
    QCOMPARE(report.error().kind, DbErrorKind::NotAllowed);
    m_library.ddl(u"main"_s, u"DROP SCHEMA import_staging"_s);
}

/// A program that lost its lock and goes on beside the one that came after it.
void TestBulkGuards::another_program_went_on()
{
    LibraryCsv csv = files();
    addCopy(csv, 1090, u"available"_s);
    const ImportFolder folder(csv);
    importUntil(folder, u"physical_exemplars"_s, [&] {
        return m_library.value(u"main"_s,
                               u"SELECT count(*) FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(
                                   of("copy", 1090))) == "1"_L1;
    });
    const auto refusal = m_library.trySql(shard(), u"SELECT import_staging.enter_batch('exemplars', 77)"_s);
    QVERIFY(!refusal);
    QVERIFY2(refusal.error().message.contains("another program"_L1), qPrintable(refusal.error().message));
    QVERIFY(m_library.trySql(shard(), u"SELECT import_staging.enter_batch('exemplars', 0)"_s).isOk());
    (void)folder.import(m_library);
    QCOMPARE(statusOf(1090), u"available"_s);
}

/// What is in becomes a part of the library like any other row, and the same files go on from there.
void TestBulkGuards::given_up()
{
    LibraryCsv csv = files();
    addCopy(csv, 1100, u"lent"_s);
    addLoan(csv, 1100, 1100, u"2025-01-05"_s, u"2025-02-05"_s, {});
    const ImportFolder folder(csv);
    Ctl ctl;
    const QStringList command{u"--dir"_s, m_library.servers().directory(), u"import"_s, u"library"_s,
                              u"--give-up"_s};
    const CtlRun nothing = ctl.json(command);
    QVERIFY2(nothing.status == 1 && nothing.text().contains("No import"), nothing.text().constData());
    importUntil(folder, u"book_lending"_s, [this] { return statusOf(1100) == "lent"_L1; });
    // A book as an import leaves it that was killed before the summaries.
    m_library.newSession(u"main"_s, LocalLibrary::superuserName())
        ->execText(u"book"_s,
                   u"SET session_replication_role = replica; INSERT INTO books (id, title, sort_title) "
                   "VALUES ('%1', 'Bare', 'bare')"_s.arg(of("book", 902)));
    const CtlRun run = ctl.json(command);
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(run.json.value("missing"_L1).toInt(), 1);
    QCOMPARE(run.json.value("rows"_L1).toInt(), 2);
    QCOMPARE(statusOf(1100), u"missing"_s);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT state FROM jobs WHERE kind = 'library import' ORDER BY updated_at DESC"_s),
        u"failed"_s);
    const auto result = reconcile(m_library.adminAddresses(), {.pause = 100ms});
    QVERIFY(result.isOk());
    QVERIFY2(result->findings.empty(),
             result->findings.empty() ? "" : qPrintable(result->findings.front().code));
    QCOMPARE(folder.import(m_library).refused(), 0);
    QCOMPARE(statusOf(1100), u"lent"_s);
}

QTEST_GUILESS_MAIN(TestBulkGuards)
#include "tst_bulkguards.moc"
