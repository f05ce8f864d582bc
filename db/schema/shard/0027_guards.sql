-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- What the steps before leave open.

-- As in 0008; only the month of that hour is looked at, and locked, of all that there are: the times
-- are values, of which the planner knows which months they can be in.
CREATE OR REPLACE FUNCTION public.is_noted(patron_id uuid, branch_id uuid, what text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    till  timestamptz := clock_timestamp();
    since timestamptz := till - interval '1 hour';
BEGIN
    RETURN EXISTS (SELECT
                     FROM public.audit_log AS a
                    WHERE a.row_id = is_noted.patron_id
                      AND a.at > since AND a.at <= till
                      AND a.op = 'read'
                      AND a.actor = session_user
                      AND a.branch_id = is_noted.branch_id
                      AND a.new ->> 'read' = is_noted.what
                      AND a.txid <> coalesce(txid_current_if_assigned(), 0));
END
$$;

-- Nothing that happened is unsaid, or was something else: an undoing is an event of its own.  Of op_result
-- single rows may go: checkout() takes away an answer that no repetition needs.
CREATE FUNCTION public.refuse_event_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = format('What desks did is only added to the table %s; it cannot be changed or taken away.', TG_TABLE_NAME),
        HINT = 'Undo the action at the desk: that is added as well.';
END
$$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON public.desk_event
    FOR EACH ROW EXECUTE FUNCTION public.refuse_event_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.desk_event
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_event_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.op_result
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_event_change();

-- What a row is about never changes: keys of one branch would become another's, and main, which has the
-- barcode, or the audit log would not know.  Whose a loan or a charge is changes to nobody's only.
CREATE FUNCTION public.refuse_new_identity() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = format('What a row of the table %s belongs to cannot be changed.', TG_TABLE_NAME),
        HINT = 'Undo or remove what is wrong, and enter it anew.';
END
$$;

CREATE TRIGGER keep_identity BEFORE UPDATE OF branch_id, id ON public.physical_exemplars
    FOR EACH ROW WHEN (NEW.branch_id <> OLD.branch_id OR NEW.id <> OLD.id)
    EXECUTE FUNCTION public.refuse_new_identity();
CREATE TRIGGER keep_identity BEFORE UPDATE OF branch_id, id, exemplar_id, user_id ON public.book_lending
    FOR EACH ROW WHEN (NEW.branch_id <> OLD.branch_id OR NEW.id <> OLD.id OR NEW.exemplar_id <> OLD.exemplar_id
                       OR NEW.user_id <> OLD.user_id AND NEW.user_id <> public.anonymous_patron())
    EXECUTE FUNCTION public.refuse_new_identity();
CREATE TRIGGER keep_identity BEFORE UPDATE OF branch_id, id, user_id ON public.charges
    FOR EACH ROW WHEN (NEW.branch_id <> OLD.branch_id OR NEW.id <> OLD.id
                       OR NEW.user_id <> OLD.user_id AND NEW.user_id <> public.anonymous_patron())
    EXECUTE FUNCTION public.refuse_new_identity();
CREATE TRIGGER keep_identity BEFORE UPDATE OF branch_id, id, charge_id ON public.payments
    FOR EACH ROW WHEN (NEW.branch_id <> OLD.branch_id OR NEW.id <> OLD.id OR NEW.charge_id <> OLD.charge_id)
    EXECUTE FUNCTION public.refuse_new_identity();

-- An open loan is one of a copy that is there, at a branch that is here.  The lock is that of the foreign
-- key, only earlier: of a loan and a removal at the same time one waits for the other.
CREATE FUNCTION public.require_copy_of_loan() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM public.physical_exemplars AS e
     WHERE e.branch_id = NEW.branch_id AND e.id = NEW.exemplar_id AND e.deleted_at IS NULL
       FOR KEY SHARE;
    -- One that never was is the foreign key's to refuse.
    IF NOT FOUND AND EXISTS (SELECT FROM public.physical_exemplars AS e
                              WHERE e.branch_id = NEW.branch_id AND e.id = NEW.exemplar_id) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'A copy that was removed cannot be on loan.',
            HINT = 'Restore the copy first.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER require_copy BEFORE INSERT ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL) EXECUTE FUNCTION public.require_copy_of_loan();
CREATE TRIGGER require_copy_again BEFORE UPDATE OF returned_at ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL AND OLD.returned_at IS NOT NULL)
    EXECUTE FUNCTION public.require_copy_of_loan();

-- As in 0003; the lock waits for a loan that is just being made, and its answer is seen then.
CREATE OR REPLACE FUNCTION public.refuse_removal_on_loan() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM public.physical_exemplars AS e WHERE e.branch_id = NEW.branch_id AND e.id = NEW.id FOR UPDATE;
    IF EXISTS (SELECT
                 FROM public.book_lending AS l
                WHERE l.branch_id = NEW.branch_id AND l.exemplar_id = NEW.id AND l.returned_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The copy %s is on loan and cannot be removed.', NEW.barcode),
            HINT = 'Check the copy in first, or mark it as lost.';
    END IF;
    RETURN NEW;
END
$$;

-- A copy comes to a branch that is here, not to one that has moved away.
CREATE FUNCTION public.require_branch_here() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.branch_placement AS p WHERE p.branch_id = NEW.branch_id AND p.state = 'retired') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB001',
            MESSAGE = 'The branch of the copy is on another shard now.',
            HINT = 'Look the branch up in the directory of the main database, and repeat the action there.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER require_branch BEFORE INSERT ON public.physical_exemplars
    FOR EACH ROW EXECUTE FUNCTION public.require_branch_here();

REVOKE ALL ON FUNCTION
    public.refuse_event_change(), public.refuse_new_identity(), public.require_copy_of_loan(), public.require_branch_here()
FROM PUBLIC;
