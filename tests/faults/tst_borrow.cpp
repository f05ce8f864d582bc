// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faultlibrary.h"

#include <QElapsedTimer>
#include <QTest>

#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto shard = "alpha_shard"_L1;
constexpr Statement ask{"ask"_L1, "SELECT pg_backend_pid() AS pid"_L1};
constexpr int cycles = 10'000;
constexpr int restarts = 20;
constexpr int desks = 4;

int portOf(const Session &session)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(session.socket(), reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

/// What became of the calls of all desks.
struct Tally
{
    std::atomic<int> answered{0};
    std::atomic<int> dead{0};     ///< got a connection that was closed before the call was made
    std::atomic<int> diedNow{0};  ///< the connection was closed while the call was under way
    std::atomic<int> noServer{0}; ///< no connection could be made: nothing was handed out
    std::atomic<int> others{0};
};

} // namespace

/// 10,000 times a connection is borrowed while the server is killed and stopped twenty times: none that was
/// closed before may be handed out. The proxy between them knows when each connection was closed, whatever
/// the pool believes.
class TestBorrow final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void noDeadConnectionIsHandedOut();

private:
    void borrow(Database &database, Tally &tally);

    FaultLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s}};
};

void TestBorrow::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestBorrow::borrow(Database &database, Tally &tally)
{
    TcpProxy &proxy = m_library.proxy(shard);
    const auto asked = TcpProxy::Clock::now();
    const auto result = await(database.run({"borrow"_L1, 5s, false}, [&, asked](Session &session) {
        if (const auto closed = proxy.closedAt(portOf(session)))
            ++(*closed < asked ? tally.dead : tally.diedNow);
        return session.exec(ask)->rowCount();
    }));
    if (result) {
        ++tally.answered;
    } else if (result.error().kind == DbErrorKind::Unreachable) {
        ++tally.noServer;
        std::this_thread::sleep_for(1ms); // a desk asks again, but not in a circle
    } else if (result.error().kind == DbErrorKind::ConnectionLost) {
        ++tally.diedNow;
    } else {
        ++tally.others;
        qWarning() << result.error();
    }
}

void TestBorrow::noDeadConnectionIsHandedOut()
{
    const auto cluster = m_library.newCluster(u"borrower"_s);
    Database *database = cluster->shard(u"alpha"_s);
    QVERIFY(await(database->run({"first"_L1}, [](Session &s) { return s.exec(ask)->rowCount(); })).isOk());

    Tally tally;
    std::vector<std::jthread> threads;
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < desks; ++i) {
        threads.emplace_back([&](const std::stop_token &stop) {
            while (!stop.stop_requested()) {
                borrow(*database, tally);
                // Spread over all restarts, with pauses in which connections lie idle.
                std::this_thread::sleep_for(500us);
            }
        });
    }
    int done = 0;
    for (; done < restarts; ++done) {
        const int goal = tally.answered + cycles / restarts;
        QTRY_VERIFY_WITH_TIMEOUT(tally.answered >= goal, 20'000);
        if (done % 2 == 0)
            m_library.kill9(shard);
        else
            m_library.stopServer(shard);
        m_library.startServer(shard);
    }
    for (std::jthread &thread : threads)
        thread.request_stop();
    threads.clear();
    qInfo("%d borrowed, %d of them dead before, %d died under way, %d without a server, %d others, "
          "%d restarts, %lld ms",
          tally.answered + tally.diedNow + tally.dead, tally.dead.load(), tally.diedNow.load(),
          tally.noServer.load(), tally.others.load(), done, clock.elapsed());
    const PoolGauges gauges = database->gauges();
    qInfo("the pool: %llu found dead and replaced, %llu lost in use, %llu opened", gauges.deadBeforeUse,
          gauges.lostInUse, gauges.opened);
    QVERIFY(tally.answered >= cycles);
    QCOMPARE(tally.dead, 0);
    QCOMPARE(tally.others, 0);
}

QTEST_GUILESS_MAIN(TestBorrow)
#include "tst_borrow.moc"
