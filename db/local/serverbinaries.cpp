// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/serverbinaries.h"

#include "db/local/localsupport.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace Branchline {

using Internal::Local;

namespace {

constexpr int programDeadlineMs = 5000;

QString outputOf(const QString &program, const QString &argument)
{
    QProcess process;
    process.start(program, {argument}, QIODevice::ReadOnly);
    if (!process.waitForFinished(programDeadlineMs) || process.exitCode() != 0) {
        process.kill();
        process.waitForFinished(programDeadlineMs);
        return {};
    }
    return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
}

bool holdsServer(const QString &directory)
{
    const auto isProgram = [&](const QString &name) {
        const QFileInfo file(directory + u'/' + name);
        return file.isFile() && file.isExecutable();
    };
    return isProgram(u"initdb"_s) && isProgram(u"postgres"_s);
}

/// The server in `directory`, if one is there. /usr/bin may hold links into the real folder, and initdb
/// looks for its other files beside itself: so links are followed.
std::optional<ServerBinaries> serverIn(const QString &directory)
{
    if (directory.isEmpty() || !holdsServer(directory))
        return {};
    static const QRegularExpression number(u"\\(PostgreSQL\\) (\\d+)"_s);
    const QString real = QFileInfo(QFileInfo(directory + "/postgres"_L1).canonicalFilePath()).path();
    const QString home = holdsServer(real) ? real : directory;
    const QString version = outputOf(home + "/postgres"_L1, u"--version"_s);
    return ServerBinaries{home, number.match(version).captured(1).toInt()};
}

QList<ServerBinaries> debianServers(const QString &root)
{
    QList<ServerBinaries> servers;
    const QStringList names = QDir(root).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        const QString directory = root + u'/' + name + "/bin"_L1;
        if (const int major = name.toInt(); major > 0 && holdsServer(directory))
            servers.append({directory, major});
    }
    std::sort(servers.begin(), servers.end(), [](const auto &a, const auto &b) { return a.major > b.major; });
    return servers;
}

DbError missing(const BinarySearch &search, int major, int tooOld)
{
    const int wanted = major > 0 ? major : ServerBinaries::oldestMajor;
    QString message;
    if (!search.directory.isEmpty())
        message = Local::tr("The folder %1 holds no PostgreSQL server of version %2.")
                      .arg(search.directory)
                      .arg(wanted);
    else if (major > 0)
        message =
            Local::tr("The local library was made with PostgreSQL %1, and that version is not installed "
                      "on this computer.")
                .arg(major);
    else if (tooOld > 0)
        message = Local::tr("The PostgreSQL server on this computer is version %1; the local library needs "
                            "version %2 or newer.")
                      .arg(tooOld)
                      .arg(wanted);
    else
        message = Local::tr("No PostgreSQL server is installed on this computer; the local library needs "
                            "version %1 or newer.")
                      .arg(wanted);
    return {.kind = DbErrorKind::Configuration,
            .message = message,
            .hint = Local::tr("Install the package postgresql-%1 with the command: "
                              "sudo apt install postgresql-%1")
                        .arg(wanted),
            .database = {},
            .statement = {},
            .sqlState = {},
            .detail = {}};
}

} // namespace

Result<ServerBinaries> ServerBinaries::find(const BinarySearch &search, int major)
{
    int tooOld = 0;
    const auto isUsable = [&](const ServerBinaries &server) {
        if (server.major < oldestMajor)
            tooOld = std::max(tooOld, server.major);
        return server.major >= oldestMajor && (major == 0 || server.major == major);
    };
    if (!search.directory.isEmpty()) {
        const auto server = serverIn(search.directory);
        if (server && isUsable(*server))
            return *server;
        return missing(search, major, tooOld);
    }
    for (const ServerBinaries &server : debianServers(search.debianRoot)) {
        if (isUsable(server))
            return server;
    }
    QStringList directories;
    if (!search.pgConfig.isEmpty())
        directories << outputOf(search.pgConfig, u"--bindir"_s);
    directories << search.path.split(u':', Qt::SkipEmptyParts);
    directories.removeDuplicates();
    for (const QString &directory : std::as_const(directories)) {
        const auto server = serverIn(directory);
        if (server && isUsable(*server))
            return *server;
    }
    return missing(search, major, tooOld);
}

} // namespace Branchline
