#!/bin/sh
# wine.sh DIR: Windows. The header and akolhook_winsock.h under MinGW-w64's compilers, 64 and 32 bit, with the strict warnings; what
# must be refused; the pure tests, the client, the platform and the tool run under wine, those of 32 bit where it can. wine gets a folder
# of its own below DIR, which is removed at the end.
dir=${1:-build/wine} here=$(dirname "$0")
for tool in x86_64-w64-mingw32-gcc x86_64-w64-mingw32-g++ i686-w64-mingw32-gcc wine; do
    command -v $tool >/dev/null || { echo "skipped: Windows needs $tool"; echo "0 passed, 0 failed"; exit 0; }
done
mkdir -p "$dir" && rm -rf "$dir"/*
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
export WINEPREFIX="$dir/prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' RUNNER=wine DISPLAY=
trap 'wineserver -k 2>/dev/null; rm -rf "$dir/prefix"' EXIT
trap 'exit 1' INT TERM
wine64=x86_64-w64-mingw32 wine32=i686-w64-mingw32
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings -Wvla
 -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror -I. -Iexamples/hub -Iexamples/platforms'
strict=$(echo $strict)
strict_c='-Wstrict-prototypes -Wmissing-prototypes'
passed=0 failed=0

try() {         # try WHAT COMMAND: it must succeed
    if eval "$2" >"$dir/log" 2>&1; then passed=$((passed + 1)); return 0; fi
    failed=$((failed + 1)); echo "FAIL $1: $2"; head -n 20 "$dir/log"; return 1
}
add() {         # adds the closing line of DIR/sum, and shows what is behind it
    sed '$d' "$dir/sum" | grep -v '^[a-z0-9_.-]* *[0-9]* passed, 0 failed$'
    set -- $(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$dir/sum" | tail -n 1)
    passed=$((passed + ${1:-0})) failed=$((failed + ${2:-1}))
}

# wine makes its folder, which takes seconds, while the compilers work
(cd "$dir" && wineboot -i >/dev/null 2>&1) &
boot=$!

printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n' >"$dir/core.c"
printf '#define AKOLHOOK_IMPLEMENT_ALL\n#include "akolhook_winsock.h"\n' >"$dir/winsock.c"
printf '#define AKOLHOOK_IMPLEMENT_ALL\n#include "akolhook_winsock.h"\n#include "akolhook_hub.h"\n' >"$dir/hub.c"
for cross in $wine64 $wine32; do
    compiles="$cross-gcc $strict $strict_c -fsyntax-only"
    for standard in c99 gnu17; do
        try "$cross $standard winsock" "$compiles -std=$standard $dir/winsock.c"
        try "$cross $standard receiver" "$compiles -std=$standard -DAKOLHOOK_RECEIVER_ONLY $dir/core.c"
    done
    for switch in NO_THREADS NO_SIMD SMALL STATIC; do
        try "$cross $switch" "$compiles -std=c99 -DAKOLHOOK_$switch $dir/winsock.c"
    done
    try "$cross Vista" "$compiles -std=c99 -D_WIN32_WINNT=0x0600 -DWIN32_LEAN_AND_MEAN $dir/winsock.c"
    try "$cross hub" "$compiles -std=c99 $dir/hub.c"
done
try "optimised" "$wine64-gcc $strict $strict_c -std=c99 -O2 -c -o $dir/object.o $dir/winsock.c"
for standard in c++11 c++17; do
    try "$standard" "$wine64-g++ $strict -std=$standard -x c++ -fsyntax-only $dir/winsock.c"
done

refused() {     # refused WHAT TEXT COMMAND: an #error with this text
    try "refused: $1" "! $3 -fsyntax-only >$dir/refused 2>&1 && grep -q 'error.*$2' $dir/refused"
}
refused "the core alone" 'akolhook_winsock\.h' "$wine64-gcc -std=c99 -I. $dir/core.c"
refused "winsock elsewhere" 'for Windows' "${CC:-cc} -std=c99 -I. -Iexamples/platforms $dir/winsock.c"
refused "winsock with a receiver" 'RECEIVER_ONLY' "$wine64-gcc -std=c99 -I. -Iexamples/platforms -DAKOLHOOK_RECEIVER_ONLY $dir/winsock.c"
refused "Windows XP" '_WIN32_WINNT' "$wine64-gcc -std=c99 -I. -Iexamples/platforms -D_WIN32_WINNT=0x0501 $dir/winsock.c"
printf '#include "akolhook.h"\n#include "akolhook_winsock.h"\n' >"$dir/late.c"
refused "winsock behind the core" 'before akolhook\.h' "$wine64-gcc -std=c99 -I. -Iexamples/platforms $dir/late.c"
printf '#include <windows.h>\n#define AKOLHOOK_IMPLEMENT_ALL\n#include "akolhook_winsock.h"\n' >"$dir/before.c"
refused "the Winsock of before" 'winsock2\.h' "$wine64-gcc -std=c99 -I. -Iexamples/platforms $dir/before.c"

# the tests: those that need no POSIX, and the platform's own; of 32 bits all where they can run, else two that show that they link
wine32_runs=; if [ -e /usr/lib/wine/wine ]; then wine32_runs=1; fi
builds() {      # builds CROSS TEST...: how the programs are built, a line each; their names to DIR/CROSS.list
    cross=$1; shift
    : >"$dir/$cross.list"
    for test in "$@"; do
        source=$(ls tests/test_$test.c tests/platforms/test_$test.c tests/platforms/windows/$test.c 2>/dev/null) more=-DAKOLHOOK_NO_POSIX=
        case $test in
            include) more="$more -DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT tests/include_other.c" ;;
            winsock) more= ;;
        esac
        echo "$dir/$cross-test_$test.exe" >>"$dir/$cross.list"
        echo "$cross-gcc -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -Wall -Wextra -Werror -I. -Iexamples/platforms" \
            "-include tests/platforms/windows/console.h -o $dir/$cross-test_$test.exe $source $more -lws2_32 -lbcrypt -static"
    done
}
all='client winsock sign hash hash_small hash_portable text event payload url http explain include client_small'
{ builds $wine64 $all; if [ $wine32_runs ]; then builds $wine32 $all; else builds $wine32 client winsock; fi; } |
    xargs -d '\n' -n 1 -P "${JOBS:-$(nproc)}" sh -c '$0' >"$dir/log" 2>&1
head -n 30 "$dir/log"
for program in $(cat "$dir/$wine64.list" "$dir/$wine32.list"); do try "$program was linked" "[ -f $program ]"; done

wait $boot
sh tests/run.sh $(cat "$dir/$wine64.list") >"$dir/sum"; add
if [ $wine32_runs ]; then
    sh tests/run.sh $(cat "$dir/$wine32.list") >"$dir/sum"; add
else echo "32 bit is compiled and not run: this wine has 64 alone"; fi

# the program of the manual; the four ways to compile; names that other headers define
sed -n '/^>>> send_winsock.c /,/^<<</p' examples/platforms/akolhook_winsock.h | sed '1d;$d' >"$dir/send.c"
for language in 'gcc -std=c99' 'g++ -std=c++11 -x c++'; do
    try "the manual's sender, $language" "$wine64-$language $strict -O1 -o $dir/send.exe $dir/send.c -static -lws2_32 -lbcrypt"
    try "the manual's sender runs, $language" "wine $dir/send.exe; [ \$? = 1 ]"
done

# the tool: what it prints, a signature that python3's hmac made too, two processes that meet over a socket
secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw mac=121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89
printf '%s' '{"event":"call.ended","timestamp":"2026-01-01T00:00:00.000Z","businessId":"biz_1","webhookId":"whk_1","data":{}}' >"$dir/body"
if try "the tool" "$wine64-gcc -std=gnu99 -O0 -Wall -Wno-address -Werror -I. -Iexamples/hub -Iexamples/stores -Iexamples/platforms \
    -Iexamples/tool/windows -include posix.h -o $dir/akolhook.exe examples/tool/akolhook.c -static -lws2_32 -lbcrypt -lpthread"
then
    tool="timeout 120 wine $dir/akolhook.exe"
    try "tool: events" "[ \$($tool events | grep -c '^ *[0-9]') = 18 ]"
    try "tool: sign" "[ \$($tool sign --secret $secret $dir/body) = $mac ]"
    try "tool: sign from standard input" "[ \$($tool sign --secret $secret - <$dir/body) = $mac ]"
    try "tool: verify" "$tool verify --secret $secret --signature $mac --any-age $dir/body"
    try "tool: verify another secret" "$tool verify --secret whsec_AAAA --signature $mac --any-age $dir/body; [ \$? = 1 ]"
    try "tool: no program is run" "! $tool listen --exec x --port 0 --secret $secret 2>$dir/said && grep -q 'not available on Windows' $dir/said"
    try "tool: no hub" "! $tool hub create --store $dir/no.journal --name n --url https://example.com/ --events all >$dir/said 2>&1 &&
        grep -q STORE_FAILED $dir/said"
    : >"$dir/listened"
    $tool listen --port 0 --secret $secret --count 18 >"$dir/listened" 2>&1 </dev/null &
    listener=$! tries=0 url=
    while [ -z "$url" ] && [ $tries -lt 1200 ]; do
        sleep 0.1; tries=$((tries + 1)); url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$dir/listened" | tr -d '\r')
    done
    try "tool: trigger" "$tool trigger all '$url' --secret $secret --allow-http --allow-private"
    try "tool: listen ends after its count" "wait $listener"
    try "tool: listen verified them" "[ \$(grep -c 'verified with secret 1' $dir/listened) = 18 ]"
fi

CC=$wine64-gcc CXX=$wine64-g++ sh "$here/ways.sh" "$dir/ways" windows >"$dir/sum"; add
CC=$wine64-gcc CXX=$wine64-g++ sh "$here/names.sh" "$dir/names" windows >"$dir/sum"; add

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
