// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulkfiles.h"
#include "db/connection/session.h"

namespace Branchline::Internal {

/// Makes pg_temp.import_rows for the rows of a file, in place of the one that the session may have. It is
/// empty again after each transaction.
void makeStagingTable(Session &session, const BulkFile &file);
/// Puts rows of a BulkBatch into it. Throws DbException, which quotes no value.
void copyIn(Session &session, QByteArrayView rows);

} // namespace Branchline::Internal
