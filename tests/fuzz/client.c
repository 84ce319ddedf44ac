/* The client over a system of which every hook does what the next byte of the input says, its contract
   kept or not: each delivery ends once, each connection that was opened is closed once, each socket and
   lookup given back, and time goes on. What a receiver gets is whole requests, one behind the other, as they
   were submitted and rightly signed, and its answer goes to the delivery that asked. There are two lookups
   for six deliveries, so that some stand in line. */
#include "../../akolhook.h"
#include "fuzz.h"

#include <string.h>

enum {
    SLOTS = 6,
    MOST = 64,    /* requests of one input */
    SOCKETS = 24, /* more than are open at one time */
    REQUEST = 4096,
    ANSWER = 8192,
    MAGIC = 0x616b6f6c
};

/* What was submitted. */
typedef struct job {
    akolhook_request request;
    akolhook_header headers[2];
    char url[64], value[2][300];
    unsigned origin;
    int standard; /* its secret is one for Standard Webhooks, too */
    uint64_t id;
    int is_open, ended;
    int answered_by; /* the wire that answered it last; -1: none */
} job;

/* The far end of a connection. */
typedef struct wire {
    int is_open;
    int job; /* whose request comes in; -1: none has begun */
    char request[REQUEST];
    size_t got, head_len, total; /* bytes of it; total is 0 while the head is not complete */
    int requests;                /* that have begun */
    int kind;                    /* of the answer; -1: none has begun */
    char answer[ANSWER], content[ANSWER];
    size_t answer_len, content_len, told; /* told: of the answer */
    int honest;                           /* it has answered what it was asked, and nothing else */
    int over;                             /* it has said that nothing more comes */
} wire;

static struct world {
    source s;
    int64_t now;
    unsigned lcg;
    int polls; /* waits of one poll: it must not hang */
    struct {
        uint8_t is_open, watched, of_transport;
    } socket[SOCKETS];
    int lookups, lookups_over, sets, sets_closed;
    int submitted, open, open_of[8];
    int blocking;     /* akolhook_deliver_request runs */
    int may_refuse;   /* a status that the client was let to give without reason */
    unsigned allowed; /* private addresses are, by a list */
    uint32_t per_origin;
} w;
static job jobs[MOST];
static wire wires[SLOTS];
static akolhook_client *client;
static akolhook_client_desc desc;

static int ended_input(void) { return w.s.p >= w.s.end; }

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
    return take(&w.s) == 255 ? -1 : 0;
}

/* ---- sockets: the lowest number that is free, as a system gives it ---- */

static intptr_t new_socket(int of_transport) {
    intptr_t fd = 0;

    while (fd < SOCKETS && w.socket[fd].is_open) fd++;
    FUZZ_CHECK(fd < SOCKETS && !w.socket[fd].watched);
    w.socket[fd].is_open = 1;
    w.socket[fd].of_transport = (uint8_t)of_transport;
    return fd;
}
static int is_socket(intptr_t fd) { return fd >= 0 && fd < SOCKETS && w.socket[fd].is_open; }
static void end_socket(intptr_t fd, int of_transport) {
    FUZZ_CHECK(is_socket(fd) && !w.socket[fd].watched && w.socket[fd].of_transport == of_transport);
    w.socket[fd].is_open = 0;
}

/* An address that may be connected to, or one that may not. */
static void an_address(akolhook_addr *addr, unsigned b) {
    static const uint8_t six[16] = {
            0x26, 6, 0x28, 0, 2, 0x20, 0, 1, 2, 0x48, 0x18, 0x93, 0x25, 0xc8, 0x19, 0x46};
    addr->family = b % 16 == 15 ? 5 : b & 4 ? 6 : 4;
    if (addr->family == 6)
        memcpy(addr->bytes, six, 16);
    else
        memcpy(addr->bytes, b % 8 == 3 ? "\x0a\0\0\1" : "\x5d\xb8\xd8\x22", 4);
}

static int lookup(void *user, akolhook_lookup *l) {
    unsigned b = ended_input() ? 250 : take(&w.s), more, i;
    (void)user;
    FUZZ_CHECK(l->host[0] && l->count == 0 && l->status == AKOLHOOK_OK);
    if (!l->started) {
        FUZZ_CHECK(w.lookups - w.lookups_over < AKOLHOOK_MAX_LOOKUPS && l->socket == -1 && !l->state);
        w.lookups++;
        l->state = &w;
        l->socket = b & 1 ? new_socket(0) : -1;
    }
    FUZZ_CHECK(l->state == &w);

    if (b < 130) {
        l->count = b < 120 ? 1 + b % 3 : AKOLHOOK_MAX_ADDRESSES;
        for (i = 0, more = b < 100 ? 0 : take(&w.s); i < l->count; i++) an_address(&l->addrs[i], more + i);
    } else if (b < 200) {
        if (b % 8 == 0) l->status = AKOLHOOK_LOOKUP_BUSY;
        return AKOLHOOK_IO_WANT_READ;
    } else if (b < 210)
        return 3; /* a broken hook: the lookup is given up */

    if (l->socket >= 0) end_socket(l->socket, 0);
    w.lookups_over++;
    if (b < 130) return 0;
    if (b >= 210 && b < 230) l->status = AKOLHOOK_SYSTEM_LIMIT;
    if (b == 230) l->status = AKOLHOOK_TOO_MANY_ADDRESSES;
    if (b == 241) {
        l->count = AKOLHOOK_MAX_ADDRESSES + 1; /* another */
        return 0;
    }
    return AKOLHOOK_IO_FAIL;
}
static void lookup_cancel(void *user, akolhook_lookup *l) {
    (void)user;
    FUZZ_CHECK(l->started && l->state == &w);
    if (l->socket >= 0) end_socket(l->socket, 0);
    w.lookups_over++;
}

static int start_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    unsigned b = take(&w.s);
    (void)user;
    FUZZ_CHECK(port && (addr->family == 6 || addr->bytes[0] == 0x5d || (addr->bytes[0] == 10 && w.allowed)));
    *native_error = 111;
    if (b >= 200 && b < 240) return AKOLHOOK_IO_FAIL;
    if (b >= 240 && b < 250) return AKOLHOOK_IO_LIMIT;
    *out = new_socket(0);
    return b >= 250 ? 5 : b < 100 ? 0 : AKOLHOOK_IO_WANT_WRITE;
}
static int connected(void *user, intptr_t fd, long *native_error) {
    unsigned b = take(&w.s);
    (void)user;
    FUZZ_CHECK(is_socket(fd) && !w.socket[fd].of_transport);
    *native_error = 110;
    return b < 180 ? 0 : b < 220 ? AKOLHOOK_IO_WANT_WRITE : b < 250 ? AKOLHOOK_IO_FAIL : 9;
}
static void close_socket(void *user, intptr_t fd) {
    (void)user;
    end_socket(fd, 0);
}

/* ---- waiting ---- */

/* Time goes on by what was allowed, or by less; behind the input's end by all of it. */
static void pass(int timeout_ms) {
    unsigned b = ended_input() ? 255 : take(&w.s);
    FUZZ_CHECK(timeout_ms >= 0 && ++w.polls < 20000);
    w.now += b == 255 ? timeout_ms : timeout_ms < (int)b ? timeout_ms : (int)b;
    if (b == 253) w.now += 70000; /* the program slept, or did other things */
}
static int wait_list(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    size_t i;
    (void)user;
    pass(timeout_ms);
    FUZZ_CHECK(count <= desc.max_in_flight);
    for (i = 0; i < count; i++) {
        FUZZ_CHECK((items[i].read || items[i].write) && is_socket(items[i].socket));
        if (take(&w.s) & 1) items[i].read = items[i].write = 0;
    }
    *native_error = 4;
    switch (ended_input() ? 0 : take(&w.s)) {
    case 254: return AKOLHOOK_IO_FAIL;
    case 253: return 8;
    default: return 0;
    }
}

static struct {
    intptr_t socket;
    int read, write;
} tokens[SLOTS + AKOLHOOK_MAX_LOOKUPS];
enum { TOKENS = sizeof tokens / sizeof tokens[0], SET = 77 };
static int set_open(void *user, intptr_t *set, long *native_error) {
    (void)user;
    *native_error = 24;
    if (take(&w.s) == 255) return AKOLHOOK_IO_FAIL;
    memset(tokens, 0, sizeof tokens);
    w.sets++;
    *set = SET;
    return 0;
}
static void set_close(void *user, intptr_t set) {
    (void)user;
    FUZZ_CHECK(set == SET);
    w.sets_closed++;
}
static int set_watch(void *user, intptr_t set, intptr_t fd, uint32_t token, int read, int write, int known,
        long *native_error) {
    (void)user;
    *native_error = 28;
    FUZZ_CHECK(set == SET && token < TOKENS && is_socket(fd));
    FUZZ_CHECK(!known == !w.socket[fd].watched && (!known || tokens[token].socket == fd));
    if (read || write) {
        unsigned b = take(&w.s);
        if (b >= 250) return b == 255 ? 7 : b == 254 ? AKOLHOOK_IO_FAIL : AKOLHOOK_IO_LIMIT;
    }
    w.socket[fd].watched = (uint8_t)(read || write);
    tokens[token].socket = fd;
    tokens[token].read = read;
    tokens[token].write = write;
    return 0;
}
static int set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    unsigned b;
    uint32_t i;
    (void)user;
    FUZZ_CHECK(set == SET && cap == desc.max_in_flight);
    pass(timeout_ms);
    *count = 0;
    *native_error = 4;
    for (i = 0; i < TOKENS && *count < cap; i++)
        if ((tokens[i].read || tokens[i].write) && !(take(&w.s) & 1)) {
            items[*count].token = i;
            items[*count].read = (uint8_t)tokens[i].read;
            items[(*count)++].write = (uint8_t)tokens[i].write;
        }
    b = ended_input() ? 0 : take(&w.s);
    if (b == 252) *count = cap + 1;
    if (b == 253) items[*count ? *count - 1 : (*count)++].token = TOKENS + b;
    return b == 254 ? AKOLHOOK_IO_FAIL : b == 255 ? 9 : 0;
}

/* ---- what a receiver gets ---- */

static akolhook_str head_value(const wire *p, const char *name) {
    size_t len = strlen(name);
    const char *at = p->request, *end = p->request + p->head_len, *lf;

    for (; at < end; at = lf + 1) {
        lf = (const char *)memchr(at, '\n', (size_t)(end - at));
        FUZZ_CHECK(lf && lf[-1] == '\r'); /* no line within a line */
        if ((size_t)(lf - at) > len + 2 && memcmp(at, name, len) == 0 && at[len] == ':')
            return akolhook_str_n(at + len + 2, (size_t)(lf - at) - len - 3);
    }
    return akolhook_str_n(NULL, 0);
}

static size_t body_of(const akolhook_request *r, char *out) {
    size_t i, len = 0;
    for (i = 0; i < 3; len += r->body[i++].len)
        if (r->body[i].len) memcpy(out + len, r->body[i].ptr, r->body[i].len);
    return len;
}

/* The head has come: it is that of a delivery that is open, over a connection that may carry it. */
static void request_begins(wire *p) {
    static const char *const hosts[] = {"a.example.com", "a.example.com", "b.example.com:81", "93.184.216.34",
            "[2606:2800:220:1:248:1893:25c8:1946]:8443", "A.example.COM", "c.example.com", "d.example.com"};
    char body[64];
    const job *j;
    size_t i;
    int n = -1;

    FUZZ_CHECK(sscanf(p->request, "POST /%d HTTP/1.1\r\n", &n) == 1 && n >= 0 && n < w.submitted);
    j = &jobs[n];
    FUZZ_CHECK(j->is_open);
    p->requests++;
    p->job = n;
    jobs[n].answered_by = -1;
    p->total = p->head_len + body_of(&j->request, body);

    FUZZ_CHECK(akolhook_str_is(head_value(p, "Host"), hosts[j->origin]));
    FUZZ_CHECK(akolhook_str_equal(head_value(p, "X-Webhook-Event"), j->request.event));
    FUZZ_CHECK(!head_value(p, "X-Webhook-Test").len == !j->request.test);
    for (i = 0; i < j->request.header_count; i++)
        FUZZ_CHECK(akolhook_str_equal(head_value(p, i ? "X-B" : "X-A"), j->headers[i].value));
    FUZZ_CHECK(!head_value(p, "webhook-signature").len == !j->standard); /* where the secret can */
    if (j->standard && j->request.message_id.len)
        FUZZ_CHECK(akolhook_str_equal(head_value(p, "webhook-id"), j->request.message_id));
}

/* All of it has come: the body is what was given, under a signature that is right. */
static void request_ends(const wire *p) {
    const job *j = &jobs[p->job];
    akolhook_str sent = akolhook_str_n(p->request + p->head_len, p->got - p->head_len);
    akolhook_str mac = head_value(p, "X-Webhook-Signature");
    char body[64], secret[128], text[80];
    size_t len = body_of(&j->request, body);

    FUZZ_CHECK(len == sent.len && memcmp(body, sent.ptr, len) == 0 && mac.len == 64);
    FUZZ_CHECK(akolhook_str_is(
            head_value(p, "Content-Length"), (snprintf(text, sizeof text, "%zu", len), text)));
    memcpy(text, mac.ptr, mac.len);
    text[mac.len] = 0;
    memcpy(secret, j->request.secret.ptr, j->request.secret.len);
    secret[j->request.secret.len] = 0;
    FUZZ_CHECK(akolhook_verify(secret, text, body, len) == AKOLHOOK_OK);
}

static void request_bytes(wire *p, const void *data, size_t len) {
    size_t i;

    FUZZ_CHECK(len <= REQUEST - p->got);
    if (p->job >= 0 && p->got == p->total) { /* the next one, which the answer before must have allowed */
        FUZZ_CHECK(!p->over && desc.idle_ms != AKOLHOOK_IDLE_NONE);
        FUZZ_CHECK(!p->honest || (p->kind >= 0 && p->told == p->answer_len));
        p->job = p->kind = -1;
        p->got = p->total = 0;
    }
    memcpy(p->request + p->got, data, len);
    p->got += len;
    for (i = p->got - len < 3 ? 0 : p->got - len - 3; p->job < 0 && i + 4 <= p->got; i++)
        if (memcmp(p->request + i, "\r\n\r\n", 4) == 0) {
            p->head_len = i + 4;
            request_begins(p);
        }
    if (p->job < 0) return;
    FUZZ_CHECK(p->got <= p->total);
    if (p->got == p->total) request_ends(p);
}

/* ---- what it answers ---- */

#define ANSWER_LENGTH "Content-Length: %u\r\n"
#define ANSWER_CHUNKED "Transfer-Encoding: chunked\r\n"
static const struct {
    const char *head;
    uint16_t code, size; /* size: bytes of the content, its number in front */
    uint8_t chunked, closes;
} answers[] = {{"HTTP/1.1 200 OK\r\n" ANSWER_LENGTH "\r\n", 200, 8, 0, 0},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 9\r\n" ANSWER_CHUNKED "\r\n", 503,
                20, 1, 0},
        {"HTTP/1.0 200 OK\r\n\r\n", 200, 100, 0, 1}, {"HTTP/1.1 204 \r\n\r\n", 204, 0, 0, 0},
        {"HTTP/1.1 200 OK\r\n" ANSWER_CHUNKED "\r\n", 200, 6000, 1, 0},
        {"HTTP/1.1 408 Late\r\nConnection: close\r\n" ANSWER_LENGTH "\r\n", 408, 9, 0, 1},
        {"HTTP/1.1 301 Moved\r\nLocation: http://10.0.0.1/\r\n" ANSWER_LENGTH "\r\n", 301, 5000, 0, 0},
        {"HTTP/1.1 200 OK\r\n" ANSWER_LENGTH "Connection: close\r\n\r\n", 200, 300, 0, 1},
        {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 99\r\n\r\n", 304, 0, 0,
                1},
        {"HTTP/1.1 410 Gone\r\nRetry-After: Thu, 01 Jan 2099 00:00:00 GMT\r\n" ANSWER_LENGTH "\r\n", 410, 2,
                0, 0}};
enum { ANSWERS = sizeof answers / sizeof answers[0] };

/* The content names the request that it answers. */
static void answer_begins(wire *p, unsigned b) {
    unsigned size = answers[b % ANSWERS].size, at, piece;
    char number[16];

    p->kind = (int)(b % ANSWERS);
    p->told = 0;
    p->content_len = size;
    memset(p->content, 'x', size);
    snprintf(number, sizeof number, "%05d;", p->job);
    memcpy(p->content, number, size < 6 ? size : 6);

    p->answer_len = (size_t)snprintf(p->answer, ANSWER, answers[p->kind].head, size);
    if (!answers[p->kind].chunked) {
        memcpy(p->answer + p->answer_len, p->content, size);
        p->answer_len += size;
    } else {
        for (at = 0; at < size; at += piece) {
            piece = size - at < 2000 ? size - at : 2000;
            p->answer_len += (size_t)snprintf(p->answer + p->answer_len, ANSWER - p->answer_len,
                    "%x;e=1\r\n%.*s\r\n", piece, (int)piece, p->content + at);
        }
        p->answer_len +=
                (size_t)snprintf(p->answer + p->answer_len, ANSWER - p->answer_len, "0\r\nT: 1\r\n\r\n");
    }
    jobs[p->job].answered_by = (int)(p - wires);
}

/* ---- the transports ---- */

typedef struct peer {
    uint32_t magic; /* at both ends of the memory, while it is open */
    wire *wire;
    intptr_t socket; /* of its own */
    uint8_t more[40];
    uint32_t magic_behind;
} peer;

static peer *peer_of(akolhook_conn *conn) {
    peer *p = (peer *)conn->memory;
    FUZZ_CHECK(p->magic == MAGIC && p->magic_behind == MAGIC && p->wire->is_open && !conn->native_error);
    FUZZ_CHECK(conn->status == AKOLHOOK_OK && conn->policy && conn->host[0] && conn->port);
    return p;
}

static void peer_new(akolhook_conn *conn) {
    static const peer none;
    peer *p = (peer *)conn->memory;
    int i = 0;

    FUZZ_CHECK(memcmp(p, &none, sizeof none) == 0);
    while (i < SLOTS && wires[i].is_open) i++;
    FUZZ_CHECK(i < SLOTS);
    memset(&wires[i], 0, offsetof(wire, request));
    wires[i].got = wires[i].head_len = wires[i].total = 0;
    wires[i].requests = wires[i].over = 0;
    wires[i].is_open = wires[i].honest = 1;
    wires[i].job = wires[i].kind = -1;
    p->wire = &wires[i];
    p->magic = p->magic_behind = MAGIC;
    p->socket = -1;
}
static void peer_end(akolhook_conn *conn) {
    peer *p = (peer *)conn->memory;
    FUZZ_CHECK(p->magic == MAGIC && p->magic_behind == MAGIC && p->wire->is_open);
    if (p->socket >= 0) end_socket(p->socket, 1);
    p->magic = 0;
    p->wire->is_open = 0;
}

static int conn_open(akolhook_conn *conn) {
    peer *p = (peer *)conn->memory;
    unsigned b = take(&w.s);

    FUZZ_CHECK(is_socket(conn->socket) && conn->peer.family);
    if (!p->magic) peer_new(conn);
    peer_of(conn);
    if (b >= 200 && b < 230) {
        if (b & 1) conn->status = AKOLHOOK_SYSTEM_LIMIT;
        conn->native_error = (long)b;
        peer_end(conn);
        return AKOLHOOK_IO_FAIL;
    }
    return b < 200 ? 0 : b < 245 ? AKOLHOOK_IO_WANT_READ : b < 250 ? AKOLHOOK_IO_WANT_WRITE : 12;
}

/* One that connects by itself: without a socket that it tells of, or with one, which may change. */
static int conn_open_own(akolhook_conn *conn) {
    static const akolhook_status says[] = {AKOLHOOK_OK, AKOLHOOK_LOOKUP_FAILED, AKOLHOOK_BLOCKED_ADDRESS,
            AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_TLS_EXPIRED, AKOLHOOK_NO_SECRET};
    peer *p = (peer *)conn->memory;
    unsigned b = take(&w.s);

    if (!p->magic) peer_new(conn);
    peer_of(conn);
    FUZZ_CHECK(conn->socket == p->socket);
    if (b % 4 == 1) {
        if (p->socket >= 0) end_socket(p->socket, 1);
        conn->socket = p->socket = b % 8 == 1 ? -1 : new_socket(1);
    }
    if (b < 150) an_address(&conn->peer, 0);
    if (b >= 200 && b < 230) {
        conn->status = says[b % (sizeof says / sizeof says[0])];
        peer_end(conn);
        conn->socket = -1;
        return AKOLHOOK_IO_FAIL;
    }
    if (b >= 230 && b < 240) conn->status = AKOLHOOK_LOOKUP_BUSY;
    return b < 200 ? 0 : b < 245 ? AKOLHOOK_IO_WANT_READ : b < 250 ? AKOLHOOK_IO_WANT_WRITE : 12;
}
static int conn_handshake(akolhook_conn *conn) {
    unsigned b = take(&w.s);
    peer_of(conn);
    if (b == 230) conn->status = AKOLHOOK_TLS_EXPIRED;
    if (b == 231) conn->status = AKOLHOOK_SYSTEM_LIMIT;
    return b < 180   ? 0
           : b < 200 ? AKOLHOOK_IO_WANT_READ
           : b < 220 ? AKOLHOOK_IO_WANT_WRITE
           : b < 250 ? AKOLHOOK_IO_FAIL
                     : 4;
}

static ptrdiff_t send_of(size_t len) {
    unsigned b = take(&w.s);
    if (b < 180) return (ptrdiff_t)(b & 1 && len > b ? b : len);
    return b < 210   ? AKOLHOOK_IO_WANT_WRITE
           : b < 220 ? AKOLHOOK_IO_WANT_READ
           : b < 250 ? AKOLHOOK_IO_FAIL
           : b < 252 ? 0
           : b < 254 ? (ptrdiff_t)len + 1
                     : AKOLHOOK_IO_EOF;
}
static ptrdiff_t conn_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    wire *p = peer_of(conn)->wire;
    size_t i, all = 0, n;
    ptrdiff_t sent;

    FUZZ_CHECK(count >= 1 && count <= 4);
    for (i = 0; i < count; all += parts[i++].len) FUZZ_CHECK(parts[i].ptr && parts[i].len);
    sent = send_of(all);
    for (i = 0, all = sent > 0 && (size_t)sent <= all ? (size_t)sent : 0; i < count && all; all -= n, i++) {
        n = parts[i].len < all ? parts[i].len : all;
        request_bytes(p, parts[i].ptr, n);
    }
    return sent;
}
static ptrdiff_t conn_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_str part = akolhook_str_n(data, len);
    return conn_sendv(conn, &part, 1);
}

/* What nobody asked for, out of the input. */
static ptrdiff_t recv_noise(wire *p, char *data, size_t len, unsigned b) {
    size_t n = b & 1 && len > 40 ? 1 + take(&w.s) % 40 : len, i;
    p->honest = 0;
    for (i = 0; i < n; i++) data[i] = (char)(n == len ? b : take(&w.s));
    return (ptrdiff_t)n;
}
static ptrdiff_t conn_recv(akolhook_conn *conn, void *data, size_t len) {
    wire *p = peer_of(conn)->wire;
    unsigned b = take(&w.s);
    size_t left;

    FUZZ_CHECK(data && len);
    if (b >= 246) return b < 252 ? recv_noise(p, (char *)data, len, b) : (ptrdiff_t)(b == 252 ? 0 : len + 1);
    if (b >= 215) {
        p->over = 1;
        return b < 230 ? AKOLHOOK_IO_EOF : AKOLHOOK_IO_FAIL;
    }
    if (b >= 150) return b < 200 ? AKOLHOOK_IO_WANT_READ : AKOLHOOK_IO_WANT_WRITE;

    if (p->job < 0) return AKOLHOOK_IO_WANT_READ;
    if (p->kind < 0) answer_begins(p, b / 2);
    left = p->answer_len - p->told;
    if (!left) {
        if (!answers[p->kind].closes) return AKOLHOOK_IO_WANT_READ;
        p->over = 1;
        return AKOLHOOK_IO_EOF;
    }
    if (b & 1 && left > 1 + b) left = 1 + b;
    if (left > len) left = len;
    memcpy(data, p->answer + p->told, left);
    p->told += left;
    /* noise within its words may have made others of them */
    if (p->told == p->answer_len && answers[p->kind].closes && p->honest) p->over = 1;
    return (ptrdiff_t)left;
}
static void conn_close(akolhook_conn *conn) { peer_end(conn); }

/* ---- deliveries ---- */

static void act(int in_callback);

/* The answer is that of the receiver that it went to, as far as that spoke HTTP. */
static void check_answer(const job *j, const akolhook_delivery *d) {
    const wire *p = j->answered_by >= 0 ? &wires[j->answered_by] : NULL;

    FUZZ_CHECK(d->response.len <= desc.response_cap && d->ms >= 0);
    FUZZ_CHECK(d->cause && d->cause[0]);
    if (d->status != AKOLHOOK_CANCELLED)
        FUZZ_CHECK((d->status == AKOLHOOK_OK) == (d->code >= 200 && d->code <= 299));
    if (d->status == AKOLHOOK_HTTP_STATUS) FUZZ_CHECK(d->code);
    if (!d->code || !p || !p->honest) return;
    FUZZ_CHECK(p->job == (int)(j - jobs) && d->code == answers[p->kind].code);
    FUZZ_CHECK(d->response.len <= p->content_len);
    FUZZ_CHECK(memcmp(d->response.ptr, p->content, d->response.len) == 0);
    FUZZ_CHECK(d->reused == (p->requests > 1));
    if (d->phase == AKOLHOOK_PHASE_DONE && p->told == p->answer_len)
        FUZZ_CHECK(d->response_cut ? p->content_len > desc.response_cap : d->response.len == p->content_len);
}

static void on_done(void *user, uint64_t id, const akolhook_delivery *d) {
    job *j = (job *)user;

    FUZZ_CHECK(j->is_open && !j->ended && id == j->id);
    j->is_open = 0;
    j->ended = 1;
    w.open--;
    w.open_of[j->origin]--;
    check_answer(j, d);
    act(1);
}

static void make_request(job *j, unsigned b) {
    static const char *const urls[] = {"http://a.example.com/%d", "https://a.example.com/%d",
            "http://b.example.com:81/%d", "https://93.184.216.34/%d",
            "https://[2606:2800:220:1:248:1893:25c8:1946]:8443/%d", "http://A.example.COM/%d",
            "http://c.example.com/%d", "https://d.example.com/%d"};
    static const char *const secrets[] = {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "plain", "whsec_!",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZI"};
    static const char *const names[] = {"X-A", "X-B"};
    akolhook_request *r = &j->request;
    unsigned how = b & 8 ? take(&w.s) : 0;
    size_t i;

    memset(j, 0, sizeof *j);
    j->origin = b % 8;
    snprintf(j->url, sizeof j->url, urls[j->origin], (int)(j - jobs));
    j->answered_by = -1;
    r->url = akolhook_str_c(j->url);
    r->secret = akolhook_str_c(secrets[how % 4]);
    j->standard = how % 4 == 0 || how % 4 == 3;
    r->body[b / 16 % 3] = akolhook_str_c("{\"a\":1}");
    if (b & 64) r->body[2] = akolhook_str_c("more");
    r->deadline_ms = b & 128 ? 1 + take(&w.s) : 0;
    if (how & 4) r->message_id = akolhook_str_c("msg_1");
    if (how & 8) r->event = akolhook_str_c("call.ended");
    r->test = (uint8_t)(how >> 4 & 1);
    r->headers = j->headers;
    r->header_count = (how >> 5) % 3;
    for (i = 0; i < r->header_count; i++) {
        size_t len = 1 + take(&w.s);
        memset(j->value[i], 'v', len);
        j->headers[i].name = akolhook_str_c(names[i]);
        j->headers[i].value = akolhook_str_n(j->value[i], len);
    }
}

/* Exactly as many as there is room for, of all and of one origin. */
static void check_room(const job *j, akolhook_status status) {
    uint32_t of_origin = (uint32_t)w.open_of[j->origin], all = (uint32_t)w.open;

    if (j->origin == 0 || j->origin == 5) of_origin = (uint32_t)(w.open_of[0] + w.open_of[5]);
    if (w.blocking) { /* one is open that is not counted here */
        FUZZ_CHECK(status != AKOLHOOK_OK || (of_origin < w.per_origin && all < desc.max_in_flight));
        return;
    }
    if (status == AKOLHOOK_OK) FUZZ_CHECK(of_origin < w.per_origin && all < desc.max_in_flight);
    if (status == AKOLHOOK_QUEUE_FULL) FUZZ_CHECK(all == desc.max_in_flight);
    if (status == AKOLHOOK_ORIGIN_FULL) FUZZ_CHECK(of_origin == w.per_origin);
}

static void submit(void) {
    job *j = &jobs[w.submitted];
    akolhook_status status;

    if (w.submitted == MOST) return;
    make_request(j, take(&w.s));
    status = akolhook_client_submit(client, &j->request, on_done, j, &j->id);
    check_room(j, status);
    FUZZ_CHECK((status == AKOLHOOK_OK) == (j->id != 0));
    if (status != AKOLHOOK_OK) {
        FUZZ_CHECK(status == AKOLHOOK_QUEUE_FULL || status == AKOLHOOK_ORIGIN_FULL ||
                   status == AKOLHOOK_RANDOM_FAILED || status == AKOLHOOK_REQUEST_HEAD_TOO_LARGE ||
                   (status == AKOLHOOK_CANCELLED && w.may_refuse));
        return;
    }
    j->is_open = 1;
    w.submitted++;
    w.open++;
    w.open_of[j->origin]++;
}

/* One that ends within the call, unless it comes from a callback. */
static void deliver(int in_callback) {
    job *j = &jobs[w.submitted];
    akolhook_delivery d;
    akolhook_status status;

    if (w.submitted == MOST || w.blocking) return;
    make_request(j, take(&w.s));
    if (!in_callback) {
        j->is_open = w.blocking = 1;
        w.submitted++;
    }
    status = akolhook_deliver_request(client, &j->request, &d);
    FUZZ_CHECK(d.status == status && d.cause);
    if (in_callback) {
        FUZZ_CHECK(status == AKOLHOOK_WRONG_ORDER);
        return;
    }
    check_answer(j, &d);
    j->is_open = w.blocking = 0;
    j->ended = 1;
}

static void cancel(void) {
    job *j = w.submitted ? &jobs[take(&w.s) % (unsigned)w.submitted] : NULL;
    akolhook_status status;
    int was_open;

    if (!j || !j->id) return;
    was_open = j->is_open;
    status = akolhook_client_cancel(client, j->id);
    FUZZ_CHECK(status == (was_open ? AKOLHOOK_OK : AKOLHOOK_NOT_FOUND) && j->ended);
}

/* The list has the same length whatever fits, and nothing is written behind that. */
static size_t list_waits(size_t cap) {
    akolhook_wait all[SLOTS], *some = (akolhook_wait *)malloc(cap * sizeof *some + 1);
    size_t count, again, i;

    FUZZ_CHECK(
            akolhook_client_waits(client, all, SLOTS, &count) == AKOLHOOK_OK && count <= desc.max_in_flight);
    for (i = 0; i < count; i++) FUZZ_CHECK((all[i].read || all[i].write) && is_socket(all[i].socket));
    FUZZ_CHECK(akolhook_client_waits(client, some, cap, &again) ==
               (count <= cap ? AKOLHOOK_OK : AKOLHOOK_BUFFER_TOO_SMALL));
    FUZZ_CHECK(again == count);
    for (i = 0; i < count && i < cap; i++) FUZZ_CHECK(some[i].socket == all[i].socket);
    free(some);
    return count;
}

static akolhook_status poll_once(int timeout_ms, size_t *left) {
    akolhook_status status;
    w.polls = 0;
    status = akolhook_client_poll(client, timeout_ms, left);
    FUZZ_CHECK((int)*left == w.open);
    return status;
}

/* One turn of a loop of the caller's own: it waits as the client says, or for less. */
static akolhook_status own_loop(size_t *left) {
    int timeout_ms = akolhook_client_timeout(client);

    FUZZ_CHECK(timeout_ms >= 0 || w.open == 0);
    if (akolhook_client_descriptor(client) != SET) list_waits(SLOTS);
    w.polls = 0;
    if (timeout_ms > 0) pass(timeout_ms);
    return poll_once(0, left);
}

/* What the next byte says. */
static void act(int in_callback) {
    unsigned b = take(&w.s);
    size_t left = 0;
    akolhook_status status = AKOLHOOK_OK;

    if (in_callback) {
        if (b < 100) return;
        if (b >= 240) akolhook_client_close(client); /* does nothing */
        if (b >= 230) status = akolhook_client_poll(client, 0, &left);
        FUZZ_CHECK(status == (b >= 230 ? AKOLHOOK_WRONG_ORDER : AKOLHOOK_OK));
        if (b >= 230) return;
        b = b < 180 ? 0 : b + 20;
    }
    if (b < 80)
        submit();
    else if (b < 170)
        status = poll_once((int)(b % 5) - 1, &left);
    else if (b < 200)
        status = own_loop(&left);
    else if (b < 225)
        cancel();
    else if (b < 232)
        akolhook_client_forget_secret(client, akolhook_str_c(b & 1 ? "plain" : NULL));
    else if (b < 240)
        list_waits(b % 3);
    else if (b < 246)
        deliver(in_callback);
    else
        FUZZ_CHECK(akolhook_client_timeout(client) >= -1);
    FUZZ_CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_WAIT_FAILED || status == AKOLHOOK_BROKEN_HOOK);
}

static void finish(int at_once) {
    size_t left = 1;
    int rounds;

    if (at_once) w.may_refuse = 1;
    for (rounds = 0; left && !at_once; rounds++) /* by the clock alone they end now */
        FUZZ_CHECK(rounds < 1000 && (rounds & 1 ? own_loop(&left) : poll_once(-1, &left)) == AKOLHOOK_OK);
    akolhook_client_close(client);
    FUZZ_CHECK(w.open == 0 && w.lookups == w.lookups_over && w.sets == w.sets_closed);
    for (rounds = 0; rounds < w.submitted; rounds++) FUZZ_CHECK(jobs[rounds].ended);
    for (rounds = 0; rounds < SOCKETS; rounds++) FUZZ_CHECK(!w.socket[rounds].is_open);
    for (rounds = 0; rounds < SLOTS; rounds++) FUZZ_CHECK(!wires[rounds].is_open);
}

static void set_up(unsigned how, unsigned more, unsigned caps) {
    static akolhook_transport plain, tls;
    static akolhook_platform platform;
    static akolhook_cidr allow;

    memset(&platform, 0, sizeof platform);
    memset(&desc, 0, sizeof desc);
    memset(&plain, 0, sizeof plain);
    plain.conn_size = sizeof(peer);
    plain.open_fn = conn_open;
    plain.send_fn = conn_send;
    plain.recv_fn = conn_recv;
    plain.close_fn = conn_close;
    plain.sendv_fn = how & 2 ? conn_sendv : NULL;
    plain.flags = more & 1 ? AKOLHOOK_TRANSPORT_UNBUFFERED : 0;
    tls = plain;
    tls.handshake_fn = conn_handshake;
    tls.flags |= AKOLHOOK_TRANSPORT_SECURE;
    if (more & 2) {
        tls.open_fn = conn_open_own;
        tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT | (more & 4 ? AKOLHOOK_TRANSPORT_JUDGES : 0);
        desc.trust_transport_addresses = !(more & 4);
    }

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
    if (more & 8) {
        FUZZ_CHECK(akolhook_cidr_parse(akolhook_str_c("10.0.0.0/8"), &allow) == AKOLHOOK_OK);
        desc.policy.allow = &allow;
        desc.policy.allow_count = w.allowed = 1;
    }
    desc.response_cap = more & 16 ? 1 + caps % 64 : 64;
    desc.head_cap = more & 32 ? 300 + caps * 2 : 0;
    desc.max_in_flight = 1 + how / 4 % SLOTS;
    desc.max_per_origin = how / 32 % (desc.max_in_flight + 1);
    desc.idle_ms = more & 64 ? AKOLHOOK_IDLE_NONE : more & 128 ? 20 : 0;
    desc.connect_ms = more & 128 ? 100 : 0;
    w.per_origin = desc.max_per_origin ? desc.max_per_origin : (desc.max_in_flight + 1) / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    uint8_t *memory, *mine;
    unsigned shift;
    size_t size, i;
    akolhook_status status;

    if (len < 4 || len > 2048) return 0;
    memset(&w, 0, sizeof w);
    memset(jobs, 0, sizeof jobs);
    for (i = 0; i < SLOTS; i++) wires[i].is_open = 0;
    w.now = 1;
    w.lcg = 7;
    w.s.p = data + 4;
    w.s.end = data + len;
    set_up(data[0], data[1], data[2]);

    /* memory that ends where the client's need does, at any alignment */
    shift = data[3] & 15;
    size = akolhook_client_size(&desc);
    FUZZ_CHECK(size && size <= AKOLHOOK_CLIENT_SIZE(
                                       desc.max_in_flight, sizeof(peer), desc.response_cap, desc.head_cap));
    memory = (uint8_t *)malloc(shift + size);
    mine = memory + shift;
    memset(memory, 0xa5, shift + size);
    FUZZ_CHECK(akolhook_client_init(&client, mine, size - 1, &desc) == AKOLHOOK_MEMORY_TOO_SMALL && !client);
    FUZZ_CHECK(mine[0] == 0xa5 && mine[size - 1] == 0xa5);
    status = akolhook_client_init(&client, mine, size, &desc);
    if (status == AKOLHOOK_OK) {
        while (!ended_input()) act(0);
        finish(data[3] & 16);
    } else
        FUZZ_CHECK(status == AKOLHOOK_SYSTEM_LIMIT && !client && w.sets == 0);
    for (i = 0; i < size; i++) FUZZ_CHECK(mine[i] == 0); /* wiped */
    for (i = 0; i < shift; i++) FUZZ_CHECK(memory[i] == 0xa5);
    free(memory);
    return 0;
}
