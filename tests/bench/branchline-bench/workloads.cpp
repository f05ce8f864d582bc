// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/branchline-bench/workloads.h"

#include "db/branch/branchlists.h"
#include "db/catalogue/bookimport.h"
#include "db/catalogue/booklist.h"
#include "db/catalogue/copies.h"
#include "db/circulation/circulation.h"
#include "db/cluster/health.h"
#include "db/cluster/statistics.h"
#include "tests/bench/branchline-bench/measure.h"

#include <random>

using namespace Qt::StringLiterals;

namespace Branchline::Bench {

namespace {

constexpr Statement poolOfShard{"bench_pool"_L1,
                                "SELECT n, branch_id, barcode, card FROM bench.pool ORDER BY n"_L1};
constexpr Statement queries{"bench_queries"_L1, "SELECT q FROM bench.queries ORDER BY n"_L1};
constexpr Statement firstBooks{"bench_books"_L1, "SELECT id FROM public.books_ref ORDER BY id LIMIT 2000"_L1};
constexpr Statement ping{"ping"_L1, "SELECT 1"_L1};

const Call call{"bench"_L1};
const Call longCall{"bench"_L1, std::chrono::minutes(1)};

struct PooledCopy
{
    qint64 n = 0;
    QUuid branch;
    QString barcode;
    QString card;
};

[[noreturn]] void fail(const QString &message)
{
    throw DbException({.kind = DbErrorKind::Internal, .message = message});
}

/// The dice of a client: the same in every run.
std::mt19937 diceOf(int client)
{
    return std::mt19937(static_cast<std::mt19937::result_type>(1000 + client));
}

template <typename T>
const T &oneOf(const std::vector<T> &values, std::mt19937 &dice)
{
    return values[std::uniform_int_distribution<size_t>(0, values.size() - 1)(dice)];
}

template <typename T>
void requireAll(const Combined<T> &answer)
{
    if (answer.isComplete())
        return;
    for (const auto &shard : answer.shards) {
        if (!shard.result)
            throw DbException(shard.result.error());
    }
}

std::vector<PooledCopy> readPool(Cluster &cluster)
{
    std::vector<PooledCopy> pool;
    const auto answer = await(fanOut(cluster, longCall, [](Session &session) {
        return session.exec(poolOfShard)->map([](const RowSet::Row &row) {
            return PooledCopy{row.number("n"), row.uuid("branch_id"), row.text("barcode"), row.text("card")};
        });
    }));
    requireAll(answer);
    for (const auto &shard : answer.shards)
        pool.insert(pool.end(), shard.result->begin(), shard.result->end());
    std::sort(pool.begin(), pool.end(), [](const PooledCopy &a, const PooledCopy &b) { return a.n < b.n; });
    if (pool.empty())
        fail(u"There is no copy to lend; run setup first."_s);
    return pool;
}

void requireOutcome(const CirculationAnswer &answer, Outcome wanted)
{
    if (answer.outcome == wanted)
        return;
    if (answer.error)
        throw DbException(*answer.error);
    fail(u"%1: %2 %3"_s.arg(answer.barcode, outcomeName(answer.outcome),
                            answer.reasons.empty() ? QString() : answer.reasons.front().text));
}

/// The first page of a list of one branch, in the order in which the window shows it.
MakeOperation listOfBranch(Cluster &cluster, BranchList list, const QString &order)
{
    return [&cluster, list, order](int client) {
        return [&cluster, list, order, directory = cluster.directory(), dice = diceOf(client)]() mutable {
            const QUuid branch = oneOf(directory->branches(), dice).id;
            (void)await(branchListPage(cluster, branch, list, {}, {.column = order}, {}, 50)).valueOrThrow();
        };
    };
}

/// What a desk does with a scan, twice: lent, then taken back.
MakeOperation lendAndReturn(Cluster &cluster, int clients)
{
    return [&cluster, clients, pool = readPool(cluster)](int client) {
        std::vector<PooledCopy> own;
        for (auto i = static_cast<size_t>(client); i < pool.size(); i += static_cast<size_t>(clients))
            own.push_back(pool[i]);
        return [&cluster, own = std::move(own), dice = diceOf(client)]() mutable {
            const PooledCopy &copy = oneOf(own, dice);
            requireOutcome(
                await(checkOut(cluster,
                               {.deskBranch = copy.branch, .barcode = copy.barcode, .card = copy.card})),
                Outcome::Lent);
            requireOutcome(await(checkIn(cluster, {.deskBranch = copy.branch, .barcode = copy.barcode})),
                           Outcome::Returned);
        };
    };
}

MakeOperation statisticsOfBranch(Cluster &cluster)
{
    return [&cluster](int client) {
        return [&cluster, directory = cluster.directory(), dice = diceOf(client)]() mutable {
            (void)await(branchStatistics(cluster, oneOf(directory->branches(), dice).id)).valueOrThrow();
        };
    };
}

MakeOperation statisticsOfAll(Cluster &cluster)
{
    return [&cluster](int) { return [&cluster] { requireAll(await(libraryStatistics(cluster))); }; };
}

MakeOperation whereIsBook(Cluster &cluster)
{
    const auto books =
        await(cluster.main().run(longCall, [](Session &session) {
            return session.exec(firstBooks)->map([](const RowSet::Row &row) { return row.uuid("id"); });
        })).valueOrThrow();
    return [&cluster, books](int client) {
        return [&cluster, books, dice = diceOf(client)]() mutable {
            requireAll(await(copiesOfBook(cluster, oneOf(books, dice))));
        };
    };
}

/// The catalogue's first page, as the window asks for it.
MakeOperation search(Cluster &cluster)
{
    const auto words =
        await(cluster.main().run(longCall, [](Session &session) {
            return session.exec(queries)->map([](const RowSet::Row &row) { return row.text("q"); });
        })).valueOrThrow();
    return [&cluster, words](int client) {
        return [&cluster, words, dice = diceOf(client)]() mutable {
            (void)await(readBookPage(cluster, {.words = oneOf(words, dice)}, {}, 20)).valueOrThrow();
        };
    };
}

/// SELECT 1 on main and on every shard, all at once.
MakeOperation pingAll(Cluster &cluster)
{
    return [&cluster](int) {
        return [&cluster] {
            auto main = cluster.main().run(call, [](Session &session) { return session.exec(ping); });
            requireAll(await(fanOut(cluster, call, [](Session &session) { return session.exec(ping); })));
            (void)await(std::move(main)).valueOrThrow();
        };
    };
}

/// What `branchlinectl health` looks at, which is much more.
MakeOperation wholeHealth(Cluster &cluster)
{
    return [&cluster](int) {
        return [&cluster] {
            if (const Health health = checkHealth(cluster); health.hasUnreachable())
                fail(u"A database cannot be reached."_s);
        };
    };
}

/// A connection of the pool for a task that does nothing.
MakeOperation borrow(Cluster &cluster)
{
    return [&cluster](int) {
        return [&cluster] {
            (void)await(cluster.main().run(call, [](Session &) { return Done{}; })).valueOrThrow();
        };
    };
}

MakeOperation connectAndClose()
{
    return [](int) {
        return [] {
            Session session({.database = u"main"_s,
                             .url = BenchLibrary::url(BenchLibrary::mainDatabase, BenchLibrary::deskLogin),
                             .application = u"branchline bench"_s});
            session.open();
        };
    };
}

/// One file into an empty catalogue by the program's own import, rows a second.
void importBooks(const BenchLibrary &library)
{
    {
        const auto server = openAdmin(u"postgres"_s);
        server->execText(u"drop database"_s,
                         u"DROP DATABASE IF EXISTS %1"_s.arg(BenchLibrary::importDatabase));
        server->execText(u"create database"_s,
                         u"CREATE DATABASE %1 TEMPLATE %2"_s.arg(BenchLibrary::importDatabase,
                                                                 BenchLibrary::importTemplate));
    }
    const BenchCluster cluster(BenchLibrary::deskLogin, BenchLibrary::importDatabase);
    const QTemporaryDir folder;
    BookImport import(*cluster, {.file = library.data + "/import.csv"_L1,
                                 .rejectsFile = folder.filePath(u"rejects.csv"_s),
                                 .notesFile = folder.filePath(u"notes.csv"_s)});
    const auto start = std::chrono::steady_clock::now();
    const ImportReport report = await(import.start()).valueOrThrow();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (report.error)
        throw DbException(*report.error);
    if (report.counts.added == 0 || report.counts.rejected > 0)
        fail(u"%1 books were added, %2 rejected."_s.arg(report.counts.added).arg(report.counts.rejected));
    print(u"import"_s, {}, 1, {{taken.count() * 1000}, taken.count()},
          static_cast<double>(report.counts.added));
}

} // namespace

void runWorkload(const BenchLibrary &library, const QString &workload, int clients, double seconds)
{
    if (workload == "import"_L1)
        return importBooks(library);
    const BenchCluster cluster(BenchLibrary::deskLogin);
    const auto run = [&](const MakeOperation &make, const QString &system = {}) {
        print(workload, system, clients, measure(clients, seconds, make));
    };
    if (workload == "lend_return"_L1)
        run(lendAndReturn(*cluster, clients));
    else if (workload == "on_loan"_L1)
        run(listOfBranch(*cluster, BranchList::OnLoan, u"due"_s));
    else if (workload == "overdue"_L1)
        run(listOfBranch(*cluster, BranchList::Overdue, u"due"_s));
    else if (workload == "copies"_L1)
        run(listOfBranch(*cluster, BranchList::Copies, u"barcode"_s));
    else if (workload == "branch_stats"_L1)
        run(statisticsOfBranch(*cluster));
    else if (workload == "fanout_stats"_L1)
        run(statisticsOfAll(*cluster));
    else if (workload == "fanout_book"_L1)
        run(whereIsBook(*cluster));
    else if (workload == "search"_L1)
        run(search(*cluster));
    else if (workload == "checkout"_L1)
        run(borrow(*cluster));
    else if (workload == "connect"_L1)
        run(connectAndClose());
    else if (workload == "health"_L1) {
        run(pingAll(*cluster));
        run(wholeHealth(*cluster), u"product-health"_s);
    }
}

} // namespace Branchline::Bench
