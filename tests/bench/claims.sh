#!/bin/sh
# claims.sh DIR: claim and settle of the PostgreSQL store alone, in batches of 64, on a server of its own without fsync: 10 webhooks
# that are due, the same beside retries of a dead one, and 10,000.
dir=${1:-build/bench-claims} cc=${CC:-cc} here=tests/bench
mkdir -p "$dir" || exit 1
flags=$(sh tests/checks/library.sh postgres "$cc" "$dir")
if [ -z "$flags" ]; then echo "skipped: the benchmark of claims needs PostgreSQL's libpq"; exit 0; fi
# shellcheck disable=SC2086
$cc -std=c99 -Wall -Wextra -O2 -I. -Iexamples/hub -Iexamples/stores -o "$dir/claims" $here/claims.c $flags -pthread || exit 1
cat >"$dir/all.sh" <<END
#!/bin/sh
for backlog in 0 1000 1000000; do "$dir/claims" "\$1" 10 64 5 \$backlog; done
"$dir/claims" "\$1" 10000 64 5
END
chmod +x "$dir/all.sh" && sh tests/hub/postgres.sh "$dir/all.sh"
