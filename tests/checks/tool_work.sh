#!/bin/sh
# Tests what listen does with a request beyond showing it, replay, trigger, secrets from files, --json and the words of errors:
# tests/checks/tool_work.sh build/akolhook. The part with servers behind it is tool_work.py.
here=$(cd "$(dirname "$0")" && pwd)
. "$(dirname "$0")/tool_common.sh"
secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
other=whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA

# ---- secrets from files

"$tool" sample call.ended --time 2026-01-01T00:00:00Z >body
mac=$("$tool" sign --secret $secret body) mac2=$("$tool" sign --secret $other body)
printf '%s' $secret >one
printf '\n%s\r\n\n%s\n' $secret $other >two
printf '%s\n' $other >three
: >empty
printf 'a\0b' >binary
printf '%s \n' $secret >blank
head -c 5000 /dev/zero | tr '\0' x >long
i=0
while [ $i -lt 9 ]; do echo whsec_$i; i=$((i + 1)); done >nine
same "a secret without a line end" "$("$tool" sign --secret-file one body)" $mac
same "the first of several, its line end of Windows" "$("$tool" sign --secret-file two body)" $mac
same "the file before the environment" "$(AKOLHOOK_SECRET=$other "$tool" sign --secret-file one body)" $mac
same "the environment" "$(AKOLHOOK_SECRET=$other "$tool" sign body)" $mac2
expect "the second of a file is named" 0 "^OK: signed with secret 2 ('two', line 4)" "$tool" verify --any-age --secret-file two --signature $mac2 body
expect "a file and an option" 0 '^OK: signed with secret 1$' "$tool" verify --any-age --secret $other --secret-file one --signature $mac2 body
expect "two files" 0 "^OK: signed with secret 2 ('three', line 1)" "$tool" verify --any-age --secret-file one --secret-file three --signature $mac2 body
expect "explain with the second" 0 '^OK' "$tool" explain --secret-file two --signature $mac2 --now 2026-01-01T00:00:00Z body
expect "no such file" 2 "^akolhook sign: --secret-file: cannot open 'none': No such file" "$tool" sign --secret-file none body
expect "a folder" 2 "cannot read '.'" "$tool" sign --secret-file . body
expect "an empty file" 2 "'empty' holds no secret" "$tool" sign --secret-file empty body
expect "a file with a NUL" 2 "'binary' holds a NUL" "$tool" sign --secret-file binary body
expect "a file that is too long" 2 "'long' is too long" "$tool" sign --secret-file long body
expect "the line with a blank" 2 "^akolhook sign: 'blank', line 1: .*blank" "$tool" sign --secret-file blank body
expect "nine secrets" 2 'at most 8' "$tool" verify --secret-file nine --signature $mac body
expect "a bad one among several" 2 "^akolhook verify: --secret (number 2): " "$tool" verify --secret a --secret ' b' --signature $mac body
expect "a bad one of the environment" 2 "^akolhook sign: AKOLHOOK_SECRET: " env AKOLHOOK_SECRET=' b' "$tool" sign body
expect "two to sign with" 2 'at most 1 time' "$tool" sign --secret-file one --secret $other body
expect "no secret names all three ways" 2 'secret-file FILE, --secret SECRET, or AKOLHOOK_SECRET' "$tool" sign body

# ---- the file, the header, the option that an error means

printf '{"event":1}' >odd
printf '[' >cut
expect "the header" 1 'DOUBLED_HEADER: .* (x-webhook-signature)$' "$tool" verify --secret-file one --signature $mac --header "X-Webhook-Signature: $mac" body
expect "the file and the byte" 1 "BAD_MEMBER: .*('odd', byte 9)" "$tool" explain --secret-file one --signature "$("$tool" sign --secret-file one odd)" odd
expect "a time" 2 "^akolhook verify: --now takes a time like .*, not 'soon'" "$tool" verify --secret-file one --signature $mac --now soon body
expect "a command that is none" 2 "there is no command 'frob'" "$tool" help frob
expect "a command of the hub that is none" 2 "there is no command 'hub frob'" "$tool" help hub frob
expect "a shell that is none" 2 "not for 'tcsh'" "$tool" completion tcsh

# ---- --json: one object a line, from every command

if have python3 "--json of every command"; then
    # json NAME STATUS MEMBER=VALUE COMMAND...: each line is an object; one has the member with that JSON value
    json() {
        name=$1 status=$2 member=$3
        shift 3
        "$@" >out 2>err
        same "$name --json: exit status" $? "$status"
        same "$name --json" "$(python3 -c 'import json, sys
name, value = sys.argv[1].split("=", 1)
rows = [json.loads(line) for line in open("out")]
print(all(isinstance(row, dict) for row in rows) and any(json.dumps(row.get(name)) == value for row in rows))' "$member" 2>&1)" True
    }
    json events 0 'firesWhen="A call hangs up, for any reason"' "$tool" events --json
    same "events --json: all" "$(grep -c . out)" 18
    json secret 0 'x=null' "$tool" secret --json
    json sample 0 'event="call.ended"' "$tool" sample call.ended --json
    json sign 0 "X-Webhook-Signature=\"$mac\"" "$tool" sign --secret-file one --json body
    json "sign --standard" 0 'webhook-timestamp="5"' "$tool" sign --secret-file one --standard --id m --timestamp 5 --json body
    json verify 0 'secret=2' "$tool" verify --any-age --secret-file two --signature $mac2 --json body
    json "verify another" 1 'status="SIGNATURE_MISMATCH"' "$tool" verify --secret-file three --signature $mac --json body
    json "verify a doubled header" 1 'header="x-webhook-signature"' "$tool" verify --secret-file one --signature $mac --header "X-Webhook-Signature: $mac" --json body
    json "verify an old one" 1 'ok=false' "$tool" verify --secret-file one --signature $mac --now 1900000000 --json body
    json explain 1 'ok=false' "$tool" explain --secret-file three --signature $mac --json body
    json "explain what is right" 0 'ok=true' "$tool" explain --secret-file one --signature $mac --now 2026-01-01T00:00:00Z --json body
    json url 0 'port=443' "$tool" url https://example.com/a --json
    json "url refused" 1 'status="BLOCKED_ADDRESS"' "$tool" url https://127.0.0.1/ --json
    json version 0 'x=null' "$tool" version --json
    json trigger 1 'status="CONNECT_FAILED"' "$tool" trigger call.ended http://127.0.0.1:1/ --local --secret-file one --json
    json replay 1 'status="CONNECT_FAILED"' "$tool" replay body http://127.0.0.1:1/ --local --secret-file one --json
fi
same "version, both ways" "$("$tool" version)" "$("$tool" --version)"

if have python3 "listen with servers behind it"; then
    mkdir work && (cd work && python3 "$here/tool_work.py" "$tool") >work.log 2>&1
    grep -a -v -e '^[0-9]* passed, [0-9]* failed$' work.log
    line=$(grep -a -e '^[0-9]* passed, [0-9]* failed$' work.log | tail -n 1)
    if [ -n "$line" ]; then
        passed=$((passed + ${line%% *})) line=${line#*, }
        failed=$((failed + ${line%% *}))
    else bad "the part with servers did not come to its end"; fi
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
