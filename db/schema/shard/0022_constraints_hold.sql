-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
-- dry-run: no
--
-- Every row that there is keeps what the step before asks; people write meanwhile, which they could
-- not in a dry run: that has the locks of the step before still.

DO $$
DECLARE
    target record;
BEGIN
    FOR target IN SELECT c.conrelid::regclass AS name, c.conname FROM pg_catalog.pg_constraint AS c
                  WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'c' AND NOT c.convalidated
                  ORDER BY 1, 2
    LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', target.name, target.conname);
    END LOOP;
    SELECT t.tgrelid::regclass AS name INTO target
      FROM pg_catalog.pg_trigger AS t
     WHERE t.tgname = 'stamp'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conrelid = t.tgrelid AND c.conname LIKE '%\_stamps');
    IF FOUND THEN
        RAISE EXCEPTION USING
            MESSAGE = format('%s has no check of its stamps.', target.name),
            HINT = 'The step before makes it, so somebody has taken it away. Restore the backup of before the migration, or '
                   'CALL public.require_stamps() for the table as branchline_owner.';
    END IF;
END
$$;
