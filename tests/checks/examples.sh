#!/bin/sh
# examples.sh DIR: the CGI program of DIR as a web server runs it, and the others against GitHub's published vector and a Stripe one made with Python's hmac module:
# hmac.new(b"whsec_test_secret", b'1614265330.{"id":"evt_1","object":"event"}', "sha256").hexdigest()
dir=${1:-build} passed=0 failed=0

expect() {      # expect STATUS NAME BODY COMMAND...
    want=$1 name=$2 body=$3; shift 3
    printf %s "$body" | "$@" >/dev/null 2>&1; got=$?
    if [ "$got" = "$want" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $name: exit $got, expected $want"; fi
}

secret="It's a Secret to Everybody" body='Hello, World!'
hex=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17
g=$dir/verify_github
expect 0 "github: published vector" "$body" "$g" "$secret" "sha256=$hex"
expect 1 "github: other body" "$body " "$g" "$secret" "sha256=$hex"
expect 1 "github: other secret" "$body" "$g" "${secret}!" "sha256=$hex"
expect 1 "github: no prefix" "$body" "$g" "$secret" "$hex"
expect 1 "github: sha1" "$body" "$g" "$secret" "sha1=$hex"
expect 1 "github: cut" "$body" "$g" "$secret" "sha256=${hex%?}"
expect 1 "github: cut by a byte" "$body" "$g" "$secret" "sha256=${hex%??}"
expect 1 "github: too long" "$body" "$g" "$secret" "sha256=${hex}00"
expect 1 "github: last digit" "$body" "$g" "$secret" "sha256=${hex%?}8"
expect 1 "github: no hex" "$body" "$g" "$secret" "sha256=zz${hex#??}"
expect 1 "github: empty header" "$body" "$g" "$secret" ""
expect 2 "github: empty secret" "$body" "$g" "" "sha256=$hex"
expect 2 "github: no arguments" "$body" "$g"

secret=whsec_test_secret body='{"id":"evt_1","object":"event"}' t=1614265330
hex=42b3d2b2181207b6b299df380bf37599bb895dc182467ba12e046b1916c4cd19
other=0000000000000000000000000000000000000000000000000000000000000000
s=$dir/verify_stripe
expect 0 "stripe: vector" "$body" "$s" $secret "t=$t,v1=$hex" $t
expect 0 "stripe: v0 beside v1" "$body" "$s" $secret "t=$t,v0=$other,v1=$hex" $t
expect 0 "stripe: second v1" "$body" "$s" $secret "t=$t,v1=$other,v1=$hex" $t
expect 0 "stripe: first v1" "$body" "$s" $secret "t=$t,v1=$hex,v1=$other" $t
expect 0 "stripe: time last" "$body" "$s" $secret "v1=$hex,t=$t" $t
expect 0 "stripe: 300 s old" "$body" "$s" $secret "t=$t,v1=$hex" $((t + 300))
expect 0 "stripe: 300 s ahead" "$body" "$s" $secret "t=$t,v1=$hex" $((t - 300))
expect 1 "stripe: 301 s old" "$body" "$s" $secret "t=$t,v1=$hex" $((t + 301))
expect 1 "stripe: 301 s ahead" "$body" "$s" $secret "t=$t,v1=$hex" $((t - 301))
expect 1 "stripe: long ago" "$body" "$s" $secret "t=$t,v1=$hex"
expect 1 "stripe: other time" "$body" "$s" $secret "t=$((t + 1)),v1=$hex" $t
expect 1 "stripe: time twice" "$body" "$s" $secret "t=$t,t=$t,v1=$hex" $t
expect 1 "stripe: sign before the time" "$body" "$s" $secret "t=+$t,v1=$hex" $t
expect 1 "stripe: no time" "$body" "$s" $secret "v1=$hex" $t
expect 1 "stripe: no v1" "$body" "$s" $secret "t=$t,v0=$hex" $t
expect 1 "stripe: other body" "$body " "$s" $secret "t=$t,v1=$hex" $t
expect 1 "stripe: other secret" "$body" "$s" whsec_other "t=$t,v1=$hex" $t
expect 1 "stripe: cut" "$body" "$s" $secret "t=$t,v1=${hex%??}" $t
expect 1 "stripe: empty header" "$body" "$s" $secret "" $t
expect 2 "stripe: empty secret" "$body" "$s" "" "t=$t,v1=$hex" $t
expect 2 "stripe: no arguments" "$body" "$s"

# the CGI program: each request is a process of its own, and all of them share what was seen
cgi=$dir/receive_cgi tool=$dir/akolhook work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
message() {     # message EVENT: a new one
    "$tool" sample "$1" >"$work/body"; signature=$("$tool" sign --secret $secret "$work/body")
}
request() {     # request NAME [VARIABLE=VALUE...]: writes the answer to NAME, and what was handled to NAME.log
    name=$1; shift
    env REQUEST_METHOD=POST CONTENT_LENGTH="$(wc -c <"$work/body")" HTTP_X_WEBHOOK_SIGNATURE="$signature" HTTP_X_WEBHOOK_EVENT= \
        AKOLHOOK_SECRET=$secret AKOLHOOK_SEEN="$work/seen" "$@" "$cgi" <"$work/body" >"$work/$name" 2>"$work/$name.log"
}
answered() {    # answered NAME CODE HANDLED
    got="$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$work/$1") $(grep -c handled "$work/$1.log")"
    if [ "$got" = "$2 $3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL cgi $1: $got, expected $2 $3"; fi
}
message call.ended
request forged HTTP_X_WEBHOOK_SIGNATURE=$other; answered forged 401 0
request cut CONTENT_LENGTH=5; answered cut 400 0
request first; answered first 200 1
request again CONTENT_LENGTH=; answered again 200 0
request third "AKOLHOOK_SECRET=$secret"; answered third 200 0
message call.missed
for i in 1 2 3 4 5 6 7 8; do request "at-once$i" & done; wait
expect 0 "cgi: eight processes at once, one handles it" "" test "$(cat "$work"/at-once*.log | grep -c handled)" = 1
expect 0 "cgi: the others say so" "" test "$(cat "$work"/at-once? | grep -Ec '^Status: (200|503)')" = 8
request later; answered later 200 0
expect 2 "cgi: no request" "" env -u REQUEST_METHOD "$cgi"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
