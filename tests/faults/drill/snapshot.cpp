// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/snapshot.h"

#include "tests/faults/drill/plainsql.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

constexpr auto answersSql = R"(
SELECT o.branch_id, o.request_id, o.function, o.result ->> 'outcome', o.result ->> 'loan_id', o.at, u.request_id
  FROM op_result o
  LEFT JOIN op_result u ON u.branch_id = o.branch_id AND u.undone_by = o.request_id)"_L1;

constexpr auto loanChangesSql = R"(
SELECT branch_id, row_id, new ->> 'exemplar_id',
       CASE WHEN op = 'insert' THEN 'lent'
            WHEN old ->> 'undone_at' IS NULL AND new ->> 'undone_at' IS NOT NULL THEN 'lend_undone'
            WHEN old ->> 'returned_at' IS NULL AND new ->> 'returned_at' IS NOT NULL THEN 'returned'
            WHEN old ->> 'returned_at' IS NOT NULL AND new ->> 'returned_at' IS NULL THEN 'return_undone'
            WHEN (new ->> 'renewals')::int = (old ->> 'renewals')::int + 1 THEN 'renewed'
            WHEN (new ->> 'renewals')::int = (old ->> 'renewals')::int - 1 THEN 'renewal_undone'
            ELSE 'other' END,
       at, txid
  FROM audit_log WHERE table_name = 'book_lending')"_L1;

constexpr auto copyChangesSql = R"(
SELECT branch_id, row_id, new ->> 'row_version', old ->> 'status', new ->> 'status', txid
  FROM audit_log WHERE table_name = 'physical_exemplars'
 ORDER BY branch_id, row_id, (new ->> 'row_version')::int)"_L1;

constexpr auto eventsSql =
    "SELECT branch_id, exemplar_id, kind, at FROM desk_event WHERE kind <> 'copy_added'"_L1;
constexpr auto copiesSql =
    "SELECT branch_id, id, barcode, status FROM physical_exemplars WHERE deleted_at IS NULL"_L1;
constexpr auto loansSql =
    "SELECT branch_id, id, exemplar_id, request_id, user_id, returned_at IS NULL FROM book_lending"_L1;
constexpr auto shardPlacementsSql = "SELECT branch_id, '', epoch, state FROM branch_placement"_L1;
constexpr auto mainPlacementsSql =
    "SELECT p.branch_id, s.name, p.epoch, p.state FROM branch_placement p JOIN shards s ON s.id = p.shard_id"_L1;
constexpr auto barcodesSql =
    "SELECT exemplar_id, branch_id, barcode, state FROM exemplar_barcodes WHERE deleted_at IS NULL"_L1;

/// Every row of a table against its entries in the audit log, and every entry against its row.
QString versionsSql(const QString &table, const QString &key)
{
    return uR"(
SELECT coalesce(r.%2, a.row_id),
       format('the row says %s, the audit log has %s', coalesce(r.row_version::text, 'nothing'),
              coalesce(a.versions::text, 'nothing'))
  FROM (SELECT row_id, array_agg((new ->> 'row_version')::bigint ORDER BY (new ->> 'row_version')::bigint) AS versions,
               bool_and(op = 'insert' OR (old ->> 'row_version')::bigint + 1 = (new ->> 'row_version')::bigint) AS linked
          FROM audit_log WHERE table_name = '%1' GROUP BY row_id) AS a
  FULL JOIN %1 AS r ON r.%2 = a.row_id
 WHERE NOT coalesce(a.linked AND a.versions = ARRAY(SELECT generate_series(1, r.row_version)), false))"_s.arg(
        table, key);
}

void readVersions(PlainSql &sql, const QString &database, const QMap<QString, QString> &tables,
                  Snapshot &into)
{
    for (auto it = tables.begin(); it != tables.end(); ++it) {
        for (const QStringList &row : sql.run(versionsSql(it.key(), it.value())))
            into.brokenVersions.push_back({database, it.key(), row[0], row[1].left(400)});
    }
}

void readLeftovers(PlainSql &sql, const QString &database, Snapshot &into)
{
    for (const QStringList &row :
         sql.run(u"SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"_s))
        into.leftovers << u"the prepared transaction %1 in %2"_s.arg(row[0], database);
    for (const QStringList &row :
         sql.run(u"SELECT classid, objid, pid FROM pg_locks WHERE locktype = 'advisory' AND database = "
                 "(SELECT oid FROM pg_database WHERE datname = current_database())"_s))
        into.leftovers << u"the advisory lock (%1, %2) of process %3 in %4"_s.arg(row[0], row[1], row[2],
                                                                                  database);
}

void readShard(PlainSql &sql, const QString &shard, Snapshot &into)
{
    for (const QStringList &r : sql.run(answersSql))
        into.answers.push_back({shard, r[0], r[1], r[2], r[3], r[4], r[5], r[6]});
    for (const QStringList &r : sql.run(loanChangesSql))
        into.loanChanges.push_back({shard, r[0], r[1], r[2], r[3], r[4], r[5]});
    for (const QStringList &r : sql.run(copyChangesSql))
        into.copyChanges.push_back({shard, r[0], r[1], r[2].toInt(), r[3], r[4], r[5]});
    for (const QStringList &r : sql.run(eventsSql))
        into.events.push_back({shard, r[0], r[1], r[2], r[3]});
    for (const QStringList &r : sql.run(copiesSql))
        into.copies.push_back({shard, r[0], r[1], r[2], r[3]});
    for (const QStringList &r : sql.run(loansSql))
        into.loans.push_back({shard, r[0], r[1], r[2], r[3], r[4], r[5] == "t"_L1});
    for (const QStringList &r : sql.run(shardPlacementsSql))
        into.placements.push_back({shard, r[0], r[1], r[2], r[3]});
    readVersions(sql, shard,
                 {{u"book_lending"_s, u"id"_s},
                  {u"physical_exemplars"_s, u"id"_s},
                  {u"branch_placement"_s, u"branch_id"_s}},
                 into);
    readLeftovers(sql, shard, into);
}

void readMain(PlainSql &sql, Snapshot &into)
{
    for (const QStringList &r : sql.run(mainPlacementsSql))
        into.placements.push_back({u"main"_s, r[0], r[1], r[2], r[3]});
    for (const QStringList &r : sql.run(barcodesSql))
        into.barcodes.push_back({r[0], r[1], r[2], r[3]});
    readVersions(sql, u"main"_s,
                 {{u"branch_placement"_s, u"branch_id"_s}, {u"exemplar_barcodes"_s, u"exemplar_id"_s}}, into);
    readLeftovers(sql, u"main"_s, into);

    QSet<QString> users;
    for (const QStringList &r : sql.run(u"SELECT id FROM users"_s))
        users << r[0];
    for (const StoredLoan &loan : into.loans) {
        if (!users.contains(loan.user))
            into.strangers << u"the loan %1 on %2 is of a patron whom main does not know"_s.arg(loan.id,
                                                                                                loan.shard);
    }
}

} // namespace

Snapshot readSnapshot(const QMap<QString, QString> &databases)
{
    Snapshot snapshot;
    for (auto it = databases.begin(); it != databases.end(); ++it) {
        if (it.key() == "main"_L1)
            continue;
        PlainSql sql(it.value());
        readShard(sql, it.key(), snapshot);
    }
    PlainSql main(databases.value(u"main"_s));
    readMain(main, snapshot);
    return snapshot;
}

} // namespace Branchline::Drill
