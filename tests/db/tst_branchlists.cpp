// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/branch/branchlists.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The lists of a branch: pages that follow one another in every order, filters, counts, and who may see
/// whom.
class TestBranchLists final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void pages_make_the_list_data();
    void pages_make_the_list();
    void counts_are_those_of_the_lists();
    void filters_narrow_down();
    void patrons_are_for_the_desk();
    void other_sorts_are_refused();
    void moved_branch_is_refused();

private:
    [[nodiscard]] Rows page(BranchList list, const BranchFilter &filter, const BranchOrder &order,
                            const QVariantList &after = {}, int rows = 1000);
    [[nodiscard]] QStringList column(BranchList list, const BranchFilter &filter, const BranchOrder &order,
                                     const char *name);
    [[nodiscard]] QString id() const { return m_branch.id.toString(QUuid::WithoutBraces); }

    template <typename T>
    [[nodiscard]] static T need(const QFuture<Result<T>> &future)
    {
        const Result<T> result = await(future);
        if (!result)
            qFatal("%s", qPrintable(result.error().message));
        return *result;
    }

    PreparedLibrary m_library;
    BranchEntry m_branch;
    QString m_card;
    QString m_shard = u"secondary_shard"_s;
};

/// 40 copies of 8 books, many of them in the same place; 24 are lent, 10 of them are overdue, 5 due soon.
void TestBranchLists::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"secondary"_s, u"Asia/Tokyo"_s);
    m_card = m_library.addPatron(m_branch);
    const QStringList titles{u"Éternité"_s, u"Zorba"_s,   u"A Wizard of Earthsea"_s, u"The 100 % Solution"_s,
                             u"Solaris"_s,  u"Kindred"_s, u"Persuasion"_s,           u"Emma"_s};
    QStringList books;
    for (const QString &title : titles) {
        const QString author = titles.indexOf(title) < 4 ? u"Gabriel García Márquez"_s : u"Jane Austen"_s;
        books << need(addBook(m_library.cluster(), {.title = title, .authors = {author}}))
                     .id.toString(QUuid::WithoutBraces);
    }
    m_library.settle();
    QTRY_COMPARE(m_library.value(m_shard, u"SELECT count(*) FROM books_ref"_s),
                 QString::number(books.size()));
    m_library.sql(m_shard, uR"(
        INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id, status, floor, room, bookshelf)
        SELECT '%1', 'C' || lpad(i::text, 3, '0'), ('{%2}'::uuid[])[1 + i % 8], m.id,
               CASE WHEN i <= 24 THEN 'lent' WHEN i > 37 THEN 'lost' WHEN i = 37 THEN 'missing' ELSE 'available' END,
               i % 2, nullif(i % 3, 0), 7
          FROM generate_series(1, 40) AS i, material_types AS m WHERE m.code = 'book')"_s.arg(
                               id(), books.join(u',')));
    m_library.sql(m_shard, uR"(
        INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, renewals)
        SELECT e.branch_id, e.id, u.id, e.branch_id, now() - interval '60 days' + e.n * interval '1 hour',
               ((now() AT TIME ZONE 'Asia/Tokyo')::date + CASE WHEN e.n <= 10 THEN -((e.n + 1) / 2)::int
                                                                WHEN e.n <= 15 THEN 7 ELSE 20 END
                + time '23:59:59') AT TIME ZONE 'Asia/Tokyo', 0
          FROM (SELECT x.*, row_number() OVER (ORDER BY x.barcode) AS n FROM physical_exemplars AS x
                 WHERE x.branch_id = '%1' AND x.status = 'lent') AS e, users_ref AS u)"_s.arg(id()));
    m_library.sql(m_shard, uR"(
        INSERT INTO desk_event (branch_id, kind, exemplar_id, desk_branch_id, at)
        SELECT e.branch_id, 'copy_added', e.id, e.branch_id, now() - interval '3 days' * (e.barcode > 'C030')::int
          FROM physical_exemplars AS e WHERE e.branch_id = '%1')"_s.arg(id()));
}

Rows TestBranchLists::page(BranchList list, const BranchFilter &filter, const BranchOrder &order,
                           const QVariantList &after, int rows)
{
    return need(branchListPage(m_library.cluster(), m_branch.id, list, filter, order, after, rows));
}

QStringList TestBranchLists::column(BranchList list, const BranchFilter &filter, const BranchOrder &order,
                                    const char *name)
{
    QStringList texts;
    const Rows rows = page(list, filter, order);
    for (int i = 0; i < rows->rowCount(); ++i)
        texts << rows->row(i).text(name);
    return texts;
}

void TestBranchLists::pages_make_the_list_data()
{
    QTest::addColumn<BranchList>("list");
    QTest::addColumn<QString>("order");
    const auto add = [](BranchList list, const char *name, const QStringList &orders) {
        for (const QString &order : orders)
            QTest::addRow("%s by %s", name, qPrintable(order)) << list << order;
    };
    const QStringList ofLoans{u"due"_s, u"lent"_s, u"patron"_s, u"title"_s, u"author"_s, u"barcode"_s};
    add(BranchList::Copies, "copies", {u"barcode"_s, u"title"_s, u"author"_s, u"status"_s, u"place"_s});
    add(BranchList::Lost, "lost copies", {u"barcode"_s, u"status"_s});
    add(BranchList::OnLoan, "loans", ofLoans);
    add(BranchList::Overdue, "overdue loans", ofLoans);
    add(BranchList::DueSoon, "loans due soon", {u"due"_s});
    add(BranchList::Today, "events of today", {u"time"_s});
}

/// Whatever the order and however many rows are alike in it: page after page gives the whole list, each row
/// once, and the keys read in advance lead to the same pages.
void TestBranchLists::pages_make_the_list()
{
    QFETCH(BranchList, list);
    QFETCH(QString, order);
    QStringList ascending;
    for (const bool descending : {false, true}) {
        const BranchOrder by{order, descending};
        const QStringList whole = column(list, {}, by, "id");
        QVERIFY(whole.size() >= 4);
        QCOMPARE(QSet<QString>(whole.begin(), whole.end()).size(), whole.size());
        if (descending)
            QCOMPARE(whole, QStringList(ascending.rbegin(), ascending.rend()));
        else
            ascending = whole;

        constexpr int size = 3;
        const Rows keys = need(branchListKeys(m_library.cluster(), m_branch.id, list, {}, by, size));
        QCOMPARE(keys->rowCount(), (whole.size() + size - 1) / size);
        QStringList paged;
        QVariantList after;
        for (int i = 0; i < keys->rowCount(); ++i) {
            const Rows rows = page(list, {}, by, after, size);
            for (int row = 0; row < rows->rowCount(); ++row)
                paged << rows->row(row).text("id");
            QCOMPARE(keys->row(i).number("place"), paged.size());
            after = {keys->at(i, 0), keys->at(i, 1)};
            const auto last = rows->row(rows->rowCount() - 1);
            QCOMPARE(after, QVariantList({last.value("sort_key"), last.value("sort_tie")}));
        }
        QCOMPARE(paged, whole);
    }
}

void TestBranchLists::counts_are_those_of_the_lists()
{
    const BranchCounts counts = need(branchCounts(m_library.cluster(), m_branch.id));
    const auto length = [this](BranchList list, const QString &order) {
        return page(list, {}, {order, false})->rowCount();
    };
    QCOMPARE(counts.onLoan, 24);
    QCOMPARE(counts.overdue, 10);
    QCOMPARE(counts.dueSoon, 5);
    QCOMPARE(counts.lost, 4);
    QCOMPARE(counts.copies, 40);
    QCOMPARE(length(BranchList::OnLoan, u"due"_s), counts.onLoan);
    QCOMPARE(length(BranchList::Overdue, u"due"_s), counts.overdue);
    QCOMPARE(length(BranchList::DueSoon, u"due"_s), counts.dueSoon);
    QCOMPARE(length(BranchList::Lost, u"barcode"_s), counts.lost);
    QCOMPARE(length(BranchList::Copies, u"barcode"_s), counts.copies);
    QCOMPARE(length(BranchList::Today, u"time"_s), counts.today);
    // The first to be late are on top, and how late they are is told in the days of the branch.
    QCOMPARE(column(BranchList::Overdue, {}, {u"due"_s, false}, "late_days"),
             QStringList({u"5"_s, u"5"_s, u"4"_s, u"4"_s, u"3"_s, u"3"_s, u"2"_s, u"2"_s, u"1"_s, u"1"_s}));
    QCOMPARE(column(BranchList::DueSoon, {}, {u"due"_s, false}, "due_in"), QStringList(5, u"7"_s));
}

void TestBranchLists::filters_narrow_down()
{
    const BranchOrder byBarcode{u"barcode"_s, false};
    const auto copies = [&](const BranchFilter &filter) {
        return page(BranchList::Copies, filter, byBarcode)->rowCount();
    };
    QCOMPARE(copies({.words = u"eternite"_s}), 5);
    QCOMPARE(copies({.words = u"MARQUEZ garc"_s}), 20);
    QCOMPARE(copies({.words = u"marquez zorba c009"_s}), 1);
    QCOMPARE(copies({.words = u"100 %"_s}), 5); // signs of LIKE are only signs
    QCOMPARE(copies({.words = u"_ %"_s}), 0);
    QCOMPARE(copies({.words = u"'; DROP TABLE books_ref; --"_s}), 0);
    QCOMPARE(copies({.statuses = {u"lost"_s, u"available"_s}}), 15);
    QCOMPARE(copies({.words = u"austen"_s, .statuses = {u"lent"_s}, .materials = {u"book"_s}}), 12);
    QCOMPARE(copies({.materials = {u"no such material"_s}}), 0);
    QCOMPARE(page(BranchList::Lost, {.statuses = {u"missing"_s}}, byBarcode)->rowCount(), 1);

    const auto overdue = [&](const BranchFilter &filter) {
        return page(BranchList::Overdue, filter, byBarcode)->rowCount();
    };
    QCOMPARE(overdue({.lateFrom = 2, .lateTo = 4}), 6);
    QCOMPARE(overdue({.lateTo = 1}), 2);
    QCOMPARE(overdue({.lateFrom = 5}), 2);
    QCOMPARE(overdue({.words = m_card}), 10); // the name; and it is the card number, too
    QCOMPARE(overdue({.userTypes = {u"child"_s}}), 0);
    QCOMPARE(overdue({.userTypes = {u"adult"_s}, .lateFrom = 5}), 2);
    QCOMPARE(page(BranchList::Today, {.kinds = {u"lent"_s}}, {u"time"_s, true})->rowCount(), 0);
    // The keys are those of what is left.
    const Rows keys = need(branchListKeys(m_library.cluster(), m_branch.id, BranchList::Overdue,
                                          {.lateFrom = 2, .lateTo = 4}, {u"patron"_s, true}, 100));
    QCOMPARE(keys->rowCount(), 1);
    QCOMPARE(keys->row(0).number("place"), 6);
}

/// Who works at the branch, but not at its desk, sees what is lent, not to whom, and cannot find out by a
/// filter or an order; who works elsewhere sees the copies.
void TestBranchLists::patrons_are_for_the_desk()
{
    m_library.ddl(u"main"_s, u"CREATE ROLE norah LOGIN IN ROLE branchline_staff"_s);
    const auto session = m_library.newSession(m_shard, LocalLibrary::superuserName());
    session->execText(u"sign in"_s, u"SET SESSION AUTHORIZATION norah"_s);
    m_library.sql(u"main"_s, u"SELECT add_staff('norah', 'Norah')"_s);
    for (const auto *list : {"branch_loans('%1', 'overdue', '{}', 'due', false, NULL, 100)",
                             "branch_events('%1', '{}', 'time', false, NULL, 100)"}) {
        try {
            session->execText(u"elsewhere"_s, u"SELECT "_s + QString::fromLatin1(list).arg(id()));
            QFAIL(list);
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"LB004"_s);
        }
    }
    session->execText(u"copies"_s,
                      u"SELECT branch_copies('%1', '{}', 'barcode', false, NULL, 100)"_s.arg(id()));
    m_library.sql(u"main"_s, u"SELECT assign_right('norah', 'branch', '%1')"_s.arg(id()));
    m_library.settle();
    const auto loans = [&](const QString &filter, const QString &sort) {
        return session->exec({"loans"_L1, "SELECT * FROM public.branch_loans(?::uuid, 'overdue', ?::jsonb, "
                                          "?::text, false, NULL, 100)"_L1},
                             {m_branch.id, filter, sort});
    };
    const Rows rows = loans(u"{}"_s, u"due"_s);
    QCOMPARE(rows->rowCount(), 10);
    for (const char *hidden : {"patron_id", "patron", "card", "user_type"})
        QVERIFY(rows->row(0).isNull(hidden));
    QVERIFY(!rows->row(0).isNull("title"));
    QCOMPARE(loans(u"{\"words\": \"%1\"}"_s.arg(m_card), u"due"_s)->rowCount(), 0);
    QVERIFY_THROWS_EXCEPTION(DbException, static_cast<void>(loans(u"{}"_s, u"patron"_s)));
    QCOMPARE(column(BranchList::Overdue, {}, {u"due"_s, false}, "card"), QStringList(10, m_card));
}

void TestBranchLists::other_sorts_are_refused()
{
    const auto answer = await(branchListPage(m_library.cluster(), m_branch.id, BranchList::Copies, {},
                                             {u"barcode; SELECT 1"_s, false}, {}, 10));
    QVERIFY(!answer.isOk());
    QCOMPARE(answer.error().sqlState, u"LB006"_s);
}

/// A shard that no longer has the branch sends the reader on instead of showing an empty list.
void TestBranchLists::moved_branch_is_refused()
{
    m_library.sql(m_shard,
                  u"UPDATE branch_placement SET state = 'fenced' WHERE branch_id = '%1'"_s.arg(id()));
    const auto list = await(branchListPage(m_library.cluster(), m_branch.id, BranchList::Copies, {},
                                           {u"barcode"_s, false}, {}, 10));
    QVERIFY(!list.isOk());
    QCOMPARE(list.error().kind, DbErrorKind::StalePlacement);
    QCOMPARE(await(branchCounts(m_library.cluster(), m_branch.id)).error().kind, DbErrorKind::StalePlacement);
    m_library.sql(m_shard,
                  u"UPDATE branch_placement SET state = 'active' WHERE branch_id = '%1'"_s.arg(id()));
}

QTEST_GUILESS_MAIN(TestBranchLists)
#include "tst_branchlists.moc"
