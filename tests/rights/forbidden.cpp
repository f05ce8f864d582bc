// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/forbidden.h"

namespace Branchline {

std::vector<Forbidden> forbiddenEverywhere()
{
    return {
        {"42501",
         {// Becoming somebody else.
          "SET ROLE branchline_owner", "SET ROLE branchline_admin", "SET ROLE branchline_migrator",
          "SET ROLE branchline_replicator", "SET ROLE branchline_superuser",
          "SET SESSION AUTHORIZATION branchline_superuser", "SET SESSION AUTHORIZATION branchline_owner",
          "ALTER ROLE librarian SUPERUSER", "ALTER ROLE librarian BYPASSRLS",
          "ALTER ROLE librarian CREATEROLE", "GRANT branchline_admin TO librarian",
          "GRANT branchline_owner TO librarian", "CREATE ROLE accomplice LOGIN",
          "ALTER ROLE branchline_superuser PASSWORD 'x'", "DROP ROLE branchline_report",
          "REASSIGN OWNED BY branchline_owner TO librarian",
          "ALTER ROLE branchline_staff SET search_path = pg_temp", "ALTER SYSTEM SET fsync = off",
          "SET session_replication_role = replica", "SET log_statement = 'none'", "CREATE DATABASE mine",
          "ALTER DATABASE postgres SET search_path = x",
          // Passwords.
          "SELECT rolpassword FROM pg_authid", "SELECT passwd FROM pg_shadow",
          "SELECT subconninfo FROM pg_subscription", "TABLE pg_user_mapping", "SELECT pg_reload_conf()",
          // Files and programs of the server.
          "COPY (SELECT 1) TO PROGRAM 'id'", "COPY (SELECT 1) TO '/tmp/out'",
          "DO $$ BEGIN EXECUTE 'CREATE TABLE public.t (a text)'; END $$",
          "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('/')", "SELECT lo_import('/etc/passwd')",
          "SELECT pg_stat_file('postgresql.conf')", "CREATE EXTENSION dblink",
          "CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS 'libc', 'system'",
          // Objects of one's own, to be found by somebody else's functions.
          "CREATE TABLE public.mine (a int)", "CREATE TEMP TABLE staff_assignments (login text)",
          "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "CREATE FUNCTION pg_temp.has_right(text, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
          "CREATE SCHEMA mine", "CREATE VIEW public.mine AS SELECT 1", "CREATE TYPE public.mine AS (a int)",
          "CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
          // Tables, policies and triggers that are not theirs.
          "ALTER TABLE branches DISABLE TRIGGER ALL", "ALTER TABLE branches DISABLE ROW LEVEL SECURITY",
          "ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY", "DROP POLICY everybody ON branches",
          "CREATE POLICY mine ON branches USING (true)", "DROP TABLE branches",
          "ALTER TABLE branches OWNER TO librarian",
          "CREATE TRIGGER t BEFORE INSERT ON branches FOR EACH ROW EXECUTE FUNCTION stamp_row()",
          "DROP TRIGGER audit ON branch_placement",
          "CREATE RULE r AS ON INSERT TO branches DO INSTEAD NOTHING", "CREATE INDEX ON branches ((1 / 0))",
          "COMMENT ON TABLE branches IS 'mine'", "BEGIN; LOCK TABLE branches",
          "SELECT * FROM branches FOR UPDATE", "ALTER FUNCTION has_right(text, uuid) SECURITY INVOKER",
          "ALTER FUNCTION has_right(text, uuid) SET search_path = pg_temp",
          "CREATE OR REPLACE FUNCTION has_right(right_code text, branch_id uuid) RETURNS boolean LANGUAGE "
          "sql "
          "AS 'SELECT true'",
          "DROP FUNCTION has_right(text, uuid)",
          // What is not for their eyes.
          "SELECT count(*) FROM audit_log", "SELECT * FROM staff_assignments", "SELECT * FROM user_blocks",
          "SELECT * FROM change_log", "COPY audit_log TO STDOUT",
          // Replication and locks.
          "CREATE PUBLICATION mine FOR ALL TABLES", "ALTER SUBSCRIPTION branchline_desk DISABLE",
          "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
          "SELECT pg_drop_replication_slot('x')", "SELECT pg_advisory_lock(1, 1)", "SELECT pg_switch_wal()",
          "SELECT pg_stat_reset()",
          // Internal functions.
          "SELECT has_right('desk', NULL)", "SELECT my_branches('desk'), require_right('desk', NULL)",
          "SELECT note_reading(NULL, NULL, 'x')", "CALL keep_history('branches')",
          "CALL secure_rows('branches')", "SELECT record_change()", "SELECT trim_change_log(0)",
          // Other people's sessions.
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'branchline_superuser' "
          "AND datname IS NOT NULL",
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'branchline_superuser' "
          "AND datname IS NOT NULL"}},
        {"42704 42501", {"ALTER SUBSCRIPTION branchline_catalogue OWNER TO librarian"}},
    };
}

std::vector<Forbidden> forbiddenOnMain()
{
    return {
        {"42501",
         {"SELECT email FROM users",
          "SELECT count(*) FROM users_ref",
          "SELECT count(*) FROM user_cards WHERE card_number = '%card'",
          "SELECT count(*) FROM patron_list WHERE branch_id = '%here'",
          "EXPLAIN ANALYZE SELECT count(*) FROM users_ref WHERE id = '%patron'",
          "SELECT * FROM staff",
          "SELECT * FROM jobs",
          "SELECT * FROM exemplar_barcodes",
          "SELECT * FROM branch_moves",
          "SELECT assign_right('librarian', 'library', NULL)",
          "SELECT revoke_right('librarian', 'desk', NULL)",
          "SELECT add_staff('accomplice', 'A')",
          "SELECT set_staff_active('librarian', true)",
          "SELECT add_branch(NULL, 'mine', 'Mine', 'UTC')",
          "SELECT set_loan_rule(NULL, NULL, NULL, 1)",
          "SELECT place_branch('%here', (SELECT id FROM shards LIMIT 1), true)",
          "SELECT register_shard(gen_random_uuid(), 'mine', 'localhost', '1', 'mine', 1)",
          "SELECT add_user_type('mine', 'Mine')",
          "SELECT right_codes()",
          "SELECT stamped_patron('%patron')",
          "SELECT patron_fields('%patron')",
          "SELECT refresh_users('{}')",
          "SELECT author_named('mine')",
          "INSERT INTO staff_assignments (login, right_code) VALUES ('librarian', 'library')",
          "UPDATE staff_assignments SET right_code = 'library'",
          "UPDATE branch_placement SET epoch = epoch + 1",
          "UPDATE users SET row_version = 99",
          "INSERT INTO users_ref (id) VALUES (gen_random_uuid())"}},
        {"LB004",
         {"SELECT patron_record('%patron')",
          "SELECT block_patron(gen_random_uuid(), '%patron', 'spite', NULL)",
          "SELECT add_patron(NULL, 'mine', 'Mine', '', 'adult', '%there')",
          "SELECT remove_patron('%patron', 1)", "SELECT claim_barcode(NULL, '%there', 'mine')",
          "SELECT release_barcode('%copy', 9)", "SELECT restore_patron('%patron')",
          "SELECT import_books('[]')", "SELECT add_book(NULL, 'Mine', '{}', NULL, NULL, NULL, '{}')"}},
        // A right that is revoked meanwhile would go on in such a transaction.
        {"LB002",
         {"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT search_patrons('x', 1)",
          "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT add_patron(NULL, 'x', 'X', '', 'adult', '%here')",
          "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT my_branches('desk')",
          "BEGIN ISOLATION LEVEL READ UNCOMMITTED; SELECT first_patrons(1)",
          "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; SELECT patron_page('', false, NULL, 1)"}},
    };
}

std::vector<Forbidden> forbiddenOnShards()
{
    return {
        {"42501",
         {"SELECT * FROM op_result",
          "SELECT * FROM desk_event",
          "SELECT count(*) FROM loan_list",
          "SELECT count(*) FROM book_lending WHERE branch_id = '%here'",
          "SELECT count(*) FROM users_ref WHERE home_branch_id = '%here'",
          "SELECT count(*) FROM user_cards",
          "EXPLAIN ANALYZE SELECT count(*) FROM book_lending WHERE user_id = '%patron'",
          "EXPLAIN SELECT count(*) FROM loan_list WHERE user_id = '%patron'",
          "SELECT * FROM charges",
          "SELECT * FROM payments",
          "SELECT * FROM branch_statistics",
          "SELECT adopt_branch('%here', 2)",
          "SELECT identify_shard(gen_random_uuid(), 'x')",
          "SELECT fence('%there', 1)",
          "SELECT patron_with_card('%card')",
          "SELECT patron_facts('%patron', 1)",
          "SELECT begin_scan(gen_random_uuid(), '%there', 1, '%there', 'x', '%card')",
          "SELECT lock_copy('%there', '%copy')",
          "SELECT claim_request('%there', gen_random_uuid(), 'x', '')",
          "SELECT open_loan('%there', '%copy')",
          "SELECT note_open_loans('%patron')",
          "SELECT card_of('%patron')",
          "SELECT override_reasons('[]', '{limit}', 'x', '%here')",
          "UPDATE branch_placement SET state = 'fenced'",
          "UPDATE shard_identity SET name = 'mine'",
          "INSERT INTO desk_event (branch_id, kind, exemplar_id, desk_branch_id) VALUES ('%here', "
          "'lent', '%copy', '%here')",
          "UPDATE physical_exemplars SET status = 'withdrawn'",
          "DELETE FROM book_lending WHERE branch_id = '%here'",
          "UPDATE book_lending SET returned_at = now() WHERE branch_id = '%here'",
          "UPDATE physical_exemplars SET created_by = 'somebody', row_version = 7"}},
        {"LB004",
         {"SELECT newest_loans('%there', false, 10)",
          "SELECT branch_loans('%there', 'open', '{}', 'due', false, NULL, 9)",
          "SELECT branch_events('%there', '{}', 'time', false, NULL, 9)",
          "SELECT branch_list_keys('%there', 'open', '{}', 'due', false, 9)",
          "SELECT checkout(gen_random_uuid(), '%there', 1, '%there', 'x', '%card')",
          "SELECT checkin(gen_random_uuid(), '%there', 1, '%there', 'x')",
          "SELECT renew(gen_random_uuid(), '%there', 1, '%there', 'x')",
          "SELECT update_copy('%there', 1, '%copy', 1, 'book', 1, 1, 1, 'lost', NULL)",
          "SELECT remove_copy('%there', 1, '%copy', 1)",
          "SELECT add_copy('%there', 1, NULL, 'mine', NULL, 'book', 1, 1, 1)",
          "SELECT patron_open_loans('%patron')"}},
        {"LB001", {"SELECT checkout(gen_random_uuid(), '%there', 99, '%here', 'x', '%card')"}},
        {"LB002",
         {"BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT checkout(gen_random_uuid(), '%there', 1, "
          "'%here', 'x', 'y')",
          "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT find_patron('%card')",
          "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT newest_loans(NULL, true, 10)",
          "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT branch_events('%here', '{}', 'time', false, NULL, "
          "9)"}},
    };
}

std::vector<const char *> emptyOnShards()
{
    return {
        "SELECT count(*) FROM newest_loans(NULL, false, 100)",
        "SELECT count(id) FROM loans_of_patron('%patron', true, 100)",
        "SELECT count(*) FROM (SELECT set_config('branchline.branch', '%there', false), "
        "set_config('app.branch_id', '%there', false)) AS s, newest_loans(NULL, false, 9)",
        "SELECT count(*) FROM (SELECT set_config('search_path', 'pg_temp, public', false)) AS s, "
        "newest_loans(NULL, false, 9)",
        "SELECT count(*) FROM (SELECT set_config('role', 'branchline_staff', false)) AS s, "
        "newest_loans(NULL, false, 9)",
        // Whose copy that is, asked of the desk's own functions.
        "SELECT count(patron) FROM renew(gen_random_uuid(), '%there', 1, '%here', '%kept')",
        "SELECT count(patron) FROM checkout(gen_random_uuid(), '%there', 1, '%here', '%kept', '%card', NULL)",
        "SELECT count(patron) FROM checkin(gen_random_uuid(), '%there', 1, '%here', '%taken')"};
}

std::vector<const char *> hiddenByPolicy()
{
    return {
        "SELECT count(*) FROM loan_list",
        "SELECT count(*) FROM book_lending",
        "SELECT count(*) FROM users_ref WHERE home_branch_id = '%there'",
        "SELECT count(*) FROM user_cards WHERE card_number = '%card'",
        "SELECT count(*) FROM book_lending WHERE user_id = '%patron'",
        "SELECT count(*) FROM loan_list WHERE branch_id = '%there' OR true",
        "SELECT count(*) FROM (SELECT set_config('branchline.branch', '%there', false), "
        "set_config('app.branch_id', '%there', false)) AS s, book_lending",
        "SELECT count(*) FROM (SELECT set_config('search_path', 'pg_temp, public', false)) AS s, loan_list",
        "SELECT count(*) FROM (SELECT set_config('role', 'branchline_staff', false)) AS s, loan_list",
        "SELECT count(*) FROM book_lending TABLESAMPLE BERNOULLI (100)"};
}

std::vector<const char *> emptyOnMain()
{
    return {"SELECT count(*) FROM first_patrons(1000) WHERE branch_id = '%there'",
            "SELECT count(*) FROM patron_page('', false, NULL, 1000) WHERE branch_id = '%there'",
            "SELECT count(*) FROM patron_phones(ARRAY['%patron'::uuid])",
            "SELECT count(id) FROM search_patrons('%card@example.org', 10)",
            "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename IN ('users_ref', "
            "'user_cards', 'users')",
            "SELECT count(*) FROM pg_stat_activity WHERE usename <> session_user AND query <> '' "
            "AND query <> '<insufficient privilege>'"};
}

} // namespace Branchline
