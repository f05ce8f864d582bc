// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace Branchline::Internal {

/// What a server writes into `postmaster.pid` in its data folder.
struct PostmasterFile final
{
    qint64 pid = 0;
    int port = 0;
    QString socketDirectory;
    bool isReady = false; ///< the server says that it accepts connections
};

/// Nothing when there is no such file or it is cut short before the number of the process.
[[nodiscard]] std::optional<PostmasterFile> readPostmasterFile(const QString &dataDirectory);

/// What the process with a number is, seen from a data folder. Numbers are used again, after a crash of the
/// machine quite likely by another program.
enum class ProcessKind {
    Gone,   ///< there is none, or only a dead one that nobody has collected
    Ours,   ///< the server of the data folder
    Other,  ///< certainly another program or another server
    Unknown ///< a PostgreSQL server of which the system does not tell the data folder
};
[[nodiscard]] ProcessKind classifyProcess(qint64 pid, const QString &dataDirectory);

/// The process that serves the data folder, or 0. Looks at `postmaster.pid` first and then, since that file
/// can be damaged or stale, at every process.
[[nodiscard]] qint64 findServer(const QString &dataDirectory);

/// Clears away what a crash left, so that a server can start. Call only under the library's lock and when
/// findServer() is 0. Throws a DbException when a process cannot be told from our server.
void clearStaleFiles(const QString &dataDirectory, const QString &socketDirectory, int port);

/// Whether a server answers at a socket. Blocks up to 2 s with a frozen server.
enum class ServerAnswer { Accepts, Refuses, None };
[[nodiscard]] ServerAnswer askServer(const QString &socketDirectory, int port);

} // namespace Branchline::Internal
