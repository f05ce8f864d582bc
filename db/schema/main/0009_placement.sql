-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The directory: which shards there are and where each branch lives, which
-- branch holds a barcode, and the state of long-running work.

CREATE TABLE public.shards (
    id       uuid    NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    name     text    NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$'),
    host     text    NOT NULL CHECK (btrim(host) <> ''),
    port     integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    database text    NOT NULL CHECK (btrim(database) <> ''),
    weight   integer NOT NULL DEFAULT 100 CHECK (weight BETWEEN 0 AND 10000),
    state    text    NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'draining')),
    LIKE public.row_stamp
);

-- The truth for routing; the shard's own row decides whether a write is
-- accepted.  The epoch grows with every move.
CREATE TABLE public.branch_placement (
    branch_id uuid     NOT NULL PRIMARY KEY REFERENCES public.branches,
    shard_id  uuid     NOT NULL REFERENCES public.shards,
    epoch     bigint   NOT NULL DEFAULT 1 CHECK (epoch > 0),
    state     text     NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'moving')),
    pinned    boolean  NOT NULL DEFAULT false,
    algorithm smallint NOT NULL DEFAULT 1 CHECK (algorithm > 0),
    LIKE public.row_stamp
);

CREATE INDEX branch_placement_shard ON public.branch_placement (shard_id);

-- Claimed before the copy is written on its shard, then set live: one barcode is
-- one copy over all shards.  A claim that a crash left behind is settled by
-- adding the copy again with the same id.
CREATE TABLE public.exemplar_barcodes (
    exemplar_id uuid NOT NULL PRIMARY KEY,
    branch_id   uuid NOT NULL REFERENCES public.branches,
    barcode     text NOT NULL CHECK (barcode ~ '^\S(.{0,62}\S)?$'),
    state       text NOT NULL DEFAULT 'claimed' CHECK (state IN ('claimed', 'live')),
    LIKE public.row_stamp
);

CREATE UNIQUE INDEX exemplar_barcodes_barcode ON public.exemplar_barcodes (barcode) WHERE deleted_at IS NULL;
CREATE INDEX exemplar_barcodes_branch ON public.exemplar_barcodes (branch_id);
CREATE INDEX exemplar_barcodes_claimed ON public.exemplar_barcodes (created_at) WHERE state = 'claimed';

CREATE TABLE public.branch_moves (
    id            uuid   NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    branch_id     uuid   NOT NULL REFERENCES public.branches,
    from_shard_id uuid   NOT NULL REFERENCES public.shards,
    to_shard_id   uuid   NOT NULL REFERENCES public.shards,
    new_epoch     bigint NOT NULL CHECK (new_epoch > 1),
    phase         text   NOT NULL,
    owner         text,
    heartbeat_at  timestamptz,
    checksums     jsonb,
    log           jsonb  NOT NULL DEFAULT '[]'::jsonb,
    finished_at   timestamptz,
    LIKE public.row_stamp,
    CHECK (from_shard_id <> to_shard_id)
);

CREATE UNIQUE INDEX branch_moves_one_at_a_time ON public.branch_moves (branch_id) WHERE finished_at IS NULL;
CREATE INDEX branch_moves_branch ON public.branch_moves (branch_id);
CREATE INDEX branch_moves_from ON public.branch_moves (from_shard_id);
CREATE INDEX branch_moves_to ON public.branch_moves (to_shard_id);

CREATE TABLE public.jobs (
    id           uuid        NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY,
    kind         text        NOT NULL CHECK (btrim(kind) <> ''),
    state        text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    payload      jsonb       NOT NULL DEFAULT '{}'::jsonb,
    run_after    timestamptz NOT NULL DEFAULT now(),
    attempts     integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    owner        text,
    heartbeat_at timestamptz,
    last_error   text,
    LIKE public.row_stamp
);

CREATE INDEX jobs_waiting ON public.jobs (run_after) WHERE state = 'waiting';

CALL public.keep_history('public.shards');
CALL public.keep_history('public.branch_placement', 'branch_id');
CALL public.keep_history('public.exemplar_barcodes', 'exemplar_id');
CALL public.keep_history('public.branch_moves');
CALL public.keep_history('public.jobs');
CALL public.forbid_delete('public.shards');
CALL public.forbid_delete('public.branch_placement');

CREATE TRIGGER announce AFTER INSERT OR UPDATE ON public.shards
    FOR EACH STATEMENT EXECUTE FUNCTION public.announce_directory();
CREATE TRIGGER announce AFTER INSERT OR UPDATE ON public.branch_placement
    FOR EACH STATEMENT EXECUTE FUNCTION public.announce_directory();

-- Registering a shard again corrects its address and weight; a name never
-- changes its id, since placement is computed from the id.
CREATE FUNCTION public.register_shard(id uuid, name text, host text, port integer, database text, weight integer)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    known public.shards;
BEGIN
    PERFORM public.require_library_right();
    PERFORM public.lock_keys('shard:' || register_shard.name, 'shard:' || register_shard.id::text);
    SELECT s.* INTO known FROM public.shards AS s WHERE s.id = register_shard.id OR s.name = register_shard.name LIMIT 1;
    IF NOT FOUND THEN
        INSERT INTO public.shards (id, name, host, port, database, weight)
        VALUES (register_shard.id, register_shard.name, register_shard.host, register_shard.port,
                register_shard.database, coalesce(register_shard.weight, 100));
    ELSIF known.id <> register_shard.id OR known.name <> register_shard.name THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The shard "%s" is already registered with another id or name.', known.name),
            HINT = 'Choose another name for the new shard.';
    ELSE
        UPDATE public.shards AS s
           SET host = register_shard.host, port = register_shard.port, database = register_shard.database,
               weight = coalesce(register_shard.weight, s.weight)
         WHERE s.id = register_shard.id
           AND (s.host, s.port, s.database, s.weight)
               IS DISTINCT FROM (register_shard.host, register_shard.port, register_shard.database,
                                 coalesce(register_shard.weight, s.weight));
    END IF;
END
$$;

-- Makes the first placement of a branch and returns its epoch.  It never moves a
-- branch: repeated with another shard it returns what is there.
CREATE FUNCTION public.place_branch(branch_id uuid, shard_id uuid, pinned boolean DEFAULT false) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    placed_epoch bigint;
BEGIN
    PERFORM public.require_library_right();
    PERFORM public.branch_code(place_branch.branch_id);
    IF NOT EXISTS (SELECT FROM public.shards AS s WHERE s.id = place_branch.shard_id AND s.deleted_at IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no shard with the id %s.', coalesce(place_branch.shard_id::text, 'NULL')),
            HINT = 'Register the shard first.';
    END IF;
    INSERT INTO public.branch_placement (branch_id, shard_id, pinned)
    VALUES (place_branch.branch_id, place_branch.shard_id, coalesce(place_branch.pinned, false))
    ON CONFLICT (branch_id) DO NOTHING;
    SELECT p.epoch INTO placed_epoch FROM public.branch_placement AS p WHERE p.branch_id = place_branch.branch_id;
    RETURN placed_epoch;
END
$$;

CREATE FUNCTION public.claim_barcode(INOUT exemplar_id uuid, branch_id uuid, barcode text, OUT state text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    claim public.exemplar_barcodes;
BEGIN
    PERFORM public.require_right('branch', claim_barcode.branch_id);
    IF claim_barcode.barcode IS NULL OR claim_barcode.barcode !~ '^\S(.{0,62}\S)?$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'The barcode is not valid.',
            HINT = 'Give 1 to 64 characters without blanks at the ends.';
    END IF;
    claim_barcode.exemplar_id := coalesce(claim_barcode.exemplar_id, public.uuid_v7());
    INSERT INTO public.exemplar_barcodes (exemplar_id, branch_id, barcode)
    VALUES (claim_barcode.exemplar_id, claim_barcode.branch_id, claim_barcode.barcode)
    ON CONFLICT DO NOTHING;

    SELECT b.* INTO claim
      FROM public.exemplar_barcodes AS b
     WHERE b.barcode = claim_barcode.barcode AND b.deleted_at IS NULL;
    IF claim.exemplar_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'The id of the new copy belongs to a copy with another barcode.',
            HINT = 'Repeat the call with a new id.';
    ELSIF claim.branch_id = claim_barcode.branch_id AND claim.state = 'claimed' THEN
        -- Left by a call that was cut off before the copy was written, or by one that is about to write it: both
        -- go on under the id of the first claim, so the copy comes into being once.
        claim_barcode.exemplar_id := claim.exemplar_id;
    ELSIF claim.exemplar_id <> claim_barcode.exemplar_id OR claim.branch_id <> claim_barcode.branch_id THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The barcode %s is already used by a copy of the branch %s.',
                             claim.barcode, public.branch_code(claim.branch_id)),
            HINT = 'Check the label, or use a barcode that is free.';
    END IF;
    claim_barcode.state := claim.state;
END
$$;

CREATE FUNCTION public.settle_barcode(exemplar_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    holder uuid;
BEGIN
    SELECT b.branch_id INTO holder
      FROM public.exemplar_barcodes AS b
     WHERE b.exemplar_id = settle_barcode.exemplar_id AND b.deleted_at IS NULL;
    IF holder IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('No barcode is claimed for the copy %s.', coalesce(settle_barcode.exemplar_id::text, 'NULL')),
            HINT = 'Claim the barcode first.';
    END IF;
    PERFORM public.require_right('branch', holder);
    UPDATE public.exemplar_barcodes AS b
       SET state = 'live'
     WHERE b.exemplar_id = settle_barcode.exemplar_id AND b.state = 'claimed';
END
$$;

CREATE FUNCTION public.locate_barcode(barcode text) RETURNS TABLE (exemplar_id uuid, branch_id uuid, state text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT b.exemplar_id, b.branch_id, b.state
      FROM public.exemplar_barcodes AS b
     WHERE b.barcode = locate_barcode.barcode AND b.deleted_at IS NULL
$$;
