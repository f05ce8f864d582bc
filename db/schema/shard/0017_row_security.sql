-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Row-level security, enabled and forced on every table.  Functions run as the
-- owner, who has a policy of its own; whoever reads a table or view directly sees
-- the rows of a policy here, and without one none.  Policies go by session_user,
-- never by a setting, which whoever holds the connection could change.
--
-- What they ask is one scalar subquery that no row takes part in, so it is computed
-- once for a statement and compared like a constant, also by an index.

-- For every new table; its migration calls it and grants what it grants.
CREATE PROCEDURE public.secure_rows(target regclass)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY owner ON %s TO branchline_owner USING (true) WITH CHECK (true)', target);
END
$$;

DO $$
DECLARE
    target regclass;
BEGIN
    FOR target IN
        SELECT c.oid
          FROM pg_catalog.pg_class AS c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
           AND c.relowner = 'branchline_owner'::regrole
         ORDER BY c.relname
    LOOP
        CALL public.secure_rows(target);
    END LOOP;
END
$$;

-- What every member of staff may know: copies and where they are, nothing about a
-- patron.
DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY[
        'branches', 'branch_placement', 'branch_settings', 'branch_calendar', 'shard_identity', 'user_types',
        'material_types', 'loan_rules', 'books_ref', 'physical_exemplars', 'schema_history'] LOOP
        EXECUTE format('CREATE POLICY everybody ON public.%I FOR SELECT TO branchline_staff, branchline_report '
                       'USING (true)', target);
    END LOOP;
END
$$;

-- Staff read what follows by functions only, since they were granted nothing of it.
-- Whoever grants it to somebody finds these policies behind it: patrons and their cards
-- of the branches at which the reader works with patrons.
CREATE POLICY own_patrons ON public.users_ref FOR SELECT TO branchline_staff
    USING (home_branch_id = ANY ((SELECT public.my_branches('desk', 'patrons'))::uuid[]));
CREATE POLICY own_patrons ON public.user_cards FOR SELECT TO branchline_staff
    USING (EXISTS (SELECT FROM public.users_ref AS u WHERE u.id = user_cards.user_id));

-- Loans of the branches where the reader lends.
CREATE POLICY own_loans ON public.book_lending FOR SELECT TO branchline_staff
    USING (branch_id = ANY ((SELECT public.my_branches('desk'))::uuid[]));
