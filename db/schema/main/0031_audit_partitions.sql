-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- The audit log in months, each a partition, so that old months can be taken out whole.
-- What there is stays where it is, as the first partition, up to the end of this month: nothing
-- is copied.  A row whose month has not been made goes into the default partition and stays
-- in the log; make_audit_months() makes months ahead and fetches such rows.

-- Functions that take a row of the log know the table, not its name: they are made again.
DO $$
DECLARE
    taken   regprocedure[] := ARRAY(SELECT p.oid FROM pg_catalog.pg_proc AS p
                                     WHERE p.proargtypes[0] = 'public.audit_log'::regtype ORDER BY p.proname);
    bodies  text[] := ARRAY(SELECT pg_catalog.pg_get_functiondef(f) FROM unnest(taken) AS f);
    body    text;
BEGIN
    ASSERT cardinality(taken) = 6, format('%s functions take a row of the log', cardinality(taken));
    EXECUTE 'DROP FUNCTION ' || array_to_string(taken, ', ');

    ALTER TABLE public.audit_log RENAME TO audit_log_first;
    ALTER TABLE public.audit_log_first DROP CONSTRAINT audit_log_pkey;
    ALTER TABLE public.audit_log_first ADD CONSTRAINT audit_log_first_pkey PRIMARY KEY USING INDEX audit_log_key;
    ALTER INDEX public.audit_log_row RENAME TO audit_log_first_row;
    ALTER INDEX public.audit_log_at RENAME TO audit_log_first_at;
    ALTER INDEX public.audit_log_searches RENAME TO audit_log_first_searches;
    DROP TRIGGER refuse_change ON public.audit_log_first;
    DROP TRIGGER note_change ON public.audit_log_first;

    CREATE TABLE public.audit_log (LIKE public.audit_log_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (at);
    FOREACH body IN ARRAY bodies LOOP
        EXECUTE body;
    END LOOP;
END
$$;

COMMENT ON TABLE public.audit_log IS
    'Every change of every ordinary table, and what was read of other branches; rows are only ever added, months taken out';
COMMENT ON TABLE public.audit_log_first IS 'The log from before it had months';

ALTER TABLE public.audit_log ADD PRIMARY KEY (id, at);
CREATE INDEX audit_log_row ON public.audit_log (row_id, at);
CREATE INDEX audit_log_at ON public.audit_log (at, id) INCLUDE (branch_id, actor, application, op, table_name);
CREATE INDEX audit_log_searches ON public.audit_log (actor, at) WHERE op = 'read' AND row_id IS NULL;
CALL public.secure_rows('public.audit_log');

DO $$
BEGIN
    EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.audit_log_first FOR VALUES FROM (MINVALUE) TO (%L)',
                   (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON public.audit_log
    FOR EACH ROW EXECUTE FUNCTION public.refuse_audit_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();
CREATE TRIGGER note_change AFTER INSERT ON public.audit_log
    FOR EACH ROW
    WHEN (NEW.op NOT IN ('read', 'refused')
          AND NEW.table_name IN ('books', 'authors', 'book_categories', 'users', 'user_blocks', 'branches',
                             'branch_settings', 'branch_calendar', 'branch_placement', 'shards', 'loan_rules',
                             'user_types', 'material_types', 'staff_assignments'))
    EXECUTE FUNCTION public.note_change();

-- What a partition does not have of its table: whoever names it meets the same walls.
CREATE PROCEDURE public.secure_audit_partition(target regclass)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    CALL public.secure_rows(target);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()', target);
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_insert_scale_factor = 0, '
                   'autovacuum_vacuum_insert_threshold = 10000)', target);
END
$$;

CREATE TABLE public.audit_log_default PARTITION OF public.audit_log DEFAULT;
CALL public.secure_audit_partition('public.audit_log_default');

-- The partitions but the default one; the first begins at -infinity.
CREATE FUNCTION public.audit_months() RETURNS TABLE (name text, from_at timestamptz, until_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.relname::text,
           CASE WHEN b.bounds[1] = 'MINVALUE' THEN '-infinity' ELSE btrim(b.bounds[1], '''') END::timestamptz,
           btrim(b.bounds[2], '''')::timestamptz
      FROM pg_inherits AS h
      JOIN pg_class AS c ON c.oid = h.inhrelid
      CROSS JOIN LATERAL regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \((.*)\) TO \((.*)\)') AS b (bounds)
     WHERE h.inhparent = 'public.audit_log'::regclass AND b.bounds IS NOT NULL
     ORDER BY 2
$$;

-- Makes the months to come that are missing, this one included, and those of rows in the
-- default partition, and moves these rows there.  Gives the names of the new ones.  Desks go on
-- writing meanwhile.  May be repeated, and called twice at once.
CREATE FUNCTION public.make_audit_months(ahead integer DEFAULT 12) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    starts timestamp;
    begins timestamptz;
    ends   timestamptz;
    name   text;
BEGIN
    PERFORM lock_keys('audit_months');
    FOREACH starts IN ARRAY ARRAY(
        SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n)
          FROM generate_series(0, greatest(ahead, 0)) AS n
         UNION
        SELECT date_trunc('month', d.at AT TIME ZONE 'UTC') FROM public.audit_log_default AS d
         ORDER BY 1)
    LOOP
        begins := starts AT TIME ZONE 'UTC';
        ends := (starts + interval '1 month') AT TIME ZONE 'UTC';
        CONTINUE WHEN EXISTS (SELECT FROM audit_months() AS m WHERE m.from_at < ends AND m.until_at > begins);
        name := 'audit_log_' || to_char(starts, 'YYYY_MM');
        EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        CALL secure_audit_partition(format('public.%I', name)::regclass);
        -- A row of this month that comes now waits, and finds its month.
        LOCK TABLE public.audit_log_default IN ACCESS EXCLUSIVE MODE;
        IF EXISTS (SELECT FROM public.audit_log_default AS d WHERE d.at >= begins AND d.at < ends) THEN
            ALTER TABLE public.audit_log_default DISABLE TRIGGER refuse_change;
            EXECUTE format('WITH gone AS (DELETE FROM public.audit_log_default AS d '
                           'WHERE d.at >= %L AND d.at < %L RETURNING d.*) '
                           'INSERT INTO public.%I SELECT * FROM gone', begins, ends, name);
            ALTER TABLE public.audit_log_default ENABLE TRIGGER refuse_change;
        END IF;
        EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       name, begins, ends);
        RETURN NEXT name;
    END LOOP;
END
$$;

-- Takes a month that is over out of the log, with all its rows; who did that, and what was
-- taken, is written into the log.  "rows" is how many the caller has saved elsewhere, or
-- counted: another number is an error, and nothing is done.  "file" says where they are.
CREATE FUNCTION public.drop_audit_month(name text, rows bigint, file text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    month record;
    found bigint;
BEGIN
    PERFORM lock_keys('audit_months');
    SELECT m.* INTO month FROM audit_months() AS m WHERE m.name = drop_audit_month.name;
    IF month.name IS NULL OR month.until_at > now() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('%s is no month of the audit log that is over.', drop_audit_month.name),
            HINT = 'Only whole months that are over can be taken out.';
    END IF;
    EXECUTE format('LOCK TABLE public.%I IN SHARE MODE', month.name);
    EXECUTE format('SELECT count(*) FROM public.%I', month.name) INTO found;
    IF found <> drop_audit_month.rows THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('%s has %s rows, not %s.', month.name, found, drop_audit_month.rows),
            HINT = 'Repeat the command.';
    END IF;
    -- From here on desks wait.
    EXECUTE format('ALTER TABLE public.audit_log DETACH PARTITION public.%I', month.name);
    EXECUTE format('DROP TABLE public.%I', month.name);
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, old)
    VALUES (txid_current(), session_user, current_setting('application_name'), 'delete', 'audit_log',
            jsonb_build_object('month', month.name, 'until', month.until_at, 'rows', found, 'file', drop_audit_month.file));
END
$$;

-- For the health check: how many months beginning with the next are ready, and whether rows lie
-- in the default partition.
CREATE FUNCTION public.audit_state() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'months_ahead', (SELECT count(*) FROM audit_months() AS m WHERE m.from_at > now()),
               'has_stray_rows', EXISTS (SELECT FROM public.audit_log_default))
$$;

SELECT public.make_audit_months();

-- For how many months, beside the one that runs, the log is kept; one row, NULL: for ever.
CREATE TABLE public.audit_retention (
    id          uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    keep_months integer CHECK (keep_months BETWEEN 1 AND 1200),
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX audit_retention_one_row ON public.audit_retention ((true));
CALL public.keep_history('public.audit_retention');
CALL public.forbid_delete('public.audit_retention');
CALL public.secure_rows('public.audit_retention');
CALL public.require_stamps('public.audit_retention');
ALTER TABLE public.audit_retention VALIDATE CONSTRAINT audit_retention_stamps;
INSERT INTO public.audit_retention (keep_months) VALUES (NULL);

-- A page behind a key (NULL: the newest), newest first.  Whoever asks for one branch
-- needs a right there; without a branch, "library" at every branch shows all, and a
-- right at single branches what it shows of those.  Nobody waits for a filter that
-- finds little: a call looks at 50,000 entries at most.  When there are more, and the
-- page is not full, its last row has the op "looked" and says where the next call goes
-- on.
CREATE OR REPLACE FUNCTION public.audit_page(from_at timestamptz, to_at timestamptz, who text, desk text, about text[], kind text[],
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
        'CROSS JOIN LATERAL (SELECT l AS entry FROM public.audit_log AS l WHERE l.at = f.at AND l.id = f.id OFFSET 0) AS a '
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

REVOKE ALL ON PROCEDURE public.secure_audit_partition(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION
    public.audit_months(), public.make_audit_months(integer), public.drop_audit_month(text, bigint, text),
    public.audit_state()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.audit_state() TO branchline_staff, branchline_report;
