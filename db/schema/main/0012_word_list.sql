-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The distinct words of the catalogue, to find what somebody meant who
-- misspelled one: trigrams of some hundred thousand words instead of trigrams of
-- all titles (485 ms at a million books).

-- Only ever grows: a word whose last book is gone is harmless, since nothing is
-- suggested that finds no title.  Without counts, which every added book would
-- have to write, two desks never wait for one another here.
CREATE TABLE public.book_words (
    word text COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE INDEX book_words_trigrams ON public.book_words USING gin (word gin_trgm_ops);

-- The words that are new go in, in one order, so that two statements that bring
-- the same new words wait for one another but never in a circle.
CREATE FUNCTION public.list_words() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.book_words (word)
    SELECT w.word
      FROM (SELECT DISTINCT unnest(tsvector_to_array(c.search)) COLLATE "C" AS word FROM changed AS c) AS w
     WHERE w.word !~ '^=' AND w.word !~ '[0-9]' AND char_length(w.word) BETWEEN 3 AND 30
       AND NOT EXISTS (SELECT FROM public.book_words AS b WHERE b.word = w.word)
     ORDER BY w.word
    ON CONFLICT (word) DO NOTHING;
    RETURN NULL;
END
$$;

-- Books get their words by an update, also new ones (0005).
CREATE TRIGGER words AFTER UPDATE ON public.books
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.list_words();

INSERT INTO public.book_words (word)
SELECT w.word
  FROM (SELECT DISTINCT unnest(tsvector_to_array(b.search)) COLLATE "C" AS word FROM public.books AS b) AS w
 WHERE w.word !~ '^=' AND w.word !~ '[0-9]' AND char_length(w.word) BETWEEN 3 AND 30;

-- How many letters must be changed, added, left out or swapped with their
-- neighbour.
CREATE FUNCTION public.edit_distance(a text, b text) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    x      text[] := string_to_array(a, NULL);
    y      text[] := string_to_array(b, NULL);
    before integer[];
    above  integer[];
    row    integer[] := ARRAY(SELECT generate_series(0, char_length(b)));
BEGIN
    FOR i IN 1 .. coalesce(cardinality(x), 0) LOOP
        before := above;
        above := row;
        row[1] := i;
        FOR j IN 1 .. coalesce(cardinality(y), 0) LOOP
            row[j + 1] := least(above[j + 1] + 1, row[j] + 1, above[j] + (x[i] <> y[j])::integer);
            IF i > 1 AND j > 1 AND x[i] = y[j - 1] AND x[i - 1] = y[j] THEN
                row[j + 1] := least(row[j + 1], before[j - 1] + 1);
            END IF;
        END LOOP;
    END LOOP;
    RETURN row[cardinality(row)];
END
$$;

-- Words of the catalogue that somebody may have meant, the nearest first.
CREATE FUNCTION public.near_words(word text, most integer)
    RETURNS TABLE (near text, distance integer)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT n.near, n.distance
      FROM (SELECT w.word AS near, public.edit_distance(w.word, near_words.word) AS distance,
                   similarity(w.word, near_words.word) AS alike
              FROM (SELECT b.word
                      FROM public.book_words AS b
                     WHERE b.word % near_words.word AND b.word <> near_words.word
                       AND abs(char_length(b.word) - char_length(near_words.word)) <= 2
                     ORDER BY similarity(b.word, near_words.word) DESC, b.word
                     LIMIT 40) AS w) AS n
     WHERE n.distance <= CASE WHEN char_length(near_words.word) < 5 THEN 1
                              WHEN char_length(near_words.word) < 9 THEN 2 ELSE 3 END
     ORDER BY n.distance, n.alike DESC, n.near
     LIMIT most
$$;

-- "Did you mean": the words with one of them corrected (all that no book has), and
-- how many titles that finds, 1000 at most.  Only what finds a title is suggested.
CREATE FUNCTION public.suggest_search(query text)
    RETURNS TABLE (suggestion text, books integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    words   text[] := array_remove(string_to_array(btrim(search_words(left(suggest_search.query, 200))), ' '), '');
    places  integer[] := '{}';
    nearest text;
    other   record;
    best    integer;
BEGIN
    IF cardinality(words) IS NULL OR cardinality(words) NOT BETWEEN 1 AND 12 THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(w.place::integer ORDER BY w.place), '{}') INTO places
      FROM unnest(words) WITH ORDINALITY AS w (word, place)
     WHERE char_length(w.word) BETWEEN 3 AND 30 AND w.word !~ '[0-9]'
       AND NOT EXISTS (SELECT FROM public.book_words AS b
                        WHERE b.word = w.word
                           OR (w.place = cardinality(words) AND b.word >= w.word COLLATE "C"
                               AND b.word < (w.word || U&'\FFFF') COLLATE "C"));
    IF cardinality(places) = 0 THEN
        -- All are words, but no book has them together.
        SELECT array_agg(w.place::integer) INTO places
          FROM unnest(words) WITH ORDINALITY AS w (word, place)
         WHERE char_length(w.word) BETWEEN 3 AND 30 AND w.word !~ '[0-9]' AND cardinality(words) > 1;
    ELSE
        FOR i IN 2 .. cardinality(places) LOOP
            SELECT n.near INTO nearest FROM public.near_words(words[places[i]], 1) AS n;
            IF nearest IS NULL THEN
                RETURN;
            END IF;
            words[places[i]] := nearest;
        END LOOP;
        places := places[1:1];
    END IF;

    FOR other IN
        SELECT array_to_string(words[:p.place - 1] || n.near || words[p.place + 1:], ' ') AS text, n.distance
          FROM unnest(places) AS p (place), LATERAL public.near_words(words[p.place], 5) AS n
         ORDER BY n.distance
         LIMIT 12
    LOOP
        EXIT WHEN other.distance > best;
        SELECT count(*) INTO books
          FROM (SELECT FROM public.books AS b
                 WHERE b.search @@ public.search_query(other.text) AND b.deleted_at IS NULL
                 LIMIT 1000) AS b;
        IF books > 0 THEN
            best := other.distance;
            suggestion := other.text;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION public.suggest_search(text) TO branchline_staff;
