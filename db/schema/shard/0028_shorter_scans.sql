-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- A loan and a return with fewer statements and expressions, which is what a scan costs
-- (docs/BENCHMARKS.md): each look at a table from PL/pgSQL is made ready anew, and so is each of
-- its expressions once in a transaction.  What is rare, such as a refusal, asks the functions of
-- before, which say why.

DO $$
BEGIN
    CALL public.lock_together(ARRAY['public.book_lending', 'public.physical_exemplars', 'public.branch_placement',
                                    'public.charges', 'public.payments', 'public.desk_event',
                                    'public.audit_log']::regclass[]);
END
$$;

-- The history of a loan, and what programs are told of it, in one statement for all that may
-- happen to a row.  It names the columns: taken out of a record as JSON they cost as much as the
-- rest.  OLD is NULL for a new row.
CREATE FUNCTION public.record_loan() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    WITH noted AS (
        INSERT INTO public.change_log (kind, branch_id, subject)
        VALUES ('loans', coalesce(NEW.branch_id, OLD.branch_id), NEW.user_id)
    )
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, old, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), lower(TG_OP), TG_TABLE_NAME,
            coalesce(NEW.id, OLD.id), coalesce(NEW.branch_id, OLD.branch_id), to_jsonb(OLD), to_jsonb(NEW));
    IF txid_current() % 1024 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.record_copy() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    WITH noted AS (
        INSERT INTO public.change_log (kind, branch_id, subject)
        VALUES ('copies', coalesce(NEW.branch_id, OLD.branch_id), NEW.book_id)
    )
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, old, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), lower(TG_OP), TG_TABLE_NAME,
            coalesce(NEW.id, OLD.id), coalesce(NEW.branch_id, OLD.branch_id), to_jsonb(OLD), to_jsonb(NEW));
    IF txid_current() % 1024 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

-- What is rarely written: the first argument names the column that identifies the row, the second
-- what programs are told has changed.
CREATE OR REPLACE FUNCTION public.record_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    subject jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
BEGIN
    INSERT INTO public.change_log (kind, branch_id) VALUES (TG_ARGV[1], (subject ->> 'branch_id')::uuid);
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, branch_id, old, new)
    VALUES (txid_current(), session_user, current_setting('application_name'), lower(TG_OP), TG_TABLE_NAME,
            (subject ->> TG_ARGV[0])::uuid, (subject ->> 'branch_id')::uuid, to_jsonb(OLD), to_jsonb(NEW));
    IF txid_current() % 1024 = 0 THEN
        PERFORM public.trim_change_log();
    END IF;
    RETURN NULL;
END
$$;

-- The log no longer tells of its rows: whoever writes one tells.
DROP TRIGGER note_change ON public.audit_log;
DROP FUNCTION public.note_change();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.book_lending
    FOR EACH ROW EXECUTE FUNCTION public.record_loan();
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.physical_exemplars
    FOR EACH ROW EXECUTE FUNCTION public.record_copy();
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.branch_placement
    FOR EACH ROW EXECUTE FUNCTION public.record_change('branch_id', 'settings');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.charges
    FOR EACH ROW EXECUTE FUNCTION public.record_change('id', 'charges');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.payments
    FOR EACH ROW EXECUTE FUNCTION public.record_change('id', 'charges');

-- A condition is read anew for each statement, so a short one costs less.
CREATE OR REPLACE TRIGGER forget_rolled_up AFTER INSERT ON public.desk_event
    FOR EACH ROW WHEN (NEW.at < now() OR NEW.kind LIKE '%\_undone')
    EXECUTE FUNCTION public.forget_rolled_up();

-- As in 0001.
CREATE OR REPLACE FUNCTION public.stamp_row() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := now();
        NEW.created_by := session_user;
        NEW.row_version := 1;
    ELSE
        IF (NEW.created_at, NEW.created_by) IS DISTINCT FROM (OLD.created_at, OLD.created_by) THEN
            NEW.created_at := OLD.created_at;
            NEW.created_by := OLD.created_by;
        END IF;
        NEW.row_version := OLD.row_version + 1;
    END IF;
    NEW.updated_at := now();
    NEW.updated_by := session_user;

    IF num_nulls(NEW.deleted_at, NEW.deleted_by) = 2 THEN
        NULL;
    ELSIF NEW.deleted_at IS NULL THEN
        NEW.deleted_by := NULL;
    ELSIF TG_OP = 'INSERT' OR OLD.deleted_at IS NULL THEN
        NEW.deleted_at := now();
        NEW.deleted_by := session_user;
    ELSE
        NEW.deleted_at := OLD.deleted_at;
        NEW.deleted_by := OLD.deleted_by;
    END IF;
    RETURN NEW;
END
$$;

-- As in 0004.  The lock is that of begin_scan(), whose callers write their answer once they have it.
CREATE OR REPLACE FUNCTION public.claim_request(branch_id uuid, request_id uuid, function text, args_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(6, uuid_hash(claim_request.request_id));
    INSERT INTO public.op_result (branch_id, request_id, function, args_hash)
    VALUES (claim_request.branch_id, claim_request.request_id, claim_request.function, claim_request.args_hash)
    ON CONFLICT (branch_id, request_id) DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN public.stored_answer(claim_request.branch_id, claim_request.request_id, claim_request.function,
                                claim_request.args_hash);
END
$$;

-- What a scan begins with: the locks of branch and request, and then, with a snapshot taken after
-- them, one look for the fence, the caller's right, an answer of before, the copy and the card.
-- is_over: there is an answer already, or no copy to act on; earlier_answer() has it.  What is not
-- as it should be is asked again of the function that says why.
CREATE FUNCTION public.begin_scan(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text, card text,
                                  OUT is_over boolean, OUT copy_id uuid, OUT patron_id uuid, OUT zone text)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    locked  boolean;
    is_here boolean;
    may     boolean;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR clock_timestamp() - now() > interval '20 seconds' THEN
        PERFORM public.fence(branch_id, epoch);
    END IF;
    locked := pg_advisory_xact_lock_shared(1, uuid_hash(begin_scan.branch_id)) IS NOT NULL;
    locked := pg_advisory_xact_lock(6, uuid_hash(begin_scan.request_id)) IS NOT NULL;
    SELECT p.state = 'active' AND p.epoch = begin_scan.epoch,
           EXISTS (SELECT
                     FROM public.staff_assignments AS a
                    WHERE a.login = session_user::text
                      AND a.right_code = 'desk'
                      AND (a.branch_id IS NULL OR a.branch_id = begin_scan.desk_branch_id)
                      AND a.revoked_at IS NULL
                      AND a.deleted_at IS NULL),
           (SELECT b.timezone FROM public.branches AS b WHERE b.id = begin_scan.desk_branch_id),
           begin_scan.request_id IS NULL
           OR EXISTS (SELECT
                        FROM public.op_result AS o
                       WHERE o.branch_id = begin_scan.branch_id AND o.request_id = begin_scan.request_id),
           (SELECT e.id
              FROM public.physical_exemplars AS e
             WHERE e.branch_id = begin_scan.branch_id AND e.barcode = begin_scan.barcode AND e.deleted_at IS NULL),
           (SELECT c.user_id
              FROM public.user_cards AS c
             WHERE c.card_number = begin_scan.card AND c.deleted_at IS NULL)
      INTO is_here, may, zone, is_over, copy_id, patron_id
      FROM public.branch_placement AS p
     WHERE p.branch_id = begin_scan.branch_id;
    IF is_here AND may AND zone IS NOT NULL AND NOT is_over AND copy_id IS NOT NULL THEN
        RETURN;
    END IF;
    IF is_here IS NOT TRUE THEN
        PERFORM public.fence(branch_id, epoch);
    END IF;
    IF may IS NOT TRUE OR zone IS NULL THEN
        PERFORM public.require_right('desk', desk_branch_id);
    END IF;
    is_over := is_over OR copy_id IS NULL;
END
$$;

-- What checkout() does when something speaks against a loan: completes the answer with the reasons
-- that are not overridden, or renews the loan when the patron has the copy.  Outcome NULL: nothing
-- is left against it.  One row of NULLs, reasons included: ask again; see note_reading().
CREATE FUNCTION public.weigh_loan(answer public.circulation_answer, request_id uuid, args_hash bytea, desk_branch_id uuid,
                                  zone text, card text, patron_id uuid, due_on date, asked text[], why text,
                                  OUT weighed public.circulation_answer, OUT used text[], OUT due_at timestamptz)
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    copy   public.physical_exemplars := public.lock_copy(answer.copy_branch_id, answer.exemplar_id);
    loan   public.book_lending := public.open_loan(copy.branch_id, copy.id);
    patron public.desk_patron := public.patron_with_card(card);
    rule   public.loan_rules;
BEGIN
    IF patron.id IS DISTINCT FROM patron_id THEN
        -- The card is somebody else's since: who has it now is not locked.
        patron := NULL;
    END IF;
    weighed := answer;
    weighed.reasons := public.patron_reasons(patron, zone);
    IF loan.user_id = patron.id THEN
        IF NOT public.may_tell_loan(loan) THEN
            weighed := NULL;
            RETURN;
        END IF;
        SELECT o.reasons, o.used INTO weighed.reasons, used
          FROM public.override_reasons(weighed.reasons, asked, why, desk_branch_id) AS o;
        PERFORM public.claim_request(copy.branch_id, request_id, 'checkout', args_hash);
        weighed := public.renew_loan(weighed, request_id, desk_branch_id, copy, loan, patron, due_on, used, why);
        RETURN;
    END IF;
    weighed.reasons := weighed.reasons || public.copy_reasons(copy, loan.user_id);
    IF patron.id IS NOT NULL THEN
        rule := public.loan_rule_for(desk_branch_id, patron.type_id, copy.material_type_id);
        weighed.reasons := weighed.reasons || public.rule_reasons(rule, patron);
        weighed.rule := rule.number::text;
    END IF;
    SELECT o.reasons, o.used INTO weighed.reasons, used
      FROM public.override_reasons(weighed.reasons, asked, why, desk_branch_id) AS o;
    IF weighed.reasons = '[]' THEN
        due_at := public.due_at_for(rule, desk_branch_id, zone, due_on);
        RETURN;
    END IF;
    weighed.outcome := 'refused';
    weighed.patron := public.holder_facts(patron.id, rule.max_open_loans);
    PERFORM public.claim_request(copy.branch_id, request_id, 'checkout', args_hash);
    weighed := public.finish_request(copy.branch_id, request_id, desk_branch_id, weighed);
END
$$;

-- Lends the copy with the barcode, which belongs to branch_id, at the desk of
-- desk_branch_id.  due_on replaces the date of the loan rule, which needs the right
-- override:due_date there.  overrides are codes of refusals that shall not count,
-- with the reason why.  A copy that this patron has already is renewed; since that
-- tells who has it, the first answer for a copy of another branch may be a row of
-- NULLs, upon which the program repeats the call; see note_reading().
--
-- As before, with one look at everything that may speak against the loan, and one statement that
-- writes.  Of two loans of a copy the later one always has the later lent_at, although now() is
-- when a call began, which may have waited since: undo() reads from the table what was lent again.
CREATE OR REPLACE FUNCTION public.checkout(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text,
                                card text, due_on date DEFAULT NULL, overrides text[] DEFAULT NULL,
                                override_reason text DEFAULT NULL)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    asked     text[] := '{}';
    args_hash bytea;
    scan      record;
    locked    boolean;
    copy      record;
    seen      record;
    against   record;
    used      text[];
    answer    public.circulation_answer;
BEGIN
    IF overrides IS NOT NULL OR due_on IS NOT NULL OR override_reason IS NOT NULL THEN
        asked := public.asked_overrides(overrides, due_on, override_reason);
    END IF;
    -- As request_hash().
    args_hash := sha256(convert_to(ARRAY[desk_branch_id::text, btrim(barcode), btrim(card), encode(date_send(due_on), 'hex'),
                                         asked::text, btrim(override_reason)]::text, 'UTF8'));
    scan := public.begin_scan(request_id, branch_id, epoch, desk_branch_id, btrim(barcode), tidy(card));
    IF scan.is_over THEN
        RETURN public.earlier_answer(scan.copy_id, branch_id, request_id, 'checkout', args_hash, btrim(barcode));
    END IF;

    -- Two desks must not count the loans of a patron at the same time.
    locked := pg_advisory_xact_lock(2, uuid_hash(scan.patron_id)) IS NOT NULL;
    SELECT e.id, e.book_id, e.material_type_id, e.status, e.deleted_at,
           jsonb_build_object('floor', e.floor, 'room', e.room, 'bookshelf', e.bookshelf) AS place
      INTO copy
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = checkout.branch_id AND e.id = scan.copy_id
       FOR UPDATE;

    SELECT b.title, b.author_line, r.number AS rule_number,
           (SELECT l.lent_at + interval '1 microsecond'
              FROM public.book_lending AS l
             WHERE l.branch_id = checkout.branch_id AND l.exemplar_id = scan.copy_id
             ORDER BY l.lent_at DESC LIMIT 1) AS after_last,
           CASE WHEN r.loan_minutes IS NOT NULL THEN now() + make_interval(mins => r.loan_minutes)
                ELSE (o.day + time '23:59:59') AT TIME ZONE scan.zone END AS due_at,
           -- As holder_facts(), with the loan that is about to be.
           CASE WHEN EXISTS (SELECT
                               FROM public.staff_assignments AS a
                              WHERE a.login = session_user::text
                                AND a.right_code IN ('desk', 'patrons')
                                AND (a.branch_id IS NULL OR a.branch_id = u.home_branch_id)
                                AND a.revoked_at IS NULL
                                AND a.deleted_at IS NULL)
                     OR public.has_right('desk', u.home_branch_id) THEN
               jsonb_build_object('id', u.id, 'display_name', u.display_name, 'type', t.name, 'open_loans', o.open_loans + 1,
                                  'overdue', o.overdue, 'max_open', r.max_open_loans) END AS patron,
           -- That patron_reasons(), copy_reasons(), rule_reasons() and override_reasons() have nothing to say, and
           -- due_at_for() no other day.
           c.active AND u.active AND u.deleted_at IS NULL
           AND (u.expires_on < (now() AT TIME ZONE scan.zone)::date) IS NOT TRUE
           AND NOT EXISTS (SELECT
                             FROM public.user_blocks AS k
                            WHERE k.user_id = u.id AND k.deleted_at IS NULL AND (k.until IS NULL OR k.until > now()))
           AND NOT EXISTS (SELECT
                             FROM public.book_lending AS l
                            WHERE l.branch_id = checkout.branch_id AND l.exemplar_id = scan.copy_id
                              AND l.returned_at IS NULL)
           AND copy.deleted_at IS NULL AND copy.status IN ('available', 'lent')
           AND r.id IS NOT NULL AND (o.open_loans >= r.max_open_loans) IS NOT TRUE
           AND NOT EXISTS (SELECT
                             FROM public.branch_calendar AS d
                            WHERE d.branch_id = checkout.desk_branch_id AND d.deleted_at IS NULL AND NOT d.is_open
                              AND (d.on_date = o.day OR d.weekday = EXTRACT(ISODOW FROM o.day)::smallint))
           AND asked = '{}' AS is_clear
      INTO seen
      FROM public.books_ref AS b
      LEFT JOIN (public.user_cards AS c
                 JOIN public.users_ref AS u ON u.id = c.user_id
                 LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
                 -- As loan_rule_for().
                 LEFT JOIN LATERAL (
                      SELECT n.*
                        FROM public.loan_rules AS n
                       WHERE n.active
                         AND n.deleted_at IS NULL
                         AND (n.branch_id IS NULL OR n.branch_id = checkout.desk_branch_id)
                         AND (n.user_type_id IS NULL OR n.user_type_id = u.user_type_id)
                         AND (n.material_type_id IS NULL OR n.material_type_id = copy.material_type_id)
                       ORDER BY (n.branch_id IS NOT NULL)::integer * 4 + (n.user_type_id IS NOT NULL)::integer * 2
                                + (n.material_type_id IS NOT NULL)::integer DESC
                       LIMIT 1) AS r ON true
                 CROSS JOIN LATERAL (
                      SELECT count(*) AS open_loans, count(*) FILTER (WHERE l.due_at < now()) AS overdue,
                             (now() AT TIME ZONE scan.zone)::date + r.loan_days AS day
                        FROM public.book_lending AS l
                       WHERE l.user_id = u.id AND l.returned_at IS NULL) AS o)
             ON c.card_number = tidy(checkout.card) AND c.deleted_at IS NULL AND c.user_id = scan.patron_id
     WHERE b.id = copy.book_id;

    answer := ('lent', '[]', public.uuid_v7(), copy.id, branch_id, copy.book_id, seen.title, seen.author_line, seen.due_at,
               seen.rule_number, greatest(now(), seen.after_last), NULL, copy.place, seen.patron, desk_branch_id);
    IF seen.is_clear IS NOT TRUE THEN
        against := public.weigh_loan((NULL, '[]', NULL, copy.id, branch_id, copy.book_id, seen.title, seen.author_line, NULL,
                                      NULL, NULL, NULL, copy.place, NULL, NULL)::public.circulation_answer,
                                     request_id, args_hash, desk_branch_id, scan.zone, card, scan.patron_id, due_on, asked,
                                     override_reason);
        IF (against.weighed).outcome IS NOT NULL OR (against.weighed).reasons IS NULL THEN
            RETURN against.weighed;
        END IF;
        used := against.used;
        answer.due_at := against.due_at;
    END IF;

    WITH lent AS (
        UPDATE public.physical_exemplars AS e
           SET status = 'lent'
         WHERE e.branch_id = checkout.branch_id AND e.id = scan.copy_id
    ), event AS (
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (checkout.branch_id, 'lent', scan.copy_id, checkout.desk_branch_id)
    ), kept AS (
        INSERT INTO public.op_result (branch_id, request_id, function, args_hash, result, undo)
        VALUES (checkout.branch_id, checkout.request_id, 'checkout', args_hash, to_jsonb(answer),
                jsonb_build_object('desk', checkout.desk_branch_id, 'before', jsonb_build_object('copy_status', 'available'),
                                   'after', jsonb_build_object('due_at', answer.due_at, 'renewals', 0, 'rule_number',
                                                               seen.rule_number, 'copy_status', 'lent')))
    )
    INSERT INTO public.book_lending (branch_id, id, exemplar_id, user_id, lending_branch_id, lent_at, due_at, rule_number,
                                     request_id, override_codes, override_reason)
    VALUES (checkout.branch_id, answer.loan_id, scan.copy_id, scan.patron_id, checkout.desk_branch_id, answer.lent_at,
            answer.due_at, seen.rule_number, checkout.request_id, used,
            CASE WHEN used IS NOT NULL THEN nullif(btrim(checkout.override_reason), '') END);
    RETURN answer;
END
$$;

-- Takes back the copy with the barcode, which belongs to branch_id, at the desk
-- of desk_branch_id.  A copy that is damaged or withdrawn stays so.  As before, with one look and
-- one statement that writes.
CREATE OR REPLACE FUNCTION public.checkin(request_id uuid, branch_id uuid, epoch bigint, desk_branch_id uuid, barcode text)
    RETURNS public.circulation_answer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    args_hash bytea := sha256(convert_to(ARRAY[desk_branch_id::text, btrim(barcode)]::text, 'UTF8')); -- as request_hash()
    scan      record;
    copy      record;
    seen      record;
    answer    public.circulation_answer;
BEGIN
    scan := public.begin_scan(request_id, branch_id, epoch, desk_branch_id, btrim(barcode), NULL);
    IF scan.is_over THEN
        RETURN public.earlier_answer(scan.copy_id, branch_id, request_id, 'checkin', args_hash, btrim(barcode));
    END IF;

    SELECT e.id, e.book_id, e.status,
           CASE WHEN e.status IN ('damaged', 'withdrawn') THEN e.status ELSE 'available' END AS new_status,
           jsonb_build_object('floor', e.floor, 'room', e.room, 'bookshelf', e.bookshelf) AS place
      INTO copy
      FROM public.physical_exemplars AS e
     WHERE e.branch_id = checkin.branch_id AND e.id = scan.copy_id
       FOR UPDATE;
    -- now() is when this call began: it may have waited for the call that lent the copy and began later.
    SELECT b.title, b.author_line, l.id AS loan_id, l.lent_at, l.due_at, l.rule_number, l.lending_branch_id,
           greatest(now(), l.lent_at) AS returned_at,
           CASE WHEN now() > l.due_at THEN public.late_days(l, now()) ELSE 0 END AS late_days,
           to_jsonb((l.due_at, l.renewals, l.rule_number, NULL, copy.status, l.lending_branch_id, l.override_codes,
                     l.override_reason)::public.loan_state) AS before,
           -- As borrower_facts(), without the loan.
           CASE WHEN EXISTS (SELECT
                               FROM public.staff_assignments AS a
                              WHERE a.login = session_user::text
                                AND a.right_code = 'desk'
                                AND (a.branch_id IS NULL OR a.branch_id = checkin.branch_id)
                                AND a.revoked_at IS NULL
                                AND a.deleted_at IS NULL)
                     OR public.has_right('desk', checkin.branch_id) THEN
               jsonb_build_object('id', u.id, 'display_name', u.display_name, 'type', t.name, 'open_loans', o.open_loans,
                                  'overdue', o.overdue, 'max_open', NULL::integer) END AS patron
      INTO seen
      FROM public.books_ref AS b
      LEFT JOIN (public.book_lending AS l
                 JOIN public.users_ref AS u ON u.id = l.user_id
                 LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
                 CROSS JOIN LATERAL (
                      SELECT count(*) AS open_loans, count(*) FILTER (WHERE m.due_at < now()) AS overdue
                        FROM public.book_lending AS m
                       WHERE m.user_id = l.user_id AND m.returned_at IS NULL AND m.id <> l.id) AS o)
             ON l.branch_id = checkin.branch_id AND l.exemplar_id = scan.copy_id AND l.returned_at IS NULL
     WHERE b.id = copy.book_id;
    IF seen.loan_id IS NULL THEN
        answer := ('refused', public.reason('not_on_loan', 'The copy is not on loan.', false), NULL, copy.id, branch_id,
                   copy.book_id, seen.title, seen.author_line, NULL, NULL, NULL, NULL, copy.place, NULL, NULL);
        PERFORM public.claim_request(branch_id, request_id, 'checkin', args_hash);
        RETURN public.finish_request(branch_id, request_id, desk_branch_id, answer);
    END IF;

    answer := ('returned', '[]', seen.loan_id, copy.id, branch_id, copy.book_id, seen.title, seen.author_line, seen.due_at,
               seen.rule_number, seen.lent_at, seen.late_days, copy.place, seen.patron, seen.lending_branch_id);
    WITH loan AS (
        UPDATE public.book_lending AS l
           SET returned_at = seen.returned_at, returned_branch_id = checkin.desk_branch_id
         WHERE l.branch_id = checkin.branch_id AND l.id = seen.loan_id
    ), event AS (
        INSERT INTO public.desk_event (branch_id, kind, exemplar_id, desk_branch_id)
        VALUES (checkin.branch_id, 'returned', scan.copy_id, checkin.desk_branch_id)
    ), kept AS (
        INSERT INTO public.op_result (branch_id, request_id, function, args_hash, result, undo)
        VALUES (checkin.branch_id, checkin.request_id, 'checkin', args_hash, to_jsonb(answer),
                jsonb_build_object('desk', checkin.desk_branch_id, 'before', seen.before, 'after', seen.before
                                   || jsonb_build_object('returned_at', seen.returned_at, 'copy_status', copy.new_status)))
    )
    UPDATE public.physical_exemplars AS e
       SET status = copy.new_status
     WHERE e.branch_id = checkin.branch_id AND e.id = scan.copy_id;
    RETURN answer;
END
$$;

DROP FUNCTION public.write_loan(public.circulation_answer, uuid, uuid, uuid, public.loan_rules, text[], text);

REVOKE ALL ON FUNCTION
    public.record_loan(), public.record_copy(), public.begin_scan(uuid, uuid, bigint, uuid, text, text),
    public.weigh_loan(public.circulation_answer, uuid, bytea, uuid, text, text, uuid, date, text[], text)
FROM PUBLIC;
