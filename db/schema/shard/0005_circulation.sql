-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The parts of lending: patron, copy, rule, due date, and the reasons to
-- refuse.  checkout() and checkin() put them together.
--
-- They are written in PL/pgSQL even where one query would do: it keeps the plan
-- for the session, while a function in SQL is planned again on every call.

-- One answer for every outcome: lent, returned, renewed, undone, refused,
-- elsewhere.
CREATE TYPE public.circulation_answer AS (
    outcome           text,
    reasons           jsonb,
    loan_id           uuid,
    exemplar_id       uuid,
    copy_branch_id    uuid,
    book_id           uuid,
    title             text,
    author_line       text,
    due_at            timestamptz,
    rule              text,
    lent_at           timestamptz,
    late_days         integer,
    place             jsonb,
    patron            jsonb,
    lending_branch_id uuid
);

CREATE TYPE public.desk_patron AS (
    id           uuid,
    display_name text,
    type_id      uuid,
    type_name    text,
    active       boolean,
    expires_on   date,
    card_active  boolean
);

CREATE FUNCTION public.reason(code text, message text, overridable boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.jsonb_build_array(
    pg_catalog.jsonb_build_object('code', code, 'text', message, 'overridable', overridable));

-- All NULL for a card that nobody holds.
CREATE FUNCTION public.patron_with_card(card text) RETURNS public.desk_patron
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    patron public.desk_patron;
BEGIN
    SELECT u.id, u.display_name, u.user_type_id, t.name, u.active AND u.deleted_at IS NULL, u.expires_on, c.active
      INTO patron
      FROM public.user_cards AS c
      JOIN public.users_ref AS u ON u.id = c.user_id
      LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
     WHERE c.card_number = tidy(patron_with_card.card) AND c.deleted_at IS NULL;
    RETURN patron;
END
$$;

-- Why somebody may not borrow.  Why a patron was blocked is known at the home branch
-- only: a call may be rolled back, and then nobody would know who read it.
CREATE FUNCTION public.patron_reasons(patron public.desk_patron, zone text) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    reasons jsonb := '[]';
    home    uuid := (SELECT u.home_branch_id FROM public.users_ref AS u WHERE u.id = patron.id);
    block   record;
BEGIN
    IF patron.id IS NULL THEN
        RETURN reason('unknown_card', 'No patron has this card.', false);
    END IF;
    IF NOT patron.card_active THEN
        reasons := reasons || reason('inactive_card', 'The card is no longer valid.', false);
    END IF;
    IF NOT patron.active THEN
        reasons := reasons || reason('inactive_patron', 'The patron''s account is closed.', false);
    END IF;
    IF patron.expires_on < (now() AT TIME ZONE zone)::date THEN
        reasons := reasons || reason('expired_patron', format('The membership expired on %s.', patron.expires_on), false);
    END IF;
    FOR block IN
        SELECT b.reason, b.until
          FROM public.user_blocks AS b
         WHERE b.user_id = patron.id AND b.deleted_at IS NULL AND (b.until IS NULL OR b.until > now())
         ORDER BY b.created_at, b.id
    LOOP
        IF NOT has_right('desk', home) AND NOT has_right('patrons', home) THEN
            RETURN reasons || reason('blocked', 'The patron is blocked; ask the home branch why.', true);
        END IF;
        reasons := reasons || reason('blocked',
            format('Blocked: %s (%s).', rtrim(block.reason, '. '),
                   coalesce('until ' || to_char(block.until AT TIME ZONE zone, 'YYYY-MM-DD'), 'no end date')), true);
    END LOOP;
    RETURN reasons;
END
$$;

-- The reasons as the audit log of the copy's branch keeps them, which reads no
-- reason for a block of another branch's patron.
CREATE FUNCTION public.recorded_reasons(reasons jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT pg_catalog.jsonb_agg(
                   CASE r.entry ->> 'code'
                        WHEN 'blocked' THEN r.entry || '{"text": "The patron is blocked."}'::jsonb
                        ELSE r.entry END
                   ORDER BY r.place)
          FROM pg_catalog.jsonb_array_elements(reasons) WITH ORDINALITY AS r (entry, place));

-- A copy whose status says "lent" without an open loan can be lent: the loan is
-- the truth.
CREATE FUNCTION public.copy_reasons(copy public.physical_exemplars, borrower_id uuid) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    reasons jsonb := '[]';
BEGIN
    IF borrower_id IS NOT NULL THEN
        reasons := reason('on_loan', 'The copy is on loan to another patron.', false);
    END IF;
    IF copy.deleted_at IS NOT NULL THEN
        reasons := reasons || reason('status', 'The copy has been removed from the library.', false);
    ELSIF copy.status NOT IN ('available', 'lent') THEN
        reasons := reasons || reason('status', format('The copy is marked as %s.', replace(copy.status, '_', ' ')),
                                     copy.status <> 'withdrawn');
    END IF;
    RETURN reasons;
END
$$;

-- The most specific rule wins: branch before user type before material type.
-- The branch is the one that lends, not the one that owns the copy.
CREATE FUNCTION public.loan_rule_for(desk_branch_id uuid, user_type_id uuid, material_type_id uuid)
    RETURNS public.loan_rules
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    rule public.loan_rules;
BEGIN
    SELECT r.* INTO rule
      FROM public.loan_rules AS r
     WHERE r.active
       AND r.deleted_at IS NULL
       AND (r.branch_id IS NULL OR r.branch_id = loan_rule_for.desk_branch_id)
       AND (r.user_type_id IS NULL OR r.user_type_id = loan_rule_for.user_type_id)
       AND (r.material_type_id IS NULL OR r.material_type_id = loan_rule_for.material_type_id)
     ORDER BY (r.branch_id IS NOT NULL)::integer * 4 + (r.user_type_id IS NOT NULL)::integer * 2
              + (r.material_type_id IS NOT NULL)::integer DESC
     LIMIT 1;
    RETURN rule;
END
$$;

-- "3 of 3 Video on loan (Student, Main Library; rule 17)".  The loans of this
-- shard count; under a rule for one material type only those of that type do.
CREATE FUNCTION public.rule_reasons(rule public.loan_rules, patron public.desk_patron) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    open_loans bigint;
    material   text;
    scope      text;
BEGIN
    IF rule.id IS NULL THEN
        RETURN reason('no_rule', 'No loan rule covers this patron and this kind of copy here.', false);
    ELSIF rule.max_open_loans IS NULL THEN
        RETURN '[]';
    END IF;

    SELECT count(*) INTO open_loans
      FROM public.book_lending AS l
      JOIN public.physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
     WHERE l.user_id = patron.id
       AND l.returned_at IS NULL
       AND (rule.material_type_id IS NULL OR e.material_type_id = rule.material_type_id);
    IF open_loans < rule.max_open_loans THEN
        RETURN '[]';
    END IF;

    SELECT ' ' || m.name INTO material FROM public.material_types AS m WHERE m.id = rule.material_type_id;
    SELECT concat_ws(', ',
                     (SELECT t.name FROM public.user_types AS t WHERE t.id = rule.user_type_id),
                     (SELECT b.name FROM public.branches AS b WHERE b.id = rule.branch_id))
      INTO scope;
    RETURN reason('limit', format('%s of %s%s on loan (%srule %s).', open_loans, rule.max_open_loans, material,
                                  nullif(scope, '') || '; ', rule.number), true);
END
$$;

-- A row for the date wins over a row for the day of the week; no row is open.
CREATE FUNCTION public.branch_is_open(branch_id uuid, day date) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    answer boolean;
BEGIN
    SELECT c.is_open INTO answer
      FROM public.branch_calendar AS c
     WHERE c.branch_id = branch_is_open.branch_id
       AND (c.on_date = day OR c.weekday = EXTRACT(ISODOW FROM day)::smallint)
       AND c.deleted_at IS NULL
     ORDER BY c.on_date NULLS LAST
     LIMIT 1;
    RETURN coalesce(answer, true);
END
$$;

-- The day itself when it is open, else the next one that is.  A branch that is
-- closed for a year (nobody has entered its days) still lends.
CREATE FUNCTION public.next_open_day(branch_id uuid, day date) RETURNS date
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    FOR later IN 0 .. 365 LOOP
        IF branch_is_open(next_open_day.branch_id, day + later) THEN
            RETURN day + later;
        END IF;
    END LOOP;
    RETURN day;
END
$$;

-- Loans of days end with the day at the lending branch, whatever its clock does
-- in between; loans of minutes keep their minute.  A date that somebody chose is
-- not moved.
CREATE FUNCTION public.due_at_for(rule public.loan_rules, desk_branch_id uuid, zone text, due_on date)
    RETURNS timestamptz
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    today date := (now() AT TIME ZONE zone)::date;
    day   date := due_on;
BEGIN
    IF due_on < today THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('The due date %s is in the past.', due_on),
            HINT = 'Choose today or a later day.';
    ELSIF due_on > date '2999-12-31' THEN
        -- "infinity" is a date, too, and such a loan would never be overdue.
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('The due date %s is too far away.', due_on),
            HINT = 'Choose a day before the year 3000.';
    END IF;
    IF day IS NULL THEN
        IF rule.loan_minutes IS NOT NULL THEN
            RETURN now() + make_interval(mins => rule.loan_minutes);
        END IF;
        day := next_open_day(due_at_for.desk_branch_id, today + rule.loan_days);
    END IF;
    RETURN (day + time '23:59:59') AT TIME ZONE zone;
END
$$;

-- What the patron strip of a desk shows; the counts are those of this shard.
CREATE FUNCTION public.patron_facts(patron_id uuid, max_open integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    facts jsonb;
BEGIN
    SELECT jsonb_build_object(
               'id', u.id, 'display_name', u.display_name, 'type', t.name,
               'open_loans', l.open_loans, 'overdue', l.overdue, 'max_open', max_open)
      INTO facts
      FROM public.users_ref AS u
      LEFT JOIN public.user_types AS t ON t.id = u.user_type_id
      CROSS JOIN LATERAL (
           SELECT count(*) AS open_loans, count(*) FILTER (WHERE o.due_at < now()) AS overdue
             FROM public.book_lending AS o
            WHERE o.user_id = u.id AND o.returned_at IS NULL) AS l
     WHERE u.id = patron_facts.patron_id;
    RETURN facts;
END
$$;

-- The answer as far as the copy decides it.
CREATE FUNCTION public.answer_for_copy(copy public.physical_exemplars) RETURNS public.circulation_answer
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    answer public.circulation_answer;
BEGIN
    answer.reasons := '[]';
    answer.exemplar_id := copy.id;
    answer.copy_branch_id := copy.branch_id;
    answer.book_id := copy.book_id;
    answer.place := jsonb_build_object('floor', copy.floor, 'room', copy.room, 'bookshelf', copy.bookshelf);
    SELECT b.title, b.author_line INTO answer.title, answer.author_line
      FROM public.books_ref AS b
     WHERE b.id = copy.book_id;
    RETURN answer;
END
$$;

-- The copy is not at the branch that was asked.  Nothing is written and the
-- request id stays free: the same request goes on to the branch of the copy.
CREATE FUNCTION public.answer_elsewhere(barcode text) RETURNS public.circulation_answer
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    answer public.circulation_answer;
BEGIN
    answer.outcome := 'elsewhere';
    answer.reasons := '[]';
    SELECT e.branch_id INTO answer.copy_branch_id
      FROM public.physical_exemplars AS e
      JOIN public.branch_placement AS p ON p.branch_id = e.branch_id AND p.state = 'active'
     WHERE e.barcode = answer_elsewhere.barcode AND e.deleted_at IS NULL
     LIMIT 1;
    RETURN answer;
END
$$;
