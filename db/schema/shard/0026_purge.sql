-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
-- dry-run: no
--
-- What a shard does when a patron is purged; see main's step of the same name.

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

-- Whether main has blanked this patron, and that has arrived here.
CREATE FUNCTION public.is_purged(patron_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.users_ref AS u
                    WHERE u.id = is_purged.patron_id AND u.family_name = '(purged)' AND u.deleted_at IS NOT NULL);
END
$$;

-- A loan may be made by any client, a return undone without a card, and a payment given back, so the block
-- that a purge begins with is enforced here.  Whoever writes holds the lock until the end of the transaction: once
-- purge_check() has it alone, no loan that did not see the block is on its way.  A transaction with an old
-- snapshot would not see it later, either.
CREATE FUNCTION public.require_not_purged(patron_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_read_committed();
    PERFORM pg_advisory_xact_lock_shared(5, uuid_hash(require_not_purged.patron_id));
    IF require_not_purged.patron_id = anonymous_patron()
       OR EXISTS (SELECT FROM public.user_blocks AS b
                   WHERE b.user_id = require_not_purged.patron_id AND b.code = 'purge' AND b.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The patron is being purged, or was, and can have no open loan and no open charge.',
            HINT = 'Lend the copy to somebody else; a charge can only be paid.';
    END IF;
END
$$;

-- Of loans and charges: the same in two expressions, since every loan pays for them; who is refused is
-- told by the function above.  What is left of a patron who was purged may go to nobody.
CREATE FUNCTION public.refuse_while_purged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed'
       OR pg_advisory_xact_lock_shared(5, uuid_hash(NEW.user_id)) IS NULL THEN
        PERFORM public.require_read_committed();
    END IF;
    -- A statement of its own, whose snapshot comes after the lock.
    IF NEW.user_id = anonymous_patron()
       OR EXISTS (SELECT FROM public.user_blocks AS b
                   WHERE b.user_id = NEW.user_id AND b.code = 'purge' AND b.deleted_at IS NULL) THEN
        IF TG_OP = 'UPDATE' AND NEW.user_id = anonymous_patron() THEN
            IF OLD.user_id <> NEW.user_id AND public.is_purged(OLD.user_id) THEN
                RETURN NEW;
            END IF;
        END IF;
        PERFORM public.require_not_purged(NEW.user_id);
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.refuse_payment_while_purged() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM public.require_not_purged((SELECT c.user_id FROM public.charges AS c
                                        WHERE c.branch_id = NEW.branch_id AND c.id = NEW.charge_id));
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_purged BEFORE INSERT ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL) EXECUTE FUNCTION public.refuse_while_purged();
CREATE TRIGGER refuse_purged_again BEFORE UPDATE OF returned_at, user_id ON public.book_lending
    FOR EACH ROW WHEN (NEW.returned_at IS NULL AND (OLD.returned_at IS NOT NULL OR NEW.user_id <> OLD.user_id))
    EXECUTE FUNCTION public.refuse_while_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT ON public.charges
    FOR EACH ROW EXECUTE FUNCTION public.refuse_while_purged();
-- Whatever may open a charge again; paying it is always possible.
CREATE TRIGGER refuse_purged_again BEFORE UPDATE OF user_id, amount, deleted_at ON public.charges
    FOR EACH ROW WHEN (NEW.user_id <> OLD.user_id OR NEW.amount > OLD.amount
                       OR NEW.deleted_at IS NULL AND OLD.deleted_at IS NOT NULL)
    EXECUTE FUNCTION public.refuse_while_purged();
CREATE TRIGGER refuse_purged BEFORE INSERT ON public.payments
    FOR EACH ROW WHEN (NEW.kind = 'refunded') EXECUTE FUNCTION public.refuse_payment_while_purged();
CREATE TRIGGER refuse_purged_again BEFORE UPDATE OF charge_id, kind, amount, deleted_at ON public.payments
    FOR EACH ROW EXECUTE FUNCTION public.refuse_payment_while_purged();

-- How many loans and charges are open: no more will come once is_ready, which is when the block has
-- arrived here.  Without a block it only counts.
CREATE FUNCTION public.purge_check(user_id uuid, block_id uuid, OUT is_ready boolean, OUT loans bigint, OUT charges bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    PERFORM public.require_library_right();
    PERFORM public.require_read_committed();
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

-- The refusals that name a patron, for whom else the whole log would be read.
CREATE INDEX audit_log_refused ON public.audit_log ((new ->> 'user_id')) WHERE table_name = 'op_result';

-- Takes a patron out of the rows here whom main has blanked; not is_ready until that has arrived.
-- Of op_result what names the patron goes, and with it the possibility to undo and the hash of
-- the card, which could be guessed.  A loan that is open all the same, as after a restore, becomes nobody's, too.
-- Repeating it is harmless.
CREATE FUNCTION public.purge_rows(user_id uuid, OUT is_ready boolean, OUT loans bigint, OUT charges bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    loan_ids    uuid[];
    charge_ids  uuid[];
    payment_ids uuid[];
    branches    uuid[];
    requests    uuid[];
BEGIN
    PERFORM public.require_library_right();
    PERFORM public.require_read_committed();
    is_ready := is_purged(purge_rows.user_id)
            AND NOT EXISTS (SELECT FROM public.user_cards AS c
                             WHERE c.user_id = purge_rows.user_id AND c.card_number <> c.id::text)
            AND EXISTS (SELECT FROM public.users_ref AS u WHERE u.id = anonymous_patron());
    IF NOT is_ready THEN
        RETURN;
    END IF;
    -- Answers are looked for before any row is locked: they have no index for it.
    loan_ids := ARRAY(SELECT l.id FROM public.book_lending AS l WHERE l.user_id = purge_rows.user_id);
    SELECT array_agg(o.branch_id), array_agg(o.request_id) INTO branches, requests
      FROM public.op_result AS o
     WHERE o.result -> 'patron' ->> 'id' = purge_rows.user_id::text
        OR (o.result ->> 'loan_id')::uuid = ANY (loan_ids);
    UPDATE public.op_result AS o
       SET result = o.result || '{"patron": null, "reasons": []}', undo = NULL,
           args_hash = sha256(uuid_send(gen_random_uuid()))
      FROM unnest(branches, requests) AS k (branch_id, request_id)
     WHERE o.branch_id = k.branch_id AND o.request_id = k.request_id;
    WITH changed AS (
        UPDATE public.book_lending AS l
           SET user_id = anonymous_patron(), override_reason = NULL, request_id = NULL
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

-- Answers to requests are kept for thirty days: longer than anybody repeats a call, and than the day in which it may be
-- undone.  They name patrons, so no longer.  A run is short, and takes out more than came since the last one.
CREATE FUNCTION public.trim_answers() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM public.op_result AS o
     WHERE o.ctid = ANY (ARRAY(SELECT a.ctid
                                 FROM public.op_result AS a
                                WHERE a.at < now() - interval '30 days'
                                ORDER BY a.at
                                LIMIT 1500
                                  FOR UPDATE SKIP LOCKED));
END
$$;

-- As in 0016, and old answers go by the way.
CREATE OR REPLACE FUNCTION public.trim_change_log(keep integer DEFAULT 5000) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    first xid8;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR NOT pg_try_advisory_xact_lock(4, 0) THEN
        RETURN;
    END IF;
    SELECT least(c.xid, pg_snapshot_xmin(pg_current_snapshot())) INTO first
      FROM public.change_log AS c
     ORDER BY c.xid DESC
    OFFSET trim_change_log.keep LIMIT 1;
    IF first > coalesce((SELECT s.xid FROM public.change_log_start AS s), '0') THEN
        INSERT INTO public.change_log_start AS s (xid) VALUES (first)
        ON CONFLICT ((true)) DO UPDATE SET xid = first;
        DELETE FROM public.change_log AS c WHERE c.xid < first;
    END IF;
    PERFORM public.trim_answers();
END
$$;

REVOKE ALL ON FUNCTION
    public.require_read_committed(), public.anonymous_patron(), public.personal_fields(), public.without_person(jsonb),
    public.is_purged(uuid), public.require_not_purged(uuid), public.refuse_while_purged(),
    public.refuse_payment_while_purged(), public.purge_check(uuid, uuid), public.purge_rows(uuid), public.trim_answers()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.purge_check(uuid, uuid), public.purge_rows(uuid) TO branchline_admin;
