#!/bin/sh
# cortexm.sh DIR: Cortex-M without an operating system, on boards of qemu-system-arm: the pure tests from hash to sign, the client over
# a simulated modem, and the stack, painted in a run, beside the table in the manual of akolhook.h.
dir=${1:-build/cortexm}
for tool in arm-none-eabi-gcc qemu-system-arm; do
    command -v $tool >/dev/null || { echo "skipped: Cortex-M needs $tool"; echo "0 passed, 0 failed"; exit 0; }
done
mkdir -p "$dir" && rm -rf "$dir"/*
bare=tests/platforms/bare

# board CPU flash size ram size
board() {
    case $1 in
        microbit) echo cortex-m0plus 0 0x40000 0x20000000 0x4000 ;;
        lm3s6965evb) echo cortex-m3 0 0x40000 0x20000000 0x10000 ;;
        mps2-an385) echo cortex-m3 0 0x400000 0x20000000 0x400000 ;;
        mps2-an386) echo cortex-m4 0 0x400000 0x20000000 0x400000 ;;
        mps2-an505) echo cortex-m33 0x10000000 0x400000 0x38000000 0x200000 ;;
    esac
}
flags() {       # flags BOARD: the compiler and what it needs for the board
    set -- $(board "$1")
    echo "arm-none-eabi-gcc -std=gnu99 -mthumb -mcpu=$1 -Wall -Wextra -Werror -ffunction-sections -fdata-sections -I. -DCHECK_BARE" \
        "-DAKOLHOOK_NO_POSIX= --specs=rdimon.specs -nostartfiles -T $bare/cortexm.ld -Wl,--gc-sections,--defsym=flash=$2" \
        "-Wl,--defsym=flash_size=$3,--defsym=ram=$4,--defsym=ram_size=$5 $bare/start.c"
}

: >"$dir/cases"
case_() {       # case_ BOARD NAME COMMAND...: how one program is built, for the lines of DIR/cases
    board=$1 name=$2; shift 2
    echo "$board-$name|$board|$(flags "$board") $*" >>"$dir/cases"
}
for board in mps2-an385 mps2-an386 mps2-an505; do
    for test in hash hash_small text event payload sign; do case_ $board $test -O1 tests/test_$test.c; done
done
for test in hash_portable url http selftest; do case_ mps2-an385 $test -Os tests/test_$test.c; done
# the code of the smallest of them, where there is room for the tests
for test in hash_small sign; do case_ mps2-an385 m0-$test -mcpu=cortex-m0plus -Os tests/test_$test.c; done
for board in microbit lm3s6965evb mps2-an385 mps2-an386 mps2-an505; do case_ $board modem -Os $bare/modem.c; done
case_ microbit client_small -Os tests/platforms/test_client_small.c
case_ microbit selftest -Os -DAKOLHOOK_SMALL -DAKOLHOOK_STATIC tests/test_selftest.c
for board in microbit mps2-an386; do
    cpu=$(board $board | cut -d ' ' -f 1)
    for part in 1 2 3 4 5 6; do
        arm-none-eabi-gcc -std=c99 -mthumb -mcpu="$cpu" -Os -ffunction-sections -fdata-sections -I. -DPART=$part -c \
            -o "$dir/$board-part$part.o" tests/checks/size/size.c || exit 1
        case_ $board stack$part -Os -DPART=$part "$dir/$board-part$part.o" $bare/stack.c
    done
done

one='
    name=${1%%|*} rest=${1#*|}; board=${rest%%|*} build=${rest#*|}
    if $build -o "$0/$name.elf" >"$0/$name.log" 2>&1; then
        timeout 300 qemu-system-arm -M "$board" -display none -monitor none -serial none -semihosting-config enable=on,target=native \
            -kernel "$0/$name.elf" >"$0/$name.out" 2>"$0/$name.err" </dev/null || echo "ended with status $?" >>"$0/$name.err"
    fi'
xargs -d '\n' -n 1 -P "${JOBS:-$(nproc)}" sh -c "$one" "$dir" <"$dir/cases"

passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
for name in $(cut -d '|' -f 1 "$dir/cases"); do
    case $name in *-stack?) continue ;; esac
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$dir/$name.out" 2>/dev/null | tail -n 1)
    if [ $# = 2 ] && [ "$1" -gt 0 ]; then passed=$((passed + $1)) failed=$((failed + $2)); else bad "$name broke off"; fi
    if [ "${2:-1}" != 0 ]; then cat "$dir/$name.log" "$dir/$name.out" "$dir/$name.err" 2>/dev/null | head -n 20; fi
done

# the painted stack: above the table by what it leaves apart, the memory functions and the frame that calls (32 bytes), and below
# it where the deepest path is not the one that this run takes (32 bytes)
row=0
for label in SHA-256 HMAC-SHA256 akolhook_verify 'the same and the envelope' 'JSON reader' 'JSON writer'; do
    row=$((row + 1))
    for board in microbit mps2-an386; do
        column=3; if [ $board = mps2-an386 ]; then column=6; fi
        table=$(awk -v label="$label" -v column=$column '/--- size/ { inside = 1 } /^   ---$/ { inside = 0 }
            inside && index($0, "   " label "  ") == 1 { $0 = substr($0, length(label) + 4); print $column; exit }' akolhook.h)
        painted=$(cat "$dir/$board-stack$row.out" 2>/dev/null)
        echo "stack of $label on $board: $painted bytes painted, $table in the table"
        case $painted$table in '' | *[!0-9]*) bad "no figure: $painted, $table"; head -n 5 "$dir/$board-stack$row.log"; continue ;; esac
        if [ "$painted" -le $((table + 32)) ] && [ "$painted" -ge $((table - 32)) ]; then ok; else bad "they differ"; fi
    done
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
