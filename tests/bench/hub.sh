#!/bin/sh
# hub.sh DIR: what a hub costs, in one run: beside the bare client over loopback to a sink in a process of its own; how long a
# healthy webhook waits beside sick ones; claims, emits, deactivation and log pages of each store; workers and emitters over a
# PostgreSQL of its own, and pg-boss from npm on the same server. What is missing is named. WEBHOOKS, EVENTS, IN_FLIGHT and CC may
# be given; EVENTS=20 is a short form of all of it. The last that it prints is a table of all figures that have an aim (hub.awk);
# one that is missed fails nothing, as it may be the machine's.
dir=${1:-build/bench-hub} cc=${CC:-cc} here=tests/bench
if [ "$(uname)" != Linux ]; then echo "skipped: the hub benchmark needs Linux"; exit 0; fi
mkdir -p "$dir" || exit 1
dir=$(cd "$dir" && pwd)
if [ -z "$TOLD" ]; then
    { TOLD=1 sh "$0" "$dir"; echo $? >"$dir/status"; } | tee "$dir/told"
    awk -f $here/hub.awk "$dir/told"
    exit "$(cat "$dir/status")"
fi
short=0 events=${EVENTS:-1000}
[ "$events" -lt 200 ] && short=1
sqlite=$(sh tests/checks/library.sh sqlite "$cc" "$dir") postgres=$(sh tests/checks/library.sh postgres "$cc" "$dir")
stores="${sqlite:+-DHAVE_SQLITE} ${postgres:+-DHAVE_POSTGRES}"
c99="$cc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -O2 -I. -Iexamples/hub -Iexamples/stores"
# shellcheck disable=SC2086
$c99 -o "$dir/sink" $here/sink.c && $c99 -o "$dir/hub" $here/hub.c &&
    $c99 -Itests/hub -Wno-unused-function -o "$dir/fair" $here/hub_fair.c &&
    $c99 $stores -o "$dir/store" $here/hub_store.c $sqlite $postgres || exit 1
# shellcheck disable=SC2086
[ -z "$postgres" ] || $c99 -o "$dir/workers" tests/hub/test_hub_postgres_load.c $postgres -pthread || exit 1

sender= receiver=
cores=$(taskset -cp $$ 2>/dev/null | sed 's/.*: //' | awk -F, '{ for (i = 1; i <= NF; i++) { n = split($i, r, "-"); for (c = r[1]; c <= r[n]; c++) print c } }')
set -- $cores
if [ $# -ge 2 ]; then receiver="taskset -c $1" sender="taskset -c $2"
else echo "not pinned: taskset and two processors are needed for figures that compare"; fi
: >"$dir/port"
$receiver "$dir/sink" 900 >"$dir/port" </dev/null &
sink=$!
trap 'kill $sink 2>/dev/null; rm -rf "$dir/data"' EXIT
trap 'exit 1' INT TERM
for wait in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/port" ] && break
    sleep 0.1
done
[ -s "$dir/port" ] || exit 1
echo "$($cc --version | head -n 1), -O2, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1), Linux $(uname -r), load average $(cut -d' ' -f1 /proc/loadavg) at the start"
bad=0
$sender "$dir/hub" "http://127.0.0.1:$(cat "$dir/port")/" "${WEBHOOKS:-1000}" "$events" "${IN_FLIGHT:-64}" || bad=1
"$dir/fair" || bad=1

mkdir -p "$dir/data"
$sender "$dir/store" memory "$dir/data" $short || bad=1
$sender "$dir/store" journal "$dir/data" $short || bad=1
if [ "$sqlite" ]; then $sender "$dir/store" sqlite "$dir/data" $short || bad=1
else echo "skipped: SQLite is missing"; fi

# what needs a server runs in one go on one: this script again, with its conninfo
if [ "$postgres" ]; then
    printf '#!/bin/sh\nDIR="%s" SHORT=%s exec sh %s/hub_postgres.sh "$1"\n' "$dir" $short $here >"$dir/postgres" &&
        chmod +x "$dir/postgres" && sh tests/hub/postgres.sh "$dir/postgres" || bad=1
else echo "skipped: PostgreSQL's libpq is missing"; fi
exit $bad
