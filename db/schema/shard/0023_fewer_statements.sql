-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- The same rules in fewer statements: what a scan costs is the number of statements in it
-- (docs/BENCHMARKS.md).  What is rarely so, such as a superuser who lends, is asked last.

-- Staff have their rights; only who has none may be a superuser.
CREATE OR REPLACE FUNCTION public.has_right(right_code text, branch_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
            RETURN true;
        END IF;
        PERFORM public.refuse_old_rights();
    END IF;
    IF EXISTS (
        SELECT
          FROM public.staff_assignments AS a
         WHERE a.login = session_user::text
           AND a.right_code = has_right.right_code
           AND (a.branch_id IS NULL OR a.branch_id = has_right.branch_id OR has_right.branch_id IS NULL)
           AND a.revoked_at IS NULL
           AND a.deleted_at IS NULL) THEN
        RETURN true;
    END IF;
    RETURN (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user);
END
$$;

-- As before (0004): the subquery in a condition of its own, so that the other is no query.
CREATE OR REPLACE FUNCTION public.fence(branch_id uuid, epoch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    here public.branch_placement;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB002',
            MESSAGE = format('This function cannot run in a transaction of the isolation level %s.',
                             upper(current_setting('transaction_isolation'))),
            HINT = 'Use READ COMMITTED.';
    END IF;
    -- Times are those at which the transaction began; in an old one a late return would be in time.
    IF clock_timestamp() - now() > interval '20 seconds' THEN
        IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'LB002',
                MESSAGE = 'This transaction began more than 20 seconds ago.',
                HINT = 'End it and repeat the call with the same request id in a new one.';
        END IF;
    END IF;

    PERFORM pg_advisory_xact_lock_shared(1, uuid_hash(fence.branch_id));
    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = fence.branch_id;
    IF here.state = 'active' AND here.epoch = fence.epoch THEN
        RETURN;
    END IF;

    RAISE EXCEPTION USING
        ERRCODE = 'LB001',
        MESSAGE = CASE
            WHEN here.branch_id IS NULL THEN 'This shard does not hold the branch.'
            WHEN here.state <> 'active' THEN
                format('The branch is %s here with epoch %s%s.', here.state, here.epoch,
                       ', moved to ' || here.moved_to)
            ELSE format('The branch is active here with epoch %s, not %s.', here.epoch, coalesce(fence.epoch::text, 'NULL'))
            END,
        DETAIL = jsonb_build_object('state', here.state, 'epoch', here.epoch, 'moved_to', here.moved_to)::text,
        HINT = 'Read the placement of the branch again and repeat the call with the same request id.';
END
$$;

-- Mostly nothing is overridden.
CREATE OR REPLACE FUNCTION public.asked_overrides(codes text[], due_on date, why text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    known constant text[] := ARRAY['due_date', 'limit'];
    other text;
BEGIN
    IF char_length(why) > 500 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'The reason for the override is too long.',
                              HINT = 'Shorten it to 500 characters.';
    ELSIF coalesce(cardinality(codes), 0) = 0 THEN
        RETURN CASE WHEN due_on IS NULL THEN '{}' ELSE ARRAY['due_date'] END;
    END IF;
    FOREACH other IN ARRAY codes LOOP
        CONTINUE WHEN other = ANY (known);
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('"%s" cannot be overridden.', coalesce(other, 'NULL')),
            HINT = format('What can be overridden: %s.', array_to_string(known, ', '));
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT c
                   FROM unnest(codes || CASE WHEN due_on IS NOT NULL THEN ARRAY['due_date'] END) AS c
                  WHERE c <> 'due_date' OR due_on IS NOT NULL
                  ORDER BY c);
END
$$;

-- As in 0006, with the request id looked at here.
CREATE OR REPLACE FUNCTION public.earlier_answer(copy_id uuid, branch_id uuid, request_id uuid, function text,
                                                 args_hash bytea, barcode text) RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    stored jsonb;
BEGIN
    IF request_id IS NULL THEN
        PERFORM public.require_request_id(request_id);
    ELSIF copy_id IS NULL THEN
        -- The copy may have been removed since it was answered for.
        stored := public.stored_answer(branch_id, request_id, function, args_hash);
        IF stored IS NULL THEN
            RETURN public.answer_elsewhere(barcode);
        END IF;
    ELSE
        stored := public.claim_request(branch_id, request_id, function, args_hash);
        IF stored IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    RETURN jsonb_populate_record(NULL::public.circulation_answer, stored);
END
$$;

-- As in 0006, with the three changes in one statement: all triggers see it as one, too.
CREATE OR REPLACE FUNCTION public.write_loan(answer public.circulation_answer, request_id uuid, desk_branch_id uuid,
                                             patron_id uuid, rule public.loan_rules, overridden text[], why text)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    WITH copy AS (
        UPDATE public.physical_exemplars AS e
           SET status = 'lent'
         WHERE e.branch_id = answer.copy_branch_id AND e.id = answer.exemplar_id
    ), event AS (
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (answer.copy_branch_id, 'lent', answer.exemplar_id, write_loan.desk_branch_id)
    )
    INSERT INTO public.book_lending (branch_id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, rule_number,
                                     request_id, override_codes, override_reason)
    VALUES (answer.copy_branch_id, answer.exemplar_id, patron_id, write_loan.desk_branch_id,
            greatest(now(), (SELECT max(l.lent_at) + interval '1 microsecond'
                               FROM public.book_lending AS l
                              WHERE l.branch_id = answer.copy_branch_id AND l.exemplar_id = answer.exemplar_id)),
            answer.due_at, rule.number, write_loan.request_id, overridden,
            CASE WHEN overridden IS NOT NULL THEN nullif(btrim(why), '') END)
    RETURNING id, lent_at INTO answer.loan_id, answer.lent_at;

    answer.outcome := 'lent';
    answer.lending_branch_id := write_loan.desk_branch_id;
    RETURN answer;
END
$$;

-- As in 0008, with a plan for one branch and one for all that the session keeps: a function in
-- SQL is planned anew for each call, which took longer than the figures.
CREATE OR REPLACE FUNCTION public.statistics(branch uuid DEFAULT NULL)
    RETURNS TABLE (branch_id uuid, code text, copies bigint, available bigint, lent bigint, overdue bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF branch IS NULL THEN
        RETURN QUERY
        SELECT s.*
          FROM (SELECT b.id FROM public.branch_placement AS p JOIN public.branches AS b ON b.id = p.branch_id
                 WHERE p.state = 'active' ORDER BY b.code) AS h
          CROSS JOIN LATERAL public.statistics(h.id) AS s;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.branch_id, b.code, c.copies, c.available, l.lent, l.overdue
      FROM public.branch_placement AS p
      JOIN public.branches AS b ON b.id = p.branch_id
      CROSS JOIN LATERAL (
           SELECT count(*) AS copies, count(*) FILTER (WHERE e.status = 'available') AS available
             FROM public.physical_exemplars AS e
            WHERE e.branch_id = statistics.branch AND e.deleted_at IS NULL) AS c
      CROSS JOIN LATERAL (
           SELECT count(*) AS lent, count(*) FILTER (WHERE o.due_at < now()) AS overdue
             FROM public.book_lending AS o
            WHERE o.branch_id = statistics.branch AND o.returned_at IS NULL) AS l
     WHERE p.branch_id = statistics.branch AND p.state = 'active';
END
$$;

-- Takes back the copy with the barcode, which belongs to branch_id, at the desk
-- of desk_branch_id.  A copy that is damaged or withdrawn stays so.  As in 0007, with the
-- three changes in one statement.
CREATE OR REPLACE FUNCTION public.checkin(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy_id uuid;
    copy    public.physical_exemplars;
    loan    public.book_lending;
    before  public.loan_state;
    after   public.loan_state;
    answer  public.circulation_answer;
BEGIN
    PERFORM public.fence(branch_id, epoch);
    PERFORM public.require_right('desk', desk_branch_id);
    copy_id := public.copy_at(branch_id, btrim(barcode));
    answer := public.earlier_answer(copy_id, branch_id, request_id, 'checkin',
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

    before := (loan.due_at, loan.renewals, loan.rule_number, NULL, copy.status, loan.lending_branch_id,
               loan.override_codes, loan.override_reason);
    after := before;
    -- now() is when this call began: it may have waited for the call that lent the copy and began later.
    after.returned_at := greatest(now(), loan.lent_at);
    after.copy_status := CASE WHEN copy.status IN ('damaged', 'withdrawn') THEN copy.status ELSE 'available' END;
    WITH copy AS (
        UPDATE public.physical_exemplars AS e
           SET status = after.copy_status
         WHERE e.branch_id = checkin.branch_id AND e.id = copy_id
    ), event AS (
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (checkin.branch_id, 'returned', copy_id, checkin.desk_branch_id)
    )
    UPDATE public.book_lending AS l
       SET returned_at = after.returned_at, returned_branch_id = checkin.desk_branch_id
     WHERE l.branch_id = checkin.branch_id AND l.id = loan.id;

    answer.outcome := 'returned';
    answer.loan_id := loan.id;
    answer.lent_at := loan.lent_at;
    answer.due_at := loan.due_at;
    answer.lending_branch_id := loan.lending_branch_id;
    answer.rule := loan.rule_number::text;
    answer.late_days := public.late_days(loan, now());
    answer.patron := public.borrower_facts(loan, NULL);
    RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer,
                                 public.undo_record(desk_branch_id, before, after));
END
$$;

-- As in 0016, with old changes taken out after a thousand transactions instead of a hundred: it
-- counts five thousand rows, which each scan paid its share of.
CREATE OR REPLACE FUNCTION public.note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.change_log (kind, branch_id, subject)
    VALUES (CASE NEW.table_name WHEN 'book_lending' THEN 'loans'
                                 WHEN 'physical_exemplars' THEN 'copies'
                                 WHEN 'branch_placement' THEN 'settings'
                                 ELSE 'charges' END,
            NEW.branch_id,
            CASE NEW.table_name WHEN 'book_lending' THEN (NEW.new ->> 'user_id')::uuid
                                WHEN 'physical_exemplars' THEN (NEW.new ->> 'book_id')::uuid END);
    IF NEW.txid % 1024 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;
