/* The same random calls to a store and to the one in memory: each must answer the same. For stores that keep
   their data elsewhere, after hub_suite.h; SEED=n begins elsewhere, LONG=1 goes on for longer. */
#ifndef HUB_TWIN_H
#define HUB_TWIN_H

#ifndef TWIN_STEPS
#define TWIN_STEPS 250 /* calls of one life */
#endif
enum { TWIN_HOOKS = 4, TWIN_CLAIMS = 400, TWIN_SOME = 8 };
static struct {
    akolhook_store stores[2]; /* the one in memory, and the other */
    char ids[TWIN_HOOKS][AKOLHOOK_ID_SIZE];
    akolhook_store_claim claims[2][TWIN_CLAIMS], lost[2][TWIN_CLAIMS]; /* lost: their leases ran out */
    int64_t until[TWIN_CLAIMS];                                        /* when they do */
    size_t claimed, lost_count;
    uint32_t draw;
    unsigned made;
    /* a life has rates, or deliveries that get too old: whether a claim that stops at the rate ends what is
       too old behind it is a store's own */
    int is_rated;
    int has_orphans; /* a webhook was deleted with claims open: a store may let their leases run out */
} twin;
static unsigned char twin_memory[4 * 1024 * 1024];
#define TWIN_CALL(at, hook, ...) twin.stores[at].hook(twin.stores[at].user, __VA_ARGS__)

static uint32_t twin_draw(uint32_t below) {
    twin.draw = twin.draw * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)twin.draw * below) >> 32);
}
static int64_t twin_now(void *user) {
    (void)user;
    return w.now;
}
/* A webhook of random settings under one of four URLs. */
static akolhook_store_webhook twin_hook(const char *id) {
    static const char *const urls[] = {"https://a/", "https://b/", "https://c/", "https://d/"};
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    strcpy(hook.id, id);
    hook.name = akolhook_str_c(twin_draw(2) ? "A webhook" : "Another");
    hook.url = akolhook_str_c(urls[twin_draw(4)]);
    hook.headers = akolhook_str_c(twin_draw(2) ? "" : "X-A: b\r\n");
    strcpy(hook.secret, twin_draw(2) ? "whsec_a" : "whsec_b");
    hook.events = (akolhook_events)2 << twin_draw(3);
    hook.is_active = (uint8_t)twin_draw(2);
    hook.created_at_ms = w.now;
    hook.origin = twin_draw(3);
    hook.rate = twin_draw(3) || !twin.is_rated ? 0 : 1 + twin_draw(5);
    hook.deadline_ms = twin_draw(2) ? 0 : 90000;
    return hook;
}
static void twin_change(size_t at) {
    unsigned which = twin_draw(2) ? AKOLHOOK_STORE_ACTIVE : twin_draw(256);
    akolhook_store_webhook hook;
    akolhook_status status[2];
    char id[AKOLHOOK_ID_SIZE];
    size_t k;
    int changed[2] = {-1, -1}, i, makes = !twin.ids[at][0], ends = !makes && twin_draw(8) == 0;
    sprintf(id, "whk_%024u", ++twin.made);
    for (k = 0; k < twin.claimed && ends; k++)
        twin.has_orphans |= strcmp(twin.claims[0][k].webhook_id, twin.ids[at]) == 0;
    hook = twin_hook(makes ? id : twin.ids[at]);
    if (makes) hook.is_active = 1;
    for (i = 0; i < 2; i++)
        status[i] = makes  ? TWIN_CALL(i, webhook_put_fn, &hook, TWIN_HOOKS)
                    : ends ? TWIN_CALL(i, webhook_delete_fn, hook.id)
                           : TWIN_CALL(i, webhook_set_fn, &hook, which, w.now, &changed[i]);
    CHECK_INT(status[1], status[0]);
    CHECK_INT(changed[1], changed[0]);
    if (status[0] == AKOLHOOK_OK && (makes || ends)) strcpy(twin.ids[at], makes ? id : "");
}
static void twin_emit(void) {
    akolhook_store_event e[2][3];
    akolhook_status status[2];
    size_t count = 1 + twin_draw(3), i, to = twin_draw(TWIN_HOOKS);
    uint32_t max_queue = twin_draw(2) ? 0 : 1 + twin_draw(6), is_test = twin.ids[to][0] && twin_draw(4) == 0;
    memset(e, 0, sizeof e);
    for (i = 0; i < count; i++) {
        sprintf(e[0][i].message_id, "msg_%024u", ++twin.made);
        e[0][i].event = (akolhook_event)(1 + twin_draw(3));
        e[0][i].head = akolhook_str_c("head");
        e[0][i].tail[1] = akolhook_str_c("tail");
        e[0][i].at_ms = w.now;
        e[0][i].max_queue = max_queue;
        e[0][i].is_test = is_test != 0;
        if (is_test) e[0][i].webhook_id = akolhook_str_c(twin.ids[to]);
        e[0][i].has_key = !is_test && twin_draw(3) == 0;
        e[0][i].key[0] = (uint8_t)twin_draw(20);
        e[0][i].print[0] = twin_draw(4) == 0;
    }
    memcpy(e[1], e[0], sizeof e[0]);
    for (i = 0; i < 2; i++) status[i] = TWIN_CALL(i, enqueue_fn, e[i], count);
    CHECK_INT(status[1], status[0]);
    for (i = 0; i < count && status[0] == AKOLHOOK_OK; i++) {
        CHECK_TEXT(e[1][i].message_id, e[0][i].message_id);
        CHECK_INT(e[1][i].repeated, e[0][i].repeated);
        CHECK_INT(e[1][i].deliveries, e[0][i].deliveries);
        CHECK_INT(e[1][i].skipped, e[0][i].skipped);
        CHECK_INT(e[1][i].dropped, e[0][i].dropped);
        CHECK_TEXT(e[1][i].dropped_id, e[0][i].dropped_id);
    }
}
static int twin_by_number(const void *a, const void *b) {
    uint64_t x = ((const akolhook_store_claim *)a)->number, y = ((const akolhook_store_claim *)b)->number;
    return x < y ? -1 : x > y;
}
/* All that may be claimed: whose turn it is may differ, not who has one. */
static void twin_claim(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    size_t count[2] = {0, 0}, i;
    limits.lease_ms = twin_draw(3) ? 1000 * HOUR : 60 * SECOND; /* many of these run out */
    limits.at_ms = w.now;
    limits.per_webhook = 3;
    limits.slow = limits.failing = TWIN_CLAIMS;
    for (i = 0; i < 2; i++) {
        akolhook_store_claim *claims = twin.claims[i] + twin.claimed;
        CHECK_STATUS(TWIN_CALL(i, claim_fn, &limits, claims, TWIN_CLAIMS - twin.claimed, &count[i]), OK);
        qsort(claims, count[i], sizeof *claims, twin_by_number);
    }
    CHECK_INT(count[1], count[0]);
    for (i = twin.claimed; i < twin.claimed + count[0] && !check_bad; i++) {
        const akolhook_store_claim *a = &twin.claims[0][i], *b = &twin.claims[1][i];
        CHECK_TEXT(b->message_id, a->message_id);
        CHECK_TEXT(b->webhook_id, a->webhook_id);
        CHECK_TEXT(b->secret, a->secret);
        CHECK(b->attempt == a->attempt && b->is_test == a->is_test && b->cls == a->cls &&
                b->origin == a->origin && b->deadline_ms == a->deadline_ms && b->charged_ms == a->charged_ms);
        twin.until[i] = w.now + (limits.lease_ms < a->deadline_ms + AKOLHOOK_LEASE_SPARE_MS
                                                ? a->deadline_ms + AKOLHOOK_LEASE_SPARE_MS
                                                : limits.lease_ms);
        CHECK(akolhook_str_equal(a->url, b->url) && akolhook_str_equal(a->headers, b->headers));
    }
    twin.claimed += count[0];
}
/* Takes the claims away whose leases ran out: how long their outcomes count after that is a store's own. */
static void twin_lose(void) {
    size_t i, k, kept = 0;
    for (i = 0; i < twin.claimed; i++) {
        int is_lost = w.now >= twin.until[i] && twin.lost_count < TWIN_CLAIMS;
        for (k = 0; k < 2; k++) {
            akolhook_store_claim *to = is_lost ? &twin.lost[k][twin.lost_count] : &twin.claims[k][kept];
            *to = twin.claims[k][i];
        }
        twin.until[kept] = twin.until[i];
        if (is_lost)
            twin.lost_count++;
        else
            kept++;
    }
    twin.claimed = kept;
}
/* Ends up to so many claims, the oldest first. */
static void twin_settle(size_t count) {
    static const int codes[] = {200, 204, 500, 500, 503, 404, 410, 0};
    static const akolhook_store_rules rules = {4, 5, HOUR, 8, 2 * HOUR};
    akolhook_store_outcome o[2][TWIN_SOME];
    akolhook_log_row given[2][TWIN_SOME];
    size_t i, k;
    twin_lose();
    if (count > twin.claimed) count = twin.claimed;
    memset(o, 0, sizeof o);
    memset(given, 0, sizeof given);
    for (i = 0; i < count; i++) {
        int code = codes[twin_draw(8)];
        uint32_t draw = twin_draw(UINT32_MAX), after = twin_draw(2), ms = twin_draw(9000),
                 none = !twin_draw(9);
        for (k = 0; k < 2; k++) {
            o[k][i].number = twin.claims[k][i].number;
            o[k][i].lease = twin.claims[k][i].lease;
            o[k][i].handle = twin.claims[k][i].handle;
            o[k][i].charged_ms = twin.claims[k][i].charged_ms;
            o[k][i].retry_after_s = after ? -1 : (int32_t)(draw % 1000);
            o[k][i].draws[0] = o[k][i].draws[1] = draw;
            o[k][i].at_ms = given[k][i].at_ms = w.now;
            o[k][i].row = none ? NULL : &given[k][i];
            given[k][i].code = code;
            given[k][i].success = code / 100 == 2;
            given[k][i].status = code / 100 == 2 ? AKOLHOOK_OK
                                 : code          ? AKOLHOOK_HTTP_STATUS
                                                 : AKOLHOOK_DEADLINE;
            given[k][i].ms = (int32_t)ms;
        }
    }
    for (k = 0; k < 2; k++) CHECK_STATUS(TWIN_CALL(k, settle_fn, &rules, o[k], count), OK);
    for (i = 0; i < count; i++) {
        CHECK_INT(o[1][i].status, o[0][i].status);
        if (o[0][i].status != AKOLHOOK_OK) continue;
        CHECK_INT(o[1][i].state, o[0][i].state);
        CHECK_INT(o[1][i].due_ms, o[0][i].due_ms);
        CHECK(o[1][i].cancelled == o[0][i].cancelled && o[1][i].deactivates == o[0][i].deactivates &&
                o[1][i].failures == o[0][i].failures && o[1][i].warned == o[0][i].warned);
    }
    twin.claimed -= count;
    for (k = 0; k < 2; k++)
        memmove(twin.claims[k], twin.claims[k] + count, twin.claimed * sizeof twin.claims[0][0]);
    memmove(twin.until, twin.until + count, twin.claimed * sizeof twin.until[0]);
}
/* What waits, in the order of its numbers; it is the same in both. */
static akolhook_store_delivery twin_waiting[2][3000];
static size_t twin_list(void) {
    size_t count[2] = {0, 0}, i;
    for (i = 0; i < 2; i++)
        CHECK_STATUS(TWIN_CALL(i, waiting_fn, NULL, 0, twin_waiting[i], 3000, &count[i]), OK);
    CHECK_INT(count[1], count[0]);
    for (i = 0; i < count[0] && !check_bad; i++) {
        const akolhook_store_delivery *a = &twin_waiting[0][i], *b = &twin_waiting[1][i];
        CHECK_TEXT(b->message_id, a->message_id);
        CHECK_TEXT(b->webhook_id, a->webhook_id);
        CHECK_INT(b->due_ms, a->due_ms);
        CHECK_INT(b->age_ms, a->age_ms);
        CHECK(b->attempt == a->attempt && b->in_flight == a->in_flight && b->is_test == a->is_test);
    }
    return count[0];
}
static void twin_single(uint32_t what, size_t at) {
    akolhook_status status[2];
    uint64_t number;
    size_t i;
    for (i = 0; i < 2; i++) {
        number = twin_waiting[i][at].number;
        status[i] = what == 0   ? TWIN_CALL(i, send_now_fn, number)
                    : what == 1 ? TWIN_CALL(i, cancel_fn, number, w.now)
                                : TWIN_CALL(i, redeliver_fn, number, 0);
    }
    CHECK_INT(status[1], status[0]);
}
/* The log of both, by webhook and delivery: rows that one call writes may stand in another order. */
static akolhook_log_row twin_rows[2][TWIN_HOOKS * 1000];
static int twin_by_delivery(const void *a, const void *b) {
    const akolhook_log_row *x = (const akolhook_log_row *)a, *y = (const akolhook_log_row *)b;
    int order = strcmp(x->webhook_id, y->webhook_id);
    if (!order) order = x->number < y->number ? -1 : x->number > y->number;
    return order ? order : x->cursor < y->cursor ? -1 : x->cursor > y->cursor;
}
static size_t twin_log(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count[2] = {0, 0}, i;
    uint64_t next;
    for (i = 0; i < 2; i++) {
        CHECK_STATUS(TWIN_CALL(i, log_fn, &query, twin_rows[i], TWIN_HOOKS * 1000, &count[i], &next), OK);
        qsort(twin_rows[i], count[i], sizeof twin_rows[0][0], twin_by_delivery);
    }
    CHECK_INT(count[1], count[0]);
    for (i = 0; i < count[0] && !check_bad; i++) {
        const akolhook_log_row *a = &twin_rows[0][i], *b = &twin_rows[1][i];
        CHECK_TEXT(b->webhook_id, a->webhook_id);
        CHECK_TEXT(b->message_id, a->message_id);
        CHECK(b->event == a->event && b->at_ms == a->at_ms && b->attempt == a->attempt);
        CHECK(b->state == a->state && b->retry_ms == a->retry_ms && b->code == a->code);
        CHECK(b->success == a->success && b->is_test == a->is_test && b->status == a->status);
    }
    return count[0];
}
/* One of the log is looked at, sent again, or what is asked for what waits alone. */
static void twin_ended(size_t at) {
    akolhook_store_delivery d[2];
    akolhook_status status[2];
    uint32_t what = twin_draw(5);
    uint64_t number;
    size_t i;
    for (i = 0; i < 2; i++) {
        number = twin_rows[i][at].number;
        CHECK_STATUS(TWIN_CALL(i, delivery_fn, number, &d[i]), OK);
        CHECK_INT(d[i].head.len + d[i].tail.len, d[i].has_body ? 8 : 0);
        status[i] = what == 0   ? TWIN_CALL(i, send_now_fn, number)
                    : what == 1 ? TWIN_CALL(i, cancel_fn, number, w.now)
                                : TWIN_CALL(i, redeliver_fn, number, what == 2 ? 9 : 0);
    }
    CHECK_INT(status[1], status[0]);
    CHECK(d[1].state == d[0].state && d[1].attempt == d[0].attempt && d[1].in_flight == d[0].in_flight);
    CHECK(d[1].age_ms == d[0].age_ms && d[1].due_ms == d[0].due_ms && d[1].has_body == d[0].has_body);
}
/* After a claim, which places anew what a change left to it. A store may be asked once too early, as it knows
   no caps where it settles; never too late. */
static void twin_next_due(void) {
    akolhook_store_limits limits = AKOLHOOK_INIT;
    int64_t ms[2];
    size_t i;
    limits.per_webhook = 3;
    limits.slow = limits.failing = TWIN_CLAIMS;
    twin_claim();
    for (i = 0; i < 2; i++) CHECK_STATUS(TWIN_CALL(i, next_due_fn, &limits, &ms[i]), OK);
    CHECK(twin.has_orphans || (ms[0] < 0 ? ms[1] < 0 : ms[1] >= 0 && ms[1] <= ms[0]));
}
static void twin_again(const char *id) {
    akolhook_status status[2];
    uint32_t made[2] = {0, 0};
    size_t i;
    for (i = 0; i < 2; i++) status[i] = TWIN_CALL(i, redeliver_failed_fn, id, 0, 9, &made[i]);
    CHECK_INT(status[1], status[0]);
    CHECK_INT(made[1], made[0]);
}
static void twin_same(void) {
    akolhook_store_webhook hooks[2][TWIN_HOOKS];
    akolhook_stats stats[2];
    akolhook_gauges gauges[2];
    size_t count[2], i, k;
    for (i = 0; i < 2; i++) {
        CHECK_STATUS(TWIN_CALL(i, gauges_fn, &gauges[i]), OK);
        CHECK_STATUS(TWIN_CALL(i, webhook_list_fn, 0, 0, hooks[i], TWIN_HOOKS, &count[i]), OK);
    }
    CHECK_INT(count[1], count[0]);
    for (i = 0; i < count[0] && !check_bad; i++) /* texts are there until the next call */
        CHECK(akolhook_str_equal(hooks[0][i].url, hooks[1][i].url) &&
                akolhook_str_equal(hooks[0][i].name, hooks[1][i].name));
    for (i = 0; i <= count[0] && !check_bad; i++) { /* and all of them */
        const akolhook_store_webhook *a = &hooks[0][i], *b = &hooks[1][i];
        for (k = 0; k < 2; k++)
            CHECK_STATUS(TWIN_CALL(k, stats_fn, i < count[0] ? hooks[0][i].id : NULL, &stats[k]), OK);
        CHECK(memcmp(&stats[0], &stats[1], sizeof stats[0]) == 0);
        if (i == count[0]) break;
        CHECK_TEXT(b->id, a->id);
        CHECK(b->is_active == a->is_active && b->inactive_by == a->inactive_by && b->events == a->events);
        CHECK(b->updated_at_ms == a->updated_at_ms && b->inactive_at_ms == a->inactive_at_ms &&
                b->last_triggered_at_ms == a->last_triggered_at_ms && b->oldest_ms == a->oldest_ms);
        CHECK(b->queued == a->queued && b->in_flight == a->in_flight && b->next_ms == a->next_ms);
        CHECK(b->health.cls == a->health.cls && b->health.failures == a->health.failures &&
                b->health.misses == a->health.misses && b->health.counted == a->health.counted);
    }
    CHECK(gauges[1].webhooks == gauges[0].webhooks && gauges[1].waiting == gauges[0].waiting &&
            gauges[1].in_flight == gauges[0].in_flight && gauges[1].failing == gauges[0].failing &&
            gauges[1].oldest_ms == gauges[0].oldest_ms);
}
static void twin_tend(void) {
    akolhook_store_tending tending;
    int64_t events_ms = (int64_t)twin_draw(2) - 1; /* all bodies that nothing waits for, or none */
    size_t i;
    int steps;
    w.now++;
    for (i = 0; i < 2; i++)
        for (tending.more = 1, steps = 0; tending.more && steps < 20; steps++) {
            memset(&tending, 0, sizeof tending);
            tending.at_ms = w.now;
            tending.events_ms = events_ms;
            tending.keys_ms = 10000 * HOUR; /* the store in memory keeps them until their room is needed */
            CHECK_STATUS(TWIN_CALL(i, tend_fn, &tending), OK);
        }
}
static void twin_rest(void) {
    size_t count = twin_log();
    if (count && !check_bad) twin_ended(twin_draw((uint32_t)count));
    twin_next_due();
}
/* What was claimed and never settled still holds memory of a store's. */
static void twin_give_back(void) {
    static const akolhook_store_rules rules = {4, 5, HOUR, 8, 2 * HOUR};
    akolhook_store_outcome o;
    size_t i, k;
    for (i = 0; i < twin.lost_count; i++)
        for (k = 0; k < 2; k++) {
            memset(&o, 0, sizeof o);
            o.number = twin.lost[k][i].number;
            o.lease = twin.lost[k][i].lease;
            o.handle = twin.lost[k][i].handle;
            CHECK_STATUS(TWIN_CALL(k, settle_fn, &rules, &o, 1), OK);
        }
}
static void twin_life(uint32_t seed) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    size_t step, count;
    suite_begin();
    desc.memory.log_rows = 1000;
    suite_store_open(&desc);
    memset(&twin, 0, sizeof twin);
    twin.draw = seed;
    twin.is_rated = seed % 2 == 0;
    twin.stores[1] = *desc.store;
    memory.max_webhooks = TWIN_HOOKS;
    memory.max_pending = 3000;
    memory.log_rows = 1000;
    memory.pool_bytes = 1 << 20;
    memory.max_keys = 1000;
    memory.now_ms_fn = twin_now;
    CHECK_STATUS(akolhook_memory_init(&twin.stores[0], twin_memory, sizeof twin_memory, &memory), OK);
    for (step = 0; step < TWIN_STEPS && !check_bad; step++) {
        uint32_t what = twin_draw(100);
        size_t at = twin_draw(TWIN_HOOKS);
        count = twin_list();
        if (what < 25)
            twin_emit();
        else if (what < 35)
            twin_change(at);
        else if (what < 55)
            twin_claim();
        else if (what < 75)
            twin_settle(1 + twin_draw(TWIN_SOME));
        else if (what < 80 && count)
            twin_single(twin_draw(3), twin_draw((uint32_t)count));
        else if (what < 85)
            twin_rest();
        else if (what < 88)
            twin_again(twin.ids[at]);
        else if (what < 90)
            twin_tend();
        else
            w.now += twin_draw(what < 97 ? 5000 : (uint32_t)((twin.is_rated ? 1 : 20) * HOUR));
        twin_same();
        if (check_bad) printf("    seed %u, step %u\n", (unsigned)seed, (unsigned)step);
    }
    while (twin.claimed && !check_bad) twin_settle(TWIN_SOME);
    twin_give_back();
    akolhook_wipe(&twin, sizeof twin);
    akolhook_wipe(twin_memory, sizeof twin_memory);
    suite_store_close();
}
static void suite_twin(void) {
    uint32_t first = getenv("SEED") ? (uint32_t)atol(getenv("SEED")) : 12, lives = getenv("LONG") ? 60 : 4, i;
    for (i = 0; i < lives && !check_bad; i++) twin_life(first + i);
}

#endif
