// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/cluster.h"

#include "db/config/serveraddress.h"
#include "db/routing/shardidentity.h"
#include "db/schema/history.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QStandardPaths>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const Call readDirectory{"read the directory"_L1, std::chrono::milliseconds(6000), true};

QString tr(const char *text)
{
    return QCoreApplication::translate("Cluster", text);
}

} // namespace

Cluster::Cluster(ClusterConfig config, const QString &application)
    : m_config(std::move(config))
    , m_application(application)
    , m_statementLog(std::make_shared<StatementLog>(application, m_config.slowQuery))
    , m_directoryCache(cacheFile())
    , m_main(openMain(m_config.pool))
{}

Cluster::~Cluster()
{
    // Workers hand calls on to each other, so all threads end before the first object goes, and none of them
    // adds a shard meanwhile.
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    std::vector<Database *> databases{m_main.get()};
    for (const auto &[name, database] : m_shards)
        databases.push_back(database.get());
    for (const auto &database : m_retired)
        databases.push_back(database.get());
    // All at once, so that their times of grace run together.
    for (Database *database : databases)
        database->requestStop();
    for (Database *database : databases)
        database->stop();
    m_directoryCache.stop();
    // Deadlines of questions to all shards are nobody's calls. What they end asks for the next one.
    m_watchdog.stop();
}

std::unique_ptr<Database> Cluster::newMain()
{
    PoolSettings one = m_config.pool;
    one.size = 1;
    one.maxOverflow = 0;
    return openMain(one);
}

std::unique_ptr<Database> Cluster::openMain(const PoolSettings &pool)
{
    return std::make_unique<Database>(
        settingsFor(u"main"_s, m_config.main), m_watchdog,
        [](Session &s) { requireSchema(s, DatabaseRole::Main); }, pool);
}

SessionSettings Cluster::settingsFor(const QString &database, const ConnectionUrl &url) const
{
    return {.database = database,
            .url = url,
            .application = m_application,
            .statementTimeout = m_config.statementTimeout,
            .lockTimeout = std::min(m_config.statementTimeout, std::chrono::milliseconds(2000)),
            .echo = m_config.sqlEcho,
            .statementLog = m_statementLog};
}

ConnectionUrl Cluster::urlOfShard(const QString &name) const
{
    if (m_config.shardUrls.contains(name))
        return m_config.shardUrls.value(name);
    if (m_config.shardNames && !m_config.shardNames->contains(name))
        return {};
    const ShardEntry *entry = m_directory->shard(name);
    if (!entry)
        return {};
    // Who signs in and how TLS is checked is the workstation's business: taken from main's address, which may
    // have been a socket and so without protection.
    const ConnectionUrl url = m_config.main.with(u"host"_s, entry->host)
                                  .with(u"hostaddr"_s, {})
                                  .with(u"port"_s, entry->port)
                                  .with(u"dbname"_s, entry->database);
    return secured(url, m_config.security, m_config.policy);
}

Database *Cluster::shard(const QString &name)
{
    const std::lock_guard lock(m_mutex);
    const auto known = m_shards.find(name);
    if (known != m_shards.end())
        return known->second.get();
    const ConnectionUrl url = m_closing ? ConnectionUrl() : urlOfShard(name);
    if (url.isEmpty())
        return nullptr;
    auto database = std::make_unique<Database>(
        settingsFor(name + "_shard"_L1, url), m_watchdog,
        [name](Session &s) {
            requireSchema(s, DatabaseRole::Shard);
            requireIdentity(s, name);
        },
        m_config.pool);
    return m_shards.emplace(name, std::move(database)).first->second.get();
}

std::vector<const Database *> Cluster::databasesInUse() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<const Database *> databases{m_main.get()};
    for (const auto &[name, database] : m_shards)
        databases.push_back(database.get());
    return databases;
}

QStringList Cluster::shardNames() const
{
    const DirectoryPtr known = directory();
    QStringList names;
    if (m_config.shardNames) {
        names = *m_config.shardNames;
    } else {
        for (const ShardEntry &shard : known->shards())
            names << shard.name;
    }
    for (const BranchEntry &branch : known->branches()) {
        if (!branch.shard.isEmpty())
            names << branch.shard;
    }
    names.removeDuplicates();
    names.sort();
    return names;
}

std::vector<PoolGauges> Cluster::gauges() const
{
    std::vector<PoolGauges> list;
    for (const Database *database : databasesInUse())
        list.push_back(database->gauges());
    return list;
}

DirectoryPtr Cluster::directory() const
{
    const std::lock_guard lock(m_mutex);
    return m_directory;
}

QFuture<Result<DirectoryPtr>> Cluster::refreshDirectory()
{
    auto promise = std::make_shared<QPromise<Result<DirectoryPtr>>>();
    promise->start();
    auto future = promise->future();
    submitRefresh([promise](Result<DirectoryPtr> result) {
        promise->addResult(std::move(result));
        promise->finish();
    });
    return future;
}

void Cluster::submitRefresh(std::function<void(Result<DirectoryPtr>)> done, Watchdog::Clock::time_point end)
{
    auto number = std::make_shared<quint64>(0);
    m_main->submit<DirectoryPtr>(
        end == Watchdog::Clock::time_point::max() ? readDirectory : readDirectory.until(end),
        [this, number](Session &session) {
            *number = ++m_refreshes;
            return Directory::read(session);
        },
        [this, number, done = std::move(done)](Result<DirectoryPtr> result) {
            if (result)
                adopt(*result, *number);
            if (result || !result.error().isUnavailable() || !directory()->shards().empty())
                return done(std::move(result));
            m_directoryCache.fetch([this, done, error = result.error()](const DirectoryPtr &copy) {
                done(adoptCopy(copy) ? Result<DirectoryPtr>(copy) : Result<DirectoryPtr>(error));
            });
        });
}

Result<std::pair<Database *, BranchEntry>> Cluster::locate(const QUuid &branch)
{
    const DirectoryPtr known = directory();
    const BranchEntry *entry = known->branch(branch);
    if (!entry) {
        return DbError{.kind = DbErrorKind::NotFound,
                       .message = tr("This branch is not in the directory."),
                       .hint = tr("List the branches with “branchlinectl branch list”.")};
    }
    if (entry->shard.isEmpty()) {
        return DbError{.kind = DbErrorKind::NotFound,
                       .message = tr("The branch %1 has not been placed on a shard yet.").arg(entry->name),
                       .hint =
                           tr("Run “branchlinectl branch add” for it again: it finishes what was begun.")};
    }
    Database *database = shard(entry->shard);
    if (!database) {
        return DbError{.kind = DbErrorKind::NotConfigured,
                       .message = tr("The branch %1 lives on the shard %2, which is not configured here.")
                                      .arg(entry->name, entry->shard),
                       .hint = tr("Add %1 to SHARDING_BRANCHES, or remove that variable.").arg(entry->shard),
                       .database = entry->shard + "_shard"_L1};
    }
    return std::pair{database, *entry};
}

void Cluster::adopt(const DirectoryPtr &directory, quint64 number)
{
    {
        const std::lock_guard lock(m_mutex);
        if (number < m_adopted) // what began to be read later is there already
            return;
        m_adopted = number;
        m_directory = directory;
        retireMovedShards();
    }
    m_directoryCache.keep(directory, number);
}

bool Cluster::adoptCopy(const DirectoryPtr &copy)
{
    const std::lock_guard lock(m_mutex);
    if (!copy || m_adopted > 0)
        return false;
    m_directory = copy;
    return true;
}

/// With the mutex held. The old pool gets no more calls and closes its connections by itself.
void Cluster::retireMovedShards()
{
    for (auto at = m_shards.begin(); at != m_shards.end() && !m_closing;) {
        const ConnectionUrl url = urlOfShard(at->first);
        // A shard that is no longer in the list stays reachable for those who know it.
        if (url.isEmpty() || url == at->second->url()) {
            ++at;
            continue;
        }
        m_retired.push_back(std::move(at->second));
        at = m_shards.erase(at);
    }
}

QString Cluster::cacheFile() const
{
    const QByteArray key =
        QCryptographicHash::hash(serverKey(m_config.main).toUtf8(), QCryptographicHash::Sha256)
            .toHex()
            .left(16);
    return QStandardPaths::writableLocation(QStandardPaths::GenericCacheLocation) +
           "/branchline/directory-"_L1 + QString::fromLatin1(key) + ".json"_L1;
}

} // namespace Branchline
