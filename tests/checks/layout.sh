#!/bin/sh
# layout.sh: the layout of the sources. The headers are as clang-format writes them by .clang-format, no line of theirs is
# longer than 110 columns, and none of their manuals (the first comment) than 90; that of akolhook.h has 300 lines at most.
# No text file has a blank at the end of a line, and no extension or program uses a private name of akolhook.h.
headers="akolhook.h $(ls examples/hub/akolhook_*.h examples/stores/akolhook_*.h examples/tls/akolhook_*.h)"
passed=0 failed=0

check() {       # check WHAT LINES: passed when there are none
    if [ -z "$2" ]; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    echo "FAIL $1"
    printf '%s\n' "$2" | head -n 20
}

for file in $headers; do
    check "$file: lines over 110 columns" "$(awk 'length > 110 { print FILENAME ":" FNR ": " length }' "$file")"
    check "$file: lines of the manual over 90 columns" "$(awk '
        length > 90 { print FILENAME ":" FNR ": " length }
        /\*\// { exit }' "$file")"
done
check "akolhook.h: a manual of more than 300 lines" "$(awk '/\*\// { if (FNR > 300) print FNR; exit }' akolhook.h)"

check "blanks at the end of a line" "$(find . \( -name .git -o -name build -o -path ./tests/fuzz -o -name node_modules \) -prune -o \
    -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' -o -name '*.md' -o -name Makefile \) -print |
    xargs grep -n '[[:blank:]]$')"
check "private names of akolhook.h in examples/" "$(find examples -name '*.[ch]' -print | xargs grep -niE '\bakolhook_i_')"

if command -v clang-format >/dev/null; then
    for file in $headers; do
        check "$file: not as clang-format writes it" "$(clang-format --dry-run -Werror "$file" 2>&1)"
    done
else
    echo "skipped: layout needs clang-format"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
