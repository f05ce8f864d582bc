-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The staff of the library, a copy of main's: what makes a login on this server
-- (schema/superuser/staff_logins.sql) makes it for nobody else.

CREATE TABLE public.staff (
    id           uuid    NOT NULL PRIMARY KEY,
    login        text    NOT NULL,
    display_name text    NOT NULL,
    active       boolean NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX staff_login ON public.staff (login);

CREATE TRIGGER refuse_local_change BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.staff
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_local_change();

CALL public.secure_rows('public.staff');

-- Whether the right is held here by now: what was given or taken in main has to travel.  All rights for NULL: whether
-- any is held.
CREATE FUNCTION public.staff_right_held(login text, right_code text, branch_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right(staff_right_held.branch_id);
    RETURN EXISTS (
        SELECT
          FROM public.staff_assignments AS a
         WHERE a.login = staff_right_held.login
           AND a.right_code = coalesce(staff_right_held.right_code, a.right_code)
           AND a.branch_id IS NOT DISTINCT FROM staff_right_held.branch_id
           AND a.revoked_at IS NULL
           AND a.deleted_at IS NULL);
END
$$;

REVOKE ALL ON FUNCTION public.staff_right_held(text, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.staff_right_held(text, text, uuid) TO branchline_admin;
