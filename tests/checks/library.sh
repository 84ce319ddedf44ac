#!/bin/sh
# library.sh NAME CC DIR: prints what links a program with the library, nothing when it is missing or too old.
name=$1 cc=$2 dir=$3
case $name in
    openssl) flags='-lssl -lcrypto' code='#include <openssl/ssl.h>
        int main(void) { return OPENSSL_VERSION_MAJOR < 3 || !TLS_client_method(); }' ;;
    mbedtls) flags='-lmbedtls -lmbedx509 -lmbedcrypto' code='#include <mbedtls/ssl.h>
        #include <mbedtls/version.h>
        int main(void) { mbedtls_ssl_context c; mbedtls_ssl_init(&c); return MBEDTLS_VERSION_NUMBER < 0x021c0000; }' ;;
    bearssl) flags='-lbearssl' code='#include <bearssl.h>
        int main(void) { br_ssl_client_context c; br_ssl_client_zero(&c); return 0; }' ;;
    wolfssl) flags='-lwolfssl' code='#include <wolfssl/options.h>
        #include <wolfssl/ssl.h>
        int main(void) { return wolfSSL_Init() != WOLFSSL_SUCCESS; }' ;;
    curl) flags='-lcurl' code='#include <curl/curl.h>
        int main(void) { return LIBCURL_VERSION_NUM < 0x075800 || curl_version_info(CURLVERSION_NOW)->version_num < 0x075800; }' ;;
    sqlite) flags='-lsqlite3' code='#include <sqlite3.h>
        int main(void) { return SQLITE_VERSION_NUMBER < 3035000 || sqlite3_libversion_number() < 3035000; }' ;;
    postgres) flags="-I$(pg_config --includedir 2>/dev/null) -L$(pg_config --libdir 2>/dev/null) -lpq" code='#include <libpq-fe.h>
        int main(void) { return PQlibVersion() < 100000; }' ;;
    microhttpd) flags='-lmicrohttpd' code='#include <microhttpd.h>
        int main(void) { return MHD_VERSION < 0x00097300; }' ;;
    *) echo "library.sh: what is $name?" >&2; exit 1 ;;
esac
mkdir -p "$dir"
# shellcheck disable=SC2086
program=$dir/has_$name.$$
printf '%s\n' "$code" | $cc -x c -o "$program" - $flags 2>/dev/null && "$program" && printf '%s\n' "$flags"
rm -f "$program"
