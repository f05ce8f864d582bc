-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Who may call and read what.  Whoever may call a writing function still needs
-- the right at the desk's branch.

-- Belt and braces beside the default privileges of 0001.
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT p.oid
          FROM pg_catalog.pg_proc AS p
         WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = 'branchline_owner'::regrole
    LOOP
        EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION
    public.my_rights(),
    public.my_branches(text[]),
    public.checkout(uuid, uuid, bigint, uuid, text, text, date, text[], text),
    public.checkin(uuid, uuid, bigint, uuid, text),
    public.add_copy(uuid, bigint, uuid, text, uuid, text, integer, integer, integer),
    public.find_patron(text),
    public.patron_loans(text, boolean),
    public.newest_loans(uuid, boolean, integer),
    public.statistics(uuid),
    public.replication_health()
TO branchline_staff;

-- Loans, patrons and cards are not among them: a condition with leakproof operators is
-- tried on rows before a policy hides them, and EXPLAIN ANALYZE counts how many it
-- left out.  Functions read them, which record what they tell.
GRANT SELECT ON
    public.copy_list, public.placement_here, public.schema_version, public.shard_identity, public.branch_placement,
    public.physical_exemplars, public.books_ref, public.branches, public.branch_settings, public.branch_calendar,
    public.user_types, public.material_types, public.loan_rules
TO branchline_staff;

GRANT EXECUTE ON FUNCTION
    public.adopt_branch(uuid, bigint),
    public.identify_shard(uuid, text)
TO branchline_admin;

-- Reports see copies and figures, not who has what.
GRANT EXECUTE ON FUNCTION public.statistics(uuid), public.replication_health() TO branchline_report;
GRANT SELECT ON
    public.placement_here, public.schema_version, public.shard_identity, public.branch_placement, public.books_ref,
    public.branches, public.material_types
TO branchline_report;
