// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/databases.h"

#include <algorithm>

namespace Branchline::Internal {

Rows ask(Session &session, QLatin1StringView name, const QString &sql, const QVariantList &values)
{
    const QByteArray text = sql.toUtf8();
    return session.exec({name, QLatin1StringView(text)}, values);
}

QStringList ids(const Rows &rows)
{
    QStringList list;
    list.reserve(rows->rowCount());
    for (int i = 0; i < rows->rowCount(); ++i)
        list << rows->row(i).text("id");
    return list;
}

ShardDatabase *shardOf(Databases &databases, const QString &database)
{
    const auto shard =
        std::find_if(databases.shards.begin(), databases.shards.end(),
                     [&](const ShardDatabase &one) { return one.session->database() == database; });
    return shard == databases.shards.end() ? nullptr : &*shard;
}

std::vector<QStringList> batches(const QStringList &keys, qsizetype size)
{
    std::vector<QStringList> list;
    for (qsizetype i = 0; i < keys.size(); i += size)
        list.push_back(keys.mid(i, size));
    return list;
}

Finding &findingOf(std::vector<Finding> &findings, const QString &code, const QString &database,
                   const QString &table)
{
    const auto known = std::find_if(findings.begin(), findings.end(), [&](const Finding &one) {
        return one.code == code && one.database == database && one.table == table;
    });
    if (known != findings.end())
        return *known;
    findings.push_back({.code = code, .database = database, .table = table});
    return findings.back();
}

void repeatedly(const std::function<void()> &work)
{
    for (int attempt = 1;; ++attempt) {
        try {
            work();
            return;
        } catch (const DbException &e) {
            if (e.error().kind != DbErrorKind::Retryable || attempt == 3)
                throw;
        }
    }
}

} // namespace Branchline::Internal
