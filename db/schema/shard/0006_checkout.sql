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
    PERFORM public.require_request_id(request_id);
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

-- undo: what the action changed (undo_record), NULL when it changed nothing.
CREATE FUNCTION public.finish_request(branch_id uuid, request_id uuid, desk_branch_id uuid,
                                      answer public.circulation_answer, undo jsonb DEFAULT NULL) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.op_result AS o
       SET result = to_jsonb(answer), undo = finish_request.undo
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

-- The state of a loan and its copy, as far as the desk changes it.
CREATE TYPE public.loan_state AS (
    due_at      timestamptz,
    renewals    integer,
    rule_number integer,
    returned_at timestamptz,
    copy_status text,
    lending_branch_id uuid,
    override_codes    text[],
    override_reason   text
);

-- What undo() needs to know of an action: at which desk it was, and the state
-- before and after it.  The action can be taken back while the state is still
-- the one after it.
CREATE FUNCTION public.undo_record(desk_branch_id uuid, before public.loan_state, after public.loan_state)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN jsonb_build_object('desk', desk_branch_id, 'before', to_jsonb(before), 'after', to_jsonb(after));
END
$$;

-- Writes the loan and completes the answer; overridden: the codes of the rules that
-- would have refused it, and why they did not.  Of two loans of a copy the later one
-- always has the later lent_at, although now() is when a call began, which may
-- have waited since: undo() reads from the table what was lent again.
CREATE FUNCTION public.write_loan(answer public.circulation_answer, request_id uuid, desk_branch_id uuid,
                                  patron_id uuid, rule public.loan_rules, overridden text[], why text)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.book_lending (branch_id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, rule_number,
                                     request_id, override_codes, override_reason)
    VALUES (answer.copy_branch_id, answer.exemplar_id, patron_id, write_loan.desk_branch_id,
            greatest(now(), (SELECT max(l.lent_at) + interval '1 microsecond'
                               FROM public.book_lending AS l
                              WHERE l.branch_id = answer.copy_branch_id AND l.exemplar_id = answer.exemplar_id)),
            answer.due_at, rule.number, write_loan.request_id, overridden,
            CASE WHEN overridden IS NOT NULL THEN nullif(btrim(why), '') END)
    RETURNING id, lent_at INTO answer.loan_id, answer.lent_at;
    UPDATE public.physical_exemplars AS e
       SET status = 'lent'
     WHERE e.branch_id = answer.copy_branch_id AND e.id = answer.exemplar_id;
    INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
    VALUES (answer.copy_branch_id, 'lent', answer.exemplar_id, write_loan.desk_branch_id);

    answer.outcome := 'lent';
    answer.lending_branch_id := write_loan.desk_branch_id;
    RETURN answer;
END
$$;

-- Who has the copy, for the answer to a scan at which no card was shown: told where
-- the caller lends, and not of another branch's loan, since a call may be rolled back.
CREATE FUNCTION public.borrower_facts(loan public.book_lending, max_open integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF public.has_right('desk', loan.branch_id) THEN
        RETURN public.patron_facts(loan.user_id, max_open);
    END IF;
    RETURN NULL;
END
$$;

-- Whether the answer may tell that the patron of the card has the copy: where the
-- caller works with patrons, and elsewhere once it stands in the audit log.
CREATE FUNCTION public.may_tell_loan(loan public.book_lending) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN public.has_right('desk', loan.branch_id) OR public.has_right('patrons', loan.branch_id)
        OR public.note_reading(loan.user_id, loan.branch_id, 'open_loans');
END
$$;

-- The patron of the card, likewise: of a patron of another branch find_patron()
-- tells, which records it.
CREATE FUNCTION public.holder_facts(patron_id uuid, max_open integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    home uuid := (SELECT u.home_branch_id FROM public.users_ref AS u WHERE u.id = holder_facts.patron_id);
BEGIN
    IF public.has_right('desk', home) OR public.has_right('patrons', home) THEN
        RETURN public.patron_facts(holder_facts.patron_id, max_open);
    END IF;
    RETURN NULL;
END
$$;

-- Why an open loan cannot be renewed, apart from its patron.
CREATE FUNCTION public.renewal_reasons(copy public.physical_exemplars, loan public.book_lending,
                                       rule public.loan_rules, due_at timestamptz, zone text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    reasons jsonb := public.copy_reasons(copy, NULL);
BEGIN
    IF rule.id IS NULL THEN
        RETURN reasons || reason('no_rule', 'No loan rule covers this patron and this kind of copy here.', false);
    END IF;
    IF rule.max_renewals = 0 THEN
        reasons := reasons || reason('renewal_limit', format('This loan cannot be renewed (rule %s).', rule.number), true);
    ELSIF loan.renewals >= rule.max_renewals THEN
        reasons := reasons || reason('renewal_limit', format('%s of %s renewals (rule %s).', loan.renewals,
                                                             rule.max_renewals, rule.number), true);
    END IF;
    -- The same date is a renewal as well: a copy that is scanned again on the day it was lent.
    IF due_at < loan.due_at THEN
        reasons := reasons || reason('no_later_due',
            format('Renewing now would make it due on %s, earlier than %s as it is.', (due_at AT TIME ZONE zone)::date,
                   (loan.due_at AT TIME ZONE zone)::date), false);
    END IF;
    RETURN reasons;
END
$$;

-- Renews the open loan unless there are reasons against it, and completes the
-- answer.  answer.reasons holds those of the patron.  The desk that renews is the
-- lending one from now on: the due day ends in its time zone.
CREATE FUNCTION public.renew_loan(answer public.circulation_answer, request_id uuid, desk_branch_id uuid,
                                  copy public.physical_exemplars, loan public.book_lending, patron public.desk_patron,
                                  due_on date, overridden text[], why text) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    rule   public.loan_rules := public.loan_rule_for(desk_branch_id, patron.type_id, copy.material_type_id);
    zone   text := (SELECT b.timezone FROM public.branches AS b WHERE b.id = renew_loan.desk_branch_id);
    before public.loan_state := (loan.due_at, loan.renewals, loan.rule_number, NULL, copy.status,
                                 loan.lending_branch_id, loan.override_codes, loan.override_reason);
    after  public.loan_state := before;
    undo   jsonb;
BEGIN
    after.due_at := CASE WHEN rule.id IS NOT NULL THEN public.due_at_for(rule, desk_branch_id, zone, due_on) END;
    after.renewals := loan.renewals + 1;
    after.rule_number := rule.number;
    IF overridden IS NOT NULL THEN
        after.override_codes := public.all_codes(before.override_codes, overridden);
        after.override_reason := public.all_reasons(before.override_reason, why);
    END IF;
    answer.reasons := answer.reasons || public.renewal_reasons(copy, loan, rule, after.due_at, zone);
    answer.loan_id := loan.id;
    answer.lent_at := loan.lent_at;
    answer.rule := rule.number::text;
    answer.lending_branch_id := loan.lending_branch_id;
    IF answer.reasons = '[]' THEN
        UPDATE public.book_lending AS l
           SET due_at = after.due_at, renewals = after.renewals, rule_number = after.rule_number,
               lending_branch_id = renew_loan.desk_branch_id,
               override_codes = after.override_codes, override_reason = after.override_reason
         WHERE l.branch_id = loan.branch_id AND l.id = loan.id;
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (loan.branch_id, 'renewed', loan.exemplar_id, renew_loan.desk_branch_id);
        answer.outcome := 'renewed';
        answer.due_at := after.due_at;
        answer.lending_branch_id := renew_loan.desk_branch_id;
        undo := public.undo_record(desk_branch_id, before, after);
    ELSE
        answer.outcome := 'refused';
        answer.due_at := loan.due_at;
    END IF;
    answer.patron := public.borrower_facts(loan, rule.max_open_loans);
    RETURN public.finish_request(loan.branch_id, request_id, desk_branch_id, answer, undo);
END
$$;

-- Lends the copy with the barcode, which belongs to branch_id, at the desk of
-- desk_branch_id.  due_on replaces the date of the loan rule, which needs the right
-- override:due_date there.  overrides are codes of refusals that shall not count,
-- with the reason why.  A copy that this patron has already is renewed; since that
-- tells who has it, the first answer for a copy of another branch may be a row of
-- NULLs, upon which the program repeats the call; see note_reading().
CREATE FUNCTION public.checkout(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text,
                                card text, due_on date DEFAULT NULL, overrides text[] DEFAULT NULL,
                                override_reason text DEFAULT NULL)
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
    undo    jsonb;
    asked   text[];
    used    text[];
BEGIN
    PERFORM public.fence(branch_id, epoch);
    PERFORM public.require_right('desk', desk_branch_id);
    asked := public.asked_overrides(overrides, due_on, override_reason);
    copy_id := public.copy_at(branch_id, btrim(barcode));
    answer := public.earlier_answer(copy_id, branch_id, request_id, 'checkout',
        public.request_hash(desk_branch_id::text, btrim(barcode), btrim(card), encode(date_send(due_on), 'hex'),
                            asked::text, btrim(override_reason)), btrim(barcode));
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
    answer.reasons := public.patron_reasons(patron, zone);
    IF loan.user_id = patron.id AND NOT public.may_tell_loan(loan) THEN
        DELETE FROM public.op_result AS o WHERE o.branch_id = checkout.branch_id AND o.request_id = checkout.request_id;
        RETURN NULL;
    ELSIF loan.user_id = patron.id THEN
        SELECT o.reasons, o.used INTO answer.reasons, used
          FROM public.override_reasons(answer.reasons, asked, override_reason, desk_branch_id) AS o;
        RETURN public.renew_loan(answer, request_id, desk_branch_id, copy, loan, patron, due_on, used, override_reason);
    END IF;
    answer.reasons := answer.reasons || public.copy_reasons(copy, loan.user_id);
    IF patron.id IS NOT NULL THEN
        rule := public.loan_rule_for(desk_branch_id, patron.type_id, copy.material_type_id);
        answer.reasons := answer.reasons || public.rule_reasons(rule, patron);
        answer.rule := rule.number::text;
    END IF;
    IF asked <> '{}' THEN
        SELECT o.reasons, o.used INTO answer.reasons, used
          FROM public.override_reasons(answer.reasons, asked, override_reason, desk_branch_id) AS o;
    END IF;

    IF answer.reasons = '[]' THEN
        answer.due_at := public.due_at_for(rule, desk_branch_id, zone, due_on);
        answer := public.write_loan(answer, request_id, desk_branch_id, patron.id, rule, used, override_reason);
        undo := public.undo_record(desk_branch_id, (NULL, NULL, NULL, NULL, 'available', NULL, NULL, NULL),
                                   (answer.due_at, 0, rule.number, NULL, 'lent', NULL, NULL, NULL));
    ELSE
        answer.outcome := 'refused';
    END IF;
    answer.patron := public.holder_facts(patron.id, rule.max_open_loans);
    RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer, undo);
END
$$;
