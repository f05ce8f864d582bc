// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/bookcleaning.h"
#include "db/catalogue/csvreader.h"
#include "db/connection/database.h"

#include <QVarLengthArray>

namespace Branchline {

/// One row on its way: as it stands in the file, and cleaned.
struct ImportRow
{
    CsvRow source;
    CleanBook book;
    qint64 firstLine = 0;    ///< an earlier row is the same book; 0: none
    bool titleSeen = false;  ///< an earlier row has the same title, first author and year
    QUuid newId = newUuid(); ///< of the book if it is new
    /// Two rows that the file lets be the same book share one of these.
    QVarLengthArray<quint64, 3> keys = {};
};

/// What became of a row in main.
struct ImportAnswer
{
    enum class Outcome { Added, Updated, Unchanged, Rejected };
    Outcome outcome = Outcome::Rejected;
    QString reason; ///< a sentence: why it is not in, or what was left out
};

/// Sends rows to main in one transaction (`import_books`). It may be repeated: what was written by a first
/// call whose answer was lost is answered as written. Answers are in the order of the rows.
[[nodiscard]] QFuture<Result<std::vector<ImportAnswer>>>
sendBatch(Database &main, const std::vector<const ImportRow *> &rows, bool freshPlans = false);

} // namespace Branchline
