-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Reading the catalogue: lists of any length in pages, and how many books each
-- filter would leave.
--
-- Measured with a million books, two busy cores and 64 MB of shared buffers: a page
-- of 100 books takes 2 ms for nothing typed, 6 to 9 ms for "t", "th", "the" and
-- "love", 28 ms for "harry potter" (ranked), 190 ms where 16000 books have to be read
-- because they stand together at the end; one piece of the page ends 45 ms; the
-- facets 30 to 60 ms.

-- The years of a range as terms of books.search, whole decades as one term each.
CREATE FUNCTION public.year_terms(first_year integer, last_year integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    -- A range without a year, such as one that ends before it begins, finds nothing.
    SELECT coalesce(string_agg(quote_literal(t.term), ' | '),
                    CASE WHEN coalesce(first_year, last_year) IS NOT NULL THEN quote_literal('=y') END)
      FROM (SELECT DISTINCT CASE WHEN d.decade >= r.low AND d.decade + 9 <= r.high THEN '=d' || d.decade
                                 ELSE '=y' || y END AS term
              FROM (SELECT greatest(coalesce(first_year, -5000), -5000) AS low,
                           least(coalesce(last_year, 2999), 2999) AS high
                     WHERE coalesce(first_year, last_year) IS NOT NULL) AS r,
                   generate_series(r.low, r.high) AS y,
                   LATERAL (SELECT floor(y / 10.0)::integer * 10 AS decade) AS d) AS t
$$;

-- What is asked for: all of the words, and of each kind of filter one.  A filter is
-- {"languages": ["eng"], "categories": [id], "decades": [1980], "from": 1950, "to":
-- 1999}; what is left out does not filter.  NULL when nothing is asked for.
CREATE FUNCTION public.book_terms(query text, filter jsonb) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    terms  tsquery := public.search_query(query);
    groups text[] := ARRAY[
        (SELECT string_agg(quote_literal('=l' || f), ' | ')
           FROM jsonb_array_elements_text(filter -> 'languages') AS f WHERE f ~ '^[a-z]{2,3}$'),
        (SELECT string_agg(quote_literal('=c' || f::uuid), ' | ')
           FROM jsonb_array_elements_text(filter -> 'categories') AS f),
        (SELECT string_agg(quote_literal('=d' || f::integer), ' | ')
           FROM jsonb_array_elements_text(filter -> 'decades') AS f),
        public.year_terms((filter ->> 'from')::integer, (filter ->> 'to')::integer)];
    one    text;
BEGIN
    FOREACH one IN ARRAY groups LOOP
        IF one IS NOT NULL THEN
            terms := CASE WHEN terms IS NULL THEN one::tsquery ELSE terms && one::tsquery END;
        END IF;
    END LOOP;
    RETURN terms;
END
$$;

-- How a list is read, as parts of a statement over public.books AS b.
CREATE TYPE public.book_list AS (
    condition text, -- which books
    walks     boolean, -- read in the order of the list, taking what matches
    number    text, -- the key is (number, name, title, id), ascending in all
    rank      text, -- the number where at most 3000 books match
    name      text,
    ordering  text, -- of an index
    split     text  -- where walking needs two parts: those that come first
);

-- Few matches are all read through the index of the words and then sorted.  Where
-- many are expected, the books are read in the order of the list instead, and those
-- that match are taken: it costs the less the more match.  The planner knows how
-- frequent the frequent words are; a look at the first 1000 books of the list tells
-- whether the matches lie everywhere (Russian titles stand at the end, and two
-- frequent words need not meet).
--
-- A last word of one or two letters begins too many words to be looked up ("love s"
-- took 700 ms): the words before it are, and it is compared book by book.
--
-- The orders are 'title', 'author', 'newest' and 'best'.  Ranking reads every match
-- (270 ms for a word of 100000 books), so only up to 3000 matches are ranked; of
-- more, those whose title begins with the words come first.
CREATE FUNCTION public.plan_book_list(query text, filter jsonb, sort text) RETURNS public.book_list
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    list    public.book_list;
    words   tsquery := public.search_query(plan_book_list.query);
    terms   tsquery := public.book_terms(plan_book_list.query, plan_book_list.filter);
    wanted  text := public.isbn13(left(plan_book_list.query, 100));
    phrase  text := public.sort_title(lower(unaccent(tidy(left(plan_book_list.query, 200)))), 'eng');
    typed   text[] := string_to_array(btrim(search_words(left(plan_book_list.query, 1000))), ' ');
    before  tsquery;
    plan    json;
    matches integer;
BEGIN
    list.condition := CASE WHEN terms IS NULL THEN 'true' ELSE format('b.search @@ %L::tsquery', terms) END;
    IF cardinality(typed) > 1 AND char_length(typed[cardinality(typed)]) <= 2 THEN
        before := plainto_tsquery('simple', array_to_string(typed[:cardinality(typed) - 1], ' '));
        IF numnode(before) > 0 THEN
            before := coalesce(before && public.book_terms('', plan_book_list.filter), before);
            list.condition := format('b.search @@ %L::tsquery AND (%s) IS TRUE', before, list.condition);
        END IF;
    END IF;
    list.walks := terms IS NULL;
    list.number := '0';
    list.name := '''''';
    list.ordering := 'b.sort_title, b.id';
    IF wanted IS NOT NULL AND EXISTS (SELECT FROM public.books AS b WHERE b.isbn13 = wanted AND b.deleted_at IS NULL) THEN
        list.condition := format('b.isbn13 = %L', wanted);
        RETURN list;
    END IF;
    CASE plan_book_list.sort
        WHEN 'author' THEN
            list.name := 'b.sort_author';
            list.ordering := 'b.sort_author, b.sort_title, b.id';
        WHEN 'newest' THEN
            list.number := '(-coalesce(b.year, -9999))';
            list.ordering := '(-coalesce(b.year, -9999)), b.sort_title, b.id';
        ELSE NULL;
    END CASE;
    IF terms IS NOT NULL THEN
        EXECUTE 'EXPLAIN (FORMAT JSON) SELECT FROM public.books AS b WHERE ' || list.condition INTO plan;
        IF (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision > 10000 THEN
            EXECUTE format('SELECT count(*) FROM (SELECT b.search FROM public.books AS b WHERE b.deleted_at IS NULL '
                           'ORDER BY %s LIMIT 1000) AS b WHERE %s', list.ordering, list.condition) INTO matches;
            list.walks := matches >= 5;
        END IF;
    END IF;
    IF plan_book_list.sort = 'best' AND words IS NOT NULL THEN
        -- U+FFFF sorts behind everything.
        list.split := format('(b.sort_title >= %1$L AND b.sort_title < %1$L || U&''\FFFF'')', phrase);
        list.number := format('-(%s)::integer', list.split);
        list.rank := format('(-100000 * (%s)::integer - 10000 * ts_rank(b.search, %L::tsquery))::integer', list.split,
                            words);
    END IF;
    RETURN list;
END
$$;

-- The books that stand behind a key, without their summary.  A key without a title
-- means from the beginning, or, with a number, from the beginning of that number.
CREATE FUNCTION public.read_book_list(list public.book_list, after_number integer, after_name text, after_title text,
                                      after_id uuid, max_rows integer)
    RETURNS TABLE (number integer, name text, title text, id uuid)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    missing integer := max_rows;
BEGIN
    IF NOT list.walks THEN
        RETURN QUERY EXECUTE format(
            'WITH b AS MATERIALIZED (SELECT b.id, b.sort_title, b.sort_author, b.year, %1$s AS search '
            '  FROM public.books AS b WHERE %2$s AND b.deleted_at IS NULL), '
            'h AS (SELECT CASE WHEN (SELECT count(*) FROM b) <= 3000 THEN %3$s ELSE %4$s END AS number, '
            '  %5$s::text AS name, b.sort_title, b.id FROM b) SELECT h.* FROM h '
            'WHERE $3 IS NULL OR (h.number, h.name, h.sort_title, h.id) > ($1, coalesce($2, ''''), $3, $4) '
            'ORDER BY 1, 2, 3, 4 LIMIT $5', CASE WHEN list.rank IS NULL THEN 'NULL' ELSE 'b.search' END,
            list.condition, coalesce(list.rank, list.number), list.number, list.name)
            USING after_number, after_name, after_title, after_id, max_rows;
    ELSIF list.split IS NULL THEN
        RETURN QUERY EXECUTE public.walk_statement(list, 'true', after_title IS NOT NULL)
            USING after_number, after_name, after_title, after_id, max_rows;
    ELSE
        IF coalesce(after_number, -1) = -1 THEN
            RETURN QUERY EXECUTE public.walk_statement(list, list.split, after_title IS NOT NULL)
                USING after_number, after_name, after_title, after_id, missing;
            GET DIAGNOSTICS missing = ROW_COUNT;
            missing := max_rows - missing;
            after_title := NULL;
        END IF;
        IF missing > 0 THEN
            RETURN QUERY EXECUTE public.walk_statement(list, 'NOT ' || list.split, after_title IS NOT NULL)
                USING after_number, after_name, after_title, after_id, missing;
        END IF;
    END IF;
END
$$;

CREATE FUNCTION public.behind_key(list public.book_list) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT format('(%s) > (%s)', list.ordering,
                  CASE WHEN list.name <> '''''' THEN '$2, $3, $4'
                       WHEN list.ordering LIKE '(-%' THEN '$1, $3, $4' ELSE '$3, $4' END)
$$;

-- IS TRUE keeps the planner from reading all matches through the index of words.
CREATE FUNCTION public.walk_statement(list public.book_list, part text, is_behind boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT format('SELECT %s, %s::text, b.sort_title, b.id FROM public.books AS b '
                  'WHERE b.deleted_at IS NULL AND (%s) IS TRUE AND %s%s ORDER BY %s LIMIT $5',
                  list.number, list.name, list.condition, part,
                  CASE WHEN is_behind THEN ' AND ' || public.behind_key(list) ELSE '' END, list.ordering)
$$;

-- One page of a list: the `max_rows` books behind a key, from the beginning when
-- there is no key.
CREATE FUNCTION public.book_page(query text, filter jsonb, sort text, after_number integer, after_name text,
                                 after_title text, after_id uuid, max_rows integer)
    RETURNS TABLE (id uuid, title text, author_line text, year integer, language text, isbn13 text, publisher text,
                   categories text, number integer, name text, sort_title text)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT b.id, b.title, r.author_line, b.year, b.language, b.isbn13, b.publisher, r.categories, k.number, k.name,
               k.title
          FROM public.read_book_list(public.plan_book_list(query, filter, sort), after_number, after_name, after_title,
                                     after_id, least(greatest(coalesce(max_rows, 100), 0), 10000))
               WITH ORDINALITY AS k (number, name, title, id, place)
          JOIN public.books AS b ON b.id = k.id
          JOIN public.books_ref AS r ON r.id = k.id
         ORDER BY k.place;
END
$$;

-- Where the pages of a list end, piece by piece, so that no call takes long.  Rows
-- of state 'page' are the keys of the rows number page_rows, 2 × page_rows …, with
-- that number.  The last row says how to go on: 'more' with the key and the number
-- of books until there, to be given to the next call, or 'end' with the length of
-- the list and the key of its last book.
CREATE FUNCTION public.book_page_ends(query text, filter jsonb, sort text, page_rows integer, after_number integer,
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
    IF NOT list.walks THEN
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
        list.number, list.name, list.condition, part,
        CASE WHEN after_title IS NOT NULL THEN ' AND ' || public.behind_key(list) ELSE '' END, list.ordering)
        USING after_number, after_name, after_title, after_id, piece, coalesce(counted, 0), page_rows, ended;
END
$$;

-- How many books each further filter would leave: of 'language', 'category' and
-- 'decade' the values, with the number of books that match the words and the filters
-- of the other kinds.  At most 3000 books are looked at; is_more says that there are
-- more, so that each number is the least it can be.  The values stand among the words
-- of a book, so nothing but that one row is read (category_book would cost 5 times
-- as much).
CREATE FUNCTION public.book_facets(query text, filter jsonb)
    RETURNS TABLE (facet text, value text, label text, books integer, is_more boolean)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    kinds text[] := '{}';
    kind  record;
BEGIN
    filter := coalesce(filter, '{}');
    -- One look serves all kinds that are not filtered by.
    FOR kind IN SELECT * FROM (VALUES ('=l', '{languages}'::text[]), ('=c', '{categories}'),
                                      ('=d', '{decades,from,to}')) AS k (tag, own) LOOP
        IF filter ?| kind.own THEN
            RETURN QUERY SELECT * FROM public.count_tags(query, filter - kind.own, ARRAY[kind.tag]);
        ELSE
            kinds := kinds || kind.tag;
        END IF;
    END LOOP;
    IF cardinality(kinds) > 0 THEN
        RETURN QUERY SELECT * FROM public.count_tags(query, filter, kinds);
    END IF;
END
$$;

CREATE FUNCTION public.count_tags(query text, filter jsonb, kinds text[])
    RETURNS TABLE (facet text, value text, label text, books integer, is_more boolean)
    LANGUAGE plpgsql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    list public.book_list := public.plan_book_list(query, filter, 'title');
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH sample AS MATERIALIZED (SELECT b.search FROM public.books AS b '
        '  WHERE %s AND b.deleted_at IS NULL LIMIT 3001), '
        'tags AS (SELECT left(t.tag, 2) AS kind, substr(t.tag, 3) AS value, count(*)::integer AS books '
        '  FROM sample AS s, unnest(tsvector_to_array(s.search)) AS t (tag) '
        '  WHERE left(t.tag, 2) = ANY ($1) GROUP BY 1, 2), '
        'ranked AS (SELECT t.*, row_number() OVER (PARTITION BY t.kind ORDER BY t.books DESC, t.value) AS place '
        '  FROM tags AS t) '
        'SELECT CASE r.kind WHEN ''=l'' THEN ''language'' WHEN ''=c'' THEN ''category'' ELSE ''decade'' END, '
        '       r.value, coalesce(c.name, ''''), r.books, (SELECT count(*) > 3000 FROM sample) '
        '  FROM ranked AS r '
        '  LEFT JOIN public.book_categories AS c ON r.kind = ''=c'' AND c.id::text = r.value '
        ' WHERE r.place <= 40 ORDER BY r.kind, r.place', list.condition) USING kinds;
END
$$;

GRANT EXECUTE ON FUNCTION
    public.book_page(text, jsonb, text, integer, text, text, uuid, integer),
    public.book_page_ends(text, jsonb, text, integer, integer, text, text, uuid, integer),
    public.book_facets(text, jsonb)
TO branchline_staff;
