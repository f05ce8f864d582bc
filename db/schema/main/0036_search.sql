-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- Searching at size: words are found in other forms of their language, what can be
-- filtered by is counted at the speed of the server's own counting, and no list reads
-- more books than it may.  docs/SEARCH.md has how it works and what was measured.

-- How the server stems words of a language (ISO 639); NULL where it does not.
-- Not STRICT, nor is text_stems(): so the planner writes their expressions in their place.
CREATE FUNCTION public.stemmer(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN language IN ('eng', 'en') THEN 'pg_catalog.english'::regconfig
    WHEN language IN ('ger', 'deu', 'de') THEN 'pg_catalog.german'::regconfig
    WHEN language IN ('fre', 'fra', 'fr') THEN 'pg_catalog.french'::regconfig
    WHEN language IN ('spa', 'es') THEN 'pg_catalog.spanish'::regconfig
    WHEN language IN ('ita', 'it') THEN 'pg_catalog.italian'::regconfig
    WHEN language IN ('por', 'pt') THEN 'pg_catalog.portuguese'::regconfig
    WHEN language IN ('dut', 'nld', 'nl') THEN 'pg_catalog.dutch'::regconfig
    WHEN language IN ('rus', 'ru') THEN 'pg_catalog.russian'::regconfig
    WHEN language IN ('swe', 'sv') THEN 'pg_catalog.swedish'::regconfig
    WHEN language IN ('dan', 'da') THEN 'pg_catalog.danish'::regconfig
    WHEN language IN ('nor', 'nob', 'nno', 'no', 'nb', 'nn') THEN 'pg_catalog.norwegian'::regconfig
    WHEN language IN ('fin', 'fi') THEN 'pg_catalog.finnish'::regconfig
    WHEN language IN ('hun', 'hu') THEN 'pg_catalog.hungarian'::regconfig
    WHEN language IN ('rum', 'ron', 'ro') THEN 'pg_catalog.romanian'::regconfig
    WHEN language IN ('tur', 'tr') THEN 'pg_catalog.turkish'::regconfig
    WHEN language IN ('gre', 'ell', 'el') THEN 'pg_catalog.greek'::regconfig
    WHEN language IN ('ara', 'ar') THEN 'pg_catalog.arabic'::regconfig
    WHEN language IN ('cat', 'ca') THEN 'pg_catalog.catalan'::regconfig
    WHEN language IN ('lit', 'lt') THEN 'pg_catalog.lithuanian'::regconfig
    END;

-- The words of a text as they are stemmed in one language, each behind =s (=shous), which
-- no word looks like.  Words that say nothing ("and") and numbers have none.  What is stemmed
-- has lost its accents, on both sides of a search.  Written without a subquery, which would
-- double what it costs.
CREATE FUNCTION public.text_stems(value text, stemmer regconfig) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.string_to_array(
    '=s' || pg_catalog.array_to_string(
        nullif(pg_catalog.tsvector_to_array(pg_catalog.to_tsvector(
            stemmer, pg_catalog.regexp_replace(public.search_words(value), '\S*[0-9]\S*', '', 'g'))), '{}'),
        ' =s'),
    ' ');

-- As in 0005; the tags have the weight D now, which nothing else has, so that they can
-- be counted without the words (count_tags() below).
CREATE OR REPLACE FUNCTION public.search_tags(language text, year integer, categories uuid[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT pg_catalog.string_agg('''' || t.tag || ''':1', ' ')::tsvector
      FROM pg_catalog.unnest(
               ARRAY['=l' || language, '=y' || year, '=d' || pg_catalog.floor(year / 10.0)::integer * 10]
               || ARRAY(SELECT '=c' || c FROM pg_catalog.unnest(categories) AS c)) AS t (tag)
     WHERE t.tag IS NOT NULL);

-- As in 0035, with the stems of titles and descriptions, each in its language.
CREATE OR REPLACE FUNCTION public.summarise_rows(rows public.books[])
    RETURNS TABLE (id uuid, isbn13 text, title text, sort_title text, author_line text, language text, year integer,
                   categories text, deleted_at timestamptz, search tsvector, sort_author text)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.id, b.isbn13, b.title, b.sort_title, coalesce(p.authors, p.everybody, ''), b.language, b.year,
           coalesce(s.names, ''), b.deleted_at,
           CASE WHEN b.deleted_at IS NULL THEN
                search_vector(concat_ws(' ', b.title, b.subtitle), 'A') || search_vector(p.everybody, 'A')
                || search_vector(t.titles, 'B') || search_vector(left(t.descriptions, 50000), 'C')
                || coalesce(search_tags(b.language, b.year, s.ids), '')
                || array_to_tsvector(array_cat(
                       coalesce(text_stems(concat_ws(' ', b.title, b.subtitle), stemmer(b.language)), '{}'), t.stems))
           ELSE '' END,
           left(coalesce(p.first_filed, p.anybody_filed, ''), 100)
      FROM unnest(rows) AS b
      CROSS JOIN LATERAL (
           SELECT string_agg(a.name, ', ' ORDER BY ab.position, a.name) FILTER (WHERE ab.role = 'author') AS authors,
                  string_agg(a.name, ', ' ORDER BY ab.position, a.name) AS everybody,
                  (array_agg(a.sort_name ORDER BY ab.position, a.name) FILTER (WHERE ab.role = 'author'))[1]
                      AS first_filed,
                  (array_agg(a.sort_name ORDER BY ab.position, a.name))[1] AS anybody_filed
             FROM public.author_book AS ab
             JOIN public.authors AS a ON a.id = ab.author_id
            WHERE ab.book_id = b.id AND ab.deleted_at IS NULL) AS p
      CROSS JOIN LATERAL (
           SELECT string_agg(c.name, ', ' ORDER BY c.name) AS names, array_agg(c.id) AS ids
             FROM public.category_book AS cb
             JOIN public.book_categories AS c ON c.id = cb.category_id
            WHERE cb.book_id = b.id AND cb.deleted_at IS NULL AND c.deleted_at IS NULL) AS s
      CROSS JOIN LATERAL (
           SELECT string_agg(d.title, ' ' ORDER BY d.language) AS titles,
                  string_agg(d.description, ' ' ORDER BY d.language) AS descriptions,
                  string_to_array(string_agg(array_to_string(
                      text_stems(concat_ws(' ', d.title, left(d.description, 10000)), stemmer(d.language)), ' '), ' '), ' ')
                      AS stems
             FROM public.book_data AS d
            WHERE d.book_id = b.id AND d.deleted_at IS NULL) AS t;
END
$$;

-- Stems (=s) and languages (=l) stand in the list of words, too, so that a search only looks
-- for the forms that some book has, in languages that books are in.  They are no words to
-- suggest.
DROP INDEX public.book_words_trigrams;
CREATE INDEX book_words_trigrams ON public.book_words USING gin (word gin_trgm_ops) WHERE word !~ '^=';

-- New words go in in one order, so that two statements that bring the same new words
-- wait for one another but never in a circle.
CREATE OR REPLACE FUNCTION public.add_words(vectors tsvector[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.book_words (word)
    SELECT w.word
      FROM (SELECT DISTINCT unnest(tsvector_to_array(v)) COLLATE "C" AS word FROM unnest(vectors) AS v) AS w
     WHERE (w.word ~ '^=[ls]' OR (w.word !~ '^=|[0-9]' AND char_length(w.word) BETWEEN 3 AND 30))
       AND NOT EXISTS (SELECT FROM public.book_words AS b WHERE b.word = w.word)
     ORDER BY w.word
    ON CONFLICT (word) DO NOTHING;
END
$$;

-- Writes what differs and nothing else, so that a change of a publisher neither
-- travels to the shards nor touches the index.  A statement that inserts a book
-- with its authors and categories comes here once with everything in place.  Words are listed
-- here, since whoever fills the tables with the triggers off calls it.
CREATE OR REPLACE FUNCTION public.refresh_books(ids uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH summary AS MATERIALIZED (
        SELECT s.* FROM public.summarise_books(ids) AS s
    ), reference AS (
        INSERT INTO public.books_ref AS r (id, isbn13, title, sort_title, author_line, language, year, categories,
                                           deleted_at)
        SELECT s.id, s.isbn13, s.title, s.sort_title, s.author_line, s.language, s.year, s.categories, s.deleted_at
          FROM summary AS s
        ON CONFLICT (id) DO UPDATE
           SET isbn13 = excluded.isbn13, title = excluded.title, sort_title = excluded.sort_title,
               author_line = excluded.author_line, language = excluded.language, year = excluded.year,
               categories = excluded.categories, deleted_at = excluded.deleted_at
         WHERE (r.isbn13, r.title, r.sort_title, r.author_line, r.language, r.year, r.categories, r.deleted_at IS NULL)
               IS DISTINCT FROM
               (excluded.isbn13, excluded.title, excluded.sort_title, excluded.author_line, excluded.language,
                excluded.year, excluded.categories, excluded.deleted_at IS NULL)
    ), changed AS (
        UPDATE public.books AS b
           SET search = s.search, sort_author = s.sort_author
          FROM summary AS s
         WHERE b.id = s.id AND (b.search, b.sort_author) IS DISTINCT FROM (s.search, s.sort_author)
     RETURNING b.search
    )
    SELECT public.add_words(ARRAY(SELECT c.search FROM changed AS c))
$$;

DROP TRIGGER words ON public.books;
DROP FUNCTION public.list_words();

-- The next `most` books after this id, in the order of the ids, as refresh_books() does it.
-- Tells the last one's id, NULL when there was none.  Whoever fills the catalogue with the
-- triggers off calls it, and commits, until then.
CREATE FUNCTION public.refresh_books_after(after uuid, most integer) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ids uuid[] := ARRAY(SELECT b.id FROM public.books AS b
                         WHERE after IS NULL OR b.id > after ORDER BY b.id LIMIT most);
BEGIN
    PERFORM public.refresh_books(ids);
    RETURN ids[cardinality(ids)];
END
$$;

-- The words of search_words(): all together as they are typed, and each with its other forms as
-- a query of its own.  The last may be unfinished.  NULL when there is no word at all.  Forms are
-- looked for in the languages that books are in, as long as some book has them, for the last
-- 20 words.  A word that says nothing in one of these ("the", "der") has none: it is in so many
-- books that its forms would only cost time.
CREATE FUNCTION public.word_queries(value text, OUT typed tsquery, OUT forms text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    stemmers regconfig[] := ARRAY(SELECT DISTINCT public.stemmer(substr(l.word, 3))
                                    FROM public.book_words AS l WHERE l.word >= '=l' AND l.word < '=m');
BEGIN
    SELECT string_agg(w.term, ' & ')::tsquery, array_agg(w.term || coalesce(f.others, '') ORDER BY w.place DESC)
      INTO typed, forms
      FROM (SELECT t.lexeme, row_number() OVER (ORDER BY t.positions[cardinality(t.positions)] DESC) AS place,
                   '''' || t.lexeme || CASE WHEN row_number() OVER (
                                                ORDER BY t.positions[cardinality(t.positions)] DESC) = 1
                                            THEN ''':*' ELSE '''' END AS term
              FROM unnest(to_tsvector('simple', value)) AS t) AS w
      LEFT JOIN LATERAL (
           SELECT string_agg(' | ''' || b.word || '''', '') AS others
             FROM (SELECT DISTINCT '=s' || (tsvector_to_array(to_tsvector(l.stemmer, w.lexeme)))[1] AS stem
                     FROM unnest(stemmers) AS l (stemmer)
                    WHERE l.stemmer IS NOT NULL) AS s
             LEFT JOIN public.book_words AS b ON b.word = s.stem COLLATE "C"
           HAVING bool_and(s.stem IS NOT NULL)
           ) AS f ON w.place <= 20 AND char_length(w.lexeme) > 2 AND w.lexeme !~ '[0-9]';
END
$$;

-- As in 0012, looking at words only.
CREATE OR REPLACE FUNCTION public.near_words(word text, most integer)
    RETURNS TABLE (near text, distance integer)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT n.near, n.distance
      FROM (SELECT w.word AS near, public.edit_distance(w.word, near_words.word) AS distance,
                   similarity(w.word, near_words.word) AS alike
              FROM (SELECT b.word
                      FROM public.book_words AS b
                     WHERE b.word % near_words.word AND b.word <> near_words.word AND b.word !~ '^='
                       AND abs(char_length(b.word) - char_length(near_words.word)) <= 2
                     ORDER BY similarity(b.word, near_words.word) DESC, b.word
                     LIMIT 40) AS w) AS n
     WHERE n.distance <= CASE WHEN char_length(near_words.word) < 5 THEN 1
                              WHEN char_length(near_words.word) < 9 THEN 2 ELSE 3 END
     ORDER BY n.distance, n.alike DESC, n.near
     LIMIT most
$$;

-- As in 0012, with less to try.  "Did you mean": the words with one of them corrected (all that no book has), and
-- how many titles that finds, 1000 at most.  Only what finds a title is suggested.
CREATE OR REPLACE FUNCTION public.suggest_search(query text)
    RETURNS TABLE (suggestion text, books integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    words   text[] := array_remove(string_to_array(btrim(search_words(left(suggest_search.query, 200))), ' '), '');
    places  integer[] := '{}';
    nearest text;
    other   record;
    list    public.book_list;
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
        -- All are words, but no book has them together.  Each word costs a look at the list, so
        -- of many the longest two are tried.
        SELECT array_agg(w.place) INTO places
          FROM (SELECT t.place::integer AS place
                  FROM unnest(words) WITH ORDINALITY AS t (word, place)
                 WHERE char_length(t.word) BETWEEN 3 AND 30 AND t.word !~ '[0-9]' AND cardinality(words) > 1
                 ORDER BY char_length(t.word) DESC, t.place
                 LIMIT 2) AS w;
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
         LIMIT 6
    LOOP
        EXIT WHEN other.distance > best;
        list := public.plan_book_list(other.text, '{}', 'title');
        SELECT count(*) INTO books
          FROM (SELECT FROM public.books AS b
                 WHERE b.search @@ list.terms AND (list.rest IS NULL OR b.search @@ list.rest) AND b.deleted_at IS NULL
                 LIMIT 1000) AS b;
        IF books > 0 THEN
            best := other.distance;
            suggestion := other.text;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

-- What the filters ask for: of each kind one.  A filter is {"languages": ["eng"],
-- "categories": [id], "decades": [1980], "from": 1950, "to": 1999}; what is left out does
-- not filter.  NULL when nothing is asked for.  A range of years that would be too many terms
-- is left to plan_book_list().
DROP FUNCTION public.book_terms(text, jsonb);
CREATE FUNCTION public.has_many_years(filter jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT coalesce(coalesce((filter ->> 'to')::integer, 2999) - coalesce((filter ->> 'from')::integer, -5000) > 120
                    AND filter ?| '{from,to}', false)
$$;

CREATE FUNCTION public.filter_terms(filter jsonb) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    terms tsquery;
    one   text;
BEGIN
    FOREACH one IN ARRAY ARRAY[
        (SELECT string_agg(quote_literal('=l' || f), ' | ')
           FROM jsonb_array_elements_text(filter -> 'languages') AS f WHERE f ~ '^[a-z]{2,3}$'),
        (SELECT string_agg(quote_literal('=c' || f::uuid), ' | ')
           FROM jsonb_array_elements_text(filter -> 'categories') AS f),
        (SELECT string_agg(quote_literal('=d' || f::integer), ' | ')
           FROM jsonb_array_elements_text(filter -> 'decades') AS f),
        CASE WHEN NOT public.has_many_years(filter)
             THEN public.year_terms((filter ->> 'from')::integer, (filter ->> 'to')::integer) END]
    LOOP
        IF one IS NOT NULL THEN
            terms := coalesce(terms && one::tsquery, one::tsquery);
        END IF;
    END LOOP;
    RETURN terms;
END
$$;

ALTER TYPE public.book_list
    ADD ATTRIBUTE sort text,
    ADD ATTRIBUTE terms tsquery,   -- what is asked of the index of words
    ADD ATTRIBUTE rest tsquery,    -- what is compared book by book
    ADD ATTRIBUTE words tsquery,   -- what is ranked by, and
    ADD ATTRIBUTE phrase text,     -- how a title begins that comes first
    ADD ATTRIBUTE low integer,     -- the years negated, of a range that is no term
    ADD ATTRIBUTE high integer,
    ADD ATTRIBUTE narrowed text,   -- what walking can look up besides the order
    ADD ATTRIBUTE is_clustered boolean, -- what matches lies together in the order
    ADD ATTRIBUTE matches integer, -- about how many; NULL: not looked at, in a small catalogue
    DROP ATTRIBUTE rank;

-- How many books the planner expects.  It knows how frequent the frequent words are.
CREATE FUNCTION public.expected_books(condition text) RETURNS integer
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM public.books AS b WHERE ' || condition INTO plan;
    RETURN least((plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision, 1000000000);
END
$$;

-- Which way a list is read: read_book_list() has them.  The planner's expectation decides;
-- a small catalogue is read without it.
--
-- Of several words the rarest are looked up, as many as let 2000 books be expected, and the
-- others are compared book by book.  So are a last word of one or two letters and one that
-- begins the words of a tenth of a million books ("love s" took 700 ms).
CREATE OR REPLACE FUNCTION public.plan_book_list(query text, filter jsonb, sort text) RETURNS public.book_list
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    list     public.book_list;
    value    text := coalesce(btrim(public.search_words(left(plan_book_list.query, 1000))), '');
    total    real := (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = 'public.books'::regclass);
    is_small boolean := total BETWEEN 0 AND 30000;
    likely   real := total;
    wanted   text := CASE WHEN value ~ '[0-9]' THEN public.isbn13(left(plan_book_list.query, 100)) END;
    terms    tsquery;
    typed    tsquery;
    forms    text[];
    one      record;
BEGIN
    list.sort := plan_book_list.sort;
    list.number := '0';
    list.name := '''''';
    list.ordering := 'b.sort_title, b.id';
    list.walks := false;
    IF wanted IS NOT NULL AND EXISTS (SELECT FROM public.books AS b WHERE b.isbn13 = wanted AND b.deleted_at IS NULL) THEN
        list.sort := 'title';
        list.condition := format('b.isbn13 = %L', wanted);
        list.matches := 1;
        RETURN list;
    END IF;
    CASE list.sort
        WHEN 'author' THEN
            list.name := 'b.sort_author';
            list.ordering := 'b.sort_author, b.sort_title, b.id';
        WHEN 'newest' THEN
            list.number := '(-coalesce(b.year, -9999))';
            list.ordering := '(-coalesce(b.year, -9999)), b.sort_title, b.id';
        ELSE NULL;
    END CASE;
    IF value <> '' THEN
        SELECT q.typed, q.forms INTO typed, forms FROM public.word_queries(value) AS q;
    END IF;
    IF cardinality(forms) = 1 THEN
        list.terms := forms[1]::tsquery;
    ELSIF is_small THEN
        IF value ~ ' \S{1,2}$' THEN
            list.rest := forms[cardinality(forms)]::tsquery;
            forms := trim_array(forms, 1);
        END IF;
        list.terms := ('(' || array_to_string(forms, ') & (') || ')')::tsquery;
    ELSE
        FOR one IN
            SELECT w.term::tsquery AS term, w.books,
                   w.place = cardinality(forms) AND (value ~ ' \S{1,2}$' OR w.books >= 100000) AS is_begun
              FROM (SELECT f.*, public.expected_books('b.search @@ ' || quote_literal(f.term) || '::tsquery') AS books
                      FROM unnest(forms) WITH ORDINALITY AS f (term, place)) AS w
             ORDER BY 3, 2
        LOOP
            IF list.terms IS NULL OR (likely > 2000 AND NOT one.is_begun) THEN
                list.terms := coalesce(list.terms && one.term, one.term);
                likely := likely * one.books / total;
            ELSE
                list.rest := coalesce(list.rest && one.term, one.term);
            END IF;
        END LOOP;
    END IF;
    IF plan_book_list.filter <> '{}' THEN
        terms := public.filter_terms(plan_book_list.filter);
        IF public.has_many_years(plan_book_list.filter) THEN
            list.low := -coalesce((plan_book_list.filter ->> 'to')::integer, 2999);
            list.high := -coalesce((plan_book_list.filter ->> 'from')::integer, -5000);
        END IF;
        list.is_clustered := plan_book_list.filter ? 'languages';
        IF list.sort IN ('best', 'title') AND jsonb_array_length(plan_book_list.filter -> 'languages') = 1
           AND plan_book_list.filter -> 'languages' ->> 0 ~ '^[a-z]{2,3}$' THEN
            list.narrowed := format('b.language = %L', plan_book_list.filter -> 'languages' ->> 0);
        END IF;
    END IF;
    list.terms := coalesce(list.terms && terms, list.terms, terms);
    list.condition := concat_ws(' AND ',
        'b.search @@ ' || quote_literal(list.terms) || '::tsquery',
        '(b.search @@ ' || quote_literal(list.rest) || '::tsquery) IS TRUE',
        '(-coalesce(b.year, -9999)) BETWEEN ' || list.low || ' AND ' || list.high);
    IF list.condition = '' THEN
        list.condition := 'true';
        list.walks := true;
        list.matches := 1000000000;
        RETURN list;
    END IF;
    IF list.sort = 'best' AND typed IS NOT NULL THEN
        list.words := typed;
        list.phrase := public.sort_title(lower(unaccent(tidy(left(plan_book_list.query, 200)))), 'eng');
        -- U+FFFF sorts behind everything.
        list.split := format('(b.sort_title >= %1$L AND b.sort_title < %1$L || U&''\FFFF'')', list.phrase);
        list.number := format('-(%s)::integer', list.split);
    END IF;
    IF NOT is_small THEN
        list.matches := public.expected_books(list.condition);
        -- The planner knows few of the words that a few letters begin.  The books of a language stand
        -- in the order of an index.
        list.walks := list.matches > CASE WHEN value ~ '^(\S{1,3} ?)+$' THEN 4000 ELSE 30000 END
                      OR (value = '' AND list.narrowed IS NOT NULL AND plan_book_list.filter - 'languages' = '{}');
    END IF;
    RETURN list;
END
$$;

-- The books that stand behind a key, without their summary.  A key without a title
-- means from the beginning, or, with a number, from the beginning of that number.
--
-- Where at most 4000 matches are expected, all are read through the index of the words: up to
-- 3000 are ranked when the order is 'best'.  That statement is planned once in a session; it is
-- what most searches end with.  Of more, those whose title begins with the words come first, and
-- read_part() reads no more of them than it must.  NULL for max_rows means all, and that
-- list.walks is false.
CREATE OR REPLACE FUNCTION public.read_book_list(list public.book_list, after_number integer, after_name text,
                                                 after_title text, after_id uuid, max_rows integer)
    RETURNS TABLE (number integer, name text, title text, id uuid)
    LANGUAGE plpgsql VOLATILE ROWS 50
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    missing integer := max_rows;
BEGIN
    IF coalesce(list.matches, 0) <= 4000 AND list.terms IS NOT NULL THEN
        RETURN QUERY
            WITH h AS MATERIALIZED (
                SELECT CASE WHEN list.sort = 'newest' THEN -coalesce(b.year, -9999)
                            WHEN list.words IS NULL THEN 0
                            ELSE (-100000 * (b.sort_title >= list.phrase AND b.sort_title < list.phrase || U&'\FFFF')::integer
                                  - 10000 * ts_rank(b.search, list.words))::integer END AS number,
                       CASE WHEN list.sort = 'author' THEN b.sort_author ELSE '' END AS name, b.sort_title, b.id
                  FROM public.books AS b
                 WHERE b.search @@ list.terms AND (list.rest IS NULL OR b.search @@ list.rest) AND b.deleted_at IS NULL
                   AND (list.low IS NULL OR (-coalesce(b.year, -9999)) BETWEEN list.low AND list.high)
                 LIMIT 3001)
            SELECT h.* FROM h
             WHERE (SELECT count(*) FROM h) <= 3000
               AND (after_title IS NULL
                    OR (h.number, h.name, h.sort_title, h.id) > (after_number, coalesce(after_name, ''), after_title, after_id))
             ORDER BY 1, 2, 3, 4 LIMIT max_rows;
        IF FOUND THEN
            RETURN;
        END IF;
        -- There are none, none behind the key, or more than 3000.
        PERFORM FROM public.books AS b
          WHERE b.search @@ list.terms AND (list.rest IS NULL OR b.search @@ list.rest) AND b.deleted_at IS NULL
            AND (list.low IS NULL OR (-coalesce(b.year, -9999)) BETWEEN list.low AND list.high)
         OFFSET 3000 LIMIT 1;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        list.matches := coalesce(list.matches, public.expected_books(list.condition));
    END IF;
    IF max_rows IS NULL OR (list.terms IS NULL AND NOT list.walks) THEN
        RETURN QUERY EXECUTE public.sort_statement(list, 'true', after_title IS NOT NULL, true)
            USING after_number, after_name, after_title, after_id, max_rows;
    ELSIF list.split IS NULL THEN
        RETURN QUERY SELECT * FROM public.read_part(list, 'true', after_number, after_name, after_title, after_id,
                                                    max_rows);
    ELSE
        IF coalesce(after_number, -1) = -1 THEN
            RETURN QUERY SELECT * FROM public.read_part(list, list.split, after_number, after_name, after_title,
                                                        after_id, missing);
            GET DIAGNOSTICS missing = ROW_COUNT;
            missing := max_rows - missing;
            after_title := NULL;
        END IF;
        IF missing > 0 THEN
            RETURN QUERY SELECT * FROM public.read_part(list, 'NOT ' || list.split, after_number, after_name,
                                                        after_title, after_id, missing);
        END IF;
    END IF;
END
$$;

-- Its plan is the same whatever is asked for.
ALTER FUNCTION public.book_page(text, jsonb, text, integer, text, text, uuid, integer)
    SET plan_cache_mode = force_generic_plan;

-- All that match, then sorted.  The key is compared behind, or the index of the order would be
-- read as well, most of it.
CREATE FUNCTION public.sort_statement(list public.book_list, part text, is_behind boolean, is_sorted boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT format('WITH b AS MATERIALIZED (SELECT %s AS number, %s::text AS name, b.sort_title, b.id '
                  '  FROM public.books AS b WHERE b.deleted_at IS NULL AND %s AND %s) '
                  'SELECT b.* FROM b %s%s', list.number, list.name, list.condition, part,
                  CASE WHEN is_behind THEN
                       'WHERE (b.number, b.name, b.sort_title, b.id) > ($1, coalesce($2, ''''), $3, $4)' ELSE '' END,
                  CASE WHEN is_sorted THEN ' ORDER BY 1, 2, 3, 4 LIMIT $5' ELSE '' END)
$$;

-- As in 0019; a language is looked up beside the order.
CREATE OR REPLACE FUNCTION public.walk_statement(list public.book_list, part text, is_behind boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT format('SELECT %s, %s::text, b.sort_title, b.id FROM public.books AS b '
                  'WHERE b.deleted_at IS NULL AND (%s) IS TRUE AND %s%s ORDER BY %s LIMIT $5',
                  list.number, list.name, list.condition, concat_ws(' AND ', part, list.narrowed),
                  CASE WHEN is_behind THEN ' AND ' || public.behind_key(list) ELSE '' END, list.ordering)
$$;

-- Books of one language lie together in no order but this.
CREATE INDEX books_sort_language ON public.books (language, sort_title, id) WHERE deleted_at IS NULL;

-- The next books of one part of a long list.  Where more than 30000 match, walking through the
-- books in their order finds them soon.  Of fewer, those among the next few thousand are taken
-- where that is likely to be enough; else, and if they were not, all that are left are read
-- through the index of the words and sorted.
CREATE FUNCTION public.read_part(list public.book_list, part text, after_number integer, after_name text,
                                 after_title text, after_id uuid, max_rows integer)
    RETURNS TABLE (number integer, name text, title text, id uuid)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = off
AS $$
DECLARE
    -- As many as there are likely to be enough matches among; books of a language lie together.
    walked  integer := CASE WHEN part IS NOT DISTINCT FROM list.split THEN 1500
                            WHEN list.is_clustered THEN 0
                            ELSE (SELECT least(1.5 * max_rows * c.reltuples / greatest(list.matches, 1), 1000000)
                                    FROM pg_class AS c WHERE c.oid = 'public.books'::regclass) END;
    missing integer := max_rows;
    hits    integer;
    behind  text := concat_ws(' AND ', part, list.narrowed,
                              CASE WHEN after_title IS NOT NULL THEN public.behind_key(list) END);
BEGIN
    IF list.walks THEN
        RETURN QUERY EXECUTE public.walk_statement(list, part, after_title IS NOT NULL)
            USING after_number, after_name, after_title, after_id, max_rows;
        RETURN;
    END IF;
    IF walked BETWEEN 2001 AND 8000 THEN
        EXECUTE format('SELECT count(*) FROM (SELECT %s AS hit FROM public.books AS b '
                       '  WHERE b.deleted_at IS NULL AND %s ORDER BY %s LIMIT 1000) AS b WHERE b.hit',
                       list.condition, behind, list.ordering)
           INTO hits USING after_number, after_name, after_title, after_id;
        IF hits * walked < 1000 * max_rows THEN
            walked := 0; -- they lie elsewhere
        END IF;
    END IF;
    IF walked BETWEEN 1 AND 8000 THEN
        RETURN QUERY EXECUTE format(
            'SELECT b.number, b.name, b.sort_title, b.id FROM ('
            '  SELECT %s AS number, %s::text AS name, b.sort_title, b.id, (%s) IS TRUE AS hit FROM public.books AS b '
            '   WHERE b.deleted_at IS NULL AND %s ORDER BY %s LIMIT $6) AS b WHERE b.hit LIMIT $5',
            list.number, list.name, list.condition, behind, list.ordering)
            USING after_number, after_name, after_title, after_id, missing, walked;
        GET DIAGNOSTICS missing = ROW_COUNT;
        missing := max_rows - missing;
        IF missing = 0 THEN
            RETURN;
        END IF;
        EXECUTE format('SELECT %s, %s::text, b.sort_title, b.id FROM public.books AS b '
                       'WHERE b.deleted_at IS NULL AND %s ORDER BY %s OFFSET $5 LIMIT 1',
                       list.number, list.name, behind, list.ordering)
           INTO after_number, after_name, after_title, after_id
          USING after_number, after_name, after_title, after_id, walked - 1;
        IF after_id IS NULL THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY EXECUTE public.sort_statement(list, part, after_title IS NOT NULL, true)
        USING after_number, after_name, after_title, after_id, missing;
END
$$;

-- As in 0019; all matches are numbered at once where they are read at once.
CREATE OR REPLACE FUNCTION public.book_page_ends(query text, filter jsonb, sort text, page_rows integer, after_number integer,
                                      after_name text, after_title text, after_id uuid, counted integer)
    RETURNS TABLE (number integer, name text, title text, id uuid, n integer, state text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    list  public.book_list := public.plan_book_list(query, filter, sort);
    part  text := 'true';
    piece integer := CASE WHEN list.condition = 'true' THEN 25000 ELSE 5000 END;
    ended text := 'end';
BEGIN
    IF page_rows IS NULL OR page_rows NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'A page must have 1 to 100000 rows.',
                              HINT = 'Ask for pages of about 100 rows.';
    END IF;
    IF NOT list.walks AND list.matches > 4000 THEN
        RETURN QUERY EXECUTE format(
            'WITH hits AS (SELECT h.*, (row_number() OVER (ORDER BY h.number, h.name, h.sort_title, h.id))::integer AS place, '
            '                     (count(*) OVER ())::integer AS total FROM (%s) AS h) '
            'SELECT h.number, h.name, h.sort_title, h.id, h.place, ''page'' FROM hits AS h WHERE h.place %% $6 = 0 '
            ' UNION ALL '
            'SELECT h.number, h.name, h.sort_title, h.id, h.place, ''end'' FROM hits AS h WHERE h.place = h.total '
            ' ORDER BY 5, 6 DESC', public.sort_statement(list, 'true', false, false))
            USING NULL::integer, NULL::text, NULL::text, NULL::uuid, NULL::integer, page_rows;
        RETURN;
    ELSIF NOT list.walks THEN
        RETURN QUERY
            WITH hits AS (
                SELECT h.*, (row_number() OVER ())::integer AS place, (count(*) OVER ())::integer AS total
                  FROM public.read_book_list(list, NULL, NULL, NULL, NULL, NULL) AS h
            )
            SELECT h.number, h.name, h.title, h.id, h.place, 'page' FROM hits AS h WHERE h.place % page_rows = 0
             UNION ALL
            SELECT h.number, h.name, h.title, h.id, h.place, 'end' FROM hits AS h WHERE h.place = h.total
             ORDER BY 5, 6 DESC;
        RETURN;
    END IF;
    IF list.split IS NOT NULL AND coalesce(after_number, -1) = -1 THEN
        part := list.split;
        ended := 'part';
    ELSIF list.split IS NOT NULL THEN
        part := 'NOT ' || list.split;
    END IF;
    RETURN QUERY EXECUTE format(
        'WITH books AS (SELECT %1$s AS number, %2$s::text AS name, b.sort_title AS title, b.id, (%3$s) IS TRUE AS hit '
        '  FROM public.books AS b WHERE b.deleted_at IS NULL AND %4$s%5$s ORDER BY %6$s LIMIT $5 '
        '), numbered AS MATERIALIZED (SELECT b.*, ($6 + count(*) FILTER (WHERE b.hit) '
        '        OVER (ROWS UNBOUNDED PRECEDING))::integer AS n, row_number() OVER (ROWS UNBOUNDED PRECEDING) AS place '
        '  FROM books AS b), '
        'length AS (SELECT count(*) AS books FROM numbered) '
        'SELECT b.number, b.name, b.title, b.id, b.n, ''page'' FROM numbered AS b WHERE b.hit AND b.n %% $7 = 0 '
        ' UNION ALL '
        'SELECT CASE WHEN l.books < $5 AND $8 = ''part'' THEN 0 ELSE b.number END, coalesce(b.name, ''''), '
        '       CASE WHEN l.books < $5 AND $8 = ''part'' THEN NULL ELSE b.title END, b.id, coalesce(b.n, $6), '
        '       CASE WHEN l.books < $5 AND $8 = ''end'' THEN ''end'' ELSE ''more'' END '
        '  FROM length AS l LEFT JOIN numbered AS b ON b.place = l.books',
        list.number, list.name, list.condition, concat_ws(' AND ', part, list.narrowed),
        CASE WHEN after_title IS NOT NULL THEN ' AND ' || public.behind_key(list) ELSE '' END, list.ordering)
        USING after_number, after_name, after_title, after_id, piece, coalesce(counted, 0), page_rows, ended;
END
$$;

-- Of 'language', 'category' and 'decade' the values, counted by the server's own function
-- for that, which looks at words of the weight D only: the tags.  Of more than 1000 books the
-- first are counted, so that each number is the least it can be.  Books are looked through one
-- after the other only where many match.
CREATE OR REPLACE FUNCTION public.count_tags(query text, filter jsonb, kinds text[])
    RETURNS TABLE (facet text, value text, label text, books integer, is_more boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
    SET enable_seqscan = on
AS $$
DECLARE
    list public.book_list := public.plan_book_list(query, filter, 'title');
BEGIN
    PERFORM set_config('enable_seqscan', CASE WHEN list.walks THEN 'on' ELSE 'off' END, true);
    RETURN QUERY
        WITH tags AS (
            SELECT left(t.word, 2) AS kind, substr(t.word, 3) AS value, t.ndoc AS books
              FROM ts_stat(format('SELECT b.search || ''''''=b'''':1''::tsvector FROM public.books AS b '
                                  'WHERE %s AND b.deleted_at IS NULL LIMIT 1001', list.condition), 'd') AS t
        ), ranked AS (
            SELECT t.*, row_number() OVER (PARTITION BY t.kind ORDER BY t.books DESC, t.value) AS place
              FROM tags AS t
             WHERE t.kind = ANY (kinds)
        )
        SELECT CASE r.kind WHEN '=l' THEN 'language' WHEN '=c' THEN 'category' ELSE 'decade' END, r.value,
               coalesce(c.name, ''), r.books, (SELECT t.books > 1000 FROM tags AS t WHERE t.kind = '=b')
          FROM ranked AS r
          LEFT JOIN public.book_categories AS c ON r.kind = '=c' AND c.id::text = r.value
         WHERE r.place <= 40
         ORDER BY r.kind, r.place;
END
$$;

-- What there is gets its forms.  A million books take some minutes, in which they are found as
-- before; nobody can change a book meanwhile.
DO $$
DECLARE
    after uuid;
BEGIN
    LOOP
        after := public.refresh_books_after(after, 20000);
        EXIT WHEN after IS NULL;
    END LOOP;
END
$$;

REVOKE ALL ON FUNCTION
    public.stemmer(text), public.text_stems(text, regconfig), public.refresh_books_after(uuid, integer),
    public.word_queries(text), public.has_many_years(jsonb), public.filter_terms(jsonb),
    public.expected_books(text), public.sort_statement(public.book_list, text, boolean, boolean),
    public.read_part(public.book_list, text, integer, text, text, uuid, integer)
FROM PUBLIC;
