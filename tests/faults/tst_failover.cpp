// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"
#include "tests/support/standby.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <atomic>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int deskCount = 4;
constexpr int copiesOfDesk = 5;
constexpr int longestWaitMs = 60'000;

/// One desk that lends and takes back its copies until it is told to stop, and repeats what has no answer
/// with the same request id, as the desk's journal does.
class Desk final
{
public:
    Desk(ClusterConfig config, QUuid branch, QString card, QStringList barcodes)
        : m_branch(branch)
        , m_card(std::move(card))
        , m_barcodes(std::move(barcodes))
        , m_cluster(std::move(config), u"test desk"_s)
    {}

    [[nodiscard]] bool start()
    {
        if (!await(m_cluster.refreshDirectory()))
            return false;
        m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
        return true;
    }
    void stop()
    {
        m_thread.request_stop();
        m_thread.join();
    }

    [[nodiscard]] int done() const { return m_done; }
    [[nodiscard]] qint64 longestGapMs() const { return m_longestGapMs; }
    [[nodiscard]] int repeated() const { return m_repeated; }
    [[nodiscard]] const std::vector<QUuid> &lends() const { return m_lends; } ///< once stopped
    [[nodiscard]] QByteArray problem() const { return m_problem; }            ///< once stopped

private:
    void run(const std::stop_token &stop)
    {
        m_sinceAnswer.start();
        for (qsizetype i = 0; !stop.stop_requested() && m_problem.isEmpty(); ++i) {
            const QString barcode = m_barcodes.at(i % m_barcodes.size());
            const Scan lend{.deskBranch = m_branch, .barcode = barcode, .card = m_card, .dueOn = {}};
            settle(lend, checkOut, Outcome::Lent);
            m_lends.push_back(lend.requestId);
            settle({.deskBranch = m_branch, .barcode = barcode, .card = {}, .dueOn = {}}, checkIn,
                   Outcome::Returned);
        }
    }

    template <typename Function>
    void settle(const Scan &scan, Function function, Outcome expected)
    {
        const QDeadlineTimer deadline(longestWaitMs);
        for (;;) {
            const CirculationAnswer answer = await(function(m_cluster, scan));
            if (answer.outcome == expected)
                break;
            const bool mayPass = answer.outcome == Outcome::Unknown ||
                                 (answer.error && (answer.error->isUnavailable() ||
                                                   answer.error->kind == DbErrorKind::Retryable));
            if (!mayPass || deadline.hasExpired()) {
                m_problem = describe(answer);
                return;
            }
            ++m_repeated;
            std::this_thread::sleep_for(10ms); // as a person would, only faster
        }
        m_longestGapMs = std::max(m_longestGapMs.load(), m_sinceAnswer.restart());
        ++m_done;
    }

    const QUuid m_branch;
    const QString m_card;
    const QStringList m_barcodes;
    Cluster m_cluster;
    std::atomic<int> m_done = 0;
    std::atomic<int> m_repeated = 0;
    std::atomic<qint64> m_longestGapMs = 0;
    QElapsedTimer m_sinceAnswer;
    std::vector<QUuid> m_lends;
    QByteArray m_problem;
    std::jthread m_thread;
};

using Desks = std::vector<std::unique_ptr<Desk>>;

int answersOf(const Desks &desks)
{
    int least = std::numeric_limits<int>::max();
    for (const auto &desk : desks)
        least = std::min(least, desk->done());
    return least;
}

/// A statement as the superuser at any address.
QString ask(const ConnectionUrl &url, const QString &sql)
{
    Session session({.database = u"test"_s, .url = url, .application = u"test"_s, .echo = false});
    session.open();
    const QByteArray text = sql.toUtf8();
    const Rows rows = session.exec({QLatin1StringView(text), QLatin1StringView(text)});
    return rows->rowCount() > 0 ? rows->at(0, 0).toString() : QString();
}

/// SQL text of several statements.
void run(const ConnectionUrl &url, const QString &sql)
{
    Session session({.database = u"test"_s, .url = url, .application = u"test"_s, .echo = false});
    session.open();
    session.execText(u"test"_s, sql);
}

/// All rows of a stream's tables, in one text.
QStringList referenceRows(const ConnectionUrl &url)
{
    QStringList tables;
    for (const ReferenceStream &stream : referenceStreams()) {
        for (const QString &table : stream.tables) {
            tables << table + u' ' +
                          ask(url,
                              u"SELECT count(*) || ' ' || coalesce(md5(string_agg(to_jsonb(t)::text, ',' "
                              "ORDER BY to_jsonb(t)::text)), '') FROM public.%1 AS t"_s.arg(table));
        }
    }
    return tables;
}

/// Damage that nobody could do but a superuser of the shard.
constexpr auto damage = R"(
    SET session_replication_role = replica;
    DELETE FROM users_ref WHERE id IN (SELECT id FROM users_ref ORDER BY id LIMIT 2);
    DELETE FROM user_cards WHERE id IN (SELECT id FROM user_cards ORDER BY id LIMIT 2);
    UPDATE books_ref SET title = 'Damaged' WHERE id IN (SELECT id FROM books_ref ORDER BY id LIMIT 3);
    UPDATE user_cards AS a SET card_number = b.card_number || '-moved' FROM user_cards AS b
     WHERE a.id = (SELECT max(id::text)::uuid FROM user_cards) AND b.id = (SELECT min(id::text)::uuid FROM user_cards);
    INSERT INTO branch_settings
        SELECT (jsonb_populate_record(NULL::branch_settings, to_jsonb(b) ||
                '{"branch_id": "01900000-0000-7000-8000-000000000001", "key": "stray", "value": "x"}')).* FROM branches AS b LIMIT 1;
    INSERT INTO user_types
        SELECT (jsonb_populate_record(NULL::user_types, to_jsonb(t) ||
                '{"id": "01900000-0000-7000-8000-000000000001", "code": "stray"}')).* FROM user_types AS t LIMIT 1;
)"_L1;

} // namespace

/// A server dies while desks lend, and its standby takes over.
class TestFailover final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deskGoesOnAfterShardFailover();
    void onlyTheStandbyConfirms();
    void standbyAloneLendsNothing();
    void changeIsNotLostWithTheShardsPrimary();
    void mainFailsOverAndResumes();
    void resumeMendsDamage();
    void killedResumeIsFinished();

private:
    [[nodiscard]] static Desks makeDesks(PreparedLibrary &library, const ClusterConfig &config);
};

Desks TestFailover::makeDesks(PreparedLibrary &library, const ClusterConfig &config)
{
    const BranchEntry branch = library.addBranch(u"north"_s);
    Desks desks;
    for (int i = 0; i < deskCount; ++i) {
        QStringList barcodes;
        for (int copy = 0; copy < copiesOfDesk; ++copy)
            barcodes << library.addCopy(branch);
        desks.push_back(std::make_unique<Desk>(config, branch.id, library.addPatron(branch), barcodes));
    }
    return desks;
}

/// Case (a): the primary of a shard is killed under load. The desks go on by themselves, every loan is there
/// exactly once, and the reference tables follow main as if nothing had happened.
void TestFailover::deskGoesOnAfterShardFailover()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    StandbyServer standby(library.servers(), u"north_shard"_s);
    QVERIFY2(standby.start(), qPrintable(standby.errorText()));

    ClusterConfig config;
    config.main = library.servers().desk().main;
    config.shardNames = {u"north"_s};
    config.shardUrls.insert(u"north"_s, standby.both(u"librarian"_s));
    Desks desks = makeDesks(library, config);
    for (const auto &desk : desks)
        QVERIFY(desk->start());
    QTRY_VERIFY_WITH_TIMEOUT(answersOf(desks) > 100, longestWaitMs);

    QElapsedTimer timer;
    timer.start();
    QVERIFY2(standby.failOver(), qPrintable(standby.errorText()));
    const qint64 promoted = timer.elapsed();
    const int before = answersOf(desks);
    QTRY_VERIFY_WITH_TIMEOUT(answersOf(desks) > before + 100, longestWaitMs);

    int lends = 0;
    int repeated = 0;
    qint64 gap = 0;
    QStringList requests;
    for (const auto &desk : desks) {
        desk->stop();
        QVERIFY2(desk->problem().isEmpty(), desk->problem().constData());
        lends += static_cast<int>(desk->lends().size());
        repeated += desk->repeated();
        gap = std::max(gap, desk->longestGapMs());
        for (const QUuid &request : desk->lends())
            requests << u'\'' + request.toString(QUuid::WithoutBraces) + u'\'';
    }
    qInfo("Promoted %lld ms after the kill; longest wait of a desk %lld ms; %d loans, %d repeats.", promoted,
          gap, lends, repeated);
    const ConnectionUrl now = standby.url();
    QCOMPARE(ask(now, u"SELECT count(*) FROM book_lending"_s).toInt(), lends);
    QCOMPARE(ask(now, u"SELECT count(DISTINCT request_id) FROM book_lending WHERE request_id IN (%1)"_s.arg(
                          requests.join(u',')))
                 .toInt(),
             lends);
    QCOMPARE(ask(now, u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL"_s).toInt(), 0);

    library.sql(u"main"_s, u"UPDATE user_types SET name = 'after' WHERE code = 'settled'"_s);
    QTRY_COMPARE_WITH_TIMEOUT(ask(now, u"SELECT name FROM user_types WHERE code = 'settled'"_s), u"after"_s,
                              longestWaitMs);
}

/// The standby is away, so the shard's commits wait. A loan that only the primary has is never answered as
/// done: not when the same request comes again, and not when somebody ends the wait. A failover would take it
/// back.
void TestFailover::onlyTheStandbyConfirms()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const BranchEntry branch = library.addBranch(u"north"_s);
    const QString card = library.addPatron(branch);
    const QString barcode = library.addCopy(branch);
    library.settle();
    const auto awaitStandby = [&library](const QString &names) {
        library.ddl(u"north_shard"_s, u"ALTER SYSTEM SET synchronous_standby_names = '%1'"_s.arg(names));
        library.sql(u"north_shard"_s, u"SELECT pg_reload_conf()"_s);
        QTRY_COMPARE(library.value(u"north_shard"_s, u"SHOW synchronous_standby_names"_s), names);
    };
    const auto waiting = [&library](const QString &what) {
        return library.value(
            u"north_shard"_s,
            u"SELECT count(%1) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"_s.arg(what));
    };
    awaitStandby(u"away"_s);
    const QUuid request = newUuid();
    COMPARE_OUTCOME(library.lend(branch, barcode, card, request), Outcome::Unknown);
    // Cancelled in its wait, it stands; only not on the standby.
    QTRY_COMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL"_s), 1);
    COMPARE_OUTCOME(library.lend(branch, barcode, card, request), Outcome::Unknown);

    const auto cluster = library.newCluster(u"another desk"_s);
    for (const QString &end : {u"pg_cancel_backend(pid)"_s, u"pg_terminate_backend(pid)"_s}) {
        const QString copy =
            library.value(u"north_shard"_s, u"SELECT max(barcode) FROM physical_exemplars"_s);
        auto call = checkOut(*cluster,
                             {.requestId = request, .deskBranch = branch.id, .barcode = copy, .card = card});
        int ended = 0; // again and again, since the call is repeated by itself
        while (!call.isFinished())
            ended += waiting(end).toInt();
        QVERIFY(ended > 0);
        COMPARE_OUTCOME(await(call), Outcome::Unknown);
    }
    awaitStandby(QString());
    COMPARE_OUTCOME(library.lend(branch, barcode, card, request), Outcome::Lent);
    QCOMPARE(library.countOnShards(u"SELECT count(*) FROM book_lending"_s), 1);
}

/// A desk whose address names the standby alone can read, but it never lends.
void TestFailover::standbyAloneLendsNothing()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    StandbyServer standby(library.servers(), u"north_shard"_s);
    QVERIFY2(standby.start(), qPrintable(standby.errorText()));
    const BranchEntry branch = library.addBranch(u"north"_s);
    const QString card = library.addPatron(branch);
    const QString barcode = library.addCopy(branch);

    ClusterConfig config;
    config.main = library.servers().desk().main;
    config.shardNames = {u"north"_s};
    config.shardUrls.insert(u"north"_s, standby.url(u"librarian"_s));
    Cluster stale(config, u"stale desk"_s);
    QVERIFY(await(stale.refreshDirectory()).isOk());
    const Scan scan{.deskBranch = branch.id, .barcode = barcode, .card = card, .dueOn = {}};
    const CirculationAnswer refused = await(checkOut(stale, scan));
    COMPARE_OUTCOME(refused, Outcome::Failed);
    QCOMPARE(refused.error->kind, DbErrorKind::Unreachable);
    QVERIFY2(refused.error->message.contains("standby"_L1), describe(refused).constData());
    QCOMPARE(library.value(u"north_shard"_s, u"SELECT count(*) FROM book_lending"_s), u"0"_s);

    // Once it is promoted the same program lends there, without a restart.
    QVERIFY2(standby.failOver(), qPrintable(standby.errorText()));
    COMPARE_OUTCOME(await(checkOut(stale, scan)), Outcome::Lent);
}

/// A change in main that the shard's primary has applied, but its standby not yet received, comes again after
/// the failover: the worker may not confirm it before.
void TestFailover::changeIsNotLostWithTheShardsPrimary()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    StandbyServer standby(library.servers(), u"north_shard"_s);
    QVERIFY2(standby.start(), qPrintable(standby.errorText()));
    QVERIFY2(standby.pauseReceiving(), qPrintable(standby.errorText()));
    library.sql(u"main"_s, u"UPDATE user_types SET name = 'on its way' WHERE code = 'settled'"_s);
    // The worker has written it and waits for the standby.
    QTRY_COMPARE_WITH_TIMEOUT(
        library.value(u"north_shard"_s, u"SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
                                        "AND backend_type = 'logical replication worker'"_s),
        u"1"_s, longestWaitMs);
    QVERIFY2(standby.failOverMachine(), qPrintable(standby.errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(ask(standby.url(), u"SELECT name FROM user_types WHERE code = 'settled'"_s),
                              u"on its way"_s, longestWaitMs);
}

/// Case (b): main dies. Home lending goes on meanwhile and afterwards; the new main is found by itself; its
/// missing slots are named, and init --resume brings across what changed while there were none.
void TestFailover::mainFailsOverAndResumes()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    StandbyServer standby(library.servers(), u"main"_s);
    QVERIFY2(standby.start(), qPrintable(standby.errorText()));

    ClusterConfig config;
    config.main = standby.both(u"librarian"_s);
    Desks desks = makeDesks(library, config);
    for (const auto &desk : desks)
        QVERIFY(desk->start());
    QTRY_VERIFY_WITH_TIMEOUT(answersOf(desks) > 50, longestWaitMs);
    QVERIFY(library.servers().kill9(u"main"_s));
    const int withoutMain = answersOf(desks);
    QTRY_VERIFY_WITH_TIMEOUT(answersOf(desks) > withoutMain + 50, longestWaitMs);
    QVERIFY2(standby.promote(), qPrintable(standby.errorText()));

    Cluster cluster(config, u"test desk"_s);
    QVERIFY(await(cluster.refreshDirectory()).isOk());
    QCOMPARE(cluster.directory()->branches().size(), size_t(1));

    Ctl ctl;
    ctl.set(u"DATABASE_URL"_s, standby.both().toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"north"_s);
    ctl.set(u"DATABASE_URL_NORTH"_s, library.servers().url(u"north_shard"_s).toUri());
    const CtlRun ill = ctl.run({u"health"_s});
    QCOMPARE(ill.status, 1);
    QVERIFY2(ill.output.contains("init --resume"_L1), ill.text().constData());
    const CtlRun plain = ctl.json({u"init"_s});
    QCOMPARE(plain.status, 1);
    QVERIFY2(plain.errors.contains("init --resume"_L1), plain.text().constData());

    run(standby.url(), u"UPDATE user_types SET name = 'without a slot' WHERE code = 'settled'"_s);
    const CtlRun resumed = ctl.json({u"init"_s, u"--resume"_s});
    QVERIFY2(resumed.status == 0, resumed.text().constData());
    QCOMPARE(resumed.json.value("resumed"_L1).toArray().size(), 12);
    const ConnectionUrl north = library.servers().url(u"north_shard"_s);
    QCOMPARE(referenceRows(north), referenceRows(standby.url()));
    run(standby.url(), u"UPDATE user_types SET name = 'with one' WHERE code = 'settled'"_s);
    QTRY_COMPARE_WITH_TIMEOUT(ask(north, u"SELECT name FROM user_types WHERE code = 'settled'"_s),
                              u"with one"_s, longestWaitMs);
    QTRY_COMPARE_WITH_TIMEOUT(ctl.run({u"health"_s}).status, 0, longestWaitMs);

    int lends = 0;
    for (const auto &desk : desks) {
        desk->stop();
        QVERIFY2(desk->problem().isEmpty(), desk->problem().constData());
        lends += static_cast<int>(desk->lends().size());
    }
    QCOMPARE(ask(north, u"SELECT count(*) FROM book_lending"_s).toInt(), lends);
}

/// Rows that somebody deleted or changed on the shard, and changes that main makes meanwhile, while a desk
/// lends: afterwards both sides are equal, and what main does not have is listed.
void TestFailover::resumeMendsDamage()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    ClusterConfig config;
    config.main = library.servers().desk().main;
    Desks desks = makeDesks(library, config);
    library.sql(u"main"_s,
                u"INSERT INTO books (title) SELECT 'Book ' || n FROM generate_series(1, 20000) AS n"_s);
    const ConnectionUrl main = library.servers().url(u"main"_s);
    const ConnectionUrl north = library.servers().url(u"north_shard"_s);
    QTRY_COMPARE_WITH_TIMEOUT(ask(north, u"SELECT count(*) FROM books_ref"_s),
                              ask(main, u"SELECT count(*) FROM books_ref"_s), longestWaitMs);
    run(north, damage);
    Desk &desk = *desks.at(2); // whose patron is not among the damaged
    QVERIFY(desk.start());

    std::atomic<bool> isOver = false;
    std::atomic<int> changes = 0;
    std::jthread editor([&] {
        Session session({.database = u"main"_s, .url = main, .application = u"editor"_s, .echo = false});
        session.open();
        while (!isOver || changes < 20) {
            ++changes;
            session.execText(u"edit"_s,
                             u"UPDATE books SET title = 'Edited %1' WHERE title = 'Book %1'; INSERT "
                             "INTO books (title) VALUES ('New %1')"_s.arg(changes.load()));
        }
    });
    std::map<QString, ResumedTable> tables;
    QElapsedTimer timer;
    timer.start();
    const auto resumed =
        initialise(library.adminAddresses(),
                   {.localStaffLogin = u"librarian"_s, .resume = true, .resumed = [&](const ResumedTable &t) {
                        tables[t.table] = t;
                    }});
    const qint64 taken = timer.elapsed();
    isOver = true;
    editor.join();
    QVERIFY2(resumed.isOk(), resumed.isOk() ? "" : qPrintable(resumed.error().message));
    qInfo("%lld books compared, all of it in %lld ms, %d changes of main meanwhile.",
          tables[u"books_ref"_s].compared, taken, changes.load());
    QCOMPARE(tables[u"users_ref"_s].inserted, 2);
    QCOMPARE(tables[u"user_cards"_s].inserted, 2);
    QCOMPARE(tables[u"user_cards"_s].changed, 1);
    QVERIFY(tables[u"books_ref"_s].changed >= 3);
    QCOMPARE(tables[u"branch_settings"_s].removed, 1);
    QCOMPARE(tables[u"user_types"_s].onlyOnShard, 1);
    QCOMPARE(tables[u"user_types"_s].examples, QStringList{u"01900000-0000-7000-8000-000000000001"_s});

    desk.stop();
    QVERIFY2(desk.problem().isEmpty(), desk.problem().constData());
    run(north, u"SET session_replication_role = replica; DELETE FROM user_types WHERE code = 'stray'"_s);
    QTRY_COMPARE_WITH_TIMEOUT(referenceRows(north), referenceRows(main), longestWaitMs);
}

/// init --resume is killed at any moment; the next run ends with both sides equal.
void TestFailover::killedResumeIsFinished()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    for (int i = 0; i < 3; ++i)
        library.addPatron(library.addBranch(u"north"_s));
    library.sql(u"main"_s,
                u"INSERT INTO books (title) SELECT 'Book ' || n FROM generate_series(1, 5000) AS n"_s);
    const ConnectionUrl main = library.servers().url(u"main"_s);
    const ConnectionUrl north = library.servers().url(u"north_shard"_s);
    Ctl ctl;
    ctl.set(u"DATABASE_URL"_s, main.toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"north"_s);
    ctl.set(u"DATABASE_URL_NORTH"_s, north.toUri());
    const quint32 seed = QRandomGenerator::global()->generate();
    qInfo("Seed %u", seed);
    QRandomGenerator random(seed);
    QElapsedTimer timer;
    timer.start();
    const CtlRun first = ctl.json({u"init"_s, u"--resume"_s});
    QVERIFY2(first.status == 0, first.text().constData());
    const int whole = static_cast<int>(timer.elapsed());
    for (int round = 0; round < 5; ++round) {
        library.sql(u"main"_s, u"UPDATE books SET title = title || '.' WHERE title LIKE 'Book 1%'"_s);
        for (int kill = 0; kill < 3; ++kill) {
            QProcess process;
            process.setProcessEnvironment(ctl.environment());
            process.start(Ctl::program(), {u"init"_s, u"--resume"_s});
            QVERIFY(process.waitForStarted());
            process.waitForFinished(random.bounded(20, whole + 20));
            process.kill();
            process.waitForFinished();
        }
        const CtlRun again = ctl.json({u"init"_s, u"--resume"_s});
        QVERIFY2(again.status == 0, again.text().constData());
        library.sql(u"main"_s,
                    u"UPDATE user_types SET name = 'round %1' WHERE code = 'settled'"_s.arg(round));
        QTRY_COMPARE_WITH_TIMEOUT(referenceRows(north), referenceRows(main), longestWaitMs);
        QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM pg_replication_slots"_s), u"2"_s);
    }
}

QTEST_GUILESS_MAIN(TestFailover)
#include "tst_failover.moc"
