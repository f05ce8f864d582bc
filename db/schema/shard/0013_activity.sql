-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Loans, returns and renewals per day of each branch, counted from desk_event.
-- A day is the branch's own: it begins at midnight in its time zone, and has 23
-- or 25 hours where the clocks change.
--
-- What was undone did not happen: an undo is taken off the day of what it undid.
--
-- branch_statistics holds the days that are over, so that a year costs the same
-- however many loans there are.  It is a cache of desk_event and never more: a
-- branch without rows there has the same figures, only slower.  The days of a
-- branch are rolled up without gaps, and whatever changes a past day takes the
-- days from there on out again.

CREATE INDEX desk_event_undone ON public.desk_event (branch_id, at)
    WHERE kind IN ('lend_undone', 'return_undone', 'renewal_undone');

-- The last day that is rolled up; NULL when none is.
CREATE FUNCTION public.rolled_up_to(branch_id uuid) RETURNS date
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT max(s.day) FROM public.branch_statistics AS s WHERE s.branch_id = rolled_up_to.branch_id
$$;

-- When that was done which the undo of this kind took back.  Actions on a copy are
-- undone from the last to the first, so it is the last one that no other undo
-- between them took back.
CREATE FUNCTION public.undone_at(branch_id uuid, exemplar_id uuid, kind text, at timestamptz, id uuid)
    RETURNS timestamptz
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT coalesce(max(h.at) FILTER (WHERE h.open = 0), undone_at.at)
      FROM (SELECT e.at, sum(CASE WHEN e.kind = undone_at.kind THEN 1 ELSE -1 END)
                             OVER (ORDER BY e.at DESC, e.id DESC) AS open
              FROM public.desk_event AS e
             WHERE e.branch_id = undone_at.branch_id AND e.exemplar_id = undone_at.exemplar_id
               AND (e.at, e.id) <= (undone_at.at, undone_at.id)
               AND e.kind IN (undone_at.kind, CASE undone_at.kind WHEN 'lend_undone' THEN 'lent'
                                                                  WHEN 'return_undone' THEN 'returned'
                                                                  WHEN 'renewal_undone' THEN 'renewed' END)) AS h
$$;

-- The days of one branch from first_day to last_day, counted from the events;
-- days without any are left out.  The range that is read is wider than the days
-- are: where clocks are set back at midnight, a day has two beginnings.
CREATE FUNCTION public.counted_days(branch_id uuid, zone text, first_day date, last_day date)
    RETURNS TABLE (day date, loans integer, returns integer, renewals integer, copies_added integer)
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH event_range AS (
        SELECT counted_days.first_day::timestamp AT TIME ZONE counted_days.zone - interval '3 hours' AS first_at,
               (counted_days.last_day + 1)::timestamp AT TIME ZONE counted_days.zone + interval '3 hours' AS last_at
    ), counts AS (
        SELECT (e.at AT TIME ZONE counted_days.zone)::date AS day, e.kind, count(*) AS number
          FROM public.desk_event AS e
         WHERE e.branch_id = counted_days.branch_id
           AND e.at >= (SELECT r.first_at FROM event_range AS r) AND e.at < (SELECT r.last_at FROM event_range AS r)
           AND e.kind IN ('lent', 'returned', 'renewed', 'copy_added')
         GROUP BY 1, 2
        UNION ALL
        SELECT (u.at AT TIME ZONE counted_days.zone)::date, u.kind, -count(*)
          FROM (SELECT e.kind, public.undone_at(e.branch_id, e.exemplar_id, e.kind, e.at, e.id) AS at
                  FROM public.desk_event AS e
                 WHERE e.branch_id = counted_days.branch_id
                   AND e.at >= (SELECT r.first_at FROM event_range AS r)
                   AND e.kind IN ('lend_undone', 'return_undone', 'renewal_undone')) AS u
         GROUP BY 1, 2
    )
    SELECT c.day,
           greatest(sum(c.number) FILTER (WHERE c.kind IN ('lent', 'lend_undone')), 0)::integer,
           greatest(sum(c.number) FILTER (WHERE c.kind IN ('returned', 'return_undone')), 0)::integer,
           greatest(sum(c.number) FILTER (WHERE c.kind IN ('renewed', 'renewal_undone')), 0)::integer,
           greatest(sum(c.number) FILTER (WHERE c.kind = 'copy_added'), 0)::integer
      FROM counts AS c
     WHERE c.day BETWEEN counted_days.first_day AND counted_days.last_day
     GROUP BY c.day
$$;

-- Loans, returns and renewals of the branches that are active here, or of one of
-- them, on each of their last days up to today: sums that may be added to those
-- of other shards.  Days on which nothing happened are left out.
CREATE FUNCTION public.activity(days integer, branch uuid DEFAULT NULL)
    RETURNS TABLE (day date, loans bigint, returns bigint, renewals bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
    WITH branch_days AS (
        SELECT p.branch_id, b.timezone, today.day - least(greatest(activity.days, 1), 3660) + 1 AS first_day, today.day AS last_day,
               public.rolled_up_to(p.branch_id) AS rolled_up_to
          FROM public.branch_placement AS p
          JOIN public.branches AS b ON b.id = p.branch_id
          CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE b.timezone)::date AS day) AS today
         WHERE p.state = 'active' AND (activity.branch IS NULL OR p.branch_id = activity.branch)
    ), figures AS (
        SELECT s.day, s.loans, s.returns, s.renewals
          FROM branch_days AS b
          JOIN public.branch_statistics AS s ON s.branch_id = b.branch_id AND s.day BETWEEN b.first_day AND b.last_day
        UNION ALL
        SELECT c.day, c.loans, c.returns, c.renewals
          FROM branch_days AS b
          CROSS JOIN LATERAL public.counted_days(b.branch_id, b.timezone,
                                                 greatest(b.first_day, b.rolled_up_to + 1), b.last_day) AS c
    )
    SELECT f.day, sum(f.loans), sum(f.returns), sum(f.renewals)
      FROM figures AS f
     GROUP BY f.day
    HAVING sum(f.loans) <> 0 OR sum(f.returns) <> 0 OR sum(f.renewals) <> 0
     ORDER BY f.day
$$;

-- Whether every event before this time has been written.  An event has the time
-- at which its transaction began, and appears when that ends.
CREATE FUNCTION public.is_over(moment timestamptz) RETURNS boolean
    LANGUAGE sql VOLATILE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT now() > is_over.moment + interval '10 minutes'
           AND NOT EXISTS (SELECT FROM pg_stat_activity AS a
                            WHERE a.datname = current_database() AND a.xact_start < is_over.moment)
           AND NOT EXISTS (SELECT FROM pg_prepared_xacts AS x WHERE x.database = current_database())
$$;

-- Rolls up days that are over, at most most_days of each branch, so that a call is
-- short; returns how many days it did: call it again until it returns 0.  Calling
-- it at any time, from several places at once, is harmless.  A branch whose past
-- is being changed or rolled up by somebody else is left for the next call.
CREATE FUNCTION public.roll_up_activity(most_days integer DEFAULT 31) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    branch    record;
    first_day date;
    last_day  date;
    done      integer := 0;
    mine      uuid[] := public.my_branches('desk', 'branch', 'reports');
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB002',
            MESSAGE = format('This function cannot run in a transaction of the isolation level %s.',
                             upper(current_setting('transaction_isolation'))),
            HINT = 'Use READ COMMITTED.';
    END IF;
    FOR branch IN
        SELECT p.branch_id, b.timezone
          FROM public.branch_placement AS p
          JOIN public.branches AS b ON b.id = p.branch_id
         WHERE p.state = 'active' AND p.branch_id = ANY (mine)
         ORDER BY p.branch_id
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(4, uuid_hash(branch.branch_id));
        first_day := coalesce(public.rolled_up_to(branch.branch_id) + 1,
                              (SELECT (min(e.at) AT TIME ZONE branch.timezone)::date
                                 FROM public.desk_event AS e WHERE e.branch_id = branch.branch_id));
        last_day := least(first_day + least(greatest(most_days, 1), 3660) - 1, (now() AT TIME ZONE branch.timezone)::date - 1);
        IF last_day >= first_day AND NOT public.is_over((last_day + 1)::timestamp AT TIME ZONE branch.timezone) THEN
            last_day := last_day - 1;
        END IF;
        CONTINUE WHEN first_day IS NULL OR last_day < first_day
                      OR NOT public.is_over((last_day + 1)::timestamp AT TIME ZONE branch.timezone);
        INSERT INTO public.branch_statistics (branch_id, day, loans, returns, renewals, copies_added)
        SELECT branch.branch_id, d.day::date, coalesce(c.loans, 0), coalesce(c.returns, 0), coalesce(c.renewals, 0),
               coalesce(c.copies_added, 0)
          FROM generate_series(first_day::timestamp, last_day::timestamp, '1 day') AS d (day)
          LEFT JOIN public.counted_days(branch.branch_id, branch.timezone, first_day, last_day) AS c
            ON c.day = d.day::date;
        done := done + (last_day - first_day + 1);
    END LOOP;
    RETURN done;
END
$$;

-- AFTER INSERT of an undo, or of an event that somebody writes for a day of the
-- past.  The lock makes a roll-up that is under way wait, or this wait for it; the
-- DELETE, a statement of its own, then sees what it wrote.
CREATE FUNCTION public.forget_rolled_up() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4, uuid_hash(NEW.branch_id));
    DELETE FROM public.branch_statistics AS s
     USING public.branches AS b
     WHERE b.id = NEW.branch_id AND s.branch_id = NEW.branch_id
       AND s.day >= (CASE WHEN NEW.kind IN ('lend_undone', 'return_undone', 'renewal_undone')
                          THEN public.undone_at(NEW.branch_id, NEW.exemplar_id, NEW.kind, NEW.at, NEW.id)
                          ELSE NEW.at END AT TIME ZONE b.timezone)::date;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_rolled_up AFTER INSERT ON public.desk_event
    FOR EACH ROW
    WHEN (NEW.at < now() OR NEW.kind IN ('lend_undone', 'return_undone', 'renewal_undone'))
    EXECUTE FUNCTION public.forget_rolled_up();

-- With another time zone every day begins elsewhere.  The row comes by replication.
CREATE FUNCTION public.forget_rolled_up_branch() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4, uuid_hash(NEW.id));
    DELETE FROM public.branch_statistics AS s WHERE s.branch_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_rolled_up AFTER UPDATE ON public.branches
    FOR EACH ROW WHEN (OLD.timezone IS DISTINCT FROM NEW.timezone)
    EXECUTE FUNCTION public.forget_rolled_up_branch();
ALTER TABLE public.branches ENABLE ALWAYS TRIGGER forget_rolled_up;

REVOKE ALL ON FUNCTION
    public.rolled_up_to(uuid), public.undone_at(uuid, uuid, text, timestamptz, uuid),
    public.counted_days(uuid, text, date, date), public.activity(integer, uuid), public.is_over(timestamptz),
    public.roll_up_activity(integer), public.forget_rolled_up(), public.forget_rolled_up_branch()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.activity(integer, uuid), public.roll_up_activity(integer) TO branchline_staff;
GRANT EXECUTE ON FUNCTION public.activity(integer, uuid) TO branchline_report;
