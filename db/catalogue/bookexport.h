// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <functional>

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

} // namespace Branchline
