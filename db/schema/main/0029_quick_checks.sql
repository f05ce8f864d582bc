-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- What an import asks of every row, five times of its ISBN, written so that it is an expression
-- and no query: a function in SQL with a query in it is run by an executor of its own, which
-- took a third of the time of an import (docs/BENCHMARKS.md).

-- As in 0004; NULL for NULL, though not STRICT, which would keep it from being put in place.
CREATE OR REPLACE FUNCTION public.isbn13_valid(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN value IS NULL THEN NULL
    WHEN value ~ '^97[89][0-9]{10}$' THEN
        -- The digits at odd places count once, those at even places three times.
        (pg_catalog.substr(value, 1, 1)::integer + pg_catalog.substr(value, 3, 1)::integer
         + pg_catalog.substr(value, 5, 1)::integer + pg_catalog.substr(value, 7, 1)::integer
         + pg_catalog.substr(value, 9, 1)::integer + pg_catalog.substr(value, 11, 1)::integer
         + pg_catalog.substr(value, 13, 1)::integer
         + 3 * (pg_catalog.substr(value, 2, 1)::integer + pg_catalog.substr(value, 4, 1)::integer
                + pg_catalog.substr(value, 6, 1)::integer + pg_catalog.substr(value, 8, 1)::integer
                + pg_catalog.substr(value, 10, 1)::integer + pg_catalog.substr(value, 12, 1)::integer)) % 10 = 0
    ELSE false END;

-- As in 0013.
CREATE OR REPLACE FUNCTION public.import_problem(r public.import_row) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    IF coalesce(r.title, '') = '' THEN
        RETURN 'no_title';
    ELSIF char_length(r.title) > 2000 OR char_length(r.subtitle) > 2000 OR char_length(r.other_title) > 2000 THEN
        RETURN 'long_title';
    ELSIF r.isbn13 IS NOT NULL AND NOT isbn13_valid(r.isbn13) THEN
        RETURN 'isbn';
    ELSIF r.language !~ '^[a-z]{2,3}$' THEN
        RETURN 'language';
    ELSIF r.year NOT BETWEEN -5000 AND 2999 THEN
        RETURN 'year';
    ELSIF cardinality(r.authors) > 200 OR cardinality(r.categories) > 100 THEN
        RETURN 'many_names';
    END IF;
    FOREACH name IN ARRAY coalesce(r.authors, '{}') LOOP
        IF char_length(name) > 300 THEN
            RETURN 'long_name';
        END IF;
    END LOOP;
    FOREACH name IN ARRAY coalesce(r.categories, '{}') LOOP
        IF char_length(name) > 200 THEN
            RETURN 'long_name';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- As in 0006; most rows have no names, or one.
CREATE OR REPLACE FUNCTION public.tidy_names(names text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF coalesce(cardinality(names), 0) = 0 THEN
        RETURN '{}';
    END IF;
    RETURN (SELECT coalesce(array_agg(n.name ORDER BY n.place), '{}')
              FROM (SELECT tidy(u.name) AS name, min(u.place) AS place
                      FROM unnest(names) WITH ORDINALITY AS u (name, place)
                     WHERE tidy(u.name) <> ''
                     GROUP BY 1) AS n);
END
$$;
