// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/importedrows.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

struct Table
{
    const char *name;
    const char *ids = ""; ///< columns with ids that differ from library to library
};

constexpr Table mainTables[] = {{"branches"},
                                {"branch_placement"},
                                {"user_types", "id"},
                                {"loan_rules", "id,user_type_id,material_type_id"},
                                {"users"},
                                {"user_cards", "id"},
                                {"users_ref"},
                                {"authors"},
                                {"book_categories"},
                                {"books"},
                                {"book_data", "id"},
                                {"author_book"},
                                {"category_book"},
                                {"books_ref"},
                                {"book_words"},
                                {"exemplar_barcodes"}};
constexpr Table shardTables[] = {{"branch_placement"},
                                 {"users_ref"},
                                 {"user_cards", "id"},
                                 {"books_ref"},
                                 {"physical_exemplars", "material_type_id"},
                                 {"book_lending"},
                                 {"desk_event", "id"},
                                 {"charges", "id"}};

// Each counts the rows that break it. Foreign keys are looked at one by one below.
constexpr const char *mainRules[] = {
    "SELECT count(*) FROM books AS b WHERE b.deleted_at IS NULL AND (b.search = '' OR b.sort_author = '' "
    " AND EXISTS (SELECT FROM author_book AS a WHERE a.book_id = b.id))",
    "SELECT count(*) FROM books AS b LEFT JOIN books_ref AS r USING (id) WHERE r.id IS NULL",
    "SELECT count(*) FROM books AS b, summarise_books(ARRAY[b.id]) AS s JOIN books_ref AS r ON r.id = s.id "
    " WHERE (b.search, b.sort_author, r.title, r.author_line, r.categories) IS DISTINCT FROM "
    "       (s.search, s.sort_author, s.title, s.author_line, s.categories)",
    "SELECT count(*) FROM users AS u LEFT JOIN users_ref AS r USING (id) WHERE r.id IS NULL OR "
    "r.display_name <> "
    "       btrim(concat_ws(' ', u.given_name, u.family_name))",
    "SELECT count(*) FROM exemplar_barcodes WHERE state <> 'live' OR book_id IS NULL"};
constexpr const char *shardRules[] = {
    "SELECT count(*) FROM physical_exemplars AS e WHERE status = 'lent' AND NOT EXISTS (SELECT FROM "
    "book_lending AS l "
    " WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL)",
    "SELECT count(*) FROM book_lending AS l JOIN physical_exemplars AS e ON (e.branch_id, e.id) = "
    "(l.branch_id, "
    " l.exemplar_id) WHERE l.returned_at IS NULL AND e.status NOT IN ('lent', 'lost')",
    "SELECT abs((SELECT count(*) FROM desk_event WHERE kind = 'lent') - (SELECT count(*) FROM book_lending))",
    "SELECT abs((SELECT count(*) FROM desk_event WHERE kind = 'returned') - (SELECT count(returned_at) FROM "
    "book_lending))",
    "SELECT abs((SELECT coalesce(sum(loans), 0) FROM activity(3660)) - (SELECT count(*) FROM book_lending))"};

// A foreign key that was never checked is made anew, which checks it; the transaction is rolled back.
constexpr auto checkForeignKeys =
    "DO $$ DECLARE k record; BEGIN "
    "FOR k IN SELECT conrelid::regclass AS target, conname, pg_get_constraintdef(oid) AS definition FROM "
    "pg_constraint "
    "          WHERE contype = 'f' AND connamespace = 'public'::regnamespace LOOP "
    "  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.target, k.conname); "
    "  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.target, k.conname, k.definition); "
    "END LOOP; RAISE EXCEPTION 'all foreign keys hold'; END $$"_L1;

QString contentOf(PreparedLibrary &library, const QString &database, const Table &table)
{
    QStringList without{u"created_at"_s, u"updated_at"_s};
    without += QString::fromLatin1(table.ids).split(u',', Qt::SkipEmptyParts);
    const QString sql = u"SELECT md5(coalesce(string_agg(r.row, E'\\n' ORDER BY r.row COLLATE \"C\"), '')) "
                        u"|| ' ' || count(*) "
                        "FROM (SELECT (to_jsonb(t) - '{%1}'::text[])::text AS row FROM %2 AS t) AS r"_s.arg(
                            without.join(u','), QString::fromLatin1(table.name));
    return u"%1.%2 %3"_s.arg(database, QString::fromLatin1(table.name), library.value(database, sql));
}

void lookAt(PreparedLibrary &library, const QString &database, std::span<const char *const> rules,
            QStringList &broken)
{
    for (const char *rule : rules) {
        const QString count = library.value(database, QString::fromLatin1(rule));
        if (count != "0"_L1)
            broken << u"%1: %2 %3"_s.arg(database, count, QString::fromLatin1(rule));
    }
    const auto keys = library.trySql(database, QString(checkForeignKeys));
    if (keys || keys.error().message != "all foreign keys hold"_L1)
        broken << u"%1: %2"_s.arg(database, keys ? u"?"_s : keys.error().message + keys.error().detail);
}

} // namespace

QStringList importedContent(PreparedLibrary &library)
{
    QStringList content;
    for (const Table &table : mainTables)
        content << contentOf(library, u"main"_s, table);
    for (const QString &shard : library.shards()) {
        for (const Table &table : shardTables)
            content << contentOf(library, shard + "_shard"_L1, table);
    }
    return content;
}

QStringList brokenRules(PreparedLibrary &library)
{
    QStringList broken;
    lookAt(library, u"main"_s, mainRules, broken);
    for (const QString &shard : library.shards())
        lookAt(library, shard + "_shard"_L1, shardRules, broken);
    return broken;
}

} // namespace Branchline
