/* The mbedTLS transport.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_mbedtls.c tests/transports/tls_server.c
      -lmbedtls -lmbedx509 -lmbedcrypto -lssl -lcrypto -pthread */
#include <sys/socket.h>
#include <sys/types.h>

/* The socket calls of the transport under test, so that they can be made to fail. */
static ssize_t fault_send(int fd, const void *data, size_t len, int flags);
static ssize_t fault_recv(int fd, void *data, size_t len, int flags);
#define AKOLHOOK_MBEDTLS_SEND fault_send
#define AKOLHOOK_MBEDTLS_RECV fault_recv
#define AKOLHOOK_MBEDTLS_SESSIONS 6
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_MBEDTLS_IMPLEMENTATION
#include "akolhook_mbedtls.h"

static akolhook_mbedtls lib;
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
#define LIB_NEWEST TLS13
#else
#define LIB_NEWEST TLS12
#endif
#define LIB_ERRNO(error) (error)
#define LIB_NATIVES \
    0, MBEDTLS_X509_BADCERT_CN_MISMATCH, MBEDTLS_X509_BADCERT_CN_MISMATCH, MBEDTLS_X509_BADCERT_EXPIRED, \
            MBEDTLS_X509_BADCERT_FUTURE, MBEDTLS_X509_BADCERT_NOT_TRUSTED, MBEDTLS_X509_BADCERT_NOT_TRUSTED, \
            MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, MBEDTLS_X509_BADCERT_BAD_KEY
#include "tls.h"

static akolhook_status lib_init(const char *ca) { return akolhook_mbedtls_init(&lib, ca); }
static const akolhook_transport *lib_transport(void) { return akolhook_mbedtls_transport(&lib); }
static void lib_free(void) { akolhook_mbedtls_free(&lib); }
static const char *lib_text(akolhook_status status, long native_error) {
    return akolhook_mbedtls_error_text(status, native_error);
}
static int lib_quiet(void) { return 1; }
static int lib_is_cut(long native_error) { return native_error == MBEDTLS_ERR_SSL_CONN_EOF; }

/* The CAs from memory. */
static void test_pem(void) {
    char pem[4096];
    size_t len;
    server s = AKOLHOOK_INIT;
    FILE *f = fopen(ca_file, "r");
    if (!f) abort();
    len = fread(pem, 1, sizeof pem - 1, f);
    fclose(f);
    pem[len] = 0;
    CHECK_STATUS(akolhook_mbedtls_init_pem(&lib, pem, len + 1), OK);
    memset(pem, 0, sizeof pem);
    server_start(&s, 0);
    CHECK_WHOLE(exchange("hooks.example", 0, &s));
    server_stop(&s);
    lib_free();
    CHECK_STATUS(akolhook_mbedtls_init_pem(&lib, "x", 2), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_mbedtls_init_pem(&lib, "x", 0), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_mbedtls_init_pem(NULL, "x", 2), INVALID_ARGUMENT);
}

/* The dates of certificates as unix seconds, beside `date -u -d ... +%s`. */
static void test_seconds(void) {
    static const struct {
        mbedtls_x509_time time;
        int64_t seconds;
    } dates[] = {{{1950, 1, 1, 0, 0, 0}, -631152000}, {{1970, 1, 1, 0, 0, 0}, 0},
            {{2000, 2, 29, 23, 59, 59}, 951868799}, {{2000, 3, 1, 0, 0, 0}, 951868800},
            {{2038, 1, 19, 3, 14, 8}, 2147483648}, {{2100, 3, 1, 0, 0, 0}, 4107542400},
            {{9999, 12, 31, 23, 59, 59}, 253402300799}};
    size_t i;
    for (i = 0; i < sizeof dates / sizeof dates[0]; i++)
        CHECK_INT(akolhook_mbedtls_i_seconds(&dates[i].time), dates[i].seconds);
}

static void test_null(void) {
    CHECK_STATUS(akolhook_mbedtls_init(NULL, ca_file), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_mbedtls_init(&lib, NULL), INVALID_ARGUMENT);
    akolhook_mbedtls_free(NULL);
}

int main(void) {
    tls_begin();
    RUN(test_null);
    RUN(test_seconds);
    RUN(test_pem);
    tls_run();
    tls_end();
    return check_end();
}
