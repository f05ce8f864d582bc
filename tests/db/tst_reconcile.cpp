// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/reconciling.h"
#include "tests/support/ctl.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QScopeGuard>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A seeded damage: the code under which it must be found, and the key of the row; empty: any.
struct Seeded
{
    QString code;
    QString key;
};

bool isFound(const std::vector<Finding> &findings, const Seeded &seeded)
{
    return Branchline::isFound(findings, seeded.code, seeded.key);
}

} // namespace

/// Damage of every kind is found, and what needs no person is repaired, in a library of three shards.
class TestReconcile final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void everyKindIsFound_data();
    void everyKindIsFound();
    void oneTable();
    void skippedTransaction();
    void workIsNoDamage();
    void repairBesideDesks();
    void conflictThatStops();
    void disabledSubscription();
    void lostSlot();
    void slotBeyondTheLimit();
    void restoredMain();
    void resynchronisedShard();
    void killedRepair();
    void commandLine();
    void silentShard();

private:
    struct Kind
    {
        QLatin1StringView code;
        std::function<QString()> seed;
    };
    [[nodiscard]] std::vector<Kind> kinds();
    [[nodiscard]] std::vector<Kind> referenceKinds();
    [[nodiscard]] std::vector<Kind> barcodeKinds();
    [[nodiscard]] std::vector<Kind> loanKinds();
    [[nodiscard]] std::vector<Kind> branchKinds();

    [[nodiscard]] Reconciliation look(bool isRepairWanted = false, const QString &table = {},
                                      ExtraRows extra = ExtraRows::Kept);
    void damage(const QString &database, const QString &text)
    {
        Branchline::damage(m_library, database, text);
    }
    /// Any of the shards: index into m_branches.
    [[nodiscard]] int anyShard() { return static_cast<int>(m_random.bounded(3)); }
    [[nodiscard]] QString database(int shard) const { return m_library.shards().at(shard) + "_shard"_L1; }
    [[nodiscard]] QString branchId(int shard) const
    {
        return m_branches.at(shard).id.toString(QUuid::WithoutBraces);
    }
    /// A copy of the shard's branch and its id.
    [[nodiscard]] QString newCopy(int shard, QString *barcode = nullptr);
    [[nodiscard]] QString lentCopy(int shard);
    /// A copy that is written past all functions; listed or not.
    QString bareCopy(int shard, const QString &id, const QString &barcode, bool isListed);
    [[nodiscard]] QString valueOf(const QString &database, const QString &text)
    {
        return m_library.value(database, text);
    }

    PreparedLibrary m_library;
    QList<BranchEntry> m_branches; ///< one of each shard
    QStringList m_cards;
    QRandomGenerator m_random{6};
};

void TestReconcile::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    for (const QString &shard : m_library.shards()) {
        m_branches << m_library.addBranch(shard);
        m_cards << m_library.addPatron(m_branches.last());
    }
    m_library.settle();
    (void)m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
    for (int shard = 0; shard < 3; ++shard) {
        for (int i = 0; i < 3; ++i)
            (void)lentCopy(shard);
    }
}

/// Every function begins with a library in which everything agrees.
void TestReconcile::init()
{
    const Reconciliation before = look();
    QVERIFY2(before.findings.empty() && before.isComplete(), qPrintable(describe(before.findings)));
}

Reconciliation TestReconcile::look(bool isRepairWanted, const QString &table, ExtraRows extra)
{
    return verified(m_library, {.table = table, .isRepairWanted = isRepairWanted, .extra = extra});
}

QString TestReconcile::newCopy(int shard, QString *barcode)
{
    const QString label = m_library.addCopy(m_branches.at(shard));
    if (barcode)
        *barcode = label;
    return valueOf(database(shard), u"SELECT id FROM physical_exemplars WHERE barcode = '%1'"_s.arg(label));
}

QString TestReconcile::lentCopy(int shard)
{
    QString barcode;
    const QString id = newCopy(shard, &barcode);
    const auto answer = m_library.lend(m_branches.at(shard), barcode, m_cards.at(shard));
    if (answer.outcome != Outcome::Lent)
        qFatal("%s", Branchline::describe(answer).constData());
    return id;
}

QString TestReconcile::bareCopy(int shard, const QString &id, const QString &barcode, bool isListed)
{
    damage(database(shard),
           u"INSERT INTO physical_exemplars (branch_id, id, barcode, book_id, material_type_id, created_at, "
           "updated_at, row_version) SELECT '%1', '%2', '%3', b.id, m.id, now(), now(), 1 "
           "FROM (SELECT id FROM books_ref LIMIT 1) b, (SELECT id FROM material_types LIMIT 1) m"_s.arg(
               branchId(shard), id, barcode));
    if (isListed)
        m_library.sql(u"main"_s, u"INSERT INTO exemplar_barcodes (exemplar_id, branch_id, barcode, state) "
                                 "VALUES ('%1', '%2', '%3', 'live')"_s.arg(id, branchId(shard), barcode));
    return id;
}

std::vector<TestReconcile::Kind> TestReconcile::referenceKinds()
{
    const auto book = [this] {
        const QString id = m_library.addBook().toString(QUuid::WithoutBraces);
        for (const QString &shard : m_library.shards()) {
            while (valueOf(shard + "_shard"_L1,
                           u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(id)) != "1"_L1)
                QTest::qWait(2);
        }
        return id;
    };
    return {
        {"ref_missing"_L1,
         [=, this] {
             const QString id = book();
             damage(database(anyShard()), u"DELETE FROM books_ref WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"ref_missing"_L1,
         [this] {
             const int shard = anyShard();
             const QString id =
                 valueOf(u"main"_s, u"SELECT id FROM user_cards WHERE card_number = '%1'"_s.arg(
                                        m_library.addPatron(m_branches.at(shard))));
             m_library.settle();
             damage(database(shard), u"DELETE FROM user_cards WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"ref_changed"_L1,
         [=, this] {
             const QString id = book();
             damage(database(anyShard()),
                    u"UPDATE books_ref SET title = 'Altered' WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"ref_changed"_L1,
         [this] {
             const int shard = anyShard();
             const QString id = valueOf(database(shard), u"SELECT id FROM users_ref ORDER BY id LIMIT 1"_s);
             damage(database(shard), u"UPDATE users_ref SET active = NOT active WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"ref_changed"_L1,
         [this] {
             m_library.sql(u"main"_s,
                           u"INSERT INTO branch_settings (branch_id, key, value) "
                           "VALUES ('%1', 'seeded', 'yes') ON CONFLICT DO NOTHING"_s.arg(branchId(0)));
             m_library.settle();
             damage(database(anyShard()), u"UPDATE branch_settings SET value = 'no' WHERE key = 'seeded'"_s);
             return branchId(0) + "/seeded"_L1;
         }},
        {"update_skipped"_L1,
         [=, this] {
             const QString id = book();
             m_library.sql(u"main"_s, u"UPDATE books SET title = 'Newer' WHERE id = '%1'"_s.arg(id));
             m_library.settle();
             const int shard = anyShard();
             while (valueOf(database(shard), u"SELECT title FROM books_ref WHERE id = '%1'"_s.arg(id)) !=
                    "Newer"_L1)
                 QTest::qWait(2);
             damage(database(shard), u"UPDATE books_ref SET title = 'Older', row_version = row_version - 1 "
                                     "WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"ref_extra_unused"_L1,
         [this] {
             const QString id = newId();
             damage(database(anyShard()),
                    u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
                    "VALUES ('%1', 'Nowhere', 'Nowhere', '', '', 1)"_s.arg(id));
             return id;
         }},
        {"ref_extra"_L1, // a book of a copy
         [this] {
             const int shard = anyShard();
             const QString copy = newCopy(shard);
             const QString id = newId();
             damage(database(shard),
                    u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
                    "VALUES ('%1', 'Lost', 'Lost', '', '', 1); UPDATE physical_exemplars SET book_id = '%1' "
                    "WHERE id = '%2'"_s.arg(id, copy));
             return id;
         }},
        {"purge_undone"_L1,
         [this] {
             const int shard = anyShard();
             const QString id =
                 valueOf(u"main"_s, u"SELECT user_id FROM user_cards WHERE card_number = '%1'"_s.arg(
                                        m_library.addPatron(m_branches.at(shard))));
             m_library.settle();
             damage(database(shard), u"UPDATE users_ref SET family_name = '(purged)', deleted_at = now(), "
                                     "row_version = row_version + 1 WHERE id = '%1'"_s.arg(id));
             return id;
         }},
        {"right_extra"_L1,
         [this] {
             const QString id = newId();
             damage(database(anyShard()),
                    u"INSERT INTO staff_assignments (id, login, right_code, row_version) "
                    "VALUES ('%1', 'intruder', 'library', 1)"_s.arg(id));
             return id;
         }},
        {"summary_wrong"_L1, [this] {
             const QString id = valueOf(u"main"_s, u"SELECT id FROM users ORDER BY id OFFSET 1 LIMIT 1"_s);
             damage(u"main"_s, u"UPDATE users_ref SET display_name = 'Wrong' WHERE id = '%1'"_s.arg(id));
             return id;
         }}};
}

std::vector<TestReconcile::Kind> TestReconcile::barcodeKinds()
{
    const auto key = [this](int shard, const QString &id) { return branchId(shard) + u'/' + id; };
    return {{"claim_left"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id = newId();
                 m_library.sql(u"main"_s, u"INSERT INTO exemplar_barcodes (exemplar_id, branch_id, barcode) "
                                          "VALUES ('%1', '%2', 'left-%1')"_s.arg(id, branchId(shard)));
                 return key(shard, id);
             }},
            {"claim_left"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 damage(u"main"_s,
                        u"UPDATE exemplar_barcodes SET state = 'claimed' WHERE exemplar_id = '%1'"_s.arg(id));
                 return key(shard, id);
             }},
            {"copy_unlisted"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 damage(u"main"_s, u"DELETE FROM exemplar_barcodes WHERE exemplar_id = '%1'"_s.arg(id));
                 return key(shard, id);
             }},
            {"barcode_differs"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 damage(database(shard),
                        u"UPDATE physical_exemplars SET barcode = 'new-%1' WHERE id = '%1'"_s.arg(id));
                 return key(shard, id);
             }},
            {"barcode_without_copy"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id = newId();
                 m_library.sql(u"main"_s,
                               u"INSERT INTO exemplar_barcodes (exemplar_id, branch_id, barcode, state) "
                               "VALUES ('%1', '%2', 'gone-%1', 'live')"_s.arg(id, branchId(shard)));
                 return key(shard, id);
             }},
            {"barcode_twice"_L1,
             [this] {
                 const int shard = anyShard();
                 QString barcode;
                 (void)newCopy(shard, &barcode);
                 bareCopy((shard + 1) % 3, newId(), barcode, false);
                 return barcode;
             }},
            {"barcode_twice"_L1, // that nobody has listed
             [this] {
                 const int shard = anyShard();
                 const QString barcode = "unlisted-"_L1 + newId();
                 bareCopy(shard, newId(), barcode, false);
                 bareCopy((shard + 1) % 3, newId(), barcode, false);
                 return barcode;
             }},
            {"copy_twice"_L1, [this] {
                 const int shard = anyShard();
                 return bareCopy((shard + 2) % 3, newCopy(shard), "other-"_L1 + newId(), false);
             }}};
}

std::vector<TestReconcile::Kind> TestReconcile::loanKinds()
{
    const auto loan = [this](int shard, const QString &copy, const QString &user, bool isOpen) {
        const QString id = newId();
        damage(database(shard),
               u"INSERT INTO book_lending (branch_id, id, exemplar_id, user_id, lending_branch_id, due_at, "
               "returned_at, returned_branch_id, row_version) "
               "SELECT '%1', '%2', '%3', coalesce(nullif('%4', '')::uuid, (SELECT id FROM users_ref LIMIT "
               "1)), '%1', "
               "now() + interval '1 day', %5, 1"_s.arg(branchId(shard), id, copy, user,
                                                       isOpen ? u"NULL, NULL"_s
                                                              : u"now(), '%1'"_s.arg(branchId(shard))));
        return id;
    };
    return {{"orphan_copy"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 damage(database(shard),
                        u"UPDATE physical_exemplars SET book_id = '%1' WHERE id = '%2'"_s.arg(newId(), id));
                 return id;
             }},
            {"orphan_loan"_L1,
             [=, this] {
                 const int shard = anyShard();
                 return loan(shard, newCopy(shard), newId(), false);
             }},
            {"orphan_loan"_L1, [=, this] { return loan(anyShard(), newId(), {}, false); }},
            {"orphan_charge"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = newId();
                 damage(database(shard),
                        u"INSERT INTO charges (branch_id, id, user_id, kind, amount, row_version) "
                        "VALUES ('%1', '%2', '%3', 'late', 1, 1)"_s.arg(branchId(shard), id, newId()));
                 return id;
             }},
            {"open_loans_twice"_L1, // one is real, the other on a shard that does not have the copy
             [=, this] {
                 const int shard = anyShard();
                 const QString copy = lentCopy(shard);
                 (void)loan((shard + 1) % 3, copy, {}, true);
                 return copy;
             }},
            {"open_loans_twice"_L1, // of two copies with one label
             [=, this] {
                 const int shard = anyShard();
                 const QString copy = lentCopy(shard);
                 const QString barcode = valueOf(
                     database(shard), u"SELECT barcode FROM physical_exemplars WHERE id = '%1'"_s.arg(copy));
                 const int other = (shard + 2) % 3;
                 (void)loan(other, bareCopy(other, newId(), barcode, false), {}, true);
                 return barcode;
             }},
            {"status_against_loan"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = lentCopy(shard);
                 damage(database(shard),
                        u"UPDATE physical_exemplars SET status = 'available' WHERE id = '%1'"_s.arg(id));
                 return id;
             }},
            {"status_against_loan"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 damage(database(shard),
                        u"UPDATE physical_exemplars SET status = 'lent' WHERE id = '%1'"_s.arg(id));
                 return id;
             }},
            {"loan_missing"_L1, // open, with the mark
             [this] {
                 const int shard = anyShard();
                 const QString id = lentCopy(shard);
                 damage(database(shard),
                        u"DELETE FROM book_lending WHERE exemplar_id = '%1'; UPDATE "
                        "physical_exemplars SET status = 'available' WHERE id = '%1'"_s.arg(id));
                 return id;
             }},
            {"loan_missing"_L1, // open; the mark is the last trace
             [this] {
                 const int shard = anyShard();
                 const QString id = lentCopy(shard);
                 damage(database(shard), u"DELETE FROM book_lending WHERE exemplar_id = '%1'"_s.arg(id));
                 return id;
             }},
            {"copy_of_removed_book"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = newCopy(shard);
                 const QString book = valueOf(
                     database(shard), u"SELECT book_id FROM physical_exemplars WHERE id = '%1'"_s.arg(id));
                 damage(u"main"_s,
                        u"UPDATE books SET deleted_at = '2026-01-01', deleted_by = 'seed' WHERE id = '%1'; "
                        "UPDATE books_ref SET deleted_at = '2026-01-01', deleted_by = 'seed' "
                        "WHERE id = '%1'"_s.arg(book));
                 m_library.settle();
                 while (valueOf(database(shard), u"SELECT count(*) FROM books_ref WHERE id = '%1' AND "
                                                 "deleted_at IS NULL"_s.arg(book)) != "0"_L1)
                     QTest::qWait(2);
                 return id;
             }},
            {"loan_of_lost_copy"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id = lentCopy(shard);
                 damage(database(shard),
                        u"UPDATE physical_exemplars SET status = 'lost' WHERE id = '%1'"_s.arg(id));
                 return id;
             }},
            {"statistics_wrong"_L1, [this] {
                 const int shard = anyShard();
                 damage(database(shard),
                        u"INSERT INTO branch_statistics (branch_id, day, loans, row_version) "
                        "VALUES ('%1', '2020-02-01', 7, 1) ON CONFLICT DO NOTHING"_s.arg(branchId(shard)));
                 return branchId(shard) + "/2020-02-01"_L1;
             }}};
}

std::vector<TestReconcile::Kind> TestReconcile::branchKinds()
{
    const auto placement = [this](int shard, const QString &branch, const QString &state) {
        damage(database(shard), u"INSERT INTO branch_placement (branch_id, epoch, state, row_version) "
                                "VALUES ('%1', 1, '%2', 1) ON CONFLICT DO NOTHING"_s.arg(branch, state));
    };
    return {{"placement_missing"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id =
                     m_library.addBranch(m_library.shards().at(shard)).id.toString(QUuid::WithoutBraces);
                 damage(database(shard), u"DELETE FROM branch_placement WHERE branch_id = '%1'"_s.arg(id));
                 return id;
             }},
            {"branch_unplaced"_L1,
             [this] {
                 const QString id =
                     m_library.addBranch(m_library.shards().at(anyShard())).id.toString(QUuid::WithoutBraces);
                 damage(u"main"_s, u"DELETE FROM branch_placement WHERE branch_id = '%1'"_s.arg(id));
                 return id;
             }},
            {"placement_unclear"_L1,
             [this] {
                 const int shard = anyShard();
                 const QString id =
                     m_library.addBranch(m_library.shards().at(shard)).id.toString(QUuid::WithoutBraces);
                 damage(database(shard),
                        u"UPDATE branch_placement SET state = 'retired' WHERE branch_id = '%1'"_s.arg(id));
                 return id;
             }},
            {"placement_unclear"_L1, // it may be there still: not told that it lives elsewhere
             [=, this] {
                 const int shard = anyShard();
                 const QString id =
                     m_library.addBranch(m_library.shards().at(shard)).id.toString(QUuid::WithoutBraces);
                 damage(database(shard), u"DELETE FROM branch_placement WHERE branch_id = '%1'"_s.arg(id));
                 placement((shard + 1) % 3, id, u"fenced"_s);
                 return id;
             }},
            {"branch_active_elsewhere"_L1,
             [=, this] {
                 const int shard = anyShard();
                 const QString id =
                     m_library.addBranch(m_library.shards().at(shard)).id.toString(QUuid::WithoutBraces);
                 placement((shard + 1) % 3, id, u"active"_s);
                 return id;
             }},
            {"rows_elsewhere"_L1, [=, this] {
                 const int shard = anyShard();
                 const QString id =
                     m_library.addBranch(m_library.shards().at(shard)).id.toString(QUuid::WithoutBraces);
                 const int other = (shard + 1) % 3;
                 placement(other, id, u"fenced"_s);
                 damage(
                     database(other),
                     u"INSERT INTO physical_exemplars (branch_id, id, barcode, book_id, material_type_id, "
                     u"row_version) "
                     "SELECT '%1', '%2', 'else-%2', b.id, m.id, 1 FROM (SELECT id FROM books_ref LIMIT 1) b, "
                     "(SELECT id FROM material_types LIMIT 1) m"_s.arg(id, newId()));
                 return id;
             }}};
}

std::vector<TestReconcile::Kind> TestReconcile::kinds()
{
    std::vector<Kind> all;
    for (const auto &some : {referenceKinds(), barcodeKinds(), loanKinds(), branchKinds()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

void TestReconcile::everyKindIsFound_data()
{
    QTest::addColumn<int>("seed");
    for (const int seed : {1, 2, 3})
        QTest::addRow("order %d", seed) << seed;
}

/// Damage of all kinds at once, in a random order on random shards: all of it is found, and after the repair
/// only what a person must decide. What that person then does is played at the end.
void TestReconcile::everyKindIsFound()
{
    QFETCH(const int, seed);
    m_random.seed(static_cast<quint32>(seed));
    std::vector<Kind> all = kinds();
    std::shuffle(all.begin(), all.end(), m_random);
    std::vector<Seeded> seeded;
    for (const Kind &kind : all)
        seeded.push_back({kind.code, kind.seed()});
    m_library.settle();

    const Reconciliation result = look(true);
    for (const Seeded &one : seeded)
        QVERIFY2(isFound(result.findings, one),
                 qPrintable(one.code + u' ' + one.key + " is not among "_L1 + describe(result.findings)));
    for (const Finding &one : result.left)
        QVERIFY2(!kindOf(one).isMechanical, qPrintable(describe(result.left)));
    for (const Seeded &one : seeded) {
        if (!kindOf({.code = one.code, .database = {}, .table = {}}).isMechanical)
            QVERIFY2(isFound(result.left, one), qPrintable(one.code + " was not left to a person"_L1));
    }
    // Again it finds the same and has nothing to do.
    const Reconciliation again = look(true);
    QCOMPARE(describe(again.left), describe(result.left));
    QCOMPARE(again.repairs, QStringList());

    for (int shard = 0; shard < 3; ++shard) {
        damage(database(shard),
               u"DELETE FROM book_lending AS l USING physical_exemplars AS e WHERE e.id = l.exemplar_id "
               "AND (e.status = 'lost' OR e.barcode ~ '^(other|unlisted|else)-' OR e.book_id NOT IN (SELECT "
               "id FROM books_ref)); "
               "DELETE FROM book_lending WHERE user_id NOT IN (SELECT id FROM users_ref) "
               "OR exemplar_id NOT IN (SELECT id FROM physical_exemplars); "
               "DELETE FROM charges; "
               "UPDATE physical_exemplars SET status = 'available' WHERE status = 'lost'; "
               "DELETE FROM branch_placement WHERE state = 'fenced'; "
               "UPDATE branch_placement SET state = 'active' WHERE state = 'retired'; "
               "DELETE FROM users_ref WHERE family_name = '(purged)'"_s);
    }
    damage(u"main"_s,
           u"UPDATE books SET deleted_at = NULL, deleted_by = NULL WHERE deleted_by = 'seed'; "
           "UPDATE books_ref SET deleted_at = NULL, deleted_by = NULL WHERE deleted_by = 'seed'"_s);
    for (const Finding &one : result.left) {
        for (const QString &key : one.keys) {
            for (int shard = 0; shard < 3; ++shard) {
                if (one.code == "barcode_twice"_L1 || one.code == "open_loans_twice"_L1)
                    damage(
                        database(shard),
                        u"DELETE FROM book_lending WHERE exemplar_id IN (SELECT id FROM physical_exemplars "
                        "WHERE barcode = '%1'); DELETE FROM desk_event WHERE exemplar_id IN (SELECT id FROM "
                        "physical_exemplars WHERE barcode = '%1'); DELETE FROM physical_exemplars WHERE barcode = '%1'"_s
                            .arg(key));
                else if (one.code == "copy_twice"_L1 || one.code == "orphan_copy"_L1)
                    damage(database(shard), u"DELETE FROM physical_exemplars WHERE id = '%1'; "
                                            "DELETE FROM desk_event WHERE exemplar_id = '%1'"_s.arg(key));
                else if (one.code == "rows_elsewhere"_L1)
                    damage(database(shard),
                           u"DELETE FROM physical_exemplars WHERE branch_id = '%1'"_s.arg(key));
                else if (one.code == "branch_active_elsewhere"_L1 && database(shard) == one.database)
                    damage(database(shard),
                           u"DELETE FROM branch_placement WHERE branch_id = '%1'"_s.arg(key));
            }
        }
    }
    // Loans that nobody finds again are taken out of the events.
    for (int shard = 0; shard < 3; ++shard)
        damage(database(shard),
               u"DELETE FROM desk_event AS v WHERE NOT EXISTS (SELECT FROM book_lending AS l "
               "WHERE l.branch_id = v.branch_id AND l.exemplar_id = v.exemplar_id)"_s);
    // Frees the barcodes of the copies that are gone, and the marks of copies that were lent.
    const Reconciliation after = look(true, {}, ExtraRows::Removed);
    QVERIFY2(after.left.empty(), qPrintable(describe(after.left)));
}

/// --table leaves the others alone.
void TestReconcile::oneTable()
{
    const QString id = newId();
    damage(database(1),
           u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
           "VALUES ('%1', 'Nowhere', 'Nowhere', '', '', 1)"_s.arg(id));
    QVERIFY(look(false, u"users_ref"_s).findings.empty());
    QVERIFY(look(false, u"physical_exemplars"_s).findings.empty());
    QVERIFY(isFound(look(true, u"books_ref"_s).left, {u"ref_extra_unused"_s, id}));
    QVERIFY(look(true, u"books_ref"_s, ExtraRows::Removed).left.empty());
    QCOMPARE(valueOf(database(1), u"SELECT old ->> 'title' FROM audit_log WHERE row_id = '%1' "
                                  "AND op = 'delete'"_s.arg(id)),
             u"Nowhere"_s);
}

/// The apply worker is made to leave out a transaction, as ALTER SUBSCRIPTION … SKIP does, and nothing tells.
void TestReconcile::skippedTransaction()
{
    const QString id = m_library.addBook().toString(QUuid::WithoutBraces);
    m_library.settle();
    const QString shard = database(2);
    QTRY_COMPARE(valueOf(shard, u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(id)), u"1"_s);
    m_library.ddl(shard, u"ALTER SUBSCRIPTION branchline_catalogue DISABLE"_s);
    QTRY_COMPARE(
        valueOf(shard, u"SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL "
                       "AND subname = 'branchline_catalogue' AND subid IN (SELECT oid FROM pg_subscription "
                       "WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()))"_s),
        u"0"_s);
    m_library.sql(u"main"_s, u"UPDATE books SET title = 'Never arrived' WHERE id = '%1'"_s.arg(id));
    const QString missing = m_library.addBook().toString(QUuid::WithoutBraces);
    const QString position = valueOf(u"main"_s, u"SELECT pg_current_wal_insert_lsn()::text"_s);
    m_library.sql(
        shard,
        u"SELECT pg_replication_origin_advance('pg_' || oid, '%1') FROM pg_subscription "
        "WHERE subname = 'branchline_catalogue' "
        "AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"_s.arg(position));
    m_library.ddl(shard, u"ALTER SUBSCRIPTION branchline_catalogue ENABLE"_s);

    const Reconciliation result = look(true);
    QVERIFY2(isFound(result.findings, {u"update_skipped"_s, id}), qPrintable(describe(result.findings)));
    QVERIFY2(isFound(result.findings, {u"ref_missing"_s, missing}), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(shard, u"SELECT title FROM books_ref WHERE id = '%1'"_s.arg(id)), u"Never arrived"_s);
    // The log of the shard says so, and nothing about a person.
    QVERIFY(valueOf(shard, u"SELECT count(*) FROM audit_log WHERE row_id = '%1' "
                           "AND new = '{\"repaired\": \"update_skipped\"}'"_s.arg(id)) == "1"_L1);
}

/// Books and branches are added, books change and desks lend all the time, and nothing of that is taken for
/// damage.
void TestReconcile::workIsNoDamage()
{
    std::atomic_bool isOver = false;
    auto desk = std::async(std::launch::async, [&] {
        const auto cluster = m_library.newCluster(u"busy desk"_s);
        const auto session = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
        const QUuid branch = m_branches.first().id;
        const QString unique = newId();
        int done = 0;
        for (; !isOver; ++done) {
            const QString name = u"busy-%1-%2"_s.arg(unique).arg(done);
            session->execText(u"busy"_s,
                              u"UPDATE books SET title = title || '.' WHERE id IN (SELECT id FROM books "
                              "ORDER BY random() LIMIT 5)"_s);
            const auto book = await(Branchline::addBook(*cluster, {.title = name, .authors = {u"Busy"_s}}));
            const bool isAdded =
                await(Branchline::addPatron(
                          *cluster,
                          {.card = name, .familyName = name, .typeCode = u"adult"_s, .homeBranch = branch}))
                    .isOk() &&
                book.isOk() &&
                await(Branchline::addCopy(
                          *cluster,
                          {.branch = branch, .book = book->id, .barcode = name, .material = u"book"_s}))
                    .isOk() &&
                (done % 5 > 0 ||
                 Branchline::addBranch(*cluster, {.code = u"b%1"_s.arg(newId().right(12)), .name = name})
                     .isOk());
            if (!isAdded)
                return -1;
            (void)await(checkOut(
                *cluster,
                {.requestId = newUuid(), .deskBranch = branch, .barcode = name, .card = m_cards.first()}));
            (void)await(checkIn(*cluster, {.requestId = newUuid(), .deskBranch = branch, .barcode = name}));
        }
        return done;
    });
    const auto stop = qScopeGuard([&] { isOver = true; });
    std::vector<Finding> found;
    for (int round = 0; round < 10; ++round) {
        const auto result =
            reconcile(m_library.adminAddresses(), {.arrival = 15s, .pause = 1s, .rangeRows = 50});
        QVERIFY(result.isOk());
        found.insert(found.end(), result->findings.begin(), result->findings.end());
    }
    isOver = true;
    QVERIFY(desk.get() > 20);
    QVERIFY2(found.empty(), qPrintable(describe(found)));
}

/// Copies of which a desk holds the row, and rows that arrive meanwhile: the repair waits, and nothing newer
/// is lost.
void TestReconcile::repairBesideDesks()
{
    const int shard = 1;
    QStringList books;
    for (int i = 0; i < 30; ++i)
        books << m_library.addBook().toString(QUuid::WithoutBraces);
    m_library.settle();
    std::atomic_bool isOver = false;
    auto desk = std::async(std::launch::async, [&] {
        const auto session = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
        for (int i = 0; !isOver; ++i) {
            session->execText(u"busy"_s, u"UPDATE books SET title = 'Title %1' WHERE id = '%2'"_s.arg(i).arg(
                                             books.at(i % 30)));
        }
    });
    auto lending = std::async(std::launch::async, [&] {
        const auto session = m_library.newSession(database(shard), LocalLibrary::superuserName());
        int loans = 0;
        for (; !isOver; ++loans) {
            // What a loan's foreign key does: locks the patron's row for as long as the transaction lasts.
            session->execText(u"hold"_s,
                              u"BEGIN; SELECT FROM users_ref FOR KEY SHARE; SELECT pg_sleep(0.02); COMMIT"_s);
        }
        return loans;
    });
    const auto stop = qScopeGuard([&] { isOver = true; });
    for (int round = 0; round < 5; ++round) {
        damage(database(shard),
               u"UPDATE books_ref SET title = 'Damaged', row_version = 0 WHERE id IN ('%1'); "
               "UPDATE users_ref SET display_name = 'Damaged'"_s.arg(books.mid(0, 10).join("','"_L1)));
        const auto result = look(true);
        QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
        QCOMPARE(valueOf(database(shard), u"SELECT count(*) FROM users_ref WHERE display_name = 'Damaged'"_s),
                 u"0"_s);
    }
    isOver = true;
    desk.get();
    QVERIFY(lending.get() > 5);
}

/// A row that stands on the shard already stops the whole stream when main makes it.
void TestReconcile::conflictThatStops()
{
    const QString id = newId();
    damage(database(0),
           u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
           "VALUES ('%1', 'In the way', 'In the way', '', '', 1)"_s.arg(id));
    m_library.sql(u"main"_s, u"INSERT INTO books (id, title) VALUES ('%1', 'Rightly here')"_s.arg(id));
    const QString later = m_library.addBook().toString(QUuid::WithoutBraces);
    const Reconciliation result = look(true);
    QVERIFY2(isFound(result.findings, {u"apply_stopped"_s, {}}), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(database(0), u"SELECT title FROM books_ref WHERE id = '%1'"_s.arg(id)),
             u"Rightly here"_s);
    QCOMPARE(valueOf(database(0), u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(later)), u"1"_s);
}

void TestReconcile::disabledSubscription()
{
    m_library.ddl(database(1), u"ALTER SUBSCRIPTION branchline_desk DISABLE"_s);
    const Reconciliation result = look(true);
    QVERIFY2(isFound(result.findings, {u"subscription_disabled"_s, {}}),
             qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
}

/// Main has given up a slot: the shard is brought up again while its desks lend.
void TestReconcile::lostSlot()
{
    const int shard = 2;
    const QString slot = valueOf(database(shard), u"SELECT slot_name FROM replication_health() "
                                                  "WHERE subscription = 'branchline_desk'"_s);
    QString barcode;
    (void)newCopy(shard, &barcode);
    m_library.ddl(database(shard), u"ALTER SUBSCRIPTION branchline_desk DISABLE"_s);
    QTRY_COMPARE(
        valueOf(u"main"_s, u"SELECT active FROM pg_replication_slots WHERE slot_name = '%1'"_s.arg(slot)),
        u"false"_s);
    m_library.sql(u"main"_s, u"SELECT pg_drop_replication_slot('%1')"_s.arg(slot));
    const QString card = "lost-slot-"_L1 + newId();
    QVERIFY(await(Branchline::addPatron(m_library.cluster(), {.card = card,
                                                              .familyName = card,
                                                              .typeCode = u"adult"_s,
                                                              .homeBranch = m_branches.at(shard).id}))
                .isOk());
    m_library.ddl(database(shard), u"ALTER SUBSCRIPTION branchline_desk ENABLE"_s);

    std::atomic_bool isOver = false;
    auto desk = std::async(std::launch::async, [&] {
        int done = 0;
        for (; !isOver || done == 0; ++done) {
            if (m_library.lend(m_branches.at(shard), barcode, m_cards.at(shard)).outcome != Outcome::Lent ||
                m_library.takeBack(m_branches.at(shard), barcode).outcome != Outcome::Returned)
                return -1;
        }
        return done;
    });
    const Reconciliation result = look(true);
    isOver = true;
    QVERIFY(desk.get() > 0);
    QVERIFY2(isFound(result.findings, {u"slot_lost"_s, {}}), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    COMPARE_OUTCOME(m_library.lend(m_branches.at(shard), barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_branches.at(shard), barcode), Outcome::Returned);
}

/// More log than max_slot_wal_keep_size allows: main gives up the slot instead of its disk, and the shard is
/// brought up again.
void TestReconcile::slotBeyondTheLimit()
{
    const QString slot = valueOf(database(0), u"SELECT slot_name FROM replication_health() "
                                              "WHERE subscription = 'branchline_catalogue'"_s);
    const auto limit = [this](const QString &value) {
        m_library.ddl(u"main"_s, u"ALTER SYSTEM SET max_slot_wal_keep_size = '%1'"_s.arg(value));
        m_library.ddl(u"main"_s, u"SELECT pg_reload_conf()"_s);
    };
    QCOMPARE(valueOf(u"main"_s, u"SHOW max_slot_wal_keep_size"_s), u"8GB"_s);
    m_library.ddl(database(0), u"ALTER SUBSCRIPTION branchline_catalogue DISABLE"_s);
    const QString book = m_library.addBook().toString(QUuid::WithoutBraces);
    limit(u"16MB"_s);
    m_library.sql(u"main"_s, u"SELECT pg_logical_emit_message(false, 'test', repeat('x', 1048576)) "
                             "FROM generate_series(1, 64)"_s);
    // A checkpoint gives it up; one that begins before its process has read the setting does not.
    const auto isLost = [&] {
        m_library.ddl(u"main"_s, u"CHECKPOINT"_s);
        return valueOf(u"main"_s,
                       u"SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = '%1'"_s.arg(
                           slot)) == "true"_L1;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isLost(), 20000);
    m_library.ddl(u"main"_s, u"ALTER SYSTEM RESET max_slot_wal_keep_size"_s);
    m_library.ddl(u"main"_s, u"SELECT pg_reload_conf()"_s);

    const Reconciliation result = look(true);
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(database(0), u"SELECT count(*) FROM books_ref WHERE id = '%1'"_s.arg(book)), u"1"_s);
}

/// Main comes from a backup that is older than the shards: patrons with loans, a book with copies and a
/// branch are missing there. Nothing of the shards is lost, and what main had comes back.
void TestReconcile::restoredMain()
{
    const int shard = 1;
    const QString card = m_library.addPatron(m_branches.at(shard));
    QString barcode;
    const QString copy = newCopy(shard, &barcode);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branches.at(shard), barcode, card), Outcome::Lent);
    const QString user =
        valueOf(u"main"_s, u"SELECT user_id FROM user_cards WHERE card_number = '%1'"_s.arg(card));
    const QString book =
        valueOf(database(shard), u"SELECT book_id FROM physical_exemplars WHERE id = '%1'"_s.arg(copy));
    m_library.sql(u"main"_s,
                  u"WITH a AS (INSERT INTO authors (name) VALUES ('Restored, Rita') RETURNING id) "
                  "INSERT INTO author_book (book_id, author_id) SELECT '%1', id FROM a"_s.arg(book));
    const BranchEntry branch = m_library.addBranch(m_library.shards().at(shard));
    const QString branchOfMain = branch.id.toString(QUuid::WithoutBraces);
    m_library.settle();
    const QString authors =
        valueOf(u"main"_s, u"SELECT author_line FROM books_ref WHERE id = '%1'"_s.arg(book));
    QVERIFY(authors.startsWith("Restored, Rita"_L1));
    QTRY_COMPARE(valueOf(database(0), u"SELECT author_line FROM books_ref WHERE id = '%1'"_s.arg(book)),
                 authors);

    damage(u"main"_s,
           u"DELETE FROM user_cards WHERE user_id = '%1'; DELETE FROM users_ref WHERE id = '%1'; "
           "DELETE FROM users WHERE id = '%1'; DELETE FROM author_book WHERE book_id = '%2'; "
           "DELETE FROM books_ref WHERE id = '%2'; DELETE FROM books WHERE id = '%2'; "
           "DELETE FROM exemplar_barcodes WHERE exemplar_id = '%3'; "
           "DELETE FROM branch_placement WHERE branch_id = '%4'; DELETE FROM branches WHERE id = '%4'"_s.arg(
               user, book, copy, branchOfMain));
    // One shard was not up to date when main was lost.
    damage(database(2),
           u"DELETE FROM user_cards WHERE user_id = '%1'; DELETE FROM users_ref WHERE id = '%1'"_s.arg(user));

    const Reconciliation result = look(true);
    for (const QString &id : {user, book, branchOfMain})
        QVERIFY2(isFound(result.findings, {u"ref_extra"_s, id}), qPrintable(describe(result.findings)));
    QVERIFY2(result.left.empty(), qPrintable(describe(result.left)));
    QCOMPARE(valueOf(u"main"_s, u"SELECT u.family_name FROM users u JOIN user_cards c ON c.user_id = u.id "
                                "WHERE c.card_number = '%1' AND u.id = '%2'"_s.arg(card, user)),
             card);
    QCOMPARE(valueOf(u"main"_s, u"SELECT author_line FROM books_ref WHERE id = '%1'"_s.arg(book)), authors);
    QCOMPARE(valueOf(u"main"_s, u"SELECT s.name FROM branch_placement p JOIN shards s ON s.id = p.shard_id "
                                "WHERE p.branch_id = '%1'"_s.arg(branchOfMain)),
             m_library.shards().at(shard));
    QCOMPARE(valueOf(database(shard), u"SELECT count(*) FROM book_lending WHERE user_id = '%1' "
                                      "AND returned_at IS NULL"_s.arg(user)),
             u"1"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_branches.at(shard), barcode), Outcome::Returned);
    COMPARE_OUTCOME(m_library.lend(m_branches.at(shard), barcode, card), Outcome::Lent);
}

void TestReconcile::resynchronisedShard()
{
    damage(database(0), u"DELETE FROM material_types"_s);
    const auto steps = resynchroniseShard(m_library.adminAddresses(), m_library.shards().first());
    QVERIFY2(steps.isOk(), steps.isOk() ? "" : qPrintable(steps.error().message));
    QVERIFY(!steps->isEmpty());
}

/// A repair that is killed anywhere is finished by the next one: here after each thing it says that it does,
/// from the end of its first look until it has brought rows back and made the subscriptions again.
void TestReconcile::killedRepair()
{
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    constexpr int linesOfLook = 4;
    int kills = 0;
    for (bool isThrough = false; !isThrough; ++kills) {
        const QString user = newId();
        damage(database(0), u"UPDATE books_ref SET title = 'Damaged'"_s);
        damage(database(1), u"DELETE FROM user_cards"_s);
        for (int shard = 0; shard < 3; ++shard)
            damage(database(shard),
                   u"INSERT INTO users_ref (id, family_name, given_name, display_name, user_type_id, "
                   "home_branch_id, active, row_version) SELECT '%1', 'Lost', '', 'Lost', t.id, '%2', "
                   "true, 1 FROM user_types t LIMIT 1"_s.arg(user, branchId(0)));
        HeardCtl repair(ctl, {u"verify"_s, u"--repair"_s, u"--bring-back"_s});
        QVERIFY2(repair.saysLines(linesOfLook + kills) && repair.kill(), repair.said().constData());
        isThrough = repair.said().contains("Made the subscriptions of");
        const Reconciliation result = look(true, {}, ExtraRows::BroughtBack);
        QVERIFY2(result.left.empty(), (repair.said() + describe(result.left).toUtf8()).constData());
        QCOMPARE(valueOf(u"main"_s, u"SELECT family_name FROM users WHERE id = '%1'"_s.arg(user)), u"Lost"_s);
    }
    QVERIFY(kills > 3);
}

/// Exit statuses, JSON, and no name of a patron anywhere.
void TestReconcile::commandLine()
{
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    CtlRun run = ctl.json({u"verify"_s});
    QVERIFY2(run.status == 0 && run.json.value("complete"_L1).toBool(), run.text().constData());
    QCOMPARE(ctl.run({u"verify"_s, u"--table"_s, u"nothing"_s}).status, 2);
    QCOMPARE(ctl.run({u"verify"_s, u"--wait"_s, u"long"_s}).status, 2);
    QCOMPARE(ctl.run({u"verify"_s, u"--remove-extra"_s}).status, 2);
    QCOMPARE(ctl.run({u"verify"_s, u"--repair"_s, u"--remove-extra"_s, u"--bring-back"_s}).status, 2);
    QCOMPARE(ctl.run({u"shard"_s, u"resync"_s, u"nowhere"_s}).status, 2);

    const QString user = valueOf(u"main"_s, u"SELECT id FROM users LIMIT 1"_s);
    m_library.sql(u"main"_s, u"UPDATE users SET family_name = 'Topsecret' WHERE id = '%1'"_s.arg(user));
    m_library.settle();
    damage(database(0), u"UPDATE users_ref SET active = NOT active WHERE id = '%1'"_s.arg(user));
    run = ctl.json({u"verify"_s, u"--table"_s, u"users_ref"_s});
    QCOMPARE(run.status, 1);
    const QJsonObject finding = run.json.value("findings"_L1).toArray().at(0).toObject();
    QCOMPARE(missingKeys(finding, {u"code"_s, u"database"_s, u"table"_s, u"count"_s, u"examples"_s, u"what"_s,
                                   u"next"_s, u"repairable"_s}),
             QStringList());
    QCOMPARE(finding.value("examples"_L1).toArray().at(0).toString(), user);
    QVERIFY(!run.text().contains("Topsecret"));
    run = ctl.json({u"verify"_s, u"--repair"_s});
    QVERIFY2(run.status == 0 && !run.text().contains("Topsecret"), run.text().constData());
    QVERIFY(run.json.value("left"_L1).toArray().isEmpty() &&
            !run.json.value("repairs"_L1).toArray().isEmpty());
    QCOMPARE(ctl.run({u"shard"_s, u"resync"_s, m_library.shards().first()}).status, 0);
}

/// A shard that cannot be reached is said, and nothing is concluded from its silence.
void TestReconcile::silentShard()
{
    AdminAddresses addresses = m_library.adminAddresses();
    addresses.shards[m_library.shards().last()] =
        addresses.shards[m_library.shards().last()].with(u"dbname"_s, u"not_there"_s);
    const QString id = newId();
    for (int shard = 0; shard < 2; ++shard)
        damage(database(shard),
               u"INSERT INTO books_ref (id, title, sort_title, author_line, categories, row_version) "
               "VALUES ('%1', 'Nowhere', 'Nowhere', '', '', 1)"_s.arg(id));
    const auto result = reconcile(
        addresses, {.isRepairWanted = true, .extra = ExtraRows::Removed, .arrival = 15s, .pause = 100ms});
    QVERIFY(result.isOk());
    QVERIFY(!result->isComplete());
    QCOMPARE(result->silent.size(), size_t(1));
    QVERIFY2(isFound(result->left, {u"ref_extra_unused"_s, id}), qPrintable(describe(result->left)));
    QVERIFY(look(true, {}, ExtraRows::Removed).left.empty());
}

QTEST_GUILESS_MAIN(TestReconcile)
#include "tst_reconcile.moc"
