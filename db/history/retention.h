// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/migration.h"

namespace Branchline {

/// What makeAuditMonths() did.
struct MadeMonths
{
    QStringList names; ///< of the new ones
    QString remark;    ///< why there are not all, as a sentence; empty: all are there
};

/// Makes the months of the audit log that are missing, three years ahead, and brings entries into theirs that
/// came before it; each in a transaction of its own, desks go on meanwhile. Needs a session that may SET ROLE
/// branchline_owner. Nothing where the schema is older than the months. A lock that somebody holds, as a
/// backup does for hours, is no error: where next month is ready it is tried once, else for a minute.
MadeMonths makeAuditMonths(Session &session);

/// What is to be taken out of the audit log, and how.
struct RetentionOptions
{
    /// How many whole months to keep beside the one that runs; it is stored in main. 0: as it is stored.
    int months = 0;
    QString folder = {};      ///< save each month there before it goes; empty: nowhere
    bool isConfirmed = false; ///< keep fewer than 12 months, and fewer than before
    bool isDryRun = false;    ///< only say what would be done
    bool echo = false;        ///< list statements on stderr, as SQL_ECHO does
    std::function<void(const QString &)> progress = {}; ///< a sentence per month, in the calling thread
    /// The time of this computer, to which the servers are compared.
    std::function<QDateTime()> clock = &QDateTime::currentDateTimeUtc;
};

/// A month that was taken out of the audit log of a database, or would be.
struct TakenMonth
{
    QString database; ///< "main" or "<name>_shard"
    QString name;     ///< of its table
    QDateTime until;  ///< UTC; it ends before this
    qint64 rows = 0;
    QString file; ///< where they are saved; empty: nowhere
};

/// What retainAudit() did.
struct RetentionReport
{
    int months = 0; ///< that are kept; 0: all, since nobody has said how many
    std::vector<TakenMonth> taken;
    QStringList remarks; ///< why not all months to come could be made, a sentence for each database concerned
};

/// Makes the months ahead in every database and takes out those that are older than is to be kept: each is
/// saved as CSV (<database>-<name>-<UTC time>.csv, for COPY … FROM with HEADER) when there is a folder, where
/// no file is ever replaced; then its table is dropped in one transaction with a row in the log that says who
/// did it. Nothing goes when a server's clock differs from this computer's by more than a minute
/// (Configuration), when fewer months are to be kept than 12 and than before and that is not confirmed, or
/// while a backup reads the log (Conflict). May be killed at any time and run again: a month is there with
/// all its rows, or gone and saved. Needs logins that may SET ROLE branchline_owner. Blocks.
[[nodiscard]] Result<RetentionReport> retainAudit(const AdminAddresses &addresses,
                                                  const RetentionOptions &options);

} // namespace Branchline
