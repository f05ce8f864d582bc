// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/referencetable.h"

#include "db/cluster/tablecopy.h"

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement tableColumns{
    "table_columns"_L1,
    "SELECT quote_ident(a.attname) AS name, coalesce(a.attnum = ANY (i.indkey), false) AS is_key, "
    "       a.atttypid = 'uuid'::regtype AS is_id "
    "FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary "
    "WHERE a.attrelid = ('public.' || ?::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped "
    "  AND a.attgenerated = '' ORDER BY a.attnum"_L1};

QString of(const QString &alias, const QStringList &names)
{
    return alias + names.join(", "_L1 + alias);
}

} // namespace

ReferenceTable::ReferenceTable(Session &main, const QString &name)
    : m_name(name)
{
    const Rows columns = main.exec(tableColumns, {name});
    for (int i = 0; i < columns->rowCount(); ++i) {
        const auto column = columns->row(i);
        m_columns << column.text("name");
        if (column.flag("is_key")) {
            m_keys << column.text("name");
            m_isKeyedById = m_isKeyedById && column.flag("is_id");
        }
    }
}

qint64 ReferenceTable::fetch(Session &main, Session &shard, const QString &condition) const
{
    const QString columns = m_columns.join(", "_L1);
    shard.execText(u"make staging table"_s,
                   u"CREATE TEMP TABLE %1 ON COMMIT DROP AS SELECT %2 FROM public.%3 WITH NO DATA"_s.arg(
                       staging(), columns, m_name));
    QString query = u"SELECT %1 FROM public.%2"_s.arg(columns, m_name);
    if (!condition.isEmpty())
        query += " WHERE "_L1 + condition;
    const qint64 rows = copyRows(main, query, shard, u"%1 (%2)"_s.arg(staging(), columns));
    shard.execText(u"analyse staging table"_s, "ANALYZE "_L1 + staging());
    return rows;
}

QString ReferenceTable::purgedMark(const QString &alias) const
{
    if (m_name == "users_ref"_L1)
        return u"(%1.family_name = '(purged)' AND %1.deleted_at IS NOT NULL)"_s.arg(alias);
    if (m_name == "user_cards"_L1)
        return u"(%1.card_number = %1.id::text)"_s.arg(alias);
    if (m_name == "user_blocks"_L1)
        return u"(%1.reason = '(purged)')"_s.arg(alias);
    return {};
}

void ReferenceTable::write(Session &shard, ResumedTable &result, QStringList *written) const
{
    const QString columns = m_columns.join(", "_L1);
    QStringList plain = m_columns;
    for (const QString &key : m_keys)
        plain.removeAll(key);
    const QString mayChange = purgedMark(u"t"_s).isEmpty()
                                  ? QString()
                                  : u" AND (NOT %1 OR %2)"_s.arg(purgedMark(u"t"_s), purgedMark(u"s"_s));
    // The key stays out of what is set, so that the lock of the row lets foreign keys refer to it.
    result.changed =
        writeBy(shard, "change"_L1,
                u"UPDATE public.%1 AS t SET (%2) = ROW(%3) FROM %4 AS s WHERE (%5) = (%6) "
                "AND record_image_ne(ROW(%7), ROW(%3))%8 RETURNING t.%9::text AS id"_s.arg(
                    m_name, plain.join(", "_L1), of(u"s."_s, plain), staging(), of(u"t."_s, m_keys),
                    of(u"s."_s, m_keys), of(u"t."_s, plain), mayChange, m_keys.first()),
                written);
    result.inserted =
        writeBy(shard, "insert"_L1,
                u"INSERT INTO public.%1 AS n (%2) SELECT %2 FROM %3 AS s WHERE NOT EXISTS "
                "(SELECT FROM public.%1 AS t WHERE (%4) = (%5)) RETURNING n.%6::text AS id"_s.arg(
                    m_name, columns, staging(), of(u"t."_s, m_keys), of(u"s."_s, m_keys), m_keys.first()),
                written);
}

qint64 ReferenceTable::writeBy(Session &shard, QLatin1StringView what, const QString &sql,
                               QStringList *written) const
{
    if (!written)
        return count(shard, what, sql);
    const QByteArray name = "repair_" + QByteArray(what.data(), what.size()) + '_' + m_name.toLatin1();
    const QByteArray text = sql.toUtf8();
    const Rows rows = shard.exec({QLatin1StringView(name), QLatin1StringView(text)});
    for (int i = 0; i < rows->rowCount(); ++i)
        *written << rows->row(i).text("id");
    return rows->rowCount();
}

void ReferenceTable::handleSurplus(Session &shard, ResumedTable &result) const
{
    const QString surplus =
        u"FROM public.%1 AS t WHERE NOT EXISTS (SELECT FROM %2 AS s WHERE (%3) = (%4))"_s.arg(
            m_name, staging(), of(u"t."_s, m_keys), of(u"s."_s, m_keys));
    // Main may make a row with such a key again at any time, and that would stop the whole stream.
    if (!m_isKeyedById) {
        result.removed = count(
            shard, "remove"_L1,
            u"INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, old, new) "
            "SELECT txid_current(), session_user, current_setting('application_name'), 'delete', '%1', "
            "g.%2, to_jsonb(g), '{\"repaired\": \"ref_extra\"}' FROM gone AS g RETURNING 1"_s.arg(
                m_name, m_keys.first()),
            u"gone AS (DELETE %1 RETURNING t.*), "_s.arg(surplus));
        return;
    }
    result.onlyOnShard = count(shard, "surplus"_L1, "SELECT 1 "_L1 + surplus);
    if (result.onlyOnShard > 0)
        result.examples = examples(shard, surplus);
}

qint64 ReferenceTable::count(Session &shard, QLatin1StringView what, const QString &sql,
                             const QString &before) const
{
    const QByteArray name = "resume_" + QByteArray(what.data(), what.size()) + '_' + m_name.toLatin1();
    const QByteArray text =
        "WITH " + before.toUtf8() + "done AS (" + sql.toUtf8() + ") SELECT count(*) AS number FROM done";
    return shard.exec({QLatin1StringView(name), QLatin1StringView(text)})->row(0).number("number");
}

QStringList ReferenceTable::examples(Session &shard, const QString &surplus) const
{
    const QByteArray name = "resume_examples_" + m_name.toLatin1();
    const QByteArray text =
        u"SELECT concat_ws('/', t.%1) AS key %2 LIMIT 20"_s.arg(m_keys.join(", t."_L1), surplus).toUtf8();
    const Rows rows = shard.exec({QLatin1StringView(name), QLatin1StringView(text)});
    QStringList keys;
    for (int i = 0; i < rows->rowCount(); ++i)
        keys << rows->row(i).text("key");
    return keys;
}

} // namespace Branchline::Internal
