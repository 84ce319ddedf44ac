#!/bin/sh
# cpp.sh DIR: examples/cpp with g++ and clang++ under warnings that C++ projects use, C++17 and C++20, without exceptions too; the
# tests and the example run; and what must not compile.
dir=${1:-build/cpp} cc=${CC:-cc} passed=0 failed=0
mkdir -p "$dir" && rm -f "$dir"/*
export LC_ALL=C
strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wcast-align -Wformat=2 -Wnull-dereference
 -Wold-style-cast -Wzero-as-null-pointer-constant -Weffc++ -Wnon-virtual-dtor -Woverloaded-virtual -Werror'
strict="$(echo $strict) -I. -Iexamples/cpp"

check() {       # check NAME COMMAND: the command must succeed
    if (eval "$2") >"$dir/log" 2>&1; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    head -n 20 "$dir/log"
}

printf '#define AKOLHOOK_IMPLEMENTATION\n#include "akolhook.h"\n' >"$dir/core.c"
check "the core" "$cc -O1 -I. -c -o $dir/core.o $dir/core.c"

# refused NAME TEXT CODE: good without CODE, and with it refused with TEXT
refused() {
    {
        printf '#include "akolhook.hpp"\nakolhook::received use(akolhook::receiver &, const akolhook::incoming &, std::string &);\n'
        printf 'akolhook::received use(akolhook::receiver &receiver, const akolhook::incoming &in, std::string &body) {\n#ifdef BAD\n%s\n#endif\n' "$3"
        printf '    return receiver.receive(in, body);\n}\n'
    } >"$dir/refused.cpp"
    check "$cxx: $1" "$compile -std=c++17 -fsyntax-only $dir/refused.cpp && ! $compile -std=c++17 -fsyntax-only -DBAD $dir/refused.cpp 2>$dir/said &&
        grep -q '$2' $dir/said"
}

for cxx in g++ clang++; do
    command -v $cxx >/dev/null || { echo "skipped: cpp needs $cxx"; continue; }
    compile="$cxx $strict"
    case $cxx in g++) compile="$compile -Wuseless-cast -Wduplicated-cond" ;; *) compile="$compile -Wdocumentation -Wextra-semi" ;; esac

    check "$cxx: the tests, C++17" "$compile -std=c++17 -O1 -DTEST_LINKED -o $dir/test_cpp tests/test_cpp.cpp $dir/core.o -pthread && $dir/test_cpp"
    check "$cxx: the tests, C++20 without exceptions, the core in the file" \
        "$compile -std=c++20 -fno-exceptions -fno-rtti -o $dir/test_cpp tests/test_cpp.cpp -pthread && $dir/test_cpp"
    case $cxx in g++) sanitizer=address,undefined ;; *) sanitizer=thread ;; esac
    check "$cxx: the tests under -fsanitize=$sanitizer" "$compile -std=c++17 -g -fsanitize=$sanitizer -fno-sanitize-recover=all \
        -DTEST_LINKED -o $dir/test_cpp tests/test_cpp.cpp $dir/core.o -pthread && $dir/test_cpp"
    check "$cxx: the example" "$compile -std=c++17 -o $dir/receive examples/cpp/receive.cpp -pthread && $dir/receive"
    check "$cxx: an older standard is told" "! $cxx -std=c++14 -I. -Iexamples/cpp -fsyntax-only examples/cpp/receive.cpp 2>$dir/said &&
        grep -q 'compile with -std=c++17' $dir/said"
    for switch in RECEIVER_ONLY STATIC NO_THREADS SMALL NO_POSIX; do
        check "$cxx: $switch" "$compile -std=c++17 -DAKOLHOOK_$switch -fsyntax-only examples/cpp/receive.cpp"
    done

    refused "a receiver is not copied" 'deleted' 'akolhook::receiver copy(receiver);'
    refused "nor taken by value" 'deleted' 'auto by_value = [](akolhook::receiver) {}; by_value(receiver);'
    refused "a guard is not copied" 'deleted' 'akolhook::guard<4> seen, copy(seen);'
    refused "a message is not copied" 'deleted' 'auto event = receiver.receive(in, body); auto copy = event;'
    refused "a temporary body is refused" 'deleted' 'return receiver.receive(in, body + " ");'
    refused "a result is not passed over" 'nodiscard' 'receiver.receive(in, body);'
    refused "nor that of a secret" 'nodiscard' 'receiver.add_secret("whsec_x");'
done
check "at most 200 lines" "[ \$(wc -l <examples/cpp/akolhook.hpp) -le 200 ] && ! grep -n '.\{111,\}' examples/cpp/*pp tests/*.cpp"
if command -v clang-format >/dev/null; then
    check "as clang-format writes it" "clang-format --dry-run -Werror examples/cpp/akolhook.hpp examples/cpp/receive.cpp tests/test_cpp.cpp"
else echo "skipped: cpp needs clang-format"; fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
