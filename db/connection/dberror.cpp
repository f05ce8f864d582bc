// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/dberror.h"

using namespace Qt::StringLiterals;

namespace Branchline {

QString DbError::kindName() const
{
    switch (kind) {
    case DbErrorKind::Configuration:
        return u"configuration"_s;
    case DbErrorKind::NotConfigured:
        return u"not_configured"_s;
    case DbErrorKind::Unreachable:
        return u"unreachable"_s;
    case DbErrorKind::Authentication:
        return u"authentication"_s;
    case DbErrorKind::ConnectionLost:
        return u"connection_lost"_s;
    case DbErrorKind::Timeout:
        return u"timeout"_s;
    case DbErrorKind::PoolExhausted:
        return u"no_free_connection"_s;
    case DbErrorKind::Canceled:
        return u"canceled"_s;
    case DbErrorKind::SchemaMismatch:
        return u"schema_mismatch"_s;
    case DbErrorKind::StalePlacement:
        return u"stale_placement"_s;
    case DbErrorKind::NotAllowed:
        return u"not_allowed"_s;
    case DbErrorKind::NotFound:
        return u"not_found"_s;
    case DbErrorKind::InvalidValue:
        return u"invalid_value"_s;
    case DbErrorKind::Conflict:
        return u"conflict"_s;
    case DbErrorKind::Retryable:
        return u"busy"_s;
    case DbErrorKind::Internal:
        break;
    }
    return u"internal"_s;
}

bool DbError::isUnavailable() const
{
    switch (kind) {
    case DbErrorKind::NotConfigured:
    case DbErrorKind::Unreachable:
    case DbErrorKind::Authentication:
    case DbErrorKind::ConnectionLost:
    case DbErrorKind::Timeout:
    case DbErrorKind::PoolExhausted:
        return true;
    default:
        return false;
    }
}

bool DbError::needsNewConnection() const
{
    return kind == DbErrorKind::ConnectionLost ||
           (kind == DbErrorKind::Unreachable && sqlState == "25006"_L1);
}

DbErrorKind DbError::kindOfSqlState(const QString &sqlState)
{
    // An answer bears one; without one there was no answer.
    if (sqlState.isEmpty() || sqlState.startsWith("08"_L1) || sqlState.startsWith("57P0"_L1))
        return DbErrorKind::ConnectionLost;
    if (sqlState == "57014"_L1)
        return DbErrorKind::Timeout;
    if (sqlState == "40001"_L1 || sqlState == "40P01"_L1 || sqlState == "55P03"_L1)
        return DbErrorKind::Retryable;
    if (sqlState.startsWith("28"_L1))
        return DbErrorKind::Authentication;
    if (sqlState == "42501"_L1 || sqlState == "LB004"_L1)
        return DbErrorKind::NotAllowed;
    if (sqlState == "LB001"_L1)
        return DbErrorKind::StalePlacement;
    if (sqlState == "LB005"_L1)
        return DbErrorKind::NotFound;
    if (sqlState == "LB006"_L1 || sqlState.startsWith("22"_L1) || sqlState == "23514"_L1 ||
        sqlState == "23502"_L1)
        return DbErrorKind::InvalidValue;
    if (sqlState == "LB003"_L1 || sqlState == "LB007"_L1 || sqlState == "LB010"_L1 ||
        sqlState.startsWith("23"_L1))
        return DbErrorKind::Conflict;
    // Too many connections, disk full, out of memory, an error of its disk: it can do nothing now.
    if (sqlState == "53300"_L1 || sqlState == "53100"_L1 || sqlState == "53200"_L1 || sqlState == "58030"_L1)
        return DbErrorKind::Unreachable;
    return DbErrorKind::Internal;
}

QDebug operator<<(QDebug debug, const DbError &error)
{
    const QDebugStateSaver saver(debug);
    debug.nospace().noquote() << error.kindName() << " [" << error.database << ' ' << error.statement << ' '
                              << error.sqlState << "] " << error.message;
    return debug;
}

} // namespace Branchline
