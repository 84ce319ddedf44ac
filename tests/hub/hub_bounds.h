/* The hub and the store in memory at their bounds: counters that are full, pools in pieces, tables that are
   used up, stores and platforms that break their word. Part of test_hub.c. */
#ifndef HUB_BOUNDS_H
#define HUB_BOUNDS_H

/* ---- policy ---- */

/* Counters that are full stay so; what could not be warned of in time is warned of when it ends; an answer is
   more than a code. */
static void test_judge_bounds(void) {
    static const akolhook_store_rules rules = {UINT32_MAX, 15, 18 * HOUR, 20, 24 * HOUR};
    static const struct {
        akolhook_status status;
        long native_error;
        int answered;
    } causes[] = {{AKOLHOOK_BAD_RESPONSE, 0, 1}, {AKOLHOOK_RESPONSE_HEAD_TOO_LARGE, 0, 1},
            {AKOLHOOK_TOO_MANY_INTERIM, 0, 1}, {AKOLHOOK_TLS_FAILED, 0, 1}, {AKOLHOOK_DEADLINE, 0, 0},
            {AKOLHOOK_CONNECT_FAILED, ECONNREFUSED, 1}, {AKOLHOOK_CONNECT_FAILED, EHOSTUNREACH, 0}};
    akolhook_store_case at = AKOLHOOK_INIT;
    akolhook_store_health health = AKOLHOOK_INIT;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    size_t i;
    at.now = 100 * HOUR;
    at.began = at.now - SECOND;
    at.is_active = 1;
    o.retry_after_s = -1;
    o.row = &row;
    row.phase = AKOLHOOK_PHASE_HEAD;
    for (i = 0; i < sizeof causes / sizeof causes[0]; i++) {
        row.status = causes[i].status;
        row.native_error = causes[i].native_error;
        akolhook_hub_judge(&rules, &at, &health, &o);
        CHECK_INT(o.answered, causes[i].answered);
        CHECK(!o.is_fault && !o.warned && !o.deactivates);
    }
    CHECK_INT(health.failures, i);
    CHECK_INT(health.counted, 5);

    row.status = AKOLHOOK_HTTP_STATUS;
    row.code = 500;
    at.attempt = UINT32_MAX; /* also the most that is allowed: it ends */
    health.failures = health.counted = health.misses = UINT32_MAX;
    health.counted_since = at.now - 23 * HOUR;
    health.missed_at = 0;
    health.is_warned = 1;
    akolhook_hub_judge(&rules, &at, &health, &o);
    CHECK(health.failures == UINT32_MAX && health.counted == UINT32_MAX && health.misses == UINT32_MAX);
    CHECK(o.attempt == UINT32_MAX && o.state == AKOLHOOK_DELIVERY_FAILED && !o.deactivates);
    CHECK_INT(health.backoff_until - at.now, 300 * SECOND);

    health.is_warned = 0; /* from 23 h on nothing was tried, and now it is more than 24 */
    health.counted_since = at.now - 25 * HOUR;
    at.attempt = 1;
    akolhook_hub_judge(&rules, &at, &health, &o);
    CHECK(o.warned && o.deactivates && health.is_warned && o.cancelled);

    row.status = AKOLHOOK_SYSTEM_LIMIT;
    at.faults = UINT32_MAX;
    akolhook_hub_judge(&rules, &at, &health, &o);
    CHECK(o.is_fault && o.faults == UINT32_MAX && o.attempt == 1);
    CHECK_INT(o.due_ms, 640 * SECOND); /* 5 s, doubled seven times */

    CHECK(!akolhook_hub_is_own_fault(AKOLHOOK_CONNECT_FAILED, AKOLHOOK_PHASE_TLS, ENETUNREACH));
    CHECK(akolhook_hub_is_own_fault(AKOLHOOK_CONNECT_FAILED, AKOLHOOK_PHASE_CONNECT, ENETUNREACH));
    CHECK_INT(akolhook_hub_has_room(5, 1, UINT64_MAX, 1), 1); /* parts without end do not wrap */
}
/* The last bucket has all that is longer. */
static void test_latency_bounds(void) {
    akolhook_stats stats = AKOLHOOK_INIT;
    stats.latency[AKOLHOOK_LATENCY_BUCKETS - 1] = 1;
    CHECK_INT(akolhook_stats_bucket(INT32_MAX), AKOLHOOK_LATENCY_BUCKETS - 1);
    CHECK(akolhook_stats_latency(&stats, 1) >= 100000);
    CHECK_INT(akolhook_stats_latency(&stats, 100), akolhook_stats_latency(&stats, 1));
    CHECK_INT(akolhook_stats_latency(NULL, 50), -1);
    CHECK_INT(akolhook_stats_latency(&stats, 101), -1);
}

/* ---- the store in memory, called as a hub would not ---- */

static void bounds_start(const akolhook_memory_desc *memory) {
    world_start();
    store_start(memory);
}
static akolhook_memory *bounds_memory(void) { return (akolhook_memory *)store.user; }
static akolhook_status bounds_put(unsigned n, const char *url, uint32_t deadline_ms) {
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    sprintf(hook.id, "whk_%024u", n);
    hook.name = akolhook_str_c("n");
    hook.url = akolhook_str_c(url);
    hook.events = 2;
    hook.is_active = 1;
    hook.deadline_ms = deadline_ms;
    return store.webhook_put_fn(store.user, &hook, UINT32_MAX);
}
/* An event of so many bytes, to all or to one. */
static char bounds_data[70000];
static akolhook_store_event bounds_event(unsigned n, size_t len, const char *to) {
    akolhook_store_event e = AKOLHOOK_INIT;
    memset(bounds_data, 'x', sizeof bounds_data);
    sprintf(e.message_id, "msg_%024u", n);
    e.event = (akolhook_event)1;
    e.tail[0] = akolhook_str_n(bounds_data, len);
    if (to) e.webhook_id = akolhook_str_c(to);
    e.is_test = to != NULL;
    e.at_ms = w.now;
    return e;
}
static akolhook_status bounds_emit(unsigned n, size_t len, const char *to) {
    akolhook_store_event e = bounds_event(n, len, to);
    return store.enqueue_fn(store.user, &e, 1);
}
static akolhook_store_limits bounds_limits(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    limits.lease_ms = 60000;
    limits.per_webhook = limits.slow = limits.failing = 1000;
    return limits; /* per_origin 0: no bound */
}
static akolhook_status bounds_settle(const akolhook_store_claim *claim, int code) {
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    o.number = claim->number;
    o.lease = claim->lease;
    o.handle = claim->handle;
    o.row = &row;
    o.retry_after_s = -1;
    o.at_ms = w.now;
    row.success = code == 200;
    row.code = code;
    row.attempt = claim->attempt + 1;
    row.status = code == 200 ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
    row.at_ms = w.now;
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    return o.status;
}
static const char *const bounds_id = "whk_000000000000000000000001";
static akolhook_stats stats_of_store(void) {
    akolhook_stats stats = AKOLHOOK_INIT;
    CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
    return stats;
}

/* Ids, numbers and counts that a hub would not let through. */
static void test_store_arguments(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook hook, change = AKOLHOOK_INIT;
    akolhook_store_delivery d;
    akolhook_store_claim claim;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_event events[AKOLHOOK_EMIT_MOST + 1];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    akolhook_stats stats;
    size_t count = 9, i;
    uint64_t next;
    int changed = 7;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, "whk_1", &hook), UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.webhook_get_fn(store.user, "", &hook), UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.webhook_delete_fn(store.user, "whk_"), UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.stats_fn(store.user, "whk_", &stats), UNKNOWN_WEBHOOK);
    CHECK_STATUS(bounds_emit(1, 10, "whk_000000000000000000000009"), UNKNOWN_WEBHOOK);
    for (i = 0; i <= AKOLHOOK_EMIT_MOST; i++) events[i] = bounds_event((unsigned)i, 10, NULL);
    CHECK_STATUS(store.enqueue_fn(store.user, events, AKOLHOOK_EMIT_MOST + 1), STORE_FAILED);
    CHECK_STATUS(store.redeliver_fn(store.user, 77, 0), UNKNOWN_DELIVERY);
    CHECK_STATUS(store.cancel_fn(store.user, 77, w.now), UNKNOWN_DELIVERY);
    CHECK_STATUS(store.send_now_fn(store.user, 77), UNKNOWN_DELIVERY);
    CHECK_STATUS(store.delivery_fn(store.user, 77, &d), UNKNOWN_DELIVERY);

    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    CHECK_STATUS(store.waiting_fn(store.user, NULL, 0, &d, 0, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 1);
    o.number = claim.number;
    o.lease = claim.lease;
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST); /* without its handle */
    o.handle = claim.handle;
    o.number++;
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_STATUS(o.status, LEASE_LOST);
    bounds_memory()->total.latency[akolhook_stats_bucket(0)] = UINT32_MAX; /* it is full, and stays so */
    akolhook_memory_i_hook_at(bounds_memory(), 1)->stats.latency[akolhook_stats_bucket(0)] = UINT32_MAX;
    CHECK_STATUS(bounds_settle(&claim, 200), OK);
    CHECK_INT(bounds_memory()->total.latency[akolhook_stats_bucket(0)], UINT32_MAX);
    CHECK_STATUS(store.stats_fn(store.user, bounds_id, &stats), OK);
    CHECK_INT(stats.latency[akolhook_stats_bucket(0)], UINT32_MAX);
    CHECK_STATUS(store.cancel_fn(store.user, claim.number, w.now), DELIVERY_NOT_WAITING);

    query.message_id = akolhook_str_c("msg_1");
    CHECK_STATUS(store.log_fn(store.user, &query, &row, 1, &count, &next), OK);
    CHECK_INT(count, 0);

    /* what changed is told; a name may be empty, and events may change alone */
    memcpy(change.id, bounds_id, sizeof change.id - 1);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_ACTIVE, w.now, &changed), OK);
    CHECK_INT(changed, 1);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_ACTIVE, w.now, &changed), OK);
    CHECK_INT(changed, 0);
    change.events = 4;
    CHECK_STATUS(store.webhook_set_fn(
                         store.user, &change, AKOLHOOK_STORE_NAME | AKOLHOOK_STORE_EVENTS, w.now, NULL),
            OK);
    CHECK_STATUS(store.webhook_get_fn(store.user, bounds_id, &hook), OK);
    CHECK(hook.name.len == 0 && hook.events == 4);
    CHECK_STR(hook.url, "https://a.example/");
    change.url = akolhook_str_n(NULL, 0);
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_URL, w.now, NULL), OK);
}

/* Two URLs with one hash (FNV-1a of 32 bits, found by trying) are two. */
static void test_same_hash(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    static const char one[] = "https://a.example/zvdpodqe", other[] = "https://a.example/bmsrqzgs";
    bounds_start(&memory);
    CHECK_INT(akolhook_memory_i_hash(one, sizeof one - 1), akolhook_memory_i_hash(other, sizeof other - 1));
    CHECK_STATUS(bounds_put(1, one, 0), OK);
    CHECK_STATUS(bounds_put(2, other, 0), OK);
    CHECK_STATUS(bounds_put(3, one, 0), WEBHOOK_EXISTS);
}

/* A pool in pieces: room that is not together is none, whatever it sums up to, and nothing changes then. */
static void test_pool_in_pieces(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook change = AKOLHOOK_INIT;
    akolhook_store_event e;
    akolhook_memory *m;
    uint32_t at[300], kept, i, n = 0;
    memory.max_webhooks = 2;
    memory.pool_bytes = 4096;
    bounds_start(&memory);
    m = bounds_memory();
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_INT(akolhook_memory_i_units(m, 4080), 0); /* a block's head does not fit */
    CHECK_INT(akolhook_memory_i_units(m, 5000), 0);
    CHECK_STATUS(bounds_emit(1, 4050, NULL), POOL_FULL);
    CHECK_STATUS(bounds_emit(1, 60000, NULL), POOL_FULL);

    while (n < 300 && (at[n] = akolhook_memory_i_pool_take(m, 2)) != 0) n++;
    CHECK(n > 100);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), POOL_FULL);
    memcpy(change.id, bounds_id, sizeof change.id - 1);
    change.name = akolhook_str_c("another");
    CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_NAME, w.now, NULL), POOL_FULL);
    CHECK_STATUS(bounds_emit(1, 100, NULL), POOL_FULL); /* its part has the bytes, the pool has not */
    CHECK_INT(m->numbers, 1);

    for (i = 0; i < n; i += 2) akolhook_memory_i_block_free(m, at[i]); /* every other one */
    CHECK(m->free_units >= n - 2);
    CHECK_INT(akolhook_memory_i_pool_take(m, 8), 0); /* nothing is kept that could give way */
    for (i = 0; i < n; i++) CHECK(i % 2 == 0 || akolhook_memory_i_block_at(m, at[i])->refs == 1);

    for (i = 1; i < 20; i += 2) akolhook_memory_i_block_free(m, at[i]); /* one hole, for one that is kept */
    e = bounds_event(3, 60, NULL);
    kept = akolhook_memory_i_stored_new(m, &e);
    CHECK(kept != 0 && m->first_kept == kept);
    CHECK_INT(akolhook_memory_i_pool_take(m, 100), 0); /* more than lies together, kept ones included */
    CHECK_INT(m->first_kept, kept);
    CHECK(akolhook_memory_i_pool_take(m, 12) != 0);
}

/* Texts that are longer than a part are charged to the shared half: where they have more than that, no event
   has room there. */
static void test_texts_fill(void) {
    static char headers[1900];
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    memory.max_webhooks = 8;
    memory.pool_bytes = 4096;
    bounds_start(&memory);
    memset(headers, 'x', sizeof headers);
    sprintf(hook.id, "whk_%024u", 1u);
    hook.name = akolhook_str_c("n");
    hook.url = akolhook_str_c("https://a.example/");
    hook.events = 2;
    hook.is_active = 1;
    hook.headers = akolhook_str_n(headers, sizeof headers);
    CHECK_STATUS(store.webhook_put_fn(store.user, &hook, 8), OK);
    sprintf(hook.id, "whk_%024u", 2u);
    hook.url = akolhook_str_c("https://b.example/");
    hook.headers = akolhook_str_n(headers, 900);
    CHECK_STATUS(store.webhook_put_fn(store.user, &hook, 8), OK);
    CHECK(bounds_memory()->shared_bytes_used >= bounds_memory()->shared_bytes);
    CHECK_STATUS(bounds_emit(1, 300, NULL), POOL_FULL);
}

/* Leases end in the order of their times, whatever deadlines their webhooks have; a webhook's own that is
   shorter than the hub's shortens none. */
static void test_lease_order(void) {
    static const uint32_t deadlines[] = {600000, 1000, 300000, 0, 400000};
    static const int64_t ends[] = {60000, 60000, 330000, 430000, 630000};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[8];
    char url[40];
    size_t i, count;
    int64_t ms;
    bounds_start(&memory);
    for (i = 0; i < 5; i++) {
        sprintf(url, "https://h%u.example/", (unsigned)i);
        CHECK_STATUS(bounds_put((unsigned)i + 1, url, deadlines[i]), OK);
    }
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 8, &count), OK);
    CHECK_INT(count, 5);
    limits.per_webhook = 1; /* and none of them is claimed again */
    for (i = 0; i < 5; i++) {
        CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
        CHECK_INT(w.now + ms - START_MS, ends[i]);
        CHECK_STATUS(bounds_settle(&claims[i == 0 ? 1 : i == 1 ? 3 : i == 2 ? 2 : i == 3 ? 4 : 0], 200), OK);
    }
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, -1);
}

/* More leases run out in a moment than one call ends, among them those of a webhook that is deleted, and of
   one that was switched off, and one that was cancelled on its way: these are not tried again. */
static void test_leases_run_out(void) {
    enum { MANY = 600 };
    static akolhook_store_claim claims[MANY + 4];
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_webhook off = AKOLHOOK_INIT;
    akolhook_stats stats;
    size_t count, calls, taken;
    memory.max_webhooks = 3;
    memory.max_pending = 4000;
    memory.pool_bytes = 1 << 20;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (taken = 0; taken < MANY; taken++) CHECK_STATUS(bounds_emit((unsigned)taken, 10, NULL), OK);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    CHECK_STATUS(bounds_put(3, "https://c.example/", 0), OK);
    CHECK_STATUS(bounds_emit(MANY, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, MANY + 4, &count), OK);
    CHECK_INT(count, MANY + 3);
    CHECK_STATUS(store.webhook_delete_fn(store.user, "whk_000000000000000000000002"), OK);
    sprintf(off.id, "whk_%024u", 3u);
    CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    CHECK_STATUS(store.cancel_fn(store.user, claims[0].number, w.now), OK);

    w.now += 60000;
    for (taken = calls = 0; calls < 10; calls++) {
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, MANY + 4, &count), OK);
        CHECK(count <= AKOLHOOK_STORE_STEP);
        taken += count;
    }
    CHECK_INT(taken, MANY); /* of 601 to the first one was cancelled */
    CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
    CHECK(stats.cancelled == 3 && stats.waiting == MANY && stats.emitted == MANY + 3);
}

/* What a claim ends as too old need not be asked for. */
static void test_expired_unasked(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_webhook hook;
    akolhook_store_claim claim;
    akolhook_stats stats;
    size_t count, i;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    for (i = 0; i < 4; i++) {
        w.now += 24 * HOUR;
        CHECK_STATUS(store.webhook_get_fn(store.user, bounds_id, &hook), OK);
    }
    CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
    CHECK(stats.failed == 1 && stats.waiting == 0);
}

/* More is cut off than two steps end, at two webhooks; and more bodies are old than one step removes. */
static void test_tend_steps(void) {
    enum { EACH = 500 };
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook off = AKOLHOOK_INIT;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_delivery d;
    akolhook_stats stats;
    akolhook_gauges gauges;
    size_t i, count;
    int steps = 1;
    memory.max_webhooks = 2;
    memory.max_pending = 4000;
    memory.pool_bytes = 1 << 20;
    memory.log_rows = 4;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    for (i = 0; i < EACH; i++) CHECK_STATUS(bounds_emit((unsigned)i, 10, NULL), OK);
    for (i = 1; i <= 2; i++) {
        sprintf(off.id, "whk_%024u", (unsigned)i);
        CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    }
    CHECK_STATUS(store.waiting_fn(store.user, bounds_id, 0, &d, 1, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(store.send_now_fn(store.user, d.number), OK); /* cut off all the same */
    CHECK_INT(bounds_memory()->cut_waiting, 2 * (EACH - AKOLHOOK_STORE_STEP));

    tending.events_ms = 0;
    w.now += HOUR;
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    while (tending.more && ++steps < 20) CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(steps >= 2 && steps < 20);
    CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
    CHECK(stats.cancelled == 2 * EACH && stats.waiting == 0);
    CHECK_STATUS(store.gauges_fn(store.user, &gauges), OK);
    CHECK_INT(gauges.events, 0);

    for (i = 1; i <= 2; i++) { /* deleted while some of it is cut off and has not ended */
        off.is_active = 1;
        sprintf(off.id, "whk_%024u", (unsigned)i);
        CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    }
    for (i = 0; i < EACH; i++) CHECK_STATUS(bounds_emit((unsigned)(EACH + i), 10, NULL), OK);
    CHECK_STATUS(bounds_emit(2 * EACH, 10, bounds_id), OK);
    off.is_active = 0;
    for (i = 1; i <= 2; i++) {
        sprintf(off.id, "whk_%024u", (unsigned)i);
        CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    }
    CHECK_STATUS(store.webhook_delete_fn(store.user, bounds_id), OK);
    CHECK_INT(bounds_memory()->cut_waiting, EACH - AKOLHOOK_STORE_STEP);
    CHECK_STATUS(store.webhook_delete_fn(store.user, off.id), OK);
    CHECK_INT(bounds_memory()->cut_waiting, 0);
    CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
    CHECK(stats.cancelled == 4 * EACH && stats.waiting == 0);

    tending.events_ms = -1; /* kept, however old */
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK_INT(tending.more, 0);
    CHECK_STATUS(store.gauges_fn(store.user, &gauges), OK);
    CHECK(gauges.events > 0);
}

/* Of what waits at all webhooks the oldest come first, wherever they stand in the table. */
static void test_waiting_of_all(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[12];
    akolhook_store_delivery d[12];
    size_t i, count, max;
    uint64_t last;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (i = 0; i < 12; i++) CHECK_STATUS(bounds_emit((unsigned)i, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 8, &count), OK);
    for (i = 0; i < count; i++) CHECK_STATUS(bounds_settle(&claims[i], 200), OK);
    for (i = 0; i < 6; i++) CHECK_STATUS(bounds_emit((unsigned)(20 + i), 10, NULL), OK); /* in freed places */
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    CHECK_STATUS(bounds_emit(30, 10, "whk_000000000000000000000002"), OK);
    limits.per_webhook = 1;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 12, &count), OK);
    CHECK_STATUS(store.webhook_delete_fn(store.user, "whk_000000000000000000000002"), OK); /* in flight */
    for (max = 1; max <= 12; max++) {
        for (last = 0, i = 0;; i += count) {
            size_t k;
            CHECK_STATUS(store.waiting_fn(store.user, NULL, last, d, max, &count), OK);
            for (k = 0; k < count; k++) {
                CHECK(d[k].number > last);
                last = d[k].number;
            }
            if (count < max) break;
        }
        CHECK_INT(i + count, 10);
    }
}

/* Beyond 64 webhooks of a full origin the rest is left for a second; another origin is served at once, and
   nobody is forgotten. */
static void test_parked(void) {
    enum { SAME = 200 };
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_origin full;
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    akolhook_store_claim claims[SAME + 1];
    char url[60];
    size_t i, count;
    int64_t ms;
    memory.max_webhooks = SAME + 1;
    memory.max_pending = 2 * SAME + 2;
    memory.log_rows = 2;
    bounds_start(&memory);
    hook.name = akolhook_str_c("n");
    hook.events = 2;
    hook.is_active = 1;
    for (i = 0; i <= SAME; i++) {
        sprintf(hook.id, "whk_%024u", (unsigned)i + 1);
        sprintf(url, "https://a.example/%u", (unsigned)i);
        hook.url = akolhook_str_c(url);
        hook.origin = i == SAME ? 8 : 7;
        CHECK_STATUS(store.webhook_put_fn(store.user, &hook, SAME + 1), OK);
    }
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    full.origin = 7;
    full.left = 0;
    limits.origins = &full;
    limits.origin_count = 1;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK(count == 1 && claims[0].origin == 8);
    limits.origin_count = 0;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, SAME, &count), OK);
    CHECK_INT(count, 64); /* those that were passed over; the others wait for their second */
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 1000);
    w.now += 1000;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, SAME, &count), OK);
    CHECK_INT(count, SAME - 64);
}

/* A response that is longer than the room of all is cut; one of a full store is not made. */
static void test_log_bound(void) {
    akolhook_webhook hook;
    suite_begin();
    desc.memory.log_bytes = 10;
    desc.memory.max_webhooks = 1;
    desc.max_webhooks = 5; /* more than its store holds */
    suite_open();
    hook = create("https://a.example/");
    w.content = "0123456789abcdef";
    emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STR(rows[0].response, "0123456789");
    CHECK(rows[0].response_cut);
    w.content = "abcdefghij"; /* all of the room, and no more */
    emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_STR(rows[0].response, "abcdefghij");
    CHECK(!rows[0].response_cut);
    CHECK(rows[1].response_cut && rows[1].response.len == 0);
    CHECK_STATUS(create_status("n", "https://b.example/", 2, &hook), TOO_MANY_WEBHOOKS);
    suite_end();
}

/* Keys beyond the bound: the oldest is forgotten, the others are known. */
static void test_keys_bound(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event e;
    unsigned i;
    memory.max_keys = 3;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (i = 0; i < 40; i++) {
        e = bounds_event(i, 10, NULL);
        e.has_key = 1;
        e.key[0] = (uint8_t)i;
        e.key[5] = (uint8_t)(i * 7);
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        CHECK_INT(e.repeated, 0);
        e = bounds_event(99, 10, NULL);
        e.has_key = 1;
        e.key[0] = (uint8_t)(i > 1 ? i - 2 : 0);
        e.key[5] = (uint8_t)(e.key[0] * 7);
        CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
        CHECK_INT(e.repeated, 1);
    }
    e = bounds_event(99, 10, NULL);
    e.has_key = 1;
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    CHECK_INT(e.repeated, 0); /* the first one's */
}

/* Descriptions out of range. */
static void test_memory_desc(void) {
    static const struct {
        uint32_t webhooks, pending, log_rows, pool, keys;
        int is_good;
    } cases[] = {{0, 0, 0, 0, 0, 1}, {300, 0, 1, 0, 0, 1}, {1000001, 4000000, 1, 0, 0, 0},
            {1, 10000001, 1, 0, 0, 0}, {1, 0, 100001, 0, 0, 0}, {4, 7, 0, 0, 0, 0}, {4, 8, 0, 0, 0, 1},
            {1, 2, 1, 1023, 0, 0}, {1, 2, 1, 0, 10000001, 0}, {1000000, 2000000, 100000, 0, 0, 0},
            {1, 2, 1, 1024, 1, 1}};
    akolhook_memory_desc memory;
    akolhook_store s;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(&memory, 0, sizeof memory);
        memory.max_webhooks = cases[i].webhooks;
        memory.max_pending = cases[i].pending;
        memory.log_rows = cases[i].log_rows;
        memory.pool_bytes = cases[i].pool;
        memory.max_keys = cases[i].keys;
        memory.now_ms_fn = store_now;
        CHECK_INT(akolhook_memory_size(&memory) > 0, cases[i].is_good);
        if (cases[i].is_good)
            CHECK(akolhook_memory_size(&memory) <= AKOLHOOK_MEMORY_SIZE(cases[i].webhooks, cases[i].pending,
                                                           cases[i].log_rows, 0, cases[i].pool,
                                                           cases[i].keys));
        else
            CHECK_STATUS(
                    akolhook_memory_init(&s, store_memory, sizeof store_memory, &memory), INVALID_ARGUMENT);
    }
    memset(&memory, 0, sizeof memory);
    CHECK_STATUS(akolhook_memory_init(&s, store_memory, sizeof store_memory, &memory),
            INVALID_ARGUMENT); /* no clock */
    memory.now_ms_fn = store_now;
    CHECK_INT(akolhook_memory_size(NULL), 0);
    CHECK_STATUS(akolhook_memory_init(NULL, store_memory, sizeof store_memory, &memory), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_memory_init(&s, NULL, sizeof store_memory, &memory), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_memory_init(&s, store_memory, sizeof store_memory, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_memory_init(&s, store_memory + 3, sizeof store_memory - 3, &memory), OK);
}

/* ---- making a hub ---- */

static akolhook_status init_status(void) {
    akolhook_status status = akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc);
    if (status == AKOLHOOK_OK)
        akolhook_hub_close(hub);
    else
        CHECK(hub == NULL);
    return status;
}
static void test_init(void) {
    static const struct {
        const char *id;
        size_t len;
        akolhook_status status;
    } ids[] = {{"b", 1, AKOLHOOK_OK}, {NULL, 3, AKOLHOOK_INVALID_ARGUMENT},
            {"", 0, AKOLHOOK_INVALID_ARGUMENT},
            {"0123456789012345678901234567890123456789012345678901234567890123", 64, AKOLHOOK_OK},
            {"01234567890123456789012345678901234567890123456789012345678901234", 65,
                    AKOLHOOK_INVALID_ARGUMENT},
            {"a\nb", 3, AKOLHOOK_INVALID_ARGUMENT}, {"a\x7f", 2, AKOLHOOK_INVALID_ARGUMENT},
            {"a\xc2\x9f", 3, AKOLHOOK_INVALID_ARGUMENT}, {"a\xc2\xa0", 3, AKOLHOOK_OK}, /* U+00A0 may be */
            {"a\xc3", 2, AKOLHOOK_BAD_UTF8}};
    akolhook_store whole = crash_store();
    size_t i;
    suite_begin();
    store_start(&desc.memory);
    for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        desc.business_id = akolhook_str_n(ids[i].id, ids[i].len);
        CHECK_INT(init_status(), ids[i].status);
    }
    desc.business_id = akolhook_str_c(BUSINESS);
    CHECK_STATUS(akolhook_hub_init(NULL, suite_memory, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_init(&hub, NULL, sizeof suite_memory, &desc), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(
            akolhook_hub_init(&hub, suite_memory, akolhook_hub_size(&desc) - 1, &desc), MEMORY_TOO_SMALL);

    desc.keep_hours = 87601;
    CHECK_STATUS(init_status(), INVALID_ARGUMENT);
    CHECK_INT(akolhook_hub_size(&desc), 0);
    desc.keep_hours = AKOLHOOK_KEEP_EVENTS;
    CHECK_STATUS(init_status(), OK);
    desc.keep_hours = 87600;
    CHECK_STATUS(init_status(), OK);
    desc.max_attempts = 256;
    CHECK_STATUS(init_status(), INVALID_ARGUMENT);
    desc.max_attempts = 0;
    desc.max_rate = 1001;
    CHECK_STATUS(init_status(), INVALID_ARGUMENT);
    desc.max_rate = 0;
    desc.memory.log_rows = 100001;
    CHECK_STATUS(init_status(), INVALID_ARGUMENT);
    desc.memory.log_rows = 0;
    desc.client.max_in_flight = UINT32_MAX; /* more than a client takes */
    CHECK_STATUS(init_status(), INVALID_ARGUMENT);
    desc.client.max_in_flight = 4;
    desc.client.deadline_ms = 5000;
    desc.client.response_cap = 100;
    desc.memory.now_ms_fn = store_now;
    CHECK_STATUS(init_status(), OK);
    world_platform.wait_fn = NULL;
    CHECK_STATUS(init_status(), BROKEN_HOOK);
    world_platform.wait_fn = world_wait;

    /* a store without one of its hooks */
    i = 0;
    desc.store = &whole;
    crash.inner = store;
#define BOUNDS_WITHOUT(name, parameters, arguments) \
    whole = crash_store(); \
    whole.name = NULL; \
    CHECK_STATUS(init_status(), BROKEN_HOOK); \
    i++;
    HUB_HOOKS(BOUNDS_WITHOUT)
#undef BOUNDS_WITHOUT
    CHECK_INT(i, 21);
}

/* ---- calls at their bounds ---- */

static akolhook_status create_wanted(akolhook_str name, const char *url, akolhook_webhook *hook) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    wanted.name = name;
    wanted.url = akolhook_str_c(url);
    wanted.events = AKOLHOOK_EVENTS_ALL;
    return akolhook_hub_create_webhook(hub, &wanted, hook);
}
static void test_create_bounds(void) {
    static const char *const bad_lines[] = {"none", "a: b", "a: b\r", "a:\r\n", ":\r\n", "\r\n", "a"};
    static char nine[100];
    akolhook_store_webhook kept = AKOLHOOK_INIT;
    akolhook_header headers[AKOLHOOK_HUB_MAX_HEADERS];
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, upper;
    char name[102];
    size_t i;
    suite_start();
    CHECK_STATUS(create_wanted(akolhook_str_n(NULL, 0), "https://a.example/", &hook), BAD_NAME);
    memset(name, 'n', 101);
    CHECK_STATUS(create_wanted(akolhook_str_n(name, 101), "https://a.example/", &hook), BAD_NAME);
    CHECK_STATUS(create_wanted(akolhook_str_n(name, 100), "https://a.example/", &hook), OK);
    CHECK_STATUS(create_wanted(akolhook_str_c("n"), "https://A.Example:443/b", &upper), OK);
    CHECK_INT(akolhook_hub_i_origin_of(akolhook_str_c("https://A.Example:443/b")),
            akolhook_hub_i_origin_of(akolhook_str_c("https://a.example/")));

    wanted.header_count = 1;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), INVALID_ARGUMENT);

    for (i = 0; i < sizeof bad_lines / sizeof bad_lines[0]; i++) /* no store of ours says that */
        CHECK_INT(akolhook_hub_i_headers_split(akolhook_str_c(bad_lines[i]), headers), 0);
    for (i = 0; i < 9; i++) strcat(nine, "a: b\r\n");
    CHECK_INT(akolhook_hub_i_headers_split(akolhook_str_c(nine), headers), 8);
    CHECK_STR(headers[7].value, "b");
    memset(&upper, 1, sizeof upper);
    akolhook_hub_i_webhook_show(&kept, &upper);
    CHECK_TEXT(upper.name, "");
    suite_end();
}

/* An id whose number no store has: larger than any, or with its digits all of one kind. */
static void test_delivery_ids(void) {
    static const char *const ids[] = {"dlv_0000000000000zzzzzzzzzzz", "dlv_0000000000000LygHa16AHYG",
            "dlv_0000000000000LygHa16AHYF", "dlv_0000000000000AAAAAAAAAAA", "dlv_00000000000000aaaaaaaaaa"};
    akolhook_hub_delivery d;
    size_t i;
    suite_start();
    create("https://a.example/");
    emit();
    for (i = 0; i < sizeof ids / sizeof ids[0]; i++)
        CHECK_STATUS(akolhook_hub_get_delivery(hub, ids[i], &d), UNKNOWN_DELIVERY);
    CHECK_INT(akolhook_hub_i_delivery_number(akolhook_str_c(ids[0])), 0);
    CHECK_INT(akolhook_hub_i_delivery_number(akolhook_str_c(ids[1])), 0); /* 2^64 */
    CHECK(akolhook_hub_i_delivery_number(akolhook_str_c(ids[2])) == UINT64_MAX);
    suite_end();
}

static void test_emit_bounds(void) {
    static char body[AKOLHOOK_MAX_BODY + 10];
    akolhook_hub_event event = AKOLHOOK_INIT, events[2];
    akolhook_hub_emitted emitted[2];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_hub_delivery d;
    akolhook_gauges gauges;
    akolhook_call call = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char id[AKOLHOOK_ID_SIZE];
    char deep[6 + 2 * AKOLHOOK_MAX_DEPTH];
    size_t depth, count, most = AKOLHOOK_MAX_BODY - 9 - 1; /* behind ","data": and before the last brace */
    int more = 7;
    suite_begin();
    desc.memory.max_webhooks = 2;
    desc.memory.pool_bytes = 3u << 20;
    desc.max_queue = 1;
    suite_open();
    hook = create("https://a.example/");
    event.event = AKOLHOOK_CALL_ENDED;
    event.data.len = 2;
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), INVALID_ARGUMENT);
    memset(body, ' ', sizeof body);
    body[0] = '{';
    event.data.ptr = body;
    event.data.len = AKOLHOOK_MAX_BODY + 1;
    body[event.data.len - 1] = '}';
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), BODY_TOO_LARGE);
    body[event.data.len - 1] = ' ';
    event.data.len = AKOLHOOK_MAX_BODY;
    body[event.data.len - 1] = '}';
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), BODY_TOO_LARGE);
    body[event.data.len - 1] = ' ';
    event.data.len = most; /* no room for the envelope's beginning */
    body[event.data.len - 1] = '}';
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), BODY_TOO_LARGE);

    event.data = akolhook_str_c("{}");
    event.idempotency_key.len = 5;
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), INVALID_ARGUMENT);
    event.idempotency_key = akolhook_str_n(body, 257);
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), BAD_KEY);
    /* the envelope is a level, too */
    for (depth = AKOLHOOK_MAX_DEPTH - 1; depth <= AKOLHOOK_MAX_DEPTH; depth++) {
        memset(deep, '[', sizeof deep);
        memcpy(deep, " {\"a\":", 6);
        memset(deep + 6 + depth - 1, ']', depth - 1);
        memcpy(deep + 6 + 2 * (depth - 1), "} ", 2);
        event.data = akolhook_str_n(deep, 6 + 2 * (depth - 1) + 2);
        CHECK_INT(akolhook_hub_emit(hub, &event, NULL),
                depth < AKOLHOOK_MAX_DEPTH ? AKOLHOOK_BAD_KEY : AKOLHOOK_JSON_TOO_DEEP);
    }
    memset(&event, 0, sizeof event);
    event.event = AKOLHOOK_CALL_ENDED;
    call.call_id = akolhook_text_c("c");
    event.idempotency_key = akolhook_str_n(body, 257);
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, &id), BAD_KEY);
    CHECK_TEXT(id, "");
    event.idempotency_key.len = 0;
    CHECK_STATUS(akolhook_hub_emit_call(NULL, &event, &call, &id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_emit_call(hub, NULL, &call, &id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, NULL, &id), INVALID_ARGUMENT);
    event.data = akolhook_str_c("{}");
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, &id), INVALID_ARGUMENT);
    event.data.len = 0;
    event.event = (akolhook_event)99;
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, &id), UNKNOWN_EVENT);
    w.random_fails = 1;
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), RANDOM_FAILED);
    w.random_fails = 0;
    CHECK_INT(stats_of(NULL).emitted, 0);

    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 0, emitted), OK);
    memset(events, 0, sizeof events);
    events[0].event = events[1].event = AKOLHOOK_CALL_ENDED;
    events[0].data = akolhook_str_c("{}");
    events[1].data = akolhook_str_c("{\"a\":1}");
    events[0].idempotency_key = events[1].idempotency_key = akolhook_str_c("one key");
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 2, emitted), KEY_REUSED);
    events[1].data = akolhook_str_c("x");
    CHECK(akolhook_hub_emit_many(hub, events, 2, emitted) != AKOLHOOK_OK);
    events[0].idempotency_key.len = 0;
    events[1].data = akolhook_str_c("{}");
    CHECK_STATUS(akolhook_hub_emit_many(hub, events, 2, emitted), PENDING_FULL); /* one may be queued */
    CHECK_INT(stats_of(NULL).emitted, 0);

    CHECK_STATUS(akolhook_hub_emit(hub, events, NULL), OK); /* in flight, none waits, and it is the bound */
    w.answer_ms = 1000;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_emit(hub, events, NULL), PENDING_FULL);
    event.event = AKOLHOOK_CALL_ENDED;
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, &id), PENDING_FULL);
    run();
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, NULL), OK);
    run();

    CHECK_STATUS(log_of(hook.id), OK); /* a delivery whose body is gone */
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_purge(hub, 0, &more), OK);
    CHECK_INT(more, 0);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, rows[0].delivery_id, &d), OK);
    CHECK(!d.has_body && d.state == AKOLHOOK_DELIVERY_DELIVERED);
    CHECK(d.body[0].len == 0 && d.body[1].len == 0 && d.body[2].len == 0);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK_INT(gauges.events, 0);

    event.data.ptr = NULL;
    event.data.len = 4;
    query.cursor = 0xffff; /* a hash without a number */
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 1, &count), BAD_CURSOR);
    query.cursor = UINT64_MAX;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 1, &count), BAD_CURSOR);
    CHECK_STATUS(akolhook_hub_set_note(hub, event.data), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, NULL, 0, &count), OK);
    suite_end();
}

/* Redelivered where there is no room, or no body: nothing is made of those, the others are counted. A test
   has its own bound, and is none of the failed ones. */
static void test_redeliver_bounds(void) {
    akolhook_webhook hook;
    char test_id[AKOLHOOK_ID_SIZE];
    uint32_t count = 7;
    size_t i;
    suite_begin();
    desc.max_attempts = 1;
    suite_open();
    hook = create("https://a.example/");
    w.code = 404;
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    strcpy(test_id, rows[0].delivery_id);
    for (i = 0; i < 6; i++) {
        emit();
        run();
        w.now += HOUR;
        if (i == 1) CHECK_STATUS(akolhook_hub_purge(hub, 1, NULL), OK); /* two events are gone */
    }
    w.code = 0;
    hub->desc.max_queue = 3;
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count), OK);
    CHECK_INT(count, 3);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, NULL), OK);
    CHECK_INT(stats_of(hook.id).waiting, 3);
    hub->desc.max_queue = 100;
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count), OK);
    CHECK_INT(count, 1); /* none is left but those of the events that are gone */
    CHECK_INT(stats_of(hook.id).waiting, 4);
    CHECK_STATUS(akolhook_hub_redeliver(hub, test_id), EVENT_GONE);
    suite_end();

    suite_begin();
    desc.max_attempts = 1;
    suite_open();
    hook = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    strcpy(test_id, rows[0].delivery_id);
    w.code = 0;
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK); /* 18 wait */
    CHECK_STATUS(akolhook_hub_redeliver(hub, test_id), PENDING_FULL);
    suite_end();
}

/* ---- stores that break their word ---- */

static struct {
    akolhook_store inner;
    int too_many, claims_empty, no_delivery, settles_fail;
    uint64_t unsaved;
    size_t asked;
} broken;
#define BROKEN_HOOK_OF(name, parameters, arguments) \
    static akolhook_status broken_##name parameters { \
        (void)user; \
        user = broken.inner.user; \
        return broken.inner.name arguments; \
    }
HUB_HOOKS(BROKEN_HOOK_OF)
#undef BROKEN_HOOK_OF
static akolhook_status broken_list(void *user, uint64_t after, int only_failing, akolhook_store_webhook *all,
        size_t max, size_t *count) {
    akolhook_status status = broken_webhook_list_fn(user, after, only_failing, all, max, count);
    if (broken.too_many) *count = max + 1;
    return status;
}
/* Headers of one byte more than a webhook may have. */
static akolhook_status broken_get(void *user, const char *id, akolhook_store_webhook *hook) {
    static char longest[AKOLHOOK_HUB_I_HEADERS_CAP + 1];
    akolhook_status status = broken_webhook_get_fn(user, id, hook);
    memset(longest, 'x', sizeof longest);
    if (broken.too_many) hook->headers = akolhook_str_n(longest, sizeof longest);
    return status;
}
static akolhook_status broken_waiting(
        void *user, const char *id, uint64_t after, akolhook_store_delivery *d, size_t max, size_t *count) {
    akolhook_status status = broken_waiting_fn(user, id, after, d, max, count);
    if (broken.too_many) *count = max + 1;
    return status;
}
static akolhook_status broken_log(void *user, const akolhook_log_query *q, akolhook_log_row *r, size_t max,
        size_t *count, uint64_t *next) {
    akolhook_status status = broken_log_fn(user, q, r, max, count, next);
    if (broken.too_many) *count = max + 1;
    return status;
}
static akolhook_status broken_claim(
        void *user, const akolhook_store_limits *l, akolhook_store_claim *c, size_t max, size_t *count) {
    akolhook_status status = AKOLHOOK_OK;
    broken.asked++;
    *count = 0;
    if (broken.claims_empty == 1) return AKOLHOOK_OK;
    status = broken_claim_fn(user, l, c, max, count);
    if (broken.too_many) *count = max + 1;
    return status;
}
/* 2: something is due, as it says, and nobody gets it. */
static akolhook_status broken_next_due(void *user, const akolhook_store_limits *l, int64_t *ms) {
    akolhook_status status = broken_next_due_fn(user, l, ms);
    if (broken.claims_empty) *ms = 0;
    return status;
}
static akolhook_status broken_delivery(void *user, uint64_t number, akolhook_store_delivery *d) {
    return broken.no_delivery ? AKOLHOOK_STORE_FAILED : broken_delivery_fn(user, number, d);
}
static akolhook_status broken_settle(
        void *user, const akolhook_store_rules *r, akolhook_store_outcome *o, size_t count) {
    if (broken.settles_fail && broken.settles_fail--) return AKOLHOOK_STORE_FAILED;
    return broken_settle_fn(user, r, o, count);
}
static akolhook_status broken_tend(void *user, akolhook_store_tending *t) {
    akolhook_status status = broken_tend_fn(user, t);
    if (broken.unsaved) t->unsaved = broken.unsaved;
    return status;
}
static akolhook_store broken_store;
static void broken_start(void) {
    memset(&broken, 0, sizeof broken);
    memset(&broken_store, 0, sizeof broken_store);
    store_start(&desc.memory);
    broken.inner = store;
#define BROKEN_SET(name, parameters, arguments) broken_store.name = broken_##name;
    HUB_HOOKS(BROKEN_SET)
#undef BROKEN_SET
    broken_store.webhook_get_fn = broken_get;
    broken_store.webhook_list_fn = broken_list;
    broken_store.waiting_fn = broken_waiting;
    broken_store.log_fn = broken_log;
    broken_store.claim_fn = broken_claim;
    broken_store.next_due_fn = broken_next_due;
    broken_store.delivery_fn = broken_delivery;
    broken_store.settle_fn = broken_settle;
    broken_store.tend_fn = broken_tend;
    desc.store = &broken_store;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
}

/* More than was asked for is a broken hook, and is not looked at. */
static void test_store_tells_too_many(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    akolhook_hub_delivery d[3];
    akolhook_log_query query = AKOLHOOK_INIT;
    uint64_t next = 9;
    size_t count = 9;
    suite_begin();
    broken_start();
    hook = create("https://a.example/");
    emit();
    broken.too_many = 1;
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, &count), BROKEN_HOOK);
    memset(d, 0xff, sizeof d);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, d, 1, &count), BROKEN_HOOK);
    CHECK_INT(count, 0);
    CHECK(d[1].number == UINT64_MAX && d[2].number == UINT64_MAX);
    CHECK_STATUS(log_of(""), BROKEN_HOOK);
    CHECK_INT(row_count, 0);
    CHECK_STATUS(akolhook_hub_log_page(hub, &query, rows, 1, &count, &next), BROKEN_HOOK);
    CHECK(count == 0 && next == 0);
    wanted.probe = &probed;
    wanted.url = akolhook_str_c("https://b.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), BROKEN_HOOK);
    CHECK_STATUS(create_probed("https://b.example/", 2, &hook), BROKEN_HOOK);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), BROKEN_HOOK);
    CHECK_INT(w.count, 0);
    broken.too_many = 0;
    w.now += 61 * SECOND; /* what was claimed then comes again with the end of its lease */
    run();
    CHECK_INT(w.count, 1);
    suite_end();
}

/* Something is due, and nobody gets it: asked again after some milliseconds, three times, then by poll_ms, or
   fifty times a second where there is none; never without a pause. */
static void test_store_gives_nothing(void) {
    static const uint32_t poll_ms[] = {0, 400};
    size_t i, k, left = 0;
    int64_t before;
    for (k = 0; k < 2; k++) {
        suite_begin();
        desc.draw_fn = NULL; /* the platform's */
        broken_start();
        hub->store.poll_ms = poll_ms[k];
        create("https://a.example/");
        emit();
        broken.claims_empty = 1;
        for (i = 0; i < 12; i++) {
            before = w.now;
            CHECK_STATUS(akolhook_hub_poll(hub, 5000, &left), OK);
            CHECK_INT(left, 1);
            CHECK(w.now - before >= 5 && w.now - before <= (i < 3 ? 21 : k ? 400 : 20));
            if (i > 3) CHECK_INT(w.now - before, k ? 400 : 20);
        }
        hub->empty = 3; /* what a claim gives begins the three anew */
        broken.claims_empty = 0;
        CHECK_STATUS(akolhook_hub_i_claim(hub), OK);
        CHECK(hub->open == 1 && hub->empty == 0);
        run();
        emit();
        broken.claims_empty = 1;
        w.random_fails = 1; /* the pause has no jitter then */
        hub->empty = 0;
        before = w.now;
        CHECK_STATUS(akolhook_hub_poll(hub, 5000, &left), OK);
        CHECK_INT(w.now - before, 5);
        w.random_fails = 0;
        broken.claims_empty = 0;
        run();
        CHECK_INT(w.count, 2);

        w.code = 500; /* a retry is far off: others may add work before */
        emit();
        run();
        before = w.now;
        CHECK_STATUS(akolhook_hub_poll(hub, 5000, &left), OK);
        CHECK_INT(w.now - before, k ? 400 : 5000);
        suite_end();
    }
}

/* Outcomes that the store does not take, in each of the places where they are given to it: none is lost, none
   is told twice, and the others go on. */
static void test_store_takes_late(void) {
    size_t left, turn;
    akolhook_status status;
    int fails;
    for (fails = 1; fails <= 4; fails++) {
        suite_begin();
        broken_start();
        create("https://a.example/");
        create("https://b.example/");
        w.answer_ms = 100;
        emit();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        broken.settles_fail = fails;
        for (turn = left = 1; (left || broken.settles_fail) && turn < 100; turn++) {
            status = akolhook_hub_poll(hub, 60, &left);
            CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_STORE_FAILED);
            if (status != AKOLHOOK_OK) left = 1;
        }
        CHECK_INT(broken.settles_fail, 0);
        CHECK_TEXT(told, "ASAS");
        CHECK_INT(w.count, 2);
        CHECK_INT(stats_of(NULL).delivered, 2);
        suite_end();
    }
}

/* What expired is told of only when it is found; without anybody to tell, nothing is looked up. */
static void test_expired_untold(void) {
    int k;
    size_t i;
    for (k = 0; k < 2; k++) {
        suite_begin();
        if (k) desc.notice_fn = NULL;
        broken_start();
        hub->desc.keep_hours = AKOLHOOK_KEEP_EVENTS;
        broken.no_delivery = 1;
        create("https://a.example/");
        emit();
        for (i = 0; i < 4; i++) {
            akolhook_gauges gauges;
            w.now += 24 * HOUR;
            CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
        }
        run();
        CHECK(stats_of(NULL).failed == 1 && w.count == 0);
        CHECK_TEXT(told, "");
        suite_end();
    }
}

/* More is unsaved, and more was dropped, than a notice can count. */
static void test_notice_bounds(void) {
    akolhook_store_event dropped = AKOLHOOK_INIT;
    suite_begin();
    broken_start();
    create("https://a.example/");
    broken.unsaved = UINT64_MAX;
    w.now += MINUTE;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_TEXT(told, "U");
    CHECK_INT(told_failures, UINT32_MAX);
    w.now += MINUTE;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_TEXT(told, "U"); /* once */
    broken.unsaved = 0;
    w.now += MINUTE;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);

    dropped.dropped = 5;
    strcpy(dropped.message_id, "msg_000000000000000000000000");
    hub->dropped = UINT32_MAX - 3;
    akolhook_hub_i_emit_dropped(hub, &dropped);
    CHECK_INT(hub->dropped, UINT32_MAX);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_TEXT(told, "UD");
    CHECK_INT(told_failures, UINT32_MAX);
    suite_end();
}

/* ---- waiting ---- */

static int wait_result, wait_span;
static int answering_wait(
        void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    wait_span = timeout_ms;
    if (wait_result) return wait_result;
    return world_wait(user, items, count, timeout_ms < 0 ? 30000 : timeout_ms, native_error);
}
/* Without end: until something happens; a wait that fails, and one that answers what no wait may. */
static void test_wait_bounds(void) {
    size_t left = 0;
    suite_start();
    world_platform.wait_fn = answering_wait;
    wait_result = 0;
    create("https://a.example/");
    wait_span = 7;
    CHECK_STATUS(akolhook_hub_poll(hub, -1, &left), OK); /* nothing would ever come */
    CHECK_INT(wait_span, 7);
    w.code = 500;
    emit();
    run();
    wait_span = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, -1, &left), OK);
    CHECK(wait_span > 0 && wait_span <= 5000);
    run();
    wait_result = AKOLHOOK_IO_FAIL;
    CHECK_STATUS(akolhook_hub_poll(hub, 10, &left), WAIT_FAILED);
    wait_result = 77;
    CHECK_STATUS(akolhook_hub_poll(hub, 10, &left), BROKEN_HOOK);
    wait_result = 0;
    w.code = 200;
    run_until(w.now + HOUR);
    CHECK_INT(stats_of(NULL).delivered, 1);
    w.code = 0; /* in flight, and nothing else: as long as its deadline */
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_poll(hub, -1, &left), OK);
    CHECK(wait_span > 0 && wait_span <= 30000);
    suite_end();
}

/* A clock that should never be set is set back by an hour, with deliveries on their way and in their queues:
   house is kept, the store is asked, nothing is lost. */
static void test_monotonic_back(void) {
    suite_start();
    create("https://a.example/");
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 500, NULL), OK);
    w.now -= HOUR;
    w.code = 200;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.count, 2);
    run_until(w.now + 2 * HOUR);
    CHECK(stats_of(NULL).waiting == 0 && stats_of(NULL).delivered == 2);
    suite_end();
}

/* What is in flight when its webhook is deleted holds its place in the table until it is settled or its lease
   runs out: what goes beyond is refused whole. One webhook of 8 places may have
   6: its part is 4, and half of the other 4. */
static void test_deleted_holds_places(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_event events[5];
    akolhook_store_claim claims[4];
    size_t count, i;

    memory.max_webhooks = 1;
    memory.max_pending = 8;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (i = 0; i < 4; i++) CHECK_STATUS(bounds_emit((unsigned)i, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
    CHECK_INT(count, 4);
    CHECK_STATUS(store.webhook_delete_fn(store.user, bounds_id), OK);

    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (i = 0; i < 5; i++) events[i] = bounds_event((unsigned)i + 4, 10, NULL);
    CHECK_STATUS(store.enqueue_fn(store.user, events, 5), PENDING_FULL);
    CHECK_INT(stats_of_store().emitted, 4);
    CHECK_STATUS(store.enqueue_fn(store.user, events, 4), OK);
    CHECK_STATUS(bounds_emit(8, 10, NULL), PENDING_FULL);
    CHECK_INT(stats_of_store().dropped, 0);

    CHECK_INT(bounds_settle(&claims[0], 200), AKOLHOOK_UNKNOWN_WEBHOOK);
    CHECK_STATUS(bounds_emit(8, 10, NULL), OK);
    CHECK_STATUS(bounds_emit(9, 10, NULL), PENDING_FULL);
    w.now += MINUTE; /* the other leases run out */
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 0, &count), OK);
    CHECK_STATUS(bounds_emit(9, 10, NULL), OK);
    CHECK_INT(bounds_memory()->job_count, 6);
    CHECK_INT(bounds_memory()->orphans, 0);
}
/* The same for what is delivered again: twice a webhook with 5 in flight is deleted, and one has 2 waiting.
   These are all of the 12 places, though it may have more of them. */
static void test_deleted_holds_redelivered(void) {
    const char *other = "whk_000000000000000000000002";
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[10];
    uint64_t ended;
    unsigned i;
    size_t count;

    memory.max_webhooks = 3;
    memory.max_pending = 12;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(0, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 10, &count), OK);
    ended = claims[0].number;
    CHECK_INT(bounds_settle(&claims[0], 200), AKOLHOOK_OK);

    for (i = 0; i < 10; i++) {
        if (i % 5 == 0) CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
        CHECK_STATUS(bounds_emit(i + 1, 10, other), OK);
        if (i % 5 < 4) continue;
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims + i - 4, 5, &count), OK);
        CHECK_INT(count, 5);
        CHECK_STATUS(store.webhook_delete_fn(store.user, other), OK);
    }
    CHECK_STATUS(bounds_emit(11, 10, NULL), OK);
    CHECK_STATUS(bounds_emit(12, 10, NULL), OK);
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), PENDING_FULL);
    CHECK_INT(bounds_settle(&claims[0], 200), AKOLHOOK_UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), OK);
}

/* ---- places ---- */

/* More places than go into one batch, full origins more than a batch has; and a client that has no place for
   what a store gave: given back, and claimed again a little later. */
static void test_place_bounds(void) {
    akolhook_webhook hook;
    char url[60];
    size_t i;
    suite_begin();
    desc.client.max_in_flight = 200;
    desc.client.max_per_origin = 1;
    desc.memory.max_webhooks = 190;
    suite_open();
    for (i = 0; i < 150; i++) {
        sprintf(url, "https://h%u.example/", (unsigned)i);
        CHECK_STATUS(create_status("n", url, 2, &hook), OK);
        sprintf(url, "https://h%u.example/b", (unsigned)i);
        if (i < 40) CHECK_STATUS(create_status("n", url, 4, &hook), OK);
    }
    w.answer_ms = 5000;
    {
        akolhook_hub_event event = AKOLHOOK_INIT;
        event.event = (akolhook_event)1;
        event.data = akolhook_str_c("{}");
        CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        CHECK_INT(hub->open, 150); /* all are new: 150 of 200 places */
        event.event = (akolhook_event)2;
        CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    }
    CHECK_INT(hub->open, 150);
    run_until(w.now + MINUTE);
    CHECK_INT(stats_of(NULL).delivered, 190);
    suite_end();

    suite_begin();
    desc.client.max_per_origin = 1;
    suite_open();
    create("https://a.example/");
    hub->max_per_origin = 3; /* it believes so, the client knows better */
    w.answer_ms = 2000;
    emit();
    emit();
    emit();
    run_until(w.now + MINUTE);
    CHECK_INT(stats_of(NULL).delivered, 3);
    CHECK_INT(stats_of(NULL).attempts, 3); /* none was used up by that */
    suite_end();
}

/* The policy was narrowed since a webhook was made: its attempts fail, and say why. */
static void test_policy_narrowed(void) {
    akolhook_webhook hook;
    suite_begin();
    suite_keeps = 1;
    desc.client.policy.flags = AKOLHOOK_ALLOW_PRIVATE;
    suite_open();
    hook = create("https://10.0.0.1/");
    emit();
    akolhook_hub_close(hub);
    desc.client.policy.flags = 0;
    CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 1);
    CHECK_STATUS(rows[0].status, BLOCKED_ADDRESS);
    CHECK(rows[0].lookup_ms == -1 && rows[0].connect_ms == -1 && rows[0].tls_ms == -1 &&
            rows[0].first_byte_ms == -1);
    CHECK(get(hook.id).cls == AKOLHOOK_CLASS_FAILING && w.count == 0);
    suite_end();
    suite_keeps = 0;
}

/* Without a transport for https an attempt is not even begun, and its row says so. */
static void test_no_transport(void) {
    akolhook_webhook hook;
    suite_begin();
    desc.client.tls = NULL;
    suite_open();
    hook = create("https://a.example/");
    emit();
    run();
    CHECK_STATUS(log_of(hook.id), OK);
    CHECK_INT(row_count, 1);
    CHECK_STATUS(rows[0].status, TLS_REQUIRED);
    CHECK(rows[0].attempt == 1 && rows[0].lookup_ms == -1 && rows[0].connect_ms == -1 &&
            rows[0].tls_ms == -1 && rows[0].first_byte_ms == -1 && rows[0].at_ms == START_MS);
    CHECK(get(hook.id).failure_count == 0 && stats_of(hook.id).waiting == 1);
    suite_end();
}

/* Connections that are kept are closed when their time is over, though nothing else is to be done. */
static void test_idle_closed(void) {
    suite_begin();
    desc.client.idle_ms = 2000;
    suite_open();
    w.keeps = 1;
    create("https://a.example/");
    emit();
    run();
    emit();
    run();
    CHECK_INT(w.count, 2);
    CHECK_INT(w.open, 1);
    w.now += 3000;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.open, 0);
    suite_end();
}

/* ---- probes ---- */

static int wait_fails_at;
static int wait_failing_later(
        void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    if (wait_fails_at && !--wait_fails_at) return AKOLHOOK_IO_FAIL;
    return world_wait(user, items, count, timeout_ms, native_error);
}
/* While all places of its origin, or all of the client's, are taken, a probe waits for one; where waiting
   fails, it says so. The one event that it sends a sample of may be the last. */
static void test_probe_bounds(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, other;
    size_t i, full;
    for (full = 0; full < 2; full++) {
        suite_begin();
        desc.client.max_in_flight = full ? 1 : 4;
        desc.client.max_per_origin = 1;
        suite_open();
        hook = create("https://a.example/1");
        w.answer_ms = 3000;
        emit();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        CHECK_STATUS(create_probed(full ? "https://b.example/" : "https://a.example/2",
                             (akolhook_events)1 << AKOLHOOK_EVENT_LAST, &other),
                OK);
        CHECK_TEXT(w.requests[w.count - 1].event, akolhook_event_name(AKOLHOOK_EVENT_LAST));
        run();
        emit();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        world_platform.wait_fn = wait_failing_later;
        wait_fails_at = 1;
        CHECK_STATUS(create_probed("https://a.example/3", 2, &other), PROBE_FAILED);
        CHECK_STATUS(probed.status, WAIT_FAILED);
        world_platform.wait_fn = world_wait;
        run();
        suite_end();
    }

    suite_start(); /* what the store would refuse is found before anything is sent */
    hook = create("https://a.example/1");
    CHECK_STATUS(create_status("n", "https://a.example/2", 2, &other), OK);
    i = w.count;
    wanted.url = akolhook_str_c("https://a.example/2");
    wanted.events = 2;
    wanted.probe = &probed;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), WEBHOOK_EXISTS);
    CHECK_INT(w.count, i);
    wanted.events = 4; /* no event twice */
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(w.count, i + 1);
    wanted.url = akolhook_str_c("https://a.example/3");
    wanted.events = 0;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, "whk_000000000000000000000000", &wanted), UNKNOWN_WEBHOOK);
    suite_end();
}

static void test_bounds(void) {
    RUN(test_judge_bounds);
    RUN(test_latency_bounds);
    RUN(test_store_arguments);
    RUN(test_same_hash);
    RUN(test_pool_in_pieces);
    RUN(test_texts_fill);
    RUN(test_lease_order);
    RUN(test_leases_run_out);
    RUN(test_expired_unasked);
    RUN(test_tend_steps);
    RUN(test_waiting_of_all);
    RUN(test_parked);
    RUN(test_log_bound);
    RUN(test_keys_bound);
    RUN(test_memory_desc);
    RUN(test_init);
    RUN(test_create_bounds);
    RUN(test_delivery_ids);
    RUN(test_emit_bounds);
    RUN(test_redeliver_bounds);
    RUN(test_store_tells_too_many);
    RUN(test_store_gives_nothing);
    RUN(test_store_takes_late);
    RUN(test_expired_untold);
    RUN(test_notice_bounds);
    RUN(test_wait_bounds);
    RUN(test_monotonic_back);
    RUN(test_deleted_holds_places);
    RUN(test_deleted_holds_redelivered);
    RUN(test_place_bounds);
    RUN(test_policy_narrowed);
    RUN(test_no_transport);
    RUN(test_idle_closed);
    RUN(test_probe_bounds);
}

#endif
