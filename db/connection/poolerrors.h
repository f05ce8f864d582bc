// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"
#include "db/connection/poolgauges.h"

#include <exception>

namespace Branchline {

/// The errors that a pool itself makes, in plain sentences. `operation` is that of the call.

/// The deadline of a call passed.
[[nodiscard]] DbError lateError(const QString &database, QLatin1StringView operation, bool outcomeUnknown);
/// The caller gave the call up.
[[nodiscard]] DbError canceledError(const QString &database, QLatin1StringView operation,
                                    bool outcomeUnknown);
/// The program, or this part of it, ends. Of the kind Timeout, so that whoever keeps calls that were not
/// answered keeps this one too.
[[nodiscard]] DbError endingError(const QString &database, QLatin1StringView operation, bool outcomeUnknown);
/// No connection came free in time; names the calls that hold them.
[[nodiscard]] DbError exhaustedError(const QString &database, QLatin1StringView operation,
                                     const std::vector<ConnectionHolder> &holders);
/// Attempts to connect hang, and no more of them are begun.
[[nodiscard]] DbError hangingError(const QString &database);
/// A task ended with its transaction open: nothing of that transaction stands.
[[nodiscard]] DbError leakError(const QString &database, QLatin1StringView operation);
/// A task threw something else than a DbException.
[[nodiscard]] DbError defectError(const QString &database, QLatin1StringView operation,
                                  const std::exception &exception);

} // namespace Branchline
