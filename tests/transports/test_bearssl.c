/* The BearSSL transport.
   cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. -Iexamples/tls \
      tests/transports/test_bearssl.c tests/transports/tls_server.c
      -lbearssl -lssl -lcrypto -pthread */
#include <sys/socket.h>
#include <sys/types.h>

/* The socket calls of the transport under test, so that they can be made to fail. */
static ssize_t fault_send(int fd, const void *data, size_t len, int flags);
static ssize_t fault_recv(int fd, void *data, size_t len, int flags);
#define AKOLHOOK_BEARSSL_SEND fault_send
#define AKOLHOOK_BEARSSL_RECV fault_recv
#define AKOLHOOK_BEARSSL_SESSIONS 6
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"
#include <stdio.h>
#include <stdlib.h>
#define AKOLHOOK_TLS_IMPLEMENTATION
#include "akolhook_tls.h"
#include "calls_fail.h"
/* BearSSL asks nothing of the system: what can fail is what reads the CAs */
#define calloc(...) CALL(calloc, NULL, (__VA_ARGS__))
#define malloc(...) CALL(malloc, NULL, (__VA_ARGS__))
#define realloc(...) CALL(realloc, NULL, (__VA_ARGS__))
#define fopen(...) (call_fails("fopen") ? (errno = 0, (FILE *)NULL) : (fopen)(__VA_ARGS__))
#define ferror(file) (call_fails("ferror") ? (errno = 0, 1) : (ferror)(file))
#define akolhook_tls_no_sigpipe(s) \
    (call_fails("akolhook_tls_no_sigpipe") ? ((s)->error = ENOTSOCK, AKOLHOOK_IO_FAIL) \
                                           : (akolhook_tls_no_sigpipe)(s))
#define AKOLHOOK_BEARSSL_IMPLEMENTATION
#include "akolhook_bearssl.h"

static akolhook_bearssl lib;
#define LIB_NEWEST TLS12
#define LIB_ERRNO(error) (-(error))
#define LIB_NATIVES \
    0, BR_ERR_X509_BAD_SERVER_NAME, BR_ERR_X509_BAD_SERVER_NAME, BR_ERR_X509_EXPIRED, BR_ERR_X509_EXPIRED, \
            BR_ERR_X509_NOT_TRUSTED, BR_ERR_X509_NOT_TRUSTED, BR_ERR_X509_FORBIDDEN_KEY_USAGE, 0
#undef calloc
#undef malloc
#undef realloc
#undef fopen
#undef ferror
#define LIB_DAMAGED AKOLHOOK_INVALID_ARGUMENT
#define LIB_SPARED ""
#include "tls.h"

static akolhook_status lib_init(const char *ca) { return akolhook_bearssl_init(&lib, ca); }
static const akolhook_transport *lib_transport(void) { return akolhook_bearssl_transport(&lib); }
static void lib_free(void) { akolhook_bearssl_free(&lib); }
static const char *lib_text(akolhook_status status, long native_error) {
    return akolhook_bearssl_error_text(status, native_error);
}
static int lib_quiet(void) { return 1; }
static int lib_is_cut(long native_error) { return native_error == BR_ERR_IO; }

/* Anchors of the caller's, and a platform: its clock judges the dates, its random source is asked. */
static int64_t shift_ms;
static int random_calls, random_result, random_lie;
static int64_t own_clock(void *user) {
    (void)user;
    return akolhook_posix_now() * 1000 + shift_ms;
}
static int own_random(void *user, void *out, size_t len) {
    random_calls++;
    if (random_lie == 1) return 0; /* and nothing was written */
    if (random_lie == 2) memset(out, 0x5a, len);
    if (random_lie == 3) memset(out, 0, len);
    if (random_lie) return 0;
    return random_result ? random_result : akolhook_posix_random(user, out, len);
}
static void test_anchors(void) {
    static akolhook_bearssl file;
    static const int64_t shifts[] = {0, 11 * DAY * 1000, -2 * DAY * 1000};
    akolhook_platform platform;
    size_t i;
    memset(&platform, 0, sizeof platform);
    platform.unix_ms_fn = own_clock;
    platform.random_fn = own_random;
    CHECK_STATUS(akolhook_bearssl_init(&file, ca_file), OK);
    for (i = 0; i < 7; i++) {
        server s = AKOLHOOK_INIT;
        result r;
        shift_ms = i < 3 ? shifts[i] : 0;
        random_result = i == 3;
        random_lie = i > 3 ? (int)i - 3 : 0;
        random_calls = 0;
        CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, file.count, &platform), OK);
        CHECK_INT(lib_transport()->conn_size, AKOLHOOK_BEARSSL_CONN_SIZE);
        server_start(&s, 0);
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_INT(random_calls, i == 3 ? 1 : 2);
        if (i == 0)
            CHECK_WHOLE(r);
        else
            CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        if (i == 1 || i == 2) CHECK_STATUS(r.status, TLS_EXPIRED);
        if (i >= 3) CHECK_INT(r.native_error, BR_ERR_NO_RANDOM);
        lib_free();
    }
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 0, &platform), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, NULL, 1, &platform), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 1, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(NULL, file.anchors, 1, &platform), INVALID_ARGUMENT);
    akolhook_bearssl_free(&file);
    random_result = random_lie = 0;
}

/* The reader of certificates that stands beside BearSSL's: whole, cut at each length, each byte changed. */
static int read_der(const unsigned char *der, size_t len, akolhook_bearssl_i_der *d) {
    akolhook_conn conn;
    size_t i;
    memset(&conn, 0, sizeof conn);
    conn.host = "hooks.example";
    memset(d, 0, sizeof *d);
    d->end[0] = (uint32_t)len;
    for (i = 0; i < len; i++) akolhook_bearssl_i_byte(d, der[i], &conn);
    return len && !d->bad && !d->depth && !d->step;
}
static void test_reader(void) {
    identity id = identity_make("x", "email:a@b.example,DNS:a.example,DNS:hooks.example,IP:127.0.0.1", SOUND,
            &root, 0, "clientAuth,serverAuth");
    akolhook_bearssl_i_der d;
    unsigned char der[2048];
    size_t len = identity_der(&id, der, sizeof der), i;
    unsigned bit;
    int64_t until = akolhook_posix_now() + 10 * DAY;
    CHECK(len > 0 && read_der(der, len, &d));
    CHECK(d.named && d.purposes && d.for_servers);
    CHECK(d.valid_to >= until - 60 && d.valid_to <= until);
    for (i = 0; i < len; i++) {
        unsigned char *cut = (unsigned char *)malloc(i + 1);
        if (!cut) abort();
        memcpy(cut, der, i);
        CHECK(!read_der(cut, i, &d));
        free(cut);
    }
    for (i = 0; i < len; i++)
        for (bit = 1; bit < 256; bit <<= 1) {
            der[i] ^= (unsigned char)bit;
            (void)read_der(der, len, &d); /* for the sanitizers */
            der[i] ^= (unsigned char)bit;
        }
    memcpy(der + len, der, 200); /* a second one begins behind it */
    CHECK(!read_der(der, len + 200, &d));
    identity_free(&id);
}

static void test_null(void) {
    CHECK_STATUS(akolhook_bearssl_init(NULL, ca_file), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init(&lib, NULL), INVALID_ARGUMENT);
    akolhook_bearssl_free(NULL);
}

int main(void) {
    tls_begin();
    RUN(test_null);
    RUN(test_anchors);
    RUN(test_reader);
    tls_run();
    tls_end();
    return check_end();
}
