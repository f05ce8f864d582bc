// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"

namespace Branchline {

/// What came in by an import that is given up.
struct GivenUpImport
{
    QDateTime startedAt; ///< UTC
    qint64 rows = 0;     ///< that it wrote, barcodes and copies counted each
    qint64 missing = 0;  ///< copies that were to be lent, and are marked as missing
};

/// Ends an import that will not be run again. What is in stays and becomes a part of the library like any
/// other row: books get their summaries, the replication goes on, copies without their loans are marked as
/// missing, and the shards know the branches. Barcodes whose copies never came stay taken until “verify
/// --repair”. Needs what an import needs; options.directory and refusedFile are not read. Blocks; may be
/// killed and called again. NotFound: no import is under way.
[[nodiscard]] Result<GivenUpImport> giveUpImport(const AdminAddresses &addresses,
                                                 const LibraryImportOptions &options);

} // namespace Branchline
