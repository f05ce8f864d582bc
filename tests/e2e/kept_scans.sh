#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# No scan is lost: a copy is scanned while its shard is down, the window does not close without a question, the
# program is killed, and the next start lends the copy once.
#
#     kept_scans.sh BUILD_DIRECTORY
#
# Ends with 77 (skipped) when the machine lacks Xvfb or xdotool.
set -euo pipefail

build=$1
for tool in Xvfb xdotool psql; do
    command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed."; exit 77; }
done

work=$(mktemp -d /tmp/branchline-e2e.XXXXXX)
chmod 755 "$work" # the account that runs the server must reach its folder
library=$work/library
window_pid=
display_pid=
finish() {
    [ -z "$window_pid" ] || kill -9 "$window_pid" 2>/dev/null || true
    [ -z "$display_pid" ] || kill "$display_pid" 2>/dev/null || true
    "$work/usr/bin/branchlinectl" local destroy --yes --dir "$library" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "FAIL: $1"
    cat "$work/window.log"
    exit 1
}

# Tries a command until it succeeds, for so many seconds.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        read -rt 0.1 <> <(:) || true
    done
}

cmake --install "$build" --prefix "$work/usr" >/dev/null
export PATH=$work/usr/bin:$PATH HOME=$work
export XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_DATA_HOME=$work/data
unset DATABASE_URL SHARDING_BRANCHES BRANCHLINE_DIR QT_QPA_PLATFORM

branchlinectl local start --separate-servers --dir "$library" >/dev/null 2>&1
branchlinectl example --dir "$library" >/dev/null
name=$(branchlinectl branch locate secondary-library --json --dir "$library" | sed -n 's/.*"shard": "\([a-z_]*\)".*/\1/p')
address=$(branchlinectl local status --json --dir "$library" |
    sed -n '/"shards"/,$s/.*"'"$name"'": "\(postgresql:[^"]*\)".*/\1/p')
shard() { psql "$address" -AtX -c "$1"; }
events() {
    shard "SELECT string_agg(d.kind, ',' ORDER BY d.id) FROM desk_event AS d
             JOIN physical_exemplars AS e ON e.branch_id = d.branch_id AND e.id = d.exemplar_id
            WHERE e.barcode = '31000002' AND d.kind <> 'copy_added'"
}

exec 3>"$work/display"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp -noreset 2>/dev/null &
display_pid=$!
within 20 test -s "$work/display" || { echo "FAIL: the display did not start."; exit 1; }
DISPLAY=:$(cat "$work/display")
export DISPLAY

shown() { window=$(xdotool search --onlyvisible --pid "$window_pid" --name Branchline 2>/dev/null | head -1) && [ -n "$window" ]; }
open_window() {
    branchline --dir "$library" --branch secondary-library >>"$work/window.log" 2>&1 &
    window_pid=$!
    within 30 shown || fail "no window appeared."
    xdotool windowfocus --sync "$window"
}
scan() {
    xdotool type --window "$window" "$1"
    xdotool key --window "$window" Return
}
waits() { grep -qs "$1" "$work"/data/branchline/branchline/scans/*/*.journal; }
nothing_waits() { ! waits .; }

# A first scan that is answered: the patron stands at the desk.
open_window
scan 20410001
scan 31000002
lent() { [ "$(events)" = lent ]; }
within 30 lent || fail "the first scan was not answered."
within 10 nothing_waits || fail "what is answered stays in the journal."
xdotool key --window "$window" ctrl+z
undone() { [ "$(events)" = lent,lend_undone ]; }
within 30 undone || fail "Ctrl+Z did not undo it."
echo "PASS: a scan was answered, left no trace on the workstation, and was undone with Ctrl+Z."

server=$(shard "SHOW data_directory")
kill -INT "$(head -1 "$server/postmaster.pid")"
gone() { [ ! -e "$server/postmaster.pid" ]; }
within 30 gone || fail "the shard did not stop."
scan 31000002
within 30 waits 31000002 || fail "the scan is not in the journal."
case $(stat -c %a "$work"/data/branchline/branchline/scans/*/*.journal) in
600) ;;
*) fail "others may read the journal." ;;
esac
xdotool key --window "$window" ctrl+q
xdotool key --window "$window" F2
scan 31000003
within 30 waits 31000003 || fail "the window closed while a scan waits."
kill -9 "$window_pid"
wait "$window_pid" 2>/dev/null || true
waits 31000002 || fail "the scan went with the program."
echo "PASS: the scan is on the disk, the window stays open, and the scan outlives the program."

# The next start brings the shard back as well.
open_window
again() { [ "$(events 2>/dev/null)" = lent,lend_undone,lent ]; }
within 60 again || fail "the kept scan was not sent."
within 10 nothing_waits || fail "what is answered stays in the journal."
again || fail "it was sent more than once."
xdotool key --window "$window" ctrl+q 2>/dev/null || true # the window may go before the keys are up
closed() { ! kill -0 "$window_pid" 2>/dev/null; }
within 20 closed || fail "the window does not close although nothing waits."
window_pid=
echo "PASS: the next start has lent it once, and closes without a question."
