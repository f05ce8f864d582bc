-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- For notify_or_poll.sh: patrons and one book, which replication brings to the shard.
SET session_replication_role = replica;

INSERT INTO public.users (id, family_name, given_name, user_type_id, home_branch_id, created_at, updated_at, row_version)
SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Bench', 'P' || n,
       (SELECT t.id FROM public.user_types AS t WHERE t.code = 'adult'), :'branch', now(), now(), 1
  FROM generate_series(1, 2000) AS n;
INSERT INTO public.users_ref (id, family_name, given_name, display_name, user_type_id, home_branch_id, active,
                              created_at, updated_at, row_version)
SELECT u.id, u.family_name, u.given_name, 'Bench', u.user_type_id, u.home_branch_id, true, now(), now(), 1
  FROM public.users AS u
 WHERE u.family_name = 'Bench';
INSERT INTO public.user_cards (user_id, card_number, created_at, updated_at, row_version)
SELECT u.id, 'c' || right(u.id::text, 12)::bigint, now(), now(), 1
  FROM public.users AS u
 WHERE u.family_name = 'Bench';
INSERT INTO public.books (id, title, sort_title, created_at, updated_at, row_version)
VALUES ('00000000-0000-7000-8000-00000000b00c', 'Bench', 'Bench', now(), now(), 1);
INSERT INTO public.books_ref (id, title, sort_title, author_line, categories, created_at, updated_at, row_version)
VALUES ('00000000-0000-7000-8000-00000000b00c', 'Bench', 'Bench', '', '', now(), now(), 1);
