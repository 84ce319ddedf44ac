#!/bin/sh
# traces.sh DIR: no call that takes a key leaves a part of it on the stack, whatever the compiler does: gcc and clang, -O0 to -O3, with
# the vector instructions of the processor, in portable C, and small. LONG=1 with the client at each level too.
dir=${1:-build/traces}
mkdir -p "$dir" && rm -f "$dir"/*
programs=
build() {       # build NAME COMPILER FLAGS...
    program=$dir/$1; shift
    if "$@" -std=c99 -D_XOPEN_SOURCE=700 -Wall -Wextra -I. -o "$program" tests/checks/traces/traces.c -pthread >"$program.log" 2>&1
    then programs="$programs $program"; else cat "$program.log"; programs="$programs $program"; fi
}
for cc in gcc clang; do
    command -v $cc >/dev/null || { echo "skipped: traces needs $cc"; continue; }
    for level in 0 1 2 3; do
        half=-DAKOLHOOK_RECEIVER_ONLY
        if [ $level = 2 ] || [ -n "$LONG" ]; then half=; fi
        build $cc-O$level-vectors $cc -O$level $half &
        build $cc-O$level-portable $cc -O$level $half -DAKOLHOOK_NO_SIMD &
        build $cc-O$level-small $cc -O$level $half -DAKOLHOOK_SMALL
        wait
        programs="$programs $dir/$cc-O$level-vectors $dir/$cc-O$level-portable"
    done
done
sh tests/run.sh $programs
