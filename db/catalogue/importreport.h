// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"

#include <QStringList>

#include <chrono>
#include <optional>
#include <vector>

namespace Branchline {

/// What a file looks like before anything is written.
struct ImportPreview
{
    struct Book
    {
        QString title;
        QString authors;
        QString year;
        QString language; ///< ISO 639 code
        QString isbn13;
        QString problem; ///< why it would be rejected; empty when it would go in
    };
    QString file;
    qint64 size = 0; ///< bytes
    QString encoding;
    QString separator;       ///< a word such as "comma"
    QStringList usedColumns; ///< as the file names them
    QStringList remarks;     ///< as in ImportReport
    std::vector<Book> books; ///< the first ones
    QString rejectsFile;     ///< where rows will go that cannot be used
};

/// Every row that was read is one of the four.
struct ImportCounts
{
    qint64 read = 0;
    qint64 added = 0;
    qint64 updated = 0;   ///< the book was there and says something else now
    qint64 unchanged = 0; ///< the book was there with all that the row says
    qint64 rejected = 0;
    qint64 notes = 0; ///< remarks about rows that went in
};

/// How far it is; the times are from the start.
struct ImportProgress
{
    ImportCounts counts;
    qint64 bytes = 0; ///< of the file, done
    qint64 size = 0;
    std::chrono::milliseconds elapsed{0};
    bool isWaiting = false; ///< main does not answer; it is asked again and again
    /// Rows a second, so far.
    [[nodiscard]] double rate() const;
    /// Time still needed; negative while nobody can tell.
    [[nodiscard]] std::chrono::seconds remaining() const;
};

/// One line of a rejects or notes file.
struct ImportRemark
{
    qint64 line = 0;
    QString title;
    QString text;
};

struct ImportReport
{
    ImportCounts counts;
    QStringList remarks; ///< sentences about the file as a whole: encoding, columns that were not used
    std::vector<ImportRemark> firstRejects; ///< at most mostShown
    std::vector<ImportRemark> firstNotes;   ///< at most mostShown
    QString rejectsFile;                    ///< empty when every row went in
    QString notesFile;                      ///< empty when there are no notes
    bool isCancelled = false;
    qint64 lastLine = 0; ///< line of the file up to which rows are done
    std::chrono::milliseconds elapsed{0};
    std::optional<DbError> error; ///< why it ended before the end of the file

    static constexpr size_t mostShown = 500;
};

} // namespace Branchline
