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
static int faulty_no_sigpipe(akolhook_tls_socket *s) {
    if (!call_fails("akolhook_tls_no_sigpipe")) return akolhook_tls_no_sigpipe(s);
    s->error = ENOTSOCK;
    return AKOLHOOK_IO_FAIL;
}
#define akolhook_tls_no_sigpipe(s) faulty_no_sigpipe(s)
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
static int random_calls, random_fails_at, random_lie;
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
    return random_calls == random_fails_at ? 1 : akolhook_posix_random(user, out, len);
}
static void test_anchors(void) {
    static akolhook_bearssl file;
    static const int64_t shifts[] = {
            0, 11 * DAY * 1000, -2 * DAY * 1000, -30000 * DAY * 1000}; /* before 1970 */
    akolhook_platform platform;
    size_t i;
    memset(&platform, 0, sizeof platform);
    platform.unix_ms_fn = own_clock;
    platform.random_fn = own_random;
    CHECK_STATUS(akolhook_bearssl_init(&file, ca_file), OK);
    for (i = 0; i < 9; i++) {
        server s = AKOLHOOK_INIT;
        result r;
        shift_ms = i < 4 ? shifts[i] : 0;
        random_fails_at = i == 4 ? 1 : i == 5 ? 2 : 0;
        random_lie = i > 5 ? (int)i - 5 : 0;
        random_calls = 0;
        CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, file.count, &platform), OK);
        CHECK_INT(lib_transport()->conn_size, AKOLHOOK_BEARSSL_CONN_SIZE);
        server_start(&s, 0);
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_INT(random_calls, i == 4 ? 1 : 2);
        if (i == 0)
            CHECK_WHOLE(r);
        else
            CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        if (i >= 1 && i < 4) CHECK_STATUS(r.status, TLS_EXPIRED);
        if (i >= 4) CHECK_INT(r.native_error, BR_ERR_NO_RANDOM);
        lib_free();
    }
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 0, &platform), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, NULL, 1, &platform), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 1, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_bearssl_init_anchors(NULL, file.anchors, 1, &platform), INVALID_ARGUMENT);
    platform.random_fn = NULL;
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 1, &platform), INVALID_ARGUMENT);
    platform.random_fn = own_random;
    platform.unix_ms_fn = NULL;
    CHECK_STATUS(akolhook_bearssl_init_anchors(&lib, file.anchors, 1, &platform), INVALID_ARGUMENT);
    akolhook_bearssl_free(&file);
    random_lie = 0;
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

    /* a whole second one, whose names do not count; any purpose is one for servers */
    id = identity_make("x", "DNS:a.example", SOUND, &root, 0, "anyExtendedKeyUsage");
    len = identity_der(&id, der, sizeof der);
    CHECK(len > 0 && read_der(der, len, &d) && d.purposes && d.for_servers && !d.named);
    i = identity_der(&good, der + len, sizeof der - len);
    CHECK(i > 0 && read_der(der + len, i, &d) && d.named);
    CHECK(read_der(der, len + i, &d) && !d.named);
    identity_free(&id);
}

/* What the end of a chain gives that BearSSL's engine is content with. */
static unsigned engine_code;
static unsigned content(const br_x509_class **ctx) {
    (void)ctx;
    return engine_code;
}
static void test_end_of_chain(void) {
    static const struct {
        unsigned engine;
        uint8_t bad, depth, step, named, purposes, for_servers;
        int64_t valid_to;
        unsigned code;
    } rows[] = {{0, 0, 0, 0, 1, 0, 0, 1, 0}, {0, 0, 0, 0, 1, 1, 1, 1, 0},
            {BR_ERR_X509_EXPIRED, 0, 0, 0, 1, 0, 0, 1, BR_ERR_X509_EXPIRED},
            {0, 1, 0, 0, 1, 0, 0, 1, BR_ERR_X509_INVALID_VALUE},
            {0, 0, 1, 0, 1, 0, 0, 1, BR_ERR_X509_INVALID_VALUE},
            {0, 0, 0, 1, 1, 0, 0, 1, BR_ERR_X509_INVALID_VALUE},
            {0, 0, 0, 0, 1, 0, 0, 0, BR_ERR_X509_INVALID_VALUE},
            {0, 0, 0, 0, 0, 0, 0, 1, BR_ERR_X509_BAD_SERVER_NAME},
            {0, 0, 0, 0, 1, 1, 0, 1, BR_ERR_X509_FORBIDDEN_KEY_USAGE}};
    static akolhook_bearssl_i_conn c;
    br_x509_class engine;
    size_t i;
    memset(&engine, 0, sizeof engine);
    engine.end_chain = content;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_bearssl_i_der *d = &c.x509.der;
        memset(&c, 0, sizeof c);
        c.x509.vtable = &akolhook_bearssl_i_class;
        c.x509.c = &c;
        c.x509.minimal.vtable = &engine;
        engine_code = rows[i].engine;
        d->bad = rows[i].bad;
        d->depth = rows[i].depth;
        d->step = rows[i].step;
        d->named = rows[i].named;
        d->purposes = rows[i].purposes;
        d->for_servers = rows[i].for_servers;
        d->valid_to = rows[i].valid_to;
        CHECK_INT(c.x509.vtable->end_chain(&c.x509.vtable), rows[i].code);
        CHECK_INT(c.verified, rows[i].code == 0);
    }
}

/* Files of CAs that are no use: too long a certificate, too long a subject, a leaf alone, no base64; and
   what fails while one is read. */
static void test_files(void) {
    static char text[40000];
    identity wordy = identity_make("Wordy CA", NULL, SOUND, NULL, 1, "wordy");
    char path[64];
    size_t at;
    int n, lines;

    for (lines = 342; lines <= 400; lines += 58) { /* of 48 bytes each: 16,416 and 19,200, where 16,384 fit */
        at = (size_t)sprintf(text, "-----BEGIN CERTIFICATE-----\n");
        for (n = 0; n < lines; n++) at += (size_t)sprintf(text + at, "%064d\n", 0);
        sprintf(text + at, "-----END CERTIFICATE-----\n");
        write_file(path, "files.pem", text);
        CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
        CHECK_INT(lib.native_error, BR_ERR_X509_LIMIT_EXCEEDED);
    }
    identity_pem(&wordy, path);
    CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
    CHECK_INT(lib.native_error, BR_ERR_X509_LIMIT_EXCEEDED);
    identity_pem(&good, path);
    CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
    CHECK_INT(lib.native_error, BR_ERR_X509_EMPTY_CHAIN);
    write_file(path, "files.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
    CHECK_INT(lib.native_error, BR_ERR_X509_INVALID_VALUE);
    unlink(path);
    identity_free(&wordy);

    for (n = 0; n < 2; n++) { /* no errno */
        call_fail(1, n ? "ferror" : "fopen");
        CHECK_STATUS(lib_init(ca_file), INVALID_ARGUMENT);
        CHECK(call_failed() != NULL);
        CHECK_INT(lib.native_error, -EIO);
    }
    for (n = 0; n < 3; n++) {
        call_fail(1, n == 0 ? "calloc" : n == 1 ? "malloc" : "realloc");
        CHECK_STATUS(lib_init(ca_file), SYSTEM_LIMIT);
        CHECK(call_failed() != NULL);
        CHECK_INT(lib.native_error, -ENOMEM);
        lib_free();
    }
}

/* A date that BearSSL does not know, and what its codes are called. */
static void test_texts(void) {
    CHECK_INT(akolhook_bearssl_i_verdict(BR_ERR_X509_TIME_UNKNOWN), AKOLHOOK_TLS_EXPIRED);
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, BR_ERR_SEND_FATAL_ALERT + 40),
            "the handshake failed; native_error less 512 is the alert");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, BR_ERR_RECV_FATAL_ALERT + 40),
            "the server refused; native_error less 256 is its alert");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_UNTRUSTED, BR_ERR_X509_BAD_DN), "a certificate cannot be read or used");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, BR_ERR_BAD_LENGTH), "the TLS protocol was broken");
    CHECK_TEXT(lib_text(AKOLHOOK_CONNECT_FAILED, BR_ERR_IO), "");
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
    RUN(test_end_of_chain);
    RUN(test_files);
    RUN(test_texts);
    tls_run();
    tls_end();
    return check_end();
}
