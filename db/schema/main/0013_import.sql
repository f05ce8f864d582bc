-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Books come in and go out in quantity: import_books() takes some hundred rows
-- of a file at a time, export_books() gives the catalogue page by page.

-- One row of a file on its way into the catalogue.  The first part is what the
-- caller sends, the second what import_books() finds out about it.
CREATE TYPE public.import_row AS (
    line         integer,   -- where it stands in the file
    id           uuid,      -- of a book that came from this catalogue; or of the new one
    isbn13       text,
    isbn_guessed boolean,   -- some of its digits were lost and worked out from the others
    title        text,
    subtitle     text,
    authors      text[],
    year         integer,
    language     text,
    languages    text[],    -- every code of this language: none of them is replaced by another
    publisher    text,
    other_title  text,
    categories   text[],
    first_line   integer,   -- an earlier row of the file is the same book
    title_seen   boolean,   -- an earlier row has this title, author and year, perhaps another ISBN
    outcome      text,
    reason       text,
    other        text,      -- what the reason is about, such as the title that has the ISBN
    is_new       boolean,
    change_book  boolean,
    change_names boolean,
    change_files boolean,
    change_other boolean
);

-- What keeps a row out, or NULL.
CREATE FUNCTION public.import_problem(r public.import_row) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE
        WHEN coalesce(r.title, '') = '' THEN 'no_title'
        WHEN char_length(r.title) > 2000 OR char_length(r.subtitle) > 2000 OR char_length(r.other_title) > 2000
            THEN 'long_title'
        WHEN r.isbn13 IS NOT NULL AND NOT isbn13_valid(r.isbn13) THEN 'isbn'
        WHEN r.language !~ '^[a-z]{2,3}$' THEN 'language'
        WHEN r.year NOT BETWEEN -5000 AND 2999 THEN 'year'
        WHEN cardinality(r.authors) > 200 OR cardinality(r.categories) > 100 THEN 'many_names'
        WHEN EXISTS (SELECT FROM unnest(r.authors) AS a WHERE char_length(a) > 300)
          OR EXISTS (SELECT FROM unnest(r.categories) AS c WHERE char_length(c) > 200) THEN 'long_name'
    END
$$;

-- The rows as they are to be compared: blanks tidied, nothing empty.
CREATE FUNCTION public.import_rows(batch jsonb) RETURNS public.import_row[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    r      public.import_row;
    result public.import_row[] := '{}';
BEGIN
    IF jsonb_typeof(batch) IS DISTINCT FROM 'array' OR jsonb_array_length(batch) > 2000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'A batch of books must be a JSON array of at most 2000 rows.',
            HINT = 'Send the file in several batches.';
    END IF;
    FOR r IN SELECT * FROM jsonb_populate_recordset(NULL::public.import_row, batch) LOOP
        r.title := tidy(r.title);
        r.subtitle := nullif(tidy(r.subtitle), '');
        r.publisher := nullif(tidy(r.publisher), '');
        r.other_title := nullif(tidy(r.other_title), '');
        r.language := nullif(r.language, '');
        r.languages := array_append(r.languages, r.language);
        r.isbn13 := coalesce(isbn13(r.isbn13), nullif(btrim(r.isbn13), ''));
        r.authors := tidy_names(r.authors);
        r.categories := tidy_names(r.categories);
        r.reason := import_problem(r);
        r.outcome := CASE WHEN r.reason IS NOT NULL THEN 'rejected' END;
        r.other := NULL;
        result := array_append(result, r);
    END LOOP;
    RETURN result;
END
$$;

-- The book that a row is about.  An id finds its book whatever else the row says;
-- the same ISBN is the same book; a row without one is the book of the same
-- title, first author and year, at best one that has no ISBN either; and a row
-- with an ISBN gives it to such a book, unless the file has both.
CREATE FUNCTION public.import_match(r public.import_row) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    book uuid;
BEGIN
    IF r.id IS NOT NULL THEN
        SELECT b.id INTO book FROM public.books AS b WHERE b.id = r.id AND b.deleted_at IS NULL;
    END IF;
    IF book IS NULL AND r.isbn13 IS NOT NULL THEN
        SELECT b.id INTO book FROM public.books AS b WHERE b.isbn13 = r.isbn13 AND b.deleted_at IS NULL;
    END IF;
    IF book IS NULL AND (r.isbn13 IS NULL OR r.title_seen IS NOT TRUE) THEN
        SELECT b.id INTO book
          FROM public.books AS b
         WHERE b.title = r.title
           AND b.year IS NOT DISTINCT FROM r.year
           AND b.deleted_at IS NULL
           AND (r.isbn13 IS NULL OR b.isbn13 IS NULL)
           AND r.authors[1] IS NOT DISTINCT FROM (
               SELECT a.name
                 FROM public.author_book AS ab
                 JOIN public.authors AS a ON a.id = ab.author_id
                WHERE ab.book_id = b.id AND ab.deleted_at IS NULL
                ORDER BY ab.position, a.name
                LIMIT 1)
         ORDER BY b.isbn13 IS NOT NULL, b.created_at, b.id
         LIMIT 1;
    END IF;
    RETURN book;
END
$$;

-- What the row would change in its book.  What it leaves empty stays as it is.
CREATE FUNCTION public.import_compare(r public.import_row) RETURNS public.import_row
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    b     public.books;
    owner text;
BEGIN
    SELECT * INTO b FROM public.books WHERE books.id = r.id;
    r.change_book := r.title <> b.title OR r.subtitle <> coalesce(b.subtitle, '') OR r.year <> coalesce(b.year, 0)
                     OR r.publisher <> coalesce(b.publisher, '')
                     OR r.isbn13 <> coalesce(b.isbn13, '')
                     OR (r.language IS NOT NULL AND (b.language IS NULL OR b.language <> ALL (r.languages)));
    r.change_names := cardinality(r.authors) > 0 AND r.authors IS DISTINCT FROM ARRAY(
        SELECT a.name FROM public.author_book AS ab JOIN public.authors AS a ON a.id = ab.author_id
         WHERE ab.book_id = r.id AND ab.role = 'author' AND ab.deleted_at IS NULL ORDER BY ab.position, a.name);
    r.change_files := cardinality(r.categories) > 0 AND
        ARRAY(SELECT DISTINCT lower(c) FROM unnest(r.categories) AS c ORDER BY 1) IS DISTINCT FROM ARRAY(
        SELECT DISTINCT lower(c.name) FROM public.category_book AS cb
          JOIN public.book_categories AS c ON c.id = cb.category_id
         WHERE cb.book_id = r.id AND cb.deleted_at IS NULL AND c.deleted_at IS NULL ORDER BY 1);
    r.change_other := r.other_title IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.book_data AS d
         WHERE d.book_id = r.id AND d.deleted_at IS NULL AND d.title = r.other_title);
    r.change_book := coalesce(r.change_book, false);
    r.outcome := CASE WHEN r.change_book OR r.change_names OR r.change_files OR r.change_other
                      THEN 'updated' ELSE 'unchanged' END;
    IF r.outcome = 'updated' AND r.first_line IS NOT NULL THEN
        r.outcome := 'rejected';
        r.reason := 'twice';
        r.other := r.first_line::text;
    ELSIF r.change_book AND r.isbn13 <> coalesce(b.isbn13, '') THEN
        SELECT o.title INTO owner FROM public.books AS o
         WHERE o.isbn13 = r.isbn13 AND o.id <> r.id AND o.deleted_at IS NULL;
        IF FOUND THEN
            r.outcome := 'rejected';
            r.reason := 'isbn_taken';
            r.other := owner;
        END IF;
    END IF;
    RETURN r;
END
$$;

-- Says of every row what is to become of it, with the books it is about locked.
CREATE FUNCTION public.import_plan(rows public.import_row[]) RETURNS public.import_row[]
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    r      public.import_row;
    owner  text;
    taken  text[] := '{}';
    key    text;
    book   uuid;
    result public.import_row[] := '{}';
BEGIN
    FOREACH r IN ARRAY rows LOOP
        IF r.outcome IS NULL AND r.isbn_guessed AND r.isbn13 IS NOT NULL THEN
            -- Two books whose lost digits differ look the same: the ISBN is in doubt, the book is not.
            SELECT b.title INTO owner FROM public.books AS b
             WHERE b.isbn13 = r.isbn13 AND b.deleted_at IS NULL AND b.title <> r.title AND b.id IS DISTINCT FROM r.id;
            IF FOUND THEN
                r.isbn13 := NULL;
                r.first_line := NULL;
                r.reason := 'guess_taken';
                r.other := owner;
            END IF;
        END IF;
        IF r.outcome IS NULL THEN
            book := import_match(r);
            r.is_new := book IS NULL;
            IF r.is_new AND (r.id IS NULL OR EXISTS (SELECT FROM public.books AS b WHERE b.id = r.id)) THEN
                r.id := uuid_v7();
            ELSIF NOT r.is_new THEN
                r.id := book;
            END IF;
            key := CASE WHEN r.is_new AND r.isbn13 IS NULL
                        THEN concat_ws(E'\n', r.title, coalesce(r.authors[1], ''), r.year)
                        WHEN r.is_new THEN r.isbn13 ELSE r.id::text END;
            -- A row that is known to come second is only compared, see import_compare().
            IF key = ANY (taken) AND (r.is_new OR r.first_line IS NULL) THEN
                r.outcome := 'rejected';
                r.reason := 'twice';
                r.other := r.first_line::text;
            ELSIF r.is_new THEN
                r.outcome := 'added';
            END IF;
            taken := array_append(taken, key);
        END IF;
        result := array_append(result, r);
    END LOOP;
    -- One order for all, and nobody changes a book between the look and the change.
    PERFORM FROM public.books AS b
      WHERE b.id IN (SELECT t.id FROM unnest(result) AS t WHERE t.outcome IS NULL) ORDER BY b.id FOR NO KEY UPDATE;
    RETURN ARRAY(
        SELECT CASE WHEN t.outcome IS NULL THEN import_compare(t::public.import_row) ELSE t::public.import_row END
          FROM unnest(result) AS t);
END
$$;

-- New authors and categories, all in one statement each.  The caller holds the
-- locks on the names.
CREATE FUNCTION public.import_names(rows public.import_row[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO public.authors (name)
    SELECT DISTINCT n.name
      FROM unnest(rows) AS r CROSS JOIN unnest(r.authors) AS n (name)
     WHERE (r.is_new OR r.change_names)
       AND NOT EXISTS (SELECT FROM public.authors AS a WHERE a.name = n.name AND a.deleted_at IS NULL);
    INSERT INTO public.book_categories (name)
    SELECT DISTINCT ON (lower(n.name)) n.name
      FROM unnest(rows) AS r CROSS JOIN unnest(r.categories) AS n (name)
     WHERE r.is_new OR r.change_files
    ON CONFLICT (lower(name)) WHERE deleted_at IS NULL DO NOTHING;
$$;

CREATE FUNCTION public.import_add(rows public.import_row[]) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH added AS MATERIALIZED (
        SELECT * FROM unnest(rows) AS r
    ), book AS (
        INSERT INTO public.books (id, isbn13, title, subtitle, language, year, publisher)
        SELECT r.id, r.isbn13, r.title, r.subtitle, r.language, r.year, r.publisher FROM added AS r
    ), written AS (
        INSERT INTO public.author_book (book_id, author_id, position)
        SELECT r.id, w.id, n.place
          FROM added AS r
          CROSS JOIN LATERAL unnest(r.authors) WITH ORDINALITY AS n (name, place)
          CROSS JOIN LATERAL (SELECT a.id FROM public.authors AS a
                               WHERE a.name = n.name AND a.deleted_at IS NULL
                               ORDER BY a.created_at, a.id LIMIT 1) AS w
    ), filed AS (
        INSERT INTO public.category_book (book_id, category_id)
        SELECT DISTINCT r.id, c.id
          FROM added AS r
          CROSS JOIN LATERAL unnest(r.categories) AS n (name)
          JOIN public.book_categories AS c ON lower(c.name) = lower(n.name) AND c.deleted_at IS NULL
    )
    INSERT INTO public.book_data (book_id, language, title)
    SELECT r.id, 'und', r.other_title FROM added AS r WHERE r.other_title IS NOT NULL
$$;

CREATE FUNCTION public.import_change(rows public.import_row[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.books AS b
       SET isbn13 = coalesce(r.isbn13, b.isbn13), title = r.title, subtitle = coalesce(r.subtitle, b.subtitle),
           language = CASE WHEN b.language = ANY (r.languages) THEN b.language ELSE coalesce(r.language, b.language) END,
           year = coalesce(r.year, b.year), publisher = coalesce(r.publisher, b.publisher)
      FROM unnest(rows) AS r
     WHERE b.id = r.id AND r.change_book;

    DELETE FROM public.author_book AS ab
     USING unnest(rows) AS r
     WHERE ab.book_id = r.id AND r.change_names AND ab.role = 'author';
    INSERT INTO public.author_book (book_id, author_id, position)
    SELECT r.id, w.id, n.place
      FROM unnest(rows) AS r
      CROSS JOIN LATERAL unnest(r.authors) WITH ORDINALITY AS n (name, place)
      CROSS JOIN LATERAL (SELECT a.id FROM public.authors AS a
                           WHERE a.name = n.name AND a.deleted_at IS NULL
                           ORDER BY a.created_at, a.id LIMIT 1) AS w
     WHERE r.change_names;

    DELETE FROM public.category_book AS cb
     USING unnest(rows) AS r
     WHERE cb.book_id = r.id AND r.change_files;
    INSERT INTO public.category_book (book_id, category_id)
    SELECT DISTINCT r.id, c.id
      FROM unnest(rows) AS r
      CROSS JOIN LATERAL unnest(r.categories) AS n (name)
      JOIN public.book_categories AS c ON lower(c.name) = lower(n.name) AND c.deleted_at IS NULL
     WHERE r.change_files;

    INSERT INTO public.book_data AS d (book_id, language, title)
    SELECT r.id, 'und', r.other_title FROM unnest(rows) AS r WHERE r.change_other
    ON CONFLICT (book_id, language) WHERE deleted_at IS NULL DO UPDATE SET title = excluded.title;
END
$$;

-- Adds and updates books, in one transaction with everything that belongs to
-- them.  `batch` is a JSON array of objects with the first fields of import_row.
-- Repeating the call changes nothing.  A row that cannot be used is answered with
-- its reason and does not disturb the others.
--
-- Outcomes: added, updated, unchanged, rejected.  Reasons of a rejected row:
-- those of import_problem(); 'twice' (`other` is the line that came first),
-- 'isbn_taken' (`other` is the title of the book that has the ISBN).  A row that
-- went in has the reason 'guess_taken' when it had to go without its ISBN.
CREATE FUNCTION public.import_books(batch jsonb)
    RETURNS TABLE (line integer, outcome text, reason text, other text, id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    -- Plans are kept while a library grows from nothing; one made for an empty table reads it whole, for each row.
    SET enable_seqscan = off
AS $$
DECLARE
    rows    public.import_row[];
    added   public.import_row[];
    changed public.import_row[];
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    rows := public.import_rows(batch);

    -- One import at a time: the keys of a batch are many, and a server has not
    -- locks for several such.  Whoever adds one book only waits for its keys.
    PERFORM pg_advisory_xact_lock(4, 0);
    PERFORM public.lock_keys(VARIADIC ARRAY(
        SELECT 'title:' || r.title FROM unnest(rows) AS r WHERE r.outcome IS NULL
        UNION SELECT 'isbn:' || r.isbn13 FROM unnest(rows) AS r WHERE r.outcome IS NULL AND r.isbn13 IS NOT NULL
        UNION SELECT 'author:' || a FROM unnest(rows) AS r, unnest(r.authors) AS a WHERE r.outcome IS NULL
        UNION SELECT 'category:' || lower(c) FROM unnest(rows) AS r, unnest(r.categories) AS c
               WHERE r.outcome IS NULL));

    rows := public.import_plan(rows);
    added := ARRAY(SELECT r::public.import_row FROM unnest(rows) AS r WHERE r.outcome = 'added');
    changed := ARRAY(SELECT r::public.import_row FROM unnest(rows) AS r WHERE r.outcome = 'updated');
    IF cardinality(added) + cardinality(changed) > 0 THEN
        INSERT INTO public.summaries_later (txid) VALUES (txid_current());
        PERFORM public.import_names(added || changed);
        IF cardinality(added) > 0 THEN
            PERFORM public.import_add(added);
        END IF;
        IF cardinality(changed) > 0 THEN
            PERFORM public.import_change(changed);
        END IF;
        DELETE FROM public.summaries_later AS l WHERE l.txid = txid_current();
        PERFORM public.refresh_books(ARRAY(SELECT r.id FROM unnest(added || changed) AS r));
    END IF;
    RETURN QUERY
        SELECT r.line, r.outcome, r.reason, r.other, CASE WHEN r.outcome <> 'rejected' THEN r.id END
          FROM unnest(rows) AS r;
END
$$;

-- The books after `after`, in the order of their ids; NULL begins.
CREATE FUNCTION public.export_books(after uuid, max_rows integer)
    RETURNS TABLE (id uuid, isbn13 text, title text, subtitle text, authors text[], year integer, language text,
                   publisher text, other_title text, categories text[])
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT b.id, b.isbn13, b.title, b.subtitle,
           ARRAY(SELECT a.name FROM public.author_book AS ab JOIN public.authors AS a ON a.id = ab.author_id
                  WHERE ab.book_id = b.id AND ab.role = 'author' AND ab.deleted_at IS NULL
                  ORDER BY ab.position, a.name),
           b.year, b.language, b.publisher,
           (SELECT d.title FROM public.book_data AS d
             WHERE d.book_id = b.id AND d.deleted_at IS NULL AND d.title IS NOT NULL
             ORDER BY d.language <> 'und', d.language LIMIT 1),
           ARRAY(SELECT c.name FROM public.category_book AS cb JOIN public.book_categories AS c ON c.id = cb.category_id
                  WHERE cb.book_id = b.id AND cb.deleted_at IS NULL AND c.deleted_at IS NULL ORDER BY c.name)
      FROM public.books AS b
     WHERE b.id > coalesce(export_books.after, '00000000-0000-0000-0000-000000000000') AND b.deleted_at IS NULL
     ORDER BY b.id
     LIMIT least(greatest(export_books.max_rows, 0), 5000)
$$;

REVOKE ALL ON FUNCTION
    public.import_problem(public.import_row), public.import_rows(jsonb), public.import_match(public.import_row),
    public.import_compare(public.import_row), public.import_plan(public.import_row[]),
    public.import_names(public.import_row[]), public.import_add(public.import_row[]),
    public.import_change(public.import_row[]), public.import_books(jsonb), public.export_books(uuid, integer)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.import_books(jsonb), public.export_books(uuid, integer) TO branchline_staff;
