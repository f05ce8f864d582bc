-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What every writing function of a shard begins with: the fence against stale
-- placement, and the claim of the request id.

-- Lets the caller write rows of the branch until its transaction ends, or raises
-- LB001.  Writers hold the advisory lock of the branch shared, a move takes it
-- exclusively; its queue is fair, so a move is not starved as it would be by row
-- locks.  The placement is read after the lock is held, by a statement of its
-- own and hence with a new snapshot; under REPEATABLE READ it would be read with
-- an old one, and a write could slip through after the fence.
CREATE FUNCTION public.fence(branch_id uuid, epoch bigint) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    here public.branch_placement;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB002',
            MESSAGE = format('This function cannot run in a transaction of the isolation level %s.',
                             upper(current_setting('transaction_isolation'))),
            HINT = 'Use READ COMMITTED.';
    END IF;
    -- Times are those at which the transaction began; in an old one a late return would be in time.
    IF clock_timestamp() - now() > interval '20 seconds'
       AND NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = session_user) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB002',
            MESSAGE = 'This transaction began more than 20 seconds ago.',
            HINT = 'End it and repeat the call with the same request id in a new one.';
    END IF;

    PERFORM pg_advisory_xact_lock_shared(1, uuid_hash(fence.branch_id));
    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = fence.branch_id;
    IF here.state = 'active' AND here.epoch = fence.epoch THEN
        RETURN;
    END IF;

    RAISE EXCEPTION USING
        ERRCODE = 'LB001',
        MESSAGE = CASE
            WHEN here.branch_id IS NULL THEN 'This shard does not hold the branch.'
            WHEN here.state <> 'active' THEN
                format('The branch is %s here with epoch %s%s.', here.state, here.epoch,
                       ', moved to ' || here.moved_to)
            ELSE format('The branch is active here with epoch %s, not %s.', here.epoch, coalesce(fence.epoch::text, 'NULL'))
            END,
        DETAIL = jsonb_build_object('state', here.state, 'epoch', here.epoch, 'moved_to', here.moved_to)::text,
        HINT = 'Read the placement of the branch again and repeat the call with the same request id.';
END
$$;

-- Only what the person at the desk asked for: after a move the same request
-- comes with another epoch.  Arguments that are not text are written the same
-- whatever the settings of the session, such as DateStyle.
CREATE FUNCTION public.request_hash(VARIADIC arguments text[]) RETURNS bytea
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN sha256(convert_to(arguments::text, 'UTF8'));
END
$$;

-- The stored answer to a request; NULL when there is none.  The row is locked,
-- which nobody else needs: a lock is written to the log, so that the commit of
-- the repeated call waits for a synchronous standby as that of the first one did.
-- That one may have been cut off in its wait, and then stands on this server only;
-- an answer without a wait would vouch for a loan that a failover takes back.
CREATE FUNCTION public.stored_answer(branch_id uuid, request_id uuid, function text, args_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    claim public.op_result;
BEGIN
    SELECT o.* INTO claim
      FROM public.op_result AS o
     WHERE o.branch_id = stored_answer.branch_id AND o.request_id = stored_answer.request_id
       FOR UPDATE;
    IF claim.function <> stored_answer.function OR claim.args_hash <> stored_answer.args_hash THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB003',
            MESSAGE = format('The request id %s was already used for something else.', claim.request_id),
            HINT = 'Use a new request id for a new action, and the same id only to repeat exactly the same call.';
    END IF;
    RETURN claim.result;
END
$$;

CREATE FUNCTION public.require_request_id(request_id uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF request_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The request id is missing.',
            HINT = 'Make a new UUID for every action and repeat it only when the same action is repeated.';
    END IF;
END
$$;

-- Claims the request id for this transaction and returns NULL, or returns the
-- answer of the call that had it first.  While that call is still running the
-- INSERT waits for it.
CREATE FUNCTION public.claim_request(branch_id uuid, request_id uuid, function text, args_hash bytea) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
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

-- Starts the life of a branch on this shard.  Repeating it is harmless; it never
-- changes an epoch, which only a move does.
CREATE FUNCTION public.adopt_branch(branch_id uuid, epoch bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    here public.branch_placement;
BEGIN
    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = adopt_branch.branch_id;
    IF here.state = 'active' AND here.epoch = adopt_branch.epoch THEN
        RETURN;
    END IF;
    PERFORM public.require_library_right();
    PERFORM public.branch_code(adopt_branch.branch_id);
    INSERT INTO public.branch_placement (branch_id, epoch, state)
    VALUES (adopt_branch.branch_id, adopt_branch.epoch, 'active')
    ON CONFLICT (branch_id) DO NOTHING;

    SELECT p.* INTO here FROM public.branch_placement AS p WHERE p.branch_id = adopt_branch.branch_id;
    IF here.state <> 'active' OR here.epoch <> adopt_branch.epoch THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The branch is already here, %s with epoch %s.', here.state, here.epoch),
            HINT = 'Compare the placement in the main database; a branch changes its shard only by a move.';
    END IF;
END
$$;

CREATE FUNCTION public.identify_shard(shard_id uuid, name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    self public.shard_identity;
BEGIN
    PERFORM public.require_library_right();
    INSERT INTO public.shard_identity (shard_id, name) VALUES (identify_shard.shard_id, identify_shard.name)
    ON CONFLICT DO NOTHING;
    SELECT i.* INTO self FROM public.shard_identity AS i;
    IF self.shard_id <> identify_shard.shard_id OR self.name <> identify_shard.name THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('This database is already the shard "%s".', self.name),
            HINT = 'Check the address: each shard needs a database of its own.';
    END IF;
END
$$;
