// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"
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

/// Brings the books of a CSV file into the catalogue. It runs in threads and on two connections of its own,
/// in batches of one transaction each: whatever ends it in between, whole batches are in, and repeating the
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
