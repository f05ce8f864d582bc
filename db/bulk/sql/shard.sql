-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Copies and loans of the branches that live on this shard; see main.sql.

-- Figures that were rolled up are forgotten from the first day on that has new
-- events, as by the trigger forget_rolled_up.
CREATE OR REPLACE FUNCTION import_staging.forget_days(branch_id uuid, since timestamptz) RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4, uuid_hash(forget_days.branch_id));
    DELETE FROM public.branch_statistics AS s
     USING public.branches AS b
     WHERE b.id = forget_days.branch_id AND s.branch_id = b.id
       AND s.day >= (forget_days.since AT TIME ZONE b.timezone)::date;
END
$$;

CREATE OR REPLACE FUNCTION import_staging.material_of(batch jsonb, status text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
RETURN (batch ->> CASE WHEN status = 'reference' THEN 'reference_material' ELSE 'material' END)::uuid;

-- Main has claimed the barcodes, so they are free here as well; the lines that it
-- refused are named in "skip", those of which it has no claim (any more) in "unclaimed".
CREATE OR REPLACE FUNCTION import_staging.write_exemplars(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.physical_exemplars', 'public.desk_event');
    DELETE FROM pg_temp.import_rows AS r
     USING jsonb_array_elements_text(batch -> 'skip') AS s (line)
     WHERE r.line = s.line::integer;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.physical_exemplars AS e
                              WHERE e.branch_id = i.branch_id AND e.id = i.id) THEN ''
                WHEN NOT EXISTS (SELECT FROM public.branch_placement AS p
                                  WHERE p.branch_id = i.branch_id AND p.state = 'active')
                    THEN 'The branch is not on this shard.'
                WHEN batch -> 'unclaimed' @> to_jsonb(i.line)
                    THEN 'Main''s list of barcodes has no such copy (any more): the barcode or the book was taken away.'
                WHEN NOT EXISTS (SELECT FROM public.material_types AS m
                                  WHERE m.deleted_at IS NULL AND m.id = import_staging.material_of(batch, i.status))
                    THEN 'The material type has not reached the shard.'
                WHEN NOT EXISTS (SELECT FROM public.books_ref AS b WHERE b.id = i.book_id)
                    THEN 'The book has not reached the shard.' END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, status, room, floor, bookshelf)
    SELECT r.branch_id, r.id, r.barcode, r.book_id, m.id,
           CASE r.status WHEN 'repair' THEN 'damaged' WHEN 'reference' THEN 'available' ELSE r.status END,
           r.room, r.floor, r.bookshelf
      FROM pg_temp.import_rows AS r
      JOIN public.material_types AS m
        ON m.deleted_at IS NULL
       AND m.id = import_staging.material_of(batch, r.status)
     WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    INSERT INTO public.desk_event (branch_id, at, kind, exemplar_id, desk_branch_id)
    SELECT r.branch_id, coalesce(r.acquired_at, now()), 'copy_added', r.id, r.branch_id
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    PERFORM import_staging.forget_days(r.branch_id, min(coalesce(r.acquired_at, now())))
       FROM pg_temp.import_rows AS r WHERE r.reason IS NULL GROUP BY r.branch_id ORDER BY r.branch_id;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'physical_exemplars', inserted) AS e;
END
$$;

-- Whether settle_copies() called the copy missing and nobody has changed it since: its loan may come in later,
-- corrected or by other files.
CREATE OR REPLACE FUNCTION import_staging.was_lent(copy_id uuid, row_version bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.audit_log AS a
                    WHERE a.row_id = was_lent.copy_id AND a.table_name = 'physical_exemplars' AND a.op = 'update'
                      AND a.old ->> 'status' = 'lent' AND a.new ->> 'status' = 'missing'
                      AND (a.new ->> 'row_version')::bigint = was_lent.row_version);
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_lendings(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    -- Of the blocks, so that a purge either is seen here or begins when the loans of the batch can be counted.
    PERFORM import_staging.begin_batch('public.physical_exemplars', 'public.desk_event', 'public.book_lending',
                                       'public.charges', 'public.user_blocks');
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.book_lending AS l WHERE l.branch_id = i.branch_id AND l.id = i.id)
                    THEN (SELECT import_staging.met(l.created_at) FROM public.book_lending AS l
                           WHERE l.branch_id = i.branch_id AND l.id = i.id)
                WHEN i.due_at < i.lent_at THEN 'due_at lies before lent_at.'
                WHEN i.returned_at < i.lent_at THEN 'returned_at lies before lent_at.'
                WHEN greatest(i.lent_at, i.returned_at) > now() THEN 'lent_at or returned_at lies in the future.'
                WHEN i.renewals < 0 OR i.fine_cents < 0 THEN 'A number is negative.'
                WHEN e.id IS NULL THEN 'There is no copy with this id at this branch.'
                WHEN e.deleted_at IS NOT NULL THEN 'The copy was removed.'
                WHEN e.book_id <> i.book_id THEN 'The copy is one of another book.'
                WHEN NOT EXISTS (SELECT FROM public.users_ref AS u WHERE u.id = i.user_id)
                    THEN 'There is no patron with this id.'
                WHEN EXISTS (SELECT FROM public.users_ref AS u
                              WHERE u.id = i.user_id AND u.deleted_at IS NOT NULL AND u.id <> public.anonymous_patron()
                                AND (i.returned_at IS NULL OR u.family_name = '(purged)'))
                    THEN 'The patron was purged or removed.'
                WHEN (i.returned_at IS NULL OR i.fine_cents > 0)
                     AND (i.user_id = public.anonymous_patron()
                          OR EXISTS (SELECT FROM public.user_blocks AS b
                                      WHERE b.user_id = i.user_id AND b.code = 'purge' AND b.deleted_at IS NULL))
                    THEN 'The patron is being purged, or was, and can have no open loan and no fine.'
                WHEN i.returned_at IS NULL AND e.status NOT IN ('lent', 'lost')
                     AND NOT (e.status = 'missing' AND import_staging.was_lent(e.id, e.row_version))
                    THEN 'The loan is open, but its copy is not marked as lent or lost.'
                WHEN EXISTS (SELECT FROM public.book_lending AS l
                              WHERE l.branch_id = i.branch_id AND l.exemplar_id = i.exemplar_id
                                AND l.lent_at < coalesce(i.returned_at, 'infinity')
                                AND coalesce(l.returned_at, 'infinity') > i.lent_at)
                    THEN 'The copy is lent to somebody in that time.' END AS reason
              FROM pg_temp.import_rows AS i
              LEFT JOIN public.physical_exemplars AS e ON e.branch_id = i.branch_id AND e.id = i.exemplar_id
             WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.branch_id, i.id', 'An earlier line of this file has the same id.');
    UPDATE pg_temp.import_rows AS r SET reason = 'The copy is lent to somebody in that time.'
      FROM (SELECT i.line, i.lent_at < max(coalesce(i.returned_at, 'infinity'))
                       OVER (PARTITION BY i.branch_id, i.exemplar_id ORDER BY i.lent_at, i.line
                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS overlaps
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS n
     WHERE n.line = r.line AND n.overlaps;
    INSERT INTO public.book_lending (branch_id, id, exemplar_id, user_id, lending_branch_id, returned_branch_id, lent_at,
                                     due_at, returned_at, renewals)
    SELECT r.branch_id, r.id, r.exemplar_id, r.user_id, r.branch_id,
           CASE WHEN r.returned_at IS NOT NULL THEN r.branch_id END, r.lent_at, r.due_at, r.returned_at,
           coalesce(r.renewals, 0)
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL ORDER BY r.branch_id, r.line;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    INSERT INTO public.desk_event (branch_id, at, kind, exemplar_id, desk_branch_id)
    SELECT r.branch_id, v.at, v.kind, r.exemplar_id, r.branch_id
      FROM pg_temp.import_rows AS r, LATERAL (VALUES ('lent', r.lent_at), ('returned', r.returned_at)) AS v (kind, at)
     WHERE r.reason IS NULL AND v.at IS NOT NULL ORDER BY r.branch_id, r.line;
    INSERT INTO public.charges (branch_id, user_id, loan_id, kind, amount)
    SELECT r.branch_id, r.user_id, r.id, 'overdue', r.fine_cents / 100.0
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL AND r.fine_cents > 0;
    PERFORM import_staging.forget_days(r.branch_id, min(r.lent_at))
       FROM pg_temp.import_rows AS r WHERE r.reason IS NULL GROUP BY r.branch_id ORDER BY r.branch_id;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'book_lending', inserted) AS e;
    -- Under its triggers: a change of a copy that was there.
    PERFORM set_config('session_replication_role', 'origin', true);
    UPDATE public.physical_exemplars AS e
       SET status = 'lent'
      FROM pg_temp.import_rows AS r
     WHERE r.reason IS NULL AND r.returned_at IS NULL
       AND e.branch_id = r.branch_id AND e.id = r.exemplar_id AND e.status = 'missing';
END
$$;

-- A copy that the file calls lent and of which no open loan came in is not in the
-- library's hands, and nobody is known to have it.  Returns how many there were.
CREATE OR REPLACE FUNCTION import_staging.settle_copies() RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    found bigint;
BEGIN
    WITH missing AS (
        UPDATE public.physical_exemplars AS e
           SET status = 'missing'
         WHERE e.status = 'lent' AND e.deleted_at IS NULL
           AND NOT EXISTS (SELECT FROM public.book_lending AS l
                            WHERE l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL)
        RETURNING e.barcode)
    INSERT INTO import_staging.refused (file, line, reason)
    SELECT 'exemplars.csv', 0, format('The copy %s is called lent, but no open loan of it came in; it is now marked as missing.', m.barcode)
      FROM missing AS m;
    GET DIAGNOSTICS found = ROW_COUNT;
    RETURN found;
END
$$;
