// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localfence.h"

#include "db/connection/session.h"
#include "db/local/localserver.h"
#include "db/local/localstatusreader.h"
#include "db/local/localsupport.h"
#include "db/local/parallel.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QThread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement endOthers{
    "end_others"_L1, "SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(pid)) AS ended "
                     "  FROM pg_catalog.pg_stat_activity "
                     " WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()"_L1};

LocalOptions running(const LocalOptions &options, const LocalProgress &progress)
{
    LocalLibrary(options).start(progress).orThrow();
    return options;
}

} // namespace

LocalFence::LocalFence(const LocalOptions &options, const LocalProgress &progress)
    : m_layout(running(options, progress).directory)
    , m_account(m_layout.owner())
    , m_progress(progress ? progress : [](const QString &) {})
{
    {
        const FileIdentity identity(m_account);
        m_lock = std::make_unique<FileLock>(m_layout.lockFile(), lockDeadline);
    }
    std::optional<LocalState> state;
    {
        const FileIdentity identity(m_account);
        state = LocalState::load(m_layout.stateFile());
        if (state)
            m_status = readStatus(*state, m_layout, m_account);
    }
    if (!m_status.isRunning()) {
        failLocal(DbErrorKind::Conflict,
                  Local::tr("The local library in %1 was stopped meanwhile.").arg(m_layout.directory()),
                  Local::tr("Try again."));
    }
    m_state = *state;
    m_sockets = m_status.servers.constFirst().socketDirectory;
    const QString aside = LocalLayout::socketsAside(m_sockets);
    {
        const FileIdentity identity(m_account);
        QDir(aside).removeRecursively(); // of a program that was killed; no server listens there any more
        if (!QDir().rename(m_sockets, aside)) {
            failLocal(DbErrorKind::Configuration,
                      Local::tr("The folder %1 cannot be renamed to %2.").arg(m_sockets, aside),
                      Local::tr("Check who owns the folder, and try again."));
        }
    }
    for (LocalServerStatus &server : m_status.servers)
        server.socketDirectory = aside;
    endSessions();
}

LocalFence::~LocalFence()
{
    if (m_isStopped)
        return;
    try {
        const FileIdentity identity(m_account);
        QDir().rename(LocalLayout::socketsAside(m_sockets), m_sockets);
    } catch (const DbException &e) {
        qWarning() << e.error(); // the next start repairs it
    }
}

/// What they had been answered is committed; what they had not, they ask again.
void LocalFence::endSessions() const
{
    for (const LocalServerStatus &server : m_status.servers) {
        Session session({.database = server.name,
                         .url = ConnectionUrl()
                                    .with(u"host"_s, server.socketDirectory)
                                    .with(u"port"_s, QString::number(server.port))
                                    .with(u"dbname"_s, u"postgres"_s)
                                    .with(u"user"_s, LocalLibrary::superuserName()),
                         .application = u"branchline local"_s});
        session.open();
        const QDeadlineTimer deadline(30s);
        while (session.exec(endOthers)->row(0).number("ended") > 0) {
            if (deadline.hasExpired())
                failLocal(DbErrorKind::Timeout,
                          Local::tr("Programs stay connected to the server “%1”.").arg(server.name),
                          Local::tr("End them, and try again."));
            QThread::msleep(20);
        }
    }
}

void LocalFence::stop()
{
    const LocalEnvironment environment{m_layout, m_account, m_sockets,
                                       static_cast<int>(m_state.shardDatabases.size()), m_progress};
    std::vector<LocalServer> servers;
    for (const LocalServerEntry &entry : m_state.servers)
        servers.emplace_back(environment, entry);
    m_isStopped = true;
    inParallel(servers, m_account, [](const LocalServer &server) { server.stop(Shutdown::Fast); });
    const FileIdentity identity(m_account);
    QDir(LocalLayout::socketsAside(m_sockets)).removeRecursively();
}

} // namespace Branchline::Internal
