-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Branches, their settings and their opening days.  These tables travel to
-- every shard.

CREATE TABLE public.branches (
    id       uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    code     text NOT NULL CHECK (code ~ '^[[:alnum:]][[:alnum:]_.-]{0,31}$'),
    name     text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    timezone text NOT NULL DEFAULT 'UTC',
    LIKE public.row_stamp
);

-- A code is never given to a second branch, not even after the first is closed:
-- old receipts and exports name it.
CREATE UNIQUE INDEX branches_code ON public.branches (code);

CREATE TABLE public.branch_settings (
    branch_id uuid NOT NULL REFERENCES public.branches,
    key       text NOT NULL CHECK (btrim(key) <> ''),
    value     text NOT NULL,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, key)
);

-- A row for one date wins over a row for its day of the week; a day without a
-- row is open.  Days of the week are numbered as in ISO 8601, Monday is 1.
CREATE TABLE public.branch_calendar (
    branch_id uuid     NOT NULL REFERENCES public.branches,
    id        uuid     NOT NULL DEFAULT public.uuid_v7(),
    weekday   smallint CHECK (weekday BETWEEN 1 AND 7),
    on_date   date,
    is_open   boolean  NOT NULL DEFAULT false,
    note      text,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id),
    CONSTRAINT branch_calendar_one_kind CHECK (num_nonnulls(weekday, on_date) = 1)
);

CREATE UNIQUE INDEX branch_calendar_day ON public.branch_calendar (branch_id, on_date, weekday)
    NULLS NOT DISTINCT WHERE deleted_at IS NULL;

CREATE FUNCTION public.prepare_branch() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.name := tidy(NEW.name);
    IF TG_OP = 'UPDATE' AND NEW.timezone = OLD.timezone THEN
        RETURN NEW;
    END IF;
    -- A zone that the server does not know would make every due date fail.
    IF NOT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = NEW.timezone) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('The time zone "%s" is not known to the server.', NEW.timezone),
            HINT = 'Use a name of the IANA time zone list such as Europe/Berlin or UTC.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.branches
    FOR EACH ROW EXECUTE FUNCTION public.prepare_branch();

CALL public.keep_history('public.branches');
CALL public.keep_history('public.branch_settings', 'branch_id');
CALL public.keep_history('public.branch_calendar');
CALL public.forbid_delete('public.branches');
CALL public.forbid_delete('public.branch_settings');
CALL public.forbid_delete('public.branch_calendar');

-- The branch with this id, or LB005.
CREATE FUNCTION public.branch_code(branch_id uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    code text;
BEGIN
    SELECT b.code INTO code FROM public.branches AS b WHERE b.id = branch_code.branch_id AND b.deleted_at IS NULL;
    IF code IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no branch with the id %s.', coalesce(branch_code.branch_id::text, 'NULL')),
            HINT = 'List the branches and use one of their ids.';
    END IF;
    RETURN code;
END
$$;

CREATE FUNCTION public.add_branch(id uuid, code text, name text, timezone text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    branch public.branches;
BEGIN
    PERFORM public.require_library_right();
    IF coalesce(add_branch.code, '') !~ '^[[:alnum:]][[:alnum:]_.-]{0,31}$'
       OR coalesce(btrim(add_branch.name), '') = '' OR char_length(add_branch.name) > 200 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The code or the name of the branch is not valid.',
            HINT = 'Give a code of 1 to 32 letters, digits, "_", "-" or "." and a name of 1 to 200 characters.';
    END IF;

    INSERT INTO public.branches (id, code, name, timezone)
    VALUES (coalesce(add_branch.id, public.uuid_v7()), add_branch.code, add_branch.name,
            coalesce(nullif(add_branch.timezone, ''), 'UTC'))
    ON CONFLICT DO NOTHING;

    SELECT b.* INTO branch FROM public.branches AS b WHERE b.code = add_branch.code;
    IF branch.id IS NULL OR branch.name <> tidy(add_branch.name) OR branch.deleted_at IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = CASE WHEN branch.id IS NULL THEN 'The id of the new branch belongs to another branch.'
                           ELSE format('The branch code %s is already used by "%s".', branch.code, branch.name) END,
            HINT = 'Choose another code, or use the branch that exists.';
    END IF;
    RETURN branch.id;
END
$$;

-- Workstations listen on this channel and read the directory again.  It is only
-- a hint: they also ask every 30 seconds.
CREATE FUNCTION public.announce_directory() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('branchline_directory', TG_TABLE_NAME);
    RETURN NULL;
END
$$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON public.branches
    FOR EACH STATEMENT EXECUTE FUNCTION public.announce_directory();
