// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <chrono>

namespace Branchline::Internal {

/// An exclusive lock between programs, given back by the system when the program dies. It is on an open
/// file (flock), so two holders in one program exclude each other too.
class FileLock final
{
public:
    /// Makes the file if needed and waits for the lock. Throws a DbException when it cannot be made or is
    /// still held after `deadline`.
    FileLock(const QString &path, std::chrono::milliseconds deadline);
    ~FileLock();
    Q_DISABLE_COPY_MOVE(FileLock)

    /// The open file. A child that inherits it keeps the lock until it ends.
    [[nodiscard]] int descriptor() const { return m_descriptor; }

private:
    [[nodiscard]] bool tryLock(const QByteArray &path);

    int m_descriptor = -1;
};

} // namespace Branchline::Internal
