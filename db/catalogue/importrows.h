// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importbatch.h"

#include <QHash>

namespace Branchline {

/// The rows of a CSV file of books, cleaned, with what the file itself says about repetitions. One thread.
class ImportRows final
{
public:
    ImportRows();
    Q_DISABLE_COPY_MOVE(ImportRows)

    /// Opens the file and reads its header. InvalidValue when it is not text or has no column with titles, or
    /// when it is a pipe and `isCancelled` says true before it ends.
    [[nodiscard]] Result<Done> open(const QString &file, const std::function<bool()> &isCancelled = {});
    /// The next row that has anything in it; `book.problem` says why one cannot go in. False at the end.
    [[nodiscard]] bool next(ImportRow &row);

    [[nodiscard]] const BookColumns &columns() const { return m_columns; }
    [[nodiscard]] const TextSource &source() const { return m_source; }
    [[nodiscard]] char separator() const { return m_reader.separator(); }
    /// Sentences about the file as a whole: its encoding, columns that are not used.
    [[nodiscard]] QStringList remarks() const;

private:
    void noteKeys(ImportRow &row);

    TextSource m_source;
    CsvReader m_reader;
    BookColumns m_columns;
    QHash<quint64, quint32> m_linesByIsbn; ///< where a book was first seen: some 40 bytes for each
    QHash<quint64, quint32> m_linesByTitle;
};

} // namespace Branchline
