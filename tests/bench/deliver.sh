#!/bin/sh
# deliver.sh DIR: POSTs of one body to one sink over kept connections, on this machine's loopback: akolhook beside a raw loop, wrk
# and libcurl, plain and TLS. Sender and sink have a processor each; rounds are interleaved, medians are shown.
# ROUNDS, MS (of one row), TLS_MOST and CC may be given; LONG=1 is ROUNDS=5 MS=2000 TLS_MOST=10000.
dir=${1:-build/bench-deliver} cc=${CC:-cc} here=tests/bench
if [ "${LONG:-0}" = 1 ]; then rounds=${ROUNDS:-5} ms=${MS:-2000} tls_most=${TLS_MOST:-10000}
else rounds=${ROUNDS:-3} ms=${MS:-1000} tls_most=${TLS_MOST:-1000}; fi
mkdir -p "$dir" && rm -f "$dir"/*
if [ "$(uname)" != Linux ]; then echo "skipped: the delivery benchmark needs Linux"; exit 0; fi
flags='-std=c99 -Wall -Wextra -O2 -I.'

found= libs= missing=
peer() {        # peer NAME HEADER LIBRARY...
    name=$1 header=$2; shift 2
    if printf '#include <%s>\nint main(void) { return 0; }\n' "$header" | $cc -x c -o "$dir/try" - "$@" 2>/dev/null
    then found="$found -DHAVE_$name" libs="$libs $*"; else missing="$missing $name"; fi
}
peer OPENSSL openssl/core_names.h -lssl -lcrypto
peer CURL curl/curl.h -lcurl
has() { case $found in *HAVE_$1*) true ;; *) false ;; esac; }
command -v wrk >/dev/null || missing="$missing wrk"
if [ -n "$missing" ]; then echo "skipped, not found:$missing"; fi

set -e
$cc $flags $found -o "$dir/sink" $here/sink.c $libs
$cc $flags $found -o "$dir/deliver" $here/deliver.c $libs
if has OPENSSL && command -v openssl >/dev/null; then (
    cd "$dir"
    p256='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
    openssl req -x509 $p256 -subj /CN=bench -keyout ca.key -out ca.crt -addext basicConstraints=critical,CA:TRUE
    openssl req $p256 -subj /CN=127.0.0.1 -keyout sink.key -out sink.csr
    printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >sink.ext
    openssl x509 -req -in sink.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile sink.ext -out sink.crt
) >"$dir/openssl.log" 2>&1 || { cat "$dir/openssl.log"; exit 1; }
elif has OPENSSL; then echo "skipped: TLS needs the command openssl"; fi
set +e

sender= receiver=
cores=$(taskset -cp $$ 2>/dev/null | sed 's/.*: //' | awk -F, '{ for (i = 1; i <= NF; i++) { n = split($i, r, "-"); for (c = r[1]; c <= r[n]; c++) print c } }')
set -- $cores
if [ $# -ge 2 ]; then receiver="taskset -c $1" sender="taskset -c $2"
else echo "not pinned: taskset and two processors are needed for figures that compare"; fi

certificate=; if [ -f "$dir/sink.crt" ]; then certificate="$dir/sink.crt $dir/sink.key"; fi
: >"$dir/ports"
$receiver "$dir/sink" 900 $certificate >"$dir/ports" </dev/null &
sink=$!
trap 'kill $sink 2>/dev/null' EXIT
trap 'exit 1' INT TERM
lines=1; if [ -n "$certificate" ]; then lines=2; fi
for wait in 1 2 3 4 5 6 7 8 9 10; do
    if [ "$(wc -l <"$dir/ports")" -ge $lines ]; then break; fi
    sleep 0.1
done
plain=$(sed -n 1p "$dir/ports") tls=$(sed -n 2p "$dir/ports")
[ -n "$plain" ] || exit 1
"$dir/deliver" script "http://127.0.0.1:$plain/" >"$dir/wrk.lua"

load=$(cut -d' ' -f1 /proc/loadavg)
limit=$(ulimit -H -n)
# row KIND SENDER IN_FLIGHT MS URL [EXTRA]: one line of results into results.KIND, beginning with sender and number in flight
row() {
    kind=$1 name=$2 open=$3; shift 3
    if [ "$limit" != unlimited ] && [ "$limit" -lt $((open + 100)) ]; then return; fi
    line=$(timeout 120 $sender "$dir/deliver" "$name" "$open" "$@") || { echo "$name with $open in flight, $kind, broke off"; return; }
    echo "$name $open $line" >>"$dir/results.$kind"
}
senders() {     # senders IN_FLIGHT: who can, in the order of the table
    echo raw akolhook
    if [ "$1" = 64 ] && has OPENSSL; then echo raw-signs; fi
    if command -v wrk >/dev/null; then echo wrk; fi
    if has CURL; then
        if [ "$1" = 1 ]; then echo curl-easy; fi
        echo curl-multi curl-socket
    fi
}
# is_slow SENDER IN_FLIGHT: it takes seconds to get going, and runs once
is_slow() { case $1$2 in wrk1000 | wrk10000 | curl-*10000) true ;; *) false ;; esac; }
# what each KIND is run with
plain_row() { case $1 in wrk) row plain "$1" "$2" "$ms" "http://127.0.0.1:$plain/" "$dir/wrk.lua" ;; *) row plain "$1" "$2" "$ms" "http://127.0.0.1:$plain/" ;; esac; }
tls_row() { case $1 in wrk) row tls "$1" "$2" "$ms" "https://127.0.0.1:$tls/" "$dir/wrk.lua" ;; *) row tls "$1" "$2" "$ms" "https://127.0.0.1:$tls/" "$dir/ca.crt" ;; esac; }

for round in $(seq "$rounds"); do
    for open in 1 10 64 1000 10000; do
        for name in $(senders $open); do
            if [ "$round" -gt 1 ] && is_slow "$name" $open; then continue; fi
            plain_row "$name" $open
        done
    done
    if [ -z "$certificate" ]; then continue; fi
    for open in 1 64 1000 10000; do
        if [ $open -gt "$tls_most" ] || { [ $open -ge 1000 ] && [ "$round" -gt 1 ]; }; then continue; fi
        for name in $(senders $open); do
            case $name in curl-socket) continue ;; wrk) if [ $open -ge 1000 ]; then continue; fi ;; esac     # wrk shakes hands inside its time
            tls_row "$name" $open
        done
    done
done
# 10,000 open that are each answered after a second: what an open delivery costs while nothing happens
for name in raw akolhook curl-multi curl-socket; do
    case $name in curl-*) has CURL || continue ;; esac
    row slow $name 10000 3000 "http://127.0.0.1:$plain/1000"
done
# system calls, in short runs of their own, as counting them slows them
CALLS=1; export CALLS
for open in 1 64 1000 10000; do
    for name in $(senders $open); do
        if is_slow "$name" $open; then continue; fi
        old=$ms ms=300; plain_row "$name" $open; ms=$old
    done
done
unset CALLS

echo "$($cc --version | head -n 1), -O2, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), Linux $(uname -r)"
if has CURL; then curl-config --version 2>/dev/null; fi
echo "POST of 611 bytes, medians of $rounds rounds of $ms ms; load average $load at the start"
bytes=$("$dir/deliver" size 10000)
for kind in plain tls slow; do
    [ -f "$dir/results.$kind" ] || continue
    awk -v kind=$kind -v bytes="$bytes" -f $here/deliver.awk "$dir/results.$kind"
done
