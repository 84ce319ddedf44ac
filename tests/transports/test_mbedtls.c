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
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ssl.h>
#define AKOLHOOK_TLS_IMPLEMENTATION
#include "akolhook_tls.h"
#include "calls_fail.h"
/* That a ticket came, as mbedTLS 3.6 says it under TLS 1.3: here in the place of a call that reads or
   writes. */
#ifndef MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET
#define MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET (-0x7B00)
#endif
#define mbedtls_ssl_read(...) \
    CALL(mbedtls_ssl_read, MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET, (__VA_ARGS__))
#define mbedtls_ssl_write(...) \
    CALL(mbedtls_ssl_write, MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET, (__VA_ARGS__))
#define mbedtls_ssl_get_version(...) CALL(mbedtls_ssl_get_version, "TLSv1.3", (__VA_ARGS__))
/* what a certificate is refused for */
static uint32_t told_flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
#define mbedtls_ssl_get_verify_result(...) CALL(mbedtls_ssl_get_verify_result, told_flags, (__VA_ARGS__))
/* only where it is asked for by name: with a session to offer nobody need look */
#define mbedtls_ssl_set_verify(...) \
    (bad_call.only && call_fails("mbedtls_ssl_set_verify") ? (void)0 : (mbedtls_ssl_set_verify)(__VA_ARGS__))
#define mbedtls_ssl_set_session(...) CALL(mbedtls_ssl_set_session, -1, (__VA_ARGS__))
#define mbedtls_ssl_get_session(...) CALL(mbedtls_ssl_get_session, -1, (__VA_ARGS__))
#define mbedtls_ssl_setup(...) CALL(mbedtls_ssl_setup, MBEDTLS_ERR_SSL_ALLOC_FAILED, (__VA_ARGS__))
#define mbedtls_ssl_set_hostname(...) \
    CALL(mbedtls_ssl_set_hostname, MBEDTLS_ERR_SSL_ALLOC_FAILED, (__VA_ARGS__))
#define mbedtls_ssl_config_defaults(...) \
    CALL(mbedtls_ssl_config_defaults, MBEDTLS_ERR_SSL_ALLOC_FAILED, (__VA_ARGS__))
#define mbedtls_ssl_conf_alpn_protocols(...) \
    CALL(mbedtls_ssl_conf_alpn_protocols, MBEDTLS_ERR_SSL_BAD_INPUT_DATA, (__VA_ARGS__))
#define mbedtls_ctr_drbg_seed(...) \
    CALL(mbedtls_ctr_drbg_seed, MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED, (__VA_ARGS__))
#define mbedtls_ssl_get_max_out_record_payload(...) \
    CALL(mbedtls_ssl_get_max_out_record_payload, MBEDTLS_ERR_SSL_INTERNAL_ERROR, (__VA_ARGS__))
#define mbedtls_x509_crt_parse_file(...) \
    CALL(mbedtls_x509_crt_parse_file, MBEDTLS_ERR_X509_ALLOC_FAILED, (__VA_ARGS__))
static int faulty_no_sigpipe(akolhook_tls_socket *s) {
    if (!call_fails("akolhook_tls_no_sigpipe")) return akolhook_tls_no_sigpipe(s);
    s->error = ENOTSOCK;
    return AKOLHOOK_IO_FAIL;
}
#define akolhook_tls_no_sigpipe(s) faulty_no_sigpipe(s)
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
#define LIB_SPARED \
    "mbedtls_ssl_read", "mbedtls_ssl_write", "mbedtls_ssl_get_version", "mbedtls_ssl_set_session", \
            "mbedtls_ssl_get_session"
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
    len = fread(pem, 1, sizeof pem - 64, f);
    fclose(f);
    pem[len] = 0;
    strcpy(pem + len, "-----BEGIN CERTIFICATE-----\nMII\n"); /* cut */
    CHECK_STATUS(akolhook_mbedtls_init_pem(&lib, pem, strlen(pem) + 1), INVALID_ARGUMENT);
    CHECK(lib.native_error != 0);
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

/* What mbedTLS says of a certificate after all was well, in words too. */
static void test_verdicts(void) {
    static const struct {
        uint32_t flags;
        int status;
    } rows[] = {{MBEDTLS_X509_BADCERT_NOT_TRUSTED, UNTRUSTED}, {MBEDTLS_X509_BADCERT_CN_MISMATCH, WRONG},
            {MBEDTLS_X509_BADCERT_EXPIRED, EXPIRED}, {MBEDTLS_X509_BADCERT_FUTURE, EXPIRED},
            {MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_CN_MISMATCH, WRONG},
            {MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_BAD_KEY, UNTRUSTED},
            {0xFFFFFFFFu, UNTRUSTED}}; /* none was looked at */
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        server s = AKOLHOOK_INIT;
        result r;
        tls_new();
        server_start(&s, 0);
        told_flags = rows[i].flags;
        call_fail(1, "mbedtls_ssl_get_verify_result");
        r = exchange("hooks.example", 0, &s);
        CHECK(call_failed() != NULL);
        server_stop(&s);
        CHECK_INT(r.phase, 1);
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.status, rows[i].status);
        CHECK_INT(s.request_len, 0);
        CHECK(*lib_text(r.status, r.native_error));
        lib_free();
    }
    told_flags = MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_UNTRUSTED, 0x40000000L), "the certificate was refused");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_UNTRUSTED, 0), "");
    CHECK(strstr(lib_text(AKOLHOOK_TLS_FAILED, MBEDTLS_ERR_SSL_ALLOC_FAILED), "emory") != NULL);
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, -0x8001L), "");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, -1), ""); /* no error has this number */
}

/* A certificate that nobody has looked at is none. */
static void test_not_looked_at(void) {
    server s = AKOLHOOK_INIT;
    result r;
    tls_new();
    server_start(&s, 0);
    call_fail(1, "mbedtls_ssl_set_verify");
    r = exchange("hooks.example", 0, &s);
    CHECK(call_failed() != NULL);
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
    CHECK(r.native_error != 0);
    CHECK_INT(s.request_len, 0);
    lib_free();
}

/* A ticket that comes while nobody can say whose it is, is not kept. */
static void test_ticket_of_nobody(void) {
    static result r;
    server s = AKOLHOOK_INIT;
    akolhook_conn conn;
    size_t i;
    memset(&r, 0, sizeof r);
    tls_new();
    server_start(&s, 0);
    conn_begin(&conn, &s);
    akolhook_sessions_clear(&lib.ring);
    conn.host = "";
    CHECK_INT(send_some(lib_transport(), &conn, REQUEST, sizeof REQUEST - 1), sizeof REQUEST - 1);
    call_fail(1, "mbedtls_ssl_read");
    conn_read(&conn, &r);
    CHECK(call_failed() != NULL);
    CHECK_WHOLE(r);
    conn_end(&conn);
    server_stop(&s);
    for (i = 0; i < sessions_room; i++) CHECK_TEXT(lib.places[i].host, "");
    lib_free();
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
    RUN(test_verdicts);
    RUN(test_not_looked_at);
    RUN(test_ticket_of_nobody);
    tls_run();
    tls_end();
    return check_end();
}
