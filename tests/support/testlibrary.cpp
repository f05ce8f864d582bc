// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testlibrary.h"

#include "tests/support/freezing.h"
#include "tests/support/librarytemplate.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QStorageInfo>

#include <csignal>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr qint64 plentyOfMemory = 4LL * 1024 * 1024 * 1024;

qint64 availableMemory()
{
    QFile file(u"/proc/meminfo"_s);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    static const QRegularExpression available(u"MemAvailable: *(\\d+) kB"_s);
    return available.match(QString::fromLatin1(file.readAll())).captured(1).toLongLong() * 1024;
}

/// Waits for the end of the test program, however it comes, and clears away what it left.
constexpr auto guardScript = R"(
trap '' INT TERM HUP
cat > /dev/null
cd / && [ -d "$1" ] || exit 0
for file in "$1"/data/*/postmaster.pid; do
    pid=$(head -n 1 "$file" 2> /dev/null) || continue
    tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null | grep -qF "$1" || continue
    kill -QUIT "$pid" && kill -CONT "$pid"
    tail -s 0.1 --pid="$pid" -f /dev/null &
done
wait
rm -rf -- "$1"
)";

QList<qint64> childrenOf(qint64 parent)
{
    QList<qint64> children;
    const QStringList names = QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        QFile file("/proc/"_L1 + name + "/stat"_L1);
        if (name.toLongLong() == 0 || !file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray stat = file.readAll();
        if (stat.mid(stat.lastIndexOf(')') + 2).split(' ').value(1).toLongLong() == parent)
            children << name.toLongLong();
    }
    return children;
}

} // namespace

TestLibrary::TestLibrary(QStringList shards, Servers servers)
    : m_folder(folderPattern())
{
    m_options.directory = m_folder.path();
    m_options.separateServers = servers == Servers::Separate;
    m_options.shards = std::move(shards);
    m_library = std::make_unique<LocalLibrary>(m_options);
}

TestLibrary::~TestLibrary()
{
    if (const auto removed = m_library->destroy(); !removed && removed.error().kind != DbErrorKind::NotFound)
        qWarning().noquote() << "The test library stays behind:" << removed.error().message;
    m_guard.closeWriteChannel();
    m_guard.waitForFinished();
}

QString TestLibrary::folderPattern()
{
    const QStorageInfo memory(u"/dev/shm"_s);
    const bool isPlenty = memory.fileSystemType() == "tmpfs" && memory.bytesAvailable() > plentyOfMemory &&
                          availableMemory() > plentyOfMemory;
    const QString parent =
        isPlenty && !qEnvironmentVariableIsSet("TMPDIR") ? memory.rootPath() : QDir::tempPath();
    return parent + "/branchline-test-XXXXXX"_L1;
}

bool TestLibrary::start()
{
    if (!m_folder.isValid()) {
        m_errorText = m_folder.errorString();
        return false;
    }
    if (m_guard.state() == QProcess::NotRunning)
        guard();
    if (QDir(directory()).isEmpty())
        copyLibraryTemplate(m_options);
    const auto started = m_library->start();
    return started || note(started.error());
}

void TestLibrary::guard()
{
    m_guard.setChildProcessModifier([] { ::setsid(); });
    m_guard.setProcessChannelMode(QProcess::ForwardedChannels);
    m_guard.start(u"/bin/sh"_s, {u"-c"_s, QString::fromLatin1(guardScript), u"guard"_s, m_folder.path()});
    m_guard.waitForStarted();
}

LocalStatus TestLibrary::status() const
{
    const auto status = m_library->status();
    return status ? *status : LocalStatus();
}

ConnectionUrl TestLibrary::url(const QString &name, const QString &user) const
{
    const LocalAddresses addresses = status().addresses(user);
    return name == "main"_L1 ? addresses.main : addresses.shards.value(name.chopped(6)); // without _shard
}

bool TestLibrary::stopServer(const QString &name)
{
    const auto stopped = m_library->stopServer(name);
    return stopped || note(stopped.error());
}

bool TestLibrary::startServer(const QString &name)
{
    const auto started = m_library->startServer(name);
    return started || note(started.error());
}

qint64 TestLibrary::processId(const QString &name) const
{
    const LocalStatus current = status();
    for (const LocalServerStatus &server : current.servers) {
        if (server.name == name)
            return server.processId;
    }
    return 0;
}

bool TestLibrary::kill9(const QString &name)
{
    const qint64 pid = processId(name);
    return pid > 0 && ::kill(static_cast<pid_t>(pid), SIGKILL) == 0;
}

bool TestLibrary::freeze(const QString &name)
{
    const qint64 pid = processId(name); // asks the server, which must still answer
    // The first process first: once it is stopped, no new ones come.
    return freezeProcess(pid) && freezeProcesses(childrenOf(pid));
}

bool TestLibrary::thaw(const QString &name)
{
    const qint64 pid = processId(name);
    if (pid == 0 || ::kill(static_cast<pid_t>(pid), SIGCONT) != 0)
        return false;
    const QList<qint64> children = childrenOf(pid);
    for (const qint64 child : children)
        ::kill(static_cast<pid_t>(child), SIGCONT);
    return true;
}

bool TestLibrary::note(const DbError &error)
{
    m_errorText = QStringList{error.message, error.hint, error.detail}.join(u'\n').trimmed();
    return false;
}

} // namespace Branchline
