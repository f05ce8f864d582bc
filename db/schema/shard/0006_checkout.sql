-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lending a copy and taking it back: one call, one transaction, one answer.
-- Locks are taken in one order: branch (shared), request id, patron, copy.

-- Finds out whether the action has been answered before, and claims the request
-- id if not.  An outcome of NULL tells the caller to go on.
CREATE FUNCTION public.earlier_answer(copy_id uuid, branch_id uuid, request_id uuid, function text, args_hash bytea,
                                      barcode text) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stored jsonb;
BEGIN
    IF request_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The request id is missing.',
            HINT = 'Make a new UUID for every action and repeat it only when the same action is repeated.';
    END IF;
    IF copy_id IS NULL THEN
        -- The copy may have been removed since it was answered for.
        stored := public.stored_answer(branch_id, request_id, function, args_hash);
        IF stored IS NULL THEN
            RETURN public.answer_elsewhere(barcode);
        END IF;
    ELSE
        stored := public.claim_request(branch_id, request_id, function, args_hash);
    END IF;
    RETURN jsonb_populate_record(NULL::public.circulation_answer, stored);
END
$$;

CREATE FUNCTION public.finish_request(branch_id uuid, request_id uuid, answer public.circulation_answer)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.op_result AS o
       SET result = to_jsonb(answer)
     WHERE o.branch_id = finish_request.branch_id AND o.request_id = finish_request.request_id;
    RETURN answer;
END
$$;

CREATE FUNCTION public.copy_at(branch_id uuid, barcode text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy_id uuid;
BEGIN
    SELECT e.id INTO copy_id
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = copy_at.branch_id AND e.barcode = copy_at.barcode AND e.deleted_at IS NULL;
    RETURN copy_id;
END
$$;

CREATE FUNCTION public.lock_copy(branch_id uuid, copy_id uuid) RETURNS public.physical_exemplars
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy public.physical_exemplars;
BEGIN
    SELECT e.* INTO copy
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = lock_copy.branch_id AND e.id = lock_copy.copy_id
       FOR UPDATE;
    RETURN copy;
END
$$;

CREATE FUNCTION public.open_loan(branch_id uuid, copy_id uuid) RETURNS public.book_lending
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    loan public.book_lending;
BEGIN
    SELECT l.* INTO loan
      FROM public.book_lending AS l
     WHERE l.branch_id = open_loan.branch_id AND l.exemplar_id = open_loan.copy_id AND l.returned_at IS NULL;
    RETURN loan;
END
$$;

-- Writes the loan and completes the answer.
CREATE FUNCTION public.write_loan(answer public.circulation_answer, request_id uuid, desk_branch_id uuid,
                                  patron_id uuid, rule public.loan_rules) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.book_lending (branch_id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, rule_number,
                                     request_id)
    VALUES (answer.copy_branch_id, answer.exemplar_id, patron_id, write_loan.desk_branch_id, now(), answer.due_at,
            rule.number, write_loan.request_id)
    RETURNING id, lent_at INTO answer.loan_id, answer.lent_at;
    UPDATE public.physical_exemplars AS e
       SET status = 'lent'
     WHERE e.branch_id = answer.copy_branch_id AND e.id = answer.exemplar_id;
    INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
    VALUES (answer.copy_branch_id, 'lent', answer.exemplar_id, write_loan.desk_branch_id);

    answer.outcome := 'lent';
    RETURN answer;
END
$$;

-- Lends the copy with the barcode, which belongs to branch_id, at the desk of
-- desk_branch_id.  due_on replaces the date of the loan rule.
CREATE FUNCTION public.checkout(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text,
                                card text, due_on date DEFAULT NULL)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy_id uuid;
    copy    public.physical_exemplars;
    loan    public.book_lending;
    patron  public.desk_patron;
    rule    public.loan_rules;
    zone    text;
    answer  public.circulation_answer;
BEGIN
    PERFORM public.fence(branch_id, epoch);
    PERFORM public.require_right('desk', desk_branch_id);
    copy_id := public.copy_at(branch_id, btrim(barcode));
    answer := public.earlier_answer(copy_id, branch_id, request_id, 'checkout',
        public.request_hash(desk_branch_id::text, btrim(barcode), btrim(card), encode(date_send(due_on), 'hex')), btrim(barcode));
    IF answer.outcome IS NOT NULL THEN
        RETURN answer;
    END IF;

    patron := public.patron_with_card(card);
    -- Two desks must not count the loans of a patron at the same time.
    PERFORM pg_advisory_xact_lock(2, uuid_hash(patron.id));
    copy := public.lock_copy(branch_id, copy_id);
    loan := public.open_loan(branch_id, copy_id);
    SELECT b.timezone INTO zone FROM public.branches AS b WHERE b.id = desk_branch_id;

    answer := public.answer_for_copy(copy);
    answer.reasons := public.patron_reasons(patron, zone)
                      || public.copy_reasons(copy, loan.user_id, patron.id);
    IF patron.id IS NOT NULL THEN
        rule := public.loan_rule_for(desk_branch_id, patron.type_id, copy.material_type_id);
        answer.reasons := answer.reasons || public.rule_reasons(rule, patron);
        answer.rule := rule.number::text;
    END IF;

    IF answer.reasons = '[]' THEN
        answer.due_at := public.due_at_for(rule, desk_branch_id, zone, due_on);
        answer := public.write_loan(answer, request_id, desk_branch_id, patron.id, rule);
    ELSE
        answer.outcome := 'refused';
    END IF;
    answer.patron := public.patron_facts(patron.id, rule.max_open_loans);
    RETURN public.finish_request(branch_id, request_id, answer);
END
$$;
