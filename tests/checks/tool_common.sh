# What the tests of the tool share; read by tool.sh and tool_hub.sh with the tool as $1. Works in a folder of its own.

tool=${1:-build/akolhook}
case $tool in /*) ;; *) tool=$PWD/$tool ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/akolhook-tool.XXXXXX") || exit 2
passed=0 failed=0 server=
trap 'test -n "$server" && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
trap 'echo "FAIL told to end in or after: ${say_name:-} / ${name:-}"; exit 2' HUP INT TERM
cd "$work" || exit 2
unset AKOLHOOK_SECRET AKOLHOOK_STORE AKOLHOOK_BUSINESS NO_COLOR http_proxy HTTP_PROXY all_proxy ALL_PROXY

good() { passed=$((passed + 1)); }
bad() { failed=$((failed + 1)); echo "FAIL $*"; }
same() { if [ "$2" = "$3" ]; then good; else bad "$1: got '$2', expected '$3'"; fi; }
have() { command -v "$1" >/dev/null 2>&1 || { echo "skipped: $2 (no $1)"; return 1; }; }

# expect NAME STATUS PATTERN COMMAND...: the exit status, and a line of stdout or stderr
expect() {
    name=$1 status=$2 pattern=$3
    shift 3
    "$@" >out 2>&1
    got=$?
    if [ $got -ne "$status" ]; then bad "$name: exit status $got, expected $status: $(head -c 300 out)"
    elif ! grep -q -e "$pattern" out; then bad "$name: no line matches '$pattern': $(head -c 300 out)"
    else good; fi
}

# listen OPTION...: starts the server on a free port; $port, log in listen.log
listen() {
    : >listen.log
    "$tool" listen --port 0 "$@" >>listen.log 2>listen.err &
    server=$! port=
    tries=0
    while [ $tries -lt 600 ]; do
        port=$(sed -n 's,^listening on .*:\([0-9]*\)/$,\1,p' listen.log)
        [ -n "$port" ] && return 0
        kill -0 "$server" 2>/dev/null || break
        tries=$((tries + 1))
        sleep 0.1
    done
    bad "listen $*: did not start: $(cat listen.err)"
}
# finish: waits for the server to end by its --count; finish now: tells it to
finish() {
    [ "$1" = now ] && kill "$server"
    tries=0
    until grep -q '^[0-9][0-9]* request[s]*: ' listen.log; do   # the last line it writes
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then kill -9 "$server"; break; fi
        sleep 0.1
    done
    wait "$server" 2>/dev/null
    same "listen ends" $? 0
    server=
}
logged() { if grep -q -e "$1" listen.log; then good; else bad "no line of the log matches '$1': $(head -c 600 listen.log)"; fi; }
