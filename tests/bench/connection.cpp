// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the layers between a caller and the server cost, each beside the least that is possible in the same
// run. It makes a library of its own and needs nothing but the server's programs: ./dev bench pool.
// docs/BENCHMARKS.md says what the figures mean.
#include "db/routing/fanout.h"
#include "tests/bench/compare.h"

#include <QCoreApplication>
#include <condition_variable>
#include <thread>

using namespace Branchline;
using namespace Branchline::Bench;
using namespace Qt::StringLiterals;

namespace {

constexpr Statement call{"call"_L1, "SELECT ?::int * 2 AS n"_L1};
constexpr auto callSql = "SELECT $1::int * 2 AS n";
constexpr Statement page{
    "page"_L1,
    "SELECT gen_random_uuid() AS id, 'Title ' || i AS title, now() AS at, i AS n, i % 2 = 0 AS flag, "
    "NULL::text AS nothing FROM generate_series(1, ?::int) AS i"_L1};
constexpr auto pageSql =
    "SELECT gen_random_uuid() AS id, 'Title ' || i AS title, now() AS at, i AS n, i % 2 = 0 AS flag, "
    "NULL::text AS nothing FROM generate_series(1, $1::int) AS i";

// ---------------------------------------------------------------------------------------------- hand-over

/// Two threads, a mutex and a condition variable: nothing that waits in a thread can be faster.
class BareWorker final
{
public:
    ~BareWorker()
    {
        set(Turn::Stop);
        m_thread.join();
    }
    void handOver()
    {
        set(Turn::Worker);
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_turn == Turn::Caller; });
    }

private:
    enum class Turn { Caller, Worker, Stop };

    void set(Turn turn)
    {
        const std::lock_guard lock(m_mutex);
        m_turn = turn;
        m_changed.notify_one();
    }
    void run()
    {
        std::unique_lock lock(m_mutex);
        while (m_turn != Turn::Stop) {
            m_changed.wait(lock, [this] { return m_turn != Turn::Caller; });
            if (m_turn == Turn::Worker) {
                m_turn = Turn::Caller;
                m_changed.notify_one();
            }
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    Turn m_turn = Turn::Caller;
    std::thread m_thread{[this] { run(); }};
};

/// An empty task for a database's worker, and the caller woken by its callback.
class DatabaseWorker final
{
public:
    void handOver()
    {
        m_database.submit<Done>(
            Call{"nothing"_L1}, [](Session &) { return Done{}; },
            [this](const Result<Done> &result) { end(result); });
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_isDone; });
        m_isDone = false;
    }
    Database &database() { return m_database; }

private:
    void end(const Result<Done> &result)
    {
        if (!result)
            die("hand-over");
        const std::lock_guard lock(m_mutex);
        m_isDone = true;
        m_changed.notify_one();
    }

    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_isDone = false;
    Watchdog m_watchdog;
    Database m_database{settings(), m_watchdog};
};

void handOver(benchmark::State &state)
{
    BareWorker bare;
    DatabaseWorker worker;
    worker.handOver(); // connects
    compare(state, {{"bare", [&] { bare.handOver(); }}, {"Database", [&] { worker.handOver(); }}});
}

// -------------------------------------------------------------------------------------------------- calls

void calls(benchmark::State &state)
{
    Plain plain(callSql);
    Session session(settings());
    session.open();
    Session renamed(settings());
    renamed.open();
    bool isOdd = false;
    DatabaseWorker worker;
    Driver driver(call);
    const auto inWorker = [&] {
        auto future =
            worker.database().run(Call{"call"_L1}, [](Session &own) { return own.exec(call, {21}); });
        future.waitForFinished();
        if (!future.result())
            die("call");
    };
    const auto withOtherName = [&] {
        isOdd = !isOdd;
        renamed.setOperation(isOdd ? "checkout"_L1 : "checkin"_L1);
        renamed.exec(call, {21});
    };
    inWorker();
    compare(state, {{"libpq", [&] { plain.run({"21"}); }},
                    {"Session", [&] { session.exec(call, {21}); }},
                    {"renamed", withOtherName},
                    {"Database", inWorker},
                    {"QSqlQuery", [&] { driver.run(21); }}});
}

/// 100 rows of six columns, all of them read; by plain libpq only received.
void pages(benchmark::State &state)
{
    Plain plain(pageSql);
    Session session(settings());
    session.open();
    Driver driver(page, 6);
    compare(state, {{"libpq", [&] { plain.run({"100"}); }},
                    {"Session", [&] { session.exec(page, {100}); }},
                    {"QSqlQuery", [&] { driver.run(100); }}});
}

void connects(benchmark::State &state)
{
    const QByteArray info = shardUrl().toConnInfo().toUtf8();
    const auto plain = [&info] {
        PGconn *connection = PQconnectdb(info.constData());
        if (PQstatus(connection) != CONNECTION_OK)
            die("connect");
        PQfinish(connection);
    };
    const auto session = [] {
        Session one(settings());
        one.open();
    };
    compare(state, {{"libpq", plain}, {"Session", session}});
}

// ------------------------------------------------------------------------------------------------ lending

struct Desk
{
    BranchEntry branch = library->addBranch(u"s1"_s);
    QString card = library->addPatron(branch);
    QString barcode = library->addCopy(branch);
};

/// Lends a copy and takes it back: two durable transactions.
void lending(benchmark::State &state)
{
    const Desk plainDesk;
    const Desk desk;
    Plain lend(
        "SELECT * FROM public.checkout($1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::text, $6::text, NULL)");
    Plain takeBack("SELECT * FROM public.checkin($1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::text)");
    const QByteArray branch = plainDesk.branch.id.toByteArray(QUuid::WithoutBraces);
    const QByteArray epoch = QByteArray::number(plainDesk.branch.epoch);
    const QByteArray barcode = plainDesk.barcode.toUtf8();
    const QByteArray card = plainDesk.card.toUtf8();
    const auto plain = [&] {
        const QByteArray first = newUuid().toByteArray(QUuid::WithoutBraces);
        const QByteArray second = newUuid().toByteArray(QUuid::WithoutBraces);
        if (lend.run({first.constData(), branch.constData(), epoch.constData(), branch.constData(),
                      barcode.constData(), card.constData()}) != "lent" ||
            takeBack.run({second.constData(), branch.constData(), epoch.constData(), branch.constData(),
                          barcode.constData()}) != "returned")
            die("plain lending");
    };
    const auto stack = [&] {
        const Scan out{.deskBranch = desk.branch.id, .barcode = desk.barcode, .card = desk.card};
        const Scan in{.deskBranch = desk.branch.id, .barcode = desk.barcode, .card = {}};
        if (await(checkOut(library->cluster(), out)).outcome != Outcome::Lent ||
            await(checkIn(library->cluster(), in)).outcome != Outcome::Returned)
            die("lending");
    };
    plain();
    stack();
    compare(state, {{"libpq", plain}, {"stack", stack}});
}

// ------------------------------------------------------------------------------------------------ fan-out

/// Eight shards at once, each of which takes 20 ms: the whole beside the slowest shard's own time.
void fanOutEight(benchmark::State &state)
{
    static constexpr Statement slow{"slow"_L1, "SELECT pg_sleep(0.02)"_L1};
    std::vector<double> excess;
    std::vector<double> ratios;
    for ([[maybe_unused]] auto _ : state) {
        const auto start = Clock::now();
        const auto answer = await(fanOut(library->cluster(), Call{"fan-out"_L1}, [](Session &session) {
            session.exec(slow);
            return Done{};
        }));
        const std::chrono::duration<double, std::milli> whole = Clock::now() - start;
        if (!answer.isComplete() || answer.total() != 8)
            die("fan-out");
        std::chrono::microseconds slowest{0};
        for (const auto &shard : answer.shards)
            slowest = std::max(slowest, shard.taken);
        const double own = std::chrono::duration<double, std::milli>(slowest).count();
        excess.push_back(whole.count() - own);
        ratios.push_back(whole.count() / own);
    }
    state.counters["ratio"] = median(ratios);
    state.counters["excess ms"] = median(excess);
    state.counters["most excess ms"] = *std::max_element(excess.begin(), excess.end());
}

void add(const char *name, void (*function)(benchmark::State &), int turns)
{
    benchmark::RegisterBenchmark(name, function)
        ->Iterations(turns)
        ->Unit(benchmark::kMicrosecond)
        ->UseRealTime();
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    QStringList shards;
    for (int i = 1; i <= 8; ++i)
        shards << u"s%1"_s.arg(i);
    PreparedLibrary prepared(TestLibrary::Servers::Shared, shards);
    if (!prepared.start())
        die(qPrintable(prepared.errorText()));
    library = &prepared;

    add("hand-over", handOver, 3000);
    add("call", calls, 2000);
    add("100 rows", pages, 300);
    add("connect", connects, 20);
    add("lend and return", lending, 100);
    add("fan-out", fanOutEight, 20);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
