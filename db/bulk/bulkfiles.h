// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

namespace Branchline::Internal {

/// What a cell holds, as docs/IMPORT.md says. An empty cell is NULL.
enum class CellKind {
    Id,      ///< a UUID
    Text,    ///< UTF-8 without zero bytes
    Integer, ///< 32 bits
    Number,  ///< the one number in the cell: "R101" is 101
    Time,    ///< with its offset from UTC, to the microsecond
    Date,    ///< YYYY-MM-DD
    Flag,    ///< t or f, true or false
    Status   ///< of a copy
};

struct BulkColumn
{
    const char *name;
    CellKind kind;
    bool isRequired = false; ///< the file must have the column, and each row a value
};

/// A file of the format and the columns of it that are used; the others may be there or not.
struct BulkFile
{
    const char *name; ///< without ".csv"
    std::vector<BulkColumn> columns;
    bool isOptional = false; ///< a library may do without
};

/// In the order in which they depend on each other.
[[nodiscard]] const std::vector<BulkFile> &bulkFiles();
[[nodiscard]] const BulkFile &bulkFile(const QString &name);
/// The columns of pg_temp.import_rows, as in CREATE TABLE. What stands in place of a shelf comes last.
[[nodiscard]] QString stagingColumns(const BulkFile &file);
/// How a column is called in pg_temp.import_rows: the file's own id is "id".
[[nodiscard]] QString stagingName(const BulkFile &file, const BulkColumn &column);
/// Whether rows bear the place of a shelf: room, floor and bookshelf.
[[nodiscard]] bool hasShelf(const BulkFile &file);

} // namespace Branchline::Internal
