// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <functional>
#include <mutex>
#include <thread>

namespace Branchline::Internal {

/// Looks, over a connection of its own, at who keeps a session from its locks while that waits.
class LockWitness final
{
public:
    /// Starts looking; `backend` is the process id of the session's server process. `first` is told, in
    /// another thread, who is seen first.
    LockWitness(SessionSettings settings, qint64 backend, std::function<void(const QString &)> first = {});
    Q_DISABLE_COPY_MOVE(LockWitness)

    /// Who was seen last: "process 4711 (login anna, program psql, in a transaction for 12 min)"; or empty.
    /// Thread-safe.
    [[nodiscard]] QString seen() const;

private:
    void run(const std::stop_token &stop, const SessionSettings &settings, qint64 backend);

    const std::function<void(const QString &)> m_first;
    mutable std::mutex m_mutex;
    QString m_seen;
    std::jthread m_thread; ///< last: it ends before the rest goes
};

} // namespace Branchline::Internal
