/* What a hub must do over any store: run by test_hub.c over the store in memory, and by the tests of other
   stores. The including file gives suite_store_open (puts its store into desc, or leaves it to the one in
   memory) and suite_store_close. */
#ifndef HUB_SUITE_H
#define HUB_SUITE_H

#include "hub_hooks.h"
#include "hub_world.h"

#ifndef SUITE_STEP
#define SUITE_STEP 1 /* of the calls that suite_crash lets fail; a slow store leaves some out */
#endif
#ifndef SUITE_LAST
#define SUITE_LAST 100 /* further turns of a hub when its time has come; a slow store takes fewer */
#endif
#ifndef SUITE_DAYS
#define SUITE_DAYS 365 /* of retries in suite_year; a slow store sets fewer */
#endif

static int suite_keeps; /* the store must outlive a hub: none of the hub's own */
static void suite_store_open(akolhook_hub_desc *desc);
static void suite_store_close(void);

#ifndef SUITE_MEMORY
#define SUITE_MEMORY (6 * 1024 * 1024)
#endif
static unsigned char suite_memory[SUITE_MEMORY];
static akolhook_hub_desc desc;
static akolhook_hub *hub;

/* Notices as letters, in their order: A attempted, S succeeded, F failed, R recovered, W warned, I set
   inactive, D dropped, U unsaved. */
static char told[4096];
static size_t told_len;
static uint32_t told_failures;
static void tell(void *user, const akolhook_notice *n) {
    (void)user;
    if (told_len + 1 < sizeof told) told[told_len++] = "?ASFRWIDU"[n->kind];
    told[told_len] = 0;
    told_failures = n->failures;
    CHECK(n->kind == AKOLHOOK_NOTICE_UNSAVED ? !n->row : n->row && n->row->delivery_id[0] == 'd');
}

static void suite_begin(void) {
    world_start();
    world_desc(&desc);
    desc.client.max_in_flight = 8;
    desc.memory.max_webhooks = 40;
    desc.memory.max_pending = 400;
    desc.memory.pool_bytes = 262144;
    desc.notice_fn = tell;
    told_len = 0;
    told[0] = 0;
}
static void suite_open(void) {
    suite_store_open(&desc);
    CHECK(akolhook_hub_size(&desc) <= sizeof suite_memory);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
}
static void suite_start(void) {
    suite_begin();
    suite_open();
}
static void suite_end(void) {
    akolhook_hub_close(hub);
    hub = NULL;
    suite_store_close();
    CHECK_INT(w.open, 0);
}

static akolhook_status create_status(
        const char *name, const char *url, akolhook_events events, akolhook_webhook *hook) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    wanted.name = akolhook_str_c(name);
    wanted.url = akolhook_str_c(url);
    wanted.events = events;
    return akolhook_hub_create_webhook(hub, &wanted, hook);
}
static akolhook_webhook create(const char *url) {
    akolhook_webhook hook;
    CHECK_STATUS(create_status("A webhook", url, AKOLHOOK_EVENTS_ALL, &hook), OK);
    return hook;
}
static akolhook_status emit_key(const char *data, const char *key, char (*id)[AKOLHOOK_ID_SIZE]) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    event.event = AKOLHOOK_CALL_ENDED;
    event.timestamp_ms = START_MS;
    event.data = akolhook_str_c(data);
    event.idempotency_key = akolhook_str_c(key);
    return akolhook_hub_emit(hub, &event, id);
}
static void emit(void) { CHECK_STATUS(emit_key("{\"callId\":\"c1\"}", "", NULL), OK); }

/* Until nothing is in flight or due. */
static void run(void) {
    size_t left = 1;
    int turns = 0;
    while (left && ++turns < 100000 && !check_bad) CHECK_STATUS(akolhook_hub_poll(hub, 1000, &left), OK);
    CHECK(turns < 100000);
}
/* Until the clock stands there and what is due by then has begun. */
static void run_until(int64_t at) {
    int turns = 0, last = 0;
    size_t left = 1;
    while ((w.now < at || (left && last++ < SUITE_LAST)) && ++turns < 1000000 && !check_bad) {
        int64_t span = at > w.now ? at - w.now : 0;
        CHECK_STATUS(akolhook_hub_poll(hub, span > 86400000 ? 86400000 : (int)span, &left), OK);
    }
    CHECK(turns < 1000000);
}

static akolhook_log_row rows[400];
static size_t row_count;
static akolhook_status log_of(const char *id) {
    akolhook_log_query query = AKOLHOOK_INIT;
    query.webhook_id = akolhook_str_c(id);
    return akolhook_hub_log(hub, &query, rows, 400, &row_count);
}
static akolhook_stats stats_of(const char *id) {
    akolhook_stats stats;
    CHECK_STATUS(akolhook_hub_stats(hub, id, &stats), OK);
    CHECK_INT(
            stats.emitted, stats.delivered + stats.failed + stats.cancelled + stats.dropped + stats.waiting);
    return stats;
}
static akolhook_webhook get(const char *id) {
    akolhook_webhook hook;
    CHECK_STATUS(akolhook_hub_get_webhook(hub, id, &hook), OK);
    return hook;
}
/* Both signatures of a request are those of this secret. */
static int is_signed(const seen *r, const char *secret) {
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg;
    char number[32];
    sprintf(number, "%lld", r->timestamp);
    if (akolhook_verify(secret, r->signature, r->body, r->body_len) != AKOLHOOK_OK) return 0;
    receiver.schemes = AKOLHOOK_SCHEME_STANDARD;
    if (akolhook_receiver_add_secret(&receiver, secret) != AKOLHOOK_OK) return 0;
    (void)akolhook_incoming_header(&in, "webhook-id", 10, r->id, strlen(r->id));
    (void)akolhook_incoming_header(&in, "webhook-timestamp", 17, number, strlen(number));
    (void)akolhook_incoming_header(&in, "webhook-signature", 17, r->standard, strlen(r->standard));
    return akolhook_receive(&receiver, &in, r->body, r->body_len, r->at / 1000, &msg) == AKOLHOOK_OK;
}

/* ---- webhooks ---- */

static void suite_create(void) {
    static const struct {
        const char *name, *url;
        akolhook_events events;
        akolhook_status status;
    } bad[] = {
            {"", "https://a.example/", 2, AKOLHOOK_BAD_NAME},
            {"a\nb", "https://a.example/", 2, AKOLHOOK_BAD_NAME},
            {"a\xc2\x85", "https://a.example/", 2, AKOLHOOK_BAD_NAME}, /* U+0085, a control character */
            {"\xff", "https://a.example/", 2, AKOLHOOK_BAD_UTF8},
            {"n", "http://a.example/", 2, AKOLHOOK_URL_SCHEME},
            {"n", "https://u:p@a.example/", 2, AKOLHOOK_URL_USERINFO},
            {"n", "https://127.0.0.1/", 2, AKOLHOOK_BLOCKED_ADDRESS},
            {"n", "https://localhost/", 2, AKOLHOOK_BLOCKED_NAME},
            {"n", "", 2, AKOLHOOK_URL_SYNTAX},
            {"n", "https://a.example/", 0, AKOLHOOK_NO_EVENTS},
            {"n", "https://a.example/", 1, AKOLHOOK_UNKNOWN_EVENT},
            {"n", "https://a.example/", 0x80000000u, AKOLHOOK_UNKNOWN_EVENT},
    };
    akolhook_webhook hook, other, listed[3];
    char name[500];
    size_t i, count;
    suite_start();
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&hook, 1, sizeof hook);
        CHECK_INT(create_status(bad[i].name, bad[i].url, bad[i].events, &hook), bad[i].status);
        CHECK(hook.id[0] == 0 && hook.secret[0] == 0);
    }
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 3, &count), OK);
    CHECK_INT(count, 0);
    for (i = 0; i < 101; i++) memcpy(name + 4 * i, "\xf0\x9f\x98\x80", 4); /* 4 bytes, one character */
    name[404] = 0;
    CHECK_STATUS(create_status(name, "https://a.example/", 2, &hook), BAD_NAME);
    name[400] = 0;
    CHECK_STATUS(
            create_status(name, "https://a.example/hook?token=SeCrEt", AKOLHOOK_EVENTS_DASHBOARD, &hook), OK);
    CHECK(strncmp(hook.id, "whk_", 4) == 0 && strlen(hook.id) == 28);
    CHECK(strncmp(hook.secret, "whsec_", 6) == 0 && strlen(hook.secret) == 38);
    CHECK_TEXT(hook.name, name);
    CHECK_TEXT(hook.url, "https://a.example/hook?***");
    CHECK(hook.is_active && hook.created_at_ms == START_MS && !hook.failure_count &&
            !hook.last_triggered_at_ms);
    other = get(hook.id);
    CHECK_TEXT(other.name, name);
    CHECK_TEXT(other.url, "https://a.example/hook?***");
    CHECK_TEXT(other.secret, "whsec_\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
                             "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"
                             "\xe2\x80\xa2\xe2\x80\xa2");
    CHECK_INT(other.events, AKOLHOOK_EVENTS_DASHBOARD);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, "whk_../..", &other), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, "", &other), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, "whk_000000000000000000000000", &other), UNKNOWN_WEBHOOK);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    CHECK_STATUS(akolhook_hub_get_webhook(hub, name, &other), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, name), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_test(hub, name), UNKNOWN_WEBHOOK);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, NULL, &other), INVALID_ARGUMENT);
    suite_end();
}

static void suite_limits(void) {
    akolhook_webhook hook, listed[5];
    char url[64];
    size_t i, count;
    suite_begin();
    desc.max_webhooks = 3;
    suite_open();
    CHECK_STATUS(create_status("n", "https://a.example/", 2 | 4, &hook), OK);
    CHECK_STATUS(create_status("n", "https://a.example/", 4 | 8, &hook), WEBHOOK_EXISTS);
    CHECK_STATUS(create_status("n", "https://a.example/", 8, &hook), OK); /* no event twice: no duplicate */
    for (i = 0; i < (SUITE_DAYS < 365 ? 50 : 1000); i++)
        CHECK_STATUS(create_status("n", "https://a.example/", i % 2 ? 4 : AKOLHOOK_EVENTS_ALL, &hook),
                WEBHOOK_EXISTS);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 5, &count), OK);
    CHECK_INT(count, 2);
    for (i = 0; i < (SUITE_DAYS < 365 ? 50 : 1000); i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        CHECK_INT(create_status("n", url, 2, &hook), i ? AKOLHOOK_TOO_MANY_WEBHOOKS : AKOLHOOK_OK);
    }
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 2, &count), OK);
    CHECK_INT(count, 2);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, listed[1].id), OK); /* does not disturb the next page */
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, listed[1].number, listed + 2, 3, &count), OK);
    CHECK_INT(count, 1);
    CHECK(strcmp(listed[2].url, "https://a.example/0") == 0 && listed[2].number > listed[1].number);
    CHECK_STATUS(create_status("n", "https://a.example/9", 2, &hook), OK);
    suite_end();
}

static void suite_update(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook a, b;
    suite_start();
    a = create("https://a.example/1");
    CHECK_STATUS(create_status("b", "https://b.example/", 2, &b), OK);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK); /* nothing to change */
    wanted.url = akolhook_str_c("https://b.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), WEBHOOK_EXISTS);
    wanted.events = 4;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK);
    wanted.url = akolhook_str_c("https://10.0.0.1/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), BLOCKED_ADDRESS);
    wanted.url = akolhook_str_n(NULL, 0);
    wanted.events = 0x80000000u;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), UNKNOWN_EVENT);
    wanted.events = 0;
    wanted.name = akolhook_str_c("");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), BAD_NAME);
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, "whk_", &wanted), UNKNOWN_WEBHOOK);
    b = get(a.id);
    CHECK_TEXT(b.name, "new");
    CHECK_TEXT(b.url, "https://b.example/");
    CHECK_INT(b.events, 4);
    CHECK_INT(b.number, a.number);

    /* the switch with the rest or not at all */
    wanted.activity = AKOLHOOK_ACTIVITY_INACTIVE;
    wanted.name = akolhook_str_c("resting");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK);
    b = get(a.id);
    CHECK(!b.is_active && b.inactive_by == AKOLHOOK_INACTIVE_BY_CALL);
    CHECK_TEXT(b.name, "resting");
    wanted.activity = AKOLHOOK_ACTIVITY_ACTIVE;
    wanted.name = akolhook_str_c("");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), BAD_NAME);
    CHECK(!get(a.id).is_active);
    wanted.name = akolhook_str_n(NULL, 0);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), OK);
    CHECK(get(a.id).is_active);
    CHECK_TEXT(get(a.id).name, "resting");
    wanted.activity = (akolhook_activity)3;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, a.id, &wanted), INVALID_ARGUMENT);
    wanted.activity = AKOLHOOK_ACTIVITY_ACTIVE;
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://c.example/");
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &b), INVALID_ARGUMENT);
    suite_end();
}

/* ---- probe ---- */

static akolhook_delivery probed;
static akolhook_status create_probed(const char *url, akolhook_events events, akolhook_webhook *hook) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c(url);
    wanted.events = events;
    wanted.probe = &probed;
    memset(&probed, 1, sizeof probed);
    return akolhook_hub_create_webhook(hub, &wanted, hook);
}
/* Nothing is kept of a webhook that was refused. */
static void probe_refused(akolhook_status want, int code, size_t requests) {
    akolhook_webhook hook, listed[2];
    size_t count, before = w.count;
    memset(&hook, 1, sizeof hook);
    CHECK_STATUS(create_probed("https://a.example/?token=1", AKOLHOOK_EVENTS_ALL, &hook), PROBE_FAILED);
    CHECK(hook.id[0] == 0 && hook.secret[0] == 0);
    CHECK_INT(probed.status, want);
    CHECK_TEXT(probed.cause, akolhook_status_text(want));
    CHECK_INT(probed.code, code);
    CHECK_INT(w.count, before + requests);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 2, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(log_of(""), OK);
    CHECK_INT(row_count, 0);
    run();
    CHECK_INT(w.count, before + requests);
}
static void suite_probe_refused(void) {
    suite_start();
    w.code = 500;
    probe_refused(AKOLHOOK_HTTP_STATUS, 500, 1);
    w.code = 302;
    w.fields = "Location: https://b.example/\r\n";
    probe_refused(AKOLHOOK_HTTP_STATUS, 302, 1);
    w.fields = NULL;
    w.code = 0;
    probe_refused(AKOLHOOK_DEADLINE, 0, 1);
    CHECK_INT(probed.ms, 10 * SECOND);
    CHECK_INT(probed.phase, AKOLHOOK_PHASE_HEAD);
    w.code = 200;
    w.answer_ms = 10100;
    probe_refused(AKOLHOOK_DEADLINE, 0, 1);
    w.answer_ms = 0;
    w.huge = 1;
    probe_refused(AKOLHOOK_RESPONSE_CUT, 200, 1);
    w.huge = 0;
    memcpy(w.address, "\x0a\x00\x00\x01", 4);
    probe_refused(AKOLHOOK_BLOCKED_ADDRESS, 0, 0);
    CHECK_INT(probed.peer.bytes[0], 10);
    w.lookup_fails = 1;
    probe_refused(AKOLHOOK_LOOKUP_FAILED, 0, 0);
    w.lookup_fails = 0;
    memcpy(w.address, "\x5d\xb8\xd8\x22", 4);
    w.connect_limit = 1;
    probe_refused(AKOLHOOK_SYSTEM_LIMIT, 0, 0);
    suite_end();

    suite_begin();
    desc.client.tls = NULL;
    suite_open();
    probe_refused(AKOLHOOK_TLS_REQUIRED, 0, 0);
    suite_end();
}

static void suite_probe(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, other;
    akolhook_message msg;
    suite_begin();
    desc.max_webhooks = 2;
    suite_open();
    w.answer_ms = 9000;
    w.content = "ready";
    CHECK_STATUS(
            create_probed("https://a.example/1",
                    (akolhook_events)1 << AKOLHOOK_LEAD_CREATED | (akolhook_events)1 << AKOLHOOK_CALL_MISSED,
                    &hook),
            OK);
    CHECK(probed.status == AKOLHOOK_OK && probed.code == 200 && probed.ms == 9000);
    CHECK_STR(probed.response, "ready");
    CHECK_INT(w.count, 1);
    CHECK(w.requests[0].is_test && is_signed(&w.requests[0], hook.secret));
    CHECK_TEXT(w.requests[0].event, "call.missed"); /* the first of its events */
    CHECK_STATUS(akolhook_envelope_parse(w.requests[0].body, w.requests[0].body_len, &msg, NULL), OK);
    CHECK(akolhook_text_equal(msg.webhook_id, akolhook_str_c(hook.id)) &&
            strstr(w.requests[0].body, "\"test_") != NULL);
    CHECK(strstr(world_last, "whsec_") == NULL && strstr(world_last, hook.secret + 6) == NULL);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(row_count == 0 && stats_of(hook.id).tests == 0 && get(hook.id).last_triggered_at_ms == 0);
    w.answer_ms = 0;
    CHECK_STATUS(create_probed("https://a.example/1", AKOLHOOK_EVENTS_ALL, &other),
            WEBHOOK_EXISTS); /* nothing is sent */
    CHECK_STATUS(probed.status, CANCELLED);
    CHECK_TEXT(probed.cause, akolhook_status_text(AKOLHOOK_CANCELLED));
    CHECK_STATUS(create_probed("http://a.example/", AKOLHOOK_EVENTS_ALL, &other), URL_SCHEME);
    CHECK_STATUS(create_probed("https://a.example/2", AKOLHOOK_EVENTS_ALL, &other), OK);
    CHECK_STATUS(create_probed("https://a.example/3", AKOLHOOK_EVENTS_ALL, &other), TOO_MANY_WEBHOOKS);
    CHECK_INT(w.count, 2);

    wanted.probe = &probed; /* an update tries a new URL alone */
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(w.count, 2);
    w.code = 404;
    wanted.url = akolhook_str_c("https://c.example/");
    wanted.name = akolhook_str_c("newer");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), PROBE_FAILED);
    CHECK_INT(probed.code, 404);
    CHECK_INT(w.count, 3);
    CHECK_TEXT(get(hook.id).url, "https://a.example/1");
    CHECK_TEXT(get(hook.id).name, "new");
    w.code = 204;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(w.count, 4);
    CHECK(w.requests[3].is_test && w.requests[3].host[0] == 'c' && !is_signed(&w.requests[3], hook.secret));
    CHECK_TEXT(w.requests[3].event, "call.missed");
    CHECK_TEXT(get(hook.id).url, "https://c.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK); /* it may keep its own */
    CHECK_INT(w.count, 5);
    wanted.url = akolhook_str_c("https://a.example/2");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), WEBHOOK_EXISTS);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, "whk_000000000000000000000000", &wanted), UNKNOWN_WEBHOOK);
    CHECK_INT(w.count, 5);
    suite_end();
}

/* Deliveries go on while a probe waits, and none of them is lost; when all places are taken it waits for one.
 */
static int answer_but_c(const seen *r) { return r->host[0] == 'c' ? 0 : 200; }
static void suite_probe_beside(void) {
    akolhook_webhook hook, other;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    for (i = 0; i < 5; i++) emit();
    w.answer_ms = 2000;
    w.answer_fn = answer_but_c;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.count, 2); /* a quarter of 8 places */
    CHECK_STATUS(create_probed("https://c.example/", AKOLHOOK_EVENTS_ALL, &other), PROBE_FAILED);
    CHECK_STATUS(probed.status, DEADLINE);
    CHECK_INT(w.count, 3);
    CHECK_TEXT(told, ""); /* told by the next poll */
    run();
    CHECK_INT(w.count, 6);
    CHECK_TEXT(told, "ASASASASAS");
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 5);
    for (i = 0; i < row_count; i++) CHECK(rows[i].success && rows[i].ms == 2000 && rows[i].attempt == 1);
    suite_end();

    suite_begin();
    desc.client.max_in_flight = 1;
    suite_open();
    create("https://a.example/");
    emit();
    w.answer_ms = 5000;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(create_probed("https://b.example/", AKOLHOOK_EVENTS_ALL, &hook), OK);
    CHECK_INT(w.now - START_MS, 10000); /* 5 s for the place, 5 s for the answer */
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(create_probed("https://c.example/", AKOLHOOK_EVENTS_ALL, &hook), PROBE_FAILED);
    CHECK_STATUS(probed.status, QUEUE_FULL);
    w.code = 200;
    w.answer_ms = 0;
    run_until(w.now + HOUR);
    CHECK_INT(stats_of(NULL).delivered, 3);
    suite_end();
}

/* ---- emit and deliver ---- */

static void suite_deliver(void) {
    akolhook_webhook a, b, c;
    char id[AKOLHOOK_ID_SIZE], body[400];
    akolhook_stats stats;
    size_t i;
    suite_start();
    w.content = "thanks";
    CHECK_STATUS(create_status("a", "https://a.example/a?x=1", AKOLHOOK_EVENTS_ALL, &a), OK);
    CHECK_STATUS(
            create_status("b", "https://b.example/b", (akolhook_events)1 << AKOLHOOK_CALL_ENDED, &b), OK);
    CHECK_STATUS(
            create_status("c", "https://c.example/c", (akolhook_events)1 << AKOLHOOK_CALL_STARTED, &c), OK);
    CHECK_STATUS(emit_key(" {\"callId\":\"c1\"}\n", "", &id), OK);
    CHECK_INT(w.count, 0);
    run();
    CHECK_INT(w.count, 2);
    for (i = 0; i < 2; i++) {
        const seen *r = &w.requests[i];
        const akolhook_webhook *hook = r->host[0] == 'a' ? &a : &b;
        sprintf(body,
                "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_"
                "1\","
                "\"webhookId\":\"%s\",\"data\":{\"callId\":\"c1\"}}",
                hook->id);
        CHECK_MEM(r->body, r->body_len, body, strlen(body));
        CHECK_TEXT(r->path, r->host[0] == 'a' ? "/a?x=1" : "/b");
        CHECK_TEXT(r->id, id);
        CHECK_TEXT(r->event, "call.ended");
        CHECK(!r->is_test && is_signed(r, hook->secret));
    }
    CHECK(strcmp(w.requests[0].host, w.requests[1].host) != 0);
    CHECK_TEXT(told, "ASAS");
    CHECK_STATUS(log_of(a.id), OK);
    CHECK_INT(row_count, 1);
    CHECK(strncmp(rows[0].delivery_id, "dlv_", 4) == 0 && strlen(rows[0].delivery_id) == 28);
    CHECK_TEXT(rows[0].message_id, id);
    CHECK_TEXT(rows[0].webhook_id, a.id);
    CHECK(rows[0].event == AKOLHOOK_CALL_ENDED && rows[0].code == 200 && rows[0].success && !rows[0].is_test);
    CHECK(rows[0].attempt == 1 && rows[0].state == AKOLHOOK_DELIVERY_DELIVERED &&
            rows[0].status == AKOLHOOK_OK);
    CHECK(rows[0].at_ms == START_MS && rows[0].peer.family == 4 && rows[0].peer.bytes[0] == 93 &&
            rows[0].first_byte_ms == 0);
    CHECK_STR(rows[0].response, "thanks");
    CHECK_INT(get(a.id).last_triggered_at_ms, START_MS);
    CHECK_INT(get(c.id).last_triggered_at_ms, 0);
    stats = stats_of(NULL);
    CHECK(stats.emitted == 2 && stats.delivered == 2 && stats.attempts == 2 && stats.waiting == 0);
    suite_end();
}

static void suite_emit_refused(void) {
    static const struct {
        akolhook_event event;
        int64_t time;
        const char *data;
        akolhook_status status;
    } bad[] = {
            {AKOLHOOK_EVENT_UNKNOWN, 1, "{}", AKOLHOOK_UNKNOWN_EVENT},
            {(akolhook_event)19, 1, "{}", AKOLHOOK_UNKNOWN_EVENT},
            {AKOLHOOK_CALL_ENDED, -1, "{}", AKOLHOOK_BAD_TIME},
            {AKOLHOOK_CALL_ENDED, 1, "", AKOLHOOK_JSON_CUT},
            {AKOLHOOK_CALL_ENDED, 1, "[]", AKOLHOOK_WRONG_TYPE},
            {AKOLHOOK_CALL_ENDED, 1, "{}x", AKOLHOOK_JSON_TRAILING},
            {AKOLHOOK_CALL_ENDED, 1, "{\"a\":\"\xff\"}", AKOLHOOK_BAD_UTF8},
    };
    static char key[300];
    char id[AKOLHOOK_ID_SIZE];
    size_t i;
    suite_start();
    create("https://a.example/");
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        akolhook_hub_event event = AKOLHOOK_INIT;
        event.event = bad[i].event;
        event.timestamp_ms = bad[i].time;
        event.data = akolhook_str_c(bad[i].data);
        memset(id, 1, sizeof id);
        CHECK_INT(akolhook_hub_emit(hub, &event, &id), bad[i].status);
        CHECK_TEXT(id, "");
    }
    memset(key, 'k', sizeof key - 1);
    CHECK_STATUS(emit_key("{}", key, NULL), BAD_KEY);
    w.random_fails = 1;
    CHECK_STATUS(emit_key("{}", "", NULL), RANDOM_FAILED);
    w.random_fails = 0;
    run();
    CHECK_INT(w.count, 0);
    CHECK_INT(stats_of(NULL).emitted, 0);
    suite_end();
}

static void suite_typed(void) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_call call = AKOLHOOK_INIT, got;
    akolhook_lead lead = AKOLHOOK_INIT;
    akolhook_message msg;
    akolhook_webhook hook;
    static char big[AKOLHOOK_MAX_TYPED];
    suite_start();
    hook = create("https://a.example/");
    event.event = AKOLHOOK_CALL_ENDED;
    call.call_id = akolhook_text_c("call \"1\"");
    call.duration = akolhook_number_int(42);
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, NULL), OK);
    CHECK_STATUS(akolhook_hub_emit_lead(hub, &event, &lead, NULL), WRONG_EVENT);
    memset(big, 'x', sizeof big - 1);
    call.summary = akolhook_text_c(big);
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, NULL), BUFFER_TOO_SMALL);
    event.data = akolhook_str_c("{}");
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, NULL), INVALID_ARGUMENT);
    run();
    CHECK_INT(w.count, 1);
    CHECK(is_signed(&w.requests[0], hook.secret));
    CHECK_STATUS(akolhook_envelope_parse(w.requests[0].body, w.requests[0].body_len, &msg, NULL), OK);
    CHECK_STATUS(akolhook_call_parse(&msg, &got), OK);
    CHECK(akolhook_text_equal(got.call_id, akolhook_str_c("call \"1\"")) && got.duration.integer == 42);
    CHECK(akolhook_text_equal(msg.webhook_id, akolhook_str_c(hook.id)));
    CHECK_INT(msg.timestamp_ms, START_MS); /* none was given: now */
    suite_end();
}

/* Every struct goes out as the events that carry it. */
static void suite_typed_all(void) {
    static const akolhook_event events[8] = {AKOLHOOK_TRANSCRIPT_READY, AKOLHOOK_SUMMARY_READY,
            AKOLHOOK_FUNCTION_CALLED, AKOLHOOK_AGENT_UPDATED, AKOLHOOK_PHONE_NUMBER_RELEASED,
            AKOLHOOK_APPOINTMENT_SCHEDULED, AKOLHOOK_MESSAGE_RECEIVED, AKOLHOOK_LEAD_CREATED};
    akolhook_hub_event e[8];
    akolhook_transcript transcript = AKOLHOOK_INIT;
    akolhook_summary summary = AKOLHOOK_INIT;
    akolhook_function_call function_call = AKOLHOOK_INIT;
    akolhook_agent agent = AKOLHOOK_INIT;
    akolhook_phone_number phone_number = AKOLHOOK_INIT;
    akolhook_appointment appointment = AKOLHOOK_INIT;
    akolhook_sms sms = AKOLHOOK_INIT;
    akolhook_lead lead = AKOLHOOK_INIT;
    char ids[8][AKOLHOOK_ID_SIZE];
    size_t i, k;
    suite_start();
    create("https://a.example/");
    memset(e, 0, sizeof e);
    for (i = 0; i < 8; i++) e[i].event = events[i];
    CHECK_STATUS(akolhook_hub_emit_transcript(hub, &e[0], &transcript, &ids[0]), OK);
    CHECK_STATUS(akolhook_hub_emit_summary(hub, &e[1], &summary, &ids[1]), OK);
    CHECK_STATUS(akolhook_hub_emit_function_call(hub, &e[2], &function_call, &ids[2]), OK);
    CHECK_STATUS(akolhook_hub_emit_agent(hub, &e[3], &agent, &ids[3]), OK);
    CHECK_STATUS(akolhook_hub_emit_phone_number(hub, &e[4], &phone_number, &ids[4]), OK);
    CHECK_STATUS(akolhook_hub_emit_appointment(hub, &e[5], &appointment, &ids[5]), OK);
    CHECK_STATUS(akolhook_hub_emit_sms(hub, &e[6], &sms, &ids[6]), OK);
    CHECK_STATUS(akolhook_hub_emit_lead(hub, &e[7], &lead, &ids[7]), OK);
    run();
    CHECK_INT(w.count, 8);
    for (i = 0; i < 8; i++) {
        for (k = 0; k < 8 && strcmp(w.requests[k].id, ids[i]) != 0; k++) continue;
        CHECK(k < 8 && strcmp(w.requests[k].event, akolhook_event_name(events[i])) == 0);
    }
    suite_end();
}

static void suite_once(void) {
    char first[AKOLHOOK_ID_SIZE], second[AKOLHOOK_ID_SIZE];
    akolhook_hub_event event = AKOLHOOK_INIT;
    suite_start();
    create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "order 7", &first), OK);
    CHECK_STATUS(emit_key("{}", "order 7", &second), OK);
    CHECK_TEXT(second, first);
    run();
    CHECK_STATUS(emit_key("{}", "order 7", &second), OK);
    CHECK_TEXT(second, first);
    CHECK_STATUS(emit_key("{}", "order 8", &second), OK);
    CHECK(strcmp(first, second) != 0);
    run();
    CHECK_INT(w.count, 2);
    CHECK_STATUS(emit_key("{\"a\":1}", "order 7", &second), KEY_REUSED); /* other data, or another event */
    CHECK_TEXT(second, "");
    event.event = AKOLHOOK_CALL_STARTED;
    event.data = akolhook_str_c("{}");
    event.idempotency_key = akolhook_str_c("order 7");
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), KEY_REUSED);
    event.event = AKOLHOOK_CALL_ENDED; /* the same at another time: still the same */
    event.timestamp_ms = START_MS + 1;
    event.data = akolhook_str_c(" {} ");
    CHECK_STATUS(akolhook_hub_emit(hub, &event, &second), OK);
    CHECK_TEXT(second, first);
    run();
    CHECK_INT(w.count, 2);
    CHECK_INT(stats_of(NULL).emitted, 2);
    suite_end();
}

/* ---- retries ---- */

static void suite_retries(void) {
    /* design: 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; in all 75 h 35 min 5 s */
    static const int64_t pause[10] = {0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR,
            14 * HOUR, 20 * HOUR, 24 * HOUR};
    int64_t at = START_MS;
    akolhook_webhook hook;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    emit();
    run_until(START_MS + 200 * HOUR);
    CHECK_INT(w.count, 10);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 10);
    for (i = 0; i < 10 && !check_bad; i++) {
        at += pause[i];
        CHECK_INT(w.requests[i].at, at);
        CHECK_INT(w.requests[i].timestamp, at / 1000);
        CHECK_TEXT(w.requests[i].id, w.requests[0].id);
        CHECK_MEM(w.requests[i].body, w.requests[i].body_len, w.requests[0].body, w.requests[0].body_len);
        CHECK(is_signed(&w.requests[i], hook.secret));
        CHECK_INT(rows[9 - i].attempt, i + 1);
        CHECK_INT(rows[9 - i].code, 500);
        CHECK_STATUS(rows[9 - i].status, HTTP_STATUS);
        CHECK_INT(rows[9 - i].retry_ms, i < 9 ? pause[i + 1] : 0);
        CHECK_INT(rows[9 - i].state, i < 9 ? AKOLHOOK_DELIVERY_WAITING : AKOLHOOK_DELIVERY_FAILED);
        CHECK_TEXT(rows[i].delivery_id, rows[0].delivery_id);
    }
    CHECK_INT(at - START_MS, 75 * HOUR + 35 * MINUTE + 5 * SECOND);
    CHECK_TEXT(told, "AAAAAAAAAAF");
    CHECK_INT(get(hook.id).failure_count, 10);
    CHECK(get(hook.id).is_active);
    CHECK_INT(stats_of(hook.id).failed, 1);
    suite_end();
}

static int answer_third(const seen *r) {
    (void)r;
    return w.count % 3 ? 503 : 204;
}
static void suite_recovers(void) {
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    w.answer_fn = answer_third;
    emit();
    run_until(START_MS + HOUR);
    CHECK_INT(w.count, 3);
    CHECK_TEXT(told, "AAASR");
    CHECK_INT(told_failures, 2);
    CHECK_INT(get(hook.id).failure_count, 0);
    CHECK_INT(get(hook.id).last_triggered_at_ms, w.requests[2].at);
    CHECK_INT(stats_of(hook.id).attempts, 3);
    CHECK_INT(stats_of(hook.id).attempts_failed, 2);
    suite_end();
}

/* The first pause after an answer with this field, in seconds. */
static int64_t pause_after(const char *field) {
    char fields[200];
    int64_t ms = -1;
    suite_start();
    create("https://a.example/");
    sprintf(fields, "%s\r\n", field);
    w.code = 429;
    w.fields = fields;
    emit();
    run();
    CHECK_STATUS(akolhook_hub_next_due(hub, &ms), OK);
    CHECK_INT(w.count, 1);
    run_until(w.now + ms);
    CHECK_INT(w.count, 2);
    suite_end();
    return (w.requests[1].at - START_MS) / 1000;
}
static void suite_retry_after(void) {
    CHECK_INT(pause_after("X-None: 1"), 5);
    CHECK_INT(pause_after("Retry-After: 3"), 5); /* never earlier than the schedule */
    CHECK_INT(pause_after("Retry-After: 120"), 120);
    CHECK_INT(pause_after("Retry-After: Thu, 01 Jan 2026 00:03:00 GMT"), 180);
    CHECK_INT(pause_after("Retry-After: Thursday, 01-Jan-26 00:03:00 GMT"), 180);
    CHECK_INT(pause_after("Retry-After: Wed, 31 Dec 2025 00:00:00 GMT"), 5); /* past */
    CHECK_INT(pause_after("Retry-After: -5"), 5);
    CHECK_INT(pause_after("Retry-After: 120, 240"), 5);
    CHECK_INT(pause_after("Retry-After: 1e9"), 5);
    CHECK_INT(pause_after("Retry-After: Tue, 31 Feb 2026 00:00:00 GMT"), 5);
    CHECK_INT(pause_after("Retry-After:"), 5);
    CHECK_INT(pause_after("Retry-After: 1000000000"), 21600); /* 6 h at most */
    CHECK_INT(pause_after("Retry-After: 99999999999999999999"), 21600);
}

/* With Retry-After the attempts would go on for longer than 90 h. */
static void suite_horizon(void) {
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.max_attempts = 100;
    suite_open();
    hook = create("https://a.example/");
    w.code = 500;
    emit();
    run_until(START_MS + 300 * HOUR);
    for (i = 0; i < w.count; i++) CHECK(w.requests[i].at <= START_MS + 90 * HOUR);
    CHECK_INT(w.count, 10); /* the eleventh would come at 99.6 h */
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(rows[0].state, AKOLHOOK_DELIVERY_FAILED);
    CHECK_INT(stats_of(NULL).failed, 1);
    suite_end();
}

static void suite_gone(void) {
    static const int codes[] = {301, 307, 400, 401, 404, 409, 413, 451, 410};
    akolhook_webhook hook;
    size_t i, n = sizeof codes / sizeof codes[0];
    for (i = 0; i < n; i++) {
        suite_start();
        w.code = codes[i];
        hook = create("https://a.example/");
        emit();
        run();
        CHECK_STATUS(log_of(hook.id), OK);
        CHECK_INT(rows[0].code, codes[i]);
        CHECK(!rows[0].success);
        CHECK_INT(get(hook.id).is_active, codes[i] != 410);
        CHECK_INT(get(hook.id).failure_count, 1);
        CHECK_TEXT(told, codes[i] == 410 ? "AFI" : "A");
        CHECK_INT(rows[0].state, codes[i] == 410 ? AKOLHOOK_DELIVERY_FAILED : AKOLHOOK_DELIVERY_WAITING);
        suite_end();
    }
}

/* 20 failures running and 24 h of them. */
static void suite_auto_inactive(void) {
    akolhook_webhook hook;
    char *warned, *ended;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 25; i++) emit();
    run_until(START_MS + 3 * HOUR);
    CHECK(get(hook.id).failure_count >= 20); /* many failures, but not for long */
    CHECK(get(hook.id).is_active);
    run_until(START_MS + 17 * HOUR);
    CHECK(get(hook.id).is_active);
    CHECK(!strchr(told, 'W') && !strchr(told, 'I'));
    run_until(START_MS + 200 * HOUR);
    warned = strchr(told, 'W');
    ended = strchr(told, 'I');
    CHECK(warned && ended && warned < ended && !strchr(warned + 1, 'W') && !strchr(ended + 1, 'I'));
    CHECK(!get(hook.id).is_active);
    CHECK_INT(stats_of(hook.id).waiting, 0);
    CHECK(stats_of(hook.id).cancelled > 0);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    CHECK_INT(get(hook.id).failure_count, 0);
    suite_end();

    suite_start(); /* an event each hour: warned once, at 18 h, inactive at 24 h */
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 26; i++) {
        emit();
        run_until(START_MS + (int64_t)i * HOUR + MINUTE);
        CHECK_INT(strchr(told, 'W') != NULL, i >= 18);
        CHECK_INT(strchr(told, 'I') != NULL, i >= 24);
        run_until(START_MS + (int64_t)(i + 1) * HOUR);
    }
    warned = strchr(told, 'W');
    CHECK(warned && !strchr(warned + 1, 'W'));
    suite_end();

    suite_start(); /* for long, but not many: one delivery fails 10 times at most */
    hook = create("https://a.example/");
    w.code = 500;
    emit();
    run_until(START_MS + 200 * HOUR);
    w.code = 200;
    emit();
    run_until(w.now + SECOND);
    w.code = 500;
    emit();
    run_until(START_MS + 400 * HOUR);
    CHECK(get(hook.id).is_active && !strchr(told, 'W'));
    CHECK_INT(get(hook.id).failure_count, 10);
    suite_end();
}

static void suite_own_faults(void) {
    akolhook_webhook hook;
    size_t i, many = SUITE_DAYS < 365 ? 3 : 30;
    suite_start();
    hook = create("https://a.example/");
    w.connect_limit = 1;
    for (i = 0; i < many; i++) emit();
    run_until(START_MS + 30 * HOUR);
    CHECK_INT(w.count, 0);
    CHECK_INT(get(hook.id).failure_count, 0);
    CHECK_INT(get(hook.id).last_triggered_at_ms, 0);
    CHECK(get(hook.id).is_active);
    CHECK_TEXT(told, "");
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(row_count > 0 && rows[0].status == AKOLHOOK_SYSTEM_LIMIT && rows[0].attempt == 1);
    w.connect_limit = 0;
    run_until(START_MS + 31 * HOUR);
    CHECK_INT(w.count, many); /* no attempt was used up */
    CHECK_INT(stats_of(hook.id).delivered, many);
    w.lookup_fails = 1;
    for (i = 0; i < 30; i++) emit();
    run_until(w.now + 30 * HOUR);
    CHECK(get(hook.id).failure_count > 20); /* it shows, */
    CHECK_INT(get(hook.id).cls, AKOLHOOK_CLASS_FAILING);
    CHECK_STATUS(get(hook.id).reason, LOOKUP_FAILED);
    CHECK(get(hook.id).is_active && !strchr(told, 'W')); /* but perhaps it is this side's resolver */
    suite_end();

    suite_start(); /* for ever: given up after 90 h all the same */
    hook = create("https://a.example/");
    w.connect_limit = 1;
    emit();
    run_until(START_MS + 91 * HOUR);
    CHECK_INT(stats_of(NULL).failed, 1);
    CHECK_INT(stats_of(NULL).waiting, 0);
    suite_end();
}

static void suite_rebinding(void) {
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    memcpy(w.address, "\x7f\x00\x00\x01", 4);
    emit();
    run();
    CHECK_INT(w.count, 0);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STATUS(rows[0].status, BLOCKED_ADDRESS);
    CHECK(!rows[0].success && rows[0].peer.bytes[0] == 127);
    suite_end();
}

/* ---- rotate, inactive, delete ---- */

static void suite_rotate(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 3; i++) emit();
    run_until(START_MS + 2 * SECOND); /* two at once, the third after a backoff of 1 s */
    CHECK_INT(w.count, 3);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK(strlen(secret) == 38 && strcmp(secret, hook.secret) != 0);
    w.code = 200;
    run_until(START_MS + HOUR);
    CHECK_INT(w.count, 6);
    for (i = 0; i < 6; i++) {
        CHECK_INT(is_signed(&w.requests[i], hook.secret), i < 3);
        CHECK_INT(is_signed(&w.requests[i], secret), i >= 3);
    }
    w.random_fails = 1;
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), RANDOM_FAILED);
    CHECK_TEXT(secret, "");
    w.random_fails = 0;
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, "whk_1", secret), UNKNOWN_WEBHOOK);
    suite_end();
}

static void suite_inactive(void) {
    akolhook_webhook hook;
    akolhook_stats stats;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 3; i++) emit();
    run_until(START_MS + 2 * SECOND);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK(!get(hook.id).is_active);
    for (i = 0; i < 4; i++) emit();
    w.code = 200;
    run_until(START_MS + 100 * HOUR);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    run_until(START_MS + 200 * HOUR);
    CHECK_INT(w.count, 3); /* no burst */
    stats = stats_of(hook.id);
    CHECK(stats.cancelled == 3 && stats.skipped == 4 && stats.emitted == 3);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 6);
    for (i = 0; i < 3; i++) {
        CHECK_INT(rows[i].state, AKOLHOOK_DELIVERY_CANCELLED);
        CHECK_STATUS(rows[i].status, WEBHOOK_INACTIVE);
        CHECK(!rows[i].success && rows[i].attempt == 0);
        CHECK_INT(rows[i + 3].state, AKOLHOOK_DELIVERY_WAITING);
    }
    emit();
    run();
    CHECK_INT(w.count, 4);
    suite_end();
}

/* Set inactive while an attempt is in flight: it ends, is logged, and is not tried again. */
static void suite_inactive_in_flight(void) {
    akolhook_webhook hook;
    size_t left;
    suite_start();
    hook = create("https://a.example/");
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(w.count, 1);
    CHECK_INT(left, 1);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    run_until(START_MS + 100 * HOUR);
    CHECK_INT(w.count, 1);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 2);
    CHECK_INT(rows[0].state, AKOLHOOK_DELIVERY_CANCELLED);
    CHECK_STATUS(rows[1].status, DEADLINE);
    CHECK_INT(rows[1].phase, AKOLHOOK_PHASE_HEAD);
    CHECK_INT(stats_of(hook.id).cancelled, 1);
    suite_end();
}

static void suite_delete(void) {
    akolhook_webhook hook, other;
    akolhook_stats stats;
    size_t left;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    emit();
    run();
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(w.open, 1);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_INT(w.open, 0); /* broken off */
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), UNKNOWN_WEBHOOK);
    CHECK_STATUS(log_of(hook.id), UNKNOWN_WEBHOOK);
    other = create("https://a.example/");
    w.code = 200;
    run_until(START_MS + 200 * HOUR);
    CHECK_INT(w.count, 2);
    CHECK_STATUS(log_of(other.id), OK);
    CHECK_INT(row_count, 0);
    stats = stats_of(NULL);
    CHECK(stats.emitted == 2 && stats.cancelled == 2);
    CHECK_INT(stats_of(other.id).emitted, 0);
    emit();
    run();
    CHECK_INT(w.count, 3);
    suite_end();
}

/* ---- test, log, again ---- */

static void suite_test(void) {
    akolhook_webhook hook;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_message msg;
    unsigned number;
    size_t i;
    suite_start();
    hook = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run();
    CHECK_INT(w.count, AKOLHOOK_EVENT_LAST);
    for (number = 1; number <= AKOLHOOK_EVENT_LAST; number++) {
        for (i = 0; i < w.count; i++)
            if (strcmp(w.requests[i].event, akolhook_event_name((akolhook_event)number)) == 0) break;
        CHECK(i < w.count && w.requests[i].is_test && is_signed(&w.requests[i], hook.secret));
        CHECK_STATUS(akolhook_envelope_parse(w.requests[i].body, w.requests[i].body_len, &msg, NULL), OK);
        CHECK_INT(msg.event, number);
        CHECK(akolhook_text_equal(msg.webhook_id, akolhook_str_c(hook.id)) &&
                strstr(w.requests[i].body, "\"test_") != NULL);
    }
    w.code = 410; /* one try, and nothing that a test brings changes the webhook */
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run_until(START_MS + 100 * HOUR);
    CHECK_INT(w.count, 2 * AKOLHOOK_EVENT_LAST);
    CHECK(get(hook.id).is_active && get(hook.id).failure_count == 0 &&
            get(hook.id).last_triggered_at_ms == 0);
    w.code = 200;
    emit();
    run();
    query.only_tests = 1;
    query.webhook_id = akolhook_str_c(hook.id);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, (desc.memory.log_rows ? desc.memory.log_rows : 32) - 1);
    for (i = 0; i < row_count; i++) CHECK(rows[i].is_test);
    CHECK(stats_of(hook.id).tests == 2 * AKOLHOOK_EVENT_LAST &&
            stats_of(hook.id).tests_failed == AKOLHOOK_EVENT_LAST);
    CHECK(stats_of(hook.id).emitted == 1 && stats_of(hook.id).attempts == 1);
    suite_end();
}

static int answer_odd(const seen *r) {
    (void)r;
    return w.count % 2 ? 200 : 404;
}
static void suite_log(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_webhook a, b;
    uint64_t newest;
    char previous[AKOLHOOK_ID_SIZE] = "";
    size_t i, seen_rows = 0;
    suite_begin();
    desc.max_attempts = 1;
    desc.memory.log_rows = 10;
    suite_open();
    a = create("https://a.example/");
    b = create("https://b.example/");
    w.answer_fn = answer_odd;
    for (i = 0; i < 100; i++) {
        emit();
        run();
        w.now += SECOND;
    }
    CHECK_STATUS(log_of(a.id), OK);
    CHECK_INT(row_count, 10); /* the newest ten */
    for (i = 0; i < 10; i++) CHECK_INT(rows[i].at_ms, START_MS + (99 - (int64_t)i) * SECOND);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 20);
    newest = rows[0].cursor;
    do { /* pages of 3 of both, while rows are added in front */
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 3, &row_count), OK);
        for (i = 0; i < row_count; i++, seen_rows++) {
            CHECK(strcmp(rows[i].delivery_id, previous) != 0);
            strcpy(previous, rows[i].delivery_id);
        }
        if (row_count) query.cursor = rows[row_count - 1].cursor;
    } while (row_count && seen_rows < 100);
    CHECK_INT(seen_rows, 20);
    query.cursor = newest;
    emit();
    run();
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 1, &row_count), OK);
    CHECK_INT(rows[0].at_ms, START_MS + 99 * SECOND); /* where it was, though newer rows are there */
    for (i = 0; i < 64; i++) {
        query.cursor = newest ^ (uint64_t)1 << i;
        CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 1, &row_count), BAD_CURSOR);
    }
    query.cursor = 0;
    query.only_failed = 1;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 10);
    for (i = 0; i < row_count; i++) CHECK(!rows[i].success && rows[i].code == 404);
    query.only_failed = 0;
    query.only_succeeded = 1;
    query.webhook_id = akolhook_str_c(a.id);
    query.since_ms = START_MS + 95 * SECOND;
    query.until_ms = START_MS + 97 * SECOND;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    for (i = 0; i < row_count; i++)
        CHECK(rows[i].success && rows[i].at_ms >= query.since_ms && rows[i].at_ms < query.until_ms);
    memset(&query, 0, sizeof query);
    query.events = (akolhook_events)1 << AKOLHOOK_CALL_MISSED;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), OK);
    CHECK_INT(row_count, 0);
    query.webhook_id = akolhook_str_c("whk_nobody");
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 400, &row_count), UNKNOWN_WEBHOOK);
    CHECK_STATUS(log_of(b.id), OK);
    CHECK_INT(row_count, 10);
    suite_end();
}

static void suite_redeliver(void) {
    akolhook_webhook hook;
    char id[AKOLHOOK_ID_SIZE], changed[AKOLHOOK_ID_SIZE];
    uint32_t count;
    size_t i;
    suite_begin();
    desc.max_attempts = 1;
    suite_open();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < 5; i++) {
        emit();
        run();
        w.now += 10 * SECOND; /* longer than its backoff */
    }
    w.code = 200;
    CHECK_STATUS(log_of(hook.id), OK);
    strcpy(id, rows[4].delivery_id); /* the first */
    CHECK_STATUS(akolhook_hub_redeliver(hub, id), OK);
    run();
    CHECK_INT(w.count, 6);
    CHECK_TEXT(w.requests[5].id, w.requests[0].id);
    CHECK_MEM(w.requests[5].body, w.requests[5].body_len, w.requests[0].body, w.requests[0].body_len);
    CHECK(is_signed(&w.requests[5], hook.secret));
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(strcmp(rows[0].delivery_id, id) != 0 && rows[0].success);
    for (i = 0; i < 28; i++) {
        strcpy(changed, id);
        changed[i] = changed[i] == '1' ? '2' : '1';
        CHECK(akolhook_hub_redeliver(hub, changed) == AKOLHOOK_UNKNOWN_DELIVERY);
    }
    CHECK_STATUS(akolhook_hub_redeliver(hub, ""), UNKNOWN_DELIVERY);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, START_MS + 20 * SECOND, &count), OK);
    CHECK_INT(count, 3); /* 20 s, 30 s, 40 s */
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count), OK);
    CHECK_INT(count, 1); /* of 0 s and 10 s the first was sent again before */
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count), OK);
    CHECK_INT(count, 0);
    run();
    CHECK_INT(w.count, 10);
    CHECK_INT(stats_of(hook.id).delivered, 5);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_redeliver(hub, id), WEBHOOK_INACTIVE);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, NULL), WEBHOOK_INACTIVE);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, "whk_", 0, NULL), UNKNOWN_WEBHOOK);
    suite_end();
}

/* ---- who waits for whom ---- */

static int answer_not_a(const seen *r) { return r->host[0] == 'a' ? 0 : 200; }
static void suite_slow(void) {
    akolhook_webhook b;
    int64_t worst = 0;
    size_t i, n = 0;
    suite_start();
    create("https://a.example/");
    b = create("https://b.example/");
    w.answer_fn = answer_not_a;
    for (i = 0; i < 100; i++) {
        emit();
        run_until(w.now + 10);
    }
    run_until(w.now + 10 * SECOND);
    for (i = 0; i < w.count; i++) n += w.requests[i].host[0] == 'b';
    CHECK_INT(n, 100);
    CHECK_STATUS(log_of(b.id), OK);
    for (i = 0; i < row_count; i++)
        if (rows[i].ms > worst) worst = rows[i].ms;
    CHECK(worst < SECOND);
    CHECK(stats_of(NULL).waiting > 0);
    if (SUITE_DAYS >= 365) {
        run_until(w.now + 400 * HOUR);
        CHECK_INT(stats_of(NULL).waiting, 0);
    }
    suite_end();
}

/* More dead webhooks than places: half of the places stay for the others. */
static int answer_b(const seen *r) { return r->host[0] == 'b' ? 200 : 0; }
static void suite_many_dead(void) {
    akolhook_webhook b;
    char url[40];
    size_t i, before;
    suite_start();
    for (i = 0; i < 20; i++) {
        sprintf(url, "https://dead%u.example/", (unsigned)i);
        create(url);
    }
    w.answer_fn = answer_b;
    for (i = 0; i < 10; i++) emit();
    run_until(w.now + 5 * MINUTE); /* each of them has failed now */
    b = create("https://b.example/");
    before = w.count;
    emit();
    run_until(w.now + 10);
    for (i = before; i < w.count && w.requests[i].host[0] != 'b'; i++) continue;
    CHECK(i < w.count);
    CHECK_STATUS(log_of(b.id), OK);
    CHECK(row_count == 1 && rows[0].success);
    suite_end();
}

/* Webhooks that were healthy begin to hang at once, each with more to send than there are places: what one
   gets beyond its first place is bounded for all of them together. */
static void suite_many_hang(void) {
    akolhook_webhook b;
    char url[40];
    size_t i, before;
    suite_begin();
    desc.per_webhook = 4;
    suite_open();
    for (i = 0; i < 3; i++) {
        sprintf(url, "https://hangs%u.example/", (unsigned)i);
        create(url);
    }
    for (i = 0; i < 10; i++) emit();
    run(); /* all are healthy */
    CHECK_INT(w.count, 30);
    w.answer_fn = answer_b;
    for (i = 0; i < 10; i++) emit();
    run_until(w.now + 10);
    CHECK_INT(w.count, 38); /* they were quick: all of the places */
    b = create("https://b.example/");
    emit();
    run_until(w.now + 31 * SECOND); /* within the deadline */
    CHECK_STATUS(log_of(b.id), OK);
    CHECK(row_count == 1 && rows[0].success);
    create("https://dead1.example/");
    create("https://dead2.example/");
    emit();
    run_until(w.now + 5 * MINUTE);   /* now they fail: half of the places in all */
    create("https://slow.example/"); /* and one more begins to hang */
    for (i = 0; i < 10; i++) emit();
    run_until(w.now + 10);
    before = w.count;
    emit();
    run_until(w.now + 10); /* a quarter is for those that are quick */
    CHECK_INT(w.count, before + 1);
    CHECK_TEXT(w.requests[before].host, "b.example");
    suite_end();
}

/* More than the client takes for one receiver at one time: the rest waits and no attempt is used up. */
static void suite_origin(void) {
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.per_webhook = 8;
    desc.client.max_per_origin = 2;
    suite_open();
    hook = create("https://a.example/");
    w.answer_ms = 100;
    for (i = 0; i < 20; i++) emit();
    run_until(START_MS + 60 * SECOND);
    CHECK_INT(w.count, 20);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 20);
    for (i = 0; i < row_count; i++) CHECK(rows[i].success && rows[i].attempt == 1);
    suite_end();
}

static void suite_queue(void) {
    akolhook_webhook a, b;
    akolhook_stats stats;
    akolhook_hub_event event = AKOLHOOK_INIT, many[2] = {AKOLHOOK_INIT, AKOLHOOK_INIT};
    akolhook_hub_emitted emitted;
    size_t i, dropped = 0;
    suite_begin();
    desc.max_queue = 4;
    suite_open();
    a = create("https://a.example/");
    b = create("https://b.example/");
    w.answer_fn = answer_not_a;
    for (i = 0; i < 3; i++) emit();
    CHECK_STATUS(emit_key("{}", "once", NULL), OK);
    CHECK_STATUS(
            emit_key("{}", "", NULL), PENDING_FULL); /* a burst to healthy ones is refused, never dropped */
    CHECK_INT(stats_of(NULL).emitted, 8);
    many[0].event = many[1].event = AKOLHOOK_CALL_ENDED;
    many[0].data = akolhook_str_c("{}");
    many[1].data = akolhook_str_c("{\"other\":1}");
    many[1].idempotency_key = akolhook_str_c("once");
    CHECK_STATUS(akolhook_hub_emit_many(hub, many, 2, NULL), PENDING_FULL); /* the first that is refused */
    CHECK_STATUS(akolhook_hub_emit_many(hub, many + 1, 1, NULL), KEY_REUSED);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(emit_key("{}", "", NULL), PENDING_FULL); /* what is in flight fills the queue as well */
    run_until(START_MS + 31 * SECOND);                    /* now a fails */
    CHECK_INT(stats_of(b.id).delivered, 4);
    event.event = AKOLHOOK_CALL_ENDED;
    event.data = akolhook_str_c("{}");
    for (i = 0; i < 6; i++) {
        CHECK_STATUS(akolhook_hub_emit_many(hub, &event, 1, &emitted), OK);
        CHECK(emitted.deliveries == 1 && emitted.dropped == 1 && !emitted.skipped && !emitted.repeated);
        run_until(w.now + SECOND);
    }
    stats = stats_of(a.id);
    CHECK(stats.dropped == 6 && stats.emitted == 10 && stats.waiting == 4);
    CHECK_INT(stats_of(b.id).delivered, 10);
    CHECK_STATUS(log_of(a.id), OK);
    for (i = 0; i < row_count; i++) {
        if (rows[i].state != AKOLHOOK_DELIVERY_DROPPED) continue;
        CHECK_STATUS(rows[i].status, WEBHOOK_QUEUE_FULL);
        CHECK(rows[i].attempt == 0 && !rows[i].success && rows[i].at_ms >= START_MS + 31 * SECOND);
        dropped++;
    }
    CHECK_INT(dropped, 6);
    CHECK(strchr(told, 'D') != NULL);
    suite_end();
}

static void suite_rate(void) {
    size_t i;
    suite_begin();
    desc.max_rate = 2;
    suite_open();
    create("https://a.example/");
    for (i = 0; i < 20; i++) emit();
    run_until(START_MS + 20 * SECOND);
    CHECK_INT(w.count, 20);
    for (i = 2; i < 20; i++) CHECK(w.requests[i].at - w.requests[i - 2].at >= SECOND);
    suite_end();
}

/* ---- a store that fails, or a process that dies, at its n-th call ---- */

/* AFTER: the call is made and its answer lost. FAIL_AFTER leaves out the calls by which claims change hands.
 */
enum { FAIL_ONCE, FAIL_AFTER, DIE_BEFORE, DIE_AFTER, HOWS };
static struct {
    akolhook_store inner;
    int calls, at, how, dead;
} crash;

static int crash_now(void) {
    if (crash.dead) return 1;
    if (++crash.calls != crash.at) return 0;
    if (crash.how == DIE_BEFORE || crash.how == DIE_AFTER) crash.dead = 1;
    return 1;
}
static int crash_loses(const char *name) {
    return strcmp(name, "claim_fn") != 0 && strcmp(name, "settle_fn") != 0;
}
#define CRASH_HOOK(name, parameters, arguments) \
    static akolhook_status suite_crash_##name parameters { \
        int was_dead = crash.dead, now = crash_now(); \
        akolhook_status status = AKOLHOOK_STORE_FAILED; \
        (void)user; \
        user = crash.inner.user; \
        if (!now || \
                (!was_dead && ((crash_loses(#name) && crash.how == FAIL_AFTER) || crash.how == DIE_AFTER))) \
            status = crash.inner.name arguments; \
        return now ? AKOLHOOK_STORE_FAILED : status; \
    }
HUB_HOOKS(CRASH_HOOK)
#undef CRASH_HOOK
static akolhook_store crash_store(void) {
    akolhook_store s = AKOLHOOK_INIT;
#define CRASH_SET(name, parameters, arguments) s.name = suite_crash_##name;
    HUB_HOOKS(CRASH_SET)
#undef CRASH_SET
    return s;
}

/* Opens a hub on the store; after a death this is the new process. */
static void crash_open(const akolhook_store *s) {
    akolhook_status status = AKOLHOOK_STORE_FAILED;
    int tries;
    desc.store = s;
    for (tries = 0; status != AKOLHOOK_OK && tries < 3; tries++) {
        crash.dead = 0;
        status = akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc);
    }
    CHECK_STATUS(status, OK);
}
static void crash_reopen(const akolhook_store *s) {
    if (!crash.dead) return;
    akolhook_hub_close(hub);
    crash_open(s);
}
/* 1 when the log says that this message was delivered to this host, by a request before. */
static int crash_recorded(const char *message_id, const char *webhook_id) {
    akolhook_log_query query = AKOLHOOK_INIT;
    static akolhook_log_row all[64];
    size_t count = 0, i;
    uint64_t next;
    query.webhook_id = akolhook_str_c(webhook_id);
    CHECK_STATUS(crash.inner.log_fn(crash.inner.user, &query, all, 64, &count, &next), OK);
    for (i = 0; i < count; i++)
        if (all[i].success && strcmp(all[i].message_id, message_id) == 0) return 1;
    return 0;
}
static akolhook_webhook crash_hooks[2];
static int crash_resent;
static int crash_answer(const seen *r) {
    if (crash_recorded(r->id, crash_hooks[r->host[0] == 'b'].id)) crash_resent++;
    return w.count % 3 == 1 ? 500 : 200;
}

#define CRASH_EVENTS 5
static int crash_life(int at, int how) {
    static const char *const urls[2] = {"https://a.example/", "https://b.example/"};
    akolhook_store s = crash_store();
    char ids[CRASH_EVENTS][AKOLHOOK_ID_SIZE], key[8];
    size_t i, k, n, left, ended = 0;
    int fell;
    suite_begin();
    suite_keeps = 1;
    suite_store_open(&desc);
    memset(&crash, 0, sizeof crash);
    crash.inner = *desc.store;
    crash.at = at;
    crash.how = how;
    crash_resent = 0;
    crash_open(&s);
    w.answer_fn = crash_answer;
    for (i = 0; i < 2; i++)
        for (k = 0; k < 3; k++) { /* made at the second try, or there already */
            akolhook_status status = create_status("n", urls[i], 4, &crash_hooks[i]);
            if (status == AKOLHOOK_OK) break;
            crash_reopen(&s);
            if (status == AKOLHOOK_WEBHOOK_EXISTS) {
                CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, crash_hooks, 2, &n), OK);
                break;
            }
            CHECK_INT(status, AKOLHOOK_STORE_FAILED);
        }
    for (i = 0; i < CRASH_EVENTS; i++) {
        sprintf(key, "%u", (unsigned)i);
        for (k = 0; k < 9 && emit_key("{}", key, &ids[i]) != AKOLHOOK_OK; k++) crash_reopen(&s);
        CHECK(k < 9);
        if (akolhook_hub_poll(hub, 1000, &left) != AKOLHOOK_OK) crash_reopen(&s);
    }
    while (w.now < START_MS + 10 * HOUR && ended++ < 5000)
        if (akolhook_hub_poll(hub, 600000, &left) != AKOLHOOK_OK) crash_reopen(&s);
    CHECK(ended < 5000);
    fell = crash.calls >= at;
    crash.at = 0;
    crash_reopen(&s);
    for (i = 0; i < CRASH_EVENTS; i++)
        for (k = 0; k < 2; k++) CHECK(crash_recorded(ids[i], crash_hooks[k].id));
    for (i = 0; i < w.count; i++) { /* every request carries the id of an accepted event */
        for (k = 0; k < CRASH_EVENTS && strcmp(w.requests[i].id, ids[k]) != 0; k++) continue;
        CHECK(k < CRASH_EVENTS);
    }
    CHECK_INT(crash_resent, 0); /* what was delivered and recorded is not sent again */
    CHECK_INT(stats_of(NULL).waiting, 0);
    CHECK_INT(stats_of(NULL).delivered, 2 * CRASH_EVENTS);
    akolhook_hub_close(hub);
    suite_store_close();
    suite_keeps = 0;
    return fell;
}
static void suite_crash(void) {
    int how, at;
    for (how = 0; how < HOWS; how++) {
        for (at = 1 + how % SUITE_STEP; crash_life(at, how) && !check_bad; at += SUITE_STEP) continue;
        if (check_bad) printf("    at call %d, way %d\n", at, how);
        CHECK(at > 40);
    }
}

/* Each call of the hub tells that the store failed, and has changed nothing. */
static void suite_store_fails(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, listed[2];
    akolhook_store s = crash_store();
    akolhook_stats stats;
    char secret[AKOLHOOK_SECRET_SIZE], delivery[AKOLHOOK_ID_SIZE], id[AKOLHOOK_ID_SIZE];
    uint32_t again = 7;
    int64_t due = 7;
    size_t count = 7, left = 7;
    int turns;
    suite_begin();
    desc.max_attempts = 1;
    suite_keeps = 1;
    suite_store_open(&desc);
    memset(&crash, 0, sizeof crash);
    crash.inner = *desc.store;
    crash_open(&s);
    hook = create("https://a.example/");
    w.code = 500;
    emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    strcpy(delivery, rows[0].delivery_id);
    crash.how = DIE_BEFORE;
    crash.dead = 1; /* every call fails */
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(create_status("n", "https://b.example/", 2, &listed[0]), STORE_FAILED);
    CHECK(listed[0].id[0] == 0);
    CHECK_STATUS(create_probed("https://b.example/", 2, &listed[0]), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, hook.id, &listed[0]), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 2, &count), STORE_FAILED);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), STORE_FAILED);
    CHECK_TEXT(secret, "");
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), STORE_FAILED);
    CHECK_STATUS(emit_key("{}", "", &id), STORE_FAILED);
    CHECK_TEXT(id, "");
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_redeliver(hub, delivery), STORE_FAILED);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &again), STORE_FAILED);
    CHECK_INT(again, 0);
    CHECK_STATUS(log_of(hook.id), STORE_FAILED);
    CHECK_INT(row_count, 0);
    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, &stats), STORE_FAILED);
    CHECK_INT(stats.emitted, 0);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), STORE_FAILED);
    CHECK_INT(left, 0);
    CHECK_STATUS(akolhook_hub_next_due(hub, &due), STORE_FAILED);
    CHECK_INT(due, -1);
    crash.dead = 0;
    crash.how = FAIL_ONCE; /* each call of one turn, alone */
    crash.calls = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    for (turns = crash.calls; turns > 0; turns--) {
        crash.calls = 0;
        crash.at = turns;
        w.now += MINUTE; /* time to keep house again */
        CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), STORE_FAILED);
    }
    crash.at = 0;
    run();
    CHECK_INT(w.count, 1);
    CHECK_TEXT(get(hook.id).name, "A webhook");
    CHECK(get(hook.id).is_active && stats_of(NULL).emitted == 1);
    w.code = 200;
    CHECK_STATUS(akolhook_hub_redeliver(hub, delivery), OK);
    run();
    CHECK(is_signed(&w.requests[1], hook.secret));
    akolhook_hub_close(hub);
    suite_store_close();
    suite_keeps = 0;
}

/* ---- what must never be shown; causes in their order ---- */

static int shows(const void *memory, size_t size, const char *text) {
    const char *p = (const char *)memory;
    size_t i, len = strlen(text);
    for (i = 0; i + len <= size; i++)
        if (memcmp(p + i, text, len) == 0) return 1;
    return 0;
}
/* Neither secrets nor what stands in a URL's query leave the hub but in the answers to create and rotate. */
static void suite_hidden(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, listed[2];
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t i, count;
    suite_begin();
    desc.max_attempts = 2;
    suite_open();
    hook = create("https://a.example/in?token=SeCrEt");
    w.code = 500;
    w.content = "no";
    emit();
    run_until(START_MS + MINUTE);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run();
    CHECK(w.count > 2 && strcmp(w.requests[0].path, "/in?token=SeCrEt") == 0);
    wanted.name = akolhook_str_c("new");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    memset(listed, 0, sizeof listed);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, listed, 1, &count), OK);
    CHECK_INT(count, 1);
    listed[1] = get(hook.id);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK(row_count > 2);
    for (i = 0; i < 3; i++) {
        const char *text = i == 2 ? "SeCrEt" : i ? secret : hook.secret;
        CHECK(!shows(listed, sizeof listed, text));
        CHECK(!shows(rows, row_count * sizeof rows[0], text));
        CHECK(i == 2 || (!shows(world_last, strlen(world_last), text) &&
                                !shows(world_last, strlen(world_last), text + 6)));
    }
    suite_end();
}

/* Attempts of a delivery stand in the log in their order and count up; what ends it is the last, and every
   event ends. */
static int answer_flaky(const seen *r) {
    static const int codes[8] = {200, 500, 0, 200, 429, 200, 503, 200};
    (void)r;
    return codes[(w.count * 7 + w.count / 5) % 8];
}
static void suite_causes(void) {
    enum { MADE = 24 };
    akolhook_webhook hooks[2];
    char ids[MADE][AKOLHOOK_ID_SIZE];
    size_t i, k, n, ended;
    suite_begin();
    desc.memory.log_rows = 150;
    suite_open();
    hooks[0] = create("https://a.example/");
    hooks[1] = create("https://b.example/");
    w.answer_fn = answer_flaky;
    for (i = 0; i < MADE; i++) {
        CHECK_STATUS(emit_key("{}", "", &ids[i]), OK);
        run_until(w.now + 20 * MINUTE);
        if (i == MADE / 2) CHECK_STATUS(akolhook_hub_set_active(hub, hooks[1].id, 0), OK);
    }
    run_until(w.now + 100 * HOUR);
    CHECK_INT(stats_of(NULL).waiting, 0);
    for (k = 0; k < 2; k++) {
        CHECK_STATUS(log_of(hooks[k].id), OK);
        CHECK(row_count < 150); /* all are there */
        for (n = 0; n + 1 < row_count; n++) CHECK(rows[n].cursor > rows[n + 1].cursor);
        for (i = 0; i < (k ? MADE / 2 + 1 : MADE); i++) {
            uint32_t attempt = 0;
            int64_t at = 0;
            for (ended = 0, n = row_count; n > 0; n--) {
                const akolhook_log_row *r = &rows[n - 1];
                if (strcmp(r->message_id, ids[i]) != 0) continue;
                CHECK(!ended && r->at_ms >= at);
                at = r->at_ms + r->retry_ms;
                CHECK_INT(r->attempt, r->state == AKOLHOOK_DELIVERY_CANCELLED ? 0 : ++attempt);
                CHECK_INT(r->success, r->state == AKOLHOOK_DELIVERY_DELIVERED);
                CHECK(r->state != AKOLHOOK_DELIVERY_CANCELLED || k == 1);
                if (r->state == AKOLHOOK_DELIVERY_CANCELLED) at = 0;
                ended += r->state != AKOLHOOK_DELIVERY_WAITING;
            }
            CHECK_INT(ended, 1);
        }
    }
    suite_end();
}

/* ---- a long time ---- */

/* Days of retries. jumps: the wall clock is set each time, by up to thirty years ahead or back. */
static akolhook_stats year(int jumps) {
    static const int64_t by[8] = {1000, -1000, 3600000, -3600000, 86400000, -86400000, INT64_C(946728000000),
            INT64_C(-946728000000)};
    akolhook_stats stats;
    int64_t end = START_MS + SUITE_DAYS * 24 * HOUR;
    size_t emitted = 0;
    suite_begin();
    desc.client.max_in_flight = 16;
    suite_open();
    create("https://a.example/");
    create("https://b.example/");
    w.answer_fn = answer_flaky;
    while (w.now < end && !check_bad) {
        emit();
        if (jumps) w.clock_set += by[emitted % 8];
        emitted++;
        w.draw = w.draw * 1103515245u + 12345u;
        run_until(w.now + 5 * HOUR);
    }
    run_until(w.now + 100 * HOUR);
    stats = stats_of(NULL);
    CHECK_INT(stats.emitted, 2 * emitted);
    CHECK_INT(stats.waiting, 0);
    CHECK(stats.delivered > emitted);
    CHECK(akolhook_stats_latency(&stats, 50) >= 0);
    suite_end();
    return stats;
}
/* A clock that jumps loses nothing, and gives nothing up earlier than one that does not. */
static void suite_year(void) {
    akolhook_stats even = year(0), jumped = year(1);
    CHECK_INT(jumped.emitted, even.emitted);
    CHECK_INT(jumped.delivered, even.delivered);
    CHECK_INT(jumped.failed, even.failed);
    CHECK_INT(jumped.attempts, even.attempts);
}

#include "hub_calls.h"
#include "hub_edges.h"
#include "hub_places.h"
#include "hub_sim.h"

static void suite_run(void) {
    RUN(suite_create);
    RUN(suite_limits);
    RUN(suite_update);
    RUN(suite_probe_refused);
    RUN(suite_probe);
    RUN(suite_probe_beside);
    RUN(suite_deliver);
    RUN(suite_emit_refused);
    RUN(suite_typed);
    RUN(suite_typed_all);
    RUN(suite_once);
    RUN(suite_retries);
    RUN(suite_recovers);
    RUN(suite_retry_after);
    RUN(suite_horizon);
    RUN(suite_gone);
    RUN(suite_auto_inactive);
    RUN(suite_own_faults);
    RUN(suite_rebinding);
    RUN(suite_rotate);
    RUN(suite_inactive);
    RUN(suite_inactive_in_flight);
    RUN(suite_delete);
    RUN(suite_test);
    RUN(suite_log);
    RUN(suite_redeliver);
    RUN(suite_slow);
    RUN(suite_many_dead);
    RUN(suite_many_hang);
    RUN(suite_origin);
    RUN(suite_queue);
    RUN(suite_rate);
    RUN(suite_store_fails);
    RUN(suite_crash);
    RUN(suite_hidden);
    RUN(suite_causes);
    RUN(suite_year);
    suite_calls();
    suite_edges();
    suite_places();
    suite_sim();
}

#endif
