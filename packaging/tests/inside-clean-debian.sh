#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs as root in a clean Debian that has /branchline.deb: see clean-debian.sh. Exit status 75: no network.
set -euo pipefail
step() { printf '%4ds  %s\n' "$SECONDS" "$*"; }
fail() { echo "FAILED: $*"; exit 1; }

# Waits until a command succeeds, at most 30 seconds.
within_30_seconds() {
    local end=$((SECONDS + 30))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

export DEBIAN_FRONTEND=noninteractive
step "downloading what the package needs"
download() { apt-get -q -y --no-install-recommends --download-only install /branchline.deb >/out/apt.log 2>&1; }
if ! download; then
    apt-get -q update >/out/update.log 2>&1 || true # the lists kept with the base system may be old
    if ! download; then
        tail -n 5 /out/apt.log
        grep -q '^E: Failed to fetch' /out/apt.log && exit 75
        exit 1
    fi
fi
step "installing the package"
apt-get -q -y --no-install-recommends install /branchline.deb >>/out/apt.log 2>&1 ||
    { tail -n 20 /out/apt.log; exit 1; }

step "no default server, and no setting left behind"
[[ -z $(pg_lsclusters --no-header) ]] || fail "installing made a default PostgreSQL server"
[[ -z $(ls -A /etc/postgresql-common/createcluster.d 2>/dev/null) ]] || fail "the setting against it was left behind"

step "the worked example as root"
branchlinectl local start >/dev/null
branchlinectl example --json >/out/example.json
jq -e "type == \"object\"" /out/example.json >/dev/null || fail "the example's answer is not JSON"
branchlinectl health --json >/out/health.json || fail "the library is not healthy"
[[ $(branchlinectl loan list --open --json | jq '.loans | length') == 2 ]] || fail "there are not two open loans"

step "the worked example as an ordinary user"
useradd --create-home reader
runuser -u reader -- bash -c 'cd && branchlinectl local start >/dev/null && branchlinectl example --json | jq -e "type == \"object\"" >/dev/null'

step "the window"
# A free display, and one that does not start anew when xwininfo, its only client, leaves.
exec 3>/out/display
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp -noreset >/out/xvfb.log 2>&1 &
within_30_seconds test -s /out/display || fail "Xvfb did not start"
DISPLAY=:$(cat /out/display)
export DISPLAY
within_30_seconds xwininfo -root || fail "Xvfb did not start"
branchline >/out/branchline.log 2>&1 &
program=$!
window_is_open() {
    local window
    for window in $(xwininfo -root -tree | sed -n 's/^ *\(0x[0-9a-f]*\) "[^"]*Branchline[^"]*":.*/\1/p'); do
        xwininfo -id "$window" | grep -q 'Map State: IsViewable' && return 0
    done
    return 1
}
within_30_seconds window_is_open || { cat /out/branchline.log; xwininfo -root -tree; fail "no window was opened"; }
# The window remembers its branch; a second one begins with what the first wrote.
within_30_seconds grep -q branch= /root/.config/branchline/window.conf || fail "the window remembers nothing"
branchline --render /out/window.png || fail "the window could not be drawn"
[[ -s /out/window.png ]] || fail "the picture is empty"
kill -0 "$program" || fail "the program has ended: $(cat /out/branchline.log)"
kill "$program"

step "stopping and removing"
runuser -u reader -- branchlinectl local stop >/dev/null
branchlinectl local stop >/dev/null
apt-get -q -y purge branchline >>/out/apt.log 2>&1 || { tail -n 20 /out/apt.log; exit 1; }
left=$(find /usr /etc -iname '*branchline*' | head)
[[ -z $left ]] || fail "left behind: $left"
