-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The catalogue: books (title records), their authors, categories,
-- translations and source records.

CREATE FUNCTION public.isbn13_valid(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN value ~ '^97[89][0-9]{10}$' THEN
    (SELECT sum(pg_catalog.substr(value, n, 1)::integer * CASE WHEN n % 2 = 1 THEN 1 ELSE 3 END)
       FROM pg_catalog.generate_series(1, 13) AS n) % 10 = 0
    ELSE false END;

-- The check digit of ISBN-10 is 0 to 9 or X, for ten.
CREATE FUNCTION public.isbn10_valid(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN value ~ '^[0-9]{9}[0-9X]$' THEN
    (SELECT sum(pg_catalog.replace(pg_catalog.substr(value, n, 1), 'X', '10')::integer * (11 - n))
       FROM pg_catalog.generate_series(1, 10) AS n) % 11 = 0
    ELSE false END;

-- An ISBN as people write it, as 13 digits; NULL when it is not a valid ISBN.
CREATE FUNCTION public.isbn13(value text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    digits text := upper(translate(value, E'- \t\u2010\u2011\u2012\u2013', ''));
    stem   text;
    total  integer;
BEGIN
    IF isbn13_valid(digits) THEN
        RETURN digits;
    ELSIF NOT isbn10_valid(digits) THEN
        RETURN NULL;
    END IF;
    stem := '978' || left(digits, 9);
    SELECT sum(substr(stem, n, 1)::integer * CASE WHEN n % 2 = 1 THEN 1 ELSE 3 END) INTO total
      FROM generate_series(1, 12) AS n;
    RETURN stem || (10 - total % 10) % 10;
END
$$;

-- The title without the article that is not filed, in the languages that have
-- one.  A title that is nothing but an article keeps it.  Cut to what fits an
-- index entry.
CREATE FUNCTION public.sort_title(title text, language text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog."left"(pg_catalog.regexp_replace(
    title,
    CASE
        WHEN coalesce(language, 'eng') IN ('en', 'eng') THEN '^(the|an?)\s+(?=\S)'
        WHEN language IN ('de', 'ger', 'deu') THEN '^(der|die|das|den|dem|des|eine?[mnrs]?)\s+(?=\S)'
        WHEN language IN ('fr', 'fre', 'fra') THEN '^((les?|la|une?|des)\s+|l[''’]\s*)(?=\S)'
        WHEN language IN ('es', 'spa') THEN '^(el|l[ao]s?|un[ao]?s?)\s+(?=\S)'
        WHEN language IN ('it', 'ita') THEN '^((il|l[aoe]|gli|i|un[ao]?)\s+|(l|un)[''’]\s*)(?=\S)'
        WHEN language IN ('pt', 'por') THEN '^([ao]s?|uma?s?|uns)\s+(?=\S)'
        WHEN language IN ('nl', 'dut', 'nld') THEN '^(de|het|een|''[nt])\s+(?=\S)'
        ELSE '^(?!)'
    END,
    '', 'i'), 250);

CREATE TABLE public.authors (
    id        uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    name      text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 300),
    sort_name text NOT NULL CHECK (char_length(sort_name) <= 301),
    LIKE public.row_stamp
);

CREATE INDEX authors_name ON public.authors (name);
CREATE INDEX authors_sort ON public.authors (sort_name, id) WHERE deleted_at IS NULL;

CREATE TABLE public.books (
    id         uuid     NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    isbn13     text     CONSTRAINT books_isbn13_check_digit CHECK (public.isbn13_valid(isbn13)),
    title      text     NOT NULL CHECK (btrim(title) <> '' AND char_length(title) <= 2000),
    sort_title text     NOT NULL CHECK (char_length(sort_title) <= 250),
    subtitle   text     CHECK (btrim(subtitle) <> '' AND char_length(subtitle) <= 2000),
    language   text     CHECK (language ~ '^[a-z]{2,3}$'),
    year       integer  CHECK (year BETWEEN -5000 AND 2999),
    publisher  text     CHECK (btrim(publisher) <> ''),
    search     tsvector NOT NULL DEFAULT ''::tsvector,
    sort_author text    NOT NULL DEFAULT '',
    LIKE public.row_stamp
);

COMMENT ON COLUMN public.books.search IS 'Derived by 0005: the words to search for, and what can be filtered by';
COMMENT ON COLUMN public.books.sort_author IS 'Derived by 0005: the first author as filed';

-- One live book per ISBN; many books have none.
CREATE UNIQUE INDEX books_isbn13 ON public.books (isbn13) WHERE deleted_at IS NULL;
-- The orders in which the catalogue can be read page by page; each ends with the
-- id, so that books of the same title have their places, too.  Newest first is
-- written as a negative year, since a key of several columns runs one way only.
CREATE INDEX books_sort ON public.books (sort_title, id) WHERE deleted_at IS NULL;
CREATE INDEX books_sort_author ON public.books (sort_author, sort_title, id) WHERE deleted_at IS NULL;
CREATE INDEX books_sort_year ON public.books ((-coalesce(year, -9999)), sort_title, id) WHERE deleted_at IS NULL;
CREATE INDEX books_title ON public.books USING hash (title) WHERE deleted_at IS NULL;

CREATE TABLE public.book_data (
    id          uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    book_id     uuid NOT NULL REFERENCES public.books ON DELETE CASCADE,
    language    text NOT NULL CHECK (language ~ '^[a-z]{2,3}$'),
    title       text CHECK (btrim(title) <> '' AND char_length(title) <= 2000),
    description text,
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX book_data_language ON public.book_data (book_id, language) WHERE deleted_at IS NULL;
CREATE INDEX book_data_book ON public.book_data (book_id);

CREATE TABLE public.book_records (
    id      uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    book_id uuid NOT NULL REFERENCES public.books ON DELETE CASCADE,
    format  text NOT NULL CHECK (btrim(format) <> ''),
    record  text NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX book_records_book ON public.book_records (book_id);

CREATE TABLE public.book_categories (
    id   uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    name text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    LIKE public.row_stamp
);

-- "fantasy" and "Fantasy" are one category, written as it was first.
CREATE UNIQUE INDEX book_categories_name ON public.book_categories (lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE public.author_book (
    book_id   uuid     NOT NULL REFERENCES public.books ON DELETE CASCADE,
    author_id uuid     NOT NULL REFERENCES public.authors,
    role      text     NOT NULL DEFAULT 'author' CHECK (btrim(role) <> ''),
    position  smallint NOT NULL DEFAULT 1 CHECK (position > 0),
    LIKE public.row_stamp,
    PRIMARY KEY (book_id, author_id, role)
);

CREATE INDEX author_book_author ON public.author_book (author_id);

CREATE TABLE public.category_book (
    book_id     uuid NOT NULL REFERENCES public.books ON DELETE CASCADE,
    category_id uuid NOT NULL REFERENCES public.book_categories,
    LIKE public.row_stamp,
    PRIMARY KEY (book_id, category_id)
);

CREATE INDEX category_book_category ON public.category_book (category_id);

-- What the functions do for the program, this does for a row typed in psql: an
-- ISBN is stored as 13 digits, and a book always has a sort title.
CREATE FUNCTION public.prepare_book() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.title := tidy(NEW.title);
    NEW.isbn13 := coalesce(isbn13(NEW.isbn13), nullif(NEW.isbn13, ''));
    IF TG_OP = 'INSERT' THEN
        NEW.sort_title := coalesce(nullif(NEW.sort_title, ''), sort_title(NEW.title, NEW.language));
    ELSIF NEW.sort_title IS NULL OR NEW.sort_title = ''
          OR (NEW.sort_title = OLD.sort_title AND OLD.sort_title = sort_title(OLD.title, OLD.language)) THEN
        NEW.sort_title := sort_title(NEW.title, NEW.language);
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.prepare_author() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.name := tidy(NEW.name);
    -- "Ursula K. Le Guin" is filed under her last word unless somebody says
    -- otherwise; a name with a comma is filed as it stands.
    IF NEW.sort_name IS NULL OR (TG_OP = 'UPDATE' AND NEW.name <> OLD.name AND NEW.sort_name = OLD.sort_name) THEN
        NEW.sort_name := CASE WHEN strpos(NEW.name, ',') > 0 THEN NEW.name
                              ELSE regexp_replace(NEW.name, '^(.+) (\S+)$', '\2, \1') END;
    END IF;
    RETURN NEW;
END
$$;

-- The parts of a book go with it: they have no meaning alone.
CREATE FUNCTION public.remove_book_parts() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.author_book SET deleted_at = now() WHERE book_id = NEW.id AND deleted_at IS NULL;
    UPDATE public.category_book SET deleted_at = now() WHERE book_id = NEW.id AND deleted_at IS NULL;
    UPDATE public.book_data SET deleted_at = now() WHERE book_id = NEW.id AND deleted_at IS NULL;
    UPDATE public.book_records SET deleted_at = now() WHERE book_id = NEW.id AND deleted_at IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER prepare BEFORE INSERT OR UPDATE OF isbn13, title, sort_title, language ON public.books
    FOR EACH ROW EXECUTE FUNCTION public.prepare_book();
CREATE TRIGGER remove_parts AFTER UPDATE OF deleted_at ON public.books
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
    EXECUTE FUNCTION public.remove_book_parts();
CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.authors
    FOR EACH ROW EXECUTE FUNCTION public.prepare_author();

-- books.search and sort_author are derived and kept by the triggers of 0005;
-- writing them alone is no new version of the book.
CREATE TRIGGER stamp
    BEFORE INSERT OR UPDATE OF id, isbn13, title, sort_title, subtitle, language, year, publisher,
        created_at, created_by, updated_at, updated_by, row_version, deleted_at, deleted_by
    ON public.books FOR EACH ROW EXECUTE FUNCTION public.stamp_row();
CREATE TRIGGER audit
    AFTER INSERT OR DELETE OR UPDATE OF id, isbn13, title, sort_title, subtitle, language, year, publisher,
        created_at, created_by, updated_at, updated_by, row_version, deleted_at, deleted_by
    ON public.books FOR EACH ROW EXECUTE FUNCTION public.record_change();

CALL public.keep_history('public.authors');
CALL public.keep_history('public.book_data');
CALL public.keep_history('public.book_records');
CALL public.keep_history('public.book_categories');
CALL public.keep_history('public.author_book', 'book_id');
CALL public.keep_history('public.category_book', 'book_id');
CALL public.forbid_delete('public.books');
