/* The client over a simulated system: clock, lookup, sockets and transports are fakes, so that every order of
   events, every failure and every deadline can be had in no time. */
#define AKOLHOOK_IMPLEMENTATION
#include "../akolhook.h"
#include "check.h"
#include "guard.h"

#include <stdlib.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define BODY \
    "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\"," \
    "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}"
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define UNIX_S 1767225600 /* 2026-01-01T00:00:00Z */
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define FOREVER INT64_C(1000000000)

/* The MACs come from python3: hmac.new(key, message, sha256), key = the secret's text and
 * base64.b64decode(secret[6:]). */
#define WIRE_HEAD \
    "POST /hook?a=1 HTTP/1.1\r\nHost: hooks.example.com\r\n" \
    "Content-Type: application/json\r\nContent-Length: 112\r\n" \
    "User-Agent: akolhook/" AKOLHOOK_VERSION "\r\n"
#define WIRE_AKOL "X-Webhook-Signature: 121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89\r\n"
#define WIRE_STANDARD \
    "webhook-id: " ID "\r\nwebhook-timestamp: 1767225600\r\n" \
    "webhook-signature: v1,DcEEqFkycdr408jU+r25d2YbM2ps8R1aCn6hQflQxog=\r\n"
#define WIRE WIRE_HEAD WIRE_AKOL "Accept-Encoding: identity\r\n" WIRE_STANDARD "\r\n" BODY
#define ALMOST (sizeof WIRE - 1 - 20) /* all of it but the last bytes */

/* ---- the world ---- */

enum {
    H_LOOKUP,
    H_CONNECT,
    H_CONNECTED,
    H_OPEN,
    H_HANDSHAKE,
    H_SEND,
    H_RECV,
    H_WAIT,
    H_RANDOM,
    H_WATCH,
    H_COUNT
};
enum { HOW_FAIL, HOW_ZERO, HOW_TOO_MUCH, HOW_STRANGE, HOW_EOF, HOW_WANT_READ, HOW_WANT_WRITE, HOW_COUNT };
enum { ROUTE_OK, ROUTE_AT_ONCE, ROUTE_REFUSED, ROUTE_HOLE };

enum { TOKENS = 10001 };
typedef struct watch {
    intptr_t socket;
    int read, write;
} watch;

typedef struct world {
    int64_t now, tick;
    /* the set: what is watched, and where the next wait begins to tell */
    watch watched[TOKENS];
    uint32_t tokens, turn;
    int set_open_result, set_silent, sets, sets_closed, watches;
    /* lookup */
    akolhook_addr addrs[AKOLHOOK_MAX_ADDRESSES + 1];
    size_t addr_count;
    int64_t lookup_ms;
    int lookup_result, lookup_has_socket;
    int lookup_busy;  /* has not begun, for want of a place */
    int lookup_turns; /* goes on without its socket */
    const char *dead; /* names that begin so are never answered */
    int lookup_limit; /* so many more fail as the system has nothing left */
    akolhook_status lookup_status;
    /* connect */
    int route[4], connect_limit;
    int most_sockets; /* that may be open at one time; 0: any number */
    /* transport */
    int open_result, handshake_result, handshake_wants;
    int open_limit, watch_limit; /* so many more fail as the system has nothing left */
    akolhook_status conn_status;
    size_t send_step, recv_step, send_fail_at, send_block_at;
    int64_t send_block_until;
    int want_often; /* every other send and recv WANTs */
    const char *answer;
    size_t answer_len, answer_after; /* comes once so many bytes of the request are there */
    int64_t gap_ms;                  /* one byte of it every so often */
    int end;                         /* what recv gives behind it */
    int idle;                        /* what it gives while no request is under way; 0: nothing comes */
    int reused_send, reused_recv; /* what the hooks give on a connection that is used again; 0: all is well */
    size_t reused_bytes;          /* of the answer, before that */
    /* one call that goes wrong */
    int calls, fault_at, fault_how, fault_hook;
    /* what was seen */
    char wire[65536];
    size_t wire_len;
    int held;                 /* what the transport says of itself */
    int mute;                 /* hooks that fail do not say why */
    int send_takes;           /* ms of the clock */
    int open_wants;           /* so many calls of it, before it is open */
    int own_socket, own_peer; /* one that connects by itself tells them */
    akolhook_conn conn;       /* as the last open_fn got it, and its host */
    char conn_host[256];
    size_t given, given_at_fault; /* bytes of answers */
    int lookups, lookups_over, lookups_cancelled, connects, sockets, sockets_closed, opens, closes, reads,
            sends, waits, randoms, clocks;
    int lookups_most, lookups_asked;
    int contract; /* times that the engine broke its side */
} world;
static world w;
static akolhook_client_desc desc;
static int with_set;                                     /* the platform keeps a set of sockets */
static intptr_t socket_first = 100, lookup_first = 5000; /* the numbers of sockets, of those of lookups */

typedef struct peer {
    size_t got, read;
    int64_t since;
    int handshakes, want, broken, requests;
    const void *want_send, *want_recv;
    size_t want_send_len, want_recv_len;
} peer;

/* No socket has a lower number. */
static intptr_t socket_lowest(void) { return socket_first < lookup_first ? socket_first : lookup_first; }

static void expect(int truth) {
    if (!truth) w.contract++;
}

/* 1 when this call is the one to go wrong. */
static int fault(int hook, int *result) {
    static const int values[HOW_COUNT] = {
            AKOLHOOK_IO_FAIL, 0, 7, -9, AKOLHOOK_IO_EOF, AKOLHOOK_IO_WANT_READ, AKOLHOOK_IO_WANT_WRITE};
    if (++w.calls != w.fault_at) return 0;
    w.fault_hook = hook;
    w.given_at_fault = w.given;
    *result = values[w.fault_how];
    return 1;
}

static int64_t fake_monotonic(void *user) {
    expect(user == &w);
    w.clocks++;
    return w.now;
}
static int64_t unix_s;
static int64_t fake_unix(void *user) {
    expect(user == &w);
    return INT64_C(1000) * unix_s + 999;
}
static uint32_t seed = 1;
static int fake_random(void *user, void *out, size_t len) {
    int result = 0;
    size_t i;
    expect(user == &w);
    w.randoms++;
    for (i = 0; i < len; i++) ((uint8_t *)out)[i] = (uint8_t)((seed = seed * 1103515245u + 12345u) >> 16);
    fault(H_RANDOM, &result);
    return result;
}
/* To be called where a socket is closed: the set must not have it any more. */
static void expect_unwatched(intptr_t socket) {
    uint32_t i;
    for (i = 0; i < w.tokens && w.tokens < 100; i++)
        expect(w.watched[i].socket != socket || !(w.watched[i].read || w.watched[i].write));
}
static int fake_lookup(void *user, akolhook_lookup *l) {
    int result;
    expect(user == &w && strlen(l->host) > 0 && l->count == 0);
    w.lookups_asked++;
    if (!l->started) {
        w.lookups++;
        l->state = &w;
        expect(l->socket == -1); /* one that cannot wait by socket leaves it */
        if (w.lookup_has_socket && !w.lookup_busy) l->socket = lookup_first + w.lookups - 1;
    }
    expect(l->state == &w && l->status == AKOLHOOK_OK);
    if (fault(H_LOOKUP, &result)) {
        l->native_error = 11;
        if (result == 0 || result == AKOLHOOK_IO_FAIL) w.lookups_over++;
        return result;
    }
    if (w.lookups - w.lookups_over - w.lookups_cancelled > w.lookups_most)
        w.lookups_most = w.lookups - w.lookups_over - w.lookups_cancelled;
    if (w.lookup_busy) l->status = AKOLHOOK_LOOKUP_BUSY;
    if (w.lookup_turns) l->socket = -1;
    if (w.now < w.lookup_ms || w.lookup_busy) return AKOLHOOK_IO_WANT_READ;
    if (w.dead && strncmp(l->host, w.dead, strlen(w.dead)) == 0) return AKOLHOOK_IO_WANT_READ;
    expect_unwatched(l->socket);
    w.lookups_over++;
    if (w.lookup_limit) {
        w.lookup_limit--;
        l->native_error = 24;
        l->status = AKOLHOOK_SYSTEM_LIMIT;
        return AKOLHOOK_IO_FAIL;
    }
    l->native_error = 3;
    l->status = w.lookup_status;
    if (w.lookup_result) return w.lookup_result;
    l->count = w.addr_count;
    memcpy(l->addrs, w.addrs,
            (w.addr_count < AKOLHOOK_MAX_ADDRESSES ? w.addr_count : AKOLHOOK_MAX_ADDRESSES) *
                    sizeof w.addrs[0]);
    return 0;
}
static void fake_lookup_cancel(void *user, akolhook_lookup *l) {
    expect(user == &w && l->state == &w);
    expect_unwatched(l->socket);
    w.lookups_cancelled++;
}
static int fake_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    int at = w.connects++, result;
    expect(user == &w && (addr->family == 4 || addr->family == 6) && port != 0);
    if (fault(H_CONNECT, &result)) {
        *native_error = 12;
        if (result == AKOLHOOK_IO_FAIL || result == 0) return result;
        *out = socket_first + w.sockets++;
        return result;
    }
    if (!w.mute) *native_error = 111;
    *out = socket_first + 9999; /* no socket is left, whatever stands there */
    if (w.connect_limit || (w.most_sockets && w.sockets - w.sockets_closed >= w.most_sockets))
        return AKOLHOOK_IO_LIMIT;
    if (w.route[at & 3] == ROUTE_REFUSED) return AKOLHOOK_IO_FAIL;
    *out = socket_first + w.sockets++ * 4 + (at & 3);
    return w.route[at & 3] == ROUTE_AT_ONCE ? 0 : AKOLHOOK_IO_WANT_WRITE;
}
static int fake_connected(void *user, intptr_t socket, long *native_error) {
    int result;
    expect(user == &w && socket >= socket_first);
    if (!w.mute) *native_error = 110;
    if (fault(H_CONNECTED, &result)) return result;
    return w.route[(socket - socket_first) & 3] == ROUTE_HOLE ? AKOLHOOK_IO_WANT_WRITE : 0;
}
static void fake_close(void *user, intptr_t socket) {
    expect(user == &w && socket >= socket_first);
    expect_unwatched(socket);
    w.sockets_closed++;
}
static int fake_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    size_t i;
    int result;
    expect(user == &w && timeout_ms >= 0);
    for (i = 0; i < count; i++)
        expect(items[i].socket >= socket_lowest() && (items[i].read || items[i].write));
    if (!w.mute) *native_error = 13;
    if (fault(H_WAIT, &result)) return result;
    if (++w.waits > 200000) return AKOLHOOK_IO_FAIL;    /* something hangs */
    w.now += timeout_ms < w.tick ? timeout_ms : w.tick; /* wakes early, with all of them ready */
    for (i = 0; i < count && w.set_silent; i++) items[i].read = items[i].write = 0; /* or with none */
    return 0;
}

static int fake_set_open(void *user, intptr_t *set, long *native_error) {
    expect(user == &w);
    *native_error = 24;
    if (w.set_open_result) return w.set_open_result;
    *set = 55;
    w.sets++;
    return 0;
}
static void fake_set_close(void *user, intptr_t set) {
    expect(user == &w && set == 55);
    w.sets_closed++;
}
static int fake_watch(void *user, intptr_t set, intptr_t socket, uint32_t token, int read, int write,
        int known, long *native_error) {
    watch *at = &w.watched[token];
    int result = 0;
    expect(user == &w && set == 55 && socket >= socket_lowest() && token < TOKENS);
    if (!w.mute) *native_error = 28;
    if (known) expect(at->socket == socket && (at->read || at->write));
    if (!read && !write) {
        expect(known);
        memset(at, 0, sizeof *at);
        return 0;
    }
    w.watches++;
    if (w.watch_limit) {
        w.watch_limit--;
        return AKOLHOOK_IO_LIMIT;
    }
    if (fault(H_WATCH, &result) && result != 0) return result;
    at->socket = socket;
    at->read = read;
    at->write = write;
    if (w.tokens <= token) w.tokens = token + 1;
    return 0;
}
/* Wakes early as fake_wait does and tells all that is watched, in turns; when silent it wakes by the time
 * alone. */
static int fake_set_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    int result;
    uint32_t i;
    expect(user == &w && set == 55 && timeout_ms >= 0 && cap > 0);
    if (!w.mute) *native_error = 13;
    *count = 0;
    if (fault(H_WAIT, &result)) return result;
    if (++w.waits > 200000) return AKOLHOOK_IO_FAIL;
    w.now += timeout_ms < w.tick ? timeout_ms : w.tick;
    for (i = 0; i < w.tokens && *count < cap && !w.set_silent; i++, w.turn++) {
        const watch *at = &w.watched[w.turn % w.tokens];
        if (!at->read && !at->write) continue;
        items[*count].token = w.turn % w.tokens;
        items[*count].read = (uint8_t)at->read;
        items[(*count)++].write = (uint8_t)at->write;
    }
    return 0;
}

/* One that connects by itself may close its socket in these hooks. */
static void expect_unwatched_own(intptr_t socket) {
    if (w.own_socket) expect_unwatched(socket);
}

/* What stands behind a char as near as the strictest type may. */
struct any_type {
    char before;
    union {
        long double number;
        long long whole;
        void *pointer;
    } any;
};
static int fake_open(akolhook_conn *conn) {
    peer *at = (peer *)conn->memory;
    int result;
    w.conn = *conn;
    strcpy(w.conn_host, conn->host);
    expect(conn->policy && conn->policy->flags == desc.policy.flags &&
            conn->policy->allow == desc.policy.allow);
    if (conn->socket >= 0) expect_unwatched_own(conn->socket);
    if (w.own_socket) conn->socket = socket_first;
    if (w.own_peer) conn->peer = w.addrs[0];
    expect(conn->user == &w && conn->native_error == 0 && conn->status == AKOLHOOK_OK && at->got == 0 &&
            (uintptr_t)at % offsetof(struct any_type, any) == 0);
    conn->native_error = 21;
    conn->status = w.conn_status;
    if (!at->since) w.opens++;
    at->since = w.now + 1;
    if (fault(H_OPEN, &result)) {
        if (result == AKOLHOOK_IO_FAIL) w.opens--;
        return result;
    }
    if (w.open_limit) {
        w.open_limit--;
        w.opens--;
        conn->status = AKOLHOOK_SYSTEM_LIMIT;
        return AKOLHOOK_IO_FAIL;
    }
    if (w.open_wants) {
        w.open_wants--;
        return AKOLHOOK_IO_WANT_READ;
    }
    if (w.open_result == AKOLHOOK_IO_FAIL) w.opens--;
    return w.open_result;
}
static int fake_handshake(akolhook_conn *conn) {
    peer *at = (peer *)conn->memory;
    int result;
    conn->native_error = 22;
    conn->status = w.conn_status;
    if (conn->socket >= 0) expect_unwatched_own(conn->socket);
    if (fault(H_HANDSHAKE, &result)) return result;
    if (at->handshakes++ < w.handshake_wants)
        return at->handshakes & 1 ? AKOLHOOK_IO_WANT_READ : AKOLHOOK_IO_WANT_WRITE;
    return w.handshake_result;
}
static ptrdiff_t fake_sendv(akolhook_conn *conn, const akolhook_str *parts, size_t count) {
    peer *at = (peer *)conn->memory;
    size_t i, most = 0, n = 0, piece;
    int result;
    for (i = 0; i < count; i++) {
        expect(parts[i].len > 0);
        most += parts[i].len;
    }
    expect(count >= 1 && count <= 4 &&
            (!at->want_send || (at->want_send == parts[0].ptr && at->want_send_len == most)));
    conn->native_error = 32;
    at->want_send = NULL;
    w.sends++;
    w.now += w.send_takes;
    if (at->got && parts[0].len > 4 &&
            memcmp(parts[0].ptr, "POST ", 5) == 0) { /* the next request on this connection */
        at->got = at->read = 0;
        at->requests++;
    }
    if (at->requests && w.reused_send) return w.reused_send;
    if (fault(H_SEND, &result)) {
        if (result == 7) return (ptrdiff_t)most + 1;
        at->broken = result == AKOLHOOK_IO_FAIL;
        return result;
    }
    if (at->got >= w.send_fail_at) return AKOLHOOK_IO_FAIL;
    if ((at->got >= w.send_block_at && w.now < w.send_block_until) ||
            (w.want_often && (at->want ^= 1) != 0)) {
        at->want_send = parts[0].ptr;
        at->want_send_len = most;
        return AKOLHOOK_IO_WANT_WRITE;
    }
    if (w.send_step && most > w.send_step) most = w.send_step;
    if (at->got < w.send_block_at && most > w.send_block_at - at->got) most = w.send_block_at - at->got;
    if (at->got < w.send_fail_at && most > w.send_fail_at - at->got) most = w.send_fail_at - at->got;
    for (i = 0; n < most; i++, n += piece) {
        piece = parts[i].len < most - n ? parts[i].len : most - n;
        if (w.wire_len + piece <= sizeof w.wire) memcpy(w.wire + w.wire_len, parts[i].ptr, piece);
        w.wire_len += piece;
    }
    at->got += most;
    return (ptrdiff_t)most;
}
static ptrdiff_t fake_send(akolhook_conn *conn, const void *data, size_t len) {
    akolhook_str part = akolhook_str_n(data, len);
    return fake_sendv(conn, &part, 1);
}
static ptrdiff_t fake_recv(akolhook_conn *conn, void *data, size_t len) {
    peer *at = (peer *)conn->memory;
    size_t there = w.answer_len;
    int result;
    expect(!at->want_recv || (at->want_recv == data && at->want_recv_len == len));
    conn->native_error = 104;
    conn->status = w.conn_status;
    at->want_recv = NULL;
    conn->held = (uint8_t)w.held;
    w.reads++;
    if (fault(H_RECV, &result)) return result == 7 ? (ptrdiff_t)len + 1 : result;
    if (at->broken) return AKOLHOOK_IO_FAIL;
    if (w.idle && at->read == w.answer_len && w.answer_len) {
        if (w.idle > 0) memcpy(data, "x", 1);
        return w.idle;
    }
    if (at->requests && w.reused_recv && at->read >= w.reused_bytes) return w.reused_recv;
    if (at->requests && w.reused_recv && len > w.reused_bytes - at->read) len = w.reused_bytes - at->read;
    if (w.gap_ms && (w.now - at->since + 1) / w.gap_ms < (int64_t)there)
        there = (size_t)((w.now - at->since + 1) / w.gap_ms);
    if (at->got < w.answer_after) there = at->read;
    if (at->read == w.answer_len && w.end != AKOLHOOK_IO_WANT_READ) return w.end;
    if (at->read >= there || (w.want_often && (at->want ^= 2) & 2)) {
        at->want_recv = data;
        at->want_recv_len = len;
        return AKOLHOOK_IO_WANT_READ;
    }
    if (len > there - at->read) len = there - at->read;
    if (w.recv_step && len > w.recv_step) len = w.recv_step;
    memcpy(data, w.answer + at->read, len);
    at->read += len;
    w.given += len;
    return (ptrdiff_t)len;
}
static void fake_close_conn(akolhook_conn *conn) {
    expect(conn->memory != NULL);
    w.closes++;
}

/* ---- a client in it ---- */

static akolhook_transport plain, tls;
static akolhook_platform platform;
static akolhook_client *client;
static akolhook_delivery d;
static size_t memory_used;
static unsigned char memory[AKOLHOOK_CLIENT_SIZE(8, sizeof(peer), 64, 0)];

static void answer_is(const char *text) {
    w.answer = text;
    w.answer_len = strlen(text);
}
static void fake_transport(akolhook_transport *t) {
    memset(t, 0, sizeof *t);
    t->conn_size = sizeof(peer);
    t->open_fn = fake_open;
    t->send_fn = fake_send;
    t->recv_fn = fake_recv;
    t->close_fn = fake_close_conn;
    t->sendv_fn = fake_sendv;
    t->user = &w;
}
static void start(void) {
    static const uint8_t address[4] = {93, 184, 216, 34};
    size_t i;
    memset(&w, 0, sizeof w);
    unix_s = UNIX_S;
    w.now = 777;
    w.tick = 50;
    w.send_fail_at = w.send_block_at = (size_t)-1;
    w.send_block_until = FOREVER;
    w.end = AKOLHOOK_IO_WANT_READ;
    w.addr_count = 1;
    for (i = 0; i < AKOLHOOK_MAX_ADDRESSES + 1; i++) {
        w.addrs[i].family = 4;
        memcpy(w.addrs[i].bytes, address, 4);
    }
    answer_is(OK_ANSWER);
    fake_transport(&plain);
    fake_transport(&tls);
    tls.handshake_fn = fake_handshake;
    tls.sendv_fn = NULL;
    tls.flags = AKOLHOOK_TRANSPORT_SECURE;
    w.handshake_wants = 3;
    memset(&platform, 0, sizeof platform);
    platform.monotonic_ms_fn = fake_monotonic;
    platform.unix_ms_fn = fake_unix;
    platform.random_fn = fake_random;
    platform.lookup_fn = fake_lookup;
    platform.lookup_cancel_fn = fake_lookup_cancel;
    platform.connect_fn = fake_connect;
    platform.connected_fn = fake_connected;
    platform.close_fn = fake_close;
    platform.wait_fn = fake_wait;
    platform.plain = &plain;
    platform.user = &w;
    if (with_set) {
        platform.set_open_fn = fake_set_open;
        platform.set_close_fn = fake_set_close;
        platform.set_watch_fn = fake_watch;
        platform.set_wait_fn = fake_set_wait;
    }
    memset(&desc, 0, sizeof desc);
    desc.platform = &platform;
    desc.tls = &tls;
    desc.policy.flags = AKOLHOOK_ALLOW_HTTP;
    desc.response_cap = 64;
    desc.idle_ms = AKOLHOOK_IDLE_NONE; /* but where a test is about connections that are kept */
    client = NULL;
    memory_used = sizeof memory;
}
/* In as much memory as it needs; nothing behind it is written. */
static void open_client(void) {
    size_t need = akolhook_client_size(&desc);
    memory_used = need && need < sizeof memory ? need : sizeof memory;
    memset(memory, 0xa5, sizeof memory);
    CHECK_STATUS(akolhook_client_init(&client, memory, memory_used, &desc), OK);
}
static void check_memory(void) {
    size_t i;
    for (i = memory_used; i < sizeof memory; i++)
        if (memory[i] != 0xa5) break;
    CHECK_INT(i, sizeof memory);
}

/* Where connections are kept, and made at once. */
static void keep(void) {
    start();
    desc.idle_ms = 0;
    desc.max_in_flight = 4;
    w.route[0] = w.route[1] = w.route[2] = w.route[3] = ROUTE_AT_ONCE;
}

/* Whatever happened: what was taken has been given back, once. */
static void check_balance(void) {
    CHECK_INT(w.sockets_closed, w.sockets);
    CHECK_INT(w.closes, w.opens);
    CHECK_INT(w.lookups_over + w.lookups_cancelled, w.lookups);
    CHECK_INT(w.sets_closed, w.sets);
    CHECK_INT(w.contract, 0);
    CHECK(w.waits < 200000);
}
static akolhook_request request_to(const char *url) {
    akolhook_request r = AKOLHOOK_INIT;
    r.url = akolhook_str_c(url);
    r.secret = akolhook_str_c(SECRET);
    r.body[0] = akolhook_str_c(BODY);
    r.message_id = akolhook_str_c(ID);
    return r;
}
static akolhook_status deliver(const char *url) {
    akolhook_request r = request_to(url);
    akolhook_status status;
    if (!client) open_client();
    memset(&d, 0x55, sizeof d);
    status = akolhook_deliver_request(client, &r, &d);
    CHECK_INT(d.status, status);
    if (status != AKOLHOOK_BAD_RESPONSE) CHECK_TEXT(d.cause, akolhook_status_text(status));
    CHECK(d.cause && d.cause[0]);
    CHECK(d.code == 0 || (d.code >= 200 && d.code <= 599));
    CHECK(d.ms >= 0 && d.reused <= (desc.idle_ms != AKOLHOOK_IDLE_NONE));
    CHECK(d.peer.family ? status == AKOLHOOK_BLOCKED_ADDRESS || d.peer_port : !d.peer_port);
    return status;
}
static void finish(void) {
    akolhook_client_close(client);
    check_balance();
    check_memory();
    client = NULL;
}
#define HTTP_URL "http://hooks.example.com/hook?a=1"
#define HTTPS_URL "https://hooks.example.com/hook?a=1"

/* ---- memory and settings ---- */

/* The constant is never too small, and at most 5 % and 16 bytes too large. */
static int bounds(size_t need, size_t constant) {
    return need <= constant && constant <= need + need / 20 + 16;
}

static void test_size(void) {
    static const uint32_t sizes[][3] = {{1, 1024, 2048}, {2, 1, 1}, {7, 100, 592}, {64, 65536, 8192},
            {100000, 16, 4096}, {3, 16777216, 1048576}};
    size_t i, need, k;
    start();
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        desc.max_in_flight = sizes[i][0];
        desc.response_cap = sizes[i][1];
        desc.head_cap = sizes[i][2];
        CHECK(bounds(akolhook_client_size(&desc),
                AKOLHOOK_CLIENT_SIZE(sizes[i][0], sizeof(peer), sizes[i][1], sizes[i][2])));
        CHECK_INT(akolhook_client_size(&desc) % 16, 15); /* all of it begins at multiples of 16 bytes */
    }
    desc.max_in_flight = desc.response_cap = desc.head_cap = 0;
    CHECK(bounds(akolhook_client_size(&desc), AKOLHOOK_CLIENT_SIZE(0, sizeof(peer), 0, 0)));
    CHECK(bounds(akolhook_client_size(&desc), AKOLHOOK_CLIENT_SIZE(1, sizeof(peer), 1024, 2048)));
    CHECK(sizeof(akolhook_i_slot) < 1024);
    need = akolhook_client_size(&desc);
    desc.max_in_flight = 1; /* the defaults */
    desc.response_cap = 1024;
    desc.head_cap = 2048;
    CHECK_INT(akolhook_client_size(&desc), need);
    tls.conn_size = 0;
    CHECK_INT(akolhook_client_size(&desc), need); /* the other one's */
    plain.conn_size = 0;
    need = akolhook_client_size(&desc);
    desc.tls = NULL;
    CHECK_INT(akolhook_client_size(&desc), need);
    platform.plain = NULL;
    CHECK_INT(akolhook_client_size(&desc), need);
    desc.tls = &tls;
    CHECK_INT(akolhook_client_size(&desc), need);
    platform.plain = &plain;
    plain.conn_size = sizeof(peer);
    desc.max_in_flight = desc.response_cap = desc.head_cap = 0;
    tls.conn_size = 5000; /* the larger of both */
    CHECK(bounds(akolhook_client_size(&desc), AKOLHOOK_CLIENT_SIZE(1, 5000, 1024, 2048)));
    tls.conn_size = 16777216; /* the largest there is */
    CHECK(akolhook_client_size(&desc) > 16777216);
    tls.conn_size++;
    CHECK_INT(akolhook_client_size(&desc), 0);
    tls.conn_size = (size_t)-1;
    CHECK_INT(akolhook_client_size(&desc), 0);
    tls.conn_size = sizeof(peer);
    desc.max_in_flight = 100001;
    CHECK_INT(akolhook_client_size(&desc), 0);
    desc.max_in_flight = 1;
    desc.response_cap = 16777217;
    CHECK_INT(akolhook_client_size(&desc), 0);
    desc.response_cap = 64;
    desc.head_cap = 1048577;
    CHECK_INT(akolhook_client_size(&desc), 0);
    CHECK_INT(akolhook_client_size(NULL), 0);
    desc.head_cap = 600;
#ifndef AKOLHOOK_NO_POSIX
    desc.platform = NULL; /* there is one here, and it needs no room for connections */
    desc.tls = NULL;
    need = akolhook_client_size(&desc);
    desc.platform = akolhook_posix_platform();
    CHECK(need > 0 && akolhook_client_size(&desc) == need);
#endif
    desc.platform = &platform;
    desc.tls = &tls;
    need = akolhook_client_size(&desc);
    /* any alignment; nothing beside the memory is written, nothing of it is left behind */
    for (i = 0; i < 17; i++) {
        memset(memory, 0xa5, sizeof memory);
        CHECK_STATUS(akolhook_client_init(&client, memory + i, need - 1, &desc), MEMORY_TOO_SMALL);
        CHECK(client == NULL && memory[i] == 0xa5);
        CHECK_STATUS(akolhook_client_init(&client, memory + i, need, &desc), OK);
        CHECK_STATUS(deliver(HTTPS_URL), OK);
        akolhook_client_close(client);
        for (k = 0; k < i; k++) CHECK_INT(memory[k], 0xa5);
        for (k = i; k < i + need; k++)
            if (memory[k]) break;
        CHECK_INT(k, i + need);
        for (k = i + need; k < sizeof memory; k++)
            if (memory[k] != 0xa5) break;
        CHECK_INT(k, sizeof memory);
        client = NULL;
    }
    akolhook_client_close(NULL);
    check_balance();
}

static void test_init(void) {
    akolhook_cidr allow[2];
    akolhook_client *c;
    int i;
    start();
    CHECK_STATUS(akolhook_client_init(NULL, memory, sizeof memory, &desc), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_init(&c, NULL, sizeof memory, &desc), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, NULL), INVALID_ARGUMENT);
    for (i = 0; i < 15; i++) {
        start();
        if (i == 0) platform.monotonic_ms_fn = NULL;
        if (i == 1) platform.unix_ms_fn = NULL;
        if (i == 2) platform.random_fn = NULL;
        if (i == 3) platform.lookup_fn = NULL;
        if (i == 4) platform.lookup_cancel_fn = NULL;
        if (i == 5) platform.connect_fn = NULL;
        if (i == 6) platform.connected_fn = NULL;
        if (i == 7) platform.close_fn = NULL;
        if (i == 8) platform.wait_fn = NULL;
        if (i == 9) platform.plain = NULL;
        if (i == 10) tls.open_fn = NULL;
        if (i == 11) tls.send_fn = NULL;
        if (i == 12) tls.recv_fn = NULL;
        if (i == 13) tls.close_fn = NULL;
        if (i == 14) plain.recv_fn = NULL;
        CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), BROKEN_HOOK);
        CHECK(c == NULL);
    }
    for (i = 1; i < 15; i++) { /* of the hooks for a set all or none */
        start();
        platform.set_open_fn = i & 1 ? fake_set_open : NULL;
        platform.set_close_fn = i & 2 ? fake_set_close : NULL;
        platform.set_watch_fn = i & 4 ? fake_watch : NULL;
        platform.set_wait_fn = i & 8 ? fake_set_wait : NULL;
        CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), BROKEN_HOOK);
    }
    start(); /* what is not used may be missing */
    desc.policy.flags = 0;
    platform.plain = NULL;
    tls.handshake_fn = NULL;
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), OK);
    akolhook_client_close(c);
    desc.policy.allow = allow;
    desc.policy.allow_count = 2;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.1.0.0/16"), &allow[0]), OK);
    allow[1] = allow[0];
    allow[1].prefix = 15; /* a bit behind the prefix is set */
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), BAD_CIDR);
    desc.policy.allow = NULL;
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), INVALID_ARGUMENT);
    start();
    tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT;
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), UNTRUSTED_CONNECT);
    desc.trust_transport_addresses = 1;
    CHECK_STATUS(akolhook_client_init(&c, memory, sizeof memory, &desc), OK);
    akolhook_client_close(c);
    CHECK_INT(w.sets_closed, w.sets);
    for (i = 0; i < 10; i++) {
        static const char *const names[10] = {
                "none", "lookup", "connect", "tls", "send", "head", "body", "done", "unknown", "unknown"};
        CHECK_TEXT(akolhook_phase_name((akolhook_phase)i), names[i]);
    }
    CHECK_TEXT(akolhook_phase_name((akolhook_phase)99), "unknown");
}

/* ---- the way through ---- */

static void test_exchange(void) {
    char line[200];
    start();
    w.lookup_ms = 800;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
    CHECK_INT(d.code, 200);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_DONE);
    CHECK_INT(d.native_error, 0);
    CHECK_INT(d.lookup_ms, 30);  /* asked at 777 and every 10 ms, there from 800 on */
    CHECK_INT(d.connect_ms, 50); /* one wait */
    CHECK_INT(d.tls_ms, -1);
    CHECK_INT(d.first_byte_ms, 0);
    CHECK_INT(d.ms, 80);
    CHECK_INT(d.peer.family, 4);
    CHECK_INT(d.peer.bytes[0], 93);
    CHECK_INT(d.peer_port, 80);
    CHECK_STR(d.response, "ok");
    CHECK_INT(d.response_cut, 0);
    CHECK_INT(d.retry_after_s, -1);
    CHECK_TEXT(d.message_id, ID);
    CHECK_INT(d.sent_at, UNIX_S);
    CHECK_INT(w.randoms, 0);
    finish();
    start();
    CHECK_STATUS(deliver("https://hooks.example.com:8443/hook?a=1"), OK);
    CHECK_INT(d.tls_ms, 150); /* three waits */
    w.open_wants = 2;
    CHECK_STATUS(deliver("https://hooks.example.com:8443/hook?a=1"), OK);
    CHECK_INT(d.tls_ms, 250); /* five, two of them before it was open */
    CHECK_INT(d.peer_port, 8443);
    CHECK(strstr(w.wire, "\r\nHost: hooks.example.com:8443\r\n") != NULL);
    finish();
    start(); /* the short form; an id is drawn */
    open_client();
    CHECK_STATUS(akolhook_deliver(client, HTTPS_URL, SECRET, BODY, strlen(BODY), &d), OK);
    CHECK_INT(strlen(d.message_id), 28);
    CHECK(memcmp(d.message_id, "msg_", 4) == 0 && w.randoms > 0);
    sprintf(line, "\r\nwebhook-id: %s\r\nwebhook-timestamp: 1767225600\r\n", d.message_id);
    CHECK(strstr(w.wire, line) != NULL);
    finish();
    start(); /* a literal address is not looked up; a body may be empty */
    open_client();
    CHECK_STATUS(akolhook_deliver(client, "https://[2606:4700::1111]/", SECRET, NULL, 0, &d), OK);
    CHECK_INT(w.lookups, 0);
    CHECK_INT(d.lookup_ms, -1);
    CHECK_INT(d.peer.family, 6);
    CHECK(strstr(w.wire, "\r\nContent-Length: 0\r\n") != NULL);
    finish();
    start();
    open_client();
    CHECK_STATUS(akolhook_deliver(client, "https://93.184.216.34/", SECRET, NULL, 5, &d), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_deliver(client, NULL, SECRET, BODY, 1, &d), URL_SYNTAX);
    CHECK_STATUS(akolhook_deliver(NULL, HTTP_URL, SECRET, BODY, 1, &d), INVALID_ARGUMENT);
    CHECK_INT(d.status, AKOLHOOK_INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_deliver_request(client, NULL, &d), INVALID_ARGUMENT);
    finish();
}

/* However the bytes are cut, on the wire they are the same. */
/* 0 is a socket like any other, as a process has it that closed its standard input: it is waited for, and
   closed. */
static void test_socket_zero(void) {
    int waits[2], i;

    for (i = 0; i < 2; i++) {
        start();
        w.tick = 1000;
        w.gap_ms = 500; /* between the bytes of the answer */
        socket_first = i ? 0 : 100;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        waits[i] = w.waits;
        finish();

        start(); /* a lookup's, of which the first has it */
        w.tick = 1000;
        w.lookup_has_socket = 1;
        w.lookup_ms = 5000;
        socket_first = 100;
        lookup_first = i ? 0 : 5000;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        waits[i] += w.waits;
        finish();

        start(); /* it tells its news at once, and not after a pause */
        w.tick = 1;
        w.lookup_has_socket = 1;
        w.lookup_ms = w.now + 5;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.lookup_ms, 5);
        finish();
    }
    lookup_first = 5000;
    CHECK_INT(waits[1], waits[0]);
}

static void test_pieces(void) {
    int i;
    for (i = 0; i < 16; i++) {
        akolhook_request r = request_to(i & 4 ? HTTPS_URL : HTTP_URL);
        start();
        open_client();
        if (i & 1) w.send_step = w.recv_step = 1;
        if (i & 2) w.want_often = 1;
        if (i & 4) tls.handshake_fn = NULL;
        if (i & 8) {
            r.body[0].len = 10;
            r.body[1] = akolhook_str_n(&BODY[10], 1);
            r.body[2] = akolhook_str_n(&BODY[11], strlen(BODY) - 11);
        } else {
            r.body[1] = r.body[0];
            r.body[0].len = 0;
        }
        CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
        CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
        CHECK_STR(d.response, "ok");
        finish();
    }
    for (i = 1; i < (int)sizeof WIRE;
            i += i < 60 ? 1 : 7) { /* a piece may take the end of one and the next */
        akolhook_request r = request_to(HTTP_URL);
        start();
        open_client();
        w.send_step = (size_t)i;
        r.body[0].len = 10;
        r.body[1] = akolhook_str_n(&BODY[10], 1);
        r.body[2] = akolhook_str_n(&BODY[11], strlen(BODY) - 11);
        CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
        CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
        CHECK_INT(w.sends, (sizeof WIRE - 1 + (size_t)i - 1) / (size_t)i);
        finish();
    }
}

static void test_headers(void) {
    static const akolhook_header custom[2] = {
            {{"X-Tenant", 8}, {"seven", 5}}, {{"Authorization", 13}, {"Bearer abc", 10}}};
    akolhook_request r = request_to(HTTP_URL);
    start();
    open_client();
    r.event = akolhook_str_c("call.ended");
    r.test = 1;
    r.headers = custom;
    r.header_count = 2;
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
    CHECK_MEM(w.wire, w.wire_len,
            WIRE_HEAD "X-Tenant: seven\r\nAuthorization: Bearer abc\r\n" WIRE_AKOL
                      "X-Webhook-Event: call.ended\r\nX-Webhook-Test: 1\r\n"
                      "Accept-Encoding: identity\r\n" WIRE_STANDARD "\r\n" BODY,
            strlen(WIRE) + strlen("X-Tenant: seven\r\nAuthorization: Bearer abc\r\n"
                                  "X-Webhook-Event: call.ended\r\nX-Webhook-Test: 1\r\n"));
    finish();
    start(); /* a secret of another form: Akol's header alone, no id drawn */
    open_client();
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, "plain secret", BODY, strlen(BODY), &d), OK);
    w.wire[w.wire_len] = 0;
    CHECK(strstr(w.wire, "X-Webhook-Signature: "
                         "90306d4cf699fd2a8e23bad2af9894c616353350ea4d97edaeafa0520d9a7623\r\n") != NULL);
    CHECK(strstr(w.wire, "webhook-id") == NULL && strstr(w.wire, "webhook-timestamp") == NULL &&
            strstr(w.wire, "webhook-signature") == NULL);
    CHECK_TEXT(d.message_id, "");
    CHECK_INT(w.randoms, 0);
    finish();
    start(); /* an id longer than the result holds is sent whole */
    open_client();
    r = request_to(HTTP_URL);
    r.message_id = akolhook_str_c("a23456789b123456789c123456789d123456789e123456789f123456789g12345");
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
    CHECK_TEXT(d.message_id, "");
    CHECK(strstr(w.wire,
                  "webhook-id: a23456789b123456789c123456789d123456789e123456789f123456789g12345\r\n") !=
            NULL);
    finish();
}

/* What is wrong with a request is said before anything is opened. */
static akolhook_status refuse(const akolhook_request *r) {
    akolhook_status status;
    if (!client) open_client();
    status = akolhook_deliver_request(client, r, &d);
    CHECK_INT(d.status, status);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_NONE);
    CHECK_INT(d.lookup_ms + d.connect_ms + d.tls_ms + d.first_byte_ms + d.retry_after_s, -5);
    CHECK_INT(w.lookups + w.connects + w.opens, 0);
    return status;
}
static void never(void *user, uint64_t id, const akolhook_delivery *result) {
    (void)id;
    (void)result;
    CHECK_INT(1, user != NULL); /* not to be called */
}
static char big[AKOLHOOK_MAX_BODY];
static void test_refused(void) {
    akolhook_request r;
    uint64_t id = 9;
    start();
    r = request_to("ftp://hooks.example.com/");
    CHECK_STATUS(refuse(&r), URL_SCHEME);
    CHECK_STATUS(akolhook_client_submit(client, &r, never, NULL, &id), URL_SCHEME);
    CHECK_INT(id, 0);
    r = request_to("https://u:p@hooks.example.com/");
    CHECK_STATUS(refuse(&r), URL_USERINFO);
    r = request_to("https://localhost/");
    CHECK_STATUS(refuse(&r), BLOCKED_NAME);
    r = request_to("https://10.0.0.1/");
    CHECK_STATUS(refuse(&r), BLOCKED_ADDRESS);
    CHECK_INT(d.peer.bytes[0], 10);
    finish();
}
static void test_refused_headers(void) {
    akolhook_header header = {{"X-A", 3}, {"b", 1}};
    akolhook_request r;
    start();
    r = request_to(HTTP_URL);
    r.secret.len = 0;
    CHECK_STATUS(refuse(&r), EMPTY_SECRET);
    r.secret = akolhook_str_c(SECRET "\n");
    CHECK_STATUS(refuse(&r), SECRET_BLANK);
    r = request_to(HTTP_URL);
    r.message_id = akolhook_str_c("a.b");
    CHECK_STATUS(refuse(&r), BAD_ID);
    r.message_id = akolhook_str_c("a\r\nb");
    CHECK_STATUS(refuse(&r), BAD_ID);
    r = request_to(HTTP_URL);
    r.event = akolhook_str_c("call.ended\r\nX: y");
    CHECK_STATUS(refuse(&r), BAD_HEADER);
    r = request_to(HTTP_URL);
    r.headers = &header;
    r.header_count = 1;
    header.value = akolhook_str_c("a\nb");
    CHECK_STATUS(refuse(&r), BAD_HEADER);
    header.name = akolhook_str_c("webhook-ID");
    CHECK_STATUS(refuse(&r), RESERVED_HEADER);
    header.name = akolhook_str_c("X-A");
    header.value = akolhook_str_n(big, AKOLHOOK_MAX_HEADER + 1);
    CHECK_STATUS(refuse(&r), HEADER_TOO_LARGE);
    memset(big, 'x', sizeof big);
    header.value.len = 3000;
    CHECK_STATUS(refuse(&r), REQUEST_HEAD_TOO_LARGE);
    finish();
}
static void test_refused_bodies(void) {
    akolhook_request r;
    uint64_t id = 9;
    start();
    if (!client) open_client();
    r = request_to(HTTP_URL);
    r.body[0] = akolhook_str_n(big, sizeof big);
    r.body[2] = akolhook_str_n(big, 1);
    CHECK_STATUS(refuse(&r), BODY_TOO_LARGE);
    r.body[1].len = (size_t)-1;
    CHECK_STATUS(refuse(&r), INVALID_ARGUMENT);
    r.body[1].ptr = big;
    CHECK_STATUS(refuse(&r), BODY_TOO_LARGE);
    r = request_to(HTTP_URL);
    CHECK_STATUS(akolhook_client_submit(client, &r, NULL, NULL, &id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_submit(client, NULL, never, NULL, &id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_submit(NULL, &r, never, NULL, &id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_cancel(client, 0), NOT_FOUND);
    CHECK_STATUS(akolhook_client_cancel(NULL, 0), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_client_poll(NULL, 0, NULL), INVALID_ARGUMENT);
    r.body[0] = akolhook_str_n(big, sizeof big); /* the whole of it is legal */
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
    finish();
}
static void test_refused_client(void) {
    akolhook_request r;
    start();
    desc.tls = NULL;
    r = request_to(HTTPS_URL);
    CHECK_STATUS(refuse(&r), TLS_REQUIRED);
    finish();
    start();
    tls.flags = 0; /* promises nothing */
    CHECK_STATUS(refuse(&r), TLS_REQUIRED);
    finish();
    start();
    desc.policy.flags = 0;
    r = request_to(HTTP_URL);
    CHECK_STATUS(refuse(&r), URL_SCHEME);
    r = request_to("http://u:p@hooks.example.com/"); /* of two faults the one that comes first */
    CHECK_STATUS(refuse(&r), URL_SCHEME);
    finish();
    start();
    w.fault_at = 1;
    w.fault_how = HOW_FAIL;
    r = request_to(HTTP_URL);
    r.message_id.len = 0;
    CHECK_STATUS(refuse(&r), RANDOM_FAILED);
    finish();
}

/* ---- lookup and connect ---- */

static void test_lookup(void) {
    uint8_t family;
    start();
    w.lookup_result = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(deliver(HTTP_URL), LOOKUP_FAILED);
    CHECK_INT(d.native_error, 3);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_LOOKUP);
    w.lookup_status = AKOLHOOK_TOO_MANY_ADDRESSES;
    CHECK_STATUS(deliver(HTTP_URL), TOO_MANY_ADDRESSES);
    w.lookup_status = AKOLHOOK_SYSTEM_LIMIT;
    CHECK_STATUS(deliver(HTTP_URL), SYSTEM_LIMIT);
    w.lookup_status = AKOLHOOK_DUPLICATE; /* not its to say */
    CHECK_STATUS(deliver(HTTP_URL), LOOKUP_FAILED);
    w.lookup_result = 0;
    w.addr_count = 0;
    CHECK_STATUS(deliver(HTTP_URL), LOOKUP_FAILED);
    w.addr_count = AKOLHOOK_MAX_ADDRESSES + 1;
    CHECK_STATUS(deliver(HTTP_URL), BROKEN_HOOK);
    w.addr_count = AKOLHOOK_MAX_ADDRESSES;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(w.connects, 1);
    w.connects = 0;
    w.addrs[AKOLHOOK_MAX_ADDRESSES - 1].bytes[0] =
            10; /* one private address among public ones refuses them all */
    CHECK_STATUS(deliver(HTTP_URL), BLOCKED_ADDRESS);
    CHECK_INT(d.peer.bytes[0], 10);
    CHECK_INT(w.connects, 0);
    w.addrs[1].family = 0;
    CHECK_STATUS(deliver(HTTP_URL), BROKEN_HOOK);
    CHECK_INT(w.connects, 0);
    finish();
    for (family = 0; family < 9; family++) { /* an address is of one of the two */
        static const uint8_t v6[16] = {0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11};
        start();
        w.addrs[0].family = family;
        if (family != 4) memcpy(w.addrs[0].bytes, v6, 16);
        CHECK_INT(deliver(HTTP_URL), family == 4 || family == 6 ? AKOLHOOK_OK : AKOLHOOK_BROKEN_HOOK);
        CHECK_INT(d.peer.family, family == 4 || family == 6 ? family : 0);
        CHECK_INT(w.connects, family == 4 || family == 6);
        finish();
    }
    start(); /* judged again at each delivery: the name has moved */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.addrs[0].bytes[0] = 127;
    w.wire_len = 0;
    CHECK_STATUS(deliver(HTTP_URL), BLOCKED_ADDRESS);
    CHECK_INT(w.wire_len, 0);
    CHECK_INT(w.connects, 1);
    finish();
}

static void test_connect(void) {
    int own, asked;
    start();
    w.addr_count = 3;
    w.addrs[2].bytes[3] = 77;
    w.route[0] = ROUTE_REFUSED;
    w.route[1] = ROUTE_HOLE;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.peer.bytes[3], 77);
    CHECK_INT(d.connect_ms, 3050); /* 3 s for the hole, one wait for the third */
    CHECK_INT(d.native_error, 0);
    CHECK_INT(w.connects, 3);
    finish();
    start();
    w.addr_count = 2;
    w.route[0] = ROUTE_HOLE;
    w.route[1] = ROUTE_REFUSED;
    CHECK_STATUS(deliver(HTTP_URL), CONNECT_FAILED);
    CHECK_INT(d.native_error, 111);
    CHECK_INT(d.peer.family, 0);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_CONNECT);
    CHECK_INT(d.ms, 3000);
    finish();
    start(); /* woken by nothing but the time */
    w.tick = FOREVER;
    w.addr_count = 2;
    w.route[0] = ROUTE_HOLE;
    w.route[1] = ROUTE_AT_ONCE;
    CHECK_STATUS(deliver("http://hooks.example.com/"), OK);
    CHECK_INT(d.connect_ms, 3000);
    finish();
    start(); /* the last address has until the deadline */
    w.route[0] = ROUTE_HOLE;
    CHECK_STATUS(deliver(HTTP_URL), DEADLINE);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_CONNECT);
    CHECK_INT(d.ms, 30000);
    CHECK_INT(d.connect_ms, 30000);
    finish();
    for (own = 0; own < 2; own++) { /* a deadline of its own, shorter and longer than the client's */
        akolhook_request r = request_to(HTTP_URL);
        start();
        w.route[0] = ROUTE_HOLE;
        r.deadline_ms = own ? 45000 : 10000;
        open_client();
        CHECK_INT(akolhook_deliver_request(client, &r, &d), AKOLHOOK_DEADLINE);
        CHECK_INT(d.ms, own ? 45000 : 10000);
        finish();
    }
    start();
    w.route[0] = ROUTE_AT_ONCE;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.ms, 0);
    CHECK_INT(w.waits, 0);
    finish();
    for (asked = 0, own = 1; own < 8; own++) { /* why the last one failed, told when it is asked */
        start();
        w.fault_at = own;
        w.fault_how = HOW_FAIL;
        (void)deliver(HTTP_URL);
        if (w.fault_hook == H_CONNECTED) {
            asked++;
            CHECK_STATUS(d.status, CONNECT_FAILED);
            CHECK_INT(d.native_error, 110);
            w.calls = 0; /* once more, and nobody says why */
            w.mute = 1;
            CHECK_STATUS(deliver(HTTP_URL), CONNECT_FAILED);
            CHECK_INT(d.native_error, 0);
        }
        finish();
    }
    CHECK_INT(asked, 1);
    start();
    w.mute = 1;
    w.route[0] = ROUTE_REFUSED;
    CHECK_STATUS(deliver(HTTP_URL), CONNECT_FAILED);
    CHECK_INT(d.native_error, 0);
    finish();
    start(); /* no socket for the first is none for the second */
    w.addr_count = 2;
    w.connect_limit = 1;
    CHECK_STATUS(deliver(HTTP_URL), SYSTEM_LIMIT);
    CHECK_INT(d.native_error, 111);
    CHECK_INT(w.connects, 1);
    finish();
}

static void test_transport_status(void) {
    static const akolhook_status said[] = {
            AKOLHOOK_TLS_UNTRUSTED, AKOLHOOK_TLS_WRONG_HOST, AKOLHOOK_TLS_EXPIRED, AKOLHOOK_TLS_FAILED};
    size_t i;
    for (i = 0; i < 4; i++) {
        start();
        w.handshake_result = AKOLHOOK_IO_FAIL;
        w.conn_status = said[i];
        CHECK_INT(deliver(HTTPS_URL), said[i]);
        CHECK_INT(d.native_error, 22);
        CHECK_INT(d.phase, AKOLHOOK_PHASE_TLS);
        CHECK_INT(w.wire_len, 0);
        finish();
    }
    start();
    w.handshake_result = AKOLHOOK_IO_FAIL;
    w.conn_status = AKOLHOOK_DUPLICATE;
    CHECK_STATUS(deliver(HTTPS_URL), TLS_FAILED);
    w.conn_status = AKOLHOOK_LOOKUP_FAILED; /* belongs to a transport that connects */
    CHECK_STATUS(deliver(HTTPS_URL), TLS_FAILED);
    w.handshake_result = 0;
    w.open_result = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(deliver(HTTPS_URL), TLS_FAILED);
    CHECK_INT(d.native_error, 21);
    w.conn_status = AKOLHOOK_OK;
    CHECK_STATUS(deliver(HTTP_URL), CONNECT_FAILED);
    CHECK_INT(w.opens, 2); /* those whose handshake failed */
    finish();
}

static void test_owns_connect(void) {
    static const akolhook_status said[] = {
            AKOLHOOK_LOOKUP_FAILED, AKOLHOOK_BLOCKED_ADDRESS, AKOLHOOK_SYSTEM_LIMIT, AKOLHOOK_TLS_WRONG_HOST};
    size_t i;
    start();
    tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT;
    desc.trust_transport_addresses = 1;
    CHECK_STATUS(deliver(HTTPS_URL), OK);
    CHECK_INT(w.lookups + w.connects, 0);
    CHECK_INT(d.peer.family, 0);
    CHECK_INT(d.connect_ms, 0);
    CHECK(d.tls_ms >= 0 && d.lookup_ms == -1);
    CHECK_STATUS(
            deliver("https://localhost/"), BLOCKED_NAME); /* names and literals are judged all the same */
    CHECK_STATUS(deliver("https://169.254.169.254/"), BLOCKED_ADDRESS);
    w.open_result = AKOLHOOK_IO_WANT_READ;
    CHECK_STATUS(deliver(HTTPS_URL), DEADLINE);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_CONNECT);
    w.conn_status = AKOLHOOK_LOOKUP_BUSY; /* its lookup has not begun: not the receiver's fault */
    CHECK_STATUS(deliver(HTTPS_URL), LOOKUP_BUSY);
    w.conn_status = AKOLHOOK_OK;
    w.open_result = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(deliver(HTTPS_URL), CONNECT_FAILED);
    for (i = 0; i < 4; i++) {
        w.conn_status = said[i];
        CHECK_INT(deliver(HTTPS_URL), said[i]);
    }
    finish();
}

/* ---- deadlines ---- */

static void late(const char *url, akolhook_phase phase) {
    CHECK_STATUS(deliver(url), DEADLINE);
    CHECK_INT(d.phase, phase);
    CHECK_INT(d.ms, 30000);
    finish();
}
static void test_deadlines(void) {
    start();
    w.lookup_ms = FOREVER;
    late(HTTP_URL, AKOLHOOK_PHASE_LOOKUP);
    CHECK_INT(w.lookups_cancelled, 1);
    start();
    w.handshake_wants = 1 << 30;
    late(HTTPS_URL, AKOLHOOK_PHASE_TLS);
    start();
    w.open_result = AKOLHOOK_IO_WANT_READ;
    late(HTTPS_URL, AKOLHOOK_PHASE_TLS);
    start();
    w.send_block_at = ALMOST;
    w.answer_after = 1 << 20;
    late(HTTP_URL, AKOLHOOK_PHASE_SEND);
    start();
    w.send_block_at = 10;
    late(HTTP_URL, AKOLHOOK_PHASE_SEND);
    start();
    w.answer_len = 0;
    late(HTTP_URL, AKOLHOOK_PHASE_HEAD);
    start();
    w.gap_ms = 1000; /* one byte of the head a second */
    late(HTTP_URL, AKOLHOOK_PHASE_HEAD);
    start();
    w.tick = 7;
    w.answer_len = 20;
    desc.deadline_ms = 1234;
    CHECK_STATUS(deliver(HTTP_URL), DEADLINE);
    CHECK_INT(d.ms, 1234);
    finish();
    start(); /* a body that drips is cut; the head was a success */
    answer_is("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello");
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_BODY);
    CHECK_INT(d.ms, 30000);
    CHECK_INT(d.response_cut, 1);
    CHECK_STR(d.response, "hello");
    answer_is("HTTP/1.1 500 Oh\r\nContent-Length: 1000\r\n\r\nhello");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.code, 500);
    CHECK_INT(d.response_cut, 1);
    finish();
}

/* ---- responses ---- */

typedef struct answer_row {
    const char *answer;
    int end;
    akolhook_status status;
    int code;
    int cut;
    const char *response;
} answer_row;
#define WANT AKOLHOOK_IO_WANT_READ
#define EOF_ AKOLHOOK_IO_EOF
#define FAIL AKOLHOOK_IO_FAIL
static const answer_row answers[] = {{"", EOF_, AKOLHOOK_RESPONSE_CUT, 0, 0, ""},
        {"", FAIL, AKOLHOOK_RECEIVE_FAILED, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Le", EOF_, AKOLHOOK_RESPONSE_CUT, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Le", FAIL, AKOLHOOK_RECEIVE_FAILED, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", EOF_, AKOLHOOK_OK, 200, 1, "abc"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", FAIL, AKOLHOOK_OK, 200, 1, "abc"},
        {"HTTP/1.1 404 No\r\nContent-Length: 10\r\n\r\nabc", FAIL, AKOLHOOK_HTTP_STATUS, 404, 1, "abc"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", EOF_, AKOLHOOK_OK, 200, 0, "until the end"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", FAIL, AKOLHOOK_OK, 200, 1, "until the end"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", FAIL, AKOLHOOK_OK, 200, 0, "abc"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", WANT,
                AKOLHOOK_OK, 200, 0, "abcde"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", FAIL, AKOLHOOK_OK, 200, 1,
                "abc"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nFFFFFFFFFFFFFFFFF\r\n", WANT,
                AKOLHOOK_OK, 200, 1, "abcF\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n", WANT, AKOLHOOK_OK, 200, 1,
                "-1\r\nabc\r\n"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 202 "
         "OK\r\nContent-Length: 0\r\n\r\n",
                WANT, AKOLHOOK_OK, 202, 0, ""},
        {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/1.1 204 None\r\n\r\nbody that is none", WANT, AKOLHOOK_OK, 204, 0, ""},
        {"HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", WANT, AKOLHOOK_OK, 205, 0, ""},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", WANT, AKOLHOOK_HTTP_STATUS, 304, 0, ""},
        {"HTTP/1.1 299 Odd\r\nContent-Length: 0\r\n\r\n", WANT, AKOLHOOK_OK, 299, 0, ""},
        {"HTTP/1.1 300 Odd\r\nContent-Length: 0\r\n\r\n", WANT, AKOLHOOK_HTTP_STATUS, 300, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nabcde", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nabcde", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nabcde", WANT, AKOLHOOK_BAD_RESPONSE,
                0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
                WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/2 200\r\n\r\n", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"SSH-2.0-OpenSSH_9.6\r\n", WANT, AKOLHOOK_BAD_RESPONSE, 0, 0, ""},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01", WANT,
                AKOLHOOK_OK, 200, 0, "\x1f\x8b\x08\x01"},
        {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", WANT,
                AKOLHOOK_HTTP_STATUS, 302, 0, ""},
        {"HTTP/1.1 307 Again\r\nLocation: /again\r\nSet-Cookie: a=b\r\nAlt-Svc: h3\r\nContent-Length: "
         "0\r\n\r\n",
                WANT, AKOLHOOK_HTTP_STATUS, 307, 0, ""}};

static void test_answers(void) {
    size_t i;
    int step;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++)
        for (step = 0; step < 3; step++) {
            start();
            answer_is(answers[i].answer);
            w.end = answers[i].end;
            w.recv_step = (size_t)step;
            CHECK_INT(deliver(HTTP_URL), answers[i].status);
            CHECK_INT(d.code, answers[i].code);
            if (answers[i].end == FAIL && (answers[i].cut || !answers[i].code))
                CHECK_INT(d.native_error, 104);
            else
                CHECK_INT(d.native_error, 0);
            if (answers[i].code) CHECK_INT(d.response_cut, answers[i].cut);
            if (answers[i].code)
                CHECK_STR(d.response, answers[i].response);
            else /* no head: the first bytes of what came, as far as it was read */
                CHECK(d.response.len <= strlen(answers[i].answer) && !answers[i].response[0] &&
                        (d.response.len > 0) == (answers[i].answer[0] != 0) &&
                        memcmp(d.response.ptr, answers[i].answer, d.response.len) == 0);
            CHECK_INT(w.connects, 1); /* no redirect is followed */
            if (step == 0) {          /* and nothing of this answer is in the next request */
                w.wire_len = 0;
                CHECK_INT(deliver(HTTP_URL), answers[i].status);
                CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
            }
            finish();
        }
}

static char flood[200000];
static void test_floods(void) {
    size_t n, i;
    start(); /* a head without end, as one line and as many */
    n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\nX: ");
    memset(flood + n, 'a', sizeof flood - n);
    w.answer = flood;
    w.answer_len = sizeof flood;
    CHECK_STATUS(deliver(HTTP_URL), RESPONSE_HEAD_TOO_LARGE);
    CHECK(w.reads < 20); /* 16 KiB in pieces of 2 KiB */
    for (i = 17; i + 6 < sizeof flood; i += 6) memcpy(flood + i, "A: b\r\n", 6);
    CHECK_STATUS(deliver(HTTP_URL), RESPONSE_HEAD_TOO_LARGE);
    for (i = 0, n = 0; i < 60; i++) n += (size_t)sprintf(flood + n, "HTTP/1.1 100 Continue\r\n\r\n");
    n += (size_t)sprintf(flood + n, "%s", OK_ANSWER);
    w.answer_len = n;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    for (i = 0, n = 0; i < 1000; i++) n += (size_t)sprintf(flood + n, "HTTP/1.1 100 Continue\r\n\r\n");
    w.answer_len = n;
    CHECK_STATUS(deliver(HTTP_URL), TOO_MANY_INTERIM);
    finish();
    for (i = 0; i < 3; i++) { /* a body without end stops at the cap */
        static const char *const framing[3] = {"Content-Length: 1073741824\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n40000000\r\n", "\r\n"};
        start();
        n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\n%s", framing[i]);
        memset(flood + n, 'b', sizeof flood - n);
        w.answer = flood;
        w.answer_len = sizeof flood;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.response.len, 64);
        CHECK_INT(d.response_cut, 1);
        CHECK_INT(d.phase, AKOLHOOK_PHASE_DONE);
        CHECK_INT(w.reads, 1);
        finish();
    }
    for (i = 63; i < 67; i++) { /* around the cap, complete in both framings */
        start();
        n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", (int)i);
        memset(flood + n, 'c', i);
        w.answer = flood;
        w.answer_len = n + i;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.response.len, i < 64 ? i : 64);
        CHECK_INT(d.response_cut, i > 64);
        n = (size_t)sprintf(
                flood, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", (unsigned)i);
        memset(flood + n, 'c', i);
        memcpy(flood + n + i, "\r\n0\r\n\r\n", 7);
        w.answer_len = n + i + 7;
        w.recv_step = 5;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.response.len, i < 64 ? i : 64);
        CHECK_INT(d.response_cut, i > 64);
        finish();
    }
}

static void test_retry_after(void) {
    start();
    answer_is("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.retry_after_s, 120);
    answer_is("HTTP/1.1 503 Busy\r\nRetry-After: Thu, 01 Jan 2026 00:01:40 GMT\r\nContent-Length: 0\r\n\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.retry_after_s, 100); /* the clock stands at 00:00:00 of that day */
    answer_is("HTTP/1.1 503 Busy\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.retry_after_s, -1);
    finish();
}

/* Answers that come before the request is all sent. */
static void test_early_answer(void) {
    start(); /* the peer answers, then resets */
    w.send_fail_at = ALMOST;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_STR(d.response, "ok");
    finish();
    start(); /* even within the head */
    w.send_fail_at = 10;
    answer_is("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.code, 400);
    finish();
    start(); /* resets without one */
    w.send_fail_at = ALMOST;
    w.answer_len = 0;
    w.end = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(deliver(HTTP_URL), SEND_FAILED);
    CHECK_INT(d.native_error, 32);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_SEND);
    w.end = AKOLHOOK_IO_EOF;
    CHECK_STATUS(deliver(HTTP_URL), SEND_FAILED);
    w.end = AKOLHOOK_IO_WANT_READ;
    CHECK_STATUS(deliver(HTTP_URL), SEND_FAILED); /* it is not waited for until the deadline */
    CHECK(d.ms >= 1000 && d.ms <= 1050);
    CHECK_INT(d.native_error, 32);
    finish();
    start(); /* the deadline comes first */
    w.send_fail_at = ALMOST;
    w.answer_len = 0;
    desc.deadline_ms = 300;
    CHECK_STATUS(deliver(HTTP_URL), SEND_FAILED);
    CHECK_INT(d.ms, 300);
    finish();
    start(); /* it was on its way */
    w.send_fail_at = ALMOST;
    w.gap_ms = 20;
    answer_is("HTTP/1.1 413 L\r\nContent-Length: 0\r\n\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.code, 413);
    CHECK(d.ms >= 700 && d.ms < 1000); /* 37 bytes */
    finish();
}

/* What recv gives after a send that failed for good, in the two ways in which a stream ends. */
static void test_failed_send(void) {
    static const struct {
        const char *answer;
        akolhook_status status;
        int code, cut;
        akolhook_phase phase;
        long native_error;
    } rows[] = {{"", AKOLHOOK_SEND_FAILED, 0, 0, AKOLHOOK_PHASE_SEND, 32},
            {"HTTP/1.1 413 Content Too La", AKOLHOOK_SEND_FAILED, 0, 0, AKOLHOOK_PHASE_SEND, 32},
            {"HTTP/1.1 100 Continue\r\n\r\n", AKOLHOOK_SEND_FAILED, 0, 0, AKOLHOOK_PHASE_SEND, 32},
            {"HTTP/1.1 413 L\r\nContent-Length: 3\r\n\r\nbig", AKOLHOOK_HTTP_STATUS, 413, 0,
                    AKOLHOOK_PHASE_DONE, 32},
            {"HTTP/1.1 413 L\r\nContent-Length: 9\r\n\r\nbig", AKOLHOOK_HTTP_STATUS, 413, 1,
                    AKOLHOOK_PHASE_BODY, 32},
            {"HTTP/1.1 202 Ok\r\nContent-Length: 0\r\n\r\n", AKOLHOOK_OK, 202, 0, AKOLHOOK_PHASE_DONE, 32},
            {"HTTP/1.1 413 L\r\nContent-Length: -1\r\n\r\n", AKOLHOOK_BAD_RESPONSE, 0, 0, AKOLHOOK_PHASE_SEND,
                    32}};
    static const int ends[2] = {AKOLHOOK_IO_FAIL, AKOLHOOK_IO_EOF};
    size_t i, at;
    int end, https;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (at = 10; at <= ALMOST; at += ALMOST - 10)
            for (end = 0; end < 2; end++)
                for (https = 0; https < 2; https++) {
                    start();
                    w.send_fail_at = at;
                    w.end = ends[end];
                    w.recv_step = 7;
                    answer_is(rows[i].answer);
                    CHECK_INT(deliver(https ? HTTPS_URL : HTTP_URL), rows[i].status);
                    CHECK_INT(d.code, rows[i].code);
                    CHECK_INT(d.response_cut, rows[i].cut);
                    CHECK_INT(d.phase, rows[i].phase);
                    CHECK_INT(d.native_error, rows[i].native_error); /* of the first failure */
                    CHECK(d.ms < 1000);
                    finish();
                }
}

/* Where it ended: DONE says that the content was read as far as it is kept, BODY that it broke off. */
static void test_phases(void) {
    static const struct {
        const char *answer;
        int extra, end, block;
        akolhook_status status;
        akolhook_phase phase;
        int cut;
    } rows[] = {{OK_ANSWER, 0, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE, 0},
            {"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nok", 0, WANT, 0, AKOLHOOK_HTTP_STATUS,
                    AKOLHOOK_PHASE_DONE, 0},
            {"HTTP/1.1 204 None\r\n\r\n", 0, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE, 0},
            {"HTTP/1.1 200 OK\r\n\r\nok", 0, EOF_, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE, 0},
            {"HTTP/1.1 200 OK\r\n\r\nok", 0, FAIL, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY, 1},
            {"HTTP/1.1 200 OK\r\n\r\nok", 0, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, EOF_, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, FAIL, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nok", 0, FAIL, 0, AKOLHOOK_HTTP_STATUS,
                    AKOLHOOK_PHASE_BODY, 1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nz", 0, WANT, 0, AKOLHOOK_OK,
                    AKOLHOOK_PHASE_BODY, 1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", 0, EOF_, 0, AKOLHOOK_OK,
                    AKOLHOOK_PHASE_BODY, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n", 64, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE,
                    0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", 65, WANT, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 65, FAIL, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", 64, FAIL, 0, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 4160\r\n\r\n", 4000, WANT, 0, AKOLHOOK_OK,
                    AKOLHOOK_PHASE_DONE, 1},
            {"HTTP/1.1 200 OK\r\n", 0, EOF_, 0, AKOLHOOK_RESPONSE_CUT, AKOLHOOK_PHASE_HEAD, 0},
            {"HTTP/1.1 200 OK\r\n", 0, FAIL, 0, AKOLHOOK_RECEIVE_FAILED, AKOLHOOK_PHASE_HEAD, 0},
            {"HTTP/1.1 200 OK\r\n", 0, WANT, 0, AKOLHOOK_DEADLINE, AKOLHOOK_PHASE_HEAD, 0},
            {"HTTP/1.1 20x OK\r\n", 0, WANT, 0, AKOLHOOK_BAD_RESPONSE, AKOLHOOK_PHASE_HEAD, 0},
            /* the request cannot be sent to its end: the answer decides */
            {OK_ANSWER, 0, WANT, 1, AKOLHOOK_OK, AKOLHOOK_PHASE_DONE, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, WANT, 1, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, EOF_, 1, AKOLHOOK_OK, AKOLHOOK_PHASE_BODY,
                    1},
            {"HTTP/1.1 413 L\r\nContent-Length: 0\r\n\r\n", 0, WANT, 1, AKOLHOOK_HTTP_STATUS,
                    AKOLHOOK_PHASE_DONE, 0},
            {"", 0, WANT, 1, AKOLHOOK_DEADLINE, AKOLHOOK_PHASE_SEND, 0}};
    size_t i, n;
    int https, kept, bad;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (https = 0; https < 2; https++)
            for (kept = 0; kept < 2; kept++) {
                bad = check_bad;
                start();
                if (kept) desc.idle_ms = 0;
                n = strlen(rows[i].answer);
                memcpy(flood, rows[i].answer, n);
                memset(flood + n, 'x', (size_t)rows[i].extra);
                w.answer = flood;
                w.answer_len = n + (size_t)rows[i].extra;
                w.end = rows[i].end;
                if (rows[i].block) w.send_block_at = ALMOST;
                CHECK_INT(deliver(https ? HTTPS_URL : HTTP_URL), rows[i].status);
                CHECK_INT(d.phase, rows[i].phase);
                CHECK_INT(d.response_cut, rows[i].cut);
                finish();
                if (check_bad != bad) printf("in row %d, https %d, kept %d\n", (int)i, https, kept);
            }
}

/* Answers of a peer that reads no further. */
static void test_early_answer_blocked(void) {
    start(); /* refuses: known at once, not at the deadline */
    w.send_block_at = ALMOST;
    answer_is("HTTP/1.1 413 Large\r\nContent-Length: 3\r\n\r\nbig");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(d.code, 413);
    CHECK_INT(d.ms, 50);
    CHECK_STR(d.response, "big");
    finish();
    start(); /* refused, and its text still comes: the rest of the request is not sent any more */
    w.send_block_at = ALMOST;
    w.send_block_until = 4500;
    w.gap_ms = 50;
    answer_is("HTTP/1.1 413 L\r\nContent-Length: 59\r\n\r\nfar too much of everything, really, and more than "
              "that, too");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(w.wire_len, ALMOST);
    CHECK(d.ms > 4500 && d.response.len == 59);
    finish();
    start(); /* answers 200 and reads on later: it gets the rest */
    w.send_block_at = ALMOST;
    w.send_block_until = 20000;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
    CHECK(d.ms > 19000);
    CHECK_INT(d.response_cut, 0);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_DONE);
    finish();
    keep(); /* the same, and more came behind the answer: no other request goes over this connection */
    w.send_block_at = ALMOST;
    w.send_block_until = 20000;
    answer_is(OK_ANSWER "HTTP/1.1 200 OK\r\n");
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
    CHECK_INT(w.sockets_closed, 1);
    finish();
    start(); /* 200 and never reads on: a success all the same */
    w.send_block_at = ALMOST;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.ms, 30000);
    CHECK_INT(d.response_cut, 0);
    finish();
    start(); /* after the head and before the body */
    w.send_block_at = strlen(WIRE) - strlen(BODY);
    answer_is("HTTP/1.1 413 Large\r\nContent-Length: 3\r\n\r\nbig");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_INT(w.wire_len, strlen(WIRE) - strlen(BODY));
    CHECK_INT(d.ms, 50);
    finish();
    start(); /* half of an answer, then the peer ends */
    w.send_block_at = ALMOST;
    w.answer_len = 12;
    w.end = AKOLHOOK_IO_EOF;
    CHECK_STATUS(deliver(HTTP_URL), RESPONSE_CUT);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_SEND);
    w.end = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(deliver(HTTP_URL), SEND_FAILED);
    finish();
}

/* ---- many ---- */

typedef struct seen {
    int count, again;
    uint64_t id;
    akolhook_status status;
    akolhook_request request;
    uint64_t next_id;
} seen;

static void on_done(void *user, uint64_t id, const akolhook_delivery *result) {
    seen *s = (seen *)user;
    s->count++;
    s->id = id;
    s->status = result->status;
    CHECK_STATUS(akolhook_client_cancel(client, id), NOT_FOUND);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), WRONG_ORDER);
    CHECK_STATUS(akolhook_deliver_request(client, &s->request, &d), WRONG_ORDER);
    akolhook_client_close(client); /* does nothing here */
    if (s->again-- > 0)
        CHECK_STATUS(akolhook_client_submit(client, &s->request, on_done, s, &s->next_id), OK);
}

static void test_many(void) {
    seen s[5];
    uint64_t id[5];
    size_t left = 0, i, k;
    int rounds = 0;
    start();
    desc.max_in_flight = 4;
    open_client();
    memset(s, 0, sizeof s);
    for (i = 0; i < 5; i++) {
        s[i].request = request_to(i & 1 ? HTTPS_URL : HTTP_URL);
        if (i < 4)
            CHECK_STATUS(akolhook_client_submit(client, &s[i].request, on_done, &s[i], &id[i]), OK);
        else
            CHECK_STATUS(akolhook_client_submit(client, &s[i].request, on_done, &s[i], &id[i]), QUEUE_FULL);
        for (k = 0; k < i; k++) CHECK(id[k] != id[i]);
    }
    CHECK_STATUS(akolhook_deliver_request(client, &s[4].request, &d), QUEUE_FULL);
    CHECK_INT(d.status, AKOLHOOK_QUEUE_FULL);
    s[2].again = 3; /* submits from its callback */
    CHECK_STATUS(akolhook_client_cancel(client, id[3]), OK);
    CHECK_INT(s[3].status, AKOLHOOK_CANCELLED);
    CHECK_STATUS(akolhook_client_cancel(client, id[3]), NOT_FOUND);
    do CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
    while (left && rounds++ < 1000);
    CHECK_INT(left, 0);
    CHECK_INT(s[0].count, 1);
    CHECK_INT(s[1].count, 1);
    CHECK_INT(s[2].count, 4);
    CHECK_INT(s[3].count, 1);
    CHECK_INT(s[0].status, AKOLHOOK_OK);
    CHECK(s[0].id == id[0] && s[2].id == s[2].next_id);
    CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK); /* nothing open: comes back at once */
    finish();
    CHECK_INT(w.sockets, 6);
}

static void test_one_slot_chain(void) {
    seen s;
    size_t left;
    int rounds = 0;
    start();
    open_client();
    memset(&s, 0, sizeof s);
    s.request = request_to(HTTP_URL);
    s.again = 20;
    CHECK_STATUS(akolhook_client_submit(client, &s.request, on_done, &s, NULL), OK);
    do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
    while (left && rounds++ < 1000);
    CHECK_INT(s.count, 21);
    finish();
}

static void on_done_submit_late(void *user, uint64_t id, const akolhook_delivery *result) {
    seen *s = (seen *)user;
    (void)id;
    s->count++;
    s->status = result->status;
    if (s->again-- > 0)
        CHECK_STATUS(akolhook_client_submit(client, &s->request, on_done_submit_late, s, NULL), CANCELLED);
}
static void test_close(void) {
    seen s[3];
    size_t i;
    int64_t steps;
    for (steps = 0; steps < 8; steps++) { /* at every stage of the way */
        start();
        desc.max_in_flight = 3;
        w.lookup_ms = 778;
        w.send_block_at = ALMOST;
        w.answer_after = 1 << 20;
        open_client();
        memset(s, 0, sizeof s);
        for (i = 0; i < 3; i++) {
            s[i].request = request_to(i & 1 ? HTTP_URL : HTTPS_URL);
            s[i].again = 1;
            CHECK_STATUS(akolhook_client_submit(client, &s[i].request, on_done_submit_late, &s[i], NULL), OK);
        }
        for (i = 0; (int64_t)i < steps; i++) CHECK_STATUS(akolhook_client_poll(client, 20, NULL), OK);
        finish();
        for (i = 0; i < 3; i++) {
            CHECK_INT(s[i].count, 1);
            CHECK_INT(s[i].status, AKOLHOOK_CANCELLED);
        }
    }
}

/* A blocking delivery beside others: they go on, and its response stays although they submit more. */
static void test_deliver_beside(void) {
    seen s;
    start();
    desc.max_in_flight = 2;
    open_client();
    memset(&s, 0, sizeof s);
    s.request = request_to(HTTP_URL);
    s.request.body[0].len = 1;
    s.again = 50;
    CHECK_STATUS(akolhook_client_submit(client, &s.request, on_done_submit_late, &s, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, 1), NOT_FOUND);
    s.again = 0;
    CHECK_STATUS(deliver(HTTPS_URL), OK);
    CHECK_STR(d.response, "ok");
    CHECK_INT(s.count, 1);
    finish();
}

/* poll waits no longer than it may. */
static void test_poll_time(void) {
    akolhook_request r = request_to(HTTP_URL);
    size_t left = 0;
    start();
    w.tick = FOREVER;
    w.set_silent = 1;
    w.lookup_ms = 0;
    w.route[0] = ROUTE_AT_ONCE;
    w.answer_len = 0;
    open_client();
    CHECK_STATUS(
            akolhook_client_submit(client, &r, on_done_submit_late, memset(flood, 0, sizeof(seen)), NULL),
            OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    CHECK_INT(w.now, 777);
    CHECK_STATUS(akolhook_client_poll(client, 123, &left), OK);
    CHECK_INT(w.now, 777 + 123);
    CHECK_INT(left, 1);
    CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK); /* to the deadline and not beyond */
    CHECK_INT(w.now, 777 + 30000);
    CHECK_INT(left, 0);

    /* a deadline that went by between two calls is seen though nothing can wait any more */
    CHECK_STATUS(
            akolhook_client_submit(client, &r, on_done_submit_late, memset(flood, 0, sizeof(seen)), NULL),
            OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    CHECK_INT(left, 1);
    w.now += 30000;
    w.fault_hook = -1;
    w.fault_at = w.calls + 1;
    w.fault_how = HOW_FAIL;
    CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
    CHECK_INT(left, 0);
    finish();
}

/* ---- every call goes wrong in every way ---- */

static akolhook_status fault_expected(int hook, int how, int https) {
    static const int one[H_COUNT][HOW_COUNT] = {
            /* FAIL, 0, too much, strange, EOF, WANT_READ, WANT_WRITE; 1 stands for BROKEN_HOOK */
            {AKOLHOOK_LOOKUP_FAILED, AKOLHOOK_LOOKUP_FAILED, 1, 1, 1, 0, 1},
            {AKOLHOOK_CONNECT_FAILED, 1, 1, 1, 1, 1, 0}, {AKOLHOOK_CONNECT_FAILED, 0, 1, 1, 1, 1, 0},
            {AKOLHOOK_CONNECT_FAILED, 0, 1, 1, 1, 0, 0}, {AKOLHOOK_TLS_FAILED, 0, 1, 1, 1, 0, 0},
            {AKOLHOOK_SEND_FAILED, 1, 1, 1, 1, 0, 0},
            {AKOLHOOK_RECEIVE_FAILED, 1, 1, 1, AKOLHOOK_RESPONSE_CUT, 0, 0},
            {AKOLHOOK_WAIT_FAILED, 0, 1, 1, 1, 1, 1},
            {AKOLHOOK_RANDOM_FAILED, 0, AKOLHOOK_RANDOM_FAILED, AKOLHOOK_RANDOM_FAILED,
                    AKOLHOOK_RANDOM_FAILED, AKOLHOOK_RANDOM_FAILED, AKOLHOOK_RANDOM_FAILED},
            {AKOLHOOK_WAIT_FAILED, 0, 1, 1, 1, 1, 1}};
    if (hook == H_OPEN && how == HOW_FAIL && https) return AKOLHOOK_TLS_FAILED;
    return one[hook][how] == 1 ? AKOLHOOK_BROKEN_HOOK : (akolhook_status)one[hook][how];
}

/* 0: http, 1: https, 2: https over a transport that connects by itself. Gives the number of calls. */
static int fault_one(int kind, int at, int how) {
    akolhook_request r = request_to(kind ? HTTPS_URL : HTTP_URL);
    akolhook_status status, expected;
    start();
    r.message_id.len = 0;
    if (kind == 2) {
        tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT;
        desc.trust_transport_addresses = 1;
    }
    w.lookup_ms = 778;
    w.send_step = 200;
    w.recv_step = 9;
    w.want_often = 1;
    w.answer_after = 300;
    w.fault_at = at;
    w.fault_how = how;
    open_client();
    status = akolhook_deliver_request(client, &r, &d);
    CHECK_INT(d.status, status);
    expected = w.fault_hook < 0 || at > w.calls || !at ? AKOLHOOK_OK
                                                       : fault_expected(w.fault_hook, how, kind == 1);
    if (expected == AKOLHOOK_RECEIVE_FAILED && d.phase == AKOLHOOK_PHASE_SEND) /* an early look */
        expected = AKOLHOOK_SEND_FAILED;
    if (w.given_at_fault >= strlen(OK_ANSWER) - 2) { /* the head had come: a success whatever comes after */
        CHECK_INT(d.code, 200);
        CHECK(d.response_cut || d.response.len == 2);
        expected = AKOLHOOK_OK;
    }
    if (status != expected && check_bad < 20)
        printf("kind %d, call %d, hook %d, way %d:\n", kind, at, w.fault_hook, how);
    CHECK_INT(status, expected);
    CHECK(d.ms <= 30000);
    at = w.calls;
    w.fault_at = 0;
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK); /* and the next one is not touched by it */
    finish();
    return at;
}
static void test_faults(void) {
    int kind, calls, at, how, all = 0;
    for (kind = 0; kind < 3; kind++) {
        calls = fault_one(kind, 0, 0);
        CHECK(calls > 20);
        for (at = 1; at <= calls; at++)
            for (how = 0; how < HOW_COUNT; how++, all++) fault_one(kind, at, how);
    }
    CHECK(all > 400);
}

/* ---- connections that are kept ---- */

static void test_keep_alive(void) {
    static const struct {
        const char *url;
        int reused;
    } others[] = {{"http://hooks.example.com:81/hook?a=1", 0}, {"https://hooks.example.com:80/hook?a=1", 0},
            {"http://hooks.example.org/hook?a=1", 0}, {"http://ooks.example.com/hook?a=1", 0},
            {"http://93.184.216.34/hook?a=1", 0}, {"http://HOOKS.example.com:80/other", 1}};
    size_t i;
    int https, again;
    for (i = 0; i < 4; i++) {
        https = i & 1;
        keep();
        if (i & 2) plain.flags |= AKOLHOOK_TRANSPORT_UNBUFFERED; /* a set that was not asked is asked first */
        if (i & 2) tls.flags |= AKOLHOOK_TRANSPORT_UNBUFFERED;
        w.lookup_ms = 800;
        CHECK_STATUS(deliver(https ? HTTPS_URL : HTTP_URL), OK);
        CHECK(!d.reused && d.lookup_ms >= 0 && d.connect_ms >= 0 && (d.tls_ms >= 0) == https);
        for (again = 0; again < 5; again++) {
            w.wire_len = 0;
            w.sends = 0;
            CHECK_STATUS(deliver(https ? HTTPS_URL : HTTP_URL), OK);
            CHECK_INT(d.reused, 1);
            CHECK_INT(d.lookup_ms + d.connect_ms + d.tls_ms, -3); /* none of them was needed */
            if (!(i & 2)) CHECK(d.first_byte_ms == 0 && d.ms == 0);
            if (i & 2) CHECK(d.first_byte_ms == 50 && d.ms == 50); /* one wait, for the answer */
            CHECK(d.phase == AKOLHOOK_PHASE_DONE && d.code == 200);
            CHECK(d.peer.family == 4 && d.peer.bytes[0] == 93 && d.peer_port == (https ? 443 : 80));
            CHECK_STR(d.response, "ok");
            CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
            CHECK_INT(w.sends, https ? 2 : 1); /* the plain transport takes head and body at once */
        }
        CHECK_INT(w.connects, 1);
        CHECK_INT(w.lookups, 1);
        CHECK_INT(w.opens, 1);
        CHECK_INT(w.sockets_closed, 0);
        finish();
        CHECK_INT(w.sockets_closed, 1);
    }
    for (i = 0; i < sizeof others / sizeof others[0]; i++) { /* scheme, host and port must all be the same */
        keep();
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_STATUS(deliver(others[i].url), OK);
        CHECK_INT(d.reused, others[i].reused);
        CHECK_INT(w.connects, 2 - others[i].reused);
        finish();
    }
    keep(); /* two names whose hashes are the same (32 bits of FNV-1a, found by trying) */
    CHECK_STATUS(deliver("http://c449599.example.com/"), OK);
    CHECK_STATUS(deliver("http://c612382.example.com/"), OK);
    CHECK_INT(d.reused, 0);
    CHECK_STATUS(deliver("http://c449599.example.com/"), OK);
    CHECK_INT(d.reused, 1);
    finish();
    keep();
    desc.idle_ms = AKOLHOOK_IDLE_NONE;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(w.sockets_closed, 1);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.reused, 0);
    finish();
}

/* RFC 9112 sections 9.3 and 9.6, and what a client must see to itself. extra: so many x follow. */
static void test_keep_alive_matrix(void) {
    static const struct {
        const char *answer;
        int extra, end, reused;
    } rows[] = {{OK_ANSWER, 0, WANT, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 0, WANT, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCONNECTION: keep-alive , CLOSE\r\n\r\nok", 0, WANT, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 0, WANT, 1},
            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 0, WANT, 0},
            {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", 0, WANT, 1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 0, WANT, 1},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n", 0, WANT, 0},
            {"HTTP/1.1 204 None\r\n\r\n", 0, WANT, 1},
            {"HTTP/1.1 304 None\r\n\r\n", 0, WANT, 0}, /* what a wrong one announces may follow */
            {"HTTP/1.1 204 None\r\nContent-Length: 0\r\n\r\n", 0, WANT, 1},
            {"HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n", 0, WANT, 0},
            {"HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n", 0, WANT, 0},
            {"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", 0, WANT, 1},
            {"HTTP/1.1 307 Go\r\nLocation: /x\r\nSet-Cookie: a=b\r\nAlt-Svc: h3\r\nContent-Length: 0\r\n\r\n",
                    0, WANT, 1},
            {"HTTP/1.1 100 Continue\r\n\r\n" OK_ANSWER, 0, WANT, 1},
            {"HTTP/1.1 200 OK\r\n\r\nok", 0, EOF_, 0},
            {OK_ANSWER, 1, WANT, 0}, /* a byte behind the response */
            {OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", 0, WANT, 0},
            {"HTTP/1.1 204 None\r\n\r\n", 5, WANT, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n", 64, WANT,
                    1}, /* the cap is 64, and 4096 more are read */
            {"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", 65, WANT, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 4160\r\n\r\n", 4160, WANT, 1},
            {"HTTP/1.1 200 OK\r\nContent-Length: 4161\r\n\r\n", 4161, WANT, 0},
            {"HTTP/1.1 200 OK\r\nContent-Length: 4160\r\n\r\n", 4000, WANT,
                    0}, /* the rest is not waited for */
            {"HTTP/1.1 200 OK\r\nContent-Length: 4160\r\n\r\n", 4000, EOF_, 0},
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1041\r\n", 4161, WANT, 0},
            {"HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 4000\r\n\r\n", 4000, WANT, 0}};
    size_t i, n;
    int step;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (step = 0; step < 3; step++) {
            keep();
            desc.max_in_flight = 1;
            if (step == 2) desc.head_cap = 8192; /* all of it in one piece */
            n = strlen(rows[i].answer);
            memcpy(flood, rows[i].answer, n);
            memset(flood + n, 'x', (size_t)rows[i].extra);
            w.answer = flood;
            w.answer_len = n + (size_t)rows[i].extra;
            w.end = rows[i].end;
            if (step == 1) w.recv_step = 1000;
            CHECK(deliver(HTTP_URL) == AKOLHOOK_OK || d.code);
            CHECK_INT(d.ms, 0);
            CHECK_INT(d.response.len <= 64, 1);
            CHECK_INT(d.response_cut, rows[i].extra > 64 || strstr(rows[i].answer, "zz") != NULL);
            if (w.sockets_closed != !rows[i].reused) printf("row %d:\n", (int)i);
            CHECK_INT(w.sockets_closed, !rows[i].reused);
            answer_is(OK_ANSWER);
            w.end = WANT;
            w.wire_len = 0;
            CHECK_STATUS(rows[i].reused ? AKOLHOOK_OK : deliver(HTTP_URL), OK);
            if (!rows[i].reused) { /* and nothing of the answer is in the next request */
                CHECK_INT(d.reused, 0);
                CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
            }
            finish();
        }
}

/* The content in chunks: as many bytes behind what is kept are read as of one in a piece. */
static void test_keep_alive_chunks(void) {
    static const size_t sizes[] = {1, 16, 63, 64, 65, 1000, 5000};
    size_t i, extra, left, take, n, step;
    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (extra = 4095; extra <= 4098; extra++)
            for (step = 0; step < 2; step++) {
                keep();
                n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                for (left = 64 + extra; left; left -= take) {
                    take = left < sizes[i] ? left : sizes[i];
                    n += (size_t)sprintf(flood + n, "%x\r\n", (unsigned)take);
                    memset(flood + n, 'x', take);
                    n += take + (size_t)sprintf(flood + n + take, "\r\n");
                }
                n += (size_t)sprintf(flood + n, "0\r\n\r\n");
                w.answer = flood;
                w.answer_len = n;
                w.recv_step = step ? 700 : 0;
                CHECK_STATUS(deliver(HTTP_URL), OK);
                CHECK(d.response.len == 64 && d.response_cut == 1);
                CHECK_INT(w.sockets_closed, extra > 4096);
                finish();
            }
}

/* The same for a delivery over a kept connection: what breaks it before the first byte of the answer is
 * mended by a new one. */
static int fault_kept(int https, int at, int how) {
    const char *url = https ? HTTPS_URL : HTTP_URL;
    akolhook_status status;
    int broken;
    keep();
    w.want_often = 1;
    w.recv_step = 9;
    w.answer_after = sizeof WIRE - 1; /* not before all of the request is there */
    CHECK_STATUS(deliver(url), OK);
    w.now += 10;
    w.calls = 0;
    w.fault_at = at;
    w.fault_how = how;
    w.fault_hook = -1;
    status = deliver(url);
    w.fault_at = 0;
    broken = how == HOW_ZERO || how == HOW_TOO_MUCH || how == HOW_STRANGE ||
             (how == HOW_EOF && w.fault_hook != H_RECV);
    if (w.fault_hook == H_WAIT || w.fault_hook == H_WATCH) broken = how != HOW_ZERO;
    if (!broken && w.fault_hook >= 0 && d.first_byte_ms < 0) CHECK_STATUS(status, OK);
    CHECK(status == AKOLHOOK_OK || d.code == 0);
    CHECK(d.ms <= 30000);
    if (at == 0) CHECK_INT(d.reused, 1);
    at = w.calls;
    CHECK_STATUS(deliver(url), OK);
    finish();
    return at;
}
static void test_faults_kept(void) {
    int https, calls, at, how;
    for (https = 0; https < 2; https++) {
        calls = fault_kept(https, 0, 0);
        CHECK(calls > 10);
        for (at = 1; at <= calls; at++)
            for (how = 0; how < HOW_COUNT; how++) fault_kept(https, at, how);
    }
}

/* What comes while no request is under way: bytes, an end, an error. */
static void test_idle(void) {
    static const int news[3] = {1, AKOLHOOK_IO_EOF, AKOLHOOK_IO_FAIL};
    size_t i;
    int how;
    for (i = 0; i < 3; i++)
        for (how = 0; how < 4; how++) {
            keep();
            if (how & 1) plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
            CHECK_STATUS(deliver(HTTP_URL), OK);
            w.idle = news[i];
            if (how & 2) { /* seen by the next poll, although nothing is open */
                CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
                CHECK_INT(w.sockets_closed, 1);
            }
            w.wire_len = 0; /* or before it is used again */
            CHECK_STATUS(deliver(HTTP_URL), OK);
            CHECK_INT(d.reused, 0);
            CHECK_INT(w.connects, 2);
            CHECK_MEM(w.wire, w.wire_len, WIRE, strlen(WIRE));
            finish();
        }
    keep(); /* a transport that holds nothing back, a set that tells of nothing: no read in vain */
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.set_silent = 1;
    w.reads = 0;
    CHECK_INT(deliver(HTTP_URL), AKOLHOOK_OK); /* found at the deadline, when all that is left is looked at */
    CHECK_INT(d.reused, 1);
    CHECK_INT(w.reads, with_set ? 1 : 2); /* a list that is no set has not told: a look, and the answer */
    CHECK(!with_set || d.ms == 30000);
    finish();
    keep(); /* one that holds something back now, as a TLS library that reads ahead does, is asked */
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    w.held = 1;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.set_silent = 1;
    w.reads = 0;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.reused, 1);
    CHECK_INT(w.reads, 2); /* the look, and the answer */
    finish();
    keep(); /* woken without news it stays */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.reused, 1);
    finish();
    keep(); /* and is not asked again when nothing has come since */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    w.set_silent = 1;
    w.reads = 0;
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    CHECK_INT(w.reads, 0);
    finish();
    keep(); /* its time is over */
    desc.idle_ms = 1000;
    w.set_silent = 1;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(akolhook_client_timeout(client), 1000);
    w.now += 999;
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(w.sockets_closed, 0);
    CHECK_INT(akolhook_client_timeout(client), 1);
    w.now += 1;
    CHECK_INT(akolhook_client_timeout(client), 0);
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(w.sockets_closed, 1);
    CHECK_INT(akolhook_client_timeout(client), -1);
    finish();
    keep(); /* also when no poll came in between */
    desc.idle_ms = 1000;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.now += 1000;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.reused, 0);
    CHECK_INT(w.connects, 2);
    finish();
}

/* A request that failed on a connection that was open already, before the first byte of an answer, is sent
 * once more. */
static void test_retry(void) {
    static const struct {
        int send, recv;
        size_t bytes;
        akolhook_status status;
        int again;
    } rows[] = {{AKOLHOOK_IO_FAIL, AKOLHOOK_IO_FAIL, 0, AKOLHOOK_OK, 1},
            {AKOLHOOK_IO_FAIL, 0, 0, AKOLHOOK_OK, 0}, /* refuses to read and has answered all the same */
            {AKOLHOOK_IO_FAIL, AKOLHOOK_IO_WANT_READ, 0, AKOLHOOK_OK, 1},
            {0, AKOLHOOK_IO_EOF, 0, AKOLHOOK_OK, 1}, {0, AKOLHOOK_IO_FAIL, 0, AKOLHOOK_OK, 1},
            {0, AKOLHOOK_IO_FAIL, 1, AKOLHOOK_RECEIVE_FAILED, 0},
            {0, AKOLHOOK_IO_EOF, 20, AKOLHOOK_RESPONSE_CUT, 0}, {0, -9, 0, AKOLHOOK_BROKEN_HOOK, 0},
            {0, AKOLHOOK_IO_WANT_READ, 0, AKOLHOOK_DEADLINE, 0}};
    size_t i;
    int https;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (https = 0; https < 2; https++) {
            keep();
            CHECK_STATUS(deliver(https ? HTTPS_URL : HTTP_URL), OK);
            w.reused_send = rows[i].send;
            w.reused_recv = rows[i].recv;
            w.reused_bytes = rows[i].bytes;
            w.wire_len = 0;
            CHECK_INT(deliver(https ? HTTPS_URL : HTTP_URL), rows[i].status);
            CHECK_INT(d.reused, !rows[i].again); /* of the connection that gave the result */
            CHECK_INT(w.connects, 1 + rows[i].again);
            CHECK(rows[i].again ? d.connect_ms == 0 && d.lookup_ms == 0 && d.native_error == 0
                                : d.connect_ms == -1);
            if (rows[i].again) {
                CHECK_MEM(w.wire + w.wire_len - strlen(WIRE), strlen(WIRE), WIRE, strlen(WIRE));
                w.reused_send = w.reused_recv = 0; /* the new one is as good as any */
                CHECK_STATUS(deliver(https ? HTTPS_URL : HTTP_URL), OK);
                CHECK(d.reused && w.connects == 2);
            }
            finish();
        }
    keep(); /* once: the second connection fails as well */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.reused_recv = AKOLHOOK_IO_EOF;
    w.end = AKOLHOOK_IO_EOF;
    w.answer_after = 1 << 20;
    CHECK_STATUS(deliver(HTTP_URL), DEADLINE);
    CHECK_INT(d.ms, 30000); /* both within one deadline */
    CHECK_INT(w.connects, 2);
    finish();
    keep();
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.reused_send = w.reused_recv = AKOLHOOK_IO_FAIL;
    w.route[1] = ROUTE_REFUSED;
    CHECK_STATUS(deliver(HTTP_URL), CONNECT_FAILED);
    CHECK_INT(w.connects, 2);
    CHECK_INT(d.peer.family, 0);
    finish();
    keep(); /* a connection of its own is not tried twice */
    w.end = AKOLHOOK_IO_EOF;
    w.answer_len = 0;
    CHECK_STATUS(deliver(HTTP_URL), RESPONSE_CUT);
    CHECK_INT(w.connects, 1);
    finish();
}

/* The policy is asked again: a kept connection to an address that is no longer allowed is closed and not
 * used. */
static void test_rebinding(void) {
    akolhook_cidr allow;
    keep();
    w.addrs[0].bytes[0] = 10;
    desc.policy.allow = &allow;
    desc.policy.allow_count = 1;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.0.0.0/8"), &allow), OK);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.reused, 1);
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("11.0.0.0/8"), &allow), OK);
    w.wire_len = 0;
    CHECK_STATUS(deliver(HTTP_URL), BLOCKED_ADDRESS);
    CHECK_INT(d.reused, 0);
    CHECK_INT(w.wire_len, 0);
    CHECK_INT(w.connects, 1);
    CHECK_INT(w.sockets_closed, 1);
    finish();
}

/* Places are shared: the connection that was idle for longest gives way. */
static void test_eviction(void) {
    static const char *const urls[] = {
            "http://a.example.com/", "http://b.example.com/", "http://c.example.com/"};
    static const struct {
        int to, reused, closed;
    } steps[] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {2, 0, 1}, {0, 1, 1}, {1, 0, 2}, {2, 0, 3}, {1, 1, 3},
            {2, 1, 3}, {0, 0, 4}};
    size_t i;
    keep();
    desc.max_in_flight = 2;
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        CHECK_STATUS(deliver(urls[steps[i].to]), OK);
        CHECK_INT(d.reused, steps[i].reused);
        CHECK_INT(w.sockets_closed, steps[i].closed);
    }
    finish();
}

/* ---- many origins, many timers ---- */

static void note_done(void *user, uint64_t id, const akolhook_delivery *result) {
    seen *s = (seen *)user;
    s->count++;
    s->id = id;
    s->status = result->status;
    s->again = result->ms;
}

static void test_per_origin(void) {
    akolhook_request a = request_to("http://a.example.com/"), b = request_to("http://b.example.com/");
    uint64_t id[3];
    seen s;
    size_t left;
    int i;
    start();
    desc.max_in_flight = 5; /* 3 for each by default */
    w.answer_after = 1 << 20;
    memset(&s, 0, sizeof s);
    open_client();
    for (i = 0; i < 3; i++) CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, &id[i]), OK);
    CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, NULL), ORIGIN_FULL);
    CHECK_STATUS(akolhook_deliver_request(client, &a, &d), ORIGIN_FULL);
    CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    CHECK_INT(left, 3);
    CHECK_STATUS(akolhook_client_submit(client, &b, note_done, &s, NULL), OK);
    w.now += 300;
    CHECK_STATUS(akolhook_client_cancel(client, id[1]), OK);
    CHECK_INT(s.again, 300); /* the time of the cancel and not of the last poll */
    CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, NULL), OK);
    CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, NULL), ORIGIN_FULL);
    CHECK_STATUS(akolhook_client_submit(client, &b, note_done, &s, NULL), OK);
    CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, NULL), QUEUE_FULL);
    finish();
    CHECK_INT(s.count, 6);
    start(); /* a limit of one's own, and one place alone */
    desc.max_in_flight = 5;
    desc.max_per_origin = 5;
    open_client();
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_client_submit(client, &a, note_done, &s, NULL), OK);
    finish();
    start();
    CHECK_STATUS(deliver(HTTP_URL), OK);
    finish();
}

enum { CROWD = 10000 };
static seen crowd[CROWD];

/* Ten thousand that nobody answers: each ends at its own deadline, in order, and waiting costs nothing for
 * the others. */
static void test_crowd(void) {
    static char urls[CROWD][32];
    akolhook_request r = request_to(HTTP_URL);
    size_t size, left = 1;
    void *room;
    uint64_t *id = (uint64_t *)malloc(CROWD * sizeof *id);
    int i, order = 0, base, all = with_set ? CROWD : 300; /* a list for each wait grows with what is open */
    start();
    desc.max_in_flight = (uint32_t)all;
    desc.deadline_ms = 60000;
    w.tick = FOREVER;
    w.answer_after = 1 << 30;
    w.route[0] = w.route[1] = w.route[2] = w.route[3] = ROUTE_AT_ONCE;
    w.set_silent = 1;
    size = akolhook_client_size(&desc);
    room = malloc(size);
    if (!room || !id) abort();
    CHECK_STATUS(akolhook_client_init(&client, room, size, &desc), OK);
    memset(crowd, 0, sizeof crowd);
    for (i = 0; i < all; i++) {
        sprintf(urls[i], "http://h%d.example.com/", i);
        r.url = akolhook_str_c(urls[i]);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &crowd[i], &id[i]), OK);
        w.now++;
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    }
    CHECK_INT(w.connects, all);
    base = w.reads + w.sends;
    for (i = 0; i < all; i += 3) CHECK_STATUS(akolhook_client_cancel(client, id[i]), OK);
    for (i = 0; i < all; i++) {
        if (i % 3 == 0) continue;
        CHECK_INT(crowd[i].count, 0);
        while (crowd[i].count == 0 && order++ < 4 * all)
            CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
        CHECK_INT(crowd[i].count, 1);
        CHECK_INT(crowd[i].again, 60000);
        CHECK_INT(crowd[i].status, AKOLHOOK_DEADLINE);
        CHECK_INT(w.now, 777 + i + 60000);
        if (check_bad) break;
    }
    CHECK_INT(left, 0);
    /* nobody was touched meanwhile; a last look at the deadline */
    if (with_set) CHECK_INT(w.reads + w.sends, base + all - (all + 2) / 3);
    finish();
    free(room);
    free(id);
}

/* An idle connection on which something came, and a set that has more to tell than it may at one time: it is
 * found. */
static void test_idle_in_a_crowd(void) {
    static char urls[CROWD][32];
    akolhook_request r = request_to(HTTP_URL);
    size_t size;
    void *room;
    unsigned i, turn, all = 400;
    for (turn = 0; turn < 2 * AKOLHOOK_I_BATCH; turn += 7) {
        keep();
        plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
        desc.max_in_flight = all;
        size = akolhook_client_size(&desc);
        room = malloc(size);
        if (!room) abort();
        CHECK_STATUS(akolhook_client_init(&client, room, size, &desc), OK);
        CHECK_STATUS(deliver(HTTP_URL), OK);
        w.answer_after = 1 << 30;
        for (i = 1; i < all / 2; i++) {
            sprintf(urls[i], "http://h%u.example.com/", i);
            r.url = akolhook_str_c(urls[i]);
            CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &crowd[i], NULL), OK);
        }
        w.set_silent = 1;
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.answer_after = 0;
        w.set_silent = 0;
        w.turn = turn;
        w.idle = 1;
        w.connects = 0;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.reused, 0);
        CHECK_INT(w.connects, 1);
        finish();
        free(room);
    }
}

/* All at once over connections that are kept: each place works as often as it is told to, and no one is asked
 * in vain. */
static void test_busy(void) {
    akolhook_request r = request_to(HTTP_URL);
    size_t size, left = 1, i;
    void *room;
    int rounds = 0, done = 0;
    start();
    desc.idle_ms = 0;
    desc.max_in_flight = desc.max_per_origin = 1000;
    w.route[0] = w.route[1] = w.route[2] = w.route[3] = ROUTE_AT_ONCE;
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    size = akolhook_client_size(&desc);
    room = malloc(size);
    if (!room) abort();
    CHECK_STATUS(akolhook_client_init(&client, room, size, &desc), OK);
    memset(crowd, 0, sizeof crowd);
    for (i = 0; i < 3000; i++) {
        if (i % 1000 == 0 && i) {
            do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
            while (left && rounds++ < 1000);
            w.wire_len = 0;
        }
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &crowd[i], NULL), OK);
    }
    do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
    while (left && rounds++ < 1000);
    for (i = 0; i < 3000; i++) done += crowd[i].count == 1 && crowd[i].status == AKOLHOOK_OK;
    CHECK_INT(done, 3000);
    CHECK_INT(w.connects, 1000);
    CHECK_INT(w.sends, 3000);
    if (with_set)
        CHECK(w.watches <= 1000 &&
                w.reads <= 3000 + rounds * 256); /* 256 in each wait, idle ones among them */
    finish();
    free(room);
}

/* One receiver hangs: the other's deliveries go on at their own speed. */
static void test_hanging_receiver(void) {
    akolhook_request a = request_to("http://10.0.0.1/"), b = request_to("http://93.184.216.34/");
    akolhook_cidr allow;
    uint64_t at_a[8];
    seen s, hung;
    size_t left;
    int i, n = 0;
    keep();
    desc.max_in_flight = 16;
    desc.policy.allow = &allow;
    desc.policy.allow_count = 1;
    CHECK_STATUS(akolhook_cidr_parse(akolhook_str_c("10.0.0.1"), &allow), OK);
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), MEMORY_TOO_SMALL);
    desc.max_in_flight = 8;
    w.answer_after = 1 << 20;
    open_client();
    memset(&s, 0, sizeof s);
    memset(&hung, 0, sizeof hung);
    while (akolhook_client_submit(client, &a, note_done, &hung, &at_a[n]) == AKOLHOOK_OK) n++;
    CHECK_INT(n, 4);
    for (i = 0; i < 4; i++) CHECK_STATUS(akolhook_client_poll(client, 10, &left), OK);
    w.answer_after = 0; /* from here on everybody answers but those, which are not asked again: */
    w.set_silent = 1;
    for (i = 0; i < 4; i++) CHECK_STATUS(akolhook_client_cancel(client, at_a[i]), OK);
    CHECK_INT(hung.count, 4);
    for (i = 0; i < 100; i++) {
        CHECK_STATUS(akolhook_client_submit(client, &b, note_done, &s, NULL), OK);
        do CHECK_STATUS(akolhook_client_poll(client, 10, &left), OK);
        while (left > 0);
        CHECK(s.status == AKOLHOOK_OK && s.again < 1000);
    }
    CHECK_INT(s.count, 100);
    finish();
}

/* Deliveries that fail at once, one after another from their callbacks, do not keep the others from being
 * looked at. */
static void fail_again(void *user, uint64_t id, const akolhook_delivery *result) {
    seen *s = (seen *)user;
    (void)id;
    s->status = result->status;
    if (++s->count < 500 && result->status == AKOLHOOK_LOOKUP_FAILED)
        CHECK_STATUS(akolhook_client_submit(client, &s->request, fail_again, s, NULL), OK);
}
static void test_failing_beside(void) {
    akolhook_request good = request_to("http://93.184.216.34/");
    seen s, slow;
    size_t left = 1;
    start();
    desc.max_in_flight = 4;
    w.lookup_result = AKOLHOOK_IO_FAIL;
    w.tick = 1;
    memset(&s, 0, sizeof s);
    memset(&slow, 0, sizeof slow);
    s.request = request_to(HTTP_URL);
    open_client();
    CHECK_STATUS(akolhook_client_submit(client, &s.request, fail_again, &s, NULL), OK);
    CHECK_STATUS(akolhook_client_submit(client, &good, note_done, &slow, NULL), OK);
    while (slow.count == 0 && left) CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
    CHECK(slow.status == AKOLHOOK_OK && s.status == AKOLHOOK_LOOKUP_FAILED && s.count < 100);
    finish();
}

/* At every stage of the way one is cancelled, another goes on. */
static void test_cancel(void) {
    int64_t steps;
    for (steps = 0; steps < 12; steps++) {
        akolhook_request r = request_to(HTTPS_URL);
        seen s[2];
        uint64_t id;
        size_t left = 1;
        int64_t i;
        start();
        desc.max_in_flight = 2;
        desc.max_per_origin = 2;
        desc.idle_ms = steps & 1 ? 0 : AKOLHOOK_IDLE_NONE;
        w.lookup_ms = 778;
        w.want_often = 1;
        memset(s, 0, sizeof s);
        open_client();
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s[0], &id), OK);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s[1], NULL), OK);
        for (i = 0; i < steps; i++) CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
        if (s[0].count)
            CHECK_STATUS(akolhook_client_cancel(client, id), NOT_FOUND);
        else
            CHECK_STATUS(akolhook_client_cancel(client, id), OK);
        CHECK_STATUS(akolhook_client_cancel(client, id), NOT_FOUND);
        while (left) CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
        CHECK_INT(s[0].count, 1);
        CHECK_INT(s[1].count, 1);
        CHECK_INT(s[1].status, AKOLHOOK_OK);
        finish();
    }
}

/* More names than lookups at one time: they stand in line, and each gets its turn, also when those before it
   are cancelled: some of those that are looked up and that wait, or all that are looked up and then all that
   come next. */
static void lookup_line(int all) {
    static char urls[60][40];
    akolhook_request r = request_to(HTTP_URL);
    size_t size, left = 1, i;
    void *room;
    uint64_t id[60];
    int rounds = 0;
    start();
    desc.max_in_flight = 60;
    w.lookup_ms = 2000;
    w.lookup_has_socket = 1;
    size = akolhook_client_size(&desc);
    room = malloc(size);
    if (!room) abort();
    CHECK_STATUS(akolhook_client_init(&client, room, size, &desc), OK);
    memset(crowd, 0, sizeof crowd);
    for (i = 0; i < 60; i++) {
        sprintf(urls[i], "http://line%d.example.com/", (int)i);
        r.url = akolhook_str_c(urls[i]);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &crowd[i], &id[i]), OK);
    }
    CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    CHECK_INT(w.lookups, AKOLHOOK_MAX_LOOKUPS);
    for (i = 0; i < (all ? 2 * AKOLHOOK_MAX_LOOKUPS : 60); i += all ? 1 : 4)
        CHECK_STATUS(akolhook_client_cancel(client, id[i]), OK);
    do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
    while (left && rounds++ < 1000);
    CHECK_INT(w.lookups_most, AKOLHOOK_MAX_LOOKUPS);
    for (i = 0; i < 60; i++) {
        CHECK_INT(crowd[i].count, 1);
        CHECK_INT(crowd[i].status,
                (all ? i >= 2 * AKOLHOOK_MAX_LOOKUPS : i % 4 != 0) ? AKOLHOOK_OK : AKOLHOOK_CANCELLED);
    }
    finish();
    free(room);
}
static void test_lookup_line(void) {
    lookup_line(0);
    lookup_line(1);
}

/* ---- lookups that are shared ---- */

enum { SHARERS = 40 };
static unsigned char crowd_room[AKOLHOOK_CLIENT_SIZE(60, 256, 64, 2048)];
static void open_crowd(uint32_t in_flight) {
    desc.max_in_flight = desc.max_per_origin = in_flight;
    CHECK_STATUS(akolhook_client_init(&client, crowd_room, sizeof crowd_room, &desc), OK);
    memset(crowd, 0, sizeof crowd);
}
static void submit_to(const char *url, seen *s, uint32_t deadline_ms, uint64_t *id) {
    akolhook_request r = request_to(url);
    r.deadline_ms = deadline_ms;
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, s, id), OK);
}
static void poll_all(void) {
    size_t left = 1;
    int rounds = 0;
    while (left && rounds++ < 10000) CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
    CHECK_INT(left, 0);
}

/* Many deliveries to one origin take one lookup; it lives longer than any of them. */
static void shared_lookup(int has_socket, int result) {
    uint64_t ids[SHARERS];
    int i;
    start();
    w.lookup_ms = w.now + 2000;
    w.lookup_has_socket = has_socket;
    w.lookup_result = result;
    open_crowd(SHARERS);
    for (i = 0; i < SHARERS; i++) submit_to(HTTP_URL, &crowd[i], 0, &ids[i]);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups, 1);
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_client_cancel(client, ids[i]), OK); /* who asked first */
    CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    poll_all();
    CHECK_INT(w.lookups, 1);
    CHECK_INT(w.lookups_cancelled, 0);
    for (i = 5; i < SHARERS; i++) {
        CHECK_INT(crowd[i].count, 1);
        CHECK_INT(crowd[i].status, result ? AKOLHOOK_LOOKUP_FAILED : AKOLHOOK_OK);
        CHECK(crowd[i].again >= 2000 && crowd[i].again <= 2300);
    }
    w.lookup_ms = w.now + 2000; /* all leave: it goes on, and the next one joins it */
    submit_to(HTTP_URL, &crowd[0], 0, &ids[0]);
    submit_to(HTTP_URL, &crowd[1], 0, &ids[1]);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups, 2);
    for (i = 0; i < 2; i++) CHECK_STATUS(akolhook_client_cancel(client, ids[i]), OK);
    CHECK_STATUS(akolhook_client_poll(client, 100, NULL), OK);
    submit_to(HTTP_URL, &crowd[2], 0, &ids[2]);
    poll_all();
    CHECK_INT(w.lookups, 2);
    CHECK_INT(w.lookups_cancelled, 0);
    CHECK_INT(crowd[2].status, result ? AKOLHOOK_LOOKUP_FAILED : AKOLHOOK_OK);
    w.lookup_ms = w.now + 2000; /* one that ended while nobody waited is old: its answer is not used */
    submit_to(HTTP_URL, &crowd[3], 0, &ids[3]);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups, 3);
    CHECK_STATUS(akolhook_client_cancel(client, ids[3]), OK);
    w.now += 5000;
    submit_to(HTTP_URL, &crowd[4], 0, &ids[4]);
    poll_all();
    CHECK_INT(w.lookups, 4);
    CHECK_INT(crowd[4].status, result ? AKOLHOOK_LOOKUP_FAILED : AKOLHOOK_OK);
    w.lookup_ms = w.now + 2000; /* closing gives up what goes on */
    submit_to(HTTP_URL, &crowd[5], 0, &ids[5]);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    finish();
    CHECK_INT(w.lookups_cancelled, 1);
}
static void test_shared_lookup(void) {
    shared_lookup(0, 0);
    shared_lookup(1, 0);
    shared_lookup(0, AKOLHOOK_IO_FAIL);
    shared_lookup(1, AKOLHOOK_IO_FAIL);
}

/* The first of those that share it waits for all. When it leaves the next one asks at once. */
static void test_lookup_heir(void) {
    akolhook_wait item;
    uint64_t ids[2];
    size_t count;
    start();
    w.lookup_ms = w.now + 2000;
    w.lookup_has_socket = 1;
    w.set_silent = 1;
    open_crowd(4);
    submit_to(HTTP_URL, &crowd[0], 0, &ids[0]);
    submit_to(HTTP_URL, &crowd[1], 0, &ids[1]);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
    CHECK(count == 1 && item.socket == lookup_first && item.read && !item.write);
    CHECK(akolhook_client_timeout(client) > 0);
    CHECK_STATUS(akolhook_client_cancel(client, ids[0]), OK);
    CHECK_INT(akolhook_client_timeout(client), 0);
    CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
    CHECK(count == 1 && item.socket == lookup_first && item.read && !item.write);
    CHECK_INT(w.lookups, 1);
    finish();
}

/* A lookup without a socket is asked again after 10 ms, and no sooner for those who join it. */
static void test_lookup_pause(void) {
    uint64_t id;
    int i;

    start();
    w.lookup_ms = w.now + 2000;
    open_crowd(SHARERS);
    for (i = 0; i < 10; i++, w.now++) {
        submit_to(HTTP_URL, &crowd[i], 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_INT(w.lookups_asked, 1);
    }
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups_asked, 2);
    poll_all();
    finish();
}

/* Names whose server is silent hold the places for lookups only while somebody waits for them: who reaches
   the deadline before is told that it was not the receiver's. */
static void lookup_places(int has_socket) {
    static char urls[AKOLHOOK_MAX_LOOKUPS][40];
    seen busy, good, again;
    uint64_t id;
    int i;
    memset(&busy, 0, sizeof busy);
    memset(&good, 0, sizeof good);
    memset(&again, 0, sizeof again);
    start();
    w.tick = FOREVER;
    w.dead = "dead";
    w.lookup_has_socket = has_socket;
    w.route[0] = w.route[1] = w.route[2] = w.route[3] = ROUTE_AT_ONCE;
    open_crowd(60);
    for (i = 0; i < AKOLHOOK_MAX_LOOKUPS; i++) {
        sprintf(urls[i], "http://dead%d.example.com/", i);
        submit_to(urls[i], &crowd[i], 1000, &id);
    }
    submit_to(HTTP_URL, &busy, 500, &id);
    submit_to(HTTP_URL, &good, 5000, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups, AKOLHOOK_MAX_LOOKUPS);
    poll_all();
    CHECK_INT(busy.status, AKOLHOOK_LOOKUP_BUSY);
    CHECK_INT(busy.again, 500);
    for (i = 0; i < AKOLHOOK_MAX_LOOKUPS; i++) {
        CHECK_INT(crowd[i].status, AKOLHOOK_DEADLINE);
        CHECK_INT(crowd[i].again, 1000);
    }
    CHECK_INT(good.status, AKOLHOOK_OK);
    CHECK(good.again >= 1000 && good.again < 1100);
    CHECK_INT(w.lookups_cancelled, 1); /* one gave its place up */
    CHECK_INT(w.lookups, AKOLHOOK_MAX_LOOKUPS + 1);
    submit_to(urls[5], &again, 1000, &id); /* the others go on and are joined */
    poll_all();
    CHECK_INT(again.status, AKOLHOOK_DEADLINE);
    CHECK_INT(w.lookups, AKOLHOOK_MAX_LOOKUPS + 1);
    finish();
}
/* A lookup that never ends, and deliveries that come so often that one always waits for it: it is begun anew.
 */
static void lost_lookup(int has_socket) {
    seen s[80];
    uint64_t id;
    int i;
    memset(s, 0, sizeof s);
    start();
    w.dead = "hooks";
    w.lookup_has_socket = has_socket;
    w.route[0] = w.route[1] = w.route[2] = w.route[3] = ROUTE_AT_ONCE;
    open_crowd(60);
    for (i = 0; i < 80; i++) {
        if (i == 65) w.dead = NULL; /* the answer to the first is lost, the next is heard */
        submit_to(HTTP_URL, &s[i], 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        if (i < 66) CHECK_INT(w.lookups, i < 60 ? 1 : 2);
        w.now += 1000;
    }
    poll_all();
    /* one that was lost, one begun at 60 s, and from 66 s on one for each */
    CHECK_INT(w.lookups, 1 + 1 + 14);
    for (i = 0; i < 80; i++) CHECK_INT(s[i].status, i <= 35 ? AKOLHOOK_DEADLINE : AKOLHOOK_OK);
    finish();
}
static void test_lookup_places(void) {
    lost_lookup(0);
    lost_lookup(1);
    lookup_places(0);
    lookup_places(1);
    start(); /* the hook itself has no place for it */
    w.lookup_busy = 1;
    CHECK_STATUS(deliver(HTTP_URL), LOOKUP_BUSY);
    CHECK_INT(d.phase, AKOLHOOK_PHASE_LOOKUP);
    CHECK_INT(d.ms, 30000);
    w.lookup_busy = 0;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    finish();
}
/* More origins than slots: lookups that nobody waits for hold origins too, and give way. */
static void test_forgotten_lookups(void) {
    char url[40];
    seen s;
    uint64_t id;
    int i;
    start();
    w.dead = "dead";
    w.lookup_has_socket = 1;
    open_crowd(3);
    for (i = 0; i < 50; i++) {
        memset(&s, 0, sizeof s);
        sprintf(url, "http://dead%d.example.com/", i);
        submit_to(url, &s, 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_STATUS(akolhook_client_cancel(client, id), OK);
        if (i % 7 == 0) CHECK_STATUS(deliver("http://93.184.216.34/"), OK);
        if (i % 5 == 0) {
            CHECK_STATUS(deliver(HTTP_URL), OK);
            CHECK_INT(d.lookup_ms, 0); /* it takes the place of one of them at once */
        }
    }
    CHECK_INT(w.lookups, 60);
    finish();

    start(); /* all places of lookups are theirs */
    w.dead = "dead";
    w.lookup_has_socket = 1;
    open_crowd(60);
    for (i = 0; i < AKOLHOOK_MAX_LOOKUPS; i++) {
        memset(&s, 0, sizeof s);
        sprintf(url, "http://dead%d.example.com/", i);
        submit_to(url, &s, 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    }
    CHECK_INT(w.lookups_cancelled, 0);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.lookup_ms, 0);
    CHECK_INT(w.lookups_cancelled, 1);
    finish();

    start(); /* the first of them shares its origin with a connection, so the next gives way, too */
    desc.idle_ms = 0;
    w.lookup_has_socket = 1;
    open_crowd(2);
    CHECK_STATUS(deliver("http://dead0.example.com/"), OK);
    w.dead = "dead";
    for (i = 0; i < 2; i++) { /* over the connection that was kept, and beside it */
        memset(&s, 0, sizeof s);
        submit_to("http://dead0.example.com/", &s, 0, &id);
    }
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    memset(&s, 0, sizeof s);
    submit_to("http://dead1.example.com/", &s, 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    CHECK_INT(w.lookups_cancelled, 0);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(w.lookups_cancelled, 2);
    CHECK_STATUS(deliver("http://dead0.example.com/"), OK); /* it is there still */
    CHECK(d.reused);
    finish();
}

/* A lookup that nobody waits for any more is asked all the same: what is over holds no socket of the hook. */
static void test_forgotten_is_over(void) {
    static const char *const urls[3] = {
            "http://a.example.com/", "http://b.example.com/", "http://c.example.com/"};
    seen s;
    uint64_t id;
    int i;

    start();
    w.lookup_ms = w.now + 2000;
    w.lookup_has_socket = 1;
    open_crowd(3);
    memset(&s, 0, sizeof s);
    submit_to(HTTP_URL, &s, 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    CHECK_INT(w.lookups - w.lookups_over - w.lookups_cancelled, 1);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups_over, 0);
    w.now += 2000;
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups_over, 1);
    CHECK_INT(w.lookups_cancelled, 0);
    finish();

    start(); /* each of them */
    w.lookup_ms = w.now + 2000;
    open_crowd(3);
    for (i = 0; i < 3; i++) {
        memset(&s, 0, sizeof s);
        submit_to(urls[i], &s, 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    }
    CHECK_INT(w.lookups - w.lookups_over - w.lookups_cancelled, 3);
    w.now += 2000;
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups_over, 3);
    CHECK_INT(w.lookups_cancelled, 0);
    finish();
}

/* ---- what the lists of a client say of one another ---- */

/* How many stand in a ring; each knows its neighbours. */
static size_t ring_count(const akolhook_i_link *ring) {
    const akolhook_i_link *at = ring;
    size_t count = 0;

    do {
        CHECK(at->next->prev == at && at->prev->next == at);
        at = at->next;
    } while (at != ring && count++ < CROWD && !check_bad);
    return count;
}
static int ring_has(const akolhook_i_link *ring, const akolhook_i_link *link) {
    const akolhook_i_link *at;

    for (at = ring->next; at != ring; at = at->next)
        if (at == link) return 1;
    return 0;
}

/* Each slot stands in the ring of its state, in that of what it waits for, and in no other. */
static void check_slots(void) {
    size_t open = 0, idle = 0, ready = 0;
    uint32_t i;

    for (i = 0; i < client->desc.max_in_flight; i++) {
        akolhook_i_slot *s = akolhook_i_slot_at(client, i);
        const int is_idle = s->state == AKOLHOOK_I_SLOT_IDLE, is_open = akolhook_i_slot_is_open(s);

        CHECK_INT(ring_has(&client->vacant, &s->place), s->state == AKOLHOOK_I_SLOT_FREE);
        CHECK_INT(ring_has(&client->under_way, &s->place), is_open);
        CHECK_INT(ring_has(&client->idle, &s->place), is_idle);
        CHECK_INT(ring_has(&client->ready, &s->turn), s->ready != 0);
        if (is_idle)
            CHECK(ring_has(&s->origin->idle, &s->mate));
        else if (s->state == AKOLHOOK_I_SLOT_LOOKUP)
            CHECK(ring_has(&s->origin->asking, &s->mate) || s->ready); /* or it has not asked yet */
        else
            CHECK(akolhook_i_link_is_alone(&s->mate));
        if (is_open && !s->ready)
            CHECK(s->timer_at && client->timers[s->timer_at - 1].wake <= s->wake && s->wake <= s->deadline);

        open += (size_t)is_open;
        idle += (size_t)is_idle;
        ready += s->ready != 0;
    }
    CHECK(client->open == open && client->idle_count == idle && client->ready_count == ready);
    CHECK_INT(ring_count(&client->vacant) + ring_count(&client->under_way) + ring_count(&client->idle), i);
}

/* An origin is free when nothing stands for it, and no two are the same; it has a lookup, or waits for one,
   while somebody asks. */
static void check_origin(const akolhook_i_origin *o) {
    uint32_t places = 0, open = 0, i;

    for (i = 0; i < client->desc.max_in_flight; i++) {
        const akolhook_i_slot *s = akolhook_i_slot_at(client, i);
        const akolhook_i_origin *other = &client->origins[i];

        if (other != o && other->places && o->places) CHECK(strcmp(other->host, o->host) != 0);
        if (s->state == AKOLHOOK_I_SLOT_FREE || s->origin != o) continue;
        places++;
        open += (uint32_t)akolhook_i_slot_is_open(s);
    }
    places += o->query != NULL;
    CHECK(o->places == places && o->open == open);
    CHECK(!o->query || o->query->origin == o);
    CHECK(ring_has(places ? akolhook_i_origin_bucket(client, o->site.hash) : &client->spare, &o->link));
    CHECK_INT(ring_has(&client->line, &o->line), !o->query && !akolhook_i_link_is_alone(&o->asking));
    CHECK(ring_count(&o->asking) + ring_count(&o->idle) <= places);
}

/* While one stands in line no lookup is free, and none is one that nobody waits for. */
static void check_queries(void) {
    const int in_line = !akolhook_i_link_is_alone(&client->line);
    uint32_t i, running = 0;

    for (i = 0; i < client->query_count; i++) {
        const akolhook_i_query *q = &client->queries[i];
        if (in_line) CHECK(q->origin && !akolhook_i_link_is_alone(&q->origin->asking));
        if (q->origin) CHECK(q->origin->query == q && q->lookup.host == q->origin->host);
        running += q->origin != NULL;
    }
    CHECK_INT(client->query_running, running);
}

static void lists_agree(void) {
    uint32_t i;

    check_slots();
    for (i = 0; i < client->desc.max_in_flight; i++) check_origin(&client->origins[i]);
    check_queries();
}

/* All slots, origins and lookups that there are, taken again and again: after each step the lists agree. */
static void test_lists(void) {
    enum { STEPS = 2000 };
    static seen s[3];
    static char urls[3][40];
    uint64_t ids[3];
    uint32_t random = 11, i, turn;
    int step, submitted = 0, reused = 0;

    for (turn = 0; turn < 12; turn++) {
        keep();
        w.lookup_has_socket = turn & 1;
        w.dead = "dead";
        open_crowd(1 + turn % 3);
        memset(s, 0, sizeof s);
        for (i = 0; i < 3; i++) s[i].count = 1; /* free */

        for (step = 0; step < STEPS && !check_bad; step++) {
            random = random * 1103515245u + 12345u;
            i = (random >> 16) % (1 + turn % 3);
            switch (random >> 29) {
            case 0:
            case 1:
                if (s[i].count == 0) CHECK_STATUS(akolhook_client_cancel(client, ids[i]), OK);
                break;
            case 2: w.lookup_limit = (int)(random >> 26 & 1); break;
            case 3: w.lookup_ms = w.now + (int64_t)(random >> 20 & 255); break;
            case 4:
            case 5: CHECK_STATUS(akolhook_client_poll(client, (int)(random >> 20 & 63), NULL), OK); break;
            default:
                if (s[i].count == 0) break;
                w.dead = random & 0x400000 ? "dead" : NULL;
                sprintf(urls[i], "http://dead%u.example.com/", random >> 24 & 3);
                s[i].count = 0;
                submit_to(urls[i], &s[i], 500, &ids[i]);
                submitted++;
            }
            lists_agree();
            for (i = 0; i < 3; i++) reused += s[i].count == 1 && client->idle_count && client->query_running;
        }
        finish();
    }
    CHECK(submitted > 1000 && reused > 1000); /* of both there are enough */
}

/* Anything at any time: names that answer, that are slow and that are dead, cancelled deliveries, a system
   that has nothing left now and then. Each delivery ends once, and nothing is left over. */
static char storm_urls[24][48];
static void test_lookup_storm(void) {
    enum { OPEN = 24, STEPS = 3000 };
    static seen s[OPEN];
    uint64_t ids[OPEN];
    uint32_t random = 7;
    unsigned turn;
    int i, step, submitted = 0, ok = 0;
    size_t left = 1;
    for (turn = 0; turn < 4; turn++) {
        start();
        w.lookup_has_socket = turn & 1;
        w.dead = "dead";
        w.most_sockets = 12;
        if (turn & 2) desc.idle_ms = 0;
        open_crowd(OPEN);
        memset(s, 0, sizeof s);
        for (i = 0; i < OPEN; i++) s[i].count = 1; /* free */
        for (step = 0; step < STEPS; step++) {
            char url[48];
            akolhook_request req;
            random = random * 1103515245u + 12345u;
            i = (int)((random >> 16) % OPEN);
            switch (random >> 28) {
            case 0:
                if (s[i].count == 0) CHECK_STATUS(akolhook_client_cancel(client, ids[i]), OK);
                break;
            case 1: w.lookup_limit = (int)(random >> 26 & 3); break;
            case 2: w.lookup_busy = !w.lookup_busy; break;
            case 3: w.lookup_ms = w.now + (int64_t)(random >> 20 & 255); break;
            case 4:
            case 5: CHECK_STATUS(akolhook_client_poll(client, (int)(random >> 20 & 127), &left), OK); break;
            default:
                if (s[i].count == 0) break;
                sprintf(url, "http://%s%u.example.com/", random & 0x800000 ? "dead" : "live",
                        random >> 24 & 31);
                req = request_to(url);
                req.url = akolhook_str_c(strcpy(storm_urls[i], url));
                req.deadline_ms = 200 + (random >> 18 & 1023);
                s[i].count = 0;
                CHECK_STATUS(akolhook_client_submit(client, &req, note_done, &s[i], &ids[i]), OK);
                submitted++;
            }
            for (i = 0; i < OPEN; i++) CHECK(s[i].count <= 1);
            lists_agree();
            if (check_bad) break;
        }
        w.lookup_busy = w.lookup_limit = 0;
        poll_all();
        for (i = 0; i < OPEN; i++) {
            CHECK_INT(s[i].count, 1);
            ok += s[i].status == AKOLHOOK_OK;
        }
        CHECK(w.lookups_most <= AKOLHOOK_MAX_LOOKUPS);
        finish();
    }
    CHECK(submitted > 500 && ok > 10); /* of both there are enough */
}

/* ---- a program that comes late ---- */

static void answer_in_time(const char *answer, int end, size_t step, akolhook_status status) {
    static seen s;
    uint64_t id;
    int reads;
    keep();
    w.tick = FOREVER;
    w.set_silent = 1;
    w.answer_after = (size_t)1 << 30;
    desc.idle_ms = AKOLHOOK_IDLE_NONE;
    open_client();
    memset(&s, 0, sizeof s);
    submit_to("http://93.184.216.34/", &s, 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK(w.wire_len > 0 && s.count == 0);
    w.answer_after = 0; /* it came, and the program does something else for a minute */
    w.recv_step = step;
    answer_is(answer);
    w.end = end;
    w.now += 60000;
    reads = w.reads;
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(s.count, 1);
    CHECK_INT(s.status, status);
    CHECK(w.reads <= reads + 64);
    finish();
}
static void late_done(void *user, uint64_t id, const akolhook_delivery *result) {
    note_done(user, id, result);
    w.now += 60000;
}
static void test_late(void) {
    static char long_head[20000] = "HTTP/1.1 200 OK\r\nX: ";
    akolhook_request r = request_to("http://93.184.216.34/");
    seen s[3];
    uint64_t id;
    int i;
    memset(long_head + strlen(long_head), 'x', sizeof long_head - 1 - strlen(long_head));
    answer_in_time(OK_ANSWER, WANT, 0, AKOLHOOK_OK);
    answer_in_time(OK_ANSWER, WANT, 1, AKOLHOOK_OK);
    answer_in_time(OK_ANSWER, FAIL, 0, AKOLHOOK_OK);
    answer_in_time("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", WANT, 0, AKOLHOOK_HTTP_STATUS);
    answer_in_time("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", WANT, 0, AKOLHOOK_OK);
    answer_in_time("HTTP/1.1 200 OK\r\nContent-Len", WANT, 0, AKOLHOOK_DEADLINE);
    answer_in_time("", WANT, 0, AKOLHOOK_DEADLINE);
    answer_in_time("", EOF_, 0, AKOLHOOK_RESPONSE_CUT);
    answer_in_time("SSH-2.0-x\r\n", WANT, 0, AKOLHOOK_BAD_RESPONSE);
    answer_in_time(long_head, WANT, 1, AKOLHOOK_DEADLINE); /* a look has an end */

    keep(); /* one callback that takes long: what came for the others meanwhile counts */
    desc.max_per_origin = 4;
    open_client();
    memset(s, 0, sizeof s);
    w.answer_after = (size_t)1 << 30;
    for (i = 0; i < 3; i++) CHECK_STATUS(akolhook_client_submit(client, &r, late_done, &s[i], &id), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    w.answer_after = 0;
    poll_all();
    for (i = 0; i < 3; i++) CHECK_INT(s[i].status, AKOLHOOK_OK);
    finish();

    keep(); /* a 200 before the request was all sent */
    w.tick = FOREVER;
    w.set_silent = 1;
    w.send_block_at = sizeof WIRE - 30;
    w.answer_after = (size_t)1 << 30;
    memset(s, 0, sizeof s);
    open_client();
    submit_to(HTTP_URL, &s[0], 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    w.answer_after = 0;
    w.now += 60000;
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(s[0].status, AKOLHOOK_OK);
    finish();

    for (i = -1; i < 2; i++) { /* the head must have left: its room takes what comes */
        keep();
        w.tick = FOREVER;
        w.set_silent = 1;
        w.send_block_at = sizeof WIRE - sizeof BODY + (size_t)i;
        w.answer_after = (size_t)1 << 30;
        memset(s, 0, sizeof s);
        open_client();
        submit_to(HTTP_URL, &s[0], 0, &id);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_INT(w.wire_len, sizeof WIRE - sizeof BODY + (size_t)i);
        w.answer_after = 0;
        w.now += 60000;
        CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
        CHECK_INT(s[0].status, i < 0 ? AKOLHOOK_DEADLINE : AKOLHOOK_OK);
        finish();
    }

    keep(); /* before the head has left there is nothing to come; no connection is begun, no byte sent */
    w.tick = FOREVER;
    w.route[0] = ROUTE_HOLE;
    memset(s, 0, sizeof s);
    open_client();
    submit_to(HTTP_URL, &s[0], 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    w.route[0] = ROUTE_AT_ONCE;
    w.now += 60000;
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(s[0].status, AKOLHOOK_DEADLINE);
    CHECK_INT(w.sends + w.reads, 0);
    finish();

    keep(); /* a connection used again that was closed: too late for another one */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.tick = FOREVER;
    w.set_silent = 1;
    w.answer_after = (size_t)1 << 30;
    memset(s, 0, sizeof s);
    submit_to(HTTP_URL, &s[0], 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    w.reused_recv = AKOLHOOK_IO_EOF;
    w.now += 60000;
    CHECK_STATUS(akolhook_client_poll(client, -1, NULL), OK);
    CHECK_INT(s[0].status, AKOLHOOK_DEADLINE);
    CHECK_INT(w.connects, 1);
    finish();
}

/* ---- where the system has nothing left ---- */

static void test_shed(void) {
    char url[40];
    int i;
    keep(); /* each connection is kept; a fourth socket there is none */
    desc.max_in_flight = 8;
    w.most_sockets = 3;
    for (i = 0; i < 8; i++) {
        sprintf(url, "http://host%d.example.com/", i);
        CHECK_STATUS(deliver(url), OK);
        CHECK_INT(w.sockets - w.sockets_closed, i < 3 ? i + 1 : 3);
    }
    CHECK_STATUS(deliver("http://host7.example.com/"), OK); /* the one used last is still there */
    CHECK_INT(d.reused, 1);
    w.connect_limit = 1; /* nothing helps: all are closed, and the cause is told */
    CHECK_STATUS(deliver("http://host9.example.com/"), SYSTEM_LIMIT);
    CHECK_INT(d.native_error, 111);
    CHECK_INT(w.sockets_closed, w.sockets);
    finish();

    for (i = 0; i < 4; i++) { /* a lookup takes eight descriptors at most; told at once or later */
        int later = i & 1, k;
        keep();
        w.lookup_has_socket = i >> 1;
        open_crowd(16);
        for (k = 0; k < 12; k++) {
            sprintf(url, "http://host%d.example.com/", k);
            CHECK_STATUS(deliver(url), OK);
        }
        CHECK_INT(w.sockets - w.sockets_closed, 12);
        w.lookup_ms = w.now + later * 100;
        w.lookup_limit = 2;
        CHECK_STATUS(deliver("http://host25.example.com/"), OK);
        CHECK_INT(w.sockets_closed, 2);
        w.lookup_ms = w.now + later * 100;
        w.lookup_limit = 9;
        CHECK_STATUS(deliver("http://host26.example.com/"), SYSTEM_LIMIT);
        CHECK_INT(d.native_error, 24);
        CHECK_INT(w.sockets_closed, 10);
        CHECK_INT(w.lookup_limit, 0);
        finish();
    }

    keep(); /* a transport that connects by itself */
    tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT;
    desc.trust_transport_addresses = 1;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.open_limit = 1;
    CHECK_STATUS(deliver(HTTPS_URL), OK);
    CHECK_INT(w.sockets_closed, 1);
    finish();

    if (!with_set) return;
    keep(); /* the set has no room for one more socket */
    CHECK_STATUS(deliver(HTTP_URL), OK);
    w.route[1] = ROUTE_OK;
    w.watch_limit = 1;
    CHECK_STATUS(deliver("http://host1.example.com/"), OK);
    CHECK_INT(w.sockets_closed, 1);
    w.watch_limit = 100;
    w.route[2] = ROUTE_OK;
    CHECK_STATUS(deliver("http://host2.example.com/"), SYSTEM_LIMIT);
    w.watch_limit = 0;
    finish();
}

/* ---- answers that are no HTTP/1.1 ---- */

/* Beginnings from RFC 8446 section 5.1 and appendix B.2 (TLS records), RFC 9113 section 4.1 (frames), RFC
   4253 section 4.2 (SSH), RFC 5321 section 4.2 (SMTP), RFC 959 section 5.4 (FTP), RFC 1939 (POP3), RFC 3501
   (IMAP). */
static void test_evidence(void) {
    static const struct {
        const char *bytes;
        size_t len;
        const char *https, *cause; /* what stands in the cause; NULL: the text of the status */
    } rows[] = {{"\x15\x03\x01\x00\x02\x02\x16", 7, NULL, "TLS"},
            {"\x15\x03\x03\x00\x02\x02\x46", 7, NULL, "TLS"}, {"\x16\x03\x03\x00\x7a\x02", 6, NULL, "TLS"},
            {"\0\0\x06\x04\0\0\0\0\0\0\x04\0\x01\0\0", 15, "HTTP/2", "HTTP/2"},
            {"\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01", 17, "HTTP/2", "HTTP/2"},
            {"HTTP/2 200\r\n\r\n", 14, "HTTP/2", "HTTP/2"}, {"SSH-2.0-OpenSSH_9.2\r\n", 21, "SSH", "SSH"},
            {"220 mail.example.com ESMTP\r\n", 28, "mail or FTP", "mail or FTP"},
            {"220-Welcome\r\n220 ready\r\n", 24, "mail or FTP", "mail or FTP"},
            {"421 too many\r\n", 14, "mail or FTP", "mail or FTP"}, {"554 no\r\n", 8, "mail", "mail"},
            {"+OK ready\r\n", 11, "POP3", "POP3"}, {"* OK IMAP4rev1\r\n", 16, "IMAP", "IMAP"},
            {"<b>Warning</b>: x on line 3\nHTTP/1.1 200 OK\r\n\r\n", 47, "before the head",
                    "before the head"},
            {"Notice: x\r\nHTTP/1.0 200 OK\r\n\r\n", 30, "before the head", "before the head"},
            {"\xef\xbb\xbfHTTP/1.1 200 OK\r\n\r\n", 22, "before the head", "before the head"},
            {"hello HTTP/1.", 13, "before the head", "before the head"},
            {" HTTP/1.1 200 OK\r\n\r\n", 20, "before the head", "before the head"},
            {"hello HTTP/1", 12, NULL, NULL}, {"HTTP/1.x\r\nHTTP/1.1 200 OK\r\n\r\n", 29, NULL, NULL},
            {"<html><body>hello</body></html>", 31, "instead of a head", "instead of a head"},
            {"{\"ok\":true}", 11, "instead of a head", "instead of a head"}, {"\x7f\x45LF", 4, NULL, NULL},
            {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 39, NULL, NULL},
            {"200 fine\r\n", 10, NULL, NULL}};
    size_t i, step, len;
    int secure;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (step = 0; step < 8; step++)
            for (secure = 0; secure < 2; secure++) {
                const char *want = secure ? rows[i].https : rows[i].cause;
                start();
                w.answer = rows[i].bytes;
                w.answer_len = rows[i].len;
                w.recv_step = step;
                w.want_often = step == 7;
                w.end = step & 1 ? EOF_ : WANT;
                CHECK_STATUS(deliver(secure ? HTTPS_URL : HTTP_URL), BAD_RESPONSE);
                len = rows[i].len < desc.response_cap ? rows[i].len : desc.response_cap;
                if (!w.want_often) CHECK_MEM(d.response.ptr, d.response.len, rows[i].bytes, len);
                if (w.want_often) continue; /* what has not come yet is not waited for */
                CHECK(want ? strstr(d.cause, want) != NULL
                           : strcmp(d.cause, akolhook_status_text(AKOLHOOK_BAD_RESPONSE)) == 0);
                finish();
            }
    start(); /* no more of it than is kept */
    desc.response_cap = 5;
    answer_is("SSH-2.0-OpenSSH_9.2\r\n");
    CHECK_STATUS(deliver(HTTP_URL), BAD_RESPONSE);
    CHECK_STR(d.response, "SSH-2");
    CHECK_INT(d.response_cut, 1);
    CHECK(strstr(d.cause, "SSH") != NULL);
    finish();
    start(); /* all that came and is kept, whatever the room of one read is */
    desc.max_in_flight = 1;
    desc.response_cap = 5000;
    memset(flood, '?', 6000);
    w.answer = flood;
    w.answer_len = 6000;
    CHECK_STATUS(deliver(HTTP_URL), BAD_RESPONSE);
    CHECK_MEM(d.response.ptr, d.response.len, flood, 5000);
    CHECK_INT(d.response_cut, 1);
    finish();
    start(); /* as much as is kept, and no more came */
    desc.response_cap = 21;
    answer_is("SSH-2.0-OpenSSH_9.2\r\n");
    CHECK_STATUS(deliver(HTTP_URL), BAD_RESPONSE);
    CHECK_STR(d.response, "SSH-2.0-OpenSSH_9.2\r\n");
    CHECK_INT(d.response_cut, 0);
    finish();
    start(); /* it gives way to the content once a head is complete */
    w.recv_step = 3;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_STR(d.response, "ok");
    CHECK_INT(d.response_cut, 0);
    finish();
}

/* Content whose framing is broken (RFC 9112 section 7.1): the code counts, and what was said is kept as it
   came, however it was cut. A chunk size padded with blanks is the usual one. */
static void test_evidence_of_content(void) {
    static const struct {
        const char *body, *kept; /* behind the head; what reaches the log, but for digits of a size */
    } rows[] = {{"1b  \r\ndatabase is down, try later\r\n0   \r\n\r\n",
                        "\r\ndatabase is down, try later\r\n0   \r\n\r\n"},
            {"database is down", "tabase is down"}, {"5\r\nhello\r\nsorry\r\n", "hellosorry\r\n"},
            {"5\r\nhello world\r\n", "hello world\r\n"}, {"-1\r\nno\r\n", "-1\r\nno\r\n"}};
    static char answer[200];
    size_t i, step;
    int code;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (step = 0; step < 8; step++)
            for (code = 200; code <= 500; code += 300) {
                start();
                sprintf(answer, "HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n%s", code, rows[i].body);
                answer_is(answer);
                w.recv_step = step;
                w.end = step & 1 ? EOF_ : WANT;
                CHECK_INT(deliver(HTTP_URL), code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS);
                CHECK_INT(d.code, code);
                CHECK_INT(d.phase, AKOLHOOK_PHASE_BODY);
                CHECK_INT(d.response_cut, 1);
                CHECK_STR(d.response, rows[i].kept);
                finish();
            }

    start(); /* no more of it than is kept */
    desc.response_cap = 7;
    answer_is("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nsorry, down\r\n");
    CHECK_STATUS(deliver(HTTP_URL), HTTP_STATUS);
    CHECK_STR(d.response, "helloso");
    CHECK_INT(d.response_cut, 1);
    finish();
}

/* An event loop of the caller's. */
static void test_foreign_loop(void) {
    akolhook_request r = request_to(HTTPS_URL);
    akolhook_wait items[4];
    seen s;
    size_t count, left = 1;
    int rounds, timeout;
    CHECK_INT(akolhook_client_descriptor(NULL), -1);
    CHECK_INT(akolhook_client_timeout(NULL), -1);
    keep();
    open_client();
    CHECK_INT(akolhook_client_descriptor(client), with_set ? 55 : -1);
    CHECK_INT(akolhook_client_timeout(client), -1);
    CHECK_STATUS(akolhook_client_waits(client, NULL, 0, &count), OK);
    CHECK_INT(count, 0);
    count = 7;
    CHECK_STATUS(akolhook_client_waits(client, NULL, 1, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_client_waits(client, items, 4, NULL), INVALID_ARGUMENT);
    count = 7;
    CHECK_STATUS(akolhook_client_waits(NULL, items, 4, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    memset(&s, 0, sizeof s);
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
    w.route[0] = ROUTE_OK;
    CHECK_INT(akolhook_client_timeout(client), 0); /* it wants to begin */
    for (rounds = 0; left && rounds < 100; rounds++) {
        timeout = akolhook_client_timeout(client);
        CHECK(timeout >= 0 && timeout <= 30000);
        CHECK_STATUS(akolhook_client_waits(client, items, 4, &count), OK);
        CHECK(count <= 1 && (!count || (items[0].socket >= 100 && items[0].read + items[0].write > 0)));
        if (count) CHECK_STATUS(akolhook_client_waits(client, items, 0, &count), BUFFER_TOO_SMALL);
        w.now += timeout < 20 ? timeout : 20;
        CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    }
    CHECK_INT(s.count, 1);
    CHECK_INT(s.status, AKOLHOOK_OK);
    CHECK_STATUS(akolhook_client_waits(client, items, 4, &count), OK);
    CHECK_INT(count, 1); /* the connection that is idle now */
    CHECK(items[0].read == 1 && items[0].write == 0);
    if (with_set) CHECK(w.watched[0].read == 1 && w.watched[0].write == 0);
    CHECK_INT(akolhook_client_timeout(client), 15000);
    finish();
}

static int lying_wait(void *user, intptr_t set, akolhook_ready *items, size_t cap, size_t *count,
        int timeout_ms, long *native_error) {
    size_t i;
    (void)user;
    (void)set;
    (void)timeout_ms;
    (void)native_error;
    for (i = 0; i < cap; i++) items[i].token = 99;
    if (w.set_silent == 3) return 0; /* says not how many: none */
    *count = w.set_silent == 1 ? cap + 1 : 1;
    for (i = 0; i < cap; i++) items[i].token = 0;
    if (w.set_silent == 1) return 0;
    items[0].token = w.set_silent == 2 ? 15 : 16; /* of 8 slots; behind them 8 lookups, none of which waits */
    return 0;
}
static void test_set_hooks(void) {
    akolhook_request r = request_to(HTTP_URL);
    seen s;
    int i;
    if (!with_set) return;
    start();
    w.set_open_result = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), SYSTEM_LIMIT);
    CHECK(client == NULL);
    w.set_open_result = 7;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), BROKEN_HOOK);
    CHECK_INT(w.sets, 0);
    for (i = 0; i < 4; i++) {
        start();
        desc.max_in_flight = 8;
        platform.set_wait_fn = lying_wait;
        open_client();
        w.set_silent = i;
        memset(&s, 0, sizeof s);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
        CHECK_INT(akolhook_client_poll(client, 10, NULL), i == 3 ? AKOLHOOK_OK : AKOLHOOK_BROKEN_HOOK);
        CHECK(akolhook_client_timeout(client) > 0); /* nothing of it is believed */
        CHECK_INT(s.count, 0);
        finish();
        CHECK_INT(s.status, AKOLHOOK_CANCELLED);
    }
}

#ifdef __clang__
#define READS_ANYTHING __attribute__((no_sanitize("memory")))
#else
#define READS_ANYTHING
#endif
/* How often a text lies in the client's memory, also where nothing was written yet. */
READS_ANYTHING static size_t held(const char *text) {
    size_t i, k, count = 0, len = strlen(text);
    for (i = 0; i + len <= sizeof memory; i++) {
        for (k = 0; k < len && memory[i + k] == (unsigned char)text[k]; k++) continue;
        count += k == len;
    }
    return count;
}

/* A secret that is forgotten leaves the memory, others stay; the next delivery prepares its keys anew. A
   small client remembers the last secret alone. */
static void test_forget(void) {
#ifdef AKOLHOOK_SMALL
    const int others_stay = 0;
#else
    const int others_stay = 1;
#endif
    int i;
    static const char first[] = "forget the first of them", second[] = "and keep the other two";
    keep();
    open_client();
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, first, BODY, strlen(BODY), &d), OK);
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, second, BODY, strlen(BODY), &d), OK);
    CHECK((held(first) > 0) == others_stay && held(second) > 0);
    akolhook_client_forget_secret(client, akolhook_str_c("a secret that it never saw"));
    CHECK((held(first) > 0) == others_stay && held(second) > 0);
    akolhook_client_forget_secret(client, akolhook_str_c(first));
    CHECK(held(first) == 0 && held(second) > 0);
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, first, BODY, strlen(BODY), &d), OK);
    CHECK(held(first) > 0 && (held(second) > 0) == others_stay);
    akolhook_client_forget_secret(client, akolhook_str_n(NULL, 0));
    CHECK(held(first) == 0 && held(second) == 0);
    akolhook_client_forget_secret(NULL, akolhook_str_c(first));
    for (i = 0; i < 16; i++) { /* whatever it ends with */
        char secret[] = "one of many secrets .";
        secret[sizeof secret - 2] = (char)('a' + i);
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, secret, BODY, strlen(BODY), &d), OK);
        CHECK(held(secret) > 0);
        akolhook_client_forget_secret(client, i & 8 ? akolhook_str_n(NULL, 0) : akolhook_str_c(secret));
        CHECK_INT(held(secret), 0);
    }
    finish();
}

/* A random hook that lies, and how. */
static struct {
    int kind;
    unsigned calls;
} liar;
enum { LIES_ZERO, LIES_PARTLY, LIES_ONE_BYTE, LIES_FAILS, LIES_AGAIN, LIES_BETWEEN, LIES_LATER, LIE_KINDS };

static int lying_random(void *user, void *out, size_t len) {
    uint32_t own = 12345;
    uint8_t *bytes = (uint8_t *)out;
    size_t i, filled = len;

    expect(user == &w);
    liar.calls++;
    if (liar.kind == LIES_PARTLY || (liar.kind == LIES_LATER && liar.calls > 1)) filled = len / 2;
    own += liar.kind == LIES_LATER ? liar.calls : 0;
    if (liar.kind == LIES_FAILS || (liar.kind == LIES_BETWEEN && liar.calls % 2 == 0)) return -1;
    if (liar.kind == LIES_ZERO) return 0;
    for (i = 0; i < filled; i++) /* the same on each call, but for LIES_PARTLY and LIES_LATER */
        bytes[i] = (uint8_t)(liar.kind == LIES_ONE_BYTE ? 0x41 : (own = own * 1103515245u + 12345u) >> 16);
    if (liar.kind == LIES_PARTLY) bytes[0] = (uint8_t)liar.calls;
    return 0;
}

/* The client draws many ids' worth of random bytes at a time. Whatever lies, no id leaves twice and none of
   zeros does: sooner or later the delivery is RANDOM_FAILED, and stays so until the hook is right again. */
static void test_random(void) {
    static char ids[100][AKOLHOOK_ID_SIZE];
    akolhook_status status = AKOLHOOK_OK;
    unsigned count, k, failed;

    for (liar.kind = 0; liar.kind < LIE_KINDS; liar.kind++) {
        keep();
        platform.random_fn = lying_random;
        liar.calls = 0;
        open_client();
        for (count = failed = 0; count < 100; count++) {
            status = akolhook_deliver(client, HTTP_URL, SECRET, BODY, strlen(BODY), &d);
            if (status != AKOLHOOK_OK) break;
            memcpy(ids[count], d.message_id, AKOLHOOK_ID_SIZE);
            for (k = 0; k < count; k++) CHECK(strcmp(ids[k], ids[count]) != 0);
        }

        /* of 1024 bytes an id takes 48 or more; other lies are seen at the first draw */
        CHECK_STATUS(status, RANDOM_FAILED);
        CHECK(count <= (liar.kind >= LIES_AGAIN ? 1024 / 48 : 0));
        CHECK_TEXT(d.message_id, "");
        for (k = 0; k < 20; k++)
            failed += akolhook_deliver(client, HTTP_URL, SECRET, BODY, strlen(BODY), &d) ==
                      AKOLHOOK_RANDOM_FAILED;
        CHECK_INT(failed, 20);

        /* an id of the caller's needs none; right bytes are taken again */
        CHECK_STATUS(deliver(HTTP_URL), OK);
        platform.random_fn = fake_random;
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, SECRET, BODY, strlen(BODY), &d), OK);
        CHECK_INT(strlen(d.message_id), AKOLHOOK_ID_SIZE - 1);
        finish();
    }
}

/* Secrets that take each other's place among the prepared keys. The MACs are python3's, hmac.new(secret,
 * BODY, sha256). */
static void test_secrets(void) {
    static const struct {
        const char *secret, *mac;
    } rows[] = {{SECRET, "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89"},
            {"xw", "245edb7dbbcf6779abc67de577cee37c462bb749b901b0c4eef9f6ec2b9cc78a"},
            {"plain secret", "90306d4cf699fd2a8e23bad2af9894c616353350ea4d97edaeafa0520d9a7623"},
            {"yw", "02ba4d7a63d6762079e3065a987e424d500c7bfe61061fffe5fbe80556c70c92"}};
    static char longest[200];
    static char field[100];
    guard page = guard_new(200);
    akolhook_request r;
    size_t i;
    keep();
    open_client();
    for (i = 0; i < 30; i++) {
        const char *secret = rows[i * 7 % 5 % 4].secret;
        w.wire_len = 0;
        memset(w.wire, 0, 2000);
        r = request_to(HTTP_URL);
        r.secret = akolhook_str_n(guard_copy(&page, secret, strlen(secret)), strlen(secret));
        CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
        sprintf(field, "\r\nX-Webhook-Signature: %s\r\n", rows[i * 7 % 5 % 4].mac);
        CHECK(strstr(w.wire, field) != NULL);
        CHECK_INT(d.schemes, secret == rows[0].secret ? 3 : 1);
        memset(longest, 's', 60 + i); /* around the length that is kept */
        longest[60 + i] = 0;
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, longest, BODY, strlen(BODY), &d), OK);
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, "", BODY, strlen(BODY), &d), EMPTY_SECRET);
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, "xw ", BODY, strlen(BODY), &d), SECRET_BLANK);
        CHECK_STATUS(akolhook_deliver(client, HTTP_URL, NULL, BODY, strlen(BODY), &d), NO_SECRET);
    }

    /* one that is refused leaves nothing in the place of another, whose beginning is a third */
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, "wxw", BODY, strlen(BODY), &d), OK);
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, " w", BODY, strlen(BODY), &d), SECRET_BLANK);
    w.wire_len = 0;
    memset(w.wire, 0, 2000);
    CHECK_STATUS(akolhook_deliver(client, HTTP_URL, "w", BODY, strlen(BODY), &d), OK);
    CHECK(strstr(w.wire, "4a35bc87f7456098ce330592e1dbac578983d7499d43ffe0af10c77b3098cd70") != NULL);
    finish();
    guard_free(&page);
}

/* URLs that look alike, and ids that are drawn: each delivery has its own. */
static void test_alike(void) {
    static char ids[100][65];
    akolhook_request r = request_to("http://h.example.com/xx/c");
    size_t i, k;
    keep();
    open_client();
    r.message_id.len = 0;
    for (i = 0; i < 100; i++) {
        r.url = akolhook_str_c(i & 1 ? "http://h.example.com/xx/c" : "http://h.example.com.xx/c");
        w.wire_len = 0;
        CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
        CHECK_MEM(w.wire, 42,
                i & 1 ? "POST /xx/c HTTP/1.1\r\nHost: h.example.com\r\n"
                      : "POST /c HTTP/1.1\r\nHost: h.example.com.xx\r\n",
                42);
        memcpy(ids[i], d.message_id, sizeof ids[i]);
        for (k = 0; k < i; k++) CHECK(strcmp(ids[i], ids[k]) != 0);
    }
    CHECK_INT(w.connects, 2);
    finish();
}

/* Times that an earlier delivery left behind: a later one of the same place is neither woken in vain nor too
 * late. */
static void test_times_left(void) {
    akolhook_request r = request_to("http://93.184.216.34/"), name = request_to(HTTP_URL);
    seen s;
    uint64_t id;
    size_t left = 1;
    int reads;
    keep();
    w.tick = FOREVER;
    w.set_silent = 1;
    w.answer_after = 1 << 20;
    desc.max_in_flight = 1;
    memset(&s, 0, sizeof s);
    open_client();
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, &id), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    w.now += 10000;
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, &id), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    reads = w.reads;
    while (left) CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
    CHECK(s.status == AKOLHOOK_DEADLINE && s.again == 30000);
    if (with_set) CHECK_INT(w.reads, reads + 1); /* the last look */
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, &id), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    w.addr_count = 2; /* its next address comes before the time that was left */
    w.connects = 0;
    w.route[0] = ROUTE_HOLE;
    w.answer_after = 0;
    CHECK_STATUS(akolhook_deliver_request(client, &name, &d), OK);
    CHECK_INT(d.connect_ms, 3000);
    finish();
}

/* Deliveries of which some are cancelled and followed by others with deadlines of any length, sooner and
   later than what was left of the ones before: each ends at its own, to the millisecond, whatever place its
   timer had. */
static void test_timers_move(void) {
    enum { PLACES = 20, ROUNDS = 400 };
    akolhook_request r = request_to("http://93.184.216.34/");
    static unsigned char room[AKOLHOOK_CLIENT_SIZE(PLACES, sizeof(peer), 64, 0)];
    static seen s[ROUNDS];
    uint64_t id[ROUNDS];
    uint32_t draw = 7;
    size_t begun, left = 1, i, cancelled = 0;
    start();
    memset(s, 0, sizeof s);
    w.tick = FOREVER;
    w.set_silent = 1;
    w.answer_after = 1 << 20;
    desc.max_in_flight = desc.max_per_origin = PLACES;
    CHECK_STATUS(akolhook_client_init(&client, room, sizeof room, &desc), OK);
    for (begun = 0; begun < ROUNDS;) {
        draw = draw * 1103515245u + 12345u;
        s[begun].request = r;
        s[begun].request.deadline_ms = 1000 + (draw >> 16) % 60000;
        if (akolhook_client_submit(client, &s[begun].request, note_done, &s[begun], &id[begun]) ==
                AKOLHOOK_OK)
            begun++;
        else { /* full: one of those that wait makes room, or the clock goes on */
            i = (draw >> 8) % begun;
            if (draw & 64 && akolhook_client_cancel(client, id[i]) == AKOLHOOK_OK)
                cancelled++;
            else
                CHECK_STATUS(akolhook_client_poll(client, 500, &left), OK);
        }
        CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
    }
    while (left && !check_bad) CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
    for (i = 0; i < ROUNDS; i++) {
        CHECK_INT(s[i].count, 1);
        if (s[i].status == AKOLHOOK_CANCELLED) continue;
        CHECK_STATUS(s[i].status, DEADLINE);
        CHECK_INT(s[i].again, s[i].request.deadline_ms);
    }
    CHECK(cancelled > 20 && cancelled < ROUNDS / 2);
    finish();
}

/* The list of what is waited for in room for less than that, at the end of a page. */
static void test_waits_too_small(void) {
    enum { PLACES = 6 };
    static const akolhook_wait none[PLACES + 1] = AKOLHOOK_INIT;
    akolhook_request r = request_to("http://93.184.216.34/");
    akolhook_wait *items;
    guard page = guard_new(sizeof none);
    seen s;
    size_t cap, count, i, k;
    keep();
    desc.max_in_flight = desc.max_per_origin = PLACES;
    memset(&s, 0, sizeof s);
    open_client();
    for (i = 0; i < PLACES / 2; i++)
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
    while (s.count < PLACES / 2 && !check_bad) CHECK_STATUS(akolhook_client_poll(client, 50, NULL), OK);
    w.answer_after = 1 << 20; /* three wait for an answer, over those connections, and three more */
    for (i = 0; i < PLACES - 1; i++)
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    for (cap = 0; cap <= PLACES + 1; cap++) {
        items = (akolhook_wait *)(void *)guard_copy(&page, none, cap * sizeof none[0]);
        CHECK_INT(akolhook_client_waits(client, items, cap, &count),
                cap < PLACES - 1 ? AKOLHOOK_BUFFER_TOO_SMALL : AKOLHOOK_OK);
        CHECK_INT(count, PLACES - 1); /* the need */
        for (i = 0; i < cap && i < count; i++) {
            CHECK(items[i].socket >= 100 && items[i].read == 1 && items[i].write == 0);
            for (k = 0; k < i; k++) CHECK(items[k].socket != items[i].socket);
        }
        for (; i < cap; i++) CHECK_INT(items[i].socket, 0);
    }
    guard_free(&page);
    finish();
}

/* ---- what no careful caller gives, and hooks that break their word ---- */

static int64_t unix_before(void *user) {
    (void)user;
    return -5000;
}
static uint64_t other_id;
static void ask_within(void *user, uint64_t id, const akolhook_delivery *result) {
    (void)result;
    (void)id;
    *(int *)user = akolhook_client_timeout(client);
    CHECK_STATUS(akolhook_client_cancel(client, other_id), OK);
}

static void test_odd_requests(void) {
    static char event[AKOLHOOK_MAX_HEADER + 1];
    static const akolhook_str nowhere = {NULL, 5}; /* a length without a text */
    akolhook_request r = request_to(HTTP_URL), other;
    seen s;
    size_t left = 7;
    int timeout = -7;

    CHECK_STATUS(akolhook_client_poll(NULL, 0, &left), INVALID_ARGUMENT);
    CHECK_INT(left, 0);
    start();
    open_client();
    CHECK_STATUS(akolhook_deliver_request(client, &r, NULL), INVALID_ARGUMENT);
    memset(event, 'e', sizeof event);
    r.event = akolhook_str_n(event, sizeof event);
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), HEADER_TOO_LARGE);
    r = request_to(HTTP_URL);
    r.message_id = nowhere;
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), INVALID_ARGUMENT);
    r = request_to(HTTP_URL);
    r.secret = nowhere;
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), INVALID_ARGUMENT);
    r.secret = akolhook_str_n(NULL, 0);
    CHECK_STATUS(akolhook_deliver_request(client, &r, &d), NO_SECRET);
    memset(&s, 0, sizeof s);
    r = request_to("https://10.0.0.1/"); /* refused before anything is opened, and nowhere to say which */
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), BLOCKED_ADDRESS);
    CHECK_INT(w.connects, 0);

    /* a deadline of more milliseconds than an int holds */
    w.answer_after = 1 << 20;
    r = request_to("http://93.184.216.34/");
    r.deadline_ms = UINT32_MAX;
    CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, &other_id), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 100, NULL), OK);
    CHECK_INT(akolhook_client_timeout(client), INT_MAX);
    finish();

    /* within a callback the clock is not read anew; the other one has had its turn */
    start();
    desc.max_in_flight = desc.max_per_origin = 2;
    w.dead = "dead";
    w.lookup_has_socket = 1;
    open_client();
    r = request_to("http://93.184.216.34/");
    other = request_to("http://dead.example.com/");
    other.deadline_ms = 10000;
    CHECK_STATUS(akolhook_client_submit(client, &other, note_done, &s, &other_id), OK);
    CHECK_STATUS(akolhook_client_submit(client, &r, ask_within, &timeout, NULL), OK);
    s.count = 0;
    while (!s.count && !check_bad) CHECK_STATUS(akolhook_client_poll(client, 10, NULL), OK);
    CHECK(timeout > 9900 && timeout <= 10000);
    CHECK_STATUS(s.status, CANCELLED);
    finish();
}

/* The caller's slices must live until the end. A secret that is another one when it is used, against
   that rule, ends the delivery by a status, and nothing is sent under it. */
/* Secrets are kept up to 70 bytes; a longer one is made anew each time, and after one that is kept. Python:
   hmac.new(b"s" * n, body, hashlib.sha256).hexdigest(). */
static void test_long_secrets(void) {
    static const struct {
        size_t len;
        const char *mac;
    } rows[] = {{70, "c1b89da9d629cf4cf2cf949651b9a61c6fb3d8b47f38ac17ca21bcd9271bfa83"},
            {71, "abc4b4ed187e03a855f704f968ce320fa42a31d6966b18b219d471b336e51488"},
            {128, "6773198c4c1d01ac6ae0a2458d09225fc76f697813dec3a841a88a421fbbdd7d"}};
    char secret[128];
    akolhook_request r;
    size_t i;

    memset(secret, 's', sizeof secret);
    start();
    open_client();
    for (i = 0; i < 6; i++) {
        r = request_to(HTTP_URL);
        r.secret = akolhook_str_n(secret, rows[i % 3].len);
        w.wire_len = 0;
        CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
        w.wire[w.wire_len] = 0;
        CHECK(strstr(w.wire, rows[i % 3].mac) != NULL);
    }
    finish();
}

static void test_secret_changed(void) {
    static const struct {
        const char *later;
        akolhook_status status;
    } rows[] = {{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!", AKOLHOOK_SECRET_BASE64},
            {" hsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", AKOLHOOK_SECRET_BLANK}};
    char secret[sizeof SECRET];
    akolhook_request r;
    size_t i, left = 1;
    seen s;
    for (i = 0; i < 2; i++) {
        start();
        open_client();
        strcpy(secret, SECRET);
        r = request_to(HTTP_URL);
        r.secret = akolhook_str_c(secret);
        memset(&s, 0, sizeof s);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
        strcpy(secret, rows[i].later);
        while (left && !check_bad) CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
        left = 1;
        CHECK_INT(s.count, 1);
        CHECK_INT(s.status, rows[i].status);
        CHECK_INT(w.wire_len, 0);
        finish();
    }
}

static void test_odd_hooks(void) {
    start();
    platform.unix_ms_fn = unix_before;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.sent_at, 0);
    finish();

    start(); /* an address of no family */
    w.addrs[0].family = 5;
    CHECK_STATUS(deliver(HTTP_URL), BROKEN_HOOK);
    CHECK_INT(w.connects, 0);
    finish();

    start(); /* a connection that no memory has room for */
    tls.conn_size = SIZE_MAX / 2;
    CHECK_STATUS(akolhook_client_init(&client, memory, sizeof memory, &desc), INVALID_ARGUMENT);
    CHECK(client == NULL);

    start(); /* the next address after half a second of its own */
    desc.connect_ms = 500;
    w.addr_count = 2;
    w.route[0] = ROUTE_HOLE;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK(d.connect_ms >= 500 && d.connect_ms < 600);
    finish();
}

/* What came in place of a head is named where it is known. */
static void test_strange_answers(void) {
    static const struct {
        const char *answer;
        int named;
    } rows[] = {{"<html>", 1}, {"{\"a\":1}", 1}, {"[1]", 1}, {"hello", 0}, {"(x)", 0}, {"=1", 0}};
    size_t i;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        answer_is(rows[i].answer);
        w.end = AKOLHOOK_IO_EOF;
        CHECK_STATUS(deliver(HTTP_URL), BAD_RESPONSE);
        CHECK_INT(strstr(d.cause, "text came instead of a head") != NULL, rows[i].named);
        CHECK_STR(d.response, rows[i].answer);
        finish();
    }
}

/* A transport that holds nothing back is not asked in vain. */
static void test_unbuffered(void) {
    start();
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    w.gap_ms = 10;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK(w.reads <= 10 && d.response.len == 2); /* 40 bytes, 5 in each wait */
    finish();
}

/* Every length of what varies in a head, around the room for it: what is taken is sent, what is not is
 * refused. There is always room for a time of twelve digits, so that of ten leaves two bytes. */
static void test_head_room(void) {
    static char url[800];
    size_t n, len, longest;
    akolhook_status status;
    int ok, large, late;
    for (late = 0; late < 2; late++) {
        keep();
        desc.head_cap = 700;
        unix_s = late ? INT64_C(999999999999) : UNIX_S;
        open_client();
        longest = 0;
        ok = large = 0;
        for (n = 0; n < 500; n++) {
            sprintf(url, "http://hooks.example.com/%0*d", (int)n + 1, 0);
            w.wire_len = 0;
            memset(w.wire, 0, 2000);
            status = deliver(url);
            CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_REQUEST_HEAD_TOO_LARGE);
            CHECK(!large || status != AKOLHOOK_OK);
            ok += status == AKOLHOOK_OK;
            large += status == AKOLHOOK_REQUEST_HEAD_TOO_LARGE;
            if (status != AKOLHOOK_OK)
                CHECK_INT(d.phase, AKOLHOOK_PHASE_NONE); /* known before anything is opened */
            if (status != AKOLHOOK_OK) continue;
            CHECK_INT(d.sent_at, unix_s);
            CHECK(strstr(w.wire, "\r\n\r\n") != NULL);
            len = (size_t)(strstr(w.wire, "\r\n\r\n") + 4 - w.wire);
            longest = len > longest ? len : longest;
            CHECK_INT(w.wire_len, len + strlen(BODY));
        }
        CHECK_INT(longest, late ? 700 : 698);
        CHECK(ok > 100 && large > 100);
        finish();
    }

    start(); /* a clock that is later than twelve digits can say */
    unix_s = INT64_C(1000000000000);
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK_INT(d.sent_at, INT64_C(999999999999));
    finish();
}

/* ---- each promise of its own ---- */

/* The whole result of the last delivery. */
static akolhook_delivery result;
static void note_result(void *user, uint64_t id, const akolhook_delivery *delivery) {
    (void)id;
    result = *delivery;
    ++*(int *)user;
}

/* Every form of a URL: what goes out is the same when it is taken apart anew, over a new connection, and when
   it is remembered, over one that is kept (RFC 9112 section 3.2.1, RFC 9110 section 7.2). */
static void test_urls(void) {
    static const struct {
        const char *url, *target, *host;
        int port, family;
    } rows[] = {{"http://hooks.example.com", "/", "hooks.example.com", 80, 0},
            {"http://hooks.example.com/", "/", "hooks.example.com", 80, 0},
            {"http://hooks.example.com/a/b?c=d:8", "/a/b?c=d:8", "hooks.example.com", 80, 0},
            {"http://hooks.example.com?x=1", "/?x=1", "hooks.example.com", 80, 0},
            {"http://hooks.example.com:80/a", "/a", "hooks.example.com", 80, 0},
            {"http://hooks.example.com:443/a", "/a", "hooks.example.com:443", 443, 0},
            {"http://hooks.example.com:9092/9", "/9", "hooks.example.com:9092", 9092, 0},
            {"http://hooks.example.com:1", "/", "hooks.example.com:1", 1, 0},
            {"http://hooks.example.com:65535?y", "/?y", "hooks.example.com:65535", 65535, 0},
            {"https://hooks.example.com:443/a", "/a", "hooks.example.com", 443, 0},
            {"https://hooks.example.com/9", "/9", "hooks.example.com", 443, 0},
            {"https://hooks.example.com:80/a", "/a", "hooks.example.com:80", 80, 0},
            {"http://93.184.216.34", "/", "93.184.216.34", 80, 4},
            {"http://93.184.216.34/12", "/12", "93.184.216.34", 80, 4},
            {"https://93.184.216.34:8443/a", "/a", "93.184.216.34:8443", 8443, 4},
            {"http://[2606:4700::1111]", "/", "[2606:4700::1111]", 80, 6},
            {"http://[2606:4700::1111]/1", "/1", "[2606:4700::1111]", 80, 6},
            {"https://[2606:4700::1111]:443/a", "/a", "[2606:4700::1111]", 443, 6},
            {"https://[2606:4700::1111]:8443?b", "/?b", "[2606:4700::1111]:8443", 8443, 6}};
    char head[200], host[100];
    guard page = guard_new(200);
    akolhook_request r;
    size_t i, len;
    int turn;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        keep();
        open_client();
        for (turn = 0; turn < 3; turn++) {
            r = request_to(rows[i].url);
            r.url.ptr = guard_copy(&page, rows[i].url, r.url.len);
            w.wire_len = 0;
            CHECK_STATUS(akolhook_deliver_request(client, &r, &d), OK);
            len = (size_t)sprintf(head, "POST %s HTTP/1.1\r\nHost: %s\r\n", rows[i].target, rows[i].host);
            CHECK_MEM(w.wire, len, head, len);
            CHECK_INT(d.reused, turn > 0);
            CHECK_INT(d.peer_port, rows[i].port);
            CHECK_INT(d.peer.family, rows[i].family ? rows[i].family : 4);
        }

        /* and what the transport is told of it */
        (void)sscanf(rows[i].host, rows[i].family == 6 ? "[%99[^]]" : "%99[^:]", host);
        CHECK_TEXT(w.conn_host, host);
        CHECK_INT(w.conn.port, rows[i].port);
        CHECK_INT(w.conn.host_is_address, rows[i].family != 0);
        CHECK(w.conn.socket >= socket_first && w.conn.peer.family == d.peer.family);
        finish();
    }
    guard_free(&page);
}

/* URLs of which one is the beginning of another, remembered in any place. */
static void test_url_prefixes(void) {
    char url[60];
    int last, turn;
    keep();
    open_client();
    for (turn = 0; turn < 2; turn++)
        for (last = 0; last < 10; last++) {
            sprintf(url, "http://h.example.com:8%d", last);
            CHECK_STATUS(deliver(url), OK);
            CHECK_INT(d.peer_port, 80 + last);
            CHECK_STATUS(deliver("http://h.example.com:8"), OK);
            CHECK_INT(d.peer_port, 8);
        }
    finish();
}

/* A transport that connects by itself tells the peer, or does not; its socket is watched, but not while it
   may close it. */
static void test_own_peer(void) {
    int i, told;
    for (told = 0; told < 2; told++) {
        keep();
        tls.flags |= AKOLHOOK_TRANSPORT_OWNS_CONNECT;
        desc.trust_transport_addresses = 1;
        w.own_peer = told;
        w.own_socket = 1;
        for (i = 0; i < 10; i++) {
            CHECK_STATUS(deliver("https://hooks.example.com:8443/"), OK);
            CHECK_INT(d.reused, i > 0);
            CHECK_INT(d.peer.family, told ? 4 : 0);
            CHECK_INT(d.peer_port, told ? 8443 : 0);
        }
        CHECK(w.conn.socket == -1 && w.conn.port == 8443 && w.conn.host_is_address == 0);
        CHECK_TEXT(w.conn_host, "hooks.example.com");
        if (with_set) CHECK(w.watches <= 5); /* three for the handshake, and one for what follows */
        CHECK_INT(w.connects + w.lookups, 0);
        w.reused_send = AKOLHOOK_IO_FAIL; /* a new one, and nothing is told of the old one */
        w.reused_recv = AKOLHOOK_IO_WANT_READ;
        CHECK_STATUS(deliver("https://hooks.example.com:8443/"), OK);
        CHECK(d.reused == 0 && d.native_error == 0 && w.opens == 2 && d.tls_ms >= 0);
        finish();
        CHECK_INT(w.sockets_closed, 0);
    }
}

/* What a slot waits for in each state: to write while it connects, to read for the answer, both while the
   receiver takes no more. What has not had its turn yet waits for nothing. */
static void test_awaits(void) {
    akolhook_request r = request_to("http://93.184.216.34/");
    akolhook_wait item;
    size_t count, stage;
    int done = 0;
    start();
    w.set_silent = 1;
    w.tick = 0;
    w.answer_after = (size_t)1 << 30;
    open_client();
    for (stage = 0; stage < 2; stage++) {
        if (stage) w.send_block_at = ALMOST;
        w.route[0] = ROUTE_HOLE;
        w.connects = 0;
        CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
        CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
        CHECK_INT(count, 0);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
        CHECK(count == 1 && !item.read && item.write);
        if (with_set) CHECK(!w.watched[0].read && w.watched[0].write);
        w.route[0] = ROUTE_OK;
        w.set_silent = 0;
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.set_silent = 1;
        CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
        CHECK(count == 1 && item.read && item.write == (stage == 1));
        if (with_set) CHECK(w.watched[0].read && w.watched[0].write == (int)stage);
        w.now += 30000;
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK(done == (int)stage + 1 && result.status == AKOLHOOK_DEADLINE);
    }
    w.send_block_at = 10; /* within the head, whose room nothing can be read into yet */
    w.route[0] = ROUTE_AT_ONCE;
    w.connects = 0;
    CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
    CHECK(count == 1 && !item.read && item.write);
    if (with_set) CHECK(!w.watched[0].read && w.watched[0].write);
    finish();
}

/* One that has had its turn and goes on in the next is not waited for, and the clock is not read for each of
   its steps. */
static void test_turns(void) {
    akolhook_request r = request_to("http://93.184.216.34/");
    akolhook_wait item;
    size_t count, left = 1, n;
    int done = 0, clocks = 0, polls;
    keep();
    desc.max_in_flight = 1;
    desc.response_cap = 5000;
    n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    memset(flood + n, 'x', 5000);
    w.answer = flood;
    w.answer_len = n + 5000;
    w.recv_step = 1;
    open_client();
    CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
    for (polls = 0; left && polls < 100; polls++) {
        CHECK_STATUS(akolhook_client_poll(client, 1000, &left), OK);
        if (!left) continue;
        CHECK_INT(akolhook_client_timeout(client), 0);
        CHECK_STATUS(akolhook_client_waits(client, &item, 1, &count), OK);
        CHECK_INT(count, 0);
        clocks = w.clocks;
    }
    CHECK(result.status == AKOLHOOK_OK && result.response.len == 5000 && result.ms == 0);
    CHECK(polls > 20 && clocks < 8 * polls);
    finish();

    start(); /* one in a piece is read by one call, and then no more */
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    CHECK_STATUS(deliver("http://93.184.216.34/"), OK);
    CHECK_INT(w.reads, 1);
    finish();

    start(); /* an answer larger than the room for it, and a socket that tells all: no wait within it */
    plain.flags = AKOLHOOK_TRANSPORT_UNBUFFERED;
    desc.response_cap = 5000;
    w.route[0] = ROUTE_AT_ONCE;
    w.answer = flood;
    w.answer_len = n + 5000;
    CHECK_STATUS(deliver("http://93.184.216.34/"), OK);
    CHECK_INT(d.response.len, 5000);
    CHECK_INT(w.waits, 1); /* for its first byte */
    finish();
}

/* A delivery that ends at once is told at once, whatever else is waited for. */
static void test_ends_at_once(void) {
    akolhook_request r = request_to("http://93.184.216.34/");
    int done = 0;
    start();
    desc.max_in_flight = desc.max_per_origin = 2;
    w.tick = FOREVER;
    w.set_silent = 1;
    w.answer_after = (size_t)1 << 30;
    w.route[0] = ROUTE_AT_ONCE;
    w.route[1] = ROUTE_REFUSED;
    open_client();
    CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
    CHECK_STATUS(akolhook_client_poll(client, 1000, NULL), OK);
    CHECK(done == 1 && result.status == AKOLHOOK_CONNECT_FAILED && w.now == 777);
    CHECK_STATUS(akolhook_client_poll(client, 1000, NULL), OK); /* and then it waits as long as it may */
    CHECK(done == 1 && w.now == 1777);
    w.now += 300;
    finish(); /* which is the end of the first one */
    CHECK(done == 2 && result.status == AKOLHOOK_CANCELLED && result.ms == 1300);
}

/* From the start of sending to the first byte, whenever the others come. */
static void test_first_byte(void) {
    static const int rows[][2] = {{0, 0}, {0, 500}, {300, 0}, {300, 500}, {1, 1}}; /* when, and the rest */
    akolhook_request r = request_to("http://93.184.216.34/");
    size_t i;
    int done;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        keep();
        w.tick = 0;
        w.answer_len = 0;
        open_client();
        done = 0;
        CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.now += rows[i][0];
        w.answer_len = 10;
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.now += rows[i][1];
        w.answer_len = strlen(OK_ANSWER);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK(done == 1 && result.status == AKOLHOOK_OK);
        CHECK_INT(result.first_byte_ms, rows[i][0]);
        CHECK_INT(result.ms, rows[i][0] + rows[i][1]);
        finish();
    }
}

/* What closes a kept connection instead of answering is sent once more; no other answer is (RFC 9110 section
   15.5.9). */
static void test_request_timeout(void) {
    static const int codes[] = {200, 400, 407, 408, 409, 500};
    static char answer[100];
    size_t i;
    int close, kept, again;
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++)
        for (close = 0; close < 2; close++)
            for (kept = 0; kept < 2; kept++) {
                again = kept && close && codes[i] == 408;
                keep();
                w.tick = 1;
                answer_is("HTTP/1.1 200 12345678901234567890\r\nContent-Length: 0\r\n\r\n");
                if (kept) CHECK_STATUS(deliver(HTTP_URL), OK);
                sprintf(answer, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", codes[i],
                        close ? "X\r\nConnection: close" : "12345678901234567890");
                CHECK_INT(strlen(answer), w.answer_len); /* nothing of it lies there before */
                answer_is(answer);
                w.now += 10000;
                w.gap_ms = 100; /* on a new connection a byte each so many ms */
                CHECK_INT(deliver(HTTP_URL), codes[i] == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS);
                CHECK_INT(d.code, codes[i]);
                CHECK_INT(d.reused, kept && !again);
                CHECK_INT(w.connects, 1 + again);
                CHECK_INT(d.first_byte_ms, kept && !again ? 0 : 100);
                finish();
            }
}

/* One that waits for its answer is late on its own account, whatever lookup its origin has begun since. */
static void test_late_beside_a_lookup(void) {
    seen s[2];
    uint64_t id;
    memset(s, 0, sizeof s);
    keep();
    w.answer_after = (size_t)1 << 30;
    open_crowd(4);
    submit_to(HTTP_URL, &s[0], 1000, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK(w.wire_len > 0);
    w.lookup_busy = 1;
    submit_to(HTTP_URL, &s[1], 2000, &id);
    poll_all();
    CHECK_INT(s[0].status, AKOLHOOK_DEADLINE);
    CHECK_INT(s[0].again, 1000);
    CHECK_INT(s[1].status, AKOLHOOK_LOOKUP_BUSY);
    CHECK_INT(s[1].again, 2000);
    finish();
}

/* A clock may begin anywhere. */
static void test_clock_origin(void) {
    static const int64_t origins[] = {0, 1, INT32_MAX - 5, UINT32_MAX - 5, INT64_C(1) << 40};
    akolhook_request r = request_to(HTTP_URL);
    size_t i, left = 1;
    int done;
    for (i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        keep();
        w.now = origins[i];
        w.lookup_ms = w.now + 25;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK(d.lookup_ms == 30 && d.ms == 30 && w.now == origins[i] + 30); /* asked every 10 ms */
        CHECK_INT(akolhook_client_timeout(client), 15000);
        w.answer_after = (size_t)1 << 30;
        w.set_silent = 1;
        w.tick = FOREVER;
        done = 0;
        CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
        CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
        CHECK_INT(akolhook_client_timeout(client), 30000);
        CHECK_STATUS(akolhook_client_poll(client, 29999, &left), OK);
        CHECK(done == 0 && left == 1 && akolhook_client_timeout(client) == 1);
        w.now += 1000;
        CHECK_INT(akolhook_client_timeout(client), 0); /* it is late */
        w.now -= 1000;
        CHECK_INT(akolhook_client_timeout(client), 1);
        CHECK_STATUS(akolhook_client_poll(client, -1, &left), OK);
        CHECK(done == 1 && left == 0 && result.status == AKOLHOOK_DEADLINE && result.ms == 30000);
        finish();
    }
}

/* Headers of the caller's that are others when they are sent, against the rule, end the delivery by a status,
   and nothing is sent. */
static void test_headers_changed(void) {
    static const struct {
        const char *name, *value;
        size_t len;
        akolhook_status status;
    } rows[] = {{"X-A", "b\r\nX-B: c", 9, AKOLHOOK_BAD_HEADER}, {"X A", "b", 1, AKOLHOOK_BAD_HEADER},
            {"Webhook-Id", "b", 1, AKOLHOOK_RESERVED_HEADER},
            {"X-A", big, AKOLHOOK_MAX_HEADER + 1, AKOLHOOK_HEADER_TOO_LARGE},
            {"X-A", big, 2000, AKOLHOOK_REQUEST_HEAD_TOO_LARGE}, {"X-A", "b", 1, AKOLHOOK_OK}};
    akolhook_request r = request_to(HTTP_URL);
    akolhook_header header = {{"X-A", 3}, {"b", 1}};
    size_t i, left = 1;
    int done;
    memset(big, 'x', sizeof big);
    r.headers = &header;
    r.header_count = 1;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        open_client();
        header.name = akolhook_str_c("X-A");
        header.value = akolhook_str_c("b");
        done = 0;
        CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, NULL), OK);
        header.name = akolhook_str_c(rows[i].name);
        header.value = akolhook_str_n(rows[i].value, rows[i].len);
        do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
        while (left && !check_bad);
        CHECK(done == 1 && result.status == rows[i].status);
        CHECK_INT(w.wire_len > 0, rows[i].status == AKOLHOOK_OK);
        finish();
    }
}

/* What reads on for evidence believes no hook that breaks its word, and does not ask it again. */
static void test_evidence_of_a_broken_hook(void) {
    static const int ends[] = {0, -9, 1 << 20, AKOLHOOK_IO_FAIL, AKOLHOOK_IO_EOF, AKOLHOOK_IO_WANT_READ};
    size_t i;
    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        start();
        answer_is("SSH-2.0-x\r\n");
        w.end = ends[i];
        CHECK_STATUS(deliver(HTTP_URL), BAD_RESPONSE);
        CHECK_STR(d.response, "SSH-2.0-x\r\n");
        CHECK_INT(d.response_cut, 0);
        CHECK_INT(w.reads, 2);
        finish();
    }
}

/* A lookup that did not end by itself is given up: its hook gave what it may not, or its socket cannot be
   watched. The next one begins anew. */
static void test_lookup_given_up(void) {
    static const int hows[] = {HOW_TOO_MUCH, HOW_STRANGE, HOW_EOF, HOW_WANT_WRITE};
    size_t i;
    for (i = 0; i < sizeof hows / sizeof hows[0]; i++) {
        start();
        w.fault_at = 1;
        w.fault_how = hows[i];
        CHECK_STATUS(deliver(HTTP_URL), BROKEN_HOOK);
        CHECK_INT(d.phase, AKOLHOOK_PHASE_LOOKUP);
        CHECK(w.lookups == 1 && w.lookups_cancelled == 1 && w.lookups_over == 0);
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK(w.lookups == 2 && w.lookups_over == 1);
        finish();
    }

    if (!with_set) return;
    for (i = 0; i < 2; i++) {
        start();
        w.lookup_has_socket = 1;
        w.lookup_ms = w.now + 100;
        if (i)
            w.watch_limit = 100;
        else {
            w.fault_at = 2; /* the lookup, and then the watch */
            w.fault_how = HOW_FAIL;
        }
        CHECK_INT(deliver(HTTP_URL), i ? AKOLHOOK_SYSTEM_LIMIT : AKOLHOOK_WAIT_FAILED);
        CHECK_INT(d.native_error, 28);
        CHECK(w.lookups == 1 && w.lookups_cancelled == 1 && w.lookups_over == 0);
        w.watch_limit = 0;
        CHECK_STATUS(deliver(HTTP_URL), OK);
        CHECK_INT(d.native_error, 0);
        finish();
    }
}

/* What a desc that leaves them 0 gets. */
static void test_defaults(void) {
    size_t n;
    keep();
    desc.response_cap = 0;
    desc.idle_ms = desc.max_in_flight = 0;
    n = (size_t)sprintf(flood, "HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n");
    memset(flood + n, 'x', 1500);
    w.answer = flood;
    w.answer_len = n + 1500;
    CHECK_STATUS(deliver(HTTP_URL), OK);
    CHECK(d.response.len == 1024 && d.response_cut == 1);
    CHECK_INT(akolhook_client_timeout(client), 15000);
    finish();
}

/* Hooks that take their time, and so many at once that a deadline passes meanwhile: the clock is read on the
   way, and what is late is not begun. */
static void test_slow_hooks(void) {
    enum { SLOW = 100 };
    akolhook_request r = request_to("http://93.184.216.34/");
    static unsigned char room[AKOLHOOK_CLIENT_SIZE(SLOW, sizeof(peer), 64, 0)];
    size_t i, ok = 0, left;
    int turn;
    keep();
    desc.max_in_flight = desc.max_per_origin = SLOW;
    CHECK_STATUS(akolhook_client_init(&client, room, sizeof room, &desc), OK);
    for (turn = 0; turn < 2; turn++) {
        memset(crowd, 0, sizeof crowd);
        for (i = 0; i < SLOW; i++)
            CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &crowd[i], NULL), OK);
        left = 1;
        while (left && !check_bad) CHECK_STATUS(akolhook_client_poll(client, 0, &left), OK);
        for (i = ok = 0; i < SLOW; i++) ok += crowd[i].status == AKOLHOOK_OK;
        w.send_takes = 1000; /* from now on, over the same connections */
        if (turn == 0) CHECK_INT(ok, SLOW);
    }
    CHECK_INT(w.connects, SLOW);
    CHECK(ok >= 30 && ok <= 30 + 64); /* it is read every 64 steps at least, of which one takes a second */
    finish();
}

/* Lookups that nobody waits for are left alone while the set would tell of them. */
static void test_forgotten_are_quiet(void) {
    seen s;
    uint64_t id;
    int i, asked;
    memset(&s, 0, sizeof s);
    start();
    w.dead = "hooks";
    w.lookup_has_socket = 1;
    w.answer_after = (size_t)1 << 30;
    w.route[0] = ROUTE_AT_ONCE;
    open_crowd(4);
    submit_to(HTTP_URL, &s, 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    submit_to("http://93.184.216.34/", &s, 0, &id);
    w.set_silent = 1;
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    asked = w.lookups_asked;
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_client_poll(client, 100, NULL), OK);
    CHECK_INT(w.lookups_asked, asked + (with_set ? 0 : 5));
    finish();
}

/* The same for each of what varies, alone and beside another. */
static void test_head_parts(void) {
    enum { IN_TARGET = 1, IN_HOST = 2, IN_ID = 4, IN_EVENT = 8 };
    static const unsigned kinds[] = {
            IN_TARGET, IN_HOST, IN_ID, IN_EVENT, IN_TARGET | IN_EVENT, IN_HOST | IN_ID};
    static char url[1000], id[257], event[600], host[600];
    size_t i, n, len, last;
    akolhook_status status;
    memset(id, 'i', sizeof id - 1);
    memset(event, 'e', sizeof event - 1);
    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int ok = 0, large = 0;
        keep();
        desc.head_cap = kinds[i] == IN_HOST || kinds[i] == IN_ID ? 560 : 700;
        open_client();
        last = 0;
        for (n = 1; n <= (kinds[i] & (IN_HOST | IN_ID) ? 200 : 500); n++) {
            akolhook_request r;
            for (len = 0; len < n; len++) host[len] = len % 50 == 49 && len + 1 < n ? '.' : 'h';
            host[n] = 0;
            sprintf(url, "http://%s.example.com/%0*d", kinds[i] & IN_HOST ? host : "h",
                    kinds[i] & IN_TARGET ? (int)n : 1, 0);
            r = request_to(url);
            r.message_id = akolhook_str_n(id, kinds[i] & IN_ID ? n : 1);
            r.event = akolhook_str_n(event, kinds[i] & IN_EVENT ? n : 1);
            w.wire_len = 0;
            memset(w.wire, 0, 2000);
            status = akolhook_deliver_request(client, &r, &d);
            CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_REQUEST_HEAD_TOO_LARGE);
            ok += status == AKOLHOOK_OK;
            large += status == AKOLHOOK_REQUEST_HEAD_TOO_LARGE;
            CHECK(d.phase == (status == AKOLHOOK_OK ? AKOLHOOK_PHASE_DONE : AKOLHOOK_PHASE_NONE));
            if (status == AKOLHOOK_OK) last = (size_t)(strstr(w.wire, "\r\n\r\n") + 4 - w.wire);
        }
        CHECK(ok > 10 && large > 10 && last <= desc.head_cap - 2 && last >= desc.head_cap - 5);
        finish();
    }
}

/* A delivery over a kept connection begins with sending, also where it is cancelled before. */
static void test_begins_with_sending(void) {
    akolhook_request r = request_to(HTTP_URL);
    int done = 0, kept;
    uint64_t id;
    keep();
    open_client();
    for (kept = 0; kept < 2; kept++) {
        CHECK_STATUS(akolhook_client_submit(client, &r, note_result, &done, &id), OK);
        CHECK_STATUS(akolhook_client_cancel(client, id), OK);
        CHECK_INT(result.phase, kept ? AKOLHOOK_PHASE_SEND : AKOLHOOK_PHASE_LOOKUP);
        CHECK_STATUS(deliver(HTTP_URL), OK);
    }
    finish();
}

/* Where waiting fails a delivery tells why, as the hook says it, and nothing of an earlier one where it says
   nothing. */
static void test_wait_fails(void) {
    int hook, turn, at;
    for (hook = H_WAIT; hook <= H_WATCH; hook += H_WATCH - H_WAIT)
        for (at = 1; at < 9; at++) {
            start();
            for (turn = 0; turn < 3; turn++) {
                w.fault_hook = -1;
                w.calls = 0;
                w.fault_at = at;
                w.fault_how = HOW_FAIL;
                w.mute = turn == 1;
                (void)deliver("http://93.184.216.34/");
                if (w.fault_hook != hook) break;
                CHECK_STATUS(d.status, WAIT_FAILED);
                CHECK_INT(d.native_error, w.mute ? 0 : hook == H_WAIT ? 13 : 28);
            }
            finish();
        }
}

/* A URL that is another one when it is sent, against the rule, and does not fit: nothing is sent. */
static void test_url_changed(void) {
    static char url[800];
    akolhook_request r;
    size_t n, left, fits = 0;
    int done, changed;
    for (changed = 0; changed < 2; changed++)
        for (n = changed ? fits : 1; n < (changed ? fits + 1 : 500); n++) {
            keep();
            desc.head_cap = 700;
            sprintf(url, "http://hooks.example.com:65535/%0*d", (int)n, 0);
            r = request_to(url);
            open_client();
            done = 0;
            left = 0;
            if (akolhook_client_submit(client, &r, note_result, &done, NULL) == AKOLHOOK_OK) {
                if (changed) *strchr(url + 7, ':') = '/';
                do CHECK_STATUS(akolhook_client_poll(client, 100, &left), OK);
                while (left && !check_bad);
                CHECK_INT(result.status, changed ? AKOLHOOK_REQUEST_HEAD_TOO_LARGE : AKOLHOOK_OK);
                CHECK_INT(w.wire_len > 0, !changed);
                fits = n;
            }
            finish();
        }
    CHECK(fits > 100 && fits < 499);
}

/* ---- what a round holds, when something ends in it ---- */

/* The set tells two lookups; the first fails for want of a descriptor and takes that of the second, which
   nobody waits for. No hook is broken by that. */
static void test_told_and_dropped(void) {
    seen s[2];
    uint64_t id;

    if (!with_set) return;
    memset(s, 0, sizeof s);
    start();
    w.lookup_has_socket = 1;
    w.lookup_ms = w.now + 2000;
    open_crowd(2);
    submit_to("http://a.example.com/", &s[0], 0, NULL);
    submit_to("http://b.example.com/", &s[1], 0, &id);
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_STATUS(akolhook_client_cancel(client, id), OK);
    w.now += 2000;
    w.lookup_limit = 1;
    w.turn = 0; /* in the order of their tokens */
    CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
    CHECK_INT(w.lookups, 3);
    CHECK_INT(w.lookups_cancelled, 1);
    poll_all();
    CHECK_STATUS(s[0].status, OK);
    finish();
}

/* A lookup that had a socket and has none any more is asked by the clock from then on, whoever heard of it
   first: the set, or a delivery that joined. */
static void test_lookup_loses_its_socket(void) {
    seen s[2];
    int joined;

    for (joined = 0; joined < 2; joined++) {
        memset(s, 0, sizeof s);
        start();
        w.lookup_has_socket = 1;
        w.lookup_ms = w.now + 1000;
        open_crowd(2);
        submit_to(HTTP_URL, &s[0], 0, NULL);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.lookup_turns = 1;
        w.set_silent = joined;
        if (joined) submit_to(HTTP_URL, &s[1], 0, NULL);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        w.set_silent = 0;
        poll_all();
        CHECK(s[0].status == AKOLHOOK_OK && s[0].again < 2000);
        CHECK(s[1].status == AKOLHOOK_OK && s[1].again < 2000);
        CHECK_INT(w.lookups, 1);
        finish();
    }
}

/* A callback may take its time: what it submits has the whole of its deadline all the same. */
static seen submitted_late;
static int timeout_within;
static void slow_done(void *user, uint64_t id, const akolhook_delivery *delivery) {
    note_done(user, id, delivery);
    timeout_within = akolhook_client_timeout(client);
    w.now += 40000;
    submit_to(HTTP_URL, &submitted_late, 0, NULL);
}
static void test_slow_callback(void) {
    akolhook_request r = request_to(HTTP_URL);
    seen s;

    memset(&s, 0, sizeof s);
    memset(&submitted_late, 0, sizeof submitted_late);
    start();
    open_crowd(3);
    CHECK_STATUS(akolhook_client_submit(client, &r, slow_done, &s, NULL), OK);
    poll_all();
    CHECK_STATUS(s.status, OK);
    CHECK_STATUS(submitted_late.status, OK);
    CHECK_INT(submitted_late.count, 1);
    CHECK(submitted_late.again < 10000);
    finish();
}

/* Within a callback others may have yet their first turn: that is now, whatever the clock says. */
static void test_timeout_in_a_round(void) {
    static const int64_t origins[] = {777, 0, -1000000};
    akolhook_request r = request_to("http://93.184.216.34/");
    size_t i;
    seen s;

    for (i = 0; i < sizeof origins / sizeof origins[0]; i++) {
        keep();
        w.now = origins[i];
        memset(&s, 0, sizeof s);
        memset(&submitted_late, 0, sizeof submitted_late);
        open_client();
        timeout_within = -7;
        CHECK_STATUS(akolhook_client_submit(client, &r, slow_done, &s, NULL), OK);
        CHECK_STATUS(akolhook_client_submit(client, &r, note_done, &s, NULL), OK);
        CHECK_STATUS(akolhook_client_poll(client, 0, NULL), OK);
        CHECK_INT(timeout_within, 0);
        poll_all();
        CHECK_INT(s.count, 2);
        finish();
    }
}

static void run_all(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    RUN(test_size);
    RUN(test_init);
    RUN(test_exchange);
    RUN(test_socket_zero);
    RUN(test_pieces);
    RUN(test_headers);
    RUN(test_refused);
    RUN(test_refused_headers);
    RUN(test_refused_bodies);
    RUN(test_refused_client);
    RUN(test_lookup);
    RUN(test_connect);
    RUN(test_transport_status);
    RUN(test_owns_connect);
    RUN(test_deadlines);
    RUN(test_answers);
    RUN(test_floods);
    RUN(test_retry_after);
    RUN(test_early_answer);
    RUN(test_failed_send);
    RUN(test_phases);
    RUN(test_early_answer_blocked);
    RUN(test_many);
    RUN(test_one_slot_chain);
    RUN(test_close);
    RUN(test_deliver_beside);
    RUN(test_poll_time);
    RUN(test_faults);
    RUN(test_keep_alive);
    RUN(test_keep_alive_matrix);
    RUN(test_keep_alive_chunks);
    RUN(test_faults_kept);
    RUN(test_idle);
    RUN(test_retry);
    RUN(test_rebinding);
    RUN(test_eviction);
    RUN(test_per_origin);
    RUN(test_crowd);
    RUN(test_idle_in_a_crowd);
    RUN(test_busy);
    RUN(test_hanging_receiver);
    RUN(test_failing_beside);
    RUN(test_cancel);
    RUN(test_lookup_line);
    RUN(test_shared_lookup);
    RUN(test_lookup_heir);
    RUN(test_lookup_pause);
    RUN(test_lookup_places);
    RUN(test_forgotten_lookups);
    RUN(test_forgotten_is_over);
    RUN(test_lists);
    RUN(test_lookup_storm);
    RUN(test_late);
    RUN(test_shed);
    RUN(test_evidence);
    RUN(test_evidence_of_content);
    RUN(test_foreign_loop);
    RUN(test_set_hooks);
    RUN(test_random);
    RUN(test_secrets);
    RUN(test_forget);
    RUN(test_alike);
    RUN(test_times_left);
    RUN(test_timers_move);
    RUN(test_waits_too_small);
    RUN(test_odd_requests);
    RUN(test_long_secrets);
    RUN(test_secret_changed);
    RUN(test_odd_hooks);
    RUN(test_strange_answers);
    RUN(test_unbuffered);
    RUN(test_head_room);
    RUN(test_head_parts);
    RUN(test_begins_with_sending);
    RUN(test_wait_fails);
    RUN(test_url_changed);
    RUN(test_defaults);
    RUN(test_slow_hooks);
    RUN(test_forgotten_are_quiet);
    RUN(test_urls);
    RUN(test_url_prefixes);
    RUN(test_own_peer);
    RUN(test_awaits);
    RUN(test_turns);
    RUN(test_ends_at_once);
    RUN(test_first_byte);
    RUN(test_request_timeout);
    RUN(test_late_beside_a_lookup);
    RUN(test_clock_origin);
    RUN(test_headers_changed);
    RUN(test_evidence_of_a_broken_hook);
    RUN(test_lookup_given_up);
    RUN(test_told_and_dropped);
    RUN(test_lookup_loses_its_socket);
    RUN(test_slow_callback);
    RUN(test_timeout_in_a_round);
}

/* Everything twice: with a list of sockets for each wait, and with a set that the platform keeps. */
int main(void) {
    run_all();
    with_set = 1;
    run_all();
    return check_end();
}
