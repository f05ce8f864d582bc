// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/circulation.h"
#include "db/monitor/reportreader.h"
#include "db/monitor/reportserver.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int endOfWait = 20'000;
constexpr Statement slowOne{"slow_one"_L1, "SELECT pg_sleep(0.25), ?::text AS word"_L1};
constexpr Statement failing{"failing"_L1, "SELECT 1 / ?::int AS no"_L1};

std::optional<StatementTotals> totalsOf(const std::vector<StatementTotals> &all, const QString &database,
                                        const QString &statement)
{
    for (const StatementTotals &one : all) {
        if (one.database == database && one.statement == statement)
            return one;
    }
    return std::nullopt;
}

std::optional<ProgramReport> reportOfProgram(qint64 pid)
{
    for (const ProgramAnswer &answer : readReports(2s).programs) {
        if (answer.pid == pid)
            return answer.report;
    }
    return std::nullopt;
}

} // namespace

/// What a program says about its connections while it works.
class TestMonitor final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void statementsAreTimed();
    void valuesAndSqlAreNotPublished();
    void figuresMoveUnderLoad();
    void commandPublishesWhileItRuns();

private:
    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
    QTemporaryDir m_runtime;
};

void TestMonitor::initTestCase()
{
    QVERIFY(m_runtime.isValid());
    qputenv("XDG_RUNTIME_DIR", m_runtime.path().toLocal8Bit());
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestMonitor::statementsAreTimed()
{
    const auto cluster = m_library.newCluster(u"branchline desk-7"_s);
    QVERIFY(await(cluster->main().run(Call{"wait a little"_L1}, [](Session &session) {
        return session.exec(slowOne, {u"word"_s})->rowCount();
    })));
    QVERIFY(!await(cluster->main().run(
        Call{"divide"_L1}, [](Session &session) { return session.exec(failing, {0})->rowCount(); })));

    const StatementLog &log = cluster->statementLog();
    const auto slowTotals = totalsOf(log.totals(), u"main"_s, u"slow_one"_s);
    QVERIFY(slowTotals);
    QCOMPARE(slowTotals->calls, quint64(1));
    QVERIFY(slowTotals->longest >= 250ms);
    const auto failures = totalsOf(log.totals(), u"main"_s, u"failing"_s);
    QVERIFY(failures);
    QCOMPARE(failures->failures, quint64(1));
    const auto slow = log.slow();
    const auto found = std::find_if(slow.begin(), slow.end(),
                                    [](const SlowStatement &one) { return one.statement == "slow_one"_L1; });
    QVERIFY(found != slow.end());
    QCOMPARE(found->operation, u"wait a little"_s);
    QCOMPARE(found->database, u"main"_s);
    QCOMPARE(found->desk, u"branchline desk-7"_s);
    QCOMPARE(found->ended, u"ok"_s);
}

void TestMonitor::valuesAndSqlAreNotPublished()
{
    const auto cluster = m_library.newCluster();
    QVERIFY(await(cluster->main().run(Call{"wait a little"_L1}, [](Session &session) {
        return session.exec(slowOne, {u"Astrid Lindgren"_s})->rowCount();
    })));
    const QByteArray published =
        QJsonDocument(reportOf(*cluster, QDateTime::currentDateTimeUtc()).toJson()).toJson();
    QVERIFY(published.contains("slow_one"));
    QVERIFY(!published.contains("Lindgren"));
    QVERIFY(!published.contains("SELECT"));
    QVERIFY(!published.contains(cluster->config().main.value(u"host"_s).toUtf8()));
}

void TestMonitor::figuresMoveUnderLoad()
{
    const auto cluster = m_library.newCluster();
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    const QString barcode = m_library.addCopy(branch);
    const QString card = m_library.addPatron(branch);
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
    QVERIFY(await(cluster->refreshDirectory()));
    const QDateTime startedAt = QDateTime::currentDateTimeUtc();
    const ReportServer server([&] { return reportOf(*cluster, startedAt); });
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);

    // A desk lends and takes back the same copy until the figures have been seen to move.
    std::atomic<quint64> lent = 0;
    std::jthread desk([&](const std::stop_token &stop) {
        while (!stop.stop_requested()) {
            const auto answer =
                await(checkOut(*cluster, {.deskBranch = branch.id, .barcode = barcode, .card = card}));
            if (answer.outcome == Outcome::Lent)
                ++lent;
            static_cast<void>(await(checkIn(*cluster, {.deskBranch = branch.id, .barcode = barcode})));
        }
    });
    const auto now = [] { return reportOfProgram(QCoreApplication::applicationPid()); };
    const auto checkouts = [](const std::optional<ProgramReport> &report) {
        const auto totals =
            report ? totalsOf(report->statements, u"alpha_shard"_s, u"checkout"_s) : std::nullopt;
        return totals ? totals->calls : quint64(0);
    };
    QTRY_VERIFY_WITH_TIMEOUT(checkouts(now()) > 0, endOfWait);
    const quint64 first = checkouts(now());
    QTRY_VERIFY_WITH_TIMEOUT(checkouts(now()) > first + 3, endOfWait);
    // Not QTRY_VERIFY: that looks a second time, when the desk may be between two calls.
    const auto isBusy = [&] {
        const auto report = now();
        return report &&
               std::any_of(report->databases.begin(), report->databases.end(), [](const DatabaseReport &one) {
                   return one.pool.database == "alpha_shard"_L1 && one.pool.busy > 0;
               });
    };
    QVERIFY(QTest::qWaitFor(isBusy, endOfWait));
    desk.request_stop();
    desk.join();

    const auto last = now();
    QVERIFY(lent > 0);
    QCOMPARE(checkouts(last), lent.load());
    for (const DatabaseReport &one : last->databases) {
        QVERIFY(one.pool.open <= one.pool.size + one.pool.maxOverflow);
        QVERIFY2(one.problem.isEmpty(), qPrintable(one.problem));
    }
}

void TestMonitor::commandPublishesWhileItRuns()
{
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    ctl.set(u"XDG_CACHE_HOME"_s, m_runtime.path());
    ctl.set(u"XDG_RUNTIME_DIR"_s, m_runtime.path());
    QProcess process;
    process.setProcessEnvironment(ctl.environment());
    process.start(Ctl::program(), {u"shard"_s, u"query"_s, u"SELECT 1 AS one FROM pg_sleep(3)"_s});
    QVERIFY(process.waitForStarted(endOfWait));
    const qint64 pid = process.processId();
    std::optional<ProgramReport> report;
    QTRY_VERIFY_WITH_TIMEOUT((report = reportOfProgram(pid)).has_value(), endOfWait);
    QCOMPARE(report->program, u"branchlinectl"_s);
    QCOMPARE(report->pid, pid);
    QVERIFY(!report->databases.empty());
    QVERIFY(process.waitForFinished(endOfWait));
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(!reportOfProgram(pid));
}

QTEST_GUILESS_MAIN(TestMonitor)
#include "tst_monitor.moc"
