// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/saved.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace Branchline {

QDateTime timeOf(const QJsonValue &value)
{
    return value.isString() ? QDateTime::fromString(value.toString(), Qt::ISODateWithMs).toUTC()
                            : QDateTime();
}

Revision revisionOf(const QJsonObject &record)
{
    return {.version = record.value("version"_L1).toInteger(),
            .changedAt = timeOf(record.value("changed_at"_L1)),
            .changedBy = record.value("changed_by"_L1).toString(),
            .removedAt = timeOf(record.value("removed_at"_L1)),
            .removedBy = record.value("removed_by"_L1).toString()};
}

QJsonObject objectIn(const RowSet::Row &row, const char *column)
{
    return QJsonDocument::fromJson(row.text(column).toUtf8()).object();
}

} // namespace Branchline
