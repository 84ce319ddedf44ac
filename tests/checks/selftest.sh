#!/bin/sh
# selftest.sh DIR: akolhook_selftest notices what is broken, and costs little. Each case is a copy of akolhook.h with one thing in it
# changed, in the portable and the small build: SELFTEST_FAILED must come of it. And its flash on a Cortex-M0+, at most 600 bytes.
dir=${1:-build/selftest} cc=${CC:-cc}
mkdir -p "$dir" && rm -rf "$dir"/*
passed=0 failed=0
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
cat >"$dir/run.c" <<'END'
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
int main(void) {
    akolhook_status status = akolhook_selftest();
    return status == AKOLHOOK_OK ? 0 : status == AKOLHOOK_SELFTEST_FAILED ? 1 : 2;
}
END

# broken WHAT EXPRESSION [FLAGS]: the result must be 1 with the header that sed's EXPRESSION gives; 0 as it is
broken() {
    what=$1 expression=$2; shift 2
    sed "$expression" akolhook.h >"$dir/akolhook.h"
    if cmp -s akolhook.h "$dir/akolhook.h" && [ "$what" != nothing ]; then bad "$what: the header has no such place"; return; fi
    if [ "$what" = nothing ]; then want=0; else want=1; fi
    if ! $cc -std=c99 -O1 -w -DAKOLHOOK_RECEIVER_ONLY -DAKOLHOOK_NO_EXPLAIN "$@" -I"$dir" -o "$dir/run" "$dir/run.c" >"$dir/log" 2>&1; then
        bad "$what: does not compile"; head -n 10 "$dir/log"; return
    fi
    "$dir/run"; got=$?
    if [ $got = $want ]; then ok; else bad "$what, $*: the result is $got, expected $want"; fi
}
for build in -DAKOLHOOK_NO_SIMD -DAKOLHOOK_SMALL; do
    broken nothing '' $build
    broken "the first constant" 's/0x428a2f98/0x428a2f99/' $build
    broken "the last constant" 's/0xc67178f2/0xc67178f3/' $build
    broken "the start" 's/0x6a09e667/0x6a09e666/' $build
    broken "a choice" 's/^#define AKOLHOOK_I_CHOICE.*/#define AKOLHOOK_I_CHOICE(e, f, g) ((e) \& (f))/' $build
    broken "a majority" 's/^#define AKOLHOOK_I_MAJORITY.*/#define AKOLHOOK_I_MAJORITY(a, b, c) (a)/' $build
    broken "a sum" 's/^#define AKOLHOOK_I_SUM1(e).*/#define AKOLHOOK_I_SUM1(e) (e)/' $build
    broken "the schedule" 's/^#define AKOLHOOK_I_SIGMA0.*/#define AKOLHOOK_I_SIGMA0(x) (x)/' $build
    broken "the block function does nothing" '/^static void akolhook_i_sha256_block(/a return;' $build
    broken "the length in the padding" 's/h->length << 3/h->length << 2/' $build
    broken "the inner mask" 's/, 0x36, key->inner/, 0x37, key->inner/' $build
    broken "the outer mask" 's/0x5c, key->outer/0x5d, key->outer/' $build
    broken "every signature is taken" '/^AKOLHOOK_API int akolhook_equal_constant_time(.*{$/a return 1;' $build
    broken "no signature is taken" '/^AKOLHOOK_API int akolhook_equal_constant_time(.*{$/a return 0;' $build
    broken "a hex digit is written" "s/'a' - '9' - 1)))/'A' - '9' - 1)))/" $build
    broken "a hex digit is read" "s/(int)letter + 10/(int)letter + 9/" $build
done
broken nothing ''

if command -v arm-none-eabi-gcc >/dev/null; then
    cat >"$dir/entry.c" <<'END'
#define AKOLHOOK_STATIC
#define AKOLHOOK_SMALL
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
akolhook_status entry(const char *secret, const char *signature, const void *body, size_t body_len);
akolhook_status entry(const char *secret, const char *signature, const void *body, size_t body_len) {
#ifdef SELFTEST
    akolhook_status status = akolhook_selftest();
    if (status != AKOLHOOK_OK) return status;
#endif
    return akolhook_verify(secret, signature, body, body_len);
}
END
    flash() {   # flash FLAGS: what the program takes, libc included
        arm-none-eabi-gcc -std=c99 -mthumb -mcpu=cortex-m0plus --specs=nano.specs -Os -ffunction-sections -fdata-sections -nostartfiles \
            -Wl,--gc-sections,-e,entry,-u,entry -I. "$@" -o "$dir/entry.elf" "$dir/entry.c" &&
            arm-none-eabi-size "$dir/entry.elf" | awk 'NR == 2 { print $1 + $2 }'
    }
    without=$(flash) with=$(flash -DSELFTEST)
    echo "akolhook_selftest adds $((with - without)) bytes of flash to akolhook_verify on a Cortex-M0+"
    if [ $((with - without)) -gt 100 ] && [ $((with - without)) -le 600 ]; then ok; else bad "more than 600 bytes of flash"; fi
    if arm-none-eabi-nm "$dir/entry.elf" | grep -q selftest && flash >/dev/null && ! arm-none-eabi-nm "$dir/entry.elf" | grep -q selftest
    then ok; else bad "it is linked where it is not called"; fi
else echo "skipped: the flash needs arm-none-eabi-gcc"; fi
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
