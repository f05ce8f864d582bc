-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- New books come in by the batch, and each row is written once: with its search vector in place, its
-- history by one statement for all, and the looks for what is there already by joins (docs/BENCHMARKS.md).

CALL public.lock_together(ARRAY['public.books', 'public.authors', 'public.book_data', 'public.book_categories',
                                'public.author_book', 'public.category_book', 'public.audit_log']::regclass[]);

-- AFTER INSERT, statement: what record_change() does for one row.  Not for tables whose rows have a
-- branch or a patron.
CREATE FUNCTION public.record_added() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, new)
    SELECT txid_current(), session_user, current_setting('application_name'), 'insert', TG_TABLE_NAME,
           (r.new ->> TG_ARGV[0])::uuid, r.new
      FROM (SELECT to_jsonb(a) - 'search'::text AS new FROM added AS a) AS r;
    RETURN NULL;
END
$$;

-- AFTER INSERT on the audit log, statement, so that one trigger tells of all tables.
CREATE OR REPLACE FUNCTION public.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.change_log (kind, branch_id, subject)
    SELECT CASE WHEN a.table_name IN ('books', 'authors', 'book_categories') THEN 'books'
                WHEN a.table_name IN ('users', 'user_blocks') THEN 'patrons'
                ELSE 'settings' END,
           a.branch_id,
           CASE a.table_name WHEN 'books' THEN a.row_id
                             WHEN 'users' THEN a.row_id
                             WHEN 'user_blocks' THEN (coalesce(a.new, a.old) ->> 'user_id')::uuid END
      FROM added AS a
     WHERE a.op NOT IN ('read', 'refused')
       AND a.table_name IN ('books', 'authors', 'book_categories', 'users', 'user_blocks', 'branches',
                            'branch_settings', 'branch_calendar', 'branch_placement', 'shards', 'loan_rules',
                            'user_types', 'material_types', 'staff_assignments');
    IF FOUND AND txid_current() % 128 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER note_change ON public.audit_log;
CREATE TRIGGER note_change AFTER INSERT ON public.audit_log
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.note_change();

DO $$
DECLARE
    target text;
    key    text;
BEGIN
    FOR target, key IN VALUES ('authors', 'id'), ('book_data', 'id'), ('book_categories', 'id'),
                              ('author_book', 'book_id'), ('category_book', 'book_id') LOOP
        EXECUTE format('DROP TRIGGER audit ON public.%I', target);
        EXECUTE format('CREATE TRIGGER audit AFTER UPDATE OR DELETE ON public.%I '
                       'FOR EACH ROW EXECUTE FUNCTION public.record_change(%L)', target, key);
        EXECUTE format('CREATE TRIGGER audit_added AFTER INSERT ON public.%I REFERENCING NEW TABLE AS added '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.record_added(%L)', target, key);
    END LOOP;
END
$$;
DROP TRIGGER audit ON public.books;
CREATE TRIGGER audit
    AFTER DELETE OR UPDATE OF id, isbn13, title, sort_title, subtitle, language, year, publisher,
        created_at, created_by, updated_at, updated_by, row_version, deleted_at, deleted_by
    ON public.books FOR EACH ROW EXECUTE FUNCTION public.record_change();
CREATE TRIGGER audit_added AFTER INSERT ON public.books REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.record_added('id');

-- Parts may be written before their book, in the same transaction.
ALTER TABLE public.author_book ALTER CONSTRAINT author_book_book_id_fkey DEFERRABLE;
ALTER TABLE public.category_book ALTER CONSTRAINT category_book_book_id_fkey DEFERRABLE;
ALTER TABLE public.book_data ALTER CONSTRAINT book_data_book_id_fkey DEFERRABLE;

-- As in 0005; plain letters have no accents to lose, and a function in SQL that cannot be put in place
-- is run by an executor of its own.
CREATE OR REPLACE FUNCTION public.search_words(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    words text;
BEGIN
    IF octet_length(value) = char_length(value) THEN
        words := regexp_replace(lower(value), '[^0-9a-z]+', ' ', 'g');
    ELSE
        words := regexp_replace(
            lower(unaccent('public.unaccent'::regdictionary, normalize(value, NFKC))),
            '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u0300-\u036f\u2000-\u206f\u2e00-\u2e7f\u3000-\u303f]+',
            ' ', 'g');
    END IF;
    RETURN CASE WHEN char_length(words) <= 64 THEN words ELSE regexp_replace(words, '(\S{64})\S+', '\1', 'g') END;
END
$$;

-- As in 0004; most ISBNs come as 13 digits.
CREATE OR REPLACE FUNCTION public.prepare_book() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.title := tidy(NEW.title);
    IF NEW.isbn13 !~ '^[0-9]{13}$' THEN
        NEW.isbn13 := coalesce(isbn13(NEW.isbn13), nullif(NEW.isbn13, ''));
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.sort_title := coalesce(nullif(NEW.sort_title, ''), sort_title(NEW.title, NEW.language));
    ELSIF NEW.sort_title IS NULL OR NEW.sort_title = ''
          OR (NEW.sort_title = OLD.sort_title AND OLD.sort_title = sort_title(OLD.title, OLD.language)) THEN
        NEW.sort_title := sort_title(NEW.title, NEW.language);
    END IF;
    RETURN NEW;
END
$$;

-- As in 0005, of books as they are given: rows of the table, or such as are about to be.  The plan is
-- kept, which for a batch is a tenth of the time, and looks parts up whatever size the tables had.
CREATE FUNCTION public.summarise_rows(rows public.books[])
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
                || search_vector(t.titles, 'B') || search_vector(t.descriptions, 'C')
                || search_tags(b.language, b.year, s.ids)
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
                  left(string_agg(d.description, ' ' ORDER BY d.language), 50000) AS descriptions
             FROM public.book_data AS d
            WHERE d.book_id = b.id AND d.deleted_at IS NULL) AS t;
END
$$;

CREATE OR REPLACE FUNCTION public.summarise_books(ids uuid[])
    RETURNS TABLE (id uuid, isbn13 text, title text, sort_title text, author_line text, language text, year integer,
                   categories text, deleted_at timestamptz, search tsvector, sort_author text)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.*
      FROM public.summarise_rows(ARRAY(SELECT b FROM public.books AS b WHERE b.id = ANY (ids))) AS s
$$;

-- New books whose parts are in place, each written once; the words of the vectors that come back are
-- still to be listed.  The caller silences the triggers that would summarise the books once more (0005).
CREATE FUNCTION public.add_whole_books(rows public.books[]) RETURNS SETOF tsvector
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH summary AS MATERIALIZED (
        SELECT s.*, b.subtitle, b.publisher
          FROM public.summarise_rows(rows) AS s JOIN unnest(rows) AS b ON b.id = s.id
    ), reference AS (
        INSERT INTO public.books_ref (id, isbn13, title, sort_title, author_line, language, year, categories)
        SELECT s.id, s.isbn13, s.title, s.sort_title, s.author_line, s.language, s.year, s.categories
          FROM summary AS s
    )
    INSERT INTO public.books (id, isbn13, title, sort_title, subtitle, language, year, publisher, search, sort_author)
    SELECT s.id, s.isbn13, s.title, s.sort_title, s.subtitle, s.language, s.year, s.publisher, s.search, s.sort_author
      FROM summary AS s
    RETURNING search;
END
$$;

-- As list_words() (0012) does for the statement that brought these vectors.
CREATE FUNCTION public.add_words(vectors tsvector[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.book_words (word)
    SELECT w.word
      FROM (SELECT DISTINCT unnest(tsvector_to_array(v)) COLLATE "C" AS word FROM unnest(vectors) AS v) AS w
     WHERE w.word !~ '^=' AND w.word !~ '[0-9]' AND char_length(w.word) BETWEEN 3 AND 30
       AND NOT EXISTS (SELECT FROM public.book_words AS b WHERE b.word = w.word)
     ORDER BY w.word
    ON CONFLICT (word) DO NOTHING;
END
$$;

-- As in 0001, in one statement.
CREATE OR REPLACE FUNCTION public.lock_keys(VARIADIC keys text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(3, k.key)
       FROM (SELECT DISTINCT hashtext(k) AS key FROM unnest(keys) AS k WHERE k IS NOT NULL ORDER BY 1 OFFSET 0) AS k;
END
$$;

-- As in 0013, all rows in one statement.
CREATE OR REPLACE FUNCTION public.import_rows(batch jsonb) RETURNS public.import_row[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(batch) IS DISTINCT FROM 'array' OR jsonb_array_length(batch) > 2000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'A batch of books must be a JSON array of at most 2000 rows.',
            HINT = 'Send the file in several batches.';
    END IF;
    RETURN ARRAY(
        WITH tidied AS MATERIALIZED (
            SELECT r.line, r.id,
                   CASE WHEN isbn13_valid(r.isbn13) THEN r.isbn13
                        ELSE coalesce(isbn13(r.isbn13), nullif(btrim(r.isbn13), '')) END AS isbn13,
                   r.isbn_guessed, tidy(r.title) AS title, nullif(tidy(r.subtitle), '') AS subtitle,
                   tidy_names(r.authors) AS authors, r.year, nullif(r.language, '') AS language,
                   array_append(r.languages, nullif(r.language, '')) AS languages,
                   nullif(tidy(r.publisher), '') AS publisher, nullif(tidy(r.other_title), '') AS other_title,
                   tidy_names(r.categories) AS categories, r.first_line, r.title_seen
              FROM jsonb_populate_recordset(NULL::public.import_row, batch) AS r
        ), known AS (
            SELECT t.*, import_problem(ROW(t.*, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS problem
              FROM tidied AS t
        )
        SELECT ROW(k.line, k.id, k.isbn13, k.isbn_guessed, k.title, k.subtitle, k.authors, k.year, k.language,
                   k.languages, k.publisher, k.other_title, k.categories, k.first_line, k.title_seen,
                   CASE WHEN k.problem IS NOT NULL THEN 'rejected' END, k.problem,
                   NULL, NULL, NULL, NULL, NULL, NULL)::public.import_row
          FROM known AS k);
END
$$;

-- Says of every row what is to become of it, with the books it is about locked.  As in 0013, with the
-- looks for all rows in one statement: an id finds its book whatever else the row says; the same ISBN
-- is the same book; a row without one is the book of the same title, first author and year, at best
-- one that has no ISBN either; and a row with an ISBN gives it to such a book, unless the file has both.
CREATE OR REPLACE FUNCTION public.import_plan(rows public.import_row[]) RETURNS public.import_row[]
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    result public.import_row[];
BEGIN
    WITH asked AS MATERIALIZED (
        -- Two books whose lost digits differ look the same: the ISBN is in doubt, the book is not.
        SELECT r.line, r.id, CASE WHEN g.id IS NULL THEN r.isbn13 END AS isbn13, r.isbn_guessed, r.title, r.subtitle,
               r.authors, r.year, r.language, r.languages, r.publisher, r.other_title, r.categories,
               CASE WHEN g.id IS NULL THEN r.first_line END AS first_line, r.title_seen, r.outcome,
               CASE WHEN g.id IS NULL THEN r.reason ELSE 'guess_taken' END AS reason, g.title AS other, r.ordinality
          FROM unnest(rows) WITH ORDINALITY AS r
          LEFT JOIN public.books AS g
                 ON r.outcome IS NULL AND r.isbn_guessed AND g.isbn13 = r.isbn13 AND g.deleted_at IS NULL
                AND g.title <> r.title AND g.id IS DISTINCT FROM r.id
    ), matched AS MATERIALIZED (
        SELECT a.*, coalesce(CASE WHEN i.deleted_at IS NULL THEN i.id END, n.id, t.id) AS book, i.id IS NOT NULL AS has_id
          FROM asked AS a
          LEFT JOIN public.books AS i ON a.outcome IS NULL AND i.id = a.id
          LEFT JOIN public.books AS n ON a.outcome IS NULL AND n.isbn13 = a.isbn13 AND n.deleted_at IS NULL
          LEFT JOIN LATERAL (
                SELECT b.id
                  FROM public.books AS b
                 WHERE a.outcome IS NULL AND (i.id IS NULL OR i.deleted_at IS NOT NULL) AND n.id IS NULL
                   AND (a.isbn13 IS NULL OR a.title_seen IS NOT TRUE)
                   AND b.title = a.title
                   AND b.year IS NOT DISTINCT FROM a.year
                   AND b.deleted_at IS NULL
                   AND (a.isbn13 IS NULL OR b.isbn13 IS NULL)
                   AND a.authors[1] IS NOT DISTINCT FROM (
                       SELECT w.name
                         FROM public.author_book AS ab
                         JOIN public.authors AS w ON w.id = ab.author_id
                        WHERE ab.book_id = b.id AND ab.deleted_at IS NULL
                        ORDER BY ab.position, w.name
                        LIMIT 1)
                 ORDER BY b.isbn13 IS NOT NULL, b.created_at, b.id
                 LIMIT 1) AS t ON true
    ), named AS (
        SELECT m.*,
               CASE WHEN m.book IS NOT NULL THEN m.book WHEN m.id IS NULL OR m.has_id THEN uuid_v7() ELSE m.id END AS own_id,
               CASE WHEN m.book IS NOT NULL THEN m.book::text
                    ELSE coalesce(m.isbn13, concat_ws(E'\n', m.title, coalesce(m.authors[1], ''), m.year)) END AS key
          FROM matched AS m
    ), judged AS (
        -- A row that is known to come second is only compared, see import_compare().
        SELECT n.*, n.outcome IS NULL AND (n.book IS NULL OR n.first_line IS NULL)
                    AND row_number() OVER (PARTITION BY n.key, n.outcome ORDER BY n.ordinality) > 1 AS is_twice
          FROM named AS n
    )
    SELECT array_agg(ROW(j.line, CASE WHEN j.outcome IS NULL THEN j.own_id ELSE j.id END, j.isbn13, j.isbn_guessed,
                         j.title, j.subtitle, j.authors, j.year, j.language, j.languages, j.publisher, j.other_title,
                         j.categories, j.first_line, j.title_seen,
                         CASE WHEN j.is_twice THEN 'rejected' WHEN j.book IS NULL THEN coalesce(j.outcome, 'added')
                              ELSE j.outcome END,
                         CASE WHEN j.is_twice THEN 'twice' ELSE j.reason END,
                         CASE WHEN j.is_twice THEN j.first_line::text ELSE j.other END,
                         j.book IS NULL, NULL, NULL, NULL, NULL)::public.import_row ORDER BY j.ordinality)
      INTO result
      FROM judged AS j;

    -- One order for all, and nobody changes a book between the look and the change.
    PERFORM FROM public.books AS b
      WHERE b.id IN (SELECT t.id FROM unnest(result) AS t WHERE t.outcome IS NULL) ORDER BY b.id FOR NO KEY UPDATE;
    RETURN ARRAY(
        SELECT CASE WHEN t.outcome IS NULL THEN import_compare(t::public.import_row) ELSE t::public.import_row END
          FROM unnest(result) AS t);
END
$$;
DROP FUNCTION public.import_match(public.import_row);

-- As in 0013, with plans that are kept.
CREATE OR REPLACE FUNCTION public.import_names(rows public.import_row[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
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
END
$$;

-- As in 0013, but that each book is written when its parts are there.  Returns what add_whole_books() does.
DROP FUNCTION public.import_add(public.import_row[]);
CREATE FUNCTION public.import_add(rows public.import_row[]) RETURNS SETOF tsvector
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    SET CONSTRAINTS public.author_book_book_id_fkey, public.category_book_book_id_fkey, public.book_data_book_id_fkey DEFERRED;
    WITH named AS MATERIALIZED (
        SELECT DISTINCT ON (a.name) a.name, a.id
          FROM public.authors AS a
         WHERE a.name IN (SELECT n.name FROM unnest(rows) AS r CROSS JOIN unnest(r.authors) AS n (name))
           AND a.deleted_at IS NULL
         ORDER BY a.name, a.created_at, a.id
    )
    INSERT INTO public.author_book (book_id, author_id, position)
    SELECT r.id, w.id, n.place
      FROM unnest(rows) AS r
     CROSS JOIN LATERAL unnest(r.authors) WITH ORDINALITY AS n (name, place)
      JOIN named AS w ON w.name = n.name;
    INSERT INTO public.category_book (book_id, category_id)
    SELECT DISTINCT r.id, c.id
      FROM unnest(rows) AS r
     CROSS JOIN LATERAL unnest(r.categories) AS n (name)
      JOIN public.book_categories AS c ON lower(c.name) = lower(n.name) AND c.deleted_at IS NULL;
    INSERT INTO public.book_data (book_id, language, title)
    SELECT r.id, 'und', r.other_title FROM unnest(rows) AS r WHERE r.other_title IS NOT NULL;
    RETURN QUERY SELECT * FROM public.add_whole_books(ARRAY(
        SELECT ROW(r.id, r.isbn13, r.title, sort_title(r.title, r.language), r.subtitle, r.language, r.year, r.publisher,
                   '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::public.books
          FROM unnest(rows) AS r));
END
$$;

-- As in 0013, but that books which are added are summarised as they are written.
CREATE OR REPLACE FUNCTION public.import_books(batch jsonb)
    RETURNS TABLE (line integer, outcome text, reason text, other text, id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    -- Plans are kept while a library grows from nothing; one made for an empty table reads it whole, for each row.
    SET enable_seqscan = off
AS $$
DECLARE
    rows    public.import_row[];
    added   public.import_row[];
    changed uuid[];
    vectors tsvector[];
BEGIN
    PERFORM public.require_right_somewhere('catalogue');
    rows := public.import_rows(batch);

    -- Two batches at a time: their keys are many, and a server has not locks for several such.  Whoever adds
    -- one book only waits for its keys.  Names that are there stay, so they need none.
    IF NOT pg_try_advisory_xact_lock(6, 0) THEN
        PERFORM pg_advisory_xact_lock(6, 1);
    END IF;
    PERFORM public.lock_keys(VARIADIC ARRAY(
        SELECT 'title:' || r.title FROM unnest(rows) AS r WHERE r.outcome IS NULL
        UNION ALL
        SELECT 'isbn:' || r.isbn13 FROM unnest(rows) AS r WHERE r.outcome IS NULL AND r.isbn13 IS NOT NULL
        UNION ALL
        SELECT 'author:' || n.name
          FROM (SELECT DISTINCT unnest(r.authors) AS name FROM unnest(rows) AS r WHERE r.outcome IS NULL) AS n
         WHERE NOT EXISTS (SELECT FROM public.authors AS a WHERE a.name = n.name AND a.deleted_at IS NULL)
        UNION ALL
        SELECT 'category:' || n.name
          FROM (SELECT DISTINCT lower(unnest(r.categories)) AS name FROM unnest(rows) AS r WHERE r.outcome IS NULL) AS n
         WHERE NOT EXISTS (SELECT FROM public.book_categories AS c WHERE lower(c.name) = n.name AND c.deleted_at IS NULL)));

    rows := public.import_plan(rows);
    IF EXISTS (SELECT FROM unnest(rows) AS r WHERE r.outcome IN ('added', 'updated')) THEN
        added := ARRAY(SELECT r::public.import_row FROM unnest(rows) AS r WHERE r.outcome = 'added');
        changed := ARRAY(SELECT r.id FROM unnest(rows) AS r WHERE r.outcome = 'updated');
        INSERT INTO public.summaries_later (txid) VALUES (txid_current());
        PERFORM public.import_names(ARRAY(
            SELECT r::public.import_row FROM unnest(rows) AS r WHERE r.outcome IN ('added', 'updated')));
        IF cardinality(changed) > 0 THEN
            PERFORM public.import_change(ARRAY(
                SELECT r::public.import_row FROM unnest(rows) AS r WHERE r.outcome = 'updated'));
        END IF;
        vectors := ARRAY(SELECT public.import_add(added));
        DELETE FROM public.summaries_later AS l WHERE l.txid = txid_current();
        -- All words in one statement, so that two batches never wait for one another in a circle.
        PERFORM public.add_words(vectors || ARRAY(SELECT s.search FROM public.summarise_books(changed) AS s));
        IF cardinality(changed) > 0 THEN
            PERFORM public.refresh_books(changed);
        END IF;
    END IF;
    RETURN QUERY
        SELECT r.line, r.outcome, r.reason, r.other, CASE WHEN r.outcome <> 'rejected' THEN r.id END
          FROM unnest(rows) AS r;
END
$$;

REVOKE ALL ON FUNCTION
    public.record_added(), public.summarise_rows(public.books[]), public.add_whole_books(public.books[]),
    public.add_words(tsvector[]), public.import_add(public.import_row[])
FROM PUBLIC;
