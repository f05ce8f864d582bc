-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The staff with their rights, for whoever looks after them.  Their logins are roles
-- of each server: schema/superuser/staff_logins.sql.  Who looks after some branches
-- sees the rights that are held there, at every branch included.

CREATE FUNCTION public.staff_list()
    RETURNS TABLE (login text, display_name text, active boolean, right_code text, branch_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    mine uuid[] := public.my_branches('library');
BEGIN
    PERFORM public.require_right_somewhere('library');
    RETURN QUERY
        SELECT s.login, s.display_name, s.active, a.right_code, a.branch_id
          FROM public.staff AS s
          LEFT JOIN public.staff_assignments AS a
            ON a.login = s.login AND a.revoked_at IS NULL AND a.deleted_at IS NULL
           AND (a.branch_id IS NULL OR a.branch_id = ANY (mine))
         WHERE s.deleted_at IS NULL
         ORDER BY s.login, a.right_code, a.branch_id NULLS FIRST;
END
$$;

REVOKE ALL ON FUNCTION public.staff_list() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.staff_list() TO branchline_admin;

-- Shards have a copy, and deletions do not travel.
CALL public.forbid_delete('public.staff');
GRANT SELECT ON public.staff TO branchline_replicator;
