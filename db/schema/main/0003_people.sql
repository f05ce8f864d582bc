-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Patrons: users, their types, cards and blocks, and the summary (users_ref)
-- that travels to the shards without e-mail, address, phone and birthday.

CREATE TABLE public.user_types (
    id   uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    code text NOT NULL CHECK (code ~ '^[[:alnum:]][[:alnum:]_.-]{0,31}$'),
    name text NOT NULL CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX user_types_code ON public.user_types (code) WHERE deleted_at IS NULL;

CREATE TABLE public.users (
    id             uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    family_name    text    NOT NULL CHECK (btrim(family_name) <> '' AND char_length(family_name) <= 200),
    given_name     text    NOT NULL DEFAULT '' CHECK (char_length(given_name) <= 200),
    user_type_id   uuid    NOT NULL REFERENCES public.user_types,
    home_branch_id uuid    NOT NULL REFERENCES public.branches,
    email          text    CHECK (btrim(email) <> ''),
    address        text    CHECK (btrim(address) <> ''),
    phone          text    CHECK (btrim(phone) <> ''),
    born_on        date,
    active         boolean NOT NULL DEFAULT true,
    expires_on     date,
    LIKE public.row_stamp
);

CREATE INDEX users_type ON public.users (user_type_id);
CREATE INDEX users_home_branch ON public.users (home_branch_id);
CREATE INDEX users_name ON public.users (family_name, given_name, id) WHERE deleted_at IS NULL;

CREATE TABLE public.user_cards (
    id          uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    user_id     uuid    NOT NULL REFERENCES public.users,
    card_number text    NOT NULL CHECK (card_number ~ '^\S(.{0,62}\S)?$'),
    active      boolean NOT NULL DEFAULT true,
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX user_cards_number ON public.user_cards (card_number) WHERE deleted_at IS NULL;
CREATE INDEX user_cards_user ON public.user_cards (user_id);

-- A block without an end stays until it is removed.
CREATE TABLE public.user_blocks (
    id      uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES public.users,
    code    text NOT NULL CHECK (btrim(code) <> ''),
    reason  text NOT NULL CHECK (btrim(reason) <> ''),
    until   timestamptz,
    LIKE public.row_stamp
);

CREATE INDEX user_blocks_user ON public.user_blocks (user_id);

-- Derived from users and written only by the triggers below.
CREATE TABLE public.users_ref (
    id             uuid    NOT NULL PRIMARY KEY REFERENCES public.users,
    family_name    text    NOT NULL,
    given_name     text    NOT NULL,
    display_name   text    NOT NULL,
    user_type_id   uuid    NOT NULL REFERENCES public.user_types,
    home_branch_id uuid    NOT NULL REFERENCES public.branches,
    active         boolean NOT NULL,
    expires_on     date,
    LIKE public.row_stamp
);

CREATE INDEX users_ref_type ON public.users_ref (user_type_id);
CREATE INDEX users_ref_home_branch ON public.users_ref (home_branch_id);
CREATE INDEX users_ref_name ON public.users_ref (family_name, given_name, id) WHERE deleted_at IS NULL;

-- Writes the summary rows that differ, so that a change of an e-mail address
-- does not travel to every shard.
CREATE FUNCTION public.refresh_users(ids uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    INSERT INTO public.users_ref AS r (id, family_name, given_name, display_name, user_type_id, home_branch_id,
                                       active, expires_on, deleted_at)
    SELECT u.id, u.family_name, u.given_name, btrim(concat_ws(' ', u.given_name, u.family_name)),
           u.user_type_id, u.home_branch_id, u.active, u.expires_on, u.deleted_at
      FROM public.users AS u
     WHERE u.id = ANY (ids)
    ON CONFLICT (id) DO UPDATE
       SET family_name = excluded.family_name, given_name = excluded.given_name,
           display_name = excluded.display_name, user_type_id = excluded.user_type_id,
           home_branch_id = excluded.home_branch_id, active = excluded.active,
           expires_on = excluded.expires_on, deleted_at = excluded.deleted_at
     WHERE (r.family_name, r.given_name, r.display_name, r.user_type_id, r.home_branch_id, r.active, r.expires_on,
            r.deleted_at IS NULL)
           IS DISTINCT FROM
           (excluded.family_name, excluded.given_name, excluded.display_name, excluded.user_type_id,
            excluded.home_branch_id, excluded.active, excluded.expires_on, excluded.deleted_at IS NULL);
END
$$;

CREATE FUNCTION public.users_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.refresh_users(array_agg(c.id)) FROM changed AS c HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.prepare_user() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    NEW.family_name := tidy(NEW.family_name);
    NEW.given_name := coalesce(tidy(NEW.given_name), '');
    RETURN NEW;
END
$$;

CREATE TRIGGER prepare BEFORE INSERT OR UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION public.prepare_user();
CREATE TRIGGER summarise_insert AFTER INSERT ON public.users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.users_changed();
CREATE TRIGGER summarise_update AFTER UPDATE ON public.users
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.users_changed();

CALL public.keep_history('public.user_types');
CALL public.keep_history('public.users');
CALL public.keep_history('public.user_cards');
CALL public.keep_history('public.user_blocks');
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON public.users_ref
    FOR EACH ROW EXECUTE FUNCTION public.stamp_row();

CALL public.forbid_delete('public.user_types');
CALL public.forbid_delete('public.users');
CALL public.forbid_delete('public.user_cards');
CALL public.forbid_delete('public.user_blocks');
CALL public.forbid_delete('public.users_ref');

CREATE FUNCTION public.add_user_type(code text, name text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kind public.user_types;
BEGIN
    PERFORM public.require_library_right();
    INSERT INTO public.user_types (code, name) VALUES (add_user_type.code, tidy(add_user_type.name))
    ON CONFLICT (code) WHERE deleted_at IS NULL DO NOTHING;

    SELECT t.* INTO kind FROM public.user_types AS t WHERE t.code = add_user_type.code AND t.deleted_at IS NULL;
    IF kind.name <> tidy(add_user_type.name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The user type %s already exists with the name "%s".', kind.code, kind.name),
            HINT = 'Choose another code, or use the user type that exists.';
    END IF;
    RETURN kind.id;
END
$$;

-- Repeating the call, also from two desks at once, adds one patron: the card
-- decides.  Messages never name a patron.
CREATE FUNCTION public.add_patron(INOUT id uuid, card text, family_name text, given_name text, type_code text,
                                  branch_id uuid, OUT outcome text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    number  text := tidy(add_patron.card);
    type_id uuid;
    holder  public.users;
BEGIN
    PERFORM public.require_right('patrons', add_patron.branch_id);
    IF coalesce(number, '') = '' OR char_length(number) > 64
       OR coalesce(btrim(add_patron.family_name), '') = ''
       OR greatest(char_length(add_patron.family_name), char_length(add_patron.given_name)) > 200 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The card number or the name is not valid.',
            HINT = 'Give a card number of 1 to 64 characters, and names of at most 200 characters of which the family '
                   'name is not empty.';
    END IF;
    SELECT t.id INTO type_id FROM public.user_types AS t WHERE t.code = add_patron.type_code AND t.deleted_at IS NULL;
    IF type_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no user type with the code "%s".', add_patron.type_code),
            HINT = 'Use one of the user types that exist, or ask an administrator to add it.';
    END IF;

    PERFORM public.lock_keys('card:' || number);
    SELECT u.* INTO holder
      FROM public.user_cards AS c
      JOIN public.users AS u ON u.id = c.user_id
     WHERE c.card_number = number AND c.deleted_at IS NULL;
    IF FOUND THEN
        IF (holder.family_name, holder.given_name)
           IS DISTINCT FROM (tidy(add_patron.family_name), coalesce(tidy(add_patron.given_name), '')) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'LB007',
                MESSAGE = 'The card number is already used by another patron.',
                HINT = 'Check the card, or give the patron a card with a new number.';
        END IF;
        add_patron.id := holder.id;
        add_patron.outcome := 'exists';
        RETURN;
    END IF;

    add_patron.id := coalesce(add_patron.id, public.uuid_v7());
    INSERT INTO public.users (id, family_name, given_name, user_type_id, home_branch_id)
    VALUES (add_patron.id, add_patron.family_name, add_patron.given_name, type_id, add_patron.branch_id)
    ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The id of the new patron belongs to another patron.',
            HINT = 'Repeat the call with a new id.';
    END IF;
    INSERT INTO public.user_cards (user_id, card_number) VALUES (add_patron.id, number);
    add_patron.outcome := 'added';
END
$$;
