#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# No scan is lost: a copy is scanned while its shard is down, the window does not close without a question, the
# program is killed, and the next start lends the copy once.
#
#     kept_scans.sh BUILD_DIRECTORY
. "$(dirname "$0")/window.sh" "$1" --separate-servers

shard=$(branchlinectl branch locate secondary-library --json --dir "$library" | jq -r .shard)_shard
events() {
    sql "$shard" "SELECT string_agg(d.kind, ',' ORDER BY d.id) FROM desk_event AS d
             JOIN physical_exemplars AS e ON e.branch_id = d.branch_id AND e.id = d.exemplar_id
            WHERE e.barcode = '31000002' AND d.kind <> 'copy_added'"
}

waits() { grep -qs "$1" "$work"/data/branchline/branchline/scans/*/*.journal; }
nothing_waits() { ! waits .; }

# A first scan that is answered: the patron stands at the desk.
open_window --branch secondary-library
scan 20410001
scan 31000002
lent() { [ "$(events)" = lent ]; }
within 30 lent || fail "the first scan was not answered"
within 10 nothing_waits || fail "what is answered stays in the journal"
press ctrl+z
undone() { [ "$(events)" = lent,lend_undone ]; }
within 30 undone || fail "Ctrl+Z did not undo it"
echo "PASS: a scan was answered, left no trace on the workstation, and was undone with Ctrl+Z."

server=$(sql "$shard" "SHOW data_directory")
kill -INT "$(head -1 "$server/postmaster.pid")"
gone() { [ ! -e "$server/postmaster.pid" ]; }
within 30 gone || fail "the shard did not stop"
scan 31000002
within 30 waits 31000002 || fail "the scan is not in the journal"
case $(stat -c %a "$work"/data/branchline/branchline/scans/*/*.journal) in
600) ;;
*) fail "others may read the journal" ;;
esac
press ctrl+q
press F2
scan 31000003
within 30 waits 31000003 || fail "the window closed while a scan waits"
kill -9 "$window_pid"
wait "$window_pid" 2>/dev/null || true
waits 31000002 || fail "the scan went with the program"
echo "PASS: the scan is on the disk, the window stays open, and the scan outlives the program."

# The next start brings the shard back as well.
open_window --branch secondary-library
again() { [ "$(events 2>/dev/null)" = lent,lend_undone,lent ]; }
within 60 again || fail "the kept scan was not sent"
within 10 nothing_waits || fail "what is answered stays in the journal"
again || fail "it was sent more than once"
press ctrl+q 2>/dev/null || true # the window may go before the keys are up
closed() { ! kill -0 "$window_pid" 2>/dev/null; }
within 20 closed || fail "the window does not close although nothing waits"
window_pid=
echo "PASS: the next start has lent it once, and closes without a question."
