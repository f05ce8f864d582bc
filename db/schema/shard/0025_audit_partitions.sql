-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- The audit log in months, each a partition, so that old months can be taken out whole.
-- What there is stays where it is, as the first partition, which ends in two to three months: nothing
-- is copied or read.  A row whose month has not been made goes into the default partition and stays
-- in the log; make_audit_month() makes months ahead, which whoever runs these steps calls afterwards,
-- and fetches such rows.

-- Functions that take a row of the log know the table, not its name: they are made again.
DO $$
DECLARE
    taken   regprocedure[] := ARRAY(SELECT p.oid FROM pg_catalog.pg_proc AS p
                                     WHERE p.proargtypes[0] = 'public.audit_log'::regtype ORDER BY p.proname);
    bodies  text[] := ARRAY(SELECT pg_catalog.pg_get_functiondef(f) FROM unnest(taken) AS f);
    body    text;
BEGIN
    IF cardinality(taken) <> 5 THEN
        RAISE EXCEPTION USING
            MESSAGE = format('%s functions take a row of the audit log, 5 should: %s.', cardinality(taken), taken),
            HINT = 'Drop those that are your own, and make them again after the migration.';
    END IF;
    EXECUTE 'DROP FUNCTION ' || array_to_string(taken, ', ');

    ALTER TABLE public.audit_log RENAME TO audit_log_first;
    ALTER TABLE public.audit_log_first DROP CONSTRAINT audit_log_pkey;
    ALTER TABLE public.audit_log_first ADD CONSTRAINT audit_log_first_pkey PRIMARY KEY USING INDEX audit_log_key;
    ALTER INDEX public.audit_log_row RENAME TO audit_log_first_row;
    ALTER INDEX public.audit_log_at RENAME TO audit_log_first_at;
    DROP TRIGGER refuse_change ON public.audit_log_first;
    DROP TRIGGER note_change ON public.audit_log_first;

    CREATE TABLE public.audit_log (LIKE public.audit_log_first INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE (at);
    ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_first_until;
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
CALL public.secure_rows('public.audit_log');

-- Its constraint says already that it ends there, so it is not read.
DO $$
DECLARE
    ends text := (SELECT substring(pg_catalog.pg_get_constraintdef(c.oid) FROM '''(.*)''') FROM pg_catalog.pg_constraint AS c
                   WHERE c.conrelid = 'public.audit_log_first'::regclass AND c.conname = 'audit_log_first_until');
BEGIN
    EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.audit_log_first FOR VALUES FROM (MINVALUE) TO (%L)',
                   ends);
    ALTER TABLE public.audit_log_first DROP CONSTRAINT audit_log_first_until;
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON public.audit_log
    FOR EACH ROW EXECUTE FUNCTION public.refuse_audit_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();
CREATE TRIGGER note_change AFTER INSERT ON public.audit_log
    FOR EACH ROW
    WHEN (NEW.table_name IN ('book_lending', 'physical_exemplars', 'branch_placement', 'charges', 'payments'))
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
    SET "DateStyle" = 'ISO, MDY'
    SET "TimeZone" = 'UTC'
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

CREATE FUNCTION public.utc_month(at timestamptz, further integer DEFAULT 0) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (pg_catalog.date_trunc('month', at AT TIME ZONE 'UTC') + pg_catalog.make_interval(months => further))
       AT TIME ZONE 'UTC';

-- A month without entries yet, or with a few that lie in the default partition: they are moved.
-- In a month that people write in, whoever waited for the default partition would be refused there, since
-- his entry belongs elsewhere now; so he has to wait for the log itself, and finds the month.
CREATE FUNCTION public.add_audit_month(begins timestamptz) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    ends timestamptz := utc_month(begins, 1);
    name text := 'audit_log_' || to_char(begins AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    EXECUTE format('CREATE TABLE public.%I (LIKE public.audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    CALL secure_audit_partition(format('public.%I', name)::regclass);
    IF begins < now() + interval '1 day' AND ends > now() THEN
        CALL lock_together(ARRAY['public.audit_log', 'public.audit_log_default']::regclass[]);
    ELSE
        LOCK TABLE public.audit_log_default IN ACCESS EXCLUSIVE MODE;
    END IF;
    IF EXISTS (SELECT FROM public.audit_log_default AS d WHERE d.at >= begins AND d.at < ends) THEN
        ALTER TABLE public.audit_log_default DISABLE TRIGGER refuse_change;
        EXECUTE format('WITH gone AS (DELETE FROM public.audit_log_default AS d '
                       'WHERE d.at >= %L AND d.at < %L RETURNING d.*) '
                       'INSERT INTO public.%I SELECT * FROM gone', begins, ends, name);
        ALTER TABLE public.audit_log_default ENABLE TRIGGER refuse_change;
    END IF;
    EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                   name, begins, ends);
    RETURN name;
END
$$;

-- Nobody has made months for long, and the entries of the running one lie in the default partition, as
-- many as there are: none is moved, the table becomes the partition of their months and of those to come.
-- That it holds no others is checked beforehand, while people write, since desks wait for the change.
-- Each call takes one step further; until the last one it gives the name of the default partition.
CREATE FUNCTION public.settle_default_audit(begins timestamptz, ends timestamptz) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    name         text := format('audit_log_%s_on', to_char(begins AT TIME ZONE 'UTC', 'YYYY_MM'));
    is_validated boolean;
    index_name   text;
BEGIN
    SELECT c.convalidated INTO is_validated
      FROM pg_constraint AS c
     WHERE c.conrelid = 'public.audit_log_default'::regclass AND c.conname = 'audit_log_holds';
    IF is_validated IS NULL THEN
        EXECUTE format('ALTER TABLE public.audit_log_default ADD CONSTRAINT audit_log_holds '
                       'CHECK (at >= %L AND at < %L) NOT VALID', begins, ends);
        RETURN 'audit_log_default';
    ELSIF NOT is_validated THEN
        ALTER TABLE public.audit_log_default VALIDATE CONSTRAINT audit_log_holds;
        RETURN 'audit_log_default';
    END IF;
    CALL lock_together(ARRAY['public.audit_log', 'public.audit_log_default']::regclass[]);
    ALTER TABLE public.audit_log DETACH PARTITION public.audit_log_default;
    EXECUTE format('ALTER TABLE public.audit_log_default RENAME TO %I', name);
    FOR index_name IN SELECT x.indexrelid::regclass FROM pg_index AS x WHERE x.indrelid = format('public.%I', name)::regclass
    LOOP
        EXECUTE format('ALTER INDEX public.%I RENAME TO %I', index_name,
                       left(replace(index_name, 'audit_log_default', name), 63));
    END LOOP;
    EXECUTE format('ALTER TABLE public.audit_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                   name, begins, ends);
    EXECUTE format('ALTER TABLE public.%I DROP CONSTRAINT audit_log_holds', name);
    CREATE TABLE public.audit_log_default PARTITION OF public.audit_log DEFAULT;
    CALL secure_audit_partition('public.audit_log_default');
    RETURN name;
END
$$;

-- Does the next of what is to be done, so that every month "ahead", this one included, and those of
-- entries in the default partition are there; NULL when all are.  Gives the name of the partition it has
-- worked on.  To be called again and again, each time in a transaction of its own: desks wait for
-- none longer than it takes to make one table.  May be called twice at once.
CREATE FUNCTION public.make_audit_month(ahead integer DEFAULT 36) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET "DateStyle" = 'ISO, MDY'
    SET "TimeZone" = 'UTC'
AS $$
DECLARE
    gap_from   timestamptz;
    gap_until  timestamptz;
    run_from   timestamptz; -- what the default partition is to become
    run_until  timestamptz;
    held       timestamptz[];
    begins     timestamptz;
BEGIN
    PERFORM lock_keys('audit_months');
    IF NOT EXISTS (SELECT FROM audit_months() AS m WHERE m.from_at <= now() AND m.until_at > now()) THEN
        SELECT coalesce(max(m.until_at) FILTER (WHERE m.until_at <= now()), '-infinity'),
               coalesce(min(m.from_at) FILTER (WHERE m.from_at > now()), 'infinity')
          INTO gap_from, gap_until
          FROM audit_months() AS m;
        SELECT greatest(gap_from, utc_month(min(d.at))), least(gap_until, utc_month(now(), 12))
          INTO run_from, run_until
          FROM public.audit_log_default AS d
         WHERE d.at >= gap_from AND d.at < least(gap_until, utc_month(now(), 12))
        HAVING count(*) > 0;
    END IF;
    -- One that was begun, and is not to be ended any more: it must not refuse what comes.
    SELECT regexp_match(pg_get_constraintdef(c.oid), '''(.*)''.*''(.*)''') INTO held
      FROM pg_constraint AS c
     WHERE c.conrelid = 'public.audit_log_default'::regclass AND c.conname = 'audit_log_holds';
    IF held IS NOT NULL THEN
        IF run_from IS NULL OR held[1] > run_from OR held[2] < utc_month(now(), 2) OR held[2] > gap_until THEN
            ALTER TABLE public.audit_log_default DROP CONSTRAINT audit_log_holds;
            RETURN 'audit_log_default';
        END IF;
        run_from := held[1];
        run_until := held[2];
    END IF;
    SELECT s.begins INTO begins
      FROM (SELECT DISTINCT utc_month(d.at) FROM public.audit_log_default AS d
             WHERE run_from IS NULL OR d.at < run_from OR d.at >= run_until) AS s (begins)
     WHERE NOT EXISTS (SELECT FROM audit_months() AS m WHERE m.from_at < utc_month(s.begins, 1) AND m.until_at > s.begins)
     ORDER BY 1 LIMIT 1;
    IF begins IS NOT NULL THEN
        RETURN add_audit_month(begins);
    ELSIF run_from IS NOT NULL THEN
        RETURN settle_default_audit(run_from, run_until);
    END IF;
    WITH m AS MATERIALIZED (SELECT * FROM audit_months())
    SELECT utc_month(now(), n) INTO begins
      FROM generate_series(0, greatest(ahead, 0)) AS n
     WHERE NOT EXISTS (SELECT FROM m
                        WHERE m.from_at < utc_month(now(), n + 1) AND m.until_at > utc_month(now(), n))
     ORDER BY n LIMIT 1;
    RETURN CASE WHEN begins IS NOT NULL THEN add_audit_month(begins) END;
END
$$;

-- Takes a month that is over, and has been for as long as "keep_months", out of the log, with all its rows;
-- who did that, and what was taken, is written into the log.  "rows" is how many the caller has saved
-- in "file": another number is an error, and nothing is done; NULL: none were saved.
CREATE FUNCTION public.drop_audit_month(name text, keep_months integer, rows bigint DEFAULT NULL, file text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    month record;
    found bigint;
BEGIN
    PERFORM lock_keys('audit_months');
    SELECT m.* INTO month FROM audit_months() AS m WHERE m.name = drop_audit_month.name;
    IF month.name IS NULL OR keep_months IS NULL OR keep_months < 1
       OR month.until_at > utc_month(now(), -drop_audit_month.keep_months) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('%s is no month of the audit log that has been over for long enough.', drop_audit_month.name),
            HINT = 'Only whole months that are older than is to be kept can be taken out.';
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
    RETURN found;
END
$$;

-- For the health check: how many months beginning with the next are ready without a gap, and whether rows
-- lie in the default partition.
CREATE FUNCTION public.audit_state() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH m AS MATERIALIZED (SELECT * FROM audit_months())
    SELECT jsonb_build_object(
               'months_ahead',
               (SELECT n FROM generate_series(0, 1200) AS n
                 WHERE NOT EXISTS (SELECT FROM m WHERE m.from_at <= utc_month(now(), n + 1)
                                                   AND m.until_at > utc_month(now(), n + 1))
                 ORDER BY n LIMIT 1),
               'has_stray_rows', EXISTS (SELECT FROM public.audit_log_default))
$$;

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
    public.audit_months(), public.utc_month(timestamptz, integer), public.add_audit_month(timestamptz),
    public.settle_default_audit(timestamptz, timestamptz), public.make_audit_month(integer),
    public.drop_audit_month(text, integer, bigint, text), public.audit_state()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.audit_state() TO branchline_staff, branchline_report;
