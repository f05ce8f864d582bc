-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
--
-- For the import of a whole library (docs/IMPORT.md): a batch of rows that came in
-- past the triggers is one line of the audit log.

ALTER TABLE public.audit_log DROP CONSTRAINT audit_log_op_check;
ALTER TABLE public.audit_log ADD CONSTRAINT audit_log_op_check
    CHECK (op IN ('insert', 'update', 'delete', 'read', 'refused', 'import'));
