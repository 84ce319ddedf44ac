#!/bin/sh
# hooks.sh DIR TRANSPORT...: the conformance test of each transport, DIR/hook_TRANSPORT, against DIR/faultd, and the sum of their
# closing lines. What a library cannot do at all is left out by words; tests/transports/hook_conformance.c says what they mean.
dir=$1 passed=0 failed=0
shift
for name in "$@"; do
    case $name in
    mbedtls | bearssl) without=tls13 ;;
    curl) without="notify resume cause" ;;
    *) without= ;;
    esac
    out=$("$dir/hook_$name" "$dir/faultd" $without 2>&1 </dev/null); rc=$?
    line=$(printf '%s\n' "$out" | sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' | tail -n 1)
    p=${line% *} f=${line#* }
    [ -n "$line" ] || { p=0 f=1; echo "hook_$name broke off with exit status $rc"; }
    [ $rc = 0 ] || [ "$f" != 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f))
    printf '%-20s %s passed, %s failed%s\n' "hook_$name" "$p" "$f" "${without:+, left out: $without}"
    [ $rc = 0 ] || printf '%s\n' "$out" | tail -n 60
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
