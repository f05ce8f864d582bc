// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/locallayout.h"
#include "db/local/localstate.h"
#include "db/local/serverbinaries.h"

#include <functional>

class QDeadlineTimer;

namespace Branchline::Internal {

/// What all servers of a library have in common while they are started.
struct LocalEnvironment final
{
    const LocalLayout &layout;
    const ServerAccount &account;
    QString socketDirectory;
    int shardCount = 0;
    std::function<void(const QString &)> progress; ///< never empty; may be called from several threads
};

enum class Shutdown {
    Fast,     ///< sessions are cut off and everything is written; the immediate one follows after 45 s
    Immediate ///< as in a crash, for a server that is removed anyway
};

/// One server of a local library. Everything blocks, with deadlines, and throws DbExceptions. Call under the
/// library's lock and a FileIdentity; one thread per server.
class LocalServer final
{
public:
    LocalServer(const LocalEnvironment &environment, LocalServerEntry entry);

    [[nodiscard]] const LocalServerEntry &entry() const { return m_entry; }
    [[nodiscard]] bool isMade() const;

    /// Makes the data folder: beside its place, and then renamed, so that a half-made one is never used.
    void make(const ServerBinaries &binaries, int lockDescriptor);
    /// Brings the server up and waits until it accepts connections; clears away what a crash left.
    void run(const ServerBinaries &binaries);
    /// Makes the databases that are not there yet.
    void makeDatabases() const;
    /// Nothing happens when it does not run.
    void stop(Shutdown shutdown) const;

private:
    [[nodiscard]] bool awaitReady(qint64 pid, const QDeadlineTimer &deadline) const;
    [[nodiscard]] bool hasLostItsSocket() const;
    [[nodiscard]] bool mayRetry() const;
    [[noreturn]] void failToRun(const QString &what) const;

    const LocalEnvironment &m_environment;
    LocalServerEntry m_entry;
    QString m_data;
};

} // namespace Branchline::Internal
