// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"
#include "db/connection/database.h"
#include "db/connection/statementlog.h"
#include "db/routing/directorycache.h"
#include "db/routing/fanoutgate.h"

#include <map>
#include <vector>

namespace Branchline {

/// The main database, the shards and the placement directory of one library, as this program sees them. It
/// opens a connection to a database when the first call for it arrives. All functions are thread-safe and
/// wait for nothing.
class Cluster final
{
public:
    /// `application` appears in the servers' session lists, such as "branchline desk-3".
    Cluster(ClusterConfig config, const QString &application);
    ~Cluster();
    Q_DISABLE_COPY_MOVE(Cluster)

    [[nodiscard]] const ClusterConfig &config() const { return m_config; }
    [[nodiscard]] Watchdog &watchdog() { return m_watchdog; }
    /// How long the statements on all its databases took.
    [[nodiscard]] const StatementLog &statementLog() const { return *m_statementLog; }
    [[nodiscard]] FanOutGate &fanOutGate() { return m_fanOutGate; }
    [[nodiscard]] Database &main() { return *m_main; }
    /// A pool of its own to main with one connection, for long work that must not stand before the desk's
    /// calls. Stop or destroy it before the cluster.
    [[nodiscard]] std::unique_ptr<Database> newMain();
    /// A shard by its bare name; null when neither the settings nor main know its address. It lives as long
    /// as the cluster. When main gives the shard another address, this is another object from then on; calls
    /// of the old one still go to the old address, so ask for it anew for each call.
    [[nodiscard]] Database *shard(const QString &name);
    /// Main and the shards that were asked for so far, where they are now; they live as long as the cluster.
    [[nodiscard]] std::vector<const Database *> databasesInUse() const;
    /// The shards that belong to this library: those of SHARDING_BRANCHES, else those of main's list, and in
    /// both cases those that a placement names. Sorted by name.
    [[nodiscard]] QStringList shardNames() const;
    /// The pools of all databases that were used: main, then the shards by name.
    [[nodiscard]] std::vector<PoolGauges> gauges() const;

    /// The last directory read; empty before the first.
    [[nodiscard]] DirectoryPtr directory() const;
    /// Reads the directory from main and keeps a copy on disk (DirectoryCache). While main cannot be reached
    /// and none was read before, the copy of an earlier run serves. No file is opened in the caller's thread.
    QFuture<Result<DirectoryPtr>> refreshDirectory();

    /// Runs `task(Session &, const BranchEntry &)` on the shard of a branch. A stale-placement answer reads
    /// the directory again and goes to the new shard, once, with the same task and so with the same request
    /// id. All of it together has the call's deadline.
    template <typename Task>
    auto onBranch(const QUuid &branch, const Call &call, Task task)
        -> QFuture<Result<std::invoke_result_t<Task, Session &, const BranchEntry &>>>
    {
        using Value = std::invoke_result_t<Task, Session &, const BranchEntry &>;
        auto promise = std::make_shared<QPromise<Result<Value>>>();
        promise->start();
        auto future = promise->future();
        submitOnBranch<Value>(branch, call, std::move(task), [promise](Result<Value> result) {
            promise->addResult(std::move(result));
            promise->finish();
        });
        return future;
    }

    /// The same with a callback, which must not block and runs where Database::submit() or submitRefresh()
    /// says.
    template <typename Value>
    void submitOnBranch(const QUuid &branch, const Call &call,
                        std::function<Value(Session &, const BranchEntry &)> task,
                        std::function<void(Result<Value>)> done)
    {
        const auto end = Watchdog::Clock::now() + call.deadline;
        tryOnBranch<Value>(branch, call, task, [=, this](Result<Value> result) {
            if (result.isOk() || result.error().kind != DbErrorKind::StalePlacement)
                return done(std::move(result));
            // An earlier try may have been done before the branch was fenced; no later failure changes that.
            const auto last = [done, mayBeDone = result.error().outcomeUnknown](Result<Value> next) {
                if (next || !mayBeDone)
                    return done(std::move(next));
                DbError error = next.error();
                error.outcomeUnknown = true;
                done(std::move(error));
            };
            submitRefresh(
                [=, this](const Result<DirectoryPtr> &refreshed) {
                    if (!refreshed)
                        return last(refreshed.error());
                    tryOnBranch<Value>(branch, call.until(end), task, last);
                },
                end);
        });
    }

    /// Reads the directory from main, by `end` at the latest, and calls `done` as Database::submit() does, or
    /// in a thread of the cluster when the disk has to be asked.
    void submitRefresh(std::function<void(Result<DirectoryPtr>)> done,
                       Watchdog::Clock::time_point end = Watchdog::Clock::time_point::max());

private:
    template <typename Value>
    void tryOnBranch(const QUuid &branch, const Call &call,
                     const std::function<Value(Session &, const BranchEntry &)> &task,
                     std::function<void(Result<Value>)> done)
    {
        const auto where = locate(branch);
        if (!where)
            return done(where.error());
        where->first->submit<Value>(
            call, [task, entry = where->second](Session &session) { return task(session, entry); },
            std::move(done));
    }

    /// The database and the entry of a branch, or why there is none.
    [[nodiscard]] Result<std::pair<Database *, BranchEntry>> locate(const QUuid &branch);
    /// `number` counts the reads in the order of their beginnings: several may run at the same time.
    void adopt(const DirectoryPtr &directory, quint64 number);
    /// Whether the copy of an earlier run was taken: nothing if main has answered meanwhile.
    [[nodiscard]] bool adoptCopy(const DirectoryPtr &copy);
    void retireMovedShards();
    [[nodiscard]] std::unique_ptr<Database> openMain(const PoolSettings &pool);
    [[nodiscard]] SessionSettings settingsFor(const QString &database, const ConnectionUrl &url) const;
    [[nodiscard]] ConnectionUrl urlOfShard(const QString &name) const;
    [[nodiscard]] QString cacheFile() const;

    const ClusterConfig m_config;
    const QString m_application;
    const std::shared_ptr<StatementLog> m_statementLog;
    Watchdog m_watchdog; ///< outlives the databases that use it
    FanOutGate m_fanOutGate;
    DirectoryCache m_directoryCache;

    mutable std::mutex m_mutex;
    DirectoryPtr m_directory = std::make_shared<const Directory>();
    quint64 m_adopted = 0; ///< number of the read that m_directory is from
    std::atomic<quint64> m_refreshes = 0;
    std::map<QString, std::unique_ptr<Database>> m_shards;
    std::vector<std::unique_ptr<Database>> m_retired; ///< at old addresses; somebody may hold a pointer
    bool m_closing = false;
    std::unique_ptr<Database> m_main;
};

} // namespace Branchline
