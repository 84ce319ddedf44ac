#!/bin/sh
# nginx.sh DIR: DIR/akolhook delivers to an nginx of its own, on loopback ports, over TLS 1.3, TLS 1.2 and plain HTTP.
dir=$(cd "${1:-build}" && pwd) || exit 1
out=$dir/nginx tool=$dir/akolhook secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw passed=0 failed=0 pid=
PATH=$PATH:/usr/sbin
broken() { echo "nginx: $1"; echo "$passed passed, $((failed + 1)) failed"; exit 1; }
stop() { [ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null; pid=; }
trap stop EXIT
trap 'exit 1' HUP INT TERM

for command in nginx openssl; do command -v $command >/dev/null || broken "$command is missing"; done
[ -x "$tool" ] || broken "$tool is missing: make cli"
rm -rf "$out" && mkdir -p "$out/tmp" && cd "$out" || exit 1

key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
{
    openssl req -x509 $key -subj '/CN=nginx test CA' -keyout ca.key -out ca.pem &&
    openssl req -x509 $key -CA ca.pem -CAkey ca.key -subj /CN=nginx -addext subjectAltName=IP:127.0.0.1 \
        -addext basicConstraints=critical,CA:FALSE -keyout nginx.key -out nginx.pem
} >openssl.log 2>&1 || { cat openssl.log; broken "openssl made no certificates"; }

configure() {   # configure PORT: three servers, on PORT and the two after it
    cat >locations.conf <<END
location = /200 { return 200 "fine"; }
location = /201 { return 201 "made"; }
location = /204 { return 204; }
location = /301 { return 301 https://127.0.0.1:$1/200; }
location = /307 { return 307 /200; }
location = /404 { return 404; }
location = /410 { return 410; }
location = /429 { add_header Retry-After 7 always; return 429; }
location = /500 { return 500; }
location = /503 { add_header Retry-After 120 always; return 503; }
location = /503-date { add_header Retry-After "Fri, 31 Dec 1999 23:59:59 GMT" always; return 503; }
location = /503-odd { add_header Retry-After soon always; return 503; }
location = /413 { client_max_body_size 10; root .; }
location = /444 { return 444; }
END
    cat >nginx.conf <<END
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    log_format line '\$uri \$status \$connection_requests \$ssl_protocol \$ssl_session_reused';
    access_log access.log line;
    client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi;
    uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
    ssl_certificate nginx.pem;
    ssl_certificate_key nginx.key;
    server { listen 127.0.0.1:$1 ssl; ssl_protocols TLSv1.3; include locations.conf; }
    server { listen 127.0.0.1:$(($1 + 1)) ssl; ssl_protocols TLSv1.2; include locations.conf; }
    server { listen 127.0.0.1:$(($1 + 2)); include locations.conf; }
}
END
}
start() {       # tries ports until nginx has one and two more after it
    try=0
    while [ $try -lt 20 ]; do
        port=$((15000 + ($$ * 3 + try * 311) % 15000)) try=$((try + 1))
        configure $port
        nginx -p "$out/" -c nginx.conf -e error.log >start.log 2>&1 &
        pid=$! waited=0
        while [ $waited -lt 300 ] && kill -0 $pid 2>/dev/null; do
            [ -s nginx.pid ] && return 0
            sleep 0.1; waited=$((waited + 1))
        done
        stop
    done
    cat start.log error.log; broken "nginx does not start"
}

expect() {      # expect NAME GOT WANTED
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $1: '$2', expected '$3'"; fi
}
trigger() { "$tool" trigger "$1" "$2" --secret $secret --ca ca.pem --allow-http --allow-private --timeout 30; }
# deliver URL EXIT CODE STATUS [RETRY]: one event. The tool's first line: event code ms "ms" status ["retry after" n "s"]
deliver() {
    text=$(trigger call.ended "$1"); got=$?
    line=$(printf '%s\n' "$text" | awk 'NR == 1 { print $2, $5, $8 }')
    expect "$1" "$got $line" "$2 $3 $4 ${5-}"
}

start
for server in https:$port https:$((port + 1)) http:$((port + 2)); do
    base=${server%%:*}://127.0.0.1:${server#*:}
    for code in 200 201 204; do deliver $base/$code 0 $code OK; done
    for code in 301 307 404 410 413 500; do deliver $base/$code 1 $code HTTP_STATUS; done
    deliver $base/429 1 429 HTTP_STATUS 7
    deliver $base/503 1 503 HTTP_STATUS 120
    deliver $base/503-date 1 503 HTTP_STATUS 0
    deliver $base/503-odd 1 503 HTTP_STATUS
    text=$(trigger call.ended $base/444); got=$?
    expect "$base/444 closes without a word" "$got $(printf '%s\n' "$text" | awk 'NR == 1 { print $2 }')" "1 ---"
done
expect "requests to /200: redirects are not followed" "$(grep -c '^/200 ' access.log)" 3
expect "protocols" "$(awk '$1 == "/201" { print $4 }' access.log | tr '\n' ' ')" "TLSv1.3 TLSv1.2 - "

trigger all https://127.0.0.1:$port/204 >all.txt; got=$?
expect "all events" "$got $(grep -c '  204  .*  OK$' all.txt)" "0 18"
# of its connections the first alone makes a whole handshake
expect "all events: whole handshakes" "$(tail -n 18 access.log | awk '$3 == 1 && $5 != "r" { n++ } END { print n + 0 }')" 1
deliver http://127.0.0.1:$port/200 1 400 HTTP_STATUS
deliver https://127.0.0.1:$((port + 2))/200 1 --- TLS_FAILED
stop
deliver https://127.0.0.1:$port/200 1 --- CONNECT_FAILED

echo "$passed passed, $failed failed"
[ $failed = 0 ]
