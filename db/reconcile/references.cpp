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

    /// The key at which a range of so many rows behind this one ends; null when it goes to the end of the
    /// table.
    [[nodiscard]] QString endOfRange(Session &session, const QString &after, int rows) const
    {
        const Rows row =
            ask(session, "range_end"_L1,
                u"SELECT %1::text AS id FROM public.%2 WHERE %1 > ?::uuid ORDER BY %1 OFFSET ?::int LIMIT 1"_s
                    .arg(m_first, m_name),
                {after, rows});
        return row->rowCount() > 0 ? row->row(0).text("id") : QString();
    }

    /// For each range that holds rows a text that is equal for equal rows; `ends` are those of all ranges but
    /// the last. The table is read once, in its own order.
    [[nodiscard]] QHash<int, QString> digests(Session &session, const QStringList &ends) const
    {
        const Rows rows =
            ask(session, "range_digests"_L1,
                u"SELECT width_bucket(%1, ?::uuid[]) AS range, count(*) || ' ' || sum(%2) AS digest "
                "FROM public.%3 GROUP BY 1"_s.arg(m_first, m_hash, m_name),
                {arrayLiteral(ends)});
        QHash<int, QString> digests;
        for (int i = 0; i < rows->rowCount(); ++i)
            digests.insert(static_cast<int>(rows->row(i).number("range")), rows->row(i).text("digest"));
        return digests;
    }

    /// The rows from `first` on and before `end`; a null end is that of the table.
    [[nodiscard]] Prints rowsOfRange(Session &session, const QString &first, const QString &end) const
    {
        return end.isEmpty()
                   ? prints(session, m_first + " >= ?::uuid"_L1, {first})
                   : prints(session, u"%1 >= ?::uuid AND %1 < ?::uuid"_s.arg(m_first), {first, end});
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

    void run()
    {
        if (m_shards.empty())
            return;
        const QStringList ends = endsOfRanges();
        const QHash<int, QString> expected = m_table.digests(m_main, ends);
        for (ShardDatabase *shard : m_shards) {
            const QHash<int, QString> found = m_table.digests(*shard->session, ends);
            for (int range = 0; range <= ends.size(); ++range) {
                if (found.value(range) != expected.value(range))
                    compareRows(*shard, range == 0 ? QString(beforeAll) : ends.at(range - 1),
                                ends.value(range));
            }
        }
    }

private:
    /// A range ends where the first of the databases has had its number of rows, so that none is longer
    /// anywhere, even where main has lost nearly all.
    [[nodiscard]] QStringList endsOfRanges() const
    {
        QStringList ends;
        for (QString after = beforeAll;;) {
            QString end = m_table.endOfRange(m_main, after, m_options.rangeRows);
            for (const ShardDatabase *shard : m_shards) {
                const QString there = m_table.endOfRange(*shard->session, after, m_options.rangeRows);
                if (end.isEmpty() || (!there.isEmpty() && there < end))
                    end = there;
            }
            if (end.isEmpty())
                return ends;
            ends << end;
            after = end;
        }
    }

    void compareRows(ShardDatabase &shard, const QString &first, const QString &end)
    {
        const Prints main = m_table.rowsOfRange(m_main, first, end);
        const Prints there = m_table.rowsOfRange(*shard.session, first, end);
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
                shard.comparable.remove(m_stream); // nothing is concluded from what it has
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
