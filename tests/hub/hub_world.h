/* A world for the hub: a clock that only waiting moves, a network that answers as the test says, and all that
   was sent. */
#ifndef HUB_WORLD_H
#define HUB_WORLD_H

#include "../check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUSINESS "biz_1"
#define START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* One request as it came. */
typedef struct seen {
    char host[64], path[64], id[80], event[40], signature[80], standard[80];
    long long timestamp;
    int is_test;
    int64_t at;
    char body[3000];
    size_t body_len;
} seen;
#define MAX_SEEN 4096

/* How the receivers behave. answer_fn, when set, chooses the code for each request; 0: it hangs. */
typedef struct world {
    int64_t now;
    int code; /* of every answer; 0: no answer, ever */
    int (*answer_fn)(const seen *request);
    const char *fields; /* more header lines of the answer */
    const char *content;
    int lookup_fails, random_fails, connect_limit;
    int huge;          /* every answer's content has no end */
    int64_t answer_ms; /* an answer comes so late */
    int64_t clock_set; /* by so much the wall clock was set forward */
    uint8_t address[4];
    uint32_t random;
    uint32_t draw;
    seen *requests;
    size_t count;
    int open;                                /* connections */
    int64_t (*late_fn)(const seen *request); /* when set: how late each answer comes, in place of answer_ms */
    int64_t (*lookup_ms_fn)(
            const char *host); /* when set: how long a lookup takes; one of 1 ms or more then fails */
    long connect_error;        /* connecting fails with it */
    int keeps;                 /* connections stay open behind an answer */
} world;
static world w;
static char world_last[6000]; /* the last request as it came */

typedef struct peer {
    char in[6000], out[800];
    size_t got, out_len, out_at;
    int64_t since, late;
    int closed;
} peer;

static int64_t world_monotonic(void *user) {
    (void)user;
    return w.now - START_MS + 5;
}
static int64_t world_unix(void *user) {
    (void)user;
    return w.now + w.clock_set;
}
static int world_random(void *user, void *out, size_t len) {
    size_t i;
    (void)user;
    if (w.random_fails) return -1;
    for (i = 0; i < len; i++) {
        w.random = w.random * 1664525u + 1013904223u;
        ((uint8_t *)out)[i] = (uint8_t)(w.random >> 24);
    }
    return 0;
}
static int world_lookup(void *user, akolhook_lookup *l) {
    int64_t ms = w.lookup_ms_fn ? w.lookup_ms_fn(l->host) : 0;
    (void)user;
    if (w.lookup_fails) return AKOLHOOK_IO_FAIL;
    if (ms && !l->started) {
        l->state = (void *)(intptr_t)(w.now + ms);
        l->socket = -1;
    }
    if (ms) return w.now < (int64_t)(intptr_t)l->state ? AKOLHOOK_IO_WANT_READ : AKOLHOOK_IO_FAIL;
    l->count = 1;
    l->addrs[0].family = 4;
    memcpy(l->addrs[0].bytes, w.address, 4);
    return 0;
}
static void world_lookup_cancel(void *user, akolhook_lookup *l) {
    (void)user;
    (void)l;
}
static int world_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    static intptr_t next = 100;
    (void)user;
    (void)addr;
    (void)port;
    if (w.connect_limit) return AKOLHOOK_IO_LIMIT;
    if (w.connect_error) *native_error = w.connect_error;
    if (w.connect_error) return AKOLHOOK_IO_FAIL;
    *out = next++;
    return 0;
}
static int world_connected(void *user, intptr_t socket, long *native_error) {
    (void)user;
    (void)socket;
    (void)native_error;
    return 0;
}
static void world_close(void *user, intptr_t socket) {
    (void)user;
    (void)socket;
}
/* Whatever is waited for, time passes: answers that come late come within a second of their time. */
static int world_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    (void)user;
    (void)items;
    (void)native_error;
    w.now += count && (w.answer_ms || w.late_fn) && timeout_ms > 1000 ? 1000 : timeout_ms;
    return 0;
}

static int world_open(akolhook_conn *conn) {
    (void)conn;
    w.open++;
    return 0;
}
static void world_shut(akolhook_conn *conn) {
    (void)conn;
    w.open--;
}

/* The value of a header field, copied; 0 when it is not there. */
static int field_of(const char *head, const char *name, char *out, size_t cap) {
    char key[64];
    const char *at;
    size_t len;
    sprintf(key, "\r\n%s: ", name);
    at = strstr(head, key);
    out[0] = 0;
    if (!at) return 0;
    at += strlen(key);
    len = strcspn(at, "\r");
    if (len >= cap) len = cap - 1;
    memcpy(out, at, len);
    out[len] = 0;
    return 1;
}
static void world_take(peer *p, const char *body, size_t body_len) {
    seen *r = &w.requests[w.count % MAX_SEEN];
    char number[32];
    int code;
    memset(r, 0, sizeof *r);
    sscanf(p->in, "POST %63s", r->path);
    field_of(p->in, "Host", r->host, sizeof r->host);
    field_of(p->in, "webhook-id", r->id, sizeof r->id);
    field_of(p->in, "X-Webhook-Event", r->event, sizeof r->event);
    field_of(p->in, "X-Webhook-Signature", r->signature, sizeof r->signature);
    field_of(p->in, "webhook-signature", r->standard, sizeof r->standard);
    if (field_of(p->in, "webhook-timestamp", number, sizeof number)) r->timestamp = atoll(number);
    r->is_test = field_of(p->in, "X-Webhook-Test", number, sizeof number);
    r->at = w.now;
    r->body_len = body_len < sizeof r->body ? body_len : sizeof r->body - 1;
    memcpy(r->body, body, r->body_len);
    w.count++;
    memcpy(world_last, p->in, sizeof world_last);
    code = w.answer_fn ? w.answer_fn(r) : w.code;
    if (!code) return;
    if (w.huge)
        p->out_len = (size_t)sprintf(p->out, "HTTP/1.1 %d X\r\n\r\n", code);
    else
        p->out_len = (size_t)sprintf(p->out, "HTTP/1.1 %d X\r\n%s%sContent-Length: %u\r\n\r\n%s", code,
                w.keeps ? "" : "Connection: close\r\n", w.fields ? w.fields : "",
                (unsigned)(w.content ? strlen(w.content) : 0), w.content ? w.content : "");
    p->since = w.now;
    p->late = w.late_fn ? w.late_fn(r) : 0;
}
static ptrdiff_t world_send(akolhook_conn *conn, const void *data, size_t len) {
    peer *p = (peer *)conn->memory;
    const char *end;
    char number[32];
    if (w.keeps && p->out_len && p->out_at == p->out_len) p->got = p->out_len = p->out_at = 0; /* the next */
    if (p->got + len >= sizeof p->in) return AKOLHOOK_IO_FAIL;
    memcpy(p->in + p->got, data, len);
    p->got += len;
    p->in[p->got] = 0;
    end = strstr(p->in, "\r\n\r\n");
    if (end && field_of(p->in, "Content-Length", number, sizeof number)) {
        size_t head = (size_t)(end + 4 - p->in), body = (size_t)atol(number);
        if (p->got == head + body) world_take(p, end + 4, body);
    }
    return (ptrdiff_t)len;
}
static ptrdiff_t world_recv(akolhook_conn *conn, void *data, size_t len) {
    peer *p = (peer *)conn->memory;
    size_t left = p->out_len - p->out_at;
    if (!p->out_len || w.now < p->since + (w.late_fn ? p->late : w.answer_ms)) return AKOLHOOK_IO_WANT_READ;
    if (!left && w.huge) memset(data, 'x', len);
    if (!left && w.huge) return (ptrdiff_t)len;
    if (!left) return w.keeps ? AKOLHOOK_IO_WANT_READ : AKOLHOOK_IO_EOF;
    if (len > left) len = left;
    memcpy(data, p->out + p->out_at, len);
    p->out_at += len;
    return (ptrdiff_t)len;
}
static uint32_t world_draw(void *user) {
    (void)user;
    return w.draw;
}

static akolhook_transport world_tls;
static akolhook_platform world_platform;

static void world_start(void) {
    static seen requests[MAX_SEEN];
    static const uint8_t address[4] = {93, 184, 216, 34};
    memset(&w, 0, sizeof w);
    w.requests = requests;
    w.now = START_MS;
    w.code = 200;
    w.random = 1;
    memcpy(w.address, address, 4);
    memset(&world_tls, 0, sizeof world_tls);
    world_tls.conn_size = sizeof(peer);
    world_tls.open_fn = world_open;
    world_tls.send_fn = world_send;
    world_tls.recv_fn = world_recv;
    world_tls.close_fn = world_shut;
    world_tls.flags = AKOLHOOK_TRANSPORT_SECURE;
    memset(&world_platform, 0, sizeof world_platform);
    world_platform.monotonic_ms_fn = world_monotonic;
    world_platform.unix_ms_fn = world_unix;
    world_platform.random_fn = world_random;
    world_platform.lookup_fn = world_lookup;
    world_platform.lookup_cancel_fn = world_lookup_cancel;
    world_platform.connect_fn = world_connect;
    world_platform.connected_fn = world_connected;
    world_platform.close_fn = world_close;
    world_platform.wait_fn = world_wait;
}
/* A desc for a hub in it. */
static void world_desc(akolhook_hub_desc *desc) {
    memset(desc, 0, sizeof *desc);
    desc->client.platform = &world_platform;
    desc->client.tls = &world_tls;
    desc->business_id = akolhook_str_c(BUSINESS);
    desc->draw_fn = world_draw;
}

#endif
