-- SPDX-License-Identifier: GPL-3.0-or-later
-- works-with: 20
-- transaction: no
--
-- The key that the audit log has once it is cut into months; made beforehand, while people write.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS audit_log_key ON public.audit_log (id, at);
