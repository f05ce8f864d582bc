// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/snapshotmodel.h"

#include <QSqlQuery>

namespace Branchline {

SnapshotModel::SnapshotModel(QObject *parent)
    : QSqlQueryModel(parent)
{}

void SnapshotModel::setRows(const Rows &rows)
{
    m_rows = rows;
    setQuery(QSqlQuery(new SnapshotResult(&m_driver, rows)));
}

} // namespace Branchline
