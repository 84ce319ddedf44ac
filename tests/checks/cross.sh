#!/bin/sh
# cross.sh DIR TEST...: the tests on a big-endian machine (s390x under qemu), the pure ones on two of 32 bits, the hash on older
# processors of x86-64, the receiver half for a Cortex-M0+, where it may need nothing but the memory functions and the compiler's own
# arithmetic, and the client on an AVR (simavr).
dir=${1:-build/cross}; shift
mkdir -p "$dir"
paths='-I. -Iexamples/hub -Iexamples/stores -Iexamples/tls'
emulated=-DNO_THREADS_AFTER_FORK # qemu's own threads do not survive a fork
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }

if command -v s390x-linux-gnu-gcc >/dev/null && command -v qemu-s390x >/dev/null; then
    programs=
    for name in "$@"; do
        program=$dir/s390x-$name; more=
        test=$(ls tests/"$name".c tests/*/"$name".c 2>/dev/null)
        if [ "$name" = test_include ]; then more="-DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT tests/include_other.c"; fi
        if s390x-linux-gnu-gcc -std=c99 -D_POSIX_C_SOURCE=200809L $emulated -O1 -Wall -Wextra -static $paths -o "$program" "$test" $more -pthread >"$dir/log" 2>&1
        then programs="$programs $program"; else bad "$test does not compile for s390x"; head -n 20 "$dir/log"; fi
    done
    RUNNER=qemu-s390x sh tests/run.sh $programs >"$dir/log"
    sed '$d' "$dir/log"
    set -- $(tail -n 1 "$dir/log" | tr -dc '0-9 ')
    passed=$((passed + $1)) failed=$((failed + $2))
    # a journal written on one machine opens on the other, with the same answers
    build="-std=c99 -D_POSIX_C_SOURCE=200809L -O1 $paths tests/hub/test_hub_journal.c -pthread" native=$dir/journal foreign=$dir/s390x-journal
    if { ${CC:-cc} -o "$native" $build && s390x-linux-gnu-gcc -static -o "$foreign" $build; } >"$dir/log" 2>&1; then
        rm -f "$dir"/little "$dir"/big
        "$native" write "$dir/little" >"$dir/written" && qemu-s390x "$foreign" read "$dir/little" >"$dir/read" &&
            cmp "$dir/written" "$dir/read" && ok || bad "a journal of a little-endian machine on a big-endian one"
        qemu-s390x "$foreign" write "$dir/big" >"$dir/written" && "$native" read "$dir/big" >"$dir/read" &&
            cmp "$dir/written" "$dir/read" && ok || bad "a journal of a big-endian machine on a little-endian one"
    else bad "tests/hub/test_hub_journal.c does not compile for both machines"; fi
else echo "skipped: s390x needs s390x-linux-gnu-gcc and qemu-s390x"; fi

# the pure layers where pointers and size_t have 32 bits, in both byte orders
for machine in powerpc-linux-gnu:qemu-ppc arm-linux-gnueabihf:qemu-arm; do
    cross=${machine%:*} emulator=${machine#*:}
    if ! command -v "$cross-gcc" >/dev/null || ! command -v "$emulator" >/dev/null; then
        echo "skipped: 32 bits need $cross-gcc and $emulator"; continue
    fi
    programs=
    for name in hash hash_small text event payload sign url http; do
        program=$dir/$cross-test_$name
        if "$cross-gcc" -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -Wall -Wextra -static $paths -o "$program" "tests/test_$name.c" >"$dir/log" 2>&1
        then programs="$programs $program"; else bad "test_$name does not compile for $cross"; head -n 20 "$dir/log"; fi
    done
    RUNNER=$emulator sh tests/run.sh $programs >"$dir/log"
    sed '$d' "$dir/log"
    set -- $(tail -n 1 "$dir/log" | tr -dc '0-9 ')
    passed=$((passed + $1)) failed=$((failed + $2))
done

# without the SHA instructions, and without SSSE3: an instruction that the processor does not have ends the program
if [ "$(uname -m)" = x86_64 ] && command -v qemu-x86_64 >/dev/null; then
    for processor in Nehalem qemu64; do
        program=$dir/$processor-test_hash
        ${CC:-cc} -std=c99 -D_POSIX_C_SOURCE=200809L -O1 $paths -o "$program" tests/test_hash.c
        if qemu-x86_64 -cpu $processor "$program" >"$dir/log" 2>&1; then ok; else bad "test_hash on $processor"; tail -n 20 "$dir/log"; fi
    done
elif [ "$(uname -m)" = x86_64 ]; then echo "skipped: older processors need qemu-x86_64"; fi

if command -v arm-none-eabi-gcc >/dev/null; then
    strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings
     -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror'
    arm="arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb -Os -std=c99 -ffunction-sections -fdata-sections -I."
    printf '#define AKOLHOOK_IMPLEMENTATION\n#define AKOLHOOK_RECEIVER_ONLY\n#include "akolhook.h"\n' >"$dir/receiver.c"
    for small in '' -DAKOLHOOK_SMALL; do
        if $arm $strict -ffreestanding $small -c -o "$dir/receiver.o" "$dir/receiver.c"; then ok; else bad "Cortex-M0+ compile $small"; fi
        extra=$(arm-none-eabi-nm -u "$dir/receiver.o" | awk '{ print $NF }' | grep -Ev '^(mem(cpy|move|set|cmp|chr)|strlen|__aeabi_.*|__gnu_thumb1_case_.*)$')
        if [ -z "$extra" ]; then ok; else bad "the receiver half needs" $extra; fi
        state=$(arm-none-eabi-nm "$dir/receiver.o" | grep -i ' [bdc] ')
        if [ -z "$state" ]; then ok; else bad "the receiver half has state: $state"; fi
    done
    # both halves on 32 bits
    printf '#define AKOLHOOK_IMPLEMENTATION\n#define AKOLHOOK_NO_POSIX\n#include "akolhook.h"\n' >"$dir/sender.c"
    if $arm $strict -c -o "$dir/sender.o" "$dir/sender.c"; then ok; else bad "Cortex-M0+ compile of both halves"; fi
    # a whole program that verifies: linked from the memory functions of newlib-nano alone
    if $arm $strict --specs=nano.specs --specs=nosys.specs -nostartfiles -Wl,--gc-sections -Wl,-e,main -o "$dir/verify.elf" examples/verify.c
    then ok; else bad "Cortex-M0+ link"; fi
    libc=$(arm-none-eabi-nm --defined-only "$dir/verify.elf" | awk '$2 ~ /[Tt]/ { print $3 }' | grep -E 'malloc|_sbrk|printf|_write|errno')
    if [ -z "$libc" ]; then ok; else bad "the program brought in" $libc; fi
    arm-none-eabi-size "$dir/verify.elf" | awk 'NR == 2 { print "Cortex-M0+: a program that verifies has " $1 " bytes of text, " $2 + $3 " of RAM" }'
else echo "skipped: Cortex-M0+ needs arm-none-eabi-gcc"; fi

# the sender where int and size_t have 16 bits; a size that wraps around there is refused by the compiler
if command -v avr-gcc >/dev/null && command -v simavr >/dev/null; then
    avr="avr-gcc -mmcu=atmega1284p -DF_CPU=8000000UL -std=gnu99 -Os -Wall -Werror -DAKOLHOOK_STATIC"
    avr="$avr -ffunction-sections -fdata-sections -Wl,--gc-sections -I."
    if $avr -include tests/platforms/avr_console.h -o "$dir/small.elf" tests/platforms/test_client_small.c; then
        timeout 100 simavr -m atmega1284p -f 8000000 "$dir/small.elf" >"$dir/log" 2>&1
        if grep -q '[1-9][0-9]* passed, 0 failed' "$dir/log"; then ok; else bad "the client on an AVR"; head -n 20 "$dir/log"; fi
    else bad "tests/platforms/test_client_small.c does not compile for an AVR"; fi
    printf '#define AKOLHOOK_NO_POSIX\n#include "akolhook.h"\nextern char m[AKOLHOOK_CLIENT_SIZE(COUNT, 0, 1024, 2048)];\n' \
        >"$dir/large.c"
    if $avr -DCOUNT=2 -fsyntax-only "$dir/large.c"; then ok; else bad "a client of two slots on an AVR"; fi
    if $avr -DCOUNT=40 -fsyntax-only "$dir/large.c" 2>/dev/null; then bad "a client of forty slots on an AVR"; else ok; fi
else echo "skipped: the AVR needs avr-gcc and simavr"; fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
