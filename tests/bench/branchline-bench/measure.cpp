// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/branchline-bench/measure.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto warmUp = 300ms;

/// What the clients share.
class Run final
{
public:
    Run(int clients, double seconds, const MakeOperation &make)
        : m_seconds(seconds)
        , m_make(make)
        , m_ready(clients)
    {}

    void client(int number)
    {
        std::function<void()> operation;
        const bool isFit = guarded([&] {
            operation = m_make(number);
            for (const auto until = Clock::now() + warmUp; Clock::now() < until;)
                operation();
        });
        m_ready.arrive_and_wait();
        if (isFit && !m_failure)
            guarded([&] { repeat(operation); });
    }

    Measured result()
    {
        if (m_failure)
            std::rethrow_exception(m_failure);
        std::sort(m_taken.begin(), m_taken.end());
        return {std::move(m_taken), std::chrono::duration<double>(m_end - m_begin).count()};
    }

private:
    void repeat(const std::function<void()> &operation)
    {
        std::vector<double> taken;
        taken.reserve(1 << 16);
        const auto begin = Clock::now();
        const auto until = begin + std::chrono::duration<double>(m_seconds);
        auto last = begin;
        while (last < until) {
            operation();
            const auto now = Clock::now();
            taken.push_back(std::chrono::duration<double, std::milli>(now - last).count());
            last = now;
        }
        const std::lock_guard lock(m_mutex);
        m_taken.insert(m_taken.end(), taken.begin(), taken.end());
        m_begin = std::min(m_begin, begin);
        m_end = std::max(m_end, last);
    }

    template <typename Part>
    bool guarded(Part part)
    {
        try {
            part();
            return true;
        } catch (...) {
            const std::lock_guard lock(m_mutex);
            m_failure = std::current_exception();
            return false;
        }
    }

    const double m_seconds;
    const MakeOperation &m_make;
    std::barrier<> m_ready;
    std::mutex m_mutex;
    std::exception_ptr m_failure;
    std::vector<double> m_taken;
    Clock::time_point m_begin = Clock::time_point::max();
    Clock::time_point m_end = Clock::time_point::min();
};

/// To four places: less is noise.
double rounded(double value)
{
    return std::round(value * 1e4) / 1e4;
}

} // namespace

double Measured::quantile(double part) const
{
    const auto at = static_cast<size_t>(part * static_cast<double>(milliseconds.size()));
    return milliseconds.at(std::min(at, milliseconds.size() - 1));
}

Measured measure(int clients, double seconds, const MakeOperation &make)
{
    Run run(clients, seconds, make);
    std::vector<std::jthread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&run, i] { run.client(i); });
    threads.clear(); // joins
    return run.result();
}

void print(const QString &workload, const QString &system, int clients, const Measured &measured,
           double operationsEach)
{
    QJsonObject line{{u"name"_s, workload},
                     {u"clients"_s, clients},
                     {u"ops_per_s"_s, rounded(static_cast<double>(measured.milliseconds.size()) *
                                              operationsEach / measured.seconds)},
                     {u"p50_ms"_s, rounded(measured.quantile(0.5))},
                     {u"p95_ms"_s, rounded(measured.quantile(0.95))},
                     {u"p99_ms"_s, rounded(measured.quantile(0.99))},
                     {u"ops"_s, static_cast<qint64>(measured.milliseconds.size())}};
    if (!system.isEmpty())
        line.insert(u"system"_s, system);
    std::printf("%s\n", QJsonDocument(line).toJson(QJsonDocument::Compact).constData());
    std::fflush(stdout);
}

} // namespace Branchline::Bench
