// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QSaveFile>

#include <memory>

namespace Branchline {

/// A CSV file that appears when its first row is written, and under its name only when it is complete.
class LateCsvFile final
{
public:
    LateCsvFile() = default;
    Q_DISABLE_COPY_MOVE(LateCsvFile)

    /// Checks that a file can be made there. InvalidValue when it cannot.
    [[nodiscard]] Result<Done> prepare(const QString &path, const QStringList &header, char separator,
                                       bool byteOrderMark);
    /// Throws DbException (InvalidValue) when the disk is full.
    void write(const QByteArrayList &cells);
    /// Puts the file in its place, if anything was written, and returns its path; else an empty one.
    [[nodiscard]] QString finish();

private:
    QString m_path;
    QByteArrayList m_header;
    char m_separator = ',';
    bool m_mark = false;
    std::unique_ptr<QSaveFile> m_file;
};

/// Throws DbException (InvalidValue) when two of the names mean one file: the one would take the other's
/// place.
void requireThreeFiles(const QString &source, const QString &rejects, const QString &notes);

/// A name beside a file: "books.csv" with "rejects" gives "books.rejects.csv". In the current folder, or the
/// one for temporary files, when nothing can be written beside it.
[[nodiscard]] QString nameBeside(const QString &file, const QString &what);

} // namespace Branchline
