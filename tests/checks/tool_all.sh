#!/bin/sh
# tool_all.sh DIR TEST...: tests of the tool, each over DIR/akolhook and, at the same time, over DIR/san/akolhook, which is compiled
# under AddressSanitizer and UndefinedBehaviorSanitizer. They wait more than they work. A test that does not end in LIMIT seconds is ended.
dir=$1 passed=0 failed=0 here=$(dirname "$0")
shift
limit=
if command -v timeout >/dev/null; then limit="timeout ${LIMIT:-900}"; fi
logs=$(mktemp -d "${TMPDIR:-/tmp}/akolhook-tools.XXXXXX") || exit 2
trap 'rm -rf "$logs"' EXIT
trap 'exit 2' HUP INT TERM
for test in "$@"; do
    $limit sh "$here/$test.sh" "$dir/akolhook" "$dir/sender" >"$logs/$test" 2>&1 &
    $limit sh "$here/$test.sh" "$dir/san/akolhook" "$dir/sender" >"$logs/$test.san" 2>&1 &
done
wait
for log in "$logs"/*; do
    name=$(basename "$log") line=$(grep -a -e '^[0-9]* passed, [0-9]* failed$' "$log" | tail -n 1)
    grep -a -v -e '^[0-9]* passed, [0-9]* failed$' "$log" | sed "s/^FAIL /FAIL $name: /"
    if [ -z "$line" ]; then echo "FAIL $name did not come to its end" && failed=$((failed + 1)) && continue; fi
    passed=$((passed + ${line%% *})) line=${line#*, }
    failed=$((failed + ${line%% *}))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
