/* What the TLS transports have in common, without a TLS library: the peer's name, the results of socket
   calls, slices that are joined, and the book of sessions. cc -std=c99 -D_POSIX_C_SOURCE=200809L -I.
   -Iexamples/tls tests/transports/test_tls.c -pthread */
#ifndef TEST_LINKED
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "akolhook.h"
#define AKOLHOOK_TLS_IMPLEMENTATION
#include "akolhook_tls.h"
#include "../check.h"

/* ---- the peer ---- */

static akolhook_conn peer_of(const char *host, int is_address, uint16_t port) {
    akolhook_conn conn;
    memset(&conn, 0, sizeof conn);
    conn.host = host;
    conn.host_is_address = (uint8_t)is_address;
    conn.port = port;
    return conn;
}

static void test_host(void) {
    static const struct {
        const char *host;
        int is_address;
        const char *spelled; /* NULL: it is none */
    } rows[] = {{"hooks.example", 0, "hooks.example"}, {"hooks.example.", 0, "hooks.example"},
            {"HOOKS.example", 0, "HOOKS.example"}, {"127.0.0.1", 1, "127.0.0.1"}, {"::1", 1, "::1"},
            {"", 0, NULL}, {".", 0, NULL}, {".example", 0, NULL}, {NULL, 0, NULL}, {"", 1, NULL},
            {NULL, 1, NULL}, {"hooks.example", 1, NULL}, {"127.0.0.1.", 1, NULL}, {"256.0.0.1", 1, NULL}};
    char out[AKOLHOOK_TLS_HOST_SIZE], host[AKOLHOOK_TLS_HOST_SIZE + 1];
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_conn conn = peer_of(rows[i].host, rows[i].is_address, 443);
        size_t len = akolhook_tls_host(&conn, out);
        CHECK_INT(len, rows[i].spelled ? strlen(rows[i].spelled) : 0);
        if (len && rows[i].spelled) CHECK_TEXT(out, rows[i].spelled);
    }
    memset(host, 'a', sizeof host);
    for (i = AKOLHOOK_TLS_HOST_SIZE - 2; i <= AKOLHOOK_TLS_HOST_SIZE; i++) { /* 254, 255 and 256 characters */
        akolhook_conn conn = peer_of(host, 0, 443);
        host[i] = 0;
        CHECK_INT(akolhook_tls_host(&conn, out), i < AKOLHOOK_TLS_HOST_SIZE ? i : 0);
        host[i] = 'a';
    }
}

/* GeneralName of RFC 5280 section 4.2.1.6: rfc822Name [1], dNSName [2], uniformResourceIdentifier [6],
 * iPAddress [7]. */
static void test_is_host(void) {
    static const char v6[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
    static const struct {
        const char *host;
        int is_address;
        uint8_t tag;
        const char *name;
        size_t len;
        int yes;
    } rows[] = {{"hooks.example", 0, 0x82, "hooks.example", 13, 1},
            {"hooks.example.", 0, 0x82, "HOOKS.example", 13, 1},
            {"a.hooks.example", 0, 0x82, "*.hooks.example", 15, 1},
            {"hooks.example", 0, 0x82, "*.example", 9, 0}, {"hooks.example", 0, 0x81, "hooks.example", 13, 0},
            {"hooks.example", 0, 0x86, "hooks.example", 13, 0},
            {"hooks.example", 0, 0x87, "hooks.example", 13, 0},
            {"hooks.example", 0, 0x02, "hooks.example", 13, 0},
            {"hooks.example", 0, 0x82, "hooks.example\0x", 15, 0}, {"hooks.example", 0, 0x82, "", 0, 0},
            {"127.0.0.1", 1, 0x87, "\x7f\0\0\1", 4, 1}, {"127.0.0.1", 1, 0x82, "127.0.0.1", 9, 0},
            {"127.0.0.1", 1, 0x87, "\x7f\0\0\2", 4, 0}, {"127.0.0.1", 1, 0x87, "\x7f\0\0", 3, 0},
            {"127.0.0.1", 1, 0x87, v6, 16, 0}, {"::1", 1, 0x87, v6, 16, 1}, {"::1", 1, 0x87, v6, 15, 0},
            {"127.0.0.1", 0, 0x87, "\x7f\0\0\1", 4, 0}, {".", 0, 0x82, ".", 1, 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        akolhook_conn conn = peer_of(rows[i].host, rows[i].is_address, 443);
        int yes = akolhook_tls_is_host(&conn, rows[i].tag, rows[i].name, rows[i].len);
        if (yes != rows[i].yes) printf("  in row %d\n", (int)i);
        CHECK_INT(yes, rows[i].yes);
    }
}

/* RFC 5280 section 4.1.2.5; the seconds by `date -u +%s`. What is before 1970 is over anyway. */
static void test_time(void) {
    static const struct {
        uint8_t tag;
        const char *text;
        int64_t seconds;
    } rows[] = {{0x17, "240229123015Z", 1709209815}, {0x18, "20240229123015Z", 1709209815},
            {0x17, "491231235959Z", 2524607999LL}, {0x18, "20500101000000Z", 2524608000LL},
            {0x17, "500101000000Z", 0}, {0x17, "700101000001Z", 1}, {0x17, "20240229123015Z", 0},
            {0x18, "240229123015Z", 0}, {0x16, "240229123015Z", 0}, {0x17, "2402291230Z", 0},
            {0x17, "24022912301xZ", 0}, {0x17, "230229123015Z", 0}, {0x17, "241329123015Z", 0},
            {0x17, "", 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(akolhook_tls_time(rows[i].tag, (const uint8_t *)rows[i].text, strlen(rows[i].text)),
                rows[i].seconds);
}

static void test_status(void) {
    static const struct {
        akolhook_status status;
        int certificate, native;
    } rows[] = {{AKOLHOOK_TLS_UNTRUSTED, 1, 1}, {AKOLHOOK_TLS_WRONG_HOST, 1, 1}, {AKOLHOOK_TLS_EXPIRED, 1, 1},
            {AKOLHOOK_TLS_FAILED, 0, 1}, {AKOLHOOK_SEND_FAILED, 0, 1}, {AKOLHOOK_RECEIVE_FAILED, 0, 1},
            {AKOLHOOK_RESPONSE_CUT, 0, 1}, {AKOLHOOK_OK, 0, 0}, {AKOLHOOK_LOOKUP_FAILED, 0, 0},
            {AKOLHOOK_CONNECT_FAILED, 0, 0}, {AKOLHOOK_DEADLINE, 0, 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(akolhook_tls_is_certificate(rows[i].status), rows[i].certificate);
        CHECK_INT(akolhook_tls_is_native(rows[i].status), rows[i].native);
    }
}

static void test_keys_wanted(void) {
    unsetenv("SSLKEYLOGFILE");
    CHECK(!akolhook_tls_keys_wanted());
    setenv("SSLKEYLOGFILE", "", 1);
    CHECK(!akolhook_tls_keys_wanted());
    setenv("SSLKEYLOGFILE", "keys", 1);
    CHECK(akolhook_tls_keys_wanted());
    unsetenv("SSLKEYLOGFILE");
}

/* ---- the socket ---- */

static void test_socket(void) {
    akolhook_tls_socket s;
    akolhook_conn conn = peer_of("hooks.example", 0, 443);
    int i;
    memset(&s, 0, sizeof s);
    akolhook_tls_enter(&s, &conn);
    CHECK(s.conn == &conn);
    CHECK_INT(akolhook_tls_sent(&s, 7), 7);
    errno = EAGAIN;
    CHECK_INT(akolhook_tls_sent(&s, -1), AKOLHOOK_IO_WANT_WRITE);
    errno = EWOULDBLOCK;
    CHECK_INT(akolhook_tls_sent(&s, -1), AKOLHOOK_IO_WANT_WRITE);
    CHECK(s.error == 0 && s.lost == 0);
    errno = ECONNRESET;
    CHECK_INT(akolhook_tls_sent(&s, -1), AKOLHOOK_IO_FAIL);
    CHECK(s.error == ECONNRESET && s.lost == ECONNRESET);
    CHECK_INT(akolhook_tls_sent(&s, 0), AKOLHOOK_IO_FAIL);
    CHECK_INT(s.lost, EPIPE);
    akolhook_tls_enter(&s, &conn); /* a send that was lost stays so */
    CHECK(s.error == 0 && s.lost == EPIPE);
    CHECK_INT(akolhook_tls_received(&s, 5), 5);
    errno = EAGAIN;
    CHECK(!s.blocked && akolhook_tls_received(&s, -1) == AKOLHOOK_IO_WANT_READ && s.blocked);
    CHECK(!s.ended && akolhook_tls_received(&s, 0) == AKOLHOOK_IO_EOF && s.ended);
    errno = ETIMEDOUT;
    CHECK(akolhook_tls_received(&s, -1) == AKOLHOOK_IO_FAIL && s.error == ETIMEDOUT);
    akolhook_tls_enter(&s, &conn);
    CHECK(!s.blocked && s.ended);
    for (i = 0; i < AKOLHOOK_TLS_READS; i++) CHECK(akolhook_tls_may_read(&s));
    CHECK(!s.blocked && !akolhook_tls_may_read(&s) && s.blocked);
    CHECK_INT(akolhook_tls_no_sigpipe(&s), 0);
}

static void test_join(void) {
    akolhook_str parts[4];
    char out[16];
    size_t room;
    parts[0] = akolhook_str_c("head");
    parts[1] = akolhook_str_c("");
    parts[2] = akolhook_str_c("bo");
    parts[3] = akolhook_str_c("dy");
    for (room = 0; room < sizeof out; room++) { /* "headbody" has 8 */
        memset(out, '-', sizeof out);
        CHECK_INT(akolhook_tls_join(out, room, parts, 4), room < 8 ? room : 8);
        CHECK_MEM(out, room < 8 ? room : 8, "headbody", room < 8 ? room : 8);
        CHECK(out[room < 8 ? room : 8] == '-');
    }
    CHECK_INT(akolhook_tls_join(out, sizeof out, parts, 0), 0);
}

/* ---- sessions ---- */

enum { PLACES = 6 };
static akolhook_sessions ring;
static akolhook_session places[PLACES];
static int held[PLACES]; /* the library's sessions: their names, 0 none */
static int freed;

static void free_held(void *user, size_t place) {
    CHECK(user == &freed);
    freed += held[place] != 0;
    held[place] = 0;
}
static void ring_new(void) {
    memset(places, 0, sizeof places);
    memset(held, 0, sizeof held);
    freed = 0;
    akolhook_sessions_init(&ring, places, PLACES, free_held, &freed);
}
static void put(const char *host, uint16_t port, int once, int64_t at, int64_t until, int name) {
    akolhook_conn conn = peer_of(host, 0, port);
    akolhook_tls_proof proof;
    size_t place;
    proof.at = at;
    proof.until = until;
    place = akolhook_sessions_put(&ring, &conn, once, &proof);
    CHECK(place < PLACES && held[place] == 0);
    if (place < PLACES) held[place] = name;
}
/* The name of the session that would be offered, 0: none. */
static int found(const char *host, int is_address, uint16_t port, int64_t now) {
    akolhook_conn conn = peer_of(host, is_address, port);
    akolhook_tls_proof proof;
    size_t place = akolhook_sessions_find(&ring, &conn, now, &proof);
    if (place == AKOLHOOK_SESSIONS_NONE) return 0;
    CHECK(proof.at == places[place].proof.at && proof.until == places[place].proof.until);
    return held[place];
}
static int count_held(void) {
    int i, n = 0;
    for (i = 0; i < PLACES; i++) n += held[i] != 0;
    return n;
}
#define FAR INT64_C(1000000000)

/* A session is its peer's alone. */
static void test_sessions_peer(void) {
    akolhook_conn none = peer_of("", 0, 443);
    akolhook_tls_proof proof = {0, 0};
    ring_new();
    put("a.example", 443, 0, 1000, FAR, 1);
    put("a.example", 8443, 0, 1000, FAR, 2);
    put("b.example", 443, 0, 1000, FAR, 3);
    CHECK_INT(found("a.example", 0, 443, 1001), 1);
    CHECK_INT(found("a.example.", 0, 443, 1001), 1);
    CHECK_INT(found("a.example", 0, 8443, 1001), 2);
    CHECK_INT(found("b.example", 0, 443, 1001), 3);
    CHECK_INT(found("b.example", 0, 8443, 1001), 0);
    CHECK_INT(found("example", 0, 443, 1001), 0);
    put("127.0.0.1", 443, 0, 1000, FAR, 4); /* the text as a name, which proves nothing of the address */
    CHECK_INT(found("127.0.0.1", 1, 443, 1001), 0);
    CHECK_INT(akolhook_sessions_put(&ring, &none, 0, &proof), AKOLHOOK_SESSIONS_NONE);
    CHECK_INT(akolhook_sessions_find(&ring, &none, 1001, &proof), AKOLHOOK_SESSIONS_NONE);
    akolhook_sessions_forget(&ring, &none);
    CHECK_INT(count_held(), 4);
    {
        akolhook_conn a = peer_of("a.example", 0, 443);
        akolhook_sessions_forget(&ring, &a);
    }
    CHECK_INT(found("a.example", 0, 443, 1001), 0);
    CHECK_INT(found("a.example", 0, 8443, 1001), 2);
    CHECK_INT(freed, 1);
    akolhook_sessions_clear(&ring);
    CHECK_INT(freed, 4);
    CHECK_INT(count_held(), 0);
}

/* Two hours from the proof, not from when it was put; not beyond the certificate; and no clock that went
 * back. */
static void test_sessions_age(void) {
    static const struct {
        int64_t at, until, now;
        int offered;
    } rows[] = {{1000, FAR, 1000, 1}, {1000, FAR, 1000 + 7199, 1}, {1000, FAR, 1000 + 7200, 0},
            {1000, FAR, 999, 0}, {1000, 1500, 1499, 1}, {1000, 1500, 1500, 0}, {1000, 0, 1000, 0},
            {1000, FAR, FAR, 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ring_new();
        put("a.example", 443, 0, rows[i].at, rows[i].until, 1);
        CHECK_INT(found("a.example", 0, 443, rows[i].now), rows[i].offered);
        CHECK_INT(count_held(), rows[i].offered); /* what is too old is dropped when it is met */
        akolhook_sessions_clear(&ring);
    }
}

/* Of tickets four for a peer, of others one; the newest is offered; when all is full the oldest of all gives
 * way. */
static void test_sessions_places(void) {
    int i;
    ring_new();
    for (i = 1; i <= 3; i++) put("a.example", 443, 0, 1000, FAR, i);
    CHECK_INT(count_held(), 1);
    CHECK_INT(found("a.example", 0, 443, 1001), 3);
    for (i = 11; i <= 16; i++) put("b.example", 443, 1, 1000, FAR, i);
    CHECK_INT(count_held(), 5);
    for (i = 16; i >= 13; i--) { /* each is taken once, the newest first */
        akolhook_conn b = peer_of("b.example", 0, 443);
        akolhook_tls_proof proof;
        CHECK_INT(found("b.example", 0, 443, 1001), i);
        akolhook_sessions_drop(&ring, akolhook_sessions_find(&ring, &b, 1001, &proof));
    }
    CHECK_INT(found("b.example", 0, 443, 1001), 0);
    CHECK_INT(found("a.example", 0, 443, 1001), 3);
    for (i = 21; i <= 26; i++) { /* six peers: the room is full, and a.example has the oldest */
        char host[] = "x0.example";
        host[1] = (char)('0' + i - 21);
        put(host, 443, 0, 1000, FAR, i);
    }
    CHECK_INT(count_held(), PLACES);
    CHECK_INT(found("a.example", 0, 443, 1001), 0);
    CHECK_INT(found("x0.example", 0, 443, 1001), 21);
    put("y.example", 443, 0, 1000, FAR, 31);
    CHECK_INT(found("x0.example", 0, 443, 1001), 0);
    CHECK_INT(found("x1.example", 0, 443, 1001), 22);
    CHECK_INT(found("y.example", 0, 443, 1001), 31);
    akolhook_sessions_clear(&ring);
    for (i = 0; i < PLACES; i++)
        CHECK_MEM(&places[i], sizeof places[i], &places[PLACES - 1], sizeof places[i]);
    CHECK(places[0].host[0] == 0 && places[0].order == 0); /* wiped */
    memset(&ring, 0, sizeof ring);
    akolhook_sessions_clear(&ring); /* a zeroed one is legal */
}

int main(void) {
    RUN(test_host);
    RUN(test_is_host);
    RUN(test_time);
    RUN(test_status);
    RUN(test_keys_wanted);
    RUN(test_socket);
    RUN(test_join);
    RUN(test_sessions_peer);
    RUN(test_sessions_age);
    RUN(test_sessions_places);
    return check_end();
}
