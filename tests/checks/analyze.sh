#!/bin/sh
# analyze.sh DIR: what static analysers say of the headers, the tool and the server, and valgrind of the pure tests. Nothing may be
# said but what is named here, or where it stands, with its reason. LONG=1: gcc's analyser looks at the core, the hub and the journal
# too, and valgrind at the client and the hub.
dir=${1:-build/analyze}

flags='-std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls -I/usr/include/postgresql'
# unit:header that must be there:defines:file; what a unit includes is looked at where it has its implementation
units='core::-DAKOLHOOK_IMPLEMENTATION:akolhook.h
small::-DAKOLHOOK_IMPLEMENTATION -DAKOLHOOK_SMALL -DAKOLHOOK_NO_EPOLL -DAKOLHOOK_NO_SIMD:akolhook.h
stores::-DAKOLHOOK_HUB_IMPLEMENTATION -DAKOLHOOK_JOURNAL_IMPLEMENTATION:examples/stores/akolhook_journal.h
sqlite:sqlite3.h:-DAKOLHOOK_SQLITE_IMPLEMENTATION:examples/stores/akolhook_sqlite.h
postgres:libpq-fe.h:-DAKOLHOOK_POSTGRES_IMPLEMENTATION:examples/stores/akolhook_postgres.h
openssl:openssl/ssl.h:-DAKOLHOOK_OPENSSL_IMPLEMENTATION:examples/tls/akolhook_openssl.h
mbedtls:mbedtls/ssl.h:-DAKOLHOOK_MBEDTLS_IMPLEMENTATION:examples/tls/akolhook_mbedtls.h
bearssl:bearssl.h:-DAKOLHOOK_BEARSSL_IMPLEMENTATION:examples/tls/akolhook_bearssl.h
wolfssl:wolfssl/ssl.h:-DAKOLHOOK_WOLFSSL_IMPLEMENTATION:examples/tls/akolhook_wolfssl.h
curl:curl/curl.h:-DAKOLHOOK_CURL_IMPLEMENTATION:examples/tls/akolhook_curl.h
tool::-DAKOLHOOK_EXAMPLE_OPENSSL -DAKOLHOOK_EXAMPLE_SQLITE:examples/tool/akolhook.c
server:microhttpd.h:-D_DEFAULT_SOURCE -DSERVER_POSTGRES -Ibuild:examples/server/server.c'
unit() { echo "$units" | sed -n "s/^$1:[^:]*:\(.*\):.*/\1/p"; }
file() { echo "$units" | sed -n "s/^$1:.*://p"; }

# clang's own analyser. Left out: stores that nobody reads, as wipes and last steps are. It is kept from going deep, as there it takes
# each slice {NULL, 0} for one with bytes.
clang_analyzer() {
    # what a program includes is its own, and not all of it is called
    headers=; case $1 in tool | server) headers='-Xclang -analyzer-opt-analyze-headers' ;; esac
    clang --analyze $headers -Xclang -analyzer-checker=core,unix,security.FloatLoopCounter,security.insecureAPI.UncheckedReturn \
        -Xclang -analyzer-disable-checker=deadcode.DeadStores -Xclang -analyzer-config -Xclang mode=shallow \
        --analyzer-output text $flags $(unit "$1") -x c "$(file "$1")" 2>&1 |
        grep -E 'warning:|error:'
}

# clang-tidy: what finds faults, not what is a matter of style. Left out of the first groups:
#   bugprone-easily-swappable-parameters       (ptr, len) and (low, high) are how C says it
#   bugprone-reserved-identifier, -dcl37-c, -dcl51-cpp, -macro-parentheses    the strict warnings; macros that paste statements
#   bugprone-branch-clone, -implicit-widening-of-multiplication-result, -narrowing-conversions   rows of tables, products of two
#                                              small numbers, and conversions that -Wconversion has seen
#   bugprone-assignment-in-if-condition        loops over iterators are written so
#   bugprone-not-null-terminated-result        texts have lengths here and end with no NUL
#   bugprone-suspicious-missing-comma          long texts in lists are written in pieces
#   bugprone-sizeof-expression                 there are arrays of pointers
#   bugprone-suspicious-string-compare         strcmp stands as a truth value
#   cert-err33-c                               results of printf into what is long enough, of close and unlock
#   cert-err34-c                               atoi and atol of what a database wrote
tidy='-*,bugprone-*,cert-*,misc-redundant-expression,misc-misplaced-const'
tidy="$tidy,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp,-bugprone-macro-parentheses"
tidy="$tidy,-bugprone-branch-clone,-bugprone-implicit-widening-of-multiplication-result,-bugprone-narrowing-conversions"
tidy="$tidy,-bugprone-assignment-in-if-condition,-bugprone-not-null-terminated-result,-bugprone-suspicious-missing-comma"
tidy="$tidy,-bugprone-sizeof-expression,-bugprone-suspicious-string-compare,-cert-err33-c,-cert-err34-c"
clang_tidy() {
    clang-tidy --quiet --checks="$tidy" --header-filter='.*' "$(file "$1")" -- -x c $(unit "$1") $flags 2>/dev/null |
        grep -E 'warning:|error:' | sort -u
}

# cppcheck reads no system headers, so what they define is said here. It does not see that
#   negativeIndex                                a statement is named only where its number is not -1
#   nullPointerRedundantCheck, ctunullpointer    h runs over an array; one is what may be NULL
#   uninitdata, uninitStructMember               bytes that are written through another pointer; a call that sets all when it returns OK
cpp_check() {
    cppcheck --quiet --std=c99 --language=c --enable=warning,portability --inline-suppr --suppress=missingIncludeSystem \
        --suppress=negativeIndex:examples/stores/akolhook_postgres.h --suppress=nullPointerRedundantCheck:examples/stores/akolhook_postgres.h \
        --suppress=ctunullpointer:examples/stores/akolhook_postgres.h --suppress=uninitdata:examples/stores/akolhook_postgres.h \
        --suppress=uninitStructMember:examples/hub/akolhook_hub.h \
        --template='{file}:{line}: {id}: {message}' -D__GNUC__=12 -D__x86_64__ -D__linux__ -D_POSIX_C_SOURCE=200809L -DINT64_MAX=9223372036854775807LL \
        -DSIZE_MAX=18446744073709551615UL -DUINTPTR_MAX=18446744073709551615UL -DUINT32_MAX=4294967295U -DINT_MAX=2147483647 \
        -DCLOCK_MONOTONIC=1 -DAI_NUMERICHOST=4 -DMSG_NOSIGNAL=0x4000 -DOPENSSL_VERSION_NUMBER=0x30000000L -DOPENSSL_VERSION_MAJOR=3 \
        -DMBEDTLS_VERSION_NUMBER=0x021C0300 -DLIBWOLFSSL_VERSION_HEX=0x05000000 -DLIBCURL_VERSION_NUM=0x075800 \
        -DMBEDTLS_HAVE_TIME_DATE -DMBEDTLS_X509_CHECK_KEY_USAGE -DMBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE -DKEEP_PEER_CERT -DHAVE_ALPN -DHAVE_SNI -DHAVE_SESSION_TICKET \
        $(unit "$1") -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls -Ibuild "$(file "$1")" 2>&1
}

gcc_analyzer() {
    gcc -fanalyzer -O1 -c -o /dev/null $flags $(unit "$1") -x c "$(file "$1")" 2>&1 | grep -E 'warning:|error:'
}

memcheck() {
    source=$(ls tests/$1.c tests/*/$1.c 2>/dev/null | head -n 1)
    gcc $flags -DAKOLHOOK_NO_SIMD -O1 -g -w -o "$dir/$1" "$source" -pthread
    valgrind -q --error-exitcode=9 --leak-check=full "$dir/$1" >"$dir/$1.out" 2>&1 || grep -E '^==|FAIL|passed' "$dir/$1.out" | head -n 30
}

if [ "$1" = -1 ]; then     # analyze.sh -1 DIR TOOL UNIT: the log is empty where nothing was said
    dir=$2
    start=$(date +%s)
    "$3" "$4" >"$dir/$3.$4.log"
    echo "$3 $4 $(($(date +%s) - start)) s" >>"$dir/times"
    exit 0
fi

mkdir -p "$dir" && rm -f "$dir"/*.log "$dir/times"
has() { command -v "$1" >/dev/null || { echo "skipped: analyze needs $1"; return 1; }; }
here=$(for row in $(echo "$units" | tr ' ' '~'); do
    header=$(echo "$row" | cut -d: -f2)
    if [ -z "$header" ] || echo "#include <$header>" | gcc -E -o /dev/null -I/usr/include/postgresql - 2>/dev/null; then echo "${row%%:*}"; fi
done)
for name in $(echo "$units" | cut -d: -f1); do
    case " $(echo $here) " in *" $name "*) ;; *) echo "skipped: analyze of $name needs its library's headers" ;; esac
done
deep='core small stores'    # what gcc's takes minutes for
{
    has clang >&2 && for name in $here; do echo "clang_analyzer $name"; done
    # of the tool, which includes everything, gcc's does not come to an end
    has gcc >&2 && for name in $here; do
        case " $deep tool " in *" $name "*) [ -n "$LONG" ] && [ "$name" != tool ] || continue ;; esac
        echo "gcc_analyzer $name"
    done
    has clang-tidy >&2 && for name in $here; do echo "clang_tidy $name"; done
    has cppcheck >&2 && for name in $here; do echo "cpp_check $name"; done
    has valgrind >&2 && for test in test_text test_event test_sign test_url test_http ${LONG:+test_hash test_payload test_explain test_client test_hub}
    do echo "memcheck $test"; done
} 2>"$dir/skips" | xargs -L 1 -P 2 sh "$0" -1 "$dir"
cat "$dir/skips"

passed=0 failed=0
for log in "$dir"/*.log; do
    if [ -s "$log" ]; then failed=$((failed + 1)); echo "FAIL $(basename "$log" .log)"; head -n 30 "$log"; else passed=$((passed + 1)); fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
