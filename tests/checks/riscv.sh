#!/bin/sh
# riscv.sh DIR: RISC-V of 32 bits without an operating system (picolibc), on qemu's virt: the pure tests from hash to http, and the
# client over a simulated modem; both halves compiled with the strict warnings.
dir=${1:-build/riscv}
gcc=riscv64-unknown-elf-gcc
specs=$($gcc -print-file-name=picolibc.specs 2>/dev/null)
for tool in $gcc qemu-system-riscv32; do
    command -v $tool >/dev/null || { echo "skipped: RISC-V needs $tool"; echo "0 passed, 0 failed"; exit 0; }
done
if [ ! -e "$specs" ]; then echo "skipped: RISC-V needs picolibc-riscv64-unknown-elf"; echo "0 passed, 0 failed"; exit 0; fi
mkdir -p "$dir" && rm -rf "$dir"/*
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }

strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings
 -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror'
target='--specs=picolibc.specs -march=rv32imac -mabi=ilp32 -ffunction-sections -fdata-sections -I.'
printf '#define AKOLHOOK_IMPLEMENTATION\n#define AKOLHOOK_NO_POSIX\n#include "akolhook.h"\n' >"$dir/all.c"
for flags in '' -DAKOLHOOK_SMALL -DAKOLHOOK_RECEIVER_ONLY '-march=rv32e -mabi=ilp32e'; do
    if $gcc -std=c99 $target $strict -O2 $flags -c -o "$dir/all.o" "$dir/all.c" 2>"$dir/log"; then ok; else
        bad "compile $flags"; head -n 10 "$dir/log"; fi
done

build="$gcc -std=gnu99 $target -Wall -Wextra -Werror -DCHECK_BARE -DAKOLHOOK_NO_POSIX= -Dmain=test_main --crt0=semihost --oslib=semihost
 -Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x400000,--defsym=__ram=0x80400000,--defsym=__ram_size=0xc00000
 -Wl,--defsym=__stack_size=0x100000"
build=$(echo $build)
$gcc $target -c -o "$dir/main.o" tests/platforms/bare/main.c || exit 1
: >"$dir/cases"
for test in hash hash_small hash_portable text event payload sign url http selftest; do
    echo "$test|$build -O1 tests/test_$test.c $dir/main.o" >>"$dir/cases"
done
echo "modem|$build -Os tests/platforms/bare/modem.c $dir/main.o" >>"$dir/cases"
echo "client_small|$build -Os tests/platforms/test_client_small.c $dir/main.o" >>"$dir/cases"
one='
    name=${1%%|*} build=${1#*|}
    if $build -o "$0/$name.elf" >"$0/$name.log" 2>&1; then
        timeout 300 qemu-system-riscv32 -M virt -bios none -display none -monitor none -serial none \
            -semihosting-config enable=on,target=native -kernel "$0/$name.elf" >"$0/$name.out" 2>&1 </dev/null ||
            echo "ended with status $?" >>"$0/$name.log"
    fi'
xargs -d '\n' -n 1 -P "${JOBS:-$(nproc)}" sh -c "$one" "$dir" <"$dir/cases"
for name in $(cut -d '|' -f 1 "$dir/cases"); do
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$dir/$name.out" 2>/dev/null | tail -n 1)
    if [ $# = 2 ] && [ "$1" -gt 0 ]; then passed=$((passed + $1)) failed=$((failed + $2)); else bad "$name broke off"; fi
    if [ "${2:-1}" != 0 ]; then cat "$dir/$name.log" "$dir/$name.out" 2>/dev/null | head -n 20; fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
