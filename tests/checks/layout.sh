#!/bin/sh
# layout.sh: the layout of the sources. All C is as clang-format writes it by .clang-format, no line of it is longer than 110
# columns, and none of the headers' manuals (the first comment) than 90; that of akolhook.h has 300 lines at most.
# No text file has a blank at the end of a line, what a program makes is not kept, and no extension or program uses a private name
# of akolhook.h.
headers="akolhook.h $(ls examples/hub/akolhook_*.h examples/stores/akolhook_*.h examples/tls/akolhook_*.h examples/platforms/akolhook_*.h)"
passed=0 failed=0

check() {       # check WHAT LINES: passed when there are none
    if [ -z "$2" ]; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    echo "FAIL $1"
    printf '%s\n' "$2" | head -n 20
}

# all of it, but for lists of names and fragments that stand in a text
sources=$(find examples tests akolhook.h -name '*.[ch]' -print | grep -vE '/(checks/docs|checks/names|lwip/compat)/')
check "lines over 110 columns" "$(printf '%s\n' $sources | xargs awk 'length > 110 { print FILENAME ":" FNR ": " length }')"
for file in $headers; do
    check "$file: lines of the manual over 90 columns" "$(awk '
        length > 90 { print FILENAME ":" FNR ": " length }
        /\*\// { exit }' "$file")"
done
check "akolhook.h: a manual of more than 300 lines" "$(awk '/\*\// { if (FNR > 300) print FNR; exit }' akolhook.h)"

check "blanks at the end of a line" "$(find . \( -name .git -o -name build -o -path ./tests/fuzz -o -name node_modules \) -prune -o \
    -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' -o -name '*.md' -o -name Makefile \) -print |
    xargs grep -n '[[:blank:]]$')"
check "files that .gitignore names, kept all the same" "$(git ls-files -ci --exclude-standard 2>/dev/null)"
check "private names of akolhook.h in examples/" "$(find examples -name '*.[ch]' -print | xargs grep -niE '\bakolhook_i_')"

if command -v clang-format >/dev/null; then
    for file in $sources; do
        check "$file: not as clang-format writes it" "$(clang-format --dry-run -Werror "$file" 2>&1)"
    done
else
    echo "skipped: layout needs clang-format"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
