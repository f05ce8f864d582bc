-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Who may call and read what.  The groups include one another: branchline_admin
-- is a member of branchline_branch_admin, and that of branchline_staff.
-- Whoever may call a function still needs the right at the branch, if the
-- function asks for one.

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

-- Every staff member: the catalogue, patrons, copies; the rights at a branch
-- decide further.
GRANT EXECUTE ON FUNCTION
    public.isbn13(text),
    public.isbn13_valid(text),
    public.isbn10_valid(text),
    public.my_rights(),
    public.my_branches(text[]),
    public.search_books(text, integer),
    public.book_detail(uuid),
    public.add_book(uuid, text, text[], text, text, integer, text[]),
    public.add_patron(uuid, text, text, text, text, uuid),
    public.claim_barcode(uuid, uuid, text),
    public.settle_barcode(uuid),
    public.locate_barcode(text),
    public.replication_state()
TO branchline_staff;

-- Patrons and cards are not among them: a condition with leakproof operators is tried
-- on rows before a policy hides them, and EXPLAIN ANALYZE counts how many it left out.
-- Functions read them, which record what they tell.
GRANT SELECT ON
    public.branch_list, public.shard_list, public.loan_rule_list, public.schema_version,
    public.branches, public.branch_placement, public.branch_settings, public.branch_calendar, public.shards,
    public.user_types, public.material_types, public.loan_rules, public.books_ref
TO branchline_staff;

-- Setting up the library.
GRANT EXECUTE ON FUNCTION
    public.add_branch(uuid, text, text, text),
    public.place_branch(uuid, uuid, boolean),
    public.register_shard(uuid, text, text, integer, text, integer),
    public.add_user_type(text, text),
    public.add_material_type(text, text),
    public.set_loan_rule(uuid, text, text, integer, integer, integer, integer),
    public.add_staff(text, text),
    public.set_staff_active(text, boolean),
    public.assign_right(text, text, uuid),
    public.revoke_right(text, text, uuid)
TO branchline_admin;

-- Reports see the library, not the patrons.
GRANT EXECUTE ON FUNCTION public.replication_state() TO branchline_report;
GRANT SELECT ON
    public.branch_list, public.shard_list, public.loan_rule_list, public.schema_version,
    public.branches, public.branch_placement, public.shards, public.user_types, public.material_types,
    public.loan_rules, public.books_ref
TO branchline_report;

-- The first copy of a subscription reads the tables that travel.
GRANT SELECT ON
    public.books_ref, public.users_ref, public.user_cards, public.user_blocks, public.user_types,
    public.material_types, public.branches, public.branch_calendar, public.branch_settings, public.loan_rules,
    public.staff_assignments
TO branchline_replicator;
