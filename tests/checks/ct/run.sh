#!/bin/sh
# run.sh DIR [CORPORA]: what the hash layer needs beyond its tests. Secrets under valgrind; the
# block functions that valgrind does not know, by their disassembly; other processors under qemu; the hash corpus by each
# block function. LONG=1: at every level of both compilers.
dir=${1:-build/ct} corpora=$2
mkdir -p "$dir"
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
have() { command -v "$1" >/dev/null; }
flags='-std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -I.'
for tool in gcc clang; do have $tool || echo "skipped: $tool is missing"; done

# 1. secrets are undefined memory: no branch and no address may depend on them
if have valgrind && [ -f /usr/include/valgrind/memcheck.h ]; then
    vg="valgrind -q --error-exitcode=9 --expensive-definedness-checks=yes"
    forms='-O2:-DAKOLHOOK_NO_SIMD -Os:-DAKOLHOOK_SMALL'
    [ -z "$LONG" ] || forms=$(for level in 0 2 3 s; do echo "-O$level:-DAKOLHOOK_NO_SIMD -O$level:-DAKOLHOOK_SMALL"; done)
    for form in $(for each in $forms; do echo "gcc:$each clang:$each"; done); do
        build=$(echo "$form" | tr : ' ')
        have "${build%% *}" || continue
        if ! $build $flags -gdwarf-4 -o "$dir/ct" tests/checks/ct/ct.c >"$dir/log" 2>&1; then bad "$build"; head -n 20 "$dir/log"; continue; fi
        if $vg "$dir/ct" >"$dir/log" 2>&1; then ok; else bad "a secret decides: $build"; head -n 40 "$dir/log"; fi
        $vg "$dir/ct" control >"$dir/log" 2>&1
        if [ $? = 9 ]; then ok; else bad "valgrind does not see the control: $build"; fi
    done
else echo "skipped: constant time needs valgrind and its headers"; fi

# 2. the block functions in vector registers: nothing goes from there to a general register or to the flags, and the only
#    conditional jumps of the plain one are those of two counts: of the blocks (its test for none, its way back) and of the rounds
levels=2
[ -z "$LONG" ] || levels='1 2 3 s'
judge() {       # judge NAME OBJDUMP OBJECT: reads the functions that start with akolhook_i_ and end in simd, lanes_run
    "$2" -d --no-show-raw-insn "$3" | awk -v name="$1" '
        /^[0-9a-f]+ <.*>:$/ {
            inside = $2 ~ /^<akolhook_i_(blocks_simd|hmac_end_simd|digest_simd|lanes_run)(\.[a-z0-9.]*)?>:$/
            if (inside) { here = $2; seen++ } next
        }
        !inside || NF < 2 { next }
        { code = $0; sub(/^[^:]*:[ \t]*/, "", code); sub(/[ \t]*(#|\/\/).*/, "", code); split(code, word, /[ \t]+/); op = word[1] }
        op ~ /^v?(pextr|movmsk|pmovmskb|ptest|u?comis|cvt)/ || op ~ /^(umov|smov|fcmp|fccmp|addv|umaxv)/ { print name, here, code; wrong++ }
        op ~ /^v?mov[dq]$/ && code ~ /%[xy]mm[0-9]+,%[er]/ { print name, here, code; wrong++ }
        op == "fmov" && code ~ /fmov[ \t]+[wx][0-9]+,/ { print name, here, code; wrong++ }
        op ~ /^j/ && op != "jmp" || op ~ /^(b\.|cbn?z|tbn?z)/ { jumps[here]++ }
        END {
            for (f in jumps) if (f ~ /blocks_simd/ && jumps[f] > 3) { print name, f, jumps[f] " conditional jumps"; wrong++ }
            if (seen < 4) { print name, "only " seen + 0 " of the functions were found"; wrong++ }
            exit wrong > 0
        }'
}
printf '#define AKOLHOOK_IMPLEMENTATION\n#define AKOLHOOK_RECEIVER_ONLY\n#include "akolhook.h"\n' >"$dir/simd.c"
disassemble() { # disassemble NAME OBJDUMP COMPILE...
    name=$1 objdump=$2; shift 2
    have "$1" && have "$objdump" || { echo "skipped: $name needs $1 and $objdump"; return; }
    for level in $levels; do
        "$@" $flags -O$level -fno-inline -c -o "$dir/simd.o" "$dir/simd.c" || { bad "$name: compile at -O$level"; continue; }
        if judge "$name -O$level" "$objdump" "$dir/simd.o"; then ok; else bad "$name, -O$level: vector registers reach the control flow"; fi
    done
}
case $(uname -m) in x86_64)
    disassemble "x86-64 gcc" objdump gcc
    disassemble "x86-64 clang" objdump clang ;;
esac
disassemble "AArch64 gcc" aarch64-linux-gnu-objdump aarch64-linux-gnu-gcc

# 3. other processors
emulate() {     # emulate NAME EMULATOR COMPILE...
    name=$1 emulator=$2; shift 2
    have "$1" && have "$emulator" || { echo "skipped: $name needs $1 and $emulator"; return; }
    for test in test_hash test_hash_portable test_hash_small; do
        if "$@" $flags -O2 -static -o "$dir/emulated" tests/$test.c >"$dir/log" 2>&1 && "$emulator" "$dir/emulated" >"$dir/log" 2>&1
        then ok; else bad "$name: $test"; head -n 20 "$dir/log"; fi
    done
}
emulate "AArch64, SHA2 found at run time" qemu-aarch64 aarch64-linux-gnu-gcc
emulate "AArch64, SHA2 assumed" qemu-aarch64 aarch64-linux-gnu-gcc -march=armv8-a+crypto
emulate "ARMv7" qemu-arm arm-linux-gnueabihf-gcc

# 4. the hash corpus (CAVP, Wycheproof) by the block functions that this machine would not choose
if [ -f "$corpora/drivers/run_hash.py" ] && have python3; then
    for build in -DAKOLHOOK_NO_SIMD -DAKOLHOOK_SMALL; do
        if gcc $flags $build -O1 -o "$dir/probe" tests/probe.c -pthread >"$dir/log" 2>&1 &&
            PYTHONDONTWRITEBYTECODE=1 python3 "$corpora/drivers/run_hash.py" "$dir/probe" open >"$dir/log" 2>&1 &&
            tail -n 1 "$dir/log" | grep -q '^[1-9][0-9]* passed, 0 failed, 0 skipped$'; then ok; else bad "the hash corpus, $build"; tail -n 5 "$dir/log"; fi
    done
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
