-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
-- dry-run: no
--
-- Every row that there is has its stamps; people write meanwhile, which they could not in a dry
-- run: that has the locks of the step before still.

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.conrelid::regclass AS target, c.conname FROM pg_catalog.pg_constraint AS c
                  WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'c'
                    AND c.conname LIKE '%\_stamps' AND NOT c.convalidated
                  ORDER BY 1
    LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', found.target, found.conname);
    END LOOP;
END
$$;
