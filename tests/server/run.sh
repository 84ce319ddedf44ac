#!/bin/sh
# run.sh BUILD: the tests of akolhook-server, all at once as they wait more than they work. LONG=1: the long form.
# Each part prints its failures and a closing line "N passed, N failed"; the last line sums them up.
BUILD=$(cd "$1" && pwd) || exit 1
export BUILD LONG PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
here=$(dirname "$0")
out=$BUILD/server-test
rm -rf "$out"
mkdir -p "$out"

# what is missing is named with the package that brings it
missing=
for module in yaml:python3-yaml jsonschema:python3-jsonschema; do
    python3 -c "import ${module%%:*}" 2>/dev/null || missing="$missing ${module##*:}"
done
command -v python3 >/dev/null || missing="python3$missing"
if [ -n "$missing" ]; then
    echo "skipped: the tests of the server need${missing:+ }$missing: apt-get install$missing"
    echo "0 passed, 0 failed"
    exit 0
fi
for program in akolhook-server san/akolhook-server; do
    [ -x "$BUILD/$program" ] || { echo "$BUILD/$program was not built"; echo "0 passed, 1 failed"; exit 1; }
done

part() {        # part NAME COMMAND...: runs in the background; its exit status is the last line of what is kept
    name=$1
    shift
    { timeout "${LIMIT:-1800}" "$@" 2>&1 </dev/null; echo $?; } >"$out/$name" &
}
python=${PYTHON:-python3}
part rest $python "$here/test_rest.py"
part gate $python "$here/test_gate.py"
part operate $python "$here/test_operate.py"
part fleet sh "$here/../hub/postgres.sh" "$here/test_fleet.py"
parts="rest gate operate fleet"
if [ -f "$here/page.sh" ]; then
    part page sh "$here/page.sh" "$BUILD"
    parts="$parts page"
fi
wait

passed=0 failed=0
for name in $parts; do
    rc=$(tail -n 1 "$out/$name")
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$out/$name" | tail -n 1)
    sed '$d' "$out/$name" | grep -v '^[0-9]* passed, [0-9]* failed$'
    if [ $# = 2 ] && { [ "$rc" = 0 ] || [ "$2" -gt 0 ]; }; then
        echo "$name: $1 passed, $2 failed"
        passed=$((passed + $1)) failed=$((failed + $2))
    elif [ "$rc" = 0 ] && grep -q '^skipped: ' "$out/$name"; then
        :
    else
        echo "$name broke off with exit status $rc"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
