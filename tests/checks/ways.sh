#!/bin/sh
# ways.sh DIR [windows]: each extension in the ways that a program may compile it: all in one file; the core in one file and the
# extension in another; the core from a library; two files with AKOLHOOK_STATIC. C99 and C++11, strict warnings; linked and run.
# And what must be refused. An extension whose library is missing is skipped. windows: those for Windows instead, with the
# compilers CC and CXX, run by RUNNER (wine.sh does that).
dir=${1:-build/ways} cc=${CC:-cc} cxx=${CXX:-c++}
here=$(dirname "$0")
mkdir -p "$dir" && rm -f "$dir"/*
export LC_ALL=C
posix=-D_POSIX_C_SOURCE=200809L
warn='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wvla -Wformat=2 -Werror'
paths='-I. -Iexamples/hub -Iexamples/stores -Iexamples/tls'
case $2 in windows) paths="$paths -Iexamples/platforms -DAKOLHOOK_NO_POSIX" ;; esac
if [ -z "$2" ] && command -v pg_config >/dev/null; then paths="$paths -isystem $(pg_config --includedir)"; fi
passed=0 failed=0 exe=
finish() { echo "$passed passed, $failed failed"; [ $failed = 0 ]; exit; }

# way NAME COMMAND: the command must succeed
way() {
    if eval "$2" >"$dir/log" 2>&1; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    head -n 12 "$dir/log"
}

# name, switch, headers that it stands on, library (of library.sh), a call of its own that needs nothing
ways() {
    name=$1 switch=$2 below=$3 library=$4 call=$5
    libs=-pthread
    if [ "$library" = windows ]; then
        libs='-static -lws2_32 -lbcrypt'
    elif [ "$library" != - ]; then
        libs=$(sh "$here/library.sh" "$library" "$cc" "$dir")
        if [ -z "$libs" ]; then echo "skipped: akolhook_$name.h needs $library"; return; fi
        libs="$libs -pthread"
    fi
    header="#include \"akolhook_$name.h\""
    body="int main(void) { return used() == 0 && ($call) ? 0 : 1; }"
    core_body='int used(void); int used(void) { return (int)akolhook_str_c("").len; }'

    printf '#define AKOLHOOK_IMPLEMENT_ALL\n%s\n%s\n%s\n' "$header" "$core_body" "$body" >"$dir/one.c"
    printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n%s\n' "$core_body" >"$dir/core.c"
    {
        for one in $below $switch; do printf '#define AKOLHOOK_%s_IMPLEMENTATION\n' "$one"; done
        printf '%s\nint used(void);\n%s\n' "$header" "$body"
    } >"$dir/own.c"
    printf '#define AKOLHOOK_STATIC\n#define AKOLHOOK_IMPLEMENT_ALL\n%s\nint used(void);\n%s\n' "$header" "$body" >"$dir/first.c"
    printf '#define AKOLHOOK_STATIC\n#define AKOLHOOK_IMPLEMENT_ALL\n%s\n%s\n' "$header" "$core_body" >"$dir/second.c"
    printf '%s\n%s\nint used(void);\nint used(void) { return AKOLHOOK_OK; }\n' "$header" "$header" >"$dir/twice.c"

    for language in "$cc -std=c99" "$cxx -std=c++11 -x c++"; do
        compile="$language $posix $warn $paths -O0"
        case $language in *c++*) link=$cxx what="$name, C++" ;; *) link=$cc what="$name, C" ;; esac
        for file in one core own first second twice; do
            way "$what: $file.c compiles" "$compile -c -o $dir/$file.o $dir/$file.c"
        done
        rm -f "$dir/libcore.a"
        ar rc "$dir/libcore.a" "$dir/core.o"
        way "$what: all in one file" "$link -o $dir/run$exe $dir/one.o $libs && $RUNNER $dir/run$exe"
        way "$what: the core in another file" "$link -o $dir/run$exe $dir/own.o $dir/core.o $libs && $RUNNER $dir/run$exe"
        way "$what: the core from a library" "$link -o $dir/run$exe $dir/own.o -L$dir -lcore $libs && $RUNNER $dir/run$exe"
        way "$what: a copy in each of two files" "$link -o $dir/run$exe $dir/first.o $dir/second.o $libs && $RUNNER $dir/run$exe"
        way "$what: no receiver has it" "! $compile -DAKOLHOOK_RECEIVER_ONLY -c -o $dir/no.o $dir/one.c"
    done
}

if [ "$2" = windows ]; then
    exe=.exe
    ways winsock WINSOCK '' windows 'akolhook_winsock_platform()->plain != NULL'
    finish
fi
ways hub HUB '' - 'akolhook_retry_delay(1, -1, 0) == 5000'
ways journal JOURNAL HUB - 'akolhook_journal_size(NULL) == 0'
ways sqlite SQLITE HUB sqlite '(akolhook_sqlite_close(NULL), 1)'
ways postgres POSTGRES HUB postgres '(akolhook_postgres_close(NULL), 1)'
ways openssl OPENSSL '' openssl 'akolhook_openssl_error_text(AKOLHOOK_OK, 0) != NULL'
ways mbedtls MBEDTLS '' mbedtls '(akolhook_mbedtls_free(NULL), 1)'
ways bearssl BEARSSL '' bearssl '(akolhook_bearssl_free(NULL), 1)'
ways wolfssl WOLFSSL '' wolfssl '(akolhook_wolfssl_free(NULL), 1)'
ways curl CURL '' curl '(akolhook_curl_close(NULL), 1)'

# switches of before name the file that has what they gave
for switch in HUB CURL; do
    printf '#define AKOLHOOK_USE_%s\n#include "akolhook.h"\n' "$switch" >"$dir/gone.c"
    way "AKOLHOOK_USE_$switch is refused by name" "! $cc $posix -std=c99 -I. -c -o $dir/gone.o $dir/gone.c 2>$dir/said &&
        grep -q 'akolhook_$(echo $switch | tr A-Z a-z).h' $dir/said"
done
finish
