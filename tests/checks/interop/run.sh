#!/bin/sh
# run.sh DIR: signs and verifies across the programs of DIR (akolhook, verify_github, verify_stripe) and the packages
# standardwebhooks, svix, @octokit/webhooks-methods and stripe, over sockets where there are some; and sends JSON documents both
# ways between roundtrip.c and the JSON of node and Python. Needs node and npm 20, python3, openssl, curl and a C compiler (CC);
# the packages go into DIR/interop.
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:-build}" && pwd) || exit 1
out=$dir/interop
broken() { echo "interop: $1"; echo "0 passed, 1 failed"; exit 1; }

for command in node npm python3 openssl curl; do command -v $command >/dev/null || broken "$command is missing"; done
for program in akolhook verify_github verify_stripe; do
    [ -x "$dir/$program" ] || broken "$dir/$program is missing: make cli examples"
done

mkdir -p "$out" || exit 1
if ! cmp -s "$here/package-lock.json" "$out/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$out" || exit 1
    (cd "$out" && npm ci --loglevel=error >npm.log 2>&1) || { cat "$out/npm.log"; broken "npm ci failed"; }
    cp "$here/package-lock.json" "$out/installed.json"
fi
cp "$here/interop.mjs" "$out" || exit 1

# a CA for this run alone, a certificate for this machine, and one for another
cd "$out" || exit 1
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'
issue() {       # issue NAME SUBJECTALTNAME
    openssl req -x509 $key -CA ca.pem -CAkey ca.key -subj "/CN=$1" -addext "subjectAltName=$2" \
        -addext basicConstraints=critical,CA:FALSE -keyout "$1.key" -out "$1.pem"
}
{
    openssl req -x509 $key -subj '/CN=interop CA' -keyout ca.key -out ca.pem &&
    issue local DNS:localhost,IP:127.0.0.1 &&
    issue other DNS:other.example
} >openssl.log 2>&1 || { cat openssl.log; broken "openssl made no certificates"; }

${CC:-cc} -std=c99 -O1 -Wall -Wextra -I"$here/../../.." -o roundtrip "$here/roundtrip.c" || broken "roundtrip.c does not compile"
passed=0 failed=0
judge() {       # judge COMMAND...: runs it and adds its closing line
    timeout 600 "$@" >log 2>&1
    [ $? = 124 ] && echo "FAIL $2 did not end within 600 s" >>log
    sed '$d' log
    set -- $(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' log | tail -n 1)
    if [ $# = 2 ]; then passed=$((passed + $1)) failed=$((failed + $2)); else tail -n 1 log; failed=$((failed + 1)); fi
}
judge node "$here/roundtrip.mjs" ./roundtrip 10000
judge python3 "$here/roundtrip.py" ./roundtrip 10000
judge node interop.mjs "$dir"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
