// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/clustermonitor.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int patience = 20'000;
constexpr Statement takeLong{"take_long"_L1, "SELECT pg_sleep(4)"_L1};
using Light = DatabaseState::Light;

} // namespace

/// Lights and gauges of a program whose own calls stand in the way.
class TestClusterMonitor final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void busyConnectionsLeaveTheLight();
    void waitingIsNotTheAnswersTime();

private:
    [[nodiscard]] std::unique_ptr<Cluster> clusterOfOneConnection();
    static DatabaseState mainOf(const ClusterMonitor &monitor)
    {
        return monitor.databases().empty() ? DatabaseState() : monitor.databases().front();
    }

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s}};
};

void TestClusterMonitor::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

std::unique_ptr<Cluster> TestClusterMonitor::clusterOfOneConnection()
{
    ClusterConfig config;
    config.main = m_library.cluster().config().main;
    config.pool.size = 1;
    config.pool.maxOverflow = 0;
    return std::make_unique<Cluster>(config, u"test desk"_s);
}

void TestClusterMonitor::busyConnectionsLeaveTheLight()
{
    const auto cluster = clusterOfOneConnection();
    ClusterMonitor monitor(*cluster);
    monitor.start();
    QTRY_COMPARE_WITH_TIMEOUT(mainOf(monitor).light, Light::Ok, patience);

    bool wasDown = false;
    connect(&monitor, &ClusterMonitor::changed, this,
            [&] { wasDown = wasDown || mainOf(monitor).light == Light::Down; });
    const auto held = cluster->main().run(
        Call{"hold it"_L1, 10s}, [](Session &session) { return session.exec(takeLong)->rowCount(); });
    // The probe gives up before the call ends, and says who was in its way.
    QTRY_VERIFY_WITH_TIMEOUT(mainOf(monitor).problem.contains("hold it"_L1), patience);
    QVERIFY(!held.isFinished());
    QCOMPARE(mainOf(monitor).light, Light::Ok);
    QCOMPARE(mainOf(monitor).pool.busy, 1);
    QTRY_VERIFY_WITH_TIMEOUT(held.isFinished(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(mainOf(monitor).problem.isEmpty(), patience);
    QVERIFY(!wasDown);
    // What was in the way is listed.
    QTRY_VERIFY_WITH_TIMEOUT(monitor.slowStatements()->rowCount() > 0, patience);
    QVERIFY(monitor.slowStatements()->text().contains("hold it"_L1));
}

void TestClusterMonitor::waitingIsNotTheAnswersTime()
{
    const auto cluster = clusterOfOneConnection();
    ClusterMonitor monitor(*cluster);
    monitor.start();
    QTRY_COMPARE_WITH_TIMEOUT(mainOf(monitor).light, Light::Ok, patience);
    bool wasSlow = false;
    connect(&monitor, &ClusterMonitor::changed, this,
            [&] { wasSlow = wasSlow || mainOf(monitor).light == Light::Slow; });
    // Again and again the connection is held for most of the time that a probe may wait.
    for (int i = 0; i < 3; ++i) {
        const auto held = cluster->main().run(Call{"hold it"_L1, 10s}, [](Session &session) {
            return session.exec({"hold_a_little"_L1, "SELECT pg_sleep(1.2)"_L1})->rowCount();
        });
        QTRY_VERIFY_WITH_TIMEOUT(held.isFinished(), patience);
    }
    QVERIFY(!wasSlow);
}

QTEST_GUILESS_MAIN(TestClusterMonitor)
#include "tst_clustermonitor.moc"
