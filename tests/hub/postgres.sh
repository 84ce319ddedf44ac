#!/bin/sh
# postgres.sh PROGRAM: runs a test program against a PostgreSQL of its own, on a socket in a directory that goes with it.
# PG_FSYNC=on: one that survives a loss of power, for figures.
program=$1
for bin in $(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -rV) \
    "$(dirname "$(command -v pg_ctl || echo /none/pg_ctl)")"; do [ -x "$bin/initdb" ] && break; done
if [ ! -x "$bin/initdb" ]; then echo "skipped: PostgreSQL's initdb is missing: $(basename "$program")"; exit 0; fi
dir=$(mktemp -d /tmp/akolhook_pg.XXXXXX) || exit 1
as=; if [ "$(id -u)" = 0 ]; then as='setpriv --reuid=postgres --regid=postgres --clear-groups'; chown postgres "$dir"; fi
trap 'cd / && for data in "$dir"/*/postmaster.pid; do $as "$bin/pg_ctl" -D "${data%/*}" -m immediate -w stop >/dev/null 2>&1; done
    rm -rf "$dir"' EXIT INT TERM
cd / && $as "$bin/initdb" -D "$dir/data" -U akolhook -A trust -N >"$dir/log" 2>&1 &&
    printf '%s\n' "listen_addresses = ''" "fsync = ${PG_FSYNC:-off}" 'autovacuum_naptime = 5s' 'max_connections = 50' \
        "unix_socket_directories = '$dir'" >>"$dir/data/postgresql.conf" &&
    $as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/data/log" start >>"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
cd "$OLDPWD" && "$program" "host=$dir user=akolhook dbname=postgres"
