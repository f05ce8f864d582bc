#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The installed program as a librarian uses it: types a card and a barcode into the window, then looks with psql
# for the loan; takes the copy back the same way.
#
#     lend_and_return.sh BUILD_DIRECTORY
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
    [ -z "$window_pid" ] || kill "$window_pid" 2>/dev/null || true
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

cmake --install "$build" --prefix "$work/usr" >/dev/null
export PATH=$work/usr/bin:$PATH HOME=$work XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
unset DATABASE_URL SHARDING_BRANCHES BRANCHLINE_DIR QT_QPA_PLATFORM

branchlinectl local start --dir "$library" >/dev/null 2>&1
branchlinectl example --dir "$library" >/dev/null

exec 3>"$work/display"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp -noreset 2>/dev/null &
display_pid=$!
within 20 test -s "$work/display" || { echo "FAIL: the display did not start."; exit 1; }
DISPLAY=:$(cat "$work/display")
export DISPLAY

branchline --dir "$library" --branch secondary-library >"$work/window.log" 2>&1 &
window_pid=$!
shown() { window=$(xdotool search --onlyvisible --pid "$window_pid" --name Branchline 2>/dev/null | head -1) && [ -n "$window" ]; }
within 30 shown || { echo "FAIL: no window appeared."; cat "$work/window.log"; exit 1; }
xdotool windowfocus --sync "$window"

socket=$library/sockets
loans() {
    psql -h "$socket" -U branchline_superuser -d book_service_secondary -AtX -c "
        SELECT count(*) FROM book_lending AS l
          JOIN physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
          JOIN user_cards AS c ON c.user_id = l.user_id
         WHERE e.barcode = '31000002' AND c.card_number = '20410001' AND l.returned_at IS $1"
}
lent() { [ "$(loans NULL)" = 1 ]; }
back() { [ "$(loans 'NOT NULL')" = 1 ]; }

xdotool type --window "$window" "20410001"
xdotool key --window "$window" Return
xdotool type --window "$window" "31000002"
xdotool key --window "$window" Return
within 30 lent || { echo "FAIL: no loan was written."; cat "$work/window.log"; exit 1; }
echo "PASS: the loan typed at the desk stands on the shard of its branch."

xdotool key --window "$window" F2
xdotool type --window "$window" "31000002"
xdotool key --window "$window" Return
within 30 back || { echo "FAIL: the copy was not taken back."; cat "$work/window.log"; exit 1; }
echo "PASS: the copy typed at check-in was taken back."

if psql -h "$socket" -U branchline_superuser -d book_service_secondary -AtX -c "
        SELECT count(*) FROM pg_stat_activity
         WHERE application_name LIKE 'branchline %' AND usename = 'branchline_superuser'
           AND application_name <> 'branchline init'" | grep -qx 0; then
    echo "PASS: the window works without a superuser's session."
else
    echo "FAIL: the window holds a superuser's session."
    exit 1
fi
