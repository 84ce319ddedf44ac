#!/bin/sh
# run.sh PROGRAM...: runs test programs, all at once, and sums their closing lines "N passed, N failed" into one.
# run.sh -1 PROGRAM: runs one and keeps what it says in PROGRAM.ran, the exit status as the last line.
# run.sh -s PROGRAM...: sums what was kept. RUNNER goes before each program (an emulator).
# A program that fails without saying so, or was not built, counts as one failed.
run() {
    case $1 in /*) path=$1 ;; *) path=./$1 ;; esac
    { $RUNNER "$path" 2>&1 </dev/null; echo $?; } >"$1.part" && mv "$1.part" "$1.ran"
}
case $1 in
    -1) run "$2"; exit ;;
    -s) shift ;;
    *)
        for program in "$@"; do rm -f "$program.ran"; run "$program" & done
        wait ;;
esac

passed=0 failed=0
for program in "$@"; do
    name=$(basename "$program") out=$program.ran
    if [ ! -f "$out" ]; then
        failed=$((failed + 1))
        printf '%-24s was not built\n' "$name"
        continue
    fi
    rc=$(tail -n 1 "$out")
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$out" | tail -n 1)
    if [ $# = 2 ] && { [ "$rc" = 0 ] || [ "$2" -gt 0 ]; }; then
        passed=$((passed + $1)) failed=$((failed + $2))
        printf '%-24s %s passed, %s failed\n' "$name" "$1" "$2"
    else
        passed=$((passed + ${1:-0})) failed=$((failed + 1))
        printf '%-24s broke off with exit status %s\n' "$name" "$rc"
    fi
    if [ "$rc" != 0 ]; then sed '$d' "$out" | tail -n 60; else grep '^skipped: ' "$out"; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
