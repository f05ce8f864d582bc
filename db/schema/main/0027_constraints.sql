-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- What plain SQL could still do against the rules of the functions.

-- Locks tables for a step that changes several.  It waits for one of them while it holds none,
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
            EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
            has_first := true;
            PERFORM set_config('lock_timeout', '50', true);
            FOREACH target IN ARRAY targets LOOP
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', target);
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
    CALL public.lock_together(stamped);
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
    ASSERT stamped = 25, format('%s tables have stamps', stamped);
END
$$;

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
-- row from claims_of_books on.
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
