#!/bin/sh
# mutation.sh DIR [COUNT [SEED]]: mutants of akolhook.h, the hub and the journal against their tests; see mutation.py.
dir=${1:-build/mutation} count=${2:-60} seed=${3:-1}
for tool in gcc gcov python3; do
    if ! command -v $tool >/dev/null; then echo "skipped: mutation needs $tool"; echo "0 passed, 0 failed"; exit 0; fi
done
python3 tests/checks/mutation.py "$dir" "$count" "$seed"
