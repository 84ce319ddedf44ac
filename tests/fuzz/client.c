/* The client over a system of which every hook does what the next byte of the input says, its contract
   kept or not: each delivery ends once, each connection that was opened is closed once, each socket and
   lookup given back, and time goes on. */
#include "../../akolhook.h"
#include "fuzz.h"

#include <string.h>

enum { SLOTS = 4, MOST = 64, SOCKETS = 4096 };
static struct world {
    source s;
    int64_t now;
    unsigned lcg;
    int polls;                    /* waits of one poll: it must not hang */
    uint8_t open_socket[SOCKETS]; /* handed out and not closed yet */
    uint8_t watched[SOCKETS];
    int sockets, conns, conns_closed, lookups, lookups_over, sets, sets_closed;
    int submitted, done, ended[MOST];
    int with_set;
} w;

static int64_t monotonic(void *user) {
    (void)user;
    return w.now;
}
static int64_t wall(void *user) {
    (void)user;
    return INT64_C(1767225600000) + w.now;
}
static int random_bytes(void *user, void *out, size_t len) {
    size_t i;
    (void)user;
    for (i = 0; i < len; i++) ((uint8_t *)out)[i] = (uint8_t)((w.lcg = w.lcg * 1103515245u + 12345u) >> 16);
    return w.s.p < w.s.end && take(&w.s) == 255 ? -1 : 0;
}

/* A socket of the world's; they are not used again. */
static intptr_t new_socket(void) {
    FUZZ_CHECK(w.sockets < SOCKETS);
    w.open_socket[w.sockets] = 1;
    return w.sockets++;
}

static int lookup(void *user, akolhook_lookup *l) {
    unsigned b = w.s.p < w.s.end ? take(&w.s) : 250, i;
    (void)user;
    FUZZ_CHECK(l->host[0] && l->count == 0 && l->status == AKOLHOOK_OK);
    if (!l->started) {
        w.lookups++;
        l->socket = b & 1 ? new_socket() : -1;
    }
    if (b < 160) {
        l->count = 1 + b % 3;
        for (i = 0; i < l->count; i++) {
            l->addrs[i].family = 4;
            memcpy(l->addrs[i].bytes, b % 40 == 39 ? "\x0a\0\0\1" : "\x5d\xb8\xd8\x22", 4);
        }
    }
    if (b >= 160 && b < 200) {
        if (b % 8 == 0) l->status = AKOLHOOK_LOOKUP_BUSY;
        return AKOLHOOK_IO_WANT_READ;
    }
    if (b >= 200 && b < 210) return 3; /* a broken hook: the lookup is given up */
    if (l->socket >= 0) w.open_socket[l->socket] = 0;
    w.lookups_over++;
    if (b < 160) return 0;
    if (b == 240) l->status = AKOLHOOK_SYSTEM_LIMIT;
    if (b == 241) {
        l->count = AKOLHOOK_MAX_ADDRESSES + 1; /* another */
        return 0;
    }
    return AKOLHOOK_IO_FAIL;
}
static void lookup_cancel(void *user, akolhook_lookup *l) {
    (void)user;
    if (l->socket >= 0) {
        FUZZ_CHECK(w.open_socket[l->socket] && !w.watched[l->socket]);
        w.open_socket[l->socket] = 0;
    }
    w.lookups_over++;
}

static int start_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    unsigned b = take(&w.s);
    (void)user;
    FUZZ_CHECK(addr->family == 4 && addr->bytes[0] == 0x5d && port);
    *native_error = 111;
    if (b >= 200 && b < 240) return AKOLHOOK_IO_FAIL;
    if (b >= 240 && b < 250) return AKOLHOOK_IO_LIMIT;
    *out = new_socket();
    return b >= 250 ? 5 : b < 100 ? 0 : AKOLHOOK_IO_WANT_WRITE;
}
static int connected(void *user, intptr_t fd, long *native_error) {
    unsigned b = take(&w.s);
    (void)user;
    FUZZ_CHECK(w.open_socket[fd]);
    *native_error = 110;
    return b < 180 ? 0 : b < 220 ? AKOLHOOK_IO_WANT_WRITE : b < 250 ? AKOLHOOK_IO_FAIL : 9;
}
static void close_socket(void *user, intptr_t fd) {
    (void)user;
    FUZZ_CHECK(fd >= 0 && fd < w.sockets && w.open_socket[fd] && !w.watched[fd]);
    w.open_socket[fd] = 0;
}

/* Time goes on by what was allowed, or by less; behind the input's end by all of it. */
static void pass(int timeout_ms) {
    unsigned b = w.s.p < w.s.end ? take(&w.s) : 255;
    FUZZ_CHECK(timeout_ms >= 0 && ++w.polls < 20000);
    w.now += b == 255 ? timeout_ms : timeout_ms < (int)b ? timeout_ms : (int)b;
}
static int wait_list(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    size_t i;
    (void)user;
    pass(timeout_ms);
    for (i = 0; i < count; i++) {
        FUZZ_CHECK(items[i].read || items[i].write);
        if (items[i].socket >= 0) FUZZ_CHECK(w.open_socket[items[i].socket]);
        if (take(&w.s) & 1) items[i].read = items[i].write = 0;
    }
    *native_error = 4;
    return w.s.p < w.s.end && take(&w.s) == 254 ? AKOLHOOK_IO_FAIL : 0;
}

static struct {
    intptr_t socket;
    int read, write;
} tokens[4 * SLOTS + AKOLHOOK_MAX_LOOKUPS];
enum { TOKENS = sizeof tokens / sizeof tokens[0] };
static int set_open(void *user, intptr_t *set, long *native_error) {
    (void)user;
    *native_error = 24;
    if (take(&w.s) == 255) return AKOLHOOK_IO_FAIL;
    memset(tokens, 0, sizeof tokens);
    w.sets++;
    *set = 77;
    return 0;
}
static void set_close(void *user, intptr_t set) {
    (void)user;
    FUZZ_CHECK(set == 77);
    w.sets_closed++;
}
static int set_watch(void *user, intptr_t set, intptr_t fd, uint32_t token, int read, int write, int known,
        long *native_error) {
    (void)user;
    *native_error = 28;
    FUZZ_CHECK(set == 77 && token < TOKENS && fd >= 0 && fd < w.sockets && w.open_socket[fd]);
    FUZZ_CHECK(!known == !w.watched[fd]);
    if (read || write) {
        unsigned b = take(&w.s);
        if (b == 255) return AKOLHOOK_IO_LIMIT;
        if (b == 254) return AKOLHOOK_IO_FAIL;
    }
    w.watched[fd] = (uint8_t)(read || write);
    tokens[token].socket = fd;
    tokens[token].read = read;
    tokens[token].write = write;
    return 0;
}
static int set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    uint32_t i;
    (void)user;
    FUZZ_CHECK(set == 77 && cap > 0);
    pass(timeout_ms);
    *count = 0;
    for (i = 0; i < TOKENS && *count < cap; i++)
        if ((tokens[i].read || tokens[i].write) && !(take(&w.s) & 1)) {
            items[*count].token = i;
            items[*count].read = (uint8_t)tokens[i].read;
            items[(*count)++].write = (uint8_t)tokens[i].write;
        }
    *native_error = 4;
    return 0;
}

/* ---- the transport ---- */

typedef struct peer {
    int opened, closed;
    unsigned answer, at;
} peer;
static int conn_open(akolhook_conn *conn) {
    peer *p = (peer *)conn->memory;
    unsigned b = take(&w.s);
    FUZZ_CHECK(!p->closed && w.open_socket[conn->socket]);
    if (b >= 200 && b < 230) {
        if (b & 1) conn->status = AKOLHOOK_SYSTEM_LIMIT;
        if (p->opened) w.conns--;
        return AKOLHOOK_IO_FAIL;
    }
    if (!p->opened++) w.conns++;
    return b < 200 ? 0 : b < 245 ? AKOLHOOK_IO_WANT_READ : b < 250 ? AKOLHOOK_IO_WANT_WRITE : 12;
}
static int conn_handshake(akolhook_conn *conn) {
    unsigned b = take(&w.s);
    FUZZ_CHECK(((peer *)conn->memory)->opened);
    if (b == 230) conn->status = AKOLHOOK_TLS_EXPIRED;
    return b < 180   ? 0
           : b < 200 ? AKOLHOOK_IO_WANT_READ
           : b < 220 ? AKOLHOOK_IO_WANT_WRITE
           : b < 250 ? AKOLHOOK_IO_FAIL
                     : 4;
}
static ptrdiff_t conn_send(akolhook_conn *conn, const void *data, size_t len) {
    unsigned b = take(&w.s);
    FUZZ_CHECK(((peer *)conn->memory)->opened && data && len);
    if (b < 180) return (ptrdiff_t)(b & 1 && len > b ? b : len);
    return b < 210   ? AKOLHOOK_IO_WANT_WRITE
           : b < 220 ? AKOLHOOK_IO_WANT_READ
           : b < 250 ? AKOLHOOK_IO_FAIL
           : b < 252 ? 0
           : b < 254 ? (ptrdiff_t)len + 1
                     : AKOLHOOK_IO_EOF;
}
static ptrdiff_t conn_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    size_t i, all = 0;
    for (i = 0; i < count; i++) {
        FUZZ_CHECK(parts[i].len);
        all += parts[i].len;
    }
    FUZZ_CHECK(count >= 1 && count <= 4);
    return conn_send(conn, parts, all);
}
static ptrdiff_t conn_recv(akolhook_conn *conn, void *data, size_t len) {
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"
    static const char *const answers[4] = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 9\r\n" CHUNKED),
            "HTTP/1.0 200 OK\r\n\r\nuntil the end", "HTTP/1.1 204 \r\n\r\n"};
    peer *p = (peer *)conn->memory;
    unsigned b = take(&w.s);
    size_t left;
    FUZZ_CHECK(p->opened && data && len);
    if (b >= 140) {
        if (b >= 253) {
            memset(data, (int)b, len);
            return (ptrdiff_t)len;
        }
        return b < 180   ? AKOLHOOK_IO_WANT_READ
               : b < 190 ? AKOLHOOK_IO_WANT_WRITE
               : b < 215 ? AKOLHOOK_IO_EOF
               : b < 240 ? AKOLHOOK_IO_FAIL
               : b < 246 ? 0
                         : (ptrdiff_t)len + 1;
    }
    left = strlen(answers[p->answer % 4]) - p->at;
    if (!left) {
        p->answer = b;
        p->at = 0;
        return AKOLHOOK_IO_WANT_READ;
    }
    if (b & 1 && left > 1 + b / 8) left = 1 + b / 8;
    if (left > len) left = len;
    memcpy(data, answers[p->answer % 4] + p->at, left);
    p->at += (unsigned)left;
    return (ptrdiff_t)left;
}
static void conn_close(akolhook_conn *conn) {
    peer *p = (peer *)conn->memory;
    FUZZ_CHECK(p->opened && !p->closed++);
    w.conns_closed++;
}

/* ---- deliveries ---- */

static void on_done(void *user, uint64_t id, const akolhook_delivery *d) {
    int *ended = (int *)user;
    (void)id;
    FUZZ_CHECK(!*ended);
    *ended = 1;
    w.done++;
    FUZZ_CHECK(d->cause && (d->status == AKOLHOOK_CANCELLED ||
                                   (d->status == AKOLHOOK_OK) == (d->code >= 200 && d->code <= 299)));
    FUZZ_CHECK(d->ms >= 0 && d->response.len <= 64);
}

static uint64_t submit(akolhook_client *client) {
    static const char *const urls[4] = {"http://a.example.com/x", "https://a.example.com/x?y",
            "http://b.example.com:81/", "https://93.184.216.34/z"};
    akolhook_request request = AKOLHOOK_INIT;
    unsigned b = take(&w.s);
    uint64_t id = 0;
    akolhook_status status;

    if (w.submitted == MOST) return 0;
    request.url = akolhook_str_c(urls[b % 4]);
    request.secret = akolhook_str_c("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    request.body[b / 4 % 3] = akolhook_str_c("{\"a\":1}");
    request.body[2] = akolhook_str_c(b & 32 ? "more" : NULL);
    request.deadline_ms = b & 64 ? 1 + take(&w.s) : 0;
    status = akolhook_client_submit(client, &request, on_done, &w.ended[w.submitted], &id);
    if (status == AKOLHOOK_OK)
        w.submitted++;
    else
        FUZZ_CHECK(status == AKOLHOOK_QUEUE_FULL || status == AKOLHOOK_ORIGIN_FULL ||
                   status == AKOLHOOK_RANDOM_FAILED || status == AKOLHOOK_LOOKUP_BUSY);
    return status == AKOLHOOK_OK ? id : 0;
}

static void drive(akolhook_client *client) {
    akolhook_wait waits[SLOTS];
    uint64_t last = 0;
    size_t left = 0, count;
    akolhook_status status;
    int rounds;

    while (w.s.p < w.s.end) {
        unsigned b = take(&w.s);
        uint64_t id;
        w.polls = 0;
        if (b < 60 && (id = submit(client)) != 0) last = id;
        if (b >= 60 && b < 200) {
            status = akolhook_client_poll(client, (int)(b % 5) - 1, &left);
            FUZZ_CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_WAIT_FAILED ||
                       status == AKOLHOOK_BROKEN_HOOK);
        }
        if (b >= 200 && b < 220) (void)!akolhook_client_cancel(client, last);
        if (b >= 220 && b < 230) akolhook_client_forget_secret(client, akolhook_str_n(NULL, 0));
        if (b >= 230 && b < 240)
            FUZZ_CHECK(akolhook_client_waits(client, waits, SLOTS, &count) == AKOLHOOK_OK && count <= SLOTS);
        if (b >= 240) FUZZ_CHECK(akolhook_client_timeout(client) >= -1);
    }
    for (left = 1, rounds = 0; left; rounds++) { /* by the clock alone they end now */
        w.polls = 0;
        FUZZ_CHECK(rounds < 1000 && akolhook_client_poll(client, -1, &left) == AKOLHOOK_OK);
    }
    FUZZ_CHECK(w.done == w.submitted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static unsigned char memory[AKOLHOOK_CLIENT_SIZE(SLOTS, sizeof(peer), 64, 0)];
    static akolhook_transport plain, tls;
    akolhook_platform platform = AKOLHOOK_INIT;
    akolhook_client_desc desc = AKOLHOOK_INIT;
    akolhook_client *client;
    unsigned how;
    int i;

    if (len < 2 || len > 2048) return 0;
    memset(&w, 0, sizeof w);
    w.now = 1;
    w.lcg = 7;
    w.s.p = data;
    w.s.end = data + len;
    how = take(&w.s);

    plain.conn_size = sizeof(peer);
    plain.open_fn = conn_open;
    plain.send_fn = conn_send;
    plain.recv_fn = conn_recv;
    plain.close_fn = conn_close;
    plain.sendv_fn = how & 2 ? conn_sendv : NULL;
    tls = plain;
    tls.handshake_fn = conn_handshake;
    tls.flags = AKOLHOOK_TRANSPORT_SECURE;

    platform.monotonic_ms_fn = monotonic;
    platform.unix_ms_fn = wall;
    platform.random_fn = random_bytes;
    platform.lookup_fn = lookup;
    platform.lookup_cancel_fn = lookup_cancel;
    platform.connect_fn = start_connect;
    platform.connected_fn = connected;
    platform.close_fn = close_socket;
    platform.wait_fn = wait_list;
    platform.plain = &plain;
    if (how & 1) {
        platform.set_open_fn = set_open;
        platform.set_close_fn = set_close;
        platform.set_watch_fn = set_watch;
        platform.set_wait_fn = set_wait;
    }
    desc.platform = &platform;
    desc.tls = &tls;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.response_cap = 64;
    desc.max_in_flight = 1 + how / 4 % SLOTS;
    desc.max_per_origin = how / 16 % (desc.max_in_flight + 1);
    desc.idle_ms = how & 128 ? AKOLHOOK_IDLE_NONE : 0;

    if (akolhook_client_init(&client, memory, sizeof memory, &desc) != AKOLHOOK_OK) return 0;
    drive(client);
    akolhook_client_close(client);
    FUZZ_CHECK(w.conns == w.conns_closed && w.lookups == w.lookups_over && w.sets == w.sets_closed);
    for (i = 0; i < w.sockets; i++) FUZZ_CHECK(!w.open_socket[i] && !w.watched[i]);
    return 0;
}
