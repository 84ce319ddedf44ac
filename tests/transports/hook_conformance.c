/* The conformance test of a transport. Link it with a transport of yours:

       cc -std=c99 -D_POSIX_C_SOURCE=200809L -DFAULTD_TLS -o faultd tests/transports/faultd.c -lssl \
           -lcrypto -pthread
       cc -std=c99 -D_POSIX_C_SOURCE=200809L -I. \
           -o conformance tests/transports/hook_conformance.c my_transport.c ... -pthread
       ./conformance ./faultd

   my_transport.c includes akolhook.h without AKOLHOOK_IMPLEMENTATION, which is here, and defines two
   functions:

       const akolhook_transport *conformance_transport(const char *ca_file, void **state);
           A transport that trusts the CAs of that PEM file and no others; NULL when it cannot be made. It is
           called several times, also while another one lives. *state is yours.
       void conformance_transport_free(const akolhook_transport *transport, void *state);

   The test starts faultd, which makes its certificates by itself, drives the hooks one by one, then delivers
   through a client, and prints what is wrong and "N passed, N failed". A TRANSPORT_OWNS_CONNECT transport
   must find the names localhost and *.localhost at 127.0.0.1 by itself. What the library below cannot do at
   all may be left out by a word after the program's path, and is named in the output: tls13 (no TLS 1.3),
   ipv6, usage (extended key usage is not looked at), notify (the end without close_notify is reported as FAIL
   also when there was one), resume (no session is resumed), cause (a CA of the same name with another key is
   TLS_FAILED), clock (the library takes its time from elsewhere than time() and this file's platform, which
   the test moves on by hours). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>

/* The clock of this process, time() of the libraries and the platform's, which the tests move on. */
static long clock_moved; /* seconds */
static int moved_clock_gettime(clockid_t id, struct timespec *out) {
    int result = clock_gettime(id, out);
    if (result == 0 && id == CLOCK_REALTIME) out->tv_sec = (time_t)(out->tv_sec + clock_moved);
    return result;
}
time_t time(time_t *out) {
    struct timespec t;
    time_t now = moved_clock_gettime(CLOCK_REALTIME, &t) == 0 ? t.tv_sec : (time_t)-1;
    if (out) *out = now;
    return now;
}

#define AKOLHOOK_IMPLEMENTATION
#define clock_gettime moved_clock_gettime
#include "akolhook.h"
#undef clock_gettime
#include "faultd.h"
#include "../check.h"

extern const akolhook_transport *conformance_transport(const char *ca_file, void **state);
extern void conformance_transport_free(const akolhook_transport *transport, void *state);

#define WRONG(what) check_note(__FILE__, __LINE__, "not so: " what)
#define PATIENCE_MS 120000 /* nothing here takes longer unless it is broken */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static faultd server;
static const char *faultd_path;
static char ca_file[] = "/tmp/akolhook-conformance-XXXXXX";
static const akolhook_transport *transport;
static const akolhook_policy anywhere = {AKOLHOOK_ALLOW_PRIVATE, NULL, 0};
static char **without;

static int left_out(const char *word) {
    char **w;
    for (w = without; *w; w++)
        if (strcmp(*w, word) == 0) return 1;
    return 0;
}
static int owns_connect(void) { return (transport->flags & AKOLHOOK_TRANSPORT_OWNS_CONNECT) != 0; }
static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
/* Descriptors that are open. */
static int descriptors(void) {
    int fd, n = 0;
    for (fd = 0; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1) n++;
    return n;
}

/* ---- one connection, driven by hand ---- */

#define CANARY 0x5A
#define CANARIES 64

typedef struct wire {
    akolhook_conn conn;
    const akolhook_transport *t;
    unsigned char *memory;
    char host[256];
    int opened, wants, fd; /* wants: how many WANT_ answers there were */
    int filled;            /* recv_fn gave as much as there was room for */
} wire;

static int is_want(ptrdiff_t result) {
    return result == AKOLHOOK_IO_WANT_READ || result == AKOLHOOK_IO_WANT_WRITE;
}

/* Waits as a WANT_ answer asks; 0 once patience ends. */
static int wire_wait(wire *w, ptrdiff_t want, int64_t until) {
    struct pollfd item;
    int64_t left = until - now_ms();
    if (left <= 0) return 0;
    w->wants++;
    if (w->conn.socket < 0) {
        poll(NULL, 0, 5);
        return 1;
    }
    item.fd = (int)w->conn.socket;
    item.events = want == AKOLHOOK_IO_WANT_READ ? POLLIN : POLLOUT;
    return poll(&item, 1, (int)left) == 1;
}
static void wire_fresh(wire *w) {
    w->conn.native_error = 0;
    w->conn.status = AKOLHOOK_OK;
}
/* A connected socket as the client would give it, or none. */
static int wire_begin_at(wire *w, const akolhook_transport *t, int number, const char *host) {
    akolhook_addr addr;
    int ipv6, room = 32768; /* a small send buffer, to fill it soon */
    size_t i;
    memset(w, 0, sizeof *w);
    w->t = t;
    w->fd = -1;
    snprintf(w->host, sizeof w->host, "%s", host);
    w->memory = (unsigned char *)malloc(t->conn_size + CANARIES);
    if (!w->memory) return 0;
    memset(w->memory, 0, t->conn_size);
    for (i = 0; i < CANARIES; i++) w->memory[t->conn_size + i] = CANARY;
    w->conn.memory = w->memory;
    w->conn.user = t->user;
    w->conn.host = w->host;
    w->conn.host_is_address = akolhook_addr_parse(akolhook_str_c(host), &addr) == AKOLHOOK_OK;
    w->conn.port = (uint16_t)number;
    w->conn.policy = &anywhere;
    w->conn.socket = -1;
    ipv6 = w->conn.host_is_address && addr.family == 6;
    if (t->flags & AKOLHOOK_TRANSPORT_OWNS_CONNECT) return 1;
    w->fd = ipv6 ? faultd_connect6(number) : faultd_connect(number);
    if (w->fd < 0 || fcntl(w->fd, F_SETFL, O_NONBLOCK) != 0) return 0;
    setsockopt(w->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    w->conn.socket = w->fd;
    return 1;
}
static int wire_begin(wire *w, const akolhook_transport *t, const char *port, const char *host) {
    return wire_begin_at(w, t, faultd_port(&server, port), host);
}
/* open_fn and handshake_fn to their end: 0, FAIL, or WANT_ when ms passed before. */
static int wire_handshake(wire *w, int ms) {
    int64_t until = now_ms() + ms;
    int result;
    if (!w->opened) {
        do {
            wire_fresh(w);
            result = w->t->open_fn(&w->conn);
            if (result != AKOLHOOK_IO_FAIL) w->opened = 1;
        } while (is_want(result) && wire_wait(w, result, until));
        if (result != 0) return result;
    }
    if (!w->t->handshake_fn) return 0;
    do {
        wire_fresh(w);
        result = w->t->handshake_fn(&w->conn);
    } while (is_want(result) && wire_wait(w, result, until));
    return result;
}
static void wire_end(wire *w) {
    size_t i;
    if (w->opened) w->t->close_fn(&w->conn);
    if (w->fd >= 0) {
        CHECK(fcntl(w->fd, F_GETFD) != -1); /* the socket stays the client's */
        close(w->fd);
    }
    if (!w->memory) return;
    for (i = 0; i < CANARIES && w->memory[w->t->conn_size + i] == CANARY; i++) {}
    CHECK_INT(i, CANARIES); /* nothing is written behind conn_size */
    free(w->memory);
}
/* A connection that is through its handshake, or not: then with a note. */
static int wire_open(wire *w, const akolhook_transport *t, const char *port, const char *host) {
    int begun = wire_begin(w, t, port, host),
        result = begun ? wire_handshake(w, PATIENCE_MS) : AKOLHOOK_IO_FAIL;
    if (begun && result == 0) return 1;
    printf("%s, host %s: %s with %d, status %s, native error %ld\n", port, host,
            begun ? "no handshake" : "no connection", result, akolhook_status_name(w->conn.status),
            w->conn.native_error);
    WRONG("the handshake succeeds");
    return 0;
}

/* Sends all, at most piece bytes in one call; 0, FAIL, or WANT_ when patience ends. */
static int wire_send(wire *w, const char *data, size_t len, size_t piece) {
    int64_t until = now_ms() + PATIENCE_MS;
    size_t done = 0;
    while (done < len) {
        size_t n = len - done < piece ? len - done : piece;
        ptrdiff_t result;
        wire_fresh(w);
        result = w->t->send_fn(&w->conn, data + done, n);
        if (result > 0 && (size_t)result <= n)
            done += (size_t)result;
        else if (!is_want(result)) {
            CHECK_INT(result, AKOLHOOK_IO_FAIL);
            return AKOLHOOK_IO_FAIL;
        } else if (!wire_wait(w, result, until))
            return (int)result;
    }
    return 0;
}
/* One read; waits while it is told to. */
static ptrdiff_t wire_recv(wire *w, char *data, size_t room, int ms) {
    int64_t until = now_ms() + ms;
    ptrdiff_t result = AKOLHOOK_IO_WANT_READ;
    /* who promises that the socket tells of all the rest is not asked before it does */
    if ((w->t->flags & AKOLHOOK_TRANSPORT_UNBUFFERED) && !w->conn.held && !w->filled &&
            !wire_wait(w, result, until))
        return result;
    do {
        wire_fresh(w);
        result = w->t->recv_fn(&w->conn, data, room);
    } while (is_want(result) && wire_wait(w, result, until));
    w->filled = result == (ptrdiff_t)room;
    CHECK(result <= (ptrdiff_t)room && result != 0 && result >= AKOLHOOK_IO_FAIL);
    return result;
}
/* Reads until so many bytes are there, or the end; *end gets the last answer when it was not a count. */
static size_t wire_read(wire *w, char *data, size_t want, size_t piece, ptrdiff_t *end) {
    size_t len = 0;
    *end = 0;
    while (len < want) {
        ptrdiff_t n = wire_recv(w, data + len, want - len < piece ? want - len : piece, PATIENCE_MS);
        if (n <= 0) {
            *end = n;
            break;
        }
        len += (size_t)n;
    }
    return len;
}

/* ---- certificates ---- */

typedef struct certificate_row {
    const char *port, *host;
    int allowed;
    const char *word;
} certificate_row;
/* allowed: bits of what may come of it */
enum { GOOD = 1, WRONG_HOST = 2, EXPIRED = 4, UNTRUSTED = 8, FAILED = 16 };

static int row_result(int result, akolhook_status status) {
    if (result == 0) return GOOD;
    if (result != AKOLHOOK_IO_FAIL) return 0;
    switch ((int)status) {
    case AKOLHOOK_TLS_WRONG_HOST: return WRONG_HOST;
    case AKOLHOOK_TLS_EXPIRED: return EXPIRED;
    case AKOLHOOK_TLS_UNTRUSTED: return UNTRUSTED;
    case AKOLHOOK_OK:
    case AKOLHOOK_TLS_FAILED: return FAILED;
    default: return 0;
    }
}
static void check_rows(const certificate_row *rows, size_t count) {
    size_t i;
    for (i = 0; i < count; i++) {
        const certificate_row *r = &rows[i];
        wire w;
        int result;
        if (*r->word && left_out(r->word)) continue;
        if (faultd_port(&server, r->port) == 0) {
            printf("no port %s\n", r->port);
            CHECK(strcmp(r->port, "tls6") == 0); /* a machine without IPv6 */
            continue;
        }
        if (wire_begin(&w, transport, r->port, r->host)) {
            result = wire_handshake(&w, PATIENCE_MS);
            if (!(row_result(result, w.conn.status) & r->allowed)) {
                printf("%s, host %s: result %d, status %s, native error %ld\n", r->port, r->host, result,
                        akolhook_status_name(w.conn.status), w.conn.native_error);
                WRONG("the certificate is judged right");
            }
            if (result == AKOLHOOK_IO_FAIL) CHECK(w.conn.native_error != 0);
        } else
            WRONG("connected");
        wire_end(&w);
    }
}
static void test_good_certificates(void) {
    static const certificate_row rows[] = {
            {"tls", "localhost", GOOD, ""},
            {"tls", "hooks.localhost", GOOD, ""},
            {"tls", "LocalHost", GOOD, ""},
            {"tls", "x.wild.localhost", GOOD, ""},
            {"tls", "127.0.0.1", GOOD, ""},
            {"ip_only", "127.0.0.1", GOOD, ""},
            {"tls6", "::1", GOOD, "ipv6"},
            {"tls12", "localhost", GOOD, ""},
            {"tls13", "localhost", GOOD, "tls13"},
            {"rsa", "localhost", GOOD, ""},
    };
    check_rows(rows, sizeof rows / sizeof rows[0]);
}
static void test_bad_certificates(void) {
    static const certificate_row rows[] = {
            {"wrong_host", "localhost", WRONG_HOST, ""},
            {"wrong_host", "127.0.0.1", WRONG_HOST, ""},
            {"expired", "localhost", EXPIRED, ""},
            {"not_yet", "localhost", EXPIRED, ""},
            {"self_signed", "localhost", UNTRUSTED, ""},
            {"other_ca", "localhost", UNTRUSTED, ""},
            {"leaf_ca", "localhost", UNTRUSTED, ""},
            {"client_only", "localhost", UNTRUSTED, "usage"},
            {"cn_only", "localhost", WRONG_HOST, ""},
            {"nul_name", "localhost", WRONG_HOST | UNTRUSTED | FAILED, ""},
            {"wildcard", "hooks.localhost", WRONG_HOST, ""},
            {"wildcard", "localhost", WRONG_HOST, ""},
            {"tls", "other.localhost", WRONG_HOST, ""},
            {"tls", "wild.localhost", WRONG_HOST, ""},
            {"tls", "a.x.wild.localhost", WRONG_HOST, ""},
            {"ip_only", "localhost", WRONG_HOST, ""},
            {"other_ip", "127.0.0.1", WRONG_HOST, ""},
            {"name_for_ip", "127.0.0.1", WRONG_HOST, ""},
            {"expired", "127.0.0.1", EXPIRED, ""},
            {"self_signed", "127.0.0.1", UNTRUSTED, ""},
            {"tls11", "localhost", FAILED, ""},
    };
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

/* ---- bytes ---- */

#define REQUEST(path, length) "POST " path " HTTP/1.1\r\nHost: x\r\nContent-Length: " length "\r\n\r\n"

/* A request to /echo in pieces of these sizes; the answer holds it. */
static void echo(size_t send_piece, size_t recv_piece, size_t body_len) {
    static char request[300000], answer[310000];
    char head[64], *content;
    size_t len, i, got = 0;
    ptrdiff_t end;
    wire w;
    len = (size_t)snprintf(request, sizeof request,
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %lu\r\n\r\n", (unsigned long)body_len);
    for (i = 0; i < body_len; i++) request[len++] = (char)(i * 2654435761u >> 24);
    if (wire_open(&w, transport, "tls", "localhost")) {
        CHECK_INT(wire_send(&w, request, len, send_piece), 0);
        do got += wire_read(&w, answer + got, 1, 1, &end);
        while (got < 1000 && end == 0 && !(got > 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0));
        content = answer + got;
        snprintf(head, sizeof head, "Content-Length: %lu\r\n", (unsigned long)len);
        answer[got] = 0;
        CHECK(strstr(answer, head) != NULL);
        CHECK_INT(wire_read(&w, content, len, recv_piece, &end), len);
        CHECK(memcmp(content, request, len) == 0);
    }
    wire_end(&w);
}
static void test_pieces(void) {
    echo(1, 1, 300);
    echo(7, 3, 2000);
    echo(100000, 100000, 100);
    echo(300000, 300000, 250000);
    echo(16384, 1, 3000);
    echo(16385, 17, 40000);
}

/* The bytes of a request in slices, through sendv_fn where there is one. */
static void test_slices(void) {
    static const char body[] = "abcdefghijklmnopqrstuvwxyz";
    char head[128], answer[600];
    size_t total, done = 0, got = 0, first = 1, i;
    int64_t until = now_ms() + PATIENCE_MS;
    ptrdiff_t end;
    wire w;
    total = (size_t)snprintf(head, sizeof head, REQUEST("/count", "26")) + 26;
    if (transport->sendv_fn && wire_open(&w, transport, "tls", "localhost")) {
        while (done < total) {
            akolhook_str whole[4], parts[4];
            size_t count = 0, skip = done;
            ptrdiff_t sent;
            whole[0] = akolhook_str_n(head, total - 26);
            whole[1] = akolhook_str_n(body, first);
            whole[2] = akolhook_str_n(body + first, 5);
            whole[3] = akolhook_str_n(body + first + 5, 26 - 5 - first);
            for (i = 0; i < 4; i++) {
                size_t n = skip < whole[i].len ? skip : whole[i].len;
                if (n < whole[i].len) parts[count++] = akolhook_str_n(whole[i].ptr + n, whole[i].len - n);
                skip -= n;
            }
            wire_fresh(&w);
            sent = transport->sendv_fn(&w.conn, parts, count);
            CHECK((sent > 0 && (size_t)sent <= total - done) || is_want(sent));
            if (sent > 0)
                done += (size_t)sent;
            else if (!is_want(sent) || !wire_wait(&w, sent, until))
                break;
        }
        CHECK_INT(done, total);
        while (got < sizeof answer - 1 && !(got > 4 && strncmp(answer + got - 4, "\r\n\r\n", 4) == 0)) {
            if (wire_read(&w, answer + got, 1, 1, &end) != 1) break;
            got++;
        }
        /* sum of i * ('a' + i - 1) for i = 1..26 */
        got = wire_read(&w, answer, 8, 8, &end);
        CHECK_MEM(answer, got, "26 39897", 8);
        wire_end(&w);
    }
}

/* More than every buffer on the way holds: the send must WANT, take the same bytes again, and let reads
 * happen in between. */
static void test_full_buffers(void) {
    static char data[8 << 20];
    char head[128], answer[600], sum_text[40];
    size_t len, done = 0, got, i, wanted = 0;
    unsigned long sum = 0;
    int64_t until = now_ms() + 3 * PATIENCE_MS;
    ptrdiff_t end;
    wire w;
    for (i = 0; i < sizeof data; i++) {
        data[i] = (char)(i * 2654435761u >> 23);
        sum = (sum + (unsigned char)data[i] * (unsigned long)(i + 1)) & 0xFFFFFFFFUL;
    }
    snprintf(sum_text, sizeof sum_text, "%lu %lu", (unsigned long)sizeof data, sum);
    len = (size_t)snprintf(head, sizeof head, REQUEST("/count?ms=300", "8388608"));
    if (wire_open(&w, transport, "tls", "localhost")) {
        CHECK_INT(wire_send(&w, head, len, len), 0);
        while (done < sizeof data) {
            ptrdiff_t sent;
            wire_fresh(&w);
            sent = transport->send_fn(&w.conn, data + done, sizeof data - done);
            if (sent > 0 && (size_t)sent <= sizeof data - done) {
                done += (size_t)sent;
                continue;
            }
            CHECK(is_want(sent));
            if (!is_want(sent)) break;
            wanted++;
            wire_fresh(&w);
            CHECK(is_want(transport->recv_fn(&w.conn, answer, sizeof answer)));
            if (!wire_wait(&w, sent, until)) break;
        }
        CHECK_INT(done, sizeof data);
        CHECK(wanted > 0);
        got = 0;
        do got += wire_read(&w, answer + got, 1, 1, &end);
        while (end == 0 && got < sizeof answer - 40 &&
                !(got > 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0));
        got = wire_read(&w, answer, strlen(sum_text), sizeof answer, &end);
        CHECK_MEM(answer, got, sum_text, strlen(sum_text));
    }
    wire_end(&w);
}

/* An answer that comes while the request is only half sent. */
static void test_early_answer(void) {
    static const char head[] = REQUEST("/early-read", "10"), again[] = REQUEST("/ok", "0");
    static const char want[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char answer[100];
    ptrdiff_t end;
    wire w;
    if (wire_open(&w, transport, "tls", "localhost")) {
        CHECK_INT(wire_send(&w, head, sizeof head - 1, 1000), 0);
        CHECK_INT(wire_send(&w, "01234", 5, 1000), 0);
        CHECK_INT(wire_read(&w, answer, sizeof want - 1, 1000, &end), sizeof want - 1);
        CHECK_MEM(answer, sizeof want - 1, want, sizeof want - 1);
        wire_fresh(&w);
        CHECK_INT(transport->recv_fn(&w.conn, answer, sizeof answer), AKOLHOOK_IO_WANT_READ);
        CHECK_INT(wire_send(&w, "56789", 5, 1000), 0);
        CHECK_INT(wire_send(&w, again, sizeof again - 1, 1000), 0);
        CHECK_INT(wire_read(&w, answer, sizeof want - 1, 1000, &end), sizeof want - 1);
    }
    wire_end(&w);
}

/* A record is taken in pieces: the socket has none of the rest, so a transport whose socket tells of
   everything says that it holds some back; and no more, once it has given all. */
static void test_held_back(void) {
    static const char request[] = REQUEST("/ok", "0");
    static const char want[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static const char *const names[] = {"tls", "tls12"};
    char answer[100];
    size_t got;
    int i;
    if (!(transport->flags & AKOLHOOK_TRANSPORT_UNBUFFERED)) return;
    for (i = 0; i < 2; i++) {
        wire w;
        if (wire_open(&w, transport, names[i], "localhost")) {
            CHECK_INT(wire_send(&w, request, sizeof request - 1, 1000), 0);
            for (got = 0; got < sizeof want - 1; got += 8) {
                size_t left = sizeof want - 1 - got, piece = left < 8 ? left : 8;
                CHECK_INT(wire_recv(&w, answer + got, piece, PATIENCE_MS), piece);
                CHECK_INT(w.conn.held != 0, left > 8);
            }
            CHECK_MEM(answer, sizeof want - 1, want, sizeof want - 1);
        }
        wire_end(&w);
    }
}

/* Key updates, and records of one byte each. */
static void test_records(void) {
    static const char requests[] = REQUEST("/key-update", "0"), more[] = REQUEST("/bytes", "0");
    static const char want[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static const char *const names[] = {"tls", "tls12"};
    char answer[100];
    ptrdiff_t end;
    wire w;
    int i, j;
    for (i = 0; i < 2; i++) {
        if (wire_open(&w, transport, names[i], "localhost")) {
            for (j = 0; j < 4; j++) {
                const char *request = j % 2 ? more : requests;
                CHECK_INT(wire_send(&w, request, strlen(request), 1000), 0);
                CHECK_INT(wire_read(&w, answer, sizeof want - 1, 1000, &end), sizeof want - 1);
                CHECK_MEM(answer, sizeof want - 1, want, sizeof want - 1);
                wire_fresh(&w);
                CHECK_INT(transport->recv_fn(&w.conn, answer, sizeof answer), AKOLHOOK_IO_WANT_READ);
            }
        }
        wire_end(&w);
    }
}

/* ---- the end of the stream ---- */

/* Sends a request and reads all there is; the last answer of recv_fn. */
static ptrdiff_t end_of(const char *path, size_t *len, long *native_error) {
    char request[128], answer[2000];
    ptrdiff_t end = 0;
    wire w;
    snprintf(request, sizeof request, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", path);
    *len = 0;
    *native_error = 0;
    if (wire_open(&w, transport, "tls", "localhost")) {
        CHECK_INT(wire_send(&w, request, strlen(request), 1000), 0);
        *len = wire_read(&w, answer, sizeof answer, 7, &end);
        *native_error = w.conn.native_error;
        wire_fresh(&w);
        if (end == AKOLHOOK_IO_FAIL)
            CHECK_INT(transport->recv_fn(&w.conn, answer, 7), AKOLHOOK_IO_FAIL); /* and for ever */
    }
    wire_end(&w);
    return end;
}
static void test_end(void) {
    static const char whole[] = "HTTP/1.1 200 OK\r\n\r\nwhole", part[] = "HTTP/1.1 200 OK\r\n\r\npart";
    static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
    ptrdiff_t clean = left_out("notify") ? AKOLHOOK_IO_FAIL : AKOLHOOK_IO_EOF;
    size_t len;
    long error;
    CHECK_INT(end_of("/to-close", &len, &error), clean);
    CHECK_INT(len, sizeof whole - 1);
    CHECK_INT(end_of("/notify-hang", &len, &error), clean);
    CHECK_INT(len, sizeof whole - 1);
    CHECK_INT(end_of("/close", &len, &error), clean);
    CHECK_INT(len, 0);
    CHECK_INT(end_of("/drop-close", &len, &error), AKOLHOOK_IO_FAIL);
    CHECK_INT(len, sizeof part - 1);
    CHECK_INT(end_of("/drop", &len, &error), AKOLHOOK_IO_FAIL);
    CHECK_INT(len, 0);
    CHECK_INT(end_of("/reset-body", &len, &error), AKOLHOOK_IO_FAIL);
    CHECK_INT(len, sizeof cut - 1);
    CHECK(error != 0);
    CHECK_INT(end_of("/reset", &len, &error), AKOLHOOK_IO_FAIL);
    CHECK(error != 0);
}
/* Sending on after the peer has reset the connection (ECONNRESET), or closed and then reset it (EPIPE): FAIL,
   and no SIGPIPE, whose disposition is the default here. */
static void test_send_after_reset(void) {
    static const char *const requests[] = {REQUEST("/reset", "0"), REQUEST("/early-shut", "100000000")};
    static char data[4096];
    int i;
    for (i = 0; i < 2; i++) {
        int64_t until = now_ms() + PATIENCE_MS;
        ptrdiff_t sent = 0;
        wire w;
        if (wire_open(&w, transport, "tls", "localhost")) {
            CHECK_INT(wire_send(&w, requests[i], strlen(requests[i]), 1000), 0);
            poll(NULL, 0, 50);
            while (now_ms() < until && sent != AKOLHOOK_IO_FAIL) {
                wire_fresh(&w);
                sent = transport->send_fn(&w.conn, data, sizeof data);
                if (is_want(sent)) wire_wait(&w, sent, until);
            }
            CHECK_INT(sent, AKOLHOOK_IO_FAIL);
            CHECK(w.conn.native_error != 0);
        }
        wire_end(&w);
    }
}

/* ---- handshakes that go wrong ---- */

static void test_stalled_handshakes(void) {
    static const char *const names[] = {"silent", "stall_hello", "stall_half", "stall12_half",
            "stall12_finish", "stall12_finish_half", "oversize"};
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        wire w;
        int result = wire_begin(&w, transport, names[i], "localhost") ? wire_handshake(&w, 150) : 0,
            was = w.wants;
        if (!is_want(result) && !(result == AKOLHOOK_IO_FAIL && strcmp(names[i], "oversize") == 0)) {
            printf("%s: %d\n", names[i], result);
            WRONG("the handshake waits");
        }
        CHECK(was < 1000); /* it does not ask to be called again at once */
        wire_end(&w);
    }
}
static void test_broken_handshakes(void) {
    static const struct {
        const char *port;
        int has_error;
    } rows[] = {
            {"alert", 1},
            {"plain", 1},
            {"hello_reset", 1},
            {"hello_closed", 0},
            {"reset", 0},
            {"closed", 0},
    };
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        wire w;
        int result = wire_begin(&w, transport, rows[i].port, "localhost") ? wire_handshake(&w, PATIENCE_MS)
                                                                          : AKOLHOOK_IO_FAIL;
        if (result != AKOLHOOK_IO_FAIL || (w.fd >= 0 && !(row_result(result, w.conn.status) & FAILED))) {
            printf("%s: %d, status %s\n", rows[i].port, result, akolhook_status_name(w.conn.status));
            WRONG("the handshake fails");
        }
        if (rows[i].has_error) CHECK(w.conn.native_error != 0);
        wire_end(&w);
    }
}
/* Given up at every step. */
static void test_closed_at_any_time(void) {
    static const char request[] = REQUEST("/echo", "1000");
    int step;
    for (step = 0; step < 8; step++) {
        char answer[16];
        wire w;
        int result = wire_begin(&w, transport, "tls", "localhost") ? 0 : AKOLHOOK_IO_FAIL;
        if (result == 0 && step > 0) {
            wire_fresh(&w);
            result = transport->open_fn(&w.conn);
            w.opened = result != AKOLHOOK_IO_FAIL;
        }
        if (result == 0 && step > 1 && step < 4 && transport->handshake_fn) {
            wire_fresh(&w);
            result = transport->handshake_fn(&w.conn);
            if (step == 3 && is_want(result) && wire_wait(&w, result, now_ms() + PATIENCE_MS)) {
                wire_fresh(&w);
                (void)transport->handshake_fn(&w.conn);
            }
        }
        if (step > 3 && result != AKOLHOOK_IO_FAIL) {
            CHECK_INT(wire_handshake(&w, PATIENCE_MS), 0);
            if (step > 4) CHECK_INT(wire_send(&w, request, step == 5 ? 10 : sizeof request - 1, 1000), 0);
            wire_fresh(&w);
            if (step > 6) CHECK(is_want(transport->recv_fn(&w.conn, answer, sizeof answer)));
        }
        wire_end(&w);
    }
}

/* ---- many at once ---- */

#define MANY 64
static void test_many(void) {
    static wire w[MANY];
    char request[128], answer[600];
    int i, before = descriptors(), round;
    for (round = 0; round < 2; round++) {
        for (i = 0; i < MANY; i++)
            (void)wire_open(&w[i], transport, i % 3 ? "tls" : "tls12", i % 2 ? "localhost" : "127.0.0.1");
        for (i = 0; i < MANY; i++) {
            snprintf(request, sizeof request, REQUEST("/count", "3") "%03d", i);
            CHECK_INT(wire_send(&w[i], request, strlen(request), 1000), 0);
        }
        for (i = MANY; i-- > 0;) {
            char want[40];
            size_t got = 0;
            ptrdiff_t end;
            do got += wire_read(&w[i], answer + got, 1, 1, &end);
            while (end == 0 && got < sizeof answer - 40 &&
                    !(got > 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0));
            snprintf(want, sizeof want, "3 %d", '0' * 6 + i / 100 + 2 * (i / 10 % 10) + 3 * (i % 10));
            got = wire_read(&w[i], answer, strlen(want), sizeof answer, &end);
            CHECK_MEM(answer, got, want, strlen(want));
        }
        for (i = 0; i < MANY; i++) wire_end(&w[(i * 37) % MANY]);
    }
    CHECK_INT(descriptors(), before);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1 /* keeps freed memory, and looks for leaks itself */
#else
#define SANITIZED 0
#endif

/* Resident memory in KiB, 0 where it cannot be known. */
static long resident(void) {
    long all = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &all, &pages) != 2) pages = 0;
    if (f) fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
static void test_leaks(void) {
    static const char *const names[] = {
            "tls", "wrong_host", "alert", "stall_half", "tls12", "expired", "hello_closed", "self_signed"};
    int i, before = descriptors();
    long memory = 0;
    for (i = 0; i < 320; i++) {
        wire w;
        if (i == 80) memory = resident();
        if (wire_begin(&w, transport, names[i % 8], "localhost"))
            (void)wire_handshake(&w, i % 8 == 3 ? 2 : PATIENCE_MS);
        wire_end(&w);
    }
    CHECK_INT(descriptors(), before);
    CHECK(SANITIZED || resident() - memory < 1024); /* 240 connections of 5 KiB would be more */
}

/* ---- names and sessions ---- */

static void tls_says(const akolhook_transport *t, const char *port, const char *host, char said[256]) {
    static const char request[] = REQUEST("/tls", "0");
    char answer[600];
    size_t got = 0;
    ptrdiff_t end;
    wire w;
    *said = 0;
    if (wire_open(&w, t, port, host)) {
        CHECK_INT(wire_send(&w, request, sizeof request - 1, 1000), 0);
        do got += wire_read(&w, answer + got, 1, 1, &end);
        while (end == 0 && got < sizeof answer - 1 &&
                strncmp(answer + got - 1, "\n", 1) != 0); /* the status line ... */
        got = 0;
        do got += wire_read(&w, answer + got, 1, 1, &end);
        while (end == 0 && got < sizeof answer - 1 &&
                !(got > 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0));
        answer[got] = 0;
        got = wire_read(&w, said,
                strstr(answer, "Length: ") ? (size_t)atoi(strstr(answer, "Length: ") + 8) % 255 : 0, 255,
                &end);
        said[got] = 0;
    }
    wire_end(&w);
}
static void test_sni(void) {
    char said[256];
    tls_says(transport, "tls", "localhost", said);
    CHECK(strncmp(said, "sni=localhost ", 14) == 0);
    tls_says(transport, "tls", "x.wild.localhost", said);
    CHECK(strncmp(said, "sni=x.wild.localhost ", 21) == 0);
    tls_says(transport, "tls", "127.0.0.1", said);
    CHECK(strncmp(said, "sni= ", 5) == 0); /* RFC 6066 section 3: no addresses */
}
/* A whole exchange; whether its session was resumed, which must not be asked of a connection that failed. */
static int is_resumed(const akolhook_transport *t, const char *port, const char *host) {
    char said[256];
    tls_says(t, port, host, said);
    if (!strstr(said, " resumed=1 ") && !strstr(said, " resumed=0 ")) WRONG("the server says how it went");
    return strstr(said, " resumed=1 ") != NULL;
}
/* What becomes of a connection. */
static int outcome(const akolhook_transport *t, const char *port, const char *host) {
    wire w;
    int result = AKOLHOOK_IO_FAIL, what = 0;
    if (wire_begin(&w, t, port, host)) {
        result = wire_handshake(&w, PATIENCE_MS);
        what = row_result(result, w.conn.status);
    } else
        WRONG("connected");
    wire_end(&w);
    return what;
}
#define MINUTES(n) ((n)*60)

/* Sessions that the server knows no more: a whole handshake, which looks at the certificate. */
static void test_forgotten_sessions(void) {
    static const struct {
        const char *port, *turning, *word;
    } rows[] = {{"forgets12", "forgets_turns12", ""}, {"forgets13", "forgets_turns13", "tls13"}};
    size_t i;
    int turn;
    for (i = 0; i < 2; i++) {
        void *state = NULL;
        const akolhook_transport *fresh;
        if (*rows[i].word && left_out(rows[i].word)) continue;
        fresh = conformance_transport(ca_file, &state);
        if (!fresh) continue;
        for (turn = 0; turn < 4; turn++) CHECK_INT(is_resumed(fresh, rows[i].port, "localhost"), 0);
        CHECK_INT(is_resumed(fresh, rows[i].turning, "localhost"), 0);
        for (turn = 0; turn < 2; turn++) CHECK_INT(outcome(fresh, rows[i].turning, "localhost"), UNTRUSTED);
        conformance_transport_free(fresh, state);
    }
}

/* A server that asks for another key (HelloRetryRequest, RFC 8446 section 4.1.4), without a session and with
 * one. */
static void test_retry_request(void) {
    static const char *const names[] = {"retry13", "retry13_521"};
    size_t i;
    int turn;
    if (left_out("tls13")) return;
    for (i = 0; i < 2; i++) {
        void *state = NULL;
        const akolhook_transport *fresh = conformance_transport(ca_file, &state);
        if (!fresh) continue;
        for (turn = 0; turn < 3; turn++)
            CHECK_INT(is_resumed(fresh, names[i], "localhost"), turn > 0 && !left_out("resume"));
        conformance_transport_free(fresh, state);
    }
}

/* A certificate that changes for the worse behind a live session counts two hours after the good one was
   seen, at the latest, however often sessions were resumed before; and no session is left then. */
static void test_worse_certificates(void) {
    static const struct {
        const char *port, *word;
        int what;
    } rows[] = {{"turns_expired12", "", EXPIRED}, {"turns_expired13", "tls13", EXPIRED},
            {"turns_other_host12", "", WRONG_HOST}, {"turns_other_host13", "tls13", WRONG_HOST},
            {"turns_other_ca12", "", UNTRUSTED}, {"turns_other_ca13", "tls13", UNTRUSTED}};
    size_t i;
    int minutes;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *state = NULL;
        const akolhook_transport *fresh;
        int bad = check_bad;
        if (*rows[i].word && left_out(rows[i].word)) continue;
        fresh = conformance_transport(ca_file, &state);
        if (!fresh) continue;
        CHECK_INT(is_resumed(fresh, rows[i].port, "localhost"), 0);
        for (minutes = 50; minutes <= 100 && !left_out("resume"); minutes += 50) {
            clock_moved = MINUTES(minutes);
            CHECK_INT(is_resumed(fresh, rows[i].port, "localhost"), 1);
        }
        for (minutes = 121; minutes < 124; minutes++) {
            clock_moved = MINUTES(minutes);
            CHECK_INT(outcome(fresh, rows[i].port, "localhost"), rows[i].what);
        }
        clock_moved = 0; /* and a clock that goes back brings nothing back */
        CHECK_INT(outcome(fresh, rows[i].port, "localhost"), rows[i].what);
        if (check_bad != bad) printf("  at port %s\n", rows[i].port);
        conformance_transport_free(fresh, state);
    }
}

/* Two hours, counted from the certificate that was shown last; and no longer than that one lives. */
static void test_longest_life(void) {
    static const struct { const char *port, *word; } rows[] = {{"tls12", ""}, {"tls13", "tls13"}};
    void *state = NULL;
    const akolhook_transport *fresh;
    size_t i;
    int turn;
    for (i = 0; i < 2; i++) {
        if (*rows[i].word && left_out(rows[i].word)) continue;
        fresh = conformance_transport(ca_file, &state);
        if (!fresh) continue;
        for (turn = 0; turn < 10; turn++) { /* each 50 minutes: a whole handshake, two resumed, and again */
            clock_moved = MINUTES(50 * turn);
            CHECK_INT(is_resumed(fresh, rows[i].port, "localhost"), turn % 3 > 0 && !left_out("resume"));
        }
        clock_moved = -MINUTES(1); /* the clock went back: how old the session is cannot be said */
        CHECK_INT(is_resumed(fresh, rows[i].port, "localhost"), 0);
        conformance_transport_free(fresh, state);
        clock_moved = 0;
    }
    fresh = conformance_transport(ca_file, &state);
    if (!fresh) return;
    CHECK_INT(is_resumed(fresh, "brief", "localhost"), 0);
    clock_moved = MINUTES(55);
    CHECK_INT(is_resumed(fresh, "brief", "localhost"), !left_out("resume"));
    clock_moved = MINUTES(65);
    CHECK_INT(outcome(fresh, "brief", "localhost"), EXPIRED);
    clock_moved = 0;
    conformance_transport_free(fresh, state);
}
static void test_sessions(void) {
    static const certificate_row rows[] = {
            {"ip_only", "127.0.0.1", GOOD, ""},
            {"ip_only", "localhost", WRONG_HOST, ""},
            {"ip_only", "127.0.0.1", GOOD, ""},
            {"ip_only", "localhost", WRONG_HOST, ""},
    };
    void *state = NULL;
    const akolhook_transport *fresh = conformance_transport(ca_file, &state);
    char said[256];
    CHECK(fresh != NULL);
    if (!fresh) return;
    tls_says(fresh, "tls12", "localhost", said);
    CHECK(strstr(said, " resumed=0 ") != NULL);
    tls_says(fresh, "tls12", "localhost", said);
    if (!left_out("resume")) CHECK(strstr(said, " resumed=1 ") != NULL);
    tls_says(fresh, "tls12", "hooks.localhost", said);
    CHECK(strstr(said, " resumed=0 ") != NULL); /* another name has not been proved by that session */
    if (!left_out("tls13")) {
        tls_says(fresh, "tls13", "localhost", said);
        CHECK(strstr(said, " resumed=0 ") != NULL);
        tls_says(fresh, "tls13", "localhost", said);
        if (!left_out("resume")) CHECK(strstr(said, " resumed=1 ") != NULL);
    }
    conformance_transport_free(fresh, state);
    check_rows(rows, sizeof rows / sizeof rows[0]);
}

/* ---- two transports ---- */

static void test_two_transports(void) {
    static const char request[] = REQUEST("/ok", "0");
    char other_file[] = "/tmp/akolhook-conformance-XXXXXX", answer[100];
    int fd = mkstemp(other_file);
    const akolhook_transport *other;
    void *state = NULL;
    faultd second;
    ptrdiff_t end;
    wire a, b;
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(faultd_start(&second, faultd_path, 900, other_file));
    other = conformance_transport(other_file, &state);
    CHECK(other != NULL);
    if (other && wire_open(&a, transport, "tls", "localhost")) {
        CHECK(wire_begin_at(&b, other, faultd_port(&second, "tls"), "localhost") &&
                wire_handshake(&b, PATIENCE_MS) == 0);
        wire_end(&b);
        CHECK(wire_begin(&b, other, "tls", "localhost")); /* each trusts its own CA alone */
        CHECK_INT(wire_handshake(&b, PATIENCE_MS), AKOLHOOK_IO_FAIL);
        CHECK(b.conn.status == AKOLHOOK_TLS_UNTRUSTED || left_out("cause"));
        wire_end(&b);
        CHECK(wire_begin_at(&b, transport, faultd_port(&second, "tls"), "localhost"));
        CHECK_INT(wire_handshake(&b, PATIENCE_MS), AKOLHOOK_IO_FAIL);
        CHECK(b.conn.status == AKOLHOOK_TLS_UNTRUSTED || left_out("cause"));
        wire_end(&b);
        conformance_transport_free(other, state);
        CHECK_INT(wire_send(&a, request, sizeof request - 1, 1000), 0);
        CHECK_INT(wire_read(&a, answer, 40, 40, &end), 40);
        wire_end(&a);
    }
    faultd_stop(&second);
    unlink(other_file);
}
static void test_no_trust(void) {
    void *state = NULL;
    const akolhook_transport *t = conformance_transport("/nonexistent/ca.pem", &state);
    wire w;
    if (!t) return; /* the best answer; else nothing may be trusted */
    CHECK(wire_begin(&w, t, "tls", "localhost"));
    CHECK_INT(wire_handshake(&w, PATIENCE_MS), AKOLHOOK_IO_FAIL);
    wire_end(&w);
    conformance_transport_free(t, state);
}
/* A transport that judges addresses by itself, under the policy of public addresses only: not a packet goes
 * to this machine. */
static void test_judges(void) {
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    static const akolhook_policy strict = {0, NULL, 0};
    faultd_count before = faultd_counts(&server, "tls");
    size_t i;
    if (!owns_connect() || !(transport->flags & AKOLHOOK_TRANSPORT_JUDGES)) return;
    for (i = 0; i < 2; i++) {
        wire w;
        CHECK(wire_begin(&w, transport, "tls", hosts[i]));
        w.conn.policy = &strict;
        CHECK_INT(wire_handshake(&w, PATIENCE_MS), AKOLHOOK_IO_FAIL);
        CHECK_STATUS(w.conn.status, BLOCKED_ADDRESS);
        CHECK(w.conn.peer.family == 4 && w.conn.peer.bytes[0] == 127);
        wire_end(&w);
    }
    CHECK_INT(faultd_counts(&server, "tls").connections, before.connections);
}
static void test_shape(void) {
    CHECK(transport->flags & AKOLHOOK_TRANSPORT_SECURE);
    CHECK(transport->open_fn && transport->send_fn && transport->recv_fn && transport->close_fn);
    CHECK(transport->conn_size <= 65536);
}

/* ---- through a client ---- */

static int lookup_loopback(void *user, akolhook_lookup *lookup) {
    (void)user;
    memset(lookup->addrs, 0, sizeof lookup->addrs[0]);
    lookup->addrs[0].family = 4;
    lookup->addrs[0].bytes[0] = 127;
    lookup->addrs[0].bytes[3] = 1;
    lookup->count = 1;
    return 0;
}
static akolhook_platform platform;
static akolhook_client *client_new(uint32_t deadline_ms, uint32_t in_flight, void **memory) {
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client = NULL;
    platform = *akolhook_posix_platform();
    platform.lookup_fn = lookup_loopback;
    desc.tls = transport;
    desc.platform = &platform;
    desc.policy = anywhere;
    desc.deadline_ms = deadline_ms;
    desc.max_in_flight = desc.max_per_origin = in_flight;
    desc.trust_transport_addresses = 1;
    *memory = malloc(akolhook_client_size(&desc));
    CHECK_STATUS(akolhook_client_init(&client, *memory, akolhook_client_size(&desc), &desc), OK);
    return client;
}
static void client_end(akolhook_client *client, void *memory) {
    akolhook_client_close(client);
    free(memory);
}

/* unclean: what it is where the end with close_notify cannot be told from one without */
typedef struct delivery_row {
    const char *port, *host, *path;
    akolhook_status status, unclean;
    int code, cut, unclean_cut;
    akolhook_phase phase;
} delivery_row;
#define SAME(status) AKOLHOOK_##status, AKOLHOOK_##status

static const delivery_row delivery_rows[] = {
        {"tls", "localhost", "/ok", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "127.0.0.1", "/ok", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/chunked", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/to-close", SAME(OK), 200, 0, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/notify-hang", SAME(OK), 200, 0, 1, AKOLHOOK_PHASE_NONE},
        {"tls12", "localhost", "/notify-hang", SAME(OK), 200, 0, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/bytes", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/key-update", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/continue-60", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/endless-length", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/endless-chunks", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/status/500", SAME(HTTP_STATUS), 500, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/early-close", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/close", AKOLHOOK_RESPONSE_CUT, AKOLHOOK_RECEIVE_FAILED, 0, 0, 0,
                AKOLHOOK_PHASE_HEAD},
        {"tls", "localhost", "/close-head", AKOLHOOK_RESPONSE_CUT, AKOLHOOK_RECEIVE_FAILED, 0, 0, 0,
                AKOLHOOK_PHASE_HEAD},
        {"tls", "localhost", "/reset-head", SAME(RECEIVE_FAILED), 0, 0, 0, AKOLHOOK_PHASE_HEAD},
        {"tls", "localhost", "/drop", SAME(RECEIVE_FAILED), 0, 0, 0, AKOLHOOK_PHASE_HEAD},
        {"tls", "localhost", "/drop-head", SAME(RECEIVE_FAILED), 0, 0, 0, AKOLHOOK_PHASE_HEAD},
        {"tls", "localhost", "/drop-length", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/drop-chunked", SAME(OK), 200, 0, 0, AKOLHOOK_PHASE_DONE},
        {"tls", "localhost", "/drop-body", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/drop-chunks", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/drop-close", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/close-body", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"tls", "localhost", "/reset-body", SAME(OK), 200, 1, 1, AKOLHOOK_PHASE_NONE},
        {"wrong_host", "localhost", "/ok", SAME(TLS_WRONG_HOST), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"expired", "localhost", "/ok", SAME(TLS_EXPIRED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"not_yet", "localhost", "/ok", SAME(TLS_EXPIRED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"self_signed", "localhost", "/ok", SAME(TLS_UNTRUSTED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"other_ca", "localhost", "/ok", SAME(TLS_UNTRUSTED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"cn_only", "localhost", "/ok", SAME(TLS_WRONG_HOST), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"wildcard", "hooks.localhost", "/ok", SAME(TLS_WRONG_HOST), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"other_ip", "127.0.0.1", "/ok", SAME(TLS_WRONG_HOST), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"tls11", "localhost", "/ok", SAME(TLS_FAILED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"alert", "localhost", "/ok", SAME(TLS_FAILED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"plain", "localhost", "/ok", SAME(TLS_FAILED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"hello_closed", "localhost", "/ok", SAME(TLS_FAILED), 0, 0, 0, AKOLHOOK_PHASE_TLS},
        {"refused", "127.0.0.1", "/ok", SAME(CONNECT_FAILED), 0, 0, 0, AKOLHOOK_PHASE_CONNECT},
};
static void test_deliveries(void) {
    static char body[600000];
    size_t i;
    void *memory;
    akolhook_client *client = client_new(PATIENCE_MS, 1, &memory);
    for (i = 0; i < sizeof delivery_rows / sizeof delivery_rows[0]; i++) {
        const delivery_row *r = &delivery_rows[i];
        akolhook_status want = left_out("notify") ? r->unclean : r->status, got;
        int cut = left_out("notify") ? r->unclean_cut : r->cut;
        akolhook_delivery d;
        char url[200];
        memset(&d, 0, sizeof d);
        snprintf(url, sizeof url, "https://%s:%d%s", r->host, faultd_port(&server, r->port), r->path);
        got = akolhook_deliver(
                client, url, SECRET, body, strcmp(r->path, "/early-close") == 0 ? sizeof body : 100, &d);
        if (got != want || d.code != r->code || d.response_cut != cut ||
                (!owns_connect() && r->phase != AKOLHOOK_PHASE_NONE && d.phase != r->phase)) {
            printf("%s at %s: %s, code %d, cut %d, phase %s; expected %s, %d, %d, %s\n", r->path, r->port,
                    akolhook_status_name(got), d.code, d.response_cut, akolhook_phase_name(d.phase),
                    akolhook_status_name(want), r->code, cut, akolhook_phase_name(r->phase));
            WRONG("the delivery ends as it should");
        }
        if (d.phase == AKOLHOOK_PHASE_TLS) CHECK(d.native_error != 0 || strcmp(r->port, "hello_closed") == 0);
    }
    client_end(client, memory);
}
static void test_deadlines(void) {
    static const char *const names[] = {"silent", "stall_half", "stall12_finish", "tls"};
    size_t i;
    for (i = 0; i < 4; i++) {
        akolhook_phase phase = i < 3 ? AKOLHOOK_PHASE_TLS : AKOLHOOK_PHASE_HEAD;
        uint32_t deadline_ms = 300;
        akolhook_delivery d;
        char url[200];
        snprintf(url, sizeof url, "https://localhost:%d/silent", faultd_port(&server, names[i]));
        do { /* a later deadline, where a busy machine has not come so far */
            void *memory;
            akolhook_client *client = client_new(deadline_ms, 1, &memory);
            CHECK_STATUS(akolhook_deliver(client, url, SECRET, "{}", 2, &d), DEADLINE);
            CHECK(d.ms >= (int32_t)deadline_ms && d.ms < PATIENCE_MS);
            client_end(client, memory);
            deadline_ms *= 4;
        } while (!owns_connect() && d.phase < phase && deadline_ms < PATIENCE_MS);
        if (!owns_connect()) CHECK_INT(d.phase, phase);
    }
}

typedef struct tally {
    int done, ok, cancelled;
} tally;
static void on_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    tally *t = (tally *)user;
    (void)id;
    t->done++;
    t->ok += delivery->status == AKOLHOOK_OK && delivery->code == 200;
    t->cancelled += delivery->status == AKOLHOOK_CANCELLED;
}
static void submit_many(akolhook_client *client, const char *url, int count, tally *t) {
    akolhook_request request = AKOLHOOK_INIT;
    request.url = akolhook_str_c(url);
    request.secret = akolhook_str_c(SECRET);
    request.body[0] = akolhook_str_c("{}");
    while (count-- > 0) CHECK_STATUS(akolhook_client_submit(client, &request, on_done, t, NULL), OK);
}
static void test_many_deliveries(void) {
    char url[100], silent[100];
    tally t = {0, 0, 0};
    void *memory;
    int before = descriptors();
    size_t left = 1;
    akolhook_client *client = client_new(PATIENCE_MS, 50, &memory);
    snprintf(url, sizeof url, "https://localhost:%d/ok", faultd_port(&server, "tls"));
    submit_many(client, url, 50, &t);
    while (left) {
        CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
        if (t.done == 50) break;
    }
    CHECK_INT(t.ok, 50);
    snprintf(silent, sizeof silent, "https://localhost:%d/ok", faultd_port(&server, "stall_half"));
    submit_many(client, silent, 20, &t); /* given up in the middle of their handshakes, or before them */
    CHECK_STATUS(akolhook_client_poll(client, 50, &left), OK);
    CHECK_STATUS(akolhook_client_poll(client, 50, &left), OK);
    client_end(client, memory);
    CHECK_INT(t.done, 70);
    CHECK_INT(t.cancelled, 20);
    CHECK_INT(descriptors(), before);
}

int main(int argc, char **argv) {
    void *state = NULL;
    int fd;
    if (argc < 2) {
        fprintf(stderr, "usage: conformance FAULTD [tls13|ipv6|usage|notify|resume|cause|clock ...]\n");
        return 2;
    }
    without = argv + 2;
    faultd_path = argv[1];
    alarm(900);
    fd = mkstemp(ca_file);
    if (fd < 0) return 2;
    close(fd);
    if (!faultd_start(&server, argv[1], 900, ca_file) || faultd_port(&server, "tls") == 0) {
        fprintf(stderr, "%s does not run, or was built without -DFAULTD_TLS\n", argv[1]);
        return 2;
    }
    transport = conformance_transport(ca_file, &state);
    if (!transport) {
        fprintf(stderr, "conformance_transport gave none\n");
        return 2;
    }
    for (; argc > 2; argc--) printf("left out: %s\n", argv[argc - 1]);
    RUN(test_shape);
    RUN(test_judges);
    RUN(test_good_certificates);
    RUN(test_bad_certificates);
    RUN(test_pieces);
    RUN(test_slices);
    RUN(test_full_buffers);
    RUN(test_early_answer);
    RUN(test_held_back);
    RUN(test_records);
    RUN(test_end);
    RUN(test_send_after_reset);
    RUN(test_stalled_handshakes);
    RUN(test_broken_handshakes);
    RUN(test_closed_at_any_time);
    RUN(test_sni);
    RUN(test_sessions);
    RUN(test_forgotten_sessions);
    RUN(test_retry_request);
    if (!left_out("clock")) RUN(test_worse_certificates);
    if (!left_out("clock")) RUN(test_longest_life);
    RUN(test_two_transports);
    RUN(test_no_trust);
    RUN(test_many);
    RUN(test_leaks);
    RUN(test_deliveries);
    RUN(test_deadlines);
    RUN(test_many_deliveries);
    conformance_transport_free(transport, state);
    faultd_stop(&server);
    unlink(ca_file);
    return check_end();
}
