#!/bin/sh
# page.sh DIR: every benchmark of the project in one run and what came out on one page, each figure beside its peer's. The whole
# output of each stands in DIR/core.txt, deliver.txt, hub.txt and size.txt. PLOT=1 draws DIR/page.svg and DIR/hmac.svg (gnuplot).
# PAGE=1 makes the page again from what is in DIR. About a quarter of an hour on a machine that does nothing else.
dir=${1:-build/bench} here=tests/bench bad=0
mkdir -p "$dir" || exit 1
part() {        # part NAME COMMAND...
    name=$1; shift
    [ "${PAGE:-0}" = 1 ] && [ -s "$dir/$name.txt" ] && return
    echo "$name ..." >&2
    "$@" >"$dir/$name.txt" 2>&1 || { bad=1; echo "failed: $name, see $dir/$name.txt"; }
}
part core sh $here/run.sh "$dir/core"
part deliver sh $here/deliver.sh "$dir/deliver"
part hub sh $here/hub.sh "$dir/hub"
part size sh tests/checks/size/size.sh "$dir/size" check README.md

# NAME <tab> own beside the peer <tab> what of it is better
rows() {
    awk -F'  +' '
        /^prepared key \/ fastest peer/ { three("verify, prepared key", "fastest peer") }
        /^one call \/ OpenSSL HMAC/     { three("akolhook_verify", "OpenSSL HMAC()") }
        /^NO_SIMD \/ fastest portable/  { three("portable C", "fastest portable peer") }
        function three(what, peer) {
            print what ", 64 B / " peer "\t" $2 "\tless"
            print what ", 1 KiB / " peer "\t" $4 "\tless"
            print what ", 64 KiB / " peer "\t" $7 "\tless"
        }
        /^ 8 MACs/ { sub(/x/, "", $5); print "8 MACs at once / one after the other, rate at 1 KiB\t" $5 "\tmore" }
        /^akolhook_build_call .* ns/ { build = $2 + 0 }
        /^appends by hand, escaping .* ns/ && build { printf "building a call.ended / appends by hand\t%.2f\tless\n", build / ($2 + 0); build = 0 }
        /^yyjson/ && / ns/ { print $1 " / akolhook, the same work\t" $NF "\tmore" }
        / of stb_image.h$/ { split($NF, part, " "); print "compile time, " $1 " / stb_image.h\t" part[1] "\tless" }
    ' "$dir/core.txt"
    awk '
        /^plain$/ { kind = "http" }
        /^TLS 1.3$/ { kind = "https" }
        /^64 in flight, deliveries\/s/ {
            if (match($0, /[0-9.]+ of the raw loop/)) print kind ", 64 in flight / a raw loop that does not sign, rate\t" substr($0, RSTART, 4) "\tmore"
            if (match($0, /[0-9.]+ of one that signs/)) print kind ", 64 in flight / a raw loop that signs, rate\t" substr($0, RSTART, 4) "\tmore"
            if (match($0, /[0-9.]+ of wrk/)) print kind ", 64 in flight / wrk, rate\t" substr($0, RSTART, 4) "\tmore"
            if (match($0, /[0-9.]+ of libcurl multi/)) print kind ", 64 in flight / libcurl multi, rate\t" substr($0, RSTART, 4) "\tmore"
        }' "$dir/deliver.txt"
    sed -n 's/^CPU per delivery of the hub: \([0-9.]*\) .*/hub \/ bare client, processor time of a delivery\t\1\tless/p' "$dir/hub.txt"
}
rows >"$dir/rows"
head -n 1 "$dir/core.txt"
sed -n 's/.*\(load average [0-9.]*\).*/the machine at the start: \1/p' "$dir/deliver.txt" | head -n 1
printf '\n%-68s %6s  %s\n' 'what / beside what' ratio 'better is'
awk -F'\t' '{ printf "%-68s %6s  %s\n", $1, $2, $3 }' "$dir/rows"
printf '\nhub and stores, each beside its aim\n'
grep -E '^[a-z]+$|aim' "$dir/hub.txt"
printf '\nflash / static RAM / worst stack in bytes\n'
grep -vE "passed|up to date" "$dir/size.txt"
grep -h '^skipped' "$dir/core.txt" "$dir/deliver.txt" "$dir/hub.txt" "$dir/size.txt"

if [ "${PLOT:-0}" != 0 ] && command -v gnuplot >/dev/null; then
    awk -F'\t' '{ printf "\"%s\" %s %d\n", $1, $2, $3 == "less" ? 1 : 2 }' "$dir/rows" >"$dir/page.data"
    gnuplot <<PLOT && echo "$dir/page.svg"
set terminal svg size 1000,720
set output "$dir/page.svg"
set title "akolhook beside its peers, each at 1: less is better (blue), more is better (green)" noenhanced
set style fill solid 0.6
set yrange [] reverse
set grid x
set ytics noenhanced
set lmargin 58
set arrow from 1, graph 0 to 1, graph 1 nohead lw 2
set linetype 1 lc rgb "#3465a4"
set linetype 2 lc rgb "#4e9a06"
set key off
plot "$dir/page.data" using (\$2*0.5):0:(\$2*0.5):(0.35):3:ytic(1) with boxxyerror linecolor variable
PLOT
    cp "$dir/core/hmac.svg" "$dir/hmac.svg" 2>/dev/null
elif [ "${PLOT:-0}" != 0 ]; then echo "skipped: the picture needs gnuplot"; fi
exit $bad
