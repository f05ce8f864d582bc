// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QCoreApplication>
#include <QDateTime>

namespace Branchline {

/// What one shard said in a fan-out.
template <typename Value>
struct ShardAnswer
{
    QString shard; ///< bare name
    Result<Value> result;
};

/// The answers of all shards. A figure made of them is only ever shown with `answered` of `total` and
/// `missing`.
template <typename Value>
struct Combined
{
    std::vector<ShardAnswer<Value>> shards; ///< by name; every shard of the library is here
    QDateTime asOf;                         ///< UTC, when the last answer came or the deadline passed

    [[nodiscard]] int total() const { return static_cast<int>(shards.size()); }
    [[nodiscard]] int answered() const { return total() - static_cast<int>(missing().size()); }
    [[nodiscard]] bool isComplete() const { return missing().isEmpty(); }
    [[nodiscard]] QStringList missing() const
    {
        QStringList names;
        for (const auto &answer : shards) {
            if (!answer.result.isOk())
                names << answer.shard;
        }
        return names;
    }
};

namespace Internal {

/// Collects answers until all are there or the deadline passes; late ones are dropped.
template <typename Value>
class Collector
{
public:
    Collector(const QStringList &names, std::function<void(Combined<Value>)> done)
        : m_done(std::move(done))
    {
        for (const QString &name : names) {
            DbError late{.kind = DbErrorKind::Timeout, .database = name + QStringLiteral("_shard")};
            late.message =
                QCoreApplication::translate("FanOut", "%1 did not answer in time.").arg(late.database);
            m_combined.shards.push_back({name, late});
        }
        m_open = m_combined.shards.size();
    }

    void answer(size_t index, Result<Value> result)
    {
        std::unique_lock lock(m_mutex);
        if (m_finished)
            return;
        m_combined.shards[index].result = std::move(result);
        if (--m_open == 0)
            finish(lock);
    }

    void expire()
    {
        std::unique_lock lock(m_mutex);
        if (!m_finished)
            finish(lock);
    }

private:
    void finish(std::unique_lock<std::mutex> &lock)
    {
        m_finished = true;
        m_combined.asOf = QDateTime::currentDateTimeUtc();
        lock.unlock();
        m_done(std::move(m_combined));
    }

    std::mutex m_mutex;
    Combined<Value> m_combined;
    std::function<void(Combined<Value>)> m_done;
    size_t m_open = 0;
    bool m_finished = false;
};

} // namespace Internal

/// Runs `task(Session &)` on every shard at once and calls `done` with what came by `call.deadline`, in a
/// worker's thread, where it must not block. The directory must have been read. Never blocks.
template <typename Value>
void fanOutTo(Cluster &cluster, const Call &call, std::function<Value(Session &)> task,
              std::function<void(Combined<Value>)> done)
{
    const QStringList names = cluster.shardNames();
    auto collector = std::make_shared<Internal::Collector<Value>>(names, std::move(done));
    if (names.isEmpty())
        collector->expire();
    cluster.watchdog().arm(Watchdog::Clock::now() + call.deadline, [collector] { collector->expire(); });
    for (qsizetype i = 0; i < names.size(); ++i) {
        const auto index = static_cast<size_t>(i);
        Database *database = cluster.shard(names.at(i));
        if (!database) {
            DbError error{.kind = DbErrorKind::NotConfigured,
                          .database = names.at(i) + QStringLiteral("_shard")};
            error.message =
                QCoreApplication::translate("FanOut", "%1 is not configured.").arg(error.database);
            collector->answer(index, error);
            continue;
        }
        database->submit<Value>(call, task, [collector, index](Result<Value> result) {
            collector->answer(index, std::move(result));
        });
    }
}

/// The same with a future.
template <typename Task>
auto fanOut(Cluster &cluster, const Call &call, Task task)
    -> QFuture<Combined<std::invoke_result_t<Task, Session &>>>
{
    using Value = std::invoke_result_t<Task, Session &>;
    auto promise = std::make_shared<QPromise<Combined<Value>>>();
    promise->start();
    auto future = promise->future();
    fanOutTo<Value>(cluster, call, std::move(task), [promise](Combined<Value> combined) {
        promise->addResult(std::move(combined));
        promise->finish();
    });
    return future;
}

} // namespace Branchline
