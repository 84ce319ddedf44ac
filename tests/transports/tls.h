/* The tests that every TLS transport passes, against servers of OpenSSL's in a thread (tls_server.h). A test
   program of one library includes akolhook.h, its transport with the socket calls replaced by fault_send and
   fault_recv, and then this file. Before it stand

       lib                     the transport's struct: a static variable
       LIB_NEWEST              the newest version that it speaks: TLS12 or TLS13
       LIB_ERRNO(error)        how native_error says errno
       LIB_NATIVES             native errors in the order of enum native, 0: not looked at
       LIB_SPARED              names of calls that may fail and the delivery is whole all the same
       a macro for each call of the library's that can fail (calls_fail.h)

   and after it the functions declared below. */
#ifndef TESTS_TLS_H
#define TESTS_TLS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "calls_fail.h"
#include "tls_server.h"
#include "../check.h"

enum native { NONE, NAME, ADDRESS, LATE, EARLY, SELF, STRANGER, PURPOSE, KEY };

static akolhook_status lib_init(const char *ca);
static const akolhook_transport *lib_transport(void);
static void lib_free(void);
static const char *lib_text(akolhook_status status, long native_error);
static int lib_quiet(void);               /* nothing is left lying in an error queue */
static int lib_is_cut(long native_error); /* says that the stream ended without close_notify */
static const long lib_natives[] = {LIB_NATIVES};
static const char *const lib_spared[] = {LIB_SPARED};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- faults ---- */

static struct { int off, one_byte, interrupt, fail_at, calls, error, no_send, pause_ms; } fault;

static int fault_hits(void) {
    if (fault.off) return 0; /* several threads call */
    fault.calls++;
    if (fault.fail_at == fault.calls) {
        errno = fault.error;
        return 1;
    }
    if (fault.interrupt && fault.calls % 3) { /* of three calls one is interrupted and one would block */
        errno = fault.calls % 3 == 1 ? EINTR : EAGAIN;
        return 1;
    }
    return 0;
}
static ssize_t fault_send(int fd, const void *data, size_t len, int flags) {
    CHECK(flags & MSG_NOSIGNAL);
    if (fault.pause_ms) poll(NULL, 0, fault.pause_ms);
    if (fault.no_send) { /* the other side is gone */
        errno = EPIPE;
        return -1;
    }
    return fault_hits() ? -1 : send(fd, data, fault.one_byte ? 1 : len, flags);
}
static ssize_t fault_recv(int fd, void *data, size_t len, int flags) {
    return fault_hits() ? -1 : recv(fd, data, fault.one_byte ? 1 : len, flags);
}

static volatile sig_atomic_t sigpipes;
static void on_sigpipe(int number) {
    (void)number;
    sigpipes++;
}

/* ---- the transport driven by hand ---- */

typedef struct result {
    int phase;      /* 0 open, 1 handshake, 2 send, 3 recv, 4 the stream ended */
    ptrdiff_t code; /* what the last hook gave; 0 out of patience */
    akolhook_status status;
    long native_error;
    int most_calls;   /* of the socket in one recv_fn */
    size_t most_sent; /* by one send_fn */
    char data[AKOLHOOK_TLS_RECORD + 4000];
    size_t len;
} result;

static int wait_for(const akolhook_conn *conn, ptrdiff_t want, int64_t until) {
    struct pollfd p;
    int64_t left = until - now_ms();
    p.fd = (int)conn->socket;
    p.events = want == AKOLHOOK_IO_WANT_WRITE ? POLLOUT : POLLIN;
    return left > 0 && poll(&p, 1, (int)left) == 1;
}
static int is_want(ptrdiff_t n) { return n == AKOLHOOK_IO_WANT_READ || n == AKOLHOOK_IO_WANT_WRITE; }

/* sendv_fn gets what is left in up to four slices. */
static int in_parts;
static ptrdiff_t send_some(const akolhook_transport *t, akolhook_conn *conn, const char *data, size_t len) {
    akolhook_str parts[4];
    size_t i, count = len < 4 ? len : 4, piece = len / count;
    if (!in_parts) return t->send_fn(conn, data, len);
    for (i = 0; i < count; i++) {
        parts[i].ptr = data + i * piece;
        parts[i].len = i + 1 < count ? piece : len - i * piece;
    }
    return t->sendv_fn(conn, parts, count);
}

/* The hooks in the order of a client; r->code is the last answer. */
static void drive(const akolhook_transport *t, akolhook_conn *conn, const char *request, size_t request_len,
        int64_t until, result *r) {
    size_t sent = 0;
    r->phase = 1;
    while (is_want(r->code = t->handshake_fn(conn)))
        if (!wait_for(conn, r->code, until)) {
            r->code = 0;
            return;
        }
    if (r->code != 0) return;
    r->phase = 2;
    while (sent < request_len) {
        r->code = send_some(t, conn, request + sent, request_len - sent);
        if (r->code > 0) {
            sent += (size_t)r->code;
            if ((size_t)r->code > r->most_sent) r->most_sent = (size_t)r->code;
        } else if (!is_want(r->code))
            return;
        else if (!wait_for(conn, r->code, until)) {
            r->code = 0;
            return;
        }
    }
    r->phase = 3;
    while (r->len < sizeof r->data - 1) {
        int calls = fault.calls;
        r->code = t->recv_fn(conn, r->data + r->len, sizeof r->data - 1 - r->len);
        if (fault.calls - calls > r->most_calls) r->most_calls = fault.calls - calls;
        if (r->code > 0)
            r->len += (size_t)r->code;
        else if (!is_want(r->code))
            return;
        else if (!wait_for(conn, r->code, until)) {
            r->code = 0;
            return;
        }
    }
}
/* Fills in what a client would, and connects. */
static void conn_open(
        const akolhook_transport *t, akolhook_conn *conn, const char *host, int is_address, uint16_t port) {
    struct sockaddr_in address;
    int on = 1, room = 65536;
    memset(&address, 0, sizeof address);
    memset(conn, 0, sizeof *conn);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    conn->memory = calloc(1, t->conn_size);
    conn->user = t->user;
    conn->socket = socket(AF_INET, SOCK_STREAM, 0);
    conn->host = host;
    conn->host_is_address = (uint8_t)is_address;
    conn->port = port;
    if (!conn->memory || connect((int)conn->socket, (struct sockaddr *)&address, sizeof address) != 0 ||
            fcntl((int)conn->socket, F_SETFL, O_NONBLOCK) != 0 ||
            setsockopt((int)conn->socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) != 0 ||
            setsockopt((int)conn->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        abort();
}
static void conn_close(akolhook_conn *conn) {
    CHECK(conn->socket >= 0 && close((int)conn->socket) == 0); /* the transport does not own it */
    free(conn->memory);
}
static result exchange_bytes(
        const char *host, int is_address, uint16_t port, const char *request, size_t len, int patience) {
    static result r;
    const akolhook_transport *t = lib_transport();
    akolhook_conn conn;
    memset(&r, 0, sizeof r);
    conn_open(t, &conn, host, is_address, port);
    r.code = t->open_fn(&conn);
    if (r.code == 0) {
        drive(t, &conn, request, len, now_ms() + patience, &r);
        if (r.code == AKOLHOOK_IO_EOF) r.phase = 4;
        t->close_fn(&conn);
    }
    r.status = conn.status;
    r.native_error = conn.native_error;
    r.data[r.len] = 0;
    CHECK(lib_quiet());
    conn_close(&conn);
    return r;
}
static result exchange(const char *host, int is_address, const server *s) {
    return exchange_bytes(host, is_address, s->port, REQUEST, sizeof REQUEST - 1, PATIENCE_MS);
}
static void check_whole(int line, result r) {
    if (r.phase == 4 && r.code == AKOLHOOK_IO_EOF && strcmp(r.data, ANSWER) == 0) return;
    printf("%s:%d: ended in phase %d with %d, status %s, native error %ld after \"%s\"\n", __FILE__, line,
            r.phase, (int)r.code, akolhook_status_name(r.status), r.native_error, r.data);
    check_bad++;
}
#define CHECK_WHOLE(r) check_whole(__LINE__, r)

static void tls_new(void) { CHECK_STATUS(lib_init(ca_file), OK); }

/* ---- rows: names and chains ---- */

typedef struct row {
    const char *what, *host;
    int is_address;
    const char *cn, *san;
    long from, to;
    int issuer;
    const char *usage; /* issuer: 0 root, 1 itself, 2 unknown, 3 middle, 4 a leaf */
    int status;
    enum native native;
} row;
enum {
    FINE = AKOLHOOK_OK,
    WRONG = AKOLHOOK_TLS_WRONG_HOST,
    UNTRUSTED = AKOLHOOK_TLS_UNTRUSTED,
    EXPIRED = AKOLHOOK_TLS_EXPIRED
};
static const row chains[] = {
        {"right name", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 0, NULL, FINE, NONE},
        {"second name", "hooks.example", 0, "x", "DNS:a.example,DNS:hooks.example", SOUND, 0, NULL, FINE,
                NONE},
        {"case of the name", "HOOKS.Example", 0, "x", "DNS:hooks.example", SOUND, 0, NULL, FINE, NONE},
        {"final dot", "hooks.example.", 0, "x", "DNS:hooks.example", SOUND, 0, NULL, FINE, NONE},
        {"server use", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 0, "serverAuth", FINE, NONE},
        {"through a middle CA", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 3, NULL, FINE, NONE},
        {"other name", "hooks.example", 0, "x", "DNS:other.example", SOUND, 0, NULL, WRONG, NAME},
        {"name as a prefix", "hooks.example", 0, "x", "DNS:hooks.example.other.example", SOUND, 0, NULL,
                WRONG, NONE},
        {"name as a suffix", "hooks.example", 0, "x", "DNS:a.hooks.example", SOUND, 0, NULL, WRONG, NONE},
        {"parent name", "hooks.example", 0, "x", "DNS:example,DNS:.example,DNS:.hooks.example", SOUND, 0,
                NULL, WRONG, NONE},
        {"name before a NUL", "hooks.example", 0, "x", "nul", SOUND, 0, NULL, WRONG, NONE},
        {"name in CN alone", "hooks.example", 0, "hooks.example", NULL, SOUND, 0, NULL, WRONG, NAME},
        {"name in CN beside another", "hooks.example", 0, "hooks.example", "DNS:other.example", SOUND, 0,
                NULL, WRONG, NONE},
        {"name in CN beside an address", "hooks.example", 0, "hooks.example", "IP:127.0.0.1", SOUND, 0, NULL,
                WRONG, NONE},
        {"as mail and URI", "hooks.example", 0, "x", "email:a@hooks.example,URI:https://hooks.example", SOUND,
                0, NULL, WRONG, NONE},
        {"wildcard", "a.hooks.example", 0, "x", "DNS:*.hooks.example", SOUND, 0, NULL, FINE, NONE},
        {"wildcard over a top level", "hooks.example", 0, "x", "DNS:*.example", SOUND, 0, NULL, WRONG, NONE},
        {"wildcard alone", "hooks.example", 0, "x", "DNS:*,DNS:*.*", SOUND, 0, NULL, WRONG, NONE},
        {"wildcard over two labels", "a.b.hooks.example", 0, "x", "DNS:*.hooks.example", SOUND, 0, NULL,
                WRONG, NONE},
        {"wildcard over none", "hooks.example", 0, "x", "DNS:*.hooks.example", SOUND, 0, NULL, WRONG, NONE},
        {"nested wildcard", "a.b.hooks.example", 0, "x", "DNS:a.*.hooks.example,DNS:*.*.hooks.example", SOUND,
                0, NULL, WRONG, NONE},
        {"part of a label", "foo.hooks.example", 0, "x", "DNS:f*.hooks.example,DNS:*o.hooks.example", SOUND,
                0, NULL, WRONG, NONE},
        {"right address", "127.0.0.1", 1, "x", "IP:127.0.0.1", SOUND, 0, NULL, FINE, NONE},
        {"right IPv6 address", "::1", 1, "x", "IP:::1", SOUND, 0, NULL, FINE, NONE},
        {"other address", "127.0.0.1", 1, "x", "IP:127.0.0.2", SOUND, 0, NULL, WRONG, ADDRESS},
        {"address as a name", "127.0.0.1", 1, "127.0.0.1", "DNS:127.0.0.1", SOUND, 0, NULL, WRONG, NONE},
        {"address in CN", "127.0.0.1", 1, "127.0.0.1", NULL, SOUND, 0, NULL, WRONG, NONE},
        {"expired", "hooks.example", 0, "x", "DNS:hooks.example", -10 * DAY, -DAY, 0, NULL, EXPIRED, LATE},
        {"too early", "hooks.example", 0, "x", "DNS:hooks.example", DAY, 9 * DAY, 0, NULL, EXPIRED, EARLY},
        {"self-signed", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 1, NULL, UNTRUSTED, SELF},
        {"unknown CA", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 2, NULL, UNTRUSTED, STRANGER},
        {"issued by a leaf", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 4, NULL, UNTRUSTED, NONE},
        {"client use", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 0, "clientAuth", UNTRUSTED,
                PURPOSE},
        {"RSA with 1024 bits", "hooks.example", 0, "x", "DNS:hooks.example", SOUND, 0, "weak", UNTRUSTED,
                KEY}};

static void test_names_and_chains(void) {
    identity unknown = identity_make("Unknown CA", NULL, SOUND, NULL, 1, NULL);
    identity middle = identity_make("Middle CA", NULL, SOUND, &root, 1, NULL);
    identity leaf = identity_make("a leaf", "DNS:leaf.example", SOUND, &root, 0, NULL);
    const identity *issuers[5];
    size_t i;
    int version;
    issuers[0] = &root;
    issuers[1] = NULL;
    issuers[2] = &unknown;
    issuers[3] = &middle;
    issuers[4] = &leaf;
    for (i = 0; i < sizeof chains / sizeof chains[0]; i++)
        for (version = TLS12; version <= LIB_NEWEST; version++) {
            const row *w = &chains[i];
            identity id = identity_make(w->cn, w->san, w->from, w->to, issuers[w->issuer], 0, w->usage);
            server s = AKOLHOOK_INIT;
            int bad = check_bad;
            result r;
            tls_new();
            s.id = &id;
            s.chain = w->issuer >= 3 ? issuers[w->issuer] : NULL;
            s.max_version = version;
            server_start(&s, 0);
            r = exchange(w->host, w->is_address, &s);
            server_stop(&s);
            if (w->status == AKOLHOOK_OK) {
                size_t n = strlen(w->host);
                char sni[64];
                CHECK_WHOLE(r);
                CHECK_INT(s.handshakes, 1);
                snprintf(sni, sizeof sni, "%.*s", (int)(n && w->host[n - 1] == '.' ? n - 1 : n),
                        w->is_address ? "" : w->host);
                CHECK_TEXT(s.sni, w->is_address ? "" : sni);
                CHECK_TEXT(s.offered, "http/1.1");
            } else {
                CHECK_INT(r.phase, 1);
                CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
                CHECK_INT(r.status, w->status);
                CHECK_INT(s.request_len, 0);
                if (lib_natives[w->native]) CHECK_INT(r.native_error, lib_natives[w->native]);
                CHECK(*lib_text(r.status, r.native_error));
            }
            if (check_bad != bad) printf("  in row \"%s\", native error %ld\n", w->what, r.native_error);
            lib_free();
            identity_free(&id);
        }
    identity_free(&unknown);
    identity_free(&middle);
    identity_free(&leaf);
}

/* A middle CA that the server does not send cannot be found. */
static void test_missing_middle(void) {
    identity middle = identity_make("Middle CA", NULL, SOUND, &root, 1, NULL);
    identity id = identity_make("x", "DNS:hooks.example", SOUND, &middle, 0, NULL);
    server s = AKOLHOOK_INIT;
    result r;
    s.id = &id;
    server_start(&s, 0);
    tls_new();
    r = exchange("hooks.example", 0, &s);
    server_stop(&s);
    CHECK_INT(r.status, AKOLHOOK_TLS_UNTRUSTED);
    lib_free();
    identity_free(&id);
    identity_free(&middle);
}

/* A CA that may not speak for the name. A library that does not know name constraints, which are critical
   (RFC 5280 section 4.2.1.10), refuses the certificate. */
static void test_name_constraints(void) {
    identity middle =
            identity_make("Middle CA", "critical,permitted;DNS:other.example", SOUND, &root, 1, NULL);
    identity id = identity_make("x", "DNS:hooks.example", SOUND, &middle, 0, NULL);
    server s = AKOLHOOK_INIT;
    result r;
    s.id = &id;
    s.chain = &middle;
    tls_new();
    server_start(&s, 0);
    r = exchange("hooks.example", 0, &s);
    server_stop(&s);
    CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
    CHECK_INT(r.phase, 1);
    CHECK(r.status == AKOLHOOK_TLS_UNTRUSTED || r.status == AKOLHOOK_OK);
    CHECK(r.native_error != 0);
    CHECK_INT(s.request_len, 0);
    lib_free();
    identity_free(&id);
    identity_free(&middle);
}

static void test_protocols(void) {
    static const struct {
        int min, max;
        const char *ciphers, *alpn;
        int plain, ok;
    } cases[] = {{0, 0, NULL, NULL, 0, 1}, {0, 0, NULL, "http/1.1", 0, 1},
            {TLS12, TLS12, NULL, "http/1.1", 0, 1}, {TLS13, TLS13, NULL, "http/1.1", 0, 1},
            {TLS10, TLS11, NULL, NULL, 0, 0},
            {TLS12, TLS12, "aNULL:@SECLEVEL=0", NULL, 0, 0}, /* a server without a certificate */
            {0, 0, NULL, "h2", 0, 0},                        /* picks what was not offered */
            {0, 0, NULL, NULL, 1, 0}};
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        server s = AKOLHOOK_INIT;
        int bad = check_bad;
        result r;
        if (cases[i].min > LIB_NEWEST) continue;
        s.min_version = cases[i].min;
        s.max_version = cases[i].max;
        s.ciphers = cases[i].ciphers;
        s.alpn = cases[i].alpn;
        server_start(&s, cases[i].plain);
        tls_new();
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        if (cases[i].ok)
            CHECK_WHOLE(r);
        else {
            CHECK_INT(r.phase, 1);
            CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
            CHECK_INT(r.status, AKOLHOOK_OK);
            CHECK(r.native_error != 0);
            CHECK_INT(s.request_len, 0);
            if (r.native_error >= 4096) CHECK(*lib_text(AKOLHOOK_TLS_FAILED, r.native_error));
        }
        if (check_bad != bad) printf("  in case %d, native error %ld\n", (int)i, r.native_error);
        lib_free();
    }
}

/* ---- ends, sessions, faults ---- */

static void test_end_of_stream(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        server s = AKOLHOOK_INIT;
        result r;
        s.max_version = version;
        s.end = DROP;
        server_start(&s, 0);
        tls_new();
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_TEXT(r.data, ANSWER); /* everything that came is handed out first */
        CHECK_INT(r.phase, 3);
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.status, AKOLHOOK_OK);
        CHECK(lib_is_cut(r.native_error));
        lib_free();
    }
}

static const size_t sessions_room = sizeof lib.places / sizeof lib.places[0];
static int sessions_held(const char *host) {
    size_t i;
    int n = 0;
    for (i = 0; i < sessions_room; i++) n += strcmp(lib.places[i].host, host) == 0;
    return n;
}
static void sessions_age(int64_t seconds) {
    size_t i;
    for (i = 0; i < sessions_room; i++) lib.places[i].proof.at -= seconds;
}
static void test_sessions(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        identity id =
                identity_make("x", "DNS:hooks.example,DNS:a.example,DNS:b.example", SOUND, &root, 0, NULL);
        server s = AKOLHOOK_INIT;
        size_t i;
        tls_new();
        s.id = &id;
        s.max_version = version;
        s.connections = 6;
        server_start(&s, 0);
        for (i = 0; i < 2; i++) {
            result r = exchange("hooks.example", 0, &s);
            CHECK_WHOLE(r);
        }
        CHECK(sessions_held("hooks.example") >= 1 && sessions_held("hooks.example") <= 4);
        CHECK_WHOLE(exchange("a.example", 0, &s)); /* another name is another peer */
        sessions_age(7200);                        /* two hours later */
        CHECK_WHOLE(exchange("hooks.example", 0, &s));
        CHECK(sessions_held("hooks.example") <= 4);
        for (i = 0; i < 2; i++) CHECK_WHOLE(exchange("b.example", 0, &s));
        server_stop(&s);
        CHECK(sessions_held("hooks.example") + sessions_held("a.example") + sessions_held("b.example") <= 6);
        CHECK_INT(s.handshakes, 6);
        CHECK_INT(s.reused[0], 0);
        CHECK_INT(s.reused[1], 1);
        CHECK_INT(s.reused[2], 0);
        CHECK_INT(s.reused[3], 0);
        lib_free();
        identity_free(&id);
    }
}

/* However often the peer is met and new tickets come: two hours after a certificate was looked at, it is
   again. By then the server has one that nobody trusts. Deliveries every 40 minutes: two are resumed, and the
   third fails. */
static void test_session_longest_life(void) {
    int version, turn;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        identity stranger = identity_make("Unknown CA", NULL, SOUND, NULL, 1, NULL);
        identity later = identity_make("x", "DNS:hooks.example", SOUND, &stranger, 0, NULL);
        server s = AKOLHOOK_INIT;
        result r;
        tls_new();
        s.max_version = version;
        s.connections = 4;
        s.later = &later;
        server_start(&s, 0);
        for (turn = 0; turn < 3; turn++) {
            if (turn) sessions_age(2400);
            CHECK_WHOLE(exchange("hooks.example", 0, &s));
        }
        CHECK(sessions_held("hooks.example") >= 1);
        sessions_age(2400);
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        for (turn = 0; turn < 3; turn++) CHECK_INT(s.reused[turn], turn > 0);
        CHECK_INT(r.phase, 1);
        CHECK_INT(r.status, AKOLHOOK_TLS_UNTRUSTED);
        CHECK_INT(sessions_held("hooks.example"), 0);
        lib_free();
        identity_free(&later);
        identity_free(&stranger);
    }
}

/* A session that the server knows no more costs a whole handshake and nothing else; it is looked at again
 * from then on. */
static void test_session_forgotten(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        server s = AKOLHOOK_INIT;
        int i;
        tls_new();
        s.max_version = version;
        s.connections = 4;
        s.forgets = 1;
        server_start(&s, 0);
        for (i = 0; i < 4; i++) {
            CHECK_WHOLE(exchange("hooks.example", 0, &s));
            CHECK(sessions_held("hooks.example") >= 1);
            sessions_age(3000); /* 50 minutes: those of the turn before are 100 old, and new ones are there */
        }
        server_stop(&s);
        CHECK_INT(s.handshakes, 4);
        for (i = 0; i < 4; i++) CHECK_INT(s.reused[i], 0);
        lib_free();
    }
}

/* A resumed handshake shows no certificate, so a session must not outlive the one it was made with: an hour,
   of which the transport knows to the second, and then that hour is over. */
static void test_session_of_expired(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        int64_t before = (int64_t)time(NULL), after;
        identity id = identity_make("x", "DNS:hooks.example", -DAY, 3600, &root, 0, NULL);
        identity past = identity_make("x", "DNS:hooks.example", -DAY, -1, &root, 0, NULL);
        server s = AKOLHOOK_INIT;
        result r;
        size_t i;
        after = (int64_t)time(NULL);
        tls_new();
        s.id = &id;
        s.later = &past;
        s.max_version = version;
        s.connections = 2;
        server_start(&s, 0);
        CHECK_WHOLE(exchange("hooks.example", 0, &s));
        CHECK(sessions_held("hooks.example") >= 1);
        for (i = 0; i < sessions_room; i++) {
            akolhook_tls_proof *proof = &lib.places[i].proof;
            if (!*lib.places[i].host) continue;
            CHECK(proof->until >= before + 3600 && proof->until <= after + 3601);
            proof->until -= 3601;
        }
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_INT(r.status, AKOLHOOK_TLS_EXPIRED);
        lib_free();
        identity_free(&id);
        identity_free(&past);
    }
}

/* What a failed handshake leaves of a peer: nothing. */
static void test_session_after_failure(void) {
    server s = AKOLHOOK_INIT;
    result r;
    s.connections = 2;
    s.plain_from = 1;
    tls_new();
    server_start(&s, 0);
    CHECK_WHOLE(exchange("hooks.example", 0, &s));
    CHECK(sessions_held("hooks.example") >= 1);
    r = exchange("hooks.example", 0, &s);
    server_stop(&s);
    CHECK_INT(r.phase, 1);
    CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
    CHECK_INT(sessions_held("hooks.example"), 0);
    lib_free();
}

/* Records without content before the answer, all in one piece: none is left lying in a buffer, and a flood of
   them does not hold the thread in one call. */
static void test_tickets_before_the_answer(void) {
    static const int counts[] = {1, 20, 60, 3000};
    size_t i;
    for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        server s = AKOLHOOK_INIT;
        result r;
        s.min_version = TLS13;
        s.tickets = counts[i];
        s.hold = 1;
        server_start(&s, 0);
        tls_new();
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_WHOLE(r);
        CHECK(r.most_calls <= 32);
        CHECK(sessions_held("hooks.example") <= 4);
        lib_free();
    }
}

/* A name that stands in the CN alone is none, in whatever pieces the handshake comes and goes: each turn has
   another beginning of the order in which calls are interrupted, would block, and work. */
static void test_wrong_name_in_pieces(void) {
    identity id = identity_make("hooks.example", NULL, SOUND, &root, 0, NULL);
    int version, mode;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (mode = 0; mode < 6; mode++) {
            server s = AKOLHOOK_INIT;
            result r;
            fault.one_byte = mode & 1;
            fault.interrupt = 1;
            fault.calls = mode >> 1;
            s.id = &id;
            s.max_version = version;
            tls_new();
            server_start(&s, 0);
            r = exchange("hooks.example", 0, &s);
            server_stop(&s);
            CHECK_INT(r.phase, 1);
            CHECK_INT(r.status, AKOLHOOK_TLS_WRONG_HOST);
            CHECK_INT(s.request_len, 0);
            lib_free();
        }
    memset(&fault, 0, sizeof fault);
    identity_free(&id);
}

static void test_byte_by_byte(void) {
    int mode;
    for (mode = 0; mode < 8; mode++) {
        server s = AKOLHOOK_INIT;
        result r;
        fault.one_byte = mode & 1;
        fault.interrupt = mode >> 1 & 1;
        s.max_version = mode & 4 ? TLS12 : TLS13;
        s.drip = 1;
        server_start(&s, 0);
        tls_new();
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_WHOLE(r);
        CHECK_INT(s.request_len, sizeof REQUEST - 1);
        lib_free();
    }
    memset(&fault, 0, sizeof fault);
}

/* Every socket call fails once. Only the close_notify of close_fn, the last call, may fail without a word. */
static void test_each_call_fails(void) {
    int n, version;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (n = 1; n < 60; n++) {
            server s = AKOLHOOK_INIT;
            result r;
            memset(&fault, 0, sizeof fault);
            fault.fail_at = n;
            fault.error = ECONNRESET;
            s.max_version = version;
            server_start(&s, 0);
            tls_new();
            r = exchange("hooks.example", 0, &s);
            server_stop(&s);
            lib_free();
            if (fault.calls < n) break;
            if (r.code == AKOLHOOK_IO_EOF) continue;
            CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
            CHECK_INT(r.native_error, LIB_ERRNO(ECONNRESET));
            CHECK_INT(r.status, AKOLHOOK_OK);
        }
    CHECK(n > 5 && n < 60);
    memset(&fault, 0, sizeof fault);
}

static char large[4000000];

static void test_large_request(void) {
    static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";
    for (in_parts = 0; in_parts < 2; in_parts++) {
        server s = AKOLHOOK_INIT;
        result r;
        memcpy(large, head, sizeof head - 1);
        tls_new();
        server_start(&s, 0);
        r = exchange_bytes("hooks.example", 0, s.port, large, sizeof head - 1 + 1000000, PATIENCE_MS);
        server_stop(&s);
        CHECK_WHOLE(r);
        CHECK_INT(s.request_len, sizeof head - 1 + 1000000);
        CHECK(r.most_sent < 500000); /* in pieces */
        lib_free();
    }
    in_parts = 0;
}

/* Head and body in slices leave in one record where they fit, whatever becomes of the socket's calls. */
static void test_one_record(void) {
    static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n";
    int version, mode;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (mode = 0; mode < 3; mode++) {
            server s = AKOLHOOK_INIT;
            result r;
            memset(large, ' ', sizeof head + 1000);
            memcpy(large, head, sizeof head - 1);
            s.max_version = version;
            in_parts = 1;
            fault.one_byte = mode == 1;
            fault.interrupt = mode == 2;
            tls_new();
            server_start(&s, 0);
            r = exchange_bytes("hooks.example", 0, s.port, large, sizeof head - 1 + 1000, PATIENCE_MS);
            server_stop(&s);
            CHECK_WHOLE(r);
            CHECK_INT(s.request_len, sizeof head - 1 + 1000);
            CHECK_INT(s.records, 1);
            CHECK_INT(r.most_sent, sizeof head - 1 + 1000);
            lib_free();
        }
    in_parts = 0;
    memset(&fault, 0, sizeof fault);
}

static void test_server_goes_away(void) {
    int end;
    for (end = DROP; end <= RESET; end++) {
        server s = AKOLHOOK_INIT;
        result r;
        s.early = 1;
        s.response = "";
        s.end = (finish)end;
        server_start(&s, 0);
        tls_new();
        r = exchange_bytes("hooks.example", 0, s.port, large, sizeof large, PATIENCE_MS);
        server_stop(&s);
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.phase, 2);
        CHECK(r.native_error == LIB_ERRNO(EPIPE) || r.native_error == LIB_ERRNO(ECONNRESET));
        CHECK_INT(sigpipes, 0);
        lib_free();
    }
}

/* The answer and the end of the stream are there before the request is sent, which then fails for good: the
   answer can be had all the same. blocked: a part of the request waits in the library when that happens.
   asks: the server wants a word from the library before that. */
static void test_answer_after_a_failed_send(void) {
    int version, mode;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (mode = 0; mode < 8; mode++) {
            const akolhook_transport *t;
            const int blocked = mode & 1;
            server s = AKOLHOOK_INIT;
            akolhook_conn conn;
            result r;
            memset(&r, 0, sizeof r);
            if (mode >> 2 && version < TLS13) continue;
            s.max_version = version;
            s.early = 1;
            s.asks = mode >> 2;
            in_parts = mode >> 1 & 1;
            tls_new();
            t = lib_transport();
            server_start(&s, 0);
            conn_open(t, &conn, "hooks.example", 0, s.port);
            CHECK_INT(t->open_fn(&conn), 0);
            while (is_want(r.code = t->handshake_fn(&conn)) &&
                    wait_for(&conn, r.code, now_ms() + PATIENCE_MS)) {}
            CHECK_INT(r.code, 0);
            server_stop(&s);
            if (blocked) {
                fault.interrupt = 1;
                fault.calls = 1;
                CHECK_INT(send_some(t, &conn, REQUEST, sizeof REQUEST - 1), AKOLHOOK_IO_WANT_WRITE);
                fault.interrupt = 0;
            }
            fault.no_send = 1;
            CHECK_INT(send_some(t, &conn, REQUEST, sizeof REQUEST - 1), AKOLHOOK_IO_FAIL);
            CHECK_INT(conn.native_error, LIB_ERRNO(EPIPE));
            while (r.len < sizeof r.data - 1 &&
                    (r.code = t->recv_fn(&conn, r.data + r.len, sizeof r.data - 1 - r.len)) > 0)
                r.len += (size_t)r.code;
            r.phase = 4;
            CHECK_WHOLE(r);
            CHECK_INT(send_some(t, &conn, REQUEST, sizeof REQUEST - 1), AKOLHOOK_IO_FAIL); /* it stays so */
            t->close_fn(&conn);
            CHECK(lib_quiet());
            conn_close(&conn);
            memset(&fault, 0, sizeof fault);
            lib_free();
        }
    in_parts = 0;
}

/* Sessions under an id, as a server without tickets has them, and a server that has none. */
static void test_without_tickets(void) {
    int version, ids, i;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (ids = 1; ids <= 2; ids++) {
            server s = AKOLHOOK_INIT;
            tls_new();
            s.max_version = version;
            s.ids = ids;
            s.connections = 3;
            server_start(&s, 0);
            for (i = 0; i < 3; i++) CHECK_WHOLE(exchange("hooks.example", 0, &s));
            server_stop(&s);
            if (ids == 1) CHECK(sessions_held("hooks.example") > 0);
            CHECK_INT(s.handshakes, 3);
            for (i = 0; i < 3; i++) CHECK_INT(s.reused[i], ids == 1 && i > 0);
            lib_free();
        }
}

/* A record that changes on its way: nothing of it is handed out. */
static void test_damaged_record(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        server s = AKOLHOOK_INIT;
        result r;
        s.max_version = version;
        s.damages = 1;
        s.end = DROP;
        server_start(&s, 0);
        tls_new();
        r = exchange("hooks.example", 0, &s);
        server_stop(&s);
        CHECK_INT(r.phase, 3);
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.len, 0);
        CHECK(r.native_error != 0 && !lib_is_cut(r.native_error));
        CHECK(*lib_text(AKOLHOOK_RECEIVE_FAILED, r.native_error));
        lib_free();
    }
}

/* Connects, and makes the handshake. */
static void conn_begin(akolhook_conn *conn, const server *s) {
    const akolhook_transport *t = lib_transport();
    int code;
    conn_open(t, conn, "hooks.example", 0, s->port);
    CHECK_INT(t->open_fn(conn), 0);
    while (is_want(code = t->handshake_fn(conn)) && wait_for(conn, code, now_ms() + PATIENCE_MS)) {}
    CHECK_INT(code, 0);
}
/* Reads what comes until the end of the stream or a failure, a few bytes at a time. */
enum { FEW = 7 };
static void conn_read(akolhook_conn *conn, result *r) {
    const akolhook_transport *t = lib_transport();
    int64_t until = now_ms() + PATIENCE_MS;
    while (r->len < sizeof r->data - FEW) {
        r->code = t->recv_fn(conn, r->data + r->len, FEW);
        if (r->code > 0)
            r->len += (size_t)r->code;
        else if (!is_want(r->code) || !wait_for(conn, r->code, until))
            break;
    }
    r->data[r->len] = 0;
    r->phase = r->code == AKOLHOOK_IO_EOF ? 4 : 3;
    r->status = conn->status;
    r->native_error = conn->native_error;
}
static void conn_end(akolhook_conn *conn) {
    lib_transport()->close_fn(conn);
    CHECK(lib_quiet());
    conn_close(conn);
}

/* The server asks for another handshake (TLS 1.2), which is not had, or for new keys (1.3), while a
   record of the request waits in the library: what the library has to say sends that too, and the request
   arrives once. */
static void test_asked_while_sending(void) {
    int version, parts;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (parts = 0; parts < 2; parts++) {
            static result r;
            server s = AKOLHOOK_INIT;
            akolhook_conn conn;
            ptrdiff_t n;
            s.max_version = version;
            s.asks = 1;
            in_parts = parts;
            memset(&r, 0, sizeof r);
            tls_new();
            server_start(&s, 0);
            conn_begin(&conn, &s);

            fault.interrupt = 1; /* the first call would block */
            fault.calls = 1;
            CHECK_INT(send_some(lib_transport(), &conn, REQUEST, sizeof REQUEST - 1), AKOLHOOK_IO_WANT_WRITE);
            memset(&fault, 0, sizeof fault);
            CHECK(conn.held || wait_for(&conn, AKOLHOOK_IO_WANT_READ, now_ms() + PATIENCE_MS));
            n = lib_transport()->recv_fn(&conn, r.data, sizeof r.data - 1);
            CHECK(n > 0 || is_want(n));
            r.len = n > 0 ? (size_t)n : 0;
            while (is_want(n = send_some(lib_transport(), &conn, REQUEST, sizeof REQUEST - 1)) &&
                    wait_for(&conn, n, now_ms() + PATIENCE_MS)) {}
            CHECK_INT(n, sizeof REQUEST - 1);

            conn_read(&conn, &r);
            CHECK_WHOLE(r);
            conn_end(&conn);
            server_stop(&s);
            CHECK_INT(s.request_len, sizeof REQUEST - 1);
            CHECK_INT(s.records, 1);
            lib_free();
        }
    in_parts = 0;
}

/* The server asks for new keys, and is gone before the library can say that it has them: what came is
   read, or the failure of sending is told. */
static void test_asked_and_gone(void) {
    static result r;
    server s = AKOLHOOK_INIT;
    akolhook_conn conn;
    s.early = 1;
    s.asks = 1;
    memset(&r, 0, sizeof r);
    tls_new();
    server_start(&s, 0);
    conn_begin(&conn, &s);
    fault.no_send = 1;
    conn_read(&conn, &r);
    if (r.phase == 4)
        CHECK_WHOLE(r);
    else {
        CHECK_INT(r.code, AKOLHOOK_IO_FAIL);
        CHECK_INT(r.native_error, LIB_ERRNO(EPIPE));
    }
    conn_end(&conn);
    fault.no_send = 0;
    server_stop(&s);
    lib_free();
}

/* The same after a send that failed: what the library would say to that goes nowhere, and the answer that the
   server gave before it went is read. */
static void test_asked_after_a_failed_send(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        static result r;
        server s = AKOLHOOK_INIT;
        akolhook_conn conn;
        s.max_version = version;
        s.early = 1;
        s.asks = 1;
        memset(&r, 0, sizeof r);
        tls_new();
        server_start(&s, 0);
        conn_begin(&conn, &s);
        fault.no_send = 1;
        CHECK_INT(lib_transport()->send_fn(&conn, REQUEST, sizeof REQUEST - 1), AKOLHOOK_IO_FAIL);
        CHECK_INT(conn.native_error, LIB_ERRNO(EPIPE));
        conn_read(&conn, &r);
        CHECK_WHOLE(r);
        conn_end(&conn);
        fault.no_send = 0;
        server_stop(&s);
        lib_free();
    }
}

/* A ticket of the first connection alone: it is offered once, and not kept as if it had come again. */
static void test_one_ticket(void) {
    server s = AKOLHOOK_INIT;
    int i, held;
    s.tickets_once = 1;
    s.tickets = 1;
    s.connections = 3;
    tls_new();
    server_start(&s, 0);
    for (i = 0; i < 3; i++) {
        CHECK_WHOLE(exchange("hooks.example", 0, &s));
        held = sessions_held("hooks.example");
        CHECK_INT(held, i == 0);
    }
    server_stop(&s);
    for (i = 0; i < 3; i++) CHECK_INT(s.reused[i], i == 1);
    lib_free();
}

/* Sending after the server has ended the stream: taken or refused, but not waited for without end. */
static void test_send_after_the_end(void) {
    int version;
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        static result r;
        server s = AKOLHOOK_INIT;
        akolhook_conn conn;
        ptrdiff_t n;
        s.max_version = version;
        s.early = 1;
        memset(&r, 0, sizeof r);
        tls_new();
        server_start(&s, 0);
        conn_begin(&conn, &s);
        conn_read(&conn, &r);
        CHECK_WHOLE(r);
        n = lib_transport()->send_fn(&conn, REQUEST, sizeof REQUEST - 1);
        CHECK(n == (ptrdiff_t)sizeof REQUEST - 1 || (n == AKOLHOOK_IO_FAIL && conn.native_error != 0));
        conn_end(&conn);
        server_stop(&s);
        lib_free();
    }
}

/* A peer without a name has no sessions, should a client take the name away. */
static void test_host_taken_away(void) {
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
    conn_read(&conn, &r);
    CHECK_WHOLE(r);
    conn_end(&conn);
    server_stop(&s);
    for (i = 0; i < sessions_room; i++) CHECK_TEXT(lib.places[i].host, "");
    lib_free();
}

/* A CA and a server with RSA keys. */
static void test_rsa(void) {
    identity ca = identity_make("RSA CA", NULL, SOUND, NULL, 1, "rsa");
    identity id = identity_make("x", "DNS:hooks.example", SOUND, &ca, 0, "rsa");
    char path[64];
    int version;
    write_file(path, "rsa.pem", "");
    identity_pem(&ca, path);
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        server s = AKOLHOOK_INIT;
        s.id = &id;
        s.max_version = version;
        CHECK_STATUS(lib_init(path), OK);
        server_start(&s, 0);
        CHECK_WHOLE(exchange("hooks.example", 0, &s));
        server_stop(&s);
        lib_free();
    }
    unlink(path);
    identity_free(&id);
    identity_free(&ca);
}

/* ---- each call of the library's fails ---- */

static int is_spared(const char *name) {
    size_t i;
    for (i = 0; i < sizeof lib_spared / sizeof lib_spared[0]; i++)
        if (name && strcmp(name, lib_spared[i]) == 0) return 1;
    return 0;
}
/* What became of an exchange while one call may have failed. */
static void check_refused(const result *r, const char *name, int *failures) {
    if (r->phase == 4 && strcmp(r->data, ANSWER) == 0) return;
    ++*failures;
    CHECK_INT(r->code, AKOLHOOK_IO_FAIL);
    CHECK(r->native_error != 0);
    if (is_spared(name)) CHECK_TEXT(name, "not spared");
}

/* Each call fails in its turn, while the transport is made and in two connections to one peer, the second
   with a session to offer. What fails says so, with an error; what is not spared fails; what comes after
   is well. */
static void test_each_library_call_fails(void) {
    static result r[3];
    int version, n;
    for (version = TLS12; version <= LIB_NEWEST; version++)
        for (n = 1; n < 1000; n++) {
            int failures = 0, bad = check_bad;
            server s = AKOLHOOK_INIT;
            akolhook_status status;
            const char *name;

            call_fail(n, NULL);
            status = lib_init(ca_file);
            if (status != AKOLHOOK_OK) {
                name = call_failed();
                CHECK(status == AKOLHOOK_SYSTEM_LIMIT || status == AKOLHOOK_INVALID_ARGUMENT);
                CHECK(name && lib.native_error != 0 && lib_quiet());
                if (check_bad != bad) printf("  call %d, %s, while it is made\n", n, name ? name : "none");
                lib_free();
                continue;
            }

            s.max_version = version;
            s.connections = 3;
            server_start(&s, 0);
            r[0] = exchange("hooks.example", 0, &s);
            r[1] = exchange("hooks.example", 0, &s);
            name = call_failed();
            r[2] = exchange("hooks.example", 0, &s);
            server_stop(&s);

            check_refused(&r[0], name, &failures);
            check_refused(&r[1], name, &failures);
            CHECK_INT(failures, name && !is_spared(name));
            CHECK_WHOLE(r[2]);
            if (check_bad != bad) printf("  call %d, %s\n", n, name ? name : "none");
            lib_free();
            if (!name) break;
        }
    CHECK(n > 3 && n < 1000);
}

static const struct {
    int version, flights, half;
} stalls[] = {{TLS13, 0, 0}, {TLS13, 0, 1}, {TLS12, 0, 0}, {TLS12, 0, 1}, {TLS12, 1, 0}, {TLS12, 1, 1}};
static void test_stalls(void) {
    size_t i;
    for (i = 0; i < sizeof stalls / sizeof stalls[0]; i++) {
        server s = AKOLHOOK_INIT;
        result r;
        s.max_version = stalls[i].version;
        s.stalls = 1;
        s.flights = stalls[i].flights;
        s.half = stalls[i].half;
        server_start(&s, 0);
        tls_new();
        r = exchange_bytes("hooks.example", 0, s.port, REQUEST, sizeof REQUEST - 1, 100);
        server_stop(&s);
        CHECK_INT(r.phase, 1);
        CHECK_INT(r.code, 0);
        lib_free();
    }
}

/* ---- init ---- */

/* A good CA with one that cannot be read behind it or before it; and with a certificate that is no CA's. */
static void test_damaged_ca(void) {
    static const char *const damaged[] = {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMII\n", "-----BEGIN CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----\n"};
    identity leaf = identity_make("no CA", "DNS:leaf.example", SOUND, &root, 0, NULL);
    char trusted[4096] = "", path[64];
    FILE *file = fopen(ca_file, "r");
    size_t i;

    if (!file) abort();
    (void)!fread(trusted, 1, sizeof trusted - 1, file);
    fclose(file);
    for (i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        int bad = check_bad;
        write_file(path, "damaged.pem", trusted);
        append_file(path, damaged[i]);
        CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
        CHECK(lib.native_error != 0);
        write_file(path, "damaged.pem", damaged[i]);
        append_file(path, trusted);
        CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
        if (check_bad != bad) printf("  in case %d\n", (int)i);
    }

    identity_pem(&leaf, path);
    append_file(path, trusted);
    CHECK_STATUS(lib_init(path), OK);
    lib_free();
    unlink(path);
    identity_free(&leaf);
}

static void test_ca_files(void) {
    static const char *const texts[] = {"", "\n", "rubbish",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"};
    char path[64];
    size_t i;
    memset(&lib, 0x5a, sizeof lib);
    CHECK_STATUS(lib_init("/nowhere/ca.pem"), INVALID_ARGUMENT);
    CHECK(lib.native_error != 0);
    lib_free(); /* legal after a failure, and again */
    lib_free();
    CHECK_STATUS(lib_init(""), INVALID_ARGUMENT);
    CHECK_STATUS(lib_init(directory), INVALID_ARGUMENT);
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int bad = check_bad;
        write_file(path, "junk.pem", texts[i]);
        CHECK_STATUS(lib_init(path), INVALID_ARGUMENT);
        if (check_bad != bad) printf("  in case %d\n", (int)i);
    }
    unlink(path);
    test_damaged_ca();
    CHECK(lib_quiet());
    CHECK_STATUS(lib_init(ca_file), OK);
    CHECK_INT(lib_transport()->flags, AKOLHOOK_TRANSPORT_SECURE | AKOLHOOK_TRANSPORT_UNBUFFERED);
    CHECK_INT(lib.native_error, 0);
    lib_free();
    CHECK_TEXT(lib_text(AKOLHOOK_OK, 0), "");
    CHECK_TEXT(lib_text(AKOLHOOK_TLS_FAILED, LIB_ERRNO(ECONNRESET)), "");
    CHECK_TEXT(lib_text(AKOLHOOK_LOOKUP_FAILED, -2), "");
}

static void test_bad_hosts(void) {
    static const char *const hosts[] = {"", ".", ".example", NULL};
    const akolhook_transport *t;
    char long_host[300];
    size_t i;
    tls_new();
    t = lib_transport();
    memset(long_host, 'a', sizeof long_host - 1);
    long_host[sizeof long_host - 1] = 0;
    for (i = 0; i < 6; i++) {
        akolhook_conn conn;
        memset(&conn, 0, sizeof conn);
        conn.memory = calloc(1, t->conn_size);
        conn.user = t->user;
        conn.socket = -1;
        conn.host = i < 4 ? hosts[i] : i == 4 ? long_host : "not.an.address";
        conn.host_is_address = i == 5;
        CHECK_INT(t->open_fn(&conn), AKOLHOOK_IO_FAIL);
        free(conn.memory);
    }
    lib_free();
}

/* Nobody learns the keys of a connection from the environment: a variable that asks for a file of them has no
   effect, or the transport does not begin. The server's side of the process is made before. */
static void test_no_key_log(void) {
    char path[80];
    int version;
    snprintf(path, sizeof path, "%s/keys.log", directory);
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        akolhook_status status;
        server s = AKOLHOOK_INIT;
        s.max_version = version;
        server_start(&s, 0);
        setenv("SSLKEYLOGFILE", path, 1);
        status = lib_init(ca_file);
        if (status == AKOLHOOK_OK)
            CHECK_WHOLE(exchange("hooks.example", 0, &s));
        else {
            CHECK_STATUS(status, KEYS_LOGGED);
            unsetenv("SSLKEYLOGFILE");
            tls_new();
            CHECK_WHOLE(exchange("hooks.example", 0, &s));
        }
        unsetenv("SSLKEYLOGFILE");
        server_stop(&s);
        lib_free();
        CHECK(access(path, F_OK) != 0);
        unlink(path);
    }
}

/* ---- the client over it ---- */

static const uint8_t loopback[4] = {127, 0, 0, 1};
static int test_lookup(void *user, akolhook_lookup *lookup) {
    (void)user;
    lookup->addrs[0].family = 4;
    memcpy(lookup->addrs[0].bytes, loopback, 4);
    lookup->count = 1;
    return 0;
}
static void no_cancel(void *user, akolhook_lookup *lookup) {
    (void)user;
    (void)lookup;
}

/* Delivers count times to a server that is started and stopped here. */
static akolhook_delivery deliver_sized(
        server *s, int plain, const char *host, uint32_t deadline_ms, size_t body_len, int count) {
    static akolhook_delivery d;
    static char body[1000000];
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_platform platform = *akolhook_posix_platform();
    akolhook_client *client;
    akolhook_cidr allow;
    char url[128];
    size_t size;
    void *memory;
    int i;
    memset(body, ' ', sizeof body);
    platform.lookup_fn = test_lookup;
    platform.lookup_cancel_fn = no_cancel;
    allow.addr.family = 4;
    memset(allow.addr.bytes, 0, sizeof allow.addr.bytes);
    memcpy(allow.addr.bytes, loopback, 4);
    allow.prefix = 32;
    tls_new();
    desc.tls = lib_transport();
    desc.platform = &platform;
    desc.policy.allow = &allow;
    desc.policy.allow_count = 1;
    desc.deadline_ms = deadline_ms;
    size = akolhook_client_size(&desc);
    memory = malloc(size);
    CHECK_STATUS(akolhook_client_init(&client, memory, size, &desc), OK);
    server_start(s, plain);
    snprintf(url, sizeof url, "https://%s:%u/", host, (unsigned)s->port);
    for (i = 0; i < count; i++) {
        akolhook_status status =
                akolhook_deliver(client, url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body, body_len, &d);
        CHECK_INT(status, d.status);
    }
    d.response.ptr = NULL; /* gone with the client */
    akolhook_client_close(client);
    server_stop(s);
    lib_free();
    free(memory);
    CHECK_INT(sigpipes, 0);
    return d;
}
static akolhook_delivery deliver(server *s, const char *host) {
    return deliver_sized(s, 0, host, PATIENCE_MS, 2, 1);
}

static void test_deliver(void) {
    server s = AKOLHOOK_INIT, other = AKOLHOOK_INIT, plain = AKOLHOOK_INIT, address = AKOLHOOK_INIT;
    identity id = identity_make("x", "IP:127.0.0.1", SOUND, &root, 0, NULL);
    akolhook_delivery d = deliver(&s, "hooks.example");
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.code, 200);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_DONE);
    CHECK_INT(d.response.len, 2);
    CHECK_INT(d.response_cut, 0);
    CHECK(d.tls_ms >= 0 && d.peer.family == 4);
    CHECK_TEXT(s.sni, "hooks.example");
    d = deliver(&other, "other.example");
    CHECK_STATUS(d.status, TLS_WRONG_HOST);
    CHECK_INT(d.code, 0);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_TLS);
    if (lib_natives[NAME]) CHECK_INT(d.native_error, lib_natives[NAME]);
    CHECK_INT(other.request_len, 0);
    d = deliver_sized(&plain, 1, "hooks.example", PATIENCE_MS, 2, 1);
    CHECK_STATUS(d.status, TLS_FAILED);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_TLS);
    CHECK(d.native_error != 0);
    address.id = &id;
    d = deliver(&address, "127.0.0.1");
    CHECK_STATUS(d.status, OK);
    CHECK_TEXT(address.sni, "");
    identity_free(&id);
}

static void test_deliver_cut(void) {
    static const struct {
        const char *response;
        finish end;
        int cut;
    } cases[] = {{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", DROP, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", DROP, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", NOTIFY, 1},
            {"HTTP/1.1 200 OK\r\n\r\nok", NOTIFY, 0}, {"HTTP/1.1 200 OK\r\n\r\nok", DROP, 1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", DROP, 0},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", DROP, 1}};
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        server s = AKOLHOOK_INIT;
        akolhook_delivery d;
        int bad = check_bad;
        s.response = cases[i].response;
        s.end = cases[i].end;
        d = deliver(&s, "hooks.example");
        CHECK_STATUS(d.status, OK);
        CHECK_INT(d.code, 200);
        CHECK_INT(d.response.len, 2);
        CHECK_INT(d.response_cut, cases[i].cut);
        if (check_bad != bad) printf("  in case %d\n", (int)i);
    }
}

static void test_deliver_half_a_head(void) {
    server s = AKOLHOOK_INIT;
    akolhook_delivery d;
    s.response = "HTTP/1.1 200 OK\r\nContent-Le";
    s.end = DROP;
    d = deliver(&s, "hooks.example");
    CHECK(d.status == AKOLHOOK_RESPONSE_CUT || d.status == AKOLHOOK_RECEIVE_FAILED);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_HEAD);
    CHECK_INT(d.code, 0);
}

static void test_deliver_stalls(void) {
    size_t i;
    for (i = 0; i < sizeof stalls / sizeof stalls[0]; i++) {
        uint32_t deadline_ms = 150;
        akolhook_delivery d;
        do { /* a later deadline, where a busy machine has not come so far */
            server s = AKOLHOOK_INIT;
            s.max_version = stalls[i].version;
            s.stalls = 1;
            s.flights = stalls[i].flights;
            s.half = stalls[i].half;
            d = deliver_sized(&s, 0, "hooks.example", deadline_ms, 2, 1);
            CHECK_STATUS(d.status, DEADLINE);
            CHECK(d.ms >= (int32_t)deadline_ms && d.ms < PATIENCE_MS);
            deadline_ms *= 4;
        } while (d.phase < AKOLHOOK_PHASE_TLS && deadline_ms < PATIENCE_MS / 2);
        CHECK_INT(d.phase, AKOLHOOK_PHASE_TLS);
    }
}

static void test_deliver_again(void) {
    server s = AKOLHOOK_INIT, kept = AKOLHOOK_INIT;
    akolhook_delivery d;
    s.connections = 3;
    d = deliver_sized(&s, 0, "hooks.example", PATIENCE_MS, 2, 3);
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.reused, 0);
    CHECK_INT(s.handshakes, 3);
    CHECK_INT(s.reused[0], 0);
    CHECK_INT(s.reused[1], 1);
    CHECK_INT(s.reused[2], 1);
    /* promised keep-alive, then closed: the second delivery must still arrive */
    kept.connections = 2;
    kept.response = "HTTP/1.1 204 No Content\r\n\r\n";
    d = deliver_sized(&kept, 0, "hooks.example", PATIENCE_MS, 2, 2);
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.code, 204);
    CHECK_INT(kept.handshakes, 2);
}

static void test_deliver_early_answer(void) {
    server s = AKOLHOOK_INIT, gone = AKOLHOOK_INIT;
    akolhook_delivery d;
    int version;
    s.early = 1;
    d = deliver_sized(&s, 0, "hooks.example", PATIENCE_MS, 1000000, 1);
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.code, 200);
    for (version = TLS12; version <= LIB_NEWEST; version++) {
        server late = AKOLHOOK_INIT; /* the receiver is gone before the first byte of the request is sent */
        late.early = 1;
        late.max_version = version;
        late.response = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig";
        fault.pause_ms = 150;
        d = deliver_sized(&late, 0, "hooks.example", PATIENCE_MS, 100000, 1);
        fault.pause_ms = 0;
        CHECK_STATUS(d.status, HTTP_STATUS);
        CHECK_INT(d.code, 413);
        CHECK_INT(d.response.len, 3);
        CHECK(d.ms < PATIENCE_MS / 2);
    }
    gone.early = 1;
    gone.response = "";
    gone.end = RESET;
    d = deliver_sized(&gone, 0, "hooks.example", PATIENCE_MS, 1000000, 1);
    CHECK(d.status == AKOLHOOK_SEND_FAILED || d.status == AKOLHOOK_RECEIVE_FAILED);
    CHECK_INT(d.code, 0);
    CHECK(d.native_error != 0);
}

static void test_deliver_byte_by_byte(void) {
    server s = AKOLHOOK_INIT;
    akolhook_delivery d;
    s.drip = 1;
    fault.one_byte = 1;
    fault.interrupt = 1;
    d = deliver(&s, "hooks.example");
    memset(&fault, 0, sizeof fault);
    CHECK_STATUS(d.status, OK);
    CHECK_INT(d.code, 200);
    CHECK_INT(s.request_len, s.head_len + 2);
}

static void tls_run(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_sigpipe;
    sigaction(SIGPIPE, &action, NULL);
    alarm(600); /* valgrind on a busy machine included */
    RUN(test_names_and_chains);
    RUN(test_missing_middle);
    RUN(test_name_constraints);
    RUN(test_protocols);
    RUN(test_end_of_stream);
    RUN(test_sessions);
    RUN(test_session_longest_life);
    RUN(test_session_forgotten);
    RUN(test_session_of_expired);
    RUN(test_session_after_failure);
    if (LIB_NEWEST >= TLS13) RUN(test_tickets_before_the_answer);
    RUN(test_wrong_name_in_pieces);
    RUN(test_byte_by_byte);
    RUN(test_each_call_fails);
    RUN(test_large_request);
    RUN(test_one_record);
    RUN(test_server_goes_away);
    RUN(test_answer_after_a_failed_send);
    RUN(test_without_tickets);
    RUN(test_damaged_record);
    RUN(test_asked_while_sending);
    RUN(test_asked_after_a_failed_send);
    RUN(test_send_after_the_end);
    if (LIB_NEWEST >= TLS13) {
        RUN(test_host_taken_away);
        RUN(test_asked_and_gone);
        RUN(test_one_ticket);
    }
    RUN(test_rsa);
    RUN(test_each_library_call_fails);
    RUN(test_stalls);
    RUN(test_ca_files);
    RUN(test_bad_hosts);
    RUN(test_no_key_log);
    RUN(test_deliver);
    RUN(test_deliver_cut);
    RUN(test_deliver_half_a_head);
    RUN(test_deliver_stalls);
    RUN(test_deliver_again);
    RUN(test_deliver_early_answer);
    RUN(test_deliver_byte_by_byte);
    CHECK_INT(sigpipes, 0);
}

#endif
