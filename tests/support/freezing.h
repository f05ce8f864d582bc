// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

namespace Branchline {

/// Sends SIGSTOP to processes and waits until each thread of them stands still: on a busy machine they may do
/// something more before. False when one is gone or still runs after ten seconds.
[[nodiscard]] bool freezeProcesses(const QList<qint64> &processes);
[[nodiscard]] bool freezeProcess(qint64 process);

} // namespace Branchline
