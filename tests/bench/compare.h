// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

#include <QSqlDatabase>
#include <QSqlQuery>

#include <benchmark/benchmark.h>
#include <libpq-fe.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

namespace Branchline::Bench {

using Clock = std::chrono::steady_clock;

constexpr QLatin1StringView shardName("s1_shard");

/// What is measured on; made by main().
inline PreparedLibrary *library = nullptr;

[[noreturn]] inline void die(const char *what)
{
    qFatal("%s", what);
}

struct Variant
{
    const char *name;
    std::function<void()> turn;
};

inline double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// Runs the variants turn by turn, each time in another order, so that a busy moment of the machine meets all
/// alike. The figures are the medians in microseconds, and how many times the first one's the others are.
inline void compare(benchmark::State &state, const std::vector<Variant> &variants)
{
    std::vector<std::vector<double>> taken(variants.size());
    std::vector<size_t> order(variants.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::mt19937 dice; // NOLINT(cert-msc51-cpp): the same orders in every run
    for ([[maybe_unused]] auto _ : state) {
        std::shuffle(order.begin(), order.end(), dice);
        for (const size_t which : order) {
            const auto start = Clock::now();
            variants[which].turn();
            taken[which].push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        }
    }
    for (size_t i = 0; i < variants.size(); ++i) {
        state.counters[std::string(variants[i].name) + " us"] = median(taken[i]);
        if (i > 0)
            state.counters[std::string(variants[i].name) + " ratio"] = median(taken[i]) / median(taken[0]);
    }
}

inline ConnectionUrl shardUrl()
{
    return library->servers().url(shardName, QStringLiteral("librarian"));
}

inline SessionSettings settings()
{
    return {.database = shardName, .url = shardUrl(), .application = QStringLiteral("branchline bench")};
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
    explicit Driver(Statement statement, int columns = 1)
        : m_session(settings())
        , m_columns(columns)
    {
        const QStringList others = QSqlDatabase::connectionNames(); // of other threads as well
        m_session.open();
        for (const QString &name : QSqlDatabase::connectionNames()) {
            if (!others.contains(name))
                m_query = std::make_unique<QSqlQuery>(QSqlDatabase::database(name, false));
        }
        if (!m_query->prepare(statement.sql))
            die("prepare");
    }
    void run(int value)
    {
        m_query->bindValue(0, value);
        if (!m_query->exec())
            die("exec");
        while (m_query->next()) {
            for (int i = 0; i < m_columns; ++i)
                benchmark::DoNotOptimize(m_query->isNull(i) ? QVariant() : m_query->value(i));
        }
        m_query->finish();
    }

private:
    Session m_session;
    int m_columns;
    std::unique_ptr<QSqlQuery> m_query; ///< goes before its connection
};

} // namespace Branchline::Bench
