// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/serveraccount.h"

#include <QStringList>

#include <chrono>

namespace Branchline::Internal {

struct Launch final
{
    QString program;
    QStringList arguments;
    QString outputFile; ///< replaced; takes both outputs
    const ServerAccount &account;
};

/// Runs a program as the account and waits for its end. It inherits `keepOpen`: see FileLock::descriptor().
/// Returns its exit status, or -1 when it had to be ended after `deadline`. Throws when it cannot start.
[[nodiscard]] int runProgram(const Launch &launch, int keepOpen, std::chrono::milliseconds deadline);

/// Starts a program as the account in a session of its own, so that it outlives us and hears no signal of
/// our terminal. Returns the number of its process. Throws when it cannot start.
[[nodiscard]] qint64 startDetached(const Launch &launch);

} // namespace Branchline::Internal
