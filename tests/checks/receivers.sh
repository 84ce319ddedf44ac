#!/bin/sh
# receivers.sh DIR TOOL: the programs of examples/receivers, each built in a folder of its own as its first comment says, under the
# sanitizers, started behind the server that it needs, and posted to by receivers.py: all events, replays, bad signatures, bodies
# that are cut or too long, 50 identical requests at once, a worker killed in the middle. With stranger as a third word they are
# built as README says and get one event: stranger.py, by stranger.sh.
dir=${1:-build/receivers} tool=${2:-build/akolhook} names=posix
export LC_ALL=C PATH="$PATH:/usr/sbin"
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
command -v python3 >/dev/null || { echo "skipped: receivers needs python3"; echo "0 passed, 0 failed"; exit; }

# needs NAME THING...: a header, or a command
needs() {
    name=$1; shift
    for thing in "$@"; do
        case $thing in
            *.h) printf '#include <%s>\n' "$thing" | ${CC:-cc} -x c++ -E - >/dev/null 2>&1 ;;
            *) command -v "$thing" >/dev/null ;;
        esac || { echo "skipped: receivers/$name needs $thing"; return; }
    done
    names="$names $name"
}
needs libmicrohttpd microhttpd.h
needs civetweb civetweb.h
needs evhttp event2/http.h
needs httplib httplib.h c++
needs cgi lighttpd
needs fastcgi fcgiapp.h nginx
needs auth_request event2/http.h nginx
needs inbox event2/http.h sqlite3.h
# shellcheck disable=SC2086
exec python3 "tests/checks/${3:-receivers}.py" "$dir" "$tool" $names
