-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What staff read.  The views run with the rights of the reader, so that row
-- policies of the tables beneath apply to whoever asks.

CREATE VIEW public.branch_list WITH (security_invoker = true) AS
SELECT b.id, b.code, b.name, b.timezone, p.shard_id, s.name AS shard, p.epoch, p.state AS placement_state
  FROM public.branches AS b
  LEFT JOIN public.branch_placement AS p ON p.branch_id = b.id
  LEFT JOIN public.shards AS s ON s.id = p.shard_id
 WHERE b.deleted_at IS NULL;

CREATE VIEW public.shard_list WITH (security_invoker = true) AS
SELECT s.id, s.name, s.host, s.port, s.database, s.weight, s.state
  FROM public.shards AS s
 WHERE s.deleted_at IS NULL;

-- One row per patron.  Somebody with several cards is listed with the newest one
-- that works; written as a join, so that a card is found by its index.
CREATE VIEW public.patron_list WITH (security_invoker = true) AS
SELECT u.id, c.card_number AS card, u.family_name, u.given_name, u.display_name, t.code AS type_code, t.name AS type_name,
       u.home_branch_id AS branch_id, b.code AS branch_code, u.active, u.expires_on
  FROM public.users_ref AS u
  JOIN public.user_types AS t ON t.id = u.user_type_id
  JOIN public.branches AS b ON b.id = u.home_branch_id
  LEFT JOIN public.user_cards AS c
    ON c.user_id = u.id
   AND c.deleted_at IS NULL
   AND NOT EXISTS (SELECT
                     FROM public.user_cards AS k
                    WHERE k.user_id = c.user_id
                      AND k.deleted_at IS NULL
                      AND (k.active, k.created_at, k.id) > (c.active, c.created_at, c.id))
 WHERE u.deleted_at IS NULL;

CREATE VIEW public.loan_rule_list WITH (security_invoker = true) AS
SELECT r.id, r.number, r.branch_id, b.code AS branch_code, u.code AS user_type_code, m.code AS material_code,
       r.loan_days, r.loan_minutes, r.max_open_loans, r.max_renewals, r.active
  FROM public.loan_rules AS r
  LEFT JOIN public.branches AS b ON b.id = r.branch_id
  LEFT JOIN public.user_types AS u ON u.id = r.user_type_id
  LEFT JOIN public.material_types AS m ON m.id = r.material_type_id
 WHERE r.deleted_at IS NULL;

-- works_with: the oldest program that may use this database is the one made for that version.
CREATE VIEW public.schema_version WITH (security_invoker = true) AS
SELECT max(h.id) AS version, max(coalesce(h.works_with, h.id)) AS works_with
  FROM public.schema_history AS h
 WHERE h.state = 'done';

-- One row per subscription of a shard.  A slot that nobody reads keeps the log
-- of the server, so lag_bytes grows while lag_seconds is unknown.
CREATE FUNCTION public.replication_state()
    RETURNS TABLE (slot_name text, active boolean, lag_bytes bigint, lag_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.slot_name::text, s.active,
           pg_wal_lsn_diff(pg_current_wal_lsn(), s.confirmed_flush_lsn)::bigint,
           EXTRACT(EPOCH FROM r.replay_lag)::double precision
      FROM pg_replication_slots AS s
      LEFT JOIN pg_stat_replication AS r ON r.pid = s.active_pid
     WHERE s.slot_type = 'logical' AND s.database = current_database()
     ORDER BY s.slot_name
$$;
