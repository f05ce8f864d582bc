-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Staff and their rights.  A staff member is a login role of PostgreSQL; what
-- it may do at which branch are rows of staff_assignments, which travel to the
-- shards.  Group roles decide which functions a login may call at all.

CREATE TABLE public.staff (
    id           uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    login        text    NOT NULL UNIQUE CHECK (login ~ '^[a-z_][a-z0-9_]{0,62}$'
                                               AND login !~ '^((pg|branchline)_.*|none|public)$'),
    display_name text    NOT NULL CHECK (btrim(display_name) <> '' AND char_length(display_name) <= 200),
    active       boolean NOT NULL DEFAULT true,
    LIKE public.row_stamp
);

CREATE FUNCTION public.right_codes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['desk', 'catalogue', 'patrons', 'branch', 'library', 'reports'];

COMMENT ON FUNCTION public.right_codes() IS
    'desk: lend and take back; catalogue: edit books; patrons: edit patrons; branch: edit the copies of a branch; '
    'library: rules, types, branches and staff; reports: read the loans of a branch without its patrons';

-- branch_id NULL means every branch.  A right ends by revoked_at; the row stays
-- as the record that it was held.
CREATE TABLE public.staff_assignments (
    id         uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    login      text NOT NULL REFERENCES public.staff (login),
    branch_id  uuid REFERENCES public.branches,
    right_code text NOT NULL CHECK (right_code = ANY (public.right_codes())),
    revoked_at timestamptz,
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX staff_assignments_live ON public.staff_assignments (login, right_code, branch_id)
    NULLS NOT DISTINCT WHERE revoked_at IS NULL AND deleted_at IS NULL;
CREATE INDEX staff_assignments_login ON public.staff_assignments (login);
CREATE INDEX staff_assignments_branch ON public.staff_assignments (branch_id);

CALL public.keep_history('public.staff');
CALL public.keep_history('public.staff_assignments');
CALL public.forbid_delete('public.staff_assignments');

-- Somebody must be left who can assign rights, whoever is revoked or disabled.  A
-- superuser can always do that, and so may take the last one.
CREATE FUNCTION public.keep_an_administrator() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
        RETURN NULL;
    END IF;
    -- Of two who take it from one another at once the second waits here, and then finds none left.
    PERFORM public.lock_keys('library');
    IF NOT EXISTS (SELECT
                     FROM public.staff_assignments AS a
                     JOIN public.staff AS s ON s.login = a.login AND s.active AND s.deleted_at IS NULL
                    WHERE a.right_code = 'library' AND a.branch_id IS NULL
                      AND a.revoked_at IS NULL AND a.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'Nobody would be left who may assign rights at every branch.',
            HINT = 'Give somebody else the right "library" at every branch first.';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_an_administrator AFTER UPDATE ON public.staff_assignments
    FOR EACH ROW WHEN (OLD.right_code = 'library' AND OLD.branch_id IS NULL
                       AND OLD.revoked_at IS NULL AND (NEW.revoked_at IS NOT NULL OR NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION public.keep_an_administrator();

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
-- branch NULL asks for the right at any branch.  Who is disabled has no right.
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
          JOIN public.staff AS s ON s.login = a.login AND s.active AND s.deleted_at IS NULL
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

-- For what belongs to no branch, such as the catalogue.
CREATE FUNCTION public.require_right_somewhere(right_code text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT public.has_right(require_right_somewhere.right_code, NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB004',
            MESSAGE = format('You do not have the right "%s" at any branch.', require_right_somewhere.right_code),
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
          JOIN public.staff AS s ON s.login = a.login AND s.active AND s.deleted_at IS NULL
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
      JOIN public.staff AS s ON s.login = a.login AND s.active AND s.deleted_at IS NULL
     WHERE a.login = session_user::text AND a.revoked_at IS NULL AND a.deleted_at IS NULL
     ORDER BY a.right_code, a.branch_id NULLS FIRST
$$;

-- Somebody who was disabled may sign in again, with no rights at first.  History goes by
-- the login, so one that is in use is nobody else's.
CREATE FUNCTION public.add_staff(login text, display_name text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    member public.staff;
BEGIN
    PERFORM public.require_library_right();
    IF coalesce(add_staff.login, '') !~ '^[a-z_][a-z0-9_]{0,62}$' OR coalesce(tidy(add_staff.display_name), '') = ''
       OR char_length(add_staff.display_name) > 200 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The login or the name of the staff member is not valid.',
            HINT = 'Give a login of 1 to 63 small letters, digits and "_" that does not begin with a digit, and a name '
                   'of 1 to 200 characters.';
    ELSIF add_staff.login ~ '^((pg|branchline)_.*|none|public)$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('The login "%s" is reserved.', add_staff.login),
            HINT = 'Choose another one, which neither begins with pg_ or branchline_ nor is none or public.';
    END IF;
    INSERT INTO public.staff AS s (login, display_name) VALUES (add_staff.login, tidy(add_staff.display_name))
    ON CONFLICT (login) DO UPDATE SET active = true, display_name = excluded.display_name WHERE NOT s.active;
    SELECT s.* INTO member FROM public.staff AS s WHERE s.login = add_staff.login;
    IF member.display_name <> tidy(add_staff.display_name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The login "%s" is already that of %s.', member.login, member.display_name),
            HINT = 'Choose another login, or give the name as it is.';
    END IF;
    RETURN member.id;
END
$$;

-- Disabling ends every right with it, so that the shards need to know of nothing
-- else.  The lock on the row keeps out a right that is being assigned meanwhile.
CREATE FUNCTION public.set_staff_active(login text, active boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM public.require_library_right();
    IF set_staff_active.login = session_user::text AND NOT coalesce(set_staff_active.active, false) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'You cannot disable your own login.',
            HINT = 'Ask another administrator to do it.';
    END IF;
    PERFORM FROM public.staff AS s WHERE s.login = set_staff_active.login AND s.deleted_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no staff member with the login "%s".', set_staff_active.login),
            HINT = 'List the staff and use one of their logins.';
    END IF;
    UPDATE public.staff AS s
       SET active = coalesce(set_staff_active.active, false)
     WHERE s.login = set_staff_active.login AND s.active <> coalesce(set_staff_active.active, false);
    IF NOT coalesce(set_staff_active.active, false) THEN
        UPDATE public.staff_assignments AS a
           SET revoked_at = now()
         WHERE a.login = set_staff_active.login AND a.revoked_at IS NULL;
    END IF;
END
$$;

-- branch NULL assigns the right at every branch, right NULL assigns all rights.
-- Who has the right "library" at one branch only assigns rights there, that one
-- among them.
CREATE FUNCTION public.assign_right(login text, right_code text, branch_id uuid DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    member public.staff;
BEGIN
    PERFORM public.require_library_right(assign_right.branch_id);
    IF assign_right.right_code <> ALL (right_codes()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('There is no right called "%s".', assign_right.right_code),
            HINT = format('Use one of: %s.', array_to_string(right_codes(), ', '));
    END IF;
    SELECT s.* INTO member
      FROM public.staff AS s
     WHERE s.login = assign_right.login AND s.deleted_at IS NULL
       FOR SHARE;
    IF member.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no staff member with the login "%s".', assign_right.login),
            HINT = 'Add the staff member first.';
    ELSIF NOT member.active THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The login "%s" is disabled.', assign_right.login),
            HINT = 'Add the staff member again first.';
    END IF;
    INSERT INTO public.staff_assignments (login, right_code, branch_id)
    SELECT assign_right.login, r, assign_right.branch_id
      FROM unnest(right_codes()) AS r
     WHERE r = coalesce(assign_right.right_code, r)
    ON CONFLICT (login, right_code, branch_id) WHERE revoked_at IS NULL AND deleted_at IS NULL DO NOTHING;
END
$$;

-- What is not held stays so.  right NULL takes back all that are held there.
CREATE FUNCTION public.revoke_right(login text, right_code text, branch_id uuid DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    member public.staff;
BEGIN
    PERFORM public.require_library_right(revoke_right.branch_id);
    SELECT s.* INTO member FROM public.staff AS s WHERE s.login = revoke_right.login AND s.deleted_at IS NULL;
    IF member.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no staff member with the login "%s".', revoke_right.login),
            HINT = 'List the staff and use one of their logins.';
    ELSIF revoke_right.right_code <> ALL (right_codes()) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('There is no right called "%s".', revoke_right.right_code),
            HINT = format('Use one of: %s.', array_to_string(right_codes(), ', '));
    END IF;
    UPDATE public.staff_assignments AS a
       SET revoked_at = now()
     WHERE a.login = revoke_right.login
       AND a.right_code = coalesce(revoke_right.right_code, a.right_code)
       AND a.branch_id IS NOT DISTINCT FROM revoke_right.branch_id
       AND a.revoked_at IS NULL;
    IF NOT FOUND AND revoke_right.branch_id IS NOT NULL
       AND EXISTS (SELECT FROM public.staff_assignments AS a
                    WHERE a.login = revoke_right.login AND a.branch_id IS NULL AND a.revoked_at IS NULL
                      AND a.right_code = coalesce(revoke_right.right_code, a.right_code)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('%s holds the right at every branch, so it cannot be taken at one.', member.display_name),
            HINT = 'Take it back at every branch, and assign it again at those branches where it is to stay.';
    END IF;
END
$$;
