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
    VALUES (CASE NEW.table_name WHEN 'book_lending' THEN 'loans'
                                 WHEN 'physical_exemplars' THEN 'copies'
                                 WHEN 'branch_placement' THEN 'settings'
                                 ELSE 'charges' END,
            NEW.branch_id,
            CASE NEW.table_name WHEN 'book_lending' THEN (NEW.new ->> 'user_id')::uuid
                                WHEN 'physical_exemplars' THEN (NEW.new ->> 'book_id')::uuid END);
    IF NEW.txid % 128 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

-- What has changed since a mark that this function gave, NULL for none, and the
-- mark to ask with the next time.  A line of changes is a kind ("*": of any), a
-- branch or "*" for all, and a subject: the patron or the book where it is one of
-- those asked about, "-" for another one, "*" for any.  Of patrons only those are told
-- who work with patrons, and of the loans of a patron at another branch only those who
-- have read them, which stands in the audit log.  Where is_complete is false
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
              FROM (SELECT DISTINCT c.kind || ' ' || coalesce(c.branch_id::text, '*') || ' '
                           || CASE WHEN c.subject IS NULL THEN '*'
                                   WHEN c.subject = ANY (about) AND CASE c.kind
                                        WHEN 'patrons' THEN mine <> '{}'
                                        WHEN 'loans' THEN c.branch_id = ANY (mine)
                                                          OR is_noted(c.subject, c.branch_id, 'open_loans')
                                        ELSE true END
                                   THEN c.subject::text
                                   ELSE '-' END AS line
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
    WHEN (NEW.table_name IN ('book_lending', 'physical_exemplars', 'branch_placement', 'charges', 'payments'))
    EXECUTE FUNCTION public.note_change();

-- What came from main: it is seen here when it is here.  Ordinary triggers do not
-- fire in the apply worker.  After a thousand rows of one transaction, such as a
-- table's first copy, it says that anything may have changed.
CREATE FUNCTION public.note_reference_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    noted integer := coalesce(nullif(current_setting('branchline.noted', true), '')::integer, 0) + 1;
BEGIN
    IF noted > 1000 THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('branchline.noted', noted::text, true);
    INSERT INTO public.change_log (kind, subject)
    VALUES (CASE WHEN noted = 1000 THEN '*' ELSE TG_ARGV[0] END,
            CASE WHEN noted < 1000 AND TG_ARGV[1] <> '' THEN (to_jsonb(NEW) ->> TG_ARGV[1])::uuid END);
    IF noted = 1 AND pg_current_xact_id()::text::bigint % 128 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION public.note_reference_change() FROM PUBLIC;

DO $$
DECLARE
    target record;
BEGIN
    FOR target IN
        SELECT *
          FROM (VALUES ('books_ref', 'books', 'id'), ('users_ref', 'patrons', 'id'),
                       ('user_cards', 'patrons', 'user_id'), ('user_blocks', 'patrons', 'user_id'),
                       ('branches', 'settings', ''), ('branch_settings', 'settings', ''),
                       ('branch_calendar', 'settings', ''), ('loan_rules', 'settings', ''),
                       ('user_types', 'settings', ''), ('material_types', 'settings', '')) AS t (name, kind, subject)
    LOOP
        EXECUTE format('CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON public.%I '
                       'FOR EACH ROW EXECUTE FUNCTION public.note_reference_change(%L, %L)',
                       target.name, target.kind, target.subject);
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER note_change', target.name);
    END LOOP;
END
$$;
