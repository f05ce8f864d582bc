// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/referencetable.h"
#include "db/reconcile/adoption.h"
#include "db/reconcile/references.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Foreign keys to a column of a table, and if asked for how the copies refer to each other, which no key
// says.
constexpr Statement referrers{
    "referrers"_L1,
    "SELECT c.conrelid::regclass::text AS name, quote_ident(a.attname) AS column_name "
    "FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
    "WHERE c.contype = 'f' AND c.confrelid = ('public.' || ?::text)::regclass AND cardinality(c.conkey) = 1 "
    "UNION ALL SELECT 'public.' || r.name, r.column_name FROM (VALUES ('users_ref', 'user_cards', "
    "'user_id'), "
    "('users_ref', 'user_blocks', 'user_id'), ('user_types', 'users_ref', 'user_type_id'), "
    "('branches', 'users_ref', 'home_branch_id')) AS r (target, name, column_name) "
    "WHERE r.target = ?::text AND ?::boolean"_L1};
// As the apply worker writes: main has checked every row. A desk that holds a row is waited for.
constexpr auto asApplyWorker =
    "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '10s'; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

QString literal(const QString &array)
{
    return u'\'' + QString(array).replace(u'\'', "''"_L1) + u'\'';
}

} // namespace

QString rowsOf(const ReferenceTable &table, const QStringList &keys)
{
    QStringList first;
    QStringList columns;
    for (const QString &key : keys)
        first << key.section(u'/', 0, 0);
    for (const QString &column : table.keys())
        columns << column + "::text"_L1;
    return u"%1 = ANY (%2::uuid[]) AND concat_ws('/', %3) = ANY (%4::text[])"_s.arg(
        table.keys().first(), literal(arrayLiteral(first)), columns.join(", "_L1),
        literal(arrayLiteral(keys)));
}

namespace {

/// The log says which rows were written and why; what a patron is called stays out of it.
void record(Session &shard, const ReferenceTable &table, const QString &operation, const QString &code,
            const QStringList &keys)
{
    QStringList first;
    for (const QString &key : keys)
        first << key.section(u'/', 0, 0);
    ask(shard, "record_repair"_L1,
        u"INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, new) "
        "SELECT txid_current(), session_user, current_setting('application_name'), ?::text, ?::text, k.id, "
        "jsonb_build_object('repaired', ?::text) FROM unnest(?::uuid[]) AS k (id)"_s,
        {operation, table.name(), code, arrayLiteral(first)});
}

void copyFromMain(Session &main, Session &shard, const ReferenceTable &table, const Finding &finding,
                  const QStringList &keys, qint64 &written)
{
    Transaction transaction(shard);
    shard.execText(u"write as replication does"_s, asApplyWorker);
    // First the locks: what the apply worker wrote before is in main's rows, and what it writes after them is
    // at least as new.
    shard.execText(u"lock rows"_s, u"SELECT FROM public.%1 WHERE %2 FOR NO KEY UPDATE"_s.arg(
                                       table.name(), rowsOf(table, keys)));
    table.fetch(main, shard, rowsOf(table, keys));
    ResumedTable result;
    QStringList done;
    table.write(shard, result, &done);
    record(shard, table, finding.code == "ref_missing"_L1 ? u"insert"_s : u"update"_s, finding.code, done);
    transaction.commit();
    written += result.inserted + result.changed;
}

/// What refers to a row t of the table on a shard, as conditions: what desks wrote, or the other copies as
/// well.
QStringList references(Session &shard, const ReferenceTable &table, bool isByCopiesToo)
{
    QStringList list;
    const Rows rows = shard.exec(referrers, {table.name(), table.name(), isByCopiesToo});
    for (int i = 0; i < rows->rowCount(); ++i)
        list << u"EXISTS (SELECT FROM %1 AS r WHERE r.%2 = t.id)"_s.arg(rows->row(i).text("name"),
                                                                        rows->row(i).text("column_name"));
    return list;
}

} // namespace

void repairReferences(Databases &databases, const std::vector<Finding> &findings,
                      const std::function<void(const QString &)> &say)
{
    for (const Finding &finding : findings) {
        if (finding.code != "ref_missing"_L1 && finding.code != "ref_changed"_L1 &&
            finding.code != "update_skipped"_L1)
            continue;
        const ShardDatabase *shard = shardOf(databases, finding.database);
        if (!shard)
            continue;
        const ReferenceTable table(*databases.main, finding.table);
        qint64 written = 0;
        for (const QStringList &keys : batches(finding.keys))
            repeatedly(
                [&] { copyFromMain(*databases.main, *shard->session, table, finding, keys, written); });
        if (written > 0)
            say(tr("Copied %1 rows of %2 to %3.").arg(written).arg(finding.table, finding.database));
    }
}

QStringList referredTo(Databases &databases, const QString &table, const QStringList &keys)
{
    const ReferenceTable described(*databases.main, table);
    if (!described.isKeyedById() || keys.isEmpty())
        return {};
    QStringList found;
    for (const ShardDatabase &shard : databases.shards) {
        const QStringList conditions = references(*shard.session, described, false);
        if (conditions.isEmpty())
            continue;
        for (const QStringList &some : batches(keys)) {
            found += ids(ask(*shard.session, "referred_to"_L1,
                             u"SELECT t.id::text AS id FROM unnest(?::uuid[]) AS t (id) WHERE %1"_s.arg(
                                 conditions.join(" OR "_L1)),
                             {arrayLiteral(some)}));
        }
    }
    found.removeDuplicates();
    return found;
}

qint64 removeExtra(Databases &databases, const ShardDatabase &shard, const QString &table,
                   const QStringList &keys)
{
    const ReferenceTable described(*databases.main, table);
    const QStringList conditions =
        described.isKeyedById() ? references(*shard.session, described, true) : QStringList();
    const QString isFree =
        conditions.isEmpty() ? QString() : u" AND NOT (%1)"_s.arg(conditions.join(" OR "_L1));
    qint64 removed = 0;
    for (const QStringList &some : batches(keys)) {
        repeatedly([&] {
            Transaction transaction(*shard.session);
            shard.session->execText(u"write as replication does"_s, asApplyWorker);
            // A desk that is about to refer to a row holds it; what it wrote is seen by the next statement.
            shard.session->execText(u"lock rows"_s, u"SELECT FROM public.%1 AS t WHERE %2 FOR UPDATE"_s.arg(
                                                        table, rowsOf(described, some)));
            removed +=
                ask(*shard.session, "remove_extra"_L1,
                    u"WITH gone AS (DELETE FROM public.%1 AS t WHERE %2%3 RETURNING t.*), noted AS (INSERT "
                    u"INTO "
                    "public.audit_log (txid, actor, application, op, table_name, row_id, old, new) "
                    "SELECT txid_current(), session_user, current_setting('application_name'), 'delete', "
                    "?::text, g.%4, CASE WHEN ?::boolean THEN to_jsonb(g) END, "
                    "jsonb_build_object('repaired', ?::text) FROM gone AS g RETURNING 1) "
                    "SELECT count(*) AS number FROM noted"_s.arg(table, rowsOf(described, some), isFree,
                                                                 described.keys().first()),
                    {table, described.purgedMark(u"t"_s).isEmpty(), u"ref_extra"_s})
                    ->row(0)
                    .number("number");
            transaction.commit();
        });
    }
    return removed;
}

} // namespace Branchline::Internal
