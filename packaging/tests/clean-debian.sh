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

if [[ ${3-} != in-namespaces ]]; then
    [[ $release ]] || skip "A clean Debian can be made on Debian only."
    ((EUID == 0)) || skip "Making a clean Debian needs root."
    command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed."
    command -v dpkg-shlibdeps >/dev/null || skip "dpkg-dev is not installed."
    # Mounts and processes of its own: they end with the test, whatever happens.
    namespaces=(unshare --mount --pid --ipc --uts --fork --kill-child --mount-proc)
    "${namespaces[@]}" true 2>/dev/null || skip "This system allows no mount and process namespaces."
    mkdir -p "$kept/archives/partial" "$kept/work"
    exec 7>"$kept/.lock"
    flock 7
    status=0
    "${namespaces[@]}" bash "$here/clean-debian.sh" "$build" "$cpack" in-namespaces </dev/null 7>&- || status=$?
    rm -rf --one-file-system "$kept/work"
    exit "$status"
fi

# The system is made in memory if there is enough of it: that spares the disk gigabytes written and deleted.
if (($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) > 4000000)); then
    mount -t tmpfs -o size=3g,mode=755 tmpfs "$kept/work"
fi

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
    mirrors | TMPDIR=$kept/work mmdebstrap --variant=minbase --include="$tools" --aptopt="$kept/apt.conf" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --skip=cleanup/apt/lists \
        "$release" "$kept/new.tar" - >"$kept/base.log" 2>&1 && mv "$kept/new.tar" "$base"
}
# Package lists that are a month old may name files that the mirror no longer has.
if [[ ! -s $base || -n $(find "$base" -mtime +30) ]]; then
    step "making the base system"
    make_base || { tail -n 5 "$kept/base.log"; skip "The base system could not be made; is a Debian mirror reachable?"; }
fi

step "building the package"
(cd "$build" && "$cpack" -G DEB --config CPackConfig.cmake) >"$kept/package.log" 2>&1 ||
    { tail -n 20 "$kept/package.log"; exit 1; }
package=$(sed -n 's/^CPack: - package: \(.*\) generated\.$/\1/p' "$kept/package.log" | tail -n 1)
[[ -s $package ]] || { tail -n 20 "$kept/package.log"; echo "There is no package."; exit 1; }

step "unpacking the base system"
root=$kept/work/root
mkdir -p "$root"
tar -C "$root" --exclude='./dev/*' -xf "$base"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$package" "$root/branchline.deb"
cp "$here/inside-clean-debian.sh" "$root/inside.sh"
mkdir -p "$root/out"

mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mount --bind "$kept/archives" "$root/var/cache/apt/archives"

step "entering it"
status=0
chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 bash /inside.sh || status=$?
cp "$root"/out/* "$kept/" 2>/dev/null || true
((status != 75)) || skip "The packages that Branchline needs could not be downloaded."
step "done"
exit "$status"
