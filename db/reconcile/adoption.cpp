// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/adoption.h"

#include "db/cluster/referencetable.h"
#include "db/reconcile/streams.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

/// How rows of a copy become rows of main. In the order in which they refer to one another.
struct Adopted
{
    QLatin1StringView table;
    QLatin1StringView into;
    QStringList without; ///< columns that are made of others, or by triggers
};

const std::vector<Adopted> &adoptedTables()
{
    static const QStringList stamps{u"created_at"_s, u"created_by"_s,  u"updated_at"_s,
                                    u"updated_by"_s, u"row_version"_s, u"deleted_by"_s};
    static const std::vector<Adopted> tables{
        {"user_types"_L1, "user_types"_L1, stamps},
        {"material_types"_L1, "material_types"_L1, stamps},
        {"branches"_L1, "branches"_L1, stamps},
        {"branch_settings"_L1, "branch_settings"_L1, stamps},
        {"branch_calendar"_L1, "branch_calendar"_L1, stamps},
        {"loan_rules"_L1, "loan_rules"_L1, stamps},
        {"users_ref"_L1, "users"_L1, stamps + QStringList{u"display_name"_s}},
        {"user_cards"_L1, "user_cards"_L1, stamps},
        {"user_blocks"_L1, "user_blocks"_L1, stamps},
        {"books_ref"_L1, "books"_L1, stamps + QStringList{u"author_line"_s, u"categories"_s}}};
    return tables;
}

// A line of authors is taken apart where the catalogue knows every part of it; "Tolkien, J. R. R." is one.
constexpr auto bookParts = R"(
    CREATE TEMP TABLE adopted_author ON COMMIT DROP AS
    SELECT r.id AS book_id, p.name, p.place
      FROM adopted AS a
      CROSS JOIN LATERAL jsonb_populate_record(NULL::public.books_ref, a.doc) AS r
      JOIN public.books AS b ON b.id = r.id
      CROSS JOIN LATERAL (
           SELECT bool_and(EXISTS (SELECT FROM public.authors AS k WHERE k.name = n.name AND k.deleted_at IS NULL))
                  AS are_known
             FROM unnest(string_to_array(r.author_line, ', ')) AS n (name)) AS k
      CROSS JOIN LATERAL unnest(CASE WHEN k.are_known THEN string_to_array(r.author_line, ', ')
                                     ELSE ARRAY[r.author_line] END) WITH ORDINALITY AS p (name, place)
     WHERE p.name <> '' AND NOT EXISTS (SELECT FROM public.author_book AS o WHERE o.book_id = r.id);
    INSERT INTO public.authors (name)
    SELECT DISTINCT p.name FROM adopted_author AS p
     WHERE NOT EXISTS (SELECT FROM public.authors AS k WHERE k.name = p.name AND k.deleted_at IS NULL);
    INSERT INTO public.author_book (book_id, author_id, position)
    SELECT p.book_id, (SELECT k.id FROM public.authors AS k WHERE k.name = p.name AND k.deleted_at IS NULL
                        ORDER BY k.id LIMIT 1), min(p.place)::smallint
      FROM adopted_author AS p GROUP BY 1, 2;
    CREATE TEMP TABLE adopted_category ON COMMIT DROP AS
    SELECT r.id AS book_id, c.name
      FROM adopted AS a
      CROSS JOIN LATERAL jsonb_populate_record(NULL::public.books_ref, a.doc) AS r
      JOIN public.books AS b ON b.id = r.id
      CROSS JOIN LATERAL unnest(string_to_array(r.categories, ', ')) AS c (name)
     WHERE c.name <> '' AND NOT EXISTS (SELECT FROM public.category_book AS o WHERE o.book_id = r.id);
    INSERT INTO public.book_categories (name)
    SELECT DISTINCT ON (lower(c.name)) c.name FROM adopted_category AS c
     WHERE NOT EXISTS (SELECT FROM public.book_categories AS k
                        WHERE lower(k.name) = lower(c.name) AND k.deleted_at IS NULL);
    INSERT INTO public.category_book (book_id, category_id)
    SELECT DISTINCT c.book_id, k.id FROM adopted_category AS c
      JOIN public.book_categories AS k ON lower(k.name) = lower(c.name) AND k.deleted_at IS NULL)"_L1;

/// Brings rows of one shard into main; returns how many. What collides with a row of main stays out.
qint64 adopt(Session &main, Session &shard, const Adopted &how, const QStringList &keys)
{
    const ReferenceTable table(main, how.table);
    QStringList columns;
    for (const QString &column : table.columns()) {
        if (!how.without.contains(column))
            columns << column;
    }
    QStringList key;
    for (const QString &column : table.keys())
        key << column + "::text"_L1;
    qint64 brought = 0;
    for (const QStringList &some : batches(keys)) {
        const Rows rows =
            ask(shard, "extra_rows"_L1,
                u"SELECT to_jsonb(t)::text AS id FROM public.%1 AS t "
                "WHERE concat_ws('/', %2) = ANY (?::text[])"_s.arg(how.table, key.join(", "_L1)),
                {arrayLiteral(some)});
        Transaction transaction(main);
        main.execText(u"staging table"_s, u"CREATE TEMP TABLE adopted (doc jsonb) ON COMMIT DROP"_s);
        ask(main, "stage_extra"_L1, u"INSERT INTO adopted SELECT d::jsonb FROM unnest(?::text[]) AS d"_s,
            {arrayLiteral(ids(rows))});
        brought +=
            ask(main, "adopt"_L1,
                u"WITH done AS (INSERT INTO public.%1 (%2) SELECT %2 FROM adopted AS a CROSS JOIN LATERAL "
                "jsonb_populate_record(NULL::public.%3, a.doc) ON CONFLICT DO NOTHING RETURNING 1) "
                "SELECT count(*) AS number FROM done"_s.arg(how.into, columns.join(", "_L1), how.table))
                ->row(0)
                .number("number");
        if (how.table == "books_ref"_L1)
            main.execText(u"parts of books"_s, bookParts);
        transaction.commit();
    }
    return brought;
}

/// Extra keys of one table: how many shards have each.
QHash<QString, int> shardsByKey(const std::vector<Finding> &findings, const QString &table)
{
    QHash<QString, int> shards;
    for (const Finding &finding : findings) {
        if (finding.code != "ref_extra"_L1 || finding.table != table)
            continue;
        for (const QString &key : finding.keys)
            ++shards[key];
    }
    return shards;
}

/// Cards and blocks go with their patron.
QStringList withPatron(Databases &databases, const QString &table, const QStringList &keys,
                       const QStringList &patrons)
{
    QStringList found;
    if (patrons.isEmpty() || (table != "user_cards"_L1 && table != "user_blocks"_L1))
        return found;
    for (const ShardDatabase &shard : databases.shards) {
        for (const QStringList &some : batches(keys)) {
            found += ids(ask(*shard.session, "with_patron"_L1,
                             u"SELECT t.id::text AS id FROM public.%1 AS t WHERE t.id = ANY (?::uuid[]) "
                             "AND t.user_id = ANY (?::uuid[])"_s.arg(table),
                             {arrayLiteral(some), arrayLiteral(patrons)}));
        }
    }
    return found;
}

/// The keys to be brought back.
QSet<QString> wanted(Databases &databases, const std::vector<Finding> &findings, const QString &table,
                     const QStringList &patrons)
{
    const QHash<QString, int> shards = shardsByKey(findings, table);
    if (shards.isEmpty())
        return {};
    const QStringList keys = shards.keys();
    const QStringList some = referredTo(databases, table, keys) + withPatron(databases, table, keys, patrons);
    QSet<QString> wanted(some.begin(), some.end());
    for (auto key = shards.cbegin(); key != shards.cend(); ++key) {
        if (key.value() == static_cast<int>(databases.shards.size()))
            wanted.insert(key.key());
    }
    return wanted;
}

/// While an adopted row still stands on a shard its arrival would fail again and again.
void pauseStreams(Databases &databases)
{
    for (const ShardDatabase &shard : databases.shards) {
        for (const ReferenceStream &stream : referenceStreams()) {
            if (shard.comparable.contains(stream.name))
                shard.session->execText(u"pause subscription"_s,
                                        u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(stream.name));
        }
    }
}

void bringBack(Databases &databases, const std::vector<Finding> &findings,
               const std::map<QString, QSet<QString>> &keys, const std::function<void(const QString &)> &say)
{
    for (const Adopted &how : adoptedTables()) {
        const auto some = keys.find(how.table);
        if (some == keys.end())
            continue;
        qint64 brought = 0;
        for (const ShardDatabase &shard : databases.shards) {
            QStringList there;
            for (const Finding &finding : findings) {
                if (finding.code != "ref_extra"_L1 || finding.table != how.table ||
                    finding.database != shard.session->database())
                    continue;
                std::copy_if(finding.keys.begin(), finding.keys.end(), std::back_inserter(there),
                             [&](const QString &key) { return some->second.contains(key); });
            }
            if (!there.isEmpty())
                brought += adopt(*databases.main, *shard.session, how, there);
        }
        say(tr("Brought %1 rows of %2 back to main.").arg(brought).arg(how.into));
    }
    QStringList names;
    for (const ShardDatabase &shard : databases.shards)
        names << shard.name;
    resynchronise(databases, names, say);
}

void removeOthers(Databases &databases, const Finding &finding, const QSet<QString> &kept,
                  const std::function<void(const QString &)> &say)
{
    QStringList keys;
    std::copy_if(finding.keys.begin(), finding.keys.end(), std::back_inserter(keys),
                 [&](const QString &key) { return !kept.contains(key); });
    const auto shard =
        std::find_if(databases.shards.begin(), databases.shards.end(),
                     [&](const ShardDatabase &one) { return one.session->database() == finding.database; });
    if (keys.isEmpty() || shard == databases.shards.end())
        return;
    const qint64 removed = removeExtra(databases, *shard, finding.table, keys);
    say(tr("Removed %1 rows of %2 from %3.").arg(removed).arg(finding.table, finding.database));
}

} // namespace

void repairExtraRows(Databases &databases, const std::vector<Finding> &findings,
                     const std::function<void(const QString &)> &say)
{
    // A shard that is silent may have what main lost, too, and would collide with it.
    if (!databases.isComplete)
        return;
    std::map<QString, QSet<QString>> back;
    QStringList patrons;
    for (const Adopted &how : adoptedTables()) {
        const QSet<QString> keys = wanted(databases, findings, how.table, patrons);
        if (!keys.isEmpty())
            back.emplace(how.table, keys);
        if (how.table == "users_ref"_L1)
            patrons = keys.values();
    }
    // Cards go before their patrons.
    for (auto finding = findings.rbegin(); finding != findings.rend(); ++finding) {
        if (finding->code == "ref_extra"_L1) {
            const auto kept = back.find(finding->table);
            removeOthers(databases, *finding, kept == back.end() ? QSet<QString>() : kept->second, say);
        }
    }
    if (back.empty())
        return;
    pauseStreams(databases);
    bringBack(databases, findings, back, say);
}

} // namespace Branchline::Internal
