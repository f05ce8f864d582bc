#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Manual page and completion know every command and option that branchlinectl names in its help.
#   commands.sh PACKAGING_FOLDER BRANCHLINECTL
set -euo pipefail
ctl=$(realpath "$2")
cd "$1"

manual=$(sed 's/\\-/-/g; s/^\.[A-Z]* //; s/"//g' man/branchlinectl.1)
completions() {
    bash -c '
        . completion/branchlinectl
        COMP_WORDS=(branchlinectl "$@" "")
        COMP_CWORD=$(($# + 1))
        _branchlinectl
        echo " ${COMPREPLY[*]} "' bash "$@"
}

mapfile -t commands < <("$ctl" --help | sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p')
((${#commands[@]} > 0)) || { echo "branchlinectl --help names no command."; exit 1; }
failures=0
complain() { echo "$*"; failures=$((failures + 1)); }
for command in "${commands[@]}"; do
    read -ra words <<<"$command"
    grep -qE -- "^$command( |$)" <<<"$manual" || complain "The manual page does not name: $command"
    last=${words[-1]}
    [[ $(completions "${words[@]::${#words[@]}-1}") == *" $last "* ]] || complain "Completion does not offer: $command"
    [[ $(completions) == *" ${words[0]} "* ]] || complain "Completion does not offer: ${words[0]}"
    offered=$(completions "${words[@]}")
    while read -r option; do
        grep -qF -- "$option" <<<"$manual" || complain "The manual page does not name: $command $option"
        [[ $offered == *" $option "* ]] || complain "Completion does not offer: $command $option"
    done < <("$ctl" "${words[@]}" --help | grep -oE '(^|[ ,])--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u)
done
((failures == 0)) || exit 1
echo "${#commands[@]} commands are described and completed"
