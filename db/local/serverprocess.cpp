// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/serverprocess.h"

#include "db/config/connectionurl.h"
#include "db/local/localsupport.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <libpq-fe.h>

#include <limits>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QByteArray contentOf(const QString &file)
{
    QFile input(file);
    return input.open(QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

QString postmasterFile(const QString &dataDirectory)
{
    return dataDirectory + "/postmaster.pid"_L1;
}

/// The letter of the state in /proc/<pid>/stat; it follows the program's name, which may hold anything.
char processState(qint64 pid)
{
    const QByteArray stat = contentOf(u"/proc/%1/stat"_s.arg(pid));
    const auto end = stat.lastIndexOf(')');
    return end >= 0 && stat.size() > end + 2 ? stat[end + 2] : '\0';
}

bool sameDirectory(const QString &left, const QString &right)
{
    return !left.isEmpty() && QDir::cleanPath(left) == QDir::cleanPath(right);
}

/// The value of -D on a server's command line; empty when there is none.
QString dataArgument(const QList<QByteArray> &arguments)
{
    for (qsizetype i = 1; i < arguments.size(); ++i) {
        if (arguments[i] == "-D")
            return QFile::decodeName(arguments.value(i + 1));
        if (arguments[i].startsWith("-D"))
            return QFile::decodeName(arguments[i].mid(2));
    }
    return {};
}

} // namespace

std::optional<PostmasterFile> readPostmasterFile(const QString &dataDirectory)
{
    const QList<QByteArray> lines = contentOf(postmasterFile(dataDirectory)).split('\n');
    bool isNumber = false;
    PostmasterFile file;
    file.pid = lines.value(0).toLongLong(&isNumber);
    if (!isNumber || file.pid <= 0)
        return {};
    file.port = lines.value(3).toInt();
    file.socketDirectory = QFile::decodeName(lines.value(4));
    file.isReady = lines.value(7).trimmed() == "ready";
    return file;
}

ProcessKind classifyProcess(qint64 pid, const QString &dataDirectory)
{
    const char state = pid > 0 ? processState(pid) : '\0';
    if (state == '\0' || state == 'Z' || state == 'X')
        return ProcessKind::Gone;
    const QList<QByteArray> arguments = contentOf(u"/proc/%1/cmdline"_s.arg(pid)).split('\0');
    const QByteArray program = arguments.value(0).mid(arguments.value(0).lastIndexOf('/') + 1);
    if (program != "postgres" && program != "postmaster")
        return ProcessKind::Other;

    const QString argument = dataArgument(arguments);
    if (sameDirectory(argument, dataDirectory))
        return ProcessKind::Ours;
    const QString workingDirectory = QFile::symLinkTarget(u"/proc/%1/cwd"_s.arg(pid));
    if (!workingDirectory.isEmpty())
        return sameDirectory(workingDirectory, dataDirectory) ? ProcessKind::Ours : ProcessKind::Other;
    return argument.startsWith(u'/') ? ProcessKind::Other : ProcessKind::Unknown;
}

qint64 findServer(const QString &dataDirectory)
{
    const auto file = readPostmasterFile(dataDirectory);
    if (file && classifyProcess(file->pid, dataDirectory) == ProcessKind::Ours)
        return file->pid;
    const QStringList processes = QDir(u"/proc"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &name : processes) {
        const qint64 pid = name.toLongLong();
        if (pid > 0 && classifyProcess(pid, dataDirectory) == ProcessKind::Ours)
            return pid;
    }
    return 0;
}

void clearStaleFiles(const QString &dataDirectory, const QString &socketDirectory, int port)
{
    const QString file = postmasterFile(dataDirectory);
    if (const auto stale = readPostmasterFile(dataDirectory)) {
        const ProcessKind kind = classifyProcess(stale->pid, dataDirectory);
        if (kind == ProcessKind::Unknown)
            failLocal(DbErrorKind::Conflict,
                      Local::tr("The process %1 may be the server of %2; the system does not tell.")
                          .arg(stale->pid)
                          .arg(dataDirectory),
                      Local::tr("End that process if it is the server; else remove the file %1.").arg(file));
        // A server takes any living process with this number for its rival. With a number that no process
        // can have it goes on to its other check, whether orphans of the last server are still at work on
        // the files: that one is lost when the file is removed.
        QByteArray content = contentOf(file);
        content.replace(0, content.indexOf('\n') < 0 ? content.size() : content.indexOf('\n'),
                        QByteArray::number(std::numeric_limits<int>::max()));
        writeFile(file, content);
    } else {
        QFile::remove(file); // empty or cut short: written while the machine went down
    }
    // The folder of the sockets is ours alone, and no server of ours runs here.
    const QString socket = socketDirectory + "/.s.PGSQL."_L1 + QString::number(port);
    QFile::remove(socket + ".lock"_L1);
    QFile::remove(socket);
}

ServerAnswer askServer(const QString &socketDirectory, int port)
{
    const QString address = ConnectionUrl()
                                .with(u"host"_s, socketDirectory)
                                .with(u"port"_s, QString::number(port))
                                .with(u"dbname"_s, u"postgres"_s)
                                .with(u"user"_s, u"branchline_superuser"_s)
                                .with(u"connect_timeout"_s, u"2"_s)
                                .toConnInfo();
    switch (PQping(address.toUtf8().constData())) {
    case PQPING_OK:
        return ServerAnswer::Accepts;
    case PQPING_REJECT:
        return ServerAnswer::Refuses;
    default:
        return ServerAnswer::None;
    }
}

} // namespace Branchline::Internal
