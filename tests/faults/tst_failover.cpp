// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"
#include "tests/support/standby.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
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

} // namespace

/// A server dies while desks lend, and its standby takes over.
class TestFailover final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void deskGoesOnAfterShardFailover();
    void standbyAloneLendsNothing();

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
    Standby standby(library.servers(), u"north_shard"_s);
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

/// A desk whose address names the standby alone can read, but it never lends.
void TestFailover::standbyAloneLendsNothing()
{
    PreparedLibrary library(TestLibrary::Servers::Separate, {u"north"_s});
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    Standby standby(library.servers(), u"north_shard"_s);
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

QTEST_GUILESS_MAIN(TestFailover)
#include "tst_failover.moc"
