#!/bin/sh
# hub.sh DIR: the hub under load beside the bare client, over loopback to a sink in a process of its own. WEBHOOKS, EVENTS,
# IN_FLIGHT and CC may be given; EVENTS=20 is a short form.
dir=${1:-build/bench-hub} cc=${CC:-cc} here=tests/bench
if [ "$(uname)" != Linux ]; then echo "skipped: the hub benchmark needs Linux"; exit 0; fi
mkdir -p "$dir" || exit 1
$cc -std=c99 -Wall -Wextra -O2 -o "$dir/sink" $here/sink.c && $cc -std=c99 -Wall -Wextra -O2 -I. -Iexamples/hub -o "$dir/hub" $here/hub.c || exit 1
sender= receiver=
cores=$(taskset -cp $$ 2>/dev/null | sed 's/.*: //' | awk -F, '{ for (i = 1; i <= NF; i++) { n = split($i, r, "-"); for (c = r[1]; c <= r[n]; c++) print c } }')
set -- $cores
if [ $# -ge 2 ]; then receiver="taskset -c $1" sender="taskset -c $2"
else echo "not pinned: taskset and two processors are needed for figures that compare"; fi
: >"$dir/port"
$receiver "$dir/sink" 900 >"$dir/port" </dev/null &
sink=$!
trap 'kill $sink 2>/dev/null' EXIT
trap 'exit 1' INT TERM
for wait in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/port" ] && break
    sleep 0.1
done
[ -s "$dir/port" ] || exit 1
echo "$($cc --version | head -n 1), -O2, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), Linux $(uname -r), load average $(cut -d' ' -f1 /proc/loadavg) at the start"
$sender "$dir/hub" "http://127.0.0.1:$(cat "$dir/port")/" "${WEBHOOKS:-1000}" "${EVENTS:-1000}" "${IN_FLIGHT:-64}"
