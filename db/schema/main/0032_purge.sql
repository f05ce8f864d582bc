-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- Taking a person out of the library for good.  Deletes do not travel, so the patron's row stays,
-- without anything that tells of the person, and loans and charges become nobody's.  In
-- this order: a block keeps new loans away (it is enforced by a trigger on the shards); all shards
-- say that there is no open loan or charge; main blanks the person; each shard takes the person
-- out of its rows.  patron_purges says how far that is, so that it can be finished after any
-- interruption.

-- Nobody: whose the loans and charges of purged patrons are.  The id is the same everywhere.
CREATE FUNCTION public.anonymous_patron() RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '00000000-0000-7000-8000-000000000000'::uuid;

-- What the audit log may lose: the values that tell of a person.
CREATE FUNCTION public.personal_fields() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['family_name', 'given_name', 'email', 'address', 'phone', 'born_on', 'card_number', 'reason', 'user_id',
             'note', 'override_reason'];

CREATE FUNCTION public.without_person(entry jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT pg_catalog.jsonb_object_agg(e.key, CASE WHEN e.key = ANY (public.personal_fields()) THEN 'null'::jsonb
                                                       ELSE e.value END)
          FROM pg_catalog.jsonb_each(entry) AS e);

-- The log can only grow; but who was purged is taken out of its entries, which stay otherwise as they are.
CREATE OR REPLACE FUNCTION public.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_LEVEL = 'ROW' THEN
        IF to_jsonb(NEW) - ARRAY['old', 'new'] = to_jsonb(OLD) - ARRAY['old', 'new']
           AND (NEW.old IS NOT DISTINCT FROM OLD.old OR NEW.old = without_person(OLD.old))
           AND (NEW.new IS NOT DISTINCT FROM OLD.new OR NEW.new = without_person(OLD.new)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'LB010',
        MESSAGE = 'The audit log can only grow; its rows cannot be changed or deleted.',
        HINT = 'Correct the row that the entry is about; the correction is recorded as well.';
END
$$;

ALTER TABLE public.users ADD COLUMN purged_at timestamptz;

-- Without a history of its own: what happens is in those of the patron, the cards and the blocks.
CREATE TABLE public.patron_purges (
    id       uuid NOT NULL PRIMARY KEY REFERENCES public.users,
    phase    text NOT NULL CHECK (phase IN ('blocked', 'blanked', 'done', 'refused')),
    block_id uuid NOT NULL REFERENCES public.user_blocks,
    LIKE public.row_stamp
);

CREATE INDEX patron_purges_block ON public.patron_purges (block_id);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON public.patron_purges
    FOR EACH ROW EXECUTE FUNCTION public.stamp_row();
CALL public.forbid_delete('public.patron_purges');
CALL public.secure_rows('public.patron_purges');
CALL public.require_stamps('public.patron_purges');
ALTER TABLE public.patron_purges VALIDATE CONSTRAINT patron_purges_stamps;

CREATE FUNCTION public.refuse_purged() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'LB007',
        MESSAGE = 'This patron was purged, and nothing is left that could be restored or changed.',
        HINT = 'Register the person as a new patron.';
END
$$;

CREATE TRIGGER refuse_purged BEFORE UPDATE ON public.users
    FOR EACH ROW WHEN (OLD.purged_at IS NOT NULL)
    EXECUTE FUNCTION public.refuse_purged();

-- The patron with this card, a removed one as well; of several who had it the one who has it now, or had it last.
CREATE FUNCTION public.patron_to_purge(card text) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    found uuid;
BEGIN
    PERFORM public.require_library_right();
    SELECT c.user_id INTO found
      FROM public.user_cards AS c
     WHERE c.card_number = tidy(patron_to_purge.card)
     ORDER BY c.deleted_at DESC NULLS FIRST
     LIMIT 1;
    IF found IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = 'No patron has this card.',
            HINT = 'Check the number; somebody who was purged has no card any more.';
    END IF;
    RETURN found;
END
$$;

-- First step: the block.  Repeating it gives the block that there is.
CREATE FUNCTION public.begin_purge(id uuid, OUT phase text, OUT block_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    patron public.users;
BEGIN
    PERFORM public.require_library_right();
    SELECT u.* INTO patron FROM public.users AS u WHERE u.id = begin_purge.id FOR UPDATE;
    SELECT p.phase, p.block_id INTO begin_purge.phase, begin_purge.block_id
      FROM public.patron_purges AS p
     WHERE p.id = patron.id AND p.phase <> 'refused';
    IF begin_purge.phase IS NOT NULL OR patron.id IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO public.users (id, family_name, user_type_id, home_branch_id, active, deleted_at, purged_at)
    VALUES (anonymous_patron(), '(purged)', patron.user_type_id, patron.home_branch_id, false, now(), now())
    ON CONFLICT DO NOTHING;
    INSERT INTO public.user_blocks (user_id, code, reason)
    VALUES (patron.id, 'purge', 'Is being purged')
    RETURNING user_blocks.id INTO begin_purge.block_id;
    INSERT INTO public.patron_purges AS p (id, phase, block_id)
    VALUES (patron.id, 'blocked', begin_purge.block_id)
    ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, block_id = excluded.block_id;
    begin_purge.phase := 'blocked';
END
$$;

-- Instead of the second step: takes the block away again.
CREATE FUNCTION public.refuse_purge(id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    block uuid;
BEGIN
    PERFORM public.require_library_right();
    UPDATE public.patron_purges AS p SET phase = 'refused' WHERE p.id = refuse_purge.id AND p.phase = 'blocked'
    RETURNING p.block_id INTO block;
    UPDATE public.user_blocks AS b SET deleted_at = now() WHERE b.id = block;
END
$$;

-- Second step, when all shards have answered that nothing is open: no way back.  The changes
-- write the person into the audit log once more, so the log comes last.
CREATE FUNCTION public.blank_patron(id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    parts uuid[];
BEGIN
    PERFORM public.require_library_right();
    UPDATE public.patron_purges AS p SET phase = 'blanked' WHERE p.id = blank_patron.id AND p.phase = 'blocked';
    IF NOT FOUND THEN
        RETURN;
    END IF;
    parts := ARRAY[blank_patron.id]
          || ARRAY(SELECT c.id FROM public.user_cards AS c WHERE c.user_id = blank_patron.id)
          || ARRAY(SELECT b.id FROM public.user_blocks AS b WHERE b.user_id = blank_patron.id);
    UPDATE public.user_cards AS c
       SET card_number = c.id::text, active = false, deleted_at = coalesce(c.deleted_at, now())
     WHERE c.user_id = blank_patron.id;
    UPDATE public.user_blocks AS b SET reason = '(purged)' WHERE b.user_id = blank_patron.id;
    UPDATE public.users AS u
       SET family_name = '(purged)', given_name = '', email = NULL, address = NULL, phone = NULL, born_on = NULL,
           expires_on = NULL, active = false, deleted_at = coalesce(u.deleted_at, now()), purged_at = now()
     WHERE u.id = blank_patron.id;
    UPDATE public.audit_log AS a
       SET old = without_person(a.old), new = without_person(a.new)
     WHERE a.row_id = ANY (parts) AND a.table_name IN ('users', 'user_cards', 'user_blocks');
END
$$;

-- Last step, when every shard has done its part.
CREATE FUNCTION public.finish_purge(id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right();
    UPDATE public.patron_purges AS p SET phase = 'done' WHERE p.id = finish_purge.id AND p.phase = 'blanked';
END
$$;

-- The patrons who are blanked here and may still be known on a shard.
CREATE FUNCTION public.unfinished_purges() RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right();
    RETURN QUERY SELECT p.id FROM public.patron_purges AS p WHERE p.phase = 'blanked' ORDER BY p.created_at;
END
$$;

REVOKE ALL ON FUNCTION
    public.anonymous_patron(), public.personal_fields(), public.without_person(jsonb), public.refuse_purged(),
    public.patron_to_purge(text), public.begin_purge(uuid), public.refuse_purge(uuid), public.blank_patron(uuid),
    public.finish_purge(uuid), public.unfinished_purges()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.patron_to_purge(text), public.begin_purge(uuid), public.refuse_purge(uuid), public.blank_patron(uuid),
    public.finish_purge(uuid), public.unfinished_purges()
TO branchline_admin;
