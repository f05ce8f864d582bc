// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline {

/// Runs a statement that may read what belongs to another branch, such as the open loans of a patron there.
/// The server writes such a reading to its audit log first and answers with one row without a `key`; when
/// that is committed it gives the rows to the same question. So this asks a second time then; a rollback in
/// between hides nothing. Call it outside of a transaction, in the session's thread. Throws DbException.
[[nodiscard]] Rows recordedReading(Session &session, const Statement &statement, const QVariantList &values,
                                   const char *key = "id");

} // namespace Branchline
