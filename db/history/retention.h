// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/migration.h"

namespace Branchline {

/// Makes the months of the audit log that are missing, a year ahead, and sorts rows into theirs that came
/// before it; desks go on meanwhile. Needs a session that may SET ROLE branchline_owner. Returns the names of
/// the new ones; none where the schema is older than the months. Throws Retryable when a lock is held for a
/// minute.
QStringList makeAuditMonths(Session &session);

/// What is to be taken out of the audit log, and how.
struct RetentionOptions
{
    /// How many whole months to keep beside the one that runs; it is stored in main. 0: as it is stored.
    int months = 0;
    QString folder = {};   ///< save each month there before it goes; empty: nowhere
    bool isDryRun = false; ///< only say what would be done
    bool echo = false;     ///< list statements on stderr, as SQL_ECHO does
    std::function<void(const QString &)> progress = {}; ///< a sentence per month, in the calling thread
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
};

/// Makes the months ahead in every database and takes out those that are older than is to be kept: each is
/// saved as CSV (<database>-<name>.csv, for COPY … FROM with HEADER) when there is a folder, then its table
/// is dropped in one transaction with a row in the log that says who did it. May be killed at any time and
/// run again: a month is there with all its rows, or gone and saved. Needs logins that may SET ROLE
/// branchline_owner. Blocks.
[[nodiscard]] Result<RetentionReport> retainAudit(const AdminAddresses &addresses,
                                                  const RetentionOptions &options);

} // namespace Branchline
