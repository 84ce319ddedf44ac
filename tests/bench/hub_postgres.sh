#!/bin/sh
# hub_postgres.sh CONNINFO: the part of hub.sh that needs a PostgreSQL. DIR: where hub.sh has built; SHORT=1: fewer rows.
bad=0 jobs=20000 events=20000 host=$(printf '%s\n' "$1" | sed 's/.*host=\([^ ]*\).*/\1/')
[ "$SHORT" = 1 ] && jobs=4000 events=5000
"$DIR/store" postgres "$1" "$SHORT" || bad=1
BENCH=$events "$DIR/workers" "$1" || bad=1

if ! command -v npm >/dev/null; then echo "skipped: npm is missing, and with it pg-boss"; exit $bad; fi
if [ ! -e "$DIR/npm/node_modules/pg-boss" ]; then
    mkdir -p "$DIR/npm" && (cd "$DIR/npm" && npm init -y && npm install pg-boss@9) >"$DIR/npm.log" 2>&1
fi
if [ ! -e "$DIR/npm/node_modules/pg-boss" ]; then echo "skipped: npm did not bring pg-boss"; exit $bad; fi

# side by side, twice: a machine that is busy for a while slows both
echo "claim and settle alone beside pg-boss"
for run in 1 2; do
    "$DIR/store" postgres "$1" "$SHORT" p200 | tail -n 1 || bad=1
    node tests/bench/hub_boss.js "$DIR/npm" "$host" akolhook postgres $jobs || bad=1
done
exit $bad
