-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- For notify_or_poll.sh: 50,000 copies, a million loans that are over, and as many entries of the history.
SET session_replication_role = replica;
SET synchronous_commit = off;

INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, created_at, updated_at,
                                       row_version)
SELECT :'branch', ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'b' || n,
       '00000000-0000-7000-8000-00000000b00c', (SELECT t.id FROM public.material_types AS t WHERE t.code = 'book'),
       now(), now(), 1
  FROM generate_series(1, 50000) AS n;
INSERT INTO public.book_lending (branch_id, exemplar_id, user_id, lending_branch_id, returned_branch_id, lent_at,
                                 due_at, returned_at, rule_number, created_at, updated_at, row_version)
SELECT :'branch', ('00000000-0000-7000-9000-' || lpad((1 + n % 50000)::text, 12, '0'))::uuid,
       ('00000000-0000-7000-8000-' || lpad((1 + n % 2000)::text, 12, '0'))::uuid, :'branch', :'branch', t.lent,
       t.lent + interval '21 days', t.lent + interval '9 days', 1, t.lent, t.lent, 1
  FROM generate_series(1, 1000000) AS n
  CROSS JOIN LATERAL (SELECT now() - interval '730 days' + n * interval '1 minute' AS lent) AS t;
INSERT INTO public.audit_log (at, txid, actor, application, op, table_name, row_id, branch_id, new)
SELECT now() - interval '730 days' + n * interval '1 minute', 3, 'bench', 'bench', 'insert', 'book_lending',
       gen_random_uuid(), :'branch', '{}'
  FROM generate_series(1, 1000000) AS n;
VACUUM ANALYZE;
