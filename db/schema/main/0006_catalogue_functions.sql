-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Searching the catalogue and adding books to it.

-- The best books for what somebody typed: the first page of 0019's list.  Every
-- word must match, the last as a beginning; an ISBN finds its book.
CREATE FUNCTION public.search_books(query text, max_rows integer DEFAULT 50)
    RETURNS TABLE (id uuid, title text, author_line text, year integer, language text, isbn13 text, rank real)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN QUERY
        SELECT p.id, p.title, p.author_line, p.year, p.language, p.isbn13, (p.number / -10000.0)::real
          FROM public.book_page(query, NULL, 'best', NULL, NULL, NULL, NULL,
                                least(coalesce(max_rows, 50), 2000)) AS p;
END
$$;

CREATE FUNCTION public.book_detail(INOUT id uuid, OUT title text, OUT author_line text, OUT isbn13 text,
                                   OUT language text, OUT year integer, OUT publisher text, OUT categories text,
                                   OUT description text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT b.id, b.title, r.author_line, b.isbn13, b.language, b.year, b.publisher, r.categories,
           (SELECT d.description
              FROM public.book_data AS d
             WHERE d.book_id = b.id AND d.deleted_at IS NULL AND d.description IS NOT NULL
             ORDER BY d.language IS DISTINCT FROM b.language, d.language
             LIMIT 1)
      FROM public.books AS b
      JOIN public.books_ref AS r ON r.id = b.id
     WHERE b.id = book_detail.id AND b.deleted_at IS NULL
$$;

-- The author with this name, or a new one.  The caller holds the lock on the
-- name.
CREATE FUNCTION public.author_named(name text) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    author_id uuid;
BEGIN
    SELECT a.id INTO author_id
      FROM public.authors AS a
     WHERE a.name = author_named.name AND a.deleted_at IS NULL
     ORDER BY a.created_at, a.id
     LIMIT 1;
    IF author_id IS NULL THEN
        INSERT INTO public.authors (name) VALUES (author_named.name) RETURNING authors.id INTO author_id;
    END IF;
    RETURN author_id;
END
$$;

-- The book that add_book() would add a second time: by ISBN or, when none is
-- given, by title, first author and year.
CREATE FUNCTION public.same_book(isbn13 text, title text, first_author text, year integer) RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT b.id
      FROM public.books AS b
     WHERE b.isbn13 = same_book.isbn13 AND b.deleted_at IS NULL
    UNION ALL
    SELECT b.id
      FROM public.books AS b
     WHERE same_book.isbn13 IS NULL
       AND b.title = same_book.title
       AND b.year IS NOT DISTINCT FROM same_book.year
       AND b.deleted_at IS NULL
       AND same_book.first_author IS NOT DISTINCT FROM (
           SELECT a.name
             FROM public.author_book AS ab
             JOIN public.authors AS a ON a.id = ab.author_id
            WHERE ab.book_id = b.id AND ab.deleted_at IS NULL
            ORDER BY ab.position, a.name
            LIMIT 1)
     LIMIT 1
$$;

CREATE FUNCTION public.tidy_names(names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT coalesce(array_agg(n.name ORDER BY n.place), '{}')
      FROM (SELECT tidy(u.name) AS name, min(u.place) AS place
              FROM unnest(names) WITH ORDINALITY AS u (name, place)
             WHERE tidy(u.name) <> ''
             GROUP BY 1) AS n
$$;

-- LB006 when there are too many names or one is too long.  Each name is a lock
-- until the call ends, and the locks of a server are few for all its sessions.
CREATE FUNCTION public.check_names(authors text[], categories text[]) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    problem text := CASE
        WHEN cardinality(authors) > 200 THEN 'A book can have at most 200 authors.'
        WHEN cardinality(categories) > 100 THEN 'A book can have at most 100 categories.'
        WHEN EXISTS (SELECT FROM unnest(authors) AS a WHERE char_length(a) > 300) THEN
            'The name of an author must have 1 to 300 characters.'
        WHEN EXISTS (SELECT FROM unnest(categories) AS c WHERE char_length(c) > 200) THEN
            'The name of a category must have 1 to 200 characters.'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = problem, HINT = 'Shorten it and try again.';
    END IF;
END
$$;

-- Repeating the call, also from two desks at once, adds one book.
CREATE FUNCTION public.add_book(INOUT id uuid, title text, authors text[], isbn13 text, language text, year integer,
                                categories text[], OUT outcome text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    book_title text := tidy(add_book.title);
    isbn       text := public.isbn13(add_book.isbn13);
    writers    text[] := public.tidy_names(add_book.authors);
    subjects   text[] := public.tidy_names(add_book.categories);
    writer_ids uuid[];
    existing   uuid;
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    PERFORM public.check_new_book(book_title, add_book.isbn13, add_book.language, add_book.year);
    PERFORM public.check_names(writers, subjects);
    PERFORM public.lock_keys(VARIADIC
        ARRAY['title:' || book_title, 'isbn:' || isbn]
        || (SELECT array_agg('author:' || w) FROM unnest(writers) AS w)
        || (SELECT array_agg('category:' || lower(s)) FROM unnest(subjects) AS s));

    existing := public.same_book(isbn, book_title, writers[1], add_book.year);
    IF existing IS NOT NULL THEN
        add_book.id := existing;
        add_book.outcome := 'exists';
        RETURN;
    END IF;

    add_book.id := coalesce(add_book.id, public.uuid_v7());
    INSERT INTO public.book_categories (name) SELECT s FROM unnest(subjects) AS s
    ON CONFLICT (lower(name)) WHERE deleted_at IS NULL DO NOTHING;
    writer_ids := ARRAY(SELECT public.author_named(w.name) FROM unnest(writers) WITH ORDINALITY AS w (name, place)
                         ORDER BY w.place);
    -- One statement, so that the summary is written once.
    WITH book AS (
        INSERT INTO public.books (id, title, isbn13, language, year)
        VALUES (add_book.id, book_title, isbn, nullif(add_book.language, ''), add_book.year)
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    ), written AS (
        INSERT INTO public.author_book (book_id, author_id, position)
        SELECT book.id, w.author_id, w.place FROM book, unnest(writer_ids) WITH ORDINALITY AS w (author_id, place)
    ), filed AS (
        INSERT INTO public.category_book (book_id, category_id)
        SELECT book.id, c.id
          FROM book, public.book_categories AS c
         WHERE lower(c.name) IN (SELECT lower(s) FROM unnest(subjects) AS s) AND c.deleted_at IS NULL
    )
    SELECT book.id INTO existing FROM book;
    IF existing IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The id of the new book belongs to another book.',
            HINT = 'Repeat the call with a new id.';
    END IF;
    add_book.outcome := 'added';
END
$$;

-- LB006 with the field that is wrong.
CREATE FUNCTION public.check_new_book(title text, isbn text, language text, year integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    problem text := CASE
        WHEN coalesce(title, '') = '' OR char_length(title) > 2000 THEN 'The title must have 1 to 2000 characters.'
        WHEN btrim(isbn) <> '' AND isbn13(isbn) IS NULL THEN 'The ISBN is not valid: a digit is wrong or missing.'
        WHEN language <> '' AND language !~ '^[a-z]{2,3}$' THEN 'The language must be a code of two or three letters.'
        WHEN year NOT BETWEEN -5000 AND 2999 THEN 'The year must be between -5000 and 2999.'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = problem,
            HINT = 'Accepted are an ISBN of 10 or 13 digits with or without hyphens, a language such as "eng" and a '
                   'year such as 1954; leave out what is not known.';
    END IF;
END
$$;
