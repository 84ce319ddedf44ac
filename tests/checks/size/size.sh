#!/bin/sh
# size.sh DIR write|check FILE...: flash, static RAM and worst stack of the receiver on small processors; the table stands in the
# FILEs between "--- size" and "---" (a comment in C) or "<!-- size -->" and "<!-- /size -->" (Markdown).
# write puts it there; check fails when it says something else. Compilers of other versions may differ by 3 %.
#
# flash: all of the program but libc's mem functions and strlen; stack: the frames along the deepest path of calls, these apart.
dir=$1 mode=$2; shift 2
mkdir -p "$dir"
for tool in arm-none-eabi-gcc avr-gcc; do
    command -v $tool >/dev/null || { echo "skipped: sizes need $tool"; echo "0 passed, 0 failed"; exit 0; }
done

measure() {     # measure PREFIX PART FLAGS...: prints flash, RAM and stack
    prefix=$1 part=$2; shift 2
    out=$dir/${prefix}part$part
    ${prefix}gcc "$@" -Os -ffunction-sections -fdata-sections -fstack-usage -I. -DPART=$part -c -o "$out.o" tests/checks/size/size.c || return 1
    ${prefix}gcc "$@" -nostartfiles -Wl,--gc-sections,-e,entry,-u,entry -o "$out.elf" "$out.o" || return 1
    { ${prefix}size -A "$out.elf"; echo "== nm"; ${prefix}nm -n -t d "$out.elf"; echo "== su"; cat "$out.su"; echo "== code"
      ${prefix}objdump -d --no-show-raw-insn "$out.elf"; } | awk '
        /^== / { section = $2; next }
        section == "" && $1 ~ /^\.(text|rodata|data)/ { flash += $2 }
        section == "" && $1 ~ /^\.(data|bss)/ { ram += $2 }
        section == "nm" && $3 !~ /^\$/ {                        # in order of address: the next one ends the last
            if (libc != "" && $1 + 0 > libc) { flash -= $1 - libc; libc = "" }
            if (libc == "" && $3 ~ /^(mem[a-z]+|strlen)$/) libc = $1 + 0
        }
        section == "su" { name = $1; sub(/.*:/, "", name); sub(/\..*/, "", name); if ($2 > frame[name]) frame[name] = $2 }
        section == "code" && /^[0-9a-f]+ <.*>:$/ { here = $2; gsub(/[<>:]/, "", here); sub(/\..*/, "", here); next }
        section == "code" && /<[^>+]*>$/ && /\t(bl|b|b\.n|b\.w|call|rcall|jmp|rjmp)[ \t]/ {
            to = $NF; gsub(/[<>]/, "", to); sub(/\..*/, "", to); calls[++n] = here " " to
        }
        section == "code" && /\t(blx|icall|eicall)[ \t]*(r[0-9]|ip|$)/ && here in frame { indirect = here }
        END {
            for (turn = 0; turn < 100; turn++) {                # as deep as the deepest callee, until nothing changes
                changed = 0
                for (i = 1; i <= n; i++) {
                    split(calls[i], c, " ")
                    if (frame[c[2]] + below[c[2]] > below[c[1]]) { below[c[1]] = frame[c[2]] + below[c[2]]; changed = 1 }
                }
                if (!changed) break
            }
            if (changed || indirect != "" || !("entry" in frame)) { print "no bound for the stack", indirect > "/dev/stderr"; exit 1 }
            print flash, ram + 0, frame["entry"] + below["entry"]
        }'
}

row() {         # row NAME PART: prints NAME and nine numbers
    m0=$(measure arm-none-eabi- "$2" -std=c99 -mthumb -mcpu=cortex-m0plus --specs=nano.specs) || exit 1
    m4=$(measure arm-none-eabi- "$2" -std=c99 -mthumb -mcpu=cortex-m4 --specs=nano.specs) || exit 1
    avr=$(measure avr- "$2" -std=gnu99 -mmcu=atmega1284p) || exit 1
    echo "$1:$m0 $m4 $avr"
}
{ row 'SHA-256' 1 && row 'HMAC-SHA256' 2 && row 'akolhook_verify' 3 && row 'the same and the envelope' 4 &&
  row 'JSON reader' 5 && row 'JSON writer' 6; } >"$dir/rows" || exit 1
[ "$(wc -l <"$dir/rows")" = 6 ] || exit 1
versions="arm-none-eabi-gcc $(arm-none-eabi-gcc -dumpfullversion), avr-gcc $(avr-gcc -dumpversion)"
awk -F: -v versions="$versions" 'BEGIN {
        printf "   bytes                          Cortex-M0+           Cortex-M4         AVR (ATmega1284P)\n"
        printf "                              flash  RAM stack    flash  RAM stack    flash  RAM stack\n" }
    { split($2, v, " "); printf "   %-25s  %5d %4d %5d    %5d %4d %5d    %5d %4d %5d\n", $1, v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9] }
    END { printf "   %s\n", versions }' "$dir/rows" >"$dir/comment"
awk -F: -v versions="$versions" 'BEGIN {
        print "| bytes: flash / static RAM / worst stack | Cortex-M0+ | Cortex-M4 | AVR (ATmega1284P) |\n|---|---|---|---|" }
    { split($2, v, " "); printf "| %s | %d / %d / %d | %d / %d / %d | %d / %d / %d |\n", $1, v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9] }
    END { print "\n" versions }' "$dir/rows" >"$dir/markdown"

begin='^ *(--- size|<!-- size -->)$' end='^ *(---|<!-- \/size -->)$'
passed=0 failed=0
for file in "$@"; do
    case $file in *.md) new=$dir/markdown ;; *) new=$dir/comment ;; esac
    awk -v begin="$begin" -v end="$end" '$0 ~ end { inside = 0 } inside; $0 ~ begin { inside = 1 }' "$file" >"$dir/old"
    if ! grep -Eq "$begin" "$file"; then echo "FAIL $file has no place for the table"; failed=$((failed + 1)); continue; fi
    if cmp -s "$dir/old" "$new"; then passed=$((passed + 1)); continue; fi
    if [ "$mode" = write ]; then
        awk -v begin="$begin" -v end="$end" -v new="$new" '
            $0 ~ end { inside = 0 } !inside; $0 ~ begin { inside = 1; while ((getline line < new) > 0) print line }' "$file" >"$dir/file" &&
            cat "$dir/file" >"$file" && passed=$((passed + 1)) && echo "$file is brought up to date"
    elif ! grep -qF "$versions" "$dir/old" && cat "$dir/old" "$new" | awk -v lines="$(wc -l <"$new")" '
            { text = $0; if (text ~ /gcc/) next; gsub(/SHA-?256|ATmega1284P|Cortex-M[04]/, "", text); gsub(/[^0-9]+/, " ", text); count = split(text, v, " ") }
            NR <= lines { for (i = 1; i <= count; i++) old[++n] = v[i]; next }
            { for (i = 1; i <= count; i++) { m++; d = v[i] - old[m]; if (d < 0) d = -d; if (d > 8 && d > old[m] * 0.03) far = 1 } }
            END { exit far || m != n || !n }'; then
        passed=$((passed + 1)); echo "$file was written by other compilers than $versions; within 3 %"
    else
        failed=$((failed + 1)); echo "FAIL the table in $file is stale: make size"; diff "$dir/old" "$new"
    fi
done
cat "$dir/comment"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
