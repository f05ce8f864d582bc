#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Traces the GUI thread of the real window while all servers are stopped, frozen, restarted and cut off and keys go
# through its views. Between the marks it may wait for nothing but events: no system call on a socket, none on a
# file, no sleep.
set -euo pipefail

program=$1
command -v strace >/dev/null || { echo "SKIP: strace is not installed."; exit 77; }
work=$(mktemp -d /tmp/branchline-trace.XXXXXX)
trap 'rm -rf "$work"' EXIT

# Without -f only the first thread is traced, which is the GUI's.
QT_QPA_PLATFORM=offscreen strace -yy -T -o "$work/trace" -e signal=none "$program" "${2:-12}" 2>"$work/errors" || {
    status=$?
    grep -q 'PTRACE_TRACEME\|ptrace' "$work/errors" && { echo "SKIP: this system lets nobody trace."; exit 77; }
    cat "$work/errors"
    exit "$status"
}

sed -n '/branchline-mark-begin/,/branchline-mark-end/p' "$work/trace" |
    grep -v 'branchline-mark' >"$work/between" || true
[[ -s $work/between ]] || { echo "FAIL: nothing was traced between the marks."; exit 1; }

# The event loop's own: its wake-up (an eventfd) and the poll for it and for the end of the test's guard process. The
# C library looks whether /etc/localtime is another one whenever a time is shown. Memory, clocks and other threads'
# locks are neither sockets nor files.
event='<(anon_inode:\[?(eventfd|timerfd)\]?|pid:[0-9]+)>'
grep -vE '^(brk|mmap|munmap|madvise|mprotect|mremap|futex|clock_gettime|gettimeofday|getpid|gettid|sched_yield|clone3?|set_robust_list|rt_sig[a-z]*|restart_syscall|\+\+\+|---|getrandom|sched_getaffinity|prctl|rseq|membarrier)' \
    "$work/between" |
    grep -vE "^(read|write)\([0-9]+$event" |
    grep -vE "^p?poll\(\[(\{fd=[0-9]+$event, events=POLLIN\}(, )?)*\]" |
    grep -vE '^newfstatat\([^,]*, "/etc/localtime"' >"$work/waits" || true

count() { wc -l <"$1"; }
if [[ -s $work/waits ]]; then
    echo "FAIL: $(count "$work/waits") of $(count "$work/between") system calls of the GUI thread were for a socket or a file:"
    sed -E 's/\(.*//' "$work/waits" | sort | uniq -c | sort -rn | head -20
    head -40 "$work/waits" | cut -c1-200
    exit 1
fi
echo "$(count "$work/between") system calls of the GUI thread, none for a socket or a file."
