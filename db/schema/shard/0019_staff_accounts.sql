-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The staff of the library, a copy of main's: what makes a login on this server
-- (schema/superuser/staff_logins.sql) makes it for nobody else.

CREATE TABLE public.staff (
    id           uuid    NOT NULL PRIMARY KEY,
    login        text    NOT NULL,
    display_name text    NOT NULL,
    active       boolean NOT NULL,
    LIKE public.row_stamp
);

CREATE INDEX staff_login ON public.staff (login);

CREATE TRIGGER refuse_local_change BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.staff
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_local_change();

CALL public.secure_rows('public.staff');
