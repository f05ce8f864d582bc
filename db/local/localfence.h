// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/filelock.h"
#include "db/local/locallayout.h"
#include "db/local/locallibrary.h"
#include "db/local/localstate.h"

#include <memory>

namespace Branchline::Internal {

/// A local library that runs for one program alone: while this lives, no other can connect to it, start or
/// stop it. Its sockets lie in another folder meanwhile, and its lock is held. A program that is killed
/// leaves a library that the next start repairs, since its sockets are missing. Everything blocks and throws
/// DbExceptions.
class LocalFence final
{
public:
    /// Starts the library if need be, then ends every session.
    LocalFence(const LocalOptions &options, const LocalProgress &progress);
    /// Lets everybody in again, unless the library was stopped.
    ~LocalFence();
    Q_DISABLE_COPY_MOVE(LocalFence)

    /// With the addresses that hold meanwhile.
    [[nodiscard]] const LocalStatus &status() const { return m_status; }

    /// Stops the servers; the lock stays held.
    void stop();

private:
    void endSessions() const;

    const LocalLayout m_layout;
    const ServerAccount m_account;
    const LocalProgress m_progress;
    std::unique_ptr<FileLock> m_lock;
    LocalState m_state;
    LocalStatus m_status;
    QString m_sockets; ///< their usual folder
    bool m_isStopped = false;
};

} // namespace Branchline::Internal
