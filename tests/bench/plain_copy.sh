#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What “import library” is measured against: the rows of all tables of one local library, written by COPY TO,
# are read by plain COPY into a second one that is empty, with its keys and indexes, triggers off, all databases
# at once.
#
#     tests/bench/plain_copy.sh FROM-LIBRARY EMPTY-LIBRARY FOLDER
#
# Both are folders of running local libraries (branchlinectl --dir … local start); FOLDER gets the files.
set -euo pipefail
from=$1 to=$2 folder=$3
databases=(book_service book_service_main book_service_secondary book_service_tertiary)
run() { psql -XAtq -v ON_ERROR_STOP=1 -h "$1/sockets" -U branchline_superuser -d "$2" "${@:3}"; }
cpu() { awk '{ print ($14 + $15 + $16 + $17) / 100 }' "/proc/$(head -1 "$to/data/library/postmaster.pid")/stat"; }

tables="SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        AND c.relpersistence = 'p' AND c.relname NOT IN ('schema_history', 'schema_catalog', 'shard_identity', 'jobs', 'shards',
        'staff', 'staff_assignments', 'audit_log') ORDER BY c.relname"
columns="SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = ('public.' || :'t')::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"

mkdir -p "$folder"
: > "$folder/rows"
for d in "${databases[@]}"; do
    mkdir -p "$folder/$d"
    echo "SET session_replication_role = replica; SET client_min_messages = warning;" > "$folder/$d.sql"
    for t in $(run "$from" "$d" -c "$tables"); do
        c=$(run "$from" "$d" -v t="$t" <<< "$columns")
        run "$from" "$d" -c "COPY (SELECT $c FROM public.$t) TO STDOUT" > "$folder/$d/$t"
        rows=$(wc -l < "$folder/$d/$t")
        [ "$rows" -gt 0 ] || continue
        echo "\\copy public.$t ($c) FROM '$folder/$d/$t'" >> "$folder/$d.sql"
        echo "$rows" >> "$folder/rows"
    done
done
# What set-up has made is in the files, too; nothing may be sent on to the shards while main is filled.
for d in "${databases[@]:1}"; do
    for s in branchline_desk branchline_catalogue; do
        run "$to" "$d" -c "ALTER SUBSCRIPTION $s DISABLE" -c "ALTER SUBSCRIPTION $s SET (slot_name = NONE)" -c "DROP SUBSCRIPTION $s"
    done
done
run "$to" book_service -c "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active" > /dev/null
sleep 1
run "$to" book_service -c "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" > /dev/null
for d in "${databases[@]}"; do
    { echo "SET client_min_messages = warning; SET session_replication_role = replica;"
      echo "TRUNCATE $(run "$to" "$d" -c "$tables" | sed 's/^/public./' | paste -sd,) CASCADE;"; } > "$folder/truncate.sql"
    run "$to" "$d" -f "$folder/truncate.sql"
done
run "$to" book_service -c CHECKPOINT
before=$(cpu)
start=$(date +%s.%N)
copies=()
for d in "${databases[@]}"; do
    run "$to" "$d" -f "$folder/$d.sql" &
    copies+=($!)
done
# A copy that breaks off is quick.
for c in "${copies[@]}"; do
    wait "$c" || { echo "plain_copy.sh: a \\copy failed, so there is no rate" >&2; exit 1; }
done
end=$(date +%s.%N)
sleep 1
after=$(cpu)
paste -sd+ "$folder/rows" | bc | awk -v s="$(echo "$end - $start" | bc)" -v c="$(echo "$after - $before" | bc)" \
    '{ printf "plain COPY: %d rows in %.1f s, %d rows/s; the server used %.1f s of CPU\n", $1, s, $1 / s, c }'
