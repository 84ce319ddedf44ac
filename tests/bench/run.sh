#!/bin/sh
# run.sh DIR: HMAC-SHA256 against the libraries that are found, many MACs at once, JSON, instruction counts and compile times.
# YYJSON=dir takes yyjson's source from there.
# PLOT=1 draws the table into DIR/hmac.svg (gnuplot). CC, and CPU (the one that it is pinned to), may be given.
dir=${1:-build/bench} cc=${CC:-cc} here=tests/bench
mkdir -p "$dir" && rm -f "$dir"/*
flags='-std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -O2'
pin=
if command -v taskset >/dev/null; then pin="taskset -c ${CPU:-$(taskset -cp $$ | sed 's/.*[^0-9]//')}"; fi

found= libs= missing=
peer() {        # peer NAME HEADER LIBRARY...
    name=$1 header=$2; shift 2
    if printf '#include <%s>\nint main(void) { return 0; }\n' "$header" | $cc -x c -o "$dir/try" - "$@" 2>/dev/null
    then found="$found -DHAVE_$name" libs="$libs $*"; else missing="$missing $name"; fi
}
peer OPENSSL openssl/core_names.h -lcrypto
peer GCRYPT gcrypt.h -lgcrypt -lgpg-error
peer NETTLE nettle/hmac.h -lnettle
peer SODIUM sodium.h -lsodium
peer MBEDTLS mbedtls/constant_time.h -lmbedcrypto
peer BEARSSL bearssl.h -lbearssl
if [ -n "$missing" ]; then echo "skipped, not found:$missing"; fi

set -e
$cc $flags -DBUILD=build_default -c -o "$dir/default.o" $here/ours.c
$cc $flags -DBUILD=build_no_simd -DAKOLHOOK_NO_SIMD -c -o "$dir/no_simd.o" $here/ours.c
$cc $flags -DBUILD=build_small -DAKOLHOOK_SMALL -c -o "$dir/small.o" $here/ours.c
$cc $flags $found -o "$dir/bench" $here/bench.c $here/peers.c "$dir/default.o" "$dir/no_simd.o" "$dir/small.o" $libs
set +e

echo "$($cc --version | head -n 1), -O2, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)"
$pin "$dir/bench" "$dir/hmac.data" || exit 1

if command -v valgrind >/dev/null; then
    count() {   # count NAME TURNS
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$dir/bench" --count "$1" "$2" 2>&1 | sed -n 's/.*Collected : //p'
    }
    echo
    echo "instructions of one verify of 1 KiB (callgrind, which has no SHA instructions)"
    for name in 'akolhook, NO_SIMD' 'akolhook, SMALL' libsodium mbedTLS BearSSL; do
        one=$(count "$name" 1) many=$(count "$name" 11)
        if [ -n "$one" ] && [ -n "$many" ]; then printf '%-34s %9d\n' "$name" $(((many - one) / 10)); fi
    done
else echo "skipped: instruction counts need valgrind"; fi

found= libs= missing=
peer CJSON cjson/cJSON.h -lcjson
peer JANSSON jansson.h -ljansson
peer JSMN jsmn.h
if [ -n "$YYJSON" ]; then
    $cc -O2 -c -o "$dir/yyjson.o" "$YYJSON/yyjson.c" || exit 1
    found="$found -DHAVE_YYJSON -I$YYJSON" libs="$libs $dir/yyjson.o"
elif pkg-config --exists yyjson 2>/dev/null; then found="$found -DHAVE_YYJSON $(pkg-config --cflags yyjson)" libs="$libs $(pkg-config --libs yyjson)"
else missing="$missing YYJSON"; fi
echo
if [ -n "$missing" ]; then echo "skipped, not found:$missing"; fi
$cc $flags $found -o "$dir/json" $here/json.c $libs || exit 1
$pin "$dir/json" || exit 1
if command -v valgrind >/dev/null; then
    count() {   # count GROUP ROW TURNS
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$dir/json" "$@" 2>&1 | sed -n 's/.*Collected : //p'
    }
    echo
    echo "instructions (callgrind)"
    row() {     # row NAME GROUP ROW
        printf '%-46s %9d\n' "$1" $((($(count "$2" "$3" 220) - $(count "$2" "$3" 20)) / 200))
    }
    row 'akolhook_build_call' build 0
    row 'appends by hand, escaping' build 2
    row 'akolhook_json_parse + akolhook_json_get' read 0
    row 'akolhook_envelope_parse + two akolhook_json_get' read 1
    row 'akolhook_envelope_parse + akolhook_call_parse' read 2
    case $found in *YYJSON*) row 'yyjson, building' build 3; row 'yyjson, reading' read 3 ;; esac
fi

echo
base=
echo "ms of processor time to compile at -O2, the median of five"
printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n' >"$dir/all.c"
# processor time of one command: a shell of its own runs it and prints its children's times in line 2
spent() { sh -c '"$@" && times' sh $pin "$@" | awk 'NR == 2 { split($1 "m" $2, t, /[ms]+/); print (t[1] + t[3]) * 60000 + (t[2] + t[4]) * 1000 }'; }
compile() {     # compile NAME COMPILER ARGUMENT...
    name=$1; shift
    for turn in 1 2 3 4 5; do spent "$@" -O2 -c -o "$dir/all.o" || exit 1; done >"$dir/spent"
    [ "$(wc -l <"$dir/spent")" = 5 ] || exit 1
    median=$(sort -n "$dir/spent" | sed -n 3p)
    printf '%-34s %9.0f' "$name" "$median"
    if [ -n "$base" ]; then awk -v own="$median" -v base="$base" 'BEGIN { printf " %9.2f of stb_image.h", own / base }'; fi
    echo
}
# beside the header that everybody knows; its row is 1.00 of itself
stb=/usr/include/stb/stb_image.h
[ -e "$stb" ] || echo "skipped: no ratio to stb_image.h (Debian: libstb-dev)"
printf '#define STB_IMAGE_IMPLEMENTATION\n#include "%s"\n' "$stb" >"$dir/stb.c"
posix='-std=c99 -D_POSIX_C_SOURCE=200809L -I.'
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    base=
    if [ -e "$stb" ]; then
        compile "$compiler, stb_image.h" $compiler "$dir/stb.c"
        base=$median
    fi
    compile "$compiler, receiver only" $compiler $posix -DAKOLHOOK_RECEIVER_ONLY "$dir/all.c"
    compile "$compiler, all of akolhook.h" $compiler $posix "$dir/all.c"
    if [ -n "$YYJSON" ]; then compile "$compiler, yyjson" $compiler "$YYJSON/yyjson.c"; fi
done

if [ "${PLOT:-0}" != 0 ]; then
    if command -v gnuplot >/dev/null; then
        gnuplot <<PLOT && echo "$dir/hmac.svg"
set terminal svg size 900,600
set output "$dir/hmac.svg"
set title "HMAC-SHA256 verify, ns per byte (lower is better)"
set logscale xy
set xlabel "bytes"
set key outside
plot for [i=0:*] "$dir/hmac.data" index i using 1:(\$2/\$1) with linespoints title columnheader(1)
PLOT
    else echo "skipped: the picture needs gnuplot"; fi
fi
