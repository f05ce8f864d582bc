-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The address of a shard may name several servers: a primary and its standbys, as
-- lists separated by commas, with one port for all or one for each.  Programs ask
-- for the one that takes changes.

DROP VIEW public.shard_list;

ALTER TABLE public.shards DROP CONSTRAINT shards_port_check;
ALTER TABLE public.shards ALTER COLUMN port TYPE text;
ALTER TABLE public.shards
    ADD CHECK (port ~ '^[1-9][0-9]{0,4}(,[1-9][0-9]{0,4})*$' AND 65535 >= ALL (string_to_array(port, ',')::integer[])),
    ADD CHECK (host !~ '(^|,)\s*(,|$)'),
    ADD CHECK (cardinality(string_to_array(port, ',')) IN (1, cardinality(string_to_array(host, ','))));

CREATE VIEW public.shard_list WITH (security_invoker = true) AS
SELECT s.id, s.name, s.host, s.port, s.database, s.weight, s.state
  FROM public.shards AS s
 WHERE s.deleted_at IS NULL;

DROP FUNCTION public.register_shard(uuid, text, text, integer, text, integer);

-- Registering a shard again corrects its address and weight; a name never
-- changes its id, since placement is computed from the id.
CREATE FUNCTION public.register_shard(id uuid, name text, host text, port text, database text, weight integer)
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

REVOKE ALL ON FUNCTION public.register_shard(uuid, text, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.register_shard(uuid, text, text, text, text, integer) TO branchline_admin;
GRANT SELECT ON public.shard_list TO branchline_staff, branchline_report;
