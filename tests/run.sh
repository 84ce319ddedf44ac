#!/bin/sh
# run.sh PROGRAM...: runs test programs and sums their closing lines "N passed, N failed" into one. RUNNER goes before each
# (an emulator). A program that fails without saying so counts as one failed.
passed=0 failed=0
for program in "$@"; do
    name=$(basename "$program")
    case $program in /*) ;; *) program=./$program ;; esac
    out=$($RUNNER "$program" 2>&1 </dev/null); rc=$?
    set -- $(printf '%s\n' "$out" | sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' | tail -n 1)
    if [ $# = 2 ] && { [ $rc = 0 ] || [ "$2" -gt 0 ]; }; then
        passed=$((passed + $1)) failed=$((failed + $2))
        printf '%-20s %s passed, %s failed\n' "$name" "$1" "$2"
    else
        passed=$((passed + ${1:-0})) failed=$((failed + 1))
        printf '%-20s broke off with exit status %s\n' "$name" $rc
    fi
    if [ $rc != 0 ]; then printf '%s\n' "$out" | tail -n 60; else printf '%s\n' "$out" | grep '^skipped: '; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
