#!/bin/sh
# run.sh DIR SECONDS: each fuzzer for so long, side by side, from its seeds and what earlier runs left in DIR. A crash, a
# difference or a leak is a failure; its input then stands in DIR.
dir=$1 seconds=$2 here=tests/fuzz
mkdir -p "$dir/reader.corpus" "$dir/writer.corpus"
flags='-std=c99 -g -O1 -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=all'
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return !p && n; }' |
    clang -x c -fsanitize=fuzzer,address -o "$dir/try" - 2>/dev/null || ! command -v python3 >/dev/null
then echo "skipped: fuzzing needs clang with libFuzzer and python3"; echo "0 passed, 0 failed"; exit 0; fi

set -e
for build in default: no_simd:-DAKOLHOOK_NO_SIMD small:-DAKOLHOOK_SMALL; do
    clang $flags -fsanitize=fuzzer-no-link -DBUILD=read_${build%:*} ${build#*:} -c -o "$dir/read_${build%:*}.o" $here/read.c
done
clang $flags -fsanitize=fuzzer -o "$dir/reader" $here/reader.c "$dir/read_default.o" "$dir/read_no_simd.o" "$dir/read_small.o"
clang $flags -fsanitize=fuzzer -o "$dir/writer" $here/writer.c
set +e

fuzz() {        # fuzz NAME OPTION...
    name=$1; shift
    "$dir/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$dir/$name-" "$@" "$dir/$name.corpus" $here/"$name" >"$dir/$name.log" 2>&1
    echo $? >"$dir/$name.status"
}
fuzz reader -dict=$here/reader.dict &
fuzz writer &
wait

passed=0 failed=0
for name in reader writer; do
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log")
    if [ "$(cat "$dir/$name.status")" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        passed=$((passed + 1)); echo "$name: $runs inputs in $seconds s"
    else failed=$((failed + 1)); echo "FAIL $name"; tail -n 40 "$dir/$name.log"; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
