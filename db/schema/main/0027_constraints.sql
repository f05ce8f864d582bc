-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- What plain SQL could still do against the rules of the functions.

-- Locks tables, not their partitions, for a step that changes several.  It waits for one of them while it holds none,
-- and hardly at all for the others, and for all together no longer than lock_timeout: so no
-- desk queues longer than that behind a step, and none is in a circle with it.  It has to be
-- the first that a step does, before that holds anything.
CREATE PROCEDURE public.lock_together(targets regclass[])
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    longest   CONSTANT integer := (SELECT s.setting FROM pg_settings AS s WHERE s.name = 'lock_timeout');
    give_up   CONSTANT timestamptz := clock_timestamp() + make_interval(secs => longest / 1000.0);
    target    regclass := targets[1];
    has_first boolean;
BEGIN
    LOOP
        has_first := false;
        BEGIN
            IF longest > 0 THEN
                PERFORM set_config('lock_timeout',
                                   greatest(1, ceil(extract(epoch FROM give_up - clock_timestamp()) * 1000))::integer::text,
                                   true);
            END IF;
            EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', target);
            has_first := true;
            PERFORM set_config('lock_timeout', '50', true);
            FOREACH target IN ARRAY targets LOOP
                EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', target);
            END LOOP;
            PERFORM set_config('lock_timeout', longest::text, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            -- The locks of the block are free again.  The next round begins with the one that was missing.
            IF NOT has_first OR longest > 0 AND clock_timestamp() >= give_up THEN
                RAISE;
            END IF;
        END;
    END LOOP;
END
$$;

REVOKE ALL ON PROCEDURE public.lock_together(regclass[]) FROM PUBLIC;

DO $$
DECLARE
    stamped regclass[] := ARRAY(SELECT t.tgrelid FROM pg_catalog.pg_trigger AS t WHERE t.tgname = 'stamp');
BEGIN
    CALL public.lock_together(stamped || 'public.audit_log'::regclass);
END
$$;

-- The index of the keys leaves out rules that were removed, and a foreign key asks for those as well.
CREATE INDEX loan_rules_branch ON public.loan_rules (branch_id);

-- Every stamped row has its stamps, also where the triggers are silent: a bulk load may leave
-- them out and gets these defaults.  NOT VALID, since looking at every row takes a while
-- under a lock that lets nobody write; the next step does that under one that does.
CREATE PROCEDURE public.require_stamps(target regclass)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s '
                   'ALTER created_at SET DEFAULT now(), ALTER created_by SET DEFAULT session_user, '
                   'ALTER updated_at SET DEFAULT now(), ALTER updated_by SET DEFAULT session_user, '
                   'ALTER row_version SET DEFAULT 1, '
                   'ADD CONSTRAINT %I CHECK (num_nulls(created_at, created_by, updated_at, updated_by, row_version) = 0 '
                   'AND row_version > 0 AND (deleted_at IS NULL) = (deleted_by IS NULL)) NOT VALID',
                   target, (SELECT c.relname FROM pg_class AS c WHERE c.oid = target) || '_stamps');
END
$$;

REVOKE ALL ON PROCEDURE public.require_stamps(regclass) FROM PUBLIC;

DO $$
DECLARE
    target  regclass;
    stamped integer := 0;
BEGIN
    FOR target IN SELECT t.tgrelid FROM pg_catalog.pg_trigger AS t WHERE t.tgname = 'stamp' ORDER BY t.tgrelid::regclass::text
    LOOP
        CALL public.require_stamps(target);
        stamped := stamped + 1;
    END LOOP;
    IF stamped <> 25 THEN
        RAISE EXCEPTION USING
            MESSAGE = format('%s tables have the trigger "stamp", 25 should.', stamped),
            HINT = 'Somebody has added such a trigger or taken one away: "branchlinectl migrate diff" names it. Put that back first.';
    END IF;
END
$$;

-- The audit log: 'import' is a batch of rows that came in past the triggers, and infinity is no time.
-- The log is cut into months in a later step, where what there is becomes the first of them, up to
-- this time: the step after this one looks at every row, so that the cut need not.
DO $$
DECLARE
    latest timestamptz := (SELECT a.at FROM public.audit_log AS a WHERE a.at < 'infinity' ORDER BY a.at DESC LIMIT 1);
BEGIN
    EXECUTE format('ALTER TABLE public.audit_log '
                   'ADD CONSTRAINT audit_log_at_check CHECK (isfinite(at)) NOT VALID, '
                   'DROP CONSTRAINT audit_log_op_check, '
                   'ADD CONSTRAINT audit_log_op_check '
                   'CHECK (op IN (''insert'', ''update'', ''delete'', ''read'', ''refused'', ''import'')) NOT VALID, '
                   'ADD CONSTRAINT audit_log_first_until CHECK (at < %L) NOT VALID',
                   (date_trunc('month', greatest(latest, now()) AT TIME ZONE 'UTC') + interval '3 months') AT TIME ZONE 'UTC');
END
$$;

-- Infinity is a date that nothing can be counted from.
ALTER TABLE public.users ADD CONSTRAINT users_dates_are_finite
    CHECK (isfinite(born_on) AND isfinite(expires_on)) NOT VALID;
ALTER TABLE public.user_blocks ADD CONSTRAINT user_blocks_until_check CHECK (isfinite(until)) NOT VALID;
ALTER TABLE public.branch_calendar ADD CONSTRAINT branch_calendar_on_date_check CHECK (isfinite(on_date)) NOT VALID;

-- A removal that the audit log does not see, or that cannot be taken back.
CREATE PROCEDURE public.forbid_truncate(target regclass)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete()', target);
END
$$;

REVOKE ALL ON PROCEDURE public.forbid_truncate(regclass) FROM PUBLIC;

CALL public.forbid_delete('public.authors');
CALL public.forbid_delete('public.book_categories');
CALL public.forbid_delete('public.exemplar_barcodes');
CALL public.forbid_truncate('public.author_book');
CALL public.forbid_truncate('public.category_book');
CALL public.forbid_truncate('public.book_data');
CALL public.forbid_truncate('public.book_records');
CALL public.forbid_truncate('public.branch_moves');
CALL public.forbid_truncate('public.jobs');

-- remove_book() asks in words; this holds whatever writes the row.  That a claim locks the book,
-- so that the two cannot pass each other, holds for the functions here, and for whatever writes the
-- row from guards on.
CREATE FUNCTION public.refuse_removal_with_copies() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.exemplar_barcodes AS e WHERE e.book_id = NEW.id AND e.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'A book with copies cannot be removed.',
            HINT = 'Remove its copies first.';
    END IF;
    RETURN NEW;
END
$$;

REVOKE ALL ON FUNCTION public.refuse_removal_with_copies() FROM PUBLIC;

CREATE TRIGGER refuse_removal BEFORE UPDATE OF deleted_at ON public.books
    FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL)
    EXECUTE FUNCTION public.refuse_removal_with_copies();
