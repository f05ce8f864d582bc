// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"
#include "db/connection/result.h"
#include "db/local/serverbinaries.h"

#include <QList>
#include <QMap>
#include <QStringList>

#include <functional>

namespace Branchline {

/// What a local library is made of, and where.
struct LocalOptions
{
    QString directory; ///< empty: LocalLibrary::defaultDirectory(); relative: to the working directory
    bool separateServers = false; ///< one server per database; only heeded when the library is made
    QStringList shards{QStringLiteral("main"), QStringLiteral("secondary"),
                       QStringLiteral("tertiary")}; ///< only heeded when the library is made
    BinarySearch binaries;                          ///< where PostgreSQL is looked for
};

/// The addresses of a library's databases for one login.
struct LocalAddresses
{
    ConnectionUrl main;
    QMap<QString, ConnectionUrl> shards; ///< by shard name
};

struct LocalServerStatus
{
    QString name; ///< "library" when all databases share a server, else "main" or "<shard>_shard"
    QString dataDirectory;
    QString logFile; ///< what it said until its own log (<dataDirectory>/log) began
    QString socketDirectory;
    int port = 0;
    QStringList databases;
    qint64 processId = 0;   ///< 0 when it does not run
    bool isRunning = false; ///< it accepts connections
};

/// What somebody who makes a library means it to be.
enum class LocalMaking {
    Nothing, ///< it is not being made: there is none, or it is complete
    Empty,
    Demo,
    Upgrade ///< what `local upgrade` makes of another library, and must finish
};

struct LocalStatus
{
    enum class State {
        Absent, ///< there is no local library in the folder
        Stopped,
        Partial, ///< some servers run, or one is not ready
        Running
    };
    State state = State::Absent;
    LocalMaking making = LocalMaking::Nothing; ///< begun by beginMaking() and not finished
    QString directory;
    bool separateServers = false;
    QList<LocalServerStatus> servers;
    QString mainDatabase;
    QMap<QString, QString> shardDatabases; ///< shard name → database

    [[nodiscard]] bool isRunning() const { return state == State::Running; }
    /// The addresses for a login. `librarian` and `branchline_replicator` exist once `init` has made them;
    /// they and the superuser need no password for the account that owns the library (and for root).
    [[nodiscard]] LocalAddresses addresses(const QString &user) const;
    [[nodiscard]] LocalAddresses superuser() const;
    [[nodiscard]] LocalAddresses desk() const; ///< as `librarian`
};

/// Sentences about what is being done, for a person. Called from several threads, never two at once.
using LocalProgress = std::function<void(const QString &)>;

/// A private PostgreSQL in a folder of the user: one server with all databases, or one per database. It is
/// reached by a socket in a private folder only, and it outlives the program.
///
/// Every function blocks (processes, files, sockets) within deadlines: call it from a worker thread or a
/// command line, never from the GUI thread. Different objects, threads and programs may work on one library
/// at the same time: they wait for each other. Roles, tables and replication are made by `init`.
class LocalLibrary final
{
public:
    explicit LocalLibrary(LocalOptions options = {});

    /// For root /var/lib/branchline/library, else branchline/library in $XDG_DATA_HOME (~/.local/share).
    [[nodiscard]] static QString defaultDirectory();
    /// The login that `start`, `init` and `migrate` use on a local library.
    [[nodiscard]] static QString superuserName();

    /// Makes what is missing, starts what does not run, and waits until every server accepts connections.
    /// Safe to repeat, at the same time too, and after a kill or a crash of the machine at any point.
    /// Errors: Configuration (PostgreSQL missing, unusable folder), Conflict (made with the other kind of
    /// servers), Unreachable (a server does not start; its last lines are in `detail`), Timeout.
    Result<LocalStatus> start(const LocalProgress &progress = {}) const;

    /// Stops every server: fast, and after 45 s immediately. NotFound when there is no library.
    Result<Done> stop(const LocalProgress &progress = {}) const;

    /// What there is and what runs. Does not wait for a start or stop under way; at most 2 s for a frozen
    /// server. A folder without a library is no error but State::Absent.
    [[nodiscard]] Result<LocalStatus> status() const;

    /// Stops the library and removes it with everything in it. Removes only what is its own and refuses a
    /// folder that is not a local library (NotFound). Safe to repeat after a kill.
    Result<Done> destroy(const LocalProgress &progress = {}) const;

    /// Notes, before start() makes anything, that a library is being made here and what it is to be; the note
    /// outlives a kill, until finishMaking(). False, and nothing is noted, where there is a library that was
    /// not begun so or is finished: who gives up making one must never remove that. Conflict while the
    /// library is being upgraded.
    Result<bool> beginMaking(LocalMaking making) const;
    /// The library has everything that was wished for.
    Result<Done> finishMaking() const;
    /// As destroy(), for a library that is still being made; Conflict for any other.
    Result<Done> destroyUnfinished(const LocalProgress &progress = {}) const;

    /// As start() and stop(), for one server of an existing library, by LocalServerStatus::name. NotFound for
    /// another name.
    Result<Done> startServer(const QString &name, const LocalProgress &progress = {}) const;
    Result<Done> stopServer(const QString &name, const LocalProgress &progress = {}) const;

private:
    LocalOptions m_options;
};

} // namespace Branchline
