// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/isbn.h"
#include "db/cluster/demolibrary.h"
#include "db/cluster/demolibrarydata.h"
#include "db/cluster/demolibraryrandom.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QJsonArray>
#include <QProcess>
#include <QSet>
#include <QTimeZone>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

// What must hold in a library, whoever filled it; each counts the rows that break it.
const char *const mainInvariants[] = {
    "SELECT count(*) FROM exemplar_barcodes WHERE state <> 'live' OR book_id IS NULL",
    "SELECT count(*) FROM books AS b WHERE NOT EXISTS (SELECT FROM author_book AS a WHERE a.book_id = b.id)",
    "SELECT count(*) FROM books AS b WHERE NOT EXISTS (SELECT FROM category_book AS c WHERE c.book_id = "
    "b.id)",
    "SELECT count(*) FROM books AS b JOIN books_ref AS r USING (id) WHERE r.author_line = '' OR b.search = "
    "''",
    "SELECT count(*) FROM users WHERE email NOT LIKE '%@example.org' OR phone !~ '^555 01[0-9][0-9]$'",
    "SELECT count(*) - 1 FROM jobs WHERE kind = 'demo library' AND state = 'done'",
};
const char *const shardInvariants[] = {
    "SELECT count(*) FROM physical_exemplars AS e WHERE (status = 'lent') <> EXISTS (SELECT FROM "
    "book_lending AS l "
    "WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL)",
    // No copy with two patrons at once, nothing in the future, nobody above the limit of eight.
    "SELECT count(*) FROM book_lending AS a JOIN book_lending AS b ON b.branch_id = a.branch_id AND "
    "b.exemplar_id = "
    "a.exemplar_id AND b.id <> a.id AND b.lent_at >= a.lent_at AND b.lent_at < coalesce(a.returned_at, "
    "'infinity')",
    "SELECT count(*) FROM book_lending WHERE greatest(lent_at, returned_at) > now()",
    "SELECT count(*) FROM (SELECT user_id FROM book_lending WHERE returned_at IS NULL GROUP BY 1 HAVING "
    "count(*) > 8) o",
    // Desks are open when they lend; loans are due on open days.
    "SELECT count(*) FROM book_lending AS l JOIN branches AS b ON b.id = l.lending_branch_id "
    "JOIN branch_calendar AS c ON c.branch_id = b.id AND ((l.lent_at AT TIME ZONE b.timezone)::date = "
    "c.on_date "
    "OR extract(isodow FROM l.lent_at AT TIME ZONE b.timezone) = c.weekday)",
    "SELECT count(*) FROM book_lending AS l JOIN branches AS b ON b.id = l.lending_branch_id "
    "JOIN branch_calendar AS c ON c.branch_id = b.id AND ((l.due_at AT TIME ZONE b.timezone)::date = "
    "c.on_date "
    "OR extract(isodow FROM l.due_at AT TIME ZONE b.timezone) = c.weekday)",
    "SELECT count(*) FROM book_lending AS l JOIN branches AS b ON b.id = l.lending_branch_id "
    "WHERE extract(hour FROM l.lent_at AT TIME ZONE b.timezone) NOT BETWEEN 10 AND 18",
    // Each loan, return and renewal has its event, and the figures of the days are those of the events.
    "SELECT abs((SELECT count(*) FROM desk_event WHERE kind = 'lent') - (SELECT count(*) FROM book_lending))",
    "SELECT count(*) FROM book_lending AS l WHERE NOT EXISTS (SELECT FROM desk_event AS e WHERE e.branch_id "
    "= "
    "l.branch_id AND e.exemplar_id = l.exemplar_id AND e.kind = 'lent' AND e.at = l.lent_at "
    "AND e.desk_branch_id = l.lending_branch_id)",
    "SELECT count(*) FROM book_lending AS l WHERE returned_at IS NOT NULL AND NOT EXISTS (SELECT FROM "
    "desk_event AS e "
    "WHERE e.branch_id = l.branch_id AND e.exemplar_id = l.exemplar_id AND e.kind = 'returned' "
    "AND e.at = l.returned_at AND e.desk_branch_id = l.returned_branch_id)",
    "SELECT abs((SELECT count(*) FROM desk_event WHERE kind = 'renewed') - (SELECT sum(renewals) FROM "
    "book_lending))",
    "SELECT abs((SELECT sum(loans) FROM activity(800)) - (SELECT count(*) FROM book_lending))",
    "SELECT abs((SELECT sum(returns) FROM activity(800)) - (SELECT count(returned_at) FROM book_lending))",
    "SELECT count(*) FROM branch_placement WHERE state <> 'active'",
};

} // namespace

/// The demo library: what it holds, that it can be loaded twice, at once, after a kill, and only where
/// nothing is.
class TestDemoLibrary final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void generatorIsFixed();
    void booksAreSound();
    void sameDaySameLibrary();
    void loads();
    void finishesWhatWasKilled();
    void twoAtOnce();
    void refusesOtherData();
    void worksBesideTheExample();

private:
    static void checkInvariants(PreparedLibrary &library);
};

void TestDemoLibrary::checkInvariants(PreparedLibrary &library)
{
    for (const char *query : mainInvariants)
        QVERIFY2(library.value(u"main"_s, QString::fromUtf8(query)) == "0"_L1, query);
    for (const QString &shard : library.shards()) {
        for (const char *query : shardInvariants)
            QVERIFY2(library.value(shard + "_shard"_L1, QString::fromUtf8(query)) == "0"_L1, query);
    }
}

/// The numbers of the published SplitMix64 with seed 1234567.
void TestDemoLibrary::generatorIsFixed()
{
    DemoRandom random(1234567);
    QCOMPARE(random.next(), 6457827717110365317ULL);
    QCOMPARE(random.next(), 3203168211198807973ULL);
    QCOMPARE(random.next(), 9817491932198370423ULL);
}

void TestDemoLibrary::booksAreSound()
{
    const auto books = demoBooks();
    QVERIFY(books.size() >= 1000);
    QSet<QString> isbns;
    QSet<QString> languages;
    QSet<QUuid> ids;
    QHash<QString, int> categories;
    for (const DemoBook &book : books) {
        QVERIFY2(!book.title.isEmpty() && !book.authors.isEmpty() && book.year, qPrintable(book.title));
        QVERIFY2(!book.title.contains(u'[') && book.title == book.title.simplified(), qPrintable(book.title));
        if (!book.isbn13.isEmpty()) {
            QVERIFY2(isbn13(book.isbn13) == book.isbn13, qPrintable(book.title));
            QVERIFY2(!isbns.contains(book.isbn13), qPrintable(book.title));
            isbns.insert(book.isbn13);
        }
        QVERIFY2(!ids.contains(book.id), qPrintable(book.title));
        ids.insert(book.id);
        languages.insert(book.language);
        for (const QString &category : book.categories)
            ++categories[category];
        QVERIFY2(book.originalTitle.isEmpty() == book.originalLanguage.isEmpty(), qPrintable(book.title));
    }
    QVERIFY(isbns.size() > 700);
    for (const auto language : {"en", "es", "fr", "de", "it", "pt", "ja", "ar", "ru"})
        QVERIFY2(languages.contains(QLatin1StringView(language)), language);
    QVERIFY(categories.size() >= 15 && categories.size() <= 25);
    for (auto it = categories.cbegin(); it != categories.cend(); ++it)
        QVERIFY2(it.value() >= 5, qPrintable(it.key()));
}

void TestDemoLibrary::sameDaySameLibrary()
{
    const QDate day(2027, 3, 28); // the clocks change in both zones
    const DemoLibrary one = makeDemoLibrary(day);
    const DemoLibrary two = makeDemoLibrary(day);
    const DemoLibrary next = makeDemoLibrary(day.addDays(1));
    QCOMPARE(one.loans.size(), two.loans.size());
    for (size_t i = 0; i < one.loans.size(); ++i) {
        QCOMPARE(one.loans[i].id, two.loans[i].id);
        QCOMPARE(one.loans[i].returnedAt, two.loans[i].returnedAt);
    }
    QVERIFY(one.loans.back().id != next.loans.back().id);
    // On every day of two years the loans of the pictures are there: Tobias has all that his rule allows.
    for (int i = 0; i < 730; i += 73) {
        const DemoLibrary library = makeDemoLibrary(day.addDays(i));
        const auto held = std::count_if(library.loans.begin(), library.loans.end(), [](const DemoLoan &loan) {
            return loan.patron == 0 && loan.returnedBranch < 0;
        });
        QCOMPARE(held, 8);
        QCOMPARE(library.loans.size(), size_t(8000));
    }
    // What people learn by heart stays from day to day.
    QCOMPARE(one.patrons.front().cards, next.patrons.front().cards);
    for (size_t i = 0; i < one.copies.size(); ++i)
        QCOMPARE(one.copies[i].barcode, next.copies[i].barcode);
}

void TestDemoLibrary::loads()
{
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const auto outcome = loadDemoLibrary(library.adminAddresses(), {});
    QVERIFY2(outcome.isOk(), outcome.isOk() ? "" : qPrintable(outcome.error().message));
    QVERIFY(outcome->isNew);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM books"_s).toInt(), outcome->books);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM users"_s).toInt(), 400);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(DISTINCT timezone) FROM branches"_s).toInt(), 2);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(DISTINCT shard_id) FROM branch_placement"_s).toInt(), 3);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM physical_exemplars"_s), 3000);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 8000);
    const int open = library.countOnShards(u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL"_s);
    QCOMPARE(open, outcome->openLoans);
    QVERIFY2(open >= 300 && open <= 450, qPrintable(QString::number(open)));
    const int overdue = library.countOnShards(
        u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL AND due_at < now()"_s);
    QVERIFY2(overdue >= 20 && overdue <= 90, qPrintable(QString::number(overdue)));
    checkInvariants(library);

    // A desk can work in it, and what it does is left alone by another call.
    const BranchEntry *hillside = library.cluster().directory()->branchByCode(u"hillside"_s);
    if (!hillside) {
        QVERIFY(await(library.cluster().refreshDirectory()).isOk());
        hillside = library.cluster().directory()->branchByCode(u"hillside"_s);
    }
    QVERIFY(hillside);
    const QString barcode = library.value(
        hillside->shard + "_shard"_L1,
        u"SELECT e.barcode FROM physical_exemplars AS e JOIN branches AS b ON b.id = e.branch_id "
        "JOIN material_types AS m ON m.id = e.material_type_id "
        "WHERE b.code = 'hillside' AND e.status = 'available' AND m.code = 'book' ORDER BY e.barcode LIMIT 1"_s);
    const QString card = library.value(
        u"main"_s, u"SELECT c.card_number FROM users AS u JOIN user_cards AS c ON c.user_id = u.id WHERE "
                   "u.family_name = 'Burr' AND c.active"_s);
    COMPARE_OUTCOME(library.lend(*hillside, barcode, card), Outcome::Lent);
    const auto again = loadDemoLibrary(library.adminAddresses(), {.day = outcome->day.addDays(40)});
    QVERIFY(again.isOk());
    QVERIFY(!again->isNew);
    QCOMPARE(again->day, outcome->day);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 8001);
}

/// The program dies while one shard is being written; the next call, on another day, finishes the same
/// library.
void TestDemoLibrary::finishesWhatWasKilled()
{
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const auto blocker = library.newSession(u"tertiary_shard"_s, LocalLibrary::superuserName());
    blocker->execText(u"begin"_s, u"BEGIN"_s);
    blocker->execText(u"lock"_s, u"LOCK TABLE physical_exemplars IN ACCESS EXCLUSIVE MODE"_s);

    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, library.servers().directory());
    QProcess process;
    process.setProcessEnvironment(ctl.environment());
    process.start(Ctl::program(), {u"init"_s, u"--demo"_s});
    QVERIFY(process.waitForStarted());
    const auto waiting = u"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                         "AND datname LIKE '%tertiary' AND application_name LIKE '%demo%'"_s;
    QTRY_VERIFY_WITH_TIMEOUT(library.value(u"main"_s, waiting) == "1"_L1, 60000);
    process.kill();
    QVERIFY(process.waitForFinished());
    blocker->execText(u"rollback"_s, u"ROLLBACK"_s);
    QCOMPARE(library.value(u"main"_s, u"SELECT state FROM jobs WHERE kind = 'demo library'"_s), u"running"_s);

    const QDate day = QDate::fromString(
        library.value(u"main"_s, u"SELECT payload ->> 'day' FROM jobs WHERE kind = 'demo library'"_s),
        Qt::ISODate);
    const auto outcome = loadDemoLibrary(library.adminAddresses(), {.day = day.addDays(1)});
    QVERIFY2(outcome.isOk(), outcome.isOk() ? "" : qPrintable(outcome.error().message));
    QCOMPARE(outcome->day, day);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 8000);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM physical_exemplars"_s), 3000);
    checkInvariants(library);
}

void TestDemoLibrary::twoAtOnce()
{
    PreparedLibrary library(TestLibrary::Servers::Shared, {u"only"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const auto load = [&] { return loadDemoLibrary(library.adminAddresses(), {}); };
    auto first = std::async(std::launch::async, load);
    auto second = std::async(std::launch::async, load);
    const auto one = first.get();
    const auto two = second.get();
    QVERIFY(one.isOk() && two.isOk());
    QVERIFY(one->isNew != two->isNew);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 8000);
    checkInvariants(library);
}

void TestDemoLibrary::refusesOtherData()
{
    PreparedLibrary library(TestLibrary::Servers::Shared, {u"only"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const QUuid book = library.addBook();
    const auto outcome = loadDemoLibrary(library.adminAddresses(), {});
    QVERIFY(!outcome.isOk());
    QCOMPARE(outcome.error().kind, DbErrorKind::Conflict);
    QVERIFY(outcome.error().hint.contains("--dir"_L1));
    QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM books"_s), u"1"_s);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM branches"_s), u"0"_s);
    QVERIFY(!book.isNull());
}

/// The worked example goes beside the demo library.
void TestDemoLibrary::worksBesideTheExample()
{
    TestLibrary library(LocalOptions().shards, TestLibrary::Servers::Shared);
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, library.directory());
    ctl.set(u"XDG_CACHE_HOME"_s, library.directory() + "/cache-of-the-test"_L1);
    const CtlRun start = ctl.json({u"local"_s, u"start"_s, u"--demo"_s});
    QVERIFY2(start.status == 0 && start.isJson, start.text().constData());
    const QJsonObject demo = start.json.value("demo"_L1).toObject();
    QVERIFY(demo.value("loaded"_L1).toBool());
    QCOMPARE(demo.value("copies"_L1).toInt(), 3000);
    QVERIFY(start.json.value("running"_L1).toBool());
    for (int i = 0; i < 2; ++i) {
        const CtlRun example = ctl.json({u"example"_s});
        QVERIFY2(example.status == 0, example.text().constData());
        QCOMPARE(example.json.value("branches"_L1).toArray().size(), 8);
    }
    const CtlRun again = ctl.json({u"init"_s, u"--demo"_s});
    QVERIFY2(again.status == 0, again.text().constData());
    QVERIFY(!again.json.value("demo"_L1).toObject().value("loaded"_L1).toBool());
}

QTEST_GUILESS_MAIN(TestDemoLibrary)
#include "tst_demolibrary.moc"
