-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lists and figures.  Only branches that are active here are shown: while a
-- branch moves, its rows are on two shards.  Each statement for one branch reads
-- that branch's part of the indexes and nothing else.

CREATE VIEW public.placement_here WITH (security_invoker = true) AS
SELECT p.branch_id, p.epoch, p.state
  FROM public.branch_placement AS p;

-- Every member of staff sees where each copy is and when it is due back.  So this
-- view, unlike the others, reads with the rights of its owner: the row of the loan
-- stays hidden, only its due date is shown.
CREATE VIEW public.copy_list AS
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

-- A patron with several cards appears with the newest one that works.  Read as it
-- is, it has the loans of the own branches, and cards of patrons at home there.
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

-- works_with: the oldest program that may use this database is the one made for that version.
CREATE VIEW public.schema_version WITH (security_invoker = true) AS
SELECT max(h.id) AS version, max(coalesce(h.works_with, h.id)) AS works_with
  FROM public.schema_history AS h
 WHERE h.state = 'done';

CREATE FUNCTION public.require_patron_right() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT public.has_right('desk', NULL) AND NOT public.has_right('patrons', NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = 'You do not have the right "desk" at any branch.',
            HINT = 'Ask an administrator to assign it to your login.';
    END IF;
END
$$;

-- Whether the caller has read that of a patron within the hour, in another transaction.
CREATE FUNCTION public.is_noted(patron_id uuid, branch_id uuid, what text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN EXISTS (SELECT
                     FROM public.audit_log AS a
                    WHERE a.row_id = is_noted.patron_id
                      AND a.at > clock_timestamp() - interval '1 hour'
                      AND a.op = 'read'
                      AND a.actor = session_user
                      AND a.branch_id = is_noted.branch_id
                      AND a.new ->> 'read' = is_noted.what
                      AND a.txid <> coalesce(txid_current_if_assigned(), 0));
END
$$;

-- What staff read of a branch at which they have no right is recorded first and
-- given out afterwards: a session could read and then roll back, and the record
-- would be gone.  True when the record stands, from an earlier transaction of the
-- same login within the hour; else it is written now, and the caller answers with
-- one row of NULLs, upon which the program asks again.
CREATE FUNCTION public.note_reading(patron_id uuid, branch_id uuid, what text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF is_noted(patron_id, branch_id, what) THEN
        RETURN true;
    END IF;
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'read', 'users',
            note_reading.patron_id, note_reading.branch_id, jsonb_build_object('read', note_reading.what));
    RETURN false;
END
$$;

-- Whether the open loans of a patron at other branches may be given out; see
-- note_reading().  A loan is the business of the branch that owns the copy: the one
-- that lent it may change, also in a transaction that is rolled back.
CREATE FUNCTION public.note_open_loans(patron_id uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    mine   uuid[] := my_branches('desk', 'patrons');
    branch uuid;
    noted  boolean := true;
BEGIN
    FOR branch IN
        SELECT DISTINCT l.branch_id
          FROM public.book_lending AS l
         WHERE l.user_id = note_open_loans.patron_id AND l.returned_at IS NULL AND l.branch_id <> ALL (mine)
    LOOP
        noted := note_reading(note_open_loans.patron_id, branch, 'open_loans') AND noted;
    END LOOP;
    RETURN noted;
END
$$;

-- One row for a patron, none for a card that nobody holds.  The counts are those
-- of this shard; which copies they are is not told here.  A patron of another
-- branch is recorded, see note_reading().
CREATE FUNCTION public.find_patron(card text)
    RETURNS TABLE (id uuid, display_name text, type_name text, active boolean, expires_on date, open_loans integer,
                   overdue integer, home_branch_id uuid)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patron public.users_ref;
BEGIN
    PERFORM require_patron_right();
    SELECT u.* INTO patron
      FROM public.user_cards AS c
      JOIN public.users_ref AS u ON u.id = c.user_id AND u.deleted_at IS NULL
     WHERE c.card_number = tidy(find_patron.card) AND c.deleted_at IS NULL;
    IF patron.id IS NULL THEN
        RETURN;
    ELSIF patron.home_branch_id <> ALL (my_branches('desk', 'patrons'))
          AND NOT note_reading(patron.id, patron.home_branch_id, 'record') THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT patron.id, patron.display_name, t.name,
           patron.active AND (SELECT c.active FROM public.user_cards AS c
                               WHERE c.card_number = tidy(find_patron.card) AND c.deleted_at IS NULL),
           patron.expires_on, l.open_loans, l.overdue, patron.home_branch_id
      FROM (SELECT count(*)::integer AS open_loans, (count(*) FILTER (WHERE o.due_at < now()))::integer AS overdue
              FROM public.book_lending AS o
             WHERE o.user_id = patron.id AND o.returned_at IS NULL) AS l
      LEFT JOIN public.user_types AS t ON t.id = patron.user_type_id;
END
$$;

-- Open loans of a patron at whatever branch, those of other branches recorded; of
-- the loans that came back only those of the own branches.
CREATE FUNCTION public.patron_loans(card text, only_open boolean DEFAULT true) RETURNS SETOF public.loan_list
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    patron_id uuid := (SELECT c.user_id
                         FROM public.user_cards AS c
                        WHERE c.card_number = tidy(patron_loans.card) AND c.deleted_at IS NULL);
    mine      uuid[] := my_branches('desk', 'patrons');
BEGIN
    PERFORM require_patron_right();
    IF NOT note_open_loans(patron_id) THEN
        RETURN NEXT NULL::public.loan_list;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT l.*
      FROM public.loan_list AS l
     WHERE l.user_id = patron_id
       AND (l.returned_at IS NULL OR NOT patron_loans.only_open AND l.branch_id = ANY (mine))
     ORDER BY l.returned_at DESC NULLS FIRST, l.due_at, l.id;
END
$$;

-- The newest loans of a branch, or of all branches of this shard at which the
-- caller has the right "desk".
CREATE FUNCTION public.newest_loans(branch uuid, only_open boolean, most integer) RETURNS SETOF public.loan_list
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF branch IS NOT NULL THEN
        PERFORM require_right('desk', branch);
        RETURN QUERY
        SELECT l.*
          FROM public.loan_list AS l
         WHERE l.branch_id = branch AND (l.returned_at IS NULL OR NOT only_open)
         ORDER BY l.lent_at DESC, l.id DESC
         LIMIT most;
        RETURN;
    END IF;
    -- The newest of each branch come from an index; those of all branches at once would be sorted.
    RETURN QUERY
    SELECT l.*
      FROM unnest(my_branches('desk')) AS b (id)
      CROSS JOIN LATERAL (SELECT n.*
                            FROM public.loan_list AS n
                           WHERE n.branch_id = b.id AND (n.returned_at IS NULL OR NOT only_open)
                           ORDER BY n.lent_at DESC, n.id DESC
                           LIMIT most) AS l
     ORDER BY l.lent_at DESC, l.id DESC
     LIMIT most;
END
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
