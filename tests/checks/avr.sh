#!/bin/sh
# avr.sh DIR TEST...: the pure tests on an AVR, where int and size_t have 16 bits, under simavr: each test function is a program
# of its own, as flash and memory allow; long loops take fewer steps there. Left out is what left_out says, and what __AVR__ leaves
# out in the sources. Hash, text and http without AKOLHOOK_SMALL too.
dir=${1:-build/avr}; shift
for tool in avr-gcc simavr; do
    command -v $tool >/dev/null || { echo "skipped: 16 bits need avr-gcc and simavr"; echo "0 passed, 0 failed"; exit 0; }
done
mkdir -p "$dir" && rm -f "$dir"/*
mcu=atmega1284p
avr="avr-gcc -std=gnu99 -Os -mmcu=$mcu -Wall -Wextra -Wno-unused-function -I."
bounds='-DAKOLHOOK_STATIC -DAKOLHOOK_NO_POSIX -DAKOLHOOK_MAX_HEADER=1024 -DAKOLHOOK_MAX_RESPONSE_HEAD=2048'
left_out='
    hash-mebibyte hash-every_length hash-every_key_length fast-million_in_pieces
    sign-content_encodings payload-test_bad_envelopes payload-test_every_struct payload-test_reverse_order
    payload-test_each_member payload-test_lists_read
    payload-test_long_transcript payload-test_buffer_sizes payload-test_cut_and_changed '
# Line by line: minutes of hashing that end in one value over all of it, so that no step can be left out; over 10 KB of constants,
# which lie in memory there (the texts of all statuses, a table of bodies, the tables of all structs beside one filled whole), likewise
# the next; 10,001 lines, which make a body above 65,535 bytes, and every size and every byte of each sample, which is an hour.

one() {         # one SOURCE FUNCTION FLAGS: builds and runs it; what it says goes to a file of its own
    name=$(basename "$1" .c)$4-$2 program=$dir/$(basename "$1" .c)$4-$2
    if $avr $bounds $3 -DCHECK_ONLY="\"$2\"" -Dmain=test_main -c -o "$program.o" "$1" >"$program.log" 2>&1 &&
        avr-gcc -mmcu=$mcu -o "$program.elf" "$program.o" "$dir/start.o" >>"$program.log" 2>&1
    then timeout 600 simavr -m $mcu -f 16000000 "$program.elf" 2>&1 | sed 's/\x1b\[[0-9;]*m//g; s/\.$//' >>"$program.log"; fi
    if grep -q '^1 passed, 0 failed' "$program.log"; then echo 1 >"$program.ok"; else
        echo "FAIL $name"; head -n 8 "$program.log"; fi
    rm -f "$program.o" "$program.elf"
}

$avr -c -o "$dir/start.o" tests/checks/avr/start.c || exit 1
count=0
for test in "$@"; do
    for kind in small fast; do
        case $kind-$test in small-*) flags=-DAKOLHOOK_SMALL ;; fast-hash | fast-text | fast-http) flags= ;; *) continue ;; esac
        for function in $(sed -n 's/^ *RUN(\([a-z_0-9]*\));$/\1/p' "tests/test_$test.c"); do
            case $left_out in *" $test-$function"[!a-z_]* | *" $kind-$function"[!a-z_]*) continue ;; esac
            if awk -v run="RUN($function);" '/^#if.*(__AVR__|CHECK_BARE|__x86_64__)/ { out = 1 } /^#endif/ { out = 0 } index($0, run) { exit !out }' "tests/test_$test.c"
            then continue; fi
            count=$((count + 1))
            one "tests/test_$test.c" "$function" "$flags" "-$kind" &
            if [ $((count % 3)) = 0 ]; then wait; fi
        done
    done
done
wait

# each half compiles in ISO C and in C++ too, strictly; a bound that does not fit size_t is refused
strict='-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wcast-qual -Wwrite-strings -Werror -Wno-type-limits'
printf '#define AKOLHOOK_IMPLEMENTATION\n#define AKOLHOOK_NO_POSIX\n#include "akolhook.h"\n' >"$dir/all.c"
cp "$dir/all.c" "$dir/all.cpp"
compiles() {    # compiles NAME FLAGS...
    name=$1; shift; count=$((count + 1))
    if avr-gcc -Os -mmcu=$mcu $strict -I. "$@" -c -o "$dir/all.o" >"$dir/all.log" 2>&1
    then echo 1 >"$dir/$name.ok"; else echo "FAIL $name"; head -n 8 "$dir/all.log"; fi
}
for small in '' -DAKOLHOOK_SMALL; do
    for half in '' -DAKOLHOOK_RECEIVER_ONLY; do
        compiles "c99$small$half" -std=c99 $small $half "$dir/all.c"
        compiles "gnu11$small$half" -std=gnu11 $small $half "$dir/all.c"
        compiles "c++11$small$half" -std=c++11 $small $half "$dir/all.cpp"
    done
done
compiles conversions -std=c99 -DAKOLHOOK_SMALL -DAKOLHOOK_RECEIVER_ONLY -Wconversion -Wsign-conversion "$dir/all.c"
for bound in HEADER BODY URL RESPONSE_HEAD RESPONSE_FIELDS INTERIM; do
    count=$((count + 1))
    if avr-gcc -mmcu=$mcu -I. -DAKOLHOOK_MAX_$bound=65536 -c -o "$dir/all.o" "$dir/all.c" >"$dir/all.log" 2>&1 || ! grep -q 'error: #error.*AKOLHOOK_MAX' "$dir/all.log"
    then echo "FAIL AKOLHOOK_MAX_$bound of 65536 is not refused"; else echo 1 >"$dir/$bound.ok"; fi
done

passed=$(ls "$dir"/*.ok 2>/dev/null | wc -l)
echo "$passed passed, $((count - passed)) failed"
[ $passed = $count ] && [ $count -gt 0 ]
