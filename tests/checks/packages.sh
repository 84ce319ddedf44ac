#!/bin/sh
# packages.sh DIR: examples/packages from outside. A clean copy of the tree (the archive of `make dist`) is installed and taken away
# again; a program is built and run over pkg-config, CMake's three ways, Meson, Zephyr's layout and the compiled library.
dir=${1:-build/packages}
rm -rf "$dir" && mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || exit 1
make=${MAKE:-make} cc=${CC:-cc} cxx=${CXX:-c++} passed=0 failed=0
unset MAKEFLAGS MAKELEVEL MFLAGS DESTDIR PKG_CONFIG_PATH CMAKE_PREFIX_PATH SOURCE_DATE_EPOCH
export CC="$cc" CXX="$cxx" LC_ALL=C

check() {       # check NAME COMMAND: the command must succeed
    if (eval "$2") >"$dir/log" 2>&1; then passed=$((passed + 1)); return; fi
    failed=$((failed + 1))
    echo "FAIL $1: $2"
    tail -n 15 "$dir/log"
    return 1
}
end() { echo "$passed passed, $failed failed"; [ $failed = 0 ]; exit; }
for tool in cmake ninja meson pkg-config tar sha256sum; do
    command -v $tool >/dev/null || { echo "skipped: packages needs $tool"; missing=1; }
done
[ -z "${missing-}" ] || end

version=$(sed -n 's/^#define AKOLHOOK_VERSION "\(.*\)"/\1/p' akolhook.h)
series=${version%.*}            # 1.0 of 1.0.0
archive=$dir/dist/akolhook-$version.tar.gz tree=$dir/akolhook-$version

# the program: wire.md's vector, and a call of the sender; LIBRARY: the implementation comes from somewhere else
cat >"$dir/app.c" <<'END'
#ifndef LIBRARY
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "akolhook.h"
#include <string.h>
int main(void) {
    const char *body = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                       "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    const char *signature = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    akolhook_url url;
    if (akolhook_url_parse(akolhook_str_c("https://example.com/hook"), 0, &url) != AKOLHOOK_OK) return 2;
    return akolhook_verify("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", signature, body, strlen(body)) != AKOLHOOK_OK;
}
END
# extension NAME CALL: NAME.c, a program of the extension with all implemented in it
extension() {
    printf '#define AKOLHOOK_IMPLEMENT_ALL\n#include "akolhook_%s.h"\nint main(void) { return (%s) ? 0 : 1; }\n' "$1" "$2" >"$dir/$1.c"
}
extension hub 'akolhook_retry_delay(1, -1, 0) == 5000'
extension journal 'akolhook_journal_size(NULL) == 0'
extension sqlite '(akolhook_sqlite_close(NULL), 1)'
extension postgres '(akolhook_postgres_close(NULL), 1)'
extension openssl 'akolhook_openssl_error_text(AKOLHOOK_OK, 0) != NULL'
extension mbedtls '(akolhook_mbedtls_free(NULL), 1)'
extension bearssl '(akolhook_bearssl_free(NULL), 1)'
extension wolfssl '(akolhook_wolfssl_free(NULL), 1)'
extension curl '(akolhook_curl_close(NULL), 1)'
extensions='hub journal'
for name in sqlite postgres openssl mbedtls bearssl wolfssl curl; do
    if [ -n "$(sh tests/checks/library.sh $name "$cc" "$dir/has")" ]; then extensions="$extensions $name"
    else echo "skipped: akolhook::$name needs $name"; fi
done

# all are built in one of CMake's ways and one of Meson's, these in the others
few=$(for name in $extensions; do case $name in journal | openssl) echo $name ;; esac; done)
few=$(echo $few)

# ---- the archive ----

check "dist" "$make -s dist B='$dir'" || end
check "dist: the checksums" "cd '$dir' && tar -xzf '$archive' && cp dist/SHA256SUMS '$archive' . && sha256sum -c --quiet SHA256SUMS"
check "dist: every file has one" "[ \$(find '$tree' -type f | wc -l) = \$((\$(wc -l <'$dir/SHA256SUMS') - 1)) ]"
check "dist: nothing built, nothing lost" "[ ! -e '$tree/build' ] && cmp akolhook.h '$tree/akolhook.h' && [ -f '$tree/.ci/run' ]"
# later, under another umask and in another order of files, from what was unpacked
check "dist: an archive makes itself again" "cp -r --preserve=timestamps '$tree' '$dir/again' && cd '$dir/again' &&
    chmod -R go-rwx . && umask 077 && $make -s dist B='$dir/again.build' && cmp '$archive' '$dir/again.build/dist/akolhook-$version.tar.gz'"
check "dist: the time of SOURCE_DATE_EPOCH" "cd '$dir/again' && SOURCE_DATE_EPOCH=86400 $make -s dist B='$dir/again.build' &&
    [ \"\$(tar -tvzf '$dir/again.build/dist/akolhook-$version.tar.gz' | awk '{ print \$4 }' | sort -u)\" = 1970-01-02 ]"
check "every version is the header's" "cd '$tree/examples/packages/meson' && [ \$(grep -c 'akolhook-$version\$\|akolhook-$version.tar.gz\$' akolhook.wrap) = 2 ] &&
    grep -q \"version: '$version'\" packagefiles/akolhook/meson.build"

oldest=$(sed -n 's/^#error "akolhook_curl.h needs libcurl \([0-9.]*\) or later"/\1/p' examples/tls/akolhook_curl.h)
check "the libcurl that is asked for is the header's" "grep -q 'CURL $oldest ' '$tree/examples/packages/cmake/akolhookTargets.cmake' &&
    grep -q \"'libcurl', version: '>=$oldest'\" '$tree/examples/packages/meson/packagefiles/akolhook/meson.build'"

# ---- install, uninstall ----

cd "$tree" || end
prefix="$dir/a prefix"
(
    for header in akolhook.h examples/*/akolhook_*.h; do echo "include/${header##*/}"; done
    [ ! -f examples/cpp/akolhook.hpp ] || echo include/akolhook.hpp
    echo bin/akolhook
    printf "%s\n" man/man1/akolhook.1 man/man1/akolhook-hub.1 bash-completion/completions/akolhook zsh/site-functions/_akolhook \
        fish/vendor_completions.d/akolhook.fish | sed "s,^,share/,"
    for file in Config ConfigVersion Targets; do echo share/cmake/akolhook/akolhook$file.cmake; done
    printf 'share/%s\n' akolhook/akolhook.c doc/akolhook/LICENSE doc/akolhook/README.md pkgconfig/akolhook.pc
) | sort >"$dir/expected"
files() { (cd "$1" && find . -type f | sed 's,^\./,,' | sort); }
check "install" "umask 077 && $make -s install PREFIX='$prefix'" || end
check "install: the files" "files '$prefix' | diff '$dir/expected' -"
check "install: modes" "[ -z \"\$(find '$prefix' -type f ! -perm 644 ! -path '*/bin/*')\" ] && [ -x '$prefix/bin/akolhook' ]"
check "install: the tool runs" "'$prefix/bin/akolhook' events | grep -q call.ended"
check "install: the tool has no debug information" "! readelf -S '$prefix/bin/akolhook' | grep -q debug_info"
check "DESTDIR: the same files, PREFIX inside" "$make -s install DESTDIR='$dir/stage' PREFIX=/opt/akolhook &&
    files '$dir/stage/opt/akolhook' | diff '$dir/expected' - && grep -qx 'prefix=/opt/akolhook' '$dir/stage/opt/akolhook/share/pkgconfig/akolhook.pc'"
check "DESTDIR: uninstall leaves what others put there" "echo >'$dir/stage/opt/akolhook/include/other.h' &&
    $make -s uninstall DESTDIR='$dir/stage' PREFIX=/opt/akolhook && [ \"\$(files '$dir/stage')\" = opt/akolhook/include/other.h ]"
check "install: PREFIX must be absolute" "! $make -s install PREFIX=relative"
check "install: without a compiler all but the tool" "rm -rf '$dir/no.build' && $make -s install CC=false B='$dir/no.build' PREFIX='$dir/no' &&
    files '$dir/no' | diff - '$dir/expected' | grep -qx '> bin/akolhook'"

# ---- pkg-config ----

export PKG_CONFIG_PATH="$prefix/share/pkgconfig" CMAKE_PREFIX_PATH="$prefix"
check "pkg-config: the version" "[ \$(pkg-config --modversion akolhook) = $version ]"
check "pkg-config: a program" "eval $cc -o '$dir/pc' '$dir/app.c' \"\$(pkg-config --cflags --libs akolhook)\" && '$dir/pc'"
case $extensions in *sqlite*)
    check "pkg-config: an extension" "eval $cc -o '$dir/pc' '$dir/sqlite.c' \"\$(pkg-config --cflags --libs akolhook sqlite3)\" && '$dir/pc'"
esac

# ---- akolhook.c: static and shared ----

# every function that the header declares, and nothing else; the definitions say AKOLHOOK_API too
awk '/AKOLHOOK_I_IMPLEMENTED/ { exit }
    /^AKOLHOOK_API/ { text = "" ; inside = 1 }
    inside { text = text " " $0 }
    inside && /\(/ { sub(/\(.*/, "", text); n = split(text, words, /[ *]+/); print words[n]; inside = 0 }' akolhook.h | sort -u >"$dir/declared"
library=examples/packages/akolhook.c
defined() { awk '{ print $3 }' | grep -v '^_' | sort; }
check "library: static" "$cc -O1 -I. -c -o '$dir/akolhook.o' $library && ar rc '$dir/libakolhook.a' '$dir/akolhook.o' &&
    nm -g --defined-only '$dir/akolhook.o' | defined | diff '$dir/declared' -"
check "library: shared" "$cc -O1 -I. -shared -fPIC -Wl,-z,defs -o '$dir/libakolhook.so' $library -pthread &&
    nm -D --defined-only '$dir/libakolhook.so' | defined | diff '$dir/declared' -"
check "library: a program over the static one" "$cc -DLIBRARY -I. -o '$dir/lib' '$dir/app.c' '$dir/libakolhook.a' -pthread && '$dir/lib'"
check "library: a program over the shared one" "$cc -DLIBRARY -I. -o '$dir/lib' '$dir/app.c' -L'$dir' -lakolhook -Wl,-rpath,'$dir' && '$dir/lib'"

# ---- CMake ----

# project NAME LANGUAGES EXTENSIONS SETUP: a project with a program for every target, which its SETUP brings
project() {
    mkdir -p "$dir/$1"
    {
        echo "cmake_minimum_required(VERSION 3.18)"
        echo "project(user LANGUAGES $2)"
        [ "$2" != CXX ] || echo "file(GLOB sources ../*.c)
            set_source_files_properties(\${sources} PROPERTIES LANGUAGE CXX)"
        echo "$4"
        echo "foreach(name akolhook static shared $3)
            if(name MATCHES \"^(akolhook|static|shared)\$\")
                add_executable(app_\${name} ../app.c)
            else()
                add_executable(app_\${name} ../\${name}.c)
            endif()
            target_link_libraries(app_\${name} akolhook::\${name})
        endforeach()
        target_compile_definitions(app_static PRIVATE LIBRARY)
        target_compile_definitions(app_shared PRIVATE LIBRARY)"
    } >"$dir/$1/CMakeLists.txt"
}
configure() { cmake -G Ninja -S "$dir/$1" -B "$dir/$1/build"; }
built() {       # built NAME EXTENSIONS: its programs, linked and run
    check "CMake, $1: configures" "configure '$1'" || return
    check "CMake, $1: builds" "ninja -C '$dir/$1/build' all" || return
    for name in akolhook static shared $2; do check "CMake, $1: akolhook::$name" "'$dir/$1/build/app_$name'"; done
}
project find C "$extensions" "find_package(akolhook $version REQUIRED COMPONENTS $extensions)"
project subdirectory C "$few" "find_package(OpenSSL QUIET)
    add_subdirectory($tree/examples/packages/cmake akolhook)"
project fetch CXX "$few" "include(FetchContent)
    FetchContent_Declare(akolhook URL $archive URL_HASH SHA256=$(sha256sum "$archive" | cut -c 1-64)
        SOURCE_SUBDIR examples/packages/cmake)
    FetchContent_MakeAvailable(akolhook)"
built find "$extensions"
built subdirectory "$few"
built fetch "$few"

# find NAME LINE: whether a project with this line configures
mkdir -p "$dir/asks"
asks() {
    printf 'cmake_minimum_required(VERSION 3.19)\nproject(user LANGUAGES C)\n%s\n' "$1" >"$dir/asks/CMakeLists.txt"
    rm -rf "$dir/asks/build" && configure asks
}
check "CMake: a version of this series" "asks 'find_package(akolhook $series REQUIRED)'"
check "CMake: a range" "asks 'find_package(akolhook 0.1...<$((${version%%.*} + 1)) REQUIRED)'"
check "CMake: twice" "asks 'find_package(akolhook REQUIRED)
find_package(akolhook REQUIRED)'"
check "CMake: exactly" "asks 'find_package(akolhook $version EXACT REQUIRED)'"
for wrong in "$series.999" "${series%.*}.$((${series#*.} + 1))" $((${series%.*} + 1)) "0.1...<$series" "$series EXACT"; do
    [ "$wrong" = "$series EXACT" ] && [ "$version" = "$series.0" ] && continue       # x.y is x.y.0
    check "CMake: not version $wrong" "! asks 'find_package(akolhook $wrong REQUIRED)' && grep -q 'akolhook' '$dir/log'"
done
check "CMake: a component that is none" "! asks 'find_package(akolhook REQUIRED COMPONENTS hub nothing)' && grep -q 'akolhook::nothing' '$dir/log'"
check "CMake: an optional component" "asks 'find_package(akolhook REQUIRED OPTIONAL_COMPONENTS nothing)
if(akolhook_nothing_FOUND)
message(FATAL_ERROR found)
endif()'"
check "cmake --install: what make install does, but for the tool and its five pages" "cmake -G Ninja -S examples/packages/cmake -B '$dir/self' &&
    cmake --install '$dir/self' --prefix '$dir/cmake prefix' && files '$dir/cmake prefix' | diff - '$dir/expected' | grep '^[<>]' | grep -qx '> bin/akolhook' &&
    (cd '$dir/cmake prefix' && [ \$(find . -type f | wc -l) = \$((\$(wc -l <'$dir/expected') - 6)) ])"

# ---- Meson ----

meson=$dir/meson
mkdir -p "$meson/subprojects" && cp -r examples/packages/meson/* "$meson/subprojects/" && cp "$archive" "$meson/subprojects/packagefiles/"
cp "$dir"/*.c "$meson/"
# meson_build EXTENSIONS: the project with a program of each
meson_build() {
    echo "project('user', 'c')
        foreach name : ['$(echo $1 | sed "s/ /', '/g")']
            executable('app_' + name, name + '.c', dependencies: dependency('akolhook-' + name))
        endforeach
        executable('app_akolhook', 'app.c', dependencies: dependency('akolhook', version: '>=$version'))
        executable('app_library', 'app.c', c_args: '-DLIBRARY',
            dependencies: subproject('akolhook').get_variable('akolhook_library_dep'))" >"$meson/meson.build"
}
for kind in shared static; do
    case $kind in shared) ours=$extensions ;; *) ours=$few ;; esac
    meson_build "$ours"
    check "Meson, $kind: configures" "unset PKG_CONFIG_PATH; cd '$meson' && meson setup --default-library=$kind build-$kind" &&
    check "Meson, $kind: builds" "ninja -C '$meson/build-$kind'" || continue
    for name in akolhook library $ours; do check "Meson, $kind: $name" "'$meson/build-$kind/app_$name'"; done
done

# an extension alone, with none that was asked for before, and one that there is not
few_last=${few##* } only=$dir/meson-only
mkdir -p "$only" && cp -r "$meson/subprojects" "$only/" && rm -rf "$only"/subprojects/akolhook-* && cp "$dir/$few_last.c" "$only/"
cat >"$only/meson.build" <<END
project('user', 'c')
executable('app', '$few_last.c', dependencies: dependency('akolhook-$few_last'))
assert(not dependency('akolhook-nothing', required: false).found())
END
check "Meson: $few_last alone" "unset PKG_CONFIG_PATH CMAKE_PREFIX_PATH; meson setup '$only/build' '$only' && ninja -C '$only/build' && '$only/build/app'"

# ---- Zephyr: what module.yml names is there, and compiles under stand-ins of the calls that Zephyr's CMake has ----

module=$tree/examples/packages
cmake_part=$(sed -n 's/^  cmake: *//p' "$module/zephyr/module.yml") kconfig=$(sed -n 's/^  kconfig: *//p' "$module/zephyr/module.yml")
options() { sed -n "$1" "$2" | sort -u; }
check "Zephyr: the files that module.yml names" "[ -f '$module/$cmake_part/CMakeLists.txt' ] && [ -f '$module/$kconfig' ]"
check "Zephyr: every option is one of the header" "for name in \$(options 's/^config AKOLHOOK_//p' '$module/$kconfig'); do grep -q \"AKOLHOOK_\$name\\b\" akolhook.h || exit 1; done"
check "Zephyr: every option is used" "for name in \$(options 's/^config AKOLHOOK_//p' '$module/$kconfig'); do
    grep -q \"\\b\$name\\b\" '$module/$cmake_part/CMakeLists.txt' || exit 1; done"
mkdir -p "$dir/zephyr"
cat >"$dir/zephyr/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.18)
project(zephyr_stand_in LANGUAGES C)
add_library(zephyr_interface INTERFACE)
function(zephyr_compile_definitions)
    target_compile_definitions(zephyr_interface INTERFACE \${ARGN})
endfunction()
function(zephyr_include_directories)
    target_include_directories(zephyr_interface INTERFACE \${ARGN})
endfunction()
function(zephyr_library)
    add_library(module STATIC)
    target_link_libraries(module zephyr_interface)
endfunction()
function(zephyr_library_sources)
    target_sources(module PRIVATE \${ARGN})
endfunction()
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CONFIG_AKOLHOOK_MAX_BODY 16384)
set(CONFIG_AKOLHOOK_MAX_SECRETS 2)
add_subdirectory($module/$cmake_part module)
if(CONFIG_AKOLHOOK)
    add_executable(app ../app.c)
    target_compile_definitions(app PRIVATE LIBRARY)
    target_link_libraries(app zephyr_interface module)
endif()
END
zephyr() { rm -rf "$dir/zephyr/build"; cmake -G Ninja -S "$dir/zephyr" -B "$dir/zephyr/build" "$@" && ninja -C "$dir/zephyr/build"; }
check "Zephyr: a program" "zephyr -DCONFIG_AKOLHOOK=1 -DCONFIG_AKOLHOOK_NO_POSIX=1 -DCONFIG_AKOLHOOK_SMALL=1 && '$dir/zephyr/build/app'"
check "Zephyr: the options reach the compiler" "grep -q 'AKOLHOOK_NO_POSIX' '$dir/zephyr/build/build.ninja' && grep -q 'AKOLHOOK_MAX_BODY=16384' '$dir/zephyr/build/build.ninja'"
check "Zephyr: a receiver" "! zephyr -DCONFIG_AKOLHOOK=1 -DCONFIG_AKOLHOOK_RECEIVER_ONLY=1 && grep -q 'akolhook_url' '$dir/log' && ninja -C '$dir/zephyr/build' module"
check "Zephyr: nothing without CONFIG_AKOLHOOK" "zephyr && [ ! -e '$dir/zephyr/build/app' ]"

check "uninstall" "$make -s uninstall PREFIX='$prefix' && [ -z \"\$(files '$prefix')\" ] && [ ! -e '$prefix/share/akolhook' ]"
end
