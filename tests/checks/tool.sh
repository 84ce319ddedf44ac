#!/bin/sh
# Tests the tool and its server from outside: tests/checks/tool.sh build/akolhook
# Signatures are checked against openssl dgst, requests come from curl and, byte by byte, from python3.
# What needs a program that is not there is named as skipped.

. "$(dirname "$0")/tool_common.sh"
secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
key_hex=31f290f6bf06298aab4f08d43c3f082cf648a362da2da4b0      # base64 -d of what follows whsec_
other=whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA

# post CODE OPTION...: what curl is answered
post() {
    want=$1
    shift
    same "curl $*" "$(curl -s -m 10 -o answer -D fields -w '%{http_code}' "$@")" "$want"
}

# ---- help and usage

expect "no command" 2 '^usage: akolhook COMMAND' "$tool"
expect "--help" 0 'AKOLHOOK_SECRET' "$tool" --help
expect "-h" 0 '^usage:' "$tool" -h
expect "--version" 0 '^akolhook [0-9]' "$tool" --version
expect "unknown command" 2 "no command 'frobnicate'" "$tool" frobnicate
for command in events secret sample sign verify explain url listen trigger; do
    expect "$command --help" 0 "^usage: akolhook $command" "$tool" $command --help
    same "$command --help fits 100 columns" "$(awk 'length > 100' out)" ""
    expect "$command -h" 0 '--help ' "$tool" $command -h
    expect "$command --frobnicate" 2 'no option --frobnicate' "$tool" $command --frobnicate
    expect "$command with too many arguments" 2 'akolhook '$command' --help' "$tool" $command 1 2 3 4 5
    expect "help names $command" 0 "^  $command " "$tool" --help
done
for command in sign verify explain listen trigger; do
    expect "$command --help warns about ps" 0 'AKOLHOOK_SECRET' "$tool" $command --help
    expect "$command --secret without a value" 2 '--secret needs SECRET' "$tool" $command --secret
done
expect "one secret to sign with" 0 'secret to sign with, whsec_' "$tool" sign --help
expect "several to verify" 0 'several times' "$tool" verify --help
expect "trigger's deadline" 0 '(default: 30)' "$tool" trigger --help
expect "listen's deadline" 0 '(default: 10)' "$tool" listen --help
for command in sign sample trigger; do
    expect "$command --help" 0 '^usage' "$tool" $command --help
    if grep -q -e listen -e verified -e 'several times, as' out; then bad "$command --help tells of other commands"; else good; fi
done
for command in sign verify explain; do expect "$command without a secret" 2 '--secret' "$tool" $command /dev/null; done
expect "listen without a secret" 2 '--secret' "$tool" listen
expect "trigger without a secret" 2 '--secret' "$tool" trigger all https://example.com/
expect "sample without an event" 2 'usage: akolhook sample EVENT' "$tool" sample
expect "url without a URL" 2 'usage: akolhook url URL' "$tool" url
expect "a flag with a value" 2 'takes no value' "$tool" url --allow-http=1 https://example.com/
expect "-- ends the options" 1 'URL_SCHEME' "$tool" url -- --help

# ---- events, secret, sample

same "18 events" "$("$tool" events | grep -c .)" 18
same "7 call events" "$("$tool" events 'call.*' | grep -c 'call\.')" 7
expect "one event" 0 '^ *9  function.called .*The AI agent called a tool during a call' "$tool" events function.called
expect "no such event" 2 "no event 'call.nope'" "$tool" events call.nope
expect "no such event in a list" 2 "no event 'nope'" "$tool" events 'call.*,nope'
expect "no such event amid blanks" 2 "no event 'no pe'" "$tool" events 'call.*, no pe ,agent.*'
expect "an empty entry" 2 'name of an event is missing' "$tool" events 'call.*,'
"$tool" secret >one && "$tool" secret >two
same "a secret's form" "$(grep -c -x 'whsec_[A-Za-z0-9+/]\{32\}' one)" 1
if cmp -s one two; then bad "two secrets are equal"; else good; fi
expect "an unknown sample" 2 "no event 'call.nope'" "$tool" sample call.nope
expect "a bad time" 2 '--time' "$tool" sample call.ended --time yesterday
"$tool" sample call.ended --time 2026-04-18T14:23:11Z --business biz_1 --webhook whk_1 >one
"$tool" sample --business=biz_1 --webhook=whk_1 --time=1776522191 call.ended >two       # the same second
if cmp -s one two; then good; else bad "the same sample twice differs"; fi
same "a sample's head" "$(head -c 97 one)" '{"event":"call.ended","timestamp":"2026-04-18T14:23:11.000Z","businessId":"biz_1","webhookId":"wh'
if have python3 "samples as JSON"; then
    for event in $("$tool" events | awk '{print $2}'); do
        "$tool" sample $event >body
        same "sample $event" "$(python3 -c 'import json, sys; print(json.load(open("body"))["event"], type(json.load(open("body"))["data"]).__name__)')" "$event dict"
    done
fi

# ---- sign: published vectors, and openssl as the second opinion

printf '%s' '{"event":"call.ended","timestamp":"2026-01-01T00:00:00.000Z","businessId":"biz_1","webhookId":"whk_1","data":{}}' >body
mac=121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89
same "Akol's vector" "$("$tool" sign --secret $secret body)" $mac
same "from stdin" "$("$tool" sign --secret $secret <body)" $mac
same "from stdin as -" "$("$tool" sign --secret $secret - <body)" $mac
same "the secret of the environment" "$(AKOLHOOK_SECRET=$secret "$tool" sign body)" $mac
same "the command line before the environment" "$(AKOLHOOK_SECRET=$other "$tool" sign --secret $secret body)" $mac
same "a header line" "$("$tool" sign --secret $secret --headers body)" "X-Webhook-Signature: $mac"
printf '{"test": 2432232314}' >standard
id=msg_p5jXN8AQM9LWM0D4loKWxJek at=1614265330 tag='v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
same "Standard Webhooks' vector" "$("$tool" sign --secret $secret --standard --id $id --timestamp $at standard)" "$tag"
same "its header lines" "$("$tool" sign --secret $secret --standard --id $id --timestamp $at --headers standard | tail -1)" "webhook-signature: $tag"
same "drawn id and time" "$("$tool" sign --secret $secret --standard --headers standard | grep -c -x -e 'webhook-id: msg_[0-9A-Za-z]\{24\}' -e 'webhook-timestamp: [0-9]\{10\}' -e 'webhook-signature: v1,[A-Za-z0-9+/]\{43\}=')" 3
expect "--standard alone" 2 '--id' "$tool" sign --secret $secret --standard body
expect "an id with a dot" 2 'BAD_ID' "$tool" sign --secret $secret --standard --id a.b --timestamp 1 body
expect "a bad timestamp" 2 '--timestamp' "$tool" sign --secret $secret --standard --id a --timestamp 1e9 body
expect "no such file" 2 "cannot open 'nothing'" "$tool" sign --secret $secret nothing
expect "a directory" 2 "cannot read '.'" "$tool" sign --secret $secret .
expect "an empty secret" 2 '--secret: the secret is empty' "$tool" sign --secret '' body
expect "a secret with a blank" 2 'blank' "$tool" sign --secret "$secret " body
expect "a pasted v1,whsec_" 2 'v1,whsec_' "$tool" sign --secret "v1,$secret" body
expect "a secret that is no base64" 2 'base64' "$tool" sign --secret 'whsec_!!!!' --standard --id a --timestamp 1 body
expect "two secrets to sign with" 2 'at most 1 time' "$tool" sign --secret a --secret b body
head -c 1048576 /dev/zero >largest && head -c 1048577 /dev/zero >too-large && : >empty && printf 'a\0b\r\n\377' >binary
expect "a body above the cap" 2 '1048576' "$tool" sign --secret $secret too-large
if have openssl "signatures against openssl dgst"; then
    for file in body standard empty binary largest; do
        same "HMAC of $file" "$("$tool" sign --secret $secret $file)" "$(openssl dgst -sha256 -hmac $secret $file | sed 's/.*= //')"
        same "Standard tag of $file" "$("$tool" sign --secret $secret --standard --id m --timestamp 5 $file)" \
            "v1,$( (printf m.5.; cat $file) | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key_hex -binary | openssl base64 -A)"
        expect "verify openssl's HMAC of $file" 0 '^OK' "$tool" verify --any-age --secret $secret --signature "$(openssl dgst -sha256 -hmac $secret $file | sed 's/.*= //')" $file
    done
fi

# ---- verify, explain

born=2026-01-01T00:00:00Z                                               # what the body says
expect "verify" 0 '^OK: signed with secret 1' "$tool" verify --now $born --secret $secret --signature $mac body
expect "verify upper case" 0 '^OK' "$tool" verify --now $born --secret $secret --signature "$(echo $mac | tr a-f A-F)" body
expect "verify sha256=" 0 '^OK' "$tool" verify --now $born --secret $secret --signature "sha256=$mac" body
expect "verify a header line" 0 '^OK' "$tool" verify --now $born --secret $secret --header "x-webhook-SIGNATURE:  $mac " body
expect "the second of two secrets" 0 'secret 2' "$tool" verify --now $born --secret $other --secret $secret --signature $mac body
expect "verify another secret" 1 'SIGNATURE_MISMATCH' "$tool" verify --secret $other --signature $mac body
expect "verify another body" 1 'SIGNATURE_MISMATCH' "$tool" verify --secret $secret --signature $mac standard
expect "verify a cut tag" 1 'BAD_SIGNATURE' "$tool" verify --secret $secret --signature ${mac%?} body
expect "verify without a signature" 1 '--signature VALUE' "$tool" verify --secret $secret body
expect "verify a doubled header" 1 'DOUBLED_HEADER' "$tool" verify --secret $secret --signature $mac --header "X-Webhook-Signature: $mac" body
expect "a header without a colon" 2 '--header' "$tool" verify --secret $secret --header nonsense body
expect "verify Standard" 0 'Standard' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" --now $at standard
expect "300 s late" 0 '^OK' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" --now $((at + 300)) standard
expect "301 s late" 1 'TOO_OLD' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" --now $((at + 301)) standard
expect "late today names --now" 1 '--now TIME' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" standard
expect "any age" 0 '^OK' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" --any-age standard
expect "Standard without an id" 1 '--id ID' "$tool" verify --secret $secret --standard --timestamp $at --signature "$tag" standard
expect "Standard in words" 1 'to judge it as of another time: --now TIME' "$tool" verify --secret $secret --standard --id $id --timestamp $at --signature "$tag" standard
same "and the status name once, no macro" "$(grep -c -e '^akolhook verify: TOO_OLD: ' out) $(grep -c AKOLHOOK_ out)" "1 0"
sent=1767225600                                                         # date -u -d 2026-01-01 +%s
verify() { "$tool" verify --secret $secret --signature $mac "$@" body; }
expect "a body as old as is allowed" 0 '^OK: signed with secret 1$' verify --now $((sent + 345600))
same "a body that has its age needs one line" "$(grep -c . out)" 1
expect "a second older" 1 '^akolhook verify: TOO_OLD: .*--any-age' verify --now $((sent + 345601))
expect "a body as far ahead as is allowed" 0 '^OK' verify --now $((sent - 300))
expect "a second further" 1 '^akolhook verify: TOO_NEW: .*--any-age' verify --now $((sent - 301))
expect "an old body today" 1 'TOO_OLD' verify
expect "an old body of any age" 0 '^OK: signed with secret 1$' verify --any-age
expect "a future body of any age" 0 '^OK: signed with secret 1$' verify --any-age --now $((sent - 100000000))
expect "a clock that was never set" 1 'CLOCK_UNSET: .*--now TIME' verify --now 1
if grep -q AKOLHOOK_ out; then bad "the clock in the words of the header: $(cat out)"; else good; fi
expect "the event that a header names" 0 '^OK' verify --now $born --header 'X-Webhook-Event: call.ended'
expect "another event" 1 'EVENT_MISMATCH' verify --now $born --header 'X-Webhook-Event: call.missed'
printf '{"event":"call.ended"}' >partial && printf '[' >cut
for row in standard:MISSING_MEMBER partial:MISSING_MEMBER cut:JSON_CUT empty:EMPTY_BODY binary:JSON_SYNTAX; do
    file=${row%%:*}
    expect "no age in $file" 0 "age was not judged.*(${row#*:})" "$tool" verify --secret $secret --signature "$("$tool" sign --secret $secret $file)" $file
    same "but a good signature of $file" "$(head -n 1 out)" "OK: signed with secret 1"
done
expect "a compressed body" 0 'age was not judged.*(CONTENT_ENCODED)' verify --header 'Content-Encoding: gzip'
expect "no age without a good signature" 1 'SIGNATURE_MISMATCH' "$tool" verify --secret $secret --signature $mac cut
expect "eight secrets and one" 2 'at most 8' "$tool" verify --secret 1 --secret 2 --secret 3 --secret 4 --secret 5 --secret 6 --secret 7 --secret 8 --secret 9 --signature $mac body
expect "explain without a signature" 1 'MISSING_SIGNATURE: .*--signature VALUE' "$tool" explain --secret $secret body
same "and nothing else" "$(grep -c . out)" 1
expect "explain without an id" 1 'MISSING_ID: .*--id ID' "$tool" explain --secret $secret --standard --timestamp $at --signature "$tag" standard
expect "explain what verifies" 0 '^OK' "$tool" explain --now $born --secret $secret --signature $mac body
(cat body; echo) >with-newline
expect "explain a final line end" 1 'likely cause: .*line end' "$tool" explain --secret $secret --signature $mac with-newline
python3 -c 'import json; open("again", "w").write(json.dumps(json.load(open("body")), indent=1))' 2>/dev/null &&
    expect "explain JSON written again" 1 'likely cause: .*written again' "$tool" explain --secret $secret --signature $mac again
expect "explain a secret with a blank" 1 'likely cause: .*blank' "$tool" explain --secret "$secret " --signature $mac body
expect "explain the second secret" 0 '^OK' "$tool" explain --now $born --secret $other --secret $secret --signature $mac body
expect "explain the clock" 1 '(600 s behind)' "$tool" explain --secret $secret --standard --id $id --timestamp $at --signature "$tag" --now $((at + 600)) standard
expect "explain a right secret behind a wrong one" 1 'TOO_OLD' "$tool" explain --secret $other --secret $secret --signature $mac body
printf '{"event" :1}' >odd
expect "explain where the body is wrong" 1 "BAD_MEMBER: .*('odd', byte 10)" "$tool" explain --secret $secret --signature "$("$tool" sign --secret $secret odd)" odd
expect "explain which header stands twice" 1 'DOUBLED_HEADER: .*(x-webhook-signature)' "$tool" explain --secret $secret --signature $mac --header "X-Webhook-Signature: $mac" body
expect "explain a plain hash" 1 'likely cause: a plain SHA-256' "$tool" explain --secret $secret --signature "$(sha256sum <body | sed 's/ .*//')" body
echo "AKOLHOOK_SECRET=$secret" >.env
expect "explain a line of an .env file" 1 'likely cause: something stands in front of whsec_' "$tool" explain --secret-file .env --signature $mac body
expect "explain nothing usual" 1 'likely cause: none' "$tool" explain --secret $other --signature $mac body
if grep -q "$mac" out; then bad "explain gives a MAC out"; else good; fi
if have openssl "explain against openssl"; then
    expect "explain the decoded secret" 1 'decoded' "$tool" explain --secret $secret --signature "$(openssl dgst -sha256 -mac HMAC -macopt hexkey:$key_hex body | sed 's/.*= //')" body
fi

# ---- url

for url in https://example.com https://example.com:8443/a?b=c 'https://[2606:4700::1111]/' https://1.1.1.1/; do expect "url $url" 0 accepted "$tool" url "$url"; done
expect "url http" 1 '--allow-http' "$tool" url http://example.com/
same "in the words of the tool" "$(cat out)" "akolhook url: URL_SCHEME: the URL must begin with https://, or with http:// where --allow-http is given"
expect "url http allowed" 0 'port    80' "$tool" url --allow-http http://example.com/
expect "url loopback" 1 '--allow-private' "$tool" url https://127.0.0.1/
expect "url loopback allowed" 0 accepted "$tool" url --allow-private https://127.0.0.1/
expect "url metadata" 1 BLOCKED_ADDRESS "$tool" url --allow-private https://169.254.169.254/
expect "url localhost" 1 'BLOCKED_NAME: .*--allow-private' "$tool" url https://localhost/
if grep -q AKOLHOOK_ out; then bad "url in the words of the header: $(cat out)"; else good; fi
expect "url network allowed" 0 accepted "$tool" url --allow 10.1.0.0/16 https://10.1.2.3/
expect "url network not allowed" 1 BLOCKED_ADDRESS "$tool" url --allow 10.1.0.0/16 https://10.2.0.1/
expect "a network with host bits" 2 "--allow '10.1.0.1/16'" "$tool" url --allow 10.1.0.1/16 https://10.1.2.3/
expect "url with a user" 1 URL_USERINFO "$tool" url https://a:b@example.com/
expect "url with a fragment" 1 URL_FRAGMENT "$tool" url 'https://example.com/#a'
expect "url without a path" 0 'target  /$' "$tool" url https://example.com
expect "url with a query only" 0 'target  /?a=1$' "$tool" url 'https://example.com?a=1'

# ---- listen: wrong usage

expect "a port that is none" 2 '--port' "$tool" listen --secret $secret --port 65536
expect "a count of none" 2 '--count' "$tool" listen --secret $secret --count 0
expect "an address that is none" 2 '--address' "$tool" listen --secret $secret --address nowhere
expect "a network address of others" 2 '--address' "$tool" listen --secret $secret --address 192.0.2.1 --port 0
expect "--tls without a key" 2 '--tls needs CERT KEY' "$tool" listen --secret $secret --tls cert
expect "--tls without files" 2 '--tls' "$tool" listen --secret $secret --tls none none

# ---- listen: every answer, with curl

if have curl "listen with curl"; then
    "$tool" sample call.ended >now && "$tool" sign --secret $secret --headers now >headers
    "$tool" sample call.started >now2 && "$tool" sign --secret $other --headers now2 >headers2
    listen --secret $secret --secret $other --count 13
    url=http://127.0.0.1:$port/hook
    expect "the port is taken" 2 "--port" "$tool" listen --secret $secret --port $port
    post 200 -H @headers --data-binary @now $url
    same "the answer has no content" "$(cat answer)" ""
    same "the answer has a date and a length" "$(tr -d '\r' <fields | grep -c -e '^Date: [MTWFS][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] [0-9:]* GMT$' -e '^Content-Length: 0$')" 2
    post 200 -H @headers --data-binary @now $url
    post 200 -H @headers2 -H 'Transfer-Encoding: chunked' --data-binary @now2 $url
    post 401 --data-binary @now $url
    same "the answer does not say why" "$(tr -d '\r' <fields | grep -v -e '^HTTP/1.1 401 Unauthorized$' -e ^Date: -e '^Content-Length: 0$' -e '^WWW-Authenticate: ' -e '^$')" ""
    post 401 -H @headers --data-binary @now2 $url
    post 401 -H @headers --data-binary "$(cat now) " $url
    post 401 -H 'X-Webhook-Signature: zz' --data-binary @now $url
    post 401 -H @headers -H @headers2 --data-binary @now $url
    post 400 -H "X-Webhook-Signature: $(printf '' | "$tool" sign --secret $secret)" -X POST $url
    post 405 $url
    same "405 names POST" "$(tr -d '\r' <fields | grep -i '^allow:')" "Allow: POST"
    post 405 -I $url
    post 413 -H @headers --data-binary @too-large $url
    post 200 -H @headers -H 'Expect: 100-continue' --data-binary @now $url
    same "100 came before 200" "$(grep -c '^HTTP/1.1 100 Continue' fields)" 1
    finish
    logged '^[0-9:]*  200  call.ended  verified with secret 1'
    logged '^[0-9:]*  200  call.ended  DUPLICATE'
    logged '^[0-9:]*  200  call.started  verified with secret 2'
    logged '401  MISSING_SIGNATURE'
    logged '401  SIGNATURE_MISMATCH'
    logged '401  BAD_SIGNATURE'
    logged '401  DOUBLED_HEADER'
    logged '400  EMPTY_BODY'
    logged '405  Method Not Allowed  GET /hook'
    logged '413  Content Too Large'
    logged 'likely cause: '
    logged 'agent: Lindqvist Dental'
    logged '^13 requests: 2 accepted, 2 duplicates, 9 refused$'

    head -c 500 /dev/zero | tr '\0' x >five && head -c 501 /dev/zero | tr '\0' x >five-and-one
    "$tool" sample call.missed --webhook whk_mine >mine && "$tool" sample call.missed --webhook whk_other >others
    "$tool" sample call.missed --webhook whk_mine --time 2020-01-01T00:00:00Z >old
    "$tool" sample call.missed --webhook whk_mine --time 2199-01-01T00:00:00Z >ahead
    listen --secret $secret --max-body 500 --webhook whk_mine
    url=http://127.0.0.1:$port/
    post 400 -H "X-Webhook-Signature: $("$tool" sign --secret $secret five)" --data-binary @five $url
    post 413 -H "X-Webhook-Signature: $("$tool" sign --secret $secret five-and-one)" --data-binary @five-and-one $url
    post 413 -H 'Transfer-Encoding: chunked' --data-binary @five-and-one $url
    for file in mine others old ahead; do "$tool" sign --secret $secret --headers $file >headers-$file; done
    post 401 -H @headers-others --data-binary @others $url
    post 401 -H @headers-old --data-binary @old $url
    post 401 -H @headers-ahead --data-binary @ahead $url
    post 400 -H @headers-mine -H 'X-Webhook-Event: call.ended' --data-binary @mine $url
    post 415 -H @headers-mine -H 'Content-Encoding: gzip' --data-binary @mine $url
    post 200 -H @headers-mine -H 'X-Webhook-Event: call.missed' -H 'X-Webhook-Test: 1' --data-binary @mine $url
    finish now
    logged '401  WRONG_WEBHOOK'
    logged 'another --webhook ID'
    logged '401  TOO_OLD'
    logged '401  TOO_NEW'
    same "times name --any-age" "$(grep -c -e '--any-age' listen.log)" 2
    logged '400  EVENT_MISMATCH'
    logged '415  CONTENT_ENCODED'
    logged '--max-body'
    logged 'verified with secret 1, a test'

    listen --secret $secret --standard --any-age
    url=http://127.0.0.1:$port/
    "$tool" sign --secret $secret --standard --id msg_1 --timestamp 1600000000 --headers old >headers-standard
    post 401 -H @headers-old --data-binary @old $url
    post 200 -H @headers-standard --data-binary @old $url
    post 200 -H @headers-standard --data-binary @old $url
    finish now
    logged 'message msg_1'
    logged DUPLICATE
    listen --secret $secret --any-age
    post 200 -H @headers-old --data-binary @old http://127.0.0.1:$port/
    post 200 -H @headers-ahead --data-binary @ahead http://127.0.0.1:$port/
    finish now
    same "any age is the future too" "$(grep -c 'verified with secret 1' listen.log)" 2
    case $("$tool" --version) in *OpenSSL*)
        if have openssl "listen over https"; then
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
            listen --secret $secret --tls cert key --count 4
            post 200 --cacert cert -H @headers --data-binary @now https://127.0.0.1:$port/
            post 405 --cacert cert https://127.0.0.1:$port/
            if have python3 "stalled handshakes"; then
                : >stalled
                python3 -c 'import socket, sys, time
socks = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for i in range(70)]
for s in socks: s.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
print("stalled", flush=True)
time.sleep(4)' $port >stalled &
                stalled=$! tries=0
                until grep -q stalled stalled || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
                post 405 --cacert cert https://127.0.0.1:$port/
                kill $stalled
                wait $stalled 2>/dev/null
            fi
            post 000 -H @headers --data-binary @now http://127.0.0.1:$port/
            expect "trigger over https" 0 'call.failed .*200 .*OK' "$tool" trigger call.failed https://127.0.0.1:$port/ --secret $secret --allow-private --ca cert
            finish
            listen --secret $secret --tls cert key
            expect "an unknown CA" 1 'TLS_UNTRUSTED' "$tool" trigger call.failed https://127.0.0.1:$port/ --secret $secret --allow-private
            expect "an unknown CA names --ca" 1 '--ca FILE' "$tool" trigger call.failed https://127.0.0.1:$port/ --secret $secret --allow-private
            expect "a CA file that is none" 2 "--ca: 'body'" "$tool" trigger call.failed https://127.0.0.1:$port/ --secret $secret --allow-private --ca body
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key2 -out cert2 -days 2 -subj /CN=test -addext subjectAltName=DNS:example.com 2>/dev/null
            finish now
            listen --secret $secret --tls cert2 key2
            expect "a certificate for another name" 1 'TLS_WRONG_HOST' "$tool" trigger call.failed https://127.0.0.1:$port/ --secret $secret --allow-private --ca cert2
            finish now
            expect "key and certificate of two pairs" 2 '--tls' "$tool" listen --secret $secret --tls cert key2
        fi ;;
    *) echo "skipped: listen over https (the tool was built without OpenSSL)" ;;
    esac
fi

# ---- trigger

expect "trigger an unknown event" 2 "no event 'call.nope'" "$tool" trigger call.nope https://example.com/ --secret $secret
expect "trigger http" 1 '--allow-http' "$tool" trigger all http://127.0.0.1:1/ --secret $secret
same "one line is enough for a URL that is refused" "$(grep -c URL_SCHEME out)" 1
expect "trigger localhost" 1 '--allow-private' "$tool" trigger all http://localhost:1/ --secret $secret --allow-http
if grep -q AKOLHOOK_ out; then bad "trigger in the words of the header: $(cat out)"; else good; fi
expect "no such event to trigger" 2 "no event 'nope'" "$tool" trigger call.ended,nope http://127.0.0.1:1/ --secret $secret
expect "trigger loopback" 1 '--allow-private' "$tool" trigger all http://127.0.0.1:1/ --secret $secret --allow-http
expect "trigger a closed port" 1 'CONNECT_FAILED' "$tool" trigger call.ended http://127.0.0.1:1/ --secret $secret --allow-http --allow-private
expect "trigger with a bad secret" 2 '--secret' "$tool" trigger all http://127.0.0.1:1/ --secret ' x' --allow-http --allow-private
listen --secret $secret --count 18
expect "trigger all" 0 'lead.created .*200 .*OK' "$tool" trigger all http://127.0.0.1:$port/ --secret $secret --allow-http --allow-private --test
same "18 times 200" "$(grep -c ' 200 .* OK$' out)" 18
finish
same "18 tests verified" "$(grep -c 'verified with secret 1, a test' listen.log)" 18
listen --secret $secret --standard --count 4
expect "trigger Standard" 0 OK env AKOLHOOK_SECRET=$secret "$tool" trigger call.ended http://127.0.0.1:$port/ --id msg_same --allow-http --allow-private
expect "the same id again" 0 OK "$tool" trigger call.ended http://127.0.0.1:$port/ --id msg_same --secret $secret --allow-http --allow-private
expect "trigger with another secret" 1 'call.ended .*401 .*HTTP_STATUS' "$tool" trigger call.ended http://127.0.0.1:$port/ --secret $other --allow-http --allow-private
expect "trigger a list" 1 'call.missed .*401 ' "$tool" trigger 'call.missed' http://127.0.0.1:$port/ --secret $other --allow-http --allow-private
finish
logged 'DUPLICATE'

# ---- what only raw bytes can show

if have python3 "raw requests, slow clients, terminals"; then
    python3 - "$tool" $secret >raw.log 2>&1 <<'PYTHON'
import hashlib, hmac, json, os, pty, re, resource, signal, socket, subprocess, sys, threading, time

tool, secret = sys.argv[1:]
passed = failed = 0

def check(name, good, detail=""):
    global passed, failed
    if good: passed += 1
    else:
        failed += 1
        print("FAIL %s %s" % (name, detail))

def listen(*options, descriptors=256):
    p = subprocess.Popen([tool, "listen", "--port", "0", "--secret", secret, *options], stdout=subprocess.PIPE,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
    return p, int(re.search(rb":(\d+)/", p.stdout.readline()).group(1))

def end(p):
    p.send_signal(signal.SIGTERM)
    out = p.communicate(timeout=60)[0]
    check("ends with 0 when told to", p.returncode == 0, p.returncode)
    return out

def connect(port): return socket.create_connection(("127.0.0.1", port), timeout=60)

def read_all(s):
    data = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece: return data
            data += piece
    except ConnectionError: return data + b"<reset>"

def codes(data): return [int(c) for c in re.findall(rb"HTTP/1\.1 (\d\d\d)", data)]

def body(n, **data):
    return json.dumps({"event": "call.ended", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "businessId": "b",
                       "webhookId": "w", "data": dict(data, callId="call_%s" % n)}, ensure_ascii=False).encode()

def sign(b): return hmac.new(secret.encode(), b, hashlib.sha256).hexdigest().encode()

def request(b, *fields, line=b"POST / HTTP/1.1", length=True):
    head = [line, b"Host: x", b"X-Webhook-Signature: " + sign(b)] + list(fields)
    if length: head.append(b"Content-Length: %d" % len(b))
    return b"\r\n".join(head) + b"\r\n\r\n"

def chunked(b, *fields): return request(b, b"Transfer-Encoding: chunked", *fields, length=False)

p, port = listen("--max-body", "5000", "--timeout", "100")   # so that what comes within 90 s did not come by it
b = body("x" * 3000)
serial = [0]
def fresh():
    serial[0] += 1
    return body("fresh%d" % serial[0])

def exchange(name, raw, expected, half_close=True, pieces=0):
    s = connect(port)
    try:
        if pieces:
            for i in range(0, len(raw), pieces): s.sendall(raw[i:i + pieces])
        else: s.sendall(raw)
        if half_close: s.shutdown(socket.SHUT_WR)
    except ConnectionError: pass
    got = codes(read_all(s))
    check(name, got == expected, "%s, expected %s" % (got, expected))
    s.close()

ok = fresh(); exchange("a plain request", request(ok) + ok, [200])
ok = fresh(); exchange("byte by byte", request(ok) + ok, [200], pieces=1)
ok = fresh(); exchange("an empty line before", b"\r\n" + request(ok) + ok, [200])
ok, ok2 = fresh(), fresh(); exchange("two in one connection", request(ok) + ok + request(ok2) + ok2, [200, 200])
exchange("a replay in one connection", request(ok) + ok + request(ok) + ok, [200, 200])
ok = fresh(); exchange("HTTP/1.0 closes", request(ok, line=b"POST / HTTP/1.0") + ok + b"POST", [200], half_close=False)
ok = fresh(); exchange("Connection: close", request(ok, b"Connection: x, Close") + ok, [200], half_close=False)
ok = fresh(); exchange("absolute form", request(ok, line=b"POST http://x/a?b HTTP/1.1") + ok, [200])
ok = fresh(); exchange("chunked", chunked(ok) + b"%x\r\n" % len(ok) + ok + b"\r\n0\r\n\r\n", [200])
ok = fresh(); exchange("chunked, extensions and trailers", chunked(ok) + b"5;a=b\r\n" + ok[:5] + b"\r\n%X ; c\r\n" % (len(ok) - 5) + ok[5:] + b"\r\n000\r\nA: b\r\nC: d\r\n\r\n", [200], pieces=1)
ok = fresh(); exchange("chunked, the longest line", chunked(ok) + b"%x;" % len(ok) + b"a" * (1023 - len(b"%x" % len(ok))) + b"\r\n" + ok + b"\r\n0\r\n\r\n", [200], pieces=1)
ok = fresh(); exchange("then another", chunked(ok) + b"%x\r\n" % len(ok) + ok + b"\r\n0\r\n\r\n" + request(ok) + ok, [200, 200])
ok = fresh(); exchange("one byte changed", request(ok) + ok[:-3] + b"!" + ok[-2:], [401])
exchange("the cap exactly", request(b"a" * 5000) + b"a" * 5000, [400])
exchange("one byte above the cap", request(b"a" * 5001), [413])
exchange("above the cap in chunks", chunked(b"") + b"1388\r\n" + b"a" * 5000 + b"\r\n1\r\n", [413])
exchange("a chunk above the cap", chunked(b"") + b"ffffffffffffffffffffffff\r\n", [413])
exchange("a huge Content-Length", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999999\r\n\r\n", [413])
exchange("413, then a gigabyte", request(b"a" * 5001) + b"a" * 3000000, [413], half_close=False)
exchange("cut in the body", request(b)[:] + b[:60], [400])
exchange("cut in the head", request(b)[:40], [400])
exchange("cut in a chunk", chunked(b) + b"10\r\nabc", [400])
exchange("cut before the last chunk", chunked(b) + b"3\r\nabc\r\n", [400])
H = b"POST / HTTP/1.1\r\nHost: x\r\n"
T = b"3\r\nabc\r\n0\r\n\r\n"                       # a whole content in chunks: nothing but what the name says is wrong
for name, raw, code in [
    ("both lengths", H + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + T, 400),
    ("two Content-Lengths", H + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("a list of lengths", H + b"Content-Length: 3, 3\r\n\r\nabc", 400),
    ("a signed length", H + b"Content-Length: +3\r\n\r\nabc", 400),
    ("a hex length", H + b"Content-Length: 0x3\r\n\r\nabc", 400),
    ("an empty length", H + b"Content-Length:\r\n\r\n", 400),
    ("gzip, chunked", H + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + T, 400),
    ("two codings", H + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + T, 400),
    ("xchunked", H + b"Transfer-Encoding: xchunked\r\n\r\n" + T, 400),
    ("chunked in 1.0", b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("bare LF in the request line", b"POST / HTTP/1.1\nHost: x\r\n\r\n", 400),
    ("bare LF in a field", b"POST / HTTP/1.1\r\nHost: x\n\r\n", 400),
    ("bare LF at the end", H + b"\n", 400),
    ("bare CR in a field", H + b"A: b\rc\r\n\r\n", 400),
    ("NUL in a field", H + b"A: b\0c\r\n\r\n", 400),
    ("obs-fold", H + b"A: b\r\n c\r\n\r\n", 400),
    ("obs-fold first", b"POST / HTTP/1.1\r\n A: b\r\nHost: x\r\n\r\n", 400),
    ("a blank before the colon", H + b"A : b\r\n\r\n", 400),
    ("no colon", H + b"A\r\n\r\n", 400),
    ("no name", H + b": b\r\n\r\n", 400),
    ("no Host", b"POST / HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", H + b"Host: y\r\n\r\n", 400),
    ("two blanks", b"POST  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("no version", b"POST /\r\nHost: x\r\n\r\n", 400),
    ("a blank behind the version", b"POST / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
    ("another protocol", b"POST / HTCPCP/1.1\r\nHost: x\r\n\r\n", 400),
    ("lower case", b"POST / http/1.1\r\nHost: x\r\n\r\n", 400),
    ("a control character in the target", b"POST /\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("no token as method", b"PO(ST / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("an unknown expectation", H + b"Expect: tea\r\nContent-Length: 3\r\n\r\n", 417),
    ("65 fields", H + b"".join(b"A%d: b\r\n" % i for i in range(64)) + b"\r\n", 431),
    ("a field of 17 KiB", H + b"A: " + b"b" * 17000 + b"\r\n\r\n", 431),
    ("a field without end", H + b"A: " + b"b" * 17000, 431),
    ("a bare LF behind the longest head", H + b"A: " + b"b" * 17000 + b"\n\r\n", 431),
    ("a target of 17 KiB", b"POST /" + b"b" * 17000 + b" HTTP/1.1\r\n", 414),
    ("a signature header of 9 KiB", H + b"X-Webhook-Signature: " + b"a" * 9000 + b"\r\nContent-Length: 1\r\n\r\na", 431),
    ("another method with a body", b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405),
    ("CONNECT", b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ("OPTIONS *", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ("an empty chunk size", chunked(b) + b"\r\n" + T, 400),
    ("a chunk size with 0x", chunked(b) + b"0x" + T, 400),
    ("a negative chunk size", chunked(b) + b"-" + T, 400),
    ("a chunk line with a bare LF", chunked(b) + b"3\nabc\r\n0\r\n\r\n", 400),
    ("a blank behind a chunk size", chunked(b) + b"3 \r\nabc\r\n0\r\n\r\n", 400),
    ("a control character in a chunk line", chunked(b) + b"3;\0\r\nabc\r\n0\r\n\r\n", 400),
    ("a chunk longer than its size", chunked(b) + b"3\r\nabcd\r\n0\r\n\r\n", 400),
    ("a chunk line without end", chunked(b) + b"3;" + b"a" * 2000, 400),
    ("a long chunk line", chunked(b) + b"3;" + b"a" * 2000 + T[1:], 400),
    ("extensions without end", chunked(b) + b"".join(b"1;" + b"a" * 1000 + b"\r\nx\r\n" for i in range(20)) + T, 400),
    ("a folded trailer", chunked(b) + b"0\r\nA: b\r\n c\r\n\r\n", 400),
    ("65 trailers", chunked(b) + b"0\r\n" + b"A: b\r\n" * 65 + b"\r\n", 431),
]:
    exchange(name, raw, [code])
    exchange(name + ", in pieces", raw, [code], pieces=7)
ok = fresh(); exchange("64 fields", request(ok, *[b"A%d: b" % i for i in range(61)]) + ok, [200])
ok = fresh()
s = connect(port)
s.sendall(request(ok, b"Expect: 100-continue")); first = s.recv(1000); s.sendall(ok); second = s.recv(1000); s.close()
check("100-continue", first == b"HTTP/1.1 100 Continue\r\n\r\n" and codes(second) == [200], (first, second))
ok = fresh()
s = connect(port); s.sendall(request(ok) + ok[:-1]); time.sleep(0.1); s.sendall(ok[-1:])
check("keep-alive after 200", codes(s.recv(1000)) == [200])
s.sendall(request(ok) + ok); check("the replay on it", codes(s.recv(1000)) == [200])
s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"); check("405 keeps it", codes(s.recv(1000)) == [405])
s.sendall(request(ok) + b"!" * len(ok)); check("401 keeps it", codes(s.recv(1000)) == [401])
s.close()
for i in range(20):                                 # a reset in the middle of everything
    s = connect(port); s.sendall((request(b) + b)[:i * 30]); s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"); s.close()
ok = fresh(); exchange("after the resets", request(ok) + ok, [200])

# 20 broken clients at once while good ones are served
def trickle(s, stop):
    data = request(b) + b
    try:
        for i in range(len(data)):
            if stop.wait(0.05): return
            s.sendall(data[i:i + 1])
    except OSError: pass
stop, threads, socks = threading.Event(), [], []
for i in range(20):
    s = connect(port); socks.append(s)
    if i % 4 == 0: t = threading.Thread(target=trickle, args=(s, stop)); t.start(); threads.append(t)
    elif i % 4 == 1: s.sendall(b"POST / HT")
    elif i % 4 == 2: s.sendall(request(b) + b[:100])
slowest = 0
for i in range(20):
    started = time.monotonic(); ok = fresh(); exchange("good beside 20 broken", request(ok) + ok, [200]); slowest = max(slowest, time.monotonic() - started)
check("and at once", slowest < 90, slowest)
stop.set()
for t in threads: t.join()
for s in socks: s.close()

# more clients than slots: whoever has idled longest gives way
socks = [connect(port) for i in range(100)]
started = time.monotonic(); ok = fresh(); exchange("good behind 100 idle ones", request(ok) + ok, [200])
check("and at once", time.monotonic() - started < 90, time.monotonic() - started)
for s in socks: s.close()

# nothing that steers a terminal reaches the log
evil = body("\u001b]0;x\u0007", **{"\u001b[2Jkey": "a\nb\u202e\u0085\u0000", "raw\u009b": "\x7f", "list": ["\u001b[31m", "\u009b"], "transcript": [{"speaker": "\u001b[0m", "text": "\r\u2028x"}, 5, {}]})
evil += b" " * 0
exchange("hostile texts", request(evil) + evil, [200])
exchange("a hostile event", *(lambda e: (request(e) + e, [200]))(json.dumps({"event": "call.\u001b[31m\u202e", "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "businessId": "\u001b", "webhookId": "\n", "data": {}}, ensure_ascii=True).encode()))
out = end(p)
text = out.decode("utf-8")
check("no control character in the log", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]", text), repr(re.findall("..[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]..", text)))
check("but what they said", "\\x1b]0;x\\x07" in text and "a\\nb" in text and "call.\\x1b[31m" in text, ascii(text[-1500:]))
for line in ("a line ends in a bare LF", "a field is folded over two lines", "stand together", "the chunks are above the cap", "ended before the request was complete"):
    check("the log says: " + line, line in text)

# the deadline
p, port = listen("--timeout", "1")
for name, raw, expected in [("silence", b"", []), ("half a request line", b"POST", [408]), ("half a head", request(b)[:60], [408]), ("half a body", request(b) + b[:9], [408]), ("half a chunk", chunked(b) + b"5\r\nab", [408])]:
    started = time.monotonic(); exchange("deadline: " + name, raw, expected, half_close=False)
    check("deadline: %s in time" % name, 0.8 < time.monotonic() - started < 60, time.monotonic() - started)
s, stop = connect(port), threading.Event()
t = threading.Thread(target=trickle, args=(s, stop)); started = time.monotonic(); t.start()
check("a byte now and then does not help", codes(read_all(s)) == [408] and time.monotonic() - started < 60); stop.set(); t.join(); s.close()
end(p)

# fewer descriptors than slots
p, port = listen("--timeout", "100", descriptors=24)
socks = [connect(port) for i in range(60)]
started = time.monotonic(); ok = fresh(); exchange("good behind 60 idle ones without descriptors", request(ok) + ok, [200])
check("that too at once", time.monotonic() - started < 90, time.monotonic() - started)
for s in socks: s.close()
end(p)

# an output that nobody reads ends the server
p, port = listen(); p.stdout.close()
for i in range(3):
    try: ok = fresh(); s = connect(port); s.sendall(request(ok) + ok); s.recv(1000); s.close()
    except OSError: pass
try: check("a closed output ends it", p.wait(timeout=60) != 0)
except subprocess.TimeoutExpired: check("a closed output ends it", False); p.kill(); p.wait()

# trigger against receivers that misbehave
def answer_with(data, linger=0.0):
    l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(5)
    def run():
        c, _ = l.accept(); c.settimeout(60)
        got = b""
        while b"\r\n\r\n" not in got: got += c.recv(65536)
        while len(got.split(b"\r\n\r\n", 1)[1]) < int(re.search(rb"(?i)content-length: (\d+)", got).group(1)): got += c.recv(65536)
        seen.append(got); c.sendall(data); time.sleep(linger); c.close(); l.close()
    t = threading.Thread(target=run); t.start()
    return l.getsockname()[1], t
seen = []
def trigger(data, *options, linger=0.0):
    port, t = answer_with(data, linger)
    r = subprocess.run([tool, "trigger", "call.ended", "http://127.0.0.1:%d/a?b" % port, "--secret", secret, "--allow-http", "--allow-private", *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    t.join()
    return r.returncode, r.stdout.decode("utf-8", "backslashreplace")
code, out = trigger(b"HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n\x1b[31mok\x07\xff\r\nab\n"[:64])
check("201 is a success", code == 0 and "201" in out, out)
check("and its text is harmless", "\x1b" not in out and "\\x1b[31mok\\x07\\xff" in out, ascii(out))
code, out = trigger(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy")
check("503", code == 1 and "503" in out and "retry after 7 s" in out and "response: busy" in out and "HTTP_STATUS" in out, out)
code, out = trigger(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
check("301 is a failure", code == 1 and "301" in out, out)
code, out = trigger(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n")
check("a broken answer", code == 1 and "BAD_RESPONSE" in out, out)
code, out = trigger(b"HTTP/1.1 20")
check("a cut answer", code == 1 and "RESPONSE_CUT" in out, out)
started = time.monotonic(); code, out = trigger(b"", "--timeout", "1", linger=3)
check("silence", code == 1 and "DEADLINE" in out and "--timeout" in out and "in the phase head" in out, out)
head, sent = seen[0].split(b"\r\n\r\n", 1)
fields = {k.lower(): v for k, v in (l.split(b": ", 1) for l in head.split(b"\r\n")[1:])}
check("the request line", head.startswith(b"POST /a?b HTTP/1.1\r\n"), head)
check("Akol's signature", fields[b"x-webhook-signature"] == sign(sent))
key = __import__("base64").b64decode(secret[6:])
tag = __import__("base64").b64encode(hmac.new(key, fields[b"webhook-id"] + b"." + fields[b"webhook-timestamp"] + b"." + sent, hashlib.sha256).digest())
check("Standard Webhooks' signature", fields[b"webhook-signature"] == b"v1," + tag)
check("the event and the type", fields[b"x-webhook-event"] == b"call.ended" and fields[b"content-type"] == b"application/json", fields)
check("no test unless asked", b"x-webhook-test" not in fields)

# colour on a terminal, and only there
def on_terminal(env):
    pid, fd = pty.fork()
    if pid == 0: os.execve(tool, [tool, "events"], env)
    out = b""
    try:
        while True:
            piece = os.read(fd, 65536)
            if not piece: break
            out += piece
    except OSError: pass
    os.waitpid(pid, 0)
    return out
env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
check("colour on a terminal", b"\x1b[" in on_terminal(env))
check("none with NO_COLOR", b"\x1b[" not in on_terminal(dict(env, NO_COLOR="1")))
check("none in a pipe", b"\x1b[" not in subprocess.run([tool, "events"], stdout=subprocess.PIPE).stdout)
print("%d passed, %d failed" % (passed, failed))
PYTHON
    grep -a -v -e '^[0-9]* passed, [0-9]* failed$' raw.log
    line=$(grep -a -e '^[0-9]* passed, [0-9]* failed$' raw.log)
    if [ -n "$line" ]; then
        passed=$((passed + ${line%% *})) line=${line#*, }
        failed=$((failed + ${line%% *}))
    else bad "the raw tests did not come to their end"; fi
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
