// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QMap>
#include <QStringList>

#include <optional>

namespace Branchline::Internal {

/// One PostgreSQL server of a local library.
struct LocalServerEntry final
{
    QString name;          ///< "library" when it holds every database, else "main" or "<shard>_shard"
    int port = 5432;       ///< only names the socket: no server listens on the network
    QStringList databases; ///< the databases on it
    bool isMade = false;   ///< its data folder was complete once; if it is missing now, data is lost
};

/// What a local library consists of, kept in `library.json` in its folder.
struct LocalState final
{
    bool separateServers = false;
    bool isBeingRemoved = false; ///< `destroy` began
    bool ownsDirectory = false;  ///< the folder itself was made by us
    QString making;        ///< "empty", "demo" or "upgrade": beginMaking() without finishMaking(); else empty
    int postgresMajor = 0; ///< the version that made the data folders
    QDateTime created;     ///< UTC
    QString socketDirectory; ///< where the sockets were last
    QString mainDatabase;
    QMap<QString, QString> shardDatabases; ///< shard name → database
    QList<LocalServerEntry> servers;

    /// A library that does not exist yet, with the given shard names.
    [[nodiscard]] static LocalState fresh(bool separateServers, const QStringList &shards);
    /// Reads the file; nothing when there is none. Throws a DbException when it is damaged.
    [[nodiscard]] static std::optional<LocalState> load(const QString &file);
    /// Writes the file as a whole. Throws a DbException.
    void save(const QString &file) const;

    [[nodiscard]] int highestPort() const;
};

} // namespace Branchline::Internal
