// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulkfiles.h"
#include "db/bulk/csvrecords.h"

#include <QHash>
#include <QUuid>

#include <functional>
#include <optional>

namespace Branchline::Internal {

/// Where a shelf stands.
struct ShelfPlace
{
    QUuid branch;
    std::optional<int> room;
    std::optional<int> floor;
    std::optional<int> bookshelf;
};
using Shelves = QHash<QUuid, ShelfPlace>;

/// Rows on their way into pg_temp.import_rows, in the binary form of COPY.
struct BulkBatch
{
    /// A row, and how far the file is read when it is in.
    struct Row
    {
        qsizetype begin = 0; ///< in `bytes`
        qint64 line = 0;     ///< where it begins
        qint64 lastLine = 0;
        qint64 position = 0;
    };
    QByteArray bytes;
    std::vector<Row> rows;
    qint64 lastLine = 0; ///< of the file, rows of others included
    qint64 position = 0;
    bool isAtEnd = false; ///< of the file

    void clear();
    [[nodiscard]] QByteArrayView slice(size_t first, size_t last) const;
};

/// Which rows of a file a reader takes: those whose id in `column` passes. What has no such id, since it
/// cannot be read, is taken by the one reader that takes strays.
struct RowFilter
{
    QLatin1StringView column;
    std::function<bool(const QUuid &)> accepts = {}; ///< none: every row
    bool takesStrays = true;
};

/// Makes batches of a file of the bulk format.
class BulkReader final
{
public:
    /// Reads the header. Throws DbException when the file cannot be read or lacks a column. `shelves` may be
    /// null where rows have no shelf, and outlives the reader.
    BulkReader(const QString &path, const BulkFile &file, RowFilter filter, const Shelves *shelves);
    Q_DISABLE_COPY_MOVE(BulkReader)

    void seek(qint64 position, qint64 line) { m_records.seek(position, line); }
    /// The next rows, `most` at most, or as many as make some MB; none only at the end.
    void fill(BulkBatch &batch, size_t most);
    /// One row at a time, for files that are read into memory: the cells by column, or the reason that the
    /// row cannot be read. False at the end.
    struct Values
    {
        qint64 line = 0;
        QString problem;
        std::vector<std::string_view> cells; ///< in the order of BulkFile::columns
    };
    [[nodiscard]] bool next(Values &values);

private:
    void readHeader(const QString &path);
    [[nodiscard]] std::optional<QUuid> filterId() const;
    [[nodiscard]] std::string_view cell(size_t column) const;
    [[nodiscard]] QString problemOf(size_t column) const;
    void appendRow(BulkBatch &batch);
    /// False with m_problem when the row cannot be used.
    [[nodiscard]] bool appendCell(QByteArray &bytes, size_t column);
    [[nodiscard]] bool appendShelf(QByteArray &bytes);

    const BulkFile &m_file;
    const RowFilter m_filter;
    const Shelves *const m_shelves;
    CsvRecords m_records;
    CsvRecord m_record;
    std::vector<int> m_places; ///< of m_file's columns in the file; -1: it has none
    size_t m_width = 0;        ///< cells in the header
    int m_filterColumn = -1;   ///< among m_file's columns
    QString m_problem;
};

/// The row of a batch that says only why it does not go in.
[[nodiscard]] QByteArray refusedRow(const BulkFile &file, qint64 line, const QString &reason);

} // namespace Branchline::Internal
