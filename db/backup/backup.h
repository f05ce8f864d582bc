// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/manifest.h"
#include "db/cluster/initialise.h"
#include "db/local/serverbinaries.h"

namespace Branchline {

/// How a library is backed up or restored.
struct BackupOptions
{
    BinarySearch programs = {}; ///< where pg_dump, pg_dumpall and pg_restore are looked for
    int jobs = 2;               ///< connections of each pg_dump or pg_restore
    bool echo = false;          ///< list statements on stderr, as SQL_ECHO does
    std::function<void(const QString &)> progress =
        {};                                 ///< a sentence per step; from several threads, one at a time
    std::function<bool()> isCancelled = {}; ///< asked some times a second, in any thread
};

/// Dumps every database of a library, with the logins of its servers, into a new folder. Desks go on.
///
/// The snapshots of all databases are taken within milliseconds before the first row is read, those of the
/// shards first and main's last: what was answered before the call is in, and main knows every book, patron
/// and barcode that the shards refer to. The folder gets its name when everything is on the disk.
///
/// Waits for an `init`, a migration or an import that is under way, and these wait for it. Needs superusers.
/// Blocks, for minutes to hours.
[[nodiscard]] Result<BackupManifest> backUp(const AdminAddresses &addresses, const QString &directory,
                                            const BackupOptions &options = {});

} // namespace Branchline
