// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"
#include "tests/support/tcpproxy.h"

#include <map>

namespace Branchline {

/// A prepared library with a proxy in front of each database, for tests of what happens when servers and
/// networks fail. Databases are named "main" and "<shard>_shard"; the programs under test reach them through
/// the proxies, the test itself (library()) goes directly.
///
/// With Servers::Separate each database has a server of that name, which can be stopped, killed and frozen
/// alone; Servers::Shared is the cheap kind for faults of the network only, with as many shards as wanted.
class FaultLibrary final
{
public:
    explicit FaultLibrary(TestLibrary::Servers servers = TestLibrary::Servers::Separate,
                          QStringList shards = {QStringLiteral("alpha"), QStringLiteral("beta")});

    /// False with errorText() when the servers or the proxies do not start.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_errorText; }

    [[nodiscard]] PreparedLibrary &library() { return m_library; }
    [[nodiscard]] TestLibrary &servers() { return m_library.servers(); }
    [[nodiscard]] TcpProxy &proxy(const QString &database) { return *m_proxies.at(database); }
    [[nodiscard]] QStringList databases() const;
    [[nodiscard]] QStringList shards() const { return m_library.shards(); }

    /// The address of a database through its proxy.
    [[nodiscard]] ConnectionUrl url(const QString &database,
                                    const QString &user = QStringLiteral("librarian")) const;
    /// A program's settings: all databases through the proxies. Change it and hand it to newCluster().
    [[nodiscard]] ClusterConfig config(const QString &user = QStringLiteral("librarian")) const;
    /// What config() says, as DATABASE_URL, SHARDING_BRANCHES and DATABASE_URL_<NAME>, for branchlinectl.
    [[nodiscard]] QMap<QString, QString> environment(const QString &user = QStringLiteral("librarian")) const;
    /// A program through the proxies, its directory read (or taken from disk when main is away).
    [[nodiscard]] std::unique_ptr<Cluster>
    newCluster(const QString &application = QStringLiteral("fault desk"),
               std::optional<ClusterConfig> config = {}) const;

    /// Stops a server as an administrator would (fast) and starts it again. End the test when that fails.
    void stopServer(const QString &name);
    void startServer(const QString &name);
    /// Kills the first process of a server and waits until all of its processes are gone, so that
    /// startServer() may follow at once.
    void kill9(const QString &name);
    /// Gives staff the right to call a function of a database, or takes it away.
    void setMayCall(const QString &database, const QString &function, bool may);
    /// Ends every fault: proxies healed, servers thawed and running.
    void heal();

    /// The server's processes for the sessions of a program, by its application_name (a LIKE pattern).
    [[nodiscard]] QList<qint64> backends(const QString &database, const QString &application);
    /// Sends a signal to one server process; false when there is none.
    [[nodiscard]] static bool signal(qint64 process, int number);

private:
    const TestLibrary::Servers m_kind;
    PreparedLibrary m_library;
    std::map<QString, std::unique_ptr<TcpProxy>> m_proxies;
    QString m_errorText;
};

} // namespace Branchline
