// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QFuture>

#include <chrono>

namespace Branchline {

struct ImportOptions
{
    QString file;                      ///< CSV, see BookColumns for its columns
    QString rejectsFile;               ///< rows that did not go in; empty: beside the file
    QString notesFile;                 ///< what was left out of rows that went in; empty: beside the file
    std::chrono::seconds patience{60}; ///< how long a main database that does not answer is waited for
    int batchRows = 500;               ///< rows of one transaction
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

/// Brings the books of a CSV file into the catalogue. It runs in threads and on a connection of its own, in
/// batches of one transaction each: whatever ends it in between, whole batches are in, and repeating the
/// import brings in the rest. The same ISBN is the same book; a row without one is the book with its title,
/// first author and year; what a row says replaces what the book says, what it leaves empty stays.
class BookImport final
{
public:
    /// `cluster` outlives the import.
    BookImport(Cluster &cluster, ImportOptions options);
    /// Cuts off an import that still runs; the batch under way is then done or not done, as a whole.
    ~BookImport();
    Q_DISABLE_COPY_MOVE(BookImport)

    /// Begins; call once. An error when nothing was written: the file cannot be read, is not text, has no
    /// column with titles, or the rejects cannot be written. Otherwise the report.
    [[nodiscard]] QFuture<Result<ImportReport>> start();
    /// Ends it after the batch under way. Any thread.
    void cancel();
    /// Where it is. Any thread, does not wait.
    [[nodiscard]] ImportProgress progress() const;

private:
    class Run;
    std::unique_ptr<Run> m_run;
};

} // namespace Branchline
