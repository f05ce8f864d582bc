// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulkfiles.h"

#include <QDateTime>

#include <functional>
#include <map>

namespace Branchline::Internal {

/// A file of the folder.
struct LibraryFile
{
    QString path;
    qint64 size = 0;
    QString sha256;
    QDateTime changedAt; ///< before it was read

    /// Throws Conflict when the file is not the one that was read: what has gone in of it is of two files.
    void requireUnchanged() const;
};

/// The files of a library on disk: which of them are there, and what tells them from others.
struct LibraryFolder
{
    std::map<QString, LibraryFile> files; ///< by name without ".csv"; those that are there
    QString identity;                     ///< a hash over all of them

    [[nodiscard]] bool has(const QString &name) const { return files.contains(name); }
    [[nodiscard]] qint64 size(const QString &name) const { return has(name) ? files.at(name).size : 0; }
    [[nodiscard]] QString path(const QString &name) const { return files.at(name).path; }
};

/// Looks for the files and reads each once, for its checksum. Throws DbException when one is missing or
/// cannot be read; `check` is called now and then and may throw.
[[nodiscard]] LibraryFolder readLibraryFolder(const QString &directory, const std::function<void()> &check);

} // namespace Branchline::Internal
