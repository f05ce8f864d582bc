// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <QMap>

#include <functional>
#include <optional>

namespace Branchline {

/// Sessions of one database that are alike. Only names and states leave the server, never a query's text.
struct SessionGroup
{
    QString program;   ///< first word of application_name: "branchline", "branchlinectl", "psql"
    QString desk;      ///< the workstation's name, of our own programs only
    QString state;     ///< as pg_stat_activity calls it: "active", "idle in transaction"
    QString waitType;  ///< "Lock", "Client" …; empty when it waits for nothing
    QString waitEvent; ///< "transactionid", "ClientRead" …
    int sessions = 0;
};

/// One of the oldest open transactions.
struct OldTransaction
{
    qint64 processId = 0;
    QString application;
    QString state;
    double ageS = 0;
};

/// A session that others wait for.
struct LockHolder
{
    qint64 processId = 0; ///< 0: a prepared transaction
    QString program;      ///< as in SessionGroup
    QString desk;
    QString state;              ///< as pg_stat_activity calls it, or "prepared"
    std::optional<double> ageS; ///< of its transaction
    int waiting = 0;            ///< sessions that it keeps waiting
};

/// Sessions of one database that wait for a lock now.
struct LockWaits
{
    int sessions = 0;
    double longestS = 0;
    std::vector<LockHolder> holders; ///< that wait for nobody themselves; most waited for first, at most 5
};

/// A place in the write-ahead log that the server keeps for a reader.
struct ReplicationSlot
{
    QString name;
    bool isLogical = false;
    bool isActive = false;
    QString walStatus;              ///< "reserved", "extended", "unreserved" or "lost"
    std::optional<qint64> retained; ///< bytes of log that are kept for it; not set when they are lost
    std::optional<qint64> behind;   ///< bytes that the reader has not confirmed; of logical ones
    std::optional<double> lagS;     ///< seconds; not set when nobody reads, or before the first answer
};

/// A server that follows this one as a whole.
struct Standby
{
    QString name;
    QString state;
    QString syncState; ///< "sync", "quorum", "potential" or "async"
    std::optional<double> lagS;
};

/// A subscription of a shard to main's reference tables.
struct SubscriptionState
{
    QString name;
    QString slotName;
    bool isEnabled = false;
    bool isRunning = false;
    qint64 applyErrors = 0; ///< since the server's statistics were reset
    qint64 syncErrors = 0;
    qint64 tablesOpen = 0;          ///< whose first copy is not complete
    std::optional<double> runningS; ///< since its worker began
};

/// A role or database for which commits were made unsafe.
struct UnsafeCommit
{
    QString role;     ///< empty: every role
    QString database; ///< empty: every database
    QString value;    ///< "synchronous_commit=off"
};

/// What a server says of itself and of one of its databases.
struct ServerState
{
    QString identity; ///< equal for databases on the same running server
    QString version;
    int versionNumber = 0;
    double startedAt = 0; ///< seconds since 1970, UTC
    bool isInRecovery = false;
    QMap<QString, QString> settings; ///< in the server's own units
    QStringList waitingForRestart;   ///< settings that were changed and do not count yet
    std::vector<UnsafeCommit> unsafeCommits;

    int connectionsOnServer = 0;
    int connectionsHere = 0;
    int connectionLimit = -1; ///< of the database; -1: none
    std::vector<SessionGroup> sessions;
    LockWaits lockWaits;
    std::vector<OldTransaction> oldTransactions; ///< oldest first
    int preparedTransactions = 0;
    double oldestPreparedS = 0;
    qint64 commits = 0;
    qint64 rollbacks = 0;
    qint64 deadlocks = 0;

    std::vector<ReplicationSlot> replicationSlots;
    std::vector<Standby> standbys;
    std::vector<SubscriptionState> subscriptions; ///< a shard's

    int auditMonthsAhead = 0;       ///< of the audit log, beginning with the next, that are ready
    bool hasStrayAuditRows = false; ///< came before their month

    int blockedPurges = 0; ///< main's: that have blocked their patron for an hour, and done nothing
    int blankedPurges = 0; ///< main's: that some shard has kept from being complete for an hour

    double latencyMs = 0;         ///< of one round trip
    double clockDifferenceS = 0;  ///< server minus workstation
    double clockUncertaintyS = 0; ///< half of the round trip in which it was measured

    /// A setting as a number; 0 when it is none.
    [[nodiscard]] int number(const QString &setting) const { return settings.value(setting).toInt(); }
};

/// Seconds since 1970 by this workstation's clock. Called in the workers' threads.
using WallClock = std::function<double()>;
[[nodiscard]] double systemSeconds();

/// Asks the server; throws DbException.
[[nodiscard]] ServerState readServerState(Session &session, bool isMain, const WallClock &clock);

} // namespace Branchline
