#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Loads books into the main database of a library, for measuring with many of them:
#
#     tests/bench/load_books.sh FOLDER DATABASE_URL [CTL]
#
# FOLDER holds authors.csv, categories.csv, books.csv, book_translations.csv, book_authors.csv and
# book_categories.csv (authors: id, name, filed name …; see the column lists below). DATABASE_URL is the superuser's
# address of the main database, as `branchlinectl local status --json` tells it. Ends with 77 when there is no
# such folder. The history of these rows is not written, since that takes most of the time; everything else
# (summary, words, filters) is made by the functions that every change runs through.
set -eu

folder=${1:?usage: load_books.sh FOLDER DATABASE_URL}
url=${2:?usage: load_books.sh FOLDER DATABASE_URL}
if [ ! -r "$folder/books.csv" ]; then
    echo "There is no $folder/books.csv; nothing is loaded." >&2
    exit 77
fi
cd "$folder"

psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 "$url" <<'SQL'
\timing on
DROP SCHEMA IF EXISTS staging CASCADE;
CREATE SCHEMA staging;
CREATE UNLOGGED TABLE staging.authors (id uuid, name text, sort_name text, born integer, died integer);
CREATE UNLOGGED TABLE staging.categories (id uuid, parent uuid, code text, name text);
CREATE UNLOGGED TABLE staging.books (id uuid, isbn13 text, isbn10 text, title text, subtitle text, language text,
                                     year integer, publisher text, pages integer, created_at timestamptz);
CREATE UNLOGGED TABLE staging.translations (book_id uuid, language text, title text, description text);
CREATE UNLOGGED TABLE staging.author_book (book_id uuid, author_id uuid, position integer, role text);
CREATE UNLOGGED TABLE staging.category_book (book_id uuid, category_id uuid);
\copy staging.authors FROM 'authors.csv' CSV HEADER
\copy staging.categories FROM 'categories.csv' CSV HEADER
\copy staging.books FROM 'books.csv' CSV HEADER
\copy staging.translations FROM 'book_translations.csv' CSV HEADER
\copy staging.author_book FROM 'book_authors.csv' CSV HEADER
\copy staging.category_book FROM 'book_categories.csv' CSV HEADER
ANALYZE staging.books, staging.author_book, staging.category_book;

SET session_replication_role = replica;
BEGIN;
INSERT INTO public.authors (id, name, sort_name, created_at, updated_at, row_version)
SELECT id, public.tidy(name), public.tidy(sort_name), now(), now(), 1 FROM staging.authors;
INSERT INTO public.book_categories (id, name, created_at, updated_at, row_version)
SELECT id, name, now(), now(), 1 FROM staging.categories
ON CONFLICT (lower(name)) WHERE deleted_at IS NULL DO NOTHING;
INSERT INTO public.books (id, isbn13, title, sort_title, subtitle, language, year, publisher,
                          created_at, updated_at, row_version)
SELECT id, isbn13, public.tidy(title), public.sort_title(public.tidy(title), language), subtitle,
       language, year, publisher, now(), now(), 1
  FROM staging.books;
INSERT INTO public.author_book (book_id, author_id, role, position, created_at, updated_at, row_version)
SELECT book_id, author_id, role, min(position), now(), now(), 1 FROM staging.author_book GROUP BY 1, 2, 3;
INSERT INTO public.category_book (book_id, category_id, created_at, updated_at, row_version)
SELECT DISTINCT s.book_id, c.id, now(), now(), 1
  FROM staging.category_book AS s
  JOIN staging.categories AS n ON n.id = s.category_id
  JOIN public.book_categories AS c ON lower(c.name) = lower(n.name);
INSERT INTO public.book_data (book_id, language, title, description, created_at, updated_at, row_version)
SELECT book_id, language, title, description, now(), now(), 1 FROM staging.translations;
COMMIT;
RESET session_replication_role;
ANALYZE;

-- In pieces, as an import does it.
DO $$
DECLARE
    after uuid;
BEGIN
    LOOP
        after := public.refresh_books_after(after, 20000);
        EXIT WHEN after IS NULL;
        COMMIT;
    END LOOP;
END
$$;
DROP SCHEMA staging CASCADE;
VACUUM ANALYZE;
SQL
