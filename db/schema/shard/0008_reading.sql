-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lists and figures.  Only branches that are active here are shown: while a
-- branch moves, its rows are on two shards.  Each statement for one branch reads
-- that branch's part of the indexes and nothing else.

CREATE VIEW public.placement_here WITH (security_invoker = true) AS
SELECT p.branch_id, p.epoch, p.state
  FROM public.branch_placement AS p;

CREATE VIEW public.copy_list WITH (security_invoker = true) AS
SELECT e.branch_id, b.code AS branch_code, e.id, e.barcode, e.book_id, r.title, r.author_line, m.code AS material_code,
       e.status, e.available, e.room, e.floor, e.bookshelf, l.due_at
  FROM public.physical_exemplars AS e
  JOIN public.branch_placement AS p ON p.branch_id = e.branch_id AND p.state = 'active'
  JOIN public.branches AS b ON b.id = e.branch_id
  JOIN public.books_ref AS r ON r.id = e.book_id
  JOIN public.material_types AS m ON m.id = e.material_type_id
  LEFT JOIN public.book_lending AS l
    ON l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL
 WHERE e.deleted_at IS NULL;

-- A patron with several cards appears with the newest one that works.
CREATE VIEW public.loan_list WITH (security_invoker = true) AS
SELECT l.branch_id, b.code AS branch_code, l.id, e.barcode, l.exemplar_id, e.book_id, r.title, l.user_id,
       (SELECT c.card_number
          FROM public.user_cards AS c
         WHERE c.user_id = l.user_id AND c.deleted_at IS NULL
         ORDER BY c.active DESC, c.created_at DESC, c.id DESC
         LIMIT 1) AS card,
       l.lent_at, l.due_at, l.returned_at, l.lending_branch_id
  FROM public.book_lending AS l
  JOIN public.branch_placement AS p ON p.branch_id = l.branch_id AND p.state = 'active'
  JOIN public.branches AS b ON b.id = l.branch_id
  JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
  JOIN public.books_ref AS r ON r.id = e.book_id
 WHERE l.undone_at IS NULL;

CREATE VIEW public.schema_version WITH (security_invoker = true) AS
SELECT max(h.id) AS version
  FROM public.schema_history AS h;

-- One row for a patron, none for a card that nobody holds.  The counts are those
-- of this shard.
CREATE FUNCTION public.find_patron(card text)
    RETURNS TABLE (id uuid, display_name text, type_name text, active boolean, expires_on date, open_loans integer,
                   overdue integer, home_branch_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT u.id, u.display_name, t.name, u.active AND c.active, u.expires_on,
           l.open_loans, l.overdue, u.home_branch_id
      FROM public.user_cards AS c
      JOIN public.users_ref AS u ON u.id = c.user_id AND u.deleted_at IS NULL
      LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
      CROSS JOIN LATERAL (
           SELECT count(*)::integer AS open_loans, (count(*) FILTER (WHERE o.due_at < now()))::integer AS overdue
             FROM public.book_lending AS o
            WHERE o.user_id = u.id AND o.returned_at IS NULL) AS l
     WHERE c.card_number = tidy(find_patron.card) AND c.deleted_at IS NULL
$$;

CREATE FUNCTION public.patron_loans(card text, only_open boolean DEFAULT true) RETURNS SETOF public.loan_list
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT l.*
      FROM public.loan_list AS l
     WHERE l.user_id = (SELECT c.user_id
                          FROM public.user_cards AS c
                         WHERE c.card_number = tidy(patron_loans.card) AND c.deleted_at IS NULL)
       AND (NOT patron_loans.only_open OR l.returned_at IS NULL)
     ORDER BY l.returned_at DESC NULLS FIRST, l.due_at, l.id
$$;

-- Copies and open loans of the branches that are active here, or of one of them.
-- Loans of the past are not touched, so the figures cost the same in ten years.
CREATE FUNCTION public.statistics(branch uuid DEFAULT NULL)
    RETURNS TABLE (branch_id uuid, code text, copies bigint, available bigint, lent bigint, overdue bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT p.branch_id, b.code, c.copies, c.available, l.lent, l.overdue
      FROM public.branch_placement AS p
      JOIN public.branches AS b ON b.id = p.branch_id
      CROSS JOIN LATERAL (
           SELECT count(*) AS copies, count(*) FILTER (WHERE e.status = 'available') AS available
             FROM public.physical_exemplars AS e
            WHERE e.branch_id = p.branch_id AND e.deleted_at IS NULL) AS c
      CROSS JOIN LATERAL (
           SELECT count(*) AS lent, count(*) FILTER (WHERE o.due_at < now()) AS overdue
             FROM public.book_lending AS o
            WHERE o.branch_id = p.branch_id AND o.returned_at IS NULL) AS l
     WHERE p.state = 'active' AND (statistics.branch IS NULL OR p.branch_id = statistics.branch)
     ORDER BY b.code
$$;

-- enabled: somebody wants it to run; running: it does.  After an error the worker
-- starts anew every few seconds, only to meet the same row again: one that has
-- just begun and has failed before does not count as running.  tables_open: tables
-- whose first copy is not complete, and to which no change comes until it is;
-- slot_name: where main keeps the subscription's place.
CREATE FUNCTION public.replication_health()
    RETURNS TABLE (subscription text, enabled boolean, running boolean, apply_errors bigint, sync_errors bigint,
                   tables_open bigint, slot_name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.subname::text, s.subenabled,
           EXISTS (SELECT
                     FROM pg_stat_subscription AS w
                     JOIN pg_stat_activity AS a ON a.pid = w.pid
                    WHERE w.subid = s.oid
                      AND w.relid IS NULL
                      AND (coalesce(e.apply_error_count, 0) = 0
                           OR a.backend_start < clock_timestamp() - interval '3 seconds')),
           coalesce(e.apply_error_count, 0), coalesce(e.sync_error_count, 0),
           (SELECT count(*) FROM pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate NOT IN ('r', 's')),
           s.subslotname::text
      FROM pg_subscription AS s
      LEFT JOIN pg_stat_subscription_stats AS e ON e.subid = s.oid
     WHERE s.subdbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
     ORDER BY s.subname
$$;
