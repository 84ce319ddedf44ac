#!/bin/sh
# proof.sh DIR: Frama-C's Eva over the calls that tests/proof/pure.c lists: no alarm means that no input of those lengths leads to
# undefined behaviour. The empty asm statements, which hide a value from the optimiser, are taken out before, as Eva would
# take them for anything. LONG=1 adds the hash, which takes minutes. The report is written to DIR/report.
dir=${1:-build/proof}
if ! command -v frama-c >/dev/null; then echo "skipped: proof needs frama-c"; echo "0 passed, 0 failed"; exit 0; fi
mkdir -p "$dir"
sed 's/__asm__.*)/(void)0/' akolhook.h >"$dir/stripped.h"
passed=0 failed=0
: >"$dir/report"
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
