#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Desktop entry, AppStream metainfo, man pages and completion are well-formed and name the same application.
#   metadata.sh PACKAGING_FOLDER
set -euo pipefail
cd "$1"
id=io.github.branchline.Branchline

missing=()
for tool in desktop-file-validate appstreamcli man; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if ((${#missing[@]})); then
    echo "not installed: ${missing[*]}"
    exit 77
fi

desktop-file-validate "linux/$id.desktop"
appstreamcli validate --no-net "linux/$id.metainfo.xml"
grep -qx "Icon=$id" "linux/$id.desktop"
grep -q "<id>$id</id>" "linux/$id.metainfo.xml"
test -s "linux/$id-symbolic.svg"

for page in man/*.1; do
    warnings=$(MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
    [[ -z $warnings ]] || { echo "$page: $warnings"; exit 1; }
done

bash -n completion/branchlinectl
if grep -rnE '^(<<<<<<<|=======|>>>>>>>)' . --exclude-dir=tests; then
    echo "a merge left its marks behind"
    exit 1
fi

# What a person gets after the words typed so far.
completions() {
    bash -c '
        . completion/branchlinectl
        COMP_WORDS=(branchlinectl "$@")
        COMP_CWORD=$#
        _branchlinectl
        echo "${COMPREPLY[*]}"' bash "$@"
}
expect() {
    [[ $2 == "$1" ]] || { echo "completion: expected '$1', got '$2'"; exit 1; }
}
expect "example" "$(completions exa)"
expect "export example" "$(completions ex)"
expect "start stop status upgrade destroy --json --dir --database-url --help" "$(completions local '')"
expect "--patron" "$(completions checkout --branch MAIN --p)"
expect "" "$(completions checkout --branch '')"
echo "metadata, man pages and completion are in order"
