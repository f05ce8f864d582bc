// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <vector>

namespace Branchline::Internal {

/// What a client sends, and nothing else is answered with a report.
inline constexpr const char reportRequest[] = "report 1\n";
/// Names of sockets: this and the process number. A socket has another name until somebody listens, so that
/// nobody takes it for one that was left behind.
inline constexpr const char socketPrefix[] = "report-";
inline constexpr const char unfinishedPrefix[] = "binding-";

/// The folders in which programs of this account may have their sockets, best first: "branchline" in the
/// account's runtime folder, or one of its own in /tmp. All of them leave room for a socket's name.
[[nodiscard]] std::vector<QByteArray> reportFolders();

enum class FolderState { Absent, Private, Refused };

/// Whether the folder is a real one of this account into which nobody else can look. `problem` says in a
/// sentence why it is refused.
[[nodiscard]] FolderState folderState(const QByteArray &path, QString *problem);
/// The same, and makes a folder that is absent.
[[nodiscard]] FolderState makeFolder(const QByteArray &path, QString *problem);

/// Whether the other end of a connected socket runs under this account. `pid` is its process.
[[nodiscard]] bool isOwnPeer(int socket, qint64 *pid);

} // namespace Branchline::Internal
