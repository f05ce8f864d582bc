# SPDX-License-Identifier: GPL-3.0-or-later
#
# For the tests of the installed programs: installs the build into a folder of its own, starts a library there, a
# virtual display, and the window in it. Sourced with the build directory as first argument and options of
# "branchlinectl local start" behind it; ends with 77 (skipped) when the machine lacks Xvfb, xdotool, psql or jq.
set -euo pipefail

build=$1
shift
for tool in Xvfb xdotool psql jq; do
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

# Tries a command until it succeeds, for so many seconds.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        read -rt 0.1 <> <(:) || true
    done
}

fail() {
    echo "FAIL: $*"
    grep -v '^\[.*\] [0-9.]* ms ' "$work/window.log" 2>/dev/null | tail -20 || true
    exit 1
}

# expect SENTENCE COMMAND…: the command succeeds within 30 seconds.
expect() {
    local sentence=$1
    shift
    within 30 "$@" || fail "not so: $sentence"
    echo "PASS: $sentence"
}

# sql DATABASE STATEMENT, as the superuser; DATABASE is "main" for the main database, or SHARD_shard.
sql() {
    local address
    address=$(jq -r --arg name "${1%_shard}" \
        "if \"$1\" == \"main\" then .databases.main else .databases.shards[\$name] end" "$work/status.json")
    psql "$address" -AtX -c "$2"
}

# is VALUE DATABASE STATEMENT: the statement gives this value.
is() { [ "$(sql "$2" "$3")" = "$1" ]; }

shown() { window=$(xdotool search --onlyvisible --pid "$window_pid" --name Branchline 2>/dev/null | head -1) && [ -n "$window" ]; }

# open_window OPTION…: the window is there and has the keyboard.
open_window() {
    branchline --dir "$library" "$@" >>"$work/window.log" 2>&1 &
    window_pid=$!
    within 30 shown || fail "no window appeared"
    xdotool windowfocus --sync "$window"
}

press() { xdotool key --window "$window" "$@"; }
type_text() { xdotool type --window "$window" "$1"; }
# As a scanner does: the text and Enter.
scan() {
    type_text "$1"
    press Return
}

cmake --install "$build" --prefix "$work/usr" >/dev/null
export PATH=$work/usr/bin:$PATH HOME=$work XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache XDG_DATA_HOME=$work/data
unset DATABASE_URL SHARDING_BRANCHES BRANCHLINE_DIR QT_QPA_PLATFORM

branchlinectl local start "$@" --dir "$library" >/dev/null 2>&1
branchlinectl example --dir "$library" >/dev/null
branchlinectl local status --json --dir "$library" >"$work/status.json"

exec 3>"$work/display"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp -noreset 2>/dev/null &
display_pid=$!
within 20 test -s "$work/display" || fail "the display did not start"
DISPLAY=:$(cat "$work/display")
export DISPLAY
