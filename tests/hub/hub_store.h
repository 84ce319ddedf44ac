/* The store in memory looked at from inside: every list from both ends, every heap, every counter against
   what it counts, after each of many random calls; and lists that lose their first, middle and last. Part of
   test_hub.c. */
#ifndef HUB_STORE_H
#define HUB_STORE_H

/* ---- what must hold at every moment ---- */

/* How many members a heap has; each of them is behind its parent and linked both ways. */
static uint32_t inside_heap(const akolhook_memory_i_space *space, uint32_t root) {
    uint32_t stack[400], depth = 0, count = 0, child, before;

    if (!root) return 0;
    CHECK_INT(akolhook_memory_i_node_at(space, root)->prev, 0);
    CHECK_INT(akolhook_memory_i_node_at(space, root)->next, 0);
    stack[depth++] = root;
    while (depth && count < 400) {
        const uint32_t at = stack[--depth];
        const akolhook_memory_i_node *node = akolhook_memory_i_node_at(space, at);

        count++;
        for (before = at, child = node->child; child && depth < 399;
                before = child, child = akolhook_memory_i_node_at(space, child)->next) {
            const akolhook_memory_i_node *c = akolhook_memory_i_node_at(space, child);

            CHECK_INT(c->prev, before);
            CHECK(node->key < c->key || (node->key == c->key && node->tie < c->tie));
            stack[depth++] = child;
        }
    }
    return count;
}

/* What the deliveries of all webhooks add up to. */
typedef struct inside_sums {
    uint32_t queued, leased, cut_waiting, beyond_part, heaps;
    uint64_t text_beyond;
} inside_sums;
/* Of one webhook: its deliveries by age, its queue, its room. */
static void inside_hook(akolhook_memory *m, uint32_t hook, inside_sums *sums) {
    const akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);
    uint64_t text = akolhook_memory_i_event_bytes(m, h->text), bytes = 0, shared = 0, number = 0;
    uint32_t job, older = 0, queued = 0, waiting = 0, tests = 0, cut = 0, refs = 1, at;

    for (job = h->oldest; job && queued < 1000; older = job, job = akolhook_memory_i_job_at(m, job)->newer) {
        const akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

        CHECK_INT(j->older, older);
        CHECK(j->node.tie > number && j->webhook == hook && !j->is_orphan);
        CHECK_INT(akolhook_memory_i_job_find(m, j->node.tie), job);
        CHECK(j->state != AKOLHOOK_MEMORY_I_JOB_FREE);
        number = j->node.tie;
        queued++;
        tests += j->is_test;
        waiting += j->state == AKOLHOOK_MEMORY_I_JOB_WAITING;
        cut += j->state == AKOLHOOK_MEMORY_I_JOB_WAITING && j->node.tie <= h->cut;
        refs += j->state == AKOLHOOK_MEMORY_I_JOB_LEASED && j->text == h->text;
        if (j->is_shared)
            shared += akolhook_memory_i_event_bytes(m, j->event);
        else
            bytes += akolhook_memory_i_event_bytes(m, j->event);
    }
    CHECK_INT(h->newest, older);
    CHECK(h->queued == queued && h->waiting == waiting && h->leased == queued - waiting &&
            h->tests == tests && h->cut_waiting == cut);
    CHECK_INT(inside_heap(&m->job_space, h->queue), waiting);
    CHECK_INT(h->bytes, bytes + (text < m->part_bytes ? text : m->part_bytes));
    CHECK_INT(h->shared_bytes, shared);
    CHECK(!h->planned && !h->planned_bytes && !h->planned_shared);
    CHECK_INT(akolhook_memory_i_block_at(m, h->text)->refs, refs);
    CHECK_INT(akolhook_memory_i_hook_find(m, akolhook_str_n(h->id, AKOLHOOK_ID_SIZE - 1)), hook);
    for (at = m->url_buckets[h->url_hash % m->desc.max_webhooks]; at && at != hook;
            at = akolhook_memory_i_hook_at(m, at)->url_next)
        CHECK_INT(akolhook_memory_i_hook_at(m, akolhook_memory_i_hook_at(m, at)->url_next)->url_prev, at);
    CHECK_INT(at, hook);

    sums->queued += queued;
    sums->leased += queued - waiting;
    sums->cut_waiting += cut;
    sums->beyond_part += queued > m->part ? queued - m->part : 0;
    sums->text_beyond += text > m->part_bytes ? text - m->part_bytes : 0;
    sums->heaps += h->in != 0;
    CHECK(h->in <= AKOLHOOK_MEMORY_I_HEAPS &&
            (h->in != 0) == (h->queue != 0 && h->leased < akolhook_memory_i_cap(m, h)));
}
static void inside_hooks(akolhook_memory *m, inside_sums *sums) {
    uint32_t hook, before = 0, count = 0, failing = 0, heaps = 0, i;
    uint64_t number = 0;

    for (hook = m->first_hook; hook && count < 100;
            before = hook, hook = akolhook_memory_i_hook_at(m, hook)->next) {
        const akolhook_memory_i_hook *h = akolhook_memory_i_hook_at(m, hook);

        CHECK_INT(h->prev, before);
        CHECK(h->number > number);
        number = h->number;
        count++;
        failing += h->health.cls == AKOLHOOK_CLASS_FAILING;
        inside_hook(m, hook, sums);
    }
    CHECK(m->last_hook == before && m->hook_count == count && m->failing == failing);
    for (hook = m->free_hook; hook && count < 100; hook = akolhook_memory_i_hook_at(m, hook)->next) count++;
    CHECK_INT(count, m->desc.max_webhooks);
    for (i = 0; i < AKOLHOOK_MEMORY_I_HEAPS; i++) heaps += inside_heap(&m->hook_space, m->roots[i]);
    CHECK_INT(heaps, sums->heaps);
}
/* Leases by their ends, those of deleted webhooks among them; places that are free. */
static void inside_leases(akolhook_memory *m, const inside_sums *sums) {
    uint32_t job, before = 0, count = 0, orphans = 0;
    int64_t until = 0;

    for (job = m->first_lease; job && count < 1000;
            before = job, job = akolhook_memory_i_job_at(m, job)->node.next) {
        const akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

        CHECK(j->state == AKOLHOOK_MEMORY_I_JOB_LEASED && j->node.prev == before && j->node.key >= until);
        until = j->node.key;
        count++;
        orphans += j->is_orphan;
    }
    CHECK(m->last_lease == before && m->leased == count && sums->leased + orphans == count);
    CHECK_INT(m->job_count, sums->queued + orphans);
    for (count = 0, job = m->free_job; job && count < 1000; job = akolhook_memory_i_job_at(m, job)->chain) {
        CHECK_INT(akolhook_memory_i_job_at(m, job)->state, AKOLHOOK_MEMORY_I_JOB_FREE);
        count++;
    }
    CHECK_INT(count + m->job_count, m->desc.max_pending);
    CHECK(m->cut_waiting == sums->cut_waiting && m->shared_used == sums->beyond_part && !m->planned_shared &&
            !m->planned_shared_bytes && !m->made_shared_bytes);
}
/* Events in the pool: who holds them, what they are charged to, and those that may give way. */
static void inside_events(akolhook_memory *m, const inside_sums *sums) {
    uint32_t at, job, before = 0, events = 0, units = 0, kept = 0, kept_units = 0;
    uint64_t shared_bytes = sums->text_beyond;

    for (at = 1; at < m->pool_units && !check_bad; at += akolhook_memory_i_block_at(m, at)->units) {
        const akolhook_memory_i_block *b = akolhook_memory_i_block_at(m, at);
        const akolhook_memory_i_stored *e = akolhook_memory_i_stored_at(m, at);
        uint32_t pending = 0, shared = 0;

        if (!b->refs || !b->bin_next) continue;
        events++;
        units += b->units;
        for (job = 1; job <= m->desc.max_pending; job++) {
            const akolhook_memory_i_job *j = akolhook_memory_i_job_at(m, job);

            if (j->state == AKOLHOOK_MEMORY_I_JOB_FREE || j->event != at) continue;
            pending++;
            shared += j->is_shared && !j->is_orphan;
        }
        CHECK(e->pending == pending && e->shared == shared && b->refs == 1);
        CHECK_INT(akolhook_memory_i_stored_find(m, e->message_id), at);
        kept += !pending;
        if (shared) shared_bytes += akolhook_memory_i_event_bytes(m, at);
    }
    CHECK_INT(m->event_count, events);
    CHECK_INT(m->event_units, units);
    CHECK_INT(m->shared_bytes_used, shared_bytes);
    for (at = m->first_kept; at && kept < 1000; before = at, at = akolhook_memory_i_stored_at(m, at)->next) {
        CHECK_INT(akolhook_memory_i_stored_at(m, at)->prev, before);
        kept_units += akolhook_memory_i_block_at(m, at)->units;
        kept--;
    }
    CHECK_INT(m->last_kept, before);
    CHECK_INT(m->kept_units, kept_units);
    CHECK_INT(kept, 0);
}
/* The log from the newest on, and each webhook's part of it. */
static void inside_log(akolhook_memory *m) {
    uint32_t row, hook, before = 0;
    uint64_t sequence = m->sequence + 1, count = 0, all = 0;

    for (row = m->newest_row; row && count < 1000; before = row, row = m->rows[row - 1].older) {
        CHECK_INT(m->rows[row - 1].newer, before);
        CHECK(m->rows[row - 1].sequence < sequence);
        sequence = m->rows[row - 1].sequence;
        count++;
    }
    for (hook = m->first_hook; hook; hook = akolhook_memory_i_hook_at(m, hook)->next)
        all += akolhook_memory_i_hook_at(m, hook)->rows < m->desc.log_rows
                       ? akolhook_memory_i_hook_at(m, hook)->rows
                       : m->desc.log_rows;
    CHECK_INT(count, all);
}
static void inside_check(akolhook_memory *m) {
    inside_sums sums;

    memset(&sums, 0, sizeof sums);
    pool_check(m);
    if (check_bad) return;
    inside_hooks(m, &sums);
    inside_leases(m, &sums);
    inside_events(m, &sums);
    inside_log(m);
}

/* ---- many random calls ---- */

enum { INSIDE_HOOKS = 5, INSIDE_CLAIMS = 8 };
static uint32_t inside_random;
static uint32_t inside_draw(uint32_t below) {
    inside_random = inside_random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)inside_random * below) >> 32);
}
static struct {
    akolhook_store_claim claims[INSIDE_CLAIMS];
    size_t count;
    uint32_t messages;
} inside;

static void inside_put(unsigned n) {
    static char headers[600];
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    char url[40];

    memset(headers, 'h', sizeof headers);
    sprintf(hook.id, "whk_%024u", n);
    sprintf(url, "https://h%u.example/", (unsigned)inside_draw(3));
    hook.name = akolhook_str_c("n");
    hook.url = akolhook_str_c(url);
    hook.headers = akolhook_str_n(headers, inside_draw(2) ? 0 : inside_draw(600));
    hook.events = (akolhook_events)1 << (1 + n % 3);
    hook.is_active = 1;
    hook.origin = n % 2;
    if (!akolhook_memory_i_hook_find(bounds_memory(), akolhook_str_c(hook.id)))
        (void)store.webhook_put_fn(store.user, &hook, INSIDE_HOOKS);
}
static void inside_set(unsigned n) {
    static const unsigned which[] = {AKOLHOOK_STORE_NAME, AKOLHOOK_STORE_URL, AKOLHOOK_STORE_EVENTS,
            AKOLHOOK_STORE_ACTIVE, AKOLHOOK_STORE_ACTIVE, AKOLHOOK_STORE_ACTIVE, AKOLHOOK_STORE_HEADERS,
            AKOLHOOK_STORE_RATE};
    akolhook_store_webhook hook = AKOLHOOK_INIT;
    char url[40];

    sprintf(hook.id, "whk_%024u", n);
    sprintf(url, "https://h%u.example/%u", (unsigned)inside_draw(3), (unsigned)inside_draw(3));
    hook.name = akolhook_str_c("another name");
    hook.url = akolhook_str_c(url);
    hook.events = (akolhook_events)2 << inside_draw(3);
    hook.is_active = inside_draw(3) != 0;
    hook.rate = inside_draw(3);
    (void)store.webhook_set_fn(store.user, &hook, which[inside_draw(8)], w.now, NULL);
}
static void inside_emit(unsigned n) {
    static char data[1500];
    akolhook_store_event events[4];
    char to[AKOLHOOK_ID_SIZE];
    size_t count = 1 + inside_draw(4), i;

    memset(data, 'd', sizeof data);
    sprintf(to, "whk_%024u", n);
    memset(events, 0, sizeof events);
    for (i = 0; i < count; i++) {
        sprintf(events[i].message_id, "msg_%024u", ++inside.messages);
        events[i].event = (akolhook_event)(1 + inside_draw(3));
        events[i].tail[0] = akolhook_str_n(data, inside_draw(inside_draw(4) ? 100 : 1500));
        events[i].at_ms = w.now;
        events[i].has_key = inside_draw(3) == 0;
        events[i].key[0] = (uint8_t)inside_draw(20);
        events[i].max_queue = inside_draw(4) ? 0 : 6;
        if (inside_draw(6)) continue;
        events[i].is_test = 1;
        events[i].webhook_id = akolhook_str_c(to);
    }
    (void)store.enqueue_fn(store.user, events, count);
}
static void inside_claim(void) {
    akolhook_store_limits limits = bounds_limits();
    akolhook_store_origin full = {1, 0};

    limits.origins = &full;
    limits.origin_count = inside_draw(4) == 0;
    if (inside.count) return;
    CHECK_STATUS(
            store.claim_fn(store.user, &limits, inside.claims, 1 + inside_draw(INSIDE_CLAIMS), &inside.count),
            OK);
}
static void inside_settle(void) {
    static const int codes[] = {200, 200, 200, 500, 503, 404, 410, 0};
    akolhook_store_outcome o[INSIDE_CLAIMS];
    akolhook_log_row all[INSIDE_CLAIMS];
    size_t i;

    memset(o, 0, sizeof o);
    memset(all, 0, sizeof all);
    for (i = 0; i < inside.count; i++) {
        o[i].number = inside.claims[i].number;
        o[i].lease = inside.claims[i].lease;
        o[i].handle = inside.claims[i].handle;
        o[i].retry_after_s = -1;
        o[i].at_ms = w.now;
        all[i].code = codes[inside_draw(8)];
        all[i].success = all[i].code == 200;
        all[i].status = all[i].success ? AKOLHOOK_OK : AKOLHOOK_HTTP_STATUS;
        all[i].response = akolhook_str_n("0123456789012345678901234567890", inside_draw(30));
        if (all[i].code) o[i].row = &all[i];
    }
    CHECK_STATUS(store.settle_fn(store.user, &policy_rules, o, inside.count), OK);
    inside.count = 0;
}
/* One that waits, or a number near to those that were. */
static uint64_t inside_number(void) {
    akolhook_store_delivery d[8];
    size_t count;

    CHECK_STATUS(store.waiting_fn(store.user, NULL, 0, d, 8, &count), OK);
    if (count && inside_draw(4)) return d[inside_draw((uint32_t)count)].number;
    return bounds_memory()->numbers - inside_draw(8);
}
static void inside_step(void) {
    static const int64_t later[] = {0, 1, 1000, 60000, 3600000, 90000000};
    akolhook_store_tending tending = AKOLHOOK_INIT;
    char id[AKOLHOOK_ID_SIZE];
    unsigned n = inside_draw(INSIDE_HOOKS);
    uint32_t count;

    sprintf(id, "whk_%024u", n);
    tending.events_ms = inside_draw(2) ? -1 : 3600000;
    switch (inside_draw(24)) {
    case 0:
    case 1: inside_put(n); break;
    case 2: (void)store.webhook_delete_fn(store.user, id); break;
    case 3:
    case 4: inside_set(n); break;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9: inside_emit(n); break;
    case 10:
    case 11:
    case 12:
    case 13: inside_claim(); break;
    case 14:
    case 15:
    case 16: inside_settle(); break;
    case 17: (void)store.send_now_fn(store.user, inside_number()); break;
    case 18: (void)store.cancel_fn(store.user, inside_number(), w.now); break;
    case 19: (void)store.redeliver_fn(store.user, inside_number(), 0); break;
    case 20: (void)store.redeliver_failed_fn(store.user, id, 0, 0, &count); break;
    case 21: CHECK_STATUS(store.tend_fn(store.user, &tending), OK); break;
    default: w.now += later[inside_draw(6)];
    }
}
/* Each webhook's counters add up, and those of all are no less. */
static void inside_counters(void) {
    akolhook_stats total, one;
    akolhook_store_webhook hooks[INSIDE_HOOKS];
    uint64_t waiting = 0;
    size_t count, i;

    CHECK_STATUS(store.stats_fn(store.user, NULL, &total), OK);
    CHECK_STATUS(store.webhook_list_fn(store.user, 0, 0, hooks, INSIDE_HOOKS, &count), OK);
    for (i = 0; i < count; i++) {
        CHECK_STATUS(store.stats_fn(store.user, hooks[i].id, &one), OK);
        CHECK_INT(one.emitted, one.delivered + one.failed + one.cancelled + one.dropped + one.waiting);
        CHECK(one.attempts >= one.attempts_failed && one.tests >= one.tests_failed);
        waiting += one.waiting;
    }
    CHECK_INT(
            total.emitted, total.delivered + total.failed + total.cancelled + total.dropped + total.waiting);
    CHECK_INT(total.waiting, waiting);
}
static void test_inside(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    char business[64];
    int step;

    memory.max_webhooks = INSIDE_HOOKS;
    memory.max_pending = 40;
    memory.log_rows = 6;
    memory.log_bytes = 100;
    memory.pool_bytes = 8192;
    memory.max_keys = 4;
    memset(&inside, 0, sizeof inside);
    inside_random = 5;
    bounds_start(&memory);
    memset(business, 0xff, sizeof business); /* what stands behind the marks of the bins is none of them */
    CHECK_STATUS(store.bind_fn(store.user, akolhook_str_n(business, sizeof business)), OK);
    for (step = 0; step < 6000 && !check_bad; step++) {
        inside_step();
        inside_check(bounds_memory());
        if (step % 16 == 0) inside_counters();
        if (check_bad) printf("    at step %d\n", step);
    }
    CHECK(bounds_memory()->total.delivered > 100 && bounds_memory()->total.failed > 20 &&
            bounds_memory()->total.cancelled > 100 && bounds_memory()->total.dropped > 10 &&
            bounds_memory()->total.skipped > 10);
}

/* Any free block of a larger bin is found, the nearest of them, and none of a smaller one: for each bin and
   each that has a block, as if the pool had that alone. */
static void test_bins(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_memory *m;
    unsigned wanted, has;

    bounds_start(&memory);
    m = bounds_memory();
    for (wanted = 2; wanted < 124; wanted++)
        for (has = 2; has < 124; has++) {
            if (has == wanted) continue;
            memset(m->bins, 0, sizeof m->bins);
            memset(m->bin_bits, 0, sizeof m->bin_bits);
            m->bins[has] = 1000 + has;
            m->bin_bits[has / 32] |= (uint32_t)1 << has % 32;
            CHECK_INT(akolhook_memory_i_bin_find(m, akolhook_hub_i_bucket_low(wanted)),
                    has > wanted ? 1000 + has : 0);
            m->bins[123] = 1123;
            m->bin_bits[3] |= (uint32_t)1 << 27;
            if (wanted < 123)
                CHECK_INT(akolhook_memory_i_bin_find(m, akolhook_hub_i_bucket_low(wanted)),
                        has > wanted ? 1000 + has : 1123);
        }
}

/* Sizes in units of 16 bytes, a head of one unit and one more at least; nothing that the pool has not. */
static void test_units(void) {
    static const struct {
        size_t len;
        uint32_t units;
    } cases[] = {{0, 2}, {1, 2}, {16, 2}, {17, 3}, {32, 3}, {33, 4}, {4048, 254}, {4049, 255}, {4064, 255},
            {4065, 0}, {4096, 0}, {4097, 0}, {SIZE_MAX, 0}};
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    size_t i;

    memory.pool_bytes = 4096;
    bounds_start(&memory);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_INT(akolhook_memory_i_units(bounds_memory(), cases[i].len), cases[i].units);
    CHECK_INT(akolhook_memory_i_pool_take(bounds_memory(), 255), 1); /* all of it */
    CHECK_INT(bounds_memory()->free_units, 0);
    CHECK_INT(akolhook_memory_i_pool_take(bounds_memory(), 2), 0);
}

/* What is too small to be a block of its own stays with the one it was taken for. */
static void test_rests(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_memory *m;
    uint32_t rest;

    memory.pool_bytes = 4096;
    for (rest = 0; rest < 5; rest++) {
        bounds_start(&memory);
        m = bounds_memory();
        CHECK_INT(akolhook_memory_i_pool_take(m, 255 - rest), 1);
        CHECK_INT(akolhook_memory_i_block_at(m, 1)->units, rest < 2 ? 255 : 255 - rest);
        CHECK_INT(m->free_units, rest < 2 ? 0 : rest);
        pool_check(m);
        akolhook_memory_i_block_free(m, 1);
        CHECK_INT(m->free_units, 255);
        pool_check(m);
    }
}

/* Where the oldest that is kept has too little room around it, what lies in front of it gives way. */
static void test_evicts_in_front(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event e = bounds_event(1, 500, NULL);
    akolhook_memory *m;
    uint32_t first, second, units;

    memory.pool_bytes = 4096;
    bounds_start(&memory);
    m = bounds_memory();
    first = akolhook_memory_i_stored_new(m, &e);
    units = akolhook_memory_i_block_at(m, first)->units;
    CHECK(akolhook_memory_i_pool_take(m, 50) != 0);
    e = bounds_event(2, 10, NULL);
    second = akolhook_memory_i_stored_new(m, &e);
    CHECK(akolhook_memory_i_pool_take(m, m->free_units) != 0);
    akolhook_memory_i_stored_hold(m, first); /* so the second is the oldest */
    akolhook_memory_i_stored_drop(m, first);
    CHECK(m->first_kept == second && m->last_kept == first && first == 1);

    CHECK_INT(akolhook_memory_i_pool_take(m, units + 1), 0);
    CHECK_INT(m->event_count, 2);
    CHECK_INT(akolhook_memory_i_pool_take(m, units), 1);
    CHECK(m->event_count == 1 && m->first_kept == second && m->last_kept == second);
    pool_check(m);
}

/* Events that are refused together take no room from one that is kept for redelivery, whichever of them is
   the one that has none. */
static void test_refused_together(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event kept, e[2];
    akolhook_memory *m;

    memory.max_webhooks = 1;
    memory.max_pending = 2;
    memory.pool_bytes = 4096;
    bounds_start(&memory);
    m = bounds_memory();
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    kept = bounds_event(1, 10, NULL);
    CHECK(akolhook_memory_i_stored_new(m, &kept) != 0);
    CHECK(akolhook_memory_i_pool_take(m, m->free_units) != 0);
    CHECK(m->event_count == 1 && m->free_units == 0);

    e[0] = bounds_event(2, 10, NULL);
    e[1] = bounds_event(3, 10, NULL);
    e[0].max_queue = e[1].max_queue = 1;
    CHECK_STATUS(store.enqueue_fn(store.user, e, 2), PENDING_FULL);
    CHECK(m->event_count == 1 && akolhook_memory_i_stored_find(m, kept.message_id) != 0);
    pool_check(m);
    CHECK_STATUS(
            store.enqueue_fn(store.user, e, 1), OK); /* alone it gets the room of the one that was kept */
    CHECK(m->event_count == 1 && akolhook_memory_i_stored_find(m, e[0].message_id) != 0);
    pool_check(m);
}

/* What was in flight when its webhook was deleted keeps its place in the table until it is settled: another
   webhook has none of them, whatever its part is. */
static void test_places_of_deleted(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event e[2];
    akolhook_store_claim claims[2];
    akolhook_gauges gauges;
    int i;

    memory.max_webhooks = 1;
    memory.max_pending = 2; /* a part of 1, and 1 of the other half */
    bounds_start(&memory);
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    e[0] = bounds_event(1, 10, NULL);
    e[1] = bounds_event(2, 10, NULL);
    CHECK_STATUS(store.enqueue_fn(store.user, e, 2), OK);
    for (i = 0; i < 2; i++) claims[i] = members_claim();
    CHECK_STATUS(store.webhook_delete_fn(store.user, bounds_id), OK);

    CHECK_STATUS(bounds_put(2, "https://a.example/", 0), OK);
    e[0] = bounds_event(3, 10, NULL);
    e[1] = bounds_event(4, 10, NULL);
    CHECK_STATUS(store.enqueue_fn(store.user, e, 1), PENDING_FULL);
    CHECK_STATUS(bounds_settle(&claims[0], 200), UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.enqueue_fn(store.user, e, 2), PENDING_FULL);
    CHECK_STATUS(store.enqueue_fn(store.user, e, 1), OK);
    CHECK_STATUS(store.enqueue_fn(store.user, e + 1, 1), PENDING_FULL);
    CHECK_STATUS(bounds_settle(&claims[1], 200), UNKNOWN_WEBHOOK);
    CHECK_STATUS(store.enqueue_fn(store.user, e + 1, 1), OK);
    CHECK_STATUS(store.gauges_fn(store.user, &gauges), OK);
    CHECK(gauges.waiting == 2 && gauges.in_flight == 0);
}

/* What the store holds, and what waits in the last place of its table. */
static void test_holds(void) {
    akolhook_memory_desc memory = AKOLHOOK_INIT;
    akolhook_store_event e = bounds_event(1, 100, NULL);
    akolhook_store_delivery d[3];
    akolhook_gauges gauges;
    uint32_t units;
    size_t count;

    memory.max_webhooks = 1;
    memory.max_pending = 2; /* a part of 1, and 1 of the other half */
    memory.max_keys = 2;
    bounds_start(&memory);
    e.has_key = 1;
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK); /* nobody gets it */
    CHECK_STATUS(bounds_put(1, "https://a.example/", 0), OK);
    e.key[0] = 1;
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    (void)members_claim();
    w.now += SECOND;
    e = bounds_event(2, 200, NULL);
    e.has_key = 1;
    e.key[0] = 2;
    CHECK_STATUS(store.enqueue_fn(store.user, &e, 1), OK);
    w.now += SECOND;

    memset(&gauges, 0xff, sizeof gauges);
    CHECK_STATUS(store.gauges_fn(store.user, &gauges), OK);
    units = akolhook_memory_i_units(bounds_memory(), sizeof(akolhook_memory_i_stored) + 100) +
            akolhook_memory_i_units(bounds_memory(), sizeof(akolhook_memory_i_stored) + 200);
    CHECK(gauges.webhooks == 1 && gauges.waiting == 2 && gauges.in_flight == 1 && gauges.failing == 0 &&
            gauges.events == 2 && gauges.keys == 2 && gauges.unsaved == 0 && gauges.oldest_ms == 2 * SECOND);
    CHECK_INT(gauges.bytes, units * 16);
    CHECK_STATUS(store.waiting_fn(store.user, NULL, 0, d, 3, &count), OK);
    CHECK(count == 2 && d[0].number == 2 && d[1].number == 3 && d[0].in_flight && !d[1].in_flight);
    CHECK_STATUS(store.waiting_fn(store.user, NULL, 2, d, 3, &count), OK);
    CHECK(count == 1 && d[0].number == 3);
}

static void test_store(void) {
    RUN(test_bins);
    RUN(test_units);
    RUN(test_rests);
    RUN(test_evicts_in_front);
    RUN(test_refused_together);
    RUN(test_places_of_deleted);
    RUN(test_holds);
    RUN(test_inside);
}

#endif
