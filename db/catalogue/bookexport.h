// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QFuture>

#include <atomic>
#include <functional>
#include <thread>

class QIODevice;

namespace Branchline {

struct ExportReport
{
    qint64 books = 0;
    QString file; ///< empty: it went to a device
};

/// Told how many books are written; answers false to stop. Runs in the export's thread.
using ExportStep = std::function<bool(qint64 books)>;

/// Writes the whole catalogue as CSV (UTF-8) that BookImport reads again with nothing changed, page by page
/// from main. Blocks; call it in a thread of its own. Conflict when `step` stopped it. A text that a
/// spreadsheet would take for a formula gets an apostrophe before it, which the import takes away.
[[nodiscard]] Result<ExportReport> exportBooks(Cluster &cluster, QIODevice &device,
                                               const ExportStep &step = {});

/// The same into a file, which appears when it is complete.
[[nodiscard]] Result<ExportReport> exportBooks(Cluster &cluster, const QString &file,
                                               const ExportStep &step = {});

/// An export to a file in a thread of its own.
class BookExport final
{
public:
    /// `cluster` outlives the export.
    BookExport(Cluster &cluster, QString file);
    /// Ends an export that still runs; no file is written then. Waits for the page under way.
    ~BookExport();
    Q_DISABLE_COPY_MOVE(BookExport)

    /// Begins; call once.
    [[nodiscard]] QFuture<Result<ExportReport>> start();
    /// Books written so far. Any thread.
    [[nodiscard]] qint64 books() const { return m_books; }

private:
    Cluster &m_cluster;
    const QString m_file;
    std::atomic<bool> m_cancelled = false;
    std::atomic<qint64> m_books = 0;
    QPromise<Result<ExportReport>> m_promise;
    std::thread m_thread;
};

} // namespace Branchline
