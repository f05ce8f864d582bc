-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a form for a new book needs: adding it with all its parts, warning of a
-- second entry of the same book, and names to choose from.

-- A new book with everything a form has.  outcome 'saved', or 'refused' with the
-- reason 'exists' and the book that is in the catalogue already.
CREATE FUNCTION public.create_book(id uuid, title text, subtitle text, isbn13 text, language text, year integer,
                                   publisher text, authors jsonb, categories text[], translations jsonb,
                                   OUT outcome text, OUT reason text, OUT other_id uuid, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    names    text[];
    standing uuid;
BEGIN
    PERFORM public.check_book_parts(create_book.authors, create_book.translations);
    names := ARRAY(SELECT a.entry ->> 'name'
                     FROM jsonb_array_elements(create_book.authors) WITH ORDINALITY AS a (entry, place)
                    WHERE coalesce(a.entry ->> 'role', 'author') = 'author'
                    ORDER BY a.place);
    -- All names at once, before add_book() takes a part of them: see lock_keys().
    PERFORM public.lock_keys(VARIADIC
        ARRAY['title:' || tidy(create_book.title), 'isbn:' || public.isbn13(create_book.isbn13)]
        || (SELECT array_agg('author:' || tidy(a ->> 'name')) FROM jsonb_array_elements(create_book.authors) AS a)
        || (SELECT array_agg('category:' || lower(c)) FROM unnest(public.tidy_names(create_book.categories)) AS c));
    SELECT a.id INTO standing
      FROM public.add_book(create_book.id, create_book.title, names, create_book.isbn13, create_book.language,
                           create_book.year, create_book.categories) AS a;
    IF standing <> create_book.id THEN
        create_book.outcome := 'refused';
        create_book.reason := 'exists';
        create_book.other_id := standing;
        create_book.record := public.book_record(standing);
        RETURN;
    END IF;
    SELECT u.outcome, u.reason, u.other_id, u.record
      INTO create_book.outcome, create_book.reason, create_book.other_id, create_book.record
      FROM public.update_book(standing,
                              (SELECT b.row_version FROM public.books AS b WHERE b.id = standing),
                              create_book.title, create_book.subtitle, create_book.isbn13, create_book.language,
                              create_book.year, create_book.publisher, create_book.authors, create_book.categories,
                              create_book.translations) AS u;
END
$$;

-- Books that a form may be about to enter a second time: same ISBN, or same
-- title, first author and year.  For a warning before saving.
CREATE FUNCTION public.book_twins(id uuid, isbn13 text, title text, first_author text, year integer)
    RETURNS TABLE (kind text, id uuid, title text, author_line text, year integer, isbn13 text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE WHEN r.isbn13 = public.isbn13(book_twins.isbn13) THEN 'isbn' ELSE 'title' END,
           r.id, r.title, r.author_line, r.year, r.isbn13
      FROM (SELECT b.id FROM public.books AS b
             WHERE b.isbn13 = public.isbn13(book_twins.isbn13) AND b.deleted_at IS NULL
            UNION
            SELECT b.id FROM public.books AS b
             WHERE b.title = tidy(book_twins.title) AND b.deleted_at IS NULL
               AND (b.year = book_twins.year OR b.year IS NULL OR book_twins.year IS NULL)
               AND (coalesce(book_twins.first_author, '') = ''
                    OR EXISTS (SELECT FROM public.author_book AS ab
                                 JOIN public.authors AS a ON a.id = ab.author_id
                                WHERE ab.book_id = b.id AND ab.deleted_at IS NULL
                                  AND lower(a.name) = lower(tidy(book_twins.first_author))))) AS found
      JOIN public.books_ref AS r ON r.id = found.id
     WHERE r.id IS DISTINCT FROM book_twins.id AND r.deleted_at IS NULL
     ORDER BY 1, r.sort_title, r.id
     LIMIT 5
$$;

-- Names that begin with what was typed, for a form's lists.
CREATE FUNCTION public.author_names(typed text, most integer) RETURNS TABLE (name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT DISTINCT a.name
      FROM public.authors AS a
     WHERE a.deleted_at IS NULL AND tidy(typed) <> ''
       AND (a.name >= tidy(typed) AND a.name < tidy(typed) || chr(65535) AND starts_with(a.name, tidy(typed))
            OR a.sort_name >= tidy(typed) AND a.sort_name < tidy(typed) || chr(65535)
               AND starts_with(a.sort_name, tidy(typed)))
     ORDER BY a.name
     LIMIT least(greatest(most, 0), 50)
$$;

CREATE FUNCTION public.category_names() RETURNS TABLE (name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.name FROM public.book_categories AS c WHERE c.deleted_at IS NULL ORDER BY lower(c.name) LIMIT 2000
$$;

GRANT EXECUTE ON FUNCTION
    public.create_book(uuid, text, text, text, text, integer, text, jsonb, text[], jsonb),
    public.book_twins(uuid, text, text, text, integer),
    public.author_names(text, integer),
    public.category_names()
TO branchline_staff;
