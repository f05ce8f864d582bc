-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Who changed what, when and from which desk: the audit log, read by functions that
-- ask for the rights at the branch of each row.  Here copies and
-- loans, and what the desk was refused.

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

-- undo: what the action changed (undo_record), NULL when it changed nothing.  A refusal
-- changes nothing, so it is recorded here, with the answer and in its transaction.
-- The card that was shown is not in it.
CREATE OR REPLACE FUNCTION public.finish_request(branch_id uuid, request_id uuid, desk_branch_id uuid,
                                                 answer public.circulation_answer, undo jsonb DEFAULT NULL) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    action text;
BEGIN
    UPDATE public.op_result AS o
       SET result = to_jsonb(answer), undo = finish_request.undo
     WHERE o.branch_id = finish_request.branch_id AND o.request_id = finish_request.request_id
    RETURNING o.function INTO action;
    IF answer.outcome = 'refused' THEN
        INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, new)
        VALUES (txid_current(), session_user, current_setting('application_name'), 'refused', 'op_result',
                answer.exemplar_id, finish_request.branch_id,
                jsonb_strip_nulls(jsonb_build_object('action', action, 'reasons', public.recorded_reasons(answer.reasons),
                                                     'desk_branch_id', finish_request.desk_branch_id,
                                                     'user_id', answer.patron ->> 'id')));
    END IF;
    RETURN answer;
END
$$;

-- "desk-3" of "branchline desk-3 checkin"; of another program what it calls itself.
CREATE FUNCTION public.audit_workstation(application text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(nullif(split_part(application, ' ', 2), ''), application);

CREATE FUNCTION public.audit_branch(entry public.audit_log) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN entry.branch_id;

-- The columns of an entry that the caller may not see; NULL: not the entry at all.
-- Whose a loan is, and why a patron was refused, is for who lends at the branch.
CREATE FUNCTION public.audit_hidden(entry public.audit_log) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    home uuid;
BEGIN
    IF entry.table_name = 'users' THEN
        home := (SELECT u.home_branch_id FROM public.users_ref AS u WHERE u.id = entry.row_id);
        RETURN CASE WHEN home IS NOT NULL AND has_right('patrons', home) THEN '{}'
                    WHEN has_right_everywhere('library') THEN ARRAY['user_id'] END;
    ELSIF entry.branch_id IS NULL THEN
        RETURN CASE WHEN has_right_everywhere('library') THEN '{}'::text[] END;
    ELSIF entry.table_name IN ('book_lending', 'charges', 'payments', 'op_result') AND has_right('desk', entry.branch_id) THEN
        RETURN '{}';
    ELSIF has_right('library', entry.branch_id)
          OR entry.table_name IN ('physical_exemplars', 'op_result') AND has_right('branch', entry.branch_id) THEN
        RETURN ARRAY['user_id', 'reasons', 'override_reason'];
    END IF;
    RETURN NULL;
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
    RETURN CASE WHEN has_right('desk', branch) THEN ARRAY['book_lending', 'charges', 'payments', 'op_result'] ELSE '{}' END
        || CASE WHEN has_right('branch', branch) THEN ARRAY['physical_exemplars', 'op_result'] ELSE '{}' END
        || CASE WHEN has_right('patrons', branch) THEN ARRAY['users'] ELSE '{}' END;
END
$$;

-- A value in words: the name of what an id means, the reasons as they were said.
CREATE FUNCTION public.audit_words(field text, value jsonb) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    plain text := value #>> '{}';
    words text;
BEGIN
    IF field = 'reasons' AND jsonb_typeof(value) = 'array' THEN
        RETURN (SELECT string_agg(r.entry ->> 'text', ' ' ORDER BY r.place)
                  FROM jsonb_array_elements(value) WITH ORDINALITY AS r (entry, place));
    ELSIF plain IS NULL OR field NOT LIKE '%\_id' THEN
        RETURN plain;
    END IF;
    words := CASE
        WHEN field IN ('branch_id', 'desk_branch_id', 'lending_branch_id', 'returned_branch_id') THEN
            (SELECT b.name FROM public.branches AS b WHERE b.id = plain::uuid)
        WHEN field = 'material_type_id' THEN (SELECT m.name FROM public.material_types AS m WHERE m.id = plain::uuid)
        WHEN field = 'book_id' THEN (SELECT b.title FROM public.books_ref AS b WHERE b.id = plain::uuid)
        WHEN field = 'user_id' THEN (SELECT u.display_name FROM public.users_ref AS u WHERE u.id = plain::uuid)
        WHEN field = 'exemplar_id' THEN (SELECT e.barcode FROM public.physical_exemplars AS e WHERE e.id = plain::uuid LIMIT 1)
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
    copy uuid := CASE entry.table_name WHEN 'book_lending' THEN (said ->> 'exemplar_id')::uuid
                                       WHEN 'op_result' THEN entry.row_id END;
BEGIN
    IF entry.table_name = 'users' THEN
        RETURN CASE WHEN hidden = '{}' THEN
                         (SELECT u.display_name FROM public.users_ref AS u WHERE u.id = entry.row_id) END;
    ELSIF copy IS NOT NULL THEN
        RETURN (SELECT e.barcode
                  FROM public.physical_exemplars AS e
                 WHERE e.branch_id = entry.branch_id AND e.id = copy);
    END IF;
    RETURN coalesce(said ->> 'barcode', (SELECT b.name FROM public.branches AS b WHERE b.id = entry.branch_id));
END
$$;

-- The rows whose history is that of a record: what was refused for a copy is the copy's.
CREATE FUNCTION public.audit_record(table_name text, row_id uuid, OUT ids uuid[], OUT tables text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    ids := ARRAY[audit_record.row_id];
    tables := CASE audit_record.table_name WHEN 'physical_exemplars' THEN ARRAY['physical_exemplars', 'op_result']
                                           ELSE ARRAY[audit_record.table_name] END;
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
        narrowed := narrowed || format(' AND (a.branch_id = ANY (%L) OR a.table_name = ''users'')',
                                       my_branches('library', 'branch', 'desk', 'patrons'));
        own := format(
            ' AND ((a.entry).branch_id = ANY (%1$L) OR (a.entry).table_name = ''users'' AND EXISTS ('
            'SELECT FROM public.users_ref AS u WHERE u.id = (a.entry).row_id AND u.home_branch_id = ANY (%1$L)))',
            my_branches('library', 'branch', 'desk', 'patrons'));
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

REVOKE ALL ON FUNCTION
    public.audit_workstation(text), public.audit_branch(public.audit_log), public.audit_hidden(public.audit_log), public.audit_tables(uuid),
    public.audit_words(text, jsonb), public.audit_subject(public.audit_log, text[]),
    public.audit_record(text, uuid), public.audit_changes(public.audit_log, text[]),
    public.audit_entry_of(public.audit_log, text[]),
    public.audit_page(timestamptz, timestamptz, text, text, text[], text[], uuid, timestamptz, uuid, integer),
    public.record_history(text, uuid, timestamptz, uuid, integer)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.audit_page(timestamptz, timestamptz, text, text, text[], text[], uuid, timestamptz, uuid, integer),
    public.record_history(text, uuid, timestamptz, uuid, integer)
TO branchline_staff;
