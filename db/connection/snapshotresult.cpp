// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/snapshotresult.h"

namespace Branchline {

SnapshotDriver::SnapshotDriver(QObject *parent)
    : QSqlDriver(parent)
{
    setOpen(true);
}

bool SnapshotDriver::hasFeature(DriverFeature feature) const
{
    return feature == QuerySize; // all rows are announced at once
}

bool SnapshotDriver::open(const QString &, const QString &, const QString &, const QString &, int,
                          const QString &)
{
    return true;
}

QSqlResult *SnapshotDriver::createResult() const
{
    return new SnapshotResult(this, nullptr);
}

SnapshotResult::SnapshotResult(const QSqlDriver *driver, Rows rows)
    : QSqlResult(driver)
    , m_rows(std::move(rows))
{
    setForwardOnly(false);
    setSelect(m_rows != nullptr);
    setActive(m_rows != nullptr);
}

QVariant SnapshotResult::data(int field)
{
    if (!m_rows || at() < 0 || at() >= m_rows->rowCount() || field < 0 || field >= m_rows->columnCount())
        return {};
    const QVariant &value = m_rows->at(at(), field);
    return value.typeId() == QMetaType::QDateTime ? value.toDateTime().toLocalTime() : value;
}

bool SnapshotResult::isNull(int field)
{
    return data(field).isNull();
}

bool SnapshotResult::fetch(int row)
{
    if (!m_rows || row < 0 || row >= m_rows->rowCount())
        return false;
    setAt(row);
    return true;
}

bool SnapshotResult::fetchLast()
{
    return m_rows && fetch(m_rows->rowCount() - 1);
}

int SnapshotResult::size()
{
    return m_rows ? m_rows->rowCount() : -1;
}

QSqlRecord SnapshotResult::record() const
{
    return m_rows ? m_rows->columns() : QSqlRecord();
}

} // namespace Branchline
