// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/branchline-bench/benchlibrary.h"

using namespace Qt::StringLiterals;

namespace Branchline::Bench {

namespace {

QString needed(const char *name)
{
    const QString value = qEnvironmentVariable(name);
    if (value.isEmpty()) {
        throw DbException({.kind = DbErrorKind::Configuration,
                           .message = u"%1 is not set."_s.arg(QString::fromLatin1(name)),
                           .hint = u"./dev bench sets it; see docs/BENCHMARKS.md."_s});
    }
    return value;
}

} // namespace

BenchLibrary BenchLibrary::fromEnvironment()
{
    for (const char *name : {"PGHOST", "PGPORT", "PGUSER"})
        (void)needed(name);
    BenchLibrary library{.shards = {}, .data = qEnvironmentVariable("BENCH_DATA")};
    const int count = needed("BENCH_SHARDS").toInt();
    if (count < 1 || count > 16) {
        throw DbException({.kind = DbErrorKind::Configuration,
                           .message = u"BENCH_SHARDS is a number from 1 to 16."_s,
                           .hint = u"Correct it and start again."_s});
    }
    for (int i = 1; i <= count; ++i)
        library.shards << u"s%1"_s.arg(i);
    return library;
}

QString BenchLibrary::shardDatabase(const QString &shard)
{
    return mainDatabase + u'_' + shard;
}

ConnectionUrl BenchLibrary::url(const QString &database, const QString &login)
{
    return ConnectionUrl()
        .with(u"host"_s, qEnvironmentVariable("PGHOST"))
        .with(u"port"_s, qEnvironmentVariable("PGPORT"))
        .with(u"dbname"_s, database)
        .with(u"user"_s, login.isEmpty() ? qEnvironmentVariable("PGUSER") : login);
}

std::unique_ptr<Session> openAdmin(const QString &database)
{
    auto session = std::make_unique<Session>(SessionSettings{.database = database,
                                                             .url = BenchLibrary::url(database),
                                                             .application = u"branchline bench"_s,
                                                             .statementTimeout = {},
                                                             .lockTimeout = {}});
    session->open();
    return session;
}

BenchCluster::BenchCluster(const QString &login, const QString &mainDatabase)
{
    qputenv("XDG_CACHE_HOME", m_cache.path().toLocal8Bit());
    ClusterConfig config;
    config.main = BenchLibrary::url(mainDatabase, login);
    m_cluster = std::make_unique<Cluster>(config, u"branchline bench"_s);
    (void)await(m_cluster->refreshDirectory()).valueOrThrow();
}

} // namespace Branchline::Bench
