-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 26
--
-- Taking a person out of the library for good.  Deletes do not travel, so the patron's row stays,
-- without anything that tells of the person, and loans and charges become nobody's.  In
-- this order: a block keeps new loans away (it is enforced by a trigger on the shards); all shards
-- say that there is no open loan or charge; main blanks the person; each shard takes the person
-- out of its rows.  patron_purges says how far that is, so that it can be finished after any
-- interruption.

-- Locks count only together with what is read after them.
CREATE FUNCTION public.require_read_committed() RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB002',
            MESSAGE = format('This cannot be done in a transaction of the isolation level %s.',
                             upper(current_setting('transaction_isolation'))),
            HINT = 'Use READ COMMITTED.';
    END IF;
END
$$;

-- Nobody: whose the loans and charges of purged patrons are.  The id is the same everywhere.
CREATE FUNCTION public.anonymous_patron() RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '00000000-0000-7000-8000-000000000000'::uuid;

-- What the audit log may lose: the values that tell of a person.
CREATE FUNCTION public.personal_fields() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['family_name', 'given_name', 'email', 'address', 'phone', 'born_on', 'card_number', 'reason', 'user_id',
             'note', 'override_reason', 'request_id'];

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

-- Nobody is called so who was not purged: the copies on the shards tell it by the name.
ALTER TABLE public.users
    ADD COLUMN purged_at timestamptz,
    ADD CONSTRAINT users_purged_is_nobody CHECK (
        CASE WHEN purged_at IS NULL THEN family_name <> '(purged)'
             ELSE family_name = '(purged)' AND given_name = '' AND NOT active AND deleted_at IS NOT NULL
                  AND num_nonnulls(email, address, phone, born_on, expires_on) = 0 END);

-- Without a history of its own: what happens is in those of the patron, the cards and the blocks.
-- cards are the marks of the cards that the patron had, so that a purge that was cut off is found
-- by them until it is done.
CREATE TABLE public.patron_purges (
    id       uuid NOT NULL PRIMARY KEY REFERENCES public.users,
    phase    text NOT NULL CHECK (phase IN ('blocked', 'blanked', 'done', 'refused')),
    block_id uuid NOT NULL REFERENCES public.user_blocks,
    cards    bytea[],
    LIKE public.row_stamp,
    CONSTRAINT patron_purges_cards_until_done CHECK (cards IS NULL OR phase = 'blanked')
);

CREATE INDEX patron_purges_block ON public.patron_purges (block_id);
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON public.patron_purges
    FOR EACH ROW EXECUTE FUNCTION public.stamp_row();
CALL public.forbid_delete('public.patron_purges');
CALL public.secure_rows('public.patron_purges');
CALL public.require_stamps('public.patron_purges');
ALTER TABLE public.patron_purges VALIDATE CONSTRAINT patron_purges_stamps;

CREATE FUNCTION public.card_mark(patron_id uuid, card text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.sha256(pg_catalog.convert_to(patron_id::text || ' ' || card, 'UTF8'));

-- Of a patron who was purged nothing changes and nothing comes back.  Of cards and blocks it takes
-- the patron's row, as blank_patron() does: what was on its way is waited for there, and what
-- comes later is refused here.
CREATE FUNCTION public.refuse_purged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    purged timestamptz;
BEGIN
    IF TG_TABLE_NAME IN ('user_cards', 'user_blocks') THEN
        PERFORM public.require_read_committed();
        SELECT u.purged_at INTO purged FROM public.users AS u WHERE u.id = NEW.user_id FOR KEY SHARE;
    ELSE
        SELECT u.purged_at INTO purged FROM public.users AS u WHERE u.id = NEW.id;
    END IF;
    IF purged IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'LB007',
        MESSAGE = 'This patron was purged, and nothing is left that could be restored or changed.',
        HINT = 'Register the person as a new patron.';
END
$$;

CREATE TRIGGER refuse_purged BEFORE UPDATE ON public.users
    FOR EACH ROW WHEN (OLD.purged_at IS NOT NULL)
    EXECUTE FUNCTION public.refuse_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT OR UPDATE ON public.users_ref
    FOR EACH ROW WHEN (NEW.family_name <> '(purged)')
    EXECUTE FUNCTION public.refuse_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT OR UPDATE ON public.user_cards
    FOR EACH ROW EXECUTE FUNCTION public.refuse_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT OR UPDATE ON public.user_blocks
    FOR EACH ROW EXECUTE FUNCTION public.refuse_purged();

-- The block of a purge is lifted by refuse_purge() only: what the shards have answered rests on it.
CREATE FUNCTION public.keep_purge_block() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM public.patron_purges AS p WHERE p.block_id = OLD.id AND p.phase <> 'refused') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The patron is being purged, and this block stays until that is over.',
            HINT = 'If the purge was cut off, an administrator runs "branchlinectl patron purge" again.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER keep_purge_block BEFORE UPDATE ON public.user_blocks
    FOR EACH ROW WHEN (OLD.code = 'purge' AND (NEW.user_id <> OLD.user_id OR NEW.code <> OLD.code
                                               OR NEW.until IS DISTINCT FROM OLD.until
                                               OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at))
    EXECUTE FUNCTION public.keep_purge_block();

-- Whom to purge by a card: first who had it and whose purge was cut off, then the holder, then of removed
-- patrons the one who had it last.  A card that was replaced is no way to a patron who is still here.
-- The name is there to be looked at before it is gone, which is recorded as a reading.
CREATE FUNCTION public.patron_to_purge(card text, OUT id uuid, OUT name text, OUT branch text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    number text := tidy(patron_to_purge.card);
    home   uuid;
BEGIN
    PERFORM public.require_library_right();
    SELECT u.id, u.home_branch_id, btrim(concat_ws(' ', u.given_name, u.family_name)), b.name
      INTO patron_to_purge.id, home, patron_to_purge.name, patron_to_purge.branch
      FROM (SELECT p.id, 1 AS place, NULL::timestamptz AS removed_at
              FROM public.patron_purges AS p
             WHERE p.phase = 'blanked' AND card_mark(p.id, number) = ANY (p.cards)
             UNION ALL
            SELECT c.user_id, 2, c.deleted_at
              FROM public.user_cards AS c
              JOIN public.users AS o ON o.id = c.user_id
             WHERE c.card_number = number AND (c.deleted_at IS NULL OR o.deleted_at IS NOT NULL)) AS f
      JOIN public.users AS u ON u.id = f.id
      JOIN public.branches AS b ON b.id = u.home_branch_id
     ORDER BY f.place, f.removed_at DESC NULLS FIRST
     LIMIT 1;
    IF patron_to_purge.id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = 'No patron has this card.',
            HINT = 'Check the number; somebody who was purged has no card any more.';
    END IF;
    IF home <> ALL (my_branches('desk', 'patrons')) THEN
        PERFORM public.note_reading(patron_to_purge.id, home, 'record');
    END IF;
END
$$;

-- The steps lock in one order: the patron, the purge, the block.

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
    PERFORM public.require_read_committed();
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

-- Instead of the second step: takes this block away again, and no later one.
CREATE FUNCTION public.refuse_purge(id uuid, block_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right();
    PERFORM FROM public.users AS u WHERE u.id = refuse_purge.id FOR UPDATE;
    UPDATE public.patron_purges AS p
       SET phase = 'refused'
     WHERE p.id = refuse_purge.id AND p.block_id = refuse_purge.block_id AND p.phase = 'blocked';
    IF FOUND THEN
        UPDATE public.user_blocks AS b SET deleted_at = now() WHERE b.id = refuse_purge.block_id;
    END IF;
END
$$;

-- Second step, when all shards have answered that nothing is open while this block stood: no way
-- back.  False, and nothing is done, when it stands no longer, as another purge of the same patron was
-- refused: the answers count no more.  The patron's row is locked first, so whatever was being saved about
-- the patron is seen here.  The changes write the person into the audit log once more, so the log comes last.
CREATE FUNCTION public.blank_patron(id uuid, block_id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    parts uuid[];
    stage text;
BEGIN
    PERFORM public.require_library_right();
    PERFORM public.require_read_committed();
    PERFORM FROM public.users AS u WHERE u.id = blank_patron.id FOR UPDATE;
    SELECT p.phase INTO stage
      FROM public.patron_purges AS p
      JOIN public.user_blocks AS b ON b.id = p.block_id
     WHERE p.id = blank_patron.id AND p.block_id = blank_patron.block_id AND b.deleted_at IS NULL
       FOR UPDATE;
    IF stage IS DISTINCT FROM 'blocked' THEN
        RETURN coalesce(stage IN ('blanked', 'done'), false);
    END IF;
    UPDATE public.patron_purges AS p
       SET phase = 'blanked',
           cards = ARRAY(SELECT card_mark(c.user_id, c.card_number) FROM public.user_cards AS c
                          WHERE c.user_id = blank_patron.id)
     WHERE p.id = blank_patron.id;
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
    RETURN true;
END
$$;

-- Last step, when every shard has done its part.
CREATE FUNCTION public.finish_purge(id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right();
    UPDATE public.patron_purges AS p
       SET phase = 'done', cards = NULL
     WHERE p.id = finish_purge.id AND p.phase = 'blanked';
END
$$;

-- The purges on their way or cut off: 'blocked', the patron can lend nowhere, or 'blanked', a shard may still know
-- the patron.  is_stale: for longer than any purge takes.
CREATE FUNCTION public.unfinished_purges(OUT id uuid, OUT phase text, OUT block_id uuid, OUT is_stale boolean)
    RETURNS SETOF record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_library_right();
    RETURN QUERY
    SELECT p.id, p.phase, p.block_id, p.updated_at < now() - interval '1 hour'
      FROM public.patron_purges AS p
     WHERE p.phase IN ('blocked', 'blanked')
     ORDER BY p.created_at;
END
$$;

-- For health: how many are stale, by phase.
CREATE FUNCTION public.purge_state() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object('blocked', count(*) FILTER (WHERE p.phase = 'blocked'),
                              'blanked', count(*) FILTER (WHERE p.phase = 'blanked'))
      FROM public.patron_purges AS p
     WHERE p.phase IN ('blocked', 'blanked') AND p.updated_at < now() - interval '1 hour'
$$;

REVOKE ALL ON FUNCTION
    public.require_read_committed(), public.anonymous_patron(), public.personal_fields(), public.without_person(jsonb),
    public.card_mark(uuid, text), public.refuse_purged(), public.keep_purge_block(), public.patron_to_purge(text),
    public.begin_purge(uuid), public.refuse_purge(uuid, uuid), public.blank_patron(uuid, uuid),
    public.finish_purge(uuid), public.unfinished_purges(), public.purge_state()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.patron_to_purge(text), public.begin_purge(uuid), public.refuse_purge(uuid, uuid),
    public.blank_patron(uuid, uuid), public.finish_purge(uuid), public.unfinished_purges()
TO branchline_admin;
GRANT EXECUTE ON FUNCTION public.purge_state() TO branchline_staff, branchline_report;
