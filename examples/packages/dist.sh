#!/bin/sh
# dist.sh DIR: DIR/akolhook-VERSION.tar.gz and DIR/SHA256SUMS, of the archive and of each file in it. The same tree gives the same
# bytes on every machine: names sorted, owners, modes and times fixed. The time is SOURCE_DATE_EPOCH, else that of the last commit,
# else that of the newest file, so that an unpacked archive makes itself again. Needs GNU tar, gzip and sha256sum.
dir=$1
version=$(sed -n 's/^#define AKOLHOOK_VERSION "\(.*\)"/\1/p' akolhook.h)
name=akolhook-$version
export LC_ALL=C
tar --version 2>/dev/null | grep -q 'GNU tar' || { echo "dist: needs GNU tar" >&2; exit 1; }
rm -rf "$dir" && mkdir -p "$dir" || exit 1
dir=$(cd "$dir" && pwd) list=$dir/files

# in a clone what git knows and is still there; in an unpacked archive everything but what was built
if [ -e .git ]; then
    git ls-files >"$dir/known" || exit 1
    time=$(git log -1 --format=%ct) || exit 1
    while IFS= read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done <"$dir/known" | sort >"$list"
    rm "$dir/known"
else
    find . -path ./build -prune -o -type f -print | sed 's,^\./,,' | sort >"$list"
    time=$(find . -path ./build -prune -o -type f -printf '%Ts\n' | sort -n | tail -n 1)
fi

time=${SOURCE_DATE_EPOCH:-$time}
tar -c --format=ustar --mtime="@$time" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --no-recursion \
    --transform="s,^,$name/," -T "$list" -f "$dir/$name.tar" && gzip -9n "$dir/$name.tar" || exit 1

mkdir "$dir/check" && tar -xzf "$dir/$name.tar.gz" -C "$dir/check" || exit 1
{
    (cd "$dir" && sha256sum "$name.tar.gz") &&
    sed "s,^,$name/," "$list" | (cd "$dir/check" && tr '\n' '\0' | xargs -0 sha256sum)
} >"$dir/SHA256SUMS" || exit 1
rm -rf "$dir/check" "$list"
echo "$dir/$name.tar.gz"
