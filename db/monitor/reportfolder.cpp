// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/monitor/reportfolder.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace Branchline::Internal {

namespace {

/// Longest name of a socket: prefix, process number, '-', eight signs.
constexpr qsizetype longestName = 8 + 10 + 1 + 8;
constexpr mode_t permissions = 07777;

QString tr(const char *text)
{
    return QCoreApplication::translate("Reports", text);
}

/// Whether only this account and root can put something at a name in this folder, or take it away.
bool isSafeParent(const QByteArray &path)
{
    struct stat info
    {};
    if (::lstat(path.constData(), &info) != 0 || !S_ISDIR(info.st_mode))
        return false;
    const bool othersWrite = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return (info.st_uid == ::geteuid() || info.st_uid == 0) && (!othersWrite || (info.st_mode & S_ISVTX));
}

} // namespace

std::vector<QByteArray> reportFolders()
{
    const QByteArray user = QByteArray::number(::geteuid());
    std::vector<QByteArray> folders;
    const auto add = [&](const QByteArray &parent, const QByteArray &name, bool ownOnly) {
        const QByteArray folder = parent + '/' + name;
        struct stat info
        {};
        if (!parent.startsWith('/') || ::lstat(parent.constData(), &info) != 0 ||
            (ownOnly && info.st_uid != ::geteuid()) || !isSafeParent(parent) ||
            folder.size() + 1 + longestName >= qsizetype(sizeof(sockaddr_un::sun_path)) ||
            std::find(folders.begin(), folders.end(), folder) != folders.end())
            return;
        folders.push_back(folder);
    };
    QByteArray runtime = qgetenv("XDG_RUNTIME_DIR");
    while (runtime.size() > 1 && runtime.endsWith('/'))
        runtime.chop(1);
    add(runtime, "branchline", true);
    add("/run/user/" + user, "branchline", true);
    add("/tmp", "branchline-" + user, false);
    return folders;
}

FolderState folderState(const QByteArray &path, QString *problem)
{
    struct stat info
    {};
    if (::lstat(path.constData(), &info) != 0 && errno == ENOENT)
        return FolderState::Absent;
    if (S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & permissions) == S_IRWXU)
        return FolderState::Private;
    *problem = tr("The folder %1 is not private to this account and is not used. Find out who made it, and "
                  "remove it.")
                   .arg(QFile::decodeName(path));
    return FolderState::Refused;
}

FolderState makeFolder(const QByteArray &path, QString *problem)
{
    const FolderState state = folderState(path, problem);
    if (state != FolderState::Absent)
        return state;
    if (::mkdir(path.constData(), S_IRWXU) != 0 && errno != EEXIST) {
        *problem = tr("The folder %1 cannot be made: %2.")
                       .arg(QFile::decodeName(path), QString::fromLocal8Bit(::strerror(errno)));
        return FolderState::Refused;
    }
    return folderState(path, problem); // somebody else may have been faster
}

bool isOwnPeer(int socket, qint64 *pid)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer)
        return false;
    *pid = peer.pid;
    return peer.uid == ::geteuid();
}

} // namespace Branchline::Internal
