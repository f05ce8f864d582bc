-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What changed since a program last asked, so that a change at one desk is seen
-- at every other within a second.  The same on main and on the shards but for the
-- tables that it is about.
--
-- Programs ask, and are not told: NOTIFY lets the commits of the whole server
-- pass one at a time while their WAL is written (docs/BENCHMARKS.md).

-- Unlogged: what was noted before a crash is of no use, since after it every mark
-- is refused.  Never part of a backup that is replayed, a publication or a move.
CREATE UNLOGGED TABLE public.change_log (
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind      text NOT NULL,
    branch_id uuid,
    subject   uuid
);

CREATE INDEX change_log_xid ON public.change_log (xid);

COMMENT ON TABLE public.change_log IS 'The newest changes, for programs that keep what is on screen up to date';

-- Changes of transactions before this one have been taken out of the log; no row:
-- of none.
CREATE UNLOGGED TABLE public.change_log_start (
    xid xid8 NOT NULL
);

CREATE UNIQUE INDEX change_log_start_one_row ON public.change_log_start ((true));

-- Takes old changes out, but never one that a mark given from now on may need: no
-- such mark is about transactions before the oldest one that still runs.  One
-- caller does it at a time, and nobody waits for that.
CREATE FUNCTION public.trim_change_log(keep integer DEFAULT 5000) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    first xid8;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR NOT pg_try_advisory_xact_lock(4, 0) THEN
        RETURN;
    END IF;
    SELECT least(c.xid, pg_snapshot_xmin(pg_current_snapshot())) INTO first
      FROM public.change_log AS c
     ORDER BY c.xid DESC
    OFFSET trim_change_log.keep LIMIT 1;
    IF first > coalesce((SELECT s.xid FROM public.change_log_start AS s), '0') THEN
        INSERT INTO public.change_log_start AS s (xid) VALUES (first)
        ON CONFLICT ((true)) DO UPDATE SET xid = first;
        DELETE FROM public.change_log AS c WHERE c.xid < first;
    END IF;
END
$$;

-- AFTER INSERT on the audit log, so that one trigger tells of all tables.
CREATE FUNCTION public.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.change_log (kind, branch_id, subject)
    VALUES (CASE WHEN NEW.table_name IN ('books', 'authors', 'book_categories') THEN 'books'
                 WHEN NEW.table_name IN ('users', 'user_blocks') THEN 'patrons'
                 ELSE 'settings' END,
            NEW.branch_id,
            CASE NEW.table_name WHEN 'books' THEN NEW.row_id
                                WHEN 'users' THEN NEW.row_id
                                WHEN 'user_blocks' THEN (coalesce(NEW.new, NEW.old) ->> 'user_id')::uuid END);
    IF NEW.txid % 128 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

-- What has changed since a mark that this function gave, NULL for none, and the
-- mark to ask with the next time.  A line of changes is a kind ("*": of any), a
-- branch or "*" for all, and a subject: the patron or the book where it is one of
-- those asked about, "-" for another one, "*" for any.  Of a patron only those are told
-- who work with patrons, and at which branch only where they do.  Where is_complete is false
-- anything may have changed: without a mark, with one from before a restart or a
-- crash, and with one that is older than the log.
--
-- Neither times nor ids are in the order of commits.  So the mark is a snapshot:
-- a change is new when it is visible now and was not in that snapshot, however
-- long its transaction took.  Transaction ids are only compared within one run of
-- the server, since after a crash those that were lost are used again; the reset
-- of the statistics tells of a crash from which the server got up by itself.
CREATE FUNCTION public.changes_since(known text, about uuid[], OUT mark text, OUT is_complete boolean, OUT changes text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    now_visible pg_snapshot := pg_current_snapshot();
    server text := extract(epoch FROM pg_postmaster_start_time()) || '/'
                   || extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time());
    before pg_snapshot;
    mine   uuid[];
BEGIN
    mark := server || ' ' || now_visible;
    is_complete := false;
    IF known = mark THEN
        is_complete := true;
    ELSIF split_part(known, ' ', 1) = server THEN
        before := split_part(known, ' ', 2)::pg_snapshot;
        IF pg_snapshot_xmin(before) >= coalesce((SELECT s.xid FROM public.change_log_start AS s), '0') THEN
            is_complete := true;
            mine := my_branches('desk', 'patrons');
            SELECT string_agg(n.line, E'\n') INTO changes
              FROM (SELECT DISTINCT c.kind || ' '
                           || coalesce(CASE WHEN c.kind <> 'patrons' OR c.branch_id = ANY (mine) THEN c.branch_id::text END, '*')
                           || CASE WHEN c.subject IS NULL THEN ' *'
                                   WHEN c.subject = ANY (about) AND (c.kind <> 'patrons' OR mine <> '{}')
                                   THEN ' ' || c.subject
                                   ELSE ' -' END AS line
                      FROM public.change_log AS c
                     WHERE c.xid >= pg_snapshot_xmin(before)
                       AND NOT pg_visible_in_snapshot(c.xid, before)) AS n;
        END IF;
    END IF;
END
$$;

REVOKE ALL ON FUNCTION
    public.trim_change_log(integer), public.note_change(), public.changes_since(text, uuid[])
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.changes_since(text, uuid[]) TO branchline_staff, branchline_report;

CREATE TRIGGER note_change AFTER INSERT ON public.audit_log
    FOR EACH ROW
    WHEN (NEW.op NOT IN ('read', 'refused')
          AND NEW.table_name IN ('books', 'authors', 'book_categories', 'users', 'user_blocks', 'branches',
                             'branch_settings', 'branch_calendar', 'branch_placement', 'shards', 'loan_rules',
                             'user_types', 'material_types', 'staff_assignments'))
    EXECUTE FUNCTION public.note_change();
