-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Finding and reading patrons.  Whoever works at a desk or edits patrons, at
-- whatever branch, finds every patron: a card of one branch is good at all.  The
-- list without a search is that of the own branches, and e-mail, address, phone and
-- birthday are for those who have the right "patrons" at the patron's home branch.

CREATE INDEX users_ref_words ON public.users_ref USING gin (public.search_vector(display_name, 'A'))
    WHERE deleted_at IS NULL;
CREATE INDEX users_email ON public.users (lower(email)) WHERE deleted_at IS NULL AND email IS NOT NULL;

CREATE FUNCTION public.require_patron_right() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT public.has_right('desk', NULL) AND NOT public.has_right('patrons', NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = 'You do not have the right "desk" at any branch.',
            HINT = 'Ask an administrator to assign it to your login.';
    END IF;
END
$$;

-- What staff read of a branch at which they have no right is recorded first and
-- given out afterwards: a session could read and then roll back, and the record
-- would be gone.  True when the record stands, from an earlier transaction of the
-- same login within the hour; else it is written now, and the caller answers with
-- one row of NULLs, upon which the program asks again.
CREATE FUNCTION public.note_reading(patron_id uuid, branch_id uuid, what text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF EXISTS (SELECT
                 FROM public.audit_log AS a
                WHERE a.row_id = note_reading.patron_id
                  AND a.at > clock_timestamp() - interval '1 hour'
                  AND a.op = 'read'
                  AND a.actor = session_user
                  AND a.branch_id = note_reading.branch_id
                  AND a.new ->> 'read' = note_reading.what
                  AND a.txid <> coalesce(txid_current_if_assigned(), 0)) THEN
        RETURN true;
    END IF;
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'read', 'users',
            note_reading.patron_id, note_reading.branch_id, jsonb_build_object('read', note_reading.what));
    RETURN false;
END
$$;

-- Searching finds patrons of all branches, so that is recorded as well: once an
-- hour for the login, in the same way as note_reading() does.
CREATE FUNCTION public.may_search(query text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF coalesce(btrim(query), '') = '' OR has_right_everywhere('desk') OR has_right_everywhere('patrons')
       OR EXISTS (SELECT
                    FROM public.audit_log AS a
                   WHERE a.actor = session_user AND a.op = 'read' AND a.row_id IS NULL
                     AND a.at > clock_timestamp() - interval '1 hour'
                     AND a.txid <> coalesce(txid_current_if_assigned(), 0)) THEN
        RETURN true;
    END IF;
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'read', 'users',
            jsonb_build_object('read', 'search'));
    RETURN false;
END
$$;

CREATE INDEX audit_log_searches ON public.audit_log (actor, at) WHERE op = 'read' AND row_id IS NULL;

-- Every word the beginning of a word of the name, in any order; NULL without words.
CREATE FUNCTION public.name_query(value text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT pg_catalog.string_agg(
               '''' || pg_catalog.replace(pg_catalog.replace(w.lexeme, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
      FROM pg_catalog.unnest(
               pg_catalog.to_tsvector('pg_catalog.simple'::regconfig,
                                      public.search_words(pg_catalog."left"(value, 200)))) AS w);

-- Who has exactly this card (also typed with the blanks that cards are printed
-- with) or this e-mail address.
CREATE FUNCTION public.patrons_known_as(query text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN ARRAY(
        SELECT c.user_id
          FROM public.user_cards AS c
         WHERE c.card_number IN (tidy(query), replace(query, ' ', '')) AND c.deleted_at IS NULL
         UNION
        SELECT u.id
          FROM public.users AS u
         WHERE position('@' IN query) > 0 AND lower(u.email) = lower(tidy(query)) AND u.deleted_at IS NULL
           AND u.home_branch_id = ANY (public.my_branches('patrons'))
         LIMIT 50);
END
$$;

-- The statement of a list with the columns id, family_name, given_name.
-- Parameters: $1 the name query, $2 the ids found otherwise.  Who matches is found
-- before anything is sorted: walking through all names in their order would be
-- slow just when few match.  A single letter matches many, so there it is right.
CREATE FUNCTION public.patrons_source(query text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    here  constant text := 'SELECT u.id, u.family_name, u.given_name FROM public.users_ref AS u WHERE u.deleted_at IS NULL';
    match constant text := ' AND search_vector(u.display_name, ''A'') @@ $1';
    known constant text := ' AND u.id = ANY ($2)';
BEGIN
    IF coalesce(btrim(query), '') = '' THEN
        IF has_right_everywhere('desk') OR has_right_everywhere('patrons') THEN
            RETURN here;
        END IF;
        RETURN here || format(' AND u.home_branch_id = ANY (%L::uuid[])', my_branches('desk', 'patrons'));
    ELSIF name_query(query) IS NULL THEN
        RETURN here || known;
    ELSIF btrim(query) ~ '^[[:alpha:]]$' THEN
        RETURN here || match;
    END IF;
    RETURN format('WITH found AS MATERIALIZED (%s UNION %s) SELECT f.id, f.family_name, f.given_name FROM found AS f',
                  here || match, here || known);
END
$$;

-- The first most patrons by name behind the one with the names and the id given,
-- or from the beginning.
CREATE FUNCTION public.patron_page(query text, descending boolean, after text[], most integer)
    RETURNS TABLE (id uuid, card text, display_name text, family_name text, given_name text, type_code text,
                   type_name text, branch_id uuid, branch_code text, branch text, active boolean, expires_on date,
                   is_blocked boolean, blocked_until timestamptz, sort_family text, sort_given text, sort_id uuid)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET jit = off
AS $$
DECLARE
    way text := CASE WHEN descending THEN 'DESC' ELSE 'ASC' END;
BEGIN
    PERFORM require_patron_right();
    IF NOT may_search(query) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT p.id, l.card, l.display_name, l.family_name, l.given_name, l.type_code, l.type_name, l.branch_id,'
        '       l.branch_code, b.name, l.active, l.expires_on, k.id IS NOT NULL, k.until, p.family_name, p.given_name, p.id'
        '  FROM (SELECT * FROM (%s) AS a %s ORDER BY a.family_name %s, a.given_name %s, a.id %s LIMIT $6) AS p'
        '  JOIN public.patron_list AS l ON l.id = p.id'
        '  JOIN public.branches AS b ON b.id = l.branch_id'
        '  LEFT JOIN LATERAL (SELECT x.id, x.until FROM public.user_blocks AS x'
        '                      WHERE x.user_id = p.id AND x.deleted_at IS NULL AND (x.until IS NULL OR x.until > now())'
        '                      ORDER BY x.until DESC NULLS FIRST LIMIT 1) AS k ON true'
        ' ORDER BY p.family_name %s, p.given_name %s, p.id %s',
        patrons_source(query),
        CASE WHEN after IS NOT NULL THEN
            format('WHERE (a.family_name, a.given_name, a.id) %s ($3, $4, $5)', CASE WHEN descending THEN '<' ELSE '>' END) END,
        way, way, way, way, way, way)
    USING name_query(query), patrons_known_as(query), after[1], after[2], after[3]::uuid, least(greatest(most, 1), 1000);
END
$$;

-- The names and ids of every page_rows-th patron of the list and of the last one,
-- whose place is the number of patrons.
CREATE FUNCTION public.patron_keys(query text, descending boolean, page_rows integer)
    RETURNS TABLE (sort_family text, sort_given text, sort_id uuid, place bigint)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET jit = off
AS $$
DECLARE
    way text := CASE WHEN descending THEN 'DESC' ELSE 'ASC' END;
BEGIN
    PERFORM require_patron_right();
    IF NOT may_search(query) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT k.family_name, k.given_name, k.id, k.place '
        '  FROM (SELECT a.*, row_number() OVER w AS place, lead(true) OVER w IS NULL AS last FROM (%s) AS a '
        '        WINDOW w AS (ORDER BY a.family_name %s, a.given_name %s, a.id %s)) AS k '
        ' WHERE k.place %% $3 = 0 OR k.last ORDER BY k.place',
        patrons_source(query), way, way, way)
    USING name_query(query), patrons_known_as(query), greatest(page_rows, 1);
END
$$;

-- The first patrons of the own branches by name, for scripts.
CREATE FUNCTION public.first_patrons(most integer) RETURNS SETOF public.patron_list
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM require_patron_right();
    RETURN QUERY
    SELECT l.*
      FROM public.patron_list AS l
     WHERE l.branch_id = ANY (my_branches('desk', 'patrons'))
     ORDER BY l.family_name, l.given_name, l.card
     LIMIT most;
END
$$;

-- The patron with exactly this card, for those who manage with the card alone.
CREATE FUNCTION public.patron_by_card(number text)
    RETURNS TABLE (id uuid, card text, display_name text, family_name text, given_name text, type_code text,
                   type_name text, branch_code text, active boolean, expires_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found public.patron_list;
BEGIN
    PERFORM require_patron_right();
    SELECT l.* INTO found
      FROM public.user_cards AS c
      JOIN public.patron_list AS l ON l.id = c.user_id
     WHERE c.card_number = tidy(patron_by_card.number) AND c.deleted_at IS NULL;
    IF found.id IS NOT NULL
       AND (found.branch_id = ANY (my_branches('desk', 'patrons'))
            OR note_reading(found.id, found.branch_id, 'record')) THEN
        RETURN QUERY SELECT found.id, found.card, found.display_name, found.family_name, found.given_name,
                            found.type_code, found.type_name, found.branch_code, found.active, found.expires_on;
    ELSIF found.id IS NOT NULL THEN
        RETURN QUERY SELECT NULL::uuid, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text,
                            NULL::text, NULL::boolean, NULL::date;
    END IF;
END
$$;

-- For the palette: whoever has the card or the address first, then by name.
CREATE FUNCTION public.search_patrons(query text, max_rows integer)
    RETURNS TABLE (id uuid, card text, display_name text, family_name text, given_name text, type_code text,
                   type_name text, branch_code text, active boolean, expires_on date)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known uuid[] := patrons_known_as(query);
BEGIN
    PERFORM require_patron_right();
    IF NOT may_search(query) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.id, p.card, p.display_name, p.family_name, p.given_name, p.type_code, p.type_name, p.branch_code,
           p.active, p.expires_on
      FROM (SELECT l.*, 0 AS rank FROM public.patron_list AS l WHERE l.id = ANY (known)
            UNION ALL
            SELECT l.id, l.card, l.family_name, l.given_name, l.display_name, l.type_code, l.type_name, l.branch_id,
                   l.branch_code, l.active, l.expires_on, 1
              FROM patron_page(query, false, NULL, least(greatest(coalesce(max_rows, 20), 0), 1000)) AS l WHERE l.id <> ALL (known)) AS p
     WHERE btrim(query) <> ''
     ORDER BY p.rank, p.family_name, p.given_name, p.id
     LIMIT max_rows;
END
$$;

-- Everything that the record of a patron shows but the loans, which are on the
-- shards.  No row for a patron who does not exist or was removed.  has_contact:
-- the caller may see how to reach the patron; where not, that is NULL.
CREATE FUNCTION public.patron_detail(INOUT id uuid, OUT version bigint, OUT family_name text, OUT given_name text,
                                     OUT display_name text, OUT type_name text, OUT branch_id uuid, OUT branch text,
                                     OUT email text, OUT address text, OUT phone text, OUT born_on date,
                                     OUT active boolean, OUT expires_on date, OUT created_at timestamptz,
                                     OUT cards jsonb, OUT blocks jsonb, OUT has_contact boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    home uuid;
BEGIN
    PERFORM require_patron_right();
    SELECT u.home_branch_id INTO home FROM public.users AS u WHERE u.id = patron_detail.id AND u.deleted_at IS NULL;
    IF home IS NOT NULL AND home <> ALL (my_branches('desk', 'patrons')) AND NOT note_reading(id, home, 'record') THEN
        id := NULL;
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT u.id, u.row_version, u.family_name, u.given_name, btrim(concat_ws(' ', u.given_name, u.family_name)),
           t.name, u.home_branch_id, b.name, CASE WHEN reaches THEN u.email END, CASE WHEN reaches THEN u.address END,
           CASE WHEN reaches THEN u.phone END, CASE WHEN reaches THEN u.born_on END, u.active, u.expires_on, u.created_at,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('number', c.card_number, 'active', c.active, 'since', c.created_at)
                                      ORDER BY c.active DESC, c.created_at DESC, c.id DESC), '[]')
              FROM public.user_cards AS c
             WHERE c.user_id = u.id AND c.deleted_at IS NULL),
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'reason', k.reason, 'until', k.until,
                                                         'set_at', k.created_at, 'set_by', s.display_name)
                                      ORDER BY k.until DESC NULLS FIRST, k.id), '[]')
              FROM public.user_blocks AS k
              LEFT JOIN public.staff AS s ON s.login = k.created_by AND s.deleted_at IS NULL
             WHERE k.user_id = u.id AND k.deleted_at IS NULL AND (k.until IS NULL OR k.until > now())), reaches
      FROM public.users AS u
      CROSS JOIN LATERAL (SELECT has_right('patrons', u.home_branch_id) AS reaches) AS r
      JOIN public.user_types AS t ON t.id = u.user_type_id
      JOIN public.branches AS b ON b.id = u.home_branch_id
     WHERE u.id = patron_detail.id AND u.deleted_at IS NULL;
END
$$;

-- The phone numbers of patrons whose loans a list shows; no row without one, and
-- none of a patron whom the caller may not reach.
CREATE FUNCTION public.patron_phones(ids uuid[]) RETURNS TABLE (id uuid, phone text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM require_patron_right();
    RETURN QUERY
    SELECT u.id, u.phone
      FROM public.users AS u
     WHERE u.id = ANY (ids) AND u.phone IS NOT NULL AND u.home_branch_id = ANY (my_branches('patrons'));
END
$$;

-- Blocks a patron until a time, or without one until the block is ended.  The id
-- makes it harmless to repeat the call.
CREATE FUNCTION public.block_patron(id uuid, patron_id uuid, reason text, until timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    home uuid := (SELECT u.home_branch_id FROM public.users AS u
                   WHERE u.id = block_patron.patron_id AND u.deleted_at IS NULL);
BEGIN
    IF home IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB005', MESSAGE = 'There is no such patron.', HINT = 'Search for the patron again.';
    END IF;
    PERFORM public.require_right('patrons', home);
    IF coalesce(tidy(block_patron.reason), '') = '' OR char_length(block_patron.reason) > 500
       OR block_patron.until <= now() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'A block needs a reason of at most 500 characters, and its end must be in the future.',
            HINT = 'Say why the patron is blocked, and choose a later end or none.';
    END IF;
    INSERT INTO public.user_blocks (id, user_id, code, reason, until)
    VALUES (block_patron.id, block_patron.patron_id, 'manual', tidy(block_patron.reason), block_patron.until)
    ON CONFLICT (id) DO NOTHING;
END
$$;

-- Ends a block now; one that has ended stays so.
CREATE FUNCTION public.end_block(id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    home uuid := (SELECT u.home_branch_id
                    FROM public.user_blocks AS k
                    JOIN public.users AS u ON u.id = k.user_id
                   WHERE k.id = end_block.id);
BEGIN
    IF home IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB005', MESSAGE = 'There is no such block.', HINT = 'Read the patron again.';
    END IF;
    PERFORM public.require_right('patrons', home);
    UPDATE public.user_blocks AS k SET deleted_at = now() WHERE k.id = end_block.id AND k.deleted_at IS NULL;
END
$$;

REVOKE ALL ON FUNCTION
    public.require_patron_right(), public.note_reading(uuid, uuid, text), public.may_search(text),
    public.first_patrons(integer), public.patron_by_card(text), public.name_query(text), public.patrons_known_as(text), public.patrons_source(text),
    public.patron_page(text, boolean, text[], integer), public.patron_keys(text, boolean, integer),
    public.search_patrons(text, integer), public.patron_detail(uuid), public.patron_phones(uuid[]),
    public.block_patron(uuid, uuid, text, timestamptz), public.end_block(uuid)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.patron_page(text, boolean, text[], integer), public.patron_keys(text, boolean, integer),
    public.search_patrons(text, integer), public.first_patrons(integer), public.patron_by_card(text),
    public.patron_detail(uuid),
    public.patron_phones(uuid[]), public.block_patron(uuid, uuid, text, timestamptz), public.end_block(uuid)
TO branchline_staff;
