-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What health and monitoring read of a shard's server.  Main has the same
-- functions but the last in 0020_monitoring.sql there.

-- How far behind the reader of a replication stream is, in seconds.  A reader that
-- has caught up and idles has no measured lag; one that has not answered for longer
-- than the interval of its reports (10 s) is behind by at least that long.
CREATE FUNCTION public.sender_lag(measured interval, state text, answered_at timestamptz) RETURNS double precision
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT CASE
           WHEN sender_lag.state IS NULL THEN NULL
           WHEN sender_lag.answered_at < clock_timestamp() - interval '30 seconds'
           THEN EXTRACT(EPOCH FROM clock_timestamp() - sender_lag.answered_at)::double precision
           WHEN sender_lag.measured IS NOT NULL THEN EXTRACT(EPOCH FROM sender_lag.measured)::double precision
           WHEN sender_lag.state = 'streaming' THEN 0
           END
$$;

-- What a server says of itself, as one document: settings, connections, the
-- sessions of this database by program, desk and what they wait for, old
-- transactions, replication slots and standbys.  Staff may not read these views
-- themselves, since those show what others are doing; no query text and no login
-- leaves the server.  Some figures are of the whole server, which may hold
-- several databases: identity says whether two databases are on the same one.
CREATE FUNCTION public.server_state() RETURNS jsonb
    LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT jsonb_build_object(
        'identity', (SELECT c.system_identifier FROM pg_control_system() AS c)::text || ' '
                    || EXTRACT(EPOCH FROM pg_postmaster_start_time())::text,
        'version', split_part(current_setting('server_version'), ' ', 1),
        'version_number', current_setting('server_version_num')::integer,
        'started_at', EXTRACT(EPOCH FROM pg_postmaster_start_time()),
        'in_recovery', pg_is_in_recovery(),
        'settings', (
            SELECT jsonb_object_agg(s.name, s.setting)
              FROM pg_settings AS s
             WHERE s.name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_level',
                              'synchronous_standby_names', 'max_connections', 'superuser_reserved_connections',
                              'max_wal_senders', 'max_replication_slots', 'max_worker_processes',
                              'max_logical_replication_workers', 'max_slot_wal_keep_size',
                              'default_transaction_read_only')),
        'waiting_for_restart', (
            SELECT coalesce(jsonb_agg(s.name ORDER BY s.name), '[]')
              FROM pg_settings AS s
             WHERE s.pending_restart),
        'unsafe_for', (
            SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('role', r.rolname, 'database', d.datname,
                                                                  'value', split_part(c.entry, '=', 2))), '[]')
              FROM pg_db_role_setting AS o
              CROSS JOIN LATERAL unnest(o.setconfig) AS c (entry)
              LEFT JOIN pg_roles AS r ON r.oid = o.setrole
              LEFT JOIN pg_database AS d ON d.oid = o.setdatabase
             WHERE c.entry IN ('synchronous_commit=off', 'synchronous_commit=local')
               AND (o.setdatabase = 0 OR d.datname = current_database())),
        'connections', (
            SELECT jsonb_build_object('server', count(*),
                                      'here', count(*) FILTER (WHERE a.datname = current_database()))
              FROM pg_stat_activity AS a
             WHERE a.backend_type = 'client backend'),
        'connection_limit', (SELECT d.datconnlimit FROM pg_database AS d WHERE d.datname = current_database()),
        'sessions', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'program', g.program, 'desk', g.desk, 'state', g.state, 'wait_type', g.wait_type,
                       'wait_event', g.wait_event, 'sessions', g.sessions)), '[]')
              FROM (SELECT split_part(a.application_name, ' ', 1) AS program,
                           CASE WHEN split_part(a.application_name, ' ', 1) IN ('branchline', 'branchlinectl')
                                THEN split_part(a.application_name, ' ', 2) ELSE '' END AS desk,
                           coalesce(a.state, 'unknown') AS state, coalesce(a.wait_event_type, '') AS wait_type,
                           coalesce(a.wait_event, '') AS wait_event, count(*) AS sessions
                      FROM pg_stat_activity AS a
                     WHERE a.datname = current_database()
                       AND a.backend_type = 'client backend'
                       AND a.pid <> pg_backend_pid()
                     GROUP BY 1, 2, 3, 4, 5) AS g),
        'lock_waits', (
            WITH waiting AS (
                SELECT a.pid, pg_blocking_pids(a.pid) AS held_by,
                       (SELECT min(l.waitstart) FROM pg_locks AS l WHERE l.pid = a.pid AND NOT l.granted) AS since
                  FROM pg_stat_activity AS a
                 WHERE a.datname = current_database()
                   AND a.wait_event_type = 'Lock'),
            holding AS (
                SELECT b.pid, count(*) AS waiting
                  FROM waiting AS w
                  CROSS JOIN LATERAL unnest(w.held_by) AS b (pid)
                 WHERE NOT EXISTS (SELECT FROM waiting AS o WHERE o.pid = b.pid)
                 GROUP BY b.pid
                 ORDER BY count(*) DESC
                 LIMIT 5)
            SELECT jsonb_build_object(
                       'sessions', (SELECT count(*) FROM waiting),
                       'longest_s', (SELECT coalesce(EXTRACT(EPOCH FROM clock_timestamp() - min(w.since)), 0)
                                       FROM waiting AS w),
                       'holders', (
                           SELECT coalesce(jsonb_agg(jsonb_build_object(
                                      'pid', h.pid, 'program', coalesce(split_part(a.application_name, ' ', 1), ''),
                                      'desk', CASE WHEN split_part(a.application_name, ' ', 1)
                                                        IN ('branchline', 'branchlinectl')
                                                   THEN split_part(a.application_name, ' ', 2) ELSE '' END,
                                      'state', CASE WHEN h.pid = 0 THEN 'prepared'
                                                    ELSE coalesce(a.state, 'unknown') END,
                                      'age_s', EXTRACT(EPOCH FROM clock_timestamp() - a.xact_start),
                                      'waiting', h.waiting) ORDER BY h.waiting DESC, h.pid), '[]')
                             FROM holding AS h
                             LEFT JOIN pg_stat_activity AS a ON a.pid = h.pid))),
        'old_transactions', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'pid', o.pid, 'application', o.application_name, 'state', o.state,
                       'age_s', EXTRACT(EPOCH FROM clock_timestamp() - o.xact_start)) ORDER BY o.xact_start), '[]')
              FROM (SELECT a.pid, a.application_name, coalesce(a.state, 'unknown') AS state, a.xact_start
                      FROM pg_stat_activity AS a
                     WHERE a.datname = current_database()
                       AND a.backend_type = 'client backend'
                       AND a.pid <> pg_backend_pid()
                       AND a.xact_start IS NOT NULL
                     ORDER BY a.xact_start
                     LIMIT 3) AS o),
        'prepared_transactions', (
            SELECT jsonb_build_object('count', count(*),
                                      'age_s', coalesce(EXTRACT(EPOCH FROM clock_timestamp() - min(p.prepared)), 0))
              FROM pg_prepared_xacts AS p
             WHERE p.database = current_database()),
        'statistics', (
            SELECT jsonb_build_object('commits', s.xact_commit, 'rollbacks', s.xact_rollback,
                                      'deadlocks', s.deadlocks)
              FROM pg_stat_database AS s
             WHERE s.datname = current_database()),
        'slots', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'name', s.slot_name, 'type', s.slot_type, 'active', s.active,
                       'wal_status', coalesce(s.wal_status, 'lost'),
                       'retained_bytes', pg_wal_lsn_diff(w.written, s.restart_lsn)::bigint,
                       'behind_bytes', greatest(pg_wal_lsn_diff(w.written, s.confirmed_flush_lsn), 0)::bigint,
                       'lag_s', public.sender_lag(r.replay_lag, r.state, r.reply_time)) ORDER BY s.slot_name), '[]')
              FROM pg_replication_slots AS s
              LEFT JOIN pg_stat_replication AS r ON r.pid = s.active_pid
              CROSS JOIN (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                      ELSE pg_current_wal_lsn() END AS written) AS w
             WHERE s.slot_type = 'physical' OR s.database = current_database()),
        'standbys', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                       'name', r.application_name, 'state', r.state, 'sync_state', r.sync_state,
                       'lag_s', public.sender_lag(r.replay_lag, r.state, r.reply_time))
                       ORDER BY r.application_name), '[]')
              FROM pg_stat_replication AS r
             WHERE NOT EXISTS (SELECT
                                 FROM pg_replication_slots AS s
                                WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
               AND r.application_name NOT LIKE 'pg\_%\_sync\_%'
               AND r.state <> 'backup'))
$$;

GRANT EXECUTE ON FUNCTION public.server_state() TO branchline_staff, branchline_report;

-- replication_health() with what a monitor counts: errors since the statistics
-- were reset, and for how long the worker has been running.
CREATE FUNCTION public.subscription_state()
    RETURNS TABLE (subscription text, enabled boolean, running boolean, apply_errors bigint, sync_errors bigint,
                   tables_open bigint, slot_name text, running_s double precision)
    LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT h.subscription, h.enabled, h.running, h.apply_errors, h.sync_errors, h.tables_open, h.slot_name,
           (SELECT EXTRACT(EPOCH FROM clock_timestamp() - min(a.backend_start))::double precision
              FROM pg_stat_subscription AS w
              JOIN pg_stat_activity AS a ON a.pid = w.pid
             WHERE w.subname = h.subscription
               AND w.relid IS NULL
               AND a.datname = current_database())
      FROM public.replication_health() AS h
$$;

GRANT EXECUTE ON FUNCTION public.subscription_state() TO branchline_staff, branchline_report;
