// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faultlibrary.h"

#include <QDeadlineTimer>
#include <QFileInfo>
#include <QThread>

#include <csignal>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int endDeadlineMs = 20'000;

/// The processes that a process has started.
QList<qint64> childrenOf(qint64 process)
{
    QFile file(u"/proc/%1/task/%1/children"_s.arg(process));
    QList<qint64> children;
    if (!file.open(QIODevice::ReadOnly))
        return children;
    const QList<QByteArray> words = file.readAll().simplified().split(' ');
    for (const QByteArray &word : words) {
        if (const qint64 child = word.toLongLong(); child > 0)
            children << child;
    }
    return children;
}

/// A process that has ended but was not collected yet counts as gone.
bool isAlive(qint64 process)
{
    QFile file(u"/proc/%1/stat"_s.arg(process));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray stat = file.readAll();
    return stat.mid(stat.lastIndexOf(')') + 2, 1) != "Z";
}

void awaitEnd(const QList<qint64> &processes)
{
    const QDeadlineTimer deadline(endDeadlineMs);
    for (const qint64 process : processes) {
        while (isAlive(process)) {
            if (deadline.hasExpired())
                qFatal("The process %lld of a killed server does not end.", process);
            QThread::msleep(2);
        }
    }
}

} // namespace

FaultLibrary::FaultLibrary(TestLibrary::Servers servers, QStringList shards)
    : m_kind(servers)
    , m_library(servers, std::move(shards))
{}

bool FaultLibrary::start()
{
    if (!m_library.start()) {
        m_errorText = m_library.errorText();
        return false;
    }
    for (const QString &database : databases()) {
        const ConnectionUrl behind = servers().url(database);
        auto proxy = std::make_unique<TcpProxy>(ProxyTarget{behind.host(), behind.port().toInt()});
        if (!proxy->start()) {
            m_errorText = proxy->errorText();
            return false;
        }
        m_proxies.emplace(database, std::move(proxy));
    }
    return true;
}

QStringList FaultLibrary::databases() const
{
    QStringList names{u"main"_s};
    for (const QString &shard : m_library.shards())
        names << shard + "_shard"_L1;
    return names;
}

ConnectionUrl FaultLibrary::url(const QString &database, const QString &user) const
{
    // Without TLS, which the proxy could not look into.
    return m_library.servers()
        .url(database, user)
        .with(u"host"_s, u"127.0.0.1"_s)
        .with(u"port"_s, QString::number(m_proxies.at(database)->port()))
        .with(u"sslmode"_s, u"disable"_s)
        .with(u"gssencmode"_s, u"disable"_s);
}

ClusterConfig FaultLibrary::config(const QString &user) const
{
    ClusterConfig config;
    config.main = url(u"main"_s, user);
    config.shardNames = m_library.shards();
    for (const QString &shard : m_library.shards())
        config.shardUrls.insert(shard, url(shard + "_shard"_L1, user));
    return config;
}

QMap<QString, QString> FaultLibrary::environment(const QString &user) const
{
    QMap<QString, QString> variables{{u"DATABASE_URL"_s, url(u"main"_s, user).toUri()},
                                     {u"SHARDING_BRANCHES"_s, m_library.shards().join(u',')}};
    for (const QString &shard : m_library.shards())
        variables.insert("DATABASE_URL_"_L1 + shard.toUpper(), url(shard + "_shard"_L1, user).toUri());
    return variables;
}

std::unique_ptr<Cluster> FaultLibrary::newCluster(const QString &application,
                                                  std::optional<ClusterConfig> config) const
{
    auto cluster = std::make_unique<Cluster>(config ? *config : this->config(), application);
    if (const auto read = await(cluster->refreshDirectory()); !read)
        qFatal("The directory cannot be read: %s", qPrintable(read.error().message));
    return cluster;
}

void FaultLibrary::stopServer(const QString &name)
{
    if (!servers().stopServer(name))
        qFatal("%s does not stop: %s", qPrintable(name), qPrintable(servers().errorText()));
}

void FaultLibrary::startServer(const QString &name)
{
    if (!servers().startServer(name))
        qFatal("%s does not start: %s", qPrintable(name), qPrintable(servers().errorText()));
}

void FaultLibrary::kill9(const QString &name)
{
    const qint64 first = servers().processId(name);
    const QList<qint64> all = QList<qint64>{first} + childrenOf(first);
    if (first <= 0 || ::kill(static_cast<pid_t>(first), SIGKILL) != 0)
        qFatal("%s cannot be killed.", qPrintable(name));
    // The children still hold the shared memory, so that a new server would refuse to start.
    awaitEnd(all);
}

void FaultLibrary::setMayCall(const QString &database, const QString &function, bool may)
{
    m_library.ddl(
        database,
        u"DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc WHERE proname = '%1' "
        "LOOP EXECUTE format('%2 EXECUTE ON FUNCTION %s %3 branchline_staff', f); END LOOP; END $$"_s.arg(
            function, may ? u"GRANT"_s : u"REVOKE"_s, may ? u"TO"_s : u"FROM"_s));
}

void FaultLibrary::heal()
{
    for (const auto &[database, proxy] : m_proxies)
        proxy->heal();
    const LocalStatus status = servers().status();
    for (const LocalServerStatus &server : status.servers) {
        (void)servers().thaw(server.name);
        if (!server.isRunning)
            startServer(server.name);
    }
}

QList<qint64> FaultLibrary::backends(const QString &database, const QString &application)
{
    const Rows rows = m_library.sql(
        database, u"SELECT pid FROM pg_stat_activity WHERE datname = "
                  "current_database() AND application_name LIKE '%1' ORDER BY pid"_s.arg(application));
    QList<qint64> processes;
    for (int i = 0; i < rows->rowCount(); ++i)
        processes << rows->row(i).number("pid");
    return processes;
}

bool FaultLibrary::signal(qint64 process, int number)
{
    return process > 0 && ::kill(static_cast<pid_t>(process), number) == 0;
}

} // namespace Branchline
