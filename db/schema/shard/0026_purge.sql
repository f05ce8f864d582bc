-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- What a shard does when a patron is purged; see main's step of the same name.

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

-- A loan may be made by any client, and a return undone without a card, so the block that a purge
-- begins with is enforced here.  Whoever writes holds the lock until the end of the transaction: once purge_check()
-- has it alone, no loan that did not see the block is on its way.
CREATE FUNCTION public.refuse_purged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, uuid_hash(NEW.user_id));
    IF NEW.user_id = anonymous_patron()
       OR EXISTS (SELECT FROM public.user_blocks AS b
                   WHERE b.user_id = NEW.user_id AND b.code = 'purge' AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The patron is being purged, or was, and can have no open loan and no new charge.',
            HINT = 'Lend the copy to somebody else.';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_purged BEFORE INSERT ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL) EXECUTE FUNCTION public.refuse_purged();
CREATE TRIGGER refuse_purged_again BEFORE UPDATE OF returned_at, user_id ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL AND (OLD.returned_at IS NOT NULL OR NEW.user_id <> OLD.user_id))
    EXECUTE FUNCTION public.refuse_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT ON public.charges
    FOR EACH ROW EXECUTE FUNCTION public.refuse_purged();

-- How many loans and charges are open: no more will come once is_ready, which is when the block has
-- arrived here.  Without a block it only counts.
CREATE FUNCTION public.purge_check(user_id uuid, block_id uuid, OUT is_ready boolean, OUT loans bigint, OUT charges bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM public.require_library_right();
    is_ready := EXISTS (SELECT FROM public.user_blocks AS b WHERE b.id = purge_check.block_id AND b.deleted_at IS NULL)
            AND EXISTS (SELECT FROM public.users_ref AS u WHERE u.id = anonymous_patron());
    IF is_ready THEN
        PERFORM pg_advisory_xact_lock(5, uuid_hash(purge_check.user_id));
    END IF;
    SELECT count(*) INTO loans
      FROM public.book_lending AS l
     WHERE l.user_id = purge_check.user_id AND l.returned_at IS NULL;
    SELECT count(*) INTO charges
      FROM public.charges AS c
     WHERE c.user_id = purge_check.user_id AND c.deleted_at IS NULL
       AND c.amount > (SELECT coalesce(sum(CASE p.kind WHEN 'refunded' THEN -p.amount ELSE p.amount END), 0)
                         FROM public.payments AS p
                        WHERE p.branch_id = c.branch_id AND p.charge_id = c.id AND p.deleted_at IS NULL);
END
$$;

-- Takes a patron out of the rows here whom main has blanked; not is_ready until that has arrived.
-- Of op_result what names the patron goes, and with it the possibility to undo.  Repeating it is harmless.
CREATE FUNCTION public.purge_rows(user_id uuid, OUT is_ready boolean, OUT loans bigint, OUT charges bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    loan_ids    uuid[];
    charge_ids  uuid[];
    payment_ids uuid[];
BEGIN
    PERFORM public.require_library_right();
    is_ready := EXISTS (SELECT FROM public.users_ref AS u
                         WHERE u.id = purge_rows.user_id AND u.family_name = '(purged)' AND u.deleted_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM public.user_cards AS c
                             WHERE c.user_id = purge_rows.user_id AND c.card_number <> c.id::text)
            AND EXISTS (SELECT FROM public.users_ref AS u WHERE u.id = anonymous_patron());
    IF NOT is_ready THEN
        RETURN;
    END IF;
    WITH changed AS (
        UPDATE public.book_lending AS l
           SET user_id = anonymous_patron(), override_reason = NULL
         WHERE l.user_id = purge_rows.user_id
        RETURNING l.id)
    SELECT coalesce(array_agg(c.id), '{}') INTO loan_ids FROM changed AS c;
    WITH changed AS (
        UPDATE public.charges AS c
           SET user_id = anonymous_patron(), note = NULL
         WHERE c.user_id = purge_rows.user_id
        RETURNING c.id)
    SELECT coalesce(array_agg(c.id), '{}') INTO charge_ids FROM changed AS c;
    WITH changed AS (
        UPDATE public.payments AS p SET note = NULL WHERE p.charge_id = ANY (charge_ids) AND p.note IS NOT NULL
        RETURNING p.id)
    SELECT coalesce(array_agg(c.id), '{}') INTO payment_ids FROM changed AS c;
    UPDATE public.op_result AS o
       SET result = o.result || '{"patron": null, "reasons": []}', undo = NULL
     WHERE o.result -> 'patron' ->> 'id' = purge_rows.user_id::text
        OR (o.result ->> 'loan_id')::uuid = ANY (loan_ids);
    UPDATE public.audit_log AS a
       SET old = without_person(a.old), new = without_person(a.new)
     WHERE a.row_id = ANY (loan_ids || charge_ids || payment_ids)
       AND a.table_name IN ('book_lending', 'charges', 'payments');
    UPDATE public.audit_log AS a
       SET new = without_person(a.new)
     WHERE a.table_name = 'op_result' AND a.new ->> 'user_id' = purge_rows.user_id::text;
    loans := cardinality(loan_ids);
    charges := cardinality(charge_ids);
END
$$;

REVOKE ALL ON FUNCTION
    public.anonymous_patron(), public.personal_fields(), public.without_person(jsonb), public.refuse_purged(),
    public.purge_check(uuid, uuid), public.purge_rows(uuid)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.purge_check(uuid, uuid), public.purge_rows(uuid) TO branchline_admin;
