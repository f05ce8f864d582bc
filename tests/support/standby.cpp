// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/standby.h"

#include "db/connection/session.h"
#include "db/local/locallayout.h"
#include "db/local/serverlaunch.h"
#include "db/local/serverprocess.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QThread>

#include <csignal>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int longestWaitMs = 60'000;
constexpr int pollMs = 10;
/// Ports only name sockets; those of the servers follow one another from 5432 on.
constexpr int portDistance = 500;
constexpr auto standbyName = "standby"_L1;

constexpr Statement following{
    "standby_follows"_L1,
    "SELECT count(*) AS number FROM pg_stat_replication "
    "WHERE application_name = 'standby' AND state = 'streaming' AND (sync_state = 'sync' OR NOT ?::boolean)"_L1};
constexpr Statement sourceNow{"standby_source"_L1, "SELECT current_setting('primary_conninfo') AS value"_L1};
constexpr Statement receiving{
    "standby_receives"_L1,
    "SELECT count(*) AS number FROM pg_stat_wal_receiver WHERE status = 'streaming'"_L1};
constexpr Statement promoteNow{"promote"_L1, "SELECT pg_promote(true, 60) AS done"_L1};

Session openSuperuser(const ConnectionUrl &url)
{
    return Session({.database = u"standby"_s, .url = url, .application = u"test standby"_s, .echo = false});
}

qint64 parentOf(qint64 pid)
{
    QFile stat(u"/proc/%1/stat"_s.arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray text = stat.readAll();
    return text.mid(text.lastIndexOf(')') + 2).split(' ').value(1).toLongLong();
}

/// A process that has ended counts as gone although nobody has collected it.
bool isAlive(qint64 pid)
{
    QFile line(u"/proc/%1/cmdline"_s.arg(pid));
    return line.open(QIODevice::ReadOnly) && !line.readAll().isEmpty();
}

} // namespace

StandbyServer::StandbyServer(TestLibrary &library, QString server, Kind kind)
    : m_library(library)
    , m_server(std::move(server))
    , m_kind(kind)
    , m_data(Internal::LocalLayout(library.directory()).dataDirectory(m_server + "_standby"_L1))
{}

StandbyServer::~StandbyServer()
{
    if (!m_isPromoted && m_library.processId(m_server) > 0) {
        try {
            Session session = openSuperuser(m_primary);
            session.open();
            session.execText(u"wait for nobody"_s, u"ALTER SYSTEM RESET synchronous_standby_names"_s);
            session.execText(u"reload"_s, u"SELECT pg_reload_conf()"_s);
        } catch (const DbException &e) {
            qWarning().noquote() << "The primary still waits for its standby:" << e.error().message;
        }
    }
    remove();
}

bool StandbyServer::start()
{
    const LocalStatus status = m_library.status();
    for (const LocalServerStatus &server : status.servers) {
        if (server.name != m_server)
            continue;
        m_sockets = server.socketDirectory;
        m_port = server.port + portDistance;
        m_primary = m_library.url(m_server == "library"_L1 ? u"main"_s : m_server);
    }
    if (m_port == 0)
        return fail(u"The library has no server “%1”."_s.arg(m_server));
    try {
        return makeBackup() && run() && awaitFollowing();
    } catch (const DbException &e) {
        return fail(e.error().message + u'\n' + e.error().detail);
    }
}

bool StandbyServer::makeBackup()
{
    const auto binaries = ServerBinaries::find();
    if (!binaries)
        return fail(binaries.error().message);
    const Internal::LocalLayout layout(m_library.directory());
    const auto account = layout.owner();
    const Internal::FileIdentity identity(account);
    const int status = Internal::runProgram(
        {.program = binaries->directory + "/pg_basebackup"_L1,
         .arguments = {u"--pgdata"_s, m_data, u"--host"_s, m_sockets, u"--port"_s, m_primary.port(),
                       u"--username"_s, u"branchline_replicator"_s, u"--no-password"_s, u"--checkpoint"_s,
                       u"fast"_s, u"--wal-method"_s, u"stream"_s, u"--write-recovery-conf"_s},
         .outputFile = layout.logFile(m_server + "_backup"_L1),
         .account = account},
        -1, std::chrono::milliseconds(longestWaitMs));
    return status == 0 || fail(u"pg_basebackup of “%1” ended with %2."_s.arg(m_server).arg(status));
}

/// What differs from the primary stands on the command line, which goes before the copied settings. The name
/// of the cluster is the name under which a standby announces itself.
bool StandbyServer::run()
{
    const auto binaries = ServerBinaries::find();
    const Internal::LocalLayout layout(m_library.directory());
    const auto account = layout.owner();
    const Internal::FileIdentity identity(account);
    const qint64 pid =
        Internal::startDetached({.program = binaries->postgres(),
                                 .arguments = {u"-D"_s, m_data, u"-c"_s, u"port=%1"_s.arg(m_port), u"-c"_s,
                                               "cluster_name="_L1 + standbyName},
                                 .outputFile = layout.logFile(m_server + "_standby"_L1),
                                 .account = account});
    const QDeadlineTimer deadline(longestWaitMs);
    while (Internal::askServer(m_sockets, m_port) != Internal::ServerAnswer::Accepts) {
        if (deadline.hasExpired() || Internal::classifyProcess(pid, m_data) != Internal::ProcessKind::Ours)
            return fail(u"The standby of “%1” does not start."_s.arg(m_server));
        QThread::msleep(pollMs);
    }
    return true;
}

bool StandbyServer::awaitFollowing()
{
    Session session = openSuperuser(m_primary);
    session.open();
    const bool isSynchronous = m_kind == Kind::Synchronous;
    if (isSynchronous) {
        session.execText(u"wait for the standby"_s,
                         "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ("_L1 + standbyName +
                             ")'"_L1);
        session.execText(u"reload"_s, u"SELECT pg_reload_conf()"_s);
    }
    const QDeadlineTimer deadline(longestWaitMs);
    while (session.exec(following, {isSynchronous})->row(0).number("number") == 0) {
        if (deadline.hasExpired())
            return fail(u"The standby of “%1” does not follow it."_s.arg(m_server));
        QThread::msleep(pollMs);
    }
    return true;
}

bool StandbyServer::failOver()
{
    return killPrimary(false) && promote();
}

bool StandbyServer::failOverMachine()
{
    return killPrimary(true) && promote();
}

bool StandbyServer::killPrimary(bool atOnce)
{
    const qint64 pid = m_library.processId(m_server);
    // None of them does anything more between the first and the last kill.
    if (pid == 0 || (atOnce && !m_library.freeze(m_server)))
        return fail(u"The server “%1” does not run."_s.arg(m_server));
    QList<qint64> processes{pid};
    const QStringList names = QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        if (name.toLongLong() > 0 && parentOf(name.toLongLong()) == pid)
            processes << name.toLongLong();
    }
    for (const qint64 process : processes) {
        if (atOnce || process == pid)
            ::kill(static_cast<pid_t>(process), SIGKILL);
    }
    // Left to themselves its children end a moment later, and until then one may still answer a commit.
    const QDeadlineTimer deadline(longestWaitMs);
    for (const qint64 process : processes) {
        while (isAlive(process)) {
            if (deadline.hasExpired())
                return fail(u"The process %1 of “%2” does not end."_s.arg(process).arg(m_server));
            QThread::msleep(1);
        }
    }
    return true;
}

bool StandbyServer::promote()
{
    try {
        Session session = openSuperuser(
            url().with(u"options"_s, u"-c statement_timeout=0"_s)); // pg_promote has its own deadline
        session.open();
        m_isPromoted = session.exec(promoteNow)->row(0).flag("done");
    } catch (const DbException &e) {
        return fail(e.error().message);
    }
    return m_isPromoted || fail(u"The standby of “%1” was not promoted in time."_s.arg(m_server));
}

bool StandbyServer::pauseReceiving()
{
    return receiveFrom(u"host=/nowhere"_s, 0);
}

bool StandbyServer::resumeReceiving()
{
    return receiveFrom(m_source, 1);
}

/// The process that receives ends when its address changes, and another tries the new one.
bool StandbyServer::receiveFrom(const QString &source, int receivers)
{
    try {
        Session session = openSuperuser(url());
        session.open();
        if (m_source.isEmpty())
            m_source = session.exec(sourceNow)->row(0).text("value");
        session.execText(u"change the source"_s, u"ALTER SYSTEM SET primary_conninfo = '%1'"_s.arg(
                                                     QString(source).replace(u'\'', "''"_L1)));
        session.execText(u"reload"_s, u"SELECT pg_reload_conf()"_s);
        const QDeadlineTimer deadline(longestWaitMs);
        while (session.exec(receiving)->row(0).number("number") != receivers) {
            if (deadline.hasExpired())
                return fail(u"The standby of “%1” does not change its source."_s.arg(m_server));
            QThread::msleep(pollMs);
        }
    } catch (const DbException &e) {
        return fail(e.error().message);
    }
    return true;
}

ConnectionUrl StandbyServer::primary(const QString &user) const
{
    return m_primary.with(u"user"_s, user);
}

ConnectionUrl StandbyServer::url(const QString &user) const
{
    return primary(user).with(u"port"_s, QString::number(m_port));
}

ConnectionUrl StandbyServer::both(const QString &user) const
{
    return primary(user)
        .with(u"host"_s, m_sockets + u',' + m_sockets)
        .with(u"port"_s, u"%1,%2"_s.arg(m_primary.port()).arg(m_port));
}

bool StandbyServer::fail(const QString &text)
{
    m_errorText = text;
    return false;
}

void StandbyServer::remove()
{
    if (const qint64 pid = Internal::findServer(m_data); pid > 0) {
        ::kill(static_cast<pid_t>(pid), SIGQUIT);
        const QDeadlineTimer deadline(longestWaitMs);
        while (Internal::classifyProcess(pid, m_data) == Internal::ProcessKind::Ours) {
            if (deadline.hasExpired()) {
                qWarning("The standby of “%s” does not end.", qPrintable(m_server));
                return;
            }
            QThread::msleep(pollMs);
        }
    }
    QDir(m_data).removeRecursively();
}

} // namespace Branchline
