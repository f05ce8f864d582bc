// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/monitor/programreport.h"

#include "db/routing/cluster.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr double microsecondsInSecond = 1e6;
constexpr double millisecondsInSecond = 1e3;
constexpr qsizetype longestText = 500;

double seconds(std::chrono::microseconds time)
{
    return static_cast<double>(time.count()) / microsecondsInSecond;
}

std::chrono::milliseconds milliseconds(const QJsonValue &value)
{
    return std::chrono::milliseconds(qRound64(value.toDouble() * millisecondsInSecond));
}

std::chrono::microseconds microseconds(const QJsonValue &value)
{
    return std::chrono::microseconds(qRound64(value.toDouble() * microsecondsInSecond));
}

/// Counters are far below 2^53, where JSON's numbers stop being exact.
QJsonValue count(quint64 number)
{
    return static_cast<qint64>(number);
}

quint64 countIn(const QJsonValue &value)
{
    return static_cast<quint64>(qMax(0LL, value.toInteger()));
}

QString text(const QJsonValue &value)
{
    return value.toString().left(longestText);
}

QString timeText(const QDateTime &time)
{
    return time.toUTC().toString(Qt::ISODateWithMs);
}

QDateTime timeIn(const QJsonValue &value)
{
    return QDateTime::fromString(value.toString(), Qt::ISODateWithMs).toUTC();
}

/// The counters of a pool by their keys: what is written is what is read.
constexpr std::pair<QLatin1StringView, quint64 PoolGauges::*> counters[] = {
    {"calls"_L1, &PoolGauges::calls},           {"failed"_L1, &PoolGauges::failed},
    {"opened"_L1, &PoolGauges::opened},         {"closed_idle"_L1, &PoolGauges::closedIdle},
    {"recycled"_L1, &PoolGauges::recycled},     {"dead_before_use"_L1, &PoolGauges::deadBeforeUse},
    {"lost_in_use"_L1, &PoolGauges::lostInUse}, {"connect_failures"_L1, &PoolGauges::connectFailures},
    {"timeouts"_L1, &PoolGauges::timeouts},     {"exhausted"_L1, &PoolGauges::exhausted},
    {"canceled"_L1, &PoolGauges::canceled},     {"leaks"_L1, &PoolGauges::leaks}};
constexpr std::pair<QLatin1StringView, int PoolGauges::*> levels[] = {
    {"size"_L1, &PoolGauges::size},
    {"max_overflow"_L1, &PoolGauges::maxOverflow},
    {"open"_L1, &PoolGauges::open},
    {"busy"_L1, &PoolGauges::busy},
    {"connecting"_L1, &PoolGauges::connecting},
    {"waiting"_L1, &PoolGauges::waiting},
    {"written_off"_L1, &PoolGauges::writtenOff}};

QJsonObject objectOf(const DatabaseReport &report)
{
    const PoolGauges &pool = report.pool;
    QJsonObject object{{u"database"_s, pool.database},
                       {u"breaker"_s, breakerName(pool.breaker)},
                       {u"retry_in_s"_s, seconds(pool.retryIn)},
                       {u"waited_s"_s, seconds(pool.waited)},
                       {u"problem"_s, report.problem.isEmpty() ? QJsonValue() : QJsonValue(report.problem)}};
    for (const auto &[key, member] : levels)
        object.insert(key, pool.*member);
    for (const auto &[key, member] : counters)
        object.insert(key, count(pool.*member));
    QJsonArray holders;
    for (const ConnectionHolder &holder : pool.holders) {
        holders.append(QJsonObject{{u"operation"_s, holder.operation},
                                   {u"statement"_s, holder.statement},
                                   {u"age_s"_s, seconds(holder.age)}});
    }
    object.insert("holders"_L1, holders);
    return object;
}

DatabaseReport databaseIn(const QJsonObject &object)
{
    DatabaseReport report{.problem = text(object["problem"_L1])};
    PoolGauges &pool = report.pool;
    pool.database = text(object["database"_L1]);
    for (const auto breaker : {PoolGauges::Breaker::Open, PoolGauges::Breaker::HalfOpen}) {
        if (object["breaker"_L1].toString() == breakerName(breaker))
            pool.breaker = breaker;
    }
    pool.retryIn = milliseconds(object["retry_in_s"_L1]);
    pool.waited = microseconds(object["waited_s"_L1]);
    for (const auto &[key, member] : levels)
        pool.*member = object[key].toInt();
    for (const auto &[key, member] : counters)
        pool.*member = countIn(object[key]);
    const QJsonArray holders = object["holders"_L1].toArray();
    for (const QJsonValue &holder : holders) {
        pool.holders.push_back({.operation = text(holder["operation"_L1]),
                                .statement = text(holder["statement"_L1]),
                                .age = milliseconds(holder["age_s"_L1])});
    }
    return report;
}

QJsonObject objectOf(const StatementTotals &totals)
{
    QJsonArray histogram;
    for (const quint64 calls : totals.histogram)
        histogram.append(count(calls));
    return {{u"database"_s, totals.database},
            {u"statement"_s, totals.statement},
            {u"calls"_s, count(totals.calls)},
            {u"failures"_s, count(totals.failures)},
            {u"total_s"_s, seconds(totals.total)},
            {u"longest_s"_s, seconds(totals.longest)},
            {u"histogram"_s, histogram}};
}

StatementTotals totalsIn(const QJsonValue &object)
{
    StatementTotals totals{.database = text(object["database"_L1]),
                           .statement = text(object["statement"_L1]),
                           .calls = countIn(object["calls"_L1]),
                           .failures = countIn(object["failures"_L1]),
                           .total = microseconds(object["total_s"_L1]),
                           .longest = microseconds(object["longest_s"_L1])};
    const QJsonArray histogram = object["histogram"_L1].toArray();
    for (size_t i = 0; i < totals.histogram.size(); ++i)
        totals.histogram[i] = countIn(histogram.at(static_cast<qsizetype>(i)));
    return totals;
}

QJsonObject objectOf(const SlowStatement &slow)
{
    return {{u"at"_s, timeText(slow.at)},     {u"database"_s, slow.database},
            {u"desk"_s, slow.desk},           {u"operation"_s, slow.operation},
            {u"statement"_s, slow.statement}, {u"seconds"_s, seconds(slow.taken)},
            {u"ended"_s, slow.ended}};
}

SlowStatement slowIn(const QJsonValue &object)
{
    return {.at = timeIn(object["at"_L1]),
            .database = text(object["database"_L1]),
            .desk = text(object["desk"_L1]),
            .operation = text(object["operation"_L1]),
            .statement = text(object["statement"_L1]),
            .taken = milliseconds(object["seconds"_L1]),
            .ended = text(object["ended"_L1])};
}

template <typename List>
QJsonArray arrayOf(const List &list)
{
    QJsonArray array;
    for (const auto &item : list)
        array.append(objectOf(item));
    return array;
}

} // namespace

QString breakerName(PoolGauges::Breaker breaker)
{
    switch (breaker) {
    case PoolGauges::Breaker::Open:
        return u"open"_s;
    case PoolGauges::Breaker::HalfOpen:
        return u"half_open"_s;
    case PoolGauges::Breaker::Closed:
        break;
    }
    return u"closed"_s;
}

QJsonObject ProgramReport::toJson() const
{
    QJsonArray bounds;
    for (const auto bound : histogramBounds)
        bounds.append(seconds(bound));
    return {{u"pid"_s, pid},
            {u"program"_s, program},
            {u"version"_s, version},
            {u"desk"_s, desk},
            {u"started_at"_s, timeText(startedAt)},
            {u"as_of"_s, timeText(asOf)},
            {u"databases"_s, arrayOf(databases)},
            {u"statements"_s, arrayOf(statements)},
            {u"histogram_bounds_s"_s, bounds},
            {u"slow_after_s"_s, seconds(slowAfter)},
            {u"slow_count"_s, count(slowCount)},
            {u"slow"_s, arrayOf(slow)}};
}

std::optional<ProgramReport> ProgramReport::fromJson(const QJsonObject &object)
{
    ProgramReport report{.pid = object["pid"_L1].toInteger(),
                         .program = text(object["program"_L1]),
                         .version = text(object["version"_L1]),
                         .desk = text(object["desk"_L1]),
                         .startedAt = timeIn(object["started_at"_L1]),
                         .asOf = timeIn(object["as_of"_L1]),
                         .slowAfter = milliseconds(object["slow_after_s"_L1]),
                         .slowCount = countIn(object["slow_count"_L1])};
    for (const auto key : {"databases"_L1, "statements"_L1, "slow"_L1}) {
        if (!object[key].isArray())
            return std::nullopt;
    }
    if (report.pid <= 0 || report.program.isEmpty() || !report.startedAt.isValid())
        return std::nullopt;
    const QJsonArray databases = object["databases"_L1].toArray();
    for (const QJsonValue &database : databases)
        report.databases.push_back(databaseIn(database.toObject()));
    const QJsonArray statements = object["statements"_L1].toArray();
    for (const QJsonValue &statement : statements)
        report.statements.push_back(totalsIn(statement));
    const QJsonArray slow = object["slow"_L1].toArray();
    for (const QJsonValue &statement : slow)
        report.slow.push_back(slowIn(statement));
    return report;
}

ProgramReport reportOf(const Cluster &cluster, const QDateTime &startedAt)
{
    const StatementLog &log = cluster.statementLog();
    ProgramReport report{.pid = QCoreApplication::applicationPid(),
                         .program = QCoreApplication::applicationName(),
                         .version = QCoreApplication::applicationVersion(),
                         .desk = log.desk(),
                         .startedAt = startedAt,
                         .asOf = QDateTime::currentDateTimeUtc(),
                         .statements = log.totals(),
                         .slowAfter = log.slowAfter(),
                         .slowCount = log.slowCount(),
                         .slow = log.slow()};
    for (const Database *database : cluster.databasesInUse()) {
        const Reachability known = database->reachability();
        report.databases.push_back(
            {.pool = database->gauges(), .problem = known.error ? known.error->message : QString()});
    }
    return report;
}

} // namespace Branchline
