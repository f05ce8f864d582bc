-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- What plain SQL could still do against the rules of the functions.  The copies of main's tables
-- have no checks here: main has looked at them, and a row that cannot be written stops them all.

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
    ASSERT stamped = 6, format('%s tables have stamps', stamped);
END
$$;

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.branch_placement
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete();
