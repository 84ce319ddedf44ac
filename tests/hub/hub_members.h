/* Each member of what goes into a store and comes out of it, of what a hub gives a store, and of what it
   shows and tells. Part of test_hub.c. */
#ifndef HUB_MEMBERS_H
#define HUB_MEMBERS_H

/* ---- the store in memory: what goes in comes out ---- */

static const char *const members_ids[] = {
        "whk_000000000000000000000001", "whk_000000000000000000000002", "whk_000000000000000000000003"};

/* A webhook of which each member is something. */
static akolhook_store_webhook members_hook(void) {
    akolhook_store_webhook hook = AKOLHOOK_INIT;

    memcpy(hook.id, members_ids[0], sizeof hook.id);
    hook.name = akolhook_str_c("A name");
    hook.url = akolhook_str_c("https://a.example/url");
    hook.headers = akolhook_str_c("X-A: 1\r\nX-B: 2\r\n");
    memset(hook.secret, 's', sizeof hook.secret - 1);
    hook.events = 2 | 8;
    hook.is_active = 1;
    hook.created_at_ms = 1234;
    hook.origin = UINT64_C(0x123456789abcdef0);
    hook.rate = 1000;
    hook.deadline_ms = 45000;
    return hook;
}
/* One of its events, in four parts. */
static akolhook_store_event members_event(const char *to) {
    akolhook_store_event e = AKOLHOOK_INIT;

    strcpy(e.message_id, "msg_aaaaaaaaaaaaaaaaaaaaaaab");
    e.event = (akolhook_event)3;
    e.head = akolhook_str_c("head ");
    e.tail[0] = akolhook_str_c(" one");
    e.tail[1] = akolhook_str_c(" two ");
    e.tail[2] = akolhook_str_c("3");
    if (to) e.webhook_id = akolhook_str_c(to);
    e.is_test = to != NULL;
    e.at_ms = 5678;
    return e;
}
static void members_start(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook hook = members_hook();

    bounds_start(&memory);
    CHECK_STATUS(store.webhook_put_fn(store.user, &hook, 9), OK);
}
static akolhook_store_claim members_claim(void) {
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claim;
    size_t count = 0;

    memset(&claim, 0xff, sizeof claim);
    CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 1);
    return claim;
}
static akolhook_log_row members_row(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    size_t count = 0;
    uint64_t next;

    memset(&row, 0xff, sizeof row);
    CHECK_STATUS(store.log_fn(store.user, &query, &row, 1, &count, &next), OK);
    CHECK_INT(count, 1);
    return row;
}

static void test_members_webhook(void) {
    akolhook_store_webhook hook, change = AKOLHOOK_INIT, want = members_hook();
    size_t count;

    members_start();
    memset(&hook, 0xff, sizeof hook);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK_TEXT(hook.id, members_ids[0]);
    CHECK_STR(hook.name, "A name");
    CHECK_STR(hook.url, "https://a.example/url");
    CHECK_STR(hook.headers, "X-A: 1\r\nX-B: 2\r\n");
    CHECK_INT(hook.secret[0], 0); /* never given out */
    CHECK(hook.events == 10 && hook.is_active == 1 && hook.created_at_ms == 1234 &&
            hook.origin == want.origin && hook.rate == 1000 && hook.deadline_ms == 45000);
    CHECK(hook.number == 1 && hook.updated_at_ms == 1234 && hook.inactive_at_ms == 0 &&
            hook.inactive_by == AKOLHOOK_INACTIVE_BY_NONE && hook.last_triggered_at_ms == 0);
    CHECK(hook.queued == 0 && hook.in_flight == 0 && hook.oldest_ms == -1 && hook.next_ms == -1);
    CHECK(hook.health.cls == AKOLHOOK_CLASS_OTHER && hook.health.failures == 0);

    /* each change of its own changes that alone */
    memcpy(change.id, members_ids[0], sizeof change.id);
    change.name = akolhook_str_c("B");
    change.url = akolhook_str_c("https://b.example/");
    change.headers = akolhook_str_c("Y: 1\r\n");
    change.origin = 9;
    change.rate = 7;
    change.deadline_ms = 2000;
    change.events = 4;
    change.created_at_ms = 77;
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_NAME, 2001, NULL), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK(akolhook_str_equal(hook.name, change.name) && akolhook_str_equal(hook.url, want.url) &&
            akolhook_str_equal(hook.headers, want.headers) && hook.updated_at_ms == 2001);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_URL, 2002, NULL), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK(akolhook_str_equal(hook.url, change.url) && akolhook_str_equal(hook.headers, want.headers) &&
            hook.origin == 9 && hook.events == 10 && hook.rate == 1000);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_HEADERS, 2003, NULL), OK);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_EVENTS, 2004, NULL), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK(akolhook_str_equal(hook.headers, change.headers) && hook.events == 4 && hook.rate == 1000 &&
            hook.deadline_ms == 45000);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_RATE, 2005, NULL), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK(hook.rate == 7 && hook.deadline_ms == 45000);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_DEADLINE, 2006, NULL), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
    CHECK(hook.deadline_ms == 2000 && hook.is_active && hook.created_at_ms == 1234 &&
            hook.updated_at_ms == 2006);

    /* how it stands: one waits for 3 s, one is in flight */
    {
        akolhook_store_event e = members_event(NULL);

        e.event = (akolhook_event)2;
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        w.now += SECOND;
        e.message_id[4] = 'b';
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        (void)members_claim();
        w.now += 2 * SECOND;
        CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &hook), OK);
        CHECK(hook.queued == 2 && hook.in_flight == 1 && hook.oldest_ms == 3 * SECOND && hook.next_ms == 0);
    }
    change.is_active = 0;
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_ACTIVE, 2007, NULL), OK);
    CHECK_STATUS(store.webhook_list_fn(store.user, 0, 0, &hook, 1, &count), OK);
    CHECK(count == 1 && !hook.is_active && hook.inactive_at_ms == 2007 && hook.updated_at_ms == 2007 &&
            hook.inactive_by == AKOLHOOK_INACTIVE_BY_CALL && hook.queued == 1 && hook.in_flight == 1 &&
            hook.next_ms == -1);
}

static void test_members_claim(void) {
    akolhook_store_webhook want = members_hook();
    akolhook_store_event e = members_event(NULL);
    akolhook_store_claim first, claim;
    akolhook_store_delivery d;
    size_t count;

    members_start();
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    CHECK(e.deliveries == 1 && !e.skipped && !e.dropped && !e.repeated);
    memset(&d, 0xff, sizeof d);
    w.now += 700;
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK_TEXT(d.message_id, e.message_id);
    CHECK_TEXT(d.webhook_id, want.id);
    CHECK(d.number == 2 && d.event == 3 && d.state == AKOLHOOK_DELIVERY_WAITING && d.attempt == 0 &&
            !d.is_test && !d.in_flight && d.has_body == 1 && d.age_ms == 700 && d.due_ms == 0);
    CHECK_STR(d.head, "head ");
    CHECK_STR(d.tail, " one two 3");
    memset(&d, 0xff, sizeof d);
    CHECK_STATUS(store.waiting_fn(store.user, want.id, 1, &d, 1, &count), OK);
    CHECK(count == 1 && d.number == 2 && d.head.len == 0 && d.tail.len == 0 && d.has_body);
    CHECK_STATUS(store.waiting_fn(store.user, want.id, 2, &d, 1, &count), OK);
    CHECK_INT(count, 0);

    first = members_claim();
    CHECK(first.number == 2 && first.lease != 0 && first.attempt == 0 && first.cls == AKOLHOOK_CLASS_OTHER &&
            first.charged_ms == 1 && first.handle != NULL);
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK(d.in_flight == 1 && d.due_ms == 0 && d.age_ms == 700);
    CHECK_STATUS(bounds_settle(&first, 500), OK);
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK(d.in_flight == 0 && d.attempt == 1 && d.due_ms == 5000);

    w.now += 5000;
    claim = members_claim();
    CHECK_TEXT(claim.message_id, e.message_id);
    CHECK_TEXT(claim.webhook_id, want.id);
    CHECK_MEM(claim.secret, sizeof claim.secret, want.secret, sizeof want.secret);
    CHECK(claim.number == 2 && claim.lease != first.lease && claim.event == 3 && claim.attempt == 1 &&
            !claim.is_test && claim.cls == AKOLHOOK_CLASS_FAILING && claim.origin == want.origin &&
            claim.deadline_ms == 45000);
    CHECK(akolhook_str_equal(claim.url, want.url) && akolhook_str_equal(claim.headers, want.headers));
    CHECK_STR(claim.head, "head ");
    CHECK_STR(claim.tail, " one two 3");
    CHECK_STATUS(bounds_settle(&claim, 200), OK);
    memset(&d, 0xff, sizeof d);
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK_TEXT(d.message_id, e.message_id);
    CHECK_TEXT(d.webhook_id, want.id);
    CHECK(d.number == 2 && d.event == 3 && d.state == AKOLHOOK_DELIVERY_DELIVERED && d.attempt == 2 &&
            !d.is_test && !d.in_flight && d.has_body == 1 && d.age_ms == -1 && d.due_ms == -1);
    CHECK_STR(d.tail, " one two 3");

    w.now += SECOND;
    e = members_event(want.id); /* a test of it */
    e.message_id[4] = 't';
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    claim = members_claim();
    CHECK(claim.is_test == 1 && claim.number == 3 && claim.attempt == 0);
    CHECK_STATUS(store.delivery_fn(store.user, 3, &d), OK);
    CHECK_INT(d.is_test, 1);
    CHECK_STATUS(bounds_settle(&claim, 200), OK);
    CHECK_STATUS(store.delivery_fn(store.user, 3, &d), OK);
    CHECK(d.is_test == 1 && d.state == AKOLHOOK_DELIVERY_DELIVERED);
}

/* A row of the log has what the attempt was; whose it was, the store knows better. */
static void test_members_row(void) {
    akolhook_store_claim claim;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT, got;
    akolhook_store_event e;
    size_t i;

    for (i = 0; i < 2; i++) {
        members_start();
        e = members_event(i ? members_ids[0] : NULL);
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        claim = members_claim();
        o.number = claim.number;
        o.lease = claim.lease;
        o.handle = claim.handle;
        o.row = &row;
        o.retry_after_s = -1;
        o.at_ms = 9000;
        strcpy(row.message_id, "msg_of another");
        row.event = (akolhook_event)9;
        row.number = 999;
        row.is_test = (uint8_t)!i;
        row.at_ms = 8000;
        row.attempt = 3;
        row.code = 503;
        row.response_cut = 1;
        row.status = AKOLHOOK_HTTP_STATUS;
        row.phase = AKOLHOOK_PHASE_BODY;
        row.native_error = -77;
        row.ms = 101;
        row.lookup_ms = 102;
        row.connect_ms = 103;
        row.tls_ms = 104;
        row.first_byte_ms = 105;
        row.peer.family = 6;
        memcpy(row.peer.bytes, "0123456789abcdef", 16);
        row.response = akolhook_str_c("the answer");
        CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
        CHECK_STATUS(o.status, OK);

        got = members_row();
        CHECK_INT(got.delivery_id[0], 0); /* the hub's */
        CHECK_TEXT(got.message_id, e.message_id);
        CHECK_TEXT(got.webhook_id, members_ids[0]);
        CHECK(got.event == 3 && got.number == claim.number && got.is_test == i && got.cursor == 1);
        CHECK(got.at_ms == 8000 && got.attempt == 3 && got.code == 503 && !got.success);
        CHECK_INT(got.state, i ? AKOLHOOK_DELIVERY_FAILED : AKOLHOOK_DELIVERY_WAITING);
        CHECK_INT(got.retry_ms, i ? 0 : 5000);
        CHECK(got.response_cut == 1 && got.status == AKOLHOOK_HTTP_STATUS &&
                got.phase == AKOLHOOK_PHASE_BODY && got.native_error == -77);
        CHECK(got.ms == 101 && got.lookup_ms == 102 && got.connect_ms == 103 && got.tls_ms == 104 &&
                got.first_byte_ms == 105);
        CHECK(got.peer.family == 6 && memcmp(got.peer.bytes, "0123456789abcdef", 16) == 0);
        CHECK_STR(got.response, "the answer");
        CHECK_TEXT(row.message_id, e.message_id); /* and the hub is told */
        CHECK(row.number == claim.number && row.event == 3 && row.is_test == i);
        row.response_cut = 0;
    }
}

/* Deliveries that ended without an attempt: each way has its status, and nothing else is in the row. */
static void test_members_ended(void) {
    static const struct {
        akolhook_delivery_state state;
        akolhook_status status;
    } ways[] = {{AKOLHOOK_DELIVERY_CANCELLED, AKOLHOOK_CANCELLED},
            {AKOLHOOK_DELIVERY_CANCELLED, AKOLHOOK_WEBHOOK_INACTIVE},
            {AKOLHOOK_DELIVERY_FAILED, AKOLHOOK_DELIVERY_EXPIRED},
            {AKOLHOOK_DELIVERY_DROPPED, AKOLHOOK_WEBHOOK_QUEUE_FULL}};
    akolhook_store_webhook off = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_expired expired = {0, 0};
    akolhook_store_event e;
    akolhook_store_claim claim;
    akolhook_log_row row;
    size_t i, k, count;

    memcpy(off.id, members_ids[0], sizeof off.id);
    for (i = 0; i < 4; i++) {
        members_start();
        e = members_event(NULL);
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        switch (i) {
        case 0: CHECK_STATUS(store.cancel_fn(store.user, 2, 5678), OK); break;
        case 1:
            CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, 5678, NULL), OK);
            break;
        case 2:
            for (k = 0; k < 4; k++) { /* 90 h are no more than 90 h */
                w.now += k < 3 ? 26 * HOUR : 12 * HOUR;
                CHECK_STATUS(store.webhook_get_fn(store.user, members_ids[0], &off), OK);
            }
            claim = members_claim();
            w.now++;
            {
                akolhook_store_outcome o = AKOLHOOK_INIT;

                o.number = claim.number;
                o.lease = claim.lease;
                o.handle = claim.handle;
                CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
            }
            limits.expired = &expired;
            limits.at_ms = 5678;
            CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
            CHECK(count == 0 && expired.count == 1 && expired.number == 2);
            break;
        default:
            w.now += 60001; /* it lags */
            e.message_id[4] = 'x';
            e.max_queue = 1;
            CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
            CHECK(e.deliveries == 0 && e.dropped == 1 && e.dropped_number == 3);
            CHECK_TEXT(e.dropped_id, members_ids[0]);
        }
        row = members_row();
        CHECK_TEXT(row.webhook_id, members_ids[0]);
        CHECK(row.event == 3 && row.at_ms == 5678 && row.attempt == 0 && row.number == (i == 3 ? 3u : 2u));
        CHECK_INT(row.message_id[4], i == 3 ? 'x' : 'a');
        CHECK_INT(row.state, ways[i].state);
        CHECK_STATUS(row.status == ways[i].status ? AKOLHOOK_OK : row.status, OK);
        CHECK(!row.success && !row.code && !row.is_test && !row.retry_ms && !row.response_cut &&
                row.phase == AKOLHOOK_PHASE_NONE && !row.native_error && !row.ms && !row.response.len &&
                !row.peer.family);
        CHECK(row.lookup_ms == -1 && row.connect_ms == -1 && row.tls_ms == -1 && row.first_byte_ms == -1);
    }
    members_start(); /* a test that is cancelled is one in its row as well */
    e = members_event(members_ids[0]);
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    CHECK_STATUS(store.cancel_fn(store.user, 2, 5678), OK);
    CHECK_INT(members_row().is_test, 1);
}

/* ---- what a hub gives a store ---- */

static struct {
    akolhook_store inner;
    akolhook_store_limits limits, due_limits;
    akolhook_store_rules rules;
    akolhook_store_outcome outcomes[8];
    akolhook_store_tending tending;
    akolhook_store_event event;
    akolhook_log_query query;
    size_t claimed_most, settled, outcome_count, listed_most;
    unsigned which;
    uint32_t put_most, redelivered_most;
    int64_t set_at, cancelled_at;
} spied;
static akolhook_status spy_claim(
        void *user, const akolhook_store_limits *l, akolhook_store_claim *c, size_t max, size_t *count) {
    spied.limits = *l;
    spied.claimed_most = max;
    return spied.inner.claim_fn(user, l, c, max, count);
}
static akolhook_status spy_next_due(void *user, const akolhook_store_limits *l, int64_t *ms) {
    spied.due_limits = *l;
    return spied.inner.next_due_fn(user, l, ms);
}
static akolhook_status spy_settle(
        void *user, const akolhook_store_rules *r, akolhook_store_outcome *o, size_t count) {
    size_t i;

    spied.rules = *r;
    for (i = 0; i < count && spied.outcome_count < 8; i++) spied.outcomes[spied.outcome_count++] = o[i];
    if (count > spied.settled) spied.settled = count;
    return spied.inner.settle_fn(user, r, o, count);
}
static akolhook_status spy_tend(void *user, akolhook_store_tending *t) {
    spied.tending = *t;
    return spied.inner.tend_fn(user, t);
}
static akolhook_status spy_enqueue(void *user, akolhook_store_event *events, size_t count) {
    spied.event = *events;
    return spied.inner.enqueue_fn(user, events, count);
}
static akolhook_status spy_log(void *user, const akolhook_log_query *q, akolhook_log_row *r, size_t max,
        size_t *count, uint64_t *next) {
    spied.query = *q;
    return spied.inner.log_fn(user, q, r, max, count, next);
}
static akolhook_status spy_set(
        void *user, const akolhook_store_webhook *hook, unsigned which, int64_t at_ms, int *changed) {
    spied.which = which;
    spied.set_at = at_ms;
    return spied.inner.webhook_set_fn(user, hook, which, at_ms, changed);
}
static akolhook_status spy_put(void *user, const akolhook_store_webhook *hook, uint32_t max) {
    spied.put_most = max;
    return spied.inner.webhook_put_fn(user, hook, max);
}
static akolhook_status spy_redeliver(void *user, uint64_t number, uint32_t max_queue) {
    spied.redelivered_most = max_queue;
    return spied.inner.redeliver_fn(user, number, max_queue);
}
static akolhook_status spy_cancel(void *user, uint64_t number, int64_t at_ms) {
    spied.cancelled_at = at_ms;
    return spied.inner.cancel_fn(user, number, at_ms);
}
/* A hub whose store in memory is looked at. */
static void spy_open(void) {
    suite_open();
    memset(&spied, 0, sizeof spied);
    spied.inner = hub->store;
    hub->store.claim_fn = spy_claim;
    hub->store.next_due_fn = spy_next_due;
    hub->store.settle_fn = spy_settle;
    hub->store.tend_fn = spy_tend;
    hub->store.enqueue_fn = spy_enqueue;
    hub->store.log_fn = spy_log;
    hub->store.webhook_set_fn = spy_set;
    hub->store.webhook_put_fn = spy_put;
    hub->store.redeliver_fn = spy_redeliver;
    hub->store.cancel_fn = spy_cancel;
}

/* The figures of the manual, and what the description says. */
static uint32_t spy_draw(void *user) {
    (void)user;
    return ++w.draw;
}
static void test_gives(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_webhook hook;
    uint64_t next;
    size_t count;

    suite_begin();
    desc.draw_fn = spy_draw;
    desc.max_queue = 77;
    desc.max_rate = 900;
    desc.per_webhook = 3;
    desc.keep_hours = 5;
    desc.client.deadline_ms = 20000;
    desc.client.max_per_origin = 6;
    desc.max_webhooks = 39;
    spy_open();
    hook = create("https://a.example/");
    CHECK_INT(spied.put_most, 39);
    w.now += SECOND;
    w.code = 429;
    w.fields = "Retry-After: 60\r\n";
    emit();
    CHECK(spied.event.max_queue == 77 && spied.event.at_ms == w.now && !spied.event.is_test &&
            !spied.event.has_key);
    run();
    CHECK_INT(spied.tending.at_ms, w.now);
    CHECK_INT(spied.tending.events_ms, 5 * HOUR);
    CHECK_INT(spied.tending.keys_ms, 24 * HOUR);
    CHECK(spied.limits.lease_ms == 50000 && spied.limits.at_ms == w.now && spied.limits.per_webhook == 3 &&
            spied.limits.rate == 900 && spied.limits.per_origin == 6 && spied.limits.expired);
    CHECK_INT(spied.claimed_most, 8);
    CHECK(spied.due_limits.lease_ms == 50000 && spied.due_limits.rate == 900 && !spied.due_limits.expired);
    CHECK(spied.rules.max_attempts == 10 && spied.rules.warn_failures == 15 &&
            spied.rules.warn_ms == 18 * HOUR && spied.rules.max_failures == 20 &&
            spied.rules.max_ms == 24 * HOUR);
    CHECK_INT(spied.outcome_count, 1);
    CHECK(spied.outcomes[0].number != 0 && spied.outcomes[0].lease != 0 && spied.outcomes[0].handle &&
            spied.outcomes[0].charged_ms == 1 && spied.outcomes[0].retry_after_s == 60 &&
            spied.outcomes[0].at_ms == w.now && spied.outcomes[0].row);
    CHECK(spied.outcomes[0].draws[0] == 1 && spied.outcomes[0].draws[1] == 2 && !spied.outcomes[0].delay_ms);

    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 9, &count), OK);
    CHECK_INT(spied.query.look, 0);
    CHECK_STATUS(akolhook_hub_log_page(hub, &query, rows, 9, &count, &next), OK);
    CHECK_INT(spied.query.look, AKOLHOOK_LOG_LOOK);
    w.now += SECOND;
    wanted.name = akolhook_str_c("n");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(spied.which == AKOLHOOK_STORE_NAME && spied.set_at == w.now);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_cancel(hub, rows[0].delivery_id), OK);
    CHECK_INT(spied.cancelled_at, w.now);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), OK);
    CHECK_INT(spied.redelivered_most, 77);
    CHECK_STATUS(akolhook_hub_purge(hub, 12345, NULL), OK);
    CHECK(spied.tending.events_ms == 12345 && spied.tending.keys_ms == 24 * HOUR);
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    CHECK(spied.event.is_test == 1 && !spied.event.has_key && spied.event.max_queue == 77);
    CHECK_STR(spied.event.webhook_id, hook.id);
    suite_end();

    suite_begin();
    desc.keep_hours = AKOLHOOK_KEEP_EVENTS;
    spy_open();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(spied.tending.events_ms, -1);
    suite_end();
}

/* ---- what a hub shows ---- */

static void test_shows_webhook(void) {
    akolhook_store_webhook kept = members_hook();
    akolhook_webhook hook;
    char name[500];
    size_t len;

    kept.number = 42;
    kept.updated_at_ms = 5;
    kept.inactive_at_ms = 6;
    kept.inactive_by = AKOLHOOK_INACTIVE_BY_HUB;
    kept.last_triggered_at_ms = 7;
    kept.health.cls = AKOLHOOK_CLASS_FAILING;
    kept.health.failures = 8;
    kept.health.reason = AKOLHOOK_DEADLINE;
    kept.health.code = 502;
    kept.health.sick_at_ms = 9;
    kept.queued = 10;
    kept.in_flight = 11;
    kept.oldest_ms = 12;
    kept.next_ms = 13;
    kept.url = akolhook_str_c("https://a.example/url?key=1");
    memset(&hook, 0xff, sizeof hook);
    akolhook_hub_i_webhook_show(&kept, &hook);
    CHECK_TEXT(hook.id, kept.id);
    CHECK_TEXT(hook.name, "A name");
    CHECK_TEXT(hook.url, "https://a.example/url?***");
    CHECK(hook.events == 10 && hook.is_active && hook.created_at_ms == 1234 && hook.updated_at_ms == 5 &&
            hook.last_triggered_at_ms == 7 && hook.failure_count == 8 && hook.number == 42 &&
            hook.rate == 1000 && hook.deadline_ms == 45000 && hook.header_count == 2);
    CHECK(hook.cls == AKOLHOOK_CLASS_FAILING && hook.reason == AKOLHOOK_DEADLINE && hook.code == 502 &&
            hook.failing_since_ms == 9 && hook.inactive_at_ms == 6 &&
            hook.inactive_by == AKOLHOOK_INACTIVE_BY_HUB);
    CHECK(hook.queued == 10 && hook.in_flight == 11 && hook.oldest_ms == 12 && hook.next_ms == 13);

    memset(name, 'n', sizeof name);
    for (len = 399; len <= 402; len++) { /* what a store gives beyond 400 bytes is left out */
        kept.name = akolhook_str_n(name, len);
        akolhook_hub_i_webhook_show(&kept, &hook);
        CHECK_INT(strlen(hook.name), len < 400 ? len : 400);
    }
}
static void test_shows_delivery(void) {
    akolhook_store_delivery kept = AKOLHOOK_INIT;
    akolhook_hub_delivery d;

    strcpy(kept.message_id, "msg_0123456789abcdefghijklmn");
    strcpy(kept.webhook_id, members_ids[1]);
    kept.number = 62 * 62 + 61; /* "10z" in base 62 */
    kept.event = (akolhook_event)4;
    kept.state = AKOLHOOK_DELIVERY_FAILED;
    kept.attempt = 5;
    kept.is_test = kept.in_flight = kept.has_body = 1;
    kept.age_ms = 6;
    kept.due_ms = 7;
    memset(&d, 0xff, sizeof d);
    akolhook_hub_i_delivery_show(&kept, &d);
    CHECK_TEXT(d.id, "dlv_0123456789abc0000000010z");
    CHECK_TEXT(d.message_id, kept.message_id);
    CHECK_TEXT(d.webhook_id, kept.webhook_id);
    CHECK(d.event == 4 && d.state == AKOLHOOK_DELIVERY_FAILED && d.attempt == 5 && d.is_test && d.in_flight &&
            d.has_body && d.age_ms == 6 && d.due_ms == 7 && d.number == kept.number);
    CHECK(!d.body[0].len && !d.body[1].len && !d.body[2].len);
}

/* How an attempt went, as the client says it, is what the log has, and what a notice tells. */
static akolhook_log_row members_told[8];
static uint32_t members_failures[8];
static char members_kinds[9];
static void members_tell(void *user, const akolhook_notice *n) {
    size_t at = strlen(members_kinds);

    CHECK(user == &w && at < 8);
    if (at >= 8) return;
    members_kinds[at] = "?ASFRWIDU"[n->kind];
    members_told[at] = *n->row;
    members_failures[at] = n->failures;
}
static void members_begin(void) {
    suite_begin();
    desc.notice_fn = members_tell;
    desc.user = &w;
    memset(members_kinds, 0, sizeof members_kinds);
    memset(members_told, 0, sizeof members_told);
}
static void test_shows_attempt(void) {
    static const char answer[] = "what it answered";
    akolhook_delivery d = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_store_claim claim;
    akolhook_hub_i_flight *f;
    akolhook_webhook hook;
    size_t count;
    int i;

    members_begin();
    suite_open();
    hook = create("https://a.example/");
    emit();
    CHECK_INT(akolhook_hub_i_limits(hub, &limits), 8);
    CHECK_STATUS(hub->store.claim_fn(hub->store.user, &limits, &claim, 1, &count), OK);
    f = akolhook_hub_i_flight_at(hub, hub->first_free);
    hub->first_free = f->next;
    akolhook_hub_i_flight_fill(hub, f, &claim);
    akolhook_hub_i_place_take(hub, f);
    w.now += 3 * SECOND;

    d.status = AKOLHOOK_HTTP_STATUS;
    d.code = 503;
    d.phase = AKOLHOOK_PHASE_DONE;
    d.native_error = 12;
    d.ms = 101;
    d.lookup_ms = 102;
    d.connect_ms = 103;
    d.tls_ms = 104;
    d.first_byte_ms = 105;
    d.peer.family = 4;
    d.peer.bytes[3] = 9;
    d.response_cut = 1;
    d.response = akolhook_str_n(answer, sizeof answer - 1);
    d.retry_after_s = 60;
    akolhook_hub_i_flight_done(f, 1, &d);
    CHECK_STATUS(akolhook_hub_i_settle(hub), OK);
    CHECK_INT(hub->open, 0);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 1);
    CHECK_TEXT(members_kinds, "A");
    for (i = 0; i < 2; i++) {
        const akolhook_log_row *row = i ? &rows[0] : &members_told[0];

        CHECK(row->event == AKOLHOOK_CALL_ENDED && row->at_ms == START_MS && row->attempt == 1 &&
                row->state == AKOLHOOK_DELIVERY_WAITING && row->code == 503 && !row->success &&
                !row->is_test && row->response_cut);
        CHECK(row->status == AKOLHOOK_HTTP_STATUS && row->phase == AKOLHOOK_PHASE_DONE &&
                row->native_error == 12 && row->ms == 101 && row->lookup_ms == 102 &&
                row->connect_ms == 103 && row->tls_ms == 104 && row->first_byte_ms == 105);
        CHECK(row->peer.family == 4 && row->peer.bytes[3] == 9 && row->number == claim.number);
        CHECK_TEXT(row->message_id, claim.message_id);
        CHECK_TEXT(row->webhook_id, hook.id);
        CHECK_TEXT(row->delivery_id, rows[0].delivery_id);
    }
    CHECK_STR(rows[0].response, answer);
    CHECK(get(hook.id).next_ms == 60 * SECOND && members_failures[0] == 1);
    suite_end();
}

/* Notices of what ended without an attempt. */
static void test_shows_ended(void) {
    akolhook_webhook hook;
    akolhook_gauges gauges;
    char ids[3][AKOLHOOK_ID_SIZE];
    size_t i;

    members_begin();
    desc.max_queue = 1;
    suite_open();
    hook = create("https://a.example/");
    CHECK_STATUS(emit_key("{}", "", &ids[0]), OK);
    w.now += MINUTE + 1;
    CHECK_STATUS(emit_key("{}", "", &ids[1]), OK);
    w.now += 5;
    CHECK_STATUS(emit_key("{}", "", &ids[2]), OK);
    w.clock_set = 9;
    for (i = 0; i < 4; i++) {
        w.now += 23 * HOUR;
        CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    }
    run();
    run(); /* once each */
    CHECK_TEXT(members_kinds, "DF");
    CHECK(members_failures[0] == 2 && members_failures[1] == 1);
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 3);
    for (i = 0; i < 2; i++) {
        const akolhook_log_row *row = &members_told[i], *logged = &rows[i ? 0 : 1];

        CHECK_TEXT(row->message_id, ids[i ? 0 : 2]);
        CHECK_TEXT(row->webhook_id, hook.id);
        CHECK_TEXT(row->delivery_id, logged->delivery_id);
        CHECK_TEXT(logged->message_id, row->message_id);
        CHECK(row->event == AKOLHOOK_CALL_ENDED && row->number == logged->number && !row->attempt &&
                !row->success && !row->is_test && !row->code && row->at_ms == logged->at_ms);
        CHECK_INT(row->at_ms, START_MS + MINUTE + 6 + (i ? 92 * HOUR + 9 : 0));
        CHECK_INT(row->state, i ? AKOLHOOK_DELIVERY_FAILED : AKOLHOOK_DELIVERY_DROPPED);
        CHECK_INT(row->status, i ? AKOLHOOK_DELIVERY_EXPIRED : AKOLHOOK_WEBHOOK_QUEUE_FULL);
        CHECK(row->lookup_ms == -1 && row->connect_ms == -1 && row->tls_ms == -1 && row->first_byte_ms == -1);
    }
    suite_end();
}

static void test_members(void) {
    RUN(test_members_webhook);
    RUN(test_members_claim);
    RUN(test_members_row);
    RUN(test_members_ended);
    RUN(test_gives);
    RUN(test_shows_webhook);
    RUN(test_shows_delivery);
    RUN(test_shows_attempt);
    RUN(test_shows_ended);
}

#endif
