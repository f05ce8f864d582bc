-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- One function for each file that goes into main.  Each says of every row of the
-- batch why it cannot go in, and writes the others as the triggers of the table
-- would have left them, by the same functions.  Primary and unique keys and checks
-- hold as ever; foreign keys are proved here, and nothing that they name is ever
-- deleted (triggers refuse it).

-- Copies for use in the library are a material of their own, which nobody may borrow.  A rule for a type of
-- patrons goes before one for a material, so each type has one for both.  A library that lends its own
-- material "reference" goes on doing so.
CREATE OR REPLACE FUNCTION import_staging.keep_reference_copies() RETURNS void
    LANGUAGE sql
AS $$
    INSERT INTO public.loan_rules (user_type_id, material_type_id, loan_days, max_open_loans, max_renewals)
    SELECT t.id, m.id, 0, 0, 0
      FROM public.material_types AS m
      JOIN public.loan_rules AS n
        ON n.material_type_id = m.id AND n.user_type_id IS NULL AND n.branch_id IS NULL AND n.deleted_at IS NULL
       AND n.active AND n.max_open_loans = 0
     CROSS JOIN public.user_types AS t
     WHERE m.code = 'reference' AND m.deleted_at IS NULL AND t.deleted_at IS NULL
    ON CONFLICT DO NOTHING
$$;

-- Types of patrons are few and keep their triggers.  One with the code of a type
-- that is there is that type, and its rule stays.
CREATE OR REPLACE FUNCTION import_staging.write_user_types(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    LOCK TABLE public.user_types, public.loan_rules IN SHARE ROW EXCLUSIVE MODE;
    UPDATE pg_temp.import_rows AS r
       SET reason = CASE
           WHEN EXISTS (SELECT FROM public.user_types AS t WHERE t.id = r.id)
               THEN (SELECT import_staging.met(t.created_at, t.deleted_at) FROM public.user_types AS t WHERE t.id = r.id)
           WHEN r.code !~ '^[[:alnum:]][[:alnum:]_.-]{0,31}$' THEN 'The code needs 1 to 32 letters, digits, "_", "-" or ".".'
           WHEN public.tidy(r.name) = '' OR char_length(r.name) > 200 THEN 'The name is empty or longer than 200 characters.'
           WHEN r.loan_days NOT BETWEEN 0 AND 3660 THEN 'loan_days must be between 0 and 3660.'
           WHEN r.max_loans < 0 OR r.max_renewals < 0 THEN 'A limit cannot be negative.' END
     WHERE r.reason IS NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    PERFORM import_staging.refuse_twice('i.code', 'An earlier line of this file has the same code.');
    INSERT INTO import_staging.same (theirs, ours)
    SELECT r.id, t.id
      FROM pg_temp.import_rows AS r
      JOIN public.user_types AS t ON t.code = r.code AND t.deleted_at IS NULL
     WHERE r.reason IS NULL
    ON CONFLICT DO NOTHING;
    UPDATE pg_temp.import_rows AS r SET reason = ''
     WHERE r.reason IS NULL AND EXISTS (SELECT FROM import_staging.same AS s WHERE s.theirs = r.id);

    INSERT INTO public.user_types (id, code, name)
    SELECT r.id, r.code, public.tidy(r.name) FROM pg_temp.import_rows AS r WHERE r.reason IS NULL ORDER BY r.line;
    INSERT INTO public.loan_rules (user_type_id, loan_days, max_open_loans, max_renewals)
    SELECT r.id, r.loan_days, r.max_loans, r.max_renewals
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL AND r.loan_days IS NOT NULL ORDER BY r.line;
    PERFORM import_staging.keep_reference_copies();
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, NULL, NULL) AS e;
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_users(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.users', 'public.user_cards', 'public.users_ref');
    UPDATE pg_temp.import_rows AS r
       SET user_type_id = coalesce((SELECT s.ours FROM import_staging.same AS s WHERE s.theirs = r.user_type_id), r.user_type_id),
           last_name = public.tidy(r.last_name), first_name = coalesce(public.tidy(r.first_name), ''),
           card_no = public.tidy(r.card_no)
     WHERE r.reason IS NULL;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.users AS u WHERE u.id = i.id)
                    THEN (SELECT CASE WHEN u.purged_at IS NULL THEN import_staging.met(u.created_at, u.deleted_at)
                                      ELSE 'The patron was purged.' END
                            FROM public.users AS u WHERE u.id = i.id)
                WHEN i.last_name = '' OR char_length(i.last_name) > 200 OR char_length(i.first_name) > 200
                    THEN 'The family name is empty, or a name is longer than 200 characters.'
                WHEN i.card_no !~ '^\S(.{0,62}\S)?$' THEN 'The card number is empty or longer than 64 characters.'
                WHEN char_length(public.tidy(i.email)) > 320 THEN 'The e-mail address is longer than 320 characters.'
                WHEN NOT EXISTS (SELECT FROM public.user_types AS t WHERE t.id = i.user_type_id AND t.deleted_at IS NULL)
                    THEN 'There is no user type with this id.'
                WHEN NOT EXISTS (SELECT FROM public.branches AS b WHERE b.id = i.home_branch_id)
                    THEN 'There is no branch with this id.'
                WHEN EXISTS (SELECT FROM public.user_cards AS c WHERE c.card_number = i.card_no AND c.deleted_at IS NULL)
                    THEN 'The card number is already used by another patron.' END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    PERFORM import_staging.refuse_twice('i.card_no', 'The card number is already used by another patron.');

    INSERT INTO public.users (id, family_name, given_name, user_type_id, home_branch_id, email, born_on, active, expires_on)
    SELECT r.id, r.last_name, r.first_name, r.user_type_id, r.home_branch_id, nullif(public.tidy(r.email), ''),
           r.birth_date, coalesce(r.active, true), (r.expires_at AT TIME ZONE b.timezone)::date
      FROM pg_temp.import_rows AS r JOIN public.branches AS b ON b.id = r.home_branch_id
     WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    INSERT INTO public.user_cards (user_id, card_number)
    SELECT r.id, r.card_no
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'users', inserted) AS e;
    -- The summary is written by its own function, under its own triggers.
    PERFORM set_config('session_replication_role', 'origin', true);
    PERFORM public.refresh_users(ARRAY(SELECT r.id FROM pg_temp.import_rows AS r WHERE r.reason IS NULL));
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_authors(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.authors');
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.authors AS a WHERE a.id = i.id)
                    THEN (SELECT import_staging.met(a.created_at, a.deleted_at) FROM public.authors AS a WHERE a.id = i.id)
                WHEN public.tidy(i.name) = '' OR char_length(public.tidy(i.name)) > 300
                    THEN 'The name is empty or longer than 300 characters.'
                WHEN char_length(i.sort_name) > 301 THEN 'sort_name is longer than 301 characters.' END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    INSERT INTO public.authors (id, name, sort_name)
    SELECT r.id, public.tidy(r.name), coalesce(nullif(r.sort_name, ''), public.filed_name(public.tidy(r.name)))
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'authors', inserted) AS e;
END
$$;

-- "fantasy" and "Fantasy" are one category, as everywhere.
CREATE OR REPLACE FUNCTION import_staging.write_categories(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    LOCK TABLE public.book_categories IN SHARE ROW EXCLUSIVE MODE;
    UPDATE pg_temp.import_rows AS r
       SET reason = CASE
           WHEN EXISTS (SELECT FROM public.book_categories AS c WHERE c.id = r.id)
               THEN (SELECT import_staging.met(c.created_at, c.deleted_at) FROM public.book_categories AS c
                      WHERE c.id = r.id)
           WHEN public.tidy(r.name) = '' OR char_length(r.name) > 200 THEN 'The name is empty or longer than 200 characters.' END
     WHERE r.reason IS NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    INSERT INTO public.book_categories (id, name)
    SELECT r.id, public.tidy(r.name) FROM pg_temp.import_rows AS r WHERE r.reason IS NULL ORDER BY r.line
    ON CONFLICT (lower(name)) WHERE deleted_at IS NULL DO NOTHING;
    INSERT INTO import_staging.same (theirs, ours)
    SELECT r.id, c.id
      FROM pg_temp.import_rows AS r
      JOIN public.book_categories AS c ON lower(c.name) = lower(public.tidy(r.name)) AND c.deleted_at IS NULL
     WHERE r.reason IS NULL AND c.id <> r.id
    ON CONFLICT DO NOTHING;
    UPDATE pg_temp.import_rows AS r SET reason = ''
     WHERE r.reason IS NULL AND EXISTS (SELECT FROM import_staging.same AS s WHERE s.theirs = r.id);
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, NULL, NULL) AS e;
END
$$;

-- Search vector, sort_author and books_ref follow when the parts are in.
CREATE OR REPLACE FUNCTION import_staging.write_books(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.books');
    UPDATE pg_temp.import_rows AS r
       SET title = public.tidy(r.title), subtitle = nullif(public.tidy(r.subtitle), ''),
           publisher = nullif(public.tidy(r.publisher), ''), language = nullif(lower(split_part(r.language, '-', 1)), ''),
           isbn13 = CASE WHEN r.isbn13 <> '' THEN coalesce(public.isbn13(r.isbn13), '')
                         WHEN r.isbn10 <> '' THEN coalesce(public.isbn13(r.isbn10), '') END
     WHERE r.reason IS NULL;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.books AS b WHERE b.id = i.id)
                    THEN (SELECT import_staging.met(b.created_at, b.deleted_at) FROM public.books AS b WHERE b.id = i.id)
                WHEN i.title = '' OR char_length(i.title) > 2000 OR char_length(i.subtitle) > 2000
                    THEN 'The title is empty, or a title is longer than 2000 characters.'
                WHEN i.isbn13 = '' THEN 'This is not a valid ISBN.'
                WHEN i.language !~ '^[a-z]{2,3}$' THEN 'The language is not a code of two or three letters.'
                WHEN i.publication_year NOT BETWEEN -5000 AND 2999 THEN 'The year must be between -5000 and 2999.'
                WHEN EXISTS (SELECT FROM public.books AS b WHERE b.isbn13 = i.isbn13 AND b.deleted_at IS NULL)
                    THEN 'Another book has this ISBN.' END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    PERFORM import_staging.refuse_twice('i.isbn13', 'Another book has this ISBN.', 'i.isbn13 IS NOT NULL');
    INSERT INTO public.books (id, isbn13, title, sort_title, subtitle, language, year, publisher)
    SELECT r.id, r.isbn13, r.title, public.sort_title(r.title, r.language), r.subtitle, r.language, r.publication_year,
           r.publisher
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'books', inserted) AS e;
END
$$;

-- A part that came to a book which was here before the import is a new version of
-- the book; the books of the import itself get their summaries at the end.
CREATE OR REPLACE FUNCTION import_staging.renew_older_books() RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    older uuid[] := ARRAY(
        SELECT DISTINCT b.id
          FROM pg_temp.import_rows AS r JOIN public.books AS b ON b.id = r.book_id
         WHERE r.reason IS NULL AND b.created_at < (SELECT n.started_at FROM import_staging.run AS n));
BEGIN
    IF cardinality(older) > 0 THEN
        PERFORM set_config('session_replication_role', 'origin', true);
        UPDATE public.books AS b SET updated_at = now() WHERE b.id = ANY (older);
        PERFORM public.refresh_books(older);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_book_translations(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.book_data');
    UPDATE pg_temp.import_rows AS r
       SET language = lower(split_part(r.language, '-', 1)), title = nullif(public.tidy(r.title), ''),
           description = nullif(btrim(r.description), '')
     WHERE r.reason IS NULL;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN i.language !~ '^[a-z]{2,3}$' THEN 'The language is not a code of two or three letters.'
                WHEN char_length(i.title) > 2000 THEN 'The title is longer than 2000 characters.'
                WHEN num_nonnulls(i.title, i.description) = 0 THEN 'There is neither a title nor a description.'
                WHEN NOT EXISTS (SELECT FROM public.books AS b WHERE b.id = i.book_id AND b.deleted_at IS NULL)
                    THEN 'There is no book with this id.'
                WHEN EXISTS (SELECT FROM public.book_data AS d
                              WHERE d.book_id = i.book_id AND d.language = i.language AND d.deleted_at IS NULL)
                    THEN (SELECT import_staging.met(d.created_at, d.deleted_at) FROM public.book_data AS d
                           WHERE d.book_id = i.book_id AND d.language = i.language AND d.deleted_at IS NULL) END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.book_id, i.language', 'An earlier line has the same book and language.');
    INSERT INTO public.book_data (book_id, language, title, description)
    SELECT r.book_id, r.language, r.title, r.description
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'book_data', inserted) AS e;
    PERFORM import_staging.renew_older_books();
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_book_authors(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.author_book');
    UPDATE pg_temp.import_rows AS r SET role = coalesce(nullif(public.tidy(r.role), ''), 'author') WHERE r.reason IS NULL;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN i.position NOT BETWEEN 1 AND 32767 THEN 'The position must be between 1 and 32767.'
                WHEN NOT EXISTS (SELECT FROM public.books AS b WHERE b.id = i.book_id AND b.deleted_at IS NULL)
                    THEN 'There is no book with this id.'
                WHEN NOT EXISTS (SELECT FROM public.authors AS a WHERE a.id = i.author_id AND a.deleted_at IS NULL)
                    THEN 'There is no author with this id.'
                WHEN EXISTS (SELECT FROM public.author_book AS a
                              WHERE a.book_id = i.book_id AND a.author_id = i.author_id AND a.role = i.role)
                    THEN (SELECT import_staging.met(a.created_at, a.deleted_at) FROM public.author_book AS a
                           WHERE a.book_id = i.book_id AND a.author_id = i.author_id AND a.role = i.role) END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.book_id, i.author_id, i.role',
                                        'An earlier line has the same book, author and role.');
    INSERT INTO public.author_book (book_id, author_id, role, position)
    SELECT r.book_id, r.author_id, r.role, coalesce(r.position, 1)
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'author_book', inserted) AS e;
    PERFORM import_staging.renew_older_books();
END
$$;

CREATE OR REPLACE FUNCTION import_staging.write_book_categories(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    PERFORM import_staging.begin_batch('public.category_book');
    UPDATE pg_temp.import_rows AS r SET category_id = s.ours
      FROM import_staging.same AS s WHERE s.theirs = r.category_id AND r.reason IS NULL;
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN NOT EXISTS (SELECT FROM public.books AS b WHERE b.id = i.book_id AND b.deleted_at IS NULL)
                    THEN 'There is no book with this id.'
                WHEN NOT EXISTS (SELECT FROM public.book_categories AS c WHERE c.id = i.category_id AND c.deleted_at IS NULL)
                    THEN 'There is no category with this id.'
                WHEN EXISTS (SELECT FROM public.category_book AS c
                              WHERE c.book_id = i.book_id AND c.category_id = i.category_id)
                    THEN (SELECT import_staging.met(c.created_at, c.deleted_at) FROM public.category_book AS c
                           WHERE c.book_id = i.book_id AND c.category_id = i.category_id) END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.book_id, i.category_id', 'An earlier line has the same book and category.');
    INSERT INTO public.category_book (book_id, category_id)
    SELECT r.book_id, r.category_id
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'category_book', inserted) AS e;
    PERFORM import_staging.renew_older_books();
END
$$;

-- The normal path itself: search vector, words, books_ref.
CREATE OR REPLACE FUNCTION import_staging.write_summaries(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    -- Rows that cannot be read are told of by the file itself.
    DELETE FROM pg_temp.import_rows AS r WHERE r.reason IS NOT NULL;
    PERFORM public.refresh_books(ARRAY(SELECT DISTINCT r.id FROM pg_temp.import_rows AS r));
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, NULL, NULL) AS e;
END
$$;

-- Every barcode of the library is here before its copy is on a shard.  It is live
-- at once: the file stands for the copy, and an import that was cut off is resumed.
CREATE OR REPLACE FUNCTION import_staging.write_barcodes(batch jsonb, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
DECLARE
    inserted bigint;
BEGIN
    IF EXISTS (SELECT FROM pg_temp.import_rows AS r WHERE r.status = 'reference') THEN
        IF NOT EXISTS (SELECT FROM public.material_types AS m WHERE m.code = 'reference' AND m.deleted_at IS NULL) THEN
            PERFORM public.add_material_type('reference', 'Reference');
        END IF;
        IF NOT EXISTS (SELECT FROM public.loan_rules AS n JOIN public.material_types AS m ON m.id = n.material_type_id
                        WHERE m.code = 'reference' AND m.deleted_at IS NULL AND n.deleted_at IS NULL
                          AND n.user_type_id IS NULL AND n.branch_id IS NULL) THEN
            PERFORM public.set_loan_rule(NULL, NULL, 'reference', 0, NULL, 0, 0);
        END IF;
        PERFORM import_staging.keep_reference_copies();
    END IF;
    PERFORM import_staging.begin_batch('public.exemplar_barcodes');
    UPDATE pg_temp.import_rows AS r SET reason = p.reason
      FROM (SELECT i.line, CASE
                WHEN EXISTS (SELECT FROM public.exemplar_barcodes AS e WHERE e.exemplar_id = i.id)
                    THEN (SELECT CASE WHEN e.state = 'live' THEN import_staging.met(e.created_at, e.deleted_at)
                                      ELSE 'Somebody is just adding this copy.' END
                            FROM public.exemplar_barcodes AS e WHERE e.exemplar_id = i.id)
                WHEN i.barcode !~ '^\S(.{0,62}\S)?$' THEN 'The barcode is empty, longer than 64 characters, or has blanks at its ends.'
                WHEN i.acquired_at > now() THEN 'acquired_at lies in the future.'
                WHEN NOT EXISTS (SELECT FROM public.branch_placement AS p WHERE p.branch_id = i.branch_id)
                    THEN 'There is no branch with this id.'
                WHEN NOT EXISTS (SELECT FROM public.books AS b WHERE b.id = i.book_id AND b.deleted_at IS NULL)
                    THEN 'There is no book with this id.'
                WHEN EXISTS (SELECT FROM public.exemplar_barcodes AS e
                              WHERE e.barcode = i.barcode AND e.deleted_at IS NULL)
                    THEN 'The barcode is already used by another copy.' END AS reason
              FROM pg_temp.import_rows AS i WHERE i.reason IS NULL) AS p
     WHERE p.line = r.line AND p.reason IS NOT NULL;
    PERFORM import_staging.refuse_twice('i.id', 'An earlier line of this file has the same id.');
    PERFORM import_staging.refuse_twice('i.barcode', 'The barcode is already used by another copy.');
    INSERT INTO public.exemplar_barcodes (exemplar_id, branch_id, barcode, state, book_id)
    SELECT r.id, r.branch_id, r.barcode, 'live', r.book_id
      FROM pg_temp.import_rows AS r WHERE r.reason IS NULL;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    SELECT e.* INTO written, present, refused FROM import_staging.end_batch(batch, 'exemplar_barcodes', inserted) AS e;
END
$$;

-- Claims of books that were removed while they came in; the caller has waited for removals under way.  Every later
-- one sees the claims.  The shards refuse the copies of those that go.
CREATE OR REPLACE FUNCTION import_staging.settle_claims() RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE public.exemplar_barcodes AS e
       SET deleted_at = now()
      FROM public.books AS b
     WHERE b.id = e.book_id AND b.deleted_at IS NOT NULL AND e.deleted_at IS NULL
       AND e.created_at >= (SELECT r.started_at FROM import_staging.run AS r);
END
$$;

-- Which copies of a shard's batch have no barcode: lines that were refused here, and those whose claim is gone.
CREATE OR REPLACE FUNCTION import_staging.copies_without_claim(first_line bigint, last_line bigint) RETURNS jsonb
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN jsonb_build_object(
               'skip', (SELECT coalesce(jsonb_agg(f.line), '[]') FROM import_staging.refused AS f
                         WHERE f.file = 'exemplars.csv' AND f.line BETWEEN first_line AND last_line),
               'unclaimed', (SELECT coalesce(jsonb_agg(r.line), '[]') FROM pg_temp.import_rows AS r
                              WHERE r.reason IS NULL
                                AND NOT EXISTS (SELECT FROM public.exemplar_barcodes AS e
                                                 WHERE e.exemplar_id = r.id AND e.barcode = r.barcode
                                                   AND e.branch_id = r.branch_id AND e.book_id = r.book_id
                                                   AND e.state = 'live' AND e.deleted_at IS NULL)));
END
$$;
