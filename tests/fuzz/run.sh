#!/bin/sh
# run.sh DIR [SECONDS [NAME...]]: each fuzzer from the seeds that stand in its folder here, two at a time.
#
# Without SECONDS, or with 0: so many inputs as the table below says, from one seed of the random numbers, so that the same tree does
# the same everywhere. With SECONDS: for so long, from another seed each time (printed; SEED=n repeats it), and from what earlier
# runs of this form left in DIR/NAME.corpus.
#
# A crash, a difference, a leak or an input of more than two minutes is a failure; the last lines say which fuzzer, the input,
# and the commands that repeat it.
dir=$1 seconds=${2:-0} here=tests/fuzz
[ $# -lt 2 ] && shift $# || shift 2

# name:inputs of the short form, about three seconds each on a quiet core
table='reader:60000 writer:60000 receive:100000 explain:10000 response:40000 url:200000 time:200000 retry:200000
    events:30000 journal:30000 listen:12000 client:12000 hub:1500 gate:4000'
names=${*:-$(for row in $table; do echo "${row%:*}"; done)}
if ! [ -e /usr/include/microhttpd.h ]; then
    echo "skipped: gate needs libmicrohttpd-dev"
    names=$(for name in $names; do [ "$name" = gate ] || echo "$name"; done)
fi
seed=1
if [ "$seconds" != 0 ]; then seed=${SEED:-$(($(od -An -N3 -tu4 /dev/urandom) + 1))}; echo "seed $seed"; fi

flags='-std=c99 -g -O1 -Wall -Wextra -I. -Iexamples/hub -Iexamples/stores -fsanitize=address,undefined -fno-sanitize-recover=all'
# memory that was freed is kept from use for a while, though not until there is no more
export ASAN_OPTIONS=quarantine_size_mb=32
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
        gate) set -- gate "$dir/core.o" -lmicrohttpd ;;
        client) set -- client -DAKOLHOOK_MAX_LOOKUPS=2 "$dir/core_lookups.o" ;;
        journal | hub) set -- "$1" "$dir/core.o" "$dir/journal_store.o" ;;
        *) set -- "$1" "$dir/core.o" ;;
    esac
    fuzzer=$1; shift
    clang $flags -fsanitize=fuzzer -o "$dir/$fuzzer" "$here/$fuzzer.c" "$@"
}
fuzz() {        # fuzz NAME: its log, and its exit status
    options="-seed=$seed -max_len=4096 -timeout=120 -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix=$dir/$1-"
    if [ -f "$here/$1.dict" ]; then options="$options -dict=$here/$1.dict"; fi
    if [ "$seconds" != 0 ]; then
        corpus=$dir/$1.corpus options="$options -max_total_time=$seconds"
    else
        # values that were compared may be addresses, which differ from run to run: not mutated towards
        corpus=$dir/$1.short options="$options -use_cmp=0 -purge_allocator_interval=-1 -runs=$(echo "$table" | tr ' ' '\n' | sed -n "s/^$1://p")"
        rm -rf "$corpus"
    fi
    mkdir -p "$corpus"
    rm -f "$dir/$1"-*
    "$dir/$1" $options "$corpus" "$here/$1" >"$dir/$1.log" 2>&1
    echo $? >"$dir/$1.status"
}

# two jobs at a time: what everybody is linked with, then the fuzzers
{
    object core -DAKOLHOOK_IMPLEMENTATION -x c akolhook.h &
    object read_default -DBUILD=read_default $here/read.c && object read_no_simd -DAKOLHOOK_NO_SIMD -DBUILD=read_no_simd $here/read.c
    wait
    object journal_store -DAKOLHOOK_HUB_IMPLEMENTATION -DAKOLHOOK_JOURNAL_IMPLEMENTATION -x c examples/stores/akolhook_journal.h &
    object read_small -DAKOLHOOK_SMALL -DBUILD=read_small $here/read.c
    object core_lookups -DAKOLHOOK_IMPLEMENTATION -DAKOLHOOK_MAX_LOOKUPS=2 -x c akolhook.h
    wait
}
rm -f "$dir"/*.status "$dir"/*.log
set -- $names
while [ $# -gt 0 ]; do
    { build "$1" && fuzz "$1"; } &
    if [ $# -gt 1 ]; then { build "$2" && fuzz "$2"; } & shift; fi
    shift
    wait
done

passed=0 failed=0 bad=
for name in $names; do
    status=$(cat "$dir/$name.status" 2>/dev/null)
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log" 2>/dev/null)
    reached=$(sed -n 's/.* cov: \([0-9]*\) ft:.*/\1/p' "$dir/$name.log" 2>/dev/null | tail -n 1)
    if [ "$status" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
        passed=$((passed + 1)); printf '%-10s %9s inputs, %s edges\n' "$name" "$runs" "$reached"
    else
        failed=$((failed + 1)) bad="$bad $name"
        echo "FAIL $name, exit status ${status:-none: not built}"
        grep -v '^#[0-9]' "$dir/$name.log" 2>/dev/null | tail -n 60
    fi
done

# what is needed to see it again stands last
for name in $bad; do
    input=$(ls "$dir/$name"-* 2>/dev/null | head -n 1)
    echo "FAIL $name"
    if [ -n "$input" ]; then
        echo "input: $input, $(wc -c <"$input") bytes, in base64:"
        base64 -w 0 "$input"; echo
        echo "again: $dir/$name $input"
    else echo "no input was kept"; fi
    echo "the whole run again: SEED=$seed sh $here/run.sh $dir $seconds $name"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
