// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QSqlRecord>
#include <QUuid>
#include <QVariant>

#include <memory>
#include <vector>

namespace Branchline {

/// An immutable copy of a query's rows. It is filled in the thread that owns the connection and may then
/// be read in any thread at the same time.
class RowSet final
{
public:
    RowSet() = default;
    /// `cells` holds the rows one after another, each `columns.count()` wide.
    RowSet(QSqlRecord columns, std::vector<QVariant> cells);

    [[nodiscard]] const QSqlRecord &columns() const { return m_columns; }
    [[nodiscard]] int columnCount() const { return static_cast<int>(m_names.size()); }
    [[nodiscard]] int rowCount() const
    {
        return m_names.empty() ? 0 : static_cast<int>(m_cells.size() / m_names.size());
    }
    [[nodiscard]] const QVariant &at(int row, int column) const
    {
        return m_cells[static_cast<size_t>(row) * static_cast<size_t>(columnCount()) +
                       static_cast<size_t>(column)];
    }

    /// One row by column names; it must not outlive the set.
    class Row
    {
    public:
        Row(const RowSet &rows, int index)
            : m_rows(rows)
            , m_index(index)
        {}
        [[nodiscard]] const QVariant &value(const char *column) const;
        [[nodiscard]] bool isNull(const char *column) const { return value(column).isNull(); }
        [[nodiscard]] QString text(const char *column) const { return value(column).toString(); }
        [[nodiscard]] qint64 number(const char *column) const { return value(column).toLongLong(); }
        [[nodiscard]] bool flag(const char *column) const { return value(column).toBool(); }
        [[nodiscard]] QUuid uuid(const char *column) const { return QUuid(text(column)); }
        /// A `timestamptz`, in UTC; invalid when NULL.
        [[nodiscard]] QDateTime time(const char *column) const { return value(column).toDateTime().toUTC(); }

    private:
        const RowSet &m_rows;
        int m_index;
    };
    [[nodiscard]] Row row(int index) const { return {*this, index}; }

    /// Makes a vector by calling `make` with each row.
    template <typename Make>
    [[nodiscard]] auto map(Make make) const
    {
        std::vector<decltype(make(row(0)))> out;
        out.reserve(static_cast<size_t>(rowCount()));
        for (int i = 0; i < rowCount(); ++i)
            out.push_back(make(row(i)));
        return out;
    }

private:
    QSqlRecord m_columns;
    std::vector<QString> m_names; ///< of the columns: the record copies a field and ignores case to compare
    std::vector<QVariant> m_cells;
};

using Rows = std::shared_ptr<const RowSet>;

} // namespace Branchline
