// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/replication.h"
#include "tests/db/reconciling.h"
#include "tests/support/ctl.h"

#include <QTest>

#include <algorithm>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a repair must not do: conclude from a shard that is late, work in a database that is another one,
/// undo a purge, cover up a loan, or leave a shard standing still.
class TestReconcileGuards final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void everyCodeIsSeeded();
    void swappedAddresses();
    void lateShard();
    void stoppedStream();
    void changedPublication();
    void leftOutTable();
    void foreignSlot();
    void missingSubscription();
    void unknownShard();
    void handWrittenRows();
    void rowsThatMainRefuses();
    void purgedPatrons();
    void listNamesTheBook();
    void newerEntryOfTheList();
    void lockedEntry();
    void fencedBranch();
    void orphansOfMain();

private:
    [[nodiscard]] QString database(int shard) const { return m_library.shards().at(shard) + "_shard"_L1; }
    [[nodiscard]] QString branchId(int shard) const
    {
        return m_branches.at(shard).id.toString(QUuid::WithoutBraces);
    }
    [[nodiscard]] QString valueOf(const QString &database, const QString &text)
    {
        return m_library.value(database, text);
    }
    /// A book that only these shards have; nothing refers to it.
    QString strayBook(const QList<int> &shards);
    [[nodiscard]] QString newCopy(int shard);

    PreparedLibrary m_library;
    QList<BranchEntry> m_branches; ///< one of each shard
};

void TestReconcileGuards::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    for (const QString &shard : m_library.shards())
        m_branches << m_library.addBranch(shard);
    (void)m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
    m_library.settle();
}

/// Every function begins with a library in which everything agrees.
void TestReconcileGuards::init()
{
    const Reconciliation before = verified(m_library);
    QVERIFY2(before.findings.empty() && before.isComplete(), qPrintable(describe(before.findings)));
}

QString TestReconcileGuards::strayBook(const QList<int> &shards)
{
    const QString id = newId();
    for (const int shard : shards)
        damage(m_library, database(shard),
               u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
               "VALUES ('%1', 'Stray', 'Stray', '', '', 1)"_s.arg(id));
    return id;
}

QString TestReconcileGuards::newCopy(int shard)
{
    return valueOf(database(shard), u"SELECT id FROM physical_exemplars WHERE barcode = '%1'"_s.arg(
                                        m_library.addCopy(m_branches.at(shard))));
}

/// A code that is added without a seeded damage fails here.
void TestReconcileGuards::everyCodeIsSeeded()
{
    const QStringList seeded{
        // here
        u"apply_behind"_s, u"publication_wrong"_s, u"subscription_missing"_s, u"shard_unknown"_s,
        u"barcode_taken"_s, u"orphan_row"_s,
        // tst_bulkguards
        u"import_under_way"_s,
        // tst_reconcile, functions of their own
        u"subscription_disabled"_s, u"slot_lost"_s, u"apply_stopped"_s,
        // tst_purgerivals
        u"purge_unfinished"_s,
        // tst_reconcile, everyKindIsFound
        u"ref_missing"_s, u"ref_changed"_s, u"update_skipped"_s, u"ref_extra"_s, u"ref_extra_unused"_s,
        u"right_extra"_s, u"purge_undone"_s, u"summary_wrong"_s, u"placement_missing"_s, u"branch_unplaced"_s,
        u"placement_unclear"_s, u"branch_active_elsewhere"_s, u"rows_elsewhere"_s, u"claim_left"_s,
        u"copy_unlisted"_s, u"barcode_differs"_s, u"barcode_without_copy"_s, u"barcode_twice"_s,
        u"copy_twice"_s, u"open_loans_twice"_s, u"status_against_loan"_s, u"loan_missing"_s,
        u"copy_of_removed_book"_s, u"loan_of_lost_copy"_s, u"orphan_copy"_s, u"orphan_loan"_s,
        u"orphan_charge"_s, u"statistics_wrong"_s};
    for (const FindingKind &kind : findingKinds())
        QVERIFY2(seeded.contains(kind.code), kind.code.data());
}

void TestReconcileGuards::swappedAddresses()
{
    const QString id = strayBook({0});
    AdminAddresses addresses = m_library.adminAddresses();
    std::swap(addresses.shards[m_library.shards().at(0)], addresses.shards[m_library.shards().at(1)]);
    const auto result =
        reconcile(addresses, {.isRepairWanted = true, .extra = ExtraRows::Removed, .pause = 100ms});
    QVERIFY(!result.isOk() && result.error().kind == DbErrorKind::SchemaMismatch);
    QVERIFY2(result.error().message.contains(m_library.shards().at(0)), qPrintable(result.error().message));
    const auto resync = resynchroniseShard(addresses, m_library.shards().at(0));
    QVERIFY(!resync.isOk() && resync.error().kind == DbErrorKind::SchemaMismatch);
    QCOMPARE(valueOf(database(0), u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(id)), u"1"_s);
    QVERIFY(verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::Removed}).left.empty());
}

/// A shard that has not caught up is no witness: nothing is removed or brought back, and the exit status says
/// that not everything was looked at.
void TestReconcileGuards::lateShard()
{
    const QString stray = strayBook({0, 1});
    const auto holder = m_library.newSession(database(2), LocalLibrary::superuserName());
    holder->execText(u"hold"_s, u"SET idle_in_transaction_session_timeout = 0; BEGIN; "
                                "LOCK TABLE public.books_ref IN EXCLUSIVE MODE"_s);
    (void)m_library.addBook();
    for (const ExtraRows extra : {ExtraRows::Removed, ExtraRows::BroughtBack}) {
        const Reconciliation result =
            verified(m_library, {.isRepairWanted = true, .extra = extra, .arrival = 700ms});
        QVERIFY2(isFound(result.left, u"apply_behind"_s) && !result.isComplete(),
                 qPrintable(describe(result.left)));
        QVERIFY2(isFound(result.left, u"ref_extra_unused"_s, stray), qPrintable(describe(result.left)));
        const auto finding = std::find_if(result.left.begin(), result.left.end(), [](const Finding &one) {
            return one.code == "ref_extra_unused"_L1;
        });
        QVERIFY2(finding->note.contains(database(2)), qPrintable(finding->note));
    }
    QCOMPARE(valueOf(u"main"_s, u"SELECT count(*) FROM books WHERE id = '%1'"_s.arg(stray)), u"0"_s);
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    const CtlRun run = ctl.run({u"verify"_s, u"--wait"_s, u"1"_s});
    QVERIFY2(run.status == 3, run.text().constData());
    holder->execText(u"release"_s, u"ROLLBACK"_s);
    QVERIFY(verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::Removed}).left.empty());
}

/// A shard whose stream stands still was not compared: nobody knows whether it has what the others have and
/// main lost, until the stream goes again. One repair does both.
void TestReconcileGuards::stoppedStream()
{
    const QString user = newId();
    for (int shard = 0; shard < 3; ++shard)
        damage(m_library, database(shard),
               u"INSERT INTO users_ref (id, family_name, given_name, display_name, user_type_id, "
               "home_branch_id, active, row_version) SELECT '%1', 'Lost', '', 'Lost', t.id, '%2', true, 1 "
               "FROM user_types AS t LIMIT 1"_s.arg(user, branchId(0)));
    m_library.ddl(database(1), u"ALTER SUBSCRIPTION branchline_desk DISABLE"_s);
    const Reconciliation result =
        verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::BroughtBack});
    QVERIFY2(isFound(result.findings, u"subscription_disabled"_s), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(u"main"_s, u"SELECT family_name FROM users WHERE id = '%1'"_s.arg(user)), u"Lost"_s);
}

/// What main does not send is missed by nobody: each such change is noticed, and what did not travel
/// meanwhile is repaired.
void TestReconcileGuards::changedPublication()
{
    const auto main = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    const ReferenceStream &stream = referenceStreams().back();
    const QString alter = "ALTER PUBLICATION "_L1 + stream.name;
    for (const QString &sql :
         {"DROP PUBLICATION "_L1 + stream.name, alter + " SET (publish = 'insert, update, delete')"_L1,
          alter + " DROP TABLE books_ref"_L1, alter + " SET TABLE books_ref (id, row_version)"_L1,
          alter + " SET TABLE books_ref WHERE (id IS NULL)"_L1, alter + " ADD TABLE books"_L1,
          alter + " ADD TABLES IN SCHEMA public"_L1}) {
        QVERIFY(isPublicationRight(*main, stream));
        main->execText(u"change the publication"_s, sql);
        QVERIFY2(!isPublicationRight(*main, stream), qPrintable(sql));
        ensurePublications(*main);
    }
    const QString book = m_library.addBook().toString(QUuid::WithoutBraces);
    m_library.settle();
    main->execText(u"change the publication"_s, alter + " SET (publish = 'insert')"_L1);
    m_library.sql(u"main"_s, u"UPDATE books SET title = 'Unsent' WHERE id = '%1'"_s.arg(book));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.findings, u"publication_wrong"_s), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    for (int shard = 0; shard < 3; ++shard)
        QCOMPARE(valueOf(database(shard), u"SELECT title FROM books_ref WHERE id = '%1'"_s.arg(book)),
                 u"Unsent"_s);
    m_library.sql(u"main"_s, u"UPDATE books SET title = 'Sent' WHERE id = '%1'"_s.arg(book));
    for (int shard = 0; shard < 3; ++shard)
        QTRY_COMPARE(valueOf(database(shard), u"SELECT title FROM books_ref WHERE id = '%1'"_s.arg(book)),
                     u"Sent"_s);
}

/// A subscription that does not follow a table leaves its changes out without a word.
void TestReconcileGuards::leftOutTable()
{
    m_library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk DROP TABLE material_types"_s);
    m_library.ddl(database(2), u"ALTER SUBSCRIPTION branchline_desk REFRESH PUBLICATION"_s);
    m_library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk ADD TABLE material_types"_s);
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.findings, u"subscription_missing"_s), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    m_library.sql(u"main"_s, u"UPDATE material_types SET name = 'Renamed' WHERE code = 'book'"_s);
    QTRY_COMPARE(valueOf(database(2), u"SELECT name FROM material_types WHERE code = 'book'"_s),
                 u"Renamed"_s);
    m_library.sql(u"main"_s, u"UPDATE material_types SET name = 'Book' WHERE code = 'book'"_s);
}

void TestReconcileGuards::foreignSlot()
{
    m_library.sql(u"main"_s,
                  u"SELECT pg_create_logical_replication_slot('branchline_foreign', 'pgoutput')"_s);
    m_library.ddl(database(1), u"ALTER SUBSCRIPTION branchline_catalogue DISABLE"_s);
    m_library.ddl(database(1),
                  u"ALTER SUBSCRIPTION branchline_catalogue SET (slot_name = 'branchline_foreign')"_s);
    m_library.ddl(database(1), u"ALTER SUBSCRIPTION branchline_catalogue ENABLE"_s);
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    m_library.sql(u"main"_s, u"SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots "
                             "WHERE slot_name = 'branchline_foreign' AND active"_s);
    QTRY_COMPARE(valueOf(u"main"_s, u"SELECT count(*) FROM pg_replication_slots "
                                    "WHERE slot_name = 'branchline_foreign' AND active"_s),
                 u"0"_s);
    m_library.sql(u"main"_s, u"SELECT pg_drop_replication_slot('branchline_foreign')"_s);
    QVERIFY2(isFound(result.findings, u"subscription_missing"_s), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
}

void TestReconcileGuards::missingSubscription()
{
    m_library.ddl(database(0), u"ALTER SUBSCRIPTION branchline_desk DISABLE"_s);
    m_library.ddl(database(0), u"ALTER SUBSCRIPTION branchline_desk SET (slot_name = NONE)"_s);
    m_library.ddl(database(0), u"DROP SUBSCRIPTION branchline_desk"_s);
    damage(m_library, database(0), u"DELETE FROM material_types"_s);
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.findings, u"subscription_missing"_s), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QVERIFY(valueOf(database(0), u"SELECT count(*) FROM material_types"_s) != "0"_L1);
    QCOMPARE(valueOf(database(0), u"SELECT count(*) > 0 FROM audit_log WHERE table_name = 'material_types' "
                                  "AND new ->> 'repaired' = 'resync'"_s),
             u"true"_s);
}

void TestReconcileGuards::unknownShard()
{
    const QString name = m_library.shards().at(2);
    damage(m_library, u"main"_s,
           u"UPDATE shards SET deleted_at = now(), deleted_by = 'seed' WHERE name = '%1'"_s.arg(name));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    damage(m_library, u"main"_s,
           u"UPDATE shards SET deleted_at = NULL, deleted_by = NULL WHERE name = '%1'"_s.arg(name));
    QVERIFY2(isFound(result.left, u"shard_unknown"_s, name), qPrintable(describe(result.left)));
}

/// What somebody wrote on every shard by hand is not made a row of main, nor removed, before a person says
/// so.
void TestReconcileGuards::handWrittenRows()
{
    const QString book = strayBook({0, 1, 2});
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.left, u"ref_extra_unused"_s, book), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(u"main"_s, u"SELECT count(*) FROM books WHERE id = '%1'"_s.arg(book)), u"0"_s);
    QCOMPARE(valueOf(database(1), u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(book)), u"1"_s);
    const Reconciliation back =
        verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::BroughtBack});
    QVERIFY2(back.left.empty(), qPrintable(describe(back.left)));
    QCOMPARE(valueOf(u"main"_s, u"SELECT title FROM books WHERE id = '%1'"_s.arg(book)), u"Stray"_s);
}

/// A row whose type exists nowhere stays out, its neighbour comes back, and every subscription runs.
void TestReconcileGuards::rowsThatMainRefuses()
{
    const QString bad = newId();
    const QString good = newId();
    for (int shard = 0; shard < 3; ++shard)
        damage(
            m_library, database(shard),
            u"INSERT INTO users_ref (id, family_name, given_name, display_name, user_type_id, "
            u"home_branch_id, "
            "active, row_version) VALUES ('%1', 'Bad', '', 'Bad', '%2', '%3', true, 1); "
            "INSERT INTO users_ref (id, family_name, given_name, display_name, user_type_id, home_branch_id, "
            "active, row_version) SELECT '%4', 'Good', '', 'Good', t.id, '%3', true, 1 FROM user_types AS t LIMIT 1"_s
                .arg(bad, newId(), branchId(0), good));
    const Reconciliation result =
        verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::BroughtBack});
    QVERIFY2(isFound(result.left, u"ref_extra_unused"_s, bad), qPrintable(describe(result.left)));
    QCOMPARE(result.left.size(), size_t(3)); // the same row on each shard, and nothing else
    QCOMPARE(valueOf(u"main"_s, u"SELECT family_name FROM users WHERE id = '%1'"_s.arg(good)), u"Good"_s);
    for (int shard = 0; shard < 3; ++shard)
        QCOMPARE(
            valueOf(database(shard), u"SELECT bool_and(enabled)::text FROM public.subscription_state()"_s),
            u"true"_s);
    QVERIFY(verified(m_library, {.isRepairWanted = true, .extra = ExtraRows::Removed}).left.empty());
}

/// Main is from before the purge; no way of repairing writes the person's name onto a shard again.
void TestReconcileGuards::purgedPatrons()
{
    const QString card = m_library.addPatron(m_branches.at(0));
    const QString user =
        valueOf(u"main"_s, u"SELECT user_id FROM user_cards WHERE card_number = '%1'"_s.arg(card));
    m_library.settle();
    for (int shard = 0; shard < 3; ++shard)
        damage(m_library, database(shard),
               u"UPDATE users_ref SET family_name = '(purged)', given_name = '', display_name = '(purged)', "
               "active = false, deleted_at = now() WHERE id = '%1'; UPDATE user_cards SET card_number = "
               "id::text, "
               "active = false, deleted_at = now() WHERE user_id = '%1'"_s.arg(user));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.left, u"purge_undone"_s, user), qPrintable(describe(result.left)));
    QVERIFY(resynchroniseShard(m_library.adminAddresses(), m_library.shards().at(1)).isOk());
    for (int shard = 0; shard < 3; ++shard) {
        QCOMPARE(valueOf(database(shard), u"SELECT family_name FROM users_ref WHERE id = '%1'"_s.arg(user)),
                 u"(purged)"_s);
        QCOMPARE(
            valueOf(database(shard), u"SELECT count(*) FROM user_cards WHERE card_number = '%1'"_s.arg(card)),
            u"0"_s);
    }
    for (int shard = 0; shard < 3; ++shard)
        damage(m_library, database(shard),
               u"DELETE FROM user_cards WHERE user_id = '%1'; "
               "DELETE FROM users_ref WHERE id = '%1'"_s.arg(user));
    QVERIFY(verified(m_library, {.isRepairWanted = true}).left.empty());
}

/// remove_book() goes by the book that the list names.
void TestReconcileGuards::listNamesTheBook()
{
    const QString copy = newCopy(1);
    const QString book =
        valueOf(database(1), u"SELECT book_id FROM physical_exemplars WHERE id = '%1'"_s.arg(copy));
    const QString listed = u"SELECT book_id FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(copy);
    damage(m_library, u"main"_s, u"DELETE FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(copy));
    QVERIFY(verified(m_library, {.isRepairWanted = true}).left.empty());
    QCOMPARE(valueOf(u"main"_s, listed), book);
    const QString other = m_library.addBook().toString(QUuid::WithoutBraces);
    damage(m_library, u"main"_s,
           u"UPDATE exemplar_barcodes SET book_id = '%1' WHERE exemplar_id = '%2'"_s.arg(other, copy));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.findings, u"barcode_differs"_s, branchId(1) + u'/' + copy),
             qPrintable(describe(result.findings)));
    QVERIFY(result.left.empty());
    QCOMPARE(valueOf(u"main"_s, listed), book);
}

/// A barcode that the list gives to a copy that cannot be asked for is a person's matter.
void TestReconcileGuards::newerEntryOfTheList()
{
    const QString copy = newCopy(0);
    const QString barcode =
        valueOf(database(0), u"SELECT barcode FROM physical_exemplars WHERE id = '%1'"_s.arg(copy));
    const QString other = newId();
    const QString nowhere = newId();
    damage(m_library, u"main"_s,
           u"DELETE FROM exemplar_barcodes WHERE exemplar_id = '%1'; INSERT INTO exemplar_barcodes "
           u"(exemplar_id, "
           "branch_id, barcode, state, row_version) VALUES ('%2', '%3', '%4', 'live', 1)"_s.arg(
               copy, other, nowhere, barcode));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    damage(m_library, u"main"_s, u"DELETE FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(other));
    QVERIFY2(isFound(result.left, u"barcode_taken"_s, branchId(0) + u'/' + copy),
             qPrintable(describe(result.left)));
    QCOMPARE(result.repairs, QStringList());
    QVERIFY(verified(m_library, {.isRepairWanted = true}).left.empty());
}

/// A repair does not hang, and waits for nobody for ever.
void TestReconcileGuards::lockedEntry()
{
    const QString copy = newCopy(2);
    damage(m_library, database(2),
           u"DELETE FROM desk_event WHERE exemplar_id = '%1'; "
           "DELETE FROM physical_exemplars WHERE id = '%1'"_s.arg(copy));
    const auto holder = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    holder->execText(u"hold"_s,
                     u"SET idle_in_transaction_session_timeout = 0; BEGIN; "
                     "SELECT FROM public.exemplar_barcodes WHERE exemplar_id = '%1' FOR UPDATE"_s.arg(copy));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.left, u"barcode_without_copy"_s, branchId(2) + u'/' + copy),
             qPrintable(describe(result.left)));
    holder->execText(u"release"_s, u"ROLLBACK"_s);
    QVERIFY(verified(m_library, {.isRepairWanted = true}).left.empty());
}

/// Nothing is written into a branch that is fenced.
void TestReconcileGuards::fencedBranch()
{
    const QString copy = newCopy(1);
    damage(m_library, database(1),
           u"UPDATE physical_exemplars SET status = 'lent' WHERE id = '%1'; "
           "UPDATE branch_placement SET state = 'fenced' WHERE branch_id = '%2'"_s.arg(copy, branchId(1)));
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    QVERIFY2(isFound(result.left, u"placement_unclear"_s, branchId(1)), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(database(1), u"SELECT status FROM physical_exemplars WHERE id = '%1'"_s.arg(copy)),
             u"lent"_s);
    damage(m_library, database(1),
           u"UPDATE branch_placement SET state = 'active' WHERE branch_id = '%1'"_s.arg(branchId(1)));
    QVERIFY(verified(m_library, {.isRepairWanted = true}).left.empty());
    QCOMPARE(valueOf(database(1), u"SELECT status FROM physical_exemplars WHERE id = '%1'"_s.arg(copy)),
             u"available"_s);
}

/// Foreign keys that were passed by, in main as well.
void TestReconcileGuards::orphansOfMain()
{
    const QString id = newId();
    damage(m_library, u"main"_s,
           u"INSERT INTO user_blocks (id, user_id, code, reason, row_version) "
           "VALUES ('%1', '%2', 'manual', 'Of nobody', 1)"_s.arg(id, newId()));
    m_library.settle();
    const Reconciliation result = verified(m_library, {.isRepairWanted = true});
    damage(m_library, u"main"_s, u"DELETE FROM user_blocks WHERE id = '%1'"_s.arg(id));
    for (int shard = 0; shard < 3; ++shard)
        damage(m_library, database(shard), u"DELETE FROM user_blocks WHERE id = '%1'"_s.arg(id));
    QVERIFY2(isFound(result.left, u"orphan_row"_s, id), qPrintable(describe(result.left)));
}

QTEST_GUILESS_MAIN(TestReconcileGuards)
#include "tst_reconcileguards.moc"
