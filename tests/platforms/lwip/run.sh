#!/bin/sh
# run.sh DIR: akolhook.h behind lwIP's headers, and the client over lwIP's sockets on a tap device. From the top of the repository.
dir=${1:-build/lwip} passed=0 failed=0
cc=${CC:-cc} cxx=${CXX:-c++}
flags=$(pkg-config --cflags lwip 2>/dev/null || echo -I/usr/include/lwip)
mkdir -p "$dir" || exit 1
if ! printf '#include "lwip/sockets.h"\n#include "lwip/tcpip.h"\n' | $cc $flags -fsyntax-only -x c - 2>/dev/null; then
    echo "skipped: lwIP is missing (liblwip-dev)"
    exit 0
fi
count() { if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }
compiles() { "$@" -D_DEFAULT_SOURCE -I. -Itests/platforms/lwip/compat $flags -fsyntax-only tests/platforms/lwip/compat.c; count $?; }
compiles $cc -std=c99 -Wall -Wextra
compiles $cc -std=c99 -Wall -Wextra -DAKOLHOOK_STATIC
compiles $cxx -x c++ -std=c++11 -Wall -Wextra
$cc -std=c99 -D_DEFAULT_SOURCE -O1 -g -Wall -Wextra -I. $flags tests/platforms/lwip/lwip.c -o "$dir/lwip" -llwip -pthread || exit 1
"$dir/lwip" >"$dir/log"
status=$?
cat "$dir/log" | grep -v ' passed, '
if [ $status != 77 ]; then
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$dir/log") 0 1
    passed=$((passed + $1)) failed=$((failed + $2))
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
