// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QTemporaryDir>

#include <map>

namespace Branchline::Bench {

/// The library that is measured: databases of its own on the server of PGHOST, PGPORT and PGUSER, a superuser
/// that everybody there may be. A desk signs in as an ordinary member of the staff.
struct BenchLibrary
{
    QStringList shards; ///< bare names
    QString data;       ///< folder of the CSV files, BENCH_DATA

    /// From the environment: PGHOST, PGPORT, PGUSER, BENCH_SHARDS and BENCH_DATA. Throws DbException.
    [[nodiscard]] static BenchLibrary fromEnvironment();

    /// The login of the desks, and a right-hand of the library that sets it up.
    static constexpr QLatin1StringView deskLogin{"bench_desk"};
    static constexpr QLatin1StringView adminLogin{"bench_librarian"};

    static constexpr QLatin1StringView mainDatabase{"branchline_bench"};
    /// What an import goes into, made anew from the other one for each.
    static constexpr QLatin1StringView importDatabase{"branchline_bench_import"};
    static constexpr QLatin1StringView importTemplate{"branchline_bench_import_empty"};
    [[nodiscard]] static QString shardDatabase(const QString &shard);

    /// The address of a database of the server; without a login that of the superuser.
    [[nodiscard]] static ConnectionUrl url(const QString &database, const QString &login = {});
};

/// A superuser's session without a limit of time; throws DbException.
[[nodiscard]] std::unique_ptr<Session> openAdmin(const QString &database);

/// The library as a program sees it that signs in with `login`, its directory read. Throws DbException.
class BenchCluster final
{
public:
    explicit BenchCluster(const QString &login, const QString &mainDatabase = BenchLibrary::mainDatabase);
    [[nodiscard]] Cluster &operator*() const { return *m_cluster; }
    [[nodiscard]] Cluster *operator->() const { return m_cluster.get(); }

private:
    QTemporaryDir m_cache; ///< the directory's copy on disk is nobody else's
    std::unique_ptr<Cluster> m_cluster;
};

} // namespace Branchline::Bench
