#!/bin/sh
# names.sh DIR [windows]: every header of the project behind names/macros.h, which holds names that other headers define as macros:
# its declarations alone with all of them, its implementation without those of the functions that it calls; in C and in C++.
# windows: those for Windows instead, with its compilers as CC and CXX (wine.sh does that).
dir=${1:-build/names} CC=${CC:-cc} CXX=${CXX:-c++}
mkdir -p "$dir" && rm -rf "$dir"/*
passed=0 failed=0
paths='-I. -Iexamples/hub -Iexamples/stores -Iexamples/tls -Itests/checks/names'
first='limits.h stddef.h stdint.h string.h'
system="$first stdlib.h stdio.h sys/types.h sys/socket.h sys/stat.h sys/time.h sys/file.h sys/uio.h netinet/in.h netinet/tcp.h arpa/inet.h
 netdb.h fcntl.h errno.h poll.h unistd.h time.h pthread.h signal.h"
if [ "$(uname -s)" = Linux ]; then system="$system sys/epoll.h sys/random.h"; fi
if [ "$(uname -m)" = x86_64 ]; then system="$system immintrin.h cpuid.h"; fi

try() {         # try NAME HEADERS DEFINES HEADER: compiles as C and as C++
    { for header in $2; do echo "#include <$header>"; done
      for define in $3; do echo "#define $define"; done
      echo '#include "macros.h"'
      echo "#include \"$4\""; } >"$dir/$1.c"
    cp "$dir/$1.c" "$dir/$1.cpp"
    for compile in "$CC -std=gnu99" "$CXX -std=gnu++11"; do
        case $compile in *++*) source=$dir/$1.cpp ;; *) source=$dir/$1.c ;; esac
        if $compile $paths $5 -fsyntax-only "$source" >"$source.log" 2>&1; then passed=$((passed + 1)); else
            failed=$((failed + 1)); echo "FAIL $1, $compile: a name of macros.h"; grep -m 3 -A 4 'error' "$source.log"; fi
    done
}
both() {        # both HEADER LIBRARY_HEADERS: declarations, then with the implementation
    name=$(basename "$1" .h)
    try "$name" "$system $2" '' "$1" "$3"
    try "$name-implementation" "$system $2" 'NAMES_IMPLEMENTATION AKOLHOOK_IMPLEMENT_ALL' "$1" "$3"
}
library() {     # library NAME HEADER LIBRARY_HEADERS
    flags=$(sh tests/checks/library.sh "$1" "$CC" "$dir")
    if [ -n "$flags" ]; then both "$2" "$3" "$flags"; else echo "skipped: names of $2 need $1"; fi
}

if [ "$2" = windows ]; then
    # an implementation may use the types of windows.h, where their names are what they are
    mkdir -p "$dir/windows" && grep -vE '^#(undef|define) (DWORD|INFINITE)\>' tests/checks/names/macros.h >"$dir/windows/macros.h"
    paths="-I$dir/windows $paths"
    system="$first stdlib.h stdio.h time.h winsock2.h ws2tcpip.h windows.h bcrypt.h immintrin.h cpuid.h"
    both akolhook_winsock.h '' '-Iexamples/platforms -D_WIN32_WINNT=0x0A00'
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]; exit
fi
try declarations "$first" '' akolhook.h
for define in AKOLHOOK_SMALL AKOLHOOK_NO_SIMD AKOLHOOK_RECEIVER_ONLY AKOLHOOK_NO_POSIX AKOLHOOK_NO_EPOLL AKOLHOOK_NO_EXPLAIN; do
    try "core-$define" "$system" "NAMES_IMPLEMENTATION AKOLHOOK_IMPLEMENTATION $define" akolhook.h
done
both akolhook.h
both akolhook_hub.h
both akolhook_journal.h
library sqlite akolhook_sqlite.h sqlite3.h
library postgres akolhook_postgres.h libpq-fe.h
library curl akolhook_curl.h curl/curl.h
library openssl akolhook_openssl.h 'openssl/ssl.h openssl/err.h openssl/x509v3.h openssl/rand.h'
library bearssl akolhook_bearssl.h bearssl.h
library mbedtls akolhook_mbedtls.h 'mbedtls/ssl.h mbedtls/error.h mbedtls/net_sockets.h mbedtls/entropy.h mbedtls/ctr_drbg.h mbedtls/debug.h mbedtls/version.h mbedtls/platform.h mbedtls/oid.h'
library wolfssl akolhook_wolfssl.h 'wolfssl/options.h wolfssl/ssl.h'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
