#!/bin/sh
# soak.sh DIR SECONDS [SEED]: soak.c under AddressSanitizer and UndefinedBehaviorSanitizer. The seed is the time's where none is given.
dir=${1:-build/soak} seconds=${2:-60} seed=${3:-$(date +%s)}
mkdir -p "$dir"
sqlite=$(sh tests/checks/library.sh sqlite "${CC:-cc}" "$dir")
if [ -z "$sqlite" ]; then echo "skipped: soak needs sqlite"; echo "0 passed, 0 failed"; exit 0; fi
if ! ${CC:-cc} -std=c99 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=all \
    -I. -Iexamples/hub -Iexamples/stores -o "$dir/soak" tests/checks/soak.c $sqlite -pthread
then echo "0 passed, 1 failed"; exit 1; fi
"$dir/soak" "$seconds" "$seed" >"$dir/log" 2>&1
rc=$?
cat "$dir/log"
[ $rc = 0 ] || { tail -n 1 "$dir/log" | grep -q 'passed, [1-9]' || echo "0 passed, 1 failed"; exit 1; }
