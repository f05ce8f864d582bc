// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/rowchecks.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

// The loan is the truth, as for checkout(): a copy is locked, and then looked at again. A copy that is lent
// although a loan of it is gone (loan_missing) keeps its mark, the last trace of where it is.
constexpr auto statusRepair = R"(
    SELECT pg_advisory_xact_lock_shared(1, uuid_hash(b.branch_id))
      FROM (SELECT DISTINCT e.branch_id FROM public.physical_exemplars AS e JOIN wrong AS w ON w.id = e.id::text) AS b;
    SELECT FROM public.physical_exemplars AS e JOIN wrong AS w ON w.id = e.id::text
     ORDER BY e.branch_id, e.id FOR NO KEY UPDATE OF e;
    UPDATE public.physical_exemplars AS e
       SET status = CASE WHEN e.status = 'lent' THEN 'available' ELSE 'lent' END
      FROM wrong AS w
     WHERE w.id = e.id::text AND e.status IN ('available', 'in_transit', 'lent')
       AND EXISTS (SELECT FROM public.branch_placement AS p WHERE p.branch_id = e.branch_id AND p.state = 'active')
       AND (e.status = 'lent') <> EXISTS (SELECT FROM public.book_lending AS l
                                           WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id
                                             AND l.returned_at IS NULL)
       AND (e.status <> 'lent'
            OR (SELECT count(*) FROM public.desk_event AS v
                 WHERE v.branch_id = e.branch_id AND v.exemplar_id = e.id AND v.kind = 'lent')
               <= (SELECT count(*) FROM public.book_lending AS l
                    WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id)))"_L1;

// From the first wrong day on, under the lock that whoever changes the past holds.
constexpr auto statisticsRepair = R"(
    SELECT pg_advisory_xact_lock(4, uuid_hash(b.branch_id))
      FROM (SELECT DISTINCT split_part(w.id, '/', 1)::uuid AS branch_id FROM wrong AS w ORDER BY 1) AS b;
    DELETE FROM public.branch_statistics AS s
     USING (SELECT split_part(w.id, '/', 1)::uuid AS branch_id, min(split_part(w.id, '/', 2)::date) AS day
              FROM wrong AS w GROUP BY 1) AS f
     WHERE s.branch_id = f.branch_id AND s.day >= f.day;
    SELECT public.roll_up_activity(3660))"_L1;

} // namespace

const std::vector<RowCheck> &rowChecks()
{
    static const std::vector<RowCheck> checks{
        {"summary_wrong"_L1, "users_ref"_L1, true,
         R"(SELECT u.id::text AS id
              FROM public.users AS u LEFT JOIN public.users_ref AS r ON r.id = u.id
             WHERE (r.id, r.family_name, r.given_name, r.display_name, r.user_type_id, r.home_branch_id, r.active,
                    r.expires_on, r.deleted_at IS NULL)
                   IS DISTINCT FROM
                   (u.id, u.family_name, u.given_name, btrim(concat_ws(' ', u.given_name, u.family_name)),
                    u.user_type_id, u.home_branch_id, u.active, u.expires_on, u.deleted_at IS NULL))"_L1,
         R"(SELECT FROM public.users AS u JOIN wrong AS w ON w.id = u.id::text ORDER BY u.id FOR NO KEY UPDATE OF u;
    SELECT public.refresh_users(ARRAY(SELECT w.id::uuid FROM wrong AS w)))"_L1},
        {"summary_wrong"_L1, "books_ref"_L1, true,
         R"(SELECT b.id::text AS id
              FROM public.books AS b
              LEFT JOIN public.books_ref AS r ON r.id = b.id
              LEFT JOIN (SELECT ab.book_id,
                                string_agg(a.name, ', ' ORDER BY ab.position, a.name)
                                    FILTER (WHERE ab.role = 'author') AS authors,
                                string_agg(a.name, ', ' ORDER BY ab.position, a.name) AS everybody
                           FROM public.author_book AS ab JOIN public.authors AS a ON a.id = ab.author_id
                          WHERE ab.deleted_at IS NULL GROUP BY 1) AS p ON p.book_id = b.id
              LEFT JOIN (SELECT cb.book_id, string_agg(c.name, ', ' ORDER BY c.name) AS names
                           FROM public.category_book AS cb
                           JOIN public.book_categories AS c ON c.id = cb.category_id
                          WHERE cb.deleted_at IS NULL AND c.deleted_at IS NULL GROUP BY 1) AS s ON s.book_id = b.id
             WHERE (r.id, r.isbn13, r.title, r.sort_title, r.author_line, r.language, r.year, r.categories,
                    r.deleted_at IS NULL)
                   IS DISTINCT FROM
                   (b.id, b.isbn13, b.title, b.sort_title, coalesce(p.authors, p.everybody, ''), b.language, b.year,
                    coalesce(s.names, ''), b.deleted_at IS NULL))"_L1,
         R"(SELECT FROM public.books AS b JOIN wrong AS w ON w.id = b.id::text ORDER BY b.id FOR NO KEY UPDATE OF b;
    SELECT public.refresh_books(ARRAY(SELECT w.id::uuid FROM wrong AS w)))"_L1},
        {"orphan_copy"_L1, "physical_exemplars"_L1, false,
         R"(SELECT e.id::text AS id FROM public.physical_exemplars AS e
             WHERE NOT EXISTS (SELECT FROM public.books_ref AS r WHERE r.id = e.book_id)
             UNION
            SELECT e.id::text FROM public.physical_exemplars AS e
             WHERE NOT EXISTS (SELECT FROM public.material_types AS r WHERE r.id = e.material_type_id)
             UNION
            SELECT e.id::text FROM public.physical_exemplars AS e
             WHERE NOT EXISTS (SELECT FROM public.branch_placement AS p
                                 JOIN public.branches AS r ON r.id = p.branch_id WHERE p.branch_id = e.branch_id))"_L1},
        {"orphan_loan"_L1, "book_lending"_L1, false,
         R"(SELECT l.id::text AS id FROM public.book_lending AS l
             WHERE NOT EXISTS (SELECT FROM public.users_ref AS r WHERE r.id = l.user_id)
             UNION
            SELECT l.id::text FROM public.book_lending AS l
             WHERE NOT EXISTS (SELECT FROM public.physical_exemplars AS r
                                WHERE r.branch_id = l.branch_id AND r.id = l.exemplar_id)
             UNION
            SELECT l.id::text FROM public.book_lending AS l
             WHERE NOT EXISTS (SELECT FROM public.branches AS r WHERE r.id = l.lending_branch_id)
             UNION
            SELECT l.id::text FROM public.book_lending AS l
             WHERE l.returned_branch_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM public.branches AS r WHERE r.id = l.returned_branch_id))"_L1},
        {"orphan_charge"_L1, "charges"_L1, false,
         R"(SELECT c.id::text AS id FROM public.charges AS c
             WHERE NOT EXISTS (SELECT FROM public.users_ref AS r WHERE r.id = c.user_id)
             UNION
            SELECT c.id::text FROM public.charges AS c
             WHERE NOT EXISTS (SELECT FROM public.branch_placement AS r WHERE r.branch_id = c.branch_id)
             UNION
            SELECT c.id::text FROM public.charges AS c
             WHERE c.loan_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM public.book_lending AS r
                                WHERE r.branch_id = c.branch_id AND r.id = c.loan_id))"_L1},
        {"orphan_charge"_L1, "payments"_L1, false,
         R"(SELECT p.id::text AS id FROM public.payments AS p
             WHERE NOT EXISTS (SELECT FROM public.charges AS r
                                WHERE r.branch_id = p.branch_id AND r.id = p.charge_id))"_L1},
        {"status_against_loan"_L1, "physical_exemplars"_L1, false,
         R"(SELECT e.id::text AS id FROM public.physical_exemplars AS e
             WHERE e.status IN ('available', 'in_transit', 'lent')
               AND EXISTS (SELECT FROM public.branch_placement AS p
                            WHERE p.branch_id = e.branch_id AND p.state = 'active')
               AND (e.status = 'lent') <> EXISTS (SELECT FROM public.book_lending AS l
                                                   WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id
                                                     AND l.returned_at IS NULL)
               AND (e.status <> 'lent'
                    OR (SELECT count(*) FROM public.desk_event AS v
                         WHERE v.branch_id = e.branch_id AND v.exemplar_id = e.id AND v.kind = 'lent')
                       <= (SELECT count(*) FROM public.book_lending AS l
                            WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id)))"_L1,
         statusRepair},
        // Each lending is one event and one loan, an undone one and an imported one as well.
        {"loan_missing"_L1, "book_lending"_L1, false,
         R"(SELECT v.exemplar_id::text AS id
              FROM (SELECT e.branch_id, e.exemplar_id, count(*) AS number
                      FROM public.desk_event AS e WHERE e.kind = 'lent' GROUP BY 1, 2) AS v
              LEFT JOIN (SELECT b.branch_id, b.exemplar_id, count(*) AS number
                           FROM public.book_lending AS b GROUP BY 1, 2) AS l
                     ON l.branch_id = v.branch_id AND l.exemplar_id = v.exemplar_id
             WHERE v.number > coalesce(l.number, 0))"_L1},
        // The shard comes from a backup of before the purge, or its branch from one that had not done its
        // part.
        {"purge_unfinished"_L1, "users_ref"_L1, false,
         R"(SELECT u.id::text AS id
              FROM public.users_ref AS u
             WHERE public.is_purged(u.id) AND u.id <> public.anonymous_patron()
               AND (EXISTS (SELECT FROM public.book_lending AS l WHERE l.user_id = u.id)
                    OR EXISTS (SELECT FROM public.charges AS c WHERE c.user_id = u.id)
                    OR EXISTS (SELECT FROM public.audit_log AS a
                                WHERE a.table_name = 'op_result' AND a.new ->> 'user_id' = u.id::text)
                    OR u.id::text IN (SELECT o.result -> 'patron' ->> 'id' FROM public.op_result AS o)))"_L1,
         R"(SELECT public.purge_rows(w.id::uuid) FROM wrong AS w)"_L1},
        {"copy_of_removed_book"_L1, "physical_exemplars"_L1, false,
         R"(SELECT e.id::text AS id FROM public.physical_exemplars AS e
              JOIN public.books_ref AS b ON b.id = e.book_id
             WHERE e.deleted_at IS NULL AND b.deleted_at IS NOT NULL
               AND NOT EXISTS (SELECT FROM public.branch_placement AS p
                                WHERE p.branch_id = e.branch_id AND p.state = 'retired'))"_L1},
        {"loan_of_lost_copy"_L1, "physical_exemplars"_L1, false,
         R"(SELECT e.id::text AS id
              FROM public.book_lending AS l
              JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
             WHERE l.returned_at IS NULL
               AND (e.deleted_at IS NOT NULL OR e.status IN ('lost', 'missing', 'damaged', 'withdrawn')))"_L1},
        {"statistics_wrong"_L1, "branch_statistics"_L1, false,
         R"(WITH rolled AS (
                SELECT s.branch_id, b.timezone, min(s.day) AS first_day, max(s.day) AS last_day
                  FROM public.branch_statistics AS s JOIN public.branches AS b ON b.id = s.branch_id GROUP BY 1, 2),
            counted AS MATERIALIZED (
                SELECT r.branch_id, c.*
                  FROM rolled AS r
                  CROSS JOIN LATERAL public.counted_days(r.branch_id, r.timezone, r.first_day, r.last_day) AS c)
            SELECT r.branch_id || '/' || d.day::date AS id
              FROM rolled AS r
              CROSS JOIN LATERAL generate_series(r.first_day::timestamp, r.last_day::timestamp, '1 day') AS d (day)
              LEFT JOIN public.branch_statistics AS s ON s.branch_id = r.branch_id AND s.day = d.day::date
              LEFT JOIN counted AS c ON c.branch_id = r.branch_id AND c.day = d.day::date
             WHERE (s.loans, s.returns, s.renewals, s.copies_added)
                   IS DISTINCT FROM
                   (coalesce(c.loans, 0), coalesce(c.returns, 0), coalesce(c.renewals, 0),
                    coalesce(c.copies_added, 0)))"_L1,
         statisticsRepair}};
    return checks;
}

namespace {

void check(Session &session, const RowCheck &one, std::vector<Finding> &findings)
{
    const Rows row =
        ask(session, one.code,
            u"WITH found AS MATERIALIZED (%1) SELECT count(*) AS number, coalesce((SELECT "
            "array_to_string(array_agg(s.id), ',') FROM (SELECT f.id FROM found AS f ORDER BY f.id "
            "LIMIT ?::int) AS s), '') AS ids FROM found"_s.arg(one.find),
            {static_cast<int>(Finding::mostKeys)});
    const qint64 number = row->row(0).number("number");
    if (number > 0)
        findings.push_back({.code = one.code,
                            .database = session.database(),
                            .table = one.table,
                            .count = number,
                            .keys = row->row(0).text("ids").split(u',')});
}

void repair(Session &session, const RowCheck &one, const QStringList &keys)
{
    Transaction transaction(session);
    session.execText(u"limit waiting"_s, u"SET LOCAL lock_timeout = '10s'"_s);
    session.execText(u"ids to repair"_s, u"CREATE TEMP TABLE wrong (id text) ON COMMIT DROP"_s);
    ask(session, "ids_to_repair"_L1, u"INSERT INTO wrong SELECT unnest(?::text[])"_s, {arrayLiteral(keys)});
    session.execText(QString(one.code) + " repair"_L1, one.repair);
    transaction.commit();
}

Session *sessionOf(Databases &databases, const QString &database)
{
    if (database == databases.main->database())
        return databases.main.get();
    const ShardDatabase *shard = shardOf(databases, database);
    return shard ? shard->session.get() : nullptr;
}

} // namespace

std::vector<Finding> checkRows(Databases &databases, const QString &table)
{
    std::vector<Finding> findings;
    for (const RowCheck &one : rowChecks()) {
        if (!table.isEmpty() && table != one.table)
            continue;
        if (one.isOfMain) {
            check(*databases.main, one, findings);
            continue;
        }
        for (const ShardDatabase &shard : databases.shards)
            check(*shard.session, one, findings);
    }
    return findings;
}

void repairRows(Databases &databases, const std::vector<Finding> &findings,
                const std::function<void(const QString &)> &say)
{
    for (const RowCheck &one : rowChecks()) {
        for (const Finding &finding : findings) {
            Session *session = sessionOf(databases, finding.database);
            if (one.repair.isEmpty() || !session || finding.code != one.code || finding.table != one.table)
                continue;
            for (const QStringList &keys : batches(finding.keys))
                repeatedly([&] { repair(*session, one, keys); });
            say(tr("Corrected %1 rows of %2 in %3.")
                    .arg(finding.keys.size())
                    .arg(finding.table, finding.database));
        }
    }
}

} // namespace Branchline::Internal
