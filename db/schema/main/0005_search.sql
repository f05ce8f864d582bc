-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The summary of a book (books_ref) that travels to the shards, its search
-- vector, and the search itself.

-- The same on both sides of a search: no accents, no capitals, no punctuation,
-- no word longer than 64 characters.  What is left holds neither quotes nor
-- operators, so any text is a harmless query.  unaccent() is only stable since
-- its rules may be edited; here they are those that the extension ships.
CREATE FUNCTION public.search_words(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pg_catalog.regexp_replace(
    pg_catalog.regexp_replace(
        pg_catalog.lower(public.unaccent('public.unaccent'::regdictionary, normalize(value, NFKC))),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u0300-\u036f\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f]+',
        ' ', 'g'),
    '(\S{64})\S+', '\1', 'g');

-- "Ender's Game" is found by "enders" as well as by "ender".
CREATE FUNCTION public.search_vector(value text, weight "char") RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.setweight(
    pg_catalog.to_tsvector(
        'pg_catalog.simple'::regconfig,
        coalesce(public.search_words(value), '')
        || CASE WHEN value ~ '\w[''’]\w'
                THEN ' ' || public.search_words(pg_catalog.regexp_replace(value, '[''’]', '', 'g')) ELSE '' END),
    weight);

-- What a book can be filtered by stands among its words, so that one index
-- answers words and filters together: =leng is its language, =y1954 its year,
-- =d1950 its decade, =c and an id one of its categories.  No word begins like that.
CREATE FUNCTION public.search_tags(language text, year integer, categories uuid[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.array_to_tsvector(
    pg_catalog.array_remove(
        ARRAY['=l' || language, '=y' || year, '=d' || pg_catalog.floor(year / 10.0)::integer * 10]
        || ARRAY(SELECT '=c' || c FROM pg_catalog.unnest(categories) AS c),
        NULL));

-- Every word must match; the last one may be unfinished.  NULL when the text
-- has no word at all.
CREATE FUNCTION public.search_query(value text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    WITH words AS (
        SELECT w.lexeme, w.positions[pg_catalog.cardinality(w.positions)] AS place
          FROM pg_catalog.unnest(
                   pg_catalog.to_tsvector('pg_catalog.simple'::regconfig,
                                          public.search_words(pg_catalog."left"(value, 1000)))) AS w
    )
    SELECT pg_catalog.string_agg(
               '''' || pg_catalog.replace(pg_catalog.replace(w.lexeme, '\', '\\'), '''', '''''') || ''''
               || CASE WHEN w.place = (SELECT max(l.place) FROM words AS l) THEN ':*' ELSE '' END,
               ' & ')::tsquery
      FROM words AS w);

-- Derived and written only by the triggers below.
CREATE TABLE public.books_ref (
    id          uuid NOT NULL PRIMARY KEY REFERENCES public.books,
    isbn13      text,
    title       text NOT NULL,
    sort_title  text NOT NULL,
    author_line text NOT NULL,
    language    text,
    year        integer,
    categories  text NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX books_ref_isbn13 ON public.books_ref (isbn13);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON public.books_ref
    FOR EACH ROW EXECUTE FUNCTION public.stamp_row();
CALL public.forbid_delete('public.books_ref');

-- What the summary and the index say about each of these books.  The author line
-- names those whose role is author, in their order; a book that has none (an
-- edited volume) names whoever it has.  Parts are looked up book by book: the
-- planner cannot know how many books there are, from one to a whole import.
CREATE FUNCTION public.summarise_books(ids uuid[])
    RETURNS TABLE (id uuid, isbn13 text, title text, sort_title text, author_line text, language text, year integer,
                   categories text, deleted_at timestamptz, search tsvector, sort_author text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT b.id, b.isbn13, b.title, b.sort_title, coalesce(p.authors, p.everybody, ''), b.language, b.year,
           coalesce(s.names, ''), b.deleted_at,
           CASE WHEN b.deleted_at IS NULL THEN
                search_vector(concat_ws(' ', b.title, b.subtitle), 'A') || search_vector(p.everybody, 'A')
                || search_vector(t.titles, 'B') || search_vector(t.descriptions, 'C')
                || search_tags(b.language, b.year, s.ids)
           ELSE '' END,
           left(coalesce(p.first_filed, p.anybody_filed, ''), 100)
      FROM unnest(ids) AS i (id)
      JOIN public.books AS b ON b.id = i.id
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
                  left(string_agg(d.description, ' ' ORDER BY d.language), 50000) AS descriptions
             FROM public.book_data AS d
            WHERE d.book_id = b.id AND d.deleted_at IS NULL) AS t
$$;

-- Writes what differs and nothing else, so that a change of a publisher neither
-- travels to the shards nor touches the index.  A statement that inserts a book
-- with its authors and categories comes here once with everything in place.
CREATE FUNCTION public.refresh_books(ids uuid[]) RETURNS void
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
    )
    UPDATE public.books AS b
       SET search = s.search, sort_author = s.sort_author
      FROM summary AS s
     WHERE b.id = s.id AND (b.search, b.sort_author) IS DISTINCT FROM (s.search, s.sort_author)
$$;

-- A transaction that is named here summarises its books itself, once, when all
-- their parts are in place; the triggers leave that to it.
CREATE UNLOGGED TABLE public.summaries_later (
    txid bigint NOT NULL PRIMARY KEY
);

-- One trigger function serves every table of the catalogue; its argument says
-- how the changed rows lead to books.
CREATE FUNCTION public.catalogue_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ids uuid[];
BEGIN
    IF EXISTS (SELECT FROM public.summaries_later AS l WHERE l.txid = txid_current()) THEN
        RETURN NULL;
    END IF;
    CASE TG_ARGV[0]
        WHEN 'book' THEN
            SELECT array_agg(DISTINCT c.id) INTO ids FROM changed AS c;
        WHEN 'part' THEN
            SELECT array_agg(DISTINCT c.book_id) INTO ids FROM changed AS c;
        WHEN 'author' THEN
            SELECT array_agg(DISTINCT ab.book_id) INTO ids
              FROM changed AS c JOIN public.author_book AS ab ON ab.author_id = c.id;
        WHEN 'category' THEN
            SELECT array_agg(DISTINCT cb.book_id) INTO ids
              FROM changed AS c JOIN public.category_book AS cb ON cb.category_id = c.id;
    END CASE;
    IF ids IS NOT NULL THEN
        PERFORM public.refresh_books(ids);
    END IF;
    RETURN NULL;
END
$$;

-- The update that refresh_books() makes to books.search comes back here; it is
-- no change of a book.
CREATE FUNCTION public.books_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ids uuid[];
BEGIN
    IF EXISTS (SELECT FROM public.summaries_later AS l WHERE l.txid = txid_current()) THEN
        RETURN NULL;
    END IF;
    -- EXCEPT, since a join would keep the plan that fitted the first statement of
    -- the session, be it for one row or for all.
    SELECT array_agg(n.id) INTO ids
      FROM (SELECT c.id, c.row_version FROM changed AS c
            EXCEPT
            SELECT b.id, b.row_version FROM before AS b) AS n;
    IF ids IS NOT NULL THEN
        PERFORM public.refresh_books(ids);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER summarise_insert AFTER INSERT ON public.books
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_changed('book');
CREATE TRIGGER summarise_update AFTER UPDATE ON public.books
    REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.books_changed();

-- A trigger that sees all rows of a statement serves one event only.
DO $$
DECLARE
    target text;
    way    text;
BEGIN
    FOR target, way IN VALUES ('author_book', 'part'), ('category_book', 'part'), ('book_data', 'part'),
                              ('authors', 'author'), ('book_categories', 'category') LOOP
        EXECUTE format('CREATE TRIGGER summarise_update AFTER UPDATE ON public.%I REFERENCING NEW TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_changed(%L)', target, way);
        CONTINUE WHEN way <> 'part';
        EXECUTE format('CREATE TRIGGER summarise_insert AFTER INSERT ON public.%I REFERENCING NEW TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_changed(%L)', target, way);
        EXECUTE format('CREATE TRIGGER summarise_delete AFTER DELETE ON public.%I REFERENCING OLD TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.catalogue_changed(%L)', target, way);
    END LOOP;
END
$$;

CREATE INDEX books_search ON public.books USING gin (search);
