#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What it costs a shard to tell other desks of a change: by NOTIFY at commit, or by desks that ask.
#
#     tests/bench/notify_or_poll.sh CTL FOLDER [SECONDS [ROUNDS]]
#
# CTL is branchlinectl; FOLDER must not exist: a local library is made there, on a disk if the figures are to mean
# anything, and is removed at the end (not with KEEP=1). Desks are pgbench clients that lend a copy and take it back
# by the functions that the program calls. The variants run in turn, SECONDS each, ROUNDS times; the medians are
# printed as a table: pairs of loan and return per second, and how long a pair took.
set -euo pipefail

ctl=$(realpath "${1:?usage: notify_or_poll.sh CTL FOLDER [SECONDS [ROUNDS]]}")
folder=${2:?usage: notify_or_poll.sh CTL FOLDER [SECONDS [ROUNDS]]}
seconds=${3:-6}
rounds=${4:-3}
here=$(realpath "$(dirname "$0")")
export PGUSER=branchline_superuser PGOPTIONS='-c client_min_messages=warning'
export PATH=$(pg_config --bindir):$PATH

work=$(mktemp -d)
stop() {
    [ -n "${KEEP:-}" ] || "$ctl" local destroy --dir "$folder" --yes >/dev/null 2>&1 || true
    rm -rf "$work"
}

sql() { psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --tuples-only --no-align "$@"; }

# One branch with 50,000 copies, 2,000 patrons and a million loans that are over.
make_library() {
    "$ctl" local start --dir "$folder" >/dev/null
    "$ctl" branch add BENCH 'Bench branch' --dir "$folder" >/dev/null
    export PGHOST=$folder/sockets
    shard=$("$ctl" branch locate BENCH --dir "$folder" --json | sed -n 's/.*"shard": *"\([a-z]*\)".*/\1/p')
    branch=$(sql book_service -c "SELECT id FROM branches WHERE code = 'BENCH'")
    sql book_service -v branch="$branch" -f "$here/notify_or_poll_main.sql"
    until [ "$(sql "book_service_$shard" -c 'SELECT count(*) FROM books_ref')" = 1 ]; do sleep 0.2; done
    export PGDATABASE=book_service_$shard
    sql -v branch="$branch" -f "$here/notify_or_poll_shard.sql"
}

write_scripts() {
    # Each desk has copies of its own.
    cat >"$work/lend.sql" <<SQL
\set copy random(1, 3000) * 16 + :client_id
\set card random(1, 1999)
SELECT outcome FROM public.checkout(gen_random_uuid(), '$branch', 1, '$branch', 'b' || :copy::text, 'c' || :card::text);
SELECT outcome FROM public.checkin(gen_random_uuid(), '$branch', 1, '$branch', 'b' || :copy::text);
SQL
    # A desk asks with the mark of its last answer.
    cat >"$work/ask.sql" <<'SQL'
SELECT mark AS known, length(changes) FROM public.changes_since(:known, '{}') \gset
SQL
}

# Processor time of the whole server in milliseconds: of what lives, and of what has ended.
server_time() {
    local postmaster=$(head -1 "$(sql -c 'SHOW data_directory')/postmaster.pid") process
    for process in $postmaster $(pgrep -P "$postmaster"); do cat "/proc/$process/stat" 2>/dev/null || true; done |
        awk -v top="$postmaster" '{ sub(/.*\) /, ""); t += $12 + $13; if (NR == 1) t += $14 + $15 } END { print t * 10 }'
}

# variant clients [listeners|pollers] -> a line "variant clients tps p50 p99"
run() {
    local variant=$1 clients=$2 number=${3:-0} helper= before after
    sql -c "ALTER TABLE desk_event DISABLE TRIGGER notify_desks; ALTER TABLE audit_log DISABLE TRIGGER note_change"
    case $variant in
    notify) sql -c "ALTER TABLE desk_event ENABLE TRIGGER notify_desks" ;;
    note|poll) sql -c "ALTER TABLE audit_log ENABLE TRIGGER note_change" ;;
    esac
    if [ "$variant" = notify ] && [ "$number" -gt 0 ]; then
        "$work/listeners" "dbname=$PGDATABASE" desks "$number" $((seconds + 3)) >"$work/told" &
        helper=$!
        until grep -q listening "$work/told"; do sleep 0.1; done
    elif [ "$variant" = poll ]; then
        pgbench --no-vacuum -M prepared -c $((number < 200 ? number : 200)) -j 1 -T "$seconds" -D known=none \
            --rate=$((number * 10 / 7)) -f "$work/ask.sql" >"$work/asked" 2>&1 &
        helper=$!
    fi
    rm -f "$work"/log.*
    before=$(server_time)
    pgbench --no-vacuum -M prepared -c "$clients" -j 2 -T "$seconds" -f "$work/lend.sql" -l --log-prefix="$work/log" >"$work/out" 2>&1 || { cat "$work/out" >&2; return 1; }
    after=$(server_time)
    [ -z "$helper" ] || wait "$helper"
    sort -n -k3,3 "$work"/log.* | awk -v name="$variant $clients $number" -v seconds="$seconds" -v busy=$((after - before)) '
        { t[NR] = $3 / 1000 }
        END { printf "%s %.0f %.1f %.1f %.2f\n", name, NR / seconds, t[int(NR * 0.5) + 1], t[int(NR * 0.99) + 1], busy / NR }'
}

median() { awk '{ key = $1 " " $2 " " $3; n[key]++; for (i = 4; i <= 7; i++) v[key, n[key], i] = $i; if (n[key] == 1) order[++keys] = key }
    END { for (k = 1; k <= keys; k++) { key = order[k]; line = key
            for (i = 4; i <= 7; i++) { m = n[key]; for (a = 1; a <= m; a++) s[a] = v[key, a, i] + 0
                for (a = 1; a < m; a++) for (b = a + 1; b <= m; b++) if (s[b] < s[a]) { x = s[a]; s[a] = s[b]; s[b] = x }
                line = line " " s[int((m + 1) / 2)] " (" s[1] "-" s[m] ")" }
            print line } }' "$1"; }

trap stop EXIT
cc -O2 -o "$work/listeners" "$here/listeners.c" $(pkg-config --cflags --libs libpq)
if [ -d "$folder" ]; then
    export PGHOST=$folder/sockets PGDATABASE=${DATABASE:?the library exists: name the database of the shard in DATABASE}
    branch=$(sql -c "SELECT id FROM branches WHERE code = 'BENCH'")
else
    make_library
fi
sql -f "$here/notify_or_poll_triggers.sql"
write_scripts
for round in $(seq "$rounds"); do
    for clients in 1 4 16; do
        run none $clients
        run note $clients
        run notify $clients 0
    done
    run notify 4 50
    for listeners in 1 50 200; do run notify 16 $listeners; done
    for pollers in 50 200 1000; do run poll 16 $pollers; done
done >"$work/runs"
echo 'variant desks others: pairs/s, p50 ms, p99 ms, ms of server CPU per pair; each median (least-most)'
median "$work/runs"
