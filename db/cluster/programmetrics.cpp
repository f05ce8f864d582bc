// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/programmetrics.h"

#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Type = MetricsText::Type;

double seconds(std::chrono::microseconds time)
{
    return std::chrono::duration<double>(time).count();
}

/// "branchline desk-7": the servers' session lists call the workstation by the second word.
QString workstation(const ProgramReport &report)
{
    return report.desk.section(u' ', 1, 1);
}

MetricsText::Labels labelsOf(const ProgramReport &report,
                             std::initializer_list<std::pair<const char *, QString>> more)
{
    MetricsText::Labels labels{
        {"program", report.program}, {"desk", workstation(report)}, {"pid", QString::number(report.pid)}};
    labels.insert(labels.end(), more);
    return labels;
}

using Reports = std::vector<const ProgramReport *>;

/// One family with a sample for each pool of each program.
template <typename Value>
void perPool(const Reports &reports, MetricsText &metrics, const char *name, Type type, const QString &help,
             Value value)
{
    metrics.family(name, type, help);
    for (const ProgramReport *report : reports) {
        for (const DatabaseReport &database : report->databases)
            metrics.sample(labelsOf(*report, {{"database", database.pool.database}}),
                           static_cast<double>(value(database.pool)));
    }
}

/// The same with one sample for each of several kinds.
template <typename Values>
void perKind(const Reports &reports, MetricsText &metrics, const char *name, Type type, const QString &help,
             const char *label, Values values)
{
    metrics.family(name, type, help);
    for (const ProgramReport *report : reports) {
        for (const DatabaseReport &database : report->databases) {
            for (const auto &[kind, value] : values(database.pool))
                metrics.sample(labelsOf(*report, {{"database", database.pool.database}, {label, kind}}),
                               value);
        }
    }
}

using Kinds = std::vector<std::pair<QString, double>>;

void addPrograms(const ProgramReports &all, const Reports &reports, MetricsText &metrics)
{
    metrics.family("branchline_program_up", Type::Gauge,
                   u"1 when the program on this workstation told about itself."_s);
    for (const ProgramAnswer &answer : all.programs) {
        if (!answer.isThisProgram)
            metrics.sample({{"pid", QString::number(answer.pid)}}, answer.report ? 1 : 0);
    }
    metrics.family("branchline_program_info", Type::Gauge, u"Version of the program; always 1."_s);
    for (const ProgramReport *report : reports)
        metrics.sample(labelsOf(*report, {{"version", report->version}}), 1);
    metrics.family("branchline_program_start_time_seconds", Type::Gauge,
                   u"Since when the program counts, in seconds since 1970."_s);
    for (const ProgramReport *report : reports)
        metrics.sample(labelsOf(*report, {}),
                       static_cast<double>(report->startedAt.toMSecsSinceEpoch()) / 1000);
}

void addPoolStates(const Reports &reports, MetricsText &metrics)
{
    perPool(reports, metrics, "branchline_pool_size", Type::Gauge, u"Most connections that the pool keeps."_s,
            [](const PoolGauges &p) { return p.size; });
    perPool(reports, metrics, "branchline_pool_max_overflow", Type::Gauge,
            u"So many more connections under load."_s, [](const PoolGauges &p) { return p.maxOverflow; });
    perKind(reports, metrics, "branchline_pool_connections", Type::Gauge, u"Connections of the pool."_s,
            "state", [](const PoolGauges &p) {
                return Kinds{{u"busy"_s, p.busy},
                             {u"idle"_s, std::max(0, p.open - p.busy)},
                             {u"connecting"_s, p.connecting}};
            });
    perPool(reports, metrics, "branchline_pool_waiting_calls", Type::Gauge,
            u"Calls that wait for a connection."_s, [](const PoolGauges &p) { return p.waiting; });
    perPool(reports, metrics, "branchline_pool_stuck_threads", Type::Gauge,
            u"Threads that are stuck in connecting and were given up."_s,
            [](const PoolGauges &p) { return p.writtenOff; });
    perKind(reports, metrics, "branchline_pool_breaker", Type::Gauge,
            u"1 for the state of the circuit breaker, 0 for the others."_s, "state", [](const PoolGauges &p) {
                Kinds kinds;
                for (const auto state :
                     {PoolGauges::Breaker::Closed, PoolGauges::Breaker::Open, PoolGauges::Breaker::HalfOpen})
                    kinds.emplace_back(breakerName(state), p.breaker == state ? 1 : 0);
                return kinds;
            });
}

void addPoolCounters(const Reports &reports, MetricsText &metrics)
{
    const auto number = [](quint64 count) { return static_cast<double>(count); };
    perPool(reports, metrics, "branchline_pool_calls_total", Type::Counter, u"Calls that were answered."_s,
            [](const PoolGauges &p) { return p.calls; });
    perKind(reports, metrics, "branchline_pool_failures_total", Type::Counter,
            u"Calls that ended badly; “error” counts all of them."_s, "kind", [=](const PoolGauges &p) {
                return Kinds{{u"error"_s, number(p.failed)},
                             {u"timeout"_s, number(p.timeouts)},
                             {u"exhausted"_s, number(p.exhausted)},
                             {u"canceled"_s, number(p.canceled)},
                             {u"leak"_s, number(p.leaks)}};
            });
    perPool(reports, metrics, "branchline_pool_opened_total", Type::Counter, u"Connections that were made."_s,
            [](const PoolGauges &p) { return p.opened; });
    perPool(reports, metrics, "branchline_pool_connect_failures_total", Type::Counter,
            u"Connections that could not be made."_s, [](const PoolGauges &p) { return p.connectFailures; });
    perKind(reports, metrics, "branchline_pool_closed_total", Type::Counter,
            u"Connections that were closed or broke."_s, "reason", [=](const PoolGauges &p) {
                return Kinds{{u"idle"_s, number(p.closedIdle)},
                             {u"recycled"_s, number(p.recycled)},
                             {u"dead_before_use"_s, number(p.deadBeforeUse)},
                             {u"lost_in_use"_s, number(p.lostInUse)}};
            });
    perPool(reports, metrics, "branchline_pool_wait_seconds_total", Type::Counter,
            u"Time that calls have waited for a connection, all together."_s,
            [](const PoolGauges &p) { return seconds(p.waited); });
}

void addStatements(const Reports &reports, MetricsText &metrics)
{
    std::vector<double> bounds;
    for (const auto bound : histogramBounds)
        bounds.push_back(seconds(bound));
    metrics.family("branchline_statement_seconds", Type::Histogram, u"How long statements took, by name."_s);
    for (const ProgramReport *report : reports) {
        for (const StatementTotals &totals : report->statements)
            metrics.histogram(
                labelsOf(*report, {{"database", totals.database}, {"statement", totals.statement}}), bounds,
                {totals.histogram.begin(), totals.histogram.end()}, seconds(totals.total));
    }
    metrics.family("branchline_statement_failures_total", Type::Counter,
                   u"Statements that ended with an error."_s);
    for (const ProgramReport *report : reports) {
        for (const StatementTotals &totals : report->statements)
            metrics.sample(
                labelsOf(*report, {{"database", totals.database}, {"statement", totals.statement}}),
                static_cast<double>(totals.failures));
    }
    metrics.family("branchline_slow_statements_total", Type::Counter,
                   u"Statements that took as long as DATABASE_SLOW_QUERY_MS or longer."_s);
    for (const ProgramReport *report : reports)
        metrics.sample(labelsOf(*report, {}), static_cast<double>(report->slowCount));
}

} // namespace

void addProgramMetrics(const ProgramReports &reports, MetricsText &metrics)
{
    Reports told;
    for (const ProgramAnswer &answer : reports.programs) {
        if (answer.report && !answer.isThisProgram)
            told.push_back(&*answer.report);
    }
    addPrograms(reports, told, metrics);
    addPoolStates(told, metrics);
    addPoolCounters(told, metrics);
    addStatements(told, metrics);
}

QJsonArray programsArray(const ProgramReports &reports)
{
    QJsonArray array;
    for (const ProgramAnswer &answer : reports.programs) {
        if (answer.isThisProgram)
            continue;
        QJsonObject object = answer.report ? answer.report->toJson() : QJsonObject();
        object.insert(u"pid"_s, answer.pid);
        object.insert(u"problem"_s, answer.problem.isEmpty() ? QJsonValue(QJsonValue::Null) : answer.problem);
        array.append(object);
    }
    return array;
}

} // namespace Branchline
