/* The wolfSSL transport.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_wolfssl.c tests/transports/tls_server.c
      -lwolfssl -lssl -lcrypto -pthread */
#include <sys/socket.h>
#include <sys/types.h>

/* The socket calls of the transport under test, so that they can be made to fail. */
static ssize_t fault_send(int fd, const void *data, size_t len, int flags);
static ssize_t fault_recv(int fd, void *data, size_t len, int flags);
#define AKOLHOOK_WOLFSSL_SEND fault_send
#define AKOLHOOK_WOLFSSL_RECV fault_recv
#define AKOLHOOK_WOLFSSL_SESSIONS 6
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#define AKOLHOOK_WOLFSSL_IMPLEMENTATION
#include "akolhook_wolfssl.h"

static akolhook_wolfssl lib;
#define LIB_NEWEST TLS13
#define LIB_ERRNO(error) (error)
#define LIB_NATIVES \
    0, DOMAIN_NAME_MISMATCH, IPADDR_MISMATCH, ASN_AFTER_DATE_E, ASN_BEFORE_DATE_E, 0, ASN_NO_SIGNER_E, \
            EXTKEYUSE_AUTH_E, 0
#include "tls.h"

static akolhook_status lib_init(const char *ca) { return akolhook_wolfssl_init(&lib, ca); }
static const akolhook_transport *lib_transport(void) { return akolhook_wolfssl_transport(&lib); }
static void lib_free(void) { akolhook_wolfssl_free(&lib); }
static const char *lib_text(akolhook_status status, long native_error) {
    return akolhook_wolfssl_error_text(status, native_error);
}
static int lib_quiet(void) { return wolfSSL_ERR_peek_error() == 0; }
static int lib_is_cut(long native_error) { return native_error == SOCKET_PEER_CLOSED_E; }

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
    CHECK_STATUS(akolhook_wolfssl_init_pem(&lib, pem, len), OK);
    memset(pem, 0, sizeof pem);
    server_start(&s, 0);
    CHECK_WHOLE(exchange("hooks.example", 0, &s));
    server_stop(&s);
    lib_free();
    CHECK_STATUS(akolhook_wolfssl_init_pem(&lib, "x", 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_wolfssl_init_pem(&lib, "x", 0), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_wolfssl_init_pem(NULL, "x", 1), INVALID_ARGUMENT);
}

static void test_null(void) {
    CHECK_STATUS(akolhook_wolfssl_init(NULL, ca_file), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_wolfssl_init(&lib, NULL), INVALID_ARGUMENT);
    akolhook_wolfssl_free(NULL);
}

int main(void) {
    tls_begin();
    RUN(test_null);
    RUN(test_pem);
    tls_run();
    tls_end();
    return check_end();
}
