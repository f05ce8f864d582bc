// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"
#include "db/reconcile/finding.h"

#include <QSet>

#include <map>
#include <memory>

namespace Branchline::Internal {

/// A shard as a superuser reaches it.
struct ShardDatabase
{
    QString name; ///< bare
    QString id;   ///< of its row in main's shards
    std::unique_ptr<Session> session = {};
    QSet<QString> comparable = {}; ///< streams that have arrived, as far as main was when that was asked
};

/// The databases that answer, with sessions of a superuser in this thread.
struct Databases
{
    std::unique_ptr<Session> main;
    std::vector<ShardDatabase> shards;
    bool isComplete = true; ///< whether every shard answers; else what must be known of all is not concluded
};

/// Runs SQL that is put together; `name` stands for it in errors. Only ASCII in `sql`; values go by `?`.
Rows ask(Session &session, QLatin1StringView name, const QString &sql, const QVariantList &values = {});
/// The column `id` of rows.
[[nodiscard]] QStringList ids(const Rows &rows);

/// The shard with this database; null when it is none, or silent.
[[nodiscard]] ShardDatabase *shardOf(Databases &databases, const QString &database);

/// The keys in pieces that a statement can take.
[[nodiscard]] std::vector<QStringList> batches(const QStringList &keys, qsizetype size = 1000);

/// The finding of this code, database and table, which is added when it is not there yet.
Finding &findingOf(std::vector<Finding> &findings, const QString &code, const QString &database,
                   const QString &table);

/// Calls `work`, which is a transaction, again when it met a deadlock or a lock for too long: three times.
void repeatedly(const std::function<void()> &work);

} // namespace Branchline::Internal
