-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The lists of a branch: its copies, its loans, its day, and a mark that tells
-- whether any of them is out of date.

-- LB001 for a branch that is not active here, so that a reader with an old
-- directory goes to the shard that has the branch now.  The epoch is not asked
-- for: what is read is right wherever the branch is active.
CREATE FUNCTION public.require_active(branch_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    here public.branch_placement;
BEGIN
    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = require_active.branch_id;
    IF here.state = 'active' THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'LB001',
        MESSAGE = CASE WHEN here.branch_id IS NULL THEN 'This shard does not hold the branch.'
                       ELSE format('The branch is %s here with epoch %s%s.', here.state, here.epoch,
                                   ', moved to ' || here.moved_to) END,
        DETAIL = jsonb_build_object('state', here.state, 'epoch', here.epoch, 'moved_to', here.moved_to)::text,
        HINT = 'Read the placement of the branch again and ask the shard that it names.';
END
$$;

-- Another value after anything has changed at the branch, or, without one, at
-- any branch that is active here: lent, returned, renewed, undone, added, edited.
-- Views ask once a second and read their rows only when the mark is a new one.
--
-- It is made of the newest entries of the audit log, not of the newest time: a
-- time is that of the beginning of its transaction, so an entry may come to light
-- behind one that is already known.  It costs the same however long the log is.
CREATE FUNCTION public.activity_mark(branch uuid DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    mark text;
BEGIN
    IF branch IS NOT NULL THEN
        PERFORM public.require_active(branch);
    END IF;
    SELECT md5(coalesce(string_agg(n.newest, ' ' ORDER BY p.branch_id), ''))
      INTO mark
      FROM public.branch_placement AS p
      CROSS JOIN LATERAL (
           SELECT p.branch_id || ' ' || string_agg(a.id::text, ' ' ORDER BY a.at, a.id) AS newest
             FROM (SELECT l.id, l.at
                     FROM public.audit_log AS l
                    WHERE l.branch_id = p.branch_id
                    ORDER BY l.at DESC
                    LIMIT CASE WHEN branch IS NULL THEN 20 ELSE 100 END) AS a) AS n
     WHERE p.state = 'active' AND (branch IS NULL OR p.branch_id = branch);
    RETURN mark;
END
$$;

REVOKE ALL ON FUNCTION public.require_active(uuid), public.activity_mark(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.activity_mark(uuid) TO branchline_staff, branchline_report;
