/* The journal at its bounds: lines that are longer than the buffer, files that read badly or lie in one place
   alone, writes that fail in the middle of a change, calls on a journal that cannot write, clocks that are
   set meanwhile. Part of test_hub_journal.c. */
#ifndef JOURNAL_BOUNDS_H
#define JOURNAL_BOUNDS_H

static void fail_from(long calls) {
    disk.fail_at = disk.calls + calls;
    disk.fail_until = 1000000000;
}
static void fail_no_more(void) { disk.fail_at = disk.fail_until = 0; }
/* Every object that is made of these letters is a change of one line, sealed; ' stands for ". */
static void add_line(const char *text) {
    size_t i, len = strlen(text);
    for (i = 0; i < len; i++) other_disk.data[other_disk.len++] = (uint8_t)(text[i] == '\'' ? '"' : text[i]);
    other_disk.data[other_disk.len++] = '\n';
}
static unsigned next_change(void) { return (unsigned)state_of(&live)->changes + 1; }
static void add_mark(unsigned n, unsigned lines, const char *more) {
    char text[300];
    sprintf(text,
            "{'commit':%u,'lines':%u%s,'at':1767225605000,'wall':1767225605000,'numbers':99,'sequence':99"
            ",'check':'00000000000000000000000000000000'}",
            n, lines, more);
    add_line(text);
}
static akolhook_status open_other(int salvage) {
    resum(&other_disk);
    return journal_open_on(&copy, &other_disk, &desc.memory, salvage, 0);
}

/* ---- what is written ---- */

/* A secret of one's own may be of any bytes: it is kept, and signs after a restart what it signed before. */
static void test_secret_of_any_bytes(void) {
    static const char *const secrets[] = {
            "\xff\xfe\x80 no text", "a\x01\"\\\n\tb", "whsec_\xc3\x28", "\xf0\x9f\x98\x80 text"};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    char longest[129];
    size_t i, before;
    for (i = 0; i < 5; i++) {
        memset(longest, 0x9a, 128);
        longest[128] = 0;
        small_start();
        wanted.name = akolhook_str_c("n");
        wanted.url = akolhook_str_c("https://a.example/");
        wanted.events = AKOLHOOK_EVENTS_ALL;
        wanted.secret = akolhook_str_c(i < 4 ? secrets[i] : longest);
        CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
        emit();
        vanish();
        if (!reopen()) return;
        run();
        CHECK_INT(w.count, 1);
        CHECK_STATUS(akolhook_verify(wanted.secret.ptr, w.requests[0].signature, w.requests[0].body,
                             w.requests[0].body_len),
                OK);
        before = disk.len;
        CHECK(akolhook_journal_i_rewrite(state_of(&live)));
        CHECK(disk.len <= before);
        check_copy(&desc.memory);
        suite_end();
    }
}

/* An id that is no text: a store that is called past the hub refuses it, and the file goes on. */
static void test_id_that_is_no_text(void) {
    akolhook_store_event e = AKOLHOOK_INIT, many[AKOLHOOK_EMIT_MOST + 1];
    akolhook_store_webhook bad = AKOLHOOK_INIT;
    small_start();
    create("https://a.example/");
    memset(many, 0, sizeof many);
    CHECK_STATUS(live.store.enqueue_fn(live.store.user, many, AKOLHOOK_EMIT_MOST + 1), STORE_FAILED);
    memset(e.message_id, 0xff, AKOLHOOK_ID_SIZE - 1);
    e.event = (akolhook_event)1;
    e.head = akolhook_str_c("x");
    (void)say_all(texts[0], &live);
    CHECK_STATUS(live.store.enqueue_fn(live.store.user, &e, 1), STORE_FAILED);
    check_same(texts[0], say_all(texts[1], &live));
    emit();
    check_copy(&desc.memory);
    memset(bad.id, 0xff, AKOLHOOK_ID_SIZE - 1); /* the first line of its change */
    memcpy(bad.secret, "s", 2);
    bad.name = bad.url = akolhook_str_c("n");
    bad.events = 2;
    CHECK_STATUS(live.store.webhook_put_fn(live.store.user, &bad, 3), STORE_FAILED);
    emit();
    check_copy(&desc.memory);
    suite_end();
}

/* A deactivation of more than fits the buffer is streamed; its write fails in the middle, at each place: it
   counts in memory, and is written when that is possible. */
static void test_stream_fails(void) {
    akolhook_webhook hook;
    akolhook_gauges gauges;
    long n;
    int i;
    for (n = 1; n < 8 && !check_bad; n++) {
        small_desc();
        desc.memory.max_pending = 1000;
        desc.memory.pool_bytes = 1 << 18;
        desc.memory.log_bytes = 100;
        desc.memory.log_rows = 300;
        suite_open();
        hook = create("https://a.example/");
        w.code = 410;
        for (i = 0; i < 200; i++) emit();
        fail_from(n);
        run();
        CHECK_INT(get(hook.id).is_active, 0);
        CHECK(stats_of(hook.id).waiting == 0 && stats_of(hook.id).cancelled > 190);
        CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
        CHECK((gauges.unsaved > 0) == (state_of(&live)->is_stale != 0));
        fail_no_more();
        CHECK_STATUS(create_status("n", "https://b.example/", 2, &hook), OK);
        check_copy(&desc.memory);
        vanish();
        if (!reopen()) return;
        run();
        CHECK_INT(stats_of(NULL).waiting, 0);
        suite_end();
    }
}

/* An image of several changes, of everything that it can hold, written and read; its write fails at each call
   in turn, and then the old file goes on. */
static void test_image_steps(void) {
    enum { EVENTS = 300 };
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_memory_desc smaller;
    char key[20];
    long n, stale = 0;
    size_t count, i;
    small_desc();
    desc.memory.max_pending = 2000;
    desc.memory.pool_bytes = 300000;
    desc.memory.log_bytes = 4000;
    desc.memory.log_rows = 600;
    desc.memory.max_keys = 20;
    suite_open();
    w.answer_fn = fails_on_b;
    create("https://a.example/");
    create("https://b.example/");
    for (i = 0; i < EVENTS; i++) {
        sprintf(key, "%u", (unsigned)i);
        CHECK_STATUS(emit_key("{}", key, NULL), OK);
        if (i % 50 == 49) run();
    }
    CHECK_INT(memory_of(&live)->keys_seen, EVENTS);
    limits.lease_ms = 60000; /* one of them on its way */
    limits.per_webhook = limits.slow = limits.failing = limits.per_origin = 1;
    w.now += HOUR;
    CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, &claim, 1, &count), OK);
    CHECK_INT(count, 1);
    for (n = 1; n < 120 && !check_bad;
            n++) { /* all from it on; then it alone, as what is left out is no image */
        size_t before = disk.len;
        fail_from(n / 2 + 1);
        if (n & 1) disk.fail_until = disk.fail_at + 1;
        if (akolhook_journal_i_rewrite(state_of(&live))) break;
        fail_no_more();
        CHECK_INT(disk.len, before);
        stale += state_of(&live)->is_stale;
        if (n % 8 == 7) { /* what comes next goes behind what was there */
            emit();
            disk_copy(&other_disk, disk.data, disk.len);
            CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
            CHECK_INT(memory_of(&copy)->job_count, memory_of(&live)->job_count);
            akolhook_journal_close(&copy.journal);
        }
    }
    CHECK(n >= 16 && n < 120);
    CHECK_INT(stale, 2); /* only when it took the old one's place it is not known which of them is there */
    fail_no_more();
    CHECK(akolhook_journal_i_rewrite(state_of(&live)));
    disk_copy(&other_disk, disk.data, disk.len);
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
    CHECK_INT(memory_of(&copy)->keys_seen, 20);
    CHECK_INT(memory_of(&copy)->job_count, memory_of(&live)->job_count);
    CHECK_INT(memory_of(&copy)->sequence, memory_of(&live)->sequence);
    akolhook_journal_close(&copy.journal);

    smaller = desc.memory; /* no room for what waits, for the events, for the webhooks */
    smaller.max_pending = 200;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), PENDING_FULL);
    smaller = desc.memory;
    smaller.pool_bytes = 20000;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), POOL_FULL);
    suite_end();
}
static void test_names_too_many(void) {
    akolhook_memory_desc smaller;
    akolhook_webhook hook;
    char url[300];
    size_t i;
    small_desc();
    desc.memory.max_webhooks = 20;
    desc.memory.max_pending = 40;
    desc.memory.pool_bytes = 32768;
    suite_open();
    for (i = 0; i < 20; i++) {
        sprintf(url, "https://a.example/%u/%0200u", (unsigned)i, 1u);
        CHECK_STATUS(create_status("n", url, 2, &hook), OK);
    }
    disk_copy(&other_disk, disk.data, disk.len);
    smaller = desc.memory;
    smaller.pool_bytes = 2048;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), POOL_FULL);
    suite_end();
}

/* A line that is longer than the buffer of a smaller journal: it says that its pool is too small, and nothing
   else; a torn end of such a line is passed over. */
static void test_line_too_long(void) {
    static char data[60001];
    akolhook_memory_desc smaller;
    size_t before, i;
    small_desc();
    desc.memory.pool_bytes = 400000;
    suite_open();
    create("https://a.example/");
    before = disk.len;
    memset(data, 'x', 60000);
    memcpy(data, "{\"a\":\"", 6);
    memcpy(data + 59998, "\"}", 2);
    CHECK_STATUS(emit_key(data, "", NULL), OK);
    disk_copy(&other_disk, disk.data, disk.len);
    smaller = desc.memory;
    smaller.pool_bytes = 4096;
    smaller.log_bytes = 100;
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), POOL_FULL);
    CHECK_INT(other_disk.len, disk.len);

    other_disk.len -= 70; /* without its mark: what a crash left */
    CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), OK);
    CHECK_INT(copy.journal.error_at, before);
    akolhook_journal_close(&copy.journal);
    check_copy(&desc.memory);

    /* its mark says that what lies before it was durable: where that is damaged, nothing is dropped in
       silence, wherever the long line begins and ends in the smaller buffer */
    for (i = 0; i < 3; i++) {
        disk_copy(&other_disk, disk.data, disk.len);
        other_disk.data[before - 100] ^= 1;
        smaller.pool_bytes = 4096 + 1000 * (uint32_t)i;
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &smaller, 0, 0), JOURNAL_DAMAGED);
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), JOURNAL_DAMAGED);
    }
    suite_end();
}

/* ---- calls on a journal that cannot write, or must not ---- */

static akolhook_status call_note(void) { return akolhook_hub_set_note(hub, akolhook_str_c("another note")); }
static akolhook_status call_redeliver_all(void) {
    uint32_t count = 7;
    akolhook_status status = akolhook_hub_redeliver_failed(hub, hook_b.id, 0, &count);
    CHECK(status == AKOLHOOK_OK || count == 0);
    return status;
}
/* One that failed for ever, and was no test. */
static char failed_id[AKOLHOOK_ID_SIZE], waiting_id[AKOLHOOK_ID_SIZE];
static akolhook_status call_redeliver(void) { return akolhook_hub_redeliver(hub, failed_id); }
static akolhook_status call_send_now(void) { return akolhook_hub_send_now(hub, waiting_id); }
static akolhook_status call_cancel(void) { return akolhook_hub_cancel(hub, waiting_id); }
static void failing_start(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_hub_delivery waiting;
    akolhook_log_row row;
    size_t count;
    int i;
    small_desc();
    desc.memory.max_pending = 400;
    desc.memory.pool_bytes = 65536;
    desc.memory.log_rows = 400;
    desc.memory.max_webhooks = 4;
    suite_open();
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_c("a note")), OK);
    hook_a = create("https://a.example/");
    hook_b = create("https://b.example/");
    w.answer_fn = fails_on_b;
    emit();
    run();
    hub->desc.max_attempts = 1;
    for (i = 0; i < 3; i++) {
        emit();
        run();
        w.now += HOUR;
    }
    query.state = AKOLHOOK_DELIVERY_FAILED;
    CHECK_STATUS(akolhook_hub_log(hub, &query, &row, 1, &count), OK);
    CHECK_INT(count, 1);
    memcpy(failed_id, row.delivery_id, sizeof failed_id);
    hub->desc.max_attempts = 10;
    emit();
    run();
    CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, &waiting, 1, &count), OK);
    CHECK_INT(count, 1);
    memcpy(waiting_id, waiting.id, sizeof waiting_id);
}
/* Each call fails once: nothing is changed by it, in memory as in the file; on a file that is stale and that
   cannot be written anew it fails as well, while what only reads goes on; and then it is done. */
static void test_calls_when_stale(void) {
    static akolhook_status (*const calls[])(void) = {
            call_note, call_redeliver, call_redeliver_all, call_send_now, call_cancel};
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    akolhook_hub_delivery waiting;
    akolhook_str note;
    size_t i, count;
    int way;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (way = 1; way <= 3 && !check_bad; way++) { /* its append, its sync, all */
            failing_start();
            (void)say_all(texts[0], &live);
            fail_from(way < 3 ? way : 1);
            if (way < 3) disk.fail_until = disk.fail_at + 1;
            CHECK_STATUS(calls[i](), STORE_FAILED);
            if (way == 3) {
                CHECK_INT(state_of(&live)->is_stale, 1);
                CHECK_STATUS(calls[i](), STORE_FAILED);
                CHECK_STATUS(akolhook_hub_log(hub, &query, &row, 1, &count), OK);
                CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, 0, &waiting, 1, &count), OK);
                CHECK_INT(count, 1);
                CHECK_STATUS(akolhook_hub_get_delivery(hub, waiting_id, &waiting), OK);
                CHECK(waiting.has_body);
                CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
                CHECK_STR(note, "a note");
                CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
            }
            memory_of(&live)->numbers = (uint64_t)atoi(strstr(texts[0], "next ") + 5);
            check_same(texts[0], say_all(texts[1], &live));
            fail_no_more();
            CHECK_STATUS(calls[i](), OK);
            check_copy(&desc.memory);
            CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
            CHECK_STR(note, i ? "a note" : "another note");
            suite_end();
            if (check_bad) printf("call %u, way %d\n", (unsigned)i, way);
        }
}
/* The first of all changes, the binding to a business, fails: it is bound to nobody. */
static void test_bind_fails(void) {
    int way;
    for (way = 1; way <= 7; way++) {
        small_desc();
        suite_store_open(&desc);
        disk.fail_at = way;
        disk.fail_until = way + 1;
        if (akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc) != AKOLHOOK_OK) {
            CHECK_INT(memory_of(&live)->business_len, 0);
            desc.business_id = akolhook_str_c("biz_2"); /* so another may have it */
            CHECK_STATUS(akolhook_hub_init(&hub, suite_memory, sizeof suite_memory, &desc), OK);
        }
        check_copy(&desc.memory);
        suite_end();
    }
}
/* More is redelivered than one change makes: what was written counts, also when the next change is not. */
static void test_redeliver_many(void) {
    enum { MANY = 150 };
    uint32_t count;
    akolhook_webhook hook;
    int way, i;
    for (way = 0; way < 4 && !check_bad; way++) {
        small_desc();
        desc.memory.max_pending = 800;
        desc.memory.pool_bytes = 131072;
        desc.memory.log_rows = 400;
        desc.max_attempts = 1;
        suite_open();
        hook = create("https://a.example/");
        w.code = 404;
        for (i = 0; i < MANY; i++) emit();
        run();
        CHECK_INT(stats_of(hook.id).failed, MANY);
        if (way) fail_from(2 * way - 1); /* each change is an append and a sync */
        CHECK_INT(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count),
                way == 1 ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
        CHECK_INT(count, way ? 64 * (way - 1) : MANY);
        CHECK_INT(stats_of(hook.id).waiting, count);
        fail_no_more();
        CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook.id, 0, &count), OK);
        CHECK_INT(stats_of(hook.id).waiting, MANY);
        check_copy(&desc.memory);
        suite_end();
    }
}
/* A test that was delivered is sent again: it is a test, in the file as well. */
static void test_redeliver_test(void) {
    small_start();
    CHECK_STATUS(create_status("n", "https://a.example/", 2, &hook_a), OK);
    CHECK_STATUS(akolhook_hub_test(hub, hook_a.id), OK);
    run();
    CHECK_STATUS(log_of(hook_a.id), OK);
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), OK);
    check_copy(&desc.memory);
    fail_from(1); /* and another, which is not written */
    run();
    CHECK_STATUS(akolhook_hub_redeliver(hub, rows[0].delivery_id), STORE_FAILED);
    fail_no_more();
    CHECK(stats_of(hook_a.id).emitted == 0 && stats_of(hook_a.id).tests == 2);
    suite_end();
}
/* What tells of a change; a change of text that has no room; a rewrite that rotate could not make. */
static void test_set_bounds(void) {
    static char headers[2000];
    akolhook_store_webhook change = AKOLHOOK_INIT;
    char secret[AKOLHOOK_SECRET_SIZE];
    int changed = 7, i;
    small_desc();
    desc.memory.pool_bytes = 4096;
    suite_open();
    hook_a = create("https://a.example/");
    memcpy(change.id, hook_a.id, sizeof change.id);
    CHECK_STATUS(
            live.store.webhook_set_fn(live.store.user, &change, AKOLHOOK_STORE_ACTIVE, w.now, &changed), OK);
    CHECK_INT(changed, 1);
    CHECK_STATUS(
            live.store.webhook_set_fn(live.store.user, &change, AKOLHOOK_STORE_ACTIVE, w.now, &changed), OK);
    CHECK_INT(changed, 0);
    memset(headers, 'h', sizeof headers);
    change.headers = akolhook_str_n(headers, sizeof headers);
    (void)say_all(texts[0], &live);
    for (i = 0; i < 3; i++) /* with each of them the old text is held until the new one is written */
        if (live.store.webhook_set_fn(live.store.user, &change, AKOLHOOK_STORE_HEADERS, w.now, NULL)) break;
    CHECK(i > 0 && i < 3);
    CHECK_INT(akolhook_memory_i_headers_of(memory_of(&live), memory_of(&live)->hooks[0].text).len, 2000);
    check_copy(&desc.memory);

    disk.fail_at = disk.calls + 3; /* behind its append and its sync */
    disk.fail_until = disk.calls + 100;
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook_a.id, secret), OK);
    CHECK_INT(state_of(&live)->wants_rewrite, 1);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 1), STORE_FAILED);
    w.now += MINUTE;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK); /* keeping house tries it again, in vain */
    CHECK_INT(state_of(&live)->wants_rewrite, 1);
    fail_no_more();
    w.now += MINUTE;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK); /* and with success */
    CHECK_INT(state_of(&live)->wants_rewrite, 0);
    CHECK(!disk_holds(&disk, hook_a.secret));
    suite_end();
}
/* A reader beside: whatever it is asked to change, it refuses, bound or not, whole or damaged. */
static void test_reader_refuses(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_tending tending = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_str note = {"x", 1};
    size_t count = 0, at;
    long calls;
    int damaged;
    small_start();
    create("https://a.example/");
    emit();
    emit();
    for (damaged = 0; damaged < 3; damaged++) {
        disk_copy(&other_disk, disk.data, damaged == 2 ? 0 : disk.len); /* 2: nobody wrote there yet */
        at = disk.len - 300;
        if (damaged == 1) other_disk.data[at] ^= 1;
        calls = other_disk.calls;
        copy.file = disk_hooks(&other_disk);
        where.memory = desc.memory;
        where.memory.now_ms_fn = world_monotonic;
        where.file = &copy.file;
        where.read_only = where.salvage = 1;
        CHECK_STATUS(
                akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, &where),
                OK);
        CHECK_STATUS(copy.store.bind_fn(copy.store.user, desc.business_id), OK);
        CHECK_STATUS(copy.store.note_fn(copy.store.user, &note), STORE_FAILED);
        CHECK_STATUS(copy.store.claim_fn(copy.store.user, &limits, &claim, 1, &count), STORE_FAILED);
        CHECK_STATUS(copy.store.settle_fn(copy.store.user, NULL, NULL, 0), STORE_FAILED);
        CHECK_STATUS(copy.store.tend_fn(copy.store.user, &tending), STORE_FAILED);
        CHECK_STATUS(copy.store.send_now_fn(copy.store.user, 2), STORE_FAILED);
        akolhook_journal_close(&copy.journal);
        CHECK_INT(other_disk.calls, calls);
    }
    suite_end();
}

/* ---- clocks ---- */

/* The wall clock is set while the journal runs, back and forth, also where no calendar reaches: retries keep
   their pace, and what was kept with a clock that nobody can believe counts for no time. */
static void test_wall_set_meanwhile(void) {
    static const int64_t sets[] = {HOUR, -HOUR, 400 * 24 * HOUR, -START_MS - HOUR, -START_MS + 1000,
            (INT64_C(1) << 53) - START_MS + 10, INT64_C(4000000000000000000)};
    akolhook_webhook hook;
    int64_t due;
    size_t i;
    for (i = 0; i < sizeof sets / sizeof sets[0] && !check_bad; i++) {
        small_start();
        hook = create("https://a.example/");
        w.code = 500;
        emit();
        run();
        w.clock_set = sets[i];
        CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
        CHECK_INT(due, 5 * SECOND);
        run_until(w.now + 5 * SECOND); /* the second attempt, written with that clock */
        CHECK_INT(w.count, 2);
        CHECK_STATUS(akolhook_hub_next_due(hub, &due), OK);
        CHECK_INT(due, 300 * SECOND);
        w.clock_set = 0;
        run_until(w.now + 300 * SECOND);
        CHECK_INT(w.count, 3);
        w.clock_set = sets[i];
        emit();
        run();
        vanish();
        if (!reopen()) return;
        CHECK_INT(get(hook.id).queued, 2);
        w.code = 200;
        run_until(w.now + 31 * MINUTE + 4 * MINUTE);
        CHECK_INT(stats_of(hook.id).waiting, 0);
        CHECK_INT(stats_of(hook.id).delivered, 2);
        suite_end();
        if (check_bad) printf("case %u\n", (unsigned)i);
    }
}

/* ---- reading ---- */

/* A read fails, at each place in turn, of a file that is whole, torn or damaged: a status of its own, never a
   shorter store; a file that says more than it was asked for, and one that shrinks while it is read. */
static struct {
    long at, calls;
    int how;
} bad_read;
enum { READ_FAILS, READ_TOO_MUCH, READ_SHRINKS };
static int disk_read_badly(void *user, uint64_t at, void *data, size_t len, size_t *got) {
    int status;
    if (++bad_read.calls == bad_read.at && bad_read.how == READ_FAILS) return EIO;
    status = disk_read(user, at, data, len, got);
    if (bad_read.calls >= bad_read.at && bad_read.how == READ_SHRINKS) *got /= 2;
    if (bad_read.calls == bad_read.at && bad_read.how == READ_TOO_MUCH) *got = len + 1;
    return status;
}
static akolhook_status open_reading_badly(int salvage) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    bad_read.calls = 0;
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    copy.file = disk_hooks(&other_disk);
    copy.file.read_fn = disk_read_badly;
    where.file = &copy.file;
    where.salvage = (uint8_t)salvage;
    return akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, &where);
}
static void test_reads_badly(void) {
    akolhook_status status = AKOLHOOK_OK;
    size_t i, kind;
    long step;
    int how;
    small_start();
    create("https://a.example/");
    for (i = 0; i < 200 && disk.len <= state_of(&live)->cap; i++) { /* it is read in several pieces */
        emit();
        run();
    }
    for (i = 0; i < 6; i++) emit();
    CHECK(disk.len > state_of(&live)->cap);
    for (kind = 0; kind < 3; kind++) {
        for (how = READ_FAILS; how <= READ_SHRINKS; how++) {
            disk_copy(&other_disk, disk.data, disk.len - (kind == 1 ? 20 : 0));
            if (kind == 2) other_disk.data[disk.len / 2] ^= 1;
            bad_read.how = how;
            step = kind == 2 && how == READ_FAILS ? 1 : 31; /* more kinds of reads behind damage */
            for (bad_read.at = 1; bad_read.at < 2000 && !check_bad;
                    bad_read.at += bad_read.at < 8 ? 1 : step) {
                status = open_reading_badly(1);
                if (bad_read.calls < bad_read.at) break;
                if (how == READ_SHRINKS)
                    CHECK(status == AKOLHOOK_OK || status == AKOLHOOK_STORE_FAILED ||
                            status == AKOLHOOK_JOURNAL_DAMAGED);
                else
                    CHECK_STATUS(status, STORE_FAILED);
                CHECK_MEM(other_disk.data, 10, disk.data, 10);
                akolhook_journal_close(&copy.journal);
            }
            CHECK(bad_read.at > 3 && bad_read.at < 2000);
            CHECK(status == AKOLHOOK_OK || how == READ_SHRINKS);
            akolhook_journal_close(&copy.journal);
            if (check_bad) printf("kind %u, how %d, read %ld\n", (unsigned)kind, how, bad_read.at);
        }
    }
    suite_end();
}

/* Lines that say what no line may, in one member alone; # is the first webhook's number, $ the second's, %
   the message of their deliveries. */
#define LIE_HOOK "{'r':'webhook','number':77,'id':'whk_0123456789abcdefghijklm"
#define LIE_NAMES "'secret':'s','name':'n','url':'u'}"
#define LIE_EMIT "{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'numbers':9,'sequence':9"
#define LIE_SEAL "'check':'00000000000000000000000000000000'}"
#define LIE_TEN "0123456789"
#define LIE_HUNDRED LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN LIE_TEN
#define LIE_ONES "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
static void test_lies_of_one_member(void) {
    static const char *const lies[] = {
            "7",
            "{'r':'state','webhook':#,'code':-1000}",
            "{'r':'state','webhook':#,'turn':-9007199254740993}",
            "{'r':'state','webhook':#,'latency':[1,'2']}",
            "{'r':'state','webhook':#,'latency':[4294967296]}",
            "{'r':'state','webhook':#,'latency':[" LIE_ONES LIE_ONES LIE_ONES LIE_ONES "1]}",
            LIE_HOOK "no'," LIE_NAMES,
            LIE_HOOK ":'," LIE_NAMES,
            LIE_HOOK "@'," LIE_NAMES,
            LIE_HOOK "['," LIE_NAMES,
            LIE_HOOK "`'," LIE_NAMES,
            LIE_HOOK "{'," LIE_NAMES,
            LIE_HOOK "/'," LIE_NAMES,
            LIE_HOOK "n','secret':'s','name':'n','url':''}",
            LIE_HOOK "n','secret':['YQBi'],'name':'n','url':'u'}",
            LIE_HOOK "n','secret':['!'],'name':'n','url':'u'}",
            LIE_HOOK "n','name':'n','url':'u'}",
            "{'r':'webhook','number':77,'id':7," LIE_NAMES,
            LIE_HOOK "n','secret':'" LIE_HUNDRED
                     "01234567890123456789012345678','name':'n','url':'u'}", /* 129 bytes */
            "{'r':'body','message':'msg_0123456789abcdefghijklmn','event':2,'created':-9007199254740993}",
            "{'r':'body','message':'msg_0123456789abcdefghijklmn','event':2,'created':9007199254740993}",
            "{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'numbers':1}",
            "{'r':'delivery','number':4,'webhook':#,'message':'%'}",
            "{'r':'delivery','number':3,'webhook':#,'message':'msg_0123456789abcdefghijklmn'}",
            "{'r':'delivery','number':3,'webhook':$,'message':'%','attempt':-1}",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'ms':-2147483648}",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'peer':7}",
            "{'r':'row','webhook':#,'message_id':'%','event':2,'state':1,'sequence':50,'status':2147483648}",
            "{'r':'key','key':'0g0102030405060708090a0b0c0d0e0f'}",
            "{'r':'key','key':'000102030405060708090a0b0c0d0e0'}",
            "{'r':'store','total':true,'waiting':-1}",
            "{'r':'store','business':'01234567890123456789012345678901234567890123456789012345678901234'}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':7,'fates':'M'}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':[#],'fates':7}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':[#,$],'fates':'M'}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':['1'],'fates':'M'}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':[88],'fates':'M'}",
            LIE_EMIT ",'kept':true}\n{'r':'fan','to':[#],'fates':'X'}",
            LIE_EMIT "}\n{'r':'fan','to':[#],'fates':'M'}",
            LIE_HOOK "n'," LIE_NAMES "\n{'r':'webhook','number':50,'id':'whk_0123456789abcdefghijklmo',"
                     "'secret':'s','name':'n','url':'v'}",
    };
    static const char *const truths[] = { /* odd, and no lie */
            "{'r':'gone','message':'%'}", /* something waits for it */
            "{'r':'gone','message':'msg_0123456789abcdefghijklmn'}", "{'r':'gone'}",
            LIE_HOOK "n','secret':'a\\u00e4\\ud800','name':['YQ=='],'url':'u'}",
            "{'r':'state','webhook':#,'unknown':{'a':[1]},'turn':5}",
            "{'r':'state','webhook':#,'latency':[4294967295]}",
            "{'r':'state','webhook':#,'turn':-9007199254740992,'allowed_us':9007199254740992}"};
    static uint8_t before[1 << 16];
    char line[1000], message[AKOLHOOK_ID_SIZE], piece[40];
    size_t i, k, size, to, lie_count = sizeof lies / sizeof lies[0];
    unsigned lines;
    small_start();
    hook_a = create("https://a.example/");
    CHECK_STATUS(create_status("b", "https://b.example/", 2, &hook_b), OK);
    CHECK_STATUS(emit_key("{}", "", &message), OK); /* number 3 */
    emit();                                         /* number 4 */
    CHECK(hook_a.number == 1 && hook_b.number == 2);
    size = disk.len;
    CHECK(size < sizeof before);
    if (size >= sizeof before) return;
    memcpy(before, disk.data, size);
    for (i = 0; i < lie_count + sizeof truths / sizeof truths[0]; i++) {
        const char *text = i < lie_count ? lies[i] : truths[i - lie_count];
        for (k = to = 0, lines = 1; text[k]; k++) {
            sprintf(piece, "%c", text[k]);
            if (text[k] == '#') strcpy(piece, "1");
            if (text[k] == '$') strcpy(piece, "2");
            if (text[k] == '%') strcpy(piece, message);
            lines += text[k] == '\n';
            strcpy(line + to, piece);
            to += strlen(piece);
        }
        disk_copy(&other_disk, before, size);
        add_line(line);
        add_mark(next_change(), lines, ",'synced':0");
        if ((open_other(0) == AKOLHOOK_OK) != (i >= lie_count)) {
            printf("%s: %s\n", i < lie_count ? "believed" : "refused", line);
            CHECK(0);
        }
        akolhook_journal_close(&copy.journal);
    }
    suite_end();
}

/* Marks and first lines that are sealed and say nonsense. */
static void test_lies_of_marks(void) {
    static const struct {
        const char *before, *behind; /* the number of the change */
        akolhook_status status;
    } marks[] = {
            {"{'commit':", ",'lines':-1,'synced':0,'at':1,'wall':1," LIE_SEAL,
                    AKOLHOOK_OK}, /* no change, so a torn end */
            {"{'commit':'", "','lines':1,'synced':0,'at':1,'wall':1," LIE_SEAL, AKOLHOOK_OK},
            {"{'commit':", ",'lines':1,'synced':0,'at':1e99,'wall':1," LIE_SEAL, AKOLHOOK_JOURNAL_DAMAGED},
            {"{'commit':", ",'lines':1,'synced':0,'at':1,'wall':1,'numbers':-1," LIE_SEAL,
                    AKOLHOOK_JOURNAL_DAMAGED},
            {"{'commit':", ",'lines':900,'synced':99,'at':1,'wall':1," LIE_SEAL,
                    AKOLHOOK_OK}, /* more lines than there are behind the bad one */
            {"{'commit':", ",'lines':1}", AKOLHOOK_OK},
            {"{'commit':", ",'lines':1,'synced':0,,,,," LIE_SEAL, AKOLHOOK_OK},
    };
    static const struct {
        const char *text;
        akolhook_status status;
    } heads[] = {
            {"{'akolhook':'journal','version':0,'change':0," LIE_SEAL, AKOLHOOK_JOURNAL_DAMAGED},
            {"{'akolhook':'journal','version':2,'change':-1," LIE_SEAL, AKOLHOOK_JOURNAL_DAMAGED},
            {"{'akolhook':'diary','version':2,'change':0," LIE_SEAL, AKOLHOOK_JOURNAL_DAMAGED},
            {"{'akolhook':7,'version':2,'change':0," LIE_SEAL, AKOLHOOK_JOURNAL_DAMAGED},
            {"{'akolhook':'journal'}", AKOLHOOK_JOURNAL_DAMAGED},
            {"{'akolhook':'journal','version':9,'change':0," LIE_SEAL, AKOLHOOK_JOURNAL_OTHER},
    };
    char text[300];
    size_t i;
    small_start();
    create("https://a.example/");
    emit();
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        disk_copy(&other_disk, disk.data, disk.len);
        add_line("{'r':'gone'}");
        sprintf(text, "%s%u%s", marks[i].before, next_change(), marks[i].behind);
        add_line(text);
        CHECK_INT(open_other(0), marks[i].status);
        if (check_bad) printf("mark %u\n", (unsigned)i);
        akolhook_journal_close(&copy.journal);
    }
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        disk_reset(&other_disk);
        add_line(heads[i].text);
        other_disk.durable = other_disk.len;
        CHECK_INT(open_other(1), heads[i].status);
        if (check_bad) printf("head %u\n", (unsigned)i);
    }
    suite_end();
}

/* Numbers go on behind those that a file has used, whatever its marks say of them. */
static void test_numbers_go_on(void) {
    char message[AKOLHOOK_ID_SIZE], line[300];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_log_row row;
    uint64_t next;
    size_t count;
    small_start();
    hook_a = create("https://a.example/");
    hook_b = create("https://b.example/");
    CHECK_STATUS(emit_key("{}", "", &message), OK); /* numbers 3 and 4 */
    disk_copy(&other_disk, disk.data, disk.len);

    sprintf(line, "{'r':'delivery','number':60,'webhook':1,'message':'%s'}", message);
    add_line(line);
    sprintf(line, "{'r':'delivery','number':50,'webhook':2,'message':'%s'}", message);
    add_line(line);
    sprintf(line,
            "{'commit':%u,'lines':2,'synced':0,'at':1767225605000,'wall':1767225605000,'numbers':7," LIE_SEAL,
            next_change());
    add_line(line);
    CHECK_STATUS(open_other(0), OK);
    CHECK_INT(memory_of(&copy)->numbers, 60);
    akolhook_journal_close(&copy.journal);
    disk_copy(&other_disk, disk.data, disk.len);
    sprintf(line, "{'r':'row','webhook':1,'message_id':'%s','event':2,'state':1,'sequence':60}", message);
    add_line(line);
    sprintf(line, "{'commit':%u,'lines':1,'synced':0,'at':1767225605000,'wall':1,'sequence':7," LIE_SEAL,
            next_change());
    add_line(line);
    CHECK_STATUS(open_other(0), OK);
    CHECK_INT(memory_of(&copy)->sequence, 60);
    akolhook_journal_close(&copy.journal);

    /* an event says itself what its deliveries and rows count on from */
    disk_copy(&other_disk, disk.data, disk.len);
    add_line("{'r':'emit','message':'msg_0123456789abcdefghijklmn','event':2,'numbers':70,'sequence':40}");
    add_line("{'r':'fan','to':[1,2],'fates':'DD'}");
    add_mark(next_change(), 2, ",'synced':0");
    CHECK_STATUS(open_other(0), OK);
    CHECK_STATUS(copy.store.log_fn(copy.store.user, &query, &row, 1, &count, &next), OK);
    CHECK(count == 1 && row.number == 72 && row.cursor == 42 && row.state == AKOLHOOK_DELIVERY_DROPPED);
    CHECK(memory_of(&copy)->numbers == 99 && memory_of(&copy)->sequence == 99); /* the mark's */
    akolhook_journal_close(&copy.journal);
    suite_end();
}

/* A file of before the unix time was kept: when a webhook began to fail follows from the last mark's clocks,
   where it has both, and where nothing is said of it. */
static void test_sick_dated(void) {
    static const struct {
        const char *state, *wall;
        int64_t sick_at_ms;
    } files[] = {
            {"", "1767225705000", 0},
            {",'sick_since':1767225604000", "1767225705000", INT64_C(1767225704000)}, /* a second before */
            {",'sick_since':1767225604000", "0", 0},
            {",'sick_since':1767225604000,'sick_at_ms':5", "1767225705000", 5},
            {",'sick_at_ms':5", "1767225705000", 5},
    };
    char line[200];
    size_t i;
    small_start();
    hook_a = create("https://a.example/");
    for (i = 0; i < sizeof files / sizeof files[0]; i++) {
        disk_copy(&other_disk, disk.data, disk.len);
        sprintf(line, "{'r':'state','webhook':1%s}", files[i].state);
        add_line(line);
        sprintf(line, "{'commit':%u,'lines':1,'synced':0,'at':1767225605000,'wall':%s,'numbers':9," LIE_SEAL,
                next_change(), files[i].wall);
        add_line(line);
        CHECK_STATUS(open_other(0), OK);
        CHECK_INT(akolhook_memory_i_hook_at(memory_of(&copy), 1)->health.sick_at_ms, files[i].sick_at_ms);
        akolhook_journal_close(&copy.journal);
    }
    suite_end();
}

/* Which rows were redelivered is kept: of three that failed, each one alone. */
static void test_redelivered_one(void) {
    size_t i, k;
    uint32_t count;
    for (i = 0; i < 3; i++) {
        small_desc();
        desc.max_attempts = 1;
        suite_open();
        hook_a = create("https://a.example/");
        w.code = 404;
        for (k = 0; k < 3; k++) {
            emit();
            run();
        }
        CHECK_STATUS(log_of(hook_a.id), OK);
        CHECK_INT(row_count, 3);
        CHECK_STATUS(akolhook_hub_redeliver(hub, rows[i].delivery_id), OK);
        check_copy(&desc.memory);
        vanish();
        if (!reopen()) return;
        CHECK_STATUS(akolhook_hub_redeliver_failed(hub, hook_a.id, 0, &count), OK);
        CHECK_INT(count, 2); /* the others */
        check_copy(&desc.memory);
        suite_end();
    }
}

/* What a file grew by, which tells when it is written anew, is what lies behind its first line. */
static void test_grown(void) {
    size_t first, i;
    small_start();
    create("https://a.example/");
    for (i = 0; i < 5; i++) emit();
    first = (size_t)((uint8_t *)memchr(disk.data, '\n', disk.len) - disk.data) + 1;
    vanish();
    if (!reopen()) return;
    CHECK_INT(state_of(&live)->grown, disk.len - first);
    CHECK(live.journal.error_at == 0 && live.journal.dropped == 0); /* nothing is wrong with it */
    emit();
    CHECK_INT(state_of(&live)->grown, disk.len - first);
    CHECK(akolhook_journal_i_rewrite(state_of(&live)));
    CHECK_INT(state_of(&live)->grown, 0);
    suite_end();
}

/* Events of one call are judged one after the other, each with what those before it would take: where room
   ends within the call, the file has the same fates. */
static void test_fates_of_many(void) {
    static char data[2][500];
    akolhook_hub_event events[AKOLHOOK_EMIT_MOST];
    akolhook_stats stats;
    size_t i, round, drops;
    int way;
    for (way = 0; way < 2; way++) { /* little room for bytes; for deliveries */
        small_desc();
        desc.memory.max_webhooks = 4;
        desc.memory.max_pending = way ? 24 : 400;
        desc.memory.pool_bytes = way ? 65536 : 16384;
        desc.memory.log_rows = 40;
        suite_open();
        hook_a = create("https://a.example/");
        hook_b = create("https://b.example/");
        w.code = 500;
        emit();
        run(); /* both fail: what is too much for them is dropped */
        memset(events, 0, sizeof events);
        for (i = 0; i < 2; i++) {
            memset(data[i], 'x', sizeof data[i] - 1);
            memcpy(data[i], "{\"a\":\"", 6);
            memcpy(data[i] + 200 + 290 * i, "\"}", 3);
        }
        for (round = 0, drops = 0; round < 60 && !check_bad; round++) {
            for (i = 0; i < 3; i++) {
                events[i].event = AKOLHOOK_CALL_ENDED;
                events[i].data = akolhook_str_c(data[(round + i) % 2]);
            }
            CHECK_STATUS(akolhook_hub_emit_many(hub, events, 1 + round % 3, NULL), OK);
            check_copy(&desc.memory);
            stats = stats_of(NULL);
            if (stats.dropped && drops++ > 3) break;
        }
        CHECK(stats_of(NULL).dropped > 3 && stats_of(NULL).waiting > 4);
        if (check_bad) printf("way %d, round %u\n", way, (unsigned)round);
        suite_end();
    }
}

/* Blocks that move together: what lies in the pool, and in which order it gives way, stays as it is. */
static void test_pack(void) {
    uint32_t kept[64], count = 0, at, i;
    akolhook_webhook hook;
    akolhook_memory *m;
    small_desc();
    desc.memory.max_webhooks = 6;
    desc.memory.max_pending = 32;
    suite_open();
    w.answer_fn = fails_on_b;
    hook_a = create("https://a.example/");
    hook = create("https://gone.example/with/a/long/path/that/leaves/a/hole/behind");
    emit();
    hook_b = create("https://b.example/");
    run(); /* the first is kept for b */
    for (i = 0; i < 3; i++) emit();
    run();
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_b.id, 0), OK); /* so all are kept */
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_b.id, 1), OK);
    emit(); /* and one waits */
    m = memory_of(&live);
    for (at = m->first_kept; at && count < 64; at = akolhook_memory_i_stored_at(m, at)->next) count++;
    CHECK(count >= 3);
    akolhook_memory_i_stored_free(m, m->first_kept); /* a hole before all others */
    (void)say_all(texts[0], &live);
    for (count = 0, at = m->first_kept; at && count < 64; at = akolhook_memory_i_stored_at(m, at)->next)
        kept[count++] = akolhook_memory_i_hash(akolhook_memory_i_stored_at(m, at)->message_id, 28);

    akolhook_journal_i_pack(state_of(&live));
    check_same(texts[0], say_all(texts[1], &live));
    for (i = 0, at = m->first_kept; at && i < count; at = akolhook_memory_i_stored_at(m, at)->next)
        CHECK_INT(akolhook_memory_i_hash(akolhook_memory_i_stored_at(m, at)->message_id, 28), kept[i++]);
    CHECK(i == count && at == 0);
    for (i = count, at = m->last_kept; at && i; at = akolhook_memory_i_stored_at(m, at)->prev)
        CHECK_INT(akolhook_memory_i_hash(akolhook_memory_i_stored_at(m, at)->message_id, 28), kept[--i]);
    CHECK(i == 0 && at == 0);

    /* no hole is left but the one at the end, which the blocks before it know */
    for (at = 1; at < m->pool_units; at += akolhook_memory_i_block_at(m, at)->units)
        if (!akolhook_memory_i_block_at(m, at)->refs)
            CHECK_INT(at + akolhook_memory_i_block_at(m, at)->units, m->pool_units);
    while (m->first_kept) akolhook_memory_i_stored_free(m, m->first_kept);
    w.answer_fn = NULL;
    run_until(w.now + HOUR);
    CHECK_INT(stats_of(NULL).waiting, 0);
    for (i = 0; i < 40; i++) {
        emit();
        run();
    }
    CHECK_INT(stats_of(NULL).waiting, 0);
    suite_end();
}

/* What is cancelled on its way ends where its lease runs out, or where it is given back without an attempt:
   the file counts that for each webhook. */
static void test_cut_leases(void) {
    akolhook_store_rules rules = {15, 20, 1, 1, 1};
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claims[4];
    akolhook_store_outcome o[3];
    size_t i, count;
    int way;
    limits.lease_ms = MINUTE;
    limits.per_webhook = limits.slow = limits.failing = 4;
    for (way = 0; way < 2; way++) {
        small_start();
        hook_a = create("https://a.example/");
        hook_b = create("https://b.example/");
        hook_c = create("https://c.example/");
        emit();
        CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, claims, 4, &count), OK);
        CHECK_INT(count, 3);
        memset(o, 0, sizeof o);
        for (i = 0; i < 3; i++) {
            o[i].number = claims[i].number;
            o[i].lease = claims[i].lease;
            o[i].handle = claims[i].handle;
            o[i].retry_after_s = -1;
            CHECK_STATUS(live.store.cancel_fn(live.store.user, claims[i].number, w.now), OK);
        }
        if (way)
            CHECK_STATUS(live.store.settle_fn(live.store.user, &rules, o, 3), OK);
        else
            w.now += MINUTE;
        CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, claims, 4, &count), OK);
        CHECK_INT(count, 0);
        CHECK_INT(stats_of(NULL).cancelled, 3);
        check_copy(&desc.memory);
        suite_end();
    }
}

/* What a line costs: a text is written as it is, or as base64 where that is shorter; the room that a line
   takes is that of base64. */
static void test_text_cost(void) {
    static const struct {
        const char *text;
        size_t cost;
    } texts_of[] = {{"", 0}, {"a", 1}, {"\"", 2}, {"a\\b", 4}, {"\n", 6}, {"\x1f", 6}, {" ", 1}, {"\x7f", 1},
            {"\x01\"\x02", 14}, {"\xc3\xa4", 2}, {"\xc3", SIZE_MAX}, {"a\xff", SIZE_MAX}};
    akolhook_json_writer writer;
    char text[12], line[64];
    size_t i, n, quotes, len;
    for (i = 0; i < sizeof texts_of / sizeof texts_of[0]; i++)
        CHECK_INT(akolhook_journal_i_text_cost(akolhook_str_c(texts_of[i].text)), texts_of[i].cost);
    CHECK_INT(akolhook_journal_i_text_cost(akolhook_str_n("a\"", 1)), 1);
    for (n = 1; n < sizeof text; n++)
        for (quotes = 0; quotes <= n; quotes++) {
            memset(text, 'a', n);
            memset(text, '"', quotes);
            akolhook_json_init(&writer, line, sizeof line, 0);
            akolhook_json_object_begin(&writer);
            akolhook_journal_i_add_bytes(&writer, "t", akolhook_str_n(text, n));
            akolhook_json_object_end(&writer);
            CHECK_STATUS(akolhook_json_finish(&writer, &len), OK);
            CHECK_INT(line[5], n + quotes <= (n + 2) / 3 * 4 ? '"' : '['); /* {"t": */
        }
}

/* In memory of any alignment it lies in what it was given, to the last byte; closed twice it is closed. */
static void test_open_exactly(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    unsigned char *at, *state;
    size_t shift, size;
    small_desc();
    disk_reset(&other_disk);
    copy.file = disk_hooks(&other_disk);
    where.file = &copy.file;
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    size = akolhook_journal_size(&where);
    for (shift = 0; shift <= 16; shift++) {
        at = copy.memory + shift;
        memset(copy.memory, 0x5a, size + 64);
        CHECK_STATUS(
                akolhook_journal_open(&copy.journal, &copy.store, at, size - 1, &where), MEMORY_TOO_SMALL);
        CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, at, size, &where), OK);
        state = (unsigned char *)copy.journal.state;
        CHECK(((uintptr_t)state & 15u) == 0 && state >= at && state < at + 16);
        CHECK((unsigned char *)state_of(&copy)->buffer + state_of(&copy)->cap == at + size);
        CHECK(at[size] == 0x5a && (!shift || at[-1] == 0x5a));
        akolhook_journal_close(&copy.journal);
        CHECK(copy.journal.state == NULL && at[size] == 0x5a && (!shift || at[-1] == 0x5a));
        akolhook_journal_close(&copy.journal);
    }
    akolhook_journal_close(NULL);
}

/* After a restart: which URLs are taken, whose business it is and what was noted, all as long as they may
   be; the binding is durable before any other change. */
static void test_kept_by_restart(void) {
    static char business[65], noted[AKOLHOOK_NOTE_SIZE + 1];
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    akolhook_str note;
    memset(business, 'b', 64);
    memset(noted, 'n', AKOLHOOK_NOTE_SIZE);
    small_desc();
    desc.business_id = akolhook_str_c(business);
    suite_open();
    CHECK_INT(disk.durable, disk.len);
    hook_a = create("https://a.example/");
    wanted.url = akolhook_str_c("https://b.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook_a.id, &wanted), OK);
    CHECK_STATUS(akolhook_hub_set_note(hub, akolhook_str_c(noted)), OK);
    vanish();
    disk_power(0);
    if (!reopen()) return;
    CHECK_STATUS(akolhook_hub_get_note(hub, &note), OK);
    CHECK_STR(note, noted);
    CHECK_STATUS(create_status("n", "https://b.example/", 4, &hook), WEBHOOK_EXISTS);
    CHECK_STATUS(create_status("n", "https://a.example/", 4, &hook), OK);
    check_copy(&desc.memory);
    vanish();
    desc.business_id = akolhook_str_n(business, 63);
    CHECK_STATUS(journal_open(0), OK);
    CHECK_STATUS(live.store.bind_fn(live.store.user, desc.business_id), WRONG_BUSINESS);
    akolhook_journal_close(&live.journal);
}

/* A pool so full of what waits that a URL has no room twice: what a webhook is changed to but its texts takes
   none, neither at once nor when the file is read again. */
static void test_full_pool_restart(void) {
    static char data[4100], url[2048];
    akolhook_wanted wanted = AKOLHOOK_INIT;
    size_t len = 4000;
    small_desc();
    desc.memory.max_webhooks = 1;
    suite_open();
    snprintf(url, sizeof url, "https://a.example/%0*d", 2000, 0);
    CHECK_STATUS(create_status("n", url, AKOLHOOK_EVENTS_ALL, &hook_a), OK);
    while (len) {
        snprintf(data, sizeof data, "{\"a\":\"%0*d\"}", (int)len, 0);
        if (emit_key(data, "", NULL) != AKOLHOOK_OK) len /= 2;
    }
    CHECK(memory_of(&live)->kept_units == 0 && memory_of(&live)->free_units < strlen(url) / 16);

    wanted.rate = 5;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook_a.id, &wanted), OK);
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 1), OK);
    (void)say_all(texts[0], &live);
    vanish();
    if (!reopen()) return;
    check_same(texts[0], say_all(texts[1], &live));
    CHECK_INT(get(hook_a.id).rate, 5);
    vanish();
}

/* Changes of a webhook, written or refused, leave nothing behind in the pool. */
static void test_no_leaks(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    uint32_t units[2];
    int i, fails;
    small_start();
    hook_a = create("https://a.example/");
    hook_b = create("https://b.example/");
    emit();
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_b.id, 0), OK);
    for (i = 0; i < 40 && !check_bad; i++) {
        fails = i & 1;
        units[0] = memory_of(&live)->free_units;
        if (fails) fail_from(1);
        wanted.name = akolhook_str_c(i & 4 ? "one name" : "or another");
        wanted.url = akolhook_str_c(i & 2 ? "https://a.example/" : "https://a.example/?an=other&and=longer");
        CHECK_INT(akolhook_hub_update_webhook(hub, hook_a.id, &wanted),
                fails ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
        CHECK_INT(create_status("c", "https://c.example/", 4, &hook),
                fails ? AKOLHOOK_STORE_FAILED : AKOLHOOK_OK);
        if (fails) CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 0), STORE_FAILED);
        if (fails) CHECK_STATUS(emit_key("{}", "", NULL), STORE_FAILED);
        CHECK_INT(memory_of(&live)->cut_waiting, 0);
        fail_no_more();
        if (!fails) CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
        units[1] = memory_of(&live)->free_units;
        if (fails) CHECK_INT(units[1], units[0]);
    }
    wanted.name = akolhook_str_c("A webhook");
    wanted.url = akolhook_str_c("https://a.example/");
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook_a.id, &wanted), OK);
    units[0] = memory_of(&live)->free_units;
    vanish();
    if (!reopen()) return;
    CHECK_INT(memory_of(&live)->free_units, units[0]);
    suite_end();
}

/* A file that could not be written is tried again by claims and outcomes, a while after the last time and not
   before; one that could not be written anew for its length, when it has grown by another quarter of what it
   may. */
static void test_tries_again(void) {
    akolhook_store_rules rules = {15, 20, 1, 1, 1};
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claim;
    akolhook_store_outcome o = AKOLHOOK_INIT;
    akolhook_log_row row = AKOLHOOK_INIT;
    uint64_t last, threshold, limit;
    size_t count, tries = 0;
    int64_t failed_at;
    int i;
    small_start();
    hook_a = create("https://a.example/");
    for (i = 0; i < 4; i++) emit();
    limits.lease_ms = HOUR;
    limits.per_webhook = limits.slow = limits.failing = 4;
    o.retry_after_s = -1;
    failed_at = w.now;
    for (i = 0; i < 4 && !check_bad; i++) {
        if (i < 2) fail_from(1); /* the first outcome; and the first time that it is tried again */
        if (i == 2) w.now = failed_at + AKOLHOOK_JOURNAL_I_RETRY_MS - 1;
        if (i == 3) w.now = failed_at + AKOLHOOK_JOURNAL_I_RETRY_MS;
        CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, &claim, 1, &count), OK);
        CHECK_INT(count, 1);
        o.number = claim.number;
        o.lease = claim.lease;
        o.handle = claim.handle;
        o.row = &row;
        memset(&row, 0, sizeof row);
        row.success = 1;
        row.code = 200;
        CHECK_STATUS(live.store.settle_fn(live.store.user, &rules, &o, 1), OK);
        CHECK_INT(state_of(&live)->is_stale, i < 3);
        CHECK_INT(state_of(&live)->unsaved, i < 3 ? i + 1 : 0);
        fail_no_more();
    }
    check_copy(&desc.memory);
    suite_end();

    small_desc();
    rewrite_bytes = 4000;
    suite_open();
    rewrite_bytes = 0;
    hook_a = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_set_active(hub, hook_a.id, 0), OK);
    disk.begin_fails = 1;
    limit = state_of(&live)->limit;
    CHECK_INT(limit, 4000);
    for (i = 0, last = 4000; i < 400 && tries < 4; i++) {
        threshold = state_of(&live)->threshold;
        emit();
        if (state_of(&live)->threshold == threshold) continue;
        tries++; /* at the first change behind it */
        CHECK(state_of(&live)->grown >= last && state_of(&live)->grown < last + 1000);
        last = state_of(&live)->grown + limit / 4 - 700; /* less this change itself */
        CHECK(state_of(&live)->threshold > last && state_of(&live)->threshold <= last + 701);
    }
    CHECK_INT(tries, 4);
    disk.begin_fails = 0;
    suite_end();
}

/* A change that is longer than the buffer is written in pieces, wherever its lines begin and end in it. */
static void test_buffer_filled(void) {
    static const akolhook_store_rules rules = {15, 20, 1, 1, 1};
    static char response[5600];
    akolhook_hub_event events[AKOLHOOK_EMIT_MOST];
    akolhook_store_limits limits = AKOLHOOK_INIT;
    akolhook_store_claim claims[48];
    akolhook_store_outcome o[48];
    akolhook_log_row row[48];
    size_t i, count, len;
    long calls, most = 0;
    small_desc();
    desc.memory.max_pending = 96;
    desc.memory.pool_bytes = 12288;
    desc.memory.log_rows = 40;
    desc.memory.log_bytes = 6000;
    suite_open();
    hook_a = create("https://a.example/");
    hook_b = create("https://b.example/");
    hook_c = create("https://c.example/");
    limits.lease_ms = MINUTE;
    limits.per_webhook = limits.slow = limits.failing = 48;
    memset(events, 0, sizeof events);
    memset(response, '"', sizeof response / 3); /* so that all of it is written as base64 */
    memset(response + sizeof response / 3, 'x', sizeof response - sizeof response / 3);
    for (len = 0; len < 48 && !check_bad; len += 5) {
        for (i = 0; i < AKOLHOOK_EMIT_MOST; i++) {
            events[i].event = AKOLHOOK_CALL_ENDED;
            events[i].data = akolhook_str_c("{}");
        }
        CHECK_STATUS(akolhook_hub_emit_many(hub, events, AKOLHOOK_EMIT_MOST, NULL), OK);
        CHECK_STATUS(live.store.claim_fn(live.store.user, &limits, claims, 48, &count), OK);
        CHECK_INT(count, 48);
        memset(o, 0, sizeof o);
        memset(row, 0, sizeof row);
        for (i = 0; i < count; i++) {
            o[i].number = claims[i].number;
            o[i].lease = claims[i].lease;
            o[i].handle = claims[i].handle;
            o[i].retry_after_s = -1;
            o[i].row = &row[i];
            row[i].success = 1;
            row[i].code = 200;
            row[i].native_error = LONG_MAX;
            row[i].at_ms = START_MS;
            row[i].attempt = UINT32_MAX;
            row[i].ms = row[i].lookup_ms = row[i].connect_ms = INT32_MAX;
            row[i].tls_ms = row[i].first_byte_ms = INT32_MAX;
            row[i].response = akolhook_str_n(response, i == len ? sizeof response : i & 7); /* a long one */
        }
        CHECK(akolhook_journal_i_rewrite(state_of(&live)));
        calls = disk.calls;
        CHECK_STATUS(live.store.settle_fn(live.store.user, &rules, o, count), OK);
        CHECK(!state_of(&live)->is_stale && state_of(&live)->unsaved == 0);
        if (disk.calls - calls > most) most = disk.calls - calls;
        disk_copy(&other_disk, disk.data, disk.len);
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
        CHECK_INT(memory_of(&copy)->sequence, memory_of(&live)->sequence);
        CHECK_INT(memory_of(&copy)->job_count, 0);
        akolhook_journal_close(&copy.journal);
        if (check_bad) printf("the long one is number %u\n", (unsigned)len);
    }
    CHECK(most > 1); /* it is longer: more than one append, and no sync */

    for (calls = 1; calls < 40 && !check_bad; calls++) { /* an image fails in the middle of a change */
        fail_from(calls);
        if (akolhook_journal_i_rewrite(state_of(&live))) break;
        fail_no_more();
        CHECK_STATUS(akolhook_hub_emit_many(hub, events, 1, NULL), OK);
        CHECK(!state_of(&live)->is_stale);
        disk_copy(&other_disk, disk.data, disk.len);
        CHECK_STATUS(journal_open_on(&copy, &other_disk, &desc.memory, 0, 0), OK);
        CHECK_INT(memory_of(&copy)->job_count, memory_of(&live)->job_count);
        akolhook_journal_close(&copy.journal);
    }
    CHECK(calls > 4 && calls < 40);
    suite_end();
}

/* Where each byte of the pool is taken, packing it ends where the pool does; the journal goes on. */
static void test_pack_full(void) {
    akolhook_memory *m;
    uint32_t at[1000], n = 0;
    small_start();
    create("https://a.example/");
    m = memory_of(&live);
    while (n < 1000 && (at[n] = akolhook_memory_i_pool_take(m, 2)) != 0) n++;
    CHECK(n > 100 && m->free_units == 0);
    akolhook_journal_i_pack(state_of(&live));
    CHECK_INT(akolhook_memory_i_pool_take(m, 2), 0);
    CHECK_INT(akolhook_memory_i_block_at(m, at[n - 1])->refs, 1);
    while (n) akolhook_memory_i_block_free(m, at[--n]);
    emit();
    check_copy(&desc.memory);
    suite_end();
}

/* Descriptions that are out of range, and arguments that are missing. */
static void test_open_arguments(void) {
    akolhook_journal_desc where = AKOLHOOK_INIT;
    small_desc();
    disk_reset(&other_disk);
    copy.file = disk_hooks(&other_disk);
    where.file = &copy.file;
    where.memory = desc.memory;
    where.memory.now_ms_fn = world_monotonic;
    CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, NULL),
            INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_journal_open(&copy.journal, NULL, copy.memory, sizeof copy.memory, &where),
            INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, NULL, sizeof copy.memory, &where),
            INVALID_ARGUMENT);
    where.memory.now_ms_fn = NULL;
    CHECK_STATUS(akolhook_journal_open(&copy.journal, &copy.store, copy.memory, sizeof copy.memory, &where),
            INVALID_ARGUMENT);
    where.memory.now_ms_fn = world_monotonic;
    where.memory.log_rows = 100001;
    CHECK_INT(akolhook_journal_size(&where), 0);
    where.memory.log_rows = 4;
    where.memory.log_bytes = UINT32_MAX / 4 + 1;
    CHECK_INT(akolhook_journal_size(&where), 0);
    where.memory.log_bytes = 0;
    where.memory.pool_bytes = UINT32_MAX / 4 + 1;
    CHECK_INT(akolhook_journal_size(&where), 0);
    where.memory.pool_bytes = UINT32_MAX / 4;
    CHECK(akolhook_journal_size(&where) > UINT32_MAX / 4 || sizeof(size_t) < 8);
    where.memory.pool_bytes = 0;
    where.memory.log_bytes = UINT32_MAX / 4;
    CHECK(akolhook_journal_size(&where) > UINT32_MAX / 4 || sizeof(size_t) < 8);
    where.memory.log_bytes = 5000;
    CHECK(akolhook_journal_size(&where) > 0);
}

static void test_journal_bounds(void) {
    RUN(test_secret_of_any_bytes);
    RUN(test_id_that_is_no_text);
    RUN(test_stream_fails);
    RUN(test_image_steps);
    RUN(test_names_too_many);
    RUN(test_line_too_long);
    RUN(test_calls_when_stale);
    RUN(test_bind_fails);
    RUN(test_redeliver_many);
    RUN(test_redeliver_test);
    RUN(test_set_bounds);
    RUN(test_reader_refuses);
    RUN(test_wall_set_meanwhile);
    RUN(test_reads_badly);
    RUN(test_lies_of_one_member);
    RUN(test_lies_of_marks);
    RUN(test_numbers_go_on);
    RUN(test_sick_dated);
    RUN(test_redelivered_one);
    RUN(test_grown);
    RUN(test_fates_of_many);
    RUN(test_pack);
    RUN(test_pack_full);
    RUN(test_cut_leases);
    RUN(test_text_cost);
    RUN(test_open_exactly);
    RUN(test_kept_by_restart);
    RUN(test_full_pool_restart);
    RUN(test_no_leaks);
    RUN(test_buffer_filled);
    RUN(test_tries_again);
    RUN(test_open_arguments);
}

#endif
