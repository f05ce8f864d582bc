// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/rowset.h"

namespace Branchline {

QVariant RowSet::Row::value(const char *column) const
{
    const int index = m_rows.columns().indexOf(QLatin1StringView(column));
    Q_ASSERT_X(index >= 0, "RowSet::Row::value", column);
    return index < 0 ? QVariant() : m_rows.at(m_index, index);
}

} // namespace Branchline
