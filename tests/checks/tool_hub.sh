#!/bin/sh
# Tests the hub commands of the tool, and the example beside it: tests/checks/tool_hub.sh build/akolhook build/sender
# The same walk through a webhook's life on a journal and, where the tool has it, on SQLite; the receiver is akolhook listen.

example=${2:-build/sender}
case $example in /*) ;; *) example=$PWD/$example ;; esac
. "$(dirname "$0")/tool_common.sh"
local="--allow-http --allow-private"
runner=
trap 'test -n "$server" && kill "$server" 2>/dev/null; test -n "$runner" && kill $runner 2>/dev/null; rm -rf "$work"' EXIT

# say NAME STATUS PATTERN HUB-COMMAND...: on $store; what is printed must never hold a secret or a query
say() {
    say_name=$1 say_status=$2 say_pattern=$3
    shift 3
    expect "$store: $say_name" "$say_status" "$say_pattern" "$tool" hub "$@" --store $store
    cat out >>shown
    [ "$say_status" = 0 ] || same "$store: $say_name: one line of error" "$(grep -c . out)" 1
}
# create NAME PATH EVENTS: sets $id and $secret
create() {
    "$tool" hub create --name "$1" --url "http://127.0.0.1:$port$2" --events "$3" $local --store $store >out 2>err
    same "$store: create" $? 0
    id=$(sed -n 's/^id  *//p' out) secret=$(sed -n 's/^secret  *//p' out)
    sed "s,$secret,SECRET," out >>shown
    echo "$secret" >>secrets
}
rotate() {
    secret=$("$tool" hub rotate $id --store $store)
    same "$store: rotate" "$? $(echo "$secret" | grep -c -x 'whsec_[A-Za-z0-9+/]\{32\}')" "0 1"
    echo "$secret" >>secrets
}
emit() { message=$(printf '%s' "$1" | "$tool" hub emit call.ended --business biz_1 --store $store); }
stat() { "$tool" hub stats $3 --store $store | sed -n "s/^$1  *//p" >got; same "$store: stats: $1" "$(cat got)" "$2"; }
# count_log N OPTION...: so many rows
count_log() {
    rows=$1
    shift
    "$tool" hub log --limit 100 "$@" --store $store >out
    cat out >>shown
    same "$store: log $*" "$(grep -c '^20.*  dlv_' out)" "$rows"
}
# start_run OPTION...: akolhook hub run in the background, its output in run.log
start_run() {
    : >run.log                                          # before the wait below reads what an earlier run wrote
    : >run.err
    "$tool" hub run $local --store $store "$@" >>run.log 2>>run.err &
    runner=$!
    wait_for "run starts" '^delivering from' run.log
}
end_run() {
    kill -"$1" $runner
    wait $runner
    same "$store: run ends on SIG$1" $? 0
    runner=
    cat run.log run.err >>shown
}
wait_for() {
    tries=0
    until grep -q -e "$2" "$3"; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then bad "$store: $1: no line matches '$2': $(head -c 600 "$3")"; return; fi
        sleep 0.1
    done
    good
}

# ---- help and usage

commands="create list show events update rotate enable disable delete test emit log redeliver retry cancel purge run stats"
store=none.journal
expect "hub alone" 2 '^usage: akolhook hub COMMAND' "$tool" hub
expect "help names hub" 0 '^  hub  ' "$tool" --help
expect "hub --help" 0 '^usage: akolhook hub COMMAND' "$tool" hub --help
same "hub --help fits 100 columns" "$(awk 'length > 100' out)" ""
for command in $commands; do
    expect "hub --help names $command" 0 "^  $command " "$tool" hub --help
    expect "hub $command --help" 0 "^usage: akolhook hub $command" "$tool" hub $command --help
    same "hub $command --help fits 100 columns" "$(awk 'length > 100' out)" ""
    expect "hub $command --frobnicate" 2 "^akolhook hub $command: there is no option --frobnicate; see akolhook hub $command --help" "$tool" hub $command --frobnicate
    expect "hub $command with too many arguments" 2 "^akolhook hub $command: usage: akolhook hub $command" "$tool" hub $command 1 2 3
done
for command in show events update rotate enable disable delete test emit retry cancel; do say "$command without an id" 2 "usage: akolhook hub $command" $command; done
expect "no such command" 2 "^akolhook hub: there is no command 'frobnicate'" "$tool" hub frobnicate
for row in list 'show whk_1' 'events whk_1' 'rotate whk_1' 'log' 'stats' 'delete whk_1' 'redeliver dlv_1'; do
    say "$row without a store" 1 "'none.journal': No such file or directory; akolhook hub create makes it" $row
done
say "create without a name" 2 '--name, --url and --events are needed' create --url https://example.com/ --events all
say "create without a URL" 2 '--name, --url and --events are needed' create --name x --events all
say "create without events" 2 '--name, --url and --events are needed' create --name x --url https://example.com/
say "an unknown event" 2 "there is no event 'call.nope'" create --name x --url https://example.com/ --events call.ended,call.nope
say "no events" 2 '--events: NAMES is empty' create --name x --url https://example.com/ --events ''
say "nothing to change" 2 'nothing to change' update whk_1
say "a bad network" 2 "--allow '10.1.0.1/16'" create --name x --url https://example.com/ --events all --allow 10.1.0.1/16
say "emit without a business" 2 '--business ID' emit call.ended /dev/null
say "a long business" 2 'at most 64 bytes' emit call.ended /dev/null --business "$(head -c 65 /dev/zero | tr '\0' b)"
say "emit an unknown event" 2 "no event 'call.nope'" emit call.nope /dev/null --business biz_1
say "emit a missing file" 2 "cannot open 'nothing'" emit call.ended nothing --business biz_1
say "emit JSON in place of a file" 2 'JSON goes into a file, or to stdin' emit call.ended '{"a":1}' --business biz_1
printf '{"a":tru}' >broken && printf '[1]' >list && printf '{} {}' >two && : >empty && head -c 1048577 /dev/zero >large
say "emit broken JSON" 2 "'broken', byte 8: JSON_SYNTAX" emit call.ended broken --business biz_1
say "emit an array" 2 "'list', byte 0: WRONG_TYPE: the data of an event must be a JSON object" emit call.ended list --business biz_1
say "emit two objects" 2 "'two', byte 3: JSON_TRAILING" emit call.ended two --business biz_1
say "emit nothing" 2 "'empty', byte 0: JSON_CUT" emit call.ended empty --business biz_1
say "emit too much" 2 "'large' is longer than 1048576 bytes" emit call.ended large --business biz_1
say "an empty key" 2 '--key: KEY is empty' emit call.ended list --business biz_1 --key ''
say "a bad time" 2 '--time takes a time' emit call.ended list --business biz_1 --time yesterday
say "log since yesterday" 2 '--since takes a time' log --since yesterday
say "log until yesterday" 2 '--until takes a time' log --until yesterday
say "log of a state that is none" 2 '--state takes waiting' log --state done
say "log of a code that is none" 2 '--code takes 2xx' log --code 6xx
say "purge yesterday" 2 '--older-than takes a span' purge --older-than yesterday
say "log of both" 2 '--failed and --succeeded' log --failed --succeeded
say "log of no event" 2 "no event 'nope'" log --events nope
say "log of 101 rows" 2 '--limit takes a number from 1 to 100' log --limit 101
say "a cursor that is none" 2 "--cursor takes .* not '12x'" log --cursor 12x
say "cursor 0" 2 "--cursor takes" log --cursor 0
say "redeliver what" 2 'give the id of a delivery, or --failed-since TIME' redeliver
say "redeliver both" 2 'not both' redeliver dlv_1 --failed-since 0
say "256 attempts" 2 '--attempts takes a number from 1 to 255' run --attempts 256
say "no room" 2 '--max-webhooks takes a number from 1' list --max-webhooks 0
same "nothing of that made a file" "$(ls -A | grep none)" ""
expect "a folder that is not there" 1 "'no/x.journal': STORE_FAILED: the file cannot be used (No such file or directory)" \
    "$tool" hub create --name x --url https://example.com/ --events all --store no/x.journal
echo "no journal at all, but longer than the head of a record: 0123456789 0123456789 0123456789" >text.journal && cp text.journal text.before
expect "no journal" 1 "'text.journal': JOURNAL_" "$tool" hub list --store text.journal
if cmp -s text.journal text.before; then good; else bad "a file that is no journal was changed"; fi
case $("$tool" --version) in
*SQLite*)
    stores="hub.journal hub.db"
    cp text.before text.db
    expect "no SQLite file" 1 "'text.db': STORE_FOREIGN: the database is another program's" "$tool" hub list --store text.db ;;
*)
    stores=hub.journal
    echo "skipped: the hub in SQLite (the tool was built without it)"
    expect "SQLite was not built in" 2 "built without SQLite" "$tool" hub create --name x --url https://example.com/ --events all --store x.db ;;
esac

# ---- a webhook's life

walk() {
    : >shown
    : >secrets
    listen --secret whsec_nothing-goes-here
    finish now                                          # a port that is free
    create CRM '/hook?token=hidden' 'call.ended,agent.*'
    first=$id
    sed -e "s/$id/ID/" -e "s,$secret,SECRET," -e "s/:$port/:PORT/" -e 's/^\(created  *\)20.*Z$/\1NOW/' out >got
    cat >want <<WANT
id              ID
name            CRM
url             http://127.0.0.1:PORT/hook?***
events          call.ended,agent.created,agent.updated,agent.deleted
state           active
failures        0
created         NOW
last triggered  never
secret          SECRET
WANT
    same "$store: create shows" "$(cat got)" "$(cat want)"
    same "$store: create warns" "$(cat err)" "The secret is not shown again: give it to the receiver now."
    same "$store: ids" "$(echo "$id" | grep -c -x 'whk_[0-9A-Za-z]\{24\}') $(echo "$secret" | grep -c -x 'whsec_[A-Za-z0-9+/]\{32\}')" "1 1"
    same "$store: for its owner alone" "$(ls -l $store | cut -c1-10)" "-rw-------"
    "$tool" hub show $id --store $store >out
    sed "s,SECRET,whsec_••••••••••," want >want.show
    printf 'health          new or slow\nwaiting         0\n' >>want.show
    same "$store: show" "$(sed -e "s/$id/ID/" -e "s/:$port/:PORT/" -e 's/^\(created  *\)20.*Z$/\1NOW/' out)" "$(cat want.show)"
    same "$store: list" "$("$tool" hub list --store $store)" "$id  active      0 failures  CRM  http://127.0.0.1:$port/hook?***"
    say "create it again" 1 'WEBHOOK_EXISTS' create --name Twin --url "http://127.0.0.1:$port/hook?token=hidden" --events call.ended $local
    say "without --allow-http" 1 'URL_SCHEME: .*--allow-http' create --name x --url "http://127.0.0.1:$port/" --events all
    say "without --allow-private" 1 'BLOCKED_ADDRESS: .*--allow-private' create --name x --url "http://127.0.0.1:$port/" --events all --allow-http
    say "a name that is none" 1 'BAD_NAME' create --name "$(printf '%0101d' 0)" --url "http://127.0.0.1:$port/2" --events all $local
    say "room for one" 1 'TOO_MANY_WEBHOOKS: .*--max-webhooks' create --name x --url "http://127.0.0.1:$port/2" --events all $local --max-webhooks 1
    for command in show rotate enable disable delete stats events; do
        say "$command of nobody" 1 'UNKNOWN_WEBHOOK: there is no webhook of this id' $command whk_000000000000000000000000
    done
    say "test of nobody" 1 UNKNOWN_WEBHOOK test whk_../../etc --business biz_1
    say "update of nobody" 1 UNKNOWN_WEBHOOK update whk_1 --name x
    say "log of nobody" 1 UNKNOWN_WEBHOOK log --webhook whk_1
    for command in redeliver show retry cancel; do
        say "$command of no delivery" 1 'UNKNOWN_DELIVERY: there is no delivery of this id' $command dlv_000000000000000000000000
    done
    same "$store: the log is empty" "$("$tool" hub log --store $store)" ""

    # test, emit, run
    listen --port $port --secret "$secret" --any-age
    say test 0 "^4 tests for $id$" test $id --business biz_1
    emit '{"callId":"call_one","outcome":"done"}'
    same "$store: a message id" "$(echo "$message" | grep -c -x 'msg_[0-9A-Za-z]\{24\}')" 1
    echo '{"callId":"call_two"}' >two.json
    same "$store: the business of the environment, and a key" "$(AKOLHOOK_BUSINESS=biz_1 "$tool" hub emit call.ended two.json --key k1 --time 2026-04-18T14:23:11Z --store $store >key1; echo $?)" 0
    say "the same key, the business of the store" 0 "^$(cat key1)$" emit call.ended two.json --key k1
    say "another business" 1 'WRONG_BUSINESS: the store belongs to another business' emit call.ended two.json --business biz_2
    say "as JSON" 0 '^{"messageId":"msg_[0-9A-Za-z]*","deliveries":0,"skipped":0,"dropped":0,"repeated":false}$' emit lead.created two.json --json
    say "nobody wants it" 0 '^msg_' emit lead.created two.json --business biz_1
    stat waiting 2
    start=$(echo "$message" | cut -c5-17)               # a delivery's id begins as its message's
    say run 0 '^6 attempts: 6 delivered, 0 given up; 0 wait$' run --until-idle $local
    same "$store: a line for each attempt" "$(grep -c '^20[0-9T:.-]*Z  dlv_[0-9A-Za-z]\{24\}  .*  200  .* ms  OK  .*delivered  '$id'$' out)" 6
    same "$store: the message that emit named" "$(grep -c "  dlv_$start" out)" 1
    same "$store: four of them tests" "$(grep -c '  OK  test  delivered  ' out)" 4
    finish now
    same "$store: verified" "$(grep -c 'verified with secret 1' listen.log) $(grep -c 'verified with secret 1, a test' listen.log)" "6 4"
    logged 'call_one'
    logged "business biz_1, webhook $id\$"
    same "$store: the time that was given" "$(grep -c "2026-04-18T14:23:11.000Z, business biz_1" listen.log)" 1
    say "nothing is left" 0 '^0 attempts: 0 delivered, 0 given up; 0 wait$' run --until-idle $local

    # log
    count_log 6
    count_log 4 --tests
    count_log 3 --events call.ended
    count_log 1 --tests --events call.ended --webhook $id
    count_log 6 --succeeded
    count_log 0 --failed
    count_log 6 --since 2026-01-01T00:00:00Z --until 2199-01-01T00:00:00Z
    count_log 6 --since 1h
    count_log 6 --since 2026-01-01
    count_log 0 --until 1h
    count_log 1 --message "$message"
    count_log 6 --code 2xx
    count_log 0 --code none
    count_log 6 --state delivered
    count_log 0 --state waiting
    one=$("$tool" hub log --message "$message" --json --store $store | sed -n 's/^{"deliveryId":"\(dlv_[^"]*\)".*/\1/p')
    count_log 1 --delivery "$one"
    say "show a delivery" 0 '^state     delivered$' show "$one"
    same "$store: its body" "$(grep -c '^body      .*"data":{"callId":"call_one","outcome":"done"}}$' out)" 1
    same "$store: its attempts" "$(grep -c "^20.*  $one  $message  " out)" 1
    say "and as JSON" 0 '"body":{"event":"call.ended",.*"outcome":"done"}}}$' show "$one" --json
    if have python3 "that every command writes JSON"; then
        for row in list "show $id" "show $one" "events $id" log stats purge "enable $id" "run --until-idle"; do
            "$tool" hub $row --json --store $store >out 2>err
            same "$store: $row --json" "$? $(python3 -c 'import json,sys
for line in sys.stdin: json.loads(line)' <out 2>&1)" "0 "
        done
    fi
    say "purge" 0 '^[0-9]* events are kept, [0-9]* bytes$' purge
    count_log 0 --until 1767225600
    count_log 0 --since 2199-01-01T00:00:00Z
    "$tool" hub log --store $store >all
    : >paged
    cursor= pages=0
    while [ $pages -lt 9 ]; do
        "$tool" hub log --limit 2 ${cursor:+--cursor $cursor} --store $store >out
        pages=$((pages + 1))
        grep -v '^more: ' out >>paged
        cursor=$(sed -n 's/^more: --cursor //p' out)
        [ -n "$cursor" ] || break
        made_up=$cursor
    done
    same "$store: six rows in threes of two" "$pages $(cmp all paged && echo same)" "3 same"
    say "a cursor that was made up" 1 'BAD_CURSOR' log --cursor $((made_up + 1))
    "$tool" hub stats $id --store $store | grep -v ^latency >got
    same "$store: stats" "$(tr -s ' ' <got | tr '\n' ,)" "emitted 2,delivered 2,failed 0,cancelled 0,dropped 0,waiting 0,skipped 0,attempts 2,failed attempts 0,tests 4,failed tests 0,"
    same "$store: latency" "$("$tool" hub stats --store $store | grep -c '^latency [0-9]* %  *[0-9]* ms$')" 3

    # rotate: the old secret is refused, the new one accepted
    old=$secret
    rotate
    if [ "$old" = "$secret" ]; then bad "$store: rotate gives the same secret"; else good; fi
    listen --port $port --secret "$old"
    emit '{"callId":"call_three"}'
    say "the receiver has the old secret" 0 '  401  .*  HTTP_STATUS  given up' run --until-idle --attempts 1 $local
    finish now
    logged '401  SIGNATURE_MISMATCH'
    count_log 1 --failed
    same "$store: the log says why" "$(grep -c -e '^    in the phase .*: the receiver answered, but not with a 2xx code$' -e '^    response: ' out)" 1
    same "$store: a failure is counted" "$("$tool" hub list --store $store | grep -c '  active      1 failures  ')" 1
    lost=$(sed -n 's/^20.*Z  \(dlv_[^ ]*\)  .*/\1/p' out)
    listen --port $port --secret "$secret"
    say "since tomorrow" 0 '^0 deliveries wait again$' redeliver --failed-since 2199-01-01T00:00:00Z
    say "redeliver what failed" 0 '^1 delivery waits again$' redeliver --failed-since 2026-01-01T00:00:00Z --webhook $id
    say "and only once" 0 '^0 deliveries wait again$' redeliver --failed-since 2026-01-01T00:00:00Z
    say "the new secret" 0 "$id recovered after 1 failed attempt\$" run --until-idle $local
    same "$store: delivered" "$(grep -c '^1 attempt: 1 delivered, 0 given up; 0 wait$' out)" 1
    say "redeliver one" 0 '^1 delivery waits again$' redeliver "$lost"
    waits=$("$tool" hub log --message "$message" --json --limit 1 --store $store | sed -n 's/^{"deliveryId":"\(dlv_[^"]*\)".*/\1/p')
    say "one that has ended" 1 'DELIVERY_NOT_WAITING: .*akolhook hub redeliver' retry "$waits"
    say "cancel one that has ended" 1 DELIVERY_NOT_WAITING cancel "$waits"
    say "run again" 0 '^1 attempt: 1 delivered' run --until-idle $local
    finish now
    same "$store: the same message twice" "$(grep -c 'call.ended  verified' listen.log) $(grep -c DUPLICATE listen.log)" "1 1"

    # inactive: events are counted, not sent, also not later
    say disable 0 "^$id is inactive$" disable $id
    emit '{"callId":"call_skipped"}'
    stat skipped 1 $id
    say "redeliver to an inactive one" 1 'WEBHOOK_INACTIVE: .*akolhook hub enable' redeliver "$lost"
    say "all that failed, of those that are active" 0 '^0 deliveries' redeliver --failed-since 0
    say enable 0 "^$id is active$" enable $id
    listen --port $port --secret "$secret"
    emit '{"callId":"call_later"}'
    say "after enable" 0 '^1 attempt: 1 delivered' run --until-idle $local
    emit '{"callId":"call_cancelled"}'
    say "disable with one that waits" 0 'inactive' disable $id
    count_log 2 --webhook $id --since 2026-01-01T00:00:00Z --failed --events call.ended --until 2199-01-01T00:00:00Z
    same "$store: refused once, cancelled once" "$(grep -c ' 401 .* given up ' out) $(grep -c ' ---  .* cancelled ' out)" "1 1"
    stat cancelled 1 $id
    say "a test of an inactive one" 0 '^4 tests' test $id --business biz_1
    say "is sent" 0 '^4 attempts: 4 delivered' run --until-idle $local
    say "tests that are waited for" 0 '  200  .* OK  test  delivered  ' test $id --wait $local
    same "$store: four of them" "$(grep -c '  test  delivered  ' out)" 4
    say "enable again" 0 active enable $id
    finish now
    if grep -q -e call_skipped -e call_cancelled listen.log; then bad "$store: a skipped event was sent"; else good; fi

    # update, events
    say "update" 0 '^name            Billing$' update $id --name Billing --url "http://127.0.0.1:$port/two?token=hidden" --events call.ended $local
    same "$store: its URL" "$(grep -c "^url             http://127.0.0.1:$port/two?\*\*\*\$" out)" 1
    say "update the name alone" 0 '^events          call.ended$' update $id --name Sales
    say "events" 0 '^no   call.started ' events $id
    say "choose events" 0 '^yes  call.started ' events $id 'call.*'
    same "$store: the seven of calls" "$(grep -c '^yes ' out)" 7
    say "all" 0 '^yes  lead.created ' events $id all
    say "choose nothing" 2 "no event 'nope'" events $id nope

    # probe
    listen --port $port --secret "$secret"
    say "a probe that is refused" 1 '^akolhook hub create: PROBE_FAILED: HTTP_STATUS: the receiver answered, but not with a 2xx code (401)$' \
        create --name Probed --url "http://127.0.0.1:$port/probe" --events all --probe --business biz_1 $local
    finish now
    say "a probe of nobody" 1 'PROBE_FAILED: CONNECT_FAILED' update $id --url "http://127.0.0.1:$port/probe" --probe --business biz_1 $local
    expect "$store: a probe needs a business" 2 '--business ID' "$tool" hub create --name Probed --url https://example.com/ --events all --probe --store new-$store
    same "$store: neither left anything" "$("$tool" hub list --store $store | grep -c probe)" 0

    # run in the background; retries; other commands beside it
    start_run
    emit_status=0
    printf '{"callId":"call_beside"}' | "$tool" hub emit call.ended --business biz_1 --store $store >out 2>&1 || emit_status=$?
    cat out >>shown
    case $store in
    *.journal)
        same "$store: locked" "$emit_status $(cat out)" "1 akolhook hub emit: '$store': JOURNAL_LOCKED: another process, such as akolhook hub run, has the journal open: end that first, or keep the webhooks in an SQLite file (--store NAME.db), which several may use at once (it is process $runner)"
        say "who only looks needs no lock" 0 '  active  .*  Sales' list
        for row in "show $id" "events $id" log stats "stats $id"; do
            "$tool" hub $row --store $store >out 2>&1
            same "$store: $row beside a run" $? 0
        done
        say "to choose events is to change" 1 "JOURNAL_LOCKED: .* (it is process $runner)\$" events $id all ;;
    *)
        same "$store: at once" $emit_status 0
        wait_for "the other run sends it" '  ---  .*  CONNECT_FAILED  again in [56] s  ' run.log
        say "and it is shown" 0 '  1 failures  Sales' list ;;
    esac
    end_run TERM
    wait_for "its last line" '^[01] attempts\{0,1\}: 0 delivered, 0 given up; [01] wait$' run.log
    start_run
    end_run INT
    say "a second webhook" 0 '^id ' create --name Second --url "http://127.0.0.1:$port/second" --events lead.created $local
    sed -n 's/^secret  *//p' out >>secrets
    grep -v '^secret  *whsec_[A-Za-z0-9+/]' shown >kept && mv kept shown
    same "$store: two" "$("$tool" hub list --store $store | grep -c ' active ')" 2

    # a secret, headers and limits of one's own
    own=whsec_Zm9ydHktdHdvLWJ5dGVzLW9mLW15LW93bi0h
    printf '\n%s\r\nwhsec_anOldOne\n' $own >own.secret
    printf '%s' ' x' >bad.secret
    listen --port $port --secret-file own.secret --headers
    say "limits of its own" 0 '^rate            5 a second$' create --name Own --url "http://127.0.0.1:$port/own" --events call.missed $local \
        --secret-file own.secret --header 'X-Tenant: seven' --header 'Authorization: Bearer token-of-mine' --rate 5 --deadline 20
    same "$store: the deadline and the headers" "$(grep -c -x -e 'deadline        20 s' -e 'headers         2' out)" 2
    same "$store: a secret of one's own is not shown" "$(grep -c 'secret          whsec_••••••••••' out)" 1
    limited=$(sed -n 's/^id  *//p' out)
    say "is signed with it" 0 '  200  .* OK  test  delivered  ' test $limited --wait $local
    finish now
    logged 'X-Tenant: seven'
    logged 'Authorization: Bearer token-of-mine'
    logged 'verified with secret 1'
    say "as JSON" 0 '"rate":5,"deadlineMs":20000,"headers":2,' show $limited --json
    say "take them away" 0 '^id ' update $limited --rate none --deadline none --header none
    same "$store: none is left" "$(grep -c -e ^rate -e ^deadline -e ^headers out)" 0
    say "the store keeps its business when a webhook changes" 0 '^msg_' emit call.started two.json
    say "a rate that is none" 2 "^akolhook hub update: --rate takes a number from 1 to 1000 or none, not '0'$" update $limited --rate 0
    say "a deadline that is none" 2 "deadline takes a number from 1 to 600 or none, not '601'" update $limited --deadline 601
    say "a reserved header" 2 "--header 'webhook-id': " update $limited --header 'webhook-id: 1'
    say "a header with a line end" 2 "--header 'A': " update $limited --header "A: b
c"
    say "a header without a colon" 2 "'NAME: VALUE', not 'nonsense'" update $limited --header nonsense
    say "nine headers" 2 'at most 8 times' update $limited --header a:b --header b:b --header c:b --header d:b --header e:b --header f:b --header g:b --header h:b --header i:b
    say "a secret with a blank" 2 "'bad.secret', line 1: " create --name Bad --url "http://127.0.0.1:$port/bad" --events all $local --secret-file bad.secret
    say "no file" 2 "--secret-file: cannot open 'nothing'" create --name Bad --url "http://127.0.0.1:$port/bad" --events all $local --secret-file nothing
    if grep -q -F -e $own -e token-of-mine shown; then bad "$store: what is one's own was shown"; else good; fi
    say "gone again" 0 deleted delete $limited

    # delete
    say delete 0 "^$id is deleted$" delete $id
    say "it is gone" 1 UNKNOWN_WEBHOOK show $id
    say "its log too" 1 UNKNOWN_WEBHOOK log --webhook $id
    count_log 0
    say "but not what it did" 0 '^delivered        5$' stats
    same "$store: one is left" "$("$tool" hub list --store $store | grep -c .)" 1
    for one in $(cat secrets); do
        if grep -q -F -e "$one" shown; then bad "$store: a secret was shown again"; else good; fi
    done
    same "$store: so many secrets were made" "$(grep -c . secrets)" 3
    if grep -q hidden shown; then bad "$store: a query was shown"; else good; fi
    same "$store: no file is open to others" "$(ls -l | grep "$store" | grep -v -c '^-rw-------')" 0
}
for store in $stores; do walk; done

# ---- the store's name, https

https="--name x --url https://127.0.0.1:9/ --events call.ended --allow-private"
expect "the default" 0 '^id ' "$tool" hub create $https
case $("$tool" --version) in *SQLite*) default=akolhook.db ;; *) default=akolhook.journal ;; esac
same "is $default" "$(ls $default)" $default
expect "the environment" 0 '^id ' env AKOLHOOK_STORE=of_env.journal "$tool" hub create $https
same "names another" "$(AKOLHOOK_STORE=of_env.journal "$tool" hub list | grep -c .)" 1
expect "the option before the environment" 1 "'none.journal'" env AKOLHOOK_STORE=of_env.journal "$tool" hub list --store none.journal
store=https.journal
case $("$tool" --version) in
*OpenSSL*)
    if have openssl "a hub over https"; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
        listen --secret x
        finish now
        "$tool" hub create --name x --url "https://127.0.0.1:$port/" --events call.ended --allow-private --store $store >out 2>err
        listen --port $port --tls cert key --secret "$(sed -n 's/^secret  *//p' out)"
        emit '{"callId":"call_https"}'
        expect "https" 0 '^1 attempt: 1 delivered' "$tool" hub run --until-idle --allow-private --ca cert --store $store
        emit '{"callId":"call_untrusted"}'
        expect "an unknown CA" 0 'TLS_UNTRUSTED  given up' "$tool" hub run --until-idle --attempts 1 --allow-private --store $store
        expect "a CA file that is none" 2 "^akolhook hub run: --ca: 'key'" "$tool" hub run --ca key --store $store
        finish now
        logged call_https
    fi ;;
*)
    "$tool" hub create $https --store $store >out 2>err
    emit '{"callId":"call_https"}'
    expect "https was not built in" 0 '^akolhook hub run: TLS_REQUIRED: this tool was built without OpenSSL' "$tool" hub run --until-idle --allow-private --store $store
    expect "and the event waits" 0 '^waiting  *1$' "$tool" hub stats --store $store ;;
esac

# ---- a receiver that is gone

# answering LOG ANSWER: a receiver at $port, which $runner is; ANSWER is in Python, the code and body for an event.
answering() {
    python3 -u -c 'import http.server, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        code, body = eval(sys.argv[1], {"event": self.headers["X-Webhook-Event"]})
        self.send_response(code); self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
s = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print("port %d" % s.server_port)
s.serve_forever()' "$2" >"$1" &
    runner=$!
    wait_for "a receiver" '^port [0-9]' "$1"
    port=$(sed -n 's/^port //p' "$1")
}

store=gone.journal
if have python3 "a receiver that answers 410"; then
    answering gone.log '410, b"moved \x1b[31maway"'
    create Gone /gone call.ended
    emit '{"callId":"call_gone"}'
    say "410" 0 "$id answered 410, so it was set inactive, after 1 failed attempt\$" run --until-idle $local
    say "its log" 0 '^    response: moved .x1b\[31maway$' log --failed
    same "one line of why" "$(grep -c '^    in the phase ' out)" 1
    say "it is inactive" 0 '  inactive    1 failures  Gone  ' list
    kill $runner
    wait $runner 2>/dev/null
    runner=
fi

# ---- tests that are waited for, of which some fail

if have python3 "a receiver that takes one event of several"; then
    answering some.log '(200, b"thanks, it is taken") if event == "call.started" else (500, b"no, and no again, and no")'
    for store in $stores; do
        store=some.${store#*.}
        create Some /some call.started,call.ended
        expect "$store: one of two tests" 1 '  200  .* OK  test  delivered  ' "$tool" hub test $id --wait --business biz_1 --store $store
        same "$store: each with its response" "$(grep -x -c -e '    response: thanks, it is taken' -e '    response: no, and no again, and no' out)" 2

        # pauses grow between those that fail: nobody waits for the last to hear of the first. The store knows its business
        create All /all all
        : >wait.log
        "$tool" hub test $id --wait --store $store >wait.log 2>wait.err &
        waits=$!
        wait_for "the first that failed, while others wait" '  500  .* test  given up ' wait.log
        kill -INT $waits
        wait $waits
        same "$store: interrupted" "$? $(grep -c 'tests did not end$' wait.err)" "1 1"
        same "$store: none is told of twice" "$(grep -o ' dlv_[0-9A-Za-z]*' wait.log | sort | uniq -d | grep -c .)" 0
    done
    kill $runner
    wait $runner 2>/dev/null
    runner=
fi

# ---- run ends when what is in flight has ended

case $stores in *.db) store=slow.db ;; *) store=slow.journal ;; esac
if have python3 "a receiver that takes its time"; then
    python3 -u -c 'import http.server, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"])); print("got one"); time.sleep(2 if self.path.startswith("/slow") else 0)
        self.send_response(200); self.end_headers(); self.wfile.write(b"taken"); print("answered")
    def log_message(self, *args): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
print("port %d" % s.server_port)
s.serve_forever()' >slow.log 2>slow.err &
    slow=$!
    wait_for "a receiver" '^port [0-9]' slow.log
    port=$(sed -n 's/^port //p' slow.log)
    create Slow /slow call.ended
    emit '{"callId":"call_slow"}'
    start_run
    wait_for "the request" 'got one' slow.log
    end_run TERM
    same "it was answered, and that is known" "$(grep -c answered slow.log) $(grep -c '  200  .*  delivered  ' run.log)" "1 1"
    stat delivered 1
    emit '{"callId":"call_cut"}'
    start_run
    tries=0
    until [ "$(grep -c 'got one' slow.log)" -ge 2 ] || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
    kill -TERM $runner
    wait_for "the first signal" 'what is in flight is finished; again: at once' run.err
    end_run TERM
    same "at the second at once" "$(grep -c '  200  ' run.log)" 0
    stat waiting 1

    # nor is it broken off when nobody reads on, or when the tests that are waited for have ended
    store=quick.${store#*.}
    create Slow /slow call.ended
    create Quick /quick call.ended
    emit '{"callId":"call_unread"}'
    "$tool" hub run --until-idle $local --store $store 2>run.err | head -n 1 >run.log
    stat delivered 2
    emit '{"callId":"call_beside"}'
    say "tests beside a delivery" 0 '  OK  test  delivered  ' test $id --wait $local
    same "$store: and what was answered" "$(grep -c '^    response: taken$' out)" 1
    stat delivered 4
    stat waiting 0

    # tests that another process cancels are not waited for
    case $store in *.db)
        create Many /slow/many '*'
        got=$(grep -c 'got one' slow.log)
        "$tool" hub test $id --wait $local --store $store >out 2>err &
        runner=$!
        tries=0
        until [ "$(grep -c 'got one' slow.log)" -gt "$got" ] || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
        "$tool" hub disable $id --store $store >>shown
        tries=0
        while kill -0 $runner 2>/dev/null && [ $tries -le 600 ]; do tries=$((tries + 1)); sleep 0.1; done
        kill -0 $runner 2>/dev/null && bad "$store: tests that were cancelled are waited for"
        wait $runner
        same "$store: how each ended, or that it was cancelled" "$(grep -c '  test  ' out)" 18
        runner= ;;
    esac
    kill $slow
    wait $slow 2>/dev/null
fi

# ---- without a standard stream, on a device or a pipe, with nothing behind an option

store=streams.journal port=9
: >secrets
create One /one call.ended
emit '{"callId":"call_one"}'
"$tool" hub run --until-idle $local --store $store >&- 2>err
same "without stdout" "$? $(tail -n 1 err)" "2 akolhook hub run: cannot write the output: Bad file descriptor"
"$tool" hub create --name Two --url "http://127.0.0.1:$port/two" --events all $local --store $store >out 2>&-
same "without stderr" $? 0
emit '{"callId":"call_two"}'
say "nothing that was printed is in the store" 0 '  active  .*  Two  ' list
same "and no end of it is damaged" "$(grep -c damaged out)" 0
stat attempts 1
if [ -c /dev/full ]; then
    "$tool" hub list --store $store >/dev/full 2>err
    same "a full disk" "$? $(sed 's/: No space.*//' err)" "2 akolhook hub list: cannot write the output"
fi
mkfifo pipe.journal pipe.db
for store in pipe.journal pipe.db /dev/null; do
    say "no file" 2 "^akolhook hub list: --store: '$store' is no file that could keep something" list
    say "nor to make one" 2 "'$store' is no file that could keep something" create --name One --url https://example.com/ --events all
done
store=streams.journal
say "an empty name" 2 '--name: NAME is empty' create --name '' --url https://example.com/ --events all
say "an empty id" 2 '--webhook: ID is empty' log --webhook ''
expect "an empty store" 2 '--store: FILE is empty' "$tool" hub list --store ''
expect "an empty webhook would take all" 2 '--webhook: ID is empty' "$tool" listen --secret x --webhook=
expect "an option that is none keeps its value to itself" 2 'no option --secrt; ' "$tool" sign --secrt=whsec_mine
if grep -q whsec_mine out; then bad "a value was shown: $(cat out)"; else good; fi

# what was opened holds for later runs, so all of it must be kept
store=networks.journal i=1
while [ $i -le 16 ]; do
    "$tool" hub create --name N$i --url https://10.$i.0.1/ --events all --allow 10.$i.0.0/16 --store $store >out 2>err
    same "network $i" $? 0
    i=$((i + 1))
done
say "one network more" 2 "^akolhook hub create: --allow '10.17.0.0/16': a store keeps at most 16 networks" \
    create --name N17 --url https://10.17.0.1/ --events all --allow 10.17.0.0/16
same "and no webhook for it" "$("$tool" hub list --store $store | grep -c .)" 16
"$tool" hub create --name N17 --url https://10.16.0.2/ --events all --allow 10.16.0.0/16 --store $store >out 2>err
same "one that is kept" $? 0

# ---- SQLite: two runs at once

case $stores in *.db)
    store=both.db port=9
    : >secrets
    listen --secret x
    finish now
    create Both /both call.ended
    listen --port $port --secret "$secret"
    start_run
    other=$runner
    cp run.log other.log
    "$tool" hub run $local --store $store >other.log 2>&1 &
    other_run=$!
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do emit "{\"callId\":\"call_$i\"}"; done
    tries=0
    until [ "$(grep -c 'verified with' listen.log)" -ge 20 ] || [ $tries -gt 600 ]; do tries=$((tries + 1)); sleep 0.1; done
    end_run TERM
    kill $other_run
    wait $other_run
    finish now
    same "20 events by two runs, each once" "$(grep -c 'verified with' listen.log) $(grep -c DUPLICATE listen.log)" "20 0"
    stat delivered 20 ;;
esac

# ---- journals: other sizes, torn, damaged

store=full.journal port=9
: >secrets
create One /one all
create Two /two all
say "two in the room of one" 1 "'full.journal': TOO_MANY_WEBHOOKS: it holds more webhooks than there is room for: --max-webhooks N" list --max-webhooks 1
store=torn.journal
create Torn /torn call.ended
emit '{"callId":"call_torn"}'
emit '{"callId":"call_second"}'
emit '{"callId":"call_third"}'
say "other sizes" 0 "^$id  active" list --max-pending 3 --max-webhooks 1 --pool 1
say "sizes that are too small" 1 "'torn.journal': PENDING_FULL: more deliveries wait in it than there is room for: --max-pending N" list --max-pending 2 --max-webhooks 1
say "less than two for each webhook" 2 '--max-pending: two for each of --max-webhooks are needed, 200' list --max-pending 199
say "a run that finds nobody" 0 '^3 attempts: 0 delivered, 0 given up; 3 wait, the next is due in [56] s$' run --until-idle $local
cp $store whole
printf 'half a record' >>$store
expect "a torn end" 0 "'torn.journal' had a torn or damaged end: 13 bytes were left out" "$tool" hub list --store $store
same "and nothing is lost" "$("$tool" hub stats --store $store | grep -c '^waiting  *3$')" 1
size=$(wc -c <whole)
{ head -c $((size / 2)) whole; printf 'damaged'; tail -c +$((size / 2 + 8)) whole; } >$store
expect "a damaged journal" 1 "'torn.journal': JOURNAL_DAMAGED: .*--salvage.*, at byte [0-9]*$" "$tool" hub list --store $store
expect "stays damaged" 1 "JOURNAL_DAMAGED" "$tool" hub run --until-idle --store $store
expect "salvage" 0 "'torn.journal' had a torn or damaged end: [0-9]* bytes were left out" "$tool" hub run --until-idle --salvage --store $store
expect "good again" 0 '' "$tool" hub stats --store $store

# ---- the example hub.c

lines() { printf '%s\n' "$@" | "$example" example.journal "http://127.0.0.1:$port/" local >out 2>err; }
listen --secret x
finish now
expect "usage" 2 '^usage: sender JOURNAL URL' "$example"
expect "no http unless it is said" 1 '^sender: example.journal: URL_SCHEME' "$example" example.journal "http://127.0.0.1:$port/"
lines </dev/null
same "the first start" "$(grep -c '^whk_[0-9A-Za-z]* was made; its secret, shown only now: whsec_' out)" 1
listen --port $port --secret "$(sed -n 's/.*only now: //p' out)"
lines 'call.ended {"callId":"call_1"}' 'nope {}' 'call.ended {"callId"' 'lead.created {"leadId":"lead_1"}'
same "two lines are events" "$(grep -c '^dlv_[^ ]*  [a-z.]*  200  OK$' out) $(grep -c . out)" "2 2"
same "two are not" "$(cut -d: -f1-3 err | tr '\n' ,)" "sender: line refused: UNKNOWN_EVENT,sender: line refused: JSON_CUT,"
finish now
logged '^2 requests: 2 accepted'
# a disk that is full holds up the next line, which is not lost
awk 'BEGIN { for (i = 0; i < 400; i++) printf "call.ended {\"callId\":\"call_%d\",\"note\":\"%0300d\"}\n", i, 0 }' >many
(trap '' XFSZ && ulimit -f 100 && exec "$example" full.journal http://127.0.0.1:9/ local <many >out 2>err) & sender=$!
while kill -0 $sender 2>/dev/null && ! grep -q waits err; do sleep 0.1; done
{ kill $sender && wait $sender; } 2>/dev/null
same "a full disk" "$(cut -d: -f1-3 err | sort -u)" "sender: the line waits: STORE_FAILED"
expect "the tool reads its journal" 0 '  active  .*  first  ' "$tool" hub list --store example.journal

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
