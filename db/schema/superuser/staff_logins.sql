-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Logins of the staff, as roles of this server: the same text for main and shards.
-- These functions belong to the superuser who set up the library, since nobody less
-- changes a password or ends sessions of others on PostgreSQL 15 to 17 alike.  So they
-- act on members of the staff only, on roles that are nothing else, and with the groups
-- below only; and they ask for the right before anything else.  A password never comes
-- here, only the verifier that the client made of it.
--
-- pg_authid is shared by all databases of a server: its lock keeps two calls apart
-- wherever they are made.

-- What is written on a role that is made here.  Roles belong to the server, so the role of
-- another library, or of another purpose, may bear the same name.
CREATE OR REPLACE FUNCTION public.staff_mark(login text) RETURNS text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT 'Branchline staff ' || s.id FROM public.staff AS s WHERE s.login = staff_mark.login AND s.deleted_at IS NULL
$$;

-- The role of a member of the staff, or NULL while this server has none.
CREATE OR REPLACE FUNCTION public.staff_role(login text) RETURNS oid
    LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    role pg_catalog.pg_authid;
    mark text := public.staff_mark(staff_role.login);
BEGIN
    IF mark IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('There is no staff member with the login "%s".', staff_role.login),
            HINT = 'Add the staff member first; it arrives on a shard within seconds.';
    END IF;
    SELECT r.* INTO role FROM pg_catalog.pg_authid AS r WHERE r.rolname = staff_role.login;
    IF role.oid IS NULL AND staff_role.login !~ '^(pg|branchline)_' THEN
        RETURN NULL;
    END IF;
    IF staff_role.login ~ '^(pg|branchline)_'
       OR role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolreplication OR role.rolbypassrls
       OR pg_catalog.shobj_description(role.oid, 'pg_authid') IS DISTINCT FROM mark THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The login "%s" of this server is not one of this library''s staff.', staff_role.login),
            HINT = 'Choose another login for the staff member.';
    END IF;
    RETURN role.oid;
END
$$;

-- Who may sign in with which password is part of what happened to a member of the staff.
CREATE OR REPLACE FUNCTION public.note_staff_login(login text, what text) RETURNS void
    LANGUAGE sql
    SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO public.audit_log (txid, actor, application, op, table_name, row_id, new)
    SELECT txid_current(), session_user, current_setting('application_name'), 'update', 'staff', s.id,
           jsonb_build_object('login', note_staff_login.what)
      FROM public.staff AS s
     WHERE s.login = note_staff_login.login
$$;

CREATE OR REPLACE FUNCTION public.check_verifier(verifier text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF coalesce(check_verifier.verifier, '')
       !~ '^SCRAM-SHA-256\$[1-9][0-9]{3,6}:[A-Za-z0-9+/]{16,}={0,2}\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'This is not the verifier of a password.',
            HINT = 'Let Branchline set the password: it sends a SCRAM-SHA-256 verifier, never the password.';
    END IF;
END
$$;

-- A login that may sign in, in this group and no other.  With a verifier NULL it keeps
-- the password that it has.
CREATE OR REPLACE FUNCTION public.make_staff_login(login text, group_role text, verifier text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    role    oid;
    outcome text := 'kept';
    joined  boolean := false;
    other   name;
BEGIN
    PERFORM public.require_library_right();
    LOCK TABLE pg_catalog.pg_authid IN SHARE UPDATE EXCLUSIVE MODE;
    role := public.staff_role(make_staff_login.login);
    IF coalesce(make_staff_login.group_role, '') NOT IN
       ('branchline_staff', 'branchline_branch_admin', 'branchline_admin', 'branchline_report') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB006',
            MESSAGE = 'There is no such group of staff.',
            HINT = 'Use branchline_staff, branchline_branch_admin, branchline_admin or branchline_report.';
    END IF;
    IF NOT EXISTS (SELECT FROM public.staff AS s WHERE s.login = make_staff_login.login AND s.active) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The login "%s" is disabled.', make_staff_login.login),
            DETAIL = 'That the staff member was added again may not have arrived here yet.',
            HINT = 'Add the staff member again first.';
    END IF;
    IF make_staff_login.verifier IS NOT NULL OR role IS NULL THEN
        PERFORM public.check_verifier(make_staff_login.verifier);
    END IF;
    IF EXISTS (SELECT
                 FROM pg_catalog.pg_auth_members AS m
                 JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
                WHERE m.member = role
                  AND (m.admin_option
                       OR g.rolname NOT IN ('branchline_staff', 'branchline_branch_admin', 'branchline_admin',
                                            'branchline_report'))) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = format('The login "%s" of this server belongs to other groups than those of the staff.',
                             make_staff_login.login),
            HINT = 'Let the database administrator take it out of them, or choose another login.';
    END IF;
    IF role IS NULL THEN
        EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L', make_staff_login.login, make_staff_login.verifier);
        EXECUTE format('COMMENT ON ROLE %I IS %L', make_staff_login.login, public.staff_mark(make_staff_login.login));
        outcome := 'made';
    ELSE
        IF NOT (SELECT r.rolcanlogin FROM pg_catalog.pg_authid AS r WHERE r.oid = role) THEN
            EXECUTE format('ALTER ROLE %I LOGIN', make_staff_login.login);
            outcome := 'opened';
        END IF;
        IF make_staff_login.verifier IS NOT NULL THEN
            EXECUTE format('ALTER ROLE %I PASSWORD %L', make_staff_login.login, make_staff_login.verifier);
        END IF;
    END IF;
    FOR other IN
        SELECT g.rolname
          FROM pg_catalog.pg_auth_members AS m
          JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
         WHERE m.member = role AND g.rolname <> make_staff_login.group_role
    LOOP
        EXECUTE format('REVOKE %I FROM %I', other, make_staff_login.login);
    END LOOP;
    IF NOT EXISTS (SELECT
                     FROM pg_catalog.pg_auth_members AS m
                    WHERE m.member = role AND m.roleid = make_staff_login.group_role::pg_catalog.regrole) THEN
        EXECUTE format('GRANT %I TO %I', make_staff_login.group_role, make_staff_login.login);
        joined := true;
    END IF;
    IF outcome <> 'kept' OR joined OR make_staff_login.verifier IS NOT NULL THEN
        PERFORM public.note_staff_login(
            make_staff_login.login,
            concat_ws(', ', nullif(outcome, 'kept'), CASE WHEN make_staff_login.verifier IS NOT NULL THEN 'password set' END,
                      CASE WHEN joined THEN make_staff_login.group_role END));
    END IF;
    RETURN outcome;
END
$$;

CREATE OR REPLACE FUNCTION public.end_sessions(role oid) RETURNS integer[]
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_catalog.pg_stat_clear_snapshot(); -- a transaction sees the same sessions until told to look again
    RETURN (SELECT coalesce(array_agg(a.pid) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid)), '{}')
              FROM pg_catalog.pg_stat_activity AS a
             WHERE a.usesysid = end_sessions.role);
END
$$;

-- No more sign-ins, and an end to the sessions in every database of the server.  Returns
-- how many there were: one may have signed in just before this was committed, so the
-- caller repeats it until there is none.
--
-- Sessions end first: one that is changing its own password holds the row of the role,
-- and would keep its login as long as it likes.
CREATE OR REPLACE FUNCTION public.end_staff_login(login text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
    SET lock_timeout = '300ms'
AS $$
DECLARE
    role  oid;
    ended integer[] := '{}';
BEGIN
    PERFORM public.require_library_right();
    IF end_staff_login.login = session_user::text THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB007',
            MESSAGE = 'You cannot disable your own login.',
            HINT = 'Ask another administrator to do it.';
    END IF;
    role := public.staff_role(end_staff_login.login);
    FOR try IN 1 .. 10 LOOP
        ended := ended || public.end_sessions(role);
        BEGIN
            LOCK TABLE pg_catalog.pg_authid IN SHARE UPDATE EXCLUSIVE MODE;
            IF (SELECT r.rolcanlogin FROM pg_catalog.pg_authid AS r WHERE r.oid = role) THEN
                EXECUTE format('ALTER ROLE %I NOLOGIN', end_staff_login.login);
                PERFORM public.note_staff_login(end_staff_login.login, 'ended');
            END IF;
            EXIT;
        EXCEPTION WHEN lock_not_available OR internal_error THEN -- the latter: "tuple concurrently updated"
            IF try = 10 THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    ended := ended || public.end_sessions(role);
    RETURN (SELECT count(DISTINCT pid) FROM unnest(ended) AS pid);
END
$$;

-- What a session of the staff writes locks the patron's row, and the worker that brings
-- changes from main waits for it, rights that were taken back among them.  So whoever
-- keeps a transaction open keeps the rights, until this ends the session.  Returns how many
-- it ended; a transaction of less than a second is not held up, it is at work.
CREATE OR REPLACE FUNCTION public.let_changes_arrive() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF NOT public.has_right('library', NULL) THEN
        PERFORM public.require_library_right();
    END IF;
    PERFORM pg_catalog.pg_stat_clear_snapshot();
    RETURN (SELECT count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid))
              FROM pg_catalog.pg_stat_activity AS a
              JOIN public.staff AS s ON s.login = a.usename
              JOIN pg_catalog.pg_authid AS r
                ON r.oid = a.usesysid AND pg_catalog.shobj_description(r.oid, 'pg_authid') = public.staff_mark(s.login)
             WHERE a.xact_start < clock_timestamp() - interval '1 second'
               AND a.pid IN (SELECT unnest(pg_catalog.pg_blocking_pids(w.pid))
                               FROM pg_catalog.pg_stat_subscription AS w
                              WHERE w.pid IS NOT NULL));
END
$$;

-- One's own password, or with the right "library" at every branch anybody's.
CREATE OR REPLACE FUNCTION public.set_staff_verifier(login text, verifier text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    IF set_staff_verifier.login IS DISTINCT FROM session_user::text THEN
        PERFORM public.require_library_right();
    END IF;
    PERFORM public.check_verifier(set_staff_verifier.verifier);
    IF public.staff_role(set_staff_verifier.login) IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'LB005',
            MESSAGE = format('This server has no login "%s".', set_staff_verifier.login),
            HINT = 'Add the staff member again: that makes the login where it is missing.';
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', set_staff_verifier.login, set_staff_verifier.verifier);
    PERFORM public.note_staff_login(set_staff_verifier.login, 'password set');
END
$$;

-- What this server has of the staff: of one login, or with NULL of all.
CREATE OR REPLACE FUNCTION public.staff_logins(login text DEFAULT NULL)
    RETURNS TABLE (server text, name text, present boolean, may_sign_in boolean, has_password boolean, group_role text,
                   sessions integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF staff_logins.login IS DISTINCT FROM session_user::text THEN
        PERFORM public.require_library_right();
    END IF;
    IF staff_logins.login IS NOT NULL THEN
        PERFORM public.staff_role(staff_logins.login);
    END IF;
    RETURN QUERY
        SELECT (SELECT c.system_identifier::text FROM pg_catalog.pg_control_system() AS c), s.login, r.oid IS NOT NULL,
               coalesce(r.rolcanlogin, false), r.rolpassword IS NOT NULL,
               (SELECT min(m.roleid::pg_catalog.regrole::text) FROM pg_catalog.pg_auth_members AS m
                 WHERE m.member = r.oid),
               (SELECT count(*)::integer FROM pg_catalog.pg_stat_activity AS a WHERE a.usesysid = r.oid)
          FROM public.staff AS s
          LEFT JOIN pg_catalog.pg_authid AS r ON r.rolname = s.login
         WHERE s.deleted_at IS NULL AND (staff_logins.login IS NULL OR s.login = staff_logins.login)
         ORDER BY s.login;
END
$$;

REVOKE ALL ON FUNCTION
    public.staff_mark(text), public.staff_role(text), public.note_staff_login(text, text), public.end_sessions(oid),
    public.check_verifier(text), public.let_changes_arrive(), public.make_staff_login(text, text, text),
    public.end_staff_login(text), public.set_staff_verifier(text, text), public.staff_logins(text)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    public.make_staff_login(text, text, text), public.end_staff_login(text), public.let_changes_arrive()
TO branchline_admin;
GRANT EXECUTE ON FUNCTION public.set_staff_verifier(text, text), public.staff_logins(text)
    TO branchline_staff, branchline_report;
