-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Who changed what, when and from which desk: the audit log, read by functions that
-- ask for the rights at the branch of each row.  Here the catalogue,
-- patrons, staff and settings.

-- From the newest back.  Filters, and the branch is one, have no index of their own,
-- since every change would pay for it: audit_page() reads this one only as far as it
-- looks at a time, and no row that is not shown.
DROP INDEX public.audit_log_branch;
CREATE INDEX audit_log_at ON public.audit_log (at, id) INCLUDE (branch_id, actor, application, op, table_name);
-- An index alone answers only for pages that a vacuum has seen.
ALTER TABLE public.audit_log SET (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);

-- changes: an array of {"field", "old", "new", "hidden"}; a value that the reader may
-- not see is NULL and "hidden" true.  subject says in words what the entry is about, as
-- far as the reader may know; timezone is that of the branch.
CREATE TYPE public.audit_entry AS (
    id          uuid,
    at          timestamptz,
    actor       text,
    application text,
    op          text,
    table_name  text,
    row_id      uuid,
    branch_id   uuid,
    branch_code text,
    branch_name text,
    timezone    text,
    subject     text,
    changes     jsonb
);

-- A patron's home branch is the branch of what happens to the patron, to cards and to blocks.
CREATE OR REPLACE FUNCTION public.record_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    key_column text := coalesce(TG_ARGV[0], 'id');
    old_row    jsonb;
    new_row    jsonb;
    subject    jsonb;
    branch     uuid;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD) - 'search'::text;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW) - 'search'::text;
    END IF;
    subject := coalesce(new_row, old_row);
    branch := coalesce(subject ->> 'branch_id', subject ->> 'home_branch_id')::uuid;
    IF branch IS NULL AND subject ? 'user_id' THEN
        branch := (SELECT u.home_branch_id FROM public.users AS u WHERE u.id = (subject ->> 'user_id')::uuid);
    END IF;

    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, old, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), lower(TG_OP), TG_TABLE_NAME,
            (subject ->> key_column)::uuid, branch, old_row, new_row);
    RETURN NULL;
END
$$;

-- "desk-3" of "branchline desk-3 checkin"; of another program what it calls itself.
CREATE FUNCTION public.audit_workstation(application text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(nullif(split_part(application, ' ', 2), ''), application);

CREATE FUNCTION public.catalogue_tables() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['books', 'authors', 'book_data', 'book_records', 'book_categories', 'author_book', 'category_book'];

-- The patron that an entry is about; NULL for other entries.
CREATE FUNCTION public.audit_patron(entry public.audit_log) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE entry.table_name WHEN 'users' THEN entry.row_id
            WHEN 'user_cards' THEN (coalesce(entry.new, entry.old) ->> 'user_id')::uuid
            WHEN 'user_blocks' THEN (coalesce(entry.new, entry.old) ->> 'user_id')::uuid END;

-- The branch of an entry: the one it says, or the patron's home.
CREATE FUNCTION public.audit_branch(entry public.audit_log) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN coalesce(entry.branch_id,
                    (SELECT u.home_branch_id FROM public.users AS u WHERE u.id = audit_patron(entry)));
END
$$;

-- The columns of an entry that the caller may not see; NULL: not the entry at all.
-- About a patron decides where the patron is at home now, not where it was then.
CREATE FUNCTION public.audit_hidden(entry public.audit_log) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    personal constant text[] := ARRAY['family_name', 'given_name', 'email', 'address', 'phone', 'born_on',
                                      'card_number', 'reason', 'user_id'];
    home uuid;
BEGIN
    IF entry.table_name IN ('users', 'user_cards', 'user_blocks') THEN
        home := (SELECT u.home_branch_id FROM public.users AS u WHERE u.id = audit_patron(entry));
        RETURN CASE WHEN home IS NOT NULL AND has_right('patrons', home) THEN '{}'
                    WHEN home IS NOT NULL AND has_right('library', home) THEN personal
                    WHEN has_right_everywhere('library') THEN personal END;
    ELSIF entry.table_name = ANY (catalogue_tables()) AND has_right('catalogue', NULL) THEN
        RETURN '{}';
    ELSIF entry.branch_id IS NOT NULL AND (has_right('library', entry.branch_id)
          OR entry.table_name = 'exemplar_barcodes' AND has_right('branch', entry.branch_id)) THEN
        RETURN '{}';
    END IF;
    RETURN CASE WHEN has_right_everywhere('library') THEN '{}'::text[] END;
END
$$;

-- Which tables the caller may ask for at a branch, or (NULL) over the library; NULL:
-- all of them.
CREATE FUNCTION public.audit_tables(branch uuid) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF has_right_everywhere('library') OR branch IS NOT NULL AND has_right('library', branch) THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN has_right('patrons', branch) THEN ARRAY['users', 'user_cards', 'user_blocks'] ELSE '{}' END
        || CASE WHEN has_right('branch', branch) THEN ARRAY['exemplar_barcodes'] ELSE '{}' END
        || CASE WHEN branch IS NULL AND has_right('catalogue', NULL) THEN catalogue_tables() ELSE '{}' END;
END
$$;

-- A value in words: the name of what an id means.
CREATE FUNCTION public.audit_words(field text, value jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    plain text := value #>> '{}';
    words text;
BEGIN
    IF plain IS NULL OR field NOT LIKE '%\_id' THEN
        RETURN plain;
    END IF;
    words := CASE field
        WHEN 'branch_id' THEN (SELECT b.name FROM public.branches AS b WHERE b.id = plain::uuid)
        WHEN 'home_branch_id' THEN (SELECT b.name FROM public.branches AS b WHERE b.id = plain::uuid)
        WHEN 'user_type_id' THEN (SELECT t.name FROM public.user_types AS t WHERE t.id = plain::uuid)
        WHEN 'material_type_id' THEN (SELECT m.name FROM public.material_types AS m WHERE m.id = plain::uuid)
        WHEN 'author_id' THEN (SELECT a.name FROM public.authors AS a WHERE a.id = plain::uuid)
        WHEN 'category_id' THEN (SELECT c.name FROM public.book_categories AS c WHERE c.id = plain::uuid)
        WHEN 'book_id' THEN (SELECT b.title FROM public.books AS b WHERE b.id = plain::uuid)
        WHEN 'shard_id' THEN (SELECT s.name FROM public.shards AS s WHERE s.id = plain::uuid)
        WHEN 'user_id' THEN (SELECT u.display_name FROM public.users_ref AS u WHERE u.id = plain::uuid)
    END;
    RETURN coalesce(words, plain);
END
$$;

CREATE FUNCTION public.audit_subject(entry public.audit_log, hidden text[]) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    said jsonb := coalesce(entry.new, entry.old);
BEGIN
    IF entry.table_name IN ('users', 'user_cards', 'user_blocks') THEN
        RETURN CASE WHEN hidden = '{}' THEN
                         (SELECT u.display_name FROM public.users_ref AS u WHERE u.id = audit_patron(entry)) END;
    ELSIF entry.table_name IN ('author_book', 'category_book', 'book_data', 'book_records') THEN
        RETURN (SELECT b.title FROM public.books AS b WHERE b.id = (said ->> 'book_id')::uuid);
    END IF;
    RETURN coalesce(said ->> 'title', said ->> 'barcode', said ->> 'login', said ->> 'code', said ->> 'name',
                    (SELECT b.name FROM public.branches AS b WHERE b.id = entry.branch_id));
END
$$;

-- The rows whose history is that of a record: a patron's cards and blocks are the
-- patron's, authors and subjects of a book the book's.
CREATE FUNCTION public.audit_record(table_name text, row_id uuid, OUT ids uuid[], OUT tables text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF to_regclass('public.' || quote_ident(audit_record.table_name)) IS NULL
       AND audit_record.table_name NOT IN ('physical_exemplars', 'book_lending', 'charges', 'payments') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no table called "%s".', audit_record.table_name),
            HINT = 'Use books, users, physical_exemplars, book_lending or another table of the library.';
    END IF;
    ids := ARRAY[audit_record.row_id];
    tables := ARRAY[audit_record.table_name];
    IF audit_record.table_name = 'users' THEN
        tables := ARRAY['users', 'user_cards', 'user_blocks'];
        ids := ids || ARRAY(SELECT c.id FROM public.user_cards AS c WHERE c.user_id = audit_record.row_id)
                   || ARRAY(SELECT b.id FROM public.user_blocks AS b WHERE b.user_id = audit_record.row_id);
    ELSIF audit_record.table_name = 'books' THEN
        tables := ARRAY['books', 'author_book', 'category_book', 'book_data'];
        ids := ids || ARRAY(SELECT d.id FROM public.book_data AS d WHERE d.book_id = audit_record.row_id);
    ELSIF audit_record.table_name = 'physical_exemplars' THEN
        tables := ARRAY['exemplar_barcodes'];
    END IF;
END
$$;


-- Field by field what an entry says, without the stamps that every row has.
CREATE FUNCTION public.audit_changes(entry public.audit_log, hidden text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stamps constant text[] := ARRAY['id', 'created_at', 'created_by', 'updated_at', 'updated_by', 'row_version',
                                    'deleted_by', 'search', 'sort_author', 'available'];
BEGIN
    RETURN (
        SELECT coalesce(jsonb_agg(
                   jsonb_build_object(
                       'field', f.name,
                       'old', CASE WHEN f.name <> ALL (hidden) THEN audit_words(f.name, entry.old -> f.name) END,
                       'new', CASE WHEN f.name <> ALL (hidden) THEN audit_words(f.name, entry.new -> f.name) END,
                       'hidden', f.name = ANY (hidden))
                   ORDER BY f.name), '[]')
          FROM (SELECT jsonb_object_keys(entry.old) UNION SELECT jsonb_object_keys(entry.new)) AS f (name)
         WHERE f.name <> ALL (stamps)
           AND coalesce(entry.old -> f.name, 'null') IS DISTINCT FROM coalesce(entry.new -> f.name, 'null'));
END
$$;

CREATE FUNCTION public.audit_entry_of(entry public.audit_log, hidden text[]) RETURNS public.audit_entry
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    branch public.branches;
BEGIN
    SELECT b.* INTO branch FROM public.branches AS b WHERE b.id = audit_branch(entry);
    RETURN (entry.id, entry.at, entry.actor, entry.application, entry.op, entry.table_name, entry.row_id,
            branch.id, branch.code, branch.name, branch.timezone, audit_subject(entry, hidden), audit_changes(entry, hidden));
END
$$;

-- A page behind a key (NULL: the newest), newest first.  Whoever asks for one branch
-- needs a right there; without a branch, "library" at every branch shows all, and a
-- right at single branches what it shows of those.  Nobody waits for a filter that
-- finds little: a call looks at 50,000 entries at most.  When there are more, and the
-- page is not full, its last row has the op "looked" and says where the next call goes
-- on.
CREATE FUNCTION public.audit_page(from_at timestamptz, to_at timestamptz, who text, desk text, about text[], kind text[],
                                  branch uuid, before_at timestamptz, before_id uuid, most integer)
    RETURNS SETOF public.audit_entry
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    tables   text[] := audit_tables(branch);
    page     integer := greatest(coalesce(most, 100), 1);
    reach    text;
    narrowed text;
    own      text := '';
    last_at  timestamptz;
    last_id  uuid;
    given    bigint;
BEGIN
    IF tables = '{}' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = CASE WHEN branch IS NULL THEN 'You may not read the history of the library.'
                           ELSE format('You may not read the history of the branch %s.', branch_code(branch)) END,
            HINT = 'Ask for the history of a branch at which you have a right, or ask an administrator for the right '
                   '"library".';
    END IF;
    -- The values are written into the statement, so that each is planned for what it asks.
    reach := CASE WHEN from_at IS NULL THEN '' ELSE format(' AND a.at >= %L', from_at) END
        || CASE WHEN to_at IS NULL THEN '' ELSE format(' AND a.at < %L', to_at) END
        || CASE WHEN before_id IS NULL THEN ''
                ELSE format(' AND (a.at, a.id) < (%L::timestamptz, %L::uuid)', before_at, before_id) END;
    narrowed := CASE WHEN who IS NULL THEN '' ELSE format(' AND a.actor = %L', who) END
        || CASE WHEN branch IS NULL THEN '' ELSE format(' AND a.branch_id = %L', branch) END
        || CASE WHEN kind IS NULL THEN '' ELSE format(' AND a.op = ANY (%L)', kind) END
        || CASE WHEN about IS NULL THEN '' ELSE format(' AND a.table_name = ANY (%L)', about) END
        || CASE WHEN tables IS NULL THEN '' ELSE format(' AND a.table_name = ANY (%L)', tables) END
        || CASE WHEN desk IS NULL THEN ''
                ELSE format(' AND strpos(lower(public.audit_workstation(a.application)), lower(%L)) > 0', desk) END;
    IF NOT has_right_everywhere('library') THEN
        narrowed := narrowed || format(
            ' AND (a.branch_id = ANY (%L) OR a.table_name = ANY (public.catalogue_tables()) '
            'OR a.table_name IN (''users'', ''user_cards'', ''user_blocks''))',
            my_branches('library', 'branch', 'patrons'));
        own := format(
            ' AND ((a.entry).branch_id = ANY (%1$L) OR (a.entry).table_name = ANY (public.catalogue_tables()) OR EXISTS ('
            'SELECT FROM public.users AS u WHERE u.id = public.audit_patron(a.entry) AND u.home_branch_id = ANY (%1$L)))',
            my_branches('library', 'branch', 'patrons'));
    END IF;
    IF narrowed || own <> '' THEN
        EXECUTE 'SELECT a.at, a.id FROM public.audit_log AS a WHERE true' || reach
            || ' ORDER BY a.at DESC, a.id DESC OFFSET 49999 LIMIT 1' INTO last_at, last_id;
        IF last_id IS NOT NULL THEN
            reach := reach || format(' AND (a.at, a.id) >= (%L::timestamptz, %L::uuid)', last_at, last_id);
        END IF;
    END IF;
    RETURN QUERY EXECUTE
        'SELECT e.* FROM (SELECT a.entry, h.hidden FROM (SELECT a.at, a.id FROM public.audit_log AS a WHERE true'
        || reach || narrowed || ' ORDER BY a.at DESC, a.id DESC) AS f '
        'CROSS JOIN LATERAL (SELECT l AS entry FROM public.audit_log AS l WHERE l.id = f.id OFFSET 0) AS a '
        'CROSS JOIN LATERAL (SELECT public.audit_hidden(a.entry) AS hidden OFFSET 0) AS h WHERE h.hidden IS NOT NULL'
        || own || format(' ORDER BY f.at DESC, f.id DESC LIMIT %s', page)
        || ') AS p CROSS JOIN LATERAL public.audit_entry_of(p.entry, p.hidden) AS e ORDER BY e.at DESC, e.id DESC';
    GET DIAGNOSTICS given = ROW_COUNT;
    IF last_id IS NOT NULL AND given < page THEN
        RETURN QUERY SELECT (jsonb_populate_record(NULL::public.audit_entry,
            jsonb_build_object('id', last_id, 'at', last_at, 'op', 'looked'))).*;
    END IF;
END
$$;

-- What became of one record, newest first, behind a key as audit_page(); nothing for
-- one that is not known here.
CREATE FUNCTION public.record_history(table_name text, row_id uuid, before_at timestamptz, before_id uuid, most integer)
    RETURNS SETOF public.audit_entry
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    ids    uuid[];
    tables text[];
BEGIN
    SELECT r.ids, r.tables INTO ids, tables
      FROM audit_record(record_history.table_name, record_history.row_id) AS r;
    RETURN QUERY
    SELECT e.*
      FROM (SELECT a AS entry, h.hidden
              FROM public.audit_log AS a
              CROSS JOIN LATERAL (SELECT public.audit_hidden(a) AS hidden OFFSET 0) AS h
             WHERE a.row_id = ANY (ids)
               AND a.table_name = ANY (tables)
               AND h.hidden IS NOT NULL
               AND (record_history.before_id IS NULL
                    OR (a.at, a.id) < (record_history.before_at, record_history.before_id))
             ORDER BY a.at DESC, a.id DESC
             LIMIT greatest(coalesce(most, 100), 1)) AS p
      CROSS JOIN LATERAL public.audit_entry_of(p.entry, p.hidden) AS e
     ORDER BY e.at DESC, e.id DESC;
    IF NOT FOUND AND record_history.before_id IS NULL
       AND EXISTS (SELECT FROM public.audit_log AS a WHERE a.row_id = ANY (ids) AND a.table_name = ANY (tables)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = 'You may not read the history of this record.',
            HINT = 'Whoever may edit it may read its history; ask an administrator to assign you that right.';
    END IF;
END
$$;

-- Who the logins in an entry are; shards know logins only.
CREATE FUNCTION public.staff_names(logins text[]) RETURNS TABLE (login text, display_name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.login, s.display_name FROM public.staff AS s WHERE s.login = ANY (logins)
$$;

-- By whom entries may be, for whoever may read any.
CREATE FUNCTION public.audit_people() RETURNS TABLE (login text, display_name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.login, s.display_name
      FROM public.staff AS s
     WHERE (SELECT my_branches('library', 'branch', 'patrons', 'catalogue', 'desk') <> '{}')
     ORDER BY s.display_name, s.login
$$;

REVOKE ALL ON FUNCTION
    public.audit_workstation(text), public.audit_people(), public.catalogue_tables(), public.audit_patron(public.audit_log), public.staff_names(text[]),
    public.audit_branch(public.audit_log), public.audit_hidden(public.audit_log), public.audit_tables(uuid),
    public.audit_words(text, jsonb), public.audit_subject(public.audit_log, text[]),
    public.audit_record(text, uuid), public.audit_changes(public.audit_log, text[]),
    public.audit_entry_of(public.audit_log, text[]),
    public.audit_page(timestamptz, timestamptz, text, text, text[], text[], uuid, timestamptz, uuid, integer),
    public.record_history(text, uuid, timestamptz, uuid, integer)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.audit_page(timestamptz, timestamptz, text, text, text[], text[], uuid, timestamptz, uuid, integer),
    public.record_history(text, uuid, timestamptz, uuid, integer),
    public.staff_names(text[]), public.audit_people()
TO branchline_staff;
