// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/recordedreading.h"

namespace Branchline {

Rows recordedReading(Session &session, const Statement &statement, const QVariantList &values,
                     const char *key)
{
    Rows rows = session.exec(statement, values);
    if (rows->rowCount() == 1 && rows->row(0).isNull(key))
        rows = session.exec(statement, values);
    return rows;
}

} // namespace Branchline
