// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/shardidentity.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement identity{"shard_identity"_L1,
                             "SELECT shard_id::text AS id, name FROM public.shard_identity"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("ShardIdentity", text);
}

/// Id and name; empty when it is no shard, as main is none.
std::pair<QString, QString> identityOf(Session &session)
{
    try {
        const Rows rows = session.exec(identity);
        if (rows->rowCount() > 0)
            return {rows->row(0).text("id"), rows->row(0).text("name")};
    } catch (const DbException &e) {
        if (e.error().sqlState != "42P01"_L1)
            throw;
    }
    return {};
}

} // namespace

void requireIdentity(Session &session, const QString &shard, const QString &id)
{
    const auto [foundId, name] = identityOf(session);
    if (name == shard && (id.isEmpty() || id == foundId))
        return;
    QString message = tr("The address of the shard %1 leads to the shard %2.").arg(shard, name);
    if (name.isEmpty())
        message = tr("The database at the address of the shard %1 is no shard.").arg(shard);
    else if (name == shard)
        message = tr("The database at the address of the shard %1 is one of another library.").arg(shard);
    throw DbException({.kind = DbErrorKind::SchemaMismatch,
                       .message = message,
                       .hint = tr("Correct DATABASE_URL_%1; nothing was done there.").arg(shard.toUpper()),
                       .database = session.database()});
}

} // namespace Branchline
