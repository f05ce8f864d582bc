-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Editing the catalogue: reading a book as a form shows it, saving it against
-- the version that was read, removing and restoring it.
--
-- Outcomes are answers, not errors: a conflict or a refusal writes nothing and
-- returns the record that stands, so that the program can show both sides.

-- The list of barcodes says of which book each copy is, so that main knows how
-- many copies a book has.
ALTER TABLE public.exemplar_barcodes ADD COLUMN book_id uuid REFERENCES public.books;

CREATE INDEX exemplar_barcodes_book ON public.exemplar_barcodes (book_id);

-- A part that was changed by something else than a change of the book (another
-- program, psql) is a new version of the book: whoever has the book open in a
-- form must hear of it.  A book that this transaction has written already has
-- its new version.
CREATE FUNCTION public.book_parts_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.books AS b
       SET updated_at = now()
      FROM (SELECT DISTINCT c.book_id FROM changed AS c) AS p
     WHERE b.id = p.book_id AND b.updated_at <> now();
    RETURN NULL;
END
$$;

DO $$
DECLARE
    target text;
    event  text;
    rows   text;
BEGIN
    FOR target, event, rows IN
        SELECT t, e.name, e.rows
          FROM unnest(ARRAY['author_book', 'category_book', 'book_data']) AS t,
               (VALUES ('INSERT', 'NEW'), ('UPDATE', 'NEW'), ('DELETE', 'OLD')) AS e (name, rows)
    LOOP
        EXECUTE format('CREATE TRIGGER version_%s AFTER %s ON public.%I REFERENCING %s TABLE AS changed '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.book_parts_changed()',
                       lower(event), event, target, rows);
    END LOOP;
END
$$;

-- The name to show for a login.
CREATE FUNCTION public.staff_name(login text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT coalesce((SELECT s.display_name FROM public.staff AS s WHERE s.login = staff_name.login), staff_name.login)
$$;

-- What a form edits, written in one way only, so that two of them can be
-- compared.
CREATE FUNCTION public.book_fields(id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'title', b.title, 'subtitle', b.subtitle, 'isbn13', b.isbn13, 'language', b.language, 'year', b.year,
               'publisher', b.publisher,
               'authors', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'role', ab.role)
                                                     ORDER BY ab.position, a.name, ab.role), '[]')
                             FROM public.author_book AS ab
                             JOIN public.authors AS a ON a.id = ab.author_id
                            WHERE ab.book_id = b.id AND ab.deleted_at IS NULL),
               'categories', (SELECT coalesce(jsonb_agg(c.name ORDER BY lower(c.name)), '[]')
                                FROM public.category_book AS cb
                                JOIN public.book_categories AS c ON c.id = cb.category_id
                               WHERE cb.book_id = b.id AND cb.deleted_at IS NULL AND c.deleted_at IS NULL),
               'translations', (SELECT coalesce(jsonb_agg(jsonb_build_object('language', d.language, 'title', d.title,
                                                                             'description', d.description)
                                                          ORDER BY d.language), '[]')
                                  FROM public.book_data AS d
                                 WHERE d.book_id = b.id AND d.deleted_at IS NULL))
      FROM public.books AS b
     WHERE b.id = book_fields.id
$$;

-- NULL when there never was such a book.  A removed one is returned, with the
-- time; its parts went with it.
CREATE FUNCTION public.book_record(id uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT book_fields(b.id)
           || jsonb_build_object(
                  'id', b.id, 'version', b.row_version, 'created_at', b.created_at, 'changed_at', b.updated_at,
                  'changed_by', staff_name(b.updated_by), 'removed_at', b.deleted_at,
                  'removed_by', staff_name(b.deleted_by),
                  'copies', (SELECT count(*) FROM public.exemplar_barcodes AS e
                              WHERE e.book_id = b.id AND e.deleted_at IS NULL))
      FROM public.books AS b
     WHERE b.id = book_record.id
$$;

-- The same for a book that must be there: LB005.
CREATE FUNCTION public.locked_book(id uuid) RETURNS public.books
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    book public.books;
BEGIN
    SELECT b.* INTO book FROM public.books AS b WHERE b.id = locked_book.id FOR UPDATE;
    IF book.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no book with the id %s.', coalesce(locked_book.id::text, 'NULL')),
            HINT = 'Search for the book again.';
    END IF;
    RETURN book;
END
$$;

-- LB006 unless the lists are what update_book() takes.
CREATE FUNCTION public.check_book_parts(authors jsonb, translations jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    problem text;
BEGIN
    IF jsonb_typeof(authors) IS DISTINCT FROM 'array' OR jsonb_typeof(translations) IS DISTINCT FROM 'array' THEN
        problem := 'Authors and translations must be lists.';
    ELSIF jsonb_array_length(authors) > 200 THEN
        problem := 'A book can have at most 200 authors.';
    ELSIF jsonb_array_length(translations) > 100 THEN
        problem := 'A book can have at most 100 translations.';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(authors) AS a
                   WHERE coalesce(tidy(a ->> 'name'), '') = '' OR char_length(a ->> 'name') > 300) THEN
        problem := 'The name of an author must have 1 to 300 characters.';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(authors) AS a
                   WHERE coalesce(a ->> 'role', 'author') !~ '^[a-z][a-z _-]{0,39}$') THEN
        problem := 'The role of an author must be a word such as "author" or "translator".';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(translations) AS t
                   WHERE coalesce(t ->> 'language', '') !~ '^[a-z]{2,3}$') THEN
        problem := 'The language of a translation must be a code of two or three letters.';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(translations) AS t GROUP BY t ->> 'language' HAVING count(*) > 1) THEN
        problem := 'There can be one translation for each language.';
    ELSIF EXISTS (SELECT FROM jsonb_array_elements(translations) AS t
                   WHERE char_length(t ->> 'title') > 2000 OR char_length(t ->> 'description') > 100000) THEN
        problem := 'The title or the description of a translation is too long.';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = problem, HINT = 'Correct the value and try again.';
    END IF;
END
$$;

-- The values of a form as book_fields() writes them.
CREATE FUNCTION public.wanted_book(title text, subtitle text, isbn13 text, language text, year integer,
                                   publisher text, authors jsonb, categories text[], translations jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'title', tidy(title), 'subtitle', nullif(tidy(subtitle), ''), 'isbn13', public.isbn13(wanted_book.isbn13),
               'language', nullif(language, ''), 'year', year, 'publisher', nullif(tidy(publisher), ''),
               'authors', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'role', a.role) ORDER BY a.place), '[]')
                             FROM (SELECT tidy(l.entry ->> 'name') AS name, coalesce(l.entry ->> 'role', 'author') AS role,
                                          min(l.place) AS place
                                     FROM jsonb_array_elements(authors) WITH ORDINALITY AS l (entry, place)
                                    GROUP BY 1, 2) AS a),
               'categories', (SELECT coalesce(jsonb_agg(c.name ORDER BY lower(c.name)), '[]')
                                FROM (SELECT DISTINCT ON (lower(n)) coalesce(k.name, n) AS name
                                        FROM unnest(public.tidy_names(categories)) AS n
                                        LEFT JOIN public.book_categories AS k
                                          ON lower(k.name) = lower(n) AND k.deleted_at IS NULL
                                       ORDER BY lower(n)) AS c),
               'translations', (SELECT coalesce(jsonb_agg(d.entry ORDER BY d.entry ->> 'language'), '[]')
                                  FROM (SELECT jsonb_build_object('language', t ->> 'language',
                                                                  'title', nullif(tidy(t ->> 'title'), ''),
                                                                  'description', nullif(btrim(t ->> 'description', E' \n\r\t'), ''))
                                                   AS entry
                                          FROM jsonb_array_elements(translations) AS t) AS d
                                 WHERE coalesce(d.entry ->> 'title', d.entry ->> 'description') IS NOT NULL))
$$;

-- The writers of a book, as they shall be; only what differs is written.
-- Somebody whose name several authors share stays the one who is there.
CREATE FUNCTION public.write_book_authors(id uuid, wanted jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    author_ids uuid[] := ARRAY(
        SELECT coalesce((SELECT ab.author_id
                           FROM public.author_book AS ab
                           JOIN public.authors AS a ON a.id = ab.author_id
                          WHERE ab.book_id = write_book_authors.id AND ab.deleted_at IS NULL
                            AND a.name = w.entry ->> 'name'
                          LIMIT 1),
                        public.author_named(w.entry ->> 'name'))
          FROM jsonb_array_elements(wanted) WITH ORDINALITY AS w (entry, place)
         ORDER BY w.place);
    roles text[] := ARRAY(SELECT w.entry ->> 'role'
                            FROM jsonb_array_elements(wanted) WITH ORDINALITY AS w (entry, place)
                           ORDER BY w.place);
BEGIN
    UPDATE public.author_book AS ab
       SET deleted_at = now()
     WHERE ab.book_id = write_book_authors.id AND ab.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM unnest(author_ids, roles) AS w (author_id, role)
                        WHERE w.author_id = ab.author_id AND w.role = ab.role);
    INSERT INTO public.author_book AS ab (book_id, author_id, role, position)
    SELECT write_book_authors.id, w.author_id, w.role, w.place
      FROM unnest(author_ids, roles) WITH ORDINALITY AS w (author_id, role, place)
    ON CONFLICT (book_id, author_id, role) DO UPDATE
       SET position = excluded.position, deleted_at = NULL
     WHERE ab.position <> excluded.position OR ab.deleted_at IS NOT NULL;
END
$$;

CREATE FUNCTION public.write_book_categories(id uuid, wanted jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    names        text[] := ARRAY(SELECT jsonb_array_elements_text(wanted));
    category_ids uuid[];
BEGIN
    INSERT INTO public.book_categories (name) SELECT n FROM unnest(names) AS n
    ON CONFLICT (lower(name)) WHERE deleted_at IS NULL DO NOTHING;
    category_ids := ARRAY(SELECT c.id FROM public.book_categories AS c
                           WHERE lower(c.name) IN (SELECT lower(n) FROM unnest(names) AS n) AND c.deleted_at IS NULL);
    UPDATE public.category_book AS cb
       SET deleted_at = now()
     WHERE cb.book_id = write_book_categories.id AND cb.deleted_at IS NULL AND cb.category_id <> ALL (category_ids);
    INSERT INTO public.category_book AS cb (book_id, category_id)
    SELECT write_book_categories.id, c FROM unnest(category_ids) AS c
    ON CONFLICT (book_id, category_id) DO UPDATE SET deleted_at = NULL WHERE cb.deleted_at IS NOT NULL;
END
$$;

CREATE FUNCTION public.write_book_translations(id uuid, wanted jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.book_data AS d
       SET deleted_at = now()
     WHERE d.book_id = write_book_translations.id AND d.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM jsonb_array_elements(wanted) AS w WHERE w ->> 'language' = d.language);
    INSERT INTO public.book_data AS d (book_id, language, title, description)
    SELECT write_book_translations.id, w ->> 'language', w ->> 'title', w ->> 'description'
      FROM jsonb_array_elements(wanted) AS w
    ON CONFLICT (book_id, language) WHERE deleted_at IS NULL DO UPDATE
       SET title = excluded.title, description = excluded.description
     WHERE (d.title, d.description) IS DISTINCT FROM (excluded.title, excluded.description);
END
$$;

-- Saves what a form edits, all of it or nothing.  outcome: 'saved'; 'conflict',
-- somebody else has written the book since expected_version; 'refused' with a
-- reason: 'removed', or 'isbn_taken' with the id of the book that has it.
-- What is unchanged is not written.  When everything wanted stands already the
-- answer is 'saved' whatever the version: so the call may be repeated after a
-- lost connection, and two people who make the same correction do not quarrel.
CREATE FUNCTION public.update_book(id uuid, expected_version bigint, title text, subtitle text, isbn13 text,
                                   language text, year integer, publisher text, authors jsonb, categories text[],
                                   translations jsonb, OUT outcome text, OUT reason text, OUT other_id uuid,
                                   OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    book    public.books;
    wanted  jsonb;
    current jsonb;
    isbn    text := public.isbn13(update_book.isbn13);
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    PERFORM public.check_new_book(tidy(update_book.title), update_book.isbn13, update_book.language, update_book.year);
    PERFORM public.check_book_parts(update_book.authors, update_book.translations);
    PERFORM public.check_names('{}', public.tidy_names(update_book.categories));
    IF greatest(char_length(update_book.subtitle), char_length(update_book.publisher)) > 2000 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'The subtitle or the publisher is too long.',
                              HINT = 'Shorten it to 2000 characters.';
    END IF;
    PERFORM public.lock_keys(VARIADIC
        ARRAY['isbn:' || isbn]
        || (SELECT array_agg('author:' || tidy(a ->> 'name')) FROM jsonb_array_elements(update_book.authors) AS a)
        || (SELECT array_agg('category:' || lower(c)) FROM unnest(public.tidy_names(update_book.categories)) AS c));
    book := public.locked_book(update_book.id);
    wanted := public.wanted_book(update_book.title, update_book.subtitle, isbn, update_book.language, update_book.year,
                                 update_book.publisher, update_book.authors, update_book.categories,
                                 update_book.translations);
    current := public.book_fields(book.id);

    SELECT b.id INTO update_book.other_id
      FROM public.books AS b
     WHERE b.isbn13 = isbn AND b.id <> book.id AND b.deleted_at IS NULL;
    IF book.deleted_at IS NOT NULL THEN
        update_book.outcome := 'refused';
        update_book.reason := 'removed';
    ELSIF wanted = current THEN
        update_book.outcome := 'saved';
    ELSIF update_book.expected_version IS DISTINCT FROM book.row_version THEN
        update_book.outcome := 'conflict';
    ELSIF update_book.other_id IS NOT NULL THEN
        update_book.outcome := 'refused';
        update_book.reason := 'isbn_taken';
    ELSE
        UPDATE public.books AS b
           SET title = wanted ->> 'title', subtitle = wanted ->> 'subtitle', isbn13 = isbn,
               language = wanted ->> 'language', year = (wanted ->> 'year')::integer,
               publisher = wanted ->> 'publisher'
         WHERE b.id = book.id
           AND (b.title, b.subtitle, b.isbn13, b.language, b.year, b.publisher)
               IS DISTINCT FROM
               (wanted ->> 'title', wanted ->> 'subtitle', isbn, wanted ->> 'language', (wanted ->> 'year')::integer,
                wanted ->> 'publisher');
        IF wanted -> 'authors' <> current -> 'authors' THEN
            PERFORM public.write_book_authors(book.id, wanted -> 'authors');
        END IF;
        IF wanted -> 'categories' <> current -> 'categories' THEN
            PERFORM public.write_book_categories(book.id, wanted -> 'categories');
        END IF;
        IF wanted -> 'translations' <> current -> 'translations' THEN
            PERFORM public.write_book_translations(book.id, wanted -> 'translations');
        END IF;
        update_book.outcome := 'saved';
    END IF;
    update_book.record := public.book_record(book.id);
END
$$;

GRANT EXECUTE ON FUNCTION
    public.staff_name(text),
    public.book_record(uuid),
    public.update_book(uuid, bigint, text, text, text, text, integer, text, jsonb, text[], jsonb)
TO branchline_staff;
