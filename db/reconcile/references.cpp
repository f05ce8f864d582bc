// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/references.h"

#include "db/cluster/replication.h"
#include "db/reconcile/streams.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement publishedColumns{
    "published_columns"_L1,
    "SELECT quote_ident(c.name) AS name, coalesce(a.attnum = ANY (i.indkey), false) AS is_key, "
    "       a.attnum = i.indkey[0] AS is_first "
    "FROM pg_publication_tables AS p CROSS JOIN LATERAL unnest(p.attnames) WITH ORDINALITY AS c (name, "
    "place) "
    "JOIN pg_attribute AS a ON a.attrelid = ('public.' || p.tablename)::regclass AND a.attname = c.name "
    "LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary "
    "WHERE p.pubname = ?::name AND p.schemaname = 'public' AND p.tablename = ?::name ORDER BY c.place"_L1};

/// The least id, at which the first range begins.
constexpr auto beforeAll = "00000000-0000-0000-0000-000000000000"_L1;

/// What is compared of one row.
struct RowPrint
{
    QString hash;
    qint64 version = 0;
    bool operator==(const RowPrint &) const = default;
};
using Prints = QHash<QString, RowPrint>;

/// A table and the questions about it; the same on main and on the shards.
class ComparedTable final
{
public:
    ComparedTable(Session &main, const QString &stream, QString name)
        : m_name(std::move(name))
    {
        const Rows rows = main.exec(publishedColumns, {stream, m_name});
        QStringList columns;
        QStringList keys;
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            columns << row.text("name");
            if (row.flag("is_key"))
                keys << row.text("name") + "::text"_L1;
            if (row.flag("is_first"))
                m_first = row.text("name");
        }
        m_key = keys.size() == 1 ? keys.first() : u"concat_ws('/', %1)"_s.arg(keys.join(", "_L1));
        // md5 and not the server's own hash, which differs between versions. 60 bits, so that it is positive.
        m_hash = u"('x' || left(md5(ROW(%1)::text), 15))::bit(60)::bigint"_s.arg(columns.join(", "_L1));
    }

    [[nodiscard]] const QString &name() const { return m_name; }

    /// The key at which a range of so many rows ends; null when it goes to the end of the table.
    [[nodiscard]] QString endOfRange(Session &session, const QString &after, int rows) const
    {
        const Rows row =
            ask(session, "range_end"_L1,
                u"SELECT %1::text AS id FROM public.%2 WHERE %3 ORDER BY %1 OFFSET ?::int LIMIT 1"_s.arg(
                    m_first, m_name, behind(after)),
                {after, rows - 1});
        return row->rowCount() > 0 ? row->row(0).text("id") : QString();
    }

    /// A text that is equal for equal rows.
    [[nodiscard]] QString digest(Session &session, const QString &after, const QString &last) const
    {
        return ask(session, "range_digest"_L1,
                   u"SELECT count(*) || ' ' || coalesce(sum(%1), 0) AS digest FROM public.%2 WHERE %3"_s.arg(
                       m_hash, m_name, range(after)),
                   {after, orNull(last)})
            ->row(0)
            .text("digest");
    }

    [[nodiscard]] Prints rowsOfRange(Session &session, const QString &after, const QString &last) const
    {
        return prints(session, range(after), {after, orNull(last)});
    }
    [[nodiscard]] Prints rowsOf(Session &session, const QStringList &keys) const
    {
        // By its first part a key is found in the index.
        QStringList first;
        for (const QString &key : keys)
            first << key.section(u'/', 0, 0);
        return prints(session, u"%1 = ANY (?::uuid[]) AND %2 = ANY (?::text[])"_s.arg(m_first, m_key),
                      {arrayLiteral(first), arrayLiteral(keys)});
    }

private:
    [[nodiscard]] QString behind(const QString &after) const
    {
        return m_first + (after == beforeAll ? u" >= ?::uuid"_s : u" > ?::uuid"_s);
    }
    [[nodiscard]] QString range(const QString &after) const
    {
        return behind(after) +
               u" AND %1 <= coalesce(?::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')"_s.arg(m_first);
    }

    [[nodiscard]] Prints prints(Session &session, const QString &condition, const QVariantList &values) const
    {
        const Rows rows =
            ask(session, "range_rows"_L1,
                u"SELECT %1 AS id, (%2)::text AS hash, row_version AS version FROM public.%3 WHERE %4"_s.arg(
                    m_key, m_hash, m_name, condition),
                values);
        Prints prints;
        prints.reserve(rows->rowCount());
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            prints.insert(row.text("id"), {row.text("hash"), row.number("version")});
        }
        return prints;
    }

    QString m_name;
    QString m_first; ///< column of the key, an id, by which ranges go
    QString m_key;   ///< expression
    QString m_hash;  ///< expression
};

QString kindOfDifference(const Prints &main, const Prints &shard, const QString &key)
{
    if (!shard.contains(key))
        return u"ref_missing"_s;
    if (!main.contains(key))
        return u"ref_extra"_s;
    return shard.value(key).version < main.value(key).version ? u"update_skipped"_s : u"ref_changed"_s;
}

/// Compares one table of a stream.
class Comparison final
{
public:
    Comparison(Databases &databases, const ReferenceOptions &options, const QString &stream,
               const QString &table, std::vector<Finding> &findings)
        : m_main(*databases.main)
        , m_options(options)
        , m_stream(stream)
        , m_table(m_main, stream, table)
        , m_findings(findings)
    {
        for (ShardDatabase &shard : databases.shards) {
            if (shard.comparable.contains(stream))
                m_shards.push_back(&shard);
        }
    }

    /// Ranges end where the first of the databases has had its number of rows, so that no range is longer
    /// anywhere, even where main has lost nearly all.
    void run()
    {
        if (m_shards.empty())
            return;
        QString after = beforeAll;
        for (;;) {
            QString last = m_table.endOfRange(m_main, after, m_options.rangeRows);
            for (ShardDatabase *shard : m_shards) {
                const QString end = m_table.endOfRange(*shard->session, after, m_options.rangeRows);
                if (last.isEmpty() || (!end.isEmpty() && end < last))
                    last = end;
            }
            const QString digest = m_table.digest(m_main, after, last);
            for (ShardDatabase *shard : m_shards) {
                if (m_table.digest(*shard->session, after, last) != digest)
                    compareRows(*shard, after, last);
            }
            if (last.isEmpty())
                return;
            after = last;
        }
    }

private:
    void compareRows(ShardDatabase &shard, const QString &after, const QString &last)
    {
        const Prints main = m_table.rowsOfRange(m_main, after, last);
        const Prints there = m_table.rowsOfRange(*shard.session, after, last);
        QStringList suspects;
        for (auto row = main.cbegin(); row != main.cend(); ++row) {
            if (!there.contains(row.key()) || there.value(row.key()) != row.value())
                suspects << row.key();
        }
        for (auto row = there.cbegin(); row != there.cend(); ++row) {
            if (!main.contains(row.key()))
                suspects << row.key();
        }
        for (const QStringList &some : batches(suspects, 2000))
            confirm(shard, some);
    }

    /// A row that stays the same on main while all that was committed before arrives must be the same on the
    /// shard. Row versions count, so that one that was changed to and fro is not the same.
    void confirm(ShardDatabase &shard, QStringList suspects)
    {
        for (int attempt = 0; attempt < 5 && !suspects.isEmpty(); ++attempt) {
            const Prints before = m_table.rowsOf(m_main, suspects);
            if (!waitUntilArrived(m_main, shard, m_stream, m_options.wait)) {
                findingOf(m_findings, u"apply_behind"_s, shard.session->database(), m_stream).count = 1;
                return;
            }
            const Prints there = m_table.rowsOf(*shard.session, suspects);
            const Prints after = m_table.rowsOf(m_main, suspects);
            QStringList busy;
            for (const QString &key : std::as_const(suspects)) {
                const bool isSame =
                    before.contains(key) == after.contains(key) && before.value(key) == after.value(key);
                if (!isSame)
                    busy << key;
                else if (there.contains(key) != after.contains(key) || there.value(key) != after.value(key))
                    findingOf(m_findings, kindOfDifference(after, there, key), shard.session->database(),
                              m_table.name())
                        .add(key);
            }
            suspects = busy;
        }
    }

    Session &m_main;
    const ReferenceOptions &m_options;
    const QString m_stream;
    const ComparedTable m_table;
    std::vector<ShardDatabase *> m_shards;
    std::vector<Finding> &m_findings;
};

} // namespace

std::vector<Finding> compareReferences(Databases &databases, const ReferenceOptions &options)
{
    std::vector<Finding> findings;
    for (const ReferenceStream &stream : referenceStreams()) {
        for (const QString &table : stream.tables) {
            if (options.table.isEmpty() || options.table == table)
                Comparison(databases, options, stream.name, table, findings).run();
        }
    }
    return findings;
}

} // namespace Branchline::Internal
