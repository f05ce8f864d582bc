// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/directory.h"

#include <QThreadPool>

#include <functional>
#include <mutex>

namespace Branchline {

/// The copy of the directory on the workstation's disk, with which a desk starts while main is down. One
/// thread of its own reads and writes it, since a home on the network may hang. A convenience: errors of the
/// disk are those of a copy that is not there. All functions are thread-safe, and but for stop() none of them
/// waits.
class DirectoryCache final
{
public:
    explicit DirectoryCache(const QString &path);
    /// Stops.
    ~DirectoryCache();
    Q_DISABLE_COPY_MOVE(DirectoryCache)

    /// Calls `done` with the copy of an earlier run, or null. The file is read once, and `done` is then
    /// called in the thread that reads it; later calls are answered from memory, in the caller's thread.
    void fetch(std::function<void(const DirectoryPtr &)> done);
    /// Writes a directory to the disk, unless the same stands there or one with a greater number was handed
    /// over. The file is replaced as a whole.
    void keep(const DirectoryPtr &directory, quint64 number);
    /// Waits until what was handed over is written and what was asked is answered. From then on nothing is
    /// written, and what was not read is not there.
    void stop();

private:
    void read();
    void write();

    const QString m_path;
    QByteArray m_content; ///< of the file, as far as known; of the thread only

    std::mutex m_mutex; ///< for the rest, never held at the disk
    bool m_isRead = false;
    bool m_isStopped = false;
    DirectoryPtr m_copy; ///< of an earlier run
    DirectoryPtr m_waiting;
    quint64 m_number = 0; ///< the greatest handed over
    QThreadPool m_thread; ///< one thread: one writer
};

} // namespace Branchline
