// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/restore.h"
#include "db/local/locallibrary.h"

namespace Branchline {

/// How a local library is brought to another version of PostgreSQL.
struct LocalUpgradeOptions
{
    LocalOptions library;
    int major = 0; ///< of PostgreSQL; 0: the newest that is installed, if it is newer than the library's
    BackupOptions run = {};
};

struct LocalUpgradeReport
{
    int from = 0; ///< versions of PostgreSQL; 0 when an earlier run had copied everything
    int to = 0;
    QString old; ///< where the library is that was there before, untouched
    qint64 rows = 0;
    std::vector<ResumedTable> resumed;
};

/// Makes a local library anew on another version of PostgreSQL, by dump and restore, and puts it in the place
/// of the old one, whose folder stays beside it as FOLDER.before-<time> until a person removes it. Nobody can
/// use the library meanwhile; programs that wait go on with the new one.
///
/// The two folders change places in one step, when all rows are in the new one and counted. Killed before
/// that, the old library is as it was, and starts; killed after it, the next call finishes. Blocks.
[[nodiscard]] Result<LocalUpgradeReport> upgradeLocalLibrary(const LocalUpgradeOptions &options);

} // namespace Branchline
