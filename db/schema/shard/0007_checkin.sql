-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Taking a copy back, and adding copies.

-- 0 until the loan is due; afterwards the days at the lending branch, of which
-- the first counts as soon as it has begun.
CREATE FUNCTION public.late_days(loan public.book_lending, at timestamptz) RETURNS integer
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    zone text;
BEGIN
    IF at <= loan.due_at THEN
        RETURN 0;
    END IF;
    SELECT b.timezone INTO zone FROM public.branches AS b WHERE b.id = loan.lending_branch_id;
    RETURN greatest(1, (at AT TIME ZONE zone)::date - (loan.due_at AT TIME ZONE zone)::date);
END
$$;

-- Takes back the copy with the barcode, which belongs to branch_id, at the desk
-- of desk_branch_id.  A copy that is damaged or withdrawn stays so.
CREATE FUNCTION public.checkin(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text)
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
    UPDATE public.book_lending AS l
       SET returned_at = after.returned_at, returned_branch_id = checkin.desk_branch_id
     WHERE l.branch_id = checkin.branch_id AND l.id = loan.id;
    UPDATE public.physical_exemplars AS e
       SET status = after.copy_status
     WHERE e.branch_id = checkin.branch_id AND e.id = copy_id;
    INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
    VALUES (checkin.branch_id, 'returned', copy_id, checkin.desk_branch_id);

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

-- LB005 or LB006 with what is missing or wrong.
CREATE FUNCTION public.check_new_copy(barcode text, book_id uuid, material_id uuid, material_code text, room integer,
                                      floor integer, bookshelf integer) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    problem text := CASE
        WHEN barcode IS NULL OR barcode !~ '^\S(.{0,62}\S)?$' THEN
            'The barcode must have 1 to 64 characters and no blanks at the ends.'
        WHEN room NOT BETWEEN 0 AND 9999 THEN 'The room must be between 0 and 9999.'
        WHEN floor NOT BETWEEN -20 AND 200 THEN 'The floor must be between -20 and 200.'
        WHEN bookshelf NOT BETWEEN 0 AND 99999 THEN 'The shelf must be between 0 and 99999.'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = problem, HINT = 'Correct the value and try again.';
    END IF;
    IF NOT EXISTS (SELECT FROM public.books_ref AS b WHERE b.id = check_new_copy.book_id AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no book with the id %s on this shard.', coalesce(book_id::text, 'NULL')),
            HINT = 'Add the book to the catalogue first; a book that was just added arrives within seconds.';
    END IF;
    IF material_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no material type with the code "%s".', material_code),
            HINT = 'Use one of the material types that exist, or ask an administrator to add it.';
    END IF;
END
$$;

-- The barcode has been claimed in the main database before.  Repeating the call
-- is harmless.
CREATE FUNCTION public.add_copy(branch_id uuid, epoch bigint, INOUT id uuid, barcode text, book_id uuid,
                                material_code text, room integer, floor integer, bookshelf integer, OUT outcome text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    material_id uuid := (SELECT m.id FROM public.material_types AS m
                          WHERE m.code = add_copy.material_code AND m.deleted_at IS NULL);
    copy        public.physical_exemplars;
BEGIN
    PERFORM public.fence(add_copy.branch_id, add_copy.epoch);
    PERFORM public.require_right('branch', add_copy.branch_id);
    PERFORM public.check_new_copy(add_copy.barcode, add_copy.book_id, material_id, add_copy.material_code,
                                  add_copy.room, add_copy.floor, add_copy.bookshelf);

    add_copy.id := coalesce(add_copy.id, public.uuid_v7());
    INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, room, floor, bookshelf)
    VALUES (add_copy.branch_id, add_copy.id, add_copy.barcode, add_copy.book_id, material_id, add_copy.room,
            add_copy.floor, add_copy.bookshelf)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (add_copy.branch_id, 'copy_added', add_copy.id, add_copy.branch_id);
        add_copy.outcome := 'added';
        RETURN;
    END IF;

    SELECT e.* INTO copy
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = add_copy.branch_id AND e.barcode = add_copy.barcode AND e.deleted_at IS NULL;
    IF copy.id IS NULL OR copy.book_id <> add_copy.book_id THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = CASE WHEN copy.id IS NULL THEN 'The id of the new copy belongs to a copy with another barcode.'
                           ELSE format('The barcode %s is already used by a copy of another book here.', copy.barcode) END,
            HINT = 'Check the label, or use a barcode that is free.';
    END IF;
    add_copy.id := copy.id;
    add_copy.outcome := 'exists';
END
$$;
