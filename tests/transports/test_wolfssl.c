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
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#define AKOLHOOK_TLS_IMPLEMENTATION
#include "akolhook_tls.h"
#include "calls_fail.h"
static int parse_failure = ASN_PARSE_E;
#define wolfSSL_Init() CALL(wolfSSL_Init, BAD_MUTEX_E, ())
#define wolfSSL_CTX_new(...) CALL(wolfSSL_CTX_new, NULL, (__VA_ARGS__))
#define wolfSSL_CTX_SetMinVersion(...) CALL(wolfSSL_CTX_SetMinVersion, BAD_FUNC_ARG, (__VA_ARGS__))
#define wolfSSL_CTX_set_cipher_list(...) CALL(wolfSSL_CTX_set_cipher_list, 0, (__VA_ARGS__))
#define wolfSSL_CTX_SetMinRsaKey_Sz(...) CALL(wolfSSL_CTX_SetMinRsaKey_Sz, BAD_FUNC_ARG, (__VA_ARGS__))
#define wolfSSL_CTX_SetMinEccKey_Sz(...) CALL(wolfSSL_CTX_SetMinEccKey_Sz, BAD_FUNC_ARG, (__VA_ARGS__))
#define wolfSSL_CTX_load_verify_buffer(...) CALL(wolfSSL_CTX_load_verify_buffer, 0, (__VA_ARGS__))
#define malloc(...) CALL(malloc, NULL, (__VA_ARGS__))
#define realloc(...) CALL(realloc, NULL, (__VA_ARGS__))
#define ferror(file) (call_fails("ferror") ? 1 : (ferror)(file))
#define wolfSSL_new(...) CALL(wolfSSL_new, NULL, (__VA_ARGS__))
#define wolfSSL_UseSNI(...) CALL(wolfSSL_UseSNI, MEMORY_E, (__VA_ARGS__))
#define wolfSSL_check_domain_name(...) CALL(wolfSSL_check_domain_name, 0, (__VA_ARGS__))
#define wolfSSL_UseALPN(...) CALL(wolfSSL_UseALPN, MEMORY_E, (__VA_ARGS__))
#define wolfSSL_set_session(...) CALL(wolfSSL_set_session, 0, (__VA_ARGS__))
#define wolfSSL_get1_session(...) CALL(wolfSSL_get1_session, NULL, (__VA_ARGS__))
#define wolfSSL_get_SessionTicket(...) CALL(wolfSSL_get_SessionTicket, BAD_FUNC_ARG, (__VA_ARGS__))
/* it fails, and gives no reason */
static int silent;
static int faulty_connect(WOLFSSL *ssl) { return silent ? -1 : wolfSSL_connect(ssl); }
static int faulty_get_error(WOLFSSL *ssl, int code) { return silent ? 0 : wolfSSL_get_error(ssl, code); }
#define wolfSSL_connect(ssl) faulty_connect(ssl)
#define wolfSSL_get_error(ssl, code) faulty_get_error(ssl, code)
#define wolfSSL_get_peer_certificate(...) CALL(wolfSSL_get_peer_certificate, NULL, (__VA_ARGS__))
#define wolfSSL_X509_get_der(...) CALL(wolfSSL_X509_get_der, NULL, (__VA_ARGS__))
#define wc_ParseCert(...) CALL(wc_ParseCert, parse_failure, (__VA_ARGS__))
#define wolfSSL_write(...) CALL(wolfSSL_write, -1, (__VA_ARGS__))
#define wolfSSL_get_shutdown(...) CALL(wolfSSL_get_shutdown, 0, (__VA_ARGS__))
static int faulty_no_sigpipe(akolhook_tls_socket *s) {
    if (!call_fails("akolhook_tls_no_sigpipe")) return akolhook_tls_no_sigpipe(s);
    s->error = ENOTSOCK;
    return AKOLHOOK_IO_FAIL;
}
#define akolhook_tls_no_sigpipe(s) faulty_no_sigpipe(s)
#define AKOLHOOK_WOLFSSL_IMPLEMENTATION
#include "akolhook_wolfssl.h"
#undef malloc
#undef realloc
#undef ferror

static akolhook_wolfssl lib;
#define LIB_NEWEST TLS13
#define LIB_ERRNO(error) (error)
#define LIB_NATIVES \
    0, DOMAIN_NAME_MISMATCH, IPADDR_MISMATCH, ASN_AFTER_DATE_E, ASN_BEFORE_DATE_E, 0, ASN_NO_SIGNER_E, \
            EXTKEYUSE_AUTH_E, 0
#define LIB_SPARED "wolfSSL_set_session", "wolfSSL_get1_session", "wolfSSL_get_SessionTicket"
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
    len = fread(pem, 1, sizeof pem - 64, f);
    fclose(f);
    strcpy(pem + len, "-----BEGIN CERTIFICATE-----\nMII\n"); /* cut */
    CHECK_STATUS(akolhook_wolfssl_init_pem(&lib, pem, strlen(pem)), INVALID_ARGUMENT);
    CHECK(lib.native_error != 0);
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
    CHECK_STATUS(akolhook_wolfssl_init_pem(&lib, "x", (size_t)LONG_MAX + 1), INVALID_ARGUMENT);
    CHECK_INT(lib.native_error, BAD_FUNC_ARG);
}

/* A file of CAs that grows beyond what is read of it at first, and where there is no memory for it, or it
   cannot be read to its end. */
static void test_large_file(void) {
    static const char *const calls[] = {"malloc", "realloc", "ferror"};
    char path[64], line[81], pem[4096];
    FILE *f = fopen(ca_file, "r");
    size_t i, len;
    if (!f) abort();
    len = fread(pem, 1, sizeof pem, f);
    fclose(f);
    write_file(path, "large.pem", "");
    f = fopen(path, "w");
    if (!f) abort();
    memset(line, '#', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    for (i = 0; i < 2 * AKOLHOOK_WOLFSSL_I_FILE / sizeof line; i++) fwrite(line, 1, sizeof line, f);
    fwrite(pem, 1, len, f);
    fclose(f);
    CHECK_STATUS(akolhook_wolfssl_init(&lib, path), OK);
    lib_free();
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        call_fail(1, calls[i]);
        CHECK_INT(
                akolhook_wolfssl_init(&lib, path), i < 2 ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_INVALID_ARGUMENT);
        CHECK(call_failed() != NULL);
        CHECK_INT(lib.native_error, i < 2 ? MEMORY_E : WOLFSSL_BAD_FILE);
        lib_free();
    }
    unlink(path);
}

/* A handshake that fails without a reason is none. */
static void test_silent_failure(void) {
    server s = AKOLHOOK_INIT;
    result r;
    tls_new();
    server_start(&s, 0);
    silent = 1;
    r = exchange("hooks.example", 0, &s);
    silent = 0;
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
    CHECK(r.native_error != 0);
    CHECK_INT(s.request_len, 0);
    lib_free();
}

/* A certificate that cannot be read again for want of memory is not one that is not trusted. */
static void test_no_memory_for_the_certificate(void) {
    server s = AKOLHOOK_INIT;
    result r;
    tls_new();
    server_start(&s, 0);
    parse_failure = MEMORY_E;
    call_fail(1, "wc_ParseCert");
    r = exchange("hooks.example", 0, &s);
    CHECK(call_failed() != NULL);
    parse_failure = ASN_PARSE_E;
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.status, AKOLHOOK_OK); /* TLS_FAILED of the client's */
    CHECK_INT(r.native_error, MEMORY_E);
    lib_free();
}

/* The last date of a certificate as wolfSSL has it, tag and length before it: whole, cut, and a length
   that says more than there is. The seconds are those of date -u -d '2030-01-01' +%s, and one. */
static void test_valid_until(void) {
    static const unsigned char until[] = "\x17\x0d"
                                         "300101000000Z";
    int size;
    CHECK_INT(akolhook_wolfssl_i_valid_until(until, 15), 1893456001);
    for (size = 0; size < 15; size++) CHECK_INT(akolhook_wolfssl_i_valid_until(until, size), 0);
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
    RUN(test_large_file);
    RUN(test_silent_failure);
    RUN(test_no_memory_for_the_certificate);
    RUN(test_valid_until);
    tls_run();
    tls_end();
    return check_end();
}
