#!/bin/sh
# conformance.sh PROBE CORPORA: every driver of the corpora over the probe program; a skipped case is a failed one.
probe=$1 corpora=$2 passed=0 failed=0
if [ -z "$corpora" ]; then echo "skipped: give CORPORA=dir"; exit 0; fi
if [ ! -d "$corpora/drivers" ]; then echo "no corpora in \"$corpora\": make conformance CORPORA=dir" >&2; echo "0 passed, 1 failed"; exit 1; fi

run() {         # run NAME ARGUMENT...
    name=$1; shift
    out=$(PYTHONDONTWRITEBYTECODE=1 python3 "$corpora/drivers/run_$name.py" "$probe" "$@" 2>&1)
    set -- "$*" $(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' | tail -n 1)
    if [ $# != 4 ]; then
        failed=$((failed + 1)); printf '%s\n' "$out" | tail -n 5; echo "$name $1: no closing line"; return
    fi
    if [ "$3" != 0 ]; then printf '%s\n' "$out" | grep '^FAIL' | head -n 20; fi
    passed=$((passed + $2)) failed=$((failed + $3 + $4))
    printf '%-16s %s passed, %s failed, %s skipped\n' "$name ${1#open}" "$2" "$3" "$4"
}

for name in hash codec json url response webhooks payloads; do run $name open; done
run response open pieces
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
