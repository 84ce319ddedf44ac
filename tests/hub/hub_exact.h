/* Bounds that are met exactly: what a description leaves out, places, room, turns, ids, bodies, the time that
   a hub waits, and what its calls leave in their answers when they fail. Part of test_hub.c. */
#ifndef HUB_EXACT_H
#define HUB_EXACT_H

/* ---- what a description leaves out ---- */

static void test_defaults(void) {
    static const uint32_t places[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100};
    static const uint32_t each[] = {1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4, 25}; /* a quarter, at least 1 */
    akolhook_memory_desc given = AKOLHOOK_INIT, memory;
    akolhook_hub_desc filled;
    size_t i;

    CHECK_STATUS(akolhook_memory_i_fill(&given, &memory), OK);
    CHECK(memory.max_webhooks == 16 && memory.max_pending == 512 && memory.log_rows == 32 &&
            memory.log_bytes == 16384 && memory.pool_bytes == 131072 && memory.max_keys == 256);
    for (i = 255; i < 259; i++) { /* at least 2 for each webhook */
        given.max_webhooks = (uint32_t)i;
        CHECK_STATUS(akolhook_memory_i_fill(&given, &memory), OK);
        CHECK_INT(memory.max_pending, i <= 256 ? 512 : 2 * i);
        CHECK_INT(AKOLHOOK_MEMORY_I_PENDING(i), i <= 256 ? 512 : 2 * i);
    }

    suite_begin();
    memset(&desc.memory, 0, sizeof desc.memory);
    desc.client.max_in_flight = 0;
    CHECK_STATUS(akolhook_hub_i_fill(&desc, &filled), OK);
    CHECK(filled.client.max_in_flight == 16 && filled.client.deadline_ms == 30000 &&
            filled.client.response_cap == 1024 && filled.max_webhooks == 16 && filled.max_attempts == 10 &&
            filled.keep_hours == 168 && filled.max_queue == 0 && filled.max_rate == 0 &&
            filled.memory.now_ms_fn == world_monotonic);
    desc.memory.max_webhooks = 7;
    world_platform.user = &w; /* the platform's clock is asked as its own */
    CHECK_STATUS(akolhook_hub_i_fill(&desc, &filled), OK);
    CHECK(filled.max_webhooks == 7 && filled.memory.user == &w);
    world_platform.user = NULL;
    desc.store = &store;
    CHECK_STATUS(akolhook_hub_i_fill(&desc, &filled), OK);
    CHECK_INT(filled.max_webhooks, 1000);
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        desc.client.max_in_flight = places[i];
        CHECK_STATUS(akolhook_hub_i_fill(&desc, &filled), OK);
        CHECK_INT(filled.per_webhook, each[i]);
    }
    desc.per_webhook = 9;
    desc.max_webhooks = 3;
    desc.max_attempts = 4;
    desc.keep_hours = 5;
    desc.client.deadline_ms = 6000;
    desc.client.response_cap = 70;
    desc.memory.now_ms_fn = store_now;
    CHECK_STATUS(akolhook_hub_i_fill(&desc, &filled), OK);
    CHECK(filled.per_webhook == 9 && filled.max_webhooks == 3 && filled.max_attempts == 4 &&
            filled.keep_hours == 5 && filled.client.deadline_ms == 6000 && filled.client.response_cap == 70 &&
            filled.memory.now_ms_fn == store_now);

    /* 65535 * 65537 rows are 2^32 - 1, one more than can be numbered */
    memset(&given, 0, sizeof given);
    given.max_webhooks = 65535;
    given.log_rows = 65537;
    CHECK_INT(akolhook_memory_size(&given), 0);
    given.log_rows = 65536;
    CHECK(sizeof(size_t) < 8 || akolhook_memory_size(&given) > 0);
    memset(&given, 0, sizeof given);
    given.max_keys = 10000000;
    CHECK(akolhook_memory_size(&given) > 0);
    memset(&given, 0, sizeof given);
    given.now_ms_fn = store_now;
    memset(&store, 0xff, sizeof store);
    CHECK_STATUS(akolhook_memory_init(&store, store_memory, sizeof store_memory, &given), OK);
    CHECK_INT(store.poll_ms, 0); /* nobody else adds to it */
}

/* The parts of a hub's memory and of its store's: each at a multiple of 16, one behind the other, as large as
   what it holds, and all of them within what was measured. */
static void exact_part(const void *part, size_t len, const uint8_t **end) {
    CHECK_INT((uintptr_t)part % 16, 0);
    CHECK(part == *end);
    *end = (const uint8_t *)part + (len + 15) / 16 * 16;
}
static void test_layout(void) {
    const uint8_t *end;
    akolhook_memory *m;
    size_t size;

    suite_begin();
    desc.client.max_in_flight = 7;
    desc.client.response_cap = 33;
    desc.memory.max_webhooks = 3;
    desc.memory.max_pending = 11;
    desc.memory.log_rows = 5;
    desc.memory.log_bytes = 65;
    desc.memory.pool_bytes = 4097;
    desc.memory.max_keys = 7;
    suite_open();
    m = (akolhook_memory *)hub->store.user;
    size = akolhook_memory_size(&m->desc);

    end = (const uint8_t *)hub;
    exact_part(hub, sizeof *hub, &end);
    CHECK_INT(hub->stride, AKOLHOOK_HUB_I_ALIGNED(sizeof(akolhook_hub_i_flight)) + 48);
    exact_part(hub->flights, 7 * hub->stride, &end);
    exact_part(hub->origins, 7 * sizeof *hub->origins, &end);
    exact_part(hub->origin_buckets, 7 * sizeof(uint32_t), &end);
    exact_part(hub->claims, 7 * sizeof *hub->claims, &end);
    exact_part(hub->outcomes, 7 * sizeof *hub->outcomes, &end);
    exact_part(hub->full, 7 * sizeof *hub->full, &end);
    exact_part(hub->scratch, AKOLHOOK_MAX_TYPED, &end);
    exact_part(hub->client, akolhook_client_size(&hub->desc.client), &end);
    CHECK((const uint8_t *)m >= end && (const uint8_t *)m < end + 16);
    CHECK_INT(akolhook_hub_size(&desc), (size_t)(end - (const uint8_t *)hub) + 15 + (size + 15) / 16 * 16);
    desc.store = &store; /* none of its own */
    CHECK_INT(akolhook_hub_size(&desc), (size_t)(end - (const uint8_t *)hub) + 15);
    desc.store = NULL;

    end = (const uint8_t *)m;
    exact_part(m, sizeof *m, &end);
    exact_part(m->hooks, 3 * sizeof *m->hooks, &end);
    exact_part(m->hook_space.base, 3 * sizeof(akolhook_memory_i_node), &end);
    exact_part(m->jobs, 11 * sizeof *m->jobs, &end);
    exact_part(m->rows, 15 * sizeof *m->rows, &end);
    exact_part(m->keys, 7 * sizeof *m->keys, &end);
    exact_part(m->log, 65, &end);
    exact_part(m->pool, 4097, &end);
    exact_part(m->hook_buckets, 3 * sizeof(uint32_t), &end);
    exact_part(m->url_buckets, 3 * sizeof(uint32_t), &end);
    exact_part(m->job_buckets, 11 * sizeof(uint32_t), &end);
    exact_part(m->event_buckets, 11 * sizeof(uint32_t), &end);
    exact_part(m->key_buckets, 7 * sizeof(uint32_t), &end);
    CHECK_INT(size, (size_t)(end - (const uint8_t *)m) + 15);

    /* half of 11 in parts of 1, the rest shared; half of the pool's 257 units likewise */
    CHECK(m->part == 1 && m->shared == 8 && m->pool_units == 257 && m->part_bytes == 685);
    CHECK_INT(m->shared_bytes, 256 * 16 - 3 * 685);
    suite_end();

    suite_begin(); /* a batch has 64 places at most */
    desc.client.max_in_flight = 65;
    suite_open();
    CHECK(hub->batch == 64 && hub->max_in_flight == 65);
    suite_end();
}

/* ---- places ---- */

/* The manual's table, whatever is taken already. */
static void test_places_table(void) {
    static const uint32_t slow_of[] = {0, 1, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12, 12};
    static const uint32_t failing_of[] = {0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8};
    akolhook_store_limits limits;
    uint32_t places, open, slow, failing;

    for (places = 1; places <= 16; places++) {
        suite_begin();
        desc.client.max_in_flight = places;
        suite_open();
        CHECK_INT(hub->max_per_origin, (places + 1) / 2);
        for (open = 0; open <= places; open++) {
            hub->open = open;
            hub->slow = slow = open > 1 ? open - 1 : open;
            hub->failing = failing = open / 2;
            CHECK_INT(akolhook_hub_i_limits(hub, &limits), places - open);
            CHECK_INT(limits.slow, slow < slow_of[places] ? slow_of[places] - slow : 0);
            CHECK_INT(limits.failing, failing < failing_of[places] ? failing_of[places] - failing : 0);
            CHECK(limits.lease_ms == 60000 && limits.per_webhook == (places > 4 ? places / 4 : 1) &&
                    limits.origin_count == 0 && limits.per_origin == (places + 1) / 2);
        }
        hub->open = hub->slow = hub->failing = 0;
        akolhook_hub_drain(hub, 1);
        CHECK_INT(akolhook_hub_i_limits(hub, &limits), 0);
        suite_end();
    }
}

/* Origins with attempts: those that a claim could fill are named, with what they may still have. */
static void test_places_origins(void) {
    static const uint64_t origins[] = {5, 13, 21, 2}; /* three in one bucket of 8 */
    akolhook_store_limits limits;
    uint32_t at[12], i, k, open[4] = {0, 0, 0, 0}, named;

    suite_begin();
    desc.client.max_per_origin = 3;
    suite_open();
    for (i = 0; i < 8; i++) { /* 5 13 21 2 5 13 21 2 */
        at[i] = akolhook_hub_i_origin_take(hub, origins[i % 4]);
        open[i % 4]++;
        hub->open = i + 1;
        CHECK_INT(akolhook_hub_i_limits(hub, &limits), 7 - i);
        for (named = k = 0; k < 4 && i < 7; k++) named += open[k] && 3 - open[k] < 7 - i;
        CHECK_INT(limits.origin_count, named);
        for (k = 0; k < limits.origin_count; k++) {
            uint32_t which = 0;

            while (which < 4 && origins[which] != limits.origins[k].origin) which++;
            CHECK(which < 4 && limits.origins[k].left == 3 - open[which]);
        }
        CHECK_INT(hub->origins[at[i] - 1].open, open[i % 4]);
    }
    CHECK(at[0] != at[1] && at[1] != at[2] && at[0] != at[2] && at[4] == at[0] && at[6] == at[2]);
    for (i = 0; i < 8; i++) { /* the middle of a chain first */
        k = (i * 3 + 1) % 4;
        akolhook_hub_i_origin_give(hub, at[k]);
        CHECK_INT(hub->origins[at[k] - 1].open, --open[k]);
    }
    for (i = 0; i < 8; i++) { /* all entries are free again, each once */
        at[i] = akolhook_hub_i_origin_take(hub, 100 + i);
        CHECK_INT(hub->origins[at[i] - 1].open, 1);
        for (k = 0; k < i; k++) CHECK(at[k] != at[i]);
    }
    CHECK_INT(hub->free_origin, 0);
    for (i = 0; i < 8; i++) akolhook_hub_i_origin_give(hub, at[i]);
    hub->open = 0;
    suite_end();
}

/* All places are taken by one webhook: rotated, each of them is signed anew; deleted, each is broken off. */
static void test_places_all(void) {
    akolhook_webhook hook;
    char secret[AKOLHOOK_SECRET_SIZE];
    size_t i;

    suite_begin();
    desc.per_webhook = 8;
    desc.client.max_per_origin = 8;
    suite_open();
    hook = create("https://a.example/");
    emit();
    run();
    for (i = 0; i < 8; i++) emit();
    CHECK_STATUS(akolhook_hub_i_claim(hub), OK); /* in flight, nothing sent */
    CHECK_INT(hub->open, 8);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, secret), OK);
    run();
    CHECK_INT(w.count, 9);
    for (i = 1; i < 9; i++) CHECK(is_signed(&w.requests[i], secret));

    w.code = 0;
    for (i = 0; i < 8; i++) emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.open, 8);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_INT(w.open, 0);
    run();
    CHECK_INT(hub->open, 0);
    CHECK(hub->first_done == 0 && hub->last_done == 0);
    suite_end();
}

/* ---- room ---- */

/* A webhook alone has its part, and beyond it as much as is free then: told by a simulation of the rule. */
static void test_room_count(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event events[AKOLHOOK_EMIT_MOST];
    akolhook_stats stats;
    uint32_t pending, hooks, part, beyond, accepted, i;

    for (hooks = 1; hooks <= 3; hooks++)
        for (pending = 2 * hooks; pending <= 20; pending++) {
            memory.max_webhooks = hooks;
            memory.max_pending = pending;
            part = pending / 2 / hooks;
            /* own + 1 <= part + (pending - parts - own beyond part) */
            for (beyond = 0; beyond + 1 <= pending - part * hooks - beyond; beyond++) continue;

            bounds_start(&memory);
            CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
            for (accepted = 0; accepted < 40; accepted++)
                if (bounds_emit(accepted, 10, NULL) != AKOLHOOK_OK) break;
            CHECK_INT(accepted, part + beyond);
            CHECK_STATUS(bounds_emit(99, 10, NULL), PENDING_FULL);

            /* events of one call have as much room as if they came alone */
            if (accepted >= AKOLHOOK_EMIT_MOST) continue;
            bounds_start(&memory);
            CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
            for (i = 0; i <= accepted; i++) events[i] = bounds_event(i, 10, NULL);
            CHECK_STATUS(store.enqueue_fn(store.user, events, accepted + 1), PENDING_FULL);
            CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
            CHECK_INT(stats.emitted, 0);
            inside_check(bounds_memory());
            CHECK_INT(bounds_memory()->event_count, 0);
            CHECK_STATUS(store.enqueue_fn(store.user, events, accepted), OK);
            inside_check(bounds_memory());
            CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
            CHECK_INT(stats.emitted, accepted);
        }
}
/* The same by bytes: of pools whose parts and shared half are whole units, and one byte less than that. */
static void test_room_bytes(void) {
    static const struct {
        uint32_t webhooks, pool_bytes, part,
                shared; /* units * 8 / webhooks, and what is left of all but one */
    } pools[] = {{1, 4096, 2048, 2032}, {9, 4304, 239, 2137}, {9, 4208, 233, 2095}};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event e;
    akolhook_memory *m;
    uint64_t len, own, shared;
    uint32_t accepted, want;
    size_t size, i;

    memory.max_pending = 200;
    for (i = 0; i < 3; i++)
        for (size = 1; size < 900; size += 16) {
            memory.max_webhooks = pools[i].webhooks;
            memory.pool_bytes = pools[i].pool_bytes;
            bounds_start(&memory);
            m = bounds_memory();
            CHECK(m->part_bytes == pools[i].part && m->shared_bytes == pools[i].shared);
            CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
            own = akolhook_memory_i_hook_at(m, 1)->bytes;
            e = bounds_event(0, size, NULL);
            len = akolhook_memory_i_len(m, &e);
            CHECK_INT(len % 16, 0);
            for (want = 0; own + len <= m->part_bytes; want++) own += len;
            for (shared = 0; shared + len <= m->shared_bytes - shared; want++) shared += len;
            for (accepted = 0; accepted < 200; accepted++)
                if (bounds_emit(accepted, size, NULL) != AKOLHOOK_OK) break;
            CHECK_INT(accepted, want);
            CHECK_STATUS(bounds_emit(999, size, NULL), POOL_FULL);
            inside_check(m);
        }
}

/* Redelivered into a queue that is full but for one, and of tests 18 at most. */
static void test_room_again(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    uint64_t ended;
    uint32_t i, count;

    memory.max_webhooks = 1;
    memory.max_pending = 8; /* a part of 4, and 2 of the other 4 */
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    claim = members_claim();
    ended = claim.number;
    CHECK_STATUS(bounds_settle(&claim, 410), OK); /* failed, and inactive */
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), WEBHOOK_INACTIVE);
    {
        akolhook_store_webhook on = AKOLHOOK_INIT;

        memcpy(on.id, bounds_id, sizeof on.id);
        on.is_active = 1;
        CHECK_STATUS(store.webhook_set_fn(store.user, &on, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    }
    for (i = 0; i < 5; i++) CHECK_STATUS(bounds_emit(10 + i, 10, NULL), OK);
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 5), PENDING_FULL);
    CHECK_STATUS(store.redeliver_failed_fn(store.user, bounds_id, 0, 5, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.redeliver_failed_fn(store.user, bounds_id, w.now + 1, 0, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.redeliver_failed_fn(store.user, bounds_id, w.now, 6, &count), OK);
    CHECK_INT(count, 1); /* the sixth */
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), PENDING_FULL);
    inside_check(bounds_memory());

    memory.max_pending = 100;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, bounds_id), OK);
    claim = members_claim();
    ended = claim.number;
    CHECK_STATUS(bounds_settle(&claim, 500), OK);
    for (i = 0; i < 17; i++) CHECK_STATUS(bounds_emit(10 + i, 10, bounds_id), OK);
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), OK); /* the eighteenth */
    CHECK_STATUS(store.redeliver_fn(store.user, ended, 0), PENDING_FULL);
    CHECK_STATUS(bounds_emit(50, 10, bounds_id), PENDING_FULL);
    CHECK_STATUS(bounds_emit(50, 10, NULL), OK); /* what is none has its own room */
}

/* By bytes the part is enough, and so is the shared half. */
static void test_room_again_bytes(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_memory *m;
    int way;

    memory.max_webhooks = 1;
    memory.pool_bytes = 8192;
    for (way = 0; way < 3; way++) {
        bounds_start(&memory);
        m = bounds_memory();
        CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
        CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
        claim = members_claim();
        CHECK_STATUS(bounds_settle(&claim, 200), OK);
        if (way != 1) m->shared_bytes_used = m->shared_bytes;
        if (way != 0) akolhook_memory_i_hook_at(m, 1)->bytes = m->part_bytes;
        CHECK_INT(
                store.redeliver_fn(store.user, claim.number, 0), way == 2 ? AKOLHOOK_POOL_FULL : AKOLHOOK_OK);
    }
}

/* ---- turns ---- */

/* A claim is paid in advance, settling corrects it, a lease that ran out costs its length; the floor is the
   turn of whoever was served last; who becomes ready has at least that. */
static void test_turns(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    akolhook_memory *m;
    akolhook_memory_i_hook *a, *b;
    size_t count;

    bounds_start(&memory);
    m = bounds_memory();
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    a = akolhook_memory_i_hook_at(m, 1);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    claim = members_claim();
    CHECK(claim.charged_ms == 1 && a->turn == 1 && m->floor == 0);
    o.number = claim.number;
    o.lease = claim.lease;
    o.handle = claim.handle;
    o.charged_ms = claim.charged_ms;
    o.row = &row;
    row.success = 1;
    row.ms = 700;
    CHECK_STATUS(store.settle_fn(store.user, &lenient, &o, 1), OK);
    CHECK_INT(a->turn, 700);

    CHECK_STATUS(bounds_emit(2, 10, NULL), OK);
    claim = members_claim();
    CHECK(claim.charged_ms == 700 && a->turn == 1400 && m->floor == 700);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    b = akolhook_memory_i_hook_at(m, 2);
    CHECK_INT(b->turn, 700); /* the floor */

    w.now += 59999;
    CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 0);
    CHECK_INT(a->turn, 1400);
    w.now++; /* its lease of 60 s ran out; it is claimed again at once, for 700 more */
    limits.lease_ms = 5000;
    CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 1);
    CHECK(a->turn == 1400 + 60000 + 700 && m->floor == 61400);
    CHECK_INT(b->turn, 700);
    CHECK_STATUS(bounds_emit(3, 10, NULL), OK); /* b becomes ready */
    CHECK_INT(b->turn, 61400);
    claim = members_claim();
    CHECK_TEXT(claim.webhook_id, members_ids[1]); /* 61400 is before 62100 */
    CHECK(b->turn == 61401 && m->floor == 61400);
    {
        akolhook_store_webhook change = AKOLHOOK_INIT;

        m->floor = 99999;
        memcpy(change.id, members_ids[1], sizeof change.id);
        change.url = akolhook_str_c("https://c.example/");
        CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_URL, w.now, NULL), OK);
        CHECK_INT(b->turn, 99999); /* at the floor */
        a->turn = 5;
        memcpy(change.id, members_ids[0], sizeof change.id);
        CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_NAME, w.now, NULL), OK);
        CHECK_INT(a->turn, 5); /* it is ready already */
    }
}

/* An answer of anybody is evidence for an hour, as the store remembers it. */
static void test_answered(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[2];
    const akolhook_store_health *health;
    size_t count;
    int i;

    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    health = &akolhook_memory_i_hook_at(bounds_memory(), 1)->health;
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 2, &count), OK);
    CHECK_STATUS(bounds_settle(&claims[0], 0), OK);
    CHECK(health->failures == 1 && health->counted == 0); /* nobody answered yet */
    CHECK_STATUS(bounds_settle(&claims[1], 404), OK);
    CHECK_STATUS(store.webhook_delete_fn(store.user, members_ids[1]), OK);
    for (i = 0; i < 2; i++) { /* an hour later, and a millisecond more */
        w.now += i ? 1 : HOUR;
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 1, &count), OK);
        CHECK_INT(count, 1);
        CHECK_TEXT(claims[0].webhook_id, members_ids[0]);
        CHECK_STATUS(bounds_settle(&claims[0], 0), OK);
        CHECK(health->failures == (uint32_t)i + 2 && health->counted == 1); /* the first of them */
        akolhook_memory_i_hook_at(bounds_memory(), 1)->health.backoff_until = 0;
        CHECK_STATUS(store.send_now_fn(store.user, claims[0].number), OK);
    }
}

/* Of equal turns the lower number is first, whatever their classes are. */
static void test_turns_equal(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[3];
    akolhook_memory *m;
    size_t count, first, i;

    for (first = 0; first < 3; first++) {
        bounds_start(&memory);
        m = bounds_memory();
        CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
        CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
        CHECK_STATUS(bounds_put(3, "https://c.example/", 0), OK);
        for (i = 0; i < 3; i++)
            akolhook_memory_i_hook_at(m, (uint32_t)i + 1)->health.cls = (akolhook_class)((first + i) % 3);
        m->failing = 1;
        CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 3, &count), OK);
        CHECK_INT(count, 3);
        for (i = 0; i < count; i++) {
            CHECK_TEXT(claims[i].webhook_id, members_ids[i]);
            CHECK_INT(claims[i].cls, (first + i) % 3);
        }
    }
}

/* How long until a claim may give something: the earliest of what is ready, what waits and what is leased;
   what the limits do not allow is no reason. */
static void test_next_due(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_claim claims[2];
    akolhook_store_delivery d;
    size_t count;
    int64_t ms = 9;

    bounds_start(&memory);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, -1);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 0);
    limits.slow = 0; /* it is new */
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, -1);
    limits.slow = 1;
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 0);

    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 1, &count), OK);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 60000); /* its lease */
    CHECK_STATUS(bounds_settle(&claims[0], 500), OK);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 5000);
    w.now += 4999;
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 1);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 2, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK_INT(d.due_ms, 1);
    w.now++;
    CHECK_STATUS(store.delivery_fn(store.user, 2, &d), OK);
    CHECK_INT(d.due_ms, 0);
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 2, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(bounds_emit(2, 10, NULL), OK); /* it fails: one at a time, so its lease is waited for */
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 60000);
    w.now += 60001;
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 0);

    /* one that is sent now goes before the backoff once, and then by it as any other */
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    akolhook_memory_i_hook_at(bounds_memory(), 1)->health.backoff_until = w.now + HOUR;
    CHECK_STATUS(store.send_now_fn(store.user, 2), OK);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 0);
    claims[0] = members_claim();
    CHECK_STATUS(bounds_settle(&claims[0], 404), OK);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, HOUR);

    /* caps count as they are in this call */
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
    CHECK_STATUS(bounds_emit(2, 10, NULL), OK);
    limits.per_webhook = 1;
    limits.slow = 9;
    CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 2, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 60000);
    limits.per_webhook = 2;
    CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
    CHECK_INT(ms, 0);
}

/* A webhook's rate over the claims, with the bound of all where it has none. */
static void test_claim_rate(void) {
    static const struct {
        uint32_t own, all;
        int64_t apart_ms;
    } cases[] = {{2, 0, 500}, {2, 4, 500}, {0, 4, 250}, {0, 0, 0}, {3, 0, 334}};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_store_claim claims[4];
    akolhook_store_webhook change = AKOLHOOK_INIT;
    size_t i, count;
    int64_t ms = 9;

    memcpy(change.id, bounds_id, sizeof change.id);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bounds_start(&memory);
        CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
        change.rate = cases[i].own;
        CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_RATE, 1, NULL), OK);
        CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
        CHECK_STATUS(bounds_emit(2, 10, NULL), OK);
        limits = bounds_limits();
        limits.rate = cases[i].all;
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
        CHECK_INT(count, cases[i].apart_ms ? 1 : 2);
        CHECK_STATUS(store.next_due_fn(store.user, &limits, &ms), OK);
        CHECK_INT(ms, cases[i].apart_ms ? cases[i].apart_ms : 60000);
        change.rate = 0; /* taken away: at once */
        limits.rate = 0;
        CHECK_STATUS(store.webhook_set_fn(store.user, &change, AKOLHOOK_STORE_RATE, 1, NULL), OK);
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 4, &count), OK);
        CHECK_INT(count, cases[i].apart_ms ? 1 : 0);
    }
}

/* How many of each class one claim gives, and of each origin. */
static void test_claim_limits(void) {
    static const struct {
        uint32_t slow, failing, per_origin, left, given[3]; /* OTHER, QUICK, FAILING */
    } cases[] = {{99, 99, 0, 99, {3, 3, 3}}, {0, 99, 0, 99, {0, 3, 0}}, {1, 99, 0, 99, {1, 3, 0}},
            {3, 99, 0, 99, {2, 3, 1}}, {99, 0, 0, 99, {3, 3, 0}}, {99, 1, 0, 99, {3, 3, 1}},
            {99, 3, 0, 99, {3, 3, 3}}, {99, 99, 1, 99, {1, 1, 1}}, {99, 99, 2, 99, {2, 2, 2}},
            {99, 99, 2, 1, {2, 1, 2}}, {99, 99, 0, 0, {3, 0, 3}}, {99, 99, 0, 2, {3, 2, 3}}};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_limits limits;
    akolhook_store_origin origin;
    akolhook_store_claim claims[12];
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    uint32_t given[3];
    char url[40];
    size_t i, k, count;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bounds_start(&memory);
        hook.name = akolhook_str_c("n");
        hook.events = 2;
        hook.is_active = 1;
        for (k = 0; k < 9; k++) { /* the origin is the class's */
            sprintf(hook.id, "whk_%024u", (unsigned)k + 1);
            sprintf(url, "https://h%u.example/", (unsigned)k);
            hook.url = akolhook_str_c(url);
            hook.origin = k % 3;
            CHECK_STATUS(store.webhook_put_fn(store.user, &hook, 99), OK);
            akolhook_memory_i_hook_at(bounds_memory(), (uint32_t)k + 1)->health.cls = (akolhook_class)(k % 3);
        }
        bounds_memory()->failing = 3;
        CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
        limits = bounds_limits();
        limits.slow = cases[i].slow;
        limits.failing = cases[i].failing;
        limits.per_origin = cases[i].per_origin;
        origin.origin = 1; /* QUICK's */
        origin.left = cases[i].left;
        limits.origins = &origin;
        limits.origin_count = cases[i].left < 99;
        CHECK_STATUS(store.claim_fn(store.user, &limits, claims, 12, &count), OK);
        memset(given, 0, sizeof given);
        for (k = 0; k < count; k++) given[claims[k].cls]++;
        CHECK_INT(given[0], cases[i].given[0]);
        CHECK_INT(given[1], cases[i].given[1]);
        CHECK_INT(given[2], cases[i].given[2]);
        inside_check(bounds_memory());
    }
}

/* What is cut off while it is in flight ends with its attempt, at once, and is not tried again. */
static void test_cut_in_flight(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook off = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_store_limits limits = bounds_limits();
    akolhook_stats stats;
    size_t count;
    int by_webhook, way;

    for (way = 0; way < 4; way++) {
        by_webhook = way % 2;
        bounds_start(&memory);
        CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
        CHECK_STATUS(bounds_emit(1, 10, NULL), OK);
        claim = members_claim();
        memcpy(off.id, bounds_id, sizeof off.id);
        if (by_webhook)
            CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
        else
            CHECK_STATUS(store.cancel_fn(store.user, claim.number, w.now), OK);
        if (way < 2) {
            CHECK_STATUS(bounds_settle(&claim, 500), OK);
        } else { /* its lease runs out, where nothing more of the webhook would be taken */
            w.now += 60000;
            limits.slow = 0;
            CHECK_STATUS(store.claim_fn(store.user, &limits, &claim, 1, &count), OK);
            CHECK_INT(count, 0);
        }
        CHECK_STATUS(store.stats_fn(store.user, NULL, &stats), OK);
        CHECK(stats.cancelled == 1 && stats.waiting == 0);
        CHECK_INT(members_row().status, by_webhook ? AKOLHOOK_WEBHOOK_INACTIVE : AKOLHOOK_CANCELLED);
        inside_check(bounds_memory());
    }
}

/* Of 600 that are cut off a step ends 256, whatever other webhooks stand before theirs. */
static void test_cut_steps(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_webhook off = AKOLHOOK_INIT;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    unsigned i;

    memory.max_webhooks = 3;
    memory.max_pending = 4000;
    memory.pool_bytes = 1 << 20;
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    CHECK_STATUS(bounds_put(2, "https://b.example/", 0), OK);
    CHECK_STATUS(bounds_put(3, "https://c.example/", 0), OK);
    for (i = 0; i < 2; i++) {
        sprintf(off.id, "whk_%024u", i + 1);
        CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    }
    for (i = 0; i < 600; i++) CHECK_STATUS(bounds_emit(i, 10, NULL), OK);
    sprintf(off.id, "whk_%024u", 3u);
    CHECK_STATUS(store.webhook_set_fn(store.user, &off, AKOLHOOK_STORE_ACTIVE, w.now, NULL), OK);
    CHECK_INT(bounds_memory()->cut_waiting, 344);
    CHECK_STATUS(
            store.send_now_fn(store.user, bounds_memory()->numbers), OK); /* the newest is cut off, too */
    CHECK_INT(bounds_memory()->cut_waiting, 344);
    tending.events_ms = -1;
    tending.unsaved = 9;
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(bounds_memory()->cut_waiting == 88 && tending.more == 1 && tending.unsaved == 0);
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(bounds_memory()->cut_waiting == 0 && tending.more == 0);
    CHECK_INT(akolhook_memory_i_hook_at(bounds_memory(), 3)->in, 0); /* nothing of it has a turn */
    CHECK_INT(bounds_memory()->event_count, 600);
    tending.events_ms = 1000; /* older than a second: none is yet, then all of them in three steps */
    w.now += 1000;
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(bounds_memory()->event_count == 600 && tending.more == 0);
    w.now++;
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(bounds_memory()->event_count == 344 && tending.more == 1);
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK_INT(bounds_memory()->event_count, 88);
    CHECK_STATUS(store.tend_fn(store.user, &tending), OK);
    CHECK(bounds_memory()->event_count == 0 && tending.more == 0);
}

static const volatile char *exact_area; /* nobody knows what stands there */

/* Whatever is called next finds this on its stack. */
static void exact_dirty(void) {
    volatile char area[12000];
    size_t i;

    for (i = 0; i < sizeof area; i++) area[i] = (char)0xff;
}

/* ---- ids, cursors, origins ---- */

static void test_id_forms(void) {
    char id[AKOLHOOK_ID_SIZE];
    size_t i;
    int c;

    for (i = 0; i < AKOLHOOK_ID_SIZE - 1; i++)
        for (c = 0; c < 256; c++) {
            const int is_letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

            memcpy(id, "whk_0AZaz9000000000000000000", sizeof id);
            id[i] = (char)c;
            CHECK_INT(akolhook_hub_i_is_id(akolhook_str_n(id, AKOLHOOK_ID_SIZE - 1), "whk_"),
                    i < 4 ? c == "whk_"[i] : is_letter);
        }
    memcpy(id, "whk_0AZaz9000000000000000000", sizeof id);
    CHECK(!akolhook_hub_i_is_id(akolhook_str_n(id, AKOLHOOK_ID_SIZE - 2), "whk_") &&
            !akolhook_hub_i_is_id(akolhook_str_n(id, AKOLHOOK_ID_SIZE), "whk_") &&
            !akolhook_hub_i_is_id(akolhook_str_n(NULL, AKOLHOOK_ID_SIZE - 1), "whk_"));
}
static void test_id_numbers(void) {
    static const struct {
        const char *id;
        uint64_t number;
    } cases[] = {{"00000000000", 0}, {"00000000001", 1}, {"00000000009", 9}, {"0000000000A", 10},
            {"0000000000Z", 35}, {"0000000000a", 36}, {"0000000000z", 61}, {"00000000010", 62},
            {"00000000100", 3844}, {"0000000zzzz", 14776335}, {"10000000000", UINT64_C(839299365868340224)},
            {"LygHa16AHYF", UINT64_MAX}, {"LygHa16AHYG", 0}, {"LygHa16AHYH", 0}, {"LygHa16AHYz", 0},
            {"LygHa16AHZ0", 0}, {"M0000000000", 0}, {"zzzzzzzzzzz", 0}}; /* 2^64 - 1 is the last */
    char id[AKOLHOOK_ID_SIZE], made[AKOLHOOK_ID_SIZE];
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sprintf(id, "dlv_mmmmmmmmmmmmm%s", cases[i].id);
        CHECK(akolhook_hub_i_delivery_number(akolhook_str_c(id)) == cases[i].number);
        akolhook_hub_i_delivery_id("msg_mmmmmmmmmmmmmnnnnnnnnnnn", cases[i].number, made);
        if (cases[i].number) CHECK_TEXT(made, id);
    }
}
/* By an independent SHA-256 and FNV-1a of 64 bits: of "akolhook cursor", the number from its lowest byte on
   and the business; of the host in small letters, whether it is https, and the port. */
static void test_hashes(void) {
    suite_start();
    exact_dirty();
    CHECK(akolhook_hub_i_cursor(hub, 5) == UINT64_C(0x541bc));
    CHECK(akolhook_hub_i_cursor(hub, UINT64_C(0x123456789abc)) == UINT64_C(0x123456789abcd953));
    suite_end();
    CHECK(akolhook_hub_i_origin_of(akolhook_str_c("https://a.example/")) == UINT64_C(0xd21d540bf084fc9f));
    CHECK(akolhook_hub_i_origin_of(akolhook_str_c("http://aZ.exAmple:8080/")) ==
            UINT64_C(0xae401bdc2bfec289));
}

/* ---- bodies, keys, headers, names ---- */

/* A body may have AKOLHOOK_MAX_BODY bytes, and not one more, in one piece as in three. */
static void test_body_bound(void) {
    static char data[AKOLHOOK_MAX_BODY + 2], key[257];
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_hub_delivery d;
    akolhook_webhook hook;
    size_t around, i;

    suite_begin();
    desc.memory.max_webhooks = 2;
    desc.memory.pool_bytes = 5u << 20;
    suite_open();
    hook = create("https://a.example/");
    memset(data, ' ', sizeof data);
    event.event = AKOLHOOK_CALL_ENDED;
    event.timestamp_ms = START_MS;
    event.data = akolhook_str_c("{}");
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
    list_waiting(hook.id);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, waits[0].id, &d), OK);
    around = d.body[0].len + d.body[1].len + d.body[2].len - 2;
    event.data = akolhook_str_n(data, AKOLHOOK_MAX_BODY - around);
    data[0] = '{';
    data[event.data.len - 1] = '}';
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
    list_waiting(hook.id);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, waits[1].id, &d), OK);
    CHECK_INT(d.body[0].len + d.body[1].len + d.body[2].len, AKOLHOOK_MAX_BODY);
    data[event.data.len - 1] = ' ';
    data[event.data.len++] = '}';
    CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), BODY_TOO_LARGE);
    CHECK_INT(stats_of(NULL).emitted, 2);

    memset(key, 'k', sizeof key);
    event.data = akolhook_str_c("{}");
    for (i = 255; i <= 257; i++) {
        event.idempotency_key = akolhook_str_n(key, i);
        CHECK_INT(akolhook_hub_emit(hub, &event, NULL), i > 256 ? AKOLHOOK_BAD_KEY : AKOLHOOK_OK);
    }
    suite_end();
}

/* Headers have 2,048 bytes of lines and are 8 at most. */
static void test_headers_bound(void) {
    static const char *const names[] = {"X-1", "X-2", "X-3", "X-4", "X-5", "X-6", "X-7", "X-8", "X-9"};
    static char value[2100], joined[AKOLHOOK_HUB_I_HEADERS_CAP];
    akolhook_header headers[9];
    size_t i, len;

    memset(value, 'v', sizeof value - 1);
    headers[0].name = akolhook_str_c("X-A"); /* 3 + 2 + value + 2 */
    headers[1].name = akolhook_str_c("X-B");
    headers[1].value = akolhook_str_c("1"); /* 8 */
    for (i = 2039; i <= 2042; i++) {
        headers[0].value = akolhook_str_n(value, i);
        CHECK_INT(akolhook_hub_i_headers_join(headers, 1, joined, &len),
                i > 2041 ? AKOLHOOK_OUT_OF_RANGE : AKOLHOOK_OK);
        if (i <= 2041) CHECK_INT(len, i + 7);
        headers[0].value.len -= 8;
        CHECK_INT(akolhook_hub_i_headers_join(headers, 2, joined, &len),
                i > 2041 ? AKOLHOOK_OUT_OF_RANGE : AKOLHOOK_OK);
        if (i <= 2041) CHECK_MEM(joined + len - 10, 10, "\r\nX-B: 1\r\n", 10);
    }
    for (i = 0; i < 9; i++) headers[i] = header_of(names[i], "");
    CHECK_STATUS(akolhook_hub_i_headers_join(headers, 8, joined, &len), OK);
    CHECK_INT(len, 8 * 7);
    CHECK_INT(akolhook_hub_i_headers_split(akolhook_str_n(joined, len), NULL), 8);
    CHECK_STATUS(akolhook_hub_i_headers_join(headers, 9, joined, &len), OUT_OF_RANGE);
    CHECK_STATUS(akolhook_hub_i_headers_join(NULL, 0, joined, &len), OK);
    CHECK_INT(len, 0);
}

/* States and classes of codes that a query may ask for. */
static void test_queries(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count;
    int i;

    suite_start();
    for (i = -1; i < 8; i++) {
        query.state = (akolhook_delivery_state)i;
        CHECK_INT(akolhook_hub_log(hub, &query, rows, 1, &count),
                i >= 0 && i <= 5 ? AKOLHOOK_OK : AKOLHOOK_OUT_OF_RANGE);
    }
    memset(&query, 0, sizeof query);
    for (i = 0; i < 256; i++) {
        query.code_class = (uint8_t)i;
        CHECK_INT(akolhook_hub_log(hub, &query, rows, 1, &count),
                i <= 5 || i == 9 ? AKOLHOOK_OK : AKOLHOOK_OUT_OF_RANGE);
    }
    suite_end();
}

/* What create answers with is what is shown later, but for the secret, whatever stood on the stack. */
static void test_shown_first(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook made, kept;
    akolhook_header header = header_of("X-A", "1");
    akolhook_store_delivery ended;
    akolhook_log_row row;
    char body[300];

    suite_start();
    wanted.name = akolhook_str_c("A name");
    wanted.url = akolhook_str_c("https://a.example/?q");
    wanted.events = 4;
    wanted.rate = 900;
    wanted.deadline_ms = 2000;
    wanted.headers = &header;
    wanted.header_count = 1;
    exact_dirty();
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &made), OK);
    CHECK(made.oldest_ms == -1 && made.next_ms == -1 && made.created_at_ms == START_MS &&
            made.updated_at_ms == START_MS && made.is_active && made.header_count == 1 && made.number == 1);
    exact_dirty();
    kept = get(made.id);
    memcpy(kept.secret, made.secret, sizeof kept.secret);
    CHECK_MEM(&made, sizeof made, &kept, sizeof kept);

    exact_dirty();
    CHECK_STATUS(emit_key("{}", "", NULL), OK);
    exact_dirty();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    sprintf(body,
            "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"businessId\":\"biz_1\","
            "\"webhookId\":\"%s\",\"data\":{}}",
            made.id);
    CHECK_MEM(w.requests[0].body, w.requests[0].body_len, body, strlen(body));
    run();
    CHECK_STATUS(log_of(made.id), OK);
    CHECK_INT(row_count, 1);

    memset(&row, 0xff, sizeof row); /* and one that ended without an attempt */
    memset(&ended, 0, sizeof ended);
    akolhook_hub_i_row_of(hub, &ended, &row);
    CHECK(!row.attempt && !row.code && !row.success && !row.state && !row.retry_ms && !row.response_cut &&
            !row.status && !row.phase && !row.native_error && !row.ms && !row.peer.family &&
            !row.response.len && !row.cursor);
    suite_end();
}

/* Characters are counted, not bytes; control characters are C0, DEL and C1. */
static void test_characters(void) {
    static const struct {
        const char *text;
        akolhook_status status;
        size_t count;
    } cases[] = {{"", AKOLHOOK_OK, 0}, {" ", AKOLHOOK_OK, 1}, {"~", AKOLHOOK_OK, 1},
            {"a\x1f", AKOLHOOK_BAD_NAME, 0}, {"a\x7f", AKOLHOOK_BAD_NAME, 0},
            {"\xc2\x80", AKOLHOOK_BAD_NAME, 0}, {"\xc2\x9f", AKOLHOOK_BAD_NAME, 0},
            {"\xc2\xa0", AKOLHOOK_OK, 1}, {"\xc2\xbf", AKOLHOOK_OK, 1}, {"\xc3\x80", AKOLHOOK_OK, 1},
            {"\xc3\xbf", AKOLHOOK_OK, 1}, {"a\xe2\x82\xac\xf0\x9f\x98\x80 b", AKOLHOOK_OK, 5},
            {"\xff", AKOLHOOK_BAD_UTF8, 0}, {"ab\xff", AKOLHOOK_BAD_UTF8, 2}};
    char name[401];
    size_t i, count;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        count = 99;
        CHECK_INT(akolhook_hub_i_characters(akolhook_str_c(cases[i].text), &count), cases[i].status);
        if (cases[i].status != AKOLHOOK_BAD_NAME) CHECK_INT(count, cases[i].count);
    }

    /* 400 bytes are looked at, what is longer has more than 100 characters in any case */
    memset(name, 0xff, sizeof name);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 400)), BAD_UTF8);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 401)), BAD_NAME);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 0)), BAD_NAME);
    memset(name, 'n', sizeof name);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 1)), OK);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 100)), OK);
    CHECK_STATUS(akolhook_hub_i_name_check(akolhook_str_n(name, 101)), BAD_NAME);
}

/* ---- the log ---- */

/* Which rows: each bound met, and one off it; a message id is a slice, whatever stands behind it. */
static size_t exact_rows(akolhook_log_query query, char *kinds) {
    akolhook_log_row found[12];
    size_t count = 9, i;
    uint64_t next = 9;

    kinds[0] = 0;
    CHECK_STATUS(store.log_fn(store.user, &query, found, 12, &count, &next), OK);
    CHECK(count <= 12 && next == 0);
    for (i = 0; i < count; i++) {
        kinds[i] = (char)('0' + found[i].number % 10);
        kinds[i + 1] = 0;
    }
    return count;
}
static void test_log_bounds(void) {
    static const akolhook_store_rules once = {1, 99, 99, 99, 99};
    static const int codes[] = {199, 200, 299, 300, 404, 599, 0}; /* deliveries 2 to 8, at 1000, 2000, ... */
    static const struct {
        uint8_t code_class;
        const char *rows;
    } classes[] = {{1, "2"}, {2, "43"}, {3, "5"}, {4, "6"}, {5, "7"}, {AKOLHOOK_CODE_NONE, "8"}};
    static const struct {
        int64_t since, until;
        const char *rows;
    } spans[] = {{0, 0, "8765432"}, {3000, 0, "87654"}, {3001, 0, "8765"}, {0, 3000, "32"}, {0, 3001, "432"},
            {2000, 4000, "43"}, {7000, 7001, "8"}, {7001, 0, ""}, {1, 1000, ""}};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_log_row row, some[3];
    char kinds[16], slice[AKOLHOOK_ID_SIZE + 1];
    uint64_t next;
    size_t i, count;

    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    for (i = 0; i < 7; i++) {
        CHECK_STATUS(bounds_emit(20 + (unsigned)i, 10, i == 3 ? bounds_id : NULL), OK);
        w.now += HOUR;
        claim = members_claim();
        memset(&row, 0, sizeof row);
        o.number = claim.number;
        o.lease = claim.lease;
        o.handle = claim.handle;
        o.row = &row;
        row.at_ms = 1000 * ((int64_t)i + 1);
        row.code = codes[i];
        row.success = codes[i] / 100 == 2;
        row.status = row.success ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        CHECK_STATUS(store.settle_fn(store.user, &once, &o, 1), OK);
    }
    for (i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        query.since_ms = spans[i].since;
        query.until_ms = spans[i].until;
        (void)exact_rows(query, kinds);
        CHECK_TEXT(kinds, spans[i].rows);
    }
    memset(&query, 0, sizeof query);
    for (i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        query.code_class = classes[i].code_class;
        (void)exact_rows(query, kinds);
        CHECK_TEXT(kinds, classes[i].rows);
    }
    memset(&query, 0, sizeof query);
    sprintf(slice, "msg_%024ux", 23u);
    query.message_id = akolhook_str_n(slice, AKOLHOOK_ID_SIZE - 1);
    (void)exact_rows(query, kinds);
    CHECK_TEXT(kinds, "5");
    slice[AKOLHOOK_ID_SIZE - 2] = '9'; /* its last character counts */
    CHECK_INT(exact_rows(query, kinds), 0);
    memset(&query, 0, sizeof query);
    sprintf(slice, "%sx", bounds_id);
    query.webhook_id = akolhook_str_n(slice, AKOLHOOK_ID_SIZE - 1);
    CHECK_INT(exact_rows(query, kinds), 7);
    memset(&query, 0, sizeof query);
    query.number = 4;
    (void)exact_rows(query, kinds);
    CHECK_TEXT(kinds, "4");
    query.number = 0;
    query.only_tests = 1;
    (void)exact_rows(query, kinds);
    CHECK_TEXT(kinds, "5");
    query.only_tests = 0;
    query.only_succeeded = 1;
    (void)exact_rows(query, kinds);
    CHECK_TEXT(kinds, "43");
    query.only_succeeded = 0;
    query.only_failed = 1;
    query.state = AKOLHOOK_DELIVERY_FAILED;
    (void)exact_rows(query, kinds);
    CHECK_TEXT(kinds, "87652");
    query.state = AKOLHOOK_DELIVERY_DELIVERED;
    CHECK_INT(exact_rows(query, kinds), 0);

    /* by a cursor what is older than it, of one webhook as of all; next says where it goes on */
    for (i = 0; i < 2; i++) {
        memset(&query, 0, sizeof query);
        if (i) query.webhook_id = akolhook_str_c(bounds_id);
        query.cursor = 4;
        (void)exact_rows(query, kinds);
        CHECK_TEXT(kinds, "432");
        query.cursor = 1;
        CHECK_INT(exact_rows(query, kinds), 0);
        query.cursor = 99;
        CHECK_INT(exact_rows(query, kinds), 7);
        query.cursor = 0;
        CHECK_STATUS(store.log_fn(store.user, &query, some, 3, &count, &next), OK);
        CHECK(count == 3 && next == 5 && some[2].cursor == 5);
        query.look = 2;
        CHECK_STATUS(store.log_fn(store.user, &query, some, 3, &count, &next), OK);
        CHECK(count == 2 && next == 6);
        query.cursor = 4;
        query.code_class = 5; /* none of those three */
        CHECK_STATUS(store.log_fn(store.user, &query, some, 3, &count, &next), OK);
        CHECK(count == 0 && next == 2);
        query.look = 3;
        CHECK_STATUS(store.log_fn(store.user, &query, some, 3, &count, &next), OK);
        CHECK(count == 0 && next == 0);
        CHECK_STATUS(store.log_fn(store.user, &query, some, 0, &count, &next), OK);
        CHECK(count == 0 && next == 0);
    }
}

/* ---- probes ---- */

/* Another with the same URL and event is found wherever it stands among pages of 16, and so is the last place
   that is free; each probe is a message of its own. */
static void test_probe_pages(void) {
    akolhook_webhook hook;
    char url[40];
    size_t i;

    suite_begin();
    desc.max_webhooks = 34;
    suite_open();
    for (i = 0; i < 34; i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        CHECK_STATUS(create_probed(url, 2, &hook), OK);
        CHECK_INT(w.count, i + 1);
        CHECK(strlen(w.requests[i].id) == 28 && strncmp(w.requests[i].id, "msg_", 4) == 0);
        CHECK(i == 0 || strcmp(w.requests[i].id, w.requests[i - 1].id) != 0);
        CHECK_STATUS(create_probed(url, 2, &hook), WEBHOOK_EXISTS);
        CHECK_STATUS(create_probed("https://a.example/0", 2, &hook), WEBHOOK_EXISTS);
    }
    CHECK_STATUS(create_probed("https://b.example/", 2, &hook), TOO_MANY_WEBHOOKS);
    CHECK_INT(w.count, 34);
    suite_end();
}

/* ---- what waits for what ---- */

/* While an attempt hangs the store is asked once a second; a call that gives it something new is followed at
   once by the next poll. */
static void exact_hangs(akolhook_webhook hooks[2]) {
    suite_begin();
    desc.max_attempts = 1;
    desc.per_webhook = 1;
    suite_open();
    hooks[0] = create("https://a.example/");
    CHECK_STATUS(create_status("n", "https://b.example/", 2, &hooks[1]), OK);
    w.answer_fn = answer_not_a;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.count, 1);
    CHECK(hub->ask_at != 0 && hub->open == 1);
}
static void test_asked_at_once(void) {
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hooks[2];
    akolhook_call call = AKOLHOOK_INIT;
    char first[AKOLHOOK_ID_SIZE];
    int way;

    event.event = (akolhook_event)1; /* b's alone; a has all, and hangs */
    event.data = akolhook_str_c("{}");
    for (way = 0; way < 9; way++) {
        exact_hangs(hooks);
        w.code = 500;
        if (way >= 3) { /* b failed once */
            w.answer_fn = answer_bad_bd;
            CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK);
            CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
            CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
            CHECK_STATUS(log_of(hooks[1].id), OK);
            CHECK_INT(row_count, 1);
            strcpy(first, rows[0].delivery_id);
        }
        w.answer_fn = answer_not_a;
        w.count = 0;
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        CHECK(hub->ask_at != 0 && w.count == 0);
        switch (way) {
        case 0: CHECK_STATUS(akolhook_hub_emit(hub, &event, NULL), OK); break;
        case 1: CHECK_STATUS(akolhook_hub_emit_many(hub, &event, 1, NULL), OK); break;
        case 2: CHECK_STATUS(akolhook_hub_test(hub, hooks[1].id), OK); break;
        case 3: CHECK_STATUS(akolhook_hub_redeliver(hub, first), OK); break;
        case 4: CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hooks[1].id, 0, NULL), OK); break;
        case 5: /* what waits for a backoff is let through */
            CHECK_STATUS(akolhook_hub_redeliver(hub, first), OK);
            list_waiting(hooks[1].id);
            CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
            w.count = 1;
            break;
        case 6:
            wanted.name = akolhook_str_c("another");
            CHECK_STATUS(akolhook_hub_update_webhook(hub, hooks[1].id, &wanted), OK);
            CHECK_INT(hub->ask_at, 0);
            w.count = 1;
            break;
        case 7: /* another hub did it */
            akolhook_hub_look(NULL);
            akolhook_hub_look(hub);
            CHECK_INT(hub->ask_at, 0);
            w.count = 1;
            break;
        default:
            akolhook_hub_drain(hub, 1);
            CHECK_INT(hub->ask_at, 0);
            akolhook_hub_drain(hub, 0);
            CHECK_INT(hub->ask_at, 0);
            w.count = 1;
        }
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
        CHECK(w.count > 0);
        suite_end();
    }

    /* and each of the calls that say nothing of it themselves */
    exact_hangs(hooks);
    CHECK_STATUS(log_of(hooks[0].id), OK);
    list_waiting(hooks[0].id);
    CHECK_STATUS(akolhook_hub_set_active(hub, hooks[1].id, 0), OK);
    CHECK(hub->ask_at == 0 && hub->tend_at == 0);
    hub->ask_at = hub->tend_at = 7;
    CHECK_STATUS(akolhook_hub_cancel(hub, waits[0].id), OK);
    CHECK_INT(hub->ask_at, 0);
    hub->ask_at = 7;
    CHECK_STATUS(akolhook_hub_send_now(hub, waits[0].id), DELIVERY_NOT_WAITING);
    CHECK_INT(hub->ask_at, 0);
    hub->ask_at = hub->tend_at = 7;
    wanted.activity = AKOLHOOK_ACTIVITY_ACTIVE;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hooks[1].id, &wanted), OK);
    CHECK(hub->ask_at == 0 && hub->tend_at == 0);
    hub->tend_at = 7;
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hooks[1].id), OK);
    CHECK_INT(hub->tend_at, 0);
    hub->ask_at = 7;
    call.call_id = akolhook_text_c("c");
    event.data.len = 0;
    event.event = AKOLHOOK_CALL_ENDED;
    CHECK_STATUS(akolhook_hub_emit_call(hub, &event, &call, NULL), OK);
    CHECK_INT(hub->ask_at, 0);
    suite_end();
}

/* How long one call of _poll waits at most, with a retry in 5 s and with nothing. */
static void test_spans(void) {
    static const struct {
        int timeout_ms;
        uint32_t poll_ms;
        int span; /* -1: the platform is not asked to wait */
    } cases[] = {{0, 0, -1}, {1, 0, 1}, {4999, 0, 4999}, {5000, 0, 5000}, {5001, 0, 5000}, {INT_MAX, 0, 5000},
            {-1, 0, 5000}, {-1, 400, 400}, {300, 400, 300}, {-1, 5000, 5000}, {-1, 6000, 5000}},
      idle[] = {{0, 0, -1}, {1, 0, 1}, {INT_MAX, 0, INT_MAX}, {-1, 0, -1}, {-1, 400, 400}, {300, 400, 300}};
    size_t i, k;

    for (k = 0; k < 2; k++)
        for (i = 0; i < (k ? sizeof idle / sizeof idle[0] : sizeof cases / sizeof cases[0]); i++) {
            int64_t left = -2;

            suite_start();
            world_platform.wait_fn = answering_wait;
            wait_result = 0;
            create("https://a.example/");
            w.code = 500;
            if (k == 0) emit();
            run();
            CHECK_STATUS(akolhook_hub_next_due(hub, &left), OK);
            CHECK_INT(left, k ? -1 : 5000);
            hub->store.poll_ms = k ? idle[i].poll_ms : cases[i].poll_ms;
            wait_span = -1;
            CHECK_STATUS(akolhook_hub_poll(hub, k ? idle[i].timeout_ms : cases[i].timeout_ms, NULL), OK);
            CHECK_INT(wait_span, k ? idle[i].span : cases[i].span);
            suite_end();
        }
}

/* While there is more to tidy up, nobody waits. */
static void test_tidies_at_once(void) {
    akolhook_webhook hook;
    int64_t before;
    size_t i;
    int more = 7;

    suite_begin();
    desc.memory.max_pending = 2400;
    desc.memory.max_webhooks = 1;
    desc.memory.pool_bytes = 1 << 20;
    suite_open();
    hook = create("https://a.example/");
    run();
    before = w.now;
    for (i = 0; i < 700; i++) emit();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_INT(stats_of(hook.id).cancelled, 256);
    CHECK_STATUS(akolhook_hub_poll(hub, 60000, NULL), OK);
    CHECK(stats_of(hook.id).cancelled > 256 && w.now == before);
    for (i = 0; i < 3; i++) CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(stats_of(hook.id).cancelled, 700);

    /* so after an answer that deactivates; the wait is asked for with nothing in flight */
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    hub->desc.per_webhook = 1;
    for (i = 0; i < 700; i++) emit();
    w.code = 410;
    for (i = 0; i < 100 && get(hook.id).is_active && !check_bad; i++)
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(get(hook.id).is_active, 0);
    CHECK(stats_of(hook.id).cancelled < 1399);
    CHECK_INT(hub->tend_at, 0);
    for (i = 0; i < 4; i++) CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(stats_of(hook.id).cancelled, 1399);

    /* of 1400 bodies that nobody waits for a purge removes as many at a time, and says so */
    w.now++;
    for (i = 0; i < 6; i++) {
        CHECK_STATUS(akolhook_hub_purge(hub, 0, &more), OK);
        CHECK_INT(more, i < 5);
    }
    suite_end();
}

/* House is kept each 5 s, to the millisecond; a clock that was set back is no reason to wait. */
static void test_tends_exactly(void) {
    suite_start();
    tend_before = hub->store.tend_fn;
    hub->store.tend_fn = tend_counted;
    tends = 0;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(tends, 1);
    w.now += 4999;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(tends, 1);
    w.now++;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(tends, 2);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(tends, 2); /* 5 s ahead is what it is just then */
    w.now--;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(tends, 3);
    suite_end();
}

/* A store that cannot keep house says so each 5 s, and deliveries are made in between. */
static akolhook_status tend_fails(void *user, akolhook_store_tending *tending) {
    (void)user;
    (void)tending;
    tends++;
    return AKOLHOOK_STORE_FAILED;
}
static void test_tend_fails(void) {
    int i;

    suite_start();
    hub->store.tend_fn = tend_fails;
    tends = 0;
    create("https://a.example/");
    for (i = 1; i <= 3; i++) {
        emit();
        CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
        CHECK_INT(tends, i);
        run();
        CHECK_INT(w.count, i);
        w.now += 5 * SECOND;
    }
    suite_end();
}

/* What is in flight goes on though the store takes and gives nothing. */
static void test_goes_on(void) {
    akolhook_store s = crash_store();

    suite_begin();
    suite_keeps = 1;
    suite_store_open(&desc);
    memset(&crash, 0, sizeof crash);
    crash.inner = *desc.store;
    crash_open(&s);
    create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_i_claim(hub), OK); /* in flight, nothing sent */
    CHECK_INT(w.count, 0);
    crash.how = DIE_BEFORE;
    crash.dead = 1;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
    CHECK_INT(w.count, 1);
    crash.dead = 0;
    run();
    CHECK_INT(w.count, 1);
    CHECK_INT(stats_of(NULL).delivered, 1);
    akolhook_hub_close(hub);
    suite_keeps = 0;
}

/* A list whose second page fails is none. */
static void test_lists_fail(void) {
    static akolhook_webhook hooks[20];
    static akolhook_hub_delivery deliveries[20];
    akolhook_store s = crash_store();
    char url[40];
    size_t i, count = 9;

    suite_begin();
    suite_keeps = 1;
    suite_store_open(&desc);
    memset(&crash, 0, sizeof crash);
    crash.inner = *desc.store;
    crash_open(&s);
    for (i = 0; i < 20; i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        create(url);
    }
    emit();
    crash.how = FAIL_ONCE;
    for (crash.at = 1; crash.at <= 3; crash.at++) {
        crash.calls = 0;
        CHECK_INT(akolhook_hub_list_webhooks(hub, 0, hooks, 20, &count),
                crash.at < 3 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
        CHECK_INT(count, crash.at < 3 ? 0 : 20);
        crash.calls = 0;
        CHECK_INT(akolhook_hub_list_waiting(hub, NULL, 0, deliveries, 20, &count),
                crash.at < 3 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
        CHECK_INT(count, crash.at < 3 ? 0 : 20);
    }
    crash.at = 0;
    akolhook_hub_close(hub);
    suite_keeps = 0;
}

/* What ended and was not taken by the store is given to it by _close, which tells nobody any more. */
static void test_close_silent(void) {
    suite_begin();
    broken_start();
    create("https://a.example/");
    emit();
    broken.settles_fail = 9;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), STORE_FAILED);
    CHECK(w.count == 1 && hub->first_done != 0);
    CHECK_TEXT(told, "");
    broken.settles_fail = 0;
    akolhook_hub_close(hub);
    CHECK_TEXT(told, "");
    CHECK_INT(bounds_memory()->total.delivered, 1);
}

/* Random bits are the description's, else the platform's; 0 where that has none. */
static void test_draws(void) {
    suite_begin();
    w.draw = 12345;
    suite_open();
    CHECK_INT(akolhook_hub_i_draw(hub), 12345);
    hub->desc.draw_fn = NULL;
    CHECK(akolhook_hub_i_draw(hub) != 0 && akolhook_hub_i_draw(hub) != akolhook_hub_i_draw(hub));
    w.random_fails = 1;
    CHECK_INT(akolhook_hub_i_draw(hub), 0);
    suite_end();
}

/* *left is what is in flight and, as one, whether something may begin now. */
static void test_left(void) {
    akolhook_webhook hook;
    size_t left = 9, i;

    suite_begin();
    desc.per_webhook = 2;
    suite_open();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 0);
    hook = create("https://a.example/");
    w.code = 0;
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 1);
    for (i = 0; i < 3; i++) emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 2); /* it may have two at once */
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 2);
    akolhook_hub_drain(hub, 1);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 2);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, &left), OK);
    CHECK_INT(left, 0);
    suite_end();
}

/* What another hub adds to the store is begun by the next call, where nothing is in flight here. */
static void test_added_beside(void) {
    akolhook_store_event e;

    suite_start();
    create("https://a.example/");
    w.code = 500;
    emit();
    run();
    CHECK_STATUS(akolhook_hub_poll(hub, 10, NULL), OK); /* a retry is waited for */
    CHECK_INT(w.count, 1);
    w.code = 200;
    w.now += 100;
    e = bounds_event(1, 0, NULL);
    e.tail[0] = akolhook_str_c("{}");
    CHECK_STATUS(hub->store.enqueue_fn(hub->store.user, &e, 1), OK);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_INT(w.count, 2);
    suite_end();
}

/* Nothing of the secret of a webhook that was refused stays. */
static void test_probe_secret(void) {
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;

    suite_start();
    w.code = 500;
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = 2;
    wanted.secret = akolhook_str_c(secret);
    wanted.probe = &probed;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), PROBE_FAILED);
    CHECK(is_signed(&w.requests[0], secret));
    CHECK(!holds(suite_memory, hub->size, secret));
    w.huge = 1;
    w.code = 200;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), PROBE_FAILED);
    CHECK(probed.status == AKOLHOOK_RESPONSE_CUT && probed.phase == AKOLHOOK_PHASE_BODY);
    suite_end();
}

/* A secret that was shown or changed is not on the stack of the call any more. */
static int exact_stack_has(const char *text) {
    char area[24000];
    size_t i, k;
    int has = 0;

    exact_area = area;
    for (i = 0; i + 32 < sizeof area && !has; i++) {
        for (k = 0; k < 32 && exact_area[i + k] == text[k]; k++) continue;
        has = k == 32;
    }
    exact_area = NULL;
    return has;
}
static akolhook_webhook exact_made;
static char exact_secret[AKOLHOOK_SECRET_SIZE];
static void test_stack(void) {
    static const char token[] = "Bearer 0123456789abcdefghijklmnopqrstuvwxyz";
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_header header;

    suite_start();
    header = header_of("Authorization", token);
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = 2;
    wanted.headers = &header;
    wanted.header_count = 1;
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &exact_made), OK);
    CHECK(!exact_stack_has(exact_made.secret + 6) && !exact_stack_has(token));
    CHECK_STATUS(akolhook_hub_update_webhook(hub, exact_made.id, &wanted), OK);
    CHECK(!exact_stack_has(token));
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, exact_made.id, exact_secret), OK);
    CHECK(!exact_stack_has(exact_secret + 6));
    suite_end();
}

/* ---- answers of calls that fail ---- */

/* Whatever was there before, it says nothing. */
static void test_answers_empty(void) {
    static const akolhook_gauges no_gauges = AKOLHOOK_INIT;
    static const akolhook_stats no_stats = AKOLHOOK_INIT;
    static const akolhook_webhook no_hook = AKOLHOOK_INIT;
    static const akolhook_hub_delivery no_delivery = AKOLHOOK_INIT;
    akolhook_gauges gauges;
    akolhook_stats stats;
    akolhook_webhook hook;
    akolhook_hub_delivery d;
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    akolhook_call call = AKOLHOOK_INIT;
    char id[AKOLHOOK_ID_SIZE], secret[AKOLHOOK_SECRET_SIZE];
    uint64_t next = 9;
    uint32_t redelivered = 9;
    int64_t ms = 9;
    size_t count = 9;

    suite_start();
    memset(&gauges, 0xff, sizeof gauges);
    CHECK_STATUS(akolhook_hub_gauges(NULL, &gauges), INVALID_ARGUMENT);
    CHECK_MEM(&gauges, sizeof gauges, &no_gauges, sizeof no_gauges);
    memset(&stats, 0xff, sizeof stats);
    CHECK_STATUS(akolhook_hub_stats(NULL, NULL, &stats), INVALID_ARGUMENT);
    CHECK_MEM(&stats, sizeof stats, &no_stats, sizeof no_stats);
    memset(&hook, 0xff, sizeof hook);
    CHECK_STATUS(akolhook_hub_create_webhook(NULL, &wanted, &hook), INVALID_ARGUMENT);
    CHECK_MEM(&hook, sizeof hook, &no_hook, sizeof no_hook);
    memset(&hook, 0xff, sizeof hook);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, members_ids[0], &hook), UNKNOWN_WEBHOOK);
    CHECK_MEM(&hook, sizeof hook, &no_hook, sizeof no_hook);
    memset(&d, 0xff, sizeof d);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, "dlv_", &d), UNKNOWN_DELIVERY);
    CHECK_MEM(&d, sizeof d, &no_delivery, sizeof no_delivery);
    CHECK_STATUS(akolhook_hub_list_webhooks(NULL, 0, &hook, 1, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    count = 9;
    CHECK_STATUS(akolhook_hub_list_waiting(NULL, NULL, 0, &d, 1, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    count = 9;
    CHECK_STATUS(akolhook_hub_test_ids(NULL, members_ids[0], &id, 1, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    count = 9;
    CHECK_STATUS(akolhook_hub_log_page(NULL, &query, &row, 1, &count, &next), INVALID_ARGUMENT);
    CHECK(count == 0 && next == 0);
    CHECK_STATUS(akolhook_hub_next_due(NULL, &ms), INVALID_ARGUMENT);
    CHECK_INT(ms, -1);
    count = 9;
    CHECK_STATUS(akolhook_hub_poll(NULL, 0, &count), INVALID_ARGUMENT);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_redeliver_failed(NULL, members_ids[0], 0, &redelivered), INVALID_ARGUMENT);
    CHECK_INT(redelivered, 0);
    memset(secret, 'x', sizeof secret);
    CHECK_STATUS(akolhook_hub_rotate_secret(NULL, members_ids[0], secret), INVALID_ARGUMENT);
    for (count = 0; count < sizeof secret; count++) CHECK_INT(secret[count], 0);
    memset(id, 'x', sizeof id);
    CHECK_STATUS(akolhook_hub_emit(NULL, &event, &id), INVALID_ARGUMENT);
    for (count = 0; count < sizeof id; count++) CHECK_INT(id[count], 0);
    memset(id, 'x', sizeof id);
    CHECK_STATUS(akolhook_hub_emit_call(NULL, &event, &call, &id), INVALID_ARGUMENT);
    for (count = 0; count < sizeof id; count++) CHECK_INT(id[count], 0);
    suite_end();
}

static void test_exact(void) {
    RUN(test_defaults);
    RUN(test_layout);
    RUN(test_places_table);
    RUN(test_places_origins);
    RUN(test_places_all);
    RUN(test_room_count);
    RUN(test_room_bytes);
    RUN(test_room_again);
    RUN(test_room_again_bytes);
    RUN(test_turns);
    RUN(test_answered);
    RUN(test_turns_equal);
    RUN(test_next_due);
    RUN(test_claim_rate);
    RUN(test_claim_limits);
    RUN(test_cut_in_flight);
    RUN(test_cut_steps);
    RUN(test_id_forms);
    RUN(test_id_numbers);
    RUN(test_hashes);
    RUN(test_body_bound);
    RUN(test_headers_bound);
    RUN(test_queries);
    RUN(test_shown_first);
    RUN(test_characters);
    RUN(test_log_bounds);
    RUN(test_probe_pages);
    RUN(test_asked_at_once);
    RUN(test_spans);
    RUN(test_tidies_at_once);
    RUN(test_tends_exactly);
    RUN(test_tend_fails);
    RUN(test_goes_on);
    RUN(test_lists_fail);
    RUN(test_close_silent);
    RUN(test_draws);
    RUN(test_left);
    RUN(test_added_beside);
    RUN(test_probe_secret);
    RUN(test_stack);
    RUN(test_answers_empty);
}

#endif
