-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What an import leaves in each database while it is on its way, and what every
-- batch begins and ends with.  Made by the program, as the superuser who imports,
-- each time it runs; not a part of the schema.
--
-- The rows of a batch are in pg_temp.import_rows: the line of the file, the reason
-- why the row does not go in ('': it is there already), and its columns.  A row
-- that could not be read comes with its reason and nothing else.

CREATE SCHEMA IF NOT EXISTS import_staging;
REVOKE ALL ON SCHEMA import_staging FROM PUBLIC;

CREATE TABLE IF NOT EXISTS import_staging.run (
    identity   text        NOT NULL PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now()
);

-- Written in the transaction of each batch, so it is exact whatever dies when.
CREATE TABLE IF NOT EXISTS import_staging.progress (
    task     text    NOT NULL PRIMARY KEY,
    line     bigint  NOT NULL DEFAULT 0,
    position bigint  NOT NULL DEFAULT 0,
    written  bigint  NOT NULL DEFAULT 0,
    present  bigint  NOT NULL DEFAULT 0,
    refused  bigint  NOT NULL DEFAULT 0,
    is_done  boolean NOT NULL DEFAULT false
);

CREATE TABLE IF NOT EXISTS import_staging.refused (
    file   text   NOT NULL,
    line   bigint NOT NULL,
    reason text   NOT NULL
);

CREATE INDEX IF NOT EXISTS refused_line ON import_staging.refused (file, line);

-- Types and categories that the library has already under another id.
CREATE TABLE IF NOT EXISTS import_staging.same (
    theirs uuid NOT NULL PRIMARY KEY,
    ours   uuid NOT NULL
);

-- What to say of a row whose key is there: it came in before this import, it was removed, or an earlier line of its
-- file has it.
CREATE OR REPLACE FUNCTION import_staging.met(created_at timestamptz, deleted_at timestamptz DEFAULT NULL) RETURNS text
    LANGUAGE sql STABLE
RETURN CASE WHEN deleted_at IS NOT NULL THEN 'It was removed from the library.'
            WHEN created_at < (SELECT r.started_at FROM import_staging.run AS r) THEN ''
            ELSE 'An earlier line of this file has the same key.' END;

-- Before a batch: a program that lost its lock on the library ends here, and one that comes after it waits in
-- enterDatabase() until its last batch is in or gone.
CREATE OR REPLACE FUNCTION import_staging.enter_batch(task text, "position" bigint) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    known bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1279420770);
    SELECT p."position" INTO known FROM import_staging.progress AS p WHERE p.task = enter_batch.task FOR UPDATE;
    IF coalesce(known, 0) <> enter_batch."position" THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The import goes on in another program.',
            HINT = 'Wait until that one has ended.';
    END IF;
END
$$;

-- Nobody else changes these tables until the transaction ends; reading goes on.  A batch waits for one of them
-- while it holds none, and hardly at all for the others, so that desks, which lock them in another order, do not
-- queue behind one that waits itself.
-- The triggers of the tables are silent from here on: the caller proves what they would have, and the defaults of
-- the columns are the stamps.
CREATE OR REPLACE FUNCTION import_staging.begin_batch(VARIADIC tables regclass[]) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    longest   CONSTANT text := current_setting('lock_timeout');
    give_up   CONSTANT timestamptz := clock_timestamp() + longest::interval;
    target    regclass := tables[1];
    has_first boolean;
BEGIN
    LOOP
        has_first := false;
        BEGIN
            EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
            has_first := true;
            PERFORM set_config('lock_timeout', '50ms', true);
            FOREACH target IN ARRAY tables LOOP
                EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', target);
            END LOOP;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            -- The locks of the block are free again.  The next round begins with the one that was missing.
            IF NOT has_first OR clock_timestamp() >= give_up THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', longest, true);
    PERFORM set_config('session_replication_role', 'replica', true);
END
$$;

-- The second row of a batch that has the same key as an earlier one.
CREATE OR REPLACE FUNCTION import_staging.refuse_twice(key text, reason text, only_if text DEFAULT 'true')
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format(
        'UPDATE pg_temp.import_rows AS r SET reason = %L '
        '  FROM (SELECT i.line, row_number() OVER (PARTITION BY %s ORDER BY i.line) AS place '
        '          FROM pg_temp.import_rows AS i WHERE i.reason IS NULL AND (%s)) AS n '
        ' WHERE n.line = r.line AND n.place > 1', reason, key, only_if);
END
$$;

-- One line of the audit log for the batch, what it refused, and how far the file is
-- done.  table_name NULL: the tables have written their own lines.  `inserted` is how many rows
-- the caller has seen go in, which must be all that it did not refuse.
CREATE OR REPLACE FUNCTION import_staging.end_batch(
    batch jsonb, table_name text, inserted bigint, OUT written bigint, OUT present bigint, OUT refused bigint)
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    SELECT count(*) FILTER (WHERE r.reason IS NULL), count(*) FILTER (WHERE r.reason = ''),
           count(*) FILTER (WHERE r.reason <> '')
      INTO written, present, refused
      FROM pg_temp.import_rows AS r;
    IF inserted <> written THEN
        RAISE EXCEPTION 'Of % rows for %, % went in.', written, batch ->> 'task', inserted
              USING HINT = 'Nothing of this batch was kept; run the same command again.';
    END IF;
    IF refused > 0 THEN
        INSERT INTO import_staging.refused (file, line, reason)
        SELECT batch ->> 'file', r.line, r.reason FROM pg_temp.import_rows AS r WHERE r.reason <> '';
    END IF;
    IF end_batch.table_name IS NOT NULL AND written > 0 THEN
        INSERT INTO public.audit_log (txid, actor, application, op, table_name, new)
        VALUES (txid_current(), session_user, current_setting('application_name'), 'import', end_batch.table_name,
                batch - ARRAY['task', 'position', 'skip']
                || jsonb_build_object('rows', written, 'present', present, 'refused', refused));
    END IF;
    INSERT INTO import_staging.progress AS p (task, line, position, written, present, refused)
    VALUES (batch ->> 'task', (batch ->> 'last_line')::bigint, (batch ->> 'position')::bigint,
            end_batch.written, end_batch.present, end_batch.refused)
    ON CONFLICT (task) DO UPDATE
       SET line = excluded.line, position = excluded.position, written = p.written + excluded.written,
           present = p.present + excluded.present, refused = p.refused + excluded.refused;
END
$$;
