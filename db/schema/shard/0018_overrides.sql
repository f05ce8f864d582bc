-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lending against a rule: who has the right "override:CODE" at the desk's branch
-- may, and says why.  checkout() asks the functions here; what was overridden and
-- why stands in the loan, and in its history who did it.

ALTER TABLE public.book_lending
    ADD COLUMN override_codes  text[],
    ADD COLUMN override_reason text CHECK (char_length(override_reason) <= 2000);

-- What was overridden when the loan was made and at each of its renewals: every code
-- once, and the reasons in their order, of which the newest are kept.
CREATE FUNCTION public.all_codes(earlier text[], later text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT pg_catalog.array_agg(DISTINCT c.code ORDER BY c.code)
          FROM pg_catalog.unnest(earlier || later) AS c (code));

CREATE FUNCTION public.all_reasons(earlier text, later text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(pg_catalog."right"(pg_catalog.concat_ws('; ', earlier, nullif(pg_catalog.btrim(later), '')), 2000), '');

-- The codes that somebody asks to override, each once and in one order; LB006 for
-- one that cannot be.  The day of a loan is chosen, not refused, so choosing one is
-- asking.
CREATE FUNCTION public.asked_overrides(codes text[], due_on date, why text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    known constant text[] := ARRAY['due_date', 'limit'];
    other text := (SELECT c FROM unnest(codes) AS c WHERE c IS NULL OR c <> ALL (known) LIMIT 1);
BEGIN
    IF EXISTS (SELECT FROM unnest(codes) AS c WHERE c IS NULL OR c <> ALL (known)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = format('"%s" cannot be overridden.', coalesce(other, 'NULL')),
            HINT = format('What can be overridden: %s.', array_to_string(known, ', '));
    ELSIF char_length(why) > 500 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'The reason for the override is too long.',
                              HINT = 'Shorten it to 500 characters.';
    END IF;
    RETURN ARRAY(SELECT DISTINCT c
                   FROM unnest(codes || CASE WHEN due_on IS NOT NULL THEN ARRAY['due_date'] END) AS c
                  WHERE c <> 'due_date' OR due_on IS NOT NULL
                  ORDER BY c);
END
$$;

-- Takes out of the reasons for a refusal what is overridden rightly, and adds why
-- something may not be; used says what was overridden, NULL for nothing.  A refusal
-- is overridden by a right and a reason; a day is chosen by a right.
CREATE FUNCTION public.override_reasons(INOUT reasons jsonb, asked text[], why text, desk_branch_id uuid,
                                        OUT used text[])
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    code text;
BEGIN
    FOREACH code IN ARRAY asked LOOP
        CONTINUE WHEN code <> 'due_date' AND NOT reasons @> jsonb_build_array(jsonb_build_object('code', code));
        IF NOT has_right('override:' || code, desk_branch_id) THEN
            reasons := reasons || reason('override_right',
                format('You do not have the right "override:%s" at the branch %s.', code, branch_code(desk_branch_id)), false);
        ELSIF code <> 'due_date' AND coalesce(btrim(why), '') = '' THEN
            reasons := reasons || reason('override_reason', 'Overriding a rule needs a reason.', false);
        ELSE
            used := used || code;
            reasons := (SELECT coalesce(jsonb_agg(r.entry ORDER BY r.place), '[]')
                          FROM jsonb_array_elements(reasons) WITH ORDINALITY AS r (entry, place)
                         WHERE r.entry ->> 'code' <> code);
        END IF;
    END LOOP;
END
$$;
