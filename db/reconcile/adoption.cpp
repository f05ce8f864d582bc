// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/adoption.h"

#include "db/cluster/replicationsource.h"
#include "db/reconcile/streams.h"

#include <QCoreApplication>
#include <QScopeGuard>

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

// Of several shards the newest row counts.
constexpr auto stageRows =
    "INSERT INTO pg_temp.adopted AS a SELECT d.k, d.doc::jsonb FROM unnest(?::text[], ?::text[]) AS d (k, "
    "doc) "
    "ON CONFLICT (key) DO UPDATE SET doc = excluded.doc "
    "WHERE (a.doc ->> 'row_version')::bigint < (excluded.doc ->> 'row_version')::bigint"_L1;
constexpr Statement referredColumns{
    "referred_columns"_L1,
    "SELECT quote_ident(a.attname) AS name, c.confrelid::regclass::text AS target, "
    "quote_ident(b.attname) AS target_name FROM pg_constraint AS c "
    "JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
    "JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] "
    "WHERE c.contype = 'f' AND c.conrelid = ('public.' || ?::text)::regclass AND cardinality(c.conkey) = 1"_L1};

// What is refused must not stand in main's log: it is of persons.
constexpr auto asAdopter =
    "SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL log_error_verbosity = terse; SET LOCAL log_min_error_statement = panic; "
    "SET LOCAL log_parameter_max_length_on_error = 0; "
    "CREATE TEMP TABLE adopted (key text PRIMARY KEY, doc jsonb) ON COMMIT DROP"_L1;

// A line of authors is taken apart where the catalogue knows every part of it; "Tolkien, J. R. R." is one.
constexpr auto bookParts = R"(
    DROP TABLE IF EXISTS pg_temp.adopted_author, pg_temp.adopted_category;
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

/// What was brought back of one table.
struct Adoption
{
    qint64 brought = 0;
    QStringList failed; ///< keys of rows that main refuses
};

/// Brings rows into main, within its transaction.
class Adopter final
{
public:
    Adopter(Databases &databases, const Adopted &how)
        : m_databases(databases)
        , m_main(*databases.main)
        , m_how(how)
        , m_table(m_main, how.table)
    {
        QStringList columns;
        QStringList values;
        for (const QString &column : m_table.columns()) {
            if (how.without.contains(column))
                continue;
            columns << column;
            values << "r."_L1 + column;
        }
        if (how.into == "users"_L1) { // the copy says it by the name only
            columns << u"purged_at"_s;
            values << u"CASE WHEN r.family_name = '(purged)' THEN coalesce(r.deleted_at, now()) END"_s;
        }
        // A row whose type or patron is gone, too, waits for that.
        QString isComplete;
        const Rows rows = m_main.exec(referredColumns, {QString(how.into)});
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            if (m_table.columns().contains(row.text("name")))
                isComplete += u" AND (r.%1 IS NULL OR EXISTS (SELECT FROM %2 AS o WHERE o.%3 = r.%1))"_s.arg(
                    row.text("name"), row.text("target"), row.text("target_name"));
        }
        m_insert = u"WITH done AS (INSERT INTO public.%1 (%2) SELECT %3 FROM pg_temp.adopted AS a "
                   "CROSS JOIN LATERAL jsonb_populate_record(NULL::public.%4, a.doc) AS r WHERE true%5 "
                   "ON CONFLICT DO NOTHING RETURNING 1) SELECT count(*) AS number FROM done"_s.arg(
                       how.into, columns.join(", "_L1), values.join(", "_L1), how.table, isComplete);
    }

    /// Notes the shards that have such rows.
    Adoption run(const QStringList &keys, QSet<QString> &holders)
    {
        Adoption result;
        for (const QStringList &some : batches(keys))
            adopt(some, result, holders);
        return result;
    }

private:
    void adopt(const QStringList &keys, Adoption &result, QSet<QString> &holders)
    {
        m_main.execText(u"savepoint"_s, u"SAVEPOINT batch; DELETE FROM pg_temp.adopted"_s);
        try {
            stage(keys, holders);
            const qint64 brought = ask(m_main, "adopt"_L1, m_insert)->row(0).number("number");
            if (m_how.table == "books_ref"_L1)
                m_main.execText(u"parts of books"_s, bookParts);
            m_main.execText(u"savepoint"_s, u"RELEASE SAVEPOINT batch"_s);
            result.brought += brought;
            return;
        } catch (const DbException &e) {
            if (e.error().isUnavailable())
                throw;
            m_main.execText(u"savepoint"_s, u"ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch"_s);
        }
        // One row that main refuses keeps no other one out.
        if (keys.size() == 1) {
            result.failed << keys.first();
            return;
        }
        for (const QString &key : keys)
            adopt({key}, result, holders);
    }

    void stage(const QStringList &keys, QSet<QString> &holders)
    {
        QStringList first;
        QStringList columns;
        for (const QString &key : keys)
            first << key.section(u'/', 0, 0);
        for (const QString &column : m_table.keys())
            columns << "t."_L1 + column + "::text"_L1;
        for (const ShardDatabase &shard : m_databases.shards) {
            const Rows rows =
                ask(*shard.session, "extra_rows"_L1,
                    u"SELECT concat_ws('/', %1) AS id, to_jsonb(t)::text AS doc FROM public.%2 AS t WHERE "
                    "t.%3 = ANY (?::uuid[]) AND concat_ws('/', %1) = ANY (?::text[])"_s.arg(
                        columns.join(", "_L1), m_how.table, m_table.keys().first()),
                    {arrayLiteral(first), arrayLiteral(keys)});
            QStringList docs;
            for (int i = 0; i < rows->rowCount(); ++i)
                docs << rows->row(i).text("doc");
            if (docs.isEmpty())
                continue;
            holders.insert(shard.name);
            ask(m_main, "stage_extra"_L1, stageRows, {arrayLiteral(ids(rows)), arrayLiteral(docs)});
        }
    }

    Databases &m_databases;
    Session &m_main;
    const Adopted &m_how;
    const ReferenceTable m_table;
    QString m_insert;
};

/// The keys to be brought back, by table.
std::map<QString, QStringList> wantedKeys(const std::vector<Finding> &findings, ExtraRows extra)
{
    std::map<QString, QStringList> wanted;
    for (const Finding &finding : findings) {
        if (finding.code == "ref_extra"_L1 ||
            (finding.code == "ref_extra_unused"_L1 && extra == ExtraRows::BroughtBack))
            wanted[finding.table] += finding.keys;
    }
    for (auto &[table, keys] : wanted)
        keys.removeDuplicates();
    return wanted;
}

/// While an adopted row still stands on a shard its arrival would fail again and again. Switching on what is
/// on, or is not there any more, is harmless.
void switchStreams(Databases &databases, const QStringList &shards, bool isOn)
{
    for (const ShardDatabase &shard : databases.shards) {
        for (const ReferenceStream &stream : referenceStreams()) {
            if (shards.contains(shard.name))
                shard.session->execText(
                    u"switch subscription"_s,
                    u"ALTER SUBSCRIPTION %1 %2"_s.arg(stream.name, isOn ? u"ENABLE"_s : u"DISABLE"_s));
        }
    }
}

/// No way out leaves a shard standing still.
void switchOnAgain(Databases &databases, const QStringList &shards)
{
    for (const QString &shard : shards) {
        try {
            switchStreams(databases, {shard}, true);
        } catch (const DbException &) {
            // Found as subscription_disabled or subscription_missing the next time.
        }
    }
}

void bringBack(Databases &databases, const std::map<QString, QStringList> &keys,
               const std::function<void(const QString &)> &say)
{
    QSet<QString> holders;
    QStringList done;
    qint64 brought = 0;
    Transaction transaction(*databases.main);
    databases.main->execText(u"begin to bring back"_s, asAdopter);
    for (const Adopted &how : adoptedTables()) {
        const auto some = keys.find(how.table);
        if (some == keys.end())
            continue;
        const Adoption result = Adopter(databases, how).run(some->second, holders);
        brought += result.brought;
        if (result.brought > 0)
            done << tr("Brought %1 rows of %2 back to main.").arg(result.brought).arg(how.into);
    }
    if (brought == 0)
        return;
    const QStringList shards = holders.values();
    const auto ending = qScopeGuard([&] { switchOnAgain(databases, shards); });
    switchStreams(databases, shards, false);
    transaction.commit();
    for (const QString &line : std::as_const(done))
        say(line);
    resynchronise(databases, shards, say);
}

void remove(Databases &databases, const Finding &finding, const std::function<void(const QString &)> &say)
{
    const ShardDatabase *shard = shardOf(databases, finding.database);
    const qint64 removed = shard ? removeExtra(databases, *shard, finding.table, finding.keys) : 0;
    if (removed > 0)
        say(tr("Removed %1 rows of %2 from %3.").arg(removed).arg(finding.table, finding.database));
}

} // namespace

void repairExtraRows(Databases &databases, const std::vector<Finding> &findings, ExtraRows extra,
                     const std::function<void(const QString &)> &say)
{
    // A silent shard may have what main lost, too, and would collide with it; one that is late may be about
    // to lose what the others have lost.
    const bool isConclusive = obstacle(databases).isEmpty();
    // Cards go before their patrons.
    for (auto finding = findings.rbegin(); finding != findings.rend(); ++finding) {
        if (finding->code == "right_extra"_L1 ||
            (finding->code == "ref_extra_unused"_L1 && extra == ExtraRows::Removed && isConclusive))
            remove(databases, *finding, say);
    }
    const auto keys = wantedKeys(findings, extra);
    if (isConclusive && !keys.empty())
        bringBack(databases, keys, say);
}

} // namespace Branchline::Internal
