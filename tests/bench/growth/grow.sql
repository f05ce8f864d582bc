-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Gives a shard :loans loans, with copies and events to them, in the branches that it has, as psql's superuser
-- and without triggers and foreign keys. Three copies to ten loans; every sixth copy is on loan, half of them
-- overdue; the other loans lie in the ten years before, in their order.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET session_replication_role = replica;
SET maintenance_work_mem = '256MB';
SET synchronous_commit = off;
BEGIN;

-- Indexes are made again in the end, which takes a third of the time.
CREATE TEMP TABLE t_indexes AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS sql
  FROM pg_index AS i
 WHERE i.indrelid IN ('public.physical_exemplars'::regclass, 'public.book_lending'::regclass, 'public.desk_event'::regclass)
   AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid);
SELECT format('DROP INDEX %s', name) FROM t_indexes \gexec

CREATE TEMP TABLE t_branches AS
SELECT p.branch_id AS id, row_number() OVER (ORDER BY p.branch_id) - 1 AS n
  FROM public.branch_placement AS p WHERE p.state = 'active';
CREATE TEMP TABLE t_books AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM public.books_ref;
CREATE TEMP TABLE t_users AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM public.users_ref;
-- Whoever has loans has about five, in a small library as in a large one.
CREATE TEMP TABLE t_borrowers AS SELECT least(greatest(:loans / 100, 1), (SELECT count(*) FROM t_users)) AS n;
-- Constants, so that what follows is joined by hashes.
SELECT (SELECT count(*) FROM t_branches) AS branches, (SELECT count(*) FROM t_books) AS books,
       (SELECT count(*) FROM t_users) AS users, (SELECT n FROM t_borrowers) AS borrowers \gset
ANALYZE t_branches, t_books, t_users, t_borrowers;

CREATE TEMP TABLE t_copies AS
SELECT g.n, public.uuid_v7() AS id, b.id AS branch_id, k.id AS book_id, g.n % 6 = 0 AS lent
  FROM generate_series(0, :loans * 3 / 10 - 1) AS g (n)
  JOIN t_branches AS b ON b.n = g.n % :branches
  JOIN t_books AS k ON k.n = g.n * 7919::bigint % :books;
-- A number of the copy is found by counting, below.
CREATE UNIQUE INDEX ON t_copies (n);
ANALYZE t_copies;

INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, status, room, floor, bookshelf,
                                       created_at, created_by, updated_at, updated_by, row_version)
SELECT c.branch_id, c.id, 'g' || c.n, c.book_id, (SELECT id FROM public.material_types ORDER BY code LIMIT 1),
       CASE WHEN c.lent THEN 'lent' ELSE 'available' END, 1 + c.n % 9, c.n % 4, 1 + c.n % 200,
       now(), session_user, now(), session_user, 1
  FROM t_copies AS c;

CREATE TEMP TABLE t_loans AS
SELECT c.branch_id, c.id AS copy_id, u.id AS user_id,
       CASE WHEN c.lent AND l.n = c.n THEN now() - interval '28 days' * random()
            ELSE now() - interval '40 days' - interval '3600 days' * (1 - l.n::double precision / :loans) END AS lent_at,
       c.lent AND l.n = c.n AS open
  FROM generate_series(0, :loans - 1) AS l (n)
  JOIN t_copies AS c ON c.n = CASE WHEN l.n < :loans * 3 / 10 THEN l.n ELSE l.n * 104729::bigint % (:loans * 3 / 10) END
  JOIN t_users AS u ON u.n = CASE WHEN c.lent AND l.n = c.n THEN l.n % :borrowers ELSE l.n * 7907::bigint % :users END;
INSERT INTO public.book_lending (branch_id, exemplar_id, user_id, lending_branch_id, returned_branch_id, lent_at, due_at,
                                 returned_at, rule_number, created_at, created_by, updated_at, updated_by, row_version)
SELECT l.branch_id, l.copy_id, l.user_id, l.branch_id, CASE WHEN NOT l.open THEN l.branch_id END, l.lent_at,
       l.lent_at + interval '14 days', CASE WHEN NOT l.open THEN l.lent_at + interval '10 days' END, 1,
       now(), session_user, now(), session_user, 1
  FROM t_loans AS l;
INSERT INTO public.desk_event (branch_id, at, kind, exemplar_id, desk_branch_id)
SELECT l.branch_id, l.lent_at, 'lent', l.copy_id, l.branch_id FROM t_loans AS l
UNION ALL
SELECT l.branch_id, l.lent_at + interval '10 days', 'returned', l.copy_id, l.branch_id FROM t_loans AS l WHERE NOT l.open;

-- Free copies for everybody who lends here.
INSERT INTO bench.pool
SELECT (SELECT coalesce(max(p.n), 0) FROM bench.pool AS p) + row_number() OVER (), c.branch_id, 'g' || c.n, k.card_number
  FROM t_copies AS c
  JOIN t_users AS u ON u.n = c.n * 31::bigint % :borrowers
  JOIN public.user_cards AS k ON k.user_id = u.id
 WHERE NOT c.lent
 ORDER BY md5(c.n::text)
 LIMIT 3000;

SELECT sql FROM t_indexes \gexec
COMMIT;
VACUUM ANALYZE;
