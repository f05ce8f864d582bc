-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The loans of one patron, of all branches of this shard, for the patron's record.

-- Open loans of whatever branch (those of other branches recorded, see
-- note_reading()), the longest overdue first, or the newest of those of the own
-- branches that came back.
-- What was lent by mistake and undone is no loan.  max_renewals is that of the rule
-- by which the loan was made; NULL: none.
-- late_days: how late the loan is, or was when it came back; 0 in time.
CREATE FUNCTION public.loans_of_patron(patron_id uuid, returned boolean, most integer)
    RETURNS TABLE (id uuid, branch_id uuid, lending_branch_id uuid, copy_id uuid, barcode text, book_id uuid, title text,
                   author_line text, lent_at timestamptz, due_at timestamptz, due_on date, due_in integer,
                   returned_at timestamptz, returned_on date, late_days integer, renewals integer, max_renewals integer)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    mine uuid[] := my_branches('desk', 'patrons');
BEGIN
    PERFORM require_patron_right();
    IF NOT returned AND NOT note_open_loans(patron_id) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT l.id, l.branch_id, l.lending_branch_id, e.id, e.barcode, e.book_id, r.title, r.author_line, l.lent_at, l.due_at,
           d.due_on, d.due_on - d.today, l.returned_at, d.returned_on,
           CASE WHEN coalesce(l.returned_at, now()) > l.due_at
                THEN greatest(1, coalesce(d.returned_on, d.today) - d.due_on) ELSE 0 END,
           l.renewals, k.max_renewals
      FROM public.book_lending AS l
      JOIN public.branch_placement AS p ON p.branch_id = l.branch_id AND p.state = 'active'
      JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
      JOIN public.books_ref AS r ON r.id = e.book_id
      JOIN public.branches AS b ON b.id = l.lending_branch_id
      LEFT JOIN public.loan_rules AS k ON k.number = l.rule_number AND k.deleted_at IS NULL
      CROSS JOIN LATERAL (SELECT (l.due_at AT TIME ZONE b.timezone)::date AS due_on,
                                 (l.returned_at AT TIME ZONE b.timezone)::date AS returned_on,
                                 (now() AT TIME ZONE b.timezone)::date AS today) AS d
     WHERE l.user_id = loans_of_patron.patron_id
       AND l.undone_at IS NULL
       AND (l.returned_at IS NOT NULL) = loans_of_patron.returned
       AND (l.returned_at IS NULL OR l.branch_id = ANY (mine))
     ORDER BY l.returned_at DESC, l.due_at, l.id
     LIMIT greatest(most, 1);
END
$$;

REVOKE ALL ON FUNCTION public.loans_of_patron(uuid, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.loans_of_patron(uuid, boolean, integer) TO branchline_staff;
