// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

namespace Branchline {

/// One column of a row that an entry is about.
struct HistoryChange
{
    QString field; ///< name of the column; of readings and refusals "read", "action", "reasons"
    QString before;
    QString after;
    bool isHidden = false; ///< it changed, but from what to what is not for this login

    [[nodiscard]] bool operator==(const HistoryChange &) const = default;
};

/// A place in a history: it goes on behind it. A null id is the beginning.
struct HistoryKey
{
    qint64 micros = 0; ///< since 1970, UTC
    QUuid id;

    [[nodiscard]] auto operator<=>(const HistoryKey &other) const
    {
        // As PostgreSQL orders a uuid: by its bytes.
        return std::pair(micros, id.toRfc4122()) <=> std::pair(other.micros, other.id.toRfc4122());
    }
    [[nodiscard]] bool operator==(const HistoryKey &) const = default;
};

/// Who did what to one row.
struct HistoryEntry
{
    HistoryKey key;
    QDateTime at;                       ///< UTC, when its transaction began
    QString actor;                      ///< login
    QString actorName;                  ///< the login where main does not answer or does not know it
    QString desk;                       ///< the program and its workstation, such as "branchline desk-3"
    QString operation;                  ///< insert, update, delete, read, refused
    QString table;                      ///< "op_result": something that a desk was refused
    QUuid row;                          ///< null when it is about no single row
    QString branchCode;                 ///< empty when it belongs to no branch
    QString branchName;                 ///< likewise
    QByteArray timeZone;                ///< IANA name, of the branch; empty without one
    QString subject;                    ///< title, barcode, name …; empty where it is not for this login
    QString database;                   ///< "main" or the bare name of the shard
    std::vector<HistoryChange> changes; ///< by field

    [[nodiscard]] bool operator==(const HistoryEntry &) const = default;
};

/// What the audit page is narrowed down to; whatever is empty does not count.
struct HistoryFilter
{
    QDateTime from;         ///< not before
    QDateTime to;           ///< before
    QString actor;          ///< the login
    QString desk;           ///< a part of the workstation's name
    QStringList tables;     ///< names of tables
    QStringList operations; ///< of insert, update, delete, read, refused
    QUuid branch;

    [[nodiscard]] bool operator==(const HistoryFilter &) const = default;
};

/// A page of a history: what main and the shards have, newest first.
struct HistoryPage
{
    std::vector<HistoryEntry> entries;
    bool hasMore = false; ///< ask again behind `last`
    HistoryKey last;      ///< how far back this page goes, which may be behind its last entry
    QStringList missing;  ///< "main" or shards that did not answer: their entries are not here
    int databases = 0;    ///< how many were asked
};

/// What became of one record, `most` entries behind `after`. A book's authors and subjects are the book's, a
/// patron's cards and blocks the patron's, what was refused for a copy the copy's. Main is asked, and every
/// shard too unless the table is main's alone. Fails with NotAllowed when there is something that the login
/// may not read (docs/RIGHTS.md), with NotFound for an unknown table, with the error of the first database
/// when none answers.
[[nodiscard]] QFuture<Result<HistoryPage>> recordHistory(Cluster &cluster, const QString &table,
                                                         const QUuid &row, const HistoryKey &after = {},
                                                         int most = 100);

/// A page of everything that the login may read, narrowed down by a filter. Of one branch, main and the
/// branch's shard are asked; otherwise main and all shards. A database looks at so many entries at a time
/// and no more, so a page may have few entries, or none, and yet more behind it. Fails like recordHistory().
[[nodiscard]] QFuture<Result<HistoryPage>> auditPage(Cluster &cluster, const HistoryFilter &filter,
                                                     const HistoryKey &after = {}, int most = 100);

/// A member of staff by whom entries may be.
struct HistoryActor
{
    QString login;
    QString name;
};

/// The staff by name, those who left included; nobody for a login that may read no history.
[[nodiscard]] QFuture<Result<std::vector<HistoryActor>>> historyActors(Cluster &cluster);

} // namespace Branchline
