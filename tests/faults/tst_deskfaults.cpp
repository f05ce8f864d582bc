// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultdesk.h"
#include "tests/support/calm.h"
#include "tests/support/freezing.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <csignal>
#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Mode = FaultDesk::Mode;

constexpr auto own = "alpha_shard"_L1; ///< where the desk's branch lives
constexpr auto other = "beta_shard"_L1;

/// A call waits so long at most, and the row says so a moment later.
constexpr int callDeadline = 6000;
constexpr int atOnce = 2500;
constexpr int afterDeadline = callDeadline + 2500;

const QString silent = u"alpha_shard does not answer"_s;
const QString checked = u"Being checked"_s;

} // namespace

/// Each row of docs/FAULTS.md that is about one desk: what staff see, after how long, and that the copy is
/// lent once in the end, without anything being scanned again.
class TestDeskFaults final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void lendsThrough_data();
    void lendsThrough();
    void shard_starting_up();
    void no_free_connection();

private:
    struct Fault
    {
        const char *name;
        QString seen; ///< a pattern of what staff see; empty: nothing, the copy is simply lent
        int within;   ///< milliseconds until they see it, or until the copy is lent
        std::function<void()> begin;
        std::function<void()> end = {}; ///< absent: the desk gets over it by itself
        bool mayBeChecked = false;      ///< nothing is seen, or “Being checked” for a moment
    };
    [[nodiscard]] std::vector<Fault> faults();
    [[nodiscard]] std::vector<Fault> serverFaults();
    [[nodiscard]] std::vector<Fault> networkFaults();
    [[nodiscard]] QString superuserSql(const QString &text) { return m_library.library().value(own, text); }
    [[nodiscard]] int loansOf(const QString &barcode);
    /// A desk that has just lent something, and so has its connection.
    [[nodiscard]] std::unique_ptr<FaultDesk> warmDesk(std::optional<ClusterConfig> config = {});
    void signalBackends(int number);

    FaultLibrary m_library;
    BranchEntry m_branch;
    QString m_card;
    QList<qint64> m_frozen;
    std::function<void()> m_end; ///< of the fault that is under way
    QString m_databaseName;
};

void TestDeskFaults::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.library().addBranch(u"alpha"_s);
    m_card = m_library.library().addPatron(m_branch);
    m_library.library().settle();
    m_databaseName = m_library.servers().url(own).database();
}

/// Also after a failure: one fault must not be found by the next test.
void TestDeskFaults::cleanup()
{
    for (const qint64 process : std::exchange(m_frozen, {}))
        (void)FaultLibrary::signal(process, SIGCONT);
    if (const auto end = std::exchange(m_end, {}))
        end();
    m_library.heal();
}

int TestDeskFaults::loansOf(const QString &barcode)
{
    return m_library.library().countOnShards(
        u"SELECT count(*) FROM book_lending l JOIN physical_exemplars e ON e.branch_id = l.branch_id "
        "AND e.id = l.exemplar_id WHERE e.barcode = '%1'"_s.arg(barcode));
}

std::unique_ptr<FaultDesk> TestDeskFaults::warmDesk(std::optional<ClusterConfig> config)
{
    auto desk = std::make_unique<FaultDesk>(m_library, m_branch, std::move(config));
    const QString barcode = m_library.library().addCopy(m_branch);
    if (!desk->takeCard(m_card))
        qFatal("The card is not found.");
    const int loans = desk->session().patron()->openLoans;
    desk->scan(Mode::CheckOut, barcode);
    if (!desk->waitFor(Mode::CheckOut, barcode, ScanState::Lent))
        qFatal("Nothing is lent before the fault: %s", desk->text(barcode).constData());
    // The patron's figures are read after a loan: a fault must not meet that question instead of the scan.
    if (!QTest::qWaitFor([&] { return desk->session().patron()->openLoans > loans; }, 15'000))
        qFatal("The patron's loans are not counted.");
    return desk;
}

void TestDeskFaults::signalBackends(int number)
{
    m_frozen = m_library.backends(own, u"fault desk%"_s);
    QVERIFY(!m_frozen.isEmpty());
    for (const qint64 process : std::as_const(m_frozen))
        QVERIFY(number == SIGSTOP ? freezeProcess(process) : FaultLibrary::signal(process, number));
}

std::vector<TestDeskFaults::Fault> TestDeskFaults::serverFaults()
{
    const auto resetAfter = [this](const QString &sql) {
        m_library.library().ddl(own, sql);
        m_library.proxy(own).resetAll();
    };
    return {
        {"server stopped", silent, atOnce, [this] { m_library.stopServer(own); },
         [this] { m_library.startServer(own); }},
        {"server killed", silent, atOnce, [this] { m_library.kill9(own); },
         [this] { m_library.startServer(own); }},
        {"server restarted",
         {},
         atOnce,
         [this] {
             m_library.stopServer(own);
             m_library.startServer(own);
         }},
        {"server frozen", checked + u'|' + silent, afterDeadline,
         [this] { QVERIFY(m_library.servers().freeze(own)); },
         [this] { QVERIFY(m_library.servers().thaw(own)); }},
        {"one session ended", {}, atOnce, [this] { signalBackends(SIGTERM); }},
        {"one server process killed", {}, 6000, [this] { signalBackends(SIGKILL); }, {}, true},
        {"one server process frozen", checked, afterDeadline, [this] { signalBackends(SIGSTOP); }},
        {"too many connections", silent, atOnce,
         [=, this] { resetAfter(u"ALTER DATABASE %1 CONNECTION LIMIT 0"_s.arg(m_databaseName)); },
         [this] {
             m_library.library().ddl(own, u"ALTER DATABASE %1 CONNECTION LIMIT -1"_s.arg(m_databaseName));
         }},
        {"sign-in refused", u"alpha_shard refuses this sign-in"_s, atOnce,
         [=] { resetAfter(u"ALTER ROLE librarian NOLOGIN"_s); },
         [this] { m_library.library().ddl(own, u"ALTER ROLE librarian LOGIN"_s); }},
        {"main down", {}, atOnce, [this] { m_library.stopServer(u"main"_s); }},
        {"main frozen", {}, atOnce, [this] { QVERIFY(m_library.servers().freeze(u"main"_s)); }},
        {"other shard down", {}, atOnce, [this] { m_library.stopServer(other); }},
        {"other shard frozen", {}, atOnce, [this] { QVERIFY(m_library.servers().freeze(other)); }},
    };
}

std::vector<TestDeskFaults::Fault> TestDeskFaults::networkFaults()
{
    TcpProxy &proxy = m_library.proxy(own);
    const auto cut = [&proxy](TcpProxy::CutPoint point) {
        proxy.cutCall({.call = "public.checkout(", .point = point});
    };
    return {
        {"network black hole", checked + u'|' + silent, afterDeadline,
         [&] { proxy.setBlackHole(true, true); }, [&] { proxy.heal(); }},
        {"answers do not come back", checked + u'|' + silent, afterDeadline,
         [&] { proxy.setBlackHole(false, true); }, [&] { proxy.heal(); }},
        {"network refuses", silent, atOnce,
         [&] {
             proxy.setRefusing(true);
             proxy.resetAll();
         },
         [&] { proxy.heal(); }},
        {"connection reset", {}, atOnce, [&] { proxy.resetAll(); }},
        {"connection half-closed", {}, atOnce, [&] { proxy.halfClose(TcpProxy::Way::ToClient); }},
        {"connection half-open", checked, afterDeadline, [&] { proxy.abandonAll(); }},
        {"slow network, 20 ms", {}, atOnce, [&] { proxy.setDelay(20ms, 20ms); }},
        {"slow network, 200 ms", {}, atOnce, [&] { proxy.setDelay(200ms, 200ms); }},
        {"cut before the send", {}, atOnce, [=] { cut(TcpProxy::CutPoint::BeforeSend); }},
        {"cut after the send", {}, atOnce, [=] { cut(TcpProxy::CutPoint::AfterSend); }},
        {"cut before the answer", {}, atOnce, [=] { cut(TcpProxy::CutPoint::BeforeAnswer); }},
        {"answer lost", checked, afterDeadline, [=] { cut(TcpProxy::CutPoint::LoseAnswer); }},
    };
}

std::vector<TestDeskFaults::Fault> TestDeskFaults::faults()
{
    std::vector<Fault> all = serverFaults();
    for (Fault &fault : networkFaults())
        all.push_back(std::move(fault));
    return all;
}

void TestDeskFaults::lendsThrough_data()
{
    QTest::addColumn<int>("number");
    const std::vector<Fault> all = faults();
    for (size_t i = 0; i < all.size(); ++i)
        QTest::newRow(all[i].name) << static_cast<int>(i);
}

void TestDeskFaults::lendsThrough()
{
    QFETCH(int, number);
    const Fault fault = faults().at(static_cast<size_t>(number));
    const QString barcode = m_library.library().addCopy(m_branch);
    const auto desk = warmDesk();

    fault.begin();
    m_end = fault.end;
    desk->scan(Mode::CheckOut, barcode);
    if (!fault.seen.isEmpty()) {
        const qint64 seenAfter = desk->waitForWords(barcode, fault.seen, fault.within);
        QVERIFY2(seenAfter >= 0, desk->text(barcode).constData());
        qInfo().noquote() << "shown after" << seenAfter << "ms:" << desk->said(barcode).last();
        if (const auto end = std::exchange(m_end, {}))
            end();
    }
    QVERIFY2(desk->waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk->text(barcode).constData());
    const qint64 lentAfter = desk->settledAfter(barcode);
    qInfo().noquote() << "lent after" << lentAfter << "ms:" << desk->text(barcode);
    if (fault.seen.isEmpty()) {
        QVERIFY2(lentAfter <= withRoom(fault.within), QByteArray::number(lentAfter).constData());
        QVERIFY2(fault.mayBeChecked || !desk->states(barcode).contains(ScanState::Unknown),
                 desk->text(barcode).constData());
    }
    QVERIFY2(!desk->states(barcode).contains(ScanState::Failed), desk->text(barcode).constData());
    QVERIFY2(!desk->states(barcode).contains(ScanState::Refused), desk->text(barcode).constData());

    // Whatever a frozen process finds in its socket when it goes on, the copy was lent once.
    for (const qint64 process : std::exchange(m_frozen, {})) {
        (void)FaultLibrary::signal(process, SIGCONT);
        QTRY_VERIFY_WITH_TIMEOUT(!m_library.backends(own, u"fault desk%"_s).contains(process) ||
                                     !QFile::exists(u"/proc/%1"_s.arg(process)),
                                 10'000);
    }
    m_library.heal();
    QCOMPARE(loansOf(barcode), 1);
}

/// A server that is reading its log after a crash is there already, and lets nobody in.
void TestDeskFaults::shard_starting_up()
{
    const QString hold = m_library.servers().directory() + "/hold"_L1;
    QFile file(hold);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    const QString data = superuserSql(u"SELECT current_setting('data_directory')"_s);
    m_library.library().ddl(own, u"ALTER SYSTEM SET restore_command = "
                                 "'while [ -e %1 ]; do sleep 0.05; done; false'"_s.arg(hold));
    const QString barcode = m_library.library().addCopy(m_branch);
    const auto desk = warmDesk();
    m_library.stopServer(own);
    QVERIFY(QFile(data + "/recovery.signal"_L1).open(QIODevice::WriteOnly));
    auto started = std::async(std::launch::async, [this] { return m_library.servers().startServer(own); });
    desk->scan(Mode::CheckOut, barcode);
    const qint64 seenAfter = desk->waitForWords(barcode, u"alpha_shard does not answer"_s, atOnce);
    // What the servers say meanwhile is in the error of the call.
    QString told;
    const auto starting = [&] {
        const auto answer = await(desk->cluster().shard(u"alpha"_s)->run({"ask"_L1}, [](Session &session) {
            return session.exec({"one"_L1, "SELECT 1"_L1});
        }));
        if (!answer)
            told = answer.error().message + u' ' + answer.error().detail + u' ' + answer.error().hint;
        return told.contains("starting or stopping"_L1);
    };
    const bool isTold = QTest::qWaitFor(starting, 5000);
    QVERIFY(QFile::remove(hold));
    QVERIFY2(started.get(), qPrintable(m_library.servers().errorText()));
    QVERIFY2(seenAfter >= 0, desk->text(barcode).constData());
    QVERIFY2(isTold, qPrintable(told));
    QVERIFY2(desk->waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk->text(barcode).constData());
    QCOMPARE(loansOf(barcode), 1);
    m_library.library().ddl(own, u"ALTER SYSTEM RESET restore_command"_s);
}

/// All connections of this program are busy: the row waits and says so, and is lent when one is free.
void TestDeskFaults::no_free_connection()
{
    ClusterConfig config = m_library.config();
    config.pool.size = 1;
    config.pool.maxOverflow = 0;
    config.pool.acquireTimeout = 500ms;
    const QString barcode = m_library.library().addCopy(m_branch);
    const auto desk = warmDesk(config);
    auto holder = desk->cluster().shard(u"alpha"_s)->run({"report"_L1, 20s}, [](Session &session) {
        return session.exec({"long_report"_L1, "SELECT pg_sleep(3)"_L1})->rowCount();
    });
    desk->scan(Mode::CheckOut, barcode);
    const qint64 seenAfter = desk->waitForWords(barcode, u"came free"_s, atOnce);
    QVERIFY2(seenAfter >= 0, desk->text(barcode).constData());
    qInfo().noquote() << "shown after" << seenAfter << "ms:" << desk->said(barcode).last();
    QVERIFY2(desk->waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk->text(barcode).constData());
    QVERIFY(await(holder).isOk());
    QCOMPARE(loansOf(barcode), 1);
}

QTEST_GUILESS_MAIN(TestDeskFaults)
#include "tst_deskfaults.moc"
