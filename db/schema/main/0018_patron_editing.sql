-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Editing patrons: registering with everything a form has, saving against the
-- version that was read, removing and restoring.  Outcomes as for books; reasons
-- and messages never name a patron.

-- A change of a card is a new version of the patron; see book_parts_changed().
CREATE FUNCTION public.user_cards_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.users AS u
       SET updated_at = now()
      FROM (SELECT DISTINCT c.user_id FROM changed AS c) AS p
     WHERE u.id = p.user_id AND u.updated_at <> now();
    RETURN NULL;
END
$$;

CREATE TRIGGER version_insert AFTER INSERT ON public.user_cards
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.user_cards_changed();
CREATE TRIGGER version_update AFTER UPDATE ON public.user_cards
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.user_cards_changed();

CREATE FUNCTION public.patron_fields(id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
               'family_name', u.family_name, 'given_name', u.given_name, 'type_code', t.code,
               'branch_id', u.home_branch_id, 'email', u.email, 'phone', u.phone, 'address', u.address,
               'born_on', u.born_on, 'expires_on', u.expires_on, 'active', u.active,
               'cards', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', c.card_number, 'active', c.active)
                                                   ORDER BY c.card_number), '[]')
                           FROM public.user_cards AS c
                          WHERE c.user_id = u.id AND c.deleted_at IS NULL))
      FROM public.users AS u
      JOIN public.user_types AS t ON t.id = u.user_type_id
     WHERE u.id = patron_fields.id
$$;

CREATE FUNCTION public.stamped_patron(id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT patron_fields(u.id)
           || jsonb_build_object(
                  'id', u.id, 'version', u.row_version, 'created_at', u.created_at, 'changed_at', u.updated_at,
                  'changed_by', staff_name(u.updated_by), 'removed_at', u.deleted_at,
                  'removed_by', staff_name(u.deleted_by))
      FROM public.users AS u
     WHERE u.id = stamped_patron.id
$$;

-- The patron, for whoever works with patrons at the home branch; else NULL.
CREATE FUNCTION public.known_patron(id uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN (SELECT u.id
              FROM public.users AS u
             WHERE u.id = known_patron.id AND u.home_branch_id = ANY (my_branches('desk', 'patrons')));
END
$$;

-- LB005 when there is no such patron, LB004 without the right at the home branch.
CREATE FUNCTION public.locked_patron(id uuid) RETURNS public.users
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    patron public.users;
BEGIN
    SELECT u.* INTO patron FROM public.users AS u WHERE u.id = locked_patron.id FOR UPDATE;
    IF patron.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = 'There is no patron with this id.',
            HINT = 'Search for the patron again.';
    END IF;
    PERFORM public.require_right('patrons', patron.home_branch_id);
    RETURN patron;
END
$$;

-- With e-mail, address, phone and birthday: for those who may edit patrons of
-- the home branch.  NULL when there never was such a patron.
CREATE FUNCTION public.patron_record(id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_right('patrons', u.home_branch_id) FROM public.users AS u WHERE u.id = patron_record.id;
    RETURN public.stamped_patron(patron_record.id);
END
$$;

-- LB005 or LB006 with the field that is wrong.
CREATE FUNCTION public.check_patron(family_name text, given_name text, type_code text, email text, phone text,
                                    address text, born_on date, cards jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    problem text := CASE
        WHEN coalesce(tidy(family_name), '') = '' THEN 'The family name is missing.'
        WHEN greatest(char_length(family_name), char_length(given_name)) > 200 THEN
            'A name can have at most 200 characters.'
        WHEN btrim(email) <> '' AND btrim(email) !~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN
            'The e-mail address must look like name@example.org.'
        WHEN greatest(char_length(email), char_length(phone), char_length(address)) > 1000 THEN
            'The e-mail address, phone number or address is too long.'
        WHEN born_on > CURRENT_DATE + 1 OR born_on < date '1850-01-01' THEN 'The date of birth is not possible.'
        WHEN jsonb_typeof(cards) IS DISTINCT FROM 'array' OR jsonb_array_length(cards) > 50 THEN
            'The cards must be a list of at most 50.'
        WHEN EXISTS (SELECT FROM jsonb_array_elements(cards) AS c
                      WHERE coalesce(tidy(c ->> 'number'), '') = '' OR char_length(c ->> 'number') > 64) THEN
            'A card number must have 1 to 64 characters.'
    END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = problem, HINT = 'Correct the value and try again.';
    END IF;
    IF NOT EXISTS (SELECT FROM public.user_types AS t WHERE t.code = type_code AND t.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no user type with the code "%s".', type_code),
            HINT = 'Use one of the user types that exist, or ask an administrator to add it.';
    END IF;
END
$$;

-- The cards of a patron, as they shall be; only what differs is written.
CREATE FUNCTION public.write_patron_cards(id uuid, wanted jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.user_cards AS c
       SET deleted_at = now()
     WHERE c.user_id = write_patron_cards.id AND c.deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM jsonb_array_elements(wanted) AS w WHERE w ->> 'number' = c.card_number);
    INSERT INTO public.user_cards AS c (user_id, card_number, active)
    SELECT write_patron_cards.id, w ->> 'number', (w ->> 'active')::boolean FROM jsonb_array_elements(wanted) AS w
    ON CONFLICT (card_number) WHERE deleted_at IS NULL DO UPDATE
       SET active = excluded.active
     WHERE c.user_id = excluded.user_id AND c.active <> excluded.active;
END
$$;

-- Saves what a form edits.  outcome: 'saved'; 'conflict', somebody else has
-- written the patron since expected_version; 'refused' with the reason 'removed',
-- or 'card_taken' with the number and the id of the patron who has it, where the
-- caller may know that.
CREATE FUNCTION public.update_patron(id uuid, expected_version bigint, family_name text, given_name text,
                                     type_code text, branch_id uuid, email text, phone text, address text,
                                     born_on date, expires_on date, active boolean, cards jsonb,
                                     OUT outcome text, OUT reason text, OUT other_id uuid, OUT taken_card text,
                                     OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patron  public.users;
    wanted  jsonb;
    current jsonb;
BEGIN
    PERFORM public.require_right('patrons', update_patron.branch_id);
    PERFORM public.check_patron(update_patron.family_name, update_patron.given_name, update_patron.type_code,
                                update_patron.email, update_patron.phone, update_patron.address,
                                update_patron.born_on, update_patron.cards);
    PERFORM public.lock_keys(VARIADIC coalesce(
        (SELECT array_agg('card:' || tidy(c ->> 'number')) FROM jsonb_array_elements(update_patron.cards) AS c), '{}'));
    patron := public.locked_patron(update_patron.id);
    current := public.patron_fields(patron.id);
    wanted := jsonb_build_object(
        'family_name', tidy(update_patron.family_name), 'given_name', coalesce(tidy(update_patron.given_name), ''),
        'type_code', update_patron.type_code, 'branch_id', update_patron.branch_id,
        'email', nullif(btrim(update_patron.email), ''), 'phone', nullif(tidy(update_patron.phone), ''),
        'address', nullif(btrim(update_patron.address, E' \n\r\t'), ''), 'born_on', update_patron.born_on,
        'expires_on', update_patron.expires_on, 'active', coalesce(update_patron.active, true),
        'cards', (SELECT coalesce(jsonb_agg(jsonb_build_object('number', w.number, 'active', w.active)
                                            ORDER BY w.number), '[]')
                    FROM (SELECT tidy(c ->> 'number') AS number, bool_or(coalesce((c ->> 'active')::boolean, true)) AS active
                            FROM jsonb_array_elements(update_patron.cards) AS c
                           GROUP BY 1) AS w));

    SELECT c.user_id, c.card_number INTO update_patron.other_id, update_patron.taken_card
      FROM public.user_cards AS c
     WHERE c.card_number IN (SELECT w ->> 'number' FROM jsonb_array_elements(wanted -> 'cards') AS w)
       AND c.deleted_at IS NULL AND c.user_id <> patron.id
     LIMIT 1;
    IF patron.deleted_at IS NOT NULL THEN
        update_patron.outcome := 'refused';
        update_patron.reason := 'removed';
    ELSIF wanted = current THEN
        update_patron.outcome := 'saved';
    ELSIF update_patron.expected_version IS DISTINCT FROM patron.row_version THEN
        update_patron.outcome := 'conflict';
    ELSIF update_patron.other_id IS NOT NULL THEN
        update_patron.outcome := 'refused';
        update_patron.reason := 'card_taken';
    ELSE
        IF wanted - 'cards' <> current - 'cards' THEN
            UPDATE public.users AS u
               SET family_name = wanted ->> 'family_name', given_name = wanted ->> 'given_name',
                   user_type_id = (SELECT t.id FROM public.user_types AS t
                                    WHERE t.code = update_patron.type_code AND t.deleted_at IS NULL),
                   home_branch_id = update_patron.branch_id, email = wanted ->> 'email', phone = wanted ->> 'phone',
                   address = wanted ->> 'address', born_on = update_patron.born_on,
                   expires_on = update_patron.expires_on, active = (wanted ->> 'active')::boolean
             WHERE u.id = patron.id;
        END IF;
        IF wanted -> 'cards' <> current -> 'cards' THEN
            PERFORM public.write_patron_cards(patron.id, wanted -> 'cards');
        END IF;
        update_patron.outcome := 'saved';
    END IF;
    update_patron.other_id := public.known_patron(update_patron.other_id);
    update_patron.record := public.stamped_patron(patron.id);
END
$$;

-- A new patron with everything a form has, in one transaction.  outcome 'saved',
-- or 'refused' with the reason 'card_taken'.  The call may be repeated.
CREATE FUNCTION public.register_patron(id uuid, family_name text, given_name text, type_code text, branch_id uuid,
                                       email text, phone text, address text, born_on date, expires_on date,
                                       cards jsonb, OUT outcome text, OUT reason text, OUT other_id uuid,
                                       OUT taken_card text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    register_patron.id := coalesce(register_patron.id, uuid_v7());
    PERFORM public.require_right('patrons', register_patron.branch_id);
    PERFORM public.check_patron(register_patron.family_name, register_patron.given_name, register_patron.type_code,
                                register_patron.email, register_patron.phone, register_patron.address,
                                register_patron.born_on, register_patron.cards);
    IF jsonb_array_length(register_patron.cards) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'LB006', MESSAGE = 'The card number is missing.',
                              HINT = 'Scan the card that the patron gets.';
    END IF;
    PERFORM public.lock_keys(VARIADIC
        (SELECT array_agg('card:' || tidy(c ->> 'number')) FROM jsonb_array_elements(register_patron.cards) AS c));
    SELECT c.user_id, c.card_number INTO register_patron.other_id, register_patron.taken_card
      FROM public.user_cards AS c
     WHERE c.card_number IN (SELECT tidy(w ->> 'number') FROM jsonb_array_elements(register_patron.cards) AS w)
       AND c.deleted_at IS NULL AND c.user_id <> register_patron.id
     LIMIT 1;
    IF register_patron.other_id IS NOT NULL THEN
        register_patron.outcome := 'refused';
        register_patron.reason := 'card_taken';
        register_patron.other_id := public.known_patron(register_patron.other_id);
        RETURN;
    END IF;

    INSERT INTO public.users (id, family_name, given_name, user_type_id, home_branch_id)
    SELECT register_patron.id, register_patron.family_name, register_patron.given_name, t.id, register_patron.branch_id
      FROM public.user_types AS t
     WHERE t.code = register_patron.type_code AND t.deleted_at IS NULL
    ON CONFLICT (id) DO NOTHING;
    SELECT u.outcome, u.reason, u.other_id, u.taken_card, u.record
      INTO register_patron.outcome, register_patron.reason, register_patron.other_id, register_patron.taken_card,
           register_patron.record
      FROM public.update_patron(register_patron.id, 1, register_patron.family_name, register_patron.given_name,
                                register_patron.type_code, register_patron.branch_id, register_patron.email,
                                register_patron.phone, register_patron.address, register_patron.born_on,
                                register_patron.expires_on, true, register_patron.cards) AS u;
END
$$;

-- Soft delete, with the cards, whose numbers may then be given to others.  Main
-- does not see loans: the caller has asked every shard first, and all have
-- answered that the patron has none.  A loan that another desk makes while the
-- removal is on its way to its shard stays a loan: it is listed and taken back
-- like any other, and restoring the patron loses nothing.
-- outcome 'removed', also when that was done before, or 'conflict'.
CREATE FUNCTION public.remove_patron(id uuid, expected_version bigint, OUT outcome text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patron public.users;
BEGIN
    patron := public.locked_patron(remove_patron.id);
    remove_patron.outcome := 'removed';
    IF patron.deleted_at IS NULL THEN
        IF remove_patron.expected_version IS DISTINCT FROM patron.row_version THEN
            remove_patron.outcome := 'conflict';
        ELSE
            UPDATE public.users AS u SET deleted_at = now() WHERE u.id = patron.id;
            UPDATE public.user_cards AS c SET deleted_at = now() WHERE c.user_id = patron.id AND c.deleted_at IS NULL;
        END IF;
    END IF;
    remove_patron.record := public.stamped_patron(patron.id);
END
$$;

-- Brings back the patron and the cards that went along.  outcome 'restored', also
-- when that was done before; 'refused' with the reason 'card_taken'.
CREATE FUNCTION public.restore_patron(id uuid, OUT outcome text, OUT reason text, OUT other_id uuid,
                                      OUT taken_card text, OUT record jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patron  public.users;
    numbers text[] := ARRAY(SELECT 'card:' || c.card_number FROM public.user_cards AS c
                             WHERE c.user_id = restore_patron.id);
BEGIN
    PERFORM public.lock_keys(VARIADIC numbers);
    patron := public.locked_patron(restore_patron.id);
    restore_patron.outcome := 'restored';
    IF patron.deleted_at IS NOT NULL THEN
        SELECT c.user_id, c.card_number INTO restore_patron.other_id, restore_patron.taken_card
          FROM public.user_cards AS mine
          JOIN public.user_cards AS c ON c.card_number = mine.card_number AND c.deleted_at IS NULL
         WHERE mine.user_id = patron.id AND mine.deleted_at = patron.deleted_at
         LIMIT 1;
        IF restore_patron.other_id IS NOT NULL THEN
            restore_patron.outcome := 'refused';
            restore_patron.reason := 'card_taken';
        ELSE
            UPDATE public.users AS u SET deleted_at = NULL WHERE u.id = patron.id;
            UPDATE public.user_cards AS c SET deleted_at = NULL
             WHERE c.user_id = patron.id AND c.deleted_at = patron.deleted_at;
        END IF;
    END IF;
    restore_patron.other_id := public.known_patron(restore_patron.other_id);
    restore_patron.record := public.stamped_patron(patron.id);
END
$$;

GRANT EXECUTE ON FUNCTION
    public.patron_record(uuid),
    public.update_patron(uuid, bigint, text, text, text, uuid, text, text, text, date, date, boolean, jsonb),
    public.register_patron(uuid, text, text, text, uuid, text, text, text, date, date, jsonb),
    public.remove_patron(uuid, bigint),
    public.restore_patron(uuid)
TO branchline_staff;
