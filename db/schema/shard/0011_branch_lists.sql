-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The lists of a branch: its copies, its loans, its day.

-- LB001 for a branch that is not active here, so that a reader with an old
-- directory goes to the shard that has the branch now.  The epoch is not asked
-- for: what is read is right wherever the branch is active.
CREATE FUNCTION public.require_active(branch_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    here public.branch_placement;
BEGIN
    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = require_active.branch_id;
    IF here.state = 'active' THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'LB001',
        MESSAGE = CASE WHEN here.branch_id IS NULL THEN 'This shard does not hold the branch.'
                       ELSE format('The branch is %s here with epoch %s%s.', here.state, here.epoch,
                                   ', moved to ' || here.moved_to) END,
        DETAIL = jsonb_build_object('state', here.state, 'epoch', here.epoch, 'moved_to', here.moved_to)::text,
        HINT = 'Read the placement of the branch again and ask the shard that it names.';
END
$$;

-- The orders by title, author and name; all others are those of indexes that exist, or
-- of the copies and open loans of one branch.
CREATE INDEX books_ref_sort_title ON public.books_ref (sort_title, id);
CREATE INDEX books_ref_author_line ON public.books_ref (author_line, id);
CREATE INDEX users_ref_name ON public.users_ref ((family_name || ', ' || given_name), id);

-- A text as a filter compares it.
CREATE FUNCTION public.plain_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pg_catalog.lower(public.unaccent('public.unaccent'::regdictionary, value));

-- The words of a filter as patterns for LIKE; each of them has to match.
CREATE FUNCTION public.filter_patterns(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(pg_catalog.array_agg('%' || pg_catalog.regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%'), '{}')
      FROM pg_catalog.regexp_split_to_table(
               public.plain_text(pg_catalog."left"(coalesce(words, ''), 200)), '\s+') AS w (word)
     WHERE w.word <> '');

-- Half of a statement: the rows of a list with the columns id, sort_key, sort_tie
-- (which make the order, and of which the last is unique).  Parameters: $1 branch,
-- $2 filter, $3 and $4 bounds of a time.
CREATE TYPE public.list_source AS (
    statement    text,
    key_type     text,
    tie_type     text,
    from_time    timestamptz,
    before_time  timestamptz
);

-- The expression to sort by, or LB006.
CREATE FUNCTION public.sort_expression(sort text, known jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF known ->> sort IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('This list cannot be sorted by "%s".', sort),
            HINT = format('Choose one of: %s.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(known) AS k));
    END IF;
    RETURN known ->> sort;
END
$$;

-- A condition with its values in it, so that the planner knows how rare they are;
-- NULL, which leaves it out, without a filter.
CREATE FUNCTION public.one_of(expression text, wanted jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT pg_catalog.format('AND %s = ANY (%L)', expression, coalesce(pg_catalog.array_agg(w.value), '{}'))
          FROM pg_catalog.jsonb_array_elements_text(wanted) AS w (value)
        HAVING wanted IS NOT NULL);

CREATE FUNCTION public.ids_of_materials(codes jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN CASE WHEN codes IS NOT NULL THEN
        (SELECT coalesce(jsonb_agg(m.id), '[]') FROM public.material_types AS m WHERE codes ? m.code) END;
END
$$;

-- Copies by {"words", "status": [], "material": []}.
CREATE FUNCTION public.copies_source(filter jsonb, sort text) RETURNS public.list_source
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    by_words boolean := filter_patterns(filter ->> 'words') <> '{}';
    source   public.list_source;
BEGIN
    source.key_type := CASE sort WHEN 'status' THEN 'integer' WHEN 'place' THEN 'bigint' ELSE 'text' END;
    source.tie_type := 'text';
    source.statement := concat_ws(' ',
        'SELECT e.id,', sort_expression(sort, $json${
            "barcode": "e.barcode",
            "title": "r.sort_title",
            "author": "r.author_line",
            "status": "array_position('{available,lent,in_transit,lost,missing,damaged,withdrawn}'::text[], e.status)",
            "place": "coalesce(e.floor, 999) * 1000000000::bigint + coalesce(e.room, 9999) * 100000 + coalesce(e.bookshelf, 99999)"
        }$json$), 'AS sort_key, e.barcode AS sort_tie',
        'FROM public.physical_exemplars AS e',
        CASE WHEN by_words OR sort IN ('title', 'author') THEN 'JOIN public.books_ref AS r ON r.id = e.book_id' END,
        'WHERE e.branch_id = $1 AND e.deleted_at IS NULL',
        CASE WHEN by_words THEN
            'AND plain_text(r.title || '' '' || r.author_line || '' '' || e.barcode) LIKE ALL (filter_patterns($2 ->> ''words''))' END,
        one_of('e.status', filter -> 'status'),
        one_of('e.material_type_id', ids_of_materials(filter -> 'material')));
    RETURN source;
END
$$;

-- Open loans by {"words", "user_type": [], "material": [], "late_from", "late_to"};
-- kind: open, overdue, due_soon (until the end of the seventh day from today).
-- Only who may see patrons can look for their names and types.
CREATE FUNCTION public.loans_source(branch uuid, kind text, filter jsonb, sort text) RETURNS public.list_source
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    by_words   boolean := filter_patterns(filter ->> 'words') <> '{}';
    by_patron  boolean := has_right('desk', branch);
    zone       text := (SELECT b.timezone FROM public.branches AS b WHERE b.id = branch);
    today      date := (now() AT TIME ZONE zone)::date;
    source     public.list_source;
BEGIN
    IF filter ? 'user_type' THEN
        PERFORM require_right('desk', branch);
    END IF;
    source.from_time := greatest(CASE WHEN kind = 'due_soon' THEN now() END,
                                 (today - (filter ->> 'late_to')::integer)::timestamp AT TIME ZONE zone);
    source.before_time := least(CASE kind WHEN 'overdue' THEN now()
                                          WHEN 'due_soon' THEN (today + 8)::timestamp AT TIME ZONE zone END,
                                (today - (filter ->> 'late_from')::integer + 1)::timestamp AT TIME ZONE zone);
    source.key_type := CASE WHEN sort IN ('due', 'lent') THEN 'timestamptz' ELSE 'text' END;
    source.tie_type := 'uuid';
    source.statement := concat_ws(' ',
        'SELECT l.id,', sort_expression(sort, jsonb_build_object(
            'due', 'l.due_at', 'lent', 'l.lent_at', 'title', 'r.sort_title', 'author', 'r.author_line', 'barcode', 'e.barcode')
            || CASE WHEN by_patron THEN jsonb_build_object('patron', '(u.family_name || '', '' || u.given_name)') ELSE '{}' END),
        'AS sort_key, l.id AS sort_tie',
        'FROM public.book_lending AS l',
        CASE WHEN by_words OR sort IN ('title', 'author', 'barcode') OR filter ? 'material' THEN
            'JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id' END,
        CASE WHEN by_words OR sort IN ('title', 'author') THEN 'JOIN public.books_ref AS r ON r.id = e.book_id' END,
        CASE WHEN by_words OR sort = 'patron' OR filter ? 'user_type' THEN
            'JOIN public.users_ref AS u ON u.id = l.user_id' END,
        'WHERE l.branch_id = $1 AND l.returned_at IS NULL',
        CASE WHEN source.from_time IS NOT NULL THEN 'AND l.due_at >= $3' END,
        CASE WHEN source.before_time IS NOT NULL THEN 'AND l.due_at < $4' END,
        CASE WHEN by_words AND by_patron THEN
            'AND (plain_text(r.title || '' '' || r.author_line || '' '' || e.barcode || '' '' || u.display_name)'
            ' LIKE ALL (filter_patterns($2 ->> ''words'')) OR l.user_id = (SELECT c.user_id FROM public.user_cards AS c'
            ' WHERE c.card_number = tidy($2 ->> ''words'') AND c.deleted_at IS NULL))'
             WHEN by_words THEN
            'AND plain_text(r.title || '' '' || r.author_line || '' '' || e.barcode) LIKE ALL (filter_patterns($2 ->> ''words''))' END,
        one_of('u.user_type_id', CASE WHEN filter ? 'user_type' THEN (SELECT coalesce(jsonb_agg(t.id), '[]')
                   FROM public.user_types AS t WHERE filter -> 'user_type' ? t.code) END),
        one_of('e.material_type_id', ids_of_materials(filter -> 'material')));
    RETURN source;
END
$$;

-- What happened since the branch's midnight, by {"words", "kind": []}; sorted by time.
CREATE FUNCTION public.events_source(branch uuid, filter jsonb, sort text) RETURNS public.list_source
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    by_words boolean := filter_patterns(filter ->> 'words') <> '{}';
    zone     text := (SELECT b.timezone FROM public.branches AS b WHERE b.id = branch);
    source   public.list_source;
BEGIN
    source.from_time := (now() AT TIME ZONE zone)::date::timestamp AT TIME ZONE zone;
    source.key_type := 'timestamptz';
    source.tie_type := 'uuid';
    source.statement := concat_ws(' ',
        'SELECT v.id,', sort_expression(sort, '{"time": "v.at"}'), 'AS sort_key, v.id AS sort_tie',
        'FROM public.desk_event AS v',
        CASE WHEN by_words THEN
            'JOIN public.physical_exemplars AS e ON e.branch_id = v.branch_id AND e.id = v.exemplar_id'
            ' JOIN public.books_ref AS r ON r.id = e.book_id' END,
        'WHERE v.branch_id = $1 AND v.at >= $3',
        CASE WHEN by_words THEN
            'AND plain_text(r.title || '' '' || r.author_line || '' '' || e.barcode) LIKE ALL (filter_patterns($2 ->> ''words''))' END,
        one_of('v.kind', filter -> 'kind'));
    RETURN source;
END
$$;

-- The loans of a branch are for those who work there, whatever they do; to whom
-- they are lent is for its desk.
CREATE FUNCTION public.require_loans_right(branch uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT has_right('branch', branch) AND NOT has_right('patrons', branch) AND NOT has_right('reports', branch) THEN
        PERFORM require_right('desk', branch);
    END IF;
END
$$;

-- list: copies, open, overdue, due_soon, today.  Copies are for everybody.
CREATE FUNCTION public.branch_list_source(branch uuid, list text, filter jsonb, sort text) RETURNS public.list_source
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM require_active(branch);
    IF list = 'copies' THEN
        RETURN copies_source(filter, sort);
    ELSIF list = 'today' THEN
        PERFORM require_loans_right(branch);
        RETURN events_source(branch, filter, sort);
    ELSIF list IN ('open', 'overdue', 'due_soon') THEN
        PERFORM require_loans_right(branch);
        RETURN loans_source(branch, list, filter, sort);
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'LB006',
        MESSAGE = format('There is no list "%s" of a branch.', list),
        HINT = 'Ask for copies, open, overdue, due_soon or today.';
END
$$;

-- The ids of one page in the list's order: the first most rows behind the row
-- whose sort_key and sort_tie are given, or from the beginning.
CREATE FUNCTION public.branch_list_page(branch uuid, list text, filter jsonb, sort text, descending boolean, after text[],
                                        most integer)
    RETURNS TABLE (id uuid, sort_key text, sort_tie text, place bigint)
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
    SET jit = off
AS $$
DECLARE
    source  public.list_source := branch_list_source(branch, list, filter, sort);
    way     text := CASE WHEN descending THEN 'DESC' ELSE 'ASC' END;
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT s.id, s.sort_key::text, s.sort_tie::text, row_number() OVER () FROM (SELECT * FROM (%s) AS a %s '
        'ORDER BY a.sort_key %s, a.sort_tie %s LIMIT $7) AS s',
        source.statement,
        CASE WHEN after IS NOT NULL THEN
            format('WHERE (a.sort_key, a.sort_tie) %s ($5::%s, $6::%s)', CASE WHEN descending THEN '<' ELSE '>' END,
                   source.key_type, source.tie_type) END,
        way, way)
    USING branch, filter, source.from_time, source.before_time, after[1], after[2], least(greatest(most, 1), 1000);
END
$$;

-- Where the pages of a whole list end: the order of every page_rows-th row and of
-- the last one, whose place is the number of rows.
CREATE FUNCTION public.branch_list_keys(branch uuid, list text, filter jsonb, sort text, descending boolean,
                                        page_rows integer)
    RETURNS TABLE (sort_key text, sort_tie text, place bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET jit = off
AS $$
DECLARE
    source  public.list_source := branch_list_source(branch, list, filter, sort);
    way     text := CASE WHEN descending THEN 'DESC' ELSE 'ASC' END;
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT k.sort_key::text, k.sort_tie::text, k.place '
        '  FROM (SELECT a.sort_key, a.sort_tie, row_number() OVER w AS place, lead(true) OVER w IS NULL AS last '
        '          FROM (%s) AS a WINDOW w AS (ORDER BY a.sort_key %s, a.sort_tie %s)) AS k '
        ' WHERE k.place %% $5 = 0 OR k.last ORDER BY k.place',
        source.statement, way, way)
    USING branch, filter, source.from_time, source.before_time, greatest(page_rows, 1);
END
$$;

CREATE FUNCTION public.branch_copies(branch uuid, filter jsonb, sort text, descending boolean, after text[], most integer)
    RETURNS TABLE (id uuid, barcode text, book_id uuid, title text, author_line text, material text, status text,
                   floor integer, room integer, bookshelf integer, due_on date, since timestamptz, sort_key text,
                   sort_tie text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT e.id, e.barcode, e.book_id, r.title, r.author_line, m.name, e.status, e.floor, e.room, e.bookshelf,
           (l.due_at AT TIME ZONE b.timezone)::date, e.updated_at, p.sort_key, p.sort_tie
      FROM branch_list_page(branch, 'copies', filter, sort, descending, after, most) AS p
      JOIN public.physical_exemplars AS e ON e.branch_id = branch AND e.id = p.id
      JOIN public.books_ref AS r ON r.id = e.book_id
      JOIN public.material_types AS m ON m.id = e.material_type_id
      LEFT JOIN public.book_lending AS l
        ON l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL
      LEFT JOIN public.branches AS b ON b.id = l.lending_branch_id
     ORDER BY p.place;
END
$$;

-- patron, card and type are NULL for who may not see them.  late_days is 0 until
-- the loan is overdue; due_on is the day at the desk that lent.
CREATE FUNCTION public.branch_loans(branch uuid, kind text, filter jsonb, sort text, descending boolean, after text[],
                                    most integer)
    RETURNS TABLE (id uuid, copy_id uuid, barcode text, book_id uuid, title text, author_line text, material text,
                   patron_id uuid, patron text, card text, user_type text, lent_at timestamptz, due_at timestamptz,
                   due_on date, due_in integer, late_days integer, renewals integer, lending_branch_id uuid,
                   sort_key text, sort_tie text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    tells boolean := has_right('desk', branch);
BEGIN
    RETURN QUERY
    SELECT l.id, e.id, e.barcode, e.book_id, r.title, r.author_line, m.name,
           CASE WHEN tells THEN u.id END, CASE WHEN tells THEN u.display_name END,
           CASE WHEN tells THEN card_of(u.id) END, CASE WHEN tells THEN t.name END,
           l.lent_at, l.due_at, d.due_on, d.due_on - d.today,
           CASE WHEN l.due_at < now() THEN greatest(1, d.today - d.due_on) ELSE 0 END,
           l.renewals, l.lending_branch_id, p.sort_key, p.sort_tie
      FROM branch_list_page(branch, kind, filter, sort, descending, after, most) AS p
      JOIN public.book_lending AS l ON l.branch_id = branch AND l.id = p.id
      JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
      JOIN public.books_ref AS r ON r.id = e.book_id
      JOIN public.material_types AS m ON m.id = e.material_type_id
      JOIN public.users_ref AS u ON u.id = l.user_id
      LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
      JOIN public.branches AS b ON b.id = l.lending_branch_id
      CROSS JOIN LATERAL (SELECT (l.due_at AT TIME ZONE b.timezone)::date AS due_on,
                                 (now() AT TIME ZONE b.timezone)::date AS today) AS d
     ORDER BY p.place;
END
$$;

-- What happened today.  The patron is that of the loan that the event belongs to.
CREATE FUNCTION public.branch_events(branch uuid, filter jsonb, sort text, descending boolean, after text[], most integer)
    RETURNS TABLE (id uuid, at timestamptz, kind text, copy_id uuid, barcode text, book_id uuid, title text,
                   author_line text, patron_id uuid, patron text, desk_branch_id uuid, sort_key text, sort_tie text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    tells boolean := has_right('desk', branch);
BEGIN
    RETURN QUERY
    SELECT v.id, v.at, v.kind, e.id, e.barcode, e.book_id, r.title, r.author_line,
           CASE WHEN tells THEN u.id END, CASE WHEN tells THEN u.display_name END, v.desk_branch_id,
           p.sort_key, p.sort_tie
      FROM branch_list_page(branch, 'today', filter, sort, descending, after, most) AS p
      JOIN public.desk_event AS v ON v.branch_id = branch AND v.id = p.id
      JOIN public.physical_exemplars AS e ON e.branch_id = v.branch_id AND e.id = v.exemplar_id
      JOIN public.books_ref AS r ON r.id = e.book_id
      LEFT JOIN LATERAL (
           SELECT o.user_id
             FROM public.book_lending AS o
            WHERE o.branch_id = v.branch_id AND o.exemplar_id = v.exemplar_id AND o.lent_at <= v.at
              AND v.kind <> 'copy_added'
            ORDER BY o.lent_at DESC
            LIMIT 1) AS l ON true
      LEFT JOIN public.users_ref AS u ON u.id = l.user_id
     ORDER BY p.place;
END
$$;

-- The card by which a patron is known: the newest one that works.
CREATE FUNCTION public.card_of(patron_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN (SELECT c.card_number
              FROM public.user_cards AS c
             WHERE c.user_id = card_of.patron_id AND c.deleted_at IS NULL
             ORDER BY c.active DESC, c.created_at DESC, c.id DESC
             LIMIT 1);
END
$$;

-- How many rows each list of a branch has without a filter; each count reads one
-- index.
CREATE FUNCTION public.branch_counts(branch uuid)
    RETURNS TABLE (open bigint, overdue bigint, due_soon bigint, lost bigint, copies bigint, today bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    zone     text := (SELECT b.timezone FROM public.branches AS b WHERE b.id = branch);
    midnight timestamptz := (now() AT TIME ZONE zone)::date::timestamp AT TIME ZONE zone;
    soon     timestamptz := ((now() AT TIME ZONE zone)::date + 8)::timestamp AT TIME ZONE zone;
BEGIN
    PERFORM require_active(branch);
    RETURN QUERY
    SELECT l.open, l.overdue, l.due_soon, e.lost, e.copies, v.today
      FROM (SELECT count(*) AS open, count(*) FILTER (WHERE o.due_at < now()) AS overdue,
                   count(*) FILTER (WHERE o.due_at >= now() AND o.due_at < soon) AS due_soon
              FROM public.book_lending AS o
             WHERE o.branch_id = branch AND o.returned_at IS NULL) AS l,
           (SELECT count(*) AS copies, count(*) FILTER (WHERE c.status IN ('lost', 'missing')) AS lost
              FROM public.physical_exemplars AS c
             WHERE c.branch_id = branch AND c.deleted_at IS NULL) AS e,
           (SELECT count(*) AS today FROM public.desk_event AS d WHERE d.branch_id = branch AND d.at >= midnight) AS v;
END
$$;

DO $$
DECLARE
    routine text;
BEGIN
    FOREACH routine IN ARRAY ARRAY[
        'require_active(uuid)', 'plain_text(text)', 'filter_patterns(text)',
        'sort_expression(text, jsonb)', 'one_of(text, jsonb)', 'ids_of_materials(jsonb)', 'copies_source(jsonb, text)', 'loans_source(uuid, text, jsonb, text)',
        'events_source(uuid, jsonb, text)', 'branch_list_source(uuid, text, jsonb, text)',
        'branch_list_page(uuid, text, jsonb, text, boolean, text[], integer)',
        'branch_list_keys(uuid, text, jsonb, text, boolean, integer)',
        'branch_copies(uuid, jsonb, text, boolean, text[], integer)',
        'branch_loans(uuid, text, jsonb, text, boolean, text[], integer)',
        'branch_events(uuid, jsonb, text, boolean, text[], integer)', 'card_of(uuid)', 'branch_counts(uuid)'] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC', routine);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION
    public.branch_list_keys(uuid, text, jsonb, text, boolean, integer),
    public.branch_copies(uuid, jsonb, text, boolean, text[], integer),
    public.branch_loans(uuid, text, jsonb, text, boolean, text[], integer),
    public.branch_events(uuid, jsonb, text, boolean, text[], integer),
    public.branch_counts(uuid)
TO branchline_staff;
