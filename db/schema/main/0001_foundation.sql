-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Foundation: what every table of a Branchline database rests on.  This text
-- is the same in the main database and on the shards.
--
-- Every function is written so that it does not depend on the caller's
-- search_path: the apply worker of logical replication runs with an empty one,
-- and a SECURITY DEFINER function must not find objects of the caller.  Bodies
-- in SQL-standard form (RETURN) are bound when they are created; all others pin
-- search_path.

-- Nobody may call a function unless a migration grants it.
ALTER DEFAULT PRIVILEGES FOR ROLE branchline_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Version 7: 48 bits of milliseconds, then random bits, so that new keys are
-- neighbours in their index.  The order means nothing else.
CREATE FUNCTION public.uuid_v7() RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN pg_catalog.encode(
    pg_catalog.set_bit(
        pg_catalog.set_bit(
            pg_catalog.overlay(
                pg_catalog.uuid_send(pg_catalog.gen_random_uuid()),
                pg_catalog.substr(
                    pg_catalog.int8send(
                        pg_catalog.floor(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp()) * 1000)::bigint),
                    3),
                1, 6),
            52, 1),
        53, 1),
    'hex')::uuid;

COMMENT ON FUNCTION public.uuid_v7() IS 'Default of every id: UUID version 7';

-- The columns that end every ordinary table.  They are nullable in the type
-- because stamp_row() fills them whatever the client sends.
CREATE TYPE public.row_stamp AS (
    created_at  timestamptz,
    created_by  text,
    updated_at  timestamptz,
    updated_by  text,
    row_version bigint,
    deleted_at  timestamptz,
    deleted_by  text
);

-- BEFORE INSERT OR UPDATE.  The client cannot choose any of the stamps but the
-- fact of deletion; row_version counts 1, 2, 3 … without gaps.
CREATE FUNCTION public.stamp_row() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := now();
        NEW.created_by := session_user;
        NEW.row_version := 1;
    ELSE
        NEW.created_at := OLD.created_at;
        NEW.created_by := OLD.created_by;
        NEW.row_version := OLD.row_version + 1;
    END IF;
    NEW.updated_at := now();
    NEW.updated_by := session_user;

    IF NEW.deleted_at IS NULL THEN
        NEW.deleted_by := NULL;
    ELSIF TG_OP = 'INSERT' OR OLD.deleted_at IS NULL THEN
        NEW.deleted_at := now();
        NEW.deleted_by := session_user;
    ELSE
        NEW.deleted_at := OLD.deleted_at;
        NEW.deleted_by := OLD.deleted_by;
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE public.audit_log (
    id          uuid        NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    txid        bigint      NOT NULL,
    actor       text        NOT NULL,
    application text        NOT NULL,
    op          text        NOT NULL CHECK (op IN ('insert', 'update', 'delete', 'read', 'refused')),
    table_name  text        NOT NULL,
    row_id      uuid,
    branch_id   uuid,
    old         jsonb,
    new         jsonb
);

CREATE INDEX audit_log_row ON public.audit_log (row_id, at);
CREATE INDEX audit_log_branch ON public.audit_log (branch_id, at) WHERE branch_id IS NOT NULL;

COMMENT ON TABLE public.audit_log IS
    'Every change of every ordinary table, and what was read of other branches; rows are only ever added';

-- AFTER ROW.  The argument names the column that identifies the row when that
-- is not "id".  Derived search data stays out of the log.
CREATE FUNCTION public.record_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    key_column text := coalesce(TG_ARGV[0], 'id');
    old_row    jsonb;
    new_row    jsonb;
    subject    jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD) - 'search'::text;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW) - 'search'::text;
    END IF;
    subject := coalesce(new_row, old_row);

    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, old, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), lower(TG_OP), TG_TABLE_NAME,
            (subject ->> key_column)::uuid, (subject ->> 'branch_id')::uuid, old_row, new_row);
    RETURN NULL;
END
$$;

-- BEFORE DELETE and BEFORE TRUNCATE.  A removal must travel to the shards, and
-- only inserts and updates do.
CREATE FUNCTION public.refuse_delete() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = format('Rows of the table %s cannot be deleted.', TG_TABLE_NAME),
        HINT = 'Mark the row as removed: update it and set deleted_at to now().';
END
$$;

CREATE FUNCTION public.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = 'The audit log can only grow; its rows cannot be changed or deleted.',
        HINT = 'Correct the row that the entry is about; the correction is recorded as well.';
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON public.audit_log
    FOR EACH ROW EXECUTE FUNCTION public.refuse_audit_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

-- BEFORE triggers fire in the order of their names: "prepare" (where a table
-- has one) sees the row before "stamp" does.
CREATE PROCEDURE public.keep_history(target regclass, key_column text DEFAULT 'id')
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION public.stamp_row()', target);
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION public.record_change(%L)', target, key_column);
END
$$;

CREATE PROCEDURE public.forbid_delete(target regclass)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON %s '
                   'FOR EACH ROW EXECUTE FUNCTION public.refuse_delete()', target);
    EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_delete()', target);
END
$$;

-- Serialises the callers that are about to find or create things of the same
-- natural keys.  The locks are taken in one order, before any row lock, so that
-- two callers with several keys cannot block each other for ever.
CREATE FUNCTION public.lock_keys(VARIADIC keys text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    key integer;
BEGIN
    FOR key IN SELECT DISTINCT hashtext(k) FROM unnest(keys) AS k WHERE k IS NOT NULL ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(3, key);
    END LOOP;
END
$$;

-- Blanks at the ends and runs of blanks are never meant.
CREATE FUNCTION public.tidy(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pg_catalog.btrim(pg_catalog.regexp_replace(value, '\s+', ' ', 'g'));
