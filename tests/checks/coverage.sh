#!/bin/sh
# coverage.sh DIR "TESTS" "LIB_TESTS": which lines and branches of the headers the tests reach, by gcov, summed over all
# programs; for each layer of akolhook.h and each extension, with a page for each file in DIR/html. Optional libraries that
# are missing leave their tests out, which is said. What cannot be reached says so in its line: "not reached: REASON".
dir=${1:-build/coverage}
for tool in gcc gcov python3; do
    if ! command -v $tool >/dev/null; then echo "skipped: coverage needs $tool"; exit 0; fi
done
rm -rf "$dir" && mkdir -p "$dir"

# libraries_of TEST: what it is linked with, nothing where a library is missing
libraries_of() {
    need=$(echo "$1" | tr _ '\n' | grep -xE 'openssl|mbedtls|bearssl|wolfssl|curl|sqlite|postgres')
    case $need in ''|sqlite|postgres) ;; *) need="$need openssl" ;; esac
    for library in $need; do
        flags=$(sh tests/checks/library.sh "$library" gcc "$(dirname "$dir")")
        if [ -z "$flags" ]; then echo "skipped: $1 needs $library" >&2; return 1; fi
        echo "$flags"
    done
}

build() {       # build TEST[:SWITCH]: DIR/TEST/TEST, whose counters come into the same folder
    set -- "${1%:*}" "$(expr "$1" : '.*:\(.*\)')"
    source=$(ls tests/"$1".c tests/*/"$1".c 2>/dev/null | head -n 1)
    defines=${2:+-D$2} more=
    case $1 in
        test_include) defines='-DTEST_INCLUDE_OTHER -DTEST_INCLUDE_IMPLEMENT' more=tests/include_other.c ;;
        test_faults_openssl) defines=-DFAULTD_TLS source=tests/transports/test_faults.c ;;
        test_openssl|test_mbedtls|test_bearssl|test_wolfssl) more=tests/transports/tls_server.c ;;
        test_posix_poll) defines=-DAKOLHOOK_NO_EPOLL source=tests/test_posix.c ;;
    esac
    libraries=$(libraries_of "$1") || return
    program=$dir/$1$2/$1
    mkdir -p "$dir/$1$2"
    # shellcheck disable=SC2086
    gcc -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -g --coverage -fprofile-update=atomic $defines -I. -Iexamples/hub \
        -Iexamples/stores -Iexamples/tls -o "$program" "$source" $more $libraries -pthread
}

programs=
for test in $2 $3 test_posix_poll test_text:AKOLHOOK_NO_SIMD test_text:AKOLHOOK_SMALL test_payload:AKOLHOOK_SMALL \
    test_sign:AKOLHOOK_SMALL; do
    if build "$test"; then programs="$programs $program"; fi
done
# shellcheck disable=SC2086
sh tests/run.sh $programs || exit 1
python3 tests/checks/coverage.py "$dir"
