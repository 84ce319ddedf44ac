#!/bin/sh
# page.sh BUILD: the page of akolhook-server in headless Chromium. Needs node and npm 20, chromium, python3,
# openssl, curl and a C compiler (CC); playwright-core and axe-core go into BUILD/server-page.
# SHOTS=dir keeps a picture of each state, LONG=1 looks at each in both themes at both widths, ONLY=life,rare
# runs parts of it.
here=$(cd "$(dirname "$0")/page" && pwd)
BUILD=$(cd "$1" && pwd) || exit 1
out=$BUILD/server-page
broken() { echo "$1"; echo "0 passed, 1 failed"; exit 1; }

missing=
for each in node:nodejs npm:npm chromium:chromium python3:python3 openssl:openssl curl:curl; do
    command -v "${each%%:*}" >/dev/null || missing="$missing ${each##*:}"
done
if [ -n "$missing" ]; then
    echo "skipped: the tests of the page need$missing: apt-get install$missing"
    exit 0
fi
[ -x "$BUILD/akolhook-server" ] || broken "$BUILD/akolhook-server was not built"

mkdir -p "$out" || exit 1
if ! cmp -s "$here/package-lock.json" "$out/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$out" || exit 1
    (cd "$out" && npm ci --loglevel=error >npm.log 2>&1) || { cat "$out/npm.log"; broken "npm ci failed"; }
    cp "$here/package-lock.json" "$out/installed.json"
fi
rm -rf "$out/test" && cp -r "$here" "$out/test" || exit 1
ROOT=$(cd "$here/../../.." && pwd) BUILD=$BUILD CHROMIUM=$(command -v chromium) exec node "$out/test/main.mjs"
