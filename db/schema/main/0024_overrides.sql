-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Lending against a rule is a right of its own for each code with which the rule
-- refuses.  Codes that nothing acts on yet are no rights yet.

CREATE OR REPLACE FUNCTION public.right_codes() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['desk', 'catalogue', 'patrons', 'branch', 'library', 'reports', 'override:due_date', 'override:limit'];

COMMENT ON FUNCTION public.right_codes() IS
    'desk: lend and take back; catalogue: edit books; patrons: edit patrons; branch: edit the copies of a branch; '
    'library: rules, types, branches and staff; reports: read the loans of a branch without its patrons; override:CODE: '
    'lend at the desk although the rule says no with this code, or on another day than the rule''s (due_date)';
