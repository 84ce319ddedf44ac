/* Bounds met exactly, calls on what is not there, lists and figures at their edges: part of hub_suite.h. */
#ifndef HUB_EDGES_H
#define HUB_EDGES_H

/* ---- figures of one webhook ---- */

static int64_t late_by_host(const seen *r) { return r->host[0] == 's' ? 3000 : 0; }

/* Nobody's figures are asked for, or those of one that is gone. */
static void suite_stats_unknown(void) {
    static const akolhook_stats zeros = AKOLHOOK_INIT;
    akolhook_stats stats;
    akolhook_webhook hook;
    suite_start();
    hook = create("https://a.example/");
    emit();
    run();

    memset(&stats, 0xff, sizeof stats);
    CHECK_STATUS(akolhook_hub_stats(hub, "whk_000000000000000000000000", &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    memset(&stats, 0xff, sizeof stats);
    CHECK_STATUS(akolhook_hub_stats(hub, "", &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_stats(NULL, hook.id, &stats), INVALID_ARGUMENT);

    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, &stats), OK);
    CHECK_INT(stats.delivered, 1);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    CHECK_STATUS(akolhook_hub_stats(hub, hook.id, &stats), UNKNOWN_WEBHOOK);
    CHECK_MEM(&stats, sizeof stats, &zeros, sizeof zeros);
    CHECK_INT(stats_of(NULL).delivered, 1);
    suite_end();
}

/* Each webhook has the times of its own attempts, all of them have both; failures have no place there. */
static void suite_latency(void) {
    akolhook_webhook quick, slow;
    akolhook_stats a, b, all;
    uint64_t sums[3] = {0, 0, 0};
    size_t i;
    suite_start();
    quick = create("https://quick.example/");
    slow = create("https://slow.example/");
    w.late_fn = late_by_host;
    for (i = 0; i < 3; i++) {
        emit();
        run();
    }
    w.code = 500;
    emit();
    run();

    a = stats_of(quick.id);
    b = stats_of(slow.id);
    all = stats_of(NULL);
    for (i = 0; i < AKOLHOOK_LATENCY_BUCKETS; i++) {
        sums[0] += a.latency[i];
        sums[1] += b.latency[i];
        sums[2] += all.latency[i];
        CHECK_INT(all.latency[i], a.latency[i] + b.latency[i]);
    }
    CHECK(sums[0] == 3 && sums[1] == 3 && sums[2] == 6);
    CHECK_INT(a.latency[0], 3); /* at once */
    CHECK_INT(b.latency[akolhook_stats_bucket(3000)], 3);
    CHECK_INT(akolhook_stats_latency(&a, 100), 0);
    CHECK(akolhook_stats_latency(&b, 1) >= 3000 &&
            akolhook_stats_latency(&b, 1) < 3750); /* a fourth at most */
    CHECK_INT(akolhook_stats_latency(&all, 50), akolhook_stats_latency(&a, 100));
    CHECK_INT(akolhook_stats_latency(&all, 51), akolhook_stats_latency(&b, 1));
    suite_end();
}

/* ---- lists ---- */

/* By pages of every size each is told once and in order, though a store is asked for 16 of them at a time. */
static const size_t page_sizes[] = {1, 5, 15, 16, 17, 31, 32, 33, 35, 36};
enum { PAGE_SIZES = 10, PAGED = 35 };

static void suite_pages(void) {
    static akolhook_webhook all[PAGED], some[PAGED + 1];
    size_t i, k, count, before;
    uint64_t after;
    char url[64];
    suite_start();
    for (i = 0; i < PAGED; i++) {
        sprintf(url, "https://a.example/%u", (unsigned)i);
        all[i] = create(url);
    }
    for (k = 0; k < PAGE_SIZES; k++) {
        after = 0;
        for (before = 0, count = 1; count && before <= PAGED; before += count) {
            CHECK_STATUS(akolhook_hub_list_webhooks(hub, after, some, page_sizes[k], &count), OK);
            CHECK_INT(count, page_sizes[k] < PAGED - before ? page_sizes[k] : PAGED - before);
            for (i = 0; i < count && before + i < PAGED; i++) {
                CHECK_TEXT(some[i].id, all[before + i].id);
                CHECK_TEXT(some[i].url, all[before + i].url);
                CHECK(some[i].number > after);
                after = some[i].number;
            }
        }
        CHECK_INT(before, PAGED);
    }
    suite_end();
}

static void suite_pages_waiting(void) {
    static akolhook_hub_delivery all[PAGED + 1], some[PAGED + 1];
    akolhook_webhook hook;
    size_t i, k, count, before;
    uint64_t after;
    suite_start();
    hook = create("https://a.example/");
    w.code = 500;
    for (i = 0; i < PAGED; i++) emit();
    run();
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, all, PAGED + 1, &count), OK);
    CHECK_INT(count, PAGED);
    for (i = 1; i < count; i++) CHECK(all[i].number > all[i - 1].number);
    for (k = 0; k < PAGE_SIZES; k++) {
        after = 0;
        for (before = 0, count = 1; count && before <= PAGED; before += count) {
            CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, after, some, page_sizes[k], &count), OK);
            CHECK_INT(count, page_sizes[k] < PAGED - before ? page_sizes[k] : PAGED - before);
            for (i = 0; i < count && before + i < PAGED; i++) {
                CHECK_TEXT(some[i].id, all[before + i].id);
                after = some[i].number;
            }
        }
        CHECK_INT(before, PAGED);
    }
    suite_end();
}

/* ---- bounds ---- */

/* The most that is allowed is allowed, and one more is not. */
static void suite_most(void) {
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    suite_begin();
    desc.max_attempts = 255;
    desc.max_rate = 1000;
    suite_open();
    hook = create("https://a.example/");
    for (i = 0; i < 20; i++) emit();
    run_until(START_MS + SECOND);
    CHECK_INT(w.count, 20);
    for (i = 1; i < 20; i++) CHECK(w.requests[i].at > w.requests[i - 1].at); /* one each millisecond */

    wanted.rate = 1000;
    wanted.deadline_ms = 600000;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK(get(hook.id).rate == 1000 && get(hook.id).deadline_ms == 600000);
    wanted.deadline_ms = 1000;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OK);
    CHECK_INT(get(hook.id).deadline_ms, 1000);
    wanted.rate = 1001;
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, &wanted), OUT_OF_RANGE);
    CHECK_INT(get(hook.id).rate, 1000);
    suite_end();
}

/* ---- failing, well again, and failing again ---- */

/* The 24 hours and the 20 failures begin anew with a success: 23 hours of failures, one delivery that
   succeeds, and 23 hours more set nothing inactive, nor is anybody warned again before 18 h of the second
   time; one hour later it is both often and long enough. */
static void suite_fails_again(void) {
    akolhook_webhook hook;
    int64_t start;
    size_t i, times;
    char *last;
    suite_start();
    hook = create("https://a.example/");
    for (times = 0; times < 2; times++) {
        start = w.now;
        w.code = 500;
        told_len = 0;
        told[0] = 0;
        for (i = 0; i < 24; i++) { /* at 0 h, 1 h, ... 23 h */
            emit();
            run_until(start + (int64_t)i * HOUR + MINUTE);
            CHECK(get(hook.id).is_active && !strchr(told, 'I'));
            CHECK_INT(strchr(told, 'W') != NULL, i >= 18);
            run_until(start + (int64_t)(i + 1) * HOUR - 10 * MINUTE);
        }
        CHECK(get(hook.id).failure_count >= 20);
        if (times) break;

        w.code = 200;
        run_until(start + 60 * HOUR); /* the last retries */
        CHECK_INT(get(hook.id).failure_count, 0);
        CHECK_INT(stats_of(hook.id).waiting, 0);
    }
    run_until(start + 24 * HOUR);
    emit();
    run_until(start + 24 * HOUR + MINUTE);
    last = strchr(told, 'I');
    CHECK(last && !strchr(last + 1, 'I') && !get(hook.id).is_active);
    suite_end();
}

/* A secret of one's own is any bytes but NUL and blanks at its ends: every store gives back what it got. */
static void suite_secret_bytes(void) {
    static const char *const secrets[] = {
            "\xff\xfe\x80 no text", "a\x01\"\\101\n\tb", "whsec_\xc3\x28", "\xf0\x9f\x98\x80", "\\x00"};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_webhook hook;
    size_t i;
    suite_start();
    wanted.name = akolhook_str_c("n");
    wanted.url = akolhook_str_c("https://a.example/");
    wanted.events = AKOLHOOK_EVENTS_ALL;
    for (i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        wanted.secret = akolhook_str_c(secrets[i]);
        CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, &hook), OK);
        emit();
        run();
        CHECK_INT(w.count, i + 1);
        CHECK_STATUS(akolhook_verify(
                             secrets[i], w.requests[i].signature, w.requests[i].body, w.requests[i].body_len),
                OK);
        CHECK_STATUS(akolhook_hub_delete_webhook(hub, hook.id), OK);
    }
    suite_end();
}

/* ---- waiting that fails ---- */

static int failing_wait(void *user, akolhook_wait *items, size_t count, int timeout_ms, long *native_error) {
    (void)user;
    (void)items;
    (void)count;
    (void)timeout_ms;
    *native_error = 9;
    return AKOLHOOK_IO_FAIL;
}

/* The system's poll fails while a probe waits for its answer: no webhook is made, the result says why, and
   the delivery that is in flight beside it ends as if nothing had been. */
static void suite_probe_wait_fails(void) {
    akolhook_webhook hook, other;
    size_t count;
    suite_start();
    hook = create("https://a.example/");
    emit();
    w.answer_ms = 2000;
    CHECK_STATUS(akolhook_hub_poll(hub, 0, NULL), OK);
    world_platform.wait_fn = failing_wait;
    CHECK_STATUS(create_probed("https://b.example/", AKOLHOOK_EVENTS_ALL, &other), PROBE_FAILED);
    CHECK_STATUS(probed.status, WAIT_FAILED);
    world_platform.wait_fn = world_wait;
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &other, 1, &count), OK);
    CHECK(count == 1 && strcmp(other.id, hook.id) == 0);
    run_until(w.now + HOUR);
    CHECK_INT(stats_of(hook.id).delivered, 1);
    CHECK_STATUS(create_probed("https://b.example/", AKOLHOOK_EVENTS_ALL, &other), OK);
    suite_end();
}

/* ---- arguments ---- */

/* Every call without its hub, without a place for its answer, with ids that are none: a status, and what was
   there stays. */
static void suite_arguments(void) {
    static const char *const no_ids[] = {"", "whk_", "dlv_", "whk_000000000000000000000000",
            "dlv_000000000000000000000000", "whk_00000000000000000000000!", "whk_0000000000000000000000000",
            "dlv_~~~~~~~~~~~~~~~~~~~~~~~~"};
    akolhook_wanted wanted = AKOLHOOK_INIT;
    akolhook_hub_event event = AKOLHOOK_INIT;
    akolhook_hub_emitted emitted[2];
    akolhook_log_query query = AKOLHOOK_INIT;
    akolhook_hub_delivery delivery;
    akolhook_webhook hook;
    akolhook_gauges gauges;
    akolhook_stats stats;
    akolhook_str note;
    char secret[AKOLHOOK_SECRET_SIZE];
    uint32_t redelivered;
    int64_t ms;
    size_t i, count;
    int more;
    suite_start();
    hook = create("https://a.example/");
    emit();

    CHECK_STATUS(akolhook_hub_create_webhook(NULL, &wanted, &hook), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_create_webhook(hub, NULL, &hook), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_create_webhook(hub, &wanted, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, &count), OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(akolhook_hub_get_webhook(NULL, hook.id, &hook), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, &count), OK);
    CHECK_STATUS(akolhook_hub_get_webhook(hub, hook.id, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(NULL, 0, &hook, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, NULL, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, NULL, 0, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_webhooks(hub, 0, &hook, 1, &count), OK);
    CHECK_STATUS(akolhook_hub_update_webhook(NULL, hook.id, &wanted), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, hook.id, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_update_webhook(hub, NULL, &wanted), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_rotate_secret(NULL, hook.id, secret), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, hook.id, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_rotate_secret(hub, NULL, secret), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_set_active(NULL, hook.id, 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_set_active(hub, NULL, 1), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_delete_webhook(NULL, hook.id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_delete_webhook(hub, NULL), INVALID_ARGUMENT);

    CHECK_STATUS(akolhook_hub_emit(NULL, &event, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_emit(hub, NULL, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_emit_many(NULL, &event, 1, emitted), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_emit_many(hub, NULL, 1, emitted), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_test(NULL, hook.id), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_test(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_waiting(NULL, hook.id, 0, &delivery, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, NULL, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_list_waiting(hub, hook.id, 0, &delivery, 1, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_get_delivery(NULL, "dlv_", &delivery), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, NULL, &delivery), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_get_delivery(hub, "dlv_", NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_send_now(NULL, "dlv_"), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_send_now(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_cancel(NULL, "dlv_"), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_cancel(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_redeliver(NULL, "dlv_"), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_redeliver(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_redeliver_failed(NULL, hook.id, 0, &redelivered), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_redeliver_failed(hub, NULL, 0, &redelivered), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_log(NULL, &query, rows, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_log(hub, NULL, rows, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_log(hub, &query, NULL, 1, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 1, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_gauges(NULL, &gauges), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_gauges(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_purge(NULL, 0, &more), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_get_note(NULL, &note), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_get_note(hub, NULL), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_set_note(NULL, akolhook_str_c("x")), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_poll(NULL, 0, &count), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_next_due(NULL, &ms), INVALID_ARGUMENT);
    CHECK_STATUS(akolhook_hub_next_due(hub, NULL), INVALID_ARGUMENT);
    akolhook_hub_drain(NULL, 1);

    for (i = 0; i < sizeof no_ids / sizeof no_ids[0]; i++) {
        CHECK_STATUS(akolhook_hub_get_webhook(hub, no_ids[i], &hook), UNKNOWN_WEBHOOK);
        wanted.name = akolhook_str_c("n");
        CHECK_STATUS(akolhook_hub_update_webhook(hub, no_ids[i], &wanted), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_rotate_secret(hub, no_ids[i], secret), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_set_active(hub, no_ids[i], i % 2), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_delete_webhook(hub, no_ids[i]), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_test(hub, no_ids[i]), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_list_waiting(hub, no_ids[i], 0, &delivery, 1, &count), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_redeliver_failed(hub, no_ids[i], 0, &redelivered), UNKNOWN_WEBHOOK);
        CHECK_STATUS(akolhook_hub_get_delivery(hub, no_ids[i], &delivery), UNKNOWN_DELIVERY);
        CHECK_STATUS(akolhook_hub_send_now(hub, no_ids[i]), UNKNOWN_DELIVERY);
        CHECK_STATUS(akolhook_hub_cancel(hub, no_ids[i]), UNKNOWN_DELIVERY);
        CHECK_STATUS(akolhook_hub_redeliver(hub, no_ids[i]), UNKNOWN_DELIVERY);
    }
    stats = stats_of(NULL);
    CHECK(stats.waiting == 1 && stats.emitted == 1);
    suite_end();
}

/* Queries of the log that nothing can answer to. */
static void suite_log_refused(void) {
    akolhook_log_query query = AKOLHOOK_INIT;
    size_t count;
    suite_start();
    create("https://a.example/");
    emit();
    run();
    query.state = (akolhook_delivery_state)-1;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OUT_OF_RANGE);
    query.state = (akolhook_delivery_state)(AKOLHOOK_DELIVERY_DROPPED + 1);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OUT_OF_RANGE);
    memset(&query, 0, sizeof query);
    query.code_class = 6;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OUT_OF_RANGE);
    query.code_class = AKOLHOOK_CODE_NONE;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OK);
    CHECK_INT(count, 0);
    query.code_class = 2;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OK);
    CHECK_INT(count, 1);
    query.webhook_id = akolhook_str_c("whk_none");
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), UNKNOWN_WEBHOOK);
    memset(&query, 0, sizeof query);
    query.delivery_id = akolhook_str_c("dlv_none");
    CHECK(akolhook_hub_log(hub, &query, rows, 5, &count) != AKOLHOOK_OK || count == 0);
    query.delivery_id = akolhook_str_n(NULL, 0);
    query.message_id = akolhook_str_c("msg_none");
    CHECK(akolhook_hub_log(hub, &query, rows, 5, &count) != AKOLHOOK_OK || count == 0);
    memset(&query, 0, sizeof query);
    query.since_ms = w.now + 1;
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 5, &count), OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(akolhook_hub_log(hub, &query, rows, 0, &count), OK);
    suite_end();
}

static void suite_edges(void) {
    RUN(suite_stats_unknown);
    RUN(suite_latency);
    RUN(suite_pages);
    RUN(suite_pages_waiting);
    RUN(suite_most);
    RUN(suite_secret_bytes);
    RUN(suite_probe_wait_fails);
    RUN(suite_arguments);
    RUN(suite_log_refused);
    RUN(suite_fails_again);
}

#endif
