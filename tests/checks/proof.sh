#!/bin/sh
# proof.sh DIR: no input of a bounded size leads to undefined behaviour. Every input of some bytes to the parsers of responses and
# URLs by tests/proof/exhaust.c, and Frama-C's Eva over the calls that tests/proof/pure.c lists, where no alarm is the proof. The empty asm statements, which hide a value from the optimiser, are taken out before, as Eva would
# take them for anything. LONG=1 adds the hash, which takes minutes, and longer inputs. The report is written to DIR/report.
dir=${1:-build/proof}
if ! command -v frama-c >/dev/null; then echo "skipped: proof needs frama-c"; echo "0 passed, 0 failed"; exit 0; fi
mkdir -p "$dir"
sed 's/__asm__.*)/(void)0/' akolhook.h >"$dir/stripped.h"
passed=0 failed=0
: >"$dir/report"

cc=gcc; command -v $cc >/dev/null || cc=cc
$cc -std=c99 -D_POSIX_C_SOURCE=200809L -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -w -I. -o "$dir/exhaust" tests/proof/exhaust.c &&
    "$dir/exhaust" $([ -n "$LONG" ] && echo 100000 6 || echo 4000 5) >"$dir/exhaust.log" 2>&1
rc=$?
grep -v ' passed, ' "$dir/exhaust.log" >>"$dir/report"
set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$dir/exhaust.log") 0 1
passed=$((passed + $1)) failed=$((failed + $2))
[ $rc = 0 ] || { failed=$((failed + 1)); echo "FAIL exhaust"; tail -n 30 "$dir/exhaust.log"; }

# loops of any length: contracts from tests/proof/loops.sed, every goal proven
if command -v why3 >/dev/null && command -v z3 >/dev/null; then
    sed -f tests/proof/loops.sed "$dir/stripped.h" >"$dir/annotated.h"
    export WHY3CONFIG=$dir/why3.conf
    why3 config detect >"$dir/loops.log" 2>&1
    frama-c -cpp-extra-args="-DAKOLHOOK_NO_SIMD -I$dir" -machdep gcc_x86_64 -wp -wp-rte -wp-model Typed+Cast -wp-prover z3 -wp-timeout 60 \
        -wp-fct akolhook_i_hex_write,akolhook_i_hex_read,akolhook_equal_constant_time tests/proof/loops.c >>"$dir/loops.log" 2>&1
    set -- $(sed -n 's|^\[wp\] Proved goals: *\([0-9]*\) / \([0-9]*\)$|\1 \2|p' "$dir/loops.log") 0 1
    echo "loops: $1 of $2 goals proven by WP" >>"$dir/report"
    if [ "$1" = "$2" ] && [ "$1" -gt 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL loops"; tail -n 40 "$dir/loops.log"; fi
else echo "skipped: the contracts of loops need why3 and z3"; fi

for what in hex base64 compare times ${LONG:+hash}; do
    frama-c -cpp-extra-args="-DAKOLHOOK_NO_SIMD -I$dir" -machdep gcc_x86_64 -eva -main $what -eva-precision 2 -eva-slevel 20000 \
        -eva-split-return auto -eva-auto-loop-unroll 130 -eva-no-show-progress -eva-warn-undefined-pointer-comparison none \
        -eva-builtin proof_memset:Frama_C_memset,proof_memcpy:Frama_C_memcpy tests/proof/pure.c >"$dir/$what.log" 2>&1
    rc=$?
    {
        echo "$what: $(sed -n 's/^  \([0-9]* alarms* generated\).*/\1/p' "$dir/$what.log"), $(
            sed -n 's/^  In these functions, \(.*\)\.$/\1/p' "$dir/$what.log" | sed 's/ (out of \([0-9]*\)): .*/ of \1 statements/; s/ statements reached/ reached/')"
        grep -A 2 '\[eva:alarm\]' "$dir/$what.log"
    } >>"$dir/report"
    # no alarm, and what memset and memcpy ask for is given everywhere
    if [ $rc = 0 ] && grep -q '^  0 alarms generated' "$dir/$what.log" &&
        grep -q '^    Preconditions .* 0 unknown  *0 invalid' "$dir/$what.log"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $what"; fi
done
cat "$dir/report"
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
