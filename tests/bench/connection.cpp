// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the layers between a caller and the server cost, each beside the least that is possible in the same
// run. It makes a library of its own and needs nothing but the server's programs: ./dev bench.
// docs/BENCHMARKS.md says what the figures mean.
#include "db/routing/fanout.h"
#include "tests/support/preparedlibrary.h"

#include <QCoreApplication>
#include <QSqlDatabase>
#include <QSqlQuery>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#include <condition_variable>
#include <functional>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto shardName = "s1_shard"_L1;
constexpr Statement call{"call"_L1, "SELECT ?::int * 2 AS n"_L1};
constexpr auto callSql = "SELECT $1::int * 2 AS n";
constexpr Statement page{
    "page"_L1,
    "SELECT gen_random_uuid() AS id, 'Title ' || i AS title, now() AS at, i AS n, i % 2 = 0 AS flag, "
    "NULL::text AS nothing FROM generate_series(1, ?::int) AS i"_L1};
constexpr auto pageSql =
    "SELECT gen_random_uuid() AS id, 'Title ' || i AS title, now() AS at, i AS n, i % 2 = 0 AS flag, "
    "NULL::text AS nothing FROM generate_series(1, $1::int) AS i";

PreparedLibrary *library = nullptr;

[[noreturn]] void die(const char *what)
{
    qFatal("%s", what);
}

/// Times every turn by itself: the figure is the median, since one slow turn says more about the machine.
void measure(benchmark::State &state, const std::function<void()> &turn)
{
    for (int i = 0; i < 20; ++i)
        turn();
    std::vector<double> microseconds;
    for ([[maybe_unused]] auto _ : state) {
        const auto start = Clock::now();
        turn();
        microseconds.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double part) {
        return microseconds[static_cast<size_t>(part * static_cast<double>(microseconds.size() - 1))];
    };
    state.counters["p50_us"] = at(0.5);
    state.counters["p95_us"] = at(0.95);
}

ConnectionUrl shardUrl()
{
    return library->servers().url(shardName, u"librarian"_s);
}

SessionSettings settings()
{
    return {.database = shardName, .url = shardUrl(), .application = u"branchline bench"_s};
}

/// A plain connection with one statement prepared.
class Plain final
{
public:
    explicit Plain(const char *sql)
        : m_connection(PQconnectdb(shardUrl().toConnInfo().toUtf8().constData()))
    {
        PQclear(PQexec(m_connection, "SET timezone = 'UTC'"));
        PQclear(PQprepare(m_connection, "s", sql, 0, nullptr));
    }
    ~Plain() { PQfinish(m_connection); }
    Q_DISABLE_COPY_MOVE(Plain)

    QByteArray run(std::initializer_list<const char *> values)
    {
        PGresult *result = PQexecPrepared(m_connection, "s", static_cast<int>(values.size()), values.begin(),
                                          nullptr, nullptr, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
            die(PQerrorMessage(m_connection));
        const QByteArray first = PQgetvalue(result, 0, 0);
        PQclear(result);
        return first;
    }

private:
    PGconn *m_connection;
};

/// QSqlQuery on a connection of its own.
class Driver final
{
public:
    explicit Driver(Statement statement)
        : m_session(settings())
    {
        m_session.open();
        m_query = std::make_unique<QSqlQuery>(
            QSqlDatabase::database(QSqlDatabase::connectionNames().constLast(), false));
        if (!m_query->prepare(statement.sql))
            die("prepare");
    }
    void run(int value)
    {
        m_query->bindValue(0, value);
        if (!m_query->exec())
            die("exec");
        const int width = m_columns > 0 ? m_columns : 1;
        while (m_query->next()) {
            for (int i = 0; i < width; ++i)
                benchmark::DoNotOptimize(m_query->isNull(i) ? QVariant() : m_query->value(i));
        }
        m_query->finish();
    }
    int m_columns = 1;

private:
    Session m_session;
    std::unique_ptr<QSqlQuery> m_query; ///< goes before its connection
};

// ---------------------------------------------------------------------------------------------- hand-over

/// Two threads, a mutex and two condition variables: nothing that waits in a thread can be faster.
void handoverBare(benchmark::State &state)
{
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0; // 0 nobody's, 1 the worker's, 2 stop
    std::thread worker([&] {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return turn != 0; });
            if (turn == 2)
                return;
            turn = 0;
            changed.notify_one();
        }
    });
    measure(state, [&] {
        std::unique_lock lock(mutex);
        turn = 1;
        changed.notify_one();
        changed.wait(lock, [&] { return turn == 0; });
    });
    {
        const std::lock_guard lock(mutex);
        turn = 2;
    }
    changed.notify_one();
    worker.join();
}

void handoverDatabase(benchmark::State &state)
{
    Watchdog watchdog;
    Database database(settings(), watchdog);
    std::mutex mutex;
    std::condition_variable changed;
    bool isDone = false;
    measure(state, [&] {
        database.submit<Done>(
            Call{"nothing"_L1}, [](Session &) { return Done{}; },
            [&](const Result<Done> &result) {
                if (!result)
                    die("hand-over");
                const std::lock_guard lock(mutex);
                isDone = true;
                changed.notify_one();
            });
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return isDone; });
        isDone = false;
    });
}

// -------------------------------------------------------------------------------------------------- calls

void callPlain(benchmark::State &state)
{
    Plain plain(callSql);
    measure(state, [&] { benchmark::DoNotOptimize(plain.run({"21"})); });
}

void callSession(benchmark::State &state)
{
    Session session(settings());
    session.open();
    measure(state, [&] { benchmark::DoNotOptimize(session.exec(call, {21})); });
}

/// Each call is another operation than the one before: the name travels along.
void callSessionRenamed(benchmark::State &state)
{
    Session session(settings());
    session.open();
    bool isOdd = false;
    measure(state, [&] {
        isOdd = !isOdd;
        session.setOperation(isOdd ? "checkout"_L1 : "checkin"_L1);
        benchmark::DoNotOptimize(session.exec(call, {21}));
    });
}

void callDatabase(benchmark::State &state)
{
    Watchdog watchdog;
    Database database(settings(), watchdog);
    measure(state, [&] {
        auto future =
            database.run(Call{"call"_L1}, [](Session &session) { return session.exec(call, {21}); });
        future.waitForFinished();
        if (!future.result())
            die("call");
    });
}

void callDriver(benchmark::State &state)
{
    Driver driver(call);
    measure(state, [&] { driver.run(21); });
}

void pagePlain(benchmark::State &state)
{
    Plain plain(pageSql);
    measure(state, [&] { benchmark::DoNotOptimize(plain.run({"100"})); });
}

void pageSession(benchmark::State &state)
{
    Session session(settings());
    session.open();
    measure(state, [&] { benchmark::DoNotOptimize(session.exec(page, {100})); });
}

void pageDriver(benchmark::State &state)
{
    Driver driver(page);
    driver.m_columns = 6;
    measure(state, [&] { driver.run(100); });
}

// ------------------------------------------------------------------------------------------------ connect

void connectPlain(benchmark::State &state)
{
    const QByteArray info = shardUrl().toConnInfo().toUtf8();
    measure(state, [&] {
        PGconn *connection = PQconnectdb(info.constData());
        if (PQstatus(connection) != CONNECTION_OK)
            die("connect");
        PQfinish(connection);
    });
}

void connectSession(benchmark::State &state)
{
    measure(state, [] {
        Session session(settings());
        session.open();
    });
}

// ------------------------------------------------------------------------------------------------ lending

struct Desk
{
    BranchEntry branch = library->addBranch(u"s1"_s);
    QString card = library->addPatron(branch);
    QString barcode = library->addCopy(branch);
};

/// Lends a copy and takes it back.
void lendPlain(benchmark::State &state)
{
    const Desk desk;
    Plain lend(
        "SELECT * FROM public.checkout($1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::text, $6::text, NULL)");
    Plain takeBack("SELECT * FROM public.checkin($1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::text)");
    const QByteArray branch = desk.branch.id.toByteArray(QUuid::WithoutBraces);
    const QByteArray epoch = QByteArray::number(desk.branch.epoch);
    const QByteArray barcode = desk.barcode.toUtf8();
    const QByteArray card = desk.card.toUtf8();
    const auto fresh = [] { return newUuid().toByteArray(QUuid::WithoutBraces); };
    measure(state, [&] {
        if (lend.run({fresh().constData(), branch.constData(), epoch.constData(), branch.constData(),
                      barcode.constData(), card.constData()}) != "lent")
            die("lend");
        if (takeBack.run({fresh().constData(), branch.constData(), epoch.constData(), branch.constData(),
                          barcode.constData()}) != "returned")
            die("take back");
    });
}

void lendStack(benchmark::State &state)
{
    const Desk desk;
    measure(state, [&] {
        const Scan lend{.deskBranch = desk.branch.id, .barcode = desk.barcode, .card = desk.card};
        if (await(checkOut(library->cluster(), lend)).outcome != Outcome::Lent)
            die("lend");
        const Scan takeBack{.deskBranch = desk.branch.id, .barcode = desk.barcode, .card = {}};
        if (await(checkIn(library->cluster(), takeBack)).outcome != Outcome::Returned)
            die("take back");
    });
}

// ------------------------------------------------------------------------------------------------ fan-out

/// Eight shards at once, each of which takes 20 ms: the whole beside the slowest shard's own time.
void fanOutEight(benchmark::State &state)
{
    static constexpr Statement slow{"slow"_L1, "SELECT pg_sleep(0.02)"_L1};
    std::vector<double> excess;
    std::vector<double> ratios;
    measure(state, [&] {
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
    });
    const auto median = [](std::vector<double> &values) {
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    };
    state.counters["ratio"] = median(ratios);
    state.counters["excess_ms"] = median(excess);
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

    add("hand-over/bare", handoverBare, 3000);
    add("hand-over/Database", handoverDatabase, 3000);
    add("call/PQexecPrepared", callPlain, 3000);
    add("call/Session", callSession, 3000);
    add("call/Session, other operation each", callSessionRenamed, 3000);
    add("call/Database::run", callDatabase, 3000);
    add("call/QSqlQuery kept", callDriver, 3000);
    add("100 rows/PQexecPrepared, not read", pagePlain, 1000);
    add("100 rows/Session", pageSession, 1000);
    add("100 rows/QSqlQuery kept", pageDriver, 1000);
    add("connect/libpq", connectPlain, 50);
    add("connect/Session", connectSession, 50);
    add("lend and return/PQexecPrepared", lendPlain, 200);
    add("lend and return/stack", lendStack, 200);
    add("fan-out/8 shards", fanOutEight, 30);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
