-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- For the import of a whole library (docs/IMPORT.md), which writes tables by the
-- hundred thousand rows past their triggers, after proving what those would have.

-- How a name is filed unless somebody says otherwise: "Ursula K. Le Guin" under
-- her last word, a name with a comma as it stands.
CREATE FUNCTION public.filed_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN pg_catalog.strpos(name, ',') > 0 THEN name
            ELSE pg_catalog.regexp_replace(name, '^(.+) (\S+)$', '\2, \1') END;

CREATE OR REPLACE FUNCTION public.prepare_author() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.name := tidy(NEW.name);
    IF NEW.sort_name IS NULL OR (TG_OP = 'UPDATE' AND NEW.name <> OLD.name AND NEW.sort_name = OLD.sort_name) THEN
        NEW.sort_name := filed_name(NEW.name);
    END IF;
    RETURN NEW;
END
$$;
