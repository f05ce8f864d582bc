// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/fanout.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("FanOut", text);
}

DbError errorOfShard(DbErrorKind kind, const QString &shard, const QString &message)
{
    const QString database = shard + "_shard"_L1;
    return {.kind = kind, .message = message.arg(database), .database = database};
}

} // namespace

QString shardStateName(ShardState state)
{
    switch (state) {
    case ShardState::Answered:
        return u"answered"_s;
    case ShardState::Late:
        return u"late"_s;
    case ShardState::Moved:
        return u"moved"_s;
    case ShardState::Down:
        break;
    }
    return u"down"_s;
}

ShardState shardStateOf(const DbError &error)
{
    switch (error.kind) {
    case DbErrorKind::Timeout:
    case DbErrorKind::PoolExhausted:
    case DbErrorKind::Canceled:
        return ShardState::Late;
    case DbErrorKind::StalePlacement:
        return ShardState::Moved;
    default:
        return ShardState::Down;
    }
}

namespace Internal {

DbError lateShard(const QString &shard)
{
    return errorOfShard(DbErrorKind::Timeout, shard, tr("%1 did not answer in time."));
}

DbError unconfiguredShard(const QString &shard)
{
    return errorOfShard(DbErrorKind::NotConfigured, shard, tr("%1 is not configured."));
}

DbError givenUpShard(const QString &shard)
{
    return errorOfShard(DbErrorKind::Canceled, shard, tr("The question to %1 was given up."));
}

} // namespace Internal

} // namespace Branchline
