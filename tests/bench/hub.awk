# hub.awk: what hub.sh printed, once more as one table: each figure that has an aim, with the aim beside it.
function row(what, value, unit, sign, aim) {
    if (value == "") return
    if (!rows++) printf "\n%-70s %10s %12s\n", "figure", "measured", "aim"
    printf "%-70s %10s %2s %-9s %s\n", what, value unit, sign, aim unit,
        (sign == "<=" ? value + 0 <= aim + 0 : value + 0 >= aim + 0) ? "" : "missed"
}
function after(word,   i) { for (i = 1; i < NF; i++) if ($i == word) return $(i + 1); return "" }
/^(memory|journal|sqlite|postgres)$/ { store = $1; many = 0 }
/^CPU per delivery of the hub:/ { row("hub: CPU per delivery, of the bare client's", $7, "", "<=", 1.10) }
/^emit of one event to/ { row("hub: emit to " $6 " webhooks, store in memory", $8, " ms", "<=", 1) }
/ tried, mean .* worst .*\(at most/ {
    what = $0
    sub(/ +[0-9]+ tried.*/, "", what)
    sub(/^ +/, "", what)
    match($0, /worst +[0-9]+/)
    worst = substr($0, RSTART + 6, RLENGTH - 6) + 0
    match($0, /at most [0-9]+/)
    row("first attempt, worst: " what, worst, " ms", "<=", substr($0, RSTART + 8, RLENGTH - 8) + 0)
}
/45 receivers of 25 s/ { mean = after("mean"); row("first attempt, mean: 45 receivers of 25 s", mean, " ms", "<=", 5000) }
/^  claim of +[0-9]+ / { places = $3 }
/beside a dead one: claim/ {
    row(store ": claim beside many retries of a dead one, of that beside 1,000", after("claim") + 0, "", "<=", 1.5)
}
/among many: claim/ { row(store ": claim of " places " among 10,000 due, of that among 10", after("claim") + 0, "", "<=", 1.5) }
/^  emit to [0-9]+ webhooks:.*is the aim/ {
    match($0, /\([0-9]+ ms is the aim/)
    aim = substr($0, RSTART + 1) + 0
    row(store ": emit to " $3 " idle webhooks", after("idle") + 0, " ms", "<=", aim)
    row(store ": emit to " $3 " queued webhooks", after("queued") + 0, " ms", "<=", aim)
}
/^  log at .*\(5 ms is the aim\)/ {
    size = $7 + 0
    split("webhook delivery message", by, " ")
    for (i = 1; i <= 3; i++) row(store ": log of one " by[i] ", page of " size, after(by[i]), " ms", "<=", 5)
}
/^deliveries\/s of [0-9] worker/ {
    while_emits = /while two emitters/ ? 1 : 0
    rate = $NF
    if ($3 == 1) { one[while_emits] = rate; if (!while_emits) row("postgres: deliveries/s of one worker", rate, "", ">=", 6000) }
    if ($3 == 2) row("postgres: of two workers, of one's" (while_emits ? ", while two emitters emit" : ""),
        one[while_emits] ? sprintf("%.2f", rate / one[while_emits]) : "", "", ">=", 1)
}
/^events\/s of 1 and 2 emitters/ { row("postgres: events/s of two emitters, of one's", sprintf("%.2f", $NF / $(NF - 1)), "", ">=", 1) }
/claim and settle alone, in batches of 200:/ { sub(/.*: /, ""); ours = $1 }
/^  pg-boss / { row("postgres: claim and settle in batches of 200, of pg-boss", sprintf("%.2f", ours / $3), "", ">=", 1) }
