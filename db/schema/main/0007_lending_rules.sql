-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Material types and loan rules.  The rules are evaluated on the shards; a
-- change here reaches the next desk answer by replication.

CREATE TABLE public.material_types (
    id   uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    code text NOT NULL CHECK (code ~ '^[[:alnum:]][[:alnum:]_.-]{0,31}$'),
    name text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX material_types_code ON public.material_types (code) WHERE deleted_at IS NULL;

-- A key that is NULL matches anything.  The number is what staff see ("rule
-- 12") and is never given twice.  No limit is NULL; 0 lends, or renews, nothing
-- at all.
CREATE TABLE public.loan_rules (
    id               uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    number           integer NOT NULL UNIQUE CHECK (number > 0),
    branch_id        uuid    REFERENCES public.branches,
    user_type_id     uuid    REFERENCES public.user_types,
    material_type_id uuid    REFERENCES public.material_types,
    loan_days        integer CHECK (loan_days BETWEEN 0 AND 3660),
    loan_minutes     integer CHECK (loan_minutes BETWEEN 1 AND 527040),
    max_open_loans   integer CHECK (max_open_loans >= 0),
    max_renewals     integer CHECK (max_renewals >= 0),
    active           boolean NOT NULL DEFAULT true,
    LIKE public.row_stamp,
    CONSTRAINT loan_rules_one_period CHECK (num_nonnulls(loan_days, loan_minutes) = 1)
);

CREATE UNIQUE INDEX loan_rules_keys ON public.loan_rules (branch_id, user_type_id, material_type_id)
    NULLS NOT DISTINCT WHERE deleted_at IS NULL;
CREATE INDEX loan_rules_user_type ON public.loan_rules (user_type_id);
CREATE INDEX loan_rules_material_type ON public.loan_rules (material_type_id);

CREATE FUNCTION public.prepare_loan_rule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NEW.number IS NULL THEN
        PERFORM public.lock_keys('loan_rules.number');
        SELECT coalesce(max(r.number), 0) + 1 INTO NEW.number FROM public.loan_rules AS r;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER prepare BEFORE INSERT ON public.loan_rules
    FOR EACH ROW EXECUTE FUNCTION public.prepare_loan_rule();

CALL public.keep_history('public.material_types');
CALL public.keep_history('public.loan_rules');
CALL public.forbid_delete('public.material_types');
CALL public.forbid_delete('public.loan_rules');

CREATE FUNCTION public.add_material_type(code text, name text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kind public.material_types;
BEGIN
    PERFORM public.require_library_right();
    INSERT INTO public.material_types (code, name) VALUES (add_material_type.code, tidy(add_material_type.name))
    ON CONFLICT (code) WHERE deleted_at IS NULL DO NOTHING;

    SELECT t.* INTO kind FROM public.material_types AS t WHERE t.code = add_material_type.code AND t.deleted_at IS NULL;
    IF kind.name <> tidy(add_material_type.name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The material type %s already exists with the name "%s".', kind.code, kind.name),
            HINT = 'Choose another code, or use the material type that exists.';
    END IF;
    RETURN kind.id;
END
$$;

-- NULL for a code or the branch means any.  There is one rule per combination:
-- setting it again changes that rule.  Returns its number.
CREATE FUNCTION public.set_loan_rule(branch_id uuid, user_type_code text, material_code text, loan_days integer,
                                     loan_minutes integer DEFAULT NULL, max_open_loans integer DEFAULT NULL,
                                     max_renewals integer DEFAULT NULL)
    RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    type_id     uuid;
    material_id uuid;
    found_number integer;
BEGIN
    PERFORM public.require_library_right(set_loan_rule.branch_id);
    SELECT t.id INTO type_id FROM public.user_types AS t WHERE t.code = user_type_code AND t.deleted_at IS NULL;
    SELECT t.id INTO material_id FROM public.material_types AS t WHERE t.code = material_code AND t.deleted_at IS NULL;
    IF (user_type_code IS NOT NULL AND type_id IS NULL) OR (material_code IS NOT NULL AND material_id IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no user type "%s" or no material type "%s".', user_type_code, material_code),
            HINT = 'Add the type first, or leave it out to mean any.';
    END IF;

    INSERT INTO public.loan_rules AS r (branch_id, user_type_id, material_type_id, loan_days, loan_minutes,
                                        max_open_loans, max_renewals)
    VALUES (set_loan_rule.branch_id, type_id, material_id, set_loan_rule.loan_days, set_loan_rule.loan_minutes,
            set_loan_rule.max_open_loans, set_loan_rule.max_renewals)
    ON CONFLICT (branch_id, user_type_id, material_type_id) WHERE deleted_at IS NULL DO UPDATE
       SET loan_days = excluded.loan_days, loan_minutes = excluded.loan_minutes,
           max_open_loans = excluded.max_open_loans, max_renewals = excluded.max_renewals, active = true
     WHERE (r.loan_days, r.loan_minutes, r.max_open_loans, r.max_renewals, r.active)
           IS DISTINCT FROM (excluded.loan_days, excluded.loan_minutes, excluded.max_open_loans,
                             excluded.max_renewals, true);

    SELECT r.number INTO found_number
      FROM public.loan_rules AS r
     WHERE r.branch_id IS NOT DISTINCT FROM set_loan_rule.branch_id
       AND r.user_type_id IS NOT DISTINCT FROM type_id
       AND r.material_type_id IS NOT DISTINCT FROM material_id
       AND r.deleted_at IS NULL;
    RETURN found_number;
END
$$;
