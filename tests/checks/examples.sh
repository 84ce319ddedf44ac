#!/bin/sh
# examples.sh DIR: the programs of DIR against GitHub's published vector and a Stripe one made with Python's hmac module:
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

echo "$passed passed, $failed failed"
[ $failed = 0 ]
