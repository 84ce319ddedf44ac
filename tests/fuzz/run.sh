#!/bin/sh
# run.sh DIR SECONDS [NAME...]: each fuzzer for so long, two at a time, from its seeds and what earlier runs left in DIR. A crash, a
# difference or a leak is a failure; its input then stands in DIR.
dir=$1 seconds=$2 here=tests/fuzz
shift 2
names=${*:-reader writer receive explain response url time retry events journal listen client}
flags='-std=c99 -g -O1 -Wall -Wextra -I. -Iexamples/hub -Iexamples/stores -fsanitize=address,undefined -fno-sanitize-recover=all'
mkdir -p "$dir"
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return !p && n; }' |
    clang -x c -fsanitize=fuzzer,address -o "$dir/try" - 2>/dev/null || ! command -v python3 >/dev/null || ! command -v node >/dev/null
then echo "skipped: fuzzing needs clang with libFuzzer, python3 and node"; echo "0 passed, 0 failed"; exit 0; fi

object() {      # object NAME FLAGS... SOURCE: DIR/NAME.o, with what libFuzzer counts
    name=$1; shift
    clang $flags -D_POSIX_C_SOURCE=200809L -fsanitize=fuzzer-no-link "$@" -c -o "$dir/$name.o"
}
build() {       # build NAME: what a fuzzer is linked with
    case $1 in
        reader) set -- reader "$dir/read_default.o" "$dir/read_no_simd.o" "$dir/read_small.o" ;;
        writer) set -- writer ;;
        journal) set -- journal "$dir/core.o" "$dir/journal_store.o" ;;
        *) set -- "$1" "$dir/core.o" ;;
    esac
    fuzzer=$1; shift
    clang $flags -fsanitize=fuzzer -o "$dir/$fuzzer" "$here/$fuzzer.c" "$@"
}
fuzz() {        # fuzz NAME
    options=
    if [ -f "$here/$1.dict" ]; then options=-dict=$here/$1.dict; fi
    mkdir -p "$dir/$1.corpus"
    "$dir/$1" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$dir/$1-" \
        $options "$dir/$1.corpus" "$here/$1" >"$dir/$1.log" 2>&1
    echo $? >"$dir/$1.status"
}

# two jobs at a time: what everybody is linked with, then the fuzzers
{
    object core -DAKOLHOOK_IMPLEMENTATION -x c akolhook.h &
    object read_default -DBUILD=read_default $here/read.c && object read_no_simd -DAKOLHOOK_NO_SIMD -DBUILD=read_no_simd $here/read.c
    wait
    object journal_store -DAKOLHOOK_HUB_IMPLEMENTATION -DAKOLHOOK_JOURNAL_IMPLEMENTATION -x c examples/stores/akolhook_journal.h &
    object read_small -DAKOLHOOK_SMALL -DBUILD=read_small $here/read.c
    wait
}
rm -f "$dir"/*.status
set -- $names
while [ $# -gt 0 ]; do
    { build "$1" && fuzz "$1"; } &
    if [ $# -gt 1 ]; then { build "$2" && fuzz "$2"; } & shift; fi
    shift
    wait
done

passed=0 failed=0
for name in $names; do
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log")
    reached=$(sed -n 's/.* cov: \([0-9]*\) ft:.*/\1/p' "$dir/$name.log" | tail -n 1)
    if [ "$(cat "$dir/$name.status" 2>/dev/null)" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        passed=$((passed + 1)); printf '%-10s %9s inputs in %s s, %s edges\n' "$name" "$runs" "$seconds" "$reached"
    else failed=$((failed + 1)); echo "FAIL $name"; tail -n 40 "$dir/$name.log"; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
