-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Renewing a loan, and taking back what a desk has just done.

CREATE FUNCTION public.patron_with_id(patron_id uuid) RETURNS public.desk_patron
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    patron public.desk_patron;
BEGIN
    -- Nobody has shown a card.
    SELECT u.id, u.display_name, u.user_type_id, t.name, u.active AND u.deleted_at IS NULL, u.expires_on, true
      INTO patron
      FROM public.users_ref AS u
      LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
     WHERE u.id = patron_with_id.patron_id;
    RETURN patron;
END
$$;

-- Renews the loan of the copy with the barcode, which belongs to branch_id, at
-- the desk of desk_branch_id, whoever has it.  The date is computed anew from
-- today, and never earlier than it was.  No loans are counted, so the patron
-- needs no lock.
CREATE FUNCTION public.renew(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy_id uuid;
    copy    public.physical_exemplars;
    loan    public.book_lending;
    patron  public.desk_patron;
    answer  public.circulation_answer;
BEGIN
    PERFORM public.fence(branch_id, epoch);
    PERFORM public.require_right('desk', desk_branch_id);
    copy_id := public.copy_at(branch_id, btrim(barcode));
    answer := public.earlier_answer(copy_id, branch_id, request_id, 'renew',
        public.request_hash(desk_branch_id::text, btrim(barcode)), btrim(barcode));
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;

    copy := public.lock_copy(branch_id, copy_id);
    loan := public.open_loan(branch_id, copy_id);
    answer := public.answer_for_copy(copy);
    IF loan.id IS NULL THEN
        answer.outcome := 'refused';
        answer.reasons := public.reason('not_on_loan', 'The copy is not on loan.', false);
        RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer);
    END IF;
    patron := public.patron_with_id(loan.user_id);
    answer.reasons := public.patron_reasons(patron,
        (SELECT b.timezone FROM public.branches AS b WHERE b.id = renew.desk_branch_id));
    IF answer.reasons <> '[]' AND NOT public.has_right('desk', branch_id) THEN
        -- Nobody has shown a card, so nothing is told of whoever has the copy.
        answer.reasons := public.reason('patron', 'Whoever has the copy may not borrow now; ask the branch of the copy.',
                                        false);
    END IF;
    RETURN public.renew_loan(answer, request_id, desk_branch_id, copy, loan, patron, NULL, NULL, NULL);
END
$$;

CREATE FUNCTION public.loan_with_id(branch_id uuid, loan_id uuid) RETURNS public.book_lending
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    loan public.book_lending;
BEGIN
    SELECT l.* INTO loan
      FROM public.book_lending AS l
     WHERE l.branch_id = loan_with_id.branch_id AND l.id = loan_with_id.loan_id;
    RETURN loan;
END
$$;

-- Why an action cannot be undone; '[]' when it can.  The caller holds the locks.
CREATE FUNCTION public.undo_reasons(action public.op_result, copy public.physical_exemplars, loan public.book_lending)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    after   public.loan_state := jsonb_populate_record(NULL::public.loan_state, action.undo -> 'after');
    problem text;
BEGIN
    IF action.undo IS NULL THEN
        RETURN reason('nothing_to_undo', 'This action changed nothing, so there is nothing to undo.', false);
    ELSIF action.undone_by IS NOT NULL THEN
        RETURN reason('already_undone', 'This has been undone already.', false);
    ELSIF action.at < now() - interval '24 hours' THEN
        RETURN reason('too_old', 'This was more than a day ago and cannot be undone any more.', false);
    END IF;
    problem := CASE
        WHEN copy.deleted_at IS NOT NULL THEN 'The copy has been removed from the library since.'
        WHEN loan.undone_at IS NOT NULL THEN 'The loan has been undone since.'
        WHEN EXISTS (SELECT
                       FROM public.book_lending AS l
                      WHERE l.branch_id = loan.branch_id AND l.exemplar_id = loan.exemplar_id AND l.id <> loan.id
                        AND l.lent_at > loan.lent_at AND l.undone_at IS NULL) THEN
            'The copy has been lent again since.'
        WHEN loan.returned_at IS NOT NULL AND after.returned_at IS NULL THEN 'The copy has been returned since.'
        WHEN loan.returned_at IS DISTINCT FROM after.returned_at THEN 'The return has been changed since.'
        WHEN loan.renewals <> after.renewals THEN 'The loan has been renewed since.'
        WHEN loan.due_at <> after.due_at THEN 'The due date has been changed since.'
        WHEN copy.status <> after.copy_status THEN
            format('The copy has been marked as %s since.', replace(copy.status, '_', ' '))
    END;
    RETURN CASE WHEN problem IS NULL THEN '[]' ELSE reason('changed_since', problem, false) END;
END
$$;

-- Puts loan and copy back to the state before the action.
CREATE FUNCTION public.take_back(action public.op_result, loan public.book_lending, desk_branch_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    before public.loan_state := jsonb_populate_record(NULL::public.loan_state, action.undo -> 'before');
    done   text := action.result ->> 'outcome';
BEGIN
    IF done = 'lent' THEN
        UPDATE public.book_lending AS l
           SET returned_at = greatest(now(), loan.lent_at), returned_branch_id = take_back.desk_branch_id,
               undone_at = greatest(now(), loan.lent_at)
         WHERE l.branch_id = loan.branch_id AND l.id = loan.id;
    ELSE
        UPDATE public.book_lending AS l
           SET due_at = before.due_at, renewals = before.renewals, rule_number = before.rule_number,
               lending_branch_id = before.lending_branch_id, override_codes = before.override_codes,
               override_reason = before.override_reason, returned_at = NULL, returned_branch_id = NULL
         WHERE l.branch_id = loan.branch_id AND l.id = loan.id;
    END IF;
    UPDATE public.physical_exemplars AS e
       SET status = before.copy_status
     WHERE e.branch_id = loan.branch_id AND e.id = loan.exemplar_id AND e.status <> before.copy_status;
    INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
    VALUES (loan.branch_id, CASE done WHEN 'lent' THEN 'lend_undone' WHEN 'returned' THEN 'return_undone'
                                      ELSE 'renewal_undone' END, loan.exemplar_id, take_back.desk_branch_id);
END
$$;

-- Takes back a lend, a return or a renewal of a copy of branch_id, once, as long
-- as nothing has happened to the loan or the copy since, within a day.  Several
-- actions on a copy are undone from the last to the first.  The right is needed
-- at this desk and at the one that acted.
CREATE FUNCTION public.undo(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, undone_request_id uuid)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    action public.op_result;
    copy   public.physical_exemplars;
    loan   public.book_lending;
    stored jsonb;
    answer public.circulation_answer;
BEGIN
    PERFORM public.fence(branch_id, epoch);
    PERFORM public.require_right('desk', desk_branch_id);
    PERFORM public.require_request_id(request_id);
    stored := public.claim_request(branch_id, request_id, 'undo',
                                   public.request_hash(desk_branch_id::text, undone_request_id::text));
    IF stored IS NOT NULL THEN
        RETURN jsonb_populate_record(NULL::public.circulation_answer, stored);
    END IF;

    -- Of two desks that undo the same action the second waits here, and then finds it undone.
    SELECT o.* INTO action
      FROM public.op_result AS o
     WHERE o.branch_id = undo.branch_id AND o.request_id = undo.undone_request_id
       FOR UPDATE;
    IF action.undo IS NULL THEN
        answer.outcome := 'refused';
        answer.reasons := public.undo_reasons(action, NULL, NULL);
        RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer);
    END IF;
    PERFORM public.require_right('desk', (action.undo ->> 'desk')::uuid);

    -- An undone return is an open loan again: the patron's loans must not be counted meanwhile.
    loan := public.loan_with_id(branch_id, (action.result ->> 'loan_id')::uuid);
    PERFORM pg_advisory_xact_lock(2, uuid_hash(loan.user_id));
    copy := public.lock_copy(branch_id, loan.exemplar_id);
    loan := public.loan_with_id(branch_id, loan.id);

    answer := public.answer_for_copy(copy);
    answer.loan_id := loan.id;
    answer.lent_at := loan.lent_at;
    answer.due_at := loan.due_at;
    answer.rule := loan.rule_number::text;
    answer.reasons := public.undo_reasons(action, copy, loan);
    IF answer.reasons = '[]' THEN
        PERFORM public.take_back(action, loan, desk_branch_id);
        UPDATE public.op_result AS o
           SET undone_by = undo.request_id
         WHERE o.branch_id = undo.branch_id AND o.request_id = undo.undone_request_id;
        loan := public.loan_with_id(branch_id, loan.id);
        answer.outcome := 'undone';
        answer.due_at := loan.due_at;
        answer.rule := loan.rule_number::text;
        answer.lending_branch_id := loan.lending_branch_id;
    ELSE
        answer.outcome := 'refused';
    END IF;
    answer.patron := public.borrower_facts(loan, NULL);
    RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer);
END
$$;

REVOKE ALL ON FUNCTION
    public.patron_with_id(uuid),
    public.loan_with_id(uuid, uuid),
    public.renew(uuid, uuid, bigint, uuid, text),
    public.undo_reasons(public.op_result, public.physical_exemplars, public.book_lending),
    public.take_back(public.op_result, public.book_lending, uuid),
    public.undo(uuid, uuid, bigint, uuid, uuid)
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION
    public.renew(uuid, uuid, bigint, uuid, text),
    public.undo(uuid, uuid, bigint, uuid, uuid)
TO branchline_staff;
