// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline::Internal {

/// Sends what `from` (a query) answers in one database into `to` (a table with a column list) of another, row
/// by row, so that the memory that it takes is that of one row. Returns the number of rows. Blocks; throws
/// DbException, after which both connections are of use only when they say so.
qint64 copyRows(Session &source, const QString &from, Session &target, const QString &to);

} // namespace Branchline::Internal
