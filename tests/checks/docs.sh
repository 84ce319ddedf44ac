#!/bin/sh
# docs.sh DIR: every code block of the manual (the first comment of akolhook.h) and of README.md, and the short programs of examples/,
# compiled as C99 and C++11 with the strict warnings; the whole programs are run.
#
# A block of the manual stands between a line ">>> name.c" and a line "<<<"; one of README.md is fenced with ```c, and a line
# "<!-- >>> name.c ... -->" above it may say the same. Words behind the name: "fragment", the inside of a function that is
# called with a good request;
# "compile", a program that is compiled, linked and not run; "exit N", the exit status of its run.
dir=${1:-build/docs} cc=${CC:-cc} cxx=${CXX:-c++}
mkdir -p "$dir" && rm -f "$dir"/*
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
        source == "manual" && /\*\// { exit }
        source == "manual" && /^[ *]*>>> / { sub(/^[ *]*>>> */, ""); start($0); next }
        source == "manual" && /^[ *]*<<< *$/ && inside { finish(); next }
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

block() {       # block FILE WORDS
    file=$1 mode=$2 want=0 libs=-pthread; program=${file%.c}
    case $mode in
        'exit '*) want=${mode#exit }; mode= ;;
        fragment)
            { printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n'; cat tests/checks/docs/fragment.h; echo '    {'; echo '#line 1'
              cat "$file"; printf '    }\n    return 0;\n}\n'; cat tests/checks/docs/fragment_main.h; } >"$file.tmp" && mv "$file.tmp" "$file" ;;
        compile | '') ;;
        *) bad "$file: \"$mode\" is no word of a marker"; return ;;
    esac
    if grep -q 'akolhook_openssl\.h' "$file"; then libs="$libs -lssl -lcrypto"; fi
    loose=; if [ "$mode" = fragment ]; then loose='-Wno-shadow -Wno-unused -Wno-unused-parameter -Wno-unused-but-set-variable'; fi
    c="$cc -std=c99 $strict -Wstrict-prototypes -Wmissing-prototypes $loose" cpp="$cxx -std=c++11 -x c++ $strict $loose"
    if [ "$mode" = compile ]; then
        try "$file as C99" $c -o "$program" "$file" $libs
        try "$file as C++11" $cpp -o "$program" "$file" $libs
        return
    fi
    try "$file as C99" $c -o "$program" "$file" $libs && run "$program" $want
    try "$file as C++11" $cpp -o "$program" "$file" $libs && run "$program" $want
}

run() {         # run PROGRAM STATUS
    "./$1" >"$dir/log" 2>&1 </dev/null; got=$?
    if [ $got = "$2" ]; then ok; else bad "$1: exit status $got, expected $2"; head -n 20 "$dir/log"; fi
}

extract manual akolhook.h
: >>"$dir/list"
if [ -f README.md ]; then extract readme README.md; else bad "there is no README.md"; fi
while read -r file mode; do block "$file" "$mode"; done <"$dir/list"

for file in examples/*.c; do
    copy=$dir/example-$(basename "$file"); cp "$file" "$copy"
    case $file in
        */verify_*.c | */sen*.c) block "$copy" 'exit 2' ;;      # without arguments: the usage
        *) block "$copy" '' ;;
    esac
done
# a function, no program
try "the dashboard as C99" $cc -std=c99 $strict -fsyntax-only tests/checks/docs/dashboard.c
try "the dashboard as C++11" $cxx -std=c++11 -x c++ $strict -fsyntax-only tests/checks/docs/dashboard.c
echo "$passed passed, $failed failed"
[ $failed = 0 ]
