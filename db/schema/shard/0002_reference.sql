-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Reference tables: the shard's copy of what belongs to the main database,
-- written by logical replication only.  Columns are those of the main database.
--
-- The main database has checked every row; here are no defaults, no checks and
-- no unique keys but the primary ones, since a row that the apply worker cannot
-- write stops the replication of all tables.  Rows of branches point at these
-- tables by foreign keys, so they are never deleted.

CREATE TABLE public.user_types (
    id   uuid NOT NULL PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    LIKE public.row_stamp
);

CREATE TABLE public.material_types (
    id   uuid NOT NULL PRIMARY KEY,
    code text NOT NULL,
    name text NOT NULL,
    LIKE public.row_stamp
);

CREATE TABLE public.branches (
    id       uuid NOT NULL PRIMARY KEY,
    code     text NOT NULL,
    name     text NOT NULL,
    timezone text NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX branches_code ON public.branches (code);

CREATE TABLE public.branch_settings (
    branch_id uuid NOT NULL,
    key       text NOT NULL,
    value     text NOT NULL,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, key)
);

CREATE TABLE public.branch_calendar (
    branch_id uuid    NOT NULL,
    id        uuid    NOT NULL,
    weekday   smallint,
    on_date   date,
    is_open   boolean NOT NULL,
    note      text,
    LIKE public.row_stamp,
    PRIMARY KEY (branch_id, id)
);

CREATE INDEX branch_calendar_day ON public.branch_calendar (branch_id, on_date, weekday);

CREATE TABLE public.users_ref (
    id             uuid    NOT NULL PRIMARY KEY,
    family_name    text    NOT NULL,
    given_name     text    NOT NULL,
    display_name   text    NOT NULL,
    user_type_id   uuid    NOT NULL,
    home_branch_id uuid    NOT NULL,
    active         boolean NOT NULL,
    expires_on     date,
    LIKE public.row_stamp
);

CREATE TABLE public.user_cards (
    id          uuid    NOT NULL PRIMARY KEY,
    user_id     uuid    NOT NULL,
    card_number text    NOT NULL,
    active      boolean NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX user_cards_number ON public.user_cards (card_number) WHERE deleted_at IS NULL;
CREATE INDEX user_cards_user ON public.user_cards (user_id);

CREATE TABLE public.user_blocks (
    id      uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL,
    code    text NOT NULL,
    reason  text NOT NULL,
    until   timestamptz,
    LIKE public.row_stamp
);

CREATE INDEX user_blocks_user ON public.user_blocks (user_id);

CREATE TABLE public.loan_rules (
    id               uuid    NOT NULL PRIMARY KEY,
    number           integer NOT NULL,
    branch_id        uuid,
    user_type_id     uuid,
    material_type_id uuid,
    loan_days        integer,
    loan_minutes     integer,
    max_open_loans   integer,
    max_renewals     integer,
    active           boolean NOT NULL,
    LIKE public.row_stamp
);

CREATE TABLE public.staff_assignments (
    id         uuid NOT NULL PRIMARY KEY,
    login      text NOT NULL,
    branch_id  uuid,
    right_code text NOT NULL,
    revoked_at timestamptz,
    LIKE public.row_stamp
);

CREATE INDEX staff_assignments_login ON public.staff_assignments (login);

CREATE TABLE public.books_ref (
    id          uuid NOT NULL PRIMARY KEY,
    isbn13      text,
    title       text NOT NULL,
    sort_title  text NOT NULL,
    author_line text NOT NULL,
    language    text,
    year        integer,
    categories  text NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX books_ref_isbn13 ON public.books_ref (isbn13);

-- Ordinary triggers do not fire in the apply worker, so this one stops
-- everybody else.
CREATE FUNCTION public.refuse_local_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = format('The table %s is a copy of the main database and cannot be changed on a shard.', TG_TABLE_NAME),
        HINT = 'Make the change in the main database; it arrives here by itself.';
END
$$;

DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['user_types', 'material_types', 'branches', 'branch_settings', 'branch_calendar',
                                  'users_ref', 'user_cards', 'user_blocks', 'loan_rules', 'staff_assignments',
                                  'books_ref'] LOOP
        EXECUTE format('CREATE TRIGGER refuse_local_change BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_local_change()', target);
    END LOOP;
END
$$;

-- The code of the branch with this id, or LB005.
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
            HINT = 'List the branches and use one of their ids; a branch that was just added arrives within seconds.';
    END IF;
    RETURN code;
END
$$;

-- Rights are those of now.  A transaction of another isolation level than READ
-- COMMITTED would go on with those it began with, after they have been revoked.
CREATE FUNCTION public.refuse_old_rights() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB002',
        MESSAGE = format('Rights cannot be checked in a transaction of the isolation level %s.',
                         upper(current_setting('transaction_isolation'))),
        HINT = 'Use READ COMMITTED.';
END
$$;

-- session_user, not current_user: inside a SECURITY DEFINER function the latter
-- is the owner.  A superuser passes: who can write every table is kept out by
-- nothing here, and a library is set up before it has staff.
-- branch NULL asks for the right at any branch.
CREATE FUNCTION public.has_right(right_code text, branch_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
        RETURN true;
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.refuse_old_rights();
    END IF;
    RETURN EXISTS (
        SELECT
          FROM public.staff_assignments AS a
         WHERE a.login = session_user::text
           AND a.right_code = has_right.right_code
           AND (a.branch_id IS NULL OR a.branch_id = has_right.branch_id OR has_right.branch_id IS NULL)
           AND a.revoked_at IS NULL
           AND a.deleted_at IS NULL);
END
$$;

CREATE FUNCTION public.require_right(right_code text, branch_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    code text := public.branch_code(require_right.branch_id);
BEGIN
    IF NOT public.has_right(require_right.right_code, require_right.branch_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = format('You do not have the right "%s" at the branch %s.', require_right.right_code, code),
            HINT = 'Ask an administrator to assign it to your login.';
    END IF;
END
$$;

-- A right at every branch, which a right at each single branch is not: a branch
-- may be added.
CREATE FUNCTION public.has_right_everywhere(right_code text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
        RETURN true;
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM public.refuse_old_rights();
    END IF;
    RETURN EXISTS (
        SELECT
          FROM public.staff_assignments AS a
         WHERE a.login = session_user::text
           AND a.right_code = has_right_everywhere.right_code
           AND a.branch_id IS NULL
           AND a.revoked_at IS NULL
           AND a.deleted_at IS NULL);
END
$$;

-- What sets up the library needs the right "library" at every branch; what sets
-- up one branch only, at that branch.
CREATE FUNCTION public.require_library_right(branch_id uuid DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF require_library_right.branch_id IS NOT NULL THEN
        PERFORM public.require_right('library', require_library_right.branch_id);
    ELSIF NOT public.has_right_everywhere('library') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = 'You do not have the right "library" at every branch.',
            HINT = 'Ask an administrator to assign it to your login.';
    END IF;
END
$$;

-- The branches at which the caller holds one of these rights, for policies and
-- lists: computed once for a statement, wherever it stands in a scalar subquery.
CREATE FUNCTION public.my_branches(VARIADIC right_codes text[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    code text;
BEGIN
    FOREACH code IN ARRAY my_branches.right_codes LOOP
        IF public.has_right_everywhere(code) THEN
            RETURN ARRAY(SELECT b.id FROM public.branches AS b);
        END IF;
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT r.branch_id
                   FROM public.my_rights() AS r
                  WHERE r.right_code = ANY (my_branches.right_codes) AND r.branch_id IS NOT NULL);
END
$$;

CREATE FUNCTION public.my_rights() RETURNS TABLE (right_code text, branch_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT a.right_code, a.branch_id
      FROM public.staff_assignments AS a
     WHERE a.login = session_user::text AND a.revoked_at IS NULL AND a.deleted_at IS NULL
     ORDER BY a.right_code, a.branch_id NULLS FIRST
$$;
