// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/rowset.h"

#include <algorithm>

namespace Branchline {

RowSet::RowSet(QSqlRecord columns, std::vector<QVariant> cells)
    : m_columns(std::move(columns))
    , m_cells(std::move(cells))
{
    m_names.reserve(static_cast<size_t>(m_columns.count()));
    for (int i = 0; i < m_columns.count(); ++i)
        m_names.push_back(m_columns.fieldName(i));
}

const QVariant &RowSet::Row::value(const char *column) const
{
    static const QVariant none;
    const auto &names = m_rows.m_names;
    const auto known = std::find(names.begin(), names.end(), QLatin1StringView(column));
    Q_ASSERT_X(known != names.end(), "RowSet::Row::value", column);
    return known == names.end() ? none : m_rows.at(m_index, static_cast<int>(known - names.begin()));
}

} // namespace Branchline
