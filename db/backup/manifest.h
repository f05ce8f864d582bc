// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QDateTime>
#include <QList>
#include <QMap>
#include <QStringList>

#include <functional>

namespace Branchline {

/// A branch as a shard had it when it was dumped.
struct BackedUpBranch
{
    QString id;
    QString code;
    qint64 epoch = 0;
};

/// One database of a backup.
struct BackedUpDatabase
{
    QString name;           ///< "main" or "<shard>_shard"
    QString shard;          ///< bare name; empty: main
    QString folder;         ///< of its dump, in the backup's folder
    QString server;         ///< the server's number; databases with the same one shared a server
    int serverMajor = 0;    ///< PostgreSQL's version
    QString localeProvider; ///< "c" or "i"
    QString collation;
    QString characterType;
    QString icuLocale;
    int schemaVersion = 0;
    QString catalogHash;            ///< catalogHash() of the schema
    QString position;               ///< of the server's log (LSN) when the snapshot was taken
    QString snapshot;               ///< which transactions are in (pg_current_snapshot)
    QDateTime time;                 ///< of the snapshot, by the server's clock
    QMap<QString, qint64> rows;     ///< by table, with its schema
    QList<BackedUpBranch> branches; ///< a shard's
};

/// The logins and groups of one server.
struct BackedUpServer
{
    QString identifier;
    QString file;           ///< what pg_dumpall said, in the backup's folder
    QStringList roles;      ///< those that belong to the library
    QStringList superusers; ///< those of them that are superusers; no backup makes one
};

/// A file of a backup.
struct BackedUpFile
{
    QString name; ///< relative to the backup's folder
    qint64 bytes = 0;
    QString sha256; ///< in hexadecimal
};

/// What a backup consists of: `manifest.json` in its folder.
struct BackupManifest
{
    QString identifier; ///< no other backup has the same; not in the file, but made from it
    QString program;    ///< version of Branchline
    QDateTime begun;    ///< UTC; what was answered before is in the backup
    QDateTime finished;
    int dumpMajor = 0;                 ///< version of pg_dump
    QList<BackedUpDatabase> databases; ///< shards in the order of their snapshots, main last
    QList<BackedUpServer> servers;
    QList<BackedUpFile> files;

    [[nodiscard]] const BackedUpDatabase *database(const QString &name) const;
    [[nodiscard]] QStringList shards() const;
    [[nodiscard]] qint64 bytes() const;

    /// Reads and checks the manifest of a folder, but none of the other files. NotFound: that is no backup;
    /// Conflict: the manifest is damaged; SchemaMismatch: a newer program made it.
    [[nodiscard]] static Result<BackupManifest> load(const QString &folder);
    /// Reads every file: Conflict, naming it, when one is missing or not as it was written; Canceled as soon
    /// as `isCancelled` says so.
    [[nodiscard]] Result<Done> check(const QString &folder,
                                     const std::function<bool()> &isCancelled = {}) const;
};

namespace Internal {

/// Lists every file of the folder but one with its checksum, and writes the manifest. Throws DbException;
/// Canceled as soon as `isCancelled` says so.
void writeManifest(BackupManifest &manifest, const QString &folder, const QString &but,
                   const std::function<bool()> &isCancelled = {});

} // namespace Internal

} // namespace Branchline
