// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/statementlog.h"

#include <QByteArray>

#include <algorithm>
#include <map>
#include <unordered_map>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr QLatin1StringView others{"(other)"};

/// Names as they are looked up, without a copy.
struct Names
{
    QStringView database;
    QLatin1StringView statement;
    bool operator==(const Names &) const = default;
};

struct OwnNames
{
    QString database;
    QByteArray statement; ///< a copy: a name may have been put together on its caller's stack
    [[nodiscard]] Names view() const { return {database, QLatin1StringView(statement)}; }
};

size_t hashOf(const Names &names)
{
    return qHash(names.database) ^ (qHash(names.statement) << 1);
}

struct Hash
{
    using is_transparent = void;
    size_t operator()(const Names &names) const { return hashOf(names); }
    size_t operator()(const OwnNames &names) const { return hashOf(names.view()); }
};

struct Equal
{
    using is_transparent = void;
    bool operator()(const OwnNames &a, const OwnNames &b) const { return a.view() == b.view(); }
    bool operator()(const Names &a, const OwnNames &b) const { return a == b.view(); }
    bool operator()(const OwnNames &a, const Names &b) const { return a.view() == b; }
};

struct Sums
{
    quint64 calls = 0;
    quint64 failures = 0;
    std::chrono::microseconds total{0};
    std::chrono::microseconds longest{0};
    decltype(StatementTotals::histogram) histogram{};
};

size_t classOf(std::chrono::microseconds taken)
{
    const auto bound = std::lower_bound(histogramBounds.begin(), histogramBounds.end(), taken);
    return static_cast<size_t>(bound - histogramBounds.begin());
}

void add(StatementTotals &to, const Sums &sums)
{
    to.calls += sums.calls;
    to.failures += sums.failures;
    to.total += sums.total;
    to.longest = std::max(to.longest, sums.longest);
    for (size_t i = 0; i < to.histogram.size(); ++i)
        to.histogram[i] += sums.histogram[i];
}

} // namespace

struct alignas(64) StatementLog::Shelf
{
    std::mutex mutex;
    std::unordered_map<OwnNames, Sums, Hash, Equal> sums;

    Sums &of(const Names &names)
    {
        const auto known = sums.find(names);
        if (known != sums.end())
            return known->second;
        if (sums.size() < namesPerShelf || names.statement == others)
            return sums[{names.database.toString(), {names.statement.data(), names.statement.size()}}];
        return of({names.database, others});
    }
};

StatementLog::StatementLog(QString desk, std::chrono::milliseconds slowAfter)
    : m_desk(std::move(desk))
    , m_slowAfter(slowAfter)
    , m_shelves(std::make_unique<Shelf[]>(shelfCount))
{}

StatementLog::~StatementLog() = default;

void StatementLog::record(const StatementTime &time)
{
    const Names names{time.database, time.statement};
    {
        Shelf &shelf = m_shelves[hashOf(names) % shelfCount];
        const std::lock_guard lock(shelf.mutex);
        Sums &sums = shelf.of(names);
        ++sums.calls;
        sums.failures += time.failure ? 1 : 0;
        sums.total += time.taken;
        sums.longest = std::max(sums.longest, time.taken);
        ++sums.histogram[classOf(time.taken)];
    }
    if (time.taken >= m_slowAfter)
        recordSlow(time);
}

void StatementLog::recordSlow(const StatementTime &time)
{
    SlowStatement slow{.at = QDateTime::currentDateTimeUtc(),
                       .database = time.database.toString(),
                       .desk = m_desk,
                       .operation = time.operation,
                       .statement = time.statement,
                       .taken = std::chrono::duration_cast<std::chrono::milliseconds>(time.taken),
                       .ended = time.failure ? DbError{.kind = *time.failure}.kindName() : u"ok"_s};
    const std::lock_guard lock(m_slowMutex);
    if (m_slow.size() < slowLimit)
        m_slow.push_back(std::move(slow));
    else
        m_slow[m_slowCount % slowLimit] = std::move(slow);
    ++m_slowCount;
}

std::vector<StatementTotals> StatementLog::totals() const
{
    std::map<std::pair<QString, QString>, StatementTotals> sorted;
    for (size_t i = 0; i < shelfCount; ++i) {
        Shelf &shelf = m_shelves[i];
        const std::lock_guard lock(shelf.mutex);
        for (const auto &[names, sums] : shelf.sums) {
            const QString statement = QString::fromLatin1(names.statement);
            StatementTotals &to = sorted[{names.database, statement}];
            to.database = names.database;
            to.statement = statement;
            add(to, sums);
        }
    }
    std::vector<StatementTotals> all;
    all.reserve(sorted.size());
    for (auto &[names, totals] : sorted)
        all.push_back(std::move(totals));
    return all;
}

std::vector<SlowStatement> StatementLog::slow() const
{
    const std::lock_guard lock(m_slowMutex);
    std::vector<SlowStatement> newestFirst;
    newestFirst.reserve(m_slow.size());
    for (quint64 i = 0; i < m_slow.size(); ++i)
        newestFirst.push_back(m_slow[(m_slowCount - 1 - i) % slowLimit]);
    return newestFirst;
}

quint64 StatementLog::slowCount() const
{
    const std::lock_guard lock(m_slowMutex);
    return m_slowCount;
}

} // namespace Branchline
