#!/bin/sh
# stranger.sh DIR: who knows nothing but README.md. From a clean folder, the unpacked archive of `make dist`, the tool is installed
# under a PREFIX of its own, and each row of README's table of servers is followed: files copied, compiled by the line given, started,
# and met by `akolhook trigger`.
dir=${1:-build/stranger} make=${MAKE:-make}
command -v python3 >/dev/null || { echo "skipped: the stranger needs python3"; echo "0 passed, 0 failed"; exit 0; }
rm -rf "$dir" && mkdir -p "$dir" || exit 1
case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
version=$(sed -n 's/^#define AKOLHOOK_VERSION "\(.*\)"/\1/p' akolhook.h)
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS B

{ $make -s dist B="$dir" && tar -xzf "$dir/dist/akolhook-$version.tar.gz" -C "$dir" && cd "$dir/akolhook-$version" &&
    $make -s install PREFIX="$dir/prefix"; } >"$dir/log" 2>&1 && [ -x "$dir/prefix/bin/akolhook" ] || {
    echo "FAIL no archive, or it does not install"; tail -n 20 "$dir/log"; echo "0 passed, 1 failed"; exit 1; }
sh tests/checks/receivers.sh "$dir/receivers" "$dir/prefix/bin/akolhook" stranger
