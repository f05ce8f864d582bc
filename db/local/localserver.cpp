// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localserver.h"

#include "db/local/localdatabases.h"
#include "db/local/localsupport.h"
#include "db/local/serverconfig.h"
#include "db/local/serverlaunch.h"
#include "db/local/serverprocess.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QThread>

#include <algorithm>
#include <cerrno>
#include <csignal>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr auto initdbDeadline = 120s;
constexpr auto startDeadline = 60s;
constexpr auto fastStopDeadline = 45s;
constexpr auto immediateStopDeadline = 15s;
constexpr unsigned long pollMs = 10;

bool awaitGone(qint64 pid, const QString &data, std::chrono::seconds time)
{
    const QDeadlineTimer deadline(time);
    while (classifyProcess(pid, data) == ProcessKind::Ours) {
        if (deadline.hasExpired())
            return false;
        QThread::msleep(pollMs);
    }
    return true;
}

/// The lines that tell why a server did not start: its own log begins after the first checks.
QStringList reasons(const QString &startLog, const QString &data)
{
    const auto newest = QDir(data + "/log"_L1).entryList({u"*.log"_s}, QDir::Files, QDir::Time);
    QStringList lines = lastLines(startLog, 6);
    if (!newest.isEmpty())
        lines << lastLines(data + "/log/"_L1 + newest.first(), 6);
    return lines;
}

} // namespace

LocalServer::LocalServer(const LocalEnvironment &environment, LocalServerEntry entry)
    : m_environment(environment)
    , m_entry(std::move(entry))
    , m_data(environment.layout.dataDirectory(m_entry.name))
{}

bool LocalServer::isMade() const
{
    return QFileInfo::exists(m_data + "/PG_VERSION"_L1);
}

void LocalServer::make(const ServerBinaries &binaries, int lockDescriptor)
{
    m_environment.progress(Local::tr("Making the database server “%1”.").arg(m_entry.name));
    const QString half = m_data + ".new"_L1;
    QDir(half).removeRecursively();
    const Launch launch{.program = binaries.initdb(),
                        .arguments = {u"--pgdata"_s, half, u"--username"_s, superuserName(), u"--encoding"_s,
                                      u"UTF8"_s, u"--locale"_s, u"C.UTF-8"_s, u"--locale-provider"_s,
                                      u"icu"_s, u"--icu-locale"_s, u"und"_s, u"--auth-local"_s, u"peer"_s,
                                      u"--auth-host"_s, u"reject"_s, u"--data-checksums"_s},
                        .outputFile = m_environment.layout.logFile(m_entry.name),
                        .account = m_environment.account};
    // The lock goes along: should we be killed, the next start waits for the orphan to end.
    if (const int status = runProgram(launch, lockDescriptor, initdbDeadline); status != 0)
        failToRun(Local::tr("The database server “%1” could not be made.").arg(m_entry.name));
    if (!QDir().rename(half, m_data))
        failLocal(DbErrorKind::Configuration, Local::tr("The folder %1 cannot be made.").arg(m_data),
                  Local::tr("Check that the disk is not full and that the folder may be written to."));
    syncDirectory(m_environment.layout.dataRoot());
    m_entry.isMade = true;
}

void LocalServer::run(const ServerBinaries &binaries)
{
    const QDeadlineTimer deadline(startDeadline);
    qint64 pid = findServer(m_data);
    bool isLaunched = false;
    if (pid > 0 && hasLostItsSocket()) {
        m_environment.progress(Local::tr("The socket of “%1” is gone; restarting it.").arg(m_entry.name));
        stop(Shutdown::Fast);
        pid = 0;
    }
    while (pid == 0 || !awaitReady(pid, deadline)) {
        if (isLaunched && !mayRetry())
            failToRun(Local::tr("The database server “%1” does not start.").arg(m_entry.name));
        if (deadline.hasExpired())
            failToRun(Local::tr("The database server “%1” did not start in time.").arg(m_entry.name));
        // Another one may have been on its way up, started by a program that was killed.
        isLaunched = false;
        if (pid = findServer(m_data); pid > 0)
            continue;
        m_environment.progress(Local::tr("Starting the database server “%1”.").arg(m_entry.name));
        clearStaleFiles(m_data, m_environment.socketDirectory, m_entry.port);
        writeServerConfig(m_data, m_entry, m_environment.shardCount, m_environment.socketDirectory,
                          m_environment.account);
        pid = startDetached({.program = binaries.postgres(),
                             .arguments = {u"-D"_s, m_data},
                             .outputFile = m_environment.layout.logFile(m_entry.name),
                             .account = m_environment.account});
        isLaunched = true;
    }
}

/// False when the process ended instead.
bool LocalServer::awaitReady(qint64 pid, const QDeadlineTimer &deadline) const
{
    while (classifyProcess(pid, m_data) == ProcessKind::Ours) {
        const auto file = readPostmasterFile(m_data);
        if (file && file->pid == pid && file->isReady &&
            askServer(file->socketDirectory, file->port) == ServerAnswer::Accepts)
            return true;
        if (deadline.hasExpired())
            failToRun(Local::tr("The database server “%1” (process %2) did not accept connections in time.")
                          .arg(m_entry.name)
                          .arg(pid));
        QThread::msleep(pollMs);
    }
    return false;
}

/// Folders for sockets are cleaned up by others: at logout, or when nobody touched them for long.
bool LocalServer::hasLostItsSocket() const
{
    const auto file = readPostmasterFile(m_data);
    return file && file->isReady &&
           !QFileInfo::exists(file->socketDirectory + "/.s.PGSQL."_L1 + QString::number(file->port));
}

/// After its server was killed, the last children need a moment to end; until then a new one refuses.
bool LocalServer::mayRetry() const
{
    const QString said = lastLines(m_environment.layout.logFile(m_entry.name), 5).join(u'\n');
    if (!said.contains("pre-existing shared memory block"_L1) && !said.contains("lock file \""_L1))
        return false;
    QThread::msleep(100);
    return true;
}

void LocalServer::failToRun(const QString &what) const
{
    const QStringList lines = reasons(m_environment.layout.logFile(m_entry.name), m_data);
    const auto cause = std::find_if(lines.rbegin(), lines.rend(), [](const QString &line) {
        return line.contains("FATAL:"_L1) || line.contains("PANIC:"_L1) || line.contains("error:"_L1);
    });
    failLocal(DbErrorKind::Unreachable,
              cause == lines.rend() ? what : Local::tr("%1 PostgreSQL says: %2").arg(what, *cause),
              Local::tr("The whole story is in %1 and in the folder %2. Put that right and start again.")
                  .arg(m_environment.layout.logFile(m_entry.name), m_data + "/log"_L1),
              lines.join(u'\n'));
}

void LocalServer::makeDatabases() const
{
    const auto file = readPostmasterFile(m_data);
    ensureDatabases(file ? file->socketDirectory : m_environment.socketDirectory, m_entry.port,
                    m_entry.databases, m_environment.progress);
}

void LocalServer::stop(Shutdown shutdown) const
{
    const qint64 pid = findServer(m_data);
    if (pid == 0)
        return;
    m_environment.progress(Local::tr("Stopping the database server “%1”.").arg(m_entry.name));
    const auto send = [&](int number) {
        if (::kill(static_cast<pid_t>(pid), number) != 0 && errno != ESRCH)
            failSystem(Local::tr("The database server “%1” (process %2) cannot be stopped.")
                           .arg(m_entry.name)
                           .arg(pid),
                       errno);
        ::kill(static_cast<pid_t>(pid), SIGCONT); // a frozen one would never hear
    };
    if (shutdown == Shutdown::Fast) {
        send(SIGINT);
        if (awaitGone(pid, m_data, fastStopDeadline))
            return;
    }
    send(SIGQUIT);
    if (!awaitGone(pid, m_data, immediateStopDeadline))
        failLocal(DbErrorKind::Timeout,
                  Local::tr("The database server “%1” (process %2) did not stop in time.")
                      .arg(m_entry.name)
                      .arg(pid),
                  Local::tr("Look into its log in %1, or end the process with: kill -9 %2")
                      .arg(m_data + "/log"_L1)
                      .arg(pid));
}

} // namespace Branchline::Internal
