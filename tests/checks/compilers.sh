#!/bin/sh
# compilers.sh DIR: C libraries, compilers and options beside those of matrix.sh: musl, tcc, i386, enums and chars of another kind,
# link-time optimisation. The header with the strict warnings where the compiler has them, then the pure tests and the client's. What
# takes the compiler long is tested under one of them.
dir=${1:-build/compilers}
mkdir -p "$dir" && rm -rf "$dir"/*
posix='-std=c99 -D_POSIX_C_SOURCE=200809L -I.'
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings
 -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror'
strict=$(echo $strict)
pure='hash hash_small text event payload sign url http explain selftest'
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n' >"$dir/impl.c"

# kind NAME "COMPILER AND FLAGS" "WARNINGS" TEST...: the header, then these tests
kind() {
    name=$1 compile=$2 warnings=$3; shift 3
    for tool in ${compile%% *} $RUNNER; do
        command -v "$tool" >/dev/null || { echo "skipped: $name needs $tool"; return; }
    done
    for switch in '' -DAKOLHOOK_SMALL -DAKOLHOOK_RECEIVER_ONLY; do
        if $compile $posix $warnings $switch -c -o "$dir/impl.o" "$dir/impl.c" >"$dir/log" 2>&1; then ok; else
            bad "$name $switch: the header"; head -n 10 "$dir/log"; fi
    done
    programs=
    for test in "$@"; do programs="$programs $dir/$name-test_$test"; done
    printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-$(nproc)}" sh -c "
        source=\$(ls tests/test_\$0.c tests/platforms/test_\$0.c 2>/dev/null)
        $compile $posix -Wall -o $dir/$name-test_\$0 \$source -pthread >$dir/$name-\$0.log 2>&1 || head -n 10 $dir/$name-\$0.log"
    sh tests/run.sh $programs >"$dir/sum"
    # musl has no locales, and says so
    sed '$d' "$dir/sum" | grep -vE '^[a-z0-9_.-]* *[0-9]* passed, 0 failed$|^skipped: no Turkish locale'
    set -- $(tail -n 1 "$dir/sum" | tr -dc '0-9 ')
    passed=$((passed + $1)) failed=$((failed + $2))
}
RUNNER=
kind musl 'musl-gcc -O0 -static' "-O2 $strict" $pure client posix calls sources client_small
kind tcc tcc '-Wall -Werror' $pure client posix calls sources client_small
kind enums-gcc 'gcc -O0 -fshort-enums -funsigned-char' "$strict" $pure client client_small
kind enums-clang 'clang -O0 -fshort-enums -funsigned-char' "$strict" text event payload sign url http client
kind lto 'gcc -O2 -flto' "$strict" hash sign selftest client_small
export RUNNER=qemu-i386
kind i386 'i686-linux-gnu-gcc -O0 -static' "-O2 $strict" $pure client client_small

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
