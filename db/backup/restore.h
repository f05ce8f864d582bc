// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/backup.h"

namespace Branchline {

/// What of a backup is restored, and where.
struct RestoreOptions
{
    /// These databases only ("main" or "<name>_shard"), into a library whose other databases run; empty: all,
    /// which makes a library of its own.
    QStringList only = {};
    /// A staff login without a password, as in InitOptions: of the local library.
    QString localStaffLogin = {};
    /// The library moves to other addresses before anybody uses it: leaves out the replication, and leaves
    /// the databases closed and marked as unfinished. openRestored() does the rest.
    bool isToMove = false;
    /// A library that the same backup has filled and opened is opened again: the caller had something left to
    /// do after that. Else it is refused as any other.
    bool mayBeFinished = false;
    BackupOptions run = {};

    /// The shards that get their reference rows anew, by bare name; empty: all.
    [[nodiscard]] QStringList shardsOnly() const;
};

/// One database that was restored.
struct RestoredDatabase
{
    QString name;
    QDateTime time;   ///< what it holds is of this moment, unless an earlier run has let people in
    QString position; ///< of the log of its old server
    qint64 rows = 0;  ///< that were counted, or of an earlier run: that the manifest says
    /// Rows by table that are not as many as the manifest says, as sentences; none unless something is wrong.
    QStringList differences;
};

/// What restoreLibrary() did.
struct RestoreReport
{
    QList<RestoredDatabase> databases;
    QStringList filledBefore;          ///< those that an earlier run had filled
    QStringList madeRoles;             ///< "anna" or, with several servers, "anna (north_shard)"
    QStringList keptRoles;             ///< they existed and were left as they are, with their own passwords
    QStringList strangers;             ///< those of them that may be somebody else
    QStringList leftOutMemberships;    ///< in groups that are not the library's, as "anna in clerks"
    std::vector<ResumedTable> resumed; ///< reference tables, brought up to main
    /// Branches that main knows on a restored shard and that the backup does not, by code.
    QStringList newerBranches;
};

/// Makes the databases of the addresses from a backup whose files were checked: looks at every server before
/// the first change, then makes logins, databases and rows, counts them, and makes the replication. A
/// database that holds anything is never touched, unless an earlier restore left it before its rows were
/// complete: that is begun anew, so a restore that was killed is run again. Once all rows are there none is
/// ever taken away again; a restore that was killed later goes on where people are let in. Shards live where
/// the addresses say; main's list is made to say the same.
///
/// Runs what the backup says as a superuser: it must come from somebody you trust. Needs superusers. Blocks,
/// for minutes to hours.
[[nodiscard]] Result<RestoreReport> restoreLibrary(const AdminAddresses &addresses,
                                                   const BackupManifest &backup, const QString &directory,
                                                   const RestoreOptions &options = {});

/// The end of a restore, where its databases are now: makes the replication, comparing every reference row,
/// and lets people in. May be repeated.
[[nodiscard]] Result<std::vector<ResumedTable>> openRestored(const AdminAddresses &addresses,
                                                             const RestoreOptions &options);

} // namespace Branchline
