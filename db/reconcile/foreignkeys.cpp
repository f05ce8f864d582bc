// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/foreignkeys.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement foreignKeys{
    "foreign_keys"_L1,
    "SELECT r.relname AS name, c.conname AS key_name, c.conrelid::regclass::text AS referring, "
    "c.confrelid::regclass::text AS target, "
    "string_agg(format('t.%I = o.%I', a.attname, b.attname), ' AND ') AS matches, "
    "string_agg(format('t.%I IS NOT NULL', a.attname), ' AND ') AS is_set, "
    "(SELECT string_agg(format('t.%I', k.attname), ', ' ORDER BY x.place) FROM pg_index AS i "
    "CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS x (number, place) "
    "JOIN pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = x.number "
    "WHERE i.indrelid = c.conrelid AND i.indisprimary) AS keys "
    "FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid "
    "CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS u (own, other) "
    "JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = u.own "
    "JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = u.other "
    "WHERE c.contype = 'f' AND c.conparentid = 0 AND c.connamespace = 'public'::regnamespace "
    "AND r.relname <> ALL (?::text[]) GROUP BY r.relname, c.oid, c.conname, c.conrelid, c.confrelid "
    "ORDER BY r.relname, c.conname"_L1};

void check(Session &session, const QStringList &without, std::vector<Finding> &findings)
{
    const Rows keys = session.exec(foreignKeys, {arrayLiteral(without)});
    for (int i = 0; i < keys->rowCount(); ++i) {
        const auto key = keys->row(i);
        const QStringList found =
            ids(ask(session, "foreign_key"_L1,
                    u"SELECT concat_ws('/', %1) AS id FROM %2 AS t WHERE %3 AND NOT EXISTS (SELECT FROM %4 "
                    u"AS o WHERE %5) "
                    "LIMIT ?::int"_s.arg(key.text("keys"), key.text("referring"), key.text("is_set"),
                                         key.text("target"), key.text("matches")),
                    {static_cast<int>(Finding::mostKeys)}));
        for (const QString &one : found) {
            Finding &finding = findingOf(findings, u"orphan_row"_s, session.database(), key.text("name"));
            finding.add(one);
            finding.note =
                QCoreApplication::translate("Reconcile", "The foreign key is %1.").arg(key.text("key_name"));
        }
    }
}

} // namespace

std::vector<Finding> checkForeignKeys(Databases &databases)
{
    std::vector<Finding> findings;
    check(*databases.main, {}, findings);
    for (const ShardDatabase &shard : databases.shards)
        check(*shard.session, {u"physical_exemplars"_s, u"book_lending"_s, u"charges"_s, u"payments"_s},
              findings);
    return findings;
}

} // namespace Branchline::Internal
