#!/bin/sh
# coverage.sh DIR "TESTS" "LIB_TESTS" [HEADER...]: which lines and branches of the headers the tests reach, by gcov, summed over all
# programs; for each layer of akolhook.h and each extension, with a page for each file in DIR/html. Optional libraries that
# are missing leave their tests out, which is said. HEADER... are the only ones to be looked at. Exceptions and the least figures:
# see coverage.py.
dir=${1:-build/coverage}
for tool in gcc gcov python3; do
    if ! command -v $tool >/dev/null; then echo "skipped: coverage needs $tool"; exit 0; fi
done
rm -rf "$dir" && mkdir -p "$dir/hooks"

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

compile() {     # compile PROGRAM SOURCE...: its counters come into the same folder; with threads they are counted one by one
    case $1 in */test_hub*) atomic= ;; *) atomic=-fprofile-update=atomic ;; esac
    gcc -std=c99 -D_POSIX_C_SOURCE=200809L -O0 -g --coverage $atomic -DCHECK_COVERAGE -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls -o "$@" -pthread
}

build() {       # build TEST[:SWITCH]: DIR/TESTSWITCH/TEST
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
    mkdir -p "$dir/$1$2"
    # shellcheck disable=SC2086
    compile "$dir/$1$2/$1" $source $more $defines $libraries
}

hook() {        # hook NAME: the conformance test of a transport, DIR/hooks/hook_NAME
    libraries=$(libraries_of "test_$1") || return
    # shellcheck disable=SC2086
    compile "$dir/hooks/hook_$1" tests/transports/hook_conformance.c tests/transports/hook_transports.c \
        -DHOOK_"$(echo "$1" | tr a-z A-Z)" $libraries
}

tests=$2 lib_tests=$3
shift $(($# < 3 ? $# : 3))
# as many compilers as processors
jobs=$(nproc 2>/dev/null || echo 1) running=0 programs= hooks= failed=0
another() { running=$((running + 1)); if [ $running -ge "$jobs" ]; then wait; running=0; fi; }
for test in $tests $lib_tests test_posix_poll test_text:AKOLHOOK_NO_SIMD test_text:AKOLHOOK_SMALL test_payload:AKOLHOOK_SMALL \
    test_arguments:AKOLHOOK_SMALL test_arguments:AKOLHOOK_NO_SIMD test_sign:AKOLHOOK_SMALL; do
    build "$test" & another
    programs="$programs $dir/$(echo "$test" | tr -d :)/${test%:*}"
done
for library in $(echo "$lib_tests" | tr ' ' '\n' | sed -n 's/^test_\(openssl\|mbedtls\|bearssl\|wolfssl\|curl\)$/\1/p'); do
    hook "$library" & another
    hooks="$hooks $library"
done
wait
there= hooks_there=
for program in $programs; do if [ -x "$program" ]; then there="$there $program"; fi; done
for library in $hooks; do if [ -x "$dir/hooks/hook_$library" ]; then hooks_there="$hooks_there $library"; fi; done

# shellcheck disable=SC2086
sh tests/run.sh $there || failed=1
if [ -n "$hooks_there" ]; then
    # shellcheck disable=SC2046
    gcc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -DFAULTD_TLS -o "$dir/hooks/faultd" tests/transports/faultd.c $(libraries_of test_openssl) \
        -pthread || exit 1
    # shellcheck disable=SC2086
    sh tests/transports/hooks.sh "$dir/hooks" $hooks_there || failed=1
fi
# figures are given whatever failed
python3 tests/checks/coverage.py "$dir" "$@" || failed=1
exit $failed
