#!/bin/sh
# rejected.sh DIR [write]: runs the same inputs through this header and through the npm packages and curl; the table of where they
# differ must be the one in the README, or is written there.
export LC_ALL=C.UTF-8      # curl takes a host that is not ASCII where the locale says what its bytes are
here=$(cd "$(dirname "$0")" && pwd) dir=${1:-build/rejected}
for tool in node npm curl; do
    if ! command -v $tool >/dev/null; then echo "skipped: rejected needs $tool"; echo "0 passed, 0 failed"; exit 0; fi
done
mkdir -p "$dir"
fail() { echo "FAIL $1"; echo "0 passed, 1 failed"; exit 1; }
if ! cmp -s "$here/interop/package-lock.json" "$dir/installed.json"; then
    cp "$here/interop/package.json" "$here/interop/package-lock.json" "$here/interop/.npmrc" "$dir"
    (cd "$dir" && npm ci --loglevel=error >npm.log 2>&1) || { cat "$dir/npm.log"; fail "npm ci"; }
    cp "$here/interop/package-lock.json" "$dir/installed.json"
fi
${CC:-cc} -std=c99 -D_POSIX_C_SOURCE=200809L -O1 -I. -o "$dir/rejected" "$here/rejected.c" -pthread || fail "rejected.c does not compile"
cp "$here/rejected.mjs" "$dir" && (cd "$dir" && node rejected.mjs ./rejected >table 2>same) || { cat "$dir/same"; fail "rejected.mjs"; }
if [ "$2" = write ]; then
    awk -v table="$dir/table" '
        /<!-- rejected -->/ { print; while ((getline line < table) > 0) print line; inside = 1 }
        /<!-- \/rejected -->/ { inside = 0 }
        !inside && !/<!-- rejected -->/' README.md >"$dir/README.md" && cp "$dir/README.md" README.md
fi
awk '/<!-- \/rejected -->/ { exit } inside; /<!-- rejected -->/ { inside = 1 }' README.md >"$dir/said"
if cmp -s "$dir/said" "$dir/table"; then echo "$(grep -c '^| [^i-]' "$dir/table") passed, 0 failed"; exit 0; fi
diff "$dir/said" "$dir/table"
fail "the README has another table: make rejected WRITE=write"
