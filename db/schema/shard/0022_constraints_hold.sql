-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- Every row that there is has its stamps; people write meanwhile.

DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT c.conrelid::regclass AS target, c.conname FROM pg_catalog.pg_constraint AS c
                  WHERE c.conname LIKE '%\_stamps' AND NOT c.convalidated
    LOOP
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', found.target, found.conname);
    END LOOP;
END
$$;
