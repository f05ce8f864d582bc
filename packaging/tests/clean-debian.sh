#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the Debian package, installs it in a clean Debian with apt, and runs what inside-clean-debian.sh says there.
#   clean-debian.sh BUILD_FOLDER CPACK
# Kept in BUILD_FOLDER/clean-debian: the base system and the downloaded packages, so that a second run needs no
# network; package.log, example.json and window.png of the last run.
set -euo pipefail
build=$1
cpack=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kept=$build/clean-debian
release=$(. /etc/os-release && [[ $ID == debian ]] && echo "${VERSION_CODENAME-}") || release=

skip() { echo "$*"; exit 77; }
step() { printf '%4ds  %s\n' "$SECONDS" "$*"; }

[[ $release ]] || skip "A clean Debian can be made on Debian only."
((EUID == 0)) || skip "Making a clean Debian needs root."
command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed."
command -v dpkg-shlibdeps >/dev/null || skip "dpkg-dev is not installed."
unshare --mount --pid --fork true 2>/dev/null || skip "This system allows no mount and process namespaces."

mkdir -p "$kept/archives/partial"
exec 7>"$kept/.lock"
flock 7

# The Debian mirrors and the way to reach them are those that this machine's apt is set up with.
mirrors() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' 'Origin: Debian' |
        awk '$4 == "main"' | sort -u | grep . ||
        echo "deb http://deb.debian.org/debian $release main"
}
acquire_settings() {
    apt-config dump | grep -E '^Acquire::(https?|Check-|Retries|ForceIPv)' || true
}

tools=xvfb,x11-utils,jq
base=$kept/base-$release-$tools.tar
make_base() {
    acquire_settings >"$kept/apt.conf"
    mirrors | mmdebstrap --variant=minbase --include="$tools" --aptopt="$kept/apt.conf" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --skip=cleanup/apt/lists \
        "$release" "$kept/new.tar" - 7>&- >"$kept/base.log" 2>&1 && mv "$kept/new.tar" "$base"
}
# Package lists that are a month old may name files that the mirror no longer has.
if [[ ! -s $base || -n $(find "$base" -mtime +30) ]]; then
    step "making the base system"
    make_base || { tail -n 5 "$kept/base.log"; skip "The base system could not be made; is a Debian mirror reachable?"; }
fi

step "building the package"
(cd "$build" && "$cpack" -G DEB --config CPackConfig.cmake) 7>&- >"$kept/package.log" 2>&1 ||
    { tail -n 20 "$kept/package.log"; exit 1; }
package=$(sed -n 's/^CPack: - package: \(.*\) generated\.$/\1/p' "$kept/package.log" | tail -n 1)
[[ -s $package ]] || { tail -n 20 "$kept/package.log"; echo "There is no package."; exit 1; }

root=$(mktemp -d "$kept/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
step "unpacking the base system"
tar -C "$root" --exclude='./dev/*' -xf "$base" 7>&-
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$package" "$root/branchline.deb"
cp "$here/inside-clean-debian.sh" "$root/inside.sh"
mkdir -p "$root/out"

# In namespaces of its own, so that mounts and servers end with the test, whatever happens.
mount_and_enter='
    set -e
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=755 tmpfs "$1/dev"
    for device in null zero full random urandom; do
        : >"$1/dev/$device"
        mount --bind "/dev/$device" "$1/dev/$device"
    done
    mkdir "$1/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm"
    ln -s /proc/self/fd "$1/dev/fd"
    mount --bind "$2" "$1/var/cache/apt/archives"
    exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        bash /inside.sh'
step "entering it"
status=0
unshare --mount --pid --ipc --uts --fork --kill-child bash -c "$mount_and_enter" bash "$root" "$kept/archives" \
    </dev/null 7>&- || status=$?
cp "$root"/out/* "$kept/" 2>/dev/null || true
((status != 75)) || skip "The packages that Branchline needs could not be downloaded."
step "done"
exit "$status"
