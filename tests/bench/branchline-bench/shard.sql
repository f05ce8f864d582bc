-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Fills a shard with the copies and loans of its branches from the CSV files of the present folder, as psql's
-- superuser and without triggers and foreign keys; what main sent is there already.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET session_replication_role = replica;
BEGIN;

CREATE TEMP TABLE t_copies (id uuid, book_id uuid, branch text, available boolean, room integer, floor integer, shelf integer, n serial);
\copy t_copies (id, book_id, branch, available, room, floor, shelf) FROM 'physical_exemplars.csv' CSV HEADER
CREATE TEMP TABLE t_loans (id uuid, copy_id uuid, branch text, user_id uuid, lent_at timestamptz, due_at timestamptz, returned_at timestamptz);
\copy t_loans FROM 'book_lending.csv' CSV HEADER
CREATE TEMP TABLE t_pool (n integer, copy_id uuid, branch text, user_id uuid);
\copy t_pool FROM 'bench_pool.csv' CSV HEADER
CREATE TEMP TABLE t_here AS
SELECT b.id, b.code FROM public.branches AS b JOIN public.branch_placement AS p ON p.branch_id = b.id AND p.state = 'active';

-- The barcodes are those of main.sql.
INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, status, room, floor, bookshelf,
                                       created_at, created_by, updated_at, updated_by, row_version)
SELECT h.id, c.id, c.barcode, c.book_id, m.id, CASE WHEN c.available THEN 'available' ELSE 'lent' END, c.room, c.floor,
       c.shelf, now(), session_user, now(), session_user, 1
  FROM (SELECT t.*, right(t.branch, 3)::bigint * 10000000
                    + row_number() OVER (PARTITION BY t.branch ORDER BY t.available DESC, t.n) AS barcode
          FROM t_copies AS t) AS c
  JOIN t_here AS h ON h.code = c.branch
  CROSS JOIN (SELECT id FROM public.material_types ORDER BY code LIMIT 1) AS m;

INSERT INTO public.book_lending (branch_id, id, exemplar_id, user_id, lending_branch_id, returned_branch_id, lent_at,
                                 due_at, returned_at, rule_number,
                                 created_at, created_by, updated_at, updated_by, row_version)
SELECT h.id, l.id, l.copy_id, l.user_id, h.id, CASE WHEN l.returned_at IS NOT NULL THEN h.id END, l.lent_at, l.due_at,
       l.returned_at, 1, now(), session_user, now(), session_user, 1
  FROM t_loans AS l
  JOIN t_here AS h ON h.code = l.branch;

INSERT INTO public.desk_event (branch_id, at, kind, exemplar_id, desk_branch_id)
SELECT h.id, l.lent_at, 'lent', l.copy_id, h.id FROM t_loans AS l JOIN t_here AS h ON h.code = l.branch
UNION ALL
SELECT h.id, l.returned_at, 'returned', l.copy_id, h.id FROM t_loans AS l JOIN t_here AS h ON h.code = l.branch
 WHERE l.returned_at IS NOT NULL;

CREATE SCHEMA bench;
CREATE TABLE bench.pool (n integer PRIMARY KEY, branch_id uuid NOT NULL, barcode text NOT NULL, card text NOT NULL);
INSERT INTO bench.pool
SELECT p.n, h.id, e.barcode, k.card_number
  FROM t_pool AS p
  JOIN t_here AS h ON h.code = p.branch
  JOIN public.physical_exemplars AS e ON e.branch_id = h.id AND e.id = p.copy_id
  JOIN public.user_cards AS k ON k.user_id = p.user_id;
GRANT USAGE ON SCHEMA bench TO :desk;
GRANT SELECT ON bench.pool TO :desk;
COMMIT;
VACUUM ANALYZE;
