-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- For notify_or_poll.sh: the trigger that it compares with the log of changes.
CREATE OR REPLACE FUNCTION public.notify_desks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM pg_notify('desks', NEW.branch_id::text);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER notify_desks AFTER INSERT ON public.desk_event
    FOR EACH ROW EXECUTE FUNCTION public.notify_desks();
