#!/bin/sh
# check.sh STEP...: makes each step, JOBS of them side by side (the number of processors), and sums the closing lines
# "N passed, N failed". A step that skips something, or fails without saying so, counts as failed. Its output is kept in
# build/check/ and printed when it ends. LIMIT: the seconds that a step may take.
log=build/check
if [ "$1" = -1 ]; then
    step=$2 start=$(date +%s) limit=
    if command -v timeout >/dev/null; then limit="timeout ${LIMIT:-3600}"; fi
    echo "== $step" >"$log/$step.log"
    $limit ${MAKE:-make} --no-print-directory "$step" >>"$log/$step.log" 2>&1 </dev/null
    rc=$? skips=$(grep -c '^skipped: ' "$log/$step.log")
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$log/$step.log" | tail -n 1)
    p=${1:-0} f=${2:-0}
    if [ $# != 2 ] && [ "$rc$skips" = 00 ]; then p=1; fi     # no count: the step is the test
    if [ "$f" = 0 ] && [ "$rc" != 0 ]; then f=1; fi
    echo "== $step: $p passed, $((f + skips)) failed, $(($(date +%s) - start)) s" >>"$log/$step.log"
    echo "$step $p $((f + skips)) $(($(date +%s) - start))" >"$log/$step.sum"
    cat "$log/$step.log"
    exit 0
fi

mkdir -p $log && rm -f $log/*
begin=$(date +%s) jobs=${JOBS:-$(nproc 2>/dev/null || echo 1)}
# what several steps use is there before they start
if ! ${MAKE:-make} --no-print-directory -s -j"$jobs" programs; then echo "0 passed, 1 failed" | tee $log/total; exit 1; fi
printf '%s\n' "$@" | xargs -n 1 -P "$jobs" sh "$0" -1

passed=0 failed=0 bad=
for step in "$@"; do
    set -- 0 1 0
    if [ -f "$log/$step.sum" ]; then read -r _ p f s <"$log/$step.sum"; set -- "$p" "$f" "$s"; fi
    passed=$((passed + $1)) failed=$((failed + $2))
    printf '%-12s %6d passed, %d failed, %4d s\n' "$step" "$1" "$2" "$3"
    if [ "$2" != 0 ]; then bad="$bad $step"; fi
done
echo "in $(($(date +%s) - begin)) s"
if [ -n "$bad" ]; then echo "failed or skipped:$bad"; fi
echo "$passed passed, $failed failed" | tee $log/total
[ $failed = 0 ] && [ $passed -gt 0 ]
