#!/bin/sh
# matrix.sh DIR: the header under every compiler, standard and switch with the strict warnings as errors; what must be refused; two
# files in one program; what the objects need and give; tests under SMALL. Each case is a line "name <tab> command" that must
# succeed.
dir=${1:-build/matrix}
mkdir -p "$dir" && rm -f "$dir"/*
export LC_ALL=C
posix=-D_POSIX_C_SOURCE=200809L
if command -v pg_config >/dev/null; then posix="$posix -isystem $(pg_config --includedir)"; fi       # libpq-fe.h
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings -Wvla
 -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror'
strict=$(echo $strict)
strict_c='-Wstrict-prototypes -Wmissing-prototypes'
strict_clang='-Wreserved-identifier -Wcomma -Wunreachable-code -Wimplicit-fallthrough'
all='-DAKOLHOOK_STATIC -DAKOLHOOK_NO_POSIX -DAKOLHOOK_NO_THREADS -DAKOLHOOK_SMALL -DAKOLHOOK_NO_SIMD -DAKOLHOOK_NO_EXPLAIN'
printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n' >"$dir/impl.c"
printf '#include "akolhook.h"\n#include "akolhook.h"\nint used(void);\nint used(void) { return AKOLHOOK_OK; }\n' >"$dir/decl.c"
paths='-I. -Iexamples/hub -Iexamples/stores -Iexamples/tls'
extensions=$(ls examples/*/akolhook_*.h | grep -v winsock)       # which wine.sh has
for file in $extensions; do
    printf '#define AKOLHOOK_IMPLEMENT_ALL\n#include "%s"\n' "$file" >"$dir/$(basename "$file" .h).c"
done

missing=
for tool in gcc g++ clang clang++ nm; do command -v $tool >/dev/null || missing="$missing $tool"; done
if [ -n "$missing" ]; then echo "skipped: the matrix needs$missing"; echo "0 passed, 0 failed"; exit 0; fi

# the server with one file of its page
gcc -std=c99 $posix -I. -o "$dir/embed" examples/server/embed.c && "$dir/embed" examples/server/page/*.html >"$dir/server_assets.h"

case_() { printf '%s\t%s\n' "$1" "$2" >>"$dir/cases"; }

# gcc finds null dereferences only while it optimises, which takes long and does not depend on the standard: the oldest ones do;
# clang finds them already while it reads
flags_of() {    # flags_of COMPILER STANDARD
    case $1-$2 in gcc-c99 | gcc-c++11) f='-O2 -c -o /dev/null' ;; *) f='-fsyntax-only' ;; esac
    case $1 in clang) f="$f $strict_clang" ;; esac
    case $2 in c++*) echo "$1 -std=$2 -x c++ $paths $strict $f" ;; *) echo "$1 -std=$2 $paths $strict $strict_c $f" ;; esac
}

for compiler in gcc clang; do
    for standard in c99 c11 c17 c2x c++11 c++17 c++20; do
        cc=$(flags_of $compiler $standard)
        case_ "$compiler $standard" "$cc $posix $dir/impl.c"
        case_ "$compiler $standard declarations" "$cc $dir/decl.c"
        case_ "$compiler $standard all" "$cc $all $dir/impl.c"
        case_ "$compiler $standard all, receiver" "$cc $all -DAKOLHOOK_RECEIVER_ONLY $dir/impl.c"
        for switch in STATIC RECEIVER_ONLY NO_POSIX NO_THREADS SMALL NO_SIMD NO_EPOLL NO_EXPLAIN; do
            case $compiler-$standard in gcc-c99 | gcc-c++11 | clang-*) ;; *) continue ;; esac
            case $switch in RECEIVER_ONLY | NO_POSIX) hidden= ;; *) hidden=$posix ;; esac       # pure: any feature macros, or none
            case_ "$compiler $standard $switch" "$cc $hidden -DAKOLHOOK_$switch $dir/impl.c"
        done
    done
    case_ "$compiler gnu17" "$(flags_of $compiler gnu17) $dir/impl.c"
    case_ "$compiler gnu++17" "$(flags_of $compiler c++17 | sed 's/-std=c++17/-std=gnu++17/') $dir/impl.c"
    case_ "$compiler c99 bounds" "$(flags_of $compiler c99) $posix -DAKOLHOOK_MAX_SECRETS=1 -DAKOLHOOK_MAX_DEPTH=1 $dir/impl.c"
    case_ "$compiler c99 bounds, large" "$(flags_of $compiler c99) $posix -DAKOLHOOK_MAX_SECRETS=32 -DAKOLHOOK_MAX_DEPTH=64 $dir/impl.c"
    case_ "$compiler c99 unsigned char" "$(flags_of $compiler c99) -funsigned-char $posix $dir/impl.c"
    case $compiler in clang) feature=-Wno-reserved-macro-identifier ;; *) feature= ;; esac        # _DEFAULT_SOURCE and its like
    for file in tests/*.c tests/hub/*.c tests/transports/*.c tests/platforms/*.c examples/*.c examples/*/*.c; do
        [ -f "$file" ] || continue
        defines=none
        case $file in
            tests/include_other.c) continue ;;                  # has its cases below
            examples/receivers/*) continue ;;                   # need libraries: receivers.sh has them
            examples/server/server.c) defines=server ;;
            */hook_transports.c) defines='-DHOOK_OPENSSL -DHOOK_MBEDTLS -DHOOK_BEARSSL -DHOOK_WOLFSSL -DHOOK_CURL' ;;
            */test_faults.c | */faultd.c) defines='none -DFAULTD_TLS' ;;
            examples/sender.c | examples/demo/* | examples/tool/*) defines='none -DAKOLHOOK_EXAMPLE_OPENSSL' ;;
        esac
        for define in $defines; do
            case $define in
                none) define= ;;
                server) define="-D_DEFAULT_SOURCE -DAKOLHOOK_IMPLEMENT_ALL -DSERVER_POSTGRES -I$dir" ;;
                *EXAMPLE_OPENSSL) define="$define -DAKOLHOOK_EXAMPLE_SQLITE" ;;
            esac
            case_ "$compiler $file $define" "$(flags_of $compiler c99 | sed 's/-O2 -c -o .dev.null/-fsyntax-only/') $feature $posix $define $file"
        done
    done
    for standard in c99 c++11; do
        for file in $extensions; do
            case_ "$compiler $standard $file" "$(flags_of $compiler $standard) $posix $dir/$(basename "$file" .h).c"
        done
    done
done

# what must be refused, by an #error that says what to do
refused() { case_ "refused: $1" "! gcc -std=c99 $paths -fsyntax-only $2 >$dir/refused.$1 2>&1 && grep -q '#error.*$3' $dir/refused.$1"; }
refused gone-hub "-DAKOLHOOK_USE_HUB $posix $dir/impl.c" examples/hub/akolhook_hub.h
refused gone-curl "-DAKOLHOOK_USE_CURL $posix $dir/impl.c" examples/tls/akolhook_curl.h
refused receiver-hub "-DAKOLHOOK_RECEIVER_ONLY $posix $dir/akolhook_hub.c"
refused receiver-curl "-DAKOLHOOK_RECEIVER_ONLY $posix $dir/akolhook_curl.c"
refused wolfssl-secrets "-DSHOW_SECRETS $posix $dir/akolhook_wolfssl.c" SHOW_SECRETS
refused posix-hidden "$dir/impl.c"
refused secrets-0 "-DAKOLHOOK_MAX_SECRETS=0 $posix $dir/impl.c"
refused secrets-33 "-DAKOLHOOK_MAX_SECRETS=33 $posix $dir/impl.c"
refused depth-0 "-DAKOLHOOK_MAX_DEPTH=0 $posix $dir/impl.c"
refused depth-65 "-DAKOLHOOK_MAX_DEPTH=65 $posix $dir/impl.c"
refused interim-65536 "-DAKOLHOOK_MAX_INTERIM=65536 $posix $dir/impl.c"
refused response-head-4g "-DAKOLHOOK_MAX_RESPONSE_HEAD=4294967296 $posix $dir/impl.c" AKOLHOOK_MAX_RESPONSE_HEAD
refused addresses-4097 "-DAKOLHOOK_MAX_ADDRESSES=4097 $posix $dir/impl.c" AKOLHOOK_MAX_ADDRESSES

# two files of one program that give a bound different values do not link, and the linker names the bound
cat >"$dir/bound.c" <<'END'
#include "akolhook.h"
int main(void) {
    static akolhook_receiver receiver;
    akolhook_json json;
    akolhook_url url;
    size_t at;
    akolhook_incoming in = AKOLHOOK_INIT;
    return akolhook_receiver_add_secret(&receiver, "whsec_x") + (int)akolhook_json_parse(akolhook_str_c("1"), &json, &at) +
        (int)akolhook_url_parse(akolhook_str_c("https://a.b/"), 0, &url) + (int)akolhook_incoming_header(&in, "a", 1, "b", 1);
}
END
for bound in SECRETS=2 DEPTH=3 URL=99 HEADER=99; do
    own="gcc -std=c99 $posix $paths -DAKOLHOOK_MAX_$bound" other=$dir/bound.$bound.1 same=$dir/bound.$bound.2
    case_ "bound $bound differs" "gcc -std=c99 $posix $paths -c -o $other.o $dir/impl.c && ! $own -o $other $dir/bound.c $other.o -pthread >$other.log 2>&1 && grep -q 'with_.*MAX_${bound%=*}' $other.log"
    case_ "bound $bound is the same" "$own -c -o $same.o $dir/impl.c && $own -o $same $dir/bound.c $same.o -pthread && $same"
done

# two files in one program: FIRST and SECOND compile test_include.c and include_other.c
linked() {      # linked NAME FIRST SECOND LINKER
    first=$dir/$1.1.o second=$dir/$1.2.o common="$posix -I. -Wall -Wextra -Werror -c -DTEST_INCLUDE_OTHER"
    case_ "linked: $1" "$2 $common -o $first tests/test_include.c && $3 $common -o $second tests/include_other.c && $4 -o $dir/$1 $first $second -pthread && $dir/$1"
}
c='gcc -std=c99' cpp='g++ -std=c++11 -x c++' mine=-DTEST_INCLUDE_IMPLEMENT other=-DTEST_INCLUDE_OTHER_IMPLEMENT
linked c-c "$c $mine" "$c" gcc
linked c-c-other "$c" "$c $other" gcc
linked c-cpp "$c $mine" "$cpp" g++
linked cpp-c "$cpp $mine" "$c" g++
linked cpp-cpp "$cpp" "$cpp $other" g++
linked static-c-c "$c $mine -DAKOLHOOK_STATIC" "$c $other -DAKOLHOOK_STATIC" gcc
linked static-c-cpp "$c $mine -DAKOLHOOK_STATIC" "$cpp $other -DAKOLHOOK_STATIC" g++
linked static-beside "$c $mine -DAKOLHOOK_STATIC" "$c $other" gcc

# the tests that no other step runs under SMALL; many_numbers takes long there and knows nothing of it
for test in explain client; do
    case_ "test_$test SMALL" "$c $posix -I. -DAKOLHOOK_SMALL -DCHECK_STOP -o $dir/${test}_small tests/test_$test.c -pthread && CHECK_LEAVE=,many_numbers, $dir/${test}_small"
done

# the pure layers need the memory functions and nothing else, have no state of their own, and everything is named akolhook_
memory='^(mem(cpy|move|set|cmp|chr)|strlen|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)$'
gcc="gcc -std=c99 -O2 -I. -c"
object() { case_ "object: $1" "$gcc $2 -o $dir/$1.o $dir/impl.c && $(printf "$3" "$dir/$1.o")"; }
object needs-receiver '-DAKOLHOOK_RECEIVER_ONLY' "! nm -u %s | awk '{ print \$NF }' | grep -Ev '$memory' | grep ."
object needs-pure '-DAKOLHOOK_NO_POSIX' "! nm -u %s | awk '{ print \$NF }' | grep -Ev '$memory' | grep ."
object no-state '-fno-pic -DAKOLHOOK_NO_POSIX -DAKOLHOOK_NO_SIMD' "! nm %s | grep -i ' [bdc] '"
object names "$posix" "! nm -g --defined-only %s | awk '{ print \$NF }' | grep -v '^akolhook_' | grep ."
object static "$posix -DAKOLHOOK_STATIC" "! nm -g --defined-only %s | grep ."
object no-heap "$posix" "! nm -u %s | awk '{ print \$NF }' | grep -E '^(malloc|calloc|realloc|free|strdup|printf|fprintf|sprintf|snprintf|setlocale)\$'"

run_case='
    name=${1%%	*} command=${1#*	}
    if out=$(eval "$command" 2>&1); then echo "$name" >>"$0/passed"; else
        echo "$name" >>"$0/failed"; printf "FAIL %s\n%s\n%s\n" "$name" "$command" "$out" | head -n 30
    fi'
touch "$dir/passed" "$dir/failed"
xargs -d '\n' -n 1 -P "${JOBS:-$(nproc)}" sh -c "$run_case" "$dir" <"$dir/cases"
echo "$(wc -l <"$dir/passed") passed, $(wc -l <"$dir/failed") failed"
[ ! -s "$dir/failed" ] && [ "$(wc -l <"$dir/passed")" = "$(wc -l <"$dir/cases")" ]
