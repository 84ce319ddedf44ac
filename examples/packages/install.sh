#!/bin/sh
# install.sh install|uninstall DESTDIR PREFIX TOOL: what `make install` and `make uninstall` do, from the root of the tree. The
# headers go flat into one folder; TOOL is left out when it was not built. Nothing is generated but the pkg-config file, so
# both work from the same list.
what=$1 prefix=$3 tool=$4 written=
root=$2$prefix here=$(dirname "$0")
version=$(sed -n 's/^#define AKOLHOOK_VERSION "\(.*\)"/\1/p' akolhook.h)
headers="akolhook.h $(ls examples/*/akolhook_*.h) examples/cpp/akolhook.hpp"
case $prefix in /*) ;; *) echo "install: PREFIX must be an absolute path, not '$prefix'" >&2; exit 2 ;; esac

# each WHAT-TO-DO: calls it with the mode, the source and the place below PREFIX of every file
each() {
    for header in $headers; do [ ! -f "$header" ] || $1 644 "$header" "include/$(basename "$header")"; done
    $1 755 "$tool" bin/akolhook
    $1 644 "$here/akolhook.c" share/akolhook/akolhook.c
    for file in akolhookConfig akolhookConfigVersion akolhookTargets; do
        $1 644 "$here/cmake/$file.cmake" share/cmake/akolhook/$file.cmake
    done
    $1 644 LICENSE share/doc/akolhook/LICENSE
    $1 644 README.md share/doc/akolhook/README.md
}

# what the tool writes of itself: manual pages, completion. written: a temporary folder, empty for uninstall
pages='akolhook.1:share/man/man1/akolhook.1 akolhook-hub.1:share/man/man1/akolhook-hub.1
    bash:share/bash-completion/completions/akolhook zsh:share/zsh/site-functions/_akolhook
    fish:share/fish/vendor_completions.d/akolhook.fish'
each_page() { for page in $pages; do $1 644 "$written/${page%%:*}" "${page#*:}"; done; }
write_pages() {
    written=$(mktemp -d) && "$tool" man >"$written/akolhook.1" && "$tool" man hub >"$written/akolhook-hub.1" || return 1
    for shell in bash zsh fish; do "$tool" completion $shell >"$written/$shell" || return 1; done
}

put() {
    if [ "$2" = "$tool" ] && [ ! -x "$tool" ]; then echo "install: $tool was not built, so the tool is left out"; return; fi
    mkdir -p "$root/$(dirname "$3")" && cp "$2" "$root/$3" && chmod "$1" "$root/$3" || exit 1
}
take() { rm -f "$root/$3" || exit 1; }

pc=$root/share/pkgconfig/akolhook.pc
case $what in
    install)
        each put
        if [ -x "$tool" ]; then
            if write_pages; then each_page put; else echo "install: $tool does not run here, so its pages and completion are left out"; fi
            rm -rf "$written"
        fi
        mkdir -p "$root/share/pkgconfig" || exit 1
        awk -v prefix="$prefix" -v version="$version" '
            function put(mark, text,  at) {
                at = index($0, mark)
                if (at) $0 = substr($0, 1, at - 1) text substr($0, at + length(mark))
            }
            BEGIN { gsub(/ /, "\\ ", prefix) }
            { put("@PREFIX@", prefix); put("@VERSION@", version); print }' "$here/akolhook.pc.in" >"$pc" && chmod 644 "$pc" || exit 1
        echo "akolhook $version is in $root" ;;
    uninstall)
        each take
        each_page take
        rm -f "$pc" || exit 1
        # folders that are nobody else's
        for own in share/akolhook share/cmake/akolhook share/doc/akolhook; do rmdir "$root/$own" 2>/dev/null; done
        echo "akolhook is gone from $root" ;;
    *) echo "usage: install.sh install|uninstall DESTDIR PREFIX TOOL" >&2; exit 2 ;;
esac
