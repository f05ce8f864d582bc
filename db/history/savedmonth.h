// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline::Internal {

/// Saves the partition `month` of the audit log as CSV with a line of names, whole, on the disk and readable
/// by its owner only, or not at all; returns the number of its rows. A file that is there already may be the
/// only copy of what it holds: it is never replaced. Throws Configuration when the file cannot be written.
qint64 saveMonth(Session &session, const QString &month, const QString &path);

} // namespace Branchline::Internal
