#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A whole session in the installed program: a wrong password, the right one, work, the lock, the return, and a crash.
# Then the password is looked for in every file that anything left behind, and in the command lines and environments
# of the window and of whatever it started.
#
#     no_password_left.sh BUILD_DIRECTORY
. "$(dirname "$0")/window.sh" "$1"

secret='Gr33n-Lighthouse-77'
sql main "CREATE ROLE anna LOGIN PASSWORD '$secret' IN ROLE branchline_staff" >/dev/null
sql main "SELECT add_staff('anna', 'Anna')" >/dev/null
sql main "SELECT assign_right('anna', NULL)" >/dev/null
address=$(jq -r .databases.main "$work/status.json")
export DATABASE_URL="${address/branchline_superuser@/anna@}"
[[ $DATABASE_URL != "$address" ]] || DATABASE_URL="$address&user=anna"
export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent # nobody's keychain
export SQL_ECHO=true QT_LOGGING_RULES='*.debug=true;qt.*.debug=false'

# A crash would leave a core here, as the one of a program without our precautions shows.
mkdir "$work/crash"
cd "$work/crash"
ulimit -c unlimited
cores() { find "$work/crash" -type f | wc -l; }
bash -c 'kill -SEGV $$' 2>/dev/null || true
dumps=$(cores)
rm -f "$work"/crash/*
[ "$dumps" -gt 0 ] || echo "NOTE: this system writes no core files into the working folder; that part shows nothing here."

branchline --branch secondary-library >>"$work/window.log" 2>&1 &
window_pid=$!
within 30 shown || fail "no window appeared"
xdotool windowfocus --sync "$window"

sessions() { is "$1" main "SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE usename = 'anna'
    AND application_name LIKE 'branchline %' AND application_name NOT LIKE '%sign-in%'"; }
refusals() { grep -rhs 'password authentication failed for user "anna"' "$library/data" --include='*.log' | wc -l; }
refused() { [ "$(refusals)" -gt "$1" ]; }
# As hands do, with the time of each key, which keys sent to a window by its number lack: what comes faster is a scan
# for the lock.
type_password() { xdotool key ctrl+a; xdotool type --delay 120 "$1"; xdotool key Return; }

# Nothing tells from outside when the page is there: a wrong password is typed until the server has seen it. The right
# one is typed once at a time, since behind the page it would be a scan.
type_wrong() { type_password "not-$secret-at-all"; within 8 refused "$1"; }
type_right() { type_password "$secret"; within 15 sessions true; }
within 60 type_wrong 0 || fail "the window asks nobody for a password"
echo "PASS: a wrong password was refused"
within 60 type_right || fail "the window did not sign in"
echo "PASS: anna signed in with the password"

lent() { is 1 secondary_shard "
        SELECT count(*) FROM book_lending AS l
          JOIN physical_exemplars AS e ON e.branch_id = l.branch_id AND e.id = l.exemplar_id
          JOIN user_cards AS c ON c.user_id = l.user_id
         WHERE e.barcode = '31000002' AND c.card_number = '20410001' AND l.returned_at IS NULL"; }
lend() { scan 31000002; within 5 lent; }
# A busy machine may take slow keys for a hand's: the card and the copy are scanned until the patron has it.
begin() { scan 20410001; lend; }
within 60 begin || fail "nothing is lent before the lock"
env -u DATABASE_URL -u SQL_ECHO -u QT_LOGGING_RULES branchlinectl checkin 31000002 --branch secondary-library --dir "$library" >/dev/null
before=$(refusals)
press ctrl+l
# Whether it is locked stands in the settings, so that a second window is locked as well. Behind the page the password
# would be a scan, so it is typed only while the page is there.
locked() { grep -qs '^locked=..*' "$work/config/branchline/window.conf"; }
within 10 locked || fail "the window was not locked"
type_wrong "$before" || fail "the lock asks nobody for a password"
open_again() { ! locked; }
type_return() { open_again || { type_password "$secret"; within 12 open_again; }; }
within 60 type_return || fail "the right password does not return"
within 60 lend || fail "after the lock the desk does not go on with its patron"
echo "PASS: the window was locked, and went on with the patron after the return"

holds() { grep -rlaF -- "$secret" "$@" 2>/dev/null; }
echo "$secret" >"$work/planted"
[ "$(holds "$work/planted")" = "$work/planted" ] || fail "the search finds nothing at all"
rm "$work/planted"

family() { # the window and everything below it
    local pid
    echo "$1"
    for pid in $(pgrep -P "$1" || true); do family "$pid"; done
}
looked=0
for pid in $(family "$window_pid") $(pgrep -f "$library" || true); do
    for part in cmdline environ; do
        [ -r "/proc/$pid/$part" ] || continue
        if tr '\0' '\n' <"/proc/$pid/$part" 2>/dev/null | grep -qaF -- "$secret"; then
            fail "the $part of process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline")) holds the password"
        fi
        looked=$((looked + 1))
    done
done
[ "$looked" -ge 2 ] || fail "no process was looked at"
echo "PASS: no command line and no environment holds the password ($looked looked at)"

if [ "$(id -u)" != 0 ]; then
    [ ! -r "/proc/$window_pid/environ" ] || fail "another program of this account can read the window's environment"
fi
kill -SEGV "$window_pid"
gone() { ! kill -0 "$window_pid" 2>/dev/null; }
wait "$window_pid" 2>/dev/null || true
within 30 gone || fail "the window did not crash"
window_pid=
[ "$(cores)" = 0 ] || fail "the crash left $(ls "$work/crash")"
[ "$dumps" = 0 ] || echo "PASS: the crash left no core, where another program's does"

left=$(holds "$work" --exclude-dir=usr) || true
[ -z "$left" ] || fail "these hold the password: $left"
[ -s "$work/window.log" ] || fail "the window has written no log to look at"
echo "PASS: no file holds the password ($(find "$work" -type f -not -path "$work/usr/*" | wc -l) looked at)"
