/* Bounds of what a hub keeps in arrays, and random bits that count: part of hub_suite.h. */
#ifndef HUB_PLACES_H
#define HUB_PLACES_H

/* More webhooks of one host that takes nothing more than a claim passes over (64): the others have their turn
   meanwhile, and each of the many later. */
static int answer_when_free(const seen *r) {
    return r->host[0] == 'b' || w.now >= START_MS + MINUTE ? 200 : 0;
}
static void suite_passed(void) {
    enum { CROWD = 67 };
    char url[40];
    size_t i;

    suite_begin();
    desc.memory.max_webhooks = CROWD + 1;
    desc.max_webhooks = CROWD + 1;
    desc.client.max_per_origin = 1;
    desc.client.deadline_ms = 10000;
    suite_open();
    w.answer_fn = answer_when_free;
    for (i = 0; i < CROWD; i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        create(url);
    }
    create("https://b.example/");
    emit();
    run_until(START_MS + 5 * SECOND);
    CHECK_INT(w.count, 2);
    CHECK(w.requests[0].host[0] != w.requests[1].host[0]);

    run_until(START_MS + 60 * HOUR);
    CHECK_INT(stats_of(NULL).delivered, CROWD + 1);
    CHECK_INT(stats_of(NULL).waiting, 0);
    suite_end();
}

/* The first pause is 5 s and up to a tenth more, by the random bits that are drawn for it. */
static void suite_jitter(void) {
    static const uint32_t draws[] = {0, 0x80000000u, UINT32_MAX};
    static const int64_t least[] = {5000, 5249, 5498}; /* 5000 + 500 * draw / 2^32, less one for rounding */
    size_t i;

    for (i = 0; i < 3; i++) {
        suite_start();
        w.draw = draws[i];
        w.code = 500;
        create("https://a.example/");
        emit();
        run_until(START_MS + 10 * SECOND);
        CHECK_INT(w.count, 2);
        CHECK(w.requests[1].at - w.requests[0].at >= least[i]);
        CHECK(w.requests[1].at - w.requests[0].at <= least[i] + 2);
        suite_end();
    }
}

/* Of an answer without an end the first 1024 bytes are kept where nothing else is asked for. */
static void suite_response_kept(void) {
    suite_start();
    w.huge = 1;
    create("https://a.example/");
    emit();
    run();
    CHECK_STATUS(log_of(NULL), OK);
    CHECK_INT(rows[0].response.len, 1024);
    CHECK_INT(rows[0].response_cut, 1);
    suite_end();
}

/* A test that is in flight says that it is one, what was emitted says that it is none. */
static void suite_waiting_test(void) {
    akolhook_hub_delivery waiting[4];
    akolhook_webhook hook;
    size_t count = 0;

    suite_start();
    w.code = 0; /* hangs */
    hook = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_test(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, waiting, 4, &count), OK);
    CHECK(count > 0);
    while (count) CHECK_INT(waiting[--count].is_test, 1);
    w.code = 200;
    suite_end();

    suite_start();
    w.code = 0;
    hook = create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, waiting, 4, &count), OK);
    CHECK_INT(count, 1);
    CHECK_INT(waiting[0].is_test, 0);
    suite_end();
}

/* A hub stands at an address that is a multiple of 16, wherever its memory begins. */
static void suite_unaligned(void) {
    size_t i;

    for (i = 0; i < 16; i += 5) {
        suite_begin();
        suite_store_open(&desc);
        CHECK_STATUS(akolhook_hub_init(&hub, suite_memory + i, sizeof suite_memory - i, &desc), OK);
        CHECK_INT((uintptr_t)hub % 16, 0);
        suite_end();
    }
}

/* Whether more is left is said in any case. */
static void suite_purge_more(void) {
    int more = 1;

    suite_start();
    CHECK_STATUS(akolhook_hub_purge(hub, -1, &more), INVALID_ARGUMENT);
    CHECK_INT(more, 0);
    more = 1;
    CHECK_STATUS(akolhook_hub_purge(NULL, 0, &more), INVALID_ARGUMENT);
    CHECK_INT(more, 0);
    more = 1;
    CHECK_STATUS(akolhook_hub_purge(hub, 0, &more), OK);
    CHECK_INT(more, 0);
    suite_end();
}

/* More full origins than a batch has places, which is 64: the store hears of all of them, and gives nothing
   that the client has no place for. */
static akolhook_store full_inner;
static size_t full_back;
static akolhook_status full_settle(
        void *user, const akolhook_store_rules *rules, akolhook_store_outcome *outcomes, size_t count) {
    size_t i;

    for (i = 0; i < count; i++) full_back += !outcomes[i].row;
    return full_inner.settle_fn(user, rules, outcomes, count);
}
static void suite_full_origins(void) {
    enum { HOSTS = 66 };
    char url[40];
    size_t i;

    suite_begin();
    desc.max_webhooks = desc.memory.max_webhooks = HOSTS;
    desc.client.max_in_flight = 128;
    desc.client.max_per_origin = 1;
    suite_open();
    full_inner = hub->store;
    full_back = 0;
    hub->store.settle_fn = full_settle;
    w.code = 0; /* they hang */
    for (i = 0; i < HOSTS; i++) {
        sprintf(url, "https://h%u.example/", (unsigned)i);
        create(url);
    }
    emit();
    emit();
    for (i = 0; i < 5; i++) CHECK_STATUS(akolhook_hub_poll(hub, 500, NULL), OK); /* parked for 1 s */
    CHECK_INT(w.open, HOSTS);
    CHECK_INT(full_back, 0);
    suite_end();
}

/* What is in flight when its webhook is deleted is nobody's any more: no gauge counts it. */
static void suite_deleted_in_flight(void) {
    akolhook_gauges gauges;
    akolhook_webhook hook;

    suite_start();
    w.code = 0;
    hook = create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.waiting == 1 && gauges.in_flight == 1);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.waiting == 0 && gauges.in_flight == 0 && gauges.oldest_ms == -1);
    run();
    CHECK_STATUS(akolhook_hub_gauges(hub, &gauges), OK);
    CHECK(gauges.waiting == 0 && gauges.in_flight == 0);
    suite_end();
}

/* A delivery that was sent now stands in front of its queue and is not late: where the queue is full, a
   webhook that does not lag is refused its events and loses none. */
static void suite_sent_now_is_not_late(void) {
    akolhook_hub_delivery waiting[2];
    akolhook_webhook hook;
    size_t count;

    suite_begin();
    desc.max_queue = 1;
    suite_open();
    hook = create("https://a.example/");
    w.code = 404; /* it wants this one not, and does not fail */
    emit();
    run();
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, waiting, 2, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(akolhook_hub_send_now(hub, waiting[0].id), OK);
    CHECK_STATUS(emit_key("{}", "", NULL), PENDING_FULL);
    CHECK_INT(stats_of(hook.id).dropped, 0);
    suite_end();
}

/* Of two that end together one is to be tried again and the other says 410: the first is cancelled, too. */
static int answer_500_and_410(const seen *r) {
    (void)r;
    return w.count % 2 ? 500 : 410;
}
static void suite_gone_beside(void) {
    akolhook_webhook hook;
    akolhook_stats stats;

    suite_start();
    hook = create("https://a.example/");
    w.answer_fn = answer_500_and_410;
    emit();
    emit();
    run();
    CHECK(w.count == 2 && w.now < START_MS + 5 * SECOND);
    stats = stats_of(hook.id);
    CHECK(stats.failed == 1 && stats.cancelled == 1 && stats.waiting == 0);
    CHECK(!get(hook.id).is_active);
    suite_end();
}

/* What the old URL still answers says nothing of the new one: no 410 sets the webhook inactive and ends the
   delivery, no Retry-After holds it up, and its class is that of a new webhook. The same where it was set
   active again meanwhile. */
static int moved_code;
static int answer_moved(const seen *r) { return strcmp(r->host, "old.example") == 0 ? moved_code : 200; }
static int64_t late_moved(const seen *r) { return strcmp(r->host, "old.example") == 0 ? 10 * SECOND : 0; }
static void moved_in_flight(int code, int is_again) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook, now;
    akolhook_stats stats;

    suite_start();
    hook = create("https://old.example/");
    moved_code = code;
    w.answer_fn = answer_moved;
    w.late_fn = late_moved;
    w.fields = "Retry-After: 21600\r\n";
    emit();
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    w.now += SECOND;
    wanted.url = akolhook_str_c("https://new.example/");
    if (is_again) CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    if (is_again) CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 1), OK);
    run_until(w.now + 2 * SECOND);
    if (is_again) emit(); /* the new one answers before the old one does */
    run_until(w.now + 9 * SECOND);

    now = get(hook.id);
    CHECK(now.is_active && now.reason == AKOLHOOK_OK && now.failure_count == 0 && now.code == 0);
    CHECK_INT(now.cls, is_again ? AKOLHOOK_CLASS_QUICK : AKOLHOOK_CLASS_OTHER);
    emit();
    run();
    CHECK_INT(stats_of(hook.id).delivered, 1 + is_again + (code == 200));
    run_until(w.now + 7 * HOUR); /* the delivery's own schedule: it heeds Retry-After */
    stats = stats_of(hook.id);
    CHECK(stats.failed == 0 && stats.waiting == 0);
    CHECK_INT(stats.delivered, 2 + (is_again && code == 200));
    CHECK_INT(stats.cancelled, is_again && code != 200);
    CHECK(get(hook.id).is_active);
    suite_end();
}
static void suite_moved_in_flight(void) {
    static const int codes[] = {410, 503, 500, 404, 200};
    size_t i;

    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        moved_in_flight(codes[i], 0);
        moved_in_flight(codes[i], 1);
    }
}

/* A change that names nothing is one, also of a webhook that is inactive. */
static void suite_changed_nothing(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;

    suite_start();
    hook = create("https://a.example/");
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    w.now += SECOND;
    CHECK_STATUS(akolhook_hub_set_active(hub, hook.id, 0), OK);
    CHECK_INT(get(hook.id).updated_at_ms, START_MS);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).updated_at_ms, START_MS + SECOND);
    suite_end();
}

/* Behind the largest number there is nothing. */
static void suite_after_all(void) {
    akolhook_hub_delivery waiting[2];
    akolhook_webhook hooks[2];
    size_t count = 1;

    suite_start();
    create("https://a.example/");
    emit();
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, UINT64_MAX, hooks, 2, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_list_failing(hub, UINT64_MAX, hooks, 2, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, NULL, UINT64_MAX, waiting, 2, &count), OK);
    CHECK_INT(count, 0);
    suite_end();
}

static void suite_places(void) {
    RUN(suite_passed);
    RUN(suite_full_origins);
    RUN(suite_deleted_in_flight);
    RUN(suite_sent_now_is_not_late);
    RUN(suite_gone_beside);
    RUN(suite_moved_in_flight);
    RUN(suite_changed_nothing);
    RUN(suite_after_all);
    RUN(suite_jitter);
    RUN(suite_response_kept);
    RUN(suite_waiting_test);
    RUN(suite_unaligned);
    RUN(suite_purge_more);
}

#endif
