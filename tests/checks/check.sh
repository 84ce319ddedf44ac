#!/bin/sh
# check.sh STEP...: makes each step and sums the closing lines "N passed, N failed". A step that skips something, or fails
# without saying so, counts as failed. Its whole output is kept in build/check/.
passed=0 failed=0 log=build/check
limit=; if command -v timeout >/dev/null; then limit="timeout ${LIMIT:-1800}"; fi
mkdir -p $log && rm -f $log/*
for step in "$@"; do
    echo "== $step"
    start=$(date +%s)
    { $limit ${MAKE:-make} --no-print-directory "$step" 2>&1 </dev/null; echo $? >"$log/$step.status"; } | tee "$log/$step.log"
    rc=$(cat "$log/$step.status") skips=$(grep -c '^skipped: ' "$log/$step.log")
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$log/$step.log" | tail -n 1)
    p=${1:-0} f=${2:-0}
    if [ $# != 2 ] && [ "$rc$skips" = 00 ]; then p=1; fi     # no count: the step is the test
    if [ "$f" = 0 ] && [ "$rc" != 0 ]; then f=1; fi
    passed=$((passed + p)) failed=$((failed + f + skips))
    if [ $((f + skips)) -gt 0 ]; then bad="$bad $step"; fi
    echo "== $step: $p passed, $((f + skips)) failed, $(($(date +%s) - start)) s"
done
if [ -n "$bad" ]; then echo "failed or skipped:$bad"; fi
echo "$passed passed, $failed failed" | tee $log/total
[ $failed = 0 ] && [ $passed -gt 0 ]
