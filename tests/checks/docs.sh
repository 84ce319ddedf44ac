#!/bin/sh
# docs.sh DIR: every code block of the manuals (the first comments of akolhook.h and of the headers in examples/) and of
# README.md, and the short programs of examples/, compiled as C99 and C++11 with the strict warnings; whole programs are run.
#
# A block of a manual stands between a line ">>> name.c" and a line "<<<"; one of README.md is fenced with ```c, and a line
# "<!-- >>> name.c ... -->" above it may say the same. Words behind the name:
#   exit N           the exit status of its run (default: 0)
#   compile          it is compiled and linked, not run
#   fragment         the inside of a function that is called with a good request
#   windows          it is for Windows: wine.sh has it
#   libs NAME ...    libraries that it links, by their names in library.sh; skipped when one is missing
dir=${1:-build/docs} cc=${CC:-cc} cxx=${CXX:-c++}
mkdir -p "$dir" && rm -rf "$dir"/*
passed=0 failed=0
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wwrite-strings -Wvla
 -Wformat=2 -Wswitch-enum -Wnull-dereference -Werror -O1 -I. -Iexamples/hub -Iexamples/stores -Iexamples/tls
 -D_POSIX_C_SOURCE=200809L'
ok() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }

extract() {     # extract NAME FILE: writes the blocks to DIR/NAME-*.c and a line "file words" for each to DIR/list
    awk -v dir="$dir" -v source="$1" -v list="$dir/list" '
        function start(words) {
            n++; name = words; sub(/ .*/, "", name); sub(/^[^ ]* */, "", words)
            if (name == "") name = n ".c"
            file = dir "/" source "-" name; whole = 0; text = ""; inside = 1; mode = words
        }
        function finish() {
            inside = 0
            if (mode == "" && !whole) mode = "fragment"
            printf "%s", text > file; close(file); print file, mode >> list
        }
        source != "readme" && /\*\// { exit }
        source != "readme" && /^[ *]*>>> / { sub(/^[ *]*>>> */, ""); start($0); next }
        source != "readme" && /^[ *]*<<< *$/ && inside { finish(); next }
        source == "readme" && /^<!-- *>>> / { sub(/^<!-- *>>> */, ""); sub(/ *-->.*$/, ""); marker = $0; next }
        source == "readme" && /^```c *$/ { start(marker); marker = ""; next }
        source == "readme" && /^```/ && inside { finish(); next }
        inside { text = text $0 "\n"; if ($0 ~ /int main\(/) whole = 1 }
        END { if (inside) { print file ": the block has no end"; print file, "broken" >> list } }' "$2"
    if ! grep -q "/$1-" "$dir/list" 2>/dev/null; then bad "$2: no code block found"; fi
}

try() {         # try WHAT COMMAND...: a compile
    what=$1; shift
    if "$@" >"$dir/log" 2>&1; then ok; return 0; fi
    bad "$what"; head -n 20 "$dir/log"; return 1
}

link() {        # link NAME: prints what links a program with the library; asked for once
    answer=$dir/links_$1
    [ -f "$answer" ] || sh tests/checks/library.sh "$1" "$cc" "$dir/libraries" >"$answer"
    cat "$answer"
}

block() {       # block FILE WORDS
    file=$1 mode= want=0 libs=-pthread names=; program=${file%.c}
    set -- $2
    while [ $# -gt 0 ]; do
        case $1 in
            exit) want=$2; shift ;;
            libs) shift; names=$*; break ;;
            compile | fragment) mode=$1 ;;
            windows) return ;;
            *) bad "$file: \"$1\" is no word of a marker"; return ;;
        esac
        shift
    done
    if grep -q 'akolhook_openssl\.h' "$file"; then names="$names openssl"; fi
    for name in $names; do
        flags=$(link "$name")
        if [ -z "$flags" ]; then echo "skipped: $file needs $name"; return; fi
        libs="$libs $flags"
    done

    loose=
    if [ "$mode" = fragment ]; then
        loose='-Wno-shadow -Wno-unused -Wno-unused-parameter -Wno-unused-but-set-variable'
        { printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n'; cat tests/checks/docs/fragment.h
          printf '    {\n#line 1\n'; cat "$file"; printf '    }\n    return 0;\n}\n'
          cat tests/checks/docs/fragment_main.h; } >"$file.tmp" && mv "$file.tmp" "$file"
    fi
    c="$cc -std=c99 $strict -Wstrict-prototypes -Wmissing-prototypes $loose" cpp="$cxx -std=c++11 -x c++ $strict $loose"
    try "$file as C99" $c -o "$program" "$file" $libs && if [ "$mode" != compile ]; then run "$program" "$want"; fi
    try "$file as C++11" $cpp -o "$program" "$file" $libs && if [ "$mode" != compile ]; then run "$program" "$want"; fi
}

run() {         # run PROGRAM STATUS: in an empty directory of its own
    case $1 in /*) command=$1 ;; *) command=$PWD/$1 ;; esac
    rm -rf "$dir/run" && mkdir "$dir/run"
    (cd "$dir/run" && "$command") >"$dir/log" 2>&1 </dev/null; got=$?
    if [ $got = "$2" ]; then ok; else bad "$1: exit status $got, expected $2"; head -n 20 "$dir/log"; fi
}

extract manual akolhook.h
for header in examples/hub/*.h examples/stores/*.h examples/tls/*.h examples/platforms/*.h; do
    if [ -f "$header" ] && grep -q '^ *>>> ' "$header"; then extract "$(basename "$header" .h)" "$header"; fi
done
extract readme README.md
while read -r file mode; do block "$file" "$mode"; done <"$dir/list"

for file in examples/*.c; do
    copy=$dir/example-$(basename "$file"); cp "$file" "$copy"
    case $file in
        */verify_*.c | */sen*.c) block "$copy" 'exit 2' ;;      # without arguments: the usage
        *) block "$copy" '' ;;
    esac
done

# each as its first comment says, in a tree where nothing was made yet; the folder of the Makefile stays free
mkdir "$dir/tree" && ln -s "$PWD/akolhook.h" "$PWD/examples" "$dir/tree"
for file in examples/*.c examples/cpp/*.cpp; do
    line=$(sed -n '/Build: /{ s/.*Build: //; :more
        /\\$/{ N; s/\\\n//; b more
        }
        p; q; }' "$file")
    try "$file by its build line: $line" sh -c "cd '$dir/tree' && $line"
done
if [ -e "$dir/tree/build" ]; then bad "a build line of examples/ makes a file in the place of the folder build"; else ok; fi
# a function, no program
try "the dashboard as C99" $cc -std=c99 $strict -fsyntax-only tests/checks/docs/dashboard.c
try "the dashboard as C++11" $cxx -std=c++11 -x c++ $strict -fsyntax-only tests/checks/docs/dashboard.c
echo "$passed passed, $failed failed"
[ $failed = 0 ]
