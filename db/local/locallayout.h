// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/serveraccount.h"

#include <QString>

namespace Branchline::Internal {

/// The folders of one local library:
///
///     <directory>/library.json   what it consists of
///     <directory>/lock           held while a program starts, stops or removes it
///     <directory>/data/<server>  the data folder of each server
///     <directory>/log/<server>.log   what a server said until its own log began
///     <directory>/sockets        its sockets, while their paths are short enough
class LocalLayout final
{
public:
    /// `directory` may be relative and need not exist; empty means defaultDirectory(). Throws a DbException
    /// for a path that PostgreSQL cannot use.
    explicit LocalLayout(const QString &directory);

    /// /var/lib/branchline/library for root, else branchline/library in $XDG_DATA_HOME (~/.local/share).
    [[nodiscard]] static QString defaultDirectory();

    [[nodiscard]] QString directory() const { return m_directory; }
    [[nodiscard]] QString stateFile() const { return m_directory + QStringLiteral("/library.json"); }
    [[nodiscard]] QString lockFile() const { return m_directory + QStringLiteral("/lock"); }
    [[nodiscard]] QString dataRoot() const { return m_directory + QStringLiteral("/data"); }
    [[nodiscard]] QString dataDirectory(const QString &server) const { return dataRoot() + u'/' + server; }
    [[nodiscard]] QString logRoot() const { return m_directory + QStringLiteral("/log"); }
    [[nodiscard]] QString logFile(const QString &server) const;

    [[nodiscard]] bool exists() const;
    /// The account that owns the existing library. Throws when it does not exist or belongs to somebody who
    /// is neither us nor lendable by root.
    [[nodiscard]] ServerAccount owner() const;
    /// Makes the folder if needed and gives it to the account that runs the servers, which is returned.
    /// `wasMade` tells whether the folder is new. Throws when the folder holds something else, belongs to
    /// somebody else, or the account cannot reach it.
    [[nodiscard]] ServerAccount prepare(bool &wasMade) const;

    /// A private folder for the sockets, made if needed. It lies in the library's own folder: the address of
    /// a database, which replication stores, then never changes, and the sockets do not vanish with
    /// $XDG_RUNTIME_DIR at logout while the servers go on. Only when that path is too long or cannot be
    /// written in an address: `branchline-<hash>` in $XDG_RUNTIME_DIR, or a like one in /tmp. `previous`, the
    /// one used last, is taken again when it can be.
    [[nodiscard]] QString prepareSocketDirectory(const ServerAccount &account, int highestPort,
                                                 const QString &previous) const;
    /// Whether that is a folder which prepareSocketDirectory() made for this library: `destroy` removes it.
    [[nodiscard]] bool isSocketDirectory(const ServerAccount &account, const QString &path) const;

    /// Where the sockets of that folder lie while only one program may connect (LocalFence); its path is not
    /// longer.
    [[nodiscard]] static QString socketsAside(const QString &directory)
    {
        return directory.chopped(1) + u'~';
    }

    /// Throws when a socket in `directory` would have a path that the system cannot hold (107 bytes).
    static void checkSocketPath(const QString &directory, int port);

private:
    [[nodiscard]] QStringList socketCandidates(const ServerAccount &account) const;
    void checkContent() const;

    QString m_directory;
};

} // namespace Branchline::Internal
