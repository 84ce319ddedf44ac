/* The hub over the store in memory and over the journal, whose file fails, loses what was not synced, and is
   opened again: any calls in any order, receivers that answer anything, a clock that jumps. The counters add
   up after each call; one that fails has changed nothing; a delivery ends once; what a receiver gets is
   signed with the secret of that moment, and each time the same bytes under one message id; a journal that is
   closed and opened says what it said before; after a crash all is there that was accepted; and in the end
   nothing waits. */
#define _POSIX_C_SOURCE 200809L
#include "akolhook_journal.h"
#include "fuzz.h"

#include <string.h>

enum { HOOKS = 3, FILE_CAP = 1 << 20, SNAP_CAP = 1 << 16, LABELS = 4096, SENT = 64, ENDED = 512 };
#define START_MS INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

/* What is known of a webhook from the answers of the hub. */
typedef struct known {
    int exists;
    char id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_HUB_SECRET_SIZE];
    akolhook_events events;
} known;

static struct world {
    source s;
    int64_t now, set_forward; /* ms; the wall clock was set forward by so much */
    uint32_t lcg;
    int waits; /* of one poll */
    int open;  /* connections */
    known hooks[HOOKS];
    uint64_t emitted, delivered, failed; /* by answers and notices */
    uint64_t expired;                    /* tests among them: the notice does not tell them apart */
    int unsure,
            lost; /* a call was refused that may be in the file all the same; and then there was a crash */
    uint64_t ended[ENDED]; /* numbers of deliveries that ended */
    size_t ended_count;
    struct {
        char key[2 * AKOLHOOK_ID_SIZE];
        uint8_t digest[32];
    } sent[SENT];
    size_t sent_count;
} w;

static uint32_t draw(void *user) {
    (void)user;
    return w.lcg = w.lcg * 1664525u + 1013904223u;
}
static int random_bytes(void *user, void *out, size_t len) {
    size_t i;
    for (i = 0; i < len; i++) ((uint8_t *)out)[i] = (uint8_t)(draw(user) >> 24);
    return 0;
}
static int64_t monotonic(void *user) {
    (void)user;
    return w.now;
}
static int64_t wall(void *user) {
    (void)user;
    return START_MS + w.now + w.set_forward;
}

/* ---- a file of which sync alone makes anything durable ---- */

static struct file {
    char *data, *next;
    size_t len, durable, next_len, next_durable;
    int is_rewriting;
    unsigned good, bad; /* calls that go well, then such that fail */
} disk;

static int disk_fails(void) {
    if (disk.good) {
        disk.good--;
        return 0;
    }
    if (!disk.bad) return 0;
    disk.bad--;
    return 28;
}
static int disk_read(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    (void)user;
    *got = at >= disk.len ? 0 : disk.len - at < len ? disk.len - (size_t)at : len;
    if (*got) memcpy(data, disk.data + at, *got);
    return 0;
}
static int disk_append(void *user, const void *data, size_t len) {
    size_t *at = disk.is_rewriting ? &disk.next_len : &disk.len;
    int error = disk_fails();
    (void)user;
    if (error) len /= 2;
    FUZZ_CHECK(len <= FILE_CAP - *at);
    memcpy((disk.is_rewriting ? disk.next : disk.data) + *at, data, len);
    *at += len;
    return error;
}
static int disk_sync(void *user) {
    (void)user;
    if (disk_fails()) return 5;
    if (disk.is_rewriting)
        disk.next_durable = disk.next_len;
    else
        disk.durable = disk.len;
    return 0;
}
static int disk_begin(void *user) {
    (void)user;
    if (disk_fails()) return 24;
    disk.is_rewriting = 1;
    disk.next_len = disk.next_durable = 0;
    return 0;
}
static int disk_commit(void *user) {
    char *old = disk.data;
    (void)user;
    FUZZ_CHECK(disk.is_rewriting && disk.next_durable == disk.next_len);
    if (disk_fails()) return 5;
    disk.data = disk.next;
    disk.next = old;
    disk.len = disk.durable = disk.next_len;
    disk.is_rewriting = 0;
    return 0;
}
static void disk_abort(void *user) {
    (void)user;
    disk.is_rewriting = 0;
}
static const akolhook_journal_file hooks = {
        NULL, disk_read, disk_append, disk_sync, disk_begin, disk_commit, disk_abort, NULL};

/* ---- the receivers ---- */

typedef struct peer {
    char in[2600], out[200];
    size_t got, out_len, out_at;
} peer;

static int lookup(void *user, akolhook_lookup *l) {
    unsigned b = take(&w.s);
    (void)user;
    if (b == 255) return AKOLHOOK_IO_FAIL;
    l->count = 1;
    l->addrs[0].family = 4;
    memcpy(l->addrs[0].bytes, b == 254 ? "\x0a\0\0\1" : "\x5d\xb8\xd8\x22", 4);
    return 0;
}
static void lookup_cancel(void *user, akolhook_lookup *l) { (void)user, (void)l; }
static int start_connect(
        void *user, const akolhook_addr *addr, uint16_t port, intptr_t *out, long *native_error) {
    unsigned b = take(&w.s);
    (void)user, (void)addr, (void)port;
    *native_error = 111;
    if (b >= 250) return b == 255 ? AKOLHOOK_IO_LIMIT : AKOLHOOK_IO_FAIL;
    *out = 5;
    return 0;
}
static int connected(void *user, intptr_t fd, long *native_error) {
    (void)user, (void)fd, (void)native_error;
    return 0;
}
static void close_socket(void *user, intptr_t fd) { (void)user, (void)fd; }
static int wait_list(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    (void)user, (void)items, (void)count, (void)native_error;
    FUZZ_CHECK(timeout_ms >= 0 && ++w.waits < 100000);
    w.now += timeout_ms;
    return 0;
}

static int conn_open(akolhook_conn *conn) {
    (void)conn;
    w.open++;
    return 0;
}
static void conn_close(akolhook_conn *conn) {
    (void)conn;
    w.open--;
}

static akolhook_str field_of(const peer *p, const char *name) {
    char key[64];
    const char *at;
    snprintf(key, sizeof key, "\r\n%s: ", name);
    at = strstr(p->in, key);
    if (!at) return akolhook_str_n(NULL, 0);
    at += strlen(key);
    return akolhook_str_n(at, strcspn(at, "\r"));
}

/* The same webhook gets the same bytes under one message id, whatever was set meanwhile. */
static void check_same(akolhook_str id, const known *k, akolhook_str body) {
    char key[2 * AKOLHOOK_ID_SIZE] = "";
    uint8_t digest[32];
    akolhook_sha256 h;
    size_t i;

    FUZZ_CHECK(id.len == AKOLHOOK_ID_SIZE - 1);
    memcpy(key, id.ptr, id.len);
    strcat(key, k->id);
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, body.ptr, body.len);
    akolhook_sha256_final(&h, digest);
    for (i = 0; i < w.sent_count; i++)
        if (strcmp(w.sent[i].key, key) == 0) {
            FUZZ_CHECK(memcmp(w.sent[i].digest, digest, 32) == 0);
            return;
        }
    if (w.sent_count == SENT) return;
    strcpy(w.sent[w.sent_count].key, key);
    memcpy(w.sent[w.sent_count++].digest, digest, 32);
}

static void check_request(const peer *p, akolhook_str body) {
    akolhook_str mac = field_of(p, "X-Webhook-Signature"), id = field_of(p, "webhook-id");
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    size_t i;

    receiver.max_age_s = AKOLHOOK_AGE_ANY;
    receiver.flags = AKOLHOOK_CLOCK_NONE;
    for (i = 0; i < HOOKS; i++)
        if (w.hooks[i].exists) FUZZ_CHECK(akolhook_receiver_add_secret(&receiver, w.hooks[i].secret) == 0);
    FUZZ_CHECK(akolhook_incoming_header(&in, "X-Webhook-Signature", 19, mac.ptr, mac.len) == AKOLHOOK_OK);
    FUZZ_CHECK(akolhook_receive(&receiver, &in, body.ptr, body.len, 0, &msg) == AKOLHOOK_OK);
    FUZZ_CHECK(akolhook_str_is(field_of(p, "X-Webhook-Event"), akolhook_event_name(msg.event)));
    for (i = 0; i < HOOKS; i++)
        if (w.hooks[i].exists && akolhook_str_is(msg.webhook_id.str, w.hooks[i].id)) break;
    FUZZ_CHECK(i < HOOKS);
    if (id.len) check_same(id, &w.hooks[i], body);
}

static void answer(peer *p) {
    static const char *const fields[] = {"", "Retry-After: 70\r\n", "Connection: close\r\n"};
    static const int codes[] = {200, 500, 410, 429, 404, 204, 301, 503};
    unsigned b = take(&w.s);

    int code = b < 80 ? 200 : codes[b % 8];

    if (b >= 100 && b < 130) return; /* it hangs */
    p->out_len = (size_t)snprintf(p->out, sizeof p->out, "HTTP/1.1 %d X\r\n%s%s\r\n%s", code, fields[b % 3],
            code == 204 ? "" : "Content-Length: 3\r\n", code == 204 ? "" : "yes");
}
static ptrdiff_t conn_send(akolhook_conn *conn, const void *data, size_t len) {
    peer *p = (peer *)conn->memory;
    const char *end;
    akolhook_str number;
    size_t head, body;

    if (p->out_len && p->out_at == p->out_len) p->got = p->out_len = p->out_at = 0; /* the next */
    FUZZ_CHECK(len < sizeof p->in - p->got);
    memcpy(p->in + p->got, data, len);
    p->in[p->got += len] = 0;
    end = strstr(p->in, "\r\n\r\n");
    number = field_of(p, "Content-Length");
    if (!end || !number.len) return (ptrdiff_t)len;
    head = (size_t)(end + 4 - p->in);
    body = (size_t)atol(number.ptr);
    if (p->got != head + body) return (ptrdiff_t)len;
    if (!w.lost) check_request(p, akolhook_str_n(p->in + head, body));
    answer(p);
    return (ptrdiff_t)len;
}
static ptrdiff_t conn_recv(akolhook_conn *conn, void *data, size_t len) {
    peer *p = (peer *)conn->memory;
    size_t left = p->out_len - p->out_at;
    if (!left) return AKOLHOOK_IO_WANT_READ;
    if (len > left) len = left;
    memcpy(data, p->out + p->out_at, len);
    p->out_at += len;
    return (ptrdiff_t)len;
}

/* ---- hub and store ---- */

static akolhook_transport tls;
static akolhook_platform platform;
static akolhook_hub_desc desc;
static akolhook_journal_desc journal_desc;
static akolhook_journal journal;
static akolhook_store store;
static akolhook_hub *hub;
static uint8_t *hub_memory, *store_memory;
static int with_journal, with_faults;

static void on_notice(void *user, const akolhook_notice *notice) {
    const akolhook_log_row *row = notice->row;
    size_t i;

    (void)user;
    if (notice->kind != AKOLHOOK_NOTICE_SUCCEEDED && notice->kind != AKOLHOOK_NOTICE_FAILED) return;
    if (row->status == AKOLHOOK_DELIVERY_EXPIRED) w.expired += notice->failures;
    if (row->is_test || row->status == AKOLHOOK_DELIVERY_EXPIRED) return;
    if (notice->kind == AKOLHOOK_NOTICE_SUCCEEDED)
        w.delivered++;
    else
        w.failed++;
    for (i = 0; i < w.ended_count; i++) FUZZ_CHECK(w.ended[i] != row->number);
    if (w.ended_count < ENDED) w.ended[w.ended_count++] = row->number;
}

/* The file may fail from now on, or not: what was asked for, not that it happened. */
static int may_fail(void) { return with_journal && with_faults; }

static akolhook_status open_store(void) {
    akolhook_status status;
    size_t size =
            with_journal ? akolhook_journal_size(&journal_desc) : akolhook_memory_size(&journal_desc.memory);

    if (!size) return AKOLHOOK_INVALID_ARGUMENT;
    store_memory = (uint8_t *)malloc(size);
    status = with_journal ? akolhook_journal_open(&journal, &store, store_memory, size, &journal_desc)
                          : akolhook_memory_init(&store, store_memory, size, &journal_desc.memory);
    if (status != AKOLHOOK_OK) {
        free(store_memory);
        store_memory = NULL;
    }
    return status;
}
static akolhook_status open_hub(void) {
    size_t size = akolhook_hub_size(&desc);
    akolhook_status status;

    FUZZ_CHECK(size);
    hub_memory = (uint8_t *)malloc(size);
    status = akolhook_hub_init(&hub, hub_memory, size, &desc);
    if (status != AKOLHOOK_OK) {
        free(hub_memory);
        hub_memory = NULL;
    }
    return status;
}

/* ---- what the store says, in one run of bytes ---- */

typedef struct snap {
    uint8_t data[SNAP_CAP];
    size_t len, room_at; /* from there on: what is kept for redelivery alone */
    struct {
        const char *what;
        size_t at;
    } labels[LABELS];
    size_t count;
} snap;
static snap before, after;

static void put(snap *s, const char *what, const void *data, size_t len) {
    FUZZ_CHECK(s->len + len <= SNAP_CAP && s->count < LABELS);
    s->labels[s->count].what = what;
    s->labels[s->count++].at = s->len;
    if (len) memcpy(s->data + s->len, data, len);
    s->len += len;
}
static void put_str(snap *s, const char *what, akolhook_str str) {
    put(s, what, &str.len, sizeof str.len);
    put(s, what, str.ptr, str.len);
}
#define PUT(from, member) put(s, #member, &(from).member, sizeof(from).member)

static void put_hook(snap *s, const akolhook_store_webhook *k, int times) {
    const akolhook_store_health *h = &k->health;

    put(s, "id", k->id, strlen(k->id));
    put_str(s, "name", k->name);
    put_str(s, "url", k->url);
    put_str(s, "headers", k->headers);
    PUT(*k, events), PUT(*k, is_active), PUT(*k, created_at_ms), PUT(*k, origin), PUT(*k, rate);
    PUT(*k, deadline_ms), PUT(*k, number), PUT(*k, updated_at_ms), PUT(*k, inactive_at_ms);
    PUT(*k, inactive_by), PUT(*k, last_triggered_at_ms), PUT(*k, queued);
    PUT(*h, cls), PUT(*h, is_warned), PUT(*h, code), PUT(*h, reason), PUT(*h, failures), PUT(*h, counted);
    PUT(*h, misses), PUT(*h, estimate_ms), PUT(*h, sick_at_ms), PUT(*h, failing_since);
    PUT(*h, counted_since), PUT(*h, sick_since), PUT(*h, missed_at), PUT(*h, backoff_until);
    PUT(*h, retry_until);
    if (times) PUT(*k, in_flight), PUT(*k, oldest_ms), PUT(*k, next_ms);
}
static void put_log(snap *s) {
    static akolhook_log_row rows[HOOKS * 8];
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count, i;
    uint64_t next, last = UINT64_MAX;

    FUZZ_CHECK(store.log_fn(store.user, &query, rows, HOOKS * 8, &count, &next) == AKOLHOOK_OK && !next);
    for (i = 0; i < count; i++) {
        const akolhook_log_row *r = &rows[i];
        FUZZ_CHECK(r->cursor < last);
        last = r->cursor;
        put(s, "message_id", r->message_id, strlen(r->message_id));
        put(s, "webhook_id", r->webhook_id, strlen(r->webhook_id));
        PUT(*r, event), PUT(*r, at_ms), PUT(*r, attempt), PUT(*r, state), PUT(*r, retry_ms), PUT(*r, code);
        PUT(*r, success), PUT(*r, is_test), PUT(*r, status), PUT(*r, phase), PUT(*r, native_error);
        PUT(*r, ms), PUT(*r, number), PUT(*r, cursor);
    }
}
static size_t put_waiting(snap *s, int times) {
    static akolhook_store_delivery list[40];
    size_t count, i;

    FUZZ_CHECK(store.waiting_fn(store.user, NULL, 0, list, 40, &count) == AKOLHOOK_OK && count < 40);
    for (i = 0; i < count; i++) {
        akolhook_store_delivery *d = &list[i];
        FUZZ_CHECK(d->state == AKOLHOOK_DELIVERY_WAITING && (!i || d->number > list[i - 1].number));
        put(s, "message_id", d->message_id, strlen(d->message_id));
        put(s, "webhook_id", d->webhook_id, strlen(d->webhook_id));
        PUT(*d, number), PUT(*d, event), PUT(*d, attempt), PUT(*d, is_test), PUT(*d, has_body);
        if (times) PUT(*d, age_ms), PUT(*d, due_ms), PUT(*d, in_flight);
        FUZZ_CHECK(store.delivery_fn(store.user, d->number, d) == AKOLHOOK_OK);
        put_str(s, "head", d->head);
        put_str(s, "tail", d->tail);
    }
    return count;
}

static void check_stats(const akolhook_stats *s) {
    FUZZ_CHECK(s->emitted == s->delivered + s->failed + s->cancelled + s->dropped + s->waiting);
    FUZZ_CHECK(s->attempts_failed <= s->attempts && s->tests_failed <= s->tests);
}

/* All that the store says; that its numbers agree with each other is seen on the way. */
static void look(snap *s, int times) {
    akolhook_store_webhook list[HOOKS];
    akolhook_stats one, all, sum;
    akolhook_gauges gauges;
    akolhook_str note = {NULL, 0};
    size_t count, i, waiting;
    uint64_t queued = 0;

    s->len = s->count = 0;
    memset(&sum, 0, sizeof sum);
    FUZZ_CHECK(store.webhook_list_fn(store.user, 0, 0, list, HOOKS, &count) == AKOLHOOK_OK && count <= HOOKS);
    for (i = 0; i < count; i++) {
        put_hook(s, &list[i], times);
        queued += list[i].queued;
        memset(&one, 0, sizeof one);
        FUZZ_CHECK(store.stats_fn(store.user, list[i].id, &one) == AKOLHOOK_OK);
        check_stats(&one);
        put(s, "stats", &one, sizeof one);
        sum.emitted += one.emitted, sum.waiting += one.waiting, sum.delivered += one.delivered;
    }
    memset(&all, 0, sizeof all);
    FUZZ_CHECK(store.stats_fn(store.user, NULL, &all) == AKOLHOOK_OK);
    check_stats(&all);
    put(s, "all", &all, sizeof all);
    FUZZ_CHECK(sum.emitted <= all.emitted && sum.delivered <= all.delivered && sum.waiting == all.waiting);
    FUZZ_CHECK(all.emitted == w.emitted && all.delivered == w.delivered);
    FUZZ_CHECK(all.failed >= w.failed && all.failed <= w.failed + w.expired);

    waiting = put_waiting(s, times);
    FUZZ_CHECK(store.gauges_fn(store.user, &gauges) == AKOLHOOK_OK);
    FUZZ_CHECK(gauges.webhooks == count && gauges.failing <= count && queued == waiting);
    FUZZ_CHECK(all.waiting <= waiting && waiting <= gauges.waiting && gauges.in_flight <= gauges.waiting);
    /* what was in flight when its webhook was deleted has a place until it is settled */
    FUZZ_CHECK(gauges.waiting - waiting <= gauges.in_flight);
    PUT(gauges, keys), PUT(gauges, failing);
    put_log(s);
    FUZZ_CHECK(store.note_fn(store.user, &note) == AKOLHOOK_OK);
    put_str(s, "note", note);
    s->room_at = s->len;
    PUT(gauges, events);
    if (times) PUT(gauges, bytes); /* blocks of the pool, which may be cut otherwise when it is filled anew */
}

/* with_room: also what is kept for redelivery, which is there until its room is needed. */
static void check_equal(int with_room) {
    size_t len = with_room ? before.len : before.room_at, i, at;

    if ((with_room ? after.len : after.room_at) == len && memcmp(before.data, after.data, len) == 0) return;
    for (at = 0; at < len && before.data[at] == after.data[at];) at++;
    for (i = 0; i + 1 < before.count && before.labels[i + 1].at <= at;) i++;
    fprintf(stderr, "%zu and %zu bytes, another at %zu: %s\n", before.len, after.len, at,
            before.labels[i].what);
    FUZZ_CHECK(!"the same");
}

/* Behind a call: unless OK nothing has changed. */
static int done(akolhook_status status) {
    if (status == AKOLHOOK_STORE_FAILED) FUZZ_CHECK(may_fail());
    if (status == AKOLHOOK_STORE_FAILED) w.unsure = 1;
    FUZZ_CHECK(status != AKOLHOOK_INVALID_ARGUMENT && status != AKOLHOOK_WRONG_ORDER);
    look(&after, 1);
    if (status != AKOLHOOK_OK) check_equal(status != AKOLHOOK_STORE_FAILED);
    return status == AKOLHOOK_OK;
}

/* ---- the calls ---- */

static known *a_hook(void) { return &w.hooks[take(&w.s) % HOOKS]; }
static const char *id_of(const known *k) { return k->exists ? k->id : "whk_000000000000000000000000"; }

static void wanted_of(akolhook_wanted *wanted, int is_new) {
    static const char *const urls[] = {"https://a.example.com/x", "https://b.example.com/y?token=1",
            "https://b.example.com:8443/z", "https://c.example.com/"};
    static const akolhook_header header = {{"X-A", 3}, {"value", 5}};
    unsigned how = take(&w.s), which = take(&w.s);

    memset(wanted, 0, sizeof *wanted);
    if (is_new || which & 1) wanted->name = akolhook_str_c(how & 1 ? "one" : "another name");
    if (is_new || which & 2) wanted->url = akolhook_str_c(urls[how / 2 % 4]);
    if (is_new || which & 4)
        wanted->events = how & 8 ? AKOLHOOK_EVENTS_ALL : (akolhook_events)1 << (1 + how / 16);
    if (which & 8) wanted->rate = which & 16 ? AKOLHOOK_LIMIT_NONE : 1 + how % 3;
    if (which & 32) wanted->deadline_ms = 1000 + how;
    wanted->headers = which & 64 ? &header : NULL;
    wanted->header_count = which & 64 ? 1 : 0;
    if (is_new && which & 128) wanted->secret = akolhook_str_c("a secret of my own");
    if (!is_new && which & 128)
        wanted->activity = how & 64 ? AKOLHOOK_ACTIVITY_ACTIVE : AKOLHOOK_ACTIVITY_INACTIVE;
}

static void create(void) {
    akolhook_wanted wanted;
    akolhook_webhook made;
    akolhook_status status;
    size_t i = 0;

    wanted_of(&wanted, 1);
    status = akolhook_hub_create_webhook(hub, &wanted, &made);
    if (!done(status)) return;
    while (i < HOOKS && w.hooks[i].exists) i++;
    FUZZ_CHECK(i < HOOKS);
    w.hooks[i].exists = 1;
    w.hooks[i].events = wanted.events;
    strcpy(w.hooks[i].id, made.id);
    strcpy(w.hooks[i].secret, made.secret);
}
static void update(void) {
    akolhook_wanted wanted;
    known *k = a_hook();

    wanted_of(&wanted, 0);
    if (done(akolhook_hub_update_webhook(hub, id_of(k), &wanted)) && wanted.events) k->events = wanted.events;
}
static void rotate(void) {
    known *k = a_hook();
    char secret[AKOLHOOK_SECRET_SIZE];
    if (done(akolhook_hub_rotate_secret(hub, id_of(k), secret))) strcpy(k->secret, secret);
}
static void set_active(void) {
    known *k = a_hook();
    (void)done(akolhook_hub_set_active(hub, id_of(k), take(&w.s) & 1));
}
static void delete_one(void) {
    known *k = a_hook();
    if (done(akolhook_hub_delete_webhook(hub, id_of(k)))) k->exists = 0;
}

static void emit(void) {
    static const char *const keys[] = {NULL, NULL, "k1", "k2", "k3", "k4"};
    static const char *const data[] = {"{}", "{\"a\":1}", "{\"text\":\"012345678901234567890123456789\"}"};
    akolhook_hub_event events[3];
    akolhook_hub_emitted emitted[3];
    size_t count = 1 + take(&w.s) % 3, i;
    akolhook_status status;

    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        unsigned b = take(&w.s);
        events[i].event = (akolhook_event)(1 + b % AKOLHOOK_EVENT_LAST);
        events[i].data = akolhook_str_c(data[b / 16 % 3]);
        events[i].idempotency_key = akolhook_str_c(keys[take(&w.s) % 6]);
    }
    status = akolhook_hub_emit_many(hub, events, count, emitted);
    for (i = 0; status == AKOLHOOK_OK && i < count; i++)
        w.emitted += emitted[i].deliveries + emitted[i].dropped;
    if (status != AKOLHOOK_POOL_FULL || count == 1) {
        (void)done(status);
    } else { /* the first may have had room, and the second none */
        look(&after, 1);
        check_equal(0);
    }
}

/* A delivery's id: one that waits, or one of the log. */
static int a_delivery(char id[AKOLHOOK_ID_SIZE]) {
    static akolhook_hub_delivery waiting[40];
    static akolhook_log_row rows[HOOKS * 8];
    akolhook_log_query query = AKOLHOOK_INIT;
    unsigned b = take(&w.s);
    size_t count;

    strcpy(id, "dlv_000000000000000000000000");
    if (b & 1) {
        FUZZ_CHECK(akolhook_hub_list_waiting(hub, NULL, 0, waiting, 40, &count) == AKOLHOOK_OK);
        if (count) strcpy(id, waiting[b / 2 % count].id);
    } else {
        FUZZ_CHECK(akolhook_hub_log(hub, &query, rows, HOOKS * 8, &count) == AKOLHOOK_OK);
        if (count) strcpy(id, rows[b / 2 % count].delivery_id);
    }
    return count != 0;
}
static void on_delivery(unsigned what) {
    char id[AKOLHOOK_ID_SIZE];
    akolhook_hub_delivery delivery;
    akolhook_status status;
    int is_one = a_delivery(id);

    status = akolhook_hub_get_delivery(hub, id, &delivery);
    FUZZ_CHECK((status == AKOLHOOK_OK) == is_one);
    if (what == 0) status = akolhook_hub_redeliver(hub, id);
    if (what == 1) status = akolhook_hub_send_now(hub, id);
    if (what == 2) status = akolhook_hub_cancel(hub, id);
    if (what == 0 && status == AKOLHOOK_OK && !delivery.is_test) w.emitted++;
    (void)done(status);
}
static void redeliver_failed(void) {
    known *k = a_hook();
    uint32_t count = 0;
    akolhook_status status = akolhook_hub_redeliver_failed(hub, id_of(k), 0, &count);

    if (status == AKOLHOOK_OK) w.emitted += count;
    (void)done(status);
}
static void test_one(void) {
    known *k = a_hook();
    char ids[AKOLHOOK_EVENT_LAST][AKOLHOOK_ID_SIZE];
    size_t count = 0;
    akolhook_status status = akolhook_hub_test_ids(hub, id_of(k), ids, AKOLHOOK_EVENT_LAST, &count);

    FUZZ_CHECK(status != AKOLHOOK_OK || count > 0);
    if (status == AKOLHOOK_STORE_FAILED) w.unsure = 1;
    (void)done(count ? AKOLHOOK_OK : status); /* those before the one that was refused are accepted */
}

static void poll_hub(unsigned b) {
    static const int times[] = {0, 0, 10, 1000, 30000, 600000, 36000000, 0};
    size_t left;
    akolhook_status status;

    w.waits = 0;
    status = akolhook_hub_poll(hub, times[b % 8], &left);
    FUZZ_CHECK(status == AKOLHOOK_OK || (status == AKOLHOOK_STORE_FAILED && may_fail()));
    w.now++;
    look(&after, 1);
}

/* Pages of any filter, joined, are the rows that it gives at once. */
static void check_pages(void) {
    static akolhook_log_row all[HOOKS * 8], page[HOOKS * 8];
    akolhook_log_query query = AKOLHOOK_INIT;
    unsigned b = take(&w.s);
    size_t count, got, i, at = 0;
    uint64_t next;

    query.only_failed = b & 1, query.only_tests = b >> 1 & 1;
    query.state = (akolhook_delivery_state)((b >> 2) % 6);
    if (b & 32) query.webhook_id = akolhook_str_c(id_of(a_hook()));
    if (akolhook_hub_log(hub, &query, all, HOOKS * 8, &count) != AKOLHOOK_OK) return;
    do {
        FUZZ_CHECK(akolhook_hub_log_page(hub, &query, page, 1 + b / 64, &got, &next) == AKOLHOOK_OK);
        for (i = 0; i < got; i++) FUZZ_CHECK(at < count && page[i].cursor == all[at++].cursor);
        query.cursor = next;
    } while (next);
    FUZZ_CHECK(at == count);
}

/* ---- again ---- */

static void close_all(void) {
    akolhook_hub_close(hub);
    FUZZ_CHECK(w.open == 0);
    free(hub_memory);
}

/* Closed, over a file that works, and opened: the same. */
static void reopen(void) {
    close_all();
    disk.good = disk.bad = 0;
    look(&before, 0);
    akolhook_journal_close(&journal);
    free(store_memory);
    FUZZ_CHECK(open_store() == AKOLHOOK_OK);
    look(&after, 0);
    check_equal(1);
    FUZZ_CHECK(open_hub() == AKOLHOOK_OK);
    w.unsure = 0;
}

/* The power fails: some of what was not synced is left. What was accepted is there; what was sent may be
   sent again. Where a call was refused before, its change may be there as well: no more is asked for then but
   that the rest goes its way. */
static void crash(void) {
    akolhook_store_webhook list[HOOKS];
    akolhook_stats all;
    size_t count, i, k, kept = (size_t)take(&w.s) * 8;

    free(hub_memory);
    free(store_memory);
    w.open = 0;
    if (kept > disk.len - disk.durable) kept = disk.len - disk.durable;
    disk.len = disk.durable += kept;
    disk.is_rewriting = 0;
    disk.good = disk.bad = 0;
    FUZZ_CHECK(open_store() == AKOLHOOK_OK);

    FUZZ_CHECK(store.stats_fn(store.user, NULL, &all) == AKOLHOOK_OK);
    FUZZ_CHECK(w.unsure || (all.emitted == w.emitted && all.delivered <= w.delivered &&
                                   all.failed <= w.failed + w.expired));
    w.emitted = all.emitted, w.delivered = all.delivered, w.failed = all.failed, w.expired = 0;
    w.ended_count = 0;
    FUZZ_CHECK(store.webhook_list_fn(store.user, 0, 0, list, HOOKS, &count) == AKOLHOOK_OK);
    for (k = 0; k < HOOKS && !w.unsure; k++) {
        for (i = 0; i < count && strcmp(list[i].id, w.hooks[k].id) != 0;) i++;
        FUZZ_CHECK(w.hooks[k].exists == (i < count));
        FUZZ_CHECK(!w.hooks[k].exists || w.hooks[k].events == list[i].events);
    }
    look(&after, 0);
    FUZZ_CHECK(open_hub() == AKOLHOOK_OK);
    w.lost = w.unsure;
    if (w.lost) w.s.p = w.s.end;
}

static void jump(void) {
    unsigned b = take(&w.s);
    static const int64_t spans[] = {1000, 61000, 3600000, 86400000};

    if (b & 1)
        w.now += spans[b / 2 % 4];
    else
        w.set_forward += (b & 64 ? -1 : 1) * spans[b / 2 % 4];
}

static void act(void) {
    unsigned b = take(&w.s);
    int more;

    look(&before, 1);
    switch (b % 32) {
    case 0:
    case 1: create(); break;
    case 2: update(); break;
    case 3: rotate(); break;
    case 4: set_active(); break;
    case 5: delete_one(); break;
    case 6:
    case 7:
    case 8:
    case 9: emit(); break;
    case 10: test_one(); break;
    case 11:
    case 12:
    case 13: on_delivery(b % 32 - 11); break;
    case 14: redeliver_failed(); break;
    case 15: jump(); break;
    case 16: (void)done(akolhook_hub_purge(hub, take(&w.s) * INT64_C(60000), &more)); break;
    case 17: (void)done(akolhook_hub_set_note(hub, akolhook_str_n("a note", take(&w.s) % 7))); break;
    case 18: check_pages(); break;
    case 19: akolhook_hub_drain(hub, take(&w.s) & 1); break;
    case 20:
        if (with_journal) reopen();
        break;
    case 21:
        if (may_fail() && !w.unsure) crash();
        break;
    case 22:
    case 23:
        disk.good = take(&w.s) % 8;
        disk.bad = may_fail() ? take(&w.s) % 8 : 0;
        break;
    default: poll_hub(take(&w.s)); break;
    }
}

/* Nothing waits for ever. */
static void finish(void) {
    akolhook_stats all;
    akolhook_gauges gauges;
    int64_t due = 0;
    size_t left;
    int rounds;

    disk.good = disk.bad = 0;
    akolhook_hub_drain(hub, 0);
    gauges.unsaved = 1;
    for (rounds = 0; due >= 0 || gauges.unsaved; rounds++) {
        w.waits = 0;
        FUZZ_CHECK(rounds < 5000 && akolhook_hub_poll(hub, 3600000, &left) == AKOLHOOK_OK);
        FUZZ_CHECK(akolhook_hub_next_due(hub, &due) == AKOLHOOK_OK);
        FUZZ_CHECK(akolhook_hub_gauges(hub, &gauges) == AKOLHOOK_OK);
        if (left && due < 0) due = 0;
        w.now += due < 0 ? 10000 : 1; /* what the file refused is written again after a while */
    }
    look(&after, 1);
    FUZZ_CHECK(akolhook_hub_stats(hub, NULL, &all) == AKOLHOOK_OK && all.waiting == 0 && gauges.waiting == 0);
    if (with_journal) reopen();
    close_all();
    if (with_journal) akolhook_journal_close(&journal);
    free(store_memory);
}

static void set_up(unsigned how, unsigned more, unsigned sizes) {
    akolhook_memory_desc *m = &journal_desc.memory;

    memset(&desc, 0, sizeof desc);
    memset(&journal_desc, 0, sizeof journal_desc);
    with_journal = how & 1;
    with_faults = how >> 1 & 1;
    m->max_webhooks = 1 + how / 4 % HOOKS;
    m->max_pending = 2 * m->max_webhooks + how / 16 * 2;
    m->log_rows = 1 + sizes % 8;
    m->log_bytes = 64 + sizes;
    m->pool_bytes = 1500 + sizes * 40;
    m->max_keys = 1 + sizes / 8 % 4;
    m->now_ms_fn = monotonic;
    journal_desc.unix_ms_fn = wall;
    journal_desc.file = &hooks;
    journal_desc.rewrite_bytes = more & 1 ? 1 : more & 2 ? 3000 : 0;

    desc.client.platform = &platform;
    desc.client.tls = &tls;
    desc.client.max_in_flight = 1 + more / 4 % 4;
    desc.client.response_cap = 64;
    desc.business_id = akolhook_str_c("biz_1");
    desc.store = &store;
    desc.max_webhooks = m->max_webhooks;
    desc.max_attempts = more & 16 ? 1 + sizes % 3 : 0;
    desc.max_queue = more & 32 ? 1 + sizes % 4 : 0;
    desc.max_rate = more & 64 ? 1 : 0;
    desc.keep_hours = more & 128 ? 1 : 0;
    desc.draw_fn = draw;
    desc.notice_fn = on_notice;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    disk.data = (char *)malloc(FILE_CAP);
    disk.next = (char *)malloc(FILE_CAP);
    tls.conn_size = sizeof(peer);
    tls.open_fn = conn_open;
    tls.send_fn = conn_send;
    tls.recv_fn = conn_recv;
    tls.close_fn = conn_close;
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
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    if (len < 4 || len > 1024) return 0;
    memset(&w, 0, sizeof w);
    w.now = 5;
    w.lcg = 1;
    w.s.p = data + 3;
    w.s.end = data + len;
    disk.len = disk.durable = 0;
    disk.is_rewriting = 0;
    disk.good = disk.bad = 0;
    set_up(data[0], data[1], data[2]);
    if (open_store() != AKOLHOOK_OK) return 0;
    if (open_hub() != AKOLHOOK_OK) {
        if (with_journal) akolhook_journal_close(&journal);
        free(store_memory);
        return 0;
    }
    while (w.s.p < w.s.end) act();
    finish();
    return 0;
}
