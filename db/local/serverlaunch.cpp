// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/serverlaunch.h"

#include "db/local/localsupport.h"

#include <QFile>
#include <QProcess>
#include <QThread>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr int accountRefused = 126;
constexpr int startDeadlineMs = 10'000;

/// Without the PG… variables of whoever starts us: the server's own outgoing connections would obey them.
/// Its messages are read by this program, so they are English.
QProcessEnvironment cleanEnvironment(const ServerAccount &account)
{
    QProcessEnvironment environment;
    environment.insert(u"PATH"_s, u"/usr/local/bin:/usr/bin:/bin"_s);
    environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    environment.insert(u"TZ"_s, u"UTC"_s);
    environment.insert(u"HOME"_s, account.home);
    environment.insert(u"USER"_s, account.name);
    return environment;
}

void configure(QProcess &process, const Launch &launch)
{
    process.setProgram(launch.program);
    process.setArguments(launch.arguments);
    process.setProcessEnvironment(cleanEnvironment(launch.account));
    process.setWorkingDirectory(u"/"_s); // ours may be closed to the account
    process.setStandardInputFile(QProcess::nullDevice());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setStandardOutputFile(launch.outputFile);
}

[[noreturn]] void failToStart(const Launch &launch, const QString &reason)
{
    failLocal(DbErrorKind::Configuration,
              Local::tr("The program %1 cannot be started as the account “%2”: %3.")
                  .arg(launch.program, launch.account.name, reason),
              Local::tr("Check that PostgreSQL is installed as a whole: sudo apt install --reinstall "
                        "postgresql-15"));
}

void start(QProcess &process, const Launch &launch)
{
    process.start();
    if (!process.waitForStarted(startDeadlineMs))
        failToStart(launch, process.errorString());
}

/// The system shows the command line of a program a moment after it began; until then the process could be
/// anything. One that is gone already never shows any.
void awaitCommandLine(long pid)
{
    for (int attempt = 0; attempt < 100; ++attempt) {
        QFile file(u"/proc/%1/cmdline"_s.arg(pid));
        if (!file.open(QIODevice::ReadOnly) || !file.readAll().isEmpty())
            return;
        QThread::msleep(1);
    }
}

} // namespace

int runProgram(const Launch &launch, int keepOpen, std::chrono::milliseconds deadline)
{
    QProcess process;
    configure(process, launch);
    process.setChildProcessModifier([&account = launch.account, keepOpen] {
        if (!account.becomeInChild())
            ::_exit(accountRefused);
        ::fcntl(keepOpen, F_SETFD, 0);
    });
    start(process, launch);
    if (!process.waitForFinished(static_cast<int>(deadline.count()))) {
        process.kill();
        process.waitForFinished(startDeadlineMs);
        return -1;
    }
    if (process.exitCode() == accountRefused)
        failToStart(launch, Local::tr("the system refuses to change to that account"));
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
}

qint64 startDetached(const Launch &launch)
{
    std::array<int, 2> pipe{-1, -1};
    if (::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        failSystem(Local::tr("The program %1 cannot be started.").arg(launch.program), errno);

    QProcess process;
    configure(process, launch);
    // QProcess would end its child with itself: so the child makes the server and goes. Only bare system
    // calls are safe here, between fork and exec of a program with several threads.
    process.setChildProcessModifier([&account = launch.account, writeEnd = pipe[1]] {
        if (!account.becomeInChild())
            ::_exit(accountRefused);
        const long server = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
        if (server != 0) {
            const bool isTold = server > 0 && ::write(writeEnd, &server, sizeof server) == sizeof server;
            ::_exit(isTold ? 0 : 1);
        }
        ::setsid();
    });
    long pid = 0;
    bool isStarted = false;
    QString reason;
    process.start();
    if (process.waitForStarted(startDeadlineMs) && process.waitForFinished(startDeadlineMs))
        isStarted = process.exitCode() == 0 && ::read(pipe[0], &pid, sizeof pid) == sizeof pid;
    else
        reason = process.errorString();
    ::close(pipe[0]);
    ::close(pipe[1]);
    if (!isStarted)
        failToStart(launch,
                    reason.isEmpty() ? Local::tr("the system refuses to change to that account") : reason);
    awaitCommandLine(pid);
    return pid;
}

} // namespace Branchline::Internal
